"""Random numbers in functions that ``tf.function`` records: drawn anew at each run.

In the body of a loop that is one instruction they are drawn before the loop, for all rounds, in the
order in which these would draw; each round takes its own.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from autograd_c.core import _core
from autograd_c.core._core import RecordedPart, Tensor
from autograd_c.functions import random_repeats
from autograd_c.values import nest
from autograd_c.values.dtypes import as_dtype

__all__ = ["DrawsOfRounds", "drawn"]

_P = ParamSpec("_P")
_R = TypeVar("_R")

# What a distribution is moved by, and what it is drawn with before.
_MOVED = {("mean", "stddev"): (0.0, 1.0), ("minval", "maxval"): (0, None)}


def drawn(*by: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """A function that draws numbers; `by`: the parameters by which these have derivatives."""

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R]:
        @functools.wraps(function)
        def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            if not _core.is_recording():
                return function(*args, **kwargs)
            result: _R = _recorded(function, by, args, kwargs)
            return result

        return call

    return decorate


def _recorded(function: Callable[..., Any], by: Any, args: Any, kwargs: Any) -> Any:
    bound = inspect.signature(function).bind(*args, **kwargs)
    bound.apply_defaults()
    given = bound.arguments
    # A generator's numbers depend on its state, and change that.
    touched = [given["self"].state] if "self" in given else []
    dtype = given.get("dtype")
    kind = _core.get_default_float() if dtype is None else as_dtype(dtype)
    moving = [given[name] for name in by]
    if kind.is_integer or not any(map(_may_have_derivative, moving)):
        return _draw(function, args, kwargs, touched)
    if by not in _MOVED:
        return function(*args, **kwargs)  # which says that it cannot be recorded
    given.update(zip(by, _MOVED[by], strict=True))
    numbers = _draw(function, bound.args, bound.kwargs, touched)
    first, second = (
        _core.convert_to_tensor(x, kind) for x in (moving[0], _one_for_none(moving[1]))
    )
    if by == ("mean", "stddev"):
        return numbers * second + first
    from autograd_c.functions.arrays import where
    from autograd_c.functions.guarded import nextafter

    moved = numbers * (second - first) + first
    return where(moved < second, moved, nextafter(second, first))


class DrawsOfRounds:
    """What the body of a loop draws, or the function of a row, as it is recorded once.

    Args:
        part: the body, which takes the numbers of one round as further inputs.
    """

    def __init__(self, part: RecordedPart) -> None:
        self.part = part
        self.calls: list[tuple[Callable[..., Any], Any, Any]] = []
        part.draws = self

    def add(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """One draw; what it returns, for the body. An error if it depends on the round."""
        args, kwargs = nest.map_structure(self._fixed, (args, kwargs))
        self.calls.append((function, args, kwargs))
        with random_repeats.sampled():
            example = self.part.sample(function, args, kwargs)
        return nest.map_structure(self.part.add, example)

    def _fixed(self, x: Any) -> Any:
        return self.part.fixed(x) if isinstance(x, (_core.Tensor, _core.Variable)) else x

    def all(self, count: int, backwards: bool = False) -> list[Tensor]:
        """Those of all rounds, outside of the body: one tensor [count, ...] for each input."""
        if not self.calls:
            return []
        found: list[Tensor] = _draw(_of_rounds, (self.calls, count, backwards), {}, ())
        return found


def _draw(function: Callable[..., Any], args: Any, kwargs: Any, touched: Any) -> Any:
    draws = None if touched else _core.draws_of_part()
    if draws is None:
        return _core.effect(function, args, kwargs, touched)
    return draws.add(function, args, kwargs)


def _of_rounds(calls: Any, count: int, backwards: bool) -> list[Tensor]:
    def one_round() -> list[Tensor]:
        return nest.flatten([function(*args, **kwargs) for function, args, kwargs in calls])

    if count == 0:
        with random_repeats.sampled():
            return [_core.stack([x], 0)[:0] for x in one_round()]
    rounds = [one_round() for _ in range(count)]
    if backwards:
        rounds.reverse()
    return [_core.stack(list(column), 0) for column in zip(*rounds, strict=True)]


def _may_have_derivative(x: Any) -> bool:
    if not isinstance(x, (_core.Tensor, _core.Variable)):
        return False
    return x.dtype.is_floating or x.dtype.is_complex


def _one_for_none(x: Any) -> Any:
    return 1 if x is None else x
