"""tf.function: custom gradients, and functions that are computed again for theirs, in programs."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf

from ..operations import assert_same_bits
from .test_function_rules import agree

# ---------------------------------------------------------------- functions of one tensor


@tf.custom_gradient
def log1pexp(x):
    e = tf.exp(x)
    return tf.math.log(1.0 + e), lambda upstream: upstream * (1.0 - 1.0 / (1.0 + e))


@tf.custom_gradient
def rounded(x):
    """The straight-through estimator."""
    return tf.round(x), lambda upstream: upstream


@tf.custom_gradient
def clipped(x):
    return tf.identity(x), lambda upstream: tf.clip_by_norm(upstream, 0.5)


@tf.custom_gradient
def of_result(x):
    y = tf.tanh(x)
    return y, lambda upstream: upstream * (1.0 - y * y) * x


@tf.custom_gradient
def of_itself(x):
    """Its gradient is made of the function itself, and so are those of higher order."""
    return tf.exp(x), lambda upstream: upstream * of_itself(x) * 0.5


@tf.custom_gradient
def with_a_constant(x):
    weights = tf.constant([0.5, -1.5, 2.0], tf.float64)
    return tf.sin(x) * weights, lambda upstream: upstream * weights * tf.cos(x)


@tf.custom_gradient
def of_another(x):
    return log1pexp(x) * 2.0, lambda upstream: upstream * of_result(x)


@tf.custom_gradient
def without_gradient(x):
    return x * x, lambda upstream: None


@tf.custom_gradient
def by_a_tape(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.sin(x) * x
    slope = tape.gradient(y, x)
    return y, lambda upstream: 2.0 * upstream * slope


@tf.custom_gradient
def looped(x):
    y = tf.foldl(lambda a, row: tf.sin(a) + row, x, tf.zeros(x.shape[:1], x.dtype))

    def gradient(upstream):
        return tf.foldl(lambda a, row: a * row, tf.cos(x), upstream[0] * tf.ones_like(x)) * upstream

    return tf.sin(x) + 0.0 * tf.reduce_sum(y), gradient


again = tf.recompute_grad(lambda x: tf.sin(x) * tf.exp(0.1 * x))


@tf.recompute_grad
def again_within(x):
    return again(x * x) * log1pexp(x)


def passed_through(x):
    return tf.grad_pass_through(tf.floor)(x) * x


def twice(x):
    return log1pexp(x) * log1pexp(x)


FUNCTIONS = [
    log1pexp,
    rounded,
    clipped,
    of_result,
    of_itself,
    with_a_constant,
    of_another,
    without_gradient,
    by_a_tape,
    looped,
    again,
    again_within,
    passed_through,
    twice,
]
POINTS = [[0.3, -1.2, 2.5], [1.5, 0.7, -0.4]]


def named(functions):
    return pytest.mark.parametrize(
        "f", functions, ids=[getattr(f, "__name__", str(k)) for k, f in enumerate(functions)]
    )


def recorded(function):
    """`tf.function` of it, and a list that grows with each run of the function itself."""
    runs = []

    def body(*args):
        runs.append(None)
        return function(*args)

    return tf.function(body), runs


def same_uses(use, function, *, exact=True, points=POINTS):
    """What is made of the recorded function is what is made of the function."""
    f, runs = recorded(function)
    for k, point in enumerate([*points, points[0]]):
        x = tf.constant(point, tf.float64)
        found, wanted = (tf.nest.flatten(use(g)(x)) for g in (f, function))
        for a, b in zip(found, wanted, strict=True):
            if exact:
                assert_same_bits(a, b)
            else:
                np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-14, atol=1e-14)
        if k == 0:
            first = len(runs)
    assert len(runs) == first <= 2


def total(f):
    return lambda x: tf.reduce_sum(f(x) * tf.constant([1.0, -2.0, 0.5], tf.float64))


def gradient(f):
    def g(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        return y, tape.gradient(y, x, unconnected_gradients="zero")

    return g


def only_gradient(f):
    return lambda x: gradient(total(f))(x)[1]


def tangent(f):
    def g(x):
        with tf.autodiff.ForwardAccumulator(x, tf.cos(x)) as accumulator:
            y = f(x)
        return y, accumulator.jvp(y, unconnected_gradients="zero")

    return g


def jacobian(f):
    def g(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        return tape.jacobian(y, x, unconnected_gradients="zero")

    return g


AROUND = {
    "value": lambda f: f,
    "gradient": gradient,
    "second": lambda f: gradient(only_gradient(f)),
    "third": lambda f: gradient(only_gradient(only_gradient(f))),
    "tangent": tangent,
    "tangent of a gradient": lambda f: tangent(only_gradient(f)),
    "gradient of a tangent": lambda f: gradient(lambda x: tangent(f)(x)[1]),
    "jacobian": jacobian,
    "jacobian of a gradient": lambda f: jacobian(only_gradient(f)),
    "rows": lambda f: behind_a_call(f, lambda x: tf.vectorized_map(f, tf.stack([x, 2.0 * x]))),
}


@named(FUNCTIONS)
@pytest.mark.parametrize("use", AROUND)
def test_derivatives_around_a_recorded_function(use, f):
    # Many rows at once are computed by other loops, and where tangents are pushed a plain function
    # of tf.recompute_grad is just called.
    exact = use != "rows" and not ("tangent" in use and f is again_within)
    same_uses(AROUND[use], f, exact=exact)


@named(FUNCTIONS)
@pytest.mark.parametrize("use", [use for use in AROUND if use != "value"])
def test_derivatives_inside_of_a_recorded_function(use, f):
    # What is recorded of a sweep may be rounded otherwise than a sweep that nothing records.
    same_uses(lambda g: g, AROUND[use](f), exact=False)


@named(FUNCTIONS)
def test_derivatives_inside_and_around(f):
    same_uses(gradient, only_gradient(f))
    same_uses(tangent, only_gradient(f))
    same_uses(gradient, lambda x: tangent(f)(x)[1], exact=f is not again_within)


def in_a_loop(f):
    return lambda x: tf.while_loop(
        lambda k, _: k < 3, lambda k, y: (k + 1, 0.5 * f(y)), (tf.constant(0), x)
    )[1]


def in_rows(f):
    return lambda x: tf.scan(lambda y, row: 0.5 * f(y) + row, tf.reshape(x, [3, 1]), x)


def in_a_branch(f):
    return lambda x: tf.cond(x[0] > 1.0, lambda: f(x), lambda: 2.0 * x)


def in_a_checkpoint(f):
    return tf.recompute_grad(f)


WITHIN = [in_a_loop, in_rows, in_a_branch, in_a_checkpoint]


@named(FUNCTIONS)
@pytest.mark.parametrize("part", WITHIN, ids=lambda part: part.__name__)
def test_in_parts_of_a_recorded_function(part, f):
    for use in (gradient, tangent, lambda g: gradient(only_gradient(g))):
        # The plain loops are written out: their sums are taken in another order.
        same_uses(use, part(f), exact=False)
    same_uses(lambda g: g, only_gradient(part(f)), exact=False)


def test_parts_are_one_instruction_with_a_custom_gradient_in_them():
    f, _ = recorded(in_a_loop(log1pexp))
    f(tf.constant(POINTS[0], tf.float64))
    [(tree, _)] = f._trees.values()
    assert tree.problem is None
    assert tree.paths == 1


# ---------------------------------------------------------------- several arguments and results


@tf.custom_gradient
def several(x, n, scale):
    y, z = x * scale, tf.cast(n, x.dtype) + x

    def gradient(dy, dk, dz):
        return dy * scale + dz, None, tf.reduce_sum(dy * x)

    return {"a": y, "b": [tf.cast(tf.round(z), tf.int32), z]}, gradient


def test_structures_integers_and_results_that_nobody_asks_for():
    def f(x, scale):
        with tf.GradientTape() as tape:
            tape.watch([x, scale])
            found = several(x, tf.constant([1, 2, 3]), scale)
            of_one = found["b"][1] * 2.0
        return found, tape.gradient(of_one, [x, scale])

    agree(f, [[0.1, 0.2, 0.3], 2.0], [[1.0, 2.0, 3.0], 5.0])

    g, runs = recorded(lambda x, scale: several(x, tf.constant([1, 2, 3]), scale))
    for k in range(3):
        x, scale = tf.constant([0.1, 0.2 + k, 0.3], tf.float64), tf.constant(2.0 + k, tf.float64)
        answers = []
        for h in (g, lambda x, scale: several(x, tf.constant([1, 2, 3]), scale)):
            with tf.GradientTape(persistent=True) as tape:
                tape.watch([x, scale])
                found = h(x, scale)
            answers.append(
                [
                    *tf.nest.flatten(found),
                    *tape.gradient(found["a"], [x, scale]),
                    tape.gradient(found["b"][1], x),
                    *tape.gradient([found["a"], found["b"][1]], [x, scale]),
                ]
            )
        for a, b in zip(*answers, strict=True):
            assert_same_bits(a, b)
    assert len(runs) == 1


def test_numbers_and_arrays_as_arguments():
    @tf.custom_gradient
    def f(x, a, n, b):
        return x * a * n * b, lambda g: (g * a, None, None, None)

    def use(x):
        return f(x, 2.0, 3, np.array([1.0, 2.0, 3.0]))

    same_uses(gradient, use)
    same_uses(tangent, use)


def test_a_tensor_that_is_given_twice():
    @tf.custom_gradient
    def f(x, y):
        return x * y, lambda g: (g * 2.0, g * y)

    same_uses(gradient, lambda x: f(x, x))
    same_uses(lambda g: gradient(only_gradient(g)), lambda x: f(x, x))


def test_complex_numbers():
    @tf.custom_gradient
    def f(z):
        return z * z, lambda g: g * tf.math.conj(z) * (1.0 + 2.0j)

    def of_real(x):
        z = tf.complex(x, 2.0 * x)
        return tf.math.real(f(z) * (0.5 - 1.0j))

    for use in (gradient, tangent, lambda g: gradient(only_gradient(g))):
        same_uses(use, of_real)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_narrow_dtypes(dtype):
    f, runs = recorded(log1pexp)
    for point in POINTS:
        x = tf.cast(point, dtype)
        for use in (gradient, tangent):
            for a, b in zip(use(f)(x), use(log1pexp)(x), strict=True):
                assert_same_bits(a, b)
    assert len(runs) == 1


def test_what_is_given_by_keyword():
    @tf.custom_gradient
    def product(x, scale):
        return x * scale, lambda g: (g * scale, 10.0 * g)

    same_uses(gradient, lambda x: product(scale=x, x=2.0 * x))


# ---------------------------------------------------------------- batches


def over_rows(f):
    return lambda x: tf.vectorized_map(f, tf.stack([x, 2.0 * x, x * x]))


@named(FUNCTIONS)
def test_all_rows_of_a_batch_at_once(f):
    for use in (lambda g: g, gradient, tangent, lambda g: gradient(only_rows(g))):
        same_uses(use, over_rows(f), exact=False)
        same_uses(lambda g, use=use: behind_a_call(g, use(over_rows(g))), f, exact=False)
    same_uses(lambda g: g, over_rows(only_gradient(f)), exact=False)
    same_uses(lambda g: behind_a_call(g, over_rows(only_gradient(g))), f, exact=False)
    same_uses(gradient, over_rows(only_gradient(f)), exact=False)


def behind_a_call(f, use):
    """Within a map nothing is recorded that was not recorded before."""
    return lambda x: (f(x), use(x))[1]


def only_rows(f):
    return lambda x: gradient(lambda x: tf.reduce_sum(tf.sin(f(x))))(x)[1]


def test_a_batch_with_arguments_that_are_the_same_for_all():
    @tf.custom_gradient
    def scaled(x, w):
        return x * w, lambda dy: (dy * w * 2.0, tf.reduce_sum(dy * x) * 3.0)

    w = tf.Variable(0.5, dtype=tf.float64)

    def f(x):
        rows = tf.stack([x, tf.sin(x)])
        return tf.vectorized_map(lambda row: scaled(row, w) + scaled(x, row[0]), rows)

    g, runs = recorded(f)
    for point in POINTS:
        x, answers = tf.constant(point, tf.float64), []
        for h in (f, g):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = h(x)
            answers.append([y, *tape.gradient(y, [x, w])])
        for a, b in zip(*answers, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-14)
        w.assign_add(0.25)
    assert len(runs) == 1
