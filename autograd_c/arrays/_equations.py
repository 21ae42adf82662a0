"""Equations, inverses and determinants, as ``numpy.linalg`` has them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_c.arrays._arguments import axes_within, inexact, tensor
from autograd_c.arrays._checked import MatrixError, as_numpys, matrices, square
from autograd_c.arrays._products import pair
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions import decompositions, equations, singular_values


class SlogdetResult(NamedTuple):
    """What `slogdet` returns."""

    sign: Tensor
    logabsdet: Tensor


# ---------------------------------------------------------------- equations


@as_numpys
def solve(a: Any, b: Any) -> Tensor:
    """The solution x of a x = b, as ``numpy.linalg.solve``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [..., n, n].
        b: the right sides, of shape [n], or [..., n, k]; batches broadcast.

    Returns:
        A tensor of the shape of `b`, batches broadcast.

    Raises:
        LinAlgError: (a `tf.errors.InvalidArgumentError`) for matrices that are not square, or not
            invertible.
        ValueError: for shapes that do not fit.

    >>> from autograd_c import numpy as np
    >>> print(np.linalg.solve([[0.0, 2.0], [4.0, 0.0]], [2.0, 4.0]).numpy())
    [1. 1.]
    """
    x, y = pair(square(a), inexact(b))
    if y.ndim == 1:
        if y.shape[0] != x.shape[-1]:
            raise ValueError(f"solve: {x.shape[-1]} unknowns, and a right side of {y.shape[0]}")
        found = equations.solve(x, _core.reshape(y, (y.shape[0], 1)))
        return _core.reshape(found, y.shape if x.ndim == 2 else [*found.shape][:-1])
    return equations.solve(x, y)


@as_numpys
def inv(a: Any) -> Tensor:
    """The inverses of matrices, as ``numpy.linalg.inv``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [..., n, n].

    Raises:
        LinAlgError: (a `tf.errors.InvalidArgumentError`) for matrices that are not square, or not
            invertible.

    >>> from autograd_c import numpy as np
    >>> print(np.linalg.inv([[0.0, 2.0], [4.0, 0.0]]).numpy())
    [[0.   0.25]
     [0.5  0.  ]]
    """
    return equations.inv(square(a))


def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Tensor:
    """The pseudoinverses of matrices, as ``numpy.linalg.pinv``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [..., m, n].
        rcond: singular values up to this times the largest count as 0: a number, or of shape [...].
            None: 1e-15, or `rtol`.
        hermitian: ignored: the singular values of Hermitian matrices are no others.
        rtol: another name of `rcond`; not both.

    Returns:
        A tensor of shape [..., n, m]. Its derivative is that among matrices of the same rank.

    Raises:
        LinAlgError: for a rank below 2.
        ValueError: if both `rcond` and `rtol` are given.

    >>> from autograd_c import numpy as np
    >>> print(np.linalg.pinv([[2.0, 0.0], [0.0, 0.0]]).numpy())
    [[0.5 0. ]
     [0.  0. ]]
    """
    x = matrices(a)
    if rcond is not None and rtol is not None:
        raise ValueError("`rtol` and `rcond` can't be both set.")
    least = rtol if rcond is None else rcond
    if least is None:
        least = 1e-15
    return decompositions.pinv(x, np.asarray(_core.array_of(tensor(least))))


def lstsq(a: Any, b: Any, rcond: float | None = None) -> tuple[Tensor, Tensor, Any, Tensor]:
    """The solution of a x = b for which the sum of squares is least, as ``numpy.linalg.lstsq``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [m, n].
        b: the right sides, of shape [m] or [m, k].
        rcond: singular values up to this times the largest count as 0; None: max(m, n) times the
            precision.

    Returns:
        The solutions; the sums of squares of what is left, of shape [k], or [0] if m <= n or the
        rank is less than n; the rank, an int32; and the singular values.

    Raises:
        LinAlgError: for other shapes.

    >>> from autograd_c import numpy as np
    >>> x, residuals, rank, s = np.linalg.lstsq([[1.0], [1.0]], [1.0, 3.0])
    >>> print(x.numpy(), residuals.numpy(), rank)
    [2.] [2.] 1
    """
    x, y = pair(matrices(a), inexact(b))
    if x.ndim != 2 or y.ndim not in (1, 2):
        raise MatrixError("lstsq takes a matrix, and a right side of one or two axes")
    m, n = x.shape
    right = y[:, None] if y.ndim == 1 else y
    if right.shape[0] != m:
        raise MatrixError("Incompatible dimensions")
    if rcond is None or rcond < 0:
        factor = max(m, n) if rcond is None else 1
        rcond = float(np.finfo(x.dtype.as_numpy_dtype).eps) * factor
    s = singular_values.singular_values(x) if min(m, n) else _core.full((0,), 0, x.dtype.real_dtype)
    values = _core.array_of(s)
    rank = np.int32((values > rcond * values[0]).sum() if values.size else 0)
    found = _core.matmul(decompositions.pinv(x, rcond), right)
    if m > n and rank == n:
        left = abs(right - _core.matmul(x, found))
        residuals = _core.reduce("reduce_sum", left * left, [0], False)
    else:
        residuals = _core.full((0,), 0, x.dtype.real_dtype)
    return found[:, 0] if y.ndim == 1 else found, residuals, rank, s


def tensorsolve(a: Any, b: Any, axes: Sequence[int] | None = None) -> Tensor:
    """The solution x of tensordot(a, x, x.ndim) = b, as ``numpy.linalg.tensorsolve``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [*b.shape, *x.shape], where both have the
            same number of elements.
        b: the right side.
        axes: of `a`, which are moved behind the others first.

    Raises:
        LinAlgError: for shapes that do not fit, and what is not invertible.

    >>> from autograd_c import numpy as np
    >>> np.linalg.tensorsolve(np.reshape(np.eye(6), (2, 3, 6)), np.ones((2, 3))).shape
    TensorShape([6])
    """
    x, y = inexact(a), inexact(b)
    if axes is not None:
        last = axes_within(axes, x.ndim)
        order = [k for k in range(x.ndim) if k not in last] + last
        x = _core.transpose(x, order)
    shape = list(x.shape[y.ndim :])
    n = math.prod(shape)
    if x.size != n**2:
        raise MatrixError(
            "Input arrays must satisfy the requirement prod(a.shape[b.ndim:]) == "
            "prod(a.shape[:b.ndim])"
        )
    return _core.reshape(solve(_core.reshape(x, [n, n]), _core.reshape(y, [-1])), shape)


def tensorinv(a: Any, ind: int = 2) -> Tensor:
    """The inverse for `tensordot`, as ``numpy.linalg.tensorinv``.

    Args:
        a: a tensor, or what `asarray` takes; its first `ind` axes have as many elements as the
            others.
        ind: how many axes stand for the rows.

    Returns:
        A tensor of shape [*a.shape[ind:], *a.shape[:ind]].

    Raises:
        ValueError: for an `ind` below 1.
        LinAlgError: for other shapes, and what is not invertible.

    >>> from autograd_c import numpy as np
    >>> np.linalg.tensorinv(np.reshape(np.eye(24), (4, 6, 8, 3)), ind=2).shape
    TensorShape([8, 3, 4, 6])
    """
    x = inexact(a)
    if ind <= 0:
        raise ValueError("Invalid ind argument.")
    rows, columns = list(x.shape[:ind]), list(x.shape[ind:])
    n = math.prod(columns)
    return _core.reshape(inv(_core.reshape(x, [-1, n])), [*columns, *rows])


# ---------------------------------------------------------------- determinants


@as_numpys
def det(a: Any) -> Tensor:
    """The determinants of matrices, as ``numpy.linalg.det``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [..., n, n].

    Returns:
        A tensor of shape [...]. Its gradient is right for singular matrices too.

    Raises:
        LinAlgError: for matrices that are not square.

    >>> from autograd_c import numpy as np
    >>> print(np.linalg.det([[0.0, 2.0], [4.0, 0.0]]).numpy())
    -8.0
    """
    return equations.det(square(a))


@as_numpys
def slogdet(a: Any) -> SlogdetResult:
    """The signs of determinants and the logarithms of their moduli, as ``numpy.linalg.slogdet``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [..., n, n].

    Returns:
        A named tuple of `sign` and `logabsdet`, of shape [...]; the second is real.

    Raises:
        LinAlgError: for matrices that are not square; and, when derivatives are taken, for such
            that are not invertible.

    >>> from autograd_c import numpy as np
    >>> sign, logarithm = np.linalg.slogdet([[0.0, 1.0], [1.0, 0.0]])
    >>> print(sign.numpy(), logarithm.numpy())
    -1.0 0.0
    """
    sign, logarithm = equations.slogdet(square(a))
    if logarithm.dtype.is_complex:
        logarithm = _core.real(logarithm)
    return SlogdetResult(sign, logarithm)
