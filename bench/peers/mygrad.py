"""MyGrad."""

from typing import Any

import mygrad as mg
import numpy as np

from bench.problem import Arrays, Task


def _gradients(result: Any) -> Arrays:
    return list(result)


def scalar_chain(x: float, n: int) -> Task:
    """Build the graph of the chain and go back through it."""
    source = mg.tensor(np.float32(x))

    def run() -> Any:
        y = source
        for _ in range(n):
            y = y * source
        y.backward()
        return [source.grad]

    return Task(run, _gradients)


def notebook(x: float, y: int) -> Task:
    """Call the notebook's grad."""

    def f(x: Any, y: int) -> Any:
        output: Any = 1.0
        for i in range(y):
            if i > 1 and i < 5:
                output = mg.multiply(output, x)
        return output

    def grad(x: Any, y: int) -> Any:
        f(x, y).backward()
        return [x.grad]

    source = mg.tensor(np.float32(x))
    return Task(lambda: grad(source, y), _gradients)


def mixed(x: np.ndarray, rounds: int) -> Task:
    """Build the graph of the mix and go back through it."""
    source = mg.tensor(x)

    def run() -> Any:
        y = source
        for _ in range(rounds):
            y = y * source
            y = y + source
            y = mg.tanh(y)
            y = y - source
            y = mg.exp(y)
        y.backward()
        return [source.grad]

    return Task(run, _gradients)


def dense(data: np.ndarray, wanted: np.ndarray, parameters: list[np.ndarray]) -> Task:
    """Go back from the loss to the four parameters."""
    tensors = [mg.tensor(parameter) for parameter in parameters]
    w1, b1, w2, b2 = tensors

    def run() -> Any:
        hidden = mg.tanh(mg.matmul(data, w1) + b1)
        out = mg.matmul(hidden, w2) + b2
        mg.mean(mg.square(out - wanted)).backward()
        return [tensor.grad for tensor in tensors]

    return Task(run, _gradients)


def sum_tanh(x: np.ndarray) -> Task:
    """Go back from the sum."""
    source = mg.tensor(x)

    def run() -> Any:
        mg.sum(mg.tanh(source) * source).backward()
        return [source.grad]

    return Task(run, _gradients)


def exp_rounds(x: np.ndarray, rounds: int) -> Task:
    """Go back through the rounds."""
    source = mg.tensor(x)

    def run() -> Any:
        y = source
        for _ in range(rounds):
            y = mg.exp(-y * y) + source
        y.backward()
        return [source.grad]

    return Task(run, _gradients)


def sum_of_sources(values: np.ndarray) -> Task:
    """Add the sources up in a loop and go back to all of them."""
    sources = [mg.tensor(value) for value in values]

    def run() -> Any:
        total = sources[0]
        for source in sources[1:]:
            total = total + source
        total.backward()
        return [source.grad for source in sources]

    return Task(run, _gradients)
