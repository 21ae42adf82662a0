"""Equations and factors, as ``scipy.linalg`` has them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_c import arrays as ours
from autograd_c.arrays._arguments import promoted, tensor
from autograd_c.arrays._checked import adjoint, as_numpys
from autograd_c.arrays._products import conjugate
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions import equations, factorizations
from autograd_c.scipy._matrices import check_right_side, checked, of_triangle, square


def _both(a: Any, b: Any, check_finite: bool) -> tuple[Tensor, Tensor, bool]:
    """A square matrix, right sides of two axes or more, and whether they were of one."""
    x, y = promoted(tensor(a), tensor(b))
    x, y = square(x, check_finite), checked(y, check_finite)
    check_right_side(x, y)
    return (x, y[:, None], True) if y.ndim == 1 else (x, y, False)


def _as_given(found: Tensor, is_vector: bool) -> Tensor:
    return found[..., 0] if is_vector else found


def _cholesky_solve(factor: Tensor, y: Tensor) -> Tensor:
    half = factorizations.triangular_solve(factor, y)
    return factorizations.triangular_solve(factor, half, adjoint=True)


_ASSUMED = {
    "gen": "general",
    "general": "general",
    "sym": "symmetric",
    "symmetric": "symmetric",
    "her": "hermitian",
    "hermitian": "hermitian",
    "pos": "positive definite",
    "positive definite": "positive definite",
    "diagonal": "diagonal",
    "tridiagonal": "general",
    "banded": "general",
    "upper triangular": "upper triangular",
    "lower triangular": "lower triangular",
}


@as_numpys
def solve(
    a: Any,
    b: Any,
    lower: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    assume_a: str | None = None,
    transposed: bool = False,
) -> Tensor:
    """The solution x of a x = b, as ``scipy.linalg.solve``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [..., n, n].
        b: the right sides, of shape [n] or [..., n, k].
        lower: which triangle is read, if `assume_a` says that one is enough; the derivative by `a`
            is then in this triangle.
        overwrite_a, overwrite_b: ignored.
        check_finite: whether infinities and NaN are an error.
        assume_a: "sym", "her", "pos", "diagonal", "upper triangular", "lower triangular"; None and
            others: nothing.
        transposed: whether to solve with the transpose of `a`.

    Raises:
        LinAlgError: for matrices that are not invertible, or not positive definite.
        ValueError: for shapes that do not fit.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.solve([[4.0, 2.0], [2.0, 5.0]], [8.0, 12.0], assume_a="pos").numpy().round(5))
    [1. 2.]
    """
    if assume_a is not None and assume_a not in _ASSUMED:
        raise ValueError(f"{assume_a} is not a recognized matrix structure")
    x, y, is_vector = _both(a, b, check_finite)
    kind = "general" if assume_a is None else _ASSUMED[assume_a]
    if kind == "diagonal":
        x = ours.tril(ours.triu(x))
    elif kind.endswith("triangular"):
        return _as_given(_triangular(x, y, int(transposed), kind[0] == "l", False), is_vector)
    elif kind != "general":
        x = of_triangle(x, lower, kind != "symmetric")
    if transposed:
        x = x.mT
    if kind == "positive definite":
        return _as_given(_cholesky_solve(factorizations.cholesky(x), y), is_vector)
    return _as_given(equations.solve(x, y), is_vector)


def _triangular(x: Tensor, y: Tensor, trans: int, lower: bool, unit_diagonal: bool) -> Tensor:
    if unit_diagonal:
        x = (ours.tril(x, -1) if lower else ours.triu(x, 1)) + ours.eye(x.shape[-1], dtype=x.dtype)
    if (np.diagonal(_core.array_of(x), axis1=-2, axis2=-1) == 0).any():
        raise np.linalg.LinAlgError("singular matrix: there is a 0 on its diagonal")
    if trans == 1:
        x = conjugate(x)
    return factorizations.triangular_solve(x, y, lower, trans != 0)


_TRANSPOSED = {0: 0, 1: 1, 2: 2, "N": 0, "T": 1, "C": 2}


@as_numpys
def solve_triangular(
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Tensor:
    """The solution x of a x = b, of which one triangle of a is read.

    Args:
        a: a tensor, or what `asarray` takes, of shape [..., n, n].
        b: the right sides, of shape [n] or [..., n, k].
        trans: 0 or "N": with a; 1 or "T": its transpose; 2 or "C": its adjoint.
        lower: which triangle.
        unit_diagonal: whether the diagonal is 1, whatever it says.
        overwrite_b: ignored.
        check_finite: whether infinities and NaN are an error.

    Raises:
        LinAlgError: for a 0 on the diagonal.
        ValueError: for shapes that do not fit.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.solve_triangular([[2.0, 1.0], [0.0, 4.0]], [4.0, 8.0]).numpy())
    [1. 2.]
    """
    x, y, is_vector = _both(a, b, check_finite)
    return _as_given(_triangular(x, y, _TRANSPOSED[trans], lower, unit_diagonal), is_vector)


@as_numpys
def solve_banded(
    l_and_u: tuple[int, int],
    ab: Any,
    b: Any,
    overwrite_ab: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Tensor:
    """The solution x of a x = b for a with few diagonals, in time proportional to its extent.

    Args:
        l_and_u: how many diagonals are below the main one, and how many above.
        ab: the diagonals, the highest first, of shape [l + u + 1, n]: ``ab[u + i - j, j]`` is
            a[i, j], and what is outside of the matrix is not read.
        b: the right sides, of shape [n] or [n, k].
        overwrite_ab, overwrite_b: ignored.
        check_finite: whether infinities and NaN are an error.

    Raises:
        LinAlgError: for matrices that are not invertible.
        ValueError: for shapes that do not fit.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.solve_banded((0, 1), [[0.0, 1.0], [2.0, 4.0]], [4.0, 8.0]).numpy())
    [1. 2.]
    """
    below, above = l_and_u
    x, y = promoted(tensor(ab), tensor(b))
    x, y = checked(x, check_finite), checked(y, check_finite)
    if x.ndim != 2 or y.ndim not in (1, 2) or x.shape[-1] != y.shape[0]:
        raise ValueError("shapes of ab and b are not compatible.")
    if below + above + 1 != x.shape[0]:
        raise ValueError(
            f"invalid values for the number of lower and upper diagonals: l+u+1 "
            f"({below + above + 1}) does not equal ab.shape[0] ({x.shape[0]})"
        )
    rows = []
    for row, k in enumerate(range(above, -below - 1, -1)):
        part = x[row, k:] if k >= 0 else x[row, :k]
        rows.append(ours.pad(part, (0, k) if k >= 0 else (-k, 0)))
    right = y[:, None] if y.ndim == 1 else y
    found = _core.apply("banded_solve", [_core.stack(rows, 0), right], (False, below, above))
    return _as_given(found, y.ndim == 1)


# ------------------------------------------------------------ Cholesky's factors


@as_numpys
def cholesky(
    a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> Tensor:
    """The factors U of a = U^H U, or L of a = L L^H, as ``scipy.linalg.cholesky``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [..., n, n], of which that triangle is read.
        lower: whether to return L.
        overwrite_a: ignored.
        check_finite: whether infinities and NaN are an error.

    Raises:
        LinAlgError: for matrices that are not positive definite.
        ValueError: for matrices that are not square.

    The derivative is that among symmetric (Hermitian) matrices, as of `tf.linalg.cholesky`.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.cholesky([[4.0, 2.0], [2.0, 5.0]]).numpy())
    [[2. 1.]
     [0. 2.]]
    """
    x = square(a, check_finite)
    return factorizations.cholesky(x) if lower else adjoint(factorizations.cholesky(adjoint(x)))


def cho_factor(
    a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> tuple[Tensor, bool]:
    """The factors that `cho_solve` takes, and `lower`. The other triangle is 0.

    Args:
        a, lower, overwrite_a, check_finite: as of `cholesky`.

    Raises:
        LinAlgError: for matrices that are not positive definite.
        ValueError: for matrices that are not square.

    >>> from autograd_c.scipy import linalg
    >>> factors = linalg.cho_factor([[4.0, 2.0], [2.0, 5.0]])
    >>> print(linalg.cho_solve(factors, [8.0, 12.0]).numpy().round(5))
    [1. 2.]
    """
    return cholesky(a, lower, overwrite_a, check_finite), lower


@as_numpys
def cho_solve(
    c_and_lower: Any, b: Any, overwrite_b: bool = False, check_finite: bool = True
) -> Tensor:
    """The solution x of a x = b, given what `cho_factor` says of a.

    Args:
        c_and_lower: the factors, of which one triangle is read, and whether that is the lower one.
        b: the right sides, of shape [n] or [..., n, k].
        overwrite_b: ignored.
        check_finite: whether infinities and NaN are an error.

    Raises:
        ValueError: for shapes that do not fit.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.cho_solve(([[2.0, 0.0], [1.0, 2.0]], True), [8.0, 12.0]).numpy().round(5))
    [1. 2.]
    """
    c, lower = c_and_lower
    x, y, is_vector = _both(c, b, check_finite)
    return _as_given(_cholesky_solve(x if lower else adjoint(x), y), is_vector)


# ------------------------------------------------------------ LU


def _pivots(permutation: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The exchanges of rows, one after the other, that make a permutation, as LAPACK has them."""
    rows, pivots = list(range(len(permutation))), []
    for k, row in enumerate(permutation.tolist()):
        place = rows.index(row, k)
        rows[k], rows[place] = rows[place], rows[k]
        pivots.append(place)
    return np.array(pivots, np.int32)


@as_numpys
def lu_factor(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> tuple[Any, Any]:
    """The triangular factors in one matrix, and the exchanges of rows, of a square matrix.

    Args:
        a: a tensor, or what `asarray` takes, of shape [n, n].
        overwrite_a: ignored.
        check_finite: whether infinities and NaN are an error.

    Raises:
        LinAlgError: for matrices that are not invertible.
        ValueError: for matrices that are not square.

    >>> from autograd_c.scipy import linalg
    >>> factors, pivots = linalg.lu_factor([[1.0, 2.0], [4.0, 4.0]])
    >>> print(factors.numpy(), pivots)
    [[4.   4.  ]
     [0.25 1.  ]] [1 1]
    """
    x = square(a, check_finite)
    if x.ndim != 2:
        raise ValueError("lu_factor of tensors takes one matrix")
    found = equations.lu(x)
    return found.lu, _pivots(_core.array_of(found.p))


@as_numpys
def lu_solve(
    lu_and_piv: Any, b: Any, trans: int = 0, overwrite_b: bool = False, check_finite: bool = True
) -> Tensor:
    """The solution x of a x = b, given what `lu_factor` says of a.

    Args:
        lu_and_piv: the factors and the exchanges of rows.
        b: the right sides, of shape [n] or [n, k].
        trans: 0: with a; 1: its transpose; 2: its adjoint.
        overwrite_b: ignored.
        check_finite: whether infinities and NaN are an error.

    Raises:
        ValueError: for shapes that do not fit.

    >>> from autograd_c.scipy import linalg
    >>> factors = linalg.lu_factor([[1.0, 2.0], [4.0, 4.0]])
    >>> print(linalg.lu_solve(factors, [5.0, 12.0]).numpy())
    [1. 2.]
    """
    factors, pivots = lu_and_piv
    x, y, is_vector = _both(factors, b, check_finite)
    rows = list(range(x.shape[0]))
    for k, place in enumerate(np.asarray(_core.array_of(tensor(pivots))).tolist()):
        rows[k], rows[place] = rows[place], rows[k]
    if trans == 0:
        y = ours.take(y, rows, axis=0)
        y = _triangular(x, y, 0, True, True)
        return _as_given(_triangular(x, y, 0, False, False), is_vector)
    y = _triangular(x, y, trans, False, False)
    found = _triangular(x, y, trans, True, True)
    return _as_given(ours.take(found, np.argsort(rows), axis=0), is_vector)
