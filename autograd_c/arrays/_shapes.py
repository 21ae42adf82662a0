"""The same elements in other shapes and orders."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_c.arrays._arguments import along, axes_within, axis_within, own, tensor
from autograd_c.core import _core
from autograd_c.core._core import Tensor

__all__ = [
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "broadcast_arrays",
    "broadcast_shapes",
    "broadcast_to",
    "expand_dims",
    "flip",
    "fliplr",
    "flipud",
    "matrix_transpose",
    "moveaxis",
    "ndim",
    "permute_dims",
    "ravel",
    "repeat",
    "reshape",
    "resize",
    "roll",
    "rollaxis",
    "rot90",
    "shape",
    "size",
    "squeeze",
    "swapaxes",
    "tile",
    "transpose",
]


def integers(given: Any) -> list[int]:
    """Ints as they are given: one, several, or a tensor of them."""
    if isinstance(given, (list, tuple)):
        return [operator.index(n) for n in given]
    if _core.is_tensor(given):
        given = _core.array_of(given)
    if isinstance(given, np.ndarray):
        return [operator.index(n) for n in np.atleast_1d(given)]
    try:
        return [operator.index(given)]
    except TypeError:
        return [operator.index(n) for n in given]


# ---------------------------------------------------------------- what a shape is


def _as_tensor(a: Any) -> Any:
    return a if _core.is_tensor(a) else tensor(a)


def shape(a: Any) -> tuple[int, ...]:
    """The extents, as a tuple of ints.

    >>> from autograd_c import numpy as np
    >>> np.shape([[1, 2, 3]])
    (1, 3)
    """
    return tuple(_core.shape_for_caller(_as_tensor(a)))


def ndim(a: Any) -> int:
    """The number of axes.

    >>> from autograd_c import numpy as np
    >>> np.ndim([[1, 2, 3]])
    2
    """
    return len(_as_tensor(a).shape)


def size(a: Any, axis: Any = None) -> int:
    """The number of elements, or the extent of an axis, or the product of several.

    >>> from autograd_c import numpy as np
    >>> np.size([[1, 2, 3]]), np.size([[1, 2, 3]], 0)
    (3, 1)
    """
    extents = _core.shape_for_caller(_as_tensor(a))
    if axis is None:
        return math.prod(extents)
    return math.prod(extents[k] for k in axes_within(axis, len(extents)))


# ---------------------------------------------------------------- other shapes


def _refuse_order(order: str, allowed: str) -> None:
    if order not in allowed:
        raise ValueError(
            f"order must be one of {', '.join(repr(o) for o in allowed)}, not {order!r}"
        )


def reshape(
    a: Any,
    /,
    shape: Any = None,
    order: str = "C",
    *,
    newshape: Any = None,
    copy: bool | None = None,
) -> Tensor:
    """The same elements in another shape.

    Args:
        a: a tensor, or what `asarray` takes.
        shape: the new extents, an int or several, of which one may be -1; `newshape` is another
            name.
        order: "C" or "F", in which elements are read and laid out ("A" is "C").
        copy: ignored: tensors do not change, so that nobody can tell.

    Raises:
        ValueError: if the number of elements differs.

    >>> from autograd_c import numpy as np
    >>> np.reshape(np.arange(4), (2, 2), order="F").tolist()
    [[0, 2], [1, 3]]
    """
    if shape is None:
        if newshape is None:
            raise TypeError("reshape() missing 1 required positional argument: 'shape'")
        shape = newshape
    x = a if type(a) is Tensor else tensor(a)
    extents = integers(shape)
    if order != "F":
        _refuse_order(order, "CFA")
        return _core.reshape(x, extents)
    return _core.transpose(_core.reshape(_core.transpose(x), extents[::-1]))


def ravel(a: Any, order: str = "C") -> Tensor:
    """All elements along one axis, in the order "C" or "F" ("A" and "K" are "C").

    >>> from autograd_c import numpy as np
    >>> np.ravel([[1, 2], [3, 4]], order="F").tolist()
    [1, 3, 2, 4]
    """
    x = a if type(a) is Tensor else tensor(a)
    if order == "F":
        x = _core.transpose(x)
    elif order != "C":
        _refuse_order(order, "CFAK")
    return _core.reshape(x, [-1])


def resize(a: Any, new_shape: Any) -> Tensor:
    """The elements in C order, from the first on again as often as they are needed.

    Raises:
        ValueError: for negative extents.

    >>> from autograd_c import numpy as np
    >>> np.resize([1, 2, 3], (2, 2)).tolist()
    [[1, 2], [3, 1]]
    """
    extents = integers(new_shape)
    if any(n < 0 for n in extents):
        raise ValueError("all elements of `new_shape` must be non-negative")
    flat = _core.reshape(tensor(a), [-1])
    count, there = math.prod(extents), flat.shape[0]
    if there == 0:
        return _core.full(extents, 0, flat.dtype)
    if count != there:
        flat = flat[:count] if count < there else flat[np.arange(count) % there]
    return _core.reshape(flat, extents)


def expand_dims(a: Any, axis: Any = 0) -> Tensor:
    """New axes of extent 1, where they are in the result.

    Raises:
        numpy.exceptions.AxisError: for an axis out of range.
        ValueError: for one given twice.

    >>> from autograd_c import numpy as np
    >>> np.expand_dims([1, 2], 0).shape
    TensorShape([1, 2])
    """
    x = a if type(a) is Tensor else tensor(a)
    if type(axis) is int:
        extents = list(x.shape)
        extents.insert(axis_within(axis, len(extents) + 1), 1)
        return _core.reshape(x, extents)
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    places = axes_within(axes, x.ndim + len(axes))
    rest = iter(x.shape)
    return _core.reshape(x, [1 if k in places else next(rest) for k in range(x.ndim + len(places))])


def squeeze(a: Any, axis: Any = None) -> Tensor:
    """Without the axes of extent 1, or without those that are given.

    Raises:
        ValueError: for an axis of another extent.

    >>> from autograd_c import numpy as np
    >>> np.squeeze([[[1, 2]]], axis=0).shape
    TensorShape([1, 2])
    """
    x = a if type(a) is Tensor else tensor(a)
    if axis is None:
        return _core.reshape(x, [n for n in x.shape if n != 1])
    places = axes_within(axis, x.ndim)
    if any(x.shape[k] != 1 for k in places):
        raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
    return _core.reshape(x, [n for k, n in enumerate(x.shape) if k not in places])


def _at_least(x: Any, rank: int) -> Tensor:
    t = tensor(x)
    if t.ndim >= rank:
        return t
    if rank == 3 and t.ndim:
        return _core.reshape(t, [1, *t.shape, 1] if t.ndim == 1 else [*t.shape, 1])
    return _core.reshape(t, [1] * (rank - t.ndim) + list(t.shape))


def _all_at_least(arys: Sequence[Any], rank: int) -> Any:
    results = [_at_least(x, rank) for x in arys]
    return results[0] if len(results) == 1 else tuple(results)


def atleast_1d(*arys: Any) -> Any:
    """Tensors of rank 1 or more, of several a tuple: numbers get an axis.

    >>> from autograd_c import numpy as np
    >>> np.atleast_1d(3.0).shape
    TensorShape([1])
    """
    return _all_at_least(arys, 1)


def atleast_2d(*arys: Any) -> Any:
    """Tensors of rank 2 or more, of several a tuple: new axes come in front.

    >>> from autograd_c import numpy as np
    >>> np.atleast_2d([1.0, 2.0]).shape
    TensorShape([1, 2])
    """
    return _all_at_least(arys, 2)


def atleast_3d(*arys: Any) -> Any:
    """Tensors of rank 3 or more, of several a tuple: [n] becomes [1, n, 1], [m, n] [m, n, 1].

    >>> from autograd_c import numpy as np
    >>> np.atleast_3d([1.0, 2.0]).shape
    TensorShape([1, 2, 1])
    """
    return _all_at_least(arys, 3)


# ---------------------------------------------------------------- broadcasts


def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Tensor:
    """The elements repeated along axes of extent 1, and new leading ones.

    Raises:
        ValueError: if it does not broadcast to the shape.

    >>> from autograd_c import numpy as np
    >>> np.broadcast_to([1, 2], (2, 2)).tolist()
    [[1, 2], [1, 2]]
    """
    return _core.broadcast_to(tensor(array), integers(shape))


def broadcast_shapes(*args: Any) -> tuple[int, ...]:
    """The shape to which all shapes broadcast, as a tuple of ints.

    Raises:
        ValueError: if there is none.

    >>> from autograd_c import numpy as np
    >>> np.broadcast_shapes((2, 1), (3,))
    (2, 3)
    """
    return np.broadcast_shapes(*[tuple(integers(a)) for a in args])


def broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Any, ...]:
    """All of them in the shape to which they broadcast.

    None, texts and objects, which plotting libraries broadcast as well, stay arrays of NumPy's.

    Raises:
        ValueError: if there is none.

    >>> from autograd_c import numpy as np
    >>> [x.shape for x in np.broadcast_arrays([1, 2], [[3], [4]])]
    [TensorShape([2, 2]), TensorShape([2, 2])]
    """
    given = [x if _is_no_number(x) else tensor(x) for x in args]
    common = np.broadcast_shapes(*[tuple(np.shape(x)) for x in given])
    return tuple([_in_shape(x, common) for x in given])


def _is_no_number(x: Any) -> bool:
    return x is None or isinstance(x, str) or isinstance(x, np.ndarray) and x.dtype.kind in "OSU"


def _in_shape(x: Any, shape: tuple[int, ...]) -> Any:
    if not isinstance(x, Tensor):
        return np.broadcast_to(np.asarray(x), shape)
    return x if x.shape == shape else _core.broadcast_to(x, shape)


# ---------------------------------------------------------------- other orders of axes


def transpose(a: Any, axes: Any = None) -> Tensor:
    """Axes in another order: axis k of the result is axis axes[k]; by default all reversed.

    Raises:
        ValueError: if `axes` is no permutation of the axes.

    >>> from autograd_c import numpy as np
    >>> np.transpose([[1, 2], [3, 4]]).tolist()
    [[1, 3], [2, 4]]
    """
    x = a if type(a) is Tensor else tensor(a)
    return _core.transpose(x) if axes is None else _core.transpose(x, integers(axes))


permute_dims = transpose


def matrix_transpose(x: Any, /) -> Tensor:
    """The last two axes exchanged.

    Raises:
        ValueError: for rank below 2.

    >>> from autograd_c import numpy as np
    >>> np.matrix_transpose([[1, 2], [3, 4]]).tolist()
    [[1, 3], [2, 4]]
    """
    t = tensor(x)
    if t.ndim < 2:
        raise ValueError(f"Input array must be at least 2-dimensional, but it is {t.ndim}")
    return swapaxes(t, -1, -2)


def swapaxes(a: Any, axis1: Any, axis2: Any) -> Tensor:
    """Two axes exchanged.

    >>> from autograd_c import numpy as np
    >>> np.swapaxes([[[1, 2, 3]]], 0, 2).shape
    TensorShape([3, 1, 1])
    """
    x = tensor(a)
    j, k = axis_within(axis1, x.ndim), axis_within(axis2, x.ndim)
    order = list(range(x.ndim))
    order[j], order[k] = k, j
    return _core.transpose(x, order)


def moveaxis(a: Any, source: Any, destination: Any) -> Tensor:
    """Axes put elsewhere; the others keep their order.

    Raises:
        ValueError: for another number of destinations than of sources.

    >>> from autograd_c import numpy as np
    >>> np.moveaxis([[[1, 2, 3]]], -1, 0).shape
    TensorShape([3, 1, 1])
    """
    x = tensor(a)
    origins = axes_within(integers(source), x.ndim)
    targets = axes_within(integers(destination), x.ndim)
    if len(origins) != len(targets):
        raise ValueError(
            "`source` and `destination` arguments must have the same number of elements"
        )
    order = [k for k in range(x.ndim) if k not in origins]
    for target, origin in sorted(zip(targets, origins)):
        order.insert(target, origin)
    return _core.transpose(x, order)


def rollaxis(a: Any, axis: int, start: int = 0) -> Tensor:
    """An axis put in front of the axis `start`.

    >>> from autograd_c import numpy as np
    >>> np.rollaxis([[[1, 2, 3]]], 2).shape
    TensorShape([3, 1, 1])
    """
    x = tensor(a)
    place = axis_within(axis, x.ndim)
    first = start + x.ndim if start < 0 else start
    if not 0 <= first <= x.ndim:
        raise np.exceptions.AxisError(
            f"'start' arg requires {-x.ndim} <= start < {x.ndim + 1}, but {start} was passed in"
        )
    return moveaxis(x, place, first - (place < first))


# ---------------------------------------------------------------- other orders of elements


def flip(m: Any, axis: Any = None) -> Tensor:
    """The elements in the opposite order along axes, by default all.

    >>> from autograd_c import numpy as np
    >>> np.flip([1, 2, 3]).tolist()
    [3, 2, 1]
    """
    x = tensor(m)
    return _core.reverse_axes(x, axes_within(axis, x.ndim))


def _flipped(name: str, m: Any, axis: int) -> Tensor:
    x = tensor(m)
    if x.ndim <= axis:
        raise ValueError(f"Input of {name} must be >= {axis + 1}-d.")
    return _core.reverse_axes(x, [axis])


def fliplr(m: Any) -> Tensor:
    """The elements in the opposite order along the second axis.

    >>> from autograd_c import numpy as np
    >>> np.fliplr([[1, 2], [3, 4]]).tolist()
    [[2, 1], [4, 3]]
    """
    return _flipped("fliplr", m, 1)


def flipud(m: Any) -> Tensor:
    """The elements in the opposite order along the first axis.

    >>> from autograd_c import numpy as np
    >>> np.flipud([[1, 2], [3, 4]]).tolist()
    [[3, 4], [1, 2]]
    """
    return _flipped("flipud", m, 0)


def rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Tensor:
    """Turned k times by 90 degrees in the plane of two axes, from the first towards the second.

    Raises:
        ValueError: unless there are two different axes.

    >>> from autograd_c import numpy as np
    >>> np.rot90([[1, 2], [3, 4]]).tolist()
    [[2, 4], [1, 3]]
    """
    x = tensor(m)
    if len(axes) != 2:
        raise ValueError("len(axes) must be 2.")
    first, second = axis_within(axes[0], x.ndim), axis_within(axes[1], x.ndim)
    if first == second:
        raise ValueError("Axes must be different.")
    turns = k % 4
    if turns == 0:
        return x
    if turns == 2:
        return _core.reverse_axes(x, [first, second])
    if turns == 1:
        return swapaxes(_core.reverse_axes(x, [second]), first, second)
    return _core.reverse_axes(swapaxes(x, first, second), [second])


def roll(a: Any, shift: Any, axis: Any = None) -> Tensor:
    """Elements moved along axes; what leaves at one end comes in at the other.

    Args:
        a: a tensor, or what `asarray` takes.
        shift: by how many places, an int, or one for each axis.
        axis: an int, several, or None for all elements in C order.

    Raises:
        ValueError: for another number of shifts than of axes.

    >>> from autograd_c import numpy as np
    >>> np.roll([1, 2, 3, 4], 1).tolist()
    [4, 1, 2, 3]
    """
    x = tensor(a)
    if axis is None:
        whole = shift if type(shift) is int else sum(integers(shift))
        y = roll(x if x.ndim == 1 else _core.reshape(x, [-1]), whole, 0)
        return y if x.ndim == 1 else _core.reshape(y, x.shape)
    total: dict[int, int] = {}
    if type(shift) is int and type(axis) is int:
        total[axis_within(axis, x.ndim)] = shift
    else:
        for n, k in np.broadcast(integers(shift), integers(axis)):
            place = axis_within(k, x.ndim)
            total[place] = total.get(place, 0) + int(n)
    for place, n in total.items():
        extent = x.shape[place]
        first = -n % extent if extent else 0
        if first:
            ends = _core.slice_axis(x, place, first, extent - first)
            x = _core.concat([ends, _core.slice_axis(x, place, 0, first)], place)
    return own(x, a)


def tile(A: Any, reps: Any) -> Tensor:
    """The tensor repeated along axes; of fewer counts than axes, the last ones are meant.

    >>> from autograd_c import numpy as np
    >>> np.tile([1, 2], (2, 2)).tolist()
    [[1, 2, 1, 2], [1, 2, 1, 2]]
    """
    x = tensor(A)
    counts = integers(reps)
    rank = max(x.ndim, len(counts))
    counts = [1] * (rank - len(counts)) + counts
    extents = [1] * (rank - x.ndim) + list(x.shape)
    between = [n for extent in extents for n in (1, extent)]
    wide = [n for count, extent in zip(counts, extents) for n in (count, extent)]
    if any(n < 0 for n in counts):
        raise ValueError("negative dimensions are not allowed")
    x = _core.broadcast_to(_core.reshape(x, between), wide)
    return _core.reshape(x, [n * extent for n, extent in zip(counts, extents)])


def repeat(a: Any, repeats: Any, axis: Any = None) -> Tensor:
    """Each element, or each slice along an axis, several times.

    Args:
        a: a tensor, or what `asarray` takes.
        repeats: how many times; an int, or one for each slice.
        axis: an int, or None for all elements in C order.

    Raises:
        ValueError: for another number of repeats, and negative ones.

    >>> from autograd_c import numpy as np
    >>> np.repeat([1, 2], [1, 3]).tolist()
    [1, 2, 2, 2]
    """
    x = tensor(a)
    if axis is None:
        x, axis = _core.reshape(x, [-1]), 0
    place = axis_within(axis, max(x.ndim, 1))
    if x.ndim == 0:
        x = _core.reshape(x, [1])
    counts = integers(repeats)
    extents = list(x.shape)
    if any(n < 0 for n in counts):
        raise ValueError("repeats may not contain negative values.")
    if len(counts) == 1:
        n = counts[0]
        wide = [*extents[: place + 1], n, *extents[place + 1 :]]
        one = _core.reshape(x, [*extents[: place + 1], 1, *extents[place + 1 :]])
        extents[place] *= n
        return _core.reshape(_core.broadcast_to(one, wide), extents)
    if len(counts) != extents[place]:
        raise ValueError(
            f"operands could not be broadcast together with shape ({extents[place]},) "
            f"({len(counts)},)"
        )
    rows = np.repeat(np.arange(extents[place]), counts)
    return x[along(place, rows)]
