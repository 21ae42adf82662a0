"""`x.at[key]` with JAX's `mode=` and hints: what happens to indices out of range."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf

X = np.arange(12.0).reshape(3, 4) + 1
# Keys, and what they are with the nearest in range.
KEYS = [
    ([0, 5, -1, -9], [0, 2, 2, 0]),
    ((slice(None), [1, 7]), (slice(None), [1, 3])),
    ((slice(None, None, -1), [0, 4]), (slice(None, None, -1), [0, 3])),
    (([0, 3], [1, 2]), ([0, 2], [1, 2])),
    ((1, 9), (1, 3)),
    ((Ellipsis, [3, 4]), (Ellipsis, [3, 3])),
    ((None, [0, 8]), (None, [0, 2])),
    (7, 2),
    (np.array([True, False, True]), np.array([True, False, True])),
    (np.array(-4), 0),
]


@pytest.mark.parametrize(("key", "clipped"), KEYS, ids=[str(k[0]) for k in KEYS])
def test_clip(key, clipped):
    x = tf.constant(X)
    np.testing.assert_array_equal(x.at[key].get(mode="clip"), X[clipped])
    for name in ("set", "add", "multiply", "min", "max", "divide", "subtract", "power"):
        found = getattr(x.at[key], name)(2.5, mode="clip", unique_indices=True)
        np.testing.assert_array_equal(found, getattr(x.at[clipped], name)(2.5))


def test_drop_and_fill():
    x = tf.constant([1.0, 2.0, 3.0])
    for mode in ("drop", "fill"):
        at = x.at[[0, 3, -4, -1]]
        assert at.set([5.0, 6.0, 7.0, 8.0], mode=mode).numpy().tolist() == [5.0, 2.0, 8.0]
        assert at.add([5.0, 6.0, 7.0, 8.0], mode=mode).numpy().tolist() == [6.0, 2.0, 11.0]
        assert at.mul([5.0, 6.0, 7.0, 8.0], mode=mode).numpy().tolist() == [5.0, 2.0, 24.0]
        assert at.max(2.5, mode=mode).numpy().tolist() == [2.5, 2.0, 3.0]
        assert at.apply(tf.negative, mode=mode).numpy().tolist() == [-1.0, 2.0, -3.0]
    np.testing.assert_array_equal(x.at[[0, 3]].get(mode="fill"), [1.0, np.nan])
    np.testing.assert_array_equal(x.at[[0, 3]].get(mode="fill", fill_value=9), [1.0, 9.0])
    assert tf.constant([1]).at[2].get(mode="fill") == np.iinfo(np.int32).min
    assert tf.constant([1], tf.uint8).at[2].get(mode="fill") == 255
    assert tf.constant(X).at[[0, 9], [8, 0]].add(1.0, mode="drop").numpy().tolist() == X.tolist()


def test_gradients_reach_what_is_written():
    def function(x, v):
        y = x.at[[0, 5, 1, 1]].add(v, mode="drop")
        z = y.at[[2, 7]].multiply(v[:2], mode="clip")
        return tf.concat([z, z.at[[0, 9]].get(mode="fill", fill_value=0.0)], 0)

    x = tf.constant([1.0, 2.0, 3.0], tf.float64)
    v = tf.constant([2.0, 3.0, 5.0, 7.0], tf.float64)
    by_x, by_v = tf.func.jacobian(function, argnums=(0, 1))(x, v)
    expected = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 6], [1, 0, 0], [0, 0, 0]])
    np.testing.assert_array_equal(by_x, expected)
    expected = [[1, 0, 0, 0], [0, 0, 1, 1], [9, 6, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    np.testing.assert_array_equal(by_v, expected)


def test_what_is_refused():
    x = tf.constant([1.0, 2.0])
    with pytest.raises(IndexError):
        x.at[[3]].set(0.0)
    with pytest.raises(IndexError):
        x.at[[3]].add(0.0, mode="promise_in_bounds")
    with pytest.raises(ValueError, match="no mode 'wrap'"):
        x.at[[3]].set(0.0, mode="wrap")
    with pytest.raises(TypeError, match="sorted"):
        x.at[[1]].set(0.0, sorted=True)
    with pytest.raises(TypeError, match="sorted"):
        x.at[[1]].apply(tf.negative, mode="drop", sorted=True)
    with pytest.raises(IndexError, match="too many"):
        x.at[0, 0].set(0.0, mode="drop")
    with pytest.raises(IndexError, match="mask"):
        x.at[np.array([True])].add(0.0, mode="drop")
