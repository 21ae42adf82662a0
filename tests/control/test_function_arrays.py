"""`tf.TensorArray` in loops of functions that `tf.function` records: rows of a tensor."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core

X = tf.constant([0.1, 0.2, 0.3], tf.float64)


def written(x, k, array=None):
    """An array that a loop writes to."""
    array = tf.TensorArray(tf.float64, size=5, element_shape=[3]) if array is None else array
    return tf.while_loop(
        lambda i, a, y: i < k,
        lambda i, a, y: (i + 1, a.write(i, y * x), tf.sin(y)),
        (tf.constant(0), array, x),
    )[1].stack()


def read(x, k):
    """An array that a loop reads, and another one that it writes."""
    given = tf.TensorArray(tf.float64, size=4, clear_after_read=False).unstack(
        tf.stack([x, x * 2.0, x * 3.0, x * 4.0])
    )
    made = tf.TensorArray(tf.float64, size=4)

    def body(i, given, made, total):
        total = total + given.read(i) * given.read(3 - i)
        return i + 1, given, made.write(i, tf.reduce_sum(total)), total

    return tf.while_loop(
        lambda i, *_: i < k, body, (tf.constant(0), given, made, tf.zeros([3], tf.float64))
    )[2].stack()


def updated(x, k):
    """What it reads it has written."""
    array = tf.TensorArray(tf.float64, size=6, clear_after_read=False)
    array = array.write(0, x).write(1, x * x)
    return tf.while_loop(
        lambda i, a: i < k + 1,
        lambda i, a: (i + 1, a.write(i + 1, a.read(i) + 0.5 * a.read(i - 1))),
        (tf.constant(1), array),
    )[1].stack()


def read_from_outside(x, k):
    """An array that a loop reads, and does not carry."""
    given = tf.TensorArray(tf.float64, size=4).unstack(tf.stack([x, x * 2.0, x * 3.0, x * 4.0]))
    return tf.while_loop(
        lambda i, total: i < k,
        lambda i, total: (i + 1, tf.sin(total) + given.read(i)),
        (tf.constant(0), tf.zeros([3], tf.float64)),
    )[1]


def read_from_outside_what_was_written(x, k):
    given = tf.TensorArray(tf.float64, size=4)
    for i in range(4):
        given = given.write(i, x * float(i + 1))
    return tf.while_loop(
        lambda i, total: i < k,
        lambda i, total: (i + 1, total + given.read(k - 1 - i) * tf.cast(i, tf.float64)),
        (tf.constant(0), tf.zeros([3], tf.float64)),
    )[1]


@pytest.mark.parametrize(
    "f", [written, read, updated, read_from_outside, read_from_outside_what_was_written]
)
def test_arrays_are_as_without_a_record(f):
    recorded = tf.function(f)
    for k in (3, 4, 2, 1):
        for scale in (1.0, -2.0):
            results = []
            for g in (recorded, f):
                x = X * scale
                with tf.GradientTape() as outer:
                    outer.watch(x)
                    with tf.GradientTape() as tape:
                        tape.watch(x)
                        y = g(x, tf.constant(k))
                        square = tf.reduce_sum(y**2)
                    slope = tape.gradient(square, x)
                    sines = tf.reduce_sum(tf.sin(slope))
                results.append((y, slope, outer.gradient(sines, x)))
            for a, b in zip(*results, strict=True):
                np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-12, atol=1e-15)
    assert recorded.experimental_get_tracing_count() == 1


@pytest.mark.parametrize("f", [written, read, updated, read_from_outside])
def test_python_runs_such_a_body_once(f):
    calls = []

    def counted(x, k):
        calls.append(k)
        return f(x, k)

    recorded = tf.function(counted)
    for k in (3, 1, 4, 2):
        recorded(X, tf.constant(k))
    assert len(calls) == 1


def test_the_shape_of_elements_is_that_of_the_first_one_written():
    recorded = tf.function(lambda x, k: written(x, k, tf.TensorArray(tf.float64, size=5)))
    for k in (2, 5):
        np.testing.assert_array_equal(
            recorded(X, tf.constant(k)).numpy(), written(X, tf.constant(k)).numpy()
        )


def test_places_out_of_range_are_an_error_as_ever():
    recorded = tf.function(written)
    recorded(X, tf.constant(3))
    with pytest.raises(tf.errors.OutOfRangeError, match="index 5"):
        recorded(X, tf.constant(6))
    backwards = tf.function(
        lambda x, k: tf.while_loop(
            lambda i, a: i > k,
            lambda i, a: (i - 1, a.write(i, x)),
            (tf.constant(2), tf.TensorArray(tf.float64, size=3)),
        )[1].stack()
    )
    np.testing.assert_array_equal(backwards(X, tf.constant(-1)).numpy(), [X.numpy()] * 3)
    with pytest.raises(tf.errors.OutOfRangeError, match="negative"):
        backwards(X, tf.constant(-2))


def test_arrays_that_grow_are_written_out():
    def f(x, k):
        array = tf.TensorArray(tf.float64, size=0, dynamic_size=True)
        return tf.while_loop(
            lambda i, a: i < k, lambda i, a: (i + 1, a.write(i, x)), (tf.constant(0), array)
        )[1].stack()

    recorded = tf.function(f)
    for k in (1, 3, 2):
        assert recorded(X, tf.constant(k)).shape == (k, 3)


def test_the_array_itself_has_what_the_loop_has_left():
    @tf.function
    def f(x, k):
        array = tf.TensorArray(tf.float64, size=5)
        tf.while_loop(
            lambda i, a: i < k, lambda i, a: (i + 1, a.write(i, x * 2.0)), (tf.constant(0), array)
        )
        array = array.write(4, x)
        return array.read(0), array.stack()

    for k in (2, 4):
        first, rows = f(X, tf.constant(k))
        np.testing.assert_array_equal(first.numpy(), X.numpy() * 2.0)
        np.testing.assert_array_equal(rows[4].numpy(), X.numpy())


def one_written(p, x):
    array = tf.TensorArray(tf.float32, size=2, element_shape=[]).write(0, x)
    return tf.cond(p, lambda: array.write(1, x), lambda: array).stack()


def both_written(p, x):
    array = tf.TensorArray(tf.float32, size=2).write(0, x).write(1, x)
    tf.cond(p, lambda: array.write(1, 2.0 * x), lambda: array.write(0, 5.0 * x))
    return array.stack()


def both_read(p, x):
    array = tf.TensorArray(tf.float32, size=2).unstack(tf.stack([x, 2.0 * x]))
    return tf.cond(p, lambda: array.read(0), lambda: -array.read(0)) + array.read(1)


def both_fill(p, x):
    array = tf.TensorArray(tf.float32, size=2).write(0, x).write(1, x)
    rows = tf.stack([2.0 * x, 3.0 * x])
    tf.cond(p, lambda: array.unstack(rows), lambda: array.scatter([1, 0], rows))
    return array.stack()


def one_splits(p, x):
    array = tf.TensorArray(tf.float32, size=2, infer_shape=False)
    array = array.write(0, x[None]).write(1, x[None])
    pieces = tf.stack([2.0 * x, 3.0 * x, 4.0 * x])
    tf.cond(p, lambda: array.split(pieces, [1, 2]), lambda: array)
    return array.concat()


def one_closed(p, x):
    array = tf.TensorArray(tf.float32, size=2).write(0, x).write(1, x)
    tf.cond(p, array.close, lambda: None)
    return array.size()


def written_in_a_loop_that_carries_it(p, x):
    def body(i, array):
        return i + 1, tf.cond(p, lambda: array.write(i, x), lambda: array)

    array = tf.TensorArray(tf.float32, size=3, element_shape=[])
    return tf.while_loop(lambda i, _: i < 2, body, (tf.constant(0), array))[1].stack()


def written_in_a_loop_within_a_branch(p, x):
    array = tf.TensorArray(tf.float32, size=3, element_shape=[]).write(2, x)

    def loop():
        return tf.while_loop(
            lambda i, a: i < 2, lambda i, a: (i + 1, a.write(i, 2.0 * x)), (tf.constant(0), array)
        )[1].stack()

    return tf.cond(p, loop, lambda: tf.zeros([3])) + array.stack()


@pytest.mark.parametrize(
    "f",
    [
        one_written,
        both_written,
        both_read,
        both_fill,
        one_splits,
        one_closed,
        written_in_a_loop_that_carries_it,
        written_in_a_loop_within_a_branch,
    ],
)
def test_a_branch_that_is_not_taken_leaves_arrays_as_they_are(f):
    recorded = tf.function(f)
    for p in (False, True, False):
        for x in (3.0, -2.0):
            np.testing.assert_array_equal(
                recorded(tf.constant(p), tf.constant(x)).numpy(),
                f(tf.constant(p), tf.constant(x)).numpy(),
            )


def test_an_array_from_outside_is_read_in_functions_of_rows():
    @tf.function
    def f(x):
        array = tf.TensorArray(tf.float64, size=3).unstack(x)
        sums = tf.scan(lambda s, i: s + array.read(i), tf.range(3), tf.constant(0.0, tf.float64))
        return sums, tf.map_fn(
            lambda i: array.read(2 - i), tf.range(3), fn_output_signature=tf.float64
        )

    for scale in (1.0, 2.0):
        sums, turned = f(X * scale)
        np.testing.assert_allclose(sums.numpy(), np.cumsum(X.numpy() * scale), rtol=1e-15)
        np.testing.assert_array_equal(turned.numpy(), X.numpy()[::-1] * scale)


def test_what_was_read_before_a_loop_cannot_be_read_in_it():
    @tf.function
    def f(x):
        array = tf.TensorArray(tf.float64, size=3).unstack(x)
        first = array.read(0)
        return tf.while_loop(
            lambda i, s: i < 3, lambda i, s: (i + 1, s + array.read(i)), (tf.constant(0), first)
        )[1]

    with pytest.raises(tf.errors.InvalidArgumentError, match="Could not read index 0 twice"):
        f(X)


def test_places_out_of_range_of_an_array_from_outside_are_an_error():
    recorded = tf.function(read_from_outside)
    recorded(X, tf.constant(4))
    with pytest.raises(tf.errors.OutOfRangeError, match="index 4"):
        recorded(X, tf.constant(5))


def test_a_derivative_of_many_writes_keeps_no_copies_of_the_array():
    """Growth is linear: the rows that are carried are not kept for each round."""

    def bytes_of(n):
        @tf.function
        def f(x):
            array = tf.TensorArray(tf.float64, size=n, element_shape=[16])
            return tf.while_loop(
                lambda i, a, y: i < n,
                lambda i, a, y: (i + 1, a.write(i, y), tf.sin(y)),
                (tf.constant(0), array, x),
            )[1].stack()

        x = tf.ones([16], tf.float64)
        f(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            before = _core.work()[1]
            y = tf.reduce_sum(f(x))
            taken = _core.work()[1] - before
        tape.gradient(y, x)
        return taken

    assert bytes_of(400) < 3 * bytes_of(200)


def test_an_array_that_was_unstacked_is_no_view():
    x = tf.constant([1.0, 2.0])
    array = tf.TensorArray(tf.float32, size=2).unstack(x)
    x[0] = 5.0
    rows = array.stack()
    rows[1] = 7.0
    np.testing.assert_array_equal(array.stack().numpy(), [1.0, 2.0])
