"""tf.gather and its relatives, and IndexedSlices as their gradient."""

import numpy as np
import pytest

import autograd_c as tf

TABLE = np.arange(24.0).reshape(6, 4)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
def test_gather_along_an_axis_is_numpys_take(axis):
    x = np.random.default_rng(0).normal(size=(3, 4, 5))
    indices = np.array([[0, 2, 1], [1, 1, 0]])
    np.testing.assert_array_equal(
        tf.gather(x, indices, axis=axis).numpy(), np.take(x, indices, axis=axis)
    )


def test_gather_with_batch_dims_takes_in_each_batch_element():
    rng = np.random.default_rng(1)
    x, indices = rng.normal(size=(2, 3, 4, 5)), rng.integers(0, 4, (2, 3, 2))
    expected = np.take_along_axis(x, indices[..., None], axis=2)
    np.testing.assert_array_equal(tf.gather(x, indices, batch_dims=2).numpy(), expected)
    indices = rng.integers(0, 5, (2, 6))
    expected = np.stack([np.take(x[k], indices[k], axis=2) for k in range(2)])
    np.testing.assert_array_equal(tf.gather(x, indices, axis=3, batch_dims=1).numpy(), expected)


def test_gather_nd_takes_tuples_of_indices():
    x = np.random.default_rng(2).normal(size=(2, 3, 4))
    np.testing.assert_array_equal(tf.gather_nd(x, [[0, 1], [1, 2]]).numpy(), x[[0, 1], [1, 2]])
    np.testing.assert_array_equal(tf.gather_nd(x, [[1], [0], [1]]).numpy(), x[[1, 0, 1]])
    np.testing.assert_array_equal(
        tf.gather_nd(x, [[2], [0]], batch_dims=1).numpy(), np.stack([x[0, 2], x[1, 0]])
    )


def test_an_index_out_of_range_is_an_index_error():
    for call in (
        lambda: tf.gather(TABLE, [6]),
        lambda: tf.gather(TABLE, [0, 4], axis=1),
        lambda: tf.gather(TABLE.reshape(2, 3, 4), [[0], [3]], batch_dims=1),
        lambda: tf.gather_nd(TABLE, [[6]]),
    ):
        with pytest.raises(IndexError):
            call()
    with pytest.raises(TypeError):
        tf.gather(TABLE, [1.0])
    with pytest.raises(ValueError):
        tf.gather(TABLE, [0], axis=2)


@pytest.mark.parametrize("make", [tf.Variable, tf.constant])
def test_the_gradient_of_gathered_rows_is_the_rows(make):
    table = make(TABLE)
    with tf.GradientTape() as tape:
        tape.watch(table)
        rows = tf.gather(table, [1, 4, 1])
        y = tf.reduce_sum(rows * rows)
    gradient = tape.gradient(y, table)
    assert isinstance(gradient, tf.IndexedSlices)
    np.testing.assert_array_equal(gradient.indices.numpy(), [1, 4, 1])
    np.testing.assert_array_equal(gradient.values.numpy(), 2 * TABLE[[1, 4, 1]])
    assert gradient.shape == (6, 4)
    dense = np.zeros_like(TABLE)
    np.add.at(dense, [1, 4, 1], 2 * TABLE[[1, 4, 1]])
    np.testing.assert_array_equal(tf.convert_to_tensor(gradient).numpy(), dense)
    np.testing.assert_array_equal(np.asarray(gradient), dense)


def test_the_gradient_of_a_few_rows_touches_only_them():
    table = tf.Variable(np.ones((1_000_000, 16)))
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(tf.nn.embedding_lookup(table, np.arange(10)))
    gradient = tape.gradient(y, table)
    assert gradient.values.shape == (10, 16)


def test_several_gathers_add_up_and_a_dense_use_makes_the_gradient_dense():
    table = tf.Variable(TABLE)
    with tf.GradientTape(persistent=True) as tape:
        y = tf.reduce_sum(tf.gather(table, [0]) * 2.0) + tf.reduce_sum(tf.gather(table, [[5, 0]]))
        z = y + tf.reduce_sum(table)
    gradient = tape.gradient(y, table)
    np.testing.assert_array_equal(np.sort(gradient.indices.numpy()), [0, 0, 5])
    expected = np.zeros_like(TABLE)
    expected[0], expected[5] = 3, 1
    np.testing.assert_array_equal(np.asarray(gradient), expected)
    dense = tape.gradient(z, table)
    assert isinstance(dense, tf.Tensor)
    np.testing.assert_array_equal(dense.numpy(), expected + 1)


def test_the_gradient_through_a_computed_table_is_dense():
    x = tf.constant(TABLE)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.gather(x * x, [2]))
    gradient = tape.gradient(y, x)
    assert isinstance(gradient, tf.Tensor)
    np.testing.assert_array_equal(gradient.numpy()[2], 2 * TABLE[2])


def test_indexed_slices_are_differentiated_again():
    table = tf.Variable(TABLE)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = tf.reduce_sum(tf.gather(table, [3]) ** 3)
        slope = inner.gradient(y, table)
        total = tf.reduce_sum(slope * 2.0)
    second = outer.gradient(total, table)
    np.testing.assert_allclose(np.asarray(second)[3], 12 * TABLE[3])


def test_indexed_slices_as_output_gradients_and_in_arithmetic():
    x = tf.constant(TABLE)
    slices = tf.IndexedSlices(tf.ones([1, 4], tf.float64), tf.constant([2]), tf.constant([6, 4]))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    gradient = tape.gradient(y, x, output_gradients=slices)
    expected = np.zeros_like(TABLE)
    expected[2] = 2 * TABLE[2]
    np.testing.assert_array_equal(gradient.numpy(), expected)
    unit = np.zeros_like(TABLE)
    unit[2] = 1
    for result, wanted in (
        (slices + slices, 2 * unit),
        (-slices * 3.0, -3 * unit),
        (slices / 2.0, unit / 2),
        (slices - slices, 0 * unit),
        (x + slices, TABLE + unit),
        (slices + x, TABLE + unit),
        (x - slices, TABLE - unit),
        (tf.multiply(x, slices), TABLE * unit),
    ):
        np.testing.assert_array_equal(np.asarray(result), wanted)


def test_indexed_slices_without_a_shape_cannot_be_made_dense():
    slices = tf.IndexedSlices(tf.ones([1, 4]), tf.constant([2]))
    assert not slices.shape.is_fully_defined() and slices.shape[1] == 4
    with pytest.raises(ValueError):
        tf.convert_to_tensor(slices)


def test_embedding_lookup_scales_long_rows():
    table = tf.Variable([[3.0, 4.0], [0.3, 0.4]])
    rows = tf.nn.embedding_lookup(table, [0, 1], max_norm=1.0)
    np.testing.assert_allclose(rows.numpy(), [[0.6, 0.8], [0.3, 0.4]], rtol=1e-6)


def test_each_item_of_a_list_is_a_table_of_an_embedding_lookup():
    lookup = tf.nn.embedding_lookup
    np.testing.assert_array_equal(lookup([[1.0, 2.0], [3.0, 4.0]], [0, 3, 0]), [1, 4, 1])
    np.testing.assert_array_equal(lookup([[[1.0, 2.0]], [[3.0, 4.0]]], [1, 0]), [[3, 4], [1, 2]])
    np.testing.assert_array_equal(lookup([[1.0, 2.0]], [1]), [2])
    np.testing.assert_array_equal(lookup([[1, 2], tf.constant([3.0])], [2, 0]), [3.0, 1.0])
    np.testing.assert_array_equal(lookup(([1.0, 2.0], [3.0, 4.0]), [1]), [[3.0, 4.0]])
    with pytest.raises(ValueError, match=r"\[embedding_lookup\] a list is one of tables"):
        lookup([1.0, 2.0], [0])


# ------------------------------------------------------------------ as targets


def slopes_of_cubes(x, indices):
    """The gradient of the sum of the cubes of gathered rows: IndexedSlices."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.gather(x, indices) ** 3)
    return tape.gradient(y, x)


def test_indexed_slices_are_differentiated_as_the_dense_tensor():
    """TensorFlow does so for Jacobians alone."""
    x = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        slopes = slopes_of_cubes(x, [0, 2, 0])
        dense = tf.convert_to_tensor(slopes)
    assert isinstance(slopes, tf.IndexedSlices)
    upstream = tf.constant([[1.0, 10.0], [100.0, 1000.0], [0.5, 0.25]])
    for given in (None, upstream, upstream.numpy()):
        found = tape.gradient([slopes], x, output_gradients=None if given is None else [given])
        expected = tape.gradient([dense], x, output_gradients=None if given is None else [given])
        np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))
    found = tape.jacobian({"a": slopes, "b": dense}, [x])
    np.testing.assert_array_equal(found["a"][0].numpy(), found["b"][0].numpy())
    assert found["a"][0].numpy()[0, 1, 0, 1] == 24.0
    unconnected = tape.jacobian(slopes, tf.constant([1.0]), unconnected_gradients="zero")
    assert unconnected.shape == [3, 2, 1]


def test_output_gradients_of_indexed_slices_that_do_not_fit():
    x = tf.constant([1.0, 2.0, 3.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        slopes = slopes_of_cubes(x, [0, 2])
    with pytest.raises(ValueError, match="shape"):
        tape.gradient(slopes, x, output_gradients=tf.ones(2))
    with pytest.raises(TypeError, match="a source must be a tf.Tensor"):
        tape.batch_jacobian(slopes, x)


# ---------------------------------------------------------------- sums and bounds


def two_gradients():
    v = tf.Variable(np.arange(10.0).reshape(5, 2))
    with tf.GradientTape(persistent=True) as tape:
        a, b = tf.gather(v, [1, 2]) * 3.0, tf.gather(v, [3, 1])
    return tape.gradient(a, v), tape.gradient(b, v)


def test_add_n():
    slices, others = two_gradients()
    total = tf.add_n([slices, others])
    assert isinstance(total, tf.IndexedSlices)
    np.testing.assert_array_equal(total, np.asarray(slices) + np.asarray(others))
    dense = tf.add_n([slices, tf.ones([5, 2], tf.float64)])
    assert isinstance(dense, tf.Tensor)
    np.testing.assert_array_equal(dense, np.asarray(slices) + 1)
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.add_n([x, x * x, tf.constant([1.0, 1.0])])
    np.testing.assert_array_equal(y, [3.0, 7.0])
    np.testing.assert_array_equal(tape.gradient(y, x), [3.0, 5.0])
    np.testing.assert_array_equal(tf.add_n(x), np.sum(x))  # as of the list of its parts
    for other in (tf.ones([3]), tf.ones([2], tf.float64)):
        with pytest.raises(tf.errors.InvalidArgumentError, match="same dtype and shape"):
            tf.add_n([x, other])
    with pytest.raises(TypeError, match="iterate over a scalar"):
        tf.add_n(tf.constant(1.0))
    for wrong in ([], 3.0, [x, tf.constant([1.0])], [x, tf.constant([1, 2])]):
        with pytest.raises(ValueError, match="at least one Tensor/IndexedSlices"):
            tf.add_n(wrong)


def test_clip_by_value_clips_the_rows():
    slices, _ = two_gradients()
    clipped = tf.clip_by_value(slices, 0.5, 2.0)
    assert isinstance(clipped, tf.IndexedSlices)
    np.testing.assert_array_equal(clipped.values, np.full((2, 2), 2.0))
    np.testing.assert_array_equal(clipped.indices, slices.indices)
