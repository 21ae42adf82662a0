"""Memory: the most that a gradient needs."""

from functools import partial

from bench.problem import Footprint
from bench.suites.vector import mixed_expected, mixed_inputs

PROBLEMS = (
    Footprint(
        name="memory_peak",
        title="memory peak of the gradient of 100 mixed operations on 8 MB arrays (1e6 float64)",
        function="mixed",
        inputs=partial(mixed_inputs, 1_000_000),
        warm=partial(mixed_inputs, 100),
        expected=mixed_expected,
        quantity="peak",
        targets={"torch": 1.2},
    ),
)
