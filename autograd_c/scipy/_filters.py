"""Filters and trends along an axis, as ``scipy.signal`` has them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_c import arrays as ours
from autograd_c.arrays._arguments import axis_within, inexact, promoted, tensor
from autograd_c.core import _core
from autograd_c.core._core import RowCall, Tensor
from autograd_c.functions.host import host
from autograd_c.scipy._convolving import convolve
from autograd_c.scipy._rows import library


def _padded(x: Tensor, above: Any, below: Any, boundary: str, fillvalue: Any) -> Tensor:
    widths = list(zip(above, below, strict=True))
    if boundary == "fill":
        return ours.pad(x, widths, constant_values=fillvalue)
    return ours.pad(x, widths, mode="wrap" if boundary == "wrap" else "symmetric")


def convolve2d(
    in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0
) -> Tensor:
    """The convolution of two matrices, as ``scipy.signal.convolve2d``.

    Args:
        in1, in2: tensors, or what `asarray` takes, of two axes.
        mode: "full"; "same", of the shape of `in1`; or "valid", where they overlap.
        boundary: what is around `in1`: "fill", of `fillvalue`; "wrap", itself; "symm", its image.
        fillvalue: a number.

    Raises:
        ValueError: for other shapes, modes and boundaries.

    >>> from autograd_c.scipy import signal
    >>> print(signal.convolve2d([[1.0, 2.0]], [[1.0, 1.0]], boundary="wrap").numpy())
    [[3. 3. 3.]]
    """
    x, y = promoted(tensor(in1), tensor(in2))
    if x.ndim != 2 or y.ndim != 2:
        raise ValueError("convolve2d inputs must both be 2-D arrays")
    if boundary not in ("fill", "wrap", "symm"):
        raise ValueError("Acceptable boundary flags are 'fill', 'circular' (or 'wrap'), 'symm'.")
    if mode == "valid" or (boundary == "fill" and isinstance(fillvalue, int) and fillvalue == 0):
        return convolve(x, y, mode)
    if mode not in ("full", "same"):
        raise ValueError("acceptable mode flags are 'valid', 'same', or 'full'")
    if mode == "full":
        above = below = [m - 1 for m in y.shape]
    else:
        below = [(m - 1) // 2 for m in y.shape]
        above = [m - 1 - b for m, b in zip(y.shape, below, strict=True)]
    return convolve(_padded(x, above, below, boundary, fillvalue), y, "valid")


def correlate2d(
    in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0
) -> Tensor:
    """The cross-correlation of two matrices, as ``scipy.signal.correlate2d``.

    Args:
        in1, in2, mode, boundary, fillvalue: as of `convolve2d`, with `in2` reversed and conjugated.

    Raises:
        ValueError: as of `convolve2d`.

    >>> from autograd_c.scipy import signal
    >>> print(signal.correlate2d([[1.0, 2.0]], [[1.0, 3.0]]).numpy())
    [[3. 7. 2.]]
    """
    x, y = promoted(tensor(in1), tensor(in2))
    if x.ndim != 2 or y.ndim != 2:
        raise ValueError("correlate2d inputs must both be 2-D arrays")
    kernel = ours.flip(ours.conj(y))
    if mode == "same":  # the middle of an even kernel is on the other side
        full = convolve2d(x, kernel, "full", boundary, fillvalue)
        rows, columns = (slice(m // 2, m // 2 + n) for m, n in zip(y.shape, x.shape, strict=True))
        return full[rows, columns]
    return convolve2d(x, kernel, mode, boundary, fillvalue)


def detrend(
    data: Any, axis: int = -1, type: str = "linear", bp: Any = 0, overwrite_data: bool = False
) -> Tensor:
    """The data without their mean, or without a line, as ``scipy.signal.detrend``.

    Args:
        data: a tensor, or what `asarray` takes.
        axis: along which.
        type: "linear" or "constant".
        bp: where the pieces begin that have a line of their own.
        overwrite_data: ignored.

    Raises:
        ValueError: for other types, and pieces that begin beyond the end.

    >>> from autograd_c.scipy import signal
    >>> print(signal.detrend([1.0, 2.0, 4.0]).numpy().round(4) + 0.0)
    [ 0.1667 -0.3333  0.1667]
    """
    if type not in ("linear", "l", "constant", "c"):
        raise ValueError("Trend type must be 'linear' or 'constant'.")
    x = inexact(data)
    place = axis_within(axis, x.ndim)
    if type in ("constant", "c"):
        return x - ours.mean(x, axis=place, keepdims=True)
    n = int(x.shape[place])
    starts = np.unique(np.concatenate([[0], np.atleast_1d(bp).ravel(), [n]])).astype(int)
    if (starts > n).any():
        raise ValueError("Breakpoints must be less than length of data along given axis.")
    residual = np.zeros((n, n))  # x minus its projection on lines
    for a, b in zip(starts[:-1], starts[1:], strict=True):
        lines = np.stack([np.arange(1, b - a + 1) / (b - a), np.ones(b - a)], 1)
        residual[a:b, a:b] = np.eye(b - a) - lines @ np.linalg.pinv(lines)
    rows = ours.moveaxis(x, place, -1)
    by = _core.convert_to_tensor(residual.astype(rows.dtype.dtype))
    return ours.moveaxis(ours.matmul(rows, by), -1, place)


def hilbert(x: Any, N: int | None = None, axis: int = -1) -> Tensor:
    """The analytic signal of real ones, as ``scipy.signal.hilbert``.

    Args:
        x: a tensor, or what `asarray` takes, of real numbers.
        N: how many points the transform has; None: those of `x`.
        axis: along which.

    Raises:
        ValueError: for complex numbers, and other than positive `N`.

    >>> from autograd_c.scipy import signal
    >>> print(abs(signal.hilbert([1.0, 0.0, -1.0, 0.0])).numpy())
    [1. 1. 1. 1.]
    """
    z = inexact(x)
    if z.dtype.is_complex:
        raise ValueError("x must be real.")
    place = axis_within(axis, z.ndim)
    n = int(z.shape[place]) if N is None else N
    if n <= 0:
        raise ValueError("N must be positive.")
    spectrum = ours.fft.fft(z, n, place)
    weights = np.zeros(n)
    weights[0] = 1.0
    weights[1 : (n + 1) // 2] = 2.0
    if n % 2 == 0:
        weights[n // 2] = 1.0
    by = weights.reshape([-1 if k == place else 1 for k in range(z.ndim)])
    return ours.fft.ifft(spectrum * by.astype(z.dtype.dtype), n, place)


# ------------------------------------------------------------ recursive filters


def _recursive_value(u: Any, a: Any) -> Any:
    """For signals of shape [..., m, n] and coefficients of shape [..., k]."""
    one = np.ones([*a.shape[:-1], 1], u.dtype)
    below = np.concatenate([one, a], -1)
    lfilter = library("signal").lfilter
    if a.ndim == 1:
        return lfilter(one, below, u, axis=-1)
    lead = np.broadcast_shapes(u.shape[:-2], a.shape[:-1])
    u, below = (
        np.broadcast_to(u, (*lead, *u.shape[-2:])),
        np.broadcast_to(below, (*lead, below.shape[-1])),
    )
    y = np.empty(u.shape, u.dtype)
    for index in np.ndindex(*lead):
        y[index] = lfilter(np.ones(1, u.dtype), below[index], u[index], axis=-1)
    return y


def _recursive_vjp(call: RowCall, g: Tensor) -> tuple[Any, Any]:
    a, y = call.inputs[1], call.outputs[0]
    assert a is not None and y is not None
    w = ours.flip(_recursive(ours.flip(g, -1), ours.conj(a)), -1)
    if not call.wanted[1]:
        return w, None
    past, n = ours.conj(y), int(y.shape[-1])
    sums = [
        ours.sum(w[..., k:] * past[..., : max(n - k, 0)], axis=(-2, -1))
        for k in range(1, int(a.shape[-1]) + 1)
    ]
    return w, -_core.stack(sums, -1)


def _recursive_jvp(call: RowCall, du: Tensor | None, da: Tensor | None) -> Tensor:
    a, y = call.inputs[1], call.outputs[0]
    assert a is not None and y is not None
    total: Any = du
    if da is not None:
        n = int(y.shape[-1])
        for k in range(1, int(a.shape[-1]) + 1):
            past = ours.pad(y[..., : max(n - k, 0)], [(0, 0)] * (y.ndim - 1) + [(min(k, n), 0)])
            term = da[..., k - 1, None, None] * past
            total = -term if total is None else total - term
    found: Tensor = _recursive(total, a)
    return found


# y[n] = u[n] - a[0] y[n - 1] - a[1] y[n - 2] - …
_recursive: Any = host(
    "scipy_lfilter",
    _recursive_value,
    vjp=_recursive_vjp,
    jvp=_recursive_jvp,
    inputs=2,
    keeps=(1, 2),
    dtypes=("float32", "float64", "complex64", "complex128"),
    batch="leading",
)


def lfilter(b: Any, a: Any, x: Any, axis: int = -1, zi: Any = None) -> Tensor:
    """The output of a rational filter, as ``scipy.signal.lfilter``.

    Args:
        b, a: the coefficients of the numerator and of the denominator: vectors or numbers.
        x: what is filtered: a tensor, or what `asarray` takes.
        axis: along which.
        zi: must be None: a filter at rest.

    It has derivatives of all orders by all three.

    Raises:
        ImportError: without SciPy, if the filter is recursive.
        TypeError: for `zi`.
        ValueError: for coefficients that are no vectors, and denominators that begin with 0.

    >>> from autograd_c.scipy import signal
    >>> print(signal.lfilter([1.0], [1.0, -0.5], [1.0, 0.0, 0.0]).numpy())
    [1.   0.5  0.25]
    """
    if zi is not None:
        raise TypeError("lfilter of tensors takes no `zi`")
    top, below, z = promoted(*(inexact(each) for each in (b, a, x)))
    top, below = ours.atleast_1d(top), ours.atleast_1d(below)
    if top.ndim != 1 or below.ndim != 1 or 0 in (top.size, below.size):
        raise ValueError("object of too small depth for desired array")
    if _core.array_of(below)[0] == 0:
        raise ValueError("the denominator of lfilter begins with 0")
    place = axis_within(axis, z.ndim)
    z = ours.moveaxis(z, place, -1)
    n = z.shape[-1]
    top, below = top / below[0], below[1:] / below[0]
    if z.size:
        z = convolve(z, _core.reshape(top, [1] * (z.ndim - 1) + [-1]))[..., :n]
        if below.size:
            z = _core.reshape(_recursive(_core.reshape(z, [-1, n]), below), z.shape)
    return ours.moveaxis(z, -1, place)
