"""Special functions beside SciPy's: values, dtypes, derivatives, and SciPy's own given tensors."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import scipy as ours

scipy = pytest.importorskip("scipy")
special = pytest.importorskip("scipy.special")
stats = pytest.importorskip("scipy.stats")

# The ranges of arguments; a number alone is an order, by which there is no derivative.
HALF = (0.1, 0.9)
ANY = (-2.0, 2.0)
POSITIVE = (0.5, 4.0)
CASES = {
    "airy": [ANY],
    "bdtr": [2.0, 5.0, HALF],
    "bdtrc": [2.0, 5.0, HALF],
    "beta": [POSITIVE, POSITIVE],
    "betainc": [POSITIVE, POSITIVE, HALF],
    "betaincc": [POSITIVE, POSITIVE, HALF],
    "betaincinv": [POSITIVE, POSITIVE, HALF],
    "betaln": [POSITIVE, POSITIVE],
    "binom": [(4.0, 6.0), POSITIVE],
    "boxcox": [POSITIVE, ANY],
    "boxcox1p": [POSITIVE, ANY],
    "cbrt": [POSITIVE],
    "chdtr": [POSITIVE, POSITIVE],
    "chdtrc": [POSITIVE, POSITIVE],
    "chdtri": [POSITIVE, HALF],
    "cosdg": [ANY],
    "cosm1": [ANY],
    "dawsn": [ANY],
    "digamma": [POSITIVE],
    "ellipe": [(-0.5, 0.9)],
    "ellipk": [(-0.5, 0.9)],
    "ellipkm1": [HALF],
    "entr": [POSITIVE],
    "erf": [ANY],
    "erfc": [ANY],
    "erfcinv": [(0.2, 1.8)],
    "erfcx": [ANY],
    "erfi": [ANY],
    "erfinv": [(-0.9, 0.9)],
    "eval_chebyt": [3.0, HALF],
    "eval_chebyu": [4.0, HALF],
    "eval_gegenbauer": [3.0, 1.5, HALF],
    "eval_genlaguerre": [3.0, 1.5, HALF],
    "eval_hermite": [3, ANY],
    "eval_hermitenorm": [3, ANY],
    "eval_jacobi": [3.0, 0.5, 1.5, HALF],
    "eval_laguerre": [3.0, ANY],
    "eval_legendre": [1.0, (-0.9, 0.9)],
    "exp1": [POSITIVE],
    "exp10": [ANY],
    "exp2": [ANY],
    "expi": [POSITIVE],
    "expit": [ANY],
    "expm1": [ANY],
    "expn": [2.0, POSITIVE],
    "exprel": [ANY],
    "fdtr": [POSITIVE, POSITIVE, POSITIVE],
    "fdtrc": [POSITIVE, POSITIVE, POSITIVE],
    "fresnel": [ANY],
    "gamma": [POSITIVE],
    "gammainc": [POSITIVE, POSITIVE],
    "gammaincc": [POSITIVE, POSITIVE],
    "gammainccinv": [POSITIVE, HALF],
    "gammaincinv": [POSITIVE, HALF],
    "gammaln": [POSITIVE],
    "gammasgn": [ANY],
    "gdtr": [POSITIVE, POSITIVE, POSITIVE],
    "gdtrc": [POSITIVE, POSITIVE, POSITIVE],
    "huber": [(0.5, 1.0), (1.5, 3.0)],
    "hyp0f1": [1.5, ANY],
    "hyp1f1": [1.5, 2.0, ANY],
    "hyp2f1": [0.5, 1.5, 2.0, HALF],
    "hyperu": [0.5, 1.5, POSITIVE],
    "i0": [ANY],
    "i0e": [POSITIVE],
    "i1": [ANY],
    "i1e": [POSITIVE],
    "inv_boxcox": [HALF, (-0.9, 2.0)],
    "inv_boxcox1p": [HALF, (-0.9, 2.0)],
    "iv": [0.5, POSITIVE],
    "ive": [2.0, POSITIVE],
    "j0": [ANY],
    "j1": [ANY],
    "jn": [2, POSITIVE],
    "jv": [2.0, POSITIVE],
    "jve": [2.0, POSITIVE],
    "k0": [POSITIVE],
    "k0e": [POSITIVE],
    "k1": [POSITIVE],
    "k1e": [POSITIVE],
    "kl_div": [POSITIVE, POSITIVE],
    "kn": [2, POSITIVE],
    "kv": [0.5, POSITIVE],
    "kve": [0.5, POSITIVE],
    "log1p": [POSITIVE],
    "log_expit": [ANY],
    "log_ndtr": [(-8.0, 3.0)],
    "loggamma": [POSITIVE],
    "logit": [HALF],
    "nbdtr": [2.0, 5.0, HALF],
    "nbdtrc": [2.0, 5.0, HALF],
    "ndtr": [ANY],
    "ndtri": [HALF],
    "ndtri_exp": [(-20.0, -0.1)],
    "owens_t": [ANY, ANY],
    "pdtr": [2.0, POSITIVE],
    "pdtrc": [2.0, POSITIVE],
    "poch": [POSITIVE, POSITIVE],
    "powm1": [POSITIVE, POSITIVE],
    "pseudo_huber": [POSITIVE, ANY],
    "psi": [POSITIVE],
    "rel_entr": [POSITIVE, POSITIVE],
    "rgamma": [POSITIVE],
    "shichi": [POSITIVE],
    "sici": [POSITIVE],
    "sindg": [ANY],
    "spence": [POSITIVE],
    "stdtr": [POSITIVE, ANY],
    "stdtrit": [(1.0, 4.0), HALF],
    "wrightomega": [ANY],
    "xlog1py": [POSITIVE, POSITIVE],
    "xlogy": [POSITIVE, POSITIVE],
    "y0": [POSITIVE],
    "y1": [POSITIVE],
    "yn": [2, POSITIVE],
    "yv": [0.5, POSITIVE],
    "yve": [0.5, POSITIVE],
    "zeta": [2.5, POSITIVE],
    # No universal functions.
    "comb": [6.0, POSITIVE],
    "factorial": [POSITIVE],
    "log_softmax": [ANY],
    "logsumexp": [ANY],
    "perm": [6.0, POSITIVE],
    "polygamma": [1, POSITIVE],
    "sinc": [ANY],
    "softmax": [ANY],
    "spherical_in": [1, POSITIVE],
    "spherical_jn": [1, POSITIVE],
}


def given(name, dtype="float64"):
    random = np.random.default_rng(3)
    return [random.uniform(*x, 4).astype(dtype) if isinstance(x, tuple) else x for x in CASES[name]]


def listed(y):
    return list(y) if isinstance(y, (tuple, list)) else [y]


def as_tensors(arguments):
    return [tf.constant(x) if isinstance(x, np.ndarray) else x for x in arguments]


def check(name, function, dtype):
    arguments = given(name, dtype)
    expected = listed(getattr(special, name)(*arguments))
    found = listed(function(*as_tensors(arguments)))
    tolerance = 1e-10 if dtype == "float64" else 1e-3
    for x, y in zip(found, expected, strict=True):
        assert isinstance(x, tf.Tensor)
        assert x.dtype == np.asarray(y).dtype, name
        np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", CASES)
def test_values_are_scipys(name, dtype):
    check(name, getattr(ours.special, name), dtype)


def test_all_are_compared():
    assert set(ours.special.__all__) - set(CASES) == {"multigammaln"}


@pytest.mark.parametrize(
    "name", [name for name in CASES if isinstance(getattr(special, name), np.ufunc)]
)
def test_scipys_own_functions_take_tensors(name):
    check(name, getattr(special, name), "float64")


@pytest.mark.parametrize("name", [name for name in CASES if name != "gammasgn"])
def test_derivatives(name):
    arguments = given(name)
    wanted = [k for k, x in enumerate(arguments) if isinstance(x, np.ndarray)]

    def f(*tensors):
        filled = list(arguments)
        for k, x in zip(wanted, tensors):
            filled[k] = x
        return listed(getattr(ours.special, name)(*filled))

    tf.func.check_grads(f, tuple(range(len(wanted))), rtol=1e-5, atol=1e-5)(
        *[arguments[k] for k in wanted]
    )


POLYNOMIALS = [
    ("eval_legendre", ()),
    ("eval_chebyt", ()),
    ("eval_chebyu", ()),
    ("eval_laguerre", ()),
    ("eval_genlaguerre", (1.5,)),
    ("eval_gegenbauer", (1.5,)),
    ("eval_jacobi", (0.5, 1.5)),
    ("eval_hermite", ()),
    ("eval_hermitenorm", ()),
]


@pytest.mark.parametrize(("name", "shapes"), POLYNOMIALS, ids=[name for name, _ in POLYNOMIALS])
def test_slopes_of_polynomials_of_each_degree(name, shapes):
    x, step = np.array([-0.5, 0.1, 0.9]), 1e-4
    whole = [-3, -2, -1, 0, 1, 2, 3]
    degrees = whole if "hermite" in name else [*whole, -2.5, -1.5, -0.7, -0.3, 0.3, 0.5, 0.99, 2.5]
    function = getattr(ours.special, name)
    slopes = tf.func.elementwise_grad(lambda x, n: function(n, *shapes, x))
    bends = tf.func.elementwise_grad(slopes)

    def difference(f, n):
        return (np.asarray(f(x + step, n)) - np.asarray(f(x - step, n))) / (2 * step)

    for n in degrees:
        expected = difference(lambda x, n: getattr(special, name)(n, *shapes, x), n)
        np.testing.assert_allclose(slopes(x, n), expected, rtol=1e-6, atol=1e-6, err_msg=n)
        np.testing.assert_allclose(bends(x, n), difference(slopes, n), rtol=1e-6, atol=1e-6)
    natural = [n for n in degrees if n >= 0]
    together = slopes(np.tile(x, (len(natural), 1)), np.array(natural)[:, np.newaxis])
    np.testing.assert_allclose(together, [slopes(x, n) for n in natural], rtol=1e-7, atol=1e-12)


def test_integers_and_numbers_are_taken_as_scipy_takes_them():
    for x in (3, 3.0, np.int32(3), np.float32(3), np.array([1, 2], np.int16), True):
        found, expected = ours.special.gammaln(x), special.gammaln(x)
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected)


def test_complex_numbers_are_scipys_unless_recorded():
    z = tf.constant(1 + 2j, tf.complex128)
    np.testing.assert_allclose(special.gamma(z), special.gamma(1 + 2j))
    np.testing.assert_allclose(ours.special.gamma(z), special.gamma(1 + 2j))
    with tf.GradientTape() as tape:
        tape.watch(z)
        with pytest.raises(TypeError, match="scipy.special.gamma of complex"):
            special.gamma(z)


def test_what_scipys_own_functions_call_takes_tensors():
    x = tf.constant([1.5, 2.0], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = special.zeta(2.0, x)
    np.testing.assert_allclose(tape.gradient(y, x), -2 * special.zeta(3.0, np.array([1.5, 2.0])))


@pytest.mark.skipif(
    np.lib.NumpyVersion(scipy.__version__) < "1.16.0",
    reason="older ones of SciPy take arrays of those libraries alone that they know",
)
def test_scipys_own_functions_with_its_array_api():
    program = """
import numpy as np
import autograd_c as tf
from scipy import special
x = tf.constant([0.5, 2.0], tf.float64)
with tf.GradientTape() as tape:
    tape.watch(x)
    y = special.xlogy(x, 2.0) + special.entr(x)
print(np.allclose(tape.gradient(y, x), np.log(2) - np.log([0.5, 2.0]) - 1))
"""
    environment = {**os.environ, "SCIPY_ARRAY_API": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "True"


@pytest.mark.parametrize("df", [0.3, 1.0, 2.5, 30.0])
def test_students_slope_by_the_degrees_of_freedom_at_small_and_large_arguments(df):
    slope = tf.func.grad(ours.special.stdtr)
    density = stats.t.pdf(0.0, df)
    # Near 0 the distribution is 1/2 + t times the density there.
    by_df = density / 2 * (special.digamma((df + 1) / 2) - special.digamma(df / 2) - 1 / df)
    for t in (1e-20, -1e-9, 1e-7):
        np.testing.assert_allclose(slope(df, t), by_df * t, rtol=1e-12)
    step = 1e-5 * df
    for t in (-3.0, 0.99 * df**0.5, 1.01 * df**0.5, 40.0):
        expected = (special.stdtr(df + step, t) - special.stdtr(df - step, t)) / (2 * step)
        np.testing.assert_allclose(slope(df, t), expected, rtol=1e-6, atol=1e-12)
    for t in (0.0, np.inf, -np.inf):
        assert float(slope(df, t)) == 0.0
        assert np.isfinite(float(tf.func.grad(slope)(df, t)))
    np.testing.assert_allclose(tf.func.grad(slope, 1)(df, 0.0), by_df, rtol=1e-12)


def test_slopes_at_poles_and_zeros_of_a_factor():
    slope = tf.func.grad(ours.special.rgamma)
    np.testing.assert_allclose([slope(float(x)) for x in (0, -1, -2)], [1.0, -1.0, 2.0])
    np.testing.assert_allclose(tf.func.grad(slope)(0.0), 2 * np.euler_gamma)
    for f in (ours.special.xlogy, special.xlogy):
        np.testing.assert_allclose(tf.func.grad(lambda x, f=f: f(x, 2.0))(0.0), np.log(2.0))
    np.testing.assert_allclose(
        tf.func.grad(lambda x: ours.special.xlog1py(x, 2.0))(0.0), np.log(3.0)
    )
    x = np.array([0.0, 0.0, 0.0, 2.0, np.nan, 0.0])
    y = np.array([0.0, np.inf, -1.0, 0.0, 1.0, np.nan])
    np.testing.assert_array_equal(ours.special.xlogy(x, y), special.xlogy(x, y))
    np.testing.assert_array_equal(ours.special.xlog1py(x, y), special.xlog1py(x, y))


def test_students_quantiles_at_both_ends():
    p = np.array([0.0, 0.25, 1.0])
    np.testing.assert_array_equal(ours.special.stdtrit(3.0, p)[::2], [-np.inf, np.inf])
    assert np.isnan(float(ours.special.stdtrit(-1.0, 0.0)))


def test_orders_that_are_recorded_are_refused():
    v = tf.constant(1.0, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(v)
        for f in (ours.special.jv, special.jv, special.kv, ours.special.zeta):
            with pytest.raises(TypeError, match="no derivative by its orders"):
                f(v, 2.0)


@pytest.mark.filterwarnings("ignore:non-integer arg")
@pytest.mark.parametrize("name", ["bdtr", "bdtrc", "nbdtr", "nbdtrc"])
def test_counts_are_truncated_as_scipys(name):
    k = np.array([-1.0, 0.0, 0.3, 1.0, 2.5, 5.0, np.nan])[:, np.newaxis, np.newaxis]
    n = np.array([0.3, 1.0, 2.0, 2.5, 5.0])[:, np.newaxis]
    p = np.array([-0.5, 0.25, 0.7, 1.5])
    expected = getattr(special, name)(k, n, p)
    np.testing.assert_allclose(getattr(ours.special, name)(k, n, p), expected, rtol=1e-9)
    slope = tf.func.grad(lambda p: getattr(ours.special, name)(1.0, 2.5, p))(0.25)
    np.testing.assert_allclose(
        slope, tf.func.grad(lambda p: getattr(ours.special, name)(1.0, 2.0, p))(0.25)
    )
    with pytest.raises(TypeError, match="no derivative by its orders"):
        tf.func.grad(lambda n: getattr(ours.special, name)(1.0, n, 0.25))(2.0)


def test_functions_without_a_rule_are_refused():
    x = tf.constant(1.0, tf.float64)
    np.testing.assert_allclose(special.struve(1, x), special.struve(1, 1.0))
    with tf.GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(TypeError, match="scipy.special.struve has no derivative"):
            special.struve(1, x)


@pytest.mark.parametrize(
    ("name", "at", "slope"),
    [
        ("entr", [-1.0], 0.0),
        ("stdtr", [3.0, 0.0], special.gamma(2) / np.sqrt(3 * np.pi) / special.gamma(1.5)),
        ("exprel", [0.0], 0.5),
        ("boxcox", [2.0, 0.0], np.log(2) ** 2 / 2),
        ("spherical_jn", [1, 0.0], 1 / 3),
        ("sici", [0.0], 1.0),
        ("log_ndtr", [-1e5], 1e5),
        ("chdtr", [2.0, -1.0], 0.0),
        ("log_expit", [-800.0], 1.0),
    ],
)
def test_slopes_at_the_edges(name, at, slope):
    def f(x):
        return listed(getattr(ours.special, name)(*at[:-1], x))[0]

    np.testing.assert_allclose(tf.func.grad(f)(at[-1]), slope, rtol=1e-6)


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2)])
def test_sums_of_exponentials(axis):
    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, 3, 4)), random.normal(size=(3, 4))
    for name in ("softmax", "log_softmax"):
        np.testing.assert_allclose(
            getattr(ours.special, name)(tf.constant(a), axis), getattr(special, name)(a, axis)
        )
    for options in ({}, {"b": b}, {"b": abs(b), "keepdims": True}):
        for signed in (False, True):
            with np.errstate(invalid="ignore"):
                expected = special.logsumexp(a, axis, return_sign=signed, **options)
            found = ours.special.logsumexp(tf.constant(a), axis, return_sign=signed, **options)
            for x, y in zip(listed(found), listed(expected), strict=True):
                np.testing.assert_allclose(x, y, rtol=1e-12)
    tf.func.check_grads(lambda x, y: ours.special.logsumexp(x, axis, y), (0, 1))(a, abs(b))


def test_sums_of_exponentials_of_nothing():
    inf = np.inf
    assert float(ours.special.logsumexp([-inf, -inf])) == -inf
    assert float(ours.special.logsumexp([1000.0, 0.0], b=[1.0, 0.0])) == 1000.0
    gradient = tf.func.grad(lambda x: ours.special.logsumexp(x, b=[1.0, 0.0]))([1.0, 2000.0])
    np.testing.assert_array_equal(gradient, [1.0, 0.0])


def test_the_multivariate_gamma_function():
    a = np.array([2.5, 3.0])
    np.testing.assert_allclose(ours.special.multigammaln(a, 3), special.multigammaln(a, 3))
    tf.func.check_grads(lambda x: ours.special.multigammaln(x, 3))(a)
    with pytest.raises(ValueError, match="not met"):
        ours.special.multigammaln(0.5, 3)


def test_numbers_of_combinations():
    n, k = np.array([5.0, 5.0, 4.0, -1.0]), np.array([2.0, 6.0, -1.0, 1.0])
    np.testing.assert_allclose(ours.special.comb(n, k), special.comb(n, k))
    np.testing.assert_allclose(ours.special.perm(n, k), special.perm(n, k))
    np.testing.assert_allclose(
        ours.special.comb(5, 2, repetition=True), special.comb(5, 2, repetition=True)
    )
    np.testing.assert_allclose(ours.special.factorial([-1.0, 2.5]), special.factorial([-1.0, 2.5]))
    with pytest.raises(TypeError, match="exact"):
        ours.special.comb(5, 2, exact=True)


@pytest.mark.parametrize(
    "program",
    [
        "from autograd_c.scipy.special import gammaln as f",
        "import autograd_c.scipy.special; f = autograd_c.scipy.special.erf",
        "import autograd_c.scipy.stats as s; f = s.t.pdf",
        "from autograd_c.scipy.stats import norm as f",
        "from autograd_c.scipy import linalg; f = linalg.expm",
        "import autograd_c as tf; f = tf.scipy.integrate.odeint",
        "from autograd_c.scipy.integrate import solve_ivp as f",
        "from autograd_c.scipy.interpolate import CubicSpline as f",
    ],
)
def test_ways_to_import(program):
    program += (
        "; import sys; import autograd_c as tf; tf.scipy.stats; print('scipy' in sys.modules)"
    )
    program += "; import pickle; print(pickle.loads(pickle.dumps(f)) is f or 'bound' in str(f))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "True"]
