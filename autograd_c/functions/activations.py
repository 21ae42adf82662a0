"""Activations that are more than a row of the elementwise table, and softmax: for ``tf.nn``."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any, SupportsIndex

from autograd_c.core import _core
from autograd_c.core._core import Tensor, cast, concat, convert_to_tensor
from autograd_c.functions import elementwise
from autograd_c.values import dtypes, errors

if TYPE_CHECKING:
    from autograd_c.typing import TensorLike

_apply = _core.apply
_silu = elementwise.nameless("silu")
_gelu = elementwise.nameless("gelu")
_gelu_tanh = elementwise.nameless("gelu_tanh")
_leaky_relu = elementwise.nameless("leaky_relu")
_relu = elementwise.named("nn.relu")
_sigmoid = elementwise.named("sigmoid")


def leaky_relu(features: TensorLike, alpha: float = 0.2, name: str | None = None) -> Tensor:
    """`features` where they are positive, and `alpha` times them elsewhere.

    Args:
        features: a tensor of floats, or of integers, which become float32; of any shape.
        alpha: a Python number: the slope of the negative part, which is the derivative at 0 too.
        name: ignored.

    Returns:
        A tensor of the shape of `features`.

    Raises:
        TypeError: for other dtypes, and an `alpha` that is no number.

    >>> import autograd_c as tf
    >>> print(tf.nn.leaky_relu([-1.0, 2.0]).numpy())
    [-0.2  2. ]
    """
    if type(alpha) is not float:
        alpha = _number(alpha)
    x = features if type(features) is Tensor else convert_to_tensor(features)
    if x.dtype.is_integer:
        x = cast(x, dtypes.float32)
    return _leaky_relu(x, alpha)


def _number(alpha: Any) -> float:
    if isinstance(alpha, (list, tuple, Tensor)) or getattr(alpha, "ndim", 0) != 0:
        raise TypeError(f"leaky_relu() expects a number as `alpha`, not {alpha!r}")
    return float(alpha)


def gelu(features: TensorLike, approximate: bool = False, name: str | None = None) -> Tensor:
    """`features` times the normal distribution function of them.

    Args:
        features: a tensor of floats of any shape.
        approximate: whether to compute x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x**3))) / 2 instead.
        name: ignored.

    Returns:
        A tensor of the shape and dtype of `features`.

    Raises:
        TypeError: for other dtypes.

    The source is Hendrycks and Gimpel, Gaussian Error Linear Units, arXiv:1606.08415.

    >>> import autograd_c as tf
    >>> print(tf.nn.gelu([-1.0, 2.0]).numpy().round(4))
    [-0.1587  1.9545]
    """
    return _gelu_tanh(features) if approximate else _gelu(features)


def silu(features: TensorLike, beta: TensorLike = 1.0) -> Tensor:
    """`features` times the logistic function of `beta` times them.

    Args:
        features: a tensor of floats or complex numbers, of any shape.
        beta: a number, or a tensor that broadcasts against `features`.

    Returns:
        A tensor of the dtype of `features`, with derivatives by both.

    Raises:
        TypeError: for other dtypes.

    >>> import autograd_c as tf
    >>> print(tf.nn.silu([-1.0, 2.0]).numpy().round(4))
    [-0.2689  1.7616]
    """
    if type(beta) is float and beta == 1.0:
        try:
            return _silu(features)
        except TypeError:
            if not convert_to_tensor(features).dtype.is_complex:
                raise
    x = convert_to_tensor(features)
    return x * _sigmoid(cast(convert_to_tensor(beta, dtype_hint=x.dtype), x.dtype) * x)


swish = silu


def crelu(features: TensorLike, axis: SupportsIndex = -1, name: str | None = None) -> Tensor:
    """The positive parts of `features` and of their negatives, one after the other along an axis.

    Args:
        features: a tensor of numbers, of one axis at least.
        axis: the axis along which the two are put together.
        name: ignored.

    Raises:
        TypeError: for bool and complex numbers.
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis that is not there.

    >>> import autograd_c as tf
    >>> print(tf.nn.crelu([1.0, -2.0]).numpy())
    [1. 0. 0. 2.]
    """
    x = convert_to_tensor(features)
    return concat([_relu(x), _relu(-x)], axis)


def _along(operation: str, logits: TensorLike, axis: SupportsIndex | None) -> Tensor:
    x = logits if type(logits) is Tensor else convert_to_tensor(logits)
    rank = x.ndim
    if axis is None:
        from_end = 0
    else:
        axis = index(axis)
        from_end = -1 - axis if axis < 0 else rank - 1 - axis
    if not 0 <= from_end < rank:
        raise errors.InvalidArgumentError(
            f"[{operation}] axis {-1 if axis is None else axis} is out of range for shape {x.shape}"
        )
    return _apply(operation, [x], [from_end])


def softmax(
    logits: TensorLike, axis: SupportsIndex | None = None, name: str | None = None
) -> Tensor:
    """exp(logits), divided by its sum along an axis, without overflow.

    Args:
        logits: a tensor of floats, of one axis at least.
        axis: an int, negative ones from the end; the last for None.
        name: ignored.

    Returns:
        A tensor of the shape and dtype of `logits`.

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis that is not there.

    >>> import autograd_c as tf
    >>> print(tf.nn.softmax([0.0, 1.0, 1000.0]).numpy())
    [0. 0. 1.]
    """
    return _along("softmax", logits, axis)


def log_softmax(
    logits: TensorLike, axis: SupportsIndex | None = None, name: str | None = None
) -> Tensor:
    """logits less the logarithm of the sum of exp(logits) along an axis, without overflow.

    Args:
        logits: a tensor of floats, of one axis at least.
        axis: an int, negative ones from the end; the last for None.
        name: ignored.

    Returns:
        A tensor of the shape and dtype of `logits`.

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis that is not there.

    >>> import autograd_c as tf
    >>> print(tf.nn.log_softmax([0.0, 1000.0]).numpy())
    [-1000.     0.]
    """
    return _along("log_softmax", logits, axis)
