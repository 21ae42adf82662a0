"""What runs along an axis: ``tf.cumsum``, ``tf.math.cumprod`` and ``cumulative_logsumexp``."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, SupportsIndex

from autograd_c.core import _core
from autograd_c.values import errors

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import TensorLike


def _scan(name: str, x: TensorLike, axis: SupportsIndex, exclusive: bool, reverse: bool) -> Tensor:
    t = _core.convert_to_tensor(x)
    place = operator.index(axis)
    if not -t.ndim <= place < t.ndim:
        raise errors.InvalidArgumentError(
            f"[{name}] Expected scan axis in the range [{-t.ndim}, {t.ndim}), but got {place}, for "
            f"a tensor of shape {tuple(t.shape)}"
        )
    return _core.apply(name, [t], [bool(exclusive), bool(reverse), place % t.ndim])


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
    return _scan("cumsum", x, axis, exclusive, reverse)


def cumprod(
    x: TensorLike,
    axis: SupportsIndex = 0,
    exclusive: bool = False,
    reverse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The products of the elements up to each one along an axis.

    Args:
        x: a tensor of numbers, of rank 1 or more.
        axis: an int, negative ones from the end.
        exclusive: whether an element is left out of its own product, so that the first is 1.
        reverse: whether the products begin at the end of the axis.
        name: ignored.

    Returns:
        A tensor of the shape and dtype of `x`. Nothing is divided for its derivatives, which are
        right where elements are 0.

    Raises:
        TypeError: for dtype bool.
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis out of range, or a 0-d tensor.

    >>> import autograd_c as tf
    >>> print(tf.math.cumprod([2, 3, 4]).numpy(), tf.math.cumprod([2, 3, 4], reverse=True).numpy())
    [ 2  6 24] [24 12  4]
    """
    return _scan("cumprod", x, axis, exclusive, reverse)


def cumulative_logsumexp(
    x: TensorLike,
    axis: SupportsIndex = 0,
    exclusive: bool = False,
    reverse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The logarithms of the sums of exponentials up to each element along an axis.

    Args:
        x: a tensor of floats, of rank 1 or more.
        axis: an int, negative ones from the end.
        exclusive: whether an element is left out of its own sum, so that the first is -inf.
        reverse: whether the sums begin at the end of the axis.
        name: ignored.

    Returns:
        A tensor of the shape and dtype of `x`, without overflow on the way.

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis out of range, or a 0-d tensor.

    >>> import autograd_c as tf
    >>> print(tf.math.cumulative_logsumexp([1000.0, 1000.0]).numpy())
    [1000.     1000.6932]
    """
    return _scan("cumulative_logsumexp", x, axis, exclusive, reverse)
