"""Shapes, parts, masks and rows of Variables against TensorFlow's."""

from __future__ import annotations

import os

import numpy as np
import pytest

import autograd_c

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tensorflow = pytest.importorskip("tensorflow")

X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], np.float32)
IMAGE = np.arange(32.0).reshape(1, 4, 4, 2)
FOUR = np.arange(16, dtype=np.float32).reshape(4, 2, 2, 1)
VOLUME = np.arange(54.0).reshape(1, 3, 3, 3, 2)
N = np.array([1.0, np.nan, 3.0], np.float32)

EXPRESSIONS = """
tf.pad(x, [[1, 1]])
tf.pad(x, [[1, 1], [0, -1]])
tf.pad(x, [[1, 1], [0, 1]])
tf.pad(x, [[1, 1], [0, 1]], "foo")
tf.pad(x, [[0, 0], [3, 0]], "reflect")
tf.pad(x, [[1, 1], [2, 1]], "reflect")
tf.pad(x, [[0, 0], [3, 0]], "SYMMETRIC")
tf.pad(x, [[0, 0], [4, 0]], "SYMMETRIC")
tf.pad(x, [[0.0, 0.0], [4.0, 0.0]])
tf.pad(x, [[0, 0], [1, 0]], constant_values=[1.0])
tf.pad(tf.constant([True]), [[1, 1]])
tf.pad(tf.constant([True]), [[1, 1]], constant_values=True)
tf.pad(tf.constant([1, 2]), [[1, 1]], constant_values=1.5)
tf.pad(tf.zeros([0]), [[1, 1]], "REFLECT")
tf.pad(tf.zeros([0]), [[1, 1]], constant_values=2)
tf.pad(tf.constant([1, 2]), [1, 1])
tf.roll(x, 1, 0)
tf.roll(x, [1, 2], [0, 0])
tf.roll(x, [1, -2], [0, 1])
tf.roll(x, [1, 2], 0)
tf.roll(x, 1, 5)
tf.roll(tf.constant(1.0), 1, 0)
tf.roll(x, [[1]], [[0]])
tf.roll(x, 1, -1)
tf.roll(x, 1.5, 0)
tf.roll(tf.zeros([0, 2]), 1, 0)
tf.repeat(x, 2)
tf.repeat(x, [2])
tf.repeat(x, [1, 2], axis=0)
tf.repeat(x, [0, 2, 1], axis=-1)
tf.repeat(x, [1, 2, 3], axis=0)
tf.repeat(x, -1, axis=0)
tf.repeat(5, 3)
tf.repeat(x, [[1, 2]], axis=0)
tf.repeat(x, 2, axis=7)
tf.repeat(x, 1.5)
tf.repeat(x, 2, axis=-1)
tf.repeat(x, 0, axis=1)
tf.meshgrid()
tf.meshgrid([1, 2, 3])
tf.meshgrid([1, 2, 3], [4, 5])
tf.meshgrid([1, 2, 3], [4, 5], indexing="ij")
tf.meshgrid(x, [1.0])
tf.meshgrid(1, 2)
tf.meshgrid([1], indexing="foo")
tf.meshgrid([1], foo=1)
tf.meshgrid([1, 2], [1, 2, 3], [1, 2, 3, 4])
tf.meshgrid([1, 2], [1, 2, 3], [1, 2, 3, 4], indexing="ij")
tf.one_hot([0, 1, -1, 7], 3)
tf.one_hot(1, 3, on_value=5)
tf.one_hot(1, 3, on_value=5, off_value=1.0)
tf.one_hot(1, 3, off_value=5)
tf.one_hot([1], 3, 5, 1, axis=0)
tf.one_hot([1], 3, axis=3)
tf.one_hot([1], 3, axis=-2)
tf.one_hot([1], -3)
tf.one_hot([1.0], 3)
tf.one_hot([1], 3, True, False)
tf.one_hot([1], 3, 5.0, dtype=tf.int32)
tf.one_hot([1], 3, 5.0, dtype=tf.float64)
tf.one_hot([1], 3, dtype=tf.bool)
tf.one_hot([1], 3, dtype=tf.complex64)
tf.one_hot([1], [3])
tf.one_hot(tf.constant([200], tf.uint8), 300)
tf.one_hot(tf.constant([-1], tf.int8), 300)
tf.one_hot([[1, 2]], 3, axis=1)
tf.one_hot([1], 0)
tf.one_hot([1], 3, on_value=[5])
tf.boolean_mask(x, [True, False])
tf.boolean_mask(x, True)
tf.boolean_mask(x, [True, False, True])
tf.boolean_mask(x, [True, False, True], axis=1)
tf.boolean_mask(x, [1, 0])
tf.boolean_mask(x, x > 2)
tf.boolean_mask(x, x > 20)
tf.boolean_mask(x, [0.0, 1.0])
tf.slice(x, [0, 1], [1, -1])
tf.slice(x, [0, 1], [1, 3])
tf.slice(x, [0], [1])
tf.slice(x, [-1, 0], [1, 1])
tf.slice(x, [2, 0], [0, 1])
tf.slice(x, [2, 0], [-1, 1])
tf.slice(x, [0, 0], [-2, 1])
tf.slice(x, [0.0, 0.0], [1, 1])
tf.strided_slice(x, [0], [1])
tf.strided_slice(x, [0, 0], [2, 2], [1, 0])
tf.strided_slice(x, [0], [5], [1, 1])
tf.strided_slice(x, [5], [6], [1], shrink_axis_mask=1)
tf.strided_slice(x, [1], [6], [-1], shrink_axis_mask=1)
tf.strided_slice(x, [1], [6], [2], shrink_axis_mask=1)
tf.strided_slice(x, [1, 1, 1], [2, 2, 2], ellipsis_mask=1)
tf.strided_slice(x, [1, 1], [2, 2], ellipsis_mask=1)
tf.strided_slice(x, [1, 1], [2, 2], ellipsis_mask=3)
tf.strided_slice(x, [1], [0], shrink_axis_mask=1, begin_mask=1)
tf.strided_slice(x, [1, 1], [0, 2], begin_mask=1, end_mask=3)
tf.strided_slice(x, 1, 2)
tf.strided_slice(x, [0, 0, 0], [1, 1, 1])
tf.strided_slice(x, [0, 0, 0], [1, 1, 1], new_axis_mask=2)
tf.strided_slice(x, [0], [1], new_axis_mask=1, shrink_axis_mask=1)
tf.strided_slice(x, [-1], [-5], [-1])
tf.strided_slice(x, [1, -1], [-9, -9], [-1, -2])
tf.sequence_mask([1, 3, 2])
tf.sequence_mask([1, 3, 2], 2)
tf.sequence_mask([[1, 0], [2, 3]], dtype=tf.int32)
tf.sequence_mask([], dtype=tf.int32)
tf.sequence_mask(2, 5, tf.float32)
tf.sequence_mask([1], [2])
tf.sequence_mask([1.5], 3)
tf.sequence_mask(tf.constant([0.5, 2.0, 2.5], tf.float16))
tf.sequence_mask(tf.constant([0.5, 2.0, 2.5], tf.bfloat16))
tf.sequence_mask([-1, 1])
tf.sequence_mask([1], -1)
tf.reverse_sequence(x, [2, 1], seq_axis=1, batch_axis=0)
tf.reverse_sequence(x, [2, 0], seq_axis=1)
tf.reverse_sequence(x, [2, 1])
tf.reverse_sequence(x, [2, 5], seq_axis=1, batch_axis=0)
tf.reverse_sequence(x, [2], seq_axis=1, batch_axis=0)
tf.reverse_sequence(x, [2, 1], seq_axis=-1, batch_axis=0)
tf.reverse_sequence(x, [2, 1, 0], seq_axis=0, batch_axis=1)
tf.reverse_sequence(x, [2, 1], seq_axis=0, batch_axis=0)
tf.reverse_sequence(x, [2, -1], seq_axis=1, batch_axis=0)
tf.reverse_sequence(volume, [3, 2, 1], seq_axis=1, batch_axis=3)
tf.reverse_sequence(volume, [3, 2, 1], seq_axis=3, batch_axis=1)
tf.gather(volume, [[[0, 2]]], axis=3, batch_dims=1)
tf.gather(volume[0], [[0, 2], [1, 1], [2, 0]], axis=1, batch_dims=1)
tf.gather(volume[0], [[0, 2], [1, 1], [2, 0]], axis=2, batch_dims=1)
tf.gather(volume[0], [[0, 2], [1, 1], [2, 0]], axis=-1, batch_dims=0)
tf.gather(x, [5])
tf.gather(x, [0.5])
tf.gather(x, [0], axis=4)
tf.gather(x, [[0]], batch_dims=1)
tf.gather_nd(volume[0], [[[0], [1]], [[2], [2]], [[1], [0]]], batch_dims=1)
tf.gather_nd(volume[0], [[0, 1], [2, 2]])
tf.gather_nd(volume[0], [[0, 1], [2, 3]])
tf.gather_nd(x, [[0, 1, 2]])
tf.gather_nd(x, 1)
tf.gather_nd(x, [[0.0]])
tf.gather_nd(x, np.zeros((2, 0), int))
tf.scatter_nd([[1], [1], [4]], [1.0, 2.0, 3.0], [4])
tf.scatter_nd([[1], [1], [3]], [1.0, 2.0, 3.0], [4])
tf.scatter_nd([[1], [1]], [1.0, 2.0, 3.0], [4])
tf.scatter_nd([[1, 0], [1, 2]], [1, 2], [2, 3])
tf.scatter_nd([[1], [1]], x, [2, 3])
tf.scatter_nd(np.zeros((0, 1), int), np.zeros(0), [4])
tf.scatter_nd([[1]], [True], [4])
tf.scatter_nd([[0, 0, 0]], [1.0], [4])
tf.tensor_scatter_nd_update(x, [[0], [0]], [[7.0, 7, 7], [8, 8, 8]])
tf.tensor_scatter_nd_update(x, [[0, 1], [1, 1], [0, 1]], [7.0, 8.0, 9.0])
tf.tensor_scatter_nd_update(x, [[0, 5]], [7.0])
tf.tensor_scatter_nd_update(x, [[0, 1]], 5.0)
tf.tensor_scatter_nd_update([1, 2, 3], [[0], [2]], [5, 6])
tf.tensor_scatter_nd_update([True, False], [[1]], [True])
tf.tensor_scatter_nd_add(x, [[0, 1], [0, 1]], [7.0, 8.0])
tf.tensor_scatter_nd_add(x, [[0, 1]], tf.constant([2], tf.int32))
tf.tensor_scatter_nd_sub(x, [[1], [1]], x)
tf.tensor_scatter_nd_sub(tf.constant([1, 2], tf.uint8), [[0]], tf.constant([2], tf.uint8))
tf.tensor_scatter_nd_max(n, [[0], [1], [2]], [float("nan"), 1.0, 5.0])
tf.tensor_scatter_nd_min(n, [[0], [1], [2]], [float("nan"), 1.0, 5.0])
tf.tensor_scatter_nd_max(x, [[0, 0], [0, 0], [1, 2]], [3.0, 2.0, 0.0])
tf.tensor_scatter_nd_min([5, 6], [[0], [0]], [3, 4])
tf.dynamic_partition([1.0, 2.0, 3.0], [0, 1, 0], 2)
tf.dynamic_partition(x, [0, 1], 3)
tf.dynamic_partition(np.arange(30.0), np.arange(30) * 7 % 11, 12)
tf.dynamic_partition(x, [[0, 1, 1], [0, 0, 0]], 2)
tf.dynamic_partition([1.0, 2.0], [0, 3], 2)
tf.dynamic_partition([1.0, 2.0], [0, 0, 0], 2)
tf.dynamic_partition([1.0, 2.0], [0, 0], 0)
tf.dynamic_partition(5.0, 1, 2)
tf.dynamic_stitch([[0, 2], [1]], [[1.0, 3.0], [2.0]])
tf.dynamic_stitch([0, [1, 2]], [x[0], x])
tf.dynamic_stitch([[0, 0]], [[1.0, 3.0]])
tf.dynamic_stitch([[-1]], [[1.0]])
tf.dynamic_stitch([[]], [np.zeros((0, 2))])
tf.dynamic_stitch([[0, 1]], [[1.0]])
tf.nn.space_to_depth(image, 2)
tf.nn.space_to_depth(image, 3)
tf.nn.space_to_depth(image, 1)
tf.nn.space_to_depth(x, 2)
tf.nn.depth_to_space(tf.reshape(image, [1, 2, 2, 8]), 2)
tf.nn.depth_to_space(tf.reshape(image, [1, 2, 2, 8]), 3)
tf.space_to_batch(image, [2, 2], [[0, 0], [0, 0]])
tf.space_to_batch(image, [3, 2], [[2, 0], [1, 1]])
tf.space_to_batch(image, [2], [[0, 0]])
tf.nn.space_to_batch(image, [2, 2], [[0, 0], [0, 0]])
tf.space_to_batch_nd(image, [2, 2], [[0, 0], [0, 0]])
tf.space_to_batch(image, 2, [[0, 0], [0, 0]])
tf.space_to_batch(image, [3, 2], [[0, 0], [0, 0]])
tf.batch_to_space(four, [2, 2], [[0, 1], [1, 0]])
tf.batch_to_space(four, 2, [[0, 1], [1, 0]])
tf.batch_to_space(four, [2], [[0, 1]])
tf.batch_to_space(four, [3], [[0, 1]])
tf.batch_to_space(four, [2], [[5, 1]])
tf.required_space_to_batch_paddings([5, 6], [2, 4])
tf.required_space_to_batch_paddings([5, 6], [2, 4], [[1, 0], [0, 2]])
tf.required_space_to_batch_paddings(tf.constant([5, 6]), tf.constant([2, 4]))
tf.image.extract_patches(image, [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID")
tf.image.extract_patches(image, [1, 2, 3, 1], [1, 1, 2, 1], [1, 2, 1, 1], "VALID")
tf.image.extract_patches(image, [1, 3, 3, 1], [1, 2, 2, 1], [1, 2, 1, 1], "SAME")
tf.image.extract_patches(image, [1, 2, 2, 1], [1, 3, 3, 1], [1, 1, 1, 1], "SAME")
tf.image.extract_patches(image, [2, 2], [1, 2, 2, 1], [1, 1, 1, 1], "VALID")
tf.image.extract_patches(image, [1, 5, 5, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID")
tf.image.extract_patches(image, [2, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID")
tf.image.extract_patches(image, [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "foo")
tf.extract_volume_patches(volume, [1, 2, 2, 2, 1], [1, 1, 1, 1, 1], "VALID")
tf.extract_volume_patches(volume, [1, 2, 3, 2, 1], [1, 2, 1, 2, 1], "SAME")
tf.broadcast_static_shape(tf.TensorShape([2, 1]), tf.TensorShape([3]))
tf.broadcast_static_shape(tf.TensorShape([None, 1]), tf.TensorShape([3]))
tf.broadcast_static_shape(tf.TensorShape([None, 2]), tf.TensorShape([3, None]))
tf.broadcast_static_shape(tf.TensorShape([2, 1]), tf.TensorShape([3, 2]))
tf.broadcast_dynamic_shape([2, 1], [3])
tf.broadcast_dynamic_shape([2], [3])
tf.broadcast_dynamic_shape(tf.constant([2], tf.int64), tf.constant([1], tf.int64))
tf.ensure_shape(x, [2, None])
tf.ensure_shape(x, [3, None])
tf.ensure_shape(x, None)
tf.identity_n([1.0, x])
tf.identity_n([])
tf.shape_n([x, 1.0])
tf.shape_n([x], tf.int64)
tf.unravel_index(5, [2, 3])
tf.unravel_index([5, 1], [2, 3])
tf.unravel_index([[5, 1]], [2, 3])
tf.unravel_index([6], [2, 3])
tf.unravel_index(tf.constant([1], tf.int64), tf.constant([2, 3], tf.int64))
tf.unravel_index([1], [0])
tf.bitcast(1.0, tf.int32)
tf.bitcast([1.0, 2.0], tf.float64)
tf.bitcast([1.0, 2.0, 3.0], tf.float64)
tf.bitcast(tf.constant([1.0], tf.float64), tf.int8)
tf.bitcast([True], tf.int8)
tf.bitcast(1.0, tf.float64)
tf.bitcast(1j, tf.float32)
tf.bitcast(x, tf.int8)
tf.bitcast(1.0, tf.float32)
tf.bitcast(tf.constant(1, tf.int8), tf.bool)
tf.saturate_cast([300.0, -5, float("inf")], tf.uint8)
tf.saturate_cast([3e9, -3e9, 2147483500.0], tf.int32)
tf.saturate_cast(tf.constant([1e300, -1e300], tf.float64), tf.float32)
tf.saturate_cast([float("inf")], tf.float16)
tf.saturate_cast([1 + 2j], tf.float32)
tf.saturate_cast([1e300 + 2j], tf.complex64)
tf.saturate_cast([300], tf.int8)
tf.saturate_cast([-1], tf.uint64)
tf.saturate_cast([True], tf.int8)
tf.saturate_cast([1.5], tf.bool)
tf.saturate_cast([1e5], tf.complex64)
tf.saturate_cast(tf.constant([1e300], tf.float64), tf.complex64)
tf.saturate_cast([70000.0, -70000.0], tf.float16)
tf.dtypes.saturate_cast([7.9], tf.int8)
tf.realdiv(1.0, 2.0)
tf.scalar_mul(2.0, x)
tf.math.scalar_mul(2, x)
tf.scalar_mul(x, x)
tf.scalar_mul([2.0], x)
tf.scalar_mul(tf.constant(2), x)
tf.scalar_mul(2.0, tf.IndexedSlices(tf.constant([1.0]), tf.constant([1]))).values
tf.expand_dims(x, [0])
tf.expand_dims(x, [[-1]])
tf.expand_dims(x, [0, 1])
tf.expand_dims(x, tf.constant(0))
tf.expand_dims(x, tf.constant([1]))
v[1:3].assign([7.0, 8])
v[1:3].assign(7.0)
v[1:3].assign([7.0])
v[1].assign(3.0)
v[1:3].assign([7.0, 8, 9])
v[1:3].assign([[7.0, 8]])
v[None, 1:3].assign([[7.0, 8]])
v[::-1].assign([1.0, 2, 3, 4, 5])
v[3:0:-2].assign([1.0, 2])
v[1:3].assign([7, 8])
v[1:3].assign(tf.constant([7, 8]))
v[1:1].assign([])
v[...].assign([1.0, 2, 3, 4, 5])
v[9].assign(1.0)
w[1].assign([1.0, 2.0, 3.0])
w[:, 1].assign([1.0, 2.0])
w[..., ::2].assign([[1.0], [2.0]])
w[0, 1].assign(5.0)
hasattr(v.value()[1:2], "assign")
v.scatter_add(slices([1.0, 1], [0, 0]))
v.scatter_add([1.0, 1])
v.scatter_div(slices([2.0, 2], [0, 0]))
v.scatter_mul(slices([2.0], [0]))
v.scatter_min(slices([-2.0], [0]))
v.scatter_max(slices([20.0, 1.0], [0, 1]))
v.scatter_sub(slices([20.0], [0]))
v.scatter_update(slices([20.0, 21.0], [0, 0]))
v.scatter_update(slices([20.0], [9]))
v.scatter_update(slices(20.0, [1, 2]))
v.scatter_update(slices([[20.0]], [1]))
w.scatter_update(slices([[1.0, 2, 3]], [1]))
w.scatter_mul(slices([[1.0, 2, 3], [2, 2, 2]], [1, 1]))
i.scatter_div(slices([2, -2], [0, 1]))
i.scatter_sub(slices([2, -2], [0, 1]))
w.scatter_add(slices([1.0, 2, 3], [1]))
v.scatter_nd_add([[0], [1]], [1.0, 1.0])
v.scatter_nd_update([[0], [1]], [1.0, 1.0])
v.scatter_nd_sub([[0], [1]], [1.0, 1.0])
v.scatter_nd_max([[0], [1]], [1.5, 1.0])
v.scatter_nd_min([[0], [1]], [1.0, 1.0])
w.scatter_nd_add([[0, 1], [1, 2]], [1.0, 1.0])
w.scatter_nd_update([[0, 9]], [1.0])
w.scatter_nd_update([[0, 1]], [1.0, 2.0])
v.gather_nd([[1]])
v.sparse_read([1])
v.batch_scatter_update(slices([5.0], [2]))
w.batch_scatter_update(slices([[5.0], [6.0]], [[1], [0]]))
w.batch_scatter_update(slices([[5.0], [6.0]], [[1], [3]]))
tf.Variable(1).count_up_to(3)
tf.Variable(3).count_up_to(3)
v.count_up_to(3)
v.is_initialized()
v.initializer
v.read_value_no_copy()
v.set_shape([5])
v.set_shape([6])
v.assign([1.0, 2, 3, 4, 5], read_value=False)
tf.Variable(1.0, synchronization=tf.VariableSynchronization.ON_READ).trainable
tf.Variable(1.0, True, synchronization=tf.VariableSynchronization.ON_READ).trainable
tf.Variable(1.0, aggregation="x")
tf.Variable(1.0, synchronization=7)
tf.Variable(1.0).aggregation.name
tf.Variable(1.0).synchronization.name
[e.name for e in tf.VariableSynchronization]
[e.name for e in tf.VariableAggregation]
""".strip().splitlines()


def evaluate(tf, text):
    """The value of an expression, with what it calls variables in it; or that it is an error."""
    v = tf.Variable([1.0, 2.0, 3.0, 4.0, 5.0])
    names = {
        "tf": tf,
        "np": np,
        "x": tf.constant(X),
        "n": tf.constant(N),
        "image": tf.constant(IMAGE),
        "four": tf.constant(FOUR),
        "volume": tf.constant(VOLUME),
        "v": v,
        "w": tf.Variable(X),
        "i": tf.Variable([7, 7]),
        "slices": lambda values, rows: tf.IndexedSlices(tf.constant(values), tf.constant(rows)),
    }
    try:
        return plain(eval(text, names))
    except (tf.errors.OpError, ValueError, TypeError):
        return "an error"


def plain(x):
    """Comparable by ==, with dtypes and shapes."""
    if isinstance(x, (list, tuple)) and not hasattr(x, "rank"):
        return [plain(part) for part in x]
    if hasattr(x, "numpy"):
        x = x.numpy()
    if isinstance(x, (np.ndarray, np.generic)):
        return x.dtype.name, x.shape, repr(np.asarray(x).tolist())
    return str(x) if hasattr(x, "rank") else x


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_values_and_errors(text):
    assert evaluate(autograd_c, text) == evaluate(tensorflow, text)


# ---------------------------------------------------------------- gradients

A = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75], [3.0, 1.0, -2.0], [0.1, 0.2, 0.3]])
B = np.array([[0.7, 0.9, -0.3], [1.1, -0.4, 0.6]])
GRADIENTS = {
    "pad": lambda tf, a, b: tf.pad(a, [[1, 2], [0, 1]]),
    "pad reflect": lambda tf, a, b: tf.pad(a, [[3, 2], [2, 1]], "REFLECT"),
    "pad symmetric": lambda tf, a, b: tf.pad(a, [[4, 2], [3, 1]], "SYMMETRIC"),
    "roll": lambda tf, a, b: tf.roll(a, [1, -1], [0, 1]),
    "repeat": lambda tf, a, b: tf.repeat(a, [1, 0, 2, 3], axis=0),
    "repeat all": lambda tf, a, b: tf.repeat(a, 3, axis=1),
    "meshgrid": lambda tf, a, b: tf.stack(tf.meshgrid(a[0], b[0])),
    "boolean_mask": lambda tf, a, b: tf.boolean_mask(a, a > 0),
    "slice": lambda tf, a, b: tf.slice(a, [1, 0], [2, -1]),
    "strided_slice": lambda tf, a, b: tf.strided_slice(a, [3, 0], [0, 3], [-2, 2]),
    "reverse_sequence": lambda tf, a, b: tf.reverse_sequence(a, [1, 3, 2, 0], 1, 0),
    "gather in batches": lambda tf, a, b: tf.gather(
        a, [[0, 0], [2, 1], [1, 1], [0, 2]], axis=1, batch_dims=1
    ),
    "gather_nd": lambda tf, a, b: tf.gather_nd(a, [[0, 1], [3, 2], [0, 1]]),
    "gather_nd in batches": lambda tf, a, b: tf.gather_nd(a, [[[0]], [[2]], [[1]], [[1]]], 1),
    "scatter_nd": lambda tf, a, b: tf.scatter_nd([[1], [0], [1], [4]], a, [5, 3]),
    "update": lambda tf, a, b: tf.tensor_scatter_nd_update(a, [[3], [1]], b),
    "add": lambda tf, a, b: tf.tensor_scatter_nd_add(a, [[3], [3]], b),
    "sub": lambda tf, a, b: tf.tensor_scatter_nd_sub(a, [[3], [3]], b),
    "min": lambda tf, a, b: tf.tensor_scatter_nd_min(a, [[3], [3]], b),
    "max": lambda tf, a, b: tf.tensor_scatter_nd_max(a, [[0], [2]], b),
    "max of ties": lambda tf, a, b: tf.tensor_scatter_nd_max(a, [[0], [0]], a[:2] * 0 + a[0]),
    "dynamic_partition": lambda tf, a, b: tf.concat(tf.dynamic_partition(a, [1, 0, 1, 2], 3), 0),
    "dynamic_stitch": lambda tf, a, b: tf.dynamic_stitch([[4, 1, 0, 2], [3, 5]], [a, b]),
    "space_to_depth": lambda tf, a, b: tf.nn.space_to_depth(tf.reshape(a, [1, 2, 6, 1]), 2),
    "depth_to_space": lambda tf, a, b: tf.nn.depth_to_space(tf.reshape(a, [1, 1, 3, 4]), 2),
    "space_to_batch": lambda tf, a, b: tf.space_to_batch(
        tf.reshape(a, [1, 4, 3, 1]), [2, 2], [[1, 1], [1, 0]]
    ),
    "batch_to_space": lambda tf, a, b: tf.batch_to_space(
        tf.reshape(a, [4, 1, 3, 1]), [2, 2], [[1, 0], [0, 2]]
    ),
    "patches": lambda tf, a, b: tf.image.extract_patches(
        tf.reshape(a, [1, 4, 3, 1]), [1, 2, 2, 1], [1, 1, 1, 1], [1, 1, 1, 1], "SAME"
    ),
    "volume patches": lambda tf, a, b: tf.extract_volume_patches(
        tf.reshape(a, [1, 3, 2, 2, 1]), [1, 2, 2, 2, 1], [1, 1, 1, 1, 1], "VALID"
    ),
    "saturate_cast": lambda tf, a, b: tf.cast(tf.saturate_cast(a * 40000, tf.float16), tf.float64),
    "scalar_mul": lambda tf, a, b: tf.scalar_mul(b[0, 0], a),
    "ensure_shape": lambda tf, a, b: tf.ensure_shape(a, [4, None]) * tf.identity_n([a])[0],
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients(name):
    def both(tf):
        a, b = tf.constant(A), tf.constant(B)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([a, b])
            y = GRADIENTS[name](tf, a, b)
            weights = tf.reshape(tf.range(1.0, tf.cast(tf.size(y), tf.float32) + 1), tf.shape(y))
            z = tf.reduce_sum(y * y * tf.cast(weights, tf.float64))
        return [y, *tape.gradient(z, [a, b])]

    for found, expected in zip(both(autograd_c), both(tensorflow)):
        if expected is None:
            assert found is None
            continue
        np.testing.assert_allclose(
            found.numpy(), tensorflow.convert_to_tensor(expected), rtol=1e-12
        )


def test_conversion_functions():
    class Degrees:
        def __init__(self, value):
            self.value = value

    for tf in (autograd_c, tensorflow):
        tf.register_tensor_conversion_function(
            Degrees,
            lambda x, dtype=None, name=None, as_ref=False, tf=tf: tf.constant(x.value, dtype),
        )
        one = tf.constant([1.0, 2.0], tf.float64)
        both = [one + Degrees(2.0), Degrees(2.0) * one, tf.square(Degrees(3.0))]
        both += [
            tf.stack([Degrees(1.0), Degrees(2.0)]),
            tf.convert_to_tensor(Degrees(1.0), tf.float64),
        ]
        assert [plain(x) for x in both] == [
            ("float64", (2,), "[3.0, 4.0]"),
            ("float64", (2,), "[2.0, 4.0]"),
            ("float32", (), "9.0"),
            ("float32", (2,), "[1.0, 2.0]"),
            ("float64", (), "1.0"),
        ]
        for cls in (int, np.ndarray, (Degrees, float)):
            with pytest.raises(TypeError):
                tf.register_tensor_conversion_function(cls, len)
        with pytest.raises(TypeError):
            tf.register_tensor_conversion_function(Degrees, 5)
