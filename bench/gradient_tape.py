"""The problems as TensorFlow's documentation would write them, for any module with its API.

Both ``peers/tensorflow.py`` and ``peers/autograd_c.py`` run these very lines; each function takes
the module as `tf`, then the problem's inputs.
"""

from contextlib import ExitStack
from typing import Any

import numpy as np

from bench.problem import Arrays, Task


def _gradient(result: Any) -> Arrays:
    return [result]


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
    inputs, labels = tf.constant(data), tf.constant(wanted)
    variables = [tf.Variable(parameter) for parameter in parameters]
    w1, b1, w2, b2 = variables

    def run() -> Any:
        with tf.GradientTape() as tape:
            hidden = tf.tanh(tf.matmul(inputs, w1) + b1)
            out = tf.matmul(hidden, w2) + b2
            loss = tf.reduce_mean(tf.square(out - labels))
        return tape.gradient(loss, variables)

    return Task(run, list)


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
