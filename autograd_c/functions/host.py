"""Rows of the operation table that are Python functions: `host`, for functions of this room."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np

from autograd_c.core import _core

_Rule: TypeAlias = Callable[..., Any]

_REAL = ("float32", "float64")
_COMPLEX = ("complex64", "complex128")


def host(
    name: str,
    value: Callable[..., Any],
    *,
    vjp: _Rule | None = None,
    jvp: _Rule | str | None = None,
    inputs: int = 1,
    constants: int = 0,
    outputs: int = 1,
    attributes: Iterable[str] = (),
    keeps: Iterable[int] = (),
    dtypes: Iterable[str] = (*_REAL, *_COMPLEX),
    batch: str | None = None,
) -> _core.HostRow:
    """Add an operation whose value is a function of arrays; it has a name and a code of its own.

    Args:
        name: of the operation, in messages too.
        value: `value(*arrays, **attributes)` returns an array, or a tuple of them. It gets arrays
            that cannot be written to. What it returns in a higher precision than that of the first
            input is taken in that one.
        vjp: `vjp(call, *cotangents)` returns the cotangent of the input, or a tuple of them:
            tensors, computed by operations, which derivatives of higher order go through, or None.
            Of an output that the target does not depend on, the cotangent may be None, but of the
            first. `call` is a `_core.RowCall`.
        jvp: `jvp(call, *tangents)` returns the tangent of the output, or a tuple of them; a tangent
            is None where there is none. "same": the operation is linear, and applied to the
            tangent. None: tangents are computed by way of `vjp`.
        inputs: how many it has derivatives by.
        constants: how many more it has, behind those.
        outputs: how many it has.
        attributes: the names of its attributes, integers and bools.
        keeps: the inputs and, counted on behind them, the outputs that the rules read.
        dtypes: of the first input; others raise TypeError. With float16 bfloat16 is, and
            both are computed in float32.
        batch: "leading" if the functions take further axes in front of all that they are given, for
            a whole batch at once; kept values do not have those of a batch of cotangents. None:
            they are called for each by itself.

    Returns:
        A function `operation(*tensors, **attributes)`, which returns a tensor, or a list of them.
        Whatever `value` raises passes through it, and nothing is recorded then.
    """
    if batch not in (None, "leading"):
        raise ValueError(f"`batch` is 'leading' or None, not {batch!r}")
    rule = jvp if callable(jvp) else None
    if jvp == "same":

        def rule(call: _core.RowCall, *tangents: Any) -> Any:
            return row(*tangents, **call.attributes)

    row = _core.HostRow(
        name,
        _in_precision(value),
        vjp,
        rule,
        inputs + constants,
        inputs,
        outputs,
        tuple(attributes),
        tuple(keeps),
        (*dtypes, "bfloat16") if "float16" in dtypes else tuple(dtypes),
        batch == "leading",
    )
    return row


def _in_precision(value: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, with results of no higher precision than that of its first argument."""

    def run(*arrays: Any, **attributes: Any) -> Any:
        result = value(*arrays, **attributes)
        if arrays[0].dtype not in ("float32", "complex64"):
            return result
        if isinstance(result, tuple):
            return tuple(map(_lowered, result))
        return _lowered(result)

    return run


def _lowered(array: Any) -> Any:
    narrow = {"float64": "float32", "complex128": "complex64"}.get(np.asarray(array).dtype.name)
    return array if narrow is None else np.asarray(array, narrow)
