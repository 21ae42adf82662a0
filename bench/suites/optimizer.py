"""Optimizers: what a step costs beside the gradient that it follows."""

import numpy as np

from bench.problem import Expected, Inputs, Relative, Timing
from bench.suites.network import dense_expected, dense_inputs

RATE = 0.001
EPSILON = 1e-12
"""What keeps Adam from dividing by zero: so small that it does not matter where it is added."""


def adam_inputs() -> Inputs:
    """Give the dense network and the settings."""
    return {**dense_inputs(), "rate": RATE, "epsilon": EPSILON}


def adam_expected(
    data: np.ndarray,
    wanted: np.ndarray,
    parameters: list[np.ndarray],
    rate: float,
    epsilon: float,
    part: str = "step",
) -> Expected:
    """Give the parameters after the first step of Adam, or the gradients alone.

    The first step is the rate times the gradient's sign: its mean over its root mean square.
    """
    first = dense_expected(data, wanted, parameters)
    if part == "gradient":
        return first
    moved = [p - rate * g / (np.abs(g) + epsilon) for p, g in zip(parameters, first.gradients)]
    return Expected(first.value, moved)


def counted_inputs() -> Inputs:
    """Give data, classes and parameters of a network, and the settings of Adam."""
    rng = np.random.default_rng(17)
    parameters = [
        (scale * rng.standard_normal(shape)).astype(np.float32)
        for shape, scale in (((64, 32), 0.125), (32, 0.1), ((32, 10), 0.18), (10, 0.1))
    ]
    return {
        "data": rng.standard_normal((32, 64)).astype(np.float32),
        "labels": rng.integers(0, 10, 32),
        "parameters": parameters,
        "rate": RATE,
        "epsilon": EPSILON,
    }


def counted_expected(
    data: np.ndarray,
    labels: np.ndarray,
    parameters: list[np.ndarray],
    rate: float,
    epsilon: float,
) -> Expected:
    """Give the parameters after the first step, the loss, and how many classes are right."""
    x, w1, b1, w2, b2 = (a.astype(np.float64) for a in (data, *parameters))
    hidden = np.tanh(x @ w1 + b1)
    shares = np.exp(hidden @ w2 + b2)
    shares /= shares.sum(1, keepdims=True)
    picked = np.eye(10)[labels]
    g_out = (shares - picked) / len(labels)
    g_hidden = g_out @ w2.T * (1 - hidden**2)
    gradients = [x.T @ g_hidden, g_hidden.sum(0), hidden.T @ g_out, g_out.sum(0)]
    moved = [p - rate * g / (np.abs(g) + epsilon) for p, g in zip(parameters, gradients)]
    loss = -np.mean(np.log(shares[picked > 0]))
    right = np.mean(shares.argmax(1) == labels)
    return Expected(loss, [*moved, loss, right])


COUNTED = Timing(
    name="counted",
    title="classifier 32x64 -> 32 -> 10: cross entropy, a step of Adam, mean and accuracy, float32",
    function="counted",
    inputs=counted_inputs,
    expected=counted_expected,
    rtol=1e-5,
)


PROBLEMS = (
    Timing(
        name="adam",
        title="dense network 16x64 -> 32 -> 1, float32: its gradient and a step of Adam",
        function="adam",
        inputs=adam_inputs,
        expected=adam_expected,
        rtol=1e-5,
        targets={"torch": 1 / 6},
    ),
    Relative(
        name="adam_to_gradient",
        title="dense network 16x64 -> 32 -> 1, float32: gradient and step of Adam vs gradient",
        function="adam",
        inputs=adam_inputs,
        expected=adam_expected,
        rtol=1e-5,
        work="step",
        base="gradient",
        target=1.5,
    ),
)
