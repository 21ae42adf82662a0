"""Single operations, as each library spells them: what the suites by subject are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.problem import Expected, Inputs, Task, Timing, WrongAnswer

SIZES = (1, 100, 10_000, 1_000_000)
# Our time by that of the best of the others.
BOUND = 1.5

Function = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """An operation of some arrays, by library; those without a spelling of it take no part.

    `numpy` is called with a module like `numpy`, one like `scipy.special`, and the arrays: NumPy's
    own, HIPS autograd's and JAX's. It is also what is right. The first `differentiable` arrays have
    derivatives; none if it is 0. `unit` is what a size counts. `step` is that of the differences
    which derivatives are compared with: short where there are many kinks.
    """

    name: str
    arrays: Callable[[int], Sequence[np.ndarray]]
    tensorflow: Function
    numpy: Function
    torch: Function | None = None
    differentiable: int = 1
    without: Sequence[str] = ()
    sizes: Sequence[int] = SIZES
    unit: str = "elements"
    rtol: float = 1e-9
    step: float = 1e-5

    def value(self, arrays: Sequence[np.ndarray]) -> Any:
        """Compute what is right."""
        from scipy import special

        return np.asarray(self.numpy(np, special, *arrays))


@dataclass(frozen=True, kw_only=True)
class OperationTiming(Timing):
    """An operation at a size: its value, or the gradients of its result's sum as well."""

    def check(self, inputs: Inputs, task: Task, result: Any) -> None:
        """Compare the value, or the gradients' share in a direction with a central difference."""
        operation, arrays = inputs["operation"], inputs["arrays"]
        got = [np.asarray(array) for array in task.arrays(result)]
        if task.forward_only or not inputs["derivative"]:
            right = operation.value(arrays)
            if got[0].shape != right.shape:
                raise WrongAnswer(f"a value of shape {got[0].shape}, not {right.shape}")
            if not np.allclose(got[0], right, operation.rtol, operation.rtol, equal_nan=True):
                raise WrongAnswer("the value")
            return
        random = np.random.default_rng(3)
        count = operation.differentiable
        directions = [random.choice([-1.0, 1.0], array.shape) for array in arrays[:count]]
        step = operation.step

        def moved(by: float) -> float:
            first = [a + by * d for a, d in zip(arrays, directions)]
            return float(np.sum(operation.value([*first, *arrays[count:]]), dtype=np.longdouble))

        slope = (moved(step) - moved(-step)) / (2 * step)
        mine = sum(float(np.sum(g * d)) for g, d in zip(got, directions))
        scale = sum(float(np.linalg.norm(g)) for g in got) + 1.0
        if not abs(mine - slope) <= 1e-4 * scale:
            raise WrongAnswer(f"gradients change the sum by {mine}, not {slope}")


def problems(operations: Sequence[Operation]) -> tuple[Timing, ...]:
    """Make a suite of each operation's value and gradient at each of its sizes."""
    made = []
    for operation in operations:
        for derivative in (False, True) if operation.differentiable else (False,):
            for size in operation.sizes:
                made.append(_problem(operation, size, derivative))
    return tuple(made)


def _problem(operation: Operation, size: int, derivative: bool) -> Timing:
    kind = "gradient" if derivative else "value"
    others = ("torch", "jax", "autograd", *(() if derivative else ("numpy",)))
    return OperationTiming(
        name=f"{operation.name}_{size}_{kind}",
        title=f"{operation.name} of {size:,} {operation.unit}, {kind}",
        group=f"{size:,}, {kind}",
        function="operation",
        inputs=lambda: {
            "operation": operation,
            "arrays": operation.arrays(size),
            "derivative": derivative,
        },
        expected=lambda **inputs: Expected(None, []),
        targets=dict.fromkeys(others, BOUND),
    )


def uniform(low: float, high: float, count: int = 1) -> Callable[[int], list[np.ndarray]]:
    """Make vectors of float64 numbers."""

    def arrays(size: int) -> list[np.ndarray]:
        random = np.random.default_rng(size)
        return [random.uniform(low, high, size) for _ in range(count)]

    return arrays


def square(*also: Callable[[int], np.ndarray]) -> Callable[[int], list[np.ndarray]]:
    """Make a square matrix of about the size, and what `also` makes of its side."""

    def arrays(size: int) -> list[np.ndarray]:
        side = round(size**0.5)
        random = np.random.default_rng(size)
        return [random.uniform(0.5, 1.5, (side, side)), *(make(side) for make in also)]

    return arrays
