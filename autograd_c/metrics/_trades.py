"""What one share is where another one is as large as it has to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd_c import math
from autograd_c.core import _core
from autograd_c.functions.arrays import where
from autograd_c.functions.guarded import divide_no_nan
from autograd_c.metrics._confusions import Thresholds, pairs
from autograd_c.metrics._metric import Metric

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor, Variable
    from autograd_c.typing import DTypeLike, TensorLike


class _Trade(Metric):
    """A share at the best of the thresholds at which another share is large enough."""

    _given: str  # the argument that says how large that is

    def __init__(
        self,
        value: float,
        num_thresholds: int,
        class_id: int | None,
        name: str | None,
        dtype: DTypeLike | None,
    ) -> None:
        if not 0 <= value <= 1:
            raise ValueError(f"Argument `{self._given}` must be from 0 to 1, not {value}")
        if num_thresholds <= 0:
            raise ValueError(f"Argument `num_thresholds` must be above 0, not {num_thresholds}")
        super().__init__(dtype, name)
        self.value = value
        self.num_thresholds = num_thresholds
        self.class_id = class_id
        last = num_thresholds - 1
        self.thresholds = [i / last for i in range(num_thresholds)] if last else [0.5]
        self._limits = Thresholds(self.thresholds, self._dtype)
        shape = (num_thresholds,)
        self.true_positives = self.add_weight(shape, name="true_positives")
        self.false_positives = self.add_weight(shape, name="false_positives")
        self.true_negatives = self.add_weight(shape, name="true_negatives")
        self.false_negatives = self.add_weight(shape, name="false_negatives")

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
        if self.class_id is not None:
            t, p, w = pairs(
                t[..., self.class_id], p[..., self.class_id], sample_weight, self._dtype
            )
        for variable, amount in zip(self.variables, self._limits.counts(t, p, w)):
            self._add(variable, amount)

    def _shares(
        self, tp: Variable, fp: Variable, tn: Variable, fn: Variable
    ) -> tuple[Tensor, Tensor]:
        """The share that has to be large enough, and the one that is wanted."""
        raise NotImplementedError

    def result(self) -> Tensor:
        """The share so far; 0 if the other one is large enough nowhere."""
        bound, wanted = self._shares(*self.variables)
        enough = where(bound >= self.value, wanted, 0.0)
        return self._result(math.maximum(_core.reduce("reduce_max", enough, None, False), 0.0))

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "class_id": self.class_id,
            self._given: self.value,
        }


class SensitivityAtSpecificity(_Trade):
    """The share of labels 1 that are found, where enough of the labels 0 are left alone.

    Args:
        specificity: how large a share of labels 0 must be below the threshold, from 0 to 1.
        num_thresholds: how many thresholds are tried, evenly spaced from 0 to 1.
        class_id: None, or the class on the last axis that counts.
        name: of the metric.
        dtype: of the state and the result.

    Raises:
        ValueError: for other numbers.

    >>> import autograd_c as tf
    >>> metric = tf.metrics.SensitivityAtSpecificity(0.5)
    >>> print(metric([0, 1, 1, 0], [0.2, 0.6, 0.3, 0.4]).numpy())
    1.0
    """

    _given = "specificity"

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(specificity, num_thresholds, class_id, name, dtype)

    def _shares(self, tp: Any, fp: Any, tn: Any, fn: Any) -> tuple[Tensor, Tensor]:
        return divide_no_nan(tn, tn + fp), divide_no_nan(tp, tp + fn)


class SpecificityAtSensitivity(_Trade):
    """The share of labels 0 that are left alone, where enough of the labels 1 are found.

    Args:
        sensitivity: how large a share of labels 1 must be above the threshold, from 0 to 1.
        num_thresholds: how many thresholds are tried, evenly spaced from 0 to 1.
        class_id: None, or the class on the last axis that counts.
        name: of the metric.
        dtype: of the state and the result.

    Raises:
        ValueError: for other numbers.

    >>> import autograd_c as tf
    >>> metric = tf.metrics.SpecificityAtSensitivity(0.5)
    >>> print(metric([0, 1, 1, 0], [0.2, 0.6, 0.3, 0.4]).numpy())
    1.0
    """

    _given = "sensitivity"

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)

    def _shares(self, tp: Any, fp: Any, tn: Any, fn: Any) -> tuple[Tensor, Tensor]:
        return divide_no_nan(tp, tp + fn), divide_no_nan(tn, tn + fp)


class PrecisionAtRecall(_Trade):
    """Precision at the best of the thresholds at which recall is large enough.

    Args:
        recall: how large a share of labels 1 must be above the threshold, from 0 to 1.
        num_thresholds: how many thresholds are tried, evenly spaced from 0 to 1.
        class_id: None, or the class on the last axis that counts.
        name: of the metric.
        dtype: of the state and the result.

    Raises:
        ValueError: for other numbers.

    >>> import autograd_c as tf
    >>> metric = tf.metrics.PrecisionAtRecall(0.8)
    >>> print(metric([1, 0, 1, 1], [0.9, 0.7, 0.5, 0.4]).numpy())
    0.75
    """

    _given = "recall"

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(recall, num_thresholds, class_id, name, dtype)

    def _shares(self, tp: Any, fp: Any, tn: Any, fn: Any) -> tuple[Tensor, Tensor]:
        return divide_no_nan(tp, tp + fn), divide_no_nan(tp, tp + fp)


class RecallAtPrecision(_Trade):
    """Recall at the best of the thresholds at which precision is large enough.

    Args:
        precision: how large a share of what is above the threshold must be labels 1, from 0 to 1.
        num_thresholds: how many thresholds are tried, evenly spaced from 0 to 1.
        class_id: None, or the class on the last axis that counts.
        name: of the metric.
        dtype: of the state and the result.

    Raises:
        ValueError: for other numbers.

    >>> import autograd_c as tf
    >>> metric = tf.metrics.RecallAtPrecision(0.8)
    >>> print(metric([1, 0, 1, 1], [0.9, 0.7, 0.5, 0.4]).numpy().round(4))
    0.3333
    """

    _given = "precision"

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(precision, num_thresholds, class_id, name, dtype)

    def _shares(self, tp: Any, fp: Any, tn: Any, fn: Any) -> tuple[Tensor, Tensor]:
        return divide_no_nan(tp, tp + fp), divide_no_nan(tp, tp + fn)
