"""Elements chosen by conditions and indices."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_c.arrays import _arguments
from autograd_c.arrays._arguments import (
    along,
    axis_within,
    cast,
    is_scalar,
    own,
    promoted,
    tensor,
)
from autograd_c.arrays._outputs import written
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.arrays import clip_by_value

__all__ = [
    "argwhere",
    "choose",
    "clip",
    "compress",
    "digitize",
    "extract",
    "flatnonzero",
    "ix_",
    "nonzero",
    "piecewise",
    "ravel_multi_index",
    "searchsorted",
    "select",
    "take",
    "take_along_axis",
    "unravel_index",
    "where",
]


def _wrapped(arrays: Any) -> tuple[Tensor, ...]:
    return tuple([_core.convert_to_tensor(np.asarray(x)) for x in arrays])


# ---------------------------------------------------------------- by conditions


def _condition(given: Any) -> Any:
    array = _core.array_of(given)
    return array if array.dtype == bool else array != 0


def where(condition: Any, x: Any = None, y: Any = None, /) -> Any:
    """Elements of x where the condition holds, of y elsewhere; with the condition alone, `nonzero`.

    Args:
        condition: bools, or numbers that are not 0.
        x, y: tensors, or what `asarray` takes; recorded.

    Raises:
        ValueError: for one of x and y alone, and shapes that do not broadcast.

    >>> from autograd_c import numpy as np
    >>> np.where([True, False], [1.0, 2.0], 0).tolist()
    [1.0, 0.0]
    """
    if x is None and y is None:
        return nonzero(condition)
    if x is None or y is None:
        raise ValueError("either both or neither of x and y should be given")
    if type(x) is Tensor and type(y) is Tensor and x.dtype is y.dtype:
        a, b = x, y
    elif type(x) is Tensor and type(y) in (float, int) and x.dtype.is_floating:
        a, b = x, y
    elif type(y) is Tensor and type(x) in (float, int) and y.dtype.is_floating:
        a, b = x, y
    else:
        a, b = promoted(x, y)
    if type(condition) is Tensor and condition.dtype.is_bool:
        return _core.select(condition, a, b)
    return _core.select(_condition(condition), a, b)


def nonzero(a: Any) -> tuple[Tensor, ...]:
    """The indices of the elements that are not 0, along each axis: int64.

    Raises:
        ValueError: for a 0-d tensor.

    >>> from autograd_c import numpy as np
    >>> [i.tolist() for i in np.nonzero([0.0, 2.0, 3.0])]
    [[1, 2]]
    """
    x = _core.array_of(tensor(a))
    if x.ndim == 0:
        raise ValueError(
            "Calling nonzero on 0d arrays is not allowed. Use "
            "np.atleast_1d(scalar).nonzero() instead."
        )
    return _wrapped(np.nonzero(x))


def argwhere(a: Any) -> Tensor:
    """The indices of the elements that are not 0: int64 of shape [count, rank].

    >>> from autograd_c import numpy as np
    >>> np.argwhere([0.0, 2.0, 3.0]).tolist()
    [[1], [2]]
    """
    return _core.convert_to_tensor(np.argwhere(_core.array_of(tensor(a))))


def flatnonzero(a: Any) -> Tensor:
    """The indices, in C order, of the elements that are not 0: int64.

    >>> from autograd_c import numpy as np
    >>> np.flatnonzero([[0.0, 2.0], [3.0, 0.0]]).tolist()
    [1, 2]
    """
    return _core.convert_to_tensor(np.flatnonzero(_core.array_of(tensor(a))))


def select(condlist: Any, choicelist: Any, default: Any = 0) -> Tensor:
    """Elements of the choice whose condition is the first to hold, or the default.

    Raises:
        ValueError: for another number of choices than of conditions.
        TypeError: for conditions that are not bool.

    >>> from autograd_c import numpy as np
    >>> x = np.array([1.0, 2.0, 3.0])
    >>> np.select([x < 2, x > 2], [x, -x]).tolist()
    [1.0, 0.0, -3.0]
    """
    conditions, choices = list(condlist), list(choicelist)
    if len(conditions) != len(choices):
        raise ValueError("list of cases must be same length as list of conditions")
    if not conditions:
        raise ValueError("select with an empty condition list is not possible")
    masks = [_core.array_of(c) for c in conditions]
    for k, mask in enumerate(masks):
        if mask.dtype != bool:
            raise TypeError(f"invalid entry {k} in condlist: should be boolean ndarray")
    *parts, result = promoted(*choices, default)
    for mask, choice in reversed(list(zip(masks, parts))):
        result = _core.select(mask, choice, result)
    return result


def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Tensor:
    """A function made of pieces: each takes the elements for which its condition holds.

    Args:
        x: a tensor, or what `asarray` takes; the result has its dtype.
        condlist: bools, a list of them.
        funclist: functions, or numbers; one more than conditions for what is left.
        *args, **kw: passed on to the functions.

    Raises:
        ValueError: for another number of functions.

    >>> from autograd_c import numpy as np
    >>> np.piecewise([-2.0, 3.0], [np.array([True, False])], [lambda v: -v, 0.5]).tolist()
    [2.0, 0.5]
    """
    t = tensor(x)
    if np.ndim(condlist) == 0 or (np.ndim(condlist[0]) == 0 and t.ndim != 0):
        condlist = [condlist]
    masks = [np.asarray(_core.array_of(c), bool) for c in condlist]
    functions = list(funclist)
    if len(functions) == len(masks) + 1:
        rest = ~np.any(masks, axis=0)
        masks.append(rest)
    elif len(functions) != len(masks):
        raise ValueError(
            f"with {len(masks)} condition(s), either {len(masks)} or "
            f"{len(masks) + 1} functions are expected"
        )
    flat = _core.reshape(t, [-1])
    result = _core.full(flat.shape, 0, t.dtype)
    for mask, function in zip(masks, functions):
        places = np.flatnonzero(np.broadcast_to(mask, tuple(t.shape)))
        if not places.size:
            continue
        value = function
        if callable(function):
            value = function(flat[places], *args, **kw)
        value = _core.broadcast_to(cast(tensor(value), t.dtype), [places.size])
        result = _core.scatter("update", result, places, value, [0])
    return _core.reshape(result, t.shape)


def clip(
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    out: Any = None,
    *,
    min: Any = None,
    max: Any = None,
    dtype: Any = None,
    where: Any = True,
) -> Tensor:
    """The elements held between two bounds, which broadcast; None is no bound.

    The cotangent goes to the elements inside and at the bounds, and to the bound that holds them
    outside.

    Args:
        a: a tensor, or what `asarray` takes. Complex numbers are ordered by their real parts.
        a_min, a_max: the bounds; `min` and `max` are other names.
        out: a tensor that gets the result.
        dtype: of the result.
        where: must be True.

    Raises:
        ValueError: for a bound by both names.

    >>> from autograd_c import numpy as np
    >>> np.clip([-1.0, 0.5, 2.0], 0.0, 1.0).tolist()
    [0.0, 0.5, 1.0]
    """
    if out is not None:
        held = clip(a, a_min, a_max, min=min, max=max, dtype=dtype, where=where)
        return written(out, held, "numpy.clip", exact=False)
    if where is not True:
        raise TypeError("numpy.clip of a tensor takes no `where`")
    if (min is not None and a_min is not None) or (max is not None and a_max is not None):
        raise ValueError("a bound is given by both of its names")
    low, high = a_min if min is None else min, a_max if max is None else max
    if type(a) is Tensor and a.dtype.is_floating and dtype is None:
        plain_bounds = type(low) in (float, int) and type(high) in (float, int)
        if plain_bounds and low <= high:
            return clip_by_value(a, low, high)
    x: Any = a if type(a) is Tensor else a if is_scalar(a) else tensor(a)
    bounds = [b if is_scalar(b) or b is None else tensor(b) for b in (low, high)]
    common = _arguments.common_dtype(x, *[b for b in bounds if b is not None])
    if dtype is not None:
        common = _arguments.dtype_of(dtype)
    if not common.is_floating and not common.is_complex:
        if all(b is None for b in bounds):
            return own(cast(x, common), a)
        # NumPy takes numbers that an integer dtype does not hold.
        plain = [b if is_scalar(b) or b is None else _core.array_of(b) for b in bounds]
        y = np.clip(x if is_scalar(x) else _core.array_of(x), plain[0], plain[1])
        return cast(_core.convert_to_tensor(y), common)
    x = cast(x, common)
    for bound, lower in zip(bounds, (True, False)):
        if bound is None:
            continue
        b = cast(bound, common)
        array, limit = _core.array_of(x), _core.array_of(b)
        outside = array < limit if lower else array > limit
        outside = outside | (np.isnan(limit) & ~np.isnan(array))
        x = _core.select(outside, b, x)
    return own(x, a)


# ---------------------------------------------------------------- by indices


def _within(given: Any, extent: int, mode: str) -> np.ndarray[Any, Any]:
    """Indices from 0 on."""
    index = _core.array_of(given)
    if index.dtype.kind not in "iu":
        if index.size:
            raise TypeError(
                f"Cannot cast array data from dtype('{index.dtype}') to dtype('int64') "
                "according to the rule 'safe'"
            )
        index = index.astype(np.int64)
    if mode == "wrap":
        return index % extent if extent else index
    if mode == "clip":
        return np.asarray(np.clip(index, 0, extent - 1))
    if mode != "raise":
        raise ValueError(f"clipmode must be one of 'clip', 'raise', or 'wrap' (got '{mode}')")
    return index


def take(a: Any, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise") -> Tensor:
    """Slices along an axis by their indices, whose axes take its place; elements for None.

    Args:
        a: a tensor, or what `asarray` takes.
        indices: ints, negative ones from the end.
        axis: an int, or None for all elements in C order.
        out: a tensor that gets the result.
        mode: "raise", "wrap" or "clip", for indices out of range.

    Raises:
        IndexError: for an index out of range.

    >>> from autograd_c import numpy as np
    >>> np.take([[1, 2], [3, 4]], [1, 0], axis=1).tolist()
    [[2, 1], [4, 3]]
    """
    if out is not None:
        return written(out, take(a, indices, axis, None, mode), "numpy.take")
    x = a if type(a) is Tensor else tensor(a)
    if axis is None:
        x, axis = _core.reshape(x, [-1]), 0
    k = axis_within(axis, max(x.ndim, 1))
    if x.ndim == 0:
        x = _core.reshape(x, [1])
    return x[along(k, _within(indices, x.shape[k], mode))]


def take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Tensor:
    """Elements by their indices along an axis, for each place along the others.

    Args:
        arr: a tensor, or what `asarray` takes.
        indices: ints of its rank, whose other extents broadcast.
        axis: an int, or None for all elements in C order.

    Raises:
        IndexError: for an index out of range, or another dtype.
        ValueError: for another rank.

    >>> from autograd_c import numpy as np
    >>> np.take_along_axis([[3, 1], [5, 7]], np.array([[1], [0]]), axis=1).tolist()
    [[1], [5]]
    """
    x = tensor(arr)
    index = _core.array_of(indices)
    if axis is None:
        x, axis = _core.reshape(x, [-1]), 0
        if index.ndim != 1:
            raise ValueError("when axis=None, `indices` must have a single dimension.")
    k = axis_within(axis, x.ndim)
    if index.dtype.kind not in "iu":
        raise IndexError("`indices` must be an integer array")
    if index.ndim != x.ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    shape = tuple(x.shape)
    if index.shape[:k] == shape[:k] and index.shape[k + 1 :] == shape[k + 1 :]:
        return _core.apply("take_along_axis", [x, index], [k])
    rest = np.broadcast_shapes(
        tuple(1 if j == k else n for j, n in enumerate(x.shape)),
        tuple(1 if j == k else n for j, n in enumerate(index.shape)),
    )
    wide = [x.shape[k] if j == k else n for j, n in enumerate(rest)]
    if x.shape != tuple(wide):
        x = _core.broadcast_to(x, wide)
    wanted = tuple(index.shape[k] if j == k else n for j, n in enumerate(rest))
    return _core.apply("take_along_axis", [x, np.broadcast_to(index, wanted)], [k])


def compress(condition: Any, a: Any, axis: Any = None, out: Any = None) -> Tensor:
    """The slices along an axis for which a condition holds; elements for None.

    >>> from autograd_c import numpy as np
    >>> np.compress([False, True], [[1, 2], [3, 4]], axis=0).tolist()
    [[3, 4]]
    """
    if out is not None:
        return written(out, compress(condition, a, axis), "numpy.compress")
    mask = _core.array_of(condition)
    if mask.ndim != 1:
        raise ValueError("condition must be a 1-d array")
    return take(a, np.flatnonzero(mask), axis)


def extract(condition: Any, arr: Any) -> Tensor:
    """The elements, in C order, for which a condition holds.

    >>> from autograd_c import numpy as np
    >>> np.extract([[True, False], [False, True]], [[1, 2], [3, 4]]).tolist()
    [1, 4]
    """
    return take(arr, np.flatnonzero(_core.array_of(condition)))


def choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Tensor:
    """Elements of the choices by their numbers; all broadcast.

    Raises:
        ValueError: for a number without a choice, unless mode is "wrap" or "clip".

    >>> from autograd_c import numpy as np
    >>> np.choose([1, 0], [[1.0, 2.0], [3.0, 4.0]]).tolist()
    [3.0, 2.0]
    """
    if out is not None:
        return written(out, choose(a, choices, None, mode), "numpy.choose")
    parts = promoted(*choices)
    which = _within(tensor(a), len(parts), mode)
    if mode == "raise" and which.size and not (0 <= which.min() and which.max() < len(parts)):
        raise ValueError("invalid entry in choice array")
    shape = np.broadcast_shapes(which.shape, *[tuple(p.shape) for p in parts])
    result = _core.broadcast_to(parts[0], shape)
    for k, part in enumerate(parts[1:], 1):
        result = _core.select(which == k, part, result)
    return result


# ---------------------------------------------------------------- indices


def searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Tensor:
    """Where values belong in what is sorted: int64. It has no derivative.

    >>> from autograd_c import numpy as np
    >>> np.searchsorted([1.0, 2.0, 3.0], [0.5, 2.0], side="right").tolist()
    [0, 2]
    """
    order: Any = None if sorter is None else _core.array_of(sorter)
    how: Any = side
    found = np.searchsorted(_core.array_of(tensor(a)), _core.array_of(tensor(v)), how, order)
    return _core.convert_to_tensor(np.asarray(found))


def digitize(x: Any, bins: Any, right: bool = False) -> Tensor:
    """The bins that values are in: int64. It has no derivative.

    Raises:
        ValueError: for bins that are not sorted.

    >>> from autograd_c import numpy as np
    >>> np.digitize([0.5, 2.0], [1.0, 2.0]).tolist()
    [0, 2]
    """
    found = np.digitize(_core.array_of(tensor(x)), _core.array_of(tensor(bins)), right)
    return _core.convert_to_tensor(np.asarray(found))


def ix_(*args: Any) -> tuple[Tensor, ...]:
    """Vectors of indices, or masks, shaped so that they index all their combinations.

    >>> from autograd_c import numpy as np
    >>> [i.shape for i in np.ix_([0, 1], [2, 3, 4])]
    [TensorShape([2, 1]), TensorShape([1, 3])]
    """
    return _wrapped(np.ix_(*_core.without_tensors(args)))


def unravel_index(indices: Any, shape: Any, order: str = "C") -> tuple[Tensor, ...]:
    """Indices along each axis, of indices into all elements.

    >>> from autograd_c import numpy as np
    >>> [int(i) for i in np.unravel_index(5, (2, 3))]
    [1, 2]
    """
    extents = tuple(int(n) for n in np.atleast_1d(_core.array_of(shape)))
    return _wrapped(np.unravel_index(_core.array_of(indices), extents, order))  # type: ignore[call-overload]


def ravel_multi_index(multi_index: Any, dims: Any, mode: Any = "raise", order: str = "C") -> Tensor:
    """Indices into all elements, of indices along each axis.

    >>> from autograd_c import numpy as np
    >>> int(np.ravel_multi_index((1, 2), (2, 3)))
    5
    """
    index = tuple([_core.array_of(i) for i in multi_index])
    extents = tuple(int(n) for n in np.atleast_1d(_core.array_of(dims)))
    found = np.ravel_multi_index(index, extents, mode, order)  # type: ignore[call-overload]
    return _core.convert_to_tensor(np.asarray(found))
