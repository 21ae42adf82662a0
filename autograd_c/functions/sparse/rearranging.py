"""Sparse tensors in another order or shape, parts of them, and several as one."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.indexed_slices import IndexedSlices
from autograd_c.functions.sparse.tensor import (
    SparseTensor,
    integers,
    made,
    numbers,
    numbers_of,
    operand,
    order_of,
    places,
    rows,
)
from autograd_c.values.errors import InvalidArgumentError


def _sorted(at: Any, values: Tensor, shape: tuple[int, ...]) -> SparseTensor:
    order = order_of(numbers_of(at, shape))
    if order is not None:
        at, values = at[order], rows(values, order)
    return made(at, values, shape)


def reorder(sp_input: Any, name: str | None = None) -> SparseTensor:
    """The same tensor with its places in the order of rows, as other functions want them.

    Args:
        sp_input: a sparse tensor.
        name: ignored.

    Raises:
        TypeError: for what is not sparse.
        ValueError: (`tf.errors.InvalidArgumentError`) for places out of bounds.

    >>> import autograd_c as tf
    >>> s = tf.SparseTensor([[1, 0], [0, 1]], [4.0, 3.0], [2, 2])
    >>> print(tf.sparse.reorder(s).values.numpy())
    [3. 4.]
    """
    s = operand("reorder", sp_input)
    order = order_of(numbers(s))
    if order is None:
        return s
    return made(places(s)[order], rows(s._values, order), s._shape)


def transpose(sp_input: Any, perm: Any = None, name: str | None = None) -> SparseTensor:
    """The axes in another order.

    Args:
        sp_input: a sparse tensor.
        perm: the order; reversed by default.
        name: ignored.

    Returns:
        A `tf.SparseTensor` in the order of rows.

    Raises:
        TypeError: for what is not sparse.
        ValueError: if `perm` is no permutation of the axes.

    >>> import autograd_c as tf
    >>> s = tf.SparseTensor([[0, 1], [0, 2]], [3.0, 4.0], [2, 3])
    >>> print(tf.sparse.transpose(s).indices.numpy().tolist())
    [[1, 0], [2, 0]]
    """
    s = operand("transpose", sp_input)
    rank = len(s._shape)
    order = list(range(rank))[::-1] if perm is None else integers(perm)
    if sorted(order) != list(range(rank)):
        raise InvalidArgumentError(f"[transpose] perm {order} is no permutation of {rank} axes")
    return _sorted(places(s)[:, order], s._values, tuple([s._shape[k] for k in order]))


def reshape(sp_input: Any, shape: Any, name: str | None = None) -> SparseTensor:
    """The elements, in the order of rows, in another shape.

    Args:
        sp_input: a sparse tensor.
        shape: the extents; one may be -1.
        name: ignored.

    Raises:
        TypeError: for what is not sparse.
        ValueError: (`tf.errors.InvalidArgumentError`) for a shape of another size.

    >>> import autograd_c as tf
    >>> s = tf.SparseTensor([[0, 1], [1, 0]], [3.0, 4.0], [2, 2])
    >>> print(tf.sparse.reshape(s, [4]).indices.numpy().ravel())
    [1 2]
    """
    s = operand("reshape", sp_input)
    if np.ndim(_core.array_of(shape)) != 1:
        raise InvalidArgumentError("[reshape] Target shape should be a vector")
    wanted = integers(shape)
    size = math.prod(s._shape)
    if wanted.count(-1) > 1:
        raise InvalidArgumentError("[reshape] only one extent may be -1")
    known = math.prod([n for n in wanted if n != -1])
    if -1 in wanted and known and size % known == 0:
        wanted[wanted.index(-1)] = size // known
        known = size
    if known != size or min(wanted, default=0) < 0:
        raise InvalidArgumentError(
            f"[reshape] Input to reshape is a SparseTensor with {size} dense values, but the "
            f"requested shape is {wanted}"
        )
    if size >= 2**62:
        raise InvalidArgumentError(f"[reshape] a shape of {size} elements is too large")
    number = numbers(s)
    at = np.stack(np.unravel_index(number, wanted), 1) if wanted else number[:, None][:, :0]
    return made(at, s._values, wanted)


def expand_dims(sp_input: Any, axis: Any = None, name: str | None = None) -> SparseTensor:
    """One axis more, of extent 1.

    Args:
        sp_input: a sparse tensor.
        axis: where it goes; -1, the end, by default.
        name: ignored.

    Raises:
        TypeError: for what is not sparse.
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis that is not in range.

    >>> import autograd_c as tf
    >>> tf.sparse.expand_dims(tf.sparse.eye(2), 0).shape
    TensorShape([1, 2, 2])
    """
    s = operand("expand_dims", sp_input)
    rank = len(s._shape)
    k = -1 if axis is None else operator.index(axis)
    if not -rank - 1 <= k <= rank:
        raise InvalidArgumentError(f"[expand_dims] axis {k} is not in [{-rank - 1}, {rank}]")
    k %= rank + 1
    shape = (*s._shape[:k], 1, *s._shape[k:])
    return made(np.insert(_core.array_of(s._indices), k, 0, axis=1), s._values, shape)


def reset_shape(sp_input: Any, new_shape: Any = None) -> SparseTensor:
    """The same places in a larger shape, or in the smallest one that holds them.

    Args:
        sp_input: a sparse tensor.
        new_shape: the extents, none smaller than before; the smallest ones by default.

    Raises:
        TypeError: for what is not sparse.
        ValueError: for another rank, or a smaller extent.

    >>> import autograd_c as tf
    >>> tf.sparse.reset_shape(tf.SparseTensor([[0, 1]], [3.0], [5, 5])).shape
    TensorShape([1, 2])
    """
    s = operand("reset_shape", sp_input)
    at = places(s)
    if new_shape is None:
        shape = (at.max(0) + 1).tolist() if len(at) else [0] * len(s._shape)
    else:
        shape = integers(new_shape)
        if len(shape) != len(s._shape) or any(n < m for n, m in zip(shape, s._shape, strict=True)):
            raise InvalidArgumentError(
                "Requested new_shape should have dimension sizes >= sp_input.shape.  Found "
                f"new_shape {shape}, sp_input.shape {list(s._shape)}."
            )
    return made(at, s._values, shape)


# ---------------------------------------------------------------- parts


def _part(s: SparseTensor, stays: Any, start: Any, shape: tuple[int, ...]) -> SparseTensor:
    return made(places(s)[stays] - start, rows(s._values, np.flatnonzero(stays)), shape)


def slice(sp_input: Any, start: Any, size: Any, name: str | None = None) -> SparseTensor:
    """A part of a sparse tensor.

    Args:
        sp_input: a sparse tensor.
        start: the first index along each axis.
        size: the extents; what is beyond the end is cut off.
        name: ignored.

    Raises:
        TypeError: for what is not sparse.
        ValueError: (`tf.errors.InvalidArgumentError`) for other numbers of axes, and negative ones.

    >>> import autograd_c as tf
    >>> s = tf.SparseTensor([[0, 1], [1, 0]], [3.0, 4.0], [2, 2])
    >>> print(tf.sparse.slice(s, [1, 0], [1, 2]).values.numpy())
    [4.]
    """
    s = operand("slice", sp_input)
    low, extents = np.array(integers(start), np.int64), np.array(integers(size), np.int64)
    rank = len(s._shape)
    if len(low) != rank or len(extents) != rank:
        raise InvalidArgumentError(
            f"[slice] Expected start and size to be vectors of length {rank} but got lengths "
            f"{len(low)} and {len(extents)}"
        )
    if (low < 0).any() or (extents < 0).any():
        raise InvalidArgumentError("[slice] Expected start and size that are not negative")
    extents = np.clip(np.array(s._shape, np.int64) - low, 0, extents)
    at = places(s)
    stays = ((at >= low) & (at < low + extents)).all(1)
    return _part(s, stays, low, tuple(extents.tolist()))


def split(
    sp_input: Any = None, num_split: Any = None, axis: Any = None, name: str | None = None
) -> list[SparseTensor]:
    """Equal parts along an axis; the first ones are longer by 1 if they cannot be equal.

    Args:
        sp_input: a sparse tensor.
        num_split: how many parts.
        axis: along which.
        name: ignored.

    Raises:
        TypeError: for what is not sparse.
        ValueError: for no number of parts, or an axis that is not there.

    >>> import autograd_c as tf
    >>> [part.shape for part in tf.sparse.split(tf.sparse.eye(3), 2, axis=0)]
    [TensorShape([2, 3]), TensorShape([1, 3])]
    """
    if num_split is None or axis is None:
        raise ValueError("[split] needs num_split and axis")
    s = operand("split", sp_input)
    count, k, rank = int(num_split), int(axis), len(s._shape)
    if not -rank <= k < rank:
        raise InvalidArgumentError(f"[split] axis {k} is not in [{-rank}, {rank})")
    k %= rank
    extent = s._shape[k]
    if not 1 <= count <= max(extent, 1):
        raise InvalidArgumentError(f"[split] num_split {count} is not in [1, {extent}]")
    ends = np.cumsum([extent // count + (j < extent % count) for j in range(count)])
    parts, begin = [], 0
    for end in ends.tolist():
        start = np.zeros(rank, np.int64)
        start[k] = begin
        stays = (places(s)[:, k] >= begin) & (places(s)[:, k] < end)
        shape = (*s._shape[:k], end - begin, *s._shape[k + 1 :])
        parts.append(_part(s, stays, start, shape))
        begin = end
    return parts


def retain(sp_input: Any, to_retain: Any) -> SparseTensor:
    """Some of the values.

    Args:
        sp_input: a sparse tensor of n values.
        to_retain: bools of shape [n].

    Raises:
        TypeError: for what is not sparse.
        ValueError: for another number of bools.

    >>> import autograd_c as tf
    >>> s = tf.SparseTensor([[0, 1], [1, 0]], [3.0, 4.0], [2, 2])
    >>> print(tf.sparse.retain(s, [False, True]).values.numpy())
    [4.]
    """
    s = operand("retain", sp_input)
    stays = np.asarray(_core.array_of(_core.convert_to_tensor(to_retain)), bool)
    if stays.shape != (s._indices.shape[0],):
        raise InvalidArgumentError(
            f"[retain] needs {s._indices.shape[0]} bools, got shape {stays.shape}"
        )
    at = _core.array_of(s._indices)[stays]
    return made(at, rows(s._values, np.flatnonzero(stays)), s._shape)


def mask(a: Any, mask_indices: Any, name: str | None = None) -> IndexedSlices:
    """The rows of a `tf.IndexedSlices` but for some.

    Args:
        a: rows and their indices.
        mask_indices: the indices of those to be left out.
        name: ignored.

    >>> import autograd_c as tf
    >>> rows = tf.IndexedSlices(tf.constant([[1.0], [2.0]]), tf.constant([0, 3]))
    >>> print(tf.sparse.mask(rows, [3]).indices.numpy())
    [0]
    """
    kept = np.flatnonzero(~np.isin(_core.array_of(a.indices), _core.array_of(mask_indices)))
    return IndexedSlices(rows(a.values, kept), rows(a.indices, kept), a.dense_shape)


# ---------------------------------------------------------------- several


def concat(
    axis: Any, sp_inputs: Any, expand_nonconcat_dims: bool = False, name: str | None = None
) -> SparseTensor:
    """Sparse tensors one behind the other along an axis.

    Args:
        axis: along which.
        sp_inputs: a list of sparse tensors of one rank and dtype.
        expand_nonconcat_dims: whether the other extents may differ: the largest counts.
        name: ignored.

    Returns:
        A `tf.SparseTensor` in the order of rows.

    Raises:
        TypeError: for what is no list of sparse tensors.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit.

    >>> import autograd_c as tf
    >>> s = tf.sparse.concat(0, [tf.sparse.eye(2), tf.sparse.eye(1, 2)])
    >>> print(tf.sparse.to_dense(s).numpy())
    [[1. 0.]
     [0. 1.]
     [1. 0.]]
    """
    if not isinstance(sp_inputs, (list, tuple)):
        raise TypeError("Inputs must be a list or tuple.")
    parts = [operand("concat", x) for x in sp_inputs]
    if not parts:
        raise ValueError("[concat] needs one sparse tensor at least")
    rank = len(parts[0]._shape)
    k = int(axis)
    if not -rank <= k < rank:
        raise InvalidArgumentError(f"[concat] axis {k} is not in [{-rank}, {rank})")
    k %= rank
    for s in parts:
        if len(s._shape) != rank:
            raise InvalidArgumentError(f"[concat] ranks differ: {rank} and {len(s._shape)}")
        for j in range(rank):
            if j != k and s._shape[j] != parts[0]._shape[j] and not expand_nonconcat_dims:
                raise InvalidArgumentError(
                    f"[concat] Input shapes must match: expected {parts[0]._shape[j]} for "
                    f"dimension {j} but got {s._shape[j]}"
                )
    shape = [max(s._shape[j] for s in parts) for j in range(rank)]
    shape[k] = 0
    pieces = []
    for s in parts:
        at = places(s).copy()
        at[:, k] += shape[k]
        pieces.append(at)
        shape[k] += s._shape[k]
    values = _core.concat([s._values for s in parts], 0)
    return _sorted(np.concatenate(pieces), values, tuple(shape))


def fill_empty_rows(
    sp_input: Any, default_value: Any, name: str | None = None
) -> tuple[SparseTensor, Tensor]:
    """A value, at the first place, in each row that has none.

    Args:
        sp_input: a sparse tensor.
        default_value: the value, a scalar.
        name: ignored.

    Returns:
        A `tf.SparseTensor` in the order of rows, and a tensor of bools: which rows were empty.

    Raises:
        TypeError: for what is not sparse.
        ValueError: (`tf.errors.InvalidArgumentError`) for a value that is no scalar.

    >>> import autograd_c as tf
    >>> s, empty = tf.sparse.fill_empty_rows(tf.SparseTensor([[1, 1]], [3.0], [2, 2]), 9.0)
    >>> print(s.values.numpy(), empty.numpy())
    [9. 3.] [ True False]
    """
    s = operand("fill_empty_rows", sp_input)
    if not s._shape:
        raise InvalidArgumentError("[fill_empty_rows] needs a sparse tensor of rank 1 or more")
    default = _core.convert_to_tensor(default_value, s.dtype)
    if default.ndim:
        raise InvalidArgumentError("[fill_empty_rows] default_value is a scalar")
    at = places(s)
    empty = np.ones(s._shape[0], bool)
    empty[at[:, 0]] = False
    missing = np.flatnonzero(empty)
    more = np.zeros((missing.size, at.shape[1]), np.int64)
    more[:, 0] = missing
    values = _core.concat([s._values, _core.broadcast_to(default, [missing.size])], 0)
    both = np.concatenate([at, more])
    order = np.argsort(both[:, 0], kind="stable")
    filled = made(both[order], rows(values, order), s._shape)
    return filled, _core.convert_to_tensor(empty)
