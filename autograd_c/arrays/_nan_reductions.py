"""Reductions that pass over NaN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_c.arrays import _means, _reductions
from autograd_c.arrays._arguments import inexact, is_inexact, tensor
from autograd_c.arrays._outputs import written
from autograd_c.core import _core
from autograd_c.core._core import Tensor

__all__ = [
    "nanargmax",
    "nanargmin",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
]


def _there(x: Tensor) -> Any:
    """A mask of what is no NaN, or None where all is."""
    if not is_inexact(x.dtype):
        return None
    missing = np.isnan(_core.array_of(x))
    return ~missing if missing.any() else None


def _replaced(a: Any, value: float) -> Tensor:
    x = tensor(a)
    there = _there(x)
    return x if there is None else _reductions.masked(x, there, value)


def nansum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Tensor:
    """Sum of the elements that are no NaN, over axes; arguments as of `sum`.

    >>> from autograd_c import numpy as np
    >>> float(np.nansum([1.0, float("nan"), 2.0]))
    3.0
    """
    return _reductions.sum(_replaced(a, 0), axis, dtype, out, keepdims, initial, where)


def nanprod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Tensor:
    """Product of the elements that are no NaN, over axes; arguments as of `prod`.

    >>> from autograd_c import numpy as np
    >>> float(np.nanprod([3.0, float("nan"), 2.0]))
    6.0
    """
    return _reductions.prod(_replaced(a, 1), axis, dtype, out, keepdims, initial, where)


def nancumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Tensor:
    """The sums of the elements up to each one, NaN taken as 0.

    >>> from autograd_c import numpy as np
    >>> np.nancumsum([1.0, float("nan"), 2.0]).tolist()
    [1.0, 1.0, 3.0]
    """
    return _reductions.cumsum(_replaced(a, 0), axis, dtype, out)


def nancumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Tensor:
    """The products of the elements up to each one, NaN taken as 1.

    >>> from autograd_c import numpy as np
    >>> np.nancumprod([3.0, float("nan"), 2.0]).tolist()
    [3.0, 3.0, 6.0]
    """
    return _reductions.cumprod(_replaced(a, 1), axis, dtype, out)


def _wanted(there: Any, where: Any) -> Any:
    """The mask of the elements that count: those of `where` that are there, which may be all."""
    if there is None:
        return where
    return there if where is True else there & _core.array_of(where)


def _nan_extremum(
    largest: bool, a: Any, axis: Any, out: Any, keepdims: bool, initial: Any, where: Any
) -> Tensor:
    if out is not None:
        y = _nan_extremum(largest, a, axis, None, keepdims, initial, where)
        return written(out, y, "numpy.nanmax" if largest else "numpy.nanmin")
    f: Callable[..., Tensor] = _reductions.max if largest else _reductions.min
    x = tensor(a)
    there = _there(x)
    if there is None:
        return f(x, axis, out, keepdims, initial, where)
    lowest = -np.inf if largest else np.inf
    y = f(_reductions.masked(x, there, lowest), axis, out, keepdims, initial, where)
    nothing = ~np.any(_wanted(there, where), axis=axis, keepdims=keepdims)
    if initial is not None or not nothing.any():
        return y
    return _core.select(nothing, _reductions.constant(np.nan, y.dtype), y)


def nanmax(
    a: Any,
    axis: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Tensor:
    """Largest of the elements that are no NaN, over axes; NaN if all are.

    >>> from autograd_c import numpy as np
    >>> float(np.nanmax([1.0, float("nan"), 2.0]))
    2.0
    """
    return _nan_extremum(True, a, axis, out, keepdims, initial, where)


def nanmin(
    a: Any,
    axis: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Tensor:
    """Smallest of the elements that are no NaN, over axes; NaN if all are.

    >>> from autograd_c import numpy as np
    >>> float(np.nanmin([1.0, float("nan"), 2.0]))
    1.0
    """
    return _nan_extremum(False, a, axis, out, keepdims, initial, where)


def nanargmax(a: Any, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Tensor:
    """Index of the largest of the elements that are no NaN: int64.

    Raises:
        ValueError: where all are NaN.

    >>> from autograd_c import numpy as np
    >>> int(np.nanargmax([1.0, float("nan"), 2.0]))
    2
    """
    return _reductions.index_by(np.nanargmax, a, axis, out, keepdims)


def nanargmin(a: Any, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Tensor:
    """Index of the smallest of the elements that are no NaN: int64.

    Raises:
        ValueError: where all are NaN.

    >>> from autograd_c import numpy as np
    >>> int(np.nanargmin([float("nan"), 1.0, 2.0]))
    1
    """
    return _reductions.index_by(np.nanargmin, a, axis, out, keepdims)


def nanmean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    *,
    where: Any = True,
) -> Tensor:
    """Mean of the elements that are no NaN, over axes; arguments as of `mean`.

    >>> from autograd_c import numpy as np
    >>> float(np.nanmean([1.0, float("nan"), 2.0]))
    1.5
    """
    x = inexact(a)
    return _means.mean(x, axis, dtype, out, keepdims, where=_wanted(_there(x), where))


def _nan_variance(
    f: Callable[..., Tensor],
    a: Any,
    axis: Any,
    dtype: Any,
    out: Any,
    ddof: Any,
    keepdims: bool,
    where: Any,
    mean: Any,
    correction: Any,
) -> Tensor:
    x = inexact(a)
    wanted = _wanted(_there(x), where)
    # What is passed over must not be in the differences either.
    y = f(
        _reductions.masked(x, wanted, 0),
        axis,
        dtype,
        out,
        ddof,
        keepdims,
        where=wanted,
        mean=mean,
        correction=correction,
    )
    if wanted is True:
        return y
    counts = _reductions.counts_of(x, axis, keepdims, wanted)
    few = np.asarray(counts) <= (ddof if correction is None else correction)
    return _core.select(few, _reductions.constant(np.nan, y.dtype), y) if few.any() else y


def nanvar(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Tensor:
    """Variance of the elements that are no NaN, over axes; arguments as of `var`.

    >>> from autograd_c import numpy as np
    >>> float(np.nanvar([1.0, float("nan"), 3.0]))
    1.0
    """
    return _nan_variance(_means.var, a, axis, dtype, out, ddof, keepdims, where, mean, correction)


def nanstd(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Tensor:
    """Root of the variance of the elements that are no NaN, over axes; arguments as of `var`.

    >>> from autograd_c import numpy as np
    >>> float(np.nanstd([1.0, float("nan"), 3.0]))
    1.0
    """
    return _nan_variance(_means.std, a, axis, dtype, out, ddof, keepdims, where, mean, correction)
