"""Every operation is run again from its record: with other inputs, and so are its derivatives."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core

from ..derivatives import gradient_of, listed, random_like, tangent_of
from ..entries import ENTRIES
from ..operations import ROWS, arguments, assert_close, assert_same_bits, public

# Entries whose derivative is a function of Python's: their record has no instruction.
NEEDS_PYTHON = ("custom_gradient", "recompute_grad")
DTYPES = ("bool", "int8", "int64", "float16", "float32", "float64", "complex64", "complex128")
SHAPES = {1: [((),), ((3, 2),)], 2: [((), ()), ((3, 2), (3, 2)), ((2, 1, 3), (4, 1))]}


def run_again(function, arrays, others, same=assert_same_bits):
    """Records a call with some arrays, and runs it with others: the same as a call with those."""
    program = _core.Program(function, arrays)
    for given in (others, arrays):
        tensors = [tf.constant(a) for a in given]
        # A derivative that nothing records is computed by loops of its own, and rounded otherwise.
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            expected = listed(function(*tensors))
        found = program.run(given)
        assert len(found) == len(expected)
        for y, z in zip(found, expected):
            same(y, tf.convert_to_tensor(z))


def nearly_same(y, z):
    """Derivatives of products: those of programs are of another formula, right for all values."""
    assert_close(y, z, ulps=64)


def check(function, arrays, others, derivatives, same=assert_same_bits):
    run_again(function, arrays, others)
    if not derivatives:
        return
    count = len(arrays)
    upstream = random_like(listed(function(*map(tf.constant, arrays))))
    again = [2 * u for u in upstream]
    gradient, tangent = gradient_of(function, count), tangent_of(function, count)
    run_again(gradient, [*arrays, *upstream], [*others, *again], same)
    run_again(tangent, [*arrays, *random_like(arrays, 2)], [*others, *random_like(arrays, 3)], same)
    second = gradient_of(gradient, count + len(upstream))
    more = random_like(arrays, 4)
    run_again(second, [*arrays, *upstream, *more], [*others, *again, *more], same)


@pytest.mark.parametrize("entry", [pytest.param(e, id=e.name) for e in ENTRIES])
def test_structural_operations_are_run_again(entry):
    for dtype in DTYPES:
        if dtype not in entry.accepted():
            continue
        arrays, others = entry.arrays(dtype), entry.arrays(dtype, seed=1)
        if entry.name.startswith(NEEDS_PYTHON) and np.dtype(dtype).kind in "fc":
            with pytest.raises(tf.errors.UnimplementedError, match="needs Python"):
                _core.Program(entry.function, arrays)
            continue
        smooth = entry.differentiable and dtype in ("float64", "complex128")
        same = nearly_same if entry.name.startswith("reduce_prod(") else assert_same_bits
        check(entry.function, arrays, others, smooth, same)


@pytest.mark.parametrize("row", [pytest.param(r, id=r["name"]) for r in ROWS])
def test_elementwise_operations_are_run_again(row):
    kinds = {"b": "bool", "i": "int32", "f": "float64", "c": "complex128"}
    for kind in row["kinds"]:
        dtype = kinds[kind]
        for shapes in SHAPES[row["arity"]]:
            arrays = arguments(row, shapes, dtype)
            others = arguments(row, shapes, dtype, seed=1)
            smooth = bool(row["differentiable"]) and kind in "fc" and not row["boolean"]
            check(public(row), arrays, others, smooth)


def test_norms_are_run_again_with_any_values():
    usual, nothing, far = (
        np.array([[1.0, 2.0], [3.0, 4.0]]),
        np.zeros((2, 2)),
        np.full((2, 2), 1.7e308),
    )
    mixed = np.array([[0.0, 0.0], [1.6e308, 1.7e308]])
    u = np.array([0.0, 1.0])
    gradient, tangent = gradient_of(by_rows, 1), tangent_of(by_rows, 1)
    for recorded in (usual, nothing, far):
        for given in (usual, nothing, far, mixed):
            run_again(by_rows, [recorded], [given])
            run_again(gradient, [recorded, u], [given, u])
            run_again(tangent, [recorded, usual], [given, usual])


def by_rows(x):
    return tf.norm(x, axis=1)


# ---------------------------------------------------------------- programs


def loss(w, x, y):
    hidden = tf.tanh(x @ w)
    picked = tf.gather(hidden, tf.argmax(hidden, 1), axis=1)
    bright = tf.where(picked > 0.0, picked, tf.stop_gradient(picked) * 0.1)
    return tf.reduce_sum(tf.square(tf.reduce_sum(bright, 1) - y)) + tf.norm(w)


def step(w, x, y):
    with tf.GradientTape() as tape:
        tape.watch(w)
        value = loss(w, x, y)
    return w - 0.1 * tape.gradient(value, w), value


def data(seed):
    random = np.random.default_rng(seed)
    return [random.normal(size=shape) for shape in ((3, 4), (5, 3), (5,))]


def test_a_step_of_training_is_run_again():
    program = _core.Program(step, data(0))
    for seed in range(5):
        w, value = program.run(data(seed))
        expected_w, expected = step(*map(tf.constant, data(seed)))
        np.testing.assert_allclose(w, expected_w, rtol=1e-12)
        assert_same_bits(value, expected)


def test_what_depends_on_no_input_is_a_constant():
    c = tf.constant([1.0, 2.0])
    program = _core.Program(lambda x: [x + tf.exp(c), tf.sin(c)], [tf.constant([0.0, 1.0])])
    assert len(program) == 1
    y, z = program.run([tf.constant([5.0, 6.0])])
    assert_same_bits(y, tf.constant([5.0, 6.0]) + tf.exp(c))
    assert_same_bits(z, tf.sin(c))


def test_what_is_watched_within_is_a_constant():
    w = tf.constant([1.0, 2.0])

    def slope(x):
        with tf.GradientTape() as tape:
            tape.watch(w)
            y = tf.reduce_sum(w * w * x)
        return tape.gradient(y, w)

    program = _core.Program(slope, [[1.0, 1.0]])
    assert_same_bits(program.run([[3.0, 4.0]])[0], np.float32([6.0, 16.0]))


def test_a_program_says_what_it_was_recorded_with():
    program = _core.Program(tf.sin, [np.ones((2, 3))])
    for wrong in ([np.ones((3, 2))], [np.ones((2, 3), "float32")], [], [np.ones((2, 3))] * 2):
        with pytest.raises(tf.errors.InvalidArgumentError, match="program"):
            program.run(wrong)


def test_one_program_at_a_time_on_a_thread():
    def nested(x):
        with pytest.raises(RuntimeError, match="program"):
            _core.Program(tf.sin, [x])
        return tf.sin(x)

    assert_same_bits(_core.Program(nested, [1.0]).run([2.0])[0], tf.sin(2.0))


def test_a_call_that_fails_leaves_nothing_behind():
    def fails(x):
        y = tf.sin(x)
        raise ZeroDivisionError(y.item())

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            _core.Program(fails, [1.0])
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    assert tape.gradient(y, x) == 4.0
    assert _core.Program(tf.sin, [x]).run([0.0])[0] == 0.0


def test_programs_beside_tapes_and_other_threads():
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        program = _core.Program(lambda v: v * v * x, [[3.0, 4.0]])
        z = tf.reduce_sum(y)
    assert_same_bits(tape.gradient(z, x), np.float32([2.0, 4.0]))
    assert_same_bits(program.run([[1.0, 1.0]])[0], np.float32([1.0, 2.0]))

    def work(seed):
        program = _core.Program(step, data(seed))
        for k in range(20):
            w, _ = program.run(data(k))
            with tf.GradientTape() as tape:
                v = tf.constant(float(k))
                tape.watch(v)
                u = v * v
            assert tape.gradient(u, v) == 2.0 * k
        return w.numpy()

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, range(8)))
    for w in results:
        assert_same_bits(w, results[0])


def chain(x):
    y = x
    for _ in range(100):
        y = tf.sin(y * 0.99 + x)
        y = tf.where(y > 0.5, y * y, tf.stop_gradient(y) - x)
    return y


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_are_run_as_they_were_computed(dtype):
    def value_and_gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = chain(x)
        return y, tape.gradient(y, x)

    for x in (0.3, -1.5, 0.0, np.inf, np.nan):
        run_again(value_and_gradient, [np.array(0.5, dtype)], [np.array(x, dtype)])


def test_outputs_that_are_inputs_constants_or_the_same():
    c = tf.constant([1.0, 2.0])
    program = _core.Program(lambda x: [x, tf.stop_gradient(x), c, x + 0.0, x + 0.0, c * c], [c])
    for values in ([3.0, 4.0], [5.0, 6.0]):
        x = np.float32(values)
        expected = [x, x, c, x, x, np.float32([1.0, 4.0])]
        for y, z in zip(program.run([x]), expected):
            assert_same_bits(y, tf.convert_to_tensor(z))


def test_a_run_that_fails_is_followed_by_others():
    program = _core.Program(lambda x, i: tf.gather(tf.exp(x), i), [[1.0, 2.0], [0]])
    for _ in range(2):
        with pytest.raises(IndexError):
            program.run([[1.0, 2.0], [7]])
        assert_same_bits(program.run([[1.0, 2.0], [1]])[0], tf.exp([2.0]))


def test_calls_by_name():
    x = np.arange(6.0).reshape(2, 3)
    assert_same_bits(_core.apply("reduce_sum", [x], [1, 0]), x.sum(0))
    assert_same_bits(_core.apply("add", [x, x]), x + x)
    for name, tensors, attributes in [
        ("add", [x], []),
        ("add", [], []),
        ("reduce_sum", [x], [1]),
        ("reduce_sum", [], [1, 0]),
        ("matmul", [x], [0, 0]),
        ("where", [x, x], []),
        ("gather", [x], [0, 1]),
        ("view", [x], [9]),
        ("concat", [x], [0, 0]),
        ("reshape", [x], [1] * 33),
        ("reshape", [x], [-6]),
        ("custom", [x], []),
        ("no such", [x], []),
    ]:
        with pytest.raises(ValueError, match="operation|take|tensor|extent"):
            _core.apply(name, tensors, attributes)
