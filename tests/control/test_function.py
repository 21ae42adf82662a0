"""tf.function: what is recorded once and run again does what the function does, each time."""

from __future__ import annotations

import contextlib
import copy
import functools
import gc
import io
import pickle
import sys
import threading
import weakref

import numpy as np
import pytest

import autograd_c as tf

# ---------------------------------------------------------------- what all tests ask


class Recorded:
    """A function, plain and recorded, and how often Python has run it in the latter."""

    def __init__(self, function):
        self.plain = function
        self.runs = 0
        self.recorded = tf.function(self.counted)

    def counted(self, *args, **kwargs):
        self.runs += 1
        return self.plain(*args, **kwargs)


def check(function, *calls, runs=1, exact=True):
    """Each of `calls`, a tuple of arguments, gives the same with and without tf.function."""
    f = Recorded(function)
    for args in calls:
        expected = tf.nest.flatten(f.plain(*args))
        for _ in range(2):
            found = tf.nest.flatten(f.recorded(*args))
            assert len(found) == len(expected)
            for x, y in zip(found, expected):
                same(x, y, exact)
    assert f.runs == runs
    return f


def same(x, y, exact=True):
    x, y = np.asarray(x), np.asarray(tf.convert_to_tensor(y))
    assert x.dtype == y.dtype and x.shape == y.shape
    if exact:
        np.testing.assert_array_equal(x, y)
    else:
        np.testing.assert_allclose(x, y, rtol=1e-6)


def numbers(*values):
    return [(tf.constant(v),) for v in values]


# ---------------------------------------------------------------- values and paths


def test_python_runs_once(warned):
    f = check(lambda x: x * x + tf.sin(x), *numbers(2.0, 3.0, 4.0))
    f.recorded(tf.constant([1.0, 2.0]))
    f.recorded(tf.constant(1.0, tf.float64))
    assert f.runs == 3
    f.recorded(np.array([3.0, 4.0], np.float32))
    assert f.runs == 3


def test_structures_and_values_are_arguments(warned):
    def f(pair, *, scale=1.0, names=()):
        return {"sum": pair["a"] + pair["b"][0] * scale, "rest": (pair["b"][1], len(names), None)}

    pair = {"a": tf.constant(1.0), "b": [tf.constant(2.0), tf.constant([3.0])]}
    r = Recorded(f)
    for scale in (2.0, 3.0, 2.0, 2, True, -0.0, 0.0, float("nan"), float("nan")):
        found = r.recorded(pair, scale=scale, names=("x", "y"))
        same(found["sum"], f(pair, scale=scale)["sum"])
        same(found["rest"][0], [3.0])
        assert int(found["rest"][1]) == 2 and found["rest"][2] is None
    assert r.runs == 7  # 2.0, 3.0, 2, True, -0.0, 0.0, NaN


def test_branches_and_loops_are_paths(warned):
    def collatz(n):
        steps = 0
        while n > 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        return steps

    # The numbers of steps of 1, 2, 4, 3, 12, 13, 7: each number that is met on the way of another
    # one goes another way, since it stands at another place of it.
    check(collatz, *numbers(1, 2, 4, 3, 12, 13, 7, 12), runs=7)
    check(
        lambda x: (x if x > 0 else -x) * (2.0 if tf.reduce_sum(x) < 3.0 else 1.0),
        *numbers(1.0, 2.5, -2.0, 5.0, 7.0),
        runs=3,
    )
    check(lambda x, n: sum((x**k for k in range(int(n))), x), *[
        (tf.constant(2.0), tf.constant(n)) for n in (1, 3, 5, 3, 1)
    ], runs=3)  # fmt: skip


def test_a_value_that_comes_back_is_looked_at(warned):
    check(lambda x: x * float(x) + x.numpy(), *numbers(1.0, 2.0, 1.0, 3.0, 2.0), runs=3)
    check(lambda x: x * x.shape[0], *numbers([1.0], [2.0], [1.0, 2.0]), runs=2)


def test_a_function_of_another_way_at_each_call_is_called(warned):
    f = Recorded(lambda x: x * float(x))
    for k in range(200):
        same(f.recorded(tf.constant(float(k))), float(k) ** 2)
    assert f.runs == 200
    assert len(warned()) == 1 and "64 ways" in warned()[0]


def test_what_reads_too_much_is_called(warned):
    f = Recorded(lambda x: tf.reduce_sum(x) + float(np.sum(x.numpy())))
    x = tf.ones([10_000], tf.float64)
    for _ in range(3):
        assert float(f.recorded(x)) == 20_000.0
    assert f.runs == 3 and "10000 elements" in warned()[0]


def test_what_is_the_same_twice_is_seen(warned):
    def f(x, y):
        return 2.0 * x if x is y else x + y

    a, b = tf.constant(1.0), tf.constant(5.0)
    check(f, (a, a), (a, b), (b, b), (b, a), runs=2)


def test_results_belong_to_the_caller(warned):
    f = tf.function(lambda: (tf.zeros(2), [1.0, 2.0]))
    for _ in range(3):
        zeros, _ = f()
        same(zeros, [0.0, 0.0])
        zeros[0] = 7.0


def test_tensors_of_its_own_are_assigned_to(warned):
    def powers(x):
        out = tf.zeros(4)
        out[0] = 1.0
        for k in range(1, 4):
            out[k] = out[k - 1] * x
        return out

    check(powers, *numbers(2.0, 3.0, -1.0))


def test_tensors_of_others_are_assigned_to_by_calls(warned):
    def f(x):
        x[0] = 5.0
        return x * 2.0

    recorded = tf.function(f)
    for _ in range(3):
        x = tf.constant([1.0, 2.0])
        same(recorded(x), [10.0, 4.0])
        same(x, [5.0, 2.0])
    assert "an argument" in warned()[0]


def test_tensors_from_outside_are_read_each_time(warned):
    x = tf.constant([1.0, 2.0])
    f = Recorded(lambda: tf.reduce_sum(x * x))
    same(f.recorded(), 5.0)
    x[0] = 3.0
    same(f.recorded(), 13.0)
    assert f.runs == 1


# ---------------------------------------------------------------- derivatives


def test_derivatives_go_through_calls(warned):
    f = Recorded(lambda x, y: tf.sin(x) * y + (x if x > y else y))
    grads = tf.func.grad(f.recorded, argnums=(0, 1))
    plain = tf.func.grad(f.plain, argnums=(0, 1))
    for a, b in ((1.0, 2.0), (2.0, 1.0), (3.0, 1.0), (1.0, 4.0)):
        x, y = tf.constant(a), tf.constant(b)
        for found, expected in zip(grads(x, y), plain(x, y)):
            same(found, expected)
        hessian = tf.func.hessian(f.recorded)
        same(hessian(x, y), tf.func.hessian(f.plain)(x, y))
        with tf.autodiff.ForwardAccumulator(x, tf.ones([])) as accumulator:
            z = f.recorded(x, y)
        same(accumulator.jvp(z), tf.func.jvp(f.plain, (x, y), (tf.ones([]), tf.zeros([])))[1])
    assert f.runs == 2


def test_tensors_that_a_tape_knows_from_outside(warned):
    x = tf.constant(3.0)
    f = Recorded(lambda y: x * x * y)
    for _ in range(4):
        with tf.GradientTape() as tape:
            tape.watch(x)
            z = f.recorded(tf.constant(2.0))
        same(tape.gradient(z, x), 12.0)
    assert f.runs == 2  # beside the tape, and alone


def test_gradients_inside_are_programs(warned):
    def loss(w, x):
        return tf.reduce_mean(tf.tanh(x @ w) ** 2)

    def slope(w, x):
        with tf.GradientTape() as tape:
            tape.watch(w)
            value = loss(w, x)
        return value, tape.gradient(value, w)

    random = np.random.default_rng(0)
    calls = [
        [tf.constant(random.normal(size=s), tf.float32) for s in ((3, 2), (5, 3))] for _ in range(3)
    ]
    check(slope, *calls, exact=False)
    check(tf.func.value_and_grad(loss), *calls, exact=False)
    check(tf.func.grad(tf.func.grad(lambda x: x**3 * tf.sin(x))), *numbers(1.0, 2.0), exact=False)
    check(
        tf.func.jacobian(lambda x: tf.sin(x) * x[0]), *numbers([1.0, 2.0], [3.0, 4.0]), exact=False
    )


def test_a_derivative_that_would_be_lost_is_an_error(warned):
    f = tf.function(lambda x: x * float(x))
    same(f(tf.constant(2.0)), 4.0)
    with pytest.raises(TypeError, match="would be lost"):
        tf.func.grad(f)(tf.constant(2.0))


# ---------------------------------------------------------------- Variables


def both(body, start, args, exact=True, runs=1):
    """What calls give and leave in Variables, with and without tf.function."""
    results = []
    for recorded in (False, True):
        variables = [tf.Variable(v) for v in start]
        f = Recorded(functools.partial(body, variables))
        found = []
        for a in args:
            y = (f.recorded if recorded else f.plain)(tf.constant(a))
            results_here = [tf.convert_to_tensor(x) for x in tf.nest.flatten(y) if x is not None]
            found.append([np.asarray(x) for x in results_here])
            found.append([v.numpy() for v in variables])
        results.append(found)
        assert f.runs == (runs if recorded else 0)
    for x, y in zip(*results):
        for a, b in zip(x, y, strict=True):
            same(a, b, exact)


def test_variables_are_read_and_assigned_in_order(warned):
    def body(variables, x):
        v, n = variables
        v.assign_add(x)
        y = v * v
        v.assign(y)
        n.assign_add(1)
        return v + 1.0, y, v.read_value()

    both(body, (1.0, 0), (1.0, 2.0, -3.0))


def test_parts_of_variables_are_assigned(warned):
    def body(variables, x):
        (v,) = variables
        v[1:].assign(tf.stack([x, x * x]))
        v[0].assign_add(v[1])
        y = v * x
        v.assign(v + 1.0)
        v[2].assign_sub(x)
        return y, v * 1.0

    both(body, ([1.0, 2.0, 3.0],), (2.0, 3.0, -1.0))


def test_assignments_between_reads_on_a_tape(warned):
    def body(variables, x):
        (v,) = variables
        v.assign(v * 0.5 + 1.0)
        with tf.GradientTape(persistent=True) as tape:
            first = v * v * x
            v.assign_add(1.0)
            second = v * x
            both = first + second
        v.assign(v * 0.5)
        return [tape.gradient(y, v) for y in (first, second, both)], v + 0.0

    both(body, (2.0,), (2.0, 3.0, 1.0))


def test_values_of_variables_are_guards(warned):
    def body(variables, x):
        v, n = variables
        n.assign_add(1)
        if n % 2 == 0:
            v.assign(v * x)
        return float(v) if int(n) > 3 else v

    both(body, (1.0, 0), (2.0, 3.0, 1.0, 2.0), runs=4)


def test_tapes_outside_watch_variables(warned):
    v = tf.Variable(3.0)
    f = Recorded(lambda x: v * v * x)
    for _ in range(3):
        with tf.GradientTape() as tape:
            y = f.recorded(tf.constant(2.0))
        assert [w is v for w in tape.watched_variables()] == [True]
        same(tape.gradient(y, v), 12.0)
    assert f.runs == 1


def test_variables_are_made_in_the_first_call_alone(warned):
    class Model:
        v = None

        @tf.function
        def __call__(self, x):
            if self.v is None:
                self.v = tf.Variable(3.0)
            self.v.assign_add(1.0)
            return self.v * x

    model = Model()
    assert [float(model(tf.constant(2.0))) for _ in range(3)] == [8.0, 10.0, 12.0]
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None
    f = tf.function(lambda x: tf.Variable(1.0) * x)
    f(tf.constant(1.0))
    with pytest.raises(ValueError, match="singleton"):
        f(tf.constant(1.0))


@pytest.mark.parametrize("rule", ["SGD", "Adam", "RMSprop", "Adagrad"])
def test_training_steps(rule, warned):
    def body(variables, x):
        w, table, optimizer = variables[0], variables[1], body.optimizer
        with tf.GradientTape() as tape:
            rows = tf.gather(table, tf.constant([0, 2, 0]))
            loss = tf.reduce_sum((rows * w - x) ** 2)
        grads = tape.gradient(loss, [w, table])
        optimizer.apply_gradients(zip(grads, [w, table]))
        return loss, w * 1.0

    results = []
    for recorded in (False, True):
        body.optimizer = getattr(tf.optimizers, rule)(0.1)
        variables = [tf.Variable([1.0, 2.0]), tf.Variable(np.ones((3, 2), np.float32))]
        f = Recorded(functools.partial(body, variables))
        call = f.recorded if recorded else f.plain
        results.append([[float(call(tf.constant(x))[0]) for x in (1.0, 2.0, 0.5, 1.0)], *variables])
        assert f.runs == int(recorded)
    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-5)
    for a, b in zip(results[0][1:], results[1][1:]):
        same(a, b, exact=False)


def test_rows_of_variables(warned):
    def body(variables, x):
        (v,) = variables
        v.scatter_nd_add([[0], [2]], tf.stack([x, 2.0 * x]))
        y = v * 2.0
        v.scatter_update(tf.IndexedSlices(x, 1))
        return y, v + 0.0

    both(body, ([1.0, 2.0, 3.0],), (1.0, 2.0, 3.0))


# ---------------------------------------------------------------- effects


def test_printing_is_done_each_time_and_once(warned):
    out = io.StringIO()

    @tf.function
    def f(x):
        tf.print("x", x, output_stream=out)
        tf.print("positive" if x > 0 else "negative", output_stream=out)
        return x

    for value in (1.0, 2.0, -1.0, 3.0, -2.0):
        f(tf.constant(value))
    expected = "x 1 positive x 2 positive x -1 negative x 3 positive x -2 negative"
    assert out.getvalue().split() == expected.split()


def test_printing_to_the_standard_output_of_the_moment(warned, capsys):
    f = tf.function(lambda x: tf.print(x, output_stream=sys.stdout))
    f(tf.constant(1.0))
    other = io.StringIO()
    with contextlib.redirect_stdout(other):
        f(tf.constant(2.0))
    assert capsys.readouterr().out == "1\n" and other.getvalue() == "2\n"


def test_random_numbers_are_drawn_each_time(warned):
    def f(n):
        x = tf.random.normal([3]) + n
        y = tf.random.uniform([2], 0.0, n) + tf.random.normal([2], n, n)
        z = tf.random.uniform([2], 0, 100, tf.int32)
        return x, y, z, tf.nn.dropout(tf.ones([5]), 0.5), tf.random.shuffle(tf.range(5))

    r = Recorded(f)
    drawn = []
    for call in (r.plain, r.recorded):
        tf.random.set_seed(3)
        drawn.append([tf.nest.flatten(call(tf.constant(v))) for v in (1.0, 2.0, 2.0, 3.0)])
    for expected, found in zip(*drawn):
        for x, y in zip(expected, found):
            same(y, x, exact=False)
    assert r.runs == 1
    assert not np.array_equal(drawn[1][1][0], drawn[1][2][0])


def test_generators_and_stateless_numbers(warned):
    def f(seed):
        return f.generator.normal([2]), tf.random.stateless_normal([2], seed)

    r = Recorded(f)
    drawn = []
    for call in (r.plain, r.recorded):
        f.generator = tf.random.Generator.from_seed(5)
        drawn.append([tf.nest.flatten(call(tf.constant([k, 1]))) for k in (1, 2, 1)])
    for expected, found in zip(*drawn):
        for x, y in zip(expected, found):
            same(y, x)
    assert r.runs == 1


def test_derivatives_by_the_parameters_of_numbers(warned):
    f = Recorded(lambda m: tf.reduce_sum(tf.random.normal([4], m, 2.0) * [1.0, 2.0, 3.0, 4.0]))
    for _ in range(3):
        same(tf.func.grad(f.recorded)(tf.constant(1.0)), 10.0)
    assert f.runs == 1
    f = Recorded(lambda a: tf.random.gamma([2], a))
    for _ in range(2):
        assert tf.func.vjp(f.recorded, tf.constant(2.0))[1](tf.ones([2])) is not None
    assert f.runs == 2 and "random numbers" in warned()[0]


def test_python_functions_run_each_time(warned):
    seen = []

    def look(x):
        seen.append(float(np.sum(x)))
        return np.float32(len(seen))

    f = Recorded(lambda x: x * tf.numpy_function(look, [2.0 * x], tf.float32))
    assert [float(f.recorded(tf.constant(1.0 + k))) for k in range(3)] == [1.0, 4.0, 9.0]
    assert seen == [2.0, 4.0, 6.0] and f.runs == 1


def closed_over(y):
    return lambda a: a + y.numpy()


@pytest.mark.parametrize(
    "function",
    [
        lambda y: lambda a: a + y.numpy(),
        lambda y: lambda a, y=y: a + y.numpy(),
        lambda y: lambda a, *, y=[y]: a + y[0].numpy(),
        lambda y: functools.partial(lambda y, a: a + y.numpy(), y),
        lambda y: lambda a: closed_over(y)(a),
    ],
)
def test_a_numpy_function_that_closes_over_what_is_computed_is_called(function, warned):
    f = Recorded(lambda x: tf.numpy_function(function(2.0 * x), [x], tf.float32))
    assert [float(f.recorded(tf.constant(v))) for v in (1.0, 1.0, 2.0, 3.0)] == [3.0, 3.0, 6.0, 9.0]
    assert f.runs == 4 and "closes over" in warned()[0]


def test_a_numpy_function_may_close_over_what_is_always_the_same():
    outside = tf.constant(3.0)
    f = Recorded(
        lambda x: tf.numpy_function(lambda a: a + outside.numpy(), [x * outside], tf.float32)
    )
    assert [float(f.recorded(tf.constant(v))) for v in (1.0, 1.0, 2.0)] == [6.0, 6.0, 9.0]
    assert f.runs == 1


def test_a_value_read_behind_an_effect(warned):
    v = tf.Variable(1.0)

    def count(x):
        v.assign_add(1.0)
        return x

    def f(x):
        y = tf.numpy_function(count, [x], tf.float32)
        return v * 2.0 if y > 0.0 else v * 3.0

    r = Recorded(f)
    assert [float(r.recorded(tf.constant(x))) for x in (1.0, -1.0, 1.0)] == [4.0, 9.0, 8.0]
    assert "after something was done" in warned()[0]


# ---------------------------------------------------------------- nesting, errors, threads


def test_functions_in_functions(warned):
    @tf.function
    def factorial(n):
        return tf.constant(1) if n <= 1 else n * factorial(n - 1)

    outer = Recorded(lambda n: factorial(n) + 1)
    assert [int(outer.recorded(tf.constant(n))) for n in (5, 3, 5, 3)] == [121, 7, 121, 7]
    assert outer.runs == 2
    assert [int(factorial(tf.constant(n))) for n in (4, 5)] == [24, 120]


def test_functions_that_call_themselves_from_python(warned):
    def f(n):
        if n <= 1:
            return n * 1
        return n * tf.numpy_function(lambda m: recorded(tf.constant(m)).numpy(), [n - 1], tf.int32)

    recorded = tf.function(f)
    expected = {5: 120, 3: 6, 6: 720, 1: 1}
    for n in (5, 3, 6, 5, 1, 6):
        assert int(recorded(tf.constant(n))) == expected[n]


def test_functions_in_vectorized_map(warned):
    f = tf.function(lambda x: tf.sin(x) * x)
    x = tf.constant([1.0, 2.0, 3.0])
    f(x[0])
    same(tf.vectorized_map(f, x), tf.sin(x) * x)
    g = tf.function(lambda x: x if x > 1.5 else -x)
    [g(v) for v in x]
    same(tf.vectorized_map(g, x), [-1.0, 2.0, 3.0])


def test_errors_are_those_of_the_function(warned):
    v = tf.Variable(1.0)

    @tf.function
    def f(x, i):
        v.assign_add(1.0)
        y = tf.gather(x, i)
        v.assign_add(1.0)
        return y

    x = tf.constant([1.0, 2.0])
    f(x, tf.constant(1))
    with pytest.raises(tf.errors.InvalidArgumentError):
        f(x, tf.constant(9))
    same(v, 4.0)
    same(f(x, tf.constant(0)), 1.0)
    same(v, 6.0)

    @tf.function
    def fails(x):
        raise KeyError(x.shape)

    for _ in range(2):
        with pytest.raises(KeyError):
            fails(x)


@pytest.mark.parametrize("first", [0, 5])
def test_errors_that_the_function_catches(first, warned):
    calls = []

    def checked(x):
        calls.append(float(x))
        if x < 0:
            raise ValueError("negative")
        return x

    def f(x, i):
        try:
            y = tf.gather(x, i)
        except tf.errors.InvalidArgumentError:
            y = -x[0]
        try:
            return tf.numpy_function(checked, [y], tf.float32) * 2.0
        except ValueError:
            return y * 10.0

    recorded, x = tf.function(f), tf.constant([1.0, 2.0])
    found = [float(recorded(x, tf.constant(i))) for i in (first, 5, 0, 1, 5)]
    assert found == [-10.0 if first else 2.0, -10.0, 2.0, 4.0, -10.0]
    assert calls == [-1.0 if first else 1.0, -1.0, 1.0, 2.0, -1.0]
    assert "went on" in warned()[0]


def test_masks(warned):
    def f(x):
        y = x * 1.0
        y[y < 0.0] = 0.0
        z = x * 2.0
        z[z > 2.0] += 1.0
        return y, z, x[x > 1.0], tf.reduce_sum(tf.boolean_mask(y, x < 2.0))

    check(f, *numbers([1.0, 2.0], [-1.0, 2.0], [3.0, 0.5], [2.0, 3.0]), runs=3)


def test_eagerly(warned):
    f = Recorded(lambda x: x + 1.0)
    tf.config.run_functions_eagerly(True)
    try:
        [f.recorded(tf.constant(1.0)) for _ in range(3)]
    finally:
        tf.config.run_functions_eagerly(False)
    assert f.runs == 3


def test_generators_are_not_recorded(warned):
    @tf.function
    def f(x):
        yield x * 2.0

    for value in (1.0, 2.0):
        assert [float(y) for y in f(tf.constant(value))] == [2.0 * value]


def test_threads(warned):
    def f(x):
        y = x
        for _ in range(20):
            y = tf.sin(y) * x
        return y if y > 0.0 else -y * 2.0

    recorded = tf.function(f)
    wrong = []

    def run(seed):
        for value in np.random.default_rng(seed).normal(size=200):
            x = tf.constant(value)
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = recorded(x)
            with tf.GradientTape() as plain:
                plain.watch(x)
                z = f(x)
            pairs = (y, z), (tape.gradient(y, x), plain.gradient(z, x))
            if not all(float(a) == float(b) for a, b in pairs):
                wrong.append(value)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not wrong


def test_many_kinds_of_arguments(warned):
    f = Recorded(lambda x, k: x * k)
    for k in range(300):
        same(f.recorded(tf.constant(2.0), k), 2.0 * k)
    assert f.runs == 300
    assert "128 kinds" in warned()[0] and len(warned()) <= 2


# ---------------------------------------------------------------- what strangers have found


def test_other_threads_compute_with_its_tensors(warned):
    def f(x):
        found = []
        thread = threading.Thread(target=lambda: found.append(x * 2.0))
        thread.start()
        thread.join()
        return found[0]

    recorded = tf.function(f)
    assert [float(recorded(tf.constant(v))) for v in (1.0, -1.0, 2.0)] == [2.0, -2.0, 4.0]
    assert "another thread" in warned()[0]


def test_functions_of_numpy_without_a_derivative(warned):
    f = Recorded(lambda x: tf.reduce_sum(x) + float(np.frexp(x)[1][0]))
    for v in (1.0, 4.0, 1.0):
        assert float(f.recorded(tf.constant([v, 2.0]))) == v + 2.0 + np.frexp(v)[1]
    assert f.runs == 2
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape, pytest.raises(TypeError, match="no derivative"):
        tape.watch(x)
        f.recorded(x)


def test_objects_that_hold_tensors_are_made_each_time(warned):
    f = tf.function(lambda x: tf.TensorArray(tf.float32, 2).unstack([x, x * 2.0]))
    for v in (1.0, -1.0):
        same(f(tf.constant(v)).stack(), [v, 2.0 * v])
    assert "may hold tensors" in warned()[0]


def test_shapes_in_results_become_tensors(warned):
    r = Recorded(lambda x: (x.shape, {"first": x[0].shape}, x * 2.0))
    for extents in ([2, 3], [2, 3], [4], [2, 3]):
        shape, first, _ = r.recorded(tf.ones(extents))
        assert isinstance(shape, tf.Tensor) and shape.dtype == tf.int32
        assert shape.numpy().tolist() == extents
        assert first["first"].numpy().tolist() == extents[1:]
    assert r.runs == 2


def test_equal_objects_are_not_the_same(warned):
    class Scale:
        def __init__(self, k):
            self.k = tf.Variable(k)

        def __eq__(self, other):
            return isinstance(other, Scale)

        def __hash__(self):
            return 1

        @tf.function
        def __call__(self, x):
            return x * self.k

    a, b = Scale(1.0), Scale(2.0)
    apply = tf.function(lambda scale, x: scale.k * x)
    for call in (lambda s, x: s(x), apply):
        assert [float(call(s, tf.constant(3.0))) for s in (a, b, a)] == [3.0, 6.0, 3.0]


def test_tapes_from_outside(warned):
    def f(x):
        with f.tape.stop_recording():
            y = x * x
        return y * x

    recorded = tf.function(f)
    for _ in range(3):
        x = tf.constant(2.0)
        with tf.GradientTape() as f.tape:
            f.tape.watch(x)
            z = recorded(x)
        same(f.tape.gradient(z, x), 4.0)
    assert "a tape from outside" in warned()[0]


def test_effects_of_other_shapes(warned):
    f = tf.function(
        lambda x: tf.reduce_mean(
            tf.numpy_function(lambda n: np.ones(int(n), np.float32), [x], tf.float32)
        )
    )
    assert [float(f(tf.constant(v))) for v in (1.0, 2.0, 3.0, 3.0, 2.0, 1.0)] == [1.0] * 6
    assert all("something else" in text for text in warned())


def test_seeds_and_default_floats(warned):
    def f(x):
        tf.random.set_seed(5)
        return tf.random.uniform([2]) + tf.zeros([2]) + x

    recorded = tf.function(f)
    same(recorded(tf.constant(1.0)), recorded(tf.constant(1.0)))
    tf.set_default_float("float64")
    try:
        assert recorded(tf.constant(1.0, tf.float32)).dtype == tf.float64
    finally:
        tf.set_default_float("float32")


@tf.function
def twice(x):
    return x * 2.0


def test_copies(warned):
    assert pickle.loads(pickle.dumps(twice)) is twice
    other = copy.deepcopy(twice)
    assert other is not twice
    same(other(tf.constant(3.0)), 6.0)

    class Model:
        def __init__(self):
            self.w = tf.Variable(2.0)
            self.step = tf.function(self.times)

        def times(self, x):
            return x * self.w

    model = Model()
    model.step(tf.constant(1.0))
    other = copy.deepcopy(model)
    other.w.assign(5.0)
    assert float(model.step(tf.constant(1.0))) == 2.0 and float(other.step(tf.constant(1.0))) == 5.0
