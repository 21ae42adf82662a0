"""jacobian and batch_jacobian: many cotangents in one sweep.

A Jacobian is right if each of its rows is the gradient for one cotangent of ones and zeros: that
is what most tests here compare with. Closed forms and differences check that both are right.
"""

from __future__ import annotations

import collections
import gc
import itertools
import signal
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import autograd_c as tf
from autograd_c.core import _core

from ..derivatives import jacobians, listed, random_like
from ..entries import ENTRIES
from ..operations import ROWS, arguments, assert_close, assert_same_bits, public
from ..programs import programs

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
    """The Jacobians of all of f's outputs in all of its arguments are those by rows."""
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


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(programs(6))
def test_random_programs(program):
    check_jacobian(program, program.sources, ulps=4096)


# ---------------------------------------------------------------- closed forms


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_a_linear_map_is_its_matrix(dtype):
    [a] = random_like([np.zeros((4, 3), dtype)])
    x = tf.constant(np.ones(3, dtype))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = a @ x
    # TensorFlow's convention: the conjugate of the derivative.
    assert_same_bits(tape.jacobian(y, x), np.conj(a))


def test_a_layer():
    a = np.random.default_rng(0).normal(size=(40, 30))
    x = tf.constant(np.linspace(-1, 1, 30))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.tanh(a @ x)
    expected = (1 - y.numpy()[:, None] ** 2) * a
    np.testing.assert_allclose(tape.jacobian(y, x), expected, rtol=1e-12)


def test_complex_and_real_numbers():
    z, r = tf.constant([3 + 4j, 1j]), tf.constant([2.0, 3.0], F64)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([z, r])
        modulus = tf.abs(z) * r
        product = tf.cast(r, tf.complex128) * z
    # The gradient of each element of the target; of complex ones, of their real part.
    of_z, of_r = tape.jacobian(modulus, [z, r])
    np.testing.assert_allclose(of_z, np.diag([2 * (0.6 + 0.8j), 3j]), atol=1e-15)
    np.testing.assert_allclose(of_r, np.diag([5.0, 1.0]))
    of_z, of_r = tape.jacobian(product, [z, r])
    np.testing.assert_allclose(of_z, np.diag([2 + 0j, 3 + 0j]))
    np.testing.assert_allclose(of_r, np.diag([3.0, 0.0]))
    assert of_z.dtype == tf.complex128 and of_r.dtype == F64


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
def test_a_jacobian_has_the_dtype_of_its_source(dtype):
    x = tf.cast(tf.constant([[1.0, 2.0]]), dtype)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    found = tape.jacobian(y, x)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found.numpy(), np.diag([2, 4]).reshape(1, 2, 1, 2))


def test_sources_of_several_dtypes():
    x, w = tf.constant([1.0, 2.0], tf.float32), tf.constant(3.0, F64)
    with tf.GradientTape() as tape:
        tape.watch([x, w])
        y = tf.cast(x, F64) * w
    of_x, of_w = tape.jacobian(y, [x, w])
    assert (of_x.dtype, of_w.dtype) == (tf.float32, F64)
    np.testing.assert_array_equal(of_x.numpy(), np.diag([3.0, 3.0]))
    np.testing.assert_array_equal(of_w.numpy(), [1.0, 2.0])


# ---------------------------------------------------------------- structures

Pair = collections.namedtuple("Pair", "p q")


def product_on_a_tape(persistent=False):
    x, w = tf.constant([1.0, 2.0]), tf.constant(3.0)
    with tf.GradientTape(persistent=persistent) as tape:
        tape.watch([x, w])
        y = x * w
    return tape, x, w, y


OF_X, OF_W = [[3.0, 0.0], [0.0, 3.0]], [1.0, 2.0]


def plain(structure):
    return tf.nest.map_structure(lambda t: t.numpy().tolist() if tf.is_tensor(t) else t, structure)


@pytest.mark.parametrize(
    "structure",
    [
        lambda a, b: a,
        lambda a, b: [a, b],
        lambda a, b: (b, a),
        lambda a, b: {"b": a, "a": [b, (a,)]},
        lambda a, b: Pair(a, [b]),
        lambda a, b: collections.OrderedDict(z=a, a=b),
        lambda a, b: [a, a],
        lambda a, b: [[], a, {}],
        lambda a, b: [],
        lambda a, b: (),
    ],
)
def test_structures_of_sources(structure):
    tape, x, w, y = product_on_a_tape()
    found = tape.jacobian(y, structure(x, w))
    tf.nest.assert_same_structure(structure(x, w), found)
    leaves = tf.nest.flatten(structure(x, w))
    for source, jacobian in zip(leaves, tf.nest.flatten(found)):
        assert jacobian.numpy().tolist() == (OF_X if source is x else OF_W)


@pytest.mark.parametrize(
    "targets",
    [
        lambda y, z: [y, z],
        lambda y, z: {"z": z, "y": (y,)},
        lambda y, z: [y, y],
        lambda y, z: [],
    ],
)
def test_structures_of_targets(targets):
    """One answer for each target; TensorFlow takes a single target only."""
    tape, x, w, y = product_on_a_tape(persistent=True)
    with tape:
        z = w * w
    found = tape.jacobian(targets(y, z), [x, w])
    apart = {id(t): tape.jacobian(t, [x, w]) for t in (y, z)}
    expected = tf.nest.map_structure(lambda t: apart[id(t)], targets(y, z))
    assert plain(found) == plain(expected)


def test_variables():
    v, u, frozen = tf.Variable([3.0, 4.0]), tf.Variable(2.0), tf.Variable(5.0, trainable=False)
    with tf.GradientTape() as tape:
        y = v * v * u * frozen
    found = tape.jacobian(y, {"v": v, "u": u, "frozen": frozen})
    assert plain(found) == {"v": [[60.0, 0.0], [0.0, 80.0]], "u": [45.0, 80.0], "frozen": None}


def test_a_variable_assigned_afterwards_counts_as_it_was():
    v = tf.Variable([3.0, 4.0])
    with tf.GradientTape(persistent=True) as tape:
        y = v * v
        v.assign([10.0, 20.0])
        z = v * v
    v.assign([0.0, 0.0])
    assert plain(tape.jacobian([y, z], v)) == [
        [[6.0, 0.0], [0.0, 8.0]],
        [[20.0, 0.0], [0.0, 40.0]],
    ]


def test_rows_gathered_from_a_variable():
    """gradient keeps them sparse; a Jacobian is dense."""
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    with tf.GradientTape(persistent=True) as tape:
        y = tf.gather(v, [0, 0, 1])
        z = y**2.0 + v[2]
    expected = np.zeros((3, 2, 3, 2))
    for row, source in enumerate([0, 0, 1]):
        expected[row, :, source] = np.eye(2)
    for found in (tape.jacobian(y, v), tape.jacobian(y, v, unconnected_gradients="zero")):
        assert type(found) is tf.Tensor
        np.testing.assert_array_equal(found.numpy(), expected)
    expected = 2 * y.numpy()[:, :, None, None] * expected
    expected[:, :, 2] += np.eye(2)
    np.testing.assert_array_equal(tape.jacobian(z, v).numpy(), expected)
    column = tf.Variable([[1.0], [2.0]])
    with tf.GradientTape() as tape:
        y = tf.gather(column, [1, 0])
    # Not a function row by row: each row of the source gets what all targets owe it.
    np.testing.assert_array_equal(tape.batch_jacobian(y, column).numpy(), [[[1.0]], [[1.0]]])


def test_intermediates_as_sources():
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        u = x * x
        y = u * x
    assert plain(tape.jacobian(y, [u, x])) == [
        [[1.0, 0.0], [0.0, 2.0]],
        [[3.0, 0.0], [0.0, 12.0]],
    ]


def test_a_target_that_is_a_source():
    x = tf.constant([[1.0, 2.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    of_y, of_x = tape.jacobian(y, [y, x])
    np.testing.assert_array_equal(of_y.numpy(), np.eye(2).reshape(1, 2, 1, 2))
    np.testing.assert_array_equal(of_x.numpy(), np.diag([2, 4]).reshape(1, 2, 1, 2))


def test_the_source_itself_as_target():
    x, v = tf.constant([1.0, 2.0], F64), tf.Variable(tf.zeros([2, 1]))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        v.read_value()
    np.testing.assert_array_equal(tape.jacobian(x, x).numpy(), np.eye(2))
    assert tape.jacobian(x, x).dtype == F64
    found = tape.jacobian(v, v)
    np.testing.assert_array_equal(found.numpy(), np.eye(2).reshape(2, 1, 2, 1))


def test_a_variable_that_was_never_read_as_target():
    """jacobian reads it, and so watches it."""
    v = tf.Variable(tf.zeros([2, 1]))
    with tf.GradientTape() as tape:
        pass
    found = tape.jacobian(v, v)
    np.testing.assert_array_equal(found.numpy(), np.eye(2).reshape(2, 1, 2, 1))


def test_an_unwatched_target_that_is_a_source():
    """None as in TensorFlow, although gradient(x, x) is ones."""
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape(persistent=True) as tape:
        pass
    assert tape.jacobian(x, x) is None
    assert tape.batch_jacobian(x, x) is None
    assert tape.gradient(x, x) is not None


# ---------------------------------------------------------------- not connected


def test_what_is_not_connected_is_none():
    tape, x, w, y = product_on_a_tape(persistent=True)
    other = tf.constant([1.0])
    assert tape.jacobian(y, other) is None
    assert plain(tape.jacobian(y, {"x": x, "other": (other,)})) == {"x": OF_X, "other": (None,)}
    assert tape.jacobian(tf.ones([2, 2]), [x, w]) == [None, None]


@pytest.mark.parametrize("zero", ["zero", tf.UnconnectedGradients.ZERO])
def test_or_zeros_of_the_shape_of_the_jacobian(zero):
    tape, x, w, y = product_on_a_tape(persistent=True)
    other = tf.zeros([3, 1], F64)
    of_x, of_other = tape.jacobian(y, [x, other], unconnected_gradients=zero)
    assert plain(of_x) == OF_X
    assert of_other.dtype == F64
    np.testing.assert_array_equal(of_other.numpy(), np.zeros((2, 3, 1)))
    constant = tape.jacobian(tf.ones([4]), w, unconnected_gradients=zero)
    np.testing.assert_array_equal(constant.numpy(), np.zeros(4))


def test_integers_are_not_connected():
    x, n = tf.constant([1.0, 2.0]), tf.constant([3, 4])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        rounded = tf.cast(x, tf.int32)
        y = tf.cast(n, tf.float32) * x
    assert tape.jacobian(rounded, x) is None
    assert tape.jacobian(y, n) is None
    assert tape.jacobian(n, n) is None
    zeros = tape.jacobian(y, n, unconnected_gradients="zero")
    assert zeros.dtype == tf.int32
    np.testing.assert_array_equal(zeros.numpy(), np.zeros((2, 2)))


@pytest.mark.parametrize("f", [tf.floor, tf.round, tf.stop_gradient, tf.zeros_like])
def test_operations_without_derivative(f):
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    assert tape.jacobian(y, x) is None


# ---------------------------------------------------------------- shapes


@pytest.mark.parametrize("source", [(), (1,), (3,), (0,), (2, 3), (2, 0), (1, 1, 1)])
@pytest.mark.parametrize("target", [(), (1,), (2,), (0,), (3, 2), (0, 2), (1, 1)])
@pytest.mark.parametrize("heavy", [False, True])
def test_shapes(target, source, heavy):
    """Every target depends on every source through a sum."""
    x = tf.constant(np.full(source, 3.0))
    weights = np.arange(np.prod(target, dtype=int)).reshape(target) + 1.0
    with tf.GradientTape() as tape:
        tape.watch(x)
        if heavy:
            make_heavy(tape)
        y = tf.reduce_sum(x * x) * weights
    found = tape.jacobian(y, x)
    assert found.dtype == F64
    expected = np.multiply.outer(weights, np.full(source, 6.0))
    assert tuple(found.shape) == (*target, *source) == expected.shape
    np.testing.assert_array_equal(found.numpy(), expected)


def test_of_one_number_in_another():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    found = tape.jacobian(y, x)
    assert found.shape == () and float(found) == 6.0


def test_tensors_of_many_axes():
    x = tf.ones([1] * 15 + [2], F64)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x[..., ::-1] ** 3
    found = tape.jacobian(y, x)
    np.testing.assert_array_equal(found.numpy().reshape(2, 2), [[0, 3], [3, 0]])
    # A Jacobian has the axes of both; a tensor has at most 32.
    with tape:
        z = y[None]
    with pytest.raises(ValueError, match="32 dimensions"):
        tape.jacobian(z, x)


def test_strided_and_broadcast_targets_and_sources():
    grid = np.random.default_rng(0).normal(size=(4, 6))
    for make in (
        lambda: tf.transpose(tf.constant(grid)),
        lambda: tf.constant(grid)[::2, ::-3],
        lambda: tf.broadcast_to(tf.constant(grid[0]), [3, 6]),
        lambda: tf.broadcast_to(tf.constant(2.0, F64), [2, 2]),
    ):
        x = make()
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = tf.transpose(tf.sin(x))[::-1]
        assert_close(tape.jacobian(y, x), by_rows(tape, y, x), ulps=4)


# ---------------------------------------------------------------- blocks

# Cotangents go through a sweep in blocks that keep the largest array within 8 Mi elements.
LIMIT = 8 << 20


@pytest.mark.parametrize("elements", [1, 2, 3, 4, 6, 7])
def test_targets_of_one_block_or_several(elements):
    """Three cotangents at a time: whole blocks, and a shorter one at the end."""
    x = tf.constant(np.linspace(1, 2, elements))
    with tf.GradientTape() as tape:
        tape.watch(x)
        large = tf.broadcast_to(x[0], [LIMIT // 3]) * 2.0
        y = x * x * tf.reduce_mean(large)
    s = x.numpy()
    expected = np.diag(4 * s * s[0])
    expected[:, 0] += 2 * s * s
    np.testing.assert_allclose(tape.jacobian(y, x), expected, rtol=1e-12)


def test_one_cotangent_at_a_time():
    x = tf.constant([1.0, 2.0, 3.0], F64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        large = tf.broadcast_to(x[0], [LIMIT + 1]) * 2.0
        y = x * tf.reduce_mean(large)
    np.testing.assert_allclose(tape.jacobian(y, x), [[4, 0, 0], [4, 2, 0], [6, 0, 2]], rtol=1e-12)


def test_blocks_are_not_connected_to_a_source_that_none_of_them_reaches():
    x, w, other = tf.constant([1.0, 2.0, 3.0, 4.0]), tf.constant(2.0), tf.constant(5.0)
    with tf.GradientTape() as tape:
        tape.watch([x, w, other])
        large = tf.broadcast_to(w, [LIMIT // 3]) * 2.0
        y = x * large[:4]
    of_x, of_w, of_other = tape.jacobian(y, [x, w, other])
    np.testing.assert_array_equal(of_x.numpy(), 4 * np.eye(4))
    np.testing.assert_array_equal(of_w.numpy(), [2, 4, 6, 8])
    assert of_other is None


def test_blocks_that_an_outer_tape_records():
    x = tf.constant([1.0, 2.0, 3.0, 4.0], F64)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            large = tf.broadcast_to(tf.constant(2.0, F64), [LIMIT // 3]) * x[0]
            y = x**3 + large[:4]
        jacobian = inner.jacobian(y, x)
    weights = np.arange(16.0).reshape(4, 4)
    found = outer.gradient(jacobian, x, output_gradients=weights)
    np.testing.assert_allclose(found, np.diag(weights) * 6 * x.numpy(), rtol=1e-12)


def test_blocks_of_a_batch_jacobian():
    x = tf.constant(np.arange(8.0).reshape(2, 4))
    with tf.GradientTape() as tape:
        tape.watch(x)
        large = tf.broadcast_to(x[:, :, None], [2, 4, LIMIT // 24]) * 2.0  # a third of the limit
        y = x * tf.reduce_mean(large, 2)
    found = tape.batch_jacobian(y, x).numpy()
    expected = [np.diag(row) for row in 4 * x.numpy()]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.slow
def test_a_large_jacobian():
    """9 million elements: two blocks by itself."""
    s = np.linspace(-1, 1, 3000)
    x = tf.constant(s)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.sin(x)
    found = tape.jacobian(y, x).numpy()
    np.testing.assert_allclose(np.diag(found), np.cos(s), rtol=1e-12)
    assert np.count_nonzero(found) == s.size


# ---------------------------------------------------------------- persistent, used up


def test_a_tape_is_used_up_by_a_jacobian():
    for ask in (
        lambda tape, y, x: tape.jacobian(y, x),
        lambda tape, y, x: tape.gradient(y, x),
        lambda tape, y, x: tape.batch_jacobian(y, x),
    ):
        x = tf.constant([[1.0, 2.0]])
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * x
        tape.jacobian(y, x)
        with pytest.raises(RuntimeError, match=USED_UP):
            ask(tape, y, x)


def test_a_jacobian_after_a_gradient_on_a_used_up_tape():
    tape, x, w, y = product_on_a_tape()
    tape.gradient(y, x)
    with pytest.raises(RuntimeError, match=USED_UP):
        tape.jacobian(y, x)
    with pytest.raises(RuntimeError, match=USED_UP):
        tape.batch_jacobian(y, x)


def test_a_tape_that_was_never_entered():
    x = tf.constant([[1.0]])
    for ask in (tf.GradientTape().jacobian, tf.GradientTape().batch_jacobian):
        with pytest.raises(RuntimeError, match="never entered"):
            ask(x, x)


def test_a_persistent_tape_answers_again_and_again():
    tape, x, w, y = product_on_a_tape(persistent=True)
    assert plain(tape.jacobian(y, [x, w])) == [OF_X, OF_W]
    assert plain(tape.gradient(y, [x, w])) == [[3.0, 3.0], 3.0]
    assert plain(tape.jacobian(y, [w, x])) == [OF_W, OF_X]


def test_asked_inside_its_context():
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        found = tape.jacobian(y, x)
    np.testing.assert_array_equal(found.numpy(), [[2, 0], [0, 4]])


def test_a_persistent_tape_inside_its_context_records_its_own_jacobian():
    x = tf.constant([3.0, 4.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x**3
        first = tape.jacobian(y, x)
        second = tape.jacobian(first, x)
    third = tape.jacobian(second, x)
    for k, (found, diagonal) in enumerate([(first, [27, 48]), (second, [18, 24]), (third, [6, 6])]):
        expected = np.zeros((2,) * (k + 2))
        for i in range(2):
            expected[(i,) * (k + 2)] = diagonal[i]
        np.testing.assert_array_equal(found.numpy(), expected)


def test_tensorflows_arguments_are_accepted():
    """pfor and its iterations mean nothing here, and need no persistent tape."""
    tape, x, w, y = product_on_a_tape(persistent=True)
    assert plain(tape.jacobian(y, x, "none", 3, False)) == OF_X
    found = tape.jacobian(
        target=y,
        sources=x,
        unconnected_gradients="none",
        parallel_iterations=10,
        experimental_use_pfor=False,
    )
    assert plain(found) == OF_X
    tape, x, w, y = product_on_a_tape()
    assert plain(tape.jacobian(y, x, experimental_use_pfor=False)) == OF_X


# ---------------------------------------------------------------- misuse


@pytest.mark.parametrize("ask", ["jacobian", "batch_jacobian"])
@pytest.mark.parametrize(
    "target, source, error, text",
    [
        (None, "x", TypeError, "received None"),
        (2.0, "x", TypeError, "tf.Tensor or a tf.Variable, not 2.0"),
        ("y", 2.0, TypeError, "tf.Tensor or a tf.Variable, not 2.0"),
        ("y", None, TypeError, "tf.Tensor or a tf.Variable, not None"),
        ("y", np.ones((2, 2)), TypeError, "tf.Tensor or a tf.Variable"),
        (np.ones((2, 2)), "x", TypeError, "tf.Tensor or a tf.Variable"),
    ],
)
def test_what_is_no_tensor(ask, target, source, error, text):
    x = tf.constant([[1.0, 2.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    here = {"x": x, "y": y}
    with pytest.raises(error, match=text):
        getattr(tape, ask)(
            here.get(target, target) if isinstance(target, str) else target,
            here.get(source, source) if isinstance(source, str) else source,
        )
    # It was not used up by that.
    np.testing.assert_array_equal(getattr(tape, ask)(y, x).numpy().ravel(), [2, 0, 0, 4])


@pytest.mark.parametrize("ask", ["jacobian", "batch_jacobian"])
def test_an_unknown_answer_for_what_is_not_connected(ask):
    x = tf.constant([[1.0, 2.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    with pytest.raises(ValueError, match="Unknown value for unconnected_gradients: 'foo'"):
        getattr(tape, ask)(y, x, unconnected_gradients="foo")
    assert getattr(tape, ask)(y, x) is not None


# ---------------------------------------------------------------- inside other tapes


def test_the_hessian_of_a_polynomial():
    x = tf.constant([1.0, 2.0, 3.0], F64)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = x[0] ** 2 * x[1] + x[1] * x[2] ** 3
        gradient = inner.gradient(y, x)
    expected = [[4.0, 2.0, 0.0], [2.0, 0.0, 27.0], [0.0, 27.0, 36.0]]
    np.testing.assert_allclose(outer.jacobian(gradient, x), expected, rtol=1e-14)


@pytest.mark.parametrize("first", ["gradient", "jacobian"])
def test_hessians_by_either_way(first):
    """A Jacobian of a gradient, or of a Jacobian."""
    matrix = np.random.default_rng(0).normal(size=(5, 4))
    x = tf.constant(np.linspace(-1, 1, 4))
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_sum(tf.exp(matrix @ x))
        slope = getattr(inner, first)(y, x)
    weights = np.exp(matrix @ x.numpy())
    expected = matrix.T @ (weights[:, None] * matrix)
    np.testing.assert_allclose(outer.jacobian(slope, x), expected, rtol=1e-12)


def test_a_jacobian_of_a_jacobian():
    matrix = np.random.default_rng(0).normal(size=(3, 2))
    x = tf.constant([0.3, -0.2], F64)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.sin(matrix @ x)
        jacobian = inner.jacobian(y, x)
    found = outer.jacobian(jacobian, x)
    s = -np.sin(matrix @ x.numpy())
    expected = np.einsum("i,ij,ik->ijk", s, matrix, matrix)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_third_derivatives():
    matrix = np.random.default_rng(0).normal(size=(3, 2))
    x = tf.constant([0.3, -0.2], F64)
    with tf.GradientTape() as one:
        one.watch(x)
        with tf.GradientTape() as two:
            two.watch(x)
            with tf.GradientTape() as three:
                three.watch(x)
                y = tf.sin(matrix @ x)
            first = three.jacobian(y, x)
        second = two.jacobian(first, x)
    third = one.jacobian(second, x)
    c = -np.cos(matrix @ x.numpy())
    expected = np.einsum("i,ij,ik,il->ijkl", c, matrix, matrix, matrix)
    np.testing.assert_allclose(third, expected, rtol=1e-12)


def test_third_derivatives_of_a_number():
    """Jacobians of numbers in numbers, one cotangent at a time."""
    x = tf.constant(0.7, F64)
    with tf.GradientTape() as one:
        one.watch(x)
        with tf.GradientTape() as two:
            two.watch(x)
            with tf.GradientTape() as three:
                three.watch(x)
                y = tf.exp(x * x)
            first = three.jacobian(y, x)
        second = two.jacobian(first, x)
    third = one.jacobian(second, x)
    s = 0.7
    np.testing.assert_allclose(third, (12 * s + 8 * s**3) * np.exp(s * s), rtol=1e-13)


def test_an_outer_tape_on_other_variables_than_the_inner_one():
    x, w = tf.constant([1.0, 2.0], F64), tf.Variable([3.0, 4.0], dtype=F64)
    with tf.GradientTape() as outer:
        with tf.GradientTape(watch_accessed_variables=False) as inner:
            inner.watch(x)
            y = x * x * w
        jacobian = inner.jacobian(y, x)  # 2 diag(x w)
    found = outer.jacobian(jacobian, w)
    expected = np.zeros((2, 2, 2))
    expected[0, 0, 0], expected[1, 1, 1] = 2.0, 4.0
    np.testing.assert_allclose(found, expected)


def test_a_linear_map_has_no_second_derivative():
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = x * 2.0
        jacobian = inner.jacobian(y, x)
    assert outer.jacobian(jacobian, x) is None


def test_an_outer_tape_asked_for_the_jacobian_of_a_part_of_a_jacobian():
    x = tf.constant([1.0, 2.0, 3.0], F64)
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.tensordot(x * x, x, 0)
        jacobian = inner.jacobian(y, x)
        corner = jacobian[0, 2]  # of x0^2 x2: [2 x0 x2, 0, x0^2]
    np.testing.assert_allclose(corner, [6, 0, 1])
    np.testing.assert_allclose(outer.jacobian(corner, x), [[6, 0, 2], [0, 0, 0], [2, 0, 0]])


def test_a_persistent_outer_tape_that_is_paused_meanwhile():
    x = tf.constant([1.0, 2.0], F64)
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(x)
        with tf.GradientTape(persistent=True) as inner:
            inner.watch(x)
            y = x**3
        with outer.stop_recording():
            unseen = inner.jacobian(y, x)
        seen = inner.jacobian(y, x)
    np.testing.assert_array_equal(unseen.numpy(), seen.numpy())
    assert outer.jacobian(unseen, x) is None
    expected = np.zeros((2, 2, 2))
    expected[0, 0, 0], expected[1, 1, 1] = 6.0, 12.0
    np.testing.assert_allclose(outer.jacobian(seen, x), expected)


def test_an_outer_tape_that_was_reset_meanwhile_sees_constants():
    x = tf.constant([1.0, 2.0], F64)
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = x**3
        outer.reset()
        jacobian = inner.jacobian(y, x)
        z = jacobian * x
    assert outer.jacobian(jacobian, x) is None
    assert outer.jacobian(z, x) is None


def test_jacobians_of_layers_are_symmetric_where_they_must_be():
    """A Hessian through every kind of rule: matrix product, reduction, indexing, where."""
    random = np.random.default_rng(0)
    matrix, x = random.normal(size=(4, 6)), tf.constant(random.normal(size=6))

    def loss(x):
        u = tf.tanh(matrix @ x)
        u = tf.concat([u, x[::2] * 0.5], 0)
        u = tf.where(u > 0, u, u * u)
        u = tf.stack([u[0], u[3], u[3], u[5]])
        return tf.reduce_logsumexp(u) * tf.reduce_prod(tf.math.softplus(u)) + x[[1, 1, 2]] @ u[:3]

    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = loss(x)
        gradient = inner.gradient(y, x)
    hessian = outer.jacobian(gradient, x).numpy()
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-12, atol=1e-14)

    def slope(array):
        point = tf.constant(array)
        with tf.GradientTape() as tape:
            tape.watch(point)
            y = loss(point)
        return tape.gradient(y, point).numpy()

    step = 1e-6 * np.eye(6)
    expected = [(slope(x.numpy() + e) - slope(x.numpy() - e)) / 2e-6 for e in step]
    np.testing.assert_allclose(hessian, expected, rtol=1e-6, atol=1e-8)


# ---------------------------------------------------------------- rules in Python


def cube(x, calls=None):
    """x ** 3 by a rule written in Python, itself differentiable."""

    def rule(cotangents, wanted):
        if calls is not None:
            calls.append(tuple(cotangents[0].shape))
        return [cotangents[0] * (3.0 * x * x)]

    [y] = _core.record_custom([x], [x.numpy() ** 3], rule)
    return y


def test_a_rule_in_python_is_called_with_one_cotangent_at_a_time():
    x, calls = tf.constant([1.0, 2.0, 3.0], F64), []
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = cube(tf.sin(x), calls) * 2.0
    s = x.numpy()
    expected = np.diag(6 * np.sin(s) ** 2 * np.cos(s))
    np.testing.assert_allclose(tape.jacobian(y, x), expected, rtol=1e-12)
    assert calls == [(3,)] * 3


def test_a_rule_in_python_in_a_jacobian_of_a_jacobian():
    x = tf.constant([1.0, 2.0], F64)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = cube(x)
        jacobian = inner.jacobian(y, x)
    np.testing.assert_allclose(jacobian, np.diag([3.0, 12.0]))
    expected = np.zeros((2, 2, 2))
    expected[0, 0, 0], expected[1, 1, 1] = 6.0, 12.0
    np.testing.assert_allclose(outer.jacobian(jacobian, x), expected)


def swapped_products(x, w):
    """Two outputs, x w and x + w, of which a target may need one or both."""

    def rule(cotangents, wanted):
        g, h = cotangents
        return [g * w + h if wanted[0] else None, g * x + h if wanted[1] else None]

    return _core.record_custom([x, w], [x.numpy() * w.numpy(), x.numpy() + w.numpy()], rule)


def test_a_rule_with_several_outputs_and_inputs():
    x, w = tf.constant([1.0, 2.0], F64), tf.constant([3.0, 5.0], F64)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, w])
        product, total = swapped_products(x, w)
        y = product * total
    of_x, of_w = tape.jacobian(product, [x, w])
    np.testing.assert_allclose(of_x, np.diag([3.0, 5.0]))
    np.testing.assert_allclose(of_w, np.diag([1.0, 2.0]))
    of_x, of_w = tape.jacobian(total, [x, w])
    np.testing.assert_allclose(of_x, np.eye(2))
    np.testing.assert_allclose(of_w, np.eye(2))
    of_x, of_w = tape.jacobian(y, [x, w])
    np.testing.assert_allclose(of_x, np.diag([3 * 4 + 3.0, 5 * 7 + 10.0]))
    np.testing.assert_allclose(of_w, np.diag([1 * 4 + 3.0, 2 * 7 + 10.0]))


def test_a_rule_that_wants_only_what_is_asked_for():
    x, w = tf.constant([1.0, 2.0], F64), tf.constant([3.0, 5.0], F64)
    asked = []

    def rule(cotangents, wanted):
        asked.append(wanted)
        return [cotangents[0] * w if wanted[0] else None, None]

    with tf.GradientTape() as tape:
        tape.watch([x, w])
        [y] = _core.record_custom([x, w], [x.numpy() * w.numpy()], rule)
    np.testing.assert_allclose(tape.jacobian(y, x), np.diag([3.0, 5.0]))
    assert asked == [[True, False]] * 2


def test_a_rule_that_gives_none_for_an_input():
    x, w = tf.constant([1.0, 2.0], F64), tf.constant([3.0, 5.0], F64)
    with tf.GradientTape() as tape:
        tape.watch([x, w])
        [y] = _core.record_custom(
            [x, w], [x.numpy() * w.numpy()], lambda g, wanted: [g[0] * w, None]
        )
    of_x, of_w = tape.jacobian(y, [x, w])
    np.testing.assert_allclose(of_x, np.diag([3.0, 5.0]))
    assert of_w is None


@pytest.mark.parametrize("persistent", [False, True])
def test_a_rule_that_raises_in_the_middle_of_a_jacobian(persistent):
    x = tf.constant([1.0, 2.0, 3.0], F64)
    calls = []

    def rule(cotangents, wanted):
        calls.append(1)
        if len(calls) == 2:
            raise KeyError("second row")
        return [cotangents[0] * 2.0]

    with tf.GradientTape(persistent=persistent) as tape:
        tape.watch(x)
        [y] = _core.record_custom([x], [x.numpy() * 2], rule)
        z = y * y
    with pytest.raises(KeyError, match="second row"):
        tape.jacobian(z, x)
    if persistent:
        np.testing.assert_allclose(tape.jacobian(z, x), np.diag(8 * x.numpy()))


def test_a_rule_of_the_wrong_shape_in_a_jacobian():
    x = tf.constant([1.0, 2.0], F64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        [y] = _core.record_custom([x], [x.numpy()], lambda g, wanted: [g[0][:1]])
    with pytest.raises(ValueError, match=r"shape \(1,\).*shape \(2,\)"):
        tape.jacobian(y, x)


# ---------------------------------------------------------------- scalar-coded maps


def rosenbrock_residuals(x):
    """The ten-dimensional map written with Python loops over numbers."""
    parts = []
    for a, b in zip(x[:-1], x[1:]):
        parts.append(10.0 * (b - a * a))
        parts.append(1.0 - a)
    return parts


@pytest.mark.parametrize("heavy", [False, True])
def test_a_map_of_numbers(heavy):
    s = np.linspace(-1, 1, 6)
    xs = [tf.constant(a) for a in s]
    with tf.GradientTape() as tape:
        tape.watch(xs)
        if heavy:
            make_heavy(tape)
        y = tf.stack(rosenbrock_residuals(xs))
    found = tape.jacobian(y, xs, unconnected_gradients="zero")
    expected = np.zeros((10, 6))
    for k in range(5):
        expected[2 * k, k], expected[2 * k, k + 1] = -20 * s[k], 10
        expected[2 * k + 1, k] = -1
    assert all(column.shape == (10,) for column in found)
    np.testing.assert_allclose(np.transpose(found), expected, rtol=1e-14)


def test_a_map_of_numbers_to_a_vector_and_back():
    s = np.linspace(-1, 1, 5)
    x = tf.constant(s)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.stack([a * b for a, b in itertools.combinations(tf.unstack(x), 2)])
    found = tape.jacobian(y, x).numpy()
    for row, (i, j) in zip(found, itertools.combinations(range(5), 2)):
        expected = np.zeros(5)
        expected[i], expected[j] = s[j], s[i]
        np.testing.assert_array_equal(row, expected)


@pytest.mark.parametrize("size", [1, 63, 64, 65, 100])
def test_either_side_of_the_limit_for_one_by_one(size):
    xs = [tf.constant(k + 1.0, F64) for k in range(size)]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(xs)
        y = tf.stack([x * x for x in xs])
    found = np.transpose(tape.jacobian(y, xs))
    np.testing.assert_array_equal(found, np.diag(2.0 * np.arange(1, size + 1)))


def test_the_hessian_of_numbers():
    s = [0.5, -1.0, 2.0]
    xs = [tf.constant(a, F64) for a in s]
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(xs)
        with tf.GradientTape() as inner:
            inner.watch(xs)
            y = xs[0] * xs[1] * xs[2] + xs[0] ** 3
        gradient = inner.gradient(y, xs)
    hessian = outer.jacobian(gradient, xs, unconnected_gradients="zero")
    a, b, c = s
    np.testing.assert_allclose(hessian, [[6 * a, c, b], [c, 0, a], [b, a, 0]], rtol=1e-14)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
def test_numbers_of_every_dtype_one_by_one(dtype):
    x = tf.cast(tf.constant(3.0), dtype)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.stack([x * x, 2 * x, x])
    found = tape.jacobian(y, x)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found.numpy(), np.array([6, 2, 1], dtype))


def test_a_long_chain_of_numbers():
    x = tf.constant([1.0, 2.0], F64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        a, b = x[0], x[1]
        for _ in range(50_000):
            a, b = b * 0.5 + a * 0.5, a
        y = tf.stack([a, b])
    step = np.array([[0.5, 0.5], [1.0, 0.0]])
    expected = np.linalg.matrix_power(step, 50_000)
    np.testing.assert_allclose(tape.jacobian(y, x), expected, rtol=1e-9)


# ---------------------------------------------------------------- batch_jacobian


def diagonal_blocks(jacobian, target_rank):
    """Of the Jacobian of [b, ...] in [b, ...], the blocks of row i in row i."""
    return np.stack([np.take(jacobian[i], i, target_rank - 1) for i in range(len(jacobian))])


@rows_by_dtype()
def test_batch_jacobian_of_elementwise_operations(row, dtype):
    for shape in [(3, 2), (2, 2, 2), (1, 3), (3, 1)]:
        xs = constants(arguments(row, [shape] * row["arity"], dtype))
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(xs)
            y = public(row)(*xs)
        for x in xs:
            whole = tape.jacobian(y, x)
            if whole is None:
                continue
            found = tape.batch_jacobian(y, x)
            assert found.dtype == dtype
            assert tuple(found.shape) == (*y.shape, *x.shape[1:])
            assert_close(found, diagonal_blocks(whole.numpy(), y.ndim), dtype)


@pytest.mark.parametrize("row", [pytest.param(r, id=r["name"]) for r in DIFFERENTIABLE])
def test_batch_jacobian_with_shared_operands(row):
    """One operand for all rows, broadcast."""
    dtype = inexact_dtypes(row["kinds"])[-1]
    if row["arity"] == 1:
        return
    for shared in [(), (2,), (1, 2), (1, 1)]:
        for turned in (False, True):
            shapes = [shared, (3, 2)] if turned else [(3, 2), shared]
            xs = constants(arguments(row, shapes, dtype))
            with tf.GradientTape(persistent=True) as tape:
                tape.watch(xs)
                y = public(row)(*xs)
            whole = tape.jacobian(y, xs[turned])
            if whole is not None:
                found = tape.batch_jacobian(y, xs[turned])
                assert_close(found, diagonal_blocks(whole.numpy(), y.ndim), dtype)


BATCH_PROGRAMS = {
    "layer": lambda x: tf.tanh(x @ np.linspace(-1, 1, 6).reshape(3, 2)),
    "sum of rows": lambda x: tf.reduce_sum(x * x, 1, keepdims=True),
    "product": lambda x: tf.reduce_prod(x, 1, keepdims=True),
    "maximum": lambda x: tf.reduce_max(x, 1, keepdims=True),
    "softmax": lambda x: tf.exp(x - tf.reduce_logsumexp(x, 1, keepdims=True)),
    "reversed": lambda x: tf.reverse(x, [1]) * x,
    "outer": lambda x: x[:, :, None] * x[:, None, :],
    "einsum": lambda x: tf.einsum("bi,bj->bij", x, x * x),
    "index": lambda x: tf.stack([x[:, 0] * x[:, 1], x[:, 2]], 1),
    "list": lambda x: x[:, [2, 0, 0]] ** 2,
    "concat": lambda x: tf.concat([x, tf.sin(x)], 1),
    "where": lambda x: tf.where(x > 0, x * x, -x),
    "tile": lambda x: tf.tile(x, [1, 2]) ** 2,
    "reshape": lambda x: tf.reshape(x**2, [4, 3, 1]),
    "batched matmul": lambda x: tf.matmul(x[:, :, None], x[:, None, :]),
    "cumulated": lambda x: tf.stack([x[:, 0], x[:, 0] * x[:, 1], tf.reduce_prod(x, 1)], 1),
    "part": lambda x: x[:, 1:2],
    "constant columns": lambda x: tf.concat([x[:, :1], tf.ones([4, 2], F64)], 1),
}


@pytest.mark.parametrize("name", BATCH_PROGRAMS)
def test_batch_jacobian_of_programs(name):
    x = tf.constant(np.random.default_rng(0).normal(size=(4, 3)))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = BATCH_PROGRAMS[name](x)
    found = tape.batch_jacobian(y, x)
    whole = tape.jacobian(y, x).numpy()
    assert_close(found, diagonal_blocks(whole, y.ndim), ulps=64)
    assert tuple(found.shape) == (*y.shape, 3)


def test_batch_jacobian_asks_for_rows_that_do_not_depend_on_each_other():
    """If they do, row i has what all targets' rows depend on x[i] by, as in TensorFlow."""
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x + tf.reduce_sum(x)
    expected = [[[4.0, 2.0], [2.0, 6.0]], [[8.0, 2.0], [2.0, 10.0]]]
    np.testing.assert_array_equal(tape.batch_jacobian(y, x).numpy(), expected)


@pytest.mark.parametrize(
    "target, source",
    [((2, 3), (2, 4)), ((2, 1, 3), (2, 2, 2)), ((5, 1), (5, 1)), ((1, 2), (1, 3)),
     ((2, 0), (2, 3)), ((2, 3), (2, 0)), ((0, 3), (0, 2)), ((3,), (3,)), ((3, 2), (3,)),
     ((3,), (3, 2))],
)  # fmt: skip
def test_shapes_of_batch_jacobians(target, source):
    """Ranks of 1 and batches of nothing are errors in TensorFlow; here they have an answer."""
    x = tf.constant(np.full(source, 3.0))
    weights = np.arange(np.prod(target, dtype=int)).reshape(target) + 1.0
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(x * x, tuple(range(1, x.ndim)))
        y = tf.reshape(total, [-1] + [1] * (len(target) - 1)) * weights
    found = tape.batch_jacobian(y, x)
    expected = np.multiply.outer(weights, np.full(source[1:], 6.0))
    assert tuple(found.shape) == (*target, *source[1:])
    np.testing.assert_array_equal(found.numpy(), expected)


@pytest.mark.parametrize(
    "target, source",
    [((), ()), ((2,), ()), ((), (2,)), ((2, 3), (3, 2)), ((1, 2), (2, 2)), ((2,), (3,))],
)
def test_batch_jacobian_of_shapes_without_a_common_batch(target, source):
    x = tf.ones(source)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(x) * tf.ones(target)
    text = r"Need first dimension of target shape \(.*\) and source shape \(.*\) to match."
    with pytest.raises(ValueError, match=text):
        tape.batch_jacobian(y, x)
    assert tape.jacobian(y, x) is not None


def test_batch_jacobian_of_what_is_not_connected():
    x = tf.constant([[1.0, 2.0]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.ones([1, 3], F64)
    assert tape.batch_jacobian(y, x) is None  # zeros in TensorFlow, whatever was asked for
    zeros = tape.batch_jacobian(y, x, unconnected_gradients="zero")
    assert zeros.dtype == tf.float32
    np.testing.assert_array_equal(zeros.numpy(), np.zeros((1, 3, 2)))


def test_batch_jacobian_of_a_source_in_itself():
    x, v = tf.constant([[1.0, 2.0], [3.0, 4.0]]), tf.Variable(tf.ones([3, 2]))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, v])
    np.testing.assert_array_equal(tape.batch_jacobian(x, x).numpy(), [np.eye(2)] * 2)
    np.testing.assert_array_equal(tape.batch_jacobian(v, v).numpy(), [np.eye(2)] * 3)


def test_batch_jacobian_of_variables():
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape() as tape:
        y = v * v
    v.assign(tf.zeros([2, 2]))
    expected = [np.diag([2, 4]), np.diag([6, 8])]
    np.testing.assert_array_equal(tape.batch_jacobian(y, v).numpy(), expected)


def test_batch_jacobians_inside_other_tapes():
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]], F64)
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = x**3 * x[:, ::-1]
        first = inner.batch_jacobian(y, x)
    second = outer.batch_jacobian(first, x).numpy()
    for found, (a, b) in zip(second, x.numpy()):
        expected = [
            [[6 * a * b, 3 * a * a], [3 * a * a, 0]],
            [[0, 3 * b * b], [3 * b * b, 6 * b * a]],
        ]
        np.testing.assert_allclose(found, expected, rtol=1e-13)
    # All rows of it in all rows of x: the same on the diagonal, and zeros elsewhere.
    whole = outer.jacobian(first, x).numpy()
    np.testing.assert_allclose(diagonal_blocks(whole, 3), second, rtol=1e-13)
    assert not whole[0, :, :, 1].any() and not whole[1, :, :, 0].any()


def test_batch_jacobian_with_a_rule_in_python():
    x, calls = tf.constant([[1.0, 2.0], [3.0, 4.0]], F64), []
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = cube(x, calls)
    expected = [np.diag(row) for row in 3 * x.numpy() ** 2]
    np.testing.assert_allclose(tape.batch_jacobian(y, x), expected)
    assert calls == [(2, 2)] * 2


# ---------------------------------------------------------------- threads, memory


def test_threads_ask_one_persistent_tape():
    x = tf.constant(np.linspace(0, 1, 50))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.sin(tf.tensordot(x, x, 0))
        y = tf.reduce_sum(y, 1)
    expected = tape.jacobian(y, x).numpy()
    found, errors = [], []

    def ask():
        try:
            for _ in range(5):
                found.append(tape.jacobian(y, x).numpy())
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors and len(found) == 20
    for jacobian in found:
        np.testing.assert_array_equal(jacobian, expected)


def test_jacobians_on_several_threads():
    def work(k, answers):
        x = tf.constant(np.full(3, float(k)))
        for _ in range(50):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = x * x
            answers.append(tape.jacobian(y, x).numpy())

    answers = {k: [] for k in range(4)}
    threads = [threading.Thread(target=work, args=item) for item in answers.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k, found in answers.items():
        assert len(found) == 50
        for jacobian in found:
            np.testing.assert_array_equal(jacobian, 2.0 * k * np.eye(3))


# ---------------------------------------------------------------- cotangents that are mostly zero

MATRIX = np.random.default_rng(5).standard_normal((6, 4))


@tf.custom_gradient
def own_square(x):
    return x * x, lambda g: g * 2.0 * x


MOSTLY_ZERO = {
    "elementwise": lambda x: tf.sin(x) * x,
    "slices": lambda x: x[1:] * x[:-1] ** 2,
    "steps back": lambda x: x[::-2] * x[::2] + x[1::2],
    "added slices": lambda x: tf.concat([x[:2], x[3:], x[2:3]], 0) * x,
    "the same twice": lambda x: tf.concat([x, tf.exp(x), x], 0),
    "stacked": lambda x: tf.stack([x, 2.0 * x, x * x], 1),
    "reshaped": lambda x: tf.transpose(tf.reshape(x * x, [2, 3])) * 3.0,
    "sums": lambda x: tf.reduce_sum(tf.reshape(tf.sin(x), [2, 3]), 1) ** 2,
    "means kept": lambda x: tf.reduce_mean(tf.reshape(x * x, [2, 3]), 0, keepdims=True),
    "broadcast": lambda x: x * x[:1] + tf.reshape(x, [6, 1]),
    "where": lambda x: tf.where(x > 0.0, x * x, x[0]) + tf.where(x > 0.0, x, -x),
    "products": lambda x: tf.tensordot(tf.constant(MATRIX), tf.sin(x), [[0], [0]]) ** 2,
    "products of slices": lambda x: tf.linalg.matmul(tf.reshape(x, [3, 2]), MATRIX[:2] * x[0]),
    "product with itself": lambda x: tf.linalg.matmul(
        tf.reshape(x, [2, 3]), tf.reshape(x, [2, 3]), transpose_b=True
    ),
    "products in a row": lambda x: tf.linalg.matmul(
        tf.reshape(x, [1, 1, 6]) * MATRIX[:, :1, None], MATRIX
    ),
    "gathered": lambda x: tf.gather(x * x, [1, 1, 5, 0]),
    "a maximum": lambda x: tf.reduce_max(tf.reshape(x, [2, 3]), 1) * x[:2],
    "numbers": lambda x: tf.stack([x[k] * x[(k + 1) % 6] for k in range(6)]),
    "an own gradient": lambda x: own_square(x) * x,
    "nothing": lambda x: x[:0] * 2.0,
}  # fmt: skip


def by_elements(f, x):
    """The Jacobian from one gradient for each element of the target."""
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = f(x)
        elements = [tf.reshape(y, [-1])[k] for k in range(tf.size(y))]
    rows = [tape.gradient(e, x, unconnected_gradients="zero") for e in elements]
    return (
        tf.reshape(tf.stack(rows), [*y.shape, *x.shape]) if rows else tf.zeros([*y.shape, *x.shape])
    )


FLOAT64_ONLY = {"where", "a maximum", "products of slices", "products", "products in a row"}


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        (name, dtype)
        for name in MOSTLY_ZERO
        for dtype in ("float64", "float32", "complex128")
        if dtype == "float64" or name not in FLOAT64_ONLY
    ],
)
def test_cotangents_that_are_mostly_zero_give_the_same(name, dtype):
    f = MOSTLY_ZERO[name]
    x = tf.cast(tf.constant([0.3, -0.7, 1.1, 0.2, -0.4, 0.9]), dtype)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    ours = tape.jacobian(y, x)
    assert ours.dtype == x.dtype
    np.testing.assert_allclose(ours, by_elements(f, x), rtol=1e-5 if dtype == "float32" else 1e-13)


@pytest.mark.parametrize("name", [n for n in MOSTLY_ZERO if n != "nothing"])
def test_they_are_seen_by_an_outer_tape(name):
    f = MOSTLY_ZERO[name]
    x = tf.constant([0.3, -0.7, 1.1, 0.2, -0.4, 0.9], dtype="float64")

    def inner(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        return tape.jacobian(y, x)

    with tf.GradientTape() as tape:
        tape.watch(x)
        first = inner(x)
    second = tape.jacobian(first, x, unconnected_gradients="zero")
    h = 1e-6
    for k, e in enumerate(np.eye(6)):
        difference = (inner(x + h * e).numpy() - inner(x - h * e).numpy()) / (2 * h)
        np.testing.assert_allclose(second[..., k], difference, rtol=1e-6, atol=1e-8)


def test_structural_zeros_stay_zero_where_a_partial_is_infinite():
    x = tf.constant([0.0, 1.0, 4.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.sqrt(x)
    np.testing.assert_array_equal(tape.jacobian(y, x), np.diag([np.inf, 0.5, 0.25]))


def test_an_empty_target_of_a_rule_in_python():
    x = tf.ones([3])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = own_square(x)[:0]
    assert tape.jacobian(y, x).shape == [0, 3]
    assert tape.jacobian(tf.recompute_grad(tf.square)(x)[:0], x) is None  # after the tape


def test_a_stack_of_sums_and_of_numbers_computed_from_others():
    x = tf.constant(np.linspace(0.1, 1.0, 9))
    with tf.GradientTape() as tape:
        tape.watch(x)
        sums = [tf.reduce_sum(x[k:]) for k in range(9)]
        y = tf.stack([a * b for a, b in zip(sums, sums[1:])] + sums)
    rows = np.triu(np.ones((9, 9)))
    values = rows @ x.numpy()
    products = values[1:, None] * rows[:-1] + values[:-1, None] * rows[1:]
    np.testing.assert_allclose(tape.jacobian(y, x), np.concatenate([products, rows]))


@pytest.mark.parametrize("count", [3, 17, 30])
def test_diagonals_of_any_number(count):
    x = tf.constant(np.random.default_rng(4).standard_normal(40))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = sum(tf.concat([x[k:], x[:k]], 0) ** 2 for k in range(count))
    wanted = sum(2 * np.roll(np.diag(x.numpy()), -k, 0) for k in range(count))
    np.testing.assert_allclose(tape.jacobian(y, x), wanted, rtol=1e-14)


def test_they_come_in_blocks_for_a_large_target():
    n = 4000  # 8,000,000 elements go through one sweep: two blocks
    values = np.random.default_rng(3).uniform(1.0, 2.0, n).astype(np.float32)
    x = tf.constant(values)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.concat([x[1:] * x[:-1], x[:1] ** 2], 0)
    jacobian = tape.jacobian(y, x).numpy()
    wanted = {(k, k): values[k + 1] for k in range(n - 1)}
    wanted |= {(k, k + 1): values[k] for k in range(n - 1)} | {(n - 1, 0): 2 * values[0]}
    places = np.argwhere(jacobian)
    assert {tuple(p) for p in places} == set(wanted)
    np.testing.assert_allclose([jacobian[p] for p in wanted], list(wanted.values()), rtol=1e-6)


@pytest.mark.slow
def test_ctrl_c_while_a_jacobian_is_computed():
    program = """
        import os, signal, threading
        import autograd_c as tf
        x = tf.ones(2_500, tf.float64)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = x
            for _ in range(100):
                y = tf.sin(y + tf.reduce_mean(y))  # each element depends on all
        threading.Timer(0.05, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        try:
            tape.jacobian(y, x)
        except KeyboardInterrupt:
            print("interrupted")
        print(tape.jacobian(y[:1], x) is None, tape.gradient(y, x).shape[0])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert done.stdout.split() == ["interrupted", "True", "2500"], done.stderr


def resident_kilobytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4


def ask_for_many(count):
    x = tf.constant(np.linspace(0, 1, 20))
    numbers = [tf.constant(float(k)) for k in range(4)]
    for _ in range(count):
        with tf.GradientTape(persistent=True) as outer:
            outer.watch([x, *numbers])
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.sin(x) * x
            first = inner.jacobian(y, x)
            z = tf.stack([a * b for a, b in itertools.combinations(numbers, 2)])
        outer.jacobian(first[0], x)
        outer.jacobian(z, numbers, unconnected_gradients="zero")


def test_memory_stays_flat():
    try:
        ask_for_many(300)
        before = resident_kilobytes()
    except FileNotFoundError:
        pytest.skip("needs /proc")
    ask_for_many(2_000)
    gc.collect()
    assert resident_kilobytes() - before < 4_000


def test_failed_jacobians_leak_nothing():
    def fail(count):
        for _ in range(count):
            x = tf.constant(np.ones(1000))
            with tf.GradientTape() as tape:
                tape.watch(x)
                [y] = _core.record_custom([x], [x.numpy()], lambda g, wanted: [g[0][:1]])
                z = y[:2]
            with pytest.raises(ValueError):
                tape.jacobian(z, x)

    try:
        fail(100)
        before = resident_kilobytes()
    except FileNotFoundError:
        pytest.skip("needs /proc")
    fail(1_000)
    gc.collect()
    assert resident_kilobytes() - before < 4_000
