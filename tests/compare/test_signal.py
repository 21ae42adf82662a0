"""Fourier transforms against TensorFlow's: values, gradients of both orders, dtypes, shapes."""

from __future__ import annotations

import os

import numpy as np
import pytest

import autograd_c

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tensorflow = pytest.importorskip("tensorflow")

SHAPES = [(5,), (4,), (1, 1), (2, 3, 4), (0, 3)]
LENGTHS = (None, [1], [2], [3], [4], [5], [8])
TOLERANCE = {"float32": 3e-5, "complex64": 3e-5, "float64": 1e-12, "complex128": 1e-12}


def sample(shape, dtype, seed):
    random = np.random.default_rng(seed)
    x = random.normal(size=shape) + 1j * random.normal(size=shape)
    return np.asarray(x if np.dtype(dtype).kind == "c" else x.real, dtype)


def everything(tf, name, length, array, upstream, derivatives):
    """The transform, its gradient for an upstream cotangent, and that of the gradient's norm."""
    f = getattr(tf.signal, name)
    x = tf.constant(array)
    arguments = (x,) if length is None else (x, length)
    if not derivatives:
        return [f(*arguments)]
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = f(*arguments)
            weighted = y * y
        slope = inner.gradient(weighted, x, output_gradients=tf.constant(upstream(weighted)))
        square = tf.reduce_sum(tf.math.real(slope * tf.math.conj(slope)))
    return [y, slope, outer.gradient(square, x)]


def compare(name, length, shape, dtype, derivatives=True):
    def upstream(y):
        return sample(tuple(y.shape), y.dtype.name, 1)

    array = sample(shape, dtype, 0)
    ours = everything(autograd_c, name, length, array, upstream, derivatives)
    theirs = everything(tensorflow, name, length, array, upstream, derivatives)
    for found, expected in zip(ours, theirs):
        found, expected = found.numpy(), expected.numpy()
        assert found.dtype == expected.dtype and found.shape == expected.shape
        t = TOLERANCE[dtype] * max(1.0, float(np.max(np.abs(expected), initial=0.0)))
        np.testing.assert_allclose(found, expected, rtol=0, atol=t)


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
@pytest.mark.parametrize("name", ["fft", "ifft", "fft2d", "ifft2d"])
@pytest.mark.parametrize("shape", SHAPES)
def test_complex_transforms(shape, name, dtype):
    if len(shape) < 2 and name.endswith("2d"):
        pytest.skip("it takes matrices")
    compare(name, None, shape, dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("shape", SHAPES[:-1])
def test_transforms_of_real_numbers(shape, length, dtype):
    # Of what was cut off TensorFlow's gradient is an error, or no derivative.
    cut = length is not None and length[0] < shape[-1]
    compare("rfft", length, shape, dtype, not cut)


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("shape", SHAPES[:-1])
def test_transforms_to_real_numbers(shape, length, dtype):
    if length is None and shape[-1] == 1:
        pytest.skip("of no numbers: TensorFlow aborts")
    cut = length is not None and length[0] // 2 + 1 < shape[-1]
    compare("irfft", length, shape, dtype, not cut)


def test_what_is_refused():
    for tf in (autograd_c, tensorflow):
        for name, x in [
            ("fft", tf.constant([1.0])),
            ("rfft", tf.constant([1j])),
            ("rfft", tf.constant([1])),
            ("irfft", tf.constant([1.0])),
            ("fft2d", tf.constant([1j])),
            ("fft", tf.constant(1j)),
        ]:
            with pytest.raises((ValueError, tf.errors.InvalidArgumentError)):
                getattr(tf.signal, name)(x)


CALLS = {
    "rfft2d": lambda tf, x: tf.signal.rfft2d(x, [4, 6]),
    "fftshift": lambda tf, x: tf.signal.fftshift(x, [0, 2]),
    "ifftshift": lambda tf, x: tf.signal.ifftshift(x),
    **{
        f"dct {t} {n} {norm}": lambda tf, x, t=t, n=n, norm=norm: tf.signal.dct(x, t, n, norm=norm)
        for t in (1, 2, 3, 4)
        for n in (None, 3, 7)
        for norm in (None, "ortho")
        if t > 1 or norm is None
    },
    **{f"idct {t}": lambda tf, x, t=t: tf.signal.idct(x, t) for t in (1, 2, 3, 4)},
    "frame": lambda tf, x: tf.signal.frame(x, 3, 2, True, 1.5, 0),
    "overlap_and_add": lambda tf, x: tf.signal.overlap_and_add(x, 3),
    "stft": lambda tf, x: tf.signal.stft(x, 3, 2),
    "stft padded": lambda tf, x: tf.signal.stft(x, 3, 2, 8, None, True),
    "mdct": lambda tf, x: tf.signal.mdct(x, 4, norm="ortho"),
    "inverse_mdct": lambda tf, x: tf.signal.inverse_mdct(x),
    "mfccs": lambda tf, x: tf.signal.mfccs_from_log_mel_spectrograms(x),
    "irfft2d": lambda tf, x: tf.signal.irfft2d(tf.complex(x, x * x), [3, 6]),
    "inverse_stft": lambda tf, x: tf.signal.inverse_stft(tf.complex(x, x * x), 5, 2),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CALLS)
def test_the_others(name, dtype):
    array = np.random.default_rng(2).normal(size=(2, 3, 4)).astype(dtype)

    def value_and_gradient(tf):
        x = tf.constant(array)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = CALLS[name](tf, x)
            weights = np.random.default_rng(3).normal(size=y.shape)
            total = tf.reduce_sum(tf.math.real(y * tf.constant(weights.astype(y.dtype.name))))
        return [y, tape.gradient(total, x)]

    for ours, theirs in zip(value_and_gradient(autograd_c), value_and_gradient(tensorflow)):
        assert ours.dtype.name == theirs.dtype.name
        t = TOLERANCE[dtype] * 10
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=t, atol=t)


@pytest.mark.parametrize("n", [1, 2, 5, 8])
@pytest.mark.parametrize("name", ["float16", "float32", "float64"])
def test_windows(n, name):
    def windows(tf, n=n):
        s, dtype = tf.signal, getattr(tf, name)
        yield s.hann_window(n, dtype=dtype)
        yield s.hamming_window(n, False, dtype)
        yield s.kaiser_window(n, 3.0, dtype)
        yield s.vorbis_window(n, dtype)
        yield s.kaiser_bessel_derived_window(n, 4.0, dtype)
        if name != "float16":
            yield s.inverse_stft_window_fn(2, s.hamming_window)(n, dtype)
            yield s.linear_to_mel_weight_matrix(n, 33, dtype=dtype)

    tolerance = {"float16": 5e-3, "float32": 3e-5, "float64": 1e-10}[name]
    for ours, theirs in zip(windows(autograd_c), windows(tensorflow), strict=True):
        assert ours.dtype.name == theirs.dtype.name and ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
