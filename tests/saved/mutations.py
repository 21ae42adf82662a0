"""Changes to the code of programs and the bytes of files, and what must hold of what becomes."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_c as tf
from autograd_c.core import _core

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
    first = chance.choice([run, run_batch, patterns])
    for use in (first, run, run_batch, derivatives, patterns):
        try:
            use(program, arrays)
        except REFUSALS:
            pass
    return True


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
