"""Lines of C, with their indentation, loops and comments."""

from __future__ import annotations

import linecache
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

from autograd_c.exporting.helpers import Helpers

# File, line and function in the user's program.
Place: TypeAlias = "tuple[str, int, str] | None"

_INDICES = "ijklmn"


class Writer:
    """The body of a function."""

    def __init__(self, helpers: Helpers, index_type: str, failures: int = 0) -> None:
        self.lines: list[str] = []
        self.helpers = helpers
        self.index_type = index_type
        self.failures = failures
        self._depth = 1
        self._loops = 0
        self._locals = 0
        self._place: Place = None

    def line(self, text: str) -> None:
        self.lines.append("    " * self._depth + text)

    @contextmanager
    def block(self, head: str = "") -> Iterator[None]:
        self.line(f"{head} {{" if head else "{")
        self._depth += 1
        yield
        self._depth -= 1
        self.line("}")

    @contextmanager
    def loop(self, count: int | str, begin: int | str = 0, down: bool = False) -> Iterator[str]:
        """A loop from `begin` to before `count`, or the other way; gives the name of the index."""
        name = _INDICES[self._loops] if self._loops < len(_INDICES) else f"i{self._loops}"
        self._loops += 1
        if down:
            head = (
                f"for ({self.index_type} {name} = {_less_one(count)}; {name} >= {begin}; {name}--)"
            )
        else:
            head = f"for ({self.index_type} {name} = {begin}; {name} < {count}; {name}++)"
        length = len(self.lines)
        with self.block(head):
            yield name
        self._loops -= 1
        if count == 0:
            del self.lines[length:]

    @contextmanager
    def rounds(self, count: int, down: bool) -> Iterator[str]:
        """A loop that is left by what stands in it if `count` is negative; gives the index."""
        if count < 0:
            with self.block("for (;;)"):
                yield "0"
        else:
            with self.loop(count, down=down) as name:
                yield name

    @contextmanager
    def loops(self, shape: Sequence[int]) -> Iterator[list[str | int]]:
        """One inside of the other; an axis of extent 1 has no loop, and the index 0."""
        with self._nested(list(shape), []) as names:
            yield names

    @contextmanager
    def _nested(self, shape: list[int], names: list[str | int]) -> Iterator[list[str | int]]:
        if not shape:
            yield names
        elif shape[0] == 1:
            with self._nested(shape[1:], [*names, 0]) as inner:
                yield inner
        else:
            with self.loop(shape[0]) as name, self._nested(shape[1:], [*names, name]) as inner:
                yield inner

    def words(self) -> set[str]:
        """All names that are in the lines, but for those in comments."""
        code = re.sub(r"/\*.*?\*/", "", "\n".join(self.lines), flags=re.DOTALL)
        return set(re.findall(r"[A-Za-z_]\w*", code))

    def local(self, stem: str) -> str:
        """A name that no other local has."""
        self._locals += 1
        return f"{stem}{self._locals}"

    def fail_if(self, condition: str, why: str) -> None:
        """The function returns a number that stands for the reason."""
        self.failures += 1
        self.line(f"if ({condition}) return {self.failures}; /* {why} */")

    def source(self, place: Place) -> None:
        """A comment with the line that what follows is from, if it is another one than before."""
        if place is None or place == self._place:
            return
        self._place = place
        path, number, _ = place
        text = comment(
            f"{os.path.basename(path)}:{number}: {linecache.getline(path, number).strip()}"
        )
        self.line(f"/* {text} */")


def _less_one(count: int | str) -> str:
    return str(count - 1) if isinstance(count, int) else f"{count} - 1"


def comment(text: str) -> str:
    """A text that can stand in a comment of C."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain.replace("*/", "* /").replace("/*", "/ *").replace("??/", "? ?/")
