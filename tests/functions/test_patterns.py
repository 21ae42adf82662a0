"""Which elements meet, by bit sets: never fewer than a Jacobian has, exact where elements move."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core

from ..derivatives import adjoint_of, gradient_of, gradients_by_element, listed, random_like
from ..entries import ENTRIES, MOVING
from ..operations import ROWS, arguments, public
from .test_programs import NEEDS_PYTHON, SHAPES, loss, step
from .test_programs import data as training_data


def jacobian(function, arrays):
    """Where the derivatives are not zero: [elements of all outputs, elements of all inputs]."""
    found = gradients_by_element(function, arrays)
    return np.hstack([np.reshape(j != 0, (len(j), np.prod(j.shape[1:], dtype=int))) for j in found])


def pattern(function, arrays):
    return np.concatenate([p.numpy() for p in _core.Program(function, arrays).patterns()])


def check(function, samples, exact=False):
    found = pattern(function, samples[0])
    meets = np.zeros_like(found)
    for arrays in samples:
        meets |= jacobian(function, arrays)
    assert not (meets & ~found).any()
    if exact:
        np.testing.assert_array_equal(found, meets)


@pytest.mark.parametrize("entry", [pytest.param(e, id=e.name) for e in ENTRIES if e.differentiable])
def test_patterns_of_structural_operations(entry):
    if entry.name.startswith(NEEDS_PYTHON):
        pytest.skip("its record cannot be run again")
    for dtype in ("float64", "complex128"):
        if dtype not in entry.accepted():
            continue
        samples = [entry.arrays(dtype, seed=i) for i in range(2)]
        check(entry.function, samples, entry.name in MOVING)
        upstream = listed(entry.function(*map(tf.constant, samples[0])))
        with_cotangents = [[*s, *random_like(upstream, i)] for i, s in enumerate(samples)]
        check(gradient_of(entry.function, len(samples[0])), with_cotangents)
        if entry.name in MOVING:
            # The gradient moves cotangents, and adds up those that come together.
            check(adjoint_of(entry.function, samples[0]), [upstream], exact=True)


@pytest.mark.parametrize("row", [pytest.param(r, id=r["name"]) for r in ROWS])
def test_patterns_of_elementwise_operations(row):
    if row["boolean"]:
        pytest.skip("it has no derivative")
    for kind, dtype in (("f", "float64"), ("c", "complex128")):
        for shapes in SHAPES[row["arity"]] if kind in row["kinds"] else []:
            samples = [arguments(row, shapes, dtype, i) for i in range(2)]
            check(public(row), samples)
            if row["differentiable"]:
                upstream = [public(row)(*map(tf.constant, samples[0]))]
                samples = [[*s, *random_like(upstream, i)] for i, s in enumerate(samples)]
                check(gradient_of(public(row), row["arity"]), samples)


# ---------------------------------------------------------------- what is known to be so

WHERE = {
    "neighbours": (lambda x: x[1:] * x[:-1], (5,), np.eye(5)[1:] + np.eye(5)[:-1]),
    "sums of a line": (tf.cumsum, (4,), np.tri(4)),
    "those before": (lambda x: tf.cumsum(x, exclusive=True), (4,), np.tri(4, k=-1)),
    "those behind": (lambda x: tf.cumsum(x, reverse=True), (4,), np.tri(4).T),
    "sums of rows": (lambda x: tf.reduce_sum(x, 1), (2, 3), np.kron(np.eye(2), np.ones(3))),
    "largest of columns": (
        lambda x: tf.reduce_max(x, 0), (2, 3), np.kron(np.ones(2), np.eye(3)),
    ),
    "columns of a product": (
        lambda x: tf.constant(np.ones((2, 3))) @ x, (3, 2), np.tile(np.eye(2), (2, 3)),
    ),
    "rows of a product": (
        lambda x: tf.matmul(x, np.ones((3, 2)), transpose_a=True),
        (3, 2),
        np.repeat(np.tile(np.eye(2), 3), 2, 0),
    ),
    "right sides": (
        lambda x: tf.linalg.triangular_solve(np.eye(2), x), (2, 2), np.tile(np.eye(2), (2, 2)),
    ),
    "matrices of a batch": (
        lambda x: tf.linalg.cholesky(x @ x.mT + np.eye(2)),
        (2, 2, 2),
        np.kron(np.eye(2), np.ones((4, 4))),
    ),
    "stopped": (lambda x: x * tf.stop_gradient(tf.reverse(x, [0])), (3,), np.eye(3)),
    "by integers": (lambda x: x + tf.cast(tf.cast(x[::-1], "int32"), x.dtype), (3,), np.eye(3)),
    "steps": (lambda x: x[0] + tf.floor(x), (3,), np.eye(3) * 0 + np.eye(3)[0]),
    "indices of its own": (
        lambda x: tf.gather(x, tf.argmax(x)) + tf.zeros(3, x.dtype), (3,), np.ones((3, 3)),
    ),
    "added up": (
        lambda x: gradient_of(lambda y: tf.gather(y, [0, 2, 0]), 1)(tf.zeros(3, x.dtype), x)[0],
        (3,),
        [[1, 0, 1], [0, 0, 0], [0, 1, 0]],
    ),
    "a choice of its own": (lambda x: tf.where(x > 0, x, 2 * x[::-1]), (3,),
                            np.eye(3) + np.eye(3)[::-1] > 0),
}  # fmt: skip


@pytest.mark.parametrize("name", WHERE)
def test_patterns_that_are_known(name):
    function, shape, expected = WHERE[name]
    found = pattern(function, [np.random.default_rng(0).normal(size=shape) + 1])
    np.testing.assert_array_equal(found, np.asarray(expected) != 0)


def test_patterns_of_programs():
    check(loss, [training_data(seed) for seed in range(2)])
    check(lambda *x: list(step(*x)), [training_data(seed) for seed in range(2)])


def test_more_elements_than_a_word_has_bits():
    x = np.ones(150)
    np.testing.assert_array_equal(
        pattern(lambda x: tf.reverse(x, [0]), [x]), np.eye(150)[::-1] != 0
    )
    y = pattern(lambda x, y: x[100:] + y, [x, np.ones(50)])
    np.testing.assert_array_equal(y, np.hstack([np.eye(150)[100:], np.eye(50)]) != 0)


def test_constants_and_values_without_derivatives():
    program = _core.Program(
        lambda x: [tf.constant([1.0, 2.0]), tf.argmax(x), x > 0.0], [[1.0, 2.0]]
    )
    assert [p.numpy().any() for p in program.patterns()] == [False] * 3
    assert [p.shape for p in program.patterns()] == [[2, 2], [1, 2], [2, 2]]
