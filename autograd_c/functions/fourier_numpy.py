"""NumPy's Fourier transforms of tensors, recorded: what ``np.fft.fft(tensor)`` calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from autograd_c.core import _core
from autograd_c.functions import fourier_axes
from autograd_c.values.dtypes import NARROW

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor

_PRECISE = {
    "float32": "complex64",
    "float16": "complex64",
    "bfloat16": "complex64",
    "complex64": "complex64",
}


def _complex(a: Any) -> Tensor:
    x = _core.convert_to_tensor(a)
    return x if x.dtype.is_complex else _core.cast(x, _PRECISE.get(x.dtype.name, "complex128"))


def _real(a: Any) -> Tensor:
    x = _core.convert_to_tensor(a)
    if x.dtype.is_complex:
        raise TypeError("a transform of real numbers takes no complex ones")
    if x.dtype.name in ("float32", "float64"):
        return x
    return _core.cast(x, "float32" if x.dtype.name in NARROW else "float64")


def _refuse_out(out: Any) -> None:
    if out is not None:
        raise TypeError("`out` cannot be given with tensors")


def _one(kind: str) -> Callable[..., Tensor]:
    def transform(
        a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None
    ) -> Tensor:
        _refuse_out(out)
        return _transform(kind, a, None if n is None else [int(n)], [int(axis)], norm)

    return transform


def _several(kind: str, default: Sequence[int] | None) -> Callable[..., Tensor]:
    def transform(
        a: Any,
        s: Sequence[int] | None = None,
        axes: Sequence[int] | None = default,
        norm: str | None = None,
        out: Any = None,
    ) -> Tensor:
        _refuse_out(out)
        lengths = None if s is None else [int(n) for n in s]
        places = None if axes is None else [int(axis) for axis in axes]
        return _transform(kind, a, lengths, places, norm)

    return transform


def _transform(
    kind: str, a: Any, lengths: list[int] | None, axes: list[int] | None, norm: str | None
) -> Tensor:
    if kind == "rfft":
        return fourier_axes.real_transform(kind, _real(a), lengths, axes, norm)
    x = _complex(a)
    if kind == "irfft":
        return fourier_axes.inverse_real_transform(kind, x, lengths, axes, norm)
    return fourier_axes.complex_transform(kind, x, lengths, axes, norm, kind == "ifft")


# By the names of NumPy's functions.
FUNCTIONS: dict[str, Callable[..., Tensor]] = {
    "fftshift": fourier_axes.fftshift,
    "ifftshift": fourier_axes.ifftshift,
}
for _kind in ("fft", "ifft", "rfft", "irfft"):
    FUNCTIONS[_kind] = _one(_kind)
    FUNCTIONS[f"{_kind}2"] = _several(_kind, (-2, -1))
    FUNCTIONS[f"{_kind}n"] = _several(_kind, None)
