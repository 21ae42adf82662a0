"""Special functions."""

from __future__ import annotations

import numpy as np
from scipy import special

import autograd_c as tf

from ..operations import Entry


def _special():
    def polygamma(a, x):
        return special.polygamma(np.asarray(a, float), x)

    for name, function, numpy in [
        ("lgamma", tf.math.lgamma, special.gammaln),
        ("digamma", tf.math.digamma, special.psi),
    ]:
        for shape in [(), (3, 4), (0, 2)]:
            yield Entry(
                f"{name}({shape})",
                lambda x, f=function: f(x),
                lambda x, f=numpy: f(x),
                (shape,),
                "f",
                analytic=False,
                low=0.4,
                high=4.0,
            )
    for order in (0.0, 1.0, 2.0, 5.0):
        yield Entry(
            f"polygamma({order})",
            lambda x, a=order: tf.math.polygamma(a, x),
            lambda x, a=order: polygamma(a, x),
            ((2, 3),),
            "f",
            analytic=False,
            low=0.8,
            high=3.0,
        )
    yield Entry(
        "polygamma of several orders",
        lambda x: tf.math.polygamma(np.arange(3, dtype=x.dtype.name)[:, None], x),
        lambda x: polygamma(np.arange(3.0)[:, None], x),
        ((4,),),
        "f",
        analytic=False,
        low=0.8,
        high=3.0,
    )
    yield Entry(
        "zeta",
        lambda q: tf.math.zeta(np.asarray(3.0, q.dtype.name), q),
        lambda q: special.zeta(3.0, q),
        ((2, 3),),
        "f",
        analytic=False,
        low=0.8,
        high=3.0,
    )


ENTRIES = [*_special()]
