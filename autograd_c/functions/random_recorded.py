"""Random numbers in functions that ``tf.function`` records: drawn anew at each run."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from autograd_c.core import _core
from autograd_c.values.dtypes import as_dtype

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
        return _core.effect(function, args, kwargs, touched)
    if by not in _MOVED:
        return function(*args, **kwargs)  # which says that it cannot be recorded
    given.update(zip(by, _MOVED[by], strict=True))
    numbers = _core.effect(function, bound.args, bound.kwargs, touched)
    first, second = (
        _core.convert_to_tensor(x, kind) for x in (moving[0], _one_for_none(moving[1]))
    )
    if by == ("mean", "stddev"):
        return numbers * second + first
    from autograd_c.functions.arrays import where
    from autograd_c.functions.guarded import nextafter

    moved = numbers * (second - first) + first
    return where(moved < second, moved, nextafter(second, first))


def _may_have_derivative(x: Any) -> bool:
    if not isinstance(x, (_core.Tensor, _core.Variable)):
        return False
    return x.dtype.is_floating or x.dtype.is_complex


def _one_for_none(x: Any) -> Any:
    return 1 if x is None else x
