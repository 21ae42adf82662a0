"""Second derivatives: Hessians, their products with vectors, a chain's."""

from functools import partial

import numpy as np

from bench.problem import Expected, Inputs, Relative, Timing
from bench.suites.array import normal, sum_tanh_expected
from bench.suites.forward import chain_inputs
from bench.suites.scalar import power


def rosenbrock_inputs(length: int) -> Inputs:
    """Give a vector near the valley of Rosenbrock's function, float64."""
    return {"x": np.random.default_rng(12).uniform(0.5, 1.5, length)}


def rosenbrock_expected(x: np.ndarray) -> Expected:
    """Give the value, and the Hessian with its three diagonals."""
    a, b = x[:-1], x[1:]
    diagonal = np.zeros_like(x)
    diagonal[:-1] += 1200 * a**2 - 400 * b + 2
    diagonal[1:] += 200
    hessian = np.diag(diagonal) + np.diag(-400 * a, 1) + np.diag(-400 * a, -1)
    return Expected(np.sum(100 * (b - a**2) ** 2 + (1 - a) ** 2), [hessian])


def product_inputs() -> Inputs:
    """Give a million numbers and the vector to multiply the Hessian with."""
    return {**normal(1_000_000), "v": np.random.default_rng(13).standard_normal(1_000_000)}


def product_expected(x: np.ndarray, v: np.ndarray, part: str) -> Expected:
    """Give the gradient of sum(tanh(x) * x), or the product with its Hessian, a diagonal."""
    first = sum_tanh_expected(x)
    slope = 1 / np.cosh(x) ** 2
    product = 2 * slope * (1 - x * np.tanh(x)) * v
    return Expected(first.value, first.gradients if part == "gradient" else [product])


def second_expected(x: float, n: int, part: str = "second") -> Expected:
    """Give the first or the second derivative of x**(n + 1)."""
    first = power(x, n)
    second = (n + 1) * n * x ** (n - 1)
    return Expected(first.value, first.gradients if part == "first" else [second])


PROBLEMS = (
    Timing(
        name="hessian_scalars",
        title="Hessian of Rosenbrock's function, n = 10, a Python loop over scalars, float64",
        function="hessian_scalars",
        inputs=partial(rosenbrock_inputs, 10),
        expected=rosenbrock_expected,
        targets={"torch": 1 / 30},
    ),
    Timing(
        name="hessian_vector",
        title="Hessian of Rosenbrock's function, n = 1,000, written with vectors, float64",
        function="hessian_vector",
        inputs=partial(rosenbrock_inputs, 1000),
        expected=rosenbrock_expected,
        targets={"torch": 0.5},
    ),
    Relative(
        name="hessian_product",
        title="Hessian of sum(tanh(x) * x) times a vector, 1,000,000 float64, vs the gradient",
        function="hessian_product",
        inputs=product_inputs,
        expected=product_expected,
        work="product",
        base="gradient",
        target=3.0,
    ),
    Timing(
        name="second_chain",
        title="second derivative of 1,000 scalar multiplies `y = y * x`, float32",
        function="second_chain",
        inputs=chain_inputs,
        expected=second_expected,
        operations=1000,
        per="multiply",
        rtol=5e-4,
        targets={"torch": 1 / 50},
    ),
    Relative(
        name="second_to_first",
        title="second derivative of 1,000 scalar multiplies `y = y * x`, float32, vs the first",
        function="second_chain",
        inputs=chain_inputs,
        expected=second_expected,
        work="second",
        base="first",
        operations=1000,
        per="multiply",
        rtol=5e-4,
        target=5.0,
    ),
)
