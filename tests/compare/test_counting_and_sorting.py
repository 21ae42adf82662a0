"""Cumulative functions, segments, sorting, counts and moments against TensorFlow's.

Values, dtypes, the gradient for a cotangent, and for smooth ones the gradient of its square.
"""

from __future__ import annotations

import os

import numpy as np
import pytest

import autograd_c

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tensorflow = pytest.importorskip("tensorflow")

TOLERANCE = {"float16": 4e-3, "float32": 2e-5, "complex64": 2e-5}


def sample(shape, dtype, seed=0):
    random = np.random.default_rng(seed)
    kind = np.dtype(dtype).kind
    if kind in "iu":
        return random.integers(0, 5, shape).astype(dtype)
    x = random.normal(size=shape) + 1j * random.normal(size=shape)
    return np.asarray(x if kind == "c" else x.real, dtype)


def flat(y):
    return list(y) if isinstance(y, (tuple, list)) else [y]


def close(found, expected, label):
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.dtype == expected.dtype, label
    assert found.shape == expected.shape, label
    if found.dtype.kind in "biu":
        np.testing.assert_array_equal(found, expected, err_msg=label)
        return
    t = TOLERANCE.get(found.dtype.name, 1e-11)
    np.testing.assert_allclose(found, expected, rtol=t, atol=t, err_msg=label)


def results(tf, f, arrays, second):
    """The outputs of f(tf, *tensors), the gradients of the inexact ones, and of the gradients."""
    tensors = [tf.constant(a) for a in arrays]
    with tf.GradientTape() as outer:
        outer.watch(tensors)
        with tf.GradientTape() as inner:
            inner.watch(tensors)
            outputs = flat(f(tf, *tensors))
            smooth = [y for y in outputs if y.dtype.name.startswith(("float", "complex"))]
            weighted = [y * tf.constant(sample(tuple(y.shape), y.dtype.name, 1)) for y in smooth]
        if not smooth or tensors[0].dtype.name.startswith(("int", "uint", "bool")):
            return outputs
        slopes = inner.gradient(weighted, tensors, unconnected_gradients="zero")
        total = sum(tf.reduce_sum(tf.math.real(s * tf.math.conj(s))) for s in slopes)
    found = outputs + slopes
    return found + outer.gradient(total, tensors, unconnected_gradients="zero") if second else found


def compare(f, *arrays, second=True):
    ours = results(autograd_c, f, arrays, second)
    theirs = results(tensorflow, f, arrays, second)
    assert len(ours) == len(theirs)
    for k, (found, expected) in enumerate(zip(ours, theirs)):
        close(found.numpy(), expected.numpy(), f"result {k}")


def refused(f):
    """Both refuse, ours with an error that users of TensorFlow's catch."""
    with pytest.raises((ValueError, TypeError, tensorflow.errors.OpError)) as theirs:
        f(tensorflow)
    kind = getattr(autograd_c.errors, theirs.type.__name__, theirs.type)
    with pytest.raises(kind):
        f(autograd_c)


FLOATS = ("float32", "float64")


def real_derivatives(name, *arguments):
    """A function without its gradient for complex numbers, where TensorFlow conjugates nothing."""

    def f(tf, x):
        y = getattr(tf.math, name)(x, *arguments)
        return tf.stop_gradient(y) if x.dtype.is_complex else y

    return f


@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex128", "int32", "uint8"])
def test_cumulative(dtype, reverse, exclusive):
    for axis in (0, -1):
        x = sample((3, 4), dtype)
        compare(lambda tf, x, a=axis: tf.math.cumsum(x, a, exclusive, reverse), x)
        # TensorFlow's derivative of a product divides, so that its second one has lost digits.
        second = dtype == "float64"
        compare(real_derivatives("cumprod", axis, exclusive, reverse), x, second=second)
        if dtype in FLOATS:
            compare(
                lambda tf, x, a=axis: tf.exp(
                    tf.math.cumulative_logsumexp(x, a, exclusive, reverse)
                ),
                x,
                second=False,
            )


def test_cumulative_logsumexp_of_infinities():
    for x in ([-np.inf, 1.0, 2.0], [1.0, np.inf, 2.0], [-np.inf, -np.inf, -np.inf]):
        compare(
            lambda tf, x: tf.stop_gradient(tf.math.cumulative_logsumexp(x)),
            np.array(x),
            second=False,
        )


SORTED = ["sum", "mean", "max", "min", "prod"]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex128", "int32", "int64"])
@pytest.mark.parametrize("name", [*SORTED, "sqrt_n"])
def test_segments(name, dtype):
    if np.dtype(dtype).kind == "c" and name in ("max", "min", "mean", "sqrt_n"):
        pytest.skip("TensorFlow has none")
    if np.dtype(dtype).kind == "i" and name == "sqrt_n":
        pytest.skip("of floats alone")
    second = name not in ("max", "min") and dtype != "float16"
    for x in (sample((5, 2), dtype), np.ones((5, 2), dtype), np.round(sample((5, 2), dtype))):
        if name != "sqrt_n":
            compare(
                real_derivatives(f"segment_{name}", [0, 0, 0, 2, 2]),
                x,
                second=second and name != "prod",
            )
        compare(
            real_derivatives(f"unsorted_segment_{name}", [3, 0, 0, -1, 3], 5),
            x,
            second=second and name != "prod",
        )


@pytest.mark.parametrize("name", SORTED)
def test_segments_that_are_refused(name):
    for ids in ([1, 0], [-1, 0], [0], [[0, 0]], [0.0, 1.0]):
        refused(lambda tf, i=ids: getattr(tf.math, f"segment_{name}")(tf.constant([1.0, 2.0]), i))
    refused(lambda tf: getattr(tf.math, f"segment_{name}")([True, False], [0, 0]))
    unsorted = f"unsorted_segment_{name}"
    refused(lambda tf: getattr(tf.math, unsorted)([1.0, 2.0], [0, 2], 2))
    refused(lambda tf: getattr(tf.math, unsorted)([[1.0, 2.0]], [0, 0], 2))
    refused(lambda tf: getattr(tf.math, unsorted)([1.0], [0], -1))
    refused(lambda tf: getattr(tf.math, unsorted)([True], [0], 1))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "int32", "uint8"])
def test_sorting(dtype):
    for x in (sample((4, 30), dtype), np.round(sample((4, 30), dtype))):
        for axis in (0, -1):
            for direction in ("ASCENDING", "DESCENDING"):
                compare(lambda tf, x, a=axis, d=direction: tf.sort(x, a, d), x, second=False)
                compare(lambda tf, x, a=axis, d=direction: tf.argsort(x, a, d), x)
        for k in (1, 2, x.shape[-1]):
            compare(lambda tf, x, k=k: tf.math.top_k(x, k), x, second=False)
            # With other indices TensorFlow has no derivative.
            compare(lambda tf, x, k=k: tf.nn.top_k(x, k, index_type=tf.int64)[1], x)
    if dtype in ("float16", "float32"):
        x = sample((4, 9), dtype)
        compare(lambda tf, x: tf.math.approx_max_k(x, 3), x, second=False)


def test_searching():
    rows = np.sort(np.round(sample((3, 8), "float64")), -1)
    values = np.round(sample((3, 5), "float64", 1))
    for side in ("left", "right"):
        for dtype in ("float32", "float64", "int32", "float16"):
            compare(
                lambda tf, r, v, s=side: tf.searchsorted(r, v, s),
                rows.astype(dtype),
                values.astype(dtype),
            )
        compare(lambda tf, r, v, s=side: tf.searchsorted(r, v, s, tf.int64), rows[0], values[0])
        compare(
            lambda tf, r, v, s=side: tf.searchsorted(r, v, s), rows[0], np.array([np.nan, np.inf])
        )
    x = np.round(sample((6, 5), "float32"))
    x[2, 3] = np.nan
    for k in (0, 1, 3):
        compare(lambda tf, x, k=k: tf.math.in_top_k([0, 1, 2, 3, 4, 7], x, k), x)
    for x in ([1.0, 1.0, 2.0], [[1.0, 2.0], [2.5, 3.0]], [], [1.0, np.nan], [2.0, 1.0]):
        compare(lambda tf, x: tf.math.is_non_decreasing(x), np.array(x))
        compare(lambda tf, x: tf.math.is_strictly_increasing(x), np.array(x))
    refused(lambda tf: tf.searchsorted([[1.0], [2.0]], [[1.0]]))
    refused(lambda tf: tf.searchsorted([1.0], [1.0], side="middle"))
    refused(lambda tf: tf.searchsorted(tf.constant([1]), tf.constant([1.0])))
    refused(lambda tf: tf.sort([1.0], direction="UP"))
    refused(lambda tf: tf.sort([1.0], axis=1))
    refused(lambda tf: tf.sort(1.0))
    refused(lambda tf: tf.math.top_k([1.0], 2))
    refused(lambda tf: tf.math.top_k([1.0], -1))
    refused(lambda tf: tf.math.top_k(1.0, 1))
    refused(lambda tf: tf.math.top_k([1j], 1))
    refused(lambda tf: tf.math.in_top_k([0, 1], [[1.0]], 1))


def test_counting():
    for x in ([3, 1, 3, 2, 1], [], [0.0, -0.0, np.nan, 1.0, np.nan]):
        for name in ("unique", "unique_with_counts"):
            ours = getattr(autograd_c, name)(np.array(x))
            theirs = getattr(tensorflow, name)(np.array(x))
            assert ours._fields == theirs._fields
            for found, expected in zip(ours, theirs):
                close(found.numpy(), expected.numpy(), name)
    arr = np.array([[1, 1, 7], [0, 3, 1]], "int32")
    for keywords in (
        {},
        {"minlength": 10},
        {"maxlength": 3},
        {"minlength": 5, "maxlength": 3},
        {"dtype": "int64"},
        {"dtype": "float32"},
        {"axis": 0},
        {"axis": -1},
        {"axis": -1, "maxlength": 2},
        {"axis": -1, "binary_output": True},
        {"binary_output": True},
        {"weights": np.float32([[1, 2, 3], [4, 5, 6]])},
        {"weights": np.float64([[1, 2, 3], [4, 5, 6]]), "axis": -1, "minlength": 9},
    ):
        ours = autograd_c.math.bincount(arr, **keywords)
        theirs = tensorflow.math.bincount(arr, **keywords)
        close(ours.numpy(), theirs.numpy(), str(keywords))
    refused(lambda tf: tf.math.bincount([-1]))
    refused(lambda tf: tf.math.bincount([1], axis=1))
    refused(lambda tf: tf.math.bincount([1], weights=[1.0, 2.0]))
    refused(lambda tf: tf.math.bincount([1], weights=[1.0], binary_output=True))
    for arguments, keywords in (
        (([1, 2, 4], [2, 2, 4]), {}),
        (([1, 2, 4], [2, 2, 4]), {"num_classes": 6}),
        (([[1], [2]], [1, 2]), {"dtype": "int64"}),
        (([1, 2], [[1], [2]]), {}),
        (([0, 1, 1], [1, 1, 1]), {"weights": [1, 2, 3]}),
        (([0.0, 1.9], [1.0, 1.0]), {}),
    ):
        ours = autograd_c.math.confusion_matrix(*arguments, **keywords)
        close(ours.numpy(), tensorflow.math.confusion_matrix(*arguments, **keywords).numpy(), "")
    compare(
        lambda tf, w: tf.math.confusion_matrix([0, 1, 1], [1, 1, 0], weights=w, dtype=w.dtype),
        sample((3,), "float64"),
    )
    refused(lambda tf: tf.math.confusion_matrix([1, 2], [1, 2], num_classes=2))
    refused(lambda tf: tf.math.confusion_matrix([-1, 2], [1, 2]))
    refused(lambda tf: tf.math.confusion_matrix([1], [1, 2]))
    refused(lambda tf: tf.math.confusion_matrix([1], [1], weights=[1.0, 2.0]))
    values = np.array([-1.0, 0.0, 1.5, 2.0, 5.0, 15.0, np.inf])
    for n in (1, 5, 100):
        compare(lambda tf, v, n=n: tf.histogram_fixed_width(v, [0.0, 5.0], n), values)
        compare(
            lambda tf, v, n=n: tf.histogram_fixed_width_bins(v, np.array([0.0, 5.0]), n), values
        )
    refused(lambda tf: tf.histogram_fixed_width([np.nan], [0.0, 1.0]))
    refused(lambda tf: tf.histogram_fixed_width([1.0], [1.0, 0.0]))
    refused(lambda tf: tf.histogram_fixed_width([1.0], [0.0, 1.0], nbins=0))
    x = np.array([[0.0, 1.0, np.nan], [0.0, 0.0, 2.0]])
    for given in (x, x != 0, x.astype("complex64"), np.arange(6).reshape(2, 3)):
        for keywords in ({}, {"axis": 0}, {"axis": [0, 1], "keepdims": True}, {"dtype": "int32"}):
            compare(lambda tf, x, k=keywords: tf.math.count_nonzero(x, **k), given, second=False)
        compare(lambda tf, x: tf.stop_gradient(tf.math.zero_fraction(x)), given, second=False)
    compare(lambda tf, x: tf.math.invert_permutation(x), np.array([2, 0, 1]))
    for wrong in ([1, 1], [3, 0], [-1, 0], [[1, 0]], [1.0, 0.0]):
        refused(lambda tf, w=wrong: tf.math.invert_permutation(w))


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
def test_statistics(dtype):
    x = sample((3, 4), dtype)
    for axis in (None, 0, [1], [0, 1]):
        for keepdims in (False, True):
            for name in ("reduce_std", "reduce_variance", "reduce_euclidean_norm"):
                # Of a norm's complex cotangent TensorFlow takes the imaginary part, too.
                if name == "reduce_euclidean_norm":
                    compare(real_derivatives(name, axis, keepdims), x)
                else:
                    compare(
                        lambda tf, x, a=axis, k=keepdims, n=name: getattr(tf.math, n)(x, a, k), x
                    )
            if axis is not None:
                axes = axis if isinstance(axis, list) else [axis]
                # TensorFlow takes the mean as a constant, which shows from the second order on.

                def both(tf, x, a=axes, k=keepdims):
                    mean, variance = tf.nn.moments(x, a, keepdims=k)
                    # The imaginary part of the cotangent of what is real has no meaning.
                    return mean, tf.math.real(variance)

                compare(both, x, second=False)
                if dtype != "complex128":
                    compare(
                        lambda tf, x, w, a=axes, k=keepdims: tf.nn.weighted_moments(
                            x, a, w, keepdims=k
                        ),
                        x,
                        np.abs(sample((3, 1), dtype, 5)),
                    )
                compare(
                    lambda tf, x, a=axes, k=keepdims: tf.nn.sufficient_statistics(x, a, keepdims=k)[
                        :3
                    ],
                    x,
                    second=False,
                )
        for module in ("math", "nn", "linalg"):
            compare(
                lambda tf, x, a=axis, m=module: getattr(tf, m).l2_normalize(x, a), x, second=False
            )
    compare(lambda tf, x: tf.math.l2_normalize(x, epsilon=100.0), x)
    compare(lambda tf, x: tf.math.polyval([x, x[0], x], x), x)
    compare(lambda tf, x: tf.math.accumulate_n([x, x * x]), x)
    compare(
        lambda tf, x: tf.nn.normalize_moments(tf.constant(4.0, x.dtype), x, x * x, x[0]),
        x,
        second=False,
    )


def test_kinks_of_statistics():
    for x in ([2.0, 2.0], [0.0, 0.0], [3.0]):
        for name in ("reduce_std", "reduce_variance", "reduce_euclidean_norm", "l2_normalize"):
            compare(lambda tf, x, n=name: getattr(tf.math, n)(x), np.array(x), second=False)
    for shape in ((0,), (0, 2)):
        for name in ("reduce_std", "reduce_variance", "reduce_euclidean_norm"):
            compare(lambda tf, x, n=name: getattr(tf.math, n)(x, 0), np.zeros(shape), second=False)
    for f in (
        lambda tf: tf.math.reduce_std([1, 2]),
        lambda tf: tf.math.reduce_variance(tf.constant([1, 2])),
        lambda tf: tf.math.reduce_std([True]),
        lambda tf: tf.math.accumulate_n([]),
        lambda tf: tf.math.accumulate_n([tf.constant([1.0]), tf.constant([1.0, 2.0])]),
        lambda tf: tf.math.accumulate_n([tf.constant([1.0])], tensor_dtype=tf.float64),
        lambda tf: tf.math.polyval((1.0, 2.0), 2.0),
        lambda tf: tf.math.l2_normalize([1.0], axis=0, dim=0),
        lambda tf: tf.math.l2_normalize([1]),
    ):
        refused(f)


def test_points_of_sobol():
    pytest.importorskip("scipy")
    for dim, count, skip in ((1, 3, 0), (2, 8, 0), (40, 20, 13)):
        ours = autograd_c.math.sobol_sample(dim, count, skip)
        close(ours.numpy(), tensorflow.math.sobol_sample(dim, count, skip).numpy(), "")
    refused(lambda tf: tf.math.sobol_sample(0, 1))
    refused(lambda tf: tf.math.sobol_sample(1, 0))
