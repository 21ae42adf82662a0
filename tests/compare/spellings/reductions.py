"""Reductions, running sums, sorting, segments."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.scipy.special as special
import numpy as np
import torch

from .row import Row, named, one

ANY_AXES = tuple(
    {"axis": axis, "keepdims": keepdims}
    for axis in (0, -1, (0, 1), (1, 2))
    for keepdims in (False, True)
)
CUBES = one((2, 3, 2), (3, 1, 4))
MATRICES = one((3, 3), (2, 3), (4, 2))


def _logsumexp(x, axis, keepdims):
    return special.logsumexp(x, axis=axis, keepdims=keepdims)


def _product(x, axis, keepdims):
    for each in sorted([axis] if isinstance(axis, int) else axis, reverse=True):
        x = torch.prod(x, each, keepdim=keepdims)
    return x


def _reduction(name, jax_function, torch_function, domain="real", kinds="f"):
    return Row(
        name=name,
        tensorflow=named(name),
        jax=jax_function,
        torch=torch_function,
        shapes=CUBES,
        options=ANY_AXES,
        domains=(domain,),
        kinds=kinds,
        # TensorFlow's derivative of a variance's derivative leaves out what the mean does.
        first_only=("tensorflow",) if "variance" in name or "std" in name else (),
    )


def _kept(torch_function, **more):
    def function(x, axis, keepdims):
        return torch_function(x, dim=axis, keepdim=keepdims, **more)

    return function


def _cumulated(function, flip, start):
    """`exclusive` and `reverse` of a running sum or product."""

    def cumulated(x, axis, exclusive=False, reverse=False):
        x = flip(x, axis) if reverse else x
        y = function(x, axis)
        if exclusive:
            n = x.shape[axis]
            index = tuple(slice(None) if k != axis else slice(n - 1) for k in range(x.ndim))
            first = tuple(slice(None) if k != axis else slice(1) for k in range(x.ndim))
            y = start(y[first], y[index], axis)
        return flip(y, axis) if reverse else y

    return cumulated


CUMULATED = tuple(
    {"axis": axis, "exclusive": exclusive, "reverse": reverse}
    for axis in (0, 1)
    for exclusive in (False, True)
    for reverse in (False, True)
)


def _jax_start(value):
    return lambda like, rest, axis: jnp.concatenate([jnp.full_like(like, value), rest], axis)


def _torch_start(value):
    return lambda like, rest, axis: torch.cat([torch.full_like(like, value), rest], axis)


def _torch_flip(x, axis):
    return torch.flip(x, [axis])


def _by_torch(x, ids, count, reduce, identity=0.0):
    out = torch.full((count, *x.shape[1:]), identity, dtype=x.dtype)
    index = ids.reshape(-1, *[1] * (x.ndim - 1)).expand_as(x)
    return out.scatter_reduce(0, index, x, reduce, include_self=False)


SEGMENTS = {  # JAX's, and how PyTorch scatters
    "sum": (jax.ops.segment_sum, "sum"),
    "prod": (None, "prod"),  # JAX has no derivative of it
    "max": (jax.ops.segment_max, "amax"),
    "min": (jax.ops.segment_min, "amin"),
}


def _segments():
    for name, (by_jax, by_torch) in SEGMENTS.items():
        # Each segment has elements: for empty ones, libraries differ.
        yield Row(
            name=f"segment_{name}",
            tensorflow=lambda tf, x, n=name: getattr(tf.math, f"segment_{n}")(x, [0, 1, 1]),
            jax=by_jax and (lambda x, f=by_jax: f(x, np.array([0, 1, 1]), 2)),
            torch=lambda x, r=by_torch: _by_torch(x, torch.tensor([0, 1, 1]), 2, r),
            shapes=one((3, 3), (3,), (3, 2, 2)),
            domains=("apart",),
        )
        yield Row(
            name=f"unsorted_segment_{name}",
            tensorflow=lambda tf, x, n=name: getattr(tf.math, f"unsorted_segment_{n}")(
                x, [1, 0, 1], 2
            ),
            jax=by_jax and (lambda x, f=by_jax: f(x, np.array([1, 0, 1]), 2)),
            torch=lambda x, r=by_torch: _by_torch(x, torch.tensor([1, 0, 1]), 2, r),
            shapes=one((3, 3), (3,), (3, 2, 2)),
            domains=("apart",),
        )


def _moments(x):
    return [jnp.mean(x, 0), jnp.var(x, 0)]


def _torch_moments(x):
    return [torch.mean(x, 0), torch.var(x, 0, correction=0)]


ROWS = [
    _reduction("reduce_sum", jnp.sum, _kept(torch.sum), kinds="fc"),
    _reduction("reduce_mean", jnp.mean, _kept(torch.mean), kinds="fc"),
    _reduction("reduce_prod", jnp.prod, _product),
    _reduction("reduce_max", jnp.max, _kept(torch.amax), "apart"),
    _reduction("reduce_min", jnp.min, _kept(torch.amin), "apart"),
    _reduction("reduce_logsumexp", _logsumexp, _kept(torch.logsumexp)),
    _reduction("math.reduce_std", jnp.std, _kept(torch.std, correction=0), "apart"),
    _reduction("math.reduce_variance", jnp.var, _kept(torch.var, correction=0)),
    _reduction(
        "math.reduce_euclidean_norm",
        lambda x, axis, keepdims: jnp.sqrt(jnp.sum(x * x, axis, keepdims=keepdims)),
        _kept(torch.linalg.vector_norm),
        "apart",
    ),
    *_segments(),
    Row(
        name="everything reduced",
        tensorflow=lambda tf, x: [tf.reduce_sum(x), tf.reduce_mean(x), tf.reduce_logsumexp(x)],
        jax=lambda x: [jnp.sum(x), jnp.mean(x), special.logsumexp(x)],
        torch=lambda x: [torch.sum(x), torch.mean(x), torch.logsumexp(x, tuple(range(x.ndim)))],
        shapes=one((2, 3), (4,), (2, 3, 2)),
    ),
    Row(
        name="norm",
        tensorflow=lambda tf, x, ord, axis: tf.norm(x, ord, axis),
        jax=lambda x, ord, axis: jnp.linalg.norm(x, ord, axis),
        torch=lambda x, ord, axis: torch.linalg.vector_norm(x, ord, axis),
        options=tuple(
            {"ord": ord, "axis": axis} for ord in (1, 2, 3.5, float("inf")) for axis in (0, 1)
        ),
        shapes=MATRICES,
        domains=("apart",),
    ),
    Row(
        name="cumsum",
        tensorflow=named("cumsum"),
        jax=_cumulated(jnp.cumsum, jnp.flip, _jax_start(0.0)),
        torch=_cumulated(torch.cumsum, _torch_flip, _torch_start(0.0)),
        options=CUMULATED,
        shapes=MATRICES,
        kinds="fc",
    ),
    Row(
        name="cumprod",
        tensorflow=named("math.cumprod"),
        jax=_cumulated(jnp.cumprod, jnp.flip, _jax_start(1.0)),
        torch=_cumulated(torch.cumprod, _torch_flip, _torch_start(1.0)),
        options=CUMULATED,
        shapes=MATRICES,
    ),
    Row(
        name="cumulative_logsumexp",
        tensorflow=named("math.cumulative_logsumexp"),
        jax=_cumulated(lambda x, axis: jax.lax.cumlogsumexp(x, axis), jnp.flip, _jax_start(-1.0)),
        torch=_cumulated(torch.logcumsumexp, _torch_flip, _torch_start(-1.0)),
        options=tuple({k: o[k] for k in ("axis", "reverse")} for o in CUMULATED),
        shapes=MATRICES,
        # PyTorch's second derivative has an error of 1e-4.
        first_only=("tensorflow", "torch"),
    ),
    Row(
        name="sort",
        tensorflow=lambda tf, x, axis, down: tf.sort(
            x, axis, direction="DESCENDING" if down else "ASCENDING"
        ),
        jax=lambda x, axis, down: jnp.sort(x, axis, descending=down),
        torch=lambda x, axis, down: torch.sort(x, axis, descending=down).values,
        options=tuple({"axis": axis, "down": down} for axis in (0, -1) for down in (False, True)),
        shapes=MATRICES,
        domains=("apart",),
    ),
    Row(
        name="top_k",
        tensorflow=lambda tf, x: tf.math.top_k(x, 2)[0],
        jax=lambda x: jax.lax.top_k(x, 2)[0],
        torch=lambda x: torch.topk(x, 2).values,
        shapes=MATRICES,
        domains=("apart",),
    ),
    Row(
        name="argsort",
        tensorflow=lambda tf, x, y: tf.gather(y, tf.argsort(x)) + tf.gather(y, tf.argmax(x)),
        jax=lambda x, y: y[jnp.argsort(x)] + y[jnp.argmax(x)],
        torch=lambda x, y: y[torch.argsort(x)] + y[torch.argmax(x)],
        operands=2,
        shapes=(((3,), (3, 2)), ((4,), (4,))),
        domains=("apart", "real"),
    ),
    Row(
        name="softmax",
        tensorflow=lambda tf, x, axis: tf.nn.softmax(x, axis),
        jax=lambda x, axis: jax.nn.softmax(x, axis),
        torch=lambda x, axis: torch.softmax(x, axis),
        options=({"axis": -1}, {"axis": 0}),
        shapes=(*MATRICES, *CUBES),
    ),
    Row(
        name="log_softmax",
        tensorflow=lambda tf, x, axis: tf.nn.log_softmax(x, axis),
        jax=lambda x, axis: jax.nn.log_softmax(x, axis),
        torch=lambda x, axis: torch.log_softmax(x, axis),
        options=({"axis": -1}, {"axis": 0}),
        shapes=(*MATRICES, *CUBES),
    ),
    Row(
        name="l2_normalize",
        tensorflow=lambda tf, x: tf.math.l2_normalize(x, 1),
        jax=lambda x: x / jnp.sqrt(jnp.sum(x * x, 1, keepdims=True)),
        torch=lambda x: torch.nn.functional.normalize(x, dim=1),
        shapes=MATRICES,
        domains=("apart",),
    ),
    Row(
        name="moments",
        tensorflow=lambda tf, x: list(tf.nn.moments(x, [0])),
        jax=_moments,
        torch=_torch_moments,
        shapes=MATRICES,
        first_only=("tensorflow",),
    ),
    Row(
        name="clip_by_norm",
        tensorflow=lambda tf, x: tf.clip_by_norm(x, 1.5),
        jax=lambda x: x * 1.5 / jnp.maximum(jnp.sqrt(jnp.sum(x * x)), 1.5),
        torch=lambda x: x * 1.5 / torch.clamp(torch.sqrt(torch.sum(x * x)), min=1.5),
        shapes=MATRICES,
        domains=("apart",),
    ),
    Row(
        name="clip_by_global_norm",
        tensorflow=lambda tf, x, y: tf.clip_by_global_norm([x, y], 1.5)[0],
        jax=lambda x, y: [
            z * 1.5 / jnp.maximum(jnp.sqrt(jnp.sum(x * x) + jnp.sum(y * y)), 1.5) for z in (x, y)
        ],
        torch=lambda x, y: [
            z * 1.5 / torch.clamp(torch.sqrt(torch.sum(x * x) + torch.sum(y * y)), min=1.5)
            for z in (x, y)
        ],
        operands=2,
        shapes=(((2, 3), (4,)),),
        domains=("apart",),
    ),
    Row(
        name="lbeta",
        tensorflow=lambda tf, x: tf.math.lbeta(x),
        jax=lambda x: jnp.sum(special.gammaln(x), -1) - special.gammaln(jnp.sum(x, -1)),
        torch=lambda x: torch.sum(torch.lgamma(x), -1) - torch.lgamma(torch.sum(x, -1)),
        shapes=MATRICES,
        domains=("positive",),
    ),
    Row(
        name="unsorted_segment_mean",
        tensorflow=lambda tf, x: [
            tf.math.unsorted_segment_mean(x, [2, 0, 2], 3),
            tf.math.unsorted_segment_sqrt_n(x, [2, 0, 2], 3),
        ],
        jax=lambda x: [jnp.stack([x[1], 0 * x[0], s * (x[0] + x[2])]) for s in (0.5, 0.5**0.5)],
        torch=lambda x: [torch.stack([x[1], 0 * x[0], s * (x[0] + x[2])]) for s in (0.5, 0.5**0.5)],
        shapes=one((3, 3), (3, 2)),
    ),
]
