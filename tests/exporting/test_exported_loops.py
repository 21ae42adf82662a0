"""Loops and branches as C: loops and branches there, and their derivatives."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core
from autograd_c.exporting.compiler import compiled
from autograd_c.exporting.files import source_text
from autograd_c.exporting.helpers import Helpers
from autograd_c.programs.functions import record

from ..control.test_function_loops import BEGIN, DERIVATIVES, LOOPS, ROWS, WEIGHTS
from .exported import exported, library_of, needs_compiler

GIVEN = (WEIGHTS, ROWS, BEGIN)
# Whose number of rounds has no limit that the program knows.
UNLIMITED = ("while_loop", "nested")


def same(found, expected):
    for x, y in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.asarray(x), np.asarray(y), rtol=1e-8, atol=1e-10)


@needs_compiler
@pytest.mark.parametrize("derivative", DERIVATIVES)
def test_derivatives_are_those_of_the_program(derivative):
    programs = {
        re.sub(r"\W", "_", name): record(DERIVATIVES[derivative](f), *GIVEN).program
        for name, f in LOOPS.items()
        if derivative == "value" or name not in UNLIMITED
    }
    library = library_of(programs)
    for name, program in programs.items():
        for scale in (1.0, 0.4, 1.7):
            given = [np.asarray(x) * scale for x in GIVEN]
            same(library.call(name, *given), program.run(given))


@pytest.mark.parametrize("derivative", set(DERIVATIVES) - {"value"})
@pytest.mark.parametrize("name", UNLIMITED)
def test_a_derivative_of_rounds_without_limit_says_so(name, derivative):
    program = record(DERIVATIVES[derivative](LOOPS[name]), *GIVEN).program
    with pytest.raises(tf.errors.UnimplementedError, match="give it maximum_iterations"):
        library_of({"f": program})


@needs_compiler
@pytest.mark.parametrize("dtype", ["float32", "int64", "uint8", "bool"])
@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (0,), (100,)])
@pytest.mark.parametrize("count", [0, 1, 5])
def test_values_of_each_kind(dtype, shape, count):
    """Carried, as rows, given, and as results; changed, handed on as they are, and exchanged."""
    rng = np.random.default_rng(0)
    rows = (rng.normal(size=(count, *shape)) * 10).astype(dtype)
    begin, given = ((rng.normal(size=shape) * 10).astype(dtype) for _ in range(2))

    def f(rows, begin, given, number):
        def cell(carried, row):
            x, y, same, k = carried
            mixed = tf.where(row == x, given, tf.cond(k > 1, lambda: row, lambda: x))
            return (y, mixed, same, k + 1)

        scanned = tf.scan(cell, rows, (begin, given, given, number))
        back = tf.scan(lambda h, x: tf.where(x == h, x, h), rows, begin, reverse=True)
        x, k = tf.while_loop(
            lambda x, k: k < 4,
            lambda x, k: (tf.where(x == given, begin, x), k + 1),
            (begin, number),
        )
        chosen = tf.switch_case(k, [lambda: x, lambda: begin, lambda: given])
        return [*scanned, back, x, k, chosen]

    program = record(f, rows, begin, given, tf.constant(0)).program
    assert count == 0 or {c.kind for c in program.composites.values()} >= {"while_loop", "cond"}
    library = library_of({"f": program})
    for number in (-3, 0, 7):
        arguments = [rows, begin, given, np.int32(number)]
        for x, y in zip(library.call("f", *arguments), program.run(arguments), strict=True):
            np.testing.assert_array_equal(x, y.numpy())


@needs_compiler
def test_branches_by_bools_and_numbers_that_are_none():
    def f(flag, small, large):
        branches = [lambda k=k: tf.constant(k) * small for k in range(3)]
        return [
            tf.cond(flag, lambda: small + 1, lambda: small - 1),
            tf.switch_case(small, branches),
            tf.switch_case(tf.cast(large, tf.int64), branches[:1]),
        ]

    program = record(f, tf.constant(True), tf.constant(1), tf.constant(2, tf.uint64)).program
    library = library_of({"f": program})
    for given in [(True, 0, 0), (False, 1, 2**63), (True, 2, 2**64 - 1), (False, -1, 5)]:
        arrays = [np.asarray(x, t) for x, t in zip(given, (bool, np.int32, np.uint64))]
        same(library.call("f", *arrays), program.run(arrays))


@needs_compiler
def test_failures_within_a_loop_have_numbers():
    def f(x, divisors, i):
        whole = tf.scan(lambda a, d: a // d + tf.gather(divisors, i), divisors, x)
        return whole[-1] // i

    program = record(f, tf.constant(7), tf.constant([1, 2]), tf.constant(1)).program
    library = library_of({"f": program})
    assert library.call("f", 7, [1, 2], 1)[0] == program.run([7, [1, 2], 1])[0]
    messages = {}
    for given in [(7, [1, 0], 1), (7, [1, 2], 9), (7, [1, 2], 0)]:
        with pytest.raises(RuntimeError) as caught:
            library.call("f", *given)
        messages[given[2] if given[1][1] else "0"] = str(caught.value)
    assert len(set(messages.values())) == 3
    numbers = re.findall(r"return (\d+); /\*", library.source)
    assert len(numbers) == len(set(numbers))


def test_what_nobody_needs_is_not_computed():
    """Of what is carried, stacked, and given to a loop."""

    def f(rows, weights):
        dead = tf.sin(weights)
        last, _ = tf.scan(
            lambda c, x: (c[0] * 0.5 + x, c[1] + tf.exp(dead)), rows, (rows[0], weights)
        )
        return last[-1]

    helpers = Helpers()
    program = record(f, np.ones((4, 3)), np.ones(3)).program
    source = source_text([exported("f", program, helpers)], helpers)
    assert "exp(" not in source and "sin(" not in source


def test_a_loop_is_as_long_as_its_body(tmp_path):
    """However many rounds there are; in the file and in what is compiled."""

    def lines(count):
        def f(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = tf.foldl(lambda a, b: tf.sin(a) * b, tf.zeros([count]), x)
            return y, tape.gradient(y, x)

        function = tf.function(f)
        function.export_c(tmp_path / "f.c", tf.TensorSpec([], tf.float32))
        return (tmp_path / "f.c").read_text().count("\n")

    assert lines(1_000_000) == lines(1_000) < 200


@needs_compiler
def test_a_function_with_a_loop_and_its_derivatives(tmp_path):
    @tf.function
    def root(x, most=20):
        return tf.while_loop(
            lambda y: tf.abs(y * y - x) > 1e-12,
            lambda y: ((y + x / y) / 2.0,),
            (x,),
            maximum_iterations=most,
        )[0]

    path = tmp_path / "root.c"
    spec = tf.TensorSpec([], tf.float64)
    root.export_c(path, spec, derivatives=["gradient", "jacobian", "hvp"])
    assert "break;" in path.read_text()
    main = tmp_path / "main.c"
    main.write_text(
        textwrap.dedent(
            """
            #include <stdio.h>
            #include "root.h"
            static root_gradient_work gradient_work;
            static root_hvp_work hvp_work;
            int main(void) {
                double y, slope, product;
                if (root(2.0, &y)) return 1;
                printf("%.15g\\n", y);
                if (root_gradient(2.0, &y, &slope, &gradient_work)) return 2;
                printf("%.15g\\n", slope);
                if (root_hvp(2.0, 1.0, &product, &hvp_work)) return 3;
                printf("%.15g\\n", product);
                return 0;
            }
            """
        )
    )
    header = (tmp_path / "root.h").read_text()
    text = main.read_text()
    for name in ("gradient", "hvp"):
        if f"root_{name}_work" not in header:  # small enough for the stack
            text = text.replace(f"static root_{name}_work {name}_work;\n", "")
            text = text.replace(f", &{name}_work", "")
    main.write_text(text)
    options = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O2"]
    binary = tmp_path / "main"
    command = [os.environ.get("CC", "cc"), *options, str(main), str(path), "-o", str(binary), "-lm"]
    subprocess.run(command, check=True)
    found = subprocess.run([binary], check=True, capture_output=True, text=True).stdout.split()
    np.testing.assert_allclose(
        [float(x) for x in found], [2**0.5, 0.5 / 2**0.5, -0.25 / 2**1.5], rtol=1e-12
    )
    with pytest.raises(tf.errors.UnimplementedError, match="give it maximum_iterations"):
        root.export_c(path, spec, most=None, derivatives="gradient")
    root.export_c(path, spec, most=None)
    assert "for (;;)" in path.read_text()


@needs_compiler
def test_arrays_that_a_loop_takes_and_does_not_read():
    """They are not in memory, where what else reads them is fused with what makes them."""

    def f(x, s):
        y = tf.exp(x)
        rows = tf.map_fn(lambda row: s * 2.0, y)
        chosen = tf.cond(s > 0.0, lambda: (y, s), lambda: (y * 2.0, s * 2.0))[1]
        return tf.reduce_sum(tf.sin(y)) + tf.reduce_sum(rows) + chosen

    x, s = tf.constant([0.5, -1.0, 2.0], tf.float64), tf.constant(0.5, tf.float64)
    library = library_of({"f": record(f, x, s).program})  # without warnings
    same(library.call("f", x, s), [f(x, s)])


# ---------------------------------------------------------------- jit_compile


@needs_compiler
@pytest.mark.parametrize("name", LOOPS)
def test_machine_code_of_loops(name):
    f = tf.function(LOOPS[name], jit_compile=True)
    inner = LOOPS["while_loop with checkpoints"] if name in UNLIMITED else LOOPS[name]
    slope = tf.function(DERIVATIVES["gradient"](inner), jit_compile=True)
    for scale in (1.0, 1.0, 0.4, 1.7):
        given = [x * scale for x in GIVEN]
        same([f(*given)], [LOOPS[name](*given)])
        same(slope(*given), DERIVATIVES["gradient"](inner)(*given))
        with tf.GradientTape() as tape:
            tape.watch(given)
            y = tf.reduce_sum(tf.sin(f(*given)))
        found = tape.gradient(y, given, unconnected_gradients="zero")
        same(found, DERIVATIVES["gradient"](LOOPS[name])(*given))


@needs_compiler
def test_it_is_machine_code_that_runs():
    program = record(LOOPS["nested"], *GIVEN).program
    address, _, nanoseconds, _ = compiled(program.simplified_code())
    assert address and nanoseconds > 100


@needs_compiler
@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of Unix")
def test_a_loop_without_end_is_ended():
    """By a signal handler that raises; other threads run meanwhile, and the function goes on."""
    script = textwrap.dedent(
        """
        import signal, threading
        import autograd_c as tf

        def handler(*args):
            raise KeyboardInterrupt("enough")

        @tf.function(jit_compile=True)
        def f(x):
            return tf.while_loop(lambda x: x < 10.0, lambda x: (tf.cos(x),), (x,))[0]

        for _ in range(3):
            assert float(f(tf.constant(11.0))) == 11.0
        beside = []
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        threading.Timer(0.1, beside.append, [1]).start()
        try:
            f(tf.constant(1.0))
        except KeyboardInterrupt as error:
            assert str(error) == "enough" and beside
        else:
            raise SystemExit("it has ended")
        assert float(f(tf.constant(12.0))) == 12.0
        """
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_the_address_of_what_loops_call():
    assert _core.patience() != 0
