"""Files that `export_c` writes: what is in them, and programs of C that use them."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core
from autograd_c.exporting.files import identifier
from autograd_c.exporting.types import literal
from autograd_c.values import errors

from .exported import CC, STRICT, library_of, needs_compiler

X = np.array([0.5, -1.25, 2.0])
SPEC = tf.TensorSpec([3], tf.float64)


def rosenbrock(x):
    return tf.reduce_sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def compiled(folder, name="f", options=("-O1",)):
    """The library of the file of that name."""
    source, binary = os.path.join(folder, f"{name}.c"), os.path.join(folder, f"{name}.so")
    command = [*CC, *STRICT, *options, "-fPIC", "-shared", source, "-o", binary, "-lm"]
    subprocess.run(command, check=True)
    return ctypes.CDLL(binary)


def pointer(array):
    return ctypes.c_void_p(array.ctypes.data)


def export(folder, function, *args, **kwargs):
    tf.function(function).export_c(os.path.join(folder, "f.c"), *args, **kwargs)
    with open(os.path.join(folder, "f.c")) as source, open(os.path.join(folder, "f.h")) as header:
        return source.read(), header.read()


@needs_compiler
def test_a_function_and_its_derivatives(tmp_path):
    export(tmp_path, rosenbrock, SPEC, derivatives=["gradient", "jacobian", "hvp"])
    library = compiled(tmp_path)
    value, slope, vector = np.zeros(1), np.zeros(3), np.array([1.0, 2.0, -1.0])
    x = tf.constant(X)
    assert library.rosenbrock(pointer(X), pointer(value)) == 0
    np.testing.assert_allclose(value[0], rosenbrock(x), rtol=1e-14)
    value[:] = 0
    assert library.rosenbrock_gradient(pointer(X), pointer(value), pointer(slope)) == 0
    np.testing.assert_allclose(value[0], rosenbrock(x), rtol=1e-14)
    np.testing.assert_allclose(slope, tf.func.grad(rosenbrock)(x), rtol=1e-13)
    slope[:] = 0
    assert library.rosenbrock_jacobian(pointer(X), pointer(slope)) == 0
    np.testing.assert_allclose(slope, tf.func.grad(rosenbrock)(x), rtol=1e-13)
    assert library.rosenbrock_hvp(pointer(X), pointer(vector), pointer(slope)) == 0
    expected = tf.func.hvp(rosenbrock, (x,), (tf.constant(vector),))
    np.testing.assert_allclose(slope, expected, rtol=1e-13)


@needs_compiler
def test_jacobians_of_several_results(tmp_path):
    def f(x, n, scale):
        return {"a": tf.sin(x) * scale, "b": (x[0] * x[1], tf.cast(n, tf.float64) * x)}

    scalar = tf.TensorSpec([], tf.float64)
    number = tf.TensorSpec([], tf.int32)
    source, _ = export(tmp_path, f, SPEC, number, scalar, derivatives="jacobian")
    library = compiled(tmp_path)
    assert "jacobian of result['b'][0] by scale" in source
    blocks = [np.zeros(s) for s in [(3, 3), (3,), (3,), (), (3, 3), (3,)]]
    library.f_jacobian(pointer(X), 4, ctypes.c_double(2.0), *map(pointer, blocks))
    np.testing.assert_allclose(blocks[0], np.diag(2 * np.cos(X)))
    np.testing.assert_allclose(blocks[1], np.sin(X))
    np.testing.assert_allclose(blocks[2], [X[1], X[0], 0])
    assert blocks[3] == 0
    np.testing.assert_allclose(blocks[4], 4 * np.eye(3))
    np.testing.assert_allclose(blocks[5], 0)


@needs_compiler
def test_arguments_that_a_comment_alone_names(tmp_path):
    """The lines of the function stand in comments."""

    def f(x, s, unused):
        return [x[0] * 2.0, s, unused][0]

    number = tf.TensorSpec([], tf.float64)
    source, _ = export(tmp_path, f, SPEC, number, number, derivatives="gradient")
    assert "[x[0] * 2.0, s, unused]" in source
    value = np.zeros(1)
    given = pointer(X), ctypes.c_double(2.0), ctypes.c_double(3.0)
    library = compiled(tmp_path)  # without warnings
    assert library.f(*given, pointer(value)) == 0
    assert value[0] == 1.0


@needs_compiler
def test_a_program_of_c_that_includes_the_header(tmp_path):
    """And of C++, if there is such a compiler."""

    def moments(samples):
        mean = tf.reduce_mean(samples, 0)
        return mean, tf.reduce_mean((samples - mean) ** 2, 0)

    export(tmp_path, moments, tf.TensorSpec([200, 2], tf.float32))
    main = """
#include <stdio.h>
#include "f.h"
static moments_work work;
int main(void) {
    static float samples[400];
    float mean[2], variance[2];
    for (int i = 0; i < 400; i++) samples[i] = (float)(i % 10);
    if (sizeof(moments_work) > BYTES) return 2;
    if (moments(samples, mean, variance, &work) != 0) return 1;
    printf("%g %g %g %g", mean[0], mean[1], variance[0], variance[1]);
    return 0;
}
"""
    stated = re.search(r"works with (\d+) bytes", (tmp_path / "f.h").read_text())
    main = main.replace("BYTES", stated.group(1))
    builds = [(CC, "main.c", [*STRICT])]
    if shutil.which("c++"):
        builds.append((["c++"], "main.cpp", ["-Wall", "-Wextra", "-Werror", "-pedantic"]))
    for compiler, name, options in builds:
        (tmp_path / name).write_text(main)
        subprocess.run([*CC, *STRICT, "-c", "f.c", "-o", "f.o"], check=True, cwd=tmp_path)
        command = [*compiler, *options, name, "f.o", "-o", "program", "-lm"]
        subprocess.run(command, check=True, cwd=tmp_path)
        answer = subprocess.run(tmp_path / "program", capture_output=True, text=True, check=True)
        assert answer.stdout == "4 5 8 8"


@needs_compiler
def test_the_program_of_the_page(tmp_path):
    """docs/exported-c.md, whose function of Python this is."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "exported-c.md").read_text()
    main = re.search(r"```c\n(.*?)```", page, re.DOTALL).group(1)

    def energy(position, stiffness=2.0):
        stretch = position[1:] - position[:-1]
        return 0.5 * stiffness * tf.reduce_sum(stretch**2)

    spec = tf.TensorSpec([4], tf.float64)
    tf.function(energy).export_c(tmp_path / "energy.c", spec, derivatives=["gradient"])
    (tmp_path / "main.c").write_text(main)
    command = [*CC, *STRICT, "-O3", "main.c", "energy.c", "-o", "program", "-lm"]
    subprocess.run(command, check=True, cwd=tmp_path)
    answer = subprocess.run(tmp_path / "program", capture_output=True, text=True, check=True)
    assert answer.stdout == "6, -2 -2 2 2\n"


@needs_compiler
def test_two_threads_in_one_function(tmp_path):
    def f(x):
        for _ in range(5):
            x = tf.linalg.matvec(tf.sin(x[:, None] * x[None, :]), x) / 100.0
        return x

    x = np.linspace(0, 1, 120)
    library = library_of({"f": _core.Program(f, [x])})
    expected = library.call("f", x)[0]
    np.testing.assert_allclose(expected, f(tf.constant(x)), rtol=1e-12)
    wrong = []

    def calls():
        for _ in range(50):
            if not np.array_equal(library.call("f", x)[0], expected):
                wrong.append(True)

    threads = [threading.Thread(target=calls) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_lines_of_the_user_and_names(tmp_path):
    def f(x, double, pow):
        y = tf.exp(x)  # the exponential /* of all */
        return tf.reduce_sum(y * double + pow)

    scalar = tf.TensorSpec([], tf.float64)
    source, header = export(tmp_path, f, SPEC, scalar, scalar)
    assert (
        "test_export_c.py:" in source
        and "y = tf.exp(x)  # the exponential / * of all * /" in source
    )
    signature = (
        "int f(const double *restrict x, double double_, double pow_, double *restrict result);"
    )
    assert signature in header and signature in source
    assert source.count("for (") == 2  # the elements, and their sum


def test_dead_code_is_left_out(tmp_path):
    def f(x):
        tf.cosh(x)
        return tf.sin(x) * 1.0

    source, _ = export(tmp_path, f, SPEC)
    assert "cosh" not in source and "result[i] = sin(x[i]);" in source


@needs_compiler
def test_memory_that_is_assigned_to_in_its_place(tmp_path):
    def f(x):
        x = x * 2.0
        for k in range(20):
            x[k + 1] = x[k] + 1.0
        return x

    x = np.arange(500.0)
    program = _core.Program(f, [x])
    library = library_of({"f": program})
    np.testing.assert_array_equal(library.call("f", x)[0], program.run([x])[0])
    assert library.source.count("for (") <= 2
    assert not library.functions["f"].work


@needs_compiler
def test_an_old_value_that_is_needed_stays(tmp_path):
    def f(x):
        y = x * 2.0
        z = tf.identity(y)
        z[3] = 7.0
        return tf.reduce_sum(y), z, y * z

    x = np.arange(100.0)
    program = _core.Program(f, [x])
    for actual, expected in zip(
        library_of({"f": program}).call("f", x), program.run([x]), strict=True
    ):
        np.testing.assert_allclose(actual, expected)


@needs_compiler
def test_results_that_are_arguments_constants_or_each_other(tmp_path):
    table = np.arange(6.0).reshape(2, 3)

    def f(x, s):
        y = tf.exp(x)
        return (
            x,
            s,
            y,
            y,
            tf.transpose(y),
            tf.constant(table),
            tf.zeros([2, 2], tf.float64),
            y[1, 0],
        )

    arrays = [np.arange(4.0).reshape(2, 2), np.array(3.5)]
    program = _core.Program(f, arrays)
    actual = library_of({"f": program}).call("f", *arrays)
    for a, b in zip(actual, program.run(arrays), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-15)


@needs_compiler
def test_failures_have_numbers(tmp_path):
    def f(x, k):
        return tf.gather(x, k), tf.linalg.cholesky(tf.reshape(x, [1, 1]))

    arrays = [np.array([4.0]), np.array([0, -1], np.int32)]
    program = _core.Program(f, arrays)
    library = library_of({"f": program})
    np.testing.assert_array_equal(library.call("f", *arrays)[0], [4, 4])
    with pytest.raises(RuntimeError, match="failed: 1"):
        library.call("f", arrays[0], np.array([0, 1]))
    with pytest.raises(RuntimeError, match="failed: 2"):
        library.call("f", np.array([-4.0]), arrays[1])
    assert "an index is out of range" in library.source


@needs_compiler
def test_random_programs(tmp_path):
    """Views of views, assignments, reductions: what meets in memory."""
    operations = [
        lambda x, y: x + y,
        lambda x, y: tf.transpose(x) * y,
        lambda x, y: x[::-1] - y[:, ::-1],
        lambda x, y: tf.reshape(tf.transpose(x), [6, 6]),
        lambda x, y: tf.sin(x) + tf.reduce_mean(y, 1)[:, None],
        lambda x, y: x @ y / 6.0,
        lambda x, y: tf.concat([x[:2], y[2:]], 0),
        lambda x, y: tf.where(x > y, x, tf.reduce_max(y)),
        lambda x, y: assigned(x, y),
        lambda x, y: tf.roll(x, 2, 1) - tf.cumsum(y, 0) / 6.0,
        lambda x, y: tf.nn.softmax(x) + tf.linalg.diag(tf.linalg.diag_part(y)),
        lambda x, y: tf.pad(x, [[1, 1], [0, 2]])[1:-1, 2:] * 0.5,
    ]

    def assigned(x, y):
        z = tf.identity(x)
        z[1:3, ::2] = y[3:5, 3:]
        z[:, 5] = z[0]
        return z

    def program_of(seed):
        chance = np.random.default_rng(seed)
        choices = chance.integers(0, len(operations), 14)
        operands = [chance.integers(0, k + 2, 2) for k in range(len(choices))]

        def f(a, b):
            values = [a, b]
            for choice, (i, j) in zip(choices, operands, strict=True):
                values.append(operations[choice](values[i], values[j]))
            return values[-1], tf.reduce_sum(values[-2], 0)

        def loss(a, b):
            first, second = f(a, b)
            return tf.reduce_sum(first * first) + tf.reduce_sum(second)

        arrays = list(chance.uniform(-1, 1, (2, 6, 6)))
        gradient = tf.func.value_and_grad(loss, (0, 1))

        def both(a, b):
            value, slopes = gradient(a, b)
            return [*f(a, b), value, *slopes]

        return _core.Program(both, arrays), arrays

    made = {f"f{seed}": program_of(seed) for seed in range(60)}
    library = library_of({name: program for name, (program, _) in made.items()})
    for name, (program, arrays) in made.items():
        for actual, expected in zip(library.call(name, *arrays), program.run(arrays), strict=True):
            np.testing.assert_allclose(actual, expected, rtol=1e-11, atol=1e-11, err_msg=name)


def test_what_cannot_be_exported(tmp_path):
    path = tmp_path / "f.c"
    cases = [
        (lambda x: x if x[0] > 0 else -x, {}, ValueError, "for the values alone"),
        (lambda x: tf.signal.rfft(x), {}, NotImplementedError, "complex128"),
        (lambda x: tf.cast(x, tf.float16), {}, NotImplementedError, "float16"),
        (tf.linalg.expm, {}, NotImplementedError, r"\[expm\].*test_export_c.py:"),
        (lambda x: x, {"derivatives": ["gradient"]}, ValueError, "shape other than"),
        (lambda x: x, {"derivatives": "slope"}, ValueError, "slope"),
        (lambda x: x, {"c_name": "double"}, ValueError, "no name"),
        (lambda x: x, {"c_name": "a-b"}, ValueError, "no name"),
    ]
    for f, options, kind, match in cases:
        spec = tf.TensorSpec([2, 2], tf.float64) if f is tf.linalg.expm else SPEC

        def called(x, f=f):
            return f(x)

        with pytest.raises(kind, match=match):
            tf.function(called).export_c(path, spec, **options)
    with pytest.raises(ValueError, match="no argument of floats"):
        spec = tf.TensorSpec([2], tf.int32)
        tf.function(lambda x: x + 1).export_c(path, spec, derivatives="jacobian")
    with pytest.raises(ValueError, match="not called .h"):
        tf.function(tf.sin).export_c(tmp_path / "f.h", SPEC)
    with pytest.raises(OSError):
        tf.function(tf.sin).export_c(tmp_path / "missing" / "f.c", SPEC)
    assert os.listdir(tmp_path) == []


def test_a_file_of_before_stays_if_writing_fails(tmp_path):
    path = tmp_path / "f.c"
    path.write_text("of before")
    with pytest.raises(errors.UnimplementedError):
        tf.function(lambda x: tf.cast(x, tf.float16)).export_c(path, SPEC)
    assert path.read_text() == "of before"


@pytest.mark.parametrize(
    "text, expected",
    [
        ("f", "f"),
        ("<lambda>", "lambda"),
        ("w[0]['key']", "w_0_key"),
        ("2x", "x2x"),
        ("größe", "gr_e"),
        ("", "f"),
        ("double", "double_"),
        ("sinf", "sinf_"),
        ("a1", "a1_"),
        ("sum_f64", "sum_f64_"),
    ],
)
def test_names_in_c(text, expected):
    assert identifier(text) == expected


@needs_compiler
def test_literals_are_exact(tmp_path):
    chance = np.random.default_rng(0)
    doubles = chance.integers(-(2**63), 2**63, 2000).view(np.float64)
    values = {
        "float64": np.concatenate([doubles, [0.0, -0.0, 5e-324, np.inf, -np.inf, np.nan]]),
        "float32": chance.integers(-(2**31), 2**31, 2000).astype(np.int32).view(np.float32),
        "int64": np.array([-(2**63), 2**63 - 1, 0, -1]),
        "uint64": np.array([0, 2**64 - 1], np.uint64),
        "int32": np.array([-(2**31), 2**31 - 1, -5], np.int32),
        "uint32": np.array([2**32 - 1, 0], np.uint32),
        "int8": np.array([-128, 127], np.int8),
        "bool": np.array([True, False]),
    }
    programs = {
        name: _core.Program(lambda x, a=array: (tf.constant(a), x), [1.0])
        for name, array in values.items()
    }
    library = library_of({f"f_{name}": program for name, program in programs.items()})
    for name, array in values.items():
        np.testing.assert_array_equal(library.call(f"f_{name}", 1.0)[0], array)
    assert literal("float64", -1.5) == "(-1.5)" and literal("float32", 0.1) == "0.1f"
