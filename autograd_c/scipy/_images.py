"""Interpolation in arrays, as ``scipy.ndimage`` has it."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from autograd_c import arrays as ours
from autograd_c.arrays._arguments import cast, inexact, number, tensor
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.scipy._rows import double_precision, library, where
from autograd_c.scipy._spline_filters import MODES, spline_filter
from autograd_c.values import dtypes

_PADDED = 12  # by as many elements SciPy pads, where the filter has no such mode


def map_coordinates(
    input: Any,
    coordinates: Any,
    output: Any = None,
    order: int = 3,
    mode: str = "constant",
    cval: float = 0.0,
    prefilter: bool = True,
) -> Tensor:
    """The values of an array at coordinates, as ``scipy.ndimage.map_coordinates``.

    Args:
        input: of n axes: a tensor, or what `asarray` takes.
        coordinates: of shape [n, ...].
        output: must be None.
        order: of the splines, 0 to 5: 0 takes the nearest element, 1 is linear.
        mode: how the array goes on: "constant", "grid-constant", "nearest", "mirror", "reflect",
            "grid-wrap" or "wrap", as SciPy's.
        cval: what is outside of it, for "constant" and "grid-constant".
        prefilter: whether to make coefficients of splines of the elements, for order 2 and more.
            If not, they are coefficients, as `spline_filter` gives them.

    Returns:
        A tensor of the shape of the coordinates without their first axis, in the dtype of `input`.
        It has derivatives by `input` and by the coordinates, of all orders; by the coordinates they
        are 0 of order 0 and outside of the array, and from one side where pieces meet.

    Raises:
        TypeError: for `output`, and for integers, which are rounded, if anything is recorded.
        ValueError: for coordinates of another number of axes, and other modes.
        RuntimeError: for other orders.

    >>> from autograd_c.scipy import ndimage
    >>> print(ndimage.map_coordinates([[0.0, 1.0], [2.0, 3.0]], [[0.5], [0.5]], order=1).numpy())
    [1.5]
    """
    if output is not None:
        raise TypeError("map_coordinates of tensors takes no output: its result is a new tensor")
    if order not in range(6):
        raise RuntimeError("spline order not supported")
    if mode not in MODES:
        raise ValueError(f"map_coordinates: the mode is one of {', '.join(MODES)}, not {mode!r}")
    values, at = tensor(input), inexact(coordinates)
    if at.dtype.is_complex:
        raise TypeError("Complex type not supported")
    if at.ndim < 1 or at.shape[0] != values.ndim:
        raise ValueError("invalid shape for coordinate array")
    if not (values.dtype.is_floating or values.dtype.is_complex):
        if _core.is_recorded(at) and order:
            raise TypeError("map_coordinates of integers has no derivative: give floats")
        arrays = _core.array_of(values), _core.array_of(at)
        return _core.convert_to_tensor(
            library("ndimage").map_coordinates(
                *arrays, order=order, mode=mode, cval=cval, prefilter=prefilter
            )
        )
    wide = double_precision(values)
    at = cast(at, dtypes.float64)
    pad = 0
    if prefilter and order > 1:
        if mode in ("nearest", "grid-constant"):
            pad = _PADDED
            how = {"mode": "edge"} if mode == "nearest" else {"constant_values": cval}
            wide = ours.pad(wide, pad, **how)
        wide = spline_filter(wide, order, None, mode)
    return cast(_interpolated(wide, at + pad if pad else at, order, mode, cval), values.dtype)


def _interpolated(values: Tensor, at: Tensor, order: int, mode: str, cval: Any) -> Tensor:
    """The sum of the coefficients around, times the spline of each."""
    outside: Any = False
    choices: list[list[tuple[Any, Any]]] = []
    for x, n in zip(_core.unstack(at, 0), values.shape, strict=True):
        x = _moved_inside(x, n, order, mode)
        array = _core.array_of(x)
        if mode == "constant":
            beyond = ~((array >= 0) & (array <= n - 1))
            outside = outside | beyond
            x = where(beyond, 0, x, x)
            array = _core.array_of(x)
        array = np.where(np.isfinite(array), array, 0)
        first = np.floor(array if order % 2 else array + 0.5)
        if order == 1 and n > 1:
            first = np.where(array == n - 1, n - 2, first)  # from inside of the array
        share = x - first
        if order % 2 == 0:
            share = share + 0.5
        weights: list[Any] = _weights(share, order) if order else [None]
        places = first.astype(np.int64) - order // 2
        choices.append([(places + k, weight) for k, weight in enumerate(weights)])
    total: Any = None
    flat = _core.reshape(values, [-1])
    shape = tuple(values.shape)
    for corner in itertools.product(*choices):
        given = [place for place, _ in corner]
        index = [_index(place, n, mode) for place, n in zip(given, shape)]
        part = ours.take(flat, np.ravel_multi_index(tuple(index), shape))
        if mode == "grid-constant":
            strange: Any = False
            for place, n in zip(given, shape):
                strange = strange | (place < 0) | (place >= n)
            part = where(strange, cval, part, part)
        for _, weight in corner:
            if weight is not None:
                part = part * cast(weight, values.dtype)
        total = part if total is None else total + part
    return where(outside, cval, total, total) if mode == "constant" else total


def _weights(share: Tensor, order: int) -> list[Tensor]:
    """The splines with knots at the integers that are not 0 at `share`, which is within [0, 1].

    By the recurrence over their order of de Boor and Cox.
    """
    found = [number(1, share) + 0 * share]
    for d in range(1, order + 1):
        rising = [(share + (d - j)) / d * found[j - 1] for j in range(1, d + 1)]
        falling = [((1 + j) - share) / d * found[j] for j in range(d)]
        inner = [r + f for r, f in zip(rising, falling[1:])]
        found = [falling[0], *inner, rising[-1]]
    return found


def _moved_inside(x: Tensor, n: int, order: int, mode: str) -> Tensor:
    """The coordinates in the array that stand for those outside."""
    array = _core.array_of(x)
    if mode == "constant":
        return x
    if mode in ("nearest", "grid-constant"):
        # All splines that are not 0 further out belong to one value.
        low, high = -float(order // 2), n - 1.0 + order // 2
        if mode == "grid-constant":
            low, high = low - 1, high + 1
        if not ((array < low) | (array > high)).any():
            return x
        return where(array < low, low, where(array > high, high, x, x), x)
    with np.errstate(invalid="ignore"):
        inside, sign = _folded(array, n, mode)
        shift = inside - sign * array
    if (sign == 1).all() and not shift.any():
        return x
    return x * _core.convert_to_tensor(sign) + _core.convert_to_tensor(shift)


def _folded(array: Any, n: int, mode: str) -> tuple[Any, Any]:
    """Coordinates moved into the array, and whether they go there in the other direction.

    Where there are two ways, they are moved as by SciPy, for the nearest element to be the same.
    """
    same = np.ones_like(array)
    if mode == "grid-wrap":
        return array - n * np.floor(array / n), same
    if mode == "reflect":
        place = np.mod(array + 0.5, 2.0 * n)
        back = place >= n
        return np.where(back, 2.0 * n - place, place) - 0.5, np.where(back, -1.0, 1.0)
    if n == 1:
        return array * 0, 0 * same
    below, above = array < 0, array > n - 1
    period = n - 1.0 if mode == "wrap" else 2.0 * (n - 1)
    down = np.where(above, array - period * np.floor(array / period), array)
    if mode == "wrap":
        up = array + period * (np.floor(-array / period) + 1)
        return np.where(below, up, down), same
    up = array + period * np.floor(-array / period)
    back = np.where(below, up > 1 - n, down >= n)
    forth = np.where(below, up + period, down)
    turned = np.where(below, -up, period - down)
    return np.where(back, turned, forth), np.where(back, -1.0, 1.0)


def _index(place: Any, n: int, mode: str) -> Any:
    """The elements that stand for those beside the array."""
    if mode in ("nearest", "grid-constant"):
        return np.clip(place, 0, n - 1)
    if mode == "grid-wrap":
        return place % n
    if n == 1:
        return np.zeros_like(place)
    if mode == "reflect":
        place = place % (2 * n)
        return np.where(place >= n, 2 * n - 1 - place, place)
    place = place % (2 * n - 2)
    return np.where(place >= n, 2 * n - 2 - place, place)
