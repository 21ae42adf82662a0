"""Differential equations: SciPy's steps, and derivatives by all that they depend on."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import numpy as anp
from autograd_c.scipy import integrate as ours

integrate = pytest.importorskip("scipy.integrate")


def oscillator(t, y, rate=1.5):
    return [y[1], -rate * y[0] - 0.1 * y[1]]


def driven(t, y):
    return anp.sin(3.0 * t) - y**2


SYSTEMS = {
    "oscillator": (oscillator, (0.0, 5.0), [1.0, 0.5]),
    "backwards": (oscillator, (2.0, -1.0), [1.0, 0.5]),
    "driven": (driven, (0.5, 4.0), [0.3, 0.7, 0.1]),
    "complex": (lambda t, y: 1j * y, (0.0, 3.0), [1.0 + 0.5j]),
    "stiff": (lambda t, y: -50.0 * (y - np.cos(t)), (0.0, 1.0), [0.0]),
}


# Steps of the eighth order are chosen by errors that rounding has a part in; BDF's by differences.
DIGITS = {"RK45": 1e-9, "RK23": 1e-9, "DOP853": 1e-5, "Radau": 1e-6, "BDF": 1e-6}


@pytest.mark.parametrize("method", DIGITS)
@pytest.mark.parametrize("name", SYSTEMS)
def test_steps_and_values_are_scipys(name, method):
    if method == "Radau" and name == "complex":
        pytest.skip("SciPy has it for real numbers alone")
    digits = DIGITS[method]
    fun, span, y0 = SYSTEMS[name]
    theirs = fun if name != "driven" else lambda t, y: np.sin(3.0 * t) - y**2
    for options in (
        {},
        {"rtol": 1e-6, "atol": 1e-9},
        {"max_step": 0.1, "first_step": 0.05},
        {"t_eval": np.linspace(*span, 7)[1:-1]},
    ):
        expected = integrate.solve_ivp(theirs, span, y0, method, **options)
        found = ours.solve_ivp(fun, span, y0, method, **options)
        np.testing.assert_allclose(found.t, expected.t, rtol=digits)
        np.testing.assert_allclose(found.y, expected.y, rtol=10 * digits, atol=digits)
        assert found.y.dtype == expected.y.dtype
        assert found.success and found.status == 0
        if method != "DOP853":
            assert found.nfev == expected.nfev


@pytest.mark.parametrize("method", DIGITS)
def test_the_solution_between_steps(method):
    fun, span, y0 = SYSTEMS["oscillator"]
    expected = integrate.solve_ivp(fun, span, y0, method, dense_output=True)
    found = ours.solve_ivp(fun, span, y0, method, dense_output=True)
    times = np.array([4.0, 0.0, 0.3, 5.0, 1.7])
    digits = DIGITS[method]
    np.testing.assert_allclose(found.sol(times), expected.sol(times), rtol=digits, atol=digits)
    np.testing.assert_allclose(found.sol(0.7), expected.sol(0.7), rtol=digits, atol=digits)


def test_derivatives_of_the_steps():
    def solved(y0, rate, t0, t1):
        return ours.solve_ivp(
            oscillator, (t0, t1), y0, args=(rate,), rtol=1e-9, atol=1e-11, max_step=0.5
        ).y[:, -1]

    tf.func.check_grads(solved, (0, 1, 2, 3), rtol=1e-4, atol=1e-4)(
        np.array([1.0, 0.5]), 1.5, 0.0, 1.0
    )


def test_derivatives_by_times():
    def at(times):
        return ours.solve_ivp(driven, (0.0, 2.0), [0.5], t_eval=times, rtol=1e-8, atol=1e-10).y

    times = np.array([0.5, 1.0, 1.75])
    slopes = np.asarray(tf.func.jvp(at, (times,), (np.ones(3),))[1])
    y = np.asarray(at(times))
    np.testing.assert_allclose(slopes, np.sin(3 * times) - y**2, rtol=1e-4)


def test_exact_derivatives():
    def final(y0, rate):
        return ours.solve_ivp(lambda t, y: rate * y, (0.0, 1.0), y0, rtol=1e-10, atol=1e-12).y[
            0, -1
        ]

    by_y0, by_rate = tf.func.grad(final, (0, 1))(np.array([2.0]), 0.5)
    np.testing.assert_allclose(by_y0, [np.exp(0.5)], rtol=1e-8)
    np.testing.assert_allclose(by_rate, 2 * np.exp(0.5), rtol=1e-8)


def test_odeint():
    t = np.array([0.0, 0.5, 0.5, 2.0, 3.0])
    rate = 1.5
    expected = integrate.odeint(oscillator, [1.0, 0.5], t, (rate,), tfirst=True)
    found = ours.odeint(oscillator, [1.0, 0.5], t, (rate,), tfirst=True)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    backwards = ours.odeint(lambda y, s: -y, 1.0, [1.0, 0.0])
    np.testing.assert_allclose(backwards, [[1.0], [np.e]], rtol=1e-6)
    assert ours.odeint(lambda y, s: -y, 1.0, [1.0]).shape == [1, 1]

    def solved(y0, times, rate):
        return ours.odeint(oscillator, y0, times, (rate,), tfirst=True, hmax=0.5)

    tf.func.check_grads(solved, (0, 1, 2), rtol=1e-4, atol=1e-4)(
        np.array([1.0, 0.5]), np.array([0.0, 0.5, 1.25]), 1.5
    )
    by_times = tf.func.grad(lambda t: ours.odeint(lambda y, s: -y * s, 1.0, t)[-1, 0])
    np.testing.assert_allclose(
        by_times(np.array([0.5, 0.75, 1.0])),
        [0.5 * np.exp(-0.375), 0.0, -np.exp(-0.375)],
        rtol=1e-6,
        atol=1e-7,
    )


def test_a_solution_that_ends():
    def blown(t, y):
        return y**2

    with np.errstate(all="ignore"):
        expected = integrate.solve_ivp(blown, (0.0, 2.0), [1.0])
        found = ours.solve_ivp(blown, (0.0, 2.0), [1.0])
    assert found.status == expected.status == -1
    assert not found.success and "spacing between numbers" in found.message
    with np.errstate(all="ignore"), pytest.raises(RuntimeError, match="too small"):
        ours.odeint(lambda y, t: y**2, 1.0, [0.0, 2.0])


def test_what_is_refused():
    fun, span, y0 = SYSTEMS["oscillator"]
    with pytest.raises(ValueError, match="RK45"):
        ours.solve_ivp(fun, span, y0, "odd")
    with pytest.raises(ValueError, match="BDF"):
        ours.solve_ivp(fun, span, y0, "LSODA")
    with pytest.raises(ValueError, match="number"):
        ours.solve_ivp(fun, span, y0, events=lambda t, y: y)
    with pytest.raises(ValueError, match="1-dimensional"):
        ours.solve_ivp(fun, span, [y0])
    with pytest.raises(ValueError, match="not within"):
        ours.solve_ivp(fun, span, y0, t_eval=[6.0])
    with pytest.raises(ValueError, match="sorted"):
        ours.solve_ivp(fun, span, y0, t_eval=[2.0, 1.0])
    with pytest.raises(ValueError, match="returned"):
        ours.solve_ivp(lambda t, y: [1.0], span, y0)
    with pytest.raises(ValueError, match="monotonically"):
        ours.odeint(fun, y0, [0.0, 1.0, 0.5], tfirst=True)
    with pytest.raises(TypeError, match="full_output"):
        ours.odeint(fun, y0, [0.0, 1.0], full_output=True)
