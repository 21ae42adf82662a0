"""A program as the body of a function of C."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

# Those that enter what they write.
from autograd_c.exporting import matrices, moving, picking, reductions  # noqa: F401
from autograd_c.exporting.helpers import Helpers
from autograd_c.exporting.memory import Memory, name_shared
from autograd_c.exporting.rows import SCRATCH, STEPS, expression, is_by_elements, reads, view_of
from autograd_c.exporting.steps import Call, Schedule, Statement, copy_of
from autograd_c.exporting.types import SHORT, c_type, itemsize, literal
from autograd_c.exporting.values import Base, View, constant, whole
from autograd_c.exporting.writer import Place, Writer
from autograd_c.values import errors

# What `Program.simplified_code` gives.
Code: TypeAlias = dict[str, Any]

# Names that a function's arguments may not have.
RESERVED = set(
    "auto break case char const continue default do double else enum extern float for goto if "
    "inline int long register restrict return short signed sizeof static struct switch typedef "
    "union unsigned void volatile while _Bool _Complex _Imaginary bool true false work main "
    "asm typeof NAN INFINITY i j k l m n y0 y1 yn j0 j1 jn gamma".split()
)


class Argument:
    """Of the function: what it reads or where a result goes.

    Attributes:
      name: in C.
      title: what the user calls it, for comments.
    """

    def __init__(self, name: str, title: str, dtype: str, shape: tuple[int, ...]) -> None:
        self.name, self.title, self.dtype, self.shape = name, title, dtype, shape

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def declared(self, is_result: bool) -> str:
        """In a list of parameters."""
        kind = c_type(self.dtype)
        if is_result:
            return f"{kind} *restrict {self.name}"
        if self.shape == ():
            return f"{kind} {self.name}"
        return f"const {kind} *restrict {self.name}"


class CFunction:
    """A program as a function of C.

    Args:
      name: of the function.
      code: of `Program.simplified_code`.
      inputs: all arguments, with the slots that they stand in.
      results: where outputs go, in their order.
      places: of each instruction of the program, where it is from; or none.
      helpers: of the file.

    Attributes:
      body: lines.
      work: by dtype, how many elements of memory it works with.
      work_bytes: how many bytes that are.
      failures: how many reasons it knows to fail.
      operations: an estimate of how many numbers it computes.

    Raises:
        UnimplementedError: (`NotImplementedError`) for an operation or a dtype that cannot be
            written as C.
    """

    def __init__(
        self,
        name: str,
        code: Code,
        inputs: Sequence[tuple[int, Argument]],
        results: Sequence[Argument],
        places: Sequence[Place],
        helpers: Helpers,
    ) -> None:
        self.name, self.helpers = name, helpers
        self.inputs = [argument for _, argument in inputs]
        self.results = list(results)
        self.operations = 0
        self._views: dict[int, View] = {}
        self._schedule = Schedule()
        self._places = places
        for slot, argument in inputs:
            self._views[slot] = self._given(argument)
        for slot, tensor in code["constants"]:
            c_type(tensor.dtype.name, "a constant")
            view = constant(np.asarray(tensor))
            self._views[slot] = view if view.size else _nothing(view)
        self._types = {
            slot: (dtype, shape)
            for instruction in code["instructions"]
            for slot, dtype, shape in instruction[3]
        }
        for instruction in _read(code):
            self._add(*instruction[:5])
        self._write([self._view(slot) for slot in code["outputs"]])

    def _given(self, argument: Argument) -> View:
        c_type(argument.dtype, argument.title)
        base = Base(argument.dtype, argument.size)
        base.is_given, base.text = True, argument.name
        base.is_scalar = argument.shape == ()
        return whole(base, argument.shape)

    def _view(self, slot: int) -> View:
        if slot not in self._views:  # nobody reads its elements
            dtype, shape = self._types[slot]
            self._views[slot] = _nothing(self._made(dtype, shape))
        return self._views[slot]

    # ------------------------------------------------------------ instructions

    def _add(
        self,
        name: str,
        attributes: Sequence[int],
        read: Sequence[int],
        written: Sequence[tuple[int, str, tuple[int, ...]]],
        number: int,
    ) -> None:
        place = self._places[number] if number < len(self._places) else None
        call = Call(
            name,
            attributes,
            [self._view(slot) for slot in read],
            [(dtype, shape) for _, dtype, shape in written],
            place,
        )
        for _, dtype, _ in written:
            c_type(dtype, name)
        call.results = [self._made(dtype, shape) for _, dtype, shape in written]
        seen = view_of(call)
        if seen is None and name == "reshape":
            statement, copied = copy_of(call.inputs[0], call)
            self._schedule.add_statement(statement)
            seen = copied.reshaped(call.shape)
        if seen is not None and seen.size:
            self._views[written[0][0]] = seen
            return
        if call.result.size == 0:
            for (slot, _, _), view in zip(written, call.results, strict=True):
                self._views[slot] = _nothing(view)
            return
        self.operations += math.prod(call.shape)
        if is_by_elements(name):
            self._add_by_elements(call)
        elif name in STEPS:
            self.operations += sum(v.size for v in call.inputs)
            if name == "matmul":
                self.operations += math.prod(call.shape) * call.inputs[0].shape[-1]
            if name in SCRATCH:
                call.scratch = SCRATCH[name](call)
            self._schedule.add_step(call, STEPS[name])
        else:
            where = f" ({place[0]}:{place[1]})" if place is not None else ""
            raise errors.UnimplementedError(f"[{name}] cannot be written as C yet{where}")
        for (slot, _, _), view in zip(written, call.results, strict=True):
            self._views[slot] = view

    def _made(self, dtype: str, shape: tuple[int, ...]) -> View:
        return whole(Base(dtype, math.prod(shape)), shape)

    def _add_by_elements(self, call: Call) -> None:
        operands = [v.broadcast(call.shape) for v in call.inputs]
        text = expression(call, operands)
        self._schedule.add_statement(Statement(call, call.result.base, operands, text))

    # ------------------------------------------------------------ text

    def _write(self, outputs: list[View]) -> None:
        for view in outputs:
            view.base.is_stored = True
        items = self._schedule.items()
        direct: set[int] = set()
        taken: set[Base] = set()
        for k, view in enumerate(outputs):
            base = view.base
            is_free = base not in taken and not base.is_scalar and not base.is_given
            if is_free and view.is_whole and base.made_by is not None:
                taken.add(base)
                direct.add(k)
        memory = Memory(items, outputs, {outputs[k].base: self.results[k].name for k in direct})
        sizes = [v.base.size for v in self._views.values()]
        largest = max([1, *sizes, *memory.work.values()])
        w = Writer(self.helpers, "int" if largest < 2**30 else "ptrdiff_t")
        for view in self._views.values():
            if view.base.elements is not None and not view.base.is_scalar:
                if not view.base.text:
                    memory.constant(view.base)
        name_shared(items)
        for item in items:
            item.write(w)
        for k, view in enumerate(outputs):
            if k not in direct:
                self._copy_out(w, view, self.results[k])
        used = w.words()
        declared = {**memory.constants, **memory.locals, **memory.pointers}
        names = [x.name for x in [*self.inputs, *self.results]]
        if memory.work:
            names.append("work" if used.isdisjoint(memory.pointers) else "")
        self.body = [
            *[f"    {text}" for name, text in declared.items() if name in used],
            *[f"    (void){name};" for name in names if name and name not in used],
            *w.lines,
            "    return 0;",
        ]
        self.work, self.work_bytes, self.failures = memory.work, memory.work_bytes, w.failures

    def _copy_out(self, w: Writer, view: View, result: Argument) -> None:
        target = Base(result.dtype, result.size)
        target.text, target.is_scalar = result.name, False
        moving.copy(w, view, whole(target, result.shape))

    # ------------------------------------------------------------ declarations

    @property
    def work_type(self) -> str:
        """The name of the type of its memory."""
        return f"{self.name}_work"

    def parameters(self) -> list[str]:
        """All of them, as they are declared."""
        declared = [x.declared(False) for x in self.inputs]
        declared += [x.declared(True) for x in self.results]
        if self.work:
            declared.append(f"{self.work_type} *work")
        return declared or ["void"]

    def head(self) -> str:
        """Up to the parenthesis that closes the parameters."""
        text = f"int {self.name}({', '.join(self.parameters())})"
        if len(text) <= 96:
            return text
        return f"int {self.name}(\n    " + ",\n    ".join(self.parameters()) + ")"

    def work_text(self) -> str:
        """The type of its memory."""
        members = [
            f"    {c_type(dtype)} {SHORT[dtype]}[{self.work[dtype]}];"
            for dtype in sorted(self.work, key=lambda t: (-itemsize(t), t))
        ]
        return "\n".join(["typedef struct {", *members, f"}} {self.work_type};"])

    def definition(self, is_static: bool = False) -> str:
        """The function."""
        lead = "static " if is_static else ""
        return "\n".join([f"{lead}{self.head()} {{", *self.body, "}"])


def _read(code: Code) -> list[Any]:
    """The instructions, without those of which nothing is made that has elements.

    Nor those whose values do not matter, as that of `x` in 0 of the type of `x`.
    """
    needed = set(code["outputs"])
    kept = []
    sizes = {slot: math.prod(shape) for slot, _, shape in code["inputs"]}
    sizes.update({slot: tensor.shape.num_elements() for slot, tensor in code["constants"]})
    for instruction in code["instructions"]:
        sizes.update({slot: math.prod(shape) for slot, _, shape in instruction[3]})
    for instruction in reversed(code["instructions"]):
        written = [slot for slot, _, _ in instruction[3]]
        if needed.isdisjoint(written):
            continue
        kept.append(instruction)
        if any(sizes[slot] for slot in written):
            matters = reads(instruction[0]) or [True] * len(instruction[2])
            pairs = zip(instruction[2], matters, strict=True)
            needed.update(slot for slot, is_read in pairs if is_read and sizes[slot])
    return kept[::-1]


def _nothing(view: View) -> View:
    """An array that nobody reads elements of."""
    view.base.is_given = view.base.is_scalar = True
    view.base.text = literal(view.dtype, 0)
    return view
