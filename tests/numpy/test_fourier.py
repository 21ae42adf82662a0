"""``autograd_c.numpy.fft`` beside NumPy's."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import numpy as ours

from .against_numpy import (
    NUMPY_2,
    Sample,
    Shape,
    assert_same,
    check_gradients,
    check_value,
    is_refused,
)

S = Shape
ALL = ("float64", "int32", "bool", "complex128")
if NUMPY_2:  # which transforms float32 as such
    ALL += ("float32",)
REAL = tuple(d for d in ALL if d != "complex128")

SAMPLES = [
    *[Sample(f"fft.{name}", S(5), only=ALL) for name in ("fft", "ifft", "irfft", "hfft")],
    *[Sample(f"fft.{name}", S(5), only=REAL) for name in ("rfft", "ihfft")],
    Sample("fft.fft", S(2, 5), 3, 1, "ortho", only=ALL),
    Sample("fft.fft", S(2, 3), 5, 0, "forward", only=ALL),
    Sample("fft.ifft", S(2, 3), axis=0, norm="forward", only=ALL),
    Sample("fft.fft", S(3), norm="other", only=ALL),
    Sample("fft.fft", S(3), axis=2, only=ALL),
    Sample("fft.fft", S(3), 0, only=ALL),
    Sample("fft.rfft", S(4, 2), axis=0, only=REAL),
    Sample("fft.rfft", S(4), 6, norm="ortho", only=REAL),
    Sample("fft.irfft", S(4, 2), 5, 0, only=ALL),
    Sample("fft.hfft", S(4), 5, norm="ortho", only=ALL),
    Sample("fft.hfft", S(4), norm="forward", only=ALL),
    Sample("fft.ihfft", S(4), 3, norm="forward", only=REAL),
    Sample("fft.fft2", S(2, 2, 3), only=ALL),
    Sample("fft.ifft2", S(3, 3), s=(2, 2), only=ALL),
    Sample("fft.rfft2", S(3, 3), axes=(1, 0), only=REAL),
    Sample("fft.irfft2", S(3, 3), only=ALL),
    Sample("fft.fftn", S(2, 2, 3), only=ALL),
    Sample("fft.fftn", S(2, 2, 3), axes=(0, 2), norm="ortho", only=ALL),
    Sample("fft.ifftn", S(2, 3), s=(3, 2), axes=(0, 1), only=ALL),
    Sample("fft.rfftn", S(2, 2, 3), only=REAL),
    Sample("fft.irfftn", S(2, 3), only=ALL),
    Sample("fft.fftshift", S(5)),
    Sample("fft.fftshift", S(2, 3), axes=1),
    Sample("fft.ifftshift", S(5)),
    Sample("fft.ifftshift", S(2, 3), axes=(0, 1)),
    Sample("fft.fftshift", S(2, 3), axes=4),
]
if NUMPY_2:
    SAMPLES.append(Sample("fft.fftn", S(3, 3), s=(2, -1), axes=(0, 1), only=ALL))

CASES = [(s, d) for s in SAMPLES for d in s.dtypes]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("sample", "dtype"), CASES, ids=[f"{s}-{d}" for s, d in CASES])
def test_values_dtypes_and_shapes_are_numpys(sample, dtype):
    check_value(sample, dtype)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_numpys_own_function_of_tensors_is_ours(sample):
    check_value(sample, "float64", dispatched=True)


@pytest.mark.parametrize("sample", [s for s in SAMPLES if not is_refused(s)], ids=str)
def test_derivatives(sample):
    check_gradients(sample)


@pytest.mark.parametrize(
    "sample",
    [Sample("fft.hfft", S(4)), Sample("fft.ifft", S(3)), Sample("fft.irfft2", S(3, 3))],
    ids=str,
)
def test_derivatives_of_complex_numbers(sample):
    check_gradients(sample, "complex128", order=1)


@pytest.mark.parametrize("n", [1, 4, 5])
def test_frequencies(n):
    assert_same(ours.fft.fftfreq(n, 0.5), np.fft.fftfreq(n, 0.5))
    assert_same(ours.fft.rfftfreq(n), np.fft.rfftfreq(n))
    assert ours.fft.fftfreq(n, dtype=np.float32, device="cpu").dtype == np.float32
    with pytest.raises(ValueError, match="cpu"):
        ours.fft.fftfreq(n, device="gpu")


def test_frequencies_have_derivatives_by_the_distance():
    d = tf.constant(0.5, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(d)
        y = ours.fft.fftfreq(4, d)
    np.testing.assert_allclose(tape.jacobian(y, d), -np.fft.fftfreq(4) / 0.25)


def test_complex_numbers_are_no_real_ones():
    with pytest.raises(TypeError):
        ours.fft.rfft([1j, 2j])
