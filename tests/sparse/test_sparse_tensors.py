"""``tf.sparse``: values beside dense arrays, derivatives by the values that are there."""

from __future__ import annotations

import copy
import pickle
import threading

import numpy as np
import pytest

import autograd_c as tf

RANDOM = np.random.default_rng(0)
PLACES = np.array([[0, 1], [0, 3], [2, 0], [2, 1], [2, 3]])
VALUES = np.array([1.5, -2.0, 0.5, 3.0, -1.25])
SHUFFLED = [3, 0, 4, 1, 2]
OTHER = tf.SparseTensor([[0, 0], [0, 3], [2, 1]], [2.0, 0.25, -1.0], [3, 4])
OTHER = OTHER.with_values(tf.cast(OTHER.values, tf.float64))
CUBE = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 0], [1, 1, 0], [1, 1, 1]])


def matrix(values, order=None):
    at = PLACES if order is None else PLACES[order]
    return tf.SparseTensor(at, values if order is None else tf.gather(values, order), [3, 4])


def cube(values):
    return tf.SparseTensor(CUBE, values, [2, 2, 2])


def dense(s, default=0):
    answer = np.full(s.shape, default, s.values.numpy().dtype)
    answer[tuple(s.indices.numpy().T)] = s.values.numpy()
    return answer


D = dense(matrix(VALUES))
E = dense(OTHER)
C = dense(cube(VALUES))
M = RANDOM.normal(size=(4, 2))
W = RANDOM.normal(size=(3, 4))


def softmax(a):
    powers = np.where(a != 0, np.exp(a), 0)
    return powers / powers.sum(-1, keepdims=True, where=powers != 0).clip(1e-300)


# name: (function of the values, what a dense array makes of it)
CASES = {
    "to_dense": (lambda v: tf.sparse.to_dense(matrix(v)), D),
    "to_dense, default": (lambda v: tf.sparse.to_dense(matrix(v), v[0] * 2), np.where(D, D, 3.0)),
    "from_dense": (lambda v: tf.sparse.from_dense(tf.sparse.to_dense(matrix(v)) * W), D * W),
    "times scalar": (lambda v: matrix(v) * v[1], D * -2),
    "times row": (lambda v: matrix(v) * (v[:4] ** 2), D * VALUES[:4] ** 2),
    "times column": (lambda v: W[:, :1] * matrix(v), D * W[:, :1]),
    "over": (lambda v: matrix(v) / (v[0] + W**2), D / (1.5 + W**2)),
    "product": (lambda v: matrix(v) @ M, D @ M),
    "product, out of order": (lambda v: matrix(v, SHUFFLED) @ M, D @ M),
    "product, vector": (lambda v: matrix(v) @ v[:4], D @ VALUES[:4]),
    "product, left": (lambda v: W.T @ matrix(v), W.T @ D),
    "product, batch": (
        lambda v: matrix(v) @ tf.stack([M, M * v[0]]),
        np.stack([D @ M, D @ M * 1.5]),
    ),
    "sparse_dense_matmul": (
        lambda v: tf.sparse.sparse_dense_matmul(matrix(v), M * v[2]),
        D @ M / 2,
    ),
    "sparse_dense_matmul, adjoint_a": (
        lambda v: tf.sparse.sparse_dense_matmul(matrix(v), W * v[0], adjoint_a=True),
        D.T @ W * 1.5,
    ),
    "sparse_dense_matmul, adjoint_b": (
        lambda v: tf.sparse.sparse_dense_matmul(matrix(v), M.T * v[0], adjoint_b=True),
        D @ M * 1.5,
    ),
    "sparse_dense_matmul, right": (
        lambda v: tf.sparse.sparse_dense_matmul(W.T * v[0], matrix(v)),
        W.T @ D * 1.5,
    ),
    "sparse_dense_matmul, right, adjoints": (
        lambda v: tf.sparse.sparse_dense_matmul(M * v[0], matrix(v), True, True),
        M.T @ D.T * 1.5,
    ),
    "reorder": (lambda v: tf.sparse.reorder(matrix(v, SHUFFLED)), D),
    "transpose": (lambda v: tf.sparse.transpose(matrix(v)), D.T),
    "transpose, axes": (lambda v: tf.sparse.transpose(cube(v), [2, 0, 1]), C.transpose(2, 0, 1)),
    "reshape": (lambda v: tf.sparse.reshape(matrix(v), [2, -1]), D.reshape(2, 6)),
    "expand_dims": (lambda v: tf.sparse.expand_dims(matrix(v), 1), D[:, None]),
    "reset_shape": (
        lambda v: tf.sparse.reset_shape(matrix(v), [3, 5]),
        np.pad(D, ((0, 0), (0, 1))),
    ),
    "slice": (lambda v: tf.sparse.slice(matrix(v), [1, 0], [5, 2]), D[1:, :2]),
    "split": (lambda v: tf.sparse.split(matrix(v), 3, 1)[0], D[:, :2]),
    "concat": (
        lambda v: tf.sparse.concat(1, [matrix(v), OTHER, matrix(v * v)]),
        np.hstack([D, E, D**2]),
    ),
    "retain": (
        lambda v: tf.sparse.retain(matrix(v), [True, True, False, False, False]),
        D * [[1], [0], [0]],
    ),
    "fill_empty_rows": (
        lambda v: tf.sparse.fill_empty_rows(matrix(v), v[3] ** 2)[0],
        D + np.eye(3, 4, -1) * 9 * [[0], [1], [0]],
    ),
    "add": (lambda v: tf.sparse.add(matrix(v), OTHER), D + E),
    "add, dense": (lambda v: tf.sparse.add(W * v[0], matrix(v)), D + W * 1.5),
    "maximum": (lambda v: tf.sparse.maximum(matrix(v), OTHER), np.maximum(D, E)),
    "minimum": (lambda v: tf.sparse.minimum(OTHER, matrix(v)), np.minimum(D, E)),
    "map_values": (lambda v: tf.sparse.map_values(tf.exp, matrix(v)), np.where(D, np.exp(D), 0)),
    "softmax": (lambda v: tf.sparse.softmax(matrix(v)), softmax(D)),
    "softmax, cube": (lambda v: tf.sparse.softmax(cube(v)), softmax(C)),
    "reduce_sum": (lambda v: tf.sparse.reduce_sum(matrix(v)), D.sum()),
    "reduce_sum, axis": (lambda v: tf.sparse.reduce_sum(cube(v), [0, -1]), C.sum((0, 2))),
    "reduce_sum, sparse": (
        lambda v: tf.sparse.reduce_sum(matrix(v), 1, True, output_is_sparse=True),
        D.sum(1, keepdims=True),
    ),
    "reduce_max": (lambda v: tf.sparse.reduce_max(matrix(v), 1), [1.5, 0, 3]),
    "reduce_max, sparse": (
        lambda v: tf.sparse.reduce_max(matrix(v), 0, output_is_sparse=True),
        [0.5, 3, 0, -1.25],
    ),
    "segment_sum": (
        lambda v: tf.sparse.segment_sum(v, [0, 2, 2, 4], [0, 0, 1, 3]),
        [2, 0.5, 0, -1.25],
    ),
    "segment_mean": (lambda v: tf.sparse.segment_mean(v, [0, 2, 2], [0, 0, 1], 3), [1, 0.5, 0]),
    "segment_sqrt_n": (lambda v: tf.sparse.segment_sqrt_n(v, [0, 0], [0, 0]), [3 / 2**0.5]),
    "bincount": (
        lambda v: tf.sparse.bincount([1, 0, 1, 3, 3], v, minlength=5),
        [-2, 2, 0, 1.75, 0],
    ),
}
KINKED = {"reduce_max", "reduce_max, sparse", "maximum", "minimum", "add, dense"}


def elements(y):
    return y.values if isinstance(y, tf.SparseTensor) else y


@pytest.mark.parametrize("name", CASES)
def test_values_are_those_of_dense_arrays(name):
    function, expected = CASES[name]
    found = function(tf.constant(VALUES))
    if isinstance(found, tf.SparseTensor):
        assert found.shape == np.shape(expected)
        flat = np.ravel_multi_index(found.indices.numpy().T, found.shape)
        assert (np.diff(flat) > 0).all()  # in order
        found = dense(found)
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-13)


@pytest.mark.parametrize("name", CASES)
def test_derivatives_are_those_of_differences(name):
    function, _ = CASES[name]
    v = tf.constant(VALUES)
    tf.func.check_grads(lambda v: elements(function(v)) * v[0], order=2)(v)


COMPLEX = [
    name for name in CASES if name.partition(",")[0] not in ("maximum", "minimum", "reduce_max")
]


@pytest.mark.parametrize("name", COMPLEX)
def test_derivatives_by_complex_values(name):
    function, _ = CASES[name]
    if name in ("softmax", "softmax, cube"):
        return
    v = tf.constant(VALUES * (1 + 0.5j))
    tf.func.check_grads(lambda v: elements(function(v)) * v[0], order=1)(v)


@pytest.mark.parametrize("name", ["product", "to_dense", "reduce_sum, axis", "softmax", "add"])
@pytest.mark.parametrize("dtype", ["float16", "float32", "int32"])
def test_dtypes(name, dtype):
    function, expected = CASES[name]
    v = tf.constant((VALUES * 4).astype(dtype))
    if name == "product":
        function, expected = (lambda v: matrix(v) @ tf.cast(v[:4], v.dtype)), D @ VALUES[:4] * 4
    if name in ("softmax", "add") and dtype == "int32":
        with pytest.raises(TypeError):
            function(v)
        return
    found = elements(function(v))
    if name not in ("add", "softmax"):
        assert found.dtype == dtype
        np.testing.assert_allclose(found.numpy(), np.asarray(expected) * 4, rtol=1e-2)


def test_jacobians_and_batches():
    v = tf.constant(VALUES)
    j = tf.func.jacobian(lambda v: matrix(v) @ (M * v[0]))(v)
    k = tf.func.jacobian(lambda v: tf.sparse.to_dense(matrix(v)) @ (M * v[0]))(v)
    np.testing.assert_allclose(j.numpy(), k.numpy(), rtol=1e-13)
    h = tf.func.hessian(lambda v: tf.reduce_sum((matrix(v) @ v[:4]) ** 2))(v)
    k = tf.func.hessian(
        lambda v: tf.reduce_sum(tf.linalg.matvec(tf.sparse.to_dense(matrix(v)), v[:4]) ** 2)
    )(v)
    np.testing.assert_allclose(h.numpy(), k.numpy(), rtol=1e-12)
    rows = tf.stack([v, v * v, v - 1.0])
    found = tf.vectorized_map(lambda v: matrix(v) @ M, rows)
    np.testing.assert_allclose(found.numpy(), [dense(matrix(r.numpy())) @ M for r in rows])


def test_tapes_watch_values():
    s = matrix(tf.constant(VALUES))
    with tf.GradientTape() as tape:
        tape.watch(s)
        y = tf.reduce_sum(tf.sparse.to_dense(s) ** 2)
    np.testing.assert_allclose(tape.gradient(y, s.values).numpy(), 2 * VALUES)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(s.values)
        y = tf.sparse.reduce_sum(s)
    for ask in (lambda: tape.gradient(y, s), lambda: tape.gradient(s, s.values)):
        with pytest.raises((TypeError, ValueError), match="SparseTensor"):
            ask()
    v = tf.Variable(VALUES)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(matrix(v) @ M)
    assert tape.gradient(y, v).shape == (5,)


def test_what_it_is():
    s = tf.SparseTensor([[0, 1], [2, 0]], [1.0, 2.0], [3, 2])
    assert (s.shape, s.get_shape(), s.dtype) == ((3, 2), (3, 2), tf.float32)
    assert s.indices.dtype == s.dense_shape.dtype == tf.int64
    assert tf.sparse.SparseTensor is tf.SparseTensor
    assert repr(s).startswith("SparseTensor(indices=tf.Tensor(")
    assert tf.SparseTensor.from_value(s) is s
    s.set_shape([None, 2])
    for other in (pickle.loads(pickle.dumps(s)), copy.deepcopy(s), copy.copy(s)):
        np.testing.assert_array_equal(dense(other), dense(s))
    assert tf.nest.flatten([s, s]) == [s, s]
    np.testing.assert_array_equal(
        tf.sparse.to_indicator(s.with_values([1, 0]), 2).numpy()[0], [False, True]
    )
    masked = tf.sparse.mask(tf.IndexedSlices(tf.ones((2, 1)), tf.constant([1, 3])), [1])
    assert masked.indices.numpy().tolist() == [3]
    huge = tf.SparseTensor([[2**40, 5], [3, 2**40]], [1.0, 2.0], [2**41, 2**41])
    assert tf.sparse.reorder(huge).values.numpy().tolist() == [2.0, 1.0]
    assert tf.sparse.add(huge, huge).values.numpy().tolist() == [4.0, 2.0]
    for empty in (tf.SparseTensor(np.zeros((0, 2), np.int64), [], [3, 2]), tf.sparse.eye(0, 2)):
        assert (empty @ tf.ones((2, 4))).numpy().sum() == 0
        assert tf.sparse.to_dense(empty).shape == empty.shape
        assert tf.sparse.reduce_sum(empty).numpy() == 0
        assert tf.sparse.softmax(empty).values.shape == (0,)


MADE = matrix(tf.constant(VALUES))
REFUSED = {
    "indices of rank 1": (ValueError, lambda: tf.SparseTensor([0], [1.0], [3])),
    "another rank": (ValueError, lambda: tf.SparseTensor([[0, 1]], [1.0], [3])),
    "another number of values": (ValueError, lambda: tf.SparseTensor([[0]], [1.0, 2.0], [3])),
    "float indices": (TypeError, lambda: tf.SparseTensor([[0.5]], [1.0], [3])),
    "negative extents": (ValueError, lambda: tf.SparseTensor([[0]], [1.0], [-3])),
    "outside": (ValueError, lambda: tf.sparse.to_dense(tf.SparseTensor([[5]], [1.0], [3]))),
    "outside of a product": (
        ValueError,
        lambda: tf.SparseTensor([[0, 5]], [1.0], [3, 2]) @ tf.ones(2),
    ),
    "negative place": (ValueError, lambda: tf.sparse.reorder(tf.SparseTensor([[-1]], [1.0], [3]))),
    "out of order": (ValueError, lambda: tf.sparse.to_dense(matrix(tf.constant(VALUES), SHUFFLED))),
    "repeated": (
        ValueError,
        lambda: tf.sparse.to_dense(tf.SparseTensor([[1], [1]], [1.0, 2.0], [3])),
    ),
    "no sparse tensor": (TypeError, lambda: tf.sparse.to_dense(tf.ones(2))),
    "inner extents": (ValueError, lambda: MADE @ tf.ones((3, 2), tf.float64)),
    "a vector": (ValueError, lambda: tf.sparse.sparse_dense_matmul(MADE, tf.ones(4, tf.float64))),
    "two sparse ones": (TypeError, lambda: tf.sparse.sparse_dense_matmul(MADE, MADE)),
    "two dense ones": (TypeError, lambda: tf.sparse.sparse_dense_matmul(M, M)),
    "a cube": (ValueError, lambda: cube(tf.constant(VALUES)) @ tf.ones(2, tf.float64)),
    "dense shape": (ValueError, lambda: MADE * tf.ones((2, 3, 4), tf.float64)),
    "sparse factor": (TypeError, lambda: MADE * MADE),
    "sum of shapes": (ValueError, lambda: tf.sparse.add(MADE, cube(tf.constant(VALUES)))),
    "sum of dense": (TypeError, lambda: tf.sparse.add(M, M)),
    "axis": (ValueError, lambda: tf.sparse.reduce_sum(MADE, 5)),
    "permutation": (ValueError, lambda: tf.sparse.transpose(MADE, [0, 0])),
    "size": (ValueError, lambda: tf.sparse.reshape(MADE, [5, -1])),
    "softmax of a vector": (
        ValueError,
        lambda: tf.sparse.softmax(tf.SparseTensor([[0]], [1.0], [2])),
    ),
    "values": (ValueError, lambda: MADE.with_values([1.0])),
    "other places": (ValueError, lambda: tf.sparse.map_values(tf.add, MADE, OTHER)),
    "no places": (ValueError, lambda: tf.sparse.map_values(tf.add, 1.0, 2.0)),
    "no list": (TypeError, lambda: tf.sparse.concat(0, MADE)),
    "concat": (ValueError, lambda: tf.sparse.concat(0, [MADE, tf.sparse.eye(2, dtype=tf.float64)])),
    "a tensor of it": (TypeError, lambda: tf.convert_to_tensor(MADE)),
    "tf function": (TypeError, lambda: tf.exp(MADE)),
    "numpy function": (TypeError, lambda: np.sum(MADE)),
    "numpy ufunc": (TypeError, lambda: np.exp(MADE)),
    "sum operator": (TypeError, lambda: MADE + M),
}


@pytest.mark.parametrize("name", REFUSED)
def test_errors(name):
    kind, call = REFUSED[name]
    with pytest.raises(kind):
        call()


def test_threads():
    v = tf.constant(VALUES)
    wrong = []

    def work():
        for _ in range(30):
            with tf.GradientTape() as tape:
                tape.watch(v)
                y = tf.reduce_sum((matrix(v) @ M) ** 2)
            g = tape.gradient(y, v).numpy()
            if not np.allclose(g, (2 * D @ M @ M.T)[tuple(PLACES.T)]):
                wrong.append(g)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
