"""Sorting, segments and what runs along an axis at their edges: NaN, ties, zeros, large arrays."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf


def gradient(f, x):
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return tape.gradient(y, x).numpy()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "uint16", "int64"])
def test_sorts_of_many(dtype):
    # Those of more than some hundred elements go by digits.
    random = np.random.default_rng(0)
    for n in (1, 511, 512, 3000):
        x = random.integers(-120, 120, (2, n)).astype(dtype)
        if x.dtype.kind == "f" and n > 1:
            x[:, : n // 2] = random.normal(size=(2, n // 2)) * 1e3
            x[0, :5] = np.array([np.inf, -np.inf, 0.0, -0.0, np.nan])[: min(n, 5)]
        np.testing.assert_array_equal(tf.sort(x).numpy(), np.sort(x))
        order = np.argsort(x, kind="stable")
        np.testing.assert_array_equal(tf.argsort(x).numpy(), order)
        down = n - 1 - np.flip(np.argsort(np.flip(x, -1), kind="stable"), -1)
        np.testing.assert_array_equal(tf.argsort(x, direction="DESCENDING").numpy(), down)
        for k in (1, n // 20, n):
            values, indices = tf.math.top_k(x, k)
            np.testing.assert_array_equal(indices.numpy(), down[:, :k])
            np.testing.assert_array_equal(values.numpy(), np.take_along_axis(x, down, -1)[:, :k])


def test_signs_of_zeros_and_nan():
    x = np.array([0.0, -0.0, np.nan, 1.0, -np.nan, -0.0])
    np.testing.assert_array_equal(np.signbit(tf.sort(x).numpy()[:3]), [False, True, True])
    np.testing.assert_array_equal(tf.argsort(x).numpy(), [0, 1, 5, 3, 2, 4])
    assert tf.math.top_k(x, 3).indices.numpy().tolist() == [2, 4, 3]


def test_ties_go_to_the_first():
    assert gradient(lambda x: tf.math.top_k(x, 2)[0] * [1.0, 2.0], [2.0, 3.0, 2.0]).tolist() == [
        2.0,
        1.0,
        0.0,
    ]
    assert gradient(lambda x: tf.unique(x)[0], [2.0, 3.0, 2.0]).tolist() == [1.0, 1.0, 0.0]


def test_products_with_zeros():
    for x in ([0.0, 2.0, 3.0], [2.0, 0.0, 3.0], [0.0, 0.0, 3.0]):
        a, b, c = x
        assert gradient(tf.math.cumprod, x).tolist() == [1 + b + b * c, a + a * c, a * b]
        assert gradient(lambda x: tf.math.segment_prod(x, [0, 0, 0]), x).tolist() == [
            b * c,
            a * c,
            a * b,
        ]


def test_logarithms_of_sums_far_apart():
    x = np.array([-1000.0, 0.0, 1000.0, 999.0])
    np.testing.assert_allclose(
        tf.math.cumulative_logsumexp(x).numpy(), np.logaddexp.accumulate(x), rtol=1e-15
    )
    slope = gradient(tf.math.cumulative_logsumexp, x)
    np.testing.assert_allclose(slope, [1.0, 1.0, 1 + 1 / (1 + np.exp(-1)), 1 / (1 + np.e)])
    # The share of an element whose sum is 0 has no derivative; the others do not hear of it.
    slope = gradient(tf.math.cumulative_logsumexp, [-np.inf, 1.0, 2.0])
    assert np.isnan(slope[0]) and np.isfinite(slope[1:]).all()


def test_segments_without_rows():
    ids = [0, 2, -1]
    for dtype in ("float16", "float32", "int8"):
        x = np.array([1, 2, 3], dtype)
        limits = np.finfo(dtype) if x.dtype.kind == "f" else np.iinfo(dtype)
        assert tf.math.unsorted_segment_max(x, ids, 3).numpy().tolist() == [1, limits.min, 2]
        assert tf.math.unsorted_segment_min(x, ids, 3).numpy().tolist() == [1, limits.max, 2]
        assert tf.math.segment_max(x, [0, 2, 2]).numpy().tolist() == [1, 0, 3]
    x = np.array([1.0, np.nan, 2.0])
    assert np.isnan(tf.math.segment_max(x, [0, 0, 0]).numpy()).all()
    assert tf.math.segment_mean([-3, -4, 5], [0, 0, 2]).numpy().tolist() == [-3, 0, 5]


def test_sums_of_segments_go_beyond_the_bits_of_float32():
    x = np.ones((1001, 2), np.float32)
    x[0] = 2**24  # to which float32 cannot add 1
    ids = np.zeros(1001, int)
    assert tf.math.segment_sum(x, ids).numpy().tolist() == [[2**24 + 1000] * 2]
    assert tf.math.unsorted_segment_sum(x + 0j, ids, 1).numpy()[0, 0] == 2**24 + 1000
    assert tf.math.unsorted_segment_sum(x[:, 0], ids, 1).numpy() == [2**24 + 1000]


def test_numbers_of_segments():
    with pytest.raises(tf.errors.InvalidArgumentError, match="not increasing"):
        tf.math.segment_sum([1.0, 2.0, 3.0], [0, 2, 1])
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"segment_ids\[0\] = 7 is out of"):
        tf.math.unsorted_segment_sum([1.0], [7], 2)
    with pytest.raises(TypeError, match="must be integers"):
        tf.math.unsorted_segment_sum([1.0], [0.5], 2)
    empty = tf.math.segment_sum(np.zeros((0, 2)), [])
    assert tuple(empty.shape) == (0, 2)


def test_counts_of_nothing():
    nothing = np.zeros(0, np.int32)
    assert tf.math.bincount(nothing, minlength=3).numpy().tolist() == [0, 0, 0]
    assert tuple(tf.math.confusion_matrix(nothing, nothing).shape) == (0, 0)
    assert tf.math.in_top_k(nothing, np.zeros((0, 3)), 1).numpy().tolist() == []
    assert tf.unique(nothing)[1].numpy().tolist() == []


def test_batched_searches():
    rows = [[1.0, 3.0], [2.0, 4.0]]
    assert tf.searchsorted(rows, [[2.0, 9.0], [2.0, 0.0]]).numpy().tolist() == [[1, 2], [0, 0]]
    with pytest.raises(tf.errors.InvalidArgumentError, match="Leading dim_size"):
        tf.searchsorted(rows, [[2.0]])
