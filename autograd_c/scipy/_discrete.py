"""The discrete and the multivariate distributions of ``scipy.stats``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_c import math as tm
from autograd_c.arrays._checked import as_numpys
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions import factorizations
from autograd_c.functions.diagonals import diag_part
from autograd_c.scipy._distribution import Discrete, Frozen, both, double
from autograd_c.scipy._rows import where
from autograd_c.scipy._special_rules import betaln, binom, gamma, gammaln, xlog1py, xlogy


def _is_share(p: Tensor) -> Any:
    return both(p >= 0, p <= 1)


class _Poisson(Discrete):
    """Poisson's distributions of the mean `mu`."""

    shapes = ("mu",)

    def _valid(self, *shapes: Tensor) -> Any:
        return shapes[0] >= 0

    def _logpmf(self, k: Tensor, *shapes: Tensor) -> Tensor:
        (mu,) = shapes
        return xlogy(k, mu) - gammaln(k + 1) - mu

    def _direct(self, k: Tensor, *shapes: Tensor) -> Tensor:
        (mu,) = shapes
        return tm.pow(mu, k) * tm.exp(-mu) / gamma(k + 1)

    def _cdf(self, k: Tensor, *shapes: Tensor) -> Tensor:
        return tm.igammac(k + 1, shapes[0])

    def _sf(self, k: Tensor, *shapes: Tensor) -> Tensor:
        return tm.igamma(k + 1, shapes[0])


class _Binom(Discrete):
    """Binomial distributions: `n` attempts that succeed with the probability `p`."""

    shapes = ("n", "p")

    def _valid(self, *shapes: Tensor) -> Any:
        n, p = shapes
        return both(both(n >= 0, tm.equal(tm.floor(n), n)), _is_share(p))

    def _highest(self, *shapes: Tensor) -> Tensor | float:
        return _core.stop_gradient(shapes[0])

    def _logpmf(self, k: Tensor, *shapes: Tensor) -> Tensor:
        n, p = shapes
        ways = -betaln(k + 1, n - k + 1) - tm.log1p(n)
        return ways + xlogy(k, p) + xlog1py(n - k, -p)

    def _direct(self, k: Tensor, *shapes: Tensor) -> Tensor:
        n, p = shapes
        return binom(n, k) * tm.pow(p, k) * tm.pow(1 - p, n - k)

    def _cdf(self, k: Tensor, *shapes: Tensor) -> Tensor:
        n, p = shapes
        rest = where(n <= k, 1, n - k, n)  # all of them are taken care of outside
        return tm.betainc(rest, k + 1, 1 - p)

    def _sf(self, k: Tensor, *shapes: Tensor) -> Tensor:
        n, p = shapes
        return tm.betainc(k + 1, where(n <= k, 1, n - k, n), p)


class _Bernoulli(Discrete):
    """Bernoulli's distributions: 1 with the probability `p`, else 0."""

    shapes = ("p",)

    def _valid(self, *shapes: Tensor) -> Any:
        return _is_share(shapes[0])

    def _highest(self, *shapes: Tensor) -> Tensor | float:
        return 1.0

    def _logpmf(self, k: Tensor, *shapes: Tensor) -> Tensor:
        (p,) = shapes
        return xlogy(k, p) + xlog1py(1 - k, -p)

    def _direct(self, k: Tensor, *shapes: Tensor) -> Tensor:
        return tm.pow(shapes[0], k) * tm.pow(1 - shapes[0], 1 - k)

    def _cdf(self, k: Tensor, *shapes: Tensor) -> Tensor:
        return 1 - shapes[0] + 0 * k

    def _sf(self, k: Tensor, *shapes: Tensor) -> Tensor:
        return shapes[0] + 0 * k


class _Geom(Discrete):
    """Geometric distributions: attempts up to the first that succeeds, with the probability `p`."""

    shapes = ("p",)
    low = 1

    def _valid(self, *shapes: Tensor) -> Any:
        return both(shapes[0] > 0, shapes[0] <= 1)

    def _logpmf(self, k: Tensor, *shapes: Tensor) -> Tensor:
        (p,) = shapes
        return xlog1py(k - 1, -p) + tm.log(p)

    def _direct(self, k: Tensor, *shapes: Tensor) -> Tensor:
        return shapes[0] * tm.pow(1 - shapes[0], k - 1)

    def _cdf(self, k: Tensor, *shapes: Tensor) -> Tensor:
        return -tm.expm1(xlog1py(k, -shapes[0]))

    def _sf(self, k: Tensor, *shapes: Tensor) -> Tensor:
        return tm.exp(xlog1py(k, -shapes[0]))


class _NBinom(Discrete):
    """Negative binomial distributions: failures before `n` successes of the probability `p`."""

    shapes = ("n", "p")

    def _valid(self, *shapes: Tensor) -> Any:
        n, p = shapes
        return both(n > 0, both(p > 0, p <= 1))

    def _logpmf(self, k: Tensor, *shapes: Tensor) -> Tensor:
        n, p = shapes
        ways = gammaln(n + k) - gammaln(k + 1) - gammaln(n)
        return ways + n * tm.log(p) + xlog1py(k, -p)

    def _direct(self, k: Tensor, *shapes: Tensor) -> Tensor:
        n, p = shapes
        ways = gammaln(n + k) - gammaln(k + 1) - gammaln(n)
        return tm.exp(ways) * tm.pow(p, n) * tm.pow(1 - p, k)

    def _cdf(self, k: Tensor, *shapes: Tensor) -> Tensor:
        n, p = shapes
        return tm.betainc(n, k + 1, p)

    def _sf(self, k: Tensor, *shapes: Tensor) -> Tensor:
        n, p = shapes
        return tm.betainc(k + 1, n, 1 - p)


class _Multivariate:
    """What the distributions of vectors have in common."""

    def __init__(self, name: str) -> None:
        self.__name__ = self.__qualname__ = name
        self.__module__ = "autograd_c.scipy.stats"
        self.__doc__ = type(self).__doc__

    def __repr__(self) -> str:
        return f"<autograd_c.scipy.stats.{self.__name__}>"

    def __reduce__(self) -> str:
        return self.__name__

    def __call__(self, *args: Any, **kwds: Any) -> Frozen:
        """The distribution of these parameters, whose methods take none."""
        return Frozen(self, args, kwds)


class _Dirichlet(_Multivariate):
    """Dirichlet's distributions of shares, with SciPy's arguments `x` and `alpha`.

    The shares `x` are along the first axis; the last of them may be left out. `alpha` is of one
    axis. Results are tensors of float64, with derivatives by both.

    Raises:
        ValueError: for shares that are negative or whose sum is not 1, as SciPy.

    >>> from autograd_c.scipy import stats
    >>> print(stats.dirichlet.logpdf([0.25, 0.75], [2.0, 2.0]).numpy().round(4))
    0.1178
    """

    def logpdf(self, x: Any, alpha: Any) -> Tensor:
        """The logarithm of the density."""
        a, y = double(alpha), double(x)
        if a.ndim != 1 or (_core.array_of(a) <= 0).any():
            raise ValueError("All parameters must be greater than 0, and along one axis")
        if y.shape[0] == a.shape[0] - 1:
            rest = 1 - tm.reduce_sum(y, 0, True)
            y = _core.concat([y, rest], 0)
        if y.shape[0] != a.shape[0]:
            raise ValueError(f"'x' has {y.shape[0]} shares, and 'alpha' {a.shape[0]}")
        array = _core.array_of(y)
        if (array < 0).any() or (array > 1).any():
            raise ValueError("Each entry in 'x' must be greater than or equal to zero, and up to 1")
        if (array == 0).any() and ((array == 0).T & (_core.array_of(a) < 1)).any():
            raise ValueError("Each entry in 'x' must be greater than zero if its alpha is below 1")
        if (abs(array.sum(0) - 1) > 1e-9).any():
            raise ValueError("The input vector 'x' must lie within the normal simplex")
        constant = tm.reduce_sum(gammaln(a)) - gammaln(tm.reduce_sum(a))
        column = _core.reshape(a, [-1, *[1] * (y.ndim - 1)])
        return tm.reduce_sum(xlogy(column - 1, y), 0) - constant

    def pdf(self, x: Any, alpha: Any) -> Tensor:
        """The density."""
        return tm.exp(self.logpdf(x, alpha))


def _spread(mu: Tensor | None, c: Tensor) -> tuple[int, Tensor, Tensor | None]:
    """The number of dimensions, the diagonal of Cholesky's factor, and that, if not diagonal."""
    if mu is not None and mu.ndim:
        n = mu.shape[0]
    else:
        n = c.shape[-1] if c.ndim else 1
    if c.ndim < 2:
        if (_core.array_of(c) <= 0).any():
            raise np.linalg.LinAlgError("The variances must be positive.")
        return n, tm.sqrt(_core.broadcast_to(c, [n])), None
    if tuple(c.shape) != (n, n):
        raise ValueError(f"Array 'cov' must be a matrix of extent {n}, not {c.shape}")
    factor = factorizations.cholesky((c + c.mT) / 2)
    return n, diag_part(factor), factor


class _MultivariateNormal(_Multivariate):
    """Normal distributions of vectors, with SciPy's arguments `x`, `mean` and `cov`.

    The vectors `x` are along the last axis. `mean` is a vector, a number, or None: 0. `cov` is a
    matrix, a vector of variances, or a number. Results are tensors of float64, with derivatives by
    all of them; that by `cov` is symmetric.

    Raises:
        LinAlgError: for covariances that are not positive definite; `allow_singular` is refused
            with TypeError.
        ValueError: for shapes that do not fit.

    >>> from autograd_c.scipy import stats
    >>> print(stats.multivariate_normal.logpdf([0.5, 0.5], cov=[2.0, 0.5]).numpy().round(4))
    -2.1504
    """

    @as_numpys
    def logpdf(
        self, x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False
    ) -> Tensor:
        """The logarithm of the density."""
        if allow_singular:
            raise TypeError("multivariate_normal takes covariances that are positive definite")
        y = double(x)
        mu = None if mean is None else double(mean)
        n, spread, factor = _spread(mu, double(cov))
        if y.ndim == 0:
            y = _core.reshape(y, [1])
        elif y.ndim == 1 and n == 1:
            y = _core.reshape(y, [-1, 1])
        if mu is not None:
            y = y - mu
        if y.shape[-1] != n:
            raise ValueError(f"'x' has vectors of {y.shape[-1]} elements, and 'cov' {n}")
        if factor is None:
            z = y / spread
        else:
            columns = _core.transpose(_core.reshape(y, [-1, n]))
            solved = factorizations.triangular_solve(factor, columns)
            z = _core.reshape(_core.transpose(solved), y.shape)
        log = tm.reduce_sum(tm.log(spread)) + n / 2 * math.log(2 * math.pi)
        value = tm.reduce_sum(z * z, -1) / -2 - log
        return _core.reshape(value, []) if value.size == 1 and value.ndim == 1 else value

    def pdf(self, x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Tensor:
        """The density."""
        return tm.exp(self.logpdf(x, mean, cov, allow_singular))

    @as_numpys
    def entropy(self, mean: Any = None, cov: Any = 1) -> Tensor:
        """The differential entropy."""
        n, spread, _ = _spread(None if mean is None else double(mean), double(cov))
        return tm.reduce_sum(tm.log(spread)) + n / 2 * (math.log(2 * math.pi) + 1)


DISTRIBUTIONS: dict[str, Any] = {
    "bernoulli": _Bernoulli("bernoulli", "pmf(1, 0.25)"),
    "binom": _Binom("binom", "logpmf(2, 5, 0.25)"),
    "dirichlet": _Dirichlet("dirichlet"),
    "geom": _Geom("geom", "cdf(3, 0.25)"),
    "multivariate_normal": _MultivariateNormal("multivariate_normal"),
    "nbinom": _NBinom("nbinom", "pmf(2, 5, 0.25)"),
    "poisson": _Poisson("poisson", "logpmf(2, mu=1.5)"),
}
