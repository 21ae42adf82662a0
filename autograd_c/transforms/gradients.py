"""Gradients of functions with one output."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from autograd_c.core import _core
from autograd_c.transforms.calls import (
    Argnums,
    Function,
    Trace,
    check_callable,
)
from autograd_c.values import nest


def grad(
    fun: Function, argnums: Argnums = 0, has_aux: bool = False, holomorphic: bool = False
) -> Function:
    """A function that computes the gradient of a scalar function.

    Args:
        fun: returns a tensor of shape [] and a float dtype, or a Python float.
        argnums: which positional arguments to take the gradient by: an int, or several; negative
            ones count from the end.
        has_aux: whether `fun` returns a pair, its output and anything else, which is handed on.
        holomorphic: whether `fun` is a holomorphic function of complex arguments; the result is
            then its complex derivative.

    Returns:
        A function of the arguments of `fun`. It returns a tensor of the shape and dtype of the
        argument (a structure of them for a structure; a tuple for several argnums); with `has_aux`
        a pair of that and what is handed on.

    Raises:
        TypeError: from the function, if the output is no scalar or not real, an argument is of
            integers or bools, or there is no argument of that number.
        ValueError: if `argnums` names an argument twice.

    >>> import autograd_c as tf
    >>> def loss(w, x, power=2):
    ...     return tf.reduce_sum((w["a"] * x + w["b"]) ** power)
    >>> gradient = tf.func.grad(loss)({"a": 2.0, "b": 1.0}, tf.constant([1.0, 2.0]), power=2)
    >>> print(gradient["a"].numpy(), gradient["b"].numpy())
    26.0 16.0
    """
    both = _value_and_grad("grad", fun, argnums, has_aux, holomorphic)

    @functools.wraps(fun, updated=())
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, found = both(args, kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def value_and_grad(
    fun: Function, argnums: Argnums = 0, has_aux: bool = False, holomorphic: bool = False
) -> Function:
    """A function that computes a scalar function together with its gradient.

    Args:
        fun, argnums, has_aux, holomorphic: as for `grad`.

    Returns:
        A function of the arguments of `fun` that returns a pair: the output of `fun` as a tensor
        (with `has_aux`, the pair of that and what is handed on), and the gradient as `grad` has it.

    Raises:
        TypeError, ValueError: as `grad`.

    >>> import autograd_c as tf
    >>> value, gradient = tf.func.value_and_grad(lambda x: x**3)(2.0)
    >>> print(value.numpy(), gradient.numpy(), gradient.dtype.name)
    8.0 12.0 float64
    """
    both = _value_and_grad("value_and_grad", fun, argnums, has_aux, holomorphic)

    @functools.wraps(fun, updated=())
    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        return both(args, kwargs)

    return value_and_gradient


def _value_and_grad(
    who: str, fun: Function, argnums: Argnums, has_aux: bool, holomorphic: bool
) -> Callable[[tuple[Any, ...], dict[str, Any]], tuple[Any, Any]]:
    check_callable(who, fun)

    def both(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
        trace = Trace(who, fun, args, kwargs, argnums, has_aux)
        value = trace.scalar()
        trace.check_dtypes(holomorphic, True, holomorphic)
        found = trace.pull()
        if holomorphic:
            found = [_core.conj(g) for g in found]
        return (value, trace.aux) if has_aux else value, trace.pack(found)

    return both


def gradient_of(who: str, fun: Function, argnums: Argnums) -> Function:
    """The gradient of a real function, to be differentiated in turn."""
    both = _value_and_grad(who, fun, argnums, False, False)
    return lambda *args, **kwargs: both(args, kwargs)[1]


def elementwise_grad(fun: Function, argnums: Argnums = 0) -> Function:
    """A function that computes the derivative of a function that works element by element.

    Args:
        fun: returns a tensor of a float dtype, each element of which depends on the element of the
            argument in the same place only. If it does not, the result is the sum over the rows of
            the Jacobian.
        argnums: as for `grad`.

    Returns:
        A function of the arguments of `fun` that returns a tensor of the shape and dtype of the
        argument (a structure of them for a structure; a tuple for several argnums).

    Raises:
        TypeError: from the function, if the output is no single tensor or not real, or as `grad`.
        ValueError: as `grad`.

    >>> import autograd_c as tf
    >>> slope = tf.func.elementwise_grad(lambda x: x**3)
    >>> print(slope(tf.constant([1.0, 2.0, 3.0])).numpy())
    [ 3. 12. 27.]
    """
    check_callable("elementwise_grad", fun)

    @functools.wraps(fun, updated=())
    def derivative(*args: Any, **kwargs: Any) -> Any:
        trace = Trace("elementwise_grad", fun, args, kwargs, argnums)
        if nest.is_nested(trace.result):
            raise TypeError(
                f"elementwise_grad needs a function that returns one tensor, not {trace.result!r}"
            )
        trace.check_dtypes(False, True, False)
        return trace.pack(trace.pull())

    return derivative
