"""Arrays and matrices of scipy.sparse as constants beside tensors."""

from __future__ import annotations

import gc
import threading
from functools import partial

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core

sparse = pytest.importorskip("scipy.sparse")

RANDOM = np.random.default_rng(0)
D = RANDOM.normal(size=(4, 3)) * (RANDOM.random((4, 3)) < 0.6)
COMPLEX = D * (1 + 2j * RANDOM.normal(size=D.shape))
X, Y = RANDOM.normal(size=3), RANDOM.normal(size=4)
FORMATS = ["csr", "csc", "coo", "bsr", "dia", "lil", "dok"]
CLASSES = [f"{name}_{kind}" for name in FORMATS for kind in ("array", "matrix")]


def normal(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape)


# What is computed of a sparse array A and a tensor x, and of a dense array the same.
PRODUCTS = {
    "A @ vector": (lambda a, x: a @ x, normal(3)),
    "A @ matrix": (lambda a, x: a @ x, normal(3, 2)),
    "A @ column": (lambda a, x: a @ x, normal(3, 1)),
    "A @ batch": (lambda a, x: a @ x, normal(2, 3, 2)),
    "vector @ A": (lambda a, x: x @ a, normal(4)),
    "matrix @ A": (lambda a, x: x @ a, normal(2, 4)),
    "batch @ A": (lambda a, x: x @ a, normal(3, 2, 4)),
    "A.dot": (lambda a, x: a.dot(x), normal(3, 2)),
    "np.dot": (lambda a, x: np.dot(a, x), normal(3, 2)),
    "np.dot, right": (lambda a, x: np.dot(x, a), normal(2, 4)),
    "np.matmul": (lambda a, x: np.matmul(a, x), normal(3)),
    "A + x": (lambda a, x: a + x, normal(4, 3)),
    "x + A": (lambda a, x: x + a, normal(4, 3)),
    "A - x": (lambda a, x: a - x, normal(4, 3)),
    "x - A": (lambda a, x: x - a, normal(4, 3)),
}


@pytest.mark.parametrize("name", PRODUCTS)
@pytest.mark.parametrize("cls", CLASSES)
def test_operators_are_recorded(cls, name):
    function, x = PRODUCTS[name]
    a = getattr(sparse, cls)(D)
    expected = function(D, x)
    outside = function(a, tf.constant(x))
    assert type(outside) is tf.Tensor
    np.testing.assert_allclose(outside.numpy(), expected, rtol=1e-13)
    inside = tf.func.jacobian(lambda x: function(a, x))(tf.constant(x))
    dense = tf.func.jacobian(lambda x: function(tf.constant(D), x))(tf.constant(x))
    np.testing.assert_allclose(inside.numpy(), dense.numpy(), rtol=1e-13)


@pytest.mark.parametrize("name", PRODUCTS)
@pytest.mark.parametrize("dense", [D, COMPLEX], ids=["real", "complex"])
def test_derivatives_are_those_of_differences(dense, name):
    function, x = PRODUCTS[name]
    a = sparse.csr_array(dense)
    for point in (x, x * (1 - 0.5j)):
        tf.func.check_grads(lambda x: function(a, x) ** 2, order=2)(tf.constant(point))


MATMULS = [{}, {"transpose_a": True}, {"adjoint_a": True}, {"adjoint_b": True}]


@pytest.mark.parametrize("options", MATMULS, ids=str)
@pytest.mark.parametrize("function", [tf.matmul, tf.linalg.matmul, tf.sparse.sparse_dense_matmul])
def test_matmul_takes_both_sides(function, options):
    if function is tf.sparse.sparse_dense_matmul and "transpose_a" in options:
        return
    for dense in (D, COMPLEX):
        a = sparse.csc_array(dense)
        flips = any("_a" in key for key in options)
        x = normal(4 if flips else 3, 2) + 1j
        x = x.T if any("_b" in key for key in options) else x
        expected = tf.matmul(dense, x, **options).numpy()
        np.testing.assert_allclose(function(a, tf.constant(x), **options).numpy(), expected)
        tf.func.check_grads(partial(function, a, **options), order=1)(tf.constant(x))
        y = normal(2, 4) + 1j
        y = y.T if flips else y
        b = a.T if any("_b" in key for key in options) else a
        right = dense.T if b is not a else dense
        expected = tf.matmul(y, right, **options).numpy()
        np.testing.assert_allclose(function(tf.constant(y), b, **options).numpy(), expected)
        tf.func.check_grads(lambda y, b=b: function(y, b, **options), order=1)(tf.constant(y))
    x = tf.constant(X)
    np.testing.assert_allclose(tf.linalg.matvec(sparse.csr_array(D), x).numpy(), D @ X)


DTYPES = ["int8", "int32", "int64", "bool", "float32", "float64", "complex64", "complex128"]


@pytest.mark.parametrize("of_tensor", ["int32", "float16", "float32", "float64", "complex64"])
@pytest.mark.parametrize("of_array", DTYPES)
def test_dtypes_are_those_of_dense_arrays(of_array, of_tensor):
    dense = (3 * D).astype(of_array)
    x = tf.cast(tf.constant(np.round(3 * X)), of_tensor)
    try:
        expected = x[:1] * np.zeros(1, of_array)
    except TypeError:
        with pytest.raises(TypeError):
            sparse.csr_array(dense) @ x
        return
    for records in (False, True):
        with tf.GradientTape() as tape:
            if records:
                tape.watch(x)
            y = sparse.csr_array(dense) @ x
        assert y.dtype == expected.dtype
        rtol = {"float16": 1e-2, "float32": 1e-5, "complex64": 1e-5}.get(y.dtype.name, 1e-12)
        np.testing.assert_allclose(y.numpy(), dense @ x.numpy(), rtol=rtol, atol=rtol)
        if records and x.dtype.is_floating:
            assert tape.gradient(y, x).dtype == x.dtype


def test_any_extents():
    """Against dense arrays, recorded and not."""
    random = np.random.default_rng(5)
    for _ in range(150):
        m, n, k = random.integers(0, 4, 3).tolist()
        dense = random.normal(size=(m, n)) * (random.random((m, n)) < 0.5)
        a = getattr(sparse, f"{random.choice(FORMATS)}_array")(dense)
        lead = [(), (2,), (1, 3), (0,)][random.integers(4)]
        for shape, product in (
            ((*lead, n, k), lambda a, x: a @ x),
            ((*lead, k, m), lambda a, x: x @ a),
            ((n,), lambda a, x: a @ x),
            ((m,), lambda a, x: x @ a),
        ):
            x = tf.constant(random.normal(size=shape))
            results = []
            for operand in (a, tf.constant(dense)):
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    y = product(operand, x)
                results += [product(operand, x), y, tape.gradient(y, x)]
            for found, expected in zip(results[:3], results[3:]):
                assert found.shape == expected.shape
                np.testing.assert_allclose(found.numpy(), expected.numpy(), atol=1e-13)


@pytest.mark.parametrize("shape", [(0, 3), (4, 0), (0, 0), (4, 3)])
def test_empty_ones(shape):
    a = sparse.csr_array(shape)
    x = tf.constant(np.ones(shape[1]))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = a @ x
    assert y.shape == (shape[0],)
    np.testing.assert_array_equal(tape.gradient(y, x).numpy(), np.zeros(shape[1]))
    assert (a @ tf.zeros((shape[1], 0), tf.float64)).shape == (shape[0], 0)


ELEMENTWISE = {
    "A * x": (lambda a, x: a * x, lambda x: x),
    "x * A": (lambda a, x: x * a, lambda x: x),
    "A * row": (lambda a, x: a * x[0], lambda x: x[0]),
    "A * column": (lambda a, x: a * x[:, :1], lambda x: x[:, :1]),
    "A * scalar": (lambda a, x: a * x[0, 0], lambda x: x[0, 0]),
    "A / x": (lambda a, x: a / x, lambda x: 1 / x),
}


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("cls", ["csr_array", "coo_array", "lil_array"])
def test_elementwise_products_stay_sparse(cls, name):
    function, factor = ELEMENTWISE[name]
    a, x = getattr(sparse, cls)(D), tf.constant(normal(4, 3))
    found = function(a, x)
    assert type(found) is tf.SparseTensor
    dense = tf.sparse.to_dense(found).numpy()
    np.testing.assert_allclose(dense, D * factor(x.numpy()), rtol=1e-13)
    tf.func.check_grads(lambda x: function(a, x).values)(x)


def test_matrices_multiply_as_matrices():
    old = sparse.csr_matrix(D)
    np.testing.assert_allclose((old * tf.constant(X)).numpy(), D @ X)
    np.testing.assert_allclose((tf.constant(Y) * old).numpy(), Y @ D)


def test_batches_and_second_derivatives():
    a = sparse.csr_array(D)
    rows = tf.constant(normal(5, 3))
    np.testing.assert_allclose(tf.vectorized_map(lambda x: a @ x, rows).numpy(), rows.numpy() @ D.T)
    found = tf.vectorized_map(
        lambda x: tf.func.grad(lambda x: tf.reduce_sum((a @ x) ** 3))(x), rows
    )
    np.testing.assert_allclose(found.numpy(), 3 * (rows.numpy() @ D.T) ** 2 @ D, rtol=1e-12)
    hessian = tf.func.hessian(lambda x: tf.reduce_sum((a @ x) ** 3))(tf.constant(X))
    np.testing.assert_allclose(hessian.numpy(), D.T @ np.diag(6 * D @ X) @ D, rtol=1e-12)
    with tf.GradientTape() as tape:
        tape.watch(rows)
        y = a @ rows.T
        z = tf.transpose(y) * rows[:, :1]
    found = tape.batch_jacobian(z, rows)
    expected = D[None] * rows.numpy()[:, :1, None]
    expected[:, :, 0] += rows.numpy() @ D.T
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)


def test_variables_and_functions():
    a, v = sparse.csr_array(D), tf.Variable(X)
    step = tf.function(lambda: a @ v)
    for product in (lambda: a @ v, lambda: a.dot(v), lambda: v @ a.T, step):
        with tf.GradientTape() as tape:
            y = product()
        np.testing.assert_allclose(tape.gradient(y, v).numpy(), D.sum(0))


@pytest.mark.parametrize(
    "cls", ["csr_array", "csc_matrix", "coo_array", "bsr_array", "dia_array", "lil_array"]
)
def test_records_keep_what_the_matrix_was(cls):
    a = getattr(sparse, cls)(D)
    x = tf.constant(X)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        before = a @ x
        if cls == "lil_array":
            a[0, 0] += 5.0
        else:
            a.data *= 2.0
        after = a @ x
    later = a.toarray()
    if cls != "lil_array":
        a.data[...] = np.nan
    np.testing.assert_allclose(tape.gradient(before, x).numpy(), D.sum(0))
    np.testing.assert_allclose(tape.gradient(after, x).numpy(), later.sum(0))


def test_a_tape_holds_a_matrix_once():
    a = sparse.random_array((300, 300), density=0.2, rng=np.random.default_rng(0))
    a = sparse.csr_array(a)
    x = tf.constant(np.ones(300))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x
        for _ in range(50):
            y = a @ y / 300
    from autograd_c.functions.sparse import constants

    assert constants.constant_of(a) is constants.constant_of(a)
    known = len(constants._known)
    expected = np.ones(300)
    for _ in range(50):
        expected = a.T @ expected / 300
    np.testing.assert_allclose(tape.gradient(y, x).numpy(), expected)
    del a
    gc.collect()
    assert len(constants._known) == known - 1


def test_results_are_checked_for_nan():
    a = sparse.csr_array(np.eye(2))
    tf.debugging.enable_check_numerics()
    try:
        for call in (lambda x: a @ x, lambda x: x @ a, lambda x: tf.matmul(a, x[:, None])):
            with pytest.raises(tf.errors.InvalidArgumentError, match="sparse_product"):
                call(tf.constant([1.0, np.nan], tf.float64))
    finally:
        tf.debugging.disable_check_numerics()


def test_threads():
    a = sparse.csr_array(D)
    wrong = []

    def work(seed):
        x = tf.constant(np.random.default_rng(seed).normal(size=3))
        for _ in range(50):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = tf.reduce_sum((a @ x) ** 2)
            if not np.allclose(tape.gradient(y, x).numpy(), 2 * D.T @ (D @ x.numpy())):
                wrong.append(seed)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# ---------------------------------------------------------------- what is refused


def test_nothing_detaches_silently():
    a = sparse.csr_array(D)
    x, m = tf.constant(X), tf.constant(normal(4, 3))
    linear = pytest.importorskip("scipy.sparse.linalg").aslinearoperator(a)
    with tf.GradientTape() as tape:
        tape.watch([x, m])
        for function in (
            lambda: a.multiply(m),
            lambda: linear @ x,
            lambda: linear.matvec(x),
            lambda: a @ [x[0], x[1], x[2]],
            lambda: a.dot([x, x, x]),
        ):
            with pytest.raises(TypeError, match="derivative"):
                function()
        with pytest.raises(TypeError):
            a / np.array("text")
        for function in (
            lambda: x / a,
            lambda: a**m,
            lambda: sparse.csr_array(m),
            lambda: a.maximum(m),
        ):
            with pytest.raises((TypeError, ValueError, NotImplementedError)):
                function()
    assert isinstance(a.multiply(m.numpy()), sparse.sparray)
    np.testing.assert_allclose(a @ [x[0], x[1], x[2]], D @ X)  # nothing is recorded
    assert a.toarray().shape == (4, 3)


@pytest.mark.parametrize("records", [False, True])
def test_errors(records):
    a, x = sparse.csr_array(D), tf.constant(Y)
    with tf.GradientTape() as tape:
        if records:
            tape.watch(x)
        for function in (
            lambda: a @ x,
            lambda: a.T.dot(x[:3]),
            lambda: x[:3] @ a,
            lambda: a @ x[:, None],
        ):
            with pytest.raises(ValueError, match="do not match"):
                function()
        with pytest.raises(NotImplementedError, match="scalar"):
            a + x[0]
        with pytest.raises(ValueError):
            a @ x[0]
        with pytest.raises(TypeError, match=r"toarray\(\)"):
            tf.convert_to_tensor(a)
        with pytest.raises(TypeError, match="two arrays"):
            tf.matmul(a, a)
        broken = sparse.csr_array(D)
        broken.indices = broken.indices + 7
        if records:
            with pytest.raises(ValueError, match="outside"):
                broken @ tf.cast(x[:3], tf.float64)
        y = a @ x[:3]
    if records:
        np.testing.assert_allclose(tape.gradient(y, x).numpy(), [*D.sum(0), 0])


def test_vectors_of_scipy():
    if not hasattr(sparse.coo_array(X), "coords") or sparse.coo_array(X).ndim != 1:
        pytest.skip("this SciPy has matrices alone")
    a = sparse.coo_array(np.array([0.0, 2.0, 3.0]))
    x, m = tf.constant(X), tf.constant(normal(3, 2))
    for function in (lambda x: a @ x, lambda x: x @ a):
        np.testing.assert_allclose(function(x).numpy(), a.toarray() @ X)
        np.testing.assert_allclose(tf.func.grad(function)(x).numpy(), a.toarray())
    np.testing.assert_allclose((a @ m).numpy(), a.toarray() @ m.numpy())
    np.testing.assert_allclose((m.T @ a).numpy(), m.numpy().T @ a.toarray())
    assert _core.is_sparse(a)
