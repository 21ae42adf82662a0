"""`tf.vectorized_map`: what one row gives, for all rows at once wherever that can be."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf

X = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
WEIGHTS = tf.Variable([1.0, 2.0, 3.0])
BIAS = tf.constant([2.0, 1.0, 3.0])


class Counted:
    def __init__(self, function):
        self.function, self.calls = function, 0

    def __call__(self, row):
        self.calls += 1
        return self.function(row)


def slope(row):
    with tf.GradientTape() as tape:
        tape.watch(row)
        y = tf.reduce_prod(row) + tf.reduce_sum(tf.sin(row) * WEIGHTS)
    return tape.gradient(y, row)


def slope_by_weights(row):
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(tf.sin(row * WEIGHTS) * WEIGHTS)
    return tape.gradient(y, WEIGHTS)


@tf.custom_gradient
def thrice(x):
    return 3 * x, lambda g: 3 * g


AT_ONCE = {
    "closed over": lambda r: tf.reduce_sum(r * WEIGHTS * BIAS) ** 2,
    "a gradient": slope,
    "a gradient by a Variable": slope_by_weights,
    "a constant": lambda r: BIAS,
    "a number": lambda r: 1.0,
    "a structure": lambda r: (r, None, {"a": 1.0, "b": [tf.stop_gradient(r) * r]}),
    "select": lambda r: tf.where(r > 0, r, 0.0),
    "gather": lambda r: tf.gather(r, [0, 0]),
    "index": lambda r: r[tf.argmax(r)],
    "a matrix": lambda r: tf.linalg.matmul(r[:, None], r[None, :]),
    "of func": tf.func.grad(lambda q: tf.reduce_sum(q**3)),
    "fft": lambda r: tf.signal.fft(tf.cast(r, tf.complex64)),
    "integers": lambda r: tf.argmax(r),
    "custom gradient": thrice,
    "recomputed": lambda r: tf.recompute_grad(lambda q: q * 3)(r),
    "custom gradient of integers": lambda r: thrice(tf.cast(r * 10, tf.int32)),
    "recomputed integers": lambda r: tf.recompute_grad(lambda q: q * 3)(tf.cast(r * 10, tf.int32)),
    "nothing done": lambda r: r,
}
ROW_BY_ROW = {
    "if": lambda r: r * 2 if r[0] > 0 else -r,
    "numpy": lambda r: r.numpy() * 2,
    "float": lambda r: float(r[0]) + r,
    "int": lambda r: int(r[0] * 100) + r,
    "array": lambda r: np.asarray(r) * 2 + r,
    "tolist": lambda r: tf.constant(r.tolist()),
    "item": lambda r: r * r[0].item(),
    "Variable": lambda r: tf.Variable(r) * 2,
    "assign": lambda r: tf.Variable([0.0] * 3).assign(r) * 2,
    "assign_add": lambda r: tf.Variable([0.0] * 3).assign_add(r) * 2,
    "range": lambda r: tf.range(tf.cast(tf.argmax(r) >= 0, tf.int32) + 2),
    "py_function": lambda r: tf.numpy_function(np.sinh, [r], tf.float32),
    "an error is caught": lambda r: caught(r),
}


def caught(r):
    try:
        return r * 2 if r[0] > 0 else -r
    except Exception:
        return r


def stacked(function, *columns):
    rows = [function(*row) for row in zip(*[tf.unstack(x) for x in columns])]
    leaves = [tf.nest.flatten(row) for row in rows]
    return [None if column[0] is None else tf.stack(column, 0) for column in zip(*leaves)]


@pytest.mark.parametrize("case", [*AT_ONCE, *ROW_BY_ROW])
def test_values(case):
    function = Counted({**AT_ONCE, **ROW_BY_ROW}[case])
    found = tf.nest.flatten(tf.vectorized_map(function, X))
    assert function.calls == (1 if case in AT_ONCE else 6)
    for y, expected in zip(found, stacked(function.function, X)):
        if expected is None:
            assert y is None
        else:
            assert y.dtype == expected.dtype
            np.testing.assert_allclose(y, expected, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("case", ["closed over", "a gradient by a Variable", "if", "a gradient"])
def test_derivatives(case):
    function = {**AT_ONCE, **ROW_BY_ROW}[case]

    def derivatives(mapped):
        x = tf.constant(X)
        with tf.GradientTape(persistent=True) as outer:
            outer.watch([x, BIAS])
            with tf.GradientTape(persistent=True) as inner:
                inner.watch([x, BIAS])
                y = mapped(x)
            first = inner.gradient(y, [x, WEIGHTS, BIAS])
            total = tf.add_n([tf.reduce_sum(g * g) for g in first if g is not None])
        with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as forward:
            y = mapped(x)
        return [*first, *outer.gradient(total, [x, WEIGHTS, BIAS]), forward.jvp(y)]

    found = derivatives(lambda x: tf.vectorized_map(function, x))
    for y, expected in zip(found, derivatives(lambda x: stacked(function, x)[0])):
        assert (y is None) == (expected is None)
        if y is not None:
            np.testing.assert_allclose(y, expected, rtol=2e-5, atol=1e-5)


def test_what_is_computed_before_and_closed_over():
    x, c = tf.constant(X), tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(c)
        square = c * c
        y = tf.reduce_sum(tf.vectorized_map(lambda row: row * square, x))
    np.testing.assert_allclose(tape.gradient(y, c), 4.0 * X.sum(), rtol=1e-5)


def test_inside_another():
    def products(matrix):
        return tf.vectorized_map(lambda a: tf.vectorized_map(lambda b: a * b, matrix[0]), matrix)

    x = tf.constant(X)
    np.testing.assert_allclose(products(x), X[:, None] * X[0, :, None][None], rtol=1e-6)
    found = tf.vectorized_map(lambda e: tf.reduce_sum(products(e)), tf.stack([x, 2 * x]))
    np.testing.assert_allclose(
        found, [np.sum(products(x)), 4 * np.sum(products(x))], rtol=1e-5, atol=1e-5
    )


def test_inside_of_functions_of_func():
    def loss(x):
        return tf.reduce_sum(tf.vectorized_map(lambda row: tf.sin(row) * BIAS, x))

    np.testing.assert_allclose(tf.func.grad(loss)(X), np.cos(X) * BIAS.numpy(), rtol=1e-6)


def test_one_row_goes_with_each():
    found = tf.vectorized_map(lambda e: e["a"] * e["b"], {"a": X, "b": X[:1]})
    np.testing.assert_array_equal(found, X * X[:1])
    with tf.GradientTape() as tape:
        b = tf.constant(X[:1])
        tape.watch(b)
        y = tf.vectorized_map(lambda e: e[0] * e[1], (X, b))
    np.testing.assert_allclose(tape.gradient(y, b), X.sum(0, keepdims=True), rtol=1e-6)


def test_no_rows_and_one():
    assert tf.vectorized_map(tf.reduce_sum, tf.zeros([0, 3])).shape == (0,)
    assert tf.vectorized_map(lambda r: r if r[0] > 0 else -r, tf.zeros([0, 3])).shape == (0, 3)
    function = Counted(tf.reduce_sum)
    assert tf.vectorized_map(function, tf.ones([1, 3])).numpy() == [3.0]
    assert function.calls == 1


def test_errors():
    def fails(row):
        raise NotImplementedError("mine")

    with pytest.raises(NotImplementedError, match="mine"):
        tf.vectorized_map(fails, X)
    with pytest.raises(ValueError, match="each row"):
        tf.vectorized_map(lambda r: r.numpy(), X, fallback_to_while_loop=False)
    with pytest.raises(ValueError, match="scalars"):
        tf.vectorized_map(lambda r: r, 1.0)
    with pytest.raises(TypeError):
        tf.vectorized_map(3, X)
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.vectorized_map(lambda r: tf.range(int(r)), tf.constant([1, 2]))


def test_a_stopped_tape_does_not_hide_rows():
    def f(row):
        with tf.GradientTape() as tape:
            tape.watch(row)
            with tape.stop_recording():
                y = row * row
        return y

    np.testing.assert_allclose(tf.vectorized_map(f, X), X * X, rtol=1e-6)


def test_random_numbers_differ_from_row_to_row():
    generator = tf.random.Generator.from_seed(1)
    for draw in (
        lambda: tf.random.normal([2]),
        lambda: tf.random.uniform([2], seed=3),
        lambda: generator.normal([2]),
    ):
        found = tf.vectorized_map(lambda r, draw=draw: r[:2] + draw(), tf.zeros([4, 3]))
        assert len(np.unique(found)) == 8
    same = tf.vectorized_map(lambda r: r[:2] + tf.random.stateless_normal([2], [1, 2]), X)
    np.testing.assert_allclose(same - X[:, :2], (same - X[:, :2])[:1] + np.zeros([5, 2]), atol=1e-6)
