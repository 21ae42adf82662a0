"""Draws that are made once more: what `tf.recompute_grad` asks of the program's streams.

A call that will be repeated notes in what state each stream was when the call first drew from it.
Its repetition draws from copies in these states, so that it has the same numbers and the streams
themselves do not move. Both are matters of one thread, and may lie within each other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from numpy.random import Generator as NumPyGenerator

# By the name of a stream: the state that it was in.
Notes: TypeAlias = dict[Any, Mapping[str, Any]]


class Repetition:
    """Copies of streams."""

    def __init__(self, notes: Notes, copies: dict[Any, NumPyGenerator] | None = None) -> None:
        self.notes = notes
        self.copies = {} if copies is None else copies

    def copy(self, key: Any) -> NumPyGenerator | None:
        if key not in self.copies and key in self.notes:
            self.copies[key] = positioned(self.notes[key])
        return self.copies.get(key)


class Samples:
    """A stream of its own for what nobody uses."""

    def __init__(self) -> None:
        from numpy.random import SFC64, Generator

        self.generator = Generator(SFC64(0))
        self.keys: list[Any] = []
        """The names of the streams that would have been drawn from."""

    def stream(self, key: Any) -> NumPyGenerator:
        if key not in self.keys:
            self.keys.append(key)
        return self.generator


_Within: TypeAlias = Notes | Repetition | Samples


class _Thread(threading.local):
    """What this thread is in, from the outside inwards."""

    def __init__(self) -> None:
        self.within: list[_Within] = []


_thread = _Thread()
# Whether any thread is in something: one look for a draw.
in_use: list[_Within] = []


def positioned(state: Mapping[str, Any]) -> NumPyGenerator:
    """A generator in a state."""
    from numpy.random import SFC64, Generator

    generator = Generator(SFC64(0))
    generator.bit_generator.state = state
    return generator


class _Entered:
    """A context, of its own class because each draw of a loop enters one."""

    def __init__(self, what: _Within) -> None:
        self.what = what

    def __enter__(self) -> None:
        _thread.within.append(self.what)
        in_use.append(self.what)

    def __exit__(self, *_: object) -> None:
        _thread.within.pop()
        in_use.pop()  # any of them: they are counted


@contextmanager
def noted() -> Iterator[Notes]:
    """Note the states of the streams that are drawn from."""
    notes: Notes = {}
    with _Entered(notes):
        yield notes


@contextmanager
def repeated(notes: Notes) -> Iterator[None]:
    """Draw from copies of the streams that were noted."""
    with _Entered(Repetition(notes)):
        yield


def with_streams(
    streams: dict[Any, NumPyGenerator], function: Callable[..., Any], *args: Any
) -> Any:
    """What a function returns that draws from these in the place of the program's streams."""
    with _Entered(Repetition({}, streams)):
        return function(*args)


@contextmanager
def sampled() -> Iterator[Samples]:
    """Draw for the shape and the dtype alone: no stream moves."""
    samples = Samples()
    with _Entered(samples):
        yield samples


def is_sampled() -> bool:
    """Whether what this thread draws is for nobody."""
    return any(isinstance(what, Samples) for what in _thread.within)


def source(key: Any, generator: NumPyGenerator) -> NumPyGenerator:
    """What to draw from instead of a stream's generator: a copy, or itself."""
    noting: list[Notes] = []
    for what in reversed(_thread.within):
        if isinstance(what, Samples):
            return what.stream(key)
        if isinstance(what, Repetition):
            if (copy := what.copy(key)) is not None:
                generator = copy
                break
        elif key not in what:
            noting.append(what)
    for notes in noting:
        notes[key] = dict(generator.bit_generator.state)
    return generator
