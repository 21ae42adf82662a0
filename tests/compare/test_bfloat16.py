"""bfloat16 against TensorFlow's: bits of conversions, values, gradients, what becomes of arrays."""

from __future__ import annotations

import os

import numpy as np
import pytest

import autograd_c

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tensorflow = pytest.importorskip("tensorflow")


def bits(t):
    return t.numpy().view(np.uint16)


def test_conversions():
    random = np.random.default_rng(0)
    x = random.integers(0, 2**32, 100_000, dtype=np.uint32).view(np.float32)
    x = x[~np.isnan(x) & (np.abs(x) > 1e-37)]  # TensorFlow takes subnormal ones for 0
    found, expected = (tf.cast(tf.constant(x), tf.bfloat16) for tf in (autograd_c, tensorflow))
    np.testing.assert_array_equal(bits(found), bits(expected))
    for dtype in ("float32", "float64", "float16", "complex64", "bool"):
        mine = autograd_c.cast(found, dtype).numpy()
        np.testing.assert_array_equal(mine, tensorflow.cast(expected, dtype).numpy())
    nan = autograd_c.cast(autograd_c.constant(np.float32([np.nan])), autograd_c.bfloat16)
    assert np.isnan(nan.numpy().astype("float32"))[0]


def test_the_dtype():
    mine, theirs = autograd_c.bfloat16, tensorflow.bfloat16
    assert mine.as_numpy_dtype is theirs.as_numpy_dtype and mine.name == theirs.name
    assert (mine.size, mine.is_floating) == (theirs.size, theirs.is_floating)
    assert float(mine.max) == float(theirs.max) and float(mine.min) == float(theirs.min)


OPERATIONS = {
    "exp": lambda tf, x, y: tf.exp(x),
    "tanh": lambda tf, x, y: tf.tanh(x),
    "product": lambda tf, x, y: x * y,
    "quotient": lambda tf, x, y: x / (y * y + 1),
    "power": lambda tf, x, y: tf.pow(tf.abs(x) + 1, y),
    "matmul": lambda tf, x, y: tf.matmul(x, y, transpose_b=True),
    "sum": lambda tf, x, y: tf.reduce_sum(x * y, axis=1),
    "mean": lambda tf, x, y: tf.reduce_mean(x, axis=0) + tf.reduce_max(y),
    "select": lambda tf, x, y: tf.where(x > y, x, y * 2),
    "concat": lambda tf, x, y: tf.concat([x, y], 0) ** 2,
    "gather": lambda tf, x, y: tf.gather(x, [1, 1]) * y[:1],
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_values_and_gradients(operation):
    def everything(tf):
        random = np.random.default_rng(1)
        arrays = [random.normal(size=(3, 4)).astype("float32") for _ in range(2)]
        x, y = (tf.cast(tf.constant(a), tf.bfloat16) for a in arrays)
        with tf.GradientTape() as tape:
            tape.watch([x, y])
            z = OPERATIONS[operation](tf, x, y)
        slopes = tape.gradient(z, [x, y], unconnected_gradients="zero")
        return [z, *map(tf.convert_to_tensor, slopes)]

    for found, expected in zip(everything(autograd_c), everything(tensorflow)):
        assert found.dtype.name == expected.dtype.name == "bfloat16"
        found, expected = (t.numpy().astype("float32") for t in (found, expected))
        size = max(1.0, np.abs(expected).max())
        np.testing.assert_allclose(found, expected, rtol=2.0**-6, atol=2.0**-7 * size)


def test_arrays_come_back():
    theirs = tensorflow.constant([1.0, 2.5], tensorflow.bfloat16).numpy()
    mine = autograd_c.constant(theirs)
    assert mine.dtype is autograd_c.bfloat16 and mine.numpy().dtype == theirs.dtype
    assert np.asarray(mine).dtype == theirs.dtype
    assert autograd_c.as_dtype(theirs.dtype) is autograd_c.as_dtype(type(theirs[0]))
    np.testing.assert_array_equal(tensorflow.constant(mine.numpy()).numpy(), theirs)
