"""Pools with windows of several extents, and operations on every n-th element."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf

X = np.random.default_rng(0).permutation(2 * 13 * 10 * 3).reshape(2, 13, 10, 3) / 100


@pytest.mark.parametrize("pseudo_random", (False, True))
@pytest.mark.parametrize("overlapping", (False, True))
@pytest.mark.parametrize("ratio", (1.0, 1.3, 1.73, 2.0, 3.7, 10.0))
@pytest.mark.parametrize("name", ("max", "avg"))
def test_windows_cover_images(name, ratio, overlapping, pseudo_random):
    pool = getattr(tf.nn, f"fractional_{name}_pool")
    for seed in (1, 2):
        x = tf.constant(X)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y, rows, columns = pool(x, [1.0, ratio, 1.5, 1.0], pseudo_random, overlapping, seed)
            weights = np.cos(np.arange(np.prod(y.shape))).reshape(y.shape)
            loss = tf.reduce_sum(y * weights)
        slope = np.zeros_like(X)
        rows, columns = rows.numpy(), columns.numpy()
        assert rows.dtype == np.int64
        for borders, extent, least in ((rows, 13, ratio), (columns, 10, 1.5)):
            assert len(borders) == int(extent / least) + 1
            assert (borders[0], borders[-1]) == (0, extent)
            steps = np.diff(borders)
            assert set(steps) <= {extent // len(steps), -(-extent // len(steps))}
        assert y.shape == (2, len(rows) - 1, len(columns) - 1, 3)
        for i, j in np.ndindex(len(rows) - 1, len(columns) - 1):
            down = slice(rows[i], rows[i + 1] + overlapping)
            along = slice(columns[j], columns[j + 1] + overlapping)
            window = X[:, down, along]
            expected = window.max((1, 2)) if name == "max" else window.mean((1, 2))
            np.testing.assert_allclose(y[:, i, j], expected, rtol=1e-12)
            if name == "max":
                part = window == expected[:, None, None]
            else:
                part = np.full(window.shape, 1 / (window.shape[1] * window.shape[2]))
            slope[:, down, along] += part * weights[:, i, j][:, None, None]
        np.testing.assert_allclose(tape.gradient(loss, x), slope, atol=1e-12)


def test_lengths_come_out_at_random():
    x = tf.zeros([1, 50, 50, 1])
    tf.random.set_seed(3)
    first = [tf.nn.fractional_max_pool(x, 1.3)[1].numpy().tolist() for _ in range(3)]
    tf.random.set_seed(3)
    assert first == [tf.nn.fractional_max_pool(x, 1.3)[1].numpy().tolist() for _ in range(3)]
    assert first[0] != first[1]
    seeded = [tf.nn.fractional_max_pool(x, 1.3, seed=4)[1].numpy().tolist() for _ in range(2)]
    assert seeded[0] == seeded[1]


def test_what_is_not_pooled():
    x = tf.zeros([1, 5, 5, 1])
    for pool in (tf.nn.fractional_max_pool, tf.nn.fractional_avg_pool):
        for ratio in ([2.0, 1.0, 1.0, 1.0], [1.0, 0.5, 1.0, 1.0], [1.0, 1.0, 1.0], 6.0):
            with pytest.raises(tf.errors.InvalidArgumentError):
                pool(x, ratio)
        with pytest.raises(tf.errors.InvalidArgumentError):
            pool(x[0], 1.5)
    with pytest.raises(TypeError):
        tf.nn.fractional_avg_pool(tf.zeros([1, 5, 5, 1], tf.int32), 1.5)
    assert tf.nn.fractional_max_pool(tf.ones([1, 5, 5, 1], tf.int32), 1.5)[0].dtype == tf.int32


@pytest.mark.parametrize("padding", ("SAME", "VALID"))
@pytest.mark.parametrize("rates", ([1, 1], [2, 3]))
def test_every_nth_element(padding, rates):
    kernel = tf.constant(np.random.default_rng(1).normal(size=(3, 2, 3, 4)))
    expected = tf.nn.convolution(X, kernel, padding=padding, dilations=rates)

    def op(x, num_spatial_dims, padding):
        assert num_spatial_dims == 2
        return tf.nn.convolution(x, kernel, padding=padding)

    found = tf.nn.with_space_to_batch(X, rates, padding, op, [3, 2])
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_every_nth_element_of_some_axes():
    def pairs(x, num_spatial_dims, padding):
        return x[:, :, 1:] + x[:, :, :-1]

    found = tf.nn.with_space_to_batch(X, [2], "VALID", pairs, spatial_dims=[2])
    np.testing.assert_allclose(found, X[:, :, 2:] + X[:, :, :-2])
    for wrong in (
        {"dilation_rate": [0]},
        {"dilation_rate": [2], "spatial_dims": [0]},
        {"dilation_rate": [2, 2], "spatial_dims": [2, 1]},
        {"dilation_rate": [2], "padding": "SAME"},
        {"dilation_rate": [2], "padding": "FULL"},
    ):
        with pytest.raises(tf.errors.InvalidArgumentError):
            tf.nn.with_space_to_batch(X, **{"padding": "VALID", "op": pairs, **wrong})
