"""Sorting, the largest elements, searching in what is sorted: ``tf.sort``, ``tf.math.top_k``."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, NamedTuple, SupportsIndex

from autograd_c.core import _core
from autograd_c.values import dtypes
from autograd_c.values.errors import InvalidArgumentError, InvalidDTypeError

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, TensorLike


class TopKV2(NamedTuple):
    """The largest elements, and where they are."""

    values: Tensor
    indices: Tensor


class ApproxTopK(NamedTuple):
    """The largest or smallest elements, and where they are."""

    values: Tensor
    indices: Tensor


def _order(
    name: str, values: TensorLike, axis: SupportsIndex, direction: str
) -> tuple[Tensor, list[int]]:
    """The tensor and the attributes of a call of `sort` or `argsort`."""
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(
            "Argument `direction` should be one of ASCENDING, DESCENDING. Received: "
            f"direction={direction}"
        )
    t = _core.convert_to_tensor(values)
    if axis is None:
        raise ValueError(f"[{name}] Argument `axis` is one integer, not None")
    return t, [direction == "DESCENDING", _place(name, t, axis)]


def _place(name: str, t: Tensor, axis: SupportsIndex) -> int:
    place = operator.index(axis)
    if not -t.ndim <= place < t.ndim:
        raise InvalidArgumentError(
            f"[{name}] axis {place} is out of range for a tensor of shape {tuple(t.shape)}"
        )
    return place % t.ndim


def sort(
    values: TensorLike,
    axis: SupportsIndex = -1,
    direction: str = "ASCENDING",
    name: str | None = None,
) -> Tensor:
    """The elements in their order along an axis.

    Args:
        values: a tensor of real numbers, of rank 1 or more.
        axis: an int, negative ones from the end.
        direction: "ASCENDING" or "DESCENDING".
        name: ignored.

    Returns:
        A tensor of the same shape and dtype. NaN is above all numbers. Equal elements keep their
        order, in both directions, and each its own cotangent.

    Raises:
        TypeError: for bool and complex dtypes.
        ValueError: for another direction, and (`tf.errors.InvalidArgumentError`) for an axis out of
            range.

    >>> import autograd_c as tf
    >>> print(tf.sort([3.0, 1.0, 2.0]).numpy())
    [1. 2. 3.]
    """
    t, attributes = _order("sort", values, axis, direction)
    return _core.apply("sort", [t], attributes)


def argsort(
    values: TensorLike,
    axis: SupportsIndex = -1,
    direction: str = "ASCENDING",
    stable: bool = False,
    name: str | None = None,
) -> Tensor:
    """The indices of the elements in their order along an axis.

    Args:
        values: a tensor of real numbers, of rank 1 or more.
        axis: an int, negative ones from the end.
        direction: "ASCENDING" or "DESCENDING".
        stable: ignored: equal elements always keep their order, in both directions.
        name: ignored.

    Returns:
        A tensor of int32 of the same shape. NaN is above all numbers.

    Raises:
        TypeError: for bool and complex dtypes.
        ValueError: for another direction, and (`tf.errors.InvalidArgumentError`) for an axis out of
            range.

    >>> import autograd_c as tf
    >>> print(tf.argsort([3.0, 1.0, 2.0]).numpy())
    [1 2 0]
    """
    t, attributes = _order("argsort", values, axis, direction)
    return _core.apply("argsort", [t], attributes)


def top_k(
    input: TensorLike,
    k: TensorLike = 1,
    sorted: bool = True,
    index_type: DTypeLike = dtypes.int32,
    name: str | None = None,
) -> TopKV2:
    """The k largest elements along the last axis, and their indices.

    Args:
        input: a tensor of real numbers, of rank 1 or more.
        k: how many, an int or a 0-d tensor.
        sorted: ignored: they always come from the largest on. (TensorFlow's order otherwise is
            any.)
        index_type: of the indices: int16, int32 or int64.
        name: ignored.

    Returns:
        A named tuple `(values, indices)` of tensors of shape [..., k]. Of equal elements the one
        with the lower index comes first, and has the cotangent. NaN is above all numbers.

    Raises:
        TypeError: for bool and complex dtypes, and other dtypes of indices.
        ValueError: (`tf.errors.InvalidArgumentError`) for a 0-d tensor, and a `k` that is negative
            or more than there are.

    >>> import autograd_c as tf
    >>> values, indices = tf.math.top_k([1.0, 5.0, 3.0], k=2)
    >>> print(values.numpy(), indices.numpy())
    [5. 3.] [1 2]
    """
    t = _core.convert_to_tensor(input)
    indices = _core.apply("top_k", [t], [operator.index(k)])  # type: ignore[arg-type]
    values = _core.apply("take_along_axis", [t, indices], [t.ndim - 1])
    if index_type is not dtypes.int32:
        dtype = dtypes.as_dtype(index_type)
        if dtype.name not in ("int16", "int32", "int64"):
            raise InvalidDTypeError(
                f"[top_k] index_type is int16, int32 or int64, not {dtype.name}"
            )
        indices = _core.cast(indices, dtype)
    return TopKV2(values, indices)


def _approx(name: str, operand: TensorLike, k: Any, axis: Any, largest: bool) -> ApproxTopK:
    t = _core.convert_to_tensor(operand)
    place = _place(name, t, axis)
    last = t.ndim - 1
    order = [d for d in range(t.ndim) if d != place] + [place]
    x = t if place == last else _core.transpose(t, order)
    if largest:
        indices = top_k(x, k)[1]
    else:
        count = operator.index(k)
        if not 0 <= count <= x.shape[-1]:
            raise InvalidArgumentError(f"[{name}] k = {count} of {x.shape[-1]} elements")
        indices = _core.apply("argsort", [x], [False, last])[..., :count]
    values = _core.apply("take_along_axis", [x, indices], [last])
    if place != last:
        back = [*range(place), last, *range(place, last)]
        values, indices = _core.transpose(values, back), _core.transpose(indices, back)
    return ApproxTopK(values, indices)


def approx_max_k(
    operand: TensorLike,
    k: TensorLike,
    reduction_dimension: SupportsIndex = -1,
    recall_target: float = 0.95,
    reduction_input_size_override: int = -1,
    aggregate_to_topk: bool = True,
    name: str | None = None,
) -> ApproxTopK:
    """The k largest elements along an axis, and their indices: exactly, as all that is asked for.

    Args:
        operand: a tensor of real numbers, of rank 1 or more.
        k: how many.
        reduction_dimension: the axis, negative ones from the end.
        recall_target: ignored, as the next two: they are about how much may be missed.
        reduction_input_size_override: ignored.
        aggregate_to_topk: ignored.
        name: ignored.

    Returns:
        A named tuple `(values, indices)`; see `top_k`.

    Raises:
        TypeError: for bool and complex dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis out of range, and a `k` that is
            negative or more than there are.

    >>> import autograd_c as tf
    >>> print(tf.math.approx_max_k([1.0, 5.0, 3.0], 2).values.numpy())
    [5. 3.]
    """
    return _approx("approx_max_k", operand, k, reduction_dimension, True)


def approx_min_k(
    operand: TensorLike,
    k: TensorLike,
    reduction_dimension: SupportsIndex = -1,
    recall_target: float = 0.95,
    reduction_input_size_override: int = -1,
    aggregate_to_topk: bool = True,
    name: str | None = None,
) -> ApproxTopK:
    """The k smallest elements along an axis, and their indices: exactly, as all that is asked for.

    Args:
        operand: a tensor of real numbers, of rank 1 or more.
        k: how many.
        reduction_dimension: the axis, negative ones from the end.
        recall_target: ignored, as the next two: they are about how much may be missed.
        reduction_input_size_override: ignored.
        aggregate_to_topk: ignored.
        name: ignored.

    Returns:
        A named tuple `(values, indices)`, from the smallest on. NaN is above all numbers.

    Raises:
        TypeError: for bool and complex dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis out of range, and a `k` that is
            negative or more than there are.

    >>> import autograd_c as tf
    >>> print(tf.math.approx_min_k([1.0, 5.0, 3.0], 2).values.numpy())
    [1. 3.]
    """
    return _approx("approx_min_k", operand, k, reduction_dimension, False)


def approx_top_k(
    input: TensorLike,
    k: TensorLike,
    reduction_dimension: SupportsIndex = -1,
    recall_target: float = 0.95,
    is_max_k: bool = True,
    reduction_input_size_override: int = -1,
    aggregate_to_topk: bool = True,
    name: str | None = None,
) -> ApproxTopK:
    """The k largest or smallest elements along an axis: `approx_max_k` or `approx_min_k`.

    Args:
        input: a tensor of real numbers, of rank 1 or more.
        k: how many.
        reduction_dimension: the axis, negative ones from the end.
        recall_target: ignored.
        is_max_k: whether the largest.
        reduction_input_size_override: ignored.
        aggregate_to_topk: ignored.
        name: ignored.

    Returns:
        A named tuple `(values, indices)`.

    Raises:
        TypeError: for bool and complex dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis out of range, and a `k` that is
            negative or more than there are.

    >>> import autograd_c as tf
    >>> print(tf.approx_top_k([1.0, 5.0, 3.0], 2, is_max_k=False).indices.numpy())
    [0 2]
    """
    return _approx("approx_top_k", input, k, reduction_dimension, bool(is_max_k))


def in_top_k(
    targets: TensorLike, predictions: TensorLike, k: TensorLike, name: str | None = None
) -> Tensor:
    """Whether the prediction for each row's target is among the row's k largest.

    Args:
        targets: n integers, the index of one prediction for each row.
        predictions: a tensor of real numbers of shape [n, classes].
        k: how many count as the largest. All that tie for the last place do.
        name: ignored.

    Returns:
        A tensor of n bools. False where the target is out of range, or a prediction of the row is
        not finite before it is decided.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit.

    >>> import autograd_c as tf
    >>> print(tf.math.in_top_k([0, 1], [[1.0, 2.0, 3.0], [1.0, 2.0, 2.0]], 2).numpy())
    [False  True]
    """
    wanted = _core.convert_to_tensor(targets)
    x = _core.convert_to_tensor(predictions)
    if x.ndim != 2 or wanted.ndim != 1 or x.shape[0] != wanted.shape[0]:
        raise InvalidArgumentError(
            f"[in_top_k] targets of shape {tuple(wanted.shape)} for predictions of shape "
            f"{tuple(x.shape)}"
        )
    if not wanted.dtype.is_integer:
        raise InvalidDTypeError(f"[in_top_k] targets must be integers, not {wanted.dtype.name}")
    x = _core.stop_gradient(x if x.dtype.is_floating else _core.cast(x, "float64"))
    last = x.shape[1] - 1
    if last < 0:
        return _core.full(wanted.shape, False, "bool")
    there = _core.apply("logical_and", [wanted >= 0, wanted <= last])
    inside = _core.select(there, wanted, _core.constant(0, wanted.dtype))
    chosen = _core.apply("take_along_axis", [x, _core.reshape(inside, [-1, 1])], [1])
    finite = _core.reduce("reduce_all", _core.apply("is_finite", [x]), 1, False)
    above = _core.reduce("reduce_sum", _core.cast(x > chosen, "int32"), 1, False)
    there = _core.apply("logical_and", [there, finite])
    return _core.apply("logical_and", [there, above < operator.index(k)])  # type: ignore[arg-type]


def searchsorted(
    sorted_sequence: TensorLike,
    values: TensorLike,
    side: str = "left",
    out_type: DTypeLike = dtypes.int32,
    name: str | None = None,
) -> Tensor:
    """Where values would go in sorted rows.

    Args:
        sorted_sequence: a tensor of real numbers of shape [..., n], sorted along the last axis.
        values: a tensor of the same dtype, of shape [..., m], with the same axes in front.
        side: "left": in front of all elements that equal the value; "right": behind them.
        out_type: int32 or int64.
        name: ignored.

    Returns:
        A tensor of `out_type` of the shape of `values`, of numbers from 0 to n.

    Raises:
        TypeError: for bool and complex dtypes, two that differ, and another `out_type`.
        ValueError: for another side, and (`tf.errors.InvalidArgumentError`) for shapes that do not
            fit.

    >>> import autograd_c as tf
    >>> print(tf.searchsorted([1.0, 3.0, 5.0], [3.0, 4.0]).numpy())
    [1 2]
    """
    if side not in ("left", "right"):
        raise ValueError(
            f"Argument `side` must be either 'right' or 'left'. Received: `side` = {side!r}."
        )
    dtype = dtypes.as_dtype(out_type)
    if dtype.name not in ("int32", "int64"):
        raise InvalidDTypeError(f"[searchsorted] out_type is int32 or int64, not {dtype.name}")
    rows, wanted = _core.operands_of("searchsorted", sorted_sequence, values)
    if rows.ndim > 1 and wanted.ndim >= 1 and rows.ndim != wanted.ndim:
        # Only how many rows there are has to agree.
        count = rows.size // rows.shape[-1] if rows.shape[-1] else 1
        if wanted.size % max(count, 1) == 0 and wanted.ndim == 1:
            flat = _core.reshape(wanted, [*rows.shape[:-1], -1])
            found = searchsorted(rows, flat, side, dtype)
            return _core.reshape(found, wanted.shape)
    return _core.apply("searchsorted", [rows, wanted], [side == "right", dtype.code])


# ---------------------------------------------------------------- whether it is


def _rises(name: str, x: TensorLike, comparison: str) -> Tensor:
    t = _core.convert_to_tensor(x)
    if t.dtype.is_bool:
        raise InvalidDTypeError(f"[{name}] Expected x to be numeric, instead found: {t}")
    flat = _core.reshape(t, [-1])
    return _core.reduce("reduce_all", _core.apply(comparison, [flat[:-1], flat[1:]]), None, False)


def is_non_decreasing(x: TensorLike, name: str | None = None) -> Tensor:
    """Whether no element, in C order, is less than the one before it.

    Args:
        x: a tensor of real numbers of any shape.
        name: ignored.

    Returns:
        A 0-d bool tensor; true for less than two elements.

    Raises:
        TypeError: for bool and complex dtypes.

    >>> import autograd_c as tf
    >>> bool(tf.math.is_non_decreasing([1.0, 1.0, 2.0]))
    True
    """
    return _rises("is_non_decreasing", x, "less_equal")


def is_strictly_increasing(x: TensorLike, name: str | None = None) -> Tensor:
    """Whether each element, in C order, is more than the one before it.

    Args:
        x: a tensor of real numbers of any shape.
        name: ignored.

    Returns:
        A 0-d bool tensor; true for less than two elements.

    Raises:
        TypeError: for bool and complex dtypes.

    >>> import autograd_c as tf
    >>> bool(tf.math.is_strictly_increasing([1.0, 1.0, 2.0]))
    False
    """
    return _rises("is_strictly_increasing", x, "less")
