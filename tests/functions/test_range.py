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

from ..derivatives import forward, reverse
from ..operations import ROWS, public

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


def _gelu_tanh_slope(x):
    root = 2 * mp.sqrt(2 / mp.pi)
    u, slope = root * (x + mpf("0.044715") * x**3), root * (1 + 3 * mpf("0.044715") * x**2)
    return _logistic(u) + x * _logistic_slope(u) * slope


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
    "one_plus_square": (lambda x: 1 + x * x, lambda x: 2 * x, lambda x: mpf(2)),
    "exp_difference": (
        lambda a, b: mp.exp(a - b),
        lambda a, b: mp.exp(a - b),
        lambda a, b: -mp.exp(a - b),
    ),
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
    "log_sigmoid": (
        lambda x: min(x, mpf(0)) - mp.log1p(mp.exp(-abs(x))),
        lambda x: _logistic(-x),
        lambda x: -_logistic_slope(x),
    ),
    "softsign": (lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2, None),
    "relu6": (lambda x: min(max(x, mpf(0)), mpf(6)), lambda x: mpf(0 < x < 6), lambda x: mpf(0)),
    "leaky_relu": (
        lambda a, b: a if a > 0 else a * b,
        lambda a, b: mpf(1) if a > 0 else b,
        lambda a, b: mpf(0) if a > 0 else a,
    ),
    "elu": (None, lambda x: mp.exp(min(x, mpf(0))), None),
    "selu": (
        None,
        lambda x: mpf(1.7580993408473766) * mp.exp(x) if x < 0 else mpf(1.0507009873554805),
        None,
    ),
    "silu": (None, lambda x: _logistic(x) * (1 + x * _logistic(-x)), None),
    "gelu": (None, lambda x: mp.ncdf(x) + x * mp.npdf(x), None),
    "gelu_tanh": (None, lambda x: _gelu_tanh_slope(x), None),
    "xlogy": (None, lambda a, b: mp.log(b), lambda a, b: a / b),
    "xlog1py": (None, lambda a, b: mp.log1p(b), lambda a, b: a / (1 + b)),
    "xdivy": (None, lambda a, b: 1 / b, lambda a, b: -a / b / b),
    "divide_no_nan": (None, lambda a, b: 1 / b, lambda a, b: -a / b / b),
    "reciprocal_no_nan": (lambda x: 1 / x, lambda x: -1 / x**2, lambda x: 2 / x**3),
    "multiply_no_nan": (None, lambda a, b: b, lambda a, b: a),
    "squared_difference": (None, lambda a, b: 2 * (a - b), lambda a, b: 2 * (b - a)),
    "nextafter": (None, lambda a, b: mpf(1), lambda a, b: mpf(0)),
    "erf": (mp.erf, _gauss, lambda x: -2 * x * _gauss(x)),
    "erfc": (mp.erfc, lambda x: -_gauss(x), lambda x: 2 * x * _gauss(x)),
}
# Rows whose derivative is 0 or a whole number, and those whose derivatives only second ones use:
# differences of numbers that can be close to each other.
FLAT = {"sign", "zero_of", "floordiv", "mod", "truncatemod", "pow_slope", "over_square"}
# Logits and labels: the derivative is a difference of numbers that can be close to each other.
FLAT |= {"sigmoid_cross_entropy"}

# Less than is asked for: name -> (units in the last place, or a function of the argument; why).
EXCEPTIONS = {
    # The derivative is made of the result alone, as in TensorFlow: exact to a unit of 1.
    "tanh": lambda x, slope, eps: 4 / slope,
    "sigmoid": lambda x, slope, eps: 4 / slope,
    "elu": lambda x, slope, eps: 4 / slope,
    "selu": lambda x, slope, eps: 8 / slope,
    "silu": lambda x, slope, eps: 16 + min(abs(x), 1 / eps),
    # The square in exp(-x * x) is rounded, or the cube.
    "gelu": lambda x, slope, eps: 64 + 2 * x * x,
    "gelu_tanh": lambda x, slope, eps: 64 + min(abs(x), 99) ** 3,
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


# ---------------------------------------------------------------- structural rules


def _others(x, k):
    return mp.fprod(x[:k] + x[k + 1 :])


def _length(x):
    return mp.sqrt(mp.fsum(v * v for v in x))


def _root_of_powers(x, p):
    return mp.fsum(abs(v) ** p for v in x) ** (mpf(1) / p)


# name: function of tensors, derivative of its sum by element k of a list of numbers
STRUCTURAL = {
    "reduce_sum": (tf.reduce_sum, lambda x, k: mpf(1)),
    "reduce_mean": (tf.reduce_mean, lambda x, k: mpf(1) / len(x)),
    "reduce_max": (tf.reduce_max, lambda x, k: mpf(x[k] == max(x)) / x.count(max(x))),
    "reduce_min": (tf.reduce_min, lambda x, k: mpf(x[k] == min(x)) / x.count(min(x))),
    "reduce_prod": (tf.reduce_prod, _others),
    "reduce_logsumexp": (
        tf.reduce_logsumexp,
        lambda x, k: mp.exp(x[k] - max(x)) / mp.fsum(mp.exp(v - max(x)) for v in x),
    ),
    "norm": (tf.norm, lambda x, k: x[k] / _length(x)),
    "norm of 3": (
        lambda x: tf.norm(x, ord=3),
        lambda x, k: mp.sign(x[k]) * (abs(x[k]) / _root_of_powers(x, 3)) ** 2,
    ),
    "global_norm": (lambda x: tf.linalg.global_norm([x]), lambda x, k: x[k] / _length(x)),
    "matmul": (lambda x: x[None] @ x[:, None], lambda x, k: 2 * x[k]),
    "clip_by_value": (
        lambda x: tf.clip_by_value(x, -2.0, 3.0),
        lambda x, k: mpf(-2 <= x[k] <= 3),
    ),
    "clip_by_norm": (
        lambda x: tf.clip_by_norm(x, 1.0)[0],
        lambda x, k: (
            mpf(k == 0)
            if _length(x) <= 1
            else (mp.fsum(v * v for v in x[1:]) if k == 0 else -x[0] * x[k]) / _length(x) ** 3
        ),
    ),
}
# Units in the last place: each sums, or multiplies, several numbers that are rounded.
STRUCTURAL_ULPS = {"reduce_logsumexp": 8, "norm of 3": 64, "clip_by_norm": 16, "reduce_prod": 8}


def rows_of(dtype):
    """Lists of four numbers, of all sizes beside each other."""
    random = np.random.default_rng(3)
    every = points(dtype)
    sizes = np.abs(every)
    moderate = every[(sizes > 1e-3) & (sizes < 1e3)]
    rows = [random.choice(every, 4) for _ in range(60)]
    rows += [random.choice(moderate, 4) for _ in range(40)]
    high, low = every.max() / 8, sizes.min() * 8
    rows += [[high, low, high, low], [high, high, low, low], [low, low, high, high]]
    rows += [[high, high, high, high], [low, low, low, low], [high, 1, 1, low], [1, high, low, 1]]
    far = 40 if dtype != "float64" else 350.1
    rows += [[far, -far, 0.3, 1], [-far, far / 3, far, 0.1]]
    return np.unique(np.asarray(rows, dtype), axis=0)


def _is_asked(name, x, k, low, high):
    """Less is given by what is made of several operations: the parts must be in the range, too."""
    if name == "norm of 3":
        return abs(x[k]) / max(map(abs, x)) > low ** mpf("0.2")
    if name == "global_norm":
        return _length(x) < high
    if name == "clip_by_norm" and _length(x) > 1:
        # Of the largest element itself it cancels.
        return k != 0 and _length(x) ** 3 < high
    return True


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", STRUCTURAL)
def test_structural_rules_at_the_ends_of_the_range(name, dtype):
    f, slope = STRUCTURAL[name]
    info = np.finfo(dtype)
    tiny, largest, eps = (mpf(float(v)) for v in (info.tiny, info.max, info.eps))
    report = []
    for row in rows_of(dtype):
        x = [mpf(float(v)) for v in row]
        tensor = tf.constant(row)
        backwards = reverse(f, [tensor], None)[0].numpy()
        slopes = [slope(x, k) for k in range(len(x))]
        for k, true in enumerate(slopes):
            if not tiny <= abs(true) <= largest or not _is_asked(name, x, k, tiny, largest):
                continue
            answers = [float(backwards[k])]
            if max(map(abs, slopes)) <= largest:  # or the tangents of 0 beside it make NaN
                unit = tf.constant(np.eye(len(x))[k], dtype)
                answers.append(float(forward(f, [tensor], [unit])[0].numpy().sum()))
            ulp = mpf(2) ** mp.floor(mp.log(abs(true), 2)) * eps
            limit = STRUCTURAL_ULPS.get(name, ULPS) * ulp
            for y in answers:
                if not np.isfinite(y) or abs(mpf(y) - true) > limit:
                    report.append((list(map(float, x)), k, y, float(true)))
    assert not report, f"{len(report)}: (row, k, actual, true): {report[:5]}"


def test_second_derivatives_of_products_whose_parts_leave_the_range():
    x = tf.constant([1e100, 1e-100, 1.5e100, 1e-99] * 2, tf.float64)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_prod(x)
        slope = inner.gradient(y, x)
    second = outer.jacobian(slope, x).numpy()
    for i in range(8):
        for j in range(8):
            others = [float(v) for k, v in enumerate(x.numpy()) if k not in (i, j)]
            expected = 0.0 if i == j else float(mp.fprod(map(mpf, others)))
            np.testing.assert_allclose(second[i, j], expected, rtol=1e-14)


@pytest.mark.parametrize("axis", [None, 0, 1, (0, 2), (2, 1)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_products_along_axes_whose_parts_leave_the_range(axis, keepdims):
    # The same numbers times powers of 2 that make 1 together along each axis.
    plain = np.random.default_rng(1).uniform(0.5, 2, (2, 2, 4))
    signs = np.indices(plain.shape).sum(0) % 2
    scale = np.where(signs, 2.0**600, 2.0**-600)
    f = lambda x: tf.reduce_prod(x, axis, keepdims)  # noqa: E731
    wild = tf.constant(plain * scale)
    np.testing.assert_allclose(f(wild).numpy(), f(tf.constant(plain)).numpy(), rtol=1e-14)
    expected = reverse(f, [tf.constant(plain)], None)[0].numpy() / scale
    np.testing.assert_allclose(reverse(f, [wild], None)[0].numpy(), expected, rtol=1e-14)


def test_a_row_of_zeros_and_a_long_row_that_overflows():
    x = np.full((2, 2000), 2.0)
    x[0, 5] = 0.0
    tensor = tf.constant(x)
    slopes = reverse(lambda v: tf.reduce_prod(v, 1), [tensor], None)[0].numpy()
    assert np.isinf(slopes[1]).all() and np.isinf(slopes[0, 5])
    assert not slopes[0, :5].any() and not slopes[0, 6:].any()


# ---------------------------------------------------------------- second derivatives

SECOND = [
    pytest.param(row, dtype, id=f"{row['name']}-{dtype}")
    for row in ROWS
    if row["name"] in TRUTH and row["arity"] == 1 and "f" in row["kinds"]
    if TRUTH[row["name"]][2] is not None
    for dtype in ("float32", "float64")
]
# Where the second derivative is made of the result, or of a difference that was rounded before;
# that of hypot1 is for the third derivative of asinh.
SECOND_ULPS = {
    "tanh": math.inf, "sigmoid": math.inf, "softplus": math.inf, "tan": 32, "erf": math.inf,
    "erfc": math.inf, "hypot1": math.inf, "sqrt": 16, "rsqrt": 16, "log_sigmoid": math.inf,
}  # fmt: skip


@pytest.mark.parametrize(("row", "dtype"), SECOND)
def test_second_derivatives_neither_overflow_nor_underflow_on_the_way(row, dtype):
    f, truth = public(row), TRUTH[row["name"]][2]
    x = points(dtype)
    modulus = np.abs(x)
    # Up to a fourth power of x or of the result is on the way.
    info = np.finfo(dtype)
    x = x[(modulus < float(info.max) ** 0.24) & (modulus > float(info.tiny) ** 0.24)]
    tensor = tf.constant(x)
    with tf.GradientTape() as outer:
        outer.watch(tensor)
        first = reverse(f, [tensor], None)[0]
    actual = outer.gradient(first, tensor, unconnected_gradients="zero").numpy()
    limit = SECOND_ULPS.get(row["name"], 16)
    report = wrong(truth, [x], actual, dtype, lambda *_: limit)
    assert not report, f"(argument, actual, true): {report[:8]}"


# ---------------------------------------------------------------- complex numbers

COMPLEX_SLOPES = {
    row["name"]: TRUTH[row["name"]][1]
    for row in ROWS
    if row["arity"] == 1 and "c" in row["kinds"] and row["name"] in TRUTH and row["name"] != "abs"
}
# Made of the result, which is close to a constant far out.
COMPLEX_LOOSE = {"tanh", "sigmoid", "tan"}


def complex_points(dtype):
    exponents = [-20, -5, -1, 0, 1, 5, 20]
    parts = [0.0] + [s * m * 2.0**e for e in exponents for m in (1.0, 1.37) for s in (1, -1)]
    z = [complex(a, b) for a in parts for b in parts]
    eps = float(np.finfo(dtype).eps)
    for near in (1, -1, 1j, -1j):
        z += [near + d * u for d in (eps**0.5, 64 * eps, 1e-3) for u in (1, -1, 1j, -1j, 1 + 1j)]
    return np.unique(np.asarray(z, dtype))


def beside_cuts(z):
    """z on the side of a branch cut that its zeros say."""
    little = mpf(10) ** -2000
    parts = [x or math.copysign(1, x) * little for x in (z.real, z.imag)]
    return mp.mpc(*parts)


# Infinite there, and a logarithm close to it. (Zeros are in SPECIAL.)
LOGARITHMIC = {"log": [0], "log1p": [0, -1], "atan": [0, 1j, -1j], "atanh": [0, 1, -1]}


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
@pytest.mark.parametrize("name", [*COMPLEX_SLOPES, "abs"])
def test_complex_values_far_out_and_close_to_singular_points_and_zeros(name, dtype):
    row = next(row for row in ROWS if row["name"] == name)
    info = np.finfo(dtype)
    low, high = float(info.tiny) * 8, float(info.max) / 8
    z = [complex_points(dtype)]
    around = [1, -1, 1j, -1j, 1 + 1j]
    for zero in (0, 1, -1, 1j, -1j):
        z.append([zero + size * u for size in (1e-10, 1e-20, 1e-30) for u in around])
    for zero in np.arange(-4, 5) * np.pi / 2:
        z.append([axis * zero + u for axis in (1, 1j) for u in (0, 1e-9, 1e-9j, -1e-5 + 1e-5j)])
    z.append([high * u for u in around])
    z = np.unique(np.concatenate(z).astype(dtype))
    together = public(row)(tf.constant(z)).numpy()
    alone = [public(row)(tf.constant(w)).numpy() for w in z[::5]]
    report = []
    for where, actual in ((z, together), (z[::5], alone)):
        for w, y in zip(where, actual):
            try:
                true = mp.mpmathify(TRUTH[name][0](beside_cuts(complex(w))))
            except (ZeroDivisionError, ValueError, OverflowError):
                continue
            if w in LOGARITHMIC.get(name, [0]) or not low < abs(true) < high:
                continue
            error = abs(mp.mpc(complex(y)) - true) / abs(true) / float(info.eps)
            if not error < 8:
                report.append((complex(w), complex(y), complex(true), float(error)))
    assert not report, f"{len(report)}: (argument, actual, true, units): {report[:6]}"


# NumPy keeps to the C standard, as we do.
SPECIAL = {
    "abs": np.abs, "acosh": np.arccosh, "acos": np.arccos, "asin": np.arcsin, "asinh": np.arcsinh,
    "atan": np.arctan, "atanh": np.arctanh, "cos": np.cos, "cosh": np.cosh, "exp": np.exp,
    "log": np.log, "log1p": np.log1p, "negative": np.negative, "sin": np.sin, "sinh": np.sinh,
    "sqrt": np.sqrt, "tan": np.tan, "tanh": np.tanh, "expm1": np.expm1,
}  # fmt: skip


# The C standard (annex G) leaves signs open at some arguments, where the C library differs from
# NumPy's own code, which its wheels for old C libraries have instead: sizes of the real and the
# imaginary part of the argument, and the part of the result.
INF, NAN = math.inf, math.nan
REAL, IMAG = 0, 1
OPEN_SIGNS = {
    "acos": {(INF, NAN, IMAG)},
    "acosh": {(0.0, NAN, IMAG)},
    "asin": {(INF, NAN, IMAG)},
    "asinh": {(NAN, INF, REAL)},
    "atan": {(INF, NAN, IMAG)},
    "atanh": {(NAN, INF, REAL)},
    "cos": {(INF, 0.0, IMAG), (NAN, 0.0, IMAG), (0.0, NAN, IMAG), (INF, INF, REAL)},
    "cosh": {(0.0, INF, IMAG), (0.0, NAN, IMAG), (NAN, 0.0, IMAG), (INF, INF, REAL)},
    "exp": {(INF, other, part) for other in (INF, NAN) for part in (REAL, IMAG)},
    "sin": {(other, size, IMAG) for size in (0.0, INF) for other in (INF, NAN)},
    "sinh": {(size, other, REAL) for size in (0.0, INF) for other in (INF, NAN)},
    "sqrt": {(INF, NAN, IMAG)},
    "tan": {(INF, INF, REAL), (NAN, INF, REAL)},
    "tanh": {(INF, INF, IMAG), (INF, NAN, IMAG)},
}


def special_values(name, z):
    """Real and imaginary parts that the standard wants, and where it wants their signs."""
    with np.errstate(all="ignore"):
        expected = SPECIAL[name](z)
    if name == "acosh":  # NumPy's own code follows C99, which did not know the angle; C17 does
        expected[(z.real == 0) & np.isnan(z.imag)] = complex(NAN, math.pi / 2)
    open_signs = {tuple(map(str, case)) for case in OPEN_SIGNS.get(name, ())}
    for part, values in enumerate((expected.real, expected.imag)):
        cases = [(str(abs(w.real)), str(abs(w.imag)), str(part)) for w in z.tolist()]
        yield values, np.array([case not in open_signs for case in cases])


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
@pytest.mark.parametrize("name", SPECIAL)
def test_complex_functions_of_infinities_nan_and_zeros(name, dtype):
    row = next(row for row in ROWS if row["name"] == name)
    parts = [0.0, -0.0, 1.0, -0.5, INF, -INF, NAN]
    z = np.array([complex(a, b) for a in parts for b in parts], dtype)
    together = public(row)(tf.constant(z)).numpy()
    alone = np.array([public(row)(tf.constant(w)).numpy() for w in z])
    rtol = 8 * float(np.finfo(dtype).eps)
    for part, (expected, signed) in zip((np.real, np.imag), special_values(name, z)):
        for actual in map(part, (together, alone)):
            np.testing.assert_allclose(np.abs(actual), np.abs(expected), rtol, atol=rtol)
            told = signed & ~np.isnan(expected)
            np.testing.assert_allclose(actual[told], expected[told], rtol, atol=rtol)
            zeros = told & (expected == 0)
            np.testing.assert_array_equal(np.signbit(actual[zeros]), np.signbit(expected[zeros]))


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
@pytest.mark.parametrize("name", COMPLEX_SLOPES)
def test_complex_derivatives_far_out_and_close_to_singular_points(name, dtype):
    row = next(row for row in ROWS if row["name"] == name)
    z = complex_points(dtype)
    actual = np.conj(reverse(public(row), [tf.constant(z)], None)[0].numpy())
    info = np.finfo(dtype)
    report = []
    for w, y in zip(z, actual):
        try:
            true = mp.mpmathify(COMPLEX_SLOPES[name](beside_cuts(complex(w))))
        except (ZeroDivisionError, ValueError, OverflowError):
            continue
        modulus = abs(true)
        if not mp.isfinite(modulus) or not float(info.tiny) * 8 < modulus < float(info.max) / 8:
            continue
        error = abs(mp.mpc(complex(y)) - true) / modulus / float(info.eps)
        limit = 8 + 4 * (1 / modulus if name in COMPLEX_LOOSE else 0)
        if not error < limit:
            report.append((complex(w), complex(y), complex(true), float(error)))
    assert not report, f"{len(report)}: (argument, actual, true, units): {report[:6]}"


# ---------------------------------------------------------------- sums of many halves

MANY = 5000
ROW_NUMBERS = np.random.default_rng(4).integers(0, 3, MANY)


def halves(*shape, seed=0):
    """Numbers of one sign, whose sum would stop growing in float16."""
    return np.random.default_rng(seed).uniform(0.5, 1, shape).astype("float16")


# name: function of tensors, its arguments
HALVES = {
    "reduce_sum": (tf.reduce_sum, [halves(MANY)]),
    "reduce_sum of rows": (lambda x: tf.reduce_sum(x, 1), [halves(3, MANY)]),
    "reduce_sum of columns": (lambda x: tf.reduce_sum(x, 0), [halves(MANY, 3)]),
    "reduce_mean": (tf.reduce_mean, [halves(MANY)]),
    "reduce_mean of rows": (lambda x: tf.reduce_mean(x, 1), [halves(3, MANY)]),
    "reduce_mean of columns": (lambda x: tf.reduce_mean(x, 0), [halves(MANY, 3)]),
    "reduce_mean of large numbers": (tf.reduce_mean, [halves(100) * np.float16(60_000)]),
    "reduce_logsumexp": (tf.reduce_logsumexp, [halves(MANY)]),
    "norm": (tf.norm, [halves(MANY)]),
    "matmul": (tf.matmul, [halves(2, MANY), halves(MANY, 3, seed=1)]),
    "matmul by its factors": (tf.matmul, [halves(MANY, 2), halves(2, MANY // 10, seed=1)]),
    "tensordot": (lambda a, b: tf.tensordot(a, b, 1), [halves(MANY), halves(MANY, seed=1)]),
    "einsum ij,jk->ik": (
        lambda a, b: tf.einsum("ij,jk->ik", a, b),
        [halves(2, MANY), halves(MANY, 3, seed=1)],
    ),
    "einsum ij,kj->": (
        lambda a, b: tf.einsum("ij,kj->", a, b),
        [halves(2, 900), halves(3, 900, seed=1)],
    ),
    "einsum i->": (lambda a: tf.einsum("i->", a), [halves(MANY)]),
    "einsum ii->": (lambda a: tf.einsum("ii->", a), [halves(1500, 1) * halves(1, 1500)]),
    "einsum i,jk->jk": (
        lambda a, b: tf.einsum("i,jk->jk", a, b),
        [halves(3), halves(50, 60, seed=1)],
    ),
    "add, broadcast": (tf.add, [halves(1)[0], halves(MANY)]),
    "add, a row to rows": (tf.add, [halves(3), halves(MANY, 3)]),
    "add, a column to columns": (tf.add, [halves(3, 1), halves(3, MANY)]),
    "multiply, broadcast": (tf.multiply, [halves(1)[0], halves(MANY)]),
    "multiply, a row with rows": (tf.multiply, [halves(3), halves(MANY, 3)]),
    "divide, columns by a column": (tf.divide, [halves(3, MANY), halves(3, 1)]),
    "broadcast_to": (lambda x: tf.broadcast_to(x, (MANY, 3)), [halves(3)]),
    "tile": (lambda x: tf.tile(x, [MANY]), [halves(3)]),
    "gather": (lambda x: tf.gather(x, ROW_NUMBERS), [halves(3)]),
    "gather of rows": (lambda x: tf.gather(x, ROW_NUMBERS), [halves(3, 2)]),
    "gather of columns": (lambda x: tf.gather(x, ROW_NUMBERS, axis=1), [halves(2, 3)]),
    "gather_nd": (lambda x: tf.gather_nd(x, ROW_NUMBERS[:, None]), [halves(3, 2)]),
    "gather of a result": (lambda x: tf.gather(x * 1.0, ROW_NUMBERS), [halves(3)]),
    "indices": (lambda x: x[ROW_NUMBERS], [halves(3, 2)]),
    "indices of two axes": (lambda x: x[:, ROW_NUMBERS], [halves(2, 3)]),
    "where": (lambda a, b: tf.where(ROW_NUMBERS > 0, a, b), [halves(1)[0], halves(1, seed=1)[0]]),
}


@pytest.mark.parametrize("name", HALVES)
def test_halves_are_summed_in_single_precision(name):
    """Values, gradients and tangents as of float64, rounded once."""
    f, arrays = HALVES[name]
    wide = [a.astype("float64") for a in arrays]
    tensors, exact = [tf.constant(a) for a in arrays], [tf.constant(a) for a in wide]
    upstream = halves(*f(*exact).shape, seed=2)
    pairs = [(f(*tensors), f(*exact))]
    pairs += zip(reverse(f, tensors, [upstream]), reverse(f, exact, [upstream.astype("float64")]))
    pairs += zip(forward(f, tensors, arrays), forward(f, exact, wide))
    for actual, expected in pairs:
        actual = tf.convert_to_tensor(actual)
        assert actual.dtype == "float16"
        expected = tf.convert_to_tensor(expected).numpy()
        assert np.abs(expected).max() < 65_504
        error = np.abs(actual.numpy().astype("float64") - expected)
        unit = np.spacing(np.abs(expected).astype("float16")).astype("float64")
        assert np.all(error <= 0.51 * unit), (error / unit).max()


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, -0.0, 1.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_parts_of_complex_numbers_are_put_in_place(dtype, value):
    """A product with i, or with a number that has a part of 0, would mix them."""
    one, x = tf.constant(1.0, dtype), tf.constant(value, dtype)

    def parts(z):
        z = z.numpy()
        return [(float(part), bool(np.signbit(part))) for part in (z.real, z.imag)]

    def given(*numbers):
        return [(float(n), bool(np.signbit(n))) for n in numbers]

    np.testing.assert_equal(parts(tf.complex(one, x)), given(1.0, value))
    np.testing.assert_equal(parts(tf.complex(x, one)), given(value, 1.0))
    z = tf.complex(one, one)
    with tf.GradientTape() as tape:
        tape.watch(z)
        y = tf.math.imag(z)
    np.testing.assert_equal(parts(tape.gradient(y, z, x)), given(0.0, value))
    with tf.GradientTape() as tape:
        tape.watch(one)
        z = tf.complex(one, one)
    assert tape.gradient(z, one, tf.complex(one, x)).numpy() == pytest.approx(
        1.0 + value, nan_ok=True
    )
    row = tf.broadcast_to(tf.complex(one, x), [3])
    with np.errstate(invalid="ignore"):
        np.testing.assert_equal(tf.reduce_sum(row).numpy(), row.numpy().sum())


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64"])
@pytest.mark.parametrize("total", range(-7, 8))
def test_means_of_integers_are_rounded_to_zero(dtype, total):
    mean = tf.reduce_mean(tf.constant([total, 0, 0], dtype))
    assert mean.dtype == dtype
    assert mean.numpy() == int(total / 3)


@pytest.mark.parametrize("exponent", [-300, -160, -20, 0, 20, 150, 300])
def test_second_derivatives_of_spectral_norms_have_no_squares(exponent):
    """They are homogeneous of degree -1."""
    matrix = np.array([[1.0, 2.0, -0.5], [0.25, -1.0, 3.0]])

    def hessian(scale):
        return tf.func.hessian(lambda x: tf.norm(x, ord=2, axis=[0, 1]))(
            tf.constant(matrix * scale)
        )

    unit = 10.0**exponent
    np.testing.assert_allclose(
        np.asarray(hessian(unit)) * unit, hessian(1.0), rtol=1e-9, atol=1e-12
    )
