"""autograd_c.func: derivatives as functions of functions.

Expected values are closed forms, or central differences where there is none.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import gc
import itertools
import threading
import weakref

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import func
from autograd_c.func import (
    elementwise_grad,
    ggn_vp,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linearize,
    make_ggnvp,
    make_hvp,
    make_jvp,
    make_vjp,
    value_and_grad,
    vjp,
)
from autograd_c.transforms.calls import Trace

JACOBIANS = [jacrev, jacfwd, jacobian]
A = np.random.default_rng(5).normal(size=(3, 4))
Point = collections.namedtuple("Point", ["x", "y"])


@dataclasses.dataclass
class Weights:
    a: object
    b: object


def close(found, wanted, rtol=1e-12, atol=1e-12):
    """The same structure, and tensors of the same shapes with these numbers."""
    tf.nest.assert_same_structure(found, wanted)
    for x, y in zip(tf.nest.flatten(found), tf.nest.flatten(wanted), strict=True):
        assert type(x) is tf.Tensor
        assert tuple(x.shape) == np.shape(y)
        np.testing.assert_allclose(x.numpy(), y, rtol=rtol, atol=atol)


def differences(f, x, step=1e-6):
    """The Jacobian of a function of one float64 array, by central differences."""
    x = np.array(x, np.float64)
    columns = []
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + step
        above = np.asarray(f(tf.constant(x)))
        x[index] = kept - step
        below = np.asarray(f(tf.constant(x)))
        x[index] = kept
        columns.append((above - below) / (2 * step))
    return np.stack(columns, -1).reshape(*columns[0].shape, *x.shape)


def wave(x):
    """sin(x) exp(x/2); its n-th derivative is the imaginary part of (1/2 + i)^n exp((1/2 + i)x)."""
    return tf.sin(x) * tf.exp(x / 2)


def wave_derivative(n, x):
    z = 0.5 + 1j
    return (z**n * np.exp(z * x)).imag


def layer(x):
    """A map from 4 numbers to 3 that is not symmetric in anything."""
    y = tf.math.tanh(tf.tensordot(A, x, axes=1))
    return y * y + tf.reduce_sum(x) * y[::-1]


def energy(x):
    return tf.reduce_sum(tf.exp(x / 3) * tf.reverse(x, [0])) + tf.reduce_prod(x)


X4 = np.array([0.3, -0.7, 1.1, 0.4])
V4 = np.array([1.0, -2.0, 0.5, 3.0])


# ---------------------------------------------------------------- each by itself


def test_grad():
    close(grad(wave)(0.7), wave_derivative(1, 0.7))
    close(grad(energy)(X4), differences(energy, X4), rtol=1e-7)


def test_value_and_grad():
    value, gradient = value_and_grad(energy)(X4)
    close(value, np.asarray(energy(tf.constant(X4))))
    close(gradient, grad(energy)(X4).numpy())


def test_elementwise_grad():
    x = np.linspace(-1, 1, 6).reshape(2, 3)
    close(elementwise_grad(wave)(x), wave_derivative(1, x))
    close(elementwise_grad(elementwise_grad(wave))(x), wave_derivative(2, x))
    close(elementwise_grad(tf.multiply, (0, 1))(x, 2 * x), (2 * x, x))


def test_vjp():
    y, pull = vjp(layer, X4)
    close(y, np.asarray(layer(tf.constant(X4))))
    j = differences(layer, X4)
    for row in np.eye(3):
        close(pull(row), (row @ j,), rtol=1e-7, atol=1e-9)


def test_jvp():
    y, t = jvp(layer, (X4,), (V4,))
    close(y, np.asarray(layer(tf.constant(X4))))
    close(t, differences(layer, X4) @ V4, rtol=1e-7)


def test_linearize():
    y, push = linearize(layer, X4)
    close(y, np.asarray(layer(tf.constant(X4))))
    for v in (V4, 2 * V4, np.zeros(4)):
        close(push(v), jvp(layer, (X4,), (v,))[1].numpy())


@pytest.mark.parametrize("transform", JACOBIANS)
def test_jacobians(transform):
    close(transform(layer)(X4), differences(layer, X4), rtol=1e-7)
    close(transform(energy)(X4), grad(energy)(X4).numpy())
    close(transform(wave)(0.7), wave_derivative(1, 0.7))
    close(transform(lambda x: tf.stack([x, x**2, x**3]))(2.0), np.array([1, 4, 12]))


@pytest.mark.parametrize("transform", JACOBIANS)
@pytest.mark.parametrize("shapes", [((2, 3), (4,)), ((), (2, 2)), ((3,), ()), ((0,), (2,))])
def test_the_shape_of_a_jacobian_is_that_of_the_output_and_then_of_the_argument(transform, shapes):
    outer, inner = shapes
    x = np.random.default_rng(0).normal(size=inner)
    c = np.random.default_rng(1).normal(size=(*outer, *inner))

    def f(x):
        return tf.reshape(tf.tensordot(tf.reshape(c, [-1, x.size]), tf.reshape(x, [-1]), 1), outer)

    close(transform(f)(x), c)


@pytest.mark.parametrize("transform", JACOBIANS)
def test_jacobian_by_nothing_and_of_nothing(transform):
    assert tuple(transform(lambda x: tf.reduce_sum(x) + tf.ones(2))(np.zeros(0)).shape) == (2, 0)
    assert tuple(transform(lambda x: x[:0])(np.zeros(3)).shape) == (0, 3)


def test_hessian():
    close(hessian(energy)(X4), differences(grad(energy), X4), rtol=1e-7, atol=1e-8)
    close(hessian(wave)(0.7), wave_derivative(2, 0.7))
    # Of a vector: [output, argument, argument].
    close(hessian(layer)(X4), differences(jacrev(layer), X4), rtol=1e-6, atol=1e-8)


def test_hessian_of_a_linear_function_is_zero():
    close(hessian(tf.reduce_sum)(X4), np.zeros((4, 4)))


def test_hvp():
    close(hvp(energy, (X4,), (V4,)), hessian(energy)(X4).numpy() @ V4)
    close(make_hvp(energy)(X4)[1], grad(energy)(X4).numpy())


def test_hvp_by_several_arguments():
    def f(x, y):
        return x * x * y + y**3

    # [[2y, 2x], [2x, 6y]]
    close(hvp(f, (2.0, 3.0), (1.0, 10.0)), (6 + 40, 4 + 180))
    close(hvp(f, (2.0, 3.0), (None, 10.0)), (40, 180))


def test_ggn_vp():
    def loss(y):
        return tf.reduce_logsumexp(y) + tf.reduce_sum(y**4)

    j = jacrev(layer)(X4).numpy()
    h = hessian(loss)(layer(tf.constant(X4))).numpy()
    close(ggn_vp(layer, (X4,), (V4,), loss), j.T @ h @ j @ V4)
    close(ggn_vp(layer, (X4,), (V4,)), j.T @ j @ V4)
    product = make_ggnvp(layer, loss)(X4)
    close(product(V4), j.T @ h @ j @ V4)
    close(product(2 * V4), 2 * (j.T @ h @ j @ V4))


def test_ggn_vp_of_structures():
    def model(w, scale=1.0):
        return {"a": scale * w["x"] ** 2, "b": (w["x"] * w["y"],)}

    def loss(y):
        return y["a"] * y["b"][0]

    # J = [[4, 0], [3, 2]], H = [[0, 1], [1, 0]] at (2, 3)
    j, h = np.array([[4, 0], [3, 2]]), np.array([[0, 1], [1, 0]])
    wanted = j.T @ h @ j @ [1, 10]
    found = ggn_vp(model, ({"x": 2.0, "y": 3.0},), ({"x": 1.0, "y": 10.0},), loss)
    close(found, {"x": wanted[0], "y": wanted[1]})
    found = ggn_vp(model, ({"x": 2.0, "y": 3.0},), ({"x": 1.0, "y": 0.0},), scale=3.0)
    close(found["x"], 12 * 12 + 3 * 3)


# ---------------------------------------------------------------- arguments and results


@pytest.mark.parametrize(
    "x, dtype",
    [
        (3.0, "float64"),
        (np.float64(3), "float64"),
        (np.float32(3), "float32"),
        (np.float16(3), "float16"),
        (np.array(3.0), "float64"),
        (np.array(3.0, np.float32), "float32"),
        (tf.constant(3.0), "float32"),
        (tf.constant(3.0, "float64"), "float64"),
        (tf.Variable(3.0), "float32"),
    ],
)
@pytest.mark.parametrize(
    "transform",
    [
        grad,
        jacrev,
        jacfwd,
        jacobian,
        elementwise_grad,
        lambda f: lambda x: value_and_grad(f)(x)[1],
        lambda f: lambda x: vjp(f, x)[1](1.0)[0],
        lambda f: lambda x: jvp(f, (x,), (1.0,))[1],
        lambda f: lambda x: linearize(f, x)[1](1.0),
        lambda f: lambda x: hvp(lambda y: y**3 / 3, (x,), (1.0,)),
        lambda f: lambda x: ggn_vp(lambda y: 6**0.5 * y, (x,), (1.0,)),
    ],
)
def test_a_scalar_of_any_kind(transform, x, dtype):
    """The function is called with a tensor of this dtype, and the derivative is one."""
    seen = []

    def f(x):
        seen.append(x)
        return x * x

    found = transform(f)(x)
    assert type(found) is tf.Tensor and found.dtype.name == dtype and tuple(found.shape) == ()
    np.testing.assert_allclose(found.numpy(), 6, rtol=2e-3 if dtype == "float16" else 1e-6)
    for s in seen:
        assert type(s) is tf.Tensor and s.dtype.name == dtype


def test_a_python_float_is_float64_whatever_the_default(float64_by_default):
    def check():
        x = 0.1  # not a float32
        assert grad(lambda x: x * x)(x).numpy() == 0.2
        assert grad(tf.multiply)(1.0, x).numpy() == 0.1  # handed on, and taken up in float64

    check()
    assert grad(lambda x, y: tf.exp(y) * x)(1.0, 0.1).numpy() == np.exp(0.1)
    tf.set_default_float("float32")
    check()


def test_objects_with_an_array_protocol():
    class Mine:
        def __array__(self, dtype=None, copy=None):
            return np.array([1.0, 2.0])

    close(grad(lambda x: tf.reduce_sum(x * x))(Mine()), np.array([2, 4]))


STRUCTURES = [
    [1.0, 2.0],
    (1.0, (2.0,)),
    {"b": 2.0, "a": 1.0},
    Point(1.0, 2.0),
    Weights(1.0, 2.0),
    {"one": [np.array([1.0]), Point(np.array([[2.0]]), {})]},
]


def first_and_last(s):
    leaves = tf.nest.flatten(s)
    return tf.reduce_sum(leaves[0]), tf.reduce_sum(leaves[-1])


def squares(s):
    a, b = first_and_last(s)
    return a * a * b * b * b


def packed(s, *values):
    """A structure like another one with these numbers, in the shapes of its leaves."""
    leaves = tf.nest.flatten(s)
    return tf.nest.pack_sequence_as(s, [np.full(np.shape(x), v) for x, v in zip(leaves, values)])


@pytest.mark.parametrize("s", STRUCTURES, ids=lambda s: type(s).__name__)
def test_structures_of_arguments(s):
    # a²b³ at (1, 2): the gradient is (2ab³, 3a²b²), the Hessian [[2b³, 6ab²], [6ab², 6a²b]].
    flat = tf.nest.flatten(s)
    if float(np.sum(flat[0])) == 2:  # the keys of a dict are sorted
        s = tf.nest.pack_sequence_as(s, flat[::-1])
    wanted = packed(s, 16, 12)
    unit = packed(s, 1, 10)
    close(grad(squares)(s), wanted)
    close(value_and_grad(squares)(s), (8.0, wanted))
    close(vjp(squares, s)[1](1.0), (wanted,))
    close(jvp(squares, (s,), (unit,)), (8.0, 16 + 120))
    close(linearize(squares, s)[1](unit), 16 + 120)
    close(hvp(squares, (s,), (unit,)), packed(s, 16 + 240, 24 + 120))
    for transform in JACOBIANS:
        close(transform(squares)(s), wanted)
    found = hessian(squares)(s)
    numbers = [float(np.sum(x)) for x in tf.nest.flatten(found)]
    assert numbers == [16, 24, 24, 12]
    assert type(found) is type(s)


@pytest.mark.parametrize("s", STRUCTURES, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("transform", JACOBIANS)
def test_structures_of_results(transform, s):
    """The structure of the argument in each place of that of the result."""

    def f(x, y):
        return tf.nest.map_structure(lambda c: c * x * y, s)

    flat = [np.asarray(x) for x in tf.nest.flatten(s)]
    close(transform(f)(2.0, 3.0), tf.nest.pack_sequence_as(s, [3 * x for x in flat]))
    found = transform(f, argnums=(0, 1))(2.0, 3.0)
    close(found, tf.nest.pack_sequence_as(s, [(3 * x, 2 * x) for x in flat]))


def test_structures_of_results_of_products():
    def f(x):
        return {"square": x * x, "others": [x, (2.0, tf.constant([1, 2]))]}

    y, pull = vjp(f, 3.0)
    assert float(y["square"]) == 9 and y["others"][1][1].dtype == tf.int32
    zeros = np.zeros(2, np.int32)
    close(pull({"square": 1.0, "others": [10.0, (1.0, zeros)]}), (16.0,))
    close(pull({"square": 1.0, "others": (10.0, [None, None])}), (16.0,))
    close(pull({"square": None, "others": [1.0, (None, None)]}), (1.0,))
    wanted = {"square": 6.0, "others": [1.0, (0.0, zeros)]}
    close(jvp(f, (3.0,), (1.0,))[1], wanted)
    close(linearize(f, 3.0)[1](1.0), wanted)


def test_none_in_structures():
    weights = {"a": 3.0, "b": None, "c": [None, 2.0]}

    def f(w, x=None):
        assert w["b"] is None and w["c"][0] is None
        return w["a"] ** 2 * w["c"][1]

    wanted = {"a": 12, "b": None, "c": [None, 9]}
    unit = {"a": 1.0, "b": None, "c": [None, 10.0]}

    def same(found, wanted):
        close(without_none(found), without_none(wanted))

    def without_none(s):
        return tf.nest.map_structure(lambda x: () if x is None else x, s)

    for transform in (grad, *JACOBIANS):
        same(transform(f)(weights), wanted)
    same(grad(f, (0, 1))(weights, None), (wanted, None))
    same(vjp(f, weights, None)[1](1.0), (wanted, None))
    close(jvp(f, (weights, None), (unit, None))[1], 12 + 90)
    close(linearize(f, weights)[1](unit), 12 + 90)
    same(hvp(f, (weights,), (unit,)), {"a": 4 + 60, "b": None, "c": [None, 6]})
    same(hessian(f)(weights)["a"], {"a": 4, "b": None, "c": [None, 6]})
    assert hessian(f)(weights)["b"] is None
    # In results.
    y, pull = vjp(lambda x: (x * x, None, [None]), 3.0)
    same(y, (9, None, [None]))
    close(pull((1.0, None, [None])), (6,))
    same(jvp(lambda x: (x * x, None), (3.0,), (1.0,))[1], (6, None))
    same(jacobian(lambda x: (None, x * x))(3.0), (None, 6))


def test_argnums():
    def f(x, y, z):
        return x * y**2 * z**3

    point = 2.0, 3.0, 5.0
    by_x, by_y, by_z = 9.0 * 125, 2 * 2 * 3.0 * 125, 3 * 2 * 9.0 * 25
    for transform in (grad, elementwise_grad, *JACOBIANS):
        close(transform(f)(*point), by_x)
        close(transform(f, 1)(*point), by_y)
        close(transform(f, argnums=-1)(*point), by_z)
        close(transform(f, argnums=(0,))(*point), (by_x,))
        close(transform(f, argnums=(2, 0))(*point), (by_z, by_x))
        close(transform(f, argnums=[0, -2])(*point), (by_x, by_y))
        close(transform(f, argnums=np.int64(1))(*point), by_y)
    close(hessian(f, 1)(*point), 2 * 2 * 125.0)
    found = hessian(f, (0, 2))(*point)
    close(found, ((0, 3 * 9 * 25.0), (3 * 9 * 25.0, 6 * 2 * 9 * 5.0)))
    pull, _ = make_vjp(f, 1)(*point)
    close(pull(2.0), 2 * by_y)
    close(make_jvp(f, (0, 2))(*point)((1.0, 10.0))[1], by_x + 10 * by_z)
    close(make_hvp(f, (0, 2))(*point)[0]((1.0, 0.0)), (0, 675))


def test_what_is_not_differentiated_is_handed_on_as_it_is():
    seen = []

    def f(x, *others, **named):
        seen.append((others, named))
        return x * x

    array, name = np.arange(3), "text"
    for transform in (grad, value_and_grad, elementwise_grad, hessian, *JACOBIANS):
        transform(f)(3.0, array, None, 7, key=name, other=array)
    vjp(f, 3.0, key=name, other=array)
    linearize(f, 3.0, key=name, other=array)
    jvp(f, (3.0,), (1.0,), key=name, other=array)
    hvp(f, (3.0,), (1.0,), key=name, other=array)
    ggn_vp(f, (3.0,), (1.0,), key=name, other=array)
    for make in (make_vjp, make_jvp, make_hvp, make_ggnvp):
        make(f)(3.0, array, None, 7, key=name, other=array)
    for others, named in seen:
        assert not others or (others[0] is array and others[1:] == (None, 7))
        assert named["key"] is name and named["other"] is array
    assert len(seen) == 16


def test_has_aux():
    aux = object()

    def f(x, y=1.0):
        return x * x * y, aux

    assert grad(f, has_aux=True)(3.0)[1] is aux
    close(grad(f, has_aux=True)(3.0, y=2.0)[0], 12.0)
    (value, handed), gradient = value_and_grad(f, has_aux=True)(3.0)
    close((value, gradient), (9.0, 6.0))
    assert handed is aux
    for transform in (*JACOBIANS, lambda f, **k: lambda x: hessian(f, **k)(x)):
        found, handed = transform(f, has_aux=True)(3.0)
        assert handed is aux and float(found) in (6, 2)
    value, pull, handed = vjp(f, 3.0, has_aux=True)
    close(pull(1.0), (6.0,))
    assert handed is aux
    value, tangent, handed = jvp(f, (3.0,), (1.0,), has_aux=True)
    close((value, tangent), (9.0, 6.0))
    assert handed is aux
    value, push, handed = linearize(f, 3.0, has_aux=True)
    close(push(1.0), 6.0)
    assert handed is aux


def test_tensors_in_aux_can_be_used_in_outer_derivatives():
    def inner(x):
        return x**2, x**3

    def outer(x):
        slope, cube = grad(inner, has_aux=True)(x)
        return slope * cube  # 2x⁴

    close(grad(outer)(3.0), 8 * 27.0)


def test_what_the_function_does_not_depend_on_has_derivative_zero():
    def f(x, y):
        return tf.reduce_sum(y * y)

    x, y = np.ones((2, 3)), np.ones(2)
    close(grad(f)(x, y), np.zeros((2, 3)))
    close(grad(f, (0, 1))(x, y), (np.zeros((2, 3)), 2 * y))
    close(grad(lambda x: 1.0)(x), np.zeros((2, 3)))
    close(grad(lambda x: tf.constant(1.0))(x), np.zeros((2, 3)))
    close(hessian(f)(x, y), np.zeros((2, 3, 2, 3)))
    for transform in JACOBIANS:
        close(transform(lambda x: tf.ones(4, "float64"))(x), np.zeros((4, 2, 3)))
    close(vjp(f, x, y)[1](1.0), (np.zeros((2, 3)), 2 * y))
    close(vjp(lambda x: (1, 2.0), x)[1]((None, 1.0)), (np.zeros((2, 3)),))
    close(jvp(f, (x, y), (x, 0 * y))[1], 0.0)
    close(jvp(lambda x: 2.0, (x,), (x,)), (2.0, 0.0))
    close(hvp(f, (x, y), (x, y)), (np.zeros((2, 3)), 2 * y))


def test_the_identity():
    for transform in (grad, *JACOBIANS):
        close(transform(lambda x: x)(3.0), 1.0)
    for transform in JACOBIANS:
        close(transform(lambda x: x)(X4), np.eye(4))
    close(vjp(lambda x: (x, x), X4)[1]((V4, V4)), (2 * V4,))
    close(jvp(lambda x: x, (X4,), (V4,)), (X4, V4))


def test_no_arguments_and_empty_structures():
    y, pull = vjp(lambda: tf.constant(1.0))
    assert pull(1.0) == () and float(y) == 1
    assert jvp(lambda: 2.0, (), ())[0].numpy() == 2
    assert grad(lambda x: 1.0)({}) == {}
    assert jacrev(lambda x: [])(1.0) == []


def test_decorated_functions_keep_their_names():
    @grad
    def some_name(x, factor=2):
        """Text."""
        return x * factor

    assert some_name.__name__ == "some_name" and some_name.__doc__ == "Text."
    assert float(some_name(1.0, factor=3)) == 3
    assert float(grad(functools.partial(tf.multiply, 3.0))(1.0)) == 3

    class Callable:
        def __call__(self, x):
            return x * x

        def method(self, x):
            return x * x * x

    assert float(grad(Callable())(3.0)) == 6
    assert float(grad(Callable().method)(1.0)) == 3


def test_gradients_of_gathered_rows_are_dense():
    table = np.arange(12.0).reshape(6, 2)

    def f(x):
        return tf.reduce_sum(tf.gather(x, [1, 4, 1]) ** 3)

    counts = np.array([0, 2, 0, 0, 1, 0])[:, None]
    close(grad(f)(table), 3 * table**2 * counts)
    close(vjp(f, table)[1](1.0), (3 * table**2 * counts,))
    close(hvp(f, (table,), (np.ones((6, 2)),)), 6 * table * counts)
    wanted = np.diag((6 * table * counts).ravel()).reshape(6, 2, 6, 2)
    close(hessian(f)(table), wanted)
    close(jacfwd(grad(f))(table), wanted)


def test_a_variable_is_an_argument_like_any_other():
    v = tf.Variable([1.0, 2.0])
    close(grad(lambda x: tf.reduce_sum(x * x))(v), np.array([2, 4]))
    # The one that the function reads is a constant.
    close(grad(lambda x: tf.reduce_sum(x * v * v))(v), np.array([1, 4]))
    close(hessian(lambda x: tf.reduce_sum(x * v * x))(v), np.diag([2, 4]))
    close(jvp(lambda x: x * v, (v,), (tf.ones(2),))[1], np.array([1, 2]))


def test_a_variable_assigned_in_between_does_not_change_a_derivative():
    v = tf.Variable(3.0)
    _, pull = vjp(lambda x: x * x * v, v)
    _, push = linearize(lambda x: x * x * v, v)
    v.assign(100.0)
    close(pull(1.0), (18.0,))
    close(push(1.0), 18.0)


# ---------------------------------------------------------------- cheaper direction


@pytest.mark.parametrize("inputs, outputs, mode", [(1, 9, "f"), (3, 3, "r"), (9, 1, "r")])
def test_jacobian_takes_the_cheaper_direction(monkeypatch, inputs, outputs, mode):
    used = []
    for name in ("rows", "columns"):
        method = getattr(Trace, name)
        monkeypatch.setattr(
            Trace,
            name,
            lambda *a, method=method, name=name, **k: used.append(name) or method(*a, **k),
        )
    c = np.random.default_rng(0).normal(size=(outputs, inputs))
    close(jacobian(lambda x: tf.tensordot(c, x, 1))(np.ones(inputs)), c)
    assert used == [{"f": "columns", "r": "rows"}[mode]]


def test_the_function_runs_once():
    calls = []

    def f(x):
        calls.append(x)
        return tf.stack([x[0] * x[1], x[0], x[1], x[0] ** 2, x[1] ** 3, x[0], x[1], x[0], x[0]])

    for transform in JACOBIANS:
        transform(f)(np.array([1.0, 2.0]))
    y, pull = vjp(f, np.array([1.0, 2.0]))
    z, push = linearize(f, np.array([1.0, 2.0]))
    for _ in range(3):
        pull(tf.ones_like(y))
        push(np.ones(2))
    assert len(calls) == 5


@pytest.mark.parametrize("inner, outer", [("float32", "float64"), ("float64", "float32")])
def test_the_dtype_of_jacobians(inner, outer):
    x = np.ones(2, inner)

    def tall(x):
        return tf.cast(tf.concat([x] * 8, 0), outer)

    assert jacrev(tall)(x).dtype.name == inner
    assert jacfwd(tall)(x).dtype.name == outer
    # Whatever the direction.
    assert jacobian(tall)(x).dtype.name == jacobian(lambda x: tf.cast(x, outer))(x).dtype == inner


# ---------------------------------------------------------------- composition

SCALAR_DERIVATIVES = {
    "grad": grad,
    "value_and_grad": lambda f: lambda x: value_and_grad(f)(x)[1],
    "vjp": lambda f: lambda x: vjp(f, x)[1](1.0)[0],
    "jvp": lambda f: lambda x: jvp(f, (x,), (1.0,))[1],
    "linearize": lambda f: lambda x: linearize(f, x)[1](1.0),
    "jacrev": jacrev,
    "jacfwd": jacfwd,
    "jacobian": jacobian,
    "elementwise_grad": elementwise_grad,
    "make_vjp": lambda f: lambda x: make_vjp(f)(x)[0](1.0),
    "make_jvp": lambda f: lambda x: make_jvp(f)(x)(1.0)[1],
    "checkpoint": lambda f: grad(func.checkpoint(f)),
    "tape": lambda f: lambda x: by_tape(f, x),
    "accumulator": lambda f: lambda x: by_accumulator(f, x),
}
SECOND_DERIVATIVES = {
    "hessian": hessian,
    "hvp": lambda f: lambda x: hvp(f, (x,), (1.0,)),
    "make_hvp": lambda f: lambda x: make_hvp(f)(x)[0](1.0),
}


def by_tape(f, x):
    x = tf.identity(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return tape.gradient(y, x, unconnected_gradients="zero")


def by_accumulator(f, x):
    x = tf.identity(x)
    with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
        y = f(x)
    return accumulator.jvp(y, "zero")


@pytest.mark.parametrize("first", SCALAR_DERIVATIVES)
@pytest.mark.parametrize("second", SCALAR_DERIVATIVES)
def test_three_in_any_order(first, second):
    x = tf.constant(0.7, "float64")
    for third in SCALAR_DERIVATIVES:
        f = wave
        for order, name in enumerate((first, second, third), 1):
            f = SCALAR_DERIVATIVES[name](f)
            np.testing.assert_allclose(f(x).numpy(), wave_derivative(order, 0.7), rtol=1e-12)


@pytest.mark.parametrize("second", SECOND_DERIVATIVES)
@pytest.mark.parametrize("first", SCALAR_DERIVATIVES)
def test_second_derivatives_of_and_in_others(first, second):
    x = tf.constant(0.7, "float64")
    one, two = SCALAR_DERIVATIVES[first], SECOND_DERIVATIVES[second]
    for f in (one(two(wave)), two(one(wave))):
        np.testing.assert_allclose(f(x).numpy(), wave_derivative(3, 0.7), rtol=1e-12)
    for f in (two(two(wave)), one(two(one(wave))), one(one(two(wave)))):
        np.testing.assert_allclose(f(x).numpy(), wave_derivative(4, 0.7), rtol=1e-12)


@pytest.mark.parametrize(
    "name", ["grad", "jvp", "linearize", "vjp", "jacrev", "jacfwd", "elementwise_grad"]
)
def test_to_depth_eight(name):
    f = wave
    for _ in range(8):
        f = SCALAR_DERIVATIVES[name](f)
    np.testing.assert_allclose(f(0.7).numpy(), wave_derivative(8, 0.7), rtol=1e-10)


@pytest.mark.parametrize("outer", JACOBIANS)
@pytest.mark.parametrize("inner", JACOBIANS)
def test_jacobians_of_jacobians(inner, outer):
    second = outer(inner(layer))(X4)
    close(second, differences(jacrev(layer), X4), rtol=1e-6, atol=1e-8)
    third = jacrev(outer(inner(layer)))(X4).numpy()
    np.testing.assert_allclose(third, jacfwd(outer(inner(layer)))(X4).numpy(), atol=1e-12)
    for axes in itertools.permutations((1, 2, 3)):  # derivatives commute
        np.testing.assert_allclose(third, third.transpose(0, *axes), atol=1e-12)


def test_products_of_products():
    """Of J the derivative along w, from the left and from the right."""
    w = V4[::-1].copy()
    h = hessian(layer)(X4).numpy()
    u = np.array([1.0, -1.0, 2.0])
    along = jvp(lambda x: jvp(layer, (x,), (V4,))[1], (X4,), (w,))[1]
    close(along, h @ w @ V4)
    close(jvp(lambda x: linearize(layer, x)[1](V4), (X4,), (w,))[1], h @ w @ V4)
    close(vjp(lambda x: jvp(layer, (x,), (V4,))[1], X4)[1](u), (np.einsum("o,oij,j", u, h, V4),))
    close(jvp(lambda x: vjp(layer, x)[1](u)[0], (X4,), (w,))[1], np.einsum("o,oij,j", u, h, w))
    close(vjp(lambda x: vjp(layer, x)[1](u)[0], X4)[1](w), (np.einsum("o,oij,j", u, h, w),))
    close(
        jacrev(lambda x: ggn_vp(layer, (x,), (V4,)))(X4),
        differences(lambda x: ggn_vp(layer, (x,), (V4,)), X4),
        rtol=1e-6,
        atol=1e-7,
    )
    close(
        jacfwd(lambda x: hvp(energy, (x,), (V4,)))(X4),
        differences(lambda x: hvp(energy, (x,), (V4,)), X4),
        rtol=1e-6,
        atol=1e-7,
    )


def test_products_are_linear_functions_with_derivatives():
    u = np.array([1.0, -1.0, 2.0])
    _, pull = vjp(layer, X4)
    j = jacrev(layer)(X4).numpy()
    for transform in JACOBIANS:
        close(transform(lambda u: pull(u)[0])(u), j.T)
        close(transform(linearize(layer, X4)[1])(V4), j)
        close(transform(lambda v: jvp(layer, (X4,), (v,))[1])(V4), j)
        close(transform(lambda v: hvp(energy, (X4,), (v,)))(V4), hessian(energy)(X4).numpy())
        close(transform(lambda v: ggn_vp(layer, (X4,), (v,)))(V4), j.T @ j)
    close(grad(lambda u: tf.reduce_sum(pull(u)[0] ** 2))(u), 2 * j @ j.T @ u)


def test_derivatives_by_what_a_closure_was_made_of():
    """The function that vjp or linearize returned depends on the point as well."""

    def by_vjp(x):
        y, pull = vjp(lambda z: z**3, x)
        return pull(y)[0]  # 3x⁵

    def by_linearize(x):
        y, push = linearize(lambda z: z**3, x)
        return push(y)

    for f in (by_vjp, by_linearize):
        for name, derivative in SCALAR_DERIVATIVES.items():
            np.testing.assert_allclose(derivative(f)(2.0).numpy(), 15 * 16.0, err_msg=name)


# ---------------------------------------------------------------- perturbation confusion


def both(f):
    """Every way to differentiate a function of one scalar."""
    return [derivative(f) for derivative in SCALAR_DERIVATIVES.values()]


@pytest.mark.parametrize("inner", SCALAR_DERIVATIVES)
@pytest.mark.parametrize("outer", SCALAR_DERIVATIVES)
def test_nested_derivatives_do_not_mix(outer, inner):
    d, e = SCALAR_DERIVATIVES[outer], SCALAR_DERIVATIVES[inner]
    x = tf.constant(3.0, "float64")
    # d/dx (x · d/dy (x + y) at y = 1) = 1: the example of Siskind and Pearlmutter.
    one = tf.constant(1.0, "float64")
    assert float(d(lambda x: x * e(lambda y: x + y)(one))(x)) == 1
    # The inner one at the very tensor of the outer: d/dy xy = x, d/dx of that 1.
    assert float(d(lambda x: e(lambda y: x * y)(x))(x)) == 1
    # d/dx (x · (d/dy y²x at y = x)) = d/dx 2x³
    assert float(d(lambda x: x * e(lambda y: y * y * x)(x))(x)) == 54
    # What is closed over is a constant to the inner one alone.
    assert float(d(lambda x: e(lambda y: x**2)(x) + x)(x)) == 1
    assert float(d(lambda x: e(lambda y: y**2)(x) * x)(x)) == 12


@pytest.mark.parametrize("transform", SCALAR_DERIVATIVES)
def test_the_same_tensor_inside_and_out(transform):
    """The argument is a copy: a tensor that the function closes over is a constant."""
    x = tf.constant(3.0, "float64")
    assert float(SCALAR_DERIVATIVES[transform](lambda y: x * y)(x)) == 3
    v = tf.Variable(3.0, dtype="float64")
    if transform != "tape":
        assert float(SCALAR_DERIVATIVES[transform](lambda y: v * y)(v)) == 3


@pytest.mark.parametrize("transform", SCALAR_DERIVATIVES)
def test_one_tensor_as_two_arguments(transform):
    x = tf.constant(3.0, "float64")
    d = SCALAR_DERIVATIVES[transform]
    assert float(d(lambda y: tf.multiply(y, x))(x)) == 3
    assert float(d(lambda y: grad(tf.multiply)(y, y))(x)) == 1
    assert float(d(lambda y: jvp(tf.multiply, (y, y), (1.0, 1.0))[1])(x)) == 2
    close(grad(lambda x, y: x * x * y, (0, 1))(x, x), (18, 9))
    close(vjp(tf.multiply, x, x)[1](1.0), (3, 3))


def test_an_inner_function_called_with_a_tensor_of_the_outer():
    """Curried functions: d/dx d/dy of x²y³ at various depths of closures."""

    def f(x):
        def g(y):
            return grad(lambda z: (x * z) ** 2 * y**3)(y)  # 2x²y⁴

        return grad(g)(x)  # 8x² y³ at y = x: 8x⁵

    close(grad(f)(2.0), 40 * 16.0)
    close(jacfwd(jacfwd(f))(2.0), 160 * 8.0)


def test_tangents_that_depend_on_the_point():
    # The derivative of x², along x itself: 2x², so 4x.
    for d in both(lambda x: jvp(lambda y: y * y, (x,), (x,))[1]):
        assert float(d(3.0)) == 12
    for d in both(lambda x: vjp(lambda y: y * y, x)[1](x)[0]):
        assert float(d(3.0)) == 12
    for d in both(lambda x: linearize(lambda y: y * y, x)[1](x)):
        assert float(d(3.0)) == 12
    for d in both(lambda x: hvp(lambda y: y**3, (x,), (x,))):
        assert float(d(3.0)) == 36
    for d in both(lambda x: ggn_vp(lambda y: y * y, (x,), (x,), lambda z: z**3)):  # 24x⁵
        assert float(d(2.0)) == 120 * 16


# ---------------------------------------------------------------- tapes and accumulators around


def test_an_outer_tape_sees_the_derivative():
    x, w = tf.constant(2.0), tf.Variable(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        slope = grad(lambda y: y**3 * w * x)(x)  # 3x³w
    close(tape.gradient(slope, [x, w]), [9 * 4 * 3, 24])


def test_an_outer_tape_sees_through_a_variable_as_argument():
    w = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        slope = grad(lambda y: y**3)(w)
    close(tape.gradient(slope, w), 12)


def test_a_persistent_tape_that_is_paused():
    x = tf.constant(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        a = grad(lambda y: y**3)(x)
        with tape.stop_recording():
            b = grad(lambda y: y**3)(x)
        c = hvp(lambda y: y**4, (x,), (x,))  # 12x³
    close(tape.gradient(a, x), 12)
    assert tape.gradient(b, x) is None
    close(tape.gradient(c, x), 36 * 4)


def test_an_outer_tape_that_is_reset_in_the_function():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)

        def f(y):
            z = y * y
            tape.reset()
            return z * y

        close(grad(f)(x), 27)


def test_an_outer_accumulator_sees_the_derivative():
    x = tf.constant(2.0)
    with tf.autodiff.ForwardAccumulator(x, tf.constant(10.0)) as accumulator:
        slope = grad(lambda y: y**3)(x)
        column = jacfwd(lambda y: y**3 * x)(x)  # 3x³
        product = hvp(lambda y: y**4, (x,), (1.0,))
    close(accumulator.jvp(slope), 120)
    close(accumulator.jvp(column), 9 * 4 * 10)
    close(accumulator.jvp(product), 24 * 2 * 10)


def test_a_tape_inside_of_the_function():
    def f(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x**4
        return tape.gradient(y, x)

    close(grad(f)(2.0), 48)
    close(jacfwd(f)(2.0), 48)
    close(hessian(f)(2.0), 48)


def test_a_closure_used_under_another_tape():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y, pull = vjp(lambda z: z * z, x)
    with tf.GradientTape() as other:
        g = tf.constant(5.0)
        other.watch(g)
        found = pull(g)[0]
    close(found, 30)
    close(other.gradient(found, g), 6)
    close(tape.gradient(y, x), 6)


def test_an_exception_leaves_no_tape_open():
    class Mine(Exception):
        pass

    def f(x):
        x * x
        raise Mine

    transforms = [grad, value_and_grad, hessian, elementwise_grad, *JACOBIANS]
    calls = [functools.partial(t(f), 1.0) for t in transforms]
    calls += [lambda: vjp(f, 1.0), lambda: linearize(f, 1.0), lambda: jvp(f, (1.0,), (1.0,))]
    calls += [lambda: hvp(f, (1.0,), (1.0,)), lambda: ggn_vp(f, (1.0,), (1.0,))]
    for call in calls:
        with pytest.raises(Mine):
            call()
        assert tf._core.set_tapes_aside() == []

    def handled(x):
        try:
            grad(f)(x)
        except Mine:
            pass
        return x * x

    close(grad(handled)(3.0), 6)


def test_an_error_in_a_closure_can_be_mended():
    _, pull = vjp(lambda x: x * x, X4)
    with pytest.raises(ValueError):
        pull(np.ones(3))
    close(pull(np.ones(4)), (2 * X4,))


def test_closures_keep_their_records_and_let_go_of_them():
    kept = []

    def f(x):
        y = x * x
        kept.append(weakref.ref(y))
        return tf.sin(y)

    for make in (lambda: vjp(f, X4)[1], lambda: linearize(f, X4)[1], lambda: make_jvp(f)(X4)):
        closure = make()
        closure(np.ones(4))
        closure = weakref.ref(closure)
        gc.collect()
        assert closure() is None
        assert kept.pop()() is None


def test_a_closure_outlives_the_tape_around_it():
    for x in (tf.constant(3.0), tf.constant([3.0])):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y, pull = vjp(lambda z: z**3, x)
            _, push = linearize(lambda z: z**3, x)
        np.testing.assert_allclose(tape.gradient(y, x).numpy(), 27 * tf.ones_like(x))
        np.testing.assert_allclose(pull(tf.ones_like(x))[0].numpy(), 27 * tf.ones_like(x))
        np.testing.assert_allclose(push(tf.ones_like(x)).numpy(), 27 * tf.ones_like(x))


def test_many_closures_at_once():
    pulls = [vjp(lambda x, k=k: x**k, 2.0)[1] for k in range(1, 6)]
    for _ in range(2):
        assert [float(p(1.0)[0]) for p in pulls] == [k * 2.0 ** (k - 1) for k in range(1, 6)]


def test_recursion():
    def power(x, n):
        return x if n == 1 else x * grad(lambda y: y * power(x, n - 1))(x)

    close(power(tf.constant(2.0), 6), 64)
    close(grad(lambda x: power(x, 6))(2.0), 6 * 32.0)


def test_threads():
    """Each has tapes of its own."""
    wanted = hessian(energy)(X4).numpy()
    failed = []

    def work(k):
        for _ in range(20):
            found = hessian(energy)(X4).numpy()
            pushed = jvp(grad(energy), (X4,), (V4,))[1].numpy()
            if not (np.allclose(found, wanted) and np.allclose(pushed, wanted @ V4)):
                failed.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failed


# ---------------------------------------------------------------- complex numbers


Z = np.array([0.3 + 0.4j, -1.2 + 0.5j])


def test_the_gradient_of_a_real_function_is_the_conjugate():
    """As of GradientTape: the direction of steepest ascent."""
    close(
        grad(lambda z: tf.reduce_sum(tf.math.real(z) ** 2 + 3 * tf.math.imag(z)))(Z),
        2 * Z.real + 3j,
    )
    close(grad(lambda z: tf.math.real(z * z))(1 + 2j), 2 - 4j)
    value, gradient = value_and_grad(lambda z: tf.abs(z) ** 2)(3 + 4j)
    close((value, gradient), (25, 6 + 8j), rtol=1e-12)


def test_holomorphic():
    f = tf.exp
    close(grad(f, holomorphic=True)(0.3 + 0.4j), np.exp(0.3 + 0.4j))
    for transform in JACOBIANS:
        close(transform(f, holomorphic=True)(Z), np.diag(np.exp(Z)))
        close(
            transform(lambda z: tf.concat([z] * 9, 0) ** 2, holomorphic=True)(Z),
            np.concatenate([np.diag(2 * Z)] * 9),
        )
    close(hessian(lambda z: z**4, holomorphic=True)(0.3 + 0.4j), 12 * (0.3 + 0.4j) ** 2)
    value, slope = value_and_grad(f, holomorphic=True)(0.3 + 0.4j)
    close(value, slope.numpy())


def test_complex_products():
    c = np.array([[1 + 1j, 2.0], [0.5j, -1j]])

    def f(z):
        return tf.tensordot(c, z, 1)

    v = np.array([1j, 2.0])
    close(jvp(f, (Z,), (v,))[1], c @ v)
    close(linearize(f, Z)[1](v), c @ v)
    close(vjp(f, Z)[1](v), (c.conj().T @ v,))
    close(
        hvp(lambda z: tf.math.real(z) ** 2 * tf.math.imag(z), (2 + 3j,), (1 + 10j,)),
        (2 * 3 * 1 + 2 * 2 * 10) + 1j * (2 * 2 * 1),
    )


def test_real_to_complex():
    def f(x):
        return tf.complex(tf.cos(x), tf.sin(x))

    for transform in (jacfwd, jacobian):
        close(transform(f)(0.3), 1j * np.exp(0.3j))
    close(jvp(f, (0.3,), (1.0,))[1], 1j * np.exp(0.3j))
    for transform in (jacrev, grad, hessian, elementwise_grad):
        with pytest.raises(TypeError, match="real-valued outputs.*complex128"):
            transform(f)(0.3)


def test_complex_arguments_that_are_refused():
    for transform in (jacfwd, hessian):
        with pytest.raises(TypeError, match="real-valued.*holomorphic"):
            transform(tf.square)(1j)
    with pytest.raises(TypeError, match="real-valued outputs.*holomorphic"):
        jacobian(tf.square)(1j)
    with pytest.raises(TypeError, match="real-valued outputs"):
        grad(tf.square)(1j)
    for transform in (grad, hessian, *JACOBIANS):
        with pytest.raises(TypeError, match="holomorphic=True requires complex arguments.*float64"):
            transform(tf.square, holomorphic=True)(1.0)
    with pytest.raises(TypeError, match="holomorphic=True requires complex outputs"):
        grad(tf.abs, holomorphic=True)(1j)


# ---------------------------------------------------------------- errors

EVERY = {
    "grad": lambda f, x: grad(f)(x),
    "value_and_grad": lambda f, x: value_and_grad(f)(x),
    "elementwise_grad": lambda f, x: elementwise_grad(f)(x),
    "jacrev": lambda f, x: jacrev(f)(x),
    "jacfwd": lambda f, x: jacfwd(f)(x),
    "jacobian": lambda f, x: jacobian(f)(x),
    "hessian": lambda f, x: hessian(f)(x),
    "vjp": lambda f, x: vjp(f, x),
    "jvp": lambda f, x: jvp(f, (x,), (1.0,)),
    "linearize": lambda f, x: linearize(f, x),
    "hvp": lambda f, x: hvp(f, (x,), (1.0,)),
    "ggn_vp": lambda f, x: ggn_vp(f, (x,), (1.0,)),
    "make_vjp": lambda f, x: make_vjp(f)(x),
    "make_jvp": lambda f, x: make_jvp(f)(x),
    "make_hvp": lambda f, x: make_hvp(f)(x),
    "make_ggnvp": lambda f, x: make_ggnvp(f)(x),
}


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(
    "x, text",
    [
        (3, "the int 3"),
        (True, "the bool True"),
        (np.int32(3), "int32"),
        (np.array([1, 2]), "int64"),
        (tf.constant(3), "int32"),
        (tf.constant(True), "bool"),
        (tf.Variable(3), "int32"),
        ([1.0, 2], "the int 2"),
        ({"a": np.arange(3)}, "int64"),
    ],
)
def test_integers_have_no_derivative(name, x, text):
    with pytest.raises(TypeError, match=f"{name} takes derivatives by floats.*{text}.*argnums"):
        EVERY[name](lambda x: 1.0, x)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("x", [None, "text", object(), {1.0, 2.0}, np.array(["a"])])
def test_arguments_that_are_no_numbers(name, x):
    if x is None and name in ("vjp", "jvp", "linearize"):
        return  # None in the tuple of primals
    with pytest.raises(TypeError, match=f"{name} takes derivatives by"):
        EVERY[name](lambda x: 1.0, x)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("y", [None, "text", object(), (y for y in ()), {1.0}, [1.0, "text"]])
def test_functions_that_return_no_tensors(name, y):
    with pytest.raises(TypeError, match="must return a tensor, a number or a nested structure"):
        EVERY[name](lambda x: y, 1.0)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(
    "f", [lambda x: x.numpy(), lambda x: (x * x).numpy(), lambda x: [x, np.ones(3)]]
)
def test_functions_that_leave_the_tensors(name, f):
    with pytest.raises(TypeError, match="returned a NumPy .* no derivative flows"):
        EVERY[name](f, 1.0)


@pytest.mark.parametrize("name", EVERY)
def test_what_is_no_function(name):
    with pytest.raises(TypeError, match=f"{name} needs a function, not 3"):
        EVERY[name](3, 1.0)


@pytest.mark.parametrize("name", ["grad", "value_and_grad", "hvp", "make_hvp"])
def test_gradients_are_of_scalars(name):
    with pytest.raises(TypeError, match=r"only defined for scalar-output.*shape: \(2, 1\)"):
        EVERY[name](lambda x: x * tf.ones((2, 1), "float64"), 1.0)
    with pytest.raises(
        TypeError, match=r"only defined for scalar-output functions. Output was: \["
    ):
        EVERY[name](lambda x: [x, x], 1.0)


def test_elementwise_grad_is_of_one_tensor():
    with pytest.raises(TypeError, match="one tensor"):
        elementwise_grad(lambda x: [x, x])(1.0)


@pytest.mark.parametrize(
    "name", ["grad", "elementwise_grad", "hessian", "ggn_vp", "jacrev", "jacfwd"]
)
def test_integer_outputs_have_no_derivative(name):
    with pytest.raises(TypeError, match=f"{name} requires real-valued outputs.*int32"):
        EVERY[name](lambda x: 1, 1.0)


@pytest.mark.parametrize("transform", [grad, value_and_grad, hessian, *JACOBIANS])
def test_arguments_that_are_not_there(transform):
    name = transform.__name__
    for argnums in (1, -2, (0, 1)):
        with pytest.raises(
            TypeError, match=f"{name}: argnums=.* more positional arguments.*the 1 "
        ):
            transform(tf.square, argnums)(1.0)
    with pytest.raises(TypeError, match="the 0 of"):
        transform(tf.square)(x=1.0)
    with pytest.raises(ValueError, match="names an argument twice"):
        transform(tf.multiply, (0, -2))(1.0, 2.0)
    with pytest.raises(TypeError, match="argnums must be an integer"):
        transform(tf.multiply, "x")(1.0, 2.0)
    with pytest.raises(TypeError, match="argnums must be an integer"):
        transform(tf.multiply, (0, None))(1.0, 2.0)


@pytest.mark.parametrize("transform", [grad, value_and_grad, hessian, *JACOBIANS])
def test_aux_that_is_no_pair(transform):
    for y in (1.0, (1.0,), (1.0, 2.0, 3.0)):
        with pytest.raises(TypeError, match="has_aux=True.*pair"):
            transform(lambda x, y=y: y, has_aux=True)(1.0)


def test_tangents_that_do_not_fit():
    x32 = tf.ones(2)
    takers = {
        "jvp": lambda x, v: jvp(tf.square, (x,), (v,)),
        "linearize": lambda x, v: linearize(tf.square, x)[1](v),
        "hvp": lambda x, v: hvp(tf.reduce_sum, (x,), (v,)),
        "ggn_vp": lambda x, v: ggn_vp(tf.square, (x,), (v,)),
        "make_jvp": lambda x, v: make_jvp(tf.square)(x)(v),
        "make_hvp": lambda x, v: make_hvp(tf.reduce_sum)(x)[0](v),
        "make_ggnvp": lambda x, v: make_ggnvp(tf.square)(x)(v),
    }
    for name, take in takers.items():
        with pytest.raises(ValueError, match=rf"{name}: a tangent has shape \(3,\) where \(2,\)"):
            take(x32, np.ones(3))
        with pytest.raises(ValueError, match=rf"{name}: a tangent has shape \(\)"):
            take(x32, 1.0)
        with pytest.raises(TypeError, match=f"{name}: a tangent has dtype float64 where float32"):
            take(x32, tf.ones(2, "float64"))
        with pytest.raises(
            TypeError, match=f"{name}: a tangent has dtype complex128 where float32"
        ):
            take(x32, np.array([1j, 2]))
        with pytest.raises(TypeError, match=f"{name}: a tangent must be a tensor, not 'text'"):
            take(x32, "text")
        with pytest.raises(ValueError, match=f"{name}: the tangents have another structure"):
            take(x32, [1.0, 2.0])
        take(x32, np.ones(2))  # arrays and numbers get the dtype
        take(x32, np.ones(2, int))
        take(x32, None)


def test_cotangents_that_do_not_fit():
    for name, pull in (
        ("vjp", vjp(tf.square, tf.ones(2))[1]),
        ("make_vjp", make_vjp(tf.square)(tf.ones(2))[0]),
    ):
        with pytest.raises(ValueError, match=rf"{name}: a cotangent has shape \(3,\)"):
            pull(np.ones(3))
        with pytest.raises(TypeError, match=f"{name}: a cotangent has dtype float64"):
            pull(tf.ones(2, "float64"))
        with pytest.raises(ValueError, match=f"{name}: the cotangents have another structure"):
            pull([tf.ones(2)])
        pull(np.ones(2))


def test_numbers_of_tangents():
    with pytest.raises(ValueError, match="jvp: the tangents have another structure"):
        jvp(tf.multiply, (1.0, 2.0), (1.0,))
    with pytest.raises(TypeError, match="linearize: 1 tangents for 2 arguments"):
        linearize(tf.multiply, 1.0, 2.0)[1](1.0)
    for f in (jvp, hvp, ggn_vp):
        with pytest.raises(TypeError, match=f"{f.__name__}: the primals must be a tuple or a list"):
            f(tf.square, 1.0, (1.0,))
        with pytest.raises(
            TypeError, match=f"{f.__name__}: the tangents must be a tuple or a list"
        ):
            f(tf.square, (1.0,), 1.0)
        f(tf.square, [1.0], [1.0])


# ---------------------------------------------------------------- primitive


def exponential():
    """exp, with a VJP made of tensors."""
    exp = func.primitive(np.exp)
    func.defvjp(exp, lambda ans, x: lambda g: g * ans)
    return exp


def test_a_primitive_gets_arrays():
    seen = []

    @func.primitive
    def f(x, y, extra, *, key):
        seen.append((x, y, extra, key))
        return np.dot(x, x) * y

    y = f(tf.constant([1.0, 2.0]), tf.constant(3.0), "text", key=[tf.constant([4.0])])
    assert type(y) is tf.Tensor and y.dtype.name == "float32" and float(y) == 15
    (x, y, extra, key), *_ = seen
    assert type(x) is np.ndarray and not x.flags.writeable
    assert type(y) is np.float32 and extra == "text" and type(key[0]) is np.ndarray
    assert f.__name__ == "f"
    # Without tensors it is the function itself.
    assert type(f(np.ones(2), 3.0, None, key=[])) is np.float64
    assert f(tf.Variable([1.0, 2.0]), 1.0, None, key=None).numpy() == 5


def test_what_a_primitive_may_return():
    f = func.primitive(lambda x: {"float": 0.1, "int": 3, "array": [x, (np.ones(2),)]})
    y = f(tf.constant(1.0))
    assert y["float"].numpy() == 0.1 and y["int"].dtype == tf.int32
    assert y["array"][0].dtype == tf.float32 and y["array"][1][0].dtype == tf.float64
    with pytest.raises(TypeError, match="primitive <lambda> must return arrays or numbers"):
        func.primitive(lambda x: None)(tf.constant(1.0))


def test_derivatives_of_a_primitive():
    exp = exponential()
    x = tf.constant(0.7, "float64")
    wanted = np.exp(0.7)
    close(exp(x), wanted)
    for derivative in SCALAR_DERIVATIVES.values():
        close(derivative(exp)(x), wanted)
        for other in SCALAR_DERIVATIVES.values():
            close(other(derivative(exp))(x), wanted)
    for derivative in SECOND_DERIVATIVES.values():
        close(derivative(exp)(x), wanted)
    for transform in JACOBIANS:
        close(transform(exp)(X4), np.diag(np.exp(X4)))
    func.check_grads(exp, order=3)(X4)


def test_a_primitive_of_several_arguments():
    power = func.primitive(np.power)
    func.defvjp(
        power,
        lambda ans, x, n: lambda g: g * n * x ** (n - 1),
        lambda ans, x, n: lambda g: g * ans * tf.math.log(x),
    )
    close(grad(power, (0, 1))(3.0, 2.0), (6, 9 * np.log(3)))
    close(grad(power, 1)(np.float64(3), 2.0), 9 * np.log(3))
    close(grad(lambda x: power(x, x))(2.0), 4 * (1 + np.log(2)))
    func.check_grads(power, (0, 1), order=3)(1.3, 2.1)


def test_argnums_of_a_rule():
    f = func.primitive(lambda a, x, b, y: x * y)
    func.defvjp(
        f,
        lambda ans, a, x, b, y: lambda g: g * y,
        lambda ans, a, x, b, y: lambda g: g * x,
        argnums=(1, 3),
    )
    close(grad(f, (1, 3))("a", 2.0, None, 5.0), (5, 2))


def test_a_primitive_of_structures():
    @func.primitive
    def f(xs, scale=1.0):
        return [xs["a"] * xs["b"] * scale, xs["a"]]

    def pull(ans, xs, scale=1.0):
        return lambda g: {"a": g[0] * xs["b"] * scale + g[1], "b": g[0] * xs["a"] * scale}

    func.defvjp(f, pull)
    xs = {"a": 2.0, "b": 3.0}
    close(vjp(f, xs, scale=10.0)[1]([1.0, 100.0]), ({"a": 130, "b": 20},))
    close(jvp(f, (xs,), ({"a": 1.0, "b": 0.0},))[1], [3, 1])
    func.check_grads(f)(xs)


def test_an_argument_that_is_partly_constant():
    f = func.primitive(lambda xs: xs[0] * xs[1])
    func.defvjp(f, lambda ans, xs: lambda g: [g * xs[1], g * xs[0]])
    close(grad(lambda x: f([x, 3.0]))(2.0), 3)
    close(grad(lambda x: f([np.float64(3), x]))(2.0), 3)


def test_rules_that_are_none():
    f = func.primitive(lambda x, y: x * np.sign(y))
    func.defvjp(f, lambda ans, x, y: lambda g: g * tf.sign(y), None)
    close(grad(f, (0, 1))(2.0, -3.0), (-1, 0))
    g = func.primitive(lambda x, y: x * np.sign(y))
    func.defjvp(g, lambda g, ans, x, y: g * tf.sign(y), None)
    close(grad(g, (0, 1))(2.0, -3.0), (-1, 0))


def test_a_primitive_of_a_variable():
    v = tf.Variable(3.0)
    f = func.primitive(lambda x: x * x)
    func.defvjp(f, lambda ans, x: lambda g: 2 * x * g)
    with tf.GradientTape() as tape:
        y = f(v)
    v.assign(100.0)
    close(tape.gradient(y, v), 6)


def test_a_rule_for_tangents_alone():
    """It is transposed for cotangents."""
    f = func.primitive(lambda x, y: np.sin(x) * y)
    func.defjvp(
        f,
        lambda g, ans, x, y: g * tf.cos(x) * y,
        lambda g, ans, x, y: tf.sin(x) * g,
    )
    x, y = 0.7, 3.0
    close(grad(f, (0, 1))(x, y), (3 * np.cos(x), np.sin(x)))
    close(hessian(f)(x, y), -3 * np.sin(x))
    close(jvp(f, (x, y), (1.0, 10.0))[1], 3 * np.cos(x) + 10 * np.sin(x))
    func.check_grads(f, (0, 1), order=3)(x, y)
    func.check_grads(f, (0, 1))(X4, V4)


def test_a_rule_that_computes_with_arrays():
    """Right for the first derivative; an error, not zero, for the second."""
    f = func.primitive(np.sin)
    func.defvjp(f, lambda ans, x: lambda g: g.numpy() * np.cos(x.numpy()))
    close(grad(f)(0.7), np.cos(0.7))
    with pytest.raises(NotImplementedError, match="VJP of the primitive sin.*NumPy array"):
        jacfwd(f)(0.7)
    tall = lambda x: tf.concat([tf.reshape(f(x), [1])] * 9, 0)  # noqa: E731
    close(jacobian(tall)(0.7), np.full(9, np.cos(0.7)))  # in reverse mode then
    for second in (hessian, lambda f: grad(grad(f)), lambda f: jacfwd(grad(f))):
        with pytest.raises(NotImplementedError, match="VJP of the primitive sin.*NumPy array"):
            second(f)(0.7)


def test_a_rule_may_return_numbers():
    f = func.primitive(lambda x: 1.0 + 0 * x)
    func.defvjp(f, lambda ans, x: lambda g: 0)
    close(grad(f)(0.7), 0)
    close(hessian(f)(0.7), 0)


def test_a_rule_may_return_another_float_dtype():
    f = func.primitive(lambda x: np.float32(2) * x)
    func.defvjp(f, lambda ans, x: lambda g: 2 * tf.cast(g, "float64"))
    assert grad(f)(tf.constant(3.0)).dtype == tf.float32


def test_a_primitive_whose_derivative_is_unknown():
    f = func.primitive(lambda x, y: x * y)
    func.defvjp(f, lambda ans, x, y: lambda g: g * y)
    close(grad(f)(2.0, 3.0), 3)
    with pytest.raises(NotImplementedError, match="VJP of <lambda> wrt argnum 1 not defined"):
        grad(f, 1)(2.0, 3.0)
    with pytest.raises(NotImplementedError, match="no derivative by a keyword argument .y."):
        grad(lambda y: f(2.0, y=y))(3.0)
    g = func.primitive(lambda x: 2 * x)
    func.defjvp(g, "same")
    with pytest.raises(NotImplementedError, match="VJP of <lambda> wrt argnum 0 not defined"):
        grad(g)(3.0)
    h = func.primitive(lambda x: 2 * x)
    func.defjvp(h, lambda g, ans, x: 2 * g.numpy())
    with pytest.raises(NotImplementedError, match="JVP of the primitive .* did not return tensors"):
        grad(h)(3.0)


@pytest.mark.parametrize(
    "rule, text",
    [
        (lambda g: tf.ones(3), r"wrt argnum 0 has shape \(3,\)"),
        (lambda g: np.ones(3), r"wrt argnum 0 has shape \(3,\)"),
        (lambda g: [g, g], "returned 2 tensors for an argument of 1"),
        (lambda g: tf.complex(g, g), "dtype complex128"),
    ],
)
def test_a_rule_that_returns_something_wrong(rule, text):
    f = func.primitive(lambda x: x)
    func.defvjp(f, lambda ans, x: rule)
    with pytest.raises(ValueError, match=f"the VJP of the primitive <lambda>.*{text}"):
        grad(lambda x: tf.reduce_sum(f(x)))(np.ones(2))


def test_a_rule_that_raises():
    class Mine(Exception):
        pass

    def pull(ans, x):
        raise Mine("from the rule")

    f = func.primitive(lambda x: x)
    func.defvjp(f, pull)
    with pytest.raises(Mine, match="from the rule"):
        grad(f)(1.0)
    func.defvjp(f, lambda ans, x: lambda g: g)  # the last definition counts
    close(grad(f)(1.0), 1)


def test_definitions_that_are_wrong():
    for define in (func.defvjp, func.defjvp):
        with pytest.raises(
            TypeError, match=f"{define.__name__} needs a function made by `primitive`"
        ):
            define(np.sin, None)
        with pytest.raises(TypeError, match=f"{define.__name__} of .*must be callable, not 3"):
            define(func.primitive(np.sin), 3)
    with pytest.raises(TypeError, match="must be callable, not 'same'"):
        func.defvjp(func.primitive(np.sin), "same")
    with pytest.raises(TypeError, match="primitive needs a function, not 3"):
        func.primitive(3)


def test_a_primitive_in_a_checkpoint_and_a_checkpoint_in_a_primitive_rule():
    exp = exponential()
    close(grad(func.checkpoint(lambda x: exp(x) * x))(0.7), 1.7 * np.exp(0.7))
    f = func.primitive(np.sin)
    func.defvjp(f, lambda ans, x: lambda g: func.checkpoint(lambda g, x: g * tf.cos(x))(g, x))
    close(hessian(f)(0.7), -np.sin(0.7))


# ---------------------------------------------------------------- primitive: rules for tangents


def test_forward_mode_takes_the_rule_for_tangents():
    f = func.primitive(np.sin)
    func.defvjp(f, lambda ans, x: lambda g: g * tf.cos(x))
    func.defjvp(f, lambda g, ans, x: 3 * g)  # wrong, so that it can be told from the other
    close(jvp(f, (0.7,), (1.0,))[1], 3)
    close(linearize(f, 0.7)[1](2.0), 6)
    close(jacfwd(f)(0.7), 3)
    close(grad(f)(0.7), np.cos(0.7))
    with pytest.raises(AssertionError, match="the jvp of sin"):
        func.check_grads(f, modes=["fwd"], order=1)(0.7)
    func.check_grads(f, modes=["rev"], order=1)(0.7)


def test_both_rules_may_compute_with_arrays():
    f = func.primitive(np.sin)
    func.defvjp(f, lambda ans, x: lambda g: g.numpy() * np.cos(x.numpy()))
    func.defjvp(f, lambda g, ans, x: g.numpy() * np.cos(x.numpy()))
    close(grad(f)(0.7), np.cos(0.7))
    close(jvp(f, (0.7,), (2.0,))[1], 2 * np.cos(0.7))
    for second in (
        jacfwd(jacfwd(f)),
        grad(lambda x: jvp(f, (x,), (1.0,))[1]),
        lambda x: jvp(lambda v: jvp(f, (x,), (v,))[1], (x,), (1.0,)),
    ):
        with pytest.raises(NotImplementedError, match="JVP of the primitive sin.*NumPy array"):
            second(0.7)


def test_a_primitive_that_is_linear():
    f = func.primitive(lambda x, y: np.cumsum(x) * y)
    func.defjvp(f, "same", "same")
    close(jvp(f, (X4, 2.0), (V4, 10.0))[1], 2 * np.cumsum(V4) + 10 * np.cumsum(X4))
    close(jacfwd(f, 1)(X4, 2.0), np.cumsum(X4))
    close(jacfwd(f)(X4, 2.0), 2 * np.tril(np.ones((4, 4))))
    func.check_grads(f, (0, 1), modes=["fwd"], order=3)(X4, 2.0)


def test_tangents_of_structures():
    f = func.primitive(lambda xs, y: {"a": xs[0] * xs[1] * y, "b": [np.sin(xs[0]), 3]})
    func.defjvp(
        f,
        lambda g, ans, xs, y: {
            "a": (g[0] * xs[1] + xs[0] * g[1]) * y,
            "b": [g[0] * tf.cos(xs[0]), 0],
        },
        None,
    )
    found = jvp(lambda x, y: f([x, 5.0], y), (0.7, 2.0), (1.0, 1.0))[1]
    close(found, {"a": 10, "b": [np.cos(0.7), 0]})
    close(grad(lambda x: f([5.0, x], 2.0)["a"])(0.7), 10)
    found = jvp(lambda x: f([x, x], 2.0), (0.7,), (1.0,))[1]
    close(found, {"a": 4 * 0.7, "b": [np.cos(0.7), 0]})
    # Without a rule for all that has a tangent, the other one serves.
    g = func.primitive(lambda x, y: x * y)
    func.defvjp(g, lambda ans, x, y: lambda g: g * y, lambda ans, x, y: lambda g: g * x)
    func.defjvp(g, lambda g, ans, x, y: g * y)
    close(jvp(g, (2.0, 3.0), (1.0, 10.0))[1], 23)


@pytest.mark.parametrize(
    "rule, text",
    [
        (lambda g: tf.ones(3), r"wrt argnum 0 has shape \(3,\)"),
        (lambda g: np.ones(3), r"wrt argnum 0 has shape \(3,\)"),
        (lambda g: [g, g], "returned 2 tensors for a result of 1"),
        (lambda g: tf.complex(g, g), "dtype complex128"),
    ],
)
def test_a_rule_for_tangents_that_returns_something_wrong(rule, text):
    f = func.primitive(lambda x: x)
    func.defjvp(f, lambda g, ans, x: rule(g))
    with pytest.raises(ValueError, match=f"the JVP of the primitive <lambda>.*{text}"):
        jvp(f, (np.ones(2),), (np.ones(2),))


# ---------------------------------------------------------------- check_grads


@pytest.mark.parametrize("modes", [["fwd"], ["rev"], ("fwd", "rev")])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_check_grads_of_what_is_right(modes, order):
    func.check_grads(layer, modes=modes, order=order)(X4)
    func.check_grads(squares, modes=modes, order=order)({"a": 1.5, "b": 0.5})
    func.check_grads(lambda x, y: {"p": x * y, "n": 3}, (0, 1), modes, order)(1.5, X4)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
def test_check_grads_in_several_dtypes(dtype):
    x = (Z if dtype == "complex128" else X4).astype(dtype)
    func.check_grads(lambda x: tf.sin(x) * x)(x)


def test_check_grads_finds_what_is_wrong():
    def wrong(rule):
        f = func.primitive(np.sin)
        func.defvjp(f, rule)
        return f

    f = wrong(lambda ans, x: lambda g: g * tf.cos(x) * 1.0001)
    for mode in ("fwd", "rev"):
        kind = {"fwd": "jvp", "rev": "vjp"}[mode]
        with pytest.raises(AssertionError, match=f"the {kind} of sin"):
            func.check_grads(f, modes=[mode], order=1)(0.7)
    # The first derivative right, the second wrong.
    f = wrong(lambda ans, x: lambda g: g * tf.stop_gradient(tf.cos(x)))
    func.check_grads(f, order=1)(0.7)
    with pytest.raises(AssertionError, match="the vjp of the vjp of sin"):
        func.check_grads(f, modes=["rev"], order=2)(0.7)
    with pytest.raises(AssertionError, match="the jvp of the jvp of sin"):
        func.check_grads(f, modes=["fwd"], order=2)(0.7)


def test_check_grads_takes_tolerances():
    f = func.primitive(np.sin)
    func.defvjp(f, lambda ans, x: lambda g: g * tf.cos(x) * 1.001)
    func.check_grads(f, order=1, rtol=1e-2, atol=0, eps=1e-4)(0.7)
    with pytest.raises(ValueError, match="modes are 'fwd' and 'rev'"):
        func.check_grads(f, modes=["forward"])
    with pytest.raises(TypeError, match="check_grads takes derivatives by floats"):
        func.check_grads(f)(3)


# ---------------------------------------------------------------- the namespace


# ---------------------------------------------------------------- what a primitive closes over


def scaled_by(w):
    scaled = func.primitive(lambda x: x * w)
    func.defvjp(scaled, lambda ans, x: lambda g: g * w)
    return scaled


def test_a_tensor_that_a_primitive_closes_over_is_an_error_where_it_counts():
    f = lambda w, x: scaled_by(w)(x)  # noqa: E731
    close(grad(f, 1)(3.0, 2.0), 3.0)
    close(grad(f, 0)(3.0, 2.0), 2.0)  # without a tensor as argument it is the function itself
    with pytest.raises(NotImplementedError, match="<lambda> computes with a watched tensor"):
        grad(f, (0, 1))(3.0, 2.0)
    with pytest.raises(NotImplementedError, match="<lambda> computes with a watched tensor"):
        jvp(f, (3.0, 2.0), (1.0, 0.0))
    v = tf.Variable(3.0)
    x = tf.constant(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = scaled_by(v)(x)
    close(tape.gradient(y, x), 3.0)
    with pytest.raises(NotImplementedError, match="closes over"):
        tape.gradient(y, v)


def test_many_outputs_are_pushed_together():
    x = np.linspace(0.0, 1.0, 50)
    columns = jacfwd(lambda x: [a * a for a in tf.unstack(x)])(x)
    np.testing.assert_allclose(np.stack(columns), np.diag(2 * x))
    _, push = linearize(lambda x: {"a": tf.sin(x), "n": tf.cast(x, tf.int32), "b": x * x}, x)
    pushed = push(np.ones(50))
    close(pushed["a"], np.cos(x))
    close(pushed["b"], 2 * x)
    assert not pushed["n"].numpy().any()


def test_the_jacobian_of_many_numbers():
    x, w = np.linspace(0.1, 1.0, 5), tf.constant(2.0, tf.float64)

    def f(x, w):
        return {"sums": [tf.reduce_sum(x[k:]) * w for k in range(5)], "w": w * w}

    by_x, by_w = (func.jacobian(f, argnums=k)(x, w) for k in (0, 1))
    np.testing.assert_allclose(np.stack(by_x["sums"]), 2 * np.triu(np.ones((5, 5))))
    close(by_x["w"], np.zeros(5))
    np.testing.assert_allclose(np.stack(by_w["sums"]), np.cumsum(x[::-1])[::-1])
    close(by_w["w"], 4.0)
    second = func.jacobian(func.jacobian(lambda x: [x[0] ** 3, x[0] * x[1]]))(x)
    wanted = np.zeros((2, 5, 5))
    wanted[0, 0, 0] = 6 * x[0]
    wanted[1, 0, 1] = wanted[1, 1, 0] = 1
    np.testing.assert_allclose(np.stack(second), wanted)
