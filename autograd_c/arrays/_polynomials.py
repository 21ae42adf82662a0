"""NumPy's functions of polynomials, by their coefficients, the highest power first."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_c import math as _math
from autograd_c.arrays._arguments import cast, inexact, is_inexact, promoted, tensor
from autograd_c.arrays._equations import inv, lstsq
from autograd_c.arrays._factors import are_real, eigvals
from autograd_c.arrays._products import by_numpy, pair
from autograd_c.arrays._series import convolve
from autograd_c.core import _core
from autograd_c.core._core import Tensor

__all__ = [
    "poly",
    "polyadd",
    "polyder",
    "polydiv",
    "polyfit",
    "polyint",
    "polymul",
    "polysub",
    "polyval",
    "roots",
]


def _coefficients(p: Any) -> Tensor:
    x = tensor(p)
    return x if x.ndim else _core.reshape(x, [1])


def polyval(p: Any, x: Any) -> Tensor:
    """The value of a polynomial, as ``numpy.polyval``.

    Args:
        p: the coefficients, the highest power first: a tensor, or what `asarray` takes.
        x: where: a tensor, or what `asarray` takes, of any shape.

    Returns:
        A tensor of the shape of `x`.

    >>> from autograd_c import numpy as np
    >>> print(np.polyval([1.0, 0.0, -2.0], [2.0, 3.0]).numpy())
    [2. 7.]
    """
    coefficients, at = _coefficients(p), tensor(x)
    if not is_inexact(coefficients.dtype) and not is_inexact(at.dtype):
        return by_numpy(np.polyval, coefficients, at)  # type: ignore[no-any-return]
    y = _core.full(at.shape, 0, at.dtype)
    for c in _core.unstack(coefficients):
        y, factor = pair(y, at)
        product = y * factor
        product, c = pair(product, c)
        y = product + c
    return y


def polyadd(a1: Any, a2: Any) -> Tensor:
    """The sum of two polynomials, as ``numpy.polyadd``.

    Args:
        a1, a2: their coefficients, the highest power first.

    Returns:
        A tensor of coefficients, as many as the longer one has.

    >>> from autograd_c import numpy as np
    >>> print(np.polyadd([1.0, 2.0], [3.0, 4.0, 5.0]).numpy())
    [3. 5. 7.]
    """
    return _aligned(np.polyadd, operator.add, a1, a2)


def polysub(a1: Any, a2: Any) -> Tensor:
    """The difference of two polynomials, as ``numpy.polysub``.

    Args:
        a1, a2: their coefficients, the highest power first.

    Returns:
        A tensor of coefficients, as many as the longer one has.

    >>> from autograd_c import numpy as np
    >>> print(np.polysub([1.0, 2.0], [3.0, 4.0, 5.0]).numpy())
    [-3. -3. -3.]
    """
    return _aligned(np.polysub, operator.sub, a1, a2)


def _aligned(
    of_arrays: Any, function: Callable[[Tensor, Tensor], Tensor], a1: Any, a2: Any
) -> Tensor:
    x, y = pair(_coefficients(a1), _coefficients(a2))
    if not is_inexact(x.dtype):
        return by_numpy(of_arrays, x, y)  # type: ignore[no-any-return]
    length = max(x.shape[0], y.shape[0])
    return function(_longer(x, length), _longer(y, length))


def _longer(x: Tensor, length: int) -> Tensor:
    missing = length - x.shape[0]
    return _core.concat([_core.full((missing,), 0, x.dtype), x], 0) if missing else x


def polymul(a1: Any, a2: Any) -> Tensor:
    """The product of two polynomials, as ``numpy.polymul``.

    Args:
        a1, a2: their coefficients, the highest power first; zeros in front are taken off.

    Returns:
        A tensor of coefficients.

    >>> from autograd_c import numpy as np
    >>> print(np.polymul([1.0, 2.0], [1.0, -2.0]).numpy())
    [ 1.  0. -4.]
    """
    return convolve(_trimmed(_coefficients(a1)), _trimmed(_coefficients(a2)))


def _trimmed(x: Tensor) -> Tensor:
    """Without zeros in front, but one."""
    some = np.flatnonzero(_core.array_of(x))
    start = int(some[0]) if some.size else max(x.shape[0] - 1, 0)
    return x[start:] if start else x


def polydiv(u: Any, v: Any) -> tuple[Tensor, Tensor]:
    """The quotient and the rest of two polynomials, as ``numpy.polydiv``.

    Args:
        u, v: their coefficients, the highest power first.

    Returns:
        Two tensors of coefficients; zeros in front of the rest are taken off.

    >>> from autograd_c import numpy as np
    >>> quotient, rest = np.polydiv([3.0, 5.0, 2.0], [2.0, 1.0])
    >>> print(quotient.numpy(), rest.numpy())
    [1.5  1.75] [0.25]
    """
    x, y = pair(inexact(_coefficients(u)), inexact(_coefficients(v)))
    m, n = x.shape[0] - 1, y.shape[0] - 1
    if m < n:
        return _core.full((1,), 0, x.dtype), x
    parts = []
    rest = x
    for k in range(m - n + 1):
        part = rest[k] / y[0]
        parts.append(part)
        shifted = [_core.full((k,), 0, x.dtype), part * y, _core.full((m - n - k,), 0, x.dtype)]
        rest = rest - _core.concat(shifted, 0)
    values = _core.array_of(rest)
    start = 0
    while start < m and np.allclose(values[start], 0, rtol=1e-14):
        start += 1
    return _core.stack(parts), rest[start:]


def polyder(p: Any, m: int = 1) -> Tensor:
    """The derivative of a polynomial, as ``numpy.polyder``.

    Args:
        p: its coefficients, the highest power first.
        m: how many times.

    Returns:
        A tensor of coefficients.

    Raises:
        ValueError: for a negative `m`.

    >>> from autograd_c import numpy as np
    >>> print(np.polyder([1.0, 2.0, 3.0]).numpy())
    [2. 2.]
    """
    if operator.index(m) < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    x = _coefficients(p)
    for _ in range(m):
        n = x.shape[0] - 1
        powers = tensor(np.arange(n, 0, -1))
        x, powers = pair(x[: max(n, 0)], powers)
        x = x * powers
    return x


def polyint(p: Any, m: int = 1, k: Any = None) -> Tensor:
    """The integral of a polynomial, as ``numpy.polyint``.

    Args:
        p: its coefficients, the highest power first.
        m: how many times.
        k: the constants: one for each, or one for all; 0 if it is None.

    Returns:
        A tensor of coefficients.

    Raises:
        ValueError: for a negative `m`, and too few constants.

    >>> from autograd_c import numpy as np
    >>> print(np.polyint([2.0, 2.0], k=3.0).numpy())
    [1. 2. 3.]
    """
    m = operator.index(m)
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    constants = _coefficients(0.0 if k is None else k)
    if constants.shape[0] == 1 and m > 1:
        constants = _core.concat([constants] * m, 0)
    if constants.shape[0] < m:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    x = _coefficients(p)
    if m:
        x, constants = pair(inexact(x), constants)
    for n in range(m):
        powers = cast(tensor(np.arange(x.shape[0], 0, -1)), x.dtype)
        x = _core.concat([x / powers, constants[n : n + 1]], 0)
    return x


def poly(seq_of_zeros: Any) -> Tensor:
    """The polynomial that has given roots, as ``numpy.poly``.

    Args:
        seq_of_zeros: the roots; or a square matrix, whose eigenvalues are.

    Returns:
        A tensor of coefficients, the highest power, with the coefficient 1, first.

    Raises:
        ValueError: for other shapes.

    >>> from autograd_c import numpy as np
    >>> print(np.poly([1.0, 2.0]).numpy())
    [ 1. -3.  2.]
    """
    zeros = tensor(seq_of_zeros)
    if zeros.ndim == 2 and zeros.shape[0] == zeros.shape[1] != 0:
        zeros = eigvals(zeros)
    elif zeros.ndim == 0:
        zeros = _core.reshape(zeros, [1])
    elif zeros.ndim != 1:
        raise ValueError("input must be 1d or non-empty square 2d array.")
    if not zeros.shape[0]:
        return _core.constant(1.0, "float64")
    zeros = inexact(zeros)
    one = _core.full((1,), 1, zeros.dtype)
    a = one
    for zero in _core.unstack(zeros):
        a = convolve(a, _core.concat([one, -_core.reshape(zero, [1])], 0))
    if a.dtype.is_complex:
        values = _core.array_of(zeros)
        if np.all(np.sort(values) == np.sort(values.conjugate())):
            return _core.real(a)
    return a


def roots(p: Any) -> Tensor:
    """The roots of a polynomial, as ``numpy.roots``: the eigenvalues of its companion matrix.

    Args:
        p: its coefficients, the highest power first.

    Returns:
        A tensor of them, real if all are.

    Raises:
        ValueError: for more than one axis.

    >>> from autograd_c import numpy as np
    >>> print(np.roots([1.0, -3.0, 2.0]).numpy())
    [2. 1.]
    """
    x = _coefficients(p)
    if x.ndim != 1:
        raise ValueError("Input must be a rank-1 array.")
    some = np.flatnonzero(_core.array_of(x))
    if not some.size:
        return _core.full((0,), 0, "float64")
    trailing = x.shape[0] - 1 - int(some[-1])
    x = inexact(x[int(some[0]) : int(some[-1]) + 1])
    n = x.shape[0]
    if n > 1:
        below = np.diag(np.ones(n - 2), -1)[1:]
        top = _core.reshape(-x[1:] / x[0], [1, n - 1])
        below_top = _core.constant(below.reshape(n - 2, n - 1), x.dtype)
        companion = _core.concat([top, below_top], 0)
        found = eigvals(companion)
        found = _core.real(found) if are_real(companion, found) else found
    else:
        found = _core.full((0,), 0, "float64")
    if trailing:
        found = _core.concat([found, _core.full((trailing,), 0, found.dtype)], 0)
    return found


def polyfit(
    x: Any,
    y: Any,
    deg: int,
    rcond: float | None = None,
    full: bool = False,
    w: Any = None,
    cov: Any = False,
) -> Any:
    """The polynomial that fits best, as ``numpy.polyfit``: the sum of squares is least.

    Args:
        x: where, of shape [m].
        y: the values there, of shape [m] or [m, k].
        deg: the degree.
        rcond: singular values below this times the largest count as 0; None: m times the precision.
        full: whether residuals, rank, singular values and `rcond` are returned too.
        w: weights, of shape [m].
        cov: whether the covariances of the coefficients are returned too: True, or "unscaled".

    Returns:
        A tensor of coefficients, of shape [deg + 1] or [deg + 1, k], the highest power first; with
        `full`, a tuple of five; with `cov`, a pair.

    Raises:
        ValueError: for a negative degree, and too few points for `cov`.
        TypeError: for other shapes.

    >>> from autograd_c import numpy as np
    >>> print(np.polyfit([0.0, 1.0, 2.0], [1.0, 3.0, 5.0], 1).numpy().round(6))
    [2. 1.]
    """
    deg = operator.index(deg)
    at, values = pair(inexact(x), inexact(y))
    if deg < 0:
        raise ValueError("expected deg >= 0")
    if at.ndim != 1:
        raise TypeError("expected 1D vector for x")
    if not at.shape[0]:
        raise TypeError("expected non-empty vector for x")
    if values.ndim not in (1, 2):
        raise TypeError("expected 1D or 2D array for y")
    if at.shape[0] != values.shape[0]:
        raise TypeError("expected x and y to have same length")
    if rcond is None:
        rcond = at.shape[0] * float(np.finfo(at.dtype.as_numpy_dtype).eps)
    at = promoted(at, np.zeros((), np.int64))[0]  # as numpy.vander has it
    powers = [_core.full(at.shape, 1, at.dtype)]
    for _ in range(deg):
        powers.append(powers[-1] * at)
    left, right = pair(_core.stack(powers[::-1], 1), values)
    if w is not None:
        weights = cast(inexact(w), at.dtype)
        if weights.ndim != 1:
            raise TypeError("expected a 1-d array for weights")
        if weights.shape[0] != values.shape[0]:
            raise TypeError("expected w and y to have the same length")
        left = left * weights[:, None]
        right = right * (weights if right.ndim == 1 else weights[:, None])
    # Columns of one length, for a better condition.
    scale = _math.sqrt(_core.reduce("reduce_sum", _math.square(abs(left)), [0], False))
    scale = cast(_core.stop_gradient(scale), left.dtype)
    left = left / scale
    found, residuals, rank, s = lstsq(left, right, rcond)
    found = found / (scale if found.ndim == 1 else scale[:, None])
    if full:
        return found, residuals, rank, s, rcond
    if cov is False:
        return found
    base = inv(_core.matmul(left, left, transpose_a=True))
    base = base / (scale[:, None] * scale[None, :])
    if cov == "unscaled":
        factor: Any = 1.0
    else:
        if at.shape[0] <= deg + 1:
            raise ValueError(
                "the number of data points must exceed order to scale the covariance matrix"
            )
        factor = residuals / (at.shape[0] - (deg + 1))
    if values.ndim == 1:
        return found, base * factor
    return found, base[:, :, None] * factor
