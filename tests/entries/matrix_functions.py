"""Functions of matrices, and equations with band matrices."""

from __future__ import annotations

import numpy as np

import autograd_c as tf
from autograd_c.core import _core

from ..operations import Entry

L = tf.linalg
FIELDS = ("float32", "float64", "complex64", "complex128")


def _by_eigenvalues(function, a):
    w, v = np.linalg.eig(a)
    y = (v * function(w + 0j)[..., None, :]) @ np.linalg.inv(v)
    return y if a.dtype.kind == "c" else y.real


def _eye(x):
    return np.eye(x.shape[-1], dtype=x.dtype if isinstance(x, np.ndarray) else x.dtype.name)


def _dense(bands, lower):
    """The matrices with these diagonals, of which `lower` are below the main one."""
    count, n = bands.shape[-2:]
    out = np.zeros((*bands.shape[:-2], n, n), bands.dtype)
    for r in range(count):
        for i in range(n):
            j = i + count - 1 - lower - r
            if 0 <= j < n:
                out[..., i, j] = bands[..., r, i]
    return out


def _shifted(bands, main):
    """With 4 more on the main diagonal."""
    weights = np.zeros((bands.shape[-2], 1))
    weights[main] = 4
    kind = bands.dtype if isinstance(bands, np.ndarray) else bands.dtype.as_numpy_dtype
    return bands + weights.astype(kind)


def _adjoint(x):
    return np.conj(np.swapaxes(x, -1, -2))


def _entries():
    for shape in [(2, 3, 3), (1, 1), (0, 2, 2), (0, 0)]:
        yield Entry(
            f"expm({shape})",
            lambda x: L.expm(x),
            lambda x: _by_eigenvalues(np.exp, x),
            (shape,),
            "fc",
        )
    yield Entry(
        "sqrtm",
        lambda x: L.sqrtm(x + 6 * _eye(x)),
        lambda x: _by_eigenvalues(np.sqrt, x + 6 * _eye(x)),
        ((2, 2, 2),),
        dtypes=FIELDS,
    )
    yield Entry(
        "logm",
        lambda x: L.logm(x + 6 * _eye(x)),
        lambda x: _by_eigenvalues(np.log, x + 6 * _eye(x)),
        ((2, 2, 2),),
        dtypes=FIELDS[2:],
    )
    for a, b in [((2, 3, 4), (2, 4, 2)), ((3, 1), (2, 1, 1)), ((3, 0), (0, 2))]:
        yield Entry(
            f"tridiagonal_solve({a}, {b})",
            lambda x, y: L.tridiagonal_solve(_shifted(x, 1), y),
            lambda x, y: np.linalg.solve(_dense(_shifted(x, 1), 1), y),
            (a, b),
            "fc",
        )
    yield Entry(
        "tridiagonal_matmul",
        lambda x, y: L.tridiagonal_matmul(x, y),
        lambda x, y: _dense(x, 1) @ y,
        ((2, 3, 4), (4, 2)),
        "fc",
    )
    for adjoint in (False, True):
        yield Entry(
            f"band_times({adjoint})",
            lambda x, y, ad=adjoint: _core.apply(
                "band_times", _core.operands_of("", x, y), [ad, 2, 1]
            ),
            lambda x, y, ad=adjoint: (_adjoint(_dense(x, 2)) if ad else _dense(x, 2)) @ y,
            ((2, 4, 3), (3, 2)),
            "fc",
            analytic=not adjoint,
        )
    yield Entry(
        "band_outer",
        lambda x, y: _core.apply("band_outer", _core.operands_of("", x, y), [1, 1]),
        lambda x, y: np.asarray(L.diag_part(x @ _adjoint(y), k=(-1, 1), align="LEFT_RIGHT")),
        ((2, 3, 2), (3, 2)),
        "fc",
        analytic=False,
    )
    for lower, adjoint in [(True, False), (True, True), (False, True)]:

        def right(x, y, lower=lower, adjoint=adjoint):
            a = _dense(_shifted(x, 0 if lower else 2), 2 if lower else 0)
            return np.linalg.solve(_adjoint(a) if adjoint else a, y)

        yield Entry(
            f"banded_triangular_solve({lower}, {adjoint})",
            lambda x, y, lo=lower, ad=adjoint: L.banded_triangular_solve(
                _shifted(x, 0 if lo else 2), y, lo, ad
            ),
            right,
            ((3, 4), (2, 4, 1)),
            "fc",
            analytic=not adjoint,
        )
    yield Entry(
        "eigh_tridiagonal",
        lambda x, y: L.eigh_tridiagonal(x, y),
        lambda x, y: np.linalg.eigvalsh(np.diag(x) + np.diag(y, 1) + np.diag(y, -1)),
        ((3,), (2,)),
        dtypes=FIELDS[:2],
        analytic=False,
    )


ENTRIES = [*_entries()]
