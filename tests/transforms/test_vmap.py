"""vmap: each example of a batch gets what a call with it alone gives."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.func import grad, hessian, jacobian, jvp, value_and_grad, vmap

RANDOM = np.random.default_rng(5)
X, Y = tf.constant(RANDOM.normal(size=(4, 3))), tf.constant(RANDOM.normal(size=(4,)))
W = tf.constant(RANDOM.normal(size=(3,)))


def loss(w, x, y):
    return (tf.reduce_sum(tf.sin(w) * x) - y) ** 2


def close(found, expected):
    np.testing.assert_allclose(found.numpy(), np.asarray(expected), rtol=1e-12, atol=1e-12)


def rows(f, *lists):
    return np.stack([f(*each).numpy() for each in zip(*lists)])


def test_each_example_is_a_call():
    close(vmap(lambda x: x * 2.0)(X), X * 2.0)
    close(vmap(loss, (None, 0, 0))(W, X, Y), rows(lambda x, y: loss(W, x, y), X, Y))
    close(
        vmap(loss, in_axes=(None, 1, -1))(W, tf.transpose(X), Y), vmap(loss, (None, 0, 0))(W, X, Y)
    )
    close(vmap(lambda x, y: tf.linalg.matvec(y, x), (0, None))(X, tf.eye(3, dtype=X.dtype)), X)
    close(vmap(lambda x, *, y: x * y)(X, y=Y), X * Y[:, None])


def test_places_of_the_axis_in_results():
    outer = lambda x: (x[:, None] * x[None, :], x[0])  # noqa: E731
    whole, first = vmap(outer, out_axes=(2, 0))(X)
    assert whole.shape == (3, 3, 4)
    close(tf.transpose(whole, [2, 0, 1]), rows(lambda x: outer(x)[0], X))
    close(first, X[:, 0])
    close(vmap(outer, out_axes=-1)(X)[0], whole)
    close(vmap(lambda x: (x, tf.constant(3.0)), out_axes=(0, None))(X)[1], 3.0)


def test_structures():
    def f(pair, scale):
        return {"sum": pair["a"] + pair["b"][0] * scale, "none": None}

    given = {"a": X, "b": [Y]}
    found = vmap(f, in_axes=({"a": 0, "b": [0]}, None))(given, 2.0)
    close(found["sum"], X + Y[:, None] * 2.0)
    assert found["none"] is None
    close(vmap(f, in_axes=(0, None))(given, 2.0)["sum"], found["sum"])


def test_derivatives_inside_and_outside():
    gradients = vmap(grad(loss), (None, 0, 0))
    close(gradients(W, X, Y), rows(lambda x, y: grad(loss)(W, x, y), X, Y))
    value, slope = vmap(value_and_grad(loss), (None, 0, 0))(W, X, Y)
    close(value, vmap(loss, (None, 0, 0))(W, X, Y))
    close(slope, gradients(W, X, Y))
    close(
        vmap(hessian(loss), (None, 0, 0))(W, X, Y), rows(lambda x, y: hessian(loss)(W, x, y), X, Y)
    )

    def total(w):
        return tf.reduce_sum(vmap(grad(loss), (None, 0, 0))(w, X, Y) ** 2)

    def slow(w):
        return sum(tf.reduce_sum(grad(loss)(w, x, y) ** 2) for x, y in zip(X, Y))

    close(grad(total)(W), grad(slow)(W))
    close(jacobian(grad(total))(W), jacobian(grad(slow))(W))
    close(jvp(total, (W,), (W,))[1], jvp(slow, (W,), (W,))[1])


def test_nested():
    f = vmap(vmap(lambda x, y: x * y + tf.sin(x), (0, None)), (0, 0))
    close(f(X, Y), X * Y[:, None] + tf.sin(X))
    close(vmap(grad(lambda x: tf.reduce_sum(vmap(lambda z: z**3)(x))))(X), 3 * X**2)


def test_what_depends_on_elements_is_called_for_each():
    close(vmap(lambda x: x if x > 0.0 else -x)(Y), tf.abs(Y))
    recorded = tf.function(vmap(lambda x: tf.sin(x) * x))
    for _ in range(3):
        close(recorded(X), tf.sin(X) * X)


@pytest.mark.parametrize(
    ("error", "call"),
    [
        (TypeError, lambda: vmap(3)),
        (TypeError, lambda: vmap(loss, "x")(W, X, Y)),
        (ValueError, lambda: vmap(loss, (0, 0))(W, X, Y)),
        (ValueError, lambda: vmap(loss, None)(W, X, Y)),
        (ValueError, lambda: vmap(loss, (0, 0, 0))(W, X, Y)),
        (ValueError, lambda: vmap(loss, (None, 2, 0))(W, X, Y)),
        (ValueError, lambda: vmap(loss, (None, (0, 0), 0))(W, X, Y)),
        (ValueError, lambda: vmap(lambda x: x, out_axes=3)(X)),
    ],
)
def test_errors(error, call):
    with pytest.raises(error):
        call()


@pytest.mark.parametrize(
    "f",
    [
        lambda x: tf.recompute_grad(lambda: tf.sin(x))(),
        lambda x: tf.recompute_grad(lambda y: y * tf.sin(x))(tf.constant(2.0)),
        lambda x: tf.recompute_grad(lambda y: y * tf.sin(x))(x),
    ],
)
def test_recompute_grad_of_an_example_that_it_closes_over(f):
    def slope(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(f(x))
        return tape.gradient(y, x)

    rows = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    expected = np.stack([slope(row).numpy() for row in rows])
    for mapped in (
        vmap(slope),
        vmap(grad(lambda x: tf.reduce_sum(f(x)))),
        lambda rows: tf.vectorized_map(slope, rows),
    ):
        # Sines of the last few elements of an array may be rounded otherwise.
        np.testing.assert_allclose(mapped(rows), expected, rtol=1e-6)


@pytest.mark.parametrize("mapped", [vmap, lambda f: lambda x: tf.vectorized_map(f, x)])
def test_a_map_within_recompute_grad_and_around_it(mapped):
    rows, s = tf.constant([[1.0, 2.0], [3.0, 4.0]]), tf.constant(2.0)

    def f(row):
        return s * tf.reduce_sum(row + tf.recompute_grad(tf.tanh)(row))

    with tf.GradientTape(persistent=True) as tape:
        tape.watch(s)
        y = tf.reduce_sum(tf.recompute_grad(mapped(f))(rows))
        z = tf.reduce_sum(tf.stack([f(row) for row in rows]))
    assert float(tape.gradient(y, s)) == pytest.approx(float(tape.gradient(z, s)), rel=1e-6)
