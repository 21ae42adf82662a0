"""Matrices of given forms: diagonals, triangles, powers of a vector."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_c.arrays import _reductions
from autograd_c.arrays._arguments import (
    axis_within,
    dtype_of,
    promoted,
    tensor,
)
from autograd_c.arrays._outputs import written
from autograd_c.arrays._reductions import constant
from autograd_c.core import _core
from autograd_c.core._core import Tensor

__all__ = [
    "diag",
    "diag_indices",
    "diag_indices_from",
    "diagflat",
    "diagonal",
    "eye",
    "identity",
    "mask_indices",
    "trace",
    "tri",
    "tril",
    "tril_indices",
    "tril_indices_from",
    "triu",
    "triu_indices",
    "triu_indices_from",
    "vander",
]


def _wrapped(arrays: Any) -> tuple[Tensor, ...]:
    return tuple([_core.convert_to_tensor(x) for x in arrays])


def eye(
    N: Any,
    M: Any = None,
    k: Any = 0,
    dtype: Any = float,
    order: str = "C",
    *,
    device: Any = None,
    like: Any = None,
) -> Tensor:
    """Ones on the k-th diagonal of a matrix of N rows and M columns, zeros elsewhere.

    >>> from autograd_c import numpy as np
    >>> np.eye(2).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    wanted = dtype_of(float if dtype is None else dtype)
    return constant(np.eye(N, M, k, bool), wanted)


def identity(n: Any, dtype: Any = None, *, like: Any = None) -> Tensor:
    """The square matrix of n rows with ones on its diagonal.

    >>> from autograd_c import numpy as np
    >>> np.identity(2).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    return eye(n, dtype=dtype)


# ---------------------------------------------------------------- diagonals


def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The diagonal of two axes, which becomes the last axis.

    Raises:
        ValueError: for rank below 2, or axes that are one.

    >>> from autograd_c import numpy as np
    >>> np.diagonal([[1, 2], [3, 4]]).tolist()
    [1, 4]
    """
    x = tensor(a)
    if x.ndim < 2:
        raise ValueError("diag requires an array of at least two dimensions")
    first, second = axis_within(axis1, x.ndim), axis_within(axis2, x.ndim)
    if first == second:
        raise ValueError("axis1 and axis2 cannot be the same")
    if second != x.ndim - 1 or first != second - 1:
        rest = [k for k in range(x.ndim) if k not in (first, second)]
        x = _core.transpose(x, [*rest, first, second])
    *outer, rows, columns = x.shape
    if not -rows < offset < columns or not x.size:
        count = max(min(rows + min(offset, 0), columns - max(offset, 0)), 0)
        return _core.full([*outer, count], 0, x.dtype)
    return _core.apply("diag_part", [x], (False, True, offset, offset))


def trace(
    a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None
) -> Tensor:
    """The sum of the diagonal of two axes.

    >>> from autograd_c import numpy as np
    >>> float(np.trace([[1.0, 2.0], [3.0, 4.0]]))
    5.0
    """
    if out is not None:
        return written(out, trace(a, offset, axis1, axis2, dtype), "numpy.trace")
    return _reductions.sum(diagonal(a, offset, axis1, axis2), -1, dtype)


def diag(v: Any, k: int = 0) -> Tensor:
    """The k-th diagonal of a matrix, or the matrix of a diagonal.

    Raises:
        ValueError: for other ranks.

    >>> from autograd_c import numpy as np
    >>> np.diag([1, 2]).tolist()
    [[1, 0], [0, 2]]
    """
    x = tensor(v)
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise ValueError("Input must be 1- or 2-d.")
    n = x.shape[0] + abs(k)
    if not x.shape[0]:
        return _core.full([n, n], 0, x.dtype)
    return _core.apply("diag", [x], (False, True, k, k, n, n))


def diagflat(v: Any, k: int = 0) -> Tensor:
    """The matrix of a diagonal of all elements in C order.

    >>> from autograd_c import numpy as np
    >>> np.diagflat([[1, 2]]).tolist()
    [[1, 0], [0, 2]]
    """
    return diag(_core.reshape(tensor(v), [-1]), k)


def diag_indices(n: int, ndim: int = 2) -> tuple[Tensor, ...]:
    """The indices of the diagonal of an array of `ndim` axes of extent n.

    >>> from autograd_c import numpy as np
    >>> [i.tolist() for i in np.diag_indices(2)]
    [[0, 1], [0, 1]]
    """
    return _wrapped(np.diag_indices(n, ndim))


def diag_indices_from(arr: Any) -> tuple[Tensor, ...]:
    """The indices of the diagonal of an array whose extents are equal.

    Raises:
        ValueError: for other extents.

    >>> from autograd_c import numpy as np
    >>> [i.tolist() for i in np.diag_indices_from([[1, 2], [3, 4]])]
    [[0, 1], [0, 1]]
    """
    return _wrapped(np.diag_indices_from(_core.array_of(tensor(arr))))


# ---------------------------------------------------------------- triangles


def tri(N: Any, M: Any = None, k: int = 0, dtype: Any = float, *, like: Any = None) -> Tensor:
    """Ones on and below the k-th diagonal, zeros above.

    >>> from autograd_c import numpy as np
    >>> np.tri(2).tolist()
    [[1.0, 0.0], [1.0, 1.0]]
    """
    return constant(np.tri(N, M, k, bool), dtype_of(dtype))


def _part(m: Any, k: int, lower: bool) -> Tensor:
    x = tensor(m)
    if x.ndim == 1:  # NumPy's: each row is cut
        x = _core.broadcast_to(x, [x.shape[0], x.shape[0]])
    elif x.ndim == 0:
        raise ValueError("tril and triu take a tensor of rank 1 or more")
    mask = np.tri(x.shape[-2], x.shape[-1], k if lower else k - 1, bool)
    return _core.select(mask if lower else ~mask, x, constant(0, x.dtype))


def tril(m: Any, k: int = 0) -> Tensor:
    """The elements on and below the k-th diagonal of the last two axes, zeros above.

    >>> from autograd_c import numpy as np
    >>> np.tril([[1, 2], [3, 4]]).tolist()
    [[1, 0], [3, 4]]
    """
    return _part(m, k, True)


def triu(m: Any, k: int = 0) -> Tensor:
    """The elements on and above the k-th diagonal of the last two axes, zeros below.

    >>> from autograd_c import numpy as np
    >>> np.triu([[1, 2], [3, 4]]).tolist()
    [[1, 2], [0, 4]]
    """
    return _part(m, k, False)


def tril_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Tensor, ...]:
    """The indices of the elements on and below the k-th diagonal of n rows and m columns.

    >>> from autograd_c import numpy as np
    >>> [i.tolist() for i in np.tril_indices(2)]
    [[0, 1, 1], [0, 0, 1]]
    """
    return _wrapped(np.tril_indices(n, k, m))


def triu_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Tensor, ...]:
    """The indices of the elements on and above the k-th diagonal of n rows and m columns.

    >>> from autograd_c import numpy as np
    >>> [i.tolist() for i in np.triu_indices(2)]
    [[0, 0, 1], [0, 1, 1]]
    """
    return _wrapped(np.triu_indices(n, k, m))


def tril_indices_from(arr: Any, k: int = 0) -> tuple[Tensor, ...]:
    """The indices of the elements on and below the k-th diagonal of a matrix.

    >>> from autograd_c import numpy as np
    >>> [i.tolist() for i in np.tril_indices_from(np.eye(2))]
    [[0, 1, 1], [0, 0, 1]]
    """
    return _wrapped(np.tril_indices_from(_core.array_of(tensor(arr)), k))


def triu_indices_from(arr: Any, k: int = 0) -> tuple[Tensor, ...]:
    """The indices of the elements on and above the k-th diagonal of a matrix.

    >>> from autograd_c import numpy as np
    >>> [i.tolist() for i in np.triu_indices_from(np.eye(2))]
    [[0, 0, 1], [0, 1, 1]]
    """
    return _wrapped(np.triu_indices_from(_core.array_of(tensor(arr)), k))


def mask_indices(n: int, mask_func: Any, k: Any = 0) -> tuple[Tensor, ...]:
    """The indices at which a function such as `triu` keeps the ones of a matrix.

    >>> from autograd_c import numpy as np
    >>> [i.tolist() for i in np.mask_indices(2, np.triu)]
    [[0, 0, 1], [0, 1, 1]]
    """
    kept = mask_func(constant(1, dtype_of(int)) + eye(n, dtype=int) * 0, k)
    return _wrapped(np.nonzero(_core.array_of(kept)))


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of a vector as columns, from the highest to 1 unless they are increasing.

    Raises:
        ValueError: for another rank than 1.

    >>> from autograd_c import numpy as np
    >>> np.vander([1, 2, 3]).tolist()
    [[1, 1, 1], [4, 2, 1], [9, 3, 1]]
    """
    t = tensor(x)
    if t.ndim != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    count = t.shape[0] if N is None else N
    t = promoted(t, np.zeros((), int))[0]
    ones = _core.full([t.shape[0], min(count, 1)], 1, t.dtype)
    if count > 1:
        # Running products: nothing is divided, and derivatives are right at 0.
        columns = _core.broadcast_to(_core.reshape(t, [-1, 1]), [t.shape[0], count - 1])
        ones = _core.concat([ones, _core.apply("cumprod", [columns], [False, False, 1])], 1)
    return ones if increasing else _core.reverse_axes(ones, [1])
