"""What the losses of batches have in common: weights and reductions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from autograd_c.core import _core
from autograd_c.functions.arrays import where
from autograd_c.functions.average_loss import weights_for
from autograd_c.values.dtypes import as_dtype

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, TensorLike

_REDUCTIONS = ("sum_over_batch_size", "mean", "mean_with_sample_weight", "sum", "none", None)


class Reduction:
    """The names of reductions, as they were before."""

    AUTO = "auto"
    NONE = "none"
    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """All of them."""
        return (cls.AUTO, cls.NONE, cls.SUM, cls.SUM_OVER_BATCH_SIZE)

    @classmethod
    def validate(cls, key: str) -> None:
        """Raise ValueError for anything else."""
        if key not in cls.all():
            raise ValueError(f"Invalid Reduction Key: {key!r}. Expected keys are {cls.all()!r}")


class Loss:
    """What losses have in common; for losses of one's own, with a method `call`.

    Args:
        name: of the loss.
        reduction: "sum_over_batch_size" or "mean", the sum over the number of losses;
            "mean_with_sample_weight", over the sum of weights; "sum"; "none" or None, all losses.
        dtype: in which losses are computed; by default float32, or `tf.set_default_float`'s.

    Raises:
        ValueError: for another reduction.

    >>> import autograd_c as tf
    >>> class Largest(tf.losses.Loss):
    ...     def call(self, y_true, y_pred):
    ...         return tf.reduce_max(tf.abs(y_true - y_pred), axis=-1)
    >>> print(Largest()([[0.0, 1.0], [0.0, 0.0]], [[0.5, 1.0], [1.5, 0.0]]).numpy())
    1.0
    """

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: DTypeLike | None = None,
    ) -> None:
        if reduction not in _REDUCTIONS:
            raise ValueError(
                f"[{type(self).__name__}] reduction is one of {_REDUCTIONS}, not {reduction!r}"
            )
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", type(self).__name__)
        self.name = words.lower() if name is None else name
        self.reduction = reduction
        self._dtype = dtype

    @property
    def dtype(self) -> str:
        """The name of the dtype in which losses are computed."""
        wanted = _core.get_default_float() if self._dtype is None else self._dtype
        return as_dtype(wanted).name

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """The losses of examples; for a class of one's own to write."""
        raise NotImplementedError

    def _losses(self, y_true: TensorLike, y_pred: TensorLike) -> tuple[Tensor, Tensor | None]:
        dtype = self.dtype
        t, p = (
            _core.cast(_core.convert_to_tensor(x, dtype_hint=dtype), dtype)
            for x in (y_true, y_pred)
        )
        return _core.convert_to_tensor(self.call(t, p)), None

    def __call__(
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None
    ) -> Tensor:
        losses, known = self._losses(y_true, y_pred)
        losses = _core.cast(losses, self.dtype)
        weights = None
        if sample_weight is not None:
            given = _core.convert_to_tensor(sample_weight)
            if given.ndim == losses.ndim + 1 and given.shape[-1] == 1:
                losses = _core.reshape(losses, [*losses.shape, 1])
            weights = weights_for(losses, given)
            losses = losses * weights
        if self.reduction in (None, "none"):
            return losses
        total = _core.reduce("reduce_sum", losses, None, False)
        if self.reduction == "sum":
            return total
        if self.reduction != "mean_with_sample_weight":
            weights = None
        if losses.size == 0 or (known is None and weights is None):
            return total / float(losses.size)
        counted = _core.full(losses.shape, 1, losses.dtype)
        if known is not None:
            counted = _core.reshape(_core.cast(known, losses.dtype), losses.shape)
        if weights is not None:
            counted = counted * _core.stop_gradient(weights)
        count = _core.reduce("reduce_sum", counted, None, False)
        nothing = count == 0.0
        return where(nothing, total * 0.0, total / where(nothing, 1.0, count))

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """A loss from what `get_config` gave."""
        return cls(**config)
