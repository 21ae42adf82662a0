"""NumPy's functions of tensors: recorded; where they have no rule, an error for a lost gradient."""

from __future__ import annotations

import io

import numpy as np
import pytest

import autograd_c as tf

RECORDED = {
    "mean": np.mean,
    "sum": np.sum,
    "max": np.max,
    "linalg.norm": np.linalg.norm,
    "linalg.det": lambda x: np.linalg.det(x[:, None] * x + np.eye(3)),
    "where": lambda x: np.where([True, False, True], x, 0.0),
    "concatenate": lambda x: np.concatenate([np.ones(3), x]),
    "stack": lambda x: np.stack((x, x)),
    "block": lambda x: np.block([[np.ones(3), x]]),
    "einsum": lambda x: np.einsum("i,i", x, x),
    "dot": lambda x: np.dot(np.ones(3), x),
    "clip": lambda x: np.clip(x, 0.0, 2.5),
    "reshape": lambda x: np.reshape(x, (3, 1)),
    "sort": np.sort,
    "interp": lambda x: np.interp(0.5, [0.0, 1.0, 2.0], x),
    "full_like": lambda x: np.full_like(x, x[0]),
    "append": lambda x: np.append(np.ones(2), x[0]),
    "fft.rfft": lambda x: np.real(np.fft.rfft(x)),
    "matmul": lambda x: np.matmul(np.ones((2, 3)), x),
    "add.reduce": np.add.reduce,
    "multiply.outer": lambda x: np.multiply.outer(x, x),
    "pad": lambda x: np.pad(x, (1, 2)),
    "gradient": np.gradient,
    "var": np.var,
}


@pytest.mark.parametrize("name", RECORDED)
@pytest.mark.parametrize("kind", [tf.constant, tf.Variable])
def test_a_function_is_recorded(name, kind):
    f, array = RECORDED[name], np.array([3.0, 1.0, 2.0])
    x = kind(array)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
        z = tf.reduce_sum(tf.sin(y))
    assert type(y) is tf.Tensor
    np.testing.assert_allclose(y, f(array))
    step = 1e-6
    slopes = [np.sin(f(array + e)).sum() - np.sin(f(array - e)).sum() for e in step * np.eye(3)]
    np.testing.assert_allclose(tape.gradient(z, x), np.array(slopes) / (2 * step), atol=1e-8)


@pytest.mark.parametrize("name", RECORDED)
def test_where_nothing_records_its_result_is_a_tensor_too(name):
    f, array = RECORDED[name], np.array([3.0, 1.0, 2.0])
    for x in (tf.constant(array), tf.Variable(array)):
        found = f(x)
        assert type(found) is tf.Tensor
        assert found.dtype == np.asarray(f(array)).dtype
        np.testing.assert_allclose(found, f(array))


# By what they are called in the message.
WITHOUT_A_RULE = {
    "numpy.copyto": lambda x: np.copyto(np.ones(3), x),
    "numpy.add.at": lambda x: np.add.at(np.ones(3), [0, 1, 2], x),
    "numpy.frexp": np.frexp,
    "numpy.linalg.qr": lambda x: np.linalg.qr(x[:, None] * x, mode="raw"),
}


@pytest.mark.parametrize("name", WITHOUT_A_RULE)
@pytest.mark.parametrize("kind", [tf.constant, tf.Variable])
def test_a_function_that_would_lose_a_gradient_is_an_error(name, kind):
    f = WITHOUT_A_RULE[name]
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
    assert str(error.value).startswith(name)
    assert "has no derivative here: the gradient would be lost" in str(error.value)
    assert "x.numpy()" in str(error.value)
    np.testing.assert_array_equal(tape.gradient(y, x).numpy(), [6.0, 2.0, 4.0])


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
    assert [type(part) for part in np.split(x, 2, axis=1)] == [tf.Tensor] * 2


def test_out_is_refused_with_a_sentence():
    x, out = tf.ones(3), np.zeros(3)
    for call in (
        lambda: np.sum(x, out=np.zeros(())),
        lambda: np.add(x, 1.0, out=out),
        lambda: np.cumsum(x, out=out),
        lambda: np.dot(x[:, None], x[None], out=np.zeros((3, 3))),
        lambda: np.add.reduce(x, out=np.zeros(())),
    ):
        with pytest.raises(TypeError, match=r"its result is a new tensor; write out = numpy\."):
            call()
    assert out.tolist() == [0.0, 0.0, 0.0]


def test_an_array_is_changed_in_place_by_what_nothing_records():
    weights = np.array([1.0, 2.0])
    same, gradient = weights, tf.grad(lambda w: np.sum(w**2))(weights)
    weights -= 0.25 * gradient
    weights *= tf.constant(2.0, tf.float64)
    weights **= tf.Variable([2.0, 1.0], dtype=tf.float64)
    assert weights is same and weights.tolist() == [1.0, 2.0]
    matrix = np.eye(2)
    matrix @= tf.constant([[0.0, 1.0], [1.0, 0.0]], tf.float64)
    assert matrix.tolist() == [[0.0, 1.0], [1.0, 0.0]]
    counts = np.array([1, 2])
    with pytest.raises(TypeError, match="Cannot cast"):  # as with arrays
        counts += gradient
    assert counts.tolist() == [1, 2]
    x = tf.constant([3.0, 4.0], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(TypeError, match="its result is a new tensor"):
            weights += x * x
        weights += gradient
    assert weights.tolist() == [3.0, 6.0]
    with pytest.raises(TypeError, match="its result is a new tensor"):
        tf.grad(lambda x: np.sum(weights.__iadd__(x)))(x)
    assert weights.tolist() == [3.0, 6.0]


def test_inside_a_function_that_is_recomputed():
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.recompute_grad(lambda x: x * np.mean(x))(x)
    np.testing.assert_allclose(tape.gradient(y, x), [3.0, 3.0])


def test_an_accumulator_is_a_recorder():
    x = tf.constant([1.0, 2.0])
    with tf.autodiff.ForwardAccumulator(x, x) as accumulator:
        y = np.mean(x)
        with pytest.raises(TypeError, match=r"numpy\.copyto has no derivative"):
            np.copyto(np.ones(2, np.float32), x)
    assert float(accumulator.jvp(y)) == 1.5
    np.testing.assert_allclose(tf.func.grad(lambda x: x[0] * np.mean(x))(x), [2.0, 0.5])


def test_tensors_as_options_of_ufuncs():
    x, mask = np.ones(3), tf.constant([True, False, True])
    assert float(np.add.reduce(x, where=mask)) == float(np.sum(x, where=mask)) == 2.0
    assert float(np.add.reduce(x, where=tf.Variable([True, False, True]))) == 2.0
    assert float(np.add.reduce(x, initial=tf.constant(2.0, tf.float64))) == 5.0
    assert np.add(x, tf.ones(3), where=mask).numpy().tolist() == [2.0, 0.0, 2.0]
    with tf.GradientTape() as tape:
        start = tf.constant(2.0, tf.float64)
        tape.watch(start)
        y = np.add.reduce(tf.constant(x), initial=start)
    assert float(tape.gradient(y, start)) == 1.0


def test_ufuncs_do_not_write_into_variables():
    """NumPy lets `at` write into arrays that are read-only."""
    x = tf.Variable([1.0, 2.0, 3.0])
    for call in (
        lambda: np.add.at(x, [0], 100.0),
        lambda: np.negative.at(x, [0]),
        lambda: np.add.at(x, tf.constant([0]), tf.constant([100.0])),
    ):
        with pytest.raises(TypeError, match=r"numpy\.\w+\.at "):
            call()
    np.testing.assert_array_equal(x, [1.0, 2.0, 3.0])
    array = np.zeros(3)
    np.add.at(array, tf.constant([0, 2]), tf.constant([5.0, 6.0]))
    assert array.tolist() == [5.0, 0.0, 6.0]
