"""Tensor: dtypes, shapes, conversions, protocols, promotion, sharing of memory, copies."""

from __future__ import annotations

import copy
import gc
import math
import operator
import pickle
import sys

import numpy as np
import pytest

import autograd_c as tf

INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
REALS = ["float16", "float32", "float64"]
COMPLEXES = ["complex64", "complex128"]
DTYPES = ["bool", *INTEGERS, *REALS, *COMPLEXES]


def sample(dtype, shape=(2, 3)):
    """Small numbers that every dtype can hold, none of them zero."""
    count = math.prod(shape)
    return (
        (np.arange(1, count + 1) % 2 if dtype == "bool" else np.arange(1, count + 1))
        .astype(dtype)
        .reshape(shape)
    )


# ------------------------------------------------------------------ dtypes


@pytest.mark.parametrize("dtype", DTYPES)
def test_an_array_of_each_dtype_comes_back_as_it_went_in(dtype):
    array = sample(dtype)
    tensor = tf.constant(array)
    assert tensor.dtype == dtype
    assert tensor.dtype is getattr(tf, dtype)
    assert tensor.shape == (2, 3)
    back = tensor.numpy()
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_dtype_knows_its_names_and_kind(dtype):
    d = getattr(tf, dtype)
    assert d.name == dtype
    assert repr(d) == f"tf.{dtype}"
    assert str(d) == f"<dtype: '{dtype}'>"
    assert d.as_numpy_dtype is np.dtype(dtype).type
    assert d.size == np.dtype(dtype).itemsize
    assert d.is_integer == (dtype in INTEGERS)
    assert d.is_floating == (dtype in REALS)
    assert d.is_complex == (dtype in COMPLEXES)
    assert d.is_unsigned == dtype.startswith("uint")
    assert d.base_dtype is d


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_dtype_equals_and_hashes_as_numpys_and_equals_its_name(dtype):
    d, n = getattr(tf, dtype), np.dtype(dtype)
    assert d == n and n == d
    assert d == n.type
    assert d == dtype
    assert hash(d) == hash(n)
    assert {n: "found"}[d] == "found"
    assert not d != n
    for other in DTYPES:
        assert (d == other) == (dtype == other)
        assert (d != np.dtype(other)) == (dtype != other)


@pytest.mark.parametrize("other", [None, "nonsense", 3.5, object(), [], np.dtype("M8[s]"), str])
def test_a_dtype_is_not_equal_to_what_is_no_dtype_of_tensors(other):
    assert tf.float32 != other
    assert not tf.float32 == other


def test_dtypes_can_be_used_by_numpy():
    assert np.dtype(tf.float32) == np.float32
    assert np.zeros(2, tf.int16).dtype == np.int16


def test_the_limits_of_dtypes():
    assert tf.int8.min == -128
    assert tf.uint64.max == 2**64 - 1
    assert tf.float32.max == np.finfo(np.float32).max
    assert tf.float16.min == np.finfo(np.float16).min
    with pytest.raises(TypeError):
        _ = tf.bool.min
    with pytest.raises(TypeError):
        _ = tf.complex64.max


def test_dtypes_are_singletons_and_survive_pickling_and_copying():
    for dtype in DTYPES:
        d = getattr(tf, dtype)
        assert pickle.loads(pickle.dumps(d)) is d
        assert copy.deepcopy(d) is d
        assert tf.as_dtype(dtype) is tf.as_dtype(np.dtype(dtype)) is d


@pytest.mark.parametrize("value", ["nonsense", None, [1], np.dtype("M8[s]"), str, 3.5])
def test_what_is_no_dtype_is_a_type_error(value):
    with pytest.raises(TypeError):
        tf.as_dtype(value)


# ------------------------------------------------------------------ shapes


def test_a_shape_is_a_tuple_of_ints():
    shape = tf.ones([2, 3]).shape
    assert isinstance(shape, tuple)
    assert shape == (2, 3)
    assert shape == [2, 3]
    assert hash(shape) == hash((2, 3))
    assert [type(extent) for extent in shape] == [int, int]
    rows, columns = shape
    assert (rows, columns) == (2, 3)
    assert np.zeros(shape).shape == (2, 3)


def test_a_shape_answers_what_tensor_shape_does():
    shape = tf.ones([2, 3]).shape
    assert repr(shape) == "TensorShape([2, 3])"
    assert str(shape) == "(2, 3)"
    assert shape.as_list() == [2, 3]
    assert shape.rank == shape.ndims == 2
    assert shape.num_elements() == 6
    assert shape.is_fully_defined()
    assert shape.is_compatible_with([None, 3])
    assert shape.is_compatible_with(None)
    assert not shape.is_compatible_with([3, 2])
    assert not shape.is_compatible_with([2])
    with pytest.raises(ValueError):
        shape.assert_is_compatible_with([3, 2])


def test_the_other_members_about_size():
    t = tf.ones([2, 3], tf.float64)
    assert t.ndim == 2
    assert t.size == 6
    assert t.get_shape() == (2, 3)
    assert isinstance(t.device, str)
    assert t.T.shape == (3, 2)
    assert tf.constant(1.0).shape == ()
    assert tf.constant(1.0).ndim == 0
    assert tf.constant(1.0).size == 1
    assert tf.zeros([0, 3]).size == 0


def test_ranks_up_to_32():
    array = np.ones((1,) * 32)
    t = tf.constant(array)
    assert t.ndim == 32
    assert (t + t).shape == (1,) * 32
    assert tf.zeros([1] * 32).ndim == 32
    with pytest.raises(ValueError):
        tf.constant(np.ones((1,) * 33))
    with pytest.raises(ValueError):
        tf.zeros([1] * 33)
    with pytest.raises(ValueError):
        tf.expand_dims(t, 0)


# ------------------------------------------------------------------ constant: Python values


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (1.5, "float32"),
        (3, "int32"),
        (2**31 - 1, "int32"),
        (-(2**31), "int32"),
        (2**31, "int64"),
        (-(2**31) - 1, "int64"),
        (2**63 - 1, "int64"),
        (True, "bool"),
        (1 + 2j, "complex128"),
        ([1.0, 2.0], "float32"),
        ([1, 2], "int32"),
        ([1, 2**40], "int64"),
        ([1, 2.0], "float32"),
        ([1.0, 2], "float32"),
        ([True, False], "bool"),
        ([1j, 2j], "complex128"),
        ([], "float32"),
        ([[], []], "float32"),
        ((1, 2), "int32"),
        (range(3), "int32"),
        ([(1, 2), [3, 4]], "int32"),
        ([np.float64(1), 2.0], "float64"),
    ],
)
def test_python_values_get_tensorflows_dtypes(value, dtype):
    t = tf.constant(value)
    assert t.dtype == dtype
    np.testing.assert_array_equal(t.numpy(), np.array(value, dtype))


@pytest.mark.parametrize("dtype", DTYPES)
def test_numpy_scalars_and_0d_arrays_keep_their_dtypes(dtype):
    scalar = np.dtype(dtype).type(1)
    assert tf.constant(scalar).dtype == dtype
    assert tf.constant(np.array(scalar)).dtype == dtype
    assert tf.constant(scalar).shape == ()


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, [2**64], 10**100])
def test_an_integer_that_fits_nowhere_is_an_error(value):
    with pytest.raises((ValueError, OverflowError)):
        tf.constant(value)


@pytest.mark.parametrize(("value", "dtype"), [(2**40, "int32"), (300, "uint8"), (-1, "uint8")])
def test_an_integer_that_does_not_fit_the_dtype_asked_for_is_an_error(value, dtype):
    # TensorFlow wraps around without a word.
    with pytest.raises((ValueError, OverflowError)):
        tf.constant(value, dtype)


@pytest.mark.parametrize("dtype", [d for d in DTYPES if d != "bool"])
def test_constant_converts_python_integers_to_the_dtype_asked_for(dtype):
    t = tf.constant([1, 2], dtype)
    assert t.dtype == dtype
    np.testing.assert_array_equal(t.numpy(), np.array([1, 2], dtype))


@pytest.mark.parametrize("dtype", ["float64", tf.float64, np.float64, np.dtype("float64")])
def test_a_dtype_may_be_named_in_several_ways(dtype):
    assert tf.constant(1, dtype).dtype == tf.float64
    assert tf.zeros([2], dtype).dtype == tf.float64
    assert tf.cast(tf.constant(1.0), dtype).dtype == tf.float64


@pytest.mark.parametrize("dtype", ["int32", "uint8", "bool"])
def test_a_float_is_not_converted_to_an_integer_behind_ones_back(dtype):
    with pytest.raises(TypeError):
        tf.constant(1.5, dtype)


def test_numpy_arrays_are_cast_to_the_dtype_asked_for():
    t = tf.constant(np.array([1.5, 2.0]), tf.float32)
    assert t.dtype == tf.float32
    np.testing.assert_array_equal(t.numpy(), [1.5, 2.0])
    assert tf.constant(np.array([1, 2]), tf.complex64).dtype == tf.complex64


@pytest.mark.parametrize("value", [[[1, 2], [3]], [[1, 2], 3], [1, [2, 3]]])
def test_ragged_lists_are_an_error(value):
    with pytest.raises(ValueError):
        tf.constant(value)


@pytest.mark.parametrize("value", [None, [None], object(), {1, 2}, {"a": 1}, [1.0, None]])
def test_what_is_no_number_is_an_error(value):
    with pytest.raises((ValueError, TypeError)):
        tf.constant(value)


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([None]), np.zeros(1, "M8[s]")])
def test_arrays_of_other_dtypes_are_an_error(array):
    with pytest.raises((ValueError, TypeError)):
        tf.constant(array)


def test_constant_with_a_shape():
    np.testing.assert_array_equal(tf.constant(1.5, shape=(2, 3)).numpy(), np.full((2, 3), 1.5))
    assert tf.constant([1, 2, 3, 4, 5, 6], shape=[2, 3]).shape == (2, 3)
    assert tf.constant([[1, 2], [3, 4]], shape=4).shape == (4,)
    assert tf.constant([7], shape=()).shape == ()
    assert tf.constant(1, shape=(0, 2)).shape == (0, 2)
    with pytest.raises((TypeError, ValueError)):
        tf.constant([1, 2, 3], shape=(2, 3))
    with pytest.raises((TypeError, ValueError)):
        tf.constant([1, 2, 3, 4], shape=(2,))
    with pytest.raises(ValueError):
        tf.constant([1, 2], shape=(2, -1))


def test_a_tensor_stays_what_it_is():
    t = tf.constant([1.0, 2.0])
    assert tf.convert_to_tensor(t) is t
    assert tf.convert_to_tensor(t, tf.float32).dtype == tf.float32
    assert tf.convert_to_tensor(1, dtype_hint=tf.float64).dtype == tf.float64
    assert tf.convert_to_tensor(t, dtype_hint=tf.float64).dtype == tf.float32


def test_a_tensor_is_not_converted_to_another_dtype_behind_ones_back():
    with pytest.raises((TypeError, ValueError)):
        tf.convert_to_tensor(tf.constant(1.0), tf.float64)
    with pytest.raises((TypeError, ValueError)):
        tf.constant(tf.constant(1.0), tf.int32)


def test_lists_of_tensors_are_stacked():
    t = tf.convert_to_tensor([tf.constant([1.0, 2.0]), [3.0, 4.0]])
    np.testing.assert_array_equal(t.numpy(), [[1, 2], [3, 4]])
    assert t.dtype == tf.float32


def test_the_default_float_can_be_float64(float64_by_default):
    assert tf.constant(1.5).dtype == tf.float64
    assert tf.constant([1, 2.5]).dtype == tf.float64
    assert tf.Variable(1.5).dtype == tf.float64
    assert tf.exp(1.0).dtype == tf.float64
    assert tf.constant(3).dtype == tf.int32
    assert tf.constant(np.float32(1.5)).dtype == tf.float32
    assert tf.constant(1.5, tf.float32).dtype == tf.float32
    single = tf.constant(np.float32(1.5))
    assert (single * 2.5).dtype == tf.float32  # scalars stay weak


def test_the_default_float_is_float32_otherwise():
    assert tf.constant(1.5).dtype == tf.float32
    for wrong in ("int32", "complex64", "float16", "nonsense", None):
        with pytest.raises((TypeError, ValueError)):
            tf.set_default_float(wrong)
    assert tf.constant(1.5).dtype == tf.float32


# ------------------------------------------------------------------ other makers


def test_zeros_ones_and_fill():
    assert tf.zeros([2, 3]).dtype == tf.float32
    np.testing.assert_array_equal(tf.zeros((2, 3), tf.int32).numpy(), np.zeros((2, 3)))
    np.testing.assert_array_equal(tf.ones(3).numpy(), [1, 1, 1])
    assert tf.zeros([]).shape == ()
    np.testing.assert_array_equal(tf.ones([2], tf.bool).numpy(), [True, True])
    np.testing.assert_array_equal(tf.fill([2, 2], 3).numpy(), [[3, 3], [3, 3]])
    assert tf.fill([2], 3).dtype == tf.int32
    assert tf.fill([2], 3.0).dtype == tf.float32
    assert tf.fill([2], np.float64(3)).dtype == tf.float64
    assert tf.zeros(tf.constant([2, 2])).shape == (2, 2)


def test_like():
    t = tf.constant([[1, 2, 3]])
    assert tf.zeros_like(t).dtype == tf.int32
    np.testing.assert_array_equal(tf.ones_like(t, dtype=tf.float64).numpy(), [[1, 1, 1]])
    np.testing.assert_array_equal(tf.zeros_like([1.0, 2.0]).numpy(), [0, 0])


def test_eye():
    np.testing.assert_array_equal(tf.eye(2).numpy(), np.eye(2))
    np.testing.assert_array_equal(tf.eye(2, 3, dtype=tf.int32).numpy(), np.eye(2, 3))
    assert tf.eye(2, batch_shape=[4]).shape == (4, 2, 2)
    assert tf.eye(0).shape == (0, 0)


@pytest.mark.parametrize(
    ("arguments", "expected", "dtype"),
    [
        ((3,), [0, 1, 2], "int32"),
        ((3.0,), [0, 1, 2], "float32"),
        ((1, 3), [1, 2], "int32"),
        ((0, 1, 0.25), [0, 0.25, 0.5, 0.75], "float32"),
        ((5, 0, -2), [5, 3, 1], "int32"),
        ((2**40, 2**40 + 2), [2**40, 2**40 + 1], "int64"),
        ((0,), [], "int32"),
    ],
)
def test_range(arguments, expected, dtype):
    t = tf.range(*arguments)
    assert t.dtype == dtype
    np.testing.assert_array_equal(t.numpy(), expected)


def test_range_by_name_and_dtype():
    np.testing.assert_array_equal(tf.range(start=1, limit=4, delta=2).numpy(), [1, 3])
    assert tf.range(3, dtype=tf.float64).dtype == tf.float64
    with pytest.raises(ValueError):
        tf.range(3, 1)
    with pytest.raises(ValueError):
        tf.range(0, 3, 0)


def test_linspace():
    np.testing.assert_allclose(tf.linspace(0.0, 1.0, 5).numpy(), [0, 0.25, 0.5, 0.75, 1])
    assert tf.linspace(0.0, 1.0, 3).dtype == tf.float32
    assert tf.linspace(0, 1, 3).dtype == tf.float64
    np.testing.assert_array_equal(tf.linspace(2.0, 5.0, 1).numpy(), [2])
    ends = tf.constant([0.0, 1.0], tf.float64), tf.constant([1.0, 3.0], tf.float64)
    expected = np.linspace([0, 1], [1, 3], 5)
    np.testing.assert_allclose(tf.linspace(*ends, 5).numpy(), expected)
    np.testing.assert_allclose(tf.linspace(*ends, 5, axis=-1).numpy(), expected.T)


def test_shape_size_and_rank_are_int32_tensors():
    t = tf.ones([2, 3])
    assert tf.shape(t).dtype == tf.int32
    np.testing.assert_array_equal(tf.shape(t).numpy(), [2, 3])
    assert int(tf.size(t)) == 6
    assert int(tf.rank(t)) == 2


def test_small_questions():
    assert tf.executing_eagerly() is True
    assert tf.is_tensor(tf.constant(1.0))
    assert tf.is_tensor(tf.Variable(1.0))
    for other in (1.0, np.ones(2), [1.0], None):
        assert not tf.is_tensor(other)


def test_the_type_is_final():
    with pytest.raises(TypeError):
        type("Sub", (tf.Tensor,), {})


# ------------------------------------------------------------------ cast


@pytest.mark.parametrize("source", DTYPES)
@pytest.mark.parametrize("target", DTYPES)
def test_cast_between_all_dtypes(source, target):
    array = sample(source)
    t = tf.cast(tf.constant(array), target)
    assert t.dtype == target
    expected = array.real if source in COMPLEXES and target not in COMPLEXES else array
    np.testing.assert_array_equal(t.numpy(), expected.astype(target))


def test_cast_to_integers_truncates():
    t = tf.cast(tf.constant([3.7, -3.7, 0.5]), tf.int32)
    np.testing.assert_array_equal(t.numpy(), [3, -3, 0])


def test_cast_to_bool_asks_whether_it_is_not_zero():
    t = tf.cast(tf.constant([0.0, 0.5, math.nan, -0.0]), tf.bool)
    np.testing.assert_array_equal(t.numpy(), [False, True, True, False])


def test_cast_between_integers_wraps():
    np.testing.assert_array_equal(tf.cast(tf.constant([300, -1]), tf.uint8).numpy(), [44, 255])


def test_cast_to_float16_overflows_to_infinity_and_rounds_to_even():
    array = np.array([1e6, -1e6, 65519.0, 65520.0, 1 + 2**-11, 1 + 3 * 2**-11, 6e-8, 1e-8])
    with np.errstate(over="ignore"):
        expected = array.astype(np.float16)
    np.testing.assert_array_equal(tf.cast(tf.constant(array), tf.float16).numpy(), expected)
    single = array.astype(np.float32)
    with np.errstate(over="ignore"):
        expected = single.astype(np.float16)
    np.testing.assert_array_equal(tf.cast(tf.constant(single), tf.float16).numpy(), expected)


def test_every_float16_survives_a_cast_to_float32_and_back():
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    halves = halves[~np.isnan(halves)]
    single = tf.cast(tf.constant(halves), tf.float32)
    np.testing.assert_array_equal(single.numpy(), halves.astype(np.float32))
    back = tf.cast(single, tf.float16).numpy()
    np.testing.assert_array_equal(back.view(np.uint16), halves.view(np.uint16))


# ------------------------------------------------------------------ promotion

SIGNED, UNSIGNED = ["int8", "int16", "int32", "int64"], ["uint8", "uint16", "uint32", "uint64"]


def array_api_promotion(a, b):
    """The table of the Array API standard, and float16 below float32; None where it has no rule."""
    if a == b:
        return a
    for family in (SIGNED, UNSIGNED, REALS, COMPLEXES):
        if a in family and b in family:
            return max(a, b, key=family.index)
    for s, u in ((a, b), (b, a)):
        if s in SIGNED and u in UNSIGNED:
            rank = max(SIGNED.index(s), UNSIGNED.index(u) + 1)
            return SIGNED[rank] if rank < 4 else None
        if s in COMPLEXES and u in REALS:
            return "complex128" if u == "float64" else s
    return None


@pytest.mark.parametrize("a", DTYPES)
@pytest.mark.parametrize("b", DTYPES)
def test_mixed_dtypes_promote_by_the_array_api_or_not_at_all(a, b):
    x, y = tf.constant(sample(a)), tf.constant(sample(b))
    expected = array_api_promotion(a, b)
    if a == b == "bool":
        assert (x & y).dtype == tf.bool
    elif expected is None:
        with pytest.raises(TypeError) as error:
            x * y
        text = str(error.value).lower()
        assert a in text and b in text
        assert "mul" in text
        assert isinstance(error.value, tf.errors.InvalidArgumentError)
    else:
        assert (x * y).dtype == expected
        np.testing.assert_array_equal((x * y).numpy(), (sample(a) * sample(b)).astype(expected))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_an_integer_and_a_float_tensor_do_not_mix(dtype):
    with pytest.raises(TypeError, match=f"{dtype}.*float32|float32.*{dtype}"):
        tf.constant(sample(dtype)) + tf.ones([2, 3])


@pytest.mark.parametrize("dtype", [*INTEGERS, *REALS, *COMPLEXES])
def test_python_integers_are_weak(dtype):
    t = tf.constant(sample(dtype))
    for result in (t + 1, 1 + t, t * 2, 2 * t, 9 - t, tf.add(t, 1), tf.multiply(2, t)):
        assert result.dtype == dtype
    np.testing.assert_array_equal((9 - t).numpy(), 9 - sample(dtype))


@pytest.mark.parametrize("dtype", [*REALS, *COMPLEXES])
def test_python_floats_are_weak(dtype):
    t = tf.constant(sample(dtype))
    for result in (t + 1.5, 1.5 + t, t * 2.5, 2.5 / t, t**2.0, tf.multiply(2.5, t)):
        assert result.dtype == dtype


@pytest.mark.parametrize("dtype", COMPLEXES)
def test_python_complex_numbers_are_weak(dtype):
    t = tf.constant(sample(dtype))
    assert (t * 1j).dtype == dtype
    assert (1j + t).dtype == dtype


@pytest.mark.parametrize("dtype", INTEGERS)
def test_a_python_float_and_an_integer_tensor_do_not_mix(dtype):
    t = tf.constant(sample(dtype))
    for operation in (operator.add, operator.mul, operator.sub, operator.pow):
        with pytest.raises(TypeError):
            operation(t, 1.5)
        with pytest.raises(TypeError):
            operation(1.5, t)


def test_a_python_integer_that_does_not_fit_is_an_error_not_a_wrapped_number():
    for operation in (
        lambda: tf.constant(1) - 2**40,
        lambda: tf.cast(tf.constant(1), "uint8") + 300,
    ):
        with pytest.raises((OverflowError, TypeError, ValueError)):
            operation()


def test_floats_of_numpy_are_not_weak():
    t = tf.constant([1.0, 2.0])
    for result in (t * np.float64(2), np.float64(2) * t, t + np.ones(2), np.ones(2) + t):
        assert result.dtype == tf.float64
    assert (t * np.float32(2)).dtype == tf.float32


@pytest.mark.parametrize(
    ("dtype", "quotient"),
    [
        ("int8", "float32"),
        ("int16", "float32"),
        ("int32", "float64"),
        ("int64", "float64"),
        ("uint8", "float32"),
        ("uint16", "float32"),
        ("uint32", "float64"),
        ("uint64", "float64"),
    ],
)
def test_the_quotient_of_integers_is_floating(dtype, quotient):
    t = tf.constant(np.array([7, 1], dtype))
    for result in (t / t, t / 2, tf.divide(t, t)):
        assert result.dtype == quotient
    np.testing.assert_array_equal((t / 2).numpy(), [3.5, 0.5])


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64", "float32", "float64"])
def test_floor_division_and_remainder_have_pythons_signs(dtype):
    a, b = np.array([7, -7, 7, -7], dtype), np.array([2, 2, -2, -2], dtype)
    np.testing.assert_array_equal((tf.constant(a) // tf.constant(b)).numpy(), [3, -4, -4, 3])
    np.testing.assert_array_equal((tf.constant(a) % tf.constant(b)).numpy(), [1, 1, -1, -1])


def test_integer_arithmetic_wraps():
    top = tf.constant(2**31 - 1)
    assert int(top + 1) == -(2**31)
    assert int(-tf.constant(-(2**31))) == -(2**31)
    assert int(abs(tf.constant(-(2**31)))) == -(2**31)
    assert int(tf.constant(-(2**31)) // -1) == -(2**31)
    assert int(tf.constant(2) ** 40) == 0


# ------------------------------------------------------------------ numbers' protocols

BINARY = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
    operator.pow,
    divmod,
]
BITWISE = [operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift]


def values(result):
    return [np.asarray(r) for r in result] if isinstance(result, tuple) else np.asarray(result)


@pytest.mark.parametrize("operation", BINARY)
def test_arithmetic_operators_on_either_side(operation):
    a, b = np.array([5.5, 7.0]), np.array([2.0, 3.0])
    s, t = tf.constant(a), tf.constant(b)
    for left, right in ((s, t), (s, b), (a, t)):
        result = operation(left, right)
        for part in result if isinstance(result, tuple) else [result]:
            assert isinstance(part, tf.Tensor)
        np.testing.assert_allclose(values(result), values(operation(a, b)))
    np.testing.assert_allclose(values(operation(s, 2.0)), values(operation(a, 2.0)))
    np.testing.assert_allclose(values(operation(2.0, t)), values(operation(2.0, b)))
    np.testing.assert_allclose(values(operation(s, [2.0, 3.0])), values(operation(a, b)))
    np.testing.assert_allclose(values(operation([5.5, 7.0], t)), values(operation(a, b)))


@pytest.mark.parametrize("operation", BITWISE)
def test_bitwise_operators_on_either_side(operation):
    a, b = np.array([5, 12], np.int32), np.array([1, 2], np.int32)
    s, t = tf.constant(a), tf.constant(b)
    for left, right in ((s, t), (s, b), (a, t), (s, 2), (5, t)):
        result = operation(left, right)
        assert isinstance(result, tf.Tensor)
        expected = operation(np.asarray(left, np.int32), np.asarray(right, np.int32))
        np.testing.assert_array_equal(result.numpy(), expected)


def test_bool_operators():
    a, b = tf.constant([True, False, True]), tf.constant([True, True, False])
    np.testing.assert_array_equal((a & b).numpy(), [True, False, False])
    np.testing.assert_array_equal((a | b).numpy(), [True, True, True])
    np.testing.assert_array_equal((a ^ b).numpy(), [False, True, True])
    np.testing.assert_array_equal((~a).numpy(), [False, True, False])
    np.testing.assert_array_equal((a & True).numpy(), [True, False, True])
    np.testing.assert_array_equal((~tf.constant([1, 2])).numpy(), [-2, -3])


def test_unary_operators():
    t = tf.constant([1.5, -2.0])
    np.testing.assert_array_equal((-t).numpy(), [-1.5, 2])
    np.testing.assert_array_equal((+t).numpy(), [1.5, -2])
    np.testing.assert_array_equal(abs(t).numpy(), [1.5, 2])


def test_the_matmul_operator_on_either_side():
    a, b = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    for left, right in ((tf.constant(a), tf.constant(b)), (tf.constant(a), b), (a, tf.constant(b))):
        result = left @ right
        assert isinstance(result, tf.Tensor)
        np.testing.assert_allclose(result.numpy(), a @ b)


@pytest.mark.parametrize("operation", [operator.iadd, operator.imul, operator.isub, operator.ipow])
def test_in_place_operators_bind_the_name_anew(operation):
    t = tf.constant([5.0, 7.0])
    before = t
    result = operation(t, 2.0)
    assert result is not before
    np.testing.assert_array_equal(before.numpy(), [5.0, 7.0])
    np.testing.assert_array_equal(result.numpy(), operation(np.array([5.0, 7.0]), 2.0))


def test_pow_takes_no_modulus():
    with pytest.raises(TypeError):
        pow(tf.constant(2), 3, 5)


@pytest.mark.parametrize("other", ["a", None, object(), {1}])
@pytest.mark.parametrize("operation", [operator.add, operator.mul, operator.truediv, operator.pow])
def test_operators_with_what_is_no_number_are_a_type_error(operation, other):
    t = tf.constant([1.0, 2.0])
    with pytest.raises(TypeError):
        operation(t, other)
    with pytest.raises(TypeError):
        operation(other, t)


class Stranger:
    """A class of somebody else's, which knows what to do with tensors."""

    def __radd__(self, other):
        return "radd"

    def __add__(self, other):
        return "add"

    def __rmatmul__(self, other):
        return "rmatmul"

    def __eq__(self, other):
        return "eq"

    __hash__ = None


def test_other_classes_may_define_operators_with_tensors():
    t = tf.constant([1.0, 2.0])
    assert t + Stranger() == "radd"
    assert Stranger() + t == "add"
    assert t @ Stranger() == "rmatmul"
    assert (t == Stranger()) == "eq"


COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


@pytest.mark.parametrize("operation", COMPARISONS)
def test_comparisons_are_elementwise(operation):
    a, b = np.array([1.0, 2.0, math.nan]), np.array([1.0, 3.0, math.nan])
    s, t = tf.constant(a), tf.constant(b)
    for left, right in ((s, t), (s, b), (a, t)):
        result = operation(left, right)
        assert isinstance(result, tf.Tensor)
        assert result.dtype == tf.bool
        np.testing.assert_array_equal(result.numpy(), operation(a, b))
    np.testing.assert_array_equal(operation(s, 2.0).numpy(), operation(a, 2.0))
    np.testing.assert_array_equal(operation(2.0, t).numpy(), operation(2.0, b))
    np.testing.assert_array_equal(operation(s, [1.0, 3.0, 1.0]).numpy(), operation(a, [1, 3, 1]))


def test_equality_of_shapes_that_do_not_broadcast_is_a_single_no():
    s, t = tf.constant([1.0, 2.0]), tf.constant([1.0, 2.0, 3.0])
    assert (s == t).shape == ()
    assert not (s == t)
    assert s != t
    with pytest.raises(tf.errors.InvalidArgumentError):
        _ = s < t


def test_a_tensor_is_not_none():
    t = tf.constant([1.0, 2.0])
    assert (t == None) is False  # noqa: E711
    assert (t != None) is True  # noqa: E711


def test_in_asks_for_equal_elements():
    t = tf.constant([1.0, 2.0])
    assert 1.0 in t
    assert tf.constant(2.0) in t
    assert 3.0 not in t


def test_bool():
    assert bool(tf.constant(3.0)) is True
    assert bool(tf.constant(0.0)) is False
    assert bool(tf.constant([[0]])) is False
    assert bool(tf.constant([1.0])) is True
    assert bool(tf.constant(math.nan)) is True
    with pytest.raises(ValueError, match="truth value of an array with more than one element is"):
        bool(tf.constant([1.0, 2.0]))


@pytest.mark.parametrize("dtype", [*INTEGERS, *REALS])
def test_int_float_and_complex(dtype):
    t = tf.constant(np.array(3, dtype))
    assert (int(t), type(int(t))) == (3, int)
    assert (float(t), type(float(t))) == (3.0, float)
    assert (complex(t), type(complex(t))) == (3 + 0j, complex)


def test_int_truncates():
    assert int(tf.constant(3.7)) == 3
    assert int(tf.constant(-3.7)) == -3
    with pytest.raises(ValueError):
        int(tf.constant(math.nan))
    with pytest.raises(OverflowError):
        int(tf.constant(math.inf))


def test_numbers_of_bool_and_complex_tensors():
    assert int(tf.constant(True)) == 1
    assert complex(tf.constant(1 + 2j)) == 1 + 2j


@pytest.mark.parametrize("convert", [int, float, complex])
def test_only_0d_tensors_are_numbers(convert):
    with pytest.raises(TypeError):
        convert(tf.constant([1.0, 2.0]))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integer_tensors_are_indices(dtype):
    t = tf.constant(np.array(2, dtype))
    assert operator.index(t) == 2
    assert [10, 20, 30][t] == 30
    assert list(range(t)) == [0, 1]
    assert np.arange(5)[t] == 2


@pytest.mark.parametrize("value", [2.0, True, 1j, [2]])
def test_other_tensors_are_no_indices(value):
    with pytest.raises(TypeError):
        operator.index(tf.constant(value))


def test_len_and_iter():
    t = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    assert len(t) == 2
    rows = list(t)
    assert all(isinstance(row, tf.Tensor) for row in rows)
    np.testing.assert_array_equal(rows[1].numpy(), [3.0, 4.0])
    a, b = t
    np.testing.assert_array_equal(a.numpy(), [1.0, 2.0])
    assert [float(v) for v in reversed(tf.constant([1.0, 2.0]))] == [2.0, 1.0]
    assert list(tf.zeros([0, 3])) == []
    with pytest.raises(TypeError, match="Scalar tensor has no `len\\(\\)`"):
        len(tf.constant(1.0))
    with pytest.raises(TypeError, match="Cannot iterate over a scalar tensor."):
        iter(tf.constant(1.0))


def test_format():
    assert f"{tf.constant(3.14159):.2f}" == "3.14"
    assert f"{tf.constant(3):>5d}" == "    3"
    assert f"{tf.constant([1.0, 2.0])}" == "[1. 2.]"
    assert f"{tf.constant(0.5)}" == "0.5"
    with pytest.raises(TypeError):
        f"{tf.constant([1.0, 2.0]):.2f}"
    with pytest.raises(ValueError):
        f"{tf.constant(1.0):nonsense}"


def test_round():
    assert float(round(tf.constant(2.5))) == 2.0
    assert float(round(tf.constant(3.5))) == 4.0
    assert float(round(tf.constant(3.14159, tf.float64), 2)) == pytest.approx(3.14)


def test_math_takes_tensors():
    assert math.sqrt(tf.constant(4.0)) == 2.0
    assert math.floor(tf.constant(3.7)) == 3
    assert math.isnan(tf.constant(math.nan))


def test_tensors_are_unhashable_but_their_references_are_not():
    t = tf.constant(3.0)
    with pytest.raises(TypeError) as error:
        hash(t)
    assert str(error.value) == "Tensor is unhashable. Instead, use tensor.ref() as the key."
    assert t.ref() == t.ref()
    assert hash(t.ref()) == hash(t.ref())
    assert t.ref() != tf.constant(3.0).ref()
    assert t.ref().deref() is t
    assert {t.ref(): "found"}[t.ref()] == "found"


# ------------------------------------------------------------------ text


@pytest.mark.parametrize(
    ("tensor", "text"),
    [
        (lambda: tf.constant(3.0), "shape=(), dtype=float32, numpy=3.0"),
        (lambda: tf.constant(3), "shape=(), dtype=int32, numpy=3"),
        (lambda: tf.constant(True), "shape=(), dtype=bool, numpy=True"),
        (lambda: tf.constant(1 + 2j), "shape=(), dtype=complex128, numpy=(1+2j)"),
        (lambda: tf.constant(0.1), "shape=(), dtype=float32, numpy=0.10000000149011612"),
        (lambda: tf.constant(1.5, tf.float16), "shape=(), dtype=float16, numpy=1.5"),
        (lambda: tf.constant(math.nan), "shape=(), dtype=float32, numpy=nan"),
        (lambda: tf.constant(-math.inf), "shape=(), dtype=float32, numpy=-inf"),
        (
            lambda: tf.constant([1.0, 2.0]),
            "shape=(2,), dtype=float32, numpy=array([1., 2.], dtype=float32)",
        ),
        (
            lambda: tf.constant([True, False]),
            "shape=(2,), dtype=bool, numpy=array([ True, False])",
        ),
        (
            lambda: tf.constant([[1.0, 2.0], [3.0, 4.0]]),
            "shape=(2, 2), dtype=float32, numpy=\n"
            "array([[1., 2.],\n       [3., 4.]], dtype=float32)",
        ),
        (
            lambda: tf.zeros([0, 3], tf.float64),
            "shape=(0, 3), dtype=float64, numpy=array([], shape=(0, 3), dtype=float64)",
        ),
    ],
)
def test_repr_is_tensorflows(tensor, text):
    assert repr(tensor()) == f"<tf.Tensor: {text}>"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "tf.Tensor(3.0, shape=(), dtype=float32)"),
        (0.1, "tf.Tensor(0.1, shape=(), dtype=float32)"),
        (True, "tf.Tensor(True, shape=(), dtype=bool)"),
        ([1.0, 2.0], "tf.Tensor([1. 2.], shape=(2,), dtype=float32)"),
        ([[1, 2], [3, 4]], "tf.Tensor(\n[[1 2]\n [3 4]], shape=(2, 2), dtype=int32)"),
    ],
)
def test_str_is_tensorflows(value, text):
    assert str(tf.constant(value)) == text


# ------------------------------------------------------------------ NumPy and buffers


@pytest.mark.parametrize("dtype", DTYPES)
def test_numpy_of_a_0d_tensor_is_a_numpy_scalar(dtype):
    value = tf.constant(np.array(1, dtype)).numpy()
    assert type(value) is np.dtype(dtype).type
    assert value == 1


def test_numpy_is_a_writable_copy():
    t = tf.constant([1.0, 2.0])
    array = t.numpy()
    assert array.flags.writeable
    array[0] = 99.0
    np.testing.assert_array_equal(t.numpy(), [1.0, 2.0])


def test_asarray_is_a_read_only_view():
    t = tf.constant(np.arange(10.0))
    view = np.asarray(t)
    assert not view.flags.writeable
    with pytest.raises(ValueError):
        view[0] = 99.0
    with pytest.raises(ValueError):
        view.flags.writeable = True
    assert np.shares_memory(view, np.asarray(t))


def test_asarray_of_a_0d_tensor():
    view = np.asarray(tf.constant(3.0))
    assert view.shape == ()
    assert view.dtype == np.float32
    assert view == 3.0


def test_asarray_with_a_dtype_converts():
    t = tf.constant([1.5, 2.5])
    converted = np.asarray(t, dtype=np.float64)
    assert converted.dtype == np.float64
    np.testing.assert_array_equal(converted, [1.5, 2.5])


def test_array_is_a_writable_copy():
    t = tf.constant([1.0, 2.0])
    array = np.array(t)
    array[0] = 99.0
    np.testing.assert_array_equal(t.numpy(), [1.0, 2.0])
    assert t.__array__(copy=True).flags.writeable


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.0.0", reason="NumPy 2's argument")
def test_asarray_without_a_copy_is_refused_where_it_needs_one():
    t = tf.constant([1.0, 2.0])
    assert not np.asarray(t, copy=False).flags.writeable
    with pytest.raises(ValueError):
        np.asarray(t, dtype=np.float64, copy=False)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_buffer_protocol(dtype):
    array = sample(dtype, (2, 3, 4))
    view = memoryview(tf.constant(array))
    assert view.readonly
    assert view.shape == (2, 3, 4)
    assert view.ndim == 3
    assert view.itemsize == array.itemsize
    assert np.dtype(view.format) == array.dtype if dtype not in COMPLEXES else True
    np.testing.assert_array_equal(np.asarray(view), array)
    assert view.tobytes() == array.tobytes()


def test_the_buffer_of_a_strided_view():
    array = np.arange(24.0).reshape(4, 6)
    view = memoryview(tf.constant(array)[::-1, 1::2])
    np.testing.assert_array_equal(np.asarray(view), array[::-1, 1::2])


def test_the_buffer_of_0d_and_empty_tensors():
    assert memoryview(tf.constant(3.0)).shape == ()
    assert memoryview(tf.constant(3.0)).tobytes() == np.float32(3.0).tobytes()
    assert memoryview(tf.zeros([0, 3])).shape == (0, 3)
    assert bytes(memoryview(tf.constant([1, 2], tf.uint8))) == b"\x01\x02"


def test_a_buffer_cannot_be_written():
    with pytest.raises((BufferError, TypeError, ValueError)):
        np.frombuffer(tf.constant([1.0, 2.0]), np.float32)[0] = 5.0


def test_a_buffer_outlives_its_tensor():
    t = tf.constant(np.arange(1000.0))
    view, array = memoryview(t[1:]), np.asarray(t[::2])
    del t
    gc.collect()
    for k in range(100):
        tf.constant(np.full(1000, float(k)))
    np.testing.assert_array_equal(np.asarray(view), np.arange(1.0, 1000.0))
    np.testing.assert_array_equal(array, np.arange(0.0, 1000.0, 2.0))


def test_views_share_memory_and_keep_it_alive():
    t = tf.constant(np.arange(1000.0))
    base = np.asarray(t)
    for view in (t[1:], t[::-3], tf.reshape(t, [10, 100]), tf.transpose(tf.reshape(t, [10, 100]))):
        assert np.shares_memory(np.asarray(view), base)
    expected = base[::-3].copy()
    view = t[::-3]
    del t, base
    gc.collect()
    np.testing.assert_array_equal(view.numpy(), expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_operations_on_strided_views(dtype):
    array = sample(dtype, (4, 6))
    t, flipped = tf.constant(array)[::-1, ::2], array[::-1, ::2]
    np.testing.assert_array_equal((t == t).numpy(), np.ones((4, 3), bool))
    np.testing.assert_array_equal(tf.cast(t, "complex128").numpy(), flipped.astype("complex128"))
    np.testing.assert_array_equal(tf.transpose(t).numpy(), flipped.T)
    if dtype != "bool":
        np.testing.assert_array_equal((t + t).numpy(), flipped + flipped)
        np.testing.assert_array_equal(
            (t + tf.transpose(t)[:1, :3]).numpy(), flipped + flipped.T[:1, :3]
        )


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24.0).reshape(4, 6).T,
        np.asfortranarray(np.arange(24.0).reshape(4, 6)),
        np.arange(24.0)[::-1],
        np.arange(24.0)[::5],
        np.broadcast_to(np.arange(3.0), (4, 3)),
        np.arange(24.0, dtype=">f8"),
        np.arange(24, dtype=">i4"),
        np.frombuffer(b"\0" + np.arange(3.0).tobytes(), np.float64, offset=0, count=3)
        if sys.byteorder == "big"
        else np.frombuffer(b"\0" + np.arange(3.0).tobytes(), np.uint8)[1:].view(np.float64),
        np.zeros((3, 0, 2)),
        np.array(5.0),
    ],
    ids=["T", "fortran", "reversed", "stepped", "broadcast", ">f8", ">i4", "odd", "empty", "0d"],
)
def test_any_layout_of_a_numpy_array_is_understood(array):
    t = tf.constant(array)
    assert t.shape == array.shape
    assert t.dtype == array.dtype.newbyteorder("=")
    np.testing.assert_array_equal(t.numpy(), array)
    np.testing.assert_array_equal((t + t).numpy(), array + array)


def test_subclasses_of_ndarray_are_arrays():
    matrix = np.arange(4.0).reshape(2, 2).view(type("Sub", (np.ndarray,), {}))
    np.testing.assert_array_equal(tf.constant(matrix).numpy(), matrix)
    assert type(tf.constant(matrix).numpy()) is np.ndarray


class HasArray:
    def __array__(self, dtype=None, copy=None):
        return np.arange(3.0)


def test_objects_with_array_and_buffers_are_taken():
    np.testing.assert_array_equal(tf.constant(HasArray()).numpy(), [0, 1, 2])
    t = tf.constant(HasArray()) * HasArray()
    np.testing.assert_array_equal(t.numpy(), [0, 1, 4])
    assert tf.constant(memoryview(np.arange(3.0))).dtype == tf.float64


# ------------------------------------------------------------------ tensors never change


@pytest.mark.parametrize("size", [1, 3, 1_000_000])
@pytest.mark.parametrize("make", [tf.constant, tf.convert_to_tensor, tf.identity])
def test_a_later_change_of_the_array_does_not_change_the_tensor(make, size):
    array = np.ones(size)
    t = make(array)
    array[:] = 7.0
    assert (t.numpy() == 1.0).all()


def test_a_later_change_through_any_other_view_does_not_change_the_tensor():
    array = np.ones((1000, 100))
    view = array[::2, 1:]
    frozen = array[:]
    frozen.flags.writeable = False  # its base is writable still
    tensors = [tf.constant(view), tf.constant(frozen), tf.constant(array.T), tf.constant(array[5])]
    array[:] = 7.0
    for t in tensors:
        assert (t.numpy() == 1.0).all()


def test_a_read_only_array_that_becomes_writable_again_does_not_change_the_tensor():
    array = np.ones(100_000)
    array.flags.writeable = False
    t = tf.constant(array)
    array.flags.writeable = True
    array[:] = 7.0
    assert (t.numpy() == 1.0).all()


def test_a_later_change_of_a_buffer_does_not_change_the_tensor():
    buffer = bytearray(np.ones(100_000).tobytes())
    tensors = [
        tf.constant(np.frombuffer(buffer)),
        tf.constant(memoryview(buffer).cast("d")),
        tf.constant(memoryview(buffer).toreadonly().cast("d")),
    ]
    buffer[:] = bytes(len(buffer))
    for t in tensors:
        assert (t.numpy() == 1.0).all()


def test_a_later_change_of_an_array_does_not_change_a_gradient():
    array = np.array([1.0, 2.0])
    x = tf.constant([3.0, 4.0], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = array * x
        array[:] = 100.0
    np.testing.assert_array_equal(tape.gradient(y, x).numpy(), [1.0, 2.0])


def test_attributes_cannot_be_assigned():
    t = tf.constant([1.0, 2.0])
    with pytest.raises(TypeError):
        del t[0]
    with pytest.raises(AttributeError):
        t.shape = (2, 1)
    with pytest.raises(AttributeError):
        t.dtype = tf.int32


def test_operations_do_not_write_into_their_operands():
    a = np.linspace(0.1, 0.9, 7)
    t = tf.constant(a)
    for f in (tf.exp, tf.sqrt, tf.square, tf.negative, tf.sin, tf.nn.relu, tf.round, tf.math.log):
        f(t)
        f(t + 0.0)
        np.testing.assert_array_equal(t.numpy(), a)
    u = t + 1.0
    kept = u
    u = u * 2.0
    np.testing.assert_array_equal(kept.numpy(), a + 1.0)


# ------------------------------------------------------------------ copies and pickles


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0, 2)])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickling(dtype, shape, protocol):
    array = sample(dtype, shape)
    back = pickle.loads(pickle.dumps(tf.constant(array), protocol))
    assert isinstance(back, tf.Tensor)
    assert back.dtype == dtype
    assert back.shape == shape
    np.testing.assert_array_equal(back.numpy(), array)


def test_pickling_a_view_keeps_its_elements_only():
    t = tf.constant(np.arange(1_000_000.0))[::-100_000]
    data = pickle.dumps(t)
    assert len(data) < 1000
    np.testing.assert_array_equal(pickle.loads(data).numpy(), t.numpy())


def test_pickling_out_of_band():
    t = tf.constant(np.arange(100_000.0))
    buffers = []
    data = pickle.dumps(t, protocol=5, buffer_callback=buffers.append)
    assert len(data) < 1000
    assert sum(memoryview(buffer).nbytes for buffer in buffers) == 800_000
    back = pickle.loads(data, buffers=buffers)
    np.testing.assert_array_equal(back.numpy(), t.numpy())


def test_a_tensor_loaded_from_writable_buffers_does_not_change_with_them():
    t = tf.constant(np.ones(100_000))
    buffers = []
    data = pickle.dumps(t, protocol=5, buffer_callback=buffers.append)
    own = [bytearray(buffer) for buffer in buffers]
    back = pickle.loads(data, buffers=own)
    for buffer in own:
        buffer[:] = bytes(len(buffer))
    assert (back.numpy() == 1.0).all()


def test_pickling_keeps_what_occurs_twice_one():
    t = tf.constant([1.0, 2.0])
    a, b = pickle.loads(pickle.dumps([t, t]))
    assert a is b


def test_copy_and_deepcopy():
    t = tf.constant([[1.0, 2.0]])
    for copied in (copy.copy(t), copy.deepcopy(t)):
        assert isinstance(copied, tf.Tensor)
        np.testing.assert_array_equal(copied.numpy(), t.numpy())
    nested = copy.deepcopy({"a": [t, t]})
    assert nested["a"][0] is nested["a"][1]
