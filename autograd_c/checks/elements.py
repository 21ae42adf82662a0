"""Assertions about the elements of tensors, and of anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.core._core import Tensor, Variable, convert_to_tensor
from autograd_c.values.errors import InvalidArgumentError, InvalidDTypeError

if TYPE_CHECKING:
    from typing import TypeVar

    from autograd_c.typing import TensorLike

    _F = TypeVar("_F", bound=Callable[..., None])


# ---------------------------------------------------------------- how it is said


Array = np.ndarray[Any, Any]


def prefix(message: object, separator: str) -> str:
    return "" if message is None or message == "" else f"{message}{separator}"


def count_shown(summarize: int | None) -> int | None:
    """How many elements to show, None for all: 3 if nothing is said, all for -1."""
    if summarize is None:
        return 3
    return None if summarize < 0 else summarize


def some_of(a: Array, count: int | None) -> str:
    """The first elements of an array, in one line."""
    flat = a.ravel()[:count]
    text = np.array2string(flat, threshold=flat.size + 1, max_line_width=10**9)
    return text if flat.size == a.size else f"{text[:-1]} ...]"


def kind_of(x: Tensor) -> str:
    return f"a tensor of shape {tuple(x.shape)} and dtype {x.dtype.name}"


_ARGUMENTS = {
    "message": "to begin the error with.",
    "summarize": "how many elements the error shows; 3 by default, all for -1.",
    "name": "ignored.",
}


def _documented(operands: str, fails: str, refuses: str, example: str) -> Callable[[_F], _F]:
    def document(f: _F) -> _F:
        names = [n for n in f.__code__.co_varnames if n in _ARGUMENTS]  # in the order of this one
        arguments = "\n        ".join(f"{n}: {_ARGUMENTS[n]}" for n in names)
        f.__doc__ = f"""{(f.__doc__ or "").rstrip()}

    Args:
        {operands}, or what `convert_to_tensor` takes.
        {arguments}

    Raises:
        InvalidArgumentError: {fails}.
        TypeError: for {refuses}.

    >>> import autograd_c as tf
    >>> {example}
    """
        return f

    return document


def _described(name: str, a: Array, count: int | None) -> str:
    return f"{name} (shape={a.shape} dtype={a.dtype}) = {some_of(a, count)}"


def _failed(
    condition: str,
    holds: Array,
    operands: dict[str, Array],
    message: object,
    summarize: int | None,
    remark: str = "",
) -> InvalidArgumentError:
    """The exception for a condition that does not hold for all elements."""
    count = count_shown(summarize)
    where = np.argwhere(~holds)
    lines = [
        f"{prefix(message, chr(10))}Condition {condition} did not hold for {len(where)} of "
        f"{holds.size} elements{remark}."
    ]
    shown = where[:count]
    if holds.ndim:
        lines.append(f"Indices of the first {len(shown)}: {shown.tolist()}")
        for name, a in operands.items():
            there = np.broadcast_to(a, holds.shape)[~holds]
            lines.append(f"{name} there: {some_of(there[: len(shown)], None)}")
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
    x = convert_to_tensor(tensor)
    if not x.dtype.is_floating:
        raise InvalidDTypeError(f"[check_numerics] needs floats, got {kind_of(x)}")
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
        f"{kind_of(x)}"
    )


def assert_all_finite(x: TensorLike, message: str, name: str | None = None) -> Tensor:
    """The same as `check_numerics`, under its other name.

    >>> import autograd_c as tf
    >>> print(tf.debugging.assert_all_finite([1.0, 2.0], "weights").numpy())
    [1. 2.]
    """
    return check_numerics(x, message, name)


# ---------------------------------------------------------------- two tensors


def _on_pairs(
    example: str,
    takes: str = "real tensors",
    fails: str = "a pair fails",
    refuses: str = "bool and complex dtypes, or dtypes that do not mix",
) -> Callable[[_F], _F]:
    """Add to the docstring of a comparison what all of them have in common."""
    return _documented(
        f"x, y: {takes} that broadcast",
        f"if {fails}, or the shapes do not broadcast",
        refuses,
        example,
    )


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
        operands = {
            "x": _core.array_of(convert_to_tensor(x)),
            "y": _core.array_of(convert_to_tensor(y)),
        }
        raise _failed(f"x {symbol} y", holds, operands, message, summarize)


@_on_pairs(
    """tf.debugging.assert_equal([1, 2], [1, 2])
    >>> tf.assert_equal(tf.constant([1, 2, 3]).shape, (2,), message="lengths")
    Traceback (most recent call last):
    autograd_c.errors.InvalidArgumentError: lengths
    Condition x == y did not hold for 1 of 1 elements.
    ...""",
    takes="tensors",
    fails="an element differs",
    refuses="dtypes that do not mix",
)
def assert_equal(
    x: TensorLike,
    y: TensorLike,
    message: object = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """Raises unless x == y for every pair of elements. NaN is equal to nothing."""
    _compare(_math.equal, "==", x, y, message, summarize)


@_on_pairs(
    "tf.debugging.assert_none_equal([1, 2], [2, 1])",
    takes="tensors",
    fails="elements are equal",
    refuses="dtypes that do not mix",
)
def assert_none_equal(
    x: TensorLike,
    y: TensorLike,
    summarize: int | None = None,
    message: object = None,
    name: str | None = None,
) -> None:
    """Raises unless x != y for every pair of elements."""
    _compare(_math.not_equal, "!=", x, y, message, summarize)


@_on_pairs("tf.debugging.assert_less([1, 2], 3)")
def assert_less(
    x: TensorLike,
    y: TensorLike,
    message: object = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """Raises unless x < y for every pair of elements; NaN fails."""
    _compare(_math.less, "<", x, y, message, summarize)


@_on_pairs("tf.debugging.assert_less_equal([1, 2], 2)")
def assert_less_equal(
    x: TensorLike,
    y: TensorLike,
    message: object = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """Raises unless x <= y for every pair of elements; NaN fails."""
    _compare(_math.less_equal, "<=", x, y, message, summarize)


@_on_pairs("tf.debugging.assert_greater([1, 2], 0)")
def assert_greater(
    x: TensorLike,
    y: TensorLike,
    message: object = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """Raises unless x > y for every pair of elements; NaN fails."""
    _compare(_math.greater, ">", x, y, message, summarize)


@_on_pairs("tf.debugging.assert_greater_equal([1, 2], 1)")
def assert_greater_equal(
    x: TensorLike,
    y: TensorLike,
    message: object = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """Raises unless x >= y for every pair of elements; NaN fails."""
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
        b = convert_to_tensor(y)
        a = convert_to_tensor(x, b.dtype)
    else:
        a = convert_to_tensor(x)
        b = convert_to_tensor(y) if _core.is_tensor(y) else convert_to_tensor(y, a.dtype)
    epsilon = 0.0
    for tensor in (a, b):
        if not (tensor.dtype.is_floating or tensor.dtype.is_complex):
            raise InvalidDTypeError(f"[assert_near] needs inexact numbers, got {kind_of(tensor)}")
        narrowest = tensor.dtype.name == "bfloat16"
        own = 2**-7 if narrowest else float(np.finfo(tensor.dtype.as_numpy_dtype).eps)
        epsilon = max(epsilon, own)
    relative = _core.array_of(10 * epsilon if rtol is None else convert_to_tensor(rtol))
    absolute = _core.array_of(10 * epsilon if atol is None else convert_to_tensor(atol))
    # What is compared are the numbers alone: nothing of this is to be recorded.
    difference = _math.abs(_core.stop_gradient(a) - _core.stop_gradient(b))
    allowed = absolute + relative * np.abs(_core.array_of(b))
    holds = _core.array_of(difference) < allowed
    if not holds.all():
        operands = {"x": _core.array_of(a), "y": _core.array_of(b)}
        count = count_shown(summarize)
        remark = (
            f" (x and y not equal to tolerance rtol = {_number(relative, count)}, "
            f"atol = {_number(absolute, count)}; the largest difference is "
            f"{np.max(difference)})"
        )
        raise _failed("|x - y| < atol + rtol * |y|", holds, operands, message, summarize, remark)


def _number(a: Array, count: int | None) -> str:
    return str(a) if a.ndim == 0 else some_of(a, count)


# ---------------------------------------------------------------- one tensor


def _on_elements(example: str) -> Callable[[_F], _F]:
    """Add to the docstring of an assertion about signs what all of them have in common."""
    return _documented(
        "x: a real tensor", "if an element fails", "bool and complex dtypes", example
    )


def _signed(
    operation: Callable[..., Tensor],
    symbol: str,
    x: TensorLike,
    message: object,
    summarize: int | None,
) -> None:
    tensor = convert_to_tensor(x)
    holds = _core.array_of(operation(tensor, 0))
    if not holds.all():
        operands = {"x": _core.array_of(tensor)}
        raise _failed(f"x {symbol} 0", holds, operands, message, summarize)


@_on_elements("tf.debugging.assert_positive([1.0, 0.5])")
def assert_positive(
    x: TensorLike, message: object = None, summarize: int | None = None, name: str | None = None
) -> None:
    """Raises unless x > 0 for every element; NaN fails."""
    _signed(_math.greater, ">", x, message, summarize)


@_on_elements("tf.debugging.assert_negative([-1.0, -0.5])")
def assert_negative(
    x: TensorLike, message: object = None, summarize: int | None = None, name: str | None = None
) -> None:
    """Raises unless x < 0 for every element; NaN fails."""
    _signed(_math.less, "<", x, message, summarize)


@_on_elements("tf.debugging.assert_non_negative([1.0, 0.0])")
def assert_non_negative(
    x: TensorLike, message: object = None, summarize: int | None = None, name: str | None = None
) -> None:
    """Raises unless x >= 0 for every element; NaN fails."""
    _signed(_math.greater_equal, ">=", x, message, summarize)


@_on_elements("tf.debugging.assert_non_positive([-1.0, 0.0])")
def assert_non_positive(
    x: TensorLike, message: object = None, summarize: int | None = None, name: str | None = None
) -> None:
    """Raises unless x <= 0 for every element; NaN fails."""
    _signed(_math.less_equal, "<=", x, message, summarize)


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
            item = a if a.ndim == 0 else some_of(a, count_shown(summarize))
        lines.append(str(item))
    raise InvalidArgumentError("\n".join(lines))
