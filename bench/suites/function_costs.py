"""Compiled functions apart from their speed: first calls, memory, and all processors."""

from functools import partial

from bench.gradbench import problems
from bench.suites import array, function, network, scalar
from bench.suites.function import first_call, footprint, of, threads
from bench.suites.gradbench import CAMERAS, HAND, MIXTURE, RECURRENT

SMALL_MIXTURE = partial(problems.mixture_inputs, 2, 3, 5)
FEW_CAMERAS = partial(problems.cameras_inputs, 2, 3, 5)
FEW = partial(array.normal, 10)
FEW_ROUNDS = partial(array.exp_rounds_inputs, 10)


FIRST = {"jax jit": 1 / 100, "eager": 3.0}

PROBLEMS = (
    first_call(of(scalar.PROBLEMS, "notebook"), lambda: {"x": 3.0, "y": 4}, FIRST),
    first_call(of(network.PROBLEMS, "dense"), network.dense_inputs, FIRST),
    first_call(of(scalar.PROBLEMS, "scalar_chain"), lambda: {"x": 1.5, "n": 3}, FIRST),
    first_call(MIXTURE, SMALL_MIXTURE, FIRST),
    first_call(of(array.PROBLEMS, "exp_rounds_1m"), FEW_ROUNDS, {"eager": 3.0}),
    footprint(of(array.PROBLEMS, "sum_tanh"), FEW),
    footprint(of(array.PROBLEMS, "exp_rounds_1m"), FEW_ROUNDS),
    footprint(function.RUNGE_KUTTA, partial(function.runge_kutta_inputs, 3, 2)),
    footprint(function.HEAT, partial(function.heat_inputs, 5, 2)),
    footprint(MIXTURE, SMALL_MIXTURE),
    footprint(RECURRENT, partial(problems.recurrent_inputs, 1, 3)),
    footprint(CAMERAS, FEW_CAMERAS),
    footprint(HAND, partial(problems.hand_inputs, 4, 3)),
    threads(of(array.PROBLEMS, "sum_tanh"), 0.65),
    threads(of(array.PROBLEMS, "exp_rounds_1m"), 0.65),
    threads(MIXTURE, 0.65),
    threads(CAMERAS, 0.65),
)
