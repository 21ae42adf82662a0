"""``tf.random.Generator``: random numbers from a state that is a Variable."""

from __future__ import annotations

import enum
import os
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex, cast

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Variable
from autograd_c.functions import random_draws as draws
from autograd_c.functions import random_repeats
from autograd_c.functions.random_recorded import drawn
from autograd_c.functions.random_streams import keyed, release

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator as NumPyGenerator

    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, ShapeLike, TensorLike

_WORD = 2**64


class Algorithm(enum.Enum):
    """The algorithms that TensorFlow has, which here say how many words a state has.

    A state of PHILOX has three, of THREEFRY two; AUTO_SELECT is PHILOX. The numbers are those of
    NumPy's SFC64, at a place that a hash of the state gives.

    >>> import autograd_c as tf
    >>> tf.random.Generator.from_seed(1, alg="threefry").algorithm
    2
    """

    PHILOX = 1
    THREEFRY = 2
    AUTO_SELECT = 3


_BY_NAME = {algorithm.name.lower(): algorithm for algorithm in Algorithm}
# The words of a counter; one more is the key.
_COUNTERS = {Algorithm.PHILOX: 2, Algorithm.THREEFRY: 1}


def algorithm_of(alg: Any) -> Algorithm:
    """An algorithm by its name, number or itself; AUTO_SELECT is PHILOX."""
    if type(alg) is str:
        found = _BY_NAME.get(alg)
    elif isinstance(alg, Algorithm):
        found = alg
    else:
        number = int(_core.convert_to_tensor(alg)) if alg is not None else 3
        found = next((a for a in Algorithm if a.value == number), None)
    if found is None:
        raise ValueError(
            f"Argument `alg` got unsupported value {alg}. Supported values are "
            "'philox', 'threefry' and 'auto_select', and Algorithm's members and their numbers."
        )
    return Algorithm.PHILOX if found is Algorithm.AUTO_SELECT else found


def _signed(words: Sequence[int]) -> np.ndarray[Any, Any]:
    return np.array([word % _WORD for word in words], np.uint64).view(np.int64)


def _state_of(seed: Any, algorithm: Algorithm) -> np.ndarray[Any, Any]:
    """As TensorFlow: an int fills words from the first on, a shorter vector the last ones."""
    size = _COUNTERS[algorithm] + 1
    if isinstance(seed, int):
        return _signed([seed >> (64 * k) for k in range(size)])
    given = _core.array_of(_core.convert_to_tensor(seed))
    if given.dtype.kind not in "iu" or given.ndim > 1:
        raise TypeError(f"a seed is an integer, or a vector of integers, got {seed!r}")
    if given.ndim == 0:
        return _state_of(int(given), algorithm)
    words = given.tolist()[:size]
    return _signed([0] * (size - len(words)) + words)


def create_rng_state(seed: TensorLike, alg: Any) -> Tensor:
    """The state that a generator with this seed begins with.

    Args:
        seed: an integer, or a vector of integers.
        alg: see `tf.random.Algorithm`; or a name, in lower case, or number of these.

    Returns:
        A vector of int64, of 3 words for PHILOX and 2 for THREEFRY.

    Raises:
        TypeError: for what is no integer.
        ValueError: for unknown algorithms.

    >>> import autograd_c as tf
    >>> print(tf.random.create_rng_state(1, "philox").numpy())
    [1 0 0]
    """
    return _core.constant(_state_of(seed, algorithm_of(alg)))


# Guards the states of all generators, for as long as it takes to count one on.
_lock = threading.Lock()


def _after_fork() -> None:
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class Generator:
    """A source of random numbers with a state of its own.

    The state, a Variable, is a counter and a key. A draw depends on them and on nothing else, and
    counts on, so that who saves the state and assigns it again gets the same numbers again. Threads
    may share a generator: each draw has numbers of its own.

    Generators are made by `from_seed`, `from_non_deterministic_state`, `from_state` and
    `from_key_counter`, and out of others by `split`. The numbers are not TensorFlow's; they are the
    same on all machines that have the same version of NumPy.

    Args:
        copy_from: a generator whose state and algorithm are taken.
        state: the state to begin with, if there is no `copy_from`; a Variable of int64 is shared.
        alg: the algorithm, see `tf.random.Algorithm`.

    Raises:
        ValueError: for a state of another size, unknown algorithms, and if there is neither a
            generator nor a state and an algorithm.

    >>> import autograd_c as tf
    >>> g = tf.random.Generator.from_seed(1)
    >>> x = g.normal([2])
    >>> g.reset_from_seed(1)
    >>> y = g.normal([2])
    >>> bool(tf.reduce_all(x == y)), g.state.numpy().tolist()
    (True, [513, 0, 0])
    """

    _algorithm: Algorithm

    def __init__(
        self,
        copy_from: Generator | None = None,
        state: TensorLike | None = None,
        alg: Any = None,
    ) -> None:
        if copy_from is not None:
            if state is not None or alg is not None:
                raise ValueError("a copy of a generator takes no state and no algorithm")
            self._algorithm = copy_from._algorithm
            state = copy_from._words()
        elif state is None or alg is None:
            raise ValueError(
                "a generator needs a state and an algorithm; "
                "tf.random.Generator.from_seed(1) makes one of a seed"
            )
        else:
            self._algorithm = algorithm_of(alg)
        words = self._checked(state)
        if isinstance(state, Variable) and state.dtype.name == "int64":
            self._state = state
        else:
            self._state = Variable(words, trainable=False, name="StateVar")

    def _checked(self, state: Any) -> np.ndarray[Any, Any]:
        words = _core.array_of(_core.convert_to_tensor(state))
        size = _COUNTERS[self._algorithm] + 1
        if words.shape != (size,) or words.dtype.kind not in "iu":
            raise ValueError(
                f"a state of {self._algorithm.name} has {size} integers: Shapes {words.shape} and "
                f"[{size}] are incompatible"
            )
        return words.astype(np.int64)

    def _words(self) -> np.ndarray[Any, Any]:
        with _lock:
            words: np.ndarray[Any, Any] = self._state.numpy()
        return words

    # ------------------------------------------------------------ ways to make one

    @classmethod
    def from_state(cls, state: TensorLike, alg: Any) -> Generator:
        """A generator in a state; see `state`. A Variable of int64 stays the state: generators with
        the same one draw from one stream, and assigning to it moves them.
        """
        return cls(state=state, alg=alg)

    @classmethod
    def from_seed(cls, seed: TensorLike, alg: Any = None) -> Generator:
        """A generator that a seed determines: an integer, or a vector of them."""
        algorithm = algorithm_of(alg)
        return cls(state=_state_of(seed, algorithm), alg=algorithm)

    @classmethod
    def from_non_deterministic_state(cls, alg: Any = None) -> Generator:
        """A generator that nobody has had before: the system's entropy is its state."""
        algorithm = algorithm_of(alg)
        words = np.frombuffer(os.urandom(8 * (_COUNTERS[algorithm] + 1)), np.int64)
        return cls(state=words, alg=algorithm)

    @classmethod
    def from_key_counter(cls, key: TensorLike, counter: TensorLike, alg: Any) -> Generator:
        """A generator with a key, an integer, and a counter: 2 integers for PHILOX, 1 for THREEFRY.

        Raises:
            ValueError: for a key or counter of another shape.
        """
        algorithm = algorithm_of(alg)
        return cls(state=_joined(key, counter, algorithm), alg=algorithm)

    # ------------------------------------------------------------ the state

    @property
    def state(self) -> Variable:
        """The state: a Variable of int64, of the counter's words and the key. May be assigned."""
        return self._state

    @property
    def algorithm(self) -> int:
        """The number of the algorithm."""
        return self._algorithm.value

    @property
    def key(self) -> Tensor:
        """The key: the last word of the state."""
        return _core.constant(self._words()[-1])

    def reset(self, state: TensorLike) -> None:
        """Go to a state.

        Raises:
            ValueError: for a state of another size.
        """
        words = self._checked(state)
        with _lock:
            self._state.assign(words)

    def reset_from_seed(self, seed: TensorLike) -> None:
        """Go to the state that `from_seed` begins with."""
        self.reset(_state_of(seed, self._algorithm))

    def reset_from_key_counter(self, key: TensorLike, counter: TensorLike) -> None:
        """Go to the state that `from_key_counter` begins with."""
        self.reset(_joined(key, counter, self._algorithm))

    def skip(self, delta: SupportsIndex | TensorLike) -> Tensor:
        """Count on by as much as drawing `delta` numbers does.

        Returns:
            The state before.
        """
        return _core.constant(_signed(self._count_on(int(cast("SupportsIndex", delta)))))

    def _count_on(self, numbers: int) -> list[int]:
        """The state before a draw, which from now on is nobody else's."""
        _core.bind_program()
        with _lock:
            words: list[int] = self._state.numpy().tolist()
            if numbers and not (random_repeats.in_use and random_repeats.is_sampled()):
                self._state.assign(_signed(self._after(words, numbers)))
        return words

    @staticmethod
    def _after(words: list[int], numbers: int) -> list[int]:
        """A state after numbers are drawn: as TensorFlow's, 256 further for each."""
        *counter, key = words
        low = counter[0] % _WORD + 256 * numbers
        words = [low, *(counter[1:2] and [counter[1] + low // _WORD]), key]
        after: list[int] = _signed(words).tolist()
        return after

    def _draw(
        self, kind: str, size: tuple[int, ...], draw: Callable[[NumPyGenerator], Tensor]
    ) -> Tensor:
        numbers = 1
        for extent in size:
            numbers *= extent
        words = self._count_on(numbers)
        rng = keyed(kind, self._algorithm.value, *words)
        try:
            return draw(rng)
        except BaseException:
            self._count_back(words, numbers)
            raise
        finally:
            release(rng)

    def _count_back(self, words: list[int], numbers: int) -> None:
        """Forget a draw that has failed, unless somebody has drawn since."""
        with _lock:
            if self._state.numpy().tolist() == self._after(words, numbers):
                self._state.assign(_signed(words))

    # ------------------------------------------------------------ numbers

    @drawn("mean", "stddev")
    def normal(
        self,
        shape: ShapeLike,
        mean: TensorLike = 0.0,
        stddev: TensorLike = 1.0,
        dtype: DTypeLike | None = None,
        name: str | None = None,
    ) -> Tensor:
        """Normally distributed numbers: arguments and errors of `tf.random.normal`."""
        kind, size = draws.floating("normal", dtype), draws.extents("normal", shape)
        return self._draw("normal", size, lambda r: draws.normal(r, size, mean, stddev, kind))

    @drawn("mean", "stddev")
    def truncated_normal(
        self,
        shape: ShapeLike,
        mean: TensorLike = 0.0,
        stddev: TensorLike = 1.0,
        dtype: DTypeLike | None = None,
        name: str | None = None,
    ) -> Tensor:
        """Normal numbers within two deviations: as `tf.random.truncated_normal`."""
        kind = draws.floating("truncated_normal", dtype)
        size = draws.extents("truncated_normal", shape)
        return self._draw(
            "truncated_normal",
            size,
            lambda r: draws.truncated_normal(r, size, mean, stddev, kind),
        )

    @drawn("minval", "maxval")
    def uniform(
        self,
        shape: ShapeLike,
        minval: TensorLike = 0,
        maxval: TensorLike | None = None,
        dtype: DTypeLike | None = None,
        name: str | None = None,
    ) -> Tensor:
        """Uniformly distributed numbers: as `tf.random.uniform`."""
        allowed = ("float16", "bfloat16", "float32", "float64", "int32", "int64")
        kind, size = draws.one_of("uniform", dtype, allowed), draws.extents("uniform", shape)
        if not kind.is_integer:
            high: TensorLike = 1 if maxval is None else maxval
            return self._draw("uniform", size, lambda r: draws.uniform(r, size, minval, high, kind))
        if maxval is None:
            raise ValueError(
                f"For integer dtype {kind!r}, minval and maxval must be both `None` or both "
                f"non-`None`; got minval={minval} and maxval={maxval}; "
                "uniform_full_int draws all numbers of the dtype"
            )
        return self._draw(
            "uniform", size, lambda r: draws.uniform_integers(r, size, minval, maxval, kind)
        )

    @drawn()
    def uniform_full_int(
        self, shape: ShapeLike, dtype: DTypeLike = "uint64", name: str | None = None
    ) -> Tensor:
        """Integers, all that a dtype holds: int32, int64, uint32 or uint64.

        Raises:
            ValueError: for other dtypes.
        """
        allowed = ("int32", "int64", "uint32", "uint64")
        kind = draws.one_of("uniform_full_int", dtype, allowed)
        size = draws.extents("uniform_full_int", shape)
        return self._draw("uniform_full_int", size, lambda r: draws.full_integers(r, size, kind))

    @drawn()
    def binomial(
        self,
        shape: ShapeLike,
        counts: TensorLike,
        probs: TensorLike,
        dtype: DTypeLike | None = None,
        name: str | None = None,
    ) -> Tensor:
        """Numbers of binomial distributions: as `tf.random.stateless_binomial`; int32 for None."""
        kind = draws.one_of("binomial", "int32" if dtype is None else dtype, draws.COUNTS)
        size = draws.extents("binomial", shape)
        return self._draw(
            "binomial", size, lambda r: draws.binomial(r, "binomial", size, counts, probs, kind)
        )

    # ------------------------------------------------------------ others

    @drawn()
    def make_seeds(self, count: int = 1) -> Tensor:
        """Seeds for stateless operations: int64 of shape [2, count], a column for each."""
        return self._draw("make_seeds", (int(count),), lambda r: _seeds(r, int(count)))

    def split(self, count: int = 1) -> list[Generator]:
        """New generators, whose numbers have nothing to do with each other or with this one's."""
        keys = np.asarray(self._draw("split", (int(count),), lambda r: _seeds(r, int(count))))[0]
        counter = [0] * _COUNTERS[self._algorithm]
        return [
            type(self)(state=np.array([*counter, key], np.int64), alg=self._algorithm)
            for key in keys
        ]


def _seeds(rng: NumPyGenerator, count: int) -> Tensor:
    """As TensorFlow's: random words above zeros."""
    limits = np.iinfo(np.int64)
    words = rng.integers(limits.min, limits.max, (1, count), np.int64, endpoint=True)
    return _core.constant(np.concatenate([words, np.zeros_like(words)]))


def _joined(key: Any, counter: Any, algorithm: Algorithm) -> np.ndarray[Any, Any]:
    words, last = np.asarray(counter), np.asarray(key)
    size = _COUNTERS[algorithm]
    expected = (size,) if size > 1 else ()
    if words.shape != expected or last.shape != ():
        raise ValueError(
            f"a key is one integer and a counter has shape {expected}: got {last.shape} and "
            f"{words.shape}"
        )
    return _signed([*np.atleast_1d(words).tolist(), int(last)])


# ---------------------------------------------------------------- the program's own

_shared: list[Generator] = []


def get_global_generator() -> Generator:
    """The generator that a program shares.

    The first call makes one in a state that nobody has had before; `tf.random.set_seed` has nothing
    to do with it.

    >>> import autograd_c as tf
    >>> tf.random.set_global_generator(tf.random.Generator.from_seed(1))
    >>> tf.random.get_global_generator().uniform([2]).shape
    TensorShape([2])
    """
    with _lock:
        if not _shared:
            _shared.append(Generator.from_non_deterministic_state())
        return _shared[0]


def set_global_generator(generator: Generator) -> None:
    """Let the program share another generator.

    Raises:
        TypeError: for what is no generator.

    >>> import autograd_c as tf
    >>> g = tf.random.Generator.from_seed(1)
    >>> tf.random.set_global_generator(g)
    >>> tf.random.get_global_generator() is g
    True
    """
    if not isinstance(generator, Generator):
        raise TypeError(f"no tf.random.Generator: {generator!r}")
    with _lock:
        _shared[:] = [generator]
