"""Elementwise arithmetic of sparse tensors: ``tf.sparse.add``, ``maximum``, ``softmax``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.segments import unsorted_segment_max, unsorted_segment_sum
from autograd_c.functions.sparse.tensor import (
    SparseTensor,
    is_sparse,
    made,
    numbers,
    numbers_of,
    operand,
    places,
    rows,
)
from autograd_c.values.errors import InvalidArgumentError


def scaled(s: SparseTensor, x: Any, divides: bool) -> SparseTensor:
    """The products, or quotients, with a dense tensor that broadcasts to the shape."""
    name = "divide" if divides else "multiply"
    if is_sparse(x):
        raise TypeError(f"[{name}] of two sparse tensors: one of them has to be dense")
    values, y = _core.operands_of(name, s._values, x)
    shape = tuple(y.shape)
    if y.ndim:
        if y.ndim > len(s._shape) or any(
            n not in (1, m) for n, m in zip(shape[::-1], s._shape[::-1], strict=False)
        ):
            raise InvalidArgumentError(
                f"[{name}] broadcasts dense to sparse only; got shapes {s._shape} and {shape}"
            )
        at = places(s)[:, len(s._shape) - y.ndim :]
        at = np.where(np.array(shape) == 1, 0, at)
        y = rows(_core.reshape(y, [-1]), numbers_of(at, shape))
    return s.with_values(_core.divide(values, y) if divides else values * y)


# ---------------------------------------------------------------- two of one shape


def _pair(name: str, a: Any, b: Any) -> tuple[SparseTensor, SparseTensor]:
    x, y = operand(name, a), operand(name, b)
    if x._shape != y._shape:
        raise InvalidArgumentError(
            f"[{name}] Operands' shapes do not match: got {x._shape} and {y._shape}"
        )
    return x, y


def _united(a: SparseTensor, b: SparseTensor) -> tuple[Any, Any, Any]:
    """All places of two tensors in order, and which of them the values of each have."""
    both = np.concatenate([places(a), places(b)])
    number = numbers_of(both, a._shape)
    _, kept, inverse = np.unique(number, return_index=True, return_inverse=True)
    n = a._indices.shape[0]
    return both[kept], inverse[:n], inverse[n:]


def add(a: Any, b: Any, threshold: Any = 0) -> Any:
    """The sum of two sparse tensors, or of a sparse and a dense one, which is dense.

    Args:
        a, b: of one shape, one of them at least sparse.
        threshold: where both have a value, a sum whose absolute value is smaller is left out.

    Returns:
        A `tf.SparseTensor` in the order of rows, or a tensor.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that differ.
        TypeError: for dtypes that do not mix, and two dense tensors.

    >>> import autograd_c as tf
    >>> s = tf.SparseTensor([[0, 1]], [3.0], [2, 2])
    >>> print(tf.sparse.to_dense(tf.sparse.add(s, tf.sparse.eye(2))).numpy())
    [[1. 3.]
     [0. 1.]]
    """
    if not is_sparse(a) and not is_sparse(b):
        raise TypeError(
            "[add] At least one input should be SparseTensor; do you mean to use tf.add()?"
        )
    if not (is_sparse(a) and is_sparse(b)):
        s, x = (operand("add", a), b) if is_sparse(a) else (operand("add", b), a)
        values, y = _core.operands_of("add", s._values, x)
        if tuple(y.shape) != s._shape:
            raise InvalidArgumentError(
                f"[add] Two operands have different shapes: {s._shape} and {tuple(y.shape)}"
            )
        return y + _core.reshape(_core.scatter_rows(values, numbers(s), y.size), y.shape)
    s, t = _pair("add", a, b)
    at, of_s, of_t = _united(s, t)
    x, y = _core.operands_of("add", s._values, t._values)
    total = _core.scatter_rows(x, of_s, len(at)) + _core.scatter_rows(y, of_t, len(at))
    least = _core.array_of(_core.convert_to_tensor(threshold))
    if (least > 0).any():
        in_both = np.zeros(len(at), bool)
        in_both[np.intersect1d(of_s, of_t)] = True
        stays = ~in_both | (np.abs(_core.array_of(total)) >= least)
        at, total = at[stays], rows(total, np.flatnonzero(stays))
    return made(at, total, s._shape)


def _extremum(name: str, a: Any, b: Any) -> SparseTensor:
    s, t = _pair(name, a, b)
    at, of_s, of_t = _united(s, t)
    x, y = _core.operands_of(name, s._values, t._values)
    x, y = _core.scatter_rows(x, of_s, len(at)), _core.scatter_rows(y, of_t, len(at))
    return made(at, _core.apply(name, [x, y]), s._shape)


def maximum(sp_a: Any, sp_b: Any, name: str | None = None) -> SparseTensor:
    """The larger one of each two elements, at all places that one of both has.

    Args:
        sp_a, sp_b: sparse tensors of real numbers, of one shape. What has no place is 0.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that differ.
        TypeError: for what is not sparse, and dtypes that do not mix.

    >>> import autograd_c as tf
    >>> s = tf.SparseTensor([[0, 0], [0, 1]], [3.0, -1.0], [2, 2])
    >>> print(tf.sparse.maximum(s, tf.sparse.eye(2)).values.numpy())
    [3. 0. 1.]
    """
    return _extremum("maximum", sp_a, sp_b)


def minimum(sp_a: Any, sp_b: Any, name: str | None = None) -> SparseTensor:
    """The smaller one of each two elements, at all places that one of both has.

    Args:
        sp_a, sp_b: sparse tensors of real numbers, of one shape. What has no place is 0.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that differ.
        TypeError: for what is not sparse, and dtypes that do not mix.

    >>> import autograd_c as tf
    >>> s = tf.SparseTensor([[0, 0], [0, 1]], [3.0, -1.0], [2, 2])
    >>> print(tf.sparse.minimum(s, tf.sparse.eye(2)).values.numpy())
    [ 1. -1.  0.]
    """
    return _extremum("minimum", sp_a, sp_b)


# ---------------------------------------------------------------- of the values


def map_values(op: Callable[..., Any], *args: Any, **kwargs: Any) -> SparseTensor:
    """A sparse tensor with the same places, and what a function makes of the values.

    Args:
        op: a function of tensors, which returns one of shape [n].
        args, kwargs: its arguments. Of sparse tensors among them, which have the same places, it
            gets the values.

    Raises:
        ValueError: if no argument is sparse, or their places differ, or `op` returns another shape.

    >>> import autograd_c as tf
    >>> s = tf.SparseTensor([[0, 1]], [3.0], [2, 2])
    >>> print(tf.sparse.map_values(tf.square, s).values.numpy())
    [9.]
    """
    given: dict[Any, Any] = {**dict(enumerate(args)), **kwargs}
    sparse = {key: operand("map_values", x) for key, x in given.items() if is_sparse(x)}
    if not sparse:
        raise ValueError("No SparseTensor in argument list of map_values")
    first, *others = sparse.values()
    for s in others:
        if s._shape != first._shape or not np.array_equal(
            _core.array_of(s._indices), _core.array_of(first._indices)
        ):
            raise InvalidArgumentError(
                "[map_values] All SparseTensor arguments have the same indices and shape"
            )
    plain = {key: sparse[key]._values if key in sparse else x for key, x in given.items()}
    return first.with_values(
        op(*[plain[k] for k in range(len(args))], **{key: plain[key] for key in kwargs})
    )


def softmax(sp_input: Any, name: str | None = None) -> SparseTensor:
    """The softmax of the values of each row: along the last axis, over the places that are there.

    Args:
        sp_input: a sparse tensor of floats, of rank 2 or more.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for a rank below 2.
        TypeError: for what is not sparse.

    >>> import autograd_c as tf
    >>> s = tf.SparseTensor([[0, 0], [0, 2], [1, 1]], [2.0, 2.0, 5.0], [2, 3])
    >>> print(tf.sparse.softmax(s).values.numpy())
    [0.5 0.5 1. ]
    """
    s = operand("softmax", sp_input)
    if len(s._shape) < 2:
        raise InvalidArgumentError(f"[softmax] Input should have rank >= 2, but got {s._shape}")
    at = places(s)[:, :-1]
    found, inverse = np.unique(numbers_of(at, s._shape[:-1]), return_inverse=True)
    x: Tensor = s._values
    highest = _core.stop_gradient(unsorted_segment_max(x, inverse, len(found)))
    powers = _core.apply("exp", [x - rows(highest, inverse)])
    return s.with_values(powers / rows(unsorted_segment_sum(powers, inverse, len(found)), inverse))
