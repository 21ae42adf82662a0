"""How often there is what: counts of numbers, and of elements between edges."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_c.arrays import _arguments, _reductions
from autograd_c.arrays._arguments import cast, tensor
from autograd_c.arrays._ranges import linspace
from autograd_c.arrays._sorting import plain_of
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.values import dtypes

__all__ = [
    "bincount",
    "histogram",
    "histogram2d",
    "histogram_bin_edges",
    "histogramdd",
]


def bincount(x: Any, /, weights: Any = None, minlength: Any = 0) -> Tensor:
    """How often each number from 0 on is there, or the sum of its weights, which is recorded.

    Args:
        x: a vector of ints that are not negative.
        weights: one for each.
        minlength: the least number of counts.

    Raises:
        TypeError: for other dtypes.
        ValueError: for negative numbers, and weights of another length.

    >>> from autograd_c import numpy as np
    >>> np.bincount([0, 2, 2]).tolist()
    [1, 0, 2]
    """
    t = tensor(x)
    values = _core.array_of(t)
    if not values.size and not t.dtype.is_integer:  # of an empty list
        values = values.astype(np.int64)
    least = int(plain_of(minlength))
    if not _core.is_recorded(weights) and not _core.has_tensors(_listed(weights)):
        plain = None if weights is None else _core.array_of(weights)
        return _core.convert_to_tensor(np.bincount(values, plain, least))
    count = np.bincount(values, None, least).size
    w = cast(tensor(weights), _arguments.dtype_of(float))
    if w.shape != t.shape:
        raise ValueError("The weights and list don't have the same length.")
    return _core.scatter_rows(w, values.astype(np.int64), count)


def _listed(x: Any) -> Any:
    return x if isinstance(x, (list, tuple)) else [x]


def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Tensor:
    """The edges of the bins of `histogram`.

    >>> from autograd_c import numpy as np
    >>> np.histogram_bin_edges([0.0, 2.0], bins=2).tolist()
    [0.0, 1.0, 2.0]
    """
    w = None if weights is None else _core.array_of(tensor(weights))
    edges = np.histogram_bin_edges(_core.array_of(tensor(a)), _bins(bins), _range(range), w)
    return _recorded_edges(edges, a, bins, range)


def _recorded_edges(edges: np.ndarray[Any, Any], a: Any, bins: Any, range: Any) -> Tensor:
    """The edges as a tensor: they depend on the lowest and the highest element, or on the range."""
    if not isinstance(bins, str) and np.ndim(bins) == 1:
        return tensor(bins)
    x = tensor(a)
    low, high = (x, x) if range is None else range
    if not (_core.is_recorded(low) or _core.is_recorded(high)):
        return _core.convert_to_tensor(edges)
    if range is None:
        low, high = _reductions.min(x), _reductions.max(x)
    if float(_core.array_of(low)) == float(_core.array_of(high)):
        low, high = low - 0.5, high + 0.5
    found: Tensor = linspace(low, high, edges.size)
    return found


def _bins(bins: Any) -> Any:
    if isinstance(bins, (list, tuple)) and _core.has_tensors(bins):
        return [plain_of(b) for b in bins]
    return plain_of(bins)


def _range(given: Any) -> Any:
    return None if given is None else tuple(plain_of(r) for r in given)


def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Tensor, Tensor]:
    """How many elements are in each bin, or the sum of their weights, which is recorded.

    Counts have no derivative by the elements: they jump.

    Args:
        a: a tensor of real numbers, or what `asarray` takes.
        bins: how many, or their edges, or the name of one of NumPy's rules.
        range: the lowest and the highest edge.
        density: whether to divide by the sum and by the widths.
        weights: of the shape of `a`.

    Returns:
        The counts, and the edges.

    >>> from autograd_c import numpy as np
    >>> np.histogram([0.0, 0.5, 2.0], bins=2)[0].tolist()
    [2, 1]
    """
    values, count = _core.array_of(tensor(a)), _bins(bins)
    w = None if weights is None else tensor(weights)
    plain = None if w is None else _core.array_of(w)
    function: Any = np.histogram
    found, edges = function(values, count, _range(range), None, plain)
    sums, ends = _core.convert_to_tensor(found), _recorded_edges(edges, a, bins, range)
    if w is not None and _core.is_recorded(w):
        flat = values.reshape(-1)
        inside = np.flatnonzero((flat >= edges[0]) & (flat <= edges[-1]))
        which = np.searchsorted(edges, flat[inside], side="right") - 1
        places = np.minimum(which, edges.size - 2)
        sums = _core.scatter_rows(_core.reshape(w, [-1])[inside], places, edges.size - 1)
    if density:
        total = cast(_core.reduce("reduce_sum", sums, None, False), dtypes.float64)
        widths = cast(ends[1:] - ends[:-1], dtypes.float64)
        sums = cast(sums, dtypes.float64) / widths / total
    return sums, ends


def histogram2d(
    x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Tensor, Tensor, Tensor]:
    """How many points are in each bin of the plane, and the edges along both axes.

    Raises:
        TypeError: for points and weights that a tape records: the edges would lose it.

    >>> from autograd_c import numpy as np
    >>> np.histogram2d([0.0, 1.0], [0.0, 1.0], bins=2)[0].tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    found = np.histogram2d(
        _constant(x, "histogram2d"),
        _constant(y, "histogram2d"),
        _bins(bins),
        _ranges(range),
        density,
        _constant(weights, "histogram2d"),
    )
    first, second, third = (_core.convert_to_tensor(v) for v in found)
    return first, second, third


def _ranges(given: Any) -> Any:
    return None if given is None else [_range(r) for r in given]


def _constant(x: Any, name: str) -> Any:
    """An array of what no tape records."""
    if x is None:
        return None
    t = tensor(x)
    if _core.would_lose_derivative(t):
        raise _core.no_derivative(f"numpy.{name}", name)
    return _core.array_of(t)


def histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Tensor, list[Tensor]]:
    """How many points are in each bin of space, and the edges along all axes.

    Raises:
        TypeError: for points and weights that a tape records: the edges would lose it.

    >>> from autograd_c import numpy as np
    >>> np.histogramdd(np.array([[0.0], [1.0]]), bins=2)[0].tolist()
    [1.0, 1.0]
    """
    if not _core.is_tensor(sample) and not isinstance(sample, np.ndarray):
        sample = np.stack([_constant(s, "histogramdd") for s in sample], -1)
    found, edges = np.histogramdd(
        _constant(sample, "histogramdd"),
        _bins(bins),
        _ranges(range),
        density,
        _constant(weights, "histogramdd"),
    )
    return _core.convert_to_tensor(found), [_core.convert_to_tensor(e) for e in edges]
