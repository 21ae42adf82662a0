"""Functions in files that go by values, and that read and assign Variables."""

from __future__ import annotations

import json
import random
import threading

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core
from autograd_c.programs.functions import load, write
from autograd_c.programs.paths import record_paths

from ..operations import assert_same_bits
from .mutations import REFUSALS, as_lists, changed
from .test_files import NAMES, manifest_of, parts_of, write_manifest


@pytest.fixture
def path(tmp_path):
    return tmp_path / "function.agc"


def again(f, path, *args, **kwargs):
    f.save(path, *args, **kwargs)
    return tf.load(path)


def steps():
    """A function with guards of both kinds, which assigns, and what it assigns to."""
    w = tf.Variable(np.array([0.5, -1.5]), name="w")
    count = tf.Variable(0, trainable=False, name="count")

    @tf.function
    def f(x, scale=2.0):
        rounds = 0
        while tf.reduce_sum(x * x) > 4.0:
            x, rounds = x / 2.0, rounds + 1
        count.assign_add(rounds + 1)
        if tf.math.floormod(count, 2) > 0:
            x = tf.sin(x)
        return {"y": tf.reduce_sum(x * w) * scale, "rounds": rounds}

    return f, w, count


SIZES = (0.5, 3.0, 11.0)


def vector(size):
    return tf.constant(np.array([size, -0.7 * size]))


# ---------------------------------------------------------------- guards


@tf.function
def halvings(x):
    n = tf.constant(0)
    while x > 1.0:
        x, n = x / 2.0, n + 1
    return (n, x) if n > 1 else x


def test_a_function_goes_by_values(path):
    values = [0.3, 1.5, 3.0, 100.0]
    for value in values[:3]:
        halvings(tf.constant(value))
    loaded = again(halvings, path, tf.constant(values[3]))
    for value in values:
        found, expected = loaded(tf.constant(value)), halvings(tf.constant(value))
        assert type(found) is type(expected)
        for y, z in zip(tf.nest.flatten(found), tf.nest.flatten(expected), strict=True):
            assert_same_bits(y, z)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"halvings goes another way"):
        loaded(tf.constant(10.0))
    assert manifest_of(parts_of(path))["version"] == 3
    assert loaded.variables == loaded.trainable_variables == ()


def test_what_was_recorded_is_saved_for_specs(path):
    @tf.function
    def f(x):
        return x * 2.0 if x > 0.0 else x - 1.0

    spec = tf.TensorSpec([], tf.float32)
    with pytest.raises(ValueError, match="call it with such values before"):
        f.save(path, spec)
    assert not path.exists()
    f(tf.constant(3.0))
    loaded = again(f, path, spec)
    assert loaded(tf.constant(4.0)) == 8.0
    with pytest.raises(ValueError, match="another way"):
        loaded(tf.constant(-4.0))
    f(tf.constant(-3.0))
    loaded = again(f, path, spec)
    assert loaded(tf.constant(4.0)) == 8.0 and loaded(tf.constant(-4.0)) == -5.0


def trees(f):
    return [tree.paths for tree, _ in f._trees.values()]


def test_what_is_recorded_for_calls_stays_as_it_is(path):
    f, w, count = steps()
    for size in SIZES:
        f(vector(size))
    before = trees(f), w.numpy().tolist(), int(count)
    loaded = again(f, path, vector(40.0))
    assert (trees(f), w.numpy().tolist(), int(count)) == before
    assert loaded(vector(41.0))["rounds"] == f(vector(41.0))["rounds"]
    fresh, _, count = steps()
    fresh.save(path, vector(3.0))
    assert trees(fresh) == [] and fresh.experimental_get_tracing_count() == 0 and int(count) == 0


def test_guards_compare_whole_values(path):
    @tf.function
    def f(x, n):
        return x ** int(n) + float(x[0])

    for n in (1, 2):
        f(tf.constant([2.0, 3.0]), tf.constant(n))
    loaded = again(f, path, tf.TensorSpec([2], tf.float32), tf.TensorSpec([], tf.int32))
    x = tf.constant([2.0, 3.0])
    for n in (1, 2):
        assert_same_bits(loaded(x, tf.constant(n)), f(x, tf.constant(n)))
    for other in ((x, tf.constant(3)), (x + 1.0, tf.constant(1))):
        with pytest.raises(ValueError, match="another way"):
            loaded(*other)
    # A value that is read has no derivative.
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = loaded(x, tf.constant(2))
    assert_same_bits(tape.gradient(y, x), 2.0 * x)
    with pytest.raises(TypeError, match="would be lost"):
        tf.func.jacobian(lambda x: loaded(x, tf.constant(2)))(x)


def test_derivatives_of_any_order_go_through_paths(path):
    f, w, _ = steps()
    for size in SIZES * 2:
        f(vector(size))
    loaded = again(f, path, tf.TensorSpec([2], tf.float64))
    v, n = sorted(loaded.variables, key=lambda v: v.name, reverse=True)
    assert [v.name, n.name] == ["w:0", "count:0"]
    x = vector(3.0)
    for function, variable in ((f, w), (loaded, v)):
        y = tf.func.hessian(lambda x, function=function: function(x)["y"] ** 3)
        with tf.GradientTape(persistent=True) as outer:
            outer.watch(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                z = function(x)["y"] ** 2
            slope = tape.gradient(z, [x, variable])
        with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
            z = function(x)["y"]
        results = [y(x), *slope, outer.jacobian(slope[0], x), accumulator.jvp(z)]
        if function is f:
            expected = results
    for y, z in zip(results, expected, strict=True):
        np.testing.assert_allclose(y, z, rtol=1e-12)


def test_batches_go_row_by_row(path):
    f = tf.function(lambda x: x * 2.0 if x > 0.0 else tf.sin(x))
    for value in (1.0, -1.0):
        f(tf.constant(value))
    loaded = again(f, path, tf.TensorSpec([], tf.float32))
    rows = tf.constant([1.0, -2.0, 3.0])
    expected = tf.stack([f(x) for x in rows])
    for mapped in (tf.func.vmap(loaded), lambda x: tf.vectorized_map(loaded, x)):
        assert_same_bits(mapped(rows), expected)
        assert_same_bits(tf.function(mapped)(rows), expected)
    slopes = tf.func.vmap(tf.func.grad(loaded))(rows)
    np.testing.assert_allclose(slopes, [2.0, np.cos(-2.0), 2.0], rtol=1e-6)


def test_paths_are_part_of_functions_that_are_recorded(path):
    f, w, count = steps()
    for size in SIZES * 2:
        f(vector(size))
    loaded = again(f, path, tf.TensorSpec([2], tf.float64))
    w, count = sorted(loaded.variables, key=lambda v: v.name, reverse=True)

    @tf.function
    def outer(x):
        w.assign_add([0.1, 0.2])
        with tf.GradientTape() as tape:
            y = loaded(x)["y"] * tf.cast(count, tf.float64)
        return y, tape.gradient(y, w), w * 2.0

    def state():
        return w.numpy().copy(), count.numpy()

    before = state()
    for size in SIZES * 3:
        start = state()
        recorded = outer(vector(size))
        after = state()
        w.assign(start[0])
        count.assign(start[1])
        plain = outer.python_function(vector(size))
        for y, z in zip([*recorded, *after], [*plain, *state()], strict=True):
            np.testing.assert_allclose(y, z, rtol=1e-12)
    assert state()[1] > before[1] and trees(outer)[0] > 1
    saved = again(outer, path, vector(0.5))
    assert len(saved.variables) == 2 and saved.variables[0] is not w


def test_loops_and_paths(path):
    """A loop is an instruction, of which no example is run to its end."""
    flag, limit = tf.Variable(True, trainable=False), tf.Variable(100.0)

    @tf.function
    def f(x):
        y = tf.while_loop(lambda y: y < limit, lambda y: (y + y,), (x,))[0]
        return y * 2.0 if flag else y

    loaded = again(f, path, tf.TensorSpec([], tf.float32))
    with pytest.raises(ValueError, match="another way"):
        next(v for v in loaded.variables if v.dtype == tf.bool).assign(False)
        loaded(tf.constant(3.0))
    loaded = tf.load(path)
    assert loaded(tf.constant(3.0)) == 384.0
    next(v for v in loaded.variables if v.dtype != tf.bool).assign(10.0)
    assert loaded(tf.constant(3.0)) == 24.0

    @tf.function
    def reads(x):
        y = tf.while_loop(lambda y: y < limit, lambda y: (y + y,), (x,))[0]
        return y if y > 150.0 else x

    with pytest.raises(ValueError, match="call it with such values"):
        reads.save(path, tf.TensorSpec([], tf.float32))
    assert again(reads, path, tf.constant(3.0))(tf.constant(5.0)) == 160.0


def test_paths_with_structures_and_python_values(path):
    """In whatever order dicts have their items, and tensors are given."""

    @tf.function
    def f(batch, *, flip=False):
        b, a = batch["b"], batch["a"]
        if tf.reduce_sum(a) > tf.reduce_sum(b):
            return {"z": a - b, "a": [b, None, "text"]}
        return (a, {"y": b, "x": 2 * b}) if flip else b

    def batch(a, b):
        return {"b": tf.constant([b]), "a": tf.constant([a, a])}

    for a, b in ((1.0, 5.0), (5.0, 1.0)):
        f(batch(a, b), flip=True)
    loaded = again(f, path, batch(7.0, 1.0), flip=True)
    for a, b in ((1.0, 6.0), (6.0, 1.0)):
        found, expected = loaded(batch(a, b), flip=True), f(batch(a, b), flip=True)
        assert tf.nest.flatten(found)[-1] is not None
        tf.nest.assert_same_structure(found, expected)
        if isinstance(found, dict):
            assert list(found) == list(expected) and found["a"][1:] == [None, "text"]
        for y, z in zip(tf.nest.flatten(found), tf.nest.flatten(expected), strict=True):
            assert_same_bits(y, z) if isinstance(y, tf.Tensor) else None
    with pytest.raises(ValueError, match="saved for other"):
        loaded(batch(1.0, 2.0))


def test_methods_signatures_and_defaults(path):
    class Model:
        def __init__(self):
            self.w = tf.Variable(3.0)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
        def __call__(self, x):
            return self.w * x if x[0] > 0 else x

    model = Model()
    model.__call__(np.array([1.0, 2.0]))
    loaded = again(model.__call__, path, np.array([-1.0, 2.0]))
    for first in (1.0, -1.0):
        x = tf.constant([first, 5.0])
        assert_same_bits(loaded(x), model(x))
    thing = object()

    constant = tf.constant([1.0, 2.0])

    @tf.function
    def f(x, other=thing, table=constant):
        assert other is thing
        return table * x if x > 0 else x

    f(tf.constant(1.0))
    loaded = again(f, path, tf.constant(-1.0))
    assert loaded(tf.constant(-3.0)) == -3.0


def test_the_same_tensor_twice(path):
    f = tf.function(lambda x, y: x * y if x > y else x + y)
    x = tf.constant(3.0)
    f(x, tf.constant(2.0))
    loaded = again(f, path, x, x)
    assert loaded(x, x) == 6.0 and loaded(x, tf.constant(1.0)) == 3.0


def test_many_ways(path):
    f = tf.function(lambda x: x * float(int(x)))
    for k in range(64):
        f(tf.constant(float(k)))
    assert trees(f) == [64]
    loaded = again(f, path, tf.constant(64.0))
    for k in range(65):
        assert loaded(tf.constant(k + 0.0)) == float(k * k)


PATHS = """
%0 = x0                          float32
%1 = x1                          int32
%6 = Variable count:0            int32
%3 = 20.                         float32
%9 = 7.                          float32
%11 = 8.                         float32
%13 = 1                          int32
%15 = 1                          int32
%2 = while_loop(%0)              float32
    while:
        %0 = carried 0           float32
        %1 = 10.                 float32
        %2 = less(%0, %1)        bool
        return %2
    round:
        %0 = carried 0           float32
        %1 = 2.                  float32
        %2 = multiply(%0, %1)    float32
        return %2
%4 = greater(%2, %3)             bool
where %4 is True:
    %14 = add(%6, %13)           int32
    assign count:0 = %14
    return %2
else where %4 is False:
%5 = sin(%2)                     float32
%7 = cast(%6 | 11)               float32
%8 = multiply(%5, %7)            float32
where %1 = 7:
    %10 = multiply(%8, %9)       float32
    return %10
else where %1 = 8:
%12 = multiply(%8, %11)          float32
return %12
8 instructions on 3 paths, and 2 in loops and branches"""


def test_paths_as_text(path):
    """The longest way is last, and not indented."""
    count = tf.Variable(0, name="count")

    @tf.function
    def f(x, n):
        y = tf.while_loop(lambda y: y < 10.0, lambda y: (y * 2.0,), (x,))[0]
        if y > 20.0:
            count.assign_add(1)
            return y
        return tf.sin(y) * tf.cast(count, tf.float32) * float(int(n))

    for x, n in ((1.0, 7), (11.0, 7), (11.0, 8), (30.0, 7)):
        f(tf.constant(x), tf.constant(n))
    shown = tf.viz.text(again(f, path, tf.TensorSpec([], tf.float32), tf.TensorSpec([], tf.int32)))
    text, memory = shown.split("; ")
    assert text == PATHS.strip()
    assert memory == "28 bytes of constants, and at most 16 bytes for results"
    assert "... " in tf.viz.text(tf.load(path), most_lines=1)
    only = again(tf.function(lambda x: x * 2.0 if x > 0 else x), path, tf.constant(1.0))
    assert "only where %2 is True:" in tf.viz.text(only)
    # Of one path without assignments it is the program, with the values of Variables.
    v = tf.Variable(5.0)
    single = again(tf.function(lambda x: x * v), path, tf.constant(1.0))
    assert "%1 = 5." in tf.viz.text(single) and "multiply" in str(tf.viz.graph(single))
    assert tf.viz.profile(single)(tf.constant(2.0)).operations[0][:2] == ("multiply", 1)


# ---------------------------------------------------------------- what is from outside


def test_tensors_from_outside_are_constants(path):
    """So that nothing goes by their values, either."""
    flag, table = tf.constant(True), tf.constant(np.arange(20_000.0))

    @tf.function
    def f(x):
        weights = np.asarray(table)[:3]  # 160 KB
        return x * weights if flag else x

    loaded = again(f, path, tf.TensorSpec([3], tf.float64))
    x = tf.constant([1.0, 2.0, 3.0], tf.float64)
    assert_same_bits(loaded(x), x * [0.0, 1.0, 2.0])
    assert manifest_of(parts_of(path))["version"] == 1 and path.stat().st_size < 10_000
    assert loaded.variables == ()


def test_what_is_printed_is_left_out(path, capfd):
    v = tf.Variable(1.0)

    @tf.function
    def f(x):
        if x > 0:
            tf.print("positive", x)
            v.assign(x)
            tf.print("assigned", v)
        return x + v

    for value in (1.0, -1.0):
        f(tf.constant(value))
    loaded = again(f, path, tf.constant(2.0))
    capfd.readouterr()
    assert loaded(tf.constant(5.0)) == 10.0 and loaded(tf.constant(-5.0)) == 0.0
    assert capfd.readouterr() == ("", "")


def test_what_cannot_be_saved_says_so(path):
    v = tf.Variable([1.0])
    optimizer = tf.optimizers.SGD(0.1)
    optimizer.build([v])

    @tf.function
    def steps(x):
        if x > 0:
            v.scatter_nd_add([[0]], [x])
        return x

    def trains(x):
        optimizer.apply_gradients([(x[None], v)])
        return x

    def numbers(x):
        return x * tf.random.normal([]) if x > 0 else x

    def python(x):
        return tf.numpy_function(np.sin, [x], tf.float32) if x > 0 else x

    def assigns(x):
        x[...] = 1.0
        return x

    steps(tf.constant(-1.0))
    steps.save(path, tf.TensorSpec([], tf.float32))
    assert tf.load(path)(tf.constant(-3.0)) == -3.0
    before = path.read_bytes()
    for function, kind, match in (
        (steps, ValueError, "assigned to Variables"),
        (tf.function(trains), ValueError, "assigned to Variables"),
        (tf.function(numbers), ValueError, "random numbers"),
        (tf.function(python), NotImplementedError, "numpy_function"),
        (tf.function(assigns), NotImplementedError, "elements of an argument"),
        (tf.function(lambda x: {1} if x > 0 else x), ValueError, "the result is of set"),
    ):
        with pytest.raises(kind, match=match):
            function.save(path, tf.constant(1.0))
    # Also where another path does that.
    steps(tf.constant(1.0))
    with pytest.raises(ValueError, match="assigned to Variables"):
        steps.save(path, tf.constant(-1.0))
    assert path.read_bytes() == before and float(v[0]) == 2.0
    f, _, _ = steps_of_variables()
    f.save(path, tf.constant(1.0))
    with pytest.raises(ValueError, match="no single program"):
        tf.viz.graph(tf.load(path))
    with pytest.raises(ValueError, match="export_c"):
        f.export_c(path.with_suffix(".c"), tf.constant(1.0))


def test_what_has_no_derivative_says_so(path):
    """Where a function of NumPy's would have been an error beside a tape."""
    f = tf.function(lambda x: tf.numpy.unwrap([0.0, 5.0, 9.0], period=x))
    x = tf.constant(4.0, tf.float64)
    f(x)
    loaded = again(f, path, x)
    assert_same_bits(loaded(x), f(x))
    with tf.GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(TypeError, match="derivative"):
            loaded(x)
    with tf.GradientTape():
        assert_same_bits(loaded(x), f(x))


# ---------------------------------------------------------------- Variables


def steps_of_variables():
    """Each call exchanges two Variables, and counts."""
    a, b = tf.Variable(1.0, name="a"), tf.Variable(2.0, name="b")
    count = tf.Variable(0, trainable=False, name="count", dtype=tf.int64)

    @tf.function
    def f(x):
        first, second = a.read_value(), b.read_value()
        a.assign(second + x)
        b.assign(first)
        count.assign_add(1)
        return a * b

    return f, (a, b), count


def test_variables_are_variables(path):
    f, (a, b), count = steps_of_variables()
    loaded = again(f, path, tf.TensorSpec([], tf.float32))
    assert [v.name for v in loaded.variables] == ["a:0", "b:0", "count:0"]
    assert [v.name for v in loaded.trainable_variables] == ["a:0", "b:0"]
    assert loaded.variables[2].dtype == tf.int64 and not loaded.variables[2].trainable
    assert all(type(v) is tf.Variable for v in loaded.variables)
    own = loaded.variables[:2]
    for value in (0.5, 2.0, -1.0):
        x = tf.constant(value)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y, z = f(x), loaded(x)
        assert_same_bits(y, z)
        for v, w in zip((a, b, count), (*own, loaded.variables[2]), strict=True):
            assert_same_bits(v, w)
        for g, h in zip(tape.gradient(y, [x, a, b]), tape.gradient(z, [x, *own]), strict=True):
            assert (g is None) == (h is None)
            if g is not None:
                assert_same_bits(g, h)
    loaded.save(path)
    third = tf.load(path)
    for v, w in zip(third.variables, loaded.variables, strict=True):
        assert v is not w and v.name == w.name
        assert_same_bits(v, w)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "bfloat16", "float16", "complex128"])
def test_variables_of_each_dtype(dtype, path):
    v = tf.Variable(tf.cast([[0.0, 1.0, 3.0]], dtype), name="v")
    loaded = again(tf.function(lambda: v), path)
    assert_same_bits(loaded(), v)
    assert loaded.variables[0].dtype == v.dtype


def test_a_variable_of_several_kinds_is_one(path):
    v = tf.Variable([1.0, 2.0], name="v")

    def f(x):
        v.assign_add(v)
        return v * x

    kinds = [record_paths(f, (tf.ones(shape),), {}) for shape in ([], [2])]
    write(path, "f", kinds)
    loaded = load(path)
    assert len(loaded.variables) == 1
    assert_same_bits(loaded(tf.constant(1.0)), tf.constant([2.0, 4.0]))
    assert_same_bits(loaded(tf.constant([1.0, 1.0])), tf.constant([4.0, 8.0]))
    assert_same_bits(v, tf.constant([1.0, 2.0]))
    again(loaded, path)
    assert_same_bits(tf.load(path).variables[0], tf.constant([4.0, 8.0]))


def test_a_trained_model_is_trained_further(path):
    """A training loop around a loaded model does what it does around the model."""
    random = np.random.default_rng(0)
    w, b = tf.Variable(random.normal(size=(3, 2)), name="w"), tf.Variable(np.zeros(2), name="b")

    @tf.function
    def model(x):
        y = x @ w + b
        return tf.nn.relu(y) if tf.reduce_mean(y) > 0 else y

    batches = [tf.constant(random.normal(size=(5, 3))) for _ in range(20)]
    for x in batches:
        model(x)
    loaded = again(model, path, batches[0])
    losses = []
    for function, variables in ((model, [w, b]), (loaded, list(loaded.trainable_variables))):
        variables.sort(key=lambda v: v.name)
        optimizer = tf.optimizers.Adam(1e-3)
        found = []
        for x in batches:
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(function(x) ** 2)
            gradients = tape.gradient(loss, variables)
            optimizer.apply_gradients(zip(gradients, variables, strict=True))
            found.append(float(loss))
        losses.append(found)
    assert losses[0] == losses[1]


def test_variables_that_the_first_call_makes(path):
    class Lazy:
        v = None

        @tf.function
        def __call__(self, x):
            if self.v is None:
                self.v = tf.Variable(x * 2.0)
            return self.v + x

    lazy = Lazy()
    loaded = again(lazy.__call__, path, tf.constant(1.0))
    assert loaded(tf.constant(3.0)) == 5.0 and len(loaded.variables) == 1
    with pytest.raises(ValueError, match="makes a Variable in each call"):
        tf.function(lambda x: tf.Variable(x) + x).save(path, tf.constant(1.0))


def test_tapes_know_nothing_of_what_is_saved(path):
    v = tf.Variable(2.0)
    f = tf.function(lambda x: x * v if x > 0 else x)
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x * v
        f.save(path, y)
        z = y * f(x)
    assert tape.gradient(z, x) == 3 * 9.0 * 4.0
    assert tf.load(path)(x) == 6.0
    with pytest.raises(RuntimeError, match="being recorded"):
        tf.function(lambda x: f.save(path, x))(x)


def test_eight_threads(path):
    f, w, _ = steps()
    for size in SIZES * 2:
        f(vector(size))
    f.save(path, tf.TensorSpec([2], tf.float64))
    expected = {}
    for parity in (0, 1):
        loaded = tf.load(path)
        for size in SIZES:
            count = next(v for v in loaded.variables if v.name == "count:0")
            count.assign(parity)
            with tf.GradientTape() as tape:
                y = loaded(vector(size))["y"]
            (v,) = loaded.trainable_variables
            expected.setdefault(size, set()).add((float(y), *tape.gradient(y, v).numpy()))
    loaded, problems = tf.load(path), []
    (v,) = loaded.trainable_variables

    def calls(seed):
        chance = random.Random(seed)
        try:
            for _ in range(200):
                size = chance.choice(SIZES)
                with tf.GradientTape() as tape:
                    y = loaded(vector(size))["y"]
                if (float(y), *tape.gradient(y, v).numpy()) not in expected[size]:
                    problems.append(size)
                if float(loaded(vector(size))["y"]) not in {first for first, *_ in expected[size]}:
                    problems.append(size)
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=calls, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_what_threads_add_adds_up(path):
    """Runs of this length let others have the GIL."""
    total, calls = tf.Variable(0.0, trainable=False), tf.Variable(0, trainable=False)

    @tf.function
    def f(x):
        y = tf.reduce_sum(tf.sin(x) ** 2 + tf.cos(x) ** 2)
        total.assign_add(y if y > 0 else -y)
        calls.assign_add(3)
        calls.assign_sub(1)

    loaded = again(f, path, tf.ones([300_000]))
    x = tf.ones([300_000])

    def several():
        for _ in range(20):
            loaded(x)

    threads = [threading.Thread(target=several) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    totals = {v.dtype: v for v in loaded.variables}
    assert totals[tf.int32] == 2 * 160
    np.testing.assert_allclose(totals[tf.float32], 160 * 300_000.0, rtol=1e-3)
    recorded = tf.function(lambda x: loaded(x))
    for _ in range(3):
        recorded(x)
    assert totals[tf.int32] == 2 * 163


def test_an_operation_that_fails_changes_nothing(path):
    v = tf.Variable(0)

    @tf.function
    def f(i):
        v.assign_add(1)
        return tf.gather([1.0, 2.0], i) if i >= 0 else 0.0

    loaded = again(f, path, tf.constant(1))
    for _ in range(2):
        with pytest.raises(IndexError):
            loaded(tf.constant(5))
    assert loaded.variables[0] == 0
    assert loaded(tf.constant(1)) == 2.0 and loaded.variables[0] == 1


def test_named_tuples_are_tuples_afterwards(path):
    @tf.function
    def f(x):
        return {"largest": tf.math.top_k(x, 2), "all": [tf.linalg.svd(x[:, None])]}

    loaded, x = again(f, path, tf.TensorSpec([4], tf.float64)), vector(3.0)
    x = tf.concat([x, -x], 0)
    values, indices = loaded(x)["largest"]
    assert_same_bits(values, f(x)["largest"].values)
    assert_same_bits(indices, f(x)["largest"].indices)
    assert type(loaded(x)["largest"]) is tuple


@pytest.mark.parametrize("count", [3, 100])
def test_products_of_values_that_are_not_known(count, path):
    """Of which the products on the way may leave the range, whatever they are when it is saved."""

    @tf.function
    def f(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_prod(x)
        return y, tape.gradient(y, x)

    loaded = again(f, path, tf.TensorSpec([count], tf.float64))
    x = np.ones(count)
    for values in ([1e200, 1e200, 1e-300], [2.0, 0.0, 3.0], [1.25, -3.0, 0.7]):
        x[:3] = values
        assert_same_bits(loaded(x)[0], f(x)[0])
        np.testing.assert_allclose(loaded(x)[1], f(x)[1], rtol=1e-14)
    assert loaded(x)[0].numpy() == np.prod(x)


# ---------------------------------------------------------------- files that are none


def saved_steps(path):
    f, _, _ = steps()
    for size in SIZES * 2:
        f(vector(size))
    f.save(path, tf.TensorSpec([2], tf.float64))
    return f


def test_the_same_paths_make_the_same_file(path, tmp_path):
    saved_steps(path)
    tf.load(path).save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def only_program(content):
    return content["programs"][0]["program"]


def guard(content):
    return next(each for each in only_program(content)["segments"] if "guard" in each)


def end(content):
    return next(each for each in only_program(content)["segments"] if "outputs" in each)


def changes(content):
    """By what the counter is changed."""
    return end(content)["assigned"][0][2]


def segments(content):
    return only_program(content)["segments"]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda c: segments(c).clear(), "0 segments"),
        (lambda c: segments(c).append(segments(c)[-1]), "behind none|ends"),
        (lambda c: segments(c).pop(), "behind it alone|no segment"),
        (lambda c: segments(c).reverse(), "behind|no function|ends"),
        (lambda c: guard(c).update(end=-1), "integer|ends"),
        (lambda c: guard(c).update(end=2**33), "integer"),
        (lambda c: guard(c).update(end=10**6), "ends where"),
        (lambda c: guard(c).update(end=0), "read before"),
        (lambda c: guard(c).update(guard=10**6), "no slot"),
        (lambda c: guard(c).update(guard=0), "truth|dtype"),
        (lambda c: guard(c).update(truth=1), "goes on"),
        (lambda c: guard(c).update(behind=[]), "goes on"),
        (lambda c: guard(c).update(more=1), "no program|none"),
        (lambda c: guard(c)["behind"].append(guard(c)["behind"][0]), "behind it alone"),
        (lambda c: guard(c)["behind"][0].__setitem__(-1, 0), "behind it alone"),
        (lambda c: guard(c)["behind"][0].__setitem__(-1, -1), "behind it alone"),
        (lambda c: guard(c)["behind"][0].__setitem__(-1, 2**40), "integer"),
        (lambda c: guard(c)["behind"][0].__setitem__(-1, None), "integer"),
        (lambda c: guard(c)["behind"][0].__setitem__(0, "float64"), "constant of dtype"),
        (lambda c: guard(c)["behind"][0].__setitem__(1, [1]), "another dtype or shape"),
        (lambda c: guard(c)["behind"].pop(), "behind none"),
        (lambda c: end(c).update(outputs=[]), "results"),
        (lambda c: end(c).update(outputs=[0, -1]), "no slot"),
        (lambda c: end(c)["outputs"].__setitem__(0, segments_last_output(c)), "read before"),
        (lambda c: end(c)["assigned"].append(end(c)["assigned"][0]), "twice"),
        (lambda c: end(c)["assigned"][0].__setitem__(1, 0), "another dtype"),
        (lambda c: end(c)["assigned"][0].__setitem__(0, 9), "no number 9"),
        (lambda c: end(c)["assigned"][0].pop(), "2 parts"),
        (lambda c: end(c)["assigned"][0].__setitem__(2, 5), "not a list"),
        (lambda c: changes(c).append(["add"]), "1 parts"),
        (lambda c: changes(c)[0].__setitem__(0, "divide"), "something else than a sum"),
        (lambda c: changes(c)[0].__setitem__(1, 0), "another dtype"),
        (lambda c: changes(c)[0].__setitem__(1, -1), "no slot"),
        (lambda c: only_program(c)["variables"].clear(), "no slot|never|before it"),
        (lambda c: only_program(c)["variables"][0].__setitem__(0, 0), "twice|never"),
        (lambda c: only_program(c)["variables"][0].__setitem__(1, 9), "no number 9"),
        (lambda c: only_program(c).update(derivatives=None), "derivatives"),
        (lambda c: only_program(c).pop("derivatives"), "derivatives"),
        (lambda c: c["variables"].clear(), "no number"),
        (lambda c: c.pop("variables"), "no number"),
        (lambda c: c["variables"][0].update(name=5), "without a name"),
        (lambda c: c["variables"][0].update(trainable=1), "without a name"),
        (lambda c: c["variables"][0].update(value=[]), "no function"),
        (lambda c: c["variables"].reverse(), "takes|dtype|type|inputs"),
        (lambda c: c["programs"][0]["results"].pop(), "those of the paths"),
        (lambda c: c["programs"][0]["results"].append(["none"]), "those of the paths"),
        (lambda c: c["programs"][0]["results"].__setitem__(0, ["none"]), "not the outputs"),
    ],
)
def test_paths_that_are_none(change, match, path):
    saved_steps(path)
    parts = parts_of(path)
    manifest = manifest_of(parts)
    change(manifest["content"])
    write_manifest(path, manifest, parts)
    with pytest.raises((ValueError, NotImplementedError), match=match):
        load(path)


def segments_last_output(content):
    """A slot that another path writes."""
    return only_program(content)["instructions"][-1][3][0][0]


def test_types_are_compared_when_a_segment_is_run_first(path):
    f = tf.function(lambda x: tf.sin(x) * tf.ones([3]) if x > 0 else tf.reduce_sum(x))
    for value in (1.0, -1.0):
        f(tf.constant(value))
    f.save(path, tf.TensorSpec([], tf.float32))
    parts = parts_of(path)
    manifest = manifest_of(parts)
    program = only_program(manifest["content"])
    place = program["operations"].index("multiply")
    product = next(each for each in program["instructions"] if each[0] == place)
    product[3][0][1] = len(program["types"])
    program["types"].append(["float32", [2**20]])
    write_manifest(path, manifest, parts)
    for mapped in (lambda f: f, tf.function, tf.func.vmap, tf.func.jacobian):
        loaded = load(path)
        positive, negative = tf.constant(1.0), tf.constant(-1.0)
        if mapped is tf.func.vmap:
            positive, negative = positive[None], negative[None]
        for _ in range(2):
            with pytest.raises(ValueError, match="is said to give"):
                mapped(loaded)(positive)
            mapped(loaded)(negative)


def test_what_is_no_code_of_paths(path):
    tree = record_paths(steps()[0], (vector(3.0),), {}).paths
    code = _core.paths_as_code(tree, [0])
    del code["results"]
    _core.paths_of_code(code)
    for thing in (None, [], {}, {**code, "more": 1}):
        with pytest.raises(ValueError, match="no code"):
            _core.paths_of_code(thing)
    for change, match in (
        ({"loads": [(1, 2.0)]}, "no Variable"),
        ({"loads": [5]}, "int, not a list"),
        ({"segments": [None]}, "NoneType"),
        ({"segments": [()]}, "integer|neither"),
        ({"segments": [("other", 0, 1)]}, "neither"),
        ({"segments": [("guard", 0, 1)]}, "3 parts"),
        ({"segments": [("return", 0, 1, 2, 3)]}, "5 parts"),
        ({"segments": [("return", 0, (), ())] * 30_000}, "30000 segments"),
    ):
        with pytest.raises(ValueError, match=match):
            _core.paths_of_code({**code, **change})
    with pytest.raises(ValueError, match="there is no path"):
        _core.paths_as_code(_core.PathTree(), [])
    with pytest.raises(ValueError, match="1 inputs was given 2|of 1 inputs"):
        _core.follow_path(_core.paths_of_code(code), [vector(1.0), vector(1.0)])
    with pytest.raises(ValueError, match="another dtype or shape"):
        _core.follow_path(_core.paths_of_code(code), [tf.constant(1.0)])
    with pytest.raises(ValueError, match="not made of code"):
        _core.follow_path(_core.PathTree(), [])


def test_changed_files(path):
    saved_steps(path)
    check_changes(path, range(600))


def check_changes(path, seeds):
    """Whatever a manifest says behind its checksum: a function that runs, or an error."""
    for made in changed_functions(path, seeds):
        for size in SIZES:
            for use in (made, tf.func.jacobian(made), tf.func.vmap(made)):
                try:
                    use(vector(size))
                except REFUSALS:
                    pass


def changed_functions(path, seeds):
    """Those that are read of a file with changes in its manifest; each is written and read."""
    parts = parts_of(path)
    manifest = json.loads(json.dumps(manifest_of(parts)))
    for seed in seeds:
        chance = random.Random(seed)
        content = as_lists(manifest["content"])
        for _ in range(chance.choice([1, 1, 2])):
            content = changed(content, chance, NAMES)
        write_manifest(path, {**manifest, "content": content}, parts)
        try:
            made = load(path)
        except REFUSALS:
            continue
        yield made
        try:
            made.save(path)
            load(path)
        except REFUSALS:
            pass
