"""Softmax, cross entropies and guarded products at their ends."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf

INF = np.inf


def gradients(f, *arrays):
    tensors = [tf.constant(a, tf.float64) for a in arrays]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        y = f(*tensors)
    return y.numpy(), [g.numpy() for g in tape.gradient(y, tensors)]


def test_softmax_of_rows_that_overflow_or_are_empty():
    x = [[1e4, 0.0, -1e4], [-INF, 0.0, 0.0]]
    np.testing.assert_array_equal(tf.nn.softmax(x), [[1, 0, 0], [0, 0.5, 0.5]])
    np.testing.assert_allclose(tf.nn.log_softmax([1e4, 0.0]), [0, -1e4])
    assert np.isnan(tf.nn.softmax([-INF, -INF]).numpy()).all()
    assert np.isnan(tf.nn.softmax([1.0, np.nan, 2.0]).numpy()).all()
    assert tf.nn.softmax(np.zeros((2, 0, 3)), 1).shape == (2, 0, 3)
    assert tf.nn.softmax(np.zeros((0, 3))).shape == (0, 3)


@pytest.mark.parametrize("axis", (0, 1, 2))
@pytest.mark.parametrize("dtype", ("float32", "float64"))
def test_long_and_wide_lines(axis, dtype):
    shape = [3, 5, 7]
    shape[axis] = 3000
    x = np.random.default_rng(0).normal(size=shape).astype(dtype) * 3
    wide = x.astype("longdouble")
    power = np.exp(wide - wide.max(axis, keepdims=True))
    expected = power / power.sum(axis, keepdims=True)
    rtol = 1e-5 if dtype == "float32" else 1e-13
    np.testing.assert_allclose(tf.nn.softmax(x, axis), expected, rtol=rtol)
    np.testing.assert_allclose(tf.nn.log_softmax(x, axis), np.log(expected), rtol=rtol, atol=rtol)
    weights = np.random.default_rng(1).normal(size=shape)
    t = tf.constant(x)
    for logarithm in (False, True):
        with tf.GradientTape() as tape:
            tape.watch(t)
            y = tf.nn.log_softmax(t, axis) if logarithm else tf.nn.softmax(t, axis)
        slope = tape.gradient(y, t, output_gradients=tf.constant(weights, dtype))
        total = np.sum(weights if logarithm else weights * expected, axis, keepdims=True)
        right = weights - expected * total if logarithm else expected * (weights - total)
        np.testing.assert_allclose(
            slope, right, rtol=1e-4, atol=1e-5 if dtype == "float32" else 1e-13
        )


def test_labels_that_are_zero_count_for_nothing():
    y, (by_labels, by_logits) = gradients(
        tf.nn.softmax_cross_entropy_with_logits, [[0.0, 1.0]], [[-INF, 0.0]]
    )
    assert y == [0.0]
    np.testing.assert_array_equal(by_labels, [[INF, 0.0]])
    np.testing.assert_array_equal(by_logits, [[0.0, 0.0]])


def test_labels_that_are_no_distribution_have_right_gradients():
    labels, logits = np.array([[0.5, 0.2, 0.1]]), np.array([[1.0, 2.0, 3.0]])
    _, (_, by_logits) = gradients(tf.nn.softmax_cross_entropy_with_logits, labels, logits)
    share = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(by_logits, share * labels.sum() - labels, 1e-14, 1e-16)


def test_cross_entropies_of_large_logits():
    loss = lambda x, z: tf.nn.sigmoid_cross_entropy_with_logits(labels=z, logits=x)  # noqa: E731
    y, (by_logits, by_labels) = gradients(loss, [800.0, -800.0, 100.0, 0.0], [1.0, 0.0, 1.0, 0.5])
    np.testing.assert_allclose(y, [0, 0, np.exp(-100.0), np.log(2)], rtol=1e-15)
    np.testing.assert_allclose(by_logits, [0, 0, -np.exp(-100.0), 0], rtol=1e-14)
    np.testing.assert_array_equal(by_labels, [-800, 800, -100, 0])


@pytest.mark.parametrize(
    ("f", "x", "y", "value", "slopes"),
    [
        (tf.math.xlogy, 0.0, 0.0, 0.0, (0.0, 0.0)),
        (tf.math.xlogy, 0.0, np.nan, 0.0, (0.0, 0.0)),
        (tf.math.xlogy, 2.0, 0.0, -INF, (-INF, INF)),
        (tf.math.xlog1py, 0.0, -1.0, 0.0, (0.0, 0.0)),
        (tf.math.xdivy, 0.0, 0.0, 0.0, (0.0, 0.0)),
        (tf.math.divide_no_nan, INF, 0.0, 0.0, (0.0, 0.0)),
        (tf.math.multiply_no_nan, INF, 0.0, 0.0, (0.0, INF)),
        (tf.math.multiply_no_nan, 3.0, 2.0, 6.0, (2.0, 3.0)),
        (tf.math.squared_difference, 3.0, 1.0, 4.0, (4.0, -4.0)),
        (tf.math.nextafter, 1.0, 2.0, 1 + 2.0**-52, (1.0, 0.0)),
    ],
)
def test_poles(f, x, y, value, slopes):
    found, gradient = gradients(f, x, y)
    assert found == value
    assert tuple(gradient) == slopes


def test_dtypes_beyond_those_of_the_rows():
    y = tf.math.divide_no_nan([1, 3], [0, 2])
    assert y.dtype == tf.float64
    np.testing.assert_array_equal(y, [0, 1.5])
    assert tf.math.divide_no_nan(np.int16(1), np.int16(2)).dtype == tf.float32
    np.testing.assert_array_equal(tf.math.squared_difference([1 + 1j], [2 + 3j]), [5])
    with pytest.raises(TypeError, match="nextafter"):
        tf.math.nextafter(tf.constant(1.0, tf.float16), tf.constant(2.0, tf.float16))
    with pytest.raises(TypeError, match="angle"):
        tf.math.angle([1, 2])
    with pytest.raises(TypeError, match="divide_no_nan"):
        tf.math.divide_no_nan([True], [False])


def test_classes_that_are_none_are_refused():
    logits = tf.constant([[0.0, 1.0], [2.0, 3.0]])
    for labels, message in [
        ([0, 2], "label 2"),
        ([-1, 0], "label -1"),
        ([0], "shape"),
        ([0.0, 1.0], "integers"),
    ]:
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
    nothing = tf.nn.sparse_softmax_cross_entropy_with_logits(np.zeros(0, int), np.zeros((0, 3)))
    assert nothing.shape == (0,)


def test_truncating_division():
    x, y = [7, -7, 7, -7, -128], [2, 2, -2, -2, -1]
    a, b = np.array(x, "int8"), np.array(y, "int8")
    np.testing.assert_array_equal(tf.truncatediv(a, b), [3, -3, -3, 3, -128])
    np.testing.assert_array_equal(tf.truncatemod(a, b), [1, -1, 1, -1, 0])
    with pytest.raises(tf.errors.InvalidArgumentError, match="division by zero"):
        tf.truncatediv([1], [0])


@pytest.mark.parametrize("decreasing", (True, False))
def test_isotonic_regression(decreasing):
    x = np.random.default_rng(3).normal(size=6)
    y, (slope,) = gradients(lambda t: tf.nn.isotonic_regression(t, decreasing)[0] ** 2, x)
    sign = -1 if decreasing else 1
    expected = [
        sign * max(min(np.mean(sign * x[s : e + 1]) for e in range(i, 6)) for s in range(i + 1))
        for i in range(6)
    ]
    np.testing.assert_allclose(y, np.square(expected), rtol=1e-13)
    np.testing.assert_allclose(slope, 2 * np.array(expected), rtol=1e-13)
    output, segments = tf.nn.isotonic_regression(np.zeros((2, 0), "float32"))
    assert output.shape == segments.shape == (2, 0)
    assert tf.nn.isotonic_regression([3, 1, 2]).output.dtype == tf.float64
    with pytest.raises(tf.errors.InvalidArgumentError, match="axis"):
        tf.nn.isotonic_regression([1.0, 2.0], axis=1)
    with pytest.raises(TypeError, match="isotonic"):
        tf.nn.isotonic_regression([True, False])
