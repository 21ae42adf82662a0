"""Equations, determinants, diagonals and decompositions of matrices."""

from __future__ import annotations

import numpy as np

import autograd_c as tf
from autograd_c.core import _core

from ..operations import Entry

L = tf.linalg
FIELDS = ("float32", "float64", "complex64", "complex128")


def _eye(x):
    return np.eye(x.shape[-1], dtype=x.dtype if isinstance(x, np.ndarray) else x.dtype.name)


def _regular(x):
    """Matrices of which the rows have to be exchanged."""
    return x + 5 * _eye(x)[::-1]


def _apart(x):
    """Matrices whose columns do not depend on each other, of equal rows too."""
    return x + np.eye(*x.shape[-2:], dtype=x.dtype if isinstance(x, np.ndarray) else x.dtype.name)


def _adjoint(x):
    return np.conj(np.swapaxes(x, -1, -2))


def _hermitian(x):
    return x + (_adjoint(x) if isinstance(x, np.ndarray) else L.adjoint(x))


def _known(x):
    return _core.apply("lu", [tf.stop_gradient(x)])


def _lu(x):
    """Without pivots, of the matrix with its rows in the opposite order."""
    a = np.array(x[..., ::-1, :])
    for k in range(a.shape[-1]):
        a[..., k + 1 :, k] /= a[..., k, None, k]
        a[..., k + 1 :, k + 1 :] -= a[..., k + 1 :, k, None] * a[..., k, None, k + 1 :]
    return a


def _equations():
    for a, b, adjoint in [
        ((3, 3), (3, 2), False),
        ((2, 3, 3), (3, 1), True),
        ((2, 2), (4, 2, 2), False),
        ((5, 5), (5, 1), True),
        ((0, 0), (0, 2), False),
    ]:

        def right(x, y, adjoint=adjoint):
            return np.linalg.solve(_adjoint(_regular(x)) if adjoint else _regular(x), y)

        yield Entry(
            f"solve({a}, {b}, {adjoint})",
            lambda x, y, ad=adjoint: L.solve(_regular(x), y, ad),
            right,
            (a, b),
            "fc",
            analytic=not adjoint,
        )
        yield Entry(
            f"factored solve({a}, {b}, {adjoint})",
            lambda x, y, ad=adjoint: _core.apply(
                "factored_solve", [_regular(x), y, _known(_regular(x))], [ad]
            ),
            right,
            (a, b),
            dtypes=FIELDS,
            analytic=not adjoint,
        )
    for shape, adjoint in [((2, 3, 3), False), ((2, 2), True), ((1, 1), False), ((0, 2, 2), False)]:
        yield Entry(
            f"inv({shape}, {adjoint})",
            lambda x, ad=adjoint: L.inv(_regular(x), ad),
            lambda x, ad=adjoint: (
                _adjoint(np.linalg.inv(_regular(x))) if ad else np.linalg.inv(_regular(x))
            ),
            (shape,),
            "fc",
            analytic=not adjoint,
        )
    yield Entry(
        "lu",
        lambda x: L.lu(_regular(x)).lu,
        lambda x: _lu(_regular(x)),
        ((2, 3, 3),),
        "fc",
    )
    yield Entry(
        "lu_solve",
        lambda x, y: L.lu_solve(x + 4 * _eye(x), [2, 0, 1], y),
        lambda x, y: np.linalg.solve(
            (np.tril(x, -1) + _eye(x)) @ np.triu(x + 4 * _eye(x)), y[..., [2, 0, 1], :]
        ),
        ((3, 3), (2, 3, 1)),
        "fc",
    )
    yield Entry(
        "cholesky_solve",
        lambda x, y: L.cholesky_solve(x + 4 * _eye(x), y),
        lambda x, y: np.linalg.solve(
            np.tril(x + 4 * _eye(x)) @ _adjoint(np.tril(x + 4 * _eye(x))), y
        ),
        ((3, 3), (3, 1)),
        "fc",
        analytic=False,
    )
    for shape, fast in [((4, 2), True), ((2, 3), True), ((3, 2), False)]:
        yield Entry(
            f"lstsq({shape}, {fast})",
            lambda x, y, fast=fast: L.lstsq(x + 3 * np.eye(*x.shape), y, fast=fast),
            lambda x, y: np.linalg.pinv(x + 3 * np.eye(*x.shape)) @ y,
            (shape, (shape[0], 1)),
            dtypes=("float64", "complex128"),
            analytic=False,
        )


def _determinants():
    for shape in [(2, 3, 3), (1, 1), (4, 4), (0, 0), (0, 2, 2)]:
        yield Entry(
            f"det({shape})",
            lambda x: L.det(x),
            lambda x: np.linalg.det(x),
            (shape,),
            "fc",
        )

        def both(x):
            sign, logarithm = L.slogdet(_regular(x))
            return sign + 2.0 * logarithm

        def right(x):
            sign, logarithm = np.linalg.slogdet(_regular(x))
            return sign + 2 * logarithm

        yield Entry(f"slogdet({shape})", both, right, (shape,), "fc", analytic=False)
    yield Entry(
        "cofactors",
        lambda x: _core.apply("cofactors", [_regular(x)]),
        lambda x: (
            np.linalg.det(_regular(x))[..., None, None]
            * np.swapaxes(np.linalg.inv(_regular(x)), -1, -2)
        ),
        ((2, 3, 3),),
        "fc",
    )
    yield Entry(
        "logdet",
        lambda x: L.logdet(x @ L.adjoint(x) + _eye(x)),
        lambda x: np.linalg.slogdet(x @ _adjoint(x) + _eye(x))[1],
        ((2, 3, 3),),
        dtypes=FIELDS,
        analytic=False,
    )


def _diagonals():
    yield Entry("diag", lambda x: L.diag(x), lambda x: x[..., None] * _eye(x), ((2, 3),))
    yield Entry(
        "diag k",
        lambda x: L.diag(x, k=(-1, 0), num_rows=3, align="LEFT_RIGHT"),
        lambda x: np.array([np.diag(y[0]) + np.diag(y[1, 1:], -1) for y in x], x.dtype),
        ((2, 2, 3),),
    )
    yield Entry(
        "diag padded",
        lambda x: L.diag(x, k=1, padding_value=1),
        lambda x: np.diag(x, 1) + (1 - np.eye(4, k=1)).astype(x.dtype),
        ((3,),),
        "ifc",
    )
    yield Entry(
        "diag_part", lambda x: L.diag_part(x), lambda x: np.einsum("...ii->...i", x), ((2, 3, 3),)
    )
    yield Entry(
        "diag_part k",
        lambda x: L.diag_part(x, k=(0, 1)),
        lambda x: np.array([np.diag(x, 1), np.diag(x)], x.dtype),
        ((2, 3),),
    )
    yield Entry(
        "set_diag",
        lambda x, y: L.set_diag(x, y),
        lambda x, y: np.where(_eye(x) != 0, y[..., None], x),
        ((2, 3, 3), (2, 3)),
    )
    yield Entry(
        "set_diag k",
        lambda x, y: L.set_diag(x, y, k=-1),
        lambda x, y: np.where(np.eye(3, k=-1) != 0, np.array([0, *y], x.dtype)[:, None], x),
        ((3, 3), (2,)),
    )
    for lower, upper in [(-1, 0), (0, -1), (1, 0)]:
        yield Entry(
            f"band_part({lower}, {upper})",
            lambda x, lo=lower, up=upper: L.band_part(x, lo, up),
            lambda x, lo=lower, up=upper: np.tril(
                np.triu(x, -9 if lo < 0 else -lo), 9 if up < 0 else up
            ),
            ((2, 3, 4),),
        )
    yield Entry(
        "trace",
        lambda x: L.trace(x),
        lambda x: np.einsum("...ii->...", x),
        ((2, 3, 3),),
        "ifc",
    )
    yield Entry(
        "tensor_diag",
        lambda x: L.tensor_diag(x),
        lambda x: np.diag(x.reshape(-1)).reshape(2, 3, 2, 3),
        ((2, 3),),
    )
    yield Entry(
        "tensor_diag_part",
        lambda x: L.tensor_diag_part(x),
        lambda x: np.einsum("ijij->ij", x),
        ((2, 3, 2, 3),),
    )


def _vectors():
    yield Entry(
        "matvec",
        lambda x, y: L.matvec(x, y, adjoint_a=True),
        lambda x, y: np.einsum("...ji,...j->...i", np.conj(x), y),
        ((2, 3, 2), (3,)),
        "ifc",
        analytic=False,
    )
    yield Entry("cross", lambda x, y: L.cross(x, y), np.cross, ((2, 3), (2, 3)), "ifc")
    yield Entry(
        "adjoint",
        lambda x: L.adjoint(x),
        lambda x: _adjoint(x) if x.dtype.kind == "c" else np.swapaxes(x, -1, -2),
        ((2, 3, 2),),
        analytic=False,
    )


def _decompositions():
    for shape in [(4, 2), (2, 2, 3), (2, 2)]:
        yield Entry(
            f"qr({shape})",
            lambda x: list(L.qr(_apart(x))),
            lambda x: list(np.linalg.qr(_apart(x))),
            (shape,),
            dtypes=FIELDS,
            analytic=False,
        )
        yield Entry(
            f"pinv({shape})",
            lambda x: L.pinv(x),
            lambda x: np.linalg.pinv(x),
            (shape,),
            dtypes=FIELDS,
            analytic=False,
        )

        def squares(x):
            s, u, v = L.svd(x)
            return (u * tf.cast(s * s, u.dtype)[..., None, :]) @ L.adjoint(v)

        def right(x):
            u, s, vh = np.linalg.svd(x, full_matrices=False)
            return (u * (s * s)[..., None, :]) @ vh

        yield Entry(f"svd({shape})", squares, right, (shape,), dtypes=FIELDS, analytic=False)
    yield Entry(
        "singular values",
        lambda x: L.svd(x, compute_uv=False),
        lambda x: np.linalg.svd(x, compute_uv=False),
        ((2, 3, 2),),
        dtypes=FIELDS,
        analytic=False,
    )

    def exponential(x):
        e, v = L.eigh(_hermitian(x))
        return (v * tf.exp(e / 4)[..., None, :]) @ L.adjoint(v)

    def exponential_of_arrays(x):
        e, v = np.linalg.eigh(_hermitian(x))
        return (v * np.exp(e / 4)[..., None, :]) @ _adjoint(v)

    yield Entry(
        "eigh", exponential, exponential_of_arrays, ((2, 3, 3),), dtypes=FIELDS, analytic=False
    )
    yield Entry(
        "eigvalsh",
        lambda x: L.eigvalsh(_hermitian(x)),
        lambda x: np.linalg.eigvalsh(_hermitian(x)).astype(x.dtype),
        ((2, 3, 3),),
        dtypes=FIELDS,
        analytic=False,
    )

    def cubes(x):
        e, v = L.eig(x)
        return (v * (e**3)[..., None, :]) @ L.inv(v)

    yield Entry(
        "eig",
        cubes,
        lambda x: (x @ x @ x).astype(np.result_type(x, np.complex64)),
        ((2, 2, 2),),
        dtypes=FIELDS,
        analytic=False,
    )
    yield Entry(
        "eigvals",
        lambda x: tf.reduce_sum(L.eigvals(x) ** 3, -1),
        lambda x: np.trace(x @ x @ x, axis1=-2, axis2=-1).astype(np.result_type(x, np.complex64)),
        ((2, 2, 2),),
        dtypes=FIELDS,
        analytic=False,
    )


ENTRIES = [
    *_equations(),
    *_determinants(),
    *_diagonals(),
    *_vectors(),
    *_decompositions(),
]
MOVING = {e.name for e in _diagonals() if e.name != "trace"}
