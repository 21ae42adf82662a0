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
        lambda: ours.correlate(a, np.ones((9, 1)), "valid"),
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


# ------------------------------------------------------------ matrices

IMAGE, KERNELS = RANDOM.normal(size=(5, 6)), [(3, 3), (2, 4), (1, 1), (4, 3)]


@pytest.mark.parametrize("shape", KERNELS)
@pytest.mark.parametrize("boundary", ["fill", "wrap", "symm"])
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_matrices(mode, boundary, shape):
    kernel = RANDOM.normal(size=shape)
    for name in ("convolve2d", "correlate2d"):
        mine, theirs = getattr(ours, name), getattr(signal, name)
        for x, y in ((IMAGE, kernel), (IMAGE + 1j, kernel * (1 - 2j))):
            np.testing.assert_allclose(
                mine(x, y, mode, boundary), theirs(x, y, mode, boundary), atol=1e-12, err_msg=name
            )
        if boundary == "fill":
            np.testing.assert_allclose(
                mine(IMAGE, kernel, mode, boundary, 2.5),
                theirs(IMAGE, kernel, mode, boundary, 2.5),
                atol=1e-12,
            )
        if mode == "valid":
            np.testing.assert_allclose(
                mine(kernel, IMAGE, mode), theirs(kernel, IMAGE, mode), atol=1e-12
            )
        tf.func.check_grads(lambda x, y, f=mine: f(x, y, mode, boundary), (0, 1), order=1)(
            IMAGE, kernel
        )


# ------------------------------------------------------------ filters and trends

ROWS = RANDOM.normal(size=(2, 3, 12))


def test_trends():
    for options in ({}, {"type": "constant"}, {"bp": 5}, {"bp": [3, 8]}, {"axis": 0}):
        axis = options.get("axis", -1)
        if axis == 0:
            found, expected = ours.detrend(ROWS.T, **options), signal.detrend(ROWS.T, **options)
        else:
            found, expected = ours.detrend(ROWS, **options), signal.detrend(ROWS, **options)
        np.testing.assert_allclose(found, expected, atol=1e-12)
    tf.func.check_grads(ours.detrend)(ROWS)
    assert ours.detrend(ROWS.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("options", [{}, {"N": 8}, {"N": 15}, {"axis": 1}], ids=str)
def test_analytic_signals(options):
    np.testing.assert_allclose(
        ours.hilbert(ROWS, **options), signal.hilbert(ROWS, **options), atol=1e-12
    )
    tf.func.check_grads(lambda x: abs(ours.hilbert(x, **options)), order=1, atol=1e-4)(ROWS[:1])


@pytest.mark.parametrize(
    ("b", "a"),
    [
        ([1.0, 0.5, -0.3], [2.0, -0.5, 0.1]),
        ([0.7], [1.0, -0.9, 0.4, 0.1]),
        ([1.0, 2.0, 3.0], [2.0]),
        (0.5, [1.0, -0.5]),
        ([1.0, 0.5j], [1.0, 0.3 - 0.2j]),
    ],
)
def test_recursive_filters(b, a):
    b, a = np.array(b), np.array(a)
    x = ROWS + 1j if np.iscomplexobj(b) else ROWS
    for axis in (-1, 1):
        found = ours.lfilter(b, a, x, axis)
        np.testing.assert_allclose(found, signal.lfilter(np.atleast_1d(b), a, x, axis), atol=1e-12)
    order = 1 if np.iscomplexobj(b) else 2
    tf.func.check_grads(ours.lfilter, (0, 1, 2), order=order, rtol=1e-4, atol=1e-4)(b, a, x[:, :1])
    long = RANDOM.normal(size=15)  # more coefficients than points
    np.testing.assert_allclose(
        ours.lfilter(long, [1.0, *long], ROWS), signal.lfilter(long, [1.0, *long], ROWS), rtol=1e-9
    )


def test_filters_of_a_batch():
    b, a = np.array([1.0, 0.5]), RANDOM.uniform(-0.3, 0.3, (4, 2)) + [1.0, 0.0]
    x = RANDOM.normal(size=(4, 3, 6))
    for rows, other in (
        ((a, x), [ours.lfilter(b, *row) for row in zip(a, x)]),
        ((a, x[:1] + 0 * x), [ours.lfilter(b, row, x[0]) for row in a]),
    ):
        found = tf.vectorized_map(lambda pair: ours.lfilter(b, *pair), rows)
        np.testing.assert_allclose(found, other, atol=1e-12)
    with tf.GradientTape() as tape:
        below, signals = tf.constant(a[0]), tf.constant(x[0])
        tape.watch([below, signals])
        y = ours.lfilter(b, below, signals)
    by_a, by_x = tape.jacobian(y, [below, signals])
    expected = tf.func.jacfwd(lambda a, x: ours.lfilter(b, a, x), (0, 1))(a[0], x[0])
    np.testing.assert_allclose(by_a, expected[0], atol=1e-12)
    np.testing.assert_allclose(by_x, expected[1], atol=1e-12)


def test_what_filters_refuse():
    for call, error in (
        (lambda: ours.lfilter([1.0], [1.0], ROWS, zi=[0.0]), TypeError),
        (lambda: ours.lfilter([1.0], [0.0, 1.0], ROWS), ValueError),
        (lambda: ours.lfilter([[1.0]], [1.0], ROWS), ValueError),
        (lambda: ours.detrend(ROWS, type="odd"), ValueError),
        (lambda: ours.detrend(ROWS, bp=99), ValueError),
        (lambda: ours.hilbert(ROWS * 1j), ValueError),
        (lambda: ours.convolve2d(ROWS, ROWS), ValueError),
        (lambda: ours.convolve2d(IMAGE, IMAGE, boundary="odd"), ValueError),
        (lambda: ours.convolve2d(IMAGE, IMAGE, "odd", "wrap"), ValueError),
    ):
        with pytest.raises(error):
            call()
