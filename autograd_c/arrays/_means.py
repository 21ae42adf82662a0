"""Means and variances over axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_c.arrays import _arguments, _reductions
from autograd_c.arrays._arguments import axes_within, cast, inexact, is_inexact, tensor
from autograd_c.arrays._outputs import written
from autograd_c.arrays._reductions import constant, count_of, counts_of, masked, reduced
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.values import dtypes

__all__ = ["average", "mean", "std", "var"]

_reduce = _core.reduce


def mean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    *,
    where: Any = True,
) -> Tensor:
    """Mean of the elements over axes; of integers, in float64. Of no elements it is NaN.

    Args:
        a: a tensor, or what `asarray` takes.
        axis: an int, several, or None for all.
        dtype: in which it is computed.
        out: a tensor that gets the result.
        keepdims: whether the reduced axes stay, with extent 1.
        where: a mask of the elements that count.

    >>> from autograd_c import numpy as np
    >>> np.mean([[1, 2], [3, 5]], axis=1).tolist()
    [1.5, 4.0]
    """
    x = a if type(a) is Tensor else tensor(a)
    if dtype is None and out is None and where is True and is_inexact(x.dtype):
        return _reduce("reduce_mean", x, reduced(axis, x.ndim), keepdims)
    if out is not None:
        return written(out, mean(a, axis, dtype, None, keepdims, where=where), "numpy.mean")
    x = inexact(x) if dtype is None else cast(x, _arguments.dtype_of(dtype))
    if where is True and is_inexact(x.dtype):
        return _reduce("reduce_mean", x, reduced(axis, x.ndim), keepdims)
    if not is_inexact(x.dtype):
        return _core.convert_to_tensor(
            np.mean(_core.array_of(x), axis=axis, dtype=x.dtype.dtype, keepdims=keepdims)
        )
    total = _reduce("reduce_sum", masked(x, where, 0), reduced(axis, x.ndim), keepdims)
    return total / constant(counts_of(x, axis, keepdims, where), x.dtype)


def _variance(
    name: str,
    a: Any,
    axis: Any,
    dtype: Any,
    out: Any,
    ddof: Any,
    keepdims: bool,
    where: Any,
    given: Any,
    correction: Any,
) -> Tensor:
    if out is not None:
        y = _variance(name, a, axis, dtype, None, ddof, keepdims, where, given, correction)
        return written(out, y, f"numpy.{name}")
    if correction is not None:
        if not (type(ddof) is int and ddof == 0):
            raise ValueError("ddof and correction can't be provided simultaneously.")
        ddof = correction
    x = inexact(a) if dtype is None else inexact(cast(tensor(a), _arguments.dtype_of(dtype)))
    result = x.dtype.real_dtype
    if x.dtype.name in dtypes.NARROW:
        x = _core.cast(x, dtypes.float32)
    axes = reduced(axis, x.ndim)
    if where is True and given is None and not x.dtype.is_complex:
        away = x - _reduce("reduce_mean", x, axes, True)
        squares = _reduce("reduce_sum", _core.apply("square", [away]), axes, keepdims)
        count: Any = (x.size if axes is None else count_of(x, axes)) - ddof
        y = squares / (float(count) if count > 0 else 0.0)
        return cast(_core.apply("sqrt", [y]) if name == "std" else y, result)
    center = mean(x, axes, keepdims=True, where=where) if given is None else cast(given, x.dtype)
    away = masked(x - center, where, 0)
    if x.dtype.is_complex:
        squares = _core.apply("square", [_core.real(away)])
        squares = squares + _core.apply("square", [_core.imag(away)])
    else:
        squares = _core.apply("square", [away])
    count = np.maximum(counts_of(x, axes, keepdims, where) - ddof, 0)
    y = _reduce("reduce_sum", squares, axes, keepdims) / constant(count, squares.dtype)
    if name == "std":
        y = _core.apply("sqrt", [y])
    return cast(y, result)


def var(
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
    """Mean of the squared distances from the mean, over axes; real for complex numbers.

    Args:
        a: a tensor, or what `asarray` takes; integers are taken in float64.
        axis: an int, several, or None for all.
        dtype: in which it is computed.
        out: a tensor that gets the result.
        ddof: what is subtracted from the number of elements; `correction` is another name.
        keepdims: whether the reduced axes stay, with extent 1.
        where: a mask of the elements that count.
        mean: the mean, if it is known, with the reduced axes kept.

    Raises:
        ValueError: for `ddof` and `correction` at once.

    >>> from autograd_c import numpy as np
    >>> float(np.var([1.0, 2.0, 6.0], ddof=1))
    7.0
    """
    return _variance("var", a, axis, dtype, out, ddof, keepdims, where, mean, correction)


def std(
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
    """Root of the variance, over axes; arguments as of `var`.

    Where all elements are equal it has no derivative: NaN.

    >>> from autograd_c import numpy as np
    >>> float(np.std([1.0, 3.0]))
    1.0
    """
    return _variance("std", a, axis, dtype, out, ddof, keepdims, where, mean, correction)


def average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False
) -> Any:
    """Mean of the elements over axes, each with its weight.

    Args:
        a: a tensor, or what `asarray` takes.
        axis: an int, several, or None for all.
        weights: of the shape of `a`, or of its extents along `axis`; recorded, too.
        returned: whether the sums of the weights are returned as well.
        keepdims: whether the reduced axes stay, with extent 1.

    Raises:
        ZeroDivisionError: if weights add up to 0.
        TypeError, ValueError: for weights of another shape.

    >>> from autograd_c import numpy as np
    >>> float(np.average([1.0, 4.0], weights=[2.0, 1.0]))
    2.0
    """
    x = tensor(a)
    if weights is None:
        y = mean(x, axis, keepdims=keepdims)
        total = constant(count_of(x, axis), y.dtype)
    else:
        x, w = inexact(x), tensor(weights)
        if w.dtype.is_bool or w.dtype.is_integer:
            w = cast(w, _arguments.common_dtype(x, w))
        x, w = _arguments.promoted(x, w)
        if tuple(w.shape) != tuple(x.shape):
            if axis is None:
                raise TypeError("Axis must be specified when shapes of a and weights differ.")
            axes = axes_within(axis, x.ndim)
            if tuple(w.shape) != tuple(x.shape[k] for k in axes):
                raise ValueError("Shape of weights must be consistent with shape of a along axis.")
            w = _core.transpose(w, np.argsort(axes).tolist())
            w = _core.reshape(w, [x.shape[k] if k in axes else 1 for k in range(x.ndim)])
            w = _core.broadcast_to(w, x.shape)
        total = _reductions.sum(w, axis, keepdims=keepdims)
        if not np.all(_core.array_of(total)):
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        y = _reductions.sum(x * w, axis, keepdims=keepdims) / total
    if not returned:
        return y
    return y, _core.broadcast_to(total, y.shape)
