"""jacobian and batch_jacobian: many cotangents in one sweep.

A Jacobian is right if each of its rows is the gradient for one cotangent of ones and zeros: that
is what most tests here compare with. Closed forms and differences check that both are right.
"""

from __future__ import annotations

import collections
import gc
import itertools
import threading

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import _core

from .derivatives import jacobians, listed, random_like
from .operations import ENTRIES, ROWS, arguments, assert_close, assert_same_bits, public

USED_UP = "A non-persistent GradientTape can only be used to compute one set of gradients"
F64 = tf.float64


def constants(arrays):
    return [tf.constant(a) for a in arrays]


def unit(shape, index, dtype):
    e = np.zeros(shape, dtype)
    e[index] = 1
    return tf.constant(e)


def by_rows(tape, target, source):
    """The Jacobian from one gradient an element of the target; None if they are not connected."""
    rows = [
        tape.gradient(
            target, source, output_gradients=unit(target.shape, index, target.dtype.as_numpy_dtype)
        )
        for index in np.ndindex(*target.shape)
    ]
    if not rows:
        return np.zeros((*target.shape, *source.shape), source.dtype.as_numpy_dtype)
    if rows[0] is None:
        return None
    return np.reshape([row.numpy() for row in rows], (*target.shape, *source.shape))


def make_heavy(tape):
    """Let the tape record so many elements that numbers are swept as arrays as well."""
    filler = tf.ones(10_000)
    tape.watch(filler)
    return filler * 2.0


def check_jacobian(f, arrays, heavy=False, ulps=16):
    """jacobian of all of f's outputs in all of its arguments, row by row."""
    xs = constants(arrays)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(xs)
        if heavy:
            make_heavy(tape)
        ys = listed(f(*xs))
    found = tape.jacobian(ys, xs)
    assert len(found) == len(ys)
    for y, of_y in zip(ys, found):
        assert len(of_y) == len(xs)
        for x, jacobian in zip(xs, of_y):
            expected = by_rows(tape, y, x)
            assert (jacobian is None) == (expected is None)
            if jacobian is None:
                continue
            assert jacobian.dtype == x.dtype
            assert tuple(jacobian.shape) == (*y.shape, *x.shape)
            assert_close(jacobian, expected, x.dtype.as_numpy_dtype, ulps)


def check_recorded_jacobian(f, arrays):
    """An outer tape differentiates the Jacobian as it does the gradients that make it up."""
    xs = constants(arrays)
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(xs)
        with tf.GradientTape(persistent=True) as inner:
            inner.watch(xs)
            [y, *_] = listed(f(*xs))
        whole = inner.jacobian(y, xs)
        rows = [
            inner.gradient(y, xs, output_gradients=unit(y.shape, index, y.dtype.as_numpy_dtype))
            for index in np.ndindex(*y.shape)
        ]
    for k, jacobian in enumerate(whole):
        if jacobian is None or not rows:
            continue
        [weights] = random_like([jacobian], seed=k)
        apart = list(weights.reshape(len(rows), *xs[k].shape))
        expected = outer.gradient([row[k] for row in rows], xs, output_gradients=apart)
        found = outer.gradient(jacobian, xs, output_gradients=weights)
        for a, b in zip(found, expected):
            assert (a is None) == (b is None)
            if a is not None:
                assert_close(a, b, ulps=4096)


# ---------------------------------------------------------------- every operation

DIFFERENTIABLE = [row for row in ROWS if row["differentiable"]]
SHAPES = {
    1: [[()], [(1,)], [(3,)], [(2, 3)]],
    2: [
        [(), ()],
        [(3,), (3,)],
        [(), (2, 3)],
        [(2, 3), ()],
        [(3, 1), (4,)],
        [(1,), (2, 1)],
        [(1, 1), ()],
    ],
}
EMPTY_SHAPES = {1: [[(0,)], [(2, 0)]], 2: [[(0,), (1,)], [(2, 0), ()], [(0, 1), (1, 3)]]}


def inexact_dtypes(kinds):
    floats = ["float16", "float32", "float64"] if "f" in kinds else []
    return floats + (["complex64", "complex128"] if "c" in kinds else [])


def rows_by_dtype():
    return pytest.mark.parametrize(
        "row, dtype",
        [
            pytest.param(row, dtype, id=f"{row['name']}-{dtype}")
            for row in DIFFERENTIABLE
            for dtype in inexact_dtypes(row["kinds"])
        ],
    )


def entries():
    return pytest.mark.parametrize(
        "entry",
        [
            pytest.param(entry, id=entry.name)
            for entry in ENTRIES
            if entry.differentiable and {"float64", "complex128"} & set(entry.accepted())
        ],
    )


@rows_by_dtype()
def test_elementwise_operations(row, dtype):
    for shapes, heavy in itertools.product(SHAPES[row["arity"]], (False, True)):
        check_jacobian(public(row), arguments(row, shapes, dtype), heavy)


@rows_by_dtype()
def test_elementwise_operations_on_nothing(row, dtype):
    for shapes, heavy in itertools.product(EMPTY_SHAPES[row["arity"]], (False, True)):
        check_jacobian(public(row), arguments(row, shapes, dtype), heavy)


@pytest.mark.parametrize("row", [pytest.param(r, id=r["name"]) for r in DIFFERENTIABLE])
def test_elementwise_operations_by_differences(row):
    f = public(row)
    for shapes in ([(2, 3)] * row["arity"], [(3, 1), (2,)][: row["arity"]]):
        for dtype in ("float64", "complex128"):
            if dtype not in inexact_dtypes(row["kinds"]):
                continue
            arrays = arguments(row, shapes, dtype)
            xs = constants(arrays)
            with tf.GradientTape() as tape:
                tape.watch(xs)
                y = f(*xs)
            found = tape.jacobian(y, xs, unconnected_gradients="zero")
            for jacobian, expected in zip(found, jacobians(f, arrays)):
                # [part, element of x, element of y]: TensorFlow's gradient of Re y.
                expected = expected.real[0] + (1j * expected.real[1] if len(expected) == 2 else 0)
                np.testing.assert_allclose(
                    np.reshape(jacobian, (y.size, -1)), expected.T, rtol=1e-6, atol=1e-7
                )


@pytest.mark.parametrize("row", [pytest.param(r, id=r["name"]) for r in DIFFERENTIABLE])
def test_elementwise_operations_in_a_longer_program(row):
    """Cotangents that are no longer ones and zeros, added up over two uses."""
    f = public(row)
    dtype = inexact_dtypes(row["kinds"])[-1]

    check_jacobian(
        lambda *xs: tf.sin(0.1 * f(*xs)) * f(*xs),
        arguments(row, [(3, 2)] * row["arity"], dtype),
        ulps=64,
    )


@pytest.mark.parametrize("row", [pytest.param(r, id=r["name"]) for r in DIFFERENTIABLE])
def test_recorded_jacobians_of_elementwise_operations(row):
    for dtype in inexact_dtypes(row["kinds"]):
        if dtype in ("float64", "complex128"):
            for shapes in SHAPES[row["arity"]]:
                check_recorded_jacobian(public(row), arguments(row, shapes, dtype))


@entries()
def test_structural_operations(entry):
    for dtype in ("float32", "float64", "complex128"):
        if dtype in entry.accepted():
            check_jacobian(entry.function, entry.arrays(dtype), ulps=64)
    wide = next(d for d in ("float64", "complex128") if d in entry.accepted())
    check_jacobian(entry.function, entry.arrays(wide), heavy=True, ulps=64)
    # And with cotangents that are not ones and zeros.
    check_jacobian(
        lambda *xs: [y * y for y in listed(entry.function(*xs))], entry.arrays(wide), ulps=64
    )


@entries()
def test_recorded_jacobians_of_structural_operations(entry):
    for dtype in ("float64", "complex128"):
        if dtype in entry.accepted():
            check_recorded_jacobian(entry.function, entry.arrays(dtype))
            check_recorded_jacobian(
                lambda *xs: listed(entry.function(*xs))[0] ** 2, entry.arrays(dtype)
            )
