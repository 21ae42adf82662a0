"""Losses of examples as one number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_c.core import _core
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import TensorLike


def compute_average_loss(
    per_example_loss: TensorLike,
    sample_weight: TensorLike | None = None,
    global_batch_size: int | None = None,
) -> Tensor:
    """The sum of losses over the number of examples.

    Args:
        per_example_loss: a tensor of shape [examples, ...].
        sample_weight: a tensor that is broadcast to it, of factors.
        global_batch_size: the number of examples, if it is not the first extent.

    Returns:
        A 0-d tensor of the dtype of the losses.

    Raises:
        ValueError: for a tensor of rank 0, or a number of examples below 0.

    >>> import autograd_c as tf
    >>> print(tf.nn.compute_average_loss([1.0, 2.0, 6.0], global_batch_size=6).numpy())
    1.5
    """
    losses = _core.convert_to_tensor(per_example_loss)
    if losses.ndim == 0:
        raise ValueError("[compute_average_loss] per_example_loss must have rank 1 or more")
    count = losses.shape[0] if global_batch_size is None else int(global_batch_size)
    if count < 0:
        raise InvalidArgumentError("[compute_average_loss] global_batch_size must not be negative")
    if sample_weight is not None:
        losses = losses * weights_for(losses, sample_weight)
    total = _core.reduce("reduce_sum", losses, None, False)
    if count == 0:
        return total * 0
    return total / count


def weights_for(losses: Tensor, weights: TensorLike) -> Tensor:
    """The weights with the dtype of the losses, and axes of 1 behind, or without one, to fit."""
    w = _core.cast(_core.convert_to_tensor(weights, dtype_hint=losses.dtype), losses.dtype)
    if w.ndim == losses.ndim + 1 and w.shape[-1] == 1:
        return _core.reshape(w, w.shape[:-1])
    if 0 < w.ndim < losses.ndim:
        return _core.reshape(w, [*w.shape, *[1] * (losses.ndim - w.ndim)])
    return w


def scale_regularization_loss(regularization_loss: TensorLike) -> Tensor:
    """The sum of a loss that every replica has, over their number, which is 1.

    Args:
        regularization_loss: a tensor.

    Returns:
        A 0-d tensor.

    >>> import autograd_c as tf
    >>> print(tf.nn.scale_regularization_loss([1.0, 2.0]).numpy())
    3.0
    """
    losses = _core.convert_to_tensor(regularization_loss)
    return _core.reduce("reduce_sum", losses, None, False)
