"""tf.function: what counts as a trace, and functions that are to be called each time.

The counts are TensorFlow's: tests/compare/test_function_tracing.py asks it.
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import autograd_c as tf


def counts(f, calls):
    found = []
    for args, kwargs in calls:
        f(*args, **kwargs)
        found.append(f.experimental_get_tracing_count())
    return found


def test_defaults_and_keywords_are_one_trace():
    x = tf.constant(3.0)

    @tf.function
    def f(x, k=2, *, flag=True):
        return x * float(k) if flag else -x

    calls = [
        ((x,), {}),
        ((x, 2), {}),
        ((), {"x": x}),
        ((x,), {"k": 2, "flag": True}),
        ((x,), {"k": 3}),
        ((x, 3), {"flag": True}),
        ((x,), {"flag": False}),
        ((x,), {}),
    ]
    assert counts(f, calls) == [1, 1, 1, 1, 2, 2, 3, 3]


def test_concrete_functions_are_the_traces_of_their_specs():
    f = tf.function(lambda x, k=2: x * float(k))
    spec = tf.TensorSpec([None], tf.float32)
    two = f.get_concrete_function(spec)
    assert two is f.get_concrete_function(spec, 2) is f.get_concrete_function(spec, k=2)
    for n in (1, 2):
        np.testing.assert_array_equal(two(tf.ones([n])).numpy(), np.full(n, 2.0))
    assert f.experimental_get_tracing_count() == 1


def test_concrete_functions_run_the_records_of_their_function():
    runs = []

    @tf.function
    def f(x):
        runs.append(None)
        return x * 2.0

    x = tf.constant([1.0, 2.0])
    f(x)
    f.get_concrete_function(tf.TensorSpec([None], tf.float32))(x)
    assert len(runs) == 1


def test_reduce_retracing_leaves_extents_and_then_ranks_open():
    f = tf.function(lambda x: tf.reduce_sum(x), reduce_retracing=True)
    shapes = [[1], [2], [3], [1], [2, 2], [2, 3], [4, 3], []]
    calls = [((tf.ones(shape),), {}) for shape in shapes]
    assert counts(f, calls) == [1, 2, 2, 2, 3, 3, 3, 3]


@pytest.mark.parametrize("given", [(2.0,), ([2.0, 3.0], 1)])
def test_functions_that_are_called_each_time_after_they_were_recorded(given):
    runs = []

    @tf.function
    def f(x, k=1):
        runs.append(None)
        return x * float(k)

    x, *rest = given
    x = tf.constant(x)
    for _ in range(2):
        f(x, *rest)
    assert len(runs) == 1
    tf.config.run_functions_eagerly(True)
    try:
        for _ in range(3):
            np.testing.assert_array_equal(f(x, *rest).numpy(), x.numpy())
        assert len(runs) == 4
    finally:
        tf.config.run_functions_eagerly(False)
    f(x, *rest)
    assert len(runs) == 4


MEMORY = """
import autograd_c as tf

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

def slope(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x
        for _ in range(20):
            y = tf.exp(-tf.square(y)) + x
    return tape.gradient(y, x)

f = {function}(slope)
f(tf.ones([10], tf.float64))
x = tf.linspace(tf.constant(-1.0, tf.float64), 1.0, 500_000)
before = peak()
f(x)
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the memory of a process")
def test_a_first_call_takes_about_as_much_memory_as_an_eager_one():
    """What is recorded keeps nothing that no tape asks for."""

    def used(function):
        program = MEMORY.format(function=function)
        command = [sys.executable, "-c", program]
        return int(subprocess.run(command, capture_output=True, check=True, timeout=300).stdout)

    eager = used("")
    assert eager > 100_000
    assert used("tf.function") < 1.25 * eager
