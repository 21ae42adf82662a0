"""The area under curves of the four counts over thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c import math
from autograd_c.core import _core
from autograd_c.functions.arrays import where
from autograd_c.functions.guarded import divide_no_nan
from autograd_c.metrics._confusions import Thresholds, checked_thresholds, counts, pairs
from autograd_c.metrics._metric import Metric, counted, sum_of
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
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
        self._thresholds = [-_BEYOND, *inner, 1.0 + _BEYOND]
        self._limits = Thresholds(self._thresholds, self._dtype)
        self.curve = curve
        self.summation_method = summation_method
        self.multi_label = multi_label
        self.num_labels = num_labels
        self.label_weights = None if label_weights is None else counted(label_weights, self._dtype)
        self._from_logits = from_logits
        self._counted: list[Variable] = []
        if not multi_label or num_labels is not None:
            self._build(num_labels)

    @property
    def thresholds(self) -> list[float]:
        """The thresholds, with one below 0 and one above 1."""
        return list(self._thresholds)

    def _build(self, labels: int | None) -> None:
        with _lock:
            if self._counted:
                return
            shape = (self.num_thresholds, labels) if self.multi_label else (self.num_thresholds,)
            made = [self.add_weight([x or 0 for x in shape], name=name) for name in _COUNTS]
            for name, variable in zip(_COUNTS, made):
                setattr(self, name, variable)
            self._counted = made

    def _passed(self, p: Tensor) -> Tensor:
        """How many thresholds each prediction is above."""
        if not self._even:
            return self._limits.passed(p)
        steps = float(self.num_thresholds - 1)
        inside = math.minimum(math.maximum(p, 0.0), 1.0)
        found = math.maximum(math.ceil(inside * steps), 1.0)
        return _core.cast(where(math.is_nan(p), 0.0, found), "int64")

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
        t, p, w = pairs(y_true, y_pred, sample_weight, self._dtype)
        if self._from_logits:
            p = math.sigmoid(p)
        labels = None
        if self.multi_label:
            labels = p.shape[-1] if p.ndim == 2 else None
            if labels is None or (self.num_labels or labels) != labels:
                raise InvalidArgumentError(
                    f"Expected predictions of shape (examples, {self.num_labels or 'labels'}), "
                    f"received {tuple(p.shape)}"
                )
            self._make_state(self._build, labels)
            if self._counted[0].shape[1] != labels:
                raise InvalidArgumentError(
                    f"{labels} labels, where there were {self._counted[0].shape[1]}"
                )
        elif self.label_weights is not None:
            factors = _core.broadcast_to(self.label_weights, p.shape)
            w = factors if w is None else w * factors
        found = counts(t, self._passed(p), w, self.num_thresholds, labels)
        for variable, amount in zip(self._counted, found):
            self._add(variable, amount if labels is None else _core.transpose(amount))

    def _steps(self) -> Tensor:
        """The areas between thresholds."""
        tp, fp, tn, fn = (_core.cast(x, "float64") for x in self._counted)
        recall = divide_no_nan(tp, tp + fn)
        if self.curve == "PR" and self.summation_method == "interpolation":
            hits, passed = tp[:-1] - tp[1:], tp + fp
            slope = divide_no_nan(hits, math.maximum(passed[:-1] - passed[1:], 0.0))
            rest = tp[1:] - slope * passed[1:]
            both = math.logical_and(passed[:-1] > 0.0, passed[1:] > 0.0)
            ratio = divide_no_nan(passed[:-1], math.maximum(passed[1:], 0.0))
            area = slope * (hits + rest * math.log(where(both, ratio, 1.0)))
            return divide_no_nan(area, math.maximum(tp + fn, 0.0)[1:])
        if self.curve == "ROC":
            x, y = divide_no_nan(fp, fp + tn), recall
        elif self.curve == "PR":
            x, y = recall, divide_no_nan(tp, tp + fp)
        else:
            odds = divide_no_nan(tp + fn, fp + tn)
            # Below always saying yes there is no gain, and without a hit none of recall.
            gain = math.maximum(1.0 - odds * divide_no_nan(fn, tp), 0.0)
            x = where(tp == 0.0, 0.0, gain)
            y = where(tp == 0.0, 1.0, 1.0 - odds * divide_no_nan(fp, tp))
        if self.summation_method == "interpolation":
            heights = (y[:-1] + y[1:]) / 2.0
        elif self.summation_method == "minoring":
            heights = math.minimum(y[:-1], y[1:])
        else:
            heights = math.maximum(y[:-1], y[1:])
        return (x[:-1] - x[1:]) * heights

    def result(self) -> Tensor:
        """The area so far."""
        if not self._counted:
            return self._of_nothing(AUC.result)
        areas = sum_of(self._steps(), 0)
        if not self.multi_label:
            return self._result(areas)
        if self.label_weights is None:
            return self._result(_core.reduce("reduce_mean", areas, None, False))
        weights = _core.cast(self.label_weights, "float64")
        return self._result(divide_no_nan(sum_of(areas * weights), sum_of(weights)))

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        weights = None if self.label_weights is None else self.label_weights.numpy().tolist()
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
