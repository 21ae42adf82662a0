"""Sums and maxima of sparse tensors: ``tf.sparse.reduce_sum``; of rows: ``segment_sum``."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions import segments
from autograd_c.functions.sparse.tensor import (
    SparseTensor,
    integers,
    made,
    numbers_of,
    operand,
    places,
    rows,
)
from autograd_c.values.errors import InvalidArgumentError


def _axes(name: str, axis: Any, rank: int) -> set[int]:
    if axis is None:
        return set(range(rank))
    given = integers(axis)
    for k in given:
        if not -rank <= k < rank:
            raise InvalidArgumentError(
                f"[{name}] Invalid reduction dimension {k}, for input with {rank} dimensions."
            )
    return {operator.index(k) % rank for k in given}


def _reduced(
    name: str,
    combine: Callable[..., Tensor],
    sp_input: Any,
    axis: Any,
    keepdims: bool | None,
    output_is_sparse: bool,
) -> Tensor | SparseTensor:
    s = operand(name, sp_input)
    rank = len(s._shape)
    gone = _axes(name, axis, rank)
    kept = [k for k in range(rank) if k not in gone]
    at = places(s)[:, kept]
    shape = tuple([s._shape[k] for k in kept])
    number = numbers_of(at, shape)
    found, first, inverse = np.unique(number, return_index=True, return_inverse=True)
    values = combine(s._values, inverse, len(found))
    result = tuple([1 if k in gone else n for k, n in enumerate(s._shape)]) if keepdims else shape
    if output_is_sparse:
        at = at[first]
        if keepdims:
            wide = np.zeros((len(at), rank), np.int64)
            wide[:, kept] = at
            at = wide
        return made(at, values, result)
    dense = _core.scatter_rows(values, found, int(np.prod(shape, dtype=np.int64)))
    return _core.reshape(dense, result)


def reduce_sum(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    output_is_sparse: bool = False,
    name: str | None = None,
) -> Any:
    """The sums of a sparse tensor along axes.

    Args:
        sp_input: a sparse tensor of numbers.
        axis: an int or several; all by default.
        keepdims: whether these axes stay, with extent 1.
        output_is_sparse: whether to give a `tf.SparseTensor`.
        name: ignored.

    Raises:
        TypeError: for what is not sparse.
        ValueError: (`tf.errors.InvalidArgumentError`) for axes that are not there.

    >>> import autograd_c as tf
    >>> s = tf.SparseTensor([[0, 1], [1, 0], [1, 1]], [3.0, 4.0, 5.0], [2, 2])
    >>> print(tf.sparse.reduce_sum(s, 1).numpy())
    [3. 9.]
    """
    combine = segments.unsorted_segment_sum
    return _reduced("reduce_sum", combine, sp_input, axis, keepdims, output_is_sparse)


def reduce_max(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    output_is_sparse: bool = False,
    name: str | None = None,
) -> Any:
    """The largest of the values along axes, of those that are there; 0 where there are none.

    Args:
        sp_input: a sparse tensor of real numbers.
        axis: an int or several; all by default.
        keepdims: whether these axes stay, with extent 1.
        output_is_sparse: whether to give a `tf.SparseTensor`.
        name: ignored.

    Values that tie share the cotangent equally.

    Raises:
        TypeError: for what is not sparse, and complex numbers.
        ValueError: (`tf.errors.InvalidArgumentError`) for axes that are not there.

    >>> import autograd_c as tf
    >>> s = tf.SparseTensor([[0, 1], [1, 0], [1, 1]], [-3.0, 4.0, 5.0], [3, 2])
    >>> print(tf.sparse.reduce_max(s, 1).numpy())
    [-3.  5.  0.]
    """
    combine = segments.unsorted_segment_max
    return _reduced("reduce_max", combine, sp_input, axis, keepdims, output_is_sparse)


# ---------------------------------------------------------------- rows of a dense tensor


def _of_rows(
    combine: Callable[..., Tensor], data: Any, indices: Any, segment_ids: Any, count: Any
) -> Tensor:
    x = _core.convert_to_tensor(data)
    which = _core.array_of(_core.convert_to_tensor(indices))
    ids = _core.array_of(_core.convert_to_tensor(segment_ids))
    if which.ndim != 1 or ids.shape != which.shape:
        raise InvalidArgumentError(
            f"indices and segment_ids are vectors of one size, got shapes {which.shape} and "
            f"{ids.shape}"
        )
    if (ids[1:] < ids[:-1]).any():
        raise InvalidArgumentError("segment ids are not increasing")
    if count is None:
        count = int(ids[-1]) + 1 if ids.size else 0
    return combine(rows(x, which), ids, count)


def segment_sum(
    data: Any,
    indices: Any,
    segment_ids: Any,
    num_segments: Any = None,
    name: str | None = None,
    sparse_gradient: bool = False,
) -> Tensor:
    """The sums of some rows, by segments.

    Args:
        data: a tensor of shape [m, ...].
        indices: which rows, integers of shape [n].
        segment_ids: the segment of each of them; these do not fall.
        num_segments: how many there are; by default one more than the last number.
        name, sparse_gradient: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for numbers that fall, and other shapes.

    >>> import autograd_c as tf
    >>> print(tf.sparse.segment_sum([1.0, 2.0, 4.0], [0, 2, 2], [0, 0, 1]).numpy())
    [5. 4.]
    """
    return _of_rows(segments.unsorted_segment_sum, data, indices, segment_ids, num_segments)


def segment_mean(
    data: Any,
    indices: Any,
    segment_ids: Any,
    num_segments: Any = None,
    name: str | None = None,
    sparse_gradient: bool = False,
) -> Tensor:
    """The means of some rows, by segments; 0 for those without rows.

    Args:
        data, indices, segment_ids, num_segments: as of `segment_sum`.
        name, sparse_gradient: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for numbers that fall, and other shapes.

    >>> import autograd_c as tf
    >>> print(tf.sparse.segment_mean([1.0, 2.0, 4.0], [0, 2, 2], [0, 0, 1]).numpy())
    [2.5 4. ]
    """
    return _of_rows(segments.unsorted_segment_mean, data, indices, segment_ids, num_segments)


def segment_sqrt_n(
    data: Any,
    indices: Any,
    segment_ids: Any,
    num_segments: Any = None,
    name: str | None = None,
    sparse_gradient: bool = False,
) -> Tensor:
    """The sums of some rows, by segments, over the root of how many there are.

    Args:
        data, indices, segment_ids, num_segments: as of `segment_sum`.
        name, sparse_gradient: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for numbers that fall, and other shapes.

    >>> import autograd_c as tf
    >>> print(tf.sparse.segment_sqrt_n([1.0, 2.0, 4.0], [0, 0, 1, 1], [0, 0, 0, 0]).numpy())
    [3.]
    """
    return _of_rows(segments.unsorted_segment_sqrt_n, data, indices, segment_ids, num_segments)
