"""JAX on the processor: eager, and under `jit`, whose compilation is its first call."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from bench.problem import Arrays, Task

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", True)


def _tasks(gradient: Callable[..., Any], *arguments: Any) -> dict[str, Task]:
    """Make the eager and the compiled task of a gradient function."""
    compiled = jax.jit(gradient)

    def arrays(result: Any) -> Arrays:
        return [np.asarray(leaf) for leaf in jax.tree_util.tree_leaves(result)]

    return {
        "": Task(lambda: jax.block_until_ready(gradient(*arguments)), arrays),
        "jit": Task(lambda: jax.block_until_ready(compiled(*arguments)), arrays),
    }


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
