"""Equations with sparse matrices, as ``scipy.sparse.linalg`` has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.sparse.constants import constant_of
from autograd_c.functions.sparse.matrices import by_rows
from autograd_c.functions.sparse.products import conjugate, pointers_of, rows_of
from autograd_c.functions.sparse.tensor import SparseTensor, is_sparse
from autograd_c.scipy._rows import library
from autograd_c.scipy._sparse_factors import (
    GENERAL,
    GENERAL_OR_NAN,
    LOWER,
    UNIT_LOWER,
    UNIT_UPPER,
    UPPER,
    Factors,
    kept,
    sparse_solve,
)

_FLOATS = ("float32", "float64", "complex64", "complex128")


class _Matrix:
    """A square matrix by rows, or the transpose of one."""

    def __init__(self, name: str, a: Any) -> None:
        if isinstance(a, SparseTensor):
            shape: tuple[int, ...] = a._shape
        else:
            if not _core.is_sparse(a):
                raise TypeError(
                    f"{name} takes an array of scipy.sparse or a tf.SparseTensor, not "
                    f"{type(a).__name__!r}: autograd_c.scipy.linalg has functions of dense matrices"
                )
            shape = a.shape
        if len(shape) != 2 or shape[0] != shape[1]:
            raise ValueError(f"matrix must be square (has shape {tuple(shape)})")
        self.size = shape[0]
        self.transposed = False
        if isinstance(a, SparseTensor):
            self.pointers, self.columns, order = by_rows(a)
            self.values = a._values if order is None else _core.gather_rows(a._values, order)
            self._constant = None
        else:
            self._constant = constant_of(a)
            self.transposed = self._constant.transposed
            self.values = self._constant.values
            self.pointers, self.columns = self._constant.pointers, self._constant.indices

    def in_dtype(self, dtype: Any) -> Tensor:
        if self._constant is not None:
            return self._constant.of_dtype(dtype)
        return self.values if self.values.dtype == dtype else _core.cast(self.values, dtype)

    def restrict(self, kind: int) -> None:
        """Leave out what is in the other triangle, or on a diagonal of ones."""
        row, column = rows_of(_core.array_of(self.pointers)), _core.array_of(self.columns)
        below = column <= row if kind in (LOWER, UNIT_LOWER) else column >= row
        if kind >= UNIT_LOWER:
            below &= column != row
        if below.all():
            return
        at = np.flatnonzero(below)
        pointers = pointers_of(row[at], self.size).astype(row.dtype)
        self.values = _core.gather_rows(self.values, at)
        self.columns = _core.convert_to_tensor(column[at])
        self.pointers = _core.convert_to_tensor(pointers)
        self._constant = None


def _floats(name: str, a: _Matrix, b: Any) -> Tensor:
    """The right side in the dtype to which both promote, of floats at least."""
    y = _core.convert_to_tensor(b)
    if y.dtype.is_bool:
        raise TypeError(f"{name}: the right side has dtype bool")
    dtype = np.result_type(a.values.dtype.as_numpy_dtype, y.dtype.as_numpy_dtype)
    if dtype.name not in _FLOATS:
        dtype = np.promote_types(dtype, np.float32)
    return _core.cast(y, dtype.name)


def _right_side(name: str, a: _Matrix, b: Any) -> Tensor:
    if is_sparse(b):
        raise TypeError(f"{name}: the right side has to be dense, as b.toarray() is")
    y = _floats(name, a, b)
    if y.ndim not in (1, 2) or y.shape[0] != a.size:
        raise ValueError(
            f"{name}: matrix - rhs dimension mismatch ({(a.size, a.size)} - {tuple(y.shape)})"
        )
    return y


class SuperLU:
    """The factors of a sparse matrix, as `splu` returns them."""

    def __init__(self, matrix: _Matrix, kind: int, options: dict[str, Any], name: str) -> None:
        self._matrix = matrix
        self._kind = kind
        self._options = options
        self._name = name
        self._by_dtype: dict[str, tuple[Tensor, Tensor]] = {}
        self._scipys_own: Any = None

    def _factorized(self, dtype: Any) -> tuple[Tensor, Tensor]:
        """The values in a dtype, and the tensor that keeps their factors."""
        found = self._by_dtype.get(dtype.name)
        if found is None:
            m = self._matrix
            values = m.in_dtype(dtype)
            by_rows = [_core.array_of(t) for t in (values, m.pointers, m.columns)]
            factors = Factors(by_rows[0], by_rows[1], by_rows[2], self._kind, self._options)
            found = self._by_dtype[dtype.name] = (values, kept(factors))
        return found

    def solve(self, rhs: Any, trans: str = "N") -> Tensor:
        """The solution x of A x = b.

        Args:
            rhs: b, of shape [n] or [n, k].
            trans: "N": with A; "T": its transpose; "H": its adjoint.

        Raises:
            ValueError: for shapes that do not fit.
        """
        if trans not in ("N", "T", "H"):
            raise ValueError(f"trans must be N, T, or H, not {trans!r}")
        m = self._matrix
        y = _right_side(self._name, m, rhs)
        values, key = self._factorized(y.dtype)
        if trans == "H":
            y = conjugate(y)
        transposed = m.transposed != (trans != "N")
        x = sparse_solve(
            values,
            y,
            m.pointers,
            m.columns,
            key,
            transposed=int(transposed),
            vector=int(y.ndim == 1),
            kind=self._kind,
        )
        return conjugate(x) if trans == "H" else x

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of the matrix."""
        return self._matrix.size, self._matrix.size

    def _scipys(self) -> Any:
        """SciPy's object for the matrix itself, made when it is first asked for."""
        m = self._matrix
        if _core.is_recorded(m.values):
            raise TypeError(
                "the factors of a sparse matrix have no derivative by its values: solve has"
            )
        if self._scipys_own is None:
            values = _core.array_of(m.values)
            if values.dtype.name not in _FLOATS:
                values = values.astype(np.float64)
            arrays = (values, _core.array_of(m.columns), _core.array_of(m.pointers))
            sparse = library("sparse")
            kind = sparse.csc_array if m.transposed else sparse.csr_array
            matrix = kind(tuple([x.copy() for x in arrays]), shape=self.shape).tocsc()
            self._scipys_own = library("sparse.linalg").splu(matrix, **self._options)
        return self._scipys_own

    @property
    def L(self) -> Any:
        """The lower triangular factor, an array of scipy.sparse: a constant."""
        return self._scipys().L

    @property
    def U(self) -> Any:
        """The upper triangular factor, an array of scipy.sparse: a constant."""
        return self._scipys().U

    @property
    def perm_r(self) -> Any:
        """The permutation of rows."""
        return self._scipys().perm_r

    @property
    def perm_c(self) -> Any:
        """The permutation of columns."""
        return self._scipys().perm_c

    @property
    def nnz(self) -> int:
        """How many elements of the factors are not zero."""
        return int(self._scipys().nnz)


# ---------------------------------------------------------------- functions


def splu(
    A: Any,
    permc_spec: str | None = None,
    diag_pivot_thresh: float | None = None,
    relax: int | None = None,
    panel_size: int | None = None,
    options: dict[str, Any] | None = None,
) -> SuperLU:
    """The factors of a sparse matrix: `solve` has derivatives by the right side and the values.

    Args:
        A: a square array or matrix of scipy.sparse, a constant; or a `tf.SparseTensor`.
        permc_spec, diag_pivot_thresh, relax, panel_size, options: as of SciPy's `splu`.

    Returns:
        An object with `solve(rhs, trans="N")`, `shape`, `nnz`, `L`, `U`, `perm_r` and `perm_c`. The
        factors serve the derivatives, too.

    Raises:
        RuntimeError: for a singular matrix.
        ValueError: for a matrix that is not square.
        TypeError: for what is not sparse.

    >>> from scipy.sparse import csc_array
    >>> from autograd_c.scipy.sparse import linalg
    >>> print(linalg.splu(csc_array([[2.0, 1.0], [0.0, 4.0]])).solve([4.0, 8.0]).numpy())
    [1. 2.]
    """
    given = {
        "permc_spec": permc_spec,
        "diag_pivot_thresh": diag_pivot_thresh,
        "relax": relax,
        "panel_size": panel_size,
        "options": options,
    }
    chosen = {key: x for key, x in given.items() if x is not None}
    m = _Matrix("splu", A)
    factors = SuperLU(m, GENERAL, chosen, "SuperLU.solve")
    factors._factorized(_floats("splu", m, np.zeros(0, np.float32)).dtype)
    return factors


def factorized(A: Any) -> Callable[[Any], Tensor]:
    """A function that solves A x = b, with one factorization for all b and all derivatives.

    Args:
        A: a square array or matrix of scipy.sparse, a constant; or a `tf.SparseTensor`.

    Returns:
        A function of b, of shape [n] or [n, k].

    Raises:
        RuntimeError: for a singular matrix.
        ValueError: for a matrix that is not square.
        TypeError: for what is not sparse.

    >>> from scipy.sparse import csc_array
    >>> from autograd_c.scipy.sparse import linalg
    >>> solve = linalg.factorized(csc_array([[2.0, 1.0], [0.0, 4.0]]))
    >>> print(solve([4.0, 8.0]).numpy())
    [1. 2.]
    """
    return splu(A).solve


def spsolve(A: Any, b: Any, permc_spec: str | None = None, use_umfpack: bool = True) -> Tensor:
    """The solution x of A x = b, for a sparse matrix A.

    Args:
        A: a square array or matrix of scipy.sparse, a constant; or a `tf.SparseTensor`, by whose
            values the solution has derivatives, too.
        b: the right sides, of shape [n] or [n, k].
        permc_spec: how columns are permuted, as of ``scipy.sparse.linalg.spsolve``.
        use_umfpack: ignored: it is SuperLU that solves.

    Returns:
        A tensor of the shape of b; of shape [n] where that is [n, 1]. For a singular matrix it is
        NaN, and there is a `MatrixRankWarning`, as in SciPy.

    Raises:
        ValueError: for shapes that do not fit.
        TypeError: for a matrix that is not sparse, and right sides that are.

    >>> from scipy.sparse import csr_array
    >>> from autograd_c.scipy.sparse import linalg
    >>> print(linalg.spsolve(csr_array([[2.0, 1.0], [0.0, 4.0]]), [4.0, 8.0]).numpy())
    [1. 2.]
    """
    m = _Matrix("spsolve", A)
    y = _right_side("spsolve", m, b)
    if y.ndim == 2 and y.shape[1] == 1:
        y = _core.reshape(y, [-1])
    options = {} if permc_spec is None else {"permc_spec": permc_spec}
    return SuperLU(m, GENERAL_OR_NAN, options, "spsolve").solve(y)


def spsolve_triangular(
    A: Any,
    b: Any,
    lower: bool = True,
    overwrite_A: bool = False,
    overwrite_b: bool = False,
    unit_diagonal: bool = False,
) -> Tensor:
    """The solution x of A x = b, for a sparse triangular matrix A.

    Args:
        A: a square array or matrix of scipy.sparse, a constant; or a `tf.SparseTensor`, by whose
            values the solution has derivatives, too. The other triangle is not read.
        b: the right sides, of shape [n] or [n, k].
        lower: which triangle.
        overwrite_A, overwrite_b: ignored.
        unit_diagonal: whether the diagonal is 1, whatever it says.

    Raises:
        LinAlgError: for a 0 on the diagonal.
        ValueError: for shapes that do not fit.
        TypeError: for a matrix that is not sparse, and right sides that are.

    >>> from scipy.sparse import csr_array
    >>> from autograd_c.scipy.sparse import linalg
    >>> print(linalg.spsolve_triangular(csr_array([[2.0, 0.0], [1.0, 4.0]]), [2.0, 9.0]).numpy())
    [1. 2.]
    """
    m = _Matrix("spsolve_triangular", A)
    y = _right_side("spsolve_triangular", m, b)
    # By rows of the transpose the triangle is the other one.
    is_lower = bool(lower) != m.transposed
    kind = (
        (UNIT_LOWER if is_lower else UNIT_UPPER)
        if unit_diagonal
        else (LOWER if is_lower else UPPER)
    )
    m.restrict(kind)
    return SuperLU(m, kind, {}, "spsolve_triangular").solve(y)
