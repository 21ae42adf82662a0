"""Checkpoints: a deep chain that keeps the ends of its segments and computes the rest again."""

import numpy as np

from bench.problem import Expected, Footprint, Inputs, Timing
from bench.suites.array import exp_rounds_expected, exp_rounds_inputs

LAYERS = 1000
SEGMENT = 32
"""Layers in a segment: the square root of their number, rounded."""


def layers_inputs(length: int, layers: int = LAYERS) -> Inputs:
    """Give normal numbers for a chain of layers y = exp(-y * y) + x."""
    return {**exp_rounds_inputs(length), "rounds": layers, "segment": SEGMENT}


def layers_expected(x: np.ndarray, rounds: int, segment: int) -> Expected:
    """Give value and derivative, which checkpoints do not change."""
    return exp_rounds_expected(x, rounds)


PROBLEMS = (
    Timing(
        name="checkpoint_time",
        title="gradient of 1,000 layers on 5,000 float64 in segments of 32, recomputed or plain",
        function="checkpointed_layers",
        inputs=lambda: layers_inputs(5_000),
        expected=layers_expected,
    ),
    Footprint(
        name="checkpoint_peak",
        title="memory peak of the same gradient; one array is 40 kB",
        function="checkpointed_layers",
        inputs=lambda: layers_inputs(5_000),
        warm=lambda: layers_inputs(100, 2 * SEGMENT),
        expected=layers_expected,
        quantity="peak",
    ),
)
