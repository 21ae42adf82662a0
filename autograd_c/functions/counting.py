"""How often values occur: ``tf.unique``, ``tf.math.bincount``, ``tf.math.confusion_matrix``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograd_c.core import _core
from autograd_c.functions import elementwise
from autograd_c.values import dtypes
from autograd_c.values.errors import InvalidArgumentError, InvalidDTypeError

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import AxisLike, DTypeLike, TensorLike


_floor, _is_nan = map(elementwise.named, ("floor", "math.is_nan"))
_logical_or, _maximum, _minimum = map(elementwise.named, ("logical_or", "maximum", "minimum"))


class Unique(NamedTuple):
    """Different elements, and for each element of all which of them it is."""

    y: Tensor
    idx: Tensor


class UniqueWithCounts(NamedTuple):
    """Different elements, for each element of all which of them it is, and how many of each."""

    y: Tensor
    idx: Tensor
    count: Tensor  # type: ignore[assignment]  # TensorFlow's name, in the place of tuple.count


# ---------------------------------------------------------------- different elements


def _index_dtype(operation: str, argument: str, dtype: DTypeLike) -> Any:
    found = dtypes.as_dtype(dtype)
    if found.name not in ("int32", "int64"):
        raise InvalidDTypeError(f"[{operation}] {argument} is int32 or int64, not {found.name}")
    return found.as_numpy_dtype


def _different(operation: str, x: TensorLike, out_idx: DTypeLike) -> tuple[Tensor, Tensor, Tensor]:
    t = _core.convert_to_tensor(x)
    if t.ndim != 1:
        raise InvalidArgumentError(
            f"[{operation}] unique expects a 1D vector, got shape {tuple(t.shape)}"
        )
    dtype = _index_dtype(operation, "out_idx", out_idx)
    _, first, which, counts = np.unique(
        _core.array_of(_core.stop_gradient(t)), True, True, True, equal_nan=False
    )
    order = np.argsort(first)  # by where they occur
    place = np.empty(order.size, dtype)
    place[order] = np.arange(order.size, dtype=dtype)
    y = _core.gather_rows(t, first[order])
    return y, _core.constant(place[which]), _core.constant(counts[order].astype(dtype))


def unique(x: TensorLike, out_idx: DTypeLike = dtypes.int32, name: str | None = None) -> Unique:
    """The different elements, in the order in which they first occur.

    Args:
        x: a tensor of rank 1.
        out_idx: the dtype of the indices, int32 or int64.
        name: ignored.

    Returns:
        A named tuple `(y, idx)`: the different elements, and for each element of `x` its index
        among them. Each NaN is different. The first of equal elements has the cotangent.

    Raises:
        TypeError: for another `out_idx`.
        ValueError: (`tf.errors.InvalidArgumentError`) for another rank.

    >>> import autograd_c as tf
    >>> y, idx = tf.unique([3, 1, 3, 2])
    >>> print(y.numpy(), idx.numpy())
    [3 1 2] [0 1 0 2]
    """
    y, which, _ = _different("unique", x, out_idx)
    return Unique(y, which)


def unique_with_counts(
    x: TensorLike, out_idx: DTypeLike = dtypes.int32, name: str | None = None
) -> UniqueWithCounts:
    """The different elements, in the order in which they first occur, and how often each does.

    Args:
        x: a tensor of rank 1.
        out_idx: the dtype of the indices and counts, int32 or int64.
        name: ignored.

    Returns:
        A named tuple `(y, idx, count)`; see `unique`.

    Raises:
        TypeError: for another `out_idx`.
        ValueError: (`tf.errors.InvalidArgumentError`) for another rank.

    >>> import autograd_c as tf
    >>> print(tf.unique_with_counts([3, 1, 3, 2]).count.numpy())
    [2 1 1]
    """
    return UniqueWithCounts(*_different("unique_with_counts", x, out_idx))


# ---------------------------------------------------------------- counts


def bincount(
    arr: TensorLike,
    weights: TensorLike | None = None,
    minlength: TensorLike | None = None,
    maxlength: TensorLike | None = None,
    dtype: DTypeLike = dtypes.int32,
    name: str | None = None,
    axis: int | None = None,
    binary_output: bool = False,
) -> Tensor:
    """How often each of the integers 0, 1, 2, ... occurs.

    Args:
        arr: integers that are not negative, of any shape; of rank 1 or 2 if `axis` is -1.
        weights: what is added up in the place of 1, in the shape of `arr`.
        minlength: how many counts the result has at least.
        maxlength: how many it has at most; larger numbers are passed over.
        dtype: of the result without weights.
        name: ignored.
        axis: 0 or None: all integers are counted together. -1: each row by itself.
        binary_output: whether the result is 1 for each integer that occurs, and 0 for others.

    Returns:
        A tensor of shape [n], or [rows, n], with n one more than the largest integer. It has a
        derivative by the weights.

    Raises:
        ValueError: for another axis, or weights beside `binary_output`; and
            (`tf.errors.InvalidArgumentError`) for negative numbers, and shapes that do not fit.

    >>> import autograd_c as tf
    >>> print(tf.math.bincount([1, 1, 3]).numpy(), tf.math.bincount([0, 1], [0.5, 2.0]).numpy())
    [0 2 0 1] [0.5 2. ]
    """
    if axis not in (None, 0, -1):
        raise ValueError(
            f"Unsupported value for argument axis={axis}. Only 0 and -1 are currently supported."
        )
    if binary_output and weights is not None:
        raise ValueError(
            "Arguments `binary_output` and `weights` are mutually exclusive. Please specify only "
            "one."
        )
    values = _core.cast(_core.stop_gradient(arr), "int64")
    by_row = axis == -1 and values.ndim == 2
    if axis == -1 and values.ndim > 2:
        raise InvalidArgumentError(f"[bincount] Shape must be at most rank 2 but is {values.ndim}")
    size = _count_of_bins(values, minlength, maxlength)
    rows = values.shape[0] if by_row else 1
    # Negative numbers of sums are left out, and ones that are too large are errors.
    place = _core.select(values < size, values, -1)
    if by_row:
        first = _core.constant(np.arange(rows)[:, None] * size)
        place = _core.select(place < 0, -1, place + first)
    place = _core.select(values < 0, rows * size, place)
    shape = [rows, size] if by_row else [size]
    if weights is None:
        w = _core.full(values.shape, 1, "int64")
    else:
        w = _core.convert_to_tensor(weights)
        if w.shape != values.shape:
            raise InvalidArgumentError(
                f"[bincount] `weights` must be the same shape as `arr`, got {tuple(w.shape)} and "
                f"{tuple(values.shape)}"
            )
    try:
        counts = _core.apply("segment_sum", [w, place], [False, rows * size, 0])
    except InvalidArgumentError:
        _require_whole(values)
        raise
    counts = _core.reshape(counts, shape)
    if weights is not None:
        return counts
    return _core.cast(counts > 0 if binary_output else counts, dtype)


def _require_whole(values: Tensor) -> None:
    if values.size and _core.array_of(values).min() < 0:
        raise InvalidArgumentError("[bincount] Input arr must be non-negative!")


def _count_of_bins(
    values: Tensor, minlength: TensorLike | None, maxlength: TensorLike | None
) -> int:
    """How many counts there are. Values are read if they have a say in that."""
    least = 0 if minlength is None else int(minlength)  # type: ignore[arg-type]
    most = None if maxlength is None else int(maxlength)  # type: ignore[arg-type]
    if most is not None and least >= most:
        return most
    _require_whole(values)
    size = max(least, int(_core.array_of(values).max()) + 1 if values.size else 0)
    return size if most is None else min(size, most)


def confusion_matrix(
    labels: TensorLike,
    predictions: TensorLike,
    num_classes: TensorLike | None = None,
    weights: TensorLike | None = None,
    dtype: DTypeLike = dtypes.int32,
    name: str | None = None,
) -> Tensor:
    """How often each prediction was made for each label.

    Args:
        labels: n integers that are not negative: of the rows.
        predictions: n integers that are not negative: of the columns. One of the two may have a
            further axis of extent 1.
        num_classes: how many rows and columns there are; None: one more than the largest integer.
        weights: n numbers, added up in the place of 1.
        dtype: of the result; weights are cast to it.
        name: ignored.

    Returns:
        A tensor of shape [num_classes, num_classes]. It has a derivative by the weights.

    Raises:
        ValueError: for weights of another shape; and (`tf.errors.InvalidArgumentError`) for
            integers that are negative or too large, and two of other shapes.

    >>> import autograd_c as tf
    >>> print(tf.math.confusion_matrix([0, 1, 1], [1, 1, 1]).numpy())
    [[0 1]
     [0 2]]
    """
    rows, columns = (_core.cast(_core.stop_gradient(x), "int64") for x in (labels, predictions))
    if rows.ndim == columns.ndim + 1 and rows.shape[-1] == 1:
        rows = _core.reshape(rows, rows.shape[:-1])
    elif columns.ndim == rows.ndim + 1 and columns.shape[-1] == 1:
        columns = _core.reshape(columns, columns.shape[:-1])
    if rows.ndim == 2 and rows.shape[-1] == columns.shape[-1] == 1:
        rows, columns = _core.reshape(rows, [-1]), _core.reshape(columns, [-1])
    if rows.shape != columns.shape or rows.ndim != 1:
        raise InvalidArgumentError(
            f"[confusion_matrix] labels of shape {tuple(rows.shape)} and predictions of shape "
            f"{tuple(columns.shape)}"
        )
    if num_classes is not None:
        count = int(num_classes)  # type: ignore[arg-type]
    else:
        count = max([0, *(int(_core.array_of(x).max()) + 1 for x in (rows, columns) if x.size)])
    if weights is None:
        w = _core.full(rows.shape, 1, dtype)
    else:
        w = _core.cast(weights, dtype)
        if w.shape != rows.shape:
            raise InvalidArgumentError(
                f"Shapes {tuple(rows.shape)} and {tuple(w.shape)} are incompatible"
            )
    return _core.reshape(_pairs_counted(rows, columns, count, w), [count, count])


def _pairs_counted(rows: Tensor, columns: Tensor, count: int, weights: Tensor) -> Tensor:
    """The sum of the weights of each pair of numbers below `count`, in C order.

    Whether they are below it is seen by the operation that adds up, at each run of a recorded
    function; Python reads numbers to say which are not.
    """
    squares = count * count
    # Numbers of sums that are too large are an error, but negative ones are none.
    wrong = _logical_or(
        _logical_or(rows < 0, columns < 0), _logical_or(rows >= count, columns >= count)
    )
    place = _core.select(wrong, squares, rows * count + columns)
    try:
        return _core.apply("segment_sum", [weights, place], [False, squares, 0])
    except InvalidArgumentError:
        for what, x in (("labels", rows.numpy()), ("predictions", columns.numpy())):
            if x.min() < 0:
                raise InvalidArgumentError(
                    f"[confusion_matrix] `{what}` contains negative values."
                ) from None
            if x.max() >= count:
                raise InvalidArgumentError(
                    f"[confusion_matrix] `{what}` out of bound: {x.max()} of {count} classes"
                ) from None
        raise


# ---------------------------------------------------------------- histograms


def _bins(
    operation: str, values: TensorLike, value_range: TensorLike, nbins: TensorLike
) -> tuple[Tensor, int]:
    """The number of each value's bin, and how many there are."""
    x = _core.stop_gradient(values)
    limits = _core.array_of(_core.stop_gradient(value_range))
    count = int(nbins)  # type: ignore[arg-type]
    if x.dtype.is_bool or x.dtype.is_complex:
        raise InvalidDTypeError(f"[{operation}] needs real numbers, not {x.dtype.name}")
    if count < 1:
        raise InvalidArgumentError(f"[{operation}] nbins should be a positive number, got {count}")
    if limits.shape != (2,):
        raise InvalidArgumentError(
            f"[{operation}] value_range should be a vector of 2 elements, got shape {limits.shape}"
        )
    low, high = (float(x) for x in limits)
    if not low < high:
        raise InvalidArgumentError(
            f"[{operation}] value_range should satisfy value_range[0] < value_range[1], but got "
            f"[{low}, {high}]"
        )
    if not np.isfinite([low, high]).all():
        raise InvalidArgumentError(
            f"[{operation}] value_range should be finite, but got [{low}, {high}]"
        )
    wide = _core.cast(x, "float64")
    if _core.reduce("reduce_any", _is_nan(wide), None, False):
        raise InvalidArgumentError(f"[{operation}] Histogram values must not contain NaN")
    share = _minimum(_maximum((wide - low) / (high - low), 0.0), 1.0)
    return _minimum(_core.cast(_floor(share * float(count)), "int64"), count - 1), count


def histogram_fixed_width_bins(
    values: TensorLike,
    value_range: TensorLike,
    nbins: TensorLike = 100,
    dtype: DTypeLike = dtypes.int32,
    name: str | None = None,
) -> Tensor:
    """For each value the number of the bin that it is in, of bins of equal width.

    Args:
        values: a tensor of real numbers of any shape.
        value_range: where the first bin begins and the last one ends. What is outside of it is in
            the first or the last one.
        nbins: how many there are.
        dtype: of the result, int32 or int64.
        name: ignored.

    Returns:
        A tensor of the shape of `values`.

    Raises:
        TypeError: for bool and complex dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for NaN, a range that is none or infinite,
            and a number of bins below 1.

    >>> import autograd_c as tf
    >>> print(tf.histogram_fixed_width_bins([-1.0, 1.5, 2.0, 15.0], [0.0, 5.0], 5).numpy())
    [0 1 2 4]
    """
    index_dtype = _index_dtype("histogram_fixed_width_bins", "dtype", dtype)
    bins, _ = _bins("histogram_fixed_width_bins", values, value_range, nbins)
    return _core.cast(bins, index_dtype)


def histogram_fixed_width(
    values: TensorLike,
    value_range: TensorLike,
    nbins: TensorLike = 100,
    dtype: DTypeLike = dtypes.int32,
    name: str | None = None,
) -> Tensor:
    """How many values are in each of `nbins` bins of equal width.

    Args:
        values: a tensor of real numbers of any shape.
        value_range: where the first bin begins and the last one ends. What is outside of it is in
            the first or the last one.
        nbins: how many there are.
        dtype: of the result, int32 or int64.
        name: ignored.

    Returns:
        A tensor of shape [nbins].

    Raises:
        TypeError: for bool and complex dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for NaN, a range that is none or infinite,
            and a number of bins below 1.

    >>> import autograd_c as tf
    >>> print(tf.histogram_fixed_width([-1.0, 0.0, 1.5, 2.0, 5.0, 15.0], [0.0, 5.0], 5).numpy())
    [2 1 1 0 2]
    """
    index_dtype = _index_dtype("histogram_fixed_width", "dtype", dtype)
    bins, count = _bins("histogram_fixed_width", values, value_range, nbins)
    ones = _core.full([bins.size], 1, "int64")
    flat = _core.reshape(bins, [-1])
    return _core.cast(_core.apply("segment_sum", [ones, flat], [False, count, 0]), index_dtype)


# ---------------------------------------------------------------- zeros


def count_nonzero(
    input: TensorLike,
    axis: AxisLike = None,
    keepdims: bool | None = None,
    dtype: DTypeLike = dtypes.int64,
    name: str | None = None,
) -> Tensor:
    """How many elements are not 0, over axes.

    Args:
        input: a tensor of numbers or bools.
        axis: an int, or several; negative ones from the end; all for None.
        keepdims: whether the reduced axes stay, with extent 1.
        dtype: of the result.
        name: ignored.

    Returns:
        A tensor of `dtype`. NaN is not 0. There is no derivative.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis out of range or given twice.

    >>> import autograd_c as tf
    >>> print(tf.math.count_nonzero([[0.0, 1.0], [2.0, 3.0]], axis=0).numpy())
    [1 2]
    """
    t = _core.convert_to_tensor(input)
    if not t.dtype.is_bool:
        t = _core.apply("not_equal", [t, _core.constant(0, t.dtype)])
    total = _core.reduce("reduce_sum", _core.cast(t, "int64"), axis, bool(keepdims))
    return _core.cast(total, dtype)


def zero_fraction(value: TensorLike, name: str | None = None) -> Tensor:
    """How many of the elements are 0, as a fraction of 1.

    Args:
        value: a tensor of numbers or bools.
        name: ignored.

    Returns:
        A 0-d tensor of float32; NaN for no elements. There is no derivative.

    >>> import autograd_c as tf
    >>> print(tf.math.zero_fraction([0.0, 1.0, 0.0, 2.0]).numpy())
    0.5
    """
    t = _core.convert_to_tensor(value)
    zeros = t.size - int(count_nonzero(t))
    return _core.constant(zeros / t.size if t.size else float("nan"), "float32")


def invert_permutation(x: TensorLike, name: str | None = None) -> Tensor:
    """The permutation that takes another one back.

    Args:
        x: the integers from 0 to n - 1 in any order, a tensor of rank 1.
        name: ignored.

    Returns:
        A tensor y of the same shape and dtype with y[x[i]] = i.

    Raises:
        TypeError: for numbers that are no integers.
        ValueError: (`tf.errors.InvalidArgumentError`) for another rank, and integers that occur
            twice or are out of range.

    >>> import autograd_c as tf
    >>> print(tf.math.invert_permutation([2, 0, 1]).numpy())
    [1 2 0]
    """
    t = _core.convert_to_tensor(x)
    if t.ndim != 1:
        raise InvalidArgumentError(
            f"[invert_permutation] expects a 1D vector, got shape {tuple(t.shape)}"
        )
    if not t.dtype.is_integer and t.size:
        raise InvalidDTypeError(f"[invert_permutation] needs integers, not {t.dtype.name}")
    places = np.asarray(t)
    n = places.size
    wrong = places[(places < 0) | (places >= n)]
    if wrong.size:
        raise InvalidArgumentError(f"[invert_permutation] {wrong[0]} is not between 0 and {n - 1}")
    y = np.full(n, -1, np.int64)
    y[places] = np.arange(n)
    if n and y.min() < 0:
        often = int(np.argmax(np.bincount(places) > 1))
        raise InvalidArgumentError(f"[invert_permutation] {often} is duplicated in the input.")
    return _core.constant(y.astype(places.dtype))
