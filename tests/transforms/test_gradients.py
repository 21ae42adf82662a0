"""`tf.gradients` and `tf.hessians`: of functions; of tensors they are TensorFlow's error."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf


def arrays(answers):
    return [None if g is None else np.asarray(tf.convert_to_tensor(g)).tolist() for g in answers]


# ------------------------------------------------------------------ gradients


def test_gradients_of_a_function():
    x, y = tf.constant([1.0, 2.0]), tf.constant(3.0)
    assert arrays(tf.gradients(lambda x, y: x * x * y, [x, y])) == [[6.0, 12.0], 5.0]
    assert arrays(tf.gradients(lambda x: x * x, x)) == [[2.0, 4.0]]
    assert arrays(tf.gradients(lambda x, y: [x * y, {"sum": x + y}], (x, y))) == [[4.0, 4.0], 5.0]
    assert tf.gradients(lambda: tf.constant(1.0), []) == []


def test_gradients_by_numbers_arrays_and_variables():
    v = tf.Variable(3.0)
    found = tf.gradients(lambda x, a, v: x * a * v, [2.0, np.array([1.0, 2.0], "float32"), v])
    assert arrays(found) == [9.0, [6.0, 6.0], 6.0]
    assert [g.dtype.name for g in found] == ["float32"] * 3


def test_gradients_by_what_the_function_closes_over():
    v, x = tf.Variable(3.0), tf.constant(2.0)
    assert arrays(tf.gradients(lambda z: z * x * v, x)) == [12.0]
    assert arrays(tf.gradients(lambda *_: v * v * x, [v, x])) == [12.0, 9.0]
    assert tf.gradients(lambda x: x * v, [x])[0].numpy() == 3.0


def test_cotangents():
    x = tf.constant([1.0, 2.0])
    assert arrays(tf.gradients(lambda x: x * x, x, grad_ys=np.array([1.0, 10.0]))) == [[2.0, 40.0]]
    found = tf.gradients(lambda x: [x * x, x], x, [tf.constant([1.0, 0.0]), None])
    assert arrays(found) == [[3.0, 1.0]]
    with pytest.raises(ValueError, match="3 output_gradients for 2 targets"):
        tf.gradients(lambda x: [x, x], x, [x, x, x])
    with pytest.raises(ValueError, match="shape"):
        tf.gradients(lambda x: x, x, tf.constant([1.0, 2.0, 3.0]))


def test_what_is_not_connected():
    x, y = tf.constant([1.0, 2.0]), tf.constant(3.0)
    assert arrays(tf.gradients(lambda x, y: x, [x, y])) == [[1.0, 1.0], None]
    found = tf.gradients(lambda x, y: x, [x, y], unconnected_gradients="zero")
    assert arrays(found) == [[1.0, 1.0], 0.0]
    with pytest.raises(ValueError):
        tf.gradients(lambda x: x, x, unconnected_gradients="nothing")
    # TensorFlow's example of stop_gradients: the arguments are independent in any case.
    a = tf.constant(0.0)
    b = 2 * a
    assert arrays(tf.gradients(lambda a, b: a + b, [a, b], stop_gradients=[a, b])) == [1.0, 1.0]


def test_gradients_of_gathered_rows_stay_rows():
    table = tf.constant([[1.0], [2.0], [3.0]])
    [found] = tf.gradients(lambda t: tf.gather(t, [1, 1]), table)
    assert isinstance(found, tf.IndexedSlices)
    assert arrays([found]) == [[[0.0], [2.0], [0.0]]]


def test_complex_gradients_need_cotangents():
    z = tf.constant(1 + 2j)
    with pytest.raises(TypeError, match="Gradients of complex tensors must set grad_ys"):
        tf.gradients(lambda z: z * z, z)
    [found] = tf.gradients(lambda z: z * z, z, grad_ys=1 + 0j)
    assert found.numpy() == 2 - 4j
    [found] = tf.gradients(tf.abs, tf.constant(3 + 4j))
    assert found.numpy() == pytest.approx(0.6 + 0.8j)


def test_gradients_of_gradients():
    x = tf.constant(2.0)
    assert arrays(tf.gradients(lambda x: tf.gradients(lambda x: x**3, x), x)) == [12.0]
    assert arrays(tf.gradients(lambda _: tf.gradients(lambda _: x**3, x), x)) == [12.0]
    with tf.GradientTape() as tape:
        tape.watch(x)
        [slope] = tf.gradients(lambda x: x**3, x)
    assert float(tape.gradient(slope, x)) == 12.0
    assert float(tf.func.jvp(lambda x: tf.gradients(tf.sin, x)[0], (0.5,), (1.0,))[1]) == (
        pytest.approx(-np.sin(0.5))
    )


def test_perturbations_are_not_confused():
    x, one = tf.constant(3.0, tf.float64), tf.constant(1.0, tf.float64)

    def f(x):
        return x * tf.gradients(lambda y: x + y, one)[0]

    assert arrays(tf.gradients(f, x)) == [1.0]


def test_an_exception_in_the_function_leaves_no_tape_open():
    x = tf.constant(2.0)

    def fails(x):
        raise KeyError("key")

    for each in (tf.gradients, tf.hessians):
        with pytest.raises(KeyError):
            each(fails, x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    assert float(tape.gradient(y, x)) == 4.0


# ------------------------------------------------------------------ hessians


def test_hessians():
    x, y = tf.constant([1.0, 2.0]), tf.constant(3.0)

    def f(x, y):
        return [tf.reduce_prod(x) * y**2, x**3]

    by_x, by_y = tf.hessians(f, [x, y])
    np.testing.assert_array_equal(by_x.numpy(), [[6.0, 9.0], [9.0, 12.0]])
    assert float(by_y) == 4.0
    [found] = tf.hessians(lambda m: m * tf.transpose(m), tf.constant([[1.0, 2.0], [3.0, 4.0]]))
    expected = np.zeros([2, 2, 2, 2])
    for i in range(2):
        for j in range(2):
            expected[i, j, j, i] += 2.0
    np.testing.assert_array_equal(found.numpy(), expected)


def test_hessians_of_what_is_linear_or_not_connected_are_zeros():
    x = tf.constant([1.0, 2.0])
    for f in (lambda x: 3.0 * x, lambda x: tf.constant(1.0)):
        [found] = tf.hessians(f, x)
        np.testing.assert_array_equal(found.numpy(), np.zeros([2, 2]))


def test_hessians_by_variables_and_gathered_rows():
    v = tf.Variable([1.0, 2.0])
    [found] = tf.hessians(lambda _: tf.gather(v, [1, 1]) ** 3, v)
    np.testing.assert_array_equal(found.numpy(), [[0.0, 0.0], [0.0, 24.0]])
    assert found.dtype == tf.float32


def test_a_hessian_is_seen_by_tapes_around_it():
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        [h] = tf.hessians(lambda x: x**4, x)
    np.testing.assert_array_equal(tape.gradient(h, x).numpy(), [24.0, 48.0])


def test_hessians_are_real():
    with pytest.raises(TypeError, match="real numbers"):
        tf.hessians(tf.abs, tf.constant(1 + 1j))
    with pytest.raises(TypeError, match="real numbers"):
        tf.hessians(lambda x: tf.complex(x, x), tf.constant(1.0))


# ------------------------------------------------------------------ misuse


@pytest.mark.parametrize("name", ["gradients", "hessians"])
@pytest.mark.parametrize("ys", [tf.constant(1.0), tf.Variable(1.0), [tf.constant(1.0)], 1.0, None])
def test_tensors_are_an_error_in_eager_mode(name, ys):
    with pytest.raises(RuntimeError) as error:
        getattr(tf, name)(ys, tf.constant(1.0))
    text = str(error.value)
    assert text.startswith(f"tf.{name} is not supported when eager execution is enabled. Use")
    assert "tf.GradientTape" in text and f"tf.{name}(f, xs)" in text


@pytest.mark.parametrize("name", ["gradients", "hessians"])
def test_what_is_no_tensor(name):
    with pytest.raises(TypeError):
        getattr(tf, name)(lambda x: "text", tf.constant(1.0))
    with pytest.raises(TypeError):
        getattr(tf, name)(lambda x: x, "text")
    with pytest.raises(TypeError):
        getattr(tf, name)(lambda x: None, tf.constant(1.0))
