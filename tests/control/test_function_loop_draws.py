"""Random numbers in loops of recorded functions, and in functions of rows."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import func

X = tf.constant(np.random.default_rng(17).normal(size=(5, 3)))
BEGIN = tf.constant([0.5, -0.5, 1.0], tf.float64)


def walk(x, begin):
    return tf.scan(lambda h, row: h + row * tf.random.normal([3], dtype=tf.float64), x, begin)


def walk_back(x, begin):
    return tf.scan(
        lambda h, row: h * row + tf.random.uniform([3], dtype=tf.float64), x, begin, reverse=True
    )


def several(x, begin):
    """Of several kinds and shapes, in this order in each round."""

    def step(h, row):
        sign = tf.cast(tf.random.uniform([], 0, 2, tf.int32), tf.float64)
        noise = tf.random.normal(tf.shape(row), 1.0, 2.0, tf.float64)
        return h + sign * noise + tf.random.truncated_normal([1], dtype=tf.float64)

    return tf.foldl(step, x, begin)


def dropout(x, begin):
    return tf.map_fn(lambda row: tf.nn.dropout(row * begin, 0.5), x)


def nested(x, begin):
    def step(h, row):
        inner = tf.map_fn(lambda y: y * tf.random.normal([], dtype=tf.float64), row)
        return h + inner * tf.random.uniform([], dtype=tf.float64)

    return tf.scan(step, x, begin)


def moved(x, begin):
    """With derivatives by the mean and the deviation."""
    return tf.scan(lambda h, row: tf.random.normal([3], h, tf.exp(row), tf.float64), x, begin)


def with_seeds(x, begin):
    return tf.scan(
        lambda h, row: (
            h
            + row * tf.random.normal([3], dtype=tf.float64, seed=3)
            + tf.random.normal([3], dtype=tf.float64)
        ),
        x,
        begin,
    )


LOOPS = [walk, walk_back, several, dropout, nested, moved, with_seeds]


def seeded(f, *args):
    tf.random.set_seed(4)
    return f(*args)


def gradients(f):
    def g(x, begin):
        with tf.GradientTape() as tape:
            tape.watch([x, begin])
            y = f(x, begin)
            total = tf.reduce_sum(y * y)
        return [y, *tape.gradient(total, [x, begin], unconnected_gradients="zero")]

    return g


@pytest.mark.parametrize("f", LOOPS)
def test_numbers_are_those_of_the_eager_loop(f):
    expected = seeded(gradients(f), X, BEGIN)
    compiled = tf.function(gradients(f))
    for _ in range(2):
        for a, b in zip(seeded(compiled, X, BEGIN), expected, strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("f", LOOPS)
def test_each_call_and_each_round_draws_anew(f):
    compiled = tf.function(f)
    results = [compiled(X, BEGIN).numpy() for _ in range(4)]
    for k in range(4):
        assert np.isfinite(results[k]).all()
        assert all((results[k] != results[j]).any() for j in range(k))


@pytest.mark.parametrize("f", LOOPS)
def test_python_goes_through_one_round(f, monkeypatch):
    """However many there are."""
    drawn = []
    monkeypatch.setattr(
        tf.random, "normal", lambda *a, f=tf.random.normal, **k: drawn.append(1) or f(*a, **k)
    )
    monkeypatch.setattr(
        tf.random, "uniform", lambda *a, f=tf.random.uniform, **k: drawn.append(1) or f(*a, **k)
    )
    counts = []
    for rows in (X, tf.concat([X, X], 0)):
        drawn.clear()
        tf.function(f)(rows, BEGIN)
        counts.append(len(drawn))
    assert counts[0] == counts[1]


def test_the_stream_goes_on_as_it_does_eagerly():
    """Nothing is drawn but what the rounds draw, neither by recording nor by trying."""

    def after(f):
        tf.random.set_seed(5)
        return [f(X, BEGIN).numpy(), tf.random.normal([2]).numpy(), f(X, BEGIN).numpy()]

    for a, b in zip(after(tf.function(several)), after(several), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13)


def test_python_runs_a_body_once():
    calls = []

    @tf.function
    def f(rows):
        def step(h, row):
            calls.append(1)
            return 0.5 * h + row * tf.random.normal([])

        return tf.foldl(step, rows, tf.constant(0.0))

    for _ in range(3):
        assert np.isfinite(f(tf.ones([2_000])).numpy())
    assert len(calls) == 1


@pytest.mark.parametrize("mapped", [func.vmap, lambda f: lambda x: tf.vectorized_map(f, x)])
def test_rows_draw_what_they_draw_one_by_one(mapped):
    def of_row(row):
        return row * tf.random.normal([3], dtype=tf.float64) + tf.random.uniform(
            [], dtype=tf.float64
        )

    expected = seeded(lambda x: tf.stack([of_row(row) for row in x]), X)
    compiled = tf.function(mapped(of_row))
    for _ in range(2):
        np.testing.assert_allclose(seeded(compiled, X).numpy(), expected.numpy(), rtol=1e-15)


def test_no_rounds():
    f = tf.function(walk)
    assert f(X[:0], BEGIN).shape == (0, 3)
    tf.random.set_seed(1)
    first = tf.random.normal([2]).numpy()
    tf.random.set_seed(1)
    f(X[:0], BEGIN)
    np.testing.assert_array_equal(tf.random.normal([2]).numpy(), first)


@pytest.mark.parametrize(
    "body",
    [
        # What depends on the round, or has a state, is drawn in the round.
        lambda h, row: h + tf.random.stateless_normal([3], tf.cast(row[:2] * 10, tf.int32)),
        lambda h, row: h + tf.cast(tf.random.poisson([], tf.abs(row)), tf.float32),
    ],
)
def test_draws_that_depend_on_the_round(body):
    x = tf.cast(X, tf.float32)

    def f(x):
        return tf.foldl(body, x, tf.zeros([3]))

    compiled = tf.function(f)
    for _ in range(2):
        np.testing.assert_allclose(seeded(compiled, x).numpy(), seeded(f, x).numpy(), rtol=1e-6)


def test_a_generator_goes_on():
    made = [tf.random.Generator.from_seed(3) for _ in range(2)]

    def f(g):
        return tf.foldl(lambda h, row: h + g.normal([3], dtype=tf.float64), X, BEGIN)

    compiled = tf.function(lambda: f(made[0]))
    for _ in range(3):
        np.testing.assert_allclose(compiled().numpy(), f(made[1]).numpy(), rtol=1e-13)
    np.testing.assert_array_equal(made[0].state.numpy(), made[1].state.numpy())


def test_loops_until_something_holds_draw_round_by_round():
    def f(x):
        return tf.while_loop(
            lambda i, y: i < 4, lambda i, y: (i + 1, y + tf.random.normal([])), (0, x)
        )[1]

    compiled = tf.function(f)
    x = tf.constant(1.0)
    for _ in range(2):
        np.testing.assert_allclose(seeded(compiled, x).numpy(), seeded(f, x).numpy(), rtol=1e-6)


def an_index_that_one_row_alone_has(indices):
    """In the branch that is not taken, the index of the first row may be out of range."""

    def row(k):
        chosen = tf.cond(k < 3, lambda: BEGIN[k], lambda: tf.constant(0.0, tf.float64))
        return chosen + tf.random.uniform([], dtype=tf.float64)

    return tf.map_fn(row, indices, fn_output_signature=tf.float64)


SEED = tf.Variable(1)


def a_draw_of_a_branch(indices):
    def row(k):
        number = tf.random.uniform([], dtype=tf.float64)
        tf.cond(
            k < 3,
            lambda: number * 2.0,
            lambda: tf.random.stateless_uniform([], [SEED, 1], dtype=tf.float64),
        )
        return number

    return tf.map_fn(row, indices, fn_output_signature=tf.float64)


@pytest.mark.parametrize("f", [an_index_that_one_row_alone_has, a_draw_of_a_branch])
def test_a_new_path_goes_on_with_the_draws_that_were_made_before_it(f):
    recorded = tf.function(f)
    for k, indices in enumerate([[5, 1], [1, 5], [1, 1], [5, 1], [5, 5]]):
        found = []
        for called in (f, recorded):
            tf.random.set_seed(k)
            found.append(called(tf.constant(indices)).numpy())
        np.testing.assert_array_equal(*found)


def test_draws_that_cannot_be_had_again_are_not_taken_for_others(caplog):
    """All rows have been drawn when the new path is met, on which each row draws its own."""

    def f(indices):
        y = an_index_that_one_row_alone_has(indices)
        return y * 2.0 if indices[0] < 3 else y * 3.0

    recorded = tf.function(f)
    for k, indices in enumerate([[1, 5], [5, 1], [1, 5], [5, 1], [5, 5]]):
        tf.random.set_seed(k)
        expected = f(tf.constant(indices)).numpy()
        tf.random.set_seed(k)
        found = recorded(tf.constant(indices)).numpy()
        if k == 1:  # these numbers come behind those that were drawn
            assert "effects again" in caplog.text
            least = np.array([0.0, 0.5]) * 3.0
            assert np.all(found != expected) and np.all(least - 3.0 <= found)
        else:
            np.testing.assert_array_equal(found, expected)
