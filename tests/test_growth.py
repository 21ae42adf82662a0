"""Work grows as the program does: twice as many steps look at twice as many records.

What is counted is what `_core.work` counts, records looked at and bytes taken, so that a busy
machine changes nothing. Each program is run at n and at 4 n steps; quadratic work would be 16 times
as much.
"""

import contextlib

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import _core, func

STEPS = 400


def work_of(program, n):
    """Records looked at, and bytes taken, by program(n)."""
    before = _core.work()
    program(n)
    return np.subtract(_core.work(), before)


def assert_linear(program, steps=STEPS):
    program(10)  # what is made once
    small, large = work_of(program, steps), work_of(program, 4 * steps)
    slack = np.array([1000, 100_000])
    assert np.all(large <= 5 * small + slack), f"{small} at {steps} steps, {large} at 4 times that"


def one():
    return tf.constant(1.0)


def test_work_counts_records_and_bytes():
    def sweep(n):
        x = one()
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            for _ in range(n):
                y = y * 1.01
        tape.gradient(y, x)

    records, slots = work_of(sweep, 5000)
    assert 5000 < records < 20_000 and slots > 5000
    _, taken = work_of(lambda n: tf.zeros([n]) + 1.0, 5000)
    assert 20_000 <= taken < 50_000


# ---------------------------------------------------------------- forward mode, asked at each step


@contextlib.contextmanager
def nothing(_x):
    yield


@contextlib.contextmanager
def tape_of_nothing(_x):
    with tf.GradientTape():
        yield


@contextlib.contextmanager
def tape_of_x(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        yield


@contextlib.contextmanager
def tape_of_another(_x):
    with tf.GradientTape() as tape:
        tape.watch(one())
        yield


@contextlib.contextmanager
def persistent_tapes(x):
    with contextlib.ExitStack() as stack:
        tapes = [stack.enter_context(tf.GradientTape(persistent=True)) for _ in range(3)]
        tapes[0].watch(x)
        yield


@contextlib.contextmanager
def accumulator_of_x(x):
    with tf.autodiff.ForwardAccumulator(x, one()):
        yield


@contextlib.contextmanager
def accumulator_of_another(_x):
    with tf.autodiff.ForwardAccumulator(one(), one()):
        yield


AROUND = [
    nothing,
    tape_of_nothing,
    tape_of_x,
    tape_of_another,
    persistent_tapes,
    accumulator_of_x,
    accumulator_of_another,
]


def asked_at_each_step(x, n, unit=None):
    with tf.autodiff.ForwardAccumulator(x, one() if unit is None else unit) as accumulator:
        y = x
        for _ in range(n):
            y = y * 0.999
            tangent = accumulator.jvp(y)
    return tangent


@pytest.mark.parametrize("around", AROUND)
def test_an_accumulator_is_asked_at_each_step(around):
    def program(n):
        x = one()
        with around(x):
            asked_at_each_step(x, n)

    assert_linear(program)


@pytest.mark.parametrize("inside", AROUND)
def test_an_outer_accumulator_is_asked_at_each_step(inside):
    def program(n):
        x = one()
        with tf.autodiff.ForwardAccumulator(x, one()) as outer, inside(x):
            y = x
            for _ in range(n):
                y = y * 0.999
                outer.jvp(y)

    assert_linear(program)


@pytest.mark.parametrize(
    "transform", [func.grad, lambda f: lambda x: func.jvp(f, (x,), (one(),))], ids=["grad", "jvp"]
)
def test_an_accumulator_is_asked_at_each_step_inside_a_transform(transform):
    assert_linear(lambda n: transform(lambda x: asked_at_each_step(x, n))(one()))


def test_an_accumulator_of_arrays_is_asked_at_each_step():
    x = tf.constant(np.ones(300))
    assert_linear(lambda n: asked_at_each_step(x, n, tf.ones_like(x)))


def test_tangents_that_were_passed_over_are_asked_for_later():
    x = tf.constant(np.ones(300))

    def program(n):
        with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
            y, passed = x, []
            for _ in range(n):
                passed.append(y * 1.01)
                y = passed[-1] * 0.99
                accumulator.jvp(y)
        for z in passed:
            accumulator.jvp(z)

    assert_linear(program)


def test_an_accumulator_comes_to_watch_many():
    def program(n):
        given = [one() for _ in range(n)]
        with tf.autodiff.ForwardAccumulator(one(), one()) as accumulator:
            for x in given:
                accumulator.watch(x, one())
            total = one()
            for x in given:
                total = total + x
                accumulator.jvp(x)

    assert_linear(program)
