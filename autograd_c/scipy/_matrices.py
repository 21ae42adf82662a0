"""Matrices as ``scipy.linalg`` takes them, and functions of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_c import arrays as ours
from autograd_c.arrays._arguments import inexact, promoted, tensor
from autograd_c.arrays._checked import adjoint, as_numpys
from autograd_c.core import _core
from autograd_c.core._core import RowCall, Tensor
from autograd_c.functions import matrix_functions
from autograd_c.functions.host import host
from autograd_c.scipy._rows import library
from autograd_c.values import dtypes


def checked(a: Any, check_finite: bool = True) -> Tensor:
    """A tensor of float32, float64 or complex numbers.

    Raises:
        ValueError: for infinities and NaN, if they are looked for.
    """
    x = inexact(a)
    if x.dtype in (dtypes.float16, dtypes.bfloat16):
        x = _core.cast(x, dtypes.float32)
    if check_finite and not np.isfinite(_core.array_of(x)).all():
        raise ValueError("array must not contain infs or NaNs")
    return x


def square(a: Any, check_finite: bool = True) -> Tensor:
    """The same, and of shape [..., n, n].

    Raises:
        ValueError: for other shapes.
    """
    x = checked(a, check_finite)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ValueError(f"Expected a square matrix, not an array of shape {tuple(x.shape)}")
    return x


def of_triangle(x: Tensor, lower: bool, conjugated: bool = True) -> Tensor:
    """The symmetric, or Hermitian, matrices of which a triangle is given."""
    half = ours.tril(x, -1) if lower else ours.triu(x, 1)
    diagonal = ours.tril(ours.triu(x))
    if conjugated and x.dtype.is_complex:
        diagonal = _core.cast(_core.real(diagonal), x.dtype)
    return half + diagonal + (adjoint(half) if conjugated else half.mT)


# ------------------------------------------------------------ functions


@as_numpys
def expm(A: Any) -> Tensor:
    """Exponentials of matrices, as ``scipy.linalg.expm``.

    Args:
        A: a tensor, or what `asarray` takes, of shape [..., n, n].

    Raises:
        ValueError: for matrices that are not square.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.expm([[0.0, 1.0], [0.0, 0.0]]).numpy())
    [[1. 1.]
     [0. 1.]]
    """
    return matrix_functions.expm(square(A, False))


def _with_imaginary_part(x: Tensor, function: Any) -> Tensor:
    """What a function of complex matrices says of these; real if it says so, and they are."""
    if x.dtype.is_complex:
        return function(x)  # type: ignore[no-any-return]
    wide = dtypes.complex64 if x.dtype is dtypes.float32 else dtypes.complex128
    y: Tensor = function(_core.cast(x, wide))
    array = _core.array_of(y)
    size = abs(array).max(initial=0.0)
    if (abs(array.imag) <= 100 * np.finfo(array.dtype).eps * max(size, 1.0)).all():
        return _core.real(y)
    return y


@as_numpys
def logm(A: Any) -> Tensor:
    """Logarithms of matrices, as ``scipy.linalg.logm``: complex if they are not real.

    Args:
        A: a tensor, or what `asarray` takes, of shape [..., n, n].

    Raises:
        ValueError: for matrices that are not square.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.logm([[1.0, 1.0], [0.0, 1.0]]).numpy().round(5))
    [[0. 1.]
     [0. 0.]]
    """
    return _with_imaginary_part(square(A), matrix_functions.logm)


@as_numpys
def sqrtm(A: Any) -> Tensor:
    """Square roots of matrices, as ``scipy.linalg.sqrtm``: complex if they are not real.

    Args:
        A: a tensor, or what `asarray` takes, of shape [..., n, n].

    Raises:
        LinAlgError: for matrices without a root.
        ValueError: for matrices that are not square.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.sqrtm([[4.0, 0.0], [0.0, 9.0]]).numpy().round(5))
    [[2. 0.]
     [0. 3.]]
    """
    return _with_imaginary_part(square(A), matrix_functions.sqrtm)


# ------------------------------------------------------------ matrices of vectors


def block_diag(*arrs: Any) -> Tensor:
    """The matrix with the given ones along its diagonal, as ``scipy.linalg.block_diag``.

    Args:
        *arrs: tensors, or what `asarray` takes, of two axes; others are taken as rows.

    Raises:
        ValueError: for more than two axes.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.block_diag([[1.0]], [[2.0, 3.0]]).numpy())
    [[1. 0. 0.]
     [0. 2. 3.]]
    """
    blocks = [ours.atleast_2d(x) for x in promoted(*map(tensor, arrs or ([],)))]
    if any(x.ndim > 2 for x in blocks):
        raise ValueError("arguments of block_diag must have at most two axes")
    width = sum(x.shape[1] for x in blocks)
    rows, before = [], 0
    for x in blocks:
        rows.append(ours.pad(x, ((0, 0), (before, width - before - x.shape[1]))))
        before += x.shape[1]
    return _core.concat(rows, 0)


def toeplitz(c: Any, r: Any = None) -> Tensor:
    """The matrix with constant diagonals, as ``scipy.linalg.toeplitz``.

    Args:
        c: its first column: a tensor, or what `asarray` takes, of one axis.
        r: its first row, whose first element is ignored; None: the conjugate of `c`.

    Raises:
        ValueError: for more than one axis.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.toeplitz([1, 2], [1, 4, 5]).numpy())
    [[1 4 5]
     [2 1 4]]
    """
    column, row = promoted(tensor(c), tensor(c if r is None else r))
    if r is None and row.dtype.is_complex:
        row = _core.conj(row)
    if column.ndim > 1 or row.ndim > 1:
        raise ValueError("toeplitz of tensors takes vectors")
    column, row = _core.reshape(column, [-1]), _core.reshape(row, [-1])
    n, m = column.shape[0], row.shape[0]
    both = _core.concat([column[::-1], row[1:]], 0)
    return ours.take(both, n - 1 - np.arange(n)[:, None] + np.arange(m))


def hankel(c: Any, r: Any = None) -> Tensor:
    """The matrix with constant antidiagonals, as ``scipy.linalg.hankel``.

    Args:
        c: its first column: a tensor, or what `asarray` takes, of one axis.
        r: its last row, whose first element is ignored; None: zeros.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.hankel([1, 2], [0, 4, 5]).numpy())
    [[1 2 4]
     [2 4 5]]
    """
    column = _core.reshape(tensor(c), [-1])
    row = ours.zeros_like(column) if r is None else _core.reshape(tensor(r), [-1])
    column, row = promoted(column, row)
    both = _core.concat([column, row[1:]], 0)
    return ours.take(both, np.arange(column.shape[0])[:, None] + np.arange(row.shape[0]))


def circulant(c: Any) -> Tensor:
    """The matrices whose columns are rotated, as ``scipy.linalg.circulant``.

    Args:
        c: the first columns, along the last axis: a tensor, or what `asarray` takes.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.circulant([1, 2, 3]).numpy())
    [[1 3 2]
     [2 1 3]
     [3 2 1]]
    """
    x = ours.atleast_1d(c)
    n = x.shape[-1]
    return ours.take(x, (np.arange(n)[:, None] - np.arange(n)) % max(n, 1), axis=-1)


# ------------------------------------------------------------ Sylvester's equation


def _sylvester_value(a: Any, b: Any, q: Any) -> Any:
    return library("linalg").solve_sylvester(a, b, q)


def _sylvester_vjp(call: RowCall, g: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    a, b, x = call.inputs[0], call.inputs[1], call.outputs[0]
    assert a is not None and b is not None and x is not None
    back = _sylvester(adjoint(a), adjoint(b), g)
    return -_core.matmul(back, adjoint(x)), -_core.matmul(adjoint(x), back), back


def _sylvester_jvp(
    call: RowCall, da: Tensor | None, db: Tensor | None, dq: Tensor | None
) -> Tensor:
    a, b, x = call.inputs[0], call.inputs[1], call.outputs[0]
    assert a is not None and b is not None and x is not None
    parts = [dq] if dq is not None else []
    parts += [-_core.matmul(da, x)] if da is not None else []
    parts += [-_core.matmul(x, db)] if db is not None else []
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return _sylvester(a, b, total)  # type: ignore[no-any-return]


_sylvester: Any = host(
    "scipy_solve_sylvester",
    _sylvester_value,
    vjp=_sylvester_vjp,
    jvp=_sylvester_jvp,
    inputs=3,
    keeps=(0, 1, 3),
)


def solve_sylvester(a: Any, b: Any, q: Any) -> Tensor:
    """The solution X of a X + X b = q, as ``scipy.linalg.solve_sylvester``.

    Args:
        a, b: tensors, or what `asarray` takes, of shapes [m, m] and [n, n].
        q: of shape [m, n].

    Raises:
        ImportError: without SciPy, which computes it.
        LinAlgError: if there is no solution.
        ValueError: for shapes that do not fit.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.solve_sylvester([[1.0]], [[3.0]], [[8.0]]).numpy())
    [[2.]]
    """
    x, y, z = [checked(each, False) for each in promoted(*map(tensor, (a, b, q)))]
    if (x.ndim, y.ndim, z.ndim) != (2, 2, 2) or tuple(z.shape) != (x.shape[0], y.shape[0]):
        raise ValueError(f"shapes {x.shape}, {y.shape} and {z.shape} do not fit")
    return _sylvester(square(x, False), square(y, False), z)  # type: ignore[no-any-return]


def solve_continuous_lyapunov(a: Any, q: Any) -> Tensor:
    """The solution X of a X + X a^H = q, as ``scipy.linalg.solve_continuous_lyapunov``.

    Args:
        a, q: tensors, or what `asarray` takes, of shape [n, n].

    Raises:
        ImportError: without SciPy, which computes it.
        LinAlgError: if there is no solution.
        ValueError: for shapes that do not fit.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.solve_continuous_lyapunov([[2.0]], [[8.0]]).numpy())
    [[2.]]
    """
    x = square(a, False)
    return solve_sylvester(x, adjoint(x), q)


def check_right_side(x: Tensor, b: Tensor) -> None:
    """Raise ValueError for right sides that do not fit."""
    if b.ndim == 0 or b.shape[0 if b.ndim == 1 else -2] != x.shape[-1]:
        raise ValueError(f"incompatible dimensions: {tuple(x.shape)} and {tuple(b.shape)}")
