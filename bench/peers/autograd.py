"""HIPS autograd."""

from collections.abc import Callable, Sequence
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
from autograd import (
    checkpoint,
    elementwise_grad,
    grad,
    hessian,
    hessian_vector_product,
    jacobian,
    make_jvp,
)
from autograd.extend import defvjp, primitive
from autograd.misc import flatten, optimizers

from bench.autograd_programs import Library
from bench.operation import Operation
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


def forward_chain(x: float, n: int, part: str = "tangent") -> dict[str, Task]:
    """Push the tangent along the chain; recording is not to be had apart."""
    if part == "recorded":
        return {}

    def chain(x: Any) -> Any:
        y = x
        for _ in range(n):
            y = y * x
        return y

    push, source = make_jvp(chain), np.float32(x)
    return {"": Task(lambda: push(source)(np.float32(1)), _second)}


def forward_rounds(x: np.ndarray, rounds: int, part: str) -> Task:
    """Push a tangent of ones along the rounds, or compute them alone."""

    def iterate(x: Any) -> Any:
        y = x
        for _ in range(rounds):
            y = anp.exp(-y * y) + x
        return y

    if part == "primal":
        return Task(lambda: iterate(x), _gradient, forward_only=True)
    push, ones = make_jvp(iterate), np.ones_like(x)
    return Task(lambda: push(x)(ones), _second)


def _second(pair: Any) -> Arrays:
    return [pair[1]]


def jacobian_layer(w: np.ndarray, x: np.ndarray) -> Task:
    """Make the Jacobian of the layer."""
    rows = jacobian(lambda x: anp.tanh(anp.dot(w, x)))
    return Task(lambda: rows(x), _gradient)


def jacobian_scalars(x: np.ndarray) -> Task:
    """Make the Jacobian of the scalar code."""

    def broyden(x: Any) -> Any:
        values = []
        for i in range(len(x)):
            value = (3.0 - 2.0 * x[i]) * x[i] + 1.0
            if i > 0:
                value = value - x[i - 1]
            if i < len(x) - 1:
                value = value - 2.0 * x[i + 1]
            values.append(value)
        return anp.array(values)

    rows = jacobian(broyden)
    return Task(lambda: rows(x), _gradient)


def hessian_scalars(x: np.ndarray) -> Task:
    """Make the Hessian of the scalar code."""

    def rosenbrock(x: Any) -> Any:
        total: Any = 0.0
        for i in range(len(x) - 1):
            total = total + 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
        return total

    second = hessian(rosenbrock)
    return Task(lambda: second(x), _gradient)


def hessian_vector(x: np.ndarray) -> Task:
    """Make the Hessian of the vector code."""

    def rosenbrock(x: Any) -> Any:
        return anp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    second = hessian(rosenbrock)
    return Task(lambda: second(x), _gradient)


def hessian_product(x: np.ndarray, v: np.ndarray, part: str) -> Task:
    """Make the product, or the gradient."""
    if part == "gradient":
        return sum_tanh(x)
    product = hessian_vector_product(lambda x: anp.sum(anp.tanh(x) * x))
    return Task(lambda: product(x, v), _gradient)


def second_chain(x: float, n: int, part: str = "second") -> Task:
    """Differentiate the chain twice."""
    if part == "first":
        return scalar_chain(x, n)

    def chain(x: Any) -> Any:
        y = x
        for _ in range(n):
            y = y * x
        return y

    second, source = grad(grad(chain)), np.float32(x)
    return Task(lambda: second(source), _gradient)


@primitive
def _sine(x: Any) -> Any:
    return np.sin(x)


defvjp(_sine, lambda y, x: lambda upstream: upstream * anp.cos(x))


def sine_chain(x: float, n: int, part: str = "custom") -> Task:
    """Differentiate a chain of calls of a primitive, or of autograd's own sine."""
    function = _sine if part == "custom" else anp.sin

    def chain(x: Any) -> Any:
        for _ in range(n):
            x = function(x)
        return x

    gradient, source = grad(chain), np.float32(x)
    return Task(lambda: gradient(source), _gradient)


def checkpointed_layers(x: np.ndarray, rounds: int, segment: int) -> dict[str, Task]:
    """Run the layers in segments, through `checkpoint` and directly."""

    def layers(y: Any, x: Any, count: int) -> Any:
        for _ in range(count):
            y = anp.exp(-y * y) + x
        return y

    def whole(layers: Any) -> Any:
        def run(x: Any) -> Any:
            y = x
            for first in range(0, rounds, segment):
                y = layers(y, x, min(segment, rounds - first))
            return y

        return elementwise_grad(run)

    recomputed, plain = whole(checkpoint(layers)), whole(layers)
    return {"": Task(lambda: recomputed(x), _gradient), "plain": Task(lambda: plain(x), _gradient)}


def adam(
    data: np.ndarray,
    wanted: np.ndarray,
    parameters: list[np.ndarray],
    rate: float,
    epsilon: float,
    part: str = "step",
) -> Task:
    """Have the optimizer, which runs whole loops, run one round."""
    if part == "gradient":
        return dense(data, wanted, parameters)

    def loss(parameters: Any) -> Any:
        w1, b1, w2, b2 = parameters
        hidden = anp.tanh(anp.dot(data, w1) + b1)
        out = anp.dot(hidden, w2) + b2
        return anp.mean(anp.square(out - wanted))

    gradient = grad(loss)
    return Task(
        lambda: optimizers.adam(
            lambda p, i: gradient(p), parameters, num_iters=1, step_size=rate, eps=epsilon
        ),
        list,
    )


def operation(
    operation: Operation, arrays: Sequence[np.ndarray], derivative: bool
) -> Task | dict[str, Task]:
    """Differentiate the sum of the operation's result; values alone are NumPy's own."""
    if not derivative or "autograd" in operation.without:
        return {}
    from autograd.scipy import special

    count = operation.differentiable
    gradient = grad(
        lambda *x: anp.sum(operation.numpy(anp, special, *x)), argnum=list(range(count))
    )
    return Task(lambda: gradient(*arrays), list)


def autograd_program(program: Callable[..., Task], **data: Any) -> Task:
    """Run a program of HIPS autograd's own benchmarks."""
    return program(Library(autograd, anp, flatten), **data)


def fill(x: np.ndarray, weights: np.ndarray) -> dict[str, Task]:
    """Make an array of a list, since arrays are not assigned to."""

    def total(x: Any) -> Any:
        return anp.dot(anp.array([x[i] * x[i] for i in range(len(x))]), weights)

    gradient = grad(total)
    return {"": Task(lambda: gradient(x), _gradient)}


def heat(start: np.ndarray, wanted: np.ndarray, rate: float, steps: int) -> Task:
    """Put each step together of its ends and what is between them."""

    def distance(u: Any) -> Any:
        for _ in range(steps):
            inner = u[1:-1] + rate * (u[2:] - 2.0 * u[1:-1] + u[:-2])
            u = anp.concatenate([u[:1], inner, u[-1:]])
        return anp.sum((u - wanted) ** 2)

    gradient = grad(distance)
    return Task(lambda: gradient(start), _gradient)
