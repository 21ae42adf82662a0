"""What of a program is needed: instructions, and inputs of loops and branches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

from autograd_c.core._core import Composite, Program
from autograd_c.exporting.rows import reads
from autograd_c.programs.text import LOOPS

# What `Program.simplified_code` gives.
Code: TypeAlias = dict[str, Any]


def types_of(code: Code) -> dict[int, tuple[str, tuple[int, ...]]]:
    """Of each slot."""
    types = {slot: (dtype, shape) for slot, dtype, shape in code["inputs"]}
    types.update({slot: (t.dtype.name, tuple(t.shape)) for slot, t in code["constants"]})
    for instruction in code["instructions"]:
        types.update({slot: (dtype, shape) for slot, dtype, shape in instruction[3]})
    return types


def with_outputs(program: Program, wanted: Sequence[int]) -> Code:
    """The code of a program of which these outputs are asked for."""
    code = program.simplified_code()
    return {**code, "outputs": tuple(code["outputs"][k] for k in wanted)}


class Needs:
    """What is needed of programs, each of which is looked at once for the same outputs."""

    def __init__(self) -> None:
        self._read: dict[tuple[Program, tuple[int, ...]], list[bool]] = {}

    def of(self, code: Code) -> tuple[list[Any], set[int]]:
        """The instructions that are needed, and the slots that these read, or that are outputs.

        Those are left out of which nothing is made that has elements, and those whose values do
        not matter, as that of `x` in 0 of the type of `x`.
        """
        needed = set(code["outputs"])
        kept = []
        sizes = {slot: math.prod(shape) for slot, (_, shape) in types_of(code).items()}
        for instruction in reversed(code["instructions"]):
            name, _, read, written, _, composite = instruction
            wanted = [slot in needed for slot, _, _ in written]
            if not any(wanted):
                continue
            kept.append(instruction)
            if not any(sizes[slot] for slot, _, _ in written):
                continue
            if composite is None:
                matters = reads(name) or [True] * len(read)
            elif not composite.kind:  # of no parts: who writes it says so
                matters = [True] * len(read)
            else:
                matters = self.inputs_that_matter(composite, wanted)
            pairs = zip(read, matters, strict=True)
            needed.update(slot for slot, is_read in pairs if is_read and sizes[slot])
        return kept[::-1], needed

    def of_round(self, loop: Composite, wanted: Sequence[bool]) -> list[int]:
        """Which outputs of a round are needed, if those results of the loop are.

        Of what is carried that are those that are asked for, or that another one depends on.
        """
        body, *conditions = loop.programs
        carried = loop.numbers[0]
        needed = [k for k, is_wanted in enumerate(wanted) if is_wanted]
        while True:
            flags = [self._inputs_read(body, needed)]
            flags += [self._inputs_read(condition, [0]) for condition in conditions]
            more = {k for each in flags for k in range(carried) if each[k]} - set(needed)
            if not more:
                return needed
            needed = sorted([*needed, *more])

    def inputs_that_matter(self, composite: Composite, wanted: Sequence[bool]) -> list[bool]:
        """If those results of it are asked for."""
        places = [k for k, is_wanted in enumerate(wanted) if is_wanted]
        if composite.kind == "cond":
            is_chosen = len(composite.programs) > 1
            return [is_chosen, *_any_of([self._inputs_read(x, places) for x in composite.programs])]
        if composite.kind in LOOPS:
            body, *conditions = composite.programs
            needed = self.of_round(composite, wanted)
            found = [self._inputs_read(body, needed)]
            found += [self._inputs_read(condition, [0]) for condition in conditions]
            found.append([k in needed for k in range(composite.numbers[0])])
            found[-1] += [False] * (len(found[0]) - len(found[-1]))
            return _any_of(found)
        if composite.of is not None:
            return self._inputs_read(composite.expanded(), places)
        return [True] * len(composite.programs[0].code()["inputs"])

    def _inputs_read(self, program: Program, wanted: Sequence[int]) -> list[bool]:
        key = program, tuple(wanted)
        if key not in self._read:
            _, needed = self.of(with_outputs(program, wanted))
            self._read[key] = [slot in needed for slot in range(len(program.code()["inputs"]))]
        return self._read[key]


def _any_of(flags: list[list[bool]]) -> list[bool]:
    return [any(each) for each in zip(*flags, strict=True)]
