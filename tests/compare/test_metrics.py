"""Metrics against Keras's: values over batches, weights, state, names."""

from __future__ import annotations

import inspect
import os

import numpy as np
import pytest

import autograd_c

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tensorflow = pytest.importorskip("tensorflow")
RANDOM = np.random.default_rng(0)
PROBABILITIES = RANDOM.dirichlet(np.ones(4), 6).astype("float32")
TRUE = RANDOM.dirichlet(np.ones(4), 6).astype("float32")
NUMBERS = RANDOM.normal(size=(6, 4)).astype("float32")
BITS = (RANDOM.uniform(size=(6, 4)) > 0.5).astype("float32")
LABELS = RANDOM.integers(0, 4, 6)
ONE_HOT = np.eye(4, dtype="float32")[LABELS]
WEIGHTS = RANDOM.uniform(size=6).astype("float32")
SHARES = RANDOM.uniform(size=(6, 4)).astype("float32")

MEANS = [
    *((name, NUMBERS, PROBABILITIES, {}) for name in ("MeanSquaredError", "MeanAbsoluteError")),
    *((name, NUMBERS, SHARES, {}) for name in ("MeanAbsolutePercentageError", "LogCoshError")),
    *((name, NUMBERS, SHARES, {}) for name in ("RootMeanSquaredError", "CosineSimilarity")),
    *((name, NUMBERS[:, 0], SHARES[:, 0], {}) for name in ("RootMeanSquaredError", "Accuracy")),
    ("MeanSquaredError", NUMBERS[:, :1], SHARES[:, 0], {}),
    ("MeanSquaredLogarithmicError", SHARES, PROBABILITIES, {}),
    *((name, TRUE, PROBABILITIES, {}) for name in ("KLDivergence", "Poisson", "CategoricalHinge")),
    *((name, BITS, NUMBERS, {}) for name in ("Hinge", "SquaredHinge")),
    ("BinaryCrossentropy", BITS, SHARES, {}),
    ("BinaryCrossentropy", BITS, NUMBERS, {"from_logits": True, "label_smoothing": 0.1}),
    ("CategoricalCrossentropy", ONE_HOT, PROBABILITIES, {}),
    ("CategoricalCrossentropy", ONE_HOT, NUMBERS, {"from_logits": True, "label_smoothing": 0.1}),
    ("SparseCategoricalCrossentropy", LABELS, PROBABILITIES, {}),
    ("SparseCategoricalCrossentropy", LABELS, PROBABILITIES, {"ignore_class": 1}),
    ("Accuracy", LABELS, LABELS[::-1], {}),
    ("Accuracy", BITS, BITS[::-1], {}),
    ("BinaryAccuracy", BITS, SHARES, {}),
    ("BinaryAccuracy", BITS[:, :1], SHARES[:, :1], {"threshold": 0.3}),
    ("BinaryAccuracy", BITS[:, 0], SHARES[:, 0], {}),
    ("BinaryAccuracy", BITS[:, 0], SHARES[:, :1], {}),
    ("CategoricalAccuracy", ONE_HOT, PROBABILITIES, {}),
    ("CategoricalAccuracy", TRUE.reshape(6, 2, 2), PROBABILITIES.reshape(6, 2, 2), {}),
    ("SparseCategoricalAccuracy", LABELS, PROBABILITIES, {}),
    ("SparseCategoricalAccuracy", LABELS[:, None], PROBABILITIES, {}),
    ("SparseCategoricalAccuracy", LABELS.reshape(6, 1) % 2, SHARES.reshape(6, 2, 2)[:, :1], {}),
    ("TopKCategoricalAccuracy", ONE_HOT, PROBABILITIES, {"k": 2}),
    ("SparseTopKCategoricalAccuracy", LABELS, PROBABILITIES, {"k": 2}),
    ("SparseTopKCategoricalAccuracy", LABELS, PROBABILITIES, {"k": 9}),
]
THIRDS = [0.25, 0.75, 0.5]
COUNTS = [
    *((name, {}) for name in ("TruePositives", "TrueNegatives", "FalsePositives", "Recall")),
    *((name, {"thresholds": THIRDS}) for name in ("FalseNegatives", "Precision", "Recall")),
    *((name, {"top_k": 2}) for name in ("Precision", "Recall")),
    ("Precision", {"top_k": 2, "class_id": 1}),
    ("Recall", {"class_id": 2, "thresholds": 0.3}),
    *(
        ("AUC", {"curve": curve, "summation_method": method})
        for curve in ("ROC", "PR", "PRGAIN")
        for method in ("interpolation", "minoring", "majoring")
    ),
    ("AUC", {"thresholds": THIRDS}),
    ("AUC", {"thresholds": [0.1, 0.8]}),
    ("AUC", {"num_thresholds": 5}),
    ("AUC", {"multi_label": True}),
    ("AUC", {"multi_label": True, "num_labels": 4, "label_weights": [1.0, 2.0, 0.5, 1.0]}),
    ("AUC", {"multi_label": True, "curve": "PR"}),
    ("AUC", {"label_weights": [1.0, 2.0, 0.5, 1.0]}),
    *(
        (name, {share: x, "num_thresholds": count})
        for name, share in (
            ("SensitivityAtSpecificity", "specificity"),
            ("SpecificityAtSensitivity", "sensitivity"),
            ("PrecisionAtRecall", "recall"),
            ("RecallAtPrecision", "precision"),
        )
        for x, count in ((0.0, 200), (0.4, 200), (0.7, 5), (0.7, 2), (0.7, 1), (1.0, 3))
    ),
    ("SensitivityAtSpecificity", {"specificity": 0.4, "class_id": 1}),
    ("RecallAtPrecision", {"precision": 0.4, "class_id": 2}),
    *(("F1Score", {"average": average}) for average in (None, "micro", "macro", "weighted")),
    ("F1Score", {"threshold": 0.3}),
    ("FBetaScore", {"beta": 2.0, "average": "macro", "threshold": 0.6}),
    *(("R2Score", {"class_aggregation": x}) for x in (None, "uniform_average")),
    ("R2Score", {"class_aggregation": "variance_weighted_average", "num_regressors": 2}),
]


def values(name, options, batches):
    found = []
    for tf in (autograd_c, tensorflow):
        metric = getattr(tf.metrics, name)(**options)
        results = [np.array(metric(*batch)) for batch in batches]
        metric.reset_state()
        if name != "R2Score":
            results.append(np.array(metric.result()))
        found.append(results)
    for ours, theirs in zip(*found):
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "true", "predicted", "options"), MEANS)
def test_means(name, true, predicted, options):
    values(name, options, [(true, predicted), (true[::-1], predicted)])
    values(name, {"dtype": "float64", **options}, [(true, predicted)])
    for weights in (WEIGHTS, WEIGHTS[:, None], 0.5):
        values(name, options, [(true, predicted), (true[::-1], predicted, weights)])


@pytest.mark.parametrize(("name", "options"), COUNTS)
def test_counts(name, options):
    values(name, options, [(BITS, SHARES), (BITS[::-1], SHARES)])
    weights = WEIGHTS if "Score" in name else WEIGHTS[:, None]
    values(name, options, [(BITS, SHARES, weights)])
    if "class_id" not in options and "Score" not in name:
        values(name, options, [(BITS, SHARES, BITS[::-1] + 0.5)])
    if (
        not {"top_k", "class_id", "multi_label", "label_weights"} & set(options)
        and "Score" not in name
    ):
        values(name, options, [(BITS[:, 0], SHARES[:, 0]), (BITS[:, 1], SHARES[:, 1], WEIGHTS)])
        values(name, options, [(BITS[:, 0], SHARES[:, :1], WEIGHTS), (BITS, np.round(SHARES, 1))])
        values(name, options, [([0, 1, 1], [0.0, 0.5, 1.0]), ([1, 0, 0], [0.25, 0.75, 0.5])])


OTHERS = np.roll(LABELS, 1)
OVERLAPS = [
    ("IoU", {"num_classes": 4, "target_class_ids": [0, 2]}, LABELS, OTHERS),
    ("IoU", {"num_classes": 9, "target_class_ids": [0, 8], "ignore_class": 1}, LABELS, OTHERS),
    (
        "IoU",
        {"num_classes": 4, "target_class_ids": [1], "sparse_y_true": False, "axis": 0},
        ONE_HOT.T,
        OTHERS,
    ),
    ("MeanIoU", {"num_classes": 4}, LABELS.reshape(2, 3), OTHERS.reshape(2, 3)),
    ("MeanIoU", {"num_classes": 6}, LABELS + 0.5, OTHERS),
    ("MeanIoU", {"num_classes": 4, "ignore_class": -1}, np.where(LABELS == 0, -1, LABELS), OTHERS),
    ("BinaryIoU", {}, BITS, SHARES),
    ("BinaryIoU", {"target_class_ids": [1], "threshold": 0.25}, BITS, np.round(SHARES * 4) / 4),
    ("OneHotIoU", {"num_classes": 4, "target_class_ids": (0, 3)}, ONE_HOT, PROBABILITIES),
    ("OneHotMeanIoU", {"num_classes": 4}, ONE_HOT, PROBABILITIES),
    ("OneHotMeanIoU", {"num_classes": 4, "sparse_y_pred": True}, ONE_HOT, OTHERS),
    ("OneHotMeanIoU", {"num_classes": 4, "axis": 0}, ONE_HOT.T, PROBABILITIES.T),
]


@pytest.mark.parametrize(("name", "options", "true", "predicted"), OVERLAPS)
def test_overlaps(name, options, true, predicted):
    values(name, options, [(true, predicted), (true, predicted, 2)])
    values(name, {**options, "dtype": "float32"}, [(true, predicted, 0.5)])
    size = true.size if name in ("IoU", "MeanIoU", "BinaryIoU") else 6
    if options.get("sparse_y_true") is not False:
        weights = np.linspace(1, 3, size, dtype="float32")
        shape = true.shape if size == true.size else (6,)
        for dtype in ("float32", "int64"):
            values(
                name,
                {**options, "dtype": dtype},
                [(true, predicted, weights.reshape(shape)), (true, predicted)],
            )
    ours, theirs = (getattr(tf.metrics, name)(**options) for tf in (autograd_c, tensorflow))
    configs = [{**m.get_config(), "name": ""} for m in (ours, theirs)]
    configs = [{k: list(v) if isinstance(v, tuple) else v for k, v in c.items()} for c in configs]
    assert configs[0] == configs[1]
    again = autograd_c.metrics.deserialize(autograd_c.metrics.serialize(ours))
    assert again.get_config() == ours.get_config()


@pytest.mark.parametrize("function", ["pearson_correlation", "concordance_correlation"])
@pytest.mark.parametrize("axis", [-1, 0])
def test_correlations(function, axis):
    found = []
    for tf in (autograd_c, tensorflow):
        y = tf.constant(SHARES)
        with tf.GradientTape() as tape:
            tape.watch(y)
            z = getattr(tf.metrics, function)(NUMBERS, y, axis=axis)
        found.append((z.numpy(), tape.gradient(z, y).numpy()))
    for ours, theirs in zip(*found):
        np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=1e-5)
    name = "".join(word.title() for word in function.split("_"))
    weights = WEIGHTS if axis == -1 else WEIGHTS[:4]
    values(name, {"axis": axis}, [(NUMBERS, SHARES), (NUMBERS, SHARES, weights)])


@pytest.mark.parametrize("name", ["Mean", "Sum"])
def test_sums(name):
    values(name, {}, [(NUMBERS,), (3.0,), ([True, False],), (NUMBERS[0], NUMBERS[1])])
    for weights in (WEIGHTS, WEIGHTS[:, None], BITS, 2.0, np.zeros(6)):
        values(name, {}, [(NUMBERS, weights), (NUMBERS[:, :, None], weights), (WEIGHTS, 2.0)])


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("binary_accuracy", (BITS, SHARES)),
        ("binary_accuracy", (BITS[:, 0], SHARES[:, :1], 0.7)),
        ("binary_accuracy", (1, 0.6)),
        ("categorical_accuracy", (ONE_HOT, PROBABILITIES)),
        ("sparse_categorical_accuracy", (LABELS[:, None], PROBABILITIES)),
        ("sparse_categorical_accuracy", ([1, 0], [[0.5, 0.5], [0.5, 0.5]])),
        ("sparse_categorical_accuracy", (LABELS.reshape(3, 2), PROBABILITIES.reshape(3, 2, 4))),
        ("top_k_categorical_accuracy", (ONE_HOT, PROBABILITIES, 2)),
        ("sparse_top_k_categorical_accuracy", ([2, 0], [[0.6, 0.7, 0.6], [1, 2, 3.0]], 2)),
        ("sparse_top_k_categorical_accuracy", (LABELS.reshape(3, 2), SHARES.reshape(3, 2, 4), 2)),
        ("sparse_top_k_categorical_accuracy", ([2, 0], [[np.nan, 0.7, 0.6], [np.nan, 2, 1]], 2)),
        ("sparse_top_k_categorical_accuracy", ([2, 0], [[0, 2, 1], [1, 2, 0]], 2, True)),
    ],
)
def test_functions(name, arguments):
    ours, theirs = (
        np.asarray(getattr(tf.metrics, name)(*arguments)) for tf in (autograd_c, tensorflow)
    )
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(ours, theirs)


def test_names():
    for name in dir(autograd_c.metrics):
        if name.startswith("_"):
            continue
        ours, theirs = getattr(autograd_c.metrics, name), getattr(tensorflow.metrics, name, None)
        if theirs is None:
            assert name in tensorflow.losses.__dict__ or name.startswith(("mean_", "log_", "kl_"))
            continue
        needed = inspect.signature(theirs).parameters.values()
        if not isinstance(ours, type) or any(
            p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD for p in needed
        ):
            continue
        config = theirs().get_config()
        assert config.items() <= {**ours().get_config(), "name": config["name"]}.items(), name
        mine, other = ours(), theirs()
        assert mine.name.rstrip("_0123456789") == other.name.rstrip("_0123456789")
        if "Score" not in name:
            shapes = [[tuple(v.shape) for v in m.variables] for m in (mine, other)]
            assert shapes[0] == shapes[1], name
    for given in (
        "mse",
        "accuracy",
        "AUC",
        "bce",
        "root_mean_squared_error",
        autograd_c.metrics.Mean,
    ):
        assert isinstance(autograd_c.metrics.get(given), autograd_c.metrics.Metric)
        if isinstance(given, str):
            names = [type(tf.metrics.get(given)).__name__ for tf in (autograd_c, tensorflow)]
            assert names[0] == names[1]
    for tf in (autograd_c, tensorflow):
        assert tf.metrics.get(None) is None
        for wrong in ("nope", "acc", 3):
            with pytest.raises(ValueError, match="interpret metric|No metric"):
                tf.metrics.get(wrong)
        for name, options in [
            ("AUC", {"curve": "x"}),
            ("AUC", {"summation_method": "x"}),
            ("AUC", {"num_thresholds": 1}),
            ("Precision", {"thresholds": 1.5}),
        ]:
            with pytest.raises(ValueError):
                getattr(tf.metrics, name)(**options)
    a, b = (tf.metrics.serialize(tf.metrics.Mean()) for tf in (autograd_c, tensorflow))
    assert a == b
