"""Optimizers: what a step costs beside the gradient that it follows."""

import numpy as np

from bench.problem import Expected, Inputs, Relative, Timing
from bench.suites.network import dense_expected, dense_inputs

RATE = 0.001


def adam_inputs() -> Inputs:
    """Give the dense network and the rate."""
    return {**dense_inputs(), "rate": RATE}


def adam_expected(
    data: np.ndarray,
    wanted: np.ndarray,
    parameters: list[np.ndarray],
    rate: float,
    part: str = "step",
) -> Expected:
    """Give the parameters after the first step of Adam, or the gradients alone.

    That step is the rate times the gradient's sign, nearly: how near depends on the constant that
    keeps Adam from dividing by zero, which libraries add in different places.
    """
    first = dense_expected(data, wanted, parameters)
    if part == "gradient":
        return first
    moved = [p - rate * g / (np.abs(g) + 1e-7) for p, g in zip(parameters, first.gradients)]
    return Expected(first.value, moved)


PROBLEMS = (
    Timing(
        name="adam",
        title="dense network 16x64 -> 32 -> 1, float32: its gradient and a step of Adam",
        function="adam",
        inputs=adam_inputs,
        expected=adam_expected,
        rtol=2e-5,
        targets={"torch": 1 / 6},
    ),
    Relative(
        name="adam_to_gradient",
        title="dense network 16x64 -> 32 -> 1, float32: gradient and step of Adam vs gradient",
        function="adam",
        inputs=adam_inputs,
        expected=adam_expected,
        rtol=2e-5,
        work="step",
        base="gradient",
        target=1.5,
    ),
)
