"""tf.function: what custom gradients, and functions that are computed again, read and do."""

from __future__ import annotations

import gc
import itertools
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core

from ..operations import assert_same_bits
from .test_function_custom import POINTS, again, gradient, named, recorded
from .test_function_rules import agree

# ------------------------------------------------------- Variables, and what is closed over


def test_variables_that_are_read(warned):
    w, b = tf.Variable([1.0, 2.0, 3.0], dtype=tf.float64), tf.Variable(0.5, dtype=tf.float64)

    @tf.custom_gradient
    def layer(x):
        y = tf.tanh(x * w + b)

        def gradient(dy, variables):
            assert variables[0] is w and variables[1] is b
            slope = dy * (1.0 - y * y)
            return slope * w * 2.0, [slope * x * 3.0, tf.reduce_sum(slope)]

        return y, gradient

    f, runs = recorded(lambda x: layer(x) * w)
    for point in POINTS * 2:
        x = tf.constant(point, tf.float64)
        answers = []
        for g in (f, lambda x: layer(x) * w):
            with tf.GradientTape() as outer:
                outer.watch(x)
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    y = g(x)
                first = tape.gradient(y, [x, w, b])
                loss = tf.reduce_sum(first[0]) + tf.reduce_sum(first[1])
            answers.append([y, *first, *outer.gradient(loss, [x, w, b])])
        for p, q in zip(*answers, strict=True):
            assert_same_bits(p, q)
        w.assign_add([0.25, -0.5, 1.0])
        b.assign(b * 1.5)
    assert len(runs) == 1
    assert not warned()


def test_a_variable_that_is_assigned_before_the_gradient_is_taken():
    """The gradient function reads it then; what the function has kept stays what it was."""
    w = tf.Variable(2.0)

    @tf.custom_gradient
    def late(x):
        return x * w, lambda dy, variables: (dy * w, [dy * x])

    @tf.custom_gradient
    def kept(x):
        then = w.read_value()
        return x * then, lambda dy, variables: (dy * then, [dy * x])

    for f, slope in ((late, 10.0), (kept, 2.0)):
        g, runs = recorded(f)
        for _ in range(3):
            for h in (f, g):
                w.assign(2.0)
                x = tf.constant(3.0)
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    y = h(x)
                w.assign(10.0)
                assert [float(v) for v in tape.gradient(y, [x, w])] == [slope, 3.0]
        assert len(runs) == 1


def test_a_variable_that_the_function_assigns():
    w = tf.Variable(2.0)

    @tf.custom_gradient
    def f(x):
        return x * w, lambda dy, variables: (dy * w * 3.0, [dy * x])

    def use(x):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = f(x)
            w.assign_add(x)
            z = f(x)
        early = tape.gradient(y, x)
        w.assign(w * 2.0)
        return early, tape.gradient(y, x), tape.gradient(z, [x, w]), y, z

    g, runs = recorded(use)
    for value in (1.0, 2.0, 5.0):
        x, answers = tf.constant(value), []
        for h in (use, g):
            w.assign(2.0)
            answers.append([float(v) for v in tf.nest.flatten(h(x))] + [float(w)])
        assert answers[0] == answers[1]
    assert len(runs) == 1


def test_steps_of_an_optimizer():
    x = tf.constant([[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]])

    @tf.custom_gradient
    def quantized(w):
        return tf.round(w * 4.0) / 4.0, lambda dy: dy

    def train(wrap):
        w = tf.Variable([0.3, -0.7])
        optimizer = tf.optimizers.SGD(0.1)

        def step():
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((tf.linalg.matvec(x, quantized(w)) - 1.0) ** 2)
            optimizer.apply_gradients([(tape.gradient(loss, w), w)])
            return loss

        step = wrap(step)
        return [float(step()) for _ in range(20)] + w.numpy().tolist()

    np.testing.assert_allclose(train(tf.function), train(lambda f: f), rtol=1e-6)


@tf.custom_gradient
def closing_over(x):
    return x * CLOSED[0], lambda dy: dy * CLOSED[0]


CLOSED = [tf.constant(2.0)]


def test_a_tensor_that_is_closed_over_has_no_gradient():
    x, w = tf.constant(3.0), CLOSED[0]
    f = tf.function(lambda x: closing_over(x))
    for _ in range(3):
        for g in (f, closing_over):
            with tf.GradientTape(persistent=True) as tape:
                tape.watch([x, w])
                y = g(x)
            assert float(tape.gradient(y, x)) == 2.0
            with pytest.raises(NotImplementedError, match="closes over"):
                tape.gradient(y, w)
            # None is taken through it where no tape knows an argument.
            with tf.GradientTape() as tape:
                tape.watch(w)
                y = g(x)
            assert float(tape.gradient(y, w)) == 3.0
            with tf.autodiff.ForwardAccumulator(w, tf.constant(1.0)) as accumulator:
                y = g(x)
            assert float(accumulator.jvp(y)) == 3.0


def test_what_is_closed_over_inside_of_a_function():
    def use(x, w):
        @tf.custom_gradient
        def f(y):
            return y * w, lambda dy: dy * w * w

        with tf.GradientTape() as of_w, tf.GradientTape() as of_x:
            of_w.watch(w)
            of_x.watch(x)
            y = f(x)
        with tf.GradientTape() as alone:
            alone.watch(w)
            z = f(2.0)
        with tf.autodiff.ForwardAccumulator(w, w) as accumulator:
            t = f(2.0)
        return of_x.gradient(y, x), alone.gradient(z, w), accumulator.jvp(t)

    agree(use, [3.0, 2.0], [5.0, 7.0])

    def lost(x, w):
        with tf.GradientTape() as tape:
            tape.watch([x, w])
            y = tf.custom_gradient(lambda y: (y * w, lambda dy: dy * w))(x)
        return tape.gradient(y, w)

    f = tf.function(lost)
    for _ in range(2):
        with pytest.raises(NotImplementedError, match="closes over"):
            f(tf.constant(3.0), tf.constant(2.0))


def slope(f, given, watched, x):
    with tf.GradientTape() as tape:
        tape.watch(watched)
        y = f(*given)
    return tape.gradient(y, x)


def tangent(f, given, watched, x):
    with tf.autodiff.ForwardAccumulator(watched, [z * 2.0 for z in watched]) as accumulator:
        y = f(*given)
    return accumulator.jvp(y)


def number_of(derivative, *asked):
    """That it is; None; or, where there is none, how that is said."""
    try:
        found = derivative(*asked)
    except NotImplementedError as error:
        return "closes over" in str(error)
    return found if found is None else float(found)


def called_by_another(f):
    g = tf.function(f)
    return tf.function(lambda *given: g(*given) * 1.0)


@pytest.mark.parametrize(
    "layer",
    [
        lambda x, w: tf.grad_pass_through(lambda y: tf.sin(w) * x + tf.floor(y)),
        lambda x, w: tf.custom_gradient(lambda y: (w * x * y, lambda dy: dy * 3.0)),
        lambda x, w: tf.custom_gradient(lambda y: (w * y, lambda dy: dy * w)),
    ],
)
@pytest.mark.parametrize("wrap", [tf.function, called_by_another])
@pytest.mark.parametrize("derivative", [slope, tangent])
@pytest.mark.parametrize("names", ["x", "w", "y", "xw", "wy", "xwy"])
def test_derivatives_by_what_is_closed_over_at_each_call(layer, wrap, derivative, names):
    """Also at the first one, where all arguments are known to what records the function."""

    def f(x, w, y):
        return layer(x, w)(y) * y

    given = dict(zip("xwy", (tf.constant(k, tf.float64) for k in (0.3, 0.5, -0.7)), strict=True))
    watched = [given[name] for name in names]
    for x in watched:
        asked = given.values(), watched, x
        expected = number_of(derivative, f, *asked)
        if type(expected) is float:
            expected = pytest.approx(expected, rel=1e-12)
        g = wrap(f)
        assert [number_of(derivative, g, *asked) for _ in range(3)] == [expected] * 3
        # The first call, and the others, with other tapes.
        g = wrap(f)
        number_of(slope, g, given.values(), [given["y"]], given["y"])
        assert [number_of(derivative, g, *asked) for _ in range(2)] == [expected] * 2


def test_second_derivatives_by_what_only_the_gradient_reads():
    def use(x, w):
        f = tf.custom_gradient(lambda x: (x * x, lambda dy: dy * tf.sin(w) * x))
        with tf.GradientTape() as outer:
            outer.watch([x, w])
            with tf.GradientTape() as tape:
                tape.watch([x, w])
                y = f(x)
            of_x, of_w = tape.gradient(y, [x, w])
            assert of_w is None
        return outer.gradient(of_x, [x, w])

    agree(use, [3.0, 2.0], [5.0, 7.0])

    f, runs = recorded(
        lambda x, w: tf.custom_gradient(lambda x: (x * x, lambda dy: dy * tf.sin(w) * x))(x)
    )
    for _ in range(3):
        x, w = tf.constant(3.0), tf.constant(2.0)
        with tf.GradientTape(persistent=True) as outer:
            outer.watch([x, w])
            with tf.GradientTape() as tape:
                tape.watch([x, w])
                y = f(x, w)
            of_x, of_w = tape.gradient(y, [x, w])
        assert of_w is None
        assert float(of_x) == float(tf.sin(w) * x)
        assert_same_bits(outer.gradient(of_x, w), tf.cos(w) * x)
    assert len(runs) == 1


# ---------------------------------------------------------------- what Python does in them


def test_values_that_the_function_reads_are_guards():
    @tf.custom_gradient
    def f(x):
        if x[0] > 1.0:
            return x * 2.0, lambda dy: dy * 5.0
        return x * 3.0, lambda dy: dy * x

    g, runs = recorded(f)
    for point in [*POINTS, *POINTS]:
        x = tf.constant(point, tf.float64)
        for a, b in zip(gradient(g)(x), gradient(f)(x), strict=True):
            assert_same_bits(a, b)
    assert len(runs) == 2


def test_what_the_function_does_for_its_effect():
    seen, v = [], tf.Variable(0.0, trainable=False)

    @tf.custom_gradient
    def f(x):
        tf.numpy_function(lambda x: seen.append(float(x)), [x], [])
        v.assign_add(x)
        return x * 2.0, lambda dy: dy * 5.0

    g, runs = recorded(f)
    for value in (1.0, 2.0, 3.0):
        assert float(gradient(g)(tf.constant(value))[1]) == 5.0
    assert seen == [1.0, 2.0, 3.0]
    assert float(v) == 6.0
    assert len(runs) == 1


def reads(g):
    return g * float(g)


def draws(g):
    return g * tf.random.uniform([])


def fails(g):
    raise ZeroDivisionError


def an_array(g):
    return np.ones(())


def another_shape(g):
    return tf.stack([g, g])


@named([reads, draws, fails, an_array, another_shape])
def test_gradients_that_can_be_no_program(f, warned):
    """The function is called, and is right, or raises what it always does."""
    custom = tf.custom_gradient(lambda x: (x * 2.0, f))
    use = tf.function(lambda x: custom(x) * 3.0)
    for value in (1.0, 2.0):
        x = tf.constant(value, tf.float64)
        assert float(use(x)) == 6.0 * value
        if f is reads:
            assert float(gradient(use)(x)[1]) == 9.0
        elif f is fails:
            with pytest.raises(ZeroDivisionError):
                gradient(use)(x)
        elif f is another_shape:
            with pytest.raises(ValueError, match="has shape"):
                gradient(use)(x)
        else:
            gradient(use)(x)
    [message] = warned()
    assert "is called each time" in message


def test_a_gradient_is_called_once_and_where_the_function_asks_for_it():
    calls = []

    @tf.custom_gradient
    def f(x):
        def gradient(dy):
            calls.append(type(dy))
            return dy * 2.0

        return x * x, gradient

    g = tf.function(f)
    for value in (1.0, 2.0, 3.0):
        assert float(gradient(g)(tf.constant(value))[1]) == 2.0
    assert len(calls) == 1

    h = tf.function(lambda x: gradient(f)(x)[1])
    for value in (1.0, 2.0):
        assert float(h(tf.constant(value))) == 2.0
    assert len(calls) == 3


# ---------------------------------------------------------------- computed again


def test_numbers_that_are_drawn_again_are_drawn_by_calls(warned):
    @tf.recompute_grad
    def noisy(x):
        return x * tf.random.normal([3], dtype=tf.float64)

    tf.random.set_seed(1)
    wanted = gradient(noisy)(tf.constant(POINTS[0], tf.float64))
    tf.random.set_seed(1)
    for a, b in zip(gradient(tf.function(noisy))(tf.constant(POINTS[0], tf.float64)), wanted):
        assert_same_bits(a, b)
    assert "recompute_grad" in warned()[0]


def test_gradients_by_what_a_checkpoint_reads():
    w = tf.Variable([1.0, 2.0, 3.0], dtype=tf.float64)
    c = tf.constant([0.5, -0.5, 1.5], tf.float64)
    layer = tf.recompute_grad(lambda x, scale: {"y": [tf.sin(x * w) * scale * c, tf.shape(x)]})
    f, runs = recorded(lambda x: layer(x, scale=w[0])["y"][0])
    for point in POINTS:
        x, answers = tf.constant(point, tf.float64), []
        for g in (f, lambda x: layer(x, scale=w[0])["y"][0]):
            with tf.GradientTape() as outer:
                outer.watch([x, c])
                with tf.GradientTape() as tape:
                    tape.watch([x, c])
                    y = g(x)
                first = tape.gradient(y, [x, w, c])
            answers.append([y, *first, *outer.gradient(first, [x, w, c])])
        for a, b in zip(*answers, strict=True):
            assert_same_bits(a, b)
        w.assign(w * 1.5)
    assert len(runs) == 2  # once more where no tape knows what is closed over


def test_a_tape_keeps_nothing_of_what_is_computed_again():
    x = tf.ones([1 << 16], tf.float32)

    def layers(x):
        for _ in range(50):
            x = tf.sin(x) + x
        return x

    def records(f):
        f(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        names = [record[1] for record in _core.tape_records(tape, [y])[0]]
        return names, tape.gradient(y, x)

    whole, wanted = records(tf.function(layers))
    again, found = records(tf.function(tf.recompute_grad(layers)))
    assert again == ["input", "custom"]
    assert len(whole) == 101
    assert_same_bits(found, wanted)


# ---------------------------------------------------------------- what is held


def test_a_record_keeps_no_gradient_function():
    class Held:
        pass

    def use(x):
        held = Held()
        alive.append(weakref.ref(held))

        @tf.custom_gradient
        def f(x):
            return x * x, lambda dy: (held, dy)[1]

        return f(x)

    alive = []
    f = tf.function(use)
    f(tf.constant(1.0))
    gc.collect()
    assert alive[0]() is None
    assert float(gradient(f)(tf.constant(2.0))[1]) == 1.0
    assert len(alive) == 1


def test_threads_take_gradients_at_once():
    w = tf.Variable([1.0, 2.0, 3.0], dtype=tf.float64)

    @tf.custom_gradient
    def layer(x):
        y = tf.tanh(x * w)
        return y, lambda dy, variables: (dy * w * (1.0 - y * y), [dy * x])

    f = tf.function(lambda x: again(layer(x)))
    points = [tf.constant(np.random.default_rng(k).normal(size=3)) for k in range(40)]
    wanted = [gradient(lambda x: again(layer(x)))(x)[1].numpy() for x in points]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda x: gradient(f)(x)[1].numpy(), points * 5))
    for a, b in zip(found, itertools.cycle(wanted)):
        np.testing.assert_array_equal(a, b)


def test_results_are_checked():
    f = tf.function(lambda x: tf.custom_gradient(lambda x: (x / x, lambda dy: dy / (x - x)))(x))
    tf.debugging.enable_check_numerics()
    try:
        for _ in range(2):
            assert float(f(tf.constant(2.0))) == 1.0
            with pytest.raises(tf.errors.InvalidArgumentError):
                f(tf.constant(0.0))
            with pytest.raises(tf.errors.InvalidArgumentError):
                gradient(f)(tf.constant(2.0))
    finally:
        tf.debugging.disable_check_numerics()
    assert np.isinf(gradient(f)(tf.constant(2.0))[1].numpy())


def test_checkpoints_are_written_as_c_and_custom_gradients_are_nothing(tmp_path):
    x = tf.constant(POINTS[0], tf.float64)
    tf.function(again).export_c(tmp_path / "again.c", x, derivatives=["jacobian"])
    assert "_jacobian(" in (tmp_path / "again.c").read_text()
    custom = tf.custom_gradient(lambda x: (tf.sin(x) * x, lambda dy: dy * 2.0))
    tf.function(custom).export_c(tmp_path / "custom.c", x)
    text = (tmp_path / "custom.c").read_text()
    assert "sin(" in text
    for f in (again, custom):
        compiled = tf.function(f, jit_compile=True)
        for _ in range(3):
            assert_same_bits(gradient(compiled)(x)[1], gradient(f)(x)[1])
            np.testing.assert_allclose(compiled(x), f(x), rtol=1e-14)


def test_a_function_does_not_read_what_the_gradient_of_one_within_reads():
    v = tf.Variable(0.5, dtype=tf.float64)

    @tf.custom_gradient
    def inner(x):
        return tf.tanh(x), lambda upstream: upstream * v

    @tf.custom_gradient
    def outer(x):
        return tf.tanh(inner(x)), lambda upstream: upstream * v  # takes no `variables`

    @tf.custom_gradient
    def with_variables(x):
        def gradient(upstream, variables=None):
            assert variables is None
            return upstream * 3.0

        return inner(x), gradient

    for f in (outer, with_variables):
        recorded = tf.function(f)
        x = tf.constant(0.25, tf.float64)
        for k in range(3):
            v.assign(0.5 + k)
            slopes = []
            for g in (recorded, f):
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    y = g(x)
                slopes.append([y, *tape.gradient(y, [x, v], unconnected_gradients="zero")])
            for a, b in zip(*slopes, strict=True):
                assert a.numpy() == b.numpy()
