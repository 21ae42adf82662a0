"""Piecewise polynomials, as ``scipy.interpolate`` has them."""

from __future__ import annotations

import math
from typing import Any, TypeVar

import numpy as np

from autograd_c import arrays as ours
from autograd_c.arrays._arguments import cast, tensor
from autograd_c.core import _core
from autograd_c.core._core import GradientTape, Tensor
from autograd_c.rules.custom import custom_gradient
from autograd_c.scipy._rows import double_precision, library
from autograd_c.values import dtypes

_Self = TypeVar("_Self", bound="PPoly")


class PPoly:
    """Polynomials between breakpoints, as ``scipy.interpolate.PPoly``.

    Args:
        c: coefficients, of the highest power first, of shape [k, m, ...]: a tensor, or what
            `asarray` takes. The powers are of the distance from the left breakpoint.
        x: the breakpoints, increasing, of shape [m + 1].
        extrapolate: whether the outer pieces go on, as it is by default; "periodic"; False: NaN.
        axis: where the two first axes of `c` are, and where those of the points go in results.

    It has derivatives by `c` and `x`, and by where it is evaluated.

    Raises:
        ValueError: for breakpoints that do not increase or that do not fit.

    >>> from autograd_c.scipy import interpolate
    >>> line = interpolate.PPoly([[1.0, 2.0], [0.0, 1.0]], [0.0, 1.0, 2.0])
    >>> print(line(1.5).numpy(), line.derivative()(1.5).numpy(), line.integrate(0.0, 2.0).numpy())
    2.0 2.0 2.5
    """

    c: Tensor
    x: Tensor
    extrapolate: Any
    axis: int

    def __init__(self, c: Any, x: Any, extrapolate: Any = None, axis: int = 0) -> None:
        self.x = cast(tensor(x), dtypes.float64)
        values = double_precision(c)
        if values.ndim < 2:
            raise ValueError("Coefficients array must be at least 2-dimensional.")
        if not 0 <= axis < values.ndim - 1:
            raise ValueError(f"axis={axis} must be between 0 and {values.ndim - 2}")
        if axis:
            values = ours.moveaxis(values, (axis, axis + 1), (0, 1))
        knots = _core.array_of(self.x)
        if knots.ndim != 1 or len(knots) < 2:
            raise ValueError("`x` must be of one axis, with at least 2 breakpoints")
        if values.shape[0] < 1 or values.shape[1] != len(knots) - 1:
            raise ValueError(
                f"the coefficients are of {values.shape[1]} pieces, and there are {len(knots) - 1}"
            )
        if not (np.diff(knots) > 0).all():
            raise ValueError("`x` must be strictly increasing.")
        self.c, self.axis = values, axis
        self.extrapolate = True if extrapolate is None else extrapolate

    @classmethod
    def construct_fast(
        cls: type[_Self], c: Tensor, x: Tensor, extrapolate: Any = None, axis: int = 0
    ) -> _Self:
        """A polynomial of these tensors, which are not checked; `axis` is that of results."""
        made = object.__new__(cls)
        made.c, made.x, made.axis = c, x, axis
        made.extrapolate = True if extrapolate is None else extrapolate
        return made

    def _factors(self, factors: list[float]) -> Any:
        return np.reshape(factors, [len(factors), *[1] * (self.c.ndim - 1)])

    def __call__(self, x: Any, nu: int = 0, extrapolate: Any = None) -> Tensor:
        """The value, or the derivative of order `nu`, at points of any shape."""
        if nu < 0:
            raise ValueError("Order of derivative cannot be negative")
        at = cast(tensor(x), dtypes.float64)
        beyond = self.extrapolate if extrapolate is None else extrapolate
        trailing = self.c.ndim - 2
        points, knots = _core.array_of(at), _core.array_of(self.x)
        if isinstance(beyond, str) and beyond == "periodic":
            at = at - _turns(points, knots) * (self.x[-1] - self.x[0])
            points = _core.array_of(at)
        place = _places(points, knots)
        inside = cast(at - ours.take(self.x, place), self.c.dtype)
        inside = _core.reshape(inside, [*at.shape, *[1] * trailing])
        y: Any = None
        highest = self.c.shape[0] - 1
        for k in range(highest + 1 - nu):
            power = highest - k
            factor = float(math.perm(power, nu))
            term = ours.take(self.c[k], place, axis=0) * factor
            y = term if y is None else y * inside + term
        if y is None:
            y = ours.take(self.c[0], place, axis=0) * 0.0
        if not beyond:
            outside = (points < knots[0]) | (points > knots[-1]) | np.isnan(points)
            outside = outside.reshape([*points.shape, *[1] * trailing])
            y = ours.where(outside, np.nan, y)
        return points_to_axis(y, at.ndim, self.axis)

    def derivative(self, nu: int = 1) -> PPoly:
        """The derivative of order `nu`, a piecewise polynomial; of a negative one, the integral."""
        if nu < 0:
            return self.antiderivative(-nu)
        k = self.c.shape[0]
        if nu >= k:
            c = self.c[:1] * 0.0
        else:
            c = self.c[: k - nu] * self._factors(
                [float(math.perm(power, nu)) for power in range(k - 1, nu - 1, -1)]
            )
        return PPoly.construct_fast(c, self.x, self.extrapolate, self.axis)

    def antiderivative(self, nu: int = 1) -> PPoly:
        """The integral of order `nu`, continuous, and 0 at the first breakpoint."""
        if nu < 0:
            return self.derivative(-nu)
        c = self.c
        width = self.x[1:] - self.x[:-1]
        width = _core.reshape(cast(width, c.dtype), [-1, *[1] * (c.ndim - 2)])
        for _ in range(nu):
            k = c.shape[0]
            c = c * self._factors([1.0 / power for power in range(k, 0, -1)])
            over: Any = c[0]
            for j in range(1, k):
                over = over * width + c[j]
            ends = ours.cumsum(over * width, axis=0)
            start = _core.concat([ends[:1] * 0.0, ends[:-1]], 0)
            c = _core.concat([c, start[None]], 0)
        beyond = False if isinstance(self.extrapolate, str) else self.extrapolate
        return PPoly.construct_fast(c, self.x, beyond, self.axis)

    def integrate(self, a: Any, b: Any, extrapolate: Any = None) -> Tensor:
        """The integral from `a` to `b`, which may be tensors."""
        beyond = self.extrapolate if extrapolate is None else extrapolate
        integral = PPoly.construct_fast(self.antiderivative().c, self.x)
        low, high = (cast(tensor(t), dtypes.float64) for t in (a, b))
        knots = _core.array_of(self.x)
        if isinstance(beyond, str):
            period = self.x[-1] - self.x[0]
            below, above = (_turns(_core.array_of(t), knots) for t in (low, high))
            low, high = low - below * period, high - above * period
            return integral(high) - integral(low) + integral(self.x[-1]) * float(above - below)
        if not beyond:
            for t in (low, high):
                if not knots[0] <= _core.array_of(t) <= knots[-1]:
                    return integral(low) * math.nan
        return integral(high) - integral(low)

    def solve(self, y: Any = 0.0, discontinuity: bool = True, extrapolate: Any = None) -> Any:
        """Where the polynomial is `y`, a number: all real solutions.

        Args:
            y: a number or a tensor of shape [].
            discontinuity: whether breakpoints count where it jumps across `y`.
            extrapolate: whether solutions of the outer pieces count that are outside of them, as
                `extrapolate` of the polynomial says by default; "periodic" is as False.

        Returns:
            A tensor of shape [n], which has derivatives by the coefficients, breakpoints and `y`;
            an array of such objects if coefficients have further axes. Where all of a piece is `y`
            its start is followed by NaN.

        Raises:
            ValueError: for complex polynomials.

        >>> from autograd_c.scipy import interpolate
        >>> parabola = interpolate.PPoly([[1.0], [0.0], [0.0]], [0.0, 3.0])
        >>> print(parabola.solve(4.0, extrapolate=False).numpy())
        [2.]
        """
        if self.c.dtype.is_complex:
            raise ValueError("Root finding is only for real-valued polynomials")
        beyond = self.extrapolate if extrapolate is None else extrapolate
        beyond = bool(beyond) and not isinstance(beyond, str)
        level = cast(tensor(y), dtypes.float64)
        if level.ndim:
            raise TypeError(f"`y` is a number, and has shape {tuple(level.shape)}")
        trailing = tuple(self.c.shape[2:])
        flat = _core.reshape(self.c, [*self.c.shape[:2], -1])
        knots = _core.array_of(self.x)
        found = np.empty(flat.shape[2], object)
        for k in range(flat.shape[2]):
            c = flat[:, :, k]
            known = library("interpolate").PPoly(_core.array_of(c), knots, extrapolate=beyond)
            roots = known.solve(float(_core.array_of(level)), discontinuity, beyond)
            found[k] = _solutions(c, self.x, level, np.asarray(roots, float))
        return found.reshape(trailing) if trailing else found[0]

    def roots(self, discontinuity: bool = True, extrapolate: Any = None) -> Any:
        """Where the polynomial is 0: `solve` of 0."""
        return self.solve(0.0, discontinuity, extrapolate)


def points_to_axis(y: Tensor, m: int, axis: int) -> Tensor:
    """The values with their first m axes, those of the points, put where `axis` was."""
    order = [*range(m, m + axis), *range(m), *range(m + axis, y.ndim)]
    return ours.transpose(y, order) if axis else y


def _turns(points: Any, knots: Any) -> Any:
    """By how many periods points are from where they are defined."""
    return np.floor((points - knots[0]) / (knots[-1] - knots[0]))


def _places(points: Any, knots: Any) -> Any:
    """The pieces that points are in."""
    return np.clip(np.searchsorted(knots, points, "right") - 1, 0, len(knots) - 2)


def _solutions(c: Tensor, x: Tensor, y: Tensor, roots: Any) -> Tensor:
    """Known solutions, with the derivatives of the implicit function."""
    knots = _core.array_of(x)
    place = _places(roots, knots)
    starts = _at_breakpoints(_core.array_of(c), knots, _core.array_of(y), roots, place)
    smooth = _implicit(c, x, y, roots, np.isfinite(roots) & ~starts)
    return ours.where(starts, ours.take(x, place), smooth) if starts.any() else smooth


def _implicit(c: Tensor, x: Tensor, y: Tensor, roots: Any, known: Any) -> Tensor:
    @custom_gradient
    def solved(c: Tensor, x: Tensor, y: Tensor) -> Any:
        def gradient(g: Tensor) -> Any:
            # As functions of what is given, for derivatives of this one.
            c_, x_, y_ = values = [_core.identity(v) for v in (c, x, y)]
            at = _implicit(c_, x_, y_, roots, known)
            at = ours.where(known, at, _core.stop_gradient(x_[0]))
            slope = PPoly.construct_fast(c_, x_)(at, 1)
            with GradientTape() as tape:
                tape.watch(values)
                excess = PPoly.construct_fast(c_, x_)(at) - y_
            weight = ours.where(known, -g / ours.where(known, slope, 1.0), 0.0)
            return tape.gradient(excess, values, weight, "zero")

        return _core.convert_to_tensor(roots), gradient

    found: Tensor = solved(c, x, y)
    return found


def _at_breakpoints(c: Any, x: Any, y: Any, roots: Any, place: Any) -> Any:
    """Which solutions are breakpoints: where it jumps across y, or is y from there on."""
    before = np.maximum(place - 1, 0)
    width = x[place] - x[before]
    left = np.zeros(len(place))
    for row in c:
        left = left * width + row[before]
    left, right = left - y, c[-1][place] - y
    scale = 1e-9 * np.abs(c[-1]).max(initial=0)  # more than the rounding of what is continuous
    jumps = (left * right < 0) & (np.abs(left - right) > scale) & (place > 0)
    flat = (c[:-1, place] == 0).all(0)
    return (jumps | flat) & (roots == x[place])
