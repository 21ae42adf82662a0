"""Compiled functions: the programs of other suites, recorded by tf.function and run again."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from bench.problem import Expected, FirstCall, Footprint, Inputs, Threads, Timing
from bench.suites import array, network, optimizer, scalar


def rosenbrock_inputs(length: int) -> Inputs:
    """Give a point near the valley."""
    return {"x": 1 + 0.1 * np.random.default_rng(12).standard_normal(length)}


def rosenbrock_expected(x: np.ndarray) -> Expected:
    """Give the value of Rosenbrock's function and its gradient, written out."""
    low, rise = 1 - x[:-1], x[1:] - x[:-1] ** 2
    gradient = np.zeros_like(x)
    gradient[:-1] = -400 * x[:-1] * rise - 2 * low
    gradient[1:] += 200 * rise
    return Expected(np.sum(100 * rise**2 + low**2), [gradient])


def halvings_expected(x: float) -> Expected:
    """Give x halved until it is at most 1, and the derivative."""
    factor = 2.0 ** -np.ceil(np.log2(x))
    return Expected(x * factor, [factor])


def descent_inputs(count: int, length: int) -> Inputs:
    """Give parameters by name, and where to move them."""
    rng = np.random.default_rng(15)
    parameters, directions = (
        {f"w{k}": rng.standard_normal(length).astype(np.float32) for k in range(count)}
        for _ in range(2)
    )
    return {"parameters": parameters, "directions": directions, "rate": np.float32(0.1)}


def descent_expected(parameters: dict, directions: dict, rate: np.float32) -> Expected:
    """Give the parameters behind the step."""
    moved = [parameters[name] - rate * 1.9 * directions[name] for name in sorted(parameters)]
    return Expected(np.float64(0.0), moved)


def pendulum_expected(angle: float, speed: float, n: int, h: float) -> Expected:
    """Give the square of the last angle, and its derivatives, by tangents."""
    x, v = np.array([angle, 1.0, 0.0]), np.array([speed, 0.0, 1.0])
    for _ in range(n):
        v = v - h * np.array([np.sin(x[0]), np.cos(x[0]) * x[1], np.cos(x[0]) * x[2]])
        x = x + h * v
    return Expected(x[0] ** 2, [2 * x[0] * x[1], 2 * x[0] * x[2]])


def runge_kutta_inputs(states: int, steps: int) -> Inputs:
    """Give a matrix with eigenvalues of about 1, and where the states begin."""
    rng = np.random.default_rng(13)
    matrix = rng.standard_normal((states, states)) / np.sqrt(states)
    return {"a": matrix, "x": rng.standard_normal(states), "steps": steps}


def runge_kutta_expected(a: np.ndarray, x: np.ndarray, steps: int) -> Expected:
    """Move all states by an imaginary step, one at a time and all at once."""
    small = 1e-30
    y = x[:, None] + 1j * small * np.eye(len(x))

    def slope(y: np.ndarray) -> np.ndarray:
        return np.asarray(np.tanh(a @ y) - y)

    h = 1 / steps
    for _ in range(steps):
        k1 = slope(y)
        k2 = slope(y + h / 2 * k1)
        k3 = slope(y + h / 2 * k2)
        k4 = slope(y + h * k3)
        y = y + h / 6 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    total = np.sum(y**2, 0)
    return Expected(total[0].real, [total.imag / small])


def heat_inputs(points: int, steps: int) -> Inputs:
    """Give temperatures along a rod."""
    return {"x": np.random.default_rng(14).standard_normal(points), "steps": steps}


def heat_expected(x: np.ndarray, steps: int) -> Expected:
    """Take all steps by the matrix of one, whose ends stay."""
    one = np.eye(len(x)) + 0.1 * (np.eye(len(x), k=1) - 2 * np.eye(len(x)) + np.eye(len(x), k=-1))
    one[[0, -1]] = np.eye(len(x))[[0, -1]]
    every = np.linalg.matrix_power(one, steps)
    end = every @ x
    return Expected(np.sum(end**2), [2 * every.T @ end])


def compiled(problem: Timing, targets: dict[str, float]) -> Timing:
    """Give a problem of another suite for compiled functions."""
    return _recorded(problem, "function", "compiled", "compiled", targets)


def machine_code(problem: Timing) -> Timing:
    """Give a problem for functions that compilers have made machine code of."""
    targets = {"cpp": 1.5, "function": 1.0}
    return _recorded(problem, "machine_code", "machine code", "machine_code", targets)


def _recorded(
    problem: Timing, prefix: str, kind: str, function: str, targets: dict[str, float]
) -> Timing:
    return replace(
        problem,
        name=f"{prefix}_{problem.name}",
        title=f"{kind}: {problem.title}",
        function=function,
        inputs=partial(named, problem),
        expected=partial(expected_of, problem.expected),
        targets=targets,
    )


def looped(problem: Timing) -> Timing:
    """Give a problem whose steps are a loop of the program."""
    return replace(
        problem,
        name=f"{problem.name}_loop",
        title=problem.title.replace("unrolled", "by `while_loop`"),
        function=f"{problem.function}_loop",
    )


def first_call(problem: Timing, warm: Callable[[], Inputs], targets: dict[str, float]) -> FirstCall:
    """Give a problem for the first calls of compiled functions; `warm` are small inputs."""
    return FirstCall(
        name=f"first_{problem.name}",
        title=f"first call: {problem.title}",
        function="compiled",
        inputs=partial(named, problem),
        warm=partial(named, replace(problem, inputs=warm)),
        expected=partial(expected_of, problem.expected),
        rtol=problem.rtol,
        targets=targets,
    )


def footprint(problem: Timing, warm: Callable[[], Inputs]) -> Footprint:
    """Give a problem for the memory of compiled functions, in their second calls."""
    return Footprint(
        name=f"memory_{problem.name}",
        title=f"memory of a second call: {problem.title}",
        function="compiled",
        inputs=partial(named, problem),
        warm=partial(named, replace(problem, inputs=warm)),
        expected=partial(expected_of, problem.expected),
        rtol=problem.rtol,
        quantity="again",
        targets={"jax jit": 1.0},
    )


def threads(problem: Timing, target: float) -> Threads:
    """Give a problem for compiled functions on all processors."""
    return Threads(
        name=f"threads_{problem.name}",
        title=f"all processors: {problem.title}",
        function="compiled",
        inputs=partial(named, problem),
        expected=partial(expected_of, problem.expected),
        rtol=problem.rtol,
        target=target,
    )


def named(problem: Timing) -> Inputs:
    """Give a problem's inputs, and the name of its function."""
    return {"of": problem.function, **problem.inputs()}


def expected_of(expected: Callable[..., Expected], of: str, **inputs: object) -> Expected:
    """Give the answer of the function of that name."""
    return expected(**inputs)


def of(suite: tuple[Timing, ...], name: str) -> Timing:
    """Find a problem of a suite."""
    return next(problem for problem in suite if problem.name == name)


ROSENBROCK = Timing(
    name="rosenbrock",
    title="gradient of Rosenbrock's function of 1,000 variables, float64",
    function="rosenbrock",
    inputs=partial(rosenbrock_inputs, 1000),
    expected=rosenbrock_expected,
)
PENDULUM = Timing(
    name="pendulum",
    title="1,000 steps of a pendulum, number by number, and the gradient, float64",
    function="pendulum",
    inputs=lambda: {"angle": 0.5, "speed": 0.1, "n": 1000, "h": 0.01},
    expected=pendulum_expected,
    operations=1000,
    per="step",
)
HALVINGS = Timing(
    name="halvings",
    title="`while x > 1: x = x / 2` from 100, and the gradient",
    function="halvings",
    inputs=lambda: {"x": 100.0},
    expected=halvings_expected,
    rtol=1e-6,
)
DESCENT = Timing(
    name="descent",
    title="a step of 8 tensors of 16 numbers, in dicts, with a flag by name, float32",
    function="descent",
    inputs=partial(descent_inputs, 8, 16),
    expected=descent_expected,
    rtol=1e-6,
    targets={"eager": 1.0, "jax jit": 1 / 5},
)
RUNGE_KUTTA = Timing(
    name="runge_kutta",
    title="gradient through 100 Runge-Kutta steps of 100 states, unrolled, float64",
    function="runge_kutta",
    inputs=partial(runge_kutta_inputs, 100, 100),
    expected=runge_kutta_expected,
    rtol=1e-9,
)
HEAT = Timing(
    name="heat_steps",
    title="gradient through 200 steps of the heat equation on 100 points, unrolled, float64",
    function="heat_steps",
    inputs=partial(heat_inputs, 100, 200),
    expected=heat_expected,
    rtol=1e-9,
)


PROBLEMS = (
    compiled(of(scalar.PROBLEMS, "scalar_chain"), {"eager": 0.3, "casadi": 0.5}),
    compiled(of(scalar.PROBLEMS, "notebook"), {"jax jit": 1 / 20}),
    compiled(HALVINGS, {"eager": 1 / 3}),
    DESCENT,
    compiled(of(network.PROBLEMS, "dense"), {"jax jit": 0.15}),
    compiled(of(optimizer.PROBLEMS, "adam"), {"jax jit": 0.15}),
    compiled(optimizer.COUNTED, {"eager": 1.0, "jax jit": 0.2}),
    compiled(ROSENBROCK, {"jax jit": 0.15}),
    compiled(of(array.PROBLEMS, "sum_tanh"), {"jax jit": 1.0}),
    compiled(of(array.PROBLEMS, "exp_rounds_10k"), {"jax jit": 0.5}),
    compiled(of(array.PROBLEMS, "exp_rounds_1m"), {"jax jit": 0.3}),
    machine_code(of(scalar.PROBLEMS, "scalar_chain")),
    machine_code(PENDULUM),
    compiled(RUNGE_KUTTA, {"jax jit": 0.7}),
    compiled(looped(RUNGE_KUTTA), {"jax jit": 0.7}),
    compiled(HEAT, {"jax jit": 1.0}),
    compiled(looped(HEAT), {"jax jit": 1.0}),
)
