"""Jacobians: of a map of large vectors, and of scalar code."""

import numpy as np

from bench.problem import Expected, Inputs, Timing


def layer_inputs() -> Inputs:
    """Give a matrix that keeps the size of what it is multiplied with, and a vector, float64."""
    rng = np.random.default_rng(10)
    size = 1000
    return {"w": rng.standard_normal((size, size)) / size**0.5, "x": rng.standard_normal(size)}


def layer_expected(w: np.ndarray, x: np.ndarray) -> Expected:
    """Give tanh(w @ x), and w with its rows scaled by the derivative of tanh."""
    return Expected(np.tanh(w @ x), [w / np.cosh(w @ x)[:, np.newaxis] ** 2])


def broyden_inputs() -> Inputs:
    """Give a vector of ten numbers."""
    return {"x": np.random.default_rng(11).uniform(-1.0, 1.0, 10)}


def broyden_expected(x: np.ndarray) -> Expected:
    """Give Broyden's tridiagonal function, and its three diagonals."""
    around = np.concatenate([[0.0], x, [0.0]])
    value = (3 - 2 * x) * x - around[:-2] - 2 * around[2:] + 1
    below, above = np.eye(len(x), k=-1), np.eye(len(x), k=1)
    return Expected(value, [np.diag(3 - 4 * x) - below - 2 * above])


PROBLEMS = (
    Timing(
        name="jacobian_layer",
        title="Jacobian of tanh(w @ x), 1,000 -> 1,000, float64",
        function="jacobian_layer",
        inputs=layer_inputs,
        expected=layer_expected,
        targets={"torch": 1.0},
    ),
    Timing(
        name="jacobian_scalars",
        title="Jacobian of Broyden's tridiagonal function, 10 -> 10, a Python loop over scalars",
        function="jacobian_scalars",
        inputs=broyden_inputs,
        expected=broyden_expected,
        targets={"torch": 1 / 50, "tensorflow": 1 / 500},
    ),
)
