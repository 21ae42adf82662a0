"""Random numbers by size, each library's own: their shape is checked, and no more.

With an infinite tolerance any number is as right as another but 0, which none of NumPy's is.
"""

import numpy

from bench.operation import Operation, problems, uniform

_GENERATOR = numpy.random.default_rng(0)


def _operation(name: str, tensorflow, numpy_, torch) -> Operation:
    """Draw as many numbers as an array has, in each library."""
    return Operation(
        name=name,
        arrays=uniform(1, 2),
        tensorflow=tensorflow,
        numpy=lambda np, special, x: numpy_(x),
        torch=torch,
        differentiable=0,
        without=("autograd", "jax"),
        unit="numbers",
        rtol=float("inf"),
    )


OPERATIONS = (
    _operation(
        "normal",
        lambda tf, x: tf.random.normal([len(x)]),
        lambda x: _GENERATOR.standard_normal(len(x), numpy.float32),
        lambda torch, x: torch.randn(len(x)),
    ),
    _operation(
        "normal_float64",
        lambda tf, x: tf.random.normal([len(x)], dtype=tf.float64),
        lambda x: _GENERATOR.standard_normal(len(x)),
        lambda torch, x: torch.randn(len(x), dtype=torch.float64),
    ),
    _operation(
        "stateless_normal",
        lambda tf, x: tf.random.stateless_normal([len(x)], [1, 2]),
        lambda x: numpy.random.default_rng([1, 2]).standard_normal(len(x), numpy.float32),
        lambda torch, x: torch.randn(len(x), generator=torch.Generator().manual_seed(1)),
    ),
    _operation(
        "uniform",
        lambda tf, x: tf.random.uniform([len(x)]),
        lambda x: _GENERATOR.random(len(x), numpy.float32),
        lambda torch, x: torch.rand(len(x)),
    ),
    _operation(
        "uniform_integers",
        lambda tf, x: tf.random.uniform([len(x)], 1, 101, tf.int32),
        lambda x: _GENERATOR.integers(1, 101, len(x), numpy.int32),
        lambda torch, x: torch.randint(1, 101, (len(x),), dtype=torch.int32),
    ),
    _operation(
        "gamma",
        lambda tf, x: tf.random.gamma([], x, dtype=tf.float64),
        _GENERATOR.standard_gamma,
        lambda torch, x: torch._standard_gamma(x),
    ),
    _operation(
        "poisson",
        lambda tf, x: tf.random.poisson([], x, tf.float64),
        lambda x: _GENERATOR.poisson(x) + 1.0,
        lambda torch, x: torch.poisson(x),
    ),
    _operation(
        "shuffle",
        lambda tf, x: tf.random.shuffle(x),
        _GENERATOR.permutation,
        lambda torch, x: x[torch.randperm(len(x))],
    ),
)

PROBLEMS = problems(OPERATIONS)
