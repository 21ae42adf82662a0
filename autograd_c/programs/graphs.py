"""Programs as graphs: a picture by Graphviz, or a tree of text."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

from autograd_c.core import _core
from autograd_c.programs.text import Code, constant_text, input_names, type_text
from autograd_c.values import errors

# Of text.
_MOST_LINES, _WIDEST = 1000, 120


class Graph:
    """A program, or a tape, as a graph of its operations; what `tf.viz.graph` returns.

    A notebook shows it as a picture, where Graphviz is installed, and else as the text that `str`
    gives: for each result a tree of what it was computed from, in which what occurs again is only
    named.

    Attributes:
      dot: the graph in Graphviz's language.
    """

    def __init__(self, program: _core.Program | Code, names: Sequence[str] | None = None) -> None:
        # Constants of a tape are None: it does not keep them for anybody to see.
        self._code = program.code() if isinstance(program, _core.Program) else program
        self._names = input_names(self._code, names)
        # The slot that stands for an operation is that of its first result.
        self._firsts: dict[int, int] = {
            slot: written[0][0]
            for _, _, _, written in self._code["instructions"]
            for slot, _, _ in written
        }
        self.dot = self._in_dot()

    def __str__(self) -> str:
        return "\n".join(self._tree())

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

    # ------------------------------------------------------------ in Graphviz's language

    def _in_dot(self) -> str:
        code = self._code
        lines = [
            "digraph program {",
            '  node [fontname="Helvetica", fontsize=10, style=filled, fillcolor=white];',
            '  edge [color="#666666", arrowsize=0.7];',
        ]

        def add(slot: int, label: str, look: str) -> None:
            lines.append(f"  s{slot} [label={_quoted(label)}, {look}];")

        for slot, given in enumerate(code["inputs"]):
            label = f"{self._names[slot]}\n{type_text(*given)}"
            add(slot, label, 'shape=ellipse, fillcolor="#d7e8f7"')
        used = {slot for _, _, read, _ in code["instructions"] for slot in read}
        for slot, value in code["constants"]:
            if slot in used or slot in code["outputs"]:
                add(slot, "\n".join(_constant(value)), 'shape=plaintext, fillcolor="#eeeeee"')
        for name, attributes, read, written in code["instructions"]:
            numbers = f" | {', '.join(map(str, attributes))}" if 0 < len(attributes) <= 4 else ""
            types = ", ".join(type_text(dtype, shape) for _, dtype, shape in written)
            first = written[0][0]
            add(first, f"{name}{numbers}\n{types}", "shape=box")
            for slot in read:
                lines.append(f"  s{self._node_of(slot)} -> s{first};")
        for k, slot in enumerate(code["outputs"]):
            lines.append(f'  out{k} [label="result {k}", shape=ellipse, fillcolor="#f7e3d0"];')
            lines.append(f"  s{self._node_of(slot)} -> out{k};")
        lines.append("}")
        return "\n".join(lines) + "\n"

    def _node_of(self, slot: int) -> int:
        return self._firsts.get(slot, slot)

    # ------------------------------------------------------------ as text

    def _tree(self) -> list[str]:
        code = self._code
        leaves = {slot: self._names[slot] for slot in range(len(code["inputs"]))}
        for slot, value in code["constants"]:
            shown, *kind = _constant(value)
            leaves[slot] = " ".join([shown, *kind]) if shown == "constant" else shown
        made = {}
        for name, attributes, read, written in code["instructions"]:
            numbers = f" | {', '.join(map(str, attributes))}" if attributes else ""
            for slot, dtype, shape in written:
                made[slot] = (f"{name}{numbers}  {type_text(dtype, shape)}", read)
        again = {slot for slot, count in self._counts().items() if count > 1 and slot in made}
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
                    waiting.append(
                        (
                            read[k],
                            below + ("└─ " if is_last else "├─ "),
                            below + ("   " if is_last else "│  "),
                        )
                    )
        return lines

    def _counts(self) -> dict[int, int]:
        counts: dict[int, int] = {}
        for _, _, read, _ in self._code["instructions"]:
            for slot in read:
                counts[slot] = counts.get(slot, 0) + 1
        for slot in self._code["outputs"]:
            counts[slot] = counts.get(slot, 0) + 1
        return counts


def _constant(value: Any) -> list[str]:
    """Its value, if it is short, and its type."""
    if value is None:
        return ["constant"]
    return [constant_text(value), type_text(value.dtype.name, tuple(value.shape))]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
