"""Metrics of the four counts: what is true or not, predicted or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c import math
from autograd_c.core import _core
from autograd_c.functions.arrays import where
from autograd_c.functions.cumulative import cumsum
from autograd_c.functions.guarded import divide_no_nan
from autograd_c.functions.sorting import argsort, searchsorted
from autograd_c.losses._pairs import same_rank
from autograd_c.metrics._metric import Metric, counted, spread
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, TensorLike

# Predictions that are not among the largest ones, and a threshold that only they do not pass.
FAR = -1e10


def checked_thresholds(thresholds: Any, default: float = 0.5) -> list[float]:
    """Thresholds as a list.

    Raises:
        ValueError: if one is not between 0 and 1.
    """
    if thresholds is None:
        return [default]
    found = list(thresholds) if isinstance(thresholds, (list, tuple)) else [thresholds]
    wrong = [x for x in found if x is None or not 0 <= x <= 1]
    if wrong:
        raise ValueError(f"thresholds are from 0 to 1, and {wrong} are not")
    return found


def pairs(
    y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None, dtype: DTypeLike
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Labels, predictions and weights of one shape."""
    t, p = same_rank(counted(y_true), counted(y_pred, dtype))
    if t.size != p.size:
        raise InvalidArgumentError(
            "y_true and y_pred do not go together: they have shapes "
            f"{tuple(t.shape)} and {tuple(p.shape)}"
        )
    if t.shape != p.shape:
        t = _core.reshape(t, p.shape)
    if sample_weight is None:
        return t, p, None
    w = counted(sample_weight, dtype)
    if p.ndim > 1:
        w = same_rank(p, w)[1]
    elif w.ndim == 2 and w.shape[1] == 1:
        w = _core.reshape(w, [-1])
    return t, p, spread(w, p.shape)


def counts(
    true: Tensor, passed: Tensor, weights: Tensor | None, number: int, labels: int | None = None
) -> list[Tensor]:
    """True positives, false positives, true negatives and false negatives for each threshold.

    Args:
        true: what is not 0 is a positive label.
        passed: how many of the thresholds, from the lowest on, a prediction is above.
        weights: None, or one for each prediction.
        number: of thresholds.
        labels: how many of them there are on the last axis, each to be counted by itself; None:
            all are counted together.

    Returns:
        Four tensors of float64 of shape [number], or [labels, number].
    """
    places = _core.cast(_core.cast(true, "bool"), "int64") * (number + 1) + passed
    shape = [2, number + 1]
    if labels is not None:
        places = places + _core.constant(np.arange(labels) * 2 * (number + 1))
        shape = [labels, *shape]
    places = _core.reshape(places, [-1])
    if weights is None:
        w = _core.full(places.shape, 1, "float64")
    else:
        w = _core.cast(_core.reshape(weights, [-1]), "float64")
    sums = _core.apply("segment_sum", [w, places], [False, (labels or 1) * 2 * (number + 1), 0])
    # The n-th threshold is passed by those that pass n + 1 or more.
    above = cumsum(_core.reshape(sums, shape), axis=-1, reverse=True)
    passing = above[..., 1:]
    fp, tp = _core.unstack(passing, axis=-2)
    tn, fn = _core.unstack(above[..., :1] - passing, axis=-2)
    return [tp, fp, tn, fn]


class Thresholds:
    """Thresholds in the order in which they were given, and sorted.

    Args:
        given: a list of numbers.
        dtype: of the predictions.
    """

    def __init__(self, given: Sequence[float], dtype: DTypeLike) -> None:
        order = np.argsort(given, kind="stable")
        self.number = len(given)
        self._sorted = _core.cast(_core.constant(np.asarray(given, np.float64)[order]), dtype)
        is_sorted = bool((order == np.arange(self.number)).all())
        self._back = None if is_sorted else _core.constant(np.argsort(order, kind="stable"))

    def passed(self, predictions: Tensor) -> Tensor:
        """How many thresholds each prediction is above; NaN is above none."""
        if self.number == 1:
            return _core.cast(math.greater(predictions, self._sorted), "int64")
        flat = _core.reshape(predictions, [-1])
        below = _core.reshape(searchsorted(self._sorted, flat, out_type="int64"), predictions.shape)
        return where(math.is_nan(predictions), 0, below)

    def counts(self, true: Tensor, predictions: Tensor, weights: Tensor | None) -> list[Tensor]:
        """The four counts at each threshold, in the order of the thresholds."""
        found = counts(true, self.passed(predictions), weights, self.number)
        return found if self._back is None else [_core.gather_rows(x, self._back) for x in found]


class _Counted(Metric):
    """A metric of one of the four counts."""

    _which: int

    def __init__(
        self, thresholds: Any = None, name: str | None = None, dtype: DTypeLike | None = None
    ) -> None:
        super().__init__(dtype, name)
        self.init_thresholds = thresholds
        self.thresholds = checked_thresholds(thresholds)
        self._limits = Thresholds(self.thresholds, self._dtype)
        self.accumulator = self.add_weight((len(self.thresholds),), name="accumulator")

    def update_state(
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None
    ) -> None:
        """Count a batch, each prediction with its weight.

        Args:
            y_true: a tensor of labels 0 and 1.
            y_pred: a tensor of predictions from 0 to 1 of the same shape.
            sample_weight: None, or a tensor that broadcasts to that shape.

        Raises:
            InvalidArgumentError: for shapes that do not go together.
        """
        t, p, w = pairs(y_true, y_pred, sample_weight, self._dtype)
        self._add(self.accumulator, self._limits.counts(t, p, w)[self._which])

    def result(self) -> Tensor:
        """The count so far, for one threshold; or the counts."""
        found = _core.identity(self.accumulator)
        return found[0] if len(self.thresholds) == 1 else found

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


class TruePositives(_Counted):
    """How many predictions are above the threshold, and labels 1.

    Args:
        thresholds: a number from 0 to 1, or a list of them; by default 0.5.
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> print(tf.metrics.TruePositives()([0, 1, 1, 1], [0.1, 0.9, 0.7, 0.3]).numpy())
    2.0
    """

    _which = 0


class FalsePositives(_Counted):
    """How many predictions are above the threshold, and labels 0.

    Args:
        thresholds: a number from 0 to 1, or a list of them; by default 0.5.
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> print(tf.metrics.FalsePositives()([0, 1, 0, 0], [0.1, 0.9, 0.7, 0.8]).numpy())
    2.0
    """

    _which = 1


class TrueNegatives(_Counted):
    """How many predictions are not above the threshold, and labels 0.

    Args:
        thresholds: a number from 0 to 1, or a list of them; by default 0.5.
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> print(tf.metrics.TrueNegatives()([0, 1, 0, 0], [0.1, 0.9, 0.7, 0.8]).numpy())
    1.0
    """

    _which = 2


class FalseNegatives(_Counted):
    """How many predictions are not above the threshold, and labels 1.

    Args:
        thresholds: a number from 0 to 1, or a list of them; by default 0.5.
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> print(tf.metrics.FalseNegatives()([0, 1, 1, 1], [0.1, 0.9, 0.7, 0.3]).numpy())
    1.0
    """

    _which = 3


class _Share(Metric):
    """True positives as a share of something."""

    _other: tuple[int, str]

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(dtype, name)
        self.init_thresholds = thresholds
        self.top_k = top_k
        self.class_id = class_id
        self.thresholds = checked_thresholds(thresholds, 0.5 if top_k is None else FAR)
        self._limits = Thresholds(self.thresholds, self._dtype)
        shape = (len(self.thresholds),)
        self.true_positives = self.add_weight(shape, name="true_positives")
        other = self._other[1]
        setattr(self, other, self.add_weight(shape, name=other))

    def update_state(
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None
    ) -> None:
        """Count a batch, each prediction with its weight.

        Args:
            y_true: a tensor of labels 0 and 1.
            y_pred: a tensor of predictions from 0 to 1 of the same shape.
            sample_weight: None, or a tensor that broadcasts to that shape.

        Raises:
            InvalidArgumentError: for shapes that do not go together.
        """
        given = None if self.class_id is not None else sample_weight
        t, p, w = pairs(y_true, y_pred, given, self._dtype)
        if self.top_k is not None:
            # The place of each prediction among those of its example, the largest first.
            rank = argsort(argsort(-p, stable=True), stable=True)
            p = where(rank < self.top_k, p, FAR)
        if self.class_id is not None:
            t, p = t[..., self.class_id], p[..., self.class_id]
            t, p, w = pairs(t, p, sample_weight, self._dtype)
        found = self._limits.counts(t, p, w)
        self._add(self.true_positives, found[0])
        self._add(getattr(self, self._other[1]), found[self._other[0]])

    def result(self) -> Tensor:
        """The share so far, 0 of nothing: a number for one threshold, or one for each."""
        tp = self.true_positives
        found = divide_no_nan(tp, tp + getattr(self, self._other[1]))
        return self._result(found[0] if len(self.thresholds) == 1 else found)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return {
            **super().get_config(),
            "thresholds": self.init_thresholds,
            "top_k": self.top_k,
            "class_id": self.class_id,
        }


class Precision(_Share):
    """The share of labels 1 among predictions above the threshold.

    Args:
        thresholds: a number from 0 to 1, or a list of them; by default 0.5.
        top_k: None, or how many of the largest predictions of an example count.
        class_id: None, or the class on the last axis that counts.
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> print(tf.metrics.Precision()([0, 1, 1, 1], [0.6, 0.9, 0.3, 0.2]).numpy())
    0.5
    """

    _other = (1, "false_positives")


class Recall(_Share):
    """The share of predictions above the threshold among labels 1.

    Args:
        thresholds: a number from 0 to 1, or a list of them; by default 0.5.
        top_k: None, or how many of the largest predictions of an example count.
        class_id: None, or the class on the last axis that counts.
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> print(tf.metrics.Recall()([0, 1, 1], [0.6, 0.9, 0.3]).numpy())
    0.5
    """

    _other = (3, "false_negatives")
