"""Rows in functions that `tf.function` records: all of them at once, and those that it picks."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import func

ROWS = np.random.default_rng(21).normal(size=(6, 3))
SCALE = tf.Variable([1.0, -2.0, 0.5], dtype=tf.float64)


class Counted:
    """A function, and how often Python has run it."""

    def __init__(self, function):
        self.function, self.calls = function, 0

    def __call__(self, *args, **kwargs):
        self.calls += 1
        return self.function(*args, **kwargs)


def close(a, b, rtol=1e-13):
    for x, y in zip(tf.nest.flatten(a), tf.nest.flatten(b), strict=True):
        assert x.dtype == y.dtype
        np.testing.assert_allclose(x.numpy(), y.numpy(), rtol=rtol, atol=1e-15)


def one_path(recorded):
    """Whether it is one program for all that it has been called with."""
    ((tree, _),) = recorded._trees.values()
    return tree.problem is None and tree.paths == 1


# ---------------------------------------------------------------- all rows at once


def residuals(row):
    return tf.stack([tf.sin(row[0]) * row[1], tf.exp(row[2]) / (1.0 + row[0] ** 2)])


def rounds(row):
    return tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, tf.sin(y) * row), (0, row))[1]


def taped(row):
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(tf.sin(row * SCALE))
    return {"y": y, "slope": tape.gradient(y, SCALE)}


# name: a function of one row [3].
OF_ONE = {
    "value": residuals,
    "backwards": func.jacrev(residuals),
    "forwards": func.jacfwd(residuals),
    "gradient": func.grad(lambda row: tf.reduce_sum(row**3) * tf.norm(row)),
    "hessian": func.hessian(lambda row: tf.reduce_sum(residuals(row) ** 2)),
    "a Variable from outside": lambda row: (row * SCALE, tf.reduce_sum(SCALE)),
    "a tape of its own": taped,
    "a constant": lambda row: (tf.constant([1.0, 2.0]), row, tf.zeros([2])),
    "assignments": lambda row: tf.stack([row.at[1].set(row[0]), row * 2.0]),
    "a loop": rounds,
    "a batch": func.vmap(lambda x: tf.sin(x) * SCALE[0]),
    "a branch": lambda row: tf.where(row > 0, tf.sqrt(tf.abs(row)), row),
    "linear algebra": lambda row: tf.linalg.inv(tf.linalg.diag(row) + tf.eye(3, dtype=tf.float64)),
}


@pytest.mark.parametrize("name", OF_ONE)
@pytest.mark.parametrize("mapped", [func.vmap, lambda f: lambda x: tf.vectorized_map(f, x)])
def test_python_runs_for_one_row(name, mapped):
    one = Counted(OF_ONE[name])
    recorded = tf.function(mapped(one))
    for scale in (1.0, 2.0, -0.5):
        x = tf.constant(ROWS * scale)
        found = recorded(x)
        rows = [OF_ONE[name](x[k]) for k in range(len(ROWS))]
        close(found, tf.nest.map_structure(lambda *same: tf.stack(same), *rows), 1e-11)
    assert one.calls == 1
    assert one_path(recorded)


@pytest.mark.parametrize("name", OF_ONE)
def test_derivatives_are_those_of_the_rows(name):
    f = func.vmap(OF_ONE[name])

    def slopes(x):
        with tf.GradientTape() as outer, tf.GradientTape(persistent=True) as tape:
            outer.watch(x)
            tape.watch(x)
            y = tf.add_n(
                [tf.reduce_sum(tf.sin(tf.cast(a, tf.float64))) for a in tf.nest.flatten(f(x))]
            )
        first = tape.gradient(y, [x, SCALE], unconnected_gradients="zero")
        del tape
        return first, outer.gradient(first, x, unconnected_gradients="zero")

    def around(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.nest.map_structure(lambda a: tf.cast(a, tf.float64), recorded(x))
        return tape.gradient(y, [x, SCALE], unconnected_gradients="zero")

    recorded = tf.function(f)
    for scale in (1.0, -0.5):
        x = tf.constant(ROWS * scale)
        close(tf.function(slopes)(x), slopes(x), 1e-9)
        found = around(x)
        recorded, kept = f, recorded
        close(found, around(x), 1e-11)
        recorded = kept


def test_axes_and_what_is_the_same_for_all_rows():
    w = tf.constant(np.random.default_rng(22).normal(size=(3, 2)))
    one = Counted(
        lambda w, x, *, shift: (tf.linalg.matvec(w, x, transpose_a=True) + shift, w * 2.0)
    )
    mapped = func.vmap(one, in_axes=(None, 1), out_axes=(1, None))
    recorded = tf.function(mapped)
    for scale in (1.0, 3.0):
        x, shift = tf.constant(ROWS.T * scale), tf.constant(ROWS[:, :1])
        close(recorded(w * scale, x, shift=shift), mapped(w * scale, x, shift=shift))
    assert one_path(recorded)


def test_values_that_a_row_is_asked_for_take_it_row_by_row():
    def one(row):
        return row * 2.0 if row[0] > 0 else tf.sin(row)

    recorded = tf.function(func.vmap(one))
    for scale in (1.0, -1.0, 2.0):
        x = tf.constant(ROWS * scale)
        close(recorded(x), tf.stack([one(row) for row in x]))


def test_variables_that_a_row_assigns_to():
    total = tf.Variable(0.0, dtype=tf.float64)

    def one(row):
        total.assign_add(tf.reduce_sum(row))
        return row * total

    results = []
    for call in (
        tf.function(lambda x: tf.vectorized_map(one, x)),
        lambda x: tf.stack(list(map(one, x))),
    ):
        total.assign(0.0)
        results.append([call(tf.constant(ROWS)), call(tf.constant(2 * ROWS)), total.read_value()])
    close(*results)


def test_what_python_keeps_of_a_row():
    kept = []

    def one(row):
        kept.append(tf.sin(row))
        return row * 2.0

    @tf.function
    def f(x):
        kept.clear()
        y = tf.vectorized_map(one, x)
        return y + kept[-1]

    for scale in (1.0, 2.0):
        x = tf.constant(ROWS * scale)
        close(f(x), x * 2.0 + tf.sin(x[-1]))


def test_errors_of_rows_come_from_the_function():
    @tf.function
    def f(x, i):
        return tf.vectorized_map(lambda row: tf.gather(row[0], row[1]), (x, i))

    x = tf.constant(ROWS)
    close(f(x, tf.constant([0, 1, 2, 0, 1, 2])), tf.constant(ROWS[range(6), [0, 1, 2, 0, 1, 2]]))
    with pytest.raises(IndexError):
        f(x, tf.constant([0, 1, 2, 3, 0, 0]))
    close(f(x, tf.constant([2] * 6)), x[:, 2])

    @tf.function
    def g(x):
        return func.vmap(lambda row: tf.matmul(row, row))(x)

    with pytest.raises(ValueError, match="matmul"):
        g(x)


# ---------------------------------------------------------------- rows that are picked

# name: a part of x [6, 3], by integers in [-3, 3).
PARTS = {
    "x[i]": lambda x, i, j: x[i],
    "x[i, j]": lambda x, i, j: x[i, j],
    "x[1:, j]": lambda x, i, j: x[1:, j],
    "x[..., j]": lambda x, i, j: x[..., j],
    "x[i, None]": lambda x, i, j: x[i, None],
    "x[None, ::2, None, j]": lambda x, i, j: x[None, ::2, None, j],
    "x[2, j]": lambda x, i, j: x[2, j],
    "x[i][j]": lambda x, i, j: x[i][j],
    "x[[0, 2], j]": lambda x, i, j: x[[0, 2], j],
    "x[i + 1]": lambda x, i, j: x[i + 1],
    "x.at[i].set": lambda x, i, j: x.at[i].set(x[j] * 2.0),
}
INDICES = [(0, 1), (2, 0), (-1, 2), (1, -3)]


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("dtype", ["int32", "int64", "int8"])
def test_rows_are_picked_by_what_a_program_computes(name, dtype):
    f = PARTS[name]

    def both(x, i, j):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x * x, i, j)
        return y, tape.gradient(y, x)

    recorded = tf.function(both)
    for i, j in INDICES:
        found = recorded(tf.constant(ROWS), tf.constant(i, dtype), tf.constant(j, dtype))
        wanted = both(tf.constant(ROWS), i, j)
        for a, b in zip(found, wanted, strict=True):
            assert a.shape == b.shape
            np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert one_path(recorded)


@pytest.mark.parametrize("i", [6, -7])
def test_picks_out_of_range(i):
    recorded = tf.function(lambda x, i: x[i])
    close(recorded(tf.constant(ROWS), tf.constant(2)), tf.constant(ROWS[2]))
    with pytest.raises(IndexError, match="out of bounds"):
        recorded(tf.constant(ROWS), tf.constant(i))
    close(recorded(tf.constant(ROWS), tf.constant(-2)), tf.constant(ROWS[-2]))


def test_indices_from_outside_are_read_at_each_call():
    i = tf.Variable(0)
    recorded = tf.function(lambda x: x[i.read_value()] * 2.0)
    for k in (0, 3, -1):
        i.assign(k)
        close(recorded(tf.constant(ROWS)), tf.constant(ROWS[k] * 2.0))
    assert one_path(recorded)


def test_elements_are_assigned_at_what_a_program_computes():
    def f(x, i, v):
        y = x * 1.0
        y[i] = v * 2.0
        y[:, i - 1] += v[0]
        return y

    def both(x, i, v):
        with tf.GradientTape() as tape:
            tape.watch([x, v])
            y = f(x, i, v) ** 2
        return y, *tape.gradient(y, [x, v])

    recorded = tf.function(both)
    for i in (2, 0, 1):
        x, v = tf.constant(ROWS), tf.constant(ROWS[0] + i)
        close(recorded(x, tf.constant(i), v), both(x, i, v))
    assert one_path(recorded)


def test_parts_of_variables_are_assigned_at_what_a_program_computes():
    v = tf.Variable(ROWS)

    def f(i, x):
        v[i].assign(x)
        v[i + 1, 1:].assign_add(x[1:])
        v[0, i].assign_sub(x[0])
        with pytest.raises(TypeError):
            v[[0, 1]].assign(0.0)
        return v * 1.0

    recorded = tf.function(f)
    results = []
    for call, index in ((recorded, tf.constant), (f, int)):
        v.assign(ROWS)
        results.append([call(index(i), tf.constant(ROWS[0])) for i in (0, 2, -3, 1)])
    close(*results)
    assert one_path(recorded)


def test_bodies_of_loops_pick_rows():
    bodies = []

    def body(i, total):
        bodies.append(i)
        return i + 1, total + tf.sin(rows[i]) * rows[i - 1, 2]

    def f(x, n):
        nonlocal rows
        rows = x * 2.0
        return tf.while_loop(lambda i, total: i < n, body, (0, tf.zeros(3, tf.float64)))[1]

    rows = None
    slope = func.grad(lambda x, n: tf.reduce_sum(f(x, n)))
    for g, runs in ((f, 1), (slope, 1)):
        bodies.clear()
        recorded = tf.function(g)
        found = [recorded(tf.constant(ROWS), tf.constant(n)) for n in (2, 6, 0, 4)]
        assert len(bodies) == runs
        close(found, [g(tf.constant(ROWS), tf.constant(n)) for n in (2, 6, 0, 4)])
        assert one_path(recorded)


def test_rows_pick_by_their_own_numbers():
    table = tf.constant(ROWS)

    def one(x, i):
        return table[i] * x + x[i - 2]

    f = Counted(one)
    x, i = tf.constant(ROWS[:4]), tf.constant([2, 0, 1, 1])
    close(func.vmap(f)(x, i), tf.stack([one(x[k], int(i[k])) for k in range(4)]))
    assert f.calls == 1
    close(tf.function(func.vmap(f))(x, i), func.vmap(f)(x, i))
    assert f.calls == 3


# ---------------------------------------------------------------- all columns at once


@tf.custom_gradient
def doubled(x):
    return x * 2.0, lambda g: g * 2.0


def two_results(x, y):
    return tf.sin(x) * y, {"n": tf.zeros([2]), "p": tf.reduce_sum(x * x) * y}


# name: a function of x [3] and y [], whose Jacobian by both is taken forwards.
OF_TWO = {
    "one result": lambda x, y: tf.exp(x[:2] * y) + tf.sin(x[1:]),
    "structures": two_results,
    "complex": lambda x, y: tf.complex(tf.sin(x), tf.cos(x * y)),
    "nothing of one": lambda x, y: tf.cumsum(x * x),
    "a gradient": lambda x, y: func.grad(lambda x: tf.reduce_sum(tf.sin(x) ** 3) * y)(x),
    "a loop": lambda x, y: tf.while_loop(
        lambda i, z: i < 3, lambda i, z: (i + 1, tf.sin(z) * y), (0, x)
    )[1],
    "a rule in Python": lambda x, y: doubled(x) * y,
}


@pytest.mark.parametrize("name", OF_TWO)
def test_jacobians_forwards(name):
    def columns(x, y):
        return func.jacfwd(OF_TWO[name], argnums=(0, 1))(x, y)

    def slopes(x, y):
        with tf.GradientTape() as tape:
            tape.watch([x, y])
            found = [tf.abs(tf.cast(a, tf.complex128)) for a in tf.nest.flatten(columns(x, y))]
            total = tf.add_n([tf.reduce_sum(a * a) for a in found])
        return tape.gradient(total, [x, y], unconnected_gradients="zero")

    for f in (columns,) if name == "a rule in Python" else (columns, slopes):
        recorded = tf.function(f)
        for scale in (1.0, -0.5):
            x, y = tf.constant(ROWS[0] * scale), tf.constant(0.7 * scale, tf.float64)
            close(recorded(x, y), f(x, y), 1e-12)


def test_columns_are_one_batch():
    def f(x):
        return tf.sin(x) * tf.reduce_sum(x)

    lengths = set()
    for n in (2, 40):
        x = tf.constant(np.linspace(0.0, 1.0, n))
        recorded = tf.function(func.jacfwd(f))
        close(recorded(x), func.jacfwd(f)(x))
        lengths.add(len(str(recorded.program(x)).splitlines()))
    assert len(lengths) == 1
