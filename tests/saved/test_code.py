"""Programs as plain data, and from it: those that are right, and all others."""

from __future__ import annotations

import random
import warnings

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core

from ..derivatives import gradient_of, listed, random_like
from ..entries import ENTRIES
from ..functions.test_programs import NEEDS_PYTHON
from ..operations import ROWS, arguments, assert_same_bits, public
from .mutations import as_lists, changed, is_refused_or_runs, with_composites, without_composites
from .test_files import loops_and_branches

DTYPES = ("bool", "int64", "float16", "float32", "float64", "complex128")

# Rows whose function reads memory by numbers that it does not look at.
SPARSE = ("sparse_product", "sampled_product")


def again(program):
    return _core.Program.from_code(program.code())


def check_made_again(function, arrays, others):
    """The same results, one call at a time and several at once, and the same code once more."""
    program = _core.Program(function, arrays)
    made = again(program)
    assert len(made) == len(program)
    assert made.needs_python == program.needs_python
    for given in (others, arrays):
        for y, z in zip(made.run(given), program.run(given), strict=True):
            assert_same_bits(y, z)
    first, second = program.code(), made.code()
    for part in ("inputs", "instructions", "outputs"):
        assert first[part] == second[part]
    for (slot, x), (other, y) in zip(first["constants"], second["constants"], strict=True):
        assert slot == other
        assert_same_bits(x, y)


@pytest.mark.parametrize("entry", [pytest.param(e, id=e.name) for e in ENTRIES])
def test_structural_operations_are_made_again(entry):
    for dtype in DTYPES:
        if dtype not in entry.accepted():
            continue
        if entry.name.startswith(NEEDS_PYTHON) and np.dtype(dtype).kind in "fc":
            continue
        arrays, others = entry.arrays(dtype), entry.arrays(dtype, seed=1)
        if entry.name.startswith(SPARSE):
            with pytest.raises(NotImplementedError, match="cannot be run from"):
                again(_core.Program(entry.function, arrays))
            continue
        check_made_again(entry.function, arrays, others)
        if entry.differentiable and dtype in ("float64", "complex128"):
            upstream = random_like(listed(entry.function(*map(tf.constant, arrays))))
            gradient = gradient_of(entry.function, len(arrays))
            check_made_again(gradient, [*arrays, *upstream], [*others, *upstream])


@pytest.mark.parametrize("row", [pytest.param(r, id=r["name"]) for r in ROWS])
def test_elementwise_operations_are_made_again(row):
    kinds = {"b": "bool", "i": "int32", "f": "float64", "c": "complex128"}
    for kind in row["kinds"]:
        shapes = [(3, 2)] * row["arity"]
        arrays = arguments(row, shapes, kinds[kind])
        check_made_again(public(row), arrays, arguments(row, shapes, kinds[kind], seed=1))


# ---------------------------------------------------------------- what is no code


def network(x, y):
    hidden = tf.tanh(x @ tf.ones([3, 4], tf.float64)) * 0.5
    parts = tf.stack([tf.reduce_sum(hidden, 1), y])
    return tf.reduce_max(parts, 0), tf.signal.fft(tf.cast(y, tf.complex128))


def code_of_network():
    return as_lists(_core.Program(network, [np.ones((5, 3)), np.ones(5)]).code())


def with_change(place, item):
    code = inside = code_of_network()
    *way, last = place
    for key in way:
        inside = inside[key]
    inside[last] = item
    return code


@pytest.mark.parametrize(
    ("place", "item", "match"),
    [
        (["inputs"], None, "not a list"),
        (["inputs", 0], ["float64"], "2 parts|has 1 parts"),
        (["inputs", 0, 0], "float63", "dtype"),
        (["inputs", 0, 1], [-1], "negative"),
        (["inputs", 0, 1], [2**41], "integer"),
        (["inputs", 0, 1], [2**39] * 4, "too many elements"),
        (["inputs", 0, 1], [1] * 33, "axes"),
        (["inputs", 0, 1], [1.0], "integer"),
        (["constants", 0, 0], 99, "no slot"),
        (["constants", 0, 0], 0, "written twice"),
        (["constants", 0, 1], 1.0, "no tensor"),
        (["instructions", 0], [], "0 parts"),
        (["instructions", 0, 0], "no such", "no operation 'no such'"),
        (["instructions", 0, 0], 5, "no operation 5"),
        (["instructions", 0, 0], "\ud800", "no operation"),
        (["instructions", 0, 0], "custom", "cannot be run"),
        (["instructions", 0, 0], "c_operation", "cannot be run"),
        (["instructions", 0, 0], "tanh", "takes"),
        (["instructions", 0, 1], [0], "attributes"),
        (["instructions", 0, 1], [0, 2], "flag"),
        (["instructions", 0, 1], [0, 2**63], "integer"),
        (["instructions", 0, 1], [0, True], "integer"),
        (["instructions", 0, 2], [0], "takes 2 inputs"),
        (["instructions", 0, 2], [0, 4], "before it is written"),
        (["instructions", 0, 2], [0, -1], "no slot"),
        (["instructions", 0, 3], [], "parts"),
        (["instructions", 1, 3, 0, 0], 0, "written twice"),
        (["instructions", 1, 3, 0, 1], "float", "dtype"),
        (["outputs"], [2**31], "no slot"),
        (["outputs"], [2**70], "integer"),
    ],
)
def test_what_is_no_code(place, item, match):
    with pytest.raises((ValueError, NotImplementedError), match=match):
        _core.Program.from_code(with_change(place, item))


def test_what_is_no_code_at_all():
    for thing in (None, [], {}, {"inputs": []}, code_of_network() | {"more": 1}):
        with pytest.raises(ValueError, match="no code"):
            _core.Program.from_code(thing)


def test_each_row_says_what_it_takes():
    """csrc/code_checks.cpp has those that can be run, but for what only C functions are."""
    refused = []
    for row in _core.operation_table():
        if not row["elementwise"] and row["can_run"] and not row["python"]:
            code = {"inputs": [], "constants": [], "outputs": []}
            try:
                _core.Program.from_code({**code, "instructions": [(row["name"], [], [], [])]})
            except NotImplementedError:
                refused.append(row["name"])
            except ValueError:
                pass
    assert refused == []


def test_types_are_compared_when_it_is_run_first():
    code = with_change(["instructions", 0, 3, 0, 2], [5, 5])
    program = _core.Program.from_code(code)
    given = [np.ones((5, 3)), np.ones(5)]
    for use in (
        lambda: program.run(given),
        lambda: program.run([np.ones((2, 5, 3)), np.ones((2, 5))], [True, True], 2),
        lambda: program.run([np.ones((0, 5, 3)), np.ones((0, 5))], [True, True], 0),
        program.patterns,
        lambda: program.run(given),
    ):
        with pytest.raises(ValueError, match="is said to give"):
            use()


def test_many_changes_of_code():
    check_changes(range(3000))


def codes_to_change():
    """Those of all structural operations and of their derivatives."""
    codes = [code_of_network()]
    for entry in ENTRIES:
        for dtype in DTYPES:
            if dtype not in entry.accepted() or entry.name.startswith(NEEDS_PYTHON):
                continue
            arrays = entry.arrays(dtype)
            codes.append(_core.Program(entry.function, arrays).code())
            if entry.differentiable and dtype == "float64":
                upstream = random_like(listed(entry.function(*map(tf.constant, arrays))))
                gradient = gradient_of(entry.function, len(arrays))
                codes.append(_core.Program(gradient, [*arrays, *upstream]).code())
    codes += [without_composites(loops_and_branches().code())] * (len(codes) // 8)
    return [as_lists(code) for code in codes]


def check_changes(seeds):
    """Each is refused, or runs, or fails as calls do; never more than that."""
    codes = codes_to_change()
    names = [row["name"] for row in _core.operation_table()]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in seeds:
            chance = random.Random(seed)
            code = chance.choice(codes)
            for _ in range(chance.choice([1, 1, 2, 3])):
                code = changed(code, chance, names)
            is_refused_or_runs(
                lambda code=code: _core.Program.from_code(with_composites(code)), chance
            )
