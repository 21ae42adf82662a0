"""Losses of logits and of logarithms: for ``tf.nn``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor, cast, convert_to_tensor, reshape
from autograd_c.functions import elementwise
from autograd_c.functions.activations import log_softmax
from autograd_c.functions.arrays import where
from autograd_c.functions.reductions import reduce_sum
from autograd_c.values import errors

if TYPE_CHECKING:
    from autograd_c.typing import TensorLike

_sigmoid_cross_entropy = elementwise.nameless("sigmoid_cross_entropy")
_softplus = elementwise.named("nn.softplus")
_multiply_no_nan = elementwise.named("math.multiply_no_nan")
_exp, _log, _square = map(elementwise.named, ("exp", "math.log", "square"))
_logical_and = elementwise.named("logical_and")


def _of_one_shape(operation: str, names: str, *values: TensorLike) -> list[Tensor]:
    first, second = tensors = _core.operands_of(operation, *values)
    if first.shape != second.shape:
        raise errors.InvalidArgumentError(
            f"[{operation}] {names} must have the same shape, not {first.shape} and {second.shape}"
        )
    return tensors


def sigmoid_cross_entropy_with_logits(
    labels: TensorLike | None = None,
    logits: TensorLike | None = None,
    name: str | None = None,
) -> Tensor:
    """The cross entropy of independent yes-or-no labels, elementwise, without overflow.

    Args:
        labels: a tensor of floats from 0 to 1.
        logits: a tensor of floats of the same shape and dtype: log odds.
        name: ignored.

    Returns:
        -labels log(sigmoid(logits)) - (1 - labels) log(1 - sigmoid(logits)), with derivatives by
        both.

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that differ, or if one is missing.

    >>> import autograd_c as tf
    >>> loss = tf.nn.sigmoid_cross_entropy_with_logits(labels=[1.0, 0.0], logits=[2.0, -1000.0])
    >>> print(loss.numpy().round(4))
    [0.1269 0.    ]
    """
    if labels is None or logits is None:
        raise errors.InvalidArgumentError(
            "[sigmoid_cross_entropy_with_logits] needs both `labels` and `logits`"
        )
    x, z = _of_one_shape("sigmoid_cross_entropy_with_logits", "logits and labels", logits, labels)
    return _sigmoid_cross_entropy(x, z)


def weighted_cross_entropy_with_logits(
    labels: TensorLike, logits: TensorLike, pos_weight: TensorLike, name: str | None = None
) -> Tensor:
    """`sigmoid_cross_entropy_with_logits` with a factor for the part of the positive labels.

    Args:
        labels: a tensor of floats from 0 to 1.
        logits: a tensor of floats of the same shape and dtype: log odds.
        pos_weight: the factor, which broadcasts.
        name: ignored.

    Returns:
        -pos_weight labels log(sigmoid(logits)) - (1 - labels) log(1 - sigmoid(logits)), with
        derivatives by all three.

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that differ.

    >>> import autograd_c as tf
    >>> loss = tf.nn.weighted_cross_entropy_with_logits([1.0, 0.0], [2.0, -1.0], 2.0)
    >>> print(loss.numpy().round(4))
    [0.2539 0.3133]
    """
    x, z = _of_one_shape("weighted_cross_entropy_with_logits", "logits and labels", logits, labels)
    more: Any = (
        pos_weight if isinstance(pos_weight, (float, Tensor)) else convert_to_tensor(pos_weight)
    )
    result: Tensor = (1 - z) * x + (1 + (more - 1) * z) * _softplus(-x)
    return result


def softmax_cross_entropy_with_logits(
    labels: TensorLike, logits: TensorLike, axis: SupportsIndex = -1, name: str | None = None
) -> Tensor:
    """The cross entropy of distributions over classes, along an axis, without overflow.

    Args:
        labels: a tensor of floats: distributions along `axis`.
        logits: a tensor of floats; the two broadcast. Labels of another dtype are converted to its.
        axis: the axis of the classes.
        name: ignored.

    Returns:
        The sum of -labels log_softmax(logits) along the axis, which goes; classes of label 0 count
        for nothing, even if their logits are -inf. It has derivatives by both.

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not broadcast, and an axis
            that is not there.

    >>> import autograd_c as tf
    >>> print(tf.nn.softmax_cross_entropy_with_logits([[0.5, 0.5]], [[0.0, 1.0]]).numpy().round(4))
    [0.8133]
    """
    if type(logits) is Tensor and logits.dtype.is_floating:
        x = logits
        z = cast(convert_to_tensor(labels, dtype_hint=x.dtype), x.dtype)
    else:
        x, z = _core.operands_of("softmax_cross_entropy_with_logits", logits, labels)
    return -reduce_sum(_multiply_no_nan(log_softmax(x, axis), z), axis)


def sparse_softmax_cross_entropy_with_logits(
    labels: TensorLike, logits: TensorLike, name: str | None = None
) -> Tensor:
    """The cross entropy of labels that are classes, along the last axis, without overflow.

    Args:
        labels: a tensor of integers, of the shape of `logits` without its last axis: classes.
        logits: a tensor of floats, of one axis at least.
        name: ignored.

    Returns:
        -log_softmax(logits) of the class of each label: a tensor of the shape of `labels`.

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit, and labels that
            are no classes.

    >>> import autograd_c as tf
    >>> logits = [[0.0, 1.0], [3.0, 3.0]]
    >>> print(tf.nn.sparse_softmax_cross_entropy_with_logits([1, 0], logits).numpy().round(4))
    [0.3133 0.6931]
    """
    x = convert_to_tensor(logits)
    chosen = convert_to_tensor(labels)
    if not chosen.dtype.is_integer:
        raise errors.InvalidDTypeError(
            "[sparse_softmax_cross_entropy_with_logits] labels are integers, not of dtype "
            f"{chosen.dtype.name}"
        )
    if x.ndim == 0 or chosen.shape != x.shape[:-1]:
        raise errors.InvalidArgumentError(
            "[sparse_softmax_cross_entropy_with_logits] labels must have the shape of the logits "
            f"without its last axis: they have {chosen.shape}, the logits {x.shape}"
        )
    message = "[sparse_softmax_cross_entropy_with_logits] label {} is none of the {} classes"
    return -picked(log_softmax(x), cast(chosen, "int64"), message)


def picked(x: Tensor, labels: Tensor, message: str) -> Tensor:
    """The element of each row that a label says.

    Whether labels are in range is seen by the operation that picks, so that a recorded function
    need not be recorded for each batch of labels: Python reads them to say which one is not.

    Args:
        x: a tensor of shape [..., classes].
        labels: int64, as many as there are rows, of any shape.
        message: of the error for a label that is no class, to be formatted with both numbers.
    """
    classes = x.shape[-1]
    # A negative index would count from the end.
    places = reshape(_core.select(labels < 0, classes, labels), [-1, 1])
    rows = x if x.ndim == 2 else reshape(x, [-1, classes])
    try:
        found = _core.apply("take_along_axis", [rows, places], [1])
    except errors.InvalidArgumentError:
        numbers = labels.numpy()
        wrong = numbers[(numbers < 0) | (numbers >= classes)]
        if not wrong.size:
            raise
        raise errors.InvalidArgumentError(message.format(wrong.flat[0], classes)) from None
    return reshape(found, labels.shape)


def log_poisson_loss(
    targets: TensorLike,
    log_input: TensorLike,
    compute_full_loss: bool = False,
    name: str | None = None,
) -> Tensor:
    """The negative logarithm of the likelihood of counts, given the logarithms of their means.

    Args:
        targets: a tensor of numbers: the counts.
        log_input: a tensor of the same shape and dtype: logarithms of the means.
        compute_full_loss: whether to add Stirling's approximation of log(targets!), without which
            a term is missing that does not depend on `log_input`.
        name: ignored.

    Returns:
        exp(log_input) - log_input targets, elementwise. The full loss adds
        targets log(targets) - targets + log(2 pi targets) / 2 for targets outside [0, 1].

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that differ.

    >>> import autograd_c as tf
    >>> print(tf.nn.log_poisson_loss([1.0, 2.0], [0.0, 0.5]).numpy().round(4))
    [1.     0.6487]
    """
    x, z = _of_one_shape("log_poisson_loss", "log_input and targets", log_input, targets)
    loss = _exp(x) - x * z
    if not compute_full_loss:
        return loss
    few = _logical_and(z >= 0, z <= 1)
    many = where(few, 1.0, z)  # of which the term below has a derivative
    more = many * _log(many) - many + _log(2 * np.pi * many) * 0.5
    return loss + where(few, 0.0, more)


def l2_loss(t: TensorLike, name: str | None = None) -> Tensor:
    """Half the sum of the squares of all elements.

    Args:
        t: a tensor of floats of any shape.
        name: ignored.

    Returns:
        A scalar of the same dtype.

    Raises:
        TypeError: for other dtypes.

    >>> import autograd_c as tf
    >>> print(tf.nn.l2_loss([3.0, 4.0]).numpy())
    12.5
    """
    x = convert_to_tensor(t)
    if not x.dtype.is_floating:
        raise errors.InvalidDTypeError(f"[l2_loss] needs floats, not dtype {x.dtype.name}")
    return reduce_sum(_square(x)) * 0.5
