"""Distributions beside SciPy's: values, derivatives, and what is outside of the support."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import scipy as ours

stats = pytest.importorskip("scipy.stats")

# Parameters of shape, and points of the support of standard ones.
CONTINUOUS = {
    "beta": ((2.5, 1.5), (0.2, 0.7)),
    "cauchy": ((), (-1.5, 0.5)),
    "chi2": ((3.5,), (0.4, 5.0)),
    "expon": ((), (0.4, 2.0)),
    "gamma": ((2.5,), (0.4, 5.0)),
    "gumbel_l": ((), (-2.0, 1.0)),
    "gumbel_r": ((), (-1.0, 2.0)),
    "halfnorm": ((), (0.4, 2.0)),
    "invgamma": ((2.5,), (0.4, 2.0)),
    "laplace": ((), (-1.5, 0.5)),
    "logistic": ((), (-1.5, 0.5)),
    "lognorm": ((0.9,), (0.4, 2.0)),
    "norm": ((), (-1.5, 0.5)),
    "pareto": ((2.5,), (1.4, 3.0)),
    "rayleigh": ((), (0.4, 2.0)),
    "t": ((3.5,), (-1.5, 0.5)),
    "uniform": ((), (0.2, 0.7)),
    "weibull_min": ((1.5,), (0.4, 2.0)),
}
DISCRETE = {
    "bernoulli": (0.3,),
    "binom": (5.0, 0.3),
    "geom": (0.3,),
    "nbinom": (4.5, 0.3),
    "poisson": (2.5,),
}
METHODS = ["logpdf", "pdf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf"]
COUNTING = ["logpmf", "pmf", "cdf", "logcdf", "sf", "logsf"]
EDGES = np.array([-np.inf, -3.0, -0.5, 0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 30.0, np.inf, np.nan])


def compare(found, expected, x, rtol):
    """At infinity SciPy says NaN of some densities, where ours are 0."""
    assert found.dtype == np.asarray(expected).dtype
    at_infinity = np.isinf(x) & np.isnan(expected)
    expected = np.where(at_infinity, found, expected)
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-14, err_msg=str(x))


def quiet(f, *args, **kwds):
    with np.errstate(all="ignore"):
        return f(*args, **kwds)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", CONTINUOUS)
def test_values_are_scipys(name, method):
    shapes, points = CONTINUOUS[name]
    mine, theirs = getattr(ours.stats, name), getattr(stats, name)
    for x in (np.array(points), EDGES, 0.5, np.float32([0.25, 0.5])):
        exact = 1e-6 if getattr(x, "dtype", None) == np.float32 else 1e-10
        for rest in ((), (0.25, 1.5)):
            found = getattr(mine, method)(x, *shapes, *rest)
            expected = quiet(getattr(theirs, method), x, *shapes, *rest)
            compare(found, expected, x, exact)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", CONTINUOUS)
def test_derivatives_by_all_parameters(name, method):
    shapes, points = CONTINUOUS[name]
    x = np.array([0.3, 0.8] if method in ("ppf", "isf") else points) * 1.25
    if method in ("ppf", "isf"):
        x = x / 1.25
        rest = (0.5, 1.25)
    else:
        rest = (0.0, 1.25)
    function = getattr(getattr(ours.stats, name), method)
    tf.func.check_grads(function, tuple(range(1 + len(shapes) + 2)), rtol=2e-5, atol=2e-5)(
        x, *shapes, *rest
    )


@pytest.mark.parametrize("name", CONTINUOUS)
def test_slopes_of_probabilities_are_densities(name):
    """At the centre and the median, too, where formulas change."""
    shapes, points = CONTINUOUS[name]
    mine, theirs = getattr(ours.stats, name), getattr(stats, name)
    x = np.array([*points, theirs.median(*shapes), 0.0, 1.0])
    x = x[(theirs.cdf(x, *shapes) > 0) & (theirs.sf(x, *shapes) > 0)]
    density, below, above = (getattr(theirs, m)(x, *shapes) for m in ("pdf", "cdf", "sf"))
    expected = {
        "cdf": density,
        "sf": -density,
        "logcdf": density / below,
        "logsf": -density / above,
    }
    for method, slope in expected.items():
        found = tf.func.elementwise_grad(getattr(mine, method))(x, *shapes)
        np.testing.assert_allclose(found, slope, rtol=1e-9, atol=1e-14, err_msg=method)
    np.testing.assert_allclose(
        tf.func.elementwise_grad(mine.ppf)(below, *shapes), 1 / density, rtol=1e-7
    )
    np.testing.assert_allclose(
        tf.func.elementwise_grad(mine.isf)(above, *shapes), -1 / density, rtol=1e-7
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", CONTINUOUS)
def test_no_gradient_is_nan_outside_of_the_support(name, method):
    shapes, _ = CONTINUOUS[name]
    x = np.array([-3.0, -0.5, 0.25, 0.5, 50.0])
    if method in ("ppf", "isf"):
        x = np.array([0.0, 0.5, 1.0])
    function = getattr(getattr(ours.stats, name), method)

    def f(x, *shapes):
        y = function(x, *shapes, 0.0, 1.5)
        return tf.reduce_sum(tf.where(tf.math.is_finite(y), y, tf.zeros_like(y)))

    for gradient in tf.func.grad(f, tuple(range(1 + len(shapes))))(x, *shapes):
        assert np.isfinite(np.asarray(gradient)).all()


@pytest.mark.parametrize("name", ["beta", "gamma", "weibull_min", "chi2", "rayleigh"])
def test_densities_that_end_at_zero_have_gradients(name):
    shapes, _ = CONTINUOUS[name]
    gradient = tf.func.grad(lambda x: getattr(ours.stats, name).pdf(x, *shapes))(0.0)
    assert np.isfinite(float(gradient))


@pytest.mark.parametrize("name", CONTINUOUS)
def test_parameters_that_are_not_valid(name):
    shapes, _ = CONTINUOUS[name]
    mine, theirs = getattr(ours.stats, name), getattr(stats, name)
    for method, scale in (("logpdf", -1.0), ("cdf", 0.0), ("ppf", -1.0), ("pdf", np.nan)):
        found = getattr(mine, method)(0.5, *shapes, 0.0, scale)
        np.testing.assert_array_equal(found, getattr(theirs, method)(0.5, *shapes, 0.0, scale))
    if shapes:
        wrong = [-1.0] * len(shapes)
        assert np.isnan(float(mine.logpdf(0.5, *wrong)))


@pytest.mark.parametrize("method", COUNTING)
@pytest.mark.parametrize("name", DISCRETE)
def test_values_of_counts_are_scipys(name, method):
    shapes = DISCRETE[name]
    mine, theirs = getattr(ours.stats, name), getattr(stats, name)
    for k in (np.arange(-2, 8), np.array([0.5, 2.5]), 1, np.array([-np.inf, np.inf, np.nan])):
        for rest in ((), (1,)):
            found = getattr(mine, method)(k, *shapes, *rest)
            expected = quiet(getattr(theirs, method), k, *shapes, *rest)
            compare(found, expected, k, 1e-9)


@pytest.mark.parametrize("method", COUNTING)
@pytest.mark.parametrize("name", DISCRETE)
def test_derivatives_by_parameters_of_counts(name, method):
    shapes = DISCRETE[name]
    fixed = shapes[:1] if name == "binom" else ()
    k = np.array([0.0, 1.0]) if name == "bernoulli" else np.array([1.0, 2.0])
    if name == "bernoulli" and method not in ("pmf", "logpmf"):
        k = np.array([0.0])
    function = getattr(getattr(ours.stats, name), method)
    free = shapes[len(fixed) :]
    tf.func.check_grads(
        lambda *p: function(k, *fixed, *p), tuple(range(len(free))), rtol=2e-5, atol=2e-5
    )(*free)
    gradients = tf.func.grad(
        lambda *p: tf.reduce_sum(getattr(ours.stats, name).pmf(np.arange(-2.0, 9.0), *fixed, *p)),
        tuple(range(len(free))),
    )(*free)
    assert np.isfinite(np.asarray(gradients)).all()


@pytest.mark.parametrize(
    ("name", "shapes", "k", "slope"),
    [
        ("bernoulli", (0.0,), 1, 1.0),
        ("bernoulli", (1.0,), 0, -1.0),
        ("binom", (2.0, 0.0), 1, 2.0),
        ("binom", (2.0, 1.0), 0, 0.0),
        ("geom", (1.0,), 2, -1.0),
        ("nbinom", (2.0, 1.0), 1, -2.0),
        ("poisson", (0.0,), 1, 1.0),
        ("poisson", (0.0,), 0, -1.0),
    ],
)
def test_masses_at_the_ends_of_parameters(name, shapes, k, slope):
    pmf = getattr(ours.stats, name).pmf
    counts = np.array([k, k + 20.0, -1.0])
    np.testing.assert_allclose(pmf(counts, *shapes), getattr(stats, name).pmf(counts, *shapes))
    gradient = tf.func.grad(lambda p: pmf(k, *shapes[:-1], p))(shapes[-1])
    assert float(gradient) == pytest.approx(slope)
    mixed = tf.func.grad(lambda p: tf.reduce_sum(pmf(k, *shapes[:-1], p)))
    assert np.isfinite(np.asarray(mixed(np.array([shapes[-1], 0.5])))).all()


def test_many_degrees_of_freedom():
    df, x = np.array([np.inf, 3.0]), np.array([0.5, 0.5])
    for method in ("logpdf", "cdf", "sf"):
        found = getattr(ours.stats.t, method)(x, df)
        np.testing.assert_allclose(found, getattr(stats.t, method)(x, df), rtol=1e-12)
        slopes = tf.func.elementwise_grad(getattr(ours.stats.t, method), 1)
        for gradient in (
            slopes(x, df),
            tf.func.elementwise_grad(getattr(ours.stats.t, method))(x, df),
        ):
            assert np.isfinite(np.asarray(gradient)).all()


def test_parameters_go_by_position_and_by_name():
    assert float(ours.stats.gamma.pdf(1.0, a=2.0, scale=3.0)) == pytest.approx(
        stats.gamma.pdf(1.0, a=2.0, scale=3.0)
    )
    frozen = ours.stats.norm(1.0, scale=tf.constant([1.0, 2.0]))
    np.testing.assert_allclose(frozen.cdf(0.5), stats.norm(1.0, [1.0, 2.0]).cdf(0.5))
    with pytest.raises(TypeError, match="misses a"):
        ours.stats.gamma.pdf(1.0)
    with pytest.raises(TypeError, match="twice: 'a'"):
        ours.stats.gamma.pdf(1.0, 2.0, a=2.0)
    with pytest.raises(TypeError, match="does not take: 'b'"):
        ours.stats.gamma.pdf(1.0, 2.0, b=2.0)
    with pytest.raises(TypeError, match="at most 2"):
        ours.stats.norm.pdf(1.0, 2.0, 3.0, 4.0)
    with pytest.raises(AttributeError):
        frozen.pmf(1.0)


def test_distributions_are_pickled_by_name():
    assert pickle.loads(pickle.dumps(ours.stats.norm)) is ours.stats.norm
    assert pickle.loads(pickle.dumps(ours.stats.dirichlet)) is ours.stats.dirichlet


def test_dirichlet():
    alpha = np.array([0.5, 2.0, 3.0])
    x = np.array([0.2, 0.3, 0.5])
    many = np.random.default_rng(0).dirichlet(alpha, 4).T
    for method in ("logpdf", "pdf"):
        mine, theirs = getattr(ours.stats.dirichlet, method), getattr(stats.dirichlet, method)
        for y in (x, x[:2], many):
            np.testing.assert_allclose(mine(y, alpha), theirs(y, alpha), rtol=1e-10)
        tf.func.check_grads(mine, (0, 1), rtol=1e-5, atol=1e-5)(x[:2], alpha)
    for wrong in ([0.5, 0.5], [0.9, 0.2, 0.1], [-0.1, 0.6, 0.5], [0.0, 0.5, 0.5]):
        bad = np.array(wrong) if len(wrong) == 3 else np.array([0.5] * 5)
        with pytest.raises(ValueError):
            ours.stats.dirichlet.logpdf(bad, alpha)
    with pytest.raises(ValueError, match="greater than 0"):
        ours.stats.dirichlet.logpdf(x, -alpha)


def test_multivariate_normal():
    random = np.random.default_rng(0)
    root = random.normal(size=(3, 3))
    mean, cov = random.normal(size=3), root @ root.T + np.eye(3)
    normal, theirs = ours.stats.multivariate_normal, stats.multivariate_normal
    cases = [
        (random.normal(size=3), mean, cov),
        (random.normal(size=(2, 4, 3)), mean, cov),
        (random.normal(size=(4, 3)), mean, np.array([0.5, 1.0, 2.0])),
        (random.normal(size=(4, 3)), mean, 2.0),
        (random.normal(size=(4, 3)), None, cov),
        (random.normal(size=4), 0.5, 2.0),
        (0.5, None, 1),
    ]
    for case in cases:
        found, expected = normal.logpdf(*case), theirs.logpdf(*case)
        assert found.shape == np.shape(expected)
        np.testing.assert_allclose(found, expected, rtol=1e-10)
        np.testing.assert_allclose(normal.pdf(*case), theirs.pdf(*case), rtol=1e-10)
    for shape in (cov, 2.0, np.array([0.5, 1.0, 2.0])):
        np.testing.assert_allclose(normal.entropy(mean, shape), theirs.entropy(mean, shape))
        np.testing.assert_allclose(normal(mean, shape).entropy(), theirs.entropy(mean, shape))
    np.testing.assert_allclose(normal(mean, cov).pdf(mean), theirs.pdf(mean, mean, cov))
    tf.func.check_grads(normal.logpdf, (0, 1, 2), rtol=1e-5, atol=1e-5)(*cases[1])
    gradient = np.asarray(tf.func.grad(normal.logpdf, 2)(*cases[0]))
    np.testing.assert_allclose(gradient, gradient.T)
    with pytest.raises(np.linalg.LinAlgError):
        normal.logpdf(mean, mean, -cov)
    with pytest.raises(ValueError, match="'cov' must be"):
        normal.logpdf(mean, mean, np.eye(2))
    with pytest.raises(TypeError, match="positive definite"):
        normal.logpdf(mean, mean, cov, allow_singular=True)


@pytest.mark.parametrize(
    ("name", "x", "shapes"),
    [
        ("gamma", 0.7, [1.0]),
        ("beta", 0.7, [1.0, 2.0]),
        ("beta", 0.7, [2.0, 1.0]),
        ("beta", 0.7, [1.0, 1.0]),
        ("chi2", 0.7, [2.0]),
        ("weibull_min", 0.7, [1.0]),
        ("dirichlet", [0.2, 0.3, 0.5], [[1.0, 2.0, 0.7]]),
    ],
)
@pytest.mark.parametrize("method", ["logpdf", "pdf"])
def test_slopes_where_a_power_is_zero(name, x, shapes, method):
    shapes = [np.asarray(s) for s in shapes]
    function = getattr(getattr(ours.stats, name), method)
    for k, gradient in enumerate(
        tf.func.grad(function, tuple(range(1, 1 + len(shapes))))(x, *shapes)
    ):
        for place in np.ndindex(shapes[k].shape):
            step = np.zeros_like(shapes[k])
            step[place] = 1e-5
            ends = [
                getattr(getattr(stats, name), method)(
                    x, *shapes[:k], shapes[k] + h, *shapes[k + 1 :]
                )
                for h in (step, -step)
            ]
            slope = (ends[0] - ends[1]) / 2e-5
            np.testing.assert_allclose(np.asarray(gradient)[place], slope, rtol=1e-6)


def test_quantiles_of_cauchys_distribution_are_smooth_at_the_median():
    third = tf.func.grad(tf.func.grad(tf.func.grad(ours.stats.cauchy.ppf)))
    assert float(third(0.5)) == pytest.approx(2 * np.pi**3)
    q = np.array([0.0, 1e-20, 1e-3, 0.3, 0.5, 0.8, 1.0])
    np.testing.assert_allclose(
        ours.stats.cauchy.ppf(q), stats.cauchy.ppf(q), rtol=1e-12, atol=1e-15
    )


def test_masses_outside_of_the_support_have_no_slope_at_certain_outcomes():
    for k in (2, 5, -1):
        assert float(tf.func.grad(lambda p, k=k: ours.stats.bernoulli.pmf(k, p))(1.0)) == 0.0
        assert float(tf.func.grad(lambda p, k=k: ours.stats.bernoulli.logpmf(k, p))(1.0)) == 0.0
