"""Metrics: edges, threads, state and names."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import keras


def test_the_namespaces_are_one():
    assert keras.metrics is tf.metrics
    assert tf.metrics.mse is tf.losses.mse


def test_nothing_and_what_does_not_go_together():
    assert tf.metrics.Mean()([]).numpy() == 0
    assert tf.metrics.AUC(multi_label=True).result().numpy() == 0
    assert tf.metrics.R2Score().result().numpy() == tf.metrics.F1Score().result().numpy() == 0
    with pytest.raises(ValueError, match="are matrices of one shape"):
        tf.metrics.F1Score()([1, 0], [0.2, 0.3])
    for call in (
        lambda: tf.metrics.Mean()([1.0, 2.0], [1.0, 2.0, 3.0]),
        lambda: tf.metrics.Precision()([0, 1, 1], [0.2, 0.4]),
        lambda: tf.metrics.Recall()([0, 1], [0.2, 0.4], [1.0, 2.0, 3.0]),
        lambda: tf.metrics.Accuracy()([0, 1], [0, 1, 2]),
        lambda: tf.metrics.SparseCategoricalAccuracy()([0, 1, 1], [[0.2, 0.4]]),
        lambda: tf.metrics.AUC(multi_label=True, num_labels=3)([[0, 1]], [[0.2, 0.4]]),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError):
            call()
    labels = tf.metrics.AUC(multi_label=True)
    labels([[0, 1], [1, 0]], [[0.2, 0.4], [0.5, 0.1]])
    with pytest.raises(tf.errors.InvalidArgumentError, match="there were 2"):
        labels([[0, 1, 1]], [[0.2, 0.4, 0.1]])
    assert (
        tf.metrics.sparse_top_k_categorical_accuracy([7, -1], [[0.5, 0.5]] * 2).numpy().sum() == 0
    )


def test_a_failed_update_changes_nothing():
    mean = tf.metrics.Mean()
    mean.update_state([1.0, 3.0])
    with pytest.raises(tf.errors.InvalidArgumentError):
        mean.update_state([1.0, 2.0], [1.0, 2.0, 3.0])
    assert mean.result().numpy() == 2


def test_numbers_that_are_not_finite():
    assert np.isnan(tf.metrics.Mean()([1.0, np.nan]).numpy())
    nothing = [np.nan, np.nan]
    assert tf.metrics.TruePositives()([1, 0], nothing).numpy() == 0
    assert tf.metrics.FalseNegatives()([1, 0], nothing).numpy() == 1
    area = tf.metrics.AUC()
    area([1, 0], nothing)
    assert area.true_positives.numpy().sum() == 0
    area.reset_state()
    assert area([0, 1], [-np.inf, np.inf]).numpy() == 1
    assert tf.metrics.AUC(from_logits=True)([0, 1], [-1e4, 1e4]).numpy() == 1
    assert tf.metrics.Accuracy()([2**24 + 1], [2**24]).numpy() == 0


def test_dtypes():
    assert tf.metrics.Mean(dtype="float64")([1, 2]).dtype == tf.float64
    assert tf.metrics.MeanSquaredError()(np.zeros((1, 2)), np.ones((1, 2))).dtype == tf.float32
    assert tf.metrics.AUC(dtype="float64").variables[0].dtype == tf.float64


def test_threads_share_a_metric():
    mean, hits = tf.metrics.Mean(), tf.metrics.Precision()

    def work(i):
        for _ in range(200):
            mean.update_state([float(i), float(i)])
            hits.update_state([1, 0], [0.9, 0.8])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert mean.count.numpy() == 1600
    assert mean.result().numpy() == 1.5
    assert hits.true_positives.numpy() == 800


def test_in_loops_of_training():
    w = tf.Variable([[1.0, -1.0]])
    x, labels = tf.constant([[1.0], [2.0]]), [0, 1]
    loss, right = tf.metrics.Mean("loss"), tf.metrics.SparseCategoricalAccuracy()

    @tf.function
    def step(x, labels):
        with tf.GradientTape() as tape:
            logits = tf.matmul(x, w)
            value = tf.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits)
            loss.update_state(value)
            right.update_state(labels, logits)
        return tape.gradient(value, w)

    for _ in range(3):
        assert np.isfinite(step(x, labels).numpy()).all()
    assert loss.count.numpy() == 3
    assert right.count.numpy() == 6
    assert right.result().numpy() == 0.5


class Twice(tf.metrics.Metric):
    def __init__(self, name="twice", **kwargs):
        super().__init__(name=name, **kwargs)
        self.inner = tf.metrics.Sum()
        self.calls = self.add_weight((2,), initializer="ones", name="calls")
        self.own = tf.Variable(0.0)

    def update_state(self, values, sample_weight=None):
        self.inner.update_state(values, sample_weight)
        self.own.assign_add(1.0)

    def result(self):
        return {"twice": 2 * self.inner.result(), "calls": tf.convert_to_tensor(self.own)}


def test_metrics_of_ones_own():
    metric = Twice()
    assert metric.name == "twice"
    assert len(metric.variables) == 3
    assert metric.calls.numpy().tolist() == [1, 1]
    assert metric([1.0, 2.0], sample_weight=[1.0, 2.0])["twice"].numpy() == 10
    metric.reset_state()
    assert metric.result()["calls"].numpy() == 0
    assert Twice.from_config(metric.get_config()).get_config() == {
        "name": "twice", "dtype": "float32"
    }  # fmt: skip
    for wrong in (tf.metrics.Metric().result, tf.metrics.Metric().update_state):
        with pytest.raises(NotImplementedError):
            wrong()


def test_by_name():
    first, second = tf.metrics.Precision(), tf.metrics.Precision()
    assert first.name.split("_")[0] == "precision" and first.name != second.name
    for made in (
        tf.metrics.BinaryAccuracy(threshold=0.3),
        tf.metrics.AUC(thresholds=[0.2, 0.4], curve="PR", label_weights=[1.0, 2.0]),
        tf.metrics.Recall([0.2, 0.4]),
        tf.metrics.MeanMetricWrapper(tf.metrics.mse, name="q"),
        tf.metrics.TopKCategoricalAccuracy(3),
    ):
        again = tf.metrics.deserialize(tf.metrics.serialize(made))
        assert type(again) is type(made)
        assert again.get_config() == made.get_config()
    assert tf.metrics.deserialize(tf.metrics.serialize(tf.metrics.mse)) is tf.metrics.mse
    assert tf.metrics.deserialize("Twice", {"Twice": Twice}).name == "twice"
    assert tf.metrics.get(tf.metrics.mse) is tf.metrics.mse
    sums = tf.metrics.Sum()
    sums.update_state([1.0])
    for same in (copy.deepcopy(sums), pickle.loads(pickle.dumps(sums))):
        assert same([2.0]).numpy() == 3
        assert same.variables[0] is same.total
    assert sums.result().numpy() == 1


def test_overlaps_refuse_what_they_cannot_count():
    metric = tf.metrics.MeanIoU(2)
    for wrong in (([0, 2], [0, 1]), ([0, 1], [-1, 1]), ([0, 1], [1]), ([0, 1], [0, 1], [1, 2, 3])):
        with pytest.raises(tf.errors.InvalidArgumentError):
            metric.update_state(*wrong)
    np.testing.assert_array_equal(metric.total_confusion_matrix, np.zeros((2, 2)))
    for wrong in (lambda: tf.metrics.IoU(2, [2]), lambda: tf.metrics.BinaryIoU([-1])):
        with pytest.raises(ValueError):
            wrong()
    assert metric.result().numpy() == 0
    metric.update_state([], [])
    assert metric.result().numpy() == 0


def test_overlaps_of_bools_and_of_what_is_ignored():
    ignoring = tf.metrics.IoU(2, [1], ignore_class=0)
    ignoring.update_state([True, False, True], [True, True, False])
    np.testing.assert_array_equal(ignoring.total_confusion_matrix, [[0, 0], [1, 1]])
    with pytest.raises(tf.errors.InvalidArgumentError, match="from 0 to 1, got 3 to 4"):
        ignoring.update_state([0, 3, 4], [5, 1, 1])


def test_roots_of_integers():
    metric = tf.metrics.RootMeanSquaredError(dtype="int64")
    assert metric([4, 0], [0, 4]).numpy() == 4


def test_nothing_is_the_largest_prediction_beside_nan():
    metric = tf.metrics.SparseCategoricalAccuracy()
    assert metric([2, 0], [[np.nan, 0.1, 0.3], [0.5, np.nan, 0.2]]).numpy() == 1


def test_trades_refuse_shares_that_are_none():
    for name in ("SensitivityAtSpecificity", "PrecisionAtRecall"):
        for arguments in ((1.5,), (-0.1,), (0.5, 0)):
            with pytest.raises(ValueError):
                getattr(tf.metrics, name)(*arguments)
        assert getattr(tf.metrics, name)(0.5).result().numpy() == 0


def test_correlations_of_constants():
    same = tf.ones([2, 3])
    assert np.isnan(tf.metrics.pearson_correlation(same, same).numpy()).all()
    np.testing.assert_array_equal(tf.metrics.concordance_correlation(same, same), [0, 0])
