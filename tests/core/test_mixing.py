"""NumPy arrays and scalars of integers and bools, and Python bools, beside tensors."""

from __future__ import annotations

import operator

import numpy as np
import pytest

import autograd_c as tf

from ..entries import ENTRIES
from ..operations import ROWS, assert_same_bits, public, seed_of

BINARY = [row for row in ROWS if row["arity"] == 2 and set(row["kinds"]) & set("fc")]
INEXACT = ("float16", "float32", "float64", "complex64", "complex128")
OPERATORS = [
    getattr(operator, name)
    for name in "add sub mul truediv floordiv mod pow lt le eq ne gt ge".split()
]


def outcome(f, *args):
    """What a call returns, or that it refuses."""
    try:
        return f(*args)
    except tf.errors.InvalidDTypeError:
        return None


def agree(actual, expected):
    if expected is None:
        assert actual is None
        return
    for a, b in zip(tf.nest.flatten(actual), tf.nest.flatten(expected), strict=True):
        assert tf.is_tensor(a), type(a)
        assert_same_bits(a.numpy(), b.numpy())


def low_kinds(shape, seed):
    """Integers and bools, in every form that has a dtype of its own but is no tensor."""
    random = np.random.default_rng(seed)
    integers = random.integers(1, 4, shape)
    for dtype in ("int8", "int32", "int64", "uint8", "uint64", ">i4"):
        yield np.asarray(integers, dtype)
    bools = np.asarray(random.integers(0, 2, shape), bool)
    yield bools
    if shape == ():
        yield np.int64(2)
        yield np.bool_(True)
        yield True
        yield False
    else:
        yield [np.int64(k) for k in integers.flat]
        yield bools.ravel().tolist()
        yield np.repeat(integers, 2)[::2]


def in_dtype(x, dtype):
    return tf.constant(np.asarray(x).astype(dtype))


@pytest.mark.parametrize("dtype", INEXACT)
@pytest.mark.parametrize("row", [pytest.param(r, id=r["name"]) for r in BINARY])
@pytest.mark.parametrize("shape", [(), (3,)])
def test_integers_and_bools_take_the_tensors_dtype_in_functions(row, dtype, shape):
    f = public(row)
    x = tf.constant(np.random.default_rng(seed_of(row["name"])).uniform(0.5, 2, 3), "float64")
    x = tf.cast(x, dtype) if shape else tf.cast(x[0], dtype)
    for operand in (x, tf.Variable(x)):
        for low in low_kinds(shape, seed_of(row["name"], dtype)):
            as_tensor = in_dtype(low, dtype)
            agree(outcome(f, operand, low), outcome(f, x, as_tensor))
            agree(outcome(f, low, operand), outcome(f, as_tensor, x))
    if shape:  # the one that is no tensor is a scalar
        for low in low_kinds((), 1):
            agree(outcome(f, x, low), outcome(f, x, in_dtype(low, dtype)))


@pytest.mark.parametrize("dtype", INEXACT)
@pytest.mark.parametrize("f", OPERATORS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("shape", [(), (3,)])
def test_integers_and_bools_take_the_tensors_dtype_beside_operators(f, dtype, shape):
    x = in_dtype([1.5, 0.5, 2.0], dtype)
    x = x if shape else x[0]
    for operand in (x, tf.Variable(x)):
        for low in low_kinds(shape, seed_of(f.__name__)):
            as_tensor = in_dtype(low, dtype)
            agree(outcome(f, operand, low), outcome(f, x, as_tensor))
            agree(outcome(f, low, operand), outcome(f, as_tensor, x))


@pytest.mark.parametrize(
    "entry",
    [e for e in ENTRIES if len(e.shapes) > 1 and "f" in e.kinds and not e.dtypes],
    ids=lambda e: e.name,
)
def test_integers_take_the_dtype_of_the_other_operands_of_structural_operations(entry):
    arrays = [np.asarray(np.round(2 * x) + 0.0) for x in entry.arrays("float32")]
    expected = entry.function(*map(tf.constant, arrays))
    for k in range(len(arrays)):
        for kind in ("int64", "int16"):
            mixed: list = [tf.constant(x) for x in arrays]
            mixed[k] = arrays[k].astype(kind)
            agree(entry.function(*mixed), expected)


def test_of_functions_made_of_several_operations():
    x = tf.constant([1.0, 2.0, 3.0])
    i, b = np.array([1, 2, 2]), np.array([True, False, True])
    f, t = i.astype("float32"), b.astype("float32")
    agree(tf.clip_by_value(x, np.int64(2), i + 1), tf.clip_by_value(x, 2.0, f + 1))
    agree(tf.clip_by_value(i, tf.constant(1.5), 2), tf.clip_by_value(f, 1.5, 2.0))
    agree(tf.add_n([i, x, b]), tf.add_n([f, x, t]))
    agree(tf.stack([b, x, i]), tf.stack([t, x, f]))
    agree(tf.concat([[np.int64(1), 2], x, b], 0), tf.concat([[1.0, 2.0], x, t], 0))
    agree(tf.constant([[x[0], np.int64(2)], [np.bool_(True), 1]]), tf.constant([[1.0, 2], [1, 1]]))
    agree(tf.einsum("i,i,i", i, x, b), tf.einsum("i,i,i", f, x, t))
    agree(tf.tensordot(b, x, 1), tf.tensordot(t, x, 1))
    agree(i @ x, tf.tensordot(f, x, 1))
    agree(x @ b, tf.tensordot(x, t, 1))
    agree(tf.matmul(i[None], x[:, None]), tf.matmul(f[None], x[:, None]))
    agree(tf.matmul(x[:, None], b[None]), tf.matmul(x[:, None], t[None]))
    agree(tf.linspace(np.int64(0), x[0], 3), tf.linspace(0.0, 1.0, 3))
    agree(tf.complex(x, i), tf.complex(x, f))
    agree(tf.where(b, x, i), tf.where(b, x, f))
    agree(tf.where(b, True, x), tf.where(b, 1.0, x))
    agree(tf.clip_by_norm(x, np.int64(1)), tf.clip_by_norm(x, 1.0))
    agree(divmod(x, i), divmod(x, f))
    agree(divmod(i, x), divmod(f, x))
    slices = tf.IndexedSlices(x[:, None], [0, 1, 2], [3, 1])
    agree(tf.convert_to_tensor(slices) * i[:, None], slices * i[:, None])
    agree(tf.convert_to_tensor(i[:, None] * slices), slices * i[:, None])


def test_values_that_the_dtype_does_not_hold_are_rounded_as_by_numpy():
    big = np.array([2**53 + 1, 2**62, -(2**63)])
    x = tf.ones(3, "float32")
    assert_same_bits((x * big).numpy(), big.astype("float32"))
    assert_same_bits((x * np.uint64(2**64 - 1)).numpy()[0], np.float32(2.0**64))
    half = (tf.ones(1, "float16") * np.array([100_000])).numpy()
    assert np.isposinf(half).all()


def test_bools_take_the_dtype_of_integers_too():
    x = tf.constant([1, 2, 3], "int8")
    for given in (True, np.bool_(True), np.array([True] * 3)):
        agree(x * given, x)
        agree(given * x, x)


def test_tensors_that_do_not_mix_are_refused_as_before():
    floats, integers, bools = tf.ones(2), tf.ones(2, "int32"), tf.ones(2, "bool")
    for a, b in ((floats, integers), (floats, bools), (integers, bools)):
        for x, y in ((a, b), (b, a), (tf.Variable(a), b), (a, list(b))):
            for f in (*OPERATORS, tf.maximum, lambda x, y: tf.where([True, False], x, y)):
                with pytest.raises(TypeError):
                    f(x, y)
            for join in (tf.stack, lambda xs: tf.concat(xs, 0), lambda xs: tf.einsum("i,i", *xs)):
                with pytest.raises(TypeError):
                    join([x, y])


def test_floats_of_numpy_go_on_promoting():
    x = tf.constant([1.0, 2.0])
    assert (x * np.array([1.0, 2.0])).dtype == tf.float64
    assert (np.float64(2) * x).dtype == tf.float64
    assert (x * np.float32(2)).dtype == tf.float32
    assert (tf.ones(2, "float16") * np.float32(2)).dtype == tf.float32
    assert (x * np.array([1j, 1])).dtype == tf.complex128
    assert tf.stack([x, np.ones(2)]).dtype == tf.float64


def test_gradients_go_through():
    i, b = np.array([1, 2, 3]), np.array([True, False, True])

    def loss(x):
        return tf.reduce_sum(i * x**i * b + tf.where(b, x, i) / np.int64(2)) - (b - x) @ i

    x = np.array([1.0, 2.0, 0.5])
    found = tf.func.grad(loss)(x)
    exact = i**2 * x ** (i - 1) * b + b / 2 + i
    np.testing.assert_allclose(found.numpy(), exact, rtol=1e-14)
