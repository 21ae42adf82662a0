"""PyTorch, eager, with the number of threads that it chooses."""

from typing import Any

import numpy as np
import torch

from bench.problem import Arrays, Task


def about() -> str:
    """Name the number of threads."""
    return f"{torch.get_num_threads()} threads"


def _gradients(result: Any) -> Arrays:
    return [gradient.numpy() for gradient in result]


def scalar_chain(x: float, n: int) -> Task:
    """Build the graph of the chain and ask for its gradient."""
    source = torch.tensor(x, requires_grad=True)

    def run() -> Any:
        y = source
        for _ in range(n):
            y = y * source
        return torch.autograd.grad(y, source)

    return Task(run, _gradients)


def notebook(x: float, y: int) -> Task:
    """Call the notebook's grad, the tape replaced by `requires_grad`."""

    def f(x: torch.Tensor, y: int) -> Any:
        output: Any = 1.0
        for i in range(y):
            if i > 1 and i < 5:
                output = output * x
        return output

    def grad(x: torch.Tensor, y: int) -> Any:
        return torch.autograd.grad(f(x, y), x)

    source = torch.tensor(x, requires_grad=True)
    return Task(lambda: grad(source, y), _gradients)


def mixed(x: np.ndarray, rounds: int) -> Task:
    """Build the graph of the mix and ask for its gradient."""
    source = torch.tensor(x, requires_grad=True)
    ones = torch.ones_like(source)

    def run() -> Any:
        y = source
        for _ in range(rounds):
            y = y * source
            y = y + source
            y = torch.tanh(y)
            y = y - source
            y = torch.exp(y)
        return torch.autograd.grad(y, source, ones)

    return Task(run, _gradients)


def dense(data: np.ndarray, wanted: np.ndarray, parameters: list[np.ndarray]) -> Task:
    """Ask for the gradients of the loss in the four parameters."""
    inputs, labels = torch.tensor(data), torch.tensor(wanted)
    tensors = [torch.tensor(parameter, requires_grad=True) for parameter in parameters]
    w1, b1, w2, b2 = tensors

    def run() -> Any:
        hidden = torch.tanh(inputs @ w1 + b1)
        out = hidden @ w2 + b2
        loss = torch.mean(torch.square(out - labels))
        return torch.autograd.grad(loss, tensors)

    return Task(run, _gradients)


def sum_tanh(x: np.ndarray) -> Task:
    """Build the graph of the sum and ask for its gradient."""
    source = torch.tensor(x, requires_grad=True)

    def run() -> Any:
        total = torch.sum(torch.tanh(source) * source)
        return torch.autograd.grad(total, source)

    return Task(run, _gradients)


def exp_rounds(x: np.ndarray, rounds: int) -> Task:
    """Build the graph of the rounds and ask for its gradient."""
    source = torch.tensor(x, requires_grad=True)
    ones = torch.ones_like(source)

    def run() -> Any:
        y = source
        for _ in range(rounds):
            y = torch.exp(-y * y) + source
        return torch.autograd.grad(y, source, ones)

    return Task(run, _gradients)


def sum_of_sources(values: np.ndarray) -> Task:
    """Add the sources up in a loop and ask for all gradients."""
    sources = [torch.tensor(value, requires_grad=True) for value in values]

    def run() -> Any:
        total = sources[0]
        for source in sources[1:]:
            total = total + source
        return torch.autograd.grad(total, sources)

    return Task(run, _gradients)
