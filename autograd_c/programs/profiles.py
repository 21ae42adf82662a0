"""Where the time of a run goes: a table by operation and by line, and a page of HTML."""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from typing import Any

from autograd_c.core import _core
from autograd_c.programs.text import input_names, place_text, type_text

RUNS = 5


class Profile:
    """Where the time of a run goes; what the functions return that `tf.viz.profile` makes.

    Attributes:
      seconds: of one run, all instructions together; of a tape, the records that its sweep passes.
      operations: (name, calls, seconds) of each, those that take longest first.
      instructions: (name, types of the results, seconds) of each instruction or record, in order.
      lines: (place, calls, seconds) of each line of the user's program, where that was noted.
    """

    def __init__(
        self,
        instructions: list[tuple[str, str, float]],
        places: Sequence[tuple[str, int, str] | None],
        unit: str,
        inputs: str,
    ) -> None:
        self.instructions = instructions
        self.seconds = sum(t for _, _, t in instructions)
        self.operations = _summed((name, t) for name, _, t in instructions)
        shown = [place_text(place) if place else "(elsewhere)" for place in places]
        self.lines = _summed(zip(shown, (t for _, _, t in instructions)))
        self._inputs = inputs
        self._count = f"{len(instructions)} {unit}{'s' * (len(instructions) != 1)}"
        self._unit = unit

    def __str__(self) -> str:
        """The table by operation, and that by line."""
        lines = [f"{self._count}, {_time(self.seconds)}"]
        for title, rows in (("operation", self.operations), ("line", self.lines)):
            if rows:
                width = max(len(title), *(len(name) for name, _, _ in rows))
                lines.append(f"{title:<{width}}  {'calls':>6}  {'time':>9}  {'share':>5}")
            for name, calls, seconds in rows:
                share = f"{self._share(seconds):.0%}"
                lines.append(f"{name:<{width}}  {calls:>6}  {_time(seconds):>9}  {share:>5}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Profile of {self._count}, {_time(self.seconds)}>"

    def _repr_html_(self) -> str:
        return self._body()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a page of HTML that needs nothing else: no server, no script, no network."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(
                '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
                f"<title>Profile of a program</title></head><body>\n{self._body()}</body></html>\n"
            )

    def _share(self, seconds: float) -> float:
        return seconds / self.seconds if self.seconds > 0 else 0.0

    def _body(self) -> str:
        parts = [
            "<style>.agp{font:14px sans-serif}.agp table{border-collapse:collapse;margin:1em 0}"
            ".agp td,.agp th{padding:2px 10px;text-align:left;white-space:pre}"
            ".agp .n{text-align:right}.agp .b{background:#5b8fc7;height:12px}</style>",
            f'<div class="agp"><p>{self._count}, {_time(self.seconds)} '
            f"({html.escape(self._inputs)})</p>",
            self._table("operation", self.operations),
            self._table("line", self.lines) if self.lines else "",
        ]
        longest = sorted(self.instructions, key=lambda row: -row[2])[:100]
        rows = [(f"{name}  {types}", 1, seconds) for name, types, seconds in longest]
        parts += [self._table(self._unit, rows), "</div>\n"]
        return "\n".join(parts)

    def _table(self, title: str, rows: list[tuple[str, int, float]]) -> str:
        body = [f"<table><tr><th>{title}<th>calls<th>time<th>share<th></tr>"]
        for name, calls, seconds in rows:
            share = self._share(seconds)
            body.append(
                f'<tr><td>{html.escape(name)}<td class="n">{calls}<td class="n">{_time(seconds)}'
                f'<td class="n">{share:.1%}<td><div class="b" style="width:{300 * share:.0f}px">'
                "</div></tr>"
            )
        return "\n".join([*body, "</table>"])


def timed(program: _core.Program, inputs: Sequence[Any], runs: int = RUNS) -> Profile:
    """The least time of each instruction of so many runs, after a first one."""
    program.times(inputs)
    rounds = [program.times(inputs) for _ in range(runs)]
    times = [min(found) * 1e-9 for found in zip(*rounds)]
    code = program.code()
    inputs = ", ".join(
        f"{name}: {type_text(*given)}"
        for name, given in zip(input_names(code, None), code["inputs"])
    )
    instructions = [
        (name, ", ".join(type_text(dtype, shape) for _, dtype, shape in written), t)
        for (name, _, _, written, *_), t in zip(code["instructions"], times)
    ]
    return Profile(instructions, program.places, "instruction", inputs)


def _summed(pairs: Any) -> list[tuple[str, int, float]]:
    sums: dict[str, tuple[int, float]] = {}
    for name, seconds in pairs:
        calls, before = sums.get(name, (0, 0.0))
        sums[name] = calls + 1, before + seconds
    rows = [(name, calls, seconds) for name, (calls, seconds) in sums.items()]
    return sorted(rows, key=lambda row: -row[2])


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.0f} ns"
