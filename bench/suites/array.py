"""Large arrays: where memory and the speed of exp and tanh decide."""

from functools import partial

import numpy as np

from bench.problem import Expected, Inputs, Timing


def normal(length: int) -> Inputs:
    """Give normally distributed float64 numbers."""
    return {"x": np.random.default_rng(6).standard_normal(length)}


def sum_tanh_expected(x: np.ndarray) -> Expected:
    """Give sum(tanh(x) * x) and its gradient."""
    return Expected(np.sum(np.tanh(x) * x), [np.tanh(x) + x / np.cosh(x) ** 2])


def exp_rounds_inputs(length: int) -> Inputs:
    """Give normal numbers for ten rounds (each round shrinks errors by at least 0.86)."""
    return {**normal(length), "rounds": 10}


def exp_rounds_expected(x: np.ndarray, rounds: int) -> Expected:
    """Give the value, and the derivative carried along by hand (dual numbers)."""
    y, dy = x, np.ones_like(x)
    for _ in range(rounds):
        e = np.exp(-y * y)
        y, dy = e + x, -2 * y * dy * e + 1
    return Expected(y, [dy])


PROBLEMS = (
    Timing(
        name="sum_tanh",
        title="gradient of sum(tanh(x) * x), 1,000,000 float64",
        function="sum_tanh",
        inputs=partial(normal, 1_000_000),
        expected=sum_tanh_expected,
        targets={"torch": 0.5, "numpy": 1.5},
    ),
    Timing(
        name="exp_rounds_10k",
        title="gradient of ten rounds of y = exp(-y * y) + x, 10,000 float64",
        function="exp_rounds",
        inputs=partial(exp_rounds_inputs, 10_000),
        expected=exp_rounds_expected,
        targets={"torch": 0.4, "numpy": 2.0},
    ),
    Timing(
        name="exp_rounds_1m",
        title="gradient of ten rounds of y = exp(-y * y) + x, 1,000,000 float64",
        function="exp_rounds",
        inputs=partial(exp_rounds_inputs, 1_000_000),
        expected=exp_rounds_expected,
        targets={"torch": 0.7},
    ),
)
