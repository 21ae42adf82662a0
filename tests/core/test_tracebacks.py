"""Tracebacks show the user's own line, and no frame whose source is not there.

IPython and Jupyter print "Could not get source" for each frame of which `linecache` has no line.
"""

from __future__ import annotations

import linecache
import os
import re
import subprocess
import sys
import traceback
from pathlib import Path

import numpy as np
import pytest

import autograd_c as tf

DEBUG = os.environ.get("AUTOGRAD_C_BUILD", "release") not in ("release", "profile")
pytestmark = pytest.mark.skipif(DEBUG, reason="builds for debugging show the compiled frames")

X = tf.constant([1.0, 2.0])
V = tf.Variable([1.0, 2.0])


def rule_that_fails():
    @tf.custom_gradient
    def f(x):
        def grad(upstream):
            raise ZeroDivisionError("in a rule")

        return x * 1.0, grad

    with tf.GradientTape() as tape:
        tape.watch(X)
        y = f(X)
    return tape.gradient(y, X)


def tape_asked_twice():
    with tf.GradientTape() as tape:
        tape.watch(X)
        y = X * X
    tape.gradient(y, X)
    return tape.gradient(y, X)


def forward():
    with tf.autodiff.ForwardAccumulator(X, tf.constant(1.0)):
        pass


class Disagreeable:
    def __array__(self, dtype=None, copy=None):
        raise ZeroDivisionError("in __array__")


# One of each way from Python into the compiled core.
WRONG = {
    "operator": lambda: X + tf.constant([1.0, 2.0, 3.0]),
    "reflected operator": lambda: "1" + X,
    "matmul": lambda: X @ tf.ones((3, 3)),
    "power": lambda: X ** tf.constant([1.0, 2.0, 3.0]),
    "comparison": lambda: X < tf.constant([1.0, 2.0, 3.0]),
    "index": lambda: X[5],
    "index of many": lambda: X[[0, 7]],
    "iteration": lambda: list(tf.constant(1.0)),
    "conversion": lambda: float(X),
    "truth": lambda: bool(X),
    "attribute": lambda: X.no_such_name,
    "constructor": lambda: tf.constant("text"),
    "constructor of a Variable": lambda: tf.Variable(object()),
    "assignment": lambda: V.assign([1.0]),
    "in place": lambda: V.assign_add(tf.ones(3)),
    "elementwise": lambda: tf.exp("text"),
    "elementwise of two": lambda: tf.atan2(X, tf.ones(3)),
    "reduction": lambda: tf.reduce_sum(X, axis=4),
    "shape": lambda: tf.reshape(X, (3,)),
    "ufunc": lambda: np.add(X, tf.ones(3)),
    "user's code called": lambda: tf.convert_to_tensor(Disagreeable()),
    "rule": rule_that_fails,
    "gradient": tape_asked_twice,
    "sources": lambda: tf.GradientTape().gradient(X, "x"),
    "forward": forward,
    "functional": lambda: tf.func.grad(lambda x: x * X)(1.0),
    "optimizer": lambda: tf.optimizers.SGD(0.1).apply_gradients([(tf.ones(3), V)]),
    "keyword": lambda: tf.matmul(X, X, no_such=1),
    "numbers of arguments": lambda: tf.matmul(),
}


@pytest.mark.parametrize("name", WRONG)
def test_every_frame_has_its_source_and_the_users_is_there(name):
    with pytest.raises(Exception) as caught:
        WRONG[name]()
    places = [
        (f.f_code.co_filename, line) for f, line in traceback.walk_tb(caught.value.__traceback__)
    ]
    unknown = [place for place in places if not linecache.getline(*place)]
    assert not unknown
    assert [file for file, _ in places].count(__file__) >= 2  # this function, and what it called


# ---------------------------------------------------------------- where the core catches

CORE = Path(__file__).resolve().parents[2] / "autograd_c" / "core"
# Functions written in C raise what has no traceback, as the core's own errors have none: one for
# each way of failing of a rule, and of a function that brings its gradient.
BEGIN = """
import functools, operator, signal
import numpy as np
import autograd_c as tf

X = tf.constant([1.0, 2.0])
type_error = operator.index
stop = functools.partial(signal.default_int_handler, 2)  # raises KeyboardInterrupt

def with_rule(rule):
    return tf.custom_gradient(lambda x: (x * 1.0, rule))(X)

def two_answers(upstream):
    return [upstream, upstream]

def expect(error, f, *arguments, **options):
    for _ in range(3):
        try:
            f(*arguments, **options)
        except error or ():
            pass
        else:
            assert error is None, error

def ask(name, rule, **options):
    with tf.GradientTape(**options) as tape:
        tape.watch(X)
        y = with_rule(rule)
    getattr(tape, name)(y, X)

def push(rule, within=False):
    outer = tf.GradientTape().__enter__() if within else None
    accumulator = tf.autodiff.ForwardAccumulator(X, X)
    try:
        with accumulator:
            y = with_rule(rule)
        accumulator.jvp(y)
    finally:
        if within: outer.__exit__(None, None, None)

def leave_tape(rule):
    tape = tf.GradientTape()
    with tf.autodiff.ForwardAccumulator(X, X):
        with tape, tf.autodiff.ForwardAccumulator(X, X):
            y = with_rule(rule)
"""
# By the function of the core that has the `try`: errors without a traceback, for each clause.
CAUGHT = {
    "tensor_of_numbers": """
f = tf.function(lambda x, y: x * 2.0)
assert f(X, np.array([object()])).numpy()[1] == 4.0
""",
    "held_by": """
def outer():
    f = tf.function(lambda x: tf.numpy_function(lambda y: y if True else later, [x], tf.float32))
    result = f(X)
    later = 1
    return result
assert outer().numpy()[1] == 2.0
""",
    "add_beside": """
class Deep:
    def __tf_flatten__(self):
        deep = []
        for _ in range(100_000):
            deep = [deep]
        return (deep,), (X,)
    @classmethod
    def __tf_unflatten__(cls, metadata, children):
        return cls()
f = tf.function(lambda given: X * 2.0)
try:
    f(Deep())
except RecursionError:
    pass
else:
    raise AssertionError
""",
    # What has a rule that reads values is no program.
    "loop": """
rule = tf.custom_gradient(lambda x: (x * 2.0, lambda g: g * float(g)))
f = tf.function(lambda x: tf.while_loop(lambda y: y < 9.0, lambda y: (rule(y),), (x,))[0])
assert f(tf.constant(1.0)).numpy() == 16.0
""",
    "branch": """
rule = tf.custom_gradient(lambda x: (x * 2.0, lambda g: g * float(g)))
f = tf.function(lambda x: tf.cond(x > 0.0, lambda: rule(x), lambda: x))
assert f(tf.constant(1.0)).numpy() == 2.0
""",
    "batch": """
rule = tf.custom_gradient(lambda x: (x * 2.0, lambda g: g * float(g)))
f = tf.function(lambda x: tf.vectorized_map(rule, x))
assert f(tf.constant([1.0, 2.0])).numpy().tolist() == [2.0, 4.0]
""",
    "call_beside": """
f = tf.function(lambda x: tf.map_fn(lambda y: y * tf.random.normal("ab"), x))
expect(TypeError, f, tf.constant([1.0, 2.0]))
""",
    "checkpoint": """
rule = tf.custom_gradient(lambda x: (x * 2.0, lambda g: g * float(g)))
f = tf.function(lambda x: tf.recompute_grad(rule)(x))
assert f(tf.constant(1.0)).numpy() == 2.0
""",
    "derive": """
f = tf.function(lambda x: tf.custom_gradient(lambda x: (x * 2.0, type_error))(x))
expect(None, f, X)
""",
    "shape_of": """
expect(TypeError, tf.zeros, "ab")
expect(TypeError, tf.zeros, 2.5)
""",
    "integers_of": "expect(tf.errors.InvalidDTypeError, tf.tile, X, [1.5])",
    "dimension": "expect(TypeError, tf.reshape, X, [2.5])",
    "as_index": "expect(TypeError, tf.reduce_sum, X, axis='x'); expect(TypeError, tf.concat, X, X)",
    "array_of_list": """
expect(tf.errors.InvalidArgumentError, tf.constant, [[1.0, 2.0], [3.0]])
deep = functools.reduce(lambda x, _: [x], range(70), 1.0)
expect(ValueError, tf.constant, deep)
""",
    "is_buffer": "expect(tf.errors.InvalidDTypeError, tf.constant, object())",
    "custom_pull": """
expect(TypeError, ask, "gradient", type_error)
expect(ValueError, ask, "gradient", two_answers)
expect(KeyboardInterrupt, ask, "gradient", stop)
""",
    "__init__": "expect(TypeError, tf.core._core.Program, type_error, [X])",
    "record_parts": "expect(TypeError, tf.core._core.Program, type_error, [X], parts=True)",
    "load_special_functions": """
import sys
sys.modules["scipy.special"] = None
expect(ImportError, tf.math.bessel_i0, X)
""",
    "call_custom": "expect(TypeError, tf.custom_gradient(type_error), X)",
    "custom_push": "expect(TypeError, push, type_error); expect(ValueError, push, two_answers)",
    "push_transposed": "expect(KeyboardInterrupt, push, stop)",
    "__exit__": """
expect(KeyboardInterrupt, push, stop, within=True)
expect(KeyboardInterrupt, leave_tape, stop)
expect(None, leave_tape, type_error)
""",
    "advance": "expect(TypeError, push, type_error); expect(KeyboardInterrupt, push, stop)",
    "advance_from": "expect(TypeError, push, type_error, within=True)",
    "convert_to_tensor": "expect(None, tf.convert_to_tensor, 1.5, dtype_hint=tf.int32)",
    "plain_index": "expect(tf.errors.InvalidDTypeError, lambda: X[1.5])",
    "basic_view": """
expect(tf.errors.InvalidDTypeError, lambda: X[slice('a', None)])
expect(tf.errors.InvalidArgumentError, lambda: X[::0])
""",
    "item_fitted": """
def assign(value): X[0] = value
expect(tf.errors.InvalidArgumentError, assign, [1.0, 2.0])
""",
    "read_advanced": """
M = tf.ones((2, 2))
expect(tf.errors.InvalidDTypeError, lambda: M[[0, 1], slice('a', None)])
expect(tf.errors.InvalidArgumentError, lambda: M[[0, 1], ::0])
""",
    "index_array": """
expect(tf.errors.InvalidDTypeError, lambda: X[[object()]])
expect(tf.errors.InvalidDTypeError, lambda: X[np.ma.masked_array([0, 1], mask=[True, False])])
""",
    "converted_by_user": """
class Mine: pass
def convert(value, dtype=None, name=None, as_ref=False):
    if dtype is not None:
        raise TypeError("no wishes")
    return tf.constant(1.0)
tf.register_tensor_conversion_function(Mine, convert)
expect(None, tf.convert_to_tensor, Mine(), tf.float32)
""",
    "sweep": "expect(TypeError, ask, 'gradient', type_error, persistent=True)",
    "jacobian": "expect(TypeError, ask, 'jacobian', type_error)",
    "batch_jacobian": """
def batch():
    x = tf.ones((2, 1))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.custom_gradient(lambda x: (x * 1.0, type_error))(x)
    tape.batch_jacobian(y, x)
expect(TypeError, batch)
""",
    "effect": """
f = tf.function(lambda: tf.numpy_function(type_error, [X], tf.float32))
expect(TypeError, f)
""",
    "call_effect": """
left = [1.0]
f = tf.function(lambda: tf.numpy_function(left.pop, [], tf.float64))
f()
expect(IndexError, f)
""",
    "run_or_record": """
f = tf.function(lambda i: tf.gather(X, i))
f(tf.constant(0))
expect(IndexError, f, tf.constant(9))
""",
    "record_alone": """
def ask_twice(left):
    def f(x):
        left.pop()
        return x * X
    with tf.GradientTape() as tape:
        tape.watch(X)
        tf.function(f)(tf.constant(2.0))
for _ in range(3):
    expect(IndexError, ask_twice, [1])
""",
    "add": """
rule = tf.custom_gradient(lambda x: (x * 2.0, lambda g: g * float(g[0])))
f = tf.function(lambda x: rule(x) * x)
expect(None, f, X)
""",
    "written": """
steps = [tf.sin, tf.cos, tf.exp] * 5
f = tf.function(lambda x: steps.pop()(x) * float(x))
for k in range(5):
    expect(None, f, tf.constant(float(k)))
""",
    "record_path": """
from autograd_c.core import _core
expect(IndexError, _core.record_path, _core.PathTree(), lambda x: tf.gather(x, [9]), [X], True)
expect(TypeError, _core.record_path, _core.PathTree(), type_error, [X], True)
""",
    "add_path": """
from autograd_c.core import _core
def passes(x):
    if x[0] > 0:
        return x
    return x + 1.0
expect(tf.errors.InvalidArgumentError, _core.record_path, _core.PathTree(), passes, [X], False)
""",
    "time_sweeps": """
from autograd_c.core import _core
expect(IndexError, _core.time_sweeps, lambda: tf.gather(X, [9]))
expect(None, _core.time_sweeps, lambda: 1)
""",
    "compare": """
expect(None, lambda: X == tf.ones(3))
expect(tf.errors.InvalidDTypeError, lambda: X == tf.constant([1, 2]))
""",
}
# Fails only where there is no memory left.
NOT_PROVOKED = {"host_of", "record", "outside", "note_captured", "write", "run", "copy_paths"}


def functions_that_catch():
    for path in sorted([*CORE.rglob("*.pyx"), *CORE.rglob("*.pxi")]):
        function = None
        for line in path.read_text("utf-8").split("\n"):
            if defined := re.match(r" *(?:cdef|cpdef|def) [^(=]*?(\w+)\(", line):
                function = defined[1]
            if re.match(r" +try:", line):
                yield function


def test_every_try_of_the_core_is_provoked():
    assert set(functions_that_catch()) == {*CAUGHT, *NOT_PROVOKED}


@pytest.mark.parametrize("function", CAUGHT)
def test_an_error_without_traceback_can_be_caught(function):
    """In a process of its own: what Cython does with a traceback that is missing is a crash."""
    command = [sys.executable, "-X", "faulthandler", "-c", BEGIN + CAUGHT[function]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


# What Cython makes of these uses a traceback, or does without.
NEEDS_ONE = {
    "return of a name": "try: x()\n    except ValueError as e: return str(e)",
    "return of a call": "try: x()\n    except ValueError: return str(x)",
    "with": "with x: x()",
    "group": "try: x()\n    except* ValueError as e: x(e)",
}
NEEDS_NONE = {
    "name": "try: x()\n    except ValueError as e: y = e",
    "return of a constant": "try: x()\n    except ValueError: return False",
    "raise again": "try: x()\n    except:\n        x(1)\n        raise",
    "raise another": "try: x()\n    except KeyError as e: raise ValueError(x) from e",
    "finally": "try: return x()\n    finally: x(2)",
    "return in finally": "try: x()\n    finally: return x(2)",
    "nested": "try: x()\n    except:\n        try: x(1)\n        finally: x(2)\n        raise",
}


@pytest.mark.parametrize("name", [*NEEDS_ONE, *NEEDS_NONE])
def test_the_build_knows_what_needs_a_traceback(name, tmp_path, monkeypatch):
    pytest.importorskip("Cython")
    monkeypatch.syspath_prepend(str(CORE.parent.parent / "tools"))
    import tracebacks

    source, target = tmp_path / "module.pyx", tmp_path / "module.cpp"
    source.write_text(f"def f(x):\n    {NEEDS_ONE.get(name) or NEEDS_NONE[name]}\n")
    command = [sys.executable, "-m", "cython", "-3", "--cplus", str(source), "-o", str(target)]
    subprocess.run(command, check=True)
    assert bool(tracebacks.unsafe_uses(target.read_text("utf-8"))) == (name in NEEDS_ONE)
