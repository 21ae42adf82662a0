"""``tf.random.experimental``: older names of what `tf.random` has, and orders that a seed gives."""

from __future__ import annotations

from autograd_c.functions.random_generators import (
    Algorithm,
    Generator,
    create_rng_state,
    get_global_generator,
    set_global_generator,
)
from autograd_c.functions.random_stateless import fold_in as stateless_fold_in
from autograd_c.functions.random_stateless import index_shuffle, stateless_shuffle
from autograd_c.functions.random_stateless import split as stateless_split

__all__ = [
    "Algorithm",
    "Generator",
    "create_rng_state",
    "get_global_generator",
    "index_shuffle",
    "set_global_generator",
    "stateless_fold_in",
    "stateless_shuffle",
    "stateless_split",
]
