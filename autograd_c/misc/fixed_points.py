"""Fixed points, differentiated by what they depend on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_c.core import _core
from autograd_c.core._core import GradientTape, Tensor
from autograd_c.rules.custom import custom_gradient
from autograd_c.values import nest

__all__ = ["fixed_point"]

Step = Callable[[Any], Any]


def fixed_point(
    f: Callable[[Any], Step],
    a: Any,
    x0: Any,
    distance: Callable[[Any, Any], Any],
    tol: Any,
    max_iter: float = 10_000,
) -> Any:
    """The limit of x = f(a)(x), with its derivatives by `a` from the equation, not from the steps.

    Args:
        f: `f(a)` returns a function of a tensor, which is iterated. Close to the limit it must be a
            contraction.
        a: a tensor, or a nested structure of them.
        x0: where to begin.
        distance: `distance(x, x_before)` is a number; one of cotangents is computed, too.
        tol: iterate while the distance is larger.
        max_iter: after how many steps to give up; HIPS autograd never does.

    Returns:
        The limit: a tensor. A derivative of it by `a`, of any order, costs about as many steps as
        the limit did.

    Raises:
        ValueError: if it has not converged after `max_iter` steps.

    >>> import autograd_c as tf
    >>> from autograd_c.misc.fixed_points import fixed_point
    >>> def root(a):
    ...     step = lambda a: lambda x: (x + a / x) / 2.0
    ...     start = tf.constant(1.0, tf.float64)
    ...     return fixed_point(step, a, start, lambda x, y: abs(x - y), 1e-12)
    >>> print(round(float(tf.func.grad(root)(4.0)), 6))
    0.25
    """
    leaves = [_core.convert_to_tensor(x) for x in nest.flatten(a)]

    @custom_gradient
    def solve(*given: Tensor) -> Any:
        step = f(nest.pack_sequence_as(a, list(given)))
        before, x = x0, step(x0)
        count = 1
        while distance(x, before) > tol:
            if count >= max_iter:
                raise ValueError(f"fixed_point has not converged after {max_iter} steps")
            count += 1
            before, x = x, step(x)
        limit = _core.stop_gradient(x)

        def gradient(g: Tensor) -> Any:
            # As functions of what is given, for derivatives of this one: the limit is found again
            # where it was, and w = g + w df/dx is a fixed point as well.
            values = [_core.identity(v) for v in given]
            x = fixed_point(f, nest.pack_sequence_as(a, values), limit, distance, tol, max_iter)
            w = fixed_point(back, (values, x, g), g, distance, tol, max_iter)
            with GradientTape() as tape:
                tape.watch(values)
                y = f(nest.pack_sequence_as(a, values))(x)
            found = tape.gradient(y, values, w, "zero")
            return found if len(found) > 1 else found[0]

        return limit, gradient

    def back(known: Any) -> Step:
        values, x, g = known
        with GradientTape(persistent=True) as tape:
            here = _core.identity(x)
            tape.watch(here)
            y = f(nest.pack_sequence_as(a, list(values)))(here)

        def step(w: Tensor) -> Any:
            return g + tape.gradient(y, here, w, "zero")

        return step

    return solve(*leaves)
