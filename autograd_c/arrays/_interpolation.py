"""The line through points, read at others."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_c.arrays import _arguments
from autograd_c.arrays._arguments import cast, inexact, tensor
from autograd_c.arrays._reductions import constant
from autograd_c.core import _core
from autograd_c.core._core import Tensor

__all__ = ["interp"]


def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Tensor:
    """The values at x of the line through points; recorded by x, xp, fp, left and right.

    Args:
        x: where, a tensor, or what `asarray` takes.
        xp: the coordinates of the points, increasing, unless there is a period.
        fp: the values there, real or complex.
        left, right: the values outside; by default those of the ends.
        period: of the coordinates.

    Raises:
        ValueError: for points that do not fit, and a period of 0.

    >>> from autograd_c import numpy as np
    >>> np.interp([0.5, 3.0], [0.0, 1.0], [1.0, 2.0]).tolist()
    [1.5, 2.0]
    """
    where_ = cast(tensor(x), _arguments.dtype_of(float))
    points = cast(tensor(xp), _arguments.dtype_of(float))
    values = inexact(fp)
    values = cast(values, _arguments.dtype_of(complex if values.dtype.is_complex else float))
    if points.ndim != 1 or values.ndim != 1:
        raise ValueError("Data points must be 1-D sequences")
    if points.shape[0] != values.shape[0]:
        raise ValueError("fp and xp are not of the same length.")
    if points.shape[0] == 0:
        raise ValueError("array of sample points is empty")
    if period is not None:
        if period == 0:
            raise ValueError("period must be a non-zero value")
        length, left, right = abs(period), None, None
        where_, points = where_ % length, points % length
        order = np.argsort(_core.array_of(points))
        points, values = points[order], values[order]
        points = _core.concat([points[-1:] - length, points, points[:1] + length], 0)
        values = _core.concat([values[-1:], values, values[:1]], 0)
    if not any(map(_core.is_recorded, (where_, points, values, left, right))):
        plain_ends = [None if e is None else _core.array_of(e) for e in (left, right)]
        function: Any = np.interp
        y_ = function(*map(_core.array_of, (where_, points, values)), *plain_ends)
        return _core.convert_to_tensor(np.asarray(y_))
    if values.dtype.is_complex:
        # By parts: an infinite one says nothing about the other.
        parts = []
        for part in (_core.real, _core.imag):
            ends = [
                None if e is None else part(cast(tensor(e), values.dtype)) for e in (left, right)
            ]
            parts.append(interp(where_, points, part(values), *ends))
        return _core.apply("complex", parts)
    at, knots = _core.array_of(where_), _core.array_of(points)
    n = knots.size
    low = np.minimum(np.searchsorted(knots[1:], at, side="right"), max(n - 2, 0))
    first = _picked(values, low)
    if n > 1:
        y = _on_line(where_, points, values, low, first)
        plain, known = _core.array_of(y), _core.array_of(values)
        whole = np.isfinite(plain)
        # At a point its value is exact, whatever is beside it; the slope stays, if it is finite.
        last = at == knots[-1]
        if last.any():
            moved = np.where(last & whole, known[-1] - np.where(whole, plain, 0), 0)
            y = y + _core.convert_to_tensor(moved)
        if not whole.all():
            y = _core.select(~whole & (at == knots[low]), first, y)
            y = _core.select(~whole & last, values[-1], y)
    else:
        y = first
    for outside, end, given in (
        (at < knots[0], 0, left),
        (at > knots[-1], -1, right),
    ):
        if outside.any():
            beyond = values[end] if given is None else cast(tensor(given), values.dtype)
            y = _core.select(outside, beyond, y)
    lost = np.isnan(at)
    return _core.select(lost, constant(np.nan, values.dtype), y) if lost.any() else y


def _picked(x: Tensor, places: Any) -> Tensor:
    """Elements by their indices: NumPy's are quicker, where nothing is recorded."""
    if _core.is_recorded(x):
        return x[places]
    return _core.convert_to_tensor(_core.array_of(x)[places])


def _on_line(where_: Tensor, points: Tensor, values: Tensor, low: Any, first: Tensor) -> Tensor:
    """On the line between the points low and low + 1."""
    start = _picked(points, low)
    run, rise = _picked(points, low + 1) - start, _picked(values, low + 1) - first
    flat = _core.array_of(run) == 0  # two points at one place: there is no slope
    if flat.any():
        run = _core.select(flat, constant(1, run.dtype), run)
    slope = rise / run
    y = first + slope * (where_ - start)
    lost = np.isnan(_core.array_of(y))
    if lost.any():  # from the other end, if one is infinite
        second = _picked(values, low + 1)
        y = _core.select(lost, second + slope * (where_ - _picked(points, low + 1)), y)
        lost = np.isnan(_core.array_of(y)) & (_core.array_of(first) == _core.array_of(second))
        y = _core.select(lost, first, y)
    return y
