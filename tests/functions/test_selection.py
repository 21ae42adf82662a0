"""Parts of tensors, and tensors with other ones in their parts: edge cases of the functions whose
values the systematic tests compare."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf

InvalidArgumentError = tf.errors.InvalidArgumentError


def gradient(f, *arrays):
    xs = [tf.constant(a, tf.float64) for a in arrays]
    with tf.GradientTape() as tape:
        tape.watch(xs)
        y = f(*xs)
        weights = np.arange(1.0, y.size + 1).reshape(y.shape)
        z = tf.reduce_sum(y * weights)
    return [None if g is None else g.numpy().tolist() for g in tape.gradient(z, xs)]


def test_padding_keeps_the_signs_of_zeros_and_what_is_not_finite():
    x = np.array([-0.0, np.inf, np.nan])
    y = tf.pad(x, [[1, 1]]).numpy()
    assert y[1:4].tobytes() == x.tobytes()
    assert not np.signbit(y[0]) and y[4] == 0


def test_padding_is_differentiable_in_its_value():
    assert gradient(lambda x, c: tf.pad(x, [[1, 2]], constant_values=c), [5.0, 6.0], 1.0) == [
        [2.0, 3.0],
        10.0,
    ]


def test_padding_nothing_and_mirroring_nothing():
    assert tf.pad(tf.constant(1.0), np.zeros((0, 2), int)).numpy() == 1
    assert tf.pad(tf.zeros([2, 0]), [[1, 0], [0, 0]], "symmetric").shape == (3, 0)
    with pytest.raises(InvalidArgumentError, match="less than the dimension size"):
        tf.pad(tf.zeros([2, 0]), [[0, 0], [1, 0]], "reflect")


def test_paddings_and_shifts_may_be_given_in_many_ways():
    x = np.arange(6.0).reshape(2, 3)
    for paddings in ([(1, 0), [np.int32(0), 2]], np.array([[1, 0], [0, 2]]), ((1, 0), (0, 2))):
        for given in (paddings, tf.constant(paddings)):
            np.testing.assert_array_equal(tf.pad(x, given), np.pad(x, [(1, 0), (0, 2)]))
    for shift, axis in (([1, -4], (0, 1)), (tf.constant([1, -4]), np.array([-2, -1]))):
        np.testing.assert_array_equal(tf.roll(x, shift, axis), np.roll(x, (1, -4), (0, 1)))
    for wrong in ([[1, 0]], [[1, 0], [1]], [1, 2], [[1, 0], [0, -1]], [[2**62, 0], [0, 0]]):
        with pytest.raises(tf.errors.InvalidArgumentError):
            tf.pad(x, wrong)
    for odd in ([[1.0, 0], [0, 0]], [[True, 0], [0, 0]], np.zeros((2, 2))):
        with pytest.raises(TypeError):
            tf.pad(x, odd)
    with pytest.raises(TypeError):
        tf.roll(x, 1.0, 0)


@pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float32, np.float64, np.complex128])
@pytest.mark.parametrize("rows", [3, 700])
def test_long_rows_are_moved_as_short_ones(dtype, rows):
    # Of more than the 2 KB that are copied at once, and not aligned.
    x = (np.arange(3 * rows * 2) % 251).astype(dtype).reshape(3, rows, 2)
    parts = [tf.constant(x), tf.constant(np.ascontiguousarray(x.swapaxes(1, 2)))]
    parts[1] = tf.transpose(parts[1], [0, 2, 1])
    for axis in (0, 1, 2):
        np.testing.assert_array_equal(tf.concat(parts, axis), np.concatenate([x, x], axis))
        np.testing.assert_array_equal(tf.stack(parts, axis), np.stack([x, x], axis))
        np.testing.assert_array_equal(tf.roll(x, 1, axis), np.roll(x, 1, axis))
        np.testing.assert_array_equal(tf.repeat(x, 2, axis), np.repeat(x, 2, axis))
        np.testing.assert_array_equal(
            tf.gather(x, [1, 0, 1], axis=axis), np.take(x, [1, 0, 1], axis)
        )
    np.testing.assert_array_equal(tf.tile(x, [2, 1, 3]), np.tile(x, [2, 1, 3]))
    np.testing.assert_array_equal(tf.tile(x, [1, 200, 1]), np.tile(x, [1, 200, 1]))
    pairs = [[1, 1], [2, 1], [1, 1]]
    for mode in ("constant", "reflect", "symmetric"):
        np.testing.assert_array_equal(tf.pad(x, pairs, mode), np.pad(x, pairs, mode))


def test_rolling_what_is_empty_or_far():
    assert tf.roll(tf.zeros([0, 2]), 3, 0).shape == (0, 2)
    assert tf.roll([1, 2, 3], 10**9, 0).numpy().tolist() == np.roll([1, 2, 3], 10**9).tolist()
    v = tf.Variable([1.0, 2.0])
    assert type(tf.roll(v, 0, 0)) is tf.Tensor


def test_one_hot_of_narrow_integers_and_of_values_with_derivatives():
    assert tf.one_hot(tf.constant([200], tf.uint8), 300).numpy().argmax() == 200
    assert tf.one_hot(tf.constant([-1], tf.int8), 300).numpy().max() == 0
    assert tf.one_hot(tf.constant([2**64 - 1], tf.uint64), 3).numpy().max() == 0
    assert gradient(lambda a, b: tf.one_hot([0, 2, 9], 3, a, b), 5.0, 7.0) == [7.0, 38.0]


def test_masks_of_wrong_shapes_are_refused():
    for mask in (True, [True], [[True, False]]):
        with pytest.raises(InvalidArgumentError):
            tf.boolean_mask(tf.zeros([2, 3]), mask)
    assert tf.boolean_mask(tf.zeros([2, 3]), [True, False, True], axis=-1).shape == (2, 2)


def test_repeats_are_checked():
    for repeats in (-1, [1, -1], [1, 2, 3], [[1, 2]]):
        with pytest.raises(InvalidArgumentError):
            tf.repeat([1, 2], repeats, axis=0)
    with pytest.raises(TypeError):
        tf.repeat([1, 2], 1.5)


# ---------------------------------------------------------------- scatter


def test_of_several_updates_the_last_counts_and_has_the_derivative():
    def f(x, u):
        return tf.tensor_scatter_nd_update(x, [[1], [0], [1]], u)

    assert f([1, 2, 3], [7, 8, 9]).numpy().tolist() == [8, 9, 3]
    assert gradient(f, [1.0, 2.0, 3.0], [7.0, 8.0, 9.0]) == [[0.0, 0.0, 3.0], [0.0, 1.0, 2.0]]


def test_equal_elements_share_the_derivative_of_an_extremum():
    def f(x, u):
        return tf.tensor_scatter_nd_max(x, [[0], [0], [1]], u)

    assert gradient(f, [2.0, 5.0], [2.0, 2.0, 4.0]) == [[1 / 3, 2.0], [1 / 3, 1 / 3, 0.0]]


def test_nan_stays_and_does_not_come_in():
    x = tf.constant([1.0, np.nan, 3.0])
    for f, last in ((tf.tensor_scatter_nd_max, 5.0), (tf.tensor_scatter_nd_min, 3.0)):
        y = f(x, [[0], [1], [2]], [np.nan, 1.0, 5.0]).numpy()
        np.testing.assert_array_equal(y, [1.0, np.nan, last])


@pytest.mark.parametrize("dtype", ["int8", "int16", "uint32", "uint64", "int64"])
def test_indices_of_all_dtypes(dtype):
    i = tf.constant([[1], [0]], dtype)
    assert tf.gather_nd([5, 6], i).numpy().tolist() == [6, 5]
    assert tf.scatter_nd(i, [5, 6], [2]).numpy().tolist() == [6, 5]
    with pytest.raises(IndexError):
        tf.gather_nd([5, 6], tf.constant([[2]], dtype))
    if dtype == "uint64":
        with pytest.raises(IndexError):
            tf.gather_nd([5, 6], tf.constant([[2**64 - 1]], dtype))


def test_negative_indices_count_from_the_end():
    assert tf.gather_nd([[1, 2], [3, 4]], [[-1, -2]]).numpy() == 3
    assert tf.scatter_nd([[-1]], [5], [3]).numpy().tolist() == [0, 0, 5]
    for bad in ([[2]], [[-3]]):
        with pytest.raises(IndexError):
            tf.tensor_scatter_nd_add([1, 2], bad, [1])


def test_scatter_refuses_what_does_not_fit():
    with pytest.raises(InvalidArgumentError, match="updates of shape"):
        tf.scatter_nd([[0]], [1.0, 2.0], [3])
    with pytest.raises(InvalidArgumentError, match="too long"):
        tf.scatter_nd([[0, 0]], [1.0], [3])
    with pytest.raises(TypeError):
        tf.scatter_nd([[0.5]], [1.0], [3])
    with pytest.raises(TypeError):
        tf.tensor_scatter_nd_max([True], [[0]], [True])
    with pytest.raises(tf.errors.UnimplementedError):
        tf.scatter_nd([[5]], [1.0], [3], bad_indices_policy="IGNORE")


def test_rows_that_nobody_stitches_are_zero():
    assert tf.dynamic_stitch([[0, 3]], [[[1, 2], [3, 4]]]).numpy().tolist() == [
        [1, 2],
        [0, 0],
        [0, 0],
        [3, 4],
    ]
    assert gradient(lambda x: tf.dynamic_stitch([[0, 0]], [x]), [1.0, 2.0]) == [[0.0, 1.0]]


# ---------------------------------------------------------------- conversions


@pytest.mark.parametrize("source", ["float16", "float32", "float64", "int64", "uint64"])
@pytest.mark.parametrize(
    "target", ["int8", "uint8", "int32", "uint32", "int64", "uint64", "float16", "float32"]
)
def test_saturated_casts_hold_every_number(source, target):
    if np.dtype(source).kind == "f":
        x = np.array([-np.inf, -3e38, -129.5, -1.0, 0.0, 1.5, 300.0, 3e38, np.inf])
        with np.errstate(over="ignore"):
            x = x.astype(source)
    else:
        info = np.iinfo(source)
        x = np.array([info.min, 0, 1, 300, info.max], source)
    y = tf.saturate_cast(x, target).numpy()
    info = np.iinfo(target) if np.dtype(target).kind in "iu" else np.finfo(target)
    for given, found in zip(x.tolist(), y.tolist()):
        held = min(max(given, float(info.min)), float(info.max))
        bound = max(abs(held) * 1e-3, 1.0)
        assert abs(found - held) <= bound or not np.isfinite(given) and abs(found) >= 65504


def test_bits_have_no_derivative():
    x = tf.constant([1.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.bitcast(tf.bitcast(x, tf.int32), tf.float32)
    assert tape.gradient(y, x) is None


# ---------------------------------------------------------------- Variables


def test_parts_of_variables_are_assigned_in_place():
    v = tf.Variable([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert v[0, 1:].assign([7.0, 8.0]) is v
    v[:, 0].assign_add([1.0, 2.0])
    v[1, ::-1].assign_sub([1.0, 1.0, 2.0])
    assert v.numpy().tolist() == [[2.0, 7.0, 8.0], [4.0, 4.0, 5.0]]
    assert v[...].assign(0.0, read_value=False) is None
    assert not v.numpy().any()


def test_tensors_read_before_keep_their_values():
    v = tf.Variable([1.0, 2.0, 3.0])
    read, part, array = v.value(), v[1:], np.asarray(v)
    v[1].assign(9.0)
    v.scatter_update(tf.IndexedSlices([7.0], [0]))
    v.scatter_nd_add([[2]], [1.0])
    assert v.numpy().tolist() == [7.0, 9.0, 4.0]
    assert read.numpy().tolist() == array.tolist() == [1.0, 2.0, 3.0]
    assert part.numpy().tolist() == [2.0, 3.0]


def test_a_part_is_assigned_from_another_one():
    v = tf.Variable([1.0, 2.0, 3.0, 4.0])
    v[1:].assign(v[:-1])
    assert v.numpy().tolist() == [1.0, 1.0, 2.0, 3.0]


def test_assigning_a_part_leaves_gradients_as_they_were():
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = v * v
        v[0].assign(5.0)
        y += v
    assert tape.gradient(y, v).numpy().tolist() == [3.0, 5.0]
    assert y.numpy().tolist() == [6.0, 6.0]


def test_only_parts_of_variables_can_be_assigned():
    x = tf.constant([1.0, 2.0])
    for t in (x, x[:1], tf.Variable(x).value(), tf.Variable(x)[:1] * 1.0):
        assert not hasattr(t, "assign") and "assign" not in dir(t)
    part = tf.Variable(x)[:1]
    assert hasattr(part, "assign_add") and "assign" in dir(part)
    with pytest.raises(AttributeError, match="tf.Variable"):
        x.assign(1.0)
    with pytest.raises(AttributeError):
        part.assign = 1


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v[0].assign([[1.0], [2.0]]),
        lambda v: v[0].assign([1.0, 2.0, 3.0]),
        lambda v: v[0].assign(tf.constant([1, 2])),
        lambda v: v[[0, 1]].assign(1.0),
        lambda v: v.scatter_update(tf.IndexedSlices([[1.0, 2.0], [3.0, 4.0]], [0, 5])),
        lambda v: v.scatter_add(tf.IndexedSlices([[1.0]], [0])),
        lambda v: v.scatter_div([1.0]),
        lambda v: v.scatter_nd_add([[0, 0], [0, 7]], [1.0, 1.0]),
        lambda v: v.scatter_nd_max([[0, 0, 0]], [1.0]),
        lambda v: v.scatter_mul(tf.IndexedSlices([[1.0, 2.0], [3.0, 4.0]], [0, 5])),
        lambda v: v.batch_scatter_update(tf.IndexedSlices([[9.0]], [[1]])),
        lambda v: v.count_up_to(5),
        lambda v: v.set_shape([3]),
        lambda v: v.load([1.0]),
    ],
)
def test_a_change_that_fails_changes_nothing(change):
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises((ValueError, TypeError, IndexError)):
        change(v)
    assert v.numpy().tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_rows_are_combined_in_every_dtype():
    for dtype in ("float16", "float32", "float64", "int8", "uint16", "int64"):
        for name, expected in [
            ("update", [4, 2, 1]),
            ("add", [13, 2, 4]),
            ("sub", [3, 2, 2]),
            ("mul", [160, 2, 3] if dtype != "int8" else None),
            ("div", [0, 2, 3] if dtype[0] in "iu" else [0.4, 2, 3]),
            ("min", [4, 2, 1]),
            ("max", [8, 2, 3]),
        ]:
            if expected is None:
                continue
            v = tf.Variable(np.array([8, 2, 3], dtype))
            rows = tf.IndexedSlices(np.array([5, 1, 4], dtype), [0, 2, 0])
            if name in ("add", "sub"):
                rows = tf.IndexedSlices(np.array([1, 1, 4], dtype), [0, 2, 0])
            getattr(v, f"scatter_{name}")(rows)
            np.testing.assert_allclose(v.numpy(), np.array(expected, dtype), rtol=1e-3)


def test_numbers_are_divided_towards_zero_and_not_by_zero():
    v = tf.Variable([7, -7])
    v.scatter_div(tf.IndexedSlices([-2, 2], [0, 1]))
    assert v.numpy().tolist() == [-3, -3]
    with pytest.raises(InvalidArgumentError):
        v.scatter_div(tf.IndexedSlices([1, 0], [0, 1]))


def test_reading_rows_has_a_gradient_of_rows():
    v = tf.Variable([[1.0], [2.0], [3.0]])
    with tf.GradientTape() as tape:
        y = v.sparse_read([2, 2])
    assert type(tape.gradient(y, v)) is tf.IndexedSlices
    with tf.GradientTape() as tape:
        y = v.gather_nd([[1, 0]]) * 3.0
    assert tape.gradient(y, v).numpy().tolist() == [[0.0], [3.0], [0.0]]


def test_attributes_that_graphs_would_fill():
    v = tf.Variable([1.0], synchronization=tf.VariableSynchronization.ON_READ)
    assert v.initializer is None and v.handle is v and bool(v.is_initialized())
    assert not v.trainable and v.aggregation is tf.VariableAggregation.NONE
    assert not hasattr(v, "graph") and not hasattr(v, "op")
    with tf.GradientTape() as tape:
        tape.watch(v.handle)
        y = v * v
    assert tape.gradient(y, v).numpy() == 2
    for name in ("synchronization", "aggregation"):
        with pytest.raises(ValueError, match=name):
            tf.Variable(1.0, **{name: "SUM"})


def test_counting_up():
    v = tf.Variable(0)
    assert [int(v.count_up_to(3)) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(tf.errors.OutOfRangeError):
        v.count_up_to(3)


def test_dicts_keyed_by_references_pass_through_recompute_grad():
    v, w = tf.Variable(2.0), tf.Variable(3.0)

    @tf.recompute_grad
    def f(x, parameters=None):
        return x * parameters[v.ref()] * parameters[w.ref()] * v

    x = tf.constant(5.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x, parameters={v.ref(): v * 2.0, w.ref(): w})
    assert [float(g) for g in tape.gradient(y, [x, v, w])] == [24.0, 120.0, 40.0]


# ---------------------------------------------------------------- creators


def test_creators_have_a_say_in_variables():
    made = []

    def twice(next_creator, **kwargs):
        kwargs["initial_value"] = kwargs["initial_value"] * 2.0
        made.append(next_creator(**kwargs))
        return made[-1]

    def named(next_creator, **kwargs):
        return next_creator(**{**kwargs, "name": "inner", "trainable": False})

    with tf.variable_creator_scope(twice):
        with tf.variable_creator_scope(named):
            v = tf.Variable(3.0)
        w = tf.Variable(1.0, name="outer")
    assert v is made[0] and w is made[1]
    assert (v.numpy(), v.name, v.trainable) == (6.0, "inner:0", False)
    assert (w.numpy(), w.name, w.trainable) == (2.0, "outer:0", True)
    assert tf.Variable(5.0).numpy() == 5.0 and len(made) == 2


def test_a_creator_must_return_the_variable():
    with (
        tf.variable_creator_scope(lambda next_creator, **kwargs: None),
        pytest.raises(TypeError, match="must return"),
    ):
        tf.Variable(1.0)

    def again(next_creator, **kwargs):
        next_creator(**kwargs)
        return next_creator(**kwargs)

    with tf.variable_creator_scope(again), pytest.raises(RuntimeError, match="twice"):
        tf.Variable(1.0)
    with pytest.raises(TypeError):
        tf.variable_creator_scope(5).__enter__()
    assert tf.Variable(1.0).numpy() == 1.0


# ---------------------------------------------------------------- conversion functions


class Degrees:
    def __init__(self, value):
        self.value = value


def test_functions_of_conversion_are_asked_in_order():
    asked = []

    def refuses(x, dtype=None, name=None, as_ref=False):
        asked.append("refuses")
        return NotImplemented

    def converts(x, dtype=None, name=None, as_ref=False):
        asked.append("converts")
        return tf.convert_to_tensor(x.value, dtype)

    tf.register_tensor_conversion_function(Degrees, converts)
    tf.register_tensor_conversion_function(Degrees, refuses, 10)
    t = tf.constant([1.0, 2.0], tf.float64)
    assert (t + Degrees(1.0)).numpy().tolist() == (Degrees(1.0) + t).numpy().tolist() == [2.0, 3.0]
    assert asked == ["refuses", "converts"] * 2
    assert tf.square(Degrees(3.0)).dtype == tf.float32
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.square(Degrees(x * x))
    assert tape.gradient(y, x).numpy() == 32.0
    for cls in (int, np.ndarray, np.float64, (Degrees, float)):
        with pytest.raises(TypeError):
            tf.register_tensor_conversion_function(cls, converts)
    with pytest.raises(TypeError):
        tf.register_tensor_conversion_function(Degrees, 5)
    with pytest.raises(TypeError):
        tf.register_tensor_conversion_function("Degrees", converts)


def test_a_conversion_that_gives_no_tensor_is_an_error():
    class Wrong:
        pass

    tf.register_tensor_conversion_function(Wrong, lambda x, **options: 5)
    with pytest.raises(RuntimeError, match="no tensor"):
        tf.convert_to_tensor(Wrong())


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_parts_of_float_lengths_count_in_a_sequence_mask(dtype):
    mask = tf.sequence_mask(tf.constant([0.5, 2.0, 2.5], dtype))
    expected = [[True, False, False], [True, True, False], [True, True, True]]
    assert mask.numpy().tolist() == expected


def test_concat_of_one_tensor_is_that_tensor():
    x = tf.constant([[1.0, 2.0]])
    for given in (x, tf.Variable(x), x.numpy()):
        assert tf.concat(given, 0).numpy().tolist() == [[1.0, 2.0]]
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.concat(x, 0) * 3.0
    assert tape.gradient(y, x).numpy().tolist() == [[3.0, 3.0]]


def test_gather_takes_a_negative_axis_from_batch_dims():
    x = np.arange(24.0).reshape(3, 4, 2)
    i = np.array([[0, 1, 0, 1], [1, 1, 0, 0], [0, 0, 0, 1]])
    found = tf.gather(x, i, batch_dims=-1)  # and so axis=-1
    expected = [[[row[k] for k in ks] for row in x_] for x_, ks in zip(x, i)]
    np.testing.assert_array_equal(found, expected)
