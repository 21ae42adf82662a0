"""Parts of a tensor by tuples of indices, read and written: ``tf.gather_nd``, ``tf.scatter_nd``."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.indexed_slices import batched_rows
from autograd_c.functions.integers import integers
from autograd_c.values.errors import (
    InvalidArgumentError,
    InvalidDTypeError,
    InvalidIndexError,
    UnimplementedError,
)

if TYPE_CHECKING:
    from autograd_c.typing import ShapeLike, TensorLike

__all__ = [
    "dynamic_partition",
    "dynamic_stitch",
    "gather_nd",
    "scatter_nd",
    "tensor_scatter_nd_add",
    "tensor_scatter_nd_max",
    "tensor_scatter_nd_min",
    "tensor_scatter_nd_sub",
    "tensor_scatter_nd_update",
    "unravel_index",
]


def _tuples(indices: Any, rank: int, operation: str) -> tuple[Tensor, int]:
    """Indices of shape [..., n], n at most `rank`, as a tensor, and n."""
    i = _core.convert_to_tensor(indices)
    if not i.dtype.is_integer:
        if i.size:
            raise InvalidDTypeError(f"[{operation}] indices must be integers, not {i.dtype.name}")
        i = _core.cast(i, "int64")
    if i.ndim == 0:
        raise InvalidArgumentError(f"[{operation}] indices must have rank 1 or more")
    count = i.shape[-1]
    if count > rank:
        raise InvalidArgumentError(
            f"[{operation}] indices of shape {tuple(i.shape)} are too long for rank {rank}"
        )
    return i, count


def gather_nd(
    params: Any,
    indices: TensorLike,
    batch_dims: int = 0,
    name: str | None = None,
    bad_indices_policy: str = "",
) -> Tensor:
    """Slices of a tensor by tuples of indices: one for each of its first axes.

    Args:
        params: a tensor.
        indices: an integer tensor of shape [..., n], n at most the rank of `params`; negative ones
            count from the end.
        batch_dims: how many leading axes `params` and `indices` have in common.
        name: ignored.
        bad_indices_policy: "ERROR", or the empty default; others of TensorFlow are not here.

    Returns:
        A tensor of shape indices.shape[:-1] + params.shape[batch_dims + n:].

    Raises:
        IndexError: (`tf.errors.InvalidArgumentError`) for indices out of range.
        TypeError: for indices that are no integers.
        ValueError: for shapes that do not fit.

    >>> import autograd_c as tf
    >>> print(tf.gather_nd([[1, 2], [3, 4]], [[0, 1], [1, 0]]).numpy())
    [2 3]
    """
    _check_policy(bad_indices_policy, "gather_nd")
    x = _core.convert_to_tensor(params)
    batch = operator.index(batch_dims)
    i, count = _tuples(indices, x.ndim - max(batch, 0), "gather_nd")
    shape = tuple(x.shape)
    if not 0 <= batch < i.ndim or shape[:batch] != tuple(i.shape)[:batch]:
        raise InvalidArgumentError(
            f"[gather_nd] params of shape {shape} and indices of shape {tuple(i.shape)} do not "
            f"have {batch_dims} leading axes in common"
        )
    if count == 0:
        wide = [*shape[:batch], *[1] * (i.ndim - 1 - batch), *shape[batch:]]
        return _core.broadcast_to(_core.reshape(x, wide), [*i.shape[:-1], *shape[batch:]])
    flat = _core.flat_indices(i, shape[batch : batch + count])
    if batch:
        flat = batched_rows(flat, math.prod(shape[batch : batch + count]), batch)
    return _core.gather_rows(x, flat, False, range(batch + count))


def _check_policy(policy: str, operation: str) -> None:
    if policy not in ("", "DEFAULT", "ERROR"):
        raise UnimplementedError(
            None, None, f"[{operation}] bad_indices_policy {policy!r}: indices are always checked"
        )


def scatter_nd(
    indices: TensorLike,
    updates: TensorLike,
    shape: ShapeLike,
    bad_indices_policy: str = "",
    name: str | None = None,
) -> Tensor:
    """Zeros with updates added where tuples of indices say.

    Args:
        indices: an integer tensor of shape [..., n]; negative ones count from the end.
        updates: a tensor of shape indices.shape[:-1] + shape[n:].
        shape: of the result, of rank n or more.
        bad_indices_policy: "ERROR", or the empty default; others of TensorFlow are not here.
        name: ignored.

    Raises:
        IndexError: (`tf.errors.InvalidArgumentError`) for indices out of range.
        TypeError: for indices that are no integers.
        ValueError: for updates of another shape.

    >>> import autograd_c as tf
    >>> print(tf.scatter_nd([[1], [3], [1]], [10, 20, 30], [5]).numpy())
    [ 0 40  0 20  0]
    """
    _check_policy(bad_indices_policy, "scatter_nd")
    target = integers(shape, "scatter_nd", "shape").tolist()
    u = _core.convert_to_tensor(updates)
    i, count = _tuples(indices, len(target), "scatter_nd")
    _check_updates(i, count, u, target, "scatter_nd")
    if count == 0:
        return _core.reduce("reduce_sum", u, list(range(i.ndim - 1)), False)
    flat = _core.flat_indices(i, target[:count])
    return _core.scatter_into_zeros(u, flat, target, range(count))


def _check_updates(
    i: Tensor, count: int, updates: Tensor, shape: Sequence[int], operation: str
) -> None:
    expected = (*i.shape[:-1], *shape[count:])
    if tuple(updates.shape) != expected:
        raise InvalidArgumentError(
            f"[{operation}] updates of shape {tuple(updates.shape)}, where indices of shape "
            f"{tuple(i.shape)} into shape {tuple(shape)} take {expected}"
        )


def _scatter(how: str, tensor: Any, indices: Any, updates: Any, policy: str = "") -> Tensor:
    operation = "tensor_scatter_nd_" + how
    if policy:
        _check_policy(policy, operation)
    x, u = _core.operands_of(operation, tensor, updates)
    i, count = _tuples(indices, x.ndim, operation)
    if count == 0:  # each update is for all of the tensor
        raise InvalidArgumentError(f"[{operation}] indices of shape {tuple(i.shape)} name no axis")
    if how == "sub":
        how, u = "add", _core.full(u.shape, 0, u.dtype) - u  # unsigned numbers wrap around
    return _core.scatter_tuples(how, x, i, u)


_SCATTER = """{summary}

    Args:
        tensor: any tensor{kinds}.
        indices: an integer tensor of shape [..., n], n at most the rank of `tensor`; negative ones
            count from the end.
        updates: a tensor of the same dtype, of shape indices.shape[:-1] + tensor.shape[n:].
        {policy}name: ignored.

    Raises:
        IndexError: (`tf.errors.InvalidArgumentError`) for indices out of range.
        TypeError: for indices that are no integers{refused}.
        ValueError: for updates of another shape or dtype.

    {derivative}

    >>> import autograd_c as tf
    >>> print(tf.tensor_scatter_nd_{how}([1, 5, 3], [[0], [2], [0]], [4, 2, 9]).numpy())
    {prints}
    """
_POLICY = """bad_indices_policy: "ERROR", or the empty default; others are not here.
        """
_SHARED = (
    "The cotangent of an element is shared equally by all that are equal to it: the element of\n"
    "    `tensor` and updates."
)


def tensor_scatter_nd_update(
    tensor: TensorLike, indices: TensorLike, updates: TensorLike, name: str | None = None
) -> Tensor:
    return _scatter("update", tensor, indices, updates)


def tensor_scatter_nd_add(
    tensor: TensorLike,
    indices: TensorLike,
    updates: TensorLike,
    bad_indices_policy: str = "",
    name: str | None = None,
) -> Tensor:
    return _scatter("add", tensor, indices, updates, bad_indices_policy)


def tensor_scatter_nd_sub(
    tensor: TensorLike,
    indices: TensorLike,
    updates: TensorLike,
    bad_indices_policy: str = "",
    name: str | None = None,
) -> Tensor:
    return _scatter("sub", tensor, indices, updates, bad_indices_policy)


def tensor_scatter_nd_min(
    tensor: TensorLike,
    indices: TensorLike,
    updates: TensorLike,
    bad_indices_policy: str = "",
    name: str | None = None,
) -> Tensor:
    return _scatter("min", tensor, indices, updates, bad_indices_policy)


def tensor_scatter_nd_max(
    tensor: TensorLike,
    indices: TensorLike,
    updates: TensorLike,
    bad_indices_policy: str = "",
    name: str | None = None,
) -> Tensor:
    return _scatter("max", tensor, indices, updates, bad_indices_policy)


for _f, _summary, _prints, _derivative in (
    (
        tensor_scatter_nd_update,
        "A tensor with some parts replaced; by the last of several updates of one part.",
        "[9 5 2]",
        "The cotangent of a part goes to the update that is there.",
    ),
    (
        tensor_scatter_nd_add,
        "A tensor with updates added to some parts.",
        "[14  5  5]",
        "The cotangent of a part goes to all that were added up there.",
    ),
    (
        tensor_scatter_nd_sub,
        "A tensor with updates subtracted from some parts.",
        "[-12   5   1]",
        "The cotangent of a part goes to all that were added up there.",
    ),
    (
        tensor_scatter_nd_min,
        "A tensor with the smaller elements of some parts and updates of them.",
        "[1 5 2]",
        _SHARED,
    ),
    (
        tensor_scatter_nd_max,
        "A tensor with the larger elements of some parts and updates of them.",
        "[9 5 3]",
        _SHARED,
    ),
):
    _how = _f.__name__.rpartition("_")[2]
    _f.__doc__ = _SCATTER.format(
        summary=_summary,
        kinds="" if _how == "update" else " of numbers",
        policy="" if _how == "update" else _POLICY,
        refused={"update": "", "add": ", and bool", "sub": ", and bool"}.get(
            _how, ", bool and complex numbers"
        ),
        derivative=_derivative,
        how=_how,
        prints=_prints,
    )


def dynamic_partition(
    data: TensorLike, partitions: TensorLike, num_partitions: int, name: str | None = None
) -> list[Tensor]:
    """A tensor's rows, sorted into several tensors.

    Args:
        data: a tensor.
        partitions: integers of the shape of the first axes of `data`: the number of the tensor that
            each row goes to.
        num_partitions: how many tensors there are, 1 or more.
        name: ignored.

    Returns:
        A list of tensors of shape [count] + data.shape[rank of partitions:].

    Raises:
        TypeError: for partitions that are no integers.
        ValueError: (`tf.errors.InvalidArgumentError`) for partitions of another shape or out of
            range.

    >>> import autograd_c as tf
    >>> [part.numpy().tolist() for part in tf.dynamic_partition([10, 20, 30], [0, 1, 0], 2)]
    [[10, 30], [20]]
    """
    x = _core.convert_to_tensor(data)
    numbers = integers(partitions, "dynamic_partition", "partitions")
    count = operator.index(num_partitions)
    if count < 1:
        raise InvalidArgumentError(f"[dynamic_partition] num_partitions must be >= 1, not {count}")
    if tuple(x.shape)[: numbers.ndim] != numbers.shape:
        raise InvalidArgumentError(
            f"[dynamic_partition] data.shape must start with partitions.shape, got "
            f"{tuple(x.shape)} and {numbers.shape}"
        )
    if numbers.size and not 0 <= int(numbers.min()) <= int(numbers.max()) < count:
        raise InvalidArgumentError(
            f"[dynamic_partition] partitions are between {numbers.min()} and {numbers.max()}, "
            f"which is not in [0, {count})"
        )
    if numbers.ndim == 0:
        x, numbers = _core.reshape(x, [1, *x.shape]), numbers.reshape(1)
    flat = numbers.reshape(-1)
    axes = range(numbers.ndim)
    if count <= 8:
        chosen = [np.flatnonzero(flat == k) for k in range(count)]
    else:
        order = np.argsort(flat, kind="stable")
        ends = np.searchsorted(flat[order], np.arange(1, count))
        chosen = np.split(order, ends)
    return [_core.gather_rows(x, rows, False, axes) for rows in chosen]


def dynamic_stitch(indices: Any, data: Any, name: str | None = None) -> Tensor:
    """Rows of several tensors as those of one, which indices say: of several for one row, the last.

    Args:
        indices: a list of integer tensors.
        data: a list of as many tensors; each has the shape of its indices, and then that of a row,
            which all have in common.
        name: ignored.

    Returns:
        A tensor with one row more than the largest index. Rows that nobody names are 0.

    Raises:
        TypeError: for indices that are no integers, or dtypes that do not mix.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit, or negative
            indices.

    >>> import autograd_c as tf
    >>> print(tf.dynamic_stitch([[0, 2], [1]], [[10, 30], [20]]).numpy())
    [10 20 30]
    """
    numbers = [integers(i, "dynamic_stitch", "indices") for i in indices]
    if not numbers or len(numbers) != len(data):
        raise InvalidArgumentError(
            f"[dynamic_stitch] {len(numbers)} tensors of indices and {len(data)} of data"
        )
    tensors = _core.operands_of("dynamic_stitch", *data)
    row = tuple(tensors[0].shape)[numbers[0].ndim :]
    for k, (i, x) in enumerate(zip(numbers, tensors)):
        if tuple(x.shape) != i.shape + row:
            raise InvalidArgumentError(
                f"[dynamic_stitch] data[{k}] of shape {tuple(x.shape)} for indices of shape "
                f"{i.shape} and rows of shape {row}"
            )
    flat = np.concatenate([i.reshape(-1) for i in numbers]).astype(np.int64)
    if flat.size and int(flat.min()) < 0:
        raise InvalidIndexError(f"[dynamic_stitch] index {flat.min()} is out of range")
    rows = _core.concat([_core.reshape(x, [i.size, *row]) for i, x in zip(numbers, tensors)], 0)
    empty = _core.full([int(flat.max()) + 1 if flat.size else 0, *row], 0, rows.dtype)
    return _core.scatter("update", empty, flat, rows, [0])


def unravel_index(indices: TensorLike, dims: ShapeLike, name: str | None = None) -> Tensor:
    """Indices into a flattened array as tuples of indices into the array.

    Args:
        indices: an integer, or a list of them.
        dims: the extents of the array.
        name: ignored.

    Returns:
        Integers of the dtype of the indices, of shape [len(dims)] or [len(dims), len(indices)].

    Raises:
        TypeError: for what are no integers.
        ValueError: (`tf.errors.InvalidArgumentError`) for indices out of range, or of rank 2 or
            more.

    >>> import autograd_c as tf
    >>> print(tf.unravel_index([2, 5], [3, 3]).numpy())
    [[0 1]
     [2 2]]
    """
    i = integers(_core.convert_to_tensor(indices), "unravel_index", "indices")
    extents = integers(dims, "unravel_index", "dims")
    if i.ndim > 1:
        raise InvalidArgumentError(
            f"[unravel_index] The indices can only be scalar or vector, got shape {i.shape}"
        )
    shape = tuple(extents.reshape(-1).tolist())
    if min(shape, default=1) < 1:
        raise InvalidArgumentError(f"[unravel_index] dims must be positive, got {shape}")
    if i.size and not 0 <= int(i.min()) <= int(i.max()) < math.prod(shape):
        raise InvalidIndexError(f"[unravel_index] index is out of bound as with dims {shape}")
    return _core.constant(np.stack(np.unravel_index(i, shape)).astype(i.dtype))


def times_rows(
    how: str, operation: str, x: Tensor, indices: Tensor, axes: Sequence[int], updates: Tensor
) -> Tensor:
    """`x` with rows multiplied with, or divided by, updates, one after the other."""
    a = x.numpy().reshape(tuple(x.shape))
    flat = _core.apply("row_indices", [indices], [math.prod(a.shape[k] for k in axes)])
    key = np.unravel_index(np.asarray(flat), tuple(a.shape[k] for k in axes))
    if how == "div" and a.dtype.kind in "iu":
        divisors = _core.array_of(updates)
        if not divisors.all():
            raise InvalidArgumentError(f"[{operation}] integer division by zero")
        for place in np.ndindex(flat.shape):
            one = tuple(k[place] for k in key)
            remainder = np.fmod(a[one], divisors[place])
            a[one] = (a[one] - remainder) // divisors[place]
        return _core.constant(a)
    expected = (*flat.shape, *(d for k, d in enumerate(a.shape) if k not in axes))
    if tuple(updates.shape) != expected:
        raise InvalidArgumentError(
            f"[{operation}] updates of shape {tuple(updates.shape)} where {expected} is expected"
        )
    with np.errstate(all="ignore"):
        (np.multiply if how == "mul" else np.divide).at(a, key, _core.array_of(updates))
    return _core.constant(a)
