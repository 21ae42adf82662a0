"""tf.test: compute_gradient, and what it says of the build."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd_c as tf


def both(f, x, **options):
    """The two lists of Jacobians, after checking that they are close."""
    theoretical, numerical = tf.test.compute_gradient(f, x, **options)
    assert type(theoretical) is list
    assert type(numerical) is list
    assert len(theoretical) == len(numerical) == len(x)
    for a, b in zip(theoretical, numerical):
        assert type(a) is type(b) is np.ndarray
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-3)
    return theoretical


def test_of_one_argument():
    [jacobian] = both(lambda x: x * x, [[1.0, 2.0]])
    assert jacobian.dtype == np.float32
    assert jacobian.tolist() == [[2, 0], [0, 4]]


def test_of_several_arguments():
    x, y = np.array([1.0, 2.0]), np.array([[3.0], [4.0], [5.0]])
    by_x, by_y = both(lambda x, y: x * y, (x, y))
    assert by_x.dtype == by_y.dtype == np.float64
    assert by_x.tolist() == [[3, 0], [0, 3], [4, 0], [0, 4], [5, 0], [0, 5]]
    assert by_y.tolist() == [[1, 0, 0], [2, 0, 0], [0, 1, 0], [0, 2, 0], [0, 0, 1], [0, 0, 2]]


def test_of_numbers_and_matrices():
    assert both(lambda x: x * x, [3.0])[0].tolist() == [[6]]
    [jacobian] = both(lambda x: tf.matmul(x, x), [np.arange(4.0).reshape(2, 2)])
    assert jacobian.shape == (4, 4)
    assert both(lambda v: v * v, [tf.Variable(3.0)])[0].tolist() == [[6]]


def test_delta_is_the_step_of_the_differences():
    x = [np.array([1.0, 2.0])]
    theoretical, numerical = tf.test.compute_gradient(lambda x: x * x * x, x, delta=0.1)
    np.testing.assert_allclose(theoretical[0], [[3, 0], [0, 12]])
    np.testing.assert_allclose(numerical[0], [[3.01, 0], [0, 12.01]])
    _, numerical = tf.test.compute_gradient(lambda x: x * x * x, x)
    np.testing.assert_allclose(numerical[0].diagonal(), [3 + 2.0**-20, 12 + 2.0**-20], rtol=1e-12)


def test_float16_has_a_step_that_it_can_hold():
    # TensorFlow's step is lost in rounding here, and its numbers are wrong.
    [jacobian] = both(lambda x: x * x, [np.array([1.0, 2.0], np.float16)])
    assert jacobian.dtype == np.float16
    assert jacobian.tolist() == [[2, 0], [0, 4]]


def test_complex_numbers_count_as_two():
    [jacobian] = both(lambda z: z * z, [[1 + 2j]])
    assert jacobian.dtype == np.float64
    assert jacobian.tolist() == [[2, -4], [4, 2]]
    [jacobian] = both(lambda z: z * z, [np.array([1 + 2j], np.complex64)])
    assert jacobian.dtype == np.float32
    [jacobian] = both(lambda z: tf.math.conj(z) * z * 1j, [np.array([1 + 2j, 3j])])
    assert jacobian.tolist() == [[0, 0, 0, 0], [2, 4, 0, 0], [0, 0, 0, 0], [0, 0, 0, 6]]


def test_between_real_and_complex():
    assert both(tf.abs, [[3 + 4j]])[0].tolist() == [[0.6, 0.8]]
    [jacobian] = both(lambda x: tf.complex(x, 2 * x), [np.array([1.0, 2.0])])
    assert jacobian.tolist() == [[1, 0], [2, 0], [0, 1], [0, 2]]
    x, z = np.array([1.0, 2.0]), np.array([1j, 2.0])
    by_x, by_z = both(lambda x, z: tf.cast(x, tf.complex128) * z, [x, z])
    assert by_x.tolist() == [[0, 0], [1, 0], [0, 2], [0, 0]]
    assert by_z.tolist() == np.diag([1, 1, 2, 2]).tolist()


def test_each_jacobian_has_the_dtype_of_its_argument():
    x, y = tf.constant([1.0]), tf.constant([1.0], tf.float64)
    by_x, by_y = both(lambda x, y: tf.cast(x, tf.float64) * y, [x, y])
    assert by_x.dtype == np.float32
    assert by_y.dtype == np.float64


def test_what_is_not_used_has_a_jacobian_of_zeros():
    _, by_y = both(lambda x, y: x * x, [[1.0, 2.0], [1.0, 2.0, 3.0]])
    assert by_y.tolist() == [[0, 0, 0], [0, 0, 0]]
    assert both(lambda x: tf.constant([1.0]), [[1.0, 2.0]])[0].tolist() == [[0, 0]]
    assert both(lambda x: np.float64(3.0), [3.0])[0].tolist() == [[0]]


def test_of_no_elements():
    assert both(lambda x: x * x, [tf.zeros([0])])[0].shape == (0, 0)
    assert both(lambda x: x[:0], [tf.zeros([2])])[0].shape == (0, 2)
    assert both(lambda x: tf.reduce_sum(x), [tf.zeros([0], tf.complex64)])[0].shape == (2, 0)
    assert tf.test.compute_gradient(lambda: tf.constant(1.0), []) == ([], [])


def test_rows_of_a_table():
    [jacobian] = both(lambda x: tf.gather(x, [1, 1]), [np.array([1.0, 2.0])])
    assert jacobian.tolist() == [[0, 1], [0, 1]]


def test_a_wrong_gradient_is_seen():
    @tf.custom_gradient
    def wrong(x):
        return x * x, lambda g: g * x

    theoretical, numerical = tf.test.compute_gradient(wrong, [[1.0, 2.0]])
    assert theoretical[0].tolist() == [[1, 0], [0, 2]]
    np.testing.assert_allclose(numerical[0], [[2, 0], [0, 4]], rtol=1e-3)


def test_where_differences_fail():
    theoretical, numerical = tf.test.compute_gradient(tf.sqrt, [np.array([0.0, 4.0])])
    assert theoretical[0].tolist() == [[np.inf, 0], [0, 0.25]]
    assert np.isnan(numerical[0][0, 0])
    _, numerical = tf.test.compute_gradient(tf.square, [[1.0]], delta=0)
    assert np.isnan(numerical[0]).all()


def test_the_arguments_are_not_changed():
    x = np.array([1.0, 2.0])
    t = tf.constant(x)
    both(lambda x: x * x, [t])
    assert t.numpy().tolist() == x.tolist() == [1, 2]


@pytest.mark.parametrize("x", [np.ones(2), tf.constant([1.0]), 1.0, {"x": 1.0}, "x"])
def test_arguments_come_in_a_list(x):
    with pytest.raises(ValueError, match="`x` must be a list or tuple"):
        tf.test.compute_gradient(lambda x: x, x)


@pytest.mark.parametrize("bad", [1, True])
def test_only_floats_have_gradients(bad):
    with pytest.raises(AssertionError, match="unsupported type .* of argument 1"):
        tf.test.compute_gradient(lambda x, y: x, [1.0, bad])
    with pytest.raises(AssertionError, match="unsupported type int32 of y"):
        tf.test.compute_gradient(lambda x: tf.cast(x, tf.int32), [1.0])


@pytest.mark.parametrize("bad", [None, 3.0, [tf.constant(1.0)]])
def test_the_function_returns_a_tensor(bad):
    with pytest.raises(TypeError, match="f must return one tensor"):
        tf.test.compute_gradient(lambda x: bad, [1.0])


@pytest.mark.parametrize("what", ["cuda", "rocm", "gpu_support", "xla"])
def test_what_is_not_in_the_build(what):
    assert getattr(tf.test, f"is_built_with_{what}")() is False


def test_there_is_no_gpu():
    assert tf.test.is_gpu_available() is False
    assert tf.test.is_gpu_available(cuda_only=True, min_cuda_compute_capability=(3, 0)) is False
    assert tf.test.gpu_device_name() == ""


# ------------------------------------------------------------------ by name


@pytest.fixture(scope="module")
def run():
    folder = Path(tf.__file__).resolve().parent.parent
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path}

    def run(program):
        command = [sys.executable, "-c", program]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    return run


@pytest.mark.parametrize("program", ["from autograd_c.test import *", "from autograd_c import *"])
def test_they_can_be_imported_by_name(run, program):
    done = run(f"{program}\nassert compute_gradient if 'test import' in '{program}' else test")
    assert done.returncode == 0, done.stderr


def test_other_names_are_still_errors():
    with pytest.raises(AttributeError, match="module 'autograd_c' has no attribute 'tset'"):
        tf.tset  # noqa: B018
    with pytest.raises(ImportError):
        from autograd_c import tset  # noqa: F401
