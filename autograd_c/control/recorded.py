"""Loops and branches of functions that are recorded for ``tf.function``: one instruction each.

Where one cannot be that, these functions return None, and it is written out: recorded round by
round, with guards for what decides about it. A function of one row is recorded once, too, and
becomes operations on all rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd_c.control.tensor_array import LoopArray, TensorArray
from autograd_c.core import _core
from autograd_c.core._core import Tensor, Variable
from autograd_c.functions.random_recorded import DrawsOfRounds
from autograd_c.values import nest

__all__ = ["numbers_of", "recorded_batch", "recorded_branch", "recorded_rows", "recorded_while"]


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


def recorded_while(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Sequence[Any],
    limit: int | None,
    checkpoints: bool,
) -> Any:
    """What `tf.while_loop` returns, or None."""
    given = nest.flatten(list(loop_vars))
    if any(type(x) is not TensorArray or x.dynamic_size for x in given if _is_array(x)):
        return None
    known = [LoopArray.rows_of(x) if _is_array(x) else x for x in given]
    first = _tensors([x for x in known if x is not None])
    if first is None:
        return None
    part = _core.begin_part(first)
    if part is None:
        return None
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
        held = _core.convert_to_tensor(cond(*inputs))
        found = body(*inputs)
        if not isinstance(found, (list, tuple)):
            kind: Any = type(loop_vars)
            found = kind((found,))
        nest.assert_same_structure(list(loop_vars), list(found))
        left = nest.flatten(list(found))
        if held.ndim != 0 or not held.dtype.is_bool:
            return None
        carried: list[Any] = list(part.inputs)
        for x, own, place in zip(left, leaves, places, strict=True):
            if _is_array(own) and x is not own:
                return None
            if place is not None:
                carried[place] = own.carried if _is_array(own) else _core.convert_to_tensor(x)
        count = -1 if limit is None else limit
        numbers = [place for k in numbers_of(list(loop_vars)) if (place := places[k]) is not None]
        results = part.loop(held, carried, [], [], count, False, checkpoints, numbers, first)
    except Exception:  # whatever it is, it happens again where the loop is written out
        return None
    finally:
        part.give_up()
    if results is None:
        return None
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
    every = nest.flatten(rows)
    carried = nest.flatten(begin) if carries else []
    first = [x[0] for x in every]
    part = _core.begin_part(carried + first)
    if part is None:
        return None
    try:
        row = _like(rows, part.inputs[len(carried) :])
        args = [_like(begin, part.inputs[: len(carried)]), row] if carries else [row]
        draws = DrawsOfRounds(part)
        results = list(of_results(fn(*args)))
        count = every[0].shape[0]
        return part.loop(
            None,
            results if carries else [],
            results if stacks else [],
            every,
            count,
            backwards,
            checkpoints,
            list(numbers),
            carried + first,
            lambda: draws.all(count, backwards),
        )
    except Exception:  # whatever it is, it happens again where the loop is written out
        return None
    finally:
        part.give_up()


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
    """
    part = _core.begin_part(first, pushes)
    if part is None:
        return None
    try:
        draws = DrawsOfRounds(part)
        outputs = of_one(*part.inputs)
        return part.batch(outputs, inputs, in_batch, count, first, lambda: draws.all(count))
    except Exception:  # whatever it is, it happens again where the function is called for each row
        return None
    finally:
        part.give_up()


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
        found = [f() for f in functions]
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
        results = part.branch(number, leaves)
    except Exception:  # as that of a branch that is not taken
        return None
    finally:
        part.give_up()
    return None if results is None else (_like(found[0], results),)
