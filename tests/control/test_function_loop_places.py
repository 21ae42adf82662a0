"""Loops whose rounds compute with numbers and small arrays alone: where these lie is known before,
and what is carried, stacked and read is in turns the same memory."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf

N = 5
X = tf.constant(np.random.default_rng(3).normal(size=N))
Y = tf.constant(np.random.default_rng(4).normal(size=N))
TABLE = tf.constant(np.random.default_rng(5).normal(size=(7, N)))
ONES = tf.ones([N], tf.float64)


def rounds(body, *begin):
    """Six rounds of a body of an index and two arrays."""
    return tf.while_loop(lambda i, *_: i < 6, lambda i, *c: (i + 1, *body(i, *c)), (0, *begin))[1:]


def scanned(step, *begin):
    return tf.scan(step, TABLE, begin)


# name: what is computed of two arrays.
PROGRAMS = {
    "swapped": lambda x, y: rounds(lambda i, a, b: (b * 1.1, a), x, y),
    "swapped as they are": lambda x, y: rounds(lambda i, a, b: (b, a), x, y),
    "turned": lambda x, y: rounds(lambda i, a, b, c: (b, c, tf.sin(a)), x, y, x * y),
    "the same twice": lambda x, y: rounds(lambda i, a, b: (a + b,) * 2, x, y),
    "handed on": lambda x, y: rounds(lambda i, a, b: (a * b, b), x, y),
    "constant": lambda x, y: rounds(lambda i, a, b: (a * b, ONES), x, y),
    "from outside": lambda x, y: rounds(lambda i, a, b: (a + b, x), x, y),
    "parts": lambda x, y: rounds(
        lambda i, a, b: (tf.concat([a[1:], b[:1]], 0), tf.reverse(a * b, [0])), x, y
    ),
    "a part alone": lambda x, y: rounds(
        lambda i, a, b: (tf.sin(b)[1:4], tf.concat([a, b[:2]], 0)), x[:3], y
    ),
    "matrices": lambda x, y: rounds(
        lambda i, a, b: (tf.transpose(a) + b, tf.tensordot(a, b, 1) / 5.0),
        x[:, None] * y,
        y[:, None] + x,
    ),
    "numbers too": lambda x, y: rounds(
        lambda i, a, s: (a * s + 0.1, tf.reduce_sum(a) * 0.1 + tf.cast(i, tf.float64)), x, y[0]
    ),
    "a number of an array": lambda x, y: rounds(lambda i, a, b: (a * b[2], b + a[0]), x, y),
    "rows by number": lambda x, y: rounds(
        lambda i, a, b: (a + TABLE[i] * b, b * TABLE[i - 3][::-1] + TABLE[i, 2]), x, y
    ),
    "rows by a long number": lambda x, y: rounds(
        lambda i, a, b: (a + tf.gather(TABLE, tf.cast(6 - i, tf.int64)) * b, b), x, y
    ),
    "rows of what is carried": lambda x, y: rounds(
        lambda i, a, b: (tf.sin(a + b[i % 5]), b + tf.gather(a, i % 5)), x[:, None] + y, y
    ),
    "gathered": lambda x, y: rounds(
        lambda i, a, b: (tf.gather(a, [4, 3, 0, 0, 1]) + b, tf.gather(TABLE, [i, 0])[0]), x, y
    ),
    "complex": lambda x, y: rounds(
        lambda i, a, b: (a * b, tf.math.conj(b) + a[0]), tf.complex(x, y), tf.complex(y, x)
    ),
    "float32": lambda x, y: rounds(
        lambda i, a, b: (
            a * b + tf.cast(i, tf.float32),
            tf.cast(tf.cast(a, tf.float64), tf.float32),
        ),
        tf.cast(x, tf.float32),
        tf.cast(y, tf.float32),
    ),
    "no rounds": lambda x, y: tf.while_loop(lambda a, b: False, lambda a, b: (b, a), (x, y)),
    "scan": lambda x, y: scanned(lambda c, row: (c[0] * row, c[0] + c[1]), x, y),
    "scan of rows": lambda x, y: scanned(lambda c, row: (row, c[0] * c[1]), x, y),
    "scan of what is carried": lambda x, y: scanned(lambda c, row: (c[1], c[0]), x, y),
    "scan of numbers and arrays": lambda x, y: scanned(
        lambda c, row: (c[0] + row[1], c[1] * c[0] + row), x[0], y
    ),
    "scan of columns": lambda x, y: tf.scan(
        lambda c, row: c * row + y[:5], tf.transpose(TABLE[:5]), x
    ),
    "several results": lambda x, y: tf.map_fn(
        lambda row: (row * x, row, row * x, tf.reduce_sum(row), y),
        TABLE,
        fn_output_signature=(tf.float64,) * 5,
    ),
    "until": lambda x, y: tf.while_loop(
        lambda a, b: tf.reduce_sum(a * a) < 400.0, lambda a, b: (a * 1.5 + b, tf.cos(a)), (x, y)
    ),
}


def derivatives(f):
    def of(x, y):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([x, y])
            found = tf.nest.flatten(f(x, y))
            total = sum(tf.reduce_sum(tf.abs(tf.sin(z))) for z in found)
        return [*found, *tape.gradient(total, [x, y], unconnected_gradients="zero")]

    return of


@pytest.mark.parametrize("name", PROGRAMS)
def test_values_and_gradients_are_those_of_the_loop_as_it_is(name):
    plain = derivatives(PROGRAMS[name])
    f = tf.function(plain)
    for scale in (1.0, 0.7, 1.0):
        given = X * scale, Y * scale
        kept = [x.numpy().copy() for x in given]
        found, expected = f(*given), plain(*given)
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(
                a.numpy(), b.numpy(), rtol=1e-5 if name == "float32" else 1e-11
            )
        for x, y in zip(given, kept, strict=True):
            np.testing.assert_array_equal(x.numpy(), y)


def test_results_of_one_run_are_not_those_of_the_next():
    f = tf.function(lambda x: tf.scan(lambda c, row: c + row, TABLE, x))
    first = f(X)
    kept = first.numpy().copy()
    second = f(X * 2.0)
    np.testing.assert_array_equal(first.numpy(), kept)
    assert not np.array_equal(second.numpy(), kept)


@pytest.mark.parametrize("where", [7, -8, 100])
def test_a_row_that_is_not_there_is_an_error(where):
    f = tf.function(
        lambda x, n: tf.while_loop(lambda i, c: i < 4, lambda i, c: (i + 1, c + TABLE[n]), (0, x))[
            1
        ]
    )
    np.testing.assert_allclose(f(X, tf.constant(-1)), X + 4 * TABLE[6])
    with pytest.raises(IndexError):
        f(X, tf.constant(where))
    np.testing.assert_allclose(f(X, tf.constant(2)), X + 4 * TABLE[2])


def test_a_row_that_is_not_there_behind_some_rounds():
    f = tf.function(
        lambda x, n: tf.while_loop(
            lambda i, c: i < n, lambda i, c: (i + 1, c + tf.gather(c * 2.0, i)), (0, x)
        )[1]
    )
    f(X, tf.constant(5))
    with pytest.raises(IndexError):
        f(X, tf.constant(6))
    np.testing.assert_allclose(f(X, tf.constant(2)), f.python_function(X, tf.constant(2)))
