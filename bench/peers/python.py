"""Plain Python floats, forward only: the baseline for scalar code."""

import sys
from typing import Any

from bench.problem import Arrays, Task


def version() -> str:
    """Give Python's."""
    return sys.version.split()[0]


def _value(value: Any) -> Arrays:
    return [value]


def scalar_chain(x: float, n: int) -> Task:
    """Multiply in the same loop as everybody; its overhead is part of the baseline."""

    def run() -> float:
        y = x
        for _ in range(n):
            y = y * x
        return y

    return Task(run, _value, forward_only=True)


def notebook(x: float, y: int) -> Task:
    """Compute the notebook's f alone."""

    def f(x: float, y: int) -> float:
        output = 1.0
        for i in range(y):
            if i > 1 and i < 5:
                output = output * x
        return output

    return Task(lambda: f(x, y), _value, forward_only=True)


def sum_of_sources(values: Any) -> Task:
    """Add floats up in a loop."""
    sources = [float(value) for value in values]

    def run() -> float:
        total = sources[0]
        for source in sources[1:]:
            total = total + source
        return total

    return Task(run, _value, forward_only=True)
