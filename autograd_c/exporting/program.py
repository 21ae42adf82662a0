"""A program as the body of a function of C."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from autograd_c.core._core import Composite, Program

# Those that enter what they write.
from autograd_c.exporting import matrices, moving, picking, reductions  # noqa: F401
from autograd_c.exporting.helpers import Helpers
from autograd_c.exporting.memory import Memory, name_shared
from autograd_c.exporting.needed import Code, Needs, types_of, with_outputs
from autograd_c.exporting.parts import Branch, Loop, Part, SubProgram, handed_on, is_passed, row_of
from autograd_c.exporting.rows import SCRATCH, STEPS, expression, is_by_elements, view_of
from autograd_c.exporting.steps import Call, Schedule, Statement, copy_of
from autograd_c.exporting.types import SHORT, c_type, itemsize, literal
from autograd_c.exporting.values import Base, View, constant, whole
from autograd_c.exporting.writer import Place, Writer
from autograd_c.programs.text import LOOPS
from autograd_c.values import errors

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
      by_value: whether it is given as a number; by default if it is one.
    """

    def __init__(
        self,
        name: str,
        title: str,
        dtype: str,
        shape: tuple[int, ...],
        by_value: bool | None = None,
    ) -> None:
        self.name, self.title, self.dtype, self.shape = name, title, dtype, shape
        self.by_value = shape == () if by_value is None else by_value

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def declared(self, is_result: bool) -> str:
        """In a list of parameters."""
        kind = c_type(self.dtype)
        if is_result:
            return f"{kind} *restrict {self.name}"
        if self.by_value:
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
      around: the function that it is a part of.

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

    operations: int
    failures: int
    work: dict[str, int]
    work_bytes: int

    def __init__(
        self,
        name: str,
        code: Code,
        inputs: Sequence[tuple[int, Argument]],
        results: Sequence[Argument],
        places: Sequence[Place],
        helpers: Helpers,
        around: CFunction | None = None,
    ) -> None:
        self.name, self.helpers = name, helpers
        self.failures = 0 if around is None else around.failures
        self._name: str = name if around is None else around._name
        self._needs: Needs = Needs() if around is None else around._needs
        self.inputs = [argument for _, argument in inputs]
        self.results = list(results)
        self.operations = 0
        self._most_rounds = 0
        self._views: dict[int, View] = {}
        self._schedule = Schedule()
        self._places = places
        for slot, argument in inputs:
            self._views[slot] = self._given(argument)
        for slot, tensor in code["constants"]:
            c_type(tensor.dtype.name, "a constant")
            view = constant(np.asarray(tensor))
            self._views[slot] = view if view.size else _nothing(view)
        self._types = types_of(code)
        kept, self._needed = self._needs.of(code)
        for instruction in kept:
            self._add(*instruction)
        self._write([self._view(slot) for slot in code["outputs"]])

    def _given(self, argument: Argument) -> View:
        c_type(argument.dtype, argument.title)
        base = Base(argument.dtype, argument.size)
        base.is_given, base.text = True, argument.name
        base.is_scalar = argument.by_value
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
        composite: Composite | None,
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
        if composite is not None:
            self._add_composite(call, composite, [slot in self._needed for slot, _, _ in written])
            self._views.update(zip([slot for slot, _, _ in written], call.results, strict=True))
            return
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
            raise _not_written(f"[{name}] cannot be written as C yet", place)
        for (slot, _, _), view in zip(written, call.results, strict=True):
            self._views[slot] = view

    def _add_composite(self, call: Call, composite: Composite, wanted: list[bool]) -> None:
        is_loop = composite.kind in LOOPS
        asked = [k for k, is_wanted in enumerate(wanted) if is_wanted]
        needed = set(asked)
        if is_loop:
            needed |= set(self._needs.of_round(composite, wanted)) - handed_on(composite)
        for k, view in enumerate(call.results):
            if view.size == 0 or k not in needed:
                call.results[k] = _nothing(view)
        rows = range(0)
        step: SubProgram | Branch | Loop
        if composite.kind == "cond":
            step = Branch(call, composite, self._part)
        elif is_loop:
            step = Loop(call, composite, self._part, asked)
            carried = composite.numbers[0]
            rows = range(carried, carried + composite.numbers[1])
            self._most_rounds = max(self._most_rounds, step.count)
        elif composite.of is not None:
            try:
                step = SubProgram(call, composite.expanded(), self._part)
            except errors.InvalidArgumentError as error:
                what = f"[{call.name}] cannot be written as C: {error}"
                raise _not_written(what, call.place) from error
        else:
            raise _not_written(f"[{call.name}] cannot be written as C yet", call.place)
        self.operations += step.operations
        matters = self._needs.inputs_that_matter(composite, wanted)
        for k, view in enumerate(call.inputs):
            if not matters[k]:  # it need not be in memory for this
                call.inputs[k] = _nothing(self._made(view.dtype, view.shape))
            elif k in step.copied and not is_passed(row_of(view) if k in rows else view):
                statement, call.inputs[k] = copy_of(view, call)
                self._schedule.add_statement(statement)
        self._schedule.add_step(call, step.write)

    def _part(self, program: Program, wanted: Sequence[int]) -> Part:
        """A program within this one, as a function."""
        code = with_outputs(program, wanted)
        types = types_of(code)
        _, needed = self._needs.of(code)
        inputs = [
            (slot, Argument(f"x{slot}", "", dtype, shape, math.prod(shape) == 1))
            for slot, dtype, shape in sorted(code["inputs"])
            if math.prod(shape) and slot in needed
        ]
        results = [Argument(f"y{k}_", "", *types[s]) for k, s in enumerate(code["outputs"])]
        name = f"{self._name}_part{self.helpers.new_part()}"
        made = CFunction(name, code, inputs, results, program.places, self.helpers, self)
        self.helpers.add(name, lambda: made.definition(is_part=True))
        part = Part(made, [slot for slot, _ in inputs], wanted, made.failures > self.failures)
        self.failures = made.failures
        return part

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
        largest = max([1, self._most_rounds, *sizes, *memory.work.values()])
        index_type = "int" if largest < 2**30 else "int64_t" if self._most_rounds else "ptrdiff_t"
        w = Writer(self.helpers, index_type, self.failures)
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

    def work_text(self, is_part: bool = False) -> str:
        """The type of its memory; of a part, of pointers to it."""
        members = [
            f"    {c_type(dtype)} *{SHORT[dtype]};"
            if is_part
            else f"    {c_type(dtype)} {SHORT[dtype]}[{self.work[dtype]}];"
            for dtype in sorted(self.work, key=lambda t: (-itemsize(t), t))
        ]
        return "\n".join(["typedef struct {", *members, f"}} {self.work_type};"])

    def definition(self, is_static: bool = False, is_part: bool = False) -> str:
        """The function."""
        lead = "static " if is_static or is_part else ""
        before = [self.work_text(True)] if is_part and self.work else []
        return "\n".join([*before, f"{lead}{self.head()} {{", *self.body, "}"])


def _not_written(what: str, place: Place) -> errors.UnimplementedError:
    where = f" ({place[0]}:{place[1]})" if place is not None else ""
    return errors.UnimplementedError(what + where)


def _nothing(view: View) -> View:
    """An array that nobody reads elements of."""
    view.base.is_given = view.base.is_scalar = True
    view.base.text = literal(view.dtype, 0)
    return view
