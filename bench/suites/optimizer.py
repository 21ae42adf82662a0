"""Optimizers: what a step costs beside the gradient that it follows."""

import numpy as np

from bench.problem import Expected, Inputs, Relative, Timing
from bench.suites.network import dense_expected, dense_inputs

RATE = 0.001
EPSILON = 1e-12
"""What keeps Adam from dividing by zero: so small that it does not matter where it is added."""


def adam_inputs() -> Inputs:
    """Give the dense network and the settings."""
    return {**dense_inputs(), "rate": RATE, "epsilon": EPSILON}


def adam_expected(
    data: np.ndarray,
    wanted: np.ndarray,
    parameters: list[np.ndarray],
    rate: float,
    epsilon: float,
    part: str = "step",
) -> Expected:
    """Give the parameters after the first step of Adam, or the gradients alone.

    The first step is the rate times the gradient's sign: its mean over its root mean square.
    """
    first = dense_expected(data, wanted, parameters)
    if part == "gradient":
        return first
    moved = [p - rate * g / (np.abs(g) + epsilon) for p, g in zip(parameters, first.gradients)]
    return Expected(first.value, moved)


PROBLEMS = (
    Timing(
        name="adam",
        title="dense network 16x64 -> 32 -> 1, float32: its gradient and a step of Adam",
        function="adam",
        inputs=adam_inputs,
        expected=adam_expected,
        rtol=1e-5,
        targets={"torch": 1 / 6},
    ),
    Relative(
        name="adam_to_gradient",
        title="dense network 16x64 -> 32 -> 1, float32: gradient and step of Adam vs gradient",
        function="adam",
        inputs=adam_inputs,
        expected=adam_expected,
        rtol=1e-5,
        work="step",
        base="gradient",
        target=1.5,
    ),
)
