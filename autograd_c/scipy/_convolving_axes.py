"""Convolutions along some axes, with sums over others, as HIPS autograd has them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_c import arrays as ours
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.convolution import convolution

Axes = Sequence[Sequence[int]]


def convolve_along(x: Tensor, y: Tensor, axes: Axes | None, dot_axes: Axes, mode: str) -> Tensor:
    """The convolution along pairs of axes of the products that are summed over other pairs."""
    if axes is None:
        axes = (range(x.ndim), range(y.ndim))
    along_x, sums_x, rest_x = _grouped("in1", x, axes[0], dot_axes[0])
    along_y, sums_y, rest_y = _grouped("in2", y, axes[1], dot_axes[1])
    if len(along_x) != len(along_y) or len(sums_x) != len(sums_y):
        raise ValueError("convolve: axes and dot_axes need as many axes of in1 as of in2")
    sums, others = ([t.shape[k] for k in of] for t, of in ((x, sums_x), (y, sums_y)))
    if sums != others:
        raise ValueError(f"convolve: dot_axes have the sizes {sums} in in1 and {others} in in2")
    lengths, taps = ([t.shape[k] for k in of] for t, of in ((x, along_x), (y, along_y)))
    if mode == "valid" and any(m > n for m, n in zip(taps, lengths, strict=True)):
        if any(m < n for m, n in zip(taps, lengths, strict=True)):
            raise ValueError("For 'valid' mode, one must be at least as large as the other")
        # What is shorter are the taps, and the order of the other axes is put right afterwards.
        turned = convolve_along(y, x, axes[::-1], dot_axes[::-1], mode)
        first, second = len(rest_y), len(rest_x)
        back = [*range(first, first + second), *range(first), *range(first + second, turned.ndim)]
        return _core.transpose(turned, back)
    count, products = len(along_x), math.prod(sums)
    signal = _core.reshape(
        _core.transpose(x, [*rest_x, *along_x, *sums_x]), [-1, *lengths, products]
    )
    features = [y.shape[k] for k in rest_y]
    kernel = _core.reshape(
        _core.transpose(y, [*along_y, *sums_y, *rest_y]), [*taps, products, math.prod(features)]
    )
    kernel = ours.flip(kernel, tuple(range(count)))
    signal = ours.pad(signal, [(0, 0), *(_around(m, mode) for m in taps), (0, 0)])
    result = _summed(signal, kernel, count)
    extents = list(result.shape)[1:-1]
    result = _core.reshape(result, [*(x.shape[k] for k in rest_x), *extents, *features])
    start, end = len(rest_x), len(rest_x) + count
    return _core.transpose(result, [*range(start), *range(end, result.ndim), *range(start, end)])


def _around(taps: int, mode: str) -> tuple[int, int]:
    """How many zeros stand in front of an axis and behind it."""
    behind = {"full": taps - 1, "same": (taps - 1) // 2, "valid": 0}[mode]
    return (taps - 1 - behind if mode == "same" else behind), behind


def _grouped(
    name: str, t: Tensor, along: Sequence[int], sums: Sequence[int]
) -> tuple[list[int], list[int], list[int]]:
    """The axes to convolve along, those to sum over, and all others."""
    given = [int(k) for k in (*along, *sums)]
    if any(not -t.ndim <= k < t.ndim for k in given):
        raise ValueError(f"convolve: {name} has no axes {given}, its shape is {tuple(t.shape)}")
    named = [k % t.ndim for k in given]
    if len(set(named)) != len(named):
        raise ValueError(f"convolve: axes and dot_axes name an axis of {name} twice: {given}")
    rest = [k for k in range(t.ndim) if k not in named]
    return named[: len(along)], named[len(along) :], rest


def _summed(signal: Tensor, kernel: Tensor, count: int) -> Tensor:
    """The correlation of [rest, spatial axes, sums] with [taps of each, sums, features]."""
    if signal.dtype.is_floating and 1 <= count <= 3 and 0 not in (*signal.shape, *kernel.shape):
        return convolution(signal, kernel)
    taps = list(kernel.shape)[:count]
    extents = [n - m + 1 for n, m in zip(list(signal.shape)[1:-1], taps, strict=True)]
    total: Any = ours.zeros([signal.shape[0], *extents, kernel.shape[-1]], signal.dtype)
    for index in np.ndindex(*taps):
        key = (slice(None), *(slice(k, k + n) for k, n in zip(index, extents)))
        total = total + ours.tensordot(signal[key], kernel[index], 1)
    return total  # type: ignore[no-any-return]
