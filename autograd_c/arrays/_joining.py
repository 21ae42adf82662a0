"""Several tensors as one, one as several, and slices put in and taken out."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from autograd_c.arrays import _arguments
from autograd_c.arrays._arguments import along, axis_within, cast, promoted, tensor
from autograd_c.arrays._outputs import written
from autograd_c.arrays._shapes import atleast_1d, atleast_2d, atleast_3d
from autograd_c.core import _core
from autograd_c.core._core import Tensor

__all__ = [
    "append",
    "array_split",
    "block",
    "c_",
    "column_stack",
    "concat",
    "concatenate",
    "delete",
    "dsplit",
    "dstack",
    "hsplit",
    "hstack",
    "insert",
    "r_",
    "row_stack",
    "split",
    "stack",
    "trim_zeros",
    "unstack",
    "vsplit",
    "vstack",
]


def _parts(arrays: Any, dtype: Any = None, casting: str = "same_kind") -> list[Tensor]:
    """Tensors of the dtype to which all promote, or of the one that is given."""
    given = arrays if type(arrays) is list else list(arrays)
    if not given:
        raise ValueError("need at least one array to join")
    if dtype is not None:
        wanted = _arguments.dtype_of(dtype)
        tensors = [tensor(x) for x in given]
        rule: Any = casting
        for x in tensors:
            if x.dtype is not wanted and not np.can_cast(x.dtype.dtype, wanted.dtype, rule):
                raise TypeError(
                    f"Cannot cast array data from {x.dtype.dtype!r} to {wanted.dtype!r} according "
                    f"to the rule '{casting}'"
                )
        return [cast(x, wanted) for x in tensors]
    first = given[0]
    if type(first) is Tensor:
        kind = first.dtype
        for x in given:
            if type(x) is not Tensor or x.dtype is not kind:
                break
        else:
            return given
    return promoted(*[tensor(x) for x in given])


def concatenate(
    arrays: Any, /, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind"
) -> Tensor:
    """Tensors one after the other along an axis that they have, or, for None, flattened.

    Args:
        arrays: a list of tensors whose shapes agree but for `axis`, or a tensor of them.
        axis: an int, or None.
        out: a tensor that gets the result.
        dtype: of the result; by default that to which all promote.
        casting: which casts to `dtype` are allowed, as `numpy.can_cast` names them.

    Raises:
        ValueError: for no tensors, numbers, and shapes that do not agree.

    >>> from autograd_c import numpy as np
    >>> np.concatenate([[1, 2], [3.5]]).tolist()
    [1.0, 2.0, 3.5]
    """
    if out is not None:
        y = concatenate(arrays, axis, dtype=dtype, casting=casting)
        return written(out, y, "numpy.concatenate")
    parts = _parts(arrays, dtype, casting)
    if axis is None:
        return _core.concat([_core.reshape(x, [-1]) for x in parts], 0)
    if parts[0].ndim == 0:
        raise ValueError("zero-dimensional arrays cannot be concatenated")
    return _core.concat(parts, axis_within(axis, parts[0].ndim))


concat = concatenate


def stack(
    arrays: Any, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind"
) -> Tensor:
    """Tensors of one shape along a new axis.

    Raises:
        ValueError: for no tensors, and shapes that differ.

    >>> from autograd_c import numpy as np
    >>> np.stack([[1, 2], [3, 4]], axis=1).tolist()
    [[1, 3], [2, 4]]
    """
    if out is not None:
        y = stack(arrays, axis, dtype=dtype, casting=casting)
        return written(out, y, "numpy.stack")
    parts = _parts(arrays, dtype, casting)
    return _core.stack(parts, axis_within(axis, parts[0].ndim + 1))


def unstack(x: Any, /, *, axis: Any = 0) -> tuple[Tensor, ...]:
    """The slices along an axis.

    Raises:
        ValueError: for a 0-d tensor.

    >>> from autograd_c import numpy as np
    >>> [a.tolist() for a in np.unstack([[1, 2], [3, 4]])]
    [[1, 2], [3, 4]]
    """
    t = tensor(x)
    if t.ndim == 0:
        raise ValueError("Input array must be at least 1-d.")
    return tuple(_core.unstack(t, axis=axis_within(axis, t.ndim)))


def _listed(x: Any) -> list[Any]:
    return list(x) if isinstance(x, (list, tuple)) else [x]


def vstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Tensor:
    """Rows below each other: along the first axis, after `atleast_2d`.

    >>> from autograd_c import numpy as np
    >>> np.vstack([[1, 2], [3, 4]]).tolist()
    [[1, 2], [3, 4]]
    """
    return concatenate(_listed(atleast_2d(*tup)), 0, dtype=dtype, casting=casting)


row_stack = vstack


def hstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Tensor:
    """One beside the other: along the second axis, or the first of vectors.

    >>> from autograd_c import numpy as np
    >>> np.hstack([[1, 2], [3, 4]]).tolist()
    [1, 2, 3, 4]
    """
    parts = _listed(atleast_1d(*tup))
    axis = 0 if parts and parts[0].ndim == 1 else 1
    return concatenate(parts, axis, dtype=dtype, casting=casting)


def dstack(tup: Any) -> Tensor:
    """One behind the other: along the third axis, after `atleast_3d`.

    >>> from autograd_c import numpy as np
    >>> np.dstack([[1, 2], [3, 4]]).tolist()
    [[[1, 3], [2, 4]]]
    """
    return concatenate(_listed(atleast_3d(*tup)), 2)


def column_stack(tup: Any) -> Tensor:
    """Vectors as columns, matrices as they are, one beside the other.

    >>> from autograd_c import numpy as np
    >>> np.column_stack([[1, 2], [3, 4]]).tolist()
    [[1, 3], [2, 4]]
    """
    parts = [tensor(x) for x in tup]
    return concatenate([_core.reshape(x, [-1, 1]) if x.ndim < 2 else x for x in parts], 1)


def block(arrays: Any) -> Tensor:
    """Nested lists of blocks: the innermost are joined along the last axis, and so on outwards.

    Raises:
        ValueError: for lists of different depths, and empty ones.

    >>> from autograd_c import numpy as np
    >>> np.block([[np.eye(2), np.zeros((2, 1))], [np.ones((1, 3))]]).shape
    TensorShape([3, 3])
    """
    depth = _depth(arrays)
    leaves: list[Tensor] = []
    _collect(arrays, leaves)
    rank = max([depth, *[x.ndim for x in leaves]])
    return _blocks(arrays, depth, rank)


def _depth(arrays: Any) -> int:
    if isinstance(arrays, tuple):
        raise TypeError(
            "only lists can be used to arrange blocks, and np.block does not allow "
            "implicit conversion from tuple to ndarray."
        )
    if not isinstance(arrays, list):
        return 0
    if not arrays:
        raise ValueError("List at arrays cannot be empty")
    depths = {_depth(x) for x in arrays}
    if len(depths) > 1:
        raise ValueError("List depths are mismatched.")
    return depths.pop() + 1


def _collect(arrays: Any, leaves: list[Tensor]) -> None:
    if isinstance(arrays, list):
        for x in arrays:
            _collect(x, leaves)
    else:
        leaves.append(tensor(arrays))


def _blocks(arrays: Any, depth: int, rank: int) -> Tensor:
    if depth == 0:
        x = tensor(arrays)
        return _core.reshape(x, [1] * (rank - x.ndim) + list(x.shape))
    return concatenate([_blocks(x, depth - 1, rank) for x in arrays], -depth)


# ---------------------------------------------------------------- parts


def array_split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> list[Tensor]:
    """Parts along an axis, which differ by one at most, or which end at the given indices.

    Raises:
        ValueError: for less than one part.

    >>> from autograd_c import numpy as np
    >>> [x.tolist() for x in np.array_split([1, 2, 3], 2)]
    [[1, 2], [3]]
    """
    x = tensor(ary)
    place = axis_within(axis, x.ndim)
    n = x.shape[place]
    if np.ndim(indices_or_sections):
        bounds = [0, *[int(k) for k in _core.array_of(indices_or_sections)], n]
    else:
        sections = operator.index(indices_or_sections)
        if sections <= 0:
            raise ValueError("number sections must be larger than 0.")
        each, extra = divmod(n, sections)
        bounds = [k * each + min(k, extra) for k in range(sections + 1)]
    return [x[along(place, slice(j, k))] for j, k in zip(bounds, bounds[1:])]


def split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> list[Tensor]:
    """Equal parts along an axis, or those which end at the given indices.

    Raises:
        ValueError: if there are no equal parts.

    >>> from autograd_c import numpy as np
    >>> [x.tolist() for x in np.split([1, 2, 3, 4], 2)]
    [[1, 2], [3, 4]]
    """
    x = tensor(ary)
    if np.ndim(indices_or_sections) == 0:
        sections = operator.index(indices_or_sections)
        if sections > 0 and x.shape[axis_within(axis, x.ndim)] % sections:
            raise ValueError("array split does not result in an equal division")
    return array_split(x, indices_or_sections, axis)


def hsplit(ary: Any, indices_or_sections: Any) -> list[Tensor]:
    """Parts along the second axis, or the first of a vector.

    >>> from autograd_c import numpy as np
    >>> [x.tolist() for x in np.hsplit([1, 2, 3, 4], 2)]
    [[1, 2], [3, 4]]
    """
    x = tensor(ary)
    if x.ndim == 0:
        raise ValueError("hsplit only works on arrays of 1 or more dimensions")
    return split(x, indices_or_sections, min(1, x.ndim - 1))


def vsplit(ary: Any, indices_or_sections: Any) -> list[Tensor]:
    """Parts along the first axis of a matrix.

    >>> from autograd_c import numpy as np
    >>> [x.tolist() for x in np.vsplit([[1, 2], [3, 4]], 2)]
    [[[1, 2]], [[3, 4]]]
    """
    x = tensor(ary)
    if x.ndim < 2:
        raise ValueError("vsplit only works on arrays of 2 or more dimensions")
    return split(x, indices_or_sections, 0)


def dsplit(ary: Any, indices_or_sections: Any) -> list[Tensor]:
    """Parts along the third axis.

    >>> from autograd_c import numpy as np
    >>> [x.tolist() for x in np.dsplit([[[1, 2]]], 2)]
    [[[[1]]], [[[2]]]]
    """
    x = tensor(ary)
    if x.ndim < 3:
        raise ValueError("dsplit only works on arrays of 3 or more dimensions")
    return split(x, indices_or_sections, 2)


# ---------------------------------------------------------------- put in and taken out


def append(arr: Any, values: Any, axis: Any = None) -> Tensor:
    """The values behind a tensor along an axis; both flattened for None.

    >>> from autograd_c import numpy as np
    >>> np.append([1, 2], [[3]]).tolist()
    [1, 2, 3]
    """
    return concatenate((arr, values), axis=axis)


def _flattened(arr: Any, axis: Any) -> tuple[Tensor, int]:
    x = tensor(arr)
    if axis is None:
        return (x if x.ndim == 1 else _core.reshape(x, [-1])), 0
    return x, axis_within(axis, x.ndim)


def delete(arr: Any, obj: Any, axis: Any = None) -> Tensor:
    """Without some of the slices along an axis; of all elements in C order for None.

    Args:
        arr: a tensor, or what `asarray` takes.
        obj: an int, a slice, or an array of ints or bools.
        axis: an int, or None.

    Raises:
        IndexError: for an index out of range.

    >>> from autograd_c import numpy as np
    >>> np.delete([1, 2, 3], 1).tolist()
    [1, 3]
    """
    x, place = _flattened(arr, axis)
    kept = np.delete(np.arange(x.shape[place]), _core.without_tensors(obj))
    return x[along(place, kept)]


def insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Tensor:
    """Slices put in front of others along an axis; in front of elements in C order for None.

    Args:
        arr: a tensor, or what `asarray` takes.
        obj: an int, a slice, or an array of ints, counted in `arr`.
        values: what is put in, in the dtype of `arr`; recorded, too.
        axis: an int, or None.

    Raises:
        IndexError: for an index out of range.
        ValueError: for another number of values.

    >>> from autograd_c import numpy as np
    >>> np.insert([1.0, 2.0], 1, 9.0).tolist()
    [1.0, 9.0, 2.0]
    """
    x, place = _flattened(arr, axis)
    new = cast(tensor(values), x.dtype)
    n = x.shape[place]
    where = _core.without_tensors(obj)
    if isinstance(where, slice):
        where = np.arange(*where.indices(n))
    if np.asarray(where).dtype == bool:
        where = np.flatnonzero(where)
    if np.size(where) == 1:
        # One place takes as many slices as the first axis of the values has.
        if new.ndim < x.ndim:
            new = _core.reshape(new, [1] * (x.ndim - new.ndim) + list(new.shape))
        if place and np.ndim(where) == 0:
            order = [*range(1, place + 1), 0, *range(place + 1, x.ndim)]
            new = _core.transpose(new, order)
        at = operator.index(np.asarray(where).reshape(())[()])
        if not -n <= at <= n:
            raise IndexError(f"index {where} is out of bounds for axis {place} with size {n}")
        at += n if at < 0 else 0
        count = new.shape[place]
        while new.ndim > x.ndim and new.shape[0] == 1:
            new = _core.reshape(new, new.shape[1:])
        new = _core.broadcast_to(new, [count if k == place else m for k, m in enumerate(x.shape)])
        start, end = x[along(place, slice(0, at))], x[along(place, slice(at, None))]
        return _core.concat([start, new, end], place)
    marks = np.insert(np.arange(n), where, -1)  # where each slice comes from; -1 for new ones
    count = marks.size - n
    new = _core.broadcast_to(new, [count if k == place else m for k, m in enumerate(x.shape)])
    # Of several at one place the first comes first; otherwise they come in the order of places.
    which = np.insert(np.zeros(n, np.int64), where, np.arange(count))
    source = np.where(marks < 0, n + which, marks)
    return _core.concat([x, new], place)[along(place, source)]


def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    """Without the zeros at the front ("f") and at the back ("b"), along one axis or all.

    >>> from autograd_c import numpy as np
    >>> np.trim_zeros([0.0, 1.0, 0.0, 2.0, 0.0]).tolist()
    [1.0, 0.0, 2.0]
    """
    x = tensor(filt)
    axes = _arguments.axes_within(axis, x.ndim)
    sides = trim.lower()
    if sides not in ("fb", "bf", "f", "b"):
        raise ValueError(f"unexpected character(s) in `trim`: {trim!r}")
    there = np.argwhere(_core.array_of(x) != 0)
    key = [slice(None)] * x.ndim
    for k in axes:
        if not len(there):
            # NumPy's: what is all zeros is trimmed to nothing.
            key[k] = slice(0, 0)
            continue
        start = int(there[:, k].min()) if "f" in sides else None
        stop = int(there[:, k].max()) + 1 if "b" in sides else None
        key[k] = slice(start, stop)
    return x[tuple(key)]


# ---------------------------------------------------------------- in brackets


class _Rows:
    """What stands in brackets, joined: `r_[1:4, x, 0.5]`, along the first axis."""

    def __init__(self, axis: int = 0, least: int = 1, first: int = -1) -> None:
        self._axis, self._least, self._first = axis, least, first

    def __getitem__(self, key: Any) -> Tensor:
        items = key if isinstance(key, tuple) else (key,)
        axis, least, first, matrix = self._axis, self._least, self._first, ""
        parts: list[Any] = []
        for place, item in enumerate(items):
            if isinstance(item, str):
                if place:
                    raise ValueError("special directives must be the first entry.")
                if item in ("r", "c"):
                    matrix = item
                    least, axis = 2, -1
                    continue
                numbers = [int(n) for n in item.split(",")]
                axis = numbers[0]
                least = numbers[1] if len(numbers) > 1 else least
                first = numbers[2] if len(numbers) > 2 else first
                continue
            parts.append(self._part(item, least, first))
        given = [x for x in parts if not _arguments.is_scalar(x)]
        if given:
            dtype = _arguments.common_dtype(*parts)
            tensors = [cast(x, dtype) for x in parts]
        else:
            tensors = promoted(*parts)
        tensors = [_core.reshape(x, [1] * least) if x.ndim == 0 else x for x in tensors]
        y = concatenate(tensors, axis)
        return _core.transpose(y) if matrix == "c" and y.shape[0] == 1 else y

    @staticmethod
    def _part(item: Any, least: int, first: int) -> Any:
        if isinstance(item, slice):
            x = tensor(np.r_[slice(*_core.without_tensors((item.start, item.stop, item.step)))])
        elif _arguments.is_scalar(item):
            return item
        else:
            x = tensor(item)
            if x.ndim == 0:
                return x
        missing = least - x.ndim
        if missing <= 0:
            return x
        # The axes of the item go where the first of them is told to; new ones fill the rest.
        start = first if first >= 0 else first + missing + 1
        shape = [1] * start + list(x.shape) + [1] * (missing - start)
        return _core.reshape(x, shape)

    def __len__(self) -> int:
        return 0


r_ = _Rows()
c_ = _Rows(axis=-1, least=2, first=0)
