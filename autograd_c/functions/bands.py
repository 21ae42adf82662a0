"""Band matrices, given by their diagonals: ``tf.linalg.tridiagonal_solve`` and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.spectra import eigh, eigvalsh
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd_c.typing import TensorLike

convert = _core.convert_to_tensor


def _operands(
    operation: str, diagonals: Any, rhs: TensorLike, diagonals_format: str
) -> tuple[Tensor, Tensor]:
    """The diagonals as `_compact` has them, and the right sides, in a common dtype."""
    if diagonals_format in ("compact", "matrix"):
        diagonals, rhs = _core.operands_of(operation, diagonals, rhs)
    bands, b = _core.operands_of(operation, _compact(operation, diagonals, diagonals_format), rhs)
    return bands, b


def _compact(operation: str, diagonals: Any, diagonals_format: str) -> Tensor:
    """Super-, main and subdiagonal as rows, in column i what is in row i of the matrix."""
    if diagonals_format == "compact":
        bands = convert(diagonals)
        if bands.ndim < 2 or bands.shape[-2] != 3:
            raise InvalidArgumentError(
                f"[{operation}] Expected diagonals of shape [..., 3, n], got {tuple(bands.shape)}"
            )
        return bands
    if diagonals_format == "matrix":
        matrix = convert(diagonals)
        if matrix.ndim < 2 or matrix.shape[-1] != matrix.shape[-2]:
            raise InvalidArgumentError(
                f"[{operation}] Expected a square matrix, got shape {tuple(matrix.shape)}"
            )
        if matrix.shape[-1] > 1:
            return _core.apply("diag_part", [matrix], (True, False, -1, 1))
        zero = _core.full(matrix.shape, 0, matrix.dtype)
        return _core.concat([zero, matrix, zero], -2)
    if diagonals_format != "sequence":
        raise InvalidArgumentError(
            f"[{operation}] diagonals_format must be 'compact', 'sequence' or 'matrix', not "
            f"{diagonals_format!r}"
        )
    if not isinstance(diagonals, (list, tuple)) or len(diagonals) != 3:
        raise InvalidArgumentError(
            f"[{operation}] Expected diagonals to be a sequence of length 3."
        )
    above, main, below = (convert(d) for d in diagonals)
    n = main.shape[-1]
    if above.shape[-1] == n - 1:
        above = _core.concat([above, _core.full([*above.shape[:-1], 1], 0, above.dtype)], -1)
    if below.shape[-1] == n - 1:
        below = _core.concat([_core.full([*below.shape[:-1], 1], 0, below.dtype), below], -1)
    return _core.stack([above, main, below], -2)


def tridiagonal_solve(
    diagonals: TensorLike | Sequence[TensorLike],
    rhs: TensorLike,
    diagonals_format: str = "compact",
    transpose_rhs: bool = False,
    conjugate_rhs: bool = False,
    name: str | None = None,
    partial_pivoting: bool = True,
    perturb_singular: bool = False,
) -> Tensor:
    """The solution X of A X = B for tridiagonal matrices A, in time proportional to their extent.

    Args:
        diagonals: the diagonals of the matrices. With the format "compact", of shape [..., 3, n]:
            rows for the superdiagonal (its last element is not read), the main one and the
            subdiagonal (its first is not read). "sequence": a list of the three, of shape [..., n],
            those beside the main one [..., n - 1] or so. "matrix": the matrices, [..., n, n].
        rhs: the right sides, of shape [..., n] or [..., n, m] and the same dtype.
        diagonals_format: see there.
        transpose_rhs, conjugate_rhs: whether `rhs` is transposed and conjugated before.
        name: ignored.
        partial_pivoting: ignored; rows are always exchanged where that is more exact.
        perturb_singular: is not supported.

    Returns:
        A tensor of the shape of `rhs`, or of its transpose.

    Raises:
        TypeError: for integers and bools, or dtypes that differ.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit, and for matrices
            that are not invertible.
        NotImplementedError: for `perturb_singular`.

    >>> import autograd_c as tf
    >>> diagonals = [[1.0, 1.0, 0.0], [2.0, 2.0, 2.0], [0.0, 1.0, 1.0]]
    >>> print(tf.linalg.tridiagonal_solve(diagonals, [3.0, 4.0, 3.0]).numpy().round(5))
    [1. 1. 1.]
    """
    if perturb_singular:
        raise NotImplementedError("[tridiagonal_solve] perturb_singular is not supported")
    bands, b = _operands("tridiagonal_solve", diagonals, rhs, diagonals_format)
    vector = b.ndim == bands.ndim - 1
    if conjugate_rhs and b.dtype.is_complex:
        b = _core.conj(b)
    if vector:
        b = b[..., None]
    elif transpose_rhs:
        b = b.mT
    x = _core.apply("banded_solve", [bands, b], (False, 1, 1))
    return x[..., 0] if vector else x


def tridiagonal_matmul(
    diagonals: TensorLike | Sequence[TensorLike],
    rhs: TensorLike,
    diagonals_format: str = "compact",
    name: str | None = None,
) -> Tensor:
    """Products of tridiagonal matrices and others.

    Args:
        diagonals, diagonals_format: as of `tf.linalg.tridiagonal_solve`.
        rhs: a tensor of shape [..., n, m] and the same dtype.
        name: ignored.

    Returns:
        A tensor of shape [..., n, m].

    Raises:
        TypeError: for dtypes that differ.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit.

    >>> import autograd_c as tf
    >>> diagonals = [[1.0, 1.0, 0.0], [2.0, 2.0, 2.0], [0.0, 1.0, 1.0]]
    >>> print(tf.linalg.tridiagonal_matmul(diagonals, [[1.0], [1.0], [1.0]]).numpy())
    [[3.]
     [4.]
     [3.]]
    """
    bands, x = _operands("tridiagonal_matmul", diagonals, rhs, diagonals_format)
    if x.ndim < 2 or x.shape[-2] != bands.shape[-1]:
        raise InvalidArgumentError(
            f"[tridiagonal_matmul] Incompatible shapes: diagonals {tuple(bands.shape)} and rhs "
            f"{tuple(x.shape)}"
        )
    return _core.apply("band_times", [bands, x], (False, 1, 1))


def banded_triangular_solve(
    bands: TensorLike,
    rhs: TensorLike,
    lower: bool = True,
    adjoint: bool = False,
    name: str | None = None,
) -> Tensor:
    """The solution X of A X = B, or A^H X = B, for triangular matrices A with few diagonals.

    Args:
        bands: the diagonals, of shape [..., count, n]: the main one first and those below it, or,
            unless `lower`, those above it and the main one last. In column i stands what is in row
            i of the matrix; what would be outside of it is not read.
        rhs: the right sides, of shape [..., n, m] and the same dtype; batches broadcast.
        lower: whether the matrices are lower triangles, else upper ones.
        adjoint: whether the adjoint of the matrices is meant.
        name: ignored.

    Returns:
        A tensor of shape [..., n, m].

    Raises:
        TypeError: for integers and bools, or dtypes that differ.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit, and for zeros on
            the main diagonal.

    >>> import autograd_c as tf
    >>> bands = [[2.0, 2.0], [0.0, 1.0]]
    >>> print(tf.linalg.banded_triangular_solve(bands, [[2.0], [5.0]]).numpy())
    [[1.]
     [2.]]
    """
    a, b = _core.operands_of("banded_triangular_solve", bands, rhs)
    beside = a.shape[-2] - 1 if a.ndim > 1 else -1
    if beside < 0 or b.ndim < 2:
        raise InvalidArgumentError(
            f"[banded_triangular_solve] Incompatible shapes: bands {tuple(a.shape)} and rhs "
            f"{tuple(b.shape)}"
        )
    which = (beside, 0) if lower else (0, beside)
    return _core.apply("banded_solve", [a, b], (bool(adjoint), *which))


@overload
def eigh_tridiagonal(
    alpha: TensorLike,
    beta: TensorLike,
    eigvals_only: Literal[True] = True,
    select: str = "a",
    select_range: Sequence[float] | None = None,
    tol: float | None = None,
    name: str | None = None,
) -> Tensor: ...
@overload
def eigh_tridiagonal(
    alpha: TensorLike,
    beta: TensorLike,
    eigvals_only: bool,
    select: str = "a",
    select_range: Sequence[float] | None = None,
    tol: float | None = None,
    name: str | None = None,
) -> Tensor | tuple[Tensor, Tensor]: ...
def eigh_tridiagonal(
    alpha: TensorLike,
    beta: TensorLike,
    eigvals_only: bool = True,
    select: str = "a",
    select_range: Sequence[float] | None = None,
    tol: float | None = None,
    name: str | None = None,
) -> Tensor | tuple[Tensor, Tensor]:
    """Eigenvalues and eigenvectors of symmetric (Hermitian) tridiagonal matrices.

    Args:
        alpha: the main diagonals, a tensor of floats or complex numbers (which have to be real) of
            shape [..., n].
        beta: the superdiagonals, of shape [..., n - 1] and the same dtype.
        eigvals_only: whether no vectors are returned.
        select: "a" for all eigenvalues, "v" for those in an interval, "i" for those with indices.
        select_range: the ends of the interval (the lower one is outside of it), or the first and
            last index.
        tol, name: ignored. The matrices are taken as dense ones.

    Returns:
        The eigenvalues, of shape [..., k], the least first; and with `eigvals_only=False` the
        vectors, the columns of matrices of shape [..., n, k].

    Raises:
        TypeError: for integers and bools, or dtypes that differ.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit, or another
            `select`.

    >>> import autograd_c as tf
    >>> print(tf.linalg.eigh_tridiagonal([2.0, 2.0], [1.0]).numpy().round(5))
    [1. 3.]
    """
    a, b = _core.operands_of("eigh_tridiagonal", alpha, beta)
    if a.ndim < 1 or b.ndim < 1 or b.shape[-1] != a.shape[-1] - 1:
        raise InvalidArgumentError(
            f"[eigh_tridiagonal] beta must have one element less than alpha: shapes "
            f"{tuple(a.shape)} and {tuple(b.shape)}"
        )
    if select not in ("a", "i", "v") or (select != "a") != (select_range is not None):
        raise InvalidArgumentError(
            "[eigh_tridiagonal] select must be 'a', or 'i' or 'v' with a select_range, got "
            f"{select!r} with {select_range!r}"
        )
    n = a.shape[-1]
    matrix = _core.apply("diag", [a], (False, True, 0, 0, n, n))
    if n > 1:
        # The lower triangle is read.
        below = _core.conj(b) if b.dtype.is_complex else b
        matrix = matrix + _core.apply("diag", [below], (False, True, -1, -1, n, n))
    v = None
    if eigvals_only:
        e = eigvalsh(matrix)
    else:
        e, v = eigh(matrix)
    if e.dtype.is_complex:
        e = _core.real(e)
    if select_range is not None:
        first, last = select_range
        if select == "i":
            chosen = slice(int(first), int(last) + 1)
        else:
            if e.ndim > 1:
                raise InvalidArgumentError(
                    "[eigh_tridiagonal] an interval can be selected for one matrix only"
                )
            inside = _math.logical_and(_math.greater(e, first), _math.less_equal(e, last))
            places = np.flatnonzero(_core.plain_array(_core.stop_gradient(inside)))
            chosen = slice(places[0], places[-1] + 1) if places.size else slice(0, 0)
        e = e[..., chosen]
        v = v if v is None else v[..., chosen]
    return e if v is None else (e, v)
