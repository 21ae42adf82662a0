"""What a program consists of when it is written as C, and in which order.

Elementwise instructions are statements. Those of one number stand by themselves; those of arrays
stand in a loop with others of the same extents, as long as they read of what is made in it nothing
but the elements at hand. Everything else is a step of its own. All of that is put on levels: what
is on one depends on lower levels alone, and on the numbers of its own, which come first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from autograd_c.exporting.types import c_type
from autograd_c.exporting.values import Base, Extents, View, c_strides, element, whole
from autograd_c.exporting.writer import Place, Writer


class Call:
    """An instruction, as what writes it sees it."""

    def __init__(
        self,
        name: str,
        attributes: Sequence[int],
        inputs: list[View],
        outputs: list[tuple[str, Extents]],
        place: Place = None,
    ) -> None:
        self.name, self.attributes, self.inputs = name, attributes, inputs
        self.dtype, self.shape = outputs[0]
        self.outputs = outputs
        self.place = place
        self.results: list[View] = []
        self.scratch: list[Base] = []

    @property
    def result(self) -> View:
        return self.results[0]


class Item:
    """Something that is written at once.

    Attributes:
      level: when.
      position: among all items, once these are in order.
      reads: bases that it reads and has not made itself.
    """

    level = 0
    position = 0

    def __init__(self) -> None:
        self.reads: list[Base] = []

    @property
    def scratch(self) -> list[Base]:
        """Memory that it takes for itself."""
        return []

    def write(self, w: Writer) -> None:
        raise NotImplementedError


class Statement:
    """One elementwise instruction.

    Attributes:
      text: makes the expression of the texts of the operands; it may write checks before that.
    """

    def __init__(
        self, call: Call, base: Base, operands: list[View], text: Callable[[Writer, list[str]], str]
    ) -> None:
        self.call, self.base, self.operands, self.text = call, base, operands, text
        self.is_read = False  # in its own loop


class Numbers(Item):
    """Statements of single numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.statements: list[Statement] = []

    def write(self, w: Writer) -> None:
        for s in self.statements:
            w.source(s.call.place)
            text = s.text(w, [v.at([0] * len(v.shape)) for v in s.operands])
            s.base.text = w.local("t")
            w.line(f"const {c_type(s.base.dtype)} {s.base.text} = {text};")


class Loop(Item):
    """Statements of arrays with the same number of elements."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self.shape: Extents | None = None  # if one of them needs it
        self.statements: list[Statement] = []

    def takes(self, shape: Extents | None) -> bool:
        return shape is None or self.shape is None or shape == self.shape

    def write(self, w: Writer) -> None:
        shape = self.shape or (self.size,)
        order = c_strides(shape)
        layouts = [order]
        for s in self.statements:
            layouts += [self._strides(v, shape, order) for v in s.operands]
        extents, shorter = collapsed(shape, layouts)
        short = dict(zip(layouts, shorter, strict=True))
        texts: dict[Base, str] = {}
        with w.loops(extents) as index:
            for s in self.statements:
                w.source(s.call.place)
                operands = [
                    texts[v.base]
                    if v.base in texts
                    else element(
                        v.base,
                        v.offset,
                        list(zip(short[self._strides(v, shape, order)], index, strict=True)),
                    )
                    for v in s.operands
                ]
                text = s.text(w, operands)
                kind = c_type(s.base.dtype)
                target = element(s.base, 0, list(zip(short[order], index, strict=True)))
                if s.is_read:
                    texts[s.base] = w.local("t")
                    w.line(f"const {kind} {texts[s.base]} = {text};")
                    text = texts[s.base]
                if s.base.is_stored:
                    w.line(f"{target} = {text};")

    def _strides(self, v: View, shape: Extents, order: Extents) -> Extents:
        if v.is_uniform:
            return (0,) * len(shape)
        return v.strides if v.shape == shape else order


class Step(Item):
    """One instruction of another kind, written by a function for its operation."""

    def __init__(self, call: Call, emit: Callable[[Call, Writer], None]) -> None:
        super().__init__()
        self.call, self.emit = call, emit

    @property
    def scratch(self) -> list[Base]:
        return self.call.scratch

    def write(self, w: Writer) -> None:
        w.source(self.call.place)
        for v in self.call.results:
            if v.base.is_scalar and not v.base.is_given:
                v.base.text = w.local("t")
                w.line(f"{c_type(v.dtype)} {v.base.text} = 0;")
        self.emit(self.call, w)


def collapsed(shape: Extents, layouts: Sequence[Extents]) -> tuple[Extents, list[Extents]]:
    """The same elements with as few axes as there can be."""
    axes: list[int] = [k for k in range(len(shape)) if shape[k] != 1]
    groups: list[list[int]] = []
    for k in axes:
        if groups and all(s[groups[-1][-1]] == s[k] * shape[k] for s in layouts):
            groups[-1].append(k)
        else:
            groups.append([k])
    extents = tuple(math.prod([shape[k] for k in g]) for g in groups)
    return extents, [tuple(s[g[-1]] for g in groups) for s in layouts]


class Schedule:
    """Items on levels."""

    def __init__(self) -> None:
        self._numbers: dict[int, Numbers] = {}
        self._items: dict[int, list[Item]] = {}

    def add_statement(self, s: Statement) -> None:
        s.base.made_by = self._numbers_for(s) if s.base.is_scalar else self._loop_for(s)
        s.base.made_by.statements.append(s)
        self._note_reads(s.base.made_by, s.operands)

    def add_step(self, call: Call, emit: Callable[[Call, Writer], None]) -> None:
        step = Step(call, emit)
        step.level = self._level(call.inputs)
        self._items.setdefault(step.level, []).append(step)
        for v in call.results:
            v.base.made_by = step
        self._note_reads(step, call.inputs)

    def items(self) -> list[Item]:
        """In the order in which they are written."""
        found: list[Item] = []
        for level in sorted(set(self._numbers) | set(self._items)):
            found += [self._numbers[level]] if level in self._numbers else []
            found += self._items.get(level, [])
        for position, item in enumerate(found):
            item.position = position
        return found

    def _level(self, operands: list[View]) -> int:
        level = 0
        for v in operands:
            item = v.base.made_by
            if item is not None:
                level = max(level, item.level + (type(item) is not Numbers))
        return level

    def _numbers_for(self, s: Statement) -> Numbers:
        level = self._level(s.operands)
        made = self._numbers.setdefault(level, Numbers())
        made.level = level
        return made

    def _loop_for(self, s: Statement) -> Loop:
        shape = None if all(v.is_whole or v.is_uniform for v in s.operands) else s.call.shape
        beside = [
            v.base.made_by
            for v in s.operands
            if type(v.base.made_by) is Loop and v.is_whole and v.base.made_by.size == s.base.size
        ]
        if beside:
            last = max(beside, key=lambda item: item.level)
            others = [v for v in s.operands if v.base.made_by is not last or not v.is_whole]
            if last.takes(shape) and self._level(others) <= last.level:
                return self._joined(last, shape)
        level = self._level(s.operands)
        for item in self._items.get(level, []):
            if type(item) is Loop and item.size == s.base.size and item.takes(shape):
                return self._joined(item, shape)
        made = Loop(s.base.size)
        made.level = level
        self._items.setdefault(level, []).append(made)
        return self._joined(made, shape)

    def _joined(self, loop: Loop, shape: Extents | None) -> Loop:
        loop.shape = loop.shape or shape
        return loop

    def _note_reads(self, item: Item, operands: list[View]) -> None:
        for v in operands:
            if v.base.made_by is item and type(item) is Loop:
                for s in item.statements:
                    s.is_read = s.is_read or s.base is v.base
            elif v.base.made_by is not item:
                item.reads.append(v.base)
                v.base.is_stored = True


def copy_of(view: View, call: Call) -> tuple[Statement, View]:
    """A statement that puts the elements of a view into memory of their own, in its order."""
    base = Base(view.dtype, view.size)
    own = Call("copy", (), [view], [(view.dtype, view.shape)], call.place)
    return Statement(own, base, [view], lambda w, texts: texts[0]), whole(base, view.shape)
