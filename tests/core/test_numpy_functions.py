"""NumPy's functions of tensors: arrays where nothing records, else an error for a lost gradient."""

from __future__ import annotations

import io

import numpy as np
import pytest

import autograd_c as tf

# By what they are called in the message, with what the message says to call instead.
WITH_DERIVATIVES = {
    "numpy.mean": (np.mean, "use tf.reduce_mean,"),
    "numpy.sum": (np.sum, "use tf.reduce_sum,"),
    "numpy.max": (np.max, "use tf.reduce_max,"),
    "numpy.linalg.norm": (np.linalg.norm, "use tf.norm,"),
    "numpy.linalg.det": (lambda x: np.linalg.det(x[:, None] * x), "use tf.linalg.det,"),
    "numpy.where": (lambda x: np.where([True, False, True], x, 0.0), "use tf.where,"),
    "numpy.concatenate": (lambda x: np.concatenate([np.ones(3), x]), "use tf.concat,"),
    "numpy.stack": (lambda x: np.stack((x, x)), "use tf.stack,"),
    "numpy.block": (lambda x: np.block([[np.ones(3), x]]), "functions of tf,"),
    "numpy.einsum": (lambda x: np.einsum("i,i", x, x), "use tf.einsum,"),
    "numpy.dot": (lambda x: np.dot(np.ones(3), x), "use tf.tensordot,"),
    "numpy.clip": (lambda x: np.clip(x, 0.0, 1.0), "use tf.clip_by_value,"),
    "numpy.reshape": (lambda x: np.reshape(x, (3, 1)), "use tf.reshape,"),
    "numpy.sort": (np.sort, "use tf.sort,"),
    "numpy.interp": (lambda x: np.interp(0.5, [0.0, 1.0, 2.0], x), "functions of tf,"),
    "numpy.full_like": (lambda x: np.full_like(x, x[0]), "functions of tf,"),
    "numpy.copyto": (lambda x: np.copyto(np.ones(3), x), "functions of tf,"),
}


@pytest.mark.parametrize("name", WITH_DERIVATIVES)
@pytest.mark.parametrize("kind", [tf.constant, tf.Variable])
def test_a_function_that_would_lose_a_gradient_is_an_error(name, kind):
    f, advice = WITH_DERIVATIVES[name]
    x = kind(np.array([3.0, 1.0, 2.0]))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(x * x)
        with pytest.raises(TypeError) as error:
            f(x)
        f(tf.stop_gradient(x))
        f(x.numpy())
        with tape.stop_recording():
            f(x)
    assert str(error.value).startswith(f"{name} has no derivative here: the gradient would be lost")
    assert advice in str(error.value) and "x.numpy()" in str(error.value)
    np.testing.assert_array_equal(tape.gradient(y, x).numpy(), [6.0, 2.0, 4.0])


@pytest.mark.parametrize("name", WITH_DERIVATIVES)
def test_where_nothing_records_the_function_computes_with_arrays(name):
    f, _ = WITH_DERIVATIVES[name]
    array = np.array([3.0, 1.0, 2.0])
    expected = f(array)
    for x in (tf.constant(array), tf.Variable(array)):
        found = f(x)
        assert type(found) is type(expected)
        np.testing.assert_array_equal(found, expected)
    with tf.GradientTape():  # watches nothing
        np.testing.assert_array_equal(f(tf.constant(array)), expected)


def saved(x):
    file = io.BytesIO()
    np.save(file, x)
    file.seek(0)
    return np.load(file)


FLAT = {
    "shape": np.shape,
    "ndim": np.ndim,
    "size": np.size,
    "array_equal": lambda x: np.array_equal(x, x),
    "allclose": lambda x: np.allclose(x, x),
    "isclose": lambda x: np.isclose(x, 1.0),
    "any": np.any,
    "argmax": np.argmax,
    "argsort": lambda x: np.argsort(x, axis=0),
    "nonzero": lambda x: np.nonzero(x)[0],
    "searchsorted": lambda x: np.searchsorted(x, 1.5),
    "result_type": np.result_type,
    "can_cast": lambda x: np.can_cast(x.dtype, "complex128"),
    "iscomplexobj": np.iscomplexobj,
    "zeros_like": np.zeros_like,
    "ones_like": np.ones_like,
    "full_like": lambda x: np.full_like(x, 7.0),
    "array_repr": np.array_repr,
    "array2string": np.array2string,
    "signbit": np.signbit,
    "save": saved,
    "matrix_rank": np.linalg.matrix_rank,
}


@pytest.mark.parametrize("name", FLAT)
def test_what_has_no_derivative_goes_on_under_a_tape(name):
    array = np.array([3.0, 1.0, 2.0])
    expected = FLAT[name](array)
    x = tf.constant(array)
    with tf.GradientTape() as tape:
        tape.watch(x)
        found = FLAT[name](x * 1.0)
    np.testing.assert_array_equal(found, expected)


def test_numpys_assertions_go_on_under_a_tape():
    x = tf.constant([3.0, 1.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        np.testing.assert_allclose(y, [9.0, 1.0])
        np.testing.assert_array_equal(y, y)
        np.testing.assert_array_less(y - 1.0, y)
        assert y.numpy() == pytest.approx([9.0, 1.0])
        with pytest.raises(AssertionError):
            np.testing.assert_allclose(y, [9.0, 1.1])


def test_structures_keep_their_kinds():
    x = tf.constant(np.arange(6.0).reshape(1, 2, 3))
    np.testing.assert_array_equal(np.sum(x, axis=(0, 2)), [3.0, 12.0])
    np.testing.assert_array_equal(np.pad(x[0, 0], (1, 2)), [0.0, 0.0, 1.0, 2.0, 0.0, 0.0])
    out = np.zeros(2)
    assert np.sum(x, axis=(0, 2), out=out) is out
    assert out.tolist() == [3.0, 12.0]


def test_inside_a_function_that_is_recomputed():
    """Nothing records while it runs for the first time; a gradient runs it under a tape."""
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.recompute_grad(lambda x: x * np.mean(x))(x)
    with pytest.raises(TypeError, match=r"numpy\.mean has no derivative"):
        tape.gradient(y, x)


def test_an_accumulator_is_a_recorder():
    x = tf.constant([1.0, 2.0])
    with tf.autodiff.ForwardAccumulator(x, x):
        with pytest.raises(TypeError, match=r"numpy\.mean has no derivative"):
            np.mean(x)
    with pytest.raises(TypeError, match=r"numpy\.mean has no derivative"):
        tf.func.grad(lambda x: x[0] * np.mean(x))(x)


def test_tensors_as_options_of_ufuncs():
    x, mask = np.ones(3), tf.constant([True, False, True])
    assert np.add(x, 1.0, where=mask, out=np.zeros(3)).tolist() == [2.0, 0.0, 2.0]
    assert np.add.reduce(x, where=mask) == np.sum(x, where=mask) == 2.0
    assert np.add.reduce(x, where=tf.Variable([True, False, True])) == 2.0
    assert np.add.reduce(x, initial=tf.constant(2.0, tf.float64)) == 5.0
    for target in (tf.constant(x), tf.Variable(x)):
        with pytest.raises(TypeError, match=r"numpy\.add cannot write to a tensor"):
            np.add(x, 1.0, out=target)
        with pytest.raises(TypeError, match="cannot write to a tensor"):
            np.add.reduce(x, out=target[0] if tf.is_tensor(target) else target)
    with tf.GradientTape() as tape:
        start = tf.constant(2.0, tf.float64)
        tape.watch(start)
        with pytest.raises(TypeError, match="has no derivative here"):
            np.add.reduce(tf.constant(x), initial=start)


@pytest.mark.parametrize("make", [tf.constant, tf.Variable])
def test_ufuncs_do_not_write_into_tensors(make):
    """NumPy lets `at` write into arrays that are read-only."""
    x = make([1.0, 2.0, 3.0])
    for call in (
        lambda: np.add.at(x, [0], 100.0),
        lambda: np.negative.at(x, [0]),
        lambda: np.add.at(x, tf.constant([0]), tf.constant([100.0])),
    ):
        with pytest.raises(TypeError, match=r"numpy\.\w+\.at cannot write to a tensor"):
            call()
    np.testing.assert_array_equal(x, [1.0, 2.0, 3.0])
    array = np.zeros(3)
    np.add.at(array, tf.constant([0, 2]), tf.constant([5.0, 6.0]))
    assert array.tolist() == [5.0, 0.0, 6.0]
