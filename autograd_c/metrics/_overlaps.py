"""How far what is predicted of a class overlaps what is true: intersections over unions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd_c.core import _core
from autograd_c.functions.arrays import where
from autograd_c.functions.counting import confusion_matrix
from autograd_c.functions.guarded import divide_no_nan
from autograd_c.metrics._metric import Metric, counted, spread, sum_of
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
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
        every = self.target_class_ids == list(range(num_classes))
        self._targets = None if every else _core.constant(self.target_class_ids, "int64")
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
        t = self._classes(counted(y_true), self.sparse_y_true)
        p = self._classes(counted(y_pred), self.sparse_y_pred)
        if t.size != p.size:
            raise InvalidArgumentError(f"{t.size} classes do not go with {p.size} predictions")
        if sample_weight is None:
            w = _core.full(t.shape, 1, "float64")
        else:
            w = counted(sample_weight, self._dtype)
            if w.ndim and w.size != t.size:
                raise InvalidArgumentError(f"{w.size} weights do not go with {t.size} classes")
            w = spread(_core.cast(_core.reshape(w, [-1]), "float64"), t.shape)
        kept: Any = ...
        if self.ignore_class is not None:
            kept = t != self.ignore_class
            t, p, w = (where(kept, x, 0) for x in (t, p, w))
        rows, columns = _core.cast(t, "int64"), _core.cast(p, "int64")
        try:
            found = confusion_matrix(rows, columns, self.num_classes, w, "float64")
        except InvalidArgumentError:
            for which in (rows[kept].numpy(), columns[kept].numpy()):
                if which.min() < 0 or which.max() >= self.num_classes:
                    raise InvalidArgumentError(
                        f"Classes must be from 0 to {self.num_classes - 1}, got {which.min()} to "
                        f"{which.max()}"
                    ) from None
            raise
        self._add(self.total_confusion_matrix, found)

    def _classes(self, x: Tensor, are_classes: bool) -> Tensor:
        if not are_classes:
            x = _core.arg_extremum(x, self.axis, "int64", True)
        x = _core.reshape(x, [-1])
        return _core.cast(x, "int64") if x.dtype.is_bool else x

    def result(self) -> Tensor:
        """The mean so far; 0 if none of the classes has occurred."""
        known = _core.cast(self.total_confusion_matrix, "float64")
        both = _core.diagonal_view(known, "ii", "i")
        either = sum_of(known, 0) + sum_of(known, 1) - both
        if self._targets is not None:
            both, either = (_core.gather_rows(x, self._targets) for x in (both, either))
        count = sum_of(_core.cast(either != 0.0, "float64"))
        mean = divide_no_nan(sum_of(divide_no_nan(both, either)), count)
        return _core.cast(mean, _core.get_default_float())

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
        p = counted(y_pred)
        if not p.dtype.is_floating:
            p = _core.cast(p, "float64")
        super().update_state(y_true, _core.cast(p >= self.threshold, "int64"), sample_weight)

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
