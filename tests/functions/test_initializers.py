"""First values of variables: distributions, seeds, errors, names."""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import keras

SCALED = {
    "GlorotNormal": (1.0, "fan_avg", "normal"),
    "GlorotUniform": (1.0, "fan_avg", "uniform"),
    "HeNormal": (2.0, "fan_in", "normal"),
    "HeUniform": (2.0, "fan_in", "uniform"),
    "LecunNormal": (1.0, "fan_in", "normal"),
    "LecunUniform": (1.0, "fan_in", "uniform"),
}


def test_the_namespaces_are_one():
    assert keras.initializers is tf.initializers


@pytest.mark.parametrize("name", SCALED)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_variances(name, dtype):
    scale, mode, kind = SCALED[name]
    for shape in ((300, 200), (3, 3, 40, 60)):
        field = math.prod(shape[:-2])
        fans = field * shape[-2], field * shape[-1]
        n = fans[0] if mode == "fan_in" else sum(fans) / 2
        x = getattr(tf.initializers, name)(seed=1)(shape, dtype)
        assert x.dtype == dtype
        assert x.numpy().std() == pytest.approx(math.sqrt(scale / n), rel=0.03)
        most = math.sqrt(3 * scale / n) if kind == "uniform" else 2.3 * math.sqrt(scale / n)
        assert np.max(np.abs(x.numpy())) <= most
    axes = getattr(tf.initializers, name)(1, input_axes=(0, 1), output_axes=2)
    n = 600 if mode == "fan_in" else 350
    assert axes((30, 20, 100)).numpy().std() == pytest.approx(math.sqrt(scale / n), rel=0.03)


def test_other_distributions():
    x = tf.initializers.RandomNormal(1.0, 2.0, seed=1)([20000]).numpy()
    assert (x.mean(), x.std()) == (pytest.approx(1, abs=0.05), pytest.approx(2, rel=0.03))
    x = tf.initializers.TruncatedNormal(1.0, 2.0, seed=1)([20000]).numpy()
    assert -3 <= x.min() < -2.9 and 4.9 < x.max() <= 5
    x = tf.initializers.RandomUniform(1, 5, seed=1)([1000], "int32").numpy()
    assert set(x) == {1, 2, 3, 4}
    x = tf.initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal", 3)([400, 300])
    assert x.numpy().std() == pytest.approx(math.sqrt(2 / 300), rel=0.03)
    for shape in ((5, 3), (2, 2, 3), (3, 7)):
        q = tf.initializers.Orthogonal(2.0, seed=4)(shape, "float64").numpy().reshape(-1, shape[-1])
        product = q.T @ q if q.shape[0] >= q.shape[1] else q @ q.T
        np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-12)


def test_seeds():
    def first(seed):
        return tf.initializers.GlorotNormal(seed)

    again = first(7)
    np.testing.assert_array_equal(again([3, 2]), again([3, 2]))
    np.testing.assert_array_equal(again([3, 2]), first(7)([3, 2]))
    assert (first(None)([3, 2]).numpy() != first(None)([3, 2]).numpy()).all()
    tf.random.set_seed(5)
    one = first(None)([3])
    tf.random.set_seed(5)
    np.testing.assert_array_equal(first(None)([3]), one)
    clone = again.clone()
    np.testing.assert_array_equal(clone([4]), again([4]))


def test_constants():
    np.testing.assert_array_equal(tf.initializers.Constant([1, 2])([2, 2]), [[1, 2], [1, 2]])
    assert tf.initializers.Constant(3)([2], tf.int32).dtype == tf.int32
    np.testing.assert_array_equal(tf.initializers.Zeros()(3), np.zeros(3, "float32"))
    np.testing.assert_array_equal(tf.initializers.ones()([2]), [1, 1])
    np.testing.assert_array_equal(tf.initializers.Identity(2.0)([2, 3]), 2 * np.eye(2, 3))


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: tf.initializers.Identity()([2]), "two axes"),
        (lambda: tf.initializers.Orthogonal()([2]), "two axes or more"),
        (lambda: tf.initializers.VarianceScaling(0.0), "above 0"),
        (lambda: tf.initializers.VarianceScaling(mode="x"), "mode is one of"),
        (lambda: tf.initializers.VarianceScaling(distribution="x"), "distribution is one of"),
        (lambda: tf.initializers.get("nope"), "No initializer"),
        (lambda: tf.initializers.get(3.0), "No initializer"),
        (lambda: tf.random_normal_initializer()([2], tf.int32), "floating point"),
        (lambda: tf.random_uniform_initializer()([2], tf.bool), "float or integer"),
    ],
)
def test_what_is_refused(call, error):
    with pytest.raises(ValueError, match=error):
        call()


def test_names():
    assert isinstance(tf.initializers.get("glorot_uniform"), tf.initializers.GlorotUniform)
    assert isinstance(tf.initializers.get(tf.initializers.Ones), tf.initializers.Ones)
    assert tf.initializers.get(None) is None
    assert tf.initializers.get(tf.zeros) is tf.zeros
    for name in tf.initializers.__all__:
        cls = getattr(tf.initializers, name)
        if isinstance(cls, type) and cls is not tf.initializers.Initializer:
            made = tf.initializers.deserialize(tf.initializers.serialize(cls()))
            assert type(made) is cls and made.get_config() == cls().get_config()
    with pytest.raises(NotImplementedError):
        tf.initializers.Initializer()([1])


def test_those_of_tensorflow():
    np.testing.assert_array_equal(tf.constant_initializer([0, 1, 2, 3])([2, 2]), [[0, 1], [2, 3]])
    assert tf.constant_initializer(2)([2], tf.float64).dtype == tf.float64
    with pytest.raises(TypeError, match="3 elements"):
        tf.constant_initializer([0, 1, 2])([2, 2])
    with pytest.raises(TypeError, match="Received: foo"):
        tf.zeros_initializer()([2], foo=1)
    assert tf.zeros_initializer()([2], tf.bool).numpy().tolist() == [False, False]
    assert tf.ones_initializer().get_config() == {}
    seeded = tf.random_normal_initializer(1.0, 2.0, seed=3)
    np.testing.assert_array_equal(seeded([3]), seeded([3]))
    other = tf.random_normal_initializer.from_config(seeded.get_config())
    np.testing.assert_array_equal(other([3]), seeded([3]))
    free = tf.random_normal_initializer(1.0, 2.0)
    assert (free([3]).numpy() != free([3]).numpy()).all()
    drawn = tf.random_uniform_initializer(2.0, 3.0)([100]).numpy()
    assert ((drawn >= 2) & (drawn < 3)).all()
