"""tf.debugging.enable_check_numerics: what is found, where, and what the error says."""

from __future__ import annotations

import gc
import inspect
import math
import sys
import threading
import weakref

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core

from ..entries import ENTRIES

InvalidArgumentError = tf.errors.InvalidArgumentError

inf, nan = math.inf, math.nan


@pytest.fixture(autouse=True)
def checks():
    tf.debugging.enable_check_numerics()
    yield
    tf.debugging.disable_check_numerics()


def told(f, *arguments):
    """What the error of f says."""
    with pytest.raises(InvalidArgumentError) as caught:
        f(*arguments)
    text = str(caught.value)
    assert text.startswith("Detected Infinity or NaN in the ")
    return text


def line_after(text, heading):
    """The first place and source line below a heading."""
    place, source = text.split(f"{heading}\n", 1)[1].split("\n")[:2]
    return place.strip(), source.strip()


def found_in(text):
    """The operation that is named."""
    return text.split('"')[1]


# ------------------------------------------------------------------ operations


@pytest.mark.parametrize("taped", [False, True])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 2)])
def test_elementwise(dtype, shape, taped):
    x = tf.constant(np.zeros(shape, dtype))
    with tf.GradientTape() as tape:
        if taped:
            tape.watch(x)
        text = told(lambda: 1 / x)
        assert found_in(text) == "divide"
        assert f"\n  dtype: {dtype}\n  shape: {shape}\n" in text
        y = x + 2
    if taped:
        np.testing.assert_array_equal(tape.gradient(y, x), np.ones(shape))


def test_scalars_and_python_floats():
    x = tf.constant(1e30)
    assert found_in(told(lambda: x * x)) == "multiply"
    assert found_in(told(lambda: x * 1e30)) == "multiply"
    assert found_in(told(lambda: 1e30 * x)) == "multiply"
    assert found_in(told(lambda: x / 0)) == "divide"
    assert found_in(told(lambda: -x / 0.0)) == "divide"
    assert found_in(told(lambda: tf.exp(x))) == "exp"
    assert found_in(told(lambda: tf.math.log(-x))) == "log"
    assert found_in(told(lambda: tf.sqrt(-x))) == "sqrt"
    assert found_in(told(lambda: tf.constant(5) / tf.constant(0))) == "divide"
    assert found_in(told(lambda: tf.math.multiply(x=x, y=x))) == "multiply"
    assert found_in(told(lambda: np.exp(x))) == "exp"
    assert found_in(told(lambda: np.float32(1e30) * x)) == "multiply"


BAD = np.array([[1.0, nan], [-inf, inf]])


@pytest.mark.parametrize(
    ("name", "f"),
    [
        ("add", lambda x: x + 1),
        ("pow", lambda x: x**2),
        ("reduce_sum", tf.reduce_sum),
        ("reduce_sum", tf.reduce_mean),
        ("reduce_sum", lambda x: tf.reduce_sum(x, 0, keepdims=True)),
        ("reduce_max", tf.reduce_max),
        ("reduce_min", tf.reduce_min),
        ("view", lambda x: tf.reduce_prod(x)),
        ("reduce_logsumexp", tf.reduce_logsumexp),
        ("matmul", lambda x: x @ x),
        ("matmul", lambda x: tf.matmul(np.eye(2), x, transpose_a=True)),
        ("view", lambda x: x[1]),
        ("view", lambda x: x[0, 1]),
        ("gather", lambda x: tf.gather(x, [0, 1])),
        ("gather", lambda x: x[tf.constant([1, 0])]),
        ("where", lambda x: tf.where(x > 0, 1.0, x)),
        ("concat", lambda x: tf.concat([x, x], 0)),
        ("stack", lambda x: tf.stack([x, x])),
        ("cast", lambda x: tf.cast(x, tf.float32)),
        ("maximum", lambda x: tf.maximum(x, 0.0)),
        ("norm", tf.norm),
        ("abs", lambda x: tf.norm(x, 1, axis=0)),
        ("multiply", lambda x: tf.einsum("ij,ij->i", x, x)),
    ],
)
def test_operations_that_are_given_what_is_not_finite(name, f):
    text = told(f, tf.constant(BAD))
    if name != "multiply":
        assert found_in(text) == name
    assert "has 1 -Inf and 1 +Inf and 1 NaN" in text


def test_matrix_products_and_reductions_that_overflow():
    x = tf.constant(np.full((40, 40), 1e30, np.float32))
    assert found_in(told(lambda: x @ x)) == "matmul"
    half = tf.constant(np.full(3, 40000, np.float16))
    text = told(tf.reduce_sum, half)
    assert found_in(text) == "reduce_sum"
    assert "\n  dtype: float16\n  shape: ()\n" in text
    assert found_in(told(lambda: tf.cast(tf.constant(1e300, tf.float64), tf.float32))) == "cast"


def test_complex_parts():
    z = tf.constant([complex(1, inf), 1j])
    assert found_in(told(tf.math.conj, z)) == "conj"
    assert found_in(told(tf.math.imag, z)) == "imag"
    assert tf.math.real(z).numpy().tolist() == [1.0, 0.0]
    assert found_in(told(tf.abs, z)) == "abs"
    assert "# of -Inf elements: 1\n" in told(tf.math.conj, z)  # the imaginary part counts


def test_what_has_them_from_the_start_is_let_be():
    x = tf.constant(BAD)
    v = tf.Variable(BAD)
    tf.constant(BAD, tf.float32)
    tf.constant(1e300, tf.float32)
    tf.constant(nan, shape=[2, 2])
    tf.convert_to_tensor([nan, inf], tf.float64)
    tf.fill([2], inf)
    tf.zeros([2])
    v.assign(BAD)
    for y in (v.read_value(), v.value(), tf.identity(x), tf.convert_to_tensor(v)):
        np.testing.assert_array_equal(y, BAD)
    np.testing.assert_array_equal(tf.reshape(x, [-1]), BAD.ravel())
    np.testing.assert_array_equal(tf.transpose(x), BAD.T)
    np.testing.assert_array_equal(tf.broadcast_to(x, [2, 2, 2]), np.array([BAD, BAD]))
    assert found_in(told(lambda: v + 1)) == "add"
    assert found_in(told(lambda: v.assign_add(np.ones((2, 2))))) == "add"
    np.testing.assert_array_equal(v, BAD)


MOVES = (
    "broadcast_to", "einsum('->')", "einsum('ij->ji')", "expand_dims", "fill", "identity", "mT",
    "reshape", "reverse", "squeeze", "T", "tile", "transpose", "x[:, None]", "x[...]",
    "0-d x[...]", "0-d x[None]", "adjoint", "depth_to_space", "diag", "meshgrid", "repeat(2,",
    "space_to_depth", "tensor_diag",
    # Of real numbers, nothing is left to do by these, nor by a product of one factor.
    "conj", "real", "cast to", "reduce_prod((2, 3, 4), axis=()", "reduce_prod(()",
    "reduce_prod((1,)",
)  # fmt: skip


def leaves(answer):
    """What is not finite among results is among these."""
    found = answer if isinstance(answer, (list, tuple)) else [answer]
    found = [tf.convert_to_tensor(x) for x in found if x is not None]
    return [x for x in found if x.dtype.is_floating or x.dtype.is_complex]


def fails_if_not_finite(f):
    """Whether checks stop f, or it gives finite numbers, or an error, without them."""
    tf.debugging.disable_check_numerics()
    try:
        finite = all(np.isfinite(x.numpy()).all() for x in leaves(f()))
    except InvalidArgumentError:  # a matrix of such numbers is not positive definite
        finite = True
    tf.debugging.enable_check_numerics()
    if finite:
        return True
    try:
        f()
    except InvalidArgumentError as error:
        return str(error).startswith("Detected Infinity or NaN")
    return False


@pytest.mark.parametrize(
    ("entry", "dtype"),
    [
        pytest.param(entry, dtype, id=f"{entry.name}-{dtype}")
        for entry in ENTRIES
        for dtype in ("float16", "float32", "complex128")
        if dtype in entry.accepted()
    ],
)
def test_every_operation_is_checked(entry, dtype):
    arrays = entry.arrays(dtype)
    x = [tf.constant(np.full_like(a, nan)) for a in arrays]
    assert fails_if_not_finite(lambda: entry.function(*x)) or entry.name.startswith(MOVES)
    if not entry.differentiable:
        return
    x = [tf.constant(a) for a in arrays]

    def gradient():
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = entry.function(*x)
        y = leaves(y)
        g = [tf.constant(np.full_like(t.numpy(), nan)) for t in y]
        return tape.gradient(y, x, g)

    assert fails_if_not_finite(gradient) or entry.name.startswith(MOVES)


def test_missing_data_can_be_told_apart():
    x = tf.constant(BAD)
    assert (x == x).numpy().tolist() == [[True, False], [True, True]]
    assert (x == tf.constant(BAD, tf.float32)).numpy()[0].tolist() == [True, False]
    rows = [tf.constant([nan, 1.0]), tf.constant([inf, 0.0])]
    assert (tf.constant([[0.0, 1.0], [inf, 0.0]]) == rows).numpy().tolist() == [
        [False, True],
        [True, True],
    ]
    assert (x < np.float32(0)).numpy().tolist() == [[False, False], [True, False]]
    finite = tf.math.is_finite(x)
    assert tf.where(finite, x, 0.0).numpy().tolist() == [[1.0, 0.0], [0.0, 0.0]]
    assert x[finite].numpy().tolist() == [1.0]


def test_primitives_and_custom_gradients_by_name():
    @tf.func.primitive
    def my_log(x):
        with np.errstate(divide="ignore"):
            return np.log(x)

    assert found_in(told(my_log, tf.constant([1.0, 0.0]))) == "my_log"

    @tf.custom_gradient
    def passes(x):
        return tf.identity(x), lambda g: g

    assert found_in(told(passes, tf.constant([1.0, nan]))) == "custom_gradient"


def test_numbers_are_the_same_as_without_checks():
    rows = [row for row in _core.operation_table() if row["elementwise"] and "f" in row["kinds"]]
    for dtype in ("float32", "float64"):
        for row in rows:
            middle = (row["low"] + row["high"]) / 2 + 0.01
            x = [tf.constant(middle - 0.1 * k, dtype) for k in range(row["arity"])]
            f = _core.make_function(row["code"], row["name"], "", "test")

            def run(f=f, x=x):
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    y = f(*x)
                answers = [y]
                if y.dtype.is_floating:
                    answers += tape.gradient(y, x, unconnected_gradients="zero")
                return [a.numpy().tobytes() for a in answers]

            checked = run()
            tf.debugging.disable_check_numerics()
            assert run() == checked, row["name"]
            tf.debugging.enable_check_numerics()


# ------------------------------------------------------------------ gradients


def square_root(x, tape):
    with tape:
        tape.watch(x)
        y = tf.sqrt(x)
    return y


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("shape", [(), (2,)])
def test_gradients(dtype, shape):
    x = tf.constant(np.zeros(shape, dtype))
    tape = tf.GradientTape()
    y = square_root(x, tape)
    text = told(tape.gradient, y, x)
    assert found_in(text) == "sqrt"
    assert text.startswith("Detected Infinity or NaN in the gradient of the operation")
    assert f"\n  dtype: {dtype}\n  shape: {shape}\n" in text
    assert "\n  cotangent: " in text and "\n  result: " in text
    # The tape has kept its records.
    tf.debugging.disable_check_numerics()
    assert not np.isfinite(tape.gradient(y, x).numpy()).any()
    with pytest.raises(RuntimeError, match="can only be used to compute one set"):
        tape.gradient(y, x)


def test_gradients_of_several_sources_and_accumulated_ones():
    x, y = tf.constant([0.0, 1.0]), tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        z = y * tf.sqrt(x) + y
    assert 'operation "sqrt" for its input 0' in told(tape.gradient, z, [x, y])
    # Each contribution is finite, their sum is not.
    x = tf.constant([0.0, 0.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        z = x * 3e38 + x * 3e38
    assert found_in(told(tape.gradient, z, x)) == "multiply"
    with tf.GradientTape() as tape:
        tape.watch(x)
        z = tf.stack([x[0] * 1e30, x[1]])
    text = told(tape.gradient, z, x, tf.constant([1e30, 1.0]))
    assert found_in(text) == "multiply"
    assert "# of +Inf elements: 1\n" in text


def test_a_cotangent_that_is_given():
    x = tf.constant([1.0, 1.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.exp(x)
    text = told(tape.gradient, y, x, tf.constant([nan, 1.0]))
    assert "cotangent: float32, shape (2,), has 1 NaN: [nan 1.]" in text
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.gather(x, [0, 0])
    assert found_in(told(tape.gradient, y, x, tf.constant([nan, 1.0]))) == "gather"


def test_zero_times_infinity():
    x = tf.constant(0.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x**0.5 * 2
    text = told(tape.gradient, y, x)
    assert found_in(text) == "pow"
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.sqrt(x) * 0  # a zero cotangent stays 0, as without checks
    assert tape.gradient(y, x).numpy() == 0
    with tf.GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(InvalidArgumentError):
            tf.math.log(x)
        y = x * 3
    assert tape.gradient(y, x).numpy() == 3


def test_jacobians():
    x = tf.constant([[0.0, 1.0], [2.0, 3.0]])
    tape = tf.GradientTape(persistent=True)
    y = square_root(x, tape)
    assert found_in(told(tape.jacobian, y, x)) == "sqrt"
    assert found_in(told(tape.batch_jacobian, y, x)) == "sqrt"
    large = tf.constant(np.arange(200.0))
    tape = tf.GradientTape()
    y = square_root(large, tape)
    text = told(tape.jacobian, y, large)
    assert "shape: (200, 200) (of 200 cotangents at once)\n" in text
    assert "# of +Inf elements: 1\n" in text
    tf.debugging.disable_check_numerics()
    assert tape.jacobian(y, large)[0, 0].numpy() == inf
    rows = tf.constant([[0.0], [1.0]])
    tf.debugging.enable_check_numerics()
    tape = tf.GradientTape()
    y = square_root(rows, tape)
    told(tape.batch_jacobian, y, rows)
    tf.debugging.disable_check_numerics()
    assert tape.batch_jacobian(y, rows).numpy().ravel().tolist() == [inf, 0.5]


def test_forward_mode():
    x = tf.constant([0.0, 4.0])
    line = inspect.currentframe().f_lineno
    with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, 1.0])) as accumulator:
        y = tf.sqrt(x)
    text = told(lambda: accumulator.jvp(y))
    assert 'in the forward-mode derivative of the operation "sqrt"' in text
    assert "\n  tangent: float32, shape (2,), finite: [1. 1.]\n" in text
    assert line_after(text, "recorded at:") == (
        f"{shown(__file__)}:{line + 2} in test_forward_mode",
        "y = tf.sqrt(x)",
    )
    assert line_after(text, "The tangent was asked for at:")[0] == (
        f"{shown(__file__)}:{line + 3} in <lambda>"
    )
    tf.debugging.disable_check_numerics()
    assert accumulator.jvp(y).numpy().tolist() == [inf, 0.25]


def test_nested_tapes():
    x = tf.constant(0.0)
    line = inspect.currentframe().f_lineno
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = x**1.5
        slope = inner.gradient(y, x)
    assert slope.numpy() == 0
    text = told(lambda: outer.gradient(slope, x))
    function = f"{shown(__file__)}:%d in test_nested_tapes"
    assert line_after(text, 'in the derivative of "pow", which was recorded at:') == (
        function % (line + 5),
        "y = x**1.5",
    )
    assert line_after(text, "and that derivative was asked for at:") == (
        function % (line + 6),
        "slope = inner.gradient(y, x)",
    )
    assert line_after(text, "The gradient was asked for at:")[1].startswith("text = told(")
    # An infinite partial that a zero cotangent cancels is no result: the slope is found.
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.sqrt(x) * 0
        slope = inner.gradient(y, x)
    assert slope.numpy() == 0


def test_custom_gradients():
    line = inspect.currentframe().f_lineno

    @tf.custom_gradient
    def f(x):
        def grad(g):
            return g / tf.zeros_like(g)

        return x * 2, grad

    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    text = told(tape.gradient, y, x)
    assert found_in(text) == "divide"
    assert line_after(text, "Called at:") == (
        f"{shown(__file__)}:{line + 5} in grad",
        "return g / tf.zeros_like(g)",
    )

    @tf.custom_gradient
    def h(x):
        return x * 2, lambda g: np.array([inf, 1.0], np.float32)

    with tf.GradientTape() as tape:
        tape.watch(x)
        y = h(x)
    text = told(tape.gradient, y, x)
    assert 'the gradient of the operation "custom"' in text
    assert line_after(text, "recorded at:")[1] == "y = h(x)"


def test_variables():
    v = tf.Variable([0.0, 1.0])
    with tf.GradientTape(persistent=True) as tape:
        y = tf.reduce_sum(tf.sqrt(v))
    assert found_in(told(tape.gradient, y, v)) == "sqrt"
    tf.debugging.disable_check_numerics()
    assert tape.gradient(y, v).numpy().tolist() == [inf, 0.5]


def test_a_long_tape_that_is_swept_without_the_interpreter():
    x = tf.constant(np.r_[0.0, np.ones(300_000)])
    tape = tf.GradientTape()
    line = inspect.currentframe().f_lineno
    with tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.sqrt(x * 1) * 2)
    text = told(tape.gradient, y, x)
    assert found_in(text) == "sqrt"
    assert line_after(text, "recorded at:")[0].startswith(f"{shown(__file__)}:{line + 3} in ")
    assert "asked for at:" in text
    assert "values: [inf 1. 1. ... 1. 1. 1.]" in text


# ------------------------------------------------------------------ the message


def shown(path):
    return path if len(path) <= 50 else f"...{path[-50:]}"


def test_the_whole_message():
    x = tf.constant([[1.0, 0.0], [-1.0, 4.0]])

    def f(x):
        return tf.math.log(x)

    line = inspect.currentframe().f_lineno
    text = told(lambda: f(x))
    assert text.split("\n")[:13] == [
        'Detected Infinity or NaN in the result of the operation "log"',
        "  dtype: float32",
        "  shape: (2, 2)",
        "  # of -Inf elements: 1",
        "  # of +Inf elements: 0",
        "  # of NaN elements: 1",
        "  values: [[0. -inf] [nan 1.3862944]]",
        "Inputs (1):",
        "  0: float32, shape (2, 2), finite: [[1. 0.] [-1. 4.]]",
        "Called at:",
        f"  {shown(__file__)}:{line - 2} in f",
        "    return tf.math.log(x)",
        f"  {shown(__file__)}:{line + 1} in <lambda>",
    ]


def test_lines_of_the_package_are_left_out():
    line = inspect.currentframe().f_lineno
    text = told(tf.norm, tf.constant([inf, 1.0]))
    assert line_after(text, "Called at:") == (
        f"{shown(__file__)}:{told_line()} in told",
        "f(*arguments)",
    )
    assert f"test_check_numerics.py:{line + 1} in test_lines_of_the_package_are_left_out" in text
    assert "clipping.py" not in text


def told_line():
    source, start = inspect.getsourcelines(told)
    return start + next(k for k, text in enumerate(source) if "f(*arguments)" in text)


def test_limits():
    tf.debugging.disable_check_numerics()
    tf.debugging.enable_check_numerics(stack_height_limit=2, path_length_limit=8)
    tf.debugging.enable_check_numerics()  # changes nothing
    x = tf.constant([0.0, 1.0])
    stack = told(tf.math.log, x).split("Called at:\n")[1].split("\n")
    places = [s for s in stack if s.startswith("  ...")]
    assert len(places) == 2
    assert places[0].startswith(f"  ...{__file__[-8:]}:")
    tape = tf.GradientTape()
    y = square_root(x, tape)
    text = told(tape.gradient, y, x)
    assert text.count(f"  ...{__file__[-8:]}:") == 4
    tf.debugging.disable_check_numerics()
    tf.debugging.enable_check_numerics(None, None)
    assert f"  {__file__}:" in told(tf.math.log, x)


@pytest.mark.parametrize("limit", [0, -1])
def test_bad_limits(limit):
    tf.debugging.disable_check_numerics()
    with pytest.raises(ValueError, match="stack_height_limit must be a positive integer"):
        tf.debugging.enable_check_numerics(limit)
    with pytest.raises(ValueError, match="path_length_limit"):
        tf.debugging.enable_check_numerics(path_length_limit=limit)
    with pytest.raises(TypeError):
        tf.debugging.enable_check_numerics(1.5)
    assert tf.math.log(0.0).numpy() == -inf


def test_records_from_before():
    tf.debugging.disable_check_numerics()
    x = tf.constant(0.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.sqrt(x)
    tf.debugging.enable_check_numerics()
    text = told(tape.gradient, y, x)
    assert line_after(text, "The operation was recorded at:")[0].startswith("(not known")


def test_places_are_forgotten_when_checks_end():
    x = tf.constant(0.0)
    tape = tf.GradientTape(persistent=True)
    y = square_root(x, tape)
    tf.debugging.disable_check_numerics()
    tf.debugging.enable_check_numerics()
    square_root(x, tf.GradientTape())  # takes the numbers that were given before, if anything did
    assert "(not known" in told(tape.gradient, y, x)


# ------------------------------------------------------------------ on and off


def test_disabling_restores_everything():
    tf.debugging.enable_check_numerics()
    tf.debugging.enable_check_numerics()
    tf.debugging.disable_check_numerics()
    assert tf.math.log(tf.constant(0.0)).numpy() == -inf
    assert np.isnan((tf.constant([0.0]) / 0).numpy()).all()
    x = tf.constant([0.0, 1.0])
    tape = tf.GradientTape()
    y = square_root(x, tape)
    assert tape.gradient(y, x).numpy().tolist() == [inf, 0.5]
    tf.debugging.disable_check_numerics()


def test_checks_belong_to_a_thread():
    found = []

    def other():
        found.append(tf.math.log(tf.constant(0.0)).numpy())
        tf.debugging.enable_check_numerics(stack_height_limit=1)
        found.append(told(tf.math.log, tf.constant(0.0)))
        tf.debugging.disable_check_numerics()
        found.append(tf.math.log(tf.constant(0.0)).numpy())
        tf.debugging.enable_check_numerics()  # ends with the thread

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert found[0] == found[2] == -inf
    assert found[1].count("in told") == 1
    told(tf.math.log, tf.constant(0.0))
    tf.debugging.disable_check_numerics()
    assert tf.math.log(tf.constant(0.0)).numpy() == -inf


def test_nothing_is_held_by_what_was_found():
    array = np.frombuffer(bytes(24))  # its memory is shared, not copied
    assert np.shares_memory(np.asarray(tf.constant(array)), array)
    alive = weakref.ref(array)

    def fail(array):
        x = tf.constant(array)
        tape = tf.GradientTape()
        y = square_root(x, tape)
        told(tape.gradient, y, x)
        told(tf.math.log, x)

    def references():
        gc.collect()
        return sys.getrefcount(square_root.__code__)

    before = references()
    fail(array)
    once = references()
    for _ in range(50):
        fail(array)
    often = references()
    assert once == often == before + 1  # a place holds the code that it is in, once
    del array
    gc.collect()
    assert alive() is None
    tf.debugging.disable_check_numerics()
    ended = references()
    assert ended == before


def test_a_failing_operation_records_nothing():
    x = tf.constant([0.0, 1.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x + 1
        for f in (
            tf.math.log,
            lambda x: 1 / x,
            lambda x: tf.matmul(x[None], tf.constant([[inf], [0.0]])),
            lambda x: tf.where(x > 0, x, nan),
            lambda x: tf.concat([x, [inf]], 0),
        ):
            told(f, x)
        z = tf.reduce_sum(y * x)
    assert tape.gradient(z, x).numpy().tolist() == [1.0, 3.0]
    assert tape.jacobian(y, x).numpy().tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_check_numerics_by_hand_says_its_own():
    with pytest.raises(InvalidArgumentError, match="^weights : Tensor had NaN values"):
        tf.debugging.check_numerics(tf.constant([nan]), "weights")
