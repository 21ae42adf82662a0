"""Integrals of samples and of functions, as ``scipy.integrate`` has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_c import arrays as ours
from autograd_c.arrays._arguments import along, axis_within, inexact, tensor
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
