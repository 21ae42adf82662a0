"""Random numbers that are differentiable by the parameters of their distribution, implicitly.

A sample x of the distribution function F(x; p) is as good as the quantile at a fixed probability,
so that dx/dp = -(dF/dp) / (dF/dx). (M. Figurnov, S. Mohamed, A. Mnih: Implicit Reparameterization
Gradients, 2018.) What is drawn is computed from words that key a stream, so that a record gives the
same numbers again.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.functions.arrays import where
from autograd_c.functions.host import host
from autograd_c.functions.random_streams import keyed, release

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from numpy.random import Generator as NumPyGenerator

    from autograd_c.core._core import RowCall, Tensor

    _Array: TypeAlias = Any  # NumPy's stubs lose arrays in arithmetic
    _Operation: TypeAlias = Callable[..., Tensor]

_DTYPES = ("float16", "float32", "float64")


def _known(call: RowCall) -> Any:
    """The first two inputs and the output, which the rule's row keeps."""
    return *call.inputs[:2], call.outputs[0]


def words(rng: NumPyGenerator) -> Tensor:
    """The key of a stream of its own, drawn from another."""
    return _core.constant(rng.integers(0, 2**63, 3))


def _each(sample: Callable[..., _Array], key: _Array, rank: int, *parameters: _Array) -> _Array:
    """The samples of a call, or of a batch of calls, each of which has its own from the beginning.

    A call's parameters have this rank, and its key rank 1; a batch's have one axis more in front.
    """
    if key.ndim == 1 and all(p.ndim <= rank for p in parameters):
        return sample(key, *parameters)
    number = key.shape[0] if key.ndim > 1 else next(len(p) for p in parameters if p.ndim > rank)
    calls = [
        sample(key[k] if key.ndim > 1 else key, *(p[k] if p.ndim > rank else p for p in parameters))
        for k in range(number)
    ]
    if calls:
        return np.stack(calls)
    return np.empty((0, *parameters[0].shape[-rank or None :]), parameters[0].dtype)


# ---------------------------------------------------------------- gamma


def _standard_gamma(key: _Array, alpha: _Array) -> _Array:
    """One number for each alpha; NaN for negative ones."""
    rng = keyed("gamma", *key.tolist())
    drawn: Any = np.float32 if alpha.dtype == np.float32 else np.float64
    if alpha.size and not any(alpha.strides):
        one = alpha.ravel()[0]
        known = one if one >= 0 else 0
    else:
        one = alpha
        known = np.where(alpha >= 0, alpha, 0)
    numbers = rng.standard_gamma(known, alpha.shape, drawn)
    release(rng)
    return np.where(one >= 0, numbers, np.nan).astype(alpha.dtype)


def _digamma(x: _Array) -> _Array:
    """For x > 0: beyond 10 the asymptotic series, below it the recurrence."""
    shift = np.zeros_like(x)
    y = x.copy()
    for _ in range(10):
        small = y.real < 10
        shift += np.where(small, 1 / y, 0.0)
        y += small
    r = 1 / (y * y)
    series = 1 / 132 - r * (691 / 32760 - r / 12)
    series = r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - r * series))))
    return np.log(y) - 0.5 / y - series - shift


def _below(alpha: _Array, x: _Array) -> _Array:
    """dx/dalpha for x below about alpha, by the power series of F.

    F / F' = x sum(t[n]) with t[n] = x**n / (alpha (alpha + 1) ... (alpha + n)); its logarithmic
    derivative by alpha makes of it x sum(t[n] (digamma(alpha + n + 1) - log(x))). All terms are
    positive.
    """
    term = 1 / alpha
    by_log = _digamma(alpha + 1) - np.log(x)
    total = term * by_log
    for n in range(1, 2000):
        top = alpha + n
        term = term * (x / top)
        by_log = by_log + 1 / top
        total += term * by_log
        if np.all(np.abs(term * by_log) <= 1e-17 * np.abs(total)):
            break
    return x * total


# Nodes in s of t = exp(s - exp(-s)), which makes of an integral over t from 0 on, of what falls off
# exponentially, a sum over equal steps that converges exponentially.
_STEP = 0.085
_S = np.arange(-4.6, 4.7, _STEP)
_NODES = np.exp(_S - np.exp(-_S))
_WEIGHTS = _STEP * _NODES * (1 + np.exp(-_S))


def _above(alpha: _Array, x: _Array) -> _Array:
    """dx/dalpha for x above about alpha, by the integral of 1 - F.

    (1 - F) / F' = x times the integral of exp(-x t) (1 + t)**(alpha - 1) over t from 0 on; the
    derivative by alpha has log(x (1 + t)) - digamma(alpha) beneath the integral: all is positive.
    """
    # The integrand falls off at this rate, or as a normal density of this width.
    width = 1 / np.maximum(x - alpha.real + 1, np.sqrt(x))
    by_log = np.log(x) - _digamma(alpha)
    total = np.zeros_like(alpha)
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        t = width * node
        log = np.log1p(t)
        total += weight * np.exp((alpha - 1) * log - x * t) * (by_log + log)
    return x * total * width


def _between(alpha: _Array, x: _Array) -> _Array:
    """dx/dalpha for large alpha and x below it, by the integral of F: that of `_above` with -t."""
    width = 1 / np.maximum(alpha.real - x, np.sqrt(x))
    by_log = _digamma(alpha) - np.log(x)
    total = np.zeros_like(alpha)
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        t = np.minimum(width * node, 1 - 1e-15)
        log = np.log1p(-t)
        total += weight * np.exp((alpha - 1) * log + x * t) * (by_log - log)
    return x * total * width


def _slopes(alpha: _Array, x: _Array) -> _Array:
    """dx/dalpha at a fixed probability; 0 where x is 0, NaN where there is no distribution."""
    a, y = alpha.real, x
    slopes = np.where((a > 0) & (y == 0), 0.0, np.full_like(alpha, np.nan))
    good = (a > 0) & (y > 0) & np.isfinite(a) & np.isfinite(y)
    above = good & (y > np.maximum(a, 1))
    between = good & ~above & (a > 50)
    below = good & ~above & ~between
    with np.errstate(under="ignore"):
        for part, rule in ((above, _above), (between, _between), (below, _below)):
            if part.any():
                slopes[part] = rule(alpha[part], y[part])
    return slopes


def _wide(alpha: _Array, x: _Array) -> tuple[_Array, _Array]:
    shape = np.broadcast_shapes(alpha.shape, x.shape)
    return np.broadcast_to(alpha, shape).astype(float), np.broadcast_to(x, shape).astype(float)


# A derivative by alpha is the imaginary part beside a tiny imaginary step.
_TINY = 1e-100

_bend: _Operation = host(
    "gamma_bend",
    lambda alpha, x: _slopes(_wide(alpha, x)[0] + 1j * _TINY, _wide(alpha, x)[1]).imag / _TINY,
    inputs=2,
    dtypes=_DTYPES,
    batch="leading",
)


def _slope_vjp(call: RowCall, g: Tensor) -> tuple[Tensor, Tensor]:
    # By x it is -dlog(p)/dalpha - slope dlog(p)/dx, for the density p.
    alpha, x, slope = _known(call)
    by_x = _math.digamma(alpha) - _math.log(x) - slope * ((alpha - 1.0) / x - 1.0)
    return g * _bend(alpha, x), g * by_x


_slope: _Operation = host(
    "gamma_slope",
    lambda alpha, x: _slopes(*_wide(alpha, x)),
    vjp=_slope_vjp,
    inputs=2,
    keeps=(0, 1, 2),
    dtypes=_DTYPES,
    batch="leading",
)

_gamma: _Operation = host(
    "random_gamma",
    lambda alpha, key, rank: _each(_standard_gamma, key, rank, alpha),
    vjp=lambda call, g: g * _slope(call.inputs[0], call.outputs[0]),
    jvp=lambda call, t: t * _slope(call.inputs[0], call.outputs[0]),
    constants=1,
    attributes=("rank",),
    keeps=(0, 2),
    dtypes=_DTYPES,
    batch="leading",
)


def gamma(rng: NumPyGenerator, alpha: Tensor, beta: Tensor | None) -> Tensor:
    """One number for each alpha, divided by beta."""
    x = _gamma(alpha, words(rng), rank=alpha.ndim)
    if beta is not None:
        x = x / beta
    # As TensorFlow: what is too small for the dtype is its smallest normal number.
    return _math.maximum(x, float(np.finfo(alpha.dtype.as_numpy_dtype).tiny))


# ---------------------------------------------------------------- truncated normal


def _uniform_between(rng: NumPyGenerator, a: _Array, b: _Array) -> _Array:
    return a + (b - a) * rng.random(a.shape)


def _propose(rng: NumPyGenerator, a: _Array, b: _Array) -> tuple[_Array, _Array]:
    """Numbers of [a, b], with a > 0 or a <= 0 <= b, and whether each is accepted.

    (C. P. Robert: Simulation of truncated normal variables, 1995.)
    """
    z = np.empty_like(a)
    accepted = np.empty(a.shape, bool)
    # Where the density changes little, uniform numbers; in a tail, exponential ones; else normal.
    tail = a > 0.5
    rate = 0.5 * (a + np.sqrt(a * a + 4))
    flat = np.where(tail, (b - a) * rate < 1.5, b - a < 2.0)
    tail &= ~flat
    usual = ~(flat | tail)
    if flat.any():
        low, high = a[flat], b[flat]
        z[flat] = y = _uniform_between(rng, low, high)
        nearest = np.maximum(low, 0)
        accepted[flat] = rng.random(y.shape) < np.exp((nearest * nearest - y * y) / 2)
    if tail.any():
        low, high, slope = a[tail], b[tail], rate[tail]
        z[tail] = y = low + rng.standard_exponential(low.shape) / slope
        accepted[tail] = (rng.random(y.shape) < np.exp(-((y - slope) ** 2) / 2)) & (y <= high)
    if usual.any():
        z[usual] = y = rng.standard_normal(int(usual.sum()))
        accepted[usual] = (y >= a[usual]) & (y <= b[usual])
    return z, accepted


def _standard_truncated(key: _Array, a: _Array, b: _Array) -> _Array:
    """One standard normal number between each a and b."""
    shape = np.broadcast_shapes(a.shape, b.shape)
    low: _Array = np.broadcast_to(a, shape).astype(float).ravel()
    high: _Array = np.broadcast_to(b, shape).astype(float).ravel()
    # Mirrored where most of the interval is below 0.
    sign = np.where(high < -low, -1.0, 1.0)
    bounds = ((high, low), (low, high))
    low, high = [np.where(sign < 0, -there, here) for there, here in bounds]
    z = np.full(low.shape, np.nan)
    left: _Array = np.flatnonzero(low < high)
    rng = keyed("truncated normal", *key.tolist())
    with np.errstate(all="ignore"):
        while left.size:
            y, accepted = _propose(rng, low[left], high[left])
            z[left[accepted]] = y[accepted]
            left = left[~accepted]
    release(rng)
    return np.clip((z * sign).reshape(shape).astype(a.dtype), a, b)


def _probability(a: Tensor, b: Tensor) -> Tensor:
    """Of a standard normal number in [a, b], for a <= b, without cancellation in the tails."""
    r = math.sqrt(0.5)
    upper = _math.erfc(a * r) - _math.erfc(b * r)
    lower = _math.erfc(b * -r) - _math.erfc(a * -r)
    middle = _math.erf(b * r) - _math.erf(a * r)
    return where(a > 0.0, upper, where(b < 0.0, lower, middle)) * 0.5


def _truncated_slopes(call: RowCall) -> tuple[Tensor, Tensor]:
    """dz/da and dz/db of z at a fixed probability (p(z) - p(a)) / (p(b) - p(a))."""
    a, b, z = _known(call)
    whole = _probability(a, b)
    by_a = _math.exp((z - a) * (z + a) * 0.5) * (_probability(z, b) / whole)
    by_b = _math.exp((z - b) * (z + b) * 0.5) * (_probability(a, z) / whole)
    return by_a, by_b


def _truncated_vjp(call: RowCall, g: Tensor) -> tuple[Tensor, Tensor]:
    by_a, by_b = _truncated_slopes(call)
    return g * by_a, g * by_b


def _truncated_jvp(call: RowCall, by_a: Tensor | None, by_b: Tensor | None) -> Tensor:
    slopes = _truncated_slopes(call)
    parts = [t * slope for t, slope in zip((by_a, by_b), slopes, strict=True) if t is not None]
    return parts[0] if len(parts) == 1 else parts[0] + parts[1]


_truncated: _Operation = host(
    "random_truncated_normal",
    lambda a, b, key, rank: _each(_standard_truncated, key, rank, a, b),
    vjp=_truncated_vjp,
    jvp=_truncated_jvp,
    inputs=2,
    constants=1,
    attributes=("rank",),
    keeps=(0, 1, 3),
    dtypes=_DTYPES,
    batch="leading",
)


def _standardised(bound: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    """(bound - mean) / deviation, which infinite bounds stay out of."""
    finite = np.isfinite(_core.array_of(bound))
    if finite.all():
        return (bound - mean) / deviation
    inside = where(finite, bound, _core.full([], 0, bound.dtype))
    return where(finite, (inside - mean) / deviation, bound)


def truncated_normal(
    rng: NumPyGenerator, mean: Tensor, deviation: Tensor, low: Tensor, high: Tensor
) -> Tensor:
    """One number for each of these, which have one shape."""
    a = _standardised(low, mean, deviation)
    b = _standardised(high, mean, deviation)
    return mean + deviation * _truncated(a, b, words(rng), rank=a.ndim)
