"""How many predictions are right: functions that give 0 or 1 for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from autograd_c.core._core import Tensor
    from autograd_c.typing import TensorLike


def _array(x: TensorLike) -> NDArray[Any]:
    return _core.array_of(_core.convert_to_tensor(x))


def _as_numbers(matches: NDArray[Any]) -> Tensor:
    return _core.cast(_core.convert_to_tensor(np.asarray(matches)), _core.get_default_float())


def _same(x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    try:
        return np.asarray(x == y) if np.broadcast_shapes(x.shape, y.shape) is not None else x
    except ValueError:
        raise InvalidArgumentError(f"Shapes {x.shape} and {y.shape} do not go together") from None


def accuracy(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """1 where both are the same, 0 elsewhere."""
    t, p = _array(y_true), _array(y_pred)
    if t.ndim == p.ndim + 1 and t.shape[-1] == 1:
        p = p[..., None]
    elif p.ndim == t.ndim + 1 and p.shape[-1] == 1:
        t = t[..., None]
    return _as_numbers(_same(t, p))


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
    return accuracy(y_true, _as_numbers(_array(y_pred) > threshold))


def _flat(y_true: TensorLike, y_pred: TensorLike) -> tuple[NDArray[Any], ...]:
    """Labels without an axis of 1 at their end, and predictions of classes."""
    t, p = _array(y_true), _array(y_pred)
    if t.ndim == p.ndim and t.ndim > 0 and t.shape[-1] == 1:
        t = t[..., 0]
    if p.ndim == 0 or t.size * p.shape[-1] != p.size:
        raise InvalidArgumentError(
            f"Labels of shape {t.shape} do not go with predictions of shape {p.shape}"
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
    return sparse_categorical_accuracy(np.argmax(_array(y_true), axis=-1), y_pred)


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
    return _as_numbers(t == np.argmax(p, axis=-1).reshape(t.shape))


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
    return sparse_top_k_categorical_accuracy(np.argmax(_array(y_true), axis=-1), y_pred, k)


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
    rows = p.reshape(t.size, p.shape[-1])
    classes = t.reshape(-1).astype(np.int64)
    if from_sorted_ids:
        found = (rows[:, :k] == classes[:, None]).any(axis=1)
    else:
        found = np.zeros(t.size, bool)
        known = np.flatnonzero((classes >= 0) & (classes < p.shape[-1]))
        own = rows[known, classes[known]]
        # Predictions that are not finite have no order.
        ordered = np.isfinite(rows[known]).all(axis=1)
        found[known] = ((rows[known] > own[:, None]).sum(axis=1) < k) & ordered
    return _as_numbers(found.reshape(t.shape))
