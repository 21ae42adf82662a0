"""matmul and tensordot: values, batches, transposition, gradients, small and large sizes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_c as tf

# Around what a small kernel may cover (up to 64 on a side) and beyond it.
SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100, 129]


def normal(*shape, seed=0, dtype="float64"):
    random = np.random.default_rng(seed)
    array = random.normal(size=shape)
    if dtype.startswith("complex"):
        array = array + 1j * random.normal(size=shape)
    return array.astype(dtype)


def tolerance(dtype):
    return {"rtol": 1e-4, "atol": 1e-3} if dtype in ("float32", "complex64") else {"rtol": 1e-10}


# ------------------------------------------------------------------ values


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_square_matrices_of_many_sizes(size, dtype):
    a, b = normal(size, size, dtype=dtype), normal(size, size, seed=1, dtype=dtype)
    product = tf.matmul(tf.constant(a), tf.constant(b))
    assert product.dtype == dtype
    np.testing.assert_allclose(product.numpy(), a @ b, **tolerance(dtype))


@settings(max_examples=100)
@given(st.tuples(*[st.integers(0, 80)] * 3), st.booleans(), st.booleans())
def test_matrices_of_any_size_with_any_transposition(sizes, transpose_a, transpose_b):
    n, k, m = sizes
    a = normal(k, n) if transpose_a else normal(n, k)
    b = normal(m, k, seed=1) if transpose_b else normal(k, m, seed=1)
    product = tf.matmul(
        tf.constant(a), tf.constant(b), transpose_a=transpose_a, transpose_b=transpose_b
    )
    expected = (a.T if transpose_a else a) @ (b.T if transpose_b else b)
    assert product.shape == (n, m)
    np.testing.assert_allclose(product.numpy(), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "float16"])
def test_matrices_of_other_dtypes(dtype):
    a, b = np.arange(6).reshape(2, 3).astype(dtype), np.arange(12).reshape(3, 4).astype(dtype)
    product = tf.matmul(tf.constant(a), tf.constant(b))
    assert product.dtype == dtype
    np.testing.assert_array_equal(product.numpy(), a @ b)


@pytest.mark.parametrize("wide", ["int32", "int64"])
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16"])
def test_products_of_small_integers_do_not_wrap_in_a_wider_dtype(dtype, wide):
    limits = np.iinfo(dtype)
    count = 3 if wide == "int32" and limits.bits == 16 else 100  # whose sum it holds
    signs = np.where(np.arange(count) % 2, limits.min, limits.max)
    low, high = np.full(count, limits.min), np.full(count, limits.max)
    for left, right in ((low, low), (low, high), (signs, low), (signs[::-1], signs)):
        a, b = np.stack([left, right]), np.stack([right, left], 1)
        exact = a @ b
        if np.abs(exact).max() > np.iinfo(wide).max:
            continue  # unsigned
        a, b = tf.constant(a.astype(dtype)), tf.constant(b.astype(dtype))
        for product in (
            tf.matmul(a, b, output_type=wide),
            tf.matmul(a, tf.transpose(b), transpose_b=True, output_type=wide),
            tf.matmul(a[None], b, output_type=getattr(tf, wide))[0],
        ):
            assert product.dtype == wide
            np.testing.assert_array_equal(product.numpy(), exact)
        np.testing.assert_array_equal((a @ b).numpy(), exact.astype(dtype))  # in its own it does


def test_an_inner_size_of_zero_gives_zeros():
    product = tf.matmul(tf.ones([2, 0]), tf.ones([0, 3]))
    np.testing.assert_array_equal(product.numpy(), np.zeros((2, 3)))
    assert tf.matmul(tf.ones([0, 2]), tf.ones([2, 3])).shape == (0, 3)
    assert tf.matmul(tf.ones([4, 2, 0]), tf.ones([4, 0, 3])).shape == (4, 2, 3)


BATCHES = [
    ((2, 3, 4), (2, 4, 5)),
    ((2, 3, 4), (4, 5)),
    ((3, 4), (2, 4, 5)),
    ((1, 3, 4), (2, 4, 5)),
    ((2, 1, 3, 4), (5, 4, 2)),
    ((2, 5, 3, 4), (2, 5, 4, 2)),
    ((2, 5, 3, 4), (1, 5, 4, 2)),
    ((2, 5, 3, 4), (4, 2)),
    ((0, 3, 4), (4, 5)),
    ((2, 70, 66), (66, 68)),
    ((3, 1, 65), (3, 65, 1)),
    ((100, 2, 2), (100, 2, 2)),
]


@pytest.mark.parametrize(("shape_a", "shape_b"), BATCHES)
def test_batches_broadcast(shape_a, shape_b):
    a, b = normal(*shape_a), normal(*shape_b, seed=1)
    product = tf.matmul(tf.constant(a), tf.constant(b))
    np.testing.assert_allclose(product.numpy(), a @ b, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("shape_a", "shape_b"), BATCHES)
def test_batches_broadcast_with_both_transposed(shape_a, shape_b):
    a, b = normal(*shape_a), normal(*shape_b, seed=1)
    product = tf.matmul(
        tf.constant(a.swapaxes(-1, -2)),
        tf.constant(b.swapaxes(-1, -2)),
        transpose_a=True,
        transpose_b=True,
    )
    np.testing.assert_allclose(product.numpy(), a @ b, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("size", [5, 70])
def test_views_of_any_strides_are_multiplied(size):
    a, b = normal(2 * size, 2 * size), normal(2 * size, 2 * size, seed=1)
    views = [
        lambda t: t[:size, :size],
        lambda t: t[::2, ::2],
        lambda t: t[::-2, :size],
        lambda t: t[:size, ::-2],
        lambda t: t[size:, size:].T,
        lambda t: t[::2, size:].T,
    ]
    s, t = tf.constant(a), tf.constant(b)
    for left in views:
        for right in views:
            product = tf.matmul(left(s), right(t))
            np.testing.assert_allclose(product.numpy(), left(a) @ right(b), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("size", [3, 70])
def test_broadcast_operands_are_multiplied(size):
    row, b = normal(1, size), normal(size, size, seed=1)
    wide = tf.broadcast_to(tf.constant(row), [size, size])
    expected = np.broadcast_to(row, (size, size)) @ b
    np.testing.assert_allclose(tf.matmul(wide, tf.constant(b)).numpy(), expected, rtol=1e-9)
    expected = b @ np.broadcast_to(row, (size, size)).T
    product = tf.matmul(tf.constant(b), wide, transpose_b=True)
    np.testing.assert_allclose(product.numpy(), expected, rtol=1e-9)


@pytest.mark.parametrize("size", [3, 70])
def test_adjoints(size):
    a, b = normal(size, size, dtype="complex128"), normal(size, size, seed=1, dtype="complex128")
    s, t = tf.constant(a), tf.constant(b)
    expected = a.conj().T @ b
    np.testing.assert_allclose(tf.matmul(s, t, adjoint_a=True).numpy(), expected, rtol=1e-9)
    expected = a @ b.conj().T
    np.testing.assert_allclose(tf.matmul(s, t, adjoint_b=True).numpy(), expected, rtol=1e-9)


def test_special_values_are_not_lost():
    a = np.array([[np.inf, 0.0], [np.nan, 1.0]])
    product = tf.matmul(tf.constant(a), tf.constant(np.eye(2)))
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(product.numpy(), a @ np.eye(2))


def test_the_result_is_the_same_each_time():
    for size in (30, 200):
        s, t = tf.constant(normal(size, size)), tf.constant(normal(size, size, seed=1))
        first = tf.matmul(s, t).numpy().tobytes()
        assert all(tf.matmul(s, t).numpy().tobytes() == first for _ in range(5))


# ------------------------------------------------------------------ gradients


@pytest.mark.parametrize("transpose_a", [False, True])
@pytest.mark.parametrize("transpose_b", [False, True])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_the_gradient_with_any_transposition(transpose_a, transpose_b, dtype, check_gradient):
    a = normal(3, 2, dtype=dtype) if transpose_a else normal(2, 3, dtype=dtype)
    b = normal(4, 3, seed=1, dtype=dtype) if transpose_b else normal(3, 4, seed=1, dtype=dtype)
    check_gradient(
        lambda s, t: tf.matmul(s, t, transpose_a=transpose_a, transpose_b=transpose_b), a, b
    )


@pytest.mark.parametrize("adjoint", ["adjoint_a", "adjoint_b"])
def test_the_gradient_with_an_adjoint(adjoint, check_gradient):
    a, b = normal(3, 3, dtype="complex128"), normal(3, 3, seed=1, dtype="complex128")
    check_gradient(lambda s, t: tf.matmul(s, t, **{adjoint: True}), a, b)


@pytest.mark.parametrize(("shape_a", "shape_b"), [pair for pair in BATCHES if pair[0][-1] < 10][:9])
def test_the_gradient_of_batches(shape_a, shape_b, check_gradient):
    check_gradient(tf.matmul, normal(*shape_a), normal(*shape_b, seed=1), atol=1e-7)


@pytest.mark.parametrize("size", [5, 63, 64, 65, 130])
@pytest.mark.parametrize("transpose_a", [False, True])
@pytest.mark.parametrize("transpose_b", [False, True])
def test_the_gradient_of_many_sizes_against_its_formula(size, transpose_a, transpose_b):
    a, b, upstream = (normal(size, size, seed=seed) for seed in range(3))
    s, t = tf.constant(a), tf.constant(b)
    with tf.GradientTape() as tape:
        tape.watch([s, t])
        y = tf.matmul(s, t, transpose_a=transpose_a, transpose_b=transpose_b)
    by_a, by_b = tape.gradient(y, [s, t], output_gradients=tf.constant(upstream))
    left, right = (a.T if transpose_a else a), (b.T if transpose_b else b)
    by_left, by_right = upstream @ right.T, left.T @ upstream
    expected_a = by_left.T if transpose_a else by_left
    expected_b = by_right.T if transpose_b else by_right
    np.testing.assert_allclose(by_a.numpy(), expected_a, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(by_b.numpy(), expected_b, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("size", [3, 70])
def test_the_second_derivative(size):
    a, b = normal(size, size), normal(size, size, seed=1)
    s, t = tf.constant(a), tf.constant(b)
    with tf.GradientTape() as outer:
        outer.watch([s, t])
        with tf.GradientTape() as inner:
            inner.watch([s, t])
            y = tf.reduce_sum(tf.matmul(s, t) ** 2)
        by_s = inner.gradient(y, s)  # 2 s t t'
    by_ss, by_st = outer.gradient(by_s, [s, t])
    ones = np.ones((size, size))
    np.testing.assert_allclose(by_ss.numpy(), 2 * ones @ b @ b.T, rtol=1e-8, atol=1e-8)
    expected = 2 * (a.T @ ones @ b + (ones.T @ a @ b))
    np.testing.assert_allclose(by_st.numpy(), expected, rtol=1e-8, atol=1e-8)


def test_the_same_matrix_on_both_sides(check_gradient):
    check_gradient(lambda s: tf.matmul(s, s), normal(3, 3))
    check_gradient(lambda s: tf.matmul(s, s, transpose_b=True), normal(3, 4))


def test_the_gradient_through_views(check_gradient):
    check_gradient(
        lambda s, t: tf.matmul(s[::-1, 1:].T, t[:, ::2]), normal(3, 4), normal(3, 5, seed=1)
    )


def test_a_dense_network_against_central_differences(check_gradient):
    x = tf.constant(normal(4, 5))

    def loss(w1, b1, w2, b2):
        hidden = tf.tanh(tf.matmul(x, w1) + b1)
        return tf.reduce_mean((tf.matmul(hidden, w2) + b2) ** 2)

    check_gradient(
        loss, normal(5, 6, seed=1), normal(6, seed=2), normal(6, 1, seed=3), normal(1, seed=4)
    )


# ------------------------------------------------------------------ tensordot

TENSORDOT = [
    ((3,), (3,), 1),
    ((2,), (3,), 0),
    ((2, 3), (3, 4), 1),
    ((2, 3), (2, 3), 2),
    ((2, 3), (4,), 0),
    ((2, 3), (3, 2), [[0], [1]]),
    ((2, 3), (3, 2), [[0, 1], [1, 0]]),
    ((2, 3, 4), (4, 3, 5), [[1, 2], [1, 0]]),
    ((2, 3, 4), (4, 3, 5), [[2, 1], [0, 1]]),
    ((2, 3, 4), (5, 2), [[0], [1]]),
    ((2, 3, 4), (5, 2), [0, 1]),
    ((2, 3, 4), (5, 2), (0, -1)),
    ((2, 3, 4), (3, 4, 5), 2),
    ((2, 3, 4), (3,), [[1], [0]]),
    ((), (2, 3), 0),
    ((2, 3), (3, 2), [[], []]),
    ((2, 0), (0, 3), 1),
]


def axes_for_numpy(axes):
    return axes if isinstance(axes, int) else tuple(axes)


@pytest.mark.parametrize(("shape_a", "shape_b", "axes"), TENSORDOT)
def test_tensordot(shape_a, shape_b, axes, check_gradient):
    a, b = normal(*shape_a), normal(*shape_b, seed=1)
    result = tf.tensordot(tf.constant(a), tf.constant(b), axes)
    np.testing.assert_allclose(result.numpy(), np.tensordot(a, b, axes_for_numpy(axes)), rtol=1e-12)
    check_gradient(lambda s, t: tf.tensordot(s, t, axes), a, b)


def test_a_large_tensordot():
    a, b = normal(20, 30, 40), normal(40, 30, 25, seed=1)
    result = tf.tensordot(tf.constant(a), tf.constant(b), [[1, 2], [1, 0]])
    expected = np.tensordot(a, b, [[1, 2], [1, 0]])
    np.testing.assert_allclose(result.numpy(), expected, rtol=1e-9, atol=1e-9)


# ------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    ("shape_a", "shape_b"),
    [
        ((2, 3), (2, 3)),
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((), (2, 2)),
        ((2, 2, 3), (3, 3, 2)),
        ((4, 5), (6, 5)),
    ],
)
def test_shapes_that_cannot_be_multiplied_are_an_error(shape_a, shape_b):
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        tf.matmul(tf.ones(shape_a), tf.ones(shape_b))
    assert isinstance(error.value, ValueError)


@pytest.mark.parametrize(
    ("a", "b"), [("int32", "float32"), ("bool", "float32"), ("bool", "bool"), ("uint64", "int64")]
)
def test_dtypes_that_cannot_be_multiplied_are_an_error(a, b):
    with pytest.raises(TypeError):
        tf.matmul(tf.ones([2, 2], a), tf.ones([2, 2], b))


def test_transpose_and_adjoint_exclude_each_other():
    with pytest.raises(ValueError):
        tf.matmul(tf.ones([2, 2]), tf.ones([2, 2]), transpose_a=True, adjoint_a=True)
    with pytest.raises(ValueError):
        tf.matmul(tf.ones([2, 2]), tf.ones([2, 2]), transpose_b=True, adjoint_b=True)


@pytest.mark.parametrize(
    "axes", [3, -1, [[0, 1], [0]], [[0], [2]], [[5], [0]], [[0, 0], [0, 1]], [[1], [1], [1]], "a"]
)
def test_axes_of_tensordot_that_make_no_sense_are_an_error(axes):
    with pytest.raises((ValueError, TypeError, IndexError)):
        tf.tensordot(tf.ones([2, 3]), tf.ones([3, 2]), axes)


def test_sizes_that_differ_in_tensordot_are_an_error():
    with pytest.raises(ValueError):
        tf.tensordot(tf.ones([2, 3]), tf.ones([2, 3]), 1)
