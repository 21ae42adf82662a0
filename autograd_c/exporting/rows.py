"""Which operations can be written as C, and how: views, and what goes by elements.

What is written with loops of its own is in `reductions`, `moving`, `picking` and `matrices`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from autograd_c.exporting.expressions import rows, value_of
from autograd_c.exporting.steps import Call
from autograd_c.exporting.types import c_type, kind_of, literal
from autograd_c.exporting.values import Base, View
from autograd_c.exporting.writer import Writer

_Emit = TypeVar("_Emit", bound=Callable[[Call, Writer], None])

# What an operation of each name is written by.
STEPS: dict[str, Callable[[Call, Writer], None]] = {}
# Memory that it takes while it runs.
SCRATCH: dict[str, Callable[[Call], list[Base]]] = {}
# Operations that change some elements of their first input, in its memory if nobody needs it.
IN_PLACE: set[str] = set()


def step(
    *names: str,
    in_place: bool = False,
    scratch: Callable[[Call], list[Base]] | None = None,
) -> Callable[[_Emit], _Emit]:
    """The decorated function writes these operations."""

    def enter(emit: _Emit) -> _Emit:
        for name in names:
            STEPS[name] = emit
            if in_place:
                IN_PLACE.add(name)
            if scratch is not None:
                SCRATCH[name] = scratch
        return emit

    return enter


def view_of(call: Call) -> View | None:
    """The result as a view of the operand; None if it is none, whatever the operation."""
    x = call.inputs[0]
    if call.name in ("identity", "stop_gradient"):
        return x
    if call.name == "assigned":
        return call.inputs[1]
    if call.name == "broadcast_to":
        return x.broadcast(call.shape)
    if call.name == "view":
        return x.seen(call.attributes)
    if call.name == "reshape":
        return x.reshaped(call.shape)
    return None


# Special functions of one number, which are no rows of the table's expressions.
SPECIAL = {"lgamma", "digamma", "trigamma", "erfinv", "erfcinv", "ndtri"}


def is_by_elements(name: str) -> bool:
    """Whether elements of the result are made of those at the same place."""
    return name in rows() or name in ("cast", "where") or name in SPECIAL


def reads(name: str) -> list[bool] | None:
    """Whether the value of an operation depends on each operand; None if it does on all."""
    if name in rows():
        return rows()[name].reads
    return {"assigned": [False, True], "factored_solve": [False, True, True]}.get(name)


# Rows of integers that fail for some numbers: of the second operand.
_REFUSED = {
    "floordiv": ("{} == 0", "division by 0"),
    "mod": ("{} == 0", "division by 0"),
    "truncatediv": ("{} == 0", "division by 0"),
    "truncatemod": ("{} == 0", "division by 0"),
    "pow": ("{} < 0", "a negative exponent of an integer"),
}


def expression(call: Call, operands: list[View]) -> Callable[[Writer, list[str]], str]:
    """What a statement is written by; see `Statement`."""
    name, dtype = call.name, operands[0].dtype

    def text(w: Writer, texts: list[str]) -> str:
        if name == "where":
            return f"{texts[2]} ? {texts[0]} : {texts[1]}"
        if name in SPECIAL:
            return f"{w.helpers(name, dtype)}({texts[0]})"
        if name == "cast":
            return cast_text(w, texts[0], dtype, call.dtype)
        if (
            name in _REFUSED
            and kind_of(dtype) == "signed"
            or (name in _REFUSED and name != "pow" and kind_of(dtype) == "unsigned")
        ):
            condition, why = _REFUSED[name]
            w.fail_if(condition.format(texts[1]), why)
        return value_of(name, dtype, texts, w.helpers)

    return text


def cast_text(w: Writer, text: str, source: str, target: str) -> str:
    """A value of one dtype as another."""
    if source == target:
        return text
    if target == "bool":
        return f"{text} != {literal(source, 0)}"
    if kind_of(source) == "floating" and kind_of(target) in ("signed", "unsigned"):
        return f"{w.helpers.cast(source, target)}({text})"
    return f"({c_type(target)}){text if text.isidentifier() or text.endswith(']') else f'({text})'}"
