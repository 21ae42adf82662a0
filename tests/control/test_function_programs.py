"""Random programs: a recorded function gives what the function gives, and what interpreters give.

Three parties run each program: the function itself; its record by plans, which leave out, share,
fuse and compute in place; and the same record one operation after the other, without any of that.
Plans and interpreters are to agree bit by bit, infinities, NaN and signs of zeros included. `make
fuzz` tries many more.
"""

from __future__ import annotations

import logging
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

import autograd_c as tf
from autograd_c.core import _core

from .. import interpreter
from ..function_programs import NAMES, Calls, blocks, steps_of

FUZZ = os.environ.get("AUTOGRAD_C_FUZZ", "")
EXAMPLES = 100 if not FUZZ else int(FUZZ) if FUZZ.isdigit() else 20_000

many = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
# Numbers, arrays that streams compute, and arrays that are computed block by block.
shapes = st.sampled_from(((), (3,), (2100,)))
seeds = st.integers(0, 2**16)


def arrays(shape, dtype, seed, special=False):
    """Three pairs of arguments."""
    random = np.random.default_rng(seed)
    pairs = [random.normal(size=(2, *shape)).astype(dtype) for _ in range(3)]
    if special:
        for pair, value in zip(pairs, random.permutation([np.inf, -np.inf, np.nan, -0.0, 1e30])):
            pair[(random.integers(2), *[random.integers(3)] * len(shape))] = value
    return pairs


# ---------------------------------------------------------------- ways to call a function


def plain(calls, x, y, count):
    return [calls.call(x, y, count, tf.constant(0.0))]


def watched(calls, x, y, count):
    """Under a tape that knows an argument which is not used: then a record is not planned."""
    unused = tf.constant(0.0)
    with tf.GradientTape() as tape:
        tape.watch(unused)
        return [calls.call(x, y, count, unused)]


def checked(calls, x, y, count):
    """With checks of all results: then not even the rounds of loops are planned."""
    tf.debugging.enable_check_numerics()
    try:
        return plain(calls, x, y, count)
    finally:
        tf.debugging.disable_check_numerics()


def gradient(calls, x, y, count):
    sources = [x, y, calls.variable]
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        result = plain(calls, x, y, count)
        target = [tf.reduce_sum(r * 0.5) for r in tf.nest.flatten(result)]
    slopes = tape.gradient(target, sources, unconnected_gradients="zero")
    return [result, *map(tf.convert_to_tensor, slopes)]


def second(calls, x, y, count):
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        result, *slopes = gradient(calls, x, y, count)
        target = [tf.reduce_sum(tf.sin(slope)) for slope in slopes]
    return [result, *slopes, *tape.gradient(target, [x, y], unconnected_gradients="zero")]


def tangent(calls, x, y, count):
    with tf.autodiff.ForwardAccumulator(x, tf.cos(x)) as accumulator:
        result = plain(calls, x, y, count)
    jvps = [accumulator.jvp(r, "zero") for r in tf.nest.flatten(result)]
    return [result, *jvps]


# What eager derivatives refuse, which is asked in test_function_custom.py; and Python's errors, of
# numbers that are no integers.
REFUSED = (NotImplementedError, RuntimeError)
RAISED = (ValueError, OverflowError)
# Of calls: which arguments, and how often the second is added to the first; 0: x is given twice.
ORDER = [(0, 1), (0, 1), (1, 1), (0, 2), (2, 1), (1, 1), (0, 0)]


class Outcome:
    """All that can be seen of some calls: of each the results, and the Variable behind it."""

    def __init__(self, calls, pairs, way):
        calls.reset()
        self.values, self.raised = [], []
        for k, count in ORDER:
            x, y = (tf.constant(a) for a in pairs[k])
            try:
                result = way(calls, x, y if count else x, count)
            except RAISED as error:
                self.raised.append((k, count, type(error)))
                result = []
            self.values += [r.numpy() for r in tf.nest.flatten(result)]
            self.values.append(calls.variable.numpy())
        self.printed = list(calls.printed)

    def compare(self, expected, by):
        assert self.printed == expected.printed
        assert self.raised == expected.raised
        for a, b in zip(self.values, expected.values, strict=True):
            by(a, b)


# ---------------------------------------------------------------- what is the same


def assert_same(found, expected):
    """Bit by bit, but that all NaN are the same."""
    assert found.dtype == expected.dtype and found.shape == expected.shape
    np.testing.assert_array_equal(found, expected)
    is_number = expected == expected
    np.testing.assert_array_equal(np.signbit(found[is_number]), np.signbit(expected[is_number]))


def near(block):
    """What says that values are the same but for rounding errors.

    These are float32's where cotangents go through that: a sum of them that is rounded to it is
    another number than the sum of what was rounded.
    """
    is_narrow = any(kind == "unary" and what[1] == "narrow" for kind, *what in steps_of(block))
    tolerance = 1e-6 if is_narrow else 1e-10

    def assert_near(found, expected):
        assert found.dtype == expected.dtype and found.shape == expected.shape
        size = 1.0 + np.max(np.abs(expected), initial=0.0)
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=0.01 * tolerance * size)

    return assert_near


def is_rounded_otherwise(block):
    """Whether a record may have values with other rounding errors than the function.

    A sweep that is recorded is rounded otherwise than one that is not, and rows of a batch
    otherwise than one by one.
    """
    return any(
        kind in ("derivative", "rows") or (kind == "rule" and what[0] == "of a tape")
        for kind, *what in steps_of(block)
    )


@pytest.fixture(scope="module", autouse=True)
def quiet():
    """Some programs are called each time, and say so: see docs/function.md."""
    logger = logging.getLogger("autograd_c")
    before = logger.level
    logger.setLevel(logging.ERROR)
    yield
    logger.setLevel(before)


# ---------------------------------------------------------------- programs with all there is


@many
@given(blocks(), shapes, st.sampled_from(("float64", "float32")), st.booleans(), seeds)
def test_values(block, shape, dtype, special, seed):
    pairs = arrays(shape, dtype, seed, special)
    try:
        expected = Outcome(Calls(block, lambda f: f, shape, dtype), pairs, plain)
    except REFUSED:
        return
    recorded = Calls(block, tf.function, shape, dtype)
    first = Outcome(recorded, pairs, plain)
    runs = recorded.runs
    again = Outcome(recorded, pairs, plain)
    # A call that raises an error is not recorded.
    is_recorded = not recorded.is_called() and not first.raised
    assert recorded.runs == runs or not is_recorded

    # The function itself.
    if not is_rounded_otherwise(block):
        first.compare(expected, assert_same)
        again.compare(expected, assert_same)
    elif dtype == "float64" and not special:
        first.compare(expected, near(block))
        again.compare(expected, near(block))
    # The record, one operation after the other.
    if is_recorded:
        Outcome(recorded, pairs, watched).compare(again, assert_same)
        if not special:
            Outcome(recorded, pairs, checked).compare(again, assert_same)
        assert recorded.runs == runs


INNER = [("assign", "assign", "x"), ("unary", "z", "narrow", "x"), ("assign", "assign", "x")]
OUTER = [("loop", "while", "z", "x", [("loop", "while", "z", "x", INNER)])]


@many
@given(blocks(), shapes, st.sampled_from((gradient, second, tangent)), seeds)
@example([*OUTER, ("assign", "assign", "x")], (), second, 0)  # rounded to float32 on the way
def test_derivatives(block, shape, way, seed):
    pairs = arrays(shape, "float64", seed)
    recorded = Calls(block, tf.function, shape, "float64")
    Outcome(recorded, pairs, plain)
    try:
        expected = Outcome(Calls(block, lambda f: f, shape, "float64"), pairs, way)
    except REFUSED:
        return
    Outcome(recorded, pairs, way).compare(expected, near(block))


# ---------------------------------------------------------------- programs that compute


def derived(program, inputs):
    """What it gives, and derivatives of that: `program` takes and gives a list of tensors."""
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = program(inputs)
        targets = [tf.reduce_sum(y * 0.5) for y in outputs]
    return [*outputs, *tape.gradient(targets, inputs, unconnected_gradients="zero")]


def has_derivatives(program):
    """Of parts, which an interpreter takes from a tape of its own."""
    return any(
        composite.kind not in ("cond", "scan", "while_loop")
        or any(has_derivatives(inner) for inner in composite.programs)
        for composite in program.composites.values()
    )


@many
@given(blocks(pure=True), shapes, seeds)
def test_programs_against_an_interpreter(block, shape, seed):
    calls = Calls(block, lambda f: f, shape, "float64")

    def function(inputs):
        values = dict(zip(NAMES, [*inputs, inputs[0] + inputs[1]], strict=True))
        calls.run(block, values)
        return list(values.values())

    given = [[tf.constant(a) for a in pair] for pair in arrays(shape, "float64", seed)]
    try:
        program = _core.Program(lambda *inputs: function(inputs), given[0], parts=True)
    except NotImplementedError:  # a rule that can be no program
        return
    assume(not program.bound)
    is_exact = not has_derivatives(program)
    simplified = program.simplified_code()
    for inputs in given:
        planned = program.run(inputs)

        def check(found, expected=planned, is_exact=is_exact):
            for a, b in zip(found, expected, strict=True):
                (assert_same if is_exact else near(block))(a.numpy(), b.numpy())

        check([y[0] for y in program.run(inputs, [False, False], 1)], is_exact=True)
        check(function(inputs), is_exact=is_exact and not is_rounded_otherwise(block))
        if interpreter.is_known(program):
            check(interpreter.run(program, inputs))
            check(interpreter.run_code(simplified, inputs))
            by_interpreter = derived(lambda xs: interpreter.run(program, xs), inputs)
            check(by_interpreter, derived(program.run, inputs), is_exact=False)
