"""Operations given as C functions: compiled ones, ctypes', and in capsules."""

import ctypes
import gc
import importlib.util
import shlex
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
import weakref
from pathlib import Path

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import func

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "c_operation" / "example.py"
DOUBLES = ctypes.POINTER(ctypes.c_double)
A = np.arange(1.0, 7.0).reshape(2, 3)
X = np.array([0.3, -0.2, 0.5])

SQUARE = """
#include <complex.h>
#include "autograd_c.h"
int32_t value(const void *const *in, void *out, const int64_t *d, void *u) {
    const double complex *x = in[0];
    double complex *y = out;
    for (int64_t i = 0; i < d[0]; ++i) y[i] = x[i] * x[i];
    return 0;
}
int32_t vjp(const void *const *in, const void *y, const void *g, void *const *gx,
            const int64_t *d, void *u) {
    const double complex *x = in[0], *c = g;
    double complex *o = gx[0];
    for (int64_t i = 0; o && i < d[0]; ++i) o[i] = c[i] * conj(2 * x[i]);
    return 0;
}
int32_t jvp(const void *const *in, const void *y, const void *const *t, void *out,
            const int64_t *d, void *u) {
    const double complex *x = in[0], *v = t[0];
    double complex *o = out;
    for (int64_t i = 0; i < d[0]; ++i) o[i] = v[i] * 2 * x[i];
    return 0;
}
#include <time.h>
static double wait_for(void *u) {
    volatile double *flag = u;  // to go on; that it waits
    struct timespec begin, now;
    flag[1] = 1;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (;;) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        double s = (now.tv_sec - begin.tv_sec) + 1e-9 * (now.tv_nsec - begin.tv_nsec);
        if (s > 5 || (s > 1e-3 && *flag != 0)) return *flag;
    }
}
int32_t wait_value(const void *const *in, void *out, const int64_t *d, void *u) {
    *(double *)out = wait_for(u);
    return 0;
}
int32_t wait_vjp(const void *const *in, const void *y, const void *g, void *const *gx,
                 const int64_t *d, void *u) {
    *(double *)gx[0] = wait_for(u);
    return 0;
}
int32_t wait_jvp(const void *const *in, const void *y, const void *const *t, void *out,
                 const int64_t *d, void *u) {
    *(double *)out = wait_for(u);
    return 0;
}
int32_t third(const void *const *in, void *out, const int64_t *d, void *u) {
    const float *a = in[0], *b = in[1], *c = in[2];
    for (int64_t i = 0; i < d[0]; ++i) ((float *)out)[i] = a[i] * b[i] + c[i];
    return 0;
}
int32_t third_vjp(const void *const *in, const void *y, const void *g, void *const *gx,
                  const int64_t *d, void *u) {
    const float *a = in[0], *b = in[1], *c = g;
    for (int64_t i = 0; i < d[0]; ++i) {
        if (gx[0]) ((float *)gx[0])[i] = c[i] * b[i];
        if (gx[1]) ((float *)gx[1])[i] = c[i] * a[i];
        if (gx[2]) ((float *)gx[2])[i] = c[i];
    }
    return 0;
}
"""


def compile_c(source, folder):
    """A C file as a shared library."""
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")
    if shutil.which(compiler[0]) is None:
        compiler = ["cc"]
    if shutil.which(compiler[0]) is None or sys.platform == "win32":
        pytest.skip("there is no C compiler that takes Unix options")
    library = folder / "operations.so"
    options = ["-O1", "-shared", "-fPIC", f"-I{func.get_include()}"]
    subprocess.run([*compiler, *options, str(source), "-o", str(library), "-lm"], check=True)
    return ctypes.CDLL(str(library))


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return compile_c(EXAMPLE.with_name("operations.c"), tmp_path_factory.mktemp("example"))


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    folder = tmp_path_factory.mktemp("others")
    (folder / "others.c").write_text(SQUARE)
    return compile_c(folder / "others.c", folder)


@pytest.fixture
def sine(library):
    return func.c_operation(func.COperation.in_dll(library, "sine_operation"))


@pytest.fixture
def product(library):
    return func.c_operation(func.COperation.in_dll(library, "product_operation"))


def close(x, wanted, rtol=1e-12):
    np.testing.assert_allclose(np.asarray(x), wanted, rtol=rtol, atol=1e-13)


def doubles(address):
    return ctypes.cast(address, DOUBLES)


def new_capsule(address, name, destructor):
    """A PyCapsule."""
    make = ctypes.pythonapi.PyCapsule_New
    make.restype = ctypes.py_object
    make.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    return make(address, name, destructor)


def python_operation(value=None, vjp=None, jvp=None, **keywords):
    """An operation of one number from Python functions of (x, g)."""

    def body(inputs, target, n, g=None, f=None):
        for i in range(n):
            doubles(target)[i] = f(doubles(inputs[0])[i], doubles(g)[i] if g else None)
        return 0

    functions = {}
    if value is not None:
        functions["value"] = func.COperation.Value(
            lambda inputs, output, n, _: body(inputs, output, n[0], f=value)
        )
    if vjp is not None:
        functions["vjp"] = func.COperation.VJP(
            lambda inputs, output, g, found, n, _: body(inputs, found[0], n[0], g, vjp)
        )
    if jvp is not None:
        functions["jvp"] = func.COperation.JVP(
            lambda inputs, output, t, found, n, _: body(inputs, found, n[0], t[0], jvp)
        )
    return func.c_operation(**functions, **keywords)


def cube(**keywords):
    derivative = {"vjp": lambda x, g: 3 * x * x * g} | keywords
    return python_operation(value=lambda x, _: x**3, name="cube", **derivative)


# ---------------------------------------------------------------- ways to give one


def test_the_example_runs(capsys):
    spec = importlib.util.spec_from_file_location("c_operation_example", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler")
    module.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split("[")[1] == lines[2].split("[")[1]


@pytest.mark.parametrize("way", ["structure", "pointer", "void pointer", "address", "capsule"])
def test_a_structure(library, way):
    structure = func.COperation.in_dll(library, "sine_operation")
    address = ctypes.addressof(structure)
    given = {
        "structure": structure,
        "pointer": ctypes.pointer(structure),
        "void pointer": ctypes.c_void_p(address),
        "address": address,
        "capsule": new_capsule(address, b"autograd_c_operation", None),
    }[way]
    f = func.c_operation(given)
    close(f(0.3), np.sin(0.3))
    close(func.grad(f)(0.3), np.cos(0.3))
    assert f.__name__ == "sine" and "()->()" in f.__doc__


def test_functions_one_by_one(others):
    class Compiled:  # as numba.cfunc makes them
        def __init__(self, function):
            self.address = ctypes.cast(function, ctypes.c_void_p).value

    value, vjp = Compiled(others.value), Compiled(others.vjp)
    ways = [
        (others.value, others.vjp),
        (value, vjp),
        (value.address, vjp.address),
        (new_capsule(value.address, b"any name", None), new_capsule(vjp.address, None, None)),
    ]
    for v, d in ways:
        f = func.c_operation(value=v, vjp=d, dtype="complex128")
        close(f(1 + 2j), (1 + 2j) ** 2)


# ---------------------------------------------------------------- values and derivatives


def test_numbers_and_arrays_of_any_layout(sine):
    close(sine(0.3), np.sin(0.3))
    assert sine(0.3).dtype == tf.float64 and sine(0.3).shape == []
    for x in (X, X[::-2], np.zeros((0, 3)), np.ones((2, 1, 2)).T, np.array(0.3)):
        close(sine(x), np.sin(x))
        gradient = func.grad(lambda x: tf.reduce_sum(sine(x) * 2.0))(x)
        close(gradient, 2 * np.cos(x))
    close(sine(tf.Variable(X)), np.sin(X))
    close(sine([1, 2]), np.sin([1, 2]))
    close(sine(tf.constant([1.5])), np.sin([1.5]))  # float32 is cast


def test_in_the_middle_of_other_operations(sine):
    def f(x):
        return tf.reduce_sum(tf.exp(sine(x * x) + x) * sine(x))

    def g(x):
        return tf.reduce_sum(tf.exp(tf.sin(x * x) + x) * tf.sin(x))

    for x in (np.float64(0.4), X, X.reshape(3, 1) + X):
        close(func.grad(f)(x), func.grad(g)(x))
        close(func.jvp(f, (x,), (x,))[1], func.jvp(g, (x,), (x,))[1])


def test_a_long_chain_of_numbers(sine):
    def derivative(f):
        x = tf.constant(0.7, dtype="float64")
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            for _ in range(5000):
                y = f(y) * 1.01
        return tape.gradient(y, x)

    close(derivative(sine), derivative(tf.sin))


def test_a_signature_with_extents(product):
    close(product(A, X), A @ X)
    value = lambda a, x: tf.reduce_sum(product(a, x) ** 2)  # noqa: E731
    same = lambda a, x: tf.reduce_sum(tf.einsum("...ij,...j->...i", a, x) ** 2)  # noqa: E731
    for k in (0, 1, (0, 1)):
        for ours, theirs in zip(
            tf.nest.flatten(func.grad(value, argnums=k)(A, X)),
            tf.nest.flatten(func.grad(same, argnums=k)(A, X)),
        ):
            close(ours, theirs)
    close(func.jvp(product, (A, X), (A * 2, X))[1], 3 * A @ X)
    close(func.jvp(lambda x: product(A, x), (X,), (X,))[1], A @ X)


def test_problems_are_broadcast(product):
    a = np.random.default_rng(0).standard_normal((4, 1, 2, 3))
    x = np.random.default_rng(1).standard_normal((5, 3))
    close(product(a, x), np.einsum("abij,bj->abi", np.broadcast_to(a, (4, 5, 2, 3)), x))
    weights = np.random.default_rng(2).standard_normal((4, 5, 2))
    ours = func.grad(lambda a, x: tf.reduce_sum(product(a, x) * weights), argnums=(0, 1))(a, x)
    theirs = func.grad(
        lambda a, x: tf.reduce_sum(tf.einsum("...ij,...j->...i", a, x) * weights), argnums=(0, 1)
    )(a, x)
    for g, h in zip(ours, theirs):
        close(g, h)


def test_jacobians(sine, product):
    f = lambda x: product(A, sine(x))  # noqa: E731
    jacobian = A * np.cos(X)
    for way in (func.jacrev, func.jacfwd, func.jacobian):
        close(way(f)(X), jacobian)
    with tf.GradientTape() as tape:
        x = tf.constant(np.stack([X, 2 * X]))
        tape.watch(x)
        y = product(A, sine(x))
    close(tape.batch_jacobian(y, x), A * np.cos(np.stack([X, 2 * X]))[:, None, :])


def test_several_inputs_and_float32(others):
    f = func.c_operation(
        value=others.third,
        vjp=others.third_vjp,
        signature="(),(),()->()",
        dtype=tf.float32,
        name="third",
    )
    a, b, c = tf.constant([1.0, 2.0]), tf.constant(3.0), tf.constant([[4.0], [5.0]])
    close(f(a, b, c), np.array([1, 2]) * 3 + np.array([[4], [5]]))
    with tf.GradientTape() as tape:
        tape.watch([a, b, c])
        y = f(a, b, c)
    ga, gb, gc = tape.gradient(y, [a, b, c])
    close(ga, [6, 6])
    close(gb, 6)
    close(gc, [[2], [2]])
    x = tf.constant(2.0)
    with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as accumulator:
        y = f(x, x, 1.0)
    close(accumulator.jvp(y), 4)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"\[third\] input 1 has dtype float64"
    ):
        f(a, np.ones(2), c)


def test_complex(others):
    z = np.array([1 + 2j, -0.5j])
    direction = np.array([0.3, 1 - 1j])
    for given in ({"vjp": others.vjp}, {"jvp": others.jvp}):
        f = func.c_operation(value=others.value, dtype="complex128", **given)
        for x, t in ((z, direction), (z[0], direction[0])):
            with tf.GradientTape() as tape:
                x = tf.constant(x)
                tape.watch(x)
                y = f(x)
            close(tape.gradient(y, x, t), t * np.conj(2 * x.numpy()))
            with tf.autodiff.ForwardAccumulator(x, tf.constant(t)) as accumulator:
                y = f(x)
            close(accumulator.jvp(y), t * 2 * x.numpy())


def test_one_derivative_is_enough_for_numbers():
    for f in (cube(), cube(vjp=None, jvp=lambda x, t: 3 * x * x * t)):
        for x in (np.float64(0.5), X):
            close(func.grad(lambda x, f=f: tf.reduce_sum(f(x)))(x), 3 * x**2)
            close(func.jvp(f, (x,), (x,))[1], 3 * x**3)
    two = func.COperation.Value(lambda inputs, output, n, _: product_of_two(inputs, output, n[0]))
    pushed = func.COperation.JVP(two_pushed)
    f = func.c_operation(value=two, jvp=pushed, signature="(),()->()")
    close(func.grad(f, argnums=(0, 1))(2.0, 5.0), [5, 2])
    close(func.jacrev(lambda x: f(x, x))(X), np.diag(2 * X))


def product_of_two(inputs, output, n):
    for i in range(n):
        doubles(output)[i] = doubles(inputs[0])[i] * doubles(inputs[1])[i]
    return 0


def two_pushed(inputs, output, tangents, tangent, dimensions, _):
    for i in range(dimensions[0]):
        total = 0.0
        for k in range(2):
            if tangents[k]:
                total += doubles(tangents[k])[i] * doubles(inputs[1 - k])[i]
        doubles(tangent)[i] = total
    return 0


def test_inside_a_custom_gradient_it_has_all_derivatives(sine):
    cosine = python_operation(value=lambda x, _: np.cos(x), vjp=lambda x, g: -np.sin(x) * g)

    @tf.custom_gradient
    def f(x):
        return sine(x), lambda g: g * cosine(x)

    close(func.grad(func.grad(f))(0.4), -np.sin(0.4))


def test_persistent_nested_and_paused_tapes(sine):
    x = tf.constant(X)
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = sine(x)
            with inner.stop_recording():
                z = sine(y)
        assert inner.gradient(z, x) is None
    close(outer.gradient(y, x), np.cos(X))
    close(outer.gradient(z, x), np.cos(np.sin(X)) * np.cos(X))
    close(outer.gradient(z, x), np.cos(np.sin(X)) * np.cos(X))


# ---------------------------------------------------------------- right or an error


def test_what_is_not_written_is_nan(others):
    def nothing(*arguments):
        return 0

    value, vjp = func.COperation.Value(nothing), func.COperation.VJP(nothing)
    for dtype in ("float32", "float64", "complex64", "complex128"):
        f = func.c_operation(value=value, vjp=vjp, dtype=dtype)
        for x in (tf.cast(1.0, dtype), tf.cast([1.0, 2.0], dtype)):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = f(x)
            assert np.all(np.isnan(y.numpy()))
            assert np.all(np.isnan(tape.gradient(y, x).numpy()))


def test_a_python_function_that_raises_gives_nan_or_an_error():
    def fail(x, g):
        raise ArithmeticError("of its own")

    with Unraisable() as seen:
        close(cube(vjp=fail)(2.0), 8)
        try:  # what ctypes returns then is not defined
            gradient = func.grad(cube(vjp=fail))(2.0)
        except tf.errors.UnknownError:
            gradient = np.nan
        assert np.isnan(np.asarray(gradient))
    assert "of its own" in str(seen[0].exc_value)


class Unraisable:
    """Collects what would be printed as an exception that was ignored."""

    def __enter__(self):
        self.before, seen = sys.unraisablehook, []
        sys.unraisablehook = seen.append
        return seen

    def __exit__(self, *_):
        sys.unraisablehook = self.before


def test_a_function_that_fails_is_an_error_and_the_tape_stays(library):
    scale = np.array(2.0)
    f = func.c_operation(
        value=func.COperation.in_dll(library, "product_operation").value,
        vjp=func.COperation.in_dll(library, "product_operation").vjp,
        signature="(m,n),(n)->(m)",
        name="product",
        user_data=scale,
    )
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(A, x)
    scale[...] = np.nan
    with pytest.raises(tf.errors.UnknownError, match=r"\[product\].*`vjp` failed: it returned 8"):
        tape.gradient(y, x)
    with pytest.raises(tf.errors.UnknownError, match=r"\[product\].*`value` failed: it returned 7"):
        f(A, x)
    scale[...] = 2
    close(tape.gradient(y, x), 2 * A.sum(0))


def test_a_failure_of_numbers_keeps_the_tape():
    state = {"fail": True}

    def vjp(inputs, output, g, found, n, _):
        doubles(found[0])[0] = 5.0
        return -3 if state["fail"] else 0

    value = func.COperation.Value(lambda inputs, output, n, _: 0)
    f = func.c_operation(value=value, vjp=func.COperation.VJP(vjp), name="flaky")
    x = tf.constant(2.0, dtype="float64")
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    with pytest.raises(tf.errors.UnknownError, match="returned -3"):
        tape.gradient(y, x)
    state["fail"] = False
    close(tape.gradient(y, x), 5)


def test_missing_derivatives(product, library):
    value = func.COperation.in_dll(library, "product_operation").value
    scale = ctypes.c_double(1.0)
    f = func.c_operation(value=value, signature="(m,n),(n)->(m)", name="bare", user_data=scale)
    close(f(A, X), A @ X)
    with pytest.raises(tf.errors.UnimplementedError, match=r"\[bare\] has no function `vjp`"):
        func.vjp(lambda x: f(A, x), X)[1](np.ones(2))
    with pytest.raises(tf.errors.UnimplementedError, match=r"\[bare\] has no function `jvp`"):
        func.jvp(lambda x: f(A, x), (X,), (X,))
    bare = cube(vjp=None)
    for x in (0.5, X):
        with pytest.raises(tf.errors.UnimplementedError, match=r"\[cube\] has no function `vjp`"):
            func.grad(lambda x: tf.reduce_sum(bare(x)))(x)
        with pytest.raises(tf.errors.UnimplementedError, match=r"\[cube\] has no function `jvp`"):
            func.jvp(bare, (x,), (x,))


@pytest.mark.parametrize("x", [np.float64(0.4), X], ids=["number", "array"])
def test_a_second_derivative_is_an_error(sine, x):
    f = lambda x: tf.reduce_sum(sine(x))  # noqa: E731
    df = lambda x: tf.reduce_sum(func.grad(f)(x))  # noqa: E731
    with pytest.raises(tf.errors.UnimplementedError, match=r"\[sine\] the derivative of its deriv"):
        func.grad(df)(x)
    with pytest.raises(tf.errors.UnimplementedError, match=r"\[sine\] the derivative of its deriv"):
        func.jvp(df, (x,), (x,))
    push = lambda x: tf.reduce_sum(func.jvp(f, (x,), (X[0] + 0 * x,))[1])  # noqa: E731
    with pytest.raises(tf.errors.UnimplementedError, match=r"\[sine\] the derivative of its deriv"):
        func.grad(push)(x)
    # By what the operation does not depend on there is one, and it is 0.
    outer = tf.constant(2.0, dtype="float64")
    with tf.GradientTape() as tape:
        tape.watch(outer)
        y = func.grad(f)(x) * outer
    close(tape.gradient(y, outer), np.sum(np.cos(x)))


def test_shapes_that_do_not_fit(product, sine):
    with pytest.raises(
        ValueError, match=r"\[product\] input 1 has shape \(2,?\).*\(m,n\),\(n\)->\(m\)"
    ):
        product(A, X[:2])
    with pytest.raises(ValueError, match=r"\[product\] input 0 has shape"):
        product(X, X)
    with pytest.raises(ValueError, match="product"):
        product(np.ones((2, 2, 3)), np.ones((3, 3)))
    with pytest.raises(TypeError, match=r"product\(\) takes 2 positional arguments, but 1 were"):
        product(A)
    with pytest.raises(TypeError, match="no keywords"):
        sine(x=1.0)
    with pytest.raises(TypeError, match=r"\[sine\] input 0 has dtype complex128"):
        sine(np.array([1j]))
    with pytest.raises(TypeError):
        sine("text")


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "()",
        "->()",
        "() -> ",
        "(m->()",
        "m->()",
        "(m,,n)->()",
        "()->(k)",
        "()->(),()",
        "(2x)->()",
    ],
)
def test_signatures_that_make_no_sense(signature):
    with pytest.raises(ValueError, match="signature"):
        func.c_operation(value=1, signature=signature)


def test_signatures_with_fixed_extents_and_blanks():
    def value(inputs, output, n, _):
        assert n[1] == 3
        for p in range(n[0]):
            for k in range(2):
                doubles(output)[2 * p + k] = doubles(inputs[0])[3 * p + k]
        return 0

    f = func.c_operation(value=func.COperation.Value(value), signature=" ( 3 ) -> (2) ")
    close(f(X), X[:2])
    close(f([X, 2 * X]), [X[:2], 2 * X[:2]])
    with pytest.raises(ValueError, match="does not fit"):
        f(X[:2])


def test_arguments_that_make_no_sense(library):
    structure = func.COperation.in_dll(library, "sine_operation")
    with pytest.raises(TypeError, match="both"):
        func.c_operation(structure, value=1)
    with pytest.raises(TypeError, match="needs a structure"):
        func.c_operation()
    with pytest.raises(TypeError, match="`value` must be"):
        func.c_operation(value=lambda: 0)
    with pytest.raises(ValueError, match="null"):
        func.c_operation(value=0)
    with pytest.raises(ValueError, match="null"):
        func.c_operation(ctypes.c_void_p(None))
    with pytest.raises(TypeError, match="dtype of a C operation"):
        func.c_operation(value=1, dtype="int32")
    with pytest.raises(TypeError, match="address"):
        func.c_operation("text")
    with pytest.raises(ValueError, match="name 'autograd_c_operation'"):
        func.c_operation(new_capsule(ctypes.addressof(structure), b"other", None))
    for field, value, message in (
        ("version", 2, "version 2"),
        ("dtype", 9, "9 is no dtype"),
        ("signature", None, "lacks a signature"),
        ("value", func.COperation.Value(), "lacks a function `value`"),
    ):
        copy = func.COperation.from_buffer_copy(structure)
        setattr(copy, field, value)
        with pytest.raises(ValueError, match=message):
            func.c_operation(copy)


def test_what_it_needs_lives_as_long_as_it_and_its_records():
    class Data(ctypes.Structure):
        _fields_ = [("factor", ctypes.c_double)]

    released = []

    @ctypes.CFUNCTYPE(None, ctypes.c_void_p)
    def release(data):
        released.append(data)

    def value(inputs, output, n, data):
        factor = ctypes.cast(data, ctypes.POINTER(Data))[0].factor
        doubles(output)[0] = factor * doubles(inputs[0])[0]
        return 0

    def vjp(inputs, output, g, found, n, data):
        factor = ctypes.cast(data, ctypes.POINTER(Data))[0].factor
        doubles(found[0])[0] = factor * doubles(g)[0]
        return 0

    data = Data(3.0)
    structure = func.COperation(
        version=1, dtype=2, name=b"scaled", signature=b"()->()", value=func.COperation.Value(value),
        vjp=func.COperation.VJP(vjp), user_data=ctypes.addressof(data), release=release,
    )  # fmt: skip
    f = func.c_operation(structure)
    alive = weakref.ref(structure)
    del structure
    x = tf.constant(2.0, dtype="float64")
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    del f
    gc.collect()
    assert alive() is not None and not released
    close(tape.gradient(y, x), 3)
    del tape
    with tf.GradientTape():
        pass  # the thread's log begins anew
    gc.collect()
    assert released == [ctypes.addressof(data)] and alive() is None


class Waiting:
    """Operations that wait in C for what another thread of Python sets; 0 if that took too long."""

    def __init__(self, library, signature):
        self.flags = np.array([1.0, 0.0])
        self.operation = func.c_operation(
            value=library.wait_value,
            vjp=library.wait_vjp,
            jvp=library.wait_jvp,
            signature=signature,
            user_data=self.flags,
        )

    def during(self, work, meanwhile=lambda: None):
        """What `work` gives while another thread does something, and then lets it go on."""
        self.flags[:] = 0

        def other():
            while not self.flags[1]:
                time.sleep(1e-4)
            meanwhile()
            self.flags[0] = 1

        thread = threading.Thread(target=other)
        thread.start()
        try:
            found = work()
        finally:
            self.flags[1] = 1
            thread.join()
        return np.asarray(found).flat[0]


@pytest.mark.parametrize(("signature", "x"), [("(n)->()", X), ("()->()", np.float64(0.5))])
def test_other_threads_run_while_it_does(others, signature, x):
    waiting = Waiting(others, signature)
    f = waiting.operation
    f(x)  # of numbers, the first call is seen to be slow
    assert waiting.during(lambda: f(x)) == 1
    source = tf.constant(x)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(source)
        y = f(source)
    assert waiting.during(lambda: tape.gradient(y, source)) == 1
    assert waiting.during(lambda: tape.jacobian(y, source)) == 1
    with tf.autodiff.ForwardAccumulator(source, source) as accumulator:
        y = f(source)
    assert waiting.during(lambda: accumulator.jvp(y)) == 1
    push = func.linearize(f, x)[1]
    assert waiting.during(lambda: push(x)) == 1


def test_an_accumulator_that_another_thread_asks_meanwhile(others):
    waiting = Waiting(others, "(n)->()")
    x = tf.constant(X)
    with tf.autodiff.ForwardAccumulator(x, x) as accumulator:
        y = waiting.operation(x)
    errors = []

    def ask():
        with pytest.raises(RuntimeError) as caught:
            accumulator.jvp(y)
        errors.append(str(caught.value))

    assert waiting.during(lambda: accumulator.jvp(y), ask) == 1
    assert "is asked while it pushes tangents" in errors[0]


def test_in_many_threads(sine):
    wrong = []

    def work():
        for _ in range(50):
            if not np.allclose(func.grad(lambda x: tf.reduce_sum(sine(x)))(X).numpy(), np.cos(X)):
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


@pytest.mark.parametrize("x", [np.float64(-1.0), np.array([1.0, -1.0])], ids=["number", "array"])
def test_its_results_are_checked_for_nan_on_demand(x):
    f = python_operation(value=lambda x, _: x if x > 0 else np.nan, name="partial")
    g = python_operation(value=lambda x, _: x, vjp=lambda x, g: np.inf, name="steep")
    tf.debugging.enable_check_numerics()
    try:
        with pytest.raises(tf.errors.InvalidArgumentError, match='"partial"'):
            f(x)
        x = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = g(x)
        with pytest.raises(tf.errors.InvalidArgumentError, match="c_operation"):
            tape.gradient(y, x)
    finally:
        tf.debugging.disable_check_numerics()
