"""Linear algebra beside SciPy's: values and derivatives."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.scipy import linalg as ours

linalg = pytest.importorskip("scipy.linalg")

RANDOM = np.random.default_rng(0)
A = RANDOM.normal(size=(3, 3)) + 4 * np.eye(3)
B = RANDOM.normal(size=(3, 3))
S = B @ B.T + np.eye(3)
T = S + 0.5 * RANDOM.normal(size=(3, 3))  # of which one triangle is read
C = A + 1j * B
H = C @ C.conj().T + np.eye(3)
TALL = RANDOM.normal(size=(4, 2))
V = RANDOM.normal(size=3)
M = RANDOM.normal(size=(3, 2))


def case(name, *arguments, part=None, order=2, **options):
    return pytest.param(name, arguments, options, part, order, id=f"{name}-{options}")


def first(x):
    return x[0]


CASES = [
    case("solve", A, V),
    case("solve", A, M, transposed=True),
    case("solve", T, M, assume_a="sym"),
    case("solve", T, M, assume_a="sym", lower=True),
    case("solve", T, V, assume_a="pos"),
    case("solve", T, V, assume_a="pos", lower=True),
    case("solve", A, V, assume_a="upper triangular"),
    case("solve", A, V, assume_a="lower triangular"),
    case("solve", np.diag(V), V, assume_a="diagonal"),
    case("solve", C, M),
    case("solve", H, M, assume_a="her"),
    case("solve", H, V, assume_a="pos"),
    case("solve_triangular", A, V),
    case("solve_triangular", A, M, lower=True),
    case("solve_triangular", A, M, trans=1, lower=True),
    case("solve_triangular", A, V, trans="T"),
    case("solve_triangular", A, V, unit_diagonal=True),
    case("solve_triangular", C, V, trans=1),
    case("solve_triangular", C, V, trans="C"),
    case("solve_banded", (1, 2), RANDOM.normal(size=(4, 5)) + 2, RANDOM.normal(size=5)),
    case("solve_banded", (2, 0), RANDOM.normal(size=(3, 4)) + 2, RANDOM.normal(size=(4, 2))),
    case("solve_banded", (0, 0), 2 + V[None] ** 2, C[0]),
    case("cholesky", S),
    case("cholesky", S, lower=True),
    case("cholesky", T, lower=True, order=0),
    case("cholesky", T, order=0),
    case("cholesky", H, lower=True),
    case("cholesky", H),
    case("det", A),
    case("det", np.stack([A, B])),
    case("inv", A),
    case("expm", A / 4),
    case("expm", np.stack([A, B]) / 4),
    case("logm", A),
    case("logm", S),
    case("sqrtm", A),
    case("sqrtm", S),
    case("block_diag", A, M, V),
    case("toeplitz", V),
    case("toeplitz", V, M[:, 0]),
    case("toeplitz", C[0]),
    case("hankel", V),
    case("hankel", V, M[:2, 0]),
    case("circulant", V),
    case("solve_sylvester", A, S, B),
    case("solve_sylvester", A, np.array([[2.0]]), M[:, :1]),
    case("solve_sylvester", C, A, B),
    case("solve_continuous_lyapunov", A, S),
    case("companion", 1 + V**2),
    case("leslie", 1 + V, M[:2, 0]),
    case("fiedler", V),
    case("fiedler", M),
    *[
        case("convolution_matrix", V, n, mode=mode)
        for n in (2, 3, 5)
        for mode in ("full", "same", "valid")
    ],
    case("solve_toeplitz", V + [4, 0, 0], M),
    case("lu", A),
    case("lu", B),
    case("lu", C[::-1]),
    case("lu", B, permute_l=True),
    case("lu", B, part=lambda r: r[1:], p_indices=True),
    case("eigh_tridiagonal", V, M[:2, 0], eigvals_only=True),
    case("eigh_tridiagonal", V, M[:2, 0], part=lambda r: (r[0], abs(r[1])), order=1),
    case("expm_frechet", A / 4, B),
    case("expm_frechet", A / 4, B, compute_expm=False),
    case("cosm", A / 4),
    case("sinm", A / 4),
    case("cosm", C / 4),
    case("sinm", C / 4),
    case("coshm", A / 4),
    case("sinhm", A / 4),
    case("sinhm", C / 4),
    case("eigvalsh", T),
    case("eigvalsh", T, lower=False),
    case("eigvalsh", T, S),
    case("eigvalsh", T, S, type=2),
    case("eigh", T, part=first, subset_by_index=[1, 2]),
    case("eigh", T, part=first, subset_by_value=[0.5, 100.0]),
    case("eigh", T, S, part=lambda r: (r[0], abs(r[1])), type=1, order=1),
    case("eigh", T, S, part=lambda r: (r[0], abs(r[1])), type=2, order=1),
    case("eigh", T, S, part=lambda r: (r[0], abs(r[1])), type=3, order=1),
    case("svdvals", TALL),
    case("svd", A, part=lambda r: (abs(r[0]), r[1], abs(r[2])), order=1),
    case("svd", TALL, part=lambda r: (abs(r[0]), r[1]), full_matrices=False, order=1),
    case("qr", A, part=lambda r: (abs(r[0]), abs(r[1])), order=1),
    case("qr", TALL, part=lambda r: (abs(r[0]), abs(r[1])), mode="economic", order=1),
    case("qr", TALL, part=lambda r: abs(r[0]), mode="r", order=0),
    case("norm", TALL),
    case("norm", V, 3),
    case("norm", TALL, "nuc"),
    case("norm", TALL, 1, 1),
    case("pinv", TALL),
    case("pinv", TALL, part=first, return_rank=True),
    case("lstsq", TALL, V[[0, 1, 2, 0]], part=lambda r: (r[0], r[1], r[3])),
    case("lstsq", M.T, V[:2], part=lambda r: (r[0], r[3])),
]


def listed(y):
    return list(y) if isinstance(y, (tuple, list)) else [y]


@pytest.mark.parametrize(("name", "arguments", "options", "part", "order"), CASES)
def test_values_and_derivatives(name, arguments, options, part, order):
    part = part or (lambda result: result)
    mine = getattr(ours, name)
    tensors = [tf.constant(x) if isinstance(x, np.ndarray) else x for x in arguments]
    expected = listed(part(getattr(linalg, name)(*arguments, **options)))
    found = listed(part(mine(*tensors, **options)))
    for x, y in zip(found, expected, strict=True):
        assert x.dtype == np.asarray(y).dtype
        np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-11)
    if not order:
        return
    wanted = [k for k, x in enumerate(arguments) if isinstance(x, np.ndarray)]

    def f(*given):
        filled = list(arguments)
        for k, x in zip(wanted, given, strict=True):
            filled[k] = x
        if name == "cholesky":  # its derivative is that among symmetric matrices
            filled[0] = (filled[0] + tf.math.conj(filled[0].mT)) / 2
        return listed(part(mine(*filled, **options)))

    if any(np.iscomplexobj(x) for x in arguments):
        order = 1
    tf.func.check_grads(f, tuple(range(len(wanted))), order=order, rtol=1e-4, atol=1e-4)(
        *[arguments[k] for k in wanted]
    )


@pytest.mark.parametrize("lower", [False, True])
def test_factors_that_are_solved_with(lower):
    factor, is_lower = ours.cho_factor(tf.constant(S), lower)
    assert is_lower is lower
    for b in (V, M):
        np.testing.assert_allclose(ours.cho_solve((factor, lower), b), linalg.solve(S, b))
    theirs = linalg.cho_factor(S, lower)
    np.testing.assert_allclose(ours.cho_solve(theirs, V), linalg.solve(S, V))
    tf.func.check_grads(
        lambda a, b: ours.cho_solve(ours.cho_factor((a + a.mT) / 2, lower), b),
        (0, 1),
        rtol=1e-4,
        atol=1e-4,
    )(S, V)


@pytest.mark.parametrize("trans", [0, 1, 2])
@pytest.mark.parametrize("a", [B, C[::-1]], ids=["real", "complex"])
def test_factors_with_exchanged_rows(a, trans):
    factors, pivots = ours.lu_factor(tf.constant(a))
    expected, exchanged = linalg.lu_factor(a)
    np.testing.assert_allclose(factors, expected)
    np.testing.assert_array_equal(pivots, exchanged)
    for b in (V, M):
        found = ours.lu_solve((factors, pivots), b, trans)
        np.testing.assert_allclose(found, linalg.lu_solve((expected, exchanged), b, trans))
    tf.func.check_grads(
        lambda x, b: ours.lu_solve(ours.lu_factor(x), b, trans), (0, 1), order=1, rtol=1e-4
    )(a, V)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("hilbert", (4,)),
        ("invhilbert", (4,)),
        ("invhilbert", (4, True)),
        ("pascal", (4, "upper", False)),
        ("invpascal", (4, "lower")),
        ("hadamard", (4,)),
        ("hadamard", (4, np.float32)),
        ("helmert", (4,)),
        ("dft", (4, "sqrtn")),
    ],
)
def test_matrices_of_numbers(name, arguments):
    found, expected = getattr(ours, name)(*arguments), getattr(linalg, name)(*arguments)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected)


def test_pascals_matrix_of_positive_integers():
    np.testing.assert_array_equal(ours.pascal(4), linalg.pascal(4))


@pytest.mark.parametrize("dtype", ["float32", "int64", "float16"])
def test_dtypes(dtype):
    a = (10 * S).astype(dtype)
    for name in ("cholesky", "inv", "det", "expm", "svdvals"):
        scale = a if name != "expm" else np.zeros_like(a)
        assert getattr(ours, name)(scale).dtype == getattr(linalg, name)(scale).dtype, name


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: ours.cholesky(-S), np.linalg.LinAlgError),
        (lambda: ours.solve(np.zeros((2, 2)), np.ones(2)), np.linalg.LinAlgError),
        (lambda: ours.solve(-S, V, assume_a="pos"), np.linalg.LinAlgError),
        (lambda: ours.inv(np.zeros((2, 2))), np.linalg.LinAlgError),
        (lambda: ours.solve_triangular(np.zeros((2, 2)), np.ones(2)), np.linalg.LinAlgError),
        (lambda: ours.eigh(S, -S), np.linalg.LinAlgError),
        (lambda: ours.cholesky(M), ValueError),
        (lambda: ours.solve(A, TALL), ValueError),
        (lambda: ours.solve(A * np.nan, V), ValueError),
        (lambda: ours.solve(A, V, assume_a="odd"), ValueError),
        (lambda: ours.solve_banded((1, 1), M, V), ValueError),
        (lambda: ours.solve_banded((1, 1), M.T, V), ValueError),
        (lambda: ours.solve_banded((0, 0), np.zeros((1, 3)), V), np.linalg.LinAlgError),
        (lambda: ours.expm(V), ValueError),
        (lambda: ours.solve_sylvester(A, S, TALL), ValueError),
        (lambda: ours.lstsq(TALL, V), ValueError),
        (lambda: ours.qr(A, mode="odd"), ValueError),
        (lambda: ours.qr(A, pivoting=True), TypeError),
        (lambda: ours.pinv(TALL, atol=-1.0), ValueError),
        (lambda: ours.companion(V * 0), ValueError),
        (lambda: ours.companion(A), ValueError),
        (lambda: ours.leslie(V, V), ValueError),
        (lambda: ours.convolution_matrix(V, 0), ValueError),
        (lambda: ours.convolution_matrix(V, 2, "odd"), ValueError),
        (lambda: ours.lu(M), ValueError),
        (lambda: ours.lu(np.zeros((2, 2))), np.linalg.LinAlgError),
        (lambda: ours.eigh_tridiagonal(V, V), ValueError),
        (lambda: ours.expm_frechet(A, np.eye(2)), ValueError),
    ],
)
def test_errors(call, error):
    with pytest.raises(error):
        call()
