"""NumPy, forward only: the baseline for arrays."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import special

from bench.operation import Operation
from bench.problem import Arrays, Task


def _value(value: Any) -> Arrays:
    return [value]


def scalar_chain(x: float, n: int) -> Task:
    """Multiply float32 scalars."""
    scalar = np.float32(x)

    def run() -> Any:
        y = scalar
        for _ in range(n):
            y = y * scalar
        return y

    return Task(run, _value, forward_only=True)


def mixed(x: np.ndarray, rounds: int) -> Task:
    """Compute the mix."""

    def run() -> np.ndarray:
        y = x
        for _ in range(rounds):
            y = y * x
            y = y + x
            y = np.tanh(y)
            y = y - x
            y = np.exp(y)
        return y

    return Task(run, _value, forward_only=True)


def dense(data: np.ndarray, wanted: np.ndarray, parameters: list[np.ndarray]) -> Task:
    """Compute the loss."""
    w1, b1, w2, b2 = parameters

    def run() -> Any:
        out = np.tanh(data @ w1 + b1) @ w2 + b2
        return np.mean(np.square(out - wanted))

    return Task(run, _value, forward_only=True)


def sum_tanh(x: np.ndarray) -> Task:
    """Compute the sum."""
    return Task(lambda: np.sum(np.tanh(x) * x), _value, forward_only=True)


def exp_rounds(x: np.ndarray, rounds: int) -> Task:
    """Compute the rounds."""

    def run() -> np.ndarray:
        y = x
        for _ in range(rounds):
            y = np.exp(-y * y) + x
        return y

    return Task(run, _value, forward_only=True)


def sum_of_sources(values: np.ndarray) -> Task:
    """Add float32 scalars up in a loop."""
    sources = list(values)

    def run() -> Any:
        total = sources[0]
        for source in sources[1:]:
            total = total + source
        return total

    return Task(run, _value, forward_only=True)


def operation(operation: Operation, arrays: Sequence[np.ndarray], derivative: bool) -> Task:
    """Call NumPy's or SciPy's function."""
    return Task(lambda: operation.numpy(np, special, *arrays), _value, forward_only=True)
