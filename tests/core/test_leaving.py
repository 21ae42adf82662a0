"""Tensors that become plain numbers and arrays: inside functions of tf.func, and under tapes."""

from __future__ import annotations

import bisect
import cmath
import logging
import math
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import autograd_c as tf

func = tf.func


def assigned(key, dtype="float64", shape=(2,)):
    def assign(x):
        a = np.zeros(shape, dtype)
        a[key] = x
        return a

    return assign


# By what turns a 0-d tensor into something else without being asked to.
OF_NUMBERS = {
    "float": float,
    "complex": complex,
    "math.exp": math.exp,
    "math.hypot": lambda x: math.hypot(x, 1.0),
    "math.fsum": lambda x: math.fsum([x, x]),
    "math.floor": math.floor,
    "cmath.exp": cmath.exp,
    "numpy.float64": np.float64,
    "numpy.asarray": np.asarray,
    "numpy.array": lambda x: np.array([x, x]),
    "numpy.array of objects": lambda x: np.array([x], dtype=object),
    "numpy.full": lambda x: np.full(2, x),
    "numpy.fromiter": lambda x: np.fromiter([x, x], float),
    "numpy.vectorize": lambda x: np.vectorize(lambda y: y * x)(np.ones(2)),
    "ndarray.fill": lambda x: np.zeros(2).fill(x),
    "memoryview": memoryview,
    "bytes": bytes,
    "pickle": pickle.dumps,
    "pickle, out of band": lambda x: pickle.dumps(x, 5),
    "array[0] = x": assigned(0),
    "array[:] = x": assigned(slice(None)),
    "array[[0]] = x": assigned([0]),
    "array[..., 0] = x": assigned((..., 0)),
    "array[()] = x": assigned((), shape=()),
    "float32 array[0] = x": assigned(0, "float32"),
    "complex array[0] = x": assigned(0, "complex128"),
}
OF_VECTORS = {
    "numpy.asarray": np.asarray,
    "numpy.array of its elements": lambda x: np.array([x[0], x[1]]),
    "numpy.array of a list": lambda x: np.array(list(x)),
    "numpy.vectorize": np.vectorize(lambda y: 2.0 * y),
    "memoryview": memoryview,
    "array[:] = x": assigned(slice(None)),
    "floats of a list": lambda x: [float(y) for y in x],
}
# What asks for the numbers, or loses no derivative.
ALLOWED = {
    "numpy": lambda x: x.numpy(),
    "item": lambda x: x.item(),
    "tolist": lambda x: x.tolist(),
    "stop_gradient": lambda x: float(tf.stop_gradient(x)),
    "bool": bool,
    "int": int,
    "comparison": lambda x: 1 if x > 0 else 2,
    "str": str,
    "repr": repr,
    "format": lambda x: f"{x} {x:.3f} {x!r}" + format(x, "g"),
    "%": lambda x: "%g %s" % (x, x),  # noqa: UP031
    "% of bytes": lambda x: b"%.2f" % x,
    "%=": lambda x: percent_assigned(x),
    "print": print,
    "logging": lambda x: logging.getLogger("autograd_c.test").error("%.3f", x),
    "round": round,
    "isclose": lambda x: np.isclose(x, 2.0),
    "array_repr": np.array_repr,
    "another's constant": lambda x: float(tf.constant(1.0)),
}


def percent_assigned(x):
    text = "%f"
    text %= x
    return text


def jvp(f, x):
    return func.jvp(f, (x,), (np.ones_like(x),))


TRANSFORMS = {
    "grad": lambda f, x: func.grad(f)(x),
    "value_and_grad": lambda f, x: func.value_and_grad(f)(x),
    "elementwise_grad": lambda f, x: func.elementwise_grad(f)(x),
    "vjp": lambda f, x: func.vjp(f, x),
    "jvp": jvp,
    "linearize": lambda f, x: func.linearize(f, x),
    "jacobian": lambda f, x: func.jacobian(f)(x),
    "jacrev": lambda f, x: func.jacrev(f)(x),
    "jacfwd": lambda f, x: func.jacfwd(f)(x),
    "hessian": lambda f, x: func.hessian(f)(x),
    "hvp": lambda f, x: func.hvp(f, (x,), (np.ones_like(x),)),
    "make_vjp": lambda f, x: func.make_vjp(f)(x),
    "make_jvp": lambda f, x: func.make_jvp(f)(x)(np.ones_like(x)),
    "make_hvp": lambda f, x: func.make_hvp(f)(x),
    "checkpoint": lambda f, x: func.grad(func.checkpoint(f))(x),
    "in a tape": lambda f, x: in_a_tape(func.grad(f), x),
    "around a tape": lambda f, x: func.grad(lambda x: in_a_tape(f, x))(x),
}


def in_a_tape(f, x):
    x = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return tape.gradient(y, x)


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("way", OF_NUMBERS)
def test_what_leaves_without_a_word_is_an_error_inside_a_function(way, transform):
    def f(x):
        y = x * x
        OF_NUMBERS[way](y)
        return y

    with pytest.raises(TypeError, match="derivative") as caught:
        TRANSFORMS[transform](f, np.array(2.0))
    assert any(entry.name == "f" for entry in caught.traceback)


def sequence_of(x):
    """What a tensor of integers is to C code that asks for a sequence."""
    return (
        np.zeros(tf.shape(x)).shape,
        np.ones(tf.size(x)).reshape(tf.shape(x)).shape,
        np.random.default_rng(0).normal(size=tf.shape(x)).shape,
        [int(n) for n in reversed(tf.shape(x))],
        bisect.bisect(tf.constant([0, 1, 2]), 1),
    )


def test_tensors_are_shapes_for_numpy():
    x = tf.zeros((2, 3))
    expected = ((2, 3), (2, 3), (2, 3), [3, 2], 2)
    assert sequence_of(x) == expected

    def f(v):
        for way in ("array[0] = x", "complex array[0] = x"):
            with pytest.raises((TypeError, ValueError)):  # NumPy's own, until f ends
                OF_NUMBERS[way](v[0, 0])
            assert sequence_of(v) == expected
        return tf.reduce_sum(v * v)

    func.grad(f)(x)
    assert sequence_of(x) == expected


def test_tensors_are_shapes_again_for_the_next_function_on_another_thread():
    def lose(v):
        OF_NUMBERS["array[0] = x"](v)
        return v

    def work(x):
        with pytest.raises(TypeError, match="derivative"):
            func.grad(lose)(1.0)
        return func.grad(lambda v: tf.reduce_sum(v) * np.zeros(tf.shape(v)).size)(x)

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(work, np.zeros((2, 3))).result().shape == (2, 3)


@pytest.mark.parametrize("way", OF_VECTORS)
def test_of_vectors(way):
    def f(x):
        OF_VECTORS[way](x * x)
        return tf.reduce_sum(x)

    for transform in (func.grad, func.hessian, func.jacfwd):
        with pytest.raises(TypeError, match=r"derivative .*\bx\.numpy\(\)"):
            transform(f)(np.array([1.0, 2.0]))


@pytest.mark.parametrize("way", ALLOWED)
def test_what_says_so_is_allowed(way):
    def f(x):
        ALLOWED[way](x)
        return x * x

    for transform in (func.grad, func.jacfwd):
        assert float(transform(f)(2.0)) == 4.0
    assert float(func.hessian(f)(2.0)) == 2.0


@pytest.mark.parametrize("way", OF_NUMBERS)
def test_under_a_tape_all_is_as_in_tensorflow(way):
    x = tf.constant(2.0, tf.float64)
    v = tf.Variable(2.0, dtype=tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        if way != "numpy.full":  # refused, by what it is made of: see NumPy's functions
            OF_NUMBERS[way](x)
            if way not in ("memoryview", "bytes"):
                OF_NUMBERS[way](v)
        y = x * float(x)
    assert float(tape.gradient(y, x)) == 2.0
    if way != "numpy.full":
        OF_NUMBERS[way](x)


def test_constants_of_a_function_are_no_tensors_of_its_derivative():
    z = tf.constant(3.0, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(z)
        y = z * z
        # What only the tape around knows is a constant of the function inside.
        assert float(func.grad(lambda x: x * x * float(y) + np.asarray(z))(1.0)) == 18.0
    assert float(tape.gradient(y, z)) == 6.0

    def outer(w):
        constant = func.value_and_grad(lambda x: x * x)(2.0)
        return w * float(constant[0]) * float(constant[1])

    assert float(func.grad(outer)(1.0)) == 16.0
    with pytest.raises(TypeError):
        func.grad(lambda w: w * float(func.grad(lambda x: x * x * w)(2.0)))(1.0)
    # Results are free when the function has returned, and whatever it kept.
    kept = []
    func.grad(lambda x: kept.append(x * x) or x)(2.0)
    assert float(kept[0]) == 4.0


def test_a_function_whose_derivative_is_given_may_do_what_it_likes():
    @tf.custom_gradient
    def exp(x):
        y = math.exp(x)
        return tf.constant(y, tf.float64), lambda g: g * float(np.asarray(y))

    @tf.custom_gradient
    def square(x):
        def grad(g):
            return g * tf.constant(2 * np.asarray(x)) * float(g * 0 + 1)

        return x * x, grad

    sin = func.primitive(lambda x: np.sin(x))
    func.defvjp(sin, lambda ans, x: lambda g: g * tf.cos(x))
    assert float(func.grad(exp)(1.0)) == math.e
    assert float(func.grad(square)(3.0)) == 6.0
    assert float(func.grad(func.grad(sin))(1.0)) == -math.sin(1.0)
    with pytest.raises(TypeError):  # but not outside of it
        func.grad(lambda x: float(exp(x)) * x)(1.0)
    # Nor may a function inside whose derivative is taken there.
    with pytest.raises(TypeError):
        func.grad(
            tf.custom_gradient(lambda x: (func.grad(lambda y: y * float(y))(x), lambda g: g))
        )(1.0)


def test_an_error_leaves_nothing_behind():
    for _ in range(3):
        with pytest.raises(TypeError):
            func.grad(lambda x: x * float(x))(2.0)
        assert float(func.grad(lambda x: x * x)(2.0)) == 4.0
    assert float(tf.constant(2.0) * 3) == 6.0


# ---------------------------------------------------------------- threads


def over(work, count=3):
    """A function that computes pieces on other threads."""

    def f(x):
        with ThreadPoolExecutor(2) as pool:
            return sum(pool.map(lambda k: work(x, k), range(count)))

    return f


WORK = {
    "an operation": lambda x, k: x * k,
    "a function": lambda x, k: tf.exp(x),
    "on an array": lambda x, k: tf.reduce_sum(tf.stack([x, x])),
    "float": lambda x, k: float(x),
    "asarray": lambda x, k: np.asarray(x).sum(),
    "numpy.mean": lambda x, k: np.mean(x),
    "a closure": lambda x, k: func.grad(lambda w: w * x)(3.0),
    "a tape": lambda x, k: in_a_tape(lambda x: x * x, x),
}


@pytest.mark.parametrize("work", WORK)
@pytest.mark.parametrize("transform", ["grad", "jvp", "hessian", "jacfwd", "in a tape"])
def test_work_on_another_thread_is_no_derivative_lost(work, transform):
    with pytest.raises((RuntimeError, TypeError), match="derivative"):
        TRANSFORMS[transform](over(WORK[work]), np.array(2.0))
    assert float(func.grad(lambda x: x * x)(2.0)) == 4.0


def test_other_threads_work_on_what_is_theirs():
    numbers = [float(k) for k in range(8)]
    constant = tf.constant(2.0, tf.float64)

    def f(x):
        with ThreadPoolExecutor(4) as pool:
            slopes = list(pool.map(func.grad(lambda w: w**3 * constant), numbers))
            given = list(pool.map(lambda k: k * x.numpy(), numbers))
            stopped = tf.stop_gradient(x)
            free = list(pool.map(lambda k: k * stopped, numbers))
        return x * (sum(slopes) + sum(given) + sum(free))

    expected = sum(6 * k**2 + 2 * 2 * k for k in numbers)
    assert float(func.grad(f)(2.0)) == expected


def test_many_threads_take_derivatives_at_once():
    errors = []

    def work(seed):
        try:
            a = tf.constant(np.random.default_rng(seed).normal(size=4))
            for _ in range(200):
                g = func.grad(lambda x: tf.reduce_sum(x * a * a) + a[0])(a)
                np.testing.assert_array_equal(g.numpy(), (a * a).numpy())
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not errors


# ---------------------------------------------------------------- warnings


@pytest.fixture
def warnings(caplog):
    caplog.set_level(logging.WARNING, "autograd_c")
    return lambda: caplog.records  # a list of the phase that the test is in


def test_detached_warnings_name_each_line_once(warnings):
    x = tf.constant([1.0, 2.0])
    tf.debugging.enable_detached_warnings()
    try:
        with tf.GradientTape() as tape:
            tape.watch(x)
            for _ in range(3):
                y = x * float(x[0])
                np.asarray(y)
                y.numpy(), y[0].item(), int(y[0]), str(y), bool(y[0] > 0)  # noqa: B018
            float(tf.constant(1.0))
        float(y[0])
    finally:
        tf.debugging.disable_detached_warnings()
    with tf.GradientTape() as tape:
        tape.watch(x)
        float(x[0])
    assert [r.filename for r in warnings()] == ["test_leaving.py"] * 2
    assert warnings()[1].lineno == warnings()[0].lineno + 1
    assert "a Python number is made of it" in warnings()[0].getMessage()
    assert "an array is made of it" in warnings()[1].getMessage()


def test_detached_warnings_of_a_function_of_scipy_name_the_users_line(warnings):
    linalg = pytest.importorskip("scipy.linalg")
    x = tf.constant([3.0, 4.0])
    tf.debugging.enable_detached_warnings()
    try:
        with tf.GradientTape() as tape:
            tape.watch(x)
            linalg.norm(x)
    finally:
        tf.debugging.disable_detached_warnings()
    assert [r.filename for r in warnings()] == ["test_leaving.py"]


def test_mixed_float_warnings_name_each_line_once(warnings):
    x, y = tf.constant([1.0, 2.0]), tf.constant([1.0, 2.0], tf.float64)
    tf.debugging.enable_mixed_float_warnings()
    try:
        for _ in range(2):
            x * y, x + y  # noqa: B018
            tf.where([True, False], x, y)
            tf.stack([y, x])
            tf.matmul(x[None], y[:, None])
            x * np.ones(2)
            x * 2.0, y * 2.0, x * x, y * np.ones(2), x * np.arange(2)  # noqa: B018
    finally:
        tf.debugging.disable_mixed_float_warnings()
    x * y
    first = warnings()[0].lineno
    assert [r.lineno - first for r in warnings()] == [0, 1, 2, 3, 4]
    assert "float32 meets float64" in warnings()[0].getMessage()
    assert "set_default_float" in warnings()[0].getMessage()
