"""Programs as text: a line for each instruction, and the memory that they need."""

from __future__ import annotations

import linecache
import math
import os
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from autograd_c.core import _core
from autograd_c.values.dtypes import as_dtype

Code: TypeAlias = dict[str, Any]

# Whose results are in the memory of their first input, where that can be.
_VIEWS = {"identity", "stop_gradient", "reshape", "broadcast_to", "view", "real", "imag"}
_SHOWN = 24  # characters of a constant
LOOPS = ("scan", "while_loop")


def text_of(
    program: _core.Program,
    names: Sequence[str] | None = None,
    most_lines: int | None = None,
) -> str:
    """A program as text.

    Each line is an instruction: its result, the operation with the results that it reads, its
    attributes behind a bar, and dtype and shape of the result. Where it was noted which lines of
    the user's program instructions are from (`Program(..., places=True)`), these are told before
    them. The programs of a loop or a branch stand below its line: whether there is another round,
    and the round. The last lines say what is returned, and how much memory a run takes: that of
    constants, and the most at a time for what instructions give, if each result is let go of after
    it has been read last. The inputs are not counted.

    Args:
        program: that was recorded or loaded.
        names: of the inputs; by default x0, x1 and so on.
        most_lines: of instructions; those in the middle are left out beyond that.

    Raises:
        ValueError: if there are fewer names than inputs.

    >>> import autograd_c as tf
    >>> from autograd_c.core._core import Program
    >>> from autograd_c.programs.text import text_of
    >>> def f(x, w):
    ...     return tf.reduce_sum(tf.tanh(x @ w) * 0.5, 1)
    >>> program = Program(f, [tf.ones([1, 3]), tf.ones([3, 1])])
    >>> print(text_of(program, ["x", "w"]))
    %0 = x                        float32[1, 3]
    %1 = w                        float32[3, 1]
    %4 = 0.5                      float32
    %2 = matmul(%0, %1 | 0, 0)    float32[1, 1]
    %3 = tanh(%2)                 float32[1, 1]
    %5 = multiply(%3, %4)         float32[1, 1]
    %6 = reduce_sum(%5 | 2, 0)    float32[1]
    return %6
    4 instructions; 4 bytes of constants, and at most 8 bytes for results
    """
    code = program.code()
    text = _Text(most_lines)
    text.add_program(program, input_names(code, names))
    return text.finished(code, "")


def text_of_paths(code: Code, names: Sequence[str], most_lines: int | None = None) -> str:
    """Paths that go by values as text: what `_core.paths_as_code` returns.

    As `text_of`, but that Variables stand behind the inputs, and where a value is read what is done
    for each of those that are known: for the longest way last, and not indented.
    """
    text = _Text(most_lines)
    text.add_given(code, names, "")
    segments = code["segments"]
    begins = [0, *(segment[1] for segment in segments[:-1])]
    behind = _instructions_behind(segments, begins)
    waiting: list[tuple[int, str]] = [(0, "")]
    titles = {0: ""}
    while waiting:
        number, indent = waiting.pop()
        kind, end, *rest = segments[number]
        if titles[number]:
            text.add(titles[number])
        inside = indent + "    " * (titles[number].startswith(f"{indent}where"))
        text.add_instructions(code["instructions"][begins[number] : end], [], inside)
        if kind == "return":
            slots, assigned = rest
            for v, slot, _ in assigned:
                text.add(f"{inside}assign {v.name} = %{slot}")
            text.add_return(slots, inside)
            continue
        slot, truth, ways = rest
        known = sorted(ways, key=lambda way: behind[way[1]])
        for k, (value, following) in enumerate(known[::-1]):
            said = f"is {_is_true(value)}" if truth else f"= {constant_text(value)}"
            first = "where" if k > 0 else "else where" if len(known) > 1 else "only where"
            titles[following] = f"{inside}{first} %{slot} {said}:"
            waiting.append((following, inside))
    count = sum(segment[0] == "return" for segment in segments)
    return text.finished(_with_ends(code, begins), f" on {count} path{'s' * (count != 1)}")


def _is_true(value: Any) -> bool:
    return bool(np.any(np.asarray(value)))


def _instructions_behind(segments: Sequence[Any], begins: Sequence[int]) -> list[int]:
    """Of each segment how many instructions it has, and those that may be behind it."""
    counts = [segment[1] - begin for segment, begin in zip(segments, begins, strict=True)]
    for number in range(len(segments) - 1, -1, -1):  # those behind it are behind it in the list
        if segments[number][0] == "guard":
            counts[number] += sum(counts[following] for _, following in segments[number][4])
    return counts


def _with_ends(code: Code, begins: Sequence[int]) -> Code:
    """All of it as a program, as far as memory goes: instructions read what ends ask for."""
    instructions: list[Any] = []
    for begin, (kind, end, first, *rest) in zip(begins, code["segments"], strict=True):
        read = (first,) if kind == "guard" else (*first, *(slot for _, slot, _ in rest[0]))
        instructions += [*code["instructions"][begin:end], (kind, (), read, ())]
    return {**code, "instructions": instructions, "outputs": ()}


class _Text:
    """Lines, of which the second parts are to stand below each other."""

    def __init__(self, most_lines: int | None) -> None:
        self._lines: list[tuple[str, str]] = []
        self.count = 0
        self._most = most_lines
        self._seen: dict[_core.Composite, str] = {}

    def add_program(
        self, program: _core.Program, names: Sequence[str], indent: str = "", before: Any = None
    ) -> None:
        """Its lines; `before`: the line of the user's program that was told last."""
        code = program.code()
        self.add_given(code, names, indent)
        self.add_instructions(code["instructions"], program.places, indent, before)
        self.add_return(code["outputs"], indent)

    def add_given(self, code: Code, names: Sequence[str], indent: str) -> None:
        """What is there before anything is run."""
        for slot, (dtype, shape) in enumerate(code["inputs"]):
            self.add(f"{indent}%{slot} = {names[slot]}", type_text(dtype, shape))
        for slot, v in code.get("loads", ()):
            kind = type_text(v.dtype.name, tuple(v.shape))
            self.add(f"{indent}%{slot} = Variable {v.name}", kind)
        for slot, value in code["constants"]:
            kind = type_text(value.dtype.name, tuple(value.shape))
            self.add(f"{indent}%{slot} = {constant_text(value)}", kind)

    def add_instructions(
        self, instructions: Sequence[Any], places: Sequence[Any], indent: str, before: Any = None
    ) -> None:
        count = len(instructions)
        self.count += count
        most = count if self._most is None else self._most
        for k, instruction in enumerate(instructions):
            if (count - most) + most // 2 > k >= most // 2:
                if k == most // 2:
                    self.add(f"{indent}... {count - most} instructions ...")
                before = None
                continue
            place = places[k] if places else None
            if place is not None and (before is None or place[:2] != before[:2]):
                before = place
                self.add(indent + place_text(place))
            left, right = _line(instruction)
            self.add(indent + left, right)
            if len(instruction) > 4:
                own = f"%{instruction[3][0][0]}"
                self._add_composite(instruction[4], own, indent + "    ", before)

    def add_return(self, slots: Sequence[int], indent: str) -> None:
        self.add(f"{indent}return " + ", ".join(f"%{slot}" for slot in slots))

    def add(self, left: str, right: str = "") -> None:
        self._lines.append((left, right))

    def finished(self, code: Code, where: str) -> str:
        """All lines, and how much memory that code needs. `where`: its instructions are."""
        width = max((len(left) for left, right in self._lines if right), default=0) + 4
        shown = [f"{left:<{width}}{right}".rstrip() for left, right in self._lines]
        count = sum(bool(instruction[3]) for instruction in code["instructions"])
        memory = _Memory()
        constants, results = memory.of(code)
        shown.append(
            f"{count} instruction{'s' * (count != 1)}{where}"
            + (f", and {self.count - count} in loops and branches" if self.count > count else "")
            + f"; {bytes_text(constants)} of constants"
            + f", and at most {bytes_text(results)} for results"
            + (f"; {bytes_text(memory.each)} for each round of a gradient" * (memory.each > 0))
        )
        return "\n".join(shown)

    def _add_composite(
        self, composite: _core.Composite, slot: str, indent: str, before: Any
    ) -> None:
        """What it is made of, unless that has been shown."""
        if composite in self._seen:
            self.add(f"{indent}as {self._seen[composite]}")
            return
        self._seen[composite] = f"{composite.kind} {slot} above"
        if composite.of in self._seen:
            self.add(f"{indent}of {self._seen[composite.of]}")
        elif composite.of is not None:
            texts = composite_texts(composite.of)
            said = f" | {', '.join(texts)}" if texts else ""
            self.add(f"{indent}of {composite.of.kind}{said}:")
            self._add_composite(composite.of, f"in {slot}", indent + "    ", before)
        for title, program, names in parts_of(composite):
            self.add(f"{indent}{title}:")
            self.add_program(program, names, indent + "    ", before)


def parts_of(composite: _core.Composite) -> list[tuple[str, _core.Program, list[str]]]:
    """The programs of a loop, a branch or a call: what each is, and names of its inputs."""
    if composite.kind == "custom_gradient":  # the first one gives what it takes
        results = len(composite.programs[0].code()["outputs"])
        return [
            ("gradient", program, [*_numbered("cotangent", results), *_numbered("given", captured)])
            for program in composite.programs[1:]
            for captured in [len(program.code()["inputs"]) - results]
        ]
    is_loop = composite.kind in LOOPS
    carried, rows = composite.numbers[:2] if is_loop else (0, 0)

    def name(k: int) -> str:
        if k < carried:
            return f"carried {k}"
        return f"row {k - carried}" if k < carried + rows else f"given {k - carried - rows}"

    found = []
    for k, program in enumerate(composite.programs):
        title = ("round", "while")[k] if is_loop else f"branch {k}"
        title = "program" if composite.kind == "call" else title
        found.append((title, program, [name(n) for n in range(len(program.code()["inputs"]))]))
    return found[::-1] if is_loop else found  # whether there is a round is asked before it


def _numbered(word: str, count: int) -> list[str]:
    return [f"{word} {k}" for k in range(count)]


def _line(instruction: Any) -> tuple[str, str]:
    name, attributes, read, written = instruction[:4]
    operands = ", ".join(f"%{slot}" for slot in read)
    said = list(map(str, attributes)) if len(instruction) == 4 else composite_texts(instruction[4])
    numbers = f" | {', '.join(said)}" if said else ""
    results = ", ".join(f"%{slot}" for slot, _, _ in written)
    types = ", ".join(type_text(dtype, shape) for _, dtype, shape in written)
    return f"{results} = {name}({operands}{numbers})", types


def composite_texts(composite: _core.Composite) -> list[str]:
    """The numbers of a loop or a derivative, in words."""
    if composite.kind in LOOPS:
        _, _, count, backwards, checkpoints = composite.numbers
        most = "at most " if composite.kind == "while_loop" else ""
        said = [f"{most}{count} round{'s' * (count != 1)}"] if count >= 0 else []
        said += ["backwards"] * backwards
        return said + ["checkpoints"] * checkpoints
    if composite.of is None or composite.kind == "recompute_grad":
        return []
    outputs = output_count_of(composite.of)
    inputs = len(composite.numbers) - outputs
    flags = composite.numbers[:inputs], composite.numbers[inputs:]
    by, of = [" ".join(str(k) for k, flag in enumerate(each) if flag) for each in flags]
    return [f"of {of} by {by}"]


def output_count_of(composite: _core.Composite) -> int:
    if composite.of is None:
        return len(composite.programs[0].code()["outputs"])
    outputs = output_count_of(composite.of)
    if composite.kind == "recompute_grad":
        return outputs
    by, of = composite.numbers[:-outputs], composite.numbers[-outputs:]
    return sum(by if composite.kind == "gradient" else of)


def input_names(code: Code, names: Sequence[str] | None) -> Sequence[str]:
    count = len(code["inputs"])
    if names is None:
        return [f"x{k}" for k in range(count)]
    if len(names) < count:
        raise ValueError(f"{len(names)} names for {count} inputs")
    return names


def place_text(place: tuple[str, int, str]) -> str:
    """As `# model.py:12  y = tf.tanh(x)`."""
    file, line, _ = place
    source = linecache.getline(file, line).strip()
    return f"# {os.path.basename(file)}:{line}  {source}".rstrip()


def type_text(dtype: str, shape: Sequence[int]) -> str:
    """As `float32[16, 32]`; a number has no brackets."""
    return f"{dtype}[{', '.join(map(str, shape))}]" if len(shape) else dtype


def constant_text(value: Any) -> str:
    """A constant in one line, if it is short."""
    if math.prod(value.shape) > 8:
        return "constant"
    shown = np.array2string(np.asarray(value), separator=", ", precision=6).replace("\n", "")
    return shown if len(shown) <= _SHOWN else "constant"


def bytes_text(count: int) -> str:
    """As people write it: 12 bytes, 3.1 KB."""
    if count < 1000:
        return f"{count} byte{'s' * (count != 1)}"
    size = float(count)
    for unit in ("KB", "MB", "GB", "TB"):
        size /= 1000
        if size < 999.5 or unit == "TB":
            return f"{size:.3g} {unit}"
    raise AssertionError


def memory_of(code: Code) -> tuple[int, int]:
    """Bytes of constants; and the most that results take at a time, run one after the other.

    Of a loop whose rounds are not counted it is without what a gradient keeps of each.
    """
    return _Memory().of(code)


class _Memory:
    """What programs need, of which those that are part of several others are looked at once.

    Attributes:
      each: what gradients keep of each round of loops whose rounds are not counted.
    """

    def __init__(self) -> None:
        self.each = 0
        self._results: dict[_core.Composite, int] = {}  # while it is run

    def of(self, code: Code) -> tuple[int, int]:
        constants = sum(_bytes(c.dtype.name, tuple(c.shape)) for _, c in code["constants"])
        # Results that are in the memory of another one are that one.
        owner: dict[int, int] = {}
        last: dict[int, int] = {}
        within: dict[int, int] = {}
        for place, (name, _, read, written, *composite) in enumerate(code["instructions"]):
            if name in _VIEWS:
                owner[written[0][0]] = owner.get(read[0], read[0])
            for slot in (*read, *(slot for slot, _, _ in written)):
                last[owner.get(slot, slot)] = place
            if composite:
                constants += self._add(composite[0])
                within[place] = self._results[composite[0]]
        for slot in code["outputs"]:
            last[owner.get(slot, slot)] = len(code["instructions"])
        ends: dict[int, list[int]] = {}
        for slot, place in last.items():
            ends.setdefault(place, []).append(slot)
        held: dict[int, int] = {}
        now = most = 0
        for place, instruction in enumerate(code["instructions"]):
            for slot, dtype, shape in instruction[3]:
                if slot not in owner:
                    held[slot] = _bytes(dtype, shape)
                    now += held[slot]
            most = max(most, now + within.get(place, 0))
            for slot in ends.get(place, ()):
                now -= held.pop(slot, 0)
        return constants, most

    def _add(self, composite: _core.Composite) -> int:
        """Look at what a composite is made of; gives the bytes of constants that are new."""
        if composite in self._results:
            return 0
        self._results[composite] = 0
        parts = [self.of(program.code()) for program in composite.programs]
        constants = sum(part[0] for part in parts)
        results = max([0, *(part[1] for part in parts)])
        if composite.of is not None:
            constants += self._add(composite.of)
            # An operation's derivative takes as much as it does, beside what it has given.
            is_derivative = composite.kind != "recompute_grad"
            results = (3 if is_derivative else 1) * self._results[composite.of]
            if composite.kind == "gradient":
                results += self._kept(composite.of)
        self._results[composite] = results
        return constants

    def _kept(self, loop: _core.Composite) -> int:
        """What its gradient keeps of all rounds."""
        if loop.kind not in LOOPS:
            return 0
        carried, _, count, _, checkpoints = loop.numbers
        each = sum(_bytes(*given) for given in loop.programs[0].code()["inputs"][:carried])
        if count < 0:
            self.each = max(self.each, each)
            return 0
        return each * min(count, 2 * math.isqrt(count) + 1 if checkpoints else count)


def _bytes(dtype: str, shape: Sequence[int]) -> int:
    return int(math.prod(shape) * as_dtype(dtype).size)
