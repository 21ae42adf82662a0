"""What tf.function does once and what each time, beside TensorFlow's: state, order, effects.

Each program is a module's user: it is given the module, and returns what can be seen of some calls.
"""

from __future__ import annotations

import os

import numpy as np
import pytest

from .both import check

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow")


def python_once(tf):
    seen = []

    @tf.function
    def f(x):
        seen.append("called")
        return x * 2.0

    found = [f(tf.constant(1.0)), f(tf.constant(2.0)), f(tf.constant([1.0, 2.0]))]
    return [*found, f(tf.constant(3.0)), len(seen)]


def values_of_python(tf):
    seen = []

    @tf.function
    def f(x, k, flag=True):
        seen.append((k, flag))
        return x * float(k) if flag else -x

    x = tf.constant(3.0)
    found = [f(x, 2), f(x, 2), f(x, 3), f(x, 2, flag=False), f(x, k=2)]
    return [*found, sorted({str(s) for s in seen})]


def variables_in_order(tf):
    v, w = tf.Variable(1.0), tf.Variable([1.0, 2.0])

    @tf.function
    def f(x):
        v.assign_add(x)
        y = v * w
        w.assign(y)
        v.assign_sub(1.0)
        return y, v.read_value(), w + v

    return [(f(tf.constant(x)), v.numpy(), w.numpy()) for x in (1.0, 2.0, -3.0)]


def rows_of_variables(tf):
    v = tf.Variable([1.0, 2.0, 3.0])

    @tf.function
    def f(x):
        v.scatter_nd_add([[0], [2]], [x, 2.0 * x])
        v[1].assign(x)
        return v * 1.0

    return [(f(tf.constant(x)), v.numpy()) for x in (1.0, 2.0)]


def variables_made_once(tf):
    class Model:
        v = None

        @tf.function
        def __call__(self, x):
            if self.v is None:
                self.v = tf.Variable(3.0)
            return self.v * x

    model = Model()
    found = [model(tf.constant(2.0)) for _ in range(3)]
    model.v.assign(5.0)
    return [*found, model(tf.constant(2.0))]


def variables_made_each_time(tf):
    f = tf.function(lambda x: tf.Variable(1.0) * x)
    with pytest.raises(ValueError, match="singleton tf.Variables created on the first call"):
        for _ in range(2):
            f(tf.constant(1.0))
    return []


def captured_values(tf):
    box = {"factor": 2.0}
    v = tf.Variable(10.0)

    @tf.function
    def f(x):
        return x * box["factor"] + v

    found = [f(tf.constant(1.0))]
    box["factor"] = 3.0
    v.assign(20.0)
    return [*found, f(tf.constant(1.0))]


def methods_of_objects(tf):
    class Scale:
        def __init__(self, k):
            self.k = tf.Variable(k)

        @tf.function
        def times(self, x):
            self.k.assign_add(1.0)
            return self.k * x

    a, b = Scale(1.0), Scale(10.0)
    x = tf.constant(2.0)
    return [a.times(x), b.times(x), a.times(x), b.times(x), a.k.numpy(), b.k.numpy()]


def tapes_around_and_inside(tf):
    v = tf.Variable(2.0)

    @tf.function
    def f(x):
        with tf.GradientTape() as tape:
            y = v * v * x
        slope = tape.gradient(y, v)
        v.assign_sub(0.1 * slope)
        return slope * v

    found = []
    for k in (1.0, 2.0, 3.0):
        x = tf.constant(k)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        found += [y, tape.gradient(y, x), v.numpy()]
    return found


def functions_in_functions(tf):
    v = tf.Variable(1.0)

    @tf.function
    def inner(x):
        v.assign_add(1.0)
        return x * v

    @tf.function
    def outer(x):
        return inner(x) + inner(x) * 10.0

    return [outer(tf.constant(1.0)), outer(tf.constant(2.0)), inner(tf.constant(1.0)), v.numpy()]


def control_flow(tf):
    @tf.function
    def f(x, n):
        total = tf.constant(0.0)
        for i in tf.range(n):
            if tf.cast(i, tf.float32) > x:
                total += 10.0
            else:
                total += x
        while total > 25.0:
            total = total / 2.0
        return total

    points = ((1.0, 2), (0.5, 4), (5.0, 3), (1.0, 2), (0.0, 6))
    return [f(tf.constant(x), tf.constant(n)) for x, n in points]


def what_python_functions_see(tf):
    seen = []

    def look(x):
        seen.append(float(x))
        return np.float32(len(seen))

    @tf.function
    def f(x):
        return x * tf.numpy_function(look, [x + 1.0], tf.float32)

    return [f(tf.constant(1.0)), f(tf.constant(2.0)), f(tf.constant(2.0)), seen]


def results(tf):
    v = tf.Variable(7.0)
    f = tf.function(lambda x: {"a": (x, None), "b": [3, 2.5], "v": v, "n": np.float32([1.0])})
    found = f(tf.constant(1.0))
    kinds = [isinstance(found[k], tf.Tensor) for k in ("v", "n")]
    kinds += [isinstance(x, tf.Tensor) for x in (*found["b"], found["a"][0])]
    return [found["a"][0], found["a"][1], *found["b"], found["v"], found["n"], kinds]


def random_numbers(tf):
    @tf.function
    def f():
        return tf.random.uniform([4])

    a, b = f().numpy(), f().numpy()
    return [bool((a != b).any()), a.shape]


def arrays_as_defaults(tf):
    factors = np.array([1.0, 2.0], "f")
    f = tf.function(lambda x, w=factors: x * w)
    x = tf.constant([3.0, 4.0])
    return [f(x), f(x, np.zeros(2, "f")), f(x, w=tf.constant([5.0, 6.0])), f(x)]


def arrays_that_loops_read(tf):
    @tf.function
    def f(x, n):
        given = tf.TensorArray(tf.float32, size=4).unstack(x)
        return tf.while_loop(
            lambda i, y: i < n, lambda i, y: (i + 1, tf.sin(y) + given.read(i)), (0, 0.0)
        )

    found = []
    for n in (2, 4, 0, 3):
        x = tf.constant([1.0, 2.0, 3.0, 4.0])
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x, tf.constant(n))[1]
        found.append((y, tape.gradient(y, x) if n else 0))
    return found


def arrays_that_branches_write(tf):
    @tf.function
    def f(p, x):
        array = tf.TensorArray(tf.float32, size=2, element_shape=[]).write(0, x)
        array = tf.cond(p, lambda: array.write(1, x), lambda: array)
        return array.stack()

    return [f(tf.constant(p), tf.constant(3.0)) for p in (False, True, False)]


def branches_that_return_what_they_assign(tf):
    v, w = tf.Variable(1.0), tf.Variable(5.0)

    @tf.function
    def f(p, x):
        a = tf.cond(p, lambda: v.assign_add(x), lambda: w.assign_sub(x))
        return a, v * 1.0, w * 1.0

    @tf.function
    def g(i):
        return tf.switch_case(
            i, [lambda: v.assign(10.0), lambda: v.assign_add(1.0), lambda: v * 1.0]
        )

    found = [f(tf.constant(p), tf.constant(2.0)) for p in (True, False, True)]
    return [*found, [g(tf.constant(i)) for i in (0, 1, 2, 5)]]


def shapes_as_results(tf):
    f = tf.function(lambda x: (x.shape, x[0].shape))
    return [f(tf.ones([2, 3])), f(tf.ones([4]))]


PROGRAMS = [
    arrays_as_defaults,
    arrays_that_loops_read,
    arrays_that_branches_write,
    branches_that_return_what_they_assign,
    shapes_as_results,
    python_once,
    values_of_python,
    variables_in_order,
    rows_of_variables,
    variables_made_once,
    variables_made_each_time,
    captured_values,
    methods_of_objects,
    tapes_around_and_inside,
    functions_in_functions,
    control_flow,
    what_python_functions_see,
    results,
    random_numbers,
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_state_and_effects(program):
    check(program)
