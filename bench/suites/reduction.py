"""Reductions by size: value, and value with gradient."""

import numpy

from bench.operation import Operation, problems, square, uniform


def _block(size: int) -> list[numpy.ndarray]:
    """Make an array with three axes of about the same extent."""
    side = max(round(size ** (1 / 3)), 1)
    return [numpy.random.default_rng(size).uniform(0.5, 1.5, (side, side, side))]


def _near_one(size: int) -> list[numpy.ndarray]:
    """Make factors whose product stays in range."""
    return [1 + numpy.random.default_rng(size).uniform(-1, 1, size) / max(size, 10)]


OPERATIONS = (
    Operation(
        name="sum",
        arrays=uniform(-2, 2),
        tensorflow=lambda tf, x: tf.reduce_sum(x),
        numpy=lambda np, special, x: np.sum(x),
        torch=lambda torch, x: torch.sum(x),
    ),
    Operation(
        name="sum_rows",
        arrays=square(),
        tensorflow=lambda tf, x: tf.reduce_sum(x, 1),
        numpy=lambda np, special, x: np.sum(x, 1),
        torch=lambda torch, x: torch.sum(x, 1),
    ),
    Operation(
        name="sum_columns",
        arrays=square(),
        tensorflow=lambda tf, x: tf.reduce_sum(x, 0),
        numpy=lambda np, special, x: np.sum(x, 0),
        torch=lambda torch, x: torch.sum(x, 0),
    ),
    Operation(
        name="sum_middle",
        arrays=_block,
        tensorflow=lambda tf, x: tf.reduce_sum(x, 1),
        numpy=lambda np, special, x: np.sum(x, 1),
        torch=lambda torch, x: torch.sum(x, 1),
    ),
    Operation(
        name="max",
        arrays=uniform(-2, 2),
        tensorflow=lambda tf, x: tf.reduce_max(x),
        numpy=lambda np, special, x: np.max(x),
        torch=lambda torch, x: torch.max(x),
    ),
    Operation(
        name="max_rows",
        arrays=square(),
        tensorflow=lambda tf, x: tf.reduce_max(x, 1),
        numpy=lambda np, special, x: np.max(x, 1),
        torch=lambda torch, x: torch.amax(x, 1),
    ),
    Operation(
        name="max_columns",
        arrays=square(),
        tensorflow=lambda tf, x: tf.reduce_max(x, 0),
        numpy=lambda np, special, x: np.max(x, 0),
        torch=lambda torch, x: torch.amax(x, 0),
    ),
    Operation(
        name="prod",
        arrays=_near_one,
        tensorflow=lambda tf, x: tf.reduce_prod(x),
        numpy=lambda np, special, x: np.prod(x),
        torch=lambda torch, x: torch.prod(x),
    ),
    Operation(
        name="mean",
        arrays=uniform(-2, 2),
        tensorflow=lambda tf, x: tf.reduce_mean(x),
        numpy=lambda np, special, x: np.mean(x),
        torch=lambda torch, x: torch.mean(x),
    ),
    Operation(
        name="standard_deviation",
        arrays=lambda size: uniform(-2, 2)(max(size, 2)),
        tensorflow=lambda tf, x: tf.math.reduce_std(x),
        numpy=lambda np, special, x: np.std(x),
        torch=lambda torch, x: torch.std(x, correction=0),
    ),
    Operation(
        name="logsumexp",
        arrays=square(),
        tensorflow=lambda tf, x: tf.reduce_logsumexp(x, 1),
        numpy=lambda np, special, x: special.logsumexp(x, axis=1),
        torch=lambda torch, x: torch.logsumexp(x, 1),
    ),
    Operation(
        name="softmax",
        arrays=square(),
        tensorflow=lambda tf, x: tf.nn.softmax(x) ** 2,
        numpy=lambda np, special, x: np.exp(2 * (x - special.logsumexp(x, axis=1, keepdims=True))),
        torch=lambda torch, x: torch.softmax(x, 1) ** 2,
    ),
    Operation(
        name="cumulative_sum",
        arrays=uniform(-2, 2),
        tensorflow=lambda tf, x: tf.cumsum(x),
        numpy=lambda np, special, x: np.cumsum(x),
        torch=lambda torch, x: torch.cumsum(x, 0),
        rtol=1e-7,
    ),
    Operation(
        name="any_columns",
        arrays=square(),
        tensorflow=lambda tf, x: tf.reduce_any(x > 1.4, 0),
        numpy=lambda np, special, x: np.any(x > 1.4, 0),
        torch=lambda torch, x: torch.any(x > 1.4, 0),
        differentiable=0,
    ),
)

PROBLEMS = problems(OPERATIONS)
