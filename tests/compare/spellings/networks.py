"""Convolutions, pools, normalisation, cross entropies, transforms of signals."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import torch
import torch.nn.functional as F

from .row import Row, named, one

WEIGHTS = np.random.default_rng(2).uniform(0.1, 0.9, (3, 3))
IMAGES = (((1, 4, 4, 2), (2, 2, 2, 3)), ((2, 3, 4, 1), (3, 2, 1, 2)))
LAYOUT = ("NHWC", "HWIO", "NHWC")


def _front(x):
    """Channels first."""
    return x.permute(0, x.ndim - 1, *range(1, x.ndim - 1))


def _back(x):
    return x.permute(0, *range(2, x.ndim), 1)


def _conv_of_jax(x, w, strides=1, padding="VALID", dilations=1, groups=1):
    return jax.lax.conv_general_dilated(
        x,
        w,
        (strides,) * 2,
        padding,
        rhs_dilation=(dilations,) * 2,
        dimension_numbers=LAYOUT,
        feature_group_count=groups,
    )


def _conv_of_torch(x, w, strides=1, padding="VALID", dilations=1):
    y = F.conv2d(_front(x), w.permute(3, 2, 0, 1), None, strides, padding.lower(), dilations)
    return _back(y)


def _depthwise_of_jax(x, w):
    return _conv_of_jax(x, w.reshape(*w.shape[:2], 1, -1), groups=x.shape[-1])


def _depthwise_of_torch(x, w):
    height, width, channels, each = w.shape
    w = w.reshape(height, width, channels * each).permute(2, 0, 1)[:, None]
    return _back(F.conv2d(_front(x), w, groups=channels))


def _pool_of_jax(x, start, combine, size, strides):
    window = (1, size, size, 1)
    return jax.lax.reduce_window(x, start, combine, window, (1, strides, strides, 1), "VALID")


def _normalized(mean, variance, root):
    def function(x, y):
        return (x - mean(x)) / root(variance(x) + 1e-2) * y[1] + y[0]

    return function


def _entropies(logs, total):
    def function(x, y):
        from_labels = [-logs(x)[k, label] for k, label in enumerate([0, 2, 1])]
        return [total(y, logs(x)), from_labels[0] + 2 * from_labels[1] + 3 * from_labels[2]]

    return function


def _entropies_of_tensors(tf, x, y):
    nn = tf.nn
    sparse = nn.sparse_softmax_cross_entropy_with_logits(labels=[0, 2, 1], logits=x)
    return [
        nn.softmax_cross_entropy_with_logits(labels=nn.softmax(y), logits=x),
        tf.reduce_sum(sparse * np.array([1.0, 2.0, 3.0])),
    ]


def _sigmoid_entropies_of_tensors(tf, x, y):
    nn = tf.nn
    return [
        nn.sigmoid_cross_entropy_with_logits(labels=y, logits=x),
        nn.weighted_cross_entropy_with_logits(labels=y, logits=x, pos_weight=2.0),
        nn.log_poisson_loss(y, x),
    ]


def _sigmoid_entropies(softplus, exp):
    def function(x, y):
        return [
            softplus(x) - x * y,
            (1 - y) * x + (1 + y) * softplus(-x),
            exp(x) - x * y,
        ]

    return function


def _fft_rows():
    names = {
        "fft": ("c", one((3,), (2, 4))),
        "ifft": ("c", one((3,), (2, 4))),
        "rfft": ("f", one((3,), (2, 4))),
        "fft2d": ("c", one((2, 3), (2, 2, 2))),
        "ifft2d": ("c", one((2, 3), (2, 2, 2))),
        "rfft2d": ("f", one((2, 3), (2, 2, 2))),
        "fft3d": ("c", one((2, 3, 2))),
        "ifft3d": ("c", one((2, 3, 2))),
        "rfft3d": ("f", one((2, 3, 2))),
    }
    for name, (kinds, shapes) in names.items():
        plain = name.removesuffix("d")
        if plain[-1].isdigit():
            by_jax = getattr(jnp.fft, f"{plain[:-1]}n")
            by_torch = getattr(torch.fft, f"{plain[:-1]}n")
            axes = tuple(range(-int(plain[-1]), 0))
            yield Row(
                name=f"signal.{name}",
                tensorflow=named(f"signal.{name}"),
                jax=lambda x, f=by_jax, a=axes: f(x, axes=a),
                torch=lambda x, f=by_torch, a=axes: f(x, dim=a),
                shapes=shapes,
                kinds=kinds,
                without=("tensorflow",) if name == "rfft3d" else (),
            )
        else:
            yield Row(
                name=f"signal.{name}",
                tensorflow=named(f"signal.{name}"),
                jax=getattr(jnp.fft, name),
                torch=getattr(torch.fft, name),
                shapes=shapes,
                kinds=kinds,
            )


ROWS = [
    *_fft_rows(),
    Row(
        name="signal.irfft",
        # The first and the last number of a spectrum of real ones are real.
        tensorflow=lambda tf, x: tf.signal.irfft(tf.signal.rfft(x) ** 2),
        jax=lambda x: jnp.fft.irfft(jnp.fft.rfft(x) ** 2),
        torch=lambda x: torch.fft.irfft(torch.fft.rfft(x) ** 2),
        shapes=one((4,), (2, 6)),
    ),
    Row(
        name="signal.dct",
        tensorflow=lambda tf, x, kind: tf.signal.dct(x, kind),
        jax=lambda x, kind: x @ _dct_matrix(x.shape[-1], kind),
        torch=lambda x, kind: x @ torch.from_numpy(_dct_matrix(x.shape[-1], kind)),
        options=({"kind": 1}, {"kind": 2}, {"kind": 3}, {"kind": 4}),
        shapes=one((4,), (2, 3)),
    ),
    Row(
        name="signal.frame and overlap_and_add",
        tensorflow=lambda tf, x: [
            tf.signal.frame(x, 2, 1),
            tf.signal.overlap_and_add(tf.signal.frame(x, 2, 1), 1),
            tf.signal.fftshift(x, -1),
        ],
        jax=lambda x: [
            jnp.stack([x[..., :-1], x[..., 1:]], -1),
            jnp.concatenate([x[..., :1], 2 * x[..., 1:-1], x[..., -1:]], -1),
            jnp.fft.fftshift(x, -1),
        ],
        torch=lambda x: [
            torch.stack([x[..., :-1], x[..., 1:]], -1),
            torch.cat([x[..., :1], 2 * x[..., 1:-1], x[..., -1:]], -1),
            torch.fft.fftshift(x, -1),
        ],
        shapes=one((4,), (2, 3)),
    ),
    Row(
        name="conv2d",
        tensorflow=lambda tf, x, w, **options: tf.nn.conv2d(x, w, **options),
        jax=_conv_of_jax,
        torch=_conv_of_torch,
        operands=2,
        shapes=IMAGES,
        options=(
            {"strides": 1, "padding": "VALID"},
            {"strides": 2, "padding": "VALID"},
            {"strides": 1, "padding": "SAME"},
        ),
    ),
    Row(
        name="conv2d, dilated",
        tensorflow=lambda tf, x, w: tf.nn.conv2d(x, w, 1, "SAME", dilations=2),
        jax=lambda x, w: _conv_of_jax(x, w, 1, "SAME", 2),
        torch=lambda x, w: _conv_of_torch(x, w, 1, "SAME", 2),
        operands=2,
        shapes=IMAGES,
        without=("tensorflow",),
    ),
    Row(
        name="conv2d, strided and padded",
        tensorflow=lambda tf, x, w: tf.nn.conv2d(x, w, 2, "SAME"),
        jax=lambda x, w: _conv_of_jax(x, w, 2, "SAME"),
        operands=2,
        shapes=IMAGES,
    ),
    Row(
        name="conv1d",
        tensorflow=lambda tf, x, w: tf.nn.conv1d(x, w, 1, "VALID"),
        jax=lambda x, w: _conv_of_jax(x[:, :, None], w[:, None])[:, :, 0],
        torch=lambda x, w: F.conv1d(x.permute(0, 2, 1), w.permute(2, 1, 0)).permute(0, 2, 1),
        operands=2,
        shapes=(((2, 4, 2), (2, 2, 3)), ((1, 3, 1), (3, 1, 2))),
    ),
    Row(
        name="conv3d",
        tensorflow=lambda tf, x, w: tf.nn.conv3d(x, w, [1] * 5, "VALID"),
        jax=lambda x, w: jax.lax.conv_general_dilated(
            x, w, (1, 1, 1), "VALID", dimension_numbers=("NDHWC", "DHWIO", "NDHWC")
        ),
        torch=lambda x, w: _back(F.conv3d(_front(x), w.permute(4, 3, 0, 1, 2))),
        operands=2,
        shapes=(((1, 2, 3, 2, 2), (2, 2, 1, 2, 1)),),
    ),
    Row(
        name="conv2d_transpose",
        tensorflow=lambda tf, x, w: tf.nn.conv2d_transpose(x, w, [1, 4, 6, 3], 2, "VALID"),
        jax=lambda x, w: jax.lax.conv_transpose(
            x, w, (2, 2), "VALID", dimension_numbers=LAYOUT, transpose_kernel=True
        ),
        torch=lambda x, w: _back(F.conv_transpose2d(_front(x), w.permute(3, 2, 0, 1), stride=2)),
        operands=2,
        shapes=(((1, 2, 3, 2), (2, 2, 3, 2)),),
    ),
    Row(
        name="depthwise_conv2d",
        tensorflow=lambda tf, x, w: tf.nn.depthwise_conv2d(x, w, [1] * 4, "VALID"),
        jax=_depthwise_of_jax,
        torch=_depthwise_of_torch,
        operands=2,
        shapes=(((1, 3, 3, 2), (2, 2, 2, 2)), ((2, 3, 4, 1), (2, 3, 1, 3))),
    ),
    Row(
        name="max_pool2d",
        tensorflow=lambda tf, x, size, strides: tf.nn.max_pool2d(x, size, strides, "VALID"),
        jax=lambda x, size, strides: _pool_of_jax(x, -jnp.inf, jax.lax.max, size, strides),
        torch=lambda x, size, strides: _back(F.max_pool2d(_front(x), size, strides)),
        options=({"size": 2, "strides": 1}, {"size": 2, "strides": 2}),
        shapes=one((1, 4, 4, 2), (2, 3, 4, 1)),
        domains=("apart",),
    ),
    Row(
        name="avg_pool2d",
        tensorflow=lambda tf, x, size, strides: tf.nn.avg_pool2d(x, size, strides, "VALID"),
        jax=lambda x, size, strides: _pool_of_jax(x, 0.0, jax.lax.add, size, strides) / size**2,
        torch=lambda x, size, strides: _back(F.avg_pool2d(_front(x), size, strides)),
        options=({"size": 2, "strides": 1}, {"size": 2, "strides": 2}),
        shapes=one((1, 4, 4, 2), (2, 3, 4, 1)),
    ),
    Row(
        name="batch_normalization",
        tensorflow=lambda tf, x, y: tf.nn.batch_normalization(
            x, *tf.nn.moments(x, [0]), y[0], y[1], 1e-2
        ),
        jax=_normalized(lambda x: jnp.mean(x, 0), lambda x: jnp.var(x, 0), jnp.sqrt),
        torch=_normalized(
            lambda x: torch.mean(x, 0), lambda x: torch.var(x, 0, correction=0), torch.sqrt
        ),
        operands=2,
        shapes=(((3, 2), (2, 2)), ((4, 3), (2, 3))),
        first_only=("tensorflow",),
    ),
    Row(
        name="cross entropies of softmax",
        tensorflow=_entropies_of_tensors,
        jax=_entropies(jax.nn.log_softmax, lambda y, logs: -jnp.sum(jax.nn.softmax(y) * logs, -1)),
        torch=_entropies(
            lambda x: torch.log_softmax(x, -1),
            lambda y, logs: -torch.sum(torch.softmax(y, -1) * logs, -1),
        ),
        operands=2,
        shapes=(((3, 3), (3, 3)), ((3, 4), (3, 4))),
        first_only=("tensorflow",),
    ),
    Row(
        name="cross entropies of sigmoid",
        tensorflow=_sigmoid_entropies_of_tensors,
        jax=_sigmoid_entropies(jax.nn.softplus, jnp.exp),
        torch=_sigmoid_entropies(F.softplus, torch.exp),
        operands=2,
        shapes=(((2, 3), (2, 3)), ((4,), (4,))),
        domains=("apart", "unit"),
    ),
    Row(
        name="l2_loss",
        tensorflow=lambda tf, x: [tf.nn.l2_loss(x), tf.nn.bias_add(x, x[0])],
        jax=lambda x: [jnp.sum(x * x) / 2, x + x[0]],
        torch=lambda x: [torch.sum(x * x) / 2, x + x[0]],
        shapes=one((3, 3), (2, 3)),
    ),
    Row(
        name="embedding_lookup",
        tensorflow=lambda tf, x: tf.nn.embedding_lookup(x, [[2, 0], [2, 2]]),
        jax=lambda x: x[np.array([[2, 0], [2, 2]])],
        torch=lambda x: F.embedding(torch.tensor([[2, 0], [2, 2]]), x),
        shapes=one((3, 2), (3, 3)),
    ),
    Row(
        name="local_response_normalization",
        tensorflow=lambda tf, x: tf.nn.local_response_normalization(x, 1, 1.0, 0.5, 0.75),
        torch=lambda x: _back(F.local_response_norm(_front(x).contiguous(), 3, 1.5, 0.75, 1.0)),
        shapes=one((1, 2, 2, 4)),
        without=("tensorflow",),
    ),
]


def _dct_matrix(n, kind):
    from scipy import fft

    return fft.dct(np.eye(n), kind, axis=-1)
