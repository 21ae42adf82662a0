"""Bad input gets its error, of the type that users of TensorFlow and of plain Python catch."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import autograd_c as tf

InvalidArgument = tf.errors.InvalidArgumentError


def still_works():
    """Nothing is half-done: the next computation is right."""
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(x * x)
    assert float(y) == 5.0
    np.testing.assert_array_equal(tape.gradient(y, x).numpy(), [2.0, 4.0])


# ------------------------------------------------------------------ the types


def test_invalid_argument_error_is_a_value_error():
    assert issubclass(InvalidArgument, ValueError)
    assert issubclass(InvalidArgument, tf.errors.OpError)


def test_tensorflows_way_to_make_an_error():
    error = InvalidArgument(None, None, "message")
    assert str(error) == error.message == "message"
    assert error.error_code == tf.errors.INVALID_ARGUMENT == 3
    assert error.op is None


# ------------------------------------------------------------------ shapes that do not broadcast

PAIRS = [((2,), (3,)), ((2, 3), (3, 2)), ((2, 3), (2,)), ((4, 1, 3), (5, 2)), ((0,), (2,))]
ELEMENTWISE = [
    tf.add,
    tf.subtract,
    tf.multiply,
    tf.divide,
    tf.pow,
    tf.maximum,
    tf.minimum,
    tf.atan2,
    tf.math.floordiv,
    tf.math.floormod,
    tf.less,
    tf.greater_equal,
    tf.equal,
    tf.not_equal,
]


@pytest.mark.parametrize("f", ELEMENTWISE, ids=lambda f: f.__name__)
@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_shapes_that_do_not_broadcast(f, a, b):
    with pytest.raises(InvalidArgument) as error:
        f(tf.ones(a), tf.ones(b))
    assert isinstance(error.value, ValueError)


def test_the_message_names_both_shapes():
    with pytest.raises(InvalidArgument, match=r"[Ii]ncompatible shapes.*2.*3.*3.*2"):
        tf.ones([2, 3]) + tf.ones([3, 2])


def test_where_with_shapes_that_do_not_broadcast():
    with pytest.raises(InvalidArgument):
        tf.where([True, False, True], tf.ones([2]), 1.0)
    with pytest.raises(InvalidArgument):
        tf.where([True, False], tf.ones([2]), tf.ones([3]))


def test_where_needs_both_branches():
    with pytest.raises(ValueError):
        tf.where([True, False], 1.0)


def test_clip_by_value_does_not_widen_its_argument():
    with pytest.raises(ValueError):
        tf.clip_by_value(tf.ones([2]), tf.zeros([2, 2]), tf.ones([2, 2]))


# ------------------------------------------------------------------ axes

REDUCTIONS = [
    tf.reduce_sum,
    tf.reduce_mean,
    tf.reduce_prod,
    tf.reduce_max,
    tf.reduce_min,
    tf.reduce_logsumexp,
]


@pytest.mark.parametrize("f", REDUCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("axis", [2, -3, [0, 2], [0, 0], [0, -2], 2**40, [1, 2**62]])
def test_axes_out_of_range_or_twice(f, axis):
    with pytest.raises(ValueError):
        f(tf.ones([2, 3]), axis)


@pytest.mark.parametrize("f", REDUCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("axis", [1.0, "0", [0.5], object()])
def test_axes_that_are_no_integers(f, axis):
    with pytest.raises((TypeError, ValueError)):
        f(tf.ones([2, 3]), axis)


@pytest.mark.parametrize("f", [tf.reduce_any, tf.reduce_all])
def test_axes_of_logical_reductions(f):
    with pytest.raises(ValueError):
        f(tf.ones([2, 3], tf.bool), 2)


def test_a_0d_tensor_has_no_axis():
    for axis in (0, -1):
        with pytest.raises(ValueError):
            tf.reduce_sum(tf.constant(1.0), axis)


@pytest.mark.parametrize("f", [tf.argmax, tf.argmin])
def test_the_axis_of_argmax(f):
    with pytest.raises(ValueError):
        f(tf.ones([2, 3]), 2)
    with pytest.raises(ValueError):
        f(tf.constant(1.0))
    with pytest.raises(ValueError):
        f(tf.zeros([0]))
    with pytest.raises(TypeError):
        f(tf.ones([2, 3]), 0, tf.float32)


@pytest.mark.parametrize(
    "call",
    [
        lambda t: tf.expand_dims(t, 3),
        lambda t: tf.expand_dims(t, -4),
        lambda t: tf.squeeze(t, 0),
        lambda t: tf.squeeze(t, 5),
        lambda t: tf.concat([t, t], 2),
        lambda t: tf.concat([t, t], -3),
        lambda t: tf.stack([t, t], 3),
        lambda t: tf.stack([t, t], -4),
        lambda t: tf.unstack(t, axis=2),
        lambda t: tf.unstack(tf.constant(1.0)),
        lambda t: tf.split(t, 2, axis=2),
        lambda t: tf.reverse(t, [2]),
        lambda t: tf.reverse(t, [0, 0]),
        lambda t: tf.transpose(t, [0]),
        lambda t: tf.transpose(t, [0, 0]),
        lambda t: tf.transpose(t, [0, 2]),
        lambda t: tf.transpose(t, [0, 1, 2]),
    ],
)
def test_axes_of_shape_operations(call):
    with pytest.raises(ValueError):
        call(tf.ones([2, 3]))


# ------------------------------------------------------------------ shapes and sizes


@pytest.mark.parametrize(
    "call",
    [
        lambda: tf.reshape(tf.ones([4]), [3, 2]),
        lambda: tf.reshape(tf.ones([4]), [-1, 3]),
        lambda: tf.reshape(tf.ones([4]), [-1, -1]),
        lambda: tf.reshape(tf.ones([4]), [-2, 2]),
        lambda: tf.reshape(tf.ones([4]), []),
        lambda: tf.reshape(tf.ones([4]), [2**40, 2**40]),
        lambda: tf.reshape(tf.zeros([0]), [2, -1, 2**62]),
        lambda: tf.broadcast_to(tf.ones([2]), [2, 3]),
        lambda: tf.broadcast_to(tf.ones([1, 2]), [2]),
        lambda: tf.broadcast_to(tf.ones([2]), [-1, 2]),
        lambda: tf.concat([tf.ones([1, 2]), tf.ones([1, 1])], 0),
        lambda: tf.concat([tf.ones([2]), tf.ones([1, 1])], 0),
        lambda: tf.concat([tf.constant(1.0), tf.constant(2.0)], 0),
        lambda: tf.concat([], 0),
        lambda: tf.stack([tf.ones([2]), tf.ones([1])]),
        lambda: tf.unstack(tf.ones([2, 2]), num=3),
        lambda: tf.split(tf.ones([4]), 3),
        lambda: tf.split(tf.ones([4]), 0),
        lambda: tf.split(tf.ones([4]), [1, 2]),
        lambda: tf.split(tf.ones([4]), [-1, -1]),
        lambda: tf.split(tf.ones([4]), [5, -1]),
        lambda: tf.split(tf.ones([4]), [-2, 6]),
        lambda: tf.tile(tf.ones([2]), [2, 2]),
        lambda: tf.tile(tf.ones([2]), [-1]),
        lambda: tf.zeros([2, -1]),
        lambda: tf.fill([-1], 3.0),
        lambda: tf.fill([2], [1.0, 2.0]),
        lambda: tf.eye(-1),
        lambda: tf.linspace(0.0, 1.0, -1),
        lambda: tf.linspace(tf.ones([2]), tf.ones([3]), 3),
        lambda: tf.range(0, 3, 0),
        lambda: tf.range([1, 2]),
    ],
)
def test_shapes_that_make_no_sense(call):
    with pytest.raises(ValueError):
        call()
    still_works()


@pytest.mark.parametrize(
    "call",
    [
        lambda: tf.reshape(tf.ones([4]), [2.0, 2.0]),
        lambda: tf.zeros(2.5),
        lambda: tf.zeros("a"),
        lambda: tf.zeros(None),
        lambda: tf.zeros([None]),
        lambda: tf.fill([2.5], 1.0),
        lambda: tf.tile(tf.ones([2]), [1.5]),
        lambda: tf.transpose(tf.ones([2, 2]), [0.0, 1.0]),
        lambda: tf.broadcast_to(tf.ones([2]), "a"),
        lambda: tf.expand_dims(tf.ones([2]), 0.5),
        lambda: tf.concat([tf.ones([2])], 0.5),
        lambda: tf.constant(1.0, shape="a"),
    ],
)
def test_shapes_and_axes_that_are_no_integers(call):
    with pytest.raises((TypeError, ValueError)):
        call()


@pytest.mark.parametrize(
    "shape", [[2**40, 2**40], [2**62, 4], [2**31, 2**31, 2**31], [2**63], [2**64], [2**200]]
)
@pytest.mark.parametrize("make", [tf.zeros, tf.ones, lambda shape: tf.fill(shape, 1.0)])
def test_sizes_that_overflow(make, shape):
    with pytest.raises((ValueError, OverflowError, MemoryError)):
        make(shape)
    still_works()


def test_sizes_that_overflow_by_way_of_an_operation():
    one = tf.constant(1.0)
    for call in (
        lambda: tf.broadcast_to(one, [2**40, 2**40]),
        lambda: tf.tile(tf.ones([2**10]), [2**60]),
        lambda: tf.concat([tf.broadcast_to(one, [2**31, 2**30])] * 16, 0),
        lambda: tf.ones([2**16, 1]) + tf.broadcast_to(one, [2**47]),
        lambda: tf.tensordot(tf.broadcast_to(one, [2**45]), tf.broadcast_to(one, [2**45]), 0),
    ):
        with pytest.raises((ValueError, OverflowError, MemoryError)):
            call()
    still_works()


def test_an_empty_shape_may_have_any_other_extents():
    assert tf.zeros([0, 2**40]).shape == (0, 2**40)
    assert tf.reduce_sum(tf.zeros([0, 2**40]), 1).shape == (0,)


# ------------------------------------------------------------------ memory

HUGE = [2**45]  # 2^47 bytes in float32: more than an address space of 47 bits has


@pytest.mark.parametrize("make", [tf.zeros, tf.ones, lambda shape: tf.fill(shape, 2.0)])
def test_memory_that_cannot_be_had(make):
    # One number, repeated: memory is first needed by what is made of it.
    t = make(HUGE)
    assert t.shape == HUGE
    for call in (t.numpy, lambda: t * 2.0):
        with pytest.raises(MemoryError):
            call()
    still_works()


def test_memory_that_cannot_be_had_for_a_result():
    x = tf.constant(1.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        for call in (
            lambda: tf.broadcast_to(x, HUGE) * 2.0,
            lambda: tf.exp(tf.broadcast_to(x, HUGE)),
            lambda: tf.tile(tf.ones([1]), HUGE) * 1.0,
            lambda: tf.broadcast_to(x, HUGE).numpy(),
            lambda: tf.range(2**45),
            lambda: tf.eye(2**23, 2**22),
        ):
            with pytest.raises(MemoryError):
                call()
        y = x * 3.0
    assert float(tape.gradient(y, x)) == 3.0
    still_works()


def test_memory_that_cannot_be_had_in_a_sweep():
    x = tf.constant(1.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * 3.0
        for _ in range(3):
            with pytest.raises(MemoryError):
                z = tf.broadcast_to(y, HUGE)[5]  # a view, where broadcasting makes one
                with tape.stop_recording():
                    tape.gradient(z, x)
            with tape.stop_recording():
                assert float(tape.gradient(y, x)) == 3.0
    still_works()


# ------------------------------------------------------------------ dtypes

FLOATING_ONLY = [
    tf.sqrt,
    tf.exp,
    tf.sin,
    tf.math.log,
    tf.tanh,
    tf.sigmoid,
    tf.floor,
    tf.math.rsqrt,
    tf.math.erf,
    tf.math.softplus,
    tf.reduce_logsumexp,
]


@pytest.mark.parametrize("f", FLOATING_ONLY, ids=lambda f: f.__name__)
@pytest.mark.parametrize("dtype", ["bool", "int32", "uint8"])
def test_functions_of_real_numbers_refuse_integers(f, dtype):
    with pytest.raises(TypeError) as error:
        f(tf.ones([2], dtype))
    assert isinstance(error.value, InvalidArgument)
    assert dtype in str(error.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda: tf.add(tf.ones([2], tf.bool), tf.ones([2], tf.bool)),
        lambda: tf.negative(tf.ones([2], tf.bool)),
        lambda: tf.abs(tf.ones([2], tf.bool)),
        lambda: tf.reduce_sum(tf.ones([2], tf.bool)),
        lambda: tf.reduce_any(tf.ones([2], tf.int32)),
        lambda: tf.reduce_all(tf.ones([2])),
        lambda: tf.logical_and(tf.ones([2], tf.int32), tf.ones([2], tf.int32)),
        lambda: tf.logical_not(tf.ones([2])),
        lambda: tf.bitwise.bitwise_and(tf.ones([2]), tf.ones([2])),
        lambda: ~tf.ones([2]),
        lambda: tf.ones([2]) & tf.ones([2]),
        lambda: tf.where(tf.ones([2], tf.int32), 1.0, 2.0),
        lambda: tf.where([True, False], tf.ones([2], tf.int32), tf.ones([2])),
        lambda: tf.atan2(tf.ones([2], tf.int32), tf.ones([2], tf.int32)),
        lambda: tf.math.erf(tf.ones([2], tf.complex64)),
        lambda: tf.reduce_max(tf.ones([2], tf.complex64)),
        lambda: tf.argmax(tf.ones([2], tf.complex64)),
        lambda: tf.less(tf.ones([2], tf.complex64), 1.0),
        lambda: tf.floor(tf.ones([2], tf.complex64)),
        lambda: tf.nn.relu(tf.ones([2], tf.complex64)),
        lambda: tf.concat([tf.ones([2], tf.int32), tf.ones([2])], 0),
        lambda: tf.stack([tf.ones([2], tf.int32), tf.ones([2])]),
        lambda: tf.maximum(tf.ones([2], tf.int32), tf.ones([2])),
        lambda: tf.equal(tf.ones([2], tf.int32), tf.ones([2])),
        lambda: tf.clip_by_value(tf.ones([2], tf.int32), 0.5, 1.5),
        lambda: tf.cast(tf.ones([2]), "nonsense"),
        lambda: tf.zeros([2], "nonsense"),
        lambda: tf.constant(1.0, dtype=object),
    ],
)
def test_dtypes_without_a_rule_are_a_type_error(call):
    with pytest.raises(TypeError):
        call()
    still_works()


def test_the_message_names_the_operation_and_the_dtypes():
    with pytest.raises(TypeError) as error:
        tf.maximum(tf.ones([2], tf.int32), tf.ones([2], tf.float64))
    text = str(error.value)
    assert "maximum" in text.lower()
    assert "int32" in text
    assert "float64" in text


# ------------------------------------------------------------------ integers


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64", "uint8", "uint64"])
def test_integer_division_by_zero(dtype):
    a, b = tf.ones([3], dtype), tf.constant(np.array([1, 0, 1], dtype))
    for call in (lambda: a // b, lambda: a % b, lambda: a // 0, lambda: a % 0):
        with pytest.raises((InvalidArgument, ZeroDivisionError)):
            call()
    still_works()


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64"])
def test_integers_to_negative_powers(dtype):
    t = tf.constant(np.array([2, 1], dtype))
    for call in (lambda: t**-1, lambda: 2**-t, lambda: t**-t):
        with pytest.raises(InvalidArgument):
            call()


# ------------------------------------------------------------------ arguments


@pytest.mark.parametrize(
    "call",
    [
        lambda: tf.add(),
        lambda: tf.add(1.0),
        lambda: tf.add(1.0, 2.0, 3.0, 4.0),
        lambda: tf.add(1.0, y=2.0, z=3.0),
        lambda: tf.add(1.0, 2.0, x=3.0),
        lambda: tf.exp(),
        lambda: tf.exp(1.0, nonsense=1),
        lambda: tf.reduce_sum(),
        lambda: tf.reduce_sum([1.0], axes=0),
        lambda: tf.reshape([1.0]),
        lambda: tf.concat([[1.0]]),
        lambda: tf.matmul([[1.0]]),
        lambda: tf.cast(1.0),
        lambda: tf.constant(),
        lambda: tf.zeros(),
        lambda: tf.GradientTape(nonsense=1),
        lambda: tf.Variable(1.0, nonsense=1),
    ],
)
def test_wrong_arguments_are_a_type_error(call):
    with pytest.raises(TypeError):
        call()


@pytest.mark.parametrize("value", [None, object(), "a", {1}, {"a": 1}, lambda: 1, b"ab"])
@pytest.mark.parametrize("f", [tf.exp, tf.reduce_sum, tf.transpose, tf.identity, tf.square])
def test_arguments_that_are_no_tensors(f, value):
    with pytest.raises((TypeError, ValueError)):
        f(value)
    still_works()


# ------------------------------------------------------------------ liars


class Mine(Exception):
    """What a user's own code raises."""


class LongerThanItSays(list):
    def __len__(self):
        return 1


class ShorterThanItSays(list):
    def __len__(self):
        return 100


class NegativeLength(list):
    def __len__(self):
        return -1


class HugeLength(list):
    def __len__(self):
        return sys.maxsize


class RaisingLength(list):
    def __len__(self):
        raise Mine


class Sequence:
    """Not a list: only __len__ and __getitem__."""

    def __init__(self, length, items):
        self.length, self.items = length, items

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        return self.items[index]


LIARS = [
    LongerThanItSays([1.0, 2.0, 3.0]),
    ShorterThanItSays([1.0, 2.0]),
    NegativeLength([1.0]),
    HugeLength([1.0]),
    RaisingLength([1.0]),
    [[1.0, 2.0], ShorterThanItSays([1.0, 2.0])],
    [[1.0, 2.0], RaisingLength([1.0, 2.0])],
    Sequence(5, [1.0, 2.0]),
    Sequence(-1, [1.0]),
]
USERS = [
    tf.constant,
    tf.exp,
    lambda liar: tf.constant([1.0, 2.0]) + liar,
    lambda liar: tf.concat(liar, 0),
    lambda liar: tf.stack(liar),
    lambda liar: tf.zeros(liar),
    lambda liar: tf.reshape(tf.ones([2, 3]), liar),
    lambda liar: tf.reduce_sum(tf.ones([2, 3]), liar),
    lambda liar: tf.transpose(tf.ones([2, 3]), liar),
]


@pytest.mark.parametrize("use", USERS, ids=range(len(USERS)))
@pytest.mark.parametrize("liar", LIARS, ids=lambda liar: type(liar).__name__)
def test_objects_that_lie_about_their_length_do_no_harm(use, liar):
    try:
        result = use(liar)
    except Exception as error:
        allowed = (ValueError, TypeError, IndexError, OverflowError, MemoryError, Mine)
        assert isinstance(error, allowed)
    else:
        assert np.asarray(result).size <= 12
    still_works()


class ShrinksWhileRead(list):
    """Clears itself as soon as one of its elements is looked at."""

    def __getitem__(self, index):
        item = super().__getitem__(index)
        self.clear()
        return item

    def __iter__(self):
        for item in list.__iter__(self):
            self.clear()
            yield item


class ClearsItsList(float):
    def __float__(self):
        VICTIM.clear()
        return 1.0


VICTIM: list = []


def test_lists_that_change_while_they_are_read_do_no_harm():
    for _ in range(100):
        VICTIM[:] = [ClearsItsList(), 2.0, 3.0, [4.0]]
        for value in (ShrinksWhileRead([1.0, 2.0, 3.0]), VICTIM, [VICTIM, [1.0]]):
            try:
                tf.constant(value)
            except (ValueError, TypeError, IndexError):
                pass
    still_works()


def test_a_list_that_contains_itself_is_an_error():
    loop: list = []
    loop.append(loop)
    with pytest.raises((ValueError, TypeError, RecursionError)):
        tf.constant(loop)
    deep: list = [1.0]
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises((ValueError, TypeError, RecursionError)):
        tf.constant(deep)
    while deep and isinstance(deep[0], list):  # taken apart without recursion
        deep = deep[0]
    still_works()


class RaisingArray:
    def __array__(self, dtype=None, copy=None):
        raise Mine


class LyingArray:
    def __init__(self, answer):
        self.answer = answer

    def __array__(self, dtype=None, copy=None):
        return self.answer


class RaisingIndex:
    def __index__(self):
        raise Mine


class RaisingFloat:
    def __float__(self):
        raise Mine


@pytest.mark.parametrize(
    "call",
    [
        lambda: tf.constant(RaisingArray()),
        lambda: tf.convert_to_tensor(RaisingArray()),
        lambda: tf.exp(RaisingArray()),
        lambda: tf.constant([1.0]) * RaisingArray(),
        lambda: RaisingArray() * tf.constant([1.0]),
        lambda: tf.add(RaisingArray(), 1.0),
        lambda: tf.Variable(RaisingArray()),
        lambda: tf.Variable([1.0]).assign(RaisingArray()),
        lambda: tf.zeros([RaisingIndex()]),
        lambda: tf.zeros(RaisingIndex()),
        lambda: tf.reduce_sum(tf.ones([2]), RaisingIndex()),
        lambda: tf.reduce_sum(tf.ones([2]), [RaisingIndex()]),
        lambda: tf.expand_dims(tf.ones([2]), RaisingIndex()),
        lambda: tf.reshape(tf.ones([2]), [RaisingIndex()]),
        lambda: tf.ones([2])[RaisingIndex()],
        lambda: tf.ones([2])[: RaisingIndex()],
    ],
)
def test_what_a_users_code_raises_comes_through(call):
    with pytest.raises(Mine):
        call()
    still_works()


@pytest.mark.parametrize("answer", [None, "a", 3.0, [1.0, 2.0], object(), np.array(["a"])])
def test_an_array_method_that_returns_no_usable_array_is_an_error(answer):
    with pytest.raises((TypeError, ValueError)):
        tf.constant(LyingArray(answer))
    with pytest.raises((TypeError, ValueError)):
        tf.exp(LyingArray(answer))
    still_works()


class RaisingDtype:
    @property
    def dtype(self):
        raise Mine


def test_an_object_whose_attributes_raise():
    for call in (lambda: tf.zeros([2], RaisingDtype()), lambda: tf.constant(RaisingDtype())):
        with pytest.raises((Mine, TypeError, ValueError)):
            call()


class RaisingEq:
    def __eq__(self, other):
        raise Mine

    __hash__ = None


def test_comparison_with_an_object_that_raises():
    with pytest.raises(Mine):
        _ = RaisingEq() == tf.constant(1.0)
    assert tf.float32 != 3  # dtypes ask nobody
    still_works()


def test_errors_leave_no_references_behind():
    t = tf.constant([1.0, 2.0])
    before = sys.getrefcount(t)
    for _ in range(100):
        for call in (
            lambda: t + tf.ones([3]),
            lambda: tf.concat([t, tf.ones([1, 1])], 0),
            lambda: tf.stack([t, t, None]),
            lambda: t[5],
            lambda: t * RaisingArray(),
            lambda: tf.reduce_sum(t, 3),
            lambda: tf.where(t, t, t),
            lambda: tf.einsum("ij->i", t),
            lambda: tf.matmul(t, t),
        ):
            try:
                call()
            except Exception:
                pass
    call = None
    assert sys.getrefcount(t) <= before + 1
