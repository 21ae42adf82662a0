"""Random numbers in functions that ``tf.function`` records: drawn anew at each run.

In the body of a loop over rows that is one instruction they are drawn before the loop, for all
rounds, in the order in which these would draw; each round takes its own. Where nobody knows how
many rounds there are, or a draw depends on what a round computes, the loop carries where the
streams are.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from autograd_c.core import _core
from autograd_c.core._core import RecordedPart, Tensor
from autograd_c.functions import random_repeats, random_streams
from autograd_c.values import nest
from autograd_c.values.dtypes import as_dtype

if TYPE_CHECKING:
    from numpy.random import Generator as NumPyGenerator

__all__ = ["CarriedDraws", "DrawsOfRounds", "drawn"]

_P = ParamSpec("_P")
_R = TypeVar("_R")

# What a distribution is moved by, and what it is drawn with before.
_MOVED = {("mean", "stddev"): (0.0, 1.0), ("minval", "maxval"): (0, None)}


def drawn(*by: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """A function that draws numbers; `by`: the parameters by which these have derivatives."""

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R]:
        @functools.wraps(function)
        def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            if not _core.records_effects():
                return function(*args, **kwargs)
            result: _R = _recorded(function, by, args, kwargs)
            return result

        return call

    return decorate


def _recorded(function: Callable[..., Any], by: Any, args: Any, kwargs: Any) -> Any:
    bound = inspect.signature(function).bind(*args, **kwargs)
    bound.apply_defaults()
    given = bound.arguments
    # A generator's numbers depend on its state, and change that.
    touched = [given["self"].state] if "self" in given else []
    dtype = given.get("dtype")
    kind = _core.get_default_float() if dtype is None else as_dtype(dtype)
    moving = [given[name] for name in by]
    if kind.is_integer or not any(map(_may_have_derivative, moving)):
        return _draw(function, args, kwargs, touched)
    if by not in _MOVED:
        return function(*args, **kwargs)  # which says that it cannot be recorded
    given.update(zip(by, _MOVED[by], strict=True))
    numbers = _draw(function, bound.args, bound.kwargs, touched)
    first, second = (
        _core.convert_to_tensor(x, kind) for x in (moving[0], _one_for_none(moving[1]))
    )
    if by == ("mean", "stddev"):
        return numbers * second + first
    from autograd_c.functions.arrays import where
    from autograd_c.functions.guarded import nextafter

    moved = numbers * (second - first) + first
    return where(moved < second, moved, nextafter(second, first))


class DrawsOfRounds:
    """What the body of a loop draws, or the function of a row, as it is recorded once.

    Args:
        part: the body, which takes the numbers of one round as further inputs.
    """

    def __init__(self, part: RecordedPart) -> None:
        self.part = part
        self.calls: list[tuple[Callable[..., Any], Any, Any]] = []
        self.vary = False
        """Whether a draw depends on what a round computes."""
        part.draws = self

    def add(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """One draw; what it returns, for the body. An error if it depends on the round."""
        args, kwargs = nest.map_structure(self._fixed, (args, kwargs))
        self.calls.append((function, args, kwargs))
        with random_repeats.sampled():
            example = self.part.sample(function, args, kwargs)
        return nest.map_structure(self.part.add, example)

    def add_of_generator(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """A draw of a generator: what it is at comes from the round before."""
        self.vary = True
        raise _core.PartRefused("a body draws from a generator")

    def _fixed(self, x: Any) -> Any:
        if not isinstance(x, (_core.Tensor, _core.Variable)):
            return x
        try:
            return self.part.fixed(x)
        except _core.PartRefused:
            self.vary = True
            raise

    def check(self) -> None:
        """An error if other draws have been made already, before a new path."""
        if self.calls:
            _check_effect(self.part, _of_rounds)

    def all(self, count: int, backwards: bool = False) -> list[Tensor]:
        """Those of all rounds, outside of the body: one tensor [count, ...] for each input."""
        if not self.calls:
            return []
        found: list[Tensor] = _draw(_of_rounds, (self.calls, count, backwards), {}, ())
        return found


class CarriedDraws:
    """What the body of a loop draws, or a branch, from streams whose places are values of its own.

    Args:
        part: the body.
        keys: of the streams that it carries.
        states: the tensors of their places.
    """

    def __init__(self, part: RecordedPart, keys: Iterable[Any], states: Iterable[Tensor]) -> None:
        self.part = part
        self.states = dict(zip(keys, states, strict=True))
        self.wanted: list[Any] = []
        part.draws = self

    def add(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """One draw; what it returns."""
        draw = _Draw(function, args, kwargs)
        with random_repeats.sampled() as samples:
            example = self.part.sample(draw.numbers, draw.tensors, {})
        for key in samples.keys:
            if key not in self.states:
                self._want(key)
                return example
        draw.keys = samples.keys
        return self._drawn(draw, example)

    def add_of_generator(
        self, function: Callable[..., Any], generator: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """A draw of a generator, whose state is a Variable: the part carries that."""

        def drawn(state: Tensor, *args: Any, **kwargs: Any) -> tuple[Any, Tensor]:
            own = type(generator)(state=state, alg=generator.algorithm)
            return function(own, *args, **kwargs), own.state.read_value()

        state = _core.convert_to_tensor(generator.state)
        draw = _Draw(drawn, (state, *args), kwargs)
        example = self.part.sample(draw.numbers, draw.tensors, {})
        numbers, end = self._drawn(draw, example)
        generator.state.assign(end)
        return numbers

    def _drawn(self, draw: _Draw, example: Any) -> Any:
        """What it returns, which is like the example; its streams go on from there."""
        states = [self.states[key] for key in draw.keys]
        examples = nest.flatten(example)
        found = _core.pure("random", draw, states + draw.tensors, examples + states)
        draw.tensors = []
        self.states.update(zip(draw.keys, found[len(examples) :], strict=True))
        return nest.pack_sequence_as(example, found[: len(examples)])

    def _want(self, key: Any) -> None:
        self._around()
        self.part.refuse()
        if key not in self.wanted:
            self.wanted.append(key)

    def _around(self) -> CarriedDraws | None:
        """Those of the part that it is in; an error if that has none."""
        is_within, draws = _core.draws_around(self.part)
        if is_within and not isinstance(draws, CarriedDraws):
            raise _core.PartRefused("a part within another draws random numbers")
        found: CarriedDraws | None = draws
        return found

    def place(self, key: Any) -> Tensor:
        """Where a stream is in this part."""
        if key not in self.states:
            self._want(key)
            self.states[key] = example_of_place()
        found: Tensor = self.states[key]
        return found

    def check(self) -> None:
        """An error if other draws have been made already, before a new path."""
        if self.states:
            _check_effect(self.part, random_streams.take_stream)

    def take(self) -> list[Tensor]:
        """What a loop begins with; called outside of its body."""
        around = self._around() if self.states else None
        if around is None:
            return [_core.effect(random_streams.take_stream, (key,)) for key in self.states]
        return [around.place(key) for key in self.states]

    def give(self, ends: Iterable[Tensor]) -> None:
        """Let the streams go on from where it has left them; called outside of it."""
        around = self._around() if self.states else None
        for key, end in zip(self.states, ends, strict=True):
            if around is None:
                _core.effect(random_streams.give_stream, (key, end))
            else:
                around.states[key] = end


class _Draw:
    """A draw as a function of the places of its streams, and of the tensors that it is given."""

    def __init__(self, function: Callable[..., Any], args: Any, kwargs: Any) -> None:
        self.function, self.structure = function, (args, kwargs)
        self.leaves = nest.flatten(self.structure)
        self.positions = [
            k for k, x in enumerate(self.leaves) if isinstance(x, (_core.Tensor, _core.Variable))
        ]
        self.tensors = [_core.convert_to_tensor(self.leaves[k]) for k in self.positions]
        if self.positions:  # they are those of the record, and nobody's later
            self.structure = nest.map_structure(lambda _: None, self.structure)
            for k in self.positions:
                self.leaves[k] = None
        self.keys: list[Any] = []
        # Generators that stand where a call has left them, as most calls go on from the last one.
        self.idle: list[tuple[bytes, list[NumPyGenerator]]] = []

    def numbers(self, *tensors: Tensor) -> Any:
        args, kwargs = self.structure
        if self.positions:
            leaves = list(self.leaves)
            for k, x in zip(self.positions, tensors, strict=True):
                leaves[k] = x
            args, kwargs = nest.pack_sequence_as(self.structure, leaves)
        return self.function(*args, **kwargs)

    def __call__(self, *values: Tensor) -> list[Tensor]:
        count = len(self.keys)
        places = [_core.array_of(x) for x in values[:count]]
        try:
            at, streams = self.idle.pop()
        except IndexError:
            at, streams = b"", [random_streams.keyed("carried") for _ in self.keys]
        if at != b"".join([x.tobytes() for x in places]):
            for stream, place in zip(streams, places, strict=True):
                stream.bit_generator.state = random_streams.state_of_array(place)
        by_key = dict(zip(self.keys, streams, strict=True))
        numbers = random_repeats.with_streams(by_key, self.numbers, *values[count:])
        ends = list(map(random_streams.state_array, streams))
        self.idle.append((b"".join([x.tobytes() for x in ends]), streams))
        found = [numbers] if type(numbers) is Tensor else nest.flatten(numbers)
        return found + [_core.constant(x) for x in ends]


def _check_effect(part: RecordedPart, function: Callable[..., Any]) -> None:
    is_within, _ = _core.draws_around(part)
    if not is_within and not _core.goes_on_with(function):
        raise _core.PartRefused("what a body draws has been drawn already, round by round")


def example_of_place() -> Tensor:
    """A tensor like that of a stream's place."""
    generator = random_streams.keyed("example")
    state = random_streams.state_array(generator)
    random_streams.release(generator)
    return _core.constant(state)


def _draw(function: Callable[..., Any], args: Any, kwargs: Any, touched: Any) -> Any:
    draws = _core.draws_of_part()
    if draws is None:
        return _core.effect(function, args, kwargs, touched)
    return (
        draws.add_of_generator(function, *args, **kwargs)
        if touched
        else draws.add(function, args, kwargs)
    )


def _of_rounds(calls: Any, count: int, backwards: bool) -> list[Tensor]:
    def one_round() -> list[Tensor]:
        return nest.flatten([function(*args, **kwargs) for function, args, kwargs in calls])

    if count == 0:
        with random_repeats.sampled():
            return [_core.stack([x], 0)[:0] for x in one_round()]
    rounds = [one_round() for _ in range(count)]
    if backwards:
        rounds.reverse()
    return [_core.stack(list(column), 0) for column in zip(*rounds, strict=True)]


def _may_have_derivative(x: Any) -> bool:
    if not isinstance(x, (_core.Tensor, _core.Variable)):
        return False
    return x.dtype.is_floating or x.dtype.is_complex


def _one_for_none(x: Any) -> Any:
    return 1 if x is None else x
