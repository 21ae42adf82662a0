"""ForwardAccumulator: tangents pushed along with what is computed, alone and nested with tapes.

Answers and errors are TensorFlow 2.21's, observed by running it, unless a test says otherwise.
"""

from __future__ import annotations

import collections
import contextlib
import gc
import itertools
import math
import signal
import subprocess
import sys
import textwrap
import threading
import weakref

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import autograd_c as tf
from autograd_c.core import _core
from autograd_c.functions.singular_values import singular_values

from ..derivatives import jacobians, listed, push, random_like
from ..entries import ENTRIES
from ..operations import ROWS, arguments, assert_close, public
from ..programs import programs

Accumulator = tf.autodiff.ForwardAccumulator
F64 = tf.float64


def f64(x):
    return tf.constant(x, F64)


def constants(arrays):
    return [tf.constant(a) for a in arrays]


def jvp(f, x, tangent=1.0, **options):
    """The tangent of f at x."""
    with Accumulator(x, tf.constant(tangent, x.dtype)) as accumulator:
        y = f(x)
    return accumulator.jvp(y, **options)


def plain(structure):
    """Tensors as Python numbers and lists; None stays None."""
    return tf.nest.map_structure(lambda t: t.numpy().tolist() if tf.is_tensor(t) else t, structure)


# ---------------------------------------------------------------- every operation
#
# A function of numbers or arrays is made a number, and its derivative along a direction is taken
# by a tape ("r") or by an accumulator ("f"). A word of these letters is a nest of them, the
# outermost first: all words of one length are the same number.

DIFFERENTIABLE = [row for row in ROWS if row["differentiable"]]


def dot(xs, ys):
    """The sum of Re(conj(x) y), as a tensor: what gradients of complex numbers are for."""
    total = f64(0.0)
    for x, y in zip(xs, ys):
        product = tf.math.real(tf.reduce_sum(tf.math.conj(x) * y))
        total = total + tf.cast(product, F64)
    return total


def weighted(f):
    """f as a function to one real number, by weights that leave no part out."""

    def number(*xs):
        ys = listed(f(*xs))
        return dot(constants(random_like(ys, 1)), ys)

    return number


def slope_by_tape(number, along):
    def slope(*xs):
        with tf.GradientTape() as tape:
            tape.watch(xs)
            y = number(*xs)
        return dot(tape.gradient(y, list(xs), unconnected_gradients="zero"), along)

    return slope


def slope_by_accumulator(number, along):
    def slope(*xs):
        with Accumulator(list(xs), list(along)) as accumulator:
            y = number(*xs)
        return accumulator.jvp(y, unconnected_gradients="zero")

    return slope


SLOPES = {"r": slope_by_tape, "f": slope_by_accumulator}


def nested(word, number, directions):
    """The derivative along directions[0], of that along directions[1] by what is around it..."""
    for letter, along in zip(reversed(word), directions):
        number = SLOPES[letter](number, along)
    return number


def words(order):
    return map("".join, itertools.product("rf", repeat=order))


def difference(number, arrays, along, step=1e-5):
    def at(t):
        return float(number(*[tf.constant(a + t * v) for a, v in zip(arrays, along)]))

    return (at(step) - at(-step)) / (2 * step)


def check_nests(f, arrays, order, by_differences=True):
    """All nests of tapes and accumulators up to an order agree, and the first two are right."""
    xs = constants(arrays)
    number = weighted(f)
    directions = [random_like(arrays, 2 + k) for k in range(order)]
    along = [constants(d) for d in directions]
    for n in range(1, order + 1):
        found = {word: float(nested(word, number, along)(*xs)) for word in words(n)}
        reference = found["r" * n]
        for word, value in found.items():
            assert math.isclose(value, reference, rel_tol=1e-8, abs_tol=1e-9), (word, found)
        if by_differences and n <= 2:
            below = nested("r" * (n - 1), number, along)
            expected = difference(below, arrays, directions[n - 1])
            assert math.isclose(reference, expected, rel_tol=2e-5, abs_tol=2e-6), (n, expected)


def check_tangents(f, arrays, ulps=64):
    """Tangents against cotangents, and the accumulator's against one sweep over a whole tape."""
    xs, tangents = constants(arrays), constants(random_like(arrays, 2))
    with tf.GradientTape(persistent=True) as tape, Accumulator(xs, tangents) as accumulator:
        tape.watch(xs)
        ys = listed(f(*xs))
    pushed = accumulator.jvp(ys)
    for y, t in zip(ys, pushed):
        [expected] = tape._jvp([y], xs, tangents)
        assert (t is None) == (expected is None)
        if t is not None:
            assert t.dtype == y.dtype and t.shape == y.shape
            assert_close(t, expected, ulps=ulps)
    zeros = accumulator.jvp(ys, unconnected_gradients="zero")
    upstream = constants(random_like(ys, 3))
    gradients = tape.gradient(ys, xs, output_gradients=upstream, unconnected_gradients="zero")
    onward, backward = dot(zeros, upstream), dot(gradients, tangents)
    scale = sum(float(np.sum(np.abs(u.numpy() * t.numpy()))) for u, t in zip(upstream, zeros))
    exact = max(float(np.finfo(y.dtype.as_numpy_dtype).eps) for y in ys) if ys else 0
    assert abs(float(onward - backward)) <= 64 * exact * (1 + scale)


def inexact_dtypes(kinds):
    floats = ["float16", "float32", "float64"] if "f" in kinds else []
    return floats + (["complex64", "complex128"] if "c" in kinds else [])


def rows():
    return pytest.mark.parametrize("row", [pytest.param(r, id=r["name"]) for r in DIFFERENTIABLE])


def entries():
    return pytest.mark.parametrize(
        "entry",
        [
            pytest.param(entry, id=entry.name)
            for entry in ENTRIES
            if entry.differentiable and {"float64", "complex128"} & set(entry.accepted())
        ],
    )


SHAPES = {
    1: [[()], [(1,)], [(2, 3)], [(0,)], [(513,)]],
    2: [
        [(), ()],
        [(3,), (3,)],
        [(), (2, 3)],
        [(2, 3), ()],
        [(3, 1), (4,)],
        [(1, 1), ()],
        [(0,), (1,)],
        [(513,), (513,)],
    ],
}


@rows()
def test_tangents_of_elementwise_operations(row):
    for dtype in inexact_dtypes(row["kinds"]):
        for shapes in SHAPES[row["arity"]]:
            check_tangents(public(row), arguments(row, shapes, dtype))


@rows()
def test_tangents_of_elementwise_operations_by_differences(row):
    for dtype in ("float64", "complex128"):
        if dtype not in inexact_dtypes(row["kinds"]):
            continue
        for shapes in SHAPES[row["arity"]][:5]:
            arrays = arguments(row, shapes, dtype)
            xs, along = constants(arrays), random_like(arrays, 2)
            with Accumulator(xs, constants(along)) as accumulator:
                y = public(row)(*xs)
            pushed = accumulator.jvp(y, unconnected_gradients="zero").numpy()
            expected = push(jacobians(public(row), arrays), along)
            np.testing.assert_allclose(pushed.ravel(), expected, rtol=1e-6, atol=1e-7)


@rows()
def test_tangents_by_one_argument_alone(row):
    """The other is a constant, a Python number, or the same tensor."""
    if row["arity"] == 1:
        return
    f, dtype = public(row), inexact_dtypes(row["kinds"])[-1]
    for shapes in SHAPES[2]:
        arrays = arguments(row, shapes, dtype)
        a, b = constants(arrays)
        check_tangents(lambda x, b=b: f(x, b), arrays[:1])
        check_tangents(lambda x, a=a: f(a, x), arrays[1:])
        check_tangents(lambda x: f(x, 1.25), arrays[:1])
        check_tangents(lambda x: f(1.25, x), arrays[1:])
        check_tangents(lambda x: f(x, x), arrays[:1])


@rows()
def test_nests_around_elementwise_operations(row):
    f = public(row)
    for dtype in ("float64", "complex128"):
        if dtype not in inexact_dtypes(row["kinds"]):
            continue
        for shapes in ([()] * row["arity"], [(2,)] * row["arity"]):
            check_nests(f, arguments(row, shapes, dtype), order=3)
        if row["arity"] == 2:
            check_nests(f, arguments(row, [(2, 1), (2,)], dtype), order=3)
            check_nests(lambda x: f(x, x), arguments(row, [(2,)], dtype), order=2)


@entries()
def test_tangents_of_structural_operations(entry):
    for dtype in ("float16", "float32", "float64", "complex64", "complex128"):
        if dtype in entry.accepted():
            check_tangents(entry.function, entry.arrays(dtype), ulps=256)


@entries()
def test_nests_around_structural_operations(entry):
    def squared(*xs):
        return [y * y for y in listed(entry.function(*xs))]

    for dtype in ("float64", "complex128"):
        if dtype in entry.accepted():
            check_nests(entry.function, entry.arrays(dtype), order=2)
            check_nests(squared, entry.arrays(dtype), order=2)


@entries()
def test_third_derivatives_of_structural_operations(entry):
    def cubed(*xs):
        return [tf.sin(y) * y * y for y in listed(entry.function(*xs))]

    dtype = "float64" if "float64" in entry.accepted() else "complex128"
    check_nests(cubed, entry.arrays(dtype), order=3, by_differences=False)


SOME = settings(max_examples=60, suppress_health_check=list(HealthCheck))


@SOME
@given(programs(8))
def test_tangents_of_random_programs(program):
    check_tangents(program, program.sources, ulps=1 << 16)


@SOME
@given(programs(6))
def test_nests_around_random_programs(program):
    xs = constants(program.sources)
    number = weighted(program)
    along = [constants(random_like(program.sources, 2 + k)) for k in range(3)]
    for n in (1, 2, 3):
        found = {word: float(nested(word, number, along)(*xs)) for word in words(n)}
        scale = max(map(abs, found.values()))
        assert max(found.values()) - min(found.values()) <= 1e-7 * scale + 1e-9, found


# ---------------------------------------------------------------- what jvp() answers


def test_the_tangent_of_a_product():
    x, w = tf.constant(3.0), tf.constant(4.0)
    with Accumulator([x, w], [tf.constant(1.0), tf.constant(10.0)]) as accumulator:
        y = x * w
    assert float(accumulator.jvp(y)) == 34.0


def test_one_column_of_a_jacobian():
    x = tf.constant([1.0, 2.0])
    with Accumulator(x, tf.constant([0.0, 1.0])) as accumulator:
        y = tf.stack([x[0] * x[1], x[1] ** 2, x[0]])
    assert plain(accumulator.jvp(y)) == [1.0, 4.0, 0.0]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (0,), (2, 0)])
def test_a_tangent_has_the_dtype_and_shape_of_its_target(dtype, shape):
    x = tf.fill(shape, tf.cast(3.0, dtype))
    with Accumulator(x, tf.fill(shape, tf.cast(2.0, dtype))) as accumulator:
        y = x * x
        z = tf.reduce_sum(y)
    assert accumulator.jvp(y).dtype == accumulator.jvp(z).dtype == dtype
    np.testing.assert_array_equal(accumulator.jvp(y).numpy(), np.full(shape, 12, dtype))
    expected = np.array(12 * math.prod(shape), dtype)
    np.testing.assert_array_equal(accumulator.jvp(z).numpy(), expected)


def test_the_tangent_of_the_primal_itself():
    x, tangent = tf.constant([1.0, 2.0]), tf.constant([3.0, 4.0])
    accumulator = Accumulator(x, tangent)
    assert plain(accumulator.jvp(x)) == [3.0, 4.0]  # not even entered
    with accumulator:
        assert plain(accumulator.jvp(x)) == [3.0, 4.0]
    assert plain(accumulator.jvp(x)) == [3.0, 4.0]


def test_inside_and_outside_the_context_and_again():
    x = tf.constant(3.0)
    with Accumulator(x, tf.constant(1.0)) as accumulator:
        y = x * x
        assert float(accumulator.jvp(y)) == 6.0
        assert float(accumulator.jvp(y)) == 6.0
        z = y * x
        assert float(accumulator.jvp(z)) == 27.0
    assert plain(accumulator.jvp([y, z, x])) == [6.0, 27.0, 1.0]
    assert plain(accumulator.jvp([z, y])) == [27.0, 6.0]


def test_what_is_computed_outside_is_not_tracked():
    x = tf.constant(3.0)
    before = x * x
    accumulator = Accumulator(x, tf.constant(1.0))
    between = x * x
    with accumulator:
        inside = x * before
    after = inside * x
    assert plain(accumulator.jvp([before, between, inside, after])) == [None, None, 9.0, None]


Pair = collections.namedtuple("Pair", "p q")


@pytest.mark.parametrize(
    "structure",
    [
        lambda a, b: [a, b],
        lambda a, b: (a, [b]),
        lambda a, b: {"b": a, "a": b},
        lambda a, b: Pair(a, {"x": b}),
        lambda a, b: [[], a, {}, (b,)],
    ],
)
def test_structures(structure):
    x, w = tf.constant([1.0, 2.0]), tf.constant(3.0)
    primals = structure(x, w)
    tangents = structure(tf.constant([1.0, 0.0]), tf.constant(10.0))
    with Accumulator(primals, tangents) as accumulator:
        y, z = x * w, w * w
    found = accumulator.jvp(structure(y, z))
    tf.nest.assert_same_structure(primals, found)
    assert plain(tf.nest.flatten(found)) == plain(
        tf.nest.flatten(structure(f64([13.0, 20.0]), f64(60.0)))
    )


def test_empty_structures():
    x = tf.constant(2.0)
    with Accumulator([], []) as nothing, Accumulator(x, tf.constant(1.0)) as accumulator:
        y = x * x
    assert nothing.jvp(y) is None
    assert accumulator.jvp([]) == [] and accumulator.jvp({}) == {} and accumulator.jvp(()) == ()


def test_what_is_not_connected():
    x, w = tf.constant([1.0, 2.0]), tf.constant([[3.0]], F64)
    with Accumulator(x, tf.constant([1.0, 1.0])) as accumulator:
        y, z = x * 2.0, w * 2.0
    assert accumulator.jvp(z) is None
    assert plain(accumulator.jvp({"y": y, "z": (z, w)})) == {"y": [2.0, 2.0], "z": (None, None)}
    for zero in ("zero", tf.UnconnectedGradients.ZERO):
        found = accumulator.jvp([y, z], unconnected_gradients=zero)
        assert plain(found) == [[2.0, 2.0], [[0.0]]]
        assert found[1].dtype == F64
    assert accumulator.jvp(z, unconnected_gradients="none") is None


def test_operations_without_derivative():
    x = tf.constant(1.5)
    with Accumulator(x, tf.constant(1.0)) as accumulator:
        targets = [
            tf.cast(x, tf.int32),
            tf.floor(x),
            tf.round(x),
            x > 1.0,
            tf.stop_gradient(x),
            tf.zeros_like(x),
            tf.argmax(tf.stack([x, x])),
        ]
        through = tf.cast(tf.cast(x, tf.int32), tf.float32) * x
    assert accumulator.jvp(targets) == [None] * len(targets)
    zeros = accumulator.jvp(targets, unconnected_gradients="zero")
    for zero, target in zip(zeros, targets):
        assert zero.dtype == target.dtype and not zero.numpy().any()
    assert float(accumulator.jvp(through)) == 1.0
    # Zeros, as the gradient of sign is; TensorFlow's jvp is None here.
    assert float(jvp(tf.sign, x)) == 0.0


def test_integer_primals_are_ignored():
    n, x = tf.constant([3, 4]), tf.constant([1.0, 2.0])
    with Accumulator([n, x], [tf.constant([1, 1]), tf.constant([1.0, 1.0])]) as accumulator:
        y = tf.cast(n, tf.float32) * x
        z = n * 2
    assert plain(accumulator.jvp([y, z])) == [[3.0, 4.0], None]


def test_complex_tangents_are_not_conjugated():
    z = tf.constant([1 + 2j])
    with Accumulator(z, tf.constant([1j])) as accumulator:
        targets = [z * z, tf.exp(z), tf.math.conj(z), tf.math.real(z), tf.math.imag(z), tf.abs(z)]
    square, exp, conj, real, imag, modulus = accumulator.jvp(targets)
    np.testing.assert_allclose(square, [2j * (1 + 2j)])
    np.testing.assert_allclose(exp, [1j * np.exp(1 + 2j)])
    np.testing.assert_allclose(conj, [-1j])
    np.testing.assert_allclose(real, [0.0])
    np.testing.assert_allclose(imag, [1.0])
    np.testing.assert_allclose(modulus, [2 / np.sqrt(5)])
    assert real.dtype == modulus.dtype == F64


def test_dtypes_that_are_promoted_on_the_way():
    x = tf.constant([1.0, 2.0], tf.float32)
    with Accumulator(x, tf.constant([1.0, 1.0])) as accumulator:
        y = x * tf.constant([3.0, 4.0], F64)
        z = y * tf.constant(1j)
    assert accumulator.jvp(y).dtype == F64 and accumulator.jvp(z).dtype == tf.complex128
    assert plain(accumulator.jvp([y, z])) == [[3.0, 4.0], [3j, 4j]]


def test_kinks():
    """As TensorFlow, but for zero tangents times infinite partials, which it makes nan."""
    x = tf.constant([0.0, 1.0, -1.0])
    with Accumulator(x, tf.ones([3])) as accumulator:
        found = {
            "maximum": tf.maximum(x, 0.0),
            "minimum": tf.minimum(0.0, x),
            "abs": tf.abs(x),
            "relu": tf.nn.relu(x),
            "clip": tf.clip_by_value(x, -1.0, 0.0),
            "square": x**2.0,
            "where": tf.where(x > 0.0, tf.math.log(x), x),
        }
    assert plain(accumulator.jvp(found)) == {
        "maximum": [1.0, 1.0, 0.0],
        "minimum": [0.0, 0.0, 1.0],
        "abs": [0.0, 1.0, -1.0],
        "relu": [0.0, 1.0, 0.0],
        "clip": [1.0, 0.0, 1.0],
        "square": [0.0, 2.0, -2.0],
        "where": [1.0, 1.0, 1.0],
    }


def test_ties_share_a_tangent():
    x = tf.constant([1.0, 1.0, 0.0])
    with Accumulator(x, tf.constant([1.0, 2.0, 3.0])) as accumulator:
        found = [tf.reduce_max(x), tf.reduce_min(x), tf.reduce_prod(x)]
    assert plain(accumulator.jvp(found)) == [1.5, 3.0, 3.0]


def test_a_stopped_gradient_is_a_constant():
    x = tf.constant(2.0)
    with Accumulator(x, tf.constant(1.0)) as accumulator:
        y = tf.stop_gradient(x) * x
        z = tf.identity(x)
    assert plain(accumulator.jvp([y, z])) == [2.0, 1.0]


def test_a_value_through_numpy_is_a_constant():
    x = tf.constant(2.0)
    with Accumulator(x, tf.constant(1.0)) as accumulator:
        y = tf.constant(x.numpy()) * 3.0
        z = x * x.numpy()
    assert plain(accumulator.jvp([y, z])) == [None, 2.0]


# ---------------------------------------------------------------- Variables


def test_a_variable_as_primal_and_as_target():
    v = tf.Variable(3.0)
    with Accumulator(v, tf.constant(2.0)) as accumulator:
        y = v * v
    assert plain(accumulator.jvp([y, v])) == [12.0, 2.0]


def test_a_variable_that_is_not_trainable():
    v = tf.Variable(3.0, trainable=False)
    with Accumulator(v, tf.constant(2.0)) as accumulator:
        y = v * v
    assert plain(accumulator.jvp([y, v])) == [12.0, 2.0]


def test_variables_that_are_no_primals_are_constants():
    v, w = tf.Variable(3.0), tf.Variable(5.0)
    with Accumulator(v, tf.constant(1.0)) as accumulator:
        y = v * w
        z = w * w
    assert plain(accumulator.jvp([y, z, w])) == [5.0, None, None]


def test_variables_assigned_in_between():
    """The tangent is of the Variable, whatever its value; what is assigned does not carry one."""
    v = tf.Variable(3.0)
    accumulator = Accumulator(v, tf.constant(2.0))
    v.assign(5.0)
    with accumulator:
        one = v * v
        v.assign(10.0)
        two = v * v
        assert float(accumulator.jvp(v)) == 2.0
        v.assign(one)
        three = v * v
        v.assign_add(1.0)
        four = v * v
    v.assign(0.0)
    with accumulator:
        five = v * v
    found = accumulator.jvp([one, two, three, four, five, v])
    assert plain(found) == [20.0, 40.0, 100.0, 104.0, 0.0, 2.0]


def test_a_variable_that_is_assigned_something_tracked():
    v, x = tf.Variable(2.0), tf.constant(3.0)
    with Accumulator([v, x], [tf.constant(1.0), tf.constant(10.0)]) as accumulator:
        v.assign(x * x)
        y = v * x
    assert plain(accumulator.jvp([v, y])) == [1.0, 93.0]
    u = tf.Variable(1.0)
    with Accumulator(x, tf.constant(2.0)) as accumulator:
        u.assign(x * x)
        y = u * u
    assert plain(accumulator.jvp([u, y])) == [None, None]


def test_what_was_read_from_a_variable_is_another_primal():
    v = tf.Variable(2.0)
    r = v.read_value()
    with Accumulator(r, tf.constant(1.0)) as accumulator:
        y = v * r
    assert plain(accumulator.jvp([y, r, v])) == [2.0, 1.0, None]


def test_variables_and_tensors_in_one_structure():
    v, x = tf.Variable([1.0, 2.0]), tf.constant(3.0)
    primals = {"v": v, "x": [x]}
    with Accumulator(primals, {"v": tf.constant([1.0, 0.0]), "x": [tf.constant(10.0)]}) as a:
        y = v * x
    assert plain(a.jvp(y)) == [13.0, 20.0]


# ---------------------------------------------------------------- tangents given


@pytest.mark.parametrize(
    "tangent", [2.0, 2, np.float32(2), np.float64(2), np.array(2), np.array(2.0), True]
)
def test_numbers_and_arrays_as_tangents(tangent):
    x = tf.constant(3.0)
    with Accumulator(x, tangent) as accumulator:
        y = x * x
    assert accumulator.jvp(y).dtype == tf.float32
    assert float(accumulator.jvp(y)) == 6.0 * float(tangent)


def test_an_array_as_tangent_is_copied_or_frozen():
    x, tangent = tf.constant([1.0, 2.0], F64), np.array([1.0, 1.0])
    with Accumulator(x, tangent) as accumulator:
        y = x * x
        tangent[:] = 100
        z = x * x
    assert plain(accumulator.jvp([y, z, x])) == [[2.0, 4.0], [2.0, 4.0], [1.0, 1.0]]


def test_a_variable_as_tangent_counts_as_it_was():
    x, v = tf.constant(3.0), tf.Variable(2.0)
    accumulator = Accumulator(x, v)
    v.assign(100.0)
    with accumulator:
        y = x * x
    assert float(accumulator.jvp(y)) == 12.0


@pytest.mark.parametrize(
    "primals, tangents, error, text",
    [
        ("x", [1.0], ValueError, "same nested structure"),
        (["x"], "x", ValueError, "same nested structure"),
        (["x", "w"], ["x"], ValueError, "same nested structure"),
        ({"a": "x"}, {"b": "x"}, ValueError, "same nested structure"),
        (["x"], ("x",), TypeError, "same sequence type"),
        (["x", "x"], ["x", "x"], ValueError, "specified as a primal multiple times"),
        (["v", ["v"]], ["x", ["x"]], ValueError, "specified as a primal multiple times"),
        ("x", None, ValueError, "unsupported type"),
        ("x", "text", (ValueError, TypeError), "text|str|<U4"),
        (3.0, "x", ValueError, "must be a tf.Tensor or a tf.Variable"),
        (np.ones(2), "x", ValueError, "must be a tf.Tensor or a tf.Variable"),
        (None, "x", ValueError, "must be a tf.Tensor or a tf.Variable"),
        ("x", "wide", ValueError, "Tensor conversion requested dtype float32"),
        ("x", "w", ValueError, r"of shape \(2,\) has shape \(\)"),
        ("x", "long", ValueError, r"of shape \(2,\) has shape \(3,\)"),
        ("w", "x", ValueError, r"of shape \(\) has shape \(2,\)"),
    ],
)
def test_primals_and_tangents_that_do_not_fit(primals, tangents, error, text):
    """TensorFlow does not check shapes: a wrong tangent is broadcast, or fails somewhere else."""
    here = {
        "x": tf.constant([1.0, 2.0]),
        "w": tf.constant(3.0),
        "v": tf.Variable([1.0, 2.0]),
        "wide": tf.constant([1.0, 2.0], F64),
        "long": tf.ones([3]),
    }

    def filled(structure):
        return tf.nest.map_structure(
            lambda name: here.get(name, name) if isinstance(name, str) else name, structure
        )

    with pytest.raises(error, match=text):
        Accumulator(filled(primals), filled(tangents))
    # And as further primals.
    with Accumulator(tf.constant(1.0), tf.constant(1.0)) as accumulator:
        with pytest.raises(error, match=text):
            accumulator.watch(filled(primals), filled(tangents))


def test_targets_that_are_no_tensors():
    x = tf.constant(2.0)
    with Accumulator(x, tf.constant(1.0)) as accumulator:
        y = x * x
    for target in (2.0, None, "y", [y, None], np.ones(2)):
        with pytest.raises(TypeError, match="tf.Tensor or a tf.Variable"):
            accumulator.jvp(target)
    with pytest.raises(ValueError, match="foo"):
        accumulator.jvp(y, unconnected_gradients="foo")
    assert float(accumulator.jvp(y)) == 4.0


# ---------------------------------------------------------------- entering, leaving, watching


def test_entering_twice():
    accumulator = Accumulator(tf.constant(1.0), tf.constant(1.0))
    with accumulator:
        with pytest.raises(ValueError, match="^Accumulator is already recording.$"):
            accumulator.__enter__()
        with pytest.raises(ValueError, match="^Accumulator is already recording.$"), accumulator:
            pass


def test_leaving_what_was_not_entered():
    x = tf.constant(2.0)
    accumulator = Accumulator(x, tf.constant(1.0))
    accumulator.__exit__(None, None, None)
    with accumulator:
        y = x * x
    accumulator.__exit__(None, None, None)
    assert float(accumulator.jvp(y)) == 4.0


def test_entering_again():
    x = tf.constant([3.0, 4.0])
    with Accumulator(x, tf.constant([1.0, 2.0])) as accumulator:
        y = x * x
    z = y * x
    with accumulator:
        w = y * x + z
    assert plain(accumulator.jvp([y, z, w])) == [[6.0, 16.0], None, [27.0, 96.0]]


def test_entering_again_many_times():
    x = y = tf.constant(1.0, F64)
    accumulator = Accumulator(x, f64(1.0))
    for _ in range(2_000):
        with accumulator:
            y = y * 0.999 + x
        tf.sin(y)
    slope = 1.0
    for _ in range(2_000):
        slope = slope * 0.999 + 1.0
    np.testing.assert_allclose(accumulator.jvp(y), slope, rtol=1e-12)


def test_entering_again_inside_a_recorder_that_was_opened_since():
    """Works in TensorFlow. Here it is an error, as with tapes, and nothing is left open by it."""
    x = tf.constant(2.0)
    a = Accumulator(x, tf.constant(1.0))
    with a:
        y = x * x
    with tf.GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(ValueError, match="cannot be entered again"):
            a.__enter__()
        z = x * x
    assert float(tape.gradient(z, x)) == 4.0
    with a:
        w = y * x
    assert float(a.jvp(w)) == 12.0


def test_an_exception_in_the_block():
    x = tf.constant(2.0)
    with pytest.raises(KeyError), Accumulator(x, tf.constant(1.0)) as accumulator:
        y = x * x
        raise KeyError
    z = x * x
    assert plain(accumulator.jvp([y, z])) == [4.0, None]
    # Nothing is open any more.
    with tf.GradientTape() as tape:
        tape.watch(x)
        z = x * x
    assert float(tape.gradient(z, x)) == 4.0


def test_an_exception_in_nested_blocks():
    x = tf.constant(2.0)
    with pytest.raises(KeyError):
        with Accumulator(x, tf.constant(1.0)) as outer, tf.GradientTape() as tape:
            tape.watch(x)
            with Accumulator(x, tf.constant(1.0)) as inner:
                y = x**3
                raise KeyError
    first = inner.jvp(y)
    assert plain([first, outer.jvp(y), outer.jvp(first)]) == [12.0, 12.0, 12.0]
    assert float(tape.gradient(y, x)) == 12.0


def test_watching_later():
    x, w = tf.constant(2.0), tf.constant(3.0)
    with Accumulator(x, tf.constant(1.0)) as accumulator:
        y = w * w
        assert accumulator.watch(w, tf.constant(1.0)) is None
        z = w * w * x
    assert plain(accumulator.jvp([y, z, w])) == [None, 21.0, 1.0]


def test_watching_before_entering_and_after_leaving():
    x, w, u = tf.constant(2.0), tf.constant(3.0), tf.constant(5.0)
    accumulator = Accumulator(x, tf.constant(1.0))
    accumulator.watch([w], [tf.constant(10.0)])
    with accumulator:
        y = x * w * u
    accumulator.watch(u, tf.constant(100.0))
    with accumulator:
        z = x * w * u
    assert plain(accumulator.jvp([y, z])) == [115.0, 715.0]


def test_watching_what_was_computed_adds_to_its_tangent():
    x = tf.constant(2.0)
    with Accumulator(x, tf.constant(1.0)) as accumulator:
        y = x * x
        accumulator.watch(y, tf.constant(10.0))
        z = y * 3.0
    assert plain(accumulator.jvp([y, z])) == [14.0, 42.0]


def test_watching_does_not_reach_back():
    """Although another recorder has seen what came before."""
    x, w = tf.constant(2.0), tf.constant(3.0)
    for around in (lambda: Accumulator(w, tf.constant(7.0)), tf.GradientTape):
        with around() as outer:
            if isinstance(outer, tf.GradientTape):
                outer.watch(w)
            with Accumulator(x, tf.constant(1.0)) as accumulator:
                y = w * w
                accumulator.watch(w, tf.constant(1.0))
                z = w * w
        assert plain(accumulator.jvp([y, z])) == [None, 6.0]


def test_watching_a_primal_twice():
    """TensorFlow adds the tangents up, in a private method."""
    x = tf.constant(2.0)
    with Accumulator(x, tf.constant(1.0)) as accumulator:
        with pytest.raises(ValueError, match="multiple times"):
            accumulator.watch(x, tf.constant(1.0))
        y = x * x
    assert float(accumulator.jvp(y)) == 4.0


# ---------------------------------------------------------------- nested accumulators


def powers(x, exponent, order):
    """The derivatives of x ** exponent up to an order."""
    found = []
    factor = 1.0
    for k in range(order + 1):
        found.append(factor * x ** (exponent - k))
        factor *= exponent - k
    return found


def test_tensorflows_example_of_two():
    x = tf.constant(1.1)
    with Accumulator(x, tf.constant(1.0)) as outer:
        with Accumulator(x, tf.constant(1.0)) as inner:
            y = x ** tf.constant(3.5)
    first = inner.jvp(y)
    _, one, two = powers(1.1, 3.5, 2)
    np.testing.assert_allclose(first, one, rtol=1e-6)
    np.testing.assert_allclose(outer.jvp(first), two, rtol=1e-6)
    np.testing.assert_allclose(outer.jvp(y), one, rtol=1e-6)


@pytest.mark.parametrize("inside", [False, True])
def test_three(inside):
    x = f64(1.1)
    with Accumulator(x, f64(1.0)) as outer:
        with Accumulator(x, f64(1.0)) as middle:
            with Accumulator(x, f64(1.0)) as inner:
                y = x**3.5
                if inside:
                    inner.jvp(y)
            first = inner.jvp(y)
        second = middle.jvp(first)
    third = outer.jvp(second)
    np.testing.assert_allclose([y, first, second, third], powers(1.1, 3.5, 3), rtol=1e-12)
    np.testing.assert_allclose(outer.jvp(first), second, rtol=1e-12)
    np.testing.assert_allclose([outer.jvp(y), middle.jvp(y)], [first, first], rtol=1e-12)


@pytest.mark.parametrize("depth", [4, 5, 6])
def test_deeper(depth):
    x = f64(0.7)

    def derivative(order):
        if order == 0:
            return tf.exp(2.0 * x)
        return jvp(lambda _: derivative(order - 1), x)

    np.testing.assert_allclose(derivative(depth), 2.0**depth * np.exp(1.4), rtol=1e-12)


def test_an_inner_accumulator_does_not_see_the_products_of_an_outer_one():
    x = tf.constant(2.0)
    with Accumulator(x, tf.constant(1.0)) as outer, Accumulator(x, tf.constant(1.0)) as inner:
        y = x**3
        inside = outer.jvp(y)
        assert float(outer.jvp(inner.jvp(y))) == 12.0
        assert inner.jvp(inside) is None
    assert float(inside) == 12.0
    assert inner.jvp(inside) is None and inner.jvp(outer.jvp(y)) is None


def test_an_accumulator_does_not_see_its_own_products():
    x = tf.constant(2.0)
    with Accumulator(x, tf.constant(1.0)) as accumulator:
        y = x**3
        first = accumulator.jvp(y)
        z = first * x
    assert plain(accumulator.jvp([first, z])) == [None, 12.0]


def test_nests_do_not_see_each_others_products_without_end():
    """Time and memory are those of the operations, however often tangents are asked for."""
    x = f64(0.5)
    with Accumulator(x, f64(1.0)) as one, Accumulator(x, f64(1.0)) as two:
        with Accumulator(x, f64(1.0)) as three:
            y = x
            for _ in range(300):
                y = tf.sin(y)
                three.jvp(y), two.jvp(y), one.jvp(y)
                with tf.GradientTape():
                    pass
    third = one.jvp(two.jvp(three.jvp(y)))

    def derivative(order):
        if order:
            return jvp(lambda _: derivative(order - 1), x)
        y = x
        for _ in range(300):
            y = tf.sin(y)
        return y

    np.testing.assert_allclose(third, derivative(3), rtol=1e-10)


def test_overlapping_accumulators():
    x = tf.constant(2.0)
    a, b = (Accumulator(x, tf.constant(1.0)) for _ in range(2))
    a.__enter__()
    u = x * x * x
    b.__enter__()
    v = u * x
    a.__exit__(None, None, None)
    w = v * x
    b.__exit__(None, None, None)
    assert plain(a.jvp([u, v, w])) == [12.0, 32.0, None]
    assert plain(b.jvp([u, v, w])) == [None, 8.0, 32.0]
    assert float(a.jvp(b.jvp(v))) == 12.0
    assert b.jvp(a.jvp(v)) is None


def test_several_at_once():
    """One for each column of a Jacobian."""
    x = tf.constant([1.0, 2.0, 3.0], F64)
    columns = [Accumulator(x, f64(e)) for e in np.eye(3)]
    for accumulator in columns:
        accumulator.__enter__()
    y = tf.stack([x[0] * x[1], tf.reduce_sum(x**2), tf.exp(x[2])])
    for accumulator in reversed(columns):
        accumulator.__exit__(None, None, None)
    found = np.transpose([accumulator.jvp(y) for accumulator in columns])
    np.testing.assert_allclose(found, [[2, 1, 0], [2, 4, 6], [0, 0, np.exp(3)]], rtol=1e-14)


def test_several_primals_apart_and_mixed():
    x, w = tf.constant(2.0), tf.constant(5.0)
    with Accumulator(x, tf.constant(1.0)) as of_x, Accumulator(w, tf.constant(1.0)) as of_w:
        y = x * x * w
    assert plain([of_x.jvp(y), of_w.jvp(y), of_x.jvp(of_w.jvp(y))]) == [20.0, 4.0, 4.0]


# ---------------------------------------------------------------- with tapes


def test_forward_over_reverse():
    """TensorFlow's example of a product of a Hessian and a vector."""
    v = tf.Variable([1.0, 2.0])
    with Accumulator(v, tf.constant([1.0, 0.0])) as accumulator:
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(v**3.0)
        gradient = tape.gradient(y, v)
    assert plain([gradient, accumulator.jvp(gradient)]) == [[3.0, 12.0], [6.0, 0.0]]
    assert float(accumulator.jvp(y)) == 3.0


def test_a_gradient_taken_outside_of_the_accumulator_is_not_seen():
    v = tf.Variable([1.0, 2.0])
    with Accumulator(v, tf.constant([1.0, 0.0])) as accumulator:
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(v**3.0)
    assert accumulator.jvp(tape.gradient(y, v)) is None


@pytest.mark.parametrize("inside", [False, True])
def test_reverse_over_forward(inside):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        with Accumulator(v, tf.constant([1.0, 0.0])) as accumulator:
            y = tf.reduce_sum(v**3.0)
            if inside:
                tangent = accumulator.jvp(y)
        if not inside:
            tangent = accumulator.jvp(y)
    assert plain([tangent, tape.gradient(tangent, v)]) == [3.0, [6.0, 0.0]]


def test_the_tangent_may_be_asked_for_after_the_outer_tape_was_left():
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        with Accumulator(v, tf.constant([1.0, 0.0])) as accumulator:
            y = tf.reduce_sum(v**3.0)
    tangent = accumulator.jvp(y)
    assert plain([tangent, tape.gradient(tangent, v)]) == [3.0, [6.0, 0.0]]


def test_a_tape_inside_does_not_see_the_tangents():
    x = tf.constant([1.0, 2.0])
    with Accumulator(x, tf.constant([1.0, 0.0])) as accumulator:
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = x**3.0
            inside = accumulator.jvp(y)
        z = y * 2.0
    assert plain(accumulator.jvp(z)) == [6.0, 0.0]
    assert plain(tape.gradient(y, x)) == [3.0, 12.0]
    assert tape.gradient(inside, x) is None
    assert tape.gradient(accumulator.jvp(y), x) is None


def test_a_tape_around_sees_what_is_made_of_tangents():
    x = tf.constant(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        with Accumulator(x, tf.constant(1.0)) as accumulator:
            y = x**3.0
            tangent = accumulator.jvp(y)
            z = tangent * x  # 3 x^3
        again = accumulator.jvp(z)  # 3 x^2, the tangent being a constant to the accumulator
    assert plain([tangent, again]) == [12.0, 12.0]
    assert plain([tape.gradient(t, x) for t in (tangent, z, again)]) == [12.0, 36.0, 12.0]


def test_a_tape_opened_before_and_asked_inside():
    x = tf.constant(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x * x
    with Accumulator(x, tf.constant(1.0)) as accumulator:
        gradient = tape.gradient(y, x)
        z = gradient * x
    # What the tape recorded is known to the accumulator by x, but not the x * x of before.
    assert plain([gradient, accumulator.jvp(gradient), accumulator.jvp(z)]) == [12.0, 8.0, 28.0]


def test_a_persistent_tape_inside_that_records_its_own_gradients():
    x = tf.constant(2.0)
    with Accumulator(x, tf.constant(1.0)) as accumulator:
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = x**4.0
            first = tape.gradient(y, x)
            second = tape.gradient(first, x)
    assert plain(accumulator.jvp([y, first, second])) == [32.0, 48.0, 48.0]


def test_a_jacobian_inside():
    x = tf.constant([2.0, 3.0])
    with Accumulator(x, tf.constant([1.0, 1.0])) as accumulator:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x**3.0
        jacobian = tape.jacobian(y, x)
    assert plain(accumulator.jvp(jacobian)) == [[12.0, 0.0], [0.0, 18.0]]


def test_a_jacobian_of_tangents():
    x = tf.constant([2.0, 3.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        with Accumulator(x, tf.constant([1.0, 1.0])) as accumulator:
            y = x**3.0
        tangent = accumulator.jvp(y)
    assert plain(tape.jacobian(tangent, x)) == [[12.0, 0.0], [0.0, 18.0]]


def test_an_intermediate_as_primal():
    """Nothing before it counts to the accumulator; the tape around differentiates through all."""
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        with Accumulator(y, tf.constant(1.0)) as accumulator:
            z = y * y * x
        tangent = accumulator.jvp(z)  # 2 y x = 2 x^3
    assert plain([tangent, accumulator.jvp(y), accumulator.jvp(x)]) == [16.0, 1.0, None]
    assert float(tape.gradient(tangent, x)) == 24.0


def test_variables_are_not_watched_by_being_primals():
    v = tf.Variable(2.0)
    with tf.GradientTape() as tape, Accumulator(v, tf.constant(1.0)):
        pass
    assert tape.watched_variables() == ()


def test_reverse_over_forward_over_reverse():
    x = f64([0.3, 0.5, -0.2])
    along = f64([1.0, -2.0, 0.5])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with Accumulator(x, along) as accumulator:
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_prod(tf.sin(x))
            gradient = inner.gradient(y, x)
        product = accumulator.jvp(gradient)
    found = outer.jacobian(product, x).numpy()
    np.testing.assert_allclose(found, found.T, rtol=1e-12, atol=1e-15)
    # The third derivative in x0, x1, x2 is the product of cosines.
    s, c = np.sin(x.numpy()), np.cos(x.numpy())
    np.testing.assert_allclose(
        found[0, 1],
        along[2] * c.prod() - s[2] * (along[0] * s[0] * c[1] + along[1] * c[0] * s[1]),
        rtol=1e-12,
    )


def test_slices_of_a_gathered_gradient():
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    with Accumulator(v, tf.fill([2, 2], 2.0)) as accumulator:
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(tf.gather(v, [0, 0, 1]) ** 3.0)
        gradient = tf.convert_to_tensor(tape.gradient(y, v))
    assert float(accumulator.jvp(y)) == 210.0
    assert plain(accumulator.jvp(gradient)) == [[24.0, 48.0], [36.0, 48.0]]


# ---------------------------------------------------------------- paused, reset, late


def test_a_pause_of_a_tape_is_none_of_an_accumulator():
    x = tf.constant(2.0)
    with Accumulator(x, tf.constant(1.0)) as accumulator, tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        with tape.stop_recording():
            z = y * x
        w = z * x
    assert plain(accumulator.jvp([y, z, w])) == [4.0, 12.0, 32.0]
    assert float(tape.gradient(w, x)) == 8.0


def test_an_outer_tape_that_is_paused_in_the_middle():
    """Afterwards it is one that was entered inside, and sees no tangents."""
    x = tf.constant(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        with Accumulator(x, tf.constant(1.0)) as accumulator:
            y = x**3.0
            with tape.stop_recording():
                z = x**2.0
            w = y * z
        tangents = accumulator.jvp([y, z, w])
    assert plain(tangents) == [12.0, 4.0, 80.0]
    assert plain([tape.gradient(t, x) for t in tangents]) == [12.0, None, None]
    assert float(tape.gradient(w, x)) == 12.0 * 4.0


def test_an_outer_tape_that_is_reset_in_the_middle():
    """Afterwards it is one that was entered inside."""
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        with Accumulator(x, tf.constant(1.0)) as accumulator:
            y = x**3.0
            tape.reset()
            tape.watch(x)
            z = y * x
        tangent = accumulator.jvp(z)
    assert plain([tangent, tape.gradient(tangent, x)]) == [32.0, None]


def test_an_outer_tape_that_is_reset_at_the_end():
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        with Accumulator(x, tf.constant(1.0)) as accumulator:
            y = x**3.0
        tape.reset()
        tangent = accumulator.jvp(y)
        z = tangent * x
    assert tape.gradient(z, x) is None


def test_an_outer_recorder_that_watches_late():
    """Tangents of what was computed before are constants to it, whenever they are asked for."""
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        with Accumulator(x, tf.constant(1.0)) as accumulator:
            y = x * x * x
            tape.watch(x)
            tangent = accumulator.jvp(y)
            z = tangent * x
    assert float(tape.gradient(z, x)) == 12.0
    with Accumulator(tf.constant(0.0), tf.constant(1.0)) as outer:
        with Accumulator(x, tf.constant(1.0)) as inner:
            y = x * x * x
            outer.watch(x, tf.constant(1.0))
            z = y * x
        tangents = inner.jvp([y, z])
    assert plain([outer.jvp(y), outer.jvp(z)]) == [None, 8.0]
    assert plain(outer.jvp(tangents)) == [None, 12.0]


def test_recorders_opened_after_an_accumulator_was_left():
    """Its tangents were there before, whenever they are asked for."""
    x = tf.constant(2.0)
    persistent = tf.GradientTape(persistent=True)
    with persistent:
        persistent.watch(x)
    for around in (
        tf.GradientTape(),
        persistent,
        Accumulator(x, tf.constant(1.0)),
    ):
        with Accumulator(x, tf.constant(1.0)) as accumulator:
            y = x * x * x
        with around:
            if around is not persistent and isinstance(around, tf.GradientTape):
                around.watch(x)
            tangent = accumulator.jvp(y)
            z = tangent * x
        if isinstance(around, tf.GradientTape):
            assert float(around.gradient(z, x)) == 12.0
        else:
            assert plain(around.jvp([tangent, z])) == [None, 12.0]


# ---------------------------------------------------------------- perturbation confusion


@pytest.mark.parametrize("outer", "rf")
@pytest.mark.parametrize("inner", "rf")
def test_nested_derivatives_of_the_same_variable(outer, inner):
    """Each derivative is by its own occurrence of x, although it is the same tensor."""

    def d(letter, f, x):
        if letter == "f":
            return jvp(f, x, unconnected_gradients="zero")
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        return tape.gradient(y, x, unconnected_gradients="zero")

    x, one = f64(3.0), f64(1.0)
    # d/dx x (d/dy (x + y)) at y = 1: the inner derivative is 1 whatever x is.
    assert float(d(outer, lambda x: x * d(inner, lambda y: x + y, one), x)) == 1.0
    assert float(d(outer, lambda x: x * d(inner, lambda y: x * y, one), x)) == 6.0
    # d/dx x (d/dx (x^3)): 9 x^2.
    assert float(d(outer, lambda x: x * d(inner, lambda y: y**3, x), x)) == 81.0
    # The inner function closes over x, and is asked at x: the closed-over x moves as well.
    assert float(d(outer, lambda x: x * d(inner, lambda y: x + y, x), x)) == 2.0
    # A copy is another variable to the inner derivative, and the same to the outer one.
    copied = d(outer, lambda x: x * d(inner, lambda y: x * y, tf.identity(x)), x)
    assert float(copied) == 6.0
    # Three deep, by the same tensor.
    third = d(outer, lambda x: d(inner, lambda x: d(outer, lambda x: x**4, x), x), x)
    assert float(third) == 72.0


def test_accumulators_with_one_primal_and_different_tangents():
    x = tf.constant([2.0, 3.0])
    with Accumulator(x, tf.constant([1.0, 0.0])) as a, Accumulator(x, tf.constant([0.0, 1.0])) as b:
        y = x[0] * x[1] * x
    assert plain([a.jvp(y), b.jvp(y), a.jvp(b.jvp(y))]) == [[12.0, 9.0], [4.0, 12.0], [4.0, 6.0]]


def test_one_accumulators_tangent_as_anothers_primal():
    x = f64(3.0)
    with Accumulator(x, f64(1.0)) as a:
        y = x**3
        tangent = a.jvp(y)  # 27
        with Accumulator(tangent, f64(1.0)) as b:
            z = tangent * tangent * y
    assert float(b.jvp(z)) == 2 * 27.0 * 27.0
    assert float(a.jvp(z)) == 27.0**2 * 27.0


# ---------------------------------------------------------------- tangents that are tracked


def test_the_derivative_by_what_a_tangent_was_computed_from():
    x, w = f64(2.0), f64(3.0)
    with tf.GradientTape() as tape:
        tape.watch(w)
        with Accumulator(x, w * w) as accumulator:
            y = x * x
        tangent = accumulator.jvp(y)  # 2 x w^2
    assert plain([tangent, tape.gradient(tangent, w)]) == [36.0, 24.0]
    with Accumulator(w, f64(1.0)) as outer:
        with Accumulator(x, w * w) as inner:
            y = x * x
        tangent = inner.jvp(y)
    assert plain([tangent, outer.jvp(tangent)]) == [36.0, 24.0]


def test_a_tangent_that_is_a_function_of_its_primal():
    x = f64(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        with Accumulator(x, x * x) as accumulator:
            y = x * x
        tangent = accumulator.jvp(y)  # 2 x^3
    assert plain([tangent, tape.gradient(tangent, x)]) == [16.0, 24.0]


def test_a_tracked_tangent_of_an_accumulator_that_is_entered_later():
    w, x = f64(3.0), f64(2.0)
    with tf.GradientTape() as tape:
        tape.watch(w)
        accumulator = Accumulator(x, w * w)
        accumulator.jvp(x)
        z = w * w
        with accumulator:
            y = x * x
        tangent = accumulator.jvp(y) + z
    assert float(tape.gradient(tangent, w)) == 24.0 + 6.0


def test_the_tangent_of_a_primal_is_the_tensor_that_was_given():
    x, w = f64(2.0), f64(3.0)
    with tf.GradientTape() as tape:
        tape.watch(w)
        with Accumulator(x, w) as accumulator:
            pass
        tangent = accumulator.jvp(x)
    assert float(tape.gradient(tangent, w)) == 1.0


def test_a_tangent_that_is_watched_after_it_was_given():
    x, w = f64(2.0), f64(3.0)
    with tf.GradientTape() as tape:
        with Accumulator(x, w) as accumulator:
            tape.watch(w)
            y = x * x
        tangent = accumulator.jvp(y)
    assert plain([tangent, tape.gradient(tangent, w)]) == [12.0, 4.0]


def test_the_tangent_of_a_primal_and_a_tape_that_was_left_before():
    x, w = f64(2.0), f64(3.0)
    with tf.GradientTape() as tape:
        tape.watch(w)
        u = w * w
    with Accumulator(x, u) as accumulator:
        pass
    assert float(tape.gradient(accumulator.jvp(x), w)) == 6.0


def test_a_tangent_watched_by_its_own_accumulator():
    """It is a constant there: an accumulator does not see what it is made of."""
    x, w = f64(2.0), f64(3.0)
    with Accumulator([x, w], [w, f64(1.0)]) as accumulator:
        y = x * x * w  # 2 x w * 3 + x^2
    assert float(accumulator.jvp(y)) == 2 * 2 * 3 * 3 + 4.0


def test_a_jvp_as_a_function_of_both():
    """Linear in the tangent: its gradient by it is the gradient of the weighted sum."""
    x, t, u = f64([1.0, 2.0]), f64([0.5, -1.0]), f64([3.0, 4.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, t])
        with Accumulator(x, t) as accumulator:
            y = tf.sin(x) * x[0]
        pushed = accumulator.jvp(y)
    by_tangent = tape.gradient(pushed, t, output_gradients=u)
    by_primal = tape.gradient(y, x, output_gradients=u)
    np.testing.assert_allclose(by_tangent, by_primal, rtol=1e-14)


# ---------------------------------------------------------------- rules written in Python


def product(x, w, calls=None):
    """x * w by a rule in Python, made of recorded operations."""

    def rule(cotangents, wanted):
        if calls is not None:
            calls.append(wanted)
        [g] = cotangents
        conj = tf.math.conj
        return [g * conj(w) if wanted[0] else None, g * conj(x) if wanted[1] else None]

    [y] = _core.record_custom([x, w], [x.numpy() * w.numpy()], rule)
    return y


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("shape", [(), (3,), (0,)])
def test_tangents_through_a_rule_in_python(dtype, shape):
    """By the derivative of the rule, which is linear in the cotangents."""
    x, w = constants(random_like([np.zeros(shape, dtype)] * 2))
    dx, dw = constants(random_like([np.zeros(shape, dtype)] * 2, seed=5))
    with Accumulator([x, w], [dx, dw]) as both, Accumulator(x, dx) as one:
        y = product(x, w)
        z = y * y
    assert_close(both.jvp(y), (x * dw + w * dx).numpy(), ulps=16)
    assert_close(both.jvp(z), (2 * y * (x * dw + w * dx)).numpy(), ulps=64)
    assert_close(one.jvp(y), (w * dx).numpy(), ulps=16)
    assert both.jvp(y).dtype == dtype


def test_rules_in_python_are_asked_for_what_is_tracked():
    x, w, calls = f64(2.0), f64(3.0), []
    with Accumulator(w, f64(1.0)) as accumulator:
        y = product(x, w, calls)
    assert float(accumulator.jvp(y)) == 2.0
    assert calls == [[False, True]]


@pytest.mark.parametrize("word", ["ff", "fr", "rf", "rr", "fff", "rfr", "frf"])
def test_nests_around_a_rule_in_python(word):
    number = weighted(lambda x, w: product(tf.sin(x), w * w) * w)
    plain_number = weighted(lambda x, w: tf.sin(x) * w**3)
    xs = [f64([0.3, 0.5]), f64([1.5, -0.7])]
    along = [constants(random_like(xs, 2 + k)) for k in range(3)]
    found = nested(word, number, along)(*xs)
    expected = nested("r" * len(word), plain_number, along)(*xs)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def two_outputs(x):
    """x^2 and x^3, of which a target may need one or both."""

    def rule(cotangents, wanted):
        g, h = cotangents
        return [2.0 * g * x + 3.0 * h * x * x]

    return _core.record_custom([x], [x.numpy() ** 2, x.numpy() ** 3], rule)


def test_a_rule_with_several_outputs():
    x = f64([1.0, 2.0])
    with Accumulator(x, f64([1.0, 10.0])) as outer, Accumulator(x, f64([1.0, 10.0])) as inner:
        square, cube = two_outputs(x)
        y = square * cube
    first = inner.jvp([square, cube, y])
    assert plain(first) == [[2.0, 40.0], [3.0, 120.0], [5.0, 800.0]]
    assert plain(outer.jvp(first)) == [[2.0, 200.0], [6.0, 1200.0], [20.0, 16000.0]]


def test_a_rule_that_fails_fails_where_the_tangent_is_asked_for():
    """Not where another recorder is opened or left; and nothing stays open."""
    x = f64(2.0)

    def rule(cotangents, wanted):
        raise KeyError("no rule")

    with tf.GradientTape() as outer:
        outer.watch(x)
        with Accumulator(x, f64(1.0)) as accumulator:
            [y] = _core.record_custom([x], [x.numpy()], rule)
            with tf.GradientTape() as tape:
                tape.watch(x)
                z = x * x
            gradient = tape.gradient(z, x)
        with pytest.raises(KeyError, match="no rule"):
            accumulator.jvp(y)
        w = gradient * x
    assert float(gradient) == 4.0
    assert float(outer.gradient(w, x)) == 8.0
    with pytest.raises(KeyError, match="no rule"):
        accumulator.jvp(y)
    with Accumulator(x, f64(1.0)) as another:
        z = x * x
    assert float(another.jvp(z)) == 4.0


def test_a_rule_that_does_not_record_what_it_computes():
    """Its derivative cannot be known."""
    x = f64([1.0, 2.0])

    def rule(cotangents, wanted):
        return [tf.constant(cotangents[0].numpy() * 2.0)]

    with Accumulator(x, f64([1.0, 1.0])) as accumulator:
        [y] = _core.record_custom([x], [x.numpy() * 2.0], rule)
    with pytest.raises((RuntimeError, ValueError)):
        accumulator.jvp(y)


def test_a_rule_that_gives_none():
    x = f64([1.0, 2.0])
    with Accumulator(x, f64([1.0, 1.0])) as accumulator:
        [y] = _core.record_custom([x], [x], lambda cotangents, wanted: [None])
    assert not np.any(accumulator.jvp(y, unconnected_gradients="zero").numpy())


def test_singular_values():
    """A rule in Python of the package's own."""
    a = np.random.default_rng(0).normal(size=(4, 3))
    along = np.random.default_rng(1).normal(size=(4, 3))
    check_nests(singular_values, [a], 2)
    x = tf.constant(a)
    with Accumulator(x, tf.constant(along)) as accumulator:
        y = tf.reduce_sum(singular_values(x))
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    np.testing.assert_allclose(accumulator.jvp(y), np.sum(along * (u @ vh)), rtol=1e-12)


# ---------------------------------------------------------------- long chains, large arrays


@pytest.mark.slow
def test_a_chain_of_a_million_numbers():
    x = y = f64(1.0)
    with Accumulator(x, f64(1.0)) as accumulator:
        for _ in range(1_000_000):
            y = y * 1.000001
    np.testing.assert_allclose(accumulator.jvp(y), math.e, rtol=1e-6)


@pytest.mark.slow
def test_a_chain_of_a_million_numbers_in_a_nest():
    x = y = f64(0.5)
    with tf.GradientTape() as tape:
        tape.watch(x)
        with Accumulator(x, f64(1.0)) as outer, Accumulator(x, f64(1.0)) as inner:
            for _ in range(1_000_000):
                y = y * y + 0.25  # stays at a half, with slope 1
        first = inner.jvp(y)
        second = outer.jvp(first)
    # y -> y^2 + 1/4 composed n times: first derivative 1, second 2 n.
    assert float(first) == 1.0
    np.testing.assert_allclose(second, 2e6, rtol=1e-9)
    np.testing.assert_allclose(tape.gradient(first, x), 2e6, rtol=1e-9)


def test_a_chain_of_arrays():
    x = y = f64(np.full(1000, 0.5))
    with Accumulator(x, f64(np.ones(1000))) as outer, Accumulator(x, f64(np.ones(1000))) as inner:
        for _ in range(2_000):
            y = y * y + 0.25
    np.testing.assert_array_equal(inner.jvp(y).numpy(), np.ones(1000))
    np.testing.assert_allclose(outer.jvp(inner.jvp(y)), np.full(1000, 4000.0), rtol=1e-9)


def test_many_tangents_asked_for_one_by_one():
    x = y = f64(0.5)
    with Accumulator(x, f64(1.0)) as accumulator:
        for k in range(20_000):
            y = y * y + 0.25
            if k % 7 == 0:
                assert float(accumulator.jvp(y)) == 1.0


def test_recursion():
    def nest(depth, x):
        if depth == 0:
            return x * x
        return jvp(lambda x: nest(depth - 1, x) * x, x, unconnected_gradients="zero")

    # n times x -> d/dx (x f): x^2 becomes 3^n x^2.
    np.testing.assert_allclose(nest(5, f64(2.0)), 3.0**5 * 4.0)


# ---------------------------------------------------------------- threads


def test_accumulators_on_several_threads():
    errors, answers = [], collections.defaultdict(list)

    def work(k):
        try:
            x = f64(np.full(4, float(k)))
            for _ in range(200):
                with Accumulator(x, tf.ones_like(x)) as outer:
                    with Accumulator(x, tf.ones_like(x)) as inner:
                        y = x**3
                    first = inner.jvp(y)
                answers[k].append((first.numpy()[0], outer.jvp(first).numpy()[0]))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    for k in range(1, 5):
        assert set(answers[k]) == {(3.0 * k * k, 6.0 * k)} and len(answers[k]) == 200


def run_in_thread(f):
    answer = []

    def work():
        try:
            answer.append(f())
        except BaseException as error:
            answer.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if isinstance(answer[0], BaseException):
        raise answer[0]
    return answer[0]


def test_an_accumulator_records_its_own_thread_only():
    x = tf.constant(2.0)
    with Accumulator(x, tf.constant(1.0)) as accumulator:
        y = x * x
        elsewhere = run_in_thread(lambda: x * x)
        z = y * elsewhere
    assert plain(accumulator.jvp([y, elsewhere, z])) == [4.0, None, 16.0]


def test_tangents_asked_for_on_another_thread():
    x = tf.constant(2.0)
    with Accumulator(x, tf.constant(1.0)) as accumulator:
        y = x * x
        assert float(run_in_thread(lambda: accumulator.jvp(y))) == 4.0
        z = y * x
    assert plain(run_in_thread(lambda: accumulator.jvp([y, z]))) == [4.0, 12.0]
    assert plain(accumulator.jvp([y, z])) == [4.0, 12.0]


def test_an_accumulator_made_here_and_entered_there():
    x = tf.constant(2.0)
    accumulator = Accumulator(x, tf.constant(1.0))

    def work():
        with accumulator:
            return x * x

    y = run_in_thread(work)
    z = run_in_thread(work)
    with accumulator:
        w = x * x
    assert plain(accumulator.jvp([y, w])) == [4.0, 4.0]
    assert float(accumulator.jvp(z)) == 4.0


def test_asking_while_another_thread_computes():
    """No crash, and every answer right."""
    x = f64(0.5)
    ready, found, stop = threading.Event(), [], []
    accumulator = Accumulator(x, f64(1.0))
    shared = [x]

    def ask():
        ready.wait()
        while not stop:
            y = shared[0]
            found.append(float(accumulator.jvp(y)))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        with accumulator:
            y = x
            for _ in range(30_000):
                y = y * y + 0.25
                shared[0] = y
                ready.set()
    finally:
        stop.append(True)
        ready.set()
        thread.join()
    assert float(accumulator.jvp(y)) == 1.0
    assert set(found) <= {1.0}


# ---------------------------------------------------------------- memory


def resident_kilobytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4


def assert_flat(work, warm_up, rounds, limit=4_000):
    try:
        work(warm_up)
        gc.collect()
        before = resident_kilobytes()
    except FileNotFoundError:
        pytest.skip("needs /proc")
    work(rounds)
    gc.collect()
    assert resident_kilobytes() - before < limit


def test_memory_of_ten_thousand_rounds():
    x, v = f64(np.linspace(0, 1, 100)), tf.Variable(2.0, dtype=F64)

    def work(rounds):
        for _ in range(rounds):
            with Accumulator([x, v], [x, f64(1.0)]) as outer:
                with tf.GradientTape() as tape:
                    y = tf.reduce_sum(tf.sin(x) * v)
                gradient = tape.gradient(y, v)
                with Accumulator(x, x) as inner:
                    z = x * gradient
                inner.jvp(z)
            outer.jvp([y, gradient, z])

    assert_flat(work, 1_000, 10_000)


def test_memory_of_one_accumulator_entered_many_times():
    """Its records are what it keeps: 32 bytes and a tangent for each operation."""
    x = f64(2.0)
    accumulator = Accumulator(x, f64(1.0))

    def work(rounds):
        for _ in range(rounds):
            with accumulator:
                y = x * x
            accumulator.jvp(y)

    assert_flat(work, 1_000, 10_000)


def test_memory_of_failures():
    x = f64(np.ones(100))

    def rule(cotangents, wanted):
        raise KeyError

    def work(rounds):
        for _ in range(rounds):
            with pytest.raises(ValueError):
                Accumulator(x, f64(1.0))
            with Accumulator(x, x) as accumulator:
                [y] = _core.record_custom([x], [x], rule)
            with pytest.raises(KeyError):
                accumulator.jvp(y)

    assert_flat(work, 300, 3_000)


def test_an_accumulator_is_freed_with_its_last_reference():
    x = f64(2.0)
    accumulator = Accumulator(x, f64(1.0))
    alive = weakref.ref(accumulator)
    with accumulator:
        y = x * x
    accumulator.jvp(y)
    del accumulator
    assert alive() is None


def test_an_accumulator_lets_go_of_large_arrays():
    def work(rounds):
        for _ in range(rounds):
            x = f64(np.ones(200_000))
            with Accumulator(x, x) as accumulator:
                y = tf.sin(x) * x
            accumulator.jvp(y)

    assert_flat(work, 10, 100, limit=20_000)


def test_an_open_accumulator_that_is_dropped():
    x = f64(2.0)
    accumulator = Accumulator(x, f64(1.0))
    accumulator.__enter__()
    y = x * x
    del accumulator
    gc.collect()
    with tf.GradientTape() as tape:
        tape.watch(x)
        z = x * y
    assert float(tape.gradient(z, x)) == 4.0


def test_primals_and_tangents_may_be_dropped():
    x, t = f64(np.ones(1000)), f64(np.full(1000, 3.0))
    with Accumulator(x, t) as accumulator:
        y = x * x
        del x, t
        gc.collect()
        np.full(1000, 7.0)  # what would be written over freed memory
        z = y * y
    np.testing.assert_array_equal(accumulator.jvp(z).numpy(), np.full(1000, 12.0))


def test_a_target_outlives_its_accumulator():
    x = f64(2.0)
    with Accumulator(x, f64(1.0)) as accumulator:
        y = x * x
    tangent = accumulator.jvp(y)
    del accumulator
    gc.collect()
    assert float(tangent) == 4.0 and float(y * x) == 8.0
    # A later accumulator does not take it for its own.
    with Accumulator(f64(1.0), f64(1.0)) as later:
        z = y * y
    assert later.jvp([y, z, tangent]) == [None, None, None]


@pytest.mark.slow
def test_ctrl_c_while_tangents_are_pushed():
    program = """
        import os, signal, threading
        import autograd_c as tf
        x = tf.constant(0.5, tf.float64)
        with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0, tf.float64)) as accumulator:
            y = tf.ones(500_000, tf.float64) * x
            for _ in range(200):
                y = tf.sin(y)
            threading.Timer(0.02, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
            try:
                accumulator.jvp(y)
            except KeyboardInterrupt:
                print("interrupted")
        with tf.GradientTape() as tape:
            tape.watch(x)
            z = x * x
        print(float(tape.gradient(z, x)))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert done.stdout.split() == ["interrupted", "1.0"], done.stderr


# ---------------------------------------------------------------- the checks themselves


def test_the_checks_find_wrong_derivatives():
    x = np.array([0.5, 1.5])
    with pytest.raises(AssertionError):
        check_nests(lambda x: x * tf.stop_gradient(x), [x], 1)
    with pytest.raises(AssertionError):  # the first derivative is right
        check_nests(lambda x: 2.0 * x * tf.stop_gradient(x) - tf.stop_gradient(x * x), [x], 2)

    def cube(x):  # its rule is, but for the factor of the second derivative
        def rule(cotangents, wanted):
            return [cotangents[0] * 3.0 * x * tf.stop_gradient(x)]

        return _core.record_custom([x], [x.numpy() ** 3], rule)

    check_nests(cube, [x], 1)
    with pytest.raises(AssertionError):
        check_nests(cube, [x], 2)


# ---------------------------------------------------------------- large arrays, records at once

SMALL, TIMES = 5, 1000  # 5,000 elements are pushed block by block


def large(values):
    return np.tile(values, TIMES)


def chain(x):
    """Elementwise operations of all kinds of operands; every tensor on the way."""
    half = tf.constant(0.5, dtype=x.dtype)
    steps = [x]
    steps.append(tf.sin(steps[-1]) * x)  # an operand twice, one from before
    steps.append(steps[-1] - steps[0])
    steps.append(tf.exp(-steps[-1]) + half)
    steps.append(half / steps[-1])
    steps.append(tf.where(steps[-1] > 0.4, steps[-1], x))  # no elementwise rule: ends a run
    steps.append(tf.maximum(steps[-1], steps[1]) * steps[-1])
    steps.append(tf.sign(steps[-1]) * tf.square(steps[-1]))
    steps.append(tf.reshape(tf.reshape(steps[-1], [-1, 5]) * x[:5], [-1]))  # broadcast
    steps.append(tf.sqrt(tf.abs(steps[-1]) + 1.0))
    return steps


def tangents_of(f, x, t, orders):
    with tf.autodiff.ForwardAccumulator(x, t) as accumulator:
        steps = f(x)
    return {k: accumulator.jvp(steps[k]).numpy() for k in orders}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("orders", [[9], [9, 3, 1, 2, 0], [2, 5, 4, 9, 8, 7, 6, 3, 1, 0]])
def test_runs_of_operations_give_what_single_ones_do(dtype, orders):
    values = np.linspace(0.2, 1.4, SMALL).astype(dtype)
    t = np.linspace(-1.0, 2.0, SMALL).astype(dtype)
    ours = tangents_of(chain, tf.constant(large(values)), tf.constant(large(t)), orders)
    small = tangents_of(chain, tf.constant(values), tf.constant(t), orders)
    for k in orders:
        np.testing.assert_allclose(
            ours[k], large(small[k]), rtol=2e-6 if dtype == "float32" else 1e-14
        )


@pytest.mark.parametrize("layout", ["broadcast", "backwards", "zero stride", "column"])
def test_runs_read_tangents_and_values_of_any_layout(layout):
    n = 6000
    x = np.random.default_rng(0).uniform(0.5, 1.5, (2, n))
    t = np.random.default_rng(1).standard_normal((2, n))
    if layout == "broadcast":
        primal, tangent = tf.constant(x), tf.broadcast_to(tf.constant(t[:1]), [2, n])
    elif layout == "backwards":
        primal, tangent = tf.constant(x)[:, ::-1], tf.constant(t)[::-1, ::-1]
    elif layout == "zero stride":
        primal, tangent = tf.constant(x), tf.ones_like(tf.constant(x))
    else:
        primal, tangent = (
            tf.transpose(tf.constant(x.T.copy())),
            tf.transpose(tf.constant(t.T.copy())),
        )
    with tf.autodiff.ForwardAccumulator(primal, tangent) as accumulator:
        a = tf.sin(primal)
        b = a * primal
        c = b / (a + 2.0)
    p, d = np.asarray(primal), np.asarray(tangent)
    da = np.cos(p) * d
    db = da * p + np.sin(p) * d
    dc = db / (np.sin(p) + 2) - np.sin(p) * p * da / (np.sin(p) + 2) ** 2
    for ours, wanted in ((c, dc), (a, da), (b, db)):
        np.testing.assert_allclose(accumulator.jvp(ours), wanted, rtol=1e-12, atol=1e-14)


def test_what_a_run_passed_over_is_there_for_later_operations():
    x = tf.constant(large(np.linspace(0.2, 1.4, SMALL)))
    with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
        a = tf.sin(x)
        b = tf.exp(a)
        c = b * b
        np.testing.assert_allclose(accumulator.jvp(c), 2 * np.exp(2 * a) * np.cos(x), rtol=1e-12)
        d = a * b  # both were passed over
        e = tf.reduce_sum(d)
    np.testing.assert_allclose(
        accumulator.jvp(d), (np.exp(a) + a * np.exp(a)) * np.cos(x), rtol=1e-12
    )
    np.testing.assert_allclose(accumulator.jvp(e), np.sum(accumulator.jvp(d)), rtol=1e-12)
    np.testing.assert_allclose(accumulator.jvp(b), np.exp(a) * np.cos(x), rtol=1e-12)


def test_a_primal_watched_in_the_middle_of_a_run():
    x = tf.constant(large(np.linspace(0.2, 1.4, SMALL)))
    with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
        a = tf.sin(x)
        b = tf.exp(a)
        accumulator.watch(b, 2 * tf.ones_like(b))
        accumulator.watch(a, 3 * tf.ones_like(a))  # read by b already
        c = b * a
    tangent = np.exp(a) * np.cos(x) + 2
    wanted = tangent * a + np.exp(a) * (np.cos(x) + 3)
    np.testing.assert_allclose(accumulator.jvp(c), wanted, rtol=1e-12)


def test_runs_inside_of_tapes_and_tapes_inside_of_runs():
    values = np.linspace(0.2, 1.4, SMALL)
    x, t = tf.constant(large(values)), tf.constant(large(values[::-1].copy()))

    def f(x):
        return tf.exp(tf.sin(x) * x) / x

    with tf.GradientTape() as tape:
        tape.watch(x)
        with tf.autodiff.ForwardAccumulator(x, t) as accumulator:
            y = f(x)
        pushed = accumulator.jvp(y)
    by_tape = tape.gradient(pushed, x)
    with tf.autodiff.ForwardAccumulator(x, t) as outer:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        gradient = tape.gradient(y, x)
    np.testing.assert_allclose(outer.jvp(gradient), by_tape, rtol=1e-11)
    with tf.autodiff.ForwardAccumulator(x, t) as outer:
        with tf.autodiff.ForwardAccumulator(x, t) as inner:
            y = f(x)
        first = inner.jvp(y)
    np.testing.assert_allclose(outer.jvp(first), by_tape * t, rtol=1e-11)
    np.testing.assert_allclose(outer.jvp(y), pushed, rtol=1e-12)


def test_a_chain_longer_than_a_run():
    x = tf.constant(np.linspace(0.2, 1.4, 200_000))
    with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
        y = x
        early = []
        for _ in range(300):  # more than a run holds
            y = y * 0.99 + 0.01
            early.append(y)
        z = sum(early[::50]) * y
    slope = 0.99 ** np.arange(1, 301)
    total = sum(slope[::50]) * y.numpy() + sum(e.numpy() for e in early[::50]) * slope[-1]
    np.testing.assert_allclose(accumulator.jvp(z), total, rtol=1e-11)
    np.testing.assert_allclose(
        accumulator.jvp(early[123]), np.full(200_000, slope[123]), rtol=1e-11
    )


@pytest.mark.parametrize("n", [5, 5000])
def test_what_was_computed_before_a_primal_is_watched_does_not_see_it(n):
    x = tf.constant(np.linspace(1.0, 2.0, n))
    s = tf.constant(3.0, tf.float64)
    other = tf.constant(np.linspace(1.0, 2.0, n))
    with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
        with tf.GradientTape(persistent=True) as tape:  # gives them a place in the log
            tape.watch([s, other])
        y = x * s * other
        accumulator.jvp(tf.sin(y))
        accumulator.watch([s, other], [tf.ones_like(s), tf.ones_like(other)])
        np.testing.assert_allclose(accumulator.jvp(y), s * other)
        z = x * s
    np.testing.assert_allclose(accumulator.jvp(z), x + s)


@pytest.mark.parametrize("n", [5, 5000])
def test_a_second_tangent_of_what_a_run_has_passed(n):
    x = tf.constant(np.linspace(0.1, 1.0, n))
    with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
        y = tf.sin(x)
        a = y * y
        accumulator.jvp(tf.cos(a))
        accumulator.watch(y, tf.ones_like(y))
        c = tf.cos(a) * y
    pushed = 2 * np.sin(x) * np.cos(x)
    np.testing.assert_allclose(accumulator.jvp(a), pushed)
    wanted = -np.sin(a) * pushed * y + np.cos(a) * (np.cos(x) + 1)
    np.testing.assert_allclose(accumulator.jvp(c), wanted)


@pytest.mark.parametrize("n", [5, 5000])
def test_a_custom_gradient_that_closes_over_what_a_run_has_passed(n):
    x = tf.constant(np.linspace(0.1, 1.0, n))

    @tf.custom_gradient
    def scaled(a):
        return a * z, lambda g: g * z

    with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
        p = tf.sin(x)
        z = tf.tanh(tf.cos(p))
        a = tf.exp(tf.sin(p))
        y = scaled(a)
    np.testing.assert_allclose(accumulator.jvp(y), accumulator.jvp(a) * z)


@pytest.mark.parametrize("nested", [False, True])
def test_a_rule_that_fails_does_not_stand_in_the_way_of_what_came_before(nested):
    bad = tf.func.primitive(lambda a: a * 2.0)
    x = tf.constant(2.0)
    with tf.GradientTape() if nested else contextlib.nullcontext():
        with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as accumulator:
            y = x * x
            b = bad(x)
            z = y * x
    for _ in range(2):
        assert float(accumulator.jvp(y)) == 4.0
        for after in (b, z):
            with pytest.raises(NotImplementedError):
                accumulator.jvp(after)
