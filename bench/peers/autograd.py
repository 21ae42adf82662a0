"""HIPS autograd."""

from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import elementwise_grad, grad

from bench.problem import Arrays, Task


def _gradient(result: Any) -> Arrays:
    return [result]


def scalar_chain(x: float, n: int) -> Task:
    """Differentiate the chain."""

    def chain(x: Any) -> Any:
        y = x
        for _ in range(n):
            y = y * x
        return y

    gradient, source = grad(chain), np.float32(x)
    return Task(lambda: gradient(source), _gradient)


def notebook(x: float, y: int) -> Task:
    """Call the notebook's grad."""

    def f(x: Any, y: int) -> Any:
        output: Any = 1.0
        for i in range(y):
            if i > 1 and i < 5:
                output = anp.multiply(output, x)
        return output

    gradient, source = grad(f), np.float32(x)
    return Task(lambda: gradient(source, y), _gradient)


def mixed(x: np.ndarray, rounds: int) -> Task:
    """Differentiate the mix."""

    def mix(x: Any) -> Any:
        y = x
        for _ in range(rounds):
            y = y * x
            y = y + x
            y = anp.tanh(y)
            y = y - x
            y = anp.exp(y)
        return y

    gradient = elementwise_grad(mix)
    return Task(lambda: gradient(x), _gradient)


def dense(data: np.ndarray, wanted: np.ndarray, parameters: list[np.ndarray]) -> Task:
    """Differentiate the loss in the list of parameters."""

    def loss(parameters: Any) -> Any:
        w1, b1, w2, b2 = parameters
        hidden = anp.tanh(anp.dot(data, w1) + b1)
        out = anp.dot(hidden, w2) + b2
        return anp.mean(anp.square(out - wanted))

    gradient = grad(loss)
    return Task(lambda: gradient(parameters), list)


def sum_tanh(x: np.ndarray) -> Task:
    """Differentiate the sum."""
    gradient = grad(lambda x: anp.sum(anp.tanh(x) * x))
    return Task(lambda: gradient(x), _gradient)


def exp_rounds(x: np.ndarray, rounds: int) -> Task:
    """Differentiate the rounds."""

    def iterate(x: Any) -> Any:
        y = x
        for _ in range(rounds):
            y = anp.exp(-y * y) + x
        return y

    gradient = elementwise_grad(iterate)
    return Task(lambda: gradient(x), _gradient)


def sum_of_sources(values: np.ndarray) -> Task:
    """Differentiate in the list of sources."""

    def add_up(sources: Any) -> Any:
        total = sources[0]
        for source in sources[1:]:
            total = total + source
        return total

    gradient, sources = grad(add_up), list(values)
    return Task(lambda: gradient(sources), list)
