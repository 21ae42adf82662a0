"""Loops and branches of functions that are recorded for ``tf.function``: one instruction each.

Where one cannot be that, these functions return None, and it is written out: recorded round by
round, with guards for what decides about it. A function of one row is recorded once, too, and
becomes operations on all rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from autograd_c.control.tensor_array import LoopArray, TensorArray
from autograd_c.core import _core
from autograd_c.core._core import RecordedPart, Tensor, Variable
from autograd_c.functions.random_recorded import CarriedDraws, DrawsOfRounds, example_of_place
from autograd_c.values import nest
from autograd_c.values.handlers import raise_if_of_handler

__all__ = [
    "NotWithin",
    "numbers_of",
    "recorded_batch",
    "recorded_branch",
    "recorded_rows",
    "recorded_while",
]


class NotWithin(Exception):
    """A map over rows is to be made where no other one is around it."""


def _tensors(structure: Any) -> list[Tensor] | None:
    """The leaves of a structure, or None if one of them can be no tensor."""
    try:
        return [_core.convert_to_tensor(x) for x in nest.flatten(structure)]
    except (TypeError, ValueError):
        return None


def numbers_of(structure: Any) -> list[int]:
    """Which leaves of a structure are numbers of Python's, with which Python computes itself."""
    return [
        k
        for k, x in enumerate(nest.flatten(structure))
        if isinstance(x, (bool, int, float, complex, np.generic))
    ]


def _is_as_exact(x: Any) -> bool:
    """Whether a leaf of what a branch returns is the same as a tensor."""
    return type(x) is not float or x != x or float(np.float32(x)) == x


def _like(structure: Any, tensors: Sequence[Tensor]) -> Any:
    return nest.pack_sequence_as(structure, tensors)


class _Wanted(NamedTuple):
    """What a loop changes beside what it carries, and has to carry, too."""

    variables: list[Variable]
    streams: list[Any] | None


def _with_state(attempt: Callable[..., Any], streams: list[Any] | None) -> Any:
    """The results of a loop, or None.

    Args:
        attempt: records it with `variables`, that its body assigns to, and `streams`, that this
            draws random numbers from, among what it carries. Which these are is seen while a body
            runs: it returns what is missing.
        streams: the first ones.
    """
    variables: list[Variable] = []
    while True:
        found = attempt(variables=variables, streams=streams)
        if not isinstance(found, _Wanted):
            return found
        variables = variables + found.variables
        if found.streams is not None:
            streams = (streams or []) + found.streams


def recorded_while(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Sequence[Any],
    limit: int | None,
    checkpoints: bool,
) -> Any:
    """What `tf.while_loop` returns, or None."""
    return _with_state(partial(_attempt_while, cond, body, loop_vars, limit, checkpoints), [])


def _attempt_while(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Sequence[Any],
    limit: int | None,
    checkpoints: bool,
    *,
    variables: list[Variable],
    streams: list[Any],
) -> Any:
    given = nest.flatten(list(loop_vars))
    if any(type(x) is not TensorArray or x.dynamic_size for x in given if _is_array(x)):
        return None
    for x in given:
        if _is_array(x):
            x.require_own()
    known = [LoopArray.rows_of(x) if _is_array(x) else x for x in given]
    first = _tensors([x for x in known if x is not None])
    if first is None:
        return None
    count = len(first)
    state = [*_core.values_of_variables(variables), *(example_of_place() for _ in streams)]
    part = _core.begin_part(first + state)
    if part is None:
        return None
    of_variables = slice(count, count + len(variables))
    of_streams = slice(count + len(variables), count + len(state))
    # Of each leaf: which of the part's inputs it is.
    places: list[int | None] = []
    for x in known:
        places.append(None if x is None else sum(place is not None for place in places))

    def carry(leaf: int, tensor: Tensor) -> Tensor:
        places[leaf] = len(part.inputs)
        return part.add(tensor)

    try:
        leaves: list[Any] = []
        for k, (x, place) in enumerate(zip(given, places, strict=True)):
            own = None if place is None else part.inputs[place]
            leaves.append(LoopArray(x, own, partial(carry, k)) if _is_array(x) else own)
        del given, known  # so that it is seen who else has a tensor
        inputs = nest.pack_sequence_as(list(loop_vars), leaves)
        part.carry_variables(variables, count)
        held = _core.convert_to_tensor(cond(*inputs))
        draws = CarriedDraws(part, streams, part.inputs[of_streams])
        found = body(*inputs)
        if not isinstance(found, (list, tuple)):
            kind: Any = type(loop_vars)
            found = kind((found,))
        nest.assert_same_structure(list(loop_vars), list(found))
        left = nest.flatten(list(found))
        if held.ndim != 0 or not held.dtype.is_bool:
            return None
        if part.wanted or draws.wanted:
            return _Wanted(part.wanted, draws.wanted)
        carried: list[Any] = list(part.inputs)
        for x, own, place in zip(left, leaves, places, strict=True):
            if _is_array(own) and x is not own:
                return None
            if place is not None:
                carried[place] = own.carried if _is_array(own) else _core.convert_to_tensor(x)
        carried[of_variables] = _core.values_of_variables(variables)
        carried[of_streams] = draws.states.values()
        numbers = [place for k in numbers_of(list(loop_vars)) if (place := places[k]) is not None]
        draws.check()
        results = part.loop(
            held,
            carried,
            [],
            [],
            -1 if limit is None else limit,
            False,
            checkpoints,
            numbers,
            first,
            begin=lambda: list(enumerate(draws.take(), of_streams.start)),
        )
    except Exception as error:  # whatever it is, it happens again where the loop is written out
        raise_if_of_handler(error)
        return None
    finally:
        part.give_up()
    if results is None:
        return None
    _core.give_values(variables, results[of_variables])
    draws.give(results[of_streams])
    ends: list[Any] = [None if place is None else results[place] for place in places]
    for k, own in enumerate(leaves):
        if _is_array(own):
            ends[k] = own.array if ends[k] is None else own.give_back(ends[k])
    return nest.pack_sequence_as(found, ends)


def _is_array(x: Any) -> bool:
    return isinstance(x, TensorArray)


def recorded_rows(
    fn: Callable[..., Any],
    begin: Any,
    rows: Any,
    of_results: Callable[[Any], Sequence[Tensor]],
    *,
    numbers: Sequence[int] = (),
    carries: bool,
    stacks: bool,
    backwards: bool,
    checkpoints: bool,
) -> list[Tensor] | None:
    """A loop over rows: what is carried in the end, and then all results, stacked; or None.

    Args:
        fn: takes what is carried, if that is anything, and a row.
        begin: what is carried into the first round; None without `carries`.
        rows: tensors with an axis of rows in front, or a structure of them.
        of_results: the tensors of what `fn` returns, or an error.
        numbers: which leaves of `begin` are numbers of Python's, and stay that in the first round.
        carries, stacks: what becomes of these.
    """
    how = _Rows(numbers, carries, stacks, backwards, checkpoints)
    found: list[Tensor] | None = _with_state(
        partial(_attempt_rows, fn, begin, rows, of_results, how), None
    )
    return found


class _Rows(NamedTuple):
    """How `recorded_rows` goes."""

    numbers: Sequence[int]
    carries: bool
    stacks: bool
    backwards: bool
    checkpoints: bool


def _attempt_rows(
    fn: Callable[..., Any],
    begin: Any,
    rows: Any,
    of_results: Callable[[Any], Sequence[Tensor]],
    how: _Rows,
    *,
    variables: list[Variable],
    streams: list[Any] | None,
) -> list[Tensor] | _Wanted | None:
    """Without `streams` random numbers are drawn before the loop."""
    every = nest.flatten(rows)
    carried = nest.flatten(begin) if how.carries else []
    count = len(carried)
    carried += _core.values_of_variables(variables)
    carried += [example_of_place() for _ in streams or ()]
    of_variables = slice(count, count + len(variables))
    of_streams = slice(of_variables.stop, len(carried))
    given = carried + [x[0] for x in every]
    part = _core.begin_part(given)
    if part is None:
        return None
    before: DrawsOfRounds | None = None
    within: CarriedDraws | None = None
    try:
        row = _like(rows, part.inputs[len(carried) :])
        args = [_like(begin, part.inputs[:count]), row] if how.carries else [row]
        del carried
        part.carry_variables(variables, count)
        if streams is None:
            before = DrawsOfRounds(part)
        else:
            within = CarriedDraws(part, streams, part.inputs[of_streams])
        results = list(of_results(fn(*args)))
        if part.wanted or (within and within.wanted):
            return _Wanted(part.wanted, within.wanted if within else None)
        extent = every[0].shape[0]
        for each in (before, within):
            if each:
                each.check()
        found = part.loop(
            None,
            [
                *(results if how.carries else []),
                *_core.values_of_variables(variables),
                *(within.states.values() if within else []),
            ],
            results if how.stacks else [],
            every,
            extent,
            how.backwards,
            how.checkpoints,
            list(how.numbers),
            given,
            (lambda: before.all(extent, how.backwards)) if before else None,
            (lambda: list(enumerate(within.take(), of_streams.start))) if within else None,
        )
    except Exception as error:  # whatever it is, it happens again where the loop is written out
        raise_if_of_handler(error)
        return _Wanted(part.wanted, []) if before and before.vary else None
    finally:
        part.give_up()
    if found is None:
        # A draw that depends on the round may have been refused in a branch.
        return _Wanted(part.wanted, []) if before and before.vary else None
    _core.give_values(variables, found[of_variables])
    if within:
        within.give(found[of_streams])
    del found[count : of_streams.stop]
    return found


def recorded_batch(
    of_one: Callable[..., list[Tensor]],
    inputs: list[Tensor],
    in_batch: list[bool],
    first: list[Tensor],
    count: int,
    pushes: bool = False,
) -> list[Tensor] | None:
    """What a function of one row gives for all of them, each result with an axis in front; or None.

    Args:
        in_batch: which of the inputs have an axis of rows in front.
        first: the first row of these, and the others as they are.
        count: of the rows.
        pushes: whether it pushes tangents along a tape that was there before.

    Raises:
        NotWithin: if the function may be one for all rows where it is not in another function that
            is recorded for all of its own rows.
    """
    part = _core.begin_part(first, pushes)
    if part is None:
        return None
    found = None
    try:
        draws = DrawsOfRounds(part)
        outputs = of_one(*part.inputs)
        draws.check()
        found = part.batch(outputs, inputs, in_batch, count, first, lambda: draws.all(count))
    except Exception as error:
        # Whatever else it is, it happens again where the function is called for each row.
        raise_if_of_handler(error)
    finally:
        part.give_up()
    if found is None and not (pushes or part.reads_values or _core.records_effects()):
        _core.bind_program()
        raise NotWithin
    return found


def recorded_branch(number: Any, functions: Sequence[Callable[[], Any]]) -> tuple[Any] | None:
    """What the function of that number returns, the last one for others, in a tuple; or None.

    `number` may be a bool: whether it is the second.
    """
    if type(number) is not Tensor or number.ndim != 0:
        return None
    if not (number.dtype.is_bool or number.dtype.is_integer):
        return None  # its truth is no number of a branch
    part = _core.begin_part([])
    if part is None:
        return None
    try:
        changes = _Changes(part)
        found = [changes.of(f) for f in functions]
        for other in found[1:]:
            nest.assert_same_structure(found[0], other)
        for same in zip(*map(nest.flatten, found), strict=True):
            # What is a tensor in no branch is handed on as it is.
            if not any(isinstance(x, (Tensor, Variable)) for x in same):
                return None
            if not all(map(_is_as_exact, same)):
                return None
        leaves = [x for x in map(_tensors, found) if x is not None]
        if len(leaves) < len(found):
            return None
        changes.add_to(leaves)
        results = part.branch(number, leaves)
    except Exception as error:  # as that of a branch that is not taken
        raise_if_of_handler(error)
        return None
    finally:
        part.give_up()
    if results is None:
        return None
    return (_like(found[0], changes.give(results)),)


def _value(x: Any) -> Any:
    return _core.convert_to_tensor(x) if isinstance(x, Variable) else x


class _Changes:
    """What branches change beside what they return: Variables, and where streams are."""

    def __init__(self, part: RecordedPart) -> None:
        _, around = _core.draws_around(part)
        self.part = part
        self.around: CarriedDraws | None = around if isinstance(around, CarriedDraws) else None
        self.assigned: list[list[tuple[Variable, Tensor]]] = []
        self.places: list[dict[Any, Tensor]] = []
        self.variables: list[Variable] = []
        self.moved: list[Any] = []
        part.allow_assignments()

    def of(self, branch: Callable[[], Any]) -> Any:
        """What a branch returns."""
        around = self.around
        draws = CarriedDraws(self.part, around.states, around.states.values()) if around else None
        # Variables in it have their values of the branch's end, and not those of before.
        result = nest.map_structure(_value, branch())
        self.assigned.append(self.part.take_assignments())
        if draws and around:
            for key in draws.wanted:
                around.place(key)
            self.places.append(draws.states)
        return result

    def add_to(self, leaves: list[list[Tensor]]) -> None:
        """Put what they are at the end of each branch behind what it returns."""
        self.variables = list({id(v): v for branch in self.assigned for v, _ in branch}.values())
        before = _core.values_of_variables(self.variables)
        for tensors, branch in zip(leaves, self.assigned, strict=True):
            values = {id(v): tensor for v, tensor in branch}
            for v, now in zip(self.variables, before, strict=True):
                tensors.append(values.get(id(v), now))
        if self.around is None:
            return
        for key, place in self.around.states.items():
            ends = [branch.get(key) for branch in self.places]
            if any(end is not place for end in ends):
                self.moved.append(key)
                for tensors, end in zip(leaves, ends, strict=True):
                    tensors.append(place if end is None else end)

    def give(self, results: list[Tensor]) -> list[Tensor]:
        """Let them be that which the branch that was taken has left; the other results."""
        if self.around is not None:
            for key in reversed(self.moved):
                self.around.states[key] = results.pop()
        count = len(results) - len(self.variables)
        _core.give_values(self.variables, results[count:])
        return results[:count]
