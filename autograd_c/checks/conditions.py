"""Decorators of tests and test cases: ``tf.test.disable_with_predicate`` and its like."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


def disable_with_predicate(
    pred: Callable[[], bool], skip_message: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator of methods of a test case: they are skipped if a condition holds when they run.

    Args:
        pred: a function without arguments.
        skip_message: why the test is skipped.

    >>> import autograd_c as tf
    >>> class Sums(tf.test.TestCase):
    ...     @tf.test.disable_with_predicate(tf.test.is_gpu_available, "for processors alone")
    ...     def test_sum(self):
    ...         self.assertAllEqual(tf.reduce_sum([1, 2]), 3)
    """

    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def decorated(self: Any, *args: Any, **kwargs: Any) -> Any:
            if pred():
                self.skipTest(skip_message)
            return method(self, *args, **kwargs)

        return decorated

    return decorate


def with_eager_op_as_function(cls: Any = None, only_as_function: bool = False) -> Any:
    """A decorator that leaves a test case as it is: operations are run in one way here.

    Args:
        cls: the test case; None for a decorator.
        only_as_function: ignored.

    >>> import autograd_c as tf
    >>> @tf.test.with_eager_op_as_function
    ... class Sums(tf.test.TestCase):
    ...     pass
    """
    return (lambda each: each) if cls is None else cls
