"""Random programs of the functions of all namespaces, here and in TensorFlow, in float64.

Each function makes a 3 x 3 matrix of one. Chains of them are compared by value, by gradient, and by
the gradient of that: ``AUTOGRAD_C_PROGRAMS=5000 make compare`` takes five thousand chains.
"""

from __future__ import annotations

import os
import random

import numpy as np
import pytest

import autograd_c

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tensorflow = pytest.importorskip("tensorflow")

COUNT = int(os.environ.get("AUTOGRAD_C_PROGRAMS", "300"))
CONSTANT = np.random.default_rng(0).uniform(0.5, 1.5, (3, 3))
IMAGE = [1, 3, 3, 1]


def positive(tf, x):
    """Positive definite, with eigenvalues that are apart."""
    spread = np.diag([1.0, 3.0, 6.0])
    return 0.2 * tf.matmul(x, x, transpose_b=True) + spread


def regular(tf, x):
    return 0.3 * x + np.diag([2.0, -3.0, 5.0])


def unit(tf, x):
    """In (0, 1)."""
    return 0.05 + 0.9 * tf.sigmoid(x)


def plus(tf, x):
    return 0.3 + tf.nn.softplus(x)


MAPS = {
    # elementwise and special
    "tanh": lambda tf, x: tf.tanh(x),
    "softplus": lambda tf, x: tf.nn.softplus(x),
    "elu": lambda tf, x: tf.nn.elu(x),
    "selu": lambda tf, x: tf.nn.selu(x),
    "gelu": lambda tf, x: tf.nn.gelu(x),
    "gelu_tanh": lambda tf, x: tf.nn.gelu(x, approximate=True),
    "swish": lambda tf, x: tf.nn.swish(x, beta=0.7),
    "relu6": lambda tf, x: tf.nn.relu6(x + 1.0),
    "leaky_relu": lambda tf, x: tf.nn.leaky_relu(x),
    "softsign": lambda tf, x: tf.nn.softsign(x),
    "log_sigmoid": lambda tf, x: tf.math.log_sigmoid(x),
    "xlogy": lambda tf, x: tf.math.xlogy(x, plus(tf, x)),
    "xlog1py": lambda tf, x: tf.math.xlog1py(x, plus(tf, x)),
    "xdivy": lambda tf, x: tf.math.xdivy(x, CONSTANT + tf.square(x)),
    "divide_no_nan": lambda tf, x: tf.math.divide_no_nan(x, CONSTANT + tf.square(x)),
    "multiply_no_nan": lambda tf, x: tf.math.multiply_no_nan(tf.sin(x), CONSTANT * x),
    "reciprocal_no_nan": lambda tf, x: tf.math.reciprocal_no_nan(plus(tf, x)),
    "squared_difference": lambda tf, x: tf.math.squared_difference(x, CONSTANT),
    "erf": lambda tf, x: tf.math.erf(x),
    "erfinv": lambda tf, x: tf.math.erfinv(unit(tf, x) - 0.5),
    "erfcinv": lambda tf, x: tf.math.erfcinv(unit(tf, x)),
    "ndtri": lambda tf, x: tf.math.ndtri(unit(tf, x)),
    "lgamma": lambda tf, x: tf.math.lgamma(plus(tf, x)),
    "digamma": lambda tf, x: tf.math.digamma(plus(tf, x)),
    "i0e": lambda tf, x: tf.math.bessel_i0e(x),
    "i1e": lambda tf, x: tf.math.bessel_i1e(x),
    "i0": lambda tf, x: tf.math.bessel_i0(tf.tanh(x)),
    "igamma": lambda tf, x: tf.math.igamma(CONSTANT, plus(tf, x)),
    "igammac": lambda tf, x: tf.math.igammac(CONSTANT, plus(tf, x)),
    "betainc": lambda tf, x: tf.math.betainc(CONSTANT, CONSTANT + 1, unit(tf, x)),
    "lbeta": lambda tf, x: tf.math.lbeta(plus(tf, x))[:, None] * x,
    "polyval": lambda tf, x: tf.math.polyval([x, tf.sin(x), CONSTANT], x),
    "spence": lambda tf, x: tf.math.special.spence(plus(tf, x)),
    # reductions, cumulative, sorted
    "std": lambda tf, x: x / (1.0 + tf.math.reduce_std(x, 0)),
    "variance": lambda tf, x: x * tf.math.reduce_variance(x, 1, keepdims=True),
    "euclidean_norm": lambda tf, x: x / (1.0 + tf.math.reduce_euclidean_norm(x, 1)),
    "softmax": lambda tf, x: tf.nn.softmax(x, axis=0),
    "log_softmax": lambda tf, x: tf.nn.log_softmax(x),
    "l2_normalize": lambda tf, x: tf.math.l2_normalize(x, axis=1),
    "cumsum": lambda tf, x: tf.cumsum(x, axis=1, exclusive=True, reverse=True),
    "cumprod": lambda tf, x: tf.math.cumprod(x, axis=0, exclusive=True),
    "cumulative_logsumexp": lambda tf, x: tf.math.cumulative_logsumexp(x, axis=1),
    "sort": lambda tf, x: tf.sort(x, axis=0, direction="DESCENDING"),
    "top_k": lambda tf, x: tf.concat([tf.math.top_k(x, 2)[0], x[:, :1]], 1),
    "segment_sum": lambda tf, x: tf.gather(tf.math.segment_sum(x, [0, 0, 1]), [0, 1, 1]),
    "segment_mean": lambda tf, x: tf.gather(tf.math.segment_mean(x, [0, 0, 1]), [0, 1, 1]),
    "segment_max": lambda tf, x: tf.gather(tf.math.segment_max(x, [0, 0, 1]), [0, 1, 1]),
    "segment_prod": lambda tf, x: tf.gather(tf.math.segment_prod(x, [0, 0, 1]), [0, 1, 1]),
    "unsorted": lambda tf, x: tf.math.unsorted_segment_sum(x, [2, 0, 2], 3),
    "unsorted_mean": lambda tf, x: tf.math.unsorted_segment_mean(x, [2, 0, 2], 3),
    "unsorted_min": lambda tf, x: tf.math.unsorted_segment_min(x, [2, 0, 1], 3),
    "moments": lambda tf, x: (x - tf.nn.moments(x, [0])[0]) * tf.nn.moments(x, [1])[1],
    # shapes and selection
    "pad": lambda tf, x: tf.pad(x, [[1, 0], [0, 1]], "REFLECT")[1:, 1:],
    "pad_symmetric": lambda tf, x: tf.pad(x, [[2, 0], [1, 1]], "SYMMETRIC")[:3, :3],
    "pad_constant": lambda tf, x: tf.pad(x, [[1, 1], [1, 1]], constant_values=0.5)[:3, 1:4],
    "roll": lambda tf, x: tf.roll(x, [1, -1], [0, 1]) * x,
    "repeat": lambda tf, x: tf.repeat(x, [2, 0, 1], axis=0),
    "gather": lambda tf, x: tf.gather(x, [[0, 2, 1], [1, 1, 0], [2, 0, 0]], batch_dims=1),
    "gather_nd": lambda tf, x: tf.gather_nd(x, [[[0], [2]], [[1], [1]]])[:, 0][:1] + x,
    "scatter_nd": lambda tf, x: tf.scatter_nd([[2], [0], [2]], x, [3, 3]),
    "update": lambda tf, x: tf.tensor_scatter_nd_update(x, [[0, 1], [2, 2]], tf.sin(x)[0, :2]),
    "scatter_add": lambda tf, x: tf.tensor_scatter_nd_add(x, [[1]], x[:1] ** 2),
    "scatter_max": lambda tf, x: tf.tensor_scatter_nd_max(x, [[1]], tf.cos(x[:1])),
    "mask": lambda tf, x: tf.boolean_mask(x, [True, False, True])[:1] * x,
    "slice": lambda tf, x: tf.slice(x, [1, 0], [1, -1]) + x,
    "strided": lambda tf, x: tf.strided_slice(x, [2, 0], [0, 3], [-2, 1]) + x,
    "one_hot": lambda tf, x: tf.one_hot([0, 2, 1], 3, dtype=tf.float64) @ x,
    "reverse_sequence": lambda tf, x: tf.reverse_sequence(x, [1, 3, 2], seq_axis=1, batch_axis=0),
    "partition": lambda tf, x: tf.dynamic_stitch(
        [[0], [2, 1]], tf.dynamic_partition(x, [0, 1, 1], 2)
    ),
    "space_to_depth": lambda tf, x: tf.reshape(
        tf.nn.space_to_depth(tf.reshape(tf.tile(x, [2, 2]), [1, 6, 6, 1]), 2), [9, 4]
    )[:3, 1:],
    "meshgrid": lambda tf, x: tf.meshgrid(x[0], x[:, 1])[0] * tf.meshgrid(x[0], x[:, 1])[1],
    # linear algebra
    "cholesky": lambda tf, x: tf.linalg.cholesky(positive(tf, x)),
    "inv": lambda tf, x: tf.linalg.inv(regular(tf, x)),
    "solve": lambda tf, x: tf.linalg.solve(regular(tf, x), x),
    "det": lambda tf, x: 0.1 * tf.linalg.det(regular(tf, x)) * x,
    "slogdet": lambda tf, x: tf.linalg.slogdet(regular(tf, x))[1] * x,
    "logdet": lambda tf, x: tf.linalg.logdet(positive(tf, x)) * x,
    "eigh": lambda tf, x: tf.linalg.eigh(positive(tf, x))[0] * x,
    "svd": lambda tf, x: tf.linalg.svd(regular(tf, x), compute_uv=False) * x,
    "qr": lambda tf, x: tf.abs(tf.linalg.qr(regular(tf, x))[1]),
    "expm": lambda tf, x: tf.linalg.expm(0.2 * x),
    "sqrtm": lambda tf, x: tf.linalg.sqrtm(positive(tf, x)),
    "triangular": lambda tf, x: tf.linalg.triangular_solve(regular(tf, x), x, lower=True),
    "cholesky_solve": lambda tf, x: tf.linalg.cholesky_solve(
        tf.linalg.cholesky(positive(tf, x)), x
    ),
    "lstsq": lambda tf, x: tf.linalg.lstsq(regular(tf, x), x),
    "pinv": lambda tf, x: tf.linalg.pinv(regular(tf, x)),
    "trace": lambda tf, x: x * tf.linalg.trace(x),
    "band_part": lambda tf, x: tf.linalg.band_part(x, 1, 0) + 0.1 * x,
    "diag": lambda tf, x: tf.linalg.diag(tf.linalg.diag_part(x)) + x[0],
    "set_diag": lambda tf, x: tf.linalg.set_diag(x, tf.sin(x[1])),
    "cross": lambda tf, x: tf.linalg.cross(x, tf.sin(x) + CONSTANT),
    "matvec": lambda tf, x: tf.linalg.matvec(x, x[0]) * x,
    "normalize": lambda tf, x: tf.linalg.normalize(x + CONSTANT, axis=0)[0],
    # networks and signals
    "conv2d": lambda tf, x: tf.reshape(
        tf.nn.conv2d(tf.reshape(x, IMAGE), tf.reshape(CONSTANT, [3, 3, 1, 1]), 1, "SAME"), [3, 3]
    ),
    "conv_twice": lambda tf, x: tf.reshape(
        tf.nn.conv2d(tf.reshape(x, IMAGE), tf.reshape(x, [3, 3, 1, 1]), 1, "SAME"), [3, 3]
    ),
    "transposed": lambda tf, x: tf.nn.conv2d_transpose(
        tf.reshape(x, IMAGE), tf.reshape(CONSTANT[:2, :2], [2, 2, 1, 1]), [1, 6, 6, 1], 2
    )[0, :3, 1:4, 0],
    "depthwise": lambda tf, x: tf.nn.depthwise_conv2d(
        tf.reshape(x, IMAGE), tf.reshape(CONSTANT, [3, 3, 1, 1]), [1, 1, 1, 1], "SAME"
    )[0, :, :, 0],
    "conv1d": lambda tf, x: tf.nn.conv1d(x[None], CONSTANT[None], 1, "VALID")[0],
    "max_pool": lambda tf, x: tf.nn.max_pool2d(tf.reshape(x, IMAGE), 2, 1, "SAME")[0, :, :, 0],
    "avg_pool": lambda tf, x: tf.nn.avg_pool2d(tf.reshape(x, IMAGE), 2, 1, "SAME")[0, :, :, 0],
    "batch_normalization": lambda tf, x: tf.nn.batch_normalization(
        x, *tf.nn.moments(x, [0]), x[0], x[1], 1e-3
    ),
    "cross_entropy": lambda tf, x: (
        tf.nn.softmax_cross_entropy_with_logits(labels=tf.nn.softmax(CONSTANT), logits=x) * x
    ),
    "sparse_cross_entropy": lambda tf, x: (
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0, 2, 1], logits=x) * x
    ),
    "sigmoid_cross_entropy": lambda tf, x: tf.nn.sigmoid_cross_entropy_with_logits(
        labels=unit(tf, CONSTANT), logits=x
    ),
    "weighted_cross_entropy": lambda tf, x: tf.nn.weighted_cross_entropy_with_logits(
        labels=unit(tf, CONSTANT), logits=x, pos_weight=2.0
    ),
    "poisson_loss": lambda tf, x: tf.nn.log_poisson_loss(CONSTANT, x),
    "rfft": lambda tf, x: tf.abs(tf.signal.rfft(x + CONSTANT)) @ CONSTANT[:2],
    "fft": lambda tf, x: tf.math.real(tf.signal.ifft(tf.signal.fft(tf.complex(x, CONSTANT)) ** 2)),
    "dct": lambda tf, x: tf.signal.dct(x),
    "frame": lambda tf, x: tf.signal.overlap_and_add(tf.signal.frame(x, 2, 1), 1),
    # control
    "while_loop": lambda tf, x: tf.while_loop(
        lambda i, y: i < 3, lambda i, y: (i + 1, tf.sin(y) * x), (0, x)
    )[1],
    "map_fn": lambda tf, x: tf.map_fn(lambda r: r * tf.reduce_sum(r), x),
    "scan": lambda tf, x: tf.scan(lambda a, r: 0.5 * a + tf.sin(r), x),
    "cond": lambda tf, x: tf.cond(x[0, 0] > 0.0, lambda: tf.sin(x), lambda: tf.cos(x)),
}
# TensorFlow has no second derivative of these; that of variances leaves out what the mean does.
FIRST_ONLY = {"gelu", "cumulative_logsumexp", "moments", "batch_normalization"}


def derivatives(tf, chain, array, second):
    """Value, gradient, and gradient of the gradient's sine, of a chain of functions."""
    x = tf.constant(array)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = x
            for name in chain:
                # The next function gets numbers of moderate size.
                y = tf.tanh(MAPS[name](tf, y)) * 1.5
        slope = inner.gradient(y, x)
        wave = tf.sin(slope)
    return [y, slope, *([outer.gradient(wave, x)] if second else [])]


def compare(chain, seed, second=True):
    array = np.random.default_rng(seed).uniform(-1.5, 1.5, (3, 3))
    try:
        theirs = derivatives(tensorflow, chain, array, second)
    except (LookupError, TypeError, tensorflow.errors.OpError):
        if not second:
            raise
        theirs = derivatives(tensorflow, chain, array, False)
    ours = derivatives(autograd_c, chain, array, len(theirs) == 3)
    for mine, other in zip(ours, theirs):
        mine, other = np.asarray(mine), np.asarray(other)
        if not np.isfinite(other).all():
            return  # a chain that has left the range
        assert mine.dtype == other.dtype and mine.shape == other.shape
        scale = max(1.0, float(np.abs(other).max()))
        np.testing.assert_allclose(mine, other, rtol=1e-7, atol=1e-8 * scale, err_msg=str(chain))


@pytest.mark.parametrize("name", MAPS)
def test_one(name):
    for seed in range(3):
        compare([name], seed, name not in FIRST_ONLY)


@pytest.mark.parametrize("part", range(10))
def test_chains(part):
    for seed in range(COUNT * part // 10, COUNT * (part + 1) // 10):
        chain = random.Random(seed).choices(list(MAPS), k=3)
        compare(chain, seed, seed % 3 == 0 and not FIRST_ONLY.intersection(chain))
