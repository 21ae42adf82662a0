"""`gradients` and `hessians`: TensorFlow's functions of graphs, here of functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from autograd_c.core import _core
from autograd_c.core._core import GradientTape, Tensor, Variable
from autograd_c.values import nest
from autograd_c.values.unconnected import UnconnectedGradients

if TYPE_CHECKING:
    from autograd_c.typing import TensorLike

__all__ = ["gradients", "hessians"]

_Unconnected: TypeAlias = UnconnectedGradients | Literal["none", "zero"]


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
        targets = ys(*sources)
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
            targets = ys(*sources)
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
