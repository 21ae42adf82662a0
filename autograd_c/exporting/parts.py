"""Loops and branches as C: what they do each time is a function of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from autograd_c.core._core import Composite, Program
from autograd_c.exporting.moving import copy
from autograd_c.exporting.steps import Call
from autograd_c.exporting.types import SHORT, c_type
from autograd_c.exporting.values import Base, View, element, index_text, whole
from autograd_c.exporting.writer import Writer

if TYPE_CHECKING:
    from autograd_c.exporting.program import CFunction


class Part:
    """A function of C for a program within another one.

    Attributes:
      inputs: which inputs of the program it takes.
      results: which outputs of the program it gives.
      memory: what it works with.
    """

    def __init__(
        self, function: CFunction, inputs: Sequence[int], results: Sequence[int], fails: bool
    ) -> None:
        self.function, self.inputs, self.results = function, inputs, results
        self.memory = [_array(dtype, size) for dtype, size in function.work.items()]
        self._fails = fails

    def prepare(self, w: Writer) -> str:
        """Say where its memory is; gives what is to be passed for that."""
        if not self.memory:
            return ""
        name = w.local("r")
        w.line(f"{self.function.work_type} {name};")
        for base in self.memory:
            w.line(f"{name}.{SHORT[base.dtype]} = {base.text};")
        return f"&{name}"

    def call(self, w: Writer, given: Sequence[str], results: Sequence[str], work: str) -> None:
        """`given`: by all inputs of the program; `results`: by all of its outputs."""
        texts = [given[k] for k in self.inputs] + [results[k] for k in self.results]
        text = f"{self.function.name}({', '.join([*texts, work] if work else texts)})"
        if not self._fails:
            w.line(f"{text};")
            return
        name = w.local("r")
        w.line(f"const int {name} = {text};")
        w.line(f"if ({name} != 0) return {name};")


# That a loop is taken to have, if nobody knows how many they are.
_ROUNDS = 100_000
# Operations between two looks at whether somebody wants it to stop.
_PATIENCE = 1_000_000

# Makes the function of a program, of which those outputs are asked for.
MakePart: TypeAlias = Callable[[Program, Sequence[int]], Part]


def _array(dtype: str, size: int) -> Base:
    base = Base(dtype, size)
    base.is_scalar = False
    return base


def row_of(view: View) -> View:
    """The first one."""
    return View(view.base, view.shape[1:], view.strides[1:], view.offset)


def is_passed(view: View) -> bool:
    """Whether a function can be given it as it is: as a number, or as elements in their order."""
    return view.size <= 1 or (view.is_in_order and not view.base.is_scalar)


def _given(view: View, terms: Sequence[tuple[int, Any]] = ()) -> str:
    """As an argument; `terms`: how far behind its place, by strides and indices."""
    if view.size == 0:
        return "0"
    if view.size == 1:
        return element(view.base, view.offset, terms)
    place = index_text(view.offset, terms)
    return view.base.text if place == "0" else f"{view.base.text} + {place}"


def _target(view: View, row: int = 0, index: Any = 0) -> str:
    """As where a result goes."""
    if view.base.is_given:
        return "0"
    if view.base.is_scalar:
        return f"&{view.base.text}"
    place = index_text(0, [(row, index)])
    return view.base.text if place == "0" else f"{view.base.text} + {place}"


def _wanted(call: Call) -> list[int]:
    """Results that somebody needs."""
    return [k for k, v in enumerate(call.results) if not v.base.is_given]


class SubProgram:
    """A program that is done once."""

    def __init__(self, call: Call, program: Program, make: MakePart) -> None:
        self._part = make(program, _wanted(call))
        self.copied = set(self._part.inputs)
        self.operations = self._part.function.operations
        call.scratch = self._part.memory

    def write(self, call: Call, w: Writer) -> None:
        work = self._part.prepare(w)
        self._part.call(w, [_given(v) for v in call.inputs], list(map(_target, call.results)), work)


class Branch:
    """One of several programs."""

    def __init__(self, call: Call, composite: Composite, make: MakePart) -> None:
        self._parts = [make(program, _wanted(call)) for program in composite.programs]
        self.copied = {k + 1 for part in self._parts for k in part.inputs}
        self.operations = max(part.function.operations for part in self._parts)
        call.scratch = [base for part in self._parts for base in part.memory]

    def write(self, call: Call, w: Writer) -> None:
        given = [_given(v) for v in call.inputs]
        results = list(map(_target, call.results))
        for k, part in enumerate(self._parts):
            if k == len(self._parts) - 1:
                head = "else" if k else ""
            else:
                head = f"{'else ' if k else ''}if ({_is_number(given[0], call.inputs[0].dtype, k)})"
            with w.block(head):
                part.call(w, given[1:], results, part.prepare(w))


def _is_number(text: str, dtype: str, number: int) -> str:
    if dtype == "bool":
        return text if number else f"!{text}" if text.isidentifier() else f"!({text})"
    return f"{text} == {number}"


def handed_on(loop: Composite) -> set[int]:
    """What is carried, and each round hands on as it is: all take it from where it was before."""
    outputs = loop.programs[0].simplified_code()["outputs"]
    return {k for k in range(loop.numbers[0]) if outputs[k] == k}


class Loop:
    """A program that is done again and again."""

    def __init__(
        self, call: Call, composite: Composite, make: MakePart, asked: Sequence[int]
    ) -> None:
        self._carried, self._rows, self.count, self._backwards, _ = composite.numbers
        stays = handed_on(composite)
        moves = [k for k in _wanted(call) if k not in stays]
        self._moves = [k for k in moves if k < self._carried]
        self._asked = asked
        self._body = make(composite.programs[0], moves)
        self._condition = make(composite.programs[1], [0]) if len(composite.programs) > 1 else None
        # What the next round takes: arrays take turns with those where the results are.
        self._next = {
            k: _array(call.results[k].dtype, call.results[k].size)
            for k in self._moves
            if call.results[k].size > 1
        }
        call.scratch = [*self._next.values(), *self._body.memory]
        self.operations = self._body.function.operations
        if self._condition is not None:
            call.scratch += self._condition.memory
            self.operations += self._condition.function.operations
        # Of what is carried on there is a copy in any case.
        used = {*self._body.inputs, *(() if self._condition is None else self._condition.inputs)}
        self.copied = used - set(self._moves)
        self._each = max(self.operations, 1)
        self.operations *= self.count if self.count >= 0 else _ROUNDS

    def write(self, call: Call, w: Writer) -> None:
        work = self._body.prepare(w)
        condition_work = "" if self._condition is None else self._condition.prepare(w)
        now = [""] * self._carried  # by what is carried
        for k in range(self._carried):
            now[k] = _given(call.results[k] if k in self._moves else call.inputs[k])
            if not call.results[k].base.is_given:
                copy(w, call.inputs[k], call.results[k])
        turns: dict[int, str] = {}
        if self.count == 0:
            return
        for k, base in self._next.items():
            now[k], turns[k] = w.local("r"), w.local("r")
            w.line(f"{c_type(base.dtype)} *{now[k]} = {call.results[k].base.text};")
            w.line(f"{c_type(base.dtype)} *{turns[k]} = {base.text};")
        is_long = self.count < 0 or self.operations > 10 * _PATIENCE
        steps = w.local("r") if is_long and w.helpers.patience else ""
        if steps:
            w.line(f"unsigned {steps} = 0;")
        with w.rounds(self.count, bool(self._backwards)) as index:
            if steps:
                w.helpers.asks_for_patience = True
                rounds = 1 << (_PATIENCE // self._each).bit_length()
                w.fail_if(f"++{steps} % {rounds} == 0 && {w.helpers.patience}()", "Ctrl-C")
            same = [_given(v) for v in call.inputs[self._carried + self._rows :]]
            if self._condition is not None:
                held = w.local("r")
                w.line(f"bool {held} = false;")
                self._condition.call(w, [*now, *same], [f"&{held}"], condition_work)
                w.line(f"if (!{held}) break;")
            rows = [
                _given(row_of(v), [(v.strides[0], index)])
                for v in call.inputs[self._carried : self._carried + self._rows]
            ]
            results = [""] * self._carried
            results += [
                _target(v, math.prod(v.shape[1:]), index) for v in call.results[self._carried :]
            ]
            fresh = {}
            for k in self._moves:
                if k in turns:
                    results[k] = turns[k]
                    continue
                fresh[k] = w.local("r")
                w.line(f"{c_type(call.results[k].dtype)} {fresh[k]} = 0;")
                results[k] = f"&{fresh[k]}"
            self._body.call(w, [*now, *rows, *same], results, work)
            for k, name in fresh.items():
                w.line(f"{now[k]} = {name};")
            for k, other in turns.items():
                name = w.local("r")
                w.line(f"{c_type(call.results[k].dtype)} *const {name} = {now[k]};")
                w.line(f"{now[k]} = {other};")
                w.line(f"{other} = {name};")
        for k in set(turns) & set(self._asked):
            result = call.results[k]
            last = _array(result.dtype, result.size)
            last.text = now[k]
            with w.block(f"if ({now[k]} != {result.base.text})"):
                copy(w, whole(last, result.shape), result)
