"""The problems as TensorFlow's documentation would write them, for any module with its API.

Both ``peers/tensorflow.py`` and ``peers/autograd_c.py`` run these very lines; each function takes
the module as `tf`, then the problem's inputs.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import numpy as np

from bench.operation import Operation
from bench.problem import Arrays, Task


def _gradient(result: Any) -> Arrays:
    return [result]


def _gradient_task(tf: Any, objective: Callable[[Any], Any], x: np.ndarray) -> Task:
    """Record a function of one tensor and ask for the gradient."""
    source = tf.constant(x)

    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(source)
            y = objective(source)
        return tape.gradient(y, source)

    return Task(run, _gradient)


def scalar_chain(tf: Any, x: float, n: int) -> Task:
    """Record the chain on a tape and ask it for the gradient."""
    source = tf.constant(x)

    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(source)
            y = source
            for _ in range(n):
                y = y * source
        return tape.gradient(y, source)

    return Task(run, _gradient)


def pendulum(tf: Any, angle: float, speed: float, n: int, h: float) -> Task:
    """Let a pendulum swing, number by number, and ask by what it began with."""
    sources = [tf.constant(angle, tf.float64), tf.constant(speed, tf.float64)]

    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(sources)
            x, v = sources
            for _ in range(n):
                v = v - h * tf.sin(x)
                x = x + h * v
            y = x * x
        return tape.gradient(y, sources)

    return Task(run, lambda gradients: [gradient.numpy() for gradient in gradients])


def recorded_chain(tf: Any, x: float, n: int, tapes: int) -> Task:
    """Record the chain on nested tapes; the gradients are asked for afterwards, for the check."""
    source = tf.constant(x)

    def run() -> Any:
        with ExitStack() as stack:
            nested = [stack.enter_context(tf.GradientTape()) for _ in range(tapes)]
            for tape in nested:
                tape.watch(source)
            y = source
            for _ in range(n):
                y = y * source
        return nested, y

    def arrays(result: Any) -> Arrays:
        nested, y = result
        return [tape.gradient(y, source) for tape in nested]

    return Task(run, arrays)


def notebook(tf: Any, x: float, y: int) -> Task:
    """Call the notebook's grad, defined as there."""

    def f(x: Any, y: int) -> Any:
        output: Any = 1.0
        for i in range(y):
            if i > 1 and i < 5:
                output = tf.multiply(output, x)
        return output

    def grad(x: Any, y: int) -> Any:
        with tf.GradientTape() as t:
            t.watch(x)
            out = f(x, y)
        return t.gradient(out, x)

    source = tf.convert_to_tensor(x)
    return Task(lambda: grad(source, y), _gradient)


def mixed(tf: Any, x: np.ndarray, rounds: int) -> Task:
    """Record the mix and ask for the gradient."""
    source = tf.constant(x)

    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(source)
            y = source
            for _ in range(rounds):
                y = y * source
                y = y + source
                y = tf.tanh(y)
                y = y - source
                y = tf.exp(y)
        return tape.gradient(y, source)

    return Task(run, _gradient)


def dense(tf: Any, data: np.ndarray, wanted: np.ndarray, parameters: list[np.ndarray]) -> Task:
    """Hold the parameters in Variables, as a model does."""
    _, gradients = _model(tf, data, wanted, parameters)
    return Task(gradients, list)


def _model(
    tf: Any, data: np.ndarray, wanted: np.ndarray, parameters: list[np.ndarray]
) -> tuple[list[Any], Callable[[], list[Any]]]:
    """Give the Variables, and a function for their gradients."""
    inputs, labels = tf.constant(data), tf.constant(wanted)
    variables = [tf.Variable(parameter) for parameter in parameters]
    w1, b1, w2, b2 = variables

    def gradients() -> Any:
        with tf.GradientTape() as tape:
            hidden = tf.tanh(tf.matmul(inputs, w1) + b1)
            out = tf.matmul(hidden, w2) + b2
            loss = tf.reduce_mean(tf.square(out - labels))
        return tape.gradient(loss, variables)

    return variables, gradients


def sum_tanh(tf: Any, x: np.ndarray) -> Task:
    """Record the sum and ask for the gradient."""
    source = tf.constant(x)

    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(source)
            total = tf.reduce_sum(tf.tanh(source) * source)
        return tape.gradient(total, source)

    return Task(run, _gradient)


def exp_rounds(tf: Any, x: np.ndarray, rounds: int) -> Task:
    """Record the rounds and ask for the gradient."""
    source = tf.constant(x)

    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(source)
            y = source
            for _ in range(rounds):
                y = tf.exp(-y * y) + source
        return tape.gradient(y, source)

    return Task(run, _gradient)


def sum_of_sources(tf: Any, values: np.ndarray) -> Task:
    """Watch every source, add them up in a loop, ask for all gradients."""
    sources = [tf.constant(value) for value in values]

    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(sources)
            total = sources[0]
            for source in sources[1:]:
                total = total + source
        return tape.gradient(total, sources)

    return Task(run, list)


def forward_chain(tf: Any, x: float, n: int, part: str = "tangent") -> Task:
    """Compute the chain in an accumulator's context, or record it on a tape."""
    if part == "recorded":
        return recorded_chain(tf, x, n, tapes=1)
    source, tangent = tf.constant(x), tf.constant(1.0)

    def run() -> Any:
        with tf.autodiff.ForwardAccumulator(source, tangent) as accumulator:
            y = source
            for _ in range(n):
                y = y * source
        return accumulator.jvp(y)

    return Task(run, _gradient)


def forward_rounds(tf: Any, x: np.ndarray, rounds: int, part: str) -> Task:
    """Compute the rounds in an accumulator's context, or alone."""
    source, tangent = tf.constant(x), tf.constant(np.ones_like(x))

    def primal() -> Any:
        y = source
        for _ in range(rounds):
            y = tf.exp(-y * y) + source
        return y

    def run() -> Any:
        with tf.autodiff.ForwardAccumulator(source, tangent) as accumulator:
            y = primal()
        return accumulator.jvp(y)

    return Task(run, _gradient) if part == "tangent" else Task(primal, _gradient, forward_only=True)


def jacobian_layer(tf: Any, w: np.ndarray, x: np.ndarray, **how: Any) -> Task:
    """Ask the tape for the Jacobian of the layer; TensorFlow wants it persistent to go by rows."""
    matrix, source = tf.constant(w), tf.constant(x)

    def run() -> Any:
        with tf.GradientTape(persistent=bool(how)) as tape:
            tape.watch(source)
            y = tf.tanh(tf.tensordot(matrix, source, 1))
        return tape.jacobian(y, source, **how)

    return Task(run, _gradient)


def broyden(tf: Any, x: Any) -> Any:
    """Compute Broyden's function number by number."""
    x = tf.unstack(x)
    values = []
    for i in range(len(x)):
        value = (3.0 - 2.0 * x[i]) * x[i] + 1.0
        if i > 0:
            value = value - x[i - 1]
        if i < len(x) - 1:
            value = value - 2.0 * x[i + 1]
        values.append(value)
    return tf.stack(values)


def jacobian_scalars(tf: Any, x: np.ndarray, **how: Any) -> Task:
    """Ask a tape for the Jacobian of the scalar code."""
    source = tf.constant(x)

    def run() -> Any:
        with tf.GradientTape(persistent=bool(how)) as tape:
            tape.watch(source)
            y = broyden(tf, source)
        return tape.jacobian(y, source, **how)

    return Task(run, _gradient)


def rosenbrock(tf: Any, x: np.ndarray) -> Task:
    """Record the vector code and ask for the gradient."""
    return _gradient_task(tf, partial(rosenbrock_vector, tf), x)


def halvings(tf: Any, x: float) -> Task:
    """Halve by a loop of Python's, which asks for the value."""
    source = tf.constant(x)

    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(source)
            y = source
            while y > 1.0:
                y = y / 2.0
        return tape.gradient(y, source)

    return Task(run, _gradient)


def descent(decorate: Callable[[Any], Any], parameters: Any, directions: Any, rate: Any) -> Task:
    """Call a step with dicts of tensors, and a flag by its name."""

    def step(parameters: Any, directions: Any, rate: Any, *, nesterov: bool = False) -> Any:
        factor = rate * 1.9 if nesterov else rate
        return {name: x - factor * directions[name] for name, x in parameters.items()}

    taken = decorate(step)
    return Task(
        lambda: taken(parameters, directions, rate, nesterov=True),
        lambda result: [np.asarray(result[name]) for name in sorted(result)],
    )


def _runge_kutta_step(tf: Any, matrix: Any, h: float, y: Any) -> Any:
    def slope(y: Any) -> Any:
        return tf.tanh(tf.linalg.matvec(matrix, y)) - y

    k1 = slope(y)
    k2 = slope(y + h / 2 * k1)
    k3 = slope(y + h / 2 * k2)
    k4 = slope(y + h * k3)
    return y + h / 6 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)


def _heat_step(tf: Any, rate: float, u: Any) -> Any:
    """Put a step together of the ends, which stay, and what is between them."""
    inner = u[1:-1] + rate * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return tf.concat([u[:1], inner, u[-1:]], 0)


def _unrolled(step: Callable[[Any], Any], y: Any, steps: int) -> Any:
    for _ in range(steps):
        y = step(y)
    return y


def _looped(tf: Any, step: Callable[[Any], Any], y: Any, steps: int) -> Any:
    return tf.while_loop(
        lambda i, y: i < steps, lambda i, y: (i + 1, step(y)), (tf.constant(0), y)
    )[1]


def _squares_at_the_end(tf: Any, through: Any, step: Any, x: np.ndarray, steps: int) -> Task:
    return _gradient_task(tf, lambda y: tf.reduce_sum(through(step, y, steps) ** 2), x)


def runge_kutta(tf: Any, a: np.ndarray, x: np.ndarray, steps: int) -> Task:
    """Go through all steps in Python."""
    step = partial(_runge_kutta_step, tf, tf.constant(a), 1 / steps)
    return _squares_at_the_end(tf, _unrolled, step, x, steps)


def runge_kutta_loop(tf: Any, a: np.ndarray, x: np.ndarray, steps: int) -> Task:
    """Go through all steps by `while_loop`."""
    step = partial(_runge_kutta_step, tf, tf.constant(a), 1 / steps)
    return _squares_at_the_end(tf, partial(_looped, tf), step, x, steps)


def heat_steps(tf: Any, x: np.ndarray, steps: int) -> Task:
    """Go through all steps in Python."""
    return _squares_at_the_end(tf, _unrolled, partial(_heat_step, tf, 0.1), x, steps)


def heat_steps_loop(tf: Any, x: np.ndarray, steps: int) -> Task:
    """Go through all steps by `while_loop`."""
    return _squares_at_the_end(tf, partial(_looped, tf), partial(_heat_step, tf, 0.1), x, steps)


def rosenbrock_scalars(tf: Any, x: Any) -> Any:
    """Compute Rosenbrock's function number by number."""
    x = tf.unstack(x)
    total = 0.0
    for i in range(len(x) - 1):
        total = total + 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def rosenbrock_vector(tf: Any, x: Any) -> Any:
    """Compute Rosenbrock's function with vectors."""
    return tf.reduce_sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def hessian_scalars(tf: Any, x: np.ndarray, **how: Any) -> Task:
    """Ask nested tapes for the Hessian of the scalar code."""
    return _hessian(tf, rosenbrock_scalars, x, **how)


def hessian_vector(tf: Any, x: np.ndarray, **how: Any) -> Task:
    """Ask nested tapes for the Hessian of the vector code."""
    return _hessian(tf, rosenbrock_vector, x, **how)


def _hessian(tf: Any, function: Callable[[Any, Any], Any], x: np.ndarray, **how: Any) -> Task:
    source = tf.constant(x)

    def run() -> Any:
        with tf.GradientTape(persistent=bool(how)) as outer:
            outer.watch(source)
            with tf.GradientTape() as inner:
                inner.watch(source)
                y = function(tf, source)
            gradient = inner.gradient(y, source)
        return outer.jacobian(gradient, source, **how)

    return Task(run, _gradient)


def hessian_product(tf: Any, x: np.ndarray, v: np.ndarray, part: str) -> dict[str, Task]:
    """Push a tangent along the gradient, or differentiate the gradient times the vector."""
    if part == "gradient":
        return {"": sum_tanh(tf, x)}
    source, vector = tf.constant(x), tf.constant(v)

    def gradient() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(source)
            y = tf.reduce_sum(tf.tanh(source) * source)
        return tape.gradient(y, source)

    def forward() -> Any:
        with tf.autodiff.ForwardAccumulator(source, vector) as accumulator:
            slope = gradient()
        return accumulator.jvp(slope)

    def backward() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(source)
            slope = gradient()
        return tape.gradient(slope, source, output_gradients=vector)

    return {"accumulator": Task(forward, _gradient), "tapes": Task(backward, _gradient)}


def second_chain(tf: Any, x: float, n: int, part: str = "second") -> Task:
    """Record the chain's gradient on a tape around its own."""
    if part == "first":
        return scalar_chain(tf, x, n)
    source = tf.constant(x)

    def run() -> Any:
        with tf.GradientTape() as outer:
            outer.watch(source)
            with tf.GradientTape() as inner:
                inner.watch(source)
                y = source
                for _ in range(n):
                    y = y * source
            slope = inner.gradient(y, source)
        return outer.gradient(slope, source)

    return Task(run, _gradient)


def sine_chain(tf: Any, x: float, n: int, part: str = "custom") -> Task:
    """Record a chain of sines, with a gradient of the user's own or TensorFlow's."""

    @tf.custom_gradient
    def custom(x: Any) -> Any:
        def grad(upstream: Any) -> Any:
            return upstream * tf.cos(x)

        return tf.sin(x), grad

    return unary_chain(tf, custom if part == "custom" else tf.sin, x, n)


def unary_chain(tf: Any, function: Callable[[Any], Any], x: float, n: int) -> Task:
    """Record a chain of calls of a function and ask for its gradient."""
    source = tf.constant(x)

    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(source)
            y = source
            for _ in range(n):
                y = function(y)
        return tape.gradient(y, source)

    return Task(run, _gradient)


def checkpointed_layers(tf: Any, x: np.ndarray, rounds: int, segment: int) -> dict[str, Task]:
    """Run the layers in segments, with `recompute_grad` and without."""
    source = tf.constant(x)

    def layers(y: Any, x: Any, count: int) -> Any:
        for _ in range(count):
            y = tf.exp(-y * y) + x
        return y

    recomputed = tf.recompute_grad(layers)

    def gradient(layers: Callable[[Any, Any, int], Any]) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(source)
            y = source
            for first in range(0, rounds, segment):
                y = layers(y, source, min(segment, rounds - first))
        return tape.gradient(y, source)

    return {
        "": Task(lambda: gradient(recomputed), _gradient),
        "plain": Task(lambda: gradient(layers), _gradient),
    }


def adam(
    tf: Any,
    data: np.ndarray,
    wanted: np.ndarray,
    parameters: list[np.ndarray],
    rate: float,
    epsilon: float,
    part: str = "step",
) -> Task:
    """Let the optimizer apply the gradients of the dense network."""
    variables, gradients = _model(tf, data, wanted, parameters)
    if part == "gradient":
        return Task(gradients, list)
    optimizer = tf.optimizers.Adam(rate, epsilon=epsilon)

    def run() -> Any:
        optimizer.apply_gradients(zip(gradients(), variables))
        return variables

    return Task(run, list)


def counted(
    tf: Any,
    data: np.ndarray,
    labels: np.ndarray,
    parameters: list[np.ndarray],
    rate: float,
    epsilon: float,
) -> Task:
    """Train by a batch, and count, as TensorFlow's tutorial for beginners does."""
    inputs, classes = tf.constant(data), tf.constant(labels)
    variables = [tf.Variable(parameter) for parameter in parameters]
    w1, b1, w2, b2 = variables
    optimizer = tf.optimizers.Adam(rate, epsilon=epsilon)
    loss_of = tf.losses.SparseCategoricalCrossentropy(from_logits=True)
    mean, accuracy = tf.metrics.Mean(), tf.metrics.SparseCategoricalAccuracy()

    def run() -> Any:
        with tf.GradientTape() as tape:
            logits = tf.matmul(tf.tanh(tf.matmul(inputs, w1) + b1), w2) + b2
            loss = loss_of(classes, logits)
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        mean.update_state(loss)
        accuracy.update_state(classes, logits)
        return [*variables, mean.result(), accuracy.result()]

    return Task(run, list)


def operation(
    tf: Any, operation: Operation, arrays: Sequence[np.ndarray], derivative: bool
) -> Task:
    """Compute the operation, on a tape if its result's derivative is asked for."""
    function, sources = operation.tensorflow, [tf.constant(array) for array in arrays]
    if not derivative:
        return Task(lambda: function(tf, *sources), _gradient)
    watched = sources[: operation.differentiable]

    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(watched)
            y = function(tf, *sources)
        return tape.gradient(y, watched)

    return Task(run, list)


def fill(tf: Any, x: np.ndarray, weights: np.ndarray) -> Task:
    """Stack a list of elements, since tensors are not assigned to in TensorFlow."""
    source, factors = tf.constant(x), tf.constant(weights)

    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(source)
            y = tf.stack([source[i] * source[i] for i in range(len(x))])
            total = tf.reduce_sum(y * factors)
        return tape.gradient(total, source)

    return Task(run, _gradient)


def heat(tf: Any, start: np.ndarray, wanted: np.ndarray, rate: float, steps: int) -> Task:
    """Go through the steps, to what is wanted."""
    last = tf.constant(wanted)
    return _gradient_task(
        tf,
        lambda u: tf.reduce_sum((_unrolled(partial(_heat_step, tf, rate), u, steps) - last) ** 2),
        start,
    )
