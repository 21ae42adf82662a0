"""What derivatives of recorded loops keep of the rounds, and what they compute behind them."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core

GENERATOR = np.random.default_rng(15)
ROUNDS = 5


def numbers(*shape):
    return tf.constant(GENERATOR.normal(size=shape) * 0.4)


def over_rows(step):
    """The last state and the sum of all."""

    def f(w, b, rows, h):
        states = tf.scan(lambda h, x: step(w, b, x, h), rows, h)
        return tf.reduce_sum(states[-1] ** 2) + tf.reduce_sum(tf.sin(states))

    return f


def slope(w, b, y):
    return tf.tanh(tf.linalg.matvec(w, y)) - b * y


def runge_kutta(w, b, x, y):
    k1 = slope(w, b, y + x)
    k2 = slope(w, b, y + 0.05 * k1)
    return y + 0.05 * (k1 + k2)


# name: a step from one state to the next, by weights, biases and a row; and their shapes.
STEPS = {
    "matvec": (
        lambda w, b, x, h: tf.tanh(tf.linalg.matvec(w, h) + b * x),
        [(6, 6), (6,), (ROUNDS, 6), (6,)],
    ),
    "several matvecs": (runge_kutta, [(6, 6), (6,), (ROUNDS, 6), (6,)]),
    "batch": (
        lambda w, b, x, h: tf.tanh(h @ w + x * b),
        [(7, 7), (7,), (ROUNDS, 2, 7), (2, 7)],
    ),
    "transposed": (
        lambda w, b, x, h: tf.tanh(tf.matmul(h, w, transpose_b=True) + x * b),
        [(7, 7), (7,), (ROUNDS, 2, 7), (2, 7)],
    ),
    "from the left": (
        lambda w, b, x, h: tf.tanh(tf.matmul(w, h) + x * b),
        [(7, 7), (2,), (ROUNDS, 7, 2), (7, 2)],
    ),
    "from the left, transposed": (
        lambda w, b, x, h: tf.tanh(tf.matmul(w, h, transpose_a=True, transpose_b=True) + x * b),
        [(7, 7), (7,), (ROUNDS, 7, 7), (7, 7)],
    ),
    "used otherwise, too": (
        lambda w, b, x, h: tf.tanh(h @ w + x * b + w[:2]),
        [(7, 7), (7,), (ROUNDS, 2, 7), (2, 7)],
    ),
    "squares of weights": (
        lambda w, b, x, h: tf.tanh(h @ (w * w) + x * b),
        [(7, 7), (7,), (ROUNDS, 2, 7), (2, 7)],
    ),
    "batches of matrices": (
        lambda w, b, x, h: tf.tanh(tf.matmul(h, w) + x * b),
        [(2, 4, 4), (4,), (ROUNDS, 2, 3, 4), (2, 3, 4)],
    ),
}


def arguments(name):
    step, shapes = STEPS[name]
    return over_rows(step), [numbers(*shape) for shape in shapes]


def gradients(f, given, which):
    with tf.GradientTape() as tape:
        for x in given:
            tape.watch(x)
        y = f(*given)
    return tape.gradient(y, [given[k] for k in which])


def compare(found, expected):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("which", [(0, 1, 2, 3), (0,), (1, 3), (2,), (3,)])
def test_gradients_are_those_of_the_eager_loop(name, which):
    f, given = arguments(name)
    expected = gradients(f, given, which)
    compare(gradients(tf.function(f), given, which), expected)
    inside = tf.function(lambda *given: gradients(f, given, which))
    for _ in range(2):
        compare(inside(*given), expected)


@pytest.mark.parametrize("name", STEPS)
def test_and_so_are_gradients_of_gradients(name):
    f, given = arguments(name)
    directions = [numbers(*x.shape) for x in given]

    def along(f):
        def total(*given):
            found = gradients(f, given, range(4))
            return tf.add_n([tf.reduce_sum(g * d) for g, d in zip(found, directions, strict=True)])

        return total

    expected = gradients(along(f), given, range(4))
    compare(gradients(along(tf.function(f)), given, range(4)), expected)
    compare(gradients(tf.function(along(f)), given, range(4)), expected)
    whole = tf.function(lambda *given: gradients(along(f), given, range(4)))
    for _ in range(2):
        compare(whole(*given), expected)


@pytest.mark.parametrize("swap_memory", [False, True])
def test_many_rounds_are_multiplied_in_parts(swap_memory):
    """Factors of 9.6 KB each, of which there are never more than 4 MB."""
    rounds, size = 700, 300
    w, rows = numbers(size, size) / size, tf.constant(GENERATOR.normal(size=(rounds, 2, size)))

    def f(w, rows):
        return tf.reduce_sum(
            tf.foldl(
                lambda h, x: tf.tanh(h @ w + x),
                rows,
                tf.zeros((2, size), tf.float64),
                swap_memory=swap_memory,
            )
        )

    def gradient(w, rows):
        return gradients(f, (w, rows), (0, 1))

    compare(tf.function(gradient)(w, rows), gradient(w, rows))


def test_a_result_that_nobody_asks_for_has_no_part_in_it():
    """Of 1 / 0 the derivative is infinite, and of what is not reached there is none."""
    x, rows = numbers(3), tf.constant(GENERATOR.normal(size=(4, 3)))

    def f(x, rows):
        def step(carried, row):
            h, _ = carried
            h = tf.sin(h * row + x)
            return h, tf.sqrt(h * 0.0)

        return tf.scan(step, rows, (x, tf.zeros(3, tf.float64)))[0]

    expected = gradients(f, (x, rows), (0, 1))
    assert all(np.isfinite(g.numpy()).all() for g in expected)
    compare(gradients(tf.function(f), (x, rows), (0, 1)), expected)
    compare(tf.function(lambda *given: gradients(f, given, (0, 1)))(x, rows), expected)


def test_value_and_gradient_go_through_the_rounds_once():
    """The gradient makes use of what the loop itself has kept."""
    rounds, size = 50, 2_000
    x = tf.constant(np.linspace(0.1, 1.0, size))

    def loop(x):
        return tf.while_loop(
            lambda i, y: i < rounds, lambda i, y: (i + 1, tf.sin(tf.sqrt(y) + y)), (0, x)
        )[1]

    def with_value(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = loop(x)
        return y, tape.gradient(y, x)

    def bytes_of(f):
        f = tf.function(f)
        f(x)
        f(x)
        before = _core.work()[1]
        f(x)
        return _core.work()[1] - before

    value, gradient, both = map(bytes_of, (loop, lambda x: with_value(x)[1], with_value))
    assert value > 0
    assert gradient > 1.5 * value
    assert both < gradient + value / 2
    y, dy = tf.function(with_value)(x)
    compare((y, dy), with_value(x))


def test_several_gradients_of_one_loop():
    x, z = numbers(4), numbers(4)

    def f(x, z):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([x, z])
            y, w = tf.while_loop(
                lambda y, w: tf.reduce_sum(y * y) > 0.01,
                lambda y, w: (0.5 * tf.sin(y + 0.1 * w), w * tf.cos(y)),
                (x, z),
            )
            both = y * w
        return y, w, tape.gradient(y, x), tape.gradient(w, [x, z]), tape.gradient(both, z)

    expected = tf.nest.flatten(f(x, z))
    compiled = tf.function(f)
    for _ in range(3):
        compare(tf.nest.flatten(compiled(x, z)), expected)


def test_what_a_round_stops_has_no_second_derivative_either():
    rows = numbers(4)

    def f(x):
        def step(y, row):
            return tf.sin(y) * tf.stop_gradient(tf.exp(y)) + row

        return tf.foldl(step, rows, x)

    for x in (numbers(), numbers()):
        for use in (tf.func.grad, lambda g: tf.func.grad(tf.func.grad(g))):
            np.testing.assert_allclose(use(tf.function(f))(x), use(f)(x), rtol=1e-13)
            np.testing.assert_allclose(tf.function(use(f))(x), use(f)(x), rtol=1e-13)


def test_what_fails_between_a_loop_and_its_gradient_leaves_nothing():
    x = tf.constant(np.linspace(0.1, 0.2, 3_000))

    @tf.function
    def f(x, k):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.foldl(lambda y, _: tf.sin(y), tf.zeros(20), x)
        part = tf.gather(y, k)
        return tape.gradient(y, x, output_gradients=y * part), part

    good, bad = tf.constant(2), tf.constant(3_000)
    expected = f(x, good)
    for _ in range(3):
        with pytest.raises((tf.errors.InvalidArgumentError, IndexError)):
            f(x, bad)
        compare(f(x, good), expected)


def test_a_round_with_many_steps_keeps_what_was_carried_alone():
    """It would be 320 MB."""
    rows = tf.constant(np.linspace(0.0, 1.0, 1_000))

    @tf.function
    def f(x):
        def step(y, row):
            for _ in range(40):
                y = row / (1.0 + y)
            return y

        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.foldl(step, rows, x)
        return tape.gradient(y, x)

    x = tf.constant(np.linspace(0.5, 1.0, 1_000))
    f(x)
    before = _core.work()[1]
    assert np.isfinite(f(x).numpy()).all()
    assert _core.work()[1] - before < 100_000_000


def growing(loop, x):
    """x to the 9th, beside what becomes infinite, by a loop."""

    def while_loop(order, **options):
        def body(i, y, c):
            return i + 1, y * x, c * c * 1e10 * x

        given = (0, x, x)
        return tf.while_loop(
            lambda *s: s[order.index(0)] < 8,
            lambda *s: [body(*[s[order.index(k)] for k in range(3)])[k] for k in order],
            [given[k] for k in order],
            **options,
        )[order.index(1)]

    if loop == "while":
        return while_loop([0, 1, 2])
    if loop == "infinite first":
        return while_loop([2, 0, 1])
    if loop == "swap_memory":
        return while_loop([2, 1, 0], swap_memory=True, maximum_iterations=20)
    if loop == "scan":
        return tf.scan(
            lambda s, r: (s[0] * s[0] * 1e10 * x, s[1] * x * r), tf.ones([8], x.dtype), (x, x)
        )[1][-1]
    return tf.foldl(
        lambda s, r: (s[0] * x * r, s[1] * s[1] * 1e10 * x), tf.ones([8], x.dtype), (x, x)
    )[0]


@pytest.mark.parametrize("loop", ["while", "infinite first", "swap_memory", "scan", "foldl"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_not_needed_takes_no_part_in_derivatives(loop, dtype):
    def f(x):
        return growing(loop, x)

    x = tf.constant(1.5, dtype)
    first, second, third = 9 * 1.5**8, 72 * 1.5**7, 504 * 1.5**6
    grad, recorded = tf.func.grad, tf.function(f)

    def by_tape():
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = recorded(x)
            slope = tape.gradient(y, x)
        return slope, outer.gradient(slope, x)

    def pushed(f, x):
        with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
            return accumulator.jvp(f(x))

    for _ in range(3):
        for found, expected in (
            (by_tape(), (first, second)),
            ((tf.function(grad(f))(x), tf.function(grad(grad(f)))(x)), (first, second)),
            ((tf.function(grad(grad(grad(f))))(x),), (third,)),
            ((tf.function(tf.func.jacfwd(f))(x), pushed(recorded, x)), (first, first)),
            ((tf.function(lambda x: pushed(f, x))(x),), (first,)),
        ):
            np.testing.assert_allclose(found, expected, rtol=1e-5 if dtype == "float32" else 1e-12)
    xs = tf.constant([1.5, 0.5, 2.0], dtype)
    batch = tf.function(lambda xs: tf.func.vmap(grad(f))(xs))
    if loop != "swap_memory":
        np.testing.assert_allclose(batch(xs), 9 * xs.numpy() ** 8, rtol=1e-5)


def test_gradients_of_one_result_after_the_other():
    """What the last sweep asked for is what the next loop reckons with."""

    def f(x, w):
        def body(i, a, b, c):
            return i + 1, a * x, b + a * w, tf.sin(c) * w

        return tf.while_loop(lambda i, *_: i < 6, body, (0, x, w, x * w))[1:]

    recorded = tf.function(f)
    x, w = tf.constant(1.1, tf.float64), tf.constant(0.7, tf.float64)

    def gradients(f, which):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([x, w])
            results = f(x, w)
            total = sum(results[k] for k in which)
        answers = [tape.gradient(total, [x, w], unconnected_gradients="zero")]
        return answers + [tape.gradient(y, [x, w], unconnected_gradients="zero") for y in results]

    for which in ([0], [1], [0, 2], [2], [0, 1, 2], [0], [2, 1], [1]):
        for _ in range(2):
            np.testing.assert_allclose(
                gradients(recorded, which), gradients(f, which), rtol=1e-13, atol=1e-15
            )
