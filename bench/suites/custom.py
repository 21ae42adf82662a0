"""Operations of the user's own: what a call of one costs in a chain."""

import math

from bench.problem import SUBJECT, Expected, Inputs, Relative, Timing


def sine_inputs() -> Inputs:
    """Give 1,000 sines of sines, float32."""
    return {"x": 1.0, "n": 1000}


def sine_expected(x: float, n: int, part: str = "custom") -> Expected:
    """Give the value, and the derivative by the chain rule."""
    slope = 1.0
    for _ in range(n):
        slope *= math.cos(x)
        x = math.sin(x)
    return Expected(x, [slope])


PROBLEMS = (
    Timing(
        name="custom_python",
        title="1,000 times `y = sine(y)`, a sine with a gradient in Python, float32, and gradient",
        function="sine_chain",
        inputs=sine_inputs,
        expected=sine_expected,
        operations=1000,
        per="operation",
        rtol=5e-4,
        targets={"torch": 1 / 5},
    ),
    Relative(
        name="custom_c",
        title="the same with a sine in C, float64, beside the built-in sine",
        function="c_chain",
        inputs=sine_inputs,
        expected=sine_expected,
        work="custom",
        base="built-in",
        operations=1000,
        per="operation",
        rtol=1e-9,
        only=(SUBJECT,),
        target=2.0,
    ),
)
