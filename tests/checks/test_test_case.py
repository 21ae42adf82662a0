"""`tf.test.TestCase`: what its assertions let pass and what they do not."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

import autograd_c as tf


class Case(tf.test.TestCase):
    __test__ = False  # none of pytest's

    def runTest(self):  # noqa: N802
        pass


X = tf.constant([1.0, 2.0])
PASS = {
    "close": lambda s: s.assertAllClose([1.0, 2.0 + 1e-6], X),
    "close structures": lambda s: s.assertAllClose({"a": [1.0, X]}, {"a": (1.0, [1.0, 2.0])}),
    "close NaN": lambda s: s.assertAllClose([np.nan], [np.nan]),
    "close rows": lambda s: s.assertAllClose([[1.0], [1.0, 2.0]], [[1.0], [1.0, 2.0]]),
    "close variables": lambda s: s.assertAllClose(tf.Variable(X), X.numpy()),
    "close halves": lambda s: s.assertAllCloseAccordingToType(
        tf.constant([1.0], tf.float16), [1.0005]
    ),
    "equal": lambda s: s.assertAllEqual([1, 2], tf.constant([1, 2])),
    "equal NaN": lambda s: s.assertAllEqual([np.nan], tf.constant([np.nan])),
    "equal text": lambda s: s.assertAllEqual("a", "a"),
    "not close": lambda s: s.assertNotAllClose(X, X + 1),
    "not equal": lambda s: s.assertNotAllEqual(X, X + 1),
    "greater": lambda s: s.assertAllGreater(X, 0),
    "less": lambda s: s.assertAllLess(X, 3),
    "at least": lambda s: s.assertAllGreaterEqual(X, 1),
    "at most": lambda s: s.assertAllLessEqual(X, 2),
    "in range": lambda s: s.assertAllInRange(X, 1, 2),
    "in a set": lambda s: s.assertAllInSet(X, {1.0, 2.0}),
    "between": lambda s: s.assertBetween(1, 1, 2),
    "near": lambda s: s.assertNear(1.0, 1.1, 0.2),
    "near arrays": lambda s: s.assertArrayNear([1.0, 2.0], [1.0, 2.1], 0.2),
    "near in norm": lambda s: s.assertNDArrayNear(np.ones(2), np.ones(2) + 0.1, 0.2),
    "shape": lambda s: s.assertShapeEqual(np.ones(2), X),
    "dtype": lambda s: s.assertDTypeEqual(X, np.float32),
    "structure": lambda s: s.assertSameStructure([1, (2,)], [X, (X,)]),
    "empty": lambda s: s.assertEmpty([]),
    "not empty": lambda s: s.assertNotEmpty([1]),
    "length": lambda s: s.assertLen([1], 1),
}
FAIL = {
    "close": lambda s: s.assertAllClose([1.0, 2.1], X),
    "close shapes": lambda s: s.assertAllClose([1.0], X),
    "close keys": lambda s: s.assertAllClose({"a": 1.0}, {"b": 1.0}),
    "close lengths": lambda s: s.assertAllClose([X, X], [X]),
    "close NaN": lambda s: s.assertAllClose([np.nan], [1.0]),
    "equal": lambda s: s.assertAllEqual([1, 3], tf.constant([1, 2])),
    "equal shapes": lambda s: s.assertAllEqual([1], tf.constant([[1]])),
    "not close": lambda s: s.assertNotAllClose(X, X),
    "not equal": lambda s: s.assertNotAllEqual(X, X),
    "greater": lambda s: s.assertAllGreater(X, 1),
    "less": lambda s: s.assertAllLess(X, 2),
    "at least": lambda s: s.assertAllGreaterEqual(X, 1.5),
    "at most": lambda s: s.assertAllLessEqual(X, 1.5),
    "in range": lambda s: s.assertAllInRange(X, 1, 2, open_lower_bound=True),
    "in a set": lambda s: s.assertAllInSet(X, {1.0}),
    "between": lambda s: s.assertBetween(3, 1, 2),
    "near": lambda s: s.assertNear(1.0, 1.1, 0.01),
    "near NaN": lambda s: s.assertNear(1.0, np.nan, 0.01),
    "near arrays": lambda s: s.assertArrayNear([1.0, 2.0], [1.0, 2.1], 0.02),
    "near in norm": lambda s: s.assertNDArrayNear(np.ones(2), np.ones(2) + 0.1, 0.1),
    "shape": lambda s: s.assertShapeEqual(np.ones(3), X),
    "dtype": lambda s: s.assertDTypeEqual(X, tf.float64),
    "structure": lambda s: s.assertSameStructure([1, (2,)], [X, X]),
    "empty": lambda s: s.assertEmpty([1]),
    "not empty": lambda s: s.assertNotEmpty([]),
    "length": lambda s: s.assertLen([1], 2),
}


@pytest.mark.parametrize("case", PASS)
def test_passes(case):
    PASS[case](Case())


@pytest.mark.parametrize("case", FAIL)
def test_fails(case):
    with pytest.raises(AssertionError):
        FAIL[case](Case())


def test_values():
    case = Case()
    found = case.evaluate({"a": [X, None], "b": tf.Variable(1)})
    np.testing.assert_array_equal(found["a"][0], [1.0, 2.0])
    assert found["a"][1] is None and found["b"] == 1
    with pytest.raises(ValueError):
        case.evaluate("a")
    with case.session(), case.cached_session(), case.test_session():
        assert case.get_temp_dir() == case.get_temp_dir()


def test_errors():
    case = Case()
    error = tf.errors.InvalidArgumentError(None, None, "Incompatible shapes")
    with case.assertRaisesOpError("Incomp"):
        raise error
    with case.assertRaisesIncompatibleShapesError():
        tf.constant([1.0, 2.0]) + tf.constant([1.0, 2.0, 3.0])
    with case.assertRaisesWithPredicateMatch(ValueError, lambda e: "shapes" in str(e)):
        raise error
    for wrong in (error, KeyError("x"), None):
        with pytest.raises(AssertionError), case.assertRaisesWithPredicateMatch(ValueError, "no"):
            if wrong is not None:
                raise wrong


PROGRAM = """
import sys
import autograd_c as tf
assert "unittest" not in sys.modules and not tf.Tensor.__module__.endswith("test")
class SquareTest(tf.test.TestCase):
    def test_values(self):
        self.assertAllClose(tf.square([1.0, 2.0]), [1.0, 4.0])
    def test_that_fails(self):
        self.assertAllClose(tf.square([1.0, 2.0]), [1.0, 5.0])
assert type(tf.test) is type(sys) and tf.test.TestCase.__module__ == "autograd_c.test"
tf.test.main()
"""


def test_programs():
    """Which import unittest only when they use the namespace."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, env={**os.environ}
    )
    assert run.returncode == 1, run.stderr
    assert "Ran 3 tests" in run.stderr and "FAILED (failures=1, skipped=1)" in run.stderr


def test_tests_are_skipped_where_a_condition_holds():
    holds = []

    @tf.test.with_eager_op_as_function
    @tf.test.with_eager_op_as_function(only_as_function=True)
    class Some(tf.test.TestCase):
        @tf.test.disable_with_predicate(lambda: bool(holds), "it holds")
        def test_one(self):
            self.assertEqual(1, 1)

    for skipped in (0, 1):
        result = Some("test_one").run()
        assert result.wasSuccessful()
        assert [reason for _, reason in result.skipped] == ["it holds"] * skipped
        holds.append(1)
