"""Every operation that has a derivative, against JAX and TensorFlow, in float64 to 1e-10.

The elementwise operations are read from the engine's table; for the structural ones, the programs
of `PROGRAMS` are written in both languages. They are taken through compositions of up to three
transformations. It runs only where the peers can be imported (``make compare``).
"""

from __future__ import annotations

import itertools
import os

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import func
from autograd_c.core import _core

from ..operations import ROWS, arguments, is_analytic, is_nameless, public

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
jax = pytest.importorskip("jax")
tensorflow = pytest.importorskip("tensorflow")
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")
jnp = jax.numpy

DIFFERENTIABLE = [row for row in ROWS if row["differentiable"] and not is_nameless(row)]
JAX_NAMES = {
    "rsqrt": jax.lax.rsqrt,
    "sigmoid": jax.nn.sigmoid,
    "softplus": jax.nn.softplus,
    "relu": jax.nn.relu,
    "erf": jax.scipy.special.erf,
    "erfc": jax.scipy.special.erfc,
}


def name_of(row):
    return row["name"]


def of_jax(row):
    if row["name"] not in JAX_NAMES and not row["numpy"]:
        pytest.skip("no name in JAX is known for it: test_random_programs.py compares it")
    return JAX_NAMES.get(row["name"]) or getattr(jnp, row["numpy"])


def of_tensorflow(row):
    found = tensorflow
    for part in (row["names"] or [row["name"]])[0].split("."):
        found = getattr(found, part)
    return found


def assert_same(ours, theirs, what):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.dtype == theirs.dtype and ours.shape == theirs.shape, what
    scale = max(1.0, float(np.max(np.abs(theirs), initial=0.0)))
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10 * scale, err_msg=str(what))


# ---------------------------------------------------------------- elementwise


def point(row, dtype):
    shapes = [(3,)] if row["arity"] == 1 else [(2,), (2,)]
    return np.concatenate(arguments(row, shapes, dtype, seed=2))


def program(row, f):
    """On arrays and numbers, with broadcasting and constants; elements of one vector."""
    if row["arity"] == 1:
        return lambda x: f(x) * f(x[0])
    return lambda x: f(x[:2], x[2:]) * f(x[0], x[2]) + f(x[1], x[2:]) + f(x[:2], 1.25 + 0 * x[:2])


def product_of(t, f, x):
    """A vector by which derivatives are taken that depends on the point."""
    return t.jvp(f, (x,), (x * x,))[1]


TRANSFORMATIONS = {
    "grad": lambda t, s, f: lambda x: t.grad(s(f))(x),
    "jacrev": lambda t, s, f: lambda x: t.jacrev(f)(x),
    "jacfwd": lambda t, s, f: lambda x: t.jacfwd(f)(x),
    "jvp": lambda t, s, f: lambda x: product_of(t, f, x),
    "vjp": lambda t, s, f: lambda x: (lambda y, pull: pull(y)[0])(*t.vjp(f, x)),
    "linearize": lambda t, s, f: lambda x: t.linearize(f, x)[1](x),
    "hessian": lambda t, s, f: lambda x: t.hessian(s(f))(x),
    "checkpoint": lambda t, s, f: lambda x: t.grad(s(t.checkpoint(f)))(x),
    "hvp": lambda t, s, f: lambda x: hvp(t, s(f), x),
    "custom": lambda t, s, f: lambda x: t.grad(s(with_rule(t, f)))(x),
}


def hvp(t, f, x):
    return func.hvp(f, (x,), (x,)) if t is func else jax.jvp(jax.grad(f), (x,), (x,))[1]


def with_rule(t, f):
    """f with a rule of the user's own, which happens to be right."""
    if t is func:
        return tf.custom_gradient(lambda x: (f(x), lambda u: func.vjp(f, x)[1](u)[0]))
    ruled = jax.custom_vjp(f)
    ruled.defvjp(lambda x: (f(x), x), lambda x, u: jax.vjp(f, x)[1](u))
    return ruled


def total(t):
    s = tf.reduce_sum if t is func else jnp.sum
    sine = tf.sin if t is func else jnp.sin
    return lambda f: lambda x: s(sine(f(x)))


def composed(t, f, names):
    for name in names:
        f = TRANSFORMATIONS[name](t, total(t), f)
    return f


def against_jax(ours, theirs, x, place, count):
    """A share of the transformations, of their pairs and of their triples."""
    seen = [(name,) for name in list(TRANSFORMATIONS)[place % 5 :: 5]]
    seen += list(itertools.product(TRANSFORMATIONS, repeat=2))[place::count]
    # A rule of JAX's for reverse mode cannot be pushed forward.
    forward = {"jvp", "jacfwd", "linearize", "hvp", "hessian"}
    first_order = [n for n in TRANSFORMATIONS if n not in ("hessian", "hvp")]
    seen += list(itertools.product(first_order, repeat=3))[place :: 6 * count]
    for names in seen:
        if "custom" in names and forward & set(names[names.index("custom") :]):
            continue
        found = composed(func, ours, names)(tf.constant(x))
        expected = jax.jit(composed(jax, theirs, names))(x)
        assert_same(found, expected, names)


@pytest.mark.parametrize(
    "place", range(len(DIFFERENTIABLE)), ids=[r["name"] for r in DIFFERENTIABLE]
)
def test_elementwise_operations_in_jax(place):
    row = DIFFERENTIABLE[place]
    x = point(row, "float64")
    ours, theirs = program(row, public(row)), program(row, of_jax(row))
    against_jax(ours, theirs, x, place, len(DIFFERENTIABLE))


@pytest.mark.parametrize(
    "row", [r for r in DIFFERENTIABLE if is_analytic(r)], ids=lambda r: r["name"]
)
def test_complex_derivatives_to_the_third_order_in_jax(row):
    """Of holomorphic functions; gradients of JAX's kind are the conjugates of TensorFlow's."""
    x = point(row, "complex128")
    ours, theirs = program(row, public(row)), program(row, of_jax(row))
    for names in (("jacrev",), ("jacfwd", "jacrev"), ("jacrev", "jacfwd", "jacrev")):
        f, g = ours, theirs
        for name in names:
            f = getattr(func, name)(f, holomorphic=True)
            g = getattr(jax, name)(g, holomorphic=True)
        assert_same(f(tf.constant(x)), jax.jit(g)(x), names)


def slopes(m, f, x, order, forward=False):
    """The derivatives of an order of a program, by nested tapes, or the outermost forward."""
    along = m.constant(np.linspace(0.5, 1.5, x.shape[0]).astype(x.dtype.as_numpy_dtype))
    if order == 0:
        return f(x)
    if forward:
        with m.autodiff.ForwardAccumulator(x, along) as accumulator:
            y = slopes(m, f, x, order - 1)
        return accumulator.jvp(y)
    with m.GradientTape() as tape:
        tape.watch(x)
        y = slopes(m, f, x, order - 1)
        y = m.reduce_sum(m.math.real(y * along[: y.shape[0]]))
    return tape.gradient(y, x, unconnected_gradients="zero")


def for_tensorflow(row, f):
    """Without numbers among the operands of some functions, which TensorFlow does not convert."""
    if row["arity"] == 1:
        return lambda x: f(x) * f(x[0])
    return lambda x: f(x[:2], x[2:]) * f(x[0], x[2]) + f(x[1], x[2:])


# Its gradients of these are not conjugated (see docs/differences.md); these have none of an order.
UNCONJUGATED = ("xlogy", "xlog1py", "xdivy", "multiply_no_nan")
ORDERS_OF_TENSORFLOW = {"truncatemod": 0, "softsign": 1}


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("row", DIFFERENTIABLE, ids=name_of)
def test_elementwise_operations_in_tensorflow(row, dtype):
    if ("c" if dtype == "complex128" else "f") not in row["kinds"]:
        pytest.skip("no such dtype")
    most = ORDERS_OF_TENSORFLOW.get(row["name"], 3)
    if dtype == "complex128" and row["name"] in UNCONJUGATED:
        most = 0
    x = point(row, dtype)
    ours, theirs = for_tensorflow(row, public(row)), for_tensorflow(row, of_tensorflow(row))
    orders = [(0, False), (1, False), (2, False), (3, False), (1, True), (2, True)]
    for order, forward in orders:
        if order + forward > most:
            if order == most + 1 and not forward:
                with pytest.raises((LookupError, AssertionError)):  # or it is no exception any more
                    expected = slopes(tensorflow, theirs, tensorflow.constant(x), order, forward)
                    assert_same(slopes(tf, ours, tf.constant(x), order, forward), expected, order)
            continue
        found = slopes(tf, ours, tf.constant(x), order, forward)
        expected = slopes(tensorflow, theirs, tensorflow.constant(x), order, forward)
        if expected is None:  # TensorFlow's answer for some zeros
            assert found is None or not np.any(found.numpy())
        else:
            assert_same(found, expected, (order, forward))


# ---------------------------------------------------------------- structural

X = np.array([0.9, -0.6, 0.7, 1.3])
MASK = np.array([True, False, True, False])


def our_sine(x):
    return tf.custom_gradient(lambda x: (tf.sin(x), lambda u: u * tf.cos(x)))(x)


PROGRAMS = {
    "reshape and broadcast": (
        lambda x: tf.broadcast_to(tf.reshape(x, (2, 1, 2)), (2, 3, 2)) * tf.reshape(x, (2, 2))[1],
        lambda x: jnp.broadcast_to(x.reshape((2, 1, 2)), (2, 3, 2)) * x.reshape((2, 2))[1],
    ),
    "transpose, tile and reverse": (
        lambda x: tf.tile(tf.transpose(tf.reshape(x, (2, 2))), [2, 1]) * tf.reverse(x, [0])[:2],
        lambda x: jnp.tile(jnp.transpose(jnp.reshape(x, (2, 2))), [2, 1]) * jnp.flip(x)[:2],
    ),
    "concat, stack and split": (
        lambda x: tf.concat([tf.stack([x[:2], x[2:]], 1), tf.split(x[None] * x[0], 2, 1)[1]], 0),
        lambda x: jnp.concatenate(
            [jnp.stack([x[:2], x[2:]], 1), jnp.split(x[None] * x[0], 2, 1)[1]], 0
        ),
    ),
    "slices": (
        lambda x: x[::-2][None, :] * x[1] * tf.reshape(x, (2, 2))[:, 1:],
        lambda x: x[::-2][None, :] * x[1] * jnp.reshape(x, (2, 2))[:, 1:],
    ),
    "advanced indices": (lambda x: x[[0, 3, 0]] * x[1], lambda x: x[jnp.array([0, 3, 0])] * x[1]),
    "gather": (
        lambda x: tf.gather(x, [2, 2, 0]) * tf.gather(tf.reshape(x, (2, 2)), [1, 1], axis=1)[0, 0],
        lambda x: x[jnp.array([2, 2, 0])] * jnp.take(x.reshape((2, 2)), jnp.array([1, 1]), 1)[0, 0],
    ),
    "scatter": (
        lambda x: _core.scatter_rows(x * x, [0, 2, 0, 2], 3),
        lambda x: jnp.zeros(3).at[jnp.array([0, 2, 0, 2])].add(x * x),
    ),
    "sums": (
        lambda x: tf.reduce_sum(tf.reshape(x, (2, 2)) ** 3, 0) * tf.reduce_mean(x),
        lambda x: jnp.sum(jnp.reshape(x, (2, 2)) ** 3, 0) * jnp.mean(x),
    ),
    "products": (
        lambda x: tf.reduce_prod(tf.reshape(x, (2, 2)), 1) * tf.reduce_prod(x),
        lambda x: jnp.prod(jnp.reshape(x, (2, 2)), 1) * jnp.prod(x),
    ),
    "extrema": (
        lambda x: tf.reduce_max(x * x) * x + tf.reduce_min(tf.reshape(x, (2, 2)), 1)[1] ** 2,
        lambda x: jnp.max(x * x) * x + jnp.min(jnp.reshape(x, (2, 2)), 1)[1] ** 2,
    ),
    "logsumexp": (
        lambda x: tf.reduce_logsumexp(tf.reshape(x * x, (2, 2)), 1),
        lambda x: jax.scipy.special.logsumexp(jnp.reshape(x * x, (2, 2)), 1),
    ),
    "norm": (lambda x: tf.norm(x) * x, lambda x: jnp.linalg.norm(x) * x),
    "matmul": (
        lambda x: tf.reshape(x, (2, 2)) @ tf.transpose(tf.reshape(x * x, (2, 2))),
        lambda x: jnp.reshape(x, (2, 2)) @ jnp.transpose(jnp.reshape(x * x, (2, 2))),
    ),
    "contractions": (
        lambda x: (
            tf.einsum("ij,jk,k->i", tf.reshape(x, (2, 2)), tf.reshape(x, (2, 2)), x[:2])
            * tf.tensordot(x, x, 1)
        ),
        lambda x: (
            jnp.einsum("ij,jk,k->i", jnp.reshape(x, (2, 2)), jnp.reshape(x, (2, 2)), x[:2])
            * jnp.tensordot(x, x, 1)
        ),
    ),
    "where": (
        lambda x: tf.where(MASK, x * x, tf.where(x > 0.0, tf.sin(x), x**3)),
        lambda x: jnp.where(MASK, x * x, jnp.where(x > 0.0, jnp.sin(x), x**3)),
    ),
    "clip": (
        lambda x: tf.clip_by_value(x * x, 0.4, 1.0) * x,
        lambda x: jnp.clip(x * x, 0.4, 1.0) * x,
    ),
    "complex parts": (
        lambda x: (
            tf.math.real(tf.complex(x, x * x) ** 2)
            * tf.math.imag(tf.math.conj(tf.complex(tf.sin(x), x)) * tf.complex(x, x))
        ),
        lambda x: (
            jnp.real(jax.lax.complex(x, x * x) ** 2)
            * jnp.imag(jnp.conj(jax.lax.complex(jnp.sin(x), x)) * jax.lax.complex(x, x))
        ),
    ),
    "modulus": (
        lambda x: tf.abs(tf.complex(x, x * x)) ** 3,
        lambda x: jnp.abs(jax.lax.complex(x, x * x)) ** 3,
    ),
    "casts": (
        lambda x: tf.math.real(tf.cast(x, tf.complex128) ** 2) * tf.identity(x),
        lambda x: jnp.real(x.astype("complex128") ** 2) * x,
    ),
    "custom": (lambda x: our_sine(x * x) * x, lambda x: jnp.sin(x * x) * x),
    "recomputed": (
        lambda x: tf.recompute_grad(lambda z: tf.exp(z) * x[0])(x * x),
        lambda x: jax.checkpoint(lambda z: jnp.exp(z) * x[0])(x * x),
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_structural_operations_in_jax(name):
    ours, theirs = PROGRAMS[name]
    against_jax(ours, theirs, X, list(PROGRAMS).index(name), len(PROGRAMS))


# ---------------------------------------------------------------- singular points

inf = np.inf
# A function of the library and a vector; where.
SINGULAR = {
    "abs": (lambda m, v: m.abs(v), [0.0, -0.0, 1.0]),
    "v abs(v)": (lambda m, v: v * m.abs(v), [0.0, 1.0, -1.0]),
    "relu": (lambda m, v: m.nn.relu(v), [0.0, -1.0, 1.0]),
    "relu squared": (lambda m, v: m.nn.relu(v) ** 2, [0.0, 1.0, -1.0]),
    "sign": (lambda m, v: m.sign(v) * v, [0.0, 1.0]),
    "maximum": (lambda m, v: m.maximum(v * v, v), [0.0, 1.0, 0.5]),
    "minimum": (lambda m, v: m.minimum(v * v, v), [0.0, 1.0, 0.5]),
    "clip": (lambda m, v: m.clip_by_value(v * v, 0.0, 1.0), [0.0, 1.0, 0.5, 2.0]),
    "reduce_max": (lambda m, v: m.reduce_max(v * v), [1.0, 1.0, 0.0]),
    "reduce_min": (lambda m, v: m.reduce_min(v * v), [1.0, 1.0, 2.0]),
    "sqrt": (lambda m, v: m.sqrt(v), [0.0, 1.0]),
    "0 sqrt": (lambda m, v: 0 * m.sqrt(v), [0.0, 1.0]),
    "v sqrt(v)": (lambda m, v: v * m.sqrt(v), [0.0, 1.0]),
    "sqrt of sqrt": (lambda m, v: m.sqrt(m.sqrt(v)), [0.0, 1.0]),
    "sqrt of square": (lambda m, v: m.sqrt(v * v), [0.0, 1.0]),
    "norm": (lambda m, v: m.norm(v), [0.0, 0.0]),
    "norm of order 1": (lambda m, v: m.norm(v, ord=1), [0.0, 0.0]),
    "norm of order inf": (lambda m, v: m.norm(v, ord=np.inf), [0.0, 0.0]),
    "rsqrt": (lambda m, v: m.math.rsqrt(v), [0.0, 1.0]),
    "reciprocal": (lambda m, v: m.math.reciprocal(v), [0.0, 1.0]),
    "quotient": (lambda m, v: 1 / v, [0.0, 1.0]),
    "log": (lambda m, v: m.math.log(v), [0.0, 1.0]),
    "v log(v)": (lambda m, v: v * m.math.log(v), [0.0, 1.0]),
    "log1p": (lambda m, v: m.math.log1p(v), [-1.0, 1.0]),
    "asin": (lambda m, v: m.asin(v), [1.0, 0.5, -1.0]),
    "acos": (lambda m, v: m.acos(v), [1.0, 0.5, -1.0]),
    "acosh": (lambda m, v: m.acosh(v), [1.0, 2.0]),
    "atanh": (lambda m, v: m.atanh(v), [1.0, 0.5, -1.0]),
    "atan2": (lambda m, v: m.atan2(v, v), [0.0, 1.0]),
    "v to the v": (lambda m, v: v**v, [0.5, 1.0]),
    "0 to the v": (lambda m, v: m.constant(0.0, v.dtype) ** v, [0.0, 1.0, 2.0]),
    "where log": (lambda m, v: m.where(v > 0, m.math.log(v), v), [0.0, 1.0, -1.0]),
    "where quotient": (lambda m, v: m.where(v > 0, 1 / v, v), [0.0, 1.0]),
    "where sqrt": (lambda m, v: m.where(v > 0, m.sqrt(v), v * v), [0.0, 1.0]),
    "where rsqrt": (lambda m, v: m.where(v > 0, m.math.rsqrt(v), v * v), [0.0, 1.0]),
    "where asin": (lambda m, v: m.where(v < 1, m.asin(v), v * v), [1.0, 0.5]),
    "where atanh": (lambda m, v: m.where(v < 1, m.atanh(v), v * v), [1.0, 0.5]),
    "where log1p": (lambda m, v: m.where(v > -1, m.math.log1p(v), v * v), [-1.0, 0.5]),
    "where exp": (lambda m, v: m.where(v < 10, v * v, m.exp(v * 800)), [1.0]),
    "logsumexp": (lambda m, v: m.reduce_logsumexp(v), [-inf, 0.0]),
    "softplus": (lambda m, v: m.math.softplus(v), [1000.0, -1000.0, 0.0]),
    "mod": (lambda m, v: m.math.floormod(v * v, v), [1.0, 2.0]),
    **{
        f"power {p}": (lambda m, v, p=p: v ** m.constant(p, v.dtype), [0.0, -0.0, 2.0])
        for p in (2.0, 3.0, 0.5, -1.0, 1.5, 2.5)
    },
    # At 0 our derivatives of these are 0, where TensorFlow's are NaN (docs/differences.md).
    **{
        f"power {p}": (lambda m, v, p=p: v ** m.constant(p, v.dtype), [0.5, -1.0, 2.0])
        for p in (0.0, 1.0)
    },
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", SINGULAR)
def test_singular_points_to_the_second_order_in_tensorflow(name, dtype):
    f, where = SINGULAR[name]

    def derivatives(m):
        v = m.constant(np.array(where, dtype))
        with m.GradientTape() as outer:
            outer.watch(v)
            with m.GradientTape() as inner:
                inner.watch(v)
                y = f(m, v)
            slope = inner.gradient(y, v, unconnected_gradients="zero")
        return y, slope, outer.gradient(slope, v, unconnected_gradients="zero")

    for ours, theirs in zip(derivatives(tf), derivatives(tensorflow)):
        assert ours.dtype.name == dtype
        np.testing.assert_allclose(
            ours.numpy(), theirs.numpy(), rtol=1e-10 if dtype == "float64" else 2e-6
        )
