"""bfloat16: stored as such, computed in float32, by every operation that takes float16."""

from __future__ import annotations

import copy
import pickle
import sys

import numpy as np
import pytest

import autograd_c as tf

from ..entries import ENTRIES
from ..operations import ROWS, arguments, public

ULP = 2.0**-8


def rounded(a):
    """The nearest bfloat16 of float32 numbers, in float32; ties to even."""
    bits = np.asarray(a, np.float32).view(np.uint32)
    kept = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16) << 16
    return np.where(np.isnan(a), np.float32(np.nan), kept.astype(np.uint32).view(np.float32))


def brain(a):
    return tf.cast(tf.constant(np.asarray(a, np.float32)), tf.bfloat16)


def wide(t):
    return tf.cast(t, tf.float32)


def plain(t):
    """Elements, in float32."""
    assert t.dtype == tf.bfloat16
    return wide(t).numpy()


def gradients(function, inputs, weights):
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        results = function(*inputs)
        results = results if isinstance(results, (list, tuple)) else [results]
        results = [y for y in results if y.dtype.is_floating]
        total = tf.add_n([tf.reduce_sum(wide(y) * w) for y, w in zip(results, weights)])
    return tape.gradient(total, inputs)


def check(function, arrays, differentiable, ulps):
    """The same function of the same numbers in float32, rounded."""
    inputs = [brain(a) for a in arrays]
    expected = function(*map(wide, inputs))
    try:
        found = function(*inputs)
    except (TypeError, ImportError) as error:
        if "'bfloat16' not understood" in str(error) or "ml_dtypes" in str(error):
            pytest.skip("the test asks NumPy for such an array")
        raise
    lists = isinstance(expected, (list, tuple))
    floats = []
    for y, z in zip(found, expected) if lists else [(found, expected)]:
        assert y.shape == z.shape
        if z.dtype != tf.float32:
            if not z.dtype.is_floating and not z.dtype.is_complex:
                assert y.dtype == z.dtype
            continue
        assert y.dtype == tf.bfloat16
        floats.append(z)
        with np.errstate(all="ignore"):
            np.testing.assert_allclose(
                plain(y), rounded(z.numpy()), rtol=ulps * ULP, atol=ulps * ULP / 8
            )
    if differentiable and floats:
        weights = [np.float32(0.5) + np.arange(z.size).reshape(z.shape) % 3 for z in floats]
        weights = [tf.constant(w, tf.float32) for w in weights]
        slopes = gradients(function, inputs, weights)
        for g, h in zip(slopes, gradients(function, [wide(x) for x in inputs], weights)):
            assert (g is None) == (h is None)
            if g is not None:
                g, h = tf.convert_to_tensor(g), tf.convert_to_tensor(h)
                size = max(1.0, float(np.max(np.abs(h), initial=0.0)))
                with np.errstate(all="ignore"):
                    np.testing.assert_allclose(plain(g), h, rtol=8 * ULP, atol=8 * ULP * size)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if "f" in row["kinds"]], ids=lambda row: row["name"]
)
def test_elementwise(row):
    arrays = arguments(row, [(7,)] * row["arity"], np.float32)
    check(public(row), arrays, bool(row["differentiable"]), 0)


@pytest.mark.parametrize(
    "entry", [e for e in ENTRIES if "float16" in e.accepted()], ids=lambda e: e.name
)
def test_entries(entry):
    check(entry.function, entry.arrays("float32"), entry.differentiable, 8)


# ---------------------------------------------------------------- conversions


def test_every_bfloat16_comes_back():
    bits = np.arange(2**16, dtype=np.uint32)
    floats = (bits << 16).astype(np.uint32).view(np.float32)
    back = plain(brain(floats))
    nan = np.isnan(floats)
    assert np.isnan(back[nan]).all()
    np.testing.assert_array_equal(back[~nan].view(np.uint32), floats[~nan].view(np.uint32))


def test_rounding():
    random = np.random.default_rng(0)
    x = random.integers(0, 2**32, 50_000, dtype=np.uint32).view(np.float32)
    ties = (random.integers(0, 2**16, 5_000, dtype=np.uint32) << 16 | 0x8000).view(np.float32)
    for a in (x, ties, np.nextafter(ties, np.float32(0)), np.float32([0, -0.0, np.inf, -np.inf])):
        np.testing.assert_array_equal(plain(brain(a)), rounded(a))
    # From float64 at once: a number just above a tie, which float32 cannot tell from it.
    assert plain(tf.cast(tf.constant(1 + 2.0**-8 + 2.0**-40, tf.float64), tf.bfloat16)) == 1 + 2**-7
    assert plain(tf.constant([1 + 2.0**-8 + 2.0**-40], tf.bfloat16))[0] == 1 + 2**-7
    assert plain(tf.constant(3.4e38, tf.bfloat16)) == np.inf


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int64", "float16", "complex64"])
def test_other_dtypes(dtype):
    x = tf.constant(np.array([0, 1, 3, 100]).astype(dtype))
    y = tf.cast(x, tf.bfloat16)
    np.testing.assert_array_equal(plain(y), np.real(x.numpy()).astype("float32"))
    np.testing.assert_array_equal(tf.cast(y, dtype), x)


# ---------------------------------------------------------------- tensors


def test_making():
    for t in (
        *(tf.constant([1, 2.5], tf.bfloat16), tf.convert_to_tensor([1, 2.5], "bfloat16")),
        *(tf.constant(np.float64([1, 2.5]), tf.bfloat16), tf.Variable([1, 2.5], dtype="bfloat16")),
        tf.stack([tf.constant(1.0, tf.bfloat16), 2.5]),
    ):
        assert t.dtype is tf.bfloat16
        np.testing.assert_array_equal(wide(t), [1, 2.5])
    assert tf.zeros([2], tf.bfloat16).dtype == tf.ones([2], "bfloat16").dtype == tf.bfloat16
    np.testing.assert_array_equal(plain(tf.eye(2, dtype=tf.bfloat16)), np.eye(2))
    np.testing.assert_array_equal(plain(tf.range(3, dtype=tf.bfloat16)), [0, 1, 2])
    a = tf.constant([1.5, 2.0], tf.bfloat16)
    assert tf.linspace(a[0], a[1], 3).dtype == tf.bfloat16
    with pytest.raises(TypeError):
        tf.constant([1j], tf.bfloat16)


def test_leaving():
    t = tf.constant([1.0, 2.5], tf.bfloat16)
    assert repr(t) == (
        "<tf.Tensor: shape=(2,), dtype=bfloat16, numpy=array([1. , 2.5], dtype=bfloat16)>"
    )
    assert str(t[0]) == "tf.Tensor(1.0, shape=(), dtype=bfloat16)"
    assert t.tolist() == [1.0, 2.5] and t[1].item() == 2.5
    assert float(t[1]) == 2.5 and int(t[1]) == 2 and bool(t[0]) and f"{t[1]:.2f}" == "2.50"
    assert "dtype=bfloat16" in repr(tf.Variable(t))
    for other in (
        pickle.loads(pickle.dumps(t)),
        copy.deepcopy(t),
        pickle.loads(pickle.dumps(t, 2)),
    ):
        assert other.dtype == tf.bfloat16 and other.tolist() == [1.0, 2.5]
    with pytest.raises(BufferError):
        memoryview(t)
    np.testing.assert_array_equal(np.asarray(t, np.float32), [1.0, 2.5])


def test_without_ml_dtypes(monkeypatch):
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    t = tf.constant([1.0], tf.bfloat16)
    for ask in (t.numpy, lambda: tf.bfloat16.as_numpy_dtype, lambda: np.asarray(t)):
        with pytest.raises(ImportError, match="pip install ml_dtypes"):
            ask()


def test_arrays():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    t = tf.constant([[1.0, 2.5]], tf.bfloat16)
    a = t.numpy()
    assert a.dtype == ml_dtypes.bfloat16 and a.flags.writeable
    assert tf.constant(a).dtype == tf.bfloat16 and tf.constant(a[0, 1]).item() == 2.5
    np.testing.assert_array_equal(wide(tf.constant(a.T)), [[1.0], [2.5]])
    assert type(t[0, 0].numpy()) is ml_dtypes.bfloat16
    assert tf.as_dtype(ml_dtypes.bfloat16) is tf.as_dtype(a.dtype) is tf.bfloat16
    assert tf.bfloat16 == a.dtype and np.asarray(t).dtype == a.dtype


def test_the_dtype():
    b = tf.bfloat16
    assert b is tf.as_dtype("bfloat16") is tf.dtypes.bfloat16 and repr(b) == "tf.bfloat16"
    assert b.is_floating and not b.is_complex and b.size == 2 and b.real_dtype is b
    assert b.max == -b.min == (2 - 2**-7) * 2.0**127 and b.limits == (0, 1)
    assert pickle.loads(pickle.dumps(b)) is b and {b: 1}[tf.bfloat16] == 1
    assert b != tf.float16 and b != "float16" and b == "bfloat16" and b != np.dtype("float16")
    promote = tf.dtypes.promote
    assert promote(b, b) is b and promote(b, "float16") is tf.float32 is promote("float16", b)
    assert promote(b, "float64") is tf.float64 and promote("complex64", b) is tf.complex64
    with pytest.raises(TypeError):
        promote(b, "int32")


def test_beside_numbers_and_tensors():
    t = tf.constant([1.0, 2.0], tf.bfloat16)
    assert (t * 2).dtype == (2.5 - t).dtype == (t**2).dtype == (-t).dtype == tf.bfloat16
    assert (t * tf.ones(2)).dtype == tf.float32
    assert (t * tf.ones(2, tf.float16)).dtype == tf.float32
    assert (t * 1j).dtype == tf.complex64
    assert (t > 1.5).tolist() == [False, True]


# ---------------------------------------------------------------- derivatives


def test_derivatives_of_all_kinds():
    x = tf.constant([0.5, 1.5], tf.bfloat16)

    def f(x):
        return tf.reduce_sum(x * x * x)

    np.testing.assert_array_equal(plain(tf.func.grad(f)(x)), [0.75, 6.75])
    np.testing.assert_array_equal(plain(tf.func.hessian(f)(x)), [[3, 0], [0, 9]])
    with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as forward:
        y = f(x)
    assert forward.jvp(y).dtype == tf.bfloat16 and forward.jvp(y) == 7.5
    theoretical, numerical = tf.test.compute_gradient(tf.square, [x])
    np.testing.assert_allclose(theoretical[0], numerical[0], atol=0.05)
    found = tf.vectorized_map(lambda v: v * x, x)
    np.testing.assert_array_equal(plain(found), [[0.25, 0.75], [0.75, 2.25]])


def test_sums_are_of_float32():
    ones = tf.ones([1000], tf.bfloat16)
    assert tf.reduce_sum(ones) == 1000 and tf.reduce_mean(ones) == 1
    assert tf.tensordot(ones, ones, 1) == 1000
    assert tf.reduce_prod(tf.fill([100], tf.constant(1.0078125, tf.bfloat16))).item() > 2


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_optimizers(name):
    v, w = tf.Variable([1.0, 2.0], dtype=tf.bfloat16), tf.Variable([1.0, 2.0])
    for variable in (v, w):
        optimizer = getattr(tf.optimizers, name)(0.125)
        for _ in range(3):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(variable * variable)
            optimizer.apply_gradients([(tape.gradient(loss, variable), variable)])
    assert v.dtype == tf.bfloat16
    np.testing.assert_allclose(wide(v), w, rtol=0.02)


def test_rows_are_gathered_and_put():
    x = tf.Variable(np.arange(6.0).reshape(3, 2), dtype=tf.bfloat16)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(tf.gather(x, [0, 0, 2]))
    np.testing.assert_array_equal(
        plain(tf.convert_to_tensor(tape.gradient(y, x))), [[2, 2], [0, 0], [1, 1]]
    )
    x.assign_add(tf.ones([3, 2], tf.bfloat16))
    assert wide(x)[2, 1] == 6.0


def test_checks():
    t = tf.constant([1.0, np.nan, np.inf], tf.bfloat16)
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.debugging.check_numerics(t, "")
    assert tf.math.is_nan(t).tolist() == [False, True, False]
    tf.debugging.assert_near(tf.constant(1.0, tf.bfloat16), tf.constant(1.0625, tf.bfloat16))


def test_bits_and_bounds():
    x = tf.constant([1.0, -2.5], tf.bfloat16)
    assert tf.bitcast(x, tf.uint16).tolist() == [0x3F80, 0xC020]
    back = tf.bitcast(tf.constant([0x3F80, 0xC020], tf.uint16), tf.bfloat16)
    assert back.dtype == tf.bfloat16 and back.tolist() == [1.0, -2.5]
    assert tf.bitcast(x, tf.float32).shape == ()
    assert tf.saturate_cast(3.4e38, tf.bfloat16) == tf.bfloat16.max
    assert tf.saturate_cast(tf.constant([300.0, -1.0], tf.bfloat16), tf.uint8).tolist() == [255, 0]
    assert tf.saturate_cast(tf.constant(100000.0, tf.bfloat16), tf.float16) == tf.float16.max


def test_random_numbers():
    for draw in (tf.random.normal, tf.random.uniform, tf.random.truncated_normal):
        found = draw([1000], dtype=tf.bfloat16)
        assert found.dtype == tf.bfloat16 and len(set(found.tolist())) > 100
    assert max(tf.random.uniform([1000], dtype=tf.bfloat16).tolist()) < 1
