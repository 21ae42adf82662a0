"""What loops and branches of recorded functions change beside what they carry: Variables, and where
streams of random numbers are."""

from __future__ import annotations

import concurrent.futures

import numpy as np
import pytest

import autograd_c as tf

X = tf.constant([0.5, 1.5, 2.5], tf.float64)


def scalar(value):
    return tf.Variable(value, dtype=tf.float64)


def counted():
    v, n = scalar(1.0), tf.Variable(0)

    def f(x):
        def body(i, y):
            v.assign_add(0.1 * y[0])
            n.assign_add(1)
            return i + 1, y * v

        return tf.while_loop(lambda i, y: i < 5, body, (0, x)), v + 1.0

    return [v, n], f


def read_by_the_condition():
    v = scalar(1.0)

    def f(x):
        def body(i, y):
            v.assign(v * 1.5)
            return i + 1, y + v

        return tf.while_loop(lambda i, y: v < 20.0 * x[0], body, (0, x))

    return [v], f


def gradients():
    """By a Variable that is assigned: each value that is read counts for itself."""
    v, w = scalar(1.0), scalar(0.7)

    def f(x):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)

            def body(i, y):
                v.assign(tf.sin(v + x[0]))
                return i + 1, y * v * w

            y = tf.while_loop(lambda i, y: i < 4, body, (0, x))[1] * v
        return y, tape.gradient(y, [x, v, w])

    return [v, w], f


def in_branches():
    v, w = scalar([1.0, 2.0]), scalar(3.0)

    def f(x):
        with tf.GradientTape() as tape:
            y = tf.cond(
                x[0] > 0.4,
                lambda: (v.assign_add(x[:2]), w * x)[1],
                lambda: (w.assign(2.0), x * tf.reduce_sum(v))[1],
            )
            z = tf.switch_case(
                tf.cast(x[1], tf.int32),
                [lambda: x[0] * 1.0, lambda: (v.assign(v * x[2]), x[1] * w)[1]],
            )
            u = tf.reduce_sum(y) * z * tf.reduce_sum(v) * w
        return u, tape.gradient(u, [v, w])

    return [v, w], f


def branch_in_loop():
    v, n = scalar(0.0), tf.Variable(0)

    def f(x):
        def body(i, y):
            y = tf.cond(y[0] > 2.0, lambda: (n.assign_add(1), y * 0.5)[1], lambda: y * 1.7)
            v.assign(y[1])
            return i + 1, y

        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.while_loop(lambda i, y: i < 10, body, (0, x))[1] * v
        return y, tape.gradient(y, x)

    return [v, n], f


def rows():
    m = scalar(0.0)

    def f(x):
        def step(h, row):
            m.assign(0.9 * m + 0.1 * row)
            return h * row + m

        scanned = tf.scan(step, x, tf.constant(1.0, tf.float64))
        mapped = tf.map_fn(lambda row: (m.assign_add(1.0), row * m)[1], x)
        return scanned, mapped, tf.foldr(step, x, tf.constant(1.0, tf.float64))

    return [m], f


def nested():
    v, unused = scalar([0.0, 0.0, 0.0]), scalar(2.0)

    def f(x):
        def outer(i, y):
            def inner(j, z):
                v[0].assign(z[0])
                return j + 1, z + v * unused

            y = tf.while_loop(lambda j, z: j < i, inner, (0, y))[1]
            v.assign(v + y)
            return i + 1, y

        return tf.while_loop(lambda i, y: i < 4, outer, (0, x))

    return [v, unused], f


def no_rounds():
    v = scalar(1.0)

    def f(x):
        def body(i, y):
            v.assign(7.0)
            return i + 1, y

        return tf.while_loop(lambda i, y: x[0] > 100.0, body, (0, x))

    return [v], f


def behind_an_assignment():
    v = scalar(1.0)

    def f(x):
        v.assign(x[2])

        def body(i, y):
            y = y + v
            v.assign_sub(0.25)
            return i + 1, y

        y = tf.while_loop(lambda i, y: i < 3, body, (0, x))[1]
        v.assign(v * 2.0)
        return y

    return [v], f


ASSIGNING = [
    counted, read_by_the_condition, gradients, in_branches, branch_in_loop, rows, nested, no_rounds,
    behind_an_assignment,
]  # fmt: skip


def outcomes(make, decorate, calls=(X, X, X * 0.3, X)):
    variables, f = make()
    called = decorate(f)
    found = []
    for x in calls:
        found += [np.asarray(y) for y in tf.nest.flatten(called(x))]
        found += [v.numpy() for v in variables]
    return found


def loops_of(f, *args):
    return [
        line
        for line in f.program(*args).splitlines()
        if line.startswith("%") and any(n in line for n in ("while_loop", "scan", "cond"))
    ]


@pytest.mark.parametrize("make", ASSIGNING, ids=lambda make: make.__name__)
def test_variables_that_a_part_assigns(make):
    expected, found = outcomes(make, lambda f: f), outcomes(make, tf.function)
    for a, b in zip(expected, found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13)


@pytest.mark.parametrize("make", ASSIGNING, ids=lambda make: make.__name__)
def test_such_a_part_is_one_instruction(make):
    _, f = make()
    f = tf.function(f)
    assert loops_of(f, X)
    assert "read" not in f.program(X)


def test_many_rounds_that_assign_are_not_written_out():
    v = tf.Variable(0)
    f = tf.function(
        lambda n: tf.while_loop(lambda i: i < n, lambda i: (i + v.assign_add(1) * 0 + 1,), (0,))
    )
    f(tf.constant(2))
    f(tf.constant(50_000))
    assert v.numpy() == 50_002


def test_a_part_that_is_tried_assigns_nothing():
    """A body that prints is written out; a trial before that must not be seen."""
    v = tf.Variable(0)
    seen = []

    @tf.function
    def f(x):
        def body(i, y):
            v.assign_add(1)
            tf.numpy_function(lambda k: seen.append(int(k)), [v], [])
            return i + 1, y * 2.0

        return tf.while_loop(lambda i, y: i < 3, body, (0, x))[1]

    assert f(tf.constant(1.0)).numpy() == 8.0 and v.numpy() == 3 and seen == [1, 2, 3]
    assert f(tf.constant(2.0)).numpy() == 16.0 and v.numpy() == 6 and seen == [1, 2, 3, 4, 5, 6]


def test_a_branch_that_returns_a_variable_returns_what_it_has_assigned():
    def results(decorate):
        v, w = scalar(1.0), scalar(5.0)

        @decorate
        def chosen(p, x):
            a = tf.cond(p, lambda: v.assign_add(x), lambda: w.assign_sub(x))
            first = a + 0.0
            b = tf.cond(p, lambda: [v, {"x": x}], lambda: [w.assign(9.0), {"x": v}])
            return first, b[0] + 0.0, b[1]["x"] + 0.0

        @decorate
        def switched(i):
            a = tf.switch_case(i, [lambda: v.assign(10.0), lambda: v.assign_add(1.0), lambda: v])
            return a + 0.0

        @decorate
        def in_a_loop(n):
            def body(i, total):
                a = tf.cond(i % 2 == 0, lambda: v.assign_add(1.0), lambda: v.assign_sub(3.0))
                return i + 1, total + a

            return tf.while_loop(lambda i, _: i < n, body, (0, tf.constant(0.0, tf.float64)))[1]

        x = tf.constant(2.0, tf.float64)
        found = [chosen(tf.constant(p), x) for p in (True, False, True, False)]
        found += [switched(tf.constant(i)) for i in (0, 1, 2, 5)]
        found += [in_a_loop(tf.constant(n)) for n in (3, 1, 0)]
        return [float(y) for y in tf.nest.flatten([*found, v, w])]

    assert results(tf.function) == results(lambda f: f)


def test_a_variable_of_another_dtype_or_shape_is_an_error_of_its_own():
    v = tf.Variable(1.0)

    @tf.function
    def f(x):
        def body(i, y):
            v.assign(tf.cast(y, tf.float64))
            return i + 1, y

        return tf.while_loop(lambda i, y: i < 3, body, (0, x))

    with pytest.raises(ValueError, match="dtype"):
        f(tf.constant(1.0))
    assert v.numpy() == 1.0


# ---------------------------------------------------------------- what is read from outside


def test_a_body_may_read_what_does_not_depend_on_the_round():
    @tf.function
    def f(x, n):
        shape = tf.shape(x)

        def body(i, y):
            steps = tf.reduce_sum(tf.range(n))
            return i + 1, (y + tf.eye(shape[0], dtype=tf.float64)[0])[: tf.shape(y)[0]] + tf.cast(
                steps, tf.float64
            )

        return tf.while_loop(lambda i, y: i < 3, body, (0, x))[1]

    def right(x, n):
        return x + 3 * np.eye(3)[0] + 3 * sum(range(n))

    for n in (2, 5, 2, 3):
        np.testing.assert_allclose(f(X, tf.constant(n)), right(X.numpy(), n))
    assert len(loops_of(f, X, tf.constant(4))) == 1


def test_a_test_in_a_body_of_what_is_outside_is_a_guard():
    @tf.function
    def f(x, a):
        def body(i, y):
            return i + 1, (y * 2.0 if a > 1.0 else y + a)

        return tf.while_loop(lambda i, y: i < 3, body, (0, x))[1]

    for a in (0.5, 2.0, 0.25, 3.0):
        expected = X * 8.0 if a > 1.0 else X + 3 * a
        np.testing.assert_allclose(f(X, tf.constant(a, tf.float64)), expected)


def test_a_body_may_read_last_and_return_what_it_is_given():
    v, limit = scalar(0.0), scalar(1.0)

    @tf.function
    def f(x):
        def row(y):
            v.assign_add(y)
            if limit > 5.0:
                return y * 2.0
            return y

        return tf.map_fn(row, x)

    for value, factor in ((1.0, 1.0), (1.0, 1.0), (6.0, 2.0), (2.0, 1.0)):
        limit.assign(value)
        v.assign(0.0)
        np.testing.assert_allclose(f(X), factor * X)
        assert float(v) == 4.5
    assert len(loops_of(f, X)) == 1


def test_what_is_read_behind_a_part_without_a_record_between_is_out_of_scope():
    kept = []

    @tf.function
    def f(x):
        def body(i, y):
            kept[:] = [i * 2]
            return i + 1, y

        tf.while_loop(lambda i, y: i < 3, body, (0, tf.constant(1.0)))
        return x * 2.0 if kept[0] > 3 else x

    for _ in range(3):
        np.testing.assert_allclose(f(X), 2.0 * X)


def test_a_test_of_what_is_carried_is_none():
    @tf.function
    def f(x):
        def body(i, y):
            return i + 1, (y * 2.0 if y[0] < 3.0 else y - 1.0)

        return tf.while_loop(lambda i, y: i < 5, body, (0, x))[1]

    for x in (X, X * 3.0, X, X * 0.1):
        np.testing.assert_allclose(f(x), f.python_function(x))


def test_a_gradient_function_that_reads_a_variable_reads_it_when_it_is_asked():
    v = scalar(1.0)

    @tf.custom_gradient
    def g(x):
        return x * 1.0, lambda u: u * (2.0 if v > 0.0 else -2.0)

    @tf.function
    def f(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = g(x)
            v.assign(-v)
        return tape.gradient(y, x)

    assert [float(f(X)[0]) for _ in range(4)] == [-2.0, 2.0, -2.0, 2.0]


# ---------------------------------------------------------------- random numbers


def walk(x):
    return tf.while_loop(
        lambda i, y: i < 6,
        lambda i, y: (i + 1, y + tf.random.normal([3], dtype=tf.float64)),
        (0, x),
    )


def until(x):
    """With streams of two kinds, and a gradient."""

    def body(i, y):
        factor = 1.0 + tf.random.uniform([3], seed=4, dtype=tf.float64)
        return i + 1, y * factor + tf.random.normal([], tf.reduce_mean(y), dtype=tf.float64)

    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.while_loop(lambda i, y: tf.reduce_sum(tf.abs(y)) < 60.0, body, (0, x))[1]
    return y, tape.gradient(y, x)


def metropolis(x):
    def body(i, y, taken):
        proposed = y + tf.random.normal([3], dtype=tf.float64)
        better = tf.exp(tf.reduce_sum(y * y - proposed * proposed))
        takes = tf.random.uniform([], dtype=tf.float64) < better
        return i + 1, tf.where(takes, proposed, y), taken + tf.cast(takes, tf.int32)

    return tf.while_loop(lambda i, *_: i < 40, body, (0, x, 0))


def drawn_in_branches(x):
    def body(i, y):
        return i + 1, tf.cond(
            y[0] > 1.0,
            lambda: y * tf.random.uniform([3], dtype=tf.float64),
            lambda: y + tf.random.normal([3], seed=2, dtype=tf.float64),
        )

    return tf.while_loop(lambda i, y: i < 10, body, (0, x))


def loops_in_loops(x):
    def body(i, y):
        y = tf.while_loop(
            lambda j, z: j < i,
            lambda j, z: (j + 1, z + tf.random.normal([3], dtype=tf.float64)),
            (0, y),
        )[1]
        y = tf.foldl(
            lambda h, row: h + row * tf.random.uniform([3], dtype=tf.float64),
            tf.ones([2, 3], tf.float64),
            y,
        )
        return i + 1, y * tf.random.uniform([], dtype=tf.float64)

    return tf.while_loop(lambda i, y: i < 4, body, (0, x))


def of_the_round(x):
    """Rows that draw what depends on what is carried, or on the row."""

    def step(token, row):
        return tf.random.categorical((tf.one_hot(token, 3) + row)[None], 1, dtype=tf.int32)[0, 0]

    text = tf.scan(step, tf.ones([8, 3]), tf.constant(0))
    return text, tf.map_fn(lambda rate: tf.random.poisson([2], rate, tf.float64), x)


def shuffled(x):
    def body(i, y):
        y = tf.random.shuffle(tf.nn.dropout(y, 0.3))
        return i + 1, y + tf.random.truncated_normal([3], tf.reduce_mean(y), dtype=tf.float64)

    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.while_loop(lambda i, y: i < 4, body, (0, x))[1]
    return y, tape.gradient(y, x)


def in_a_branch(x):
    return tf.cond(x[0] > 0.2, lambda: walk(x)[1], lambda: x)


def of_each_row(x):
    return tf.vectorized_map(lambda row: walk(row * x)[1], x)


DRAWING = [
    walk, until, metropolis, drawn_in_branches, loops_in_loops, of_the_round, shuffled,
    in_a_branch, of_each_row,
]  # fmt: skip


def drawn(f):
    tf.random.set_seed(11)
    found = []
    for x in (X, X, X * 0.2, X):
        found += [np.asarray(y) for y in tf.nest.flatten(f(x))]
        found += [tf.random.normal([2]).numpy(), tf.random.uniform([], seed=4).numpy()]
    return found


@pytest.mark.parametrize("f", DRAWING, ids=lambda f: f.__name__)
def test_loops_draw_what_they_draw_without_a_record(f):
    for a, b in zip(drawn(f), drawn(tf.function(f)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize("f", DRAWING[:-2], ids=lambda f: f.__name__)
def test_loops_that_draw_are_one_instruction(f):
    text = tf.function(f).program(X)
    assert "random(" in text
    assert sum("%" in line and "random(" in line for line in text.splitlines()) <= 5


def test_many_rounds_that_draw_are_not_written_out():
    f = tf.function(
        lambda n: tf.while_loop(
            lambda i, y: i < n, lambda i, y: (i + 1, y + tf.random.uniform([])), (0, 0.0)
        )[1]
    )
    f(tf.constant(2))
    assert 4700 < float(f(tf.constant(10_000))) < 5300


def generator_of_a_loop():
    g = tf.random.Generator.from_seed(3)
    return g, lambda x: tf.while_loop(
        lambda i, y: i < 5, lambda i, y: (i + 1, y + g.normal([3], dtype=tf.float64)), (0, x)
    )


def generator_of_rows():
    g = tf.random.Generator.from_seed(3, "threefry")
    return g, lambda x: tf.scan(
        lambda h, row: h + g.uniform([], dtype=tf.float64) * row, x, tf.constant(1.0, tf.float64)
    )


def generator_of_branches():
    g = tf.random.Generator.from_seed(5)

    def f(x):
        def body(i, y):
            return i + 1, y + tf.cond(
                y[0] > 1.0,
                lambda: g.normal([3], dtype=tf.float64),
                lambda: tf.cast(g.binomial([3], counts=5.0, probs=0.5), tf.float64),
            )

        return tf.while_loop(lambda i, y: i < 6, body, (0, x))

    return g, f


def generator_of_each_row():
    g = tf.random.Generator.from_seed(5)
    return g, lambda x: tf.vectorized_map(lambda row: row * g.normal([], dtype=tf.float64), x)


GENERATORS = [generator_of_a_loop, generator_of_rows, generator_of_branches, generator_of_each_row]


@pytest.mark.parametrize("make", GENERATORS, ids=lambda make: make.__name__)
def test_generators_in_loops(make):
    def found(decorate):
        g, f = make()
        called = decorate(f)
        results = []
        for x in (X, X, X * 0.1):
            results += [np.asarray(y) for y in tf.nest.flatten(called(x))]
            results.append(g.state.numpy())
        return results

    for a, b in zip(found(lambda f: f), found(tf.function), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_eight_threads_draw_numbers_of_their_own():
    f = tf.function(
        lambda n: tf.while_loop(
            lambda i, rows: i < n,
            lambda i, rows: (
                i + 1,
                tf.tensor_scatter_nd_update(rows, [[i]], tf.random.uniform([1], dtype=tf.float64)),
            ),
            (0, tf.zeros([200], tf.float64)),
        )[1]
    )
    f(tf.constant(1))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(f, tf.constant(200)) for _ in range(40)]
        numbers = np.concatenate([future.result().numpy() for future in futures])
    assert len(np.unique(numbers)) == numbers.size


def test_what_fails_in_a_loop_that_draws_leaves_the_streams_usable():
    @tf.function
    def f(x, n):
        def body(i, y):
            return i + 1, y + tf.gather(x, i) * tf.random.uniform([], dtype=tf.float64)

        return tf.while_loop(lambda i, y: i < n, body, (0, tf.constant(0.0, tf.float64)))[1]

    f(X, tf.constant(3))
    with pytest.raises(IndexError):
        f(X, tf.constant(4))
    numbers = tf.random.uniform([4]).numpy()
    assert 0.0 < float(f(X, tf.constant(3))) < 4.5 and len(set(numbers.tolist())) == 4


def test_machine_code_is_not_for_what_python_draws(caplog):
    f = tf.function(walk, jit_compile=True)
    for _ in range(3):
        tf.random.set_seed(1)
        found = f(X)[1].numpy()
    tf.random.set_seed(1)
    np.testing.assert_allclose(found, walk(X)[1], rtol=1e-12)


def test_what_draws_cannot_be_saved(tmp_path):
    f = tf.function(walk)
    f(X)
    with pytest.raises(tf.errors.InvalidArgumentError, match="drawn random numbers"):
        f.save(tmp_path / "walk.agp", X)
