"""NumPy's functions of series of numbers: ``convolve``, ``correlate``, ``cov``, ``corrcoef``."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from autograd_c import math as _math
from autograd_c.arrays._arguments import cast, dtype_of, inexact, is_inexact, tensor
from autograd_c.arrays._products import by_numpy, conjugate, pair
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions import convolution
from autograd_c.functions.arrays import complex

__all__ = ["convolve", "corrcoef", "correlate", "cov"]

_MODES = {"valid": 0, "same": 1, "full": 2, "v": 0, "s": 1, "f": 2, 0: 0, 1: 1, 2: 2}


# ---------------------------------------------------------------- convolutions


def convolve(a: Any, v: Any, mode: Any = "full") -> Tensor:
    """The convolution of two series, as ``numpy.convolve``.

    Args:
        a, v: tensors, or what `asarray` takes, of one axis and one or more elements.
        mode: "full"; "same", of the length of the longer one; or "valid", where they overlap.

    Returns:
        A tensor of one axis.

    Raises:
        ValueError: for other shapes and modes.

    >>> from autograd_c import numpy as np
    >>> print(np.convolve([1.0, 2.0, 3.0], [0.0, 1.0, 0.5]).numpy())
    [0.  1.  2.5 4.  1.5]
    """
    x, y = _two_series("convolve", a, v)
    how = _mode("convolve", mode)
    if not is_inexact(x.dtype):
        return by_numpy(np.convolve, x, y, mode=_name(how))  # type: ignore[no-any-return]
    if y.shape[0] > x.shape[0]:
        x, y = y, x
    return _slide(x, _core.reverse_axes(y, [0]), how)


def correlate(a: Any, v: Any, mode: Any = "valid") -> Tensor:
    """The cross-correlation of two series, as ``numpy.correlate``.

    Args:
        a, v: tensors, or what `asarray` takes, of one axis and one or more elements.
        mode: "valid", "same" or "full", as of `convolve`.

    Returns:
        A tensor of one axis: sums over n of a[n + k] conj(v[n]).

    Raises:
        ValueError: for other shapes and modes.

    >>> from autograd_c import numpy as np
    >>> print(np.correlate([1.0, 2.0, 3.0], [0.0, 1.0, 0.5], "same").numpy())
    [2.  3.5 3. ]
    """
    x, y = _two_series("correlate", a, v)
    how = _mode("correlate", mode)
    if not is_inexact(x.dtype):
        return by_numpy(np.correlate, x, y, mode=_name(how))  # type: ignore[no-any-return]
    y = conjugate(y)
    if y.shape[0] > x.shape[0]:
        return _core.reverse_axes(_slide(y, x, how), [0])
    return _slide(x, y, how)


def _mode(function: str, given: Any) -> int:
    if given not in _MODES:
        raise ValueError(f"mode of {function} is 'full', 'same' or 'valid', not {given!r}")
    return _MODES[given]


def _name(how: int) -> Any:
    return ("valid", "same", "full")[how]


def _two_series(function: str, a: Any, v: Any) -> tuple[Tensor, Tensor]:
    x, y = pair(a, v)
    x, y = (t if t.ndim else _core.reshape(t, [1]) for t in (x, y))
    for t in (x, y):
        if t.ndim != 1:
            raise ValueError(f"{function}: object too deep for desired array: {tuple(t.shape)}")
        if not t.shape[0]:
            raise ValueError(f"{function}: a series cannot be empty")
    return x, y


def _slide(x: Tensor, y: Tensor, how: int) -> Tensor:
    """Dot products of y, the shorter one, with windows of x, filled with zeros at both ends."""
    n = y.shape[0]
    before = (0, n // 2, n - 1)[how]
    after = (0, n - n // 2 - 1, n - 1)[how]
    if x.dtype.is_complex:
        xr, xi, yr, yi = _core.real(x), _core.imag(x), _core.real(y), _core.imag(y)
        real = _windows(xr, yr, before, after) - _windows(xi, yi, before, after)
        imaginary = _windows(xr, yi, before, after) + _windows(xi, yr, before, after)
        return complex(real, imaginary)
    return _windows(x, y, before, after)


def _windows(x: Tensor, y: Tensor, before: int, after: int) -> Tensor:
    rows, filters = _core.reshape(x, [1, -1, 1]), _core.reshape(y, [-1, 1, 1])
    margins = [[0, 0], [before, after], [0, 0]]
    return _core.reshape(convolution.conv1d(rows, filters, 1, margins), [-1])


# ---------------------------------------------------------------- covariances


def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Tensor:
    """Covariances of variables, as ``numpy.cov``.

    Args:
        m: a tensor, or what `asarray` takes, of one or two axes: each row is a variable, each
            column an observation of all of them.
        y: more variables, in the same form.
        rowvar: False: the columns are the variables.
        bias: whether sums are divided by the number of observations, else by one less.
        ddof: instead of `bias`: by how much less.
        fweights: integers, how often each observation counts.
        aweights: floats, how much each observation counts.
        dtype: of the result; float64 at least if it is None.

    Returns:
        A tensor of shape [n, n], or [] for one variable.

    Raises:
        ValueError: for shapes that do not fit, negative weights, and a `ddof` that is no integer.
        TypeError: for `fweights` that are no integers.

    >>> from autograd_c import numpy as np
    >>> print(np.cov([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]).numpy())
    [[ 1. -1.]
     [-1.  1.]]
    """
    if ddof is not None and ddof != operator.index(ddof):
        raise ValueError("ddof must be integer")
    x = _variables("m", m, rowvar)
    if y is not None:
        also = _variables("y", y, rowvar)
        x, also = pair(x, also)
        x = _core.concat([x, also], 0)
    x = inexact(x)
    if dtype is None:  # as NumPy has it, even of float32
        dtype = "complex128" if x.dtype.is_complex else "float64"
    x = cast(x, dtype_of(dtype))
    if not x.shape[0]:
        return _core.full((0, 0), 0, x.dtype)
    less = ddof if ddof is not None else 0 if bias else 1
    weights = _weights(fweights, aweights, x)
    if weights is None:
        total: Any = x.shape[1]
        by = total - less
        centre = _core.reduce("reduce_mean", x, [1], True)
        weighted = None
    else:
        total = _core.reduce("reduce_sum", weights, None, False)
        by = total - less
        if aweights is not None and less:
            one = cast(tensor(aweights), weights.dtype)
            by = total - less * _core.reduce("reduce_sum", weights * one, None, False) / total
        weighted = x * cast(weights, x.dtype)
        centre = _core.reduce("reduce_sum", weighted, [1], True) / cast(total, x.dtype)
    x = x - centre
    right = x if weights is None else x * cast(weights, x.dtype)
    sums = _core.matmul(x, right, adjoint_b=True)
    if isinstance(by, int):
        by = _core.constant(float(max(by, 0)), x.dtype)
    result = sums / cast(by, x.dtype)
    return _core.reshape(result, []) if result.size == 1 else result


def _variables(name: str, given: Any, rowvar: bool) -> Tensor:
    x = tensor(given)
    if x.ndim > 2:
        raise ValueError(f"{name} has more than 2 dimensions")
    if x.ndim < 2:
        return _core.reshape(x, [1, -1])
    return x if rowvar or x.shape[0] == 1 else _core.transpose(x)


def _weights(fweights: Any, aweights: Any, x: Tensor) -> Tensor | None:
    found: Tensor | None = None
    for name, given in (("fweights", fweights), ("aweights", aweights)):
        if given is None:
            continue
        w = tensor(given)
        if name == "fweights" and not np.all(np.rint(_core.array_of(w)) == _core.array_of(w)):
            raise TypeError("fweights must be integer")
        if w.ndim != 1:
            raise RuntimeError(f"cannot handle multidimensional {name}")
        if w.shape[0] != x.shape[1]:
            raise RuntimeError(f"incompatible numbers of samples and {name}")
        if (_core.array_of(w) < 0).any():
            raise ValueError(f"{name} cannot be negative")
        w = cast(w, x.dtype.real_dtype)
        found = w if found is None else found * w
    return found


def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Tensor:
    """Coefficients of correlation of variables, as ``numpy.corrcoef``.

    Args:
        x, y, rowvar, dtype: as of `cov`.

    Returns:
        A tensor of shape [n, n], or [] for one variable.

    Raises:
        ValueError: for shapes that do not fit.

    >>> from autograd_c import numpy as np
    >>> print(np.corrcoef([0.0, 1.0, 2.0], [2.0, 1.0, 0.0]).numpy())
    [[ 1. -1.]
     [-1.  1.]]
    """
    c = cov(x, y, rowvar, dtype=dtype)
    if not c.ndim:
        return c / c
    variances = _core.diagonal_view(c, "ii", "i")
    deviations = _math.sqrt(_core.real(variances) if c.dtype.is_complex else variances)
    c = c / cast(deviations[:, None], c.dtype)
    c = c / cast(deviations[None, :], c.dtype)
    # Roundings may leave them a little outside.
    if c.dtype.is_complex:
        return complex(_within(_core.real(c)), _within(_core.imag(c)))
    return _within(c)


def _within(x: Tensor) -> Tensor:
    # As constants where they are outside, by what they are off.
    value = _core.array_of(x)
    return x + _core.convert_to_tensor(np.clip(value, -1, 1) - value)
