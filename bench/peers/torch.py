"""PyTorch, eager, with the number of threads that it chooses."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch.autograd import forward_ad
from torch.utils.checkpoint import checkpoint

from bench.operation import Operation
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


# ---------------------------------------------------------------- forward mode


def forward_chain(x: float, n: int, part: str = "tangent") -> dict[str, Task]:
    """Push the tangent in PyTorch's three ways (`functional` goes backwards twice)."""

    def chain(x: torch.Tensor) -> torch.Tensor:
        y = x
        for _ in range(n):
            y = y * x
        return y

    if part == "recorded":
        leaf = torch.tensor(x, requires_grad=True)
        return {"": Task(lambda: chain(leaf), lambda y: _gradients(torch.autograd.grad(y, leaf)))}
    return _pushed(chain, torch.tensor(x))


def forward_rounds(x: np.ndarray, rounds: int, part: str) -> dict[str, Task]:
    """Push a tangent of ones along the rounds, or compute them alone."""
    source = torch.tensor(x)

    def iterate(x: torch.Tensor) -> torch.Tensor:
        y = x
        for _ in range(rounds):
            y = torch.exp(-y * y) + x
        return y

    if part == "primal":
        return {"": Task(lambda: iterate(source), lambda y: [y.numpy()], forward_only=True)}
    return _pushed(iterate, source)


def _pushed(function: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor) -> dict[str, Task]:
    tangent = torch.ones_like(x)

    def dual() -> Any:
        with forward_ad.dual_level():
            y = function(forward_ad.make_dual(x, tangent))
            return forward_ad.unpack_dual(y)

    def func() -> Any:
        return torch.func.jvp(function, (x,), (tangent,))

    def functional() -> Any:
        return torch.autograd.functional.jvp(function, x, tangent)

    return {
        "dual": Task(dual, _second),
        "func": Task(func, _second),
        "functional": Task(functional, _second),
    }


def _second(pair: Any) -> Arrays:
    return [pair[1].numpy()]


# ---------------------------------------------------------------- Jacobians, second derivatives


def jacobian_layer(w: np.ndarray, x: np.ndarray) -> dict[str, Task]:
    """Make the Jacobian of the layer."""
    matrix = torch.tensor(w)
    return _jacobians(lambda x: torch.tanh(matrix @ x), torch.tensor(x))


def jacobian_scalars(x: np.ndarray) -> dict[str, Task]:
    """Make the Jacobian of the scalar code."""

    def broyden(x: torch.Tensor) -> torch.Tensor:
        numbers = x.unbind()
        values = []
        for i in range(len(numbers)):
            value = (3.0 - 2.0 * numbers[i]) * numbers[i] + 1.0
            if i > 0:
                value = value - numbers[i - 1]
            if i < len(numbers) - 1:
                value = value - 2.0 * numbers[i + 1]
            values.append(value)
        return torch.stack(values)

    return _jacobians(broyden, torch.tensor(x))


def pairs(x: np.ndarray, y: np.ndarray) -> Task:
    """Map the gradient of the kernel over points, and over other points."""
    slope = torch.func.grad(lambda x, y: torch.exp(-torch.sum((x - y) ** 2)))
    every = torch.func.vmap(torch.func.vmap(slope, (None, 0)), (0, None))
    points, others = torch.tensor(x), torch.tensor(y)
    return Task(lambda: every(points, others), _matrix)


def _jacobians(
    function: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor
) -> dict[str, Task]:
    jacrev, jacfwd = torch.func.jacrev(function), torch.func.jacfwd(function)
    functional = torch.autograd.functional.jacobian
    return {
        "jacrev": Task(lambda: jacrev(x), _matrix),
        "jacfwd": Task(lambda: jacfwd(x), _matrix),
        "functional": Task(lambda: functional(function, x), _matrix),
        "functional vectorized": Task(lambda: functional(function, x, vectorize=True), _matrix),
    }


def hessian_scalars(x: np.ndarray) -> dict[str, Task]:
    """Make the Hessian of the scalar code."""

    def rosenbrock(x: torch.Tensor) -> torch.Tensor:
        numbers = x.unbind()
        total: Any = 0.0
        for i in range(len(numbers) - 1):
            a, b = numbers[i], numbers[i + 1]
            total = total + 100.0 * (b - a**2) ** 2 + (1.0 - a) ** 2
        return total

    return _hessians(rosenbrock, torch.tensor(x))


def hessian_vector(x: np.ndarray) -> dict[str, Task]:
    """Make the Hessian of the vector code."""

    def rosenbrock(x: torch.Tensor) -> torch.Tensor:
        return torch.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    return _hessians(rosenbrock, torch.tensor(x))


def _hessians(function: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor) -> dict[str, Task]:
    func, reverse = torch.func.hessian(function), torch.func.jacrev(torch.func.jacrev(function))
    functional = torch.autograd.functional.hessian
    return {
        "func": Task(lambda: func(x), _matrix),
        "jacrev twice": Task(lambda: reverse(x), _matrix),
        "functional": Task(lambda: functional(function, x), _matrix),
        "functional vectorized": Task(lambda: functional(function, x, vectorize=True), _matrix),
    }


def _matrix(result: Any) -> Arrays:
    return [result.numpy()]


def hessian_product(x: np.ndarray, v: np.ndarray, part: str) -> dict[str, Task]:
    """Make the product; for the gradient, build the graph and ask for it."""
    if part == "gradient":
        return {"": sum_tanh(x)}

    def total(x: torch.Tensor) -> torch.Tensor:
        return torch.sum(torch.tanh(x) * x)

    source, vector = torch.tensor(x), torch.tensor(v)
    gradient = torch.func.grad(total)
    functional = torch.autograd.functional
    return {
        "func": Task(lambda: torch.func.jvp(gradient, (source,), (vector,)), _second),
        "functional.hvp": Task(lambda: functional.hvp(total, source, vector), _second),
        "functional.vhp": Task(lambda: functional.vhp(total, source, vector), _second),
    }


def second_chain(x: float, n: int, part: str = "second") -> dict[str, Task]:
    """Differentiate the chain's gradient, whose graph is built as well."""
    if part == "first":
        return {"": scalar_chain(x, n)}

    def chain(x: torch.Tensor) -> torch.Tensor:
        y = x
        for _ in range(n):
            y = y * x
        return y

    leaf, source = torch.tensor(x, requires_grad=True), torch.tensor(x)

    def graph() -> Any:
        (slope,) = torch.autograd.grad(chain(leaf), leaf, create_graph=True)
        return torch.autograd.grad(slope, leaf)[0]

    func = torch.func.grad(torch.func.grad(chain))
    functional = torch.autograd.functional.hessian
    return {
        "graph": Task(graph, _matrix),
        "func": Task(lambda: func(source), _matrix),
        "functional": Task(lambda: functional(chain, source), _matrix),
    }


# ---------------------------------------------------------------- what a model needs


class _Sine(torch.autograd.Function):
    """A sine with a gradient of its own."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        """Keep the argument."""
        ctx.save_for_backward(x)
        return torch.sin(x)

    @staticmethod
    def backward(ctx: Any, *upstream: torch.Tensor) -> torch.Tensor:
        """Multiply by the cosine."""
        (x,) = ctx.saved_tensors
        return upstream[0] * torch.cos(x)


def sine_chain(x: float, n: int, part: str = "custom") -> Task:
    """Call a Function, or PyTorch's own sine, and ask for the gradient."""
    source = torch.tensor(x, requires_grad=True)
    function: Any = _Sine.apply if part == "custom" else torch.sin

    def run() -> Any:
        y = source
        for _ in range(n):
            y = function(y)
        return torch.autograd.grad(y, source)

    return Task(run, _gradients)


def checkpointed_layers(x: np.ndarray, rounds: int, segment: int) -> dict[str, Task]:
    """Run the layers in segments, through both kinds of `checkpoint` and directly.

    The reentrant one works with `backward` only. The other lets go of as much, but glibc's
    allocator may not find a use for the gaps, so that the process grows as without checkpoints.
    """
    source = torch.tensor(x, requires_grad=True)
    ones = torch.ones_like(source)

    def layers(y: torch.Tensor, x: torch.Tensor, count: int) -> torch.Tensor:
        for _ in range(count):
            y = torch.exp(-y * y) + x
        return y

    def recomputed(y: torch.Tensor, x: torch.Tensor, count: int) -> torch.Tensor:
        return checkpoint(layers, y, x, count, use_reentrant=False)

    def gradient(layers: Callable[[torch.Tensor, torch.Tensor, int], torch.Tensor]) -> Any:
        y = source
        for first in range(0, rounds, segment):
            y = layers(y, source, min(segment, rounds - first))
        return torch.autograd.grad(y, source, ones)

    def reentrant() -> Any:
        source.grad = None
        y = source
        for first in range(0, rounds, segment):
            count = min(segment, rounds - first)
            y = checkpoint(layers, y, source, count, use_reentrant=True)
        y.backward(ones)
        return [source.grad]

    return {
        "": Task(lambda: gradient(recomputed), _gradients),
        "reentrant": Task(reentrant, _gradients),
        "plain": Task(lambda: gradient(layers), _gradients),
    }


def adam(
    data: np.ndarray,
    wanted: np.ndarray,
    parameters: list[np.ndarray],
    rate: float,
    epsilon: float,
    part: str = "step",
) -> dict[str, Task]:
    """Step with the optimizer as it comes, and with its fused loop."""
    if part == "gradient":
        return {"": dense(data, wanted, parameters)}
    return {
        "default": _adam(data, wanted, parameters, lr=rate, eps=epsilon),
        "fused": _adam(data, wanted, parameters, lr=rate, eps=epsilon, fused=True),
    }


def _adam(data: np.ndarray, wanted: np.ndarray, parameters: list[np.ndarray], **how: Any) -> Task:
    inputs, labels = torch.tensor(data), torch.tensor(wanted)
    tensors = [torch.tensor(parameter, requires_grad=True) for parameter in parameters]
    w1, b1, w2, b2 = tensors
    optimizer = torch.optim.Adam(tensors, **how)

    def run() -> Any:
        optimizer.zero_grad()
        hidden = torch.tanh(inputs @ w1 + b1)
        out = hidden @ w2 + b2
        torch.mean(torch.square(out - labels)).backward()
        optimizer.step()
        return tensors

    return Task(run, lambda tensors: [tensor.detach().numpy() for tensor in tensors])


def operation(
    operation: Operation, arrays: Sequence[np.ndarray], derivative: bool
) -> Task | dict[str, Task]:
    """Call the operation, and send ones back through it."""
    function, count = operation.torch, operation.differentiable if derivative else 0
    if function is None:
        return {}
    tensors = [torch.tensor(a, requires_grad=k < count) for k, a in enumerate(arrays)]

    def run() -> Any:
        y = function(torch, *tensors)
        return torch.autograd.grad(y, tensors[:count], torch.ones_like(y)) if count else [y]

    return Task(run, _gradients)


# ---------------------------------------------------------------- assignment


def fill(x: np.ndarray, weights: np.ndarray) -> dict[str, Task]:
    """Assign the elements one by one, or stack a list of them."""
    source = torch.tensor(x, requires_grad=True)
    factors = torch.tensor(weights)

    def assigned() -> Any:
        y = torch.zeros(len(x), dtype=source.dtype)
        for i in range(len(x)):
            y[i] = source[i] * source[i]
        return torch.autograd.grad(torch.dot(y, factors), source)

    def stacked() -> Any:
        y = torch.stack([source[i] * source[i] for i in range(len(x))])
        return torch.autograd.grad(torch.dot(y, factors), source)

    return {"": Task(assigned, _gradients), "list": Task(stacked, _gradients)}


def heat(start: np.ndarray, wanted: np.ndarray, rate: float, steps: int) -> Task:
    """Update the inner points in place."""
    source = torch.tensor(start, requires_grad=True)
    last = torch.tensor(wanted)

    def run() -> Any:
        u = source.clone()
        for _ in range(steps):
            u[1:-1] += rate * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        return torch.autograd.grad(((u - last) ** 2).sum(), source)

    return Task(run, _gradients)


def _loss_of(of: str, **inputs: Any) -> tuple[Callable[..., Any], list[torch.Tensor]] | None:
    """Give the function that `torch.compile` is to compile, and what it is differentiated by."""
    if of == "dense":
        data, wanted = torch.tensor(inputs["data"]), torch.tensor(inputs["wanted"])

        def dense(w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
            return torch.mean((torch.tanh(data @ w1 + b1) @ w2 + b2 - wanted) ** 2)

        return dense, [torch.tensor(parameter) for parameter in inputs["parameters"]]
    if of == "exp_rounds":

        def rounds(x: Any) -> Any:
            y = x
            for _ in range(inputs["rounds"]):
                y = torch.exp(-y * y) + x
            return y.sum()

        return rounds, [torch.tensor(inputs["x"])]
    functions: dict[str, Callable[..., Any]] = {
        "sum_tanh": lambda x: torch.sum(torch.tanh(x) * x),
        "rosenbrock": lambda x: torch.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2),
    }
    return (functions[of], [torch.tensor(inputs["x"])]) if of in functions else None


def compiled(of: str, **inputs: Any) -> dict[str, Task]:
    """Make a problem's task with `torch.compile`, for functions of arrays."""
    found = _loss_of(of, **inputs)
    if found is None:
        return {}
    loss, sources = torch.compile(found[0]), [x.requires_grad_() for x in found[1]]
    return {"compile": Task(lambda: torch.autograd.grad(loss(*sources), sources), _gradients)}
