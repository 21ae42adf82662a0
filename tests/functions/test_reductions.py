"""Reductions and copies of arrays large enough for every way that they are computed in."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core

SHAPES = [
    (3, 300, 5),
    (1000, 7),
    (2, 129, 3, 4),
    (70, 16),
    (5, 64, 40),
    (129, 1, 33),
    (9000,),
    (2, 20_000),
]
DTYPES = ["float32", "float64", "int32", "int64", "complex64", "int16", "uint8"]


def sample(shape, dtype):
    random = np.random.default_rng(len(shape))
    if np.dtype(dtype).kind in "iu":
        return random.integers(0, 100, shape).astype(dtype)
    x = random.normal(size=shape)
    return (x + 1j * x[::-1] if np.dtype(dtype).kind == "c" else x).astype(dtype)


def axes_of(shape):
    return {None, 0, len(shape) - 1, len(shape) // 2, (0, len(shape) - 1)[: len(shape)]}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_reductions_of_all_layouts(shape, dtype):
    x = sample(shape, dtype)
    low = np.dtype(dtype).name in ("float32", "complex64")
    tolerance = {"rtol": 1e-4, "atol": 1e-3} if low else {"rtol": 1e-10, "atol": 1e-10}
    for axis in axes_of(shape):
        expected = np.sum(x, axis, dtype=x.dtype)
        np.testing.assert_allclose(tf.reduce_sum(x, axis).numpy(), expected, **tolerance)
        factors = x if x.dtype.kind in "iu" else (1 + x * 1e-3).astype(dtype)
        given = tf.constant(factors)
        product = tf.reduce_prod(given, axis).numpy()
        if x.dtype.kind in "iu":
            np.testing.assert_array_equal(product, np.prod(x, axis, dtype=x.dtype))
            continue
        with tf.GradientTape() as tape:
            tape.watch(given)
            recorded = tf.reduce_prod(given, axis)
        np.testing.assert_array_equal(product, recorded.numpy())


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "uint8"])
@pytest.mark.parametrize("shape", SHAPES)
def test_extrema_of_all_layouts(shape, dtype):
    x = sample(shape, dtype)
    arrays = [x]
    if x.dtype.kind == "f":
        arrays.append(x.copy())
        arrays[1].flat[:: x.size // 3] = np.nan
    for a in arrays:
        for axis in axes_of(shape):
            np.testing.assert_array_equal(tf.reduce_max(a, axis).numpy(), np.max(a, axis))
            np.testing.assert_array_equal(tf.reduce_min(a, axis).numpy(), np.min(a, axis))
    for axis in axes_of(shape):
        for some in (x > 1, x > 1e9, x < 1e9):
            np.testing.assert_array_equal(tf.reduce_any(some, axis).numpy(), np.any(some, axis))
            np.testing.assert_array_equal(tf.reduce_all(some, axis).numpy(), np.all(some, axis))
        if isinstance(axis, int):
            np.testing.assert_array_equal(tf.argmax(x, axis).numpy(), np.argmax(x, axis))
            np.testing.assert_array_equal(tf.argmin(x, axis).numpy(), np.argmin(x, axis))


def test_extrema_pass_over_nan_in_long_rows():
    for n in (33, 64, 100, 1000):
        for k in (0, 1, n // 2, n - 1):
            x = np.full(n, np.nan)
            x[k] = -np.inf
            assert int(tf.argmax(x)) == int(tf.argmin(x)) == k
        assert int(tf.argmax(np.full(n, np.nan))) == 0


# Rows side by side and one by one; with and without lanes; whole and in parts.
LENGTHS = [1, 2, 9, 16, 17, 31, 33, 63, 64, 100, 127, 128, 129, 255, 256, 300, 513, 1025, 2500]


@pytest.mark.parametrize("dtype", ["float32", "float64", "int8", "uint16", "int64"])
@pytest.mark.parametrize("n", LENGTHS)
def test_extrema_of_rows_of_all_lengths(n, dtype):
    random = np.random.default_rng(n)
    for count in (1, 15, 16, 35):
        x = random.integers(0 if dtype[0] == "u" else -9, 9, (count, n)).astype(dtype)  # many ties
        for a in (x, x[:, ::-1], np.asfortranarray(x)):
            np.testing.assert_array_equal(tf.reduce_max(a, 1).numpy(), np.max(a, 1))
            np.testing.assert_array_equal(tf.reduce_min(a, 1).numpy(), np.min(a, 1))
            np.testing.assert_array_equal(tf.argmax(a, 1).numpy(), np.argmax(a, 1))
            np.testing.assert_array_equal(tf.argmin(a, 1).numpy(), np.argmin(a, 1))
        np.testing.assert_array_equal(tf.argmax(x, 0).numpy(), np.argmax(x, 0))
        np.testing.assert_array_equal(tf.argmin(x, 0).numpy(), np.argmin(x, 0))
        if x.dtype.kind != "f":
            continue
        # A NaN, and an infinity, at each place of some row.
        for at in range(0, n, 1 + n // 40):
            row = at % count
            y = x.copy()
            y[row, at] = np.nan
            np.testing.assert_array_equal(tf.reduce_max(y, 1).numpy(), np.max(y, 1))
            np.testing.assert_array_equal(tf.reduce_min(y, 1).numpy(), np.min(y, 1))
            if n > 1:
                np.testing.assert_array_equal(tf.argmax(y, 1).numpy(), np.nanargmax(y, 1))
            y[row, at] = np.inf
            np.testing.assert_array_equal(tf.reduce_max(y, 1).numpy(), np.max(y, 1))
            np.testing.assert_array_equal(tf.argmax(y, 1).numpy(), np.argmax(y, 1))
            np.testing.assert_array_equal(tf.argmin(-y, 1).numpy(), np.argmax(y, 1))


def test_places_in_columns_pass_over_nan():
    x = np.random.default_rng(0).normal(size=(7, 40))
    x[2, ::3] = np.nan
    x[:, 5] = np.nan
    x[0, 7] = np.nan
    expected = [0 if np.isnan(c).all() else np.nanargmax(c) for c in x.T]
    for dtype in ("float32", "float64"):
        np.testing.assert_array_equal(tf.argmax(x.astype(dtype), 0).numpy(), expected)


def test_extrema_of_nothing():
    for dtype in ("float32", "float64"):
        assert tf.reduce_max(np.zeros(0, dtype)).numpy() == -np.inf
        least = tf.reduce_min(np.zeros((2, 0), dtype), 1)
        np.testing.assert_array_equal(least.numpy(), [np.inf] * 2)
    assert tf.reduce_max(np.zeros(0, "int8")).numpy() == -128
    assert tf.reduce_min(np.zeros((0, 3), "uint8"), 0).numpy().tolist() == [255] * 3
    assert tf.reduce_max(np.zeros((0, 5)), 1).shape == (0,)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [*LENGTHS, 140_000])
def test_sums_and_their_logarithms_of_rows_of_all_lengths(n, dtype):
    random = np.random.default_rng(n)
    for count in (1, 17, 35)[: 1 if n > 3000 else 3]:
        x = (30 * random.normal(size=(count, n))).astype(dtype)
        wide = x.astype("longdouble")
        tolerance = 8 * np.finfo(dtype).eps
        np.testing.assert_allclose(
            tf.reduce_sum(x, 1).numpy(),
            np.sum(wide, 1).astype(dtype),
            rtol=0,
            atol=float(tolerance * np.sum(np.abs(wide), 1).max()),
        )
        peaks = np.max(wide, 1, keepdims=True)
        expected = np.log(np.sum(np.exp(wide - peaks), 1)) + peaks[:, 0]
        np.testing.assert_allclose(
            tf.reduce_logsumexp(x, 1).numpy(), expected.astype(dtype), rtol=float(tolerance)
        )
        given = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(given)
            y = tf.reduce_logsumexp(given, 1)
        shares = np.exp(wide - expected[:, None]).astype(dtype)
        shares[shares < np.finfo(dtype).tiny] = 0
        np.testing.assert_allclose(
            tape.gradient(y, given).numpy(), shares, rtol=float(4 * tolerance), atol=1e-37
        )


def test_shares_in_a_logarithm_are_right_far_from_0():
    x = np.array([1e4, 1e4 + 1, 1e4 - 2], "float32")
    expected = np.exp(x - x.max()) / np.sum(np.exp(x - x.max()))
    given = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(given)
        y = tf.reduce_logsumexp(given)
    np.testing.assert_allclose(tape.gradient(y, given).numpy(), expected, rtol=1e-6)
    with tf.autodiff.ForwardAccumulator(given, tf.constant([1.0, 0.0, 0.0])) as acc:
        y = tf.reduce_logsumexp(given)
    np.testing.assert_allclose(acc.jvp(y).numpy(), expected[0], rtol=1e-6)


@pytest.mark.parametrize("n", [2, 40, 700])
def test_logarithms_of_sums_of_infinities(n):
    x = np.zeros((6, n))
    x[1] = -np.inf
    x[2, 1] = np.inf
    x[3, 0] = -np.inf
    x[4, 1] = np.nan
    x[5] = np.inf
    expected = [np.log(n), -np.inf, np.inf, np.log(n - 1), np.nan, np.inf]
    for dtype in ("float32", "float64"):
        np.testing.assert_allclose(tf.reduce_logsumexp(x.astype(dtype), 1).numpy(), expected, 1e-6)


@pytest.mark.parametrize("count", [1, 20])
def test_products_that_leave_the_range_on_the_way(count):
    for x in ([1e200, 1e-200], [1e-200, 1e200], [1e-155, 1e155], [1e300, 1e-300, 1e300, 1e-300]):
        rows = np.tile(x, (count, 4))
        np.testing.assert_allclose(tf.reduce_prod(rows, 1).numpy(), np.ones(count), 1e-12)
        np.testing.assert_allclose(tf.reduce_prod(rows.T, 0).numpy(), np.ones(count), 1e-12)
    # What is beyond the range itself.
    np.testing.assert_array_equal(tf.reduce_prod(np.full((4, count), 1e200), 0), [np.inf] * count)
    np.testing.assert_array_equal(tf.reduce_prod(np.full((4, count), 1e-200), 0), [0] * count)
    assert np.isnan(tf.reduce_prod([np.inf, 0.0]).numpy())


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_moduli_of_the_whole_range(dtype):
    real = np.finfo(dtype).dtype
    limits = np.finfo(real)
    parts = [0, 1, -3, 1e-3, limits.max / 2, -limits.max, limits.tiny, limits.tiny / 8]
    parts += [limits.smallest_subnormal, np.sqrt(limits.max), np.sqrt(limits.tiny), np.inf, np.nan]
    a, b = (p.reshape(-1) for p in np.meshgrid(np.array(parts, real), np.array(parts, real)))
    z = np.empty(a.size, dtype)
    z.real, z.imag = a, b
    with np.errstate(over="ignore"):
        expected = np.hypot(a, b)
    got = tf.abs(z).numpy()
    np.testing.assert_array_equal(np.isfinite(got), np.isfinite(expected))
    finite = np.isfinite(expected)
    with np.errstate(over="ignore"):
        np.testing.assert_array_almost_equal_nulp(got[finite], expected[finite], 2)
    np.testing.assert_array_equal(got[~finite], expected[~finite])


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
@pytest.mark.parametrize("shape", [(70, 100), (64, 4096), (3, 40, 50), (2, 2, 33, 70), (9, 9000)])
def test_operations_of_transposed_operands(shape, dtype):
    """By bands, of whole rows and of parts, beside operands in order and across."""
    order = [*range(len(shape) - 2), len(shape) - 1, len(shape) - 2]
    x, y, z = (sample(shape, "float64").astype(dtype) + k for k in range(3))
    across = [tf.transpose(tf.constant(v.transpose(order).copy()), order) for v in (x, y, z)]
    a, b, c = across
    np.testing.assert_array_equal((a + tf.constant(y)).numpy(), x + y)
    np.testing.assert_array_equal((tf.constant(y) - a).numpy(), y - x)
    np.testing.assert_array_equal((a - b).numpy(), x - y)
    np.testing.assert_array_equal((-a).numpy(), -x)
    with tf.GradientTape() as tape:
        tape.watch(across)
        result = (a * b) * c
    for got, expected in zip(tape.gradient(result, across), (y * z, x * z, x * y)):
        np.testing.assert_allclose(got.numpy(), np.conj(expected), 1e-6)


def test_forward_mode_of_cumulative_logarithms_behind_minus_infinity():
    x = tf.constant([-np.inf, -np.inf, 1.0, -np.inf, 2.0], "float64")
    v = tf.constant([1.0, 2.0, 3.0, 4.0, 5.0], "float64")
    share = 1 / (1 + np.exp(-1.0))
    last = 3 * (1 - share) + 5 * share
    for reverse, expected in ((False, [np.nan, np.nan, 3, 3, last]), (True, [last] * 3 + [5, 5])):
        with tf.autodiff.ForwardAccumulator(x, v) as acc:
            y = tf.math.cumulative_logsumexp(x, reverse=reverse)
        np.testing.assert_allclose(acc.jvp(y).numpy(), expected, 1e-12)


def test_unknown_reductions_are_refused():
    with pytest.raises(ValueError, match="reduce_nothing"):
        _core.reduce("reduce_nothing", [1.0], None, False)


def test_moments_of_integers_are_integers():
    for dtype in ("int32", "int64"):
        mean, variance = tf.nn.moments(tf.constant([-3, -1, 0, 7], dtype), [0])
        assert mean.dtype == variance.dtype == dtype
        assert (int(mean), int(variance)) == (0, 14)
    with pytest.raises(TypeError, match="int8"):
        tf.nn.moments(tf.constant([1, 2], "int8"), [0])


@pytest.mark.parametrize("shape", [(7, 100), (100, 7), (5, 33, 20), (300,)])
def test_ties_share_in_all_layouts(shape):
    x = np.round(sample(shape, "float64"))
    for axis in axes_of(shape):
        given = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(given)
            y = tf.reduce_max(given, axis)
        ties = x == np.max(x, axis, keepdims=True)
        expected = ties / np.sum(ties, axis, keepdims=True)
        np.testing.assert_array_equal(tape.gradient(y, given).numpy(), expected)


@pytest.mark.parametrize("dtype", ["bool", "float16", "float32", "float64", "complex128"])
def test_transposed_copies(dtype):
    random = np.random.default_rng(0)
    for shape in [(5, 7), (64, 100), (33, 4, 17), (3, 4, 5, 6), (100, 1, 50)]:
        x = sample(shape, "float64").astype(dtype)
        for _ in range(4):
            order = random.permutation(len(shape)).tolist()
            moved = tf.transpose(x, order)
            expected = np.transpose(x, order)
            np.testing.assert_array_equal(tf.reshape(moved, [-1]).numpy(), expected.reshape(-1))
            if dtype != "bool":
                np.testing.assert_array_equal((moved + moved).numpy(), expected + expected)
            np.testing.assert_array_equal(tf.cast(moved, "complex128").numpy(), expected)
