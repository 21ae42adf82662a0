"""Random programs with Python's control flow: tf.function gives what the function gives.

The function that is recorded is an interpreter of the program: it knows no optimisation, and what
it does with Python's `if` and `while` is what a user's function does. `make fuzz` tries many more.
"""

from __future__ import annotations

import os

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd_c as tf

FUZZ = os.environ.get("AUTOGRAD_C_FUZZ", "")
EXAMPLES = 100 if not FUZZ else int(FUZZ) if FUZZ.isdigit() else 20_000

NAMES = ("x", "y", "z")
UNARY = {"sin": tf.sin, "tanh": tf.tanh, "double": lambda a: a * 2.0, "last": lambda a: a[::-1]}
BINARY = {"add": tf.add, "multiply": tf.multiply, "smaller": tf.minimum, "chosen": None}

names = st.sampled_from(NAMES)
numbers = st.sampled_from((-1.0, -0.25, 0.0, 0.5, 1.5))
steps = st.one_of(
    st.tuples(st.just("unary"), names, st.sampled_from(sorted(UNARY)), names),
    st.tuples(st.just("binary"), names, st.sampled_from(sorted(BINARY)), names, names),
    st.tuples(st.just("assign"), st.sampled_from(("assign", "assign_add", "assign_sub")), names),
    st.tuples(st.just("read"), names),
    st.tuples(st.just("part"), names, st.integers(-3, 2), names),
    st.tuples(st.just("masked"), names, numbers),
    st.tuples(st.just("rows"), names),
    st.tuples(st.just("number"), names, names),
    st.tuples(st.just("print"), names),
    st.tuples(st.just("slope"), names, names),
)
blocks = st.recursive(
    st.lists(steps, max_size=4),
    lambda inner: st.lists(
        st.one_of(
            steps,
            st.tuples(st.just("if"), names, numbers, inner, inner),
            st.tuples(st.just("while"), names, st.integers(1, 3), inner),
            st.tuples(st.just("return"), names, numbers),
        ),
        min_size=1,
        max_size=5,
    ),
    max_leaves=4,
)


class Returned(Exception):
    pass


def run(block, values, variable, printed):
    """What a block does with the tensors in `values` and with the Variable."""
    for kind, *what in block:
        if kind == "unary":
            target, name, a = what
            values[target] = UNARY[name](values[a])
        elif kind == "binary":
            target, name, a, b = what
            first, second = values[a], values[b]
            if name == "chosen":
                values[target] = tf.where(first > second, first, second * 0.5)
            else:
                values[target] = BINARY[name](first, second)
        elif kind == "assign":
            getattr(variable, what[0])(tf.clip_by_value(values[what[1]], -2.0, 2.0))
        elif kind == "read":
            values[what[0]] = variable * values[what[0]]
        elif kind == "part":
            target, place, a = what
            changed = values[target] * 1.0
            changed[place] = tf.reduce_sum(values[a])
            values[target] = changed
        elif kind == "masked":
            changed = values[what[0]] * 1.0
            changed[changed > what[1]] *= 0.5
            values[what[0]] = changed
        elif kind == "rows":
            variable.scatter_nd_add([[0], [2]], tf.tanh(values[what[0]][:2]))
        elif kind == "number":  # a whole number, so that it does not differ at each call
            values[what[0]] = values[what[0]] * round(float(tf.reduce_sum(values[what[1]])) / 4)
        elif kind == "print":
            tf.print(values[what[0]] > 0.0, output_stream=printed.append)
        elif kind == "slope":
            with tf.GradientTape() as tape:
                tape.watch(values[what[1]])
                y = tf.reduce_sum(tf.sin(values[what[1]]) * variable)
            values[what[0]] = tape.gradient(y, values[what[1]])
        elif kind == "if":
            a, limit, then, otherwise = what
            run(then if tf.reduce_max(values[a]) > limit else otherwise, values, variable, printed)
        elif kind == "while":
            a, limit, body = what
            rounds = tf.constant(0)
            while rounds < limit and tf.reduce_min(values[a]) > -1.5:
                run(body, values, variable, printed)
                rounds += 1
        elif kind == "return" and tf.reduce_sum(values[what[0]]) > what[1]:
            raise Returned


def function_of(block, variable, printed):
    def f(x, y):
        values = {"x": x, "y": y, "z": x + y}
        try:
            run(block, values, variable, printed)
        except Returned:
            return values["x"]
        return {"z": values["z"], "rest": [values["x"], values["y"]]}

    return f


def outcomes(block, points, recorded, way):
    """All that can be seen of some calls."""
    variable, printed, found = tf.Variable([0.5, -1.0, 1.0], dtype=tf.float64), [], []
    f = function_of(block, variable, printed)
    if recorded:
        f = tf.function(f)
    for x, y in points:
        x, y = tf.constant(x), tf.constant(y)
        if way == "tape":
            with tf.GradientTape() as tape:
                tape.watch([x, y])
                result = f(x, y)
            target = [tf.reduce_sum(r) for r in tf.nest.flatten(result)]
            slopes = tape.gradient(target, [x, y, variable], unconnected_gradients="zero")
            found += [tf.convert_to_tensor(s).numpy() for s in slopes]
        elif way == "accumulator":
            with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
                result = f(x, y)
            jvps = [accumulator.jvp(r) for r in tf.nest.flatten(result)]
            found += [None if j is None else j.numpy() for j in jvps]
        else:
            result = f(x, y)
        found += [r.numpy() for r in tf.nest.flatten(result)]
        found.append(variable.numpy())
    return found, printed


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(blocks, st.sampled_from(("plain", "tape", "accumulator")), st.integers(0, 2**16))
def test_random_programs(block, way, seed):
    random = np.random.default_rng(seed)
    points = [random.normal(size=(2, 3)) for _ in range(3)]
    points = [points[0], points[0], points[1], points[0], points[2], points[1]]
    expected, shown = outcomes(block, points, False, way)
    found, printed = outcomes(block, points, True, way)
    assert printed == shown
    assert len(found) == len(expected)
    for a, b in zip(found, expected):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)
