"""Splines through points, as ``scipy.interpolate`` has them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_c import arrays as ours
from autograd_c.arrays._arguments import axis_within, cast, promoted, tensor
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.bands import tridiagonal_solve
from autograd_c.scipy._piecewise import PPoly
from autograd_c.scipy._rows import double_precision
from autograd_c.values import dtypes


def widths(x: Tensor, y: Tensor) -> Tensor:
    """The distances of points, a column in the dtype of `y`."""
    return cast(x[1:] - x[:-1], y.dtype)[:, None]


class CubicHermiteSpline(PPoly):
    """Cubic pieces with given values and slopes at points, as ``scipy.interpolate`` has them.

    Args:
        x: where the points are, increasing, of shape [n]: a tensor, or what `asarray` takes.
        y: the values there, n of them along `axis`.
        dydx: the slopes there, of the shape of `y`.
        axis: of `y`.
        extrapolate: whether the outer pieces go on; "periodic"; False: NaN.

    It is a piecewise polynomial, a `PPoly`, and has derivatives by `x`, `y`, `dydx`, and by where
    it is evaluated.

    Raises:
        ValueError: for points that do not increase or that do not fit.

    >>> from autograd_c.scipy import interpolate
    >>> pieces = interpolate.CubicHermiteSpline([0.0, 1.0], [0.0, 1.0], [0.0, 3.0])
    >>> print(pieces(0.5).numpy(), pieces(0.5, 1).numpy())
    0.125 0.75
    """

    def __init__(self, x: Any, y: Any, dydx: Any, axis: int = 0, extrapolate: Any = None) -> None:
        flat = self._points(x, y, axis)
        self.extrapolate = True if extrapolate is None else extrapolate
        slopes = cast(tensor(dydx), flat.dtype)
        if slopes.ndim != len(self._trailing) + 1:
            raise ValueError("The shapes of `y` and `dydx` must be identical.")
        slopes = ours.moveaxis(slopes, self.axis, 0)
        if list(slopes.shape) != [self.x.shape[0], *self._trailing]:
            raise ValueError("The shapes of `y` and `dydx` must be identical.")
        self._pieces(flat, _core.reshape(slopes, flat.shape))

    def _points(self, x: Any, y: Any, axis: int) -> Tensor:
        """The values, of shape [n, others]."""
        self.x = cast(tensor(x), dtypes.float64)
        values = double_precision(y)
        self.axis = axis_within(axis, values.ndim)
        values = ours.moveaxis(values, self.axis, 0)
        knots = _core.array_of(self.x)
        if knots.ndim != 1 or len(knots) < 2 or len(knots) != values.shape[0]:
            raise ValueError("`x` must be of one axis, and as many as `y`, at least 2")
        if not (np.diff(knots) > 0).all():
            raise ValueError("`x` must be strictly increasing sequence.")
        for array in (knots, _core.array_of(values)):
            if not np.isfinite(array).all():
                raise ValueError("`x` and `y` must contain only finite values.")
        self._trailing = list(values.shape[1:])
        return _core.reshape(values, [len(knots), -1])

    def _pieces(self, y: Tensor, s: Tensor) -> None:
        """The coefficients, given values and slopes of shape [n, others]."""
        wide = widths(self.x, y)
        slope = (y[1:] - y[:-1]) / wide
        t = (s[:-1] + s[1:] - 2.0 * slope) / wide
        parts = [t / wide, (slope - s[:-1]) / wide - t, s[:-1], y[:-1]]
        shape = [4, self.x.shape[0] - 1, *self._trailing]
        self.c = _core.reshape(_core.stack(parts, 0), shape)


class CubicSpline(CubicHermiteSpline):
    """The cubic spline through points, as ``scipy.interpolate.CubicSpline``.

    Args:
        x: where the points are, increasing, of shape [n]: a tensor, or what `asarray` takes.
        y: the values there, n of them along `axis`.
        axis: of `y`.
        bc_type: what holds at the ends: "not-a-knot", "natural", "clamped", "periodic"; or a pair
            of such, or of ``(order, value)`` with the first or second derivative there.
        extrapolate: whether the outer pieces go on; "periodic"; False: NaN. None: "periodic" if
            `bc_type` is, else True.

    It is a piecewise polynomial, a `PPoly`, and has derivatives by `x`, `y`, the values at the
    ends, and by where it is evaluated.

    Raises:
        ValueError: for points that do not increase or that do not fit, and other types.

    >>> from autograd_c.scipy import interpolate
    >>> spline = interpolate.CubicSpline([0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 8.0, 27.0])
    >>> print(spline(1.5).numpy().round(5), spline(1.5, 1).numpy().round(5))
    3.375 6.75
    """

    def __init__(
        self, x: Any, y: Any, axis: int = 0, bc_type: Any = "not-a-knot", extrapolate: Any = None
    ) -> None:
        flat = self._points(x, y, axis)
        start, end = _ends(bc_type, _core.reshape(flat, [-1, *self._trailing]))
        self.extrapolate = extrapolate
        if extrapolate is None:
            self.extrapolate = "periodic" if start == "periodic" else True
        self._pieces(flat, self._slopes(flat, start, end))

    def _slopes(self, y: Tensor, start: Any, end: Any) -> Tensor:
        x = self.x
        n = x.shape[0]
        dx = x[1:] - x[:-1]
        wide = widths(x, y)
        slope = (y[1:] - y[:-1]) / wide
        if n == 2:
            start, end = ((1, slope[0]) if e in _LINES else e for e in (start, end))
        if n == 3 and (start, end) == ("not-a-knot", "not-a-knot"):
            return _parabola(slope, wide)
        if n == 3 and start == "periodic":
            t = ours.sum(slope / wide, axis=0) / ours.sum(1.0 / wide, axis=0)
            return _core.broadcast_to(t, [3, *t.shape])
        if start == "periodic":
            return _cyclic(dx, wide, slope)
        return _slopes(x, y, dx, wide, slope, start, end)


_LINES = ("not-a-knot", "periodic")
_KINDS = {"clamped": 1, "natural": 2}


def _ends(bc_type: Any, y: Tensor) -> list[Any]:
    if isinstance(bc_type, str):
        if bc_type == "periodic":
            ends = _core.array_of(y)
            if not np.allclose(ends[0], ends[-1], rtol=1e-15, atol=1e-15):
                raise ValueError("The first and last `y` point must be identical")
            return ["periodic", "periodic"]
        bc_type = (bc_type, bc_type)
    if len(bc_type) != 2:
        raise ValueError("`bc_type` must contain 2 elements to specify start and end conditions.")
    if "periodic" in [each for each in bc_type if isinstance(each, str)]:
        raise ValueError("'periodic' `bc_type` is defined for both curve ends")
    found: list[Any] = []
    for each in bc_type:
        if isinstance(each, str):
            if each in _KINDS:
                found.append((_KINDS[each], ours.zeros_like(_core.reshape(y[0], [-1]))))
            elif each == "not-a-knot":
                found.append(each)
            else:
                raise ValueError(f"bc_type={each} is not allowed.")
            continue
        order, value = each
        if order not in (1, 2):
            raise ValueError("The specified derivative order must be 1 or 2.")
        given = tensor(value)
        if given.shape != y.shape[1:]:
            raise ValueError(f"`deriv_value` shape {given.shape} is not {y.shape[1:]}")
        found.append((order, _core.reshape(cast(given, y.dtype), [-1])))
    return found


def _parabola(slope: Tensor, dx: Tensor) -> Tensor:
    """The slopes of the parabola through three points."""
    middle = (dx[0] * slope[1] + dx[1] * slope[0]) / (dx[0] + dx[1])
    return _core.stack([2.0 * slope[0] - middle, middle, 2.0 * slope[1] - middle], 0)


def _slopes(
    x: Tensor, y: Tensor, dx: Tensor, wide: Tensor, slope: Tensor, start: Any, end: Any
) -> Tensor:
    """The slopes at the points: the solution of tridiagonal equations."""
    n = x.shape[0]
    rows: list[Any] = []
    for each, first, second, span in (
        (start, 0, 1, x[2] - x[0] if n > 2 else None),
        (end, -1, -2, x[-1] - x[-3] if n > 2 else None),
    ):
        sign = 1.0 if first == 0 else -1.0
        if isinstance(each, str):
            d = cast(span, y.dtype)
            near, next_ = wide[first], wide[second]
            right = ((near + 2.0 * d) * next_ * slope[first] + near**2.0 * slope[second]) / d
            rows.append((dx[second], span, right))
        elif each[0] == 1:
            rows.append((dx[0] * 0.0 + 1.0, dx[0] * 0.0, each[1]))
        else:
            rise = sign * (y[second] - y[first])
            right = 3.0 * rise - sign * 0.5 * each[1] * wide[first] ** 2.0
            rows.append((2.0 * dx[first], dx[first], right))
    (m0, above0, r0), (m1, below1, r1) = rows
    one = [-1]
    main = _core.concat(
        [_core.reshape(m0, one), 2.0 * (dx[:-1] + dx[1:]), _core.reshape(m1, one)], 0
    )
    zero = _core.reshape(dx[0] * 0.0, one)
    above = _core.concat([_core.reshape(above0, one), dx[:-1], zero], 0)
    below = _core.concat([zero, dx[1:], _core.reshape(below1, one)], 0)
    inner = 3.0 * (wide[1:] * slope[:-1] + wide[:-1] * slope[1:])
    right = _core.concat([r0[None], inner, r1[None]], 0)
    bands = cast(_core.stack([above, main, below], 0), y.dtype)
    return tridiagonal_solve(bands, right)


def _cyclic(dx: Tensor, wide: Tensor, slope: Tensor) -> Tensor:
    """The slopes of a periodic spline."""
    before = ours.roll(dx, 1)
    n = dx.shape[0]
    one = ours.eye(n)
    matrix = 2.0 * (before + dx)[:, None] * one
    matrix = matrix + dx[:, None] * ours.roll(one, -1, 1) + before[:, None] * ours.roll(one, 1, 1)
    right = 3.0 * (wide * ours.roll(slope, 1, 0) + ours.roll(wide, 1, 0) * slope)
    matrix, right = promoted(matrix, right)
    s = ours.linalg.solve(matrix, right)
    return _core.concat([s, s[:1]], 0)
