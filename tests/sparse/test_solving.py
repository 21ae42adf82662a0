"""Equations with sparse matrices: one factorization for values and derivatives."""

from __future__ import annotations

import gc
import threading
import warnings

import numpy as np
import pytest

import autograd_c as tf

sparse = pytest.importorskip("scipy.sparse")
from autograd_c.scipy.sparse import linalg  # noqa: E402

N = 5
RANDOM = np.random.default_rng(0)
D = RANDOM.normal(size=(N, N)) * (RANDOM.random((N, N)) < 0.4) + 3 * np.eye(N)
C = D * (1 + 0.3j * RANDOM.normal(size=(N, N)))
RIGHT = {"vector": RANDOM.normal(size=N), "matrix": RANDOM.normal(size=(N, 2))}
RIGHT["complex"] = RIGHT["vector"] * (1 - 2j)

SOLVERS = {
    "spsolve": (linalg.spsolve, lambda a: a),
    "spsolve, permc_spec": (lambda a, b: linalg.spsolve(a, b, permc_spec="NATURAL"), lambda a: a),
    "splu": (lambda a, b: linalg.splu(a).solve(b), lambda a: a),
    "splu, T": (lambda a, b: linalg.splu(a).solve(b, "T"), lambda a: a.T),
    "splu, H": (lambda a, b: linalg.splu(a).solve(b, "H"), lambda a: a.conj().T),
    "factorized": (lambda a, b: linalg.factorized(a)(b), lambda a: a),
    "lower": (linalg.spsolve_triangular, np.tril),
    "upper": (lambda a, b: linalg.spsolve_triangular(a, b, lower=False), np.triu),
    "unit lower": (
        lambda a, b: linalg.spsolve_triangular(a, b, unit_diagonal=True),
        lambda a: np.tril(a, -1) + np.eye(N),
    ),
    "unit upper": (
        lambda a, b: linalg.spsolve_triangular(a, b, lower=False, unit_diagonal=True),
        lambda a: np.triu(a, 1) + np.eye(N),
    ),
}


@pytest.mark.parametrize("right", RIGHT)
@pytest.mark.parametrize("dense", [D, C], ids=["real", "complex"])
@pytest.mark.parametrize("name", SOLVERS)
def test_solutions_and_their_derivatives(name, dense, right):
    solve, meant = SOLVERS[name]
    b = RIGHT[right]
    for cls in ("csr_array", "csc_matrix", "coo_array", "lil_array"):
        a = getattr(sparse, cls)(dense)
        expected = np.linalg.solve(meant(dense), b)
        np.testing.assert_allclose(solve(a, b).numpy(), expected, rtol=1e-10, atol=1e-14)
        if cls in ("csr_array", "csc_matrix"):
            tf.func.check_grads(lambda b, a=a: solve(a, b) ** 2)(tf.constant(b))
    s = tf.SparseTensor.from_value(sparse.csr_array(dense))
    tf.func.check_grads(lambda v, b: solve(s.with_values(v), b) ** 2, (0, 1))(
        s.values, tf.constant(b)
    )


@pytest.mark.parametrize("dtype", ["int32", "float32", "float64", "complex64"])
def test_dtypes(dtype):
    a = sparse.csr_array((4 * D).astype(dtype) + 9 * np.eye(N, dtype=dtype))
    for b in (np.arange(N), np.ones(N, np.float32)):
        found = linalg.spsolve(a, tf.constant(b))
        expected = sparse.linalg.spsolve(a.astype(np.result_type(a.dtype, b.dtype, np.float32)), b)
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-4, atol=1e-5)


def test_jacobians_and_batches():
    a = sparse.csc_array(D)
    inverse = np.linalg.inv(D)
    b = tf.constant(RIGHT["vector"])
    np.testing.assert_allclose(tf.func.jacobian(lambda b: linalg.spsolve(a, b))(b).numpy(), inverse)
    rows = tf.stack([b, b * b])
    found = tf.vectorized_map(linalg.factorized(a), rows)
    np.testing.assert_allclose(found.numpy(), rows.numpy() @ inverse.T)
    s = tf.SparseTensor.from_value(a)
    several = tf.stack([s.values, 2.0 * s.values])  # each with factors of its own
    found = tf.vectorized_map(lambda v: linalg.spsolve(s.with_values(v), b), several)
    np.testing.assert_allclose(found.numpy(), [inverse @ b.numpy(), inverse @ b.numpy() / 2])
    found = tf.vectorized_map(
        lambda v: tf.func.grad(lambda v: tf.reduce_sum(linalg.spsolve(s.with_values(v), b)))(v),
        several,
    )
    assert found.shape == several.shape
    np.testing.assert_allclose(found[1].numpy(), found[0].numpy() / 4)


def test_any_order_of_values():
    row, column = np.nonzero(D)
    at, v = np.stack([row, column], 1), D[row, column]
    order = np.random.default_rng(0).permutation(len(v))
    # Each element is the sum of two.
    at, v = np.concatenate([at[order], at]), np.concatenate([0.25 * v[order], 0.75 * v])
    b = tf.constant(RIGHT["vector"])
    for solve, meant in (SOLVERS["spsolve"], SOLVERS["splu, T"], SOLVERS["upper"]):

        def solution(v, solve=solve):
            return solve(tf.SparseTensor(at, v, [N, N]), b)

        expected = np.linalg.solve(meant(D), b.numpy())
        np.testing.assert_allclose(solution(tf.constant(v)).numpy(), expected)
        tf.func.check_grads(lambda v, f=solution: f(v) ** 2)(tf.constant(v))


def test_one_factorization_for_all_derivatives(monkeypatch):
    from autograd_c.scipy import _sparse_factors

    made = []

    class Counted(_sparse_factors.Factors):
        __slots__ = ()

        def __init__(self, *arguments):
            made.append(1)
            super().__init__(*arguments)

    from autograd_c.scipy import _sparse_solving

    monkeypatch.setattr(_sparse_solving, "Factors", Counted)
    monkeypatch.setattr(_sparse_factors, "Factors", Counted)
    s = tf.SparseTensor.from_value(sparse.csr_array(D))
    b = tf.constant(RIGHT["vector"])
    known = len(_sparse_factors._factors)
    with tf.GradientTape() as outer:
        outer.watch([s.values, b])
        with tf.GradientTape() as inner:
            inner.watch([s.values, b])
            y = tf.reduce_sum(linalg.spsolve(s, b) ** 3)
        first = inner.gradient(y, [s.values, b])
    outer.gradient(first, [s.values, b])
    assert len(made) == 1
    del outer, inner, first, y
    gc.collect()
    assert len(_sparse_factors._factors) == known


def test_singular_matrices():
    zero = sparse.csr_array((2, 2))
    b = tf.constant([1.0, 2.0])
    with pytest.warns(sparse.linalg.MatrixRankWarning, match="singular"), tf.GradientTape() as tape:
        tape.watch(b)
        x = linalg.spsolve(zero, b)
    assert np.isnan(x.numpy()).all()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert np.isnan(tape.gradient(x, b).numpy()).all()
    for call in (linalg.splu, linalg.factorized):
        with pytest.raises(RuntimeError, match="singular"):
            call(zero)
    with pytest.raises(np.linalg.LinAlgError):
        linalg.spsolve_triangular(zero, b)


def test_errors():
    a = sparse.csr_array(D)
    for kind, call in [
        (ValueError, lambda: linalg.spsolve(sparse.csr_array((2, 3)), [1.0, 2.0])),
        (ValueError, lambda: linalg.spsolve(a, [1.0, 2.0])),
        (ValueError, lambda: linalg.spsolve(a, 1.0)),
        (ValueError, lambda: linalg.splu(a).solve(RIGHT["vector"], "X")),
        (TypeError, lambda: linalg.spsolve(D, RIGHT["vector"])),
        (TypeError, lambda: linalg.spsolve(a, a)),
    ]:
        with pytest.raises(kind):
            call()
    factors = linalg.splu(a)
    assert factors.shape == (N, N) and factors.nnz > 0
    row, column = factors.perm_r, factors.perm_c
    pr = np.eye(N)[np.argsort(row)]
    pc = np.eye(N)[:, np.argsort(column)]
    np.testing.assert_allclose(pr.T @ (factors.L @ factors.U).toarray() @ pc.T, D, atol=1e-12)
    s = tf.SparseTensor.from_value(a)
    with tf.GradientTape() as tape:
        tape.watch(s.values)
        with pytest.raises(TypeError, match="derivative"):
            _ = linalg.splu(s).L
        with pytest.raises(TypeError, match="autograd_c.scipy.sparse"):
            sparse.linalg.spsolve(a, s.values[:N])


def test_empty_ones():
    empty = sparse.csr_array((0, 0))
    assert linalg.spsolve(empty, np.zeros(0)).shape == (0,)
    assert linalg.spsolve(sparse.csr_array(D), np.zeros((N, 0))).shape == (N, 0)


def test_threads():
    solve = linalg.factorized(sparse.csc_array(D))
    wrong = []

    def work(seed):
        b = tf.constant(np.random.default_rng(seed).normal(size=N))
        for _ in range(30):
            with tf.GradientTape() as tape:
                tape.watch(b)
                y = tf.reduce_sum(solve(b) ** 2)
            expected = 2 * np.linalg.solve(D.T, np.linalg.solve(D, b.numpy()))
            if not np.allclose(tape.gradient(y, b).numpy(), expected):
                wrong.append(seed)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
