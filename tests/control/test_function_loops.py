"""Loops and branches of functions that `tf.function` records: one instruction each."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core

GENERATOR = np.random.default_rng(12)
WEIGHTS = tf.constant(GENERATOR.normal(size=(3, 3)) * 0.3)
ROWS = tf.constant(GENERATOR.normal(size=(6, 3)))
BEGIN = tf.constant(GENERATOR.normal(size=3))


def cell(w, h, x):
    return tf.tanh(tf.linalg.matvec(w, h) + x * h)


def halving(w, rows, h):
    """As many rounds as the values ask for."""
    return tf.while_loop(
        lambda i, h: (tf.reduce_sum(h * h) > 1e-2) & (i < 50),
        lambda i, h: (
            i + 1,
            0.7 * tf.sin(h) + tf.linalg.matvec(w, h) * tf.cast(i, tf.float64) / 50,
        ),
        (tf.constant(0), h + rows[0]),
    )[1]


def nested(w, rows, h):
    """A loop in a loop, which carries two values."""

    def row(carried, x):
        h, norm = carried
        inner = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, cell(w, y, x)), (0, h))[1]
        return inner, norm + tf.reduce_sum(inner * inner)

    states, norms = tf.scan(row, rows, (h, tf.constant(0.0, tf.float64)))
    return tf.reduce_sum(states, 1) * norms


# name: a function of weights [3, 3], rows [6, 3] and a beginning [3].
LOOPS = {
    "scan": lambda w, rows, h: tf.scan(lambda h, x: cell(w, h, x), rows, h),
    "scan backwards": lambda w, rows, h: tf.scan(lambda h, x: cell(w, h, x), rows, h, reverse=True),
    "scan of rows alone": lambda w, rows, h: tf.scan(lambda h, x: cell(w, h, x), rows),
    "scan back of rows alone": lambda w, rows, h: tf.scan(
        lambda h, x: cell(w, h, x), rows, reverse=True
    ),
    "scan with checkpoints": lambda w, rows, h: tf.scan(
        lambda h, x: cell(w, h, x), rows, h, swap_memory=True
    ),
    "scan back with checkpoints": lambda w, rows, h: tf.scan(
        lambda h, x: cell(w, h, x), rows, h, reverse=True, swap_memory=True
    ),
    "foldl": lambda w, rows, h: tf.foldl(lambda h, x: cell(w, h, x), rows, h),
    "foldr": lambda w, rows, h: tf.foldr(lambda h, x: cell(w, h, x), rows),
    "map_fn": lambda w, rows, h: tf.map_fn(lambda x: tf.sin(tf.linalg.matvec(w, x)) * h, rows),
    "branches": lambda w, rows, h: tf.map_fn(
        lambda x: tf.cond(x[0] > 0.0, lambda: tf.linalg.matvec(w, x) * h, lambda: tf.sin(x)), rows
    ),
    "cases": lambda w, rows, h: tf.map_fn(
        lambda x: tf.switch_case(
            tf.cast(x[0] * 2.0, tf.int32), [lambda: x * h, lambda: tf.sin(x), lambda: h]
        ),
        rows,
    ),
    "while_loop": halving,
    "while_loop with checkpoints": lambda w, rows, h: tf.while_loop(
        lambda h: tf.reduce_sum(h * h) > 1e-2,
        lambda h: (0.7 * tf.sin(h) + tf.linalg.matvec(w, h) * rows[1] / 10,),
        (h,),
        maximum_iterations=100,
        swap_memory=True,
    )[0],
    "nested": nested,
}


def gradient(f):
    def of(*arguments):
        with tf.GradientTape() as tape:
            tape.watch(arguments)
            y = tf.reduce_sum(tf.sin(f(*arguments)))
        return tape.gradient(y, arguments, unconnected_gradients="zero")

    return of


def tangent(f):
    def of(*arguments):
        with tf.autodiff.ForwardAccumulator(
            list(arguments), [tf.cos(x) for x in arguments]
        ) as accumulator:
            y = f(*arguments)
        return accumulator.jvp(y, unconnected_gradients="zero")

    return of


def total(f):
    """The sum of what a derivative gives, so that it has derivatives itself."""
    return lambda *arguments: sum(tf.reduce_sum(x * x) for x in tf.nest.flatten(f(*arguments)))


DERIVATIVES = {
    "value": lambda f: f,
    "gradient": gradient,
    "tangent": tangent,
    "gradient of gradient": lambda f: gradient(total(gradient(f))),
    "tangent of gradient": lambda f: tangent(gradient(f)),
    "gradient of tangent": lambda f: gradient(total(tangent(f))),
    "third": lambda f: tangent(gradient(total(gradient(f)))),
}


@pytest.mark.parametrize("derivative", DERIVATIVES)
@pytest.mark.parametrize("name", LOOPS)
def test_derivatives_are_those_of_the_loop_as_it_is(name, derivative):
    """Outside of what is recorded, and inside; for values that it was recorded with, and others."""
    f, of = LOOPS[name], DERIVATIVES[derivative]
    outside, inside = of(tf.function(f)), tf.function(of(f))
    for scale in (1.0, 0.4, 1.7):
        given = (WEIGHTS * scale, ROWS * scale, BEGIN * scale)
        expected = tf.nest.flatten(of(f)(*given))
        for found in (outside(*given), inside(*given)):
            for x, y in zip(tf.nest.flatten(found), expected, strict=True):
                np.testing.assert_allclose(x.numpy(), y.numpy(), rtol=1e-9, atol=1e-11)
    assert inside.experimental_get_tracing_count() == 1


def calls_of(body, times=1):
    """A body that counts how often Python runs it."""
    count = [0]

    def counted(*args):
        count[0] += 1
        return body(*args)

    return counted, count


def test_python_runs_a_body_once():
    body, count = calls_of(lambda i, x: (i + 1, x * 1.0001))

    @tf.function
    def f(x, n):
        return tf.while_loop(lambda i, x: i < n, body, (0, x))

    for n in (100_000, 3, 0, 1_000):
        i, x = f(tf.constant(1.0, tf.float64), tf.constant(n))
        assert i.numpy() == n
        np.testing.assert_allclose(x.numpy(), 1.0001**n, rtol=1e-9)
    assert count == [1]


@pytest.mark.parametrize("backwards", [False, True])
def test_python_runs_a_function_of_rows_once(backwards):
    fold, count = calls_of(lambda total, x: total * 2.0 + x)
    f = tf.function(lambda rows: (tf.foldr if backwards else tf.foldl)(fold, rows, 0.0))
    rows = np.arange(5.0, dtype=np.float32)
    for _ in range(2):
        expected = 0.0
        for x in rows[::-1] if backwards else rows:
            expected = expected * 2.0 + x
        assert f(tf.constant(rows)).numpy() == expected
        rows = rows * 3
    assert count == [1]


def test_a_branch_is_no_guard():
    count = [0]

    @tf.function
    def f(x):
        count[0] += 1
        return tf.cond(x > 0.0, lambda: tf.sqrt(x), lambda: -x)

    for x in (4.0, -3.0, 9.0, -1.0):
        assert f(tf.constant(x)).numpy() == (np.sqrt(x) if x > 0 else -x)
    assert count == [1]


def test_cases_take_the_first_that_holds_or_the_default():
    @tf.function
    def f(x):
        return tf.case([(x < 1.0, lambda: x), (x < 3.0, lambda: x * 10.0)], default=lambda: -x)

    found = [float(f(tf.constant(x))) for x in (0.5, 2.0, 5.0, 0.25)]
    assert found == [0.5, 20.0, -5.0, 0.25]


# What a part of a function does that a program cannot: then it is written out, and right.


def steps_by_value(i, x):
    """Python reads what is carried."""
    return (i + 1, x * 2.0) if x < 5.0 else (i + 1, x + 1.0)


def grows(i, x):
    return i + 1, tf.concat([x, x[-1:] * 2.0], 0)


@pytest.mark.parametrize(
    ("body", "begin"), [(steps_by_value, [1.0]), (grows, [1.0, 2.0])], ids=["by value", "shapes"]
)
def test_what_cannot_be_one_instruction_is_written_out(body, begin):
    x = tf.constant(begin) if len(begin) > 1 else tf.constant(begin[0])

    def f(x, n):
        return tf.while_loop(lambda i, x: i < n, body, (tf.constant(0), x))[1]

    recorded = tf.function(f)
    for scale in (1.0, 3.0, 1.0, 7.0):
        for n in (4, 6, 0):
            given = x * scale, tf.constant(n)
            np.testing.assert_array_equal(recorded(*given).numpy(), f(*given).numpy())


def test_assignments_in_a_branch_are_made_where_it_is_taken():
    best = tf.Variable(10.0)

    @tf.function
    def f(loss):
        return tf.cond(loss < best, lambda: best.assign(loss) * 2.0, lambda: tf.constant(0.0))

    for loss, expected in ((12.0, 10.0), (7.0, 7.0), (8.0, 7.0), (3.0, 3.0)):
        f(tf.constant(loss))
        assert best.numpy() == expected


def test_effects_in_a_loop_are_had_in_each_round(capfd):
    @tf.function
    def f(n):
        return tf.while_loop(lambda i: i < n, lambda i: (tf.print(i), i + 1)[1:], (tf.constant(0),))

    for _ in range(2):
        f(tf.constant(3))
        assert "".join(capfd.readouterr()).split() == ["0", "1", "2"]


def test_random_numbers_are_drawn_in_each_round():
    generator = tf.random.Generator.from_seed(3)

    @tf.function
    def f():
        return tf.map_fn(lambda x: x + generator.normal([]), tf.zeros([4]))

    first, second = f().numpy(), f().numpy()
    assert len({*first, *second}) == 8


def test_variables_that_a_body_reads_are_read_at_each_call():
    v = tf.Variable(2.0)
    f = tf.function(lambda x: tf.foldl(lambda y, k: y * v, tf.zeros([3]), x))
    with tf.GradientTape() as tape:
        y = f(tf.constant(1.0))
    assert (y.numpy(), tape.gradient(y, v).numpy()) == (8.0, 12.0)
    v.assign(3.0)
    with tf.GradientTape() as tape:
        y = f(tf.constant(1.0))
    assert (y.numpy(), tape.gradient(y, v).numpy()) == (27.0, 27.0)


def test_a_variable_assigned_before_a_loop_has_its_new_value_there():
    v = tf.Variable(1.0)

    @tf.function
    def f(x):
        v.assign(x)
        return tf.foldl(lambda y, k: y + v * k, tf.constant([1.0, 2.0, 3.0]), 0.0)

    assert [f(tf.constant(x)).numpy() for x in (1.0, 2.0, 5.0)] == [6.0, 12.0, 30.0]


def test_tensors_from_outside_are_read_where_they_are():
    scale = tf.constant([1.0, 2.0])
    f = tf.function(
        lambda n: tf.while_loop(lambda i, x: i < n, lambda i, x: (i + 1, x * scale), (0, scale))[1]
    )
    with tf.GradientTape() as tape:
        tape.watch(scale)
        y = f(tf.constant(2))
    np.testing.assert_array_equal(y.numpy(), [1.0, 8.0])
    np.testing.assert_array_equal(tape.gradient(y, scale).numpy(), [3.0, 12.0])


def test_a_tape_in_a_body():
    def newton(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x**3 - 2.0
        return (x - y / tape.gradient(y, x),)

    def root(x):
        return tf.while_loop(lambda x: tf.abs(x**3 - 2.0) > 1e-12, newton, (x,))[0]

    f = tf.function(root)
    for x in (1.0, 5.0, 1.2):
        x = tf.constant(x, tf.float64)
        np.testing.assert_allclose(f(x).numpy(), 2.0 ** (1 / 3))
        assert f(x).numpy() == root(x).numpy()


def test_two_paths_go_through_the_same_loop():
    count = [0]

    @tf.function
    def f(x):
        count[0] += 1
        y = tf.foldl(lambda y, k: y * k, tf.constant([1.0, 2.0, 3.0]), x)
        y = tf.cond(y > 0.0, lambda: y + 1.0, lambda: y - 1.0)
        return y * 10.0 if x > 1.0 else -y

    found = [float(f(tf.constant(x))) for x in (2.0, 0.5, 3.0, 0.25)]
    assert found == [130.0, -4.0, 190.0, -2.5]
    assert count == [2]


def test_a_function_that_calls_itself():
    @tf.function
    def factorial(n):
        return tf.cond(n <= 1, lambda: tf.constant(1), lambda: n * factorial(n - 1))

    assert [int(factorial(tf.constant(n))) for n in (5, 1, 7, 12)] == [120, 1, 5040, 479001600]


def test_an_error_in_a_branch_that_is_not_taken_is_none():
    @tf.function
    def f(x, k):
        return tf.cond(k < 3, lambda: tf.gather(x, k), lambda: tf.constant(-1.0))

    x = tf.constant([1.0, 2.0, 3.0])
    assert [float(f(x, tf.constant(k))) for k in (5, 0, 2, 7)] == [-1.0, 1.0, 3.0, -1.0]


def test_an_error_in_a_round_is_that_of_the_operation():
    @tf.function
    def f(x, n):
        return tf.while_loop(
            lambda i, s: i < n, lambda i, s: (i + 1, s + tf.gather(x, i)), (0, 0.0)
        )[1]

    x = tf.constant([1.0, 2.0])
    assert f(x, tf.constant(2)).numpy() == 3.0
    with pytest.raises(tf.errors.InvalidArgumentError, match="out of bounds"):
        f(x, tf.constant(3))
    assert f(x, tf.constant(1)).numpy() == 1.0


def test_elements_of_what_is_carried_may_be_assigned():
    def step(i, u):
        u[1:-1] = 0.5 * u[1:-1] + 0.25 * (u[2:] + u[:-2])
        return i + 1, u

    def heat(u, n):
        return tf.while_loop(lambda i, u: i < n, step, (0, u + 0.0))[1]

    u = tf.constant(np.sin(np.arange(8.0)))
    recorded = tf.function(heat)
    before = u.numpy().copy()
    for n in (5, 2, 40):
        for f in (recorded, heat):
            with tf.GradientTape() as tape:
                tape.watch(u)
                y = tf.reduce_sum(f(u, tf.constant(n)) ** 3)
            if f is recorded:
                expected = y.numpy(), tape.gradient(y, u).numpy()
        np.testing.assert_allclose(y.numpy(), expected[0], rtol=1e-12)
        np.testing.assert_allclose(tape.gradient(y, u).numpy(), expected[1], rtol=1e-12)
    np.testing.assert_array_equal(u.numpy(), before)


def test_elements_of_others_are_assigned_in_each_round():
    def f(x):
        total = tf.zeros([3])

        def body(i):
            total[i] = x * 2.0
            return (i + 1,)

        tf.while_loop(lambda i: i < 3, body, (tf.constant(0),))
        return total

    recorded = tf.function(f)
    for x in (1.0, 3.0):
        np.testing.assert_array_equal(recorded(tf.constant(x)).numpy(), [2.0 * x] * 3)


def test_checkpoints_give_the_same_and_keep_little():
    """How much memory a loop holds is tested with the engine (tests/csrc/test_loops.cpp)."""
    n, size = 400, 5_000
    x = tf.constant(np.linspace(0.0, 1.0, size))

    def gradient_and_bytes(swap_memory):
        f = tf.function(
            lambda x, n: tf.while_loop(
                lambda i, y: i < n, lambda i, y: (i + 1, tf.sin(y)), (0, x), swap_memory=swap_memory
            )[1]
        )
        f(x, tf.constant(1))
        with tf.GradientTape() as tape:
            tape.watch(x)
            before = _core.work()[1]
            y = f(x, tf.constant(n))
            taken = _core.work()[1] - before
        return tape.gradient(y, x), taken

    little, less = gradient_and_bytes(True)
    all_of_it, more = gradient_and_bytes(False)
    np.testing.assert_array_equal(little.numpy(), all_of_it.numpy())
    assert more - less > (n - 80) * size * 8


def test_threads_run_one_loop():
    f = tf.function(
        lambda x, n: tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, tf.sin(y)), (0, x))[1]
    )
    x = tf.constant(np.linspace(0.0, 1.0, 500))
    expected = {}
    for n in (1, 700, 1_500):
        y = x.numpy()
        for _ in range(n):
            y = np.sin(y)
        expected[n] = y
    f(x, tf.constant(1))
    wrong = []

    def work():
        for n in (700, 1, 1_500, 700):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = f(x, tf.constant(n))
            if not np.allclose(y.numpy(), expected[n], rtol=1e-10):
                wrong.append(n)
            if not np.isfinite(tape.gradient(y, x).numpy()).all():
                wrong.append(-n)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_in_batches_and_jacobians():
    f = tf.function(lambda h: tf.scan(lambda h, x: cell(WEIGHTS, h, x), ROWS, h)[-1])
    batch = tf.stack([BEGIN, BEGIN * 2.0])
    found = tf.func.vmap(f)(batch)
    for k in range(2):
        np.testing.assert_allclose(found[k].numpy(), f(batch[k]).numpy(), rtol=1e-12)
    plain = f.python_function
    np.testing.assert_allclose(
        tf.func.jacrev(f)(BEGIN).numpy(), tf.func.jacrev(plain)(BEGIN).numpy(), rtol=1e-10
    )
    np.testing.assert_allclose(
        tf.function(tf.func.jacfwd(plain))(BEGIN).numpy(),
        tf.func.jacfwd(plain)(BEGIN).numpy(),
        rtol=1e-10,
    )


@pytest.mark.parametrize("limit", [0, 3, 10])
def test_maximum_iterations(limit):
    f = tf.function(
        lambda x: tf.while_loop(
            lambda x: x < 100.0, lambda x: (x * 2.0,), (x,), maximum_iterations=limit
        )[0]
    )
    for x in (1.0, 30.0, 200.0):
        expected, rounds = x, 0
        while expected < 100.0 and rounds < limit:
            expected, rounds = expected * 2.0, rounds + 1
        assert f(tf.constant(x)).numpy() == expected


@pytest.mark.parametrize("is_used_first", [False, True])
def test_a_body_that_assigns_to_a_constant_of_the_functions_is_right(is_used_first):
    def f(x):
        marks = tf.zeros([2], x.dtype)

        def body(i, y):
            if is_used_first:
                y = y * (2.0 + marks[0])
            marks[0] = marks[0] + 1.0
            return i + 1, y * (1.0 + marks[0])

        return tf.while_loop(lambda i, y: i < 3, body, (tf.constant(0), x))[1]

    g = tf.function(f)
    for v in (1.0, -2.0, 1.0):
        assert g(tf.constant(v)) == f(tf.constant(v))
