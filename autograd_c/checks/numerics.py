"""`tf.debugging.enable_check_numerics`: what the engine's checks find, told to people."""

from __future__ import annotations

import linecache
import operator
import os
from _thread import _local  # `threading.local`, without the import of the rest
from typing import Any, TypeAlias

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.values.errors import InvalidArgumentError

__all__ = ["disable_check_numerics", "enable_check_numerics"]

_Counts: TypeAlias = tuple[int, int, int]  # of -inf, +inf, NaN
_Stack: TypeAlias = list[tuple[str, int, str]]  # file, line, function; from the inside out

_UNLIMITED = 2**31 - 1


class _Limits(_local):
    path_length: int | None = 50


_limits = _Limits()


def enable_check_numerics(
    stack_height_limit: int | None = 30, path_length_limit: int | None = 50
) -> None:
    """Let the first operation fail whose result has a NaN or an infinity in it.

    From now on, on the calling thread, every operation that gives floating or complex numbers is
    checked as it runs, with a tape or without, and so is each step of `GradientTape.gradient`,
    `jacobian`, `batch_jacobian` and `ForwardAccumulator.jvp`. The error names the operation, what
    it made, what it was given, and the line of the program that called it. From a derivative it
    names both lines: where the operation was recorded, and where the derivative was asked for.

    Tensors that hold such elements from the start (constants, converted arrays, values of
    Variables) are let be until an operation makes something of them; `identity`, `reshape`,
    `transpose` and `broadcast_to` only show them differently.

    A check that fails leaves the tape as it was: it keeps its records, and can be asked again.
    Calls when checks are on already change nothing. Programs run slower meanwhile, those made of
    scalars most.

    Args:
        stack_height_limit: how many lines of the program's stack, from the innermost, the error
            shows; None for all. Lines of this package are left out.
        path_length_limit: how many characters of each file's path, from its end; None for all.

    Raises:
        TypeError, ValueError: for a limit that is no positive integer.
        InvalidArgumentError: from the operations and derivatives that are checked.

    >>> import autograd_c as tf
    >>> tf.debugging.enable_check_numerics()
    >>> x = tf.constant([1.0, 0.0])
    >>> try:
    ...     y = tf.math.log(x)
    ... except tf.errors.InvalidArgumentError as error:
    ...     print(error)
    ... finally:
    ...     tf.debugging.disable_check_numerics()
    Detected Infinity or NaN in the result of the operation "log"
      dtype: float32
      shape: (2,)
      # of -Inf elements: 1
      # of +Inf elements: 0
      # of NaN elements: 0
      values: [0. -inf]
    Inputs (1):
      0: float32, shape (2,), finite: [1. 0.]
    Called at:
      ...
    """
    height = _limit(stack_height_limit, "stack_height_limit")
    length = _limit(path_length_limit, "path_length_limit")
    if _core.checks_are_on():
        return
    _limits.path_length = length
    _core.switch_checks(True, _UNLIMITED if height is None else height)


def disable_check_numerics() -> None:
    """End what `enable_check_numerics` has begun on this thread; without it, do nothing.

    >>> import autograd_c as tf
    >>> tf.debugging.enable_check_numerics()
    >>> tf.debugging.disable_check_numerics()
    >>> print(tf.math.log(0.0).numpy())
    -inf
    """
    if _core.checks_are_on():
        _core.switch_checks(False, 1)


def _limit(given: int | None, name: str) -> int | None:
    if given is None:
        return None
    limit = operator.index(given)
    if limit < 1:
        raise ValueError(f"{name} must be a positive integer or None, not {given!r}")
    return min(limit, _UNLIMITED)


# ---------------------------------------------------------------- the message


def _explain(
    kind: int,
    operation: str,
    input: int,
    batch: int,
    found: Tensor,
    counts: _Counts,
    operands: list[tuple[str | None, Tensor, _Counts]],
    here: _Stack,
    recorded: _Stack,
    inner: tuple[str, _Stack] | None,
) -> InvalidArgumentError:
    """The exception for what the engine has found.

    Args:
        kind: 0 for the result of an operation, 1 for the gradient of one, 2 for its tangent.
        input: of a gradient, which input it is for.
        batch: how many cotangents were computed at once, or -1.
        here: the stack now.
        recorded: the stack when the operation was recorded, for a derivative.
        inner: if it was recorded by a sweep, the operation that was differentiated then, and the
            stack when that was asked for.
    """
    what = (
        f'the result of the operation "{operation}"',
        f'the gradient of the operation "{operation}" for its input {input}',
        f'the forward-mode derivative of the operation "{operation}"',
    )[kind]
    negative, positive, nan = counts
    many = f" (of {batch} cotangents at once)" if batch >= 0 else ""
    lines = [
        f"Detected Infinity or NaN in {what}",
        f"  dtype: {found.dtype.name}",
        f"  shape: {tuple(found.shape)}{many}",
        f"  # of -Inf elements: {negative}",
        f"  # of +Inf elements: {positive}",
        f"  # of NaN elements: {nan}",
        f"  values: {_values(found)}",
        f"Inputs ({len(operands)}):" if kind == 0 else f"Computed from ({len(operands)}):",
    ]
    for place, (name, x, bad) in enumerate(operands):
        shape = tuple(x.shape)
        lines.append(
            f"  {place if name is None else name}: {x.dtype.name}, shape {shape}, {_state(bad)}: "
            f"{_values(x)}"
        )
    if kind == 0:
        lines += ["Called at:", *_shown(here)]
        return InvalidArgumentError("\n".join(lines))
    if inner is None:
        lines += ["The operation was recorded at:", *_shown(recorded)]
    else:
        of, asked = inner
        lines += [
            f'The operation was recorded in the derivative of "{of}", which was recorded at:',
            *_shown(recorded),
            "and that derivative was asked for at:",
            *_shown(asked),
        ]
    lines += [f"The {'gradient' if kind == 1 else 'tangent'} was asked for at:", *_shown(here)]
    return InvalidArgumentError("\n".join(lines))


def _values(x: Tensor) -> str:
    """The elements in one line, most of them left out if there are many."""
    a: np.ndarray[Any, Any] = _core.array_of(x)
    text = np.array2string(a, threshold=10, edgeitems=3, max_line_width=10**9)
    return " ".join(text.split()).replace("[ ", "[")


def _state(counts: _Counts) -> str:
    names = ("-Inf", "+Inf", "NaN")
    found = [f"{count} {name}" for count, name in zip(counts, names) if count]
    return f"has {' and '.join(found)}" if found else "finite"


def _shown(stack: _Stack) -> list[str]:
    """Two lines for each frame: where it is, and the text of the line."""
    if not stack:
        return ["  (not known: not by Python code, or while checks were off)"]
    lines = []
    for file, number, function in stack:
        lines.append(f"  {_shortened(file)}:{number} in {function}")
        source = linecache.getline(file, number).strip()
        if source:
            lines.append(f"    {source}")
    return lines


def _shortened(path: str) -> str:
    limit = _limits.path_length
    return path if limit is None or len(path) <= limit else f"...{path[-limit:]}"


_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_core.set_explanation(_explain, _PACKAGE + os.sep)
