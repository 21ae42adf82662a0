"""Scores of examples with several outputs: R squared, and F of precision and recall."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from autograd_c import math
from autograd_c.core import _core
from autograd_c.functions.arrays import where
from autograd_c.functions.guarded import divide_no_nan
from autograd_c.metrics._metric import Metric, counted, spread, sum_of
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor, Variable
    from autograd_c.typing import DTypeLike, TensorLike

_lock = Lock()


class _Outputs(Metric):
    """A metric with sums for each output, of which the first batch says how many there are."""

    _sums: tuple[str, ...]

    def __init__(self, name: str | None, dtype: DTypeLike | None) -> None:
        super().__init__(dtype, name)
        self._made: list[Variable] = []

    def _build(self, outputs: int) -> None:
        with _lock:
            if not self._made:
                made = [self.add_weight((outputs,), name=name) for name in self._sums]
                for name, variable in zip(self._sums, made):
                    setattr(self, name, variable)
                self._made = made
        if self._made[0].shape[0] != outputs:
            raise InvalidArgumentError(f"{outputs} outputs, where {self._made[0].shape[0]} go")

    def _batch(
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        t, p = counted(y_true, self._dtype), counted(y_pred, self._dtype)
        if t.ndim != 2 or t.shape != p.shape:
            raise ValueError(
                f"[{type(self).__name__}] y_true and y_pred are matrices of one shape, (examples, "
                f"outputs), not of {tuple(t.shape)} and {tuple(p.shape)}"
            )
        if sample_weight is None:
            w = _core.full(t.shape, 1, self._dtype)
        else:
            w = counted(sample_weight, self._dtype)
            w = spread(_core.reshape(w, [-1, 1]) if w.ndim == 1 else w, t.shape)
        self._make_state(self._build, t.shape[1])
        return t, p, w


class R2Score(_Outputs):
    """1 minus the squares of errors over those of differences from the mean.

    Args:
        class_aggregation: "uniform_average", the mean of the scores of outputs;
            "variance_weighted_average", with their variances as weights; None, a score for each.
        num_regressors: how many variables explain; more than 0 for the adjusted score,
            in which each output of each example counts as one sample, as in Keras.
        name: of the metric.
        dtype: of the state and the result.

    Raises:
        ValueError: for other arguments, and for batches that are no matrices.

    >>> import autograd_c as tf
    >>> score = tf.metrics.R2Score()
    >>> print(score([[1.0], [2.0], [3.0]], [[1.0], [2.0], [2.0]]).numpy())
    0.5
    """

    _sums = ("squared_sum", "sum", "total_mse", "count")

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: DTypeLike | None = None,
    ) -> None:
        known = (None, "uniform_average", "variance_weighted_average")
        if class_aggregation not in known:
            raise ValueError(
                f"[R2Score] class_aggregation is one of {known}, not {class_aggregation!r}"
            )
        if num_regressors < 0:
            raise ValueError(f"[R2Score] num_regressors is 0 or more, not {num_regressors}")
        super().__init__(name, dtype)
        self.class_aggregation = class_aggregation
        self.num_regressors = num_regressors
        self.num_samples = self.add_weight(name="num_samples")

    def update_state(
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None
    ) -> None:
        """Add a batch, each example with its weight."""
        t, p, w = self._batch(y_true, y_pred, sample_weight)
        amounts = (w * t * t, w * t, w * math.square(t - p), w)
        sums = [sum_of(x, 0) for x in amounts]
        for variable, amount in zip(self._made, sums):
            self._add(variable, amount)
        self.num_samples.assign_add(t.size)

    def result(self) -> Tensor:
        """The score so far; 0 of nothing."""
        if not self._made:
            return self._of_nothing(R2Score.result)
        squares, sums, errors, count = (_core.cast(x, "float64") for x in self._made)
        varying = squares - sums * divide_no_nan(sums, count)
        scores = 1.0 - divide_no_nan(errors, varying)
        # Nothing varies: there is nothing to explain.
        scores = where(varying == 0.0, where(errors == 0.0, float("nan"), 0.0), scores)
        if self.class_aggregation == "uniform_average":
            scores = _core.reduce("reduce_mean", scores, None, False)
        elif self.class_aggregation == "variance_weighted_average":
            scores = divide_no_nan(sum_of(scores * varying), sum_of(varying))
        if self.num_regressors:
            many = float(self.num_regressors)
            before = _core.cast(self.num_samples, "float64") - 1.0
            adjusted = 1.0 - (1.0 - scores) * before / (before - many)
            scores = where(before > many, adjusted, scores)
        return self._result(scores)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return {
            **super().get_config(),
            "class_aggregation": self.class_aggregation,
            "num_regressors": self.num_regressors,
        }


class FBetaScore(_Outputs):
    """(1 + beta²) precision recall / (beta² precision + recall), of classes.

    Args:
        average: None, a score for each class; "micro", of the counts of all of them; "macro",
            the mean of scores; "weighted", with the numbers of examples of classes as weights.
        beta: how much more recall counts than precision.
        threshold: above which a prediction is for its class; None for the largest one.
        name: of the metric.
        dtype: of the state and the result.

    Raises:
        ValueError: for other arguments, and for batches that are no matrices.

    >>> import autograd_c as tf
    >>> score = tf.metrics.FBetaScore(beta=2.0, average="micro")
    >>> print(score([[1, 0], [0, 1]], [[0.8, 0.2], [0.7, 0.3]]).numpy())
    0.5
    """

    _sums = ("true_positives", "false_positives", "false_negatives", "intermediate_weights")

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: DTypeLike | None = None,
    ) -> None:
        if average not in (None, "micro", "macro", "weighted"):
            raise ValueError(
                f"[F score] average is None, micro, macro or weighted, not {average!r}"
            )
        if not isinstance(beta, float) or beta <= 0:
            raise ValueError(f"[FBetaScore] beta is a float above 0, not {beta!r}")
        if threshold is not None and (not isinstance(threshold, float) or not 0 < threshold <= 1):
            raise ValueError(
                f"[FBetaScore] threshold is a float above 0, up to 1, not {threshold!r}"
            )
        super().__init__(name, dtype)
        self.average = average
        self.beta = beta
        self.threshold = threshold

    def update_state(
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None
    ) -> None:
        """Count a batch, each example with its weight."""
        t, p, w = self._batch(y_true, y_pred, sample_weight)
        if self.threshold is None:
            largest = math.equal(p, _core.reduce("reduce_max", p, -1, True))
            yes = math.logical_and(largest, math.abs(p) > 1e-9)
        else:
            yes = p > self.threshold
        said = _core.cast(yes, self._dtype)
        amounts = (said * t, said * (1 - t), (1 - said) * t, t)
        sums = [sum_of(w * x, 0) for x in amounts]
        for variable, amount in zip(self._made, sums):
            self._add(variable, amount)

    def result(self) -> Tensor:
        """The score so far: a number, or one for each class; 0 of nothing."""
        if not self._made:
            return self._of_nothing(FBetaScore.result)
        tp, fp, fn, size = (_core.cast(x, "float64") for x in self._made)
        if self.average == "micro":
            tp, fp, fn = sum_of(tp), sum_of(fp), sum_of(fn)
        square = self.beta**2
        scores = divide_no_nan((1 + square) * tp, (1 + square) * tp + square * fn + fp)
        if self.average == "macro":
            scores = _core.reduce("reduce_mean", scores, None, False)
        elif self.average == "weighted":
            scores = divide_no_nan(sum_of(scores * size), sum_of(size))
        return self._result(scores)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return {
            **super().get_config(),
            "average": self.average,
            "beta": self.beta,
            "threshold": self.threshold,
        }


class F1Score(FBetaScore):
    """`FBetaScore` with beta 1: precision and recall of classes count alike.

    Args:
        average: None, "micro", "macro" or "weighted".
        threshold: above which a prediction is for its class; None for the largest one.
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> score = tf.metrics.F1Score(average="macro")
    >>> print(score([[1, 0], [0, 1]], [[0.8, 0.2], [0.3, 0.7]]).numpy())
    1.0
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return {k: v for k, v in super().get_config().items() if k != "beta"}
