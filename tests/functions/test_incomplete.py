"""Derivatives of the incomplete gamma and beta functions by their parameters, against mpmath."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy import special

import autograd_c as tf

mp = mpmath.MPContext()


def by_difference(f, order=1):
    """The derivative at 0, of a function in 120 digits."""
    h = mp.mpf(10) ** -30
    with mp.workdps(120):
        if order == 1:
            return (f(h) - f(-h)) / (2 * h)
        return (f(h) - 2 * f(mp.mpf(0)) + f(-h)) / h**2


def slope(f, arguments, k, order=1):
    tensors = [tf.constant(a, tf.float64) for a in arguments]

    def of_one(t):
        return f(*tensors[:k], t, *tensors[k + 1 :])

    for _ in range(order):
        of_one = tf.func.grad(of_one)
    return float(of_one(tensors[k]))


GAMMA = [
    (0.5, 1e-30), (1e-3, 1e-5), (0.02, 3.0), (0.5, 0.1), (1.0, 1.0), (2.5, 0.01), (2.5, 30.0),
    (20.0, 3.0), (50.0, 49.0), (50.0, 200.0), (1000.0, 1010.0), (3e4, 3.1e4),
]  # fmt: skip


@pytest.mark.parametrize(("a", "x"), GAMMA)
def test_igamma_by_a(a, x):
    with mp.workdps(120):
        exact = [mp.mpf(a), mp.mpf(x)]
        if x > a:
            value = lambda h: -mp.gammainc(exact[0] + h, exact[1], regularized=True)  # noqa: E731
        else:
            value = lambda h: mp.gammainc(exact[0] + h, 0, exact[1], regularized=True)  # noqa: E731
    right = float(by_difference(value))
    assert slope(tf.math.igamma, (a, x), 0) == pytest.approx(right, rel=2e-12, abs=0)
    assert slope(tf.math.igammac, (a, x), 0) == pytest.approx(-right, rel=2e-12, abs=0)
    # Of second order digits are lost where a is small, and close to where it is 0.
    second = float(by_difference(value, 2))
    lost = 1e-14 * (1 / a**2 + abs(right) + 1 / a)
    assert slope(tf.math.igamma, (a, x), 0, 2) == pytest.approx(second, rel=1e-11, abs=lost)


BETA = [
    (0.5, 0.5, 0.3), (2.0, 3.0, 1e-10), (2.0, 3.0, 0.999), (0.01, 4.0, 0.2), (30.0, 0.2, 0.9),
    (40.0, 60.0, 0.41), (40.0, 60.0, 0.1), (300.0, 2.0, 0.99), (800.0, 900.0, 0.5),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b", "x"), BETA)
def test_betainc_by_a_and_b(a, b, x):
    with mp.workdps(120):
        c, d, end = map(mp.mpf, (a, b, x))
        by_a = lambda h: mp.betainc(c + h, d, 0, end, regularized=True)  # noqa: E731
        by_b = lambda h: mp.betainc(c, d + h, 0, end, regularized=True)  # noqa: E731
    for k, value in enumerate((by_a, by_b)):
        right = float(by_difference(value))
        assert slope(tf.math.betainc, (a, b, x), k) == pytest.approx(right, rel=2e-12, abs=0)
        second = float(by_difference(value, 2))
        lost = 1e-13 * (1 / min(a, b) ** 2 + abs(right))
        found = slope(tf.math.betainc, (a, b, x), k, 2)
        assert found == pytest.approx(second, rel=1e-10, abs=lost)


def test_far_tails_keep_their_digits():
    # The derivative is 1e-178, far below the rounding errors of the value.
    assert slope(tf.math.igamma, (1315.0, 2631.0), 0) == pytest.approx(
        -2.6437438560477038e-178, rel=1e-12, abs=0
    )


def test_mixed_derivatives_are_symmetric():
    a, b, x = (tf.constant(v, tf.float64) for v in (2.5, 1.3, 0.4))
    rows = tf.func.hessian(lambda t: tf.math.betainc(t[0], t[1], t[2]))(tf.stack([a, b, x]))
    np.testing.assert_allclose(rows, np.transpose(rows), rtol=1e-12)
    rows = tf.func.hessian(lambda t: tf.math.igamma(t[0], t[1]))(tf.stack([a, b]))
    np.testing.assert_allclose(rows, np.transpose(rows), rtol=1e-12)


def test_ends_of_the_range():
    a = tf.constant([1.0, 2.0, 0.5, 2.0, -1.0, 2.0], tf.float64)
    x = tf.constant([0.0, 0.0, 0.0, np.inf, 1.0, -1.0], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch([a, x])
        y = tf.math.igamma(a, x)
    by_a, by_x = tape.gradient(y, [a, x])
    np.testing.assert_array_equal(by_a, [0, 0, 0, 0, np.nan, np.nan])
    np.testing.assert_array_equal(by_x, [1, 0, np.inf, 0, np.nan, np.nan])
    b, z = tf.constant([2.0, 2.0, 3.0], tf.float64), tf.constant([0.0, 1.0, 0.0], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch([b, z])
        y = tf.math.betainc(tf.constant(1.0, tf.float64), b, z)
    by_b, by_z = tape.gradient(y, [b, z])
    np.testing.assert_array_equal(by_b, [0, 0, 0])
    np.testing.assert_array_equal(by_z, [2, 0, 3])


def test_orders_beyond_the_sixth_are_an_error():
    f = tf.math.igamma
    for _ in range(6):
        f = tf.func.grad(f)
    a, x = tf.constant(1.5, tf.float64), tf.constant(1.2, tf.float64)
    assert np.isfinite(f(a, x))
    with pytest.raises(NotImplementedError, match=r"\[igamma\].*order 6"):
        tf.func.grad(f)(a, x)


@pytest.mark.parametrize(
    ("a", "b", "x", "by_a", "by_b"),
    [
        (1e-3, 1e-3, 0.5, -250.00041123197405, 250.00041123197405),
        (1e-4, 1e-4, 0.3, None, None),
        (0.018, 0.0032, 0.47, None, None),
        (0.0502473818713744, 9.70464980559563e-06, 0.684118321796511, None, None),
        (0.0111, 0.068, 1e-3, None, None),
        (1e-6, 2e-6, 0.9, None, None),
    ],
)
def test_betainc_by_small_parameters(a, b, x, by_a, by_b):
    """Their densities reach so far that the exponential of the logit is infinite there."""
    mpmath.mp.dps = 40
    step = mpmath.mpf(10) ** -14

    def slope(f, at):
        h = step * at
        return float((f(at + h) - f(at - h)) / (2 * h))

    right = [
        slope(lambda t: mpmath.betainc(t, b, 0, x, regularized=True), mpmath.mpf(a)),
        slope(lambda t: mpmath.betainc(a, t, 0, x, regularized=True), mpmath.mpf(b)),
    ]
    for known, computed in zip((by_a, by_b), right):
        assert known is None or known == pytest.approx(computed, rel=1e-6)
    t = [tf.constant(q, tf.float64) for q in (a, b, x)]
    with tf.GradientTape() as tape:
        tape.watch(t)
        y = tf.math.betainc(*t)
    np.testing.assert_allclose(tape.gradient(y, t)[:2], right, rtol=1e-11)


@pytest.mark.parametrize(
    ("a", "b", "x"), [(356.66, 34.15, 0.74), (100, 100, 0.14), (100, 100, 0.46), (25, 25, 0.015)]
)
def test_betainc_in_float32_has_its_digits(a, b, x):
    q = [np.float32(v) for v in (a, b, x)]
    right = special.betainc(*map(np.float64, q))
    np.testing.assert_allclose(tf.math.betainc(*q), right, rtol=2e-7)


@pytest.mark.parametrize(
    ("a", "b"), [(2.0, 3.0), (3.0, 3.0), (1.0, 2.0), (2.0, 1.0), (2.5, 1.5), (4.0, 2.0)]
)
def test_second_derivatives_of_betainc_at_the_ends(a, b):
    """(a - 1) x^(a-2) (1-x)^(b-1) / B(a, b) less the same of b, in the limit."""
    with mp.workdps(30):
        scale = 1 / mp.beta(a, b)

    def power(exponent, factor):
        return 0.0 if factor == 0 or exponent > 0 else factor if exponent == 0 else np.inf * factor

    at_0 = power(a - 2, a - 1) - (power(a - 1, b - 1) if a == 1 else 0.0)
    at_1 = (power(b - 1, a - 1) if b == 1 else 0.0) - power(b - 2, b - 1)
    for x, right in ((0.0, at_0), (1.0, at_1)):
        assert slope(tf.math.betainc, (a, b, x), 2, 2) == pytest.approx(right * float(scale))


def test_second_derivatives_of_igamma_at_0():
    for a, right in ((1.0, -1.0), (2.0, 1.0), (3.0, 0.0), (1.5, np.inf)):
        assert slope(tf.math.igamma, (a, 0.0), 1, 2) == right
        assert slope(tf.math.igammac, (a, 0.0), 1, 2) == -right
