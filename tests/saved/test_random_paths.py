"""Random functions in files: what is loaded does what the function does."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

import autograd_c as tf

from ..control.test_function_programs import (
    RAISED,
    REFUSED,
    arrays,
    assert_same,
    gradient,
    is_rounded_otherwise,
    many,
    near,
    plain,
    quiet,
    seeds,
    shapes,
    tangent,
)
from ..function_programs import Calls, blocks

__all__ = ["quiet"]  # a fixture


class Loaded:
    """A function from a file, with the Variable of that, as ways to call it want it."""

    def __init__(self, path, value):
        self.call = tf.load(path)
        assert len(self.call.variables) <= 1
        self.variable = self.call.variables[0] if self.call.variables else tf.Variable(value)
        self.variable.assign(value)


def outcome(way, calls, value, given):
    """The results, and what the Variable is then, which has that value before."""
    calls.variable.assign(value)
    result = way(calls, *given)
    return [*[r.numpy() for r in tf.nest.flatten(result)], calls.variable.numpy()]


@many
@given(
    blocks(),
    shapes,
    st.sampled_from(("float64", "float32")),
    st.sampled_from((plain, gradient, tangent)),
    seeds,
)
@example([("unary", "x", "sin", "y"), ("assign", "assign_add", "x")], (), "float64", gradient, 0)
def test_loaded_functions_do_the_same(tmp_path_factory, block, shape, dtype, way, seed):
    path = tmp_path_factory.getbasetemp() / "function.agc"
    calls = Calls(block, tf.function, shape, dtype)
    pairs = [[tf.constant(a) for a in pair] for pair in arrays(shape, dtype, seed)]
    unused = tf.constant(0.0)
    for (x, y), count in zip(pairs, (1, 2, 1), strict=True):
        value = calls.variable.numpy()
        try:
            tf.random.set_seed(7)
            way(calls, x, y, count)
            expected = outcome(way, calls, value, (x, y, count))
        except (*RAISED, *REFUSED):
            return
        calls.variable.assign(value)
        try:
            calls.call.save(path, x, y, count, unused)
        except (ValueError, NotImplementedError) as error:
            assert is_refused(error), error
            return
        np.testing.assert_array_equal(calls.variable, value)
        found = outcome(way, Loaded(path, value), value, (x, y, count))
        by = near(block) if is_rounded_otherwise(block) or way is not plain else assert_same
        if dtype == "float64" or by is assert_same:
            for a, b in zip(found, expected, strict=True):
                by(a, b)


def is_refused(error):
    """For what docs/function.md says that no file has."""
    return "[save]" in str(error) or "it needs Python" in str(error)
