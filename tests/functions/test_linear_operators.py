"""Linear operators beside the dense matrices that they stand for."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf

L = tf.linalg


def operators(dtype):
    random = np.random.default_rng(0)

    def numbers(*shape):
        x = random.normal(size=shape)
        x = x + 1j * random.normal(size=shape) if np.dtype(dtype).kind == "c" else x
        return x.astype(dtype)

    full = L.LinearOperatorFullMatrix(numbers(2, 3, 3) + 3 * np.eye(3, dtype=dtype))
    triangle = L.LinearOperatorLowerTriangular(numbers(2, 2) + 3 * np.eye(2, dtype=dtype))
    diagonal = L.LinearOperatorDiag(numbers(2, 2) + 3)
    yield full
    yield triangle
    yield diagonal
    yield L.LinearOperatorIdentity(3, [2], dtype)
    yield L.LinearOperatorKronecker([full, triangle, diagonal])
    yield full @ L.LinearOperatorIdentity(3, dtype=dtype)
    spectrum = np.fft.fft(random.normal(size=4) + [4, 0, 0, 0])
    yield L.LinearOperatorCirculant(spectrum, dtype)


@pytest.mark.parametrize("dtype", ("float64", "complex128"))
def test_they_do_what_their_matrices_do(dtype):
    for a in operators(dtype):
        dense = a.to_dense().numpy()
        assert dense.shape == tuple(a.shape)
        assert dense.dtype == a.dtype.as_numpy_dtype
        n = a.domain_dimension
        x = np.random.default_rng(1).normal(size=(n, 2)).astype(dtype)
        for adjoint in (False, True):
            turned = np.conj(np.swapaxes(dense, -1, -2)) if adjoint else dense
            np.testing.assert_allclose(a.matmul(x, adjoint), turned @ x, atol=1e-10)
            np.testing.assert_allclose(a.matvec(x[:, 0], adjoint), turned @ x[:, 0], atol=1e-10)
            solved = np.linalg.solve(turned, np.broadcast_to(x, (*turned.shape[:-1], 2)))
            np.testing.assert_allclose(a.solve(x, adjoint), solved, atol=1e-10)
            np.testing.assert_allclose(a.solvevec(x[:, 0], adjoint), solved[..., 0], atol=1e-10)
        by_adjoint = a.matmul(np.conj(x.T), adjoint_arg=True)
        np.testing.assert_allclose(by_adjoint, dense @ x, atol=1e-10)
        np.testing.assert_allclose(a.determinant(), np.linalg.det(dense), rtol=1e-10)
        logarithm = np.linalg.slogdet(dense)[1]
        np.testing.assert_allclose(a.log_abs_determinant(), logarithm, rtol=1e-10)
        np.testing.assert_allclose(a.trace(), np.trace(dense, axis1=-2, axis2=-1), rtol=1e-10)
        np.testing.assert_allclose(a.inverse().to_dense(), np.linalg.inv(dense), atol=1e-10)
        np.testing.assert_allclose(a.H.to_dense(), np.conj(np.swapaxes(dense, -1, -2)), atol=1e-12)
        np.testing.assert_allclose(a.add_to_tensor(1.0), dense + 1, atol=1e-12)
        a.assert_non_singular()
        assert tuple(a.shape_tensor().numpy()) == tuple(a.shape)


def test_derivatives_go_through():
    d = tf.constant([2.0, 4.0], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(d)
        a = L.LinearOperatorKronecker([L.LinearOperatorDiag(d), L.LinearOperatorDiag(d)])
        y = a.log_abs_determinant()
    np.testing.assert_allclose(tape.gradient(y, d), [2, 1])


def test_what_is_not_there_or_does_not_fit():
    wide = L.LinearOperatorFullMatrix([[1.0, 2.0, 3.0], [3.0, 4.0, 5.0]])
    for wrong in (wide.determinant, lambda: wide.solve([[1.0], [2.0]]), wide.inverse):
        with pytest.raises(NotImplementedError):
            wrong()
    with pytest.raises(ValueError, match="Cholesky"):
        L.LinearOperatorFullMatrix([[1.0, 2.0], [3.0, 4.0]]).cholesky()
    with pytest.raises(TypeError):
        L.LinearOperatorFullMatrix([[1, 2], [3, 4]])
    with pytest.raises(tf.errors.InvalidArgumentError):
        wide.matmul([[1.0]])
    with pytest.raises(tf.errors.InvalidArgumentError, match="zero"):
        L.LinearOperatorDiag([1.0, 0.0]).assert_non_singular()
    with pytest.raises(tf.errors.InvalidArgumentError, match="adjoint"):
        L.LinearOperatorFullMatrix([[1.0, 2.0], [3.0, 4.0]]).assert_self_adjoint()
    positive = L.LinearOperatorFullMatrix(
        [[4.0, 0.0], [0.0, 9.0]], is_self_adjoint=True, is_positive_definite=True
    )
    positive.assert_positive_definite()
    np.testing.assert_allclose(positive.cholesky().to_dense(), [[2, 0], [0, 3]])
    np.testing.assert_allclose(positive.solvevec([4.0, 9.0]), [1, 1])
    np.testing.assert_allclose(positive.eigvals(), [4, 9])
    np.testing.assert_allclose(positive.cond(), 9 / 4)
