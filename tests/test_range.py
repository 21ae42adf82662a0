"""Derivatives at the ends of the range of each dtype, against mpmath.

What is asked for is an error of 4 units in the last place wherever the true number is a normal
number of the dtype: nothing may overflow, underflow or cancel on the way to it. `EXCEPTIONS` lists
where less is given, and why.
"""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

import autograd_c as tf

from .derivatives import forward, reverse
from .operations import ROWS, public

mp = mpmath.MPContext()
mp.prec = 300
mpf = mp.mpf
FLOATS = ("float16", "float32", "float64")
ULPS = 4


def _sech2(x):
    e = mp.exp(-2 * x if mp.re(x) > 0 else 2 * x)
    return 4 * e / (1 + e) ** 2


def _logistic(x):
    return 1 / (1 + mp.exp(-x)) if mp.re(x) > 0 else mp.exp(x) / (1 + mp.exp(x))


def _logistic_slope(x):
    e = mp.exp(-x if mp.re(x) > 0 else x)
    return e / (1 + e) ** 2


def _sqrt1(x):
    return mp.sqrt(1 + 1j * x) * mp.sqrt(1 - 1j * x) if mp.im(x) else mp.sqrt(1 + x * x)


def _sqrt_below_1(x):
    return mp.sqrt(1 - x) * mp.sqrt(1 + x)


def _only(x, condition):
    return x if condition else mp.nan


def _gauss(x):
    return 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)


# name: value, first derivatives by each argument, and for one argument the second derivative.
TRUTH = {
    "add": (lambda a, b: a + b, lambda a, b: mpf(1), lambda a, b: mpf(1)),
    "subtract": (lambda a, b: a - b, lambda a, b: mpf(1), lambda a, b: mpf(-1)),
    "multiply": (lambda a, b: a * b, lambda a, b: b, lambda a, b: a),
    "divide": (lambda a, b: a / b, lambda a, b: 1 / b, lambda a, b: -a / b / b),
    "pow": (
        mp.power,
        lambda a, b: b * mp.power(a, b - 1),
        lambda a, b: mp.log(a) * mp.power(a, b) if mp.im(a) or a > 0 else mpf(0),
    ),
    "pow_slope": (
        lambda a, b: b * mp.power(a, b - 1),
        lambda a, b: b * (b - 1) * mp.power(a, b - 2),
        None,
    ),
    "atan2": (
        mp.atan2,
        lambda a, b: b / (a * a + b * b),
        lambda a, b: -a / (a * a + b * b),
    ),
    "over_square": (
        lambda a, b: a / (a * a + b * b),
        lambda a, b: (b - a) * (b + a) / (a * a + b * b) ** 2,
        lambda a, b: -2 * a * b / (a * a + b * b) ** 2,
    ),
    "maximum": (max, lambda a, b: mpf(a >= b), lambda a, b: mpf(a < b)),
    "minimum": (min, lambda a, b: mpf(a <= b), lambda a, b: mpf(a > b)),
    "lowered": (lambda a, b: b - 1, None, lambda a, b: mpf(1)),
    "negative": (lambda x: -x, lambda x: mpf(-1), lambda x: mpf(0)),
    "abs": (abs, mp.sign, lambda x: mpf(0)),
    "square": (lambda x: x * x, lambda x: 2 * x, lambda x: mpf(2)),
    "second_power": (lambda x: x * x, lambda x: 2 * x, lambda x: mpf(2)),
    "twice": (lambda x: 2 * x, lambda x: mpf(2), lambda x: mpf(0)),
    "sqrt": (mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x)), lambda x: -1 / (4 * mp.sqrt(x) * x)),
    "rsqrt": (
        lambda x: 1 / mp.sqrt(x),
        lambda x: -1 / (2 * mp.sqrt(x) * x),
        lambda x: 3 / (4 * mp.sqrt(x) * x * x),
    ),
    "reciprocal": (lambda x: 1 / x, lambda x: -1 / x**2, lambda x: 2 / x**3),
    "exp": (mp.exp, mp.exp, mp.exp),
    "expm1": (mp.expm1, mp.exp, mp.exp),
    "log": (mp.log, lambda x: 1 / x, lambda x: -1 / x**2),
    "log1p": (mp.log1p, lambda x: 1 / (1 + x), lambda x: -1 / (1 + x) ** 2),
    "sin": (mp.sin, mp.cos, lambda x: -mp.sin(x)),
    "cos": (mp.cos, lambda x: -mp.sin(x), lambda x: -mp.cos(x)),
    "tan": (mp.tan, lambda x: mp.sec(x) ** 2, lambda x: 2 * mp.tan(x) * mp.sec(x) ** 2),
    "asin": (mp.asin, lambda x: 1 / _sqrt_below_1(x), lambda x: x / _sqrt_below_1(x) ** 3),
    "acos": (mp.acos, lambda x: -1 / _sqrt_below_1(x), lambda x: -x / _sqrt_below_1(x) ** 3),
    "atan": (mp.atan, lambda x: 1 / (1 + x * x), lambda x: -2 * x / (1 + x * x) ** 2),
    "sinh": (mp.sinh, mp.cosh, mp.sinh),
    "cosh": (mp.cosh, mp.sinh, mp.cosh),
    "tanh": (mp.tanh, _sech2, lambda x: -2 * mp.tanh(x) * _sech2(x)),
    "asinh": (mp.asinh, lambda x: 1 / _sqrt1(x), lambda x: -x / _sqrt1(x) ** 3),
    "acosh": (
        mp.acosh,
        lambda x: 1 / (mp.sqrt(x - 1) * mp.sqrt(x + 1)),
        lambda x: -x / (mp.sqrt(x - 1) * mp.sqrt(x + 1)) ** 3,
    ),
    "atanh": (
        mp.atanh,
        lambda x: 1 / ((1 - x) * (1 + x)),
        lambda x: 2 * x / ((1 - x) * (1 + x)) ** 2,
    ),
    "co_square": (lambda x: (1 - x) * (1 + x), lambda x: -2 * x, lambda x: mpf(-2)),
    "hypot1": (_sqrt1, lambda x: x / _sqrt1(x), lambda x: 1 / _sqrt1(x) ** 3),
    "sigmoid": (
        _logistic,
        _logistic_slope,
        lambda x: -_logistic_slope(x) * mp.tanh(x / 2),
    ),
    "softplus": (
        lambda x: mp.log1p(mp.exp(-abs(x))) + max(x, mpf(0)),
        _logistic,
        _logistic_slope,
    ),
    "relu": (lambda x: max(x, mpf(0)), lambda x: mpf(x > 0), lambda x: mpf(0)),
    "erf": (mp.erf, _gauss, lambda x: -2 * x * _gauss(x)),
    "erfc": (mp.erfc, lambda x: -_gauss(x), lambda x: 2 * x * _gauss(x)),
}
# Rows whose derivative is 0 or a whole number, and those whose derivatives only second ones use:
# differences of numbers that can be close to each other.
FLAT = {"sign", "zero_of", "floordiv", "mod", "pow_slope", "over_square"}

# Less than is asked for: name -> (units in the last place, or a function of the argument; why).
EXCEPTIONS = {
    # The derivative is made of the result alone, as in TensorFlow: exact to a unit of 1.
    "tanh": lambda x, slope, eps: 4 / slope,
    "sigmoid": lambda x, slope, eps: 4 / slope,
    # The square in exp(-x * x) is rounded.
    "erf": lambda x, slope, eps: 4 + x * x,
    "erfc": lambda x, slope, eps: 4 + x * x,
    # By the exponent: the logarithm times a power, which is subnormal itself close to the end.
    "pow": lambda x, slope, eps: 4 if slope > (1e-34 if eps > 1e-9 else 1e-304) else math.inf,
    # Twice the error of the tangent.
    "tan": lambda x, slope, eps: 8,
}


def points(dtype):
    """Both signs of numbers all over the range, and close to where functions end."""
    info = np.finfo(dtype)
    low, high = int(np.log2(float(info.tiny))), int(info.maxexp)
    exponents = {low, low + 1, low // 2, 3 * low // 4, low // 4, -10, -3, -1, 0, 1, 2, 4, 6}
    exponents |= {high // 4, high // 3, high // 2 - 1, high // 2, 3 * high // 4, high - 1}
    x = [np.ldexp(m, e) for e in sorted(exponents) for m in (1.0, 1.37, 1.999)]
    eps = float(info.eps)
    x += [1 - eps / 2, 1 + eps, 1 - 8 * eps, 1 + 8 * eps, 1 - eps**0.5, 1 + eps**0.5, 20.0, 700.0]
    x = np.unique(np.array([v for v in x if v <= info.max], dtype))
    return np.concatenate([-x, x])


def true_number(f, arguments):
    """f in many digits, or None where that is no real number."""
    try:
        y = f(*[mpf(float(x)) for x in arguments])
    except (ZeroDivisionError, ValueError, OverflowError):
        return None
    return None if isinstance(y, mp.mpc) or not mp.isfinite(y) else mpf(y)


def wrong(f, arrays, actual, dtype, allowed):
    info = np.finfo(dtype)
    low, high, eps = (mpf(float(v)) for v in (info.tiny, info.max, info.eps))
    report = []
    for x, y in zip(zip(*arrays), actual):
        true = true_number(f, x)
        if true is None or not low <= abs(true) <= high:
            continue
        unit = mpf(2) ** mp.floor(mp.log(abs(true), 2)) * eps
        limit = allowed(float(x[0]), float(abs(true)), float(eps)) if allowed else ULPS
        if not np.isfinite(y) or abs(mpf(float(y)) - true) > limit * unit:
            report.append((*map(float, x), float(y), float(true)))
    return report


CASES = [
    pytest.param(row, dtype, id=f"{row['name']}-{dtype}")
    for row in ROWS
    if row["differentiable"] and "f" in row["kinds"] and row["name"] not in FLAT
    for dtype in FLOATS
]


@pytest.mark.parametrize(("row", "dtype"), CASES)
def test_derivatives_at_the_ends_of_the_range(row, dtype):
    f, truth, allowed = public(row), TRUTH[row["name"]], EXCEPTIONS.get(row["name"])
    arrays = [points(dtype)]
    if row["arity"] == 2:
        arrays = [a.ravel() for a in np.meshgrid(arrays[0][::6], arrays[0][::5])]
    if row["name"] in ("pow", "pow_slope"):  # of a negative base it is no number
        arrays = [a[arrays[0] > 0] for a in arrays]
    tensors = [tf.constant(a) for a in arrays]
    for k, slope in enumerate(truth[1 : 1 + row["arity"]]):
        if slope is None:
            continue
        x = tensors[k]
        of_one = lambda v, k=k: f(*tensors[:k], v, *tensors[k + 1 :])  # noqa: E731
        with tf.GradientTape() as outer:
            outer.watch(x)
            recorded = reverse(of_one, [x], None)[0]
        single = [
            reverse(f, [tf.constant(a[i]) for a in arrays], None)[k].numpy()
            for i in range(0, len(arrays[0]), 7)
        ]
        answers = {
            "reverse": (arrays, reverse(of_one, [x], None)[0].numpy()),
            "recorded": (arrays, recorded.numpy()),
            "forward": (arrays, forward(of_one, [x], [tf.ones_like(x)])[0].numpy()),
            "numbers": ([a[::7] for a in arrays], single),
        }
        for mode, (where, actual) in answers.items():
            report = wrong(slope, where, actual, dtype, allowed)
            assert not report, f"{mode} by {k}: (arguments, actual, true): {report[:8]}"
