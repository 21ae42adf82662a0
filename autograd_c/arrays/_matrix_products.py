"""Products, powers, transposes and diagonals of matrices, as ``numpy.linalg`` has them."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, SupportsIndex

import numpy as np

from autograd_c.arrays._arguments import axis_within, cast, dtype_of, is_inexact, tensor
from autograd_c.arrays._checked import MatrixError, square
from autograd_c.arrays._equations import inv
from autograd_c.arrays._outputs import written
from autograd_c.arrays._products import cross as cross_product
from autograd_c.arrays._products import matmul
from autograd_c.arrays._products import outer as outer_product
from autograd_c.core import _core
from autograd_c.core._core import Tensor

# ---------------------------------------------------------------- products


def matrix_power(a: Any, n: int) -> Tensor:
    """Powers of matrices, as ``numpy.linalg.matrix_power``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [..., n, n].
        n: an integer; negative ones are powers of the inverses.

    Raises:
        LinAlgError: for matrices that are not square, or, for a negative `n`, not invertible.
        TypeError: for an `n` that is no integer.

    >>> from autograd_c import numpy as np
    >>> print(np.linalg.matrix_power([[0, 1], [-1, 0]], 3).numpy())
    [[ 0 -1]
     [ 1  0]]
    """
    x = tensor(a)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        square(a)
    try:
        n = operator.index(n)
    except TypeError:
        raise TypeError("exponent must be an integer") from None
    if n < 0:
        x, n = inv(x), -n
    if n == 0:
        identity = np.eye(x.shape[-1], dtype=x.dtype.as_numpy_dtype)
        return _core.broadcast_to(_core.convert_to_tensor(identity), x.shape)
    result = None
    while True:
        if n & 1:
            result = x if result is None else matmul(result, x)
        n >>= 1
        if not n:
            assert result is not None
            return result
        x = matmul(x, x)


def multi_dot(arrays: Sequence[Any], *, out: Any = None) -> Tensor:
    """The product of two or more matrices in the order that costs least, as
    ``numpy.linalg.multi_dot``.

    Args:
        arrays: tensors, or what `asarray` takes, of two axes; the first and the last may be
            vectors.
        out: a tensor that gets the result.

    Returns:
        A tensor of two axes, without those that vectors do not have.

    Raises:
        ValueError: for less than two, and shapes that do not fit.
        LinAlgError: for other ranks.

    >>> from autograd_c import numpy as np
    >>> np.linalg.multi_dot([np.ones((2, 9)), np.ones((9, 9)), np.ones(9)]).shape
    TensorShape([2])
    """
    if out is not None:
        return written(out, multi_dot(arrays), "numpy.linalg.multi_dot")
    values = [tensor(x) for x in arrays]
    if len(values) < 2:
        raise ValueError("Expecting at least two arrays.")
    first, last = values[0].ndim == 1, values[-1].ndim == 1
    if first:
        values[0] = values[0][None, :]
    if last:
        values[-1] = values[-1][:, None]
    for x in values:
        if x.ndim != 2:
            raise MatrixError(f"{x.ndim}-dimensional array given. Array must be two-dimensional")
    result = _chain(values, _splits([*[x.shape[0] for x in values], values[-1].shape[1]]))
    if first and last:
        return result[0, 0]
    return result[0] if first else result[:, 0] if last else result


def _splits(extents: list[int]) -> dict[tuple[int, int], int]:
    """Where to split the product of the matrices i to j so that least is multiplied."""
    n = len(extents) - 1
    cost = {(i, i): 0 for i in range(n)}
    found: dict[tuple[int, int], int] = {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            choices = [
                (cost[i, k] + cost[k + 1, j] + extents[i] * extents[k + 1] * extents[j + 1], k)
                for k in range(i, j)
            ]
            cost[i, j], found[i, j] = min(choices)
    return found


def _chain(values: list[Tensor], splits: dict[tuple[int, int], int]) -> Tensor:
    def product(i: int, j: int) -> Tensor:
        if i == j:
            return values[i]
        k = splits[i, j]
        return matmul(product(i, k), product(k + 1, j))

    return product(0, len(values) - 1)


def outer(x1: Any, x2: Any, /) -> Tensor:
    """All products of elements of two vectors, as ``numpy.linalg.outer``.

    Args:
        x1, x2: tensors, or what `asarray` takes, of one axis.

    Returns:
        A tensor of shape [m, n].

    Raises:
        ValueError: for other ranks.

    >>> from autograd_c import numpy as np
    >>> np.linalg.outer([1.0, 2.0], [3.0, 4.0, 5.0]).shape
    TensorShape([2, 3])
    """
    x, y = tensor(x1), tensor(x2)
    if x.ndim != 1 or y.ndim != 1:
        raise ValueError(
            "Input arrays must be one-dimensional, but they are "
            f"x1.ndim={x.ndim} and x2.ndim={y.ndim}."
        )
    return outer_product(x, y)


def cross(x1: Any, x2: Any, /, *, axis: SupportsIndex = -1) -> Tensor:
    """Cross products of vectors of three numbers, as ``numpy.linalg.cross``.

    Args:
        x1, x2: tensors, or what `asarray` takes, whose other axes broadcast.
        axis: along which the vectors lie.

    Raises:
        ValueError: for vectors of other numbers, and an axis that is not there.

    >>> from autograd_c import numpy as np
    >>> print(np.linalg.cross([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]).numpy())
    [-3.  6. -3.]
    """
    x, y = tensor(x1), tensor(x2)
    extents = [t.shape[axis_within(axis, t.ndim)] for t in (x, y)]
    if extents != [3, 3]:
        raise ValueError(
            "Both input arrays must be (arrays of) 3-dimensional vectors, but they are "
            f"{extents[0]} and {extents[1]} dimensional instead."
        )
    return cross_product(x, y, axis=axis)


# ---------------------------------------------------------------- diagonals


def diagonal(x: Any, /, *, offset: int = 0) -> Tensor:
    """The diagonals of matrices, as ``numpy.linalg.diagonal``.

    Args:
        x: a tensor, or what `asarray` takes, of shape [..., m, n].
        offset: which: those above the main ones are positive.

    Returns:
        A tensor of shape [..., k].

    Raises:
        ValueError: for a rank below 2.

    >>> from autograd_c import numpy as np
    >>> print(np.linalg.diagonal([[1, 2, 3], [4, 5, 6]], offset=1).numpy())
    [2 6]
    """
    t = tensor(x)
    if t.ndim < 2:
        raise ValueError("diag requires an array of at least two dimensions")
    m, n = t.shape[-2:]
    offset = operator.index(offset)
    rows, columns = max(-offset, 0), max(offset, 0)
    length = max(min(m - rows, n - columns), 0)
    if not length:
        return _core.full((*t.shape[:-2], 0), 0, t.dtype)
    part = t[..., rows : rows + length, columns : columns + length]
    labels = "".join(chr(ord("a") + k) for k in range(t.ndim - 2))
    return _core.diagonal_view(part, f"{labels}zz", f"{labels}z")


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Tensor:
    """The sums of diagonals, as ``numpy.linalg.trace``.

    Args:
        x: a tensor, or what `asarray` takes, of shape [..., m, n].
        offset: which: those above the main ones are positive.
        dtype: of the sums; None: that of `x`, of narrow integers int64.

    Returns:
        A tensor of shape [...].

    Raises:
        ValueError: for a rank below 2.

    >>> from autograd_c import numpy as np
    >>> print(np.linalg.trace([[1, 2], [3, 4]]).numpy())
    5
    """
    d = diagonal(x, offset=offset)
    if dtype is not None:
        d = cast(d, dtype_of(dtype))
    elif not is_inexact(d.dtype):
        d = cast(d, dtype_of(np.sum(np.ones(0, d.dtype.as_numpy_dtype)).dtype))
    return _core.reduce("reduce_sum", d, [-1], False)
