"""Methods of NumPy's universal functions, of tensors: `np.add.reduce(x)`, `np.add.at(x, i, y)`.

They are made of recorded calls, one element after the other, where NumPy has no function that does
the same. What has no derivative anyhow, as of integers, NumPy computes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import _NoValue  # type: ignore[attr-defined]

from autograd_c.arrays import _arguments, _reductions, _ufuncs
from autograd_c.arrays._arguments import cast, number, tensor
from autograd_c.arrays._outputs import written
from autograd_c.arrays._ufuncs import name_of
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.values import dtypes

if TYPE_CHECKING:
    from autograd_c.values.dtypes import DType

# Functions that do what `reduce` of a ufunc does.
_REDUCTIONS: dict[str, Callable[..., Any]] = {
    "add": _reductions.sum,
    "multiply": _reductions.prod,
    "maximum": _reductions.max,
    "minimum": _reductions.min,
}


def _reduce(
    ufunc: np.ufunc,
    array: Any,
    axis: Any = 0,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = _NoValue,
    where: Any = True,
) -> Any:
    if out is not None:
        y = _reduce(ufunc, array, axis, dtype, None, keepdims, initial, where)
        return written(out, y, name_of(ufunc, "reduce"))
    x = tensor(array)
    options: dict[str, Any] = {"axis": axis, "keepdims": keepdims}
    if initial is not _NoValue:
        options["initial"] = initial
    if where is not True:
        options["where"] = where
    function = _REDUCTIONS.get(ufunc.__name__)
    if function is not None and dtype is None and initial is not None:
        return function(x, **options)
    places = _reductions.reduced(axis, x.ndim)
    result = _computed_in(ufunc, "reduce", x, dtype)
    if result is None:
        return _plain(ufunc, "reduce", x, dtype, options)
    x = cast(x, result)
    if len(_arguments.axes_within(places, x.ndim)) > 1 and not _is_reorderable(ufunc):
        raise ValueError(
            f"reduction operation '{ufunc.__name__}' is not reorderable, so at most one axis may "
            "be specified"
        )
    start = _start(ufunc, initial, result, where)
    rows, shape = _reductions.lines(x, places, keepdims)
    count, extent = rows.shape
    parts = _core.unstack(rows, axis=1)
    masks = [None] * extent
    if where is not True:
        mask = np.broadcast_to(_core.array_of(where), tuple(x.shape))
        masks = list(_core.array_of(_reductions.lines(tensor(mask), places, keepdims)[0]).T)
    if start is not None:
        parts, masks = [_core.broadcast_to(start, [count]), *parts], [None, *masks]
    elif not extent:
        if not count:
            return _core.full(shape, 0, result)
        identity = None if initial is None else ufunc.identity
        if identity is None:
            raise ValueError(
                f"zero-size array to reduction operation {ufunc.__name__} which has no identity"
            )
        return _core.full(shape, identity, result)
    return _core.reshape(_folded(ufunc, parts, masks), shape)


def _start(ufunc: np.ufunc, initial: Any, dtype: DType, where: Any) -> Tensor | None:
    """What a reduction begins with; None for its first element."""
    if initial is _NoValue:
        # NumPy begins with the identity if there is one. It makes a difference to `hypot`.
        initial = ufunc.identity if ufunc is np.hypot or where is not True else None
    if initial is not None:
        return cast(tensor(initial), dtype)
    if where is not True:
        raise ValueError(
            f"reduction operation '{ufunc.__name__}' does not have an identity, so to use a where "
            "mask one has to specify 'initial'"
        )
    return None


def _folded(ufunc: np.ufunc, parts: list[Tensor], masks: list[Any]) -> Tensor:
    """One part after the other; where a mask is false, what was before."""

    def step(so_far: Tensor, following: tuple[Tensor, Any]) -> Tensor:
        part, mask = following
        if mask is None:
            return _called(ufunc, so_far, part)
        # 1 where nothing is wanted: no infinite slope comes from there.
        kept = [_core.select(mask, x, number(1, x)) for x in (so_far, part)]
        return _core.select(mask, _called(ufunc, *kept), so_far)

    return functools.reduce(step, zip(parts[1:], masks[1:], strict=True), parts[0])


def _called(ufunc: np.ufunc, a: Tensor, b: Tensor) -> Tensor:
    y: Tensor = _ufuncs.call(ufunc, (a, b))
    return y


def _accumulate(
    ufunc: np.ufunc, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None
) -> Any:
    if out is not None:
        return written(out, _accumulate(ufunc, array, axis, dtype), name_of(ufunc, "accumulate"))
    x = tensor(array)
    if x.ndim == 0:
        raise TypeError("cannot accumulate on a scalar")
    places = _arguments.axes_within(axis, x.ndim)
    if len(places) != 1:
        raise ValueError("accumulate does not allow multiple axes")
    (place,) = places
    result = _computed_in(ufunc, "accumulate", x, dtype)
    if ufunc is np.add or ufunc is np.multiply:
        running = _reductions.cumsum if ufunc is np.add else _reductions.cumprod
        return running(x, place, dtype)
    if result is None:
        return _plain(ufunc, "accumulate", x, dtype, {"axis": place})
    x = cast(x, result)
    parts = _core.unstack(x, axis=place)
    for k in range(1, len(parts)):
        parts[k] = _called(ufunc, parts[k - 1], parts[k])
    return _core.stack(parts, place) if parts else _arguments.own(x, array)


def _reduceat(
    ufunc: np.ufunc, array: Any, indices: Any, axis: Any = 0, dtype: Any = None, out: Any = None
) -> Any:
    if out is not None:
        y = _reduceat(ufunc, array, indices, axis, dtype)
        return written(out, y, name_of(ufunc, "reduceat"))
    x = tensor(array)
    place = _arguments.axis_within(axis, x.ndim)
    starts = np.asarray(_core.array_of(indices), np.int64)
    if ((starts < 0) | (starts >= x.shape[place])).any():
        raise IndexError(f"index out of bounds for axis {place} with size {x.shape[place]}")
    result = _computed_in(ufunc, "reduceat", x, dtype)
    if result is None:
        return _plain(ufunc, "reduceat", x, dtype, {"indices": starts, "axis": place})
    ends = np.append(starts[1:], x.shape[place])
    elements = _core.unstack(cast(x, result), axis=place)
    cuts = [elements[i : max(i + 1, j)] for i, j in zip(starts, ends, strict=True)]
    if ufunc is np.add:
        return _core.stack([_reductions.sum(_core.stack(cut, 0), 0) for cut in cuts], place)
    return _core.stack([_folded(ufunc, cut, [None] * len(cut)) for cut in cuts], place)


def _outer(ufunc: np.ufunc, a: Any, b: Any, **options: Any) -> Any:
    first, second = tensor(a), tensor(b)
    wide = _core.reshape(first, [*first.shape, *[1] * len(second.shape)])
    return _ufuncs.call(ufunc, (wide, second), **_ufuncs.checked(ufunc, options))


# ------------------------------------------------------------ what they share


def _computed_in(ufunc: np.ufunc, method: str, x: Tensor, dtype: Any) -> DType | None:
    """The dtype of operands and result; None if NumPy is to compute it, as of what is flat.

    Raises:
        TypeError: for dtypes that it does not take; if x is recorded and its derivative unknown.
    """
    if x.dtype is dtypes.bfloat16 and dtype is None:
        return x.dtype
    wanted = None if dtype is None else _arguments.numpys(_arguments.dtype_of(dtype))
    result = _result(ufunc, _arguments.numpys(x.dtype), wanted)
    if not (_arguments.is_inexact(x.dtype) and _arguments.is_inexact(result)):
        return None
    if _ufuncs.has_operation(ufunc, result):
        return result
    _ufuncs.refuse_tracked([x], name_of(ufunc, method), ufunc.__name__)
    return None


@cache
def _result(ufunc: np.ufunc, given: np.dtype[Any], wanted: np.dtype[Any] | None) -> DType:
    options: dict[str, Any] = {"reduction": True}
    if wanted is not None:  # of complex numbers the imaginary part may be lost, as in NumPy
        options.update(signature=(wanted, None, None), casting="unsafe")
    found = ufunc.resolve_dtypes((None, given, None), **options)
    return dtypes.as_dtype(found[0])


@cache
def _is_reorderable(ufunc: np.ufunc) -> bool:
    """Whether NumPy reduces several axes: whether the order makes no difference."""
    try:
        ufunc.reduce(np.ones((1, 1)), axis=None)
    except ValueError:
        return False
    return True


def _plain(ufunc: np.ufunc, method: str, x: Tensor, dtype: Any, options: dict[str, Any]) -> Tensor:
    """What NumPy computes."""
    given = _core.without_tensors(options)
    if dtype is not None:
        given["dtype"] = _arguments.dtype_of(dtype).dtype
    return _core.convert_to_tensor(getattr(ufunc, method)(_core.array_of(x), **given))


# ------------------------------------------------------------ in the place of what is there

# The methods of `x.at[indices]` that do what `at` of a ufunc does.
_AT = {
    "add": "add",
    "subtract": "subtract",
    "multiply": "multiply",
    "divide": "divide",
    "maximum": "max",
    "minimum": "min",
    "power": "power",
}


def _at(ufunc: np.ufunc, a: Any, indices: Any, b: Any = None) -> None:
    """In the place of what the tensor is, recorded as an assignment to it."""
    if not isinstance(a, Tensor):
        raise TypeError(
            f"{name_of(ufunc, 'at')} cannot write into a {type(a).__name__}: give a tensor, such "
            "as x = tf.identity(v)"
        )
    if not _core.is_recorded(a) and not _core.is_recorded(b):
        array = np.array(_core.array_of(a))
        ufunc.at(array, *[_core.without_tensors(x) for x in (indices, b) if x is not None])
        a[...] = array
        return
    how = _AT.get(ufunc.__name__)
    if how is None or b is None:
        raise TypeError(
            f"{name_of(ufunc, 'at')} of what is recorded has no derivative here: {', '.join(_AT)} "
            "have"
        )
    kinds = (a.dtype, _arguments.dtype_or_kind(b if _arguments.is_scalar(b) else tensor(b)))
    _ufuncs.resolved(ufunc, kinds, (a.dtype,))  # for its rules of conversion
    a[...] = getattr(a.at[indices], how)(b)


METHODS: dict[str, Callable[..., Any]] = {
    "reduce": _reduce,
    "accumulate": _accumulate,
    "outer": _outer,
    "reduceat": _reduceat,
    "at": _at,
}
