"""Reductions and copies of arrays large enough for every way that they are computed in."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf

SHAPES = [
    (3, 300, 5),
    (1000, 7),
    (2, 129, 3, 4),
    (70, 16),
    (5, 64, 40),
    (129, 1, 33),
    (9000,),
    (2, 20_000),
]
DTYPES = ["float32", "float64", "int32", "int64", "complex64", "int16", "uint8"]


def sample(shape, dtype):
    random = np.random.default_rng(len(shape))
    if np.dtype(dtype).kind in "iu":
        return random.integers(0, 100, shape).astype(dtype)
    x = random.normal(size=shape)
    return (x + 1j * x[::-1] if np.dtype(dtype).kind == "c" else x).astype(dtype)


def axes_of(shape):
    return {None, 0, len(shape) - 1, len(shape) // 2, (0, len(shape) - 1)[: len(shape)]}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_reductions_of_all_layouts(shape, dtype):
    x = sample(shape, dtype)
    low = np.dtype(dtype).name in ("float32", "complex64")
    tolerance = {"rtol": 1e-4, "atol": 1e-3} if low else {"rtol": 1e-10, "atol": 1e-10}
    for axis in axes_of(shape):
        expected = np.sum(x, axis, dtype=x.dtype)
        np.testing.assert_allclose(tf.reduce_sum(x, axis).numpy(), expected, **tolerance)
        factors = x if x.dtype.kind in "iu" else (1 + x * 1e-3).astype(dtype)
        given = tf.constant(factors)
        product = tf.reduce_prod(given, axis).numpy()
        if x.dtype.kind in "iu":
            np.testing.assert_array_equal(product, np.prod(x, axis, dtype=x.dtype))
            continue
        with tf.GradientTape() as tape:
            tape.watch(given)
            recorded = tf.reduce_prod(given, axis)
        np.testing.assert_array_equal(product, recorded.numpy())


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "uint8"])
@pytest.mark.parametrize("shape", SHAPES)
def test_extrema_of_all_layouts(shape, dtype):
    x = sample(shape, dtype)
    arrays = [x]
    if x.dtype.kind == "f":
        arrays.append(x.copy())
        arrays[1].flat[:: x.size // 3] = np.nan
    for a in arrays:
        for axis in axes_of(shape):
            np.testing.assert_array_equal(tf.reduce_max(a, axis).numpy(), np.max(a, axis))
            np.testing.assert_array_equal(tf.reduce_min(a, axis).numpy(), np.min(a, axis))
    for axis in axes_of(shape):
        for some in (x > 1, x > 1e9, x < 1e9):
            np.testing.assert_array_equal(tf.reduce_any(some, axis).numpy(), np.any(some, axis))
            np.testing.assert_array_equal(tf.reduce_all(some, axis).numpy(), np.all(some, axis))
        if isinstance(axis, int):
            np.testing.assert_array_equal(tf.argmax(x, axis).numpy(), np.argmax(x, axis))
            np.testing.assert_array_equal(tf.argmin(x, axis).numpy(), np.argmin(x, axis))


def test_extrema_pass_over_nan_in_long_rows():
    for n in (33, 64, 100, 1000):
        for k in (0, 1, n // 2, n - 1):
            x = np.full(n, np.nan)
            x[k] = -np.inf
            assert int(tf.argmax(x)) == int(tf.argmin(x)) == k
        assert int(tf.argmax(np.full(n, np.nan))) == 0


@pytest.mark.parametrize("shape", [(7, 100), (100, 7), (5, 33, 20), (300,)])
def test_ties_share_in_all_layouts(shape):
    x = np.round(sample(shape, "float64"))
    for axis in axes_of(shape):
        given = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(given)
            y = tf.reduce_max(given, axis)
        ties = x == np.max(x, axis, keepdims=True)
        expected = ties / np.sum(ties, axis, keepdims=True)
        np.testing.assert_array_equal(tape.gradient(y, given).numpy(), expected)


@pytest.mark.parametrize("dtype", ["bool", "float16", "float32", "float64", "complex128"])
def test_transposed_copies(dtype):
    random = np.random.default_rng(0)
    for shape in [(5, 7), (64, 100), (33, 4, 17), (3, 4, 5, 6), (100, 1, 50)]:
        x = sample(shape, "float64").astype(dtype)
        for _ in range(4):
            order = random.permutation(len(shape)).tolist()
            moved = tf.transpose(x, order)
            expected = np.transpose(x, order)
            np.testing.assert_array_equal(tf.reshape(moved, [-1]).numpy(), expected.reshape(-1))
            if dtype != "bool":
                np.testing.assert_array_equal((moved + moved).numpy(), expected + expected)
            np.testing.assert_array_equal(tf.cast(moved, "complex128").numpy(), expected)
