"""What the distributions of ``scipy.stats`` have in common: arguments, supports, shifts, scales."""

from __future__ import annotations

import math
from typing import Any

from autograd_c import math as tm
from autograd_c.arrays._arguments import cast, number, tensor
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.scipy._rows import where
from autograd_c.values import dtypes


def double(x: Any) -> Tensor:
    """A tensor of float64, in which SciPy computes all distributions."""
    return cast(tensor(x), dtypes.float64)


def both(first: Any, second: Any) -> Tensor:
    return tm.logical_and(first, second)


class Distribution:
    """A family of distributions with the arguments of SciPy's object of that name.

    The parameters of shape, `loc` and `scale` go by position or by name behind the first argument
    of each method; all broadcast. Results are tensors of float64. Outside of the support densities
    are 0 and cumulative functions 0 or 1, with gradients 0. Parameters that SciPy does not take
    give NaN. A call fixes the parameters: ``norm(1.0, 2.0).pdf(x)``.
    """

    shapes: tuple[str, ...] = ()
    places: tuple[str, ...] = ("loc", "scale")
    __name__: str
    __qualname__: str

    def __init__(self, name: str, example: str) -> None:
        self.__name__ = self.__qualname__ = name
        self.__module__ = "autograd_c.scipy.stats"
        self.__doc__ = f"""{type(self).__doc__}

    {" ".join(str(Distribution.__doc__).split())}

    >>> from autograd_c.scipy import stats
    >>> import numpy, scipy.stats
    >>> numpy.allclose(stats.{name}.{example}, scipy.stats.{name}.{example})
    True
    """

    def __repr__(self) -> str:
        return f"<autograd_c.scipy.stats.{self.__name__}>"

    def __reduce__(self) -> str:
        return self.__name__

    def __call__(self, *args: Any, **kwds: Any) -> Frozen:
        """The distribution of these parameters, whose methods take none."""
        self._parameters("__call__", args, kwds)
        return Frozen(self, args, kwds)

    def _parameters(self, method: str, args: tuple[Any, ...], kwds: dict[str, Any]) -> list[Tensor]:
        names = (*self.shapes, *self.places)
        if len(args) > len(names):
            raise TypeError(
                f"{self.__name__}.{method} takes at most {len(names)} parameters, not {len(args)}"
            )
        found: dict[str, Any] = dict(zip(names, args))
        for key, value in kwds.items():
            if key not in names or key in found:
                what = "twice" if key in found else "an argument that it does not take"
                raise TypeError(f"{self.__name__}.{method} got {what}: {key!r}")
            found[key] = value
        found = {"loc": 0.0, "scale": 1.0, **found}
        missing = [name for name in self.shapes if name not in found]
        if missing:
            raise TypeError(f"{self.__name__}.{method} misses {', '.join(missing)}")
        return [double(found[name]) for name in names]

    def _valid(self, *shapes: Tensor) -> Any:
        """Where the parameters are what SciPy takes."""
        good: Any = True
        for x in shapes:
            good = x > 0 if good is True else both(good, x > 0)
        return good


class Frozen:
    """A distribution with its parameters, as ``scipy.stats`` returns it for a call."""

    def __init__(self, dist: Any, args: tuple[Any, ...], kwds: dict[str, Any]) -> None:
        self.dist, self.args, self.kwds = dist, args, kwds

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.dist, name)
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *x: method(*x, *self.args, **self.kwds)


class Continuous(Distribution):
    """A family of continuous distributions, with a shift and a scale."""

    low: float = -math.inf
    high: float = math.inf
    inner: float = 0.5  # a point of the support
    closed: bool = True  # whether the formula of the density holds at its ends

    # Of standard ones, inside of the support.

    def _logpdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        raise NotImplementedError

    def _cdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return 1 - self._sf(x, *shapes)

    def _sf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return 1 - self._cdf(x, *shapes)

    def _logcdf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.log(self._cdf(x, *shapes))

    def _logsf(self, x: Tensor, *shapes: Tensor) -> Tensor:
        return tm.log(self._sf(x, *shapes))

    def _ppf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        raise TypeError(f"{self.__name__}.ppf has no derivative here, and is not computed")

    def _isf(self, q: Tensor, *shapes: Tensor) -> Tensor:
        return self._ppf(1 - q, *shapes)

    def _standard(
        self, method: str, x: Any, args: tuple[Any, ...], kwds: dict[str, Any]
    ) -> tuple[Tensor, list[Tensor], Tensor, Tensor]:
        """The standardised argument, the shapes, the scale, and where all that is valid."""
        *shapes, loc, scale = self._parameters(method, args, kwds)
        good = scale > 0
        scale = where(good, scale, 1, scale)
        if shapes:
            valid = self._valid(*shapes)
            good = both(good, valid)
            shapes = [where(valid, s, 1, s) for s in shapes]
        y = (double(x) - loc) / scale
        return y, shapes, scale, both(good, tm.logical_not(tm.is_nan(y)))

    def _density(
        self, method: str, x: Any, args: tuple[Any, ...], kwds: dict[str, Any]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The logarithm of the density where there is one, where that is, and what is valid."""
        y, shapes, scale, good = self._standard(method, x, args, kwds)
        if self.closed:
            inside = both(y >= self.low, y <= self.high)
        else:
            inside = both(y > self.low, y < self.high)
        inside = both(inside, tm.is_finite(y))
        log = self._logpdf(where(inside, y, self.inner, y), *shapes)
        # At an end where the density is 0, derivatives would be 0 times infinity.
        if self.closed and (_core.array_of(log) == -math.inf).any():
            inside = both(inside, tm.not_equal(log, -math.inf))
            log = self._logpdf(where(inside, y, self.inner, y), *shapes)
        return log - tm.log(scale), inside, good

    def logpdf(self, x: Any, *args: Any, **kwds: Any) -> Tensor:
        """The logarithm of the density at x, -inf outside of the support."""
        log, inside, good = self._density("logpdf", x, args, kwds)
        return where(good, where(inside, log, -math.inf, log), math.nan, log)

    def pdf(self, x: Any, *args: Any, **kwds: Any) -> Tensor:
        """The density at x."""
        log, inside, good = self._density("pdf", x, args, kwds)
        value = tm.exp(log)
        return where(good, where(inside, value, 0, log), math.nan, log)

    def _cumulative(
        self,
        method: str,
        x: Any,
        args: tuple[Any, ...],
        kwds: dict[str, Any],
        ends: tuple[float, float],
    ) -> Tensor:
        y, shapes, _, good = self._standard(method, x, args, kwds)
        below, above = y <= self.low, y >= self.high
        outside = tm.logical_or(tm.logical_or(below, above), tm.logical_not(good))
        value: Tensor = getattr(self, f"_{method}")(where(outside, self.inner, y, y), *shapes)
        value = where(below, ends[0], where(above, ends[1], value, value), value)
        return where(good, value, math.nan, value)

    def cdf(self, x: Any, *args: Any, **kwds: Any) -> Tensor:
        """The probability of at most x."""
        return self._cumulative("cdf", x, args, kwds, (0.0, 1.0))

    def sf(self, x: Any, *args: Any, **kwds: Any) -> Tensor:
        """The probability of more than x."""
        return self._cumulative("sf", x, args, kwds, (1.0, 0.0))

    def logcdf(self, x: Any, *args: Any, **kwds: Any) -> Tensor:
        """The logarithm of `cdf`."""
        return self._cumulative("logcdf", x, args, kwds, (-math.inf, 0.0))

    def logsf(self, x: Any, *args: Any, **kwds: Any) -> Tensor:
        """The logarithm of `sf`."""
        return self._cumulative("logsf", x, args, kwds, (0.0, -math.inf))

    def _quantile(
        self,
        method: str,
        q: Any,
        args: tuple[Any, ...],
        kwds: dict[str, Any],
        ends: tuple[float, float],
    ) -> Tensor:
        *shapes, loc, scale = self._parameters(method, args, kwds)
        p = double(q)
        good = scale > 0
        if shapes:
            good = both(good, self._valid(*shapes))
            shapes = [where(self._valid(*shapes), s, 1, s) for s in shapes]
        good = both(good, both(p >= 0, p <= 1))
        inside = both(p > 0, p < 1)
        value: Tensor = getattr(self, f"_{method}")(where(inside, p, 0.5, p), *shapes)
        at_end = where(p <= 0, ends[0], ends[1], p)
        value = where(inside, value, at_end, value) * scale + loc
        return where(good, value, math.nan, value)

    def ppf(self, q: Any, *args: Any, **kwds: Any) -> Tensor:
        """The quantile: the x of which `cdf` is q."""
        return self._quantile("ppf", q, args, kwds, (self.low, self.high))

    def isf(self, q: Any, *args: Any, **kwds: Any) -> Tensor:
        """The x of which `sf` is q."""
        return self._quantile("isf", q, args, kwds, (self.high, self.low))


class Discrete(Distribution):
    """A family of distributions of integers, with a shift.

    What is counted, `k` and `loc`, has no derivative; the parameters of shape have.
    """

    places = ("loc",)
    low = 0

    # Of whole k in the support.

    def _logpmf(self, k: Tensor, *shapes: Tensor) -> Tensor:
        raise NotImplementedError

    def _direct(self, k: Tensor, *shapes: Tensor) -> Tensor:
        """The probability by its powers, which may be powers of 0."""
        raise NotImplementedError

    def _cdf(self, k: Tensor, *shapes: Tensor) -> Tensor:
        return 1 - self._sf(k, *shapes)

    def _sf(self, k: Tensor, *shapes: Tensor) -> Tensor:
        return 1 - self._cdf(k, *shapes)

    def _highest(self, *shapes: Tensor) -> Tensor | float:
        return math.inf

    def _counted(
        self, method: str, k: Any, args: tuple[Any, ...], kwds: dict[str, Any]
    ) -> tuple[Tensor, list[Tensor], Any]:
        *shapes, loc = self._parameters(method, args, kwds)
        x = _core.stop_gradient(double(k) - loc)
        valid = self._valid(*shapes)
        shapes = [where(valid, s, 0.5, s) for s in shapes]
        return x, shapes, both(valid, tm.logical_not(tm.is_nan(x)))

    def _mass(
        self, method: str, k: Any, args: tuple[Any, ...], kwds: dict[str, Any]
    ) -> tuple[Tensor, Tensor, Tensor]:
        x, shapes, good = self._counted(method, k, args, kwds)
        inside = both(x >= self.low, x <= self._highest(*shapes))
        inside = both(inside, both(tm.equal(tm.floor(x), x), tm.is_finite(x)))
        inside = both(inside, good)
        shapes = [where(inside, s, 0.5, s) for s in shapes]  # no power of 0 outside
        return self._logpmf(where(inside, x, self.low, x), *shapes), inside, good

    def logpmf(self, k: Any, *args: Any, **kwds: Any) -> Tensor:
        """The logarithm of the probability of k, -inf outside of the support."""
        log, inside, good = self._mass("logpmf", k, args, kwds)
        return where(good, where(inside, log, -math.inf, log), math.nan, log)

    def pmf(self, k: Any, *args: Any, **kwds: Any) -> Tensor:
        """The probability of k."""
        log, inside, good = self._mass("pmf", k, args, kwds)
        value = tm.exp(log)
        edge = _core.array_of(log) == -math.inf
        if edge.any():  # where probabilities are 0 or 1, and derivatives 0 times infinity
            x, shapes, _ = self._counted("pmf", k, args, kwds)
            at_edge = self._direct(
                where(edge, x, self.low, log), *[where(edge, s, 0.5, log) for s in shapes]
            )
            log = self._logpmf(
                where(edge, self.low, x, log), *[where(edge, 0.5, s, log) for s in shapes]
            )
            value = where(edge, at_edge, tm.exp(log), log)
        return where(good, where(inside, value, 0, log), math.nan, log)

    def _cumulative(
        self,
        method: str,
        k: Any,
        args: tuple[Any, ...],
        kwds: dict[str, Any],
        ends: tuple[float, float],
    ) -> Tensor:
        x, shapes, good = self._counted(method, k, args, kwds)
        below, above = x < self.low, x >= self._highest(*shapes)
        outside = tm.logical_or(tm.logical_or(below, above), tm.logical_not(good))
        whole = where(outside, self.low, tm.floor(x), x)
        value: Tensor = getattr(self, f"_{method}")(whole, *shapes)
        value = where(below, ends[0], where(above, ends[1], value, value), value)
        return where(good, value, math.nan, value)

    def cdf(self, k: Any, *args: Any, **kwds: Any) -> Tensor:
        """The probability of at most k."""
        return self._cumulative("cdf", k, args, kwds, (0.0, 1.0))

    def sf(self, k: Any, *args: Any, **kwds: Any) -> Tensor:
        """The probability of more than k."""
        return self._cumulative("sf", k, args, kwds, (1.0, 0.0))

    def logcdf(self, k: Any, *args: Any, **kwds: Any) -> Tensor:
        """The logarithm of `cdf`."""
        return _log(self.cdf(k, *args, **kwds))

    def logsf(self, k: Any, *args: Any, **kwds: Any) -> Tensor:
        """The logarithm of `sf`."""
        return _log(self.sf(k, *args, **kwds))


def _log(p: Tensor) -> Tensor:
    none = tm.equal(p, 0)
    return where(none, -math.inf, tm.log(where(none, 1, p, p)), p)


LOG_ROOT_TAU = math.log(math.sqrt(2 * math.pi))


def half(like: Tensor) -> Tensor:
    """The number 1/2 as a tensor."""
    return number(0.5, like)
