"""tf.function(jit_compile=True): machine code in the place of plans."""

from __future__ import annotations

import gc
import itertools
import logging
import os
import stat
import subprocess
import sys
import textwrap
import threading
import weakref

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.exporting import compiler

from .exported import needs_compiler

X = np.linspace(-1.0, 2.0, 7)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache of compiled functions of one's own, which knows none."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("AUTOGRAD_C_CACHE", str(folder))
    monkeypatch.setattr(compiler, "_libraries", {})
    return folder


@pytest.fixture
def runs(monkeypatch):
    """The commands that are run."""
    made = []
    run = compiler._run

    def noted(command):
        made.append(command)
        return run(command)

    monkeypatch.setattr(compiler, "_run", noted)
    return made


def compilations(runs):
    return sum("-o" in command for command in runs)


def compiles(f):
    return tf.function(f, jit_compile=True)


def curve(x):
    return tf.reduce_sum(tf.exp(-(x**2)) * tf.sin(x))


@needs_compiler
def test_values_are_those_of_the_function(cache, runs):
    f = compiles(lambda x, y: (tf.tanh(x) @ y, {"n": tf.cast(x > 0.5, tf.int32), "x": x}))
    arrays = [X[:6].reshape(2, 3), X[:6].reshape(3, 2)]
    for shift in (0.0, 1.0, 2.0):
        x, y = (tf.constant(a + shift) for a in arrays)
        product, rest = f(x, y)
        np.testing.assert_allclose(product, np.tanh(x.numpy()) @ y.numpy(), rtol=1e-14)
        np.testing.assert_array_equal(rest["n"], x.numpy() > 0.5)
        np.testing.assert_array_equal(rest["x"], x)
    assert compilations(runs) == 1
    assert len(os.listdir(cache)) == 1


@needs_compiler
def test_nothing_is_compiled_unless_it_is_asked_for(cache, runs):
    for f in (tf.function(curve), tf.function(curve, jit_compile=False)):
        for _ in range(3):
            f(tf.constant(X))
    assert runs == [] and not cache.exists()


@needs_compiler
def test_derivatives_through_a_call_and_inside_of_it(cache, runs):
    f, slope = compiles(curve), compiles(tf.func.grad(curve))
    x = tf.constant(X)
    expected = tf.func.grad(curve)(x)
    for _ in range(3):
        f(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        np.testing.assert_allclose(tape.gradient(y, x), expected, rtol=1e-14)
        np.testing.assert_allclose(slope(x), expected, rtol=1e-13)
        np.testing.assert_allclose(
            tf.func.hessian(f)(x), tf.func.hessian(curve)(x), rtol=1e-12, atol=1e-14
        )
        np.testing.assert_allclose(
            tf.func.grad(lambda x: tf.reduce_sum(slope(x)))(x),
            tf.func.grad(lambda x: tf.reduce_sum(tf.func.grad(curve)(x)))(x),
            rtol=1e-12,
            atol=1e-14,
        )
    assert compilations(runs) == 2


@needs_compiler
def test_ways_that_depend_on_values(cache):
    @compiles
    def f(x):
        x = tf.sin(x) * 2.0
        if x > 0.5:
            return tf.exp(x)
        while x < 0.0:
            x = x + 0.75
        return tf.sqrt(x)

    for _ in range(3):
        for value in np.linspace(-3, 3, 25):
            x = 2 * np.sin(value)
            expected = np.exp(x) if x > 0.5 else np.sqrt(x + 0.75 * max(0, np.ceil(-x / 0.75)))
            np.testing.assert_allclose(f(tf.constant(value)), expected, rtol=1e-12, atol=1e-7)


@needs_compiler
def test_variables_are_read_and_assigned(cache, runs):
    v = tf.Variable([1.0, 2.0])
    total = tf.Variable(0.0)

    @compiles
    def step(x):
        v.assign(v * x)
        total.assign_add(tf.reduce_sum(v))
        return v + total

    for count in range(1, 5):
        result = step(tf.constant(2.0))
        np.testing.assert_allclose(v, np.array([1.0, 2.0]) * 2.0**count)
        np.testing.assert_allclose(total, 3.0 * (2.0 ** (count + 1) - 2))
        np.testing.assert_allclose(result, v + total)
    v.assign([3.0, 4.0])
    np.testing.assert_allclose(step(tf.constant(1.0)), v + total)
    assert compilations(runs) == 1


@needs_compiler
def test_methods_do_not_keep_their_object(cache):
    class Model:
        def __init__(self):
            self.v = tf.Variable(3.0)

        @tf.function(jit_compile=True)
        def __call__(self, x):
            return self.v * x

    model = Model()
    assert [float(model(tf.constant(2.0))) for _ in range(3)] == [6.0] * 3
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


@needs_compiler
def test_arguments_of_any_layout(cache):
    f = compiles(lambda x: x * 2.0 + x[0])
    x = tf.constant(np.arange(12.0).reshape(3, 4))
    f(x)
    f(x)
    for y in (tf.transpose(tf.reshape(x, [4, 3])), tf.broadcast_to(x[0], [3, 4]), x[::-1]):
        np.testing.assert_array_equal(f(y), y.numpy() * 2 + y.numpy()[0])


@needs_compiler
def test_what_fails_raises_the_error_of_the_operation(cache):
    f = compiles(lambda x, k: tf.gather(x, k))
    x = tf.constant(X)
    for _ in range(3):
        assert f(x, tf.constant([1]))[0] == X[1]
    with pytest.raises((IndexError, tf.errors.InvalidArgumentError), match="out of bounds"):
        f(x, tf.constant([7]))
    assert f(x, tf.constant([-1]))[0] == X[-1]


@needs_compiler
def test_an_operation_that_is_missing(cache, runs, caplog):
    f = compiles(lambda x: tf.linalg.expm(x) * 2.0)
    x = tf.constant([[0.0, 1.0], [0.0, 0.0]])
    with caplog.at_level(logging.WARNING, "autograd_c"):
        for _ in range(4):
            np.testing.assert_allclose(f(x), [[2, 2], [0, 2]])
    assert len(caplog.records) == 1 and "[expm]" in caplog.text
    assert compilations(runs) == 0


def test_no_compiler(cache, monkeypatch, caplog):
    monkeypatch.setenv("CC", "no-such-compiler -O2")
    f = compiles(curve)
    with caplog.at_level(logging.WARNING, "autograd_c"):
        values = [f(tf.constant(X)) for _ in range(4)]
    np.testing.assert_allclose(values, curve(tf.constant(X)), rtol=1e-15)
    assert len(caplog.records) == 1 and "no-such-compiler" in caplog.text


def test_a_compiler_that_fails(cache, monkeypatch, caplog, tmp_path):
    script = tmp_path / "cc"
    script.write_text(
        "#!/bin/sh\ncase \"$*\" in *-dM*) exit 0;; esac\necho 'out of order' >&2\nexit 3\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("CC", str(script))
    f = compiles(curve)
    with caplog.at_level(logging.WARNING, "autograd_c"):
        for _ in range(3):
            f(tf.constant(X))
    assert len(caplog.records) == 1 and "out of order" in caplog.text
    assert list(cache.iterdir()) == []


@needs_compiler
def test_eight_threads(cache):
    f = compiles(lambda x: tf.cumsum(tf.sin(x)) * tf.reduce_sum(x))
    arrays = [np.linspace(k, k + 1, 20_000) for k in range(8)]
    wrong = []

    def calls(x):
        for _ in range(20):
            result = f(tf.constant(x)).numpy()
            if not np.allclose(result, np.cumsum(np.sin(x)) * x.sum(), rtol=1e-10):
                wrong.append(x[0])

    threads = [threading.Thread(target=calls, args=[x]) for x in arrays]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert wrong == []


# ---------------------------------------------------------------- the cache


@needs_compiler
def test_what_was_compiled_is_found_again(cache, runs, monkeypatch):
    def call():
        f = compiles(curve)
        return [f(tf.constant(X)) for _ in range(2)][1]

    first = call()
    monkeypatch.setattr(compiler, "_libraries", {})
    assert call() == first
    assert compilations(runs) == 1
    (name,) = os.listdir(cache)
    assert stat.S_IMODE(os.stat(cache).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(cache / name).st_mode) == 0o600


@needs_compiler
def test_a_damaged_file_is_made_again(cache, runs, monkeypatch):
    f = compiles(curve)
    expected = [f(tf.constant(X)) for _ in range(2)][1]
    (name,) = os.listdir(cache)
    # Not the file that is loaded: that is in use.
    os.remove(cache / name)
    (cache / name).write_bytes(b"no library")
    monkeypatch.setattr(compiler, "_libraries", {})
    g = compiles(curve)
    assert [g(tf.constant(X)) for _ in range(2)][1] == expected
    assert compilations(runs) == 2


@needs_compiler
@pytest.mark.skipif(not hasattr(os, "getuid"), reason="there are no owners of files")
def test_a_directory_that_others_can_write_to_is_not_used(cache, runs):
    cache.mkdir()
    cache.chmod(0o777)
    f = compiles(curve)
    for _ in range(2):
        f(tf.constant(X))
    assert compilations(runs) == 1 and os.listdir(cache) == []


@needs_compiler
def test_without_a_cache(cache, runs, monkeypatch):
    monkeypatch.setenv("AUTOGRAD_C_CACHE", "off")
    assert compiler.cache_directory() is None
    f = compiles(curve)
    for _ in range(2):
        f(tf.constant(X))
    assert compilations(runs) == 1 and not cache.exists()


def test_where_the_cache_is(tmp_path, monkeypatch):
    monkeypatch.delenv("AUTOGRAD_C_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert compiler.cache_directory() == str(tmp_path / "xdg" / "autograd_c")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert compiler.cache_directory().startswith(str(tmp_path / "home"))
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AUTOGRAD_C_CACHE", str(tmp_path / "file" / "below"))
    assert compiler.cache_directory() is None


@needs_compiler
def test_the_oldest_files_are_given_up(cache, monkeypatch):
    monkeypatch.setattr(compiler, "_MOST_FILES", 2)
    for power in range(4):
        f = compiles(lambda x, p=power: x * float(p + 2))
        for _ in range(2):
            f(tf.constant(X))
    assert len(os.listdir(cache)) == 2


@needs_compiler
def test_another_process_uses_what_is_kept(cache, runs):
    program = textwrap.dedent(
        """
        import autograd_c as tf
        from autograd_c.exporting import compiler
        commands, run = [], compiler._run
        compiler._run = lambda command: commands.append(command) or run(command)
        f = tf.function(lambda x: tf.sin(x) * 3.0, jit_compile=True)
        for _ in range(3):
            y = f(tf.constant(0.5))
        print(float(y), sum("-o" in command for command in commands))
        """
    )
    answers = [
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(2)
    ]
    assert [count for _, count in answers] == ["1", "0"]
    assert answers[0][0] == answers[1][0]
    np.testing.assert_allclose(float(answers[0][0]), 3 * np.sin(0.5), rtol=1e-6)


@needs_compiler
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_places_of_extrema_beside_nan(cache, dtype):
    rows = np.array(list(itertools.product([np.nan, -np.inf, -1.0, 2.0], repeat=3)), dtype)
    for name in ("argmax", "argmin"):
        f = compiles(lambda x, name=name: getattr(tf, name)(x, 1))
        expected = getattr(tf, name)(rows, 1).numpy()
        for _ in range(2):
            np.testing.assert_array_equal(f(tf.constant(rows)).numpy(), expected)


@needs_compiler
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_running_logarithms_of_sums_beside_nan(cache, dtype):
    rows = np.array(list(itertools.product([np.nan, -np.inf, np.inf, 2.0], repeat=3)), dtype)

    def sums(x):
        return [
            tf.math.cumulative_logsumexp(x, 1, exclusive=exclusive, reverse=reverse)
            for exclusive, reverse in itertools.product((False, True), repeat=2)
        ]

    f, expected = compiles(sums), sums(tf.constant(rows))
    for _ in range(2):
        for found, y in zip(f(tf.constant(rows)), expected, strict=True):
            np.testing.assert_allclose(found.numpy(), y.numpy(), rtol=1e-6)


SPECIAL = ["digamma", "lgamma", "erfinv", "ndtri", "erfcinv"]


@needs_compiler
@pytest.mark.parametrize("name", SPECIAL)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_special_functions_where_they_have_poles(cache, name, dtype):
    x = np.array([0.0, -0.0, 1.0, -1.0, 2.0, -2.0, np.inf, -np.inf, np.nan, 0.5], dtype)
    function = getattr(tf.math, name)
    f = compiles(function)
    for _ in range(2):
        found = f(tf.constant(x)).numpy()
        np.testing.assert_allclose(found, function(x).numpy(), rtol=1e-5, atol=1e-15)
