"""What of an optimizer can be saved: its variables and its configuration."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import OptimizerState, Variable
from autograd_c.optimizers import schedules
from autograd_c.optimizers.schedules import LearningRateSchedule
from autograd_c.values.dtypes import array_dtype

if TYPE_CHECKING:
    from typing import TypeVar

    _O = TypeVar("_O", bound="Saved")


class Saved:
    """The part of `Optimizer` that saves and restores."""

    name: str
    built: bool
    weight_decay: float | None
    clipnorm: float | None
    global_clipnorm: float | None
    clipvalue: float | None
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None
    loss_scale_factor: float | None
    gradient_accumulation_steps: int | None
    _learning_rate: Any
    _state: OptimizerState

    @property
    def variables(self) -> list[Variable]:
        raise NotImplementedError

    def _bind(self, state: OptimizerState) -> None:
        raise NotImplementedError

    def get_weights(self) -> list[Any]:
        """The values of `variables`, as NumPy arrays."""
        return [v.numpy() for v in self.variables]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Give `variables` other values: what `get_weights` of a like optimizer returned.

        Raises:
            ValueError: if the optimizer is not built, or number or shapes differ.
        """
        if not self.built:
            raise ValueError(
                "You are calling `set_weights()` on an optimizer that has not yet been built. "
                "Please call `optimizer.build(trainable_variables)` to create the optimizer "
                "weights before calling `set_weights()`."
            )
        self._take(weights)

    def _take(self, weights: Sequence[Any]) -> None:
        own = self.variables
        if len(own) != len(weights):
            raise ValueError(
                f"optimizer {self.name!r} has {len(own)} variables, and got {len(weights)} weights"
            )
        for v, weight in zip(own, weights, strict=True):
            if tuple(v.shape) != np.shape(weight):
                raise ValueError(
                    f"Optimizer variable {v.name} has shape {tuple(v.shape)} not compatible with "
                    f"provided weight shape {np.shape(weight)}."
                )
        values = [
            np.asarray(_core.plain_array(weight), array_dtype(v.dtype))
            for v, weight in zip(own, weights, strict=True)
        ]
        for v, value in zip(own, values, strict=True):
            v.assign(value)

    def save_own_variables(self, store: MutableMapping[str, Any]) -> None:
        """Write the values of `variables` into a mapping, under "0", "1", and so on.

        >>> import autograd_c as tf
        >>> v = tf.Variable([1.0, 2.0])
        >>> optimizer = tf.optimizers.SGD(0.5, momentum=0.5)
        >>> optimizer.apply([tf.constant([1.0, 1.0])], [v])
        >>> store = {}
        >>> optimizer.save_own_variables(store)
        >>> like = tf.optimizers.SGD(0.5, momentum=0.5)
        >>> like.build([v])
        >>> like.load_own_variables(store)
        >>> print(like.variables[2].numpy())
        [-0.5 -0.5]
        """
        for k, value in enumerate(self.get_weights()):
            store[str(k)] = value

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Take over what `save_own_variables` of a like optimizer wrote.

        As in Keras, a store of another number of variables is skipped with a warning: build the
        optimizer first.

        Raises:
            ValueError: if shapes differ.
        """
        count = len(self.variables)
        if len(store.keys()) != count:
            message = (
                f"Skipping variable loading for optimizer {self.name!r}, because it has {count} "
                f"variables whereas the saved optimizer has {len(store.keys())} variables."
            )
            if not self.built:
                message += " This is likely because the optimizer has not been called/built yet."
            warnings.warn(message, stacklevel=2)
            return
        self._take([store[str(k)] for k in range(count)])

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an optimizer like this one, by name, without its state.

        A callable learning rate is there as it is.

        >>> import autograd_c as tf
        >>> config = tf.optimizers.SGD(0.5, momentum=0.9).get_config()
        >>> print(config["learning_rate"], config["momentum"])
        0.5 0.9
        """
        rate = self._learning_rate
        if isinstance(rate, LearningRateSchedule):
            rate = schedules.serialize(rate)
        elif isinstance(rate, Variable):
            rate = float(rate)
        return {
            "name": self.name,
            "learning_rate": rate,
            "weight_decay": self.weight_decay,
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
            "use_ema": self.use_ema,
            "ema_momentum": self.ema_momentum,
            "ema_overwrite_frequency": self.ema_overwrite_frequency,
            "loss_scale_factor": self.loss_scale_factor,
            "gradient_accumulation_steps": self.gradient_accumulation_steps,
        }

    @classmethod
    def from_config(
        cls: type[_O], config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> _O:
        """An optimizer from what `get_config` gave.

        Args:
            config: the arguments, by name.
            custom_objects: schedules of one's own, by the names of their classes.

        >>> import autograd_c as tf
        >>> adam = tf.optimizers.Adam(0.5, beta_1=0.8)
        >>> print(tf.optimizers.Adam.from_config(adam.get_config()).beta_1)
        0.8
        """
        arguments = dict(config)
        if isinstance(arguments.get("learning_rate"), Mapping):
            arguments["learning_rate"] = schedules.deserialize(
                arguments["learning_rate"], custom_objects
            )
        return cls(**arguments)

    # Copied and pickled together with its variables, an optimizer goes on with the copies.

    def __getstate__(self) -> dict[str, Any]:
        kept = dict(self.__dict__)
        kept["_state"] = self._state.variables
        return kept

    def __setstate__(self, kept: dict[str, Any]) -> None:
        self.__dict__.update(kept)
        self._bind(OptimizerState(kept["_state"]))
