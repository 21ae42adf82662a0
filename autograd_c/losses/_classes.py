"""The losses of batches: each a function of examples, with weights and a reduction."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from autograd_c.core import _core
from autograd_c.losses import _entropies, _functions
from autograd_c.losses._loss import Loss

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, TensorLike


class _OfFunction(Loss):
    """A loss that is one of the functions, with its options."""

    _function: Callable[..., Tensor]

    def __init__(
        self, reduction: str | None, name: str | None, dtype: DTypeLike | None, **options: Any
    ) -> None:
        super().__init__(name, reduction, dtype)
        self._options = options
        for option, value in options.items():
            setattr(self, option, value)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """The losses of examples."""
        return type(self)._function(*_functions._alike(y_true, y_pred), **self._options)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as a dictionary."""
        return {**super().get_config(), **self._options}

    def __repr__(self) -> str:
        options = "".join(f", {k}={v!r}" for k, v in self._options.items())
        return f"{type(self).__name__}(reduction={self.reduction!r}{options})"


class MeanSquaredError(_OfFunction):
    """`tf.losses.mean_squared_error` of a batch.

    Args: those of the function, and of `Loss`.
    """

    _function = staticmethod(_functions.mean_squared_error)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_error",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)


class MeanAbsoluteError(_OfFunction):
    """`tf.losses.mean_absolute_error` of a batch.

    Args: those of the function, and of `Loss`.
    """

    _function = staticmethod(_functions.mean_absolute_error)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_error",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)


class MeanAbsolutePercentageError(_OfFunction):
    """`tf.losses.mean_absolute_percentage_error` of a batch.

    Args: those of the function, and of `Loss`.
    """

    _function = staticmethod(_functions.mean_absolute_percentage_error)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_percentage_error",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)


class MeanSquaredLogarithmicError(_OfFunction):
    """`tf.losses.mean_squared_logarithmic_error` of a batch.

    Args: those of the function, and of `Loss`.
    """

    _function = staticmethod(_functions.mean_squared_logarithmic_error)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_logarithmic_error",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)


class CosineSimilarity(_OfFunction):
    """`tf.losses.cosine_similarity` of a batch.

    Args: those of the function, and of `Loss`.
    """

    _function = staticmethod(_functions.cosine_similarity)

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "cosine_similarity",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(
            reduction,
            name,
            dtype,
            axis=axis,
        )


class Huber(_OfFunction):
    """`tf.losses.huber` of a batch.

    Args: those of the function, and of `Loss`.
    """

    _function = staticmethod(_functions.huber)

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(
            reduction,
            name,
            dtype,
            delta=delta,
        )


class LogCosh(_OfFunction):
    """`tf.losses.log_cosh` of a batch.

    Args: those of the function, and of `Loss`.
    """

    _function = staticmethod(_functions.log_cosh)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "log_cosh",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)


class KLDivergence(_OfFunction):
    """`tf.losses.kl_divergence` of a batch.

    Args: those of the function, and of `Loss`.
    """

    _function = staticmethod(_functions.kl_divergence)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "kl_divergence",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)


class Poisson(_OfFunction):
    """`tf.losses.poisson` of a batch.

    Args: those of the function, and of `Loss`.
    """

    _function = staticmethod(_functions.poisson)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "poisson",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)


class Hinge(_OfFunction):
    """`tf.losses.hinge` of a batch.

    Args: those of the function, and of `Loss`.
    """

    _function = staticmethod(_functions.hinge)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "hinge",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)


class SquaredHinge(_OfFunction):
    """`tf.losses.squared_hinge` of a batch.

    Args: those of the function, and of `Loss`.
    """

    _function = staticmethod(_functions.squared_hinge)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "squared_hinge",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)


class CategoricalHinge(_OfFunction):
    """`tf.losses.categorical_hinge` of a batch.

    Args: those of the function, and of `Loss`.
    """

    _function = staticmethod(_functions.categorical_hinge)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_hinge",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(reduction, name, dtype)


class BinaryCrossentropy(_OfFunction):
    """`tf.losses.binary_crossentropy` of a batch.

    Args: those of the function, and of `Loss`.
    """

    _function = staticmethod(_entropies.binary_crossentropy)

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_crossentropy",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class BinaryFocalCrossentropy(_OfFunction):
    """`tf.losses.binary_focal_crossentropy` of a batch.

    Args: those of the function, and of `Loss`.
    """

    _function = staticmethod(_entropies.binary_focal_crossentropy)

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_focal_crossentropy",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(
            reduction,
            name,
            dtype,
            apply_class_balancing=apply_class_balancing,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class CategoricalCrossentropy(_OfFunction):
    """`tf.losses.categorical_crossentropy` of a batch.

    Args: those of the function, and of `Loss`.
    """

    _function = staticmethod(_entropies.categorical_crossentropy)

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_crossentropy",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class CategoricalFocalCrossentropy(_OfFunction):
    """`tf.losses.categorical_focal_crossentropy` of a batch.

    Args: those of the function, and of `Loss`.
    """

    _function = staticmethod(_entropies.categorical_focal_crossentropy)

    def __init__(
        self,
        alpha: Any = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_focal_crossentropy",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(
            reduction,
            name,
            dtype,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class SparseCategoricalCrossentropy(_OfFunction):
    """`tf.losses.sparse_categorical_crossentropy` of a batch.

    Args: those of the function, and of `Loss`.
    """

    _function = staticmethod(_entropies.sparse_categorical_crossentropy)

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(
            reduction, name, dtype, from_logits=from_logits, ignore_class=ignore_class, axis=axis
        )

    def _losses(self, y_true: TensorLike, y_pred: TensorLike) -> tuple[Tensor, Tensor | None]:
        p = _core.cast(_core.convert_to_tensor(y_pred), self.dtype)  # labels stay integers
        return _entropies.sparse_with_mask(y_true, p, **self._options)


class CategoricalGeneralizedCrossEntropy(_OfFunction):
    """`tf.losses.categorical_generalized_cross_entropy` of a batch.

    Args: those of the function, and of `Loss`.
    """

    _function = staticmethod(_entropies.categorical_generalized_cross_entropy)

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_generalized_cross_entropy",
        dtype: DTypeLike | None = None,
    ) -> None:
        if not 0 < q < 1:
            raise ValueError(
                f"[CategoricalGeneralizedCrossEntropy] q is above 0 and below 1, not {q!r}"
            )
        super().__init__(
            reduction,
            name,
            dtype,
            q=q,
        )

    def _losses(self, y_true: TensorLike, y_pred: TensorLike) -> tuple[Tensor, Tensor | None]:
        p = _core.cast(_core.convert_to_tensor(y_pred), self.dtype)  # labels stay integers
        return _entropies.categorical_generalized_cross_entropy(y_true, p, **self._options), None


class Dice(_OfFunction):
    """`tf.losses.dice` of a batch.

    Args: those of the function, and of `Loss`.
    """

    _function = staticmethod(_entropies.dice)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "dice",
        axis: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(
            reduction,
            name,
            dtype,
            axis=axis,
        )


class Tversky(_OfFunction):
    """`tf.losses.tversky` of a batch.

    Args: those of the function, and of `Loss`.
    """

    _function = staticmethod(_entropies.tversky)

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "tversky",
        axis: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(
            reduction,
            name,
            dtype,
            alpha=alpha,
            beta=beta,
            axis=axis,
        )


class Circle(_OfFunction):
    """`tf.losses.circle` of a batch.

    Args: those of the function, and of `Loss`.
    """

    _function = staticmethod(_entropies.circle)

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "circle",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(
            reduction, name, dtype, gamma=gamma, margin=margin, remove_diagonal=remove_diagonal
        )

    def _losses(self, y_true: TensorLike, y_pred: TensorLike) -> tuple[Tensor, Tensor | None]:
        p = _core.cast(_core.convert_to_tensor(y_pred), self.dtype)  # labels stay integers
        losses = _entropies.circle(y_true, p, **self._options)
        return losses, _core.stop_gradient(losses) > 0.0  # those of 0 are no part of a mean
