"""Functions of the library take arguments whose derivative a function of tf.func is taking.

What they have no derivative by is a constant to them, and no error: the user made no number of it.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import autograd_c as tf

if TYPE_CHECKING:
    from collections.abc import Callable

F = tf.func
D = tf.float64
X = np.array([0.3, 0.6])
SEED = [1, 2]
R = tf.random
G = tf.random.Generator

# ---------------------------------------------------------------- random numbers

RANDOM: dict[str, Callable[[Any], Any]] = {
    "uniform": lambda x: R.uniform([2], x, x + 1.0, D),
    "normal": lambda x: R.normal([2], x, x + 1.0, D),
    "truncated_normal": lambda x: R.truncated_normal([2], x, x + 1.0, D),
    "gamma": lambda x: R.gamma([], x, x + 1.0, D),
    "poisson": lambda x: R.poisson([], x, D),
    "shuffle": lambda x: R.shuffle(x),
    "categorical": lambda x: R.categorical(x[None], 2),
    "stateless_uniform": lambda x: R.stateless_uniform([2], SEED, x, x + 1.0, D),
    "stateless_normal": lambda x: R.stateless_normal([2], SEED, x, x + 1.0, D),
    "stateless_truncated_normal": lambda x: R.stateless_truncated_normal([2], SEED, x, x + 1.0, D),
    "stateless_parameterized_truncated_normal": lambda x: (
        R.stateless_parameterized_truncated_normal([2], SEED, x, x + 1.0, x - 1.0, x + 2.0)
    ),
    "stateless_gamma": lambda x: R.stateless_gamma([2], SEED, x, x + 1.0, D),
    "stateless_poisson": lambda x: R.stateless_poisson([2], SEED, x, D),
    "stateless_binomial": lambda x: R.stateless_binomial([2], SEED, 10.0 * x, x, D),
    "stateless_categorical": lambda x: R.stateless_categorical(x[None], 2, SEED),
    "Generator.uniform": lambda x: G.from_seed(1).uniform([2], x, x + 1.0, D),
    "Generator.normal": lambda x: G.from_seed(1).normal([2], x, x + 1.0, D),
    "Generator.truncated_normal": lambda x: G.from_seed(1).truncated_normal([2], x, x + 1.0, D),
    "Generator.binomial": lambda x: G.from_seed(1).binomial([2], 10.0 * x, x, D),
}
WITHOUT_PARAMETERS = {
    "Algorithm", "Generator", "create_rng_state", "experimental", "fold_in",
    "get_global_generator", "set_global_generator", "set_seed", "split",
}  # fmt: skip
COUNTS = ("poisson", "binomial", "categorical")


def test_every_random_function_is_tried() -> None:
    public = {name for name in dir(R) if not name.startswith("_")}
    assert public - WITHOUT_PARAMETERS <= set(RANDOM)


@pytest.mark.parametrize("name", RANDOM)
def test_random_numbers(name: str) -> None:
    def drawn(x: Any) -> Any:
        R.set_seed(3)
        return tf.cast(RANDOM[name](x), D)

    y, gradient = F.value_and_grad(lambda x: tf.reduce_sum(drawn(x)))(tf.constant(X))
    np.testing.assert_array_equal(y, tf.reduce_sum(drawn(tf.constant(X))))
    if name.endswith("shuffle"):
        expected = np.ones(2)
    elif name.endswith(COUNTS):
        expected = np.zeros(2)
    else:
        x = tf.constant(X)
        with tf.GradientTape() as tape:
            tape.watch(x)
            known = drawn(x)
        expected = tape.gradient(known, x).numpy()
        assert (expected != 0).all()
    np.testing.assert_array_equal(gradient, expected)


def test_the_derivative_of_uniform_numbers_is_that_of_the_bounds() -> None:
    def drawn(low: Any, high: Any) -> Any:
        return tf.reduce_sum(R.stateless_uniform([2], SEED, low, high, D))

    numbers = R.stateless_uniform([2], SEED, dtype=D).numpy()
    by_low, by_high = F.grad(drawn, (0, 1))(tf.constant(X), tf.constant(X + 1))
    np.testing.assert_allclose(by_low, 1 - numbers)
    np.testing.assert_allclose(by_high, numbers)


# ---------------------------------------------------------------- metrics and losses

ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "IoU": (2, [0]), "OneHotIoU": (2, [0]), "MeanIoU": (2,), "OneHotMeanIoU": (2,),
    "PrecisionAtRecall": (0.5,), "RecallAtPrecision": (0.5,),
    "SensitivityAtSpecificity": (0.5,), "SpecificityAtSensitivity": (0.5,),
    "MeanMetricWrapper": (tf.losses.mse,),
}  # fmt: skip
OF_NUMBERS = ("IoU", "MeanIoU", "BinaryIoU")
METRICS = sorted(
    name
    for name, kind in inspect.getmembers(tf.metrics, inspect.isclass)
    if name != "Metric" and issubclass(kind, tf.metrics.Metric)
)
LOSSES = sorted(
    name
    for name, kind in inspect.getmembers(tf.losses, inspect.isclass)
    if name != "Loss" and issubclass(kind, tf.losses.Loss)
)


def examples(name: str, x: Any) -> tuple[Any, Any]:
    """What is true and predicted, for two examples of two classes."""
    if name in OF_NUMBERS:
        return tf.round(x), tf.round(x)
    by_number = name.startswith("Sparse") or name in (
        "Circle",
        "CategoricalGeneralizedCrossEntropy",
    )
    return tf.round(x if by_number else tf.stack([x, x])), tf.stack([x, 1.0 - x])


@pytest.mark.parametrize("name", METRICS)
def test_metrics(name: str) -> None:
    kind: Any = getattr(tf.metrics, name)

    def measured(x: Any) -> Any:
        metric = kind(*ARGUMENTS.get(name, ()))
        given = (x,) if name in ("Mean", "Sum") else examples(name, x)
        metric.update_state(*given)
        metric.update_state(*given, sample_weight=x)
        return tf.cast(tf.reduce_sum(metric.result()), D)

    y, gradient = F.value_and_grad(measured)(tf.constant(X))
    np.testing.assert_array_equal(y, measured(tf.constant(X)))
    np.testing.assert_array_equal(gradient, [0.0, 0.0])


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "mean_with_sample_weight"])
def test_losses(name: str, reduction: str) -> None:
    loss: Any = getattr(tf.losses, name)(reduction=reduction)

    def lost(x: Any) -> Any:
        return loss(*examples(name, x), sample_weight=1.0 if name in ("Dice", "Tversky") else x)

    y, gradient = F.value_and_grad(lambda x: tf.cast(lost(x), D))(tf.constant(X))
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        known = lost(x)
    np.testing.assert_array_equal(y, known)
    np.testing.assert_array_equal(gradient, tape.gradient(known, x))


def test_losses_of_chosen_labels() -> None:
    def circle(x: Any) -> Any:
        y = tf.stack([x, 1.0 - x])
        return tf.reduce_sum(tf.losses.circle(tf.round(x), y, tf.round(x), y))

    assert F.grad(circle)(tf.constant(X)).shape == (2,)


# ---------------------------------------------------------------- windows and other numbers

NUMBERS: dict[str, Callable[[Any], Any]] = {
    "kaiser_window": lambda x: tf.signal.kaiser_window(4, x, D),
    "kaiser_bessel_derived_window": lambda x: tf.signal.kaiser_bessel_derived_window(4, x, D),
    "linear_to_mel_weight_matrix": lambda x: tf.signal.linear_to_mel_weight_matrix(
        4, 8, 1e5 * x, 100.0 * x, 1000.0 * x, dtype=D
    ),
    "STFT": lambda x: tf.initializers.STFT(window=tf.stack([x, x]))([2, 1, 2], D),
    "VarianceScaling": lambda x: tf.initializers.VarianceScaling(x, seed=1)([2, 3], D),
    "fractional_max_pool": lambda x: tf.nn.fractional_max_pool(
        tf.ones([1, 4, 4, 1], D), 1.0 + x, seed=1
    )[0],
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_without_a_derivative(name: str) -> None:
    y, gradient = F.value_and_grad(lambda x: tf.reduce_sum(NUMBERS[name](x)))(tf.constant(0.6, D))
    np.testing.assert_array_equal(y, tf.reduce_sum(NUMBERS[name](tf.constant(0.6, D))))
    np.testing.assert_array_equal(gradient, 0.0)


def test_local_response_normalization() -> None:
    images = tf.reshape(tf.range(1, 13, dtype=D), [1, 2, 2, 3])

    def normalized(bias: Any, alpha: Any, beta: Any) -> Any:
        return tf.reduce_sum(tf.nn.local_response_normalization(images, 1, bias, alpha, beta))

    given = [tf.constant(v, D) for v in (1.0, 0.5, 0.75)]
    y, gradients = F.value_and_grad(normalized, (0, 1, 2))(*given)
    np.testing.assert_allclose(y, normalized(1.0, 0.5, 0.75), rtol=1e-14)
    for k, gradient in enumerate(gradients):
        low, high = (
            [v + (i == k) * step for i, v in enumerate((1.0, 0.5, 0.75))] for step in (-1e-6, 1e-6)
        )
        slope = (normalized(*high) - normalized(*low)) / 2e-6
        np.testing.assert_allclose(gradient, slope, rtol=1e-7)


def test_the_rate_of_a_dropout() -> None:
    def dropped(x: Any, rate: Any) -> Any:
        R.set_seed(1)
        return tf.reduce_sum(tf.nn.dropout(x, rate))

    x, rate = tf.ones([100], D), tf.constant(0.25, D)
    y, (by_x, by_rate) = F.value_and_grad(dropped, (0, 1))(x, rate)
    np.testing.assert_allclose(y, dropped(x, 0.25))
    np.testing.assert_allclose(tf.reduce_sum(by_x), y)
    np.testing.assert_allclose(by_rate, y / 0.75)  # of 1 / (1 - rate)
    assert F.grad(lambda x: dropped(x, tf.reduce_max(x) / 8.0))(x).shape == (100,)
    for wrong in (tf.constant(1.0), tf.constant([0.1, 0.2])):
        with pytest.raises(ValueError, match=r"\[dropout\] rate must be"):
            tf.nn.dropout(x, wrong)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: tf.expand_dims(x, x[:1]),
        lambda x: tf.linalg.diag(x, k=x[0]),
        lambda x: tf.nn.max_pool1d(tf.ones([1, 4, 1]), x, 1, "SAME"),
        lambda x: tf.zeros_initializer()(x),
    ],
)
def test_what_must_be_an_integer_is_said_of_it(call: Callable[[Any], Any]) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        F.grad(call)(tf.constant(X))
    assert "lost" not in str(caught.value)


def test_a_schedule_of_restarts() -> None:
    def rate(t_mul: Any) -> Any:
        return tf.optimizers.schedules.CosineDecayRestarts(tf.constant(0.1, D), 10, t_mul)(25)

    y, slope = F.value_and_grad(rate)(tf.constant(2.0, D))
    np.testing.assert_allclose(y, rate(2.0))
    np.testing.assert_allclose(slope, (rate(2.0 + 1e-6) - rate(2.0 - 1e-6)) / 2e-6, rtol=1e-6)
