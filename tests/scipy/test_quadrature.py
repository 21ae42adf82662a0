"""Integrals of samples and of functions: SciPy's values, and derivatives by all they depend on."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import arrays
from autograd_c.scipy import integrate as ours

integrate = pytest.importorskip("scipy.integrate")

RANDOM = np.random.default_rng(0)
INFINITE = math.inf


def test_trapezoids_and_gauss():
    y, x = RANDOM.normal(size=(3, 4)), np.sort(RANDOM.normal(size=4))
    for arguments in ((y,), (y, x), (y, None, 0.5), (y, None, 1.0, 0)):
        np.testing.assert_allclose(ours.trapezoid(*arguments), integrate.trapezoid(*arguments))
        for initial in (None, 0):
            np.testing.assert_allclose(
                ours.cumulative_trapezoid(*arguments, initial=initial),
                integrate.cumulative_trapezoid(*arguments, initial=initial),
            )
    tf.func.check_grads(ours.cumulative_trapezoid, (0, 1))(y, x)
    tf.func.check_grads(
        lambda a, b, k: ours.fixed_quad(lambda s, c: np.exp(c * s), a, b, (k,))[0], (0, 1, 2)
    )(0.5, 1.5, 0.75)
    expected = integrate.fixed_quad(np.exp, 0.5, 1.5, n=3)[0]
    np.testing.assert_allclose(ours.fixed_quad(np.exp, 0.5, 1.5, n=3)[0], expected)
    with pytest.raises(ValueError):
        ours.fixed_quad(np.exp, 0.0, np.inf)
    with pytest.raises(ValueError):
        ours.cumulative_trapezoid(y, initial=1.0)


@pytest.mark.parametrize("n", [2, 3, 4, 5, 8, 9])
def test_simpson(n):
    y = RANDOM.normal(size=(3, n))
    x = np.cumsum(RANDOM.uniform(0.5, 1.5, (3, n)), -1)
    for options in ({}, {"x": x[0]}, {"x": x}, {"dx": 0.3}):
        np.testing.assert_allclose(ours.simpson(y, **options), integrate.simpson(y, **options))
        for initial in (None, 0.0, 2.0):
            np.testing.assert_allclose(
                ours.cumulative_simpson(y, initial=initial, **options),
                integrate.cumulative_simpson(y, initial=initial, **options),
                atol=1e-12,
            )
    for function in (ours.simpson, ours.cumulative_simpson):
        theirs = getattr(integrate, function.__name__)
        np.testing.assert_allclose(
            function(y.T, x=x.T, axis=0), theirs(y.T, x=x.T, axis=0), atol=1e-12
        )
    tf.func.check_grads(
        lambda y, x: (ours.simpson(y, x), ours.cumulative_simpson(y, x=x)),
        (0, 1),
        rtol=1e-4,
        atol=1e-4,
    )(y, x)
    assert ours.simpson(y.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("n", [2, 3, 5, 17])
def test_romberg(n):
    y = RANDOM.normal(size=(3, n))
    np.testing.assert_allclose(ours.romb(y, 0.3), integrate.romb(y, 0.3))
    np.testing.assert_allclose(ours.romb(y.T, axis=0), integrate.romb(y.T, axis=0))
    tf.func.check_grads(ours.romb)(y)


def bell(x, k):
    return np.exp(-k * x * x) * (1 + x)


BOUNDS = [
    (0.0, 1.0),
    (1.0, 0.0),
    (1.0, 1.0),
    (0.5, INFINITE),
    (INFINITE, 0.5),
    (-INFINITE, 0.5),
    (0.5, -INFINITE),
    (-INFINITE, INFINITE),
    (INFINITE, -INFINITE),
]


@pytest.mark.parametrize(("a", "b"), BOUNDS)
def test_functions(a, b):
    expected, error = integrate.quad(bell, a, b, (1.3,))
    found = ours.quad(bell, a, b, (1.3,))
    assert isinstance(found[0], tf.Tensor)
    np.testing.assert_allclose(found[0], expected, rtol=1e-12)
    np.testing.assert_allclose(found[1], error, rtol=1e-6)
    finite = [k for k, x in enumerate((a, b)) if math.isfinite(x)]

    def integral(k, *given):
        bounds = [a, b]
        for place, x in zip(finite, given):
            bounds[place] = x
        return ours.quad(bell, *bounds, args=k)[0]

    tf.func.check_grads(integral, tuple(range(1 + len(finite))), rtol=1e-4, atol=1e-5)(
        1.3, *[(a, b)[k] for k in finite]
    )


def test_functions_that_are_hard():
    def root(scale):
        return ours.quad(lambda x: 1.0 / tf.sqrt(x * scale), 0.0, 1.0)[0]

    np.testing.assert_allclose(root(2.0), math.sqrt(2.0), rtol=1e-7)
    np.testing.assert_allclose(tf.func.grad(root)(2.0), -math.sqrt(2.0) / 4, rtol=1e-6)

    def corner(c):
        return ours.quad(lambda x: abs(x - c), 0.0, 2.0, points=[0.7])[0]

    np.testing.assert_allclose(tf.func.grad(corner)(0.7), -0.6, atol=1e-7)

    def tail(scale):  # infinite at 0, and slow beyond
        return ours.quad(lambda x: 1.0 / (tf.sqrt(x) * (1.0 + scale * x)), 0.0, INFINITE)[0]

    np.testing.assert_allclose(tail(2.0), math.pi / math.sqrt(2.0), rtol=1e-7)
    np.testing.assert_allclose(tf.func.grad(tail)(2.0), -math.pi / 2**2.5, rtol=1e-5)


def test_what_quad_says_and_refuses():
    assert len(ours.quad(bell, 0.0, 1.0, 1.0, full_output=1)) == 3
    with pytest.warns(integrate.IntegrationWarning):
        ours.quad(lambda x: np.sin(1e4 * x), 0.0, 1.0, limit=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(ours.quad(lambda x: np.sin(1e4 * x), 0.0, 1.0, limit=2, full_output=1)) == 4
    with pytest.raises(TypeError, match="weight"):
        ours.quad(bell, 0.0, 1.0, 1.0, weight="cos", wvar=1.0)
    with pytest.raises(TypeError, match="complex_func"):
        ours.quad(bell, 0.0, 1.0, 1.0, complex_func=True)
    with pytest.raises(ValueError, match="shape"):
        ours.quad(lambda x: [x, x], 0.0, 1.0)
    with pytest.raises(ZeroDivisionError):
        ours.quad(lambda x: 1 // 0, 0.0, 1.0)
    for bad in (lambda: ours.romb(np.ones(4)), lambda: ours.simpson(np.ones(4), np.ones(3))):
        with pytest.raises(ValueError):
            bad()
    with pytest.raises(ValueError, match="increasing"):
        ours.cumulative_simpson(np.ones(3), x=[0.0, 1.0, 1.0])


def step(x):
    return arrays.where(x < 0.3, 1.0, 2.0)


@pytest.mark.parametrize(
    ("integral", "at", "expected"),
    [
        (lambda p: ours.quad(arrays.floor, 0.0, p)[0], 2.5, 2.0),
        (lambda p: ours.quad(step, 0.0, p, points=[0.3])[0], 1.0, 2.0),
        (lambda p: ours.quad(step, p, 1.0)[0], 0.1, -1.0),
        (lambda p: ours.quad(lambda x: step(x) * arrays.exp(-x), p, np.inf)[0], 0.0, -1.0),
        (lambda p: ours.quad(lambda x: step(x) * arrays.exp(x), -np.inf, p)[0], 0.0, 1.0),
        (lambda p: ours.quad(step, 1.0, p)[0], 0.5, 2.0),
    ],
)
def test_a_jump_of_the_function_stays_where_it_is(integral, at, expected):
    assert float(tf.func.grad(integral)(at)) == pytest.approx(expected, rel=1e-9)
    tangent = tf.func.jvp(integral, (at,), (1.0,))[1]
    assert float(tangent) == pytest.approx(expected, rel=1e-9)


def test_derivatives_of_any_order_by_bounds_and_parameters_at_once():
    def integral(p):
        return ours.quad(lambda x: abs(x - 0.3) * p**2, 0.0, p, points=[0.3])[0]

    def formula(p):
        return p**2 * (0.045 + (p - 0.3) ** 2 / 2)

    mine, expected = integral, formula
    for _ in range(4):
        mine, expected = tf.func.grad(mine), tf.func.grad(expected)
        np.testing.assert_allclose(mine(1.5), expected(1.5), rtol=1e-9)


def test_a_bound_where_the_function_is_infinite():
    def root(p):
        return ours.quad(lambda x: 1 / arrays.sqrt(x), p, 1.0)[0]

    assert float(root(0.0)) == pytest.approx(2.0)
    assert float(tf.func.grad(root)(0.0)) == -np.inf
