"""Sums that run along an axis: ``tf.cumsum``."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, SupportsIndex

from autograd_c.core import _core
from autograd_c.values import errors

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import TensorLike


def cumsum(
    x: TensorLike,
    axis: SupportsIndex = 0,
    exclusive: bool = False,
    reverse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The sums of the elements up to each one along an axis.

    Args:
        x: a tensor of numbers, of rank 1 or more.
        axis: an int, negative ones from the end.
        exclusive: whether an element is left out of its own sum, so that the first sum is 0.
        reverse: whether the sums begin at the end of the axis.
        name: ignored.

    Returns:
        A tensor of the shape and dtype of `x`; float16 is added up in float32.

    Raises:
        TypeError: for dtype bool.
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis out of range, or a 0-d tensor.

    >>> import autograd_c as tf
    >>> print(tf.cumsum([1, 2, 3]).numpy(), tf.cumsum([1, 2, 3], exclusive=True).numpy())
    [1 3 6] [0 1 3]
    """
    t = _core.convert_to_tensor(x)
    place = operator.index(axis)
    if not -t.ndim <= place < t.ndim:
        raise errors.InvalidArgumentError(
            f"[cumsum] Expected scan axis in the range [{-t.ndim}, {t.ndim}), but got {place}, for "
            f"a tensor of shape {tuple(t.shape)}"
        )
    return _core.apply("cumsum", [t], [bool(exclusive), bool(reverse), place % t.ndim])
