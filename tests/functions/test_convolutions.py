"""Convolutions, pools and the layers beside them: layouts, groups, paddings, errors, edges."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core

from ..derivatives import check_derivatives
from ..entries.convolutions import convolved, same, windows


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@pytest.mark.parametrize(
    ("shape", "filters", "strides", "dilations", "margins"),
    [
        ((2, 7, 8, 4), (3, 3, 4, 6), (1, 1), (1, 1), ((1, 1), (0, 2))),
        ((3, 7, 8, 4), (3, 2, 2, 6), (2, 3), (1, 1), ((1, 1), (0, 2))),
        ((9, 5, 5, 3), (5, 5, 3, 7), (1, 1), (1, 1), ((0, 0), (0, 0))),
        ((1, 30, 70, 1), (7, 7, 1, 1), (1, 1), (1, 1), ((3, 3), (3, 3))),
        ((2, 9, 9, 4), (3, 3, 1, 8), (2, 2), (1, 1), ((1, 0), (2, 1))),
        ((20, 6, 6, 2), (3, 3, 2, 5), (2, 1), (1, 2), ((1, 1), (0, 0))),
        ((70, 4, 1, 3), (2, 1, 3, 2), (1, 1), (1, 1), ((0, 0), (0, 0))),
        ((2, 6, 6, 3), (1, 1, 3, 5), (1, 1), (1, 1), ((0, 0), (0, 0))),
        ((1, 9, 9, 1), (2, 2, 1, 1), (4, 5), (1, 1), ((0, 0), (0, 0))),
    ],
)
def test_many_sizes(shape, filters, strides, dilations, margins, dtype):
    x = np.asarray(3 * normal(*shape), dtype)
    w = np.asarray(3 * normal(*filters, seed=1), dtype)
    padding = [(0, 0), *margins, (0, 0)]
    expected = convolved(x, w, strides, dilations, margins)
    y = tf.nn.conv2d(x, w, strides, padding, dilations=dilations)
    t = {"float32": 1e-4, "float64": 1e-11, "int64": 0}[dtype]
    np.testing.assert_allclose(y, expected, rtol=t, atol=10 * t)
    if dtype == "int64":
        return
    g = np.asarray(normal(*expected.shape, seed=2), dtype)
    variables = tf.Variable(x), tf.Variable(w)
    with tf.GradientTape() as tape:
        y = tf.nn.conv2d(*variables, strides, padding, dilations=dilations)
    gx, gw = tape.gradient(y, variables, output_gradients=g)
    # <conv(x, dw), g> = <gw, dw>, and so for x.
    dx, dw = normal(*shape, seed=3), normal(*filters, seed=4)
    t = {"float32": 2e-3, "float64": 1e-9}[dtype]
    for found, direction, product in [
        (gx, dx, convolved(dx, w, strides, dilations, margins)),
        (gw, dw, convolved(x.astype(float), dw, strides, dilations, margins)),
    ]:
        assert float(np.sum(found.numpy() * direction)) == pytest.approx(
            float(np.sum(product * g)), rel=t, abs=t
        )


@pytest.mark.parametrize("padding", ["SAME", "VALID", [[0, 0], [1, 0], [2, 1], [0, 0]]])
def test_channels_in_front(padding):
    x, w = normal(2, 6, 5, 4), normal(3, 2, 2, 6)
    expected = tf.nn.conv2d(x, w, [1, 2, 1, 1], padding)
    turned = padding if isinstance(padding, str) else [padding[k] for k in (0, 3, 1, 2)]
    y = tf.nn.conv2d(x.transpose(0, 3, 1, 2), w, [1, 1, 2, 1], turned, data_format="NCHW")
    np.testing.assert_allclose(y.numpy().transpose(0, 2, 3, 1), expected, atol=1e-13)
    pooled = tf.nn.max_pool2d(x, [3, 2], 2, "SAME").numpy()
    other = tf.nn.max_pool2d(x.transpose(0, 3, 1, 2), [3, 2], 2, "SAME", "NCHW").numpy()
    np.testing.assert_array_equal(other.transpose(0, 2, 3, 1), pooled)


def test_one_and_three_axes():
    x, w = normal(2, 6, 3), normal(2, 3, 4)
    wide = tf.nn.conv2d(x[:, :, None], w[:, None], [2, 1], "SAME")
    y = tf.nn.conv1d(x, w, 2, "SAME")
    np.testing.assert_allclose(y, wide[:, :, 0], atol=1e-13)
    np.testing.assert_allclose(tf.nn.convolution(x, w, 2, "SAME"), y, atol=0)
    turned = tf.nn.conv1d(x.transpose(0, 2, 1), w, 2, "SAME", data_format="NCW")
    np.testing.assert_allclose(tf.transpose(turned, [0, 2, 1]), y, atol=1e-13)
    x, w = normal(2, 4, 3, 5, 2), normal(2, 1, 3, 2, 2)
    y = tf.nn.conv3d(x, w, [1, 2, 1, 1, 1], "SAME")
    margins = [same(4, 2, 2, 1), (0, 0), same(5, 3, 1, 1)]
    np.testing.assert_allclose(y, convolved(x, w, (2, 1, 1), (1, 1, 1), margins), atol=1e-12)
    many = tf.nn.conv3d(x[None], w, [1, 2, 1, 1, 1], "SAME")
    np.testing.assert_allclose(many[0], y, atol=0)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_transposes_are_adjoints(padding):
    x, w = normal(2, 7, 6, 3), normal(3, 2, 3, 4)
    v = tf.Variable(x)
    with tf.GradientTape() as tape:
        y = tf.nn.conv2d(v, w, 2, padding)
    g = normal(*y.shape, seed=5)
    expected = tape.gradient(y, v, output_gradients=g)
    for f in (tf.nn.conv2d_transpose, tf.nn.conv_transpose):
        np.testing.assert_allclose(f(g, w, x.shape, 2, padding), expected, atol=1e-13)
    turned = tf.nn.conv2d_transpose(g.transpose(0, 3, 1, 2), w, (2, 3, 7, 6), 2, padding, "NCHW")
    np.testing.assert_allclose(tf.transpose(turned, [0, 2, 3, 1]), expected, atol=1e-13)
    also = tf.conv2d_backprop_input_v2(x, w, g, [1, 2, 2, 1], padding)
    np.testing.assert_allclose(also, expected, atol=1e-13)
    with pytest.raises(tf.errors.InvalidArgumentError, match="is not what a convolution of"):
        tf.nn.conv2d_transpose(g, w, (2, 20, 6, 3), 2, padding)
    with pytest.raises(tf.errors.InvalidArgumentError, match="does not fit 2 images"):
        tf.nn.conv2d_transpose(g, w, (3, 7, 6, 3), 2, padding)


def test_depthwise():
    x, w = normal(2, 5, 6, 3), normal(2, 3, 3, 2)
    y = tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], "SAME", dilations=[2, 1])
    margins = [same(5, 2, 1, 2), same(6, 3, 1, 1)]
    for c in range(3):
        one = convolved(x[..., c : c + 1], w[:, :, c : c + 1], (1, 1), (2, 1), margins)
        np.testing.assert_allclose(y[..., 2 * c : 2 * c + 2], one, atol=1e-13)
    check_derivatives(lambda x, w: tf.nn.depthwise_conv2d(x, w, [1, 2, 2, 1], "SAME"), x[:1], w)
    v = [tf.Variable(x), tf.Variable(w)]
    with tf.GradientTape() as tape:
        y = tf.nn.depthwise_conv2d(*v, [1, 2, 2, 1], "VALID")
    g = normal(*y.shape, seed=6)
    by_input, by_filter = tape.gradient(y, v, output_gradients=g)
    found = tf.nn.depthwise_conv2d_backprop_input(x.shape, w, g, [1, 2, 2, 1], "VALID")
    np.testing.assert_allclose(found, by_input, atol=1e-13)
    found = tf.nn.depthwise_conv2d_backprop_filter(x, w.shape, g, [1, 2, 2, 1], "VALID")
    np.testing.assert_allclose(found, by_filter, atol=1e-13)
    mixed = normal(1, 1, 6, 5)
    separable = tf.nn.separable_conv2d(x, w, mixed, [1, 2, 2, 1], "VALID")
    np.testing.assert_allclose(separable, y @ mixed[0], atol=1e-12)


def test_batches_of_filters_and_images():
    """A Jacobian's cotangents, and programs in batches, go through one call."""
    x, w = tf.constant(normal(3, 4, 2)), tf.constant(normal(2, 1, 4))

    def f(x, w):
        return tf.nn.conv1d(x, w, 1, "SAME")

    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, w])
        y = f(x, w)
    for source in (x, w):
        whole = tape.jacobian(y, source).numpy()
        for index in [(0, 1, 2), (2, 3, 0)]:
            with tf.GradientTape() as one:
                one.watch(source)
                number = f(x, w)[index]
            np.testing.assert_allclose(one.gradient(number, source), whole[index], atol=1e-13)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x, w: tf.nn.conv2d(x, w, 0, "SAME"), "strides must be at least 1"),
        (lambda x, w: tf.nn.conv2d(x, w, 2**40, "SAME"), r"\[conv2d\] strides must be at most"),
        (lambda x, w: tf.nn.conv2d(x, w, 2**70, "SAME"), r"\[conv2d\] strides must be at most"),
        (lambda x, w: tf.nn.conv2d(x, w, 1, "SAME", dilations=2**40), "dilations must be at most"),
        (lambda x, w: tf.nn.conv2d(x, w, 1, [[2**40, 0], [0, 0]]), "padding must be at most"),
        (lambda x, w: tf.nn.max_pool2d(x, 2, 2**40, "SAME"), "strides must be at most"),
        (lambda x, w: tf.nn.conv2d(x, w, [2, 1, 1, 1], "SAME"), "axis of images must be 1"),
        (lambda x, w: tf.nn.conv2d(x, w, [1, 1, 1], "SAME"), "got .1, 1, 1."),
        (lambda x, w: tf.nn.conv2d(x, w, 1, "FULL"), "padding is 'SAME', 'VALID'"),
        (lambda x, w: tf.nn.conv2d(x, w, 1, [[1, 1]]), "padding is 'SAME', 'VALID'"),
        (lambda x, w: tf.nn.conv2d(x, w, 1, [[1, 0], [0, 0], [0, 0], [0, 0]]), "have no padding"),
        (lambda x, w: tf.nn.conv2d(x, w, 1, "SAME", data_format="NWHC"), "data_format is"),
        (lambda x, w: tf.nn.conv2d(x, w[:, :, :2], 1, "SAME"), "3 channels of the input"),
        (lambda x, w: tf.nn.conv2d(x[0], w, 1, "SAME"), "the input must have rank 4"),
        (lambda x, w: tf.nn.conv2d(x, w[0], 1, "SAME"), "the filter must have rank 4"),
        (lambda x, w: tf.nn.conv2d(x[:, :1], w, 1, "VALID"), "does not fit an axis of 1"),
        (lambda x, w: tf.nn.conv2d(x, w, 1, "SAME", dilations=0), "dilations must be at least"),
        (lambda x, w: tf.nn.depthwise_conv2d(x, w[..., 0], 1, "SAME"), "filter must have rank 4"),
        (lambda x, w: tf.nn.max_pool2d(x, [2, 1, 1, 1], 1, "SAME"), "axis of images must be 1"),
        (lambda x, w: tf.nn.max_pool2d(x[0], 2, 1, "SAME"), "the input must have rank 4"),
        (lambda x, w: tf.nn.max_pool2d(x, 9, 1, "VALID"), "a window of 9 does not fit"),
        (
            lambda x, w: tf.nn.max_pool2d(x, 2, 1, [[0, 0], [2, 2], [0, 0], [0, 0]]),
            "smaller than the window",
        ),
        (lambda x, w: tf.nn.bias_add(x, [1.0, 2.0]), "a bias for each channel"),
        (lambda x, w: tf.nn.lrn(x[0]), "must have rank 4"),
    ],
)
def test_what_does_not_fit(call, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        call(tf.ones([1, 4, 5, 3]), tf.ones([3, 2, 3, 2]))


def test_attributes_of_no_convolution():
    x, w = tf.ones([1, 4, 1]), tf.ones([2, 1, 1])
    for attributes in ([0] * 20, [1, 4] + [1] * 18, [1, 1, 0] + [1] * 17, [1, 1] + [1 << 50] * 18):
        with pytest.raises(ValueError, match="no attributes of a convolution"):
            _core.apply("conv", [x, w], attributes)
    with pytest.raises(ValueError, match="do not fit the convolution"):
        _core.apply("conv", [x, w], [1, 1, 1, 1, 0, 5, 2, 4] + [0] * 12)
    for attributes in ([0] * 26, [0, 5] + [1] * 24, [0, 1, 0] + [1] * 23):
        with pytest.raises(ValueError, match="no attributes of a pool"):
            _core.apply("max_pool", [x], attributes)
    with pytest.raises(ValueError, match="windows do not fit"):
        _core.apply("max_pool", [x], [0, 1, 1, 1, 0, 9, 2, 8] + [0] * 18)


def test_dtypes():
    with pytest.raises(TypeError):
        tf.nn.conv1d(tf.ones([1, 3, 1], "complex64"), tf.ones([1, 1, 1], "complex64"), 1, "SAME")
    with pytest.raises(TypeError):
        tf.nn.avg_pool(tf.ones([1, 3, 1], "int32"), 2, 1, "SAME")
    assert tf.nn.conv1d(np.ones((1, 3, 1)), [[[1.0]]], 1, "SAME").dtype == tf.float64
    x, w = tf.ones([1, 4097, 1], "float16"), tf.ones([4097, 1, 1], "float16")
    half = tf.nn.conv1d(x, w, 1, "VALID")
    assert half.dtype == tf.float16
    assert half.numpy().item() == np.float16(4097)


# ---------------------------------------------------------------- pools


@pytest.mark.parametrize("channels", [1, 3, 17])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_the_first_of_the_largest_has_the_derivative(padding, channels):
    x = np.round(normal(2, 6, 5, channels))
    margins = [same(n, 3, 2, 1) if padding == "SAME" else (0, 0) for n in (6, 5)]
    parts = np.stack(list(windows(x, (3, 3), (2, 2), (1, 1), margins, -np.inf).values()))
    v = tf.Variable(x)
    with tf.GradientTape() as tape:
        y = tf.nn.max_pool2d(v, 3, 2, padding)
    np.testing.assert_array_equal(y, parts.max(0))
    g = normal(*y.shape, seed=7)
    expected = np.zeros_like(np.pad(x, [(0, 0), *margins, (0, 0)]))
    for n, i, j, c in np.ndindex(*y.shape):
        a, b = divmod(int(parts[:, n, i, j, c].argmax()), 3)
        expected[n, 2 * i + a, 2 * j + b, c] += g[n, i, j, c]
    (top, _), (left, _) = margins
    np.testing.assert_allclose(
        tape.gradient(y, v, output_gradients=g),
        expected[:, top : top + 6, left : left + 5],
        atol=1e-14,
    )


def test_numbers_that_are_none():
    nan, inf = np.nan, np.inf
    x = np.array([1, nan, 3, -inf, -inf, inf])[None, :, None]
    y = tf.nn.max_pool1d(x, 2, 1, "VALID").numpy().ravel()
    np.testing.assert_array_equal(y, [nan, nan, 3, -inf, inf])
    v = tf.Variable(x)
    with tf.GradientTape() as tape:
        y = tf.nn.max_pool1d(v, 2, 1, "VALID")
    np.testing.assert_array_equal(tape.gradient(y, v).numpy().ravel(), [0, 2, 1, 1, 0, 1])
    least = np.full((1, 4, 1), np.iinfo("int8").min, "int8")
    np.testing.assert_array_equal(tf.nn.max_pool1d(least, 2, 2, "VALID"), least[:, ::2])


def test_places_of_the_largest():
    x = normal(2, 4, 5, 3).astype("float32")
    y, places = tf.nn.max_pool_with_argmax(x, 2, 2, "SAME")
    for n in range(2):
        np.testing.assert_array_equal(x[n].ravel()[places[n].numpy()], y[n])
    whole = tf.nn.max_pool_with_argmax(
        x, 2, 2, "SAME", output_dtype=tf.int32, include_batch_in_index=True
    )
    assert whole.argmax.dtype == tf.int32
    np.testing.assert_array_equal(x.ravel()[whole.argmax.numpy()], whole.output)


def test_windows_over_channels_and_apart():
    x = normal(2, 3, 4, 6)
    y = tf.nn.max_pool2d(x, [1, 1, 1, 2], [1, 1, 1, 2], "VALID")
    np.testing.assert_array_equal(y, np.maximum(x[..., ::2], x[..., 1::2]))
    y = tf.nn.pool(x, [2, 2], "AVG", dilations=[2, 1])
    expected = sum(x[:, a : a + 1, b : b + 3] for a in (0, 2) for b in (0, 1)) / 4
    np.testing.assert_allclose(y, expected, atol=1e-15)
    for bad in (
        {"padding": "SAME", "dilations": 2},
        {"strides": 2, "dilations": 2},
    ):
        with pytest.raises(ValueError, match="dilations above 1"):
            tf.nn.pool(x, [2, 2], "MAX", **bad)
    with pytest.raises(ValueError, match="pooling_type"):
        tf.nn.pool(x, [2, 2], "MIN")


def test_shades():
    x, w = normal(1, 4, 5, 2), normal(2, 3, 2)
    y = tf.nn.dilation2d(x, w, [1, 1, 2, 1], "SAME", "NHWC", [1, 2, 1, 1])
    margins = [same(4, 2, 1, 2), same(5, 3, 2, 1)]
    parts = windows(x, (2, 3), (1, 2), (2, 1), margins, -np.inf)
    expected = np.max([part + w[tap] for tap, part in parts.items()], axis=0)
    np.testing.assert_array_equal(y, expected)
    eroded = tf.nn.erosion2d(x, w, [1, 1, 2, 1], "VALID", "NHWC", [1, 2, 1, 1])
    parts = windows(x, (2, 3), (1, 2), (2, 1), [(0, 0)] * 2, 0)
    least = np.min([part - w[1 - i, 2 - j] for (i, j), part in parts.items()], axis=0)
    np.testing.assert_allclose(eroded, least, atol=1e-15)
    check_derivatives(
        lambda x, w: tf.nn.dilation2d(x, w, [1, 1, 1, 1], "VALID", "NHWC", [1, 1, 1, 1]), x, w
    )


# ---------------------------------------------------------------- beside them


def test_normalisation():
    x, (mean, scale, offset) = normal(3, 4, 2), normal(3, 2, seed=1)
    variance = np.array([0.5, 2.0])
    expected = (x - mean) / np.sqrt(variance + 0.1) * scale + offset
    y = tf.nn.batch_normalization(x, mean, variance, offset, scale, 0.1)
    np.testing.assert_allclose(y, expected, atol=1e-14)
    half = tf.nn.batch_normalization(
        tf.constant(x, tf.float16), tf.constant(mean, tf.float32), tf.ones([2]), None, None, 0.1
    )
    assert half.dtype == tf.float16
    x = normal(1, 2, 2, 5)
    sums = np.stack([np.square(x[..., max(c - 2, 0) : c + 3]).sum(-1) for c in range(5)], -1)
    expected = x / (1.5 + 0.3 * sums) ** 0.75
    np.testing.assert_allclose(tf.nn.lrn(x, 2, 1.5, 0.3, 0.75), expected, atol=1e-14)
    check_derivatives(lambda x: tf.nn.lrn(x, 1), x)


def test_biases():
    x = normal(2, 3, 4)
    np.testing.assert_array_equal(tf.nn.bias_add(x, [1.0, 2, 3, 4]), x + [1.0, 2, 3, 4])
    y = tf.nn.bias_add(x, [1.0, 2, 3], data_format="NCW")
    np.testing.assert_array_equal(y, x + np.array([[1.0], [2], [3]]))
    with pytest.raises(ValueError, match="data_format"):
        tf.nn.bias_add(x, [1.0], data_format="CN")


def test_dropout():
    x = tf.Variable(tf.ones([20, 30]))
    with tf.GradientTape() as tape:
        y = tf.nn.dropout(x, 0.25, seed=3)
    kept = y.numpy() != 0
    np.testing.assert_array_equal(y, np.where(kept, np.float32(4 / 3), 0))
    np.testing.assert_array_equal(tape.gradient(y, x), y)
    assert 0.6 < kept.mean() < 0.9
    rows = tf.nn.dropout(x, 0.5, noise_shape=[None, 1]).numpy()
    assert (rows == rows[:, :1]).all()
    lost = tf.nn.dropout([np.nan, np.inf] * 50, 0.5).numpy()
    assert (lost == 0).any()
    for rate in (1.0, -0.1, np.nan, "a", None):
        with pytest.raises(ValueError, match="rate"):
            tf.nn.dropout(x, rate)
    with pytest.raises(ValueError, match="floating"):
        tf.nn.dropout([1, 2], 0.5)
    with pytest.raises(tf.errors.InvalidArgumentError, match="noise_shape"):
        tf.nn.dropout(x, 0.5, noise_shape=[3, 1])


def test_average_losses():
    losses = [1.0, 2.0, 6.0]
    assert tf.nn.compute_average_loss(losses).numpy() == 3
    assert tf.nn.compute_average_loss(losses, [1, 0, 1], 7).numpy() == 1
    assert tf.nn.compute_average_loss(tf.ones([2, 3]), [1.0, 2.0]).numpy() == 4.5
    assert tf.nn.scale_regularization_loss(losses).numpy() == 9
    with pytest.raises(ValueError, match="rank 1"):
        tf.nn.compute_average_loss(1.0)
    with pytest.raises(ValueError, match="negative"):
        tf.nn.compute_average_loss(losses, global_batch_size=-1)


def test_tables_in_parts():
    first, second = tf.Variable(normal(3, 2)), tf.Variable(normal(2, 2, seed=1))
    rows = tf.nn.embedding_lookup([first, second], [4, 0, 2])
    np.testing.assert_array_equal(rows, [second[1], first[0], first[2]])
    with pytest.raises(ValueError, match="a table"):
        tf.nn.embedding_lookup([], [0])


def test_dropout_by_seeds():
    x = tf.ones([50])
    tf.random.set_seed(3)
    first = [tf.nn.dropout(x, 0.5).numpy() for _ in range(2)]
    tf.random.set_seed(3)
    again = [tf.nn.dropout(x, 0.5).numpy() for _ in range(2)]
    np.testing.assert_array_equal(first, again)
    assert (first[0] != first[1]).any()


@pytest.mark.parametrize("steps", [2.5, [1.5, 2.0], np.float32(2), np.array([1.0, 2.0])])
def test_steps_are_whole_numbers(steps):
    x = tf.ones((1, 4, 4, 1))
    with pytest.raises(tf.errors.InvalidArgumentError, match="strides (are|must be) an integer"):
        tf.nn.max_pool2d(x, 2, steps, "SAME")
    with pytest.raises(tf.errors.InvalidArgumentError, match="strides (are|must be) an integer"):
        tf.nn.conv2d(x, tf.ones((2, 2, 1, 1)), steps, "SAME")


def test_taps_that_no_position_reaches_need_no_padding():
    # With it, the input would have some 100,000,000 elements.
    x = np.random.default_rng(0).uniform(-1, 1, (2, 6, 5, 2))
    w = np.random.default_rng(1).uniform(-1, 1, (3, 3, 2, 3))
    a, b = tf.constant(x), tf.constant(w)
    with tf.GradientTape() as tape:
        tape.watch([a, b])
        y = tf.nn.conv2d(a, b, [1, 2, 2, 1], "SAME", dilations=[5000, 2])
    c, d = tf.constant(x), tf.constant(w[1:2])
    with tf.GradientTape() as other:
        other.watch([c, d])
        z = tf.nn.conv2d(c[:, 1::2], d, [1, 1, 2, 1], "SAME", dilations=[1, 2])
    np.testing.assert_allclose(y, z)
    by_input, by_filter = tape.gradient(y, [a, b])
    of_input, of_middle = other.gradient(z, [c, d])
    np.testing.assert_allclose(by_input, of_input)
    np.testing.assert_allclose(by_filter, np.pad(of_middle, [(1, 1), (0, 0), (0, 0), (0, 0)]))


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("size", [2, 3])
def test_many_channels_are_pooled_as_each_alone(padding, size):
    # With few of them, the gradient looks each place up; with many, it goes through all.
    x = np.round(np.random.default_rng(size).uniform(-2, 2, (2, 7, 6, 9)))
    x[0, 1, 1] = np.nan
    a = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(a)
        y = tf.nn.max_pool2d(a, size, 2, padding) ** 2.0
    together = tape.gradient(y, a).numpy()
    for k in range(x.shape[-1]):
        b = tf.constant(x[..., k : k + 1])
        with tf.GradientTape() as tape:
            tape.watch(b)
            y = tf.nn.max_pool2d(b, size, 2, padding) ** 2.0
        np.testing.assert_array_equal(together[..., k : k + 1], tape.gradient(y, b))
