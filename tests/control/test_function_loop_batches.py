"""Loops and branches of functions of one example, which all of a batch go through at once."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import func

GENERATOR = np.random.default_rng(16)
EXAMPLES = 5
WEIGHTS = tf.constant(GENERATOR.normal(size=(3, 3)) * 0.4)
BEGIN = tf.constant(GENERATOR.normal(size=3))
SEQUENCES = tf.constant(GENERATOR.normal(size=(EXAMPLES, 4, 3)))


def cell(w, h, x):
    return tf.tanh(tf.linalg.matvec(w, h) + x)


def counted(w, xs, rounds):
    """A number of rounds that is the same for all."""
    return tf.while_loop(
        lambda i, h: i < rounds, lambda i, h: (i + 1, cell(w, h, xs[0])), (tf.constant(0), BEGIN)
    )


def until(w, xs):
    """A number of rounds of its own for each."""
    return tf.while_loop(
        lambda i, h: (tf.reduce_sum(h * h) > 0.05) & (i < 20),
        lambda i, h: (i + 1, 0.5 * tf.sin(h) + 0.1 * tf.linalg.matvec(w, h)),
        (tf.constant(0), 3.0 * xs[0]),
    )[1]


def nested(w, xs):
    def step(h, x):
        return tf.while_loop(lambda i, y: i < 2, lambda i, y: (i + 1, cell(w, y, x)), (0, h))[1]

    return tf.scan(step, xs, BEGIN)


def with_counter(w, xs):
    """What is carried is the same for all in part."""
    return tf.scan(
        lambda c, x: (c[0] + 1, cell(w, c[1], x) * tf.cast(c[0], tf.float64), c[2] * 0.5),
        xs,
        (tf.constant(1), BEGIN, BEGIN),
    )


# name: a function of weights [3, 3] and a sequence [4, 3], and whether it is one loop for all.
LOOPS = {
    "scan": (lambda w, xs: tf.scan(lambda h, x: cell(w, h, x), xs, BEGIN), True),
    "scan back": (lambda w, xs: tf.scan(lambda h, x: cell(w, h, x), xs, BEGIN, reverse=True), True),
    "checkpoints": (
        lambda w, xs: tf.scan(lambda h, x: cell(w, h, x), xs, BEGIN, swap_memory=True),
        True,
    ),
    "fold": (lambda w, xs: tf.foldl(lambda h, x: cell(w, h, x), xs, xs[0]), True),
    "map": (lambda w, xs: tf.map_fn(lambda x: cell(w, x, x), xs), True),
    "rounds": (lambda w, xs: counted(w, xs, 3), True),
    "no rounds": (lambda w, xs: counted(w, xs, 0), True),
    "counter": (with_counter, True),
    "nested": (nested, True),
    "until": (until, False),
    "branch": (
        lambda w, xs: tf.cond(
            w[0, 0] > 0, lambda: tf.sin(xs) * w[0], lambda: tf.exp(tf.linalg.matmul(xs, w))
        ),
        True,
    ),
    "branch of its own": (
        lambda w, xs: tf.cond(xs[0, 0] > 0, lambda: tf.sin(xs) * w[0], lambda: tf.exp(xs)),
        False,
    ),
}


def floats(result):
    return [x for x in tf.nest.flatten(result) if x.dtype.is_floating]


def total(f):
    return lambda w, xs: tf.add_n([tf.reduce_sum(tf.sin(x)) for x in floats(f(w, xs))])


def alone(f, w, xs):
    """Without tf.function, each example by itself."""
    found = [tf.nest.flatten(f(w, xs[k])) for k in range(xs.shape[0])]
    return [tf.stack(column) for column in zip(*found, strict=True)]


def compare(found, expected):
    for a, b in zip(tf.nest.flatten(found), expected, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-12, atol=1e-14)


OF_THEM = {
    "value": lambda f: f,
    "gradient": lambda f: func.grad(total(f), (0, 1)),
    "by the weights": lambda f: func.grad(total(f), 0),
    "value and gradient": lambda f: func.value_and_grad(total(f), (0, 1)),
    "forwards": lambda f: func.jacfwd(lambda w, xs: floats(f(w, xs))[-1], 1),
    "backwards": lambda f: func.jacrev(lambda w, xs: floats(f(w, xs))[-1], 0),
    "hessian": lambda f: func.hessian(total(f), 1),
}


@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.parametrize("what", OF_THEM)
def test_examples_give_what_they_give_alone(name, what):
    f = OF_THEM[what](LOOPS[name][0])
    batched = tf.function(func.vmap(f, in_axes=(None, 0)))
    expected = alone(f, WEIGHTS, SEQUENCES)
    for _ in range(2):
        compare(batched(WEIGHTS, SEQUENCES), expected)


@pytest.mark.parametrize("name", LOOPS)
def test_derivatives_of_batches(name):
    """From outside, and of what is the same for all."""
    f = total(LOOPS[name][0])
    batched = tf.function(func.vmap(f, in_axes=(None, 0)))

    def of_batch(g):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([WEIGHTS, SEQUENCES])
            y = tf.stack(g(WEIGHTS, SEQUENCES))
        # A loop of no rounds gives zeros where nothing depends on anything.
        return [
            *tape.gradient(y, [WEIGHTS, SEQUENCES], unconnected_gradients="zero"),
            tape.jacobian(y, WEIGHTS, unconnected_gradients="zero"),
        ]

    compare(of_batch(batched), of_batch(lambda w, xs: [f(w, xs[k]) for k in range(EXAMPLES)]))


@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.parametrize("what", ["value", "gradient"])
def test_programs_do_not_grow_with_the_batch(name, what):
    f, at_once = LOOPS[name]
    batched = tf.function(func.vmap(OF_THEM[what](f), in_axes=(None, 0)))

    def lines(count):
        xs = tf.constant(GENERATOR.normal(size=(count, 4, 3)))
        return len(str(batched.program(WEIGHTS, xs)).splitlines())

    assert (lines(10) == lines(20)) == at_once


def test_batches_of_batches():
    f = LOOPS["scan"][0]
    xs = (
        tf.reshape(SEQUENCES, [1, EXAMPLES, 4, 3])
        * tf.constant([1.0, 2.0], tf.float64)[:, None, None, None]
    )
    batched = tf.function(func.vmap(func.vmap(f, (None, 0)), (None, 0)))
    expected = tf.stack([tf.stack([f(WEIGHTS, x) for x in row]) for row in xs])
    compare(batched(WEIGHTS, xs), [expected])
