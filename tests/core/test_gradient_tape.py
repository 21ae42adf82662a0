"""GradientTape: what is recorded, what gradient() answers, misuse, memory, threads, depth.

The expectations are TensorFlow 2.21's, observed by running it, unless the test says otherwise.
"""

from __future__ import annotations

import collections
import contextlib
import copy
import dataclasses
import gc
import linecache
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import weakref
from pathlib import Path

import numpy as np
import pytest

import autograd_c as tf

USED_UP = "A non-persistent GradientTape can only be used to compute one set of gradients"


def x_and_y():
    return tf.constant(3.0), tf.constant(4.0)


def numbers(structure):
    """The tensors of a list as Python floats; None stays None."""
    return [None if value is None else float(value) for value in structure]


def nth_derivative(f, x, order):
    """By `order` nested tapes."""
    if order == 0:
        return f(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = nth_derivative(f, x, order - 1)
    return tape.gradient(y, x, unconnected_gradients="zero")


# ------------------------------------------------------------------ what gradient() answers


def test_the_gradient_of_a_product():
    x, y = x_and_y()
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        z = x * y
    assert numbers(tape.gradient(z, [x, y])) == [4.0, 3.0]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
def test_a_gradient_has_the_dtype_and_shape_of_its_source(dtype):
    x = tf.cast(tf.constant([[1.0, 2.0, 3.0]]), dtype)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    gradient = tape.gradient(y, x)
    assert gradient.dtype == dtype
    assert gradient.shape == (1, 3)
    np.testing.assert_array_equal(gradient.numpy(), np.array([[2, 4, 6]], dtype))


def test_the_elements_of_a_target_are_summed():
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * tf.constant([1.0, 10.0, 100.0])
    assert float(tape.gradient(y, x)) == 111.0


def test_several_targets_are_summed():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y, z = x * x, 5.0 * x
    assert float(tape.gradient([y, z], x)) == 11.0


def test_targets_may_be_nested():
    x, y = x_and_y()
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        z = x * y * y
    assert numbers(tape.gradient({"a": z, "b": [x, (y,)]}, [x, y])) == [17.0, 25.0]


def test_a_target_listed_twice_counts_twice():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    assert float(tape.gradient([y, y], x)) == 12.0


def test_no_target_at_all_gives_none():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
    assert tape.gradient([], x) is None


def test_a_target_that_is_the_source_gives_ones():
    x = tf.constant([3.0, 4.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
    np.testing.assert_array_equal(tape.gradient(x, x).numpy(), [1.0, 1.0])


def test_a_target_that_is_an_unwatched_source_gives_ones():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        pass
    assert float(tape.gradient(x, x)) == 1.0


def test_a_variable_as_target_and_source_gives_ones():
    never_read, read = tf.Variable(3.0), tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as tape:
        y = read * 2.0
    assert float(tape.gradient(never_read, never_read)) == 1.0
    assert float(tape.gradient(read, read)) == 1.0
    assert numbers(tape.gradient([y, read], [read])) == [3.0]


def test_a_target_that_is_a_source_adds_to_what_others_give():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    assert float(tape.gradient([y, x], x)) == 7.0


def test_a_source_listed_twice_gets_the_whole_gradient_twice():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    assert numbers(tape.gradient(y, [x, x])) == [6.0, 6.0]


def test_sources_may_be_intermediates():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        z = y * x
    assert numbers(tape.gradient(z, [x, y, z])) == [27.0, 3.0, 1.0]


def test_a_watched_intermediate_does_not_hide_what_is_behind_it():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        u = x * x
        tape.watch(u)
        z = u * u
    assert numbers(tape.gradient(z, [x, u])) == [108.0, 18.0]


def test_an_operand_that_is_not_watched_has_no_gradient():
    x, y = x_and_y()
    with tf.GradientTape() as tape:
        tape.watch(x)
        z = x * y
    assert numbers(tape.gradient(z, [x, y])) == [4.0, None]


def test_what_was_computed_before_watch_is_a_constant():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        u = x * x
        tape.watch(x)
        z = u * x
    assert numbers(tape.gradient(z, [x, u])) == [9.0, None]


def test_watching_twice_is_watching():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        tape.watch(x)
        y = x * x
    assert float(tape.gradient(y, x)) == 6.0


def test_watch_takes_nested_structures_and_returns_none():
    x, y = x_and_y()
    with tf.GradientTape() as tape:
        assert tape.watch([x, {"a": (y,)}]) is None
        z = x * y
    assert numbers(tape.gradient(z, [x, y])) == [4.0, 3.0]


def test_a_target_is_differentiated_by_position_or_by_name():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    assert float(tape.gradient(sources=x, target=y)) == 6.0


def test_gradients_of_broadcast_operands_are_summed_to_their_shapes():
    column, row = tf.constant([[1.0], [2.0]]), tf.constant([3.0, 4.0, 5.0])
    with tf.GradientTape() as tape:
        tape.watch([column, row])
        z = column * row
    by_column, by_row = tape.gradient(z, [column, row])
    np.testing.assert_array_equal(by_column.numpy(), [[12.0], [12.0]])
    np.testing.assert_array_equal(by_row.numpy(), [3.0, 3.0, 3.0])


def test_gradients_through_empty_tensors():
    x, empty = tf.constant(3.0), tf.zeros([0, 3])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, empty])
        y = empty * x
        s = tf.reduce_sum(empty)
    assert float(tape.gradient(y, x)) == 0.0
    assert tape.gradient(s, empty).shape == (0, 3)


def test_gradients_are_the_same_bits_each_time():
    x = tf.constant(np.linspace(-3, 3, 1000))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.tanh(x) * tf.exp(-x * x) + tf.sin(x) / (1.0 + x * x))
    first = tape.gradient(y, x).numpy()
    for _ in range(5):
        assert tape.gradient(y, x).numpy().tobytes() == first.tobytes()


# ------------------------------------------------------------------ structures of sources

Pair = collections.namedtuple("Pair", "p q")


@dataclasses.dataclass
class Record:
    p: object
    q: object


@pytest.fixture
def product():
    """A tape, x = 3, y = 4 and z = x y y, whose gradients are 16 and 24."""
    x, y = x_and_y()
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, y])
        z = x * y * y
    return tape, x, y, z


def test_the_answer_for_a_list_is_a_list(product):
    tape, x, y, z = product
    answer = tape.gradient(z, [x, y])
    assert type(answer) is list
    assert numbers(answer) == [16.0, 24.0]


def test_the_answer_for_a_tuple_is_a_tuple(product):
    tape, x, y, z = product
    answer = tape.gradient(z, (x, y))
    assert type(answer) is tuple
    assert numbers(answer) == [16.0, 24.0]


def test_the_answer_for_a_namedtuple_is_that_namedtuple(product):
    tape, x, y, z = product
    answer = tape.gradient(z, Pair(x, y))
    assert type(answer) is Pair
    assert numbers(answer) == [16.0, 24.0]


def test_the_answer_for_a_dict_has_its_keys_in_its_order(product):
    tape, x, y, z = product
    answer = tape.gradient(z, {"b": x, "a": y})
    assert type(answer) is dict
    assert list(answer) == ["b", "a"]
    assert numbers(answer.values()) == [16.0, 24.0]


def test_the_answer_for_an_ordered_dict_is_an_ordered_dict(product):
    tape, x, y, z = product
    answer = tape.gradient(z, collections.OrderedDict([("b", x), ("a", y)]))
    assert type(answer) is collections.OrderedDict
    assert list(answer) == ["b", "a"]


def test_the_answer_for_a_dataclass_is_that_dataclass(product):
    # TensorFlow wants __tf_flatten__ for this; here any dataclass will do.
    tape, x, y, z = product
    answer = tape.gradient(z, Record(x, [y]))
    assert type(answer) is Record
    assert float(answer.p) == 16.0
    assert numbers(answer.q) == [24.0]


def test_the_answer_for_a_nested_structure_is_nested_alike(product):
    tape, x, y, z = product
    answer = tape.gradient(z, {"b": x, "a": [y, (x,), Pair(y, {"k": x})]})
    assert float(answer["b"]) == 16.0
    second, third, fourth = answer["a"]
    assert float(second) == 24.0
    assert type(third) is tuple
    assert type(fourth) is Pair
    assert float(fourth.q["k"]) == 16.0


@pytest.mark.parametrize("empty", [[], (), {}])
def test_an_empty_structure_is_answered_with_itself(product, empty):
    tape, x, _, z = product
    assert tape.gradient(z, empty) == empty
    gradient, rest = tape.gradient(z, [x, empty])
    assert float(gradient) == 16.0
    assert rest == empty


# ------------------------------------------------------------------ unconnected gradients


def test_an_unconnected_source_gives_none():
    x, y = x_and_y()
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        z = x * x
    assert numbers(tape.gradient(z, [x, y])) == [6.0, None]


@pytest.mark.parametrize("zero", ["zero", "enum"])
def test_an_unconnected_source_gives_zeros_of_its_own_shape_and_dtype_if_asked(zero):
    x, matrix = tf.constant(3.0), tf.constant(np.ones((2, 2)))
    variable = tf.Variable(np.ones(3))
    with tf.GradientTape() as tape:
        tape.watch([x, matrix])
        z = x * x
    zero = tf.UnconnectedGradients.ZERO if zero == "enum" else zero
    answer = tape.gradient(z, [x, matrix, variable], unconnected_gradients=zero)
    assert float(answer[0]) == 6.0
    for gradient, source in zip(answer[1:], [matrix, variable], strict=True):
        assert gradient.dtype == source.dtype
        np.testing.assert_array_equal(gradient.numpy(), np.zeros(source.shape))


@pytest.mark.parametrize("none", ["none", "enum"])
def test_none_is_the_default_for_unconnected_sources(none):
    x, y = x_and_y()
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        z = x * x
    none = tf.UnconnectedGradients.NONE if none == "enum" else none
    assert numbers(tape.gradient(z, [x, y], unconnected_gradients=none)) == [6.0, None]


@pytest.mark.parametrize("value", ["foo", "ZERO", "None", None, 1])
def test_an_unknown_value_for_unconnected_gradients_is_an_error(value):
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    with pytest.raises(ValueError) as error:
        tape.gradient(y, x, unconnected_gradients=value)
    assert str(error.value) == f"Unknown value for unconnected_gradients: {value!r}"
    assert float(tape.gradient(y, x)) == 6.0  # the tape is not used up by that


def test_the_members_of_unconnected_gradients():
    assert [member.value for member in tf.UnconnectedGradients] == ["none", "zero"]


@pytest.mark.parametrize("number", [1.0, 2, True])
def test_a_python_number_as_target_depends_on_nothing(number):
    # TensorFlow fails by accident; the notebook's f(x, 2) returns 1.0.
    x = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
    assert tape.gradient(number, x) is None
    assert float(tape.gradient(number, x, unconnected_gradients="zero")) == 0.0


def test_a_python_number_among_targets_adds_nothing():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    assert float(tape.gradient([y, 1.0], x)) == 6.0


# ------------------------------------------------------------------ Variables


def test_variables_are_watched_when_they_are_read():
    v = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = v * v
    assert float(tape.gradient(y, v)) == 6.0


def test_an_element_of_a_variable():
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = v[0] * v[1]
    np.testing.assert_array_equal(tape.gradient(y, v).numpy(), [2.0, 1.0])


def test_variables_that_are_not_trainable_are_not_watched():
    v = tf.Variable(3.0, trainable=False)
    with tf.GradientTape() as tape:
        y = v * v
    assert tape.watched_variables() == ()
    assert tape.gradient(y, v) is None


def test_variables_that_are_not_trainable_can_be_watched():
    v = tf.Variable(3.0, trainable=False)
    with tf.GradientTape() as tape:
        tape.watch(v)
        y = v * v
    assert tape.watched_variables()[0] is v
    assert float(tape.gradient(y, v)) == 6.0


def test_watch_accessed_variables_false_leaves_the_choice_to_watch():
    v, w = tf.Variable(3.0), tf.Variable(2.0)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(v)
        y = v * v * w
    assert [watched is v for watched in tape.watched_variables()] == [True]
    assert numbers(tape.gradient(y, [v, w])) == [12.0, None]


def test_watched_variables_come_once_each_in_the_order_of_their_creation():
    u, v, w = tf.Variable(1.0), tf.Variable(2.0), tf.Variable(3.0)
    with tf.GradientTape() as tape:
        assert tape.watched_variables() == ()
        _ = w * v * u * w
        tape.watch(v)
        inside = tape.watched_variables()
    watched = tape.watched_variables()
    assert type(watched) is tuple
    for answer in (inside, watched):
        assert [id(variable) for variable in answer] == [id(u), id(v), id(w)]


def test_a_tape_that_was_never_entered_watches_nothing():
    assert tf.GradientTape().watched_variables() == ()


def test_an_integer_variable_has_no_gradient():
    v = tf.Variable(3)
    with tf.GradientTape() as tape:
        y = v * v
    assert tape.gradient(y, v) is None


def test_assigning_keeps_the_values_that_were_read_before():
    v = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = v * v
        v.assign(10.0)
        z = v * y
    assert float(z) == 90.0
    assert float(tape.gradient(z, v)) == 69.0  # y + 10 * 2 * 3


def test_assigning_after_the_tape_has_closed_does_not_change_its_gradient():
    v = tf.Variable([3.0, 4.0])
    with tf.GradientTape() as tape:
        y = v * v
    v.assign([100.0, 100.0])
    np.testing.assert_array_equal(tape.gradient(y, v).numpy(), [6.0, 8.0])


def test_assignment_itself_is_not_differentiated():
    v = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = v * v
        v.assign_add(y)
        z = v * 1.0
    assert float(z) == 12.0
    assert float(tape.gradient(z, v)) == 1.0


def test_a_variable_made_of_a_tensor_is_a_new_beginning():
    v = tf.Variable(1.0)
    with tf.GradientTape() as tape:
        w = tf.Variable(v * 2.0)
        y = w * 3.0
    assert numbers(tape.gradient(y, [v, w])) == [None, 3.0]


def test_what_was_read_from_a_variable_can_be_a_source():
    v = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as tape:
        read = v.read_value()
        y = read * read
    assert float(tape.gradient(y, read)) == 6.0
    assert float(tape.gradient(y, v)) == 6.0
    assert float(tape.gradient(read, v)) == 1.0


def test_two_variables_with_the_same_value_are_two_sources():
    v, w = tf.Variable(3.0), tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = v * 2.0 + w * 5.0
    assert numbers(tape.gradient(y, [v, w])) == [2.0, 5.0]


# ------------------------------------------------------------------ what cuts, what does not


def test_stop_gradient_makes_a_constant():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.stop_gradient(x * x) * x
    assert float(tape.gradient(y, x)) == 9.0


def test_numpy_makes_a_constant():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x.numpy() * float(x)
    assert float(tape.gradient(y, x)) == 9.0


def test_identity_is_recorded():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.identity(x)
    assert y is not x
    assert float(tape.gradient(y, x)) == 1.0


def test_copies_of_a_tensor_are_differentiated_through():
    x = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        shallow, deep = copy.copy(x) * 2.0, copy.deepcopy(x) * 2.0
    assert float(tape.gradient(shallow, x)) == 2.0
    assert float(tape.gradient(deep, x)) == 2.0


def test_converting_a_list_of_tensors_is_recorded():
    x = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.convert_to_tensor([[x, 1.0], [2.0, x * x]])
        z = x * [x, 1.0]
    assert float(tape.gradient(y, x)) == 7.0
    assert float(tape.gradient(z, x)) == 7.0


def test_a_numpy_array_on_the_left_is_recorded():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = np.array([1.0, 2.0], np.float32) * x
    assert isinstance(y, tf.Tensor)
    assert float(tape.gradient(y, x)) == 3.0


def test_a_cast_between_floating_types_is_recorded():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.cast(x, tf.float64) * 2.0
    gradient = tape.gradient(y, x)
    assert gradient.dtype == tf.float32
    assert float(gradient) == 2.0


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "bool"])
def test_a_cast_to_integers_cuts(dtype):
    x = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.cast(tf.cast(x, dtype), tf.float32) * 2.0
    assert tape.gradient(y, x) is None
    assert float(tape.gradient(y, x, unconnected_gradients="zero")) == 0.0


# ------------------------------------------------------------------ integers


def test_an_integer_target_has_no_gradient():
    x = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y, z = tf.cast(x, tf.int32), x * x
    assert tape.gradient(y, x) is None
    assert float(tape.gradient(y, x, unconnected_gradients="zero")) == 0.0
    assert float(tape.gradient([y, z], x)) == 6.0


def test_an_integer_source_has_no_gradient():
    n = tf.constant(3)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(n)
        y = tf.cast(n, tf.float32) * 2.0
    assert tape.gradient(y, n) is None
    zero = tape.gradient(y, n, unconnected_gradients="zero")
    assert zero.dtype == tf.int32
    assert int(zero) == 0


def test_warnings_about_integers_are_logged_once_for_each_place():
    lines = run_python(
        """
        import logging
        import autograd_c as tf

        class Collect(logging.Handler):
            def emit(self, record):
                print(record.levelname, record.lineno, record.getMessage().replace("\\n", ""))

        logging.getLogger().addHandler(Collect())
        n = tf.Variable(3)
        for _ in range(20):
            with tf.GradientTape(persistent=True) as tape:
                tape.watch(tf.constant(3))
                y = tf.cast(n, tf.float32) * 2.0
            assert tape.gradient(y, n) is None
            assert tape.gradient(y, n) is None
            tape.gradient(n, n)
            tf.autodiff.ForwardAccumulator(tf.constant(3), 1)
        """
    ).splitlines()
    watch, first, second, target, primal = lines
    message = "The dtype of the watched tensor must be floating (e.g. tf.float32), got tf.int32"
    assert message in watch
    assert "source" in first and "source" in second and "float" in first
    assert "target" in target
    assert "primal" in primal
    numbers = [int(line.split()[1]) for line in lines]
    assert numbers == [numbers[0] + k for k in (0, 2, 3, 4, 5)]
    assert all(f":{number}" in line for number, line in zip(numbers, lines))


def test_a_warning_in_code_of_the_package_is_at_the_line_that_called_it(caplog):
    n = tf.constant(3)
    for _ in range(2):
        for _ in range(2):
            tf.gradients(lambda x: tf.cast(x, tf.float32), n)
    assert [Path(record.pathname).name for record in caplog.records] == [Path(__file__).name]
    assert "tf.gradients" in linecache.getline(__file__, caplog.records[0].lineno)


# ------------------------------------------------------------------ output gradients


@pytest.mark.parametrize("upstream", [2.0, np.float32(2.0), "tensor", ["tensor"], [2.0]])
def test_output_gradients_are_the_upstream(upstream):
    x, two = tf.constant(3.0), tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    if upstream == "tensor":
        upstream = two
    elif upstream == ["tensor"]:
        upstream = [two]
    assert float(tape.gradient(y, x, output_gradients=upstream)) == 12.0


def test_output_gradients_have_the_structure_of_the_targets():
    x = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y, z = x * tf.constant([1.0, 2.0, 3.0]), x * x
    upstream = [tf.constant([1.0, 10.0, 100.0]), tf.constant(2.0)]
    assert float(tape.gradient([y, z], x, output_gradients=upstream)) == 333.0
    targets = {"a": y, "b": (z,)}
    upstream = {"a": upstream[0], "b": (upstream[1],)}
    assert float(tape.gradient(targets, x, output_gradients=upstream)) == 333.0


def test_the_upstream_of_a_target_that_is_the_source_is_the_answer():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
    assert float(tape.gradient(x, x, output_gradients=tf.constant(5.0))) == 5.0


def test_output_gradients_do_not_change_what_the_caller_holds():
    x, upstream = tf.constant([3.0, 4.0]), tf.constant([1.0, 10.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x + x
        z = y + x
    tape.gradient([y, z, z], x, output_gradients=[upstream, upstream, upstream])
    np.testing.assert_array_equal(upstream.numpy(), [1.0, 10.0])
    answer = tape.gradient(x, x, output_gradients=upstream)
    tape.gradient([x, z], x, output_gradients=[upstream, upstream])
    np.testing.assert_array_equal(answer.numpy(), [1.0, 10.0])
    np.testing.assert_array_equal(upstream.numpy(), [1.0, 10.0])


def test_output_gradients_of_the_wrong_shape_are_an_error():
    x = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * tf.constant([1.0, 2.0, 3.0])
    with pytest.raises(tf.errors.InvalidArgumentError):
        tape.gradient(y, x, output_gradients=tf.constant([1.0, 1.0]))
    assert float(tape.gradient(y, x)) == 6.0


@pytest.mark.parametrize("count", [1, 3])
def test_output_gradients_of_the_wrong_number_are_an_error(count):
    # TensorFlow drops or makes up the rest silently.
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        targets = [x * x, x * 2.0]
    with pytest.raises(ValueError):
        tape.gradient(targets, x, output_gradients=[tf.constant(1.0)] * count)


@pytest.mark.parametrize("dtype", ["int32", "float64", "complex64"])
def test_output_gradients_of_another_dtype_are_an_error(dtype):
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    with pytest.raises(TypeError):
        tape.gradient(y, x, output_gradients=tf.cast(tf.constant(1.0), dtype))


# ------------------------------------------------------------------ opening, closing, pausing


def test_a_closed_tape_records_nothing():
    x = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
    u = x * x * x
    assert tape.gradient(u, x) is None
    assert float(tape.gradient(y, x)) == 6.0


def test_with_returns_the_tape():
    tape = tf.GradientTape()
    with tape as entered:
        assert entered is tape


def test_a_closed_tape_can_be_entered_again_and_goes_on():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    u = x * x * x
    with tape:
        z = y * x + u
    assert float(tape.gradient(z, x)) == 27.0


def test_a_used_up_tape_begins_afresh_when_it_is_entered_again():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    tape.gradient(y, x)
    with tape:
        z = x * x
    assert tape.gradient(z, x) is None  # the watches were forgotten
    with tape:
        tape.watch(x)
        z = x * x
    assert float(tape.gradient(z, x)) == 6.0


def test_watching_after_the_tape_has_closed_changes_nothing():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        y = x * x
    tape.watch(x)
    assert tape.gradient(y, x) is None


def test_what_is_made_while_recording_is_stopped_is_a_constant():
    x = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        u = x * x
        with tape.stop_recording():
            v = u * x
        w = v * x + u
    assert numbers(tape.gradient(w, [x, u, v])) == [33.0, 1.0, None]


def test_gradient_may_be_asked_while_recording_is_stopped():
    x = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        with tape.stop_recording():
            assert float(tape.gradient(y, x)) == 6.0
        z = y * x
    assert float(tape.gradient(z, x)) == 27.0


def test_stopping_one_tape_does_not_stop_another():
    x = tf.constant(3.0)
    with tf.GradientTape() as outer, tf.GradientTape() as inner:
        outer.watch(x)
        inner.watch(x)
        with inner.stop_recording():
            y = x * x
        z = y * x
    assert float(inner.gradient(z, x)) == 9.0
    assert float(outer.gradient(z, x)) == 27.0


def test_an_exception_while_recording_is_stopped_resumes_recording():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(KeyError), tape.stop_recording():
            raise KeyError
        y = x * x
    assert float(tape.gradient(y, x)) == 6.0


def test_reset_forgets_records_and_watches():
    x, y = x_and_y()
    v = tf.Variable(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        u = x * x * v
        tape.reset()
        assert tape.watched_variables() == ()
        z = u * x
        tape.watch(y)
        w = z * y
    assert tape.gradient(z, x) is None
    assert numbers(tape.gradient(w, [x, u, y])) == [None, None, float(z)]


def test_gradient_inside_the_tapes_own_block():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        gradient = tape.gradient(y, x)
    assert float(gradient) == 6.0
    with pytest.raises(RuntimeError, match=USED_UP):
        tape.gradient(y, x)


def test_gradient_of_a_persistent_tape_inside_its_own_block_is_recorded():
    x = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x * x
        first = tape.gradient(y, x)
        second = tape.gradient(first, x)
    third = tape.gradient(second, x)
    assert numbers([first, second, third]) == [27.0, 18.0, 6.0]


def test_gradient_of_a_persistent_tape_outside_its_block_is_not_recorded():
    x = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x * x
    first = tape.gradient(y, x)
    assert tape.gradient(first, x) is None


def test_a_persistent_tape_answers_many_times():
    x, y = x_and_y()
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, y])
        u = x * y
        v = u * u
    for _ in range(3):
        assert numbers(tape.gradient(v, [x, y, u])) == [96.0, 72.0, 24.0]
        assert numbers(tape.gradient(u, [x, y])) == [4.0, 3.0]


# ------------------------------------------------------------------ several tapes


def test_nested_tapes_each_see_everything():
    x = tf.constant(3.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        y = x * x
        with tf.GradientTape() as inner:
            inner.watch([x, y])
            z = y * x
    assert numbers(inner.gradient(z, [x, y])) == [9.0, 3.0]
    assert numbers(outer.gradient(z, [x, y])) == [27.0, 3.0]


def test_tapes_may_overlap_and_close_out_of_order():
    x = tf.constant(3.0)
    a, b = tf.GradientTape(), tf.GradientTape()
    a.__enter__()
    b.__enter__()
    a.watch(x)
    b.watch(x)
    y = x * x
    a.__exit__(None, None, None)
    z = y * x
    b.__exit__(None, None, None)
    assert float(a.gradient(y, x)) == 6.0
    assert float(b.gradient(z, x)) == 27.0


def test_a_closed_tape_does_not_see_what_an_overlapping_one_records_later():
    x = tf.constant(3.0)
    a, b = tf.GradientTape(persistent=True), tf.GradientTape()
    a.__enter__()
    b.__enter__()
    a.watch(x)
    b.watch(x)
    y = x * x
    a.__exit__(None, None, None)
    z = y * x
    b.__exit__(None, None, None)
    assert a.gradient(z, x) is None
    assert a.gradient(z, y) is None
    assert float(a.gradient(y, x)) == 6.0
    assert float(b.gradient(z, x)) == 27.0


def test_two_tapes_that_watch_different_things():
    x, y = x_and_y()
    with tf.GradientTape(persistent=True) as a, tf.GradientTape(persistent=True) as b:
        a.watch(x)
        b.watch(y)
        z = x * y
    assert numbers(a.gradient(z, [x, y])) == [4.0, None]
    assert numbers(b.gradient(z, [x, y])) == [None, 3.0]


def test_a_tape_opened_in_a_generator():
    x = tf.constant(3.0)

    def record():
        with tf.GradientTape() as tape:
            tape.watch(x)
            yield tape

    generator = record()
    tape = next(generator)
    y = x * x
    assert float(tape.gradient(y, x)) == 6.0
    generator.close()


def test_what_one_tape_recorded_is_a_constant_for_a_later_one():
    x = tf.constant(3.0)
    with tf.GradientTape() as first:
        first.watch(x)
        y = x * x
    with tf.GradientTape() as second:
        second.watch(y)
        z = y * y
    assert numbers(second.gradient(z, [x, y])) == [None, 18.0]
    assert float(first.gradient(y, x)) == 6.0


def test_many_nested_tapes():
    x = tf.constant(1.5)
    tapes = [tf.GradientTape() for _ in range(50)]
    for tape in tapes:
        tape.__enter__()
        tape.watch(x)
    y = x * x
    for tape in tapes:
        tape.__exit__(None, None, None)
    for tape in tapes:
        assert float(tape.gradient(y, x)) == 3.0


# ------------------------------------------------------------------ higher derivatives


def test_the_second_derivative():
    x = tf.constant(3.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = x * x * x
        first = inner.gradient(y, x)
    assert float(first) == 27.0
    assert float(outer.gradient(first, x)) == 18.0


@pytest.mark.parametrize("order", range(8))
def test_derivatives_of_a_power_are_exact_to_any_order(order):
    x = tf.constant(2.0, tf.float64)
    expected = np.prod([6 - k for k in range(order)]) * 2.0 ** max(6 - order, 0)
    assert float(nth_derivative(lambda v: v * v * v * v * v * v, x, order)) == expected
    assert float(nth_derivative(lambda v: v**6, x, order)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("order", range(9))
def test_derivatives_of_sine_and_exponential_to_any_order(order):
    x = tf.constant(0.7, tf.float64)
    turned = np.sin(0.7 + order * np.pi / 2)
    assert float(nth_derivative(tf.sin, x, order)) == pytest.approx(turned, rel=1e-12)
    scaled = 0.5**order * np.exp(0.35)
    half = nth_derivative(lambda v: tf.exp(0.5 * v), x, order)
    assert float(half) == pytest.approx(scaled, rel=1e-12)


@pytest.mark.parametrize("order", range(1, 6))
def test_derivatives_of_a_quotient_to_any_order(order):
    x = tf.constant(1.25, tf.float64)
    factorial = float(np.prod(np.arange(1, order + 1)))
    expected = (-1) ** order * factorial / 1.25 ** (order + 1)
    assert float(nth_derivative(lambda v: 1.0 / v, x, order)) == pytest.approx(expected, rel=1e-12)


def test_tanh_to_the_fourth_order():
    x = tf.constant(0.3, tf.float64)
    t = np.tanh(0.3)
    s = 1 - t * t
    expected = [t, s, -2 * t * s, -2 * s * s + 4 * t * t * s, 16 * t * s * s - 8 * t**3 * s]
    for order, wanted in enumerate(expected):
        assert float(nth_derivative(tf.tanh, x, order)) == pytest.approx(wanted, rel=1e-12)


def test_mixed_second_derivatives():
    x, y = x_and_y()
    with tf.GradientTape(persistent=True) as outer:
        outer.watch([x, y])
        with tf.GradientTape() as inner:
            inner.watch([x, y])
            z = x * x * y * y * y
        by_x, by_y = inner.gradient(z, [x, y])
    assert numbers(outer.gradient(by_x, [x, y])) == [128.0, 288.0]  # 2 y^3, 6 x y^2
    assert numbers(outer.gradient(by_y, [x, y])) == [288.0, 216.0]  # 6 x y^2, 6 x^2 y


def test_the_hessian_of_rosenbrock():
    point = np.array([-1.2, 1.0, 0.8])
    x = tf.constant(point)
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            head, tail = x[:-1], x[1:]
            y = tf.reduce_sum(100.0 * (tail - head * head) ** 2 + (1.0 - head) ** 2)
        gradient = inner.gradient(y, x)
        rows = tf.unstack(gradient)
    hessian = np.array([outer.gradient(row, x).numpy() for row in rows])
    a, b, c = point
    expected = np.array(
        [
            [1200 * a * a - 400 * b + 2, -400 * a, 0],
            [-400 * a, 200 + 1200 * b * b - 400 * c + 2, -400 * b],
            [0, -400 * b, 200],
        ]
    )
    np.testing.assert_allclose(hessian, expected, rtol=1e-12)


def test_second_derivatives_of_variables():
    w, b = tf.Variable(1.0), tf.Variable(2.0)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = w * w * b
        gradients = inner.gradient(y, [w, b])
    assert numbers(outer.gradient(gradients, [w, b])) == [6.0, 2.0]


def test_the_outer_tape_must_watch_for_itself():
    x = tf.constant(3.0)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = x * x * x
        first = inner.gradient(y, x)
    assert outer.gradient(first, x) is None


def test_the_outer_derivative_of_an_inner_one_by_an_intermediate():
    x = tf.constant(3.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            y = x * x * x
            inner.watch(y)
            z = y * y
        by_y = inner.gradient(z, y)
    assert float(by_y) == 54.0
    assert float(outer.gradient(by_y, x)) == 54.0  # 2 * 3 * x^2


def test_a_gradient_taken_while_the_outer_tape_is_stopped_is_a_constant():
    x = tf.constant(3.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = x * x * x
        with outer.stop_recording():
            first = inner.gradient(y, x)
        z = first * x
    assert float(outer.gradient(z, x)) == 27.0


def test_the_outer_tape_sees_a_gradient_used_like_any_value():
    x = tf.constant(2.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.exp(x) * x
        z = y * inner.gradient(y, x)  # x (1 + x) exp(2 x)
    expected = np.exp(4.0) * (1 + 4 + 2 * (2 + 4))
    assert float(outer.gradient(z, x)) == pytest.approx(expected, rel=1e-6)


def test_a_gradient_is_differentiable_by_its_upstream():
    # The derivative of J^T u by u, applied to v, is J v: forward mode out of two reverse sweeps.
    x = tf.constant([0.5, 1.0, 2.0], tf.float64)
    u, v = tf.zeros([3], tf.float64), tf.constant([1.0, 10.0, 100.0], tf.float64)
    with tf.GradientTape() as outer:
        outer.watch(u)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.sin(x)
        back = inner.gradient(y, x, output_gradients=u)
    forward = outer.gradient(back, u, output_gradients=v)
    np.testing.assert_allclose(forward.numpy(), np.cos(x.numpy()) * v.numpy(), rtol=1e-14)


def test_a_hessian_vector_product():
    random = np.random.default_rng(1)
    matrix, start, direction = random.normal(size=(5, 5)), *random.normal(size=(2, 5))
    x = tf.constant(start)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_sum(tf.tensordot(tf.constant(matrix), x, 1) ** 3)
        first = inner.gradient(y, x)
        along = tf.reduce_sum(first * tf.constant(direction))
    product = outer.gradient(along, x).numpy()
    hessian = matrix.T @ np.diag(6 * (matrix @ start)) @ matrix
    np.testing.assert_allclose(product, hessian @ direction, rtol=1e-10)


def test_the_nested_derivative_of_an_outer_variable_is_not_confused():
    # d/dx (x * d/dy (x + y)) is 1, not 2: perturbations of the two tapes must not mix.
    x = tf.constant(1.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        y = tf.constant(1.0)
        with tf.GradientTape() as inner:
            inner.watch(y)
            z = x + y
        w = x * inner.gradient(z, y)
    assert float(outer.gradient(w, x)) == 1.0


def test_tapes_in_a_recursion():
    def power_derivative(x, n):
        """d/dx of x**n, by a tape around the recursion for n - 1."""
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            for _ in range(n - 1):
                y = y * x
            if n > 1:
                y = y + power_derivative(x, n - 1)
        return tape.gradient(y, x)

    # D(n) = d/dx (x^n + D(n-1)): for n = 3 it is 3 x^2 + d/dx (2 x + d/dx x) = 3 x^2 + 2
    assert float(power_derivative(tf.constant(2.0), 3)) == 14.0


# ------------------------------------------------------------------ misuse


def test_a_second_gradient_of_a_tape_that_is_not_persistent_is_an_error():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    tape.gradient(y, x)
    with pytest.raises(RuntimeError) as error:
        tape.gradient(y, x)
    assert str(error.value) == USED_UP + " (or jacobians)"


def test_gradient_of_a_tape_that_was_never_entered_is_an_error():
    x = tf.constant(3.0)
    with pytest.raises(RuntimeError, match=r"never entered.*`with tf\.GradientTape\(\) as tape:`"):
        tf.GradientTape().gradient(x, x)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3.0 of type 'float'"),
        ("a", "a of type 'str'"),
        (None, "None of type 'NoneType'"),
        (np.ones(2), "[1. 1.] of type 'ndarray'"),
        (np.float32(2), "2.0 of type 'float32'"),
        ([1.0], "1.0 of type 'float'"),
    ],
)
def test_watching_what_is_no_tensor_is_an_error(value, text):
    with tf.GradientTape() as tape, pytest.raises(ValueError) as error:
        tape.watch(value)
    assert str(error.value).startswith(f"Passed in object {text}, not tf.Tensor or tf.Variable")


def test_entering_a_tape_twice_is_an_error():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(ValueError) as error:
            tape.__enter__()
        y = x * x
    assert str(error.value) == (
        "Tape is still recording, This can happen if you try to re-enter an already-active tape."
    )
    assert float(tape.gradient(y, x)) == 6.0


def test_leaving_what_was_not_entered_does_nothing():
    tape = tf.GradientTape()
    tape.__exit__(None, None, None)
    with tape:
        pass
    tape.__exit__(None, None, None)


def test_stopping_a_tape_that_was_never_entered_is_an_error():
    with pytest.raises(RuntimeError) as error, tf.GradientTape().stop_recording():
        pass
    assert str(error.value).startswith(
        "Trying to stop recording a tape which is not recording. This GradientTape was never"
    )


def test_stopping_a_closed_tape_is_an_error():
    with tf.GradientTape() as tape:
        pass
    with pytest.raises(ValueError, match="Tape is not recording."), tape.stop_recording():
        pass


def test_stopping_a_stopped_tape_is_an_error():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        with tape.stop_recording():
            with pytest.raises(ValueError, match="Tape is not recording."):
                with tape.stop_recording():
                    pass
        y = x * x
    assert float(tape.gradient(y, x)) == 6.0


def test_resetting_a_tape_that_does_not_record_is_an_error():
    with pytest.raises(ValueError, match="Tape is not recording."):
        tf.GradientTape().reset()
    with tf.GradientTape() as tape:
        pass
    with pytest.raises(ValueError, match="Tape is not recording."):
        tape.reset()


def test_none_as_target_is_an_error():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    with pytest.raises(TypeError) as error:
        tape.gradient(None, x)
    assert str(error.value).startswith("Argument `target` should be a list or nested structure of")
    assert str(error.value).endswith("to be differentiated, but received None.")
    assert float(tape.gradient(y, x)) == 6.0


@pytest.mark.parametrize("value", ["a", object(), {1, 2}, iter([])])
def test_targets_that_are_no_tensors_are_an_error(value):
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    with pytest.raises(TypeError):
        tape.gradient(value, x)
    with pytest.raises(TypeError):
        tape.gradient([y, value], x)
    assert float(tape.gradient(y, x)) == 6.0


@pytest.mark.parametrize("value", ["a", None, object(), {1, 2}])
def test_sources_that_are_no_tensors_are_an_error(value):
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    with pytest.raises(TypeError):
        tape.gradient(y, value)
    with pytest.raises(TypeError):
        tape.gradient(y, [x, value])
    assert float(tape.gradient(y, x)) == 6.0


def test_gradient_tape_takes_two_arguments():
    assert tf.GradientTape(True, False)
    with pytest.raises(TypeError):
        tf.GradientTape(True, False, 3)


# ------------------------------------------------------------------ exceptions


def test_an_exception_in_the_block_closes_the_tape():
    x = tf.constant(3.0)
    tape = tf.GradientTape(persistent=True)
    with pytest.raises(KeyError), tape:
        tape.watch(x)
        y = x * x
        raise KeyError
    z = y * x
    assert float(tape.gradient(y, x)) == 6.0
    assert tape.gradient(z, x) is None


def test_an_exception_in_an_inner_block_leaves_the_outer_tape_recording():
    x = tf.constant(3.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        y = x * x
        with pytest.raises(KeyError), tf.GradientTape():
            raise KeyError
        z = y * x
    assert float(outer.gradient(z, x)) == 27.0


def test_an_operation_that_fails_records_nothing():
    x, y = tf.constant([3.0, 4.0]), tf.constant([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        z = x * x
        with pytest.raises(ValueError):
            _ = z * y
        w = z * x
    np.testing.assert_array_equal(tape.gradient(w, x).numpy(), [27.0, 48.0])


def test_an_exception_in_a_sweep_leaves_other_tapes_and_new_ones_usable():
    x = tf.constant([3.0, 4.0])
    with tf.GradientTape() as outer:
        outer.watch(x)
        for persistent in (False, True):
            with tf.GradientTape(persistent=persistent) as inner:
                inner.watch(x)
                y = x * x
            with pytest.raises(ValueError):
                inner.gradient(y, x, output_gradients=tf.ones([7]))
        with tf.GradientTape() as fresh:
            fresh.watch(x)
            z = x * x * x
        gradient = fresh.gradient(z, x)
    np.testing.assert_array_equal(gradient.numpy(), [27.0, 48.0])
    np.testing.assert_array_equal(outer.gradient(gradient, x).numpy(), [18.0, 24.0])


# ------------------------------------------------------------------ memory


def resident_bytes():
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        pytest.skip("no /proc here")


VECTOR = np.linspace(-1, 1, 100)
WEIGHTS = tf.Variable(np.ones((4, 4)))


def use_scalars():
    x = tf.constant(1.5)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x
        for _ in range(10):
            y = y * x + 1.0
    tape.gradient(y, x)


def use_vectors():
    x = tf.constant(VECTOR)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.tanh(x) * x / (2.0 + tf.sin(x)))
    tape.gradient(y, x)


def use_shapes():
    x = tf.constant(VECTOR)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.concat([tf.reshape(x, [10, 10])[::2], tf.ones([1, 10], tf.float64)], 0)
        y = tf.reduce_max(tf.transpose(y) ** 2, axis=0)
    tape.gradient(y, x)


def use_a_persistent_tape():
    x = tf.constant(VECTOR)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        z = tf.exp(y)
    tape.gradient(y, x)
    tape.gradient(z, [x, y])


def use_second_derivatives():
    x = tf.constant(VECTOR)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.sin(x) * x
        first = inner.gradient(y, x)
    outer.gradient(first, x)


def use_variables():
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(tf.matmul(WEIGHTS, WEIGHTS, transpose_b=True))
    WEIGHTS.assign_sub(0.0 * tape.gradient(y, WEIGHTS))
    tf.Variable(VECTOR).assign(VECTOR + 1)


def use_a_tape_without_asking():
    x = tf.constant(VECTOR)
    with tf.GradientTape() as tape:
        tape.watch(x)
        _ = x * x


def use_stop_and_reset():
    x = tf.constant(VECTOR)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        with tape.stop_recording():
            y = y * x
        tape.reset()
        tape.watch(y)
        z = y * y
    tape.gradient(z, [x, y])


def use_a_failing_block():
    x = tf.constant(VECTOR)
    try:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * x
            _ = y * tf.ones([7], tf.float64)
    except ValueError:
        pass


def use_a_failing_sweep():
    x = tf.constant(VECTOR)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.exp(x * x)
    try:
        tape.gradient(y, x, output_gradients=tf.ones([7], tf.float64))
    except ValueError:
        pass


def use_no_tape():
    x = tf.constant(VECTOR)
    y = (x * x)[3:50:2] + 1.0
    np.asarray(y), y.numpy(), repr(y), list(y[:5]), bool(y[0] > 0.0)


USES = [value for name, value in sorted(globals().items()) if name.startswith("use_")]


@pytest.mark.slow
@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
def test_ten_thousand_rounds_do_not_grow_the_process(use):
    for _ in range(1_000):
        use()
    gc.collect()
    before = resident_bytes()
    for _ in range(10_000):
        use()
    gc.collect()
    assert resident_bytes() - before < 2_000_000


@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
def test_nothing_needs_the_cycle_collector(use):
    use()
    gc.collect()
    gc.disable()
    try:
        gc.set_debug(gc.DEBUG_SAVEALL)
        for _ in range(10):
            use()
        gc.collect()
        left = [type(o) for o in gc.garbage if type(o).__module__.startswith("autograd_c")]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert left == []


@pytest.mark.parametrize("persistent", [False, True])
def test_a_tape_dies_when_its_last_name_does(persistent):
    gc.disable()
    try:
        x = tf.constant(3.0)
        with tf.GradientTape(persistent=persistent) as tape:
            tape.watch(x)
            y = x * x
        tape.gradient(y, x)
        seen = weakref.ref(tape)
        del tape
        assert seen() is None
    finally:
        gc.enable()


def test_a_variable_dies_when_its_last_name_does():
    gc.disable()
    try:
        v = tf.Variable([3.0, 4.0])
        with tf.GradientTape() as tape:
            y = v * v
        gradient = tape.gradient(y, v)
        seen = weakref.ref(v)
        del v
        del tape
        assert seen() is None
        assert gradient.shape == (2,)
    finally:
        gc.enable()


def test_references_to_what_was_watched_are_given_back():
    x = tf.constant([1.0, 2.0])
    before = sys.getrefcount(x)
    for persistent in (False, True):
        with tf.GradientTape(persistent=persistent) as tape:
            tape.watch(x)
            y = x * x + x
            z = tf.concat([y, x], 0)
        tape.gradient(z, [x, y])
        tape = y = z = None
    assert sys.getrefcount(x) == before


def test_references_are_given_back_by_a_block_that_fails():
    x = tf.constant([1.0, 2.0])
    before = sys.getrefcount(x)
    for _ in range(10):
        try:
            with tf.GradientTape() as tape:
                tape.watch(x)
                _ = (x * x) * tf.ones([3])
        except ValueError:
            pass
    tape = None
    assert sys.getrefcount(x) == before


def test_a_tape_that_is_used_up_keeps_no_large_intermediates():
    x = tf.constant(np.ones(1_000_000))
    tapes = []

    def round():
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            for _ in range(10):
                y = tf.sin(y)
        tape.gradient(y, x)
        tapes.append(tape)

    round()
    before = resident_bytes()
    for _ in range(10):
        round()
    assert resident_bytes() - before < 100_000_000  # all intermediates would be 800 MB


def test_values_stay_when_everything_around_them_is_gone():
    x = tf.constant(VECTOR)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reshape(x * x, [10, 10])[2:5, ::3]
    gradient = tape.gradient(y, x)
    view = np.asarray(y)
    expected = (VECTOR * VECTOR).reshape(10, 10)[2:5, ::3]
    del tape, x, y
    gc.collect()
    for _ in range(100):
        use_vectors()
    np.testing.assert_array_equal(view, expected)
    assert gradient.shape == (100,)


# ------------------------------------------------------------------ threads


def work_of_a_thread(seed):
    """A mixture of what tapes can do; its results, exactly reproducible."""
    random = np.random.default_rng(seed)
    results = []
    for _ in range(30):
        x = tf.constant(random.normal(size=(5, 7)))
        v = tf.Variable(random.normal(size=(7, 3)))
        with tf.GradientTape(persistent=True) as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_sum(tf.tanh(tf.matmul(x, v)) ** 2) * tf.exp(-tf.reduce_mean(x))
            by_x, by_v = inner.gradient(y, [x, v])
            z = tf.reduce_sum(by_x * by_x) + tf.reduce_sum(by_v)
        results += [y, by_x, by_v, *outer.gradient(z, [x, v])]
    return [result.numpy().tobytes() for result in results]


def run_in_threads(count, work):
    """[work(0), ..., work(count - 1)], each in its own thread, all started together."""
    barrier, results = threading.Barrier(count), [None] * count

    def body(index):
        barrier.wait()
        try:
            results[index] = work(index)
        except BaseException as error:
            results[index] = error

    threads = [threading.Thread(target=body, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_eight_threads_get_what_one_gets():
    serial = [work_of_a_thread(index) for index in range(8)]
    assert run_in_threads(8, work_of_a_thread) == serial


def test_a_constant_and_a_variable_watched_by_tapes_of_eight_threads():
    x, v = tf.constant(VECTOR), tf.Variable(VECTOR + 2)

    def work(index):
        answers = []
        for _ in range(200):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = tf.reduce_sum(x * x * v) * float(index)
            answers += [gradient.numpy().tobytes() for gradient in tape.gradient(y, [x, v])]
        return set(answers[::2]), set(answers[1::2])

    serial = [work(index) for index in range(8)]
    assert all(len(by_x) == len(by_v) == 1 for by_x, by_v in serial)
    assert run_in_threads(8, work) == serial


def test_a_tape_records_only_the_thread_that_opened_it():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        [y] = run_in_threads(1, lambda index: x * x)
        z = y * x
    assert numbers(tape.gradient(z, [x, y])) == [9.0, None]


def test_gradient_may_be_asked_in_another_thread():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    [gradient] = run_in_threads(1, lambda index: tape.gradient(y, x))
    assert float(gradient) == 6.0


def test_eight_threads_may_ask_one_persistent_tape():
    x = tf.constant(VECTOR)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.tanh(x) * tf.exp(x))
    expected = tape.gradient(y, x).numpy().tobytes()

    def work(index):
        return {tape.gradient(y, x).numpy().tobytes() for _ in range(100)}

    assert run_in_threads(8, work) == [{expected}] * 8


def test_a_thread_may_end_while_its_tape_lives_on():
    x = tf.constant(3.0)

    def work(index):
        tape = tf.GradientTape()
        tape.__enter__()
        tape.watch(x)
        return tape, x * x

    [(tape, y)] = run_in_threads(1, work)
    assert float(tape.gradient(y, x)) == 6.0


def test_a_sweep_lets_other_threads_run():
    x = tf.constant(np.ones(2_000_000))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x
        for _ in range(20):
            y = tf.sin(y)
    ticks = []
    started, done = threading.Event(), threading.Event()

    def tick():
        started.set()
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    started.wait()
    begin = time.perf_counter()
    tape.gradient(y, x)
    end = time.perf_counter()
    done.set()
    thread.join()
    during = [t for t in ticks if begin < t < end]
    assert len(during) >= 3 or end - begin < 0.02


# ------------------------------------------------------------------ Ctrl-C


def run_python(source):
    """What a fresh Python prints."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has another Ctrl-C")
def test_ctrl_c_interrupts_a_long_sweep():
    source = """
        import time
        import autograd_c as tf

        x, w = tf.ones([300, 300], tf.float64), tf.ones([300, 300], tf.float64)

        def record(n):
            with tf.GradientTape() as tape:
                tape.watch([x, w])
                y = 0.0
                for _ in range(n):
                    y = y + tf.reduce_sum(tf.matmul(x, w))
            return tape, y

        def sweep(n, tape, y):
            for gradient in tape.gradient(y, [x, w]):
                assert float(gradient[0, 0]) == 300.0 * n

        each = 1.0
        for _ in range(5):  # others may be at work
            tape, y = record(20)
            start = time.perf_counter()
            sweep(20, tape, y)
            each = min(each, (time.perf_counter() - start) / 20)
        tape, y = record(int(3 / each))  # a sweep of about three seconds, or more
        print("ready", flush=True)
        start = time.perf_counter()
        try:
            tape.gradient(y, [x, w])
        except KeyboardInterrupt:
            print("interrupted", time.perf_counter() - start, flush=True)
        sweep(3, *record(3))
        print("usable", flush=True)
        """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(source)],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        assert child.stdout.readline() == "ready\n"
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        word, seconds = child.stdout.readline().split()
        assert word == "interrupted"
        assert float(seconds) < 1.5
        assert child.stdout.readline() == "usable\n"
        assert child.wait(60) == 0
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


# ------------------------------------------------------------------ deep tapes


def deep_sum(n):
    """A tape of n additions, one after the other: y = (n + 1) x."""
    x = tf.constant(0.5, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x
        for _ in range(n):
            y = y + x
    return tape, x, y


@pytest.mark.parametrize("n", [1_000_000, pytest.param(10_000_000, marks=pytest.mark.slow)])
def test_a_deep_chain_is_differentiated_without_recursion(n):
    tape, x, y = deep_sum(n)
    assert float(tape.gradient(y, x)) == n + 1


def test_a_deep_chain_is_dropped_without_recursion():
    tape, x, y = deep_sum(1_000_000)
    del tape, x, y


def test_a_deep_chain_of_products_in_which_every_value_is_kept():
    n = 1_000_000
    x, factor = tf.constant(1.0, tf.float64), tf.constant(1.0, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch([x, factor])
        y = x
        for _ in range(n):
            y = y * factor
    assert numbers(tape.gradient(y, [x, factor])) == [1.0, float(n)]


def test_the_second_derivative_of_a_deep_chain():
    n = 100_000
    x, factor = tf.constant(1.0, tf.float64), tf.constant(1.0, tf.float64)
    with tf.GradientTape() as outer:
        outer.watch([x, factor])
        with tf.GradientTape() as inner:
            inner.watch([x, factor])
            y = x
            for _ in range(n):
                y = y * factor
        first = inner.gradient(y, factor)
    assert float(first) == n
    assert numbers(outer.gradient(first, [x, factor])) == [float(n), float(n) * (n - 1)]


def test_a_sum_of_a_thousand_sources():
    sources = [tf.constant(float(k)) for k in range(1000)]
    with tf.GradientTape() as tape:
        tape.watch(sources)
        y = sources[0]
        for source in sources[1:]:
            y = y + source * 2.0
    assert numbers(tape.gradient(y, sources)) == [1.0] + [2.0] * 999


def test_what_only_a_closed_inner_tape_could_reach_is_freed_while_the_outer_one_is_open():
    size = 1_000_000
    x = tf.constant(np.ones(size))
    with tf.GradientTape() as outer:
        s = tf.constant(2.0)
        outer.watch(s)
        t = s * s
        before = resident_bytes()
        for _ in range(60):
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_sum(tf.exp(x) * x)
            assert inner.gradient(y, x) is not None
            del inner
        assert resident_bytes() - before < 40 * x.nbytes
    assert float(outer.gradient(t, s)) == 4.0


def test_a_tape_sees_how_a_closed_one_before_it_differentiates():
    x, y = tf.constant(3.0), tf.constant(2.0)
    with tf.GradientTape(persistent=True) as first:
        first.watch([x, y])
        z = x * x * y
    with tf.GradientTape(persistent=True) as second:
        second.watch(x)
        slope = first.gradient(z, x)
        scaled = first.gradient(z, x, output_gradients=x)
    assert float(slope) == 12.0
    assert float(second.gradient(slope, x)) == 4.0
    assert second.gradient(slope, y) is None
    assert float(second.gradient(scaled, x)) == 24.0
    with tf.GradientTape() as third:
        third.watch(y)
        slope = first.gradient(z, x)
    assert float(third.gradient(slope, y)) == 6.0


# ---------------------------------------------------------------- watched after it was used


def late_warnings(caplog):
    return [r for r in caplog.records if "have already used the tensor" in r.getMessage()]


USES = {
    "product of numbers": "x * v",
    "sum of numbers": "v + x",
    "product of arrays": "x * tf.stack([v, v])",
    "maximum": "tf.maximum(v, x)",
    "stack": "tf.stack([x, v])",
    "where": "tf.where([True, False], x, v)",
}
LATE = """
def late(x, v):
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(v)
        y = USE
        tape.watch(x)
        z = y * x
    return tape, y, z
"""


@pytest.mark.parametrize("name", USES)
def test_watching_what_was_used_as_a_constant_warns_once_a_line(name, caplog):
    program = {"tf": tf}
    exec(compile(LATE.replace("USE", USES[name]), f"<late {name}>", "exec"), program)
    for _ in range(2):
        x = tf.constant(3.0)
        tape, y, z = program["late"](x, tf.constant(2.0))
        assert tape.gradient(y, x) is None
        assert tape.gradient(z, x) is not None
    assert len(late_warnings(caplog)) == 1


def test_watching_what_another_tape_knew_when_it_was_used_warns(caplog):
    x = tf.constant(3.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            y = x * x
            inner.watch(y)
            inner.watch(x)
            z = y * x
    assert float(inner.gradient(z, x)) == 9.0
    assert float(outer.gradient(z, x)) == 27.0
    assert len(late_warnings(caplog)) == 1


def test_what_was_used_without_a_derivative_alone_does_not_warn(caplog):
    x, v = tf.constant([3.0, 1.0]), tf.constant([2.0, 5.0])
    with tf.GradientTape() as tape:
        tape.watch(v)
        y = v * tf.stop_gradient(x) + tf.gather(v, tf.argmin(x))
        tape.watch(x)
        z = tf.reduce_sum(y * x)
    np.testing.assert_array_equal(tape.gradient(z, x), y)
    assert not late_warnings(caplog)


def test_watching_in_time_does_not_warn(caplog):
    x, v, other = tf.constant(3.0), tf.constant(2.0), tf.Variable(1.0, trainable=False)
    x * v  # before any tape
    with tf.GradientTape() as outer:
        outer.watch(v)
        y = v * x  # of another tape
        with tf.GradientTape() as inner:
            inner.watch([x, other])
            x * 2.0
            z = v * x * other
            inner.watch([x, z])  # it knows them
    with tf.GradientTape() as tape:
        x * 2.0  # of no tape's concern
        tape.watch(x)
        tape.watch(y)
    assert not late_warnings(caplog)


def test_a_late_watch_of_a_variable_warns(caplog):
    v, w = tf.Variable(3.0, trainable=False), tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = v * w
        tape.watch(v)
    assert tape.gradient(y, v) is None
    assert len(late_warnings(caplog)) == 1


def test_the_variables_stay_listed_when_the_tape_is_used_up():
    a, b = tf.Variable(1.0), tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = a * 2.0
    tape.gradient(y, a)
    assert [v is a for v in tape.watched_variables()] == [True]
    with tape:  # anew
        assert tape.watched_variables() == ()
        b * 2.0
    assert [v is b for v in tape.watched_variables()] == [True]
    with tf.GradientTape() as tape:
        a * 2.0
        tape.reset()
        b * 2.0
    assert [v is b for v in tape.watched_variables()] == [True]


@pytest.mark.parametrize("order", ["open", "close and open"])
@pytest.mark.parametrize("recorded", [False, True])
def test_a_gradient_function_may_open_and_close_tapes(order, recorded):
    x = tf.constant(2.0)
    kept = []

    @tf.custom_gradient
    def f(a):
        def grad(d):
            if order == "close and open" and recorded:
                outer.__exit__(None, None, None)
            tape = tf.GradientTape()
            tape.__enter__()
            kept.append(tape)
            return d * 2

        return a * 2, grad

    with contextlib.ExitStack() as stack:
        outer = tf.GradientTape(persistent=True)
        if recorded:
            stack.enter_context(outer)
            outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x) * x
        slope = tape.gradient(y, x)
        assert float(slope) == 8.0
        for left_open in kept:
            left_open.watch(x)
            z = x * x * x
            left_open.__exit__(None, None, None)
            assert float(left_open.gradient(z, x)) == 12.0
    # Nothing records now.
    assert tf.GradientTape().watched_variables() == ()
    with tf.GradientTape() as last:
        last.watch(x)
        w = x * x
    assert float(last.gradient(w, x)) == 4.0
