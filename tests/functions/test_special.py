"""Special functions, whose values are SciPy's."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import special

import autograd_c as tf


def run(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)


def test_scipy_is_imported_with_the_first_of_them():
    done = run(
        "import sys, autograd_c as tf\n"
        "assert 'scipy' not in sys.modules\n"
        "tf.math.lgamma(1.0)\n"
        "assert 'scipy.special' in sys.modules"
    )
    assert done.returncode == 0, done.stderr


def test_without_scipy_the_error_names_the_extra():
    done = run(
        "import sys\n"
        "sys.modules['scipy'] = None\n"
        "import autograd_c as tf\n"
        "for f in (tf.math.lgamma, tf.math.digamma, lambda x: tf.math.zeta(x, x),\n"
        "          lambda x: tf.math.polygamma(x, x)):\n"
        "    try:\n"
        "        f(2.0)\n"
        "    except ImportError as error:\n"
        "        assert 'autograd_c[scipy]' in str(error)\n"
        "    else:\n"
        "        raise AssertionError(f)\n"
        "try:\n"
        "    tf.core._core.apply('lgamma', [2.0])\n"
        "except NotImplementedError as error:\n"
        "    assert 'SciPy' in str(error)\n"
        "else:\n"
        "    raise AssertionError\n"
        "assert tf.sin(0.0) == 0.0\n"
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("dtype", ("float32", "float64"))
def test_values_are_those_of_scipy(dtype):
    x = np.array([-2.5, -1.0, -0.0, 0.0, 1e-300, 0.5, 3.0, 171.7, 1e10, np.inf, np.nan], dtype)
    np.testing.assert_array_equal(tf.math.lgamma(x), special.gammaln(x))
    np.testing.assert_array_equal(tf.math.digamma(x), special.psi(x))
    two = np.asarray(2.5, dtype)
    np.testing.assert_array_equal(tf.math.zeta(two, x), special.zeta(two, x))
    assert tf.math.lgamma(x).dtype == dtype


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
