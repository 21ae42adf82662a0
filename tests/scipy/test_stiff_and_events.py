"""Differential equations by implicit methods, and events: values and derivatives."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import numpy as anp
from autograd_c.scipy import integrate as ours

integrate = pytest.importorskip("scipy.integrate")

START = np.array([2.0, 0.0])
TIGHT = {"rtol": 1e-7, "atol": 1e-9}
METHODS = ["RK45", "RK23", "DOP853", "Radau", "BDF"]


def oscillator(t, y, rate):
    return [y[1], rate * (1.0 - y[0] ** 2) * y[1] - y[0] + anp.sin(t) / 10]


def passes(t, y, rate):
    return y[0] - 1.2


def solved(method, span, y0, rate, **options):
    return ours.solve_ivp(oscillator, span, y0, method, args=(rate,), **{**TIGHT, **options})


@pytest.mark.parametrize("method", ["DOP853", "Radau", "BDF"])
def test_derivatives_of_the_first_order(method):
    def final(y0, rate, t0, t1):
        return solved(method, (t0, t1), y0, rate).y[:, -1]

    check = tf.func.check_grads(final, (0, 1, 2, 3), order=1, rtol=1e-3, atol=1e-4)
    check(START, 3.0, 0.0, 0.75)

    def between(times, rate):
        return solved(method, (0.0, 1.0), START, rate, t_eval=times).y

    tf.func.check_grads(between, (0, 1), order=1, rtol=1e-3, atol=1e-3)(
        np.array([0.1, 0.55, 0.9]), 3.0
    )


@pytest.mark.parametrize("method", ["DOP853", "Radau", "BDF"])
def test_derivatives_to_the_third_order(method):
    def final(rate):  # exp(rate)
        return ours.solve_ivp(lambda t, y: rate * y, (0.0, 1.0), [1.0], method, **TIGHT).y[0, -1]

    derivative = final
    for _ in range(3):
        derivative = tf.func.grad(derivative)
        np.testing.assert_allclose(derivative(-1.5), np.exp(-1.5), rtol=1e-4)
    forward = tf.func.jacfwd(tf.func.grad(final))(-1.5)
    np.testing.assert_allclose(forward, np.exp(-1.5), rtol=1e-4)


def test_what_scipy_takes():
    """Jacobians, and stiff equations by them; the derivatives do not depend on these."""

    def robertson(t, y, k):
        a, b = k * y[0], 1e4 * y[1] * y[2]
        c = 3e7 * y[1] ** 2
        return [-a + b, a - b - c, c]

    jacobian = tf.func.jacobian(robertson, 1)
    for method in ("BDF", "Radau"):
        expected = integrate.solve_ivp(
            robertson, (0.0, 100.0), [1.0, 0.0, 0.0], method, args=(0.04,), jac=jacobian
        )
        found = [
            ours.solve_ivp(
                robertson, (0.0, 100.0), [1.0, 0.0, 0.0], method, args=(0.04,), **options
            )
            for options in ({"jac": jacobian}, {"jac_sparsity": np.ones((3, 3))})
        ]
        assert found[0].t.shape == expected.t.shape
        assert found[0].njev == expected.njev
        assert found[0].nlu == expected.nlu
        for each in found:
            np.testing.assert_allclose(each.y[:, -1], expected.y[:, -1], rtol=1e-3)

        def third(k, method=method):
            return ours.solve_ivp(
                robertson, (0.0, 100.0), [1.0, 0.0, 0.0], method, args=(k,), rtol=1e-6, atol=1e-10
            ).y[2, -1]

        step = 1e-4
        expected = (float(third(0.04 + step)) - float(third(0.04 - step))) / (2 * step)
        np.testing.assert_allclose(tf.func.grad(third)(0.04), expected, rtol=1e-3)


def test_constant_jacobian_and_complex_numbers():
    found = ours.solve_ivp(lambda t, y: -50.0 * y, (0.0, 1.0), [1.0], "BDF", jac=[[-50.0]], **TIGHT)
    np.testing.assert_allclose(found.y[0, -1], np.exp(-50.0), atol=1e-8)

    def real(rate):
        final = ours.solve_ivp(
            lambda t, y: 1j * rate * y, (0.0, 1.0), [1.0 + 0.0j], "BDF", **TIGHT
        ).y[0, -1]
        return tf.math.real(final)

    np.testing.assert_allclose(tf.func.grad(real)(2.0), -np.sin(2.0), rtol=1e-4)


# ------------------------------------------------------------ events


def event(function, **attributes):
    def call(t, y):
        return function(t, y)

    for name, value in attributes.items():
        setattr(call, name, value)
    return call


def height(t, y):
    return y[0]


EVENTS = {
    "one": event(height),
    "rising": [event(height, direction=1)],
    "falling": [event(height, direction=-1)],
    "both": [event(height), event(lambda t, y: y[1] - 0.3)],
    "terminal": event(height, terminal=True),
    "second": [event(lambda t, y: y[1] - 0.3), event(height, terminal=2)],
    "first of two": [event(height, terminal=True), event(lambda t, y: y[1] + 0.9, terminal=1)],
    "never": event(lambda t, y: y[0] + 99.0),
    "of time": event(lambda t, y: t - 2.25, terminal=True),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", EVENTS)
def test_events_are_scipys(name, method):
    def fun(t, y):
        return [y[1], -1.5 * y[0] - 0.1 * y[1]]

    for options in ({}, {"t_eval": np.linspace(0.0, 8.0, 9), "dense_output": True}):
        tolerances = {"rtol": 1e-4} if method in ("Radau", "BDF") else TIGHT
        given = {**tolerances, **options, "events": EVENTS[name]}
        expected = integrate.solve_ivp(fun, (0.0, 8.0), [1.0, 0.5], method, **given)
        found = ours.solve_ivp(fun, (0.0, 8.0), [1.0, 0.5], method, **given)
        assert found.status == expected.status
        assert found.message == expected.message
        assert found.success
        for mine, theirs in zip(found.t_events, expected.t_events, strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-5)
        for mine, theirs in zip(found.y_events, expected.y_events, strict=True):
            assert mine.shape == (len(theirs), 2)
            np.testing.assert_allclose(mine, np.reshape(theirs, mine.shape), atol=1e-5)
        np.testing.assert_allclose(found.t, expected.t, rtol=1e-4)
        np.testing.assert_allclose(found.y, expected.y, atol=1e-4)


@pytest.mark.parametrize("method", ["RK45", "DOP853", "Radau", "BDF"])
def test_derivatives_of_events(method):
    def ball(height, gravity):
        """Thrown down: when it arrives, and how fast."""
        down = event(lambda t, y: y[0], terminal=True)
        found = ours.solve_ivp(
            lambda t, y: [y[1], 0.0 * y[0] - gravity],
            (0.0, 100.0),
            anp.stack([height, 0.0 * height]),
            method,
            events=down,
            **TIGHT,
        )
        assert found.status == 1
        return anp.stack([found.t[-1], found.t_events[0][0], found.y[1, -1]])

    arrives = np.sqrt(2 * 10.0 / 9.81)
    np.testing.assert_allclose(ball(10.0, 9.81), [arrives, arrives, -9.81 * arrives], rtol=1e-5)
    by_height, by_gravity = tf.func.jacobian(ball, (0, 1))(10.0, 9.81)
    np.testing.assert_allclose(
        by_height, [arrives / 20, arrives / 20, -9.81 * arrives / 20], rtol=1e-4
    )
    np.testing.assert_allclose(by_gravity[0], -arrives / 2 / 9.81, rtol=1e-4)
    second = tf.func.hessian(lambda h, g: ball(h, g)[0])(10.0, 9.81)
    np.testing.assert_allclose(second, -arrives / 400, rtol=1e-3)
    third = tf.func.grad(tf.func.grad(tf.func.grad(lambda h: ball(h, 9.81)[0])))(10.0)
    np.testing.assert_allclose(third, 3 * arrives / 8000, rtol=1e-2)


def test_events_by_their_parameters_and_arguments():
    def when(level, rate):
        return ours.solve_ivp(
            lambda t, y, rate: -rate * y,
            (0.0, 10.0),
            [1.0],
            args=(rate,),
            events=lambda t, y, rate: y[0] - level,
            rtol=1e-9,
            atol=1e-11,
        ).t_events[0][0]

    np.testing.assert_allclose(when(0.25, 0.5), 2 * np.log(4.0), rtol=1e-7)
    tf.func.check_grads(when, (0, 1), order=2, rtol=1e-4, atol=1e-4)(0.25, 0.5)


def test_an_event_that_touches():
    def touched(shift):
        return ours.solve_ivp(
            lambda t, y: [1.0 + 0.0 * y[0]],
            (-1.0, 1.0),
            [-1.0],
            events=lambda t, y: 0.0 * (y[0] - shift),
        ).t_events[0]

    assert touched(0.0).ndim == 1
    with pytest.raises(ValueError, match="touches"):
        tf.func.jacobian(touched)(0.0)


def test_errors():
    bad = event(height, terminal=-1)
    with pytest.raises(ValueError, match="terminal"):
        ours.solve_ivp(lambda t, y: -y, (0.0, 1.0), [1.0], events=bad)
    for method in ("BDF", "Radau"):
        with pytest.raises(ValueError, match="returned"):
            ours.solve_ivp(lambda t, y: [1.0, 2.0], (0.0, 1.0), [1.0], method)
        with pytest.raises(ZeroDivisionError):
            ours.solve_ivp(lambda t, y: y / (1 // 0), (0.0, 1.0), [1.0], method)
        with np.errstate(all="ignore"):
            found = ours.solve_ivp(lambda t, y: y**2, (0.0, 2.0), [1.0], method)
        assert found.status == -1
        assert not found.success
    with tf.GradientTape() as tape:  # which still records after the errors
        rate = tf.Variable(-1.0, dtype=tf.float64)
        final = ours.solve_ivp(lambda t, y: rate * y, (0.0, 1.0), [1.0], "BDF", **TIGHT).y[0, -1]
    np.testing.assert_allclose(tape.gradient(final, rate), np.exp(-1.0), rtol=1e-4)
