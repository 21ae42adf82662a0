"""Random numbers beside TensorFlow's: dtypes, shapes, states, errors, and slopes of samples."""

from __future__ import annotations

import os

import numpy as np
import pytest

import autograd_c
from autograd_c.functions import random_implicit

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tensorflow = pytest.importorskip("tensorflow")

CALLS = {
    "normal": lambda tf: tf.random.normal([2, 3]),
    "normal broadcast": lambda tf: tf.random.normal([2], tf.zeros([3, 1]), 2.0),
    "normal float16": lambda tf: tf.random.normal([], dtype=tf.float16, seed=1),
    "normal int": lambda tf: tf.random.normal([2], dtype=tf.int32),
    "normal of an int": lambda tf: tf.random.normal(3),
    "normal other dtype": lambda tf: tf.random.normal([2], tf.constant(1.0, tf.float64)),
    "truncated": lambda tf: tf.random.truncated_normal([2], dtype=tf.float64),
    "uniform": lambda tf: tf.random.uniform((2, tf.constant(3)), 1, 5),
    "uniform int": lambda tf: tf.random.uniform([4], 0, 9, tf.int64),
    "uniform without maxval": lambda tf: tf.random.uniform([4], dtype=tf.int64),
    "uniform equal bounds": lambda tf: tf.random.uniform([4], 3, 3, tf.int32),
    "uniform bool": lambda tf: tf.random.uniform([4], dtype=tf.bool),
    "gamma": lambda tf: tf.random.gamma([2], 1.0, tf.ones([2, 1])),
    "gamma float64": lambda tf: tf.random.gamma([2], 1.0, dtype=tf.float64),
    "poisson": lambda tf: tf.random.poisson([2], [1, 2]),
    "poisson int": lambda tf: tf.random.poisson([2], 3.0, tf.int64),
    "categorical": lambda tf: tf.random.categorical([[0.0, 1.0]], 3),
    "categorical int32": lambda tf: tf.random.categorical([[0.0, 1.0]], 3, tf.int32),
    "categorical float": lambda tf: tf.random.categorical([[0.0, 1.0]], 3, tf.float32),
    "categorical vector": lambda tf: tf.random.categorical([0.0, 1.0], 3),
    "shuffle": lambda tf: tf.random.shuffle([[1, 2], [3, 4]]),
    "stateless normal": lambda tf: tf.random.stateless_normal([2], [1, 2]),
    "stateless seed": lambda tf: tf.random.stateless_normal([2], [1, 2, 3]),
    "stateless full": lambda tf: tf.random.stateless_uniform([2], [1, 2], None, None, tf.uint64),
    "stateless half open": lambda tf: tf.random.stateless_uniform([2], [1, 2], 1, None, tf.int32),
    "stateless gamma": lambda tf: tf.random.stateless_gamma([3, 2], [1, 2], [1.0, 2.0]),
    "stateless gamma shape": lambda tf: tf.random.stateless_gamma([2], [1, 2], [1.0] * 3),
    "stateless poisson": lambda tf: tf.random.stateless_poisson([2], [1, 2], 3.0),
    "stateless binomial": lambda tf: tf.random.stateless_binomial([2], [1, 2], 9.0, 0.5),
    "stateless categorical": lambda tf: tf.random.stateless_categorical([[0.0]], 3, [1, 2]),
    "stateless truncated": lambda tf: tf.random.stateless_parameterized_truncated_normal(
        [3, 2], [1, 2], [0.0, 1.0]
    ),
    "stateless no interval": lambda tf: tf.random.stateless_parameterized_truncated_normal(
        [2], [1, 2], minvals=3.0
    ),
    "split": lambda tf: tf.random.split(tf.constant([1, 2], tf.int64), 3),
    "fold_in": lambda tf: tf.random.fold_in([1, 2], 2**40),
    "index_shuffle": lambda tf: tf.random.experimental.index_shuffle(tf.range(5), [1, 2], 4),
    "random_index_shuffle": lambda tf: tf.random_index_shuffle(5, [1, 2, 3], 9),
}


def outcome(call, tf):
    try:
        result = call(tf)
    except tf.errors.InvalidArgumentError:
        return "invalid"
    except (TypeError, ValueError) as error:
        return "TypeError" if isinstance(error, TypeError) else "ValueError"
    return result.dtype.name, tuple(result.shape)


@pytest.mark.parametrize("name", CALLS)
def test_dtypes_shapes_and_errors(name):
    assert outcome(CALLS[name], autograd_c) == outcome(CALLS[name], tensorflow)


@pytest.mark.parametrize("seed", [5, -1, 2**70, [5], [5, 6], [5, 6, 7, 8]])
def test_states_of_generators(seed):
    def states(tf):
        g = tf.random.Generator.from_seed(seed)
        yield g.state
        g.skip(5)
        yield g.state
        g.normal([2, 3])
        yield g.state
        assert g.make_seeds(3).shape == (2, 3)
        yield g.state
        yield g.split(2)[0].state[:2]
        yield tf.random.create_rng_state(seed, "philox")
        # TensorFlow draws no numbers by ThreeFry on processors.
        yield tf.random.create_rng_state(seed, "threefry")

    for ours, theirs in zip(states(autograd_c), states(tensorflow), strict=True):
        assert ours.dtype.name == theirs.dtype.name
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_slopes_of_gamma_numbers():
    random = np.random.default_rng(0)
    alpha = np.exp(random.uniform(-3, 6, 300))
    x = random.gamma(alpha)
    alpha, x = alpha[x > 1e-100], x[x > 1e-100]
    theirs = tensorflow.raw_ops.RandomGammaGrad(alpha=alpha, sample=x)
    ours = random_implicit._slope(autograd_c.constant(alpha), autograd_c.constant(x))
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)


def test_seeds_of_operations():
    """Which of the draws of a program are the same numbers."""

    def pattern(tf):
        made = []
        for program in (1, 1, 2):
            tf.random.set_seed(program)
            made += [tf.random.uniform([3]), tf.random.uniform([3])]
            made += [tf.random.uniform([3], seed=4) for _ in range(2)]
            made += [tf.random.uniform([3], seed=5)]
        rows = [tuple(x.numpy().tolist()) for x in made]
        return [rows.index(row) for row in rows]

    assert pattern(autograd_c) == pattern(tensorflow)
