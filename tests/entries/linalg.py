"""Factors of matrices, and what is computed from them."""

from __future__ import annotations

import numpy as np

import autograd_c as tf
from autograd_c.core import _core

from ..operations import Entry


def _positive(x):
    """Positive definite matrices made of any, by functions of tensors or of arrays."""
    np_or_tf = np if isinstance(x, np.ndarray) else tf
    adjoint = np.conj(np.swapaxes(x, -1, -2)) if np_or_tf is np else tf.math.conj(x.mT)
    return x @ adjoint + np.eye(x.shape[-1], dtype=x.dtype.name)


def _regular(x):
    return np.tril(x) + 3 * np.eye(x.shape[-1], dtype=x.dtype.name)


def _by_factor(l, g):  # noqa: E741
    """The cotangent of a matrix by that of its Cholesky factor."""
    l = _regular(l)  # noqa: E741
    p = np.tril(np.conj(np.swapaxes(l, -1, -2)) @ g)
    p = p - 0.5 * p * np.eye(l.shape[-1])
    inverse = np.linalg.inv(l)
    s = np.conj(np.swapaxes(inverse, -1, -2)) @ p @ inverse
    return (s + np.conj(np.swapaxes(s, -1, -2))) / 2


def _factorizations():
    def solve(a, b, lower, adjoint):
        a = np.tril(a) if lower else np.triu(a)
        return np.linalg.solve(np.conj(np.swapaxes(a, -1, -2)) if adjoint else a, b)

    for shape in [(3, 3), (2, 3, 3), (1, 1), (0, 2, 2), (0, 0)]:
        yield Entry(
            f"cholesky({shape})",
            lambda x: tf.linalg.cholesky(_positive(x)),
            lambda x: np.linalg.cholesky(_positive(x)),
            (shape,),
            "fc",
            analytic=False,
        )
    for a, b in [((3, 3), (3, 3)), ((6, 6), (6, 6)), ((2, 2), (2, 2, 2)), ((0, 0), (0, 0))]:
        yield Entry(
            f"cholesky_reverse({a}, {b})",
            lambda x, y: _core.apply(
                "cholesky_reverse",
                [tf.linalg.band_part(x, -1, 0) + 3 * np.eye(x.shape[-1], dtype=x.dtype.name), y],
            ),
            _by_factor,
            (a, b),
            dtypes=("float32", "float64"),
            analytic=False,
        )
    for a, b in [((3, 3), (3, 2)), ((2, 3, 3), (3, 1)), ((2, 2), (4, 2, 2)), ((0, 0), (0, 2))]:
        for lower, adjoint in [(True, False), (True, True), (False, False), (False, True)]:
            yield Entry(
                f"triangular_solve({a}, {b}, {lower}, {adjoint})",
                lambda x, y, lo=lower, ad=adjoint: tf.linalg.triangular_solve(
                    x + 4 * np.eye(x.shape[-1], dtype=x.dtype.name), y, lo, ad
                ),
                lambda x, y, lo=lower, ad=adjoint: solve(
                    x + 4 * np.eye(x.shape[-1], dtype=x.dtype), y, lo, ad
                ),
                (a, b),
                "fc",
                analytic=not adjoint,
            )


def _decompositions():
    for shape in [(3, 2), (2, 2, 4), (1, 1), (0, 2, 2)]:
        yield Entry(
            f"spectral norm({shape})",
            lambda x: tf.norm(x, 2, [-2, -1]),
            lambda x: np.linalg.svd(x, compute_uv=False).max(-1),
            (shape,),
            dtypes=("float32", "float64", "complex64", "complex128"),
            analytic=False,
        )


ENTRIES = [*_factorizations(), *_decompositions()]
