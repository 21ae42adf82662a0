"""Convolutions and pools of images, and a network that is made of them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.operation import Operation, problems


def image(taps: int) -> Callable[[int], list[np.ndarray]]:
    """Make a square of pixels, and a filter."""

    def arrays(side: int) -> list[np.ndarray]:
        random = np.random.default_rng(side)
        return [random.normal(size=(side, side)), random.normal(size=(taps, taps))]

    return arrays


def channels(images: int) -> list[np.ndarray]:
    """Make images of 16 channels, and 3x3 filters for 32 features."""
    random = np.random.default_rng(images)
    return [random.normal(size=(images, 32, 32, 16)), random.normal(size=(3, 3, 16, 32))]


def convolved(xp: Any, x: Any, w: Any) -> Any:
    """Add up the taps of a filter, where it fits."""
    height, width = x.shape[1] - w.shape[0] + 1, x.shape[2] - w.shape[1] + 1
    parts = [
        xp.matmul(x[:, i : i + height, j : j + width], w[i, j])
        for i in range(w.shape[0])
        for j in range(w.shape[1])
    ]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def pooled(xp: Any, x: Any) -> Any:
    """Take the largest of each square of four."""
    n, height, width, depth = x.shape
    return xp.max(xp.reshape(x, (n, height // 2, 2, width // 2, 2, depth)), (2, 4))


def as_torch(torch: Any, x: Any, w: Any, **options: Any) -> Any:
    """Put channels in front, as PyTorch has them."""
    y = torch.nn.functional.conv2d(x.permute(0, 3, 1, 2), w.permute(3, 2, 0, 1), **options)
    return y.permute(0, 2, 3, 1)


# ---------------------------------------------------------------- LeNet


def lenet_arrays(images: int) -> list[np.ndarray]:
    """Make filters, weights and biases, then images of 32x32 pixels, and labels."""
    random = np.random.default_rng(images)
    shapes = [(5, 5, 1, 6), (6,), (5, 5, 6, 16), (16,), (400, 120), (120,), (120, 84), (84,)]
    shapes += [(84, 10), (10,)]
    arrays = [random.normal(size=shape) * 0.1 for shape in shapes]
    labels = np.eye(10)[random.integers(0, 10, images)]
    return [*arrays, random.normal(size=(images, 32, 32, 1)), labels]


def lenet(xp: Any, special: Any, *arrays: Any) -> Any:
    """Compute the mean of the cross entropies."""
    u, a, v, b, *dense, x, labels = arrays
    for filters, bias in ((u, a), (v, b)):
        x = pooled(xp, xp.maximum(convolved(xp, x, filters) + bias, 0.0))
    x = xp.reshape(x, (x.shape[0], 400))
    for k in (0, 2):
        x = xp.maximum(x @ dense[k] + dense[k + 1], 0.0)
    x = x @ dense[4] + dense[5]
    top = xp.max(x, 1, keepdims=True)
    logs = x - top - xp.log(xp.sum(xp.exp(x - top), 1, keepdims=True))
    return -xp.mean(xp.sum(labels * logs, 1))


def lenet_tensorflow(tf: Any, *arrays: Any) -> Any:
    """Compute the same by convolutions and pools."""
    u, a, v, b, *dense, x, labels = arrays
    for filters, bias in ((u, a), (v, b)):
        x = tf.nn.max_pool2d(tf.nn.relu(tf.nn.conv2d(x, filters, 1, "VALID") + bias), 2, 2, "VALID")
    x = tf.reshape(x, (x.shape[0], 400))
    for k in (0, 2):
        x = tf.nn.relu(x @ dense[k] + dense[k + 1])
    x = x @ dense[4] + dense[5]
    losses = tf.reduce_logsumexp(x, 1) - tf.reduce_sum(labels * x, 1)
    return tf.reduce_mean(losses)


def lenet_torch(torch: Any, *arrays: Any) -> Any:
    """Compute the same by PyTorch's."""
    u, a, v, b, *dense, x, labels = arrays
    x = x.permute(0, 3, 1, 2)
    for filters, bias in ((u, a), (v, b)):
        x = torch.relu(torch.nn.functional.conv2d(x, filters.permute(3, 2, 0, 1), bias))
        x = torch.nn.functional.max_pool2d(x, 2)
    x = x.permute(0, 2, 3, 1).reshape(x.shape[0], 400)
    for k in (0, 2):
        x = torch.relu(x @ dense[k] + dense[k + 1])
    x = x @ dense[4] + dense[5]
    return torch.mean(torch.logsumexp(x, 1) - torch.sum(labels * x, 1))


OPERATIONS = (
    Operation(
        name="convolution_7x7",
        arrays=image(7),
        tensorflow=lambda tf, x, w: tf.nn.conv2d(
            x[None, :, :, None], w[:, :, None, None], 1, "VALID"
        ),
        numpy=lambda np, special, x, w: convolved(np, x[None, :, :, None], w[:, :, None, None]),
        torch=lambda torch, x, w: as_torch(torch, x[None, :, :, None], w[:, :, None, None]),
        differentiable=2,
        sizes=(16, 64, 256),
        unit="pixels on a side",
    ),
    Operation(
        name="convolution_of_channels",
        arrays=channels,
        tensorflow=lambda tf, x, w: tf.nn.conv2d(x, w, 1, "VALID"),
        numpy=lambda np, special, x, w: convolved(np, x, w),
        torch=as_torch,
        differentiable=2,
        sizes=(1, 16),
        unit="images",
    ),
    Operation(
        name="pool",
        arrays=lambda images: channels(images)[:1],
        tensorflow=lambda tf, x: tf.nn.max_pool2d(x, 2, 2, "VALID"),
        numpy=lambda np, special, x: pooled(np, x),
        torch=lambda torch, x: torch.nn.functional.max_pool2d(x.permute(0, 3, 1, 2), 2).permute(
            0, 2, 3, 1
        ),
        sizes=(1, 16),
        unit="images",
    ),
    Operation(
        name="lenet",
        arrays=lenet_arrays,
        tensorflow=lenet_tensorflow,
        numpy=lenet,
        torch=lenet_torch,
        differentiable=10,
        step=1e-8,
        sizes=(1, 64),
        unit="images",
    ),
)

PROBLEMS = problems(OPERATIONS)
