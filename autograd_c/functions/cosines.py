"""Discrete cosine transforms: ``tf.signal.dct``, ``mdct`` and what is made of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.functions.arrays import complex as _complex
from autograd_c.functions.arrays import reverse
from autograd_c.functions.fourier import irfft, rfft
from autograd_c.functions.frames import frame, overlap_and_add
from autograd_c.functions.windows import vorbis_window
from autograd_c.values.dtypes import as_dtype
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, TensorLike


def _parts(x: Tensor, *ends: int) -> list[Tensor]:
    """The last axis in pieces that end there."""
    begins = (0, *ends[:-1])
    return [x[..., begin:end] for begin, end in zip(begins, ends, strict=True)]


def _turns(count: int, quarters: int, like: Tensor) -> Tensor:
    """exp(-i pi k / quarters) for k below a count."""
    kind = np.complex64 if like.dtype.name == "float32" else np.complex128
    return _core.constant(np.exp(-1j * np.pi / quarters * np.arange(count)).astype(kind))


def _checked(name: str, given: Any, type: int, n: int | None, axis: int, norm: Any) -> Tensor:
    if axis != -1:
        raise NotImplementedError(f"[{name}] axis must be -1. Got: {axis}")
    if n is not None and n < 1:
        raise ValueError(f"[{name}] n should be a positive integer or None")
    if type not in (1, 2, 3, 4):
        raise ValueError(f"[{name}] Types I, II, III and IV (I)DCT are supported, not {type}.")
    if norm not in (None, "ortho"):
        raise ValueError(f"[{name}] Unknown normalization. Expected None or 'ortho', got: {norm}")
    if type == 1 and norm == "ortho":
        raise ValueError(f"[{name}] Normalization is not supported for the Type-I DCT.")
    x = _core.convert_to_tensor(given)
    if x.dtype.name not in ("float32", "float64"):
        raise TypeError(f"[{name}] takes float32 and float64, got {x.dtype.name}")
    if x.ndim == 0:
        raise InvalidArgumentError(f"[{name}] needs a tensor of rank 1 or more")
    extent = x.shape[-1]
    if n is not None and n < extent:
        x = x[..., :n]
    elif n is not None and n > extent:
        x = _core.concat([x, _core.full([*x.shape[:-1], n - extent], 0, x.dtype)], -1)
    if type == 1 and x.shape[-1] < 2:
        raise ValueError(f"[{name}] Type-I DCT requires the dimension to be greater than one.")
    if x.shape[-1] == 0:
        raise InvalidArgumentError(f"[{name}] a transform of no numbers")
    return x


def _first_kind(x: Tensor) -> Tensor:
    mirrored = _core.concat([x, reverse(x[..., 1:-1], [-1])], -1)
    return _math.real(rfft(mirrored))


def _second_kind(x: Tensor, ortho: bool) -> Tensor:
    n = x.shape[-1]
    turned = rfft(x, [2 * n])[..., :n] * (_turns(n, 2 * n, x) * 2.0)
    y = _math.real(turned)
    return y * _ortho_weights(y, 0.5) if ortho else y


def _third_kind(x: Tensor, ortho: bool) -> Tensor:
    n = x.shape[-1]
    if ortho:
        x = x * _ortho_weights(x, 1.0)
    turns = _math.conj(_turns(n, 2 * n, x)) * float(2 * n)
    return irfft(_complex(x, _core.full(x.shape, 0, x.dtype)) * turns, [2 * n])[..., :n]


def _ortho_weights(x: Tensor, scale: float) -> Tensor:
    """What makes the matrices of the second and third kind orthogonal."""
    n = x.shape[-1]
    weights = np.full(n, scale * math.sqrt((2 if scale < 1 else 0.5) / n))
    weights[0] = math.sqrt((0.25 if scale < 1 else 1.0) / n)
    return _core.constant(weights, x.dtype)


def _fourth_kind(x: Tensor, ortho: bool) -> Tensor:
    n = x.shape[-1]
    twice = _core.concat([x, _core.full(x.shape, 0, x.dtype)], -1)
    y = _second_kind(twice, False)[..., 1::2]
    return y * math.sqrt(0.5 / n) if ortho else y


def _transform(x: Tensor, type: int, norm: Any) -> Tensor:
    if type == 1:
        return _first_kind(x)
    kind = {2: _second_kind, 3: _third_kind, 4: _fourth_kind}[type]
    return kind(x, norm == "ortho")


def dct(
    input: TensorLike,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """Discrete cosine transforms along the last axis, of the types I to IV, as SciPy's.

    Args:
        input: a tensor of float32 or float64 of shape [..., m].
        type: 1, 2, 3 or 4. Type 2 is 2 sum(x[j] cos(pi k (2 j + 1) / (2 n))).
        n: the length: the last axis is cut off there, or filled with zeros. None: m.
        axis: -1.
        norm: None, or "ortho": the matrix of the transform is orthogonal (not for type 1).
        name: ignored.

    Returns:
        A tensor of the same dtype and of shape [..., n].

    Raises:
        TypeError: for other dtypes.
        NotImplementedError: for another axis.
        ValueError: for other types, norms and n, and type 1 of less than two numbers
            (`tf.errors.InvalidArgumentError` for no numbers).

    >>> import autograd_c as tf
    >>> print(tf.signal.dct([1.0, 1.0]).numpy())
    [4. 0.]
    """
    return _transform(_checked("dct", input, type, n, axis, norm), type, norm)


def idct(
    input: TensorLike,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The inverses of discrete cosine transforms, but for a factor, as TensorFlow's.

    With norm "ortho" they are the inverses; else `idct(dct(x))` is 2 n x, and 2 (n - 1) x for type
    1. Arguments and errors are those of `dct`.

    >>> import autograd_c as tf
    >>> x = tf.signal.dct([1.0, 2.0, 4.0], norm="ortho")
    >>> print(tf.signal.idct(x, norm="ortho").numpy().round(5))
    [1. 2. 4.]
    """
    x = _checked("idct", input, type, n, axis, norm)
    return _transform(x, {1: 1, 2: 3, 3: 2, 4: 4}[type], norm)


# ---------------------------------------------------------------- of overlapping frames


def mdct(
    signals: TensorLike,
    frame_length: int,
    window_fn: Callable[..., Tensor] | None = vorbis_window,
    pad_end: bool = False,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The modified discrete cosine transform: of frames that overlap by half.

    Args:
        signals: a tensor of float32 or float64 of shape [..., samples].
        frame_length: a multiple of 4.
        window_fn: `window_fn(frame_length, dtype=dtype)` returns what frames are multiplied by;
            None: 1.
        pad_end: as of `frame`.
        norm: None or "ortho", as of `dct`.
        name: ignored.

    Returns:
        A tensor of shape [..., frames, frame_length / 2].

    Raises:
        TypeError: for other dtypes.
        ValueError: for a frame length that is no multiple of 4, signals of rank 0, other norms.

    >>> import autograd_c as tf
    >>> tf.signal.mdct(tf.ones([16]), 8).shape
    TensorShape([3, 4])
    """
    length = int(frame_length)
    if length % 4 or length < 4:
        raise ValueError(f"[mdct] The frame length must be a multiple of 4, got {frame_length}.")
    frames = frame(signals, length, length // 2, pad_end)
    if window_fn is not None:
        frames = frames * window_fn(length, dtype=frames.dtype)
    quarter = length // 4
    a, b, c, d = _parts(frames, quarter, 2 * quarter, 3 * quarter, length)
    folded = _core.concat([-reverse(c, [-1]) - d, a - reverse(b, [-1])], -1)
    return dct(folded, type=4, norm=norm)


def inverse_mdct(
    mdcts: TensorLike,
    window_fn: Callable[..., Tensor] | None = vorbis_window,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """A signal from its modified discrete cosine transform: `mdct` taken back, but for the ends.

    Args:
        mdcts: a tensor of float32 or float64 of shape [..., frames, frame_length / 2].
        window_fn, norm: those of `mdct`.
        name: ignored.

    Returns:
        A tensor of shape [..., (frames + 1) frame_length / 2].

    Raises:
        TypeError: for other dtypes.
        ValueError: for a rank below 2, an odd last axis, other norms.

    >>> import autograd_c as tf
    >>> x = tf.range(24.0)
    >>> y = tf.signal.inverse_mdct(tf.signal.mdct(x, 8))
    >>> print(y[4:-4].numpy().round(4)[:5])
    [4. 5. 6. 7. 8.]
    """
    x = _core.convert_to_tensor(mdcts)
    if x.ndim < 2 or x.shape[-1] % 2:
        raise InvalidArgumentError(f"[inverse_mdct] an even last axis is needed, got {x.shape}")
    half = x.shape[-1]
    y = dct(x, type=4, norm=norm)
    if norm is None:
        y = y * (0.5 / half)
    a, b = _parts(y, half // 2, half)
    frames = _core.concat([b, -reverse(b, [-1]), -reverse(a, [-1]), -a], -1)
    if window_fn is not None:
        frames = frames * window_fn(2 * half, dtype=frames.dtype)
    return overlap_and_add(frames, half)


# ---------------------------------------------------------------- of sounds


def mfccs_from_log_mel_spectrograms(
    log_mel_spectrograms: TensorLike, name: str | None = None
) -> Tensor:
    """Cepstral coefficients of logarithmic spectrograms: the orthogonal cosine transform, scaled.

    Args:
        log_mel_spectrograms: a tensor of float32 or float64 of shape [..., num_mel_bins].
        name: ignored.

    Returns:
        A tensor of the same shape; the coefficient 0 is the one of the constant part.

    Raises:
        TypeError: for other dtypes.
        ValueError: for no bins.

    >>> import autograd_c as tf
    >>> print(tf.signal.mfccs_from_log_mel_spectrograms([1.0, 1.0]).numpy())
    [2. 0.]
    """
    x = _core.convert_to_tensor(log_mel_spectrograms)
    if x.ndim and x.shape[-1] == 0:
        raise ValueError("num_mel_bins must be positive. Got: 0")
    return dct(x, type=2) * (1.0 / math.sqrt(2.0 * x.shape[-1]))


def linear_to_mel_weight_matrix(
    num_mel_bins: int = 20,
    num_spectrogram_bins: int = 129,
    sample_rate: TensorLike = 8000,
    lower_edge_hertz: float = 125.0,
    upper_edge_hertz: float = 3800.0,
    dtype: DTypeLike | None = None,
    name: str | None = None,
) -> Tensor:
    """The matrix that takes spectrograms to the mel scale, 1127 log(1 + f / 700) of a frequency f.

    Each column is a triangle on that scale, from the middle of the band before to that of the next.

    Args:
        num_mel_bins: how many bands.
        num_spectrogram_bins: how many frequencies, from 0 to half the sample rate.
        sample_rate: samples a second.
        lower_edge_hertz, upper_edge_hertz: the ends of the first band and of the last one.
        dtype: of real numbers; the default float's for None.
        name: ignored.

    Returns:
        A tensor of shape [num_spectrogram_bins, num_mel_bins].

    Raises:
        ValueError: for other dtypes, and arguments that are out of range.

    >>> import autograd_c as tf
    >>> spectrogram = tf.ones([5, 129])
    >>> (spectrogram @ tf.signal.linear_to_mel_weight_matrix(20, 129)).shape
    TensorShape([5, 20])
    """
    kind = _core.get_default_float() if dtype is None else as_dtype(dtype)
    rate, low, high = float(_core.array_of(sample_rate)), lower_edge_hertz, upper_edge_hertz
    if num_mel_bins <= 0:
        raise ValueError(f"num_mel_bins must be positive. Got: {num_mel_bins}")
    if low < 0:
        raise ValueError(f"lower_edge_hertz must be non-negative. Got: {low}")
    if low >= high:
        raise ValueError(f"lower_edge_hertz {low} >= upper_edge_hertz {high}")
    if rate <= 0:
        raise ValueError(f"sample_rate must be positive. Got: {sample_rate}")
    if high > rate / 2:
        raise ValueError(
            "upper_edge_hertz must not be larger than the Nyquist frequency (sample_rate / 2). "
            f"Got {high} for sample_rate: {sample_rate}"
        )
    if not kind.is_floating:
        raise ValueError(f"dtype must be a floating point type. Got: {kind!r}")

    def mel(hertz: Any) -> Any:
        return 1127.0 * np.log1p(_core.array_of(hertz) / 700.0)

    # The frequency 0 is in no band.
    frequencies = mel(np.linspace(0.0, rate / 2, max(num_spectrogram_bins, 1))[1:])[:, None]
    edges = np.linspace(mel(low), mel(high), num_mel_bins + 2)
    begin, middle, end = edges[:-2], edges[1:-1], edges[2:]
    rising = (frequencies - begin) / (middle - begin)
    falling = (end - frequencies) / (end - middle)
    weights = np.maximum(0.0, np.minimum(rising, falling))
    weights = np.concatenate([np.zeros((1, num_mel_bins)), weights])
    return _core.constant(weights.astype(kind.as_numpy_dtype))
