"""The elementwise functions of ``scipy.special``: an operation for each, by its name."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from autograd_c import math as tm
from autograd_c.arrays import _ufunc_rules
from autograd_c.arrays._arguments import number
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions import special_of_one as of_one
from autograd_c.scipy._rows import Operation, constant, library, row, scipys, where
from autograd_c.scipy._special_polynomials import POLYNOMIALS

_ROOT_PI = math.sqrt(math.pi)
_ROOT_TAU = math.sqrt(2 * math.pi)


def _apply(name: str) -> Operation:
    def operation(*given: Tensor) -> Tensor:
        _core.load_special_functions()
        return _core.apply(name, [*given])

    return operation


# ------------------------------------------------------------ gamma, beta

gammaln, digamma = _apply("lgamma"), _apply("digamma")
gamma: Operation = row("gamma", [lambda x, y: digamma(x) * y])


def _slope_of_rgamma(x: Tensor, y: Tensor) -> Tensor:
    # Of gamma(1 - x) sin(pi x) / pi below 1/2: digamma has poles there, and 1 / gamma has none.
    low = _core.array_of(x) < 0.5
    if not low.any():
        return -digamma(x) * y
    below = where(low, x, 0.25, x)
    nearest = tm.round(below)
    sign = 1 - 2 * tm.floormod(nearest, number(2, x))
    turn = (below - nearest) * math.pi
    slope = tm.cos(turn) - digamma(1 - below) * tm.sin(turn) / math.pi
    return where(low, sign * gamma(1 - below) * slope, -digamma(where(low, 1, x, x)) * y, x)


rgamma: Operation = row("rgamma", [_slope_of_rgamma])
beta: Operation = row(
    "beta",
    [
        lambda a, b, y: y * (digamma(a) - digamma(a + b)),
        lambda a, b, y: y * (digamma(b) - digamma(a + b)),
    ],
)
betaln: Operation = row(
    "betaln",
    [lambda a, b, y: digamma(a) - digamma(a + b), lambda a, b, y: digamma(b) - digamma(a + b)],
)
binom: Operation = row(
    "binom",
    [
        lambda n, k, y: y * (digamma(n + 1) - digamma(n - k + 1)),
        lambda n, k, y: y * (digamma(n - k + 1) - digamma(k + 1)),
    ],
)
poch: Operation = row(
    "poch",
    [lambda z, m, y: y * (digamma(z + m) - digamma(z)), lambda z, m, y: y * digamma(z + m)],
)


def loggamma(x: Tensor) -> Tensor:
    return where(x < 0, math.nan, gammaln(where(x < 0, 1, x, x)), x)


def gammasgn(x: Tensor) -> Tensor:
    return _core.convert_to_tensor(library("special").gammasgn(_core.array_of(x)))


def zeta(s: Tensor, q: Tensor) -> Tensor:
    return tm.zeta(constant("zeta", s), q)


# ------------------------------------------------------------ incomplete integrals


def _gamma_density(a: Tensor, x: Tensor) -> Tensor:
    return _core.apply("gamma_density", [a, x])


def _by_a(a: Tensor, x: Tensor) -> Tensor:
    """The derivative of `gammainc` by `a`."""
    return _core.apply("igamma_by_a", [a, x], [1])


def _both_beta(a: Tensor, b: Tensor, x: Tensor, by: tuple[int, int]) -> Tensor:
    return _core.apply("betainc_by_ab", [a, b, x], [*by])


def _beta_density(a: Tensor, b: Tensor, x: Tensor) -> Tensor:
    return _core.apply("beta_density", [a, b, x])


def _betaincc(a: Tensor, b: Tensor, x: Tensor) -> Tensor:
    return tm.betainc(b, a, 1 - x)


gammaincinv: Operation = row(
    "gammaincinv",
    [
        lambda a, y, x: -_by_a(a, x) / _gamma_density(a, x),
        lambda a, y, x: 1 / _gamma_density(a, x),
    ],
)
gammainccinv: Operation = row(
    "gammainccinv",
    [
        lambda a, y, x: -_by_a(a, x) / _gamma_density(a, x),
        lambda a, y, x: -1 / _gamma_density(a, x),
    ],
)
betaincinv: Operation = row(
    "betaincinv",
    [
        lambda a, b, y, x: -_both_beta(a, b, x, (1, 0)) / _beta_density(a, b, x),
        lambda a, b, y, x: -_both_beta(a, b, x, (0, 1)) / _beta_density(a, b, x),
        lambda a, b, y, x: 1 / _beta_density(a, b, x),
    ],
)


def log_student(df: Tensor, t: Tensor) -> Tensor:
    """The logarithm of the density of Student's t distribution."""
    many = np.isinf(_core.array_of(df))
    if many.any():  # it is the normal distribution then
        log = log_student(where(many, 1, df, df), t)
        return where(many, t * t / -2 - math.log(_ROOT_TAU), log, log)
    log = -betaln(df / 2, number(0.5, df)) - tm.log(df) / 2
    return log - (df + 1) / 2 * tm.log1p(t * t / df)


def student_density(df: Tensor, t: Tensor) -> Tensor:
    return tm.exp(log_student(df, t))


def _student_by_df(df: Tensor, t: Tensor, _: Tensor) -> Tensor:
    # The distribution is 1/2 ± betainc(1/2, df/2, t²/(df+t²))/2, and of a tail betainc(df/2, 1/2,
    # df/(df+t²))/2: of the two the one whose third argument does not round to 1.
    many = np.isinf(_core.array_of(df)) | np.isinf(_core.array_of(t))
    if many.any():
        return where(many, 0, _student_by_df(where(many, 1, df, df), where(many, 1, t, t), _), t)
    # At 0 the incomplete beta function has no slope: the first term of the series in t, there.
    least = abs(t) < tm.sqrt(df) * 1e-9
    if _core.array_of(least).any():
        shape = (digamma((df + 1) / 2) - digamma(df / 2) - 1 / df) / 2
        first = student_density(df, where(least, 0, t, t)) * shape * t
        return where(least, first, _student_by_df(df, where(least, tm.sqrt(df), t, t), _), t)
    half, square = number(0.5, df), t * t
    near = square < df
    total = df + square
    central = _both_beta(half, df / 2, where(near, square / total, 0.5, df), (0, 1))
    tail = _both_beta(df / 2, half, where(near, 0.5, df / total, df), (1, 0))
    by_shape = where(near, central, -tail, t) / 4 * tm.sign(t)
    return by_shape - student_density(df, t) * t / (2 * df)


stdtr: Operation = row("stdtr", [_student_by_df, lambda df, t, _: student_density(df, t)])


def _student_quantile(df: Any, p: Any) -> Any:
    # SciPy's own is NaN or of the wrong sign at both ends, by its version.
    t = scipys("stdtrit")(df, p)
    for end, infinity in ((0, -np.inf), (1, np.inf)):
        t = np.where((p == end) & (df > 0), np.asarray(infinity, t.dtype), t)
    return t


stdtrit: Operation = row(
    "stdtrit",
    [
        lambda df, p, t: -_student_by_df(df, t, p) / student_density(df, t),
        lambda df, p, t: 1 / student_density(df, t),
    ],
    value=_student_quantile,
)


def _truncated(n: Tensor) -> Tensor:
    return where(n < 0, tm.ceil(n), tm.floor(n), n)


def _counts(name: str, k: Tensor, n: Tensor, p: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Whole numbers, which SciPy truncates to, a probability, and where they are valid."""
    k, n = tm.floor(constant(name, k)), _truncated(constant(name, n))
    valid = tm.logical_and(tm.logical_and(k <= n, p >= 0), p <= 1)
    return where(valid, k, 0, k), where(valid, n, 1, n), where(valid, p, 0.5, p), valid


def xlogy(x: Tensor, y: Tensor) -> Tensor:
    """x log y, and 0 where x is: with its derivative by x there, where TensorFlow's has 0."""
    array = _core.array_of(y)
    inner = ~np.isinf(array) & (array != 0 if y.dtype.is_complex else ~(array <= 0))
    return where(inner, x * tm.log(where(inner, y, 1, y)), tm.xlogy(x, y), x)


def xlog1py(x: Tensor, y: Tensor) -> Tensor:
    """x log(1 + y), and 0 where x is: with its derivative by x there, where TensorFlow's has 0."""
    array = _core.array_of(y)
    inner = ~np.isinf(array) & (array != -1 if y.dtype.is_complex else ~(array <= -1))
    return where(inner, x * tm.log1p(where(inner, y, 0, y)), tm.xlog1py(x, y), x)


def _bdtr(k: Tensor, n: Tensor, p: Tensor) -> Tensor:
    k, n, p, valid = _counts("bdtr", k, n, p)
    all_of_them = k >= n
    none = k < 0
    certain = tm.logical_or(all_of_them, none)
    y = tm.betainc(where(certain, 1, n - k, p), where(certain, 1, k + 1, p), 1 - p)
    y = where(all_of_them, 1, y, p)
    return where(tm.logical_and(valid, tm.logical_not(none)), y, math.nan, p)


def _bdtrc(k: Tensor, n: Tensor, p: Tensor) -> Tensor:
    k, n, p, valid = _counts("bdtrc", k, n, p)
    all_of_them = k >= n
    none = k < 0
    certain = tm.logical_or(all_of_them, none)
    y = tm.betainc(where(certain, 1, k + 1, p), where(certain, 1, n - k, p), p)
    y = where(none, 1, where(all_of_them, 0, y, p), p)
    return where(valid, y, math.nan, p)


def _nbdtr(name: str, tail: bool, k: Tensor, n: Tensor, p: Tensor) -> Tensor:
    k, n = _truncated(constant(name, k)), _truncated(constant(name, n))
    valid = tm.logical_and(tm.logical_and(k >= 0, n >= 1), tm.logical_and(p >= 0, p <= 1))
    k, n, p = where(valid, k, 0, p), where(valid, n, 1, p), where(valid, p, 0.5, p)
    y = tm.betainc(k + 1, n, 1 - p) if tail else tm.betainc(n, k + 1, p)
    return where(valid, y, math.nan, p)


# ------------------------------------------------------------ errors, normal distribution

erfcx: Operation = row("erfcx", [lambda x, y: 2 * x * y - 2 / _ROOT_PI])
erfi: Operation = row("erfi", [lambda x, y: tm.exp(x * x) * (2 / _ROOT_PI)])
ndtr: Operation = row("ndtr", [lambda x, y: tm.exp(-x * x / 2) / _ROOT_TAU])
log_ndtr: Operation = row(
    "log_ndtr", [lambda x, y: math.sqrt(2 / math.pi) / erfcx(x * -math.sqrt(0.5))]
)
ndtri_exp: Operation = row(
    "ndtri_exp", [lambda x, y: erfcx(y * -math.sqrt(0.5)) * math.sqrt(math.pi / 2)]
)

owens_t: Operation = row(
    "owens_t",
    [
        lambda h, a, y: tm.exp(h * h / -2) * tm.erf(a * h * math.sqrt(0.5)) / (-2 * _ROOT_TAU),
        lambda h, a, y: tm.exp(h * h * (1 + a * a) / -2) / (2 * math.pi * (1 + a * a)),
    ],
)
_DEGREE = math.pi / 180
sindg: Operation = row("sindg", [lambda x, y: cosdg(x) * _DEGREE])
cosdg: Operation = row("cosdg", [lambda x, y: sindg(x) * -_DEGREE])

# ------------------------------------------------------------ Bessel functions


# Derivatives are by x, and made of the functions of neighbouring orders.
jv: Operation = row("jv", [lambda v, x, y: (jv(v - 1, x) - jv(v + 1, x)) / 2], 1)
yv: Operation = row("yv", [lambda v, x, y: (yv(v - 1, x) - yv(v + 1, x)) / 2], 1)
iv: Operation = row("iv", [lambda v, x, y: (iv(v - 1, x) + iv(v + 1, x)) / 2], 1)
kv: Operation = row("kv", [lambda v, x, y: (kv(v - 1, x) + kv(v + 1, x)) / -2], 1)
ive: Operation = row(
    "ive",
    [lambda v, x, y: (ive(v - 1, x) + ive(v + 1, x)) / 2 - tm.sign(x) * y],
    1,
)
kve: Operation = row("kve", [lambda v, x, y: y - (kve(v - 1, x) + kve(v + 1, x)) / 2], 1)


def _part(name: str, k: int) -> Any:
    """One of the results of a function of SciPy's."""

    def value(x: Any) -> Any:
        return getattr(library("special"), name)(x)[k]

    return value


# Airy's function and its derivative, each of which is the other's but for a factor.
_airy_of: list[Operation] = [
    row("airy_ai", [lambda x, y: _airy_of[1](x)], value=_part("airy", 0)),
    row("airy_aip", [lambda x, y: x * _airy_of[0](x)], value=_part("airy", 1)),
    row("airy_bi", [lambda x, y: _airy_of[3](x)], value=_part("airy", 2)),
    row("airy_bip", [lambda x, y: x * _airy_of[2](x)], value=_part("airy", 3)),
]

# ------------------------------------------------------------ integrals


def _expn_row_slope(n: Tensor, x: Tensor, y: Tensor) -> Tensor:
    return -expn(n - 1, x)


_expn_from_one: Operation = row("expn", [_expn_row_slope], 1)


def expn(n: Tensor, x: Tensor) -> Tensor:
    some = where(n < 1, 1, n, x)
    y = _expn_from_one(some, x)
    if bool((_core.array_of(n) >= 1).all()):
        return y
    return where(n < 1, where(n < 0, math.inf, tm.exp(-x) / x, x), y, x)


exp1: Operation = row("exp1", [lambda x, y: -tm.exp(-x) / x])


def _of_whole_orders(name: str) -> Any:
    def value(n: Any, x: Any) -> Any:
        return getattr(library("special"), name)(n.astype(np.int64), x)

    return value


def _below(n: Tensor) -> Tensor:
    return tm.maximum(n - 1, number(0, n))


spherical_jn: Operation = row(
    "spherical_jn",
    [
        lambda n, x, y: (
            (n * spherical_jn(_below(n), x) - (n + 1) * spherical_jn(n + 1, x)) / (2 * n + 1)
        )
    ],
    1,
    _of_whole_orders("spherical_jn"),
)
spherical_in: Operation = row(
    "spherical_in",
    [
        lambda n, x, y: (
            (n * spherical_in(_below(n), x) + (n + 1) * spherical_in(n + 1, x)) / (2 * n + 1)
        )
    ],
    1,
    _of_whole_orders("spherical_in"),
)
# The integrals of sin(x) / x and cos(x) / x, and of the hyperbolic ones.
_sici = [
    row("sici", [lambda x, y: spherical_jn(number(0, x), x)], value=_part("sici", 0)),
    row("sici_cos", [lambda x, y: tm.cos(x) / x], value=_part("sici", 1)),
]
_shichi = [
    row("shichi", [lambda x, y: spherical_in(number(0, x), x)], value=_part("shichi", 0)),
    row("shichi_cosh", [lambda x, y: tm.cosh(x) / x], value=_part("shichi", 1)),
]

# ------------------------------------------------------------ hypergeometric functions

hyp0f1: Operation = row("hyp0f1", [lambda b, x, y: hyp0f1(b + 1, x) / b], 1)
hyp1f1: Operation = row("hyp1f1", [lambda a, b, x, y: hyp1f1(a + 1, b + 1, x) * (a / b)], 2)
hyp2f1: Operation = row(
    "hyp2f1", [lambda a, b, c, x, y: hyp2f1(a + 1, b + 1, c + 1, x) * (a * b / c)], 3
)
hyperu: Operation = row("hyperu", [lambda a, b, x, y: hyperu(a + 1, b + 1, x) * -a], 2)


def _elliptic(a: float, c: float, m: Tensor) -> Tensor:
    return hyp2f1(number(a, m), number(0.5 + c - 1, m), number(c, m), m)


ellipk: Operation = row("ellipk", [lambda m, y: _elliptic(1.5, 2.0, m) * (math.pi / 8)])
ellipe: Operation = row("ellipe", [lambda m, y: _elliptic(0.5, 2.0, m) * (-math.pi / 8)])
exprel: Operation = row("exprel", [lambda x, y: hyp1f1(number(2, x), number(3, x), x) / 2])
wrightomega: Operation = row("wrightomega", [lambda x, y: y / (1 + y)])


def boxcox(x: Tensor, lmbda: Tensor) -> Tensor:
    log = tm.log(x)
    return log * exprel(lmbda * log)


def boxcox1p(x: Tensor, lmbda: Tensor) -> Tensor:
    log = tm.log1p(x)
    return log * exprel(lmbda * log)


def _inv_boxcox_by_lmbda(x: Tensor, lmbda: Tensor) -> Tensor:
    log = tm.log(x)
    bend = hyp1f1(number(2, x), number(3, x), lmbda * log)
    return log * log * bend / -2 * tm.pow(x, 1 - lmbda)


inv_boxcox: Operation = row(
    "inv_boxcox",
    [
        lambda y, lmbda, x: tm.pow(x, 1 - lmbda),
        lambda y, lmbda, x: _inv_boxcox_by_lmbda(x, lmbda),
    ],
)
inv_boxcox1p: Operation = row(
    "inv_boxcox1p",
    [
        lambda y, lmbda, x: tm.pow(1 + x, 1 - lmbda),
        lambda y, lmbda, x: _inv_boxcox_by_lmbda(1 + x, lmbda),
    ],
)

# ------------------------------------------------------------ entropies, losses, powers

logit: Operation = row("logit", [lambda x, y: 1 / (x * (1 - x))])


def _log(x: Tensor) -> Tensor:
    """The logarithm where there is one; the functions are flat where it is not asked for."""
    return tm.log(where(x < 0, 1, x, x))


def _inside(x: Tensor, y: Tensor, slope: Tensor) -> Tensor:
    return where(tm.logical_and(x >= 0, y >= 0), slope, 0, x)


entr: Operation = row("entr", [lambda x, y: where(x < 0, 0, -_log(x) - 1, x)])
rel_entr: Operation = row(
    "rel_entr",
    [
        lambda x, y, z: _inside(x, y, _log(x) - _log(y) + 1),
        lambda x, y, z: _inside(x, y, -x / y),
    ],
)
kl_div: Operation = row(
    "kl_div",
    [
        lambda x, y, z: _inside(x, y, _log(x) - _log(y)),
        lambda x, y, z: _inside(x, y, 1 - x / y),
    ],
)
huber: Operation = row(
    "huber",
    [
        lambda d, r, y: where(d < 0, 0, tm.maximum(abs(r) - d, number(0, r)), r),
        lambda d, r, y: where(d < 0, 0, tm.maximum(tm.minimum(r, d), -d), r),
    ],
)


def _root(d: Tensor, r: Tensor) -> Tensor:
    return tm.sqrt(1 + (r / d) ** 2)


pseudo_huber: Operation = row(
    "pseudo_huber",
    [
        lambda d, r, y: 2 * d * (_root(d, r) - 1) - r * r / (d * _root(d, r)),
        lambda d, r, y: r / _root(d, r),
    ],
)
powm1: Operation = row(
    "powm1",
    [lambda x, y, z: y * tm.pow(x, y - 1), lambda x, y, z: (z + 1) * _log(x)],
)

RULES: dict[str, Operation] = {
    **POLYNOMIALS,
    "bdtr": _bdtr,
    "bdtrc": _bdtrc,
    "beta": beta,
    "betainc": tm.betainc,
    "betaincc": _betaincc,
    "betaincinv": betaincinv,
    "betaln": betaln,
    "binom": binom,
    "boxcox": boxcox,
    "boxcox1p": boxcox1p,
    "cbrt": _ufunc_rules.OPERATIONS["cbrt"][1],
    "chdtr": lambda v, x: where(x < 0, 0, tm.igamma(v / 2, where(x < 0, 0, x, x) / 2), x),
    "chdtrc": lambda v, x: where(x < 0, 1, tm.igammac(v / 2, where(x < 0, 0, x, x) / 2), x),
    "chdtri": lambda v, p: gammainccinv(v / 2, p) * 2,
    "cosdg": cosdg,
    "cosm1": row("cosm1", [lambda x, y: -tm.sin(x)]),
    "dawsn": of_one.dawsn,
    "digamma": digamma,
    "ellipe": ellipe,
    "ellipk": ellipk,
    "ellipkm1": row("ellipkm1", [lambda p, y: _elliptic(1.5, 2.0, 1 - p) * (-math.pi / 8)]),
    "entr": entr,
    "erf": tm.erf,
    "erfc": tm.erfc,
    "erfcinv": of_one.erfcinv,
    "erfcx": erfcx,
    "erfi": erfi,
    "erfinv": of_one.erfinv,
    "exp10": row("exp10", [lambda x, y: y * math.log(10)]),
    "exp2": _ufunc_rules.exp2,
    "expi": of_one.expint,
    "exp1": exp1,
    "expit": tm.sigmoid,
    "expm1": tm.expm1,
    "expn": expn,
    "exprel": exprel,
    "fdtr": lambda n, d, x: tm.betainc(n / 2, d / 2, n * x / (n * x + d)),
    "fdtrc": lambda n, d, x: tm.betainc(d / 2, n / 2, d / (n * x + d)),
    "gamma": gamma,
    "gammainc": tm.igamma,
    "gammaincc": tm.igammac,
    "gammainccinv": gammainccinv,
    "gammaincinv": gammaincinv,
    "gammaln": gammaln,
    "gammasgn": gammasgn,
    "gdtr": lambda a, b, x: tm.igamma(b, a * x),
    "gdtrc": lambda a, b, x: tm.igammac(b, a * x),
    "huber": huber,
    "hyp0f1": hyp0f1,
    "hyp1f1": hyp1f1,
    "hyp2f1": hyp2f1,
    "hyperu": hyperu,
    "i0": of_one.bessel_i0,
    "i0e": of_one.bessel_i0e,
    "i1": of_one.bessel_i1,
    "i1e": of_one.bessel_i1e,
    "inv_boxcox": inv_boxcox,
    "inv_boxcox1p": inv_boxcox1p,
    "iv": iv,
    "ive": ive,
    "jn": jv,
    "j0": of_one.bessel_j0,
    "j1": of_one.bessel_j1,
    "jv": jv,
    "jve": jv,  # of real numbers
    "k0": of_one.bessel_k0,
    "k0e": of_one.bessel_k0e,
    "k1": of_one.bessel_k1,
    "k1e": of_one.bessel_k1e,
    "kl_div": kl_div,
    "kn": kv,
    "kv": kv,
    "kve": kve,
    "log1p": tm.log1p,
    "log_expit": tm.log_sigmoid,
    "log_ndtr": log_ndtr,
    "loggamma": loggamma,
    "logit": logit,
    "nbdtr": partial(_nbdtr, "nbdtr", False),
    "nbdtrc": partial(_nbdtr, "nbdtrc", True),
    "ndtr": ndtr,
    "ndtri": of_one.ndtri,
    "ndtri_exp": ndtri_exp,
    "owens_t": owens_t,
    "pdtr": lambda k, m: tm.igammac(tm.floor(k) + 1, m),
    "pdtrc": lambda k, m: tm.igamma(tm.floor(k) + 1, m),
    "poch": poch,
    "powm1": powm1,
    "pseudo_huber": pseudo_huber,
    "psi": digamma,
    "rel_entr": rel_entr,
    "rgamma": rgamma,
    "sindg": sindg,
    "spence": of_one.spence,
    "stdtr": stdtr,
    "stdtrit": stdtrit,
    "wrightomega": wrightomega,
    "xlog1py": xlog1py,
    "xlogy": xlogy,
    "y0": of_one.bessel_y0,
    "y1": of_one.bessel_y1,
    "yn": yv,
    "yv": yv,
    "yve": yv,
}
"""Operations of tensors of one dtype of floats, by the name of SciPy's universal function."""

SEVERAL: dict[str, list[Operation]] = {
    "airy": _airy_of,
    "fresnel": [of_one.fresnel_sin, of_one.fresnel_cos],
    "shichi": _shichi,
    "sici": _sici,
}
"""The same of functions with several results."""
