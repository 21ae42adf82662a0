"""Losses against Keras's: values, gradients, weights and reductions, names."""

from __future__ import annotations

import os

import numpy as np
import pytest

import autograd_c

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tensorflow = pytest.importorskip("tensorflow")
RANDOM = np.random.default_rng(0)
PROBABILITIES = RANDOM.dirichlet(np.ones(4), 5).astype("float32")
TRUE = RANDOM.dirichlet(np.ones(4), 5).astype("float32")
NUMBERS = RANDOM.normal(size=(5, 4)).astype("float32")
BITS = (RANDOM.uniform(size=(5, 4)) > 0.5).astype("float32")
LABELS = RANDOM.integers(0, 4, 5)
ONE_HOT = np.eye(4, dtype="float32")[LABELS]
WEIGHTS = RANDOM.uniform(size=5).astype("float32")

FUNCTIONS = [
    *((name, NUMBERS, PROBABILITIES, {}) for name in ("mse", "MAE", "mape", "msle", "logcosh")),
    *((name, NUMBERS, PROBABILITIES, {}) for name in ("cosine_similarity", "huber")),
    ("cosine_similarity", NUMBERS, PROBABILITIES, {"axis": 0}),
    ("huber", 2 * NUMBERS, PROBABILITIES, {"delta": 0.5}),
    *((name, TRUE, PROBABILITIES, {}) for name in ("kld", "poisson", "categorical_hinge")),
    *((name, BITS, NUMBERS, {}) for name in ("hinge", "squared_hinge")),
    ("hinge", 2 * BITS - 1, NUMBERS, {}),
    ("binary_crossentropy", BITS, PROBABILITIES, {}),
    ("binary_crossentropy", BITS, np.round(PROBABILITIES), {"label_smoothing": 0.25}),
    ("binary_crossentropy", BITS, 20 * NUMBERS, {"from_logits": True, "axis": 0}),
    ("binary_focal_crossentropy", BITS, PROBABILITIES, {}),
    (
        "binary_focal_crossentropy",
        BITS,
        NUMBERS,
        {"from_logits": True, "apply_class_balancing": True, "gamma": 1.5, "label_smoothing": 0.1},
    ),
    ("categorical_crossentropy", ONE_HOT, 3 * PROBABILITIES, {}),
    ("categorical_crossentropy", TRUE, NUMBERS, {"from_logits": True, "label_smoothing": 0.2}),
    ("categorical_focal_crossentropy", ONE_HOT, PROBABILITIES, {"gamma": 1.5}),
    ("categorical_focal_crossentropy", ONE_HOT, NUMBERS, {"from_logits": True}),
    ("sparse_categorical_crossentropy", LABELS, 3 * PROBABILITIES, {}),
    ("sparse_categorical_crossentropy", LABELS[:, None], NUMBERS, {"from_logits": True}),
    ("sparse_categorical_crossentropy", LABELS, PROBABILITIES, {"ignore_class": 2}),
    ("categorical_generalized_cross_entropy", LABELS, PROBABILITIES, {"q": 0.7}),
    ("dice", BITS, PROBABILITIES, {}),
    ("dice", BITS, PROBABILITIES, {"axis": 1}),
    ("tversky", BITS, PROBABILITIES, {"alpha": 0.3}),
    ("circle", LABELS, PROBABILITIES, {}),
    ("mse", NUMBERS[:, :1], NUMBERS[:, 1], {}),
    ("mse", NUMBERS.astype("float64"), PROBABILITIES.astype("float64"), {}),
]


def compare(call, array):
    found = []
    for tf in (autograd_c, tensorflow):
        x = tf.constant(array)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = call(tf, x)
        found.append((y.numpy(), tape.gradient(y, x).numpy()))
    for ours, theirs in zip(*found):
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
        scale = max(1.0, float(np.max(np.abs(theirs))))
        np.testing.assert_allclose(ours / scale, theirs / scale, atol=3e-6)


@pytest.mark.parametrize(("name", "true", "predicted", "options"), FUNCTIONS)
def test_functions(name, true, predicted, options):
    compare(lambda tf, x: getattr(tf.losses, name)(tf.constant(true), x, **options), predicted)


CLASSES = {
    "mse": "MeanSquaredError",
    "MAE": "MeanAbsoluteError",
    "mape": "MeanAbsolutePercentageError",
    "msle": "MeanSquaredLogarithmicError",
    "logcosh": "LogCosh",
    "kld": "KLDivergence",
    "categorical_generalized_cross_entropy": "CategoricalGeneralizedCrossEntropy",
}


@pytest.mark.parametrize(
    "reduction", ["sum_over_batch_size", "sum", "none", "mean_with_sample_weight"]
)
@pytest.mark.parametrize(("name", "true", "predicted", "options"), FUNCTIONS[:-2])
def test_classes(name, true, predicted, options, reduction):
    called = CLASSES.get(name) or "".join(part.title() for part in name.split("_"))
    if name == "cosine_similarity" and "axis" in options:
        return

    def loss(tf, weights):
        made = getattr(tf.losses, called)(reduction=reduction, **options)
        return lambda x: made(true, x, sample_weight=weights)

    compare(lambda tf, x: loss(tf, None)(x), predicted)
    if predicted.shape[0] == 5 and name not in ("dice", "tversky") and options.get("axis") != 0:
        compare(lambda tf, x: loss(tf, WEIGHTS)(x), predicted)
        compare(lambda tf, x: loss(tf, WEIGHTS[:, None])(x), predicted)


def test_names():
    for name in dir(tensorflow.losses):
        if name.startswith("_") or name in ("CTC", "ctc"):
            continue
        ours, theirs = getattr(autograd_c.losses, name), getattr(tensorflow.losses, name)
        if hasattr(theirs, "get_config") and name != "Loss":
            assert ours().name == theirs().name
            assert theirs().get_config().items() <= ours().get_config().items()
    for given in ("mse", "MeanSquaredError", {"class_name": "Huber", "config": {"delta": 2.0}}):
        for tf in (autograd_c, tensorflow):
            found = tf.losses.get(given)
            assert callable(found)
    for tf in (autograd_c, tensorflow):
        assert tf.losses.get(None) is None
        with pytest.raises(ValueError, match="interpret loss|No loss"):
            tf.losses.get("nope")
        with pytest.raises(ValueError, match="reduction"):
            tf.losses.Huber(reduction="auto")
        with pytest.raises(ValueError, match="q "):
            tf.losses.CategoricalGeneralizedCrossEntropy(2.0)
    a, b = (
        autograd_c.losses.serialize(autograd_c.losses.MSE),
        tensorflow.losses.serialize(tensorflow.losses.MSE),
    )
    assert a == b


@pytest.mark.parametrize(
    "shapes", [((4, 1), (4,)), ((4,), (4, 1)), ((2, 3, 1), (2, 3)), ((2, 3), (2, 3, 1))]
)
@pytest.mark.parametrize(
    "name",
    ["BinaryCrossentropy", "BinaryFocalCrossentropy", "Hinge", "SquaredHinge", "Poisson"]
    + ["KLDivergence", "Dice", "Tversky", "CategoricalHinge", "CosineSimilarity", "Huber"],
)
def test_an_axis_of_one_more(name, shapes):
    """Labels and predictions are brought to one rank, and not to a table of all pairs."""
    random = np.random.default_rng(5)
    labels = random.integers(0, 2, shapes[0]).astype("float32")
    predictions = random.uniform(0.1, 0.9, shapes[1]).astype("float32")
    ours, theirs = (
        np.asarray(getattr(tf.losses, name)()(labels, predictions))
        for tf in (autograd_c, tensorflow)
    )
    np.testing.assert_allclose(ours, theirs, rtol=2e-5)
