"""Changes to the code of programs and the bytes of files, and what must hold of what becomes."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_c as tf
from autograd_c.core import _core
from autograd_c.programs.text import LOOPS

# What may be raised for code or files that are no program, or for one that fails as any call may.
REFUSALS = (ValueError, TypeError, IndexError, NotImplementedError, MemoryError, tf.errors.OpError)

# No memory is so large as what the largest of these ask for.
NUMBERS = [0, 1, 2, 3, 4, 5, 7, -1, -2, -3, 8, 16, 31, 32, 33, 63, 64, 2**31, -(2**31), 2**40 - 1]
NUMBERS += [2**40, 2**52, -(2**40), 2**62, 2**62 + 1, -(2**63), 2**64]
OBJECTS: list[Any] = [None, True, 1.5, "", "bool", [], {}, b"x", float("nan"), "float32", (1,)]


def as_lists(code: Any) -> Any:
    """The code with lists in the place of tuples, to be changed."""
    if isinstance(code, dict):
        return {key: as_lists(value) for key, value in code.items()}
    if isinstance(code, (list, tuple)):
        return [as_lists(item) for item in code]
    return code


def places(thing: Any, where: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to all that is in lists and dicts."""
    found = []
    items: Any = ()
    if isinstance(thing, dict):
        items = thing.items()
    elif isinstance(thing, list):
        items = enumerate(thing)
    for key, item in items:
        found.append((*where, key))
        found += places(item, (*where, key))
    return found


def changed(thing: Any, chance: random.Random, names: list[str]) -> Any:
    """A copy with one thing in it changed, taken away, repeated or moved."""
    new = copy.copy(thing) if not isinstance(thing, (dict, list)) else copy.deepcopy(thing)
    where = chance.choice(places(new))
    inside = new
    for key in where[:-1]:
        inside = inside[key]
    key = where[-1]
    kind = chance.randrange(10)
    old = inside[key]
    if kind == 0 and isinstance(inside, list):
        del inside[key]
    elif kind == 1 and isinstance(inside, list):
        inside.insert(key, copy.copy(old))
    elif kind == 2 and isinstance(inside, list):
        inside[key] = inside[chance.randrange(len(inside))]
    elif kind == 3:
        inside[key] = chance.choice(OBJECTS)
    elif isinstance(old, str) and kind < 9:
        inside[key] = chance.choice([*names, "float16", "int8", "complex128", "uint64"])
    elif isinstance(old, int) and kind < 6:
        inside[key] = old + chance.choice([-1, 1])
    elif isinstance(old, list) and kind < 6:
        chance.shuffle(old)
    else:
        inside[key] = chance.choice(NUMBERS)
    return new


def arrays_like(inputs: Any, chance: random.Random) -> list[np.ndarray[Any, Any]]:
    """Arrays for the inputs of a program, if these are none that take much memory."""
    arrays = []
    for dtype, shape in inputs:
        assert np.prod([float(n) for n in shape]) < 1e6
        values = np.random.default_rng(chance.randrange(2**32)).uniform(-3, 3, shape)
        name = "float32" if dtype == "bfloat16" else dtype
        array = tf.constant(values.astype(np.dtype(name)))
        arrays.append(tf.cast(array, dtype))
    return arrays


def is_refused_or_runs(make: Callable[[], Any], chance: random.Random) -> bool:
    """Whether a program became of it. It does what it does, or an error says why it cannot."""
    try:
        program = make()
    except REFUSALS:
        return False
    code = program.code()
    try:
        arrays = arrays_like(code["inputs"], chance)
    except AssertionError:
        return True
    if rounds_of(program) > 1000:
        return True  # it takes as long as it says
    first = chance.choice([run, run_batch, patterns])
    for use in (first, run, run_batch, derivatives, patterns):
        try:
            use(program, arrays)
        except REFUSALS:
            pass
    return True


def rounds_of(program: _core.Program) -> float:
    """How many rounds its loops have, at most."""
    return sum([rounds_of_composite(each) for each in program.composites.values()], 0.0)


def rounds_of_composite(composite: _core.Composite) -> float:
    if composite.of is not None:
        return 2 * rounds_of_composite(composite.of)
    within = sum(rounds_of(program) for program in composite.programs)
    if composite.kind not in LOOPS:
        return within
    count = composite.numbers[2]
    return (1 + within) * (count if count >= 0 else float("inf"))


def without_composites(code: Any) -> Any:
    """The code with data in the place of composites."""
    instructions = [[*each[:4], *map(composite_as_data, each[4:])] for each in code["instructions"]]
    return {**code, "instructions": instructions}


def composite_as_data(composite: _core.Composite) -> Any:
    return {
        "kind": composite.kind,
        "numbers": list(composite.numbers),
        "programs": [without_composites(program.code()) for program in composite.programs],
        "of": None if composite.of is None else composite_as_data(composite.of),
        "label": composite.label,
    }


def with_composites(code: Any) -> Any:
    """The other way: whatever is no such data stays there."""
    if not isinstance(code, dict) or not isinstance(code.get("instructions"), list):
        return code
    instructions = [
        [composite_of(part) if type(part) is dict else part for part in each]
        if isinstance(each, list)
        else each
        for each in code["instructions"]
    ]
    return {**code, "instructions": instructions}


def composite_of(data: Any) -> Any:
    if not isinstance(data, dict) or set(data) != {"kind", "numbers", "programs", "of", "label"}:
        return data
    return _core.Composite(
        data["kind"],
        data["numbers"],
        [_core.Program.from_code(with_composites(code)) for code in data["programs"]],
        composite_of(data["of"]),
        data["label"],
    )


def run(program: _core.Program, arrays: list[Any]) -> None:
    program.run(arrays)


def run_batch(program: _core.Program, arrays: list[Any]) -> None:
    program.run([tf.stack([x, x]) for x in arrays], [True] * len(arrays), 2)


def patterns(program: _core.Program, arrays: list[Any]) -> None:
    program.patterns()


def derivatives(program: _core.Program, arrays: list[Any]) -> None:
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(arrays)
        outputs = program.run(arrays)
    tape.gradient(outputs, arrays)
