"""Sums, means, products and extrema of the rows of one segment: ``tf.math.segment_sum``.

Segments are what carries the same number. `segment_sum` and its like take sorted numbers, one for
each row of the first axis; `unsorted_segment_sum` and its like take any.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from autograd_c.core import _core
from autograd_c.values.dtypes import NARROW
from autograd_c.values.errors import InvalidArgumentError, InvalidDTypeError

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import TensorLike

_F = TypeVar("_F", bound="Callable[..., Tensor]")


def _segment(numbers: str, data: str, raises: str) -> Callable[[_F], _F]:
    def document(f: _F) -> _F:
        is_sorted = "of any" not in numbers
        count = (
            ""
            if is_sorted
            else "\n        num_segments: how many segments the result has; at least one more than "
            "the\n            largest number."
        )
        shape = "[n, ...]" if is_sorted else "of the numbers' shape, then any"
        gives = (
            "[1 + the last number, ...]" if is_sorted else "[num_segments, ...], without those axes"
        )
        f.__doc__ = f"""{(f.__doc__ or "").rstrip()}

    Args:
        data: a tensor of {data}, of shape {shape}.
        segment_ids: {numbers}{count}
        name: ignored.

    Returns:
        A tensor of shape {gives}.

    Raises:
        TypeError: for {raises}, or numbers of segments that are no integers.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit, and for numbers
            out of range{" or not in order" if is_sorted else ""}.
    """
        if is_sorted:
            example = f"{f.__name__}([1.0, 2.0, 4.0], [0, 0, 1])"
        else:
            data_of = "[1.0, 6.0, 1.0, 1.0, 1.0]" if "sqrt" in f.__name__ else "[1.0, 4.0, 2.0]"
            ids = "[0, 1, 0, 0, 0]" if "sqrt" in f.__name__ else "[0, 1, 0]"
            example = f"{f.__name__}({data_of}, {ids}, 2)"
        f.__doc__ += f"""
    >>> import autograd_c as tf
    >>> print(tf.math.{example}.numpy())
    {_EXAMPLES[f.__name__.rpartition("segment_")[2]]}
    """
        return f

    return document


_EXAMPLES = {
    "sum": "[3. 4.]",
    "mean": "[1.5 4. ]",
    "prod": "[2. 4.]",
    "max": "[2. 4.]",
    "min": "[1. 4.]",
    "sqrt_n": "[2. 6.]",
}
_SORTED = "a list or tensor of n integers that do not fall, and are not negative."
_ANY = "integers of any shape, in any order. A row with a negative one is left out."


def _checked(data: TensorLike, segment_ids: TensorLike, is_sorted: bool) -> tuple[Tensor, Tensor]:
    x = _core.convert_to_tensor(data)
    ids = _core.convert_to_tensor(segment_ids)
    if not ids.dtype.is_integer:
        if ids.size == 0 and isinstance(segment_ids, (list, tuple)):
            ids = _core.cast(ids, "int32")
        else:
            raise InvalidDTypeError(f"segment_ids must be integers, not {ids.dtype.name}")
    if is_sorted:
        if ids.ndim != 1:
            raise InvalidArgumentError(
                f"segment_ids should be a vector, got shape {tuple(ids.shape)}"
            )
        if x.ndim == 0 or x.shape[0] != ids.shape[0]:
            raise InvalidArgumentError(
                "segment_ids should be the same size as dimension 0 of the input, got shapes "
                f"{tuple(ids.shape)} and {tuple(x.shape)}"
            )
    return x, ids


def _apply(name: str, x: Tensor, ids: Tensor, is_sorted: bool, count: int) -> Tensor:
    return _core.apply(name, [x, ids], [is_sorted, count, 0])


def _count(ids: Tensor) -> int:
    """How many segments sorted numbers have."""
    return int(np.asarray(ids[-1:])[0]) + 1 if ids.size else 0


def _of_sorted(name: str, data: TensorLike, segment_ids: TensorLike) -> Tensor:
    x, ids = _checked(data, segment_ids, True)
    # What is wrong with the numbers is for the operation to say.
    return _apply(name, x, ids, True, max(_count(ids), 0))


def _of_any(
    name: str, data: TensorLike, segment_ids: TensorLike, num_segments: TensorLike
) -> Tensor:
    x, ids = _checked(data, segment_ids, False)
    return _apply(name, x, ids, False, int(num_segments))  # type: ignore[arg-type]


def _sizes(x: Tensor, ids: Tensor, count: int) -> Tensor:
    """How many rows each segment has, at least 1, in axes that broadcast against its sum."""
    dtype = "float32" if x.dtype.name in NARROW else x.dtype.real_dtype
    ones = _core.full(ids.shape, 1, dtype)
    sizes = _core.apply("segment_sum", [ones, ids], [False, count, 0])
    return _core.reshape(_at_least_one(sizes), [count] + [1] * (x.ndim - ids.ndim))


def _at_least_one(sizes: Tensor) -> Tensor:
    return _core.apply("maximum", [sizes, _core.constant(1, sizes.dtype)])


def _prod(x: Tensor, ids: Tensor, count: int) -> Tensor:
    """Products of the rows of each segment, in pairs: exact where elements are 0, to any order."""
    numbers: np.ndarray[Any, Any] = np.asarray(ids).reshape(-1)
    if x.dtype.is_bool:
        raise InvalidDTypeError("[segment_prod] needs numbers, not bool")
    half = x.dtype.name in NARROW
    rows = _core.reshape(x, [numbers.size, *x.shape[ids.ndim :]])
    if half:
        rows = _core.cast(rows, "float32")
    order = np.argsort(numbers, kind="stable")
    order = order[int(np.searchsorted(numbers[order], 0)) :]  # those in a segment
    rows = _core.gather_rows(rows, order)
    numbers = numbers[order]
    one = _core.full([1, *rows.shape[1:]], 1, rows.dtype)  # stands behind the rows
    while True:
        n = numbers.size
        begins = np.flatnonzero(np.append(True, numbers[1:] != numbers[:-1])[:n])
        rows = _core.concat([rows, one], 0)
        if begins.size == n:
            break
        place = np.arange(n) - np.repeat(begins, np.diff(np.append(begins, n)))
        left = np.flatnonzero(place % 2 == 0)
        right = left + 1
        alone = (right == n) | (numbers[np.minimum(right, n - 1)] != numbers[left])
        right = np.where(alone, n, right)
        rows = _core.gather_rows(rows, left) * _core.gather_rows(rows, right)
        numbers = numbers[left]
    where = np.full(count, n, np.int64)
    where[numbers] = np.arange(n)
    y = _core.gather_rows(rows, where)
    return _core.cast(y, x.dtype) if half else y


def _check_numbers(x: Tensor, ids: Tensor, is_sorted: bool, count: int) -> None:
    """Raise for numbers that `segment_sum` would refuse."""
    _apply("segment_sum", _core.full(ids.shape, 0, "float32"), ids, is_sorted, count)
    if tuple(x.shape[: ids.ndim]) != tuple(ids.shape):
        raise InvalidArgumentError(
            f"data.shape = {tuple(x.shape)} does not start with segment_ids.shape = "
            f"{tuple(ids.shape)}"
        )


# ---------------------------------------------------------------- sorted


@_segment(_SORTED, "numbers", "dtype bool")
def segment_sum(data: TensorLike, segment_ids: TensorLike, name: str | None = None) -> Tensor:
    """The sum of the rows of each segment; 0 for one without rows."""
    return _of_sorted("segment_sum", data, segment_ids)


@_segment(_SORTED, "numbers", "dtype bool")
def segment_mean(data: TensorLike, segment_ids: TensorLike, name: str | None = None) -> Tensor:
    """The mean of the rows of each segment; 0 for one without rows.

    Of integers it is rounded towards 0.
    """
    x, ids = _checked(data, segment_ids, True)
    count = max(_count(ids), 0)
    wide = _core.cast(x, "float32") if x.dtype.name in NARROW else x
    if x.dtype.is_integer:
        wide = _core.cast(x, "int64" if x.dtype.size < 8 else x.dtype)
    sums = _apply("segment_sum", wide, ids, True, count)
    sizes = _sizes(wide, ids, count)
    if x.dtype.is_integer:
        quotient = _core.select(sums < 0, -(-sums // sizes), sums // sizes)
        return _core.cast(quotient, x.dtype)
    return _core.cast(sums / _core.cast(sizes, sums.dtype), x.dtype)


@_segment(_SORTED, "numbers", "dtype bool")
def segment_prod(data: TensorLike, segment_ids: TensorLike, name: str | None = None) -> Tensor:
    """The product of the rows of each segment; 1 for one without rows.

    Its derivatives are right where elements are 0.
    """
    x, ids = _checked(data, segment_ids, True)
    count = max(_count(ids), 0)
    _check_numbers(x, ids, True, count)
    return _prod(x, ids, count)


@_segment(_SORTED, "real numbers", "bool and complex dtypes")
def segment_max(data: TensorLike, segment_ids: TensorLike, name: str | None = None) -> Tensor:
    """The largest elements among the rows of each segment; 0 for one without rows.

    Elements that tie share the cotangent equally.
    """
    return _of_sorted("segment_max", data, segment_ids)


@_segment(_SORTED, "real numbers", "bool and complex dtypes")
def segment_min(data: TensorLike, segment_ids: TensorLike, name: str | None = None) -> Tensor:
    """The smallest elements among the rows of each segment; 0 for one without rows.

    Elements that tie share the cotangent equally.
    """
    return _of_sorted("segment_min", data, segment_ids)


# ---------------------------------------------------------------- in any order


@_segment(_ANY, "numbers", "dtype bool")
def unsorted_segment_sum(
    data: TensorLike, segment_ids: TensorLike, num_segments: TensorLike, name: str | None = None
) -> Tensor:
    """The sum of the rows of each segment; 0 for one without rows."""
    return _of_any("segment_sum", data, segment_ids, num_segments)


@_segment(_ANY, "numbers", "dtype bool")
def unsorted_segment_mean(
    data: TensorLike, segment_ids: TensorLike, num_segments: TensorLike, name: str | None = None
) -> Tensor:
    """The mean of the rows of each segment, of integers in float64; 0 for one without rows."""
    x, ids = _checked(data, segment_ids, False)
    return _divided(x, ids, int(num_segments), False)  # type: ignore[arg-type]


@_segment(_ANY, "floats or complex numbers", "other dtypes")
def unsorted_segment_sqrt_n(
    data: TensorLike, segment_ids: TensorLike, num_segments: TensorLike, name: str | None = None
) -> Tensor:
    """The sum of the rows of each segment over the root of their count; 0 for one without rows."""
    x, ids = _checked(data, segment_ids, False)
    if not (x.dtype.is_floating or x.dtype.is_complex):
        raise InvalidDTypeError(
            f"[unsorted_segment_sqrt_n] needs floats or complex numbers, not {x.dtype.name}"
        )
    return _divided(x, ids, int(num_segments), True)  # type: ignore[arg-type]


def _divided(x: Tensor, ids: Tensor, count: int, root: bool) -> Tensor:
    """The sums of the rows of each segment, divided by their count or its root."""
    wide = _core.cast(x, "float32") if x.dtype.name in NARROW else x
    sums = _apply("segment_sum", wide, ids, False, count)
    if x.dtype.is_integer:
        return _core.divide(sums, _sizes(wide, ids, count))
    sizes = _sizes(wide, ids, count)
    if root:
        sizes = _core.apply("sqrt", [sizes])
    return _core.cast(sums / _core.cast(sizes, sums.dtype), x.dtype)


@_segment(_ANY, "numbers", "dtype bool")
def unsorted_segment_prod(
    data: TensorLike, segment_ids: TensorLike, num_segments: TensorLike, name: str | None = None
) -> Tensor:
    """The product of the rows of each segment; 1 for one without rows.

    Its derivatives are right where elements are 0.
    """
    x, ids = _checked(data, segment_ids, False)
    count = int(num_segments)  # type: ignore[arg-type]
    _check_numbers(x, ids, False, count)
    return _prod(x, ids, count)


@_segment(_ANY, "real numbers", "bool and complex dtypes")
def unsorted_segment_max(
    data: TensorLike, segment_ids: TensorLike, num_segments: TensorLike, name: str | None = None
) -> Tensor:
    """The largest elements among the rows of each segment; for one without rows the lowest finite
    number of the dtype.

    Elements that tie share the cotangent equally.
    """
    return _of_any("segment_max", data, segment_ids, num_segments)


@_segment(_ANY, "real numbers", "bool and complex dtypes")
def unsorted_segment_min(
    data: TensorLike, segment_ids: TensorLike, num_segments: TensorLike, name: str | None = None
) -> Tensor:
    """The smallest elements among the rows of each segment; for one without rows the highest finite
    number of the dtype.

    Elements that tie share the cotangent equally.
    """
    return _of_any("segment_min", data, segment_ids, num_segments)
