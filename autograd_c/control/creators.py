"""Functions that have a say in the Variables that a program makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from autograd_c.core import _core

__all__ = ["variable_creator_scope"]


@contextmanager
def variable_creator_scope(variable_creator: Callable[..., Any]) -> Iterator[None]:
    """A scope in which a function has a say in the Variables that this thread makes.

    Args:
        variable_creator: `variable_creator(next_creator, **kwargs)` is called with the arguments of
            `tf.Variable` by name, changes those that it likes, and returns what
            `next_creator(**kwargs)` returns. Of several scopes, the innermost one is asked first.

    Raises:
        TypeError: where a Variable is made, if the function returns another one, or none.

    >>> import autograd_c as tf
    >>> def frozen(next_creator, **kwargs):
    ...     kwargs["trainable"] = False
    ...     return next_creator(**kwargs)
    >>> with tf.variable_creator_scope(frozen):
    ...     v = tf.Variable(1.0)
    >>> v.trainable
    False
    """
    if not callable(variable_creator):
        raise TypeError(f"Argument `variable_creator` must be callable, not {variable_creator!r}")
    _core.enter_creator(variable_creator)
    try:
        yield
    finally:
        _core.leave_creator(variable_creator)
