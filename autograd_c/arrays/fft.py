"""``numpy.fft`` of tensors, recorded, and that of the Array API standard.

>>> from autograd_c import numpy as np
>>> print(np.fft.fft([1.0, 0.0, -1.0, 0.0]).numpy())
[0.+0.j 2.+0.j 0.+0.j 2.+0.j]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, SupportsIndex

import numpy as np

from autograd_c.arrays._arguments import (
    axes_within,
    cast,
    dtype_of,
    own,
    refuse_device,
    tensor,
)
from autograd_c.arrays._outputs import written
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions import fourier, fourier_axes
from autograd_c.values.dtypes import NARROW

__all__ = [
    "fft",
    "fft2",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftfreq",
    "rfftn",
]

_PRECISE = {
    "float32": "complex64",
    "float16": "complex64",
    "bfloat16": "complex64",
    "complex64": "complex64",
}


def _complex(a: Any) -> Tensor:
    x = tensor(a)
    return x if x.dtype.is_complex else _core.cast(x, _PRECISE.get(x.dtype.name, "complex128"))


def _real(a: Any) -> Tensor:
    x = tensor(a)
    if x.dtype.is_complex:
        raise TypeError("a transform of real numbers takes no complex ones")
    if x.dtype.name in ("float32", "float64"):
        return x
    return _core.cast(x, "float32" if x.dtype.name in NARROW else "float64")


def _transform(kind: str, a: Any, lengths: list[int] | None, axes: Any, norm: str | None) -> Tensor:
    x = _real(a) if kind == "rfft" else _complex(a)
    places = list(range(x.ndim)) if axes is None else axes_within(axes, x.ndim)
    if not places and kind in ("fft", "ifft"):
        return own(tensor(a), a)  # as it is: nothing is transformed
    if kind == "rfft":
        return fourier_axes.real_transform(kind, x, lengths, places, norm)
    if kind == "irfft":
        return fourier_axes.inverse_real_transform(kind, x, lengths, places, norm)
    return fourier_axes.complex_transform(kind, x, lengths, places, norm, kind == "ifft")


_LAST: dict[str, Callable[..., Tensor]] = {
    "fft": fourier.fft,
    "ifft": fourier.ifft,
    "rfft": fourier.rfft,
}


def _one(kind: str, a: Any, n: int | None, axis: Any, norm: str | None, out: Any) -> Tensor:
    if out is not None:
        return written(out, _one(kind, a, n, axis, norm, None), f"numpy.fft.{kind}")
    if n is None and norm is None and axis == -1 and kind in _LAST:  # as most calls are
        x = _real(a) if kind == "rfft" else _complex(a)
        if x.ndim and x.shape[-1]:
            return _LAST[kind](x)
        a = x
    return _transform(kind, a, None if n is None else [int(n)], [axis], norm)


def _several(kind: str, a: Any, s: Any, axes: Any, norm: str | None, out: Any) -> Tensor:
    if out is not None:
        return written(out, _several(kind, a, s, axes, norm, None), f"numpy.fft.{kind}n")
    if s is None:
        return _transform(kind, a, None, None if axes is None else list(axes), norm)
    x = tensor(a)
    lengths = [int(n) for n in s]
    places = axes_within(list(axes) if axes is not None else _last(x, lengths), x.ndim)
    if len(lengths) == len(places):  # NumPy 2: -1 is all of the axis
        lengths = [x.shape[k] if n == -1 else n for n, k in zip(lengths, places, strict=True)]
    return _transform(kind, x, lengths, places, norm)


def _last(x: Tensor, lengths: list[int]) -> list[int]:
    return list(range(x.ndim - len(lengths), x.ndim))


_WHAT = {
    "fft": ("Discrete Fourier transforms", "complex"),
    "ifft": ("Inverse discrete Fourier transforms", "complex"),
    "rfft": ("Discrete Fourier transforms of real numbers", "half as many, and one, complex"),
    "irfft": ("Real numbers from the frequencies that `rfft` gives", "2 (n - 1) real"),
}


def _documented(function: Callable[..., Tensor], kind: str, name: str) -> Callable[..., Tensor]:
    what, result = _WHAT[kind]
    lengths, one = ("n", "axis") if name == kind else ("s", "axes")
    which = "an axis" if name == kind else "two axes" if name.endswith("2") else "several axes"
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{what} along {which}, as ``numpy.fft.{name}``.

    Args:
        a: a tensor, or what `asarray` takes. Integers and float64 are computed in complex128,
            narrower floats in complex64.
        {lengths}: how many elements are transformed: what is beyond is cut off, or is zeros.
        {one}: along which.
        norm: None or "backward", "ortho", or "forward": what is divided by the number of elements.
        out: a tensor that gets the result.

    Returns:
        A tensor of {result} numbers along the axis.

    Raises:
        ValueError: for axes that are not there, lengths below 1, and another norm.
        TypeError: for an array as `out`, and for complex numbers where real ones are needed.

    >>> from autograd_c import numpy as np
    >>> np.fft.{name}(np.ones((4, 4))).dtype.name
    '{"float64" if kind == "irfft" else "complex128"}'
    """
    return function


def _make_one(kind: str) -> Callable[..., Tensor]:
    def transform(
        a: Any,
        n: int | None = None,
        axis: SupportsIndex = -1,
        norm: str | None = None,
        out: Any = None,
    ) -> Tensor:
        return _one(kind, a, n, axis, norm, out)

    return _documented(transform, kind, kind)


def _make_several(kind: str, name: str) -> Callable[..., Tensor]:
    if name.endswith("2"):

        def transform(
            a: Any,
            s: Sequence[int] | None = None,
            axes: Sequence[int] | None = (-2, -1),
            norm: str | None = None,
            out: Any = None,
        ) -> Tensor:
            return _several(kind, a, s, axes, norm, out)
    else:

        def transform(
            a: Any,
            s: Sequence[int] | None = None,
            axes: Sequence[int] | None = None,
            norm: str | None = None,
            out: Any = None,
        ) -> Tensor:
            return _several(kind, a, s, axes, norm, out)

    return _documented(transform, kind, name)


fft = _make_one("fft")
ifft = _make_one("ifft")
rfft = _make_one("rfft")
irfft = _make_one("irfft")
fft2 = _make_several("fft", "fft2")
ifft2 = _make_several("ifft", "ifft2")
rfft2 = _make_several("rfft", "rfft2")
irfft2 = _make_several("irfft", "irfft2")
fftn = _make_several("fft", "fftn")
ifftn = _make_several("ifft", "ifftn")
rfftn = _make_several("rfft", "rfftn")
irfftn = _make_several("irfft", "irfftn")


# ---------------------------------------------------------------- Hermitian numbers

_SWAPPED = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def _swapped(norm: str | None) -> str:
    if norm not in _SWAPPED:
        raise ValueError(f'Invalid norm value {norm}; should be "backward", "ortho" or "forward".')
    return _SWAPPED[norm]


def hfft(
    a: Any,
    n: int | None = None,
    axis: SupportsIndex = -1,
    norm: str | None = None,
    out: Any = None,
) -> Tensor:
    """Transforms of numbers with Hermitian symmetry, which are real, as ``numpy.fft.hfft``.

    Args:
        a: a tensor, or what `asarray` takes: one half of the numbers.
        n: how many numbers the result has; None: 2 (m - 1) for m given ones.
        axis: along which.
        norm: None or "backward", "ortho", or "forward".
        out: a tensor that gets the result.

    Returns:
        A real tensor.

    Raises:
        ValueError: for an axis that is not there, a length below 1, and another norm.
        TypeError: for an array as `out`.

    >>> from autograd_c import numpy as np
    >>> print(np.fft.hfft([1.0, 2.0, 3.0]).numpy())
    [ 8. -2.  0. -2.]
    """
    return _one("irfft", _core.conj(_complex(a)), n, axis, _swapped(norm), out)


def ihfft(
    a: Any,
    n: int | None = None,
    axis: SupportsIndex = -1,
    norm: str | None = None,
    out: Any = None,
) -> Tensor:
    """What `hfft` takes back: one half of numbers with Hermitian symmetry, as ``numpy.fft.ihfft``.

    Args:
        a: a tensor of real numbers, or what `asarray` takes.
        n: how many of them are transformed.
        axis: along which.
        norm: None or "backward", "ortho", or "forward".
        out: a tensor that gets the result.

    Returns:
        A complex tensor, of n // 2 + 1 numbers along the axis.

    Raises:
        ValueError: for an axis that is not there, a length below 1, and another norm.
        TypeError: for an array as `out`, and for complex numbers.

    >>> from autograd_c import numpy as np
    >>> print(np.fft.ihfft([8.0, -2.0, 0.0, -2.0]).numpy().real)
    [1. 2. 3.]
    """
    if out is not None:
        return written(out, ihfft(a, n, axis, norm), "numpy.fft.ihfft")
    return _core.conj(_one("rfft", a, n, axis, _swapped(norm), None))


# ---------------------------------------------------------------- frequencies


def _frequencies(function: Any, n: int, d: Any, dtype: Any, device: Any) -> Tensor:
    refuse_device(device)
    wanted = dtype_of("float64" if dtype is None else dtype)
    unit = _core.convert_to_tensor(function(n, 1.0))
    if _core.is_tensor(d):
        return cast(unit, d.dtype if dtype is None else wanted) / d
    return cast(unit / float(d), wanted)


def fftfreq(n: int, d: Any = 1.0, *, dtype: Any = None, device: Any = None) -> Tensor:
    """The frequencies of what `fft` gives, as ``numpy.fft.fftfreq``.

    Args:
        n: the number of elements.
        d: the distance between them.
        dtype: of the result, float64 if it is None.
        device: None or "cpu".

    Returns:
        A tensor of shape [n].

    Raises:
        ValueError: for an `n` that is no integer, and another device.

    >>> from autograd_c import numpy as np
    >>> print(np.fft.fftfreq(4, 0.5).numpy())
    [ 0.   0.5 -1.  -0.5]
    """
    return _frequencies(np.fft.fftfreq, n, d, dtype, device)


def rfftfreq(n: int, d: Any = 1.0, *, dtype: Any = None, device: Any = None) -> Tensor:
    """The frequencies of what `rfft` gives, as ``numpy.fft.rfftfreq``.

    Args:
        n: the number of elements that are transformed.
        d: the distance between them.
        dtype: of the result, float64 if it is None.
        device: None or "cpu".

    Returns:
        A tensor of shape [n // 2 + 1].

    Raises:
        ValueError: for an `n` that is no integer, and another device.

    >>> from autograd_c import numpy as np
    >>> print(np.fft.rfftfreq(4, 0.5).numpy())
    [0.  0.5 1. ]
    """
    return _frequencies(np.fft.rfftfreq, n, d, dtype, device)


def _shifted(function: Callable[..., Tensor], x: Any, axes: Any) -> Tensor:
    t = tensor(x)
    places = axes_within(axes, t.ndim)
    return function(t, places) if places else t


def fftshift(x: Any, axes: SupportsIndex | Sequence[SupportsIndex] | None = None) -> Tensor:
    """The frequency 0 in the middle of the axes, as ``numpy.fft.fftshift``.

    Args:
        x: a tensor, or what `asarray` takes.
        axes: an int, or several; None: all.

    Raises:
        ValueError: for axes that are not there.

    >>> from autograd_c import numpy as np
    >>> print(np.fft.fftshift([0, 1, 2, -2, -1]).numpy())
    [-2 -1  0  1  2]
    """
    return _shifted(fourier_axes.fftshift, x, axes)


def ifftshift(x: Any, axes: SupportsIndex | Sequence[SupportsIndex] | None = None) -> Tensor:
    """The frequency 0 at the beginning of the axes again, as ``numpy.fft.ifftshift``.

    Args:
        x: a tensor, or what `asarray` takes.
        axes: an int, or several; None: all.

    Raises:
        ValueError: for axes that are not there.

    >>> from autograd_c import numpy as np
    >>> print(np.fft.ifftshift([-2, -1, 0, 1, 2]).numpy())
    [ 0  1  2 -2 -1]
    """
    return _shifted(fourier_axes.ifftshift, x, axes)
