"""Matrices: equations, determinants and factors by size, and models that are made of them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.operation import Operation, problems

ROWS = (3, 10, 100, 1_000)
STATES, SEEN = 4, 2


def definite(right_sides: int = 0) -> Callable[[int], list[np.ndarray]]:
    """Make a matrix that is positive definite when its transpose is added, and right sides."""

    def arrays(rows: int) -> list[np.ndarray]:
        random = np.random.default_rng(rows)
        x = random.normal(size=(rows, rows))
        matrix = x @ x.T / rows + np.eye(rows)
        return [matrix, *([random.normal(size=(rows, right_sides))] if right_sides else [])]

    return arrays


def batch(right_sides: int = 0) -> Callable[[int], list[np.ndarray]]:
    """Make so many of three rows."""

    def arrays(count: int) -> list[np.ndarray]:
        random = np.random.default_rng(count)
        x = random.normal(size=(count, 3, 3))
        matrices = x @ np.swapaxes(x, 1, 2) / 3 + np.eye(3)
        return [matrices, *([random.normal(size=(count, 3, right_sides))] if right_sides else [])]

    return arrays


def both(name: str, right_sides: int = 0, **spelling: Any) -> list[Operation]:
    """Take one matrix of some sizes, and a batch of small ones."""
    common = {"name": name, "differentiable": 2 if right_sides else 1, "rtol": 1e-8, **spelling}
    return [
        Operation(arrays=definite(right_sides), sizes=ROWS, unit="rows", **common),
        Operation(
            **{**common, "name": f"{name}_batch"},
            arrays=batch(right_sides),
            sizes=(10_000,),
            unit="matrices of 3 x 3",
        ),
    ]


def squared_distances(rows: int) -> list[np.ndarray]:
    """Make logarithms of a process's parameters, squared distances and values."""
    random = np.random.default_rng(rows)
    points = random.uniform(0, rows / 10, rows)
    distances = (points[:, None] - points) ** 2
    return [np.array([0.1, 0.2, -1.0]), distances, random.normal(size=(rows, 1))]


def process_of_tensors(tf: Any, theta: Any, distances: Any, y: Any) -> Any:
    """Give the logarithm of a Gaussian process's likelihood, up to a constant."""
    noise = tf.exp(theta[2]) * np.eye(len(y))
    lower = tf.linalg.cholesky(tf.exp(theta[0] - 0.5 * tf.exp(theta[1]) * distances) + noise)
    z = tf.linalg.triangular_solve(lower, y)
    diagonal = tf.linalg.diag_part(lower)
    return tf.reduce_sum(z * z) + 2.0 * tf.reduce_sum(tf.math.log(diagonal))


def process_of_arrays(np: Any, special: Any, theta: Any, distances: Any, y: Any) -> Any:
    """Give the same with NumPy's functions."""
    noise = np.exp(theta[2]) * np.eye(len(y))
    k = np.exp(theta[0] - 0.5 * np.exp(theta[1]) * distances) + noise
    lower = np.linalg.cholesky(k)
    z = np.linalg.solve(lower, y)
    return np.sum(z * z) + 2.0 * np.sum(np.log(np.diag(lower)))


def process_of_torch(torch: Any, theta: Any, distances: Any, y: Any) -> Any:
    """Give the same with PyTorch's functions."""
    noise = torch.exp(theta[2]) * torch.eye(len(y), dtype=y.dtype)
    k = torch.exp(theta[0] - 0.5 * torch.exp(theta[1]) * distances) + noise
    lower = torch.linalg.cholesky(k)
    z = torch.linalg.solve_triangular(lower, y, upper=False)
    return torch.sum(z * z) + 2.0 * torch.sum(torch.log(torch.diagonal(lower)))


def observations(steps: int) -> list[np.ndarray]:
    """Make logarithms of two variances, a system and what is seen of it."""
    random = np.random.default_rng(steps)
    moves = np.eye(STATES) + np.diag([0.1] * (STATES - SEEN), SEEN)
    sees = np.eye(SEEN, STATES)
    return [np.array([-1.0, 0.5]), moves, sees, random.normal(size=(steps, SEEN, 1))]


def filtered(
    exp: Any, solve: Any, slogdet: Any, eye: Any, theta: Any, moves: Any, sees: Any, seen: Any
) -> Any:
    """Give the logarithm of what a Kalman filter finds likely, up to a constant."""
    process, noise = exp(theta[0]) * eye(STATES), exp(theta[1]) * eye(SEEN)
    state, covariance = 0.0 * moves[:, :1], 1.0 * moves
    total = 0.0
    for k in range(len(seen)):
        state = moves @ state
        covariance = moves @ covariance @ moves.T + process
        cross = sees @ covariance
        expected = cross @ sees.T + noise
        error = seen[k] - sees @ state
        gain = solve(expected, cross).T
        total = total + slogdet(expected)[1] + (error.T @ solve(expected, error))[0, 0]
        state = state + gain @ error
        covariance = covariance - gain @ cross
    return total


OPERATIONS = (
    *both(
        "cholesky",
        tensorflow=lambda tf, x: tf.linalg.cholesky(x + x.mT),
        numpy=lambda np, special, x: np.linalg.cholesky(x + np.swapaxes(x, -1, -2)),
        torch=lambda torch, x: torch.linalg.cholesky(x + x.mT),
    ),
    *both(
        "solve",
        1,
        tensorflow=lambda tf, x, y: tf.linalg.solve(x, y),
        numpy=lambda np, special, x, y: np.linalg.solve(x, y),
        torch=lambda torch, x, y: torch.linalg.solve(x, y),
    ),
    *both(
        "inv",
        tensorflow=lambda tf, x: tf.linalg.inv(x),
        numpy=lambda np, special, x: np.linalg.inv(x),
        torch=lambda torch, x: torch.linalg.inv(x),
    ),
    *both(
        "det",
        tensorflow=lambda tf, x: tf.linalg.det(x),
        numpy=lambda np, special, x: np.linalg.det(x),
        torch=lambda torch, x: torch.linalg.det(x),
    ),
    *both(
        "slogdet",
        tensorflow=lambda tf, x: tf.linalg.slogdet(x)[1],
        numpy=lambda np, special, x: np.linalg.slogdet(x)[1],
        torch=lambda torch, x: torch.linalg.slogdet(x)[1],
    ),
    Operation(
        name="gaussian_process",
        arrays=squared_distances,
        tensorflow=process_of_tensors,
        numpy=process_of_arrays,
        torch=process_of_torch,
        sizes=(60, 500),
        unit="points",
        rtol=1e-8,
    ),
    Operation(
        name="kalman_filter",
        arrays=observations,
        tensorflow=lambda tf, *x: filtered(tf.exp, tf.linalg.solve, tf.linalg.slogdet, np.eye, *x),
        numpy=lambda np, special, *x: filtered(
            np.exp, np.linalg.solve, np.linalg.slogdet, np.eye, *x
        ),
        torch=lambda torch, *x: filtered(
            torch.exp,
            torch.linalg.solve,
            torch.linalg.slogdet,
            lambda n: torch.eye(n, dtype=torch.float64),
            *x,
        ),
        sizes=(100,),
        unit="steps",
        rtol=1e-8,
    ),
)

PROBLEMS = problems(OPERATIONS)
