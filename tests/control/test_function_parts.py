"""Loops and branches of recorded functions: what they take, and what may not be one instruction."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf


def check(f, *calls):
    """What a recorded function gives is what it gives as it is, call by call."""
    recorded = tf.function(f)
    for given in calls:
        tensors = [tf.constant(x) for x in given]
        expected, found = f(*tensors), recorded(*tensors)
        tf.nest.assert_same_structure(expected, found)
        for x, y in zip(tf.nest.flatten(expected), tf.nest.flatten(found), strict=True):
            assert np.asarray(x).dtype == y.numpy().dtype
            np.testing.assert_allclose(y.numpy(), np.asarray(x), rtol=1e-6)


# ---------------------------------------------------------------- what they take


def test_rows_may_be_arrays_of_numpy():
    rows = np.arange(3.0, dtype=np.float32)
    check(lambda y: tf.map_fn(lambda r: r * y, rows), [1.5], [2.5])
    check(
        lambda y: tf.map_fn(lambda r: r[0] * y + r[1], (rows, rows), fn_output_signature="float32"),
        [1.5],
        [2.5],
    )


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
def test_a_predicate_that_is_no_bool_holds_if_it_is_not_zero(dtype):
    values = [0.5, 0.0, -0.25, 2.0]
    if dtype.startswith("complex"):
        values += [0.5j, 1e-3j]
    check(
        lambda p, y: tf.cond(p, lambda: y * 2.0, lambda: y * 3.0),
        *[(np.asarray(x, dtype), 1.0) for x in values],
    )


def test_numbers_that_branches_return_stay_numbers():
    check(lambda p, y: y * tf.cond(p, lambda: 2, lambda: 3), (True, 1.5), (False, 1.5))
    # Not rounded to float32 on the way.
    x = np.float64(3.0)
    check(lambda p, x: x * tf.cond(p, lambda: 0.1, lambda: tf.constant(0.1)), (True, x), (False, x))
    f = tf.function(lambda p, x: x * tf.cond(p, lambda: 0.1, lambda: tf.constant(0.1)))
    assert f(tf.constant(True), tf.constant(x)).numpy() == x * 0.1


def test_a_float_of_python_is_carried_in_its_own_precision():
    def steps(y):
        return tf.while_loop(lambda t, y: t < 1.0, lambda t, y: (t + 0.1, y * (1.0 + t)), (0.0, y))[
            1
        ]

    x = tf.constant(1.0, tf.float64)
    assert tf.function(steps)(x).numpy() == steps(x).numpy()

    def fold(rows):
        return tf.foldl(lambda a, r: (a[0] + r * a[1], a[1] + 0.1), rows, (rows[0], 0.1))[0]

    rows = tf.constant([1.0, 2.0, 3.0, 4.0], tf.float64)
    assert tf.function(fold)(rows).numpy() == fold(rows).numpy()


def test_a_float_that_becomes_a_tensor_is_carried_by_one_instruction():
    count = [0]

    @tf.function
    def f(x, n):
        def body(i, total):
            count[0] += 1
            return i + 1, total + x

        return tf.while_loop(lambda i, _: i < n, body, (0, 0.0))[1]

    assert [float(f(tf.constant(0.5), tf.constant(n))) for n in (4, 100, 0)] == [2.0, 50.0, 0.0]
    assert count == [1]


def test_a_variable_that_is_returned_alone_comes_in_the_sequence_that_was_given():
    x = tf.constant(1.0)
    for kind in (list, tuple):
        f = tf.function(lambda x: tf.while_loop(lambda y: y < 9.0, lambda y: y * 2.0, kind((x,))))  # noqa: B023
        found = f(x)
        assert type(found) is kind
        assert found[0].numpy() == 16.0


def test_a_fold_hands_on_numbers_as_they_are():
    check(lambda rows: tf.foldl(lambda a, r: 1, rows, 0.5), ([1.0, 2.0],))


# ---------------------------------------------------------------- elements that are assigned


def assigned_in_place(x):
    y = tf.stack([x, x])

    def body(i, y, z):
        y[0] += 1.0
        return i + 1, y, z + y

    return tf.while_loop(lambda i, y, z: i < 3, body, (0, y, y)), y


def assigned_in_place_by_a_fold(x):
    y = tf.stack([x, x])

    def add(y, r):
        y[0] += r
        return y

    return tf.foldl(add, tf.stack([x, x, x]), y), y


@pytest.mark.parametrize("f", [assigned_in_place, assigned_in_place_by_a_fold])
def test_who_else_has_a_tensor_sees_what_a_body_assigns(f):
    check(f, (1.0,), (2.0,))


def test_a_tensor_from_outside_is_assigned_by_a_body():
    def assigned(wrapper):
        y = tf.zeros([2])

        def body(i, y):
            y[0] += 1.0
            return i + 1, y

        wrapper(lambda: tf.while_loop(lambda i, y: i < 3, body, (0, y)))()
        return y.numpy()

    np.testing.assert_array_equal(assigned(tf.function), assigned(lambda f: f))


# ---------------------------------------------------------------- what leaves a part by another way


def in_a_list(x):
    kept = []

    def body(i, z):
        kept.append(z * x)
        return i + 1, z * 2.0

    z = tf.while_loop(lambda i, z: i < 3, body, (0, x))[1]
    return z, kept[-1]


def carried_by_python(x):
    total = x

    def body(i, z):
        nonlocal total
        total = total + z
        return i + 1, z * 2.0

    tf.while_loop(lambda i, z: i < 3, body, (0, x))
    return tf.while_loop(lambda i, z: i < 2, lambda i, z: (i + 1, z * total), (0, x))[1]


def read_by_python(x):
    kept = []
    tf.map_fn(lambda r: (kept.append(r), r)[1], tf.stack([x, -x]))
    return x if kept[-1] > 0.0 else x * 10.0


def of_a_branch(x):
    kept = []
    z = tf.cond(x > 0.0, lambda: (kept.append(x * 5.0), x)[1], lambda: (kept.append(-x), x)[1])
    # Both branches have been run for trial: the last that was taken is not the last.
    return z, kept[-1] * 2.0


def inner_of_outer(x):
    def outer(i, z):
        kept = []
        z = tf.while_loop(lambda j, z: j < 2, lambda j, z: (j + 1, kept.append(z) or z * x), (0, z))
        return i + 1, z[1] + kept[-1]

    return tf.while_loop(lambda i, z: i < 2, outer, (0, x))[1]


def tape_of_a_body(x):
    kept = []

    def body(i, z):
        with tf.GradientTape() as tape:
            tape.watch(z)
            y = z * z * x
        kept.append((tape, y, z))
        return i + 1, y

    tf.while_loop(lambda i, z: i < 3, body, (0, x + 1.0))
    tape, y, z = kept[-1]
    return tape.gradient(y, z)


LEAKS = [in_a_list, carried_by_python, read_by_python, of_a_branch, inner_of_outer, tape_of_a_body]


@pytest.mark.parametrize("f", LEAKS)
def test_what_python_keeps_of_a_part_is_that_of_the_last_round(f):
    check(f, (1.25,), (-0.75,), (0.5,))


def test_what_is_kept_of_a_part_is_an_error_where_it_cannot_be_had():
    """The function has assigned to a Variable: to call it once more would be seen."""
    v = tf.Variable(0.0)

    @tf.function
    def f(x):
        kept = []
        v.assign_add(x)
        tf.while_loop(lambda i: i < 3, lambda i: (kept.append(x * 2.0), i + 1)[1:], (0,))
        return kept[-1]

    with pytest.raises(ValueError, match="out of scope"):
        f(tf.constant(1.0))


def test_an_accumulator_around_a_loop_leaves_it_one_instruction():
    count = [0]

    @tf.function
    def f(x, n):
        def body(i, y):
            count[0] += 1
            return i + 1, y * x

        with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as accumulator:
            y = tf.while_loop(lambda i, _: i < n, body, (0, x))[1]
        return accumulator.jvp(y)

    for n in (2, 5, 3):
        np.testing.assert_allclose(f(tf.constant(1.5), tf.constant(n)), (n + 1) * 1.5**n, rtol=1e-6)
    assert count == [1]


# ---------------------------------------------------------------- tapes from before, in a body


def paused(tape, x, z):
    with tape.stop_recording():
        u = z * x
    return z + u * x


def watched(tape, x, z):
    tape.watch(z)
    return z * z


def asked(tape, x, z):
    u = z * z * x
    return u + tape.gradient(u, x)


def forgetful(tape, x, z):
    tape.reset()
    tape.watch(x)
    return z * x


@pytest.mark.parametrize("body", [paused, watched, asked, forgetful])
@pytest.mark.parametrize("branch", [False, True], ids=["loop", "branch"])
@pytest.mark.parametrize("watches", [False, True])
@pytest.mark.filterwarnings("ignore")
def test_a_body_uses_a_tape_that_was_there_before(body, branch, watches):
    def f(x):
        with tf.GradientTape(persistent=True) as tape:
            if watches or body is asked:
                tape.watch(x)
            if branch:
                z = tf.cond(x > 0.0, lambda: body(tape, x, x), lambda: x * 3.0)
            else:
                z = tf.while_loop(
                    lambda i, z: i < 3, lambda i, z: (i + 1, body(tape, x, z)), (0, x)
                )[1]
        return z, tape.gradient(z, x, unconnected_gradients="zero")

    check(f, (1.25,), (-0.75,), (0.5,))


def test_a_body_uses_an_accumulator_that_was_there_before():
    def f(x):
        def body(i, z):
            u = z * x
            return i + 1, u + accumulator.jvp(u)

        with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as accumulator:
            z = tf.while_loop(lambda i, z: i < 2, body, (0, x))[1]
        return z, accumulator.jvp(z)

    check(f, (1.25,), (-0.75,))


def test_a_tape_that_begins_in_a_branch_and_is_asked_behind_it():
    def f(x):
        y = x * 2.0
        tape = tf.GradientTape()

        def taken():
            with tape:
                tape.watch(y)
                return y * y * y

        z = tf.cond(x > 0.0, taken, lambda: x)
        return z, tape.gradient(z, y, unconnected_gradients="zero")

    check(f, (1.25,), (0.5,))


def newton(x):
    """In the first round what is carried is `x`, which the body reads, too."""

    def body(i, z):
        with tf.GradientTape() as tape:
            tape.watch(z)
            y = z * z - x
        return i + 1, z - y / tape.gradient(y, z)

    return tf.while_loop(lambda i, z: i < 2, body, (0, x))[1]


def tangents_of_rounds(x):
    def step(z, r):
        with tf.autodiff.ForwardAccumulator(z, tf.constant(1.0)) as accumulator:
            y = z * x * r
        return y + accumulator.jvp(y)

    return tf.foldl(step, tf.stack([x, x]), x)


@pytest.mark.parametrize("f", [newton, tangents_of_rounds])
def test_a_tape_in_a_body_watches_the_tensor_that_was_given(f):
    check(f, (3.0,), (2.0,), (0.5,))


def test_results_in_a_loop_are_checked_though_it_was_recorded_without_checks():
    def logarithms(x):
        return tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, tf.math.log(y)), (0, x))[1]

    recorded = tf.function(logarithms)
    for large, small in ((100.0, 2.0), ([100.0, 50.0], [2.0, 50.0])):
        assert np.isfinite(recorded(tf.constant(large)).numpy()).all()
        tf.debugging.enable_check_numerics()
        try:
            for f in (logarithms, recorded):
                assert np.isfinite(f(tf.constant(large)).numpy()).all()
                with pytest.raises(tf.errors.InvalidArgumentError, match="Infinity or NaN"):
                    f(tf.constant(small))
        finally:
            tf.debugging.disable_check_numerics()
        assert np.isnan(recorded(tf.constant(small)).numpy()).any()


@pytest.mark.parametrize("of", ["argument", "constant"])
def test_a_tape_in_a_body_watches_what_is_also_carried(of):
    """In the first round what is carried is the tensor that the tape watches."""

    def f(x):
        x = x if of == "argument" else tf.constant(1.0)

        def slope(r):
            with tf.GradientTape() as tape:
                tape.watch(x)
                u = x * r
            return tape.gradient(u, x)

        return tf.scan(lambda a, r: slope(a) + r, tf.stack([x, x]), x)

    recorded = tf.function(f)
    for value in (1.0, 2.0):
        x = tf.constant(value)
        np.testing.assert_array_equal(recorded(x).numpy(), f(x).numpy())


# ---------------------------------------------------------------- what was recorded in vain


def in_a_branch(x):
    return tf.cond(x > 0.0, lambda: tf.sin(x) * 2.0 if x > 1.0 else x * 3.0, lambda: x)


def in_a_body(x):
    def body(i, u):
        return i + 1, tf.sin(u) * 2.0 if u > 1.0 else u * 3.0

    return tf.while_loop(lambda i, u: i < 3, body, (0, x))[1]


def as_many_as_there_are(x):
    rows = tf.stack([x, -x, 2.0 * x])
    return tf.foldl(lambda a, r: a + tf.reduce_sum(rows[rows > r]), rows, x)


def left_by_an_error(x):
    def branch():
        if x > 1.0:
            raise KeyError
        return x * 3.0

    try:
        return tf.cond(x > 0.0, branch, lambda: x)
    except KeyError:
        return x * 5.0


@pytest.mark.parametrize("f", [in_a_branch, in_a_body, as_many_as_there_are, left_by_an_error])
def test_a_part_that_reads_values_has_a_path_for_each_way(f):
    runs = []

    @tf.function
    def recorded(x):
        runs.append(None)
        return f(x)

    values = [2.0, 0.5, 3.0, 0.25, -1.0, -2.0]
    for count in range(3):
        for value in values:
            x = tf.constant(value)
            assert recorded(x).numpy() == f(x).numpy()
        if count == 0:
            first = len(runs)
    assert first == len(runs) <= len(values)
    [(tree, _)] = recorded._trees.values()
    assert tree.problem is None


def test_what_a_trial_has_made_may_be_used_behind_it():
    def f(x):
        seen = []

        def branch():
            seen.append(tf.exp(x) if x > 1.0 else tf.sin(x))
            return x * 3.0

        return tf.cond(x > 0.0, branch, lambda: x) + seen[0]

    check(f, *[(x,) for x in (2.0, 0.5, 3.0, 0.25, 2.0, 0.5, 3.0, 0.25)])


@tf.custom_gradient
def passed(x):
    return tf.tanh(x), lambda upstream: upstream * passed(x * 0.5)


@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize("size", [6_000, 30_000])
def test_what_has_no_derivative_stays_while_programs_of_parts_are_made(size, count):
    """Of large arrays a log lets go of what no tape knows: a program needs it."""

    def f(x):
        def row(z):
            z = tf.cond(tf.reduce_max(x) > 0.5, lambda: tf.tanh(z), lambda: tf.sin(z))
            for _ in range(count):
                z = passed(z)
            return z

        return tf.vectorized_map(row, tf.stack([x, 2.0 * x, x * x]))

    check(f, [np.linspace(0.0, 1.0, size)], [np.linspace(-1.0, 0.0, size)])
