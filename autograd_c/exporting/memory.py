"""Where the arrays of a function are: results, locals, or memory that is used again and again."""

from __future__ import annotations

from collections.abc import Iterable

from autograd_c.exporting.rows import IN_PLACE
from autograd_c.exporting.steps import Item, Loop, Step
from autograd_c.exporting.types import SHORT, c_type, itemsize, literal
from autograd_c.exporting.values import Base, View

# Arrays of so many elements are locals, as long as all of them take no more bytes than that.
_SMALL = 64
_LOCAL_BYTES = 16_384


class Memory:
    """The memory of a function.

    Attributes:
      constants: declarations by name.
      locals: the same, of arrays on the stack.
      pointers: of those that are in the function's work.
      work: by dtype, how many elements that has.

    Args:
      items: in order.
      outputs: what the function gives.
      names: of arguments that results are put into at once.
    """

    def __init__(self, items: list[Item], outputs: list[View], names: dict[Base, str]) -> None:
        self.constants: dict[str, str] = {}
        self.locals: dict[str, str] = {}
        self.pointers: dict[str, str] = {}
        self.work: dict[str, int] = {}
        self._local_bytes = 0
        self._names = 0
        self._last: dict[Base, int] = {}
        for item in items:
            for base in item.reads:
                self._last[base] = item.position
        for view in outputs:
            self._last[view.base] = len(items)
        for item in items:
            self._share(item)
        for base, name in names.items():
            if not _root(base).text:
                _root(base).text = name
        self._allocate(items)

    @property
    def work_bytes(self) -> int:
        """Of the whole, however its parts are aligned."""
        total = 0
        for dtype in sorted(self.work, key=lambda t: -itemsize(t)):
            total += self.work[dtype] * itemsize(dtype)
        return -(-total // 8) * 8

    def constant(self, base: Base) -> None:
        """One that is read as an array."""
        base.text = f"c{len(self.constants) + 1}"
        elements = [literal(base.dtype, x) for x in base.elements] or ["0"]
        lines, line = [], ""
        for text in elements:
            if line and len(line) + len(text) > 88:
                lines.append(line)
                line = ""
            line += text + ", "
        lines.append(line.rstrip(", "))
        body = "\n        ".join(x.rstrip() for x in lines)
        head = f"static const {c_type(base.dtype)} {base.text}[{len(elements)}]"
        self.constants[base.text] = f"{head} = {{\n        {body}}};"

    def _share(self, item: Item) -> None:
        """A result takes the memory of the first operand over, of which some elements change."""
        if type(item) is not Step or item.call.name not in IN_PLACE:
            return
        x, y = item.call.inputs[0], item.call.result.base
        root = _root(x.base)
        if (
            x.is_whole
            and not x.base.is_scalar
            and not x.base.is_given
            and x.base.made_by is not None
            and self._last[x.base] == item.position
            and not any(v.base is x.base for v in item.call.inputs[1:])
        ):
            y.shares = root

    def _allocate(self, items: list[Item]) -> None:
        last: dict[Base, int] = {}
        for item in items:
            for base in _made(item):
                root = _root(base)
                last[root] = max(last.get(root, 0), self._last.get(base, item.position))
        busy: dict[str, list[tuple[int, int, int]]] = {}  # begin, end, until when
        for item in items:
            for base in _made(item):
                if base.shares is None and not base.text:
                    self._place(base, item.position, last[base], busy)
            for base in item.scratch:
                self._place(base, item.position, item.position, busy)

    def _place(
        self, base: Base, now: int, until: int, busy: dict[str, list[tuple[int, int, int]]]
    ) -> None:
        self._names += 1
        base.text = f"a{self._names}"
        kind, size = c_type(base.dtype), max(base.size, 1)
        size_in_bytes = size * itemsize(base.dtype)
        if size <= _SMALL and self._local_bytes + size_in_bytes <= _LOCAL_BYTES:
            self._local_bytes += size_in_bytes
            self.locals[base.text] = f"{kind} {base.text}[{size}];"
            return
        taken = [x for x in busy.get(base.dtype, []) if x[2] >= now]
        begin = 0
        for other in sorted(taken):
            if begin + size <= other[0]:
                break
            begin = max(begin, other[1])
        busy[base.dtype] = [*taken, (begin, begin + size, until)]
        self.work[base.dtype] = max(self.work.get(base.dtype, 0), begin + size)
        place = f"work->{SHORT[base.dtype]}" + (f" + {begin}" if begin else "")
        self.pointers[base.text] = f"{kind} *const {base.text} = {place};"


def _root(base: Base) -> Base:
    while base.shares is not None:
        base = base.shares
    return base


def _made(item: Item) -> Iterable[Base]:
    """Arrays that an item makes and that need memory."""
    if type(item) is Loop:
        return [s.base for s in item.statements if s.base.is_stored]
    if type(item) is Step:
        return [v.base for v in item.call.results if not v.base.is_scalar]
    return []


def name_shared(items: list[Item]) -> None:
    """Those that share memory are called by one name."""
    for item in items:
        for base in _made(item):
            if base.shares is not None:
                base.text = _root(base).text
