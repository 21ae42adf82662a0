"""How far predictions go along with what is true: correlations, as functions and as means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.functions.arrays import squeeze
from autograd_c.metrics._metric import MeanMetricWrapper

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, TensorLike


def _moments(
    y_true: TensorLike, y_pred: TensorLike, axis: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The covariance, both variances, and the square of the difference of means."""
    p = _core.convert_to_tensor(y_pred)
    t = _core.convert_to_tensor(y_true, p.dtype)

    def mean(x: Tensor) -> Tensor:
        return _core.reduce("reduce_mean", x, axis, True)

    apart, beside = t - mean(t), p - mean(p)
    gap = mean(t) - mean(p)
    found = (mean(apart * beside), mean(apart * apart), mean(beside * beside), gap * gap)
    covariance, one, other, square = (squeeze(x, axis) for x in found)
    return covariance, one, other, square


def pearson_correlation(y_true: TensorLike, y_pred: TensorLike, axis: int = -1) -> Tensor:
    """The correlation of what is true and what is predicted, along an axis.

    Args:
        y_true: a tensor of floats.
        y_pred: one of the same shape.
        axis: that of the samples.

    Returns:
        A tensor without that axis; NaN where either one is constant.

    >>> import autograd_c as tf
    >>> print(tf.metrics.pearson_correlation([[1.0, 2.0, 3.0]], [[2.0, 4.0, 6.0]]).numpy().round(4))
    [1.]
    """
    covariance, one, other, _ = _moments(y_true, y_pred, axis)
    return covariance / _math.sqrt(one * other)


def concordance_correlation(y_true: TensorLike, y_pred: TensorLike, axis: int = -1) -> Tensor:
    """The concordance of what is true and what is predicted, along an axis.

    1 where both are the same, and less than their correlation where their means or variances
    differ (L. I. Lin, "A concordance correlation coefficient to evaluate reproducibility",
    Biometrics 45, 1989).

    Args:
        y_true: a tensor of floats.
        y_pred: one of the same shape.
        axis: that of the samples.

    Returns:
        A tensor without that axis; 0 where both are constant.

    >>> import autograd_c as tf
    >>> y = tf.metrics.concordance_correlation([[1.0, 2.0, 3.0]], [[2.0, 3.0, 4.0]])
    >>> print(y.numpy().round(4))
    [0.5714]
    """
    covariance, one, other, square = _moments(y_true, y_pred, axis)
    return 2 * covariance / (one + other + square + 1e-7)


class PearsonCorrelation(MeanMetricWrapper):
    """The mean of the correlations of examples.

    Args:
        name: of the metric.
        dtype: of the state and the result.
        axis: that of the samples.

    >>> import autograd_c as tf
    >>> metric = tf.metrics.PearsonCorrelation()
    >>> print(metric([[1.0, 2.0, 3.0]], [[2.0, 4.0, 6.0]]).numpy().round(4))
    1.0
    """

    def __init__(
        self,
        name: str | None = "pearson_correlation",
        dtype: DTypeLike | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(pearson_correlation, name, dtype, axis=axis)
        self.axis = axis


class ConcordanceCorrelation(MeanMetricWrapper):
    """The mean of the concordances of examples.

    Args:
        name: of the metric.
        dtype: of the state and the result.
        axis: that of the samples.

    >>> import autograd_c as tf
    >>> metric = tf.metrics.ConcordanceCorrelation()
    >>> print(metric([[1.0, 2.0, 3.0]], [[2.0, 3.0, 4.0]]).numpy().round(4))
    0.5714
    """

    def __init__(
        self,
        name: str | None = "concordance_correlation",
        dtype: DTypeLike | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(concordance_correlation, name, dtype, axis=axis)
        self.axis = axis
