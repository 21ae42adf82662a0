"""Special functions."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from mpmath import mp
from scipy import special

import autograd_c as tf
from autograd_c.core import _core


def run(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)


def test_scipy_is_imported_with_the_first_that_needs_it():
    done = run(
        "import sys, autograd_c as tf\n"
        "with tf.GradientTape() as tape:\n"
        "    x = tf.Variable(0.3)\n"
        "    y = tf.math.lgamma(x) + tf.math.ndtri(x) + tf.math.polygamma(2.0, x)\n"
        "tape.gradient(y, x)\n"
        "assert 'scipy' not in sys.modules\n"
        "tf.math.special.bessel_j0(1.0)\n"
        "assert 'scipy.special' in sys.modules"
    )
    assert done.returncode == 0, done.stderr


def test_without_scipy_the_error_names_the_extra():
    done = run(
        "import sys\n"
        "sys.modules['scipy'] = None\n"
        "import autograd_c as tf\n"
        "for f in (tf.math.special.bessel_j0, tf.math.special.dawsn,\n"
        "          lambda x: tf.math.igamma(x, x), lambda x: tf.math.betainc(x, x, x)):\n"
        "    try:\n"
        "        f(2.0)\n"
        "    except ImportError as error:\n"
        "        assert 'autograd_c[scipy]' in str(error)\n"
        "    else:\n"
        "        raise AssertionError(f)\n"
        "try:\n"
        "    tf.core._core.apply('bessel_j0', [2.0])\n"
        "except NotImplementedError as error:\n"
        "    assert 'SciPy' in str(error)\n"
        "else:\n"
        "    raise AssertionError\n"
        "assert tf.math.lgamma(1.0) == 0.0\n"
    )
    assert done.returncode == 0, done.stderr


_rng = np.random.default_rng(0)
_SIZES = 10 ** _rng.uniform(-300, 300, 60)


def _inverse_of_erfc(q):
    """By Newton's method on the logarithm."""
    if q > 0.5:
        return mp.erfinv(1 - q)
    y = mp.sqrt(-mp.log(q))
    while True:
        tail = mp.erfc(y)
        step = mp.log(tail / q) * tail * mp.sqrt(mp.pi) / 2 * mp.exp(y * y)
        y += step
        if abs(step) < y * mp.mpf(10) ** (3 - mp.dps):
            return y


# Function, what it is, arguments with zeros and seams among them.
EXACT = {
    "lgamma": (
        tf.math.lgamma,
        lambda x: mp.log(abs(mp.gamma(x))) if x < 1e3 else mp.loggamma(x),
        [*_rng.uniform(0, 10, 300), *_rng.uniform(0.9, 2.1, 200), *_SIZES, 1 + 1e-9, 2 - 1e-12],
    ),
    "digamma": (
        tf.math.digamma,
        mp.digamma,
        [*_rng.uniform(0, 10, 300), *_rng.uniform(1.45, 1.47, 100), *_SIZES, 1.4616321449683622],
    ),
    "trigamma": (
        lambda x: _core.apply("trigamma", [x]),
        lambda x: mp.psi(1, x),
        [*_rng.uniform(0, 10, 300), *_SIZES],
    ),
    "erfinv": (
        tf.math.erfinv,
        mp.erfinv,
        [*_rng.uniform(-1, 1, 100), *(1 - 10 ** _rng.uniform(-15.9, -1, 100)), 1e-300],
    ),
    "erfcinv": (
        tf.math.erfcinv,
        _inverse_of_erfc,
        [*_rng.uniform(0, 2, 100), *10 ** _rng.uniform(-320, -1, 100), 2 - 2.0**-52],
    ),
    "ndtri": (
        tf.math.ndtri,
        lambda p: -mp.sqrt(2) * _inverse_of_erfc(2 * p),
        [*_rng.uniform(0, 1, 100), *10 ** _rng.uniform(-320, -1, 100), 1 - 2.0**-53],
    ),
}


@pytest.mark.parametrize("dtype", ("float32", "float64"))
@pytest.mark.parametrize("name", EXACT)
def test_values_are_exact_to_a_few_units_everywhere(name, dtype):
    function, truth, points = EXACT[name]
    with np.errstate(over="ignore"):
        x = np.array(points).astype(dtype)
    y = function(tf.constant(x)).numpy()
    info = np.finfo(dtype)
    alone = np.array([function(tf.constant(v)).numpy() for v in x[::7]])
    np.testing.assert_allclose(alone, y[::7], rtol=4 * info.eps)
    with mp.workdps(40):
        for a, b in zip(x.tolist(), y.tolist()):
            if a == 0 or not np.isfinite(a) or (name.startswith("erf") and abs(a) == 1):
                continue
            if name == "ndtri" and a in (0.5, 1):
                continue
            right = truth(mp.mpf(a))
            if abs(right) > float(info.max):
                assert abs(b) == np.inf, a
            elif abs(right) >= float(info.tiny):
                unit = mp.ldexp(1, int(mp.floor(mp.log(abs(right), 2)))) * float(info.eps)
                assert abs(b - right) <= 4 * unit, (a, b, right)


@pytest.mark.parametrize("dtype", ("float32", "float64"))
def test_values_at_poles_and_below_zero(dtype):
    x = np.array([-2.5, -1.0, -0.0, 0.0, 1e-15, 3.0, np.inf, np.nan, -1e30, -7.25, 40.0], dtype)
    inf, nan = np.inf, np.nan
    eps = np.finfo(dtype).eps
    expected = special.gammaln(x.astype("float64"))
    expected[8] = inf
    np.testing.assert_allclose(tf.math.lgamma(x), expected, rtol=8 * eps, atol=4 * eps)
    np.testing.assert_array_equal(tf.math.lgamma(np.array([-inf, -3], dtype)), [inf, inf])
    psi = special.psi(x.astype("float64"))
    psi[8] = nan
    np.testing.assert_allclose(tf.math.digamma(x), psi, rtol=8 * eps)
    one, two = np.asarray(1, dtype), np.asarray(2, dtype)
    zeta = special.zeta(2.0, x[:8].astype("float64")).astype(dtype)
    np.testing.assert_allclose(tf.math.zeta(two, x[:8]), zeta, rtol=8 * eps)
    np.testing.assert_allclose(tf.math.polygamma(one, x[:8]), zeta, rtol=8 * eps)
    half = np.array([-inf, -0.5, 0.5, inf, nan], dtype)
    np.testing.assert_array_equal(tf.math.zeta(half, two), [nan, nan, nan, 0, nan])
    np.testing.assert_array_equal(tf.math.zeta(one, two), inf)
    ends = np.array([-2, -1, 0, 1, 2, nan, inf], dtype)
    np.testing.assert_array_equal(tf.math.erfinv(ends), [nan, -inf, 0, inf, nan, nan, nan])
    np.testing.assert_array_equal(tf.math.erfcinv(ends), [nan, nan, inf, 0, -inf, nan, nan])
    np.testing.assert_array_equal(tf.math.ndtri(ends), [nan, nan, -inf, inf, nan, nan, nan])
    assert tf.math.lgamma(x).dtype == dtype


@pytest.mark.parametrize("s", (2.0, 3.0, 7.0, 40.0, 1.0001, 2.5))
def test_zeta_and_polygamma(s):
    q = np.array([1e-5, 0.3, 1.0, 4.5, 9.99, 30.0, 1e4, -0.7, -3.2, -25.4, -100.25])
    if s % 1:
        q = q[:6]
    with mp.workdps(40):
        # mpmath's own zeta loses digits of large q.
        def truth(v):
            if s % 1:
                return mp.zeta(s, v)
            return mp.psi(int(s) - 1, v) / mp.factorial(int(s) - 1) * (-1) ** int(s)

        expected = [truth(mp.mpf(v)) for v in q.tolist()]
        orders = [mp.factorial(int(s) - 1) * (-1) ** int(s) * v for v in expected]
    np.testing.assert_allclose(tf.math.zeta(s, q), np.array(expected, float), rtol=3e-15)
    if s % 1 == 0:
        np.testing.assert_allclose(tf.math.polygamma(s - 1, q), np.array(orders, float), rtol=5e-15)


@pytest.mark.parametrize("settings", ({"AUTOGRAD_C_ISA": "baseline"}, {"AUTOGRAD_C_ISA": "avx2"},
                                      {"AUTOGRAD_C_VECTOR_MATH": "none"}))  # fmt: skip
def test_every_instruction_set_computes_the_same(settings):
    program = (
        "import numpy as np, autograd_c as tf\n"
        "x = np.linspace(-0.999, 30.0, 1001)\n"
        "m = tf.math\n"
        "for f in (m.lgamma, m.digamma, lambda v: m.polygamma(1.0, tf.cast(v, tf.float64)),\n"
        "          lambda v: m.erfinv(v / 31), lambda v: m.erfcinv(v / 16), m.ndtri):\n"
        "    print(*np.asarray(f(x)).tolist(), sep=',')\n"
    )
    lines = []
    for each in ({}, settings):
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            env={**os.environ, **each},
        )
        if done.returncode and "this processor has" in done.stderr:
            pytest.skip("a set that this processor lacks")
        assert done.returncode == 0, done.stderr
        lines.append(np.array([line.split(",") for line in done.stdout.split()], float))
    np.testing.assert_allclose(*lines, rtol=2e-15)


def _i0_fall(k, x):
    """(-1)^k times the derivative of order k of exp(-x) I0(x), as a Kummer function."""
    factor = 2**k * mp.rf(mp.mpf(1) / 2, k) / mp.factorial(k)
    return factor * mp.exp(-2 * x) * mp.hyp1f1(mp.mpf(1) / 2, k + 1, 2 * x)


def _k0_fall(k, x):
    half = k + mp.mpf(1) / 2
    return 2**k * mp.gamma(half) * mp.hyperu(half, k + 1, 2 * x)


def _dawson(k, x):
    with mp.workdps(400):
        before = mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x)
        slope = 1 - 2 * x * before
        for n in range(1, k):
            before, slope = slope, -2 * (x * slope + n * before)
        return slope


POSITIVE = [1e-8, 0.3, 1.0, 1.9, 2.1, 3.7, 4.5, 7.9, 8.2, 19.0, 31.0, 123.0]
# A function, its derivative of order k, and how many units a derivative of order k may lose.
DERIVATIVES = {
    "bessel_i0e": (tf.math.bessel_i0e, lambda k, x: (-1) ** k * _i0_fall(k, x), lambda k: 16),
    "bessel_i1e": (
        tf.math.bessel_i1e,
        lambda k, x: (-1) ** k * (_i0_fall(k, x) - _i0_fall(k + 1, x)),
        lambda k: 64,
    ),
    "bessel_k0e": (
        tf.math.special.bessel_k0e,
        lambda k, x: (-1) ** k * _k0_fall(k, x),
        lambda k: 256,
    ),
    "bessel_k1e": (
        tf.math.special.bessel_k1e,
        lambda k, x: (-1) ** k * (_k0_fall(k, x) + _k0_fall(k + 1, x)),
        lambda k: 256,
    ),
    "dawsn": (tf.math.special.dawsn, _dawson, lambda k: 32**k),
}


@pytest.mark.parametrize("dtype", ("float32", "float64"))
@pytest.mark.parametrize("name", DERIVATIVES)
def test_derivatives_do_not_cancel(name, dtype):
    f, truth, units = DERIVATIVES[name]
    x = tf.constant(POSITIVE, dtype)
    with mp.workdps(40):
        for order in (1, 2, 3):
            inner = f
            f = lambda v, g=inner: tf.func.grad(lambda u: tf.reduce_sum(g(u)))(v)  # noqa: E731
            expected = [float(truth(order, mp.mpf(float(v)))) for v in x.numpy()]
            rtol = units(order) * 2.0**-52 if dtype == "float64" else 2.0**-20
            np.testing.assert_allclose(f(x), expected, rtol=rtol, err_msg=f"order {order}")


@pytest.mark.parametrize("name", ("i0", "i1", "i0e", "i1e"))
def test_modified_bessel_functions(name):
    function = getattr(tf.math, f"bessel_{name}")
    x = np.array([1e-300, 1e-9, 0.5, 3.0, 7.75, 8.25, 30.0, 700.0, 712.5])
    with mp.workdps(40):
        scale = (lambda v: mp.exp(-v)) if name.endswith("e") else lambda v: 1
        truth = [float(mp.besseli(int(name[1]), mp.mpf(v)) * scale(mp.mpf(v))) for v in x]
    sign = -1 if name[1] == "1" else 1
    np.testing.assert_allclose(function(x), truth, rtol=1.2e-15)
    np.testing.assert_array_equal(function(-x), sign * function(x).numpy())
    np.testing.assert_allclose(function(x[2:7].astype("float32")), truth[2:7], rtol=1e-7)
    end = 0 if name.endswith("e") else np.inf
    np.testing.assert_array_equal(function([np.inf, -np.inf, np.nan]), [end, sign * end, np.nan])
    np.testing.assert_array_equal(np.signbit(function([0.0, -0.0])), [False, sign < 0])


def test_of_strided_and_large_arrays_and_on_several_threads():
    x = np.random.default_rng(0).uniform(0.5, 5.0, (2, 100_000))
    expected = special.psi(x[:, ::-3])

    def work(_):
        t = tf.constant(x)[:, ::-3]
        with tf.GradientTape() as tape:
            tape.watch(t)
            y = tf.reduce_sum(tf.math.lgamma(t))
        return tape.gradient(y, t)

    with ThreadPoolExecutor(3) as pool:
        for slope in pool.map(work, range(6)):
            np.testing.assert_allclose(slope, expected, rtol=1e-14)


def test_derivatives_of_high_order():
    x = tf.constant(1.3, tf.float64)
    slope = tf.math.lgamma
    for _ in range(4):
        slope = tf.func.grad(slope)
    np.testing.assert_allclose(slope(x), special.polygamma(3, 1.3), rtol=1e-13)


def test_there_is_no_derivative_by_an_order():
    a, x = tf.constant([1.0, 2.0]), tf.constant([2.0, 3.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([a, x])
        y, z = tf.math.polygamma(a, x), tf.math.zeta(a + 1.0, x)
    for result in (y, z):
        by_order, by_x = tape.gradient(result, [a, x])
        assert by_order is None
        assert by_x is not None


def test_polygamma_within_float16():
    orders, x = np.meshgrid(np.arange(12.0), [0.5, 1.0, 3.0, 10.0, 30.0, 100.0])
    y = tf.math.polygamma(tf.constant(orders, tf.float16), tf.constant(x, tf.float16)).numpy()
    with np.errstate(over="ignore"):
        expected = special.polygamma(orders.astype(int), x).astype(np.float16)
    np.testing.assert_allclose(y.astype(float), expected.astype(float), rtol=1e-3, atol=6e-8)


def test_polygamma_of_orders_that_are_none():
    assert np.isnan(tf.math.polygamma([0.5, 1.5, -1.0, -0.5, np.nan], 2.0).numpy()).all()


def test_polygamma_is_one_operation():
    tf.debugging.enable_check_numerics()
    try:
        y = tf.math.polygamma([0.0, 1.0], [2.0, 3.0])
    finally:
        tf.debugging.disable_check_numerics()
    np.testing.assert_allclose(y, [0.42278434, 0.39493407], rtol=1e-6)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[polygamma\].*\(2,\) vs. \(3,\)"):
        tf.math.polygamma([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match="polygamma"):
        tf.math.polygamma(1, 2)
