"""Shapes that are computed from others."""

import numpy as np
import pytest

import autograd_c as tf


@pytest.mark.parametrize(
    ("of", "to", "shape"),
    [  # as TensorFlow 2.21
        ([0, 3, 4], [0, -1], [0, 12]),
        ([0, 3, 4], [-1, 0], [12, 0]),
        ([0, 3, 4], [-1, 4], [0, 4]),
        ([0, 3, 4], [-1], [0]),
        ([0, 3, 4], [2, 0, -1], [2, 0, 6]),
        ([2, 0, 3], [0, 0, -1], [0, 0, 6]),
        ([0], [-1, 0], [1, 0]),
        ([0], [5, -1], [5, 0]),
    ],
)
def test_an_extent_of_what_is_empty(of, to, shape):
    assert tf.reshape(tf.zeros(of), to).shape == shape


def test_an_extent_that_cannot_be():
    with pytest.raises(tf.errors.InvalidArgumentError, match="reshape"):
        tf.reshape(tf.ones([6]), [0, -1])


def test_rows_without_elements():
    x = tf.zeros([4, 0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.gather(x, [[0, 1], [2, 3]])
    slope = tape.gradient(y, x)
    np.testing.assert_array_equal(tf.convert_to_tensor(slope + slope), np.zeros([4, 0]))


@pytest.mark.parametrize("axis", [1.7, "1", None])
def test_an_axis_of_gather_is_an_integer(axis):
    x = tf.constant([[1.0, 2.0]])
    if axis is None:
        assert tf.gather(x, [0], axis=tf.constant(1)).shape == [1, 1]
    else:
        with pytest.raises(TypeError, match=r"\[gather\] axis must be an integer"):
            tf.gather(x, [0], axis=axis)
