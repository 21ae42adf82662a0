"""Where random numbers come from: NumPy's bit generators, positioned by seeds.

There are two kinds of streams. The *program's* go on from one draw to the next: one for all
operations without a seed of their own, and one for each operation, dtype and seed. A *keyed* stream
starts anew at each draw, at a place that a hash of its key gives (seeds, counters, what is drawn),
so that streams of different keys have nothing in common, and who has a key needs nothing else.

NumPy's generators lock themselves, so that threads may share one; a keyed one is lent to one draw.
"""

from __future__ import annotations

import operator
import os
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.functions import random_repeats
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from numpy.random import Generator as NumPyGenerator

    from autograd_c.core._core import Tensor
    from autograd_c.typing import TensorLike

# What stands for the program's seed in streams of operations with a seed, as long as there is none.
_NO_PROGRAM_SEED = "no seed"


# ---------------------------------------------------------------- keyed streams

_idle: list[NumPyGenerator] = []


# hashlib.blake2b, once it is needed: importing it takes as long as a thousand draws.
_blake2b: Any = None
_FIRST = (1).to_bytes(8, "little")


def keyed(*key: int | str) -> NumPyGenerator:
    """A generator at the beginning of the stream of this key; give it back by `release`."""
    global _blake2b
    if _blake2b is None:
        from hashlib import blake2b as _blake2b
    # The hash of the key is the state: 192 bits, and a counter that keeps the period above 2**64.
    digest = _blake2b(repr(key).encode(), digest_size=24).digest()
    words = np.frombuffer(digest + _FIRST, "<u8")
    try:
        generator = _idle.pop()
    except IndexError:
        generator = np.random.Generator(np.random.SFC64(0))
    generator.bit_generator.state = {
        "bit_generator": "SFC64",
        "state": {"state": words},
        "has_uint32": 0,
        "uinteger": 0,
    }
    return generator


def release(generator: NumPyGenerator) -> None:
    """Let the next `keyed` have the generator."""
    _idle.append(generator)


# ---------------------------------------------------------------- the program's streams


class _Program:
    """The streams since the last `set_seed`."""

    def __init__(self, seed: int | str | None) -> None:
        self.seed = seed
        self.common: NumPyGenerator | None = None
        self.operations: dict[tuple[str, str, int], NumPyGenerator] = {}
        self.lock = threading.Lock()

    def stream(self) -> NumPyGenerator:
        """That of the operations without a seed of their own."""
        with self.lock:
            if self.common is None:
                if self.seed is None:
                    self.common = np.random.Generator(np.random.SFC64())
                else:
                    self.common = keyed("program", self.seed)
            return self.common

    def stream_of(self, operation: str, dtype: str, seed: int) -> NumPyGenerator:
        """That of one operation and its seed."""
        key = (operation, dtype, seed)
        with self.lock:
            found = self.operations.get(key)
            if found is None:
                program = _NO_PROGRAM_SEED if self.seed is None else self.seed
                found = self.operations[key] = keyed("operation", program, *key)
            return found

    def forked(self) -> _Program:
        """The streams in a child process, whose locks nobody may hold.

        With a seed they are where the parent's are; without one they are others.
        """
        program = _Program(self.seed)
        if self.seed is not None and self.common is not None:
            program.common = random_repeats.positioned(self.common.bit_generator.state)
        program.operations = {
            key: random_repeats.positioned(g.bit_generator.state)
            for key, g in list(self.operations.items())
        }
        return program


_program = _Program(None)


def _after_fork() -> None:
    global _program
    _program = _program.forked()
    _idle.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def stream(operation: str, dtype: str, seed: TensorLike | None) -> NumPyGenerator:
    """The program's generator for one draw."""
    _core.bind_program()
    if seed is None:
        return stream_named(None)
    return stream_named((operation, dtype, _integer(seed)))


def stream_named(key: Any) -> NumPyGenerator:
    """The program's generator for one draw: None, or an operation, a dtype and a seed."""
    program = _program
    if key is None:
        generator = program.common or program.stream()
    else:
        generator = program.stream_of(*key)
    return random_repeats.source(key, generator) if random_repeats.in_use else generator


# ---------------------------------------------------------------- streams as tensors


def state_array(generator: NumPyGenerator) -> np.ndarray[Any, Any]:
    """Where a stream is: six integers."""
    state: Any = generator.bit_generator.state
    found = np.empty(6, np.int64)
    found[:4] = state["state"]["state"].view(np.int64)
    found[4:] = state["has_uint32"], state["uinteger"]
    return found


def state_of_array(array: np.ndarray[Any, Any]) -> dict[str, Any]:
    """The same as NumPy has it."""
    return {
        "bit_generator": "SFC64",
        "state": {"state": array[:4].view(np.uint64)},
        "has_uint32": int(array[4]),
        "uinteger": int(array[5]),
    }


def take_stream(key: Any) -> Tensor:
    """Where a stream is, for who draws from there on, and says by `give_stream` where that ends.

    What others draw meanwhile has nothing in common with it.
    """
    generator = stream_named(key)
    with generator.bit_generator.lock:
        state = state_array(generator)
        other = keyed("beside", *state.tolist())
        generator.bit_generator.state = other.bit_generator.state
        release(other)
    return _core.constant(state)


def give_stream(key: Any, state: Tensor) -> None:
    """Let a stream go on from a place."""
    generator = stream_named(key)
    with generator.bit_generator.lock:
        generator.bit_generator.state = state_of_array(_core.array_of(state))


def _integer(seed: Any) -> int:
    try:
        return operator.index(seed)
    except TypeError:
        pass
    value = _core.array_of(_core.convert_to_tensor(seed))
    if value.ndim or value.dtype.kind not in "iuf":
        raise TypeError(f"a seed is one integer, got {seed!r}")
    return int(value)


def set_seed(seed: TensorLike | None) -> None:
    """Let the operations of `tf.random` begin anew, with the numbers that belong to a seed.

    After it, the same program draws the same numbers as after the last `set_seed` with this seed.
    Operations have a second seed, their argument `seed`:

    - with neither, the numbers are different in each run of the program;
    - with this seed alone, all operations draw from one stream, in the order in which they are
      called;
    - with `seed` alone, or both, calls of one operation with the same dtype and `seed` have a
      stream of their own, whatever else is drawn in between. `set_seed` begins it anew.

    `tf.random.Generator` and the stateless functions have nothing to do with this seed. The numbers
    are not TensorFlow's. They are the same on all machines that have the same version of NumPy.

    Args:
        seed: an integer; None: no seed, as when the program begins.

    Raises:
        TypeError: for what is no integer.

    >>> import autograd_c as tf
    >>> tf.random.set_seed(1)
    >>> a, b = tf.random.uniform([2]), tf.random.uniform([2], seed=7)
    >>> tf.random.set_seed(1)
    >>> c, d = tf.random.uniform([2], seed=7), tf.random.uniform([2])
    >>> bool(tf.reduce_all(a == d)), bool(tf.reduce_all(b == c)), bool(tf.reduce_all(a == b))
    (True, True, False)
    """
    if _core.records_effects():
        _core.effect(set_seed, (seed,))
        return
    global _program
    _program = _Program(None if seed is None else _integer(seed))


# ---------------------------------------------------------------- stateless seeds


def seed_pair(name: str, seed: TensorLike) -> tuple[int, int]:
    """The two integers of a stateless operation's seed."""
    if isinstance(seed, (tuple, list)) and len(seed) == 2:
        first, second = seed
        if type(first) is int and type(second) is int:
            return first, second
    value = seed_array(name, seed)
    return int(value[0]), int(value[1])


def seed_array(name: str, seed: TensorLike) -> np.ndarray[Any, Any]:
    """The same as an array in its own dtype."""
    tensor: Tensor = _core.convert_to_tensor(seed)
    if tuple(tensor.shape) != (2,):
        raise InvalidArgumentError(f"[{name}] seed must have shape [2], not {list(tensor.shape)}")
    if not tensor.dtype.is_integer:
        raise InvalidArgumentError(f"[{name}] seed is two integers, got {tensor.dtype.name}")
    return _core.array_of(tensor)
