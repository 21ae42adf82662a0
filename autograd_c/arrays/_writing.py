"""NumPy's functions that write into an array: assignments to the elements of a tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from autograd_c.arrays._arguments import tensor
from autograd_c.core import _core
from autograd_c.core._core import Tensor

__all__ = ["copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"]


def _write(name: str, target: Any, values: Any, write: Callable[[Any, Any], None]) -> None:
    """What `write` does to an array with values, to a tensor with tensors.

    NumPy writes the numbers of the values into an array of that shape: so that it is NumPy that
    says which of them goes where.
    """
    if not isinstance(target, (Tensor, _core.Variable)):
        if _core.would_lose_derivative(values):
            raise _core.no_derivative(f"numpy.{name}", name)
        return write(target, _core.array_of(values))
    given = tensor(values)
    shape = tuple(target.shape)
    origin = np.full(shape, -1)
    write(origin, np.arange(given.size).reshape(tuple(given.shape)))
    written = origin >= 0
    if not written.any():
        return None
    parts = _core.reshape(given, [-1])[origin[written]]
    any_tensor: Any = target  # a Variable refuses, and says what to write
    any_tensor[written if shape else ...] = parts if shape else parts[0]
    return None


def put(a: Any, ind: Any, v: Any, mode: Literal["raise", "wrap", "clip"] = "raise") -> None:
    """Assigns to the elements at places in C order, as ``numpy.put``; recorded, as ``a[i] = v`` is.

    Args:
        a: a tensor, or an array if `v` is not recorded.
        ind: integers, in any shape.
        v: the values, repeated as often as it takes.
        mode: what happens to places out of range.

    Raises:
        IndexError: for a place out of range, if mode is "raise".
        TypeError: for an array and values that a tape records.

    >>> from autograd_c import numpy as np
    >>> x = np.zeros((2, 2))
    >>> np.put(x, [0, 3], [5.0, 6.0])
    >>> x.tolist()
    [[5.0, 0.0], [0.0, 6.0]]
    """
    places = _core.array_of(ind)
    _write("put", a, v, lambda x, values: np.put(x, places, values, mode))


def putmask(a: Any, mask: Any, values: Any) -> None:
    """Assigns where a mask is true, as ``numpy.putmask``; recorded, as ``a[mask] = values`` is.

    Args:
        a: a tensor, or an array if `values` is not recorded.
        mask: of the size of `a`.
        values: repeated to that size: the element at a place goes to that place.

    Raises:
        ValueError: for a mask of another size.
        TypeError: for an array and values that a tape records.

    >>> from autograd_c import numpy as np
    >>> x = np.arange(4.0)
    >>> np.putmask(x, x > 1, [7.0, 8.0])
    >>> x.tolist()
    [0.0, 1.0, 7.0, 8.0]
    """
    chosen = _core.array_of(mask)
    _write("putmask", a, values, lambda x, given: np.putmask(x, chosen, given))


def place(arr: Any, mask: Any, vals: Any) -> None:
    """Assigns the first values where a mask is true, as ``numpy.place``; recorded.

    Args:
        arr: a tensor, or an array if `vals` is not recorded.
        mask: of the size of `arr`.
        vals: one axis of values, repeated as often as it takes.

    Raises:
        ValueError: for a mask of another size, or no values.
        TypeError: for an array and values that a tape records.

    >>> from autograd_c import numpy as np
    >>> x = np.zeros(3)
    >>> np.place(x, [True, False, True], [1.0, 2.0])
    >>> x.tolist()
    [1.0, 0.0, 2.0]
    """
    chosen = _core.array_of(mask)
    _write("place", arr, vals, lambda x, values: np.place(x, chosen, values))


def put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None) -> None:
    """Assigns to the elements of lanes along an axis, as ``numpy.put_along_axis``; recorded.

    Args:
        arr: a tensor, or an array if `values` is not recorded.
        indices: integers, that broadcast to `arr` along the other axes.
        values: broadcast to `indices`.
        axis: along which the lanes are; None for C order.

    Raises:
        IndexError: for an index out of range, or indices that are no integers.
        TypeError: for an array and values that a tape records.

    >>> from autograd_c import numpy as np
    >>> x = np.zeros((2, 2))
    >>> np.put_along_axis(x, [[1], [0]], 3.0, axis=1)
    >>> x.tolist()
    [[0.0, 3.0], [3.0, 0.0]]
    """
    picked = np.asarray(_core.array_of(indices))
    _write(
        "put_along_axis", arr, values, lambda x, given: np.put_along_axis(x, picked, given, axis)
    )


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """Assigns to a diagonal, as ``numpy.fill_diagonal``; recorded.

    Args:
        a: a tensor of two axes or more, or an array if `val` is not recorded.
        val: repeated as often as it takes.
        wrap: whether the diagonal begins again below a high matrix.

    Raises:
        ValueError: for less than two axes, or more that differ in length.
        TypeError: for an array and values that a tape records.

    >>> from autograd_c import numpy as np
    >>> x = np.zeros((2, 2))
    >>> np.fill_diagonal(x, [1.0, 2.0])
    >>> x.tolist()
    [[1.0, 0.0], [0.0, 2.0]]
    """
    _write("fill_diagonal", a, val, lambda x, values: np.fill_diagonal(x, values, wrap))


def copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    """Assigns all that a mask selects, as ``numpy.copyto``; recorded, as ``dst[...] = src`` is.

    Args:
        dst: a tensor, or an array if `src` is not recorded.
        src: what broadcasts to `dst`.
        casting: what conversions are allowed, as in ``numpy.can_cast``.
        where: a mask that broadcasts to `dst`.

    Raises:
        TypeError: for a conversion that is not allowed; for an array and values that are recorded.
        ValueError: for shapes that do not broadcast.

    >>> from autograd_c import numpy as np
    >>> x = np.zeros(3)
    >>> np.copyto(x, [1.0, 2.0, 3.0], where=[True, False, True])
    >>> x.tolist()
    [1.0, 0.0, 3.0]
    """
    mask = _core.array_of(where)
    if isinstance(dst, Tensor):
        # For its rules of conversion alone.
        np.copyto(np.empty(0, dst.dtype.as_numpy_dtype), _nothing_of(src), casting)
    _write(
        "copyto",
        dst,
        src,
        lambda x, values: np.copyto(x, values, "unsafe" if x is not dst else casting, where=mask),
    )


def _nothing_of(x: Any) -> Any:
    """A number as it is; no elements of what has a dtype."""
    if isinstance(x, (bool, int, float, complex)):
        return x
    return np.empty(0, np.asarray(_core.array_of(x)).dtype)
