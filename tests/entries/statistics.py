"""Variances, moments and norms; counts."""

from __future__ import annotations

import numpy as np

import autograd_c as tf

from ..operations import Entry

INEXACT = ("float16", "float32", "float64", "complex64", "complex128")


def real_of(y, x):
    return np.asarray(y, np.abs(x).dtype)


def _statistics():
    for name, numpy, kinds in (
        ("reduce_variance", lambda x, a, k: real_of(np.var(x, a, keepdims=k), x), "fc"),
        ("reduce_std", lambda x, a, k: real_of(np.std(x, a, keepdims=k), x), "fc"),
        (
            "reduce_euclidean_norm",
            lambda x, a, k: np.asarray(np.sqrt(np.sum(np.abs(x) ** 2, a, keepdims=k)), x.dtype),
            None,
        ),
    ):
        function = getattr(tf.math, name)
        for axis, keepdims in ((None, False), ((0, 2), True), (1, False)):
            yield Entry(
                f"{name}({axis}, {keepdims})",
                lambda x, f=function, a=axis, k=keepdims: f(x, a, k),
                lambda x, f=numpy, a=axis, k=keepdims: f(x, a, k),
                ((2, 3, 4),),
                kinds or "fc",
                dtypes=None if kinds else INEXACT,
                analytic=False,
            )
    for axis in (None, 1):
        yield Entry(
            f"l2_normalize({axis})",
            lambda x, a=axis: tf.math.l2_normalize(x, a),
            lambda x, a=axis: x / np.sqrt(np.sum(np.abs(x) ** 2, a, keepdims=True)),
            ((2, 3),),
            "fc",
            analytic=False,
        )
    for keepdims in (False, True):
        yield Entry(
            f"moments({keepdims})",
            lambda x, k=keepdims: tf.nn.moments(x, [0, 1], keepdims=k)[1],
            lambda x, k=keepdims: np.var(x, (0, 1), keepdims=k),
            ((2, 3, 2),),
            "f",
            dtypes=("float16", "float32", "float64"),
            analytic=False,
        )
    yield Entry(
        "weighted_moments",
        lambda x, w: tf.nn.weighted_moments(x, [0], w * w)[1],
        lambda x, w: (
            np.sum(w * w * x * x, 0) / np.sum(w * w, 0)
            - (np.sum(w * w * x, 0) / np.sum(w * w, 0)) ** 2
        ),
        ((3, 2), (3, 2)),
        dtypes=("float32", "float64"),
    )
    yield Entry(
        "polyval",
        lambda x, a: tf.math.polyval([1.0, a, 2.0], x),
        lambda x, a: x * x + a * x + 2,
        ((3, 2), (2,)),
        "fc",
    )
    yield Entry(
        "bincount(weights)",
        lambda x: tf.math.bincount([[0, 2, 0], [1, 1, 3]], x, axis=-1),
        lambda x: np.stack(
            [
                np.array([x[0, 0] + x[0, 2], 0, x[0, 1], 0], x.dtype),
                np.array([0, x[1, 0] + x[1, 1], 0, x[1, 2]], x.dtype),
            ]
        ),
        ((2, 3),),
        "ifc",
    )
    yield Entry(
        "count_nonzero",
        lambda x: tf.math.count_nonzero(x, 1),
        lambda x: np.count_nonzero(x, 1),
        ((2, 3),),
        differentiable=False,
    )


ENTRIES = [*_statistics()]
