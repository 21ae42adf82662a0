"""Elements repeated, reversed in part, and laid out as grids: ``tf.repeat``, ``tf.meshgrid``."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from autograd_c.core import _core
from autograd_c.functions.arrays import _axis
from autograd_c.functions.integers import integers
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import ShapeLike, TensorLike

__all__ = ["meshgrid", "parallel_stack", "repeat", "reverse_sequence"]


def repeat(
    input: TensorLike,
    repeats: ShapeLike,
    axis: SupportsIndex | None = None,
    name: str | None = None,
) -> Tensor:
    """Each element, or each slice along an axis, several times.

    Args:
        input: any tensor.
        repeats: how many times; an int, or one for each slice.
        axis: an int, negative ones from the end. By default the tensor is flattened.
        name: ignored.

    Raises:
        TypeError: for repeats that are no integers.
        ValueError: (`tf.errors.InvalidArgumentError`) for another number of repeats, negative ones,
            or an axis out of range.

    >>> import autograd_c as tf
    >>> print(tf.repeat([1, 2], [1, 3]).numpy())
    [1 2 2 2]
    """
    x = _core.convert_to_tensor(input)
    if type(repeats) is int and repeats >= 0 and axis is not None and x.ndim:
        return _core.repeat_each(x, _axis(axis, x.ndim, "repeat"), repeats)
    counts = integers(repeats, "repeat", "repeats")
    if axis is None:
        x = _core.reshape(x, [-1])
        place = 0
    else:
        place = _axis(axis, max(x.ndim, 1), "repeat")
    if x.ndim == 0:
        x = _core.reshape(x, [1])
    extent = x.shape[place]
    if counts.ndim > 1 or counts.size not in (1, extent):
        raise InvalidArgumentError(
            f"[repeat] repeats of shape {counts.shape} for {extent} slices along axis {place}"
        )
    if counts.size and int(counts.min()) < 0:
        raise InvalidArgumentError(f"[repeat] Expected repeats >= 0, but got {counts.min()}")
    if counts.size == 1:
        return _core.repeat_each(x, place, int(counts.reshape(-1)[0]))
    rows = np.repeat(np.arange(extent), counts)
    picked = _core.gather_rows(x, rows, False, [place])
    return _core.transpose(picked, _behind(1, place, picked.ndim))


def _behind(count: int, place: int, rank: int) -> list[int]:
    """The order of axes that brings the first `count` of them behind the next `place`."""
    return [*range(count, count + place), *range(count), *range(count + place, rank)]


def reverse_sequence(
    input: TensorLike,
    seq_lengths: TensorLike,
    seq_axis: SupportsIndex | None = None,
    batch_axis: SupportsIndex | None = None,
    name: str | None = None,
) -> Tensor:
    """The first elements along an axis in the opposite order; how many differs along another one.

    Args:
        input: a tensor of rank 2 or more.
        seq_lengths: how many are reversed: one integer for each slice along `batch_axis`.
        seq_axis: the axis along which they are reversed.
        batch_axis: 0 by default.
        name: ignored.

    Raises:
        TypeError: without `seq_axis`, and for lengths that are no integers.
        ValueError: (`tf.errors.InvalidArgumentError`) for axes that are equal or out of range,
            another number of lengths, or lengths that are.

    >>> import autograd_c as tf
    >>> print(tf.reverse_sequence([[1, 2, 3], [4, 5, 6]], [2, 3], seq_axis=1).numpy())
    [[2 1 3]
     [6 5 4]]
    """
    x = _core.convert_to_tensor(input)
    if seq_axis is None:
        raise TypeError("[reverse_sequence] seq_axis must be an int, not None")
    along = operator.index(seq_axis)
    across = 0 if batch_axis is None else operator.index(batch_axis)
    for what, k in (("seq_axis", along), ("batch_axis", across)):
        if not 0 <= k < x.ndim:
            raise InvalidArgumentError(f"[reverse_sequence] Invalid {what} {k} of rank {x.ndim}")
    if along == across:
        raise InvalidArgumentError(f"[reverse_sequence] batch_axis and seq_axis are both {along}")
    lengths = integers(seq_lengths, "reverse_sequence", "seq_lengths")
    extent, count = x.shape[along], x.shape[across]
    if lengths.shape != (count,):
        raise InvalidArgumentError(
            f"[reverse_sequence] {lengths.shape} lengths for {count} slices along axis {across}"
        )
    if lengths.size and not 0 <= int(lengths.min()) <= int(lengths.max()) <= extent:
        raise InvalidArgumentError(
            f"[reverse_sequence] lengths must be between 0 and {extent}, the extent of axis {along}"
        )
    n, t = lengths.astype(np.int64)[:, None], np.arange(extent)
    taken = np.where(t < n, n - 1 - t, t)
    first, second = min(along, across), max(along, across)
    if across < along:
        rows = np.arange(count)[:, None] * extent + taken
    else:
        rows = (taken * count + np.arange(count)[:, None]).T
    picked = _core.gather_rows(x, rows, False, [first, second])
    order = list(range(2, x.ndim))
    order.insert(first, 0)
    order.insert(second, 1)
    return _core.transpose(picked, order)


def meshgrid(*args: TensorLike, **kwargs: Any) -> list[Tensor]:
    """Coordinates of the points of a grid: one tensor of all points for each axis.

    Args:
        *args: the coordinates along each axis, of rank 0 or 1 (others are flattened).
        indexing: "xy", the default: the first argument counts columns, the second one rows; or
            "ij": each argument counts its own axis.
        name: ignored.

    Returns:
        A list of as many tensors as there are arguments.

    Raises:
        TypeError: for other keyword arguments.
        ValueError: for another `indexing`.

    >>> import autograd_c as tf
    >>> x, y = tf.meshgrid([1, 2, 3], [4, 5])
    >>> print(x.numpy())
    [[1 2 3]
     [1 2 3]]
    >>> print(y.numpy())
    [[4 4 4]
     [5 5 5]]
    """
    indexing = kwargs.pop("indexing", "xy")
    kwargs.pop("name", None)
    if kwargs:
        raise TypeError(f"{next(iter(kwargs))!r} is an invalid keyword argument for meshgrid")
    if indexing not in ("xy", "ij"):
        raise ValueError(
            f"Argument `indexing` parameter must be either 'xy' or 'ij', got {indexing!r}"
        )
    tensors = _core.operands_of("meshgrid", *args)
    places = list(range(len(tensors)))
    if indexing == "xy" and len(tensors) > 1:
        places[:2] = 1, 0
    shape = [0] * len(tensors)
    for k, x in zip(places, tensors):
        shape[k] = x.size
    grids = []
    for k, x in zip(places, tensors):
        own = [1] * len(tensors)
        own[k] = x.size
        grids.append(_core.broadcast_to(_core.reshape(x, own), shape))
    return grids


def parallel_stack(values: Any, name: str = "parallel_stack") -> Tensor:
    """Tensors of one shape along a new first axis, as `tf.stack`.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that differ.

    >>> import autograd_c as tf
    >>> tf.parallel_stack([[1, 2], [3, 4]]).shape
    TensorShape([2, 2])
    """
    return _core.stack(values, 0)
