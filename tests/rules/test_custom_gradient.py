"""custom_gradient, recompute_grad and grad_pass_through.

The expectations are TensorFlow 2.21's, observed by running it, unless the test says otherwise.
"""

from __future__ import annotations

import copy
import functools
import gc
import inspect
import pickle
import subprocess
import sys
import textwrap
import threading
import types
import weakref

import numpy as np
import pytest

import autograd_c as tf

USED_UP = "A non-persistent GradientTape can only be used to compute one set of gradients"


def gradient(f, *arguments, **keywords):
    """The gradients of f by its positional arguments (alone if there is one)."""
    tensors = [x if tf.is_tensor(x) else tf.constant(x) for x in arguments]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        y = f(*tensors, **keywords)
    gradients = tape.gradient(y, tensors)
    return gradients[0] if len(gradients) == 1 else gradients


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


def scaled(factor):
    """x -> x whose gradient is multiplied by a factor."""
    return tf.custom_gradient(lambda x: (x, lambda upstream: upstream * factor))


@tf.custom_gradient
def log1pexp(x):
    """log(1 + exp(x)), whose plain gradient is NaN where exp overflows."""
    e = tf.exp(x)

    def grad(upstream):
        return upstream * (1.0 - 1.0 / (1.0 + e))

    return tf.math.log(1.0 + e), grad


# ------------------------------------------------------------------ the function's answer


def test_the_gradient_is_what_grad_fn_returns():
    assert float(gradient(log1pexp, 100.0)) == 1.0
    assert float(gradient(log1pexp, 0.0)) == 0.5


def test_the_value_is_what_the_function_returns_first():
    assert float(log1pexp(tf.constant(0.0))) == pytest.approx(np.log(2.0))


def test_no_tape_is_needed():
    assert float(scaled(5.0)(tf.constant(2.0))) == 2.0


def test_the_upstream_gradient_is_handed_in():
    def f(x):
        return 3.0 * scaled(5.0)(x * x)

    assert float(gradient(f, 2.0)) == 3.0 * 5.0 * 4.0


def test_a_result_is_a_new_tensor():
    x = tf.constant(2.0)
    assert scaled(5.0)(x) is not x


def test_the_value_itself_is_a_source():
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = scaled(5.0)(x)
        z = y * y
    assert numbers(tape.gradient(z, [x, y])) == [20.0, 4.0]


def test_arrays_and_complex_numbers():
    square = tf.custom_gradient(lambda x: (x * x, lambda upstream: upstream * tf.math.conj(2 * x)))
    z = gradient(square, np.array([1 + 2j, 3j]))
    np.testing.assert_array_equal(z.numpy(), [2 - 4j, -6j])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
def test_dtypes_are_kept(dtype):
    x = tf.cast(tf.constant([1.0, 2.0]), dtype)
    received = []

    @tf.custom_gradient
    def f(x):
        def grad(upstream):
            received.append(upstream)
            return upstream * 5

        return x * 2, grad

    answer = gradient(f, x)
    assert received[0].dtype == answer.dtype == dtype
    np.testing.assert_array_equal(answer.numpy(), np.array([5, 5], dtype))


def test_functions_can_be_chained_and_called_again():
    def f(x):
        for _ in range(10):
            x = scaled(2.0)(x)
        return x

    assert float(gradient(f, 1.0)) == 1024.0


def test_the_same_argument_twice():
    f = tf.custom_gradient(lambda a, b: (a * b, lambda upstream: (upstream * 10, upstream * 100)))
    assert float(gradient(lambda x: f(x, x), 2.0)) == 110.0


def test_a_function_may_call_itself():
    calls = []

    @tf.custom_gradient
    def power(x, n):
        y = x * power(x, n - 1) if n else tf.ones_like(x)
        calls.append(n)
        return y, lambda upstream: (upstream * n * x ** max(n - 1, 0), None)

    assert float(gradient(lambda x: power(x, 4), 3.0)) == 4.0 * 27.0
    assert calls == [0, 1, 2, 3, 4]


# ------------------------------------------------------------------ arguments and results


def test_nested_structures_of_inputs_and_outputs():
    received = []

    @tf.custom_gradient
    def f(s):
        def grad(*upstream):
            received.append(numbers(upstream))
            return {"a": upstream[2], "b": [upstream[0], upstream[1]]}

        # The leaves in the order of their keys: y[0], y[1], z.
        return {"z": s["a"] * 2.0, "y": (s["b"][0] * 3.0, s["b"][1])}, grad

    s = {"b": [tf.constant(1.0), tf.constant(2.0)], "a": tf.constant(5.0)}
    with tf.GradientTape() as tape:
        tape.watch(s)
        y = f(s)
        target = y["y"][0] * 10.0 + y["y"][1] * 100.0 + y["z"] * 1000.0
    assert type(y["y"]) is tuple
    assert numbers([y["z"], *y["y"]]) == [10.0, 3.0, 2.0]
    answer = tape.gradient(target, s)
    assert received == [[10.0, 100.0, 1000.0]]
    assert numbers([answer["a"], *answer["b"]]) == [1000.0, 10.0, 100.0]


@pytest.mark.parametrize("kind", [tuple, list])
def test_several_results(kind):
    @tf.custom_gradient
    def f(x, y):
        def grad(first, second):
            return first * 10.0 + second, first * 100.0

        return kind([x * y, x + y]), grad

    x, y = tf.constant(2.0), tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        product, total = both = f(x, y)
    assert type(both) is kind
    assert numbers(both) == [6.0, 5.0]
    assert numbers(tape.gradient([product, total], [x, y])) == [11.0, 100.0]


def test_a_result_that_is_not_used_has_zeros_for_its_gradient():
    received = []

    @tf.custom_gradient
    def f(x):
        def grad(*upstream):
            received.extend(upstream)
            return upstream[0]

        return (x * 2.0, x * tf.ones([2], tf.float64)), grad

    x = tf.constant(2.0, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y, _ = f(x)
    assert float(tape.gradient(y, x)) == 1.0
    assert received[1].dtype == tf.float64
    np.testing.assert_array_equal(received[1].numpy(), [0.0, 0.0])


def test_only_the_last_of_several_results_is_used():
    @tf.custom_gradient
    def f(x):
        return [x, x, x], lambda a, b, c: a + 10.0 * b + 100.0 * c

    assert float(gradient(lambda x: f(x)[2], 1.0)) == 100.0
    assert float(gradient(lambda x: f(x)[0] + f(x)[1], 1.0)) == 11.0


def test_integer_results():
    received = []

    @tf.custom_gradient
    def f(x):
        def grad(*upstream):
            received.extend(upstream)
            return upstream[1]

        return (tf.cast(x, tf.int32), x * 2.0), grad

    x = tf.constant(2.5)
    with tf.GradientTape() as tape:
        tape.watch(x)
        n, y = f(x)
    assert n.dtype == tf.int32
    assert int(n) == 2
    assert float(tape.gradient(y, x)) == 1.0
    assert received[0].dtype == tf.int32
    assert int(received[0]) == 0


def test_a_result_that_is_a_number_or_an_array():
    f = tf.custom_gradient(lambda x: ([2.5, np.ones(2)], lambda *upstream: upstream[0] * 3.0))
    number, array = f(tf.constant(1.0))
    assert number.dtype == tf.float32
    assert array.dtype == tf.float64
    assert float(gradient(lambda x: f(x)[0], 1.0)) == 3.0


def test_an_empty_result():
    assert tf.custom_gradient(lambda x: ((), lambda: None))(tf.constant(1.0)) == ()


def test_a_result_that_is_no_tensor():
    with pytest.raises(TypeError, match="Attempt to convert a value"):
        tf.custom_gradient(lambda x: (None, lambda upstream: upstream))(tf.constant(1.0))


def test_numbers_arrays_and_other_objects_as_arguments():
    """TensorFlow refuses what is no tensor; here it has a gradient that nobody asks for."""
    received = []

    @tf.custom_gradient
    def f(x, *others):
        received.extend(others)
        return x * others[0], lambda upstream: (upstream * others[0], *[None] * len(others))

    things = [3.0, 2, True, np.ones(2), None, "text", print]
    assert float(gradient(lambda x: f(x, *things), 2.0)) == 3.0
    assert all(given is thing for given, thing in zip(received, things, strict=True))


def test_variable_numbers_of_arguments():
    @tf.custom_gradient
    def total(*xs):
        return sum(xs), lambda upstream: [upstream * (k + 1.0) for k in range(len(xs))]

    assert numbers(gradient(total, 1.0, 2.0, 3.0)) == [1.0, 2.0, 3.0]


NO_GRADIENT = "closes over or got by keyword"


def test_keyword_arguments_have_no_gradient():
    @tf.custom_gradient
    def f(x, *, factor=1.0):
        return x * factor, lambda upstream: upstream * factor * 10.0

    assert float(gradient(f, 2.0)) == 10.0
    assert float(gradient(f, 2.0, factor=3.0)) == 30.0
    x, w = tf.constant(2.0), tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, w])
        y = f(x, factor=w)
        z = f(x, factor=tf.stop_gradient(w)) * w
    assert float(tape.gradient(y, x)) == 30.0
    with pytest.raises(NotImplementedError, match=NO_GRADIENT):
        tape.gradient(y, [x, w])
    assert numbers(tape.gradient(z, [x, w])) == [90.0, 6.0]


@tf.custom_gradient
def wrong_product(x, y=None, scale=1.0):
    """x y, with gradients of its own: 10 for x, 100 for y, None for the rest."""

    def grad(upstream):
        answers = [upstream * 10.0]
        answers += [] if y is None else [upstream * 100.0]
        return answers + ([None] if len(answers) == 2 and scale != 1.0 else [])

    return x * (1.0 if y is None else y) * scale, grad


@pytest.mark.parametrize("wrap", [tf.constant, tf.Variable])
def test_all_arguments_by_keyword(wrap):
    """TensorFlow passes the gradient function over."""
    x, y = wrap(2.0), wrap(3.0)
    for call, expected in [
        (lambda: wrong_product(x=x), [10.0, None]),
        (lambda: wrong_product(x=x, y=y), [10.0, 100.0]),
        (lambda: wrong_product(y=y, x=x), [10.0, 100.0]),
        (lambda: wrong_product(y=y, x=2.0), [None, 100.0]),
        (lambda: wrong_product(y=3.0, x=x), [10.0, None]),
        (lambda: wrong_product(scale=1.0, x=x), [10.0, None]),
        (lambda: wrong_product(scale=2.0, y=y, x=x), [10.0, 100.0]),
    ]:
        with tf.GradientTape() as tape:
            tape.watch([x, y])
            z = call()
        assert numbers(tape.gradient(z, [x, y])) == expected
        with tf.autodiff.ForwardAccumulator([x, y], [1.0, 7.0]) as accumulator:
            z = call()
        pushed = sum(k * (g or 0.0) for k, g in zip([1.0, 7.0], expected))
        assert float(accumulator.jvp(z)) == pushed


def test_constants_by_position_and_tensors_by_keyword():
    x, y, c = tf.constant(2.0), tf.constant(3.0), tf.constant(5.0)
    for first in (c, 5.0):
        with tf.GradientTape() as tape:
            tape.watch([x, y])
            z = wrong_product(first, y=y)
        assert float(tape.gradient(z, y)) == 100.0

    @tf.custom_gradient
    def of_the_first(a, b):
        return a * b, lambda upstream: upstream * 10.0

    with tf.GradientTape() as tape:
        tape.watch(y)
        z = of_the_first(c, b=y)
    with pytest.raises(NotImplementedError, match=NO_GRADIENT):
        tape.gradient(z, y)


def test_structures_and_methods_by_keyword():
    class Layer:
        def __init__(self):
            self.weight = tf.Variable(5.0)

        @tf.custom_gradient
        def __call__(self, pair, *, more, **rest):
            def grad(upstream, variables):
                assert variables == [self.weight] or variables[0] is self.weight
                numbers = {"pair": (upstream, upstream * 2.0), "more": [upstream * 3.0]}
                answers = [*numbers["pair"], *numbers["more"], *[upstream * 4.0 for _ in rest]]
                return answers, [upstream * 6.0]

            return pair[0] * pair[1] * more["m"] * rest["r"] * self.weight, grad

    layer = Layer()
    a, b, m, r = (tf.constant(k) for k in (2.0, 3.0, 4.0, 5.0))
    with tf.GradientTape() as tape:
        tape.watch([a, b, m, r])
        y = layer(r=r, more={"m": m}, pair=(a, b))
    found = tape.gradient(y, [a, b, m, r, layer.weight])
    assert numbers(found) == [1.0, 2.0, 3.0, 4.0, 6.0]


def test_a_number_of_gradients_that_fits_no_arguments_by_keyword():
    @tf.custom_gradient
    def f(x, y, z):
        return x * y * z, lambda upstream: [upstream] * 2

    x, y, z = (tf.constant(k) for k in (2.0, 3.0, 4.0))
    with tf.GradientTape() as tape:
        tape.watch([x, y, z])
        result = f(x=x, y=y, z=z)
    with pytest.raises(ValueError, match="expected to return 3 gradients, but returned 2"):
        tape.gradient(result, [x, y, z])


def test_pass_through_by_keyword():
    x = tf.constant(2.7)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.grad_pass_through(lambda x: tf.round(x) * 5.0)(x=x)
    assert float(tape.gradient(y, x)) == 1.0


def closing_over(w):
    """A function that computes x w², and a gradient that knows of x alone."""

    @tf.custom_gradient
    def f(x):
        return x * w * w, lambda upstream: upstream * w * w

    return f


def test_what_the_function_closes_over_has_no_gradient():
    """TensorFlow drops it silently."""
    x, w = tf.constant(2.0), tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, w])
        y = closing_over(w)(x)
        behind = closing_over(tf.exp(w))(x * x) + w
        constant = closing_over(tf.stop_gradient(w))(x) + w
    for target in (y, behind, [constant, y]):
        with pytest.raises(NotImplementedError, match=NO_GRADIENT):
            tape.gradient(target, [x, w])
        with pytest.raises(NotImplementedError, match=NO_GRADIENT):
            tape.gradient(target, w)
        with pytest.raises(NotImplementedError, match=NO_GRADIENT):
            tape.jacobian(target, [w, x])
    assert float(tape.gradient(y, x)) == 9.0
    assert numbers(tape.gradient(constant, [x, w])) == [9.0, 1.0]


def test_what_the_function_closes_over_and_was_computed_from_its_argument():
    """Then the gradient by the argument is what the function says."""
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = closing_over(x * 3.0)(x)
    assert float(tape.gradient(y, x)) == 36.0


def test_the_second_derivative_by_what_the_function_closes_over():
    x, w = tf.constant(2.0), tf.constant(3.0)
    with tf.GradientTape() as outer:
        outer.watch(w)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = closing_over(w)(x)
        slope = inner.gradient(y, x)
    assert float(outer.gradient(slope, w)) == 6.0


def test_the_tangent_of_what_the_function_closes_over():
    x, w, one = tf.constant(2.0), tf.constant(3.0), tf.constant(1.0)
    for primals, lost in (([x], False), ([x, w], True), ([w], False)):
        with tf.autodiff.ForwardAccumulator(primals, [one] * len(primals)) as accumulator:
            y = closing_over(w)(x)
        if lost:
            with pytest.raises(NotImplementedError, match=NO_GRADIENT):
                accumulator.jvp(y)
        else:  # with nothing but w watched, of the body
            assert float(accumulator.jvp(y)) == (9.0 if primals[0] is x else 12.0)


def test_a_second_derivative_in_the_way_of_tensorflows_documentation():
    """The first one is computed together with the value, and closed over."""

    @tf.custom_gradient
    def f(x):
        y, slope = x**3, 3.0 * x * x

        def first(upstream):
            @tf.custom_gradient
            def with_slope(_):
                return slope, lambda second: second * 6.0 * x

            return upstream * with_slope(x)

        return y, first

    assert float(nth_derivative(f, tf.constant(2.0), 1)) == 12.0
    assert float(nth_derivative(f, tf.constant(2.0), 2)) == 12.0
    assert float(nth_derivative(f, tf.constant(2.0), 3)) == 6.0


def test_without_a_watched_argument_the_gradient_is_that_of_the_body():
    f = tf.custom_gradient(lambda x, w: (x * w, lambda *upstream: ()))
    x, w = tf.constant(2.0), tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch([x, w])
        y = f(x=x, w=w)
    with pytest.raises(NotImplementedError, match=NO_GRADIENT):
        tape.gradient(y, [x, w])
    closing_over = tf.custom_gradient(lambda x: (x * w, lambda upstream: upstream))
    assert float(gradient(lambda _: closing_over(5.0), w)) == 5.0


def test_integer_arguments():
    f = tf.custom_gradient(lambda x, n: (x, lambda upstream: (upstream * 4.0, None)))
    assert numbers(gradient(lambda x: f(x, tf.constant(3)), 2.0) for _ in [0]) == [4.0]
    zeros = tf.custom_gradient(lambda x, n: (x, lambda upstream: (upstream, tf.zeros_like(n))))
    assert float(gradient(lambda x: zeros(x, tf.constant(3)), 2.0)) == 1.0


# ------------------------------------------------------------------ what grad_fn returns


def test_none_is_no_gradient():
    f = tf.custom_gradient(lambda x: (x, lambda upstream: None))
    assert gradient(f, 1.0) is None
    assert float(gradient(lambda x: f(x * 3.0) + x, 1.0)) == 1.0
    x = tf.constant(1.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    assert float(tape.gradient(y, x, unconnected_gradients="zero")) == 0.0


@pytest.mark.parametrize("answer", [2.0, 2, np.float64(2.0), np.array(2.0), tf.Variable(2.0)])
def test_numbers_and_arrays_become_tensors_of_the_dtype_of_the_argument(answer):
    found = gradient(tf.custom_gradient(lambda x: (x, lambda upstream: answer)), 1.0)
    assert found.dtype == tf.float32
    assert float(found) == 2.0


@pytest.mark.parametrize(("answer", "count"), [((1.0, 1.0), 2), ([], 0), ({"a": [1.0, None]}, 2)])
def test_the_wrong_number_of_gradients(answer, count):
    f = tf.custom_gradient(lambda x: (x, lambda upstream: answer))
    message = rf"expected to return 1 gradients, but returned {count} instead\."
    with pytest.raises(ValueError, match=f"custom_gradient function {message}"):
        gradient(f, 1.0)


@pytest.mark.parametrize(
    ("answer", "described"),
    [
        (tf.ones([2]), r"shape \(2,\) and dtype float32"),
        (tf.ones([1, 3]), r"shape \(1, 3\) and dtype float32"),
        (1.0, r"shape \(\) and dtype float32"),
        (tf.ones([3], tf.float64), r"shape \(3,\) and dtype float64"),
        (tf.ones([3], tf.int32), r"shape \(3,\) and dtype int32"),
        (tf.ones([3], tf.complex64), r"shape \(3,\) and dtype complex64"),
    ],
)
def test_a_gradient_of_the_wrong_shape_or_dtype(answer, described):
    """TensorFlow passes it on."""
    f = tf.custom_gradient(lambda x: (x, lambda upstream: answer))
    with pytest.raises(ValueError, match=f"gradient of input 0 has {described}, the input"):
        gradient(f, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=f"gradient of input 0 has {described}, the input"):
        gradient(lambda x: tf.sin(f(x * 2.0)), [1.0, 2.0, 3.0])


@pytest.mark.parametrize("answer", ["text", object(), [["a"]]])
def test_a_gradient_that_is_no_tensor(answer):
    f = tf.custom_gradient(lambda x: (x, lambda upstream: answer))
    with pytest.raises(TypeError, match="Attempt to convert a value"):
        gradient(f, 1.0)


@pytest.mark.parametrize(
    ("returned", "error"),
    [
        (lambda x: x, TypeError),
        (lambda x: None, TypeError),
        (lambda x: (x, 3.0), TypeError),
        (lambda x: (x, None), TypeError),
        (lambda x: (x, x, lambda upstream: upstream), ValueError),
        (lambda x: (x,), ValueError),
    ],
)
def test_a_function_that_returns_no_pair(returned, error):
    with pytest.raises(error, match="must return a pair"):
        tf.custom_gradient(returned)(tf.constant(1.0))
    with pytest.raises(error, match="must return a pair"):
        tf.custom_gradient(returned)(tf.constant([1.0, 2.0]))


# ------------------------------------------------------------------ Variables


def linear(v, received=None):
    """x -> x * v with made-up gradients 10 by x and 20 by v."""

    @tf.custom_gradient
    def f(x):
        def grad(upstream, variables=None):
            if received is not None:
                received.append(variables)
            return upstream * 10.0, [upstream * 20.0]

        return x * v, grad

    return f


def test_variables_that_the_function_reads():
    v, x, received = tf.Variable(3.0), tf.constant(2.0), []
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = linear(v, received)(x)
    assert float(y) == 6.0
    assert tape.watched_variables() == (v,)
    assert numbers(tape.gradient(y, [x, v])) == [10.0, 20.0]
    assert len(received[0]) == 1
    assert received[0][0] is v


def test_only_the_variables_are_watched():
    v = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = linear(v)(2.0)
    assert float(tape.gradient(y, v)) == 20.0


def test_grad_fn_sees_variables_that_the_tape_does_not_watch():
    v, x, received = tf.Variable(3.0), tf.constant(2.0), []
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        y = linear(v, received)(x)
    assert numbers(tape.gradient(y, [x, v])) == [10.0, None]
    assert received[0][0] is v


def test_variables_come_in_the_order_of_first_reading_each_once():
    """TensorFlow's order is that of a set."""
    a, b, names = tf.Variable(1.0, name="a"), tf.Variable(2.0, name="b"), []

    @tf.custom_gradient
    def f(x):
        def grad(upstream, variables):
            names.extend(v.name for v in variables)
            return upstream, [upstream * 2.0, None]

        return x * b + a * b + b, grad

    x = tf.constant(1.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    assert numbers(tape.gradient(y, [x, a, b])) == [1.0, None, 2.0]
    assert names == ["b:0", "a:0"]


@pytest.mark.parametrize(
    "grad_fn",
    [
        lambda upstream, variables: (upstream, [upstream]),
        lambda upstream, *, variables: (upstream, [upstream]),
        lambda upstream, variables=None: (upstream, (upstream,)),
        lambda upstream, **keywords: (upstream, [upstream for _ in keywords["variables"]]),
        lambda *upstream, variables=None: (upstream, [upstream[0]]),
        functools.partial(lambda u, upstream, variables: (upstream, [upstream]), None),
        tf.custom_gradient(lambda upstream, variables: ((upstream, [upstream]), lambda *g: g)),
    ],
)
def test_ways_to_take_variables(grad_fn):
    v = tf.Variable(3.0)
    f = tf.custom_gradient(lambda x: (x * v, grad_fn))
    assert float(gradient(f, 2.0)) == 1.0


@pytest.mark.parametrize("grad_fn", [lambda upstream: upstream, lambda *upstream: upstream, abs])
def test_a_grad_fn_that_takes_no_variables(grad_fn):
    v = tf.Variable(3.0, name="v")
    f = tf.custom_gradient(lambda x: (x * v, grad_fn))
    message = (
        "@tf.custom_gradient grad_fn must accept keyword argument 'variables', since function uses "
        r"variables: \[<tf.Variable 'v:0'"
    )
    with pytest.raises(TypeError, match=message):
        f(tf.constant(1.0))


@pytest.mark.parametrize("answer", [[], [None, None]])
def test_the_wrong_number_of_gradients_of_variables(answer):
    v = tf.Variable(3.0)
    f = tf.custom_gradient(lambda x: (x * v, lambda upstream, variables: (upstream, answer)))
    message = "Must return gradient for each variable from @custom_gradient grad_fn"
    with pytest.raises(ValueError, match=message):
        gradient(f, 1.0)


@pytest.mark.parametrize("answer", [tf.ones([2]), None, (1.0, 2.0), (1.0, None), (1.0, [], [])])
def test_no_pair_of_gradients(answer):
    v = tf.Variable(3.0)
    f = tf.custom_gradient(lambda x: (x * v, lambda upstream, variables: answer))
    with pytest.raises(TypeError, match="must return a pair"):
        gradient(f, 1.0)


def test_the_gradient_of_a_variable_has_its_shape_and_dtype():
    v = tf.Variable([1.0, 2.0])
    f = tf.custom_gradient(lambda x: (x * v, lambda upstream, variables: (None, [upstream[0]])))
    with tf.GradientTape() as tape:
        y = f(tf.constant(1.0))
    with pytest.raises(ValueError, match=r"input 1 has shape \(\) .* the input has shape \(2,\)"):
        tape.gradient(y, v)


def test_a_variable_as_an_argument_is_no_variable_that_is_read():
    v, seen = tf.Variable(3.0), []

    @tf.custom_gradient
    def f(x):
        def grad(upstream, variables="not given"):
            seen.append(variables)
            return upstream * 7.0

        return x * v, grad

    with tf.GradientTape() as tape:
        y = f(v)
    assert float(tape.gradient(y, v)) == 7.0
    assert seen == ["not given"]


def test_a_variable_by_keyword_has_no_gradient():
    v, x = tf.Variable(3.0), tf.constant(2.0)
    f = tf.custom_gradient(lambda x, w: (x * w, lambda upstream: upstream * 7.0))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = f(x, w=v)
    assert float(tape.gradient(y, x)) == 7.0
    with pytest.raises(NotImplementedError, match=NO_GRADIENT):
        tape.gradient(y, [x, v])


def test_a_variable_that_is_not_trainable_has_no_gradient():
    v, x = tf.Variable(3.0, trainable=False), tf.constant(2.0)
    f = tf.custom_gradient(lambda x: (x * v, lambda upstream: upstream * 7.0))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = f(x)
        tape.watch(v)
        z = f(x)
    assert float(tape.gradient(y, x)) == 7.0
    assert tape.gradient(y, v) is None
    with pytest.raises(NotImplementedError, match=NO_GRADIENT):
        tape.gradient(z, v)


def test_to_assign_or_print_a_variable_is_not_to_read_it():
    """TensorFlow counts both."""
    v = tf.Variable(3.0)

    @tf.custom_gradient
    def f(x):
        v.assign_add(1.0)
        return x * v.numpy(), lambda upstream: upstream * 7.0

    assert float(gradient(f, 2.0)) == 7.0
    assert float(v) == 4.0


def test_variables_of_an_inner_function_are_also_the_outer_ones():
    v, calls = tf.Variable(3.0), []

    @tf.custom_gradient
    def inner(x):
        def grad(upstream, variables):
            calls.append("inner")
            return upstream, [upstream]

        return x * v, grad

    @tf.custom_gradient
    def outer(x):
        def grad(upstream, variables):
            calls.append("outer")
            assert len(variables) == 1
            assert variables[0] is v
            return upstream * 100.0, [upstream * 200.0]

        return inner(x) * 2.0, grad

    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = outer(x)
    assert numbers(tape.gradient(y, [x, v])) == [100.0, 200.0]
    assert calls == ["outer"]


def test_a_variable_assigned_before_the_gradient():
    """grad_fn is a function: what it closes over stays, what it reads is read now."""
    v = tf.Variable(3.0)

    @tf.custom_gradient
    def keeps(x):
        value = v.read_value()
        return x * value, lambda upstream, variables: (upstream * value, [upstream * x])

    @tf.custom_gradient
    def reads(x):
        return x * v, lambda upstream, variables: (upstream * v, [upstream * x])

    x = tf.constant(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y, z = keeps(x), reads(x)
    v.assign(10.0)
    assert float(tape.gradient(y, x)) == 3.0
    assert float(tape.gradient(z, x)) == 10.0


# ------------------------------------------------------------------ higher order


def test_a_grad_fn_of_recorded_operations_is_differentiated():
    @tf.custom_gradient
    def cube(x):
        return x * x * x, lambda upstream: upstream * 3.0 * x * x

    x = tf.constant(2.0)
    found = numbers(nth_derivative(cube, x, order) for order in range(6))
    assert found == [8.0, 12.0, 12.0, 6.0, 0.0, 0.0]


def test_through_intermediate_values_that_grad_fn_closes_over():
    @tf.custom_gradient
    def f(x):
        e = tf.exp(2.0 * x)
        return e, lambda upstream: upstream * 2.0 * e

    x = tf.constant(0.5, tf.float64)
    for order in range(5):
        assert float(nth_derivative(f, x, order)) == pytest.approx(2.0**order * np.e, rel=1e-14)


def test_through_the_upstream_gradient():
    x = tf.constant(0.5, tf.float64)

    def f(x):
        return tf.sin(log1pexp(x))

    def plain(x):
        return tf.sin(tf.math.log(1.0 + tf.exp(x)))

    for order in range(4):
        expected = float(nth_derivative(plain, x, order))
        assert float(nth_derivative(f, x, order)) == pytest.approx(expected, rel=1e-13)


def test_a_persistent_tape_inside_its_own_context():
    x = tf.constant(0.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        slope = tape.gradient(log1pexp(x), x)
    assert float(slope) == 0.5
    assert float(tape.gradient(slope, x)) == 0.25


def test_several_results_and_variables_to_second_order():
    v = tf.Variable(3.0, dtype=tf.float64)

    @tf.custom_gradient
    def f(x):
        def grad(first, second, variables):
            return first * v + second * 2.0 * x, [first * x]

        return (x * v, x * x), grad

    x = tf.constant(2.0, tf.float64)
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            product, square = f(x)
            y = product * product + square * product
        by_x, by_v = inner.gradient(y, [x, v])
    # y = x^2 v^2 + x^3 v
    assert numbers([by_x, by_v]) == [72.0, 32.0]
    assert numbers(outer.gradient(by_x, [x, v])) == [54.0, 36.0]
    assert numbers(outer.gradient(by_v, [x, v])) == [36.0, 8.0]


def test_an_answer_that_left_the_tensors_by_hand_is_a_constant():
    @tf.custom_gradient
    def f(x):
        return x * x, lambda upstream: tf.constant(2.0 * x.numpy() * upstream.numpy())

    x = tf.constant(2.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = f(x)
        slope = inner.gradient(y, x)
    assert float(slope) == 4.0
    assert outer.gradient(slope, x) is None


BY_NUMPY = [
    lambda x, upstream: 2.0 * x.numpy() * upstream.numpy(),
    lambda x, upstream: np.asarray(2.0 * x) * np.asarray(upstream),
    lambda x, upstream: np.float32(4.0),
]


@pytest.mark.parametrize("answer", BY_NUMPY)
def test_the_second_derivative_of_an_answer_by_numpy_is_an_error(answer):
    """TensorFlow loses it."""
    f = tf.custom_gradient(lambda x: (x * x, lambda upstream: answer(x, upstream)))
    x, unrelated = tf.constant(2.0), tf.constant(3.0)
    with tf.GradientTape(persistent=True) as outer:
        outer.watch([x, unrelated])
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = f(x)
        slope = inner.gradient(y, x)
        z = slope * unrelated
    assert float(slope) == 4.0
    for target in (slope, z):
        with pytest.raises(NotImplementedError, match="returned a NumPy array"):
            outer.gradient(target, x)
    # What else there is to know is known.
    assert float(outer.gradient(z, unrelated)) == 4.0
    assert float(outer.gradient(y, x)) == 4.0


def test_the_derivative_of_an_answer_by_numpy_by_its_upstream_is_an_error():
    f = tf.custom_gradient(lambda x: (3.0 * x, lambda upstream: upstream.numpy() * 3.0))
    x, upstream = tf.constant(2.0), tf.constant(1.0)
    with tf.GradientTape() as outer:
        outer.watch(upstream)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = f(x)
        slope = inner.gradient(y, x, output_gradients=upstream)
    with pytest.raises(NotImplementedError, match="returned a NumPy array"):
        outer.gradient(slope, upstream)


def test_answers_that_are_constants():
    """Numbers, and tensors of no connection, have the derivative zero."""
    x = tf.constant(2.0)
    for answer in (7.0, 7, tf.constant(7.0), tf.constant(np.float32(7.0))):
        f = tf.custom_gradient(lambda x, answer=answer: (x, lambda _: answer))
        with tf.GradientTape() as outer:
            outer.watch(x)
            slope = gradient(f, x)
        assert float(slope) == 7.0
        assert outer.gradient(slope, x) is None


def test_a_jacobian_of_an_answer_by_numpy():
    f = tf.custom_gradient(lambda x: (x * 2.0, lambda upstream: upstream.numpy() * 2.0))
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = f(x)
        jacobian = inner.jacobian(y, x)
    np.testing.assert_array_equal(jacobian.numpy(), 2.0 * np.eye(2))
    with pytest.raises(NotImplementedError, match="returned a NumPy array"):
        outer.gradient(jacobian, x)


def test_a_custom_gradient_of_grad_fn_is_by_the_upstream_gradient():
    @tf.custom_gradient
    def f(x):
        @tf.custom_gradient
        def grad(upstream):
            return upstream * 2.0 * x, lambda second: second * 1000.0

        return x * x, grad

    x, upstream = tf.constant(3.0), tf.constant(1.0)
    with tf.GradientTape() as outer:
        outer.watch([x, upstream])
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = f(x)
        slope = inner.gradient(y, x, output_gradients=upstream)
    assert float(slope) == 6.0
    assert float(outer.gradient(slope, upstream)) == 1000.0


def test_a_custom_second_derivative():
    @tf.custom_gradient
    def f(x):
        def grad(upstream):
            @tf.custom_gradient
            def slope(x):
                return 2.0 * x, lambda second: second * 1000.0

            return upstream * slope(x)

        return x * x, grad

    x = tf.constant(3.0)
    assert float(nth_derivative(f, x, 1)) == 6.0
    assert float(nth_derivative(f, x, 2)) == 1000.0


def test_an_outer_function_has_the_last_word():
    inner, outer_factor = scaled(2.0), 7.0
    outer = tf.custom_gradient(lambda x: (inner(x), lambda upstream: upstream * outer_factor))
    assert float(gradient(outer, 1.0)) == 7.0


def test_perturbations_are_not_confused():
    """d/dx x * (d/dy (x + y)) = 1, with a sum of a gradient of its own."""
    add = tf.custom_gradient(lambda x, y: (x + y, lambda upstream: (upstream, upstream)))
    x, y = tf.constant(1.0), tf.constant(1.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(y)
            z = add(x, y)
        product = x * inner.gradient(z, y)
    assert float(outer.gradient(product, x)) == 1.0


def test_jacobians():
    @tf.custom_gradient
    def f(x):
        def grad(upstream):
            assert upstream.shape == [3]
            return upstream * 2.0 * x

        return x * x, grad

    x = tf.constant([1.0, 2.0, 3.0])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        jacobian = tape.jacobian(y, x)
    np.testing.assert_array_equal(jacobian.numpy(), np.diag([2.0, 4.0, 6.0]))
    np.testing.assert_array_equal(
        outer.jacobian(jacobian, x).numpy(), 2.0 * np.einsum("ij,ik->ijk", np.eye(3), np.eye(3))
    )


# ------------------------------------------------------------------ forward mode


def jvp(f, primals, tangents):
    """The tangents of f's results, as a list."""
    with tf.autodiff.ForwardAccumulator(primals, tangents) as accumulator:
        y = f(*primals)
    return accumulator.jvp(tf.nest.flatten(y))


def test_tangents_are_those_of_grad_fn():
    """TensorFlow pushes them through the body, and uses grad_fn where that is impossible."""
    assert numbers(jvp(log1pexp, [tf.constant(100.0)], [tf.constant(2.0)])) == [2.0]
    by_numpy = tf.custom_gradient(lambda x: (x.numpy() * 2.0, lambda upstream: upstream * 5.0))
    assert numbers(jvp(by_numpy, [tf.constant(3.0)], [tf.constant(2.0)])) == [10.0]
    rounded = tf.grad_pass_through(tf.round)
    assert numbers(jvp(rounded, [tf.constant(2.7)], [tf.constant(2.0)])) == [2.0]


def test_tangents_of_several_results():
    @tf.custom_gradient
    def f(x, y):
        return [x * y, x + y], lambda p, s: (p * y + s, p * x + s)

    tensors = [tf.constant(3.0), tf.constant(4.0)]
    tangents = [tf.constant(1.0), tf.constant(10.0)]
    assert numbers(jvp(f, tensors, tangents)) == [34.0, 11.0]
    assert numbers(jvp(lambda x: f(x, 4.0), tensors[:1], tangents[:1])) == [4.0, 1.0]


def test_tangents_of_results_that_a_gradient_does_not_depend_on():
    """A result whose cotangent grad_fn leaves out has the tangent zero."""

    @tf.custom_gradient
    def f(x, y):
        return (x * 1.0, y * 1.0), lambda p, s: (3.0 * p, 5.0 * p)

    tensors = [tf.constant(3.0), tf.constant(4.0)]
    tangents = [tf.constant(1.0), tf.constant(10.0)]
    assert numbers(jvp(f, tensors, tangents)) == [53.0, 0.0]
    by_one = tf.custom_gradient(lambda x, y: (x * y, lambda p: (2.0 * p, p.numpy() * 5.0)))
    assert numbers(jvp(lambda x: by_one(x, 4.0), tensors[:1], tangents[:1])) == [2.0]
    by_numpy = tf.custom_gradient(lambda x: ((x, x), lambda p, s: s.numpy() * 5.0))
    with tf.autodiff.ForwardAccumulator(tensors[0], tangents[0]) as accumulator:
        first, second = by_numpy(tensors[0])
    assert float(accumulator.jvp(first)) == 0.0
    with pytest.raises(NotImplementedError, match="made of operations on tensors"):
        accumulator.jvp(second)


def test_tangents_of_variables():
    v = tf.Variable(3.0)
    with tf.autodiff.ForwardAccumulator(v, tf.constant(2.0)) as accumulator:
        y = linear(v)(tf.constant(5.0))
    assert float(accumulator.jvp(y)) == 40.0


def test_complex_tangents():
    square = tf.custom_gradient(lambda z: (z * z, lambda upstream: upstream * tf.math.conj(2 * z)))
    z, t = np.array([1 + 2j, 3.0]), np.array([1j, 2.0 - 1j])
    (found,) = jvp(square, [tf.constant(z)], [tf.constant(t)])
    np.testing.assert_allclose(found.numpy(), 2 * z * t, rtol=1e-14)


def test_forward_over_reverse_and_reverse_over_forward():
    @tf.custom_gradient
    def cube(x):
        return x * x * x, lambda upstream: upstream * 3.0 * x * x

    x, t = tf.constant(2.0), tf.constant(1.0)
    with tf.autodiff.ForwardAccumulator(x, t) as accumulator:
        slope = gradient(cube, x)
    assert numbers([slope, accumulator.jvp(slope)]) == [12.0, 12.0]
    with tf.GradientTape() as tape:
        tape.watch(x)
        (slope,) = jvp(cube, [x], [t])
    assert numbers([slope, tape.gradient(slope, x)]) == [12.0, 12.0]


# ------------------------------------------------------------------ as a decorator


def test_the_function_keeps_its_name_and_signature():
    @tf.custom_gradient
    def spline(x, *, degree: int = 3):
        """Of degree 3."""
        return x, lambda upstream: upstream

    assert spline.__name__ == "spline"
    assert spline.__qualname__.endswith("<locals>.spline")
    assert spline.__doc__ == "Of degree 3."
    assert spline.__module__ == __name__
    assert list(inspect.signature(spline).parameters) == ["x", "degree"]


def test_the_decorator_with_parentheses():
    @tf.custom_gradient()
    def f(x):
        return x, lambda upstream: upstream * 5.0

    assert f.__name__ == "f"
    assert float(gradient(f, 1.0)) == 5.0


class Scale:
    """With all kinds of methods. (In TensorFlow only static and class methods can be decorated.)"""

    factor = 4.0

    @tf.custom_gradient
    def method(self, x, *, power=1.0):
        """x times the factor."""
        return x * self.factor, lambda upstream: upstream * self.factor * power * 10.0

    @classmethod
    @tf.custom_gradient
    def of_class(cls, x):
        return x * cls.factor, lambda upstream: upstream * 100.0

    @staticmethod
    @tf.custom_gradient
    def static(x):
        return x, lambda upstream: upstream * 1000.0

    @tf.recompute_grad
    def checkpointed(self, x):
        return tf.exp(x * self.factor)

    @tf.grad_pass_through
    def rounded(self, x):
        return tf.round(x * self.factor)


def test_methods():
    scale = Scale()
    scale.factor = 5.0
    assert float(scale.method(tf.constant(2.0))) == 10.0
    assert float(gradient(scale.method, 1.0)) == 50.0
    assert float(gradient(scale.method, 1.0, power=2.0)) == 100.0
    assert float(gradient(Scale.of_class, 1.0)) == 100.0
    assert float(gradient(scale.of_class, 1.0)) == 100.0
    assert float(gradient(scale.static, 1.0)) == 1000.0
    assert float(gradient(scale.checkpointed, 0.0)) == 5.0
    assert float(gradient(scale.rounded, 0.3)) == 1.0


def test_methods_keep_name_and_documentation():
    assert Scale.method.__name__ == Scale().method.__name__ == "method"
    assert Scale.method.__doc__ == Scale().method.__doc__ == "x times the factor."
    assert list(inspect.signature(Scale().method).parameters) == ["x", "power"]


def test_other_callables():
    class Layer:
        def __call__(self, x):
            return x, lambda upstream: upstream * 5.0

    part = functools.partial(lambda k, x: (x, lambda upstream: upstream * k), 6.0)
    assert float(gradient(tf.custom_gradient(Layer()), 1.0)) == 5.0
    assert float(gradient(tf.custom_gradient(part), 1.0)) == 6.0
    assert float(gradient(tf.recompute_grad(tf.exp), 0.0)) == 1.0


def test_the_original_function_can_be_had():
    layer = functools.partial(tf.multiply, 3.0)
    assert tf.recompute_grad(layer).__wrapped__ is layer


def test_copies_and_pickles_are_by_name(monkeypatch):
    module = types.ModuleType("module_with_a_custom_gradient")
    source = "@tf.custom_gradient\ndef f(x):\n    return x, lambda upstream: upstream"
    exec(source, vars(module) | {"tf": tf}, vars(module))
    module.f.__module__ = module.__name__
    monkeypatch.setitem(sys.modules, module.__name__, module)
    assert pickle.loads(pickle.dumps(module.f)) is module.f
    assert copy.deepcopy(module.f) is module.f


# ------------------------------------------------------------------ tapes in all states


def test_tapes_nested_overlapping_and_paused():
    f, x = scaled(5.0), tf.constant(2.0)
    first, second = tf.GradientTape(persistent=True), tf.GradientTape()
    with first:
        first.watch(x)
        y = f(x)
        second.__enter__()
        second.watch(x)
        z = f(x * x)
        with first.stop_recording():
            w = f(x)
    second.__exit__(None, None, None)
    assert numbers(first.gradient(t, x) for t in [y, z]) == [5.0, 20.0]
    assert first.gradient(w, x) is None
    assert float(second.gradient([z, w], x)) == 25.0


def test_a_tape_that_is_reset_in_the_middle():
    f, x = scaled(5.0), tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
        tape.reset()
        tape.watch(x)
        z = f(x) * 2.0
    assert numbers(tape.gradient([z, y], [x])) == [10.0]


def test_a_grad_fn_with_a_tape_of_its_own_in_any_sweep():
    """Also while an outer tape is open that sees nothing of it."""

    @tf.custom_gradient
    def f(x):
        def grad(upstream):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = tf.sin(x)
            return upstream * tape.gradient(y, x)

        return tf.sin(x), grad

    x, unrelated = tf.constant(0.5, tf.float64), tf.constant(2.0)
    with tf.GradientTape() as outer:
        outer.watch(unrelated)
        z = unrelated * unrelated
        slope = gradient(lambda x: f(tf.exp(f(x))), x)
        z = z * unrelated
    inner = np.exp(np.sin(0.5))
    assert float(slope) == pytest.approx(np.cos(inner) * inner * np.cos(0.5), rel=1e-14)
    assert float(outer.gradient(z, unrelated)) == 12.0
    assert float(nth_derivative(f, x, 3)) == pytest.approx(-np.cos(0.5), rel=1e-14)


def test_a_grad_fn_that_asks_the_tape_that_is_being_swept():
    x = tf.constant(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x

        @tf.custom_gradient
        def f(x):
            return x, lambda upstream: upstream * tape.gradient(y, x)

        z = f(x)
    assert float(tape.gradient(z, x)) == 4.0


# ------------------------------------------------------------------ exceptions


class Once:
    """A grad_fn that fails the first time."""

    def __init__(self, error):
        self.error = error

    def __call__(self, upstream):
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        return upstream * 5.0


@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize("error", [KeyError("key"), KeyboardInterrupt(), SystemExit(3)])
def test_a_grad_fn_that_raises_leaves_the_tape_usable(persistent, error):
    """TensorFlow's tape is unusable afterwards."""
    once = Once(error)
    f = tf.custom_gradient(lambda x: (x, once))
    x = tf.constant(2.0)
    with tf.GradientTape(persistent) as tape:
        tape.watch(x)
        y = f(x * x) * 3.0
    with pytest.raises(type(error)) as caught:
        tape.gradient(y, x)
    assert caught.value is error
    assert float(tape.gradient(y, x)) == 60.0


def long_tape(n, size, grad_fn):
    """A tape of a custom gradient and n operations after it: the tape, target and source, and
    weak references to what each of the operations keeps."""
    x = tf.constant(np.ones(size))
    f = tf.custom_gradient(lambda x: (tf.identity(x), grad_fn))
    kept = []
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
        for _ in range(n):
            factor = np.frombuffer(np.ones(size).tobytes())  # memory that a tensor shares
            kept.append(weakref.ref(factor))
            y = y * tf.constant(factor)
    return tape, y, x, kept


@pytest.mark.parametrize("n, size", [(10_000, 10), (300, 1000), (40, 100_000)])
def test_a_sweep_lets_go_of_what_it_has_passed_before_a_custom_gradient(n, size):
    """One of these on a tape does not keep all the others."""

    def grad_fn(upstream):
        alive.append(sum(ref() is not None for ref in kept))
        return upstream

    alive = []
    tape, y, x, kept = long_tape(n, size, grad_fn)
    assert sum(ref() is not None for ref in kept) == n
    np.testing.assert_array_equal(tape.gradient(y, x), np.ones(size))
    assert alive == [0]


def test_a_long_tape_that_an_error_interrupts_is_used_up():
    """A short one keeps its records, since that costs little: see above."""
    once = Once(KeyError("key"))
    tape, y, x, _ = long_tape(10_000, 10, once)
    with pytest.raises(KeyError):
        tape.gradient(y, x)
    with pytest.raises(RuntimeError, match="only be used to compute one set of gradients"):
        tape.gradient(y, x)


def test_other_tapes_survive_a_grad_fn_that_raises():
    f = tf.custom_gradient(lambda x: (x, Once(KeyError("key"))))
    x = tf.constant(2.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = f(x) * x
        with pytest.raises(KeyError):
            inner.gradient(y, x)
        slope = inner.gradient(y, x)
        z = slope * x
    assert float(slope) == 12.0
    assert float(outer.gradient(z, x)) == 12.0 + 2.0 * (5.0 + 5.0)


def test_a_function_that_raises():
    v, x = tf.Variable(3.0), tf.constant(2.0)

    @tf.custom_gradient
    def fails(x):
        tf.sin(x * v)
        raise KeyError("key")

    with tf.GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(KeyError):
            fails(x)
        # Nobody is still waiting for Variables that are read.
        y = x * v + scaled(5.0)(x)
    assert float(tape.gradient(y, x)) == 8.0


# ------------------------------------------------------------------ lifetimes


class Marker:
    """Something of which a weak reference can be had."""


def custom_and_marker(wrapper):
    """A wrapped function whose records keep a marker alive, and a weak reference to the marker."""
    marker = Marker()

    if wrapper is tf.custom_gradient:

        def f(x):
            def grad(upstream, kept=marker):
                return upstream * 5.0

            return x * 2.0, grad

    else:

        def f(x, kept=marker):
            return tf.sin(x)

    return wrapper(f), weakref.ref(marker)


@pytest.fixture
def without_collector():
    """The cyclic collector is off: what is let go of is so by its reference count."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("wrapper", [tf.custom_gradient, tf.recompute_grad])
@pytest.mark.parametrize("end", ["gradient", "delete", "reset", "second order"])
def test_closures_are_let_go_of_with_the_tape(without_collector, wrapper, end):
    f, marker = custom_and_marker(wrapper)
    x = tf.constant(2.0)
    tape, outer = tf.GradientTape(), tf.GradientTape()
    with outer, tape:
        outer.watch(x)
        tape.watch(x)
        y = f(f(x) * 3.0)
        del f
        assert marker() is not None
        if end == "reset":
            tape.reset()
            outer.reset()
        if end == "second order":
            z = tape.gradient(y, x)
            tape.__enter__()
    if end == "gradient":
        tape.gradient(y, x)
        outer.gradient(y, x)
    if end == "second order":
        outer.gradient(z, x)
    del tape, outer
    assert marker() is None


@pytest.mark.parametrize("wrapper", [tf.custom_gradient, tf.recompute_grad])
def test_nothing_is_kept_without_a_tape(without_collector, wrapper):
    f, marker = custom_and_marker(wrapper)
    y = f(tf.constant(2.0))
    del f
    assert marker() is None
    assert float(y) != 0.0


def test_a_persistent_tape_keeps_closures():
    f, marker = custom_and_marker(tf.custom_gradient)
    x = tf.constant(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = f(x)
    del f
    for _ in range(3):
        assert float(tape.gradient(y, x)) == 5.0
    assert marker() is not None
    del tape
    assert marker() is None


@pytest.mark.parametrize("end", ["gradient", "reset"])
def test_a_rule_that_holds_its_own_tape_is_let_go_of_when_the_tape_is_used(without_collector, end):
    """While it is not, nobody can: as in TensorFlow."""
    f, marker = custom_and_marker(tf.custom_gradient)
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        f.tape = tape
        y = tf.custom_gradient(lambda x, f=f: (x * 2.0, lambda u: f(u * 2.0)))(x)
        del f
        if end == "reset":
            tape.reset()
    if end == "gradient":
        tape.gradient(y, x)
    del tape, y
    assert marker() is None


def test_references_do_not_pile_up(without_collector):
    marker = Marker()

    def grad(upstream):
        assert marker
        return upstream * 5.0

    f = tf.custom_gradient(lambda x: (x, grad))
    before = sys.getrefcount(grad), sys.getrefcount(marker)
    for _ in range(100):
        assert float(gradient(f, 1.0)) == 5.0
    assert (sys.getrefcount(grad), sys.getrefcount(marker)) == before


@pytest.mark.parametrize("wrapper", [tf.custom_gradient, tf.recompute_grad])
def test_references_of_a_sweep_that_failed(without_collector, wrapper):
    marker = Marker()
    failed = []

    def fail(x, kept):
        failed.append(1)
        raise KeyError("key")

    def custom(x, kept=marker):
        return x, lambda upstream: fail(upstream, kept)

    def recomputed(x, kept=marker):
        return fail(x, kept) if failed else (failed.append(0), tf.sin(x))[1]

    f = wrapper(custom if wrapper is tf.custom_gradient else recomputed)
    before = sys.getrefcount(marker)
    with pytest.raises(KeyError):
        gradient(f, 1.0)
    assert failed[-1] == 1
    assert sys.getrefcount(marker) == before


def test_a_finalizer_may_use_tapes():
    slopes = []

    class Finalized:
        def __del__(self):
            slopes.append(float(gradient(lambda x: log1pexp(tf.sin(x) * x), 2.0)))

    @tf.custom_gradient
    def f(x):
        kept = Finalized()
        return x, lambda upstream: (upstream, kept)[0]

    x = tf.constant(1.0)
    tape = tf.GradientTape()
    with tape:
        tape.watch(x)
        y = f(f(f(x)))
    tape.gradient(y, x)
    del tape, y
    gc.collect()
    assert len(slopes) == 3
    assert len(set(slopes)) == 1


# ------------------------------------------------------------------ threads


def run_in_threads(work, count=4):
    """Calls work(k) in so many threads at once; fails as the first of them does."""
    errors, start = [], threading.Barrier(count)

    def run(k):
        try:
            start.wait()
            work(k)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_threads_do_not_see_the_variables_that_others_read():
    variables = [tf.Variable(float(k + 1)) for k in range(4)]

    def work(k):
        received = []
        f, x = linear(variables[k], received), tf.constant(2.0)
        for _ in range(200):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = f(x)
            assert numbers(tape.gradient(y, [x, variables[k]])) == [10.0, 20.0]
        assert all(len(each) == 1 and each[0] is variables[k] for each in received)

    run_in_threads(work)


@pytest.mark.parametrize("wrapper", [lambda f: f, tf.recompute_grad])
def test_threads_share_functions_and_variables(wrapper):
    v = tf.Variable(0.5, dtype=tf.float64)
    f = wrapper(lambda x: log1pexp(tf.sin(x * v.read_value())))
    slope = float(gradient(f, np.float64(0.3)))

    def work(k):
        for _ in range(100):
            assert float(gradient(f, np.float64(0.3))) == slope

    run_in_threads(work)


@pytest.mark.parametrize("wrapper", [log1pexp, tf.recompute_grad(tf.sin)])
def test_a_gradient_may_be_taken_on_another_thread(wrapper):
    x = tf.constant([0.0, 1.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = wrapper(x * x)
    here = tape.gradient(y, x).numpy()

    def work(k):
        np.testing.assert_array_equal(tape.gradient(y, x).numpy(), here)

    run_in_threads(work, 2)


# ------------------------------------------------------------------ recompute_grad


def counted(f):
    """The function, and a list that gets an item whenever it runs."""
    runs = []

    def g(*args, **kwargs):
        runs.append(args)
        return f(*args, **kwargs)

    return g, runs


def test_the_function_is_run_again_for_the_gradient():
    f, runs = counted(lambda x: tf.exp(2.0 * x))
    x = tf.constant(0.5)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.recompute_grad(f)(x)
    assert float(y) == pytest.approx(np.e)
    assert len(runs) == 1
    for k in range(2):
        assert float(tape.gradient(y, x)) == pytest.approx(2.0 * np.e)
        assert len(runs) == 2 + k


def test_without_a_tape_it_runs_once():
    f, runs = counted(tf.exp)
    assert float(tf.recompute_grad(f)(tf.constant(0.0))) == 1.0
    assert len(runs) == 1


def test_recomputed_variables():
    v, x = tf.Variable(3.0), tf.constant(2.0)
    f = tf.recompute_grad(lambda x: x * v * v)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x) + v
    assert tape.watched_variables() == (v,)
    assert numbers(tape.gradient(y, [x, v])) == [9.0, 13.0]
    with tf.GradientTape() as tape:
        y = f(x)
    assert float(tape.gradient(y, v)) == 12.0


def test_recomputed_variables_as_arguments():
    v = tf.Variable(3.0)
    f = tf.recompute_grad(lambda a, b: a * b * v)
    with tf.GradientTape() as tape:
        y = f(v, v)
    assert float(tape.gradient(y, v)) == 27.0


def test_recomputed_variables_that_are_watched_by_hand():
    """TensorFlow has no gradient for them."""
    v, x = tf.Variable(3.0, trainable=False), tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(v)
        y = tf.recompute_grad(lambda x: x * v * v)(x)
    assert float(tape.gradient(y, v)) == 12.0


def test_recomputed_arguments_of_all_kinds():
    """TensorFlow has no gradient by keyword arguments, and refuses what is no tensor."""

    @tf.recompute_grad
    def f(xs, flag, *rest, scale, label=None):
        assert flag is True
        assert label == "label"
        return {"a": xs["p"] * xs["q"][0], "b": (rest[0] * scale["s"], rest[1])}

    xs = {"p": tf.constant(2.0), "q": [tf.constant(3.0)]}
    rest = [tf.constant(5.0), 7.0]
    scale = {"s": tf.constant(11.0)}
    with tf.GradientTape() as tape:
        tape.watch([xs, rest[0], scale])
        y = f(xs, True, *rest, scale=scale, label="label")
        target = y["a"] + y["b"][0] * 10.0 + y["b"][1]
    assert float(target) == 6.0 + 550.0 + 7.0
    by_xs, by_rest, by_scale = tape.gradient(target, [xs, rest[0], scale])
    assert numbers([by_xs["p"], by_xs["q"][0], by_rest, by_scale["s"]]) == [3.0, 2.0, 110.0, 50.0]


def test_recomputed_integers():
    f = tf.recompute_grad(lambda x, n: (tf.cast(x, tf.int32) + n, x * x))
    x, n = tf.constant(3.0), tf.constant(4)
    with tf.GradientTape() as tape:
        tape.watch(x)
        k, y = f(x, n)
    assert int(k) == 7
    assert float(tape.gradient(y, x)) == 6.0


def test_recomputed_rows_of_a_table():
    table = tf.Variable(np.arange(8.0).reshape(4, 2))

    @tf.recompute_grad
    def f(rows):
        return tf.reduce_sum(tf.gather(table, rows) ** 2)

    with tf.GradientTape(persistent=True) as outer:
        with tf.GradientTape() as tape:
            y = f(tf.constant([1, 1, 3]))
        slope = tape.gradient(y, table)
        total = tf.reduce_sum(tf.convert_to_tensor(slope))
    expected = 2.0 * table.numpy() * [[0], [2], [0], [1]]
    np.testing.assert_array_equal(np.asarray(slope), expected)
    second = outer.gradient(total, table)
    np.testing.assert_array_equal(np.asarray(second), [[0, 0], [4, 4], [0, 0], [2, 2]])


def test_the_same_tensor_twice_and_no_tensor_used():
    f = tf.recompute_grad(lambda x, y, z: x * y)
    x, z = tf.constant(3.0), tf.constant(5.0)
    with tf.GradientTape() as tape:
        tape.watch([x, z])
        y = f(x, x, z)
    assert numbers(tape.gradient(y, [x, z])) == [6.0, 0.0]


def test_what_it_closes_over_has_gradients():
    """In TensorFlow it is a constant."""
    x, w, c = tf.constant(2.0), tf.constant(3.0), tf.constant(5.0)
    f = tf.recompute_grad(lambda x: x * w * w * c)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, w])
        y = f(x)
        u = w * w
        z = tf.recompute_grad(lambda: u * w)()
    assert numbers(tape.gradient(y, [x, w, c])) == [45.0, 60.0, None]
    assert numbers(tape.gradient(y, [w])) == [60.0]
    assert numbers(tape.gradient(z, [u, w])) == [3.0, 27.0]


def test_what_it_closes_over_may_be_an_argument_too():
    assert float(gradient(lambda w: tf.recompute_grad(lambda x: x * w)(w), 3.0)) == 6.0
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        z = tf.recompute_grad(lambda y, c: c * y * x)(y, c=y)
    assert numbers(tape.gradient(z, [y, x])) == [54.0, 81.0 + 54.0 * 6.0]


@pytest.mark.parametrize("order", range(1, 5))
def test_what_it_closes_over_to_any_order(order):
    def f(x):
        u = tf.exp(x)
        inner = tf.recompute_grad(lambda z: tf.sin(z * u) * x)
        return tf.recompute_grad(lambda z: inner(z * x) + u * z)(tf.cos(x))

    def plain(x):
        u, z = tf.exp(x), tf.cos(x)
        return tf.sin(z * x * u) * x + u * z

    x = tf.constant(0.5, tf.float64)
    expected = float(nth_derivative(plain, x, order))
    assert float(nth_derivative(f, x, order)) == pytest.approx(expected, rel=1e-12)


def test_what_it_closes_over_without_a_value_left():
    """The tensor is kept by the record, and let go of with it."""
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        u = x * x
        y = tf.recompute_grad(lambda z, u=[u]: z * u[0])(x)
        del u
    assert float(tape.gradient(y, x)) == 12.0


def test_a_variable_and_what_was_read_from_it_before():
    v = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as tape:
        u = v.read_value()
        y = tf.recompute_grad(lambda x: x * u * v)(2.0)
    assert numbers(tape.gradient(y, [v, u])) == [12.0, 6.0]
    assert float(tape.gradient(y, v)) == 12.0


def test_what_one_of_two_tapes_knows():
    x, w = tf.constant(2.0), tf.constant(3.0)
    with tf.GradientTape() as outer:
        outer.watch(w)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.recompute_grad(lambda x: x * x * w)(x)
        slope = inner.gradient(y, x)
    assert float(slope) == 12.0
    assert float(outer.gradient(slope, w)) == 4.0


def test_recomputed_inside_recomputed():
    inner, runs = counted(lambda x: tf.sin(x) * x)
    f = tf.recompute_grad(lambda x: tf.recompute_grad(inner)(x * x))
    x = 1.5
    expected = 2.0 * x * (np.sin(x * x) + x * x * np.cos(x * x))
    assert float(gradient(f, np.float64(x))) == pytest.approx(expected, rel=1e-14)
    assert len(runs) == 3


def test_recomputed_and_custom_inside_each_other():
    v = tf.Variable(3.0)
    f = tf.recompute_grad(lambda x: scaled(5.0)(x * v) * 2.0)
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    assert numbers(tape.gradient(y, [x, v])) == [30.0, 20.0]

    @tf.custom_gradient
    def g(x):
        def grad(upstream, variables):
            assert variables[0] is v
            return upstream * 7.0, [upstream * 8.0]

        return f(x), grad

    with tf.GradientTape() as tape:
        tape.watch(x)
        y = g(x)
    assert numbers(tape.gradient(y, [x, v])) == [7.0, 8.0]


def test_recomputed_with_a_tape_inside():
    """In TensorFlow the tape inside finds nothing."""

    @tf.recompute_grad
    def slope_of_cube(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * x * x
        return tape.gradient(y, x)

    for order, expected in enumerate([12.0, 12.0, 6.0, 0.0]):
        assert float(nth_derivative(slope_of_cube, tf.constant(2.0), order)) == expected


@pytest.mark.parametrize("order", range(5))
def test_recomputed_to_any_order(order):
    """TensorFlow raises NotImplementedError for most of it."""

    def f(x):
        return tf.sin(tf.exp(x) * x)

    recomputed, x = tf.recompute_grad(f), tf.constant(0.5, tf.float64)
    expected = float(nth_derivative(lambda x: tf.cos(f(x)), x, order))
    found = float(nth_derivative(lambda x: tf.cos(recomputed(x)), x, order))
    assert found == pytest.approx(expected, rel=1e-12)


def test_recomputed_hessian_with_variables():
    w = tf.Variable([[0.1, 0.2], [0.3, 0.4]], dtype=tf.float64)

    def f(x):
        return tf.tanh(tf.matmul(w, x))

    def hessians(f):
        x = tf.constant([[0.5], [-0.7]], tf.float64)
        with tf.GradientTape(persistent=True) as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_sum(f(f(x)) ** 2)
            by_x, by_w = inner.gradient(y, [x, w])
        return [
            outer.jacobian(a, b, unconnected_gradients="zero").numpy()
            for a in [by_x, by_w]
            for b in [x, w]
        ]

    for found, expected in zip(hessians(tf.recompute_grad(f)), hessians(f), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)


def test_recomputed_jacobians():
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    f = tf.recompute_grad(lambda x: x * x)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = f(x)
    expected = 2.0 * np.einsum("ik,jl,ij->ijkl", np.eye(2), np.eye(2), x.numpy())
    np.testing.assert_array_equal(tape.jacobian(y, x).numpy(), expected)
    np.testing.assert_array_equal(
        tape.batch_jacobian(y, x).numpy(), np.einsum("jl,ij->ijl", np.eye(2), 2.0 * x.numpy())
    )


def test_recomputed_under_an_accumulator():
    """TensorFlow raises NotImplementedError."""
    x = tf.constant(0.5)
    f = tf.recompute_grad(lambda x: tf.exp(2.0 * x))
    with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as accumulator:
        slope = gradient(f, x)
    assert float(slope) == pytest.approx(2.0 * np.e)
    assert float(accumulator.jvp(slope)) == pytest.approx(4.0 * np.e)


def test_the_tapes_go_on_recording_afterwards():
    x = tf.constant(2.0)
    f = tf.recompute_grad(lambda x: x * x)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = f(x) * x
            with tape.stop_recording():
                z = f(x) * x
            w = f(y) * x
    assert float(tape.gradient(y, x)) == 12.0
    assert tape.gradient(z, x) is None
    assert float(tape.gradient(w, x)) == 7.0 * 2.0**6
    assert float(outer.gradient([y, z], x)) == 24.0


def test_a_tape_that_the_function_uses_up():
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        z = tf.recompute_grad(lambda z: z + tape.gradient(y, x))(x)
    assert float(z) == 6.0
    with pytest.raises(RuntimeError, match=USED_UP):
        tape.gradient(z, x)


def test_a_tape_that_the_function_enters():
    def f(x):
        tape.__enter__()
        return x * x

    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(ValueError, match="cannot be entered"):
            tf.recompute_grad(f)(x)
        y = x * x
    assert float(tape.gradient(y, x)) == 4.0


def test_a_variable_assigned_before_it_is_run_again():
    """TensorFlow takes the gradient at the new value."""
    v, x = tf.Variable(2.0, name="v"), tf.constant(5.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.recompute_grad(lambda x: x * v * v)(x)
    v.assign(10.0)
    with pytest.raises(RuntimeError, match="cannot run <lambda> again .* the Variable 'v:0'"):
        tape.gradient(y, x)
    v.assign(2.0)
    assert numbers(tape.gradient(y, [x, v])) == [4.0, 20.0]


@pytest.mark.parametrize("value", [float("nan"), [1.0, float("nan")], np.ones([0, 3])])
def test_a_variable_that_was_not_assigned(value):
    v = tf.Variable(value)
    with tf.GradientTape() as tape:
        y = tf.recompute_grad(lambda x: x * v)(2.0)
    np.testing.assert_array_equal(tape.gradient(y, v).numpy(), np.full(v.shape, 2.0))


def test_a_function_that_assigns_a_variable_that_it_reads():
    state, x = tf.Variable(1.0, trainable=False), tf.constant(5.0)

    @tf.recompute_grad
    def f(x):
        y = x * state
        state.assign(y)
        return y

    with pytest.raises(RuntimeError, match="let the function assign none that it reads"):
        gradient(f, x)


def test_a_function_that_returns_something_else_when_run_again():
    calls = []

    def f(x):
        calls.append(1)
        return [x] * len(calls)

    with pytest.raises(ValueError, match="f returned 1 tensors, and 2 when it was run again"):
        gradient(lambda x: tf.recompute_grad(f)(x)[0], 1.0)
    calls.clear()
    with pytest.raises(ValueError, match="shape"):
        gradient(tf.recompute_grad(lambda x: tf.stack(f(x))), 1.0)


def test_a_function_that_raises_while_nothing_records():
    v, x = tf.Variable(3.0), tf.constant(2.0)

    def fails(x):
        tf.sin(x * v)
        raise KeyError("key")

    with tf.GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(KeyError):
            tf.recompute_grad(fails)(x)
        y = x * v
    assert numbers(tape.gradient(y, [x, v])) == [3.0, 2.0]


def test_a_function_that_raises_when_run_again():
    fail = []

    def f(x):
        if fail:
            raise KeyError(fail.pop())
        return tf.sin(x)

    x = tf.constant(0.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.recompute_grad(f)(x)
        fail.append("key")
        with pytest.raises(KeyError):
            tape.gradient(y, x)
        slope = tape.gradient(y, x) * x
    assert float(slope) == 0.0
    assert float(outer.gradient(slope, x)) == 1.0


# ------------------------------------------------------------------ its memory


MEMORY = """
import resource
import autograd_c as tf

def peak():
    # The other one may begin with that of the process that started this one.
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

def layer(x):
    return tf.tanh(x * 1.01)

def segment(x):
    for _ in range(10):
        x = layer(x)
    return x

def chain(x):
    for _ in range(10):
        x = f(x)
    return x

f = {function}
x = tf.linspace(-1.0, 1.0, {size})
before = peak()
{program}
used = peak() - before
print(used, *[repr(float(tf.reduce_sum(g * g))) for g in answers])
"""
FIRST_ORDER = """
with tf.GradientTape() as tape:
    tape.watch(x)
    y = chain(x)
answers = [tape.gradient(y, x)]
"""
SECOND_ORDER = """
with tf.GradientTape() as outer:
    outer.watch(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = chain(x)
    slope = tape.gradient(y, x)
answers = [slope, outer.gradient(slope, x)]
"""


def memory_and_answers(function, program, size):
    source = MEMORY.format(function=function, program=program, size=size)
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source)],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    used, *answers = done.stdout.split()
    return int(used), [float(a) for a in answers]


@pytest.mark.slow
@pytest.mark.parametrize(("program", "size"), [(FIRST_ORDER, 1_000_000), (SECOND_ORDER, 200_000)])
def test_memory_falls_to_about_two_roots_of_the_number_of_layers(program, size):
    """100 layers, a checkpoint after each ten of them."""
    pytest.importorskip("resource")
    plain, answers = memory_and_answers("segment", program, size)
    checkpointed, again = memory_and_answers("tf.recompute_grad(segment)", program, size)
    assert again == pytest.approx(answers, rel=1e-6)
    assert checkpointed < 0.4 * plain


# ------------------------------------------------------------------ grad_pass_through


def test_gradients_pass_through():
    assert float(gradient(tf.grad_pass_through(tf.round), 2.7)) == 1.0
    assert float(tf.grad_pass_through(tf.round)(tf.constant(2.7))) == 3.0
    assert tf.grad_pass_through(tf.round).__name__ == "round"


def test_gradients_pass_through_several_tensors():
    f = tf.grad_pass_through(lambda a, b: {"p": a * 2.0, "q": b * 3.0})
    x, z = tf.constant(1.0), tf.constant([3.0, 3.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, z])
        y = f(x, z)
        target = y["p"] * 5.0 + tf.reduce_sum(y["q"] * 7.0)
    by_x, by_z = tape.gradient(target, [x, z])
    assert float(by_x) == 5.0
    np.testing.assert_array_equal(by_z.numpy(), [7.0, 7.0])


def test_gradients_pass_through_an_assignment():
    x, z = tf.Variable(1.0), tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = tf.grad_pass_through(x.assign)(z**2)
    assert float(y) == float(x) == 9.0
    assert numbers(tape.gradient(y, [z, x])) == [6.0, None]


def test_variables_and_keyword_arguments_get_no_gradient():
    v, x, k = tf.Variable(3.0), tf.constant(2.0), tf.constant(5.0)
    with tf.GradientTape() as tape:
        tape.watch([x, k])
        y = tf.grad_pass_through(lambda x, k: x * v * k)(x, k=k)
    assert float(y) == 30.0
    assert numbers(tape.gradient(y, [x, v, k])) == [1.0, None, None]


def test_gradients_pass_through_to_second_order():
    f = tf.grad_pass_through(tf.round)
    second = nth_derivative(lambda x: f(x) ** 2 * x, tf.constant(2.7), 2)
    assert float(second) == pytest.approx(4.0 * 3.0 + 2.0 * 2.7)


def test_another_number_of_tensors():
    message = "expected to return 1 gradients, but returned 2 instead"
    with pytest.raises(ValueError, match=message):
        gradient(tf.grad_pass_through(lambda a: (a, a)), 2.7)


def test_another_shape():
    """TensorFlow passes a gradient of the wrong shape on."""
    with pytest.raises(ValueError, match=r"input 0 has shape \(\) .* the input has shape \(2,\)"):
        gradient(tf.grad_pass_through(tf.reduce_sum), [2.7, 1.0])


def test_stop_gradient_inside():
    """The straight-through estimator in its two forms."""

    def straight(x):
        return x + tf.stop_gradient(tf.round(x) - x)

    for f in [straight, tf.grad_pass_through(tf.round)]:
        assert float(f(tf.constant(2.7))) == 3.0
        assert float(gradient(f, 2.7)) == 1.0


@pytest.mark.parametrize(
    "rewrite", [lambda w: w, lambda w: tf.cast(w, w.dtype), tf.convert_to_tensor]
)
def test_a_result_that_is_a_closed_over_tensor(rewrite):
    x, w = tf.constant(2.0), tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch([x, w])
        y = tf.recompute_grad(lambda a: (a * a, rewrite(w)))(x)
    assert numbers(tape.gradient(y, [x, w])) == [4.0, 1.0]


@pytest.mark.parametrize("what", ["watch", "reset"])
def test_a_rule_leaves_the_tape_alone_that_has_called_it(what):
    x = tf.constant(2.0)
    outer = tf.GradientTape(persistent=True)
    asked = []

    @tf.custom_gradient
    def square(z):
        def rule(g):
            with pytest.raises((RuntimeError, ValueError), match="its own sweep|not recording"):
                outer.watch(g) if what == "watch" else outer.reset()
            asked.append(what)
            return 2 * g * z

        return z * z, rule

    with outer:
        outer.watch(x)
        y = square(x) * x
        assert outer.gradient(y, x).numpy() == 12.0
    assert outer.gradient(y, x).numpy() == 12.0
    assert asked == [what] * 2
