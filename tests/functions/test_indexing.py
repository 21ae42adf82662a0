"""Indexing: NumPy's answers for every kind of index, and the gradient of each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_c as tf

ARRAY = np.arange(3 * 4 * 5, dtype=np.float64).reshape(3, 4, 5)

BASIC = [
    0,
    -1,
    2,
    (1, 2),
    (1, -2, 3),
    (0, slice(None), 2),
    slice(None),
    slice(1, None),
    slice(None, -1),
    slice(None, None, -1),
    slice(None, None, 2),
    slice(10, 20),
    slice(2, 0),
    slice(2, None, -2),
    slice(-100, 100),
    slice(0, 0),
    (slice(None), slice(1, 3)),
    (slice(None), slice(None), slice(None, None, -2)),
    (slice(2, None, -1), slice(3, 0, -2), slice(1, 5, 3)),
    ...,
    (..., 0),
    (0, ...),
    (1, ..., 2),
    (..., slice(1, 3), 2),
    (slice(None), ..., 4),
    (0, 1, ..., 2),
    None,
    (None, 0),
    (slice(None), None),
    (..., None),
    (None, ..., None),
    (0, None, slice(None), None, 1),
    (1, None, 2, 3),
    (),
]


def expected_gradient(array, index, upstream):
    """What NumPy says: the upstream added to where it was read from."""
    gradient = np.zeros_like(array)
    np.add.at(gradient, index, upstream)
    return gradient


def check(array, index, tensor_index=None):
    """The value, the dtype, and the gradient under a random upstream."""
    t = tf.constant(array)
    with tf.GradientTape() as tape:
        tape.watch(t)
        y = t[index if tensor_index is None else tensor_index]
    wanted = array[index]
    assert isinstance(y, tf.Tensor)
    assert y.dtype == array.dtype
    assert y.shape == wanted.shape
    np.testing.assert_array_equal(y.numpy(), wanted)
    upstream = np.random.default_rng(0).normal(size=wanted.shape)
    gradient = tape.gradient(y, t, output_gradients=tf.constant(upstream))
    np.testing.assert_allclose(gradient.numpy(), expected_gradient(array, index, upstream))


@pytest.mark.parametrize("index", BASIC, ids=str)
def test_integers_slices_ellipsis_and_newaxis(index):
    check(ARRAY, index)


@pytest.mark.parametrize("index", BASIC, ids=str)
def test_the_same_of_a_strided_view(index):
    view = ARRAY.transpose(2, 0, 1)[::-1, :, ::2]
    if not isinstance(index, tuple):
        index = (index,)
    wanted = ARRAY.transpose(2, 0, 1)[::-1, :, ::2]
    try:
        wanted = wanted[index]
    except IndexError:
        return
    t = tf.transpose(tf.constant(ARRAY), [2, 0, 1])[::-1, :, ::2]
    np.testing.assert_array_equal(t[index].numpy(), wanted)
    check(view, index)


slices = st.builds(
    slice,
    st.none() | st.integers(-7, 7),
    st.none() | st.integers(-7, 7),
    st.none() | st.integers(-4, 4).filter(bool),
)


@given(st.tuples(slices, slices, slices))
def test_any_slices(index):
    check(ARRAY, index)


@given(st.lists(slices | st.integers(-3, 2) | st.none(), max_size=5).map(tuple))
def test_any_mixture(index):
    if sum(part is not None for part in index) <= 3:
        check(ARRAY, index)


def test_newaxis_is_none():
    assert tf.newaxis is None


def test_an_element_of_a_vector_is_0d():
    element = tf.constant([1.0, 2.0])[1]
    assert element.shape == ()
    assert float(element) == 2.0


def test_indexing_a_0d_tensor():
    t = tf.constant(3.0)
    assert t[...].shape == ()
    assert t[()].shape == ()
    assert t[None].shape == (1,)
    assert t[None, ..., None].shape == (1, 1)
    with pytest.raises(IndexError):
        t[0]


# ------------------------------------------------------------------ what an index may be made of


@pytest.mark.parametrize(
    "one", [np.int64(1), np.uint8(1), np.array(1), tf.constant(1), tf.constant(1, tf.int64)]
)
def test_whatever_has_index_is_an_integer(one):
    t = tf.constant(ARRAY)
    np.testing.assert_array_equal(t[one].numpy(), ARRAY[1])
    np.testing.assert_array_equal(t[0, one].numpy(), ARRAY[0, 1])
    np.testing.assert_array_equal(t[one:].numpy(), ARRAY[1:])
    np.testing.assert_array_equal(t[::one].numpy(), ARRAY)


INTEGER = [
    [0, 2],
    [2, 0, 0, 1],
    [-1, -3],
    [[0, 1], [2, 0]],
    [],
]


@pytest.mark.parametrize("index", INTEGER, ids=str)
@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8"])
def test_integer_tensors(index, dtype):
    if dtype == "uint8" and np.size(index) and np.min(index) < 0:
        return
    array = np.array(index, dtype)
    check(ARRAY, array, tf.constant(array))


@pytest.mark.parametrize("index", INTEGER, ids=str)
def test_integer_arrays_and_lists(index):
    check(ARRAY, np.array(index, np.int64))
    if index:
        check(ARRAY, np.array(index), index)


ADVANCED = [
    (np.array([0, 2]), np.array([1, 3])),
    (np.array([[0], [2]]), np.array([1, 3])),
    (np.array([0, 2]), 1),
    (1, np.array([1, 3])),
    (slice(None), np.array([3, 0, 0])),
    (slice(None), slice(1, 3), np.array([4, 4, 0])),
    (np.array([0, 1]), slice(None), np.array([2, 3])),
    (np.array([0, 1]), slice(None, None, -1)),
    (..., np.array([4, 0])),
    (np.array([0, 2]), ...),
    (np.array([0, 2]), None, np.array([1, 3])),
    (None, np.array([0, 2])),
    (0, slice(None), np.array([1, 1, 2])),
    (np.array([0, 0, 1]), np.array([1, 1, 2]), np.array([2, 2, 3])),
    (slice(1, None), np.array([[0, 1], [2, 3]])),
]


@pytest.mark.parametrize("index", ADVANCED, ids=str)
def test_integer_arrays_mixed_with_other_indices(index):
    check(ARRAY, index)
    as_tensors = tuple(tf.constant(i) if isinstance(i, np.ndarray) else i for i in index)
    check(ARRAY, index, as_tensors)


BOOLEAN = [
    np.array([True, False, True]),
    np.array([False, False, False]),
    ARRAY > 30,
    (ARRAY > 30)[:, :, 0],
    np.zeros((3, 4, 5), bool),
]


@pytest.mark.parametrize("mask", BOOLEAN, ids=lambda mask: f"{mask.shape}-{mask.sum()}")
def test_boolean_tensors(mask):
    check(ARRAY, mask)
    check(ARRAY, mask, tf.constant(mask))


MIXED_BOOLEAN = [
    (slice(None), np.array([True, False, True, True])),
    (0, np.array([True, False, True, True])),
    (np.array([True, False, True]), slice(None), 2),
    (..., np.array([True, False, True, True, False])),
    (np.array([True, False, True]), np.array([0, 3])),
]


@pytest.mark.parametrize("index", MIXED_BOOLEAN, ids=str)
def test_boolean_arrays_mixed_with_other_indices(index):
    check(ARRAY, index)


def test_a_mask_computed_from_the_tensor_itself():
    x = tf.constant([1.0, -2.0, 3.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x[x > 0.0] ** 2
    np.testing.assert_array_equal(y.numpy(), [1.0, 9.0])
    np.testing.assert_array_equal(tape.gradient(y, x).numpy(), [2.0, 0.0, 6.0])


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "float16", "float32", "complex64"])
def test_every_size_of_element(dtype):
    array = (ARRAY % 2 if dtype == "bool" else ARRAY).astype(dtype)
    t = tf.constant(array)
    for index in (1, slice(None, None, -2), np.array([2, 0]), ARRAY > 30, (..., 0)):
        np.testing.assert_array_equal(t[index].numpy(), array[index])


def test_repeated_indices_add_their_gradients():
    x = tf.constant([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x[tf.constant([1, 1, 1, 0])] * tf.constant([1.0, 10.0, 100.0, 1000.0])
    np.testing.assert_array_equal(tape.gradient(y, x).numpy(), [1000.0, 111.0, 0.0])


def test_second_derivatives_through_indices():
    x = tf.constant(ARRAY[0, 0])
    for index in (slice(None, None, -2), np.array([0, 0, 3]), np.array([True, False] * 2 + [True])):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_sum(x[index] ** 3)
            first = inner.gradient(y, x)
        second = outer.gradient(first, x).numpy()
        np.testing.assert_allclose(
            second, expected_gradient(ARRAY[0, 0], index, 1.0) * 6 * x.numpy()
        )


def test_many_single_elements_make_one_gradient():
    x = tf.constant(np.arange(100.0))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x[0] * 0.0
        for k in range(100):
            y = y + x[k] * float(k)
    np.testing.assert_array_equal(tape.gradient(y, x).numpy(), np.arange(100.0))


# ------------------------------------------------------------------ errors


@pytest.mark.parametrize("index", [3, -4, (0, 4), (0, 0, 5), (..., 5), 2**62, -(2**62), 2**70])
def test_an_index_out_of_range_is_an_index_error(index):
    with pytest.raises(IndexError) as error:
        tf.constant(ARRAY)[index]
    if index != 2**70:
        assert isinstance(error.value, tf.errors.InvalidArgumentError)


@pytest.mark.parametrize("index", [[0, 3], [-4], [[0], [7]]])
def test_an_integer_tensor_out_of_range_is_an_index_error(index):
    t = tf.constant(ARRAY)
    for form in (tf.constant(index), np.array(index), index):
        with pytest.raises(IndexError):
            t[form]


@pytest.mark.parametrize(
    "index",
    [
        (0, 0, 0, 0),
        (..., ...),
        (slice(None),) * 4,
        np.array([True, False]),
        np.ones((3, 5), bool),
        (np.array([0, 1]), np.array([0, 1, 2])),
    ],
    ids=str,
)
def test_indices_that_do_not_fit_the_shape_are_an_index_error(index):
    with pytest.raises(IndexError):
        tf.constant(ARRAY)[index]


@pytest.mark.parametrize("index", [1.0, "a", 1j, tf.constant(1.0), np.array([1.0]), object(), {1}])
def test_what_is_no_index_is_a_type_error(index):
    with pytest.raises((TypeError, IndexError)):
        tf.constant(ARRAY)[index]
    with pytest.raises((TypeError, IndexError)):
        tf.constant(ARRAY)[0, index]


@pytest.mark.parametrize("part", [1.0, "a", tf.constant(1.5)])
def test_what_is_no_bound_of_a_slice_is_a_type_error(part):
    t = tf.constant(ARRAY)
    for index in (slice(part, None), slice(None, part), slice(None, None, part)):
        with pytest.raises(TypeError):
            t[index]


def test_a_step_of_zero_is_a_value_error():
    with pytest.raises(ValueError):
        tf.constant(ARRAY)[::0]


def test_bounds_of_slices_may_be_huge():
    t = tf.constant(ARRAY)
    np.testing.assert_array_equal(t[: 2**100].numpy(), ARRAY)
    np.testing.assert_array_equal(t[-(2**100) :: 2**100].numpy(), ARRAY[:1])
    np.testing.assert_array_equal(t[2**100 : -(2**100) : -(2**100)].numpy(), ARRAY[2:])


class Liar:
    def __init__(self, answer):
        self.answer = answer

    def __index__(self):
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def test_an_index_that_raises_raises_its_own_exception():
    t = tf.constant(ARRAY)
    for index in (Liar(KeyError("mine")), (0, Liar(KeyError("mine"))), slice(Liar(KeyError()), 2)):
        with pytest.raises(KeyError):
            t[index]
    with pytest.raises((TypeError, IndexError)):
        t[Liar("not an int")]
    np.testing.assert_array_equal(t[Liar(1)].numpy(), ARRAY[1])


MASK = np.array([True, False, True])


@pytest.mark.parametrize(
    "index",
    [
        (1, slice(None), [0, 2]),
        (slice(None), 1, [0, 2]),
        (slice(None), [1, 0], 1),
        ([0, 1], 1, slice(None), [1, 0]),
        (0, [[1], [2]], slice(None, None, -1), 1),
        (..., [1, 0], 0),
        ([1, 0], ..., 0),
        ([1], ..., [0, 1]),
        (slice(1, None), 0, ..., np.array([True, False])),
        (slice(None), MASK, [0, 2], slice(None)),
        (slice(None), MASK, slice(None), [1, 0]),
        (np.array([[True, False, True], [False, True, False]]), [0, 1, 2]),
        (slice(None), np.ones((3, 4), bool), [0]),
        (None, [0, 1], None, slice(0, 0)),
        (np.bool_(True), [1, 0]),
        (np.bool_(False), 1, [1]),
        (slice(None), np.True_, [1]),
        (np.zeros((2, 0), int), [1]),
        (np.uint8(1), np.array([2, 0], np.uint8)),
    ],
)
def test_arrays_beside_other_indices_have_numpys_places(index):
    array = np.arange(48.0).reshape(2, 3, 4, 2)
    index = tuple(np.array(i) if isinstance(i, list) else i for i in index)
    expected = array[index]
    x = tf.constant(array)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x[index]
        weights = np.arange(1.0, y.size + 1).reshape(y.shape)
        z = tf.reduce_sum(y * weights)
    np.testing.assert_array_equal(y.numpy(), expected)
    slope = np.zeros_like(array)
    np.add.at(slope, index, weights)
    np.testing.assert_array_equal(tape.gradient(z, x).numpy(), slope)
    tensors = tuple(tf.constant(i) if isinstance(i, np.ndarray) else i for i in index)
    np.testing.assert_array_equal(x[tensors].numpy(), expected)


def test_lists_of_large_and_mixed_numbers_are_no_short_cut():
    x = tf.constant([1, 2, 3])
    assert x[[True, False, True]].numpy().tolist() == [1, 3]
    assert x[[np.int8(2), 0]].numpy().tolist() == [3, 1]
    for index in ([2**70], [2**62], [1.0], [True, 1.0]):
        with pytest.raises((IndexError, TypeError)):
            x[index]
