"""Tracebacks show the user's own line, and no frame whose source is not there.

IPython and Jupyter print "Could not get source" for each frame of which `linecache` has no line.
"""

from __future__ import annotations

import linecache
import os
import re
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


CORE = Path(__file__).parent.parent / "autograd_c"


@pytest.mark.parametrize(
    "path", sorted([*CORE.glob("*.pyx"), *CORE.glob("*.pxi")]), ids=lambda p: p.name
)
def test_the_core_has_no_context_managers(path):
    """An error of the core's own has no traceback yet that Cython could hand to `__exit__`."""
    found = re.findall(r"^ +with (?!nogil:|gil:).*:$", path.read_text("utf-8"), re.MULTILINE)
    assert not found
