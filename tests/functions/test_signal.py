"""``tf.signal``, and NumPy's Fourier transforms of tensors: values, arguments and mistakes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import fft as scipy_fft
from scipy import signal as scipy_signal

import autograd_c as tf

S = tf.signal
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(2, 3, 4))
Z = X + 1j * RANDOM.normal(size=X.shape)


def close(actual, expected, rtol=1e-12):
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=rtol)


# ---------------------------------------------------------------- Fourier

NORMS = [None, "backward", "ortho", "forward"]
AXES = [(None, None), (None, [1]), (None, [0, -1]), ([2, 6], [2, 1]), ([3, 5], None), ([1], [0])]


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(("lengths", "axes"), AXES, ids=range(len(AXES)))
@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft"])
def test_transforms_along_axes(name, lengths, axes, norm):
    x = X if name == "rfft" else Z
    numpy = getattr(np.fft, f"{name}n")
    places = axes or (None if lengths is None else range(-len(lengths), 0))
    expected = numpy(x, lengths, places, norm)
    y = getattr(S, f"{name}nd")(x, lengths, axes, norm)
    close(y, expected)
    assert y.dtype == expected.dtype
    recorded = numpy(tf.constant(x), lengths, places, norm)
    assert isinstance(recorded, tf.Tensor)
    close(recorded, expected)


@pytest.mark.parametrize("rank", [2, 3])
def test_transforms_along_the_last_axes(rank):
    axes = range(-rank, 0)
    for lengths in (None, [4, 3, 6][-rank:], [1, 2, 3][-rank:]):
        close(getattr(S, f"rfft{rank}d")(X, lengths), np.fft.rfftn(X, lengths, axes))
        close(getattr(S, f"irfft{rank}d")(Z, lengths), np.fft.irfftn(Z, lengths, axes))
    close(getattr(S, f"fft{rank}d")(Z), np.fft.fftn(Z, axes=axes))
    close(getattr(S, f"ifft{rank}d")(Z), np.fft.ifftn(Z, axes=axes))
    single = getattr(S, f"rfft{rank}d")(X.astype("float32"))
    assert single.dtype == tf.complex64


def test_raw_transforms():
    close(tf.fftnd(Z, [3, 4], [1, 2]), np.fft.fftn(Z, [3, 4], [1, 2]))
    close(tf.ifftnd(Z, [3, 4], [1, 2]), np.fft.ifftn(Z, [3, 4], [1, 2]))
    close(tf.rfftnd(X, [3, 4], [1, 2], tf.complex128), np.fft.rfftn(X, [3, 4], [1, 2]))
    close(tf.irfftnd(Z, [3, 4], [1, 2], tf.float64), np.fft.irfftn(Z, [3, 4], [1, 2]))
    assert tf.rfftnd(X, [3, 4], [1, 2]).dtype == tf.complex64


@pytest.mark.parametrize("axes", [None, 1, [0, -1], []])
def test_shifts(axes):
    for name in ("fftshift", "ifftshift"):
        expected = getattr(np.fft, name)(X, axes)
        close(getattr(S, name)(X, axes), expected)
        close(getattr(np.fft, name)(tf.constant(X), axes), expected)


def test_transforms_of_numpy():
    x, z = tf.constant(X), tf.constant(Z)
    for norm in NORMS:
        for n, axis in ((None, -1), (5, 0), (2, 1)):
            close(np.fft.fft(z, n, axis, norm), np.fft.fft(Z, n, axis, norm))
            close(np.fft.ifft(z, n, axis, norm), np.fft.ifft(Z, n, axis, norm))
            close(np.fft.rfft(x, n, axis, norm), np.fft.rfft(X, n, axis, norm))
            close(np.fft.irfft(z, n, axis, norm=norm), np.fft.irfft(Z, n, axis, norm))
    close(np.fft.fft2(x), np.fft.fft2(X))
    close(np.fft.rfft2(x, axes=(0, 1)), np.fft.rfft2(X, axes=(0, 1)))
    close(np.fft.fft(tf.range(4)), np.fft.fft(np.arange(4)))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.abs(np.fft.rfft(x, norm="ortho")) ** 2)
    assert tape.gradient(y, x).shape == x.shape
    with pytest.raises(TypeError):
        np.fft.rfft(z)
    with pytest.raises(TypeError):
        np.fft.fft(z, out=np.empty(Z.shape, complex))


# ---------------------------------------------------------------- cosines


@pytest.mark.parametrize("norm", [None, "ortho"])
@pytest.mark.parametrize("type", [1, 2, 3, 4])
@pytest.mark.parametrize("n", [None, 2, 3, 7])
def test_cosine_transforms(type, n, norm):
    if type == 1 and norm:
        pytest.skip("an error")
    close(S.dct(X, type, n, norm=norm), scipy_fft.dct(X, type, n, norm=norm))
    y = S.idct(S.dct(X, type, norm=norm), type, norm=norm)
    close(y, X * (1 if norm else 6 if type == 1 else 8))
    assert S.dct(X.astype("float32"), type, norm=norm).dtype == tf.float32
    if type > 1:
        close(S.dct([[1.0], [2.0]], type), scipy_fft.dct([[1.0], [2.0]], type), 1e-6)


@pytest.mark.parametrize("norm", [None, "ortho"])
@pytest.mark.parametrize("window", ["vorbis_window", "kaiser_bessel_derived_window"])
def test_overlapping_cosine_transforms_are_taken_back(window, norm):
    x = RANDOM.normal(size=(2, 40))
    y = S.mdct(x, 8, getattr(S, window), norm=norm)
    assert y.shape == (2, 9, 4)
    close(S.inverse_mdct(y, getattr(S, window), norm)[:, 4:-4], x[:, 4:-4])
    # Its definition.
    plain = S.mdct(x[0, :8], 8, None)
    j, k = np.arange(8), np.arange(4)[:, None]
    close(plain[0], 2 * np.cos(np.pi / 4 * (j + 0.5 + 2) * (k + 0.5)) @ x[0, :8])


# ---------------------------------------------------------------- windows


@pytest.mark.parametrize("n", [0, 1, 2, 5, 8])
def test_windows(n):
    periodic = n % 2 == 0
    for kind in ("hann", "hamming"):
        ours = getattr(S, f"{kind}_window")
        for given in (True, False):
            expected = scipy_signal.get_window(kind, n, given and periodic) if n else np.empty(0)
            close(ours(n, given, "float64"), expected)
    close(S.kaiser_window(n, 3.0, "float64"), np.kaiser(n, 3.0))
    assert S.kaiser_window(n).dtype == tf.float32 and S.vorbis_window(n, "float16").shape == (n,)
    if n and periodic:
        w = scipy_signal.windows.kaiser_bessel_derived(n, 12.0)
        close(S.kaiser_bessel_derived_window(n, dtype="float64"), w)


# ---------------------------------------------------------------- frames


@pytest.mark.parametrize("pad_end", [False, True])
@pytest.mark.parametrize(
    ("length", "step"), [(3, 1), (2, 2), (4, 3), (2, 5), (9, 2), (0, 2), (7, 7)]
)
@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_frames(length, step, pad_end, axis):
    x = RANDOM.normal(size=(7, 8, 7))
    moved = np.moveaxis(x, axis, -1)
    n = moved.shape[-1]
    number = -(-n // step) if pad_end else max(0, 1 + (n - length) // step)
    filled = np.concatenate([moved, np.full((*moved.shape[:-1], 40), 2.5)], -1)
    expected = np.empty((*moved.shape[:-1], number, length))
    for k in range(number):
        expected[..., k, :] = filled[..., k * step : k * step + length]
    place = axis % 3
    y = S.frame(x, length, step, pad_end, 2.5, axis)
    close(y, np.moveaxis(expected, [-2, -1], [place, place + 1]))


@pytest.mark.parametrize(("length", "step"), [(3, 1), (2, 2), (4, 3), (2, 5), (1, 1), (6, 2)])
def test_frames_are_added(length, step):
    x = RANDOM.normal(size=(2, 5, length))
    expected = np.zeros((2, 4 * step + length))
    for k in range(5):
        expected[:, k * step : k * step + length] += x[:, k]
    close(S.overlap_and_add(x, step), expected)
    assert S.overlap_and_add(np.ones((2, 5, 3), "int32"), 2).dtype == tf.int32
    assert S.overlap_and_add(np.ones((2, 0, 3)), 2).shape[0] == 2


def test_short_time_transforms():
    x = RANDOM.normal(size=(2, 50))
    y = S.stft(x, 12, 4)
    assert y.shape == (2, 10, 9) and y.dtype == tf.complex128
    window = S.hann_window(12, dtype=tf.float64).numpy()
    close(y[:, 3], np.fft.rfft(x[:, 12:24] * window, 16))
    close(S.stft(x, 12, 4, 8, None)[:, 3], np.fft.rfft(x[:, 12:24], 8))
    back = S.inverse_stft(y, 12, 4, window_fn=S.inverse_stft_window_fn(4))
    assert back.shape == (2, 48)
    close(back[:, 8:-8], x[:, 8:40])
    assert S.stft(x, 12, 4, pad_end=True).shape == (2, 13, 9)
    assert S.stft(x[:, :5], 12, 4).shape == (2, 0, 9)
    assert S.inverse_stft(y, 20, 4, 16).shape == (2, 56)


def test_sounds():
    weights = S.linear_to_mel_weight_matrix(20, 129, dtype="float64").numpy()
    assert weights.shape == (129, 20) and weights.min() == 0 and 0.9 < weights.max() <= 1
    assert not weights[0].any() and (weights.argmax(0)[1:] >= weights.argmax(0)[:-1]).all()
    close(S.mfccs_from_log_mel_spectrograms(X), scipy_fft.dct(X) / np.sqrt(8))


# ---------------------------------------------------------------- mistakes

INVALID, VALUE, TYPE = tf.errors.InvalidArgumentError, ValueError, TypeError
WRONG = [
    (lambda: S.fftnd(Z, axes=[3]), INVALID), (lambda: S.fftnd(Z, axes=[1, -2]), INVALID),
    (lambda: S.fftnd(Z, [2, 3], [1]), INVALID), (lambda: S.fftnd(Z, [0]), INVALID),
    (lambda: S.fftnd(Z, norm="none"), VALUE), (lambda: S.fftnd(X), TYPE),
    (lambda: S.fftnd(Z, axes=[]), INVALID), (lambda: S.rfftnd(Z), TYPE),
    (lambda: S.rfft2d(X, [3]), INVALID), (lambda: S.rfft2d(X[0, 0]), INVALID),
    (lambda: S.irfft2d(Z[..., :1]), INVALID), (lambda: S.rfft2d(X[..., :0]), INVALID),
    (lambda: S.fft3d(Z[0]), INVALID), (lambda: S.fftshift(X, 5), INVALID),
    (lambda: S.dct(X, 5), VALUE), (lambda: S.dct(X, norm="none"), VALUE),
    (lambda: S.dct(X, 1, norm="ortho"), VALUE), (lambda: S.dct(X, n=0), VALUE),
    (lambda: S.dct(X, axis=0), NotImplementedError), (lambda: S.dct([1, 2]), TYPE),
    (lambda: S.dct(1.0), INVALID), (lambda: S.dct([1.0], 1), VALUE),
    (lambda: S.dct(X[..., :0]), INVALID), (lambda: S.dct(tf.ones([2], tf.float16)), TYPE),
    (lambda: S.frame(1.0, 2, 1), VALUE), (lambda: S.frame(X, 2, 0), INVALID),
    (lambda: S.frame(X, -2, 1), INVALID), (lambda: S.frame(X, 2, 1, axis=3), INVALID),
    (lambda: S.frame(X, 2.5, 1), TYPE), (lambda: S.frame(X, [2], 1), VALUE),
    (lambda: S.frame(X, 9, 1, True, [0.0]), VALUE),
    (lambda: S.overlap_and_add([1.0], 1), VALUE), (lambda: S.overlap_and_add(X, 0), INVALID),
    (lambda: S.hann_window(4, dtype=tf.int32), VALUE), (lambda: S.hann_window(4.0), TYPE),
    (lambda: S.hann_window([4]), VALUE), (lambda: S.hann_window(-1), VALUE),
    (lambda: S.stft(X, 0, 1), INVALID), (lambda: S.stft(Z, 2, 1), TYPE),
    (lambda: S.inverse_stft(Z[0, 0], 2, 1), VALUE), (lambda: S.mdct(X, 6), VALUE),
    (lambda: S.mdct(X, 0), VALUE), (lambda: S.inverse_mdct(X[..., :3]), INVALID),
    (lambda: S.linear_to_mel_weight_matrix(0), VALUE),
    (lambda: S.linear_to_mel_weight_matrix(sample_rate=-1), VALUE),
    (lambda: S.linear_to_mel_weight_matrix(lower_edge_hertz=-1), VALUE),
    (lambda: S.linear_to_mel_weight_matrix(lower_edge_hertz=5000), VALUE),
    (lambda: S.linear_to_mel_weight_matrix(upper_edge_hertz=5000), VALUE),
    (lambda: S.linear_to_mel_weight_matrix(dtype=tf.int32), VALUE),
    (lambda: S.mfccs_from_log_mel_spectrograms(X[..., :0]), VALUE),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(WRONG)))
def test_mistakes_are_errors(case):
    call, error = WRONG[case]
    with pytest.raises(error):
        call()
