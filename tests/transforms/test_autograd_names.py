"""The names of HIPS autograd: functions of functions, flatten, optimizers, fixed points."""

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import extend, func, tracer
from autograd_c.misc import fixed_points, optimizers
from autograd_c.misc.flatten import flatten, flatten_func


def f(x, y, power=2):
    return tf.reduce_sum(x**power * y)


X, Y = np.array([1.0, 2.0]), np.array([3.0, 5.0])


def test_the_package_has_the_most_used_ones():
    for name in ("grad", "value_and_grad", "elementwise_grad", "jacobian", "hessian", "vjp", "jvp"):
        assert getattr(tf, name) is getattr(func, name)


@pytest.mark.parametrize(
    "name", ["grad", "value_and_grad", "elementwise_grad", "jacobian", "hessian"]
)
def test_argnum_is_another_name_of_argnums(name):
    transform = getattr(func, name)
    found, expected = transform(f, argnum=1)(X, Y), transform(f, 1)(X, Y)
    np.testing.assert_array_equal(tf.nest.flatten(found)[-1], tf.nest.flatten(expected)[-1])
    assert len(tf.nest.flatten(transform(f, argnum=(0, 1))(X, Y))) > 1
    with pytest.raises(TypeError, match="argnum"):
        transform(f, 1, argnum=1)


def test_deriv_is_along_ones():
    np.testing.assert_allclose(func.deriv(lambda x: np.sin(x) * x)(2.0), np.sin(2) + 2 * np.cos(2))
    np.testing.assert_allclose(func.deriv(tf.square)(X), 2 * X)
    np.testing.assert_allclose(func.deriv(f, 1)(X, Y, power=3), np.sum(X**3))
    assert float(func.deriv(func.deriv(lambda x: x**3))(2.0)) == 12.0


def test_holomorphic_grad():
    z = 1.0 + 2.0j
    np.testing.assert_allclose(func.holomorphic_grad(lambda z: tf.sin(z))(z), np.cos(z))
    with pytest.raises(TypeError, match="complex"):
        func.holomorphic_grad(lambda x: x)(1.0)


def test_grad_and_aux():
    g, aux = func.grad_and_aux(lambda x: (tf.reduce_sum(x * x), {"x": x}))(X)
    np.testing.assert_allclose(g, 2 * X)
    np.testing.assert_array_equal(aux["x"], X)


def test_grad_named():
    np.testing.assert_allclose(func.grad_named(f, "y")(X, Y), X**2)
    with pytest.raises(ValueError, match="'z' is none of the arguments x, y, power"):
        func.grad_named(f, "z")


def test_multigrad_dict():
    found = func.multigrad_dict(f)(X, y=Y)
    assert list(found) == ["x", "y"]  # the power is an integer
    np.testing.assert_allclose(found["x"], 2 * X * Y)
    np.testing.assert_allclose(found["y"], X**2)

    def g(*, a, b=2.0, label="text"):
        return a["u"] * b

    found = func.multigrad_dict(g)(a={"u": 3.0})
    assert float(found["a"]["u"]) == 2.0 and float(found["b"]) == 3.0 and "label" not in found


def test_tensor_products():
    def g(x):
        return tf.tensordot(tf.constant(np.arange(6.0).reshape(3, 2)), x * x, 1)

    left = np.array([1.0, -1.0, 2.0])
    jacobian = func.jacobian(g)(X).numpy()
    for name in ("tensor_jacobian_product", "vector_jacobian_product"):
        np.testing.assert_allclose(getattr(func, name)(g)(X, left), left @ jacobian)
    direction = np.array([0.5, 2.0])
    hessian = func.hessian(f)(X, Y).numpy()
    for name in ("hessian_tensor_product", "hessian_vector_product"):
        np.testing.assert_allclose(getattr(func, name)(f)(X, Y, direction), hessian @ direction)
    np.testing.assert_allclose(
        func.make_jvp_reversemode(g)(X)(direction)[1], func.make_jvp(g)(X)(direction)[1]
    )


def test_a_function_of_a_structure_as_one_of_a_vector():
    def loss(p, factor):
        return factor * tf.reduce_sum(p["a"] ** 2) + p["b"][0]

    example = {"a": np.array([[1.0, 2.0]]), "b": (3.0,)}
    of_vectors, unflatten, vector = flatten_func(loss, example)
    assert vector.shape == [3] and of_vectors(vector, 2.0).shape == [1]
    slope = func.grad(lambda v: of_vectors(v, 2.0)[0])(vector)
    np.testing.assert_array_equal(unflatten(slope)["a"], [[4.0, 8.0]])
    assert float(unflatten(slope)["b"][0]) == 1.0


def test_flatten_and_back():
    value = {"a": [X, (2.0, np.ones((2, 2)))], "b": tf.constant(1.0, tf.float64)}
    vector, unflatten = flatten(value)
    assert vector.shape == (8,) and vector.dtype == tf.float64
    back = unflatten(vector * 2)
    tf.nest.assert_same_structure(value, back)
    np.testing.assert_array_equal(back["a"][1][1], np.full((2, 2), 2.0))

    def loss(vector):
        p = unflatten(vector)
        return tf.reduce_sum(p["a"][0] * p["a"][0]) * p["b"]

    np.testing.assert_allclose(func.grad(loss)(vector), [2, 4, 0, 0, 0, 0, 0, 5])
    with pytest.raises(ValueError, match="8 elements"):
        unflatten(np.zeros(7))
    mixed, unflatten = flatten([1.0, 2j])
    assert mixed.dtype == tf.complex128 and unflatten(mixed)[0].dtype == tf.float64
    assert flatten([])[0].shape == (0,)


@pytest.mark.parametrize(
    ("name", "options"),
    [("sgd", {}), ("rmsprop", {"step_size": 0.05}), ("adam", {"num_iters": 400, "step_size": 0.1})],
)
def test_optimizers_find_the_minimum(name, options):
    target = {"w": np.array([1.0, -2.0]), "b": 0.5}
    seen = []

    def loss(p, i):
        return tf.reduce_sum((p["w"] - target["w"]) ** 2) + (p["b"] - target["b"]) ** 2

    start = {"w": np.zeros(2), "b": 0.0}
    found = getattr(optimizers, name)(
        func.grad(loss),
        start,
        callback=lambda p, i, g: seen.append((i, float(loss(p, i)))),
        **options,
    )
    assert [i for i, _ in seen] == list(range(len(seen))) and seen[-1][1] < seen[0][1]
    np.testing.assert_allclose(found["w"], target["w"], atol=0.06)
    np.testing.assert_allclose(found["b"], target["b"], atol=0.06)
    assert start["b"] == 0.0
    assert getattr(optimizers, name)(func.grad(loss), start, num_iters=0)["b"] == 0.0


def test_adam_is_that_of_the_classes():
    x0 = np.array([1.0, 2.0])
    v = tf.Variable(x0)
    optimizer = tf.optimizers.Adam(0.01, epsilon=1e-8)
    for _ in range(20):
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(tf.exp(v))
        optimizer.apply_gradients([(tape.gradient(y, v), v)])
    found = optimizers.adam(
        func.grad(lambda x, i: tf.reduce_sum(tf.exp(x))), x0, num_iters=20, step_size=0.01
    )
    np.testing.assert_allclose(found, v.numpy(), rtol=1e-6)


def close_to(x, y):
    return tf.reduce_max(abs(x - y))


def test_fixed_points():
    def newton(a):
        return lambda x: (x + a["a"] / x) / 2

    def root(a):
        start = tf.constant(np.ones(2))
        return tf.reduce_sum(fixed_points.fixed_point(newton, {"a": a}, start, close_to, 1e-13))

    a = np.array([4.0, 9.0])
    np.testing.assert_allclose(root(tf.constant(a)), 5.0)
    np.testing.assert_allclose(func.grad(root)(a), [0.25, 1 / 6])
    np.testing.assert_allclose(func.hessian(root)(a), np.diag([-1 / 32, -1 / 108]), atol=1e-12)
    with pytest.raises(ValueError, match="not converged after 5 steps"):
        fixed_points.fixed_point(
            lambda a: lambda x: x + a, 1.0, 0.0, lambda x, y: abs(x - y), 0.5, max_iter=5
        )


def test_fixed_points_have_derivatives_of_all_orders():
    """By numbers that make the iteration converge slowly, in both modes."""

    def limit(a, b):
        def step(given):
            return lambda x: given[0] * tf.cos(given[1] * x)

        return fixed_points.fixed_point(step, (a, b), 0.5, close_to, 1e-15)

    func.check_grads(limit, (0, 1), order=3)(0.8, 0.7)


def test_what_programs_print():
    seen = []

    def loss(x):
        seen.extend([x._value, tracer.getval(x), tracer.isbox(x)])
        return x * x

    assert float(func.grad(loss)(3.0)) == 6.0
    assert isinstance(seen[0], (np.ndarray, np.floating)) and seen == [3.0, 3.0, True]
    assert not tracer.isbox(np.ones(2)) and not tracer.isbox(tf.constant(1.0))
    assert tracer.getval("text") == "text" and tracer.getval(tf.Variable(2.0)) == 2.0


def test_rules_for_all_arguments():
    product = extend.primitive(lambda *x, power=1: np.prod(np.array(x), axis=0) ** power)

    def of_cotangent(k, ans, args, kwargs):
        n = kwargs.get("power", 1)
        return lambda g: g * n * ans / args[k]

    extend.defvjp_argnum(product, of_cotangent)
    extend.defjvp_argnum(product, lambda k, g, *called: of_cotangent(k, *called)(g))
    x = np.array([2.0, 3.0])
    for f in (
        lambda x: tf.reduce_sum(product(x, tf.sin(x), 2.0 * x)),
        lambda x: tf.reduce_sum(product(x, x, power=2)),
    ):
        func.check_grads(f, order=2)(x)
    assert product(2.0, 3.0) == 6.0

    linear = extend.primitive(np.matmul)
    extend.def_linear(linear)
    a, b = np.arange(4.0).reshape(2, 2), np.eye(2)
    func.check_grads(lambda a, b: linear(a, b), (0, 1), modes=["fwd"], order=1)(a, b)
    with pytest.raises(NotImplementedError, match="not defined"):
        func.grad(lambda a: tf.reduce_sum(linear(a, b)))(a)


def test_what_is_not_followed():
    seen = []

    @extend.notrace_primitive
    def order(x, reverse=False):
        """The order of the elements."""
        seen.append(type(x))
        return np.argsort(-x if reverse else x)

    x = np.array([3.0, 1.0, 2.0])
    slope = func.grad(lambda x: tf.gather(x, order(x, reverse=True))[0] ** 2)(x)
    assert slope.numpy().tolist() == [6.0, 0.0, 0.0] and seen == [np.ndarray]
    assert order.__doc__ == "The order of the elements."
    for refused in (
        lambda: extend.notrace_primitive(3),
        lambda: extend.def_linear(np.sin),
        lambda: extend.defvjp_argnum(np.sin, len),
        lambda: extend.defjvp_argnum(extend.primitive(np.sin), "same"),
    ):
        with pytest.raises(TypeError):
            refused()


def test_what_programs_import():
    """As HIPS autograd's users write it, with another name of the package."""
    import autograd_c.numpy as anp
    import autograd_c.numpy.random as npr
    import autograd_c.scipy.stats.multivariate_normal as mvn
    import autograd_c.scipy.stats.norm as norm
    from autograd_c import builtins as theirs
    from autograd_c import hessian_vector_product, make_jvp, make_vjp
    from autograd_c.extend import defjvp, defvjp, primitive
    from autograd_c.misc import flatten
    from autograd_c.misc.flatten import flatten as same
    from autograd_c.misc.optimizers import adam, sgd
    from autograd_c.scipy.special import logsumexp
    from autograd_c.test_util import check_grads

    assert flatten is same and check_grads is func.check_grads
    assert theirs.tuple is tuple and theirs.list is list and theirs.dict is dict
    assert (primitive, defvjp, defjvp) == (func.primitive, func.defvjp, func.defjvp)
    assert hessian_vector_product is func.hessian_vector_product
    assert norm is tf.scipy.stats.norm and mvn is tf.scipy.stats.multivariate_normal
    assert callable(adam) and callable(sgd) and callable(logsumexp) and npr.randn(2).shape == (2,)
    product, value = make_vjp(anp.sin)(0.0)
    assert float(value) == 0.0 and float(product(2.0)) == 2.0
    assert float(make_jvp(anp.sin)(0.0)(2.0)[1]) == 2.0


def test_rules_for_several_arguments_at_once():
    product = extend.primitive(lambda x, y: x * y)
    extend.defvjp_argnums(
        product, lambda ks, ans, args, kwargs: lambda g: (g * args[1 - k] for k in ks)
    )
    extend.defjvp_argnums(
        product, lambda ks, gs, ans, args, kwargs: sum(g * args[1 - k] for k, g in zip(ks, gs))
    )
    func.check_grads(product, (0, 1), order=2)(X, Y)
    for define in (extend.defvjp_argnums, extend.defjvp_argnums):
        with pytest.raises(TypeError, match="callable"):
            define(product, "same")
        with pytest.raises(TypeError, match="primitive"):
            define(np.sin, len)


def test_spaces_of_vectors():
    value = {"a": X, "b": (2.0, np.ones((1, 2)) * 1j)}
    space = extend.vspace(value)
    assert space.size == 2 + 1 + 4 and space.iscomplex
    assert space == extend.vspace(space.randn()) != extend.vspace(X)
    basis = list(space.standard_basis())
    assert len(basis) == space.size
    products = [[float(space.inner_prod(x, y)) for x in basis] for y in basis]
    np.testing.assert_array_equal(products, np.eye(space.size))
    twice = space.add(space.ones(), space.mut_add(None, space.ones()))
    tf.nest.map_structure(np.testing.assert_array_equal, twice, space.scalar_mul(space.ones(), 2.0))
    assert float(space.inner_prod(space.zeros(), twice)) == 0.0
    np.testing.assert_array_equal(space.covector(value)["b"][1], -1j * np.ones((1, 2)))
    vector = extend.VSpace(tf.constant(X))
    assert vector.shape == [2] and vector.ndim == 1 and vector.dtype == tf.float64
    with pytest.raises(AttributeError, match="no shape"):
        space.shape  # noqa: B018
    with pytest.raises(TypeError, match="int64"):
        extend.vspace(np.arange(3))


def test_operators_on_functions_of_several_arguments():
    from autograd_c.wrap_util import unary_to_nary

    @unary_to_nary
    def along(fun, x, v):
        return func.make_jvp(fun)(x)(v)[1]

    np.testing.assert_allclose(along(lambda x, y: x * y, 1, 2.0)(3.0, 5.0), 6.0)
    both = unary_to_nary(lambda fun, x: fun((2.0, x[1])))
    assert both(lambda x, y, z: x * y + z, (0, 2))(3.0, 5.0, 1.0) == 11.0


def test_checks_of_functions_of_one_argument():
    from autograd_c import test_util
    from autograd_c.numpy.numpy_boxes import ArrayBox

    wrong = func.primitive(np.square)
    func.defvjp(wrong, lambda ans, x: lambda g: g * x)
    for check in (test_util.check_vjp, test_util.check_jvp):
        check(tf.sin, 0.5)
        with pytest.raises(AssertionError, match="by differences"):
            check(wrong, 0.5)
    seen = []

    def power(x, n=1):
        seen.append((isinstance(x, ArrayBox), n))
        return x**n

    test_util.combo_check(power, 0, modes=["rev"], order=1)([X, 0.5], n=[2, 3])
    assert set(seen) == {(True, 2), (True, 3)}
    test_util.check_grads(lambda a, b: b * b, argnum=1)(1, 0.5)
