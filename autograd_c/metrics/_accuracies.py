"""How many predictions are right: functions that give 0 or 1 for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_c.core import _core
from autograd_c.functions.sorting import in_top_k
from autograd_c.losses._pairs import have_same_values
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import TensorLike


def _as_numbers(matches: Tensor) -> Tensor:
    return _core.cast(matches, _core.get_default_float())


def _largest(x: TensorLike) -> Tensor:
    return _core.arg_extremum(x, -1, "int64", True)


def accuracy(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """1 where both are the same, 0 elsewhere."""
    t, p = _core.convert_to_tensor(y_true), _core.convert_to_tensor(y_pred)
    if t.ndim == p.ndim + 1 and t.shape[-1] == 1:
        p = _core.reshape(p, [*p.shape, 1])
    elif p.ndim == t.ndim + 1 and p.shape[-1] == 1:
        t = _core.reshape(t, [*t.shape, 1])
    try:
        return _as_numbers(have_same_values(t, p))
    except InvalidArgumentError:
        raise InvalidArgumentError(
            f"Shapes {tuple(t.shape)} and {tuple(p.shape)} do not go together"
        ) from None


def binary_accuracy(y_true: TensorLike, y_pred: TensorLike, threshold: float = 0.5) -> Tensor:
    """1 where a prediction is on its label's side of the threshold, 0 elsewhere.

    Args:
        y_true: a tensor of labels 0 and 1.
        y_pred: a tensor of predictions.
        threshold: above which a prediction is for label 1.

    Returns:
        A tensor of that shape, of the default dtype.

    Raises:
        InvalidArgumentError: for shapes that do not go together.

    >>> import autograd_c as tf
    >>> print(tf.metrics.binary_accuracy([1, 0, 0], [0.9, 0.2, 0.7]).numpy())
    [1. 1. 0.]
    """
    p = _core.convert_to_tensor(y_pred)
    if not p.dtype.is_floating:
        p = _core.cast(p, "float64")
    return accuracy(y_true, _as_numbers(p > threshold))


def _flat(y_true: TensorLike, y_pred: TensorLike) -> tuple[Tensor, Tensor]:
    """Labels without an axis of 1 at their end, and predictions of classes."""
    t, p = _core.convert_to_tensor(y_true), _core.convert_to_tensor(y_pred)
    if t.ndim == p.ndim and t.ndim > 0 and t.shape[-1] == 1:
        t = _core.reshape(t, t.shape[:-1])
    if p.ndim == 0 or t.size * p.shape[-1] != p.size:
        raise InvalidArgumentError(
            f"Labels of shape {tuple(t.shape)} do not go with predictions of shape {tuple(p.shape)}"
        )
    return t, p


def categorical_accuracy(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """1 where the largest prediction is that of the right class, 0 elsewhere.

    Args:
        y_true: a tensor of probabilities of classes on its last axis, often 0 and 1.
        y_pred: a tensor of predictions of the same shape.

    Returns:
        A tensor of that shape without the last axis, of the default dtype.

    Raises:
        InvalidArgumentError: for shapes that do not go together.

    >>> import autograd_c as tf
    >>> print(tf.metrics.categorical_accuracy([[0, 1], [1, 0]], [[0.2, 0.8], [0.4, 0.6]]).numpy())
    [1. 0.]
    """
    return sparse_categorical_accuracy(_largest(y_true), y_pred)


def sparse_categorical_accuracy(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """1 where the largest prediction is that of the right class, 0 elsewhere.

    Args:
        y_true: a tensor of the numbers of classes.
        y_pred: a tensor of predictions, with an axis of classes more at the end.

    Returns:
        A tensor of that shape without the last axis, of the default dtype.

    Raises:
        InvalidArgumentError: for shapes that do not go together.

    >>> import autograd_c as tf
    >>> print(tf.metrics.sparse_categorical_accuracy([1, 0], [[0.2, 0.8], [0.4, 0.6]]).numpy())
    [1. 0.]
    """
    t, p = _flat(y_true, y_pred)
    found = _largest(p)
    if found.ndim != t.ndim:
        found = _core.reshape(found, t.shape)
    return _as_numbers(have_same_values(t, found))


def top_k_categorical_accuracy(y_true: TensorLike, y_pred: TensorLike, k: int = 5) -> Tensor:
    """1 where the right class is among the k largest predictions, 0 elsewhere.

    Args:
        y_true: a tensor of probabilities of classes on its last axis, often 0 and 1.
        y_pred: a tensor of predictions of the same shape.
        k: how many predictions count.

    Returns:
        A tensor of that shape without the last axis, of the default dtype.

    Raises:
        InvalidArgumentError: for shapes that do not go together.

    >>> import autograd_c as tf
    >>> true, predicted = [[0, 0, 1], [1, 0, 0]], [[0.5, 0.2, 0.3], [0.1, 0.6, 0.3]]
    >>> print(tf.metrics.top_k_categorical_accuracy(true, predicted, k=2).numpy())
    [1. 0.]
    """
    return sparse_top_k_categorical_accuracy(_largest(y_true), y_pred, k)


def sparse_top_k_categorical_accuracy(
    y_true: TensorLike, y_pred: TensorLike, k: int = 5, from_sorted_ids: bool = False
) -> Tensor:
    """1 where the right class is among the k largest predictions, 0 elsewhere.

    Args:
        y_true: a tensor of the numbers of classes.
        y_pred: a tensor of predictions, with an axis of classes more at the end.
        k: how many predictions count; all that are as large as the last one of them.
        from_sorted_ids: whether `y_pred` has the numbers of classes, the best first.

    Returns:
        A tensor of that shape without the last axis, of the default dtype.

    Raises:
        InvalidArgumentError: for shapes that do not go together.

    >>> import autograd_c as tf
    >>> predicted = [[0.5, 0.2, 0.3], [0.1, 0.6, 0.3]]
    >>> print(tf.metrics.sparse_top_k_categorical_accuracy([2, 0], predicted, k=2).numpy())
    [1. 0.]
    """
    t, p = _flat(y_true, y_pred)
    rows = _core.reshape(p, [t.size, p.shape[-1]])
    classes = _core.cast(_core.reshape(t, [-1]), "int64")
    if from_sorted_ids:
        same = have_same_values(rows[:, :k], _core.reshape(classes, [-1, 1]))
        found = _core.reduce("reduce_any", same, 1, False)
    else:
        found = in_top_k(classes, rows, k)
    return _as_numbers(_core.reshape(found, t.shape))
