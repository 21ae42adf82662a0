"""Factorizations: large matrices, which LAPACK takes, and matrices that have none."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf

from ..operations import assert_close

DTYPES = ("float32", "float64", "complex64", "complex128")


def matrix(n, dtype, seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, n))
    if np.dtype(dtype).kind == "c":
        x = x + 1j * random.normal(size=(n, n))
    return x.astype(dtype)


def definite(n, dtype):
    x = matrix(n, dtype)
    return x @ np.conj(x.T) / n + np.eye(n, dtype=dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", (47, 48, 130))
def test_factors_of_large_matrices(n, dtype):
    a = definite(n, dtype)
    l = tf.linalg.cholesky([a, 4 * a]).numpy()  # noqa: E741
    wide = "complex128" if np.dtype(dtype).kind == "c" else "float64"
    expected = np.linalg.cholesky(a.astype(wide))
    for k in range(2):
        assert_close(l[k], (k + 1) * expected.astype(dtype), dtype, ulps=64 * (k + 1))
        assert not np.triu(l[k], 1).any()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", (5, 47, 48, 65, 130))
def test_cotangents_of_large_matrices_by_their_factors(n, dtype):
    """By blocks; against the equation with triangular matrices that defines them."""
    a = definite(n, dtype)
    wide = "complex128" if np.dtype(dtype).kind == "c" else "float64"
    factor, g = np.linalg.cholesky(a.astype(wide)), matrix(n, dtype, 1)
    p = np.tril(np.conj(factor.T) @ g)
    p[np.diag_indices(n)] /= 2
    inverse = np.linalg.inv(factor)
    s = np.conj(inverse.T) @ p @ inverse
    x = tf.constant(a)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.linalg.cholesky(x)
    expected = ((s + np.conj(s.T)) / 2).astype(dtype)
    assert_close(tape.gradient(y, x, output_gradients=g), expected, dtype, ulps=256)


def test_second_derivatives_of_a_large_factor():
    n = 70
    a, direction, weights = (matrix(n, "float64", k) for k in range(3))
    a = a @ a.T / n + np.eye(n)
    direction = direction + direction.T

    def by_matrix(x):
        x = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(tf.linalg.cholesky(x) ** 2 * weights)
        return tape.gradient(y, x)

    x = tf.constant(a)
    with tf.autodiff.ForwardAccumulator(x, tf.constant(direction)) as forward:
        g = by_matrix(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        z = tf.reduce_sum(by_matrix(x) * direction)
    step = 1e-5
    expected = (by_matrix(a + step * direction) - by_matrix(a - step * direction)) / (2 * step)
    for found in (forward.jvp(g), tape.gradient(z, x)):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("lower", (True, False))
@pytest.mark.parametrize("adjoint", (True, False))
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", (47, 48, 130))
def test_solutions_of_large_equations(n, dtype, lower, adjoint):
    a = matrix(n, dtype) / n + 2 * np.eye(n, dtype=dtype)
    b = matrix(n, dtype, 1)[:, :5]
    a[np.triu_indices(n, 1) if lower else np.tril_indices(n, -1)] = np.nan  # is not read
    triangle = np.nan_to_num(np.tril(np.nan_to_num(a)) if lower else np.triu(np.nan_to_num(a)))
    wide = triangle.astype("complex128")
    expected = np.linalg.solve(np.conj(wide.T) if adjoint else wide, b)
    if np.dtype(dtype).kind == "f":
        expected = expected.real
    x = tf.linalg.triangular_solve(a, b, lower, adjoint)
    assert_close(x, expected.astype(dtype), dtype, ulps=64)


def test_of_a_large_matrix_the_gradient_is_that_of_a_sum_of_logarithms():
    a = definite(100, "float64")
    x = tf.constant(a)
    with tf.GradientTape() as tape:
        tape.watch(x)
        l = tf.linalg.cholesky(x)  # noqa: E741
        log_determinant = 2.0 * tf.reduce_sum(tf.math.log(tf.einsum("ii->i", l)))
    np.testing.assert_allclose(tape.gradient(log_determinant, x), np.linalg.inv(a), atol=1e-12)
    np.testing.assert_allclose(log_determinant, np.linalg.slogdet(a)[1], rtol=1e-12)


@pytest.mark.parametrize("n", (2, 60))
@pytest.mark.parametrize("wrong", (-1.0, 0.0, np.nan, np.inf))
def test_what_is_not_positive_definite_is_an_error(n, wrong):
    a = np.eye(n)
    a[n - 1, n - 1] = wrong
    with pytest.raises(tf.errors.InvalidArgumentError, match="positive definite"):
        tf.linalg.cholesky([np.eye(n), a])


def test_shapes_and_dtypes_that_do_not_fit():
    for x in (1.0, [1.0], np.ones((2, 3)), np.ones((2, 3, 2))):
        with pytest.raises(tf.errors.InvalidArgumentError, match="square"):
            tf.linalg.cholesky(x)
        with pytest.raises(tf.errors.InvalidArgumentError, match="square"):
            tf.linalg.triangular_solve(x, [[1.0]])
    for b in (1.0, [1.0, 2.0], np.ones((3, 2)), np.ones((2, 3, 2))):
        with pytest.raises(tf.errors.InvalidArgumentError, match="triangular_solve"):
            tf.linalg.triangular_solve(np.ones((3, 2, 2)), b)
    for x in (np.eye(2, dtype=int), np.eye(2, dtype=bool)):
        with pytest.raises(TypeError, match="cholesky"):
            tf.linalg.cholesky(x)
    with pytest.raises(TypeError):
        tf.linalg.triangular_solve(tf.eye(2), tf.eye(2, dtype=tf.int32))


def test_a_zero_on_the_diagonal_is_no_error():
    x = tf.linalg.triangular_solve([[0.0]], [[1.0]])
    assert np.isinf(x.numpy()).all()
