"""Functions of ``scipy.special`` that are no universal ones."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_c import arrays
from autograd_c import math as tm
from autograd_c.arrays._arguments import axes_within, cast, inexact, number, promoted, tensor
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.scipy._rows import constant, library, where
from autograd_c.scipy._special_rules import binom, gamma, gammaln, poch
from autograd_c.scipy._special_rules import spherical_in as spherical_in_row
from autograd_c.scipy._special_rules import spherical_jn as spherical_jn_row
from autograd_c.scipy._special_rules import zeta as hurwitz_zeta
from autograd_c.values import dtypes

_ours: Any = arrays  # some of whose functions are made
sinc = arrays.sinc


def _of_floats(*given: Any) -> list[Tensor]:
    """As tensors of one dtype of floats."""
    return [inexact(x) for x in promoted(*map(tensor, given))]


def _wide(x: Any) -> Tensor:
    """As a tensor of float64, in which SciPy computes some functions of all dtypes."""
    return cast(tensor(x), dtypes.float64)


def polygamma(n: Any, x: Any) -> Tensor:
    """The derivative of order n of `digamma`, as ``scipy.special.polygamma``.

    Args:
        n: orders, not negative; without derivative.
        x: a tensor of floats, or what `asarray` takes; the two broadcast.

    Raises:
        ImportError: without SciPy, which computes it.

    >>> from autograd_c import scipy
    >>> print(scipy.special.polygamma(1, 1.0).numpy().round(4))
    1.6449
    """
    orders, y = tensor(n), _wide(x)
    constant("polygamma", orders)
    return tm.polygamma(_core.cast(orders, y.dtype), y)


def zeta(x: Any, q: Any = None, out: Any = None) -> Tensor:
    """The zeta function of Riemann, or of Hurwitz, as ``scipy.special.zeta``.

    Args:
        x: exponents, without derivative if `q` is given or not.
        q: a tensor of positive floats, or what `asarray` takes; None: 1.
        out: must be None.

    Raises:
        ImportError: without SciPy, which computes it.
        TypeError: for exponents that a tape records.

    >>> from autograd_c import scipy
    >>> print(scipy.special.zeta(2.0).numpy().round(4))
    1.6449
    """
    if out is not None:
        raise TypeError("scipy.special.zeta cannot write into `out`")
    s, base = map(inexact, promoted(x, 1.0 if q is None else q))
    if s.dtype is dtypes.float16:  # as SciPy, which has no function of half precision
        s, base = cast(s, dtypes.float32), cast(base, dtypes.float32)
    if q is None:
        return _core.convert_to_tensor(library("special").zeta(_core.array_of(constant("zeta", s))))
    return hurwitz_zeta(s, base)


def multigammaln(a: Any, d: int) -> Tensor:
    """The logarithm of the multivariate gamma function, as ``scipy.special.multigammaln``.

    Args:
        a: a tensor of floats above (d - 1) / 2, or what `asarray` takes.
        d: the dimension, an int.

    Raises:
        ImportError: without SciPy, which computes it.
        ValueError: for dimensions that are not whole, or smaller `a`.

    >>> from autograd_c import scipy
    >>> print(scipy.special.multigammaln(2.5, 2).numpy().round(4))
    0.857
    """
    x = _wide(a)
    if int(d) != d:
        raise ValueError("d should be a positive integer (dimension)")
    if (_core.array_of(x) <= 0.5 * (d - 1)).any():
        raise ValueError(f"condition a ({a}) > 0.5 * (d-1) ({0.5 * (d - 1)}) not met")
    y = number(d * (d - 1) * 0.25 * math.log(math.pi), x)
    for k in range(int(d)):
        y = y + gammaln(x - 0.5 * k)
    return y


def factorial(n: Any, exact: bool = False) -> Tensor:
    """Gamma of n + 1, and 0 for negative n, as ``scipy.special.factorial`` of floats.

    Args:
        n: a tensor, or what `asarray` takes.
        exact: must be False.

    Raises:
        ImportError: without SciPy, which computes it.
        TypeError: for `exact`.

    >>> from autograd_c import scipy
    >>> print(scipy.special.factorial([3.0, 4.0]).numpy().round(4))
    [ 6. 24.]
    """
    if exact:
        raise TypeError("scipy.special.factorial of tensors is computed in floats: exact=False")
    x = _wide(n)
    outside = x < 0
    return where(outside, 0, gamma(where(outside, 0, x, x) + 1), x)


def comb(N: Any, k: Any, *, exact: bool = False, repetition: bool = False) -> Tensor:
    """Numbers of combinations, as ``scipy.special.comb`` of floats.

    Args:
        N, k: tensors, or what `asarray` takes, that broadcast.
        exact: must be False.
        repetition: whether things may be taken repeatedly.

    Raises:
        ImportError: without SciPy, which computes it.
        TypeError: for `exact`.

    >>> from autograd_c import scipy
    >>> print(scipy.special.comb(5, [2.0, 3.0]).numpy())
    [10. 10.]
    """
    if exact:
        raise TypeError("scipy.special.comb of tensors is computed in floats: exact=False")
    n, m = _of_floats(N, k)
    if repetition:
        n = n + m - 1
    outside = tm.logical_or(tm.logical_or(m > n, n < 0), m < 0)
    y = binom(where(outside, 1, n, n), where(outside, 0, m, m))
    return where(outside, 0, y, y)


def perm(N: Any, k: Any, exact: bool = False) -> Tensor:
    """Numbers of permutations of k of N things, as ``scipy.special.perm`` of floats.

    Args:
        N, k: tensors, or what `asarray` takes, that broadcast.
        exact: must be False.

    Raises:
        ImportError: without SciPy, which computes it.
        TypeError: for `exact`.

    >>> from autograd_c import scipy
    >>> print(scipy.special.perm(5, [2.0, 3.0]).numpy())
    [20. 60.]
    """
    if exact:
        raise TypeError("scipy.special.perm of tensors is computed in floats: exact=False")
    n, m = _of_floats(N, k)
    outside = tm.logical_or(tm.logical_or(m > n, n < 0), m < 0)
    y = poch(where(outside, 1, n - m + 1, n), where(outside, 0, m, m))
    return where(outside, 0, y, y)


def spherical_jn(n: Any, z: Any, derivative: bool = False) -> Tensor:
    """Spherical Bessel functions of the first kind, as ``scipy.special.spherical_jn``.

    Args:
        n: orders, integers that are not negative.
        z: a tensor of floats, or what `asarray` takes.
        derivative: whether to return the derivative instead.

    Raises:
        ImportError: without SciPy, which computes it.

    >>> from autograd_c import scipy
    >>> print(scipy.special.spherical_jn(0, 1.0).numpy().round(4))
    0.8415
    """
    return _spherical(spherical_jn_row, -1, n, z, derivative)


def spherical_in(n: Any, z: Any, derivative: bool = False) -> Tensor:
    """Modified spherical Bessel functions, as ``scipy.special.spherical_in``.

    Args:
        n: orders, integers that are not negative.
        z: a tensor of floats, or what `asarray` takes.
        derivative: whether to return the derivative instead.

    Raises:
        ImportError: without SciPy, which computes it.

    >>> from autograd_c import scipy
    >>> print(scipy.special.spherical_in(0, 1.0).numpy().round(4))
    1.1752
    """
    return _spherical(spherical_in_row, 1, n, z, derivative)


def _spherical(f: Any, sign: int, n: Any, z: Any, derivative: bool) -> Tensor:
    orders, x = tensor(n), _wide(z)
    m = _core.cast(orders, x.dtype)
    if not derivative:
        return f(m, x)  # type: ignore[no-any-return]
    below = tm.maximum(m - 1, number(0, m))
    return (m * f(below, x) + sign * (m + 1) * f(m + 1, x)) / (2 * m + 1)  # type: ignore[no-any-return]


# ------------------------------------------------------------ along axes


def logsumexp(
    a: Any,
    axis: Any = None,
    b: Any = None,
    keepdims: bool = False,
    return_sign: bool = False,
) -> Any:
    """The logarithm of the sum of exponentials, as ``scipy.special.logsumexp``.

    Args:
        a: a tensor of reals, or what `asarray` takes.
        axis: an axis, several, or None for all.
        b: factors of the exponentials, which broadcast with `a`; they may be 0 and negative.
        keepdims: whether the axes stay, with extent 1.
        return_sign: whether to return the sign of the sum as well: else logarithms of negative sums
            are NaN.

    Raises:
        ValueError: for an axis that is not there.

    >>> from autograd_c import scipy
    >>> print(scipy.special.logsumexp([0.0, 0.0]).numpy().round(4))
    0.6931
    """
    x = inexact(a)
    if b is None:
        places = axes_within(axis, x.ndim)
        y = tm.reduce_logsumexp(x, places, keepdims) if x.ndim else x
        return (y, _ours.sign(_core.stop_gradient(tm.exp(y)))) if return_sign else y
    x, factors = _of_floats(a, b)
    shape = np.broadcast_shapes(tuple(x.shape), tuple(factors.shape))
    x, factors = _core.broadcast_to(x, shape), _core.broadcast_to(factors, shape)
    places = axes_within(axis, x.ndim)
    none = tm.equal(factors, 0)
    x = where(none, -math.inf, x, x)
    array = _core.array_of(x)
    top = array.max(tuple(places), keepdims=True, initial=-np.inf)
    high = _core.convert_to_tensor(np.where(np.isfinite(top), top, 0).astype(array.dtype))
    terms = where(none, 0, factors * tm.exp(where(none, 0, x - high, x)), x)
    total = tm.reduce_sum(terms, places, True)
    sign = _ours.sign(_core.stop_gradient(total))
    if return_sign:
        total = total * sign
    y = tm.log(total) + high
    if not keepdims:
        kept = [n for k, n in enumerate(shape) if k not in places]
        y, sign = _core.reshape(y, kept), _core.reshape(sign, kept)
    return (y, sign) if return_sign else y


def _along(operation: Any, x: Any, axis: Any) -> Tensor:
    y = inexact(x)
    places = axes_within(axis, y.ndim)
    if y.ndim == 0:
        return _core.reshape(operation(_core.reshape(y, [1]), -1), [])
    if len(places) == 1:
        return operation(y, places[0])  # type: ignore[no-any-return]
    rest = [k for k in range(y.ndim) if k not in places]
    turned = _ours.transpose(y, [*rest, *places])
    flat = _core.reshape(turned, [*[y.shape[k] for k in rest], -1])
    done = _core.reshape(operation(flat, -1), turned.shape)
    back: Tensor = _ours.transpose(done, np.argsort([*rest, *places]).tolist())
    return back


def softmax(x: Any, axis: Any = None) -> Tensor:
    """Exponentials divided by their sum, as ``scipy.special.softmax``.

    Args:
        x: a tensor of reals, or what `asarray` takes.
        axis: an axis, several, or None for all.

    Raises:
        ValueError: for an axis that is not there.

    >>> from autograd_c import scipy
    >>> print(scipy.special.softmax([0.0, 0.0]).numpy())
    [0.5 0.5]
    """
    return _along(tm.softmax, x, axis)


def log_softmax(x: Any, axis: Any = None) -> Tensor:
    """The logarithm of `softmax`, as ``scipy.special.log_softmax``.

    Args:
        x: a tensor of reals, or what `asarray` takes.
        axis: an axis, several, or None for all.

    Raises:
        ValueError: for an axis that is not there.

    >>> from autograd_c import scipy
    >>> print(scipy.special.log_softmax([0.0, 0.0]).numpy().round(4))
    [-0.6931 -0.6931]
    """
    return _along(tm.log_softmax, x, axis)


FUNCTIONS: dict[str, Any] = {
    f.__name__: f
    for f in (
        comb,
        factorial,
        log_softmax,
        logsumexp,
        multigammaln,
        perm,
        polygamma,
        softmax,
        spherical_in,
        spherical_jn,
        zeta,
    )
}
