"""Functions of one row, mapped over rows of rows."""

from functools import partial

import numpy as np

from bench.problem import Expected, Inputs, Timing


def pairs_inputs(count: int) -> Inputs:
    """Give two lists of points in three dimensions, float32."""
    rng = np.random.default_rng(40)
    x, y = rng.standard_normal((2, count, 3)).astype(np.float32)
    return {"x": x, "y": y}


def pairs_expected(x: np.ndarray, y: np.ndarray) -> Expected:
    """Give exp(-|x - y|²) of each pair, and its gradients by x."""
    between = x.astype(float)[:, None] - y
    value = np.exp(-np.sum(between**2, -1))
    return Expected(value, [-2.0 * between * value[..., None]])


PROBLEMS = (
    Timing(
        name="pairs",
        title="gradients of exp(-|x - y|²) for 1,000 x 1,000 pairs of points, a map in a map",
        function="pairs",
        inputs=partial(pairs_inputs, 1000),
        expected=pairs_expected,
        rtol=1e-4,
        targets={"jax": 1.0},
    ),
    Timing(
        name="few_pairs",
        title="gradients of exp(-|x - y|²) for 10 x 10 pairs of points, a map in a map",
        function="pairs",
        inputs=partial(pairs_inputs, 10),
        expected=pairs_expected,
        rtol=1e-4,
        targets={"jax": 0.25},
    ),
)
