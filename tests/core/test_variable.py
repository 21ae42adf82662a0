"""Variable: making, assigning, reading, and its use as a tensor everywhere."""

from __future__ import annotations

import copy
import math
import operator
import pickle

import numpy as np
import pytest

import autograd_c as tf


@pytest.fixture
def v():
    return tf.Variable([3.0, 4.0], name="w")


# ------------------------------------------------------------------ making


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (1.5, "float32"),
        (3, "int32"),
        (True, "bool"),
        ([1.0, 2.0], "float32"),
        (np.ones(2), "float64"),
        (np.float64(1), "float64"),
        (1j, "complex128"),
    ],
)
def test_a_variable_gets_the_dtype_of_a_constant(value, dtype):
    v = tf.Variable(value)
    assert v.dtype == dtype
    assert v.shape == np.shape(value)
    np.testing.assert_array_equal(v.numpy(), value)


def test_a_variable_from_a_tensor_or_a_variable(v):
    assert tf.Variable(tf.constant([1, 2])).dtype == tf.int32
    w = tf.Variable(v)
    w.assign([7.0, 8.0])
    np.testing.assert_array_equal(v.numpy(), [3.0, 4.0])


def test_a_variable_from_a_function():
    assert float(tf.Variable(lambda: tf.constant(3.0))) == 3.0


def test_a_variable_with_a_dtype():
    assert tf.Variable(1, dtype=tf.float64).dtype == tf.float64
    assert tf.Variable(np.ones(2), dtype="float32").dtype == tf.float32
    with pytest.raises((TypeError, ValueError)):
        tf.Variable(tf.constant(1.0), dtype=tf.int32)
    with pytest.raises(TypeError):
        tf.Variable(1.5, dtype=tf.int32)


@pytest.mark.parametrize("value", [None, object(), [[1], [1, 2]]])
def test_a_variable_needs_a_value(value):
    with pytest.raises((TypeError, ValueError)):
        tf.Variable(value)


def test_a_variable_without_any_value_is_an_error():
    with pytest.raises((TypeError, ValueError)):
        tf.Variable()


def test_names():
    assert tf.Variable(1.0, name="w").name == "w:0"
    assert tf.Variable(1.0).name == "Variable:0"
    assert tf.Variable(1.0, name="layer/w").name == "layer/w:0"


def test_trainable():
    assert tf.Variable(1.0).trainable is True
    assert tf.Variable(1.0, trainable=None).trainable is True
    assert tf.Variable(1.0, trainable=False).trainable is False


def test_the_array_that_a_variable_was_made_of_stays_apart():
    array = np.ones(100_000)
    v = tf.Variable(array)
    array[:] = 7.0
    assert (v.numpy() == 1.0).all()
    v.assign(array)
    array[:] = 9.0
    assert (v.numpy() == 7.0).all()


# ------------------------------------------------------------------ assigning


@pytest.mark.parametrize(
    "value", [[5.0, 6.0], [5, 6], (5.0, 6), np.array([5.0, 6.0]), np.array([5, 6]), "tensor"]
)
def test_assign_takes_numbers_arrays_and_tensors(v, value):
    v.assign(tf.constant([5.0, 6.0]) if isinstance(value, str) else value)
    assert v.dtype == tf.float32
    np.testing.assert_array_equal(v.numpy(), [5.0, 6.0])


def test_assign_returns_the_new_value(v):
    np.testing.assert_array_equal(v.assign([5.0, 6.0]).numpy(), [5.0, 6.0])
    np.testing.assert_array_equal(v.assign_add([1.0, 1.0]).numpy(), [6.0, 7.0])
    np.testing.assert_array_equal(v.assign_sub([2.0, 3.0]).numpy(), [4.0, 4.0])
    assert v.assign([1.0, 2.0], read_value=False) is None


def test_assign_add_and_assign_sub(v):
    v.assign_add([1.0, 2.0])
    np.testing.assert_array_equal(v.numpy(), [4.0, 6.0])
    v.assign_sub(tf.constant([1.0, 1.0]))
    np.testing.assert_array_equal(v.numpy(), [3.0, 5.0])
    v.assign_add(v)
    np.testing.assert_array_equal(v.numpy(), [6.0, 10.0])
    counter = tf.Variable(1)
    counter.assign_add(2)
    assert int(counter) == 3


@pytest.mark.parametrize("method", ["assign", "assign_add", "assign_sub"])
@pytest.mark.parametrize("value", [[1.0, 2.0, 3.0], 1.0, [[1.0, 2.0]], [1.0]])
def test_the_shape_of_a_variable_does_not_change(v, method, value):
    with pytest.raises(ValueError):
        getattr(v, method)(value)
    np.testing.assert_array_equal(v.numpy(), [3.0, 4.0])


def test_the_message_names_both_shapes(v):
    with pytest.raises(ValueError) as error:
        v.assign([1.0, 2.0, 3.0])
    text = str(error.value)
    assert "w:0" in text and "(2,)" in text and "(3,)" in text


@pytest.mark.parametrize("method", ["assign", "assign_add", "assign_sub"])
@pytest.mark.parametrize("dtype", ["int32", "float64", "complex64"])
def test_the_dtype_of_a_variable_does_not_change(v, method, dtype):
    with pytest.raises((TypeError, ValueError)):
        getattr(v, method)(tf.cast(tf.constant([1.0, 2.0]), dtype))
    np.testing.assert_array_equal(v.numpy(), [3.0, 4.0])


@pytest.mark.parametrize("value", [None, object(), "a", [1.0, [2.0]]])
def test_assigning_what_is_no_number_is_an_error(v, value):
    with pytest.raises((TypeError, ValueError)):
        v.assign(value)
    np.testing.assert_array_equal(v.numpy(), [3.0, 4.0])


def test_what_was_read_does_not_change_when_the_variable_does():
    v = tf.Variable(np.ones(100_000))
    read = [v.read_value(), v.value(), tf.convert_to_tensor(v), tf.identity(v), v + 0.0, v[1:]]
    view, memory = np.asarray(v), memoryview(v.read_value())
    v.assign_add(np.ones(100_000))
    v.assign(np.full(100_000, 5.0))
    for t in read:
        assert isinstance(t, tf.Tensor)
        assert (t.numpy() == 1.0).all()
    assert (view == 1.0).all()
    assert (np.asarray(memory) == 1.0).all()


def test_numpy_of_a_variable_is_a_writable_copy(v):
    array = v.numpy()
    array[0] = 99.0
    np.testing.assert_array_equal(v.numpy(), [3.0, 4.0])
    assert type(tf.Variable(1.5).numpy()) is np.float32


def test_plus_equals_on_a_variable_is_an_error(v):
    with pytest.raises(RuntimeError, match="assign_add"):
        operator.iadd(v, 1.0)
    np.testing.assert_array_equal(v.numpy(), [3.0, 4.0])


# ------------------------------------------------------------------ use as a tensor


def test_a_variable_is_a_tensor_to_every_function(v):
    np.testing.assert_array_equal(tf.square(v).numpy(), [9.0, 16.0])
    assert float(tf.reduce_sum(v)) == 7.0
    np.testing.assert_array_equal(tf.concat([v, [1.0]], 0).numpy(), [3.0, 4.0, 1.0])
    np.testing.assert_array_equal(tf.stack([v, v]).numpy(), [[3.0, 4.0]] * 2)
    np.testing.assert_array_equal(tf.where([True, False], v, 0.0).numpy(), [3.0, 0.0])
    assert float(tf.tensordot(v, v, 1)) == 25.0
    assert float(tf.einsum("i,i->", v, v)) == 25.0
    np.testing.assert_array_equal(tf.zeros_like(v).numpy(), [0.0, 0.0])
    assert tf.shape(v).numpy() == [2]
    assert tf.is_tensor(v)
    assert not isinstance(v, tf.Tensor)


BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv]
BINARY += [operator.mod, operator.pow]


@pytest.mark.parametrize("operation", BINARY)
def test_operators_on_either_side_of_a_variable(v, operation):
    a, b = np.array([3.0, 4.0], np.float32), np.array([2.0, 5.0], np.float32)
    t = tf.constant(b)
    for result, expected in (
        (operation(v, t), operation(a, b)),
        (operation(t, v), operation(b, a)),
        (operation(v, 2.0), operation(a, 2.0)),
        (operation(2.0, v), operation(2.0, a)),
        (operation(v, b), operation(a, b)),
        (operation(b, v), operation(b, a)),
        (operation(v, v), operation(a, a)),
    ):
        assert isinstance(result, tf.Tensor)
        assert result.dtype == tf.float32
        np.testing.assert_allclose(result.numpy(), expected, rtol=1e-6)


def test_other_operators_of_a_variable(v):
    np.testing.assert_array_equal((-v).numpy(), [-3.0, -4.0])
    np.testing.assert_array_equal(abs(-v).numpy(), [3.0, 4.0])
    m = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal((m @ m).numpy(), [[7.0, 10.0], [15.0, 22.0]])
    np.testing.assert_array_equal((v < 3.5).numpy(), [True, False])
    np.testing.assert_array_equal((v == [3.0, 5.0]).numpy(), [True, False])
    np.testing.assert_array_equal((v != [3.0, 5.0]).numpy(), [False, True])
    mask = tf.Variable([True, False])
    np.testing.assert_array_equal((~mask).numpy(), [False, True])
    np.testing.assert_array_equal((mask | True).numpy(), [True, True])


def test_indexing_a_variable(v):
    assert isinstance(v[0], tf.Tensor)
    assert float(v[-1]) == 4.0
    np.testing.assert_array_equal(v[::-1].numpy(), [4.0, 3.0])
    np.testing.assert_array_equal(v[..., None].numpy(), [[3.0], [4.0]])
    assert [float(element) for element in v] == [3.0, 4.0]
    with pytest.raises(IndexError):
        v[2]


def test_numbers_from_a_variable():
    v = tf.Variable(2.5)
    assert float(v) == 2.5
    assert int(v) == 2
    assert complex(v) == 2.5
    assert bool(v) is True
    assert math.sqrt(tf.Variable(4.0)) == 2.0
    with pytest.raises(ValueError):
        bool(tf.Variable([1.0, 2.0]))
    with pytest.raises(TypeError):
        float(tf.Variable([1.0, 2.0]))


def test_a_variable_as_array(v):
    array = np.asarray(v)
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array, [3.0, 4.0])
    assert np.asarray(v, dtype=np.float64).dtype == np.float64


def test_shapes_and_references(v):
    assert v.shape == v.get_shape() == (2,)
    assert isinstance(v.device, str)
    assert v.ref() == v.ref()
    assert v.ref().deref() is v
    assert v.ref() != tf.Variable([3.0, 4.0]).ref()
    with pytest.raises(TypeError, match="Variable is unhashable. Instead, use variable.ref()"):
        hash(v)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: tf.Variable(3.0), "'Variable:0' shape=() dtype=float32, numpy=3.0"),
        (
            lambda: tf.Variable([1.0, 2.0], name="w"),
            "'w:0' shape=(2,) dtype=float32, numpy=array([1., 2.], dtype=float32)",
        ),
        (
            lambda: tf.Variable([[1, 2], [3, 4]]),
            "'Variable:0' shape=(2, 2) dtype=int32, numpy=\n"
            "array([[1, 2],\n       [3, 4]], dtype=int32)",
        ),
    ],
)
def test_repr_is_tensorflows(make, text):
    assert repr(make()) == f"<tf.Variable {text}>"


# ------------------------------------------------------------------ copies


def test_a_deep_copy_is_another_variable(v):
    other = copy.deepcopy(v)
    other.assign([7.0, 8.0])
    np.testing.assert_array_equal(v.numpy(), [3.0, 4.0])
    assert other.name == v.name
    assert copy.deepcopy(tf.Variable(1.0, trainable=False)).trainable is False


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickled_variable_is_another_variable(v, protocol):
    other = pickle.loads(pickle.dumps(v, protocol))
    assert isinstance(other, tf.Variable)
    assert (other.name, other.dtype, other.trainable) == (v.name, v.dtype, True)
    np.testing.assert_array_equal(other.numpy(), [3.0, 4.0])
    other.assign([7.0, 8.0])
    np.testing.assert_array_equal(v.numpy(), [3.0, 4.0])


# ------------------------------------------------------------------ gradients


def test_a_variable_is_watched_by_every_kind_of_reading(v):
    reads = {
        "operator": lambda: v * 2.0,
        "reflected": lambda: 2.0 * v,
        "function": lambda: tf.multiply(v, 2.0),
        "value": lambda: v.value() * 2.0,
        "read_value": lambda: v.read_value() * 2.0,
        "convert": lambda: tf.convert_to_tensor(v) * 2.0,
        "identity": lambda: tf.identity(v) * 2.0,
        "index": lambda: tf.stack([v[0] * 2.0, v[1] * 2.0]),
        "list": lambda: tf.stack([v, v]),
        "iter": lambda: tf.stack([element * 2.0 for element in v]),
        "numpy on the left": lambda: np.array([2.0, 2.0], np.float32) * v,
    }
    for name, read in reads.items():
        with tf.GradientTape() as tape:
            y = read()
        assert len(tape.watched_variables()) == 1, name
        np.testing.assert_array_equal(tape.gradient(y, v).numpy(), [2.0, 2.0], err_msg=name)


def test_gradient_descent_finds_a_minimum():
    v = tf.Variable([3.0, -4.0])
    for _ in range(100):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum((v - [1.0, 2.0]) ** 2)
        v.assign_sub(0.1 * tape.gradient(loss, v))
    np.testing.assert_allclose(v.numpy(), [1.0, 2.0], rtol=1e-5)
    assert float(loss) < 1e-10
