"""Indexing, gathering, scattering and sorting by size: value, and value with gradient."""

import numpy

from bench.operation import Operation, problems, square, uniform


def _indices(side: int) -> numpy.ndarray:
    """Make as many indices as there are rows."""
    return numpy.random.default_rng(side).integers(0, side, side)


def _numbered(size: int) -> list[numpy.ndarray]:
    """Make a vector, and sorted numbers of a tenth as many segments."""
    random = numpy.random.default_rng(size)
    numbers = numpy.sort(random.integers(0, max(size // 10, 1), size))
    numbers[-1] = max(size // 10, 1) - 1
    return [random.uniform(-2, 2, size), numbers]


OPERATIONS = (
    Operation(
        name="slice",
        arrays=square(),
        tensorflow=lambda tf, x: x[1:, ::2],
        numpy=lambda np, special, x: x[1:, ::2],
        torch=lambda torch, x: x[1:, ::2],
    ),
    Operation(
        name="rows_by_index",
        arrays=square(_indices),
        tensorflow=lambda tf, x, i: x[i],
        numpy=lambda np, special, x, i: x[i],
        torch=lambda torch, x, i: x[i],
    ),
    Operation(
        name="elements_by_index",
        arrays=square(_indices, lambda side: _indices(side)[::-1].copy()),
        tensorflow=lambda tf, x, i, j: x[i, j],
        numpy=lambda np, special, x, i, j: x[i, j],
        torch=lambda torch, x, i, j: x[i, j],
    ),
    Operation(
        name="gather",
        arrays=square(_indices),
        tensorflow=lambda tf, x, i: tf.gather(x, i, axis=1),
        numpy=lambda np, special, x, i: np.take(x, i, axis=1),
        torch=lambda torch, x, i: torch.index_select(x, 1, i),
    ),
    Operation(
        name="scatter",
        arrays=lambda size: [*uniform(-2, 2)(size), _indices(size)],
        tensorflow=lambda tf, x, i: tf.tensor_scatter_nd_add(tf.zeros_like(x), i[:, None], x),
        numpy=lambda np, special, x, i: np.bincount(i, x, len(x)),
        torch=lambda torch, x, i: torch.zeros_like(x).index_add(0, i, x),
        without=("autograd", "jax"),
    ),
    Operation(
        name="segment_sum",
        arrays=_numbered,
        tensorflow=lambda tf, x, i: tf.math.segment_sum(x, i),
        numpy=lambda np, special, x, i: np.bincount(i, x),
        torch=lambda torch, x, i: x.new_zeros(max(len(x) // 10, 1)).index_add(0, i, x),
        without=("autograd", "jax"),
    ),
    Operation(
        name="sort",
        arrays=uniform(-2, 2),
        tensorflow=lambda tf, x: tf.sort(x),
        numpy=lambda np, special, x: np.sort(x),
        torch=lambda torch, x: torch.sort(x).values,
    ),
    Operation(
        name="pad",
        arrays=square(),
        tensorflow=lambda tf, x: tf.pad(x, [[1, 1], [1, 1]]),
        numpy=lambda np, special, x: np.pad(x, 1),
        torch=lambda torch, x: torch.nn.functional.pad(x, (1, 1, 1, 1)),
        without=("autograd",),
    ),
    Operation(
        name="concat",
        arrays=square(),
        tensorflow=lambda tf, x: tf.concat([x, x], 1),
        numpy=lambda np, special, x: np.concatenate([x, x], 1),
        torch=lambda torch, x: torch.cat([x, x], 1),
    ),
    Operation(
        name="roll",
        arrays=uniform(-2, 2),
        tensorflow=lambda tf, x: tf.roll(x, 3, 0),
        numpy=lambda np, special, x: np.roll(x, 3, 0),
        torch=lambda torch, x: torch.roll(x, 3, 0),
    ),
)

PROBLEMS = problems(OPERATIONS)
