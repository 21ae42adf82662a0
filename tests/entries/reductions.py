"""Sums, products, extrema, means and norms."""

from __future__ import annotations

import numpy as np

import autograd_c as tf

from ..operations import Entry


def _reductions():
    def mean(x, axis, keepdims):
        if x.dtype.kind in "iu":
            total = np.sum(x, axis, dtype="int64", keepdims=keepdims)
            return np.trunc(total / (x.size // max(total.size, 1))).astype(x.dtype)
        return np.mean(x, axis, keepdims=keepdims)

    def logsumexp(x, axis, keepdims):
        return np.asarray(np.log(np.sum(np.exp(x), axis, keepdims=keepdims)))

    def norm(x, ord, axis, keepdims):
        if ord == "euclidean":  # in the dtype of complex numbers, too
            return np.sqrt(np.sum(x * np.conj(x), axis, keepdims=keepdims))
        return np.asarray(np.linalg.norm(x, ord, axis, keepdims), np.abs(x).dtype)

    functions = {
        "reduce_sum": (lambda x, a, k: np.sum(x, a, dtype=x.dtype, keepdims=k), "ifc", True),
        "reduce_mean": (mean, "ifc", True),
        "reduce_prod": (lambda x, a, k: np.prod(x, a, dtype=x.dtype, keepdims=k), "ifc", True),
        "reduce_max": (lambda x, a, k: np.max(x, a, keepdims=k), "if", True),
        "reduce_min": (lambda x, a, k: np.min(x, a, keepdims=k), "if", True),
        "reduce_logsumexp": (logsumexp, "f", True),
        "reduce_any": (lambda x, a, k: np.any(x, a, keepdims=k), "b", False),
        "reduce_all": (lambda x, a, k: np.all(x, a, keepdims=k), "b", False),
    }
    for name, (numpy, kinds, differentiable) in functions.items():
        cases = [
            ((2, 3, 4), axis, keepdims)
            for axis in (None, 0, -1, (0, 2), (1,), ())
            for keepdims in (False, True)
        ]
        cases += [((), None, False), ((), (), True), ((1,), 0, False), ((7,), None, False)]
        cases += [((3, 0), 0, False), ((2, 0, 3), 2, True)]
        if name in ("reduce_sum", "reduce_prod", "reduce_any", "reduce_all"):
            cases += [((0, 3), 0, False), ((0, 3), None, True)]
        function = getattr(tf, name)
        for shape, axis, keepdims in cases:
            axes = tuple(range(len(shape))) if axis is None else axis
            yield Entry(
                f"{name}({shape}, axis={axis}, keepdims={keepdims})",
                lambda x, f=function, a=axis, k=keepdims: f(x, axis=a, keepdims=k),
                lambda x, f=numpy, a=axes, k=keepdims: f(x, a, k),
                (shape,),
                kinds,
                differentiable=differentiable,
            )
    for ord, axis in [
        ("euclidean", None),
        ("euclidean", 1),
        ("euclidean", (0, 2)),
        (1, 0),
        (3, -1),
        (np.inf, 1),
        (1, (1, 2)),
        (np.inf, (0, 1)),
    ]:
        for keepdims in (False, True):
            yield Entry(
                f"norm(ord={ord}, axis={axis}, keepdims={keepdims})",
                lambda x, o=ord, a=axis, k=keepdims: tf.norm(x, o, a, k),
                lambda x, o=ord, a=axis, k=keepdims: norm(x, o, a, k),
                ((2, 3, 4),),
                "ifc" if ord in (1, np.inf) else "fc",
                analytic=False,
            )
    # Half of the factors together leave the range; all of them, or all but two, do not.
    far = np.array([2.0**300, 2.0**-300] * 4)
    for axis in (1, None):
        yield Entry(
            f"reduce_prod at the ends of the range (axis={axis})",
            lambda x, a=axis: tf.reduce_prod(x * far, a),
            lambda x, a=axis: np.prod(x, a),
            ((2, 8) if axis == 1 else (8,),),
            dtypes=("float64",),
            analytic=False,
        )
    for function, numpy in ((tf.argmax, np.argmax), (tf.argmin, np.argmin)):
        for shape, axis in (((2, 3, 4), None), ((2, 3, 4), -1), ((5,), 0), ((0, 3), 1)):
            yield Entry(
                f"{function.__name__}({shape}, axis={axis})",
                lambda x, f=function, a=axis: f(x, a),
                lambda x, f=numpy, a=axis: f(x, a or 0),
                (shape,),
                "bif",
                differentiable=False,
            )


ENTRIES = [*_reductions()]
