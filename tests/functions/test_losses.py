"""Losses: edges, weights, names."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import keras

from ..derivatives import check_derivatives

PREDICTED = np.array([[0.1, 0.7, 0.2], [0.3, 0.3, 0.4]])


def test_the_namespaces_are_one():
    assert keras.losses is tf.losses
    assert {"losses", "optimizers"} <= set(keras.__all__)


@pytest.mark.parametrize(
    "loss",
    [
        *("mse", "mae", "msle", "logcosh", "huber", "kld", "poisson", "cosine_similarity"),
        *("categorical_crossentropy", "binary_crossentropy", "binary_focal_crossentropy"),
        *("categorical_focal_crossentropy", "dice", "tversky"),
    ],
)
def test_derivatives(loss):
    true = np.array([[0.0, 1.0, 0.0], [0.2, 0.35, 0.45]])
    check_derivatives(lambda p: getattr(tf.losses, loss)(true, p), PREDICTED)


def test_labels():
    loss = tf.losses.SparseCategoricalCrossentropy()
    for wrong in ([3, 0], [-1, 0]):
        with pytest.raises(tf.errors.InvalidArgumentError, match="valid range"):
            loss(wrong, PREDICTED)
    with pytest.raises(ValueError, match="do not go with"):
        loss([0, 1, 2], PREDICTED)
    with pytest.raises(ValueError, match="last axis"):
        tf.losses.sparse_categorical_crossentropy([0, 1], PREDICTED, axis=0)
    known = tf.losses.SparseCategoricalCrossentropy(ignore_class=7)
    assert known([7, 2], PREDICTED).numpy() == pytest.approx(-np.log(0.4))
    assert known([7, 7], PREDICTED).numpy() == 0
    far = tf.losses.binary_crossentropy([[0.0, 1.0]], [[-1e4, 1e4]], from_logits=True)
    assert far.numpy() == 0


def test_dtypes():
    wide = tf.constant(PREDICTED)
    assert tf.losses.mse(PREDICTED, wide).dtype == tf.float64
    assert tf.losses.MeanSquaredError()(PREDICTED, wide).dtype == tf.float32
    assert tf.losses.MeanSquaredError(dtype="float64")(PREDICTED, wide).dtype == tf.float64
    assert tf.losses.mse([1, 2], [2, 4]).numpy() == 2.5


def test_by_name():
    for name in ("mse", "MSE", "mean_squared_error"):
        assert tf.losses.get(name) is tf.losses.mse
    made = tf.losses.deserialize(tf.losses.serialize(tf.losses.Tversky(0.25, name="t")))
    assert isinstance(made, tf.losses.Tversky)
    assert made.get_config() == {
        "name": "t", "reduction": "sum_over_batch_size", "alpha": 0.25, "beta": 0.5, "axis": None
    }  # fmt: skip
    again = tf.losses.deserialize(tf.losses.serialize(tf.losses.mse))
    assert again is tf.losses.mse is pickle.loads(pickle.dumps(tf.losses.mse))

    class Mine(tf.losses.Loss):
        def call(self, y_true, y_pred):
            return y_pred - y_true

    assert Mine().name == "mine"
    assert Mine.from_config(Mine(name="q").get_config()).name == "q"
    assert tf.losses.deserialize("Mine", {"Mine": Mine})([1.0], [3.0]).numpy() == 2
    with pytest.raises(NotImplementedError):
        tf.losses.Loss()(1.0, 2.0)
    with pytest.raises(ValueError, match="Invalid Reduction Key"):
        tf.losses.Reduction.validate("x")
    assert "delta=2.0" in repr(tf.losses.Huber(2.0))


def test_labels_of_a_hinge_may_depend_on_the_argument():
    """Whether they are 0 and 1 is asked of the numbers, not of the tape."""
    slope = tf.func.grad(lambda w: tf.losses.hinge(w * w, 2.0 * w))(tf.constant([0.5, -0.5]))
    assert np.isfinite(slope.numpy()).all()


def test_labels_and_predictions_of_one_rank_more():
    y, p = np.float32([[1], [0], [1], [0]]), np.float32([0.9, 0.2, 0.6, 0.4])
    loss = tf.losses.BinaryCrossentropy()
    flat = float(loss(y[:, 0], p))
    assert float(loss(y, p)) == pytest.approx(flat)
    assert float(loss(y[:, 0], p[:, None])) == pytest.approx(flat)
