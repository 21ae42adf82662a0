"""Metrics of the four counts: what is true or not, predicted or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.metrics._metric import Metric, numbers, quotient, same_rank, spread
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
    y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None, dtype: str
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None]:
    """Labels, predictions and weights of one rank."""
    t, p = same_rank(numbers(y_true), numbers(y_pred, dtype))
    if t.size != p.size:
        raise InvalidArgumentError(
            f"y_true and y_pred do not go together: they have shapes {t.shape} and {p.shape}"
        )
    t = t.reshape(p.shape)
    if sample_weight is None:
        return t, p, None
    w = numbers(sample_weight, dtype)
    w = (
        same_rank(p, w)[1]
        if p.ndim > 1
        else w.reshape(-1)
        if w.ndim == 2 and w.shape[1] == 1
        else w
    )
    return t, p, spread(w, p.shape)


def counts(
    true: NDArray[Any], passed: NDArray[Any], weights: NDArray[Any] | None, number: int
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """True positives, false positives, true negatives and false negatives for each threshold.

    `passed` is how many of the thresholds, from the lowest on, a prediction is above.
    """
    places = passed.reshape(-1)
    right = true.reshape(-1).astype(bool)
    w = None if weights is None else weights.reshape(-1)

    def above(chosen: NDArray[Any]) -> tuple[NDArray[Any], Any]:
        own = None if w is None else w[chosen]
        sums = np.bincount(places[chosen], own, number + 1).astype(np.float64)
        # The n-th threshold is passed by those that pass n + 1 or more.
        return np.cumsum(sums[::-1])[::-1][1:], sums.sum()

    tp, positives = above(right)
    fp, negatives = above(~right)
    return tp, fp, negatives - fp, positives - tp


def how_many_below(predictions: NDArray[Any], thresholds: NDArray[Any]) -> NDArray[Any]:
    """How many of sorted thresholds each prediction is above; NaN is above none."""
    below = np.searchsorted(thresholds, predictions, side="left")
    return np.where(np.isnan(predictions), 0, below)


def counts_at(
    true: NDArray[Any],
    predictions: NDArray[Any],
    weights: NDArray[Any] | None,
    thresholds: Sequence[float],
) -> list[NDArray[Any]]:
    """The four counts at each threshold, in the order of the thresholds."""
    given = np.asarray(thresholds, predictions.dtype)
    order = np.argsort(given, kind="stable")
    passed = how_many_below(predictions, given[order])
    back = np.argsort(order, kind="stable")
    return [x[back] for x in counts(true, passed, weights, len(given))]


class _Counted(Metric):
    """A metric of one of the four counts."""

    _which: int

    def __init__(
        self, thresholds: Any = None, name: str | None = None, dtype: DTypeLike | None = None
    ) -> None:
        super().__init__(dtype, name)
        self.init_thresholds = thresholds
        self.thresholds = checked_thresholds(thresholds)
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
        t, p, w = pairs(y_true, y_pred, sample_weight, self.dtype)
        self._add(self.accumulator, counts_at(t, p, w, self.thresholds)[self._which])

    def result(self) -> Tensor:
        """The count so far, for one threshold; or the counts."""
        found = np.asarray(self.accumulator)
        return self._tensor(found[0] if len(self.thresholds) == 1 else found)

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
        t, p, w = pairs(y_true, y_pred, given, self.dtype)
        if self.top_k is not None:
            kept = np.full_like(p, FAR)
            first = np.argsort(-p, axis=-1, kind="stable")[..., : self.top_k]
            np.put_along_axis(kept, first, np.take_along_axis(p, first, -1), -1)
            p = kept
        if self.class_id is not None:
            t, p = t[..., self.class_id], p[..., self.class_id]
            t, p, w = pairs(t, p, sample_weight, self.dtype)
        found = counts_at(t, p, w, self.thresholds)
        self._add(self.true_positives, found[0])
        self._add(getattr(self, self._other[1]), found[self._other[0]])

    def result(self) -> Tensor:
        """The share so far, 0 of nothing: a number for one threshold, or one for each."""
        tp, other = np.asarray(self.true_positives), np.asarray(getattr(self, self._other[1]))
        found = quotient(tp, tp + other)
        return self._tensor(found[0] if len(self.thresholds) == 1 else found)

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
