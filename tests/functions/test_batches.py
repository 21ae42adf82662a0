"""Every operation is run with an axis in front of some of its inputs: what single calls give."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import func
from autograd_c.core import _core

from ..derivatives import forward, gradient_of, listed, random_like, reverse, tangent_of
from ..entries import ENTRIES, MOVING
from ..operations import ROWS, arguments, assert_close, assert_same_bits, public
from .test_programs import DTYPES, NEEDS_PYTHON, SHAPES, data, loss, step

EXTENTS = (0, 1, 3)


def subsets(count):
    """Which of so many inputs have the axis: all cases of few, each one and all of many."""
    sizes = range(1, count + 1) if count <= 3 else (1, count)
    for size in sizes:
        for chosen in combinations(range(count), size):
            yield [k in chosen for k in range(count)]


def rows_of(batched, in_batch, extent):
    """The arguments of each of the single calls."""
    for i in range(extent):
        yield [b[i] if is_in else b for b, is_in in zip(batched, in_batch)]


def stacked(answers, like):
    """Each of the answers of all rows together; without rows, as if `like` were that of one."""
    if not answers:
        return [np.zeros((0, *np.shape(x)), np.asarray(x).dtype) for x in like]
    return [np.stack([np.asarray(a) for a in column]) for column in zip(*answers)]


def batch(samples, in_batch, extent):
    """The first samples' rows of the inputs in the batch, and the first sample's of the others."""
    return [
        np.reshape([s[k] for s in samples[:extent]], (extent, *x.shape)).astype(x.dtype)
        if in_batch[k]
        else x
        for k, x in enumerate(samples[0])
    ]


class Case:
    """A function recorded once, and what it is called with: one sample for each row."""

    def __init__(self, function, samples, exact=False):
        self.function, self.samples, self.exact = function, samples, exact
        self.program = _core.Program(function, samples[0])
        self.outputs = self.program.outputs

    def same(self, found, expected):
        assert len(found) == len(expected)
        for y, z in zip(found, expected):
            y, z = np.asarray(y), np.asarray(z)
            assert y.dtype == z.dtype
            scale = max(1.0, float(np.max(np.abs(z), initial=0))) if z.dtype.kind in "fc" else 1
            assert_close(y / scale, z / scale, z.dtype, ulps=32)

    def check_values(self, in_batch, extent):
        given = batch(self.samples, in_batch, extent)
        single = [
            listed(self.function(*map(tf.constant, row)))
            for row in rows_of(given, in_batch, extent)
        ]
        found, expected = self.program.run(given, in_batch, extent), stacked(single, self.outputs)
        if not self.exact:
            return self.same(found, expected)
        assert len(found) == len(expected)
        for y, z in zip(found, expected):
            assert_same_bits(y, z)

    def check_derivatives(self, in_batch, extent):
        given = batch(self.samples, in_batch, extent)

        def run(*inputs):
            return self.program.run(inputs, in_batch, extent)

        rows = list(rows_of(given, in_batch, extent))
        upstream = random_like(run(*given))
        single = [
            reverse(self.function, [tf.constant(x) for x in row], [u[i] for u in upstream])
            for i, row in enumerate(rows)
        ]
        gradients = stacked(single, self.samples[0])
        expected = [g if is_in else g.sum(0) for g, is_in in zip(gradients, in_batch)]
        self.same(reverse(run, [tf.constant(x) for x in given], upstream), expected)

        tangents = random_like(given, 2)
        pushed = [
            forward(self.function, [tf.constant(x) for x in row], tangent)
            for row, tangent in zip(rows, rows_of(tangents, in_batch, extent))
        ]
        found = forward(run, [tf.constant(x) for x in given], tangents)
        self.same(found, stacked(pushed, self.outputs))

    def check_twice(self):
        """A batch of batches: what a run records can be run in batches, too."""
        every = [True] * len(self.samples[0])
        pairs = [self.samples[:2], self.samples[1:3]]
        given = [batch(pair, every, 2) for pair in pairs]
        program = _core.Program(lambda *x: self.program.run(x, every, 2), given[0])
        found = program.run([np.stack(column) for column in zip(*given)], every, 2)
        self.same(found, stacked([self.program.run(x, every, 2) for x in given], self.outputs))

    def check_nested(self, derivatives):
        """A map in a map calls its function once, whichever inputs are those of its own rows."""
        count = len(self.samples[0])
        every = [True] * count
        calls = []

        def counted(*row):
            calls.append(None)
            return listed(self.function(*row))

        def within(inner):
            """The inner map takes these inputs, the outer one all."""
            axes = [0 if is_in else None for is_in in inner]
            return func.vmap(func.vmap(counted, axes))

        for inner in {tuple(every), tuple(k == count - 1 for k in range(count))}:
            given = [
                np.stack(column)
                for column in zip(
                    batch(self.samples[:2], inner, 2), batch(self.samples[1:3], inner, 2)
                )
            ]
            assert len(given) == count
            calls.clear()
            found = within(inner)(*given)
            assert len(calls) == 1 or self.program.bound
            outer = list(rows_of(given, every, 2))
            rows = [list(rows_of(row, inner, 2)) for row in outer]
            single = [
                stacked([listed(self.function(*map(tf.constant, row))) for row in each], found)
                for each in rows
            ]
            self.same(found, [np.stack(column) for column in zip(*single)])
            if not derivatives:
                continue
            upstream = random_like(found)
            slopes = reverse(within(inner), [tf.constant(x) for x in given], upstream)
            single = []
            for i, each in enumerate(rows):
                of_rows = [
                    reverse(
                        self.function, [tf.constant(x) for x in row], [u[i, k] for u in upstream]
                    )
                    for k, row in enumerate(each)
                ]
                single.append(
                    [
                        g if is_in else g.sum(0)
                        for g, is_in in zip(stacked(of_rows, self.samples[0]), inner)
                    ]
                )
            self.same(slopes, [np.stack(column) for column in zip(*single)])

    def check(self, derivatives):
        self.check_twice()
        self.check_nested(derivatives)
        for in_batch in subsets(len(self.samples[0])):
            for extent in EXTENTS:
                self.check_values(in_batch, extent)
                if derivatives:
                    self.check_derivatives(in_batch, extent)


def check(function, samples, derivatives, exact=False):
    """Values and, with `derivatives`, those of both modes; and the same of the gradient."""
    Case(function, samples, exact).check(derivatives)
    if not derivatives:
        return
    count = len(samples[0])
    upstream = listed(function(*map(tf.constant, samples[0])))
    of_gradient = [[*s, *random_like(upstream, i)] for i, s in enumerate(samples)]
    Case(gradient_of(function, count), of_gradient).check(True)
    of_tangent = [[*s, *random_like(s, i)] for i, s in enumerate(samples)]
    Case(tangent_of(function, count), of_tangent).check(False)


@pytest.mark.parametrize("entry", [pytest.param(e, id=e.name) for e in ENTRIES])
def test_structural_operations_are_run_in_batches(entry):
    if entry.name.startswith(NEEDS_PYTHON):
        pytest.skip("its record cannot be run again")
    for dtype in DTYPES:
        if dtype not in entry.accepted():
            continue
        samples = [entry.arrays(dtype, seed=i) for i in range(max(EXTENTS))]
        smooth = entry.differentiable and dtype in ("float64", "complex128")
        check(entry.function, samples, smooth, entry.name in MOVING)


@pytest.mark.parametrize("row", [pytest.param(r, id=r["name"]) for r in ROWS])
def test_elementwise_operations_are_run_in_batches(row):
    kinds = {"b": "bool", "i": "int32", "f": "float64", "c": "complex128"}
    for kind in row["kinds"]:
        for shapes in SHAPES[row["arity"]]:
            samples = [arguments(row, shapes, kinds[kind], i) for i in range(max(EXTENTS))]
            smooth = bool(row["differentiable"]) and kind in "fc" and not row["boolean"]
            check(public(row), samples, smooth)


# ---------------------------------------------------------------- what no entry has


def integers(shape, low, high):
    return lambda seed: np.random.default_rng(seed).integers(low, high, shape)


def normal(*shape):
    return lambda seed: np.random.default_rng(seed).normal(size=shape)


def booleans(*shape):
    return lambda seed: np.random.default_rng(seed).integers(0, 2, shape) > 0


# Inputs without a derivative: indices and conditions.
DISCRETE = {
    "gather axis 0": (tf.gather, normal(4, 3), integers((2, 2), -4, 4)),
    "gather axis 1": (lambda x, i: tf.gather(x, i, axis=1), normal(2, 3, 2), integers((4,), 0, 3)),
    "gather one": (tf.gather, normal(4), integers((), 0, 4)),
    "embeddings": (tf.nn.embedding_lookup, normal(4, 3), integers((5,), 0, 4)),
    "where": (lambda x, c: tf.where(c, x, 2 * x), normal(3, 2), booleans(2)),
    "where of 0-d": (lambda x, c: tf.where(c, x, x[0]), normal(3), booleans()),
    "largest": (lambda x, y: tf.gather(y, tf.argmax(x, 1)), normal(2, 3), normal(3, 2)),
    "power": (lambda x, n: x ** tf.cast(n, x.dtype), normal(3), integers((2, 1), 0, 3)),
}


@pytest.mark.parametrize("name", DISCRETE)
def test_indices_and_conditions_in_batches(name):
    function, *makers = DISCRETE[name]
    samples = [[make(100 * k + i) for k, make in enumerate(makers)] for i in range(max(EXTENTS))]
    case = Case(function, samples)
    case.check_twice()
    for in_batch in subsets(2):
        for extent in EXTENTS:
            case.check_values(in_batch, extent)
            given = batch(samples, in_batch, extent)
            upstream = random_like(case.program.run(given, in_batch, extent))
            single = [
                reverse(function, [tf.constant(x) for x in row], [u[i] for u in upstream])[:1]
                for i, row in enumerate(rows_of(given, in_batch, extent))
            ]
            found = reverse(
                lambda *x, b=in_batch, n=extent: case.program.run(x, b, n),
                [tf.constant(x) for x in given],
                upstream,
            )
            (expected,) = stacked(single, samples[0][:1])
            case.same(
                [tf.convert_to_tensor(found[0])], [expected if in_batch[0] else expected.sum(0)]
            )


def test_indices_out_of_the_range_of_their_own_row():
    program = _core.Program(tf.gather, [np.zeros((3, 2)), np.zeros(2, int)])
    x, i = np.zeros((2, 3, 2)), np.array([[0, 1], [3, 0]])
    with pytest.raises((IndexError, ValueError), match="3 is out of bounds for an axis of size 3"):
        program.run([x, i], [True, True], 2)


def test_a_step_of_training_runs_in_batches():
    samples = [data(seed) for seed in range(3)]
    Case(step, samples).check(derivatives=False)
    Case(loss, samples).check(derivatives=True)


def test_what_does_not_depend_on_the_batch_is_computed_once():
    program = _core.Program(lambda x, y: [tf.sin(x) * y, tf.cos(y)], [1.0, 2.0])
    x, y = tf.constant(3.0), tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        program.run([x, y], [False, True], 2)
    assert _core.recorded_operations(tape)["sin"] == 1
    found = program.run([3.0, 4.0], [False, False], 2)
    assert_same_bits(found[1], np.full(2, tf.cos(4.0)))


def test_a_batch_has_one_extent():
    program = _core.Program(lambda x, y: x + y, [1.0, 2.0])
    one, two, three = 1.0, [1.0, 2.0], [1.0, 2.0, 3.0]
    for given, in_batch, extent in [
        ([two, three], [True, True], 2),
        ([two, one], [True, True], 2),
        ([two, one], [False, True], 2),
        ([two], [True], 2),
        ([two, two], [True], 2),
    ]:
        with pytest.raises(ValueError, match="program"):
            program.run(given, in_batch, extent)
