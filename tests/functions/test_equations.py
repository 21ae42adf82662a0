"""Equations, determinants, diagonals and decompositions: large matrices, edge cases and errors."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core

from ..operations import assert_close

L = tf.linalg
DTYPES = ("float32", "float64", "complex64", "complex128")
InvalidArgument = tf.errors.InvalidArgumentError


def matrix(n, dtype="float64", seed=0, m=None):
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, n if m is None else m))
    if np.dtype(dtype).kind == "c":
        x = x + 1j * random.normal(size=x.shape)
    return (x / np.sqrt(n)).astype(dtype)


def gradient(f, x):
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return tape.gradient(y, x).numpy()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", (1, 4, 5, 17, 40, 60, 130))
def test_equations_of_any_extent(n, dtype):
    a = np.stack([matrix(n, dtype), matrix(n, dtype, 1)])
    b = matrix(n, dtype, 2, 3)
    wide = a.astype("complex128" if np.dtype(dtype).kind == "c" else "float64")
    scale = 2000 * np.abs(np.linalg.inv(wide)).max()
    for adjoint in (False, True):
        turned = np.conj(np.swapaxes(wide, -1, -2)) if adjoint else wide
        x = L.solve(a, b, adjoint)
        assert_close(x, np.linalg.solve(turned, b).astype(dtype), dtype, ulps=scale)
        assert_close(L.inv(a, adjoint), np.linalg.inv(turned).astype(dtype), dtype, ulps=scale)
    sign, logarithm = L.slogdet(a)
    expected = np.linalg.slogdet(wide)
    assert_close(sign, expected[0].astype(dtype), dtype, ulps=scale)
    assert_close(logarithm, expected[1].astype(dtype), dtype, ulps=scale)
    assert_close(sign * tf.exp(logarithm), L.det(a), dtype, ulps=scale)
    factors = L.lu(a)
    assert_close(L.lu_reconstruct(*factors), a, dtype, ulps=1000)
    assert_close(L.lu_matrix_inverse(*factors), L.inv(a), dtype, ulps=scale)
    assert_close(L.lu_solve(*factors, b), L.solve(a, b), dtype, ulps=scale)


@pytest.mark.parametrize("n", (2, 60))
def test_gradients_at_any_extent(n):
    a, b = matrix(n, "complex128"), matrix(n, "complex128", 1, 1)
    inverse = np.linalg.inv(a)
    by_log = gradient(lambda x: tf.math.real(L.slogdet(x)[1]), a)
    np.testing.assert_allclose(by_log, np.conj(inverse.T), rtol=1e-9, atol=1e-11)
    by_det = gradient(lambda x: tf.math.real(L.det(x)), a)
    np.testing.assert_allclose(by_det, np.conj(np.linalg.det(a) * inverse.T), rtol=1e-9)
    for adjoint in (False, True):
        by_a = gradient(lambda x, ad=adjoint: tf.math.real(tf.reduce_sum(L.solve(x, b, ad))), a)
        turned = np.conj(inverse.T) if adjoint else inverse
        left, right = np.conj(turned.T) @ np.ones((n, 1)), turned @ b
        expected = -right @ np.conj(left.T) if adjoint else -left @ np.conj(right.T)
        np.testing.assert_allclose(by_a, expected, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("n", (1, 3, 60))
@pytest.mark.parametrize("wrong", (0.0, np.nan))
def test_what_is_not_invertible_is_an_error(n, wrong):
    a = np.eye(n)
    a[n - 1, n - 1] = wrong
    for f in (lambda x: L.solve(x, np.ones((n, 1))), L.inv, L.lu):
        with pytest.raises(InvalidArgument, match="not invertible"):
            f([np.eye(n), a])
    assert_close(L.det(a), wrong)
    sign, logarithm = L.slogdet(a)
    assert_close(sign, wrong)
    assert_close(logarithm, -np.inf if wrong == 0 else wrong)
    if wrong == 0:
        with pytest.raises(InvalidArgument, match="not invertible"):
            gradient(lambda x: L.slogdet(x)[1], a)


@pytest.mark.parametrize("n", (2, 3, 5, 50))
def test_the_gradient_of_a_determinant_of_a_singular_matrix(n):
    a = matrix(n)
    a[:, 1] = 2 * a[:, 0]
    minors = np.array(
        [[np.linalg.det(np.delete(np.delete(a, i, 0), j, 1)) for j in range(n)] for i in range(n)]
    )
    signs = (-1.0) ** (np.arange(n)[:, None] + np.arange(n))
    np.testing.assert_allclose(gradient(L.det, a), signs * minors, rtol=1e-7, atol=1e-12)
    assert not gradient(L.det, np.zeros((3, 3))).any()
    with pytest.raises(InvalidArgument, match="not invertible"):
        gradient(lambda x: tf.reduce_sum(tf.gradients(L.det, x)[0]), np.zeros((3, 3)))


def test_shapes_that_do_not_fit():
    for f in (L.inv, L.det, L.slogdet, L.lu, L.logdet, L.eigh, L.eigvals):
        for x in (1.0, [1.0], np.ones((2, 3))):
            with pytest.raises(InvalidArgument, match="square"):
                f(x)
    for f in (L.svd, L.qr, L.pinv, L.band_part, L.adjoint, L.matrix_transpose, L.trace):
        with pytest.raises(InvalidArgument):
            f([1.0], 0, 0) if f is L.band_part else f([1.0])
    for b in (1.0, [1.0, 2.0], np.ones((3, 2)), np.ones((3, 2, 2))):
        with pytest.raises(InvalidArgument, match="solve"):
            L.solve(np.ones((2, 2, 2)) + np.eye(2), b)
    with pytest.raises(TypeError):
        L.inv(np.eye(2, dtype=int))
    with pytest.raises(TypeError):
        L.solve(tf.eye(2), tf.eye(2, dtype=tf.int32))


def test_diagonals():
    x = np.arange(12).reshape(3, 4)
    rows = {
        "RIGHT_LEFT": [[-1, 2, 7], [1, 6, 11], [0, 5, 10], [4, 9, -1]],
        "LEFT_RIGHT": [[2, 7, -1], [1, 6, 11], [0, 5, 10], [-1, 4, 9]],
        "LEFT_LEFT": [[2, 7, -1], [1, 6, 11], [0, 5, 10], [4, 9, -1]],
        "RIGHT_RIGHT": [[-1, 2, 7], [1, 6, 11], [0, 5, 10], [-1, 4, 9]],
    }
    for align, expected in rows.items():
        d = L.diag_part(x, k=(-1, 2), padding_value=-1, align=align)
        np.testing.assert_array_equal(d, expected)
        np.testing.assert_array_equal(L.set_diag(x, d, k=(-1, 2), align=align), x)
        back = L.diag(d, k=(-1, 2), num_rows=3, num_cols=4, align=align, padding_value=5)
        np.testing.assert_array_equal(back, np.where(np.triu(x + 1, -1) * np.tri(3, 4, 2), x, 5))
    np.testing.assert_array_equal(L.diag([1, 2], k=1, num_rows=5).shape, (5, 3))
    np.testing.assert_array_equal(L.diag_part(x, k=tf.constant([0, 1])), [[1, 6, 11], [0, 5, 10]])
    assert L.diag_part(np.zeros((0, 3))).shape == (0,)
    assert L.diag(np.zeros((2, 0))).shape == (2, 0, 0)
    for wrong in (
        lambda: L.diag(3.0),
        lambda: L.diag([1, 2], k=1, num_rows=5, num_cols=5),
        lambda: L.diag([1, 2], num_rows=1),
        lambda: L.diag_part(x, k=4),
        lambda: L.diag_part(x, k=(1, 0)),
        lambda: L.diag_part(x, align="LEFT"),
        lambda: L.diag_part(x, k=0.5),
        lambda: L.set_diag(x, [1, 2]),
        lambda: L.set_diag([x, x], [1, 2, 3]),
        lambda: L.tensor_diag(3.0),
        lambda: L.tensor_diag_part(np.ones((2, 3))),
        lambda: L.tensor_diag_part(np.ones(2)),
        lambda: L.band_part(x, 4, 0),
        lambda: L.cross([1, 2], [1, 2]),
        lambda: L.cross([1, 2, 3], [[1, 2, 3]]),
        lambda: L.matvec(np.eye(2), np.ones(3)),
    ):
        with pytest.raises(InvalidArgument):
            wrong()


def test_bands_keep_no_trace_of_nan():
    x = tf.constant([[1.0, np.nan], [2.0, 3.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = L.band_part(x, -1, 0) * [[1.0, np.inf], [1.0, 1.0]]
    np.testing.assert_array_equal(y[:, 0], [1, 2])
    np.testing.assert_array_equal(tape.gradient(y, x), [[1, 0], [1, 1]])


def test_least_squares():
    a, b = matrix(5, m=2), matrix(5, seed=1, m=2)
    for x, y in ((a, b), (a.T, b.T[:, :2])):
        for fast in (True, False):
            found = L.lstsq(x, y, fast=fast)
            np.testing.assert_allclose(found, np.linalg.pinv(x) @ y, atol=1e-12)
        ridge = L.lstsq(x, y, l2_regularizer=0.5)
        expected = np.linalg.solve(x.T @ x + 0.5 * np.eye(x.shape[1]), x.T @ y)
        np.testing.assert_allclose(ridge, expected, atol=1e-12)
    with pytest.raises(InvalidArgument, match="Cholesky"):
        L.lstsq(np.ones((3, 2)), np.ones((3, 1)))
    deficient = L.lstsq(np.ones((3, 2)), np.ones((3, 1)), fast=False)
    np.testing.assert_allclose(deficient, [[0.5], [0.5]])
    np.testing.assert_array_equal(L.lstsq(np.ones((0, 2)), np.ones((0, 1))), [[0], [0]])
    assert L.matrix_rank([[1, 2], [2, 4]]).numpy() == 1
    assert L.matrix_rank(np.zeros((0, 2))).numpy() == 0
    np.testing.assert_allclose(L.pinv([[2, 0], [0, 1e-3]], rcond=0.01), [[0.5, 0], [0, 0]])


def test_functions_of_equal_eigenvalues():
    """What does not tell eigenvalues apart has a derivative where they are equal."""
    a = 2 * np.eye(3)

    def log_determinant(x):
        return tf.reduce_sum(tf.math.log(L.eigh(x)[0]))

    np.testing.assert_allclose(gradient(log_determinant, a), np.eye(3) / 2, atol=1e-12)
    np.testing.assert_allclose(
        gradient(lambda x: tf.reduce_sum(tf.math.log(L.eigvalsh(x))), a), np.eye(3) / 2, atol=1e-12
    )
    nuclear = gradient(lambda x: tf.reduce_sum(L.svd(x, compute_uv=False)), a)
    np.testing.assert_allclose(nuclear, np.eye(3), atol=1e-12)
    nuclear = gradient(lambda x: tf.reduce_sum(L.svd(x)[0]), -a)
    np.testing.assert_allclose(nuclear, -np.eye(3), atol=1e-12)
    by_any = gradient(lambda x: tf.math.real(tf.reduce_sum(L.eigvals(x) ** 2)), a)
    np.testing.assert_allclose(by_any, 4 * np.eye(3), atol=1e-12)


def hessian(f, x):
    x = tf.constant(x)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = f(x)
        g = inner.gradient(y, x)
    return outer.jacobian(g, x).numpy()


def by_eigh(f):
    def of_matrix(x):
        w, v = L.eigh((x + x.mT) / 2)
        return (v * f(w)) @ v.mT

    return of_matrix


def equal_in_places():
    """With the eigenvalues 1, 1 and 2, exactly, or but for rounding."""
    q = np.linalg.qr(matrix(3))[0]
    return [np.diag([1.0, 1.0, 2.0]), q @ np.diag([1.0, 1.0, 2.0]) @ q.T]


@pytest.mark.parametrize("which", (0, 1))
@pytest.mark.parametrize("f", (tf.sqrt, tf.math.log, tf.exp), ids=lambda f: f.__name__)
def test_functions_of_matrices_with_equal_eigenvalues_are_refused(f, which):
    """What a tape hands back does not tell their derivative: terms were left out, silently."""
    a, weights = equal_in_places()[which], matrix(3, seed=1)

    def weighted(x):
        return tf.reduce_sum(by_eigh(f)(x) * weights)

    with pytest.raises(InvalidArgument, match=r"eigh.* use a function of the matrix|logdet"):
        gradient(weighted, a)
    x = tf.constant(a)
    with (
        tf.autodiff.ForwardAccumulator(x, tf.constant(weights)) as forward,
        pytest.raises(InvalidArgument, match="logdet"),
    ):
        forward.jvp(weighted(x))
    apart = a + np.diag([0, 0.1, 0.2])
    expected = gradient(lambda x: tf.reduce_sum(L.sqrtm((x + x.mT) / 2) * weights), apart)
    if f is tf.sqrt:
        np.testing.assert_allclose(gradient(weighted, apart), expected, atol=1e-12)


@pytest.mark.parametrize("which", (0, 1))
def test_second_derivatives_at_equal_values_are_right_or_refused(which):
    a = equal_in_places()[which]
    for values in (L.eigvalsh, lambda x: L.eigh(x)[0]):
        with pytest.raises(InvalidArgument, match="logdet"):
            hessian(lambda x, f=values: tf.reduce_sum(tf.math.log(f(x))), a)
        trace = hessian(lambda x, f=values: tf.reduce_sum(f(x)), a)
        np.testing.assert_allclose(trace, np.zeros((3, 3, 3, 3)), atol=1e-12)
    with pytest.raises(InvalidArgument, match="logdet"):
        hessian(lambda x: tf.reduce_sum(L.svd(x, compute_uv=False) ** 3), a)


@pytest.mark.parametrize("a", [*equal_in_places(), matrix(3, m=3), matrix(4, m=3), -np.eye(2)])
def test_second_derivatives_of_the_nuclear_norm(a):
    """Its Hessian lacked terms where singular values are equal."""

    def by_root(x):
        return L.trace(L.sqrtm(x.mT @ x))

    expected = hessian(by_root, a)
    for values in (lambda x: L.svd(x, compute_uv=False), lambda x: L.svd(x)[0]):
        found = hessian(lambda x, f=values: tf.reduce_sum(f(x)), a)
        np.testing.assert_allclose(found, expected, atol=1e-10)


def test_vectors_that_are_told_apart_have_derivatives_beside_equal_ones():
    a = equal_in_places()[1]

    def by_last(x):
        return L.eigh((x + x.mT) / 2)[1][:, -1] ** 2

    step, direction = 1e-6, matrix(3, seed=2)
    ahead, behind = (by_last(tf.constant(a + s * direction)) for s in (step, -step))
    expected = np.sum((ahead - behind).numpy() / (2 * step) * [1, 2, 3])
    found = gradient(lambda x: tf.reduce_sum(by_last(x) * [1.0, 2.0, 3.0]), a)
    np.testing.assert_allclose(np.sum(found * direction), expected, rtol=1e-6)


def test_sums_of_vectors_of_equal_eigenvalues_are_refused():
    for decomposed in (L.eigh, lambda x: L.svd(x)[1:], L.eig):
        with pytest.raises(InvalidArgument, match="logdet"):
            gradient(lambda x, f=decomposed: tf.math.real(f(x)[-1])[0, 1], 2 * np.eye(2))


def test_infinities_and_nan_in_decompositions():
    a = np.array([[np.nan, 1.0], [1.0, 2.0]])
    for f in (L.eigh, L.eigvalsh, L.eig, L.eigvals):
        with pytest.raises(InvalidArgument, match="not successful"):
            f(a)
    for part in L.svd([a, np.eye(2)]):
        assert np.isnan(part[0].numpy()).all()
        assert np.isfinite(part[1].numpy()).all()


def test_bases_that_are_completed_have_no_derivative():
    x = matrix(3, m=2)
    _, u, v = L.svd(x, full_matrices=True)
    assert u.shape == (3, 3)
    assert v.shape == (2, 2)
    assert L.qr(x, full_matrices=True).q.shape == (3, 3)
    nuclear = gradient(lambda x: tf.reduce_sum(L.svd(x, full_matrices=True)[0]), x)
    u, _, vh = np.linalg.svd(x, full_matrices=False)
    np.testing.assert_allclose(nuclear, u @ vh, atol=1e-12)
    with pytest.raises(NotImplementedError):
        gradient(lambda x: tf.reduce_sum(L.svd(x, full_matrices=True)[1]), x)
    with pytest.raises(NotImplementedError):
        gradient(lambda x: tf.reduce_sum(L.qr(x, full_matrices=True)[0]), x)
    with pytest.raises(InvalidArgument, match="depends on"):
        gradient(lambda x: tf.reduce_sum(L.qr(x)[0]), np.zeros((2, 2)))


def test_normalize():
    x, length = L.normalize([[3.0, 4.0], [0.0, 2.0]], axis=1)
    np.testing.assert_allclose(x, [[0.6, 0.8], [0, 1]])
    np.testing.assert_allclose(length, [[5], [2]])
    assert np.isnan(L.normalize([0.0, 0.0])[0].numpy()).all()
    assert L.normalize([3j, 4.0], ord=1)[0].dtype == tf.complex128
    np.testing.assert_allclose(L.normalize(tf.constant([3j, 4.0]), ord=1)[1], [7.0])


@pytest.mark.parametrize("rows", [[0, 0, 1], [0, 1, 3], [-1, 0, 1], [np.nan, 0, 1]])
def test_factors_whose_rows_are_no_permutation_are_refused(rows):
    """They come from `lu`, unless somebody calls the row with others; it read beyond arrays."""
    a = tf.eye(3, dtype=tf.float64)
    factors = tf.concat([a, tf.reshape(tf.constant(rows, tf.float64), (3, 1))], 1)
    with pytest.raises(tf.errors.InvalidArgumentError, match="numbers the rows"):
        _core.apply("factored_solve", [a, tf.ones((3, 1), tf.float64), factors], [False])


@pytest.mark.parametrize(("m", "n"), [(0, 3), (3, 0), (0, 0)])
@pytest.mark.parametrize("batch", [(), (2,)])
def test_least_squares_of_nothing(m, n, batch):
    a, b = tf.zeros((*batch, m, n)), tf.ones((*batch, m, 2))
    with tf.GradientTape() as tape:
        tape.watch([a, b])
        x = L.lstsq(a, b)
    np.testing.assert_array_equal(x, np.zeros((*batch, n, 2)))
    for part, gradient_ in zip((a, b), tape.gradient(x, [a, b])):
        np.testing.assert_array_equal(gradient_, np.zeros(part.shape))
