"""NumPy's products of tensors: ``dot``, ``matmul``, ``tensordot``, ``kron``, ``cross``.

Those of integers and bools have no derivative: NumPy computes them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, SupportsIndex

import numpy as np

from autograd_c.arrays._arguments import (
    axis_within,
    cast,
    dtype_of,
    is_inexact,
    promoted,
    tensor,
)
from autograd_c.arrays._outputs import written
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions import contractions

__all__ = [
    "cross",
    "dot",
    "inner",
    "kron",
    "matmul",
    "matvec",
    "outer",
    "tensordot",
    "vdot",
    "vecdot",
    "vecmat",
]

# ---------------------------------------------------------------- arguments


def pair(a: Any, b: Any, dtype: Any = None) -> tuple[Tensor, Tensor]:
    """Both as tensors of one dtype, the given one or that to which they promote."""
    if dtype is not None:
        wanted = dtype_of(dtype)
        return cast(tensor(a), wanted), cast(tensor(b), wanted)
    if type(a) is Tensor and type(b) is Tensor and a.dtype is b.dtype:
        return a, b
    x, y = promoted(tensor(a), tensor(b))  # NumPy makes arrays of numbers: their dtype counts
    return x, y


def by_numpy(function: Callable[..., Any], *given: Tensor, **options: Any) -> Any:
    """What a function of NumPy makes of arrays, as a tensor."""
    return _core.convert_to_tensor(function(*map(_core.array_of, given), **options))


def moved(x: Tensor, source: int, target: int) -> Tensor:
    """One axis, counted from the front, at another place among the others."""
    if source == target:
        return x
    order = [k for k in range(x.ndim) if k != source]
    order.insert(target, source)
    return _core.transpose(x, order)


def conjugate(x: Tensor) -> Tensor:
    return _core.conj(x) if x.dtype.is_complex else x


def _check_options(function: str, options: dict[str, Any]) -> Any:
    """The dtype among the options of a ufunc; what concerns memory alone is ignored."""
    dtype = options.pop("dtype", None)
    for key, value in options.items():
        if key not in ("casting", "order", "subok") and value is not None:
            raise TypeError(f"numpy.{function} of a tensor takes no `{key}`: {value!r}")
    return dtype


def _needs_axes(function: str, a: Tensor, b: Tensor, of_a: int, of_b: int) -> None:
    for place, (x, least) in enumerate(((a, of_a), (b, of_b))):
        if x.ndim < least:
            raise ValueError(
                f"{function}: argument {place} has {x.ndim} axes, and {least} are needed"
            )


# ---------------------------------------------------------------- dot products


def dot(a: Any, b: Any, out: Any = None) -> Tensor:
    """Dot products, as ``numpy.dot``: sums over the last axis of `a` and the last but one of `b`.

    Args:
        a, b: tensors, or what `asarray` takes; where one of them is 0-d it is their product.
        out: a tensor that gets the result.

    Returns:
        A tensor of shape [*a.shape[:-1], *b.shape[:-2], b.shape[-1]].

    Raises:
        ValueError: for extents that differ.
        TypeError: for an array as `out`.

    >>> from autograd_c import numpy as np
    >>> print(np.dot([1.0, 2.0], [3.0, 4.0]))
    tf.Tensor(11.0, shape=(), dtype=float64)
    """
    if out is not None:
        return written(out, dot(a, b), "numpy.dot")
    if type(a) is not type(b) and (_core.is_sparse(a) or _core.is_sparse(b)):
        return a @ b  # type: ignore[no-any-return]
    x, y = pair(a, b)
    if not is_inexact(x.dtype):
        return by_numpy(np.dot, x, y)  # type: ignore[no-any-return]
    if not x.ndim or not y.ndim:
        return x * y
    if y.ndim < 3 or x.ndim == 1:
        return x @ y
    return contractions.dotted(x, y, (-1,), (-2,))


def vdot(a: Any, b: Any, /) -> Tensor:
    """The dot product of all elements, those of `a` conjugated, as ``numpy.vdot``.

    Args:
        a, b: tensors, or what `asarray` takes, of the same number of elements.

    Returns:
        A tensor of shape [].

    Raises:
        ValueError: for different numbers of elements.

    >>> from autograd_c import numpy as np
    >>> print(np.vdot([1j, 2.0], [1.0, 2.0]).numpy())
    (4-1j)
    """
    x, y = pair(a, b)
    if not is_inexact(x.dtype):
        return by_numpy(np.vdot, x, y)  # type: ignore[no-any-return]
    return conjugate(_core.reshape(x, [-1])) @ _core.reshape(y, [-1])


def inner(a: Any, b: Any, /) -> Tensor:
    """Sums of products over the last axes, as ``numpy.inner``.

    Args:
        a, b: tensors, or what `asarray` takes; where one of them is 0-d it is their product.

    Returns:
        A tensor of shape [*a.shape[:-1], *b.shape[:-1]].

    Raises:
        ValueError: for extents that differ.

    >>> from autograd_c import numpy as np
    >>> np.inner(np.ones((2, 3)), np.ones((4, 3))).shape
    TensorShape([2, 4])
    """
    x, y = pair(a, b)
    if not is_inexact(x.dtype):
        return by_numpy(np.inner, x, y)  # type: ignore[no-any-return]
    if not x.ndim or not y.ndim:
        return x * y
    if y.ndim == 1:
        return x @ y
    return contractions.dotted(x, y, (-1,), (-1,))


def outer(a: Any, b: Any, out: Any = None) -> Tensor:
    """All products of an element of `a` and one of `b`, as ``numpy.outer``.

    Args:
        a, b: tensors, or what `asarray` takes; their elements are taken in a row.
        out: a tensor that gets the result.

    Returns:
        A tensor of shape [m, n], for m and n elements.

    Raises:
        TypeError: for an array as `out`.

    >>> from autograd_c import numpy as np
    >>> print(np.outer([1, 2], [3, 4]).numpy())
    [[3 4]
     [6 8]]
    """
    if out is not None:
        return written(out, outer(a, b), "numpy.outer")
    x, y = pair(a, b)
    if not is_inexact(x.dtype):
        return by_numpy(np.outer, x, y)  # type: ignore[no-any-return]
    return _core.reshape(x, [-1, 1]) * _core.reshape(y, [1, -1])


def matmul(x1: Any, x2: Any, /, out: Any = None, **options: Any) -> Tensor:
    """Products of matrices, as ``numpy.matmul``; vectors are rows, and columns on the right.

    Args:
        x1, x2: tensors, or what `asarray` takes, of shapes [..., m, k] and [..., k, n], or [k].
            Batches broadcast.
        out: a tensor that gets the result.
        dtype: in which the operands are taken.
        casting, order, subok: ignored.

    Returns:
        A tensor of shape [..., m, n], without the axis of what was a vector.

    Raises:
        ValueError: for shapes that do not fit, and for a scalar.
        TypeError: for `axes` and `axis`, and an array as `out`.

    >>> from autograd_c import numpy as np
    >>> print(np.matmul([[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0]).numpy())
    [3. 7.]
    """
    if out is not None:
        return written(out, matmul(x1, x2, **options), "numpy.matmul")
    if options:
        x, y = pair(x1, x2, _check_options("matmul", options))
    elif type(x1) is not type(x2) and (_core.is_sparse(x1) or _core.is_sparse(x2)):
        return x1 @ x2  # type: ignore[no-any-return]
    else:
        x, y = pair(x1, x2)
    if not is_inexact(x.dtype):
        return by_numpy(np.matmul, x, y)  # type: ignore[no-any-return]
    return x @ y


def vecdot(
    x1: Any,
    x2: Any,
    /,
    out: Any = None,
    *,
    axis: SupportsIndex = -1,
    keepdims: bool = False,
    **options: Any,
) -> Tensor:
    """Dot products of vectors, those of `x1` conjugated, as ``numpy.vecdot``.

    Args:
        x1, x2: tensors, or what `asarray` takes, whose other axes broadcast.
        out: a tensor that gets the result.
        axis: along which the vectors lie.
        keepdims: whether that axis stays, with extent 1.
        dtype: in which the operands are taken.

    Returns:
        A tensor of the shape to which both broadcast, without `axis`.

    Raises:
        ValueError: for shapes that do not fit, and an axis that is not there.
        TypeError: for an array as `out`.

    >>> from autograd_c import numpy as np
    >>> print(np.vecdot([[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0]).numpy())
    [3. 7.]
    """
    if out is not None:
        return written(out, vecdot(x1, x2, axis=axis, **options), "numpy.vecdot")
    x, y = pair(x1, x2, _check_options("vecdot", options) if options else None)
    _needs_axes("vecdot", x, y, 1, 1)
    if axis != -1:
        x = moved(x, axis_within(axis, x.ndim), x.ndim - 1)
        y = moved(y, axis_within(axis, y.ndim), y.ndim - 1)
    if x.shape[-1] != y.shape[-1]:
        raise ValueError(
            f"vecdot: vectors of {x.shape[-1]} and {y.shape[-1]} elements have no dot product"
        )
    if not is_inexact(x.dtype):
        found = by_numpy(np.matmul, x[..., None, :], y[..., None])
        result: Tensor = found[..., 0, 0]
    elif x.ndim == y.ndim == 1:
        result = conjugate(x) @ y
    else:
        result = _core.reduce("reduce_sum", conjugate(x) * y, -1, False)
    if not keepdims:
        return result
    place = axis_within(axis, result.ndim + 1)
    return _core.reshape(result, [*result.shape[:place], 1, *result.shape[place:]])


def matvec(x1: Any, x2: Any, /, out: Any = None, **options: Any) -> Tensor:
    """Products of matrices and vectors, as ``numpy.matvec``.

    Args:
        x1: a tensor, or what `asarray` takes, of shape [..., m, n].
        x2: the vectors, of shape [..., n]; batches broadcast.
        out: a tensor that gets the result.
        dtype: in which the operands are taken.

    Returns:
        A tensor of shape [..., m].

    Raises:
        ValueError: for shapes that do not fit.
        TypeError: for an array as `out`.

    >>> from autograd_c import numpy as np
    >>> print(np.matvec([[1.0, 2.0], [3.0, 4.0]], [[1.0, 0.0], [0.0, 1.0]]).numpy())
    [[1. 3.]
     [2. 4.]]
    """
    if out is not None:
        return written(out, matvec(x1, x2, **options), "numpy.matvec")
    x, y = pair(x1, x2, _check_options("matvec", options))
    _needs_axes("matvec", x, y, 2, 1)
    return matmul(x, y[..., None])[..., 0]


def vecmat(x1: Any, x2: Any, /, out: Any = None, **options: Any) -> Tensor:
    """Products of vectors, which are conjugated, and matrices, as ``numpy.vecmat``.

    Args:
        x1: a tensor, or what `asarray` takes, of shape [..., n].
        x2: the matrices, of shape [..., n, m]; batches broadcast.
        out: a tensor that gets the result.
        dtype: in which the operands are taken.

    Returns:
        A tensor of shape [..., m].

    Raises:
        ValueError: for shapes that do not fit.
        TypeError: for an array as `out`.

    >>> from autograd_c import numpy as np
    >>> print(np.vecmat([1.0, 1.0], [[1.0, 2.0], [3.0, 4.0]]).numpy())
    [4. 6.]
    """
    if out is not None:
        return written(out, vecmat(x1, x2, **options), "numpy.vecmat")
    x, y = pair(x1, x2, _check_options("vecmat", options))
    _needs_axes("vecmat", x, y, 1, 2)
    return matmul(conjugate(x)[..., None, :], y)[..., 0, :]


# ---------------------------------------------------------------- any axes


def tensordot(a: Any, b: Any, axes: Any = 2) -> Tensor:
    """Products of elements summed over pairs of axes, as ``numpy.tensordot``.

    Args:
        a, b: tensors, or what `asarray` takes.
        axes: an int n, for the last n axes of `a` with the first n of `b`; or a pair of lists of
            axes (or of ints).

    Returns:
        A tensor whose shape is the other axes of `a`, then those of `b`.

    Raises:
        ValueError: for axes that are not there, or extents that differ.

    >>> from autograd_c import numpy as np
    >>> np.tensordot(np.ones((2, 3, 4)), np.ones((4, 3, 5)), axes=([1, 2], [1, 0])).shape
    TensorShape([2, 5])
    """
    x, y = pair(a, b)
    if not is_inexact(x.dtype):
        return by_numpy(np.tensordot, x, y, axes=axes)  # type: ignore[no-any-return]
    return contractions.tensordot(x, y, axes)


# ---------------------------------------------------------------- others


def kron(a: Any, b: Any) -> Tensor:
    """The Kronecker product, as ``numpy.kron``: blocks of `b`, each times an element of `a`.

    Args:
        a, b: tensors, or what `asarray` takes; the one of lower rank gets axes in front.

    Returns:
        A tensor whose extents are the products of theirs.

    >>> from autograd_c import numpy as np
    >>> print(np.kron([1, 10], [[1, 2], [3, 4]]).numpy())
    [[ 1  2 10 20]
     [ 3  4 30 40]]
    """
    x, y = pair(a, b)
    if not is_inexact(x.dtype):
        return by_numpy(np.kron, x, y)  # type: ignore[no-any-return]
    rank = max(x.ndim, y.ndim)
    left = [*[1] * (rank - x.ndim), *x.shape]
    right = [*[1] * (rank - y.ndim), *y.shape]
    x = _core.reshape(x, [n for extent in left for n in (extent, 1)])
    y = _core.reshape(y, [n for extent in right for n in (1, extent)])
    return _core.reshape(x * y, [m * n for m, n in zip(left, right, strict=True)])


def cross(
    a: Any,
    b: Any,
    axisa: SupportsIndex = -1,
    axisb: SupportsIndex = -1,
    axisc: SupportsIndex = -1,
    axis: SupportsIndex | None = None,
) -> Tensor:
    """Cross products of vectors of three (or two) numbers, as ``numpy.cross``.

    Args:
        a, b: tensors, or what `asarray` takes, whose other axes broadcast. The third number of a
            vector of two is 0.
        axisa, axisb, axisc: along which the vectors of `a`, `b` and of the result lie.
        axis: all three.

    Returns:
        A tensor. Of vectors of two numbers it holds the third element of the products alone, and
        has no axis for the vectors.

    Raises:
        ValueError: for vectors of other numbers, and axes that are not there.

    >>> from autograd_c import numpy as np
    >>> print(np.cross([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]).numpy())
    [-3.  6. -3.]
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    x, y = pair(a, b)
    if not x.ndim or not y.ndim:
        raise ValueError("cross: at least one of the operands has no axes")
    x = moved(x, axis_within(axisa, x.ndim), x.ndim - 1)
    y = moved(y, axis_within(axisb, y.ndim), y.ndim - 1)
    if x.shape[-1] not in (2, 3) or y.shape[-1] not in (2, 3):
        raise ValueError(
            "incompatible dimensions for cross product (dimension must be 2 or 3), got "
            f"{x.shape[-1]} and {y.shape[-1]}"
        )
    x0, x1, y0, y1 = x[..., 0], x[..., 1], y[..., 0], y[..., 1]
    last = x0 * y1 - x1 * y0
    if x.shape[-1] == y.shape[-1] == 2:
        return last
    if x.shape[-1] == 2:
        y2 = y[..., 2]
        parts = [x1 * y2, -(x0 * y2), last]
    elif y.shape[-1] == 2:
        x2 = x[..., 2]
        parts = [-(x2 * y1), x2 * y0, last]
    else:
        x2, y2 = x[..., 2], y[..., 2]
        parts = [x1 * y2 - x2 * y1, x2 * y0 - x0 * y2, last]
    return _core.stack(parts, axis_within(axisc, last.ndim + 1))
