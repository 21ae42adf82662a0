"""Norms and clipping by them: tf.norm, tf.clip_by_norm, tf.clip_by_global_norm, global_norm.

Every number at a kink is what TensorFlow 2.21 answers, but for those that say so.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd_c as tf

from ..derivatives import check_derivatives, gradient_of

inf, nan = math.inf, math.nan

MATRIX = np.array([[1.0, -2.0, 3.0], [4.0, -5.0, 6.5]])
COMPLEX = np.array([[1 + 2j, 3 - 1j, 0.5j], [2 - 2j, 1.5, -1 + 1j]])
BATCH = np.random.default_rng(0).normal(size=(2, 3, 4))


def gradient(f, *arrays):
    """The gradients by float64 or complex arrays; of one array, its own."""
    sources = [tf.constant(np.asarray(a)) for a in arrays]
    with tf.GradientTape() as tape:
        tape.watch(sources)
        y = f(*sources)
    answer = [g.numpy() for g in tape.gradient(y, sources)]
    return answer[0] if len(answer) == 1 else answer


def same(actual, expected, rtol=1e-6, atol=1e-12):
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol)


# ------------------------------------------------------------------ norm: values

VECTOR_ORDERS = ["euclidean", 1, 2, 3, 1.5, 0.5, inf]
MATRIX_ORDERS = ["euclidean", "fro", 1, 2, inf]


@pytest.mark.parametrize("x", [MATRIX, COMPLEX, BATCH], ids=["real", "complex", "batch"])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("ord", VECTOR_ORDERS)
def test_vector_norms_have_numpys_values(x, ord, axis, keepdims):
    expected = np.linalg.norm(x, 2 if ord == "euclidean" else ord, axis, keepdims)
    same(tf.norm(x, ord, axis, keepdims), expected)


@pytest.mark.parametrize("x", [MATRIX, COMPLEX, BATCH], ids=["real", "complex", "batch"])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [[0, 1], (1, 0), (-2, -1), (-1, 0)])
@pytest.mark.parametrize("ord", MATRIX_ORDERS)
def test_matrix_norms_have_numpys_values(x, ord, axis, keepdims):
    expected = np.linalg.norm(x, "fro" if ord == "euclidean" else ord, tuple(axis), keepdims)
    same(tf.norm(x, ord, axis, keepdims), expected)


def test_without_axes_all_elements_are_one_vector():
    same(tf.norm(MATRIX), np.linalg.norm(MATRIX.ravel()))
    same(tf.norm(MATRIX, 1), 21.5)
    same(tf.norm(MATRIX, inf), 6.5)
    assert tf.norm(MATRIX, keepdims=True).shape == (1, 1)


def test_norm_is_in_linalg_too():
    assert tf.norm is tf.linalg.norm


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_norm_keeps_the_dtype(dtype):
    y = tf.norm(tf.constant([3.0, 4.0], dtype))
    assert y.dtype == dtype
    assert float(y) == 5.0


def test_the_euclidean_norm_of_complex_numbers_is_complex_and_the_others_are_real():
    assert tf.norm(COMPLEX).dtype == tf.complex128
    assert tf.norm(COMPLEX, axis=0).dtype == tf.complex128
    for ord in (1, 3, inf):
        assert tf.norm(COMPLEX, ord).dtype == tf.float64
    assert tf.norm(COMPLEX, 2, axis=[0, 1]).dtype == tf.float64


def test_integers_have_norms_without_roots():
    assert tf.norm([3, -4], 1).numpy() == 7
    assert tf.norm([3, -4], inf).numpy() == 4
    for ord in ("euclidean", 2):
        with pytest.raises(tf.errors.InvalidArgumentError):
            tf.norm([3, 4], ord)


@pytest.mark.parametrize("ord", ["euclidean", 1, inf])
def test_bools_have_no_norm(ord):
    with pytest.raises(TypeError, match="bool"):
        tf.norm([True], ord)


def test_norms_of_no_elements():
    assert tf.norm(tf.zeros([0])).numpy() == 0
    assert tf.norm(tf.zeros([0]), 1).numpy() == 0
    assert tf.norm(tf.zeros([0]), inf).numpy() == -inf
    assert tf.norm(tf.zeros([0, 2]), 2, axis=[0, 1]).numpy() == -inf
    assert tf.norm(tf.zeros([3, 0, 2]), axis=[1, 2]).numpy().tolist() == [0, 0, 0]


def test_norms_of_what_is_not_finite():
    for ord in (2, 1, 3, inf):
        assert math.isnan(tf.norm([nan, 1.0], ord))
        assert tf.norm([inf, 1.0], ord) == inf
    one = np.eye(2)
    y = tf.norm([one, [[nan, 0.0], [0.0, 1.0]], 3 * one], 2, axis=[1, 2])
    same(y, [1, nan, 3])


def test_norm_of_a_variable_is_watched():
    v = tf.Variable([3.0, 4.0])
    with tf.GradientTape() as tape:
        y = tf.norm(v)
    same(tape.gradient(y, v), [0.6, 0.8])


@pytest.mark.parametrize("axis", [None, 0, -1])
@pytest.mark.parametrize("ord", ["fro", "nuc", 0, -1, 0.0, -inf, nan, None, [1]])
def test_other_orders_of_vectors_are_errors(ord, axis):
    with pytest.raises(ValueError, match="'ord' of a vector norm must be .* got"):
        tf.norm(MATRIX, ord, axis)


@pytest.mark.parametrize("ord", ["nuc", 0, -1, -2, 3, 2.5, -inf, None])
def test_other_orders_of_matrices_are_errors(ord):
    with pytest.raises(ValueError, match="'ord' of a matrix norm must be .* got"):
        tf.norm(MATRIX, ord, [0, 1])


@pytest.mark.parametrize("axis", [[0, 1, 2], [1], [], 1.5, "ab", [0.5, 1]])
def test_axes_are_one_or_two_integers(axis):
    with pytest.raises(ValueError, match="'axis' must be None, an integer, or two different"):
        tf.norm(BATCH, axis=axis)


def test_axes_must_be_there_and_differ():
    with pytest.raises(ValueError, match="axis 5 is out of range for a tensor of rank 3"):
        tf.norm(BATCH, axis=5)
    with pytest.raises(ValueError, match="axis -4 is out of range"):
        tf.norm(BATCH, axis=(0, -4))
    for axis in [(1, 1), (0, -3)]:
        with pytest.raises(ValueError, match="must differ"):
            tf.norm(BATCH, axis=axis)


@pytest.mark.parametrize("axis", [np.int64(1), tf.constant(1), np.array(1)])
def test_any_integer_is_an_axis(axis):
    same(tf.norm(MATRIX, axis=axis), np.linalg.norm(MATRIX, axis=1))


def test_the_spectral_norm_needs_matrices_of_floats():
    for dtype in ("int32", "float16"):
        with pytest.raises(tf.errors.InvalidArgumentError, match=dtype):
            tf.norm(tf.ones([2, 2], dtype), 2, axis=[0, 1])


# ------------------------------------------------------------------ norm: derivatives


@pytest.mark.parametrize("x", [MATRIX, COMPLEX], ids=["real", "complex"])
@pytest.mark.parametrize("axis", [None, 1])
@pytest.mark.parametrize("ord", VECTOR_ORDERS)
def test_derivatives_of_vector_norms(x, ord, axis):
    check_derivatives(lambda x: tf.norm(x, ord, axis), x, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("x", [MATRIX, COMPLEX], ids=["real", "complex"])
@pytest.mark.parametrize("ord", ["fro", 1, inf])
def test_derivatives_of_matrix_norms(x, ord):
    check_derivatives(lambda x: tf.norm(x, ord, [0, 1]), x, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("x", [MATRIX, COMPLEX, BATCH], ids=["real", "complex", "batch"])
def test_derivatives_of_the_spectral_norm(check_gradient, x, turned):
    f = lambda x: tf.norm(x, 2, [-1, -2] if turned else [-2, -1])  # noqa: E731
    check_gradient(f, x)
    upstream = np.ones(f(x).shape)
    check_gradient(lambda x, g: gradient_of(f, 1)(x, g)[0], x, upstream, rtol=1e-5, atol=1e-7)


def test_third_derivative_of_the_spectral_norm():
    def f(x):
        return tf.norm(x * tf.constant([[1.0, 2.0], [0.5, -1.0], [2.0, 3.0]]), 2, [0, 1])

    x = tf.constant([[1.0, 0.3], [-0.5, 0.7], [0.2, 0.9]], tf.float64)
    derivatives = [f]
    for _ in range(3):

        def derived(x, inner=derivatives[-1]):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = tf.reduce_sum(inner(x))
            return tape.gradient(y, x)

        derivatives.append(derived)
    step = 1e-5
    ones = np.ones(x.shape)
    above, below = (derivatives[2](tf.constant(x.numpy() + s * ones)) for s in (step, -step))
    along = (above - below).numpy() / (2 * step)  # the third derivative is symmetric
    same(derivatives[3](x), along, rtol=1e-6)


@pytest.mark.parametrize("ord", ["euclidean", 2, 3, 1.5, 0.5])
def test_roots_of_sums_have_gradient_nan_at_zero(ord):
    same(gradient(lambda x: tf.norm(x, ord), [0.0, 0.0]), [nan, nan])


@pytest.mark.parametrize("ord", [1, inf])
def test_norms_without_roots_have_gradient_zero_at_zero(ord):
    same(gradient(lambda x: tf.norm(x, ord), [0.0, 0.0]), [0, 0])
    same(gradient(lambda x: tf.norm(x, ord), [0j, 0j]), [0, 0])


def test_complex_norms_at_zero():
    same(gradient(tf.norm, [0j, 0j]), [nan + nan * 1j] * 2)


@pytest.mark.parametrize(
    "ord, expected", [(2, [0, 1]), (3, [0, 1]), (1.5, [0, 1]), (1, [0, 1]), (0.5, [nan, 1])]
)
def test_a_zero_among_others(ord, expected):
    same(gradient(lambda x: tf.norm(x, ord), [0.0, 2.0]), expected)


def test_largest_elements_that_tie_share_the_gradient():
    same(gradient(lambda x: tf.norm(x, inf), [5.0, -5.0, 1.0]), [0.5, -0.5, 0])
    same(gradient(lambda x: tf.norm(x, inf), [3 + 4j, 5.0]), [0.3 + 0.4j, 0.5])
    same(gradient(lambda x: tf.norm(x, 2, [0, 1]), np.eye(2)), np.eye(2) / 2)


def test_the_spectral_norm_of_zeros_has_gradient_zero():
    same(gradient(lambda x: tf.norm(x, 2, [0, 1]), np.zeros((2, 3))), np.zeros((2, 3)))


# ------------------------------------------------------------------ global_norm


def test_global_norm():
    assert tf.linalg.global_norm([tf.constant([3.0, 4.0]), tf.constant(12.0)]).numpy() == 13
    assert tf.linalg.global_norm([None, [3.0, 4.0], None]).numpy() == 5
    assert tf.linalg.global_norm(([[3.0]], tf.Variable(4.0))).numpy() == 5


@pytest.mark.parametrize("tensors", [[], [None], (None, None)])
def test_the_global_norm_of_nothing_is_zero(tensors):
    y = tf.linalg.global_norm(tensors)
    assert y.dtype == tf.float32
    assert y.numpy() == 0


def test_dtypes_of_a_global_norm_promote():
    # TensorFlow takes tensors of one dtype alone.
    y = tf.linalg.global_norm([tf.constant(3.0), tf.constant(4.0, tf.float64)])
    assert y.dtype == tf.float64
    assert y.numpy() == 5


@pytest.mark.parametrize(
    "tensors",
    [tf.constant([1.0]), np.ones(2), {"a": 1.0}, "abc", 1.0, (x for x in [1.0])],
    ids=lambda x: type(x).__name__,
)
def test_a_global_norm_is_that_of_a_list(tensors):
    with pytest.raises(TypeError, match="`t_list` must be a list or tuple"):
        tf.linalg.global_norm(tensors)
    with pytest.raises(TypeError, match="`t_list` must be a list or tuple"):
        tf.clip_by_global_norm(tensors, 1.0)


@pytest.mark.parametrize("x", [3, True, 1j])
def test_a_global_norm_is_that_of_floats(x):
    with pytest.raises(tf.errors.InvalidArgumentError, match="floats"):
        tf.linalg.global_norm([x])


def test_derivatives_of_a_global_norm():
    check_derivatives(lambda *xs: tf.linalg.global_norm(xs), MATRIX, np.array([0.5, -1.5]))


def test_a_global_norm_of_zero_has_gradient_nan():
    f = lambda *xs: tf.linalg.global_norm(xs)  # noqa: E731
    for each in gradient(f, [0.0, 0.0], 0.0):
        assert np.isnan(each).all()


# ------------------------------------------------------------------ clip_by_norm

PAIR = np.array([[3.0, 4.0], [0.3, 0.4]])


def test_clip_by_norm():
    same(tf.clip_by_norm(PAIR, 1.0), PAIR / np.linalg.norm(PAIR))
    same(tf.clip_by_norm(PAIR, 1.0, axes=[1]), [[0.6, 0.8], [0.3, 0.4]])
    same(tf.clip_by_norm(PAIR, 1.0, axes=1), [[0.6, 0.8], [0.3, 0.4]])
    same(tf.clip_by_norm(-3.0, 1.0), -1.0)
    same(tf.clip_by_norm(tf.zeros([0]), 1.0), [])


@pytest.mark.parametrize("limit", [5.1, 49.0, 1e10, 1])
def test_what_is_not_clipped_is_unchanged_to_the_last_bit(limit):
    x = np.random.default_rng(0).normal(size=100)
    x /= 1.0001 * np.linalg.norm(x)
    assert tf.clip_by_norm(x, limit).numpy().tolist() == x.tolist()
    [y], _ = tf.clip_by_global_norm([x], limit)
    assert y.numpy().tolist() == x.tolist()


def test_clip_norm_may_differ_from_part_to_part():
    limits = tf.constant([[1.0], [2.0]], tf.float64)
    same(tf.clip_by_norm(PAIR, limits, axes=1), [[0.6, 0.8], [0.3, 0.4]])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("limit", [1, 1.0, tf.constant(1.0), np.float64(1)])
def test_clip_by_norm_keeps_the_dtype(dtype, limit):
    y = tf.clip_by_norm(tf.constant([3.0, 4.0], dtype), limit)
    assert y.dtype == dtype
    same(y, [0.6, 0.8], rtol=1e-3)


def test_a_clip_norm_that_is_not_positive():
    same(tf.clip_by_norm(PAIR, 0.0), np.zeros((2, 2)))
    same(tf.clip_by_norm(PAIR, -1.0), np.zeros((2, 2)))
    same(tf.clip_by_norm([0.0], 0.0), [0])  # TensorFlow: NaN


def test_clip_by_norm_of_what_is_not_finite():
    same(tf.clip_by_norm([inf, 1.0], 1.0), [nan, 0])
    same(tf.clip_by_norm([nan, 1.0], 1.0), [nan, nan])


@pytest.mark.parametrize("x", [[3, 4], [True], [1j]])
def test_only_floats_are_clipped(x):
    with pytest.raises(tf.errors.InvalidArgumentError, match="clip_by_norm.*floats"):
        tf.clip_by_norm(x, 1)


@pytest.mark.parametrize("limit", [np.ones((1, 1, 1)), np.ones(3)])
def test_a_clip_norm_that_does_not_broadcast(limit):
    with pytest.raises(ValueError):
        tf.clip_by_norm(PAIR, limit)


def test_axes_that_are_not_there():
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.clip_by_norm(PAIR, 1.0, axes=3)


@pytest.mark.parametrize("axes", [None, [1], 0])
@pytest.mark.parametrize("limit", [1.0, 2.5, 100.0])
def test_derivatives_of_clip_by_norm(limit, axes):
    check_derivatives(lambda x, n: tf.clip_by_norm(x, n, axes), MATRIX, np.array(limit))


def test_gradients_of_clip_by_norm_at_kinks():
    clip = lambda x: tf.clip_by_norm(x, 1.0)  # noqa: E731
    same(gradient(clip, [0.0, 0.0, 0.0]), [1, 1, 1])
    same(gradient(lambda x: tf.clip_by_norm(x, 5.0), [3.0, 4.0]), [0.16, -0.12])
    same(gradient(lambda x: tf.clip_by_norm(x, 0.0), [3.0, 4.0]), [0, 0])
    same(gradient(clip, 3.0), 0)
    x = [[3.0, 4.0], [0.0, 0.0]]
    same(gradient(lambda x: tf.clip_by_norm(x, 1.0, 1), x), [[0.032, -0.024], [1, 1]])


# ------------------------------------------------------------------ clip_by_global_norm


def test_clip_by_global_norm():
    tensors = [tf.constant([3.0, 4.0]), None, tf.constant(12.0)]
    clipped, norm = tf.clip_by_global_norm(tensors, 6.5)
    assert type(clipped) is list
    same(clipped[0], [1.5, 2])
    assert clipped[1] is None
    same(clipped[2], 6)
    assert norm.numpy() == 13


def test_a_tuple_is_clipped_to_a_list():
    clipped, _ = tf.clip_by_global_norm((tf.constant(2.0),), 1)
    assert type(clipped) is list
    assert clipped[0].numpy() == 1


def test_clip_by_global_norm_of_nothing():
    clipped, norm = tf.clip_by_global_norm([None, None], 1.0)
    assert clipped == [None, None]
    assert norm.numpy() == 0
    assert tf.clip_by_global_norm([], 1.0)[0] == []


def test_a_norm_that_is_known_already_is_used():
    for norm in (10.0, tf.constant(10.0), tf.constant(10.0, tf.float64)):
        [y], used = tf.clip_by_global_norm([tf.constant([3.0, 4.0])], 1.0, use_norm=norm)
        same(y, [0.3, 0.4])
        assert y.dtype == tf.float32
        assert used.numpy() == 10


def test_clip_by_global_norm_keeps_the_dtypes():
    tensors = [tf.constant([3.0, 4.0], dtype) for dtype in ("float16", "float32", "float64")]
    clipped, _ = tf.clip_by_global_norm(tensors, tf.constant(1.0))
    assert [y.dtype for y in clipped] == [x.dtype for x in tensors]


@pytest.mark.parametrize("bad", [inf, nan])
def test_if_the_global_norm_is_not_finite_everything_is_nan(bad):
    clipped, norm = tf.clip_by_global_norm([[bad, 1.0], [2.0]], 1.0)
    assert np.isnan([*clipped[0], *clipped[1]]).all()
    same(norm, bad)


def test_global_clip_norms_that_are_not_positive():
    same(tf.clip_by_global_norm([[3.0, 4.0]], 0.0)[0][0], [0, 0])
    same(tf.clip_by_global_norm([[3.0, 4.0]], -1.0)[0][0], [3, 4])
    same(tf.clip_by_global_norm([[0.0, 0.0]], 0.0)[0][0], [0, 0])  # TensorFlow: NaN


def test_the_limit_of_a_global_norm_is_a_scalar():
    with pytest.raises(ValueError, match="clip_norm must be a scalar"):
        tf.clip_by_global_norm([PAIR], [1.0, 2.0])
    with pytest.raises(ValueError, match="use_norm must be a scalar"):
        tf.clip_by_global_norm([PAIR], 1.0, use_norm=[1.0])


@pytest.mark.parametrize("limit", [1.0, 100.0])
def test_derivatives_of_clip_by_global_norm(limit):
    def f(x, y, n):
        clipped, norm = tf.clip_by_global_norm([x, y], n)
        return [*clipped, norm]

    check_derivatives(f, MATRIX, np.array([0.5, -1.5]), np.array(limit))


def test_gradients_of_clip_by_global_norm_at_kinks():
    clip = lambda *xs: tf.clip_by_global_norm(xs, 13.0)[0]  # noqa: E731
    x, y = gradient(clip, [3.0, 4.0], 12.0)
    clipped = np.array([3.0, 4.0, 12.0])
    expected = 1 - clipped * clipped.sum() / 169  # that of the clipped side
    same([*x, y], expected)
    same(gradient(clip, [0.0, 0.0]), [1, 1])  # TensorFlow: NaN, though nothing is clipped


# ------------------------------------------------------------------ rows of a table


def slices():
    return tf.IndexedSlices(tf.constant([[3.0, 4.0]]), tf.constant([1]), tf.constant([5, 2]))


def test_of_indexed_slices_the_values_are_clipped():
    y = tf.clip_by_norm(slices(), 1.0)
    assert isinstance(y, tf.IndexedSlices)
    same(y.values, [[0.6, 0.8]])
    assert y.indices.numpy().tolist() == [1]
    assert y.dense_shape.numpy().tolist() == [5, 2]


def test_indexed_slices_in_a_global_norm():
    assert tf.linalg.global_norm([slices(), tf.constant(12.0)]).numpy() == 13
    [y, z], norm = tf.clip_by_global_norm([slices(), tf.constant(12.0)], 6.5)
    assert isinstance(y, tf.IndexedSlices)
    same(y.values, [[1.5, 2]])
    same(z, 6)
    assert norm.numpy() == 13


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("limit", [inf, 0.0, 1.0, 1e4])
@pytest.mark.parametrize("x", [[3.0, 4.0], [0.0, 0.0]])
def test_an_infinite_limit_and_zeros_change_nothing(x, limit, dtype):
    # TensorFlow: NaN for an infinite limit, and where norm and limit are 0.
    x = tf.constant(x, dtype)
    changed = float(tf.norm(x)) > limit
    by_norm = tf.clip_by_norm(x, tf.constant(limit, dtype))
    [by_global_norm], _ = tf.clip_by_global_norm([x], tf.constant(limit, dtype))
    for y in by_norm, by_global_norm:
        assert y.dtype == dtype
        if changed:
            same(tf.norm(y), limit, rtol=2e-3)
        else:
            same(y, x)
    assert math.isnan(tf.clip_by_norm(x, nan)[0])


@pytest.mark.parametrize(
    ("dtype", "x", "length"),
    [
        ("float16", [6e4, 6e4], inf),
        ("float16", [300.0, 400.0], 500.0),
        ("float16", [3e-5, 4e-5], 5e-5),
        ("float32", [3e38], 3e38),
        ("float32", [3e30, 4e30], 5e30),
        ("float32", [3e-30, 4e-30], 5e-30),
        ("float64", [3e200, 4e200], 5e200),
        ("float64", [3e-200, 4e-200], 5e-200),
        ("float64", [1.5e308, 1.5e308], inf),
    ],
)
@pytest.mark.parametrize("ord", [2, 3, 1.5])
def test_no_norm_overflows_on_the_way(dtype, x, length, ord):
    x = np.array(x, dtype)
    unit = x.astype("float64") / np.max(x).astype("float64")
    with np.errstate(over="ignore"):
        expected = np.sum(unit**ord) ** (1 / ord) * np.float64(np.max(x))
    slope = (unit / np.sum(unit**ord) ** (1 / ord)) ** (ord - 1)
    tolerance = 8 * float(np.finfo(dtype).eps)
    t = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(t)
        y = tf.norm(t, ord)
    if length < inf:
        atol = float(np.finfo(dtype).smallest_subnormal)
        same(y, expected, rtol=tolerance, atol=atol)
        if ord == 2:
            same(y, length, rtol=tolerance * 8, atol=atol)
            same(tf.linalg.global_norm([t[:1], t[1:]]), length, rtol=tolerance * 8, atol=atol)
    if length < inf or ord == 2:
        same(tape.gradient(y, t), slope, rtol=tolerance, atol=tolerance)
    if dtype != "float16" and length == inf:
        return
    same(tf.norm(tf.clip_by_norm(t, 2.0)), min(expected, 2.0), rtol=tolerance, atol=tolerance)
    clipped, _ = tf.clip_by_global_norm([t], 2.0)
    same(tf.norm(clipped[0]), min(expected, 2.0), rtol=tolerance, atol=tolerance)
