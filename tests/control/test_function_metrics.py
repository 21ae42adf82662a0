"""Metrics in recorded functions: what they count is a part of the program, no call of Python's."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core

RANDOM = np.random.default_rng(0)
BITS = (RANDOM.uniform(size=(3, 6, 4)) > 0.5).astype("float32")
SHARES = RANDOM.uniform(size=(3, 6, 4)).astype("float32")
NUMBERS = RANDOM.normal(size=(3, 6, 4)).astype("float32")
LABELS = RANDOM.integers(0, 4, (3, 6))
OTHERS = RANDOM.integers(0, 4, (3, 6))
ONE_HOT = np.eye(4, dtype="float32")[LABELS]
WEIGHTS = RANDOM.uniform(size=(3, 6)).astype("float32")

# Names of classes, their arguments, what is true, what is predicted, and weights, in three batches.
CASES = [
    ("Mean", {}, None, NUMBERS, WEIGHTS),
    ("Mean", {"dtype": "float64"}, None, NUMBERS[:, 0, 0], WEIGHTS[:, 0]),
    ("Mean", {"dtype": "int32"}, None, OTHERS, LABELS),
    ("Sum", {}, None, NUMBERS, WEIGHTS),
    ("MeanMetricWrapper", {"fn": tf.losses.mse}, NUMBERS, SHARES, WEIGHTS),
    *((name, {}, NUMBERS, SHARES, WEIGHTS) for name in (
        "ConcordanceCorrelation", "CosineSimilarity", "LogCoshError", "MeanAbsoluteError",
        "MeanAbsolutePercentageError", "MeanSquaredError", "PearsonCorrelation", "R2Score",
        "RootMeanSquaredError",
    )),
    *((name, {}, SHARES, SHARES[:, ::-1], WEIGHTS) for name in (
        "CategoricalHinge", "KLDivergence", "MeanSquaredLogarithmicError", "Poisson",
    )),
    *((name, {}, BITS, SHARES, WEIGHTS) for name in (
        "BinaryAccuracy", "BinaryCrossentropy", "Hinge", "SquaredHinge",
    )),
    *((name, {}, BITS, SHARES, BITS + 0.5) for name in (
        "AUC", "FalseNegatives", "FalsePositives", "Precision", "Recall", "TrueNegatives",
        "TruePositives", "F1Score",
    )),
    ("FBetaScore", {"threshold": 0.3, "average": "micro", "beta": 2.0}, BITS, SHARES, WEIGHTS),
    ("F1Score", {"average": "weighted"}, ONE_HOT, SHARES, WEIGHTS),
    ("R2Score", {"num_regressors": 2}, NUMBERS, SHARES, WEIGHTS),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, NUMBERS, SHARES, WEIGHTS),
    ("Precision", {"thresholds": [0.7, 0.2]}, BITS, SHARES, BITS + 0.5),
    ("Recall", {"top_k": 2, "class_id": 1}, BITS, SHARES, WEIGHTS),
    ("AUC", {"multi_label": True}, BITS, SHARES, WEIGHTS[..., None]),
    ("AUC", {"curve": "PR", "label_weights": [1.0, 0.5, 2.0, 1.0]}, BITS, SHARES, None),
    ("AUC", {"curve": "PRGAIN", "thresholds": [0.2, 0.7]}, BITS, SHARES, None),
    ("AUC", {"from_logits": True, "summation_method": "minoring"}, BITS, NUMBERS, None),
    *((name, {"num_thresholds": 5, share: 0.4}, BITS, SHARES, BITS + 0.5) for name, share in (
        ("PrecisionAtRecall", "recall"), ("RecallAtPrecision", "precision"),
        ("SensitivityAtSpecificity", "specificity"), ("SpecificityAtSensitivity", "sensitivity"),
    )),
    ("Accuracy", {}, LABELS, OTHERS, WEIGHTS),
    ("CategoricalAccuracy", {}, ONE_HOT, SHARES, WEIGHTS),
    ("CategoricalCrossentropy", {}, ONE_HOT, SHARES, WEIGHTS),
    ("TopKCategoricalAccuracy", {"k": 2}, ONE_HOT, SHARES, WEIGHTS),
    ("SparseCategoricalAccuracy", {}, LABELS, SHARES, WEIGHTS),
    ("SparseCategoricalCrossentropy", {}, LABELS, SHARES, WEIGHTS),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1}, LABELS, SHARES, WEIGHTS),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, LABELS, SHARES, WEIGHTS),
    ("SparseTopKCategoricalAccuracy", {"k": 2, "from_sorted_ids": True}, LABELS, ONE_HOT, WEIGHTS),
    ("IoU", {"num_classes": 4, "target_class_ids": [0, 2]}, LABELS, OTHERS, LABELS),
    ("MeanIoU", {"num_classes": 4, "ignore_class": 1}, LABELS, OTHERS, LABELS),
    ("BinaryIoU", {"threshold": 0.3}, BITS, SHARES, BITS),
    ("OneHotIoU", {"num_classes": 4, "target_class_ids": [1]}, ONE_HOT, SHARES, LABELS),
    ("OneHotMeanIoU", {"num_classes": 4}, ONE_HOT, SHARES, LABELS),
]  # fmt: skip
IDS = [f"{name}-{k}" for k, (name, *_) in enumerate(CASES)]


def batches(true, predicted, weights):
    """The arguments of three updates; the second one is without weights."""
    found = []
    for k in range(3):
        given = [tf.constant(x[k]) for x in (true, predicted) if x is not None]
        found.append((given, None if weights is None or k == 1 else tf.constant(weights[k])))
    return found


def state(metric):
    return [v.numpy().copy() for v in metric.variables]


def same(ours, expected):
    for a, b in zip(ours, expected, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


def test_all_metrics_are_here():
    known = {name for name, kind in inspect.getmembers(tf.metrics, inspect.isclass)}
    assert known - {"Metric"} == {name for name, *_ in CASES}


@pytest.mark.parametrize(("name", "options", "true", "predicted", "weights"), CASES, ids=IDS)
def test_a_record_counts_as_the_metric_does(name, options, true, predicted, weights):
    runs = []
    plain, metric = (getattr(tf.metrics, name)(**options) for _ in range(2))

    @tf.function
    def update(given, weights):
        runs.append("update")
        metric.update_state(*given, sample_weight=weights)

    @tf.function
    def result():
        runs.append("result")
        return metric.result()

    @tf.function
    def reset():
        runs.append("reset")
        metric.reset_state()

    for _ in range(2):
        for given, w in batches(true, predicted, weights):
            plain.update_state(*given, sample_weight=w)
            update(given, w)
            same([result().numpy(), *state(metric)], [plain.result().numpy(), *state(plain)])
        for f in (plain.reset_state, reset):
            f()
        same(state(metric), state(plain))
        assert not any(x.any() for x in state(metric))
    assert sorted(set(runs)) == ["reset", "result", "update"]
    kinds = len({w is None for _, w in batches(true, predicted, weights)})
    assert runs.count("update") == kinds and runs.count("result") == runs.count("reset") == 1


@pytest.mark.parametrize(("name", "options", "true", "predicted", "weights"), CASES, ids=IDS)
def test_a_loop_with_a_metric_is_one_instruction(name, options, true, predicted, weights):
    """So is a branch: there is nothing in them that Python does."""
    plain, metric = (getattr(tf.metrics, name)(**options) for _ in range(2))
    rows = [tf.constant(x) for x in (true, predicted, weights) if x is not None]
    given = -1 if weights is not None else len(rows)
    runs = []

    @tf.function
    def count(rows, n):
        def body(i):
            runs.append(i)
            picked = [x[i] for x in rows]
            w = None if weights is None else picked[-1]
            metric.update_state(*picked[:given], sample_weight=w)
            return (i + 1,)

        i = tf.while_loop(lambda i: i < n, body, (tf.constant(0),))[0]
        tf.cond(n > 1, lambda: (metric.reset_state(), tf.zeros([]))[1], lambda: tf.ones([]))
        tf.cond(n > 2, lambda: (body(tf.constant(0)), tf.zeros([]))[1], lambda: tf.ones([]))
        return i, metric.result()

    for n in (1, 2, 3):
        ran = len(runs)
        i, found = count(rows, tf.constant(n))
        if n > 1:
            assert ran == len(runs)
            plain.reset_state()
        picks = [k for k in range(n) if n == 1] + [0] * (n > 2)
        for k in picks:
            picked = [x[k] for x in rows]
            w = None if weights is None else picked[-1]
            plain.update_state(*picked[:given], sample_weight=w)
        assert i.numpy() == n
        same([found.numpy(), *state(metric)], [plain.result().numpy(), *state(plain)])
    shown = count.program(rows, tf.constant(1))
    assert [f"= {x}(" in shown for x in ("while_loop", "cond")] == [True, True], shown


@pytest.mark.parametrize(("name", "options", "true", "predicted", "weights"), CASES, ids=IDS)
def test_what_is_counted_is_on_no_tape(name, options, true, predicted, weights):
    metric = getattr(tf.metrics, name)(**options)
    (given, w), *_ = batches(true, predicted, weights)
    with tf.GradientTape() as tape:
        tape.watch([x for x in (*given, w) if x is not None and x.dtype.is_floating])
        before = _core.log_position()
        metric.update_state(*given, sample_weight=w)
        metric.result()
        metric.reset_state()
        assert _core.log_position() == before


@pytest.mark.parametrize("name", ["F1Score", "R2Score"])
def test_the_first_update_may_come_in_a_later_call(name):
    """What it makes is recorded as if it had been there, beside an optimizer with slots."""
    plain, metric = (getattr(tf.metrics, name)() for _ in range(2))
    optimizer, w = tf.optimizers.Adam(0.1), tf.Variable([1.0, 2.0])
    t, p = tf.constant(BITS[0]), tf.constant(SHARES[0])
    runs = []

    @tf.function
    def step(t, p, counts):
        runs.append(counts)
        if counts:
            metric.update_state(t, p)
        result = metric.result()
        optimizer.apply_gradients([(w + 1.0, w)])
        return result

    assert [step(t, p, False).numpy() for _ in range(3)] == [0, 0, 0]
    for _ in range(3):
        plain.update_state(t, p)
        same([step(t, p, True).numpy(), *state(metric)], [plain.result().numpy(), *state(plain)])
    same([step(t, p, False).numpy()], [plain.result().numpy()])
    # The result of nothing is a number.
    assert runs == [False, True] + [False] * (name == "F1Score")


@pytest.mark.parametrize(
    ("name", "options"), [("F1Score", {}), ("R2Score", {}), ("AUC", {"multi_label": True})]
)
def test_a_metric_that_a_function_makes_is_one_of_that_call(name, options):
    """As any Variable that is made in a later call: an error, and no state that lasts."""

    @tf.function
    def score(t, p):
        metric = getattr(tf.metrics, name)(**options)
        metric.update_state(t, p)
        return metric.result()

    plain = getattr(tf.metrics, name)(**options)
    given = tf.constant(BITS[0]), tf.constant(SHARES[0])
    same([score(*given).numpy()], [plain(*given).numpy()])
    for _ in range(2):
        with pytest.raises(ValueError, match=r"singleton tf\.Variables"):
            score(*given)


def test_a_function_that_is_shown_counts_nothing():
    metrics = [tf.metrics.Mean(), tf.metrics.F1Score()]

    @tf.function
    def update(t, p):
        metrics[0].update_state(p)
        metrics[1].update_state(t, p)

    for _ in range(2):
        expected = [state(m) for m in metrics[:1]]
        update.program(tf.constant(BITS[0]), tf.constant(SHARES[0]))
        same(*[[x for s in each for x in s] for each in ([state(metrics[0])], expected)])
        assert not any(x.any() for x in state(metrics[1]))
        metrics[0].update_state([2.0])


@pytest.mark.parametrize(
    ("make", "right", "wrong"),
    [
        (lambda: tf.metrics.MeanIoU(2), ([0, 1], [1, 1]), ([0, 2], [1, 1])),
        (lambda: tf.metrics.MeanIoU(2), ([0, 1], [1, 1]), ([0, 1], [1, -1])),
        (
            lambda: tf.metrics.SparseCategoricalCrossentropy(),
            ([0, 1], [[0.5, 0.5], [0.2, 0.8]]),
            ([0, 2], [[0.5, 0.5], [0.2, 0.8]]),
        ),
    ],
    ids=["too large", "negative", "entropy"],
)
def test_wrong_values_are_errors_at_any_call_and_change_nothing(make, right, wrong):
    """Not only eager: also in a record, and in the rounds of a loop."""
    metric = make()
    given = [[tf.constant(x) for x in pair] for pair in (right, wrong)]

    @tf.function
    def update(t, p):
        metric.update_state(t, p)

    @tf.function
    def rounds(t, p):
        def body(i):
            metric.update_state(t, p)
            return (i + 1,)

        return tf.while_loop(lambda i: i < 2, body, (tf.constant(0),))[0]

    messages = []
    for f in (metric.update_state, update, rounds):
        f(*given[0])
        before = state(metric)
        for _ in range(2):
            with pytest.raises(tf.errors.InvalidArgumentError, match=r"Classes must|label 2") as e:
                f(*given[1])
            messages.append(str(e.value))
            same(state(metric), before)
        f(*given[0])
    assert len(set(messages)) == 1
    assert sum(x.sum() for x in state(metric)) != sum(x.sum() for x in before)


@pytest.mark.parametrize(("name", "options", "true", "predicted", "weights"), CASES, ids=IDS)
def test_a_saved_function_counts_by_itself(tmp_path, name, options, true, predicted, weights):
    plain, metric = (getattr(tf.metrics, name)(**options) for _ in range(2))

    @tf.function
    def update(given, weights):
        metric.update_state(*given, sample_weight=weights)
        return metric.result()

    (given, w), *_ = batches(true, predicted, weights)
    update.save(tmp_path / "update", given, w)
    loaded = tf.load(tmp_path / "update")
    for _ in range(2):
        plain.update_state(*given, sample_weight=w)
        same([loaded(given, w).numpy()], [plain.result().numpy()])
    for ours in loaded.variables:
        assert any(np.array_equal(ours.numpy(), other) for other in state(plain))
    assert len(loaded.variables) == len(plain.variables)
    assert not any(x.any() for x in state(metric))
