"""Cross entropies, and how little sets overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c import math
from autograd_c.core import _core
from autograd_c.functions.arrays import where
from autograd_c.functions.contractions import tensordot
from autograd_c.functions.cross_entropies import picked
from autograd_c.losses._functions import (
    EPSILON,
    _between,
    _mean,
    _pair,
    _predicted,
    _sum,
)
from autograd_c.losses._pairs import have_same_values
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import TensorLike


def _probability(x: Tensor) -> Tensor:
    return _between(x, EPSILON, 1.0 - EPSILON)


def _smoothed(t: Tensor, smoothing: float, share: float) -> Tensor:
    return t if not smoothing else t * (1.0 - smoothing) + smoothing * share


def _binary(t: Tensor, p: Tensor, from_logits: bool) -> Tensor:
    if from_logits:
        return t * math.softplus(-p) + (1.0 - t) * math.softplus(p)
    p = _probability(p)
    return -(t * math.log(p) + (1.0 - t) * math.log(1.0 - p))


def _shares(p: Tensor, axis: int) -> Tensor:
    """Logits as probabilities."""
    return math.exp(p - _core.reduce("reduce_logsumexp", p, axis, True))


def binary_crossentropy(
    y_true: TensorLike,
    y_pred: TensorLike,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """The mean of the cross entropies of labels 0 and 1 and their probabilities.

    Args:
        y_true: a tensor of what is true.
        y_pred: a tensor of floats of the same shape, of what is predicted.
        from_logits: whether predictions are logits, and not probabilities.
        label_smoothing: how far labels are moved to the middle, from 0 to 1.
        axis: that of the predictions of an example, of which the mean is taken.

    Returns:
        A tensor of the shape of `y_pred` without its last axis.

    >>> import autograd_c as tf
    >>> print(tf.losses.binary_crossentropy([[0.0, 1.0]], [[0.0, 0.0]], from_logits=True).numpy())
    [0.6931472]
    """
    t, p = _pair(y_true, y_pred)
    return _mean(_binary(_smoothed(t, label_smoothing, 0.5), p, from_logits), axis)


def binary_focal_crossentropy(
    y_true: TensorLike,
    y_pred: TensorLike,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """As `binary_crossentropy`, with less weight for what is predicted well.

    Args:
        y_true: a tensor of what is true.
        y_pred: a tensor of floats of the same shape, of what is predicted.
        apply_class_balancing: whether the classes have weights `alpha` and 1 - `alpha`.
        alpha: the weight of class 1.
        gamma: the power of 1 minus the probability of the label, which is the weight.
        from_logits: whether predictions are logits, and not probabilities.
        label_smoothing: how far labels are moved to the middle, from 0 to 1.
        axis: that of the predictions of an example, of which the mean is taken.

    Returns:
        A tensor of the shape of `y_pred` without its last axis.

    >>> import autograd_c as tf
    >>> print(tf.losses.binary_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy())
    [0.1732868]
    """
    t, p = _pair(y_true, y_pred)
    t = _smoothed(t, label_smoothing, 0.5)
    if from_logits:
        p = math.sigmoid(p)
    missed = t * (1.0 - p) + (1.0 - t) * p
    loss = math.pow(missed, gamma) * _binary(t, p, False)
    if apply_class_balancing:
        loss = loss * (t * alpha + (1.0 - t) * (1.0 - alpha))
    return _mean(loss, axis)


def categorical_crossentropy(
    y_true: TensorLike,
    y_pred: TensorLike,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """The cross entropy of the probabilities of classes, y_true of them often 0 and 1.

    Args:
        y_true: a tensor of what is true.
        y_pred: a tensor of floats of the same shape, of what is predicted.
        from_logits: whether predictions are logits, and not probabilities.
        label_smoothing: how far labels are moved to the middle, from 0 to 1.
        axis: of the classes.

    Returns:
        A tensor of the shape of `y_pred` without its last axis.

    Raises:
        ValueError: for different shapes.

    >>> import autograd_c as tf
    >>> print(tf.losses.categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy())
    [0.6931472]
    """
    t, p = _pair(y_true, y_pred)
    if t.shape != p.shape:
        raise ValueError(f"y_true and y_pred have shapes {tuple(t.shape)} and {tuple(p.shape)}")
    if label_smoothing:
        t = _smoothed(t, label_smoothing, 1.0 / t.shape[-1])
    if from_logits:
        logs = p - _core.reduce("reduce_logsumexp", p, axis, True)
    else:
        logs = math.log(_probability(p / _sum(p, axis, True)))
    return -_sum(t * logs, axis)


def categorical_focal_crossentropy(
    y_true: TensorLike,
    y_pred: TensorLike,
    alpha: Any = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """As `categorical_crossentropy`, with less weight for what is predicted well.

    Args:
        y_true: a tensor of what is true.
        y_pred: a tensor of floats of the same shape, of what is predicted.
        alpha: a weight of all, or of each class.
        gamma: the power of 1 minus the probability, which is the weight.
        from_logits: whether predictions are logits, and not probabilities.
        label_smoothing: how far labels are moved to the middle, from 0 to 1.
        axis: of the classes.

    Returns:
        A tensor of the shape of `y_pred` without its last axis.

    >>> import autograd_c as tf
    >>> print(tf.losses.categorical_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy())
    [0.0433217]
    """
    t, p = _pair(y_true, y_pred)
    if label_smoothing:
        t = _smoothed(t, label_smoothing, 1.0 / t.shape[-1])
    if from_logits:
        p = _shares(p, axis)
    p = _probability(p / _sum(p, axis, True))
    weights = math.pow(1.0 - p, gamma) * alpha
    return -_sum(weights * t * math.log(p), axis)


def _labels(y_true: TensorLike) -> Tensor:
    return _core.cast(_core.stop_gradient(y_true), "int64")


def _picked(p: Tensor, labels: Tensor) -> Tensor:
    """The element of each row that its label says."""
    return picked(p, labels, "the label {} is outside of the valid range [0, {})")


def sparse_with_mask(
    y_true: TensorLike, y_pred: TensorLike, from_logits: bool, ignore_class: int | None, axis: int
) -> tuple[Tensor, Tensor | None]:
    """The losses, and where the labels are not those that are ignored."""
    p = _predicted(y_pred)
    if axis % p.ndim != p.ndim - 1:
        raise ValueError(f"only the last axis can be that of the classes, not {axis}")
    labels = _labels(y_true)
    if labels.ndim == p.ndim and labels.shape[-1] == 1:
        labels = _core.reshape(labels, labels.shape[:-1])
    if labels.shape != p.shape[:-1]:
        raise ValueError(
            f"labels of shape {tuple(labels.shape)} do not go with predictions of shape "
            f"{tuple(p.shape)}"
        )
    known = None if ignore_class is None else labels != ignore_class
    if known is not None:
        labels = where(known, labels, 0)
    logits = p if from_logits else math.log(_probability(p))
    loss = _core.reduce("reduce_logsumexp", logits, -1, False) - _picked(logits, labels)
    return (loss if known is None else where(known, loss, 0.0)), known


def sparse_categorical_crossentropy(
    y_true: TensorLike,
    y_pred: TensorLike,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Tensor:
    """The cross entropy of classes given by their numbers.

    Args:
        y_true: a tensor of what is true.
        y_pred: a tensor of floats of the same shape, of what is predicted.
        from_logits: whether predictions are logits, and not probabilities.
        ignore_class: a number whose losses are 0.
        axis: of the classes, the last one.

    Returns:
        A tensor of the shape of `y_pred` without its last axis.

    Raises:
        ValueError: for shapes that do not fit, and labels out of range.

    >>> import autograd_c as tf
    >>> print(tf.losses.sparse_categorical_crossentropy([1], [[0.5, 0.5]]).numpy())
    [0.6931472]
    """
    return sparse_with_mask(y_true, y_pred, from_logits, ignore_class, axis)[0]


def categorical_generalized_cross_entropy(
    y_true: TensorLike, y_pred: TensorLike, q: float
) -> Tensor:
    """(1 - p^q) / q, of the probability p of the class: less for labels that are wrong.

    Args:
        y_true: a tensor of what is true.
        y_pred: a tensor of floats of the same shape, of what is predicted.
        q: a power, between 0 and 1.

    Returns:
        A tensor of the shape of `y_pred` without its last axis.

    >>> import autograd_c as tf
    >>> print(tf.losses.categorical_generalized_cross_entropy([1], [[0.5, 0.5]], 1.0).numpy())
    [0.5]
    """
    p = _predicted(y_pred)
    labels = _labels(y_true)
    if p.ndim == 0 or labels.size * p.shape[-1] != p.size:
        raise InvalidArgumentError(
            f"labels of shape {tuple(labels.shape)} do not go with predictions of shape "
            f"{tuple(p.shape)}"
        )
    return (1.0 - math.pow(_picked(p, labels), q)) / q


def dice(y_true: TensorLike, y_pred: TensorLike, axis: Any = None) -> Tensor:
    """1 - 2 a / b, of the sum a of the products and b of both: how little two sets overlap.

    Args:
        y_true: a tensor of what is true.
        y_pred: a tensor of floats of the same shape, of what is predicted.
        axis: along which sums are taken; None for all.

    Returns:
        A tensor of the shape of `y_pred` without these axes.

    >>> import autograd_c as tf
    >>> print(tf.losses.dice([1.0, 0.0], [0.0, 1.0]).numpy())
    1.0
    """
    t, p = _pair(y_true, y_pred)
    both = _sum(t, axis) + _sum(p, axis)
    return 1.0 - 2.0 * _sum(t * p, axis) / (both + EPSILON)


def tversky(
    y_true: TensorLike, y_pred: TensorLike, alpha: float = 0.5, beta: float = 0.5, axis: Any = None
) -> Tensor:
    """As `dice`, with weights of what is true alone and of what is predicted alone.

    Args:
        y_true: a tensor of what is true.
        y_pred: a tensor of floats of the same shape, of what is predicted.
        alpha: the weight of what is true and not predicted.
        beta: the weight of what is predicted and not true.
        axis: along which sums are taken; None for all.

    Returns:
        A tensor of the shape of `y_pred` without these axes.

    >>> import autograd_c as tf
    >>> print(tf.losses.tversky([1.0, 0.0], [0.0, 1.0]).numpy())
    1.0
    """
    t, p = _pair(y_true, y_pred)
    overlap = _sum(t * p, axis)
    apart = alpha * _sum(t * (1.0 - p), axis) + beta * _sum(p * (1.0 - t), axis)
    return 1.0 - overlap / (overlap + apart + EPSILON)


def circle(
    y_true: TensorLike,
    y_pred: TensorLike,
    ref_labels: TensorLike | None = None,
    ref_embeddings: TensorLike | None = None,
    remove_diagonal: bool = True,
    gamma: float = 80,
    margin: float = 0.4,
) -> Tensor:
    """The circle loss of embeddings: those of one class near each other, others far.

    Of Sun and others, Circle Loss: A Unified Perspective of Pair Similarity Optimization (2020).

    Args:
        y_true: a tensor of what is true.
        y_pred: a tensor of floats of the same shape, of what is predicted.
        ref_labels: labels of the embeddings that these are compared with; themselves by default.
        ref_embeddings: those embeddings.
        remove_diagonal: whether an embedding is not compared with the one in its own place.
        gamma: how sharply pairs are weighted.
        margin: how near is near enough.

    Returns:
        A tensor of shape [examples].

    >>> import autograd_c as tf
    >>> print(tf.losses.circle([0, 1], [[1.0, 0.0], [0.0, 1.0]]).numpy())
    [0. 0.]
    """
    p = _predicted(y_pred)
    labels = _core.reshape(_core.stop_gradient(y_true), [-1])
    others = p if ref_embeddings is None else _core.convert_to_tensor(ref_embeddings)
    names = labels if ref_labels is None else _core.reshape(_core.stop_gradient(ref_labels), [-1])
    same = have_same_values(_core.reshape(labels, [-1, 1]), names)
    different = math.logical_not(same)
    if remove_diagonal:
        same = math.logical_and(same, _core.constant(np.eye(*same.shape) == 0))
    distance = math.maximum(1.0 - tensordot(p, others, [[1], [1]]), 0.0)
    # Far below what any pair gives: pairs that are none do not count, and derivatives are 0.
    nothing = -float(np.finfo(p.dtype.as_numpy_dtype).max) / 8

    def total(pairs: Tensor, weight: Tensor, exponent: Tensor) -> Tensor:
        each = where(pairs, gamma * math.maximum(weight, 0.0) * exponent, nothing)
        return _core.reduce("reduce_logsumexp", each, 1, False)

    near = total(same, distance + margin, distance - margin)
    far = total(different, 1.0 + margin - distance, 1.0 - margin - distance)
    return math.softplus(near + far)
