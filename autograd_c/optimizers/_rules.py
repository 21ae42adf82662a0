"""The rules: each optimizer with arguments and slots of its own; and optimizers by name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from autograd_c.core._core import Variable
from autograd_c.optimizers import schedules
from autograd_c.optimizers._optimizer import Optimizer


class SGD(Optimizer):
    """Gradient descent, with momentum if wanted.

    v -= learning_rate * g; with momentum, m = momentum * m - learning_rate * g and v += m; with
    `nesterov`, v += momentum * m - learning_rate * g.

    Args:
        learning_rate: as for `Optimizer`.
        momentum: between 0 and 1.
        nesterov: whether the step looks ahead along the momentum.
        **kwargs: those of `Optimizer`.

    Raises:
        ValueError: for a momentum out of range; else as `Optimizer`.

    Without momentum, a sparse gradient changes its rows only.

    >>> import autograd_c as tf
    >>> v = tf.Variable(1.0)
    >>> optimizer = tf.optimizers.SGD(0.5, momentum=0.5)
    >>> for _ in range(2):
    ...     optimizer.apply([tf.constant(1.0)], [v])
    >>> print(v.numpy())
    -0.25
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate,
            weight_decay,
            clipnorm,
            clipvalue,
            global_clipnorm,
            use_ema,
            ema_momentum,
            ema_overwrite_frequency,
            loss_scale_factor,
            gradient_accumulation_steps,
            name,
            **kwargs,
        )
        if not 0 <= momentum <= 1:
            raise ValueError("`momentum` must be a float between [0, 1].")
        self.momentum = momentum
        self.nesterov = nesterov

    def _make_slots(self, variables: list[Variable]) -> list[list[Variable]]:
        return [self.add_optimizer_variables(variables, "momentum")] if self.momentum else []

    def _rule(self, learning_rate: float) -> tuple[str, tuple[float, ...]]:
        if not self.momentum:
            return "descent", (learning_rate,)
        return "nesterov" if self.nesterov else "momentum", (learning_rate, self.momentum)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an optimizer like this one, by name, without its state."""
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}


class Adam(Optimizer):
    """Steps along the mean of gradients, divided by the root of the mean of their squares.

    m += (1 - beta_1) * (g - m), s += (1 - beta_2) * (g**2 - s), and, for step t,
    v -= learning_rate * sqrt(1 - beta_2**t) / (1 - beta_1**t) * m / (sqrt(s) + epsilon).

    Args:
        learning_rate: as for `Optimizer`.
        beta_1: how much of the mean of gradients each step keeps.
        beta_2: how much of the mean of squares each step keeps.
        epsilon: what keeps the divisor from zero.
        amsgrad: whether to divide by the root of the largest mean of squares so far.
        **kwargs: those of `Optimizer`.

    Raises:
        ValueError: as `Optimizer`.

    A sparse gradient changes all rows, as in Keras: moments decay everywhere.

    >>> import autograd_c as tf
    >>> v = tf.Variable([1.0, 1.0])
    >>> tf.optimizers.Adam(0.5).apply([tf.constant([100.0, -0.01])], [v])
    >>> print(v.numpy().round(3))
    [0.5 1.5]
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate,
            weight_decay,
            clipnorm,
            clipvalue,
            global_clipnorm,
            use_ema,
            ema_momentum,
            ema_overwrite_frequency,
            loss_scale_factor,
            gradient_accumulation_steps,
            name,
            **kwargs,
        )
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.amsgrad = amsgrad

    def _make_slots(self, variables: list[Variable]) -> list[list[Variable]]:
        columns = [*self.add_optimizer_variables(variables, ["momentum", "velocity"])]
        if self.amsgrad:
            columns.append(self.add_optimizer_variables(variables, "velocity_hat"))
        return columns

    def _rule(self, learning_rate: float) -> tuple[str, tuple[float, ...]]:
        beta_1, beta_2 = self.beta_1, self.beta_2
        t = self._applied() + 1
        rate = learning_rate * math.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        rule = "amsgrad" if self.amsgrad else "adam"
        return rule, (rate, 1 - beta_1, 1 - beta_2, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an optimizer like this one, by name, without its state."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "amsgrad": self.amsgrad,
        }


class AdamW(Adam):
    """Adam with weight decay: each variable first loses weight_decay * learning_rate of itself.

    Args:
        learning_rate: as for `Optimizer`.
        weight_decay: a number.
        beta_1, beta_2, epsilon, amsgrad: as for `Adam`.
        **kwargs: those of `Optimizer`.

    Raises:
        ValueError: if `weight_decay` is None; else as `Optimizer`.

    >>> import autograd_c as tf
    >>> v = tf.Variable([1.0, 1.0])
    >>> tf.optimizers.AdamW(0.5, weight_decay=0.5).apply([tf.constant([1.0, 0.0])], [v])
    >>> print(v.numpy().round(3))
    [0.25 0.75]
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if weight_decay is None:
            raise ValueError("Argument `weight_decay` must be a float. Received: weight_decay=None")
        super().__init__(
            learning_rate,
            beta_1,
            beta_2,
            epsilon,
            amsgrad,
            weight_decay,
            clipnorm,
            clipvalue,
            global_clipnorm,
            use_ema,
            ema_momentum,
            ema_overwrite_frequency,
            loss_scale_factor,
            gradient_accumulation_steps,
            name,
            **kwargs,
        )


class Adagrad(Optimizer):
    """Steps divided by the root of the sum of all squared gradients.

    a += g**2 and v -= learning_rate * g / sqrt(a + epsilon).

    Args:
        learning_rate: as for `Optimizer`.
        initial_accumulator_value: where the sum starts.
        epsilon: what keeps the divisor from zero.
        **kwargs: those of `Optimizer`.

    Raises:
        ValueError: as `Optimizer`.

    A sparse gradient changes its rows only.

    >>> import autograd_c as tf
    >>> v = tf.Variable([1.0, 1.0])
    >>> optimizer = tf.optimizers.Adagrad(0.5, initial_accumulator_value=0.0)
    >>> optimizer.apply([tf.constant([4.0, -2.0])], [v])
    >>> print(v.numpy().round(3))
    [0.5 1.5]
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate,
            weight_decay,
            clipnorm,
            clipvalue,
            global_clipnorm,
            use_ema,
            ema_momentum,
            ema_overwrite_frequency,
            loss_scale_factor,
            gradient_accumulation_steps,
            name,
            **kwargs,
        )
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    def _make_slots(self, variables: list[Variable]) -> list[list[Variable]]:
        start = self.initial_accumulator_value
        return [self.add_optimizer_variables(variables, "accumulator", start)]

    def _rule(self, learning_rate: float) -> tuple[str, tuple[float, ...]]:
        return "adagrad", (learning_rate, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an optimizer like this one, by name, without its state."""
        return {
            **super().get_config(),
            "initial_accumulator_value": self.initial_accumulator_value,
            "epsilon": self.epsilon,
        }


class RMSprop(Optimizer):
    """Steps divided by the root of a moving mean of squared gradients.

    s = rho * s + (1 - rho) * g**2 and v -= learning_rate * g / sqrt(s + epsilon). If `centered`,
    the square of a moving mean of g is taken off s. With momentum, v -= m, where m is momentum * m
    plus that step.

    Args:
        learning_rate: as for `Optimizer`.
        rho: how much of the mean each step keeps.
        momentum: how much of the last step each step keeps.
        epsilon: what keeps the divisor from zero.
        centered: whether to divide by an estimate of the standard deviation instead.
        **kwargs: those of `Optimizer`.

    Raises:
        ValueError: as `Optimizer`.

    >>> import autograd_c as tf
    >>> v = tf.Variable([1.0, 1.0])
    >>> tf.optimizers.RMSprop(0.5, rho=0.75).apply([tf.constant([4.0, -2.0])], [v])
    >>> print(v.numpy().round(3))
    [0. 2.]
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate,
            weight_decay,
            clipnorm,
            clipvalue,
            global_clipnorm,
            use_ema,
            ema_momentum,
            ema_overwrite_frequency,
            loss_scale_factor,
            gradient_accumulation_steps,
            name,
            **kwargs,
        )
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered

    def _make_slots(self, variables: list[Variable]) -> list[list[Variable]]:
        self._built_for = self._variant()
        names = ["velocity"]
        names += ["momentum"] if self.momentum > 0 else []
        names += ["average_gradient"] if self.centered else []
        return [self.add_optimizer_variables(variables, name) for name in names]

    def _variant(self) -> str:
        centered = "_centered" if self.centered else ""
        return f"rmsprop{centered}_momentum" if self.momentum > 0 else f"rmsprop{centered}"

    def _rule(self, learning_rate: float) -> tuple[str, tuple[float, ...]]:
        rule = self._variant()
        if rule != self._built_for:
            raise ValueError(
                "`momentum` and `centered` cannot be switched on or off once the optimizer is built"
            )
        return rule, (learning_rate, self.rho, 1 - self.rho, self.epsilon, self.momentum)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an optimizer like this one, by name, without its state."""
        return {
            **super().get_config(),
            "rho": self.rho,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "centered": self.centered,
        }


class Adadelta(Optimizer):
    """Steps of the size of earlier steps, divided by the size of earlier gradients.

    s = rho * s + (1 - rho) * g**2, d = sqrt(u + epsilon) / sqrt(s + epsilon) * g,
    u = rho * u + (1 - rho) * d**2 and v -= learning_rate * d.

    Args:
        learning_rate: as for `Optimizer`; 1.0 is the rule as it was published.
        rho: how much of the means each step keeps.
        epsilon: what keeps the divisor from zero.
        **kwargs: those of `Optimizer`.

    Raises:
        ValueError: as `Optimizer`.

    >>> import autograd_c as tf
    >>> v = tf.Variable([1.0, 1.0])
    >>> tf.optimizers.Adadelta(1.0, rho=0.75, epsilon=0.01).apply([tf.constant([4.0, -4.0])], [v])
    >>> print(v.numpy().round(3))
    [0.8 1.2]
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate,
            weight_decay,
            clipnorm,
            clipvalue,
            global_clipnorm,
            use_ema,
            ema_momentum,
            ema_overwrite_frequency,
            loss_scale_factor,
            gradient_accumulation_steps,
            name,
            **kwargs,
        )
        self.rho = rho
        self.epsilon = epsilon

    def _make_slots(self, variables: list[Variable]) -> list[list[Variable]]:
        names = ["accumulated_grad", "accumulated_delta_var"]
        return [*self.add_optimizer_variables(variables, names)]

    def _rule(self, learning_rate: float) -> tuple[str, tuple[float, ...]]:
        return "adadelta", (learning_rate, self.rho, 1 - self.rho, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an optimizer like this one, by name, without its state."""
        return {**super().get_config(), "rho": self.rho, "epsilon": self.epsilon}


# ---------------------------------------------------------------- by name


_CLASSES: dict[str, type[Optimizer]] = {
    cls.__name__: cls for cls in (SGD, Adam, AdamW, Adagrad, RMSprop, Adadelta)
}


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """An optimizer as a dictionary of its class and arguments, without its state.

    >>> import autograd_c as tf
    >>> print(tf.optimizers.serialize(tf.optimizers.SGD(0.5))["config"]["learning_rate"])
    0.5
    """
    return schedules.described(optimizer, "keras.optimizers")


def deserialize(
    config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> Optimizer:
    """An optimizer from what `serialize` gave.

    Args:
        config: a dictionary with "class_name" and "config".
        custom_objects: classes of one's own, by name.

    Raises:
        ValueError: for an unknown class.

    >>> import autograd_c as tf
    >>> config = tf.optimizers.serialize(tf.optimizers.Adam(beta_1=0.5))
    >>> print(tf.optimizers.deserialize(config).beta_1)
    0.5
    """
    optimizer: Optimizer = schedules.made_from(config, _CLASSES, custom_objects)
    return optimizer


def get(identifier: Any) -> Optimizer:
    """An optimizer by its name, its dictionary, or itself.

    Args:
        identifier: the name of a class, in any case, for its default arguments; what `serialize`
            gave; or an optimizer.

    Raises:
        ValueError: for anything else.

    >>> import autograd_c as tf
    >>> print(type(tf.optimizers.get("adam")).__name__)
    Adam
    """
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, Mapping):
        return deserialize(identifier)
    for name, cls in _CLASSES.items():
        if isinstance(identifier, str) and name.lower() == identifier.lower():
            return cls()  # type: ignore[call-arg]  # all but the base have default arguments
    raise ValueError(f"Could not interpret optimizer identifier: {identifier!r}")
