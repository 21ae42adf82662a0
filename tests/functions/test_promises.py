"""What rows of the operation table promise, and operations of one tensor given twice."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core

from ..derivatives import (
    adjoint_of,
    check_derivatives,
    forward,
    gradients_by_element,
    listed,
    random_like,
    reverse,
    row_of_outputs,
)
from ..entries import ENTRIES
from ..operations import ROWS, TABLE, arguments, assert_close, assert_same_bits, public
from .test_programs import NEEDS_PYTHON

# Operations that are called for each row of a batch: those of docs/architecture.md.
ROW_BY_ROW: set[str] = set()
# Rules from outside, and sums of what sweeps have put aside: no call of a program.
NOT_RUN = {"custom", "custom_output", "c_operation", "unknown_derivative", "assemble"}
NOT_RUN |= {"composite"}  # by its row: see tests/control/test_function_loops.py
# Item assignment, and Variables that programs assign: see tests/core/test_item_assignment.py and
# tests/control/test_function.py.
ASSIGNED = {"put", "assigned"}
# Rows of which some records move elements, and others repeat them, and know it.
BY_RECORD = {"arrange"}
# Entries that give one tensor twice by themselves.
REPEATING = {"concat(x, y, x)", "nested lists of tensors"}


def close(a, b):
    """Equal but for rounding, as large as the largest element."""
    a, b = np.asarray(a), np.asarray(b)
    scale = max(1.0, float(np.max(np.abs(b), initial=0)))
    assert_close(a / scale, b / scale, b.dtype, ulps=64)


def jacobians_of(function, arrays, mix=None):
    """By one sweep: with cotangents that are mostly zero, or mixed by a matrix, dense ones."""
    tensors = [tf.constant(a) for a in arrays]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        y = row_of_outputs(function)(*tensors)
        if mix is not None:
            y = tf.reshape(tf.constant(mix, y.dtype) @ tf.reshape(y, [-1, 1]), [-1])
    return tape.jacobian(y, tensors, unconnected_gradients="zero")


# ---------------------------------------------------------------- one tensor given twice


def with_one_twice(function, first, second):
    """The function with its input `second` left out, and `first` given there too."""

    def merged(*inputs):
        return function(*inputs[:second], inputs[first], *inputs[second:])

    return merged


def pairs_of_one_shape(shapes):
    return [(i, j) for i, j in combinations(range(len(shapes)), 2) if shapes[i] == shapes[j]]


def check_twice(function, arrays, first, second, derivatives):
    merged = with_one_twice(function, first, second)
    apart = [a.copy() for a in arrays]
    apart[second] = arrays[first].copy()
    once = [a for k, a in enumerate(arrays) if k != second]
    expected = listed(function(*map(tf.constant, apart)))
    for y, z in zip(listed(merged(*map(tf.constant, once))), expected):
        assert_same_bits(y, z)
    if not derivatives:
        return

    def together(answers):
        answers = [np.asarray(tf.convert_to_tensor(a)) for a in answers]
        answers[first] = answers[first] + answers.pop(second)
        return answers

    upstream = random_like(expected)
    found = reverse(merged, [tf.constant(a) for a in once], upstream)
    for a, b in zip(found, together(reverse(function, [tf.constant(a) for a in apart], upstream))):
        close(tf.convert_to_tensor(a), b)
    tangents = random_like(once, 2)
    again = [*tangents[:second], tangents[first], *tangents[second:]]
    found = forward(merged, [tf.constant(a) for a in once], tangents)
    for a, b in zip(found, forward(function, [tf.constant(a) for a in apart], again)):
        close(a, b)
    by_element = together(gradients_by_element(function, apart))
    for a, b in zip(jacobians_of(merged, once), by_element):
        close(a, b)
    mix = np.random.default_rng(0).normal(size=(3, len(by_element[0])))
    for a, b in zip(jacobians_of(merged, once, mix), by_element):
        close(a, np.tensordot(mix, b, 1).astype(b.dtype))
    check_derivatives(merged, *once)  # up to second order


TWICE = [e for e in ENTRIES if pairs_of_one_shape(e.shapes)]


@pytest.mark.parametrize("entry", [pytest.param(e, id=e.name) for e in TWICE])
def test_structural_operations_of_one_tensor_twice(entry):
    for dtype in ("int64", "float64", "complex128"):
        if dtype not in entry.accepted():
            continue
        for first, second in pairs_of_one_shape(entry.shapes):
            smooth = entry.differentiable and dtype != "int64"
            check_twice(entry.function, entry.arrays(dtype), first, second, smooth)


@pytest.mark.parametrize("row", [pytest.param(r, id=r["name"]) for r in ROWS if r["arity"] == 2])
def test_elementwise_operations_of_one_tensor_twice(row):
    for kind, dtype in (("i", "int64"), ("f", "float64"), ("c", "complex128")):
        if kind not in row["kinds"]:
            continue
        for shape in ((), (3, 2)):
            arrays = arguments(row, [shape] * 2, dtype)
            smooth = bool(row["differentiable"]) and kind != "i" and not row["boolean"]
            check_twice(public(row), arrays, 0, 1, smooth)


# ---------------------------------------------------------------- the table


def recorded(function, arrays):
    """The one operation that the function records, or None."""
    tensors = [tf.constant(a) for a in arrays]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        outputs = listed(function(*tensors))
    counts = _core.recorded_operations(tape)
    counts.pop("input", None)
    return next(iter(counts)) if sum(counts.values()) == 1 and len(outputs) == 1 else None


def uses():
    """(function, arrays) of every operation, and of its gradient by the cotangents alone."""
    for entry in ENTRIES:
        for dtype in ("float64", "complex128"):
            if not entry.differentiable or dtype not in entry.accepted():
                continue
            if entry.name in REPEATING:
                continue
            arrays = entry.arrays(dtype)
            yield entry.function, arrays
            upstream = random_like(listed(entry.function(*map(tf.constant, arrays))))
            adjoint = adjoint_of(entry.function, arrays)
            for k in range(len(arrays)):
                yield lambda *g, f=adjoint, k=k: f(*g)[k], upstream
    for row in ROWS:
        for kind, dtype in (("f", "float64"), ("c", "complex128")):
            if kind in row["kinds"] and row["differentiable"] and not row["boolean"]:
                yield public(row), arguments(row, [(3, 2)] * row["arity"], dtype)
    _core.load_special_functions()
    yield lambda x: _core.apply("trigamma", [x]), [np.array([1.5, 2.5])]


def test_elements_move_as_rows_promise():
    seen = set()
    for function, arrays in uses():
        name = recorded(function, arrays)
        if name is None or TABLE[name].get("scatter", "in_place") == "spread":
            continue
        for jacobian in gradients_by_element(function, arrays):
            meets = np.reshape(
                jacobian != 0, (len(jacobian), np.prod(jacobian.shape[1:], dtype=int))
            )
            if not meets.size:
                continue
            # Whether elements are taken twice is the record's own affair.
            if name in BY_RECORD and meets.sum(0).max() > 1:
                continue
            if TABLE[name].get("scatter") == "moved":
                # A cotangent of an input is that of one element of the result, not a sum.
                assert meets.sum(0).max() <= 1, name
            elif meets.shape[0] == meets.shape[1]:
                assert not meets[~np.eye(len(meets), dtype=bool)].any(), name
            seen.add(name)
    promised = {
        name
        for name, row in TABLE.items()
        if not row["elementwise"] and row["scatter"] != "spread" and row["differentiable"]
    }
    assert promised - seen - NOT_RUN - ASSIGNED == set()


def test_rows_that_are_called_one_by_one_are_named():
    structural = {n: row for n, row in TABLE.items() if not row["elementwise"]}
    assert {n for n, row in structural.items() if not row["can_run"]} <= NOT_RUN
    assert {n for n, r in structural.items() if r["can_run"] and not r["batched"]} == ROW_BY_ROW


@pytest.mark.parametrize("entry", [pytest.param(e, id=e.name) for e in ENTRIES])
def test_a_record_has_a_dtype_that_its_row_takes(entry):
    """What a row accepts is what its operation is called with, and nothing that entries refuse."""
    letters = {"b": "b", "i": "i", "u": "i", "f": "f", "c": "c"}
    for dtype in ("bool", "uint8", "int64", "float16", "float32", "float64", "complex128"):
        if dtype not in entry.accepted() or entry.name.startswith(NEEDS_PYTHON):
            continue
        name = recorded(entry.function, entry.arrays(dtype))
        kinds = TABLE[name]["kinds"] if name else ""
        assert not kinds or letters[np.dtype(dtype).kind] in kinds
