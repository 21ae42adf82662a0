"""Signals in overlapping parts: ``tf.signal.frame``, ``stft`` and their inverses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.functions.fourier import irfft, rfft
from autograd_c.functions.indexed_slices import gather
from autograd_c.functions.windows import hann_window
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from typing import TypeAlias

    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, TensorLike

    _Window: TypeAlias = Callable[..., Tensor] | None


def _integer(name: str, what: str, given: Any, least: int) -> int:
    value = _core.argument_array(_core.convert_to_tensor(given))
    if value.ndim:
        raise ValueError(f"[{name}] {what}: Shape {value.shape} must have rank 0")
    if value.dtype.kind not in "iu":
        raise TypeError(f"[{name}] {what} is an integer, got {given!r}")
    if value < least:
        raise InvalidArgumentError(f"[{name}] {what} must be at least {least}, got {value}")
    return int(value)


def frame(
    signal: TensorLike,
    frame_length: TensorLike,
    frame_step: TensorLike,
    pad_end: bool = False,
    pad_value: TensorLike = 0,
    axis: int = -1,
    name: str | None = None,
) -> Tensor:
    """Parts of a signal, which may overlap: an axis becomes two, of frames and their elements.

    Args:
        signal: a tensor of any dtype and of rank 1 or more.
        frame_length: how many elements a frame has.
        frame_step: how many elements the next frame begins behind the last one.
        pad_end: whether frames that begin in the signal and end behind it count; what they lack is
            `pad_value`.
        pad_value: a scalar.
        axis: along which.
        name: ignored.

    Raises:
        ValueError: for a signal of rank 0, and arguments that are no scalars
            (`tf.errors.InvalidArgumentError` for a length below 0, a step below 1, and an axis that
            is not there).
        TypeError: for lengths and steps that are no integers.

    >>> import autograd_c as tf
    >>> print(tf.signal.frame([1, 2, 3, 4, 5], 3, 2, pad_end=True).numpy())
    [[1 2 3]
     [3 4 5]
     [5 0 0]]
    """
    x = _core.convert_to_tensor(signal)
    if x.ndim == 0:
        raise ValueError("[frame] Shape () must have rank at least 1")
    length = _integer("frame", "frame_length", frame_length, 0)
    step = _integer("frame", "frame_step", frame_step, 1)
    place = axis + x.ndim if axis < 0 else axis
    if not 0 <= place < x.ndim:
        raise InvalidArgumentError(f"[frame] axis {axis} of a tensor of rank {x.ndim}")
    extent = x.shape[place]
    if pad_end:
        number = -(-extent // step)
        value = _core.convert_to_tensor(pad_value, x.dtype)
        if value.ndim:
            raise ValueError(f"[frame] pad_value: Shape {value.shape} must have rank 0")
        missing = max(0, length + step * (number - 1) - extent)
        if missing:
            shape = list(x.shape)
            shape[place] = missing
            x = _core.concat([x, _core.broadcast_to(value, shape)], place)
    else:
        number = max(0, 1 + (extent - length) // step)
    if number == 0 or length == 0:
        shape = [*x.shape[:place], number, length, *x.shape[place + 1 :]]
        return _core.reshape(_core.slice_axis(x, place, 0, 0), shape)
    if step == length:
        # Frames that neither overlap nor leave gaps.
        shape = [*x.shape[:place], number, length, *x.shape[place + 1 :]]
        return _core.reshape(_core.slice_axis(x, place, 0, number * length), shape)
    indices = np.arange(number)[:, None] * step + np.arange(length)
    return gather(x, indices, axis=place)


def overlap_and_add(signal: TensorLike, frame_step: TensorLike, name: str | None = None) -> Tensor:
    """A signal from frames of it: those that overlap are added.

    Args:
        signal: a tensor of numbers of shape [..., frames, frame_length].
        frame_step: how many elements the next frame begins behind the last one.
        name: ignored.

    Returns:
        A tensor of shape [..., (frames - 1) frame_step + frame_length].

    Raises:
        ValueError: for a rank below 2, and a step that is no scalar
            (`tf.errors.InvalidArgumentError` for a step below 1).
        TypeError: for a step that is no integer.

    >>> import autograd_c as tf
    >>> print(tf.signal.overlap_and_add([[1, 2, 3], [10, 20, 30]], 2).numpy())
    [ 1  2 13 20 30]
    """
    x = _core.convert_to_tensor(signal)
    if x.ndim < 2:
        raise ValueError(f"[overlap_and_add] Shape {x.shape} must have rank at least 2")
    step = _integer("overlap_and_add", "frame_step", frame_step, 1)
    *outer, frames, length = x.shape
    total = max(0, (frames - 1) * step + length)
    if frames == 0 or length == 0:
        return _core.full([*outer, total], 0, x.dtype)
    parts = -(-length // step)
    if parts * step > length:
        x = _core.concat([x, _core.full([*outer, frames, parts * step - length], 0, x.dtype)], -1)
    # Part p of frame f goes to f + p. With the parts as rows, each of them as long as the frames
    # and as many zeros as there are parts, rows that are cut one shorter move by one each.
    x = _core.reshape(x, [*outer, frames, parts, step])
    rank = len(outer)
    x = _core.transpose(x, [*range(rank), rank + 1, rank, rank + 2])
    x = _core.concat([x, _core.full([*outer, parts, parts, step], 0, x.dtype)], rank + 1)
    x = _core.reshape(x, [*outer, parts * (frames + parts), step])
    x = _core.slice_axis(x, rank, 0, parts * (frames + parts - 1))
    x = _core.reshape(x, [*outer, parts, frames + parts - 1, step])
    x = _core.reduce("reduce_sum", x, rank, False)
    return _core.slice_axis(_core.reshape(x, [*outer, (frames + parts - 1) * step]), rank, 0, total)


def _enclosing_power(n: int) -> int:
    return 1 << max(0, n - 1).bit_length()


def stft(
    signals: TensorLike,
    frame_length: TensorLike,
    frame_step: TensorLike,
    fft_length: TensorLike | None = None,
    window_fn: _Window = hann_window,
    pad_end: bool = False,
    name: str | None = None,
) -> Tensor:
    """The short-time Fourier transform: that of each frame of a signal, in a window.

    Args:
        signals: a tensor of float32 or float64 of shape [..., samples].
        frame_length, frame_step, pad_end: as of `frame`.
        fft_length: how many numbers are transformed: the frames are cut off there, or filled with
            zeros. None: the least power of two that holds a frame.
        window_fn: `window_fn(frame_length, dtype=dtype)` returns what frames are multiplied by;
            None: 1.
        name: ignored.

    Returns:
        A tensor of complex64 or complex128 of shape [..., frames, fft_length // 2 + 1].

    Raises:
        TypeError: for other dtypes, and arguments that are no integers.
        ValueError: for signals of rank 0 (`tf.errors.InvalidArgumentError` for lengths and steps
            below 1).

    >>> import autograd_c as tf
    >>> tf.signal.stft(tf.ones([100]), frame_length=16, frame_step=8).shape
    TensorShape([11, 9])
    """
    length = _integer("stft", "frame_length", frame_length, 1)
    number = (
        _enclosing_power(length)
        if fft_length is None
        else _integer("stft", "fft_length", fft_length, 1)
    )
    frames = frame(signals, length, frame_step, pad_end)
    if frames.dtype.name not in ("float32", "float64"):
        raise TypeError(f"[stft] takes float32 and float64, got {frames.dtype.name}")
    if window_fn is not None:
        frames = frames * window_fn(length, dtype=frames.dtype)
    return rfft(frames, [number])


def inverse_stft_window_fn(
    frame_step: TensorLike,
    forward_window_fn: Callable[..., Tensor] = hann_window,
    name: str | None = None,
) -> Callable[..., Tensor]:
    """The window with which `inverse_stft` gives back what `stft` had with another one.

    Args:
        frame_step: that of `stft`.
        forward_window_fn: its window.
        name: ignored.

    Returns:
        A function of the frame's length and a dtype, for `inverse_stft`.

    >>> import autograd_c as tf
    >>> x = tf.sin(tf.range(64.0))
    >>> y = tf.signal.stft(x, 16, 4)
    >>> window = tf.signal.inverse_stft_window_fn(4)
    >>> z = tf.signal.inverse_stft(y, 16, 4, window_fn=window)
    >>> bool(tf.reduce_all(tf.abs(z - x)[12:-12] < 1e-5))
    True
    """
    step = _integer("inverse_stft_window_fn", "frame_step", frame_step, 1)

    def inverse_stft_window(frame_length: TensorLike, dtype: DTypeLike | None = None) -> Tensor:
        length = _integer("inverse_stft_window_fn", "frame_length", frame_length, 0)
        kind = _core.get_default_float() if dtype is None else dtype
        window = forward_window_fn(length, dtype=kind)
        overlaps = -(-length // step)
        squares = window * window
        filled = [squares, _core.full([overlaps * step - length], 0, squares.dtype)]
        rows = _core.reshape(_core.concat(filled, 0), [overlaps, step])
        sums = _core.broadcast_to(_core.reduce("reduce_sum", rows, 0, True), [overlaps, step])
        return window / _core.slice_axis(_core.reshape(sums, [overlaps * step]), 0, 0, length)

    return inverse_stft_window


def inverse_stft(
    stfts: TensorLike,
    frame_length: TensorLike,
    frame_step: TensorLike,
    fft_length: TensorLike | None = None,
    window_fn: _Window = hann_window,
    name: str | None = None,
) -> Tensor:
    """A signal from its short-time Fourier transform.

    It is the signal but for its ends, if the window is `inverse_stft_window_fn`'s.

    Args:
        stfts: a tensor of complex64 or complex128 of shape [..., frames, fft_length // 2 + 1].
        frame_length, frame_step, fft_length, window_fn: as of `stft`.
        name: ignored.

    Returns:
        A tensor of float32 or float64 of shape [..., samples].

    Raises:
        TypeError: for other dtypes, and arguments that are no integers.
        ValueError: for a rank below 2 (`tf.errors.InvalidArgumentError` for lengths and steps
            below 1).

    >>> import autograd_c as tf
    >>> x = tf.ones([3, 9], tf.complex64)
    >>> tf.signal.inverse_stft(x, frame_length=16, frame_step=8).shape
    TensorShape([32])
    """
    z = _core.convert_to_tensor(stfts)
    if z.ndim < 2:
        raise ValueError(f"[inverse_stft] Shape {z.shape} must have rank at least 2")
    length = _integer("inverse_stft", "frame_length", frame_length, 1)
    number = (
        _enclosing_power(length)
        if fft_length is None
        else _integer("inverse_stft", "fft_length", fft_length, 1)
    )
    frames = irfft(z, [number])
    if number > length:
        frames = frames[..., :length]
    elif number < length:
        zeros = _core.full([*frames.shape[:-1], length - number], 0, frames.dtype)
        frames = _core.concat([frames, zeros], -1)
    if window_fn is not None:
        frames = frames * window_fn(length, dtype=frames.dtype)
    return overlap_and_add(frames, frame_step)
