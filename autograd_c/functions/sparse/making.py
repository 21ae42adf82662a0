"""Sparse tensors of dense ones, and back: ``tf.sparse.from_dense``, ``to_dense``, ``eye``."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.scattering import tensor_scatter_nd_update
from autograd_c.functions.segments import unsorted_segment_sum
from autograd_c.functions.sparse.tensor import (
    SparseTensor,
    fact,
    made,
    numbers,
    numbers_of,
    operand,
    places,
    rows,
)
from autograd_c.values.errors import InvalidArgumentError, InvalidDTypeError


def from_dense(tensor: Any, name: str | None = None) -> SparseTensor:
    """The elements that are not 0 of a tensor.

    Args:
        tensor: a tensor of rank 1 or more.
        name: ignored.

    Returns:
        A `tf.SparseTensor` in the order of rows.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for a scalar.

    >>> import autograd_c as tf
    >>> s = tf.sparse.from_dense([[0.0, 3.0], [4.0, 0.0]])
    >>> print(s.values.numpy(), s.indices.numpy().tolist())
    [3. 4.] [[0, 1], [1, 0]]
    """
    x = _core.convert_to_tensor(tensor)
    if x.ndim == 0:
        raise InvalidArgumentError("[from_dense] needs a tensor of rank 1 or more, got a scalar")
    found = np.flatnonzero(_core.array_of(x))
    at = np.stack(np.unravel_index(found, tuple(x.shape)), 1)
    return made(at, rows(_core.reshape(x, [-1]), found), tuple(x.shape))


def _in_order(at: Any, shape: tuple[int, ...]) -> bool:
    number = numbers_of(at, shape)
    wrong = np.flatnonzero(number[1:] <= number[:-1])
    if wrong.size:
        k = int(wrong[0]) + 1
        said = "is repeated" if number[k] == number[k - 1] else "is out of order"
        raise InvalidArgumentError(
            f"[to_dense] indices[{k}] = {at[k].tolist()} {said}: tf.sparse.reorder(x) sorts them; "
            "with validate_indices=False any order is taken"
        )
    return True


def to_dense(
    sp_input: Any,
    default_value: Any = None,
    validate_indices: bool = True,
    name: str | None = None,
) -> Tensor:
    """The dense tensor of a sparse one.

    Args:
        sp_input: a sparse tensor.
        default_value: what is where no value is, a scalar; 0 by default.
        validate_indices: whether places that are out of order or repeated are an error. Else, of
            several values of one place the last one counts.
        name: ignored.

    Raises:
        TypeError: for what is not sparse.
        ValueError: (`tf.errors.InvalidArgumentError`) for places out of bounds or out of order.

    >>> import autograd_c as tf
    >>> s = tf.SparseTensor([[0, 1], [1, 0]], [3.0, 4.0], [2, 2])
    >>> print(tf.sparse.to_dense(s, -1.0).numpy())
    [[-1.  3.]
     [ 4. -1.]]
    """
    s = operand("to_dense", sp_input)
    places(s)
    if validate_indices:
        fact(s, "in order", _in_order)
    at, size = numbers(s), int(np.prod(s._shape, dtype=np.int64))
    values = s._values
    is_unique = validate_indices or len(np.unique(at)) == len(at)
    if default_value is None and is_unique and not values.dtype.is_bool:
        flat = _core.scatter_rows(values, at, size)
    else:
        given = False if values.dtype.is_bool else 0
        default = _core.convert_to_tensor(
            given if default_value is None else default_value, values.dtype
        )
        if default.ndim:
            raise InvalidArgumentError("[to_dense] default_value is a scalar")
        base = _core.broadcast_to(default, [size])
        flat = tensor_scatter_nd_update(base, at[:, None], values)
    return _core.reshape(flat, s._shape)


def eye(
    num_rows: int, num_columns: int | None = None, dtype: Any = "float32", name: str | None = None
) -> SparseTensor:
    """A matrix with ones on its diagonal.

    Args:
        num_rows, num_columns: its extents; it is square by default.
        dtype: of its values.
        name: ignored.

    Raises:
        ValueError: for negative extents.

    >>> import autograd_c as tf
    >>> print(tf.sparse.to_dense(tf.sparse.eye(2, 3)).numpy())
    [[1. 0. 0.]
     [0. 1. 0.]]
    """
    m = operator.index(num_rows)
    n = m if num_columns is None else operator.index(num_columns)
    if m < 0 or n < 0:
        raise InvalidArgumentError(f"[eye] extents {m} and {n} are negative")
    k = np.arange(min(m, n))
    return made(np.stack([k, k], 1), _core.full([k.size], 1, dtype), (m, n))


def to_indicator(sp_input: Any, vocab_size: int, name: str | None = None) -> Tensor:
    """Which numbers are among the values of each row, as bools.

    Args:
        sp_input: a sparse tensor of integers.
        vocab_size: how many numbers there are.
        name: ignored.

    Returns:
        A tensor of bools of shape [..., vocab_size], in which the last axis is replaced.

    Raises:
        TypeError: for values that are no integers.
        ValueError: (`tf.errors.InvalidArgumentError`) for values out of range.

    >>> import autograd_c as tf
    >>> s = tf.SparseTensor([[0, 0], [0, 1]], [2, 0], [2, 2])
    >>> print(tf.sparse.to_indicator(s, 3).numpy())
    [[ True False  True]
     [False False False]]
    """
    s = operand("to_indicator", sp_input)
    if not s.dtype.is_integer:
        raise InvalidDTypeError(f"[to_indicator] values are integers, not {s.dtype.name}")
    values, n = _core.array_of(s._values), operator.index(vocab_size)
    if ((values < 0) | (values >= n)).any():
        raise InvalidArgumentError(f"[to_indicator] a value is not in [0, {n})")
    result = np.zeros((*s._shape[:-1], n), bool)
    row = tuple(places(s)[:, :-1].T)
    result[row + (values,)] = True  # noqa: RUF005
    return _core.convert_to_tensor(result)


def bincount(
    values: Any,
    weights: Any = None,
    axis: int | None = 0,
    minlength: int | None = None,
    maxlength: int | None = None,
    binary_output: bool = False,
    name: str | None = None,
) -> SparseTensor:
    """How often each number occurs, of those that do.

    Args:
        values: integers that are not negative, dense or sparse; of rank 1 or 2 for axis -1.
        weights: what each of them counts, of the same shape and places; 1 by default.
        axis: 0 or None: in all of them; -1: in each row.
        minlength: the least extent of the last axis.
        maxlength: its largest; larger numbers are left out.
        binary_output: whether to give 1 for all that occur.
        name: ignored.

    Raises:
        ValueError: for negative numbers, other axes, and shapes that differ.

    >>> import autograd_c as tf
    >>> counts = tf.sparse.bincount([1, 1, 3])
    >>> print(counts.indices.numpy().ravel(), counts.values.numpy())
    [1 3] [2 1]
    """
    if axis not in (0, -1, None):
        raise ValueError(
            f"Unsupported value for argument axis={axis}. Only 0 and -1 are supported."
        )
    if binary_output and weights is not None:
        raise ValueError("[bincount] binary_output and weights are mutually exclusive")
    if isinstance(values, SparseTensor):
        s = values
        number, at, shape = _core.array_of(s._values), places(s), s._shape
        if isinstance(weights, SparseTensor):
            if not np.array_equal(_core.array_of(weights._indices), at):
                raise InvalidArgumentError("[bincount] weights have other places than values")
            weights = weights._values
    else:
        x = _core.array_of(_core.convert_to_tensor(values))
        shape = x.shape
        at = np.stack(np.unravel_index(np.arange(x.size), shape), 1) if x.ndim else x
        number = x.reshape(-1)
        if weights is not None:
            weights = _core.convert_to_tensor(weights)
            if tuple(weights.shape) != shape:
                raise InvalidArgumentError(
                    f"[bincount] weights have shape {tuple(weights.shape)}, values {shape}"
                )
            weights = _core.reshape(weights, [-1])
    if axis == -1 and len(shape) > 2:
        raise InvalidArgumentError(f"[bincount] values have rank 1 or 2, not {len(shape)}")
    if number.dtype.kind not in "iu":
        raise InvalidDTypeError(f"[bincount] values are integers, not {number.dtype}")
    if (number < 0).any():
        raise InvalidArgumentError("[bincount] values are not negative")
    extent = max(int(number.max(initial=-1)) + 1, minlength or 0)
    stays: Any = np.arange(number.size)
    if maxlength is not None:
        stays = np.flatnonzero(number < maxlength)
        extent = min(extent, maxlength)
    number = number[stays].astype(np.int64)
    by_rows = axis == -1 and len(shape) > 1
    if by_rows:
        number += at[stays, 0] * extent
    found, inverse = np.unique(number, return_inverse=True)
    where = np.stack([found // extent, found % extent], 1) if by_rows else found[:, None]
    if weights is not None:
        counts = unsorted_segment_sum(rows(weights, stays), inverse, len(found))
    else:
        number_of = np.bincount(inverse, minlength=len(found))
        counts = _core.convert_to_tensor(np.minimum(number_of, 1) if binary_output else number_of)
        counts = _core.cast(counts, "int32")
    return made(where, counts, (shape[0], extent) if by_rows else (extent,))
