"""The environment variables that choose how loops compute, and what a wheel needs for it.

The operations' tests run with each choice: `make sets`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from autograd_c.core import _core

SETS = _core.available_instruction_sets()
ALL = ["baseline", "avx2", "avx512"]
CHOICES = ["AUTOGRAD_C_ISA", "AUTOGRAD_C_VECTOR_MATH"]


def run(program, **choice):
    """Run a program in which these variables are set, and no others of the kind."""
    environment = {k: v for k, v in os.environ.items() if k not in CHOICES} | choice
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def output(program, **choice):
    done = run(program, **choice)
    assert done.returncode == 0, done.stderr
    return done.stdout


def error(**choice):
    done = run("import autograd_c", **choice)
    assert done.returncode == 1
    return done.stderr.splitlines()[-1]


IN_USE = """
from autograd_c.core import _core
info = _core.build_info()
print(info["vector"], info["vector math"].split()[0])
"""
NUMBERS = """
import numpy as np
import autograd_c as tf
for dtype in ("float32", "float64"):
    x = tf.constant(np.linspace(0.1, 0.9, 1003).astype(dtype))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.tanh(x) * tf.exp(-x) + tf.math.log(x) * tf.math.erf(x) + tf.atan2(x, 1 - x)
    for number in (tf.reduce_sum(y), y[501], tape.gradient(y, x)[-1]):
        print(repr(float(number)))
"""


def test_the_widest_set_is_used_unless_another_is_named():
    assert SETS[0] == "baseline" and SETS == [name for name in ALL if name in SETS]
    assert output(IN_USE).split()[0] == SETS[-1]
    assert output(IN_USE, AUTOGRAD_C_ISA="").split()[0] == SETS[-1]
    for name in SETS:
        assert output(IN_USE, AUTOGRAD_C_ISA=name).split()[0] == name


def test_another_word_is_no_set():
    message = error(AUTOGRAD_C_ISA="AVX2")
    assert message.startswith("RuntimeError: AUTOGRAD_C_ISA=AVX2: expected baseline")


@pytest.mark.skipif(SETS == ALL, reason="this processor has all sets")
@pytest.mark.skipif(sys.platform != "linux" or os.uname().machine != "x86_64", reason="not x86-64")
def test_a_set_that_the_processor_lacks_is_refused():
    reason = f"this processor has {' and '.join(SETS)} only"
    assert error(AUTOGRAD_C_ISA="avx512") == f"RuntimeError: AUTOGRAD_C_ISA=avx512: {reason}"


def test_libmvec_can_be_left_alone():
    assert output(IN_USE, AUTOGRAD_C_VECTOR_MATH="none").split()[1] == "none"
    there = output(IN_USE).split()[1]
    if there == "libmvec":
        assert output(IN_USE, AUTOGRAD_C_VECTOR_MATH="libmvec").split()[1] == "libmvec"
    else:
        assert "AUTOGRAD_C_VECTOR_MATH=libmvec: " in error(AUTOGRAD_C_VECTOR_MATH="libmvec")
    message = error(AUTOGRAD_C_VECTOR_MATH="svml")
    assert message == "RuntimeError: AUTOGRAD_C_VECTOR_MATH=svml: expected libmvec or none"


@pytest.mark.parametrize("math", [None, "none"])
@pytest.mark.parametrize("name", SETS)
def test_numbers_are_the_same_within_a_few_units(name, math):
    choice = {"AUTOGRAD_C_VECTOR_MATH": math} if math else {}
    expected = [float(line) for line in output(NUMBERS, AUTOGRAD_C_ISA="baseline").split()]
    found = [float(line) for line in output(NUMBERS, AUTOGRAD_C_ISA=name, **choice).split()]
    np.testing.assert_allclose(found[:3], expected[:3], rtol=2e-6)
    np.testing.assert_allclose(found[3:], expected[3:], rtol=1e-14)


def test_what_is_in_use_is_told():
    info = subprocess.run(
        [sys.executable, "-m", "autograd_c", "--seconds", "0.01"],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "AUTOGRAD_C_ISA": "baseline", "AUTOGRAD_C_VECTOR_MATH": "none"},
    )
    lines = info.stdout.splitlines()
    assert f"vector      baseline (AUTOGRAD_C_ISA), of {', '.join(SETS)}" in lines
    assert "vector math none (AUTOGRAD_C_VECTOR_MATH)" in lines


@pytest.mark.skipif(shutil.which("nm") is None, reason="no binutils")
@pytest.mark.skipif(sys.platform != "linux", reason="symbols have versions on Linux")
def test_the_extension_module_does_not_ask_for_libmvec():
    symbols = subprocess.run(
        ["nm", "-D", "--undefined-only", _core.__file__], capture_output=True, text=True, check=True
    ).stdout
    assert "PyErr_SetString" in symbols
    assert "_ZGV" not in symbols
