"""Random programs, few and always the same ones; `make fuzz` runs many (tests/fuzz)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd_c as tf

from ..programs import CHECKS, Program, Step, check_gradient_by_differences, programs_for

SOME = settings(
    max_examples=150,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_random_programs(check):
    @SOME
    @given(programs_for(check))
    def run(program):
        check(program)

    run()


def test_the_check_finds_a_wrong_gradient():
    wrong = Step("{0} * tf.stop_gradient({0})", (0,), lambda x: x * tf.stop_gradient(x))
    program = Program([np.array([0.5, 1.5])], [wrong])
    with pytest.raises(AssertionError):
        check_gradient_by_differences(program)


@SOME
@given(st.lists(st.integers(0, 3), max_size=4), st.data())
def test_reshaping_and_transposing_lose_nothing(shape, data):
    """Any chain of views is what NumPy's chain is, and its gradient puts each element back."""
    array = np.arange(np.prod(shape, dtype=int), dtype="float64").reshape(shape)
    x = tf.constant(array)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y, expected = x, array
        for _ in range(data.draw(st.integers(1, 5))):
            kind = data.draw(st.sampled_from(["transpose", "reverse", "reshape", "expand"]))
            rank = expected.ndim
            if kind == "transpose":
                order = data.draw(st.permutations(range(rank)))
                y, expected = tf.transpose(y, order), expected.transpose(order)
            elif kind == "reverse" and rank:
                axis = data.draw(st.integers(0, rank - 1))
                y, expected = tf.reverse(y, [axis]), np.flip(expected, axis)
            elif kind == "reshape" and expected.size:
                y, expected = tf.reshape(y, [-1]), expected.reshape(-1)
            elif kind == "expand" and rank < 6:
                y, expected = tf.expand_dims(y, -1), expected[..., None]
    np.testing.assert_array_equal(y.numpy(), expected)
    # Each element's cotangent is its own number.
    g = tape.gradient(y, x, output_gradients=tf.constant(expected), unconnected_gradients="zero")
    if y is not x:
        np.testing.assert_array_equal(g.numpy(), array)


@SOME
@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=3),
    st.data(),
)
def test_indexing_is_numpys(shape, data):
    array = np.arange(np.prod(shape, dtype=int), dtype="float64").reshape(shape)
    key = []
    length = data.draw(st.integers(0, 3))
    for n in shape[: data.draw(st.integers(0, len(shape)))]:
        kind = data.draw(st.sampled_from(["slice", "int", "array", "mask", "new"]))
        bound = st.none() | st.integers(-n - 2, n + 2)
        if kind == "new":
            key.append(None)
        if kind == "int" and n:
            key.append(data.draw(st.integers(-n, n - 1)))
        elif kind == "array" and n:
            index = st.lists(st.integers(-n, n - 1), min_size=length, max_size=length)
            key.append(np.array(data.draw(index), "int64"))
        elif kind == "mask" and len(shape) == 1:
            key.append(np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)), bool))
        else:
            step = data.draw(st.none() | st.integers(1, 3) | st.integers(-3, -1))
            key.append(slice(data.draw(bound), data.draw(bound), step))
    if data.draw(st.booleans()):
        key.append(...)
    key = tuple(key)
    x = tf.constant(array)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x[key]
    np.testing.assert_array_equal(y.numpy(), array[key])
    upstream = np.random.default_rng(0).normal(size=y.shape)
    expected = np.zeros_like(array)
    np.add.at(expected, key, upstream)
    g = tape.gradient(y, x, output_gradients=tf.constant(upstream), unconnected_gradients="zero")
    np.testing.assert_allclose(g.numpy(), expected, rtol=1e-14, atol=1e-14)


@SOME
@given(
    st.lists(st.integers(0, 3), max_size=4),
    st.lists(st.integers(0, 3), max_size=4),
    st.sampled_from(["float32", "float64", "int32", "uint8", "complex64", "bool", "float16"]),
)
def test_broadcasting_is_numpys(first, second, dtype):
    random = np.random.default_rng(0)
    a, b = ((random.normal(size=s) * 2).astype(dtype) for s in (first, second))
    x, y = tf.constant(a), tf.constant(b)
    try:
        expected = a == b if np.broadcast_shapes(first, second) is not None else None
    except ValueError:
        with pytest.raises(tf.errors.InvalidArgumentError):
            tf.equal(x, y)
        return
    value = tf.equal(x, y)
    assert tuple(value.shape) == expected.shape
    np.testing.assert_array_equal(value.numpy(), expected)
