"""``vmap``: a function of one example, for all examples of a batch at once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from autograd_c.control.vectorized import OfOne, mapped
from autograd_c.core import _core
from autograd_c.transforms.calls import check_callable
from autograd_c.values import nest
from autograd_c.values.errors import InvalidArgumentError

__all__ = ["vmap"]


def vmap(fun: Callable[..., Any], in_axes: Any = 0, out_axes: Any = 0) -> Callable[..., Any]:
    """A function that maps `fun` over an axis of its arguments, as JAX's and PyTorch's `vmap`.

    `fun` is called with one example, and what it does with tensors is done with all others at once,
    by operations on the whole batch. All examples go through a `tf.while_loop`, a `tf.cond` and the
    like together, each by itself where it decides how many rounds there are, or which branch is
    taken. Where what `fun` does depends on elements of the example in Python (`if`, `float(x)`,
    `x.numpy()`), on random numbers, or on a Variable that it assigns to, it is called for each
    example instead. Derivatives flow to the arguments and to whatever `fun` closes over, and `fun`
    may itself take derivatives, so that gradients of examples are
    ``vmap(grad(loss), (None, 0, 0))``. In a `vmap` inside of another one, `fun` is called once for
    all examples of both. A `tf.custom_gradient` of what is the same for all examples is asked once,
    for the sum of their cotangents.

    Args:
        fun: takes tensors, and structures of them, and returns a tensor or a structure of them.
            Keyword arguments are mapped over their first axes.
        in_axes: which axis of the arguments is that of the batch: an int, negative ones from the
            end, or None for an argument that is the same for all; a list or tuple has one for each
            argument, and may have structures of them for arguments that are structures.
        out_axes: where the results have the axis: an int, or a structure of them as the result has;
            None for one that is the same for all examples, which is that of the first.

    Returns:
        A function of the arguments of `fun`, each with an axis more. It returns what `fun` does,
        each result with an axis more.

    Raises:
        TypeError: if `fun` cannot be called, or `in_axes` is of another kind.
        ValueError: if `in_axes` does not fit the arguments, or all of it is None (the rest are
            `tf.errors.InvalidArgumentError`); if batches have different sizes, or an argument does
            not have the axis.

    >>> import autograd_c as tf
    >>> from autograd_c.func import grad, vmap
    >>> def loss(w, x, y):
    ...     return (tf.reduce_sum(w * x) - y) ** 2
    >>> w = tf.constant([1.0, 2.0])
    >>> x, y = tf.constant([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), tf.constant([0.0, 0.0, 1.0])
    >>> print(vmap(grad(loss), in_axes=(None, 0, 0))(w, x, y).numpy())  # a row for each example
    [[2. 0.]
     [0. 4.]
     [4. 4.]]
    >>> distances = vmap(vmap(lambda a, b: tf.norm(a - b), (None, 0)), (0, None))
    >>> print(distances(x, x).numpy().round(1))
    [[0.  1.4 1. ]
     [1.4 0.  1. ]
     [1.  1.  0. ]]
    """
    check_callable("vmap", fun)

    @functools.wraps(fun)
    def batched(*args: Any, **kwargs: Any) -> Any:
        given = (args, kwargs)
        leaves = [_core.convert_to_tensor(x) for x in nest.flatten(given)]
        axes = [*_axes_of(in_axes, args), *[0] * len(nest.flatten(kwargs))]
        if not leaves or all(axis is None for axis in axes):
            raise ValueError("vmap must have at least one non-None value in in_axes")
        inputs, in_batch, extents = [], [], set()
        for x, axis in zip(leaves, axes, strict=True):
            in_batch.append(axis is not None)
            inputs.append(x if axis is None else _moved(x, _axis(axis, x.ndim, "in_axes"), 0))
            if axis is not None:
                extents.add(inputs[-1].shape[0])
        if len(extents) > 1:
            raise InvalidArgumentError(
                f"[vmap] batches of different sizes: shapes {[tuple(x.shape) for x in leaves]}, "
                f"axes {axes}"
            )

        def call(example: Any) -> Any:
            return fun(*example[0], **example[1])

        of_one = OfOne(call, given)
        result = mapped(of_one, inputs, in_batch, extents.pop())
        return nest.pack_sequence_as(
            result,
            [
                x if x is None else _placed(x, axis)
                for x, axis in zip(nest.flatten(result), _spread(out_axes, result), strict=True)
            ],
        )

    return batched


def _axes_of(in_axes: Any, args: tuple[Any, ...]) -> list[int | None]:
    """One for each leaf of the arguments."""
    if in_axes is None or isinstance(in_axes, int):
        return [in_axes] * len(nest.flatten(args))
    if not isinstance(in_axes, (list, tuple)):
        raise TypeError(f"in_axes is an int, None, or a list or tuple of them, not {in_axes!r}")
    if len(in_axes) != len(args):
        raise ValueError(
            f"vmap in_axes must be an int, None, or a tuple of entries corresponding to the "
            f"positional arguments: {len(in_axes)} entries for {len(args)} arguments"
        )
    return [axis for axes, x in zip(in_axes, args, strict=True) for axis in _spread(axes, x)]


def _spread(axes: Any, structure: Any) -> list[int | None]:
    """The axis of each leaf, where one axis may stand for a whole structure."""
    if axes is None or isinstance(axes, int):
        return [axes] * len(nest.flatten(structure))
    if isinstance(axes, dict) and isinstance(structure, dict) and axes.keys() == structure.keys():
        return [axis for key in sorted(structure) for axis in _spread(axes[key], structure[key])]
    if (
        isinstance(axes, (list, tuple))
        and isinstance(structure, (list, tuple))
        and len(axes) == len(structure)
    ):
        pairs = zip(axes, structure, strict=True)
        return [axis for own, part in pairs for axis in _spread(own, part)]
    raise ValueError(f"[vmap] axes {axes!r} do not fit a structure of {nest.flatten(structure)!r}")


def _axis(axis: int, rank: int, name: str) -> int:
    if not -rank <= axis < rank:
        raise InvalidArgumentError(f"[vmap] {name} has axis {axis} for a tensor of rank {rank}")
    return axis % rank


def _moved(x: Any, source: int, target: int) -> Any:
    """The tensor with an axis at another place."""
    if source == target:
        return x
    order = [k for k in range(x.ndim) if k != source]
    order.insert(target, source)
    return _core.transpose(x, order)


def _placed(x: Any, axis: int | None) -> Any:
    """A result, whose first axis is that of the batch, with that elsewhere, or the first of it."""
    return x[0] if axis is None else _moved(x, 0, _axis(axis, x.ndim, "out_axes"))
