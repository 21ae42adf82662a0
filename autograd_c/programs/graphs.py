"""Programs as graphs: a picture by Graphviz, or a tree of text."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

from autograd_c.core import _core
from autograd_c.programs.text import (
    Code,
    composite_texts,
    constant_text,
    input_names,
    parts_of,
    type_text,
)
from autograd_c.values import errors

# Of text.
_MOST_LINES, _WIDEST = 1000, 120


class Graph:
    """A program, or a tape, as a graph of its operations; what `tf.viz.graph` returns.

    A notebook shows it as a picture, where Graphviz is installed, and else as the text that `str`
    gives: for each result a tree of what it was computed from, in which what occurs again is only
    named. Programs of loops and branches are graphs within it, or trees below that.

    Attributes:
      dot: the graph in Graphviz's language.
    """

    def __init__(self, program: _core.Program | Code, names: Sequence[str] | None = None) -> None:
        # Constants of a tape are None: it does not keep them for anybody to see.
        self._code = program.code() if isinstance(program, _core.Program) else program
        self._names = input_names(self._code, names)
        self.dot = _in_dot(self._code, self._names)

    def __str__(self) -> str:
        return "\n".join(_trees(self._code, self._names))

    def __repr__(self) -> str:
        return f"<Graph of {len(self._code['instructions'])} operations>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        bundle = {"text/plain": str(self)}
        if shutil.which("dot") is not None:
            bundle["image/svg+xml"] = self.svg()
        return bundle

    def svg(self) -> str:
        """The picture, as SVG.

        Raises:
            UnavailableError: (`tf.errors`) if Graphviz's program `dot` is not there, or fails.
        """
        program = shutil.which("dot")
        if program is None:
            raise errors.UnavailableError(
                "[viz.graph] a picture is made by Graphviz's program `dot`, which is not installed "
                "(apt install graphviz, brew install graphviz); str() of the graph is text"
            )
        made = subprocess.run([program, "-Tsvg"], input=self.dot.encode(), capture_output=True)
        if made.returncode != 0:
            raise errors.UnavailableError(
                f"[viz.graph] dot: {made.stderr.decode(errors='replace')}"
            )
        return made.stdout.decode()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file; if its name ends in `.dot`, what Graphviz makes it of."""
        is_dot = os.fspath(path).endswith(".dot")
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.dot if is_dot else self.svg())


# ---------------------------------------------------------------- in Graphviz's language


def _in_dot(code: Code, names: Sequence[str]) -> str:
    lines = [
        "digraph program {",
        "  compound=true;",
        '  node [fontname="Helvetica", fontsize=10, style=filled, fillcolor=white];',
        '  edge [color="#666666", arrowsize=0.7];',
        '  fontname="Helvetica"; fontsize=10; color="#999999";',
    ]
    _Picture(lines).add_program(code, names, "s", "out")
    lines.append("}")
    return "\n".join(lines) + "\n"


class _Picture:
    """Lines of Graphviz's language."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._clusters: dict[_core.Composite, str] = {}  # a node in the first of each
        self._count = 0

    def add_program(self, code: Code, names: Sequence[str], slots: str, results: str) -> str:
        """A program, whose nodes are called by these letters; gives the name of one of them."""
        # The slot that stands for an operation: that of its first result.
        first: dict[int, int] = {}
        for instruction in code["instructions"]:
            for slot, _, _ in instruction[3]:
                first[slot] = instruction[3][0][0]

        def node(slot: int) -> str:
            return f"{slots}{first.get(slot, slot)}"

        def add(slot: int, label: str, look: str) -> None:
            self._lines.append(f"  {slots}{slot} [label={_quoted(label)}, {look}];")

        for slot, given in enumerate(code["inputs"]):
            label = f"{names[slot]}\n{type_text(*given)}"
            add(slot, label, 'shape=ellipse, fillcolor="#d7e8f7"')
        used = {slot for i in code["instructions"] for slot in i[2]}
        for slot, value in code["constants"]:
            if slot in used or slot in code["outputs"]:
                add(slot, "\n".join(_constant(value)), 'shape=plaintext, fillcolor="#eeeeee"')
        inner = []
        for instruction in code["instructions"]:
            name, _, read, written = instruction[:4]
            numbers = _numbers(instruction, 4)
            types = ", ".join(type_text(dtype, shape) for _, dtype, shape in written)
            add(written[0][0], f"{name}{numbers}\n{types}", "shape=box")
            for slot in read:
                self._lines.append(f"  {node(slot)} -> {slots}{written[0][0]};")
            if len(instruction) > 4:
                inner.append((instruction[4], f"{slots}{written[0][0]}"))
        for k, slot in enumerate(code["outputs"]):
            look = 'shape=ellipse, fillcolor="#f7e3d0"'
            self._lines.append(f'  {results}{k} [label="result {k}", {look}];')
            self._lines.append(f"  {node(slot)} -> {results}{k};")
        for composite, own in inner:
            self._add_composite(composite, own)
        return f"{results}0" if code["outputs"] else f"{slots}0"

    def _add_composite(self, composite: _core.Composite, node: str) -> None:
        """Clusters for its programs, unless they are there, and an edge to the first of them."""
        while composite.of is not None:
            composite = composite.of
        if composite not in self._clusters:
            for title, program, names in parts_of(composite):
                number = self._count = self._count + 1
                self._lines.append(f"  subgraph cluster{number} {{")
                self._lines.append(f"  label={_quoted(f'{composite.kind}: {title}')};")
                inside = self.add_program(program.code(), names, f"p{number}s", f"p{number}out")
                self._lines.append("  }")
                self._clusters.setdefault(composite, f"{inside} [lhead=cluster{number}")
        if composite in self._clusters:
            target = self._clusters[composite]
            self._lines.append(f"  {node} -> {target}, style=dashed, arrowhead=none];")


# ---------------------------------------------------------------- as text


def _trees(code: Code, names: Sequence[str]) -> list[str]:
    """Of a program, and below it those of its loops and branches."""
    lines: list[str] = []
    waiting = [("", code, names)]
    seen: set[_core.Composite] = set()
    while waiting and len(lines) < _MOST_LINES:
        title, code, names = waiting.pop(0)
        lines += ["", title] if title else []
        lines += _tree(code, names)
        for instruction in code["instructions"]:
            composite = instruction[4] if len(instruction) > 4 else None
            while composite is not None and composite not in seen:
                seen.add(composite)
                for part, program, inner in parts_of(composite):
                    waiting.append((f"{composite.kind}, {part}", program.code(), inner))
                composite = composite.of
    return lines


def _tree(code: Code, names: Sequence[str]) -> list[str]:
    leaves = {slot: names[slot] for slot in range(len(code["inputs"]))}
    for slot, value in code["constants"]:
        shown, *kind = _constant(value)
        leaves[slot] = " ".join([shown, *kind]) if shown == "constant" else shown
    made = {}
    for instruction in code["instructions"]:
        for slot, dtype, shape in instruction[3]:
            label = f"{instruction[0]}{_numbers(instruction)}  {type_text(dtype, shape)}"
            made[slot] = (label, instruction[2])
    again = {slot for slot, count in _counts(code).items() if count > 1 and slot in made}
    lines: list[str] = []
    seen: set[int] = set()
    for number, output in enumerate(code["outputs"]):
        lines.append(f"result {number}")
        # Slots to be shown, with what stands before them: of operands, and of those below.
        waiting = [(output, "└─ ", "   ")]
        while waiting:
            slot, own, below = waiting.pop()
            if slot in leaves:
                lines.append(own + leaves[slot])
                continue
            if slot in seen and slot in again:
                lines.append(f"{own}%{slot}, as above")
                continue
            seen.add(slot)
            label, read = made[slot]
            if len(lines) >= _MOST_LINES or len(below) > _WIDEST:
                lines.append(f"{own}{label}  ...")
                continue
            lines.append(own + label + (f"  %{slot}" if slot in again else ""))
            for k in range(len(read) - 1, -1, -1):
                is_last = k == len(read) - 1
                own_mark, mark = ("└─ ", "   ") if is_last else ("├─ ", "│  ")
                waiting.append((read[k], below + own_mark, below + mark))
    return lines


def _counts(code: Code) -> dict[int, int]:
    counts: dict[int, int] = {}
    for instruction in code["instructions"]:
        for slot in instruction[2]:
            counts[slot] = counts.get(slot, 0) + 1
    for slot in code["outputs"]:
        counts[slot] = counts.get(slot, 0) + 1
    return counts


def _numbers(instruction: Any, most: int | None = None) -> str:
    """The attributes, behind a bar, unless there are more than that."""
    said = [str(x) for x in instruction[1]]
    if len(instruction) > 4:
        said = composite_texts(instruction[4])
    return f" | {', '.join(said)}" if said and (most is None or len(said) <= most) else ""


def _constant(value: Any) -> list[str]:
    """Its value, if it is short, and its type."""
    if value is None:
        return ["constant"]
    return [constant_text(value), type_text(value.dtype.name, tuple(value.shape))]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
