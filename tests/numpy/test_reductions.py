"""Sums, products, extrema, means and their relatives against NumPy's."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import numpy as ours

from .samples import Sample, check_derivatives, check_kinds

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(2, 3, 4))
M = RANDOM.normal(size=(3, 4))
V = RANDOM.normal(size=5)
S = np.array(0.7)
E0 = np.zeros((0, 3))
MASK = RANDOM.random((3, 4)) < 0.6
MASK[0, 0] = True
NEW = np.lib.NumpyVersion(np.__version__) >= "2.3.0"
N = np.where(RANDOM.random((3, 4)) < 0.3, np.nan, M)
N[0, :] = np.nan
ALL = "?ilBefdFD"
REAL = "?ilBefd"

AS_ARRAYS = {
    "all": lambda a: np.asarray(np.all(a)),
    "any": lambda a: np.asarray(np.any(a)),
    "count_nonzero": lambda a: np.asarray(np.count_nonzero(a)),
}


def reductions():
    for name, kinds in (
        ("sum", ALL),
        ("prod", ALL),
        ("mean", ALL),
        ("max", ALL),
        ("min", ALL),
        ("var", ALL),
        ("std", ALL),
        ("ptp", ALL),
        ("amax", REAL),
        ("amin", REAL),
    ):
        yield Sample(name, X, kinds=kinds)
        yield Sample(name, X, 1, kinds=kinds)
        yield Sample(name, X, -1, kinds="dfl")
        yield Sample(name, X, axis=(0, -1), keepdims=True, kinds="dlD")
        yield Sample(name, M.T, axis=0, kinds="dl")
        yield Sample(name, S, kinds=kinds, gradient=name != "std")
        if name in ("sum", "prod", "max", "min"):
            yield Sample(name, S, axis=0)
        yield Sample(name, V, axis=(), gradient=name != "std")
        yield Sample(name, V, axis=1)
        yield Sample(name, X, axis=(0, 0))
        yield Sample(name, E0, kinds="dl", gradient=False)
        yield Sample(name, E0, axis=1, kinds="dl", gradient=False)
        yield Sample(name, [[1, 2], [3, 4]])
        if name in ("sum", "prod", "mean", "var", "std"):
            yield Sample(name, M, dtype=np.float32, kinds="dlf", gradient=False)
            yield Sample(name, M, dtype=float, kinds="fl", gradient=False)
            yield Sample(name, M, axis=1, where=MASK, kinds="dlD", gradient=name != "std")
        if name in ("sum", "prod", "max", "min"):
            yield Sample(name, M, axis=0, initial=0.5, where=MASK, kinds="df")
            yield Sample(name, M, initial=2, kinds="ldf")
        if name in ("max", "min"):
            yield Sample(name, M, where=MASK)
            yield Sample(name, np.array([1.0, np.nan, 2.0]), gradient=False)
    for name in ("var", "std"):
        yield Sample(name, M, ddof=1, kinds="dl")
        yield Sample(name, M, axis=0, ddof=5, gradient=False)
        if np.lib.NumpyVersion(np.__version__) >= "2.0.0":
            yield Sample(name, M, axis=0, correction=1)
            yield Sample(name, M, ddof=1, correction=1)
    for name in ("all", "any", "count_nonzero"):
        yield Sample(
            name,
            X,
            kinds=ALL,
            gradient=False,
            reference=AS_ARRAYS[name],
        )
        yield Sample(name, X, axis=(0, 2), kinds="d?", gradient=False)
        yield Sample(name, X, axis=1, keepdims=True, kinds="d?", gradient=False)
    yield Sample("all", M, where=MASK, gradient=False)
    for name in ("argmax", "argmin", "nanargmax", "nanargmin"):
        yield Sample(name, X, kinds=REAL, gradient=False)
        yield Sample(name, X, axis=1, keepdims=True, kinds=REAL, gradient=False)
        yield Sample(name, E0, gradient=False)
    yield Sample("average", M, kinds="ildfFD")
    yield Sample("average", M, axis=0, weights=np.abs(M), kinds="df")
    yield Sample("average", M, axis=1, weights=np.array([1.0, 2, 3, 4]), returned=True, kinds="dfl")
    yield Sample("average", M, weights=M - np.mean(M) + 1e-1, keepdims=True)
    yield Sample("average", V, weights=np.array([1.0, -1, 0, 0, 0]))
    yield Sample("average", M, weights=V)
    yield Sample("average", X, axis=1, weights=np.array([1, 2, 3]))


def running():
    for name in ("cumsum", "cumprod", "nancumsum", "nancumprod"):
        yield Sample(name, X, kinds=ALL)
        yield Sample(name, X, 1, kinds=ALL)
        yield Sample(name, X, axis=-1, dtype=np.float32, kinds="dl", gradient=False)
        yield Sample(name, S)
        yield Sample(name, X, axis=3)
        yield Sample(name, E0, axis=0, gradient=False)
    if hasattr(np, "cumulative_sum"):
        for name in ("cumulative_sum", "cumulative_prod"):
            yield Sample(name, X, axis=1, kinds="ld")
            yield Sample(name, X, axis=-1, include_initial=True, kinds="ldf")
            yield Sample(name, V)
            yield Sample(name, X)


def passing_over_nan():
    for name in ("nansum", "nanprod", "nanmax", "nanmin", "nanmean", "nanvar", "nanstd"):
        for array in (N, M):
            smooth = name != "nanstd" and array is M
            yield Sample(name, array, kinds="dfl", gradient=smooth)
            yield Sample(name, array, axis=0, keepdims=True, gradient=smooth)
            yield Sample(name, array, axis=-1, gradient=smooth)
        yield Sample(name, N[1:], gradient=False)
    yield Sample("nanvar", N, axis=1, ddof=1, gradient=False)
    yield Sample("nanmean", N, kinds="FD", gradient=False)
    yield Sample("nansum", N, where=MASK, gradient=False)


def quantiles():
    methods = (
        "linear",
        "lower",
        "higher",
        "midpoint",
        "nearest",
        "hazen",
        "weibull",
        "median_unbiased",
        "normal_unbiased",
        "interpolated_inverted_cdf",
        "inverted_cdf",
        "averaged_inverted_cdf",
        "closest_observation",
    )
    for method in methods:
        if method == "closest_observation" and not NEW:
            continue  # NumPy took another one of two, first
        q = [0.0, 0.1, 0.25, 0.5, 0.77, 1.0]
        yield Sample("quantile", X, q, axis=1, method=method, kinds="df")
        yield Sample("quantile", V, 0.3, method=method, kinds="dl")
        yield Sample("nanquantile", N[1:], q, axis=0, method=method, gradient=False)
    for name in ("median", "nanmedian"):
        yield Sample(name, X, kinds="ilfde")
        yield Sample(name, X, axis=(0, 2), keepdims=True)
        yield Sample(name, V, axis=0)
        yield Sample(name, N, axis=1, gradient=False)
    yield Sample("percentile", X, 30, kinds="ilfde" if NEW else "ild")
    yield Sample("percentile", X, [[10, 20], [30, 100]], axis=(0, 1), keepdims=True)
    yield Sample("percentile", V, 101)
    yield Sample("quantile", V, -0.1)
    yield Sample("quantile", V, 0.5, method="other")
    yield Sample("nanpercentile", N, 40, axis=1, gradient=False)
    yield Sample("quantile", V, np.array([0.31, 0.62]))
    yield Sample("quantile", V, np.array([0.31, 0.62]), method="hazen")
    yield Sample("percentile", M, np.array([31.0, 62.0]), axis=1)
    if np.lib.NumpyVersion(np.__version__) >= "2.0.0":
        yield Sample(
            "quantile", V, [0.1, 0.5, 0.9], weights=np.array([1, 0, 2, 1, 3]), method="inverted_cdf"
        )
        yield Sample(
            "quantile", M, 0.4, axis=1, weights=np.array([1, 0, 2, 1]), method="inverted_cdf"
        )


def differences():
    yield Sample("diff", X, kinds="?ildfD")
    yield Sample("diff", X, 2, 1, kinds="ld")
    yield Sample("diff", V, n=0)
    yield Sample("diff", V, n=7, gradient=False)
    yield Sample("diff", V, n=-1)
    yield Sample("diff", S)
    yield Sample("diff", M, axis=0, prepend=1.5, append=M)
    yield Sample("ediff1d", M, kinds="ldfD")
    yield Sample("ediff1d", V, np.array([1.0, 2]), 3.0)
    yield Sample("gradient", V, kinds="ldfD")
    yield Sample("gradient", M, kinds="ld")
    yield Sample("gradient", M, 0.5, axis=1, edge_order=2)
    yield Sample("gradient", M, np.array([0.0, 1.0, 3.0]), np.array([0.0, 0.5, 0.7, 2.0]))
    yield Sample("gradient", M, np.array([0.0, 1.0, 3.0]), 2.0, edge_order=2)
    yield Sample("gradient", V, np.array([0.0, 1.0, 3.0]))
    yield Sample("gradient", np.array([1.0]))
    yield Sample("gradient", M, 1.0, 2.0, 3.0)
    theirs = getattr(np, "trapezoid", None) or np.trapz
    for name in ("trapezoid", "trapz"):
        yield Sample(name, M, kinds="ldfD", reference=theirs)
        yield Sample(name, M, dx=0.5, axis=0, reference=theirs)
        yield Sample(name, M, np.array([0.0, 1.0, 3.0, 3.5]), reference=theirs)
        yield Sample(name, M, M[::-1] * 2, axis=0, reference=theirs)


SAMPLES = [*reductions(), *running(), *passing_over_nan(), *quantiles(), *differences()]
SMOOTH = [s for s in SAMPLES if s.gradient and "d" in s.kinds]


@pytest.mark.parametrize("sample", SAMPLES, ids=repr)
def test_values(sample):
    check_kinds(sample, getattr(ours, sample.name))


@pytest.mark.parametrize("sample", SMOOTH, ids=repr)
def test_derivatives(sample):
    check_derivatives(sample)


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.filterwarnings("ignore")
def test_nanmedian_of_infinities(axis):
    random = np.random.default_rng(3)
    for count in range(1, 7):
        x = random.choice([np.nan, np.inf, -np.inf, 1.0, 2.0, 5.0], (4, count))
        found = ours.nanmedian(tf.constant(x), axis)
        np.testing.assert_array_equal(found, np.nanmedian(x, axis))
