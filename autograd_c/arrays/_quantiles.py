"""Medians and quantiles: what is sorted first, and then read between two elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_c.arrays import _arguments
from autograd_c.arrays._arguments import cast, inexact, tensor
from autograd_c.arrays._outputs import written
from autograd_c.arrays._reductions import constant, lines
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.values import dtypes

__all__ = [
    "median",
    "nanmedian",
    "nanpercentile",
    "nanquantile",
    "percentile",
    "quantile",
]

# Where the quantile q of n sorted elements is, by Hyndman and Fan, "Sample Quantiles in Statistical
# Packages" (1996): n q + alpha + q (1 - alpha - beta) - 1, counted from 0.
_CONTINUOUS = {
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "linear": (1.0, 1.0),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}
_OTHERS = (
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "lower",
    "higher",
    "midpoint",
    "nearest",
)


def _places(method: str, q: Any, n: Any) -> tuple[Any, Any, Any]:
    """The two elements between which the quantile is, and how far it is from the first.

    Args:
        q: a tensor for continuous methods, or an array, of shape [quantiles, 1].
        n: the counts of elements, an array of shape [1, rows].
    """
    plain = _core.array_of(q)
    if method in _CONTINUOUS:
        alpha, beta = _CONTINUOUS[method]
        whole = n * plain + (alpha + plain * (1 - alpha - beta)) - 1
        if method == "linear":
            whole = (n - 1) * plain
        inside = np.clip(whole, 0, np.maximum(n - 1, 0))
        low = np.floor(inside)
        fraction: Any = inside - low
        if isinstance(q, Tensor) and _core.is_recorded(q):
            exact = n * q + (q * (1 - alpha - beta) + alpha) - 1
            fraction = _core.select(whole == inside, exact - low, fraction)
        return low, np.minimum(low + 1, n - 1), fraction
    if method == "inverted_cdf":
        low = high = np.ceil(n * plain) - 1
        fraction = 0.0
    elif method == "averaged_inverted_cdf":
        at = n * plain - 1
        low, fraction = np.floor(at), np.where(at == np.floor(at), 0.5, 1.0)
        high = low + 1
    elif method == "closest_observation":
        at = n * plain - 1 - 0.5
        low = np.floor(at)
        # A half goes to the even of the two, counted from 1.
        low = high = np.where((at == low) & (low % 2 == 1), low, low + 1)
        fraction = 0.0
    elif method == "lower":
        low = high = np.floor((n - 1) * plain)
        fraction = 0.0
    elif method == "higher":
        low = high = np.ceil((n - 1) * plain)
        fraction = 0.0
    elif method == "midpoint":
        at = (n - 1) * plain
        low, high, fraction = np.floor(at), np.ceil(at), np.where(at == np.floor(at), 0.0, 0.5)
    else:
        low = high = np.round((n - 1) * plain)
        fraction = 0.0
    last = np.maximum(n - 1, 0)
    first = np.clip(low, 0, last)
    return first, first if high is low else np.clip(high, 0, last), fraction


def _weighted_places(
    order: np.ndarray[Any, Any], weights: np.ndarray[Any, Any], counts: Any, q: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """Of each row the first sorted element up to which the weights are a part q of all."""
    w = np.take_along_axis(weights, order, 1)
    w[np.arange(w.shape[1]) >= np.reshape(counts, [-1, 1])] = 0
    with np.errstate(over="ignore"):
        sums = np.cumsum(w, axis=1)
    total = sums[:, -1:]
    if not np.all((total > 0) & np.isfinite(total)):
        raise ValueError("Weights included NaN, inf or were all zero.")
    parts = sums / total
    places = np.empty([q.size, w.shape[0]])
    for row in range(w.shape[0]):
        found = np.searchsorted(parts[row], q, side="left")
        # Elements without weight are not chosen: not even for q = 0.
        first = np.flatnonzero(w[row])
        places[:, row] = np.clip(found, first[0], first[-1])
    return places


def _quantile(
    name: str,
    a: Any,
    q: Any,
    axis: Any,
    out: Any,
    method: str,
    keepdims: bool,
    weights: Any,
    interpolation: Any,
    percents: bool,
    skip: bool,
) -> Tensor:
    if out is not None:
        y = _quantile(
            name, a, q, axis, None, method, keepdims, weights, interpolation, percents, skip
        )
        return written(out, y, f"numpy.{name}")
    if interpolation is not None:
        method = interpolation
    if method not in _CONTINUOUS and method not in _OTHERS:
        raise ValueError(
            f"{method!r} is not a valid method. Use one of: {', '.join([*_CONTINUOUS, *_OTHERS])}"
        )
    if weights is not None and method != "inverted_cdf":
        raise ValueError("Only method 'inverted_cdf' supports weights")
    x, part = tensor(a), tensor(q)
    if x.dtype.is_complex:
        raise TypeError("a must be an array of real numbers")
    if part.dtype.is_complex:
        raise TypeError("q must be an array of real numbers")
    part = inexact(part)
    if percents:
        part = part / constant(100, part.dtype)
    plain = _core.array_of(part)
    if not np.all((plain >= 0) & (plain <= 1)):
        raise ValueError(
            f"{'Percentiles' if percents else 'Quantiles'} must be in the range "
            f"[0, {'100' if percents else '1'}]"
        )
    picks = method in ("inverted_cdf", "closest_observation", "lower", "higher", "nearest")
    if not x.dtype.is_floating and not picks:
        x = cast(x, dtypes.float64)
    flat, shape = lines(x, axis, keepdims)
    array = _core.array_of(flat)
    rows, extent = array.shape
    if extent == 0 and rows:
        if x.dtype.is_floating:
            return _core.full([*part.shape, *shape], float("nan"), x.dtype)
        raise IndexError(f"cannot do {name} of no elements")
    missing = np.isnan(array) if array.dtype.kind == "f" else np.zeros(array.shape, bool)
    counts = np.full(rows, extent) if not skip else extent - missing.sum(1)
    if x.dtype.is_floating and weights is None:
        ordered = _core.apply("sort", [flat], [False, 1])
    else:
        order = np.argsort(array, axis=1, kind="stable")
        ordered = _core.apply("take_along_axis", [flat, order], [1])
    wanted = _core.reshape(part, [-1, 1])
    low: Any
    if weights is None:
        low, high, fraction = _places(method, wanted, np.maximum(counts, 1)[None, :])
    else:
        w = np.asarray(_core.array_of(weights), float)
        if w.shape != tuple(x.shape):
            k = _arguments.axis_within(axis, x.ndim)
            if w.shape != (x.shape[k],):
                raise ValueError("Shape of weights must be consistent with shape of a along axis.")
            w = np.broadcast_to(
                np.reshape(w, [-1 if j == k else 1 for j in range(x.ndim)]), x.shape
            )
        if (w < 0).any():
            raise ValueError("Weights must be non-negative.")
        w_flat = _core.array_of(lines(_core.convert_to_tensor(w), axis, keepdims)[0])
        low = high = _weighted_places(order, w_flat.copy(), counts, plain.reshape(-1))
        fraction = 0.0
    first = np.broadcast_to(low, [wanted.shape[0], rows]).T.astype(np.int64)
    below = _core.apply("take_along_axis", [ordered, first], [1])  # [rows, quantiles]
    if high is low:
        y = below
    else:
        second = np.broadcast_to(high, [wanted.shape[0], rows]).T.astype(np.int64)
        above = _core.apply("take_along_axis", [ordered, second], [1])
        finer = x.dtype if type(q) in (int, float) else _arguments.common_dtype(x, part)
        y = _between(cast(below, finer), cast(above, finer), fraction, rows)
    broken: Any = missing.any(1) if not skip else counts == 0
    if broken.any():
        y = _core.select(broken[:, None], constant(np.nan, y.dtype), y)
    y = _core.transpose(y, [1, 0])
    return _core.reshape(y, [*part.shape, *shape])


def _between(below: Tensor, above: Tensor, fraction: Any, rows: int) -> Tensor:
    f = tensor(fraction)
    if f.ndim == 2:
        f = _core.transpose(_core.broadcast_to(f, [f.shape[0], rows]), [1, 0])
    f = cast(f, below.dtype)
    # From the nearer end, so that the ends are exact; of equal infinities the difference is NaN.
    apart = above - below
    y = _core.select(_core.array_of(f) < 0.5, below + apart * f, above - apart * (1 - f))
    same = _core.array_of(below) == _core.array_of(above)
    return _core.select(same & ~np.isfinite(_core.array_of(below)), below, y)


def quantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
    interpolation: Any = None,
) -> Tensor:
    """The quantiles q, from 0 to 1, of the elements over axes.

    Args:
        a: a tensor of real numbers, or what `asarray` takes.
        q: a number, or an array of them, whose axes come first in the result. Recorded, too, where
            the method is continuous.
        axis: an int, several, or None for all.
        out: a tensor that gets the result.
        overwrite_input: ignored.
        method: one of NumPy's thirteen.
        keepdims: whether the reduced axes stay, with extent 1.
        weights: of the shape of `a` or of its axis, for the method "inverted_cdf". Derivatives by
            them are zero.
        interpolation: an older name of `method`.

    Raises:
        TypeError: for complex numbers.
        ValueError: for q out of range, and another method.

    >>> from autograd_c import numpy as np
    >>> float(np.quantile([1.0, 2.0, 4.0], 0.75))
    3.0
    """
    return _quantile(
        "quantile", a, q, axis, out, method, keepdims, weights, interpolation, False, False
    )


def percentile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
    interpolation: Any = None,
) -> Tensor:
    """The percentiles q, from 0 to 100, of the elements over axes; arguments as of `quantile`.

    >>> from autograd_c import numpy as np
    >>> float(np.percentile([1.0, 2.0, 4.0], 75))
    3.0
    """
    return _quantile(
        "percentile", a, q, axis, out, method, keepdims, weights, interpolation, True, False
    )


def nanquantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
    interpolation: Any = None,
) -> Tensor:
    """The quantiles q of the elements that are no NaN; arguments as of `quantile`.

    >>> from autograd_c import numpy as np
    >>> float(np.nanquantile([1.0, float("nan"), 2.0, 4.0], 0.75))
    3.0
    """
    return _quantile(
        "nanquantile", a, q, axis, out, method, keepdims, weights, interpolation, False, True
    )


def nanpercentile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
    interpolation: Any = None,
) -> Tensor:
    """The percentiles q of the elements that are no NaN; arguments as of `quantile`.

    >>> from autograd_c import numpy as np
    >>> float(np.nanpercentile([1.0, float("nan"), 2.0, 4.0], 75))
    3.0
    """
    return _quantile(
        "nanpercentile", a, q, axis, out, method, keepdims, weights, interpolation, True, True
    )


def _median(name: str, a: Any, axis: Any, out: Any, keepdims: bool, skip: bool) -> Tensor:
    if out is not None:
        return written(out, _median(name, a, axis, None, keepdims, skip), f"numpy.{name}")
    x = tensor(a)
    if x.dtype.is_complex:
        if skip:
            if _core.would_lose_derivative(x):
                raise _core.no_derivative("numpy.nanmedian of complex tensors", name)
            plain = np.nanmedian(_core.array_of(x), axis=axis, keepdims=keepdims)
            return _core.convert_to_tensor(np.asarray(plain))
        from autograd_c.arrays._sorting import sort

        flat, shape = lines(x, axis, keepdims)
        return _core.reshape(_middle(sort(flat, 1)), shape)
    if x.dtype.is_floating and x.size:
        if x.ndim == 1 and not keepdims and axis in (None, 0, -1):
            flat, shape = _core.reshape(x, [1, -1]), []
        else:
            flat, shape = lines(x, axis, keepdims)
        middle = _middle_of_numbers if skip else _middle
        return _core.reshape(middle(_core.apply("sort", [flat], [False, 1])), shape)
    return _quantile(name, x, 0.5, axis, None, "midpoint", keepdims, None, None, False, skip)


def _middle(ordered: Tensor) -> Tensor:
    """Of each sorted row, in which NaN is last."""
    n = ordered.shape[1]
    if n == 0:
        return constant(np.full(ordered.shape[0], np.nan), ordered.dtype)
    y = ordered[:, n // 2]
    if n % 2 == 0:
        y = (ordered[:, n // 2 - 1] + y) / 2
    broken = np.isnan(_core.array_of(ordered)[:, -1])
    return _core.select(broken, constant(np.nan, y.dtype), y) if broken.any() else y


def _middle_of_numbers(ordered: Tensor) -> Tensor:
    """The same of what is no NaN."""
    count = np.sum(~np.isnan(_core.array_of(ordered)), axis=1)
    below, above = [
        _core.apply("take_along_axis", [ordered, place[:, None]], [1])
        for place in (np.maximum(count - 1, 0) // 2, np.minimum(count // 2, ordered.shape[1] - 1))
    ]
    return (below + above)[:, 0] / 2


def median(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False
) -> Tensor:
    """The element in the middle over axes, or the mean of the two there; NaN if any element is.

    >>> from autograd_c import numpy as np
    >>> float(np.median([4.0, 1.0, 2.0, 8.0]))
    3.0
    """
    return _median("median", a, axis, out, keepdims, False)


def nanmedian(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False
) -> Tensor:
    """The median of the elements that are no NaN, over axes.

    >>> from autograd_c import numpy as np
    >>> float(np.nanmedian([4.0, float("nan"), 1.0]))
    2.5
    """
    return _median("nanmedian", a, axis, out, keepdims, True)
