"""Universal functions whose values NumPy computes, and whose derivatives are ours."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf

from .against_numpy import Sample, Shape, assert_same, check_gradients, check_value

S = Shape


def positive(random, dtype):
    x = random.uniform(0.5, 2.0, 3)
    return np.asarray(x + 1j * x[::-1] if dtype == "complex128" else x).astype(dtype)


SAMPLES = [
    Sample("cbrt", S(3)),
    Sample("exp2", S(3)),
    Sample("exp2", S()),
    Sample("log2", positive),
    Sample("log10", positive),
    Sample("hypot", S(3), S(3)),
    Sample("hypot", S(2, 1), S(3)),
    Sample("logaddexp", S(3), S(3)),
    Sample("logaddexp", S(3), 0.5),
    Sample("logaddexp2", S(2, 1), S(3)),
]
CASES = [(s, d) for s in SAMPLES for d in (*s.dtypes, "float16")]


@pytest.mark.parametrize(("sample", "dtype"), CASES, ids=[f"{s}-{d}" for s, d in CASES])
def test_values_and_dtypes_are_numpys(sample, dtype):
    check_value(sample, dtype)


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_numpys_own_function_of_tensors_is_ours(sample):
    check_value(sample, "float64", dispatched=True)


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_derivatives(sample):
    check_gradients(sample)


@pytest.mark.parametrize("name", ["exp2", "log2", "log10"])
def test_derivatives_of_complex_numbers(name):
    check_gradients(Sample(name, positive), "complex128", order=1)


def slopes(name, x, y):
    x, y = tf.constant(x, tf.float64), tf.constant(y, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        z = getattr(np, name)(x, y)
    return [float(g) for g in tape.gradient(z, [x, y])]


@pytest.mark.parametrize("name", ["logaddexp", "logaddexp2"])
def test_shares_of_infinite_terms(name):
    inf = np.inf
    assert slopes(name, -inf, -inf) == slopes(name, inf, inf) == [0.5, 0.5]
    assert slopes(name, -inf, 1.0) == slopes(name, 1.0, inf) == [0.0, 1.0]
    assert slopes(name, 800.0, -800.0) == [1.0, 0.0]


def test_the_modulus_at_zero_has_the_derivative_zero():
    assert slopes("hypot", 0.0, 0.0) == [0.0, 0.0]


def test_powers_of_two_are_exact():
    assert_same(np.log2(tf.constant(2.0 ** np.arange(60))), np.arange(60.0), tolerance=0)
