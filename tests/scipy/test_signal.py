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


@pytest.mark.parametrize("dtype", ["float64", "float32", "complex128", "int64"])
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("one, other", [((2, 3, 6, 5), (3, 4, 3, 2)), ((2, 3, 2, 5), (3, 4, 3, 6))])
def test_along_axes_with_sums_over_channels(one, other, mode, dtype):
    """As HIPS autograd's: images [image, channel, row, column], filters [channel, feature, ...]."""
    a, b = pair((one, other), dtype)
    expected = np.array(
        [
            [sum(signal.convolve(a[i, c], b[c, k], mode) for c in range(3)) for k in range(4)]
            for i in range(2)
        ]
    )
    how = {"axes": ([2, -1], [-2, 3]), "dot_axes": ([1], [0])}
    found = ours.convolve(a, b, mode, **how)
    assert found.dtype == expected.dtype and found.shape == expected.shape
    close = 1e-4 if dtype == "float32" else 1e-11
    np.testing.assert_allclose(found, expected, rtol=close, atol=close)
    if dtype in ("float64", "complex128"):
        tf.func.check_grads(lambda x, y: ours.convolve(x, y, mode, **how), (0, 1), order=1)(a, b)


def test_axes_that_do_not_fit():
    a, b = pair(((3, 4), (3, 2)), "float64")
    for axes, dot_axes, message in (
        (([0], [0, 1]), ((), ()), "as many axes"),
        (([1], [2]), ((), ()), "in2 has no axes"),
        (([1, 1], [0, 1]), ((), ()), "in1 twice"),
        (([0], [0]), ([0], [1]), "in1 twice"),
        (([0], [0]), ([1], [1]), "the sizes .4. in in1 and .2. in in2"),
    ):
        with pytest.raises(ValueError, match=message):
            ours.convolve(a, b, axes=axes, dot_axes=dot_axes)
    with pytest.raises(ValueError, match="'valid' mode"):
        ours.convolve(a, np.ones((2, 5)), "valid", axes=([0, 1], [0, 1]))
