"""The continuous distributions of ``scipy.stats``."""

from __future__ import annotations

import math
from typing import Any

from autograd_c import math as tm
from autograd_c.core._core import Tensor
from autograd_c.functions import special_of_one as of_one
from autograd_c.scipy._distribution import LOG_ROOT_TAU, Continuous, half
from autograd_c.scipy._rows import where
from autograd_c.scipy._special_rules import (
    betaincinv,
    betaln,
    gammainccinv,
    gammaincinv,
    gammaln,
    log_ndtr,
    log_student,
    logit,
    ndtr,
    stdtr,
    stdtrit,
    xlog1py,
    xlogy,
)


class _Norm(Continuous):
    """Normal distributions: `loc` is the mean, `scale` the standard deviation."""

    def _logpdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return x * x / -2 - LOG_ROOT_TAU

    def _cdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return ndtr(x)

    def _sf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return ndtr(-x)

    def _logcdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return log_ndtr(x)

    def _logsf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return log_ndtr(-x)

    def _ppf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return of_one.ndtri(q)

    def _isf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return -of_one.ndtri(q)


class _HalfNorm(_Norm):
    """Distributions of the absolute values of normal numbers."""

    low = 0.0

    def _logpdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return x * x / -2 + (math.log(2) - LOG_ROOT_TAU)

    def _cdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.erf(x * math.sqrt(0.5))

    def _sf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.erfc(x * math.sqrt(0.5))

    def _logcdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.log(self._cdf(x))

    def _logsf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return log_ndtr(-x) + math.log(2)

    def _ppf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return of_one.ndtri((1 + q) / 2)

    def _isf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return -of_one.ndtri(q / 2)


class _T(Continuous):
    """Student's t distributions of `df` degrees of freedom."""

    shapes = ("df",)

    def _logpdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return log_student(shapes[0], x)

    def _cdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return stdtr(shapes[0], x)

    def _sf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return stdtr(shapes[0], -x)

    def _ppf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return stdtrit(shapes[0], q)

    def _isf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return -stdtrit(shapes[0], q)


class _Gamma(Continuous):
    """Gamma distributions of shape `a`."""

    shapes = ("a",)
    low = 0.0

    def _logpdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        (a,) = shapes
        return xlogy(a - 1, x) - x - gammaln(a)

    def _cdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.igamma(shapes[0], x)

    def _sf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.igammac(shapes[0], x)

    def _ppf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return gammaincinv(shapes[0], q)

    def _isf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return gammainccinv(shapes[0], q)


class _Chi2(Continuous):
    """Chi-squared distributions of `df` degrees of freedom."""

    shapes = ("df",)
    low = 0.0

    def _logpdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        n = shapes[0] / 2
        return xlogy(n - 1, x) - x / 2 - gammaln(n) - n * math.log(2)

    def _cdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.igamma(shapes[0] / 2, x / 2)

    def _sf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.igammac(shapes[0] / 2, x / 2)

    def _ppf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return gammaincinv(shapes[0] / 2, q) * 2

    def _isf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return gammainccinv(shapes[0] / 2, q) * 2


class _InvGamma(Continuous):
    """Distributions of the reciprocals of gamma distributed numbers of shape `a`."""

    shapes = ("a",)
    low, closed = 0.0, False

    def _logpdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        (a,) = shapes
        return -(a + 1) * tm.log(x) - gammaln(a) - 1 / x

    def _cdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.igammac(shapes[0], 1 / x)

    def _sf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.igamma(shapes[0], 1 / x)

    def _ppf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return 1 / gammainccinv(shapes[0], q)

    def _isf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return 1 / gammaincinv(shapes[0], q)


class _Beta(Continuous):
    """Beta distributions of shapes `a` and `b`."""

    shapes = ("a", "b")
    low, high = 0.0, 1.0

    def _logpdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        a, b = shapes
        return xlog1py(b - 1, -x) + xlogy(a - 1, x) - betaln(a, b)

    def _cdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        a, b = shapes
        return tm.betainc(a, b, x)

    def _sf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        a, b = shapes
        return tm.betainc(b, a, 1 - x)

    def _ppf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return betaincinv(*shapes, q)


class _Expon(Continuous):
    """Exponential distributions: `scale` is the mean."""

    low = 0.0

    def _logpdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return -x

    def _cdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return -tm.expm1(-x)

    def _sf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.exp(-x)

    def _logsf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return -x

    def _ppf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return -tm.log1p(-q)

    def _isf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return -tm.log(q)


class _Laplace(Continuous):
    """Laplace's distributions: exponential to both sides."""

    def _logpdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return math.log(0.5) - abs(x)

    def _cdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        # By the two sides: |x| would be flat at 0, where the function is not.
        above = x > 0
        upper = 1 - tm.exp(-where(above, x, 0, x)) / 2
        return where(above, upper, tm.exp(where(above, 0, x, x)) / 2, x)

    def _sf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return self._cdf(-x)

    def _logcdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        above = x > 0
        upper = tm.log1p(tm.exp(-where(above, x, 0, x)) / -2)
        return where(above, upper, where(above, 0, x, x) - math.log(2), x)

    def _logsf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return self._logcdf(-x)

    def _ppf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return where(q > 0.5, -tm.log(2 * (1 - q)), tm.log(2 * q), q)

    def _isf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return -self._ppf(q)


class _Logistic(Continuous):
    """Logistic distributions."""

    def _logpdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.log_sigmoid(x) + tm.log_sigmoid(-x)

    def _cdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.sigmoid(x)

    def _sf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.sigmoid(-x)

    def _logcdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.log_sigmoid(x)

    def _logsf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.log_sigmoid(-x)

    def _ppf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return logit(q)

    def _isf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return -logit(q)


class _LogNorm(Continuous):
    """Distributions of exponentials of normal numbers, of which `s` is the standard deviation."""

    shapes = ("s",)
    low, closed = 0.0, False

    def _logpdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        (s,) = shapes
        log = tm.log(x)
        return (log / s) ** 2 / -2 - log - tm.log(s) - LOG_ROOT_TAU

    def _cdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return ndtr(tm.log(x) / shapes[0])

    def _sf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return ndtr(-tm.log(x) / shapes[0])

    def _logcdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return log_ndtr(tm.log(x) / shapes[0])

    def _logsf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return log_ndtr(-tm.log(x) / shapes[0])

    def _ppf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return tm.exp(shapes[0] * of_one.ndtri(q))

    def _isf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return tm.exp(-shapes[0] * of_one.ndtri(q))


class _Cauchy(Continuous):
    """Cauchy's distributions."""

    def _logpdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return -tm.log1p(x * x) - math.log(math.pi)

    def _cdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.atan2(2 * half(x), -x) / math.pi

    def _sf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return self._cdf(-x)

    def _ppf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        # The tangent has a pole at the median, and of q - 1/2 no digits near 0.
        central = abs(q - 0.5) < 0.25
        tail = -1 / tm.tan(math.pi * where(central, 0.125, q, q))
        return where(central, tm.tan(math.pi * (where(central, q, 0.5, q) - 0.5)), tail, q)

    def _isf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return -self._ppf(q)


class _Uniform(Continuous):
    """Uniform distributions from `loc` to `loc` + `scale`."""

    low, high = 0.0, 1.0

    def _logpdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return x * 0

    def _cdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return x

    def _ppf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return q


class _Pareto(Continuous):
    """Pareto's distributions with the exponent `b`."""

    shapes = ("b",)
    low, inner = 1.0, 2.0

    def _logpdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        (b,) = shapes
        return tm.log(b) - (b + 1) * tm.log(x)

    def _cdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return -tm.expm1(self._logsf(x, *shapes))

    def _sf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.exp(self._logsf(x, *shapes))

    def _logsf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return -shapes[0] * tm.log(x)

    def _ppf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return tm.exp(tm.log1p(-q) / -shapes[0])

    def _isf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return tm.exp(tm.log(q) / -shapes[0])


class _WeibullMin(Continuous):
    """Weibull's distributions of minima, with the exponent `c`."""

    shapes = ("c",)
    low = 0.0

    def _logpdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        (c,) = shapes
        return tm.log(c) + xlogy(c - 1, x) - tm.pow(x, c)

    def _cdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return -tm.expm1(-tm.pow(x, shapes[0]))

    def _sf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.exp(-tm.pow(x, shapes[0]))

    def _logsf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return -tm.pow(x, shapes[0])

    def _ppf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return tm.pow(-tm.log1p(-q), 1 / shapes[0])

    def _isf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return tm.pow(-tm.log(q), 1 / shapes[0])


class _Rayleigh(Continuous):
    """Rayleigh's distributions."""

    low = 0.0

    def _logpdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.log(x) - x * x / 2

    def _cdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return -tm.expm1(x * x / -2)

    def _sf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.exp(x * x / -2)

    def _logsf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return x * x / -2

    def _ppf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return tm.sqrt(-2 * tm.log1p(-q))

    def _isf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return tm.sqrt(-2 * tm.log(q))


class _GumbelR(Continuous):
    """Gumbel's distributions of maxima."""

    def _logpdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return -x - tm.exp(-x)

    def _cdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.exp(-tm.exp(-x))

    def _logcdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return -tm.exp(-x)

    def _sf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return -tm.expm1(-tm.exp(-x))

    def _ppf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return -tm.log(-tm.log(q))

    def _isf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return -tm.log(-tm.log1p(-q))


class _GumbelL(Continuous):
    """Gumbel's distributions of minima."""

    def _logpdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return x - tm.exp(x)

    def _cdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return -tm.expm1(-tm.exp(x))

    def _sf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.exp(-tm.exp(x))

    def _logsf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return -tm.exp(x)

    def _ppf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return tm.log(-tm.log1p(-q))

    def _isf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return tm.log(-tm.log(q))


DISTRIBUTIONS: dict[str, Any] = {
    "beta": _Beta("beta", "pdf(0.5, 2.0, 3.0)"),
    "cauchy": _Cauchy("cauchy", "pdf(0.5)"),
    "chi2": _Chi2("chi2", "cdf(0.5, 2.0)"),
    "expon": _Expon("expon", "logpdf(0.5, scale=2.0)"),
    "gamma": _Gamma("gamma", "logpdf(0.5, a=2.0)"),
    "gumbel_l": _GumbelL("gumbel_l", "cdf(0.5)"),
    "gumbel_r": _GumbelR("gumbel_r", "cdf(0.5)"),
    "halfnorm": _HalfNorm("halfnorm", "cdf(0.5)"),
    "invgamma": _InvGamma("invgamma", "pdf(0.5, 2.0)"),
    "laplace": _Laplace("laplace", "logcdf(0.5)"),
    "logistic": _Logistic("logistic", "ppf(0.75)"),
    "lognorm": _LogNorm("lognorm", "pdf(0.5, s=0.9)"),
    "norm": _Norm("norm", "logpdf(0.5, 1.0, 2.0)"),
    "pareto": _Pareto("pareto", "sf(2.0, 3.0)"),
    "rayleigh": _Rayleigh("rayleigh", "pdf(0.5)"),
    "t": _T("t", "cdf(0.5, 3.0)"),
    "uniform": _Uniform("uniform", "logpdf(0.5, 0.0, 2.0)"),
    "weibull_min": _WeibullMin("weibull_min", "pdf(0.5, 2.0)"),
}
