"""Functions of a few numbers, and of many points at once."""

from __future__ import annotations

from typing import Any

from ._registry import kernel, of_same_library


@kernel
def rosenbrock(np: Any) -> Any:
    """A curved valley, element by element."""

    def loss(x: Any) -> Any:
        return 100.0 * (x[1] - x[0] ** 2) ** 2 + (1.0 - x[0]) ** 2

    return loss, (np.array([-1.2, 1.0]),)


@kernel
def hyperbolic_tangent(np: Any) -> Any:
    """The function tanh, made of exponentials, at many points."""

    def loss(x: Any) -> Any:
        shrunk = np.exp(-2.0 * x)
        return np.sum((1.0 - shrunk) / (1.0 + shrunk))

    return loss, (np.linspace(-3.0, 3.0, 200),)


@kernel
def taylor_sine(np: Any) -> Any:
    """A sine by its series, with as many terms as it takes."""

    def loss(x: Any) -> Any:
        total = term = x
        k = 1
        while abs(term) > 1e-12:
            term = -term * x * x / ((k + 1) * (k + 2))
            total = total + term
            k += 2
        return total

    return loss, (2.3,)


@kernel
def penalised_constraint(np: Any) -> Any:
    """A quadratic form on the unit circle, by a penalty and a barrier."""

    def loss(x: Any, weight: Any) -> Any:
        form = np.array([[3.0, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, 1.0]])
        outside = np.linalg.norm(x) - 1.0
        barrier = -np.sum(np.log(2.0 - x))
        return np.dot(x, np.dot(form, x)) + weight * outside**2 + 0.1 * barrier

    return loss, (np.array([0.6, -0.4, 0.9]), 10.0)


@kernel
def fixed_point(np: Any) -> Any:
    """Square roots as fixed points of Newton's step, which are differentiated as such."""
    solve = of_same_library(np, "misc.fixed_points.fixed_point")

    def newton(a: Any) -> Any:
        return lambda x: 0.5 * (x + a / x)

    def loss(a: Any) -> Any:
        root = solve(newton, a, np.ones(4), lambda x, y: np.max(np.abs(x - y)), 1e-12)
        return np.sum(root * np.array([1.0, 2.0, 3.0, 4.0]))

    return loss, (np.array([2.0, 3.0, 5.0, 7.0]),)
