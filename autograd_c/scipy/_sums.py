"""Integrals of samples and of functions, as ``scipy.integrate`` has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_c import arrays as ours
from autograd_c.arrays._arguments import along, axis_within, cast, inexact, tensor
from autograd_c.core import _core
from autograd_c.core._core import Tensor


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Tensor:
    """The integral of samples by the trapezoidal rule, as ``scipy.integrate.trapezoid``.

    Args:
        y: the samples: a tensor, or what `asarray` takes.
        x: where they are; None: at distances of `dx`.
        dx: a number.
        axis: along which.

    >>> from autograd_c.scipy import integrate
    >>> print(integrate.trapezoid([1.0, 2.0, 4.0], [0.0, 2.0, 4.0]).numpy())
    9.0
    """
    return ours.trapezoid(y, x, dx, axis)


def cumulative_trapezoid(
    y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1, initial: float | None = None
) -> Tensor:
    """The integrals up to each sample, as ``scipy.integrate.cumulative_trapezoid``.

    Args:
        y: the samples: a tensor, or what `asarray` takes.
        x: where they are, of one axis or the shape of `y`; None: at distances of `dx`.
        dx: a number.
        axis: along which.
        initial: None, or 0, which is put in front.

    Raises:
        ValueError: for another `initial`, and shapes that do not fit.

    >>> from autograd_c.scipy import integrate
    >>> print(integrate.cumulative_trapezoid([1.0, 2.0, 4.0], initial=0).numpy())
    [0.  1.5 4.5]
    """
    z = inexact(y)
    place = axis_within(axis, z.ndim)
    if initial not in (None, 0):
        raise ValueError("`initial` must be `None` or `0`.")
    steps: Any = dx
    if x is not None:
        at = tensor(x)
        if at.ndim == 1:
            at = _core.reshape(at, [-1 if k == place else 1 for k in range(z.ndim)])
        steps = ours.diff(at, axis=place)
        if steps.shape[place] != z.shape[place] - 1:
            raise ValueError("If given, length of x along axis must be the same as y.")
    before, behind = z[along(place, slice(None, -1))], z[along(place, slice(1, None))]
    found = ours.cumsum(steps * (before + behind) / 2.0, axis=place)
    if initial is None:
        return found
    return _core.concat([ours.zeros_like(z[along(place, slice(0, 1))], found.dtype), found], place)


def fixed_quad(
    func: Callable[..., Any], a: Any, b: Any, args: tuple[Any, ...] = (), n: int = 5
) -> tuple[Tensor, None]:
    """The integral from a to b by Gauss's rule of n points, as ``scipy.integrate.fixed_quad``.

    Args:
        func: ``func(x, *args)`` takes a tensor of points along the last axis.
        a, b: the bounds: tensors, or what `asarray` takes, finite.
        args: further arguments of `func`.
        n: how many points.

    Raises:
        ValueError: for infinite bounds.

    >>> from autograd_c.scipy import integrate
    >>> print(integrate.fixed_quad(lambda x: x * x, 0.0, 3.0)[0].numpy().round(5))
    9.0
    """
    low, high = inexact(a), inexact(b)
    if not (np.isfinite(_core.array_of(low)).all() and np.isfinite(_core.array_of(high)).all()):
        raise ValueError("Gaussian quadrature is only available for finite limits.")
    points, weights = np.polynomial.legendre.leggauss(n)
    half = (high - low) / 2.0
    y = tensor(func(half * (points + 1) + low, *args))
    return half * ours.sum(y * weights, axis=-1), None


def _gaps(x: Any, dx: Any, z: Tensor, place: int) -> Any:
    """The distances of samples along an axis, which has gone to the end."""
    if x is None:
        return ours.broadcast_to(cast(tensor(dx), z.dtype), [*z.shape[:-1], z.shape[-1] - 1])
    at = inexact(x)
    at = at if at.ndim == 1 else ours.moveaxis(at, place, -1)
    if at.ndim not in (1, z.ndim):
        raise ValueError("If given, shape of x must be 1-D or the same as y.")
    if at.shape[-1] != z.shape[-1]:
        raise ValueError("If given, length of x along axis must be the same as y.")
    return ours.broadcast_to(ours.diff(at), [*z.shape[:-1], z.shape[-1] - 1])


def _parabola(y0: Tensor, y1: Tensor, y2: Tensor, h0: Tensor, h1: Tensor) -> Tensor:
    """The integral over the first interval of the parabola through three samples."""
    part = h0 / (h0 + h1)
    ratio = part * h0 / h1
    return h0 / 6.0 * (y0 * (3.0 - part) + y1 * (3.0 + ratio + part) - y2 * ratio)


def _both_ways(z: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
    """The integrals over the first, and over the last, interval of each three samples."""
    before, at, behind = z[..., :-2], z[..., 1:-1], z[..., 2:]
    first, last = h[..., :-1], h[..., 1:]
    return (
        _parabola(before, at, behind, first, last),
        _parabola(behind, at, before, last, first),
    )


def simpson(y: Any, x: Any = None, *, dx: Any = 1.0, axis: int = -1) -> Tensor:
    """The integral of samples by Simpson's rule, as ``scipy.integrate.simpson``.

    Args:
        y: the samples: a tensor, or what `asarray` takes.
        x: where they are, different from each other; None: at distances of `dx`.
        dx: a number.
        axis: along which. An even number of samples takes the parabola through the last three for
            the last interval.

    Raises:
        ValueError: for shapes that do not fit.

    >>> from autograd_c.scipy import integrate
    >>> print(integrate.simpson([0.0, 1.0, 4.0]).numpy().round(6))
    2.666667
    """
    z = inexact(y)
    place = axis_within(axis, z.ndim)
    z = ours.moveaxis(z, place, -1)
    n = z.shape[-1]
    if n < 3:
        return ours.trapezoid(y, x, dx, axis)
    first, last = _both_ways(z, _gaps(x, dx, z, place))
    total = ours.sum(first[..., ::2] + last[..., ::2], axis=-1)
    found: Tensor = total + last[..., -1] if n % 2 == 0 else total
    return found


def cumulative_simpson(
    y: Any, *, x: Any = None, dx: Any = 1.0, axis: int = -1, initial: Any = None
) -> Tensor:
    """The integrals up to each sample, as ``scipy.integrate.cumulative_simpson``.

    Args:
        y: the samples: a tensor, or what `asarray` takes.
        x: where they are, increasing; None: at distances of `dx`.
        dx: a number.
        axis: along which.
        initial: what is put in front, and added to all; None: nothing.

    Raises:
        ValueError: for shapes that do not fit, and places that do not increase.

    >>> from autograd_c.scipy import integrate
    >>> print(integrate.cumulative_simpson([0.0, 1.0, 4.0], initial=0.0).numpy().round(6))
    [0.       0.333333 2.666667]
    """
    z = inexact(y)
    place = axis_within(axis, z.ndim)
    z = ours.moveaxis(z, place, -1)
    h = _gaps(x, dx, z, place)
    if x is not None and (_core.array_of(h) <= 0).any():
        raise ValueError("Input x must be strictly increasing.")
    n = z.shape[-1]
    if n < 3:
        found = ours.moveaxis(cumulative_trapezoid(y, x, dx, axis), place, -1)
    else:
        first, last = _both_ways(z, h)
        pairs = _core.stack([first[..., ::2], last[..., ::2]], -1)
        parts = _core.reshape(pairs, [*z.shape[:-1], -1])
        if n % 2 == 0:  # all but the last interval are in pairs
            parts = _core.concat([parts, last[..., -1:]], -1)
        found = ours.cumsum(parts, axis=-1)
    if initial is not None:
        start = cast(tensor(initial), found.dtype)
        if start.ndim == z.ndim:
            start = ours.moveaxis(start, place, -1)
        start = ours.broadcast_to(start, [*found.shape[:-1], 1])
        found = _core.concat([start, found + start], -1)
    return ours.moveaxis(found, -1, place)


def romb(y: Any, dx: Any = 1.0, axis: int = -1, show: bool = False) -> Tensor:
    """The integral of 2**k + 1 samples by Romberg's method, as ``scipy.integrate.romb``.

    Args:
        y: the samples: a tensor, or what `asarray` takes.
        dx: their distance.
        axis: along which.
        show: ignored.

    Raises:
        ValueError: for another number of samples.

    >>> from autograd_c.scipy import integrate
    >>> print(integrate.romb([0.0, 1.0, 8.0, 27.0, 64.0]).numpy())
    64.0
    """
    z = inexact(y)
    z = ours.moveaxis(z, axis_within(axis, z.ndim), -1)
    count = int(z.shape[-1]) - 1
    if count < 1 or count & (count - 1):
        raise ValueError("Number of samples must be one plus a non-negative power of 2.")
    h = count * dx
    rows: list[Tensor] = [(z[..., 0] + z[..., -1]) / 2.0 * h]
    step = count
    while step > 1:
        step //= 2
        h = h / 2.0
        row = [rows[0] / 2.0 + h * ours.sum(z[..., step :: 2 * step], axis=-1)]
        for k, before in enumerate(rows, 1):
            row.append(row[-1] + (row[-1] - before) / (4.0**k - 1.0))
        rows = row
    return rows[-1]
