"""Functions of matrices and equations with bands: extreme matrices, and errors."""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd_c as tf

from ..operations import assert_close

L = tf.linalg
InvalidArgument = tf.errors.InvalidArgumentError


def matrix(n, seed=0):
    return np.random.default_rng(seed).normal(size=(n, n)) / np.sqrt(n)


@pytest.mark.parametrize("dtype", ("float32", "float64", "complex64", "complex128"))
@pytest.mark.parametrize("size", (1e-3, 0.5, 2.0, 30.0))
@pytest.mark.parametrize("n", (4, 60))
def test_exponentials_of_any_size(n, size, dtype):
    a = (matrix(n) - matrix(n).T) * size
    if np.dtype(dtype).kind == "c":
        a = a + 1j * size * (matrix(n, 1) + matrix(n, 1).T)
    a = a.astype(dtype)
    # Antihermitian: the exponential is unitary.
    w, v = np.linalg.eigh(1j * a.astype("complex128"))
    expected = (v * np.exp(-1j * w)) @ np.conj(v.T)
    expected = expected if np.dtype(dtype).kind == "c" else expected.real
    assert_close(L.expm([a, 0 * a])[0], expected.astype(dtype), dtype, ulps=400 * (1 + size))
    assert_close(L.expm([a, 0 * a])[1], np.eye(n, dtype=dtype), dtype)


def test_exponentials_without_eigenvectors_and_without_numbers():
    a = [[1.0, 1.0], [0.0, 1.0]]
    np.testing.assert_allclose(L.expm(a), math.e * np.array(a), rtol=1e-6)
    for x in (np.nan, np.inf):
        assert np.isnan(L.expm([[x, 0.0], [0.0, 1.0]]).numpy()).all()
    assert L.expm(np.zeros((2, 0, 0))).shape == (2, 0, 0)


def test_the_derivative_of_an_exponential_in_a_tiny_direction():
    x = tf.constant(matrix(3))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = L.expm(x)
    ones = np.ones((3, 3))
    found = tape.gradient(y, x, output_gradients=tf.constant(1e-200 * ones))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = L.expm(x)
    expected = tape.gradient(y, x, output_gradients=tf.constant(ones))
    np.testing.assert_allclose(found, 1e-200 * expected.numpy(), rtol=1e-12)


def test_roots_and_logarithms():
    a = matrix(5) + 2 * np.eye(5)
    root = L.sqrtm(a)
    np.testing.assert_allclose(root @ root, a, atol=1e-12)
    quarter = 0.5**0.5
    np.testing.assert_allclose(
        L.sqrtm([[0.0, -1.0], [1.0, 0.0]]), [[quarter, -quarter], [quarter, quarter]], rtol=1e-6
    )
    np.testing.assert_array_equal(tf.matrix_square_root(np.zeros((2, 2))), np.zeros((2, 2)))
    np.testing.assert_allclose(L.sqrtm(np.array([[-1, 0], [0, 1 + 0j]])), [[1j, 0], [0, 1]])
    z = a + 1j * matrix(5, 1)
    np.testing.assert_allclose(L.expm(L.logm(z)), z, atol=1e-11)
    jordan = np.array([[2, 1], [0, 2 + 0j]])
    np.testing.assert_allclose(L.expm(L.logm(jordan)), jordan, atol=1e-12)
    logarithm = L.logm(np.array([[-1, 0], [0, 1 + 0j]]))
    np.testing.assert_allclose(logarithm, [[np.pi * 1j, 0], [0, 0]], atol=1e-12)
    for wrong in (-np.eye(2), [[0.0, 1.0], [0.0, 0.0]], [[np.nan, 0.0], [0.0, 1.0]]):
        with pytest.raises(InvalidArgument, match="square root"):
            L.sqrtm(wrong)
    with pytest.raises(InvalidArgument, match="logarithm"):
        L.logm(np.zeros((2, 2), complex))
    with pytest.raises(TypeError):
        L.logm(np.eye(2))
    for f in (L.expm, L.sqrtm, L.logm):
        with pytest.raises(InvalidArgument, match="square"):
            f(np.ones((2, 3), complex))


def test_bands():
    random = np.random.default_rng(0)
    n = 2000
    bands, b = random.normal(size=(3, n)), random.normal(size=(n, 2))
    x = L.tridiagonal_solve(bands, b)
    np.testing.assert_allclose(L.tridiagonal_matmul(bands, x), b, atol=1e-6)
    vector = L.tridiagonal_solve(bands, b[:, 0])
    np.testing.assert_allclose(vector, x[:, 0], rtol=1e-9)
    sequence = L.tridiagonal_solve(
        [bands[0, :-1], bands[1], bands[2, 1:]], b.T, "sequence", transpose_rhs=True
    )
    np.testing.assert_array_equal(sequence, x)
    small = bands[:, :5]
    dense = np.diag(small[1]) + np.diag(small[0, :-1], 1) + np.diag(small[2, 1:], -1)
    np.testing.assert_allclose(
        L.tridiagonal_solve(dense, b[:5], "matrix"), np.linalg.solve(dense, b[:5])
    )
    np.testing.assert_allclose(L.tridiagonal_matmul(dense, b[:5], "matrix"), dense @ b[:5])
    # What is outside of the matrix is not read.
    bands[0, -1] = bands[2, 0] = np.nan
    with tf.GradientTape() as tape:
        given = tf.constant(bands)
        tape.watch(given)
        y = L.tridiagonal_solve(given, b)
    np.testing.assert_array_equal(y, x)
    slope = tape.gradient(y, given).numpy()
    assert slope[0, -1] == slope[2, 0] == 0
    assert np.isfinite(slope).all()


def test_bands_that_have_no_solution():
    with pytest.raises(InvalidArgument, match="not invertible"):
        L.tridiagonal_solve(np.zeros((3, 3)), np.ones(3))
    with pytest.raises(InvalidArgument, match="not invertible"):
        L.banded_triangular_solve([[0.0, 2.0], [0.0, 1.0]], [[1.0], [1.0]])
    with pytest.raises(NotImplementedError):
        L.tridiagonal_solve(np.ones((3, 3)), np.ones(3), perturb_singular=True)
    for wrong in (
        lambda: L.tridiagonal_solve(np.ones((2, 3)), np.ones(3)),
        lambda: L.tridiagonal_solve(np.ones((3, 3)), np.ones((4, 1))),
        lambda: L.tridiagonal_solve(np.ones((3, 3)), np.ones(3), "dense"),
        lambda: L.tridiagonal_matmul(np.ones((3, 3)), np.ones((4, 1))),
        lambda: L.banded_triangular_solve(np.ones(3), np.ones((3, 1))),
        lambda: L.eigh_tridiagonal(np.ones(3), np.ones(3)),
        lambda: L.eigh_tridiagonal(np.ones(3), np.ones(2), select="i"),
    ):
        with pytest.raises(InvalidArgument):
            wrong()


def test_eigenvalues_of_tridiagonal_matrices():
    a, b = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0])
    dense = np.diag(a) + np.diag(b, 1) + np.diag(b, -1)
    w = np.linalg.eigvalsh(dense)
    np.testing.assert_allclose(L.eigh_tridiagonal(a, b), w)
    np.testing.assert_allclose(L.eigh_tridiagonal(a, b, select="i", select_range=[0, 1]), w[:2])
    np.testing.assert_allclose(L.eigh_tridiagonal(a, b, select="v", select_range=[0, 2]), w[1:2])
    e, v = L.eigh_tridiagonal(a, b, eigvals_only=False)
    np.testing.assert_allclose(dense @ v.numpy(), v.numpy() * e.numpy(), atol=1e-12)


@pytest.mark.parametrize("shape", [(0, 0), (0, 3, 3), (2, 0, 0)])
def test_roots_and_logarithms_of_nothing(shape):
    """NumPy's error about shapes came through."""
    for f in (tf.linalg.sqrtm, tf.linalg.logm, tf.linalg.expm):
        x = tf.zeros(shape, tf.complex64)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        assert y.shape == shape
        assert y.dtype == tf.complex64
        assert tape.gradient(y, x).shape == shape
