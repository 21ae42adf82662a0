"""Parts of a tensor by numbers: ``tf.slice`` and ``tf.strided_slice``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd_c.core import _core
from autograd_c.functions.integers import integers
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor, Variable
    from autograd_c.typing import TensorLike

__all__ = ["slice", "strided_slice"]

_range = slice


def slice(  # noqa: A001 (the name is TensorFlow's)
    input_: TensorLike, begin: TensorLike, size: TensorLike, name: str | None = None
) -> Tensor:
    """The part of a tensor that begins at an element and has a shape.

    Args:
        input_: a tensor of rank n.
        begin: n integers, from 0 on.
        size: n integers; -1 for all that is left along an axis.
        name: ignored.

    Raises:
        TypeError: for what are no integers.
        ValueError: (`tf.errors.InvalidArgumentError`) for another number of them, or a part that is
            not within the tensor.

    >>> import autograd_c as tf
    >>> print(tf.slice([[1, 2, 3], [4, 5, 6]], [0, 1], [2, -1]).numpy())
    [[2 3]
     [5 6]]
    """
    return _core.part(input_, begin, size)


def strided_slice(
    input_: TensorLike,
    begin: TensorLike,
    end: TensorLike,
    strides: TensorLike | None = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    var: Variable | None = None,
    name: str | None = None,
) -> Tensor:
    """What a list of slices in brackets takes: input_[begin[0]:end[0]:strides[0], ...].

    Args:
        input_: any tensor.
        begin, end, strides: lists of integers of one length, negative ones from the end; strides
            are 1 by default.
        begin_mask, end_mask: bit k: begin[k], end[k] does not count, and all is taken.
        ellipsis_mask: bit k, at most one: `...` stands in the place of slice k.
        new_axis_mask: bit k: a new axis of extent 1 stands there.
        shrink_axis_mask: bit k: the index begin[k] stands there, and its axis goes.
        var: a Variable of the same value: its part can be assigned through the result.
        name: ignored.

    Raises:
        TypeError: for what are no integers.
        ValueError: (`tf.errors.InvalidArgumentError`) for lists of several lengths, more slices
            than axes, a stride of 0, several bits in `ellipsis_mask`, an index out of range.

    >>> import autograd_c as tf
    >>> print(tf.strided_slice([1, 2, 3, 4, 5], [1], [5], [2]).numpy())
    [2 4]
    """
    first, last = (
        integers(begin, "strided_slice", "begin"),
        integers(end, "strided_slice", "end"),
    )
    step = first * 0 + 1 if strides is None else integers(strides, "strided_slice", "strides")
    if not first.shape == last.shape == step.shape or first.ndim != 1:
        raise InvalidArgumentError(
            "[strided_slice] Expected begin, end, and strides to be 1D equal size tensors, but got "
            f"shapes {first.shape}, {last.shape} and {step.shape}"
        )
    key: list[Any] = []
    for k, (a, b, n) in enumerate(zip(first.tolist(), last.tolist(), step.tolist())):
        bit = 1 << k
        if ellipsis_mask & bit:
            key.append(...)
        elif new_axis_mask & bit:
            key.append(None)
        elif n == 0:
            raise InvalidArgumentError(f"[strided_slice] strides[{k}] must be non-zero")
        elif shrink_axis_mask & bit:
            if n < 0:
                raise InvalidArgumentError(
                    "[strided_slice] only stride 1 allowed on non-range indexing."
                )
            key.append(a)
        else:
            key.append(_range(None if begin_mask & bit else a, None if end_mask & bit else b, n))
    if var is not None:
        return var[tuple(key)]
    return _core.convert_to_tensor(input_)[tuple(key)]
