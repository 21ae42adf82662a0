"""Convolutions beside SciPy's."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.scipy import signal as ours

signal = pytest.importorskip("scipy.signal")

RANDOM = np.random.default_rng(0)
SHAPES = [((5,), (3,)), ((3,), (5,)), ((4, 5), (2, 3)), ((3, 4, 2), (2, 2, 2)), ((9, 9), (9, 9))]


def pair(shapes, dtype):
    arrays = [RANDOM.normal(size=shape) for shape in shapes]
    if dtype == "complex128":
        return [x + 1j * RANDOM.normal(size=x.shape) for x in arrays]
    return [np.asarray(10 * x if dtype == "int64" else x).astype(dtype) for x in arrays]


@pytest.mark.parametrize("dtype", ["float64", "float32", "complex128", "int64"])
@pytest.mark.parametrize("method", ["auto", "direct", "fft"])
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("shapes", SHAPES)
def test_values_are_scipys(shapes, mode, method, dtype):
    a, b = pair(shapes, dtype)
    for name in ("convolve", "correlate"):
        expected = getattr(signal, name)(a, b, mode, method)
        found = getattr(ours, name)(tf.constant(a), tf.constant(b), mode, method)
        assert found.dtype == expected.dtype
        tolerance = 1e-4 if dtype == "float32" else 1e-11
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("method", ["direct", "fft"])
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("shapes", SHAPES[:4])
def test_derivatives(shapes, mode, method):
    tf.func.check_grads(lambda x, y: ours.convolve(x, y, mode, method), (0, 1))(
        *pair(shapes, "float64")
    )
    tf.func.check_grads(lambda x, y: ours.correlate(x, y, mode, method), (0, 1), order=1)(
        *pair(shapes, "complex128")
    )


def test_scalars_transforms_and_what_is_refused():
    assert float(ours.convolve(2.0, 3.0)) == signal.convolve(2.0, 3.0)
    a, b = pair(SHAPES[2], "float64")
    np.testing.assert_allclose(ours.fftconvolve(a, b), signal.fftconvolve(a, b), atol=1e-12)
    assert ours.convolve([], [1.0]).shape == [0]
    for call in (
        lambda: ours.convolve(a, b[0]),
        lambda: ours.convolve(a, b, "odd"),
        lambda: ours.convolve(a, b, method="odd"),
        lambda: ours.convolve(a, np.ones((9, 1)), "valid"),
    ):
        with pytest.raises(ValueError):
            call()
    with pytest.raises(TypeError):
        ours.fftconvolve(a, b, axes=0)
