"""``tf.optimizers.schedules``: learning rates that depend on the step."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions import arrays

if TYPE_CHECKING:
    from autograd_c.typing import TensorLike

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]

maximum: Callable[..., Tensor] = vars(_math)["maximum"]
minimum: Callable[..., Tensor] = vars(_math)["minimum"]
ceil: Callable[..., Tensor] = vars(_math)["ceil"]
cos: Callable[..., Tensor] = vars(_math)["cos"]
floor: Callable[..., Tensor] = vars(_math)["floor"]
log: Callable[..., Tensor] = vars(_math)["log"]


class LearningRateSchedule:
    """What schedules have in common: a function of the step that optimizers call.

    A schedule of one's own derives from it and overrides `__call__`, and `get_config` if it is to
    be saved.

    >>> import autograd_c as tf
    >>> class Halving(tf.optimizers.schedules.LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.1 * 0.5 ** tf.cast(step, tf.float32)
    >>> optimizer = tf.optimizers.SGD(Halving())
    >>> print(optimizer.learning_rate.numpy())
    0.1
    """

    def __call__(self, step: TensorLike) -> Any:
        """The learning rate at a step.

        Args:
            step: how many steps were made before, an integer.

        Returns:
            A tensor of rank 0.

        Raises:
            NotImplementedError: unless a derived class says what it is.
        """
        raise NotImplementedError(
            f"Learning rate schedule {type(self).__name__!r} must override `__call__(self, step)`."
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a schedule like this one, by name.

        Raises:
            NotImplementedError: unless a derived class has it.
        """
        raise NotImplementedError(
            f"Learning rate schedule {type(self).__name__!r} must override `get_config()` in "
            "order to be saved."
        )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> LearningRateSchedule:
        """A schedule from what `get_config` gave."""
        return cls(**config)


def _positive(steps: Any, name: str = "decay_steps") -> Any:
    if steps <= 0:
        raise ValueError(f"Argument `{name}` must be > 0. Received: {name}={steps}")
    return steps


class ExponentialDecay(LearningRateSchedule):
    """initial_learning_rate * decay_rate ** (step / decay_steps).

    Args:
        initial_learning_rate: a float.
        decay_steps: after how many steps the rate has been multiplied by `decay_rate` once.
        decay_rate: a float.
        staircase: whether the quotient is rounded down.
        name: a label.

    Raises:
        ValueError: unless `decay_steps` is positive.

    >>> import autograd_c as tf
    >>> rate = tf.optimizers.schedules.ExponentialDecay(0.5, decay_steps=10, decay_rate=0.5)
    >>> print(rate(20).numpy())
    0.125
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = _positive(decay_steps)
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: TensorLike) -> Tensor:
        """The learning rate at a step, a tensor of rank 0."""
        initial = _core.convert_to_tensor(self.initial_learning_rate)
        p: Tensor = _core.cast(step, initial.dtype) / self.decay_steps
        if self.staircase:
            p = floor(p)
        return initial * _core.convert_to_tensor(self.decay_rate, initial.dtype) ** p

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a schedule like this one, by name."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }


class InverseTimeDecay(LearningRateSchedule):
    """initial_learning_rate / (1 + decay_rate * step / decay_steps).

    Args:
        initial_learning_rate: a float.
        decay_steps: how many steps are one unit of time.
        decay_rate: a float.
        staircase: whether time is rounded down.
        name: a label.

    Raises:
        ValueError: unless `decay_steps` is positive.

    >>> import autograd_c as tf
    >>> rate = tf.optimizers.schedules.InverseTimeDecay(0.5, decay_steps=10, decay_rate=1.0)
    >>> print(rate(10).numpy())
    0.25
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = _positive(decay_steps)
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: TensorLike) -> Tensor:
        """The learning rate at a step, a tensor of rank 0."""
        initial = _core.convert_to_tensor(self.initial_learning_rate)
        p: Tensor = _core.cast(step, initial.dtype) / self.decay_steps
        if self.staircase:
            p = floor(p)
        return initial / (1 + self.decay_rate * p)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a schedule like this one, by name."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }


class PiecewiseConstantDecay(LearningRateSchedule):
    """One value up to each boundary, that step included, and another one after the last.

    Args:
        boundaries: ascending steps.
        values: learning rates, one more than boundaries.
        name: a label.

    Raises:
        ValueError: for another number of values.

    >>> import autograd_c as tf
    >>> rate = tf.optimizers.schedules.PiecewiseConstantDecay([10, 20], [0.5, 0.25, 0.125])
    >>> print(rate(10).numpy(), rate(11).numpy(), rate(21).numpy())
    0.5 0.25 0.125
    """

    def __init__(
        self,
        boundaries: Sequence[float],
        values: Sequence[float],
        name: str = "PiecewiseConstant",
    ) -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "The length of boundaries should be 1 less than the length of values. Received: "
                f"boundaries={boundaries} of length {len(boundaries)}, and values={values} of "
                f"length {len(values)}."
            )
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def __call__(self, step: TensorLike) -> Tensor:
        """The learning rate at a step, a tensor of rank 0."""
        at = _core.convert_to_tensor(step)
        value = _core.convert_to_tensor(self.values[-1])
        for boundary, below in zip(self.boundaries[::-1], self.values[-2::-1], strict=True):
            low = _core.convert_to_tensor(below, value.dtype)
            value = arrays.where(at <= _core.cast(boundary, at.dtype), low, value)
        return value

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a schedule like this one, by name."""
        return {"boundaries": self.boundaries, "values": self.values, "name": self.name}


class PolynomialDecay(LearningRateSchedule):
    """From the initial rate to the last one along (1 - step / decay_steps) ** power.

    Args:
        initial_learning_rate: a float.
        decay_steps: after how many steps the last rate is reached.
        end_learning_rate: that rate.
        power: a float; 1 is a straight line.
        cycle: whether, instead of staying at the last rate, the decay starts again, stretched to
            the next multiple of `decay_steps`.
        name: a label.

    Raises:
        ValueError: unless `decay_steps` is positive.

    >>> import autograd_c as tf
    >>> rate = tf.optimizers.schedules.PolynomialDecay(0.5, 10, end_learning_rate=0.0)
    >>> print(rate(5).numpy(), rate(20).numpy())
    0.25 0.0
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = _positive(decay_steps)
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name

    def __call__(self, step: TensorLike) -> Tensor:
        """The learning rate at a step, a tensor of rank 0."""
        initial = _core.convert_to_tensor(self.initial_learning_rate)
        end = _core.convert_to_tensor(self.end_learning_rate, initial.dtype)
        at = _core.cast(step, initial.dtype)
        steps = _core.convert_to_tensor(self.decay_steps, initial.dtype)
        if self.cycle:
            steps = steps * maximum(ceil(at / steps), 1)
        else:
            at = minimum(at, steps)
        return (initial - end) * (1 - at / steps) ** self.power + end

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a schedule like this one, by name."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "end_learning_rate": self.end_learning_rate,
            "power": self.power,
            "cycle": self.cycle,
            "name": self.name,
        }


class CosineDecay(LearningRateSchedule):
    """Half a wave of the cosine, from the initial rate down to `alpha` times that rate.

    With `warmup_target`, the rate first grows in a straight line from the initial one to the
    target, and decays from there.

    Args:
        initial_learning_rate: a float.
        decay_steps: how many steps the decay takes.
        alpha: which part of the rate remains.
        name: a label.
        warmup_target: the rate after the warm-up, or None for none.
        warmup_steps: how many steps the warm-up takes.

    Raises:
        ValueError: unless `decay_steps` is positive.

    >>> import autograd_c as tf
    >>> rate = tf.optimizers.schedules.CosineDecay(0.0, 10, warmup_target=0.5, warmup_steps=4)
    >>> [round(float(rate(step)), 4) for step in (2, 9, 14)]
    [0.25, 0.25, 0.0]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = _positive(decay_steps)
        self.alpha = alpha
        self.name = name
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps

    def __call__(self, step: TensorLike) -> Tensor:
        """The learning rate at a step, a tensor of rank 0."""
        initial = _core.convert_to_tensor(self.initial_learning_rate)
        at = _core.cast(step, initial.dtype)
        if self.warmup_target is None:
            return self._decayed(initial, at)
        target = _core.convert_to_tensor(self.warmup_target, initial.dtype)
        decayed = self._decayed(target, at - self.warmup_steps)
        if self.warmup_steps == 0:
            return decayed
        warming = (target - initial) * (at / self.warmup_steps) + initial
        return arrays.where(at < self.warmup_steps, warming, decayed)

    def _decayed(self, start: Tensor, at: Tensor) -> Tensor:
        part = minimum(at, self.decay_steps) / self.decay_steps
        return start * ((1 - self.alpha) * 0.5 * (1 + cos(math.pi * part)) + self.alpha)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a schedule like this one, by name."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "alpha": self.alpha,
            "name": self.name,
            "warmup_target": self.warmup_target,
            "warmup_steps": self.warmup_steps,
        }


class CosineDecayRestarts(LearningRateSchedule):
    """Cosine decays one after the other.

    Args:
        initial_learning_rate: a float.
        first_decay_steps: how many steps the first decay takes.
        t_mul: how much longer each decay is than the one before.
        m_mul: by what the rate at the start of each decay is multiplied.
        alpha: which part of the initial rate remains at the end of a decay.
        name: a label.

    Raises:
        ValueError: unless `first_decay_steps` is positive.

    >>> import autograd_c as tf
    >>> rate = tf.optimizers.schedules.CosineDecayRestarts(0.5, 10, t_mul=2.0, m_mul=0.5)
    >>> [round(float(rate(step)), 4) for step in (5, 10, 20)]
    [0.25, 0.25, 0.125]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = _positive(first_decay_steps, "first_decay_steps")
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha
        self.name = name

    def __call__(self, step: TensorLike) -> Tensor:
        """The learning rate at a step, a tensor of rank 0."""
        initial = _core.convert_to_tensor(self.initial_learning_rate)
        dtype = initial.dtype
        part = _core.cast(step, dtype) / self.first_decay_steps
        if self.t_mul == 1:
            restarts = floor(part)
            part = part - restarts
        else:
            # The decays before the present one took 1 + t + t**2 + ... of the first one's time.
            grown = 1 - part * (1 - self.t_mul)
            restarts = floor(log(grown) / math.log(float(_core.array_of(self.t_mul))))
            power = _core.convert_to_tensor(self.t_mul, dtype) ** restarts
            part = (part - (1 - power) / (1 - self.t_mul)) / power
        height = _core.convert_to_tensor(self.m_mul, dtype) ** restarts
        decayed = 0.5 * height * (1 + cos(math.pi * part))
        return initial * ((1 - self.alpha) * decayed + self.alpha)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a schedule like this one, by name."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "first_decay_steps": self.first_decay_steps,
            "t_mul": self.t_mul,
            "m_mul": self.m_mul,
            "alpha": self.alpha,
            "name": self.name,
        }


def described(thing: Any, module: str) -> dict[str, Any]:
    """What `serialize` gives for an object with `get_config`."""
    own = thing.__class__.__module__.startswith("autograd_c.")
    return {
        "module": module if own else thing.__class__.__module__,
        "class_name": thing.__class__.__name__,
        "config": thing.get_config(),
        "registered_name": None if own else thing.__class__.__name__,
    }


def made_from(
    config: Mapping[str, Any], classes: Mapping[str, Any], custom: Mapping[str, Any] | None
) -> Any:
    """An object from what `described` gave, of a class found by its name."""
    name = config["class_name"]
    cls = (custom or {}).get(name, classes.get(name))
    if cls is None:
        raise ValueError(f"unknown class {name!r}: pass it in `custom_objects`")
    return cls.from_config(config["config"])


def serialize(learning_rate_schedule: LearningRateSchedule) -> dict[str, Any]:
    """A schedule as a dictionary of its class and arguments, which JSON can hold.

    >>> import autograd_c as tf
    >>> rate = tf.optimizers.schedules.InverseTimeDecay(0.5, 10, 1.0)
    >>> print(tf.optimizers.schedules.serialize(rate)["class_name"])
    InverseTimeDecay
    """
    return described(learning_rate_schedule, "keras.optimizers.schedules")


def deserialize(
    config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> LearningRateSchedule:
    """A schedule from what `serialize` gave.

    Args:
        config: a dictionary with "class_name" and "config".
        custom_objects: classes of one's own, by name.

    Raises:
        ValueError: for an unknown class.

    >>> import autograd_c as tf
    >>> schedules = tf.optimizers.schedules
    >>> rate = schedules.deserialize(schedules.serialize(schedules.CosineDecay(0.5, 10)))
    >>> print(rate(0).numpy())
    0.5
    """
    classes = {name: globals()[name] for name in __all__ if name[0].isupper()}
    schedule: LearningRateSchedule = made_from(config, classes, custom_objects)
    return schedule
