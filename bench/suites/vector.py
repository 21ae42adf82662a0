"""Short vectors: operations dominated by what surrounds the arithmetic.

The mix repeats five operations: multiply, add, tanh, subtract, exp. Two in five are
transcendental, which is generous to the arithmetic; all libraries run the same five.
"""

from functools import partial

import numpy as np

from bench.problem import Expected, Inputs, Timing

ROUNDS = 20
OPERATIONS_A_ROUND = 5


def mixed_inputs(length: int, rounds: int = ROUNDS) -> Inputs:
    """Give a float64 vector in [0.1, 0.9) for `rounds` rounds of the mix."""
    return {"x": np.random.default_rng(8).uniform(0.1, 0.9, length), "rounds": rounds}


def mixed_expected(x: np.ndarray, rounds: int) -> Expected:
    """Give the mix's value, and its derivative carried along by hand (dual numbers)."""
    y, dy = x, np.ones_like(x)
    for _ in range(rounds):
        y, dy = y * x, dy * x + y
        y, dy = y + x, dy + 1.0
        y, dy = np.tanh(y), dy / np.cosh(y) ** 2
        y, dy = y - x, dy - 1.0
        y, dy = np.exp(y), dy * np.exp(y)
    return Expected(y, [dy])


PROBLEMS = tuple(
    Timing(
        name=f"vector_{length}",
        title=f"100 mixed operations on vectors of length {length}, float64, and the gradient",
        function="mixed",
        inputs=partial(mixed_inputs, length),
        expected=mixed_expected,
        operations=ROUNDS * OPERATIONS_A_ROUND,
        per="operation",
        targets={"numpy": 1.0},
    )
    for length in (8, 100)
)
