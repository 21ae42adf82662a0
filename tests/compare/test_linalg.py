"""``tf.linalg`` beside TensorFlow's: values, gradients, dtypes and errors."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf

tensorflow = pytest.importorskip("tensorflow")

DTYPES = ("float32", "float64", "complex64", "complex128")


def array(*shape, dtype="float64", seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=shape)
    if np.dtype(dtype).kind == "c":
        x = x + 1j * random.normal(size=shape)
    return x.astype(dtype)


def regular(*shape, dtype="float64"):
    return array(*shape, dtype=dtype) + 3 * np.eye(*shape[-2:])[::-1].astype(dtype)


def definite(*shape, dtype="float64"):
    x = array(*shape, dtype=dtype)
    return x @ np.conj(np.swapaxes(x, -1, -2)) + np.eye(shape[-1], dtype=dtype)


def outcome(library, function, arrays, gradients):
    """Values and gradients, as lists of arrays."""
    inputs = [library.constant(x) for x in arrays]
    with library.GradientTape(persistent=True) as tape:
        for x in inputs:
            tape.watch(x)
        y = function(library, library.linalg, *inputs)
        parts = [y] if hasattr(y, "dtype") else list(y)
        total = 0.0
        for k, part in enumerate(parts):
            if part.dtype.is_integer or part.dtype.is_bool:
                continue
            weights = np.random.default_rng(k).normal(size=part.shape)
            weighted = part * library.constant(weights.astype(part.dtype.as_numpy_dtype))
            if part.dtype.is_complex:
                weighted = library.math.real(weighted)
            total = total + library.reduce_sum(library.cast(weighted, "float64"))
    slopes = tape.gradient(total, inputs) if gradients else []
    return [p.numpy() for p in parts], [None if g is None else g.numpy() for g in slopes]


def same(function, *arrays, gradients=True):
    ours, theirs = (outcome(library, function, arrays, gradients) for library in (tf, tensorflow))
    tolerance = 2e-3 if arrays[0].dtype in (np.float32, np.complex64) else 1e-8
    for mine, right in zip(ours[0], theirs[0], strict=True):
        assert mine.dtype == right.dtype
        assert mine.shape == right.shape
        np.testing.assert_allclose(mine, right, rtol=tolerance, atol=tolerance)
    if gradients:
        for mine, right in zip(ours[1], theirs[1], strict=True):
            assert (mine is None) == (right is None)
            if right is not None:
                assert mine.dtype == right.dtype
                np.testing.assert_allclose(mine, right, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", (1, 3, 40))
def test_equations(n, dtype):
    a, b = regular(2, n, n, dtype=dtype), array(2, n, 2, dtype=dtype)
    for adjoint in (False, True):
        same(lambda _, lib, x, y, ad=adjoint: lib.solve(x, y, adjoint=ad), a, b)
        same(lambda _, lib, x, ad=adjoint: lib.inv(x, adjoint=ad), a)
    if n < 40:
        # TensorFlow's gradient lacks a conjugate.
        same(lambda _, lib, x: lib.det(x), a, gradients=np.dtype(dtype).kind == "f")
    same(lambda _, lib, x: lib.slogdet(x)[1], a)
    same(lambda _, lib, x: lib.slogdet(x)[0], a, gradients=False)
    same(lambda _, lib, x: lib.lu(x), a, gradients=False)
    same(lambda _, lib, x, y: lib.lu_solve(*lib.lu(x), y), a[0], b[0], gradients=False)
    same(lambda _, lib, x: lib.lu_matrix_inverse(*lib.lu(x)), a, gradients=False)
    same(lambda _, lib, x: lib.lu_reconstruct(*lib.lu(x)), a, gradients=False)
    d = definite(2, n, n, dtype=dtype)
    same(lambda _, lib, x, y: lib.cholesky_solve(lib.cholesky(x), y), d, b)
    same(lambda _, lib, x: lib.logdet(x), d)


@pytest.mark.parametrize("dtype", DTYPES)
def test_decompositions(dtype):
    def exponential(library, lib, x):
        e, v = lib.eigh(x)
        return (v * library.exp(e)[..., None, :]) @ lib.adjoint(v)

    x = array(3, 3, dtype=dtype)
    same(lambda _, lib, x: lib.eigvalsh(x), definite(3, 3, dtype=dtype))
    same(exponential, definite(3, 3, dtype=dtype))
    same(lambda library, lib, x: library.reduce_sum(lib.eigvals(x) ** 2), x)
    for shape in ((3, 2), (2, 3), (2, 2, 2)):
        x = array(*shape, dtype=dtype)
        same(lambda _, lib, x: lib.svd(x, compute_uv=False), x)
        same(
            lambda library, lib, x: (
                (lib.svd(x)[1] * library.cast(lib.svd(x)[0] ** 2, x.dtype)[..., None, :])
                @ lib.adjoint(lib.svd(x)[2])
            ),
            x,
        )
        if np.dtype(dtype).kind == "f":
            same(lambda _, lib, x: lib.pinv(x), x)
            same(lambda _, lib, x: lib.matrix_rank(x), x, gradients=False)
            same(lambda _, lib, x: lib.qr(x), x)
            same(lambda _, lib, x: lib.qr(x, full_matrices=True), x, gradients=False)


@pytest.mark.parametrize("dtype", ("float32", "float64", "complex128"))
def test_least_squares(dtype):
    for shape in ((4, 2), (2, 4), (3, 3)):
        a, b = array(*shape, dtype=dtype), array(shape[0], 2, dtype=dtype, seed=1)
        same(lambda _, lib, x, y: lib.lstsq(x, y), a, b)
        if np.dtype(dtype).kind == "f":
            same(lambda _, lib, x, y: lib.lstsq(x, y, l2_regularizer=0.25), a, b)
        same(lambda _, lib, x, y: lib.lstsq(x, y, fast=False), a, b, gradients=False)


@pytest.mark.parametrize("dtype", ("bool", "int32", "float32", "complex128"))
def test_diagonals(dtype):
    x = array(2, 3, 4).round().astype(dtype)
    fill = {"bool": True}.get(dtype, 7)
    gradients = np.dtype(dtype).kind in "fc"

    def check(function, *arrays):
        same(function, *arrays, gradients=gradients)

    for align in ("RIGHT_LEFT", "LEFT_RIGHT", "LEFT_LEFT", "RIGHT_RIGHT"):
        for k in (0, 1, -2, (-1, 2), (0, 1), (1, 3), (-2, -1)):
            options = {"k": k, "align": align}
            check(lambda _, lib, x, o=options: lib.diag_part(x, padding_value=fill, **o), x)
            d = np.asarray(tf.linalg.diag_part(x, **options))
            check(lambda _, lib, x, d, o=options: lib.set_diag(x, d, **o), x, d)
            check(lambda _, lib, d, o=options: lib.diag(d, padding_value=fill, **o), d)
            check(lambda _, lib, d, o=options: lib.diag(d, num_rows=3, num_cols=4, **o), d)
    for lower, upper in ((-1, 0), (0, -1), (1, 2), (0, 0), (-1, -1), (3, 4)):
        check(lambda _, lib, x, lo=lower, up=upper: lib.band_part(x, lo, up), x)
    check(lambda _, lib, x: lib.matrix_transpose(x, conjugate=True), x)
    check(lambda _, lib, x: lib.adjoint(x), x)
    if dtype != "bool":
        check(lambda _, lib, x: lib.tensor_diag(x), x[0])
        check(lambda _, lib, x: lib.tensor_diag_part(x), x[:, :2, :4].reshape(2, 2, 2, 2))
        check(lambda _, lib, x: lib.trace(x), x)
        check(lambda _, lib, x, y: lib.matvec(x, y), x, x[0, 0])
        if dtype != "complex128":
            check(lambda _, lib, x: lib.cross(x[..., :3], x[..., 1:]), x)


@pytest.mark.parametrize("dtype", DTYPES)
def test_functions_of_matrices(dtype):
    x = array(2, 3, 3, dtype=dtype)
    same(lambda _, lib, x: lib.expm(x), x)
    d = definite(2, 3, 3, dtype=dtype)
    same(lambda _, lib, x: lib.sqrtm(x), d, gradients=dtype == "float64")
    if np.dtype(dtype).kind == "c":
        same(lambda _, lib, x: lib.logm(x), d, gradients=False)


@pytest.mark.parametrize("dtype", DTYPES)
def test_bands(dtype):
    bands, b = array(2, 3, 5, dtype=dtype), array(2, 5, 2, dtype=dtype, seed=1)
    bands[:, 1] += 3
    # TensorFlow's gradients lack conjugates.
    real = np.dtype(dtype).kind == "f"
    same(lambda _, lib, x, y: lib.tridiagonal_solve(x, y), bands, b, gradients=real)
    same(lambda _, lib, x, y: lib.tridiagonal_solve(x, y), bands, b[..., 0], gradients=real)
    same(
        lambda _, lib, x, y: lib.tridiagonal_solve(x, y, transpose_rhs=True, conjugate_rhs=True),
        bands,
        np.swapaxes(b, 1, 2).copy(),
        gradients=real,
    )
    same(lambda _, lib, x, y: lib.tridiagonal_matmul(x, y), bands, b)
    for lower in (True, False):
        for adjoint in (False, True):
            triangle = array(2, 3, 5, dtype=dtype)
            triangle[:, 0 if lower else 2] += 3
            same(
                lambda _, lib, x, y, lo=lower, ad=adjoint: lib.banded_triangular_solve(
                    x, y, lower=lo, adjoint=ad
                ),
                triangle,
                b,
                gradients=real,
            )


def test_normalize():
    for options in ({}, {"axis": 1}, {"ord": 1, "axis": [0, 1]}, {"ord": np.inf, "axis": -1}):
        same(lambda _, lib, x, o=options: lib.normalize(x, **o), array(3, 4))


@pytest.mark.parametrize(
    "function",
    [
        lambda lib: lib.solve(np.zeros((2, 2)), np.eye(2)),
        lambda lib: lib.solve(np.full((2, 2), np.nan), np.eye(2)),
        lambda lib: lib.inv(np.zeros((2, 2))),
        lambda lib: lib.lu(np.zeros((2, 2))),
        lambda lib: lib.det(np.ones((2, 3))),
        lambda lib: lib.solve(np.eye(2), np.ones((3, 1))),
        lambda lib: lib.eigh(np.full((2, 2), np.nan)),
        lambda lib: lib.eig(np.full((2, 2), np.nan)),
        lambda lib: lib.band_part(np.eye(2), 3, 0),
        lambda lib: lib.diag_part(np.eye(2), k=2),
        lambda lib: lib.diag_part(np.eye(2), k=(1, 0)),
        lambda lib: lib.set_diag(np.eye(2), np.ones(3)),
        lambda lib: lib.diag(np.ones(2), num_rows=1),
        lambda lib: lib.tensor_diag_part(np.ones((2, 3))),
        lambda lib: lib.cross([1, 2, 3], [[1, 2, 3]]),
    ],
)
def test_errors(function):
    with pytest.raises(tensorflow.errors.InvalidArgumentError):
        function(tensorflow.linalg)
    with pytest.raises(tf.errors.InvalidArgumentError):
        function(tf.linalg)
