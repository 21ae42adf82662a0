"""Gradients of functions with one output; and the functions that TensorFlow has for graphs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from autograd_c.core import _core
from autograd_c.core._core import GradientTape, Tensor, Variable
from autograd_c.transforms.calls import (
    Argnums,
    Function,
    Trace,
    check_callable,
    one_of,
)
from autograd_c.values import nest
from autograd_c.values.unconnected import UnconnectedGradients

if TYPE_CHECKING:
    from typing import Literal, TypeAlias

    from autograd_c.typing import TensorLike

    _Unconnected: TypeAlias = UnconnectedGradients | Literal["none", "zero"]


def grad(
    fun: Function,
    argnums: Argnums = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    *,
    argnum: Argnums | None = None,
) -> Function:
    """A function that computes the gradient of a scalar function.

    Args:
        fun: returns a tensor of shape [] and a float dtype, or a Python float.
        argnums: which positional arguments to take the gradient by: an int, or several; negative
            ones count from the end.
        has_aux: whether `fun` returns a pair, its output and anything else, which is handed on.
        holomorphic: whether `fun` is a holomorphic function of complex arguments; the result is
            then its complex derivative.
        argnum: HIPS autograd's name of `argnums`.

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
    argnums = one_of(argnums, argnum)
    both = _value_and_grad("grad", fun, argnums, has_aux, holomorphic)

    @functools.wraps(fun, updated=())
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, found = both(args, kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def value_and_grad(
    fun: Function,
    argnums: Argnums = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    *,
    argnum: Argnums | None = None,
) -> Function:
    """A function that computes a scalar function together with its gradient.

    Args:
        fun, argnums, has_aux, holomorphic, argnum: as for `grad`.

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
    argnums = one_of(argnums, argnum)
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
        if trace.is_of_one() and trace.result.ndim == 0 and not holomorphic:
            value, found = trace.result, trace.pull_of_one()
            return (value, trace.aux) if has_aux else value, found
        value = trace.scalar()
        trace.check_dtypes(holomorphic, True, holomorphic)
        gradients = trace.pull()
        if holomorphic:
            gradients = [_core.conj(g) for g in gradients]
        return (value, trace.aux) if has_aux else value, trace.pack(gradients)

    return both


def gradient_of(who: str, fun: Function, argnums: Argnums) -> Function:
    """The gradient of a real function, to be differentiated in turn."""
    both = _value_and_grad(who, fun, argnums, False, False)
    return lambda *args, **kwargs: both(args, kwargs)[1]


def elementwise_grad(
    fun: Function, argnums: Argnums = 0, *, argnum: Argnums | None = None
) -> Function:
    """A function that computes the derivative of a function that works element by element.

    Args:
        fun: returns a tensor of a float dtype, each element of which depends on the element of the
            argument in the same place only. If it does not, the result is the sum over the rows of
            the Jacobian.
        argnums, argnum: as for `grad`.

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
    argnums = one_of(argnums, argnum)

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


# ---------------------------------------------------------------- functions of graphs in TensorFlow


def gradients(
    ys: Callable[..., Any],
    xs: TensorLike | Sequence[TensorLike],
    grad_ys: Any = None,
    name: str | None = "gradients",
    gate_gradients: object = False,
    aggregation_method: object = None,
    stop_gradients: object = None,
    unconnected_gradients: UnconnectedGradients
    | Literal["none", "zero"] = UnconnectedGradients.NONE,
) -> list[Tensor | None]:
    """The gradients of the sum of all elements that a function returns.

    TensorFlow's function of this name takes tensors and is an error in eager mode; so it is here.
    Given a function instead of tensors, which TensorFlow does not take, it calls that.

    Args:
        ys: a function of `xs`, by position, that returns a tensor or a nested structure of them. It
            may close over tensors of `xs`: these are watched as they are.
        xs: what to take gradients by: a tensor, Variable, array or number, or a list or tuple of
            them. The function gets tensors and Variables as they are, tensors for the rest.
        grad_ys: the cotangents of what the function returns, in its structure, shapes and dtypes;
            ones where None.
        name, gate_gradients, aggregation_method: ignored.
        stop_gradients: ignored: nothing but `xs` is watched, and these do not depend on each other.
        unconnected_gradients: what is returned for one of `xs` that the result does not depend on:
            `UnconnectedGradients.NONE` ("none"), or `ZERO` ("zero") for zeros of its shape.

    Returns:
        A list with a tensor of the shape and dtype of each of `xs`, or None. Tapes around the call
        see how they are computed.

    Raises:
        RuntimeError: if `ys` is no function.
        TypeError: if the function returns complex numbers and `grad_ys` is None, or what is no
            tensor.
        ValueError: for `grad_ys` that do not fit, or other `unconnected_gradients`.

    >>> import autograd_c as tf
    >>> x, y = tf.constant(2.0), tf.constant(3.0)
    >>> [g.numpy().item() for g in tf.gradients(lambda x, y: x * x * y, [x, y])]
    [12.0, 4.0]
    """
    _check_callable("gradients", ys, "tf.gradients(f, xs)")
    sources = _sources(xs)
    with GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(sources)
        targets = ys(*_core.same_values(sources))
    if grad_ys is None:
        for y in nest.flatten(targets):
            if isinstance(y, (Tensor, Variable)) and y.dtype.is_complex:
                raise TypeError(
                    f"Gradients of complex tensors must set grad_ys (y.dtype = {y.dtype.name})"
                )
    found: list[Tensor | None] = tape.gradient(targets, sources, grad_ys, unconnected_gradients)
    return found


def hessians(
    ys: Callable[..., Any],
    xs: TensorLike | Sequence[TensorLike],
    gate_gradients: object = False,
    aggregation_method: object = None,
    name: str | None = "hessians",
) -> list[Tensor]:
    """The Hessians of the sum of all elements that a function returns, by each of its arguments.

    TensorFlow's function of this name takes tensors and is an error in eager mode; so it is here.
    Given a function instead of tensors, which TensorFlow does not take, it calls that. For mixed
    derivatives, by two arguments, see `tf.func.hessian`.

    Args:
        ys, xs: as for `gradients`; of real dtypes.
        gate_gradients, aggregation_method, name: ignored.

    Returns:
        A list with a tensor of shape [*x.shape, *x.shape] and the dtype of x for each x of `xs`;
        zeros where the function does not depend on it. Tapes around the call see how they are
        computed.

    Raises:
        RuntimeError: if `ys` is no function.
        TypeError: for complex numbers, or if the function returns what is no tensor.

    >>> import autograd_c as tf
    >>> [h] = tf.hessians(lambda x: tf.reduce_prod(x), tf.constant([2.0, 3.0]))
    >>> print(h.numpy())
    [[0. 1.]
     [1. 0.]]
    """
    _check_callable("hessians", ys, "tf.hessians(f, xs)")
    sources = _sources(xs)
    with GradientTape(persistent=True, watch_accessed_variables=False) as outer:
        outer.watch(sources)
        with GradientTape(watch_accessed_variables=False) as inner:
            inner.watch(sources)
            targets = ys(*_core.same_values(sources))
        for t in [*sources, *nest.flatten(targets)]:
            if isinstance(t, (Tensor, Variable)) and t.dtype.is_complex:
                raise TypeError(f"tf.hessians is for real numbers, not for dtype {t.dtype.name}")
        slopes = inner.gradient(targets, sources, unconnected_gradients="zero")
        slopes = [_core.convert_to_tensor(g) for g in slopes]  # IndexedSlices too
    return [outer.jacobian(g, x, unconnected_gradients="zero") for g, x in zip(slopes, sources)]


def _check_callable(name: str, ys: Any, instead: str) -> None:
    if isinstance(ys, (Tensor, Variable)) or not callable(ys):
        raise RuntimeError(
            f"tf.{name} is not supported when eager execution is enabled. Use tf.GradientTape "
            f"instead, or give a function in the place of its result: {instead}"
        )


def _sources(xs: Any) -> list[Any]:
    several = xs if isinstance(xs, (list, tuple)) else [xs]
    return [x if isinstance(x, (Tensor, Variable)) else _core.convert_to_tensor(x) for x in several]
