"""Functions of labels in recorded functions: one path is for all of them, wrong ones are errors."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf

RANDOM = np.random.default_rng(0)
PREDICTED = RANDOM.normal(size=(6, 4)).astype("float32")
WEIGHTS = tf.constant(RANDOM.uniform(size=6).astype("float32"))
LABELS = [RANDOM.integers(0, 4, 6) for _ in range(4)]
BITS = [(RANDOM.uniform(size=(6, 4)) > 0.5).astype("float32") for _ in range(3)] + [2 * PREDICTED]


def sparse(**options):
    loss = tf.losses.SparseCategoricalCrossentropy(from_logits=True, **options)
    return lambda t, p: loss(t, p, WEIGHTS)


OF_CLASSES = {
    "sparse": sparse(),
    "ignored": sparse(ignore_class=1),
    "weighted": sparse(reduction="mean_with_sample_weight"),
    "ignored and weighted": sparse(ignore_class=1, reduction="mean_with_sample_weight"),
    "nn": tf.nn.sparse_softmax_cross_entropy_with_logits,
    "generalized": lambda t, p: tf.losses.CategoricalGeneralizedCrossEntropy()(t, tf.nn.softmax(p)),
    "confusion": lambda t, p: tf.math.confusion_matrix(t, t[::-1], 4, p[:, 0], tf.float32),
}
OTHERS = {
    "bincount": (lambda t, p: tf.math.bincount(t, p[:, 0], 3, 3), LABELS),
    "bincount of rows": (
        lambda t, p: p * tf.cast(tf.math.bincount(t[:, None], None, 4, 4, axis=-1), tf.float32),
        LABELS,
    ),
    "histogram": (
        lambda t, p: p[:5, 0] * tf.cast(tf.histogram_fixed_width(t, [0.0, 3.0], 5), tf.float32),
        [x.astype("float32") for x in LABELS],
    ),
    "circle": (lambda t, p: tf.losses.Circle()(t, tf.math.l2_normalize(p, 1)), LABELS),
    "hinge": (tf.losses.hinge, BITS),
    "squared hinge": (tf.losses.squared_hinge, BITS),
}
ALL = {**{name: (f, LABELS) for name, f in OF_CLASSES.items()}, **OTHERS}


@pytest.mark.parametrize("name", ALL)
def test_one_record_is_for_all_labels(name):
    f, labels = ALL[name]
    runs = []

    def value_and_gradient(t, p):
        runs.append(t)
        with tf.GradientTape() as tape:
            tape.watch(p)
            y = f(t, p)
        return y, tape.gradient(y, p)

    recorded = tf.function(value_and_gradient)
    p = tf.constant(PREDICTED)
    for t in labels:
        found = recorded(tf.constant(t), p)
        for a, b in zip(found, value_and_gradient(tf.constant(t), p), strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5, atol=1e-6)
    assert len(runs) == 1 + len(labels)


@pytest.mark.parametrize("name", OF_CLASSES)
@pytest.mark.parametrize("wrong", [4, -1])
def test_labels_that_are_no_classes_are_errors_in_records(name, wrong):
    recorded, p = tf.function(OF_CLASSES[name]), tf.constant(PREDICTED)
    expected = recorded(tf.constant(LABELS[0]), p).numpy()
    outside = np.where(np.arange(6) == 2, wrong, LABELS[0])
    messages = []
    for f in (OF_CLASSES[name], recorded):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"label|negative") as error:
            f(tf.constant(outside), p)
        messages.append(str(error.value))
    assert messages[0] == messages[1]
    np.testing.assert_array_equal(recorded(tf.constant(LABELS[0]), p).numpy(), expected)


def test_counts_of_negative_numbers_are_errors_in_records():
    for count in (
        tf.function(lambda x: tf.math.bincount(x, minlength=4, maxlength=4)),
        tf.function(tf.math.bincount),
    ):
        assert count(tf.constant([1, 3, 3])).numpy().tolist() == [0, 1, 0, 2]
        with pytest.raises(tf.errors.InvalidArgumentError, match="must be non-negative"):
            count(tf.constant([1, -3, 3]))
    bins = tf.function(lambda x: tf.histogram_fixed_width(x, [0.0, 1.0], 2))
    assert bins(tf.constant([0.2, 0.7, 3.0])).numpy().tolist() == [1, 2]
    with pytest.raises(tf.errors.InvalidArgumentError, match="must not contain NaN"):
        bins(tf.constant([0.2, np.nan, 3.0]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="should be finite"):
        tf.histogram_fixed_width([0.5], [0.0, np.inf])


def test_a_mean_of_nothing_is_0():
    loss = tf.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=1)
    p = tf.constant(PREDICTED)
    with tf.GradientTape() as tape:
        tape.watch(p)
        y = loss(np.ones(6, int), p)
    assert y.numpy() == 0
    np.testing.assert_array_equal(tape.gradient(y, p).numpy(), np.zeros_like(PREDICTED))
    assert np.isnan(loss(np.ones(0, int), p[:0]).numpy())


def test_labels_go_with_rows():
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"labels of shape \(3,\) do not go"):
        tf.losses.categorical_generalized_cross_entropy([0, 1, 0], PREDICTED, 0.5)


def test_integers_divided_in_a_function_do_not_stop_its_record():
    runs = []

    @tf.function
    def quotient(x, y):
        runs.append(x)
        return tf.math.divide_no_nan(x, y)

    for y in (2, 0):
        assert quotient(tf.constant(3), tf.constant(y)).numpy() == (1.5 if y else 0)
    assert len(runs) == 1
