"""Convolutions, pools and what stands beside them, against TensorFlow: values and gradients."""

from __future__ import annotations

import os

import numpy as np
import pytest

import autograd_c

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tensorflow = pytest.importorskip("tensorflow")

TOLERANCE = {"float16": 1e-2, "float32": 2e-5, "float64": 1e-12}


def normal(shape, dtype="float32", seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def compare(call, *arrays):
    """Values, and gradients by all arrays."""
    found = []
    for tf in (autograd_c, tensorflow):
        tensors = [tf.constant(a) for a in arrays]
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            y = call(tf, *tensors)
        found.append([y])
        if np.dtype(y.dtype.as_numpy_dtype).kind == "f":
            g = tf.constant(normal(tuple(y.shape), y.dtype.as_numpy_dtype, 9))
            try:
                gradients = tape.gradient(y, tensors, output_gradients=g)
            except tensorflow.errors.OpError:  # it has no kernel for some of them
                continue
            found[-1] += map(tf.convert_to_tensor, gradients)
    t = TOLERANCE.get(arrays[0].dtype.name, 0)
    for ours, theirs in zip(*found):
        ours, theirs = ours.numpy(), theirs.numpy()
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
        scale = max(1.0, float(np.max(np.abs(theirs), initial=0)))
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=t * scale)


PADDINGS = ["SAME", "VALID", [[0, 0], [2, 1], [0, 1], [0, 0]]]


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("padding", PADDINGS, ids=["SAME", "VALID", "explicit"])
@pytest.mark.parametrize(("strides", "dilations"), [(1, 1), ([1, 2, 3, 1], 1), (1, [2, 3]), (2, 2)])
def test_conv2d(padding, strides, dilations, dtype):
    compare(
        lambda tf, x, w: tf.nn.conv2d(x, w, strides, padding, dilations=dilations),
        normal((2, 7, 8, 4), dtype),
        normal((3, 2, 4, 3), dtype, 1),
    )


@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_groups_and_layouts(dtype):
    x, w = 3 * normal((2, 4, 6, 5)), 3 * normal((2, 3, 2, 6), seed=1)
    compare(
        lambda tf, x, w: tf.nn.conv2d(tf.transpose(x, [0, 2, 3, 1]), w, 2, "SAME"),
        x.astype(dtype),
        w.astype(dtype),
    )
    if dtype == "float32":
        compare(lambda tf, x, w: tf.nn.conv2d(x, w, [1, 1, 2, 1], "SAME", data_format="NCHW"), x, w)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_other_ranks(padding):
    x, w = normal((2, 7, 3)), normal((3, 3, 4), seed=1)
    compare(lambda tf, x, w: tf.nn.conv1d(x, w, 2, padding), x, w)
    compare(lambda tf, x, w: tf.nn.convolution(x, w, padding=padding, dilations=2), x, w)
    compare(lambda tf, x, w: tf.nn.conv1d(x[None], w, [2], padding), x, w)
    x, w = normal((2, 4, 5, 6, 2)), normal((2, 3, 2, 2, 3), seed=1)
    compare(lambda tf, x, w: tf.nn.conv3d(x, w, [1, 2, 1, 2, 1], padding), x, w)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_transposes(padding):
    more = {"SAME": 0, "VALID": 1}[padding]
    y, w = normal((2, 4, 3, 4)), normal((3, 2, 3, 4), seed=1)
    compare(
        lambda tf, y, w: tf.nn.conv2d_transpose(y, w, [2, 8 + more, 6, 3], 2, padding),
        y,
        w,
    )
    compare(
        lambda tf, y, w: tf.nn.conv1d_transpose(y, w, [2, 9, 3], 3, padding),
        normal((2, 3, 4)),
        normal((3, 3, 4), seed=1),
    )
    compare(
        lambda tf, y, w: tf.nn.conv3d_transpose(y, w, [1, 4, 4, 4, 1], 2, padding),
        normal((1, 2, 2, 2, 2)),
        normal((2, 2, 2, 1, 2), seed=1),
    )
    compare(
        lambda tf, y, w: tf.nn.atrous_conv2d_transpose(
            y, w, [2, 8, 5, 3] if padding == "VALID" else [2, 4, 3, 3], 2, padding
        ),
        y,
        w,
    )


@pytest.mark.parametrize("padding", PADDINGS, ids=["SAME", "VALID", "explicit"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_depthwise(padding, dtype):
    x, w = normal((2, 6, 7, 3), dtype), normal((3, 2, 3, 2), dtype, 1)
    for strides, dilations in (([1, 1, 1, 1], [1, 1]), ([1, 2, 2, 1], [1, 1]), ([1] * 4, [2, 1])):
        if dilations != [1, 1] and not isinstance(padding, str):
            continue
        compare(
            lambda tf, x, w, s=strides, d=dilations: tf.nn.depthwise_conv2d(
                x, w, s, padding, dilations=d
            ),
            x,
            w,
        )
    compare(
        lambda tf, x, w, p: tf.nn.separable_conv2d(x, w, p, [1, 2, 2, 1], "SAME"),
        x,
        w,
        normal((1, 1, 6, 4), dtype, 2),
    )
    g = normal((2, 6, 7, 6), dtype, 3)
    compare(
        lambda tf, w, g: tf.nn.depthwise_conv2d_backprop_input(x.shape, w, g, [1, 1, 1, 1], "SAME"),
        w,
        g,
    )
    compare(
        lambda tf, x, g: tf.nn.depthwise_conv2d_backprop_filter(
            x, w.shape, g, [1, 1, 1, 1], "SAME"
        ),
        x,
        g,
    )


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_pools(padding, dtype):
    for grid in (None, 1):
        x = normal((2, 7, 6, 3), dtype)
        x = x if grid is None else np.round(x)  # ties
        for size, strides in ((2, 2), ([3, 2], 1), ([1, 2, 3, 1], [1, 3, 1, 1])):
            for f in ("max_pool2d", "avg_pool2d"):
                compare(
                    lambda tf, x, f=f, k=size, s=strides: getattr(tf.nn, f)(x, k, s, padding), x
                )
    compare(lambda tf, x: tf.nn.max_pool(x[:, 0], 3, 2, padding), x)
    compare(lambda tf, x: tf.nn.avg_pool(x[:, 0], 3, 2, padding), x)
    if dtype == "float32":
        y = normal((1, 4, 5, 4, 2), dtype)
        compare(lambda tf, x: tf.nn.max_pool3d(x, 2, [1, 2, 2, 1, 1], padding), y)
        compare(lambda tf, x: tf.nn.avg_pool3d(x, 2, 2, padding), y)


def test_more_pools():
    x = np.round(normal((2, 5, 6, 4)) * 2)
    compare(lambda tf, x: tf.nn.max_pool2d(x, [2, 3], [2, 1], [[0, 0], [1, 1], [2, 0], [0, 0]]), x)
    compare(lambda tf, x: tf.nn.max_pool2d(x, [1, 1, 1, 2], [1, 1, 1, 2], "VALID"), x)
    compare(lambda tf, x: tf.nn.pool(x, [2, 2], "MAX", dilations=[2, 1]), x)
    compare(lambda tf, x: tf.nn.pool(x, [2, 2], "AVG", dilations=[1, 2]), x)
    compare(lambda tf, x: tf.nn.pool(x, [2, 3], "AVG", [2, 2], "SAME"), x)
    for dtype in ("int8", "uint8", "int16", "uint16", "int32", "int64"):
        compare(lambda tf, x: tf.nn.max_pool2d(x, 2, 2, "VALID"), x.astype(dtype))
    for whole in (False, True):
        ours, theirs = (
            tf.nn.max_pool_with_argmax(x, 3, 2, "SAME", include_batch_in_index=whole)
            for tf in (autograd_c, tensorflow)
        )
        np.testing.assert_array_equal(ours.output, theirs.output)
        np.testing.assert_array_equal(ours.argmax, theirs.argmax)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_shades(padding):
    x, w = np.round(normal((2, 5, 6, 3)) * 2), np.round(normal((2, 3, 3), seed=1) * 2)
    for f in ("dilation2d", "erosion2d"):
        for strides, rates in (([1, 1, 1, 1], [1, 2, 1, 1]), ([1, 2, 1, 1], [1, 1, 1, 1])):
            compare(
                lambda tf, x, w, f=f, s=strides, r=rates: getattr(tf.nn, f)(
                    x, w, s, padding, "NHWC", r
                ),
                x,
                w,
            )


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_beside_them(dtype):
    x = normal((2, 3, 4, 5), dtype)
    mean, scale, offset = (normal((5,), dtype, k) for k in (1, 2, 3))
    variance = np.exp(mean)
    compare(
        lambda tf, *all: tf.nn.batch_normalization(*all, 1e-3), x, mean, variance, offset, scale
    )
    compare(
        lambda tf, x, m, v: tf.nn.batch_normalization(x, m, v, None, None, 1e-3), x, mean, variance
    )
    for layout, extent in ((None, 5), ("NHWC", 5), ("NCHW", 3)):
        compare(lambda tf, x, b, f=layout: tf.nn.bias_add(x, b, f), x, normal((extent,), dtype, 4))
    if dtype == "float32":
        compare(lambda tf, x: tf.nn.lrn(x, 1, 1.5, 0.3, 0.75), x)
        compare(lambda tf, x: tf.nn.local_response_normalization(x), x)


def test_tables():
    ids = np.array([[0, 4], [2, 2]])
    for limit in (None, 1.0):
        compare(
            lambda tf, a, b, m=limit: tf.nn.embedding_lookup([a, b], ids, max_norm=m),
            normal((3, 2)),
            normal((2, 2), seed=1),
        )


def test_average_losses():
    x = normal((3, 2))
    compare(lambda tf, x: tf.nn.compute_average_loss(x), x)
    compare(lambda tf, x: tf.nn.compute_average_loss(x, [1.0, 2.0, 0.0], 5), x)
    compare(lambda tf, x: tf.nn.scale_regularization_loss(x), x)
