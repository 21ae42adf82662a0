"""The area under curves of the four counts over thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.metrics._confusions import checked_thresholds, counts, how_many_below, pairs
from autograd_c.metrics._metric import Metric, numbers, quotient
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from autograd_c.core._core import Tensor, Variable
    from autograd_c.typing import DTypeLike, TensorLike

_CURVES = ("PR", "ROC", "PRGAIN")
_METHODS = ("interpolation", "majoring", "minoring")
_COUNTS = ("true_positives", "false_positives", "true_negatives", "false_negatives")
# How far the first and last thresholds lie outside of what is predicted.
_BEYOND = 1e-7
_lock = Lock()


class AUC(Metric):
    """The area under the curve of a classifier, as the threshold goes from 0 to 1.

    Args:
        num_thresholds: how many thresholds there are, evenly spaced.
        curve: "ROC", recall over the share of false positives among labels 0; "PR", precision
            over recall; "PRGAIN", the gains of both over a classifier that is always positive.
        summation_method: "interpolation", by trapezoids, and for "PR" by Davis and Goadrich,
            "The relationship between precision-recall and ROC curves" (2006); "minoring" or
            "majoring", by the smaller or larger end of each step.
        name: of the metric.
        dtype: of the state and the result.
        thresholds: a list of thresholds between 0 and 1 instead; 0 and 1 are added.
        multi_label: whether each label on the last axis has an area, of which the mean is taken.
        num_labels: how many labels there are, if `multi_label`; by default as the first batch says.
        label_weights: weights of labels: of their areas if `multi_label`, else of predictions.
        from_logits: whether predictions are logits, and not probabilities.

    Raises:
        ValueError: for arguments that are none of these.

    >>> import autograd_c as tf
    >>> area = tf.metrics.AUC(num_thresholds=5)
    >>> print(area([1, 0, 0, 1], [0.2, 0.4, 0.1, 0.8]).numpy())
    0.625
    """

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: DTypeLike | None = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: TensorLike | None = None,
        from_logits: bool = False,
    ) -> None:
        if curve not in _CURVES:
            raise ValueError(f"[AUC] curve is one of {_CURVES}, not {curve!r}")
        if summation_method not in _METHODS:
            raise ValueError(
                f"[AUC] summation_method is one of {_METHODS}, not {summation_method!r}"
            )
        super().__init__(dtype, name)
        if thresholds is None:
            if num_thresholds <= 1:
                raise ValueError(f"[AUC] num_thresholds is 2 or more, not {num_thresholds}")
            self.num_thresholds = num_thresholds
            inner = [i / (num_thresholds - 1) for i in range(1, num_thresholds - 1)]
        else:
            inner = sorted(checked_thresholds(list(thresholds)))
            self.num_thresholds = len(inner) + 2
        count = self.num_thresholds
        even = np.arange(1, count - 1) / (count - 1)
        self._even = thresholds is None or bool(np.allclose(inner, even, rtol=0, atol=1e-7))
        self._given = None if thresholds is None else inner
        self._thresholds = np.array([-_BEYOND, *inner, 1.0 + _BEYOND])
        self.curve = curve
        self.summation_method = summation_method
        self.multi_label = multi_label
        self.num_labels = num_labels
        self.label_weights = None if label_weights is None else numbers(label_weights, self.dtype)
        self._from_logits = from_logits
        self._counted: list[Variable] = []
        if not multi_label or num_labels is not None:
            self._build(num_labels)

    @property
    def thresholds(self) -> list[float]:
        """The thresholds, with one below 0 and one above 1."""
        return [float(x) for x in self._thresholds]

    def _build(self, labels: int | None) -> None:
        with _lock:
            if self._counted:
                return
            shape = (self.num_thresholds, labels) if self.multi_label else (self.num_thresholds,)
            made = [self.add_weight([x or 0 for x in shape], name=name) for name in _COUNTS]
            for name, variable in zip(_COUNTS, made):
                setattr(self, name, variable)
            self._counted = made

    def _passed(self, p: NDArray[Any]) -> NDArray[Any]:
        """How many thresholds each prediction is above."""
        steps = self.num_thresholds - 1
        if not self._even:
            return how_many_below(p, self._thresholds.astype(p.dtype))
        with np.errstate(invalid="ignore"):
            found = np.maximum(np.ceil(np.clip(p, 0, 1) * p.dtype.type(steps)), 1)
        return np.where(np.isnan(p), 0, found).astype(np.intp)

    def update_state(
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None
    ) -> None:
        """Count a batch, each prediction with its weight.

        Args:
            y_true: a tensor of labels 0 and 1.
            y_pred: a tensor of predictions of the same shape.
            sample_weight: None, or a tensor that broadcasts to that shape.

        Raises:
            InvalidArgumentError: for shapes that do not go together.
        """
        t, p, w = pairs(y_true, y_pred, sample_weight, self.dtype)
        if self._from_logits:
            with np.errstate(over="ignore"):
                p = 1 / (1 + np.exp(-p))
        if self.multi_label:
            labels = p.shape[-1] if p.ndim == 2 else None
            if labels is None or (self.num_labels or labels) != labels:
                raise InvalidArgumentError(
                    f"Expected predictions of shape (examples, {self.num_labels or 'labels'}), "
                    f"received {p.shape}"
                )
            self._build(labels)
            if self._counted[0].shape[1] != labels:
                raise InvalidArgumentError(
                    f"{labels} labels, where there were {self._counted[0].shape[1]}"
                )
            passed = self._passed(p)
            each = [
                counts(t[:, i], passed[:, i], None if w is None else w[:, i], self.num_thresholds)
                for i in range(labels)
            ]
            found: Any = [np.stack(x, axis=1) for x in zip(*each)]
        else:
            if self.label_weights is not None:
                factors = np.broadcast_to(self.label_weights, p.shape)
                w = factors if w is None else w * factors
            found = counts(t, self._passed(p), w, self.num_thresholds)
        for variable, amount in zip(self._counted, found):
            self._add(variable, amount)

    def _steps(self) -> NDArray[Any]:
        """The areas between thresholds."""
        tp, fp, tn, fn = (np.asarray(x, np.float64) for x in self._counted)
        recall = quotient(tp, tp + fn)
        if self.curve == "PR" and self.summation_method == "interpolation":
            hits, passed = tp[:-1] - tp[1:], tp + fp
            slope = quotient(hits, np.maximum(passed[:-1] - passed[1:], 0))
            rest = tp[1:] - slope * passed[1:]
            both = (passed[:-1] > 0) & (passed[1:] > 0)
            ratio = np.where(both, quotient(passed[:-1], np.maximum(passed[1:], 0)), 1.0)
            return quotient(slope * (hits + rest * np.log(ratio)), np.maximum(tp + fn, 0)[1:])
        if self.curve == "ROC":
            x, y = quotient(fp, fp + tn), recall
        elif self.curve == "PR":
            x, y = recall, quotient(tp, tp + fp)
        else:
            odds = quotient(tp + fn, fp + tn)
            # Below always saying yes there is no gain, and without a hit none of recall.
            x = np.where(tp == 0, 0.0, np.maximum(1.0 - odds * quotient(fn, tp), 0.0))
            y = np.where(tp == 0, 1.0, 1.0 - odds * quotient(fp, tp))
        if self.summation_method == "interpolation":
            heights = (y[:-1] + y[1:]) / 2.0
        elif self.summation_method == "minoring":
            heights = np.minimum(y[:-1], y[1:])
        else:
            heights = np.maximum(y[:-1], y[1:])
        return np.asarray((x[:-1] - x[1:]) * heights)

    def result(self) -> Tensor:
        """The area so far."""
        if not self._counted:
            return self._tensor(0)
        areas = self._steps().sum(axis=0)
        if not self.multi_label:
            return self._tensor(areas)
        if self.label_weights is None:
            return self._tensor(areas.mean())
        weights = self.label_weights
        return self._tensor(quotient((areas * weights).sum(), weights.sum()))

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        weights = None if self.label_weights is None else self.label_weights.tolist()
        found = {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": weights,
            "from_logits": self._from_logits,
        }
        return found if self._given is None else {**found, "thresholds": self._given}
