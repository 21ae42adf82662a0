"""SciPy's own functions of tensors, with SCIPY_ARRAY_API=1: prints a line for each that is wrong.

A program of its own, since SciPy reads that variable when it is imported. Its arguments are names
of the table; without any it runs all, and with "names" it prints what SciPy has of them.
"""

from __future__ import annotations

import os
import sys
import warnings

os.environ["SCIPY_ARRAY_API"] = "1"

import numpy
import scipy
from scipy import differentiate, fft, integrate, linalg, optimize, signal, special, stats
from scipy.cluster import vq
from scipy.optimize import elementwise
from scipy.spatial.transform import Rotation

import autograd_c as tf
from autograd_c import numpy as np

RANDOM = numpy.random.default_rng(0)
X, Y = RANDOM.uniform(0.5, 1.5, (2, 6))
MATRIX = RANDOM.uniform(0.5, 1.5, (5, 4))
SERIES = numpy.sin(0.7 * numpy.arange(16.0)) + RANDOM.normal(size=16) / 10


def of_one(module, names, x=X):
    return {
        f"{module.__name__.removeprefix('scipy.')}.{name}": (getattr(module, name, None), x)
        for name in names.split()
    }


def of_two(module, names):
    return {key: (*value, Y) for key, value in of_one(module, names).items()}


def statistic(*given):
    """The functions that return a test's result, whose statistic is taken."""
    return {
        key: (function and (lambda *x, f=function: f(*x).statistic), *x)
        for each in given
        for key, (function, *x) in each.items()
    }


def attribute(function, name):
    return function and (lambda *x: getattr(function(*x), name))


def rigid(v, x):
    from scipy.spatial.transform import RigidTransform

    return RigidTransform.from_components(x, Rotation.from_rotvec(v)).apply(2.0 * x)


def cube(x, p):
    return x**3 - p


def valley(x, p):
    return (x - p) ** 2 + p


def decay(x, p):
    return np.exp(-p * x)


CASES = {
    **of_one(
        special,
        "logsumexp softmax log_softmax entr erf erfc erfcx erfinv expit logit ndtr ndtri log_ndtr "
        "gamma gammaln loggamma psi rgamma i0 i0e i1 i1e j0 j1 k0 k1 y0 y1 exp1 expi exp2 exp10 "
        "exprel cbrt cosm1 sindg cosdg ellipk spence sinc",
        X / 2,
    ),
    **of_two(special, "xlogy xlog1py rel_entr kl_div betaln poch huber pseudo_huber boxcox"),
    **of_two(special, "gammainc gammaincc chdtr stdtr"),
    "special.betainc": (lambda a, b: special.betainc(a, b, b / 2), X, Y),
    "special.hyp1f1": (lambda x: special.hyp1f1(1.5, 2.5, x), X),
    "special.multigammaln": (lambda x: special.multigammaln(x + 2, 2), X),
    "special.polygamma": (lambda x: special.polygamma(1, x), X),
    "special.expn": (lambda x: special.expn(2, x), X),
    **of_one(
        stats,
        "zscore gzscore gmean hmean skew kurtosis sem variation circmean circvar circstd gstd "
        "entropy iqr tmean tvar tstd tsem tmin tmax kstat kstatvar differential_entropy lmoment "
        "median_abs_deviation",
    ),
    **of_two(stats, "zmap"),
    "stats.moment": (lambda x: stats.moment(x, 3), X),
    "stats.pmean": (lambda x: stats.pmean(x, 3), X),
    "stats.trim_mean": (lambda x: stats.trim_mean(x, 0.2), X),
    "stats.quantile": (getattr(stats, "quantile", None) and (lambda x: stats.quantile(x, 0.3)), X),
    "stats.describe": (lambda x: stats.describe(x).variance, X),
    "stats.boxcox_llf": (lambda x: stats.boxcox_llf(0.3, x), X),
    "stats.directional_stats": (lambda x: stats.directional_stats(x).mean_direction, MATRIX),
    **statistic(
        of_two(stats, "pearsonr ttest_ind ttest_rel f_oneway bartlett levene alexandergovern"),
        of_one(stats, "jarque_bera skewtest kurtosistest normaltest", SERIES),
    ),
    "stats.ttest_1samp": (lambda x: stats.ttest_1samp(x, 0.3).pvalue, SERIES),
    **of_two(signal, "fftconvolve oaconvolve"),
    "signal.hilbert": (lambda x: abs(signal.hilbert(x)), SERIES),
    "signal.envelope": (getattr(signal, "envelope", None), SERIES),
    "signal.vectorstrength": (lambda x: signal.vectorstrength(x, 2.0)[0], X),
    "signal.resample": (lambda x: signal.resample(x, 10), SERIES),
    "signal.freqz": (lambda b: abs(signal.freqz(b, worN=8)[1]), X),
    "signal.freqz_zpk": (lambda z: abs(signal.freqz_zpk(0.3 * z, 0.2 * z, z[0], worN=8)[1]), X),
    "signal.group_delay": (lambda b: signal.group_delay((b, 0 * b + 1), w=8)[1], X[:3]),
    "signal.firwin": (lambda cutoff: signal.firwin(5, 0.3 * cutoff), X[:1]),
    "signal.windows.gaussian": (lambda s: signal.windows.gaussian(6, s[0], xp=np), X),
    "signal.windows.kaiser": (lambda beta: signal.windows.kaiser(6, beta[0], xp=np), X),
    "fft.fft": (lambda x: abs(fft.fft(x)), X),
    "fft.ifft": (lambda x: abs(fft.ifft(x)), X),
    "fft.rfft": (lambda x: abs(fft.rfft(x)), X),
    "fft.irfft": (lambda x: fft.irfft(x), X),
    "fft.fft2": (lambda x: abs(fft.fft2(x)), MATRIX),
    "fft.fftn": (lambda x: abs(fft.fftn(x)), MATRIX),
    "fft.hfft": (lambda x: fft.hfft(x), X),
    "fft.fht": (lambda x: fft.fht(x, 0.1, 0.5), X),
    "fft.fftshift": (lambda x: fft.fftshift(x), X),
    "cluster.vq.whiten": (vq.whiten, MATRIX),
    "linalg.block_diag": (linalg.block_diag, MATRIX, X[None]),
    "linalg.fiedler": (linalg.fiedler, X),
    "linalg.orthogonal_procrustes": (lambda x: linalg.orthogonal_procrustes(x, 2 * x)[1], MATRIX),
    "differentiate.derivative": (
        lambda x, p: differentiate.derivative(lambda x, p: np.sin(p * x), x, args=(p,)).df,
        X,
        Y,
    ),
    "differentiate.jacobian": (
        lambda x: differentiate.jacobian(lambda z: np.stack([z[0] * z[1], np.sin(z[0])]), x).df,
        X[:2],
    ),
    "differentiate.hessian": (
        lambda x: differentiate.hessian(lambda z: z[0] ** 2 * z[1] ** 3, x).ddf,
        X[:2],
    ),
    "optimize.elementwise.find_root": (
        lambda p: elementwise.find_root(cube, (0 * p, 0 * p + 4), args=(p,)).x,
        X,
    ),
    "optimize.elementwise.find_minimum": (
        lambda p: elementwise.find_minimum(valley, (p - 3, p + 0.1, p + 4), args=(p,)).f_x,
        X,
    ),
    "integrate.trapezoid": (lambda y, x: integrate.trapezoid(y, np.cumsum(x)), X, Y),
    "integrate.romb": (lambda y: integrate.romb(y[:5]), X),
    "integrate.cumulative_trapezoid": (
        lambda y, x: integrate.cumulative_trapezoid(y, np.cumsum(x)),
        X,
        Y,
    ),
    "integrate.cumulative_simpson": (
        lambda y, x: integrate.cumulative_simpson(y, x=np.cumsum(x)),
        X,
        Y,
    ),
    "integrate.fixed_quad": (lambda p: integrate.fixed_quad(lambda x: decay(x, p[0]), 0, 1)[0], X),
    "integrate.tanhsinh": (
        lambda a, p: integrate.tanhsinh(decay, a / 10, 2 + 0 * a, args=(p,)).integral,
        X,
        Y,
    ),
    "integrate.cubature": (
        lambda p: (
            integrate.cubature(
                lambda x: decay(x[:, 0] * x[:, 1], p[0]), np.zeros(2), np.ones(2)
            ).estimate
        ),
        X,
    ),
    **of_one(optimize, "rosen rosen_der rosen_hess"),
    **of_two(optimize, "rosen_hess_prod"),
    "spatial.transform.Rotation": (
        lambda v, x: (Rotation.from_rotvec(v) * Rotation.from_euler("xyz", x)).apply(2 * x),
        X[:3],
        Y[:3],
    ),
    "spatial.transform.RigidTransform": (rigid, X[:3], Y[:3]),
}
# Those whose values are steps: the gradient is 0.
FLAT = {
    **of_one(stats, "rankdata"),
    **statistic(of_two(stats, "mannwhitneyu wilcoxon kruskal")),
    "optimize.elementwise.bracket_root": (
        lambda p: elementwise.bracket_root(cube, 0 * p, args=(p,)).bracket[0],
        X,
    ),
    "optimize.elementwise.bracket_minimum": (
        lambda p: elementwise.bracket_minimum(valley, 0 * p, args=(p,)).bracket[0],
        X,
    ),
}
# These call NumPy's functions, which give tensors where a tape records them.
BY_NUMPY = {"integrate.fixed_quad"}
# The others have been so since 1.16.
SINCE_1_17 = set(
    """special.multigammaln special.polygamma stats.iqr stats.lmoment stats.median_abs_deviation
    stats.trim_mean stats.levene stats.alexandergovern stats.mannwhitneyu stats.wilcoxon
    stats.kruskal linalg.block_diag linalg.orthogonal_procrustes integrate.romb
    integrate.cumulative_trapezoid integrate.cumulative_simpson spatial.transform.Rotation
    spatial.transform.RigidTransform""".split()
)


def parts(result):
    return list(result) if isinstance(result, (tuple, list)) else [result]


def values(function, given):
    """What SciPy says of arrays, in one row; the functions that it is given compute with arrays."""
    global np
    np, kept = numpy, np
    try:
        found = parts(function(*given))
    finally:
        np = kept
    return numpy.concatenate([numpy.ravel(x) for x in found])


def wrong(name, function, given):
    """What is not as it should be; None if all is."""
    expected = values(function, given)
    found = parts(function(*[tf.constant(x) for x in given]))
    if name not in BY_NUMPY and not all(isinstance(x, tf.Tensor) for x in found):
        return f"no tensor: {found}"
    flat = numpy.concatenate([numpy.ravel(x) for x in found])
    if not numpy.allclose(flat, expected, rtol=1e-7, atol=1e-9):
        return f"values: {flat}, and not {expected}"
    weights = RANDOM.normal(size=expected.shape)
    direction = [RANDOM.normal(size=x.shape) for x in given]

    def total(*x):
        return np.sum(np.concatenate([np.ravel(y) for y in parts(function(*x))]) * weights)

    gradients = tf.func.grad(total, tuple(range(len(given))))(*given)
    pushed = tf.func.jvp(total, tuple(given), tuple(direction))[1]
    for k, x in enumerate(given):
        differences = numpy.zeros_like(x)
        for place in numpy.ndindex(x.shape):
            step = numpy.zeros_like(x)
            step[place] = 1e-5
            low, high = [
                values(function, [*given[:k], y, *given[k + 1 :]]) for y in (x - step, x + step)
            ]
            differences[place] = numpy.sum((high - low) * weights) / 2e-5
        if not numpy.allclose(gradients[k], differences, rtol=1e-4, atol=1e-6):
            return f"gradient {k}: {gradients[k]}, and not {differences}"
    along = sum(numpy.sum(g.numpy() * d) for g, d in zip(gradients, direction, strict=True))
    if not numpy.allclose(pushed, along, rtol=1e-7, atol=1e-9):
        return f"forward mode: {pushed}, and not {along}"
    if (name in FLAT) is any(numpy.any(g) for g in gradients):
        return f"gradients: {gradients}"
    return None


def main(names):
    if names == ["names"]:
        print(*CASES, *FLAT)
        return
    version = tuple(int(part) for part in scipy.__version__.split(".")[:2])
    for name in names or [*CASES, *FLAT]:
        function, *given = {**CASES, **FLAT}[name]
        if function is None or (name in SINCE_1_17 and version < (1, 17)):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found = wrong(name, function, given)
            except Exception as error:
                found = f"{type(error).__name__}: {error}"
        if found:
            print(name, found)


if __name__ == "__main__":
    main(sys.argv[1:])
