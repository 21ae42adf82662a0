"""Linear operators beside the dense matrices that they stand for."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from tests.linear_operators import COMPLEX, MAKERS, METHODS, REAL, Numbers, arguments, outcome

L = tf.linalg

# The same as METHODS, of a dense matrix.
DENSE = {
    "matmul": lambda a, x: a @ x["columns"],
    "matmul of the adjoint": lambda a, x: L.adjoint(a) @ x["rows"],
    "matmul with the adjoint": lambda a, x: a @ L.adjoint(x["turned"]),
    "matvec": lambda a, x: L.matvec(a, x["column"]),
    "matvec of the adjoint": lambda a, x: L.matvec(a, x["row"], adjoint_a=True),
    "@": lambda a, x: a @ x["columns"],
    "solve": lambda a, x: L.inv(a) @ x["rows"],
    "solve of the adjoint": lambda a, x: L.adjoint(L.inv(a)) @ x["columns"],
    "solve with the adjoint": lambda a, x: L.inv(a) @ L.adjoint(x["turned"]),
    "solvevec": lambda a, x: L.matvec(L.inv(a), x["row"]),
    "solvevec of the adjoint": lambda a, x: L.matvec(L.adjoint(L.inv(a)), x["row"]),
    "determinant": lambda a, x: L.det(a),
    "log_abs_determinant": lambda a, x: L.slogdet(a).log_abs_determinant,
    "diag_part": lambda a, x: L.diag_part(a),
    "trace": lambda a, x: L.trace(a),
    "add_to_tensor": lambda a, x: a + x["whole"],
    "adjoint": lambda a, x: L.adjoint(a),
    "H": lambda a, x: L.adjoint(a) @ x["rows"],
    "inverse": lambda a, x: L.inv(a) @ x["rows"],
    "dense inverse": lambda a, x: L.inv(a),
    "cholesky": lambda a, x: L.cholesky(a),
    "product": lambda a, x: a @ L.adjoint(a),
    "quotient": lambda a, x: L.inv(a) @ L.adjoint(a),
    "part of the batch": lambda a, x: a[-1:],
}


def projected(maker, slope):
    """A slope among the matrices that an operator may have."""
    if maker == "Diag, positive":
        return np.real(slope)
    if "positive" in maker and slope.shape[-1] == slope.shape[-2]:  # those of Cholesky factors
        return slope + np.conj(np.swapaxes(slope, -1, -2))
    return slope


@pytest.mark.parametrize("dtype", (REAL, COMPLEX))
@pytest.mark.parametrize("maker", MAKERS)
def test_they_do_what_their_matrices_do(maker, dtype):
    """Values, and gradients by all that an operator is made of."""
    numbers = Numbers(tf, dtype, 3)
    a = MAKERS[maker](numbers, L, (2,))
    x = {name: tf.constant(value, a.dtype) for name, value in arguments(a, (3, 1)).items()}
    dense = a.to_dense().numpy()
    assert dense.shape == tuple(a.shape)
    assert dense.dtype == a.dtype.as_numpy_dtype
    singular = maker == "Zeros"
    for name, reference in DENSE.items():
        have = outcome(tf, lambda: METHODS[name](a, x), numbers.variables)  # noqa: B023
        if isinstance(have, Exception):
            assert singular or name == "cholesky" or not a.is_square, (name, have)
            continue
        if singular and "determinant" in name:
            continue
        expected = outcome(
            tf,
            lambda: reference(a.to_dense(), x),  # noqa: B023
            numbers.variables,
        )
        assert have[0].shape == expected[0].shape, name
        np.testing.assert_allclose(have[0], expected[0], rtol=1e-8, atol=1e-8, err_msg=name)
        for slope, right in zip(have[1], expected[1]):
            slope, right = projected(maker, slope), projected(maker, right)
            scale = 1e-8 * max(1, np.abs(right).max())
            np.testing.assert_allclose(slope, right, rtol=1e-7, atol=scale, err_msg=name)


@pytest.mark.parametrize("dtype", (REAL, COMPLEX))
@pytest.mark.parametrize("maker", MAKERS)
def test_spectra(maker, dtype):
    a = MAKERS[maker](Numbers(tf, dtype), L, (2,))
    dense = a.to_dense().numpy()
    if maker == "Zeros" or "wide" in maker:
        return
    found = np.sort_complex(a.eigvals().numpy())
    np.testing.assert_allclose(found, np.sort_complex(np.linalg.eigvals(dense)), atol=1e-8)
    np.testing.assert_allclose(np.abs(a.cond().numpy()), np.linalg.cond(dense), rtol=1e-8)
    a.assert_non_singular()
    adjoint = np.conj(np.swapaxes(dense, -1, -2))
    for holds, check in (
        (np.array_equal(dense, adjoint), a.assert_self_adjoint),
        (np.linalg.eigvalsh(dense + adjoint).min() > 0, a.assert_positive_definite),
    ):
        if holds:
            check()
        elif a.is_self_adjoint is None or check == a.assert_positive_definite:
            with pytest.raises(tf.errors.InvalidArgumentError):
                check()


def test_blocks_come_and_go_in_lists():
    d, e = L.LinearOperatorDiag([2.0, 4.0]), L.LinearOperatorDiag([1.0, 3.0, 5.0])
    between = L.LinearOperatorFullMatrix(np.arange(6.0, dtype="float32").reshape(3, 2))
    for a in (
        L.LinearOperatorBlockDiag([d, e]),
        L.LinearOperatorBlockLowerTriangular([[d], [between, e]]),
    ):
        x, y = np.ones([2, 1], "float32"), np.full([4, 3, 1], 2, "float32")
        whole = np.concatenate([np.broadcast_to(x, [4, 2, 1]), y], 1)
        for adjoint in (False, True):
            for name in ("matmul", "solve"):
                expected = getattr(a, name)(whole, adjoint=adjoint).numpy()
                blocks = getattr(a, name)([x, y], adjoint=adjoint)
                np.testing.assert_allclose(
                    np.concatenate([np.broadcast_to(b, [4, *b.shape[-2:]]) for b in blocks], 1),
                    expected,
                )
                of_vectors = {"matmul": a.matvec, "solve": a.solvevec}[name]
                vectors = of_vectors([x[:, 0], y[0, :, 0]], adjoint=adjoint)
                np.testing.assert_allclose(np.concatenate(vectors), expected[0, :, 0])
        turned = a.matmul([x.T, np.swapaxes(y, -1, -2)], adjoint_arg=True)
        np.testing.assert_allclose(turned[0], a.matmul([x, y])[0])
        with pytest.raises(ValueError, match="Blocks"):
            a.matmul([y, x])


def test_operators_of_variables_follow_them():
    v = tf.Variable([1.0, 2.0])
    a = L.LinearOperatorDiag(v)
    v.assign([3.0, 4.0])
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(a.matvec([1.0, 10.0]))
    assert y.numpy() == 43
    np.testing.assert_allclose(tape.gradient(y, v), [1, 10])
    assert a.trainable_variables == (v,)
    assert isinstance(a, tf.Module)
    assert a.parameters["diag"] is v


def test_tensors_and_arrays_are_multiplied_from_the_left():
    a = L.LinearOperatorFullMatrix([[1.0, 2.0], [3.0, 4.0]])
    x = np.array([[1.0, 10.0]], "float32")
    for left in (x, tf.constant(x), tf.Variable(x)):
        np.testing.assert_allclose(left @ a, [[31, 42]])


def test_hints_that_are_wrong():
    for wrong in (
        lambda: L.LinearOperatorFullMatrix(
            [[1.0]], is_positive_definite=True, is_non_singular=False
        ),
        lambda: L.LinearOperatorFullMatrix([[1.0]], is_self_adjoint=True, is_square=False),
        lambda: L.LinearOperatorFullMatrix([[1.0]], is_square=False).is_square,
        lambda: L.LinearOperatorDiag([1.0], is_self_adjoint=False),
        lambda: L.LinearOperatorIdentity(2, is_non_singular=False),
        lambda: L.LinearOperatorScaledIdentity(2, 3.0, is_self_adjoint=False),
        lambda: L.LinearOperatorZeros(2, is_non_singular=True),
        lambda: L.LinearOperatorZeros(2, 3),
        lambda: L.LinearOperatorHouseholder([1.0], is_positive_definite=True),
        lambda: L.LinearOperatorHouseholder([1.0], is_self_adjoint=False),
        lambda: L.LinearOperatorPermutation([0], is_non_singular=False),
        lambda: L.LinearOperatorCirculant([1.0], is_self_adjoint=False),
        lambda: L.LinearOperatorToeplitz([1.0], [1.0], is_square=False),
        lambda: L.LinearOperatorTridiag([[1.0]] * 3, is_square=False),
        lambda: L.LinearOperatorAdjoint(L.LinearOperatorDiag([1.0]), is_self_adjoint=False),
        lambda: L.LinearOperatorInversion(L.LinearOperatorDiag([1.0]), is_non_singular=False),
        lambda: L.LinearOperatorInversion(L.LinearOperatorZeros(2)),
        lambda: L.LinearOperatorZeros(2).inverse(),
        lambda: L.LinearOperatorKronecker([L.LinearOperatorIdentity(2)], is_self_adjoint=False),
        lambda: L.LinearOperatorLowRankUpdate(
            L.LinearOperatorDiag([1.0]), [[1.0]], is_diag_update_positive=False
        ),
        lambda: L.LinearOperatorLowRankUpdate(
            L.LinearOperatorDiag([1.0]), [[1.0]], is_self_adjoint=False
        ),
    ):
        with pytest.raises(ValueError):
            wrong()


def test_parameters_that_do_not_fit():
    two, three = L.LinearOperatorIdentity(2), L.LinearOperatorIdentity(3)
    for wrong in (
        lambda: L.LinearOperatorComposition([]),
        lambda: L.LinearOperatorComposition([two, three]),
        lambda: two @ three,
        lambda: L.LinearOperatorBlockLowerTriangular([]),
        lambda: L.LinearOperatorBlockLowerTriangular([[two], [two]]),
        lambda: L.LinearOperatorBlockLowerTriangular([[two], [two, three]]),
        lambda: L.LinearOperatorBlockLowerTriangular([[L.LinearOperatorFullMatrix([[1.0, 2.0]])]]),
        lambda: L.LinearOperatorHouseholder(1.0),
        lambda: L.LinearOperatorPermutation([0, 0]),
        lambda: L.LinearOperatorScaledIdentity(-1, 2.0),
        lambda: L.LinearOperatorScaledIdentity([1], 2.0),
        lambda: L.LinearOperatorToeplitz([1.0, 2.0], [1.0]),
        lambda: L.LinearOperatorTridiag([[1.0]] * 3, "rows"),
        lambda: L.LinearOperatorTridiag([[1.0]] * 2),
        lambda: L.LinearOperatorLowRankUpdate(two, [[1.0]]),
        lambda: L.LinearOperatorLowRankUpdate(two, [[1.0], [2.0]], diag_update=[1.0, 2.0]),
    ):
        with pytest.raises(ValueError):
            wrong()
    for wrong in (
        lambda: L.LinearOperatorComposition([two, L.LinearOperatorIdentity(2, dtype=tf.float64)]),
        lambda: L.LinearOperatorPermutation([0.0]),
        lambda: L.LinearOperatorScaledIdentity(2.0, 2.0),
    ):
        with pytest.raises(TypeError):
            wrong()
    for operator in (
        L.LinearOperatorZeros(2),
        L.LinearOperatorZeros(2, 3, None, None, False, False, False, False),
    ):
        with pytest.raises(NotImplementedError):
            operator.solve([[1.0], [2.0]])


def test_updates_by_zeros_are_solved():
    a = L.LinearOperatorLowRankUpdate(
        L.LinearOperatorDiag([1.0, 2.0]), [[1.0], [1.0]], diag_update=[0.0]
    )
    np.testing.assert_allclose(a.solvevec([1.0, 2.0]), [1, 1])


def test_real_spectra_are_found():
    spectrum = np.fft.fft([1.0, 2.0, 3.0])
    L.LinearOperatorCirculant(spectrum, tf.float64).assert_hermitian_spectrum()
    with pytest.raises(tf.errors.InvalidArgumentError, match="Hermitian"):
        L.LinearOperatorCirculant([1.0, 2j, 3.0]).assert_hermitian_spectrum()
    kernel = L.LinearOperatorCirculant(spectrum, tf.float64).convolution_kernel()
    np.testing.assert_allclose(kernel, [1, 2, 3])
    cube = L.LinearOperatorCirculant3D(np.ones([5, 2, 3, 4], "float32"))
    assert (cube.block_depth, tuple(cube.block_shape)) == (3, (2, 3, 4))
    np.testing.assert_array_equal(cube.block_shape_tensor(), [2, 3, 4])


def test_cholesky_factors_of_a_factor_and_its_adjoint():
    factor = L.LinearOperatorLowerTriangular([[2.0, 0.0], [1.0, -3.0]], is_non_singular=True)
    found = (factor @ factor.H).cholesky()
    assert isinstance(found, L.LinearOperatorLowerTriangular)
    np.testing.assert_allclose(found.to_dense(), [[2, 0], [1, 3]])


def test_derivatives_go_through():
    d = tf.constant([2.0, 4.0], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(d)
        a = L.LinearOperatorKronecker([L.LinearOperatorDiag(d), L.LinearOperatorDiag(d)])
        y = a.log_abs_determinant()
    np.testing.assert_allclose(tape.gradient(y, d), [2, 1])


def test_what_is_not_there_or_does_not_fit():
    wide = L.LinearOperatorFullMatrix([[1.0, 2.0, 3.0], [3.0, 4.0, 5.0]])
    with pytest.raises(ValueError, match="square"):
        wide.inverse()
    for wrong in (wide.determinant, lambda: wide.solve([[1.0], [2.0]])):
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
