"""Fourier transforms along several axes: ``tf.signal.rfft2d``, ``fftnd`` and the like."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.functions import fourier
from autograd_c.functions.host import host
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from autograd_c.core._core import RowCall, Tensor
    from autograd_c.typing import TensorLike

    _Operation: TypeAlias = Callable[..., Tensor]
    _Lengths: TypeAlias = int | Sequence[int] | TensorLike | None

# ---------------------------------------------------------------- rows

# Axes are bits of a number, counted from the last one: further ones in front change nothing.


def _bits(axes: Sequence[int], rank: int) -> int:
    return sum(1 << (rank - 1 - axis) for axis in axes)


def _axes(bits: int) -> tuple[int, ...]:
    return tuple(-1 - k for k in range(bits.bit_length()) if bits >> k & 1)


def _number(shape: Any, bits: int) -> float:
    return float(math.prod(shape[axis] for axis in _axes(bits)))


def _forward_vjp(call: RowCall, g: Tensor) -> Tensor:
    axes = call.attributes["axes"]
    return _backward(g, axes=axes) * _number(g.shape, axes)


def _backward_vjp(call: RowCall, g: Tensor) -> Tensor:
    axes = call.attributes["axes"]
    return _forward(g, axes=axes) / _number(g.shape, axes)


_forward: _Operation = host(
    "fftnd",
    lambda x, axes: np.fft.fftn(x, axes=_axes(axes)) if x.size else x,
    vjp=_forward_vjp,
    jvp="same",
    attributes=("axes",),
    dtypes=("complex64", "complex128"),
    batch="leading",
)
_backward: _Operation = host(
    "ifftnd",
    lambda x, axes: np.fft.ifftn(x, axes=_axes(axes)) if x.size else x,
    vjp=_backward_vjp,
    jvp="same",
    attributes=("axes",),
    dtypes=("complex64", "complex128"),
    batch="leading",
)


# ---------------------------------------------------------------- arguments


def _integers(name: str, what: str, given: Any) -> list[int] | None:
    if given is None:
        return None
    array = _core.argument_array(_core.convert_to_tensor(given)).reshape(-1)
    if array.size and array.dtype.kind not in "iu":
        raise InvalidArgumentError(f"[{name}] {what} are integers, got {given!r}")
    return [int(n) for n in array]


def _fitted(x: Tensor, axis: int, length: int) -> Tensor:
    """An axis cut off, or filled with zeros."""
    extent = x.shape[axis]
    if extent == length:
        return x
    if extent > length:
        return _core.slice_axis(x, axis, 0, length)
    shape = list(x.shape)
    shape[axis] = length - extent
    return _core.concat([x, _core.full(shape, 0, x.dtype)], axis)


def _plan(
    name: str, x: Tensor, lengths: list[int] | None, axes: list[int] | None
) -> tuple[list[int], list[int] | None]:
    """The axes from the first on, and how many elements of each are transformed."""
    rank = len(x.shape)
    if axes is None:
        axes = list(range(rank if lengths is None else len(lengths)))
        axes = [axis + rank - len(axes) for axis in axes]
    places = [axis + rank if axis < 0 else axis for axis in axes]
    if any(not 0 <= place < rank for place in places) or len(set(places)) < len(places):
        raise InvalidArgumentError(f"[{name}] axes {axes} of a tensor of rank {rank}")
    if not places:
        raise InvalidArgumentError(f"[{name}] needs an axis to transform along")
    if lengths is not None:
        if len(lengths) != len(places):
            raise InvalidArgumentError(
                f"[{name}] fft_length must have shape [{len(places)}], got {lengths}"
            )
        if any(n < 1 for n in lengths):
            raise InvalidArgumentError(f"[{name}] a transform of {min(lengths)} numbers")
    return places, lengths


def _scaled(name: str, x: Tensor, n: float, norm: str | None, inverse: bool) -> Tensor:
    """What a normalisation is beside that of the rows, which is 1, and 1 / n for inverses."""
    if norm is None or norm == "backward":
        return x
    if norm == "ortho":
        return x * math.sqrt(n) if inverse else x / math.sqrt(n)
    if norm == "forward":
        return x * n if inverse else x / n
    raise ValueError(f"[{name}] norm is None, 'backward', 'ortho' or 'forward', not {norm!r}")


def _along(places: Sequence[int], rank: int, last: int) -> tuple[list[int], list[int]]:
    """The order of axes with one as the last, and the order that takes it back."""
    order = [k for k in range(rank) if k != last] + [last]
    return order, [order.index(k) for k in range(rank)]


# ---------------------------------------------------------------- complex


def complex_transform(
    name: str,
    x: Tensor,
    lengths: list[int] | None,
    axes: list[int] | None,
    norm: str | None,
    inverse: bool,
) -> Tensor:
    places, lengths = _plan(name, x, lengths, axes)
    if lengths is not None:
        for place, length in zip(places, lengths, strict=True):
            x = _fitted(x, place, length)
    bits = _bits(places, len(x.shape))
    y = (_backward if inverse else _forward)(x, axes=bits)
    return _scaled(name, y, _number(x.shape, bits), norm, inverse)


def _complex_operand(name: str, given: Any) -> Tensor:
    x = _core.convert_to_tensor(given)
    if isinstance(given, (int, float, list, tuple)) and not x.dtype.is_complex:
        x = _core.cast(x, "complex64")
    return x


def fft3d(input: TensorLike, name: str | None = None) -> Tensor:
    """Discrete Fourier transforms along the last three axes.

    Args:
        input: a tensor of complex64 or complex128 of shape [..., l, m, n].
        name: ignored.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for a rank below 3.

    >>> import autograd_c as tf
    >>> print(tf.signal.fft3d([[[1j, 2j]]]).numpy())
    [[[0.+3.j 0.-1.j]]]
    """
    x = fourier.of_rank("fft3d", _complex_operand("fft3d", input), 3)
    return _forward(x, axes=7)


def ifft3d(input: TensorLike, name: str | None = None) -> Tensor:
    """Inverse discrete Fourier transforms along the last three axes: `fft3d` takes them back.

    Args:
        input: a tensor of complex64 or complex128 of shape [..., l, m, n].
        name: ignored.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for a rank below 3.

    >>> import autograd_c as tf
    >>> print(tf.signal.ifft3d([[[3j, -1j]]]).numpy())
    [[[0.+1.j 0.+2.j]]]
    """
    x = fourier.of_rank("ifft3d", _complex_operand("ifft3d", input), 3)
    return _backward(x, axes=7)


def fftnd(
    input_tensor: TensorLike,
    fft_length: _Lengths = None,
    axes: _Lengths = None,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """Discrete Fourier transforms along several axes.

    Args:
        input_tensor: a tensor of complex64 or complex128.
        fft_length: for each axis, how many of its elements are transformed: it is cut off there, or
            filled with zeros. None: all.
        axes: which; None: the last ones, as many as `fft_length` has, or all.
        norm: None or "backward", "ortho" (divided by the root of the number of elements), or
            "forward" (divided by that number), as in NumPy.
        name: ignored.

    Raises:
        TypeError: for other dtypes.
        ValueError: for another norm (`tf.errors.InvalidArgumentError` for axes that are not there,
            and another number of lengths than of axes).

    >>> import autograd_c as tf
    >>> tf.signal.fftnd(tf.ones([2, 3, 4], tf.complex64), axes=[0, 2]).shape
    TensorShape([2, 3, 4])
    """
    x = _complex_operand("fftnd", input_tensor)
    lengths = _integers("fftnd", "lengths", fft_length)
    return complex_transform("fftnd", x, lengths, _integers("fftnd", "axes", axes), norm, False)


def ifftnd(
    input_tensor: TensorLike,
    fft_length: _Lengths = None,
    axes: _Lengths = None,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """Inverse discrete Fourier transforms along several axes: `fftnd` takes them back.

    Arguments and errors are those of `tf.signal.fftnd`. With norm None, the result is divided by
    the number of elements; with "forward" it is not.

    >>> import autograd_c as tf
    >>> print(tf.signal.ifftnd([[4j, -2j], [2j, 0j]]).numpy())
    [[0.+1.j 0.+2.j]
     [0.+0.j 0.+1.j]]
    """
    x = _complex_operand("ifftnd", input_tensor)
    lengths = _integers("ifftnd", "lengths", fft_length)
    return complex_transform("ifftnd", x, lengths, _integers("ifftnd", "axes", axes), norm, True)


# ---------------------------------------------------------------- real


def real_transform(
    name: str,
    x: Tensor,
    lengths: list[int] | None,
    axes: list[int] | None,
    norm: str | None,
) -> Tensor:
    """Frequencies of real numbers: half of them along the last of the axes."""
    places, lengths = _plan(name, x, lengths, axes)
    rank = len(x.shape)
    sizes = [x.shape[place] for place in places] if lengths is None else lengths
    if min(sizes) < 1:
        raise InvalidArgumentError(f"[{name}] a transform of no numbers")
    for place, length in zip(places, sizes, strict=True):
        x = _fitted(x, place, length)
    *others, last = places
    order, back = _along(places, rank, last)
    y = fourier.real_row(x if last == rank - 1 else _core.transpose(x, order))
    if last != rank - 1:
        y = _core.transpose(y, back)
    if others:
        y = _forward(y, axes=_bits(others, rank))
    return _scaled(name, y, float(math.prod(sizes)), norm, False)


def inverse_real_transform(
    name: str,
    x: Tensor,
    lengths: list[int] | None,
    axes: list[int] | None,
    norm: str | None,
) -> Tensor:
    """Real numbers from their frequencies: `real_transform` takes it back."""
    places, lengths = _plan(name, x, lengths, axes)
    rank = len(x.shape)
    if lengths is None:
        sizes = [x.shape[place] for place in places]
        sizes[-1] = 2 * (sizes[-1] - 1)
    else:
        sizes = lengths
    if min(sizes) < 1:
        raise InvalidArgumentError(f"[{name}] a transform of {min(sizes)} numbers")
    *others, last = places
    for place, length in zip(places, [*sizes[:-1], sizes[-1] // 2 + 1], strict=True):
        x = _fitted(x, place, length)
    if others:
        x = _backward(x, axes=_bits(others, rank))
    order, back = _along(places, rank, last)
    y = fourier.inverse_real_row(x if last == rank - 1 else _core.transpose(x, order), n=sizes[-1])
    if last != rank - 1:
        y = _core.transpose(y, back)
    return _scaled(name, y, float(math.prod(sizes)), norm, True)


def _real_operand(given: Any) -> Tensor:
    x = _core.convert_to_tensor(given)
    if isinstance(given, (int, list, tuple)) and x.dtype.is_integer:
        x = _core.cast(x, "float32")
    return x


def _last(rank: int) -> list[int]:
    return list(range(-rank, 0))


def _real_of_rank(name: str, given: Any, lengths: Any, rank: int) -> Tensor:
    x = fourier.of_rank(name, _real_operand(given), rank)
    return real_transform(name, x, _integers(name, "lengths", lengths), _last(rank), None)


def _inverse_of_rank(name: str, given: Any, lengths: Any, rank: int) -> Tensor:
    x = fourier.of_rank(name, _complex_operand(name, given), rank)
    return inverse_real_transform(name, x, _integers(name, "lengths", lengths), _last(rank), None)


def rfft2d(
    input_tensor: TensorLike, fft_length: _Lengths = None, name: str | None = None
) -> Tensor:
    """Discrete Fourier transforms of real numbers along the last two axes.

    Args:
        input_tensor: a tensor of float32 or float64 of shape [..., m, n].
        fft_length: two integers, m and n: the axes are cut off there, or filled with zeros.
        name: ignored.

    Returns:
        A tensor of complex64 or complex128 of shape [..., m, n // 2 + 1].

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for a rank below 2, another number of
            lengths, and lengths below 1.

    >>> import autograd_c as tf
    >>> print(tf.signal.rfft2d([[1.0, 2.0], [0.0, 1.0]]).numpy())
    [[ 4.+0.j -2.+0.j]
     [ 2.+0.j  0.+0.j]]
    """
    return _real_of_rank("rfft2d", input_tensor, fft_length, 2)


def rfft3d(
    input_tensor: TensorLike, fft_length: _Lengths = None, name: str | None = None
) -> Tensor:
    """Discrete Fourier transforms of real numbers along the last three axes; see `rfft2d`.

    >>> import autograd_c as tf
    >>> tf.signal.rfft3d(tf.ones([2, 3, 4])).shape
    TensorShape([2, 3, 3])
    """
    return _real_of_rank("rfft3d", input_tensor, fft_length, 3)


def irfft2d(
    input_tensor: TensorLike, fft_length: _Lengths = None, name: str | None = None
) -> Tensor:
    """Real numbers from their frequencies along the last two axes: the inverse of `rfft2d`.

    Args:
        input_tensor: a tensor of complex64 or complex128 of shape [..., m, k].
        fft_length: two integers, m and n; None: m and 2 (k - 1). The frequencies are cut off, or
            filled with zeros, to m and n // 2 + 1.
        name: ignored.

    Returns:
        A tensor of float32 or float64 of shape [..., m, n].

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for a rank below 2, another number of
            lengths, and lengths below 1.

    >>> import autograd_c as tf
    >>> print(tf.signal.irfft2d([[4 + 0j, -2 + 0j], [2 + 0j, 0j]]).numpy())
    [[1. 2.]
     [0. 1.]]
    """
    return _inverse_of_rank("irfft2d", input_tensor, fft_length, 2)


def irfft3d(
    input_tensor: TensorLike, fft_length: _Lengths = None, name: str | None = None
) -> Tensor:
    """Real numbers from their frequencies along the last three axes; see `irfft2d`.

    >>> import autograd_c as tf
    >>> tf.signal.irfft3d(tf.ones([2, 3, 3], tf.complex64)).shape
    TensorShape([2, 3, 4])
    """
    return _inverse_of_rank("irfft3d", input_tensor, fft_length, 3)


def rfftnd(
    input_tensor: TensorLike,
    fft_length: _Lengths = None,
    axes: _Lengths = None,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """Discrete Fourier transforms of real numbers along several axes.

    Arguments and errors are those of `tf.signal.fftnd`, but for the dtypes, float32 and float64.
    Along the last of the axes there are n // 2 + 1 frequencies.

    >>> import autograd_c as tf
    >>> tf.signal.rfftnd(tf.ones([2, 3, 4]), axes=[0, 1]).shape
    TensorShape([2, 2, 4])
    """
    lengths, places = _integers("rfftnd", "lengths", fft_length), _integers("rfftnd", "axes", axes)
    return real_transform("rfftnd", _real_operand(input_tensor), lengths, places, norm)


def irfftnd(
    input_tensor: TensorLike,
    fft_length: _Lengths = None,
    axes: _Lengths = None,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """Real numbers from their frequencies along several axes: the inverse of `rfftnd`.

    Arguments and errors are those of `tf.signal.fftnd`. The length along the last of the axes is 2
    (k - 1) for k frequencies, unless `fft_length` is given.

    >>> import autograd_c as tf
    >>> tf.signal.irfftnd(tf.ones([2, 2, 4], tf.complex64), [2, 3], axes=[0, 1]).shape
    TensorShape([2, 3, 4])
    """
    name_, x = "irfftnd", _complex_operand("irfftnd", input_tensor)
    lengths, places = _integers(name_, "lengths", fft_length), _integers(name_, "axes", axes)
    return inverse_real_transform(name_, x, lengths, places, norm)


# ---------------------------------------------------------------- shifts


def _shifted(name: str, given: Any, axes: Any, backwards: bool) -> Tensor:
    x = _core.convert_to_tensor(given)
    places = _integers(name, "axes", axes)
    places = list(range(x.ndim)) if places is None else places
    if any(not -x.ndim <= place < x.ndim for place in places):
        raise InvalidArgumentError(f"[{name}] axes {places} of a tensor of rank {x.ndim}")
    if not places:
        return _core.identity(x)
    halves = [x.shape[place] // 2 for place in places]
    return _core.roll(x, [-n for n in halves] if backwards else halves, places)


def fftshift(x: TensorLike, axes: _Lengths = None, name: str | None = None) -> Tensor:
    """The frequency 0 of transforms in the middle of the axes.

    Args:
        x: a tensor of any dtype.
        axes: an int, or several; None: all.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for axes that are not there.

    >>> import autograd_c as tf
    >>> print(tf.signal.fftshift([0, 1, 2, -2, -1]).numpy())
    [-2 -1  0  1  2]
    """
    return _shifted("fftshift", x, axes, False)


def ifftshift(x: TensorLike, axes: _Lengths = None, name: str | None = None) -> Tensor:
    """The frequency 0 of transforms at the beginning of the axes again: `fftshift` taken back.

    Args:
        x: a tensor of any dtype.
        axes: an int, or several; None: all.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for axes that are not there.

    >>> import autograd_c as tf
    >>> print(tf.signal.ifftshift([-2, -1, 0, 1, 2]).numpy())
    [ 0  1  2 -2 -1]
    """
    return _shifted("ifftshift", x, axes, True)
