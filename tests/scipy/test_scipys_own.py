"""SciPy's own functions given tensors, as docs/from_scipy.md tells of them."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.advice import of_scipy

scipy = pytest.importorskip("scipy")

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "from_scipy.md"
VERSION = tuple(int(part) for part in scipy.__version__.split(".")[:2])
X = np.array([0.5, 1.0, 2.0])


def run(*arguments):
    return subprocess.run(
        [sys.executable, str(HERE / "scipys_own.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    ).stdout


@pytest.mark.skipif(VERSION < (1, 16), reason="SciPy's own code takes few namespaces then")
def test_with_array_api_they_are_differentiated_through():
    assert run() == ""


@pytest.mark.skipif(VERSION < (1, 16), reason="some functions are missing then")
def test_the_page_lists_what_is_tested():
    text = PAGE.read_text("utf-8")
    table = re.search(r"\| \| differentiated \|\n(.*?)\n\n", text, re.DOTALL).group(1)
    listed = set()
    for row in table.splitlines()[1:]:
        space, *names = re.findall(r"`([\w.]+)`", row)
        listed |= {f"{space}.{name}" for name in names}
    flat = re.search(r"bracket.*?steps: (.*?)\n\n", text, re.DOTALL).group(1)
    listed |= set(re.findall(r"`([\w.]+)`", flat))
    assert listed == set(run("names").split())


def warned(caplog, call):
    caplog.clear()
    x = tf.constant(X)
    with caplog.at_level(logging.WARNING, "autograd_c"), tf.GradientTape() as tape:
        tape.watch(x)
        call(x * 1.0)
    return [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda x: scipy.special.logsumexp(x), "special.logsumexp"),
        (lambda x: scipy.special.softmax(x), "special.softmax"),
        (lambda x: scipy.special.polygamma(1, x), "special.polygamma"),
        (lambda x: scipy.stats.norm.logpdf(x), "stats.norm.logpdf"),
        (lambda x: scipy.stats.gamma(2.0).cdf(x), "stats.gamma.cdf"),
        (lambda x: scipy.linalg.norm(x), "linalg.norm"),
        (lambda x: scipy.linalg.expm(x[:, None] * x), "linalg.expm"),
        (lambda x: scipy.signal.convolve(x, x), "signal.convolve"),
        (lambda x: scipy.interpolate.CubicSpline(X, x), None),
        (lambda x: scipy.stats.spearmanr(x, X), None),
        (lambda x: np.asarray(x), None),
        (lambda x: np.asarray_chkfinite(x), None),
        (lambda x: x.numpy(), None),
        (lambda x: np.testing.assert_allclose(x, X), None),
        (lambda x: scipy.special.expit(x), None),
        (lambda x: scipy.special.logsumexp(x.numpy()), None),
        (lambda x: scipy.special.logsumexp(tf.stop_gradient(x)), None),
    ],
)
def test_a_tape_loses_no_derivative_to_scipy_without_a_word(caplog, call, name):
    import scipy.interpolate
    import scipy.linalg
    import scipy.signal
    import scipy.special
    import scipy.stats  # noqa: F401

    found = warned(caplog, call)
    if name is None:
        assert not found
        return
    (message,) = found
    assert f"autograd_c.scipy.{name}," in message
    assert Path(__file__).name in message
    with pytest.raises(TypeError, match=f"Write autograd_c.scipy.{name}"):
        tf.func.grad(lambda x: tf.reduce_sum(tf.constant(call(x))))(X)


def test_once_for_each_line(caplog):
    import scipy.special

    def call(x):
        for _ in range(3):
            scipy.special.logsumexp(x)

    assert len(warned(caplog, call)) == 1


def test_no_warning_where_the_derivative_is_given(caplog):
    import scipy.special

    @tf.custom_gradient
    def function(x):
        return tf.constant(scipy.special.logsumexp(x)), lambda g: g * scipy.special.softmax(x)

    assert not warned(caplog, function)
    np.testing.assert_allclose(tf.func.grad(function)(X), scipy.special.softmax(X))


def test_frames_that_are_not_known():
    assert of_scipy.instead([]) is None
