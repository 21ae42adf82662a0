"""CasADi: expressions of numbers (SX), run by its virtual machine."""

from collections.abc import Callable
from typing import Any

import casadi as ca
import numpy as np

from bench.gradbench import symbols
from bench.problem import Arrays, Task


def compiled(of: str, **inputs: Any) -> Task | dict[str, Task]:
    """Make a problem's task, where expressions of numbers suit it."""
    make: Callable[..., Task] | None = globals().get("_" + of) or getattr(symbols, of, None)
    return {} if make is None else make(**inputs)


def _task(function: Any, *arguments: np.ndarray) -> Task:
    """Call a function into memory of its own, without conversions."""
    buffer, run = function.buffer()
    given = [np.asfortranarray(x) for x in arguments]
    results = [np.zeros(function.size_out(k), order="F") for k in range(function.n_out())]
    for k, x in enumerate(given):
        buffer.set_arg(k, memoryview(x))
    for k, x in enumerate(results):
        buffer.set_res(k, memoryview(x))

    def arrays(_: Any) -> Arrays:
        return [np.squeeze(x) for x in results[1:]]

    # The buffer and the arrays live as long as the task does.
    return Task(lambda buffer=buffer, given=given: run(), arrays)


def _gradient(objective: Callable[[Any], Any], x: np.ndarray) -> Task:
    """Make a function of the value and the gradient by a vector."""
    source = ca.SX.sym("x", np.size(x))
    value = objective(source)
    return _task(ca.Function("f", [source], [value, ca.gradient(value, source)]), np.asarray(x))


def _scalar_chain(x: float, n: int) -> Task:
    def chain(x: Any) -> Any:
        y = x
        for _ in range(n):
            y = y * x
        return y

    return _gradient(chain, np.float64(x))


def _notebook(x: float, y: int) -> Task:
    def f(x: Any) -> Any:
        output: Any = 1.0
        for i in range(y):
            if i > 1 and i < 5:
                output = output * x
        return output

    return _gradient(f, np.float64(x))


def _rosenbrock(x: np.ndarray) -> Task:
    def function(x: Any) -> Any:
        return ca.sumsqr(10.0 * (x[1:] - x[:-1] ** 2)) + ca.sumsqr(1.0 - x[:-1])

    return _gradient(function, x)


def _heat_steps(x: np.ndarray, steps: int) -> Task:
    def function(u: Any) -> Any:
        for _ in range(steps):
            inner = u[1:-1] + 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
            u = ca.vertcat(u[0], inner, u[-1])
        return ca.sumsqr(u)

    return _gradient(function, x)
