"""When tf.function traces, and what its loops, branches, errors and rules do, beside TensorFlow's.

Each program is a module's user: it is given the module, and returns what can be seen of some calls.
"""

from __future__ import annotations

import os
import tempfile

import numpy as np
import pytest

from .both import check

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow")


def count(f):
    return f.experimental_get_tracing_count()


def error_of(tf, f, *args, **kwargs):
    """The name of what a call raises."""
    try:
        f(*args, **kwargs)
    except Exception as error:
        kinds = (tf.errors.InvalidArgumentError, TypeError, KeyError)
        return next(kind.__name__ for kind in kinds if isinstance(error, kind))
    return None


def printed(tf, run):
    """What `run(stream)` prints with that as `output_stream`."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "printed")
        run(f"file://{path}")
        with open(path, encoding="utf-8") as file:
            return file.read()


# ---------------------------------------------------------------- tracing


def kinds_of_tensors(tf):
    f = tf.function(lambda x: x + x)
    counts = []
    for x in (1.0, 2.0, [1.0], [2.0], [1.0, 2.0], [[1.0]], 1, 2, True, [1.0]):
        f(tf.constant(x)) if x is not True else f(tf.constant(3, tf.int64))
        counts.append(count(f))
    return counts


def arrays_of_numpy(tf):
    f = tf.function(lambda x: x * 2)
    counts = []
    for x in (np.float32(1), np.zeros(2), np.ones(2), np.ones(2, np.float32), np.ones((2, 1))):
        f(x)
        counts.append(count(f))
    return counts


def numbers_of_python(tf):
    f = tf.function(lambda x, k: x)
    x, counts = tf.constant(1.0), []
    for k in (1, 2, 1, 2.5, 2.5, "a", "b", "a", None, None, (1, 2), (1, 2), [1, 2], {"a": 1}):
        f(x, k)
        counts.append(count(f))
    return counts


def structures(tf):
    f = tf.function(lambda s: tf.nest.flatten(s)[0] * 2.0)
    a, b, counts = tf.constant(1.0), tf.constant(2.0), []
    for s in ([a], [b], [a, b], (a, b), {"x": a}, {"x": b}, {"y": a}, {"x": [a]}, {"x": [b]}):
        f(s)
        counts.append(count(f))
    return counts


def defaults_and_keywords(tf):
    @tf.function
    def f(x, k=2, *, flag=True):
        return x * float(k) if flag else -x

    x, counts = tf.constant(3.0), []
    found = []
    for args, kwargs in (
        ((x,), {}),
        ((x, 2), {}),
        ((), {"x": x}),
        ((x,), {"k": 2}),
        ((x,), {"k": 3}),
        ((x, 3), {"flag": True}),
        ((x,), {"flag": False}),
    ):
        found.append(f(*args, **kwargs))
        counts.append(count(f))
    return [*found, counts]


def variables_as_arguments(tf):
    v, w, u = tf.Variable(1.0), tf.Variable(2.0), tf.Variable([1.0])
    f = tf.function(lambda v: v * 2.0)
    found, counts = [], []
    for x in (v, v, w, u):
        found.append(f(x))
        x.assign(x + 1.0)
        found.append(f(x))
    counts.append(count(f) > 0)
    return [*found, counts]


def fewer_traces(tf):
    f = tf.function(lambda x: tf.reduce_sum(x), reduce_retracing=True)
    found, counts = [], []
    for n in (1, 2, 3, 4, 1):
        found.append(f(tf.ones([n])))
        counts.append(count(f))
    for shape in ([2, 2], [2, 3], [4, 3], [5, 6]):
        found.append(f(tf.ones(shape)))
        counts.append(count(f))
    return [*found, counts]


def signatures(tf):
    seen = []

    def body(x, n):
        seen.append(1)
        return x * tf.cast(n, tf.float32)

    f = tf.function(body, input_signature=[tf.TensorSpec([None]), tf.TensorSpec([], tf.int32)])
    found = [
        f(tf.constant([1.0, 2.0]), tf.constant(2)),
        f(tf.constant([1.0]), 3),
        f([1.0, 2.0, 3.0], np.int32(2)),
        f(x=tf.constant([4.0]), n=1),
    ]
    one = tf.constant(1)
    errors = [
        error_of(tf, f, tf.constant([[1.0]]), one),
        error_of(tf, f, tf.constant([1], tf.int32), one),
        error_of(tf, f, tf.constant([1.0]), tf.constant(1.5)),
        error_of(tf, f, tf.constant([1.0])),
        error_of(tf, f, tf.constant([1.0]), one, one),
    ]
    return [*found, errors, count(f)]


def concrete_functions(tf):
    @tf.function
    def f(x, k):
        return x * float(k)

    two = f.get_concrete_function(tf.TensorSpec([None], tf.float32), 2)
    again = f.get_concrete_function(tf.TensorSpec([None], tf.float32), 2)
    found = [two(tf.constant([1.0, 2.0])), two(x=tf.constant([3.0])), two is again, count(f)]
    f(tf.constant([1.0]), 3)
    found.append(count(f))
    found.append(error_of(tf, two))
    return found


def traces_that_fail(tf):
    seen = []

    @tf.function
    def f(x, fails):
        seen.append(fails)
        if fails:
            raise KeyError("no")
        return x * 2.0

    x = tf.constant(1.0)
    found = [f(x, False), error_of(tf, f, x, True), error_of(tf, f, x, True), f(x, False)]
    return [*found, len(seen) >= 3]


def methods(tf):
    class Base:
        def __init__(self, k):
            self.k, self.bias, self.seen = k, tf.Variable(k), []

        @tf.function
        def times(self, x):
            self.seen.append(1)
            return x * self.k + self.bias

        @staticmethod
        @tf.function
        def of_none(x):
            return x + 1.0

        @classmethod
        def of_class(cls, x):
            return cls.of_none(x) * 2.0

    class Derived(Base):
        @tf.function
        def times(self, x):
            return super().times(x) + 1.0

    a, b, d = Base(2.0), Base(3.0), Derived(4.0)
    x, y = tf.constant(1.0), tf.constant([1.0, 2.0])
    found = [a.times(x), a.times(x), a.times(y), b.times(x), d.times(x), d.times(y)]
    a.k = 10.0  # as it was when it was traced
    a.bias.assign(100.0)
    found += [a.times(x), Base.of_none(x), d.of_class(y)]
    return [*found, len(a.seen), len(b.seen), len(d.seen)]


def closures(tf):
    factor, c, names = 2.0, tf.constant(3.0), {"k": 1.0}
    steps = []

    @tf.function
    def f(x):
        steps.append(factor)
        return x * factor + c * names["k"] + float(len(steps))

    found = [f(tf.constant(1.0)), f(tf.constant(2.0))]
    factor, names["k"] = 5.0, 7.0
    c = tf.constant(100.0)
    found += [f(tf.constant(1.0)), f(tf.constant([1.0])), f(tf.constant(1.0))]
    made = [tf.function(lambda x, k=k: x + float(k)) for k in range(3)]
    return [*found, steps, *[g(tf.constant(0.0)) for g in made]]


def functions_within(tf):
    seen = []

    @tf.function
    def inner(x, k):
        seen.append(("inner", k))
        return x * float(k)

    @tf.function
    def outer(x):
        seen.append("outer")
        return inner(x, 2) + inner(x, 3) + inner(tf.stack([x, x]), 2)[0]

    found = [outer(tf.constant(1.0)), outer(tf.constant(2.0)), inner(tf.constant(4.0), 2)]
    return [*found, seen[0], len(seen) >= 4, count(outer)]


def recursion(tf):
    @tf.function
    def power(x, n):
        return x * power(x, n - 1) if n > 0 else tf.constant(1.0)

    return [power(tf.constant(2.0), 3), power(tf.constant(3.0), 3), power(tf.constant(2.0), 0)]


def without_records(tf):
    seen = []

    @tf.function
    def f(x):
        seen.append(1)
        return x * 2.0

    x = tf.constant(1.0)
    f(x)
    tf.config.run_functions_eagerly(True)
    try:
        found = [f(x), f(x)]
    finally:
        tf.config.run_functions_eagerly(False)
    return [*found, f(x), len(seen)]


TRACING = [
    kinds_of_tensors,
    arrays_of_numpy,
    numbers_of_python,
    structures,
    defaults_and_keywords,
    variables_as_arguments,
    fewer_traces,
    signatures,
    concrete_functions,
    traces_that_fail,
    methods,
    closures,
    functions_within,
    recursion,
    without_records,
]


# ---------------------------------------------------------------- state


def values_read_before(tf):
    v = tf.Variable(1.0)

    @tf.function
    def f(x):
        before, read, sum_ = v.value(), v.read_value(), v + 0.0
        given = v.assign_add(x)
        after = v * 1.0
        v.assign(v * 10.0)
        return before, read, sum_, tf.identity(given), after, v

    return [(f(tf.constant(x)), v.numpy()) for x in (1.0, 2.0)]


def states_in_branches(tf):
    v, w = tf.Variable(0.0), tf.Variable(1.0)

    @tf.function
    def f(x):
        def more():
            v.assign_add(x)
            return w * v

        def less():
            w.assign(w * 2.0)
            return v - w

        y = tf.cond(x > 0.0, more, less)
        if x > 1.0:
            v.assign_sub(10.0)
        return y, v + w

    return [(f(tf.constant(x)), v.numpy(), w.numpy()) for x in (1.0, -1.0, 2.0, 1.0, -3.0)]


def states_in_loops(tf):
    v, rows = tf.Variable(0.0), tf.Variable(tf.zeros([4]))

    @tf.function
    def f(n):
        def body(i, total):
            v.assign_add(tf.cast(i, tf.float32))
            return i + 1, total + v

        total = tf.while_loop(lambda i, _: i < n, body, (tf.constant(0), tf.constant(0.0)))[1]
        for i in tf.range(n):
            rows.scatter_nd_add([[i]], [v])
        return total

    return [(f(tf.constant(n)), v.numpy(), rows.numpy()) for n in (3, 0, 4, 3)]


def optimizers_in_functions(tf):
    w = tf.Variable([1.0, -2.0])
    optimizer = tf.optimizers.Adam(0.1)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(w * x - 1.0))
        optimizer.apply_gradients([(tape.gradient(loss, w), w)])
        return loss

    return [(step(tf.constant(x)), w.numpy()) for x in ([1.0, 2.0], [0.5, 1.0], [3.0, -1.0])]


def what_is_printed(tf):
    v, seen = tf.Variable(1.0), []

    def run(stream):
        @tf.function
        def f(x):
            seen.append("traced")
            tf.print("x", x, output_stream=stream)
            v.assign_add(x)
            tf.print("v", v, output_stream=stream)
            if x > 1.0:
                tf.print("large", output_stream=stream)
            for i in tf.range(3):
                if tf.cast(i, tf.float32) < x:
                    tf.print("round", i, output_stream=stream)
            return x

        for x in (1.0, 2.0, 1.0):
            f(tf.constant(x))

    return [printed(tf, run), "traced" in seen]


def errors_between_assignments(tf):
    v = tf.Variable(0.0)

    @tf.function
    def f(x, index):
        v.assign_add(1.0)
        tf.debugging.assert_greater(x, 0.0)
        return tf.gather(tf.constant([1.0, 2.0]), index) * x

    found = []
    for x, index in ((1.0, 0), (-1.0, 0), (1.0, 1), (1.0, 5), (2.0, 1)):
        given = tf.constant(x), tf.constant(index)
        error = error_of(tf, f, *given)
        found += [error, v.numpy()]
    return found


def functions_of_python(tf):
    seen = []

    def doubled(x):
        seen.append(float(x))
        return x * 2.0

    def shouted(x):
        seen.append("numpy")
        return np.float32(x + 1.0)

    @tf.function
    def f(x):
        y = tf.py_function(doubled, [x], tf.float32)
        return y + tf.numpy_function(shouted, [x], tf.float32)

    found = [f(tf.constant(1.0)), f(tf.constant(2.0))]
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.function(lambda x: tf.py_function(doubled, [x], tf.float32) * x)(x)
    return [*found, y, tape.gradient(y, x), [s for s in seen if s != "numpy"][:2]]


STATE = [
    values_read_before,
    states_in_branches,
    states_in_loops,
    optimizers_in_functions,
    what_is_printed,
    errors_between_assignments,
    functions_of_python,
]


# ---------------------------------------------------------------- loops, branches, rules


def loops(tf):
    @tf.function
    def f(x, n):
        a = tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, y * x), (0, tf.ones([])))
        b = tf.while_loop(
            lambda s: s["i"] < 100,
            lambda s: [{"i": s["i"] + n, "y": [s["y"][0] + x]}],
            [{"i": tf.constant(0), "y": [x]}],
            maximum_iterations=3,
        )
        c = tf.scan(lambda carry, row: carry * 0.5 + row, tf.stack([x, 2.0 * x, x * x]))
        d = tf.foldr(lambda carry, row: carry - row, tf.stack([x, x + 1.0]), tf.constant(5.0))
        e = tf.map_fn(
            lambda row: (row[0] * row[1], row[0]),
            (c, c),
            fn_output_signature=(tf.float32, tf.float32),
        )
        return a, b, c, d, e

    return [f(tf.constant(x), tf.constant(n)) for x, n in ((2.0, 3), (0.5, 1), (3.0, 40))]


def arrays_in_loops(tf):
    @tf.function
    def f(n, x):
        array = tf.TensorArray(tf.float32, size=n, clear_after_read=False)
        for i in tf.range(n):
            array = array.write(i, x * tf.cast(i, tf.float32))

        def body(i, total):
            return i + 1, total + array.read(i)

        total = tf.while_loop(lambda i, _: i < n, body, (0, tf.constant(0.0)))[1]
        return array.stack(), total

    return [f(tf.constant(n), tf.constant(x)) for n, x in ((3, 1.0), (5, 2.0), (3, -1.0))]


def branches(tf):
    @tf.function
    def f(x, k):
        a = tf.cond(x > 0.0, lambda: (x, x * 2.0), lambda: (-x, x * 3.0))
        b = tf.switch_case(k, [lambda: x, lambda: x * 10.0], default=lambda: x * 100.0)
        c = tf.case(
            [(x > 1.0, lambda: x + 1.0), (x > 0.0, lambda: x + 2.0)], default=lambda: x + 3.0
        )
        return a, b, c

    return [
        f(tf.constant(x), tf.constant(k)) for x, k in ((2.0, 0), (0.5, 1), (-1.0, 7), (2.0, -1))
    ]


def choices_of_python(tf):
    @tf.function
    def f(x, n):
        total = tf.constant(0.0)
        for i in tf.range(n):
            if i == 2:
                continue
            if total > 10.0:
                break
            total += x * tf.cast(i, tf.float32)
        if tf.logical_and(total > 3.0, x > 0.0):
            total += 50.0
        elif x < 0.0:
            total = -total
        while total < 40.0 and not (x < 0.5):
            total = total * 2.0 + 1.0
        return total

    points = ((1.0, 4), (3.0, 6), (-1.0, 3), (0.25, 2), (0.5, 5), (1.0, 2))
    return [f(tf.constant(x), tf.constant(n)) for x, n in points]


def derivatives_of_loops(tf):
    @tf.function
    def f(x, n):
        y = tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, tf.sin(y) * x), (0, x))[1]
        return tf.cond(y > 0.3, lambda: y * y, lambda: y * x)

    found = []
    for k, n in ((0.7, 3), (1.3, 2), (-0.9, 4), (0.7, 0)):
        x, n = tf.constant(k), tf.constant(n)
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = f(x, n)
            slope = tape.gradient(y, x)
        found += [y, slope, outer.gradient(slope, x)]

    @tf.function
    def within(x, n):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x, n)
        return tape.gradient(y, x)

    return [*found, *[within(tf.constant(k), tf.constant(3)) for k in (0.7, -0.9, 1.3)]]


def rules(tf):
    w = tf.Variable(2.0)

    @tf.custom_gradient
    def clipped(x):
        return x * x, lambda dy: tf.clip_by_value(dy, -0.5, 0.5) * x

    @tf.custom_gradient
    def scaled(x):
        def grad(dy, variables=None):
            return dy * 3.0, [dy * x * 5.0 for _ in variables]

        return x * w, grad

    passed = tf.grad_pass_through(tf.floor)
    again = tf.recompute_grad(lambda x: tf.sin(x) * w)

    @tf.function
    def f(x):
        return clipped(x) + scaled(x) * 2.0 + passed(x) * x + again(x)

    @tf.function
    def within(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x) * tf.stop_gradient(x)
        return (y, *tape.gradient(y, [x, w]))

    found = []
    for k in (1.5, -0.5, 1.5):
        x = tf.constant(k)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        found += [y, *tape.gradient(y, [x, w]), *within(x)]
        w.assign_add(1.0)
    return found


def tensors_from_outside(tf):
    c, v = tf.constant(3.0), tf.Variable(2.0)
    f = tf.function(lambda x: x * c * v)
    found = []
    for k in (1.0, 4.0):
        x = tf.constant(k)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([x, c])
            y = f(x) * c
        found += [y, *tape.gradient(y, [x, c, v])]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            y = f(x)
        slopes = tape.gradient(y, [x, v])
        found += [slopes[0], slopes[1] is None]
        v.assign_add(1.0)
    return found


PARTS = [
    loops,
    arrays_in_loops,
    branches,
    choices_of_python,
    derivatives_of_loops,
    rules,
    tensors_from_outside,
]


@pytest.mark.parametrize("program", TRACING + STATE + PARTS, ids=lambda program: program.__name__)
def test_tracing_and_effects(program):
    check(program, rtol=2e-6, atol=1e-7)
