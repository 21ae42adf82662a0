"""NumPy's functions of tensors, and arrays that are filled and updated in place."""

from functools import partial

import numpy as np

from bench.problem import SUBJECT, Expected, Inputs, Relative, Scaling, Timing


def vector(count: int) -> Inputs:
    """Give 100 numbers, and how often the function is called with them."""
    return {"x": np.random.default_rng(20).uniform(-2, 2, 100), "count": count}


def sines(x: np.ndarray, count: int, part: str) -> Expected:
    """Give the sine and its derivative."""
    return Expected(np.sin(x), [np.cos(x)])


def sums(x: np.ndarray, count: int, part: str) -> Expected:
    """Give the sum and its derivative."""
    return Expected(np.sum(x), [np.ones_like(x)])


def numbers(size: int) -> Inputs:
    """Give the numbers that go in, and the weights of what comes out."""
    random = np.random.default_rng(size)
    return {"x": random.uniform(-1, 1, size), "weights": random.uniform(-1, 1, size)}


def squares(x: np.ndarray, weights: np.ndarray) -> Expected:
    """Give the weighted sum of the squares, and its derivative."""
    return Expected(np.dot(x * x, weights), [2 * x * weights])


def heat_inputs() -> Inputs:
    """Give temperatures along a rod, those that are wanted at the end, the rate and the steps."""
    random = np.random.default_rng(21)
    return {
        "start": random.uniform(0, 1, 100),
        "wanted": np.sin(np.linspace(0, np.pi, 100)),
        "rate": 0.25,
        "steps": 200,
    }


def heat_expected(start: np.ndarray, wanted: np.ndarray, rate: float, steps: int) -> Expected:
    """Give the distance from what is wanted, and its derivative by a power of the step's matrix."""
    n = len(start)
    step = np.eye(n) + rate * (np.eye(n, k=1) - 2 * np.eye(n) + np.eye(n, k=-1))
    step[[0, -1]] = np.eye(n)[[0, -1]]
    power = np.linalg.matrix_power(step, steps)
    rest = power @ start - wanted
    return Expected(np.sum(rest * rest), [2 * power.T @ rest])


PROBLEMS = (
    Relative(
        name="numpy_sine",
        title="100 times `y = np.sin(x)` of 100 elements under a tape, beside `tf.sin(x)`",
        function="sine_calls",
        inputs=partial(vector, 100),
        expected=sines,
        work="numpy",
        base="tensorflow",
        operations=100,
        only=(SUBJECT,),
        target=1.3,
    ),
    Relative(
        name="numpy_sum",
        title="100 times `x.sum()` of 100 elements under a tape, beside `tf.reduce_sum(x)`",
        function="sum_calls",
        inputs=partial(vector, 100),
        expected=sums,
        work="numpy",
        base="tensorflow",
        operations=100,
        only=(SUBJECT,),
        target=1.1,
    ),
    *(
        Timing(
            name=f"fill_{size}",
            title=f"`y[i] = x[i] * x[i]` for {size:,} elements, and the gradient of a sum of them",
            function="fill",
            inputs=partial(numbers, size),
            expected=squares,
            operations=size,
            per="element",
            targets={"autograd": 1 / 10, "torch": 1 / 5, "jax": 1 / 10},
        )
        for size in (100, 1000)
    ),
    Scaling(
        name="fill_growth",
        title="the same for 100,000 elements beside 1,000: time for each",
        function="fill",
        inputs=numbers,
        expected=squares,
        operations=lambda size: size,
        small=1_000,
        large=100_000,
        quick_large=20_000,
        per="element",
        only=(SUBJECT,),
        target=1.5,
    ),
    Timing(
        name="heat",
        title="200 steps of the heat equation, 100 points, by updates of slices, and the gradient",
        function="heat",
        inputs=heat_inputs,
        expected=heat_expected,
        operations=200,
        per="step",
        targets={"autograd": 1 / 10, "torch": 1 / 5, "jax": 1 / 10},
    ),
)
