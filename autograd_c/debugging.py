"""``tf.debugging``: checks that raise where values, shapes or dtypes are not what they should be.

A check returns None, or, where it says so, its tensor; it is not recorded, but for the gradient of
`check_numerics`. What it raises says what was asked for and shows the elements that fail:

>>> import autograd_c as tf
>>> try:
...     tf.debugging.assert_less([1.0, 5.0], 3.0, message="too hot")
... except tf.errors.InvalidArgumentError as error:
...     print(error)
too hot
Condition x < y did not hold for 1 of 2 elements.
Indices of the first 1: [[1]]
x there: [5.]
y there: [3.]
x (shape=(2,) dtype=float32) = [1. 5.]
y (shape=() dtype=float32) = [3.]
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from autograd_c import math as _math
from autograd_c.checks.numerics import disable_check_numerics, enable_check_numerics
from autograd_c.checks.switches import (
    disable_detached_warnings,
    disable_mixed_float_warnings,
    enable_detached_warnings,
    enable_mixed_float_warnings,
)
from autograd_c.core import _core
from autograd_c.core._core import Tensor, Variable
from autograd_c.values import dtypes
from autograd_c.values.errors import InvalidArgumentError, InvalidDTypeError

if TYPE_CHECKING:
    from autograd_c.typing import DTypeLike, TensorLike
    from autograd_c.values.dtypes import DType

__all__ = [
    "Assert",
    "assert_all_finite",
    "assert_equal",
    "assert_greater",
    "assert_greater_equal",
    "assert_integer",
    "assert_less",
    "assert_less_equal",
    "assert_near",
    "assert_negative",
    "assert_non_negative",
    "assert_non_positive",
    "assert_none_equal",
    "assert_positive",
    "assert_proper_iterable",
    "assert_rank",
    "assert_rank_at_least",
    "assert_rank_in",
    "assert_same_float_dtype",
    "assert_scalar",
    "assert_shapes",
    "assert_type",
    "check_numerics",
    "disable_check_numerics",
    "disable_detached_warnings",
    "disable_mixed_float_warnings",
    "enable_check_numerics",
    "enable_detached_warnings",
    "enable_mixed_float_warnings",
    "is_numeric_tensor",
]

convert = _core.convert_to_tensor

_Array = np.ndarray[Any, Any]


# ---------------------------------------------------------------- how it is said


def _prefix(message: object, separator: str) -> str:
    return "" if message is None or message == "" else f"{message}{separator}"


def _count(summarize: int | None) -> int | None:
    """How many elements to show, None for all: 3 if nothing is said, all for -1."""
    if summarize is None:
        return 3
    return None if summarize < 0 else summarize


def _some(a: _Array, count: int | None) -> str:
    """The first elements of an array, in one line."""
    flat = a.ravel()[:count]
    text = np.array2string(flat, threshold=flat.size + 1, max_line_width=10**9)
    return text if flat.size == a.size else f"{text[:-1]} ...]"


def _described(name: str, a: _Array, count: int | None) -> str:
    return f"{name} (shape={a.shape} dtype={a.dtype}) = {_some(a, count)}"


def _kind(x: Tensor) -> str:
    return f"a tensor of shape {tuple(x.shape)} and dtype {x.dtype.name}"


def _failed(
    condition: str,
    holds: _Array,
    operands: dict[str, _Array],
    message: object,
    summarize: int | None,
    remark: str = "",
) -> InvalidArgumentError:
    """The exception for a condition that does not hold for all elements."""
    count = _count(summarize)
    where = np.argwhere(~holds)
    lines = [
        f"{_prefix(message, chr(10))}Condition {condition} did not hold for {len(where)} of "
        f"{holds.size} elements{remark}."
    ]
    shown = where[:count]
    if holds.ndim:
        lines.append(f"Indices of the first {len(shown)}: {shown.tolist()}")
        for name, a in operands.items():
            there = np.broadcast_to(a, holds.shape)[~holds]
            lines.append(f"{name} there: {_some(there[: len(shown)], None)}")
    lines += [_described(name, a, count) for name, a in operands.items()]
    return InvalidArgumentError("\n".join(lines))


# ---------------------------------------------------------------- finite numbers


def check_numerics(tensor: TensorLike, message: str, name: str | None = None) -> Tensor:
    """The tensor as it is, if all its elements are finite; so must be its gradient's.

    Args:
        tensor: of a floating dtype, or what `convert_to_tensor` takes.
        message: a string to begin the error with.
        name: ignored.

    Returns:
        A tensor of the same value; recorded.

    Raises:
        TypeError: if `message` is no string, or for a dtype that is not floating.
        InvalidArgumentError: if an element is infinite or NaN; later, from
            `GradientTape.gradient`, if an element of the cotangent is.

    >>> import autograd_c as tf
    >>> print(tf.debugging.check_numerics([1.0, 2.0], "weights").numpy())
    [1. 2.]
    >>> tf.debugging.check_numerics(tf.math.log([1.0, 0.0]), "weights")
    Traceback (most recent call last):
    autograd_c.errors.InvalidArgumentError: weights : Tensor had Inf values: 1 of 2 elements, the
    first at index [1], in a tensor of shape (2,) and dtype float32
    """
    if not isinstance(message, str):
        raise TypeError(f"Expected string for argument 'message' not {message!r}.")
    x = convert(tensor)
    if not x.dtype.is_floating:
        raise InvalidDTypeError(f"[check_numerics] needs floats, got {_kind(x)}")
    _raise_unless_finite(x, message)

    def rule(cotangents: list[Tensor], wanted: list[bool]) -> list[Tensor]:
        told = f"Not a number (NaN) or infinity (Inf) values detected in gradient. {message}"
        return [check_numerics(cotangents[0], told)]

    [checked] = _core.record_custom([x], [x], rule)
    return checked


def _raise_unless_finite(x: Tensor, message: str) -> None:
    a = _core.array_of(x)
    finite = np.isfinite(a)
    if finite.all():
        return
    nan = bool(np.isnan(a).any())
    infinite = bool(np.isinf(a).any())
    which = " and ".join(["Inf"] * infinite + ["NaN"] * nan)
    bad = np.argwhere(~finite)
    place = f", the first at index {bad[0].tolist()}" if a.ndim else ""
    raise InvalidArgumentError(
        f"{message} : Tensor had {which} values: {len(bad)} of {a.size} elements{place}, in "
        f"{_kind(x)}"
    )


def assert_all_finite(x: TensorLike, message: str, name: str | None = None) -> Tensor:
    """The same as `check_numerics`, under its other name.

    >>> import autograd_c as tf
    >>> print(tf.debugging.assert_all_finite([1.0, 2.0], "weights").numpy())
    [1. 2.]
    """
    return check_numerics(x, message, name)


# ---------------------------------------------------------------- two tensors


def _compare(
    operation: Callable[..., Tensor],
    symbol: str,
    x: TensorLike,
    y: TensorLike,
    message: object,
    summarize: int | None,
) -> None:
    holds = _core.array_of(operation(x, y))
    if not holds.all():
        operands = {"x": _core.array_of(convert(x)), "y": _core.array_of(convert(y))}
        raise _failed(f"x {symbol} y", holds, operands, message, summarize)


def assert_equal(
    x: TensorLike,
    y: TensorLike,
    message: object = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """Raises unless x == y for every pair of elements. NaN is equal to nothing.

    Args:
        x, y: tensors that broadcast, or what `convert_to_tensor` takes.
        message: to begin the error with.
        summarize: how many elements the error shows; 3 by default, all for -1.
        name: ignored.

    Raises:
        InvalidArgumentError: if an element differs, or the shapes do not broadcast.
        TypeError: for dtypes that do not mix.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_equal([1, 2], [1, 2])
    >>> tf.assert_equal(tf.constant([1, 2, 3]).shape, (2,), message="lengths")
    Traceback (most recent call last):
    autograd_c.errors.InvalidArgumentError: lengths
    Condition x == y did not hold for 1 of 1 elements.
    ...
    """
    _compare(_math.equal, "==", x, y, message, summarize)


def assert_none_equal(
    x: TensorLike,
    y: TensorLike,
    summarize: int | None = None,
    message: object = None,
    name: str | None = None,
) -> None:
    """Raises unless x != y for every pair of elements.

    Args:
        x, y: tensors that broadcast, or what `convert_to_tensor` takes.
        summarize: how many elements the error shows; 3 by default, all for -1.
        message: to begin the error with.
        name: ignored.

    Raises:
        InvalidArgumentError: if elements are equal, or the shapes do not broadcast.
        TypeError: for dtypes that do not mix.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_none_equal([1, 2], [2, 1])
    """
    _compare(_math.not_equal, "!=", x, y, message, summarize)


def assert_less(
    x: TensorLike,
    y: TensorLike,
    message: object = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """Raises unless x < y for every pair of elements; NaN fails.

    Args:
        x, y: real tensors that broadcast, or what `convert_to_tensor` takes.
        message: to begin the error with.
        summarize: how many elements the error shows; 3 by default, all for -1.
        name: ignored.

    Raises:
        InvalidArgumentError: if a pair fails, or the shapes do not broadcast.
        TypeError: for bool and complex dtypes, or dtypes that do not mix.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_less([1, 2], 3)
    """
    _compare(_math.less, "<", x, y, message, summarize)


def assert_less_equal(
    x: TensorLike,
    y: TensorLike,
    message: object = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """Raises unless x <= y for every pair of elements; NaN fails.

    Args:
        x, y: real tensors that broadcast, or what `convert_to_tensor` takes.
        message: to begin the error with.
        summarize: how many elements the error shows; 3 by default, all for -1.
        name: ignored.

    Raises:
        InvalidArgumentError: if a pair fails, or the shapes do not broadcast.
        TypeError: for bool and complex dtypes, or dtypes that do not mix.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_less_equal([1, 2], 2)
    """
    _compare(_math.less_equal, "<=", x, y, message, summarize)


def assert_greater(
    x: TensorLike,
    y: TensorLike,
    message: object = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """Raises unless x > y for every pair of elements; NaN fails.

    Args:
        x, y: real tensors that broadcast, or what `convert_to_tensor` takes.
        message: to begin the error with.
        summarize: how many elements the error shows; 3 by default, all for -1.
        name: ignored.

    Raises:
        InvalidArgumentError: if a pair fails, or the shapes do not broadcast.
        TypeError: for bool and complex dtypes, or dtypes that do not mix.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_greater([1, 2], 0)
    """
    _compare(_math.greater, ">", x, y, message, summarize)


def assert_greater_equal(
    x: TensorLike,
    y: TensorLike,
    message: object = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """Raises unless x >= y for every pair of elements; NaN fails.

    Args:
        x, y: real tensors that broadcast, or what `convert_to_tensor` takes.
        message: to begin the error with.
        summarize: how many elements the error shows; 3 by default, all for -1.
        name: ignored.

    Raises:
        InvalidArgumentError: if a pair fails, or the shapes do not broadcast.
        TypeError: for bool and complex dtypes, or dtypes that do not mix.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_greater_equal([1, 2], 1)
    """
    _compare(_math.greater_equal, ">=", x, y, message, summarize)


def assert_near(
    x: TensorLike,
    y: TensorLike,
    rtol: TensorLike | None = None,
    atol: TensorLike | None = None,
    message: object = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """Raises unless |x - y| < atol + rtol * |y| for every pair of elements.

    As in TensorFlow the difference must be less than the tolerance: with both tolerances 0 nothing
    is near, and neither NaN nor infinities are near anything.

    Args:
        x, y: tensors of floats or complex numbers that broadcast. What is no tensor takes the dtype
            of the other one.
        rtol, atol: numbers or tensors that broadcast. By default, 10 times the machine epsilon, of
            the coarser of the two dtypes.
        message: to begin the error with.
        summarize: how many elements the error shows; 3 by default, all for -1.
        name: ignored.

    Raises:
        InvalidArgumentError: if a pair differs by more, or the shapes do not broadcast.
        TypeError: for integers and bool.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_near(tf.constant([0.1, 0.2]) * 3, [0.3, 0.6])
    >>> tf.debugging.assert_near([1.0, 2.0], [1.0, 2.1], atol=0.2)
    """
    if _core.is_tensor(y) and not _core.is_tensor(x):
        b = convert(y)
        a = convert(x, b.dtype)
    else:
        a = convert(x)
        b = convert(y) if _core.is_tensor(y) else convert(y, a.dtype)
    epsilon = 0.0
    for tensor in (a, b):
        if not (tensor.dtype.is_floating or tensor.dtype.is_complex):
            raise InvalidDTypeError(f"[assert_near] needs inexact numbers, got {_kind(tensor)}")
        epsilon = max(epsilon, float(np.finfo(tensor.dtype.as_numpy_dtype).eps))
    relative = _core.array_of(10 * epsilon if rtol is None else convert(rtol))
    absolute = _core.array_of(10 * epsilon if atol is None else convert(atol))
    # What is compared are the numbers alone: nothing of this is to be recorded.
    difference = _math.abs(_core.stop_gradient(a) - _core.stop_gradient(b))
    allowed = absolute + relative * np.abs(_core.array_of(b))
    holds = _core.array_of(difference) < allowed
    if not holds.all():
        operands = {"x": _core.array_of(a), "y": _core.array_of(b)}
        count = _count(summarize)
        remark = (
            f" (x and y not equal to tolerance rtol = {_number(relative, count)}, "
            f"atol = {_number(absolute, count)}; the largest difference is "
            f"{np.max(difference)})"
        )
        raise _failed("|x - y| < atol + rtol * |y|", holds, operands, message, summarize, remark)


def _number(a: _Array, count: int | None) -> str:
    return str(a) if a.ndim == 0 else _some(a, count)


# ---------------------------------------------------------------- one tensor


def _signed(
    operation: Callable[..., Tensor],
    symbol: str,
    x: TensorLike,
    message: object,
    summarize: int | None,
) -> None:
    tensor = convert(x)
    holds = _core.array_of(operation(tensor, 0))
    if not holds.all():
        operands = {"x": _core.array_of(tensor)}
        raise _failed(f"x {symbol} 0", holds, operands, message, summarize)


def assert_positive(
    x: TensorLike, message: object = None, summarize: int | None = None, name: str | None = None
) -> None:
    """Raises unless x > 0 for every element; NaN fails.

    Args:
        x: a real tensor, or what `convert_to_tensor` takes.
        message: to begin the error with.
        summarize: how many elements the error shows; 3 by default, all for -1.
        name: ignored.

    Raises:
        InvalidArgumentError: if an element fails.
        TypeError: for bool and complex dtypes.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_positive([1.0, 0.5])
    """
    _signed(_math.greater, ">", x, message, summarize)


def assert_negative(
    x: TensorLike, message: object = None, summarize: int | None = None, name: str | None = None
) -> None:
    """Raises unless x < 0 for every element; NaN fails.

    Args:
        x: a real tensor, or what `convert_to_tensor` takes.
        message: to begin the error with.
        summarize: how many elements the error shows; 3 by default, all for -1.
        name: ignored.

    Raises:
        InvalidArgumentError: if an element fails.
        TypeError: for bool and complex dtypes.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_negative([-1.0, -0.5])
    """
    _signed(_math.less, "<", x, message, summarize)


def assert_non_negative(
    x: TensorLike, message: object = None, summarize: int | None = None, name: str | None = None
) -> None:
    """Raises unless x >= 0 for every element; NaN fails.

    Args:
        x: a real tensor, or what `convert_to_tensor` takes.
        message: to begin the error with.
        summarize: how many elements the error shows; 3 by default, all for -1.
        name: ignored.

    Raises:
        InvalidArgumentError: if an element fails.
        TypeError: for bool and complex dtypes.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_non_negative([1.0, 0.0])
    """
    _signed(_math.greater_equal, ">=", x, message, summarize)


def assert_non_positive(
    x: TensorLike, message: object = None, summarize: int | None = None, name: str | None = None
) -> None:
    """Raises unless x <= 0 for every element; NaN fails.

    Args:
        x: a real tensor, or what `convert_to_tensor` takes.
        message: to begin the error with.
        summarize: how many elements the error shows; 3 by default, all for -1.
        name: ignored.

    Raises:
        InvalidArgumentError: if an element fails.
        TypeError: for bool and complex dtypes.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_non_positive([-1.0, 0.0])
    """
    _signed(_math.less_equal, "<=", x, message, summarize)


# ---------------------------------------------------------------- ranks and shapes


def _rank(rank: Any) -> int:
    try:
        return operator.index(rank)
    except TypeError:
        if np.ndim(rank):
            raise InvalidArgumentError(f"Rank must be a scalar, got {rank!r}") from None
        raise TypeError(f"rank must be an integer, not {rank!r}") from None


def _check_rank(x: TensorLike, holds: Callable[[int], bool], wanted: str, message: object) -> None:
    tensor = convert(x)
    if not holds(tensor.ndim):
        raise InvalidArgumentError(
            f"{_prefix(message, '.  ')}Tensor must have {wanted}.  Received rank {tensor.ndim}, "
            f"shape {tuple(tensor.shape)}"
        )


def assert_rank(
    x: TensorLike, rank: SupportsIndex, message: object = None, name: str | None = None
) -> None:
    """Raises unless `x` has so many dimensions.

    Args:
        x: a tensor, or what `convert_to_tensor` takes.
        rank: an int, or a 0-d tensor of one.
        message: to begin the error with.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for another rank.
        TypeError: if `rank` is no integer.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_rank(tf.zeros([2, 3]), 2)
    """
    number = _rank(rank)
    _check_rank(x, lambda n: n == number, f"rank {number}", message)


def assert_rank_at_least(
    x: TensorLike, rank: SupportsIndex, message: object = None, name: str | None = None
) -> None:
    """Raises unless `x` has so many dimensions or more.

    Args:
        x: a tensor, or what `convert_to_tensor` takes.
        rank: an int, or a 0-d tensor of one.
        message: to begin the error with.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for a lower rank.
        TypeError: if `rank` is no integer.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_rank_at_least(tf.zeros([2, 3]), 1)
    """
    number = _rank(rank)
    _check_rank(x, lambda n: n >= number, f"rank at least {number}", message)


def assert_rank_in(
    x: TensorLike, ranks: Iterable[SupportsIndex], message: object = None, name: str | None = None
) -> None:
    """Raises unless the number of dimensions of `x` is one of several.

    Args:
        x: a tensor, or what `convert_to_tensor` takes.
        ranks: ints.
        message: to begin the error with.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for another rank.
        TypeError: if `ranks` are no integers.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_rank_in(tf.zeros([2, 3]), (1, 2))
    """
    numbers = tuple(_rank(rank) for rank in ranks)
    _check_rank(x, lambda n: n in numbers, f"rank in {numbers}", message)


def assert_scalar(tensor: TensorLike, message: object = None, name: str | None = None) -> None:
    """Raises unless the tensor has no dimensions.

    Args:
        tensor: a tensor, or what `convert_to_tensor` takes.
        message: to begin the error with.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for another rank.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_scalar(tf.reduce_sum([1.0, 2.0]))
    """
    x = convert(tensor)
    if x.ndim:
        raise InvalidArgumentError(
            f"{_prefix(message, '.  ')}Expected scalar shape, saw shape: {tuple(x.shape)}."
        )


_Shapes = Mapping[Any, Any] | Iterable[tuple[Any, Any]]


def assert_shapes(
    shapes: _Shapes,
    data: object = None,
    summarize: int | None = None,
    message: object = None,
    name: str | None = None,
) -> None:
    """Raises unless tensors have given shapes, in which names stand for equal extents.

    Args:
        shapes: pairs of a tensor, or what `convert_to_tensor` takes, and its shape; or a dict from
            `tensor.ref()` to the shape. A shape is a list, a tuple, or a string with one character
            for each axis. Its entries are extents, as ints or digits; None or "." for any extent;
            or names, such as "N" (anything that can be hashed): wherever one occurs the extent must
            be the same. The first entry may be `...` or "*", for any number of axes that are not
            looked at. None instead of a shape allows any.
        data, summarize: ignored.
        message: to begin the error with.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) if a tensor has another shape, or a shape
            cannot be understood.

    As in TensorFlow, a number counts as a vector of one element: a 0-d tensor fits the shapes (1,)
    and (), and so does a vector of one element.

    >>> import autograd_c as tf
    >>> x, w = tf.zeros([7, 3]), tf.zeros([3, 2])
    >>> tf.debugging.assert_shapes([(x, "NI"), (w, ("I", "O")), (x, (..., 3))])
    >>> tf.debugging.assert_shapes([(x, "NI"), (w, "NO")])
    Traceback (most recent call last):
    autograd_c.errors.InvalidArgumentError: Dimension 0 of a tensor of shape (3, 2) and dtype
    float32 must have size 7: 'N' is specified by dimension 0 of a tensor of shape (7, 3) and dtype
    float32. Received size 3.
    """
    start = _prefix(message, ".  ")
    pairs = shapes.items() if isinstance(shapes, Mapping) else shapes
    known: dict[Any, tuple[int, str]] = {}
    for given, spec in pairs:
        x = convert(given.deref() if hasattr(given, "deref") else given)
        if spec is None:
            continue
        entries, extents, first = _aligned(x, spec, start)
        for axis, (entry, extent) in enumerate(zip(entries, extents), start=first):
            if entry is None or (isinstance(entry, str) and entry == "."):
                continue
            here = f"dimension {axis} of {_kind(x)}"
            size = _extent(entry)
            if size is not None:
                origin = "it is specified explicitly"
            else:
                size, by = known.setdefault(entry, (extent, here))
                origin = f"{entry!r} is specified by {by}"
            if extent != size:
                raise InvalidArgumentError(
                    f"{start}{here.capitalize()} must have size {size}: {origin}. Received size "
                    f"{extent}."
                )


def _aligned(x: Tensor, spec: Any, start: str) -> tuple[list[Any], list[int], int]:
    """The entries of a shape, the extents they are for, and the first one's axis."""
    if not hasattr(spec, "__iter__") or (_core.is_tensor(spec) and spec.ndim == 0):
        raise InvalidArgumentError(
            f"{start}The shape specified for {_kind(x)} must be iterable, not {spec!r}"
        )
    entries, extents = list(spec), list(x.shape)
    anything = bool(entries) and _is_ellipsis(entries[0])
    if anything:
        entries = entries[1:]
    for k, entry in enumerate(entries):
        if _is_ellipsis(entry):
            raise InvalidArgumentError(
                f"{start}The shape {spec!r} specified for {_kind(x)} has `...` or `*` as entry "
                f"{k + anything}; only the first entry can be for any number of axes"
            )
    # A number fits where a vector of one element does, and the other way round.
    if len(entries) <= 1 and not extents:
        extents = [1] * len(entries)
    elif not entries and not anything and extents == [1]:
        return [], [], 0
    first = len(extents) - len(entries)
    if first < 0 or (first and not anything):
        wanted = f"rank {'at least ' if anything else ''}{len(entries)}"
        _check_rank(x, lambda n: False, wanted, start.removesuffix(".  "))
    return entries, extents[first:], first


def _is_ellipsis(entry: Any) -> bool:
    return entry is Ellipsis or (isinstance(entry, str) and entry in ("*", "..."))


def _extent(entry: Any) -> int | None:
    """The extent that an entry of a shape demands, None if it is a name."""
    if isinstance(entry, str):
        return int(entry) if entry.isdigit() else None
    try:
        return operator.index(entry)
    except TypeError:
        return None


# ---------------------------------------------------------------- dtypes and kinds


def assert_type(
    tensor: TensorLike, tf_type: DTypeLike, message: object = None, name: str | None = None
) -> None:
    """Raises unless the tensor has the given dtype.

    Args:
        tensor: a tensor, or what `convert_to_tensor` takes.
        tf_type: what `as_dtype` takes.
        message: to begin the error with.
        name: ignored.

    Raises:
        TypeError: for another dtype, or if `tf_type` is no dtype.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_type(tf.constant([1.0]), tf.float32)
    """
    wanted = dtypes.as_dtype(tf_type)
    x = convert(tensor)
    if x.dtype is not wanted:
        raise InvalidDTypeError(
            f"{_prefix(message, '.  ')}tensor must be of type {wanted!r}; got {x.dtype!r}"
        )


def assert_integer(x: TensorLike, message: object = None, name: str | None = None) -> None:
    """Raises unless the tensor is of an integer dtype; bool is none.

    Args:
        x: a tensor, or what `convert_to_tensor` takes.
        message: to begin the error with.
        name: ignored.

    Raises:
        TypeError: for other dtypes.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_integer(tf.constant([1, 2]))
    """
    tensor = convert(x)
    if not tensor.dtype.is_integer:
        raise InvalidDTypeError(
            f'{_prefix(message, ".  ")}Expected "x" to be integer type.  Found: {_kind(tensor)}'
        )


def assert_same_float_dtype(
    tensors: Sequence[Any] | None = None, dtype: DTypeLike | None = None
) -> DType:
    """The floating dtype that all the tensors have.

    Args:
        tensors: tensors, Variables or NumPy arrays; None among them is passed over.
        dtype: the dtype that they must have; that of the first tensor by default.

    Returns:
        The dtype; float32 if there are no tensors and `dtype` is None.

    Raises:
        ValueError: for different dtypes, or a dtype that is not floating.
        TypeError: if something has no dtype.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_same_float_dtype([tf.constant(1.0), tf.Variable([2.0])])
    tf.float32
    """
    common = None if dtype is None else dtypes.as_dtype(dtype)
    model = ""
    for tensor in tensors or ():
        if tensor is None:
            continue
        own = dtypes.as_dtype(tensor)
        if common is None:
            common, model = own, f" as {_shown(tensor)}"
        if own is not common:
            raise InvalidDTypeError(
                f"{_shown(tensor)}, type={own.name}, must be of the same type "
                f"({common.name}){model}."
            )
    common = dtypes.float32 if common is None else common
    if not common.is_floating:
        raise InvalidDTypeError(f"Expected floating point type, got {common.name}.")
    return common


def _shown(tensor: Any) -> str:
    a = _core.array_of(tensor)
    return f"the tensor of shape {a.shape}, {_some(a, 3)}"


def assert_proper_iterable(values: object) -> None:
    """Raises unless `values` can be iterated over and is no string, tensor or array.

    Raises:
        TypeError: if it cannot, or is.

    >>> import autograd_c as tf
    >>> tf.debugging.assert_proper_iterable([tf.constant(1.0), tf.constant(2.0)])
    """
    if isinstance(values, (Tensor, np.ndarray, str, bytes)):
        raise TypeError(
            'Expected argument "values" to be a "proper" iterable: a list of tensors, not '
            f"{type(values)}"
        )
    if not hasattr(values, "__iter__"):
        raise TypeError(f'Expected argument "values" to be iterable.  Found: {type(values)}')


def is_numeric_tensor(tensor: object) -> bool:
    """Whether it is a tensor of numbers: no bool, and no Variable or array.

    >>> import autograd_c as tf
    >>> tf.debugging.is_numeric_tensor(tf.constant(1.0)), tf.debugging.is_numeric_tensor(1.0)
    (True, False)
    """
    return isinstance(tensor, Tensor) and not tensor.dtype.is_bool


# ---------------------------------------------------------------- anything


def Assert(  # noqa: N802 (the name is TensorFlow's)
    condition: Any, data: Sequence[Any], summarize: int | None = None, name: str | None = None
) -> None:
    """Raises with the data in its message unless the condition holds.

    Args:
        condition: a bool, or a tensor or an array of one element.
        data: a list or tuple of what the error is to show: tensors, strings, numbers.
        summarize: how many elements of each it shows; 3 by default, all for -1.
        name: ignored.

    Raises:
        InvalidArgumentError: if the condition does not hold.
        TypeError: if `data` is no list or tuple.
        ValueError: if the condition has several elements.

    >>> import autograd_c as tf
    >>> n = tf.constant(3)
    >>> tf.Assert(n < 5, ["n is", n])
    >>> tf.Assert(n < 2, ["n is", n])
    Traceback (most recent call last):
    autograd_c.errors.InvalidArgumentError: Expected the condition to be true, but it is False.
    Summarized data:
    n is
    3
    """
    if condition:
        return
    if not isinstance(data, (list, tuple)):
        raise TypeError(f"data must be a list or tuple, not {type(data)}")
    told = str(_core.array_of(condition)) if _core.is_tensor(condition) else repr(condition)
    lines = [f"Expected the condition to be true, but it is {told}. Summarized data:"]
    for item in data:
        if isinstance(item, (Tensor, Variable, np.ndarray, list, tuple)):
            a = _core.array_of(item)
            item = a if a.ndim == 0 else _some(a, _count(summarize))
        lines.append(str(item))
    raise InvalidArgumentError("\n".join(lines))
