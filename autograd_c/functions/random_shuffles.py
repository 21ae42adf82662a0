"""Orders of numbers without a table of them: ``tf.random_index_shuffle``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import TensorLike

_MASK = 2**64 - 1


def _mixed(x: int) -> int:
    """64 bits, each of which depends on all of x (the finaliser of SplitMix64)."""
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)


def _place(index: int, keys: list[int], highest: int) -> int:
    """Where an index goes: a Feistel network on the least even number of bits that holds all.

    It is a permutation of these; what lands behind the highest index goes on until it does not.
    """
    half = max(1, (highest.bit_length() + 1) // 2)
    low = (1 << half) - 1
    while True:
        left, right = index >> half, index & low
        for key in keys:
            left, right = right, left ^ (_mixed(right ^ key) & low)
        index = left << half | right
        if index <= highest:
            return index


def shuffled_indices(index: TensorLike, seeds: Any, max_index: TensorLike, rounds: int) -> Tensor:
    name = "random_index_shuffle"
    places, highest = _core.convert_to_tensor(index), _core.convert_to_tensor(max_index)
    for given in (places, highest):
        if not given.dtype.is_integer or given.ndim > 1:
            raise InvalidArgumentError(f"[{name}] Index must be an integer scalar or vector.")
    dtype = highest.dtype if highest.dtype.size > places.dtype.size else places.dtype
    rows = [[int(word) for word in row] for row in seeds]
    try:
        shape = np.broadcast_shapes(
            places.shape, highest.shape, () if len(rows) == 1 else (len(rows),)
        )
    except ValueError:
        raise InvalidArgumentError(
            f"[{name}] index, seed and max_index have several lengths"
        ) from None
    chosen = np.broadcast_to(np.asarray(places), shape).ravel().tolist()
    limits = np.broadcast_to(np.asarray(highest), shape).ravel().tolist()
    keys = []
    for row in rows:
        state = 0
        for word in row:
            state = _mixed((state + word + 0x9E3779B97F4A7C15) & _MASK)
        keys.append([_mixed((state + k * 0x9E3779B97F4A7C15) & _MASK) for k in range(rounds)])
    result = []
    for k, (place, limit) in enumerate(zip(chosen, limits, strict=True)):
        if place < 0:
            raise InvalidArgumentError(f"[{name}] index must be >= 0 but was {place}")
        if place > limit:
            raise InvalidArgumentError(
                f"[{name}] max_index must be >= index, but {limit} < {place}"
            )
        result.append(_place(place, keys[k if len(keys) > 1 else 0], limit))
    return _core.constant(np.array(result, dtype.as_numpy_dtype).reshape(shape))


def random_index_shuffle(
    index: TensorLike,
    seed: TensorLike,
    max_index: TensorLike,
    rounds: int = 4,
    name: str | None = None,
) -> Tensor:
    """Where an index goes when the numbers from 0 to `max_index` are put into another order.

    The order is determined by the seed, and takes no memory. It is not TensorFlow's.

    Args:
        index: an integer from 0 to `max_index`, or a vector of them.
        seed: three integers, or a matrix with three for each index.
        max_index: an integer, or one for each index.
        rounds: how often indices are mixed; an even number of at least 4.
        name: ignored.

    Returns:
        A tensor of integers, one for each index.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for other seeds, and for indices below 0 or
            above `max_index`.

    >>> import autograd_c as tf
    >>> order = tf.random_index_shuffle(tf.range(5), seed=[1, 2, 3], max_index=4)
    >>> sorted(order.numpy().tolist())
    [0, 1, 2, 3, 4]
    """
    given = _core.array_of(_core.convert_to_tensor(seed))
    if given.dtype.kind not in "iu" or given.ndim not in (1, 2) or given.shape[-1] != 3:
        raise InvalidArgumentError(
            "[random_index_shuffle] Seed must be a vector of size [3] or a matrix of size [n, 3], "
            f"got {list(given.shape)}"
        )
    return shuffled_indices(index, np.atleast_2d(given), max_index, max(4, int(rounds)))
