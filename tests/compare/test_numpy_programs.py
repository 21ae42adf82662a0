"""Gradients of random programs of NumPy's functions and assignments against JAX."""

from __future__ import annotations

import os
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd_c as tf
from autograd_c import numpy as ours
from autograd_c.core import _core

from ..numpy_programs import ASSIGNMENTS, CALLS, Choices, Skip, Space, statement

jax = pytest.importorskip("jax")
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")
jnp = jax.numpy

EXAMPLES = int(os.environ.get("NUMPY_PROGRAMS", "60"))


@pytest.fixture(autouse=True)
def kinds_of_dtypes_mix(kinds_of_dtypes_do_not_mix):
    _core.mix_kinds(True)


MINE = {"numpy": Space(np, kept=tf.identity), "ours": Space(ours, kept=tf.identity)}
THEIRS = Space(jnp, ufuncs=jnp, assign=lambda x, key, value: x.at[key].set(value))

# What has kinks where numbers are equal, or 0; there libraries choose as they like.
KINKED = """abs absolute fabs angle sign sqrt norm sort max min amax amin ptp nanmax nanmin median
    nanmedian percentile nanpercentile quantile nanquantile maximum minimum fmax fmin x.max hypot
    copysign arctan2 heaviside clip x.clip round interp maximum.reduce minimum.accumulate partition
    remainder fmod floor_divide where select piecewise chosen power float_power svdvals eigvalsh qr
    std x.std nanstd take_along_axis ufunc.at out=x choose where= sinc unwrap pinv cumprod prod
    cumulative_prod nancumprod nanprod x.prod multiply.accumulate cbrt logaddexp""".split()
KINKED += ["abs(x)", "norm of order", "x ** y", "x ** 2", "norm of matrices", "indexed by values"]
KINKED += ["x[x > 0] = 0", "average by weights"]
# Of other dtypes, or with other values or results in JAX, which does not differentiate sets.
EXCLUDED = {"x.astype", "dtype=", "spacing", "nextafter", "i0", "allclose", "array_equal"}
EXCLUDED |= {"unique", "union1d", "intersect1d", "setdiff1d", "histogram", "digitize"}
EXCLUDED |= {"size", "ndim", "shape"}
NAMES = [name for name in (*CALLS, *ASSIGNMENTS) if name not in EXCLUDED]

STEPS = st.tuples(st.sampled_from(NAMES), st.integers(0, 9), st.integers(0, 9))
SHAPES = st.sampled_from([(), (3,), (2, 3), (3, 3)])  # few: JAX compiles for each


class Unfit(Exception):
    """A program that JAX does not run, or whose derivative is a matter of choice."""


def total(space, inputs, steps, numbers, check=None):
    """A sum of all values that the program makes, each times a number of its own."""
    choices, values, parts = Choices(numbers), list(inputs), []

    def note(value):
        kind = np.dtype(value.dtype.name).kind
        if kind in "fc":
            weights = np.cos(np.arange(int(np.prod(value.shape))) + len(parts))
            weights = weights.reshape(tuple(value.shape))
            parts.append(space.np.sum(space.np.real(value) * weights))
            if kind == "c":
                parts.append(space.np.sum(space.np.imag(value) * weights[::-1]))

    for value in values:
        note(value)
    for name, first, second in steps:
        if check is not None:
            check(name, values[first % len(values)], values[second % len(values)])
        try:
            value, place = statement(space, choices, name, values, first, second)
        except Skip:
            continue
        if isinstance(value, (tuple, list, bool, int)) or not hasattr(value, "dtype"):
            continue
        note(value)  # now: it may be assigned to later
        if place is None:
            values.append(tf.identity(value) if space.assign is None else value)
        else:
            values[place] = value
    return sum(parts[1:], parts[0])


def fit(name, x, y):
    """Whether the derivative at these numbers is no matter of choice."""
    both = [np.asarray(x), np.asarray(y)][: 1 if CALLS.get(name, (2,))[0] == 1 else 2]
    for a in both:
        if a.dtype not in (np.float64, np.complex128) or not np.all(np.abs(a) < 1e6):
            raise Unfit
    if name in KINKED:
        numbers = np.sort(np.real(np.concatenate([np.ravel(a) for a in (*both, 0.0)])))
        if numbers.size > 1 and np.min(np.diff(numbers)) < 1e-6:
            raise Unfit


def test_names_are_those_of_statements():
    assert {*KINKED, *EXCLUDED} <= {*CALLS, *ASSIGNMENTS}


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES == 60,
    suppress_health_check=list(HealthCheck),
)
@given(
    st.tuples(SHAPES, SHAPES, st.integers(0, 999)),
    st.lists(STEPS, min_size=1, max_size=5),
    st.lists(st.integers(0, 999), min_size=3, max_size=9),
    st.sampled_from(sorted(MINE)),
)
def test_gradients(shapes, steps, numbers, space):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        check_gradients(shapes, steps, numbers, MINE[space])


def check_gradients(shapes, steps, numbers, space):
    """Whether it was one that JAX runs."""
    random = np.random.default_rng(shapes[2])
    inputs = [random.normal(size=shape) for shape in shapes[:2]]
    try:
        value = total(THEIRS, [jnp.asarray(x) for x in inputs], steps, numbers, fit)
        expected = jax.grad(lambda inputs: total(THEIRS, inputs, steps, numbers))(
            [jnp.asarray(x) for x in inputs]
        )
    except Exception:  # JAX has not the function, or not of these arguments
        return False
    if not (np.isfinite(value) and all(np.isfinite(g).all() for g in expected)):
        return False
    with tf.GradientTape() as tape:
        sources = [tf.constant(x) for x in inputs]
        tape.watch(sources)
        # The program assigns to its inputs.
        try:
            mine = total(space, [tf.identity(x) for x in sources], steps, numbers)
        except ValueError as error:  # JAX broadcasts to no elements, as NumPy does not
            assert "broadcast" in str(error), (steps, numbers)
            return False
    gradients = tape.gradient(mine, sources, unconnected_gradients="zero")
    np.testing.assert_allclose(float(mine), float(value), rtol=1e-8, atol=1e-8, err_msg=str(steps))
    for g, wanted in zip(gradients, expected):
        wanted = np.asarray(wanted)
        scale = 1e-8 * max(1.0, float(np.max(np.abs(wanted), initial=0.0)))
        np.testing.assert_allclose(g, wanted, rtol=1e-7, atol=scale, err_msg=str((steps, numbers)))
    return True
