"""Derivatives of decompositions where values are nearly equal, or nearly 0."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf

from .test_equations import by_eigh, gradient, hessian, matrix

L = tf.linalg
InvalidArgument = tf.errors.InvalidArgumentError


def by_svd(weights, f=tf.tanh):
    def weighted(x):
        s, u, v = L.svd(x)
        return tf.reduce_sum(tf.matmul(u * f(s), v, transpose_b=True) * weights)

    return weighted


def second(f, x, direction, way):
    """The derivative of a gradient along a direction, in three ways."""
    x, direction = tf.constant(x), tf.constant(direction)
    if way == "backwards twice":
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = f(x)
            along = tf.reduce_sum(inner.gradient(y, x) * direction)
        return outer.gradient(along, x).numpy()
    if way == "forwards over backwards":
        with tf.autodiff.ForwardAccumulator(x, direction) as forward:
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = f(x)
            g = tape.gradient(y, x)
        return forward.jvp(g).numpy()
    with tf.GradientTape() as tape:
        tape.watch(x)
        with tf.autodiff.ForwardAccumulator(x, direction) as forward:
            y = f(x)
        along = forward.jvp(y)
    return tape.gradient(along, x).numpy()


def by_differences(f, x, direction, step=1e-5):
    ahead, behind = (gradient(f, x + s * direction) for s in (step, -step))
    return (ahead - behind) / (2 * step)


WAYS = ("backwards twice", "forwards over backwards", "backwards over forwards")
SINGULAR = {
    "ones": np.ones((2, 2)),
    "equal rows": np.array([[1.0, 2.0], [1.0, 2.0]]),
    "last column": np.array([[1.0, 2.0, 3.0], [2.0, 1.0, 3.0], [3.0, 1.0, 4.0]]),
}


def test_the_second_derivative_of_a_function_of_singular_values_near_0():
    found = second(by_svd([[1.0, 2], [3, 5]]), np.ones((2, 2)), [[1.0, -1], [2, 0.5]], WAYS[0])
    np.testing.assert_allclose(found.ravel(), [0.13258, 0.75539, -2.44222, -0.52444], atol=1e-5)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("a", SINGULAR.values(), ids=SINGULAR)
@pytest.mark.parametrize("decomposed", ("svd", "qr"))
def test_second_derivatives_of_decompositions_of_singular_matrices(decomposed, a, way):
    n = len(a)
    weights, direction = matrix(n, seed=1), matrix(n, seed=2)

    def by_qr(x):
        q, r = L.qr(x)
        return tf.reduce_sum(q * weights) + tf.reduce_sum(r**2 * weights)

    f = by_svd(weights) if decomposed == "svd" else by_qr
    expected = by_differences(f, a, direction)
    np.testing.assert_allclose(second(f, a, direction, way), expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(
        np.tensordot(hessian(f, a), direction), expected, rtol=1e-6, atol=1e-6
    )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("turned", (False, True))
def test_second_derivatives_at_singular_values_near_0_of_oblong_matrices_are_refused(turned, way):
    centred = matrix(4, m=3) - matrix(4, m=3).mean(1, keepdims=True)
    a = centred.T if turned else centred
    weights = np.arange(12.0).reshape(a.shape)
    with pytest.raises(InvalidArgument, match="pinv"):
        second(by_svd(weights), a, weights + 1, way)
    apart = a + 0.3 * np.eye(*a.shape)
    expected = by_differences(by_svd(weights), apart, weights / 10)
    found = second(by_svd(weights), apart, weights / 10, way)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("weights", (matrix(2, seed=1), np.diag([1.0, 2.0])), ids=("any", "diag"))
@pytest.mark.parametrize("decomposed", ("eigh", "svd"))
@pytest.mark.parametrize("gap", (0.0, 1e-15, 1e-13, 1e-12, 1e-10, 1e-8, 1e-7, 1e-5, 1e-3, 0.1))
def test_second_derivatives_near_equal_values_are_right_or_refused(gap, decomposed, weights, way):
    def by_values(x):
        y = (x + x.mT) / 2
        if decomposed == "svd":
            return by_svd(weights, tf.exp)(y)
        return tf.reduce_sum(by_eigh(tf.exp)(x) * weights)

    a, direction = np.diag([1 + gap, 1.0]), np.array([[0.3, 1.0], [0.5, -0.4]])
    expected = by_differences(
        lambda x: tf.reduce_sum(L.expm((x + x.mT) / 2) * weights), a, direction
    )

    def checked(compute, right, tolerance):
        try:
            found = compute()
        except InvalidArgument as error:
            assert gap < 3e-6
            assert "expm" in str(error)
        else:
            np.testing.assert_allclose(found, right, atol=tolerance * np.abs(right).max())

    checked(lambda: second(by_values, a, direction, way), expected, 1e-4)
    first = gradient(lambda x: tf.reduce_sum(L.expm((x + x.mT) / 2) * weights), a)
    checked(lambda: gradient(by_values, a), first, 1e-3)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("gap", (1e-8, 1e-6, 1e-3))
def test_vectors_that_turn_fast_have_second_derivatives(gap, way):
    """They are large, and have digits: those of the matrix [[0, 1], [1, 1]], but for a scale."""
    wide, direction = np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([[1.0, 0.0], [2.0, 0.5]])

    def squared(x):
        return L.eigh((x + x.mT) / 2)[1][0, 0] ** 2

    expected = second(squared, wide, direction, way) / gap**2
    found = second(squared, np.eye(2) + gap * wide, direction, way)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("dtype", ("float64", "complex128"))
def test_derivatives_of_dependent_columns_are_refused(dtype):
    oblong = np.array([[1.0, 2], [1, 2], [3, 6]])
    inner = np.array([[1.0, 2, 3], [1, 2, 5], [1, 2, 8]])
    for a in (oblong, inner, np.ones((2, 2)) if dtype == "complex128" else inner):
        x = tf.constant(a, dtype)
        with pytest.raises(InvalidArgument, match="depends on"):
            gradient(lambda x: tf.math.real(tf.reduce_sum(L.qr(x).q)), x)
    near = inner + np.diag([0, 1e-9, 0])
    assert np.isfinite(gradient(lambda x: tf.reduce_sum(L.qr(x).q), near)).all()
    with pytest.raises(InvalidArgument, match="depends on"):
        hessian(lambda x: tf.reduce_sum(L.qr(x).q), near)
    small = np.diag([1.0, 1e-20, 1e-30])
    assert np.isfinite(hessian(lambda x: tf.reduce_sum(L.qr(x).r), small)).all()
