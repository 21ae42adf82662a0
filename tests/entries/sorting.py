"""Sorting, the largest elements, and elements by indices along an axis."""

from __future__ import annotations

import numpy as np

import autograd_c as tf
from autograd_c.core import _core

from ..operations import Entry


def _sorting():
    for shape, axis in [((5,), -1), ((2, 3, 4), 1), ((2, 3), 0), ((0, 3), 1), ((3, 0), 1)]:
        for down in (False, True):
            direction = "DESCENDING" if down else "ASCENDING"
            yield Entry(
                f"sort({shape}, {axis}, {direction})",
                lambda x, a=axis, d=direction: tf.sort(x, a, d),
                lambda x, a=axis, r=down: np.flip(np.sort(x, a), a) if r else np.sort(x, a),
                (shape,),
                "if",
                analytic=False,
            )
        yield Entry(
            f"argsort({shape}, {axis})",
            lambda x, a=axis: tf.argsort(x, a),
            lambda x, a=axis: np.argsort(x, a, kind="stable").astype(np.int32),
            (shape,),
            "if",
            differentiable=False,
        )
    for shape, k in [((5,), 2), ((2, 3, 4), 4), ((2, 20), 1), ((2, 3), 0)]:
        yield Entry(
            f"top_k({shape}, {k})",
            lambda x, k=k: tf.math.top_k(x, k)[0],
            lambda x, k=k: np.flip(np.sort(x, -1), -1)[..., :k],
            (shape,),
            "if",
            analytic=False,
        )
    yield Entry(
        "approx_min_k",
        lambda x: tf.math.approx_min_k(x, 2, 0)[0],
        lambda x: np.sort(x, 0)[:2],
        ((4, 3),),
        "if",
        analytic=False,
    )
    yield Entry(
        "searchsorted",
        lambda x: tf.searchsorted(tf.cast([[-1, 0, 1], [0, 1, 1]], x.dtype), x),
        lambda x: np.stack(
            [np.searchsorted([-1, 0, 1], x[0]), np.searchsorted([0, 1, 1], x[1])]
        ).astype(np.int32),
        ((2, 4),),
        "f",
        dtypes=("float32", "float64", "int32"),
        differentiable=False,
    )


def _along():
    indices = np.array([[0, 2, 2, -1], [1, 1, 0, 0]])
    yield Entry(
        "take_along_axis",
        lambda x: _core.apply("take_along_axis", [x, indices], [1]),
        lambda x: np.take_along_axis(x, indices, 1),
        ((2, 3),),
    )

    def put(x):
        y = np.zeros((2, 3), x.dtype)
        np.add.at(y, (np.arange(2)[:, None], indices), x)
        return y

    yield Entry(
        "put_along_axis",
        lambda x: _core.apply("put_along_axis", [x, indices], [1, 3]),
        put,
        ((2, 4),),
        "ifc",
    )


MOVING = {"take_along_axis"}
ENTRIES = [*_sorting(), *_along()]
