"""JAX on the processor: eager, and under `jit`, whose compilation is its first call."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from bench import gradient_tape
from bench.gradbench import arrays as gradbench
from bench.operation import Operation
from bench.problem import Arrays, Task

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", True)


def _tasks(
    gradient: Callable[..., Any], *arguments: Any, way: str = "", forward_only: bool = False
) -> dict[str, Task]:
    """Make the eager and the compiled task of a gradient function; `way` names one of several."""
    compiled = jax.jit(gradient)

    def arrays(result: Any) -> Arrays:
        return [np.asarray(leaf) for leaf in jax.tree_util.tree_leaves(result)]

    def task(function: Callable[..., Any]) -> Task:
        return Task(lambda: jax.block_until_ready(function(*arguments)), arrays, forward_only)

    return {way: task(gradient), f"{way} jit".strip(): task(compiled)}


def _elementwise_grad(function: Callable[..., Any]) -> Callable[..., Any]:
    """Pull a vector of ones back through a function of one array."""

    def gradient(x: Any) -> Any:
        y, pull_back = jax.vjp(function, x)
        return pull_back(jnp.ones_like(y))

    return gradient


def scalar_chain(x: float, n: int) -> dict[str, Task]:
    """Differentiate the chain."""

    def chain(x: Any) -> Any:
        y = x
        for _ in range(n):
            y = y * x
        return y

    return _tasks(jax.grad(chain), jnp.float32(x))


def notebook(x: float, y: int) -> dict[str, Task]:
    """Call the notebook's grad."""

    def f(x: Any) -> Any:
        output: Any = 1.0
        for i in range(y):
            if i > 1 and i < 5:
                output = jnp.multiply(output, x)
        return output

    return _tasks(jax.grad(f), jnp.float32(x))


def mixed(x: np.ndarray, rounds: int) -> dict[str, Task]:
    """Differentiate the mix."""

    def mix(x: Any) -> Any:
        y = x
        for _ in range(rounds):
            y = y * x
            y = y + x
            y = jnp.tanh(y)
            y = y - x
            y = jnp.exp(y)
        return y

    return _tasks(_elementwise_grad(mix), jnp.asarray(x))


def compiled(of: str, **inputs: Any) -> dict[str, Task]:
    """Make a problem's task with `jit` alone."""
    if hasattr(gradbench, of):
        derivative, arguments = getattr(gradbench, of)(**inputs)
        return {"jit": _tasks(derivative, *arguments)["jit"]}
    tasks: dict[str, Task] = globals()[of](**inputs)
    return {"jit": tasks["jit"]}


def rosenbrock(x: np.ndarray) -> dict[str, Task]:
    """Differentiate Rosenbrock's function of vectors."""

    def function(x: Any) -> Any:
        return jnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    return _tasks(jax.grad(function), jnp.asarray(x))


def halvings(x: float) -> dict[str, Task]:
    """Halve by a loop that is compiled, and differentiated forwards."""

    def function(x: Any) -> Any:
        return jax.lax.while_loop(lambda y: y > 1.0, lambda y: y / 2.0, x)

    return _tasks(jax.jacfwd(function), jnp.float32(x))


def descent(**inputs: Any) -> dict[str, Task]:
    """Make the step under `jit`, with a static flag."""
    arrays = jax.tree_util.tree_map(jnp.asarray, list(inputs.values()))
    task = gradient_tape.descent(partial(jax.jit, static_argnames="nesterov"), *arrays)
    return {"jit": Task(lambda: jax.block_until_ready(task.run()), task.arrays)}


def runge_kutta(a: np.ndarray, x: np.ndarray, steps: int) -> dict[str, Task]:
    """Go through all steps by `scan`."""
    matrix, h = jnp.asarray(a), 1 / steps

    def slope(y: Any) -> Any:
        return jnp.tanh(matrix @ y) - y

    def step(y: Any, _: Any) -> Any:
        k1 = slope(y)
        k2 = slope(y + h / 2 * k1)
        k3 = slope(y + h / 2 * k2)
        k4 = slope(y + h * k3)
        return y + h / 6 * (k1 + 2.0 * k2 + 2.0 * k3 + k4), None

    def function(x: Any) -> Any:
        return jnp.sum(jax.lax.scan(step, x, None, length=steps)[0] ** 2)

    return _tasks(jax.grad(function), jnp.asarray(x))


def heat_steps(x: np.ndarray, steps: int) -> dict[str, Task]:
    """Go through all steps by `scan`."""

    def step(u: Any, _: Any) -> Any:
        return u.at[1:-1].set(u[1:-1] + 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2])), None

    def function(x: Any) -> Any:
        return jnp.sum(jax.lax.scan(step, x, None, length=steps)[0] ** 2)

    return _tasks(jax.grad(function), jnp.asarray(x))


runge_kutta_loop, heat_steps_loop = runge_kutta, heat_steps


def dense(data: np.ndarray, wanted: np.ndarray, parameters: list[np.ndarray]) -> dict[str, Task]:
    """Differentiate the loss in the list of parameters."""
    inputs, labels = jnp.asarray(data), jnp.asarray(wanted)

    def loss(parameters: Any) -> Any:
        w1, b1, w2, b2 = parameters
        hidden = jnp.tanh(inputs @ w1 + b1)
        out = hidden @ w2 + b2
        return jnp.mean(jnp.square(out - labels))

    return _tasks(jax.grad(loss), [jnp.asarray(parameter) for parameter in parameters])


def sum_tanh(x: np.ndarray) -> dict[str, Task]:
    """Differentiate the sum."""
    return _tasks(jax.grad(lambda x: jnp.sum(jnp.tanh(x) * x)), jnp.asarray(x))


def exp_rounds(x: np.ndarray, rounds: int) -> dict[str, Task]:
    """Differentiate the rounds."""

    def iterate(x: Any) -> Any:
        y = x
        for _ in range(rounds):
            y = jnp.exp(-y * y) + x
        return y

    return _tasks(_elementwise_grad(iterate), jnp.asarray(x))


def sum_of_sources(values: np.ndarray) -> dict[str, Task]:
    """Differentiate in the list of sources."""

    def add_up(sources: Any) -> Any:
        total = sources[0]
        for source in sources[1:]:
            total = total + source
        return total

    return _tasks(jax.grad(add_up), [jnp.asarray(value) for value in values])


def forward_chain(x: float, n: int, part: str = "tangent") -> dict[str, Task]:
    """Push the tangent along the chain; recording is not to be had apart."""
    if part == "recorded":
        return {}

    def chain(x: Any) -> Any:
        y = x
        for _ in range(n):
            y = y * x
        return y

    return _tasks(_pushed(chain), jnp.float32(x))


def forward_rounds(x: np.ndarray, rounds: int, part: str) -> dict[str, Task]:
    """Push a tangent of ones along the rounds, or compute them alone."""

    def iterate(x: Any) -> Any:
        y = x
        for _ in range(rounds):
            y = jnp.exp(-y * y) + x
        return y

    if part == "primal":
        return _tasks(iterate, jnp.asarray(x), forward_only=True)
    return _tasks(_pushed(iterate), jnp.asarray(x))


def _pushed(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: jax.jvp(function, (x,), (jnp.ones_like(x),))[1]


def jacobian_layer(w: np.ndarray, x: np.ndarray) -> dict[str, Task]:
    """Make the Jacobian of the layer."""
    matrix = jnp.asarray(w)
    return _jacobians(lambda x: jnp.tanh(matrix @ x), x)


def jacobian_scalars(x: np.ndarray) -> dict[str, Task]:
    """Make the Jacobian of the scalar code."""

    def broyden(x: Any) -> Any:
        x = jnp.unstack(x)
        values = []
        for i in range(len(x)):
            value = (3.0 - 2.0 * x[i]) * x[i] + 1.0
            if i > 0:
                value = value - x[i - 1]
            if i < len(x) - 1:
                value = value - 2.0 * x[i + 1]
            values.append(value)
        return jnp.stack(values)

    return _jacobians(broyden, x)


def _jacobians(function: Callable[[Any], Any], x: np.ndarray) -> dict[str, Task]:
    source = jnp.asarray(x)
    return {
        **_tasks(jax.jacrev(function), source, way="jacrev"),
        **_tasks(jax.jacfwd(function), source, way="jacfwd"),
    }


def pairs(x: np.ndarray, y: np.ndarray) -> dict[str, Task]:
    """Map the gradient of the kernel over points, and over other points."""
    slope = jax.grad(lambda x, y: jnp.exp(-jnp.sum((x - y) ** 2)))
    every = jax.vmap(jax.vmap(slope, (None, 0)), (0, None))
    return _tasks(every, jnp.asarray(x), jnp.asarray(y))


def hessian_scalars(x: np.ndarray) -> dict[str, Task]:
    """Make the Hessian of the scalar code."""

    def rosenbrock(x: Any) -> Any:
        x = jnp.unstack(x)
        total: Any = 0.0
        for i in range(len(x) - 1):
            total = total + 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
        return total

    return _tasks(jax.hessian(rosenbrock), jnp.asarray(x))


def hessian_vector(x: np.ndarray) -> dict[str, Task]:
    """Make the Hessian of the vector code."""

    def rosenbrock(x: Any) -> Any:
        return jnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    return _tasks(jax.hessian(rosenbrock), jnp.asarray(x))


def hessian_product(x: np.ndarray, v: np.ndarray, part: str) -> dict[str, Task]:
    """Push the vector along the gradient, or compute that alone."""
    if part == "gradient":
        return sum_tanh(x)
    gradient = jax.grad(lambda x: jnp.sum(jnp.tanh(x) * x))

    def product(x: Any, v: Any) -> Any:
        return jax.jvp(gradient, (x,), (v,))[1]

    return _tasks(product, jnp.asarray(x), jnp.asarray(v))


def second_chain(x: float, n: int, part: str = "second") -> dict[str, Task]:
    """Differentiate the chain twice."""
    if part == "first":
        return scalar_chain(x, n)

    def chain(x: Any) -> Any:
        y = x
        for _ in range(n):
            y = y * x
        return y

    return _tasks(jax.grad(jax.grad(chain)), jnp.float32(x))


def sine_chain(x: float, n: int, part: str = "custom") -> dict[str, Task]:
    """Differentiate a chain of calls of a function with its own rule, or of JAX's sine."""

    @jax.custom_vjp
    def custom(x: Any) -> Any:
        return jnp.sin(x)

    custom.defvjp(lambda x: (jnp.sin(x), x), lambda x, upstream: (upstream * jnp.cos(x),))
    function: Callable[[Any], Any] = custom if part == "custom" else jnp.sin

    def chain(x: Any) -> Any:
        for _ in range(n):
            x = function(x)
        return x

    return _tasks(jax.grad(chain), jnp.float32(x))


def checkpointed_layers(x: np.ndarray, rounds: int, segment: int) -> dict[str, Task]:
    """Run the layers in segments, through `checkpoint` and directly.

    Under `jit` they are a loop for the compiler, which would take a minute for them one by one.
    """

    def layers(y: Any, x: Any, count: int) -> Any:
        for _ in range(count):
            y = jnp.exp(-y * y) + x
        return y

    def scanned(y: Any, x: Any, count: int) -> Any:
        return jax.lax.scan(lambda y, _: (jnp.exp(-y * y) + x, None), y, length=count)[0]

    def whole(layers: Callable[[Any, Any, int], Any]) -> Callable[[Any], Any]:
        def run(x: Any) -> Any:
            y = x
            for first in range(0, rounds, segment):
                y = layers(y, x, min(segment, rounds - first))
            return y

        return _elementwise_grad(run)

    source = jnp.asarray(x)
    ways = {"": partial(jax.checkpoint, static_argnums=2), "plain": lambda layers: layers}
    tasks = {}
    for way, wrapped in ways.items():
        eager = _tasks(whole(wrapped(layers)), source, way=way)
        compiled = _tasks(whole(wrapped(scanned)), source, way=way)
        jitted = f"{way} jit".strip()
        tasks |= {way: eager[way], jitted: compiled[jitted]}
    return tasks


def adam(
    data: np.ndarray,
    wanted: np.ndarray,
    parameters: list[np.ndarray],
    rate: float,
    epsilon: float,
    part: str = "step",
) -> dict[str, Task]:
    """Write Adam out, as JAX has no optimizers of its own; jitted as one function."""
    if part == "gradient":
        return dense(data, wanted, parameters)
    inputs, labels = jnp.asarray(data), jnp.asarray(wanted)

    def loss(parameters: Any) -> Any:
        w1, b1, w2, b2 = parameters
        hidden = jnp.tanh(inputs @ w1 + b1)
        out = hidden @ w2 + b2
        return jnp.mean(jnp.square(out - labels))

    def step(parameters: Any, *slots: Any) -> Any:
        return _adam_step(parameters, jax.grad(loss)(parameters), slots, rate, epsilon)

    return _training(step, parameters)


def _adam_step(
    parameters: Any, gradients: Any, slots: Any, rate: float, epsilon: float
) -> tuple[Any, ...]:
    """Give the parameters, means, squares and number of steps after one."""
    means, squares, count = slots
    count = count + 1
    means = [0.9 * m + 0.1 * g for m, g in zip(means, gradients)]
    squares = [0.999 * s + 0.001 * g * g for s, g in zip(squares, gradients)]
    moved = [
        p - rate * (m / (1 - 0.9**count)) / (jnp.sqrt(s / (1 - 0.999**count)) + epsilon)
        for p, m, s in zip(parameters, means, squares)
    ]
    return moved, means, squares, count


def _training(
    step: Callable[..., Any], parameters: list[np.ndarray], *more: Any, read: Any = lambda s: s[0]
) -> dict[str, Task]:
    """Make the tasks of a step that gives the state after it, of which a part is the result."""

    def task(step: Callable[..., Any]) -> Task:
        tensors = [jnp.asarray(parameter) for parameter in parameters]
        zeros = [jnp.zeros_like(tensor) for tensor in tensors]
        state: Any = (tensors, zeros, zeros, jnp.float32(0), *more)

        def run() -> Any:
            nonlocal state
            state = jax.block_until_ready(step(*state))
            return read(state)

        return Task(run, lambda tensors: [np.asarray(tensor) for tensor in tensors])

    return {"": task(step), "jit": task(jax.jit(step))}


def counted(
    data: np.ndarray,
    labels: np.ndarray,
    parameters: list[np.ndarray],
    rate: float,
    epsilon: float,
) -> dict[str, Task]:
    """Write Adam and the counts out; jitted as one function."""
    inputs, classes = jnp.asarray(data), jnp.asarray(labels)

    def loss(parameters: Any) -> Any:
        w1, b1, w2, b2 = parameters
        logits = jnp.tanh(inputs @ w1 + b1) @ w2 + b2
        picked = jnp.take_along_axis(logits, classes[:, None], 1)[:, 0]
        return jnp.mean(jax.nn.logsumexp(logits, 1) - picked), logits

    def step(parameters: Any, means: Any, squares: Any, count: Any, counts: Any, _: Any) -> Any:
        (value, logits), gradients = jax.value_and_grad(loss, has_aux=True)(parameters)
        after = _adam_step(parameters, gradients, (means, squares, count), rate, epsilon)
        right = jnp.sum(jnp.argmax(logits, 1) == classes)
        counts = counts + jnp.stack([value, jnp.float32(1), right, jnp.float32(len(classes))])
        return *after, counts, (counts[0] / counts[1], counts[2] / counts[3])

    start = (jnp.zeros(4, jnp.float32), (jnp.float32(0), jnp.float32(0)))
    return _training(step, parameters, *start, read=lambda state: [*state[0], *state[5]])


def operation(
    operation: Operation, arrays: Sequence[np.ndarray], derivative: bool
) -> dict[str, Task]:
    """Differentiate the sum of the operation's result, or compute the result."""
    if "jax" in operation.without:
        return {}
    from jax.scipy import special

    def value(*x: Any) -> Any:
        return operation.numpy(jnp, special, *x)

    sources = [jnp.asarray(a) for a in arrays]
    if not derivative:
        return {"jit": _tasks(value, *sources)["jit"]}
    count = operation.differentiable

    def both(*x: Any) -> Any:
        y, pull_back = jax.vjp(lambda *x: value(*x, *sources[count:]), *x)
        return y, pull_back(jnp.ones_like(y))

    # The value is asked for as well: the compiler would leave it out.
    compiled = jax.jit(both)
    run = partial(compiled, *sources[:count])
    return {"jit": Task(lambda: jax.block_until_ready(run()), lambda result: list(result[1]))}


def fill(x: np.ndarray, weights: np.ndarray) -> dict[str, Task]:
    """Set the elements one by one with `.at`: eager, compiled as written, and as a loop."""
    n, source = len(x), jnp.asarray(x)

    def written(x: Any) -> Any:
        y = jnp.zeros(n)
        for i in range(n):
            y = y.at[i].set(x[i] * x[i])
        return jnp.dot(y, weights)

    def looped(x: Any) -> Any:
        y = jax.lax.fori_loop(0, n, lambda i, y: y.at[i].set(x[i] * x[i]), jnp.zeros(n))
        return jnp.dot(y, weights)

    tasks = _tasks(jax.grad(written), source)
    if n > 100:  # the compiler takes minutes for them one by one
        del tasks["jit"]
    return {**tasks, "loop jit": _tasks(jax.grad(looped), source)["jit"]}


def heat(start: np.ndarray, wanted: np.ndarray, rate: float, steps: int) -> dict[str, Task]:
    """Update the inner points with `.at`, eager; and as a scan, compiled."""

    def step(u: Any) -> Any:
        return u.at[1:-1].add(rate * (u[2:] - 2.0 * u[1:-1] + u[:-2]))

    def written(u: Any) -> Any:
        for _ in range(steps):
            u = step(u)
        return jnp.sum((u - wanted) ** 2)

    def scanned(u: Any) -> Any:
        u = jax.lax.scan(lambda u, _: (step(u), None), u, length=steps)[0]
        return jnp.sum((u - wanted) ** 2)

    source = jnp.asarray(start)
    return {
        "": _tasks(jax.grad(written), source)[""],
        "scan jit": _tasks(jax.grad(scanned), source)["jit"],
    }
