"""Forward mode: tangents pushed along with what is computed."""

from functools import partial

import numpy as np

from bench.problem import Expected, Inputs, Relative, Timing
from bench.suites.array import exp_rounds_expected, exp_rounds_inputs
from bench.suites.scalar import power


def chain_inputs() -> Inputs:
    """Give the scalar chain of 1,000 multiplies."""
    return {"x": 1.0009765625, "n": 1000}


def chain_expected(x: float, n: int, part: str) -> Expected:
    """Give the derivative, which the tape of the part `recorded` is asked for afterwards."""
    return power(x, n)


def rounds_expected(x: np.ndarray, rounds: int, part: str) -> Expected:
    """Give the value, and the tangent of a tangent of ones: each element depends on its own."""
    return exp_rounds_expected(x, rounds)


PROBLEMS = (
    Timing(
        name="forward_chain",
        title="1,000 scalar multiplies `y = y * x` in a Python loop, float32, and their tangent",
        function="forward_chain",
        inputs=chain_inputs,
        expected=power,
        operations=1000,
        per="multiply",
        rtol=1e-4,
        targets={"torch": 1 / 50},
    ),
    Relative(
        name="forward_scalars",
        title="1,000 scalar multiplies with their tangent vs recorded for reverse mode",
        function="forward_chain",
        inputs=chain_inputs,
        expected=chain_expected,
        work="tangent",
        base="recorded",
        operations=1000,
        per="multiply",
        rtol=1e-4,
        target=2.0,
    ),
    Relative(
        name="forward_arrays",
        title="ten rounds of y = exp(-y * y) + x, 1,000,000 float64, with their tangent vs without",
        function="forward_rounds",
        inputs=partial(exp_rounds_inputs, 1_000_000),
        expected=rounds_expected,
        work="tangent",
        base="primal",
        target=1.5,
    ),
)
