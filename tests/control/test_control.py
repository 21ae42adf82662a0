"""Loops, branches, TensorArray and functions: what TensorFlow's comparisons do not show."""

from __future__ import annotations

import copy
import gc
import io
import pickle
import weakref

import numpy as np
import pytest

import autograd_c as tf


def test_a_loop_of_one_variable_may_return_it_bare():
    assert tf.while_loop(lambda i: i < 3, lambda i: i + 1, [tf.constant(0)])[0] == 3
    found = tf.while_loop(lambda i: i < 3, lambda i: i + 1, (0,), maximum_iterations=tf.constant(2))
    assert type(found) is tuple and found[0] == 2


@pytest.mark.parametrize("size", [-1, 2**40, tf.constant(-1)])
def test_sizes_of_tensor_arrays_out_of_range(size):
    with pytest.raises(ValueError, match=r"\[TensorArray\] size must be from 0 to 2147483647, got"):
        tf.TensorArray(tf.float32, size)


def test_a_loop_carries_arrays():
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        _, array = tf.while_loop(
            lambda i, array: i < 3,
            lambda i, array: (i + 1, array.write(i, x ** float(i))),
            (0, tf.TensorArray(tf.float32, size=3)),
        )
        y = tf.reduce_sum(array.stack())
    assert tape.gradient(y, x) == 5.0


def test_exclusive_cases():
    pairs = [(tf.constant(True), lambda: 1), (tf.constant(True), lambda: 2)]
    with pytest.raises(tf.errors.InvalidArgumentError, match="exclusive"):
        tf.case(pairs, exclusive=True)
    assert tf.case(pairs[:1], exclusive=True) == 1


def test_an_error_keeps_what_was_written():
    array = tf.TensorArray(tf.float32, size=2).write(0, 1.0)
    for wrong in (lambda: array.write(1, [1.0]), lambda: array.write(2, 1.0)):
        with pytest.raises((ValueError, IndexError)):
            wrong()
    np.testing.assert_array_equal(array.stack(), [1.0, 0.0])
    for indices, rows in (([0, 2], [5.0, 6.0]), ([0, -1], [5.0, 6.0]), ([0, 1], [[5.0], [6.0]])):
        with pytest.raises((ValueError, IndexError)):
            array.scatter(indices, rows)
    np.testing.assert_array_equal(array.stack(), [1.0, 0.0])
    np.testing.assert_array_equal(array.scatter([1, 0], [5.0, 6.0]).stack(), [6.0, 5.0])


def test_a_map_is_differentiated_again():
    x = tf.constant([1.0, 2.0])
    hessian = tf.func.hessian(lambda x: tf.reduce_sum(tf.map_fn(lambda v: v * v * x, x)))(x)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_sum(x * x) * tf.reduce_sum(x)
        slope = inner.gradient(y, x)
    np.testing.assert_allclose(hessian, outer.jacobian(slope, x))


def test_python_functions_as_decorators():
    @tf.py_function(Tout=tf.float32)
    def square(x):
        """Of a number."""
        return x * x

    @tf.numpy_function(Tout=tf.float32)
    def double(x):
        return 2 * x

    assert square(3.0) == 9.0 and square.__doc__ == "Of a number."
    assert double(tf.constant([1.0]))[0] == 2.0
    with pytest.raises(TypeError, match="Tout"):
        tf.numpy_function(lambda x: x, [1.0])


def test_a_list_is_one_of_the_results_of_a_python_function():
    x = tf.constant([1.0, 2.0])
    for several in (lambda x: (x,), lambda x: [x], lambda x: (x, 2.0 * x)):
        np.testing.assert_array_equal(tf.py_function(several, [x], tf.float32), x)
        np.testing.assert_array_equal(tf.py_function(several, [x], [tf.float32])[0], x)
    assert tf.py_function(lambda x: ((x,),), [x], tf.float32).shape == (1, 2)
    assert tf.numpy_function(lambda x: (x,), [x], tf.float32).shape == (2,)
    for none in (lambda x: None, lambda x: ()):
        with pytest.raises(tf.errors.InvalidArgumentError, match="returns 0 values"):
            tf.py_function(none, [x], tf.float32)


def test_numpy_functions_get_arrays_of_their_own():
    x = tf.constant([1.0, 2.0])

    def overwrite(a):
        a[:] = 0
        return a

    assert tf.reduce_sum(tf.numpy_function(overwrite, [x], tf.float32)) == 0.0
    assert tf.reduce_sum(x) == 3.0


# ---------------------------------------------------------------- tf.function


def test_a_function_runs_each_time():
    seen = []

    @tf.function
    def f(x, *, k=1.0):
        """Twice."""
        seen.append(k)
        return 2 * x * k

    assert f(tf.constant(1.0)) == 2.0 and f(1.0, k=3.0) == 6.0
    assert seen == [1.0, 3.0]
    assert f.__name__ == "f" and f.__doc__ == "Twice." and f.__wrapped__ is f.python_function


def test_variables_are_made_in_the_first_call():
    class Layer(tf.Module):
        def __init__(self):
            super().__init__()
            self.w = None

        @tf.function(jit_compile=True, autograph=False)
        def __call__(self, x):
            if self.w is None:
                self.w = tf.Variable(tf.ones([2]), name="w")
            return tf.reduce_sum(self.w * x)

    layer = Layer()
    with tf.GradientTape() as tape:
        y = layer(tf.constant([1.0, 2.0]))
    np.testing.assert_array_equal(tape.gradient(y, layer.w), [1.0, 2.0])
    assert layer.variables == (layer.w,)


def test_methods_do_not_keep_their_objects():
    class A:
        @tf.function
        def f(self):
            return id(self)

    a = A()
    assert a.f() == id(a) and a.f.get_concrete_function()() == id(a)
    assert a.f.experimental_get_tracing_count() == 1
    alive = weakref.ref(a)
    del a
    gc.collect()
    assert alive() is None

    class Unhashable:
        __hash__ = None

        @tf.function
        def f(self, x):
            return x

    assert Unhashable().f(3) == 3


def test_functions_of_functions_and_of_objects():
    class Callable:
        def __call__(self, x):
            return x + 1

    assert tf.function(Callable())(1) == 2
    assert tf.function(tf.function(lambda x: x + 1))(1) == 2
    assert tf.function(reduce_retracing=True)(lambda x: x + 1)(1) == 2
    assert tf.function(lambda: object()).experimental_get_tracing_count() == 0


def test_any_argument_is_taken():
    f = tf.function(lambda *args, **kwargs: len(args) + len(kwargs))
    unhashable = type("U", (), {"__hash__": None})()
    assert f(unhashable, {1: unhashable}, {2, 3}, [np.ones(3)], a=slice(3), b=None) == 6
    f(unhashable, {1: unhashable}, {2, 3}, [np.ones(3)], a=slice(3), b=None)


def test_concrete_functions_say_what_they_take():
    f = tf.function(lambda x, k=2: x * k)
    concrete = f.get_concrete_function(tf.TensorSpec([None], name="inp"))
    assert concrete is f.get_concrete_function(tf.TensorSpec([None], name="inp"))
    (x, k), named = concrete.structured_input_signature
    assert (x, k, named) == (tf.TensorSpec([None], name="inp"), 2, {})
    assert "x (POSITIONAL_OR_KEYWORD): TensorSpec(shape=(None,)" in (
        concrete.pretty_printed_signature()
    )
    assert f.pretty_printed_concrete_signatures() == concrete.pretty_printed_signature()
    assert "lambda" in repr(concrete) and "lambda" in repr(f)
    for wrong in (lambda: concrete(), lambda: concrete([1.0], 3), lambda: concrete(z=1.0)):
        with pytest.raises(TypeError, match="Binding inputs"):
            wrong()
    with pytest.raises(tf.errors.InvalidArgumentError, match="Can not cast") as raised:
        concrete(tf.constant([1]))
    assert isinstance(raised.value, TypeError)
    np.testing.assert_array_equal(concrete([1.0], 2), [2.0])


def test_a_concrete_function_of_a_spec_of_any_rank():
    power = tf.function(lambda a, b: a**b)
    square = power.get_concrete_function(a=tf.TensorSpec(None, tf.float32), b=2)
    assert square is power.get_concrete_function(tf.TensorSpec(None, tf.float32), 2)
    assert float(square(tf.constant(10.0))) == 100.0
    np.testing.assert_array_equal(square(tf.constant([[3.0]])), [[9.0]])


def test_specs_are_kept_and_copied():
    spec = tf.TensorSpec([2, None], tf.float64, "x")
    for other in (pickle.loads(pickle.dumps(spec)), copy.deepcopy(spec)):
        assert other == spec and hash(other) == hash(spec)
    for spec in (tf.IndexedSlicesSpec([2]), tf.TensorArraySpec([2]), tf.NoneTensorSpec()):
        assert pickle.loads(pickle.dumps(spec)) == spec
        assert spec.is_subtype_of(spec) and spec.most_specific_compatible_type(spec) == spec
    assert not tf.TensorArraySpec([2]).is_compatible_with(tf.zeros([2]))


# ---------------------------------------------------------------- the rest


def test_print_to_files_and_functions(tmp_path):
    stream, texts = io.StringIO(), []
    tf.print("x", tf.constant([1.0]), output_stream=stream)
    assert stream.getvalue() == "x [1]\n"
    tf.print("x", output_stream=texts.append)
    assert texts == ["x"]
    for _ in range(2):
        tf.print("x", output_stream=f"file://{tmp_path}/log")
    assert (tmp_path / "log").read_text() == "x\nx\n"
    tf.print(tf.constant([1.5 + 2j, -1j], tf.complex128), output_stream=stream)
    assert stream.getvalue().endswith("[1.5+2j -0-1j]\n")
    for wrong in ({"output_stream": "foo"}, {"foo": 1}):
        with pytest.raises(ValueError):
            tf.print("x", **wrong)


def test_contexts_hand_exceptions_on():
    for context in (tf.device("CPU:0"), tf.control_dependencies([]), tf.init_scope()):
        with pytest.raises(ZeroDivisionError), context:
            raise ZeroDivisionError
    called = []
    with tf.control_dependencies([lambda: called.append(1)]):
        assert called == [1]
    with pytest.raises(RuntimeError):
        tf.device(lambda op: "CPU:0")
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.device("/job:worker")


def test_critical_sections_nest_and_hand_errors_on():
    section = tf.CriticalSection(name="s")
    assert section.execute(lambda: section.execute(lambda: 1)) == 1
    with pytest.raises(ZeroDivisionError):
        section.execute(lambda: 1 / 0)
    assert section.execute(lambda: None) is None and section.name == "s"


def test_settings_are_remembered():
    for get, put in [
        (tf.config.functions_run_eagerly, tf.config.run_functions_eagerly),
        (tf.config.get_soft_device_placement, tf.config.set_soft_device_placement),
        (tf.debugging.get_log_device_placement, tf.debugging.set_log_device_placement),
    ]:
        before = get()
        put(not before)
        assert get() is (not before)
        put(before)
    with pytest.raises(ValueError):
        tf.config.set_visible_devices(tf.config.list_physical_devices(), "GPU")


def test_a_method_with_a_signature_takes_keywords():
    class Model:
        @tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
        def triple(self, x):
            return 3 * x

    model = Model()
    assert float(model.triple(x=2)) == float(model.triple(2)) == 6.0
    with pytest.raises(TypeError, match="Binding inputs"):
        model.triple(y=2)


def test_defaults_are_converted_to_the_signature():
    spec = tf.TensorSpec([], tf.float32)

    @tf.function(input_signature=[spec, spec, spec])
    def f(x, y=2, z=None):
        assert all(t.dtype == tf.float32 for t in (x, y, z))
        return x * y + z

    assert float(f(3, z=1)) == float(f(z=1, x=3)) == 7.0
    assert float(f(3, 4, 1)) == 13.0
    with pytest.raises(TypeError, match="Binding inputs .* None"):
        f(3)
    with pytest.raises(TypeError, match="missing a required argument: 'x'"):
        f(y=1, z=1)
