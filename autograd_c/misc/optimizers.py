"""HIPS autograd's optimizers: loops over a function that computes gradients.

The parameters are any nested structure; ``tf.optimizers`` has classes for programs of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from autograd_c.core._core import Tensor
from autograd_c.functions import elementwise
from autograd_c.misc.flatten import flatten

__all__ = ["adam", "rmsprop", "sgd"]

_sqrt = elementwise.named("math.sqrt")


def _steps(
    grad: Callable[[Any, int], Any],
    x0: Any,
    callback: Callable[[Any, int, Any], None] | None,
    num_iters: int,
) -> Iterator[tuple[int, Tensor, Tensor, list[Tensor]]]:
    """Each step: its number, the parameters, their gradient, and a list for the new ones."""
    x, unflatten = flatten(x0)
    for i in range(num_iters):
        g = flatten(grad(unflatten(x), i))[0]
        if callback is not None:
            callback(unflatten(x), i, unflatten(g))
        new: list[Tensor] = []
        yield i, x, g, new
        (x,) = new
    yield num_iters, x, x, [x]


def sgd(
    grad: Callable[[Any, int], Any],
    x0: Any,
    callback: Callable[[Any, int, Any], None] | None = None,
    num_iters: int = 200,
    step_size: float = 0.1,
    mass: float = 0.9,
) -> Any:
    """Gradient descent with momentum: v = mass v - (1 - mass) g, x = x + step_size v.

    Args:
        grad: `grad(x, i)` returns the gradient at `x`, in its structure, in iteration `i`.
        x0: where to begin: a tensor, or any nested structure of them.
        callback: `callback(x, i, g)` is called before each step.
        num_iters: the number of steps.
        step_size: the factor of each step.
        mass: how much of the velocity stays.

    Returns:
        The parameters after the last step, in the structure of `x0`.

    >>> from autograd_c.func import grad
    >>> from autograd_c.misc.optimizers import sgd
    >>> x = sgd(grad(lambda x, i: (x - 3.0) ** 2), 0.0)
    >>> print(abs(float(x) - 3.0) < 1e-3)
    True
    """
    unflatten = flatten(x0)[1]
    velocity: Any = 0.0
    for i, x, g, new in _steps(grad, x0, callback, num_iters):
        if i == num_iters:
            return unflatten(x)
        velocity = mass * velocity - (1.0 - mass) * g
        new.append(x + step_size * velocity)
    return x0


def rmsprop(
    grad: Callable[[Any, int], Any],
    x0: Any,
    callback: Callable[[Any, int, Any], None] | None = None,
    num_iters: int = 100,
    step_size: float = 0.1,
    gamma: float = 0.9,
    eps: float = 1e-8,
) -> Any:
    """Steps divided by the root of a running mean of the squared gradient, which begins at 1.

    Args:
        grad, x0, callback, num_iters, step_size: as for `sgd`.
        gamma: how much of the mean stays.
        eps: what is added to the root.

    Returns:
        The parameters after the last step, in the structure of `x0`.

    >>> from autograd_c.func import grad
    >>> from autograd_c.misc.optimizers import rmsprop
    >>> x = rmsprop(grad(lambda x, i: (x - 3.0) ** 2), 0.0)
    >>> print(abs(float(x) - 3.0) < 0.1)
    True
    """
    unflatten = flatten(x0)[1]
    mean: Any = 1.0
    for i, x, g, new in _steps(grad, x0, callback, num_iters):
        if i == num_iters:
            return unflatten(x)
        mean = mean * gamma + g * g * (1.0 - gamma)
        new.append(x - step_size * g / (_sqrt(mean) + eps))
    return x0


def adam(
    grad: Callable[[Any, int], Any],
    x0: Any,
    callback: Callable[[Any, int, Any], None] | None = None,
    num_iters: int = 100,
    step_size: float = 0.001,
    b1: float = 0.9,
    b2: float = 0.999,
    eps: float = 1e-8,
) -> Any:
    """Adam: running means of the gradient and of its square, corrected for their beginning at 0.

    Args:
        grad, x0, callback, num_iters, step_size: as for `sgd`.
        b1, b2: how much of the two means stays.
        eps: what is added to the root of the second.

    Returns:
        The parameters after the last step, in the structure of `x0`.

    The rule is that of Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015.

    >>> from autograd_c.func import grad
    >>> from autograd_c.misc.optimizers import adam
    >>> x = adam(grad(lambda x, i: (x - 3.0) ** 2), 0.0, num_iters=300, step_size=0.1)
    >>> print(abs(float(x) - 3.0) < 1e-2)
    True
    """
    unflatten = flatten(x0)[1]
    first: Any = 0.0
    second: Any = 0.0
    for i, x, g, new in _steps(grad, x0, callback, num_iters):
        if i == num_iters:
            return unflatten(x)
        first = (1.0 - b1) * g + b1 * first
        second = (1.0 - b2) * (g * g) + b2 * second
        unbiased = first / (1.0 - b1 ** (i + 1))
        scale = second / (1.0 - b2 ** (i + 1))
        new.append(x - step_size * unbiased / (_sqrt(scale) + eps))
    return x0
