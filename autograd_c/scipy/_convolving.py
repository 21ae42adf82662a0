"""Convolutions, as ``scipy.signal`` has them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_c import arrays as ours
from autograd_c.arrays._arguments import promoted, tensor
from autograd_c.arrays._products import conjugate
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.scipy._convolving_axes import Axes, convolve_along
from autograd_c.scipy._rows import library

_FEW = 64  # elements of a kernel, up to which shifted arrays are added


def convolve(
    in1: Any,
    in2: Any,
    mode: str = "full",
    method: str = "auto",
    *,
    axes: Axes | None = None,
    dot_axes: Axes = ((), ()),
) -> Tensor:
    """The convolution of two arrays of the same number of axes, as ``scipy.signal.convolve``.

    Args:
        in1, in2: tensors, or what `asarray` takes.
        mode: "full"; "same", of the shape of `in1`; or "valid", where they overlap.
        method: "direct", "fft", or "auto" for what is faster.
        axes: HIPS autograd's: along which axes of `in1` and `in2` to convolve, a list for each;
            None for all. Of the other axes each combination is convolved, and `method` ignored.
        dot_axes: HIPS autograd's: over which axes of each to sum products, such as channels.

    Returns:
        A tensor in the dtype to which both promote, with derivatives by both. With `axes` or
        `dot_axes` its axes are those of `in1` that neither names, those of `in2`, and those of
        the convolution.

    Raises:
        ValueError: for other modes and methods, and axes and shapes that do not fit.

    >>> from autograd_c.scipy import signal
    >>> print(signal.convolve([1.0, 2.0, 3.0], [0.0, 1.0, 0.5], "same").numpy())
    [1.  2.5 4. ]
    """
    x, y = promoted(tensor(in1), tensor(in2))
    if mode not in ("full", "same", "valid"):
        raise ValueError("acceptable mode flags are 'valid', 'same', or 'full'")
    if method not in ("auto", "direct", "fft"):
        raise ValueError("Acceptable method flags are 'auto', 'direct', or 'fft'.")
    if axes is not None or any(len(of_one) for of_one in dot_axes):
        return convolve_along(x, y, axes, dot_axes, mode)
    if x.ndim != y.ndim:
        raise ValueError("in1 and in2 should have the same dimensionality")
    if x.ndim == 0:
        return x * y
    if 0 in (*x.shape, *y.shape):
        return ours.array([], dtype=x.dtype)
    small, large = sorted((tuple(x.shape), tuple(y.shape)), key=math.prod)
    if mode == "valid" and not _contains(x, y) and not _contains(y, x):
        raise ValueError("For 'valid' mode, one must be at least as large as the other")
    if not (x.dtype.is_floating or x.dtype.is_complex):
        arrays = _core.array_of(x), _core.array_of(y)
        return _core.convert_to_tensor(library("signal").convolve(*arrays, mode, method))
    if method == "auto":
        few = math.prod(small) <= _FEW or x.ndim == 1 and math.prod(small) <= 500
        method = "direct" if few else "fft"
    if method == "fft":
        full = _by_fft(x, y)
    elif x.ndim == 1:
        full = ours.convolve(x, y)
    else:
        full = _by_shifts(x, y)
    return _cut(full, x, y, mode)


def _contains(x: Tensor, y: Tensor) -> bool:
    return all(n >= m for n, m in zip(x.shape, y.shape, strict=True))


def _cut(full: Tensor, x: Tensor, y: Tensor, mode: str) -> Tensor:
    if mode == "full":
        return full
    if mode == "valid":
        shape = [abs(n - m) + 1 for n, m in zip(x.shape, y.shape, strict=True)]
    else:
        shape = list(x.shape)
    starts = [(n - m) // 2 for n, m in zip(full.shape, shape, strict=True)]
    return full[tuple(slice(s, s + n) for s, n in zip(starts, shape, strict=True))]


def _by_shifts(x: Tensor, y: Tensor) -> Tensor:
    if x.size < y.size:
        x, y = y, x
    wide = ours.pad(x, [(m - 1, m - 1) for m in y.shape])
    shape = [n + m - 1 for n, m in zip(x.shape, y.shape, strict=True)]
    total: Any = None
    for index in np.ndindex(*y.shape):
        starts = [m - 1 - k for k, m in zip(index, y.shape, strict=True)]
        part = wide[tuple(slice(s, s + n) for s, n in zip(starts, shape, strict=True))]
        part = part * y[index]
        total = part if total is None else total + part
    return total  # type: ignore[no-any-return]


def _fast_length(n: int) -> int:
    """The least number that is n or more, and has no other factors than 2, 3 and 5."""
    best = 1 << (n - 1).bit_length()
    five = 1
    while five < best:
        three = five
        while three < best:
            rest = -(-n // three)
            best = min(best, three << (rest - 1).bit_length())
            three *= 3
        five *= 5
    return best


def _by_fft(x: Tensor, y: Tensor) -> Tensor:
    shape = [n + m - 1 for n, m in zip(x.shape, y.shape, strict=True)]
    fast, axes = [_fast_length(n) for n in shape], list(range(x.ndim))
    if x.dtype.is_complex:
        product = ours.fft.fftn(x, fast, axes) * ours.fft.fftn(y, fast, axes)
        full = ours.fft.ifftn(product, fast, axes)
    else:
        product = ours.fft.rfftn(x, fast, axes) * ours.fft.rfftn(y, fast, axes)
        full = ours.fft.irfftn(product, fast, axes)
    return _core.cast(full[tuple(slice(n) for n in shape)], x.dtype)


def fftconvolve(in1: Any, in2: Any, mode: str = "full", axes: Any = None) -> Tensor:
    """`convolve` by way of Fourier transforms, as ``scipy.signal.fftconvolve``.

    Args:
        in1, in2, mode: as of `convolve`.
        axes: must be None: all.

    Raises:
        TypeError: for `axes`.
        ValueError: as of `convolve`.

    >>> from autograd_c.scipy import signal
    >>> print(signal.fftconvolve([1.0, 2.0], [0.0, 1.0]).numpy().round(5) + 0.0)
    [0. 1. 2.]
    """
    if axes is not None:
        raise TypeError("fftconvolve of tensors takes all axes")
    x, y = promoted(tensor(in1), tensor(in2))
    return convolve(x * 1.0, y * 1.0, mode, "fft")


def correlate(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Tensor:
    """The cross-correlation of two arrays, as ``scipy.signal.correlate``.

    Args:
        in1, in2, mode, method: as of `convolve`, with `in2` reversed and conjugated.

    Raises:
        ValueError: as of `convolve`.

    >>> from autograd_c.scipy import signal
    >>> print(signal.correlate([1.0, 2.0, 3.0], [0.0, 1.0, 0.5], "same").numpy())
    [2.  3.5 3. ]
    """
    return convolve(in1, conjugate(ours.flip(tensor(in2))), mode, method)
