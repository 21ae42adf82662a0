"""Softmax, activations and losses of logits."""

from __future__ import annotations

import numpy as np

import autograd_c as tf
from autograd_c.core import _core

from ..operations import Entry


def _log_softmax(x, axis=-1):
    return x - np.log(np.sum(np.exp(x), axis, keepdims=True))


def _softmax(x, axis=-1):
    return np.exp(_log_softmax(x, axis))


def _slope(g, y):
    return y * (g - np.sum(g * y, -2, keepdims=True))


def _log_slope(g, y):
    return g - np.exp(y) * np.sum(g, -2, keepdims=True)


def _entropy(z, x, axis=-1):
    return -np.sum(z * _log_softmax(x, axis), axis)


def _softplus(x):
    return np.log1p(np.exp(x))


def _apply(name):
    return lambda *x: _core.apply(name, _core.operands_of(name, *x), [1])


_LABELS = np.array([[2, 0], [1, 1]])
_F = {"kinds": "f", "analytic": False}


ENTRIES = [
    Entry("softmax", tf.nn.softmax, _softmax, ((2, 3),), **_F),
    Entry(
        "softmax(1)", lambda x: tf.nn.softmax(x, 1), lambda x: _softmax(x, 1), ((2, 3, 2),), **_F
    ),
    Entry("softmax, empty", tf.nn.softmax, _softmax, ((0, 3),), **_F),
    Entry("log_softmax", tf.nn.log_softmax, _log_softmax, ((2, 3),), **_F),
    Entry(
        "log_softmax(0)",
        lambda x: tf.nn.log_softmax(x, 0),
        lambda x: _log_softmax(x, 0),
        ((3, 2),),
        **_F,
    ),
    Entry(
        "softmax_slope",
        _apply("softmax_slope"),
        _slope,
        ((2, 3, 2), (3, 2)),
        **_F,
    ),
    Entry(
        "log_softmax_slope",
        _apply("log_softmax_slope"),
        _log_slope,
        ((3, 1), (2, 3, 2)),
        **_F,
    ),
    Entry(
        "softmax_cross_entropy_with_logits",
        lambda z, x: tf.nn.softmax_cross_entropy_with_logits(z, x, axis=0),
        lambda z, x: _entropy(z, x, 0),
        ((3, 2), (3, 2)),
        low=0.1,
        **_F,
    ),
    Entry(
        "sparse_softmax_cross_entropy_with_logits",
        lambda x: tf.nn.sparse_softmax_cross_entropy_with_logits(_LABELS, x),
        lambda x: -np.take_along_axis(_log_softmax(x), _LABELS[..., None], -1)[..., 0],
        ((2, 2, 3),),
        **_F,
    ),
    Entry(
        "weighted_cross_entropy_with_logits",
        lambda z, x: tf.nn.weighted_cross_entropy_with_logits(z, x, 3.0),
        lambda z, x: 3.0 * z * _softplus(-x) + (1 - z) * _softplus(x),
        ((4,), (4,)),
        **_F,
    ),
    Entry(
        "log_poisson_loss",
        lambda z, x: tf.nn.log_poisson_loss(z, x, True),
        lambda z, x: np.exp(x) - x * z + z * np.log(z) - z + np.log(2 * np.pi * z) / 2,
        ((4,), (4,)),
        low=1.2,
        **_F,
    ),
    Entry("l2_loss", tf.nn.l2_loss, lambda x: np.sum(x * x) / 2, ((2, 3),), **_F),
]
