"""The tape itself: how it grows, what a record weighs, what nesting and many sources cost."""

import numpy as np

from bench.problem import SUBJECT, Expected, Footprint, Inputs, Scaling
from bench.suites.scalar import power


def ones(n: int) -> Inputs:
    """Give the scalar chain at x = 1, where float32 is exact up to 2**24 multiplies."""
    return {"x": 1.0, "n": n}


def nested_expected(x: float, n: int, tapes: int) -> Expected:
    """Give the same derivative for each tape."""
    answer = power(x, n)
    return Expected(answer.value, list(answer.gradients) * tapes)


def sum_expected(values: np.ndarray) -> Expected:
    """Give the sum, and a gradient of ones."""
    return Expected(values.sum(dtype=np.float64), [np.float32(1)] * len(values))


PROBLEMS = (
    Scaling(
        name="tape_length",
        title="a tape of 10,000,000 scalar multiplies, recorded and differentiated, vs 10,000",
        function="scalar_chain",
        inputs=ones,
        expected=power,
        operations=lambda n: n,
        small=10_000,
        large=10_000_000,
        quick_large=1_000_000,
        per="multiply",
        rtol=1e-6,
        only=(SUBJECT,),
        target=1.5,
    ),
    Footprint(
        name="tape_bytes",
        title="memory held by a tape of 10,000,000 scalar multiplies, its values included",
        function="recorded_chain",
        inputs=lambda: {**ones(10_000_000), "tapes": 1},
        quick_inputs=lambda: {**ones(1_000_000), "tapes": 1},
        warm=lambda: {**ones(1_000), "tapes": 1},
        expected=nested_expected,
        quantity="held",
        operations=lambda inputs: inputs["n"],
        per="record",
        rtol=1e-6,
        only=(SUBJECT,),
        limit=48.0,
    ),
    Scaling(
        name="nested_tapes",
        title="1,000 scalar multiplies recorded (not differentiated) under 4 nested tapes vs 1",
        function="recorded_chain",
        inputs=lambda tapes: {"x": 1.0009765625, "n": 1000, "tapes": tapes},
        expected=nested_expected,
        operations=lambda tapes: 1000,
        small=1,
        large=4,
        per="multiply",
        rtol=1e-4,
        target=1.3,
    ),
    Scaling(
        name="sources",
        title="a running sum of 1,000 scalar sources and its gradients vs 10, time per source",
        function="sum_of_sources",
        inputs=lambda n: {
            "values": np.random.default_rng(3).uniform(0.5, 1.5, n).astype(np.float32)
        },
        expected=sum_expected,
        operations=lambda n: n,
        small=10,
        large=1_000,
        per="source",
        rtol=1e-4,
        target=1.2,
    ),
)
