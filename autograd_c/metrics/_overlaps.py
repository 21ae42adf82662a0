"""How far what is predicted of a class overlaps what is true: intersections over unions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.metrics._metric import Metric, numbers, quotient
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, TensorLike


class IoU(Metric):
    """Intersections over unions, tp / (tp + fp + fn), of some classes; their mean.

    Args:
        num_classes: how many classes there are.
        target_class_ids: the classes of which the mean is taken; those that occur nowhere are left
            out.
        name: of the metric.
        dtype: of the counts, int64 by default; weights are made integers then, as in Keras.
        ignore_class: None, or a class: examples of which it is true are left out.
        sparse_y_true: whether what is true are classes, and not a number for each class.
        sparse_y_pred: the same for predictions, of which the class is that of the largest number.
        axis: that of the numbers for classes.

    Raises:
        ValueError: for classes that are not below `num_classes`.

    >>> import autograd_c as tf
    >>> metric = tf.metrics.IoU(3, [2])
    >>> print(metric([2, 2, 1, 0], [2, 1, 1, 0]).numpy())
    0.5
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: DTypeLike | None = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__("int64" if dtype is None else dtype, name)
        wrong = [i for i in target_class_ids if not 0 <= i < num_classes]
        if wrong:
            raise ValueError(f"Target classes must be from 0 to {num_classes - 1}, not {wrong}")
        self.num_classes = num_classes
        self.target_class_ids = list(target_class_ids)
        self.ignore_class = ignore_class
        self.sparse_y_true = sparse_y_true
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis
        self.total_confusion_matrix = self.add_weight(
            (num_classes, num_classes), name="total_confusion_matrix"
        )

    def update_state(
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None
    ) -> None:
        """Count a batch, each example with its weight.

        Args:
            y_true: a tensor of classes, or of numbers for classes.
            y_pred: the same of predictions.
            sample_weight: None, a number, or a tensor of as many weights as there are classes.

        Raises:
            InvalidArgumentError: for shapes that do not go together, and for classes that are not
                below `num_classes`.
        """
        t, p = numbers(y_true), numbers(y_pred)
        t = (t if self.sparse_y_true else np.argmax(t, self.axis)).reshape(-1)
        p = (p if self.sparse_y_pred else np.argmax(p, self.axis)).reshape(-1)
        if t.size != p.size:
            raise InvalidArgumentError(f"{t.size} classes do not go with {p.size} predictions")
        w = numbers(1 if sample_weight is None else sample_weight, self.dtype)
        if w.ndim and w.size != t.size:
            raise InvalidArgumentError(f"{w.size} weights do not go with {t.size} classes")
        kept = np.broadcast_to(np.True_, t.shape)
        if self.ignore_class is not None:
            kept = t != self.ignore_class
        self._add(
            self.total_confusion_matrix,
            self._confusion(t[kept], p[kept], np.broadcast_to(w.reshape(-1), t.shape)[kept]),
        )

    def _confusion(self, t: NDArray[Any], p: NDArray[Any], w: NDArray[Any]) -> NDArray[Any]:
        rows, columns = t.astype(np.int64), p.astype(np.int64)
        n = self.num_classes
        for which in (rows, columns):
            if which.size and not 0 <= which.min() <= which.max() < n:
                raise InvalidArgumentError(
                    f"Classes must be from 0 to {n - 1}, got {which.min()} to {which.max()}"
                )
        found = np.bincount(rows * n + columns, w, n * n)
        return found.reshape(n, n)

    def result(self) -> Tensor:
        """The mean so far; 0 if none of the classes has occurred."""
        counted = np.asarray(self.total_confusion_matrix).astype(np.float64)
        both = np.diagonal(counted)
        either = counted.sum(0) + counted.sum(1) - both
        both, either = both[self.target_class_ids], either[self.target_class_ids]
        mean = quotient(quotient(both, either).sum(), np.asarray(np.count_nonzero(either)))
        return _core.cast(_core.convert_to_tensor(mean), _core.get_default_float())

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "target_class_ids": self.target_class_ids,
            "ignore_class": self.ignore_class,
            "sparse_y_true": self.sparse_y_true,
            "sparse_y_pred": self.sparse_y_pred,
            "axis": self.axis,
        }

    def _config_without(self, *names: str) -> dict[str, Any]:
        return {k: v for k, v in IoU.get_config(self).items() if k not in names}


class BinaryIoU(IoU):
    """Intersections over unions of the classes 0 and 1, of predictions from 0 to 1.

    Args:
        target_class_ids: the classes of which the mean is taken: 0, 1 or both.
        threshold: from which on a prediction is of class 1.
        name: of the metric.
        dtype: of the counts, int64 by default.

    >>> import autograd_c as tf
    >>> metric = tf.metrics.BinaryIoU([1], threshold=0.6)
    >>> print(metric([1, 1, 0], [0.9, 0.5, 0.2]).numpy())
    0.5
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    def update_state(
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None
    ) -> None:
        """Count a batch, each prediction with its weight; as `IoU`'s."""
        predicted = (numbers(y_pred) >= self.threshold).astype(np.int64)
        super().update_state(y_true, predicted, sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        rest = ("num_classes", "ignore_class", "sparse_y_true", "sparse_y_pred", "axis")
        return {**self._config_without(*rest), "threshold": self.threshold}


class MeanIoU(IoU):
    """The mean of the intersections over unions of all classes that have occurred.

    Args:
        num_classes: how many classes there are.
        name: of the metric.
        dtype: of the counts, int64 by default.
        ignore_class: None, or a class: examples of which it is true are left out.
        sparse_y_true: whether what is true are classes, and not a number for each class.
        sparse_y_pred: the same for predictions.
        axis: that of the numbers for classes.

    >>> import autograd_c as tf
    >>> print(tf.metrics.MeanIoU(3)([2, 2, 1, 0], [2, 1, 1, 0]).numpy().round(4))
    0.6667
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: DTypeLike | None = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        every = range(num_classes)
        super().__init__(
            num_classes, every, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return self._config_without("target_class_ids")


class OneHotIoU(IoU):
    """Intersections over unions of some classes, of which each example has a number for each.

    Args:
        num_classes: how many classes there are.
        target_class_ids: the classes of which the mean is taken.
        name: of the metric.
        dtype: of the counts, int64 by default.
        ignore_class: None, or a class: examples of which it is true are left out.
        sparse_y_pred: whether predictions are classes, and not a number for each class.
        axis: that of the numbers for classes.

    >>> import autograd_c as tf
    >>> metric = tf.metrics.OneHotIoU(2, [0])
    >>> print(metric([[1, 0], [1, 0], [0, 1]], [[5.0, 2.0], [1.0, 3.0], [0.0, 4.0]]).numpy())
    0.5
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: DTypeLike | None = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return self._config_without("sparse_y_true")


class OneHotMeanIoU(MeanIoU):
    """The mean over all classes, of which each example has a number for each.

    Args:
        num_classes: how many classes there are.
        name: of the metric.
        dtype: of the counts, int64 by default.
        ignore_class: None, or a class: examples of which it is true are left out.
        sparse_y_pred: whether predictions are classes, and not a number for each class.
        axis: that of the numbers for classes.

    >>> import autograd_c as tf
    >>> metric = tf.metrics.OneHotMeanIoU(2)
    >>> print(metric([[1, 0], [1, 0], [0, 1]], [[5.0, 2.0], [1.0, 3.0], [0.0, 4.0]]).numpy())
    0.5
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: DTypeLike | None = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return self._config_without("target_class_ids", "sparse_y_true")
