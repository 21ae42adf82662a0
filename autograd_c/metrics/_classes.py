"""Metrics that are the mean of a function of examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_c import math
from autograd_c.core import _core
from autograd_c.functions.average_loss import weights_for
from autograd_c.losses import _entropies, _functions
from autograd_c.losses._pairs import same_rank
from autograd_c.metrics import _accuracies
from autograd_c.metrics._metric import Mean, MeanMetricWrapper, counted, spread

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, TensorLike


class MeanSquaredError(MeanMetricWrapper):
    """The mean of the squares of errors.

    Args:
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> print(tf.metrics.MeanSquaredError()([[0.0, 1.0]], [[1.0, 3.0]]).numpy())
    2.5
    """

    def __init__(
        self, name: str | None = "mean_squared_error", dtype: DTypeLike | None = None
    ) -> None:
        super().__init__(_functions.mean_squared_error, name, dtype)


class MeanAbsoluteError(MeanMetricWrapper):
    """The mean of the sizes of errors.

    Args:
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> print(tf.metrics.MeanAbsoluteError()([[0.0, 1.0]], [[1.0, 3.0]]).numpy())
    1.5
    """

    def __init__(
        self, name: str | None = "mean_absolute_error", dtype: DTypeLike | None = None
    ) -> None:
        super().__init__(_functions.mean_absolute_error, name, dtype)


class MeanAbsolutePercentageError(MeanMetricWrapper):
    """The mean of the sizes of errors, in percents of what is true.

    Args:
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> print(tf.metrics.MeanAbsolutePercentageError()([[2.0, 1.0]], [[1.0, 1.0]]).numpy())
    25.0
    """

    def __init__(
        self, name: str | None = "mean_absolute_percentage_error", dtype: DTypeLike | None = None
    ) -> None:
        super().__init__(_functions.mean_absolute_percentage_error, name, dtype)


class MeanSquaredLogarithmicError(MeanMetricWrapper):
    """The mean of the squares of log(1 + y_pred) - log(1 + y_true).

    Args:
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> print(tf.metrics.MeanSquaredLogarithmicError()([[0.0, 1.0]], [[0.0, 1.0]]).numpy())
    0.0
    """

    def __init__(
        self, name: str | None = "mean_squared_logarithmic_error", dtype: DTypeLike | None = None
    ) -> None:
        super().__init__(_functions.mean_squared_logarithmic_error, name, dtype)


class LogCoshError(MeanMetricWrapper):
    """The mean of log(cosh(error)).

    Args:
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> print(tf.metrics.LogCoshError()([[0.0, 1.0]], [[0.0, 1.0]]).numpy())
    0.0
    """

    def __init__(self, name: str | None = "logcosh", dtype: DTypeLike | None = None) -> None:
        super().__init__(_functions.log_cosh, name, dtype)


class Poisson(MeanMetricWrapper):
    """The mean of y_pred - y_true log(y_pred).

    Args:
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> print(tf.metrics.Poisson()([[0.0, 0.0]], [[1.0, 2.0]]).numpy())
    1.5
    """

    def __init__(self, name: str | None = "poisson", dtype: DTypeLike | None = None) -> None:
        super().__init__(_functions.poisson, name, dtype)


class KLDivergence(MeanMetricWrapper):
    """The mean of the divergence of Kullback and Leibler.

    Args:
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> print(tf.metrics.KLDivergence()([[0.5, 0.5]], [[0.5, 0.5]]).numpy())
    0.0
    """

    def __init__(self, name: str | None = "kl_divergence", dtype: DTypeLike | None = None) -> None:
        super().__init__(_functions.kl_divergence, name, dtype)


class Hinge(MeanMetricWrapper):
    """The mean of max(1 - y_true y_pred, 0).

    Args:
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> print(tf.metrics.Hinge()([[0.0, 1.0]], [[-1.0, 0.5]]).numpy())
    0.25
    """

    def __init__(self, name: str | None = "hinge", dtype: DTypeLike | None = None) -> None:
        super().__init__(_functions.hinge, name, dtype)


class SquaredHinge(MeanMetricWrapper):
    """The mean of the squares of max(1 - y_true y_pred, 0).

    Args:
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> print(tf.metrics.SquaredHinge()([[0.0, 1.0]], [[-1.0, 0.5]]).numpy())
    0.125
    """

    def __init__(self, name: str | None = "squared_hinge", dtype: DTypeLike | None = None) -> None:
        super().__init__(_functions.squared_hinge, name, dtype)


class CategoricalHinge(MeanMetricWrapper):
    """The mean of `tf.losses.categorical_hinge`.

    Args:
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> print(tf.metrics.CategoricalHinge()([[0.0, 1.0]], [[0.5, 0.25]]).numpy())
    1.25
    """

    def __init__(
        self, name: str | None = "categorical_hinge", dtype: DTypeLike | None = None
    ) -> None:
        super().__init__(_functions.categorical_hinge, name, dtype)


class Accuracy(MeanMetricWrapper):
    """How often a prediction is its label.

    Args:
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> print(tf.metrics.Accuracy()([1, 2, 3, 4], [1, 2, 3, 0]).numpy())
    0.75
    """

    def __init__(self, name: str | None = "accuracy", dtype: DTypeLike | None = None) -> None:
        super().__init__(_accuracies.accuracy, name, dtype)


class CategoricalAccuracy(MeanMetricWrapper):
    """How often the largest prediction is that of the class which is 1.

    Args:
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> print(tf.metrics.CategoricalAccuracy()([[0, 1], [1, 0]], [[0.2, 0.8], [0.4, 0.6]]).numpy())
    0.5
    """

    def __init__(
        self, name: str | None = "categorical_accuracy", dtype: DTypeLike | None = None
    ) -> None:
        super().__init__(_accuracies.categorical_accuracy, name, dtype)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """How often the largest prediction is that of the class, given by its number.

    Args:
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> print(tf.metrics.SparseCategoricalAccuracy()([1, 0], [[0.2, 0.8], [0.4, 0.6]]).numpy())
    0.5
    """

    def __init__(
        self, name: str | None = "sparse_categorical_accuracy", dtype: DTypeLike | None = None
    ) -> None:
        super().__init__(_accuracies.sparse_categorical_accuracy, name, dtype)


class BinaryAccuracy(MeanMetricWrapper):
    """How often a prediction is on its label's side of the threshold.

    Args:
        name: of the metric.
        dtype: of the state and the result.
        threshold: above which a prediction is for label 1.

    >>> import autograd_c as tf
    >>> print(tf.metrics.BinaryAccuracy()([1, 0, 0, 1], [0.9, 0.2, 0.7, 0.6]).numpy())
    0.75
    """

    def __init__(
        self,
        name: str | None = "binary_accuracy",
        dtype: DTypeLike | None = None,
        threshold: float = 0.5,
    ) -> None:
        super().__init__(_accuracies.binary_accuracy, name, dtype, threshold=threshold)
        self.threshold = threshold


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the class which is 1 is among the k largest predictions.

    Args:
        k: how many predictions count.
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> print(tf.metrics.TopKCategoricalAccuracy()([[0, 0, 1]], [[0.5, 0.2, 0.3]]).numpy())
    1.0
    """

    def __init__(
        self,
        k: int = 5,
        name: str | None = "top_k_categorical_accuracy",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(_accuracies.top_k_categorical_accuracy, name, dtype, k=k)
        self.k = k


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the class, given by its number, is among the k largest predictions.

    Args:
        k: how many predictions count.
        name: of the metric.
        dtype: of the state and the result.
        from_sorted_ids: whether predictions are the numbers of classes, the best first.

    >>> import autograd_c as tf
    >>> print(tf.metrics.SparseTopKCategoricalAccuracy()([2], [[0.5, 0.2, 0.3]]).numpy())
    1.0
    """

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: DTypeLike | None = None,
        from_sorted_ids: bool = False,
    ) -> None:
        super().__init__(
            _accuracies.sparse_top_k_categorical_accuracy,
            name,
            dtype,
            k=k,
            from_sorted_ids=from_sorted_ids,
        )
        self.k = k


class BinaryCrossentropy(MeanMetricWrapper):
    """The mean of `tf.losses.binary_crossentropy`.

    Args:
        name: of the metric.
        dtype: of the state and the result.
        from_logits: whether predictions are logits, and not probabilities.
        label_smoothing: how far labels are moved to the middle, from 0 to 1.

    >>> import autograd_c as tf
    >>> print(tf.metrics.BinaryCrossentropy()([[0.0, 1.0]], [[0.0, 1.0]]).numpy().round(3))
    0.0
    """

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: DTypeLike | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ) -> None:
        super().__init__(
            _entropies.binary_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing


class CategoricalCrossentropy(MeanMetricWrapper):
    """The mean of `tf.losses.categorical_crossentropy`.

    Args:
        name: of the metric.
        dtype: of the state and the result.
        from_logits: whether predictions are logits, and not probabilities.
        label_smoothing: how far labels are moved to equal ones, from 0 to 1.
        axis: of the classes.

    >>> import autograd_c as tf
    >>> print(tf.metrics.CategoricalCrossentropy()([[0.0, 1.0]], [[0.0, 1.0]]).numpy().round(3))
    0.0
    """

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: DTypeLike | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ) -> None:
        super().__init__(
            _entropies.categorical_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """The mean of `tf.losses.sparse_categorical_crossentropy`.

    Args:
        name: of the metric.
        dtype: of the state and the result.
        from_logits: whether predictions are logits, and not probabilities.
        ignore_class: None, or a number of a class of which the loss is 0.
        axis: of the classes: the last one.

    >>> import autograd_c as tf
    >>> print(tf.metrics.SparseCategoricalCrossentropy()([1], [[0.0, 1.0]]).numpy().round(3))
    0.0
    """

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: DTypeLike | None = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(
            _entropies.sparse_categorical_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.axis = axis

    def update_state(  # type: ignore[override]
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None
    ) -> None:
        """Add the losses of a batch, each with its weight; as `MeanMetricWrapper`'s.

        An ignored class has weight 0 where there are weights; elsewhere its loss of 0 counts.
        """
        p = counted(y_pred)
        if sample_weight is not None and self.ignore_class is not None:
            t = counted(y_true)
            if t.ndim == p.ndim and t.shape[-1] == 1:
                t = _core.reshape(t, t.shape[:-1])
            known = _core.cast(_core.cast(t, "int64") != self.ignore_class, self.dtype)
            weights = weights_for(known, counted(sample_weight))
            sample_weight = spread(weights, known.shape) * known
        super().update_state(y_true, p, sample_weight)


class CosineSimilarity(MeanMetricWrapper):
    """The mean of the cosines of the angles between vectors.

    Args:
        name: of the metric.
        dtype: of the state and the result.
        axis: along which the vectors stand.

    >>> import autograd_c as tf
    >>> print(tf.metrics.CosineSimilarity()([[3.0, 4.0]], [[4.0, 3.0]]).numpy().round(3))
    0.96
    """

    def __init__(
        self,
        name: str | None = "cosine_similarity",
        dtype: DTypeLike | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(_cosine, name, dtype, axis=axis)


def _cosine(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    return -_functions.cosine_similarity(y_true, y_pred, axis)


class RootMeanSquaredError(Mean):
    """The root of the mean of the squares of errors.

    Args:
        name: of the metric.
        dtype: of the state and the result.

    >>> import autograd_c as tf
    >>> print(tf.metrics.RootMeanSquaredError()([[0.0, 1.0]], [[1.0, 8.0]]).numpy())
    5.0
    """

    def __init__(
        self, name: str | None = "root_mean_squared_error", dtype: DTypeLike | None = None
    ) -> None:
        super().__init__(name, dtype)

    def update_state(  # type: ignore[override]
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None
    ) -> None:
        """Add the squares of errors, each with its weight; as `MeanMetricWrapper`'s."""
        t, p = same_rank(*(counted(x, self.dtype) for x in (y_true, y_pred)))
        super().update_state(math.square(p - t), sample_weight)

    def result(self) -> Tensor:
        """The root of the mean so far."""
        mean = super().result()
        if self._dtype.is_integer:
            mean = _core.cast(mean, "float64")
        return self._result(math.sqrt(mean))
