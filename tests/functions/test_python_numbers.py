"""Python's numbers beside float64 tensors keep their digits."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf

X = np.array([0.3, -0.7])
Z = tf.constant([[0.2, 0.5, 0.3]], tf.float64)
LABELS = [[0.1, 0.2, 0.7]]
USES = {
    "swish": (
        lambda: tf.nn.swish(tf.constant(X), beta=0.7),
        lambda: X / (1 + np.exp(-0.7 * X)),
    ),
    "softmax_cross_entropy": (
        lambda: tf.nn.softmax_cross_entropy_with_logits(LABELS, Z),
        lambda: -np.sum(LABELS * (Z - np.log(np.sum(np.exp(Z)))), -1),
    ),
    "compute_average_loss": (
        lambda: tf.nn.compute_average_loss(tf.constant(X), sample_weight=[0.1, 0.7]),
        lambda: np.sum(X * [0.1, 0.7]) / 2,
    ),
    "loss": (
        lambda: tf.keras.losses.mean_squared_error([0.1, 0.7], tf.constant(X)),
        lambda: np.mean((X - [0.1, 0.7]) ** 2),
    ),
    "loss of a class": (
        lambda: tf.losses.MeanSquaredError(dtype="float64")([[0.1, 0.7]], tf.constant(X[None])),
        lambda: np.mean((X - [0.1, 0.7]) ** 2),
    ),
    "constant initializer": (
        lambda: tf.initializers.Constant(0.1)([2], tf.float64),
        lambda: np.full(2, 0.1),
    ),
}


@pytest.mark.parametrize("name", USES)
def test_digits_are_kept(name):
    ours, right = USES[name]
    np.testing.assert_allclose(np.asarray(ours()), np.asarray(right()), rtol=1e-14)
