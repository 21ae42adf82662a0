"""Sums, products and extrema over axes, and what runs along one."""

from __future__ import annotations

import builtins
import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.arrays import _arguments
from autograd_c.arrays._arguments import axes_within, cast, is_inexact, tensor
from autograd_c.arrays._outputs import written
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.values import dtypes

if TYPE_CHECKING:
    from autograd_c.values.dtypes import DType

__all__ = [
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "cumulative_prod",
    "cumulative_sum",
    "max",
    "min",
    "prod",
    "ptp",
    "sum",
]

_reduce = _core.reduce


# ---------------------------------------------------------------- what reductions share


def reduced(axis: Any, rank: int) -> Any:
    """The axes of a reduction, as the engine takes them; 0 and -1 are none of a scalar's."""
    if axis is None or (type(axis) is int and -rank <= axis < rank):
        return axis
    if rank == 0 and type(axis) is int and axis in (0, -1):
        return ()
    return tuple(axes_within(axis, rank))


def count_of(x: Tensor, axis: Any) -> int:
    """How many elements are reduced to one."""
    return math.prod([x.shape[k] for k in axes_within(axis, x.ndim)] if x.ndim else ())


def counts_of(x: Tensor, axis: Any, keepdims: bool, where: Any) -> Any:
    """The same where a mask says which: an int, or an array."""
    if where is True:
        return count_of(x, axis)
    mask = np.broadcast_to(_core.array_of(where), tuple(x.shape))
    return np.sum(mask, axis=axis, keepdims=keepdims, dtype=np.int64)


@cache
def _added_in(dtype: DType) -> DType:
    """The dtype of a sum: that of the machine's integers for smaller ones."""
    if is_inexact(dtype):
        return dtype
    return dtypes.as_dtype(np.add.reduce(np.ones(0, dtype.dtype)).dtype)


def masked(x: Tensor, where: Any, value: Any) -> Tensor:
    """The elements that are wanted, and a number for the others."""
    return x if where is True else _core.select(mask_of(x, where), x, constant(value, x.dtype))


def mask_of(x: Tensor, where: Any) -> Tensor:
    """A mask of elements.

    Raises:
        ValueError: if it does not broadcast to their shape.
    """
    mask, shape = tensor(where), tuple(x.shape)
    if not _arguments.broadcasts_to(tuple(mask.shape), shape):
        raise ValueError(
            f"the mask `where` has shape {tuple(mask.shape)}, which does not broadcast to {shape}"
        )
    return mask


def constant(value: Any, dtype: DType) -> Tensor:
    """A number or array in a dtype."""
    if type(value) is float or (type(value) is int and -(2**31) < value < 2**31):
        return _core.full((), value, dtype)
    return cast(_core.convert_to_tensor(np.asarray(value)), dtype)


# ---------------------------------------------------------------- sums and products


def sum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Tensor:
    """Sum of the elements over axes: NumPy's `sum`. Sums of small integers and bools are int64.

    Args:
        a: a tensor, or what `asarray` takes.
        axis: an int, several, or None for all.
        dtype: in which it is summed.
        out: a tensor that gets the result.
        keepdims: whether the reduced axes stay, with extent 1.
        initial: a number to begin with.
        where: a mask of the elements that count.

    Raises:
        numpy.exceptions.AxisError: for an axis out of range.

    >>> from autograd_c import numpy as np
    >>> np.sum([[1, 2], [3, 4]], axis=0).tolist()
    [4, 6]
    """
    x = a if type(a) is Tensor else tensor(a)
    if dtype is None and out is None and initial is None and where is True:
        if is_inexact(x.dtype):
            return _reduce("reduce_sum", x, reduced(axis, x.ndim), keepdims)
    if out is not None:
        return written(out, sum(x, axis, dtype, None, keepdims, initial, where), "numpy.sum")
    result = _added_in(x.dtype) if dtype is None else _arguments.dtype_of(dtype)
    x = masked(cast(x, result), where, 0)
    if result.is_bool:
        y = _reduce("reduce_any", x, reduced(axis, x.ndim), keepdims)
        return y if initial is None else _core.apply("logical_or", [y, constant(initial, result)])
    y = _reduce("reduce_sum", x, reduced(axis, x.ndim), keepdims)
    return y if initial is None else y + cast(tensor(initial), result)


def prod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Tensor:
    """Product of the elements over axes: NumPy's `prod`; arguments as of `sum`.

    Its derivatives are right where elements are zero.

    >>> from autograd_c import numpy as np
    >>> np.prod([[1.0, 2.0], [3.0, 4.0]], axis=1).tolist()
    [2.0, 12.0]
    """
    x = a if type(a) is Tensor else tensor(a)
    if out is not None:
        return written(out, prod(x, axis, dtype, None, keepdims, initial, where), "numpy.prod")
    result = _added_in(x.dtype) if dtype is None else _arguments.dtype_of(dtype)
    x = masked(cast(x, result), where, 1)
    if result.is_bool:
        y = _reduce("reduce_all", x, reduced(axis, x.ndim), keepdims)
        return y if initial is None else _core.apply("logical_and", [y, constant(initial, result)])
    y = _reduce("reduce_prod", x, reduced(axis, x.ndim), keepdims)
    return y if initial is None else y * cast(tensor(initial), result)


# ---------------------------------------------------------------- extrema


def _extremum(
    largest: bool, a: Any, axis: Any, out: Any, keepdims: bool, initial: Any, where: Any
) -> Tensor:
    x = a if type(a) is Tensor else tensor(a)
    name = "max" if largest else "min"
    if out is None and initial is None and where is True and x.dtype.is_floating and x.size:
        return _reduce(
            "reduce_max" if largest else "reduce_min", x, reduced(axis, x.ndim), keepdims
        )
    if out is not None:
        y = _extremum(largest, x, axis, None, keepdims, initial, where)
        return written(out, y, f"numpy.{name}")
    if where is not True and initial is None:
        raise ValueError(
            f"reduction operation '{name}imum' does not have an identity, so to use a where mask "
            "one has to specify 'initial'"
        )
    bound = None if initial is None else cast(tensor(initial), x.dtype)
    if where is not True and bound is not None:
        x = _core.select(mask_of(x, where), x, bound)
    if x.size == 0 or x.dtype.is_bool:
        plain = None if bound is None else _core.array_of(bound)
        if plain is None:
            f: Any = np.max if largest else np.min
            return _core.convert_to_tensor(f(_core.array_of(x), axis=axis, keepdims=keepdims))
        ufunc: Any = np.maximum if largest else np.minimum
        y = ufunc.reduce(_core.array_of(x), axis=axis, keepdims=keepdims, initial=plain)
        return _core.convert_to_tensor(y)
    if x.dtype.is_complex:
        y = _complex_extremum(largest, x, axis, keepdims)
        if bound is not None:
            y_, b = _core.array_of(y), _core.array_of(bound)
            winner = ((np.maximum if largest else np.minimum)(y_, b) == y_) | np.isnan(y_)
            y = _core.select(winner, y, bound)
        return y
    y = _reduce(f"reduce_{name}", x, reduced(axis, x.ndim), keepdims)
    if bound is not None:
        y = _core.apply(f"{name}imum", [y, bound])
    return y


def _complex_extremum(largest: bool, x: Tensor, axis: Any, keepdims: bool) -> Tensor:
    """By real part, then by imaginary part: the first of equals has the cotangent."""
    flat, shape = lines(x, axis, keepdims)
    array = _core.array_of(flat)
    place = np.argmax(array, axis=-1) if largest else np.argmin(array, axis=-1)
    return _core.reshape(_core.apply("take_along_axis", [flat, place[:, None]], [1]), shape)


def lines(x: Tensor, axis: Any, keepdims: bool) -> tuple[Tensor, list[int]]:
    """Rows of the elements that become one, [count, extent], and the shape of the result."""
    axes = axes_within(axis, x.ndim) if x.ndim else []
    rest = [k for k in range(x.ndim) if k not in axes]
    shape = [x.shape[k] for k in range(x.ndim) if k in rest or keepdims]
    if keepdims:
        shape = [1 if k in axes else x.shape[k] for k in range(x.ndim)]
    extent = math.prod(x.shape[k] for k in axes)
    rows = math.prod(x.shape[k] for k in rest)
    order = [*rest, *axes]
    if order != list(range(x.ndim)):
        x = _core.transpose(x, order)
    return _core.reshape(x, [rows, extent]), shape


def max(
    a: Any,
    axis: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Tensor:
    """Largest element over axes, NaN if any is; elements that tie share the cotangent.

    Args:
        a: a tensor, or what `asarray` takes. Complex numbers are ordered by their real parts.
        axis: an int, several, or None for all.
        out: a tensor that gets the result.
        keepdims: whether the reduced axes stay, with extent 1.
        initial: the least that comes out; needed with `where`.
        where: a mask of the elements that count.

    Raises:
        ValueError: of no elements without `initial`.

    >>> from autograd_c import numpy as np
    >>> np.max([[1.0, 4.0], [3.0, 2.0]], axis=1).tolist()
    [4.0, 3.0]
    """
    return _extremum(True, a, axis, out, keepdims, initial, where)


def min(
    a: Any,
    axis: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Tensor:
    """Smallest element over axes, NaN if any is; arguments as of `max`.

    >>> from autograd_c import numpy as np
    >>> np.min([[1.0, 4.0], [3.0, 2.0]], axis=1).tolist()
    [1.0, 2.0]
    """
    return _extremum(False, a, axis, out, keepdims, initial, where)


amax = max
amin = min


def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Tensor:
    """The largest element minus the smallest, over axes.

    >>> from autograd_c import numpy as np
    >>> float(np.ptp([1.0, 5.0, 2.0]))
    4.0
    """
    if out is not None:
        return written(out, ptp(a, axis, None, keepdims), "numpy.ptp")
    x = tensor(a)
    if not is_inexact(x.dtype):
        return _core.convert_to_tensor(np.ptp(_core.array_of(x), axis=axis, keepdims=keepdims))
    return max(x, axis, None, keepdims) - min(x, axis, None, keepdims)


def index_by(function: Any, a: Any, axis: Any, out: Any, keepdims: bool) -> Tensor:
    """What a function of NumPy's that finds the index of an element finds."""
    if out is not None:
        y = index_by(function, a, axis, None, keepdims)
        return written(out, y, f"numpy.{function.__name__}")
    x = _core.array_of(tensor(a))
    return _core.convert_to_tensor(function(x, axis=axis, keepdims=keepdims))


def argmax(a: Any, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Tensor:
    """Index of the largest element along an axis, or of all in C order: int64.

    >>> from autograd_c import numpy as np
    >>> int(np.argmax([1.0, 3.0, 2.0]))
    1
    """
    return index_by(np.argmax, a, axis, out, keepdims)


def argmin(a: Any, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Tensor:
    """Index of the smallest element along an axis, or of all in C order: int64.

    >>> from autograd_c import numpy as np
    >>> int(np.argmin([3.0, 1.0, 2.0]))
    1
    """
    return index_by(np.argmin, a, axis, out, keepdims)


# ---------------------------------------------------------------- questions and counts


def _question(name: str, a: Any, axis: Any, out: Any, keepdims: bool, where: Any) -> Tensor:
    x = a if type(a) is Tensor else tensor(a)
    if x.dtype.is_bool and out is None and where is True:
        return _reduce(f"reduce_{name}", x, reduced(axis, x.ndim), keepdims)
    if out is not None:
        return written(out, _question(name, x, axis, None, keepdims, where), f"numpy.{name}")
    function: Any = np.all if name == "all" else np.any
    mask = True if where is True else _core.array_of(where)
    y = function(_core.array_of(x), axis=axis, keepdims=keepdims, where=mask)
    return _core.convert_to_tensor(y)


def all(
    a: Any, axis: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True
) -> Tensor:
    """Whether all elements are true (not 0), over axes.

    >>> from autograd_c import numpy as np
    >>> np.all([1.0, 0.0]).item()
    False
    """
    return _question("all", a, axis, out, keepdims, where)


def any(
    a: Any, axis: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True
) -> Tensor:
    """Whether any element is true (not 0), over axes.

    >>> from autograd_c import numpy as np
    >>> np.any([1.0, 0.0]).item()
    True
    """
    return _question("any", a, axis, out, keepdims, where)


def count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Tensor:
    """How many elements are not 0, over axes: int64.

    >>> from autograd_c import numpy as np
    >>> int(np.count_nonzero([0.0, 1.0, 2.0]))
    2
    """
    x = _core.array_of(tensor(a))
    return _core.convert_to_tensor(np.asarray(np.count_nonzero(x, axis=axis, keepdims=keepdims)))


# ---------------------------------------------------------------- along an axis


def _running(name: str, a: Any, axis: Any, dtype: Any, out: Any) -> Tensor:
    if out is not None:
        return written(out, _running(name, a, axis, dtype, None), f"numpy.{name}")
    x = a if type(a) is Tensor else tensor(a)
    if dtype is not None or not is_inexact(x.dtype):
        x = cast(x, _added_in(x.dtype) if dtype is None else _arguments.dtype_of(dtype))
        if x.dtype.is_bool:  # only where that is asked for
            function: Any = getattr(np, name)
            return _core.convert_to_tensor(function(_core.array_of(x), axis, np.bool_))
    if axis is None and x.ndim == 1:
        return _core.apply(name, [x], [False, False, 0])
    if axis is None or x.ndim == 0:
        if x.ndim == 0 and axis is not None:
            _arguments.axis_within(axis, 1)
        x = _core.reshape(x, [-1])
        axis = 0
    place = _arguments.axis_within(axis, x.ndim)
    return _core.apply(name, [x], [False, False, place])


def cumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Tensor:
    """The sums of the elements up to each one, along an axis or of all in C order.

    >>> from autograd_c import numpy as np
    >>> np.cumsum([1, 2, 3]).tolist()
    [1, 3, 6]
    """
    return _running("cumsum", a, axis, dtype, out)


def cumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Tensor:
    """The products of the elements up to each one, along an axis or of all in C order.

    >>> from autograd_c import numpy as np
    >>> np.cumprod([2, 3, 4]).tolist()
    [2, 6, 24]
    """
    return _running("cumprod", a, axis, dtype, out)


_CUMULATIVE = {"cumsum": "cumulative_sum", "cumprod": "cumulative_prod"}


def _cumulative(
    name: str, x: Any, axis: Any, dtype: Any, out: Any, include_initial: bool
) -> Tensor:
    t = tensor(x)
    if axis is None:
        if t.ndim != 1:
            raise ValueError("For arrays which have more than one dimension ``axis`` is required.")
        axis = 0
    place = _arguments.axis_within(axis, t.ndim)
    if out is not None:
        y = _cumulative(name, t, place, dtype, None, include_initial)
        return written(out, y, f"numpy.{_CUMULATIVE[name]}")
    y = _running(name, t, place, dtype, None)
    if not include_initial:
        return y
    shape = [1 if k == place else n for k, n in enumerate(y.shape)]
    first = _core.full(shape, builtins.int(name == "cumprod"), y.dtype)
    return _core.concat([first, y], place)


def cumulative_sum(
    x: Any,
    /,
    *,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    include_initial: bool = False,
) -> Tensor:
    """The sums of the elements up to each one; with `include_initial`, 0 in front.

    Raises:
        ValueError: without `axis`, unless x has just one.

    >>> from autograd_c import numpy as np
    >>> np.cumulative_sum([1, 2, 3], include_initial=True).tolist()
    [0, 1, 3, 6]
    """
    return _cumulative("cumsum", x, axis, dtype, out, include_initial)


def cumulative_prod(
    x: Any,
    /,
    *,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    include_initial: bool = False,
) -> Tensor:
    """The products of the elements up to each one; with `include_initial`, 1 in front.

    Raises:
        ValueError: without `axis`, unless x has just one.

    >>> from autograd_c import numpy as np
    >>> np.cumulative_prod([2, 3, 4], include_initial=True).tolist()
    [1, 2, 6, 24]
    """
    return _cumulative("cumprod", x, axis, dtype, out, include_initial)
