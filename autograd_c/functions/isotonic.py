"""``tf.nn.isotonic_regression``."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any, NamedTuple, SupportsIndex

import numpy as np

from autograd_c.core._core import Tensor, cast, convert_to_tensor, reshape, stop_gradient, transpose
from autograd_c.functions.indexed_slices import gather
from autograd_c.functions.segments import unsorted_segment_mean
from autograd_c.values import errors

if TYPE_CHECKING:
    from autograd_c.typing import TensorLike


class IsotonicRegression(NamedTuple):
    """The regression, and which of its elements are averages of the same elements."""

    output: Tensor
    segments: Tensor


def isotonic_regression(
    inputs: TensorLike, decreasing: bool = True, axis: SupportsIndex = -1
) -> IsotonicRegression:
    """The sequences that never rise, or never fall, and are nearest to those along an axis.

    Args:
        inputs: a tensor of numbers. Integers become float64, those of up to 16 bits float32.
        decreasing: whether the sequences may not rise; else they may not fall.
        axis: the axis of the sequences.

    Returns:
        A tuple of `output`, which has the least sum of squared differences from `inputs`, and
        `segments`, int32: the number of the run of equal averages that each element is in. The
        derivative of `output` averages along these runs, wherever it exists.

    Raises:
        TypeError: for bool and complex numbers.
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis that is not there.

    The averages are found by pooling neighbours that are in the wrong order (Best and Chakravarti,
    Mathematical Programming 47, 1990).

    >>> import autograd_c as tf
    >>> output, segments = tf.nn.isotonic_regression([3.0, 1.0, 2.0, 0.5])
    >>> print(output.numpy(), segments.numpy())
    [3.  1.5 1.5 0.5] [0 1 1 2]
    """
    x = convert_to_tensor(inputs)
    if x.dtype.is_integer:
        x = cast(x, "float32" if x.dtype.size <= 2 else "float64")
    if not x.dtype.is_floating:
        raise errors.InvalidDTypeError(
            f"[isotonic_regression] needs integers or floats, not dtype {x.dtype.name}"
        )
    if x.ndim == 0:
        return IsotonicRegression(x, convert_to_tensor(np.int32(0)))
    axis = index(axis)
    if not -x.ndim <= axis < x.ndim:
        raise errors.InvalidArgumentError(
            f"[isotonic_regression] axis {axis} is out of range for shape {x.shape}"
        )
    order = [k for k in range(x.ndim) if k != axis % x.ndim] + [axis % x.ndim]
    back = [order.index(k) for k in range(x.ndim)]
    moved = transpose(x, order)
    n = moved.shape[-1]
    if moved.shape.num_elements() == 0:
        return IsotonicRegression(x, cast(x, "int32"))
    rows = np.asarray(stop_gradient(moved), np.float64).reshape(-1, n)
    numbers = np.empty(rows.shape, np.int64)
    for row, into in zip(rows if decreasing else -rows, numbers):
        into[:] = _runs(row)
    # Runs of all rows, by numbers of their own.
    places = numbers + np.arange(len(rows))[:, None] * n
    flat = places.reshape(-1)
    averages = unsorted_segment_mean(reshape(moved, [-1]), flat, flat.size)
    output = reshape(gather(averages, flat), moved.shape)
    segments = convert_to_tensor(numbers.astype(np.int32).reshape(moved.shape))
    return IsotonicRegression(transpose(output, back), transpose(segments, back))


def _runs(row: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The number of the run of each element of a sequence that shall not rise."""
    sums: list[float] = []
    counts: list[int] = []
    for x in row.tolist():
        total, count = x, 1
        while sums and sums[-1] * count < total * counts[-1]:
            total += sums.pop()
            count += counts.pop()
        sums.append(total)
        counts.append(count)
    return np.repeat(np.arange(len(counts)), np.array(counts, np.int64))
