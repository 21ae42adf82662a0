"""Layers between others: normalisation over batches and channels, biases, and what is dropped."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.functions.arrays import where
from autograd_c.functions.random_numbers import uniform
from autograd_c.functions.sliding import plain
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import TensorLike


def batch_normalization(
    x: TensorLike,
    mean: TensorLike,
    variance: TensorLike,
    offset: TensorLike | None,
    scale: TensorLike | None,
    variance_epsilon: float,
    name: str | None = None,
) -> Tensor:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset.

    Args:
        x: a tensor of floats of any shape.
        mean: a tensor that is broadcast to it, as the next ones.
        variance: a tensor.
        offset: a tensor, or None for none.
        scale: a tensor, or None for none.
        variance_epsilon: a small number, so that nothing is divided by 0.
        name: ignored.

    Returns:
        A tensor of the shape and dtype of `x`.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not go together.
        TypeError: for dtypes that do not.

    >>> import autograd_c as tf
    >>> x = tf.constant([[1.0, 2.0], [3.0, 6.0]])
    >>> mean, variance = tf.reduce_mean(x, 0), tf.constant([1.0, 4.0])
    >>> print(tf.nn.batch_normalization(x, mean, variance, None, None, 0.0).numpy())
    [[-1. -1.]
     [ 1.  1.]]
    """
    t = _core.convert_to_tensor(x)
    factor = _math.rsqrt(_core.convert_to_tensor(variance) + variance_epsilon)
    if scale is not None:
        factor = _math.multiply(factor, scale)
    middle = _math.multiply(factor, mean)
    shift = -middle if offset is None else _math.subtract(offset, middle)
    return t * _core.cast(factor, t.dtype) + _core.cast(shift, t.dtype)


def batch_norm_with_global_normalization(
    input: TensorLike,
    mean: TensorLike,
    variance: TensorLike,
    beta: TensorLike,
    gamma: TensorLike,
    variance_epsilon: float,
    scale_after_normalization: bool,
    name: str | None = None,
) -> Tensor:
    """`batch_normalization`, with the names that it had before.

    Args:
        input: a tensor of floats of any shape.
        mean: a tensor that is broadcast to it, as the next ones.
        variance: a tensor.
        beta: the offset.
        gamma: the scale.
        variance_epsilon: a small number, so that nothing is divided by 0.
        scale_after_normalization: whether the scale is used.
        name: ignored.

    Returns:
        A tensor of the shape and dtype of `input`.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not go together.
        TypeError: for dtypes that do not.

    >>> import autograd_c as tf
    >>> f = tf.nn.batch_norm_with_global_normalization
    >>> print(f([[3.0]], [1.0], [4.0], [0.5], [10.0], 0.0, True).numpy())
    [[10.5]]
    """
    scale = gamma if scale_after_normalization else None
    return batch_normalization(input, mean, variance, beta, scale, variance_epsilon)


def local_response_normalization(
    input: TensorLike,
    depth_radius: int = 5,
    bias: float | Tensor = 1,
    alpha: float | Tensor = 1,
    beta: float | Tensor = 0.5,
    name: str | None = None,
) -> Tensor:
    """x / (bias + alpha * s)^beta, with s the sum of the squares of the channels beside each one.

    Args:
        input: a tensor of floats of shape [images, height, width, channels].
        depth_radius: how many channels on each side are added up.
        bias: added to the sum.
        alpha: a factor of it.
        beta: the power.
        name: ignored.

    Returns:
        A tensor of the shape and dtype of `input`.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for a rank other than 4.
        TypeError: for dtypes other than floats.

    >>> import autograd_c as tf
    >>> x = tf.reshape([3.0, 4.0], [1, 1, 1, 2])
    >>> print(tf.nn.local_response_normalization(x, 1, 0.0).numpy().ravel())
    [0.6 0.8]
    """
    x = _core.convert_to_tensor(input)
    if x.ndim != 4:
        raise InvalidArgumentError(f"[lrn] the input must have rank 4, got {tuple(x.shape)}")
    if not x.dtype.is_floating:
        raise TypeError(f"[lrn] takes floats, not {x.dtype.name}")
    n = x.shape[-1]
    window = [0, 1, 1, 1, depth_radius, n, 2 * depth_radius + 1, n]
    sums = _core.apply("avg_pool", [_math.square(x)], window + [0] * (26 - len(window)))
    bias, alpha, beta = (
        _core.cast(number, x.dtype) if _core.is_tensor(number) else float(number)
        for number in (bias, alpha, beta)
    )
    return x / _math.pow(sums * alpha + bias, beta)


lrn = local_response_normalization


def bias_add(
    value: TensorLike,
    bias: TensorLike,
    data_format: str | None = None,
    name: str | None = None,
) -> Tensor:
    """Add a number to each channel.

    Args:
        value: a tensor of numbers of rank 2 or more.
        bias: a tensor of the same dtype and rank 1, one number for each channel.
        data_format: None or "N...C": channels are the last axis; "NC...": the second one.
        name: ignored.

    Returns:
        A tensor of the shape and dtype of `value`.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit.
        TypeError: for dtypes that do not.

    >>> import autograd_c as tf
    >>> print(tf.nn.bias_add([[1.0, 2.0], [3.0, 4.0]], [10.0, 20.0]).numpy())
    [[11. 22.]
     [13. 24.]]
    """
    first = False
    if data_format is not None:
        first = data_format.startswith("NC")
        if not first and not (data_format.startswith("N") and data_format.endswith("C")):
            raise ValueError(
                f"[bias_add] data_format must be 'N...C' or 'NC...', not {data_format!r}"
            )
    x, b = _core.operands_of("bias_add", value, bias)
    axis = 1 if first else x.ndim - 1
    if x.ndim < 2 or len(b.shape) != 1 or b.shape[0] != x.shape[axis]:
        raise InvalidArgumentError(
            f"[bias_add] needs a value of rank 2 or more and a bias for each channel, got shapes "
            f"{tuple(x.shape)} and {tuple(b.shape)}"
        )
    if first and x.ndim > 2:
        b = _core.reshape(b, [-1] + [1] * (x.ndim - 2))
    return x + b


# ---------------------------------------------------------------- dropout


def dropout(
    x: TensorLike,
    rate: float | Tensor,
    noise_shape: Any = None,
    seed: Any = None,
    name: str | None = None,
) -> Tensor:
    """Zeros in the place of elements chosen at random, the others times 1 / (1 - rate).

    The mean stays what it was.

    Args:
        x: a tensor of floats.
        rate: the probability that an element is dropped, from 0 to below 1; the derivative by one
            that is a tensor is that of the factor.
        noise_shape: the shape of the choice, which is broadcast to that of `x`; None for an extent
            as of `x`.
        seed: an integer; see `tf.random.set_seed`.
        name: ignored.

    Returns:
        A tensor of the shape and dtype of `x`.

    Raises:
        ValueError: for a rate out of range, or a dtype that is not floating.

    >>> import autograd_c as tf
    >>> tf.random.set_seed(1)
    >>> y = tf.nn.dropout(tf.ones([1000]), 0.75).numpy()
    >>> print(sorted(set(y.tolist())), 150 < (y > 0).sum() < 350)
    [0.0, 4.0] True
    """
    t = _core.convert_to_tensor(x)
    if not t.dtype.is_floating:
        raise ValueError(f"[dropout] x must have a floating dtype, as it is scaled: {t.dtype.name}")
    recorded = _core.is_tensor(rate)
    try:
        p = float(_core.array_of(rate)) if recorded else float(rate)
    except (TypeError, ValueError):
        raise ValueError(f"[dropout] rate must be a number, not {rate!r}") from None
    if not 0 <= p < 1 or math.isnan(p):
        raise ValueError(f"[dropout] rate must be in [0, 1), not {rate!r}")
    if recorded:
        scaled = t / (1 - _core.cast(rate, t.dtype))
    elif p == 0:
        return t
    else:
        scaled = t * (1 / (1 - p))
    kept = uniform(_noise_shape(t, noise_shape), seed=seed, dtype="float32")
    return _dropped(scaled, kept >= p, noise_shape)


def _noise_shape(t: Tensor, noise_shape: Any) -> tuple[Any, ...]:
    shape = tuple(t.shape)
    if noise_shape is not None:
        given = plain(noise_shape)
        if not isinstance(given, tuple):
            given = (given,)
        if len(given) == len(shape):
            given = tuple(n if g is None else g for g, n in zip(given, shape, strict=True))
        shape = given
    return shape


def _dropped(scaled: Tensor, kept: Tensor, noise_shape: Any) -> Tensor:
    try:
        fits = np.broadcast_shapes(kept.shape, scaled.shape) == tuple(scaled.shape)
    except ValueError:
        fits = False
    if not fits:
        raise InvalidArgumentError(
            f"[dropout] noise_shape {noise_shape!r} does not go with shape {tuple(scaled.shape)}"
        )
    return where(kept, scaled, _core.full([], 0, scaled.dtype))
