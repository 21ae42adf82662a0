"""The same derivatives in JAX and in autograd_c.func, in float64: they agree to 1e-10.

It runs only where JAX can be imported (``make compare``). Complex gradients are left out on
purpose: JAX's are the conjugates of TensorFlow's, whose convention is ours.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import func

jax = pytest.importorskip("jax")
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")
jnp = jax.numpy


class Ours:
    """Names that a program needs of either library."""

    tanh, sin, exp, log, sqrt = tf.math.tanh, tf.sin, tf.exp, tf.math.log, tf.sqrt
    sum, prod, max, logsumexp = tf.reduce_sum, tf.reduce_prod, tf.reduce_max, tf.reduce_logsumexp
    matmul, stack, where, einsum, erf = tf.matmul, tf.stack, tf.where, tf.einsum, tf.math.erf
    transpose, reshape, maximum = tf.transpose, tf.reshape, tf.maximum
    concatenate, take = tf.concat, tf.gather


class Theirs:
    tanh, sin, exp, log, sqrt = jnp.tanh, jnp.sin, jnp.exp, jnp.log, jnp.sqrt
    sum, prod, max, logsumexp = jnp.sum, jnp.prod, jnp.max, jax.scipy.special.logsumexp
    matmul, stack, where, einsum, erf = jnp.matmul, jnp.stack, jnp.where, jnp.einsum, jax.lax.erf
    transpose, reshape, maximum = jnp.transpose, jnp.reshape, jnp.maximum
    concatenate = jnp.concatenate

    @staticmethod
    def take(x, indices):
        return jnp.take(x, np.asarray(indices), axis=0)


random = np.random.default_rng(11)
VECTOR = random.normal(size=5)
MATRIX = random.normal(size=(3, 5))
WEIGHTS = {"w": random.normal(size=(4, 3)), "layers": [random.normal(size=4), (0.3, 0.7)]}

# Functions of one vector: that return a scalar, and that return a tensor or a structure.
SCALAR = {
    "rosenbrock": lambda m, x: m.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2),
    "logsumexp": lambda m, x: m.logsumexp(x * x - m.sin(x)),
    "product": lambda m, x: m.prod(x) + m.exp(m.sum(x) / 5.0),
    "norm": lambda m, x: m.sqrt(m.sum(x * x) + 1.0) * m.max(x),
    "quadratic": lambda m, x: m.sum(m.matmul(MATRIX, m.reshape(x, (5, 1))) ** 2) ** 1.5,
    "gather": lambda m, x: m.sum(m.take(x, [0, 3, 0]) ** 3 * m.erf(x[1])),
    "where": lambda m, x: m.sum(m.where(x > 0.0, m.tanh(x) ** 2, x * m.exp(x))),
    "loop": lambda m, x: horner(m, x),
}
TENSOR = {
    "layer": lambda m, x: m.tanh(m.reshape(m.matmul(MATRIX, m.reshape(x, (5, 1))), (3,))),
    "outer": lambda m, x: m.einsum("i,j->ij", m.sin(x), x * x),
    "pieces": lambda m, x: m.concatenate([x[:2] * x[3], m.exp(x[::-1])], 0),
    "structure": lambda m, x: {"a": [x[0] * x, m.sum(x)], "b": (m.transpose(m.stack([x, x**2])),)},
    "elementwise": lambda m, x: m.maximum(m.sin(x), 0.1 * x) / (1.0 + x * x),
}


def horner(m, x):
    y = x[0]
    for k in range(1, 5):
        y = y * x[k] + m.sin(y * 0.5)
    return y


def loss(m, weights, x, power=2):
    w, (b, (c, d)) = weights["w"], weights["layers"]
    h = m.tanh(m.matmul(w, m.reshape(x, (3, 1))) * c + m.reshape(b, (4, 1)))
    return m.sum(h**power) * d


def compare(ours, theirs):
    # Both sort the keys of dicts.
    ours, theirs = tf.nest.flatten(ours), jax.tree_util.tree_leaves(theirs)
    assert len(ours) == len(theirs)
    for x, y in zip(ours, theirs):
        x, y = np.asarray(x), np.asarray(y)
        assert x.dtype == y.dtype == np.float64 and x.shape == y.shape
        np.testing.assert_allclose(x, y, rtol=1e-10, atol=1e-10 * max(1, np.abs(y).max(initial=0)))


def both(program, *arguments):
    """program(library, module of transformations, *arguments) in both."""
    ours = program(Ours, func, *arguments)
    theirs = program(Theirs, jax, *jax.tree_util.tree_map(jnp.asarray, arguments))
    compare(ours, theirs)


@pytest.mark.parametrize("name", SCALAR)
def test_gradients(name):
    f = SCALAR[name]
    both(lambda m, t, x: t.grad(lambda x: f(m, x))(x), VECTOR)
    both(lambda m, t, x: t.value_and_grad(lambda x: f(m, x))(x), VECTOR)
    both(lambda m, t, x: t.hessian(lambda x: f(m, x))(x), VECTOR)


@pytest.mark.parametrize("transform", ["jacrev", "jacfwd"])
@pytest.mark.parametrize("name", [*SCALAR, *TENSOR])
def test_jacobians(name, transform):
    f = {**SCALAR, **TENSOR}[name]
    both(lambda m, t, x: getattr(t, transform)(lambda x: f(m, x))(x), VECTOR)


@pytest.mark.parametrize("name", [*SCALAR, *TENSOR])
def test_products(name):
    f = {**SCALAR, **TENSOR}[name]
    v = random.normal(size=5)
    both(lambda m, t, x, v: t.jvp(lambda x: f(m, x), (x,), (v,)), VECTOR, v)

    def linear(m, t, x, v):
        y, push = t.linearize(lambda x: f(m, x), x)
        return y, push(v), push(2.0 * v)

    both(linear, VECTOR, v)

    def pulled(m, t, x, v):
        y, pull = t.vjp(lambda x: f(m, x), x)
        # Cotangents that depend on the output: the derivative of half the sum of squares.
        return y, pull(y)

    both(pulled, VECTOR, v)


TRANSFORMATIONS = {
    "grad": lambda t, f: t.grad(lambda x: total(t, f(x))),
    "jacrev": lambda t, f: t.jacrev(f),
    "jacfwd": lambda t, f: t.jacfwd(f),
    "jvp": lambda t, f: lambda x: t.jvp(f, (x,), (x * x,))[1],
    "vjp": lambda t, f: lambda x: (lambda y, pull: pull(y)[0])(*t.vjp(f, x)),
    "linearize": lambda t, f: lambda x: t.linearize(f, x)[1](x),
    "hessian": lambda t, f: t.hessian(lambda x: total(t, f(x))),
}


def total(t, y):
    return tf.reduce_sum(tf.sin(y)) if t is func else jnp.sum(jnp.sin(y))


@pytest.mark.parametrize("names", list(itertools.product(TRANSFORMATIONS, repeat=2)))
@pytest.mark.parametrize("name", ["layer", "outer", "elementwise", "loop"])
def test_compositions_of_two(name, names):
    compose(name, names, VECTOR)


@pytest.mark.parametrize(
    "names", [n for n in itertools.product(list(TRANSFORMATIONS)[:6], repeat=3) if "grad" in n]
)
def test_compositions_of_three(names):
    compose("pieces", names, VECTOR)


def compose(name, names, x):
    f = {**SCALAR, **TENSOR}[name]

    def program(m, t, x):
        def g(x):
            return f(m, x)

        for each in names:
            g = TRANSFORMATIONS[each](t, g)
        return g(x)

    both(program, x)


@pytest.mark.parametrize("transform", ["", "grad", "jacfwd", "jvp"])
@pytest.mark.parametrize("name", [*SCALAR, *TENSOR])
def test_batches_of_batches(name, transform):
    """Around a derivative, within one, and both; the inner batch with what is the outer one's."""
    f = {**SCALAR, **TENSOR}[name]
    if name == "structure" and transform:
        pytest.skip("the sum of a structure is not what this is about")

    def program(m, t, x, y):
        def of_pair(a, b):
            g = lambda b: f(m, b * m.sin(a))  # noqa: E731
            return (TRANSFORMATIONS[transform](t, g) if transform else g)(b)

        def within(a):
            return t.vmap(of_pair, (None, 1), -1)(a, y)

        def summed(x):
            results = t.vmap(within)(x)
            return m.sum(results if name != "structure" else results["a"][0])

        return t.vmap(within, 0, 0)(x), t.grad(summed)(x)

    x, y = random.normal(size=(3, 5)), random.normal(size=(5, 4))
    both(program, x, y)


@pytest.mark.parametrize("power", [2, 3])
def test_structures_argnums_and_keywords(power):
    x = random.normal(size=3)
    for argnums in (0, 1, (0, 1), (1, 0), (0,)):
        both(
            lambda m, t, w, x, a=argnums: t.value_and_grad(
                lambda w, x, power: loss(m, w, x, power), a
            )(w, x, power=power),
            WEIGHTS,
            x,
        )
        both(
            lambda m, t, w, x, a=argnums: t.hessian(lambda w, x, power: loss(m, w, x, power), a)(
                w, x, power=power
            ),
            WEIGHTS,
            x,
        )


def test_aux():
    both(lambda m, t, x: t.grad(lambda x: (m.sum(x**3), x * 2.0), has_aux=True)(x), VECTOR)
    both(lambda m, t, x: t.value_and_grad(lambda x: (m.sum(x**3), x), has_aux=True)(x), VECTOR)
    both(lambda m, t, x: t.jacrev(lambda x: (x**3, x * 2.0), has_aux=True)(x), VECTOR)
    both(lambda m, t, x: t.jacfwd(lambda x: (x**3, x * 2.0), has_aux=True)(x), VECTOR)
    both(lambda m, t, x: t.jvp(lambda x: (x**3, x * 2.0), (x,), (x,), has_aux=True), VECTOR)


def test_holomorphic():
    z = np.array(0.3 + 0.4j)
    for name in ("grad", "jacrev", "jacfwd", "hessian"):
        ours = getattr(func, name)(lambda z: tf.exp(z) * z, holomorphic=True)(z)
        theirs = getattr(jax, name)(lambda z: jnp.exp(z) * z, holomorphic=True)(z)
        np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-10)


def test_a_gradient_by_a_complex_argument_is_the_conjugate_of_jax():
    z = np.array([0.3 + 0.4j, -1.0 + 2.0j])
    ours = func.grad(lambda z: tf.reduce_sum(tf.abs(z) ** 3))(z)
    theirs = jax.grad(lambda z: jnp.sum(jnp.abs(z) ** 3))(z)
    np.testing.assert_allclose(ours.numpy(), np.conj(theirs), rtol=1e-10)


def test_errors_are_of_the_same_type():
    programs = {
        "integer": lambda t: t.grad(lambda x: x * 1.0)(3),
        "shape": lambda t: t.grad(lambda x: x)(np.ones(3)),
        "structure": lambda t: t.grad(lambda x: [x])(3.0),
        "argnums": lambda t: t.grad(lambda x: x, 1)(3.0),
        "output": lambda t: t.grad(lambda x: "text")(3.0),
        "primals": lambda t: t.jvp(lambda x: x, 3.0, 1.0),
        "holomorphic": lambda t: t.grad(lambda x: x, holomorphic=True)(3.0),
        "complex": lambda t: t.grad(lambda x: x)(1j),
    }
    for name, program in programs.items():
        errors = []
        for module in (func, jax):
            with pytest.raises(Exception) as error:
                program(module)
            errors.append(error.value)
        assert isinstance(errors[0], type(errors[1])), name
        if name == "shape":
            text = "Gradient only defined for scalar-output functions. Output had shape: (3,)"
            assert all(text in str(e) for e in errors)
