"""Fixed points, differentiated by what they depend on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_c.core import _core
from autograd_c.core._core import GradientTape, Tensor
from autograd_c.rules.custom import custom_gradient
from autograd_c.values import nest

__all__ = ["fixed_point"]


def fixed_point(
    f: Callable[[Any], Callable[[Any], Any]],
    a: Any,
    init: Any,
    converged: Callable[[Any, Any], Any],
    max_iter: float = 1000,
) -> Any:
    """The limit of x = f(a)(x), with its derivative by `a` from the equation, not from the steps.

    Args:
        f: `f(a)` returns a function of a tensor, which is iterated. Close to the limit it must be a
            contraction.
        a: a tensor, or a nested structure of them.
        init: where to begin.
        converged: `converged(x, x_before)` says whether to stop.
        max_iter: after how many steps to give up.

    Returns:
        The limit: a tensor. Derivatives of it by `a`, of first order, cost about as many steps as
        the limit did.

    Raises:
        ValueError: if it has not converged after `max_iter` steps.

    >>> import autograd_c as tf
    >>> from autograd_c.misc.fixed_points import fixed_point
    >>> def root(a):
    ...     step = lambda a: lambda x: (x + a / x) / 2.0
    ...     start = tf.constant(1.0, tf.float64)
    ...     return fixed_point(step, a, start, lambda x, y: abs(x - y) < 1e-12)
    >>> print(round(float(tf.func.grad(root)(4.0)), 6))
    0.25
    """

    def iterate(step: Callable[[Any], Any], x: Any) -> Any:
        count = 0
        before = x
        x = step(x)
        while not converged(x, before):
            count += 1
            if count > max_iter:
                raise ValueError(f"fixed_point has not converged after {max_iter} steps")
            before, x = x, step(x)
        return x

    leaves = [_core.convert_to_tensor(x) for x in nest.flatten(a)]

    @custom_gradient
    def solve(*given: Tensor) -> Any:
        limit = _core.stop_gradient(iterate(f(nest.pack_sequence_as(a, list(given))), init))

        def gradient(g: Tensor) -> Any:
            # w = g + w df/dx is a fixed point as well.
            with GradientTape(persistent=True) as tape:
                x = _core.identity(limit)
                values = [_core.identity(v) for v in given]
                tape.watch([x, *values])
                y = f(nest.pack_sequence_as(a, values))(x)

            def step(w: Tensor) -> Any:
                slope: Any = tape.gradient(y, x, w, "zero")
                return g + slope

            w = iterate(step, g)
            found = tape.gradient(y, values, w, "zero")
            return found if len(found) > 1 else found[0]

        return limit, gradient

    return solve(*leaves)
