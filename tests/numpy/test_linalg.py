"""``autograd_c.numpy.linalg`` beside NumPy's."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import numpy as ours

from .against_numpy import (
    Sample,
    Shape,
    as_tensors,
    assert_same,
    check_gradients,
    check_value,
    definite,
    is_refused,
    regular,
)

S = Shape
INEXACT = ("float32", "float64", "complex128")
ALL = ("float32", "float64", "int32", "complex128")
REAL = ("float32", "float64", "int32")
# Older ones of NumPy return real condition numbers of complex matrices as complex ones.
OF_NORMS = ALL if np.linalg.cond(np.eye(2, dtype=complex), 1).dtype.kind == "f" else REAL


def first(results):
    return results[0]


def last(results):
    return results[-1]


def product(results):
    """What factors make, which have several forms."""
    a, b = results[0], results[1]
    return a @ b


def squares(results):
    """Of eigenvectors: their signs are open."""
    return results[0], abs(results[1])


def middle(results):
    return results[1]


SAMPLES = [
    Sample("linalg.solve", regular(3, 3), S(3), only=ALL),
    Sample("linalg.solve", regular(3, 3), S(3, 2), only=ALL),
    Sample("linalg.solve", regular(2, 3, 3), S(3, 2), only=ALL),
    Sample("linalg.solve", regular(2, 3, 3), S(3), only=ALL),
    Sample("linalg.solve", S(0, 0), S(0), order=0, only=ALL),
    Sample("linalg.solve", S(2, 3), S(2), only=ALL),
    Sample("linalg.solve", regular(3, 3), S(2), only=ALL),
    Sample("linalg.inv", regular(3, 3), only=ALL),
    Sample("linalg.inv", regular(2, 3, 3), only=ALL),
    Sample("linalg.inv", S(0, 0), order=0, only=ALL),
    Sample("linalg.inv", S(2, 3), only=ALL),
    Sample("linalg.inv", S(3), only=ALL),
    Sample("linalg.pinv", S(3, 2), only=ALL),
    Sample("linalg.pinv", S(2, 2, 3), only=ALL),
    Sample("linalg.pinv", S(3, 3), 0.3, only=ALL, order=0),
    Sample("linalg.pinv", definite(3, 3), hermitian=True, only=INEXACT, order=1),
    Sample("linalg.pinv", S(0, 3), order=0, only=INEXACT),
    Sample("linalg.det", S(3, 3), only=ALL),
    Sample("linalg.det", S(2, 2, 2), only=ALL),
    Sample("linalg.det", S(0, 0), order=0, only=ALL),
    Sample("linalg.slogdet", regular(3, 3), only=ALL, checked=tuple),
    Sample("linalg.slogdet", regular(2, 2, 2), only=ALL, checked=tuple, order=1),
    Sample("linalg.cholesky", definite(3, 3), only=ALL, order=0),
    Sample("linalg.cholesky", definite(2, 2, 2), only=ALL, order=0),
    Sample("linalg.lstsq", S(4, 2), S(4), None, only=INEXACT, checked=lambda r: (r[0], r[1], r[3])),
    Sample(
        "linalg.lstsq",
        S(4, 2),
        S(4, 3),
        None,
        only=INEXACT,
        checked=lambda r: (r[0], r[1], r[3]),
        order=1,
    ),
    Sample("linalg.lstsq", S(2, 4), S(2), None, only=INEXACT, checked=lambda r: r[0]),
    Sample("linalg.qr", S(3, 3), only=ALL, checked=tuple, order=1),
    Sample("linalg.qr", S(4, 2), only=ALL, checked=product),
    Sample("linalg.qr", S(2, 4), "complete", only=ALL, checked=product),
    Sample("linalg.qr", S(4, 2), "complete", only=ALL, checked=product, order=0),
    Sample("linalg.qr", S(3, 3), "r", only=ALL, order=1),
    Sample("linalg.qr", S(3, 3), "raw", only=("float64", "float32"), order=0),
    Sample("linalg.svd", S(3, 2), False, only=ALL, checked=middle),
    Sample("linalg.svd", S(3, 2), only=ALL, checked=middle, order=0),
    Sample("linalg.svd", S(2, 3, 3), compute_uv=False, only=ALL),
    Sample("linalg.svd", S(0, 3), compute_uv=False, only=ALL, order=0),
    Sample("linalg.eigh", definite(3, 3), only=ALL, checked=squares, order=0),
    Sample("linalg.eigh", S(3, 3), "U", only=ALL, checked=squares, order=0),
    Sample("linalg.eigvalsh", S(3, 3), only=ALL),
    Sample("linalg.eigvalsh", S(3, 3), "U", only=ALL),
    Sample("linalg.eigvalsh", S(2, 2, 2), only=ALL),
    Sample("linalg.eigvals", S(3, 3), only=("float64", "complex128"), order=1),
    Sample("linalg.eigvals", definite(3, 3), only=("float64",), order=1),
    Sample("linalg.eig", S(3, 3), only=("float64", "complex128"), checked=first, order=1),
    Sample("linalg.eig", definite(3, 3), only=("float64",), checked=squares, order=1),
    Sample("linalg.matrix_power", S(2, 2), 3),
    Sample("linalg.matrix_power", S(2, 2), 1),
    Sample("linalg.matrix_power", S(3, 2, 2), 0, order=0),
    Sample("linalg.matrix_power", regular(2, 2), -2, only=ALL),
    Sample("linalg.matrix_power", S(2, 2), 5),
    Sample("linalg.matrix_power", S(2, 3), 2),
    Sample("linalg.matrix_rank", S(3, 3), order=0, only=ALL),
    Sample("linalg.matrix_rank", S(2, 3, 2), order=0, only=ALL),
    Sample("linalg.matrix_rank", S(3), order=0, only=ALL),
    Sample("linalg.matrix_rank", S(3, 3), 1.0, order=0, only=ALL),
    Sample("linalg.multi_dot", [S(2, 3), S(3, 4), S(4, 2)]),
    Sample("linalg.multi_dot", [S(2), S(2, 3), S(3)]),
    Sample("linalg.multi_dot", [S(2, 3), S(3)]),
    Sample("linalg.multi_dot", [S(2, 3)]),
    Sample("linalg.tensorsolve", regular(4, 4), S(4), only=ALL),
    Sample("linalg.tensorinv", regular(4, 4), 1, only=ALL),
    Sample("linalg.cond", regular(3, 3), only=ALL),
    Sample("linalg.cond", regular(2, 3, 3), 1, only=OF_NORMS, order=1),
    Sample("linalg.cond", regular(3, 3), np.inf, only=OF_NORMS, order=1),
    Sample("linalg.cond", S(3, 2), -2, only=ALL),
    Sample("linalg.norm", S(3)),
    Sample("linalg.norm", S(2, 3)),
    Sample("linalg.norm", S(2, 2, 2)),
    Sample("linalg.norm", S(0), order=0),
    Sample("linalg.norm", S(2, 3), axis=-1),
    Sample("linalg.norm", S(2, 3), axis=0, keepdims=True),
    Sample("linalg.norm", S(2, 3, 4), axis=(2, 0)),
    Sample("linalg.norm", S(2, 3, 4), "nuc", axis=(2, 0), keepdims=True),
    Sample("linalg.norm", S(2, 3, 4), 1, axis=(2, 0)),
    Sample("linalg.norm", S(2, 3, 4), np.inf, axis=(0, 1)),
    Sample("linalg.norm", S(2, 3), keepdims=True),
    Sample("linalg.norm", S(2, 3), "wrong"),
    Sample("linalg.norm", S(3), "fro"),
    Sample("linalg.norm", S(2, 2, 2), 2),
    Sample("linalg.norm", S(3), axis=3),
]
SAMPLES += [Sample("linalg.norm", S(4), ord) for ord in (1, 2, 3, 0.5, -1, -2, 0, np.inf, -np.inf)]
SAMPLES += [
    Sample("linalg.norm", S(3, 4), ord, order=1)
    for ord in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)
]
if hasattr(np.linalg, "vector_norm"):
    SAMPLES += [
        Sample("linalg.vector_norm", S(2, 3)),
        Sample("linalg.vector_norm", S(2, 3), axis=1, ord=3),
        Sample("linalg.vector_norm", S(2, 3, 2), axis=(0, 2), ord=1, keepdims=True),
        Sample("linalg.vector_norm", S(2, 3), ord=np.inf),
        Sample("linalg.vector_norm", S()),
        Sample("linalg.matrix_norm", S(2, 2, 3)),
        Sample("linalg.matrix_norm", S(2, 2, 3), ord="nuc", keepdims=True),
        Sample("linalg.matrix_norm", S(2, 3), ord=1),
        Sample("linalg.svdvals", S(2, 3), only=ALL),
        Sample("linalg.matrix_transpose", S(2, 3, 4)),
        Sample("linalg.matrix_transpose", S(3)),
        Sample("linalg.diagonal", S(2, 3, 4)),
        Sample("linalg.diagonal", S(3, 4), offset=-1),
        Sample("linalg.diagonal", S(3, 4), offset=7, order=0),
        Sample("linalg.trace", S(2, 3, 4)),
        Sample("linalg.trace", S(3, 4), offset=2),
        Sample("linalg.outer", S(2), S(3)),
        Sample("linalg.outer", S(2, 2), S(3)),
        Sample("linalg.cross", S(2, 3), S(3)),
        Sample("linalg.cross", S(3, 2), S(3, 2), axis=0),
        Sample("linalg.cross", S(2), S(2)),
        Sample("linalg.vecdot", S(2, 3), S(2, 3)),
        Sample("linalg.matmul", S(2, 3), S(3)),
        Sample("linalg.tensordot", S(2, 3), S(3, 2), axes=1),
        Sample("linalg.cholesky", definite(3, 3), only=ALL, order=0, upper=True),
        Sample("linalg.pinv", S(3, 3), rtol=0.3, only=ALL, order=0),
        Sample("linalg.matrix_rank", S(3, 3), rtol=0.3, order=0, only=ALL),
    ]

CASES = [(s, d) for s in SAMPLES for d in s.dtypes]
NAMES = [f"{s}-{d}" for s, d in CASES]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("sample", "dtype"), CASES, ids=NAMES)
def test_values_dtypes_and_shapes_are_numpys(sample, dtype):
    check_value(sample, dtype)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_numpys_own_function_of_tensors_is_ours(sample):
    check_value(sample, "float64", dispatched=True)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("sample", [s for s in SAMPLES if s.order and not is_refused(s)], ids=str)
def test_derivatives(sample):
    check_gradients(sample)


@pytest.mark.parametrize(
    "sample",
    [
        Sample("linalg.solve", regular(2, 2), S(2)),
        Sample("linalg.norm", S(2, 2)),
        Sample("linalg.norm", S(2, 2), "nuc"),
        Sample("linalg.slogdet", regular(2, 2), checked=tuple),
    ],
    ids=str,
)
def test_derivatives_of_complex_numbers(sample):
    check_gradients(sample, "complex128", order=1)


@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_cholesky_of_the_triangle_that_is_read(upper, dtype):
    a = definite(3, 3)(np.random.default_rng(0), dtype)
    x = tf.constant(np.triu(a) if upper else np.tril(a))
    with tf.GradientTape() as tape:
        tape.watch(x)
        factor = ours.linalg.cholesky(x, upper=upper)
        whole = factor.mT @ factor if upper else factor @ factor.mT
        y = tf.math.real(tf.reduce_sum(whole * whole))
    np.testing.assert_allclose(
        factor if not upper else np.conj(factor.numpy().T), np.linalg.cholesky(a)
    )
    assert tape.gradient(y, x).shape == (3, 3)


SINGULAR = np.ones((2, 2))


@pytest.mark.parametrize(
    "error", [np.linalg.LinAlgError, tf.errors.InvalidArgumentError, ValueError]
)
@pytest.mark.parametrize(
    "call",
    [
        lambda x: ours.linalg.inv(x),
        lambda x: ours.linalg.solve(x, [1.0, 2.0]),
        lambda x: ours.linalg.matrix_power(x, -1),
        lambda x: ours.linalg.cholesky(-x),
        lambda x: ours.linalg.det(x[0]),
        lambda x: ours.linalg.eigh(x[:, :1]),
        lambda x: ours.linalg.eigvals(x * np.nan),
        lambda x: ours.linalg.tensorinv(x, 1),
        lambda x: np.linalg.inv(x),
    ],
)
def test_errors_are_numpys_and_tensorflows(call, error):
    assert ours.linalg.LinAlgError is np.linalg.LinAlgError
    with pytest.raises(error):
        call(tf.constant(SINGULAR))


def test_condition_of_singular_matrices():
    x = np.stack([SINGULAR, np.eye(2), np.full((2, 2), np.nan)])
    found = ours.linalg.cond(tf.constant(x), 1)
    assert found.numpy().tolist()[:2] == [np.inf, 1.0]
    assert np.isnan(found.numpy()[2])


def test_results_have_numpys_fields():
    x = tf.constant(np.diag([1.0, 2.0]))
    assert ours.linalg.svd(x).S.numpy().tolist() == [2.0, 1.0]
    assert ours.linalg.svd(x).Vh.shape == ours.linalg.svd(x).U.shape == (2, 2)
    assert ours.linalg.eigh(x).eigenvalues.numpy().tolist() == [1.0, 2.0]
    assert ours.linalg.eig(x).eigenvectors.dtype == np.linalg.eig(x.numpy())[1].dtype
    assert ours.roots([1.0, -3.0, 2.0]).dtype == np.float64
    assert ours.linalg.qr(x).R.shape == ours.linalg.qr(x).Q.shape == (2, 2)
    assert float(ours.linalg.slogdet(x).logabsdet) == np.log(2.0)
    assert ours.linalg.lstsq(x, [1.0, 2.0])[2] == 2


def test_factors_make_the_matrix():
    a = np.random.default_rng(0).normal(size=(2, 4, 3))
    u, s, vh = ours.linalg.svd(tf.constant(a), full_matrices=False)
    np.testing.assert_allclose((u * s[:, None, :]) @ vh, a)
    full = ours.linalg.svd(tf.constant(a))
    assert full.U.shape == (2, 4, 4)
    assert full.Vh.shape == (2, 3, 3)


def test_a_large_system_has_derivatives():
    a = regular(40, 40)(np.random.default_rng(0), "float64")
    x = tf.constant(a)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(np.linalg.solve(x, np.ones(40)))
    inverse = np.linalg.inv(a)
    expected = -np.outer(inverse.T @ np.ones(40), inverse @ np.ones(40))
    np.testing.assert_allclose(tape.gradient(y, x), expected)


def test_raw_factors_have_no_derivative():
    x = tf.constant(np.eye(2))
    with tf.GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(TypeError, match="no derivative"):
            ours.linalg.qr(x, "raw")


def test_lists_of_tensors_are_matrices():
    x = tf.constant(2.0, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = ours.linalg.det([[x, 1.0], [1.0, x]])
    assert (float(y), float(tape.gradient(y, x))) == (3.0, 4.0)


def test_tensorinv_is_the_inverse_of_tensordot():
    a = np.random.default_rng(0).normal(size=(2, 3, 6))
    b = np.random.default_rng(1).normal(size=(2, 3))
    assert_same(ours.linalg.tensorsolve(*as_tensors([a, b])), np.linalg.tensorsolve(a, b))
    assert_same(ours.linalg.tensorinv(tf.constant(a)), np.linalg.tensorinv(a))
    c = np.moveaxis(a, 0, 1)
    assert_same(
        ours.linalg.tensorsolve(*as_tensors([c, b.T]), axes=(2,)),
        np.linalg.tensorsolve(c, b.T, (2,)),
    )
