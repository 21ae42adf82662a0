"""Interpolants of ``scipy.interpolate`` that are no splines: monotone pieces, lines, grids."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from autograd_c import arrays as ours
from autograd_c.arrays._arguments import axis_within, cast, inexact, tensor
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.scipy._piecewise import points_to_axis
from autograd_c.scipy._rows import where
from autograd_c.scipy._splines import CubicHermiteSpline, CubicSpline, widths
from autograd_c.values import dtypes


def _only_real(y: Tensor, name: str) -> None:
    if y.dtype.is_complex:
        raise ValueError(f"`{name}` takes real `y`, not {y.dtype.name}")


class PchipInterpolator(CubicHermiteSpline):
    """Cubic pieces that are monotone where the values are, as ``scipy.interpolate``'s.

    Args:
        x, y, axis, extrapolate: as of `CubicHermiteSpline`; `y` is real.

    The slope at a point is a harmonic mean of those beside it, and 0 at extrema (Fritsch and
    Butland, SIAM J. Sci. Comput. 5, 1984), by which it has derivatives.

    Raises:
        ValueError: for points that do not increase or that do not fit.

    >>> from autograd_c.scipy import interpolate
    >>> pieces = interpolate.PchipInterpolator([0.0, 1.0, 2.0], [0.0, 1.0, 1.0])
    >>> print(pieces([0.5, 1.5]).numpy())
    [0.6875 1.    ]
    """

    def __init__(self, x: Any, y: Any, axis: int = 0, extrapolate: Any = None) -> None:
        flat = self._points(x, y, axis)
        _only_real(flat, "PchipInterpolator")
        self.extrapolate = True if extrapolate is None else extrapolate
        h = widths(self.x, flat)
        slope = (flat[1:] - flat[:-1]) / h
        if len(h) == 1:
            self._pieces(flat, _core.concat([slope, slope], 0))
            return
        signs = np.sign(_core.array_of(slope))
        before, behind = slope[:-1], slope[1:]
        turns = (signs[:-1] * signs[1:]) <= 0
        first, second = 2.0 * h[1:] + h[:-1], h[1:] + 2.0 * h[:-1]
        safe = [where(turns, 1.0, each, each) for each in (before, behind)]
        mean = (first + second) / (first / safe[0] + second / safe[1])
        inner = where(turns, 0.0, mean, mean)
        ends = [
            _end(h[0], h[1], slope[0], slope[1]),
            _end(h[-1], h[-2], slope[-1], slope[-2]),
        ]
        self._pieces(flat, _core.concat([ends[0][None], inner, ends[1][None]], 0))


def _end(h0: Tensor, h1: Tensor, m0: Tensor, m1: Tensor) -> Tensor:
    """The slope at an end: of the parabola through three points, kept monotone."""
    d = ((2.0 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
    a, b, c = (np.sign(_core.array_of(each)) for each in (d, m0, m1))
    steep = (b != c) & (abs(_core.array_of(d)) > 3.0 * abs(_core.array_of(m0)))
    return where(a != b, 0.0, where(steep, 3.0 * m0, d, d), d)


class Akima1DInterpolator(CubicHermiteSpline):
    """Cubic pieces by Akima's slopes, which outliers bend little, as ``scipy.interpolate``'s.

    Args:
        x, y, axis: as of `CubicHermiteSpline`; `y` is real.
        method: "akima" or "makima", which bends less where values are flat.
        extrapolate: None: NaN beyond the points.

    Raises:
        ValueError: for points that do not increase or that do not fit, and other methods.

    >>> from autograd_c.scipy import interpolate
    >>> pieces = interpolate.Akima1DInterpolator([0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 4.0, 9.0])
    >>> print(pieces(1.5).numpy())
    2.25
    """

    def __init__(
        self, x: Any, y: Any, axis: int = 0, *, method: str = "akima", extrapolate: Any = None
    ) -> None:
        if method not in ("akima", "makima"):
            raise ValueError(f"`method`={method} is unsupported.")
        flat = self._points(x, y, axis)
        _only_real(flat, "Akima1DInterpolator")
        self.extrapolate = False if extrapolate is None else extrapolate
        m = (flat[1:] - flat[:-1]) / widths(self.x, flat)
        if m.shape[0] == 1:
            self._pieces(flat, _core.concat([m, m], 0))
            return
        one, two = 2.0 * m[0] - m[1], 2.0 * m[-1] - m[-2]
        m = _core.concat(
            [(2.0 * one - m[0])[None], one[None], m, two[None], (2.0 * two - m[-1])[None]], 0
        )
        apart = abs(m[1:] - m[:-1])
        if method == "makima":
            apart = apart + 0.5 * abs(m[1:] + m[:-1])
        first, second = apart[2:], apart[:-2]
        both = first + second
        sizes = _core.array_of(both)
        counts = sizes > 1e-9 * sizes.max(initial=-np.inf)
        if method == "makima":
            counts = sizes > 0
        safe = where(counts, both, 1.0, both)
        weighted = (first * m[1:-2] + second * m[2:-1]) / safe
        flat_ones = 0.5 * (m[3:] + m[:-3]) if method == "akima" else weighted * 0.0
        self._pieces(flat, where(counts, weighted, flat_ones, weighted))


# ------------------------------------------------------------ lines and steps


class interp1d:  # noqa: N801 (SciPy's name)
    """A function through points by lines, steps or a spline, as ``scipy.interpolate.interp1d``.

    Args:
        x: where the points are, of shape [n]: a tensor, or what `asarray` takes.
        y: the values there, n of them along `axis`.
        kind: "linear", "nearest", "nearest-up", "previous", "next", or "cubic" for the spline that
            is not-a-knot.
        axis: of `y`.
        copy: ignored.
        bounds_error: whether points beyond are an error; None: unless extrapolated.
        fill_value: of points beyond; a pair: below and above; "extrapolate".
        assume_sorted: whether `x` increases; else it is sorted.

    It has derivatives by `y`; by `x` and by where it is evaluated but for steps, which are flat.

    Raises:
        ValueError: for shapes that do not fit, other kinds, and points beyond.

    >>> from autograd_c.scipy import interpolate
    >>> line = interpolate.interp1d([0.0, 1.0, 3.0], [0.0, 2.0, 4.0])
    >>> print(line([0.5, 2.0]).numpy())
    [1. 3.]
    """

    def __init__(
        self,
        x: Any,
        y: Any,
        kind: str = "linear",
        axis: int = -1,
        copy: bool = True,
        bounds_error: bool | None = None,
        fill_value: Any = np.nan,
        assume_sorted: bool = False,
    ) -> None:
        if kind not in ("linear", "nearest", "nearest-up", "previous", "next", "cubic"):
            raise ValueError(f"{kind} is unsupported: use linear, nearest, previous, next or cubic")
        self.x, values = cast(tensor(x), dtypes.float64), inexact(y)
        self.axis = axis_within(axis, values.ndim)
        self.y = ours.moveaxis(values, self.axis, 0)
        if self.x.ndim != 1 or self.y.shape[0] != self.x.shape[0] or self.x.shape[0] < 1:
            raise ValueError("x and y arrays must be equal in length along interpolation axis.")
        if not assume_sorted:
            order = np.argsort(_core.array_of(self.x), kind="mergesort")
            self.x, self.y = ours.take(self.x, order), ours.take(self.y, order, axis=0)
        self.kind, self.fill_value = kind, fill_value
        self.bounds_error = True if bounds_error is None else bounds_error
        if isinstance(fill_value, str):
            if fill_value != "extrapolate":
                raise ValueError("fill_value must be numbers, a pair of them, or 'extrapolate'")
            self.bounds_error = False
        self.spline = CubicSpline(self.x, self.y) if kind == "cubic" else None

    def __call__(self, x: Any) -> Tensor:
        """The values at points of any shape."""
        at = cast(tensor(x), dtypes.float64)
        points, knots = _core.array_of(at), _core.array_of(self.x)
        below, above = points < knots[0], points > knots[-1]
        if self.bounds_error and (below.any() or above.any()):
            where_ = "below" if below.any() else "above"
            raise ValueError(f"A value in x_new is {where_} the interpolation range.")
        if self.spline is not None:
            result = self.spline(at)
        elif self.kind == "linear":
            result = self._lines(at, points, knots)
        else:
            result = ours.take(self.y, self._place(points, knots), axis=0)
        shape = [*points.shape, *[1] * (self.y.ndim - 1)]
        pair: Any = None
        if not isinstance(self.fill_value, str):
            pair = self.fill_value if isinstance(self.fill_value, tuple) else [self.fill_value] * 2
        elif self.kind in ("previous", "next"):  # there is none of them
            pair = [np.nan if k == self.kind else None for k in ("previous", "next")]
        if pair is not None:
            for mask, fill in zip((below, above), pair, strict=True):
                if fill is not None and mask.any():
                    result = ours.where(mask.reshape(shape), fill, result)
        if np.isnan(points).any():
            result = ours.where(np.isnan(points).reshape(shape), np.nan, result)
        return points_to_axis(result, at.ndim, self.axis)

    def _lines(self, at: Tensor, points: Any, knots: Any) -> Tensor:
        place = np.clip(np.searchsorted(knots, points), 1, max(len(knots) - 1, 1))
        if len(knots) == 1:
            return ours.take(self.y, np.zeros(points.shape, int), axis=0)
        low, high = (ours.take(self.x, k) for k in (place - 1, place))
        part = _core.reshape((at - low) / (high - low), [*at.shape, *[1] * (self.y.ndim - 1)])
        first, second = (ours.take(self.y, k, axis=0) for k in (place - 1, place))
        return first + (second - first) * part

    def _place(self, points: Any, knots: Any) -> Any:
        last = len(knots) - 1
        if self.kind in ("nearest", "nearest-up"):
            middles = (knots[1:] + knots[:-1]) / 2
            place = np.searchsorted(middles, points, "left" if self.kind == "nearest" else "right")
        elif self.kind == "previous":
            place = np.searchsorted(knots, points, "right") - 1
        else:
            place = np.searchsorted(knots, points, "left")
        return np.clip(place, 0, last)


# ------------------------------------------------------------ grids


class RegularGridInterpolator:
    """A function on a grid of several axes, as ``scipy.interpolate.RegularGridInterpolator``.

    Args:
        points: where the grid's lines are: for each axis a vector that increases.
        values: those on the grid, of shape [m1, …, mn, …]: a tensor, or what `asarray` takes.
        method: "linear" or "nearest".
        bounds_error: whether points beyond are an error.
        fill_value: of points beyond; None: extrapolated.

    It has derivatives by `values`, and, if linear, by `points` and by where it is evaluated.

    Raises:
        ValueError: for shapes that do not fit, other methods, and points beyond.

    >>> from autograd_c.scipy import interpolate
    >>> lines = [0.0, 1.0], [0.0, 2.0]
    >>> grid = interpolate.RegularGridInterpolator(lines, [[0.0, 2.0], [1.0, 3.0]])
    >>> print(grid([[0.5, 1.0], [1.0, 0.5]]).numpy())
    [1.5 1.5]
    """

    def __init__(
        self,
        points: Sequence[Any],
        values: Any,
        method: str = "linear",
        bounds_error: bool = True,
        fill_value: Any = np.nan,
    ) -> None:
        _check_method(method)
        self.grid = [cast(tensor(p), dtypes.float64) for p in points]
        self.values, self.method = inexact(values), method
        self.bounds_error, self.fill_value = bounds_error, fill_value
        shape = tuple(self.values.shape)
        if len(self.grid) > len(shape):
            raise ValueError(
                f"There are {len(self.grid)} point arrays, but values has {len(shape)} dimensions"
            )
        for k, each in enumerate(self.grid):
            if each.ndim != 1 or each.shape[0] != shape[k]:
                raise ValueError(
                    f"There are {each.shape} points and {shape[k]} values on dimension {k}"
                )
            if not (np.diff(_core.array_of(each)) > 0).all():
                raise ValueError(f"The points in dimension {k} must be strictly ascending")

    def __call__(self, xi: Any, method: str | None = None) -> Tensor:
        """The values at points, whose coordinates are along the last axis of `xi`."""
        method = self.method if method is None else method
        _check_method(method)
        if isinstance(xi, tuple):
            xi = _core.stack(ours.broadcast_arrays(*[tensor(x) for x in xi]), -1)
        at = cast(tensor(xi), dtypes.float64)
        n = len(self.grid)
        if at.ndim == 1 and n == 1:
            at = at[:, None]
        if at.ndim == 0 or at.shape[-1] != n:
            raise ValueError(
                f"The requested sample points xi have dimension {at.shape[-1] if at.ndim else 0} "
                f"but this RegularGridInterpolator has dimension {n}"
            )
        shape = list(at.shape[:-1]) or [1]
        at = _core.reshape(at, [-1, n])
        places, parts, beyond = [], [], np.zeros(at.shape[0], bool)
        for k, line in enumerate(self.grid):
            x, knots = at[:, k], _core.array_of(line)
            array = _core.array_of(x)
            outside = (array < knots[0]) | (array > knots[-1])
            if self.bounds_error and outside.any():
                raise ValueError(f"One of the requested xi is out of bounds in dimension {k}")
            beyond |= outside
            place = np.clip(np.searchsorted(knots, array) - 1, 0, max(len(knots) - 2, 0))
            places.append(place)
            if len(knots) == 1:
                parts.append(x * 0.0)
                continue
            low, high = (ours.take(line, p) for p in (place, place + 1))
            parts.append((x - low) / (high - low))
        trailing = [1] * (self.values.ndim - n)
        if method == "nearest":
            chosen = [
                np.minimum(p + (_core.array_of(part) > 0.5), line.shape[0] - 1)
                for p, part, line in zip(places, parts, self.grid, strict=True)
            ]
            result = self.values[tuple(chosen)]
        else:
            result = self._corners(places, parts, trailing)
        missing = np.isnan(_core.array_of(at)).any(-1)
        if not self.bounds_error and self.fill_value is not None and beyond.any():
            result = ours.where(beyond.reshape([-1, *trailing]), self.fill_value, result)
        if missing.any():
            result = ours.where(missing.reshape([-1, *trailing]), np.nan, result)
        return _core.reshape(result, [*shape, *self.values.shape[n:]])

    def _corners(self, places: list[Any], parts: list[Tensor], trailing: list[int]) -> Tensor:
        total: Any = None
        for corner in product((0, 1), repeat=len(places)):
            if any(c and line.shape[0] == 1 for c, line in zip(corner, self.grid, strict=True)):
                continue
            weight: Any = 1.0
            for c, part in zip(corner, parts, strict=True):
                weight = weight * (part if c else 1.0 - part)
            weight = _core.reshape(weight, [-1, *trailing])
            index = tuple(p + c for p, c in zip(places, corner, strict=True))
            term = self.values[index] * weight
            total = term if total is None else total + term
        found: Tensor = total
        return found


def _check_method(method: str) -> None:
    if method not in ("linear", "nearest"):
        raise ValueError(f"Method '{method}' is not defined here: use 'linear' or 'nearest'")
