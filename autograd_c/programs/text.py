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


def text_of(
    program: _core.Program,
    names: Sequence[str] | None = None,
    most_lines: int | None = None,
) -> str:
    """A program as text.

    Each line is an instruction: its result, the operation with the results that it reads, its
    attributes behind a bar, and dtype and shape of the result. Where it was noted which lines of
    the user's program instructions are from (`Program(..., places=True)`), these are told before
    them. The last lines say what is returned, and how much memory a run takes: that of constants,
    and the most at a time for what instructions give, if each result is let go of after it has been
    read last. The inputs are not counted.

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
    given = input_names(code, names)
    lines: list[tuple[str, str]] = []
    for slot, (dtype, shape) in enumerate(code["inputs"]):
        lines.append((f"%{slot} = {given[slot]}", type_text(dtype, shape)))
    for slot, value in code["constants"]:
        kind = type_text(value.dtype.name, tuple(value.shape))
        lines.append((f"%{slot} = {constant_text(value)}", kind))
    count = len(code["instructions"])
    most = count if most_lines is None else most_lines
    before: Any = None
    for k, instruction in enumerate(code["instructions"]):
        if (count - most) + most // 2 > k >= most // 2:
            if k == most // 2:
                lines.append((f"... {count - most} instructions ...", ""))
            before = None
            continue
        if program.places and program.places[k] not in (None, before):
            before = program.places[k]
            lines.append((place_text(before), ""))
        lines.append(_line(instruction))
    width = max((len(left) for left, right in lines if right), default=0) + 4
    shown = [f"{left:<{width}}{right}".rstrip() for left, right in lines]
    shown.append("return " + ", ".join(f"%{slot}" for slot in code["outputs"]))
    constants, results = memory_of(code)
    shown.append(
        f"{count} instruction{'s' * (count != 1)}; {bytes_text(constants)} of constants, "
        f"and at most {bytes_text(results)} for results"
    )
    return "\n".join(shown)


def _line(instruction: Any) -> tuple[str, str]:
    name, attributes, read, written = instruction
    operands = ", ".join(f"%{slot}" for slot in read)
    numbers = f" | {', '.join(map(str, attributes))}" if attributes else ""
    results = ", ".join(f"%{slot}" for slot, _, _ in written)
    types = ", ".join(type_text(dtype, shape) for _, dtype, shape in written)
    return f"{results} = {name}({operands}{numbers})", types


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
    """Bytes of constants; and the most that results take at a time, run one after the other."""
    constants = sum(_bytes(c.dtype.name, tuple(c.shape)) for _, c in code["constants"])
    # Results that are in the memory of another one are that one.
    owner: dict[int, int] = {}
    last: dict[int, int] = {}
    for place, (name, _, read, written) in enumerate(code["instructions"]):
        if name in _VIEWS:
            owner[written[0][0]] = owner.get(read[0], read[0])
        for slot in (*read, *(slot for slot, _, _ in written)):
            last[owner.get(slot, slot)] = place
    for slot in code["outputs"]:
        last[owner.get(slot, slot)] = len(code["instructions"])
    ends: dict[int, list[int]] = {}
    for slot, place in last.items():
        ends.setdefault(place, []).append(slot)
    held: dict[int, int] = {}
    now = most = 0
    for place, (_, _, _, written) in enumerate(code["instructions"]):
        for slot, dtype, shape in written:
            if slot not in owner:
                held[slot] = _bytes(dtype, shape)
                now += held[slot]
        most = max(most, now)
        for slot in ends.get(place, ()):
            now -= held.pop(slot, 0)
    return constants, most


def _bytes(dtype: str, shape: Sequence[int]) -> int:
    return int(math.prod(shape) * as_dtype(dtype).size)
