"""``tf.sparse`` against TensorFlow's: places, values, shapes, dtypes, gradients, and errors."""

from __future__ import annotations

import os

import numpy as np
import pytest

import autograd_c

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tensorflow = pytest.importorskip("tensorflow")

PLACES = [[0, 1], [0, 3], [2, 0], [2, 1], [2, 3]]
VALUES = np.array([1.5, -2.0, 0.5, 3.0, -1.25])
SHUFFLED = [3, 0, 4, 1, 2]
CUBE = [[0, 0, 1], [0, 1, 1], [1, 0, 0], [1, 1, 0], [1, 1, 1]]
M = np.random.default_rng(0).normal(size=(4, 2))
W = np.random.default_rng(1).normal(size=(3, 4))


def matrix(tf, v):
    return tf.SparseTensor(PLACES, v, [3, 4])


def shuffled(tf, v):
    return tf.SparseTensor([PLACES[k] for k in SHUFFLED], tf.gather(v, SHUFFLED), [3, 4])


def cube(tf, v):
    return tf.SparseTensor(CUBE, v, [2, 2, 2])


def other(tf, v):
    values = tf.cast(tf.constant([2.0, 0.25, -1.0]), v.dtype)
    return tf.SparseTensor([[0, 0], [0, 3], [2, 1]], values, [3, 4])


def dense(tf, v, a):
    return tf.cast(tf.constant(a), v.dtype)


# Functions of the library and of the values, which are differentiated by these.
SMOOTH = {
    "to_dense": lambda tf, v: tf.sparse.to_dense(matrix(tf, v)),
    "to_dense, default": lambda tf, v: tf.sparse.to_dense(matrix(tf, v), v[0]),
    "to_dense, any order": lambda tf, v: tf.sparse.to_dense(
        shuffled(tf, v), validate_indices=False
    ),
    "from_dense": lambda tf, v: tf.sparse.from_dense(tf.reshape(v, [1, 5])),
    "times": lambda tf, v: matrix(tf, v) * dense(tf, v, W),
    "times scalar": lambda tf, v: matrix(tf, v) * dense(tf, v, [2.0]),
    "times row": lambda tf, v: dense(tf, v, W[0]) * matrix(tf, v),
    "over": lambda tf, v: matrix(tf, v) / dense(tf, v, 1 + W**2),
    "product": lambda tf, v: tf.sparse.sparse_dense_matmul(matrix(tf, v), dense(tf, v, M)),
    "product, out of order": lambda tf, v: tf.sparse.sparse_dense_matmul(
        shuffled(tf, v), dense(tf, v, M)
    ),
    "product, adjoint_a": lambda tf, v: tf.sparse.sparse_dense_matmul(
        matrix(tf, v), dense(tf, v, W), adjoint_a=True
    ),
    "product, adjoint_b": lambda tf, v: tf.sparse.sparse_dense_matmul(
        matrix(tf, v), dense(tf, v, M.T), adjoint_b=True
    ),
    "product, by both": lambda tf, v: tf.sparse.sparse_dense_matmul(
        matrix(tf, v), tf.reshape(v[:4] * v[1:], [4, 1])
    ),
    "reorder": lambda tf, v: tf.sparse.reorder(shuffled(tf, v)),
    "transpose": lambda tf, v: tf.sparse.transpose(matrix(tf, v)),
    "transpose, axes": lambda tf, v: tf.sparse.transpose(cube(tf, v), [2, 0, 1]),
    "reshape": lambda tf, v: tf.sparse.reshape(cube(tf, v), [4, -1]),
    "expand_dims": lambda tf, v: tf.sparse.expand_dims(matrix(tf, v), -2),
    "reset_shape": lambda tf, v: tf.sparse.reset_shape(matrix(tf, v), [5, 4]),
    "slice": lambda tf, v: tf.sparse.slice(matrix(tf, v), [1, 0], [5, 2]),
    "split": lambda tf, v: tf.sparse.split(matrix(tf, v), 3, 1),
    "concat": lambda tf, v: tf.sparse.concat(1, [matrix(tf, v), other(tf, v)]),
    "concat, expand": lambda tf, v: tf.sparse.concat(
        0, [matrix(tf, v), tf.sparse.eye(2, dtype=v.dtype)], expand_nonconcat_dims=True
    ),
    "retain": lambda tf, v: tf.sparse.retain(matrix(tf, v), [True, False, True, True, False]),
    "fill_empty_rows": lambda tf, v: tf.sparse.fill_empty_rows(matrix(tf, v), v[0])[0],
    "add": lambda tf, v: tf.sparse.add(matrix(tf, v), other(tf, v)),
    "add, threshold": lambda tf, v: tf.sparse.add(matrix(tf, v), other(tf, v), 2),
    "add, dense": lambda tf, v: tf.sparse.add(dense(tf, v, W), matrix(tf, v)),
    "map_values": lambda tf, v: tf.sparse.map_values(tf.multiply, matrix(tf, v), matrix(tf, v)),
    "softmax": lambda tf, v: tf.sparse.softmax(matrix(tf, v)),
    "softmax, cube": lambda tf, v: tf.sparse.softmax(cube(tf, v)),
    "reduce_sum": lambda tf, v: tf.sparse.reduce_sum(matrix(tf, v)),
    "reduce_sum, axis": lambda tf, v: tf.sparse.reduce_sum(cube(tf, v), [0, -1], True),
    "maximum": lambda tf, v: tf.sparse.maximum(matrix(tf, v), other(tf, v)),
    "minimum": lambda tf, v: tf.sparse.minimum(matrix(tf, v), other(tf, v)),
    "segment_sum": lambda tf, v: tf.sparse.segment_sum(v, [0, 2, 2, 4], [0, 0, 1, 3]),
    "segment_mean": lambda tf, v: tf.sparse.segment_mean(v, [0, 2, 2], [0, 0, 1], 3),
    "segment_sqrt_n": lambda tf, v: tf.sparse.segment_sqrt_n(v, [0, 0, 3], [0, 0, 1]),
}
# Of which TensorFlow has no derivative.
FLAT = {
    "reduce_sum, sparse": lambda tf, v: tf.sparse.reduce_sum(
        matrix(tf, v), 1, output_is_sparse=True
    ),
    "reduce_max": lambda tf, v: tf.sparse.reduce_max(matrix(tf, v), 1),
    "reduce_max, keepdims": lambda tf, v: tf.sparse.reduce_max(cube(tf, v), [1, 2], True),
    "reduce_max, sparse": lambda tf, v: tf.sparse.reduce_max(
        matrix(tf, v), 0, output_is_sparse=True
    ),
    "eye": lambda tf, v: tf.sparse.eye(2, 3, dtype=v.dtype),
    "empty rows": lambda tf, v: tf.sparse.fill_empty_rows(matrix(tf, v), 1.0)[1],
    "reset_shape, smallest": lambda tf, v: tf.sparse.reset_shape(
        tf.SparseTensor([[0, 1]], v[:1], [5, 6])
    ),
    "bincount": lambda tf, v: tf.sparse.bincount([1, 1, 3]),
    "bincount, rows": lambda tf, v: tf.sparse.bincount([[1, 1, 2], [0, 1, 0]], axis=-1),
    "bincount, weights": lambda tf, v: tf.sparse.bincount([1, 0, 1, 3, 3], weights=v),
    "bincount, binary": lambda tf, v: tf.sparse.bincount([1, 1, 3], binary_output=True),
    "bincount, maxlength": lambda tf, v: tf.sparse.bincount([1, 1, 3, 7], maxlength=4),
    "bincount, minlength": lambda tf, v: tf.sparse.bincount([1, 1, 3], minlength=9),
    "to_indicator": lambda tf, v: tf.sparse.to_indicator(
        tf.SparseTensor([[0, 0], [1, 1]], tf.constant([2, 0]), [2, 2]), 4
    ),
    "mask": lambda tf, v: (
        tf.sparse.mask(
            tf.IndexedSlices(tf.reshape(v, [5, 1]), tf.range(5), tf.constant([9, 1])), [1, 3]
        ).values
    ),
    "shape": lambda tf, v: tf.constant(matrix(tf, v).shape.as_list()),
    "dense_shape": lambda tf, v: matrix(tf, v).dense_shape,
}


def parts(y):
    """Everything that a result is made of, as tensors."""
    if isinstance(y, (list, tuple)):
        return [part for each in y for part in parts(each)]
    if isinstance(y, (autograd_c.SparseTensor, tensorflow.SparseTensor)):
        return [y.values, y.indices, y.dense_shape]
    return [y]


def results(tf, function, dtype, order):
    """What a function gives, and derivatives up to that order."""
    v = tf.cast(tf.constant(VALUES), dtype)
    with tf.GradientTape() as outer:
        outer.watch(v)
        with tf.GradientTape() as inner:
            inner.watch(v)
            found = parts(function(tf, v))
            total = None
            for y in found:
                if y.dtype.name == dtype:
                    weights = np.cos(np.arange(int(tf.size(y)))).reshape(y.shape)
                    term = tf.reduce_sum(y * y * tf.cast(tf.constant(weights), dtype))
                    total = term if total is None else total + term
        if order == 0:
            return found
        slope = tf.convert_to_tensor(inner.gradient(total, v))
        bend = tf.reduce_sum(slope * slope)
    if order == 1:
        return [*found, slope]
    second = outer.gradient(bend, v)
    return [*found, slope, None if second is None else tf.convert_to_tensor(second)]


def of_tensorflow(function, dtype):
    """As many derivatives as there are: some raise, and some are None."""
    for order in (2, 1, 0):
        try:
            return results(tensorflow, function, dtype, order)
        except (LookupError, NotImplementedError, TypeError, ValueError):
            if order == 0:
                raise
    raise AssertionError


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [*SMOOTH, *FLAT])
def test_results_and_gradients(name, dtype):
    function = SMOOTH.get(name) or FLAT[name]
    found = results(autograd_c, function, dtype, 2 if name in SMOOTH else 0)
    expected = of_tensorflow(function, dtype)
    tolerance = 1e-5 if dtype == "float32" else 1e-11
    for ours, theirs in zip(found, expected, strict=False):
        if theirs is None:
            continue
        ours, theirs = np.asarray(ours), np.asarray(theirs)
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


REFUSED = {
    "rank of indices": lambda tf: tf.SparseTensor([0, 1], [1.0], [3]),
    "rank of shape": lambda tf: tf.SparseTensor([[0, 1]], [1.0], [3]),
    "number of values": lambda tf: tf.SparseTensor([[0, 1]], [1.0, 2.0], [3, 3]),
    "floats for indices": lambda tf: tf.SparseTensor([[0.5, 1]], [1.0], [3, 3]),
    "out of bounds": lambda tf: tf.sparse.to_dense(tf.SparseTensor([[0, 5]], [1.0], [3, 3])),
    "out of order": lambda tf: tf.sparse.to_dense(tf.SparseTensor([[1], [0]], [1.0, 2.0], [3])),
    "repeated": lambda tf: tf.sparse.to_dense(tf.SparseTensor([[1], [1]], [1.0, 2.0], [3])),
    "no sparse tensor": lambda tf: tf.sparse.to_dense(tf.ones(2)),
    "scalar": lambda tf: tf.sparse.from_dense(tf.constant(3.0)),
    "vector": lambda tf: tf.sparse.sparse_dense_matmul(tf.sparse.eye(3), tf.ones(3)),
    "inner extents": lambda tf: tf.sparse.sparse_dense_matmul(tf.sparse.eye(3), tf.ones((2, 2))),
    "axis": lambda tf: tf.sparse.reduce_sum(tf.sparse.eye(3), 5),
    "ranks": lambda tf: tf.sparse.add(tf.sparse.eye(3), tf.sparse.expand_dims(tf.sparse.eye(3), 0)),
    "dense rank": lambda tf: tf.sparse.add(tf.sparse.eye(3), tf.ones(3)),
    "two dense": lambda tf: tf.sparse.add(tf.ones(3), tf.ones(3)),
    "size": lambda tf: tf.sparse.reshape(tf.sparse.eye(3), [2, -1]),
    "no vector": lambda tf: tf.sparse.reshape(tf.sparse.eye(3), 9),
    "start": lambda tf: tf.sparse.slice(tf.sparse.eye(3), [0], [1]),
    "negative size": lambda tf: tf.sparse.slice(tf.sparse.eye(3), [0, 0], [-1, 2]),
    "concat": lambda tf: tf.sparse.concat(0, [tf.sparse.eye(3), tf.sparse.eye(2, 4)]),
    "no list": lambda tf: tf.sparse.concat(0, tf.sparse.eye(3)),
    "expand_dims": lambda tf: tf.sparse.expand_dims(tf.sparse.eye(3), 5),
    "retain": lambda tf: tf.sparse.retain(tf.sparse.eye(3), [True]),
    "softmax": lambda tf: tf.sparse.softmax(tf.SparseTensor([[0]], [1.0], [2])),
    "map_values": lambda tf: tf.sparse.map_values(tf.add, 1.0, 2.0),
    "other places": lambda tf: tf.sparse.map_values(
        tf.add, tf.sparse.eye(2), tf.SparseTensor([[0, 1], [1, 1]], [1.0, 1.0], [2, 2])
    ),
    "with_values": lambda tf: tf.sparse.eye(2).with_values([1.0]),
    "from_value": lambda tf: tf.SparseTensor.from_value(3),
    "broadcast": lambda tf: tf.sparse.eye(3) * tf.ones((2, 3)),
    "sum": lambda tf: tf.sparse.eye(3) + tf.sparse.eye(3),
    "reset_shape": lambda tf: tf.sparse.reset_shape(tf.sparse.eye(3), [2, 2]),
    "indicator": lambda tf: tf.sparse.to_indicator(
        tf.SparseTensor([[0, 0]], tf.constant([9]), [2, 2]), 4
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_errors(name):
    def kind_of(tf):
        try:
            REFUSED[name](tf)
        except (TypeError, ValueError) as error:
            return {TypeError: "TypeError", ValueError: "ValueError"}[
                TypeError if isinstance(error, TypeError) else ValueError
            ], isinstance(error, tf.errors.InvalidArgumentError)
        except tf.errors.InvalidArgumentError:
            return "ValueError", True
        return None, False

    ours, theirs = kind_of(autograd_c), kind_of(tensorflow)
    assert ours[0] == theirs[0] is not None
    if theirs[1]:  # where it is theirs, it is ours, too
        assert ours[1]


def test_tapes_watch_them_and_refuse_them_alike():
    for tf in (autograd_c, tensorflow):
        s = tf.sparse.eye(2)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(s)
            y = tf.sparse.reduce_sum(s * s.values)
        np.testing.assert_array_equal(np.asarray(tape.gradient(y, s.values)), [2, 2])
        for ask in (
            lambda t=tape, s=s, y=y: t.gradient(y, s),
            lambda t=tape, s=s: t.gradient(s, s.values),
        ):
            with pytest.raises(ValueError, match="SparseTensor"):
                ask()


def test_names_and_arguments():
    import inspect

    missing = {"cross", "cross_hashed", "sampled_addmm"}
    theirs = {name for name in dir(tensorflow.sparse) if not name.startswith("_")}
    assert theirs - set(autograd_c.sparse.__all__) == missing
    for name in theirs - missing - {"SparseTensor"}:
        ours = inspect.signature(getattr(autograd_c.sparse, name)).parameters
        expected = inspect.signature(getattr(tensorflow.sparse, name)).parameters
        assert list(ours) == list(expected), name
        for key, parameter in expected.items():
            if name == "eye" and key == "dtype":
                continue
            assert ours[key].default == parameter.default, (name, key)
