"""Elements put around a tensor: `pad` with all of NumPy's modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_c.arrays._arguments import along, cast, is_inexact, own, tensor
from autograd_c.arrays._reductions import constant
from autograd_c.core import _core
from autograd_c.core._core import Tensor

__all__ = ["pad"]

_OPTIONS: dict[str, tuple[str, ...]] = {
    "constant": ("constant_values",),
    "edge": (),
    "empty": (),
    "linear_ramp": ("end_values",),
    "maximum": ("stat_length",),
    "mean": ("stat_length",),
    "median": ("stat_length",),
    "minimum": ("stat_length",),
    "reflect": ("reflect_type",),
    "symmetric": ("reflect_type",),
    "wrap": (),
}


def _pairs(given: Any, rank: int) -> list[Any]:
    """A pair for each axis: of a pair for all, or of one number for all."""
    if _core.has_tensors(given if isinstance(given, (list, tuple)) else [given]):
        t = _core.broadcast_to(tensor(given), [rank, 2])
        return [[t[k, 0], t[k, 1]] for k in range(rank)]
    found: list[Any] = np.broadcast_to(np.asarray(given), (rank, 2)).tolist()
    return found


def _widths(pad_width: Any, rank: int) -> list[list[int]]:
    if type(pad_width) is int and pad_width >= 0:
        return [[pad_width, pad_width] for _ in range(rank)]
    if isinstance(pad_width, dict):  # of NumPy 2.2
        pairs: list[Any] = [(0, 0)] * rank
        for axis, width in pad_width.items():
            pairs[axis] = (width, width) if isinstance(width, int) else tuple(width)
        pad_width = pairs
    widths = np.asarray(_core.array_of(pad_width))
    if widths.dtype.kind not in "iu":
        raise TypeError("`pad_width` must be of integral type.")
    if (widths < 0).any():
        raise ValueError("index can't contain negative values")
    found: list[list[int]] = np.broadcast_to(widths, (rank, 2)).tolist()
    return found


def _part(x: Tensor, axis: int, start: int, count: int) -> Tensor:
    return _core.slice_axis(x, axis, start, count)


def _joined(x: Tensor, axis: int, before: Tensor | None, behind: Tensor | None) -> Tensor:
    parts = [p for p in (before, x, behind) if p is not None]
    return _core.concat(parts, axis) if len(parts) > 1 else x


def _wide(x: Tensor, axis: int, count: int) -> Tensor:
    return _core.broadcast_to(x, [count if k == axis else n for k, n in enumerate(x.shape)])


def _constant(x: Tensor, pairs: list[list[int]], values: Any) -> Tensor:
    if type(values) is int and values == 0:
        shape = tuple(x.shape)
        key = tuple([slice(before, before + n) for (before, _), n in zip(pairs, shape)])
        whole = [before + n + behind for (before, behind), n in zip(pairs, shape)]
        y = _core.full(whole, 0, x.dtype)
        y[key] = x
        return y
    for axis, (pair, ends) in enumerate(zip(pairs, _pairs(values, x.ndim))):
        sides = [_block(x, axis, end, count) for end, count in zip(ends, pair)]
        x = _joined(x, axis, *sides)
    return x


def _block(x: Tensor, axis: int, value: Any, count: int) -> Tensor | None:
    if not count:
        return None
    one = _core.reshape(cast(tensor(value), x.dtype), [1] * x.ndim)
    return _core.broadcast_to(one, [count if k == axis else n for k, n in enumerate(x.shape)])


def _ramps(x: Tensor, pairs: list[list[int]], values: Any) -> Tensor:
    for axis, ((before, behind), (first, last)) in enumerate(zip(pairs, _pairs(values, x.ndim))):
        start = _ramp(_part(x, axis, 0, 1), axis, first, before)
        end = _ramp(_part(x, axis, x.shape[axis] - 1, 1), axis, last, behind)
        x = _joined(x, axis, start, None if end is None else _core.reverse_axes(end, [axis]))
    return x


def _ramp(edge: Tensor, axis: int, end: Any, count: int) -> Tensor | None:
    """From the end value up to the edge, which is not part of it."""
    if not count:
        return None
    column = [-1 if k == axis else 1 for k in range(edge.ndim)]
    parts = constant(np.reshape(np.arange(count), column) / count, edge.dtype)
    outermost = cast(tensor(end), edge.dtype)
    return outermost + (edge - outermost) * parts


def _statistic(x: Tensor, pairs: list[list[int]], mode: str, lengths: Any) -> Tensor:
    from autograd_c.arrays import _means, _quantiles, _reductions

    functions: dict[str, Callable[..., Tensor]] = {
        "maximum": _reductions.max,
        "minimum": _reductions.min,
        "mean": _means.mean,
        "median": _quantiles.median,
    }
    f = functions[mode]
    chosen = [(None, None)] * x.ndim if lengths is None else _pairs(lengths, x.ndim)
    for axis, ((before, behind), (first, last)) in enumerate(zip(pairs, chosen)):
        n = x.shape[axis]
        if any(m is not None and m < 0 for m in (first, last)):
            raise ValueError("index can't contain negative values")
        first, last = [n if m is None or m > n else int(m) for m in (first, last)]
        if first <= 0 or last <= 0:
            if mode in ("maximum", "minimum"):
                raise ValueError("stat_length of 0 yields no value for padding")

        start = _summary(f, _part(x, axis, 0, first), axis, before)
        end = _summary(f, _part(x, axis, n - last, last), axis, behind)
        x = _joined(x, axis, start, end)
    return x


def _summary(f: Callable[..., Tensor], part: Tensor, axis: int, count: int) -> Tensor | None:
    if not count:
        return None
    value = f(part, axis, keepdims=True)
    return _wide(cast(value, part.dtype), axis, count)


def _places(mode: str, n: int, before: int, behind: int) -> np.ndarray[Any, Any]:
    """Which element stands at each place, counted over all periods."""
    k = np.arange(-before, n + behind)
    if mode == "edge" or (n == 1 and mode == "reflect"):
        return np.clip(k, 0, n - 1)
    if mode == "wrap":
        return k % n
    period = 2 * n if mode == "symmetric" else 2 * (n - 1)
    r = k % period
    return np.where(r < n, r, (period - 1 if mode == "symmetric" else period) - r)


def _odd(x: Tensor, axis: int, mode: str, before: int, behind: int) -> Tensor:
    """Mirrored at the ends' points: twice the end minus what stands on the other side of it."""
    n = x.shape[axis]
    places = _places(mode, n, before, behind)
    k = np.arange(-before, n + behind)
    period = 2 * n if mode == "symmetric" else max(2 * (n - 1), 1)
    rounds, turned = k // period, (k % period) >= n
    if n == 1 and mode == "reflect":
        rounds, turned = np.zeros_like(k), np.zeros(k.shape, bool)
    shape = [-1 if j == axis else 1 for j in range(x.ndim)]

    def wide(a: Any) -> Any:
        return np.reshape(a, shape)

    picked = x[along(axis, places)]
    first, last = _part(x, axis, 0, 1), _part(x, axis, n - 1, 1)
    mirrored = _core.select(wide(turned), 2 * last - picked, picked)
    moved = mirrored + constant(wide(2 * rounds), x.dtype) * (last - first)
    return _core.select(wide((k >= 0) & (k < n)), picked, moved)


def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Tensor:
    """Elements in front of and behind a tensor, along all axes.

    Args:
        array: a tensor, or what `asarray` takes.
        pad_width: how many: a pair for each axis, one pair for all, an int, or a dict by axis.
        mode: "constant", "edge", "empty" (which is 0 here), "linear_ramp", "maximum", "mean",
            "median", "minimum", "reflect", "symmetric", "wrap"; or a function as NumPy's `pad`
            takes, for tensors that no tape records.
        **kwargs: `constant_values`, `end_values` (both recorded), `stat_length` and `reflect_type`
            ("even", "odd"), each for its modes.

    Raises:
        TypeError: for widths that are no integers.
        ValueError: for another mode, an option of another mode, and modes that need elements
            where there are none.

    >>> from autograd_c import numpy as np
    >>> np.pad([1, 2, 3], 2, mode="reflect").tolist()
    [3, 2, 1, 2, 3, 2, 1]
    """
    x = tensor(array)
    pairs = _widths(pad_width, x.ndim)
    if callable(mode):
        if _core.would_lose_derivative(x):
            raise _core.no_derivative("numpy.pad with a function as its mode", "pad")
        return _core.convert_to_tensor(np.pad(_core.array_of(x), pairs, mode, **kwargs))
    if mode not in _OPTIONS:
        raise ValueError(f"mode '{mode}' is not supported")
    unknown = set(kwargs) - set(_OPTIONS[mode])
    if unknown:
        raise ValueError(f"unsupported keyword arguments for mode '{mode}': {unknown}")
    if x.ndim == 0:
        return own(x, array)
    if mode == "constant":
        return _constant(x, pairs, kwargs.get("constant_values", 0))
    if mode == "empty":
        return _constant(x, pairs, 0)
    if x.size == 0:
        for axis, (n, pair) in enumerate(zip(x.shape, pairs)):
            if n == 0 and pair[0] + pair[1]:
                raise ValueError(
                    f"can't extend empty axis {axis} using modes other than 'constant' or 'empty'"
                )
        return _constant(x, pairs, 0)
    if not is_inexact(x.dtype) and mode in ("linear_ramp", "maximum", "mean", "median", "minimum"):
        return _core.convert_to_tensor(np.pad(_core.array_of(x), pairs, mode, **kwargs))
    if mode == "linear_ramp":
        return _ramps(x, pairs, kwargs.get("end_values", 0))
    if mode in ("maximum", "mean", "median", "minimum"):
        return _statistic(x, pairs, mode, kwargs.get("stat_length"))
    how = kwargs.get("reflect_type", "even")
    for axis, (before, behind) in enumerate(pairs):
        if not before and not behind:
            continue
        if how == "odd" and not x.dtype.is_bool:
            x = _odd(x, axis, mode, before, behind)
        else:
            places = _places(mode, x.shape[axis], before, behind)
            x = x[along(axis, places)]
    return own(x, array)
