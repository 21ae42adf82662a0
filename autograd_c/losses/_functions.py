"""The losses of examples, as functions of what is true and what is predicted."""

from __future__ import annotations

import math as _numbers
from typing import TYPE_CHECKING, Any

from autograd_c import math
from autograd_c.core import _core
from autograd_c.functions.arrays import where
from autograd_c.losses._pairs import same_rank

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import TensorLike

# What keeps logarithms and quotients finite.
EPSILON = 1e-7


def _predicted(y_pred: TensorLike) -> Tensor:
    p = _core.convert_to_tensor(y_pred)
    return p if p.dtype.is_floating else _core.cast(p, _core.get_default_float())


def _pair(y_true: TensorLike, y_pred: TensorLike) -> tuple[Tensor, Tensor]:
    p = _predicted(y_pred)
    return _core.cast(_core.convert_to_tensor(y_true, dtype_hint=p.dtype), p.dtype), p


def _alike(y_true: TensorLike, y_pred: TensorLike) -> tuple[Tensor, Tensor]:
    return same_rank(*_pair(y_true, y_pred))


def _mean(x: Tensor, axis: Any = -1) -> Tensor:
    return _core.reduce("reduce_mean", x, axis, False)


def _sum(x: Tensor, axis: Any = -1, keepdims: bool = False) -> Tensor:
    return _core.reduce("reduce_sum", x, axis, keepdims)


def _between(x: Tensor, least: float, most: float) -> Tensor:
    return math.minimum(math.maximum(x, least), most)


def mean_squared_error(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """The mean of the squares of the errors.

    Args:
        y_true: a tensor of what is true.
        y_pred: a tensor of floats of the same shape, of what is predicted.

    Returns:
        A tensor of the shape of `y_pred` without its last axis.

    >>> import autograd_c as tf
    >>> print(tf.losses.mse([[0.0, 1.0]], [[1.0, 3.0]]).numpy())
    [2.5]
    """
    t, p = _alike(y_true, y_pred)
    return _mean(math.square(p - t))


def mean_absolute_error(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """The mean of the sizes of the errors.

    Args:
        y_true: a tensor of what is true.
        y_pred: a tensor of floats of the same shape, of what is predicted.

    Returns:
        A tensor of the shape of `y_pred` without its last axis.

    >>> import autograd_c as tf
    >>> print(tf.losses.mae([[0.0, 1.0]], [[1.0, 3.0]]).numpy())
    [1.5]
    """
    t, p = _alike(y_true, y_pred)
    return _mean(math.abs(p - t))


def mean_absolute_percentage_error(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """The mean of the sizes of the errors, in percents of what is true.

    Args:
        y_true: a tensor of what is true.
        y_pred: a tensor of floats of the same shape, of what is predicted.

    Returns:
        A tensor of the shape of `y_pred` without its last axis.

    >>> import autograd_c as tf
    >>> print(tf.losses.mape([[2.0, 1.0]], [[1.0, 1.0]]).numpy())
    [25.]
    """
    t, p = _alike(y_true, y_pred)
    return 100.0 * _mean(math.abs((p - t) / math.maximum(math.abs(t), EPSILON)))


def mean_squared_logarithmic_error(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """The mean of the squares of log(1 + y_pred) - log(1 + y_true).

    Args:
        y_true: a tensor of what is true.
        y_pred: a tensor of floats of the same shape, of what is predicted.

    Returns:
        A tensor of the shape of `y_pred` without its last axis.

    >>> import autograd_c as tf
    >>> print(tf.losses.msle([[0.0, 1.0]], [[0.0, 1.0]]).numpy())
    [0.]
    """
    t, p = _alike(y_true, y_pred)
    logs = [math.log1p(math.maximum(x, EPSILON)) for x in (p, t)]
    return _mean(math.square(logs[0] - logs[1]))


def cosine_similarity(y_true: TensorLike, y_pred: TensorLike, axis: int = -1) -> Tensor:
    """Minus the cosine of the angle between two vectors.

    Args:
        y_true: a tensor of what is true.
        y_pred: a tensor of floats of the same shape, of what is predicted.
        axis: along which the vectors stand.

    Returns:
        A tensor of the shape of `y_pred` without that axis: -1 for the same direction.

    >>> import autograd_c as tf
    >>> print(tf.losses.cosine_similarity([[3.0, 4.0]], [[4.0, 3.0]]).numpy().round(3))
    [-0.96]
    """
    t, p = _alike(y_true, y_pred)

    def of_length_1(x: Tensor) -> Tensor:
        squares = _sum(math.square(x), axis, True)
        return x * math.rsqrt(math.maximum(squares, EPSILON**2))

    return -_sum(of_length_1(t) * of_length_1(p), axis)


def huber(y_true: TensorLike, y_pred: TensorLike, delta: float = 1.0) -> Tensor:
    """Half the square of small errors, and a straight line for large ones.

    Args:
        y_true: a tensor of what is true.
        y_pred: a tensor of floats of the same shape, of what is predicted.
        delta: where the line begins.

    Returns:
        A tensor of the shape of `y_pred` without its last axis.

    >>> import autograd_c as tf
    >>> print(tf.losses.huber([[0.0, 0.0]], [[0.5, 3.0]]).numpy())
    [1.3125]
    """
    t, p = _alike(y_true, y_pred)
    error = p - t
    size = math.abs(error)
    line = delta * size - 0.5 * delta**2
    return _mean(where(size <= delta, 0.5 * math.square(error), line))


def log_cosh(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """The mean of log(cosh(error)): half the square of small errors, the size of large ones.

    Args:
        y_true: a tensor of what is true.
        y_pred: a tensor of floats of the same shape, of what is predicted.

    Returns:
        A tensor of the shape of `y_pred` without its last axis.

    >>> import autograd_c as tf
    >>> print(tf.losses.logcosh([[0.0, 1.0]], [[0.0, 1.0]]).numpy())
    [0.]
    """
    t, p = _alike(y_true, y_pred)
    error = p - t
    return _mean(error + math.softplus(-2.0 * error) - _numbers.log(2.0))


def kl_divergence(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """The divergence of Kullback and Leibler: the sum of y_true log(y_true / y_pred).

    Args:
        y_true: a tensor of what is true.
        y_pred: a tensor of floats of the same shape, of what is predicted.

    Returns:
        A tensor of the shape of `y_pred` without its last axis.

    >>> import autograd_c as tf
    >>> print(tf.losses.kld([[0.5, 0.5]], [[0.5, 0.5]]).numpy())
    [0.]
    """
    t, p = (_between(x, EPSILON, 1.0) for x in _pair(y_true, y_pred))
    return _sum(t * math.log(t / p))


def poisson(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """The mean of y_pred - y_true log(y_pred).

    Args:
        y_true: a tensor of what is true.
        y_pred: a tensor of floats of the same shape, of what is predicted.

    Returns:
        A tensor of the shape of `y_pred` without its last axis.

    >>> import autograd_c as tf
    >>> print(tf.losses.poisson([[0.0, 0.0]], [[1.0, 2.0]]).numpy())
    [1.5]
    """
    t, p = _pair(y_true, y_pred)
    return _mean(p - t * math.log(p + EPSILON))


def _signs(t: Tensor) -> Tensor:
    """Labels of 0 and 1 as -1 and 1."""
    bits = math.logical_or(math.equal(t, 0.0), math.equal(t, 1.0))
    return where(_core.reduce("reduce_all", bits, None, False), 2.0 * t - 1.0, t)


def hinge(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """The mean of max(1 - y_true y_pred, 0), for labels -1 and 1, or 0 and 1.

    Args:
        y_true: a tensor of what is true.
        y_pred: a tensor of floats of the same shape, of what is predicted.

    Returns:
        A tensor of the shape of `y_pred` without its last axis.

    >>> import autograd_c as tf
    >>> print(tf.losses.hinge([[0.0, 1.0]], [[-1.0, 0.5]]).numpy())
    [0.25]
    """
    t, p = _pair(y_true, y_pred)
    return _mean(math.maximum(1.0 - _signs(t) * p, 0.0))


def squared_hinge(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """The mean of the squares of max(1 - y_true y_pred, 0).

    Args:
        y_true: a tensor of what is true.
        y_pred: a tensor of floats of the same shape, of what is predicted.

    Returns:
        A tensor of the shape of `y_pred` without its last axis.

    >>> import autograd_c as tf
    >>> print(tf.losses.squared_hinge([[0.0, 1.0]], [[-1.0, 0.5]]).numpy())
    [0.125]
    """
    t, p = _pair(y_true, y_pred)
    return _mean(math.square(math.maximum(1.0 - _signs(t) * p, 0.0)))


def categorical_hinge(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """max(1 + n - p, 0), of the prediction p of the class and n, the largest one of the others.

    Args:
        y_true: a tensor of what is true.
        y_pred: a tensor of floats of the same shape, of what is predicted.

    Returns:
        A tensor of the shape of `y_pred` without its last axis.

    >>> import autograd_c as tf
    >>> print(tf.losses.categorical_hinge([[0.0, 1.0]], [[0.5, 0.25]]).numpy())
    [1.25]
    """
    t, p = _pair(y_true, y_pred)
    others = _core.reduce("reduce_max", (1.0 - t) * p, -1, False)
    return math.maximum(1.0 + others - _sum(t * p), 0.0)


kld = kullback_leibler_divergence = KLD = kl_divergence
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
mse = MSE = mean_squared_error
msle = MSLE = mean_squared_logarithmic_error
logcosh = log_cosh
