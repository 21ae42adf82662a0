"""Sums, means, products and extrema of segments."""

from __future__ import annotations

import numpy as np

import autograd_c as tf

from ..operations import Entry


def by_segment(function, empty):
    """The reference, by loops: a function of the rows of one segment."""

    def numpy(x, ids, count):
        ids = np.asarray(ids)
        rows = x.reshape((ids.size, *x.shape[ids.ndim :]))
        out = np.full((count, *rows.shape[1:]), empty, x.dtype)
        for k in range(count):
            chosen = rows[ids.reshape(-1) == k]
            if len(chosen):
                out[k] = function(chosen)
        return out

    return numpy


INEXACT = ("float16", "float32", "float64", "complex64", "complex128")
FUNCTIONS = {
    "sum": (lambda r: np.sum(r, 0, dtype=r.dtype), 0, "ifc"),
    "mean": (lambda r: np.mean(r, 0), 0, "fc"),
    "prod": (lambda r: np.prod(r, 0, dtype=r.dtype), 1, "ifc"),
    "max": (lambda r: np.max(r, 0), 0, "if"),
    "min": (lambda r: np.min(r, 0), 0, "if"),
    "sqrt_n": (lambda r: np.sum(r, 0) / np.sqrt(len(r)), 0, "fc"),
}


def _segments():
    for name, (function, empty, kinds) in FUNCTIONS.items():
        numpy = by_segment(function, empty)
        of_any = getattr(tf.math, f"unsorted_segment_{name}")
        analytic = name not in ("max", "min")
        if name != "sqrt_n":
            of_sorted = getattr(tf.math, f"segment_{name}")
            for ids in ([0, 0, 2, 2, 2], []):
                yield Entry(
                    f"segment_{name}({ids})",
                    lambda x, f=of_sorted, i=ids: f(x, i),
                    lambda x, f=numpy, i=ids: f(x, i, 3 if i else 0),
                    ((len(ids), 2),),
                    kinds,
                    INEXACT if name == "mean" else None,
                    analytic=analytic,
                )
        for ids, shape in (([1, 0, -1, 1], (4, 2)), ([[0, 1], [1, -5], [1, 1]], (3, 2))):
            count = 2
            yield Entry(
                f"unsorted_segment_{name}({ids})",
                lambda x, f=of_any, i=ids, n=count: f(x, i, n),
                lambda x, f=numpy, i=ids, n=count: f(x, i, n),
                (shape,),
                kinds,
                INEXACT if name == "mean" else None,
                analytic=analytic,
            )


ENTRIES = [*_segments()]
