"""Scalar code: what a single small operation costs."""

from bench.problem import Expected, Timing


def power(x: float, n: int) -> Expected:
    """Give value and derivative of x**(n + 1), which x times x, n times, is."""
    return Expected(x ** (n + 1), [(n + 1) * x**n])


def notebook_power(x: float, y: int) -> Expected:
    """Give value and derivative of the notebook's f: x to the number of i in 2..4 below y."""
    n = max(0, min(y, 5) - 2)
    return Expected(x**n, [n * x ** (n - 1)])


PROBLEMS = (
    Timing(
        name="scalar_chain",
        title="1,000 scalar multiplies `y = y * x` in a Python loop, float32, and the gradient",
        function="scalar_chain",
        inputs=lambda: {"x": 1.0009765625, "n": 1000},
        expected=power,
        operations=1000,
        per="multiply",
        rtol=1e-4,
        targets={"python": 2.5, "torch": 1 / 100, "tensorflow": 1 / 500},
    ),
    Timing(
        name="notebook",
        title="the notebook's grad(x, 6), the whole call",
        function="notebook",
        inputs=lambda: {"x": 2.0, "y": 6},
        expected=notebook_power,
        rtol=1e-6,
        targets={"torch": 1 / 40, "tensorflow": 1 / 300},
    ),
)
