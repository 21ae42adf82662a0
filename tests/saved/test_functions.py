"""Functions in files: arguments and results of any structure, and what is refused."""

from __future__ import annotations

import gc
import json
import random

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core
from autograd_c.programs.functions import KIND, load, record, save, write
from autograd_c.programs.kinds import Recorded
from autograd_c.programs.saving import load as load_program

from ..operations import assert_same_bits
from .mutations import REFUSALS, changed
from .test_files import NAMES, manifest_of, parts_of, write_manifest

W = tf.Variable([[1.0, 2.0], [3.0, 4.0]])


def model(batch, scale=1.0, *, options=None):
    """Structures go in and come out, with Python's values."""
    x, (y, z) = batch["x"], batch["pair"]
    hidden = tf.tanh(x @ W) * scale
    if options == "sum":
        hidden = tf.reduce_sum(hidden, 1)
    return {"hidden": hidden, "others": [y + z, (None, True, 3, 0.1, "text")], "W": W}


def batch(seed):
    values = np.random.default_rng(seed)
    x, y, z = (values.normal(size=shape).astype("f") for shape in ((3, 2), (), (4,)))
    return {"x": tf.constant(x), "pair": (tf.constant(y), z)}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "function.agc"


def assert_same(a, b):
    assert type(a) is type(b) or isinstance(b, tf.Variable)
    if isinstance(a, dict):
        assert list(a) == list(b)
        a, b = list(a.values()), list(b.values())
    if isinstance(a, (list, tuple)):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert_same(x, y)
    elif isinstance(a, tf.Tensor):
        assert_same_bits(a, tf.convert_to_tensor(b))
    else:
        assert a == b


def test_arguments_and_results_have_structures(path):
    save(model, path, batch(0), options="sum")
    again = tf.load(path)
    assert again.name == "model"
    for seed in range(3):
        expected = tf.function(model)(batch(seed), options="sum")
        assert_same(again(batch(seed), options="sum"), expected)
        assert_same(again(batch=batch(seed), scale=1.0, options="sum"), expected)


def test_other_arguments_are_refused(path):
    save(model, path, batch(0), 2.0)
    again = tf.load(path)
    assert_same(again(batch(1), 2.0), tf.function(model)(batch(1), 2.0))
    short = {**batch(0), "x": tf.ones([2, 2])}
    wide = {**batch(0), "x": tf.ones([3, 2], tf.float64)}
    listed = {**batch(0), "pair": list(batch(0)["pair"])}
    for args, kwargs in [
        ((batch(0),), {}),
        ((batch(0), 3.0), {}),
        ((batch(0), 2), {}),
        ((batch(0), 2.0), {"options": "sum"}),
        ((batch(0), 2.0, 5), {}),
        ((short, 2.0), {}),
        ((wide, 2.0), {}),
        ((listed, 2.0), {}),
        (({"x": batch(0)["x"]}, 2.0), {}),
        ((), {}),
        ((object(),), {}),
    ]:
        with pytest.raises(ValueError, match="saved for other|is of object"):
            again(*args, **kwargs)


def test_variables_are_saved_as_they_are(path):
    v = tf.Variable(2.0)
    save(lambda x: x * v, path, tf.constant(1.0))
    v.assign(5.0)
    assert tf.load(path)(tf.constant(3.0)) == 6.0


def test_specs_stand_for_tensors(path):
    save(tf.function(lambda x, n: x * 2.0 if n else x), path, tf.TensorSpec([3], tf.float64), True)
    assert_same_bits(tf.load(path)(np.arange(3.0), True), np.arange(3.0) * 2)
    save(lambda m: tf.logical_not(m), path, tf.TensorSpec([2], tf.bool))
    assert_same_bits(tf.load(path)(tf.constant([True, False])), np.array([False, True]))
    save(tf.sin, path, tf.TensorSpec([None], tf.float64))
    for n in (2, 7):
        assert_same_bits(tf.load(path)(np.arange(n) * 1.0), tf.sin(np.arange(n) * 1.0))


def test_a_function_of_several_kinds_of_arguments(path):
    kinds = [record(model, batch(0)), record(model, batch(0), options="sum"), record(tf.sin, 1.0)]
    assert all(isinstance(each, Recorded) for each in kinds)
    write(path, "several", kinds[:2])
    again = load(path)
    for options in (None, "sum"):
        assert_same(again(batch(2), options=options), model(batch(2), options=options))
    again.save(path)
    assert_same(load(path)(batch(2), options="sum"), model(batch(2), options="sum"))
    assert "2 kinds" in repr(again)


def test_loaded_functions_are_differentiated(path):
    save(lambda x: tf.reduce_sum(x**3), path, tf.ones([2], tf.float64))
    again = tf.load(path)
    x = tf.constant([1.0, 2.0], tf.float64)
    assert_same_bits(tf.func.grad(again)(x), 3 * x**2)
    np.testing.assert_allclose(tf.func.hessian(again)(x), np.diag(6 * np.asarray(x)))


def test_functions_with_loops_are_loaded(path):
    """With as many rounds as values ask for, and derivatives of the second order."""

    @tf.function
    def power(x, n):
        return tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, y * x), (0, x))[1]

    power.save(path, tf.TensorSpec([], tf.float64), tf.TensorSpec([], tf.int32))
    again = tf.load(path)
    x = tf.constant(1.5, tf.float64)
    for n in (0, 1, 5):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = again(x, tf.constant(n))
            slope = tape.gradient(y, x)
        assert float(y) == pytest.approx(1.5 ** (n + 1))
        assert float(slope) == pytest.approx((n + 1) * 1.5**n)
        second = outer.gradient(slope, x, unconnected_gradients="zero")
        assert float(second) == pytest.approx((n + 1) * n * 1.5 ** (n - 1))
    assert tf.viz.text(again) == tf.viz.text(again, x, tf.constant(3))


def test_kinds_of_arguments_are_told_apart_each_time(path):
    """Also where calls are found by what they had in common with earlier ones."""

    def f(x, y, power=2):
        return (x - 2.0 * y) ** power

    kinds = [
        record(f, *(np.zeros(shape, "f") for shape in shapes)) for shapes in ([(), (2,)], [()] * 2)
    ]
    write(path, "f", [*kinds, record(f, 1.0, np.zeros((), "f"), 3), record(f, 1.0, 2.0, 3)])
    again = load(path)
    x, y, z = tf.constant(3.0), tf.constant(1.0), tf.constant([1.0, 2.0])
    array, v = np.array(5.0, "f"), tf.Variable(7.0)
    for k in range(3):
        assert again(x, y) == 1.0 and again(y, x) == 25.0 and again(x, x) == 9.0
        assert_same_bits(again(x, z), tf.constant([1.0, 1.0]))
        assert again(y=y, x=x) == 1.0 and again(x, y, 2) == 1.0 and again(x, y, power=2) == 1.0
        assert again(1.0, y, 3) == -1.0 and again(1.0, 2.0, 3) == -27.0
        array[...], _ = k, v.assign(10.0 + k)
        assert again(array, y) == (k - 2.0) ** 2 and again(v, y) == (8.0 + k) ** 2
        for other in ((z, x), (x, y, 3), (2.0, y, 3), (True, y, 3)):
            with pytest.raises(ValueError, match="saved for other"):
                again(*other)


def test_what_functions_may_take_and_return(path):
    with pytest.raises(ValueError, match=r"x0? is of object|is of object"):
        save(lambda x: x, path, object())
    with pytest.raises(ValueError, match="the result is of set"):
        save(lambda x: {1, 2}, path, 1.0)
    deep: list = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(ValueError, match="too deep"):
        save(lambda x: x[0], path, deep)
    with pytest.raises(ValueError, match="random numbers"):
        save(lambda x: x * tf.random.normal([]), path, tf.constant(1.0))
    with pytest.raises(TypeError):
        save(lambda x: x, path)


def test_a_program_is_no_function(path):
    save(tf.sin, path, tf.constant(1.0))
    with pytest.raises(ValueError, match="is no program, but a 'function'"):
        load_program(path)
    assert KIND == "function"


def test_changed_files(path):
    save(model, path, batch(0))
    check_changes(path, range(300))


def check_changes(path, seeds):
    parts = parts_of(path)
    manifest = manifest_of(parts)
    for seed in seeds:
        chance = random.Random(seed)
        new = changed(manifest["content"], chance, NAMES)
        write_manifest(path, {**json.loads(json.dumps(manifest)), "content": new}, parts)
        try:
            made = load(path)
            made(batch(0))
        except REFUSALS:
            pass


# ---------------------------------------------------------------- shown


def test_functions_are_shown_and_timed(path):
    shown = tf.viz.text(model, batch(0), options="sum")
    assert "%0 = batch['x']" in shown and "hidden = tf.tanh(x @ W) * scale" in shown
    assert "matmul" in str(tf.viz.graph(model, batch(0)))
    assert "batch['pair'][0]" in tf.viz.graph(tf.function(model), batch(0)).dot
    assert {name for name, _, _ in tf.viz.profile(model)(batch(0)).operations} >= {"tanh", "matmul"}
    save(model, path, batch(0))
    again = tf.load(path)
    assert tf.viz.text(again).endswith(tf.viz.text(again, batch(0))[-60:])
    assert tf.viz.profile(again)(batch(1)).seconds > 0
    with pytest.raises(ValueError, match="no program for"):
        tf.viz.text(again, 1.0)
    program = _core.Program(tf.sin, [1.0])
    assert tf.viz.profile(program)(2.0).operations[0][:2] == ("sin", 1)


def test_the_same_by_tf_function(path):
    f = tf.function(model)
    assert f.program(batch(0), options="sum") == tf.viz.text(model, batch(0), options="sum")
    f.save(path, batch(0))
    assert_same(tf.load(path)(batch(1)), f(batch(1)))
    specified = tf.function(lambda x: tf.sin(x), input_signature=[tf.TensorSpec([2], tf.float32)])
    assert "float32[2]" in specified.program()
    specified.save(path)
    assert_same_bits(tf.load(path)(tf.constant([1.0, 2.0])), tf.sin([1.0, 2.0]))
    inner = tf.function(lambda x: f(x)["hidden"] * 2.0)
    inner.save(path, batch(0))
    assert_same_bits(tf.load(path)(batch(2)), model(batch(2))["hidden"] * 2.0)

    class Model:
        def __init__(self):
            self.w = tf.Variable(3.0)

        @tf.function
        def __call__(self, x):
            return self.w * x

    bound = Model()
    bound.__call__.save(path, tf.constant(1.0))
    assert tf.load(path)(tf.constant(2.0)) == 6.0


def test_garbage_is_collected_while_paths_are_copied():
    """A finalizer calls the function, which goes new ways. (CPython 3.12 and later collects
    afterwards.)"""

    @tf.function
    def f(x, n):
        for k in range(int(n)):
            x = x * 2.0 if x > 9.0 else tf.sin(x) + float(k)
        return x

    def collected(phase, _):
        gc.callbacks.remove(collected)
        for n in range(2, 12):
            f(x, tf.constant(n))

    x = tf.constant(1.0)
    for n in range(2):
        f(x, tf.constant(n))
    tree = f._recorded_for((x, tf.constant(0)), {})[0]

    def code(copy):
        return str(_core.paths_as_code(copy, [0, 1]))

    before = code(_core.copy_paths(tree))
    thresholds = gc.get_threshold()
    gc.callbacks.append(collected)
    gc.set_threshold(1)
    try:
        copy = _core.copy_paths(tree)
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks[:] = [call for call in gc.callbacks if call is not collected]
    assert code(copy) in (before, code(_core.copy_paths(tree)))
