"""What HIPS autograd measures itself with, and kernels like those of its examples."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from bench import autograd_programs as programs
from bench.autograd_kernels import KERNELS
from bench.problem import (
    SUBJECT,
    Computation,
    Expected,
    Footprint,
    Inputs,
    Task,
    Timing,
    WrongAnswer,
)

PEERS = (SUBJECT, "autograd")
STRUCTURE = {
    "square": np.random.default_rng(31).uniform(size=(4, 4)),
    "number": 3.0,
    "list": [1.0, 4.0, 7.0, 9.0],
    "vector": np.array([4.0, 5.0, 6.0]),
    "matrix": np.array([[7.0, 8.0], [9.0, 10.0]]),
}


@dataclass(frozen=True, kw_only=True)
class LossTiming(Timing):
    """A loss with its gradient, which is checked along one direction by differences of NumPy's."""

    def check(self, inputs: Inputs, task: Task, result: Any) -> None:
        """Raise `WrongAnswer` unless the gradient is the loss's slope."""
        value, gradient = (np.asarray(x, np.float64) for x in task.arrays(result))
        loss, (first, *others) = inputs["kernel"](_values(inputs["kernel"]))
        leaves = _leaves(first)
        random = np.random.default_rng(32)
        directions = [random.choice([-1.0, 1.0], leaf.shape) for leaf in leaves]

        def moved(by: float) -> float:
            made = iter([leaf + by * d for leaf, d in zip(leaves, directions)])
            return float(loss(_like(first, made), *others))

        step = 1e-5 / np.sqrt(gradient.size)
        slope = (moved(step) - moved(-step)) / (2 * step)
        mine = float(np.dot(gradient, np.concatenate([d.ravel() for d in directions])))
        if not abs(value - moved(0.0)) <= 1e-4 * abs(value) + 1e-9:
            raise WrongAnswer(f"the loss is {value}, not {moved(0.0)}")
        if not abs(mine - slope) <= self.rtol * (np.linalg.norm(gradient) + abs(slope)):
            raise WrongAnswer(f"the gradient changes the loss by {mine}, not {slope}")


def _values(kernel: Callable[[Any], Any]) -> Any:
    """Give what a loss is computed with to check its slope: NumPy, or what has more than NumPy."""
    try:
        loss, arguments = kernel(np)
        loss(*arguments)
    except (ImportError, TypeError, ValueError):  # no `misc`, no convolution along axes
        return importlib.import_module("autograd.numpy")
    return np


def _leaves(structure: Any) -> list[np.ndarray]:
    """Give the arrays of a structure, in the order of `flatten`, as float64."""
    if isinstance(structure, dict):
        return [leaf for key in sorted(structure) for leaf in _leaves(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [leaf for each in structure for leaf in _leaves(each)]
    return [np.asarray(structure, np.float64)]


def _like(structure: Any, leaves: Any) -> Any:
    """Make a structure like that, with other arrays."""
    if isinstance(structure, dict):
        made = {key: _like(structure[key], leaves) for key in sorted(structure)}
        return {key: made[key] for key in structure}
    if isinstance(structure, (list, tuple)):
        return type(structure)([_like(each, leaves) for each in structure])
    return next(leaves)


def _loss(
    name: str, title: str, kernel: Callable[[Any], Any], group: str, rtol: float = 1e-5
) -> Timing:
    return LossTiming(
        name=name,
        title=title,
        group=group,
        function="autograd_program",
        inputs=lambda: {"program": programs.loss_with_gradient, "kernel": kernel},
        expected=lambda **inputs: Expected(None, []),
        rtol=rtol,
        only=PEERS,
        targets={"autograd": 1.0},
    )


def _program(
    name: str,
    title: str,
    program: Callable[..., Task],
    expected: Callable[..., Expected],
    operations: int = 1,
    per: str = "call",
    **data: Any,
) -> Timing:
    return Timing(
        name=name,
        title=title,
        group="benchmarks",
        function="autograd_program",
        inputs=lambda: {"program": program, **data},
        expected=lambda program, **data: expected(**data),
        operations=operations,
        per=per,
        only=PEERS,
        targets={"autograd": 1.0},
    )


# ---------------------------------------------------------------- right answers


def _square(x: float) -> Expected:
    return Expected(x**2, [2 * x])


def _sines(x: float, count: int) -> Expected:
    slope = 1.0
    for _ in range(count):
        slope *= np.cos(x)
        x = np.sin(x)
    return Expected(x, [slope])


def _identity(x: float, count: int) -> Expected:
    return Expected(x, [1.0])


def _exponential(x: float, count: int) -> Expected:
    return Expected(np.exp(x), [])


def _cotangent(
    arrays: list[np.ndarray], product: str, by: int, again: int | None = None
) -> Expected:
    of_a, of_b, of_g = ("ijks", "lmsn", "ijklmn") if product == "dot" else ("ijst", "stkl", "ijkl")
    if again == by:  # the derivative by a factor does not depend on it
        return Expected(None, [np.zeros_like(arrays[by])])
    wanted = by if again is None else again
    letters = [of_a, of_b, of_g]
    others = [k for k in range(3) if k != wanted]
    equation = ",".join(letters[k] for k in others) + "->" + letters[wanted]
    return Expected(None, [np.einsum(equation, *(arrays[k] for k in others))])


def _flat(structure: Any, derivative: bool) -> Expected:
    vector = np.concatenate([leaf.ravel() for leaf in _leaves(structure)])
    return Expected(vector, [np.ones_like(vector)])


def _unflat(structure: Any, derivative: bool) -> Expected:
    ones = [np.full(np.shape(v), k in ("vector", "matrix"), float) for k, v in structure.items()]
    vector = np.concatenate([leaf.ravel() for leaf in _leaves(structure)])
    made = dict(zip(structure, ones))
    return Expected(vector, [np.concatenate([leaf.ravel() for leaf in _leaves(made)])])


def _ones(program: Any, side: int, count: int) -> Expected:
    return Expected(side * side * count, [np.ones((side, side))])


# ---------------------------------------------------------------- problems


def _factors(product: str) -> list[np.ndarray]:
    random = np.random.default_rng(33)
    shapes = [(2, 3, 4, 5), (2, 3, 5, 4), (2, 3, 4, 2, 3, 4)]
    if product == "tensordot":
        shapes = [(2, 3, 5, 4), (5, 4, 2, 3), (2, 3, 2, 3)]
    return [random.standard_normal(shape) for shape in shapes]


def _products() -> list[Timing]:
    made = []
    for product in ("dot", "tensordot"):
        for by in (0, 1):
            for again in (None, 0, 1, 2):
                places = f"{by}" if again is None else f"{by}_{again}"
                after = "" if again is None else f", and of that by argument {again}"
                made.append(
                    _program(
                        f"{product}_{places}",
                        f"derivative of `{product}` of four axes by factor {by}{after}",
                        programs.product_cotangent,
                        _cotangent,
                        arrays=_factors(product),
                        product=product,
                        by=by,
                        again=again,
                    )
                )
    return made


def _structures() -> list[Timing]:
    made = []
    for name, program, expected in (
        ("flatten", programs.flattened, _flat),
        ("unflatten", programs.unflattened, _unflat),
    ):
        for derivative in (False, True):
            made.append(
                _program(
                    f"{name}_gradient" if derivative else name,
                    f"`{name}` of a dictionary{', and its gradient' * derivative}",
                    program,
                    expected,
                    structure=STRUCTURE,
                    derivative=derivative,
                )
            )
    return made


def _matrix(side: int) -> Inputs:
    return {"program": programs.needless_nodes, "side": side, "count": 100}


PROBLEMS: tuple[Computation, ...] = (
    _program(
        "short_function", "grad of x**2, the whole call", programs.short_function, _square, x=2.0
    ),
    _program(
        "long_function",
        "50 times `x = np.sin(x)` of a number, and its gradient",
        programs.long_function,
        _sines,
        operations=50,
        per="operation",
        x=2.0,
        count=50,
    ),
    _program(
        "fan_out_fan_in",
        "10,000 times `x = (x + x) / 2` of a number, and its gradient",
        programs.fan_out_fan_in,
        _identity,
        operations=20_000,
        per="operation",
        x=2.0,
        count=10_000,
    ),
    _program(
        "exp_of_number",
        "1,000 times `np.exp(2.0)` that nobody differentiates",
        programs.exponential_of_number,
        _exponential,
        operations=1000,
        per="operation",
        x=2.0,
        count=1000,
    ),
    *_products(),
    *_structures(),
    _loss(
        "recurrent_1024",
        "a recurrent network of 1,024 units, 50 steps, float32: its loss with the gradient",
        programs.recurrent_network,
        "benchmarks",
        rtol=1e-2,
    ),
    Footprint(
        name="needless_nodes",
        title="100 times `x = x + 1` of 1,000 x 1,000 numbers, and the gradient of their sum",
        function="autograd_program",
        inputs=partial(_matrix, 1000),
        warm=partial(_matrix, 10),
        expected=_ones,
        quantity="peak",
        only=PEERS,
        targets={"autograd": 1.0},
    ),
    *(
        _loss(
            f"kernel_{name}",
            f"{(kernel.__doc__ or name).splitlines()[0].rstrip('.')}: loss with gradient",
            kernel,
            "examples",
        )
        for name, kernel in KERNELS
    ),
)
