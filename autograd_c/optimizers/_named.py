"""Optimizers as dictionaries, and by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograd_c.optimizers import schedules
from autograd_c.optimizers._optimizer import Optimizer
from autograd_c.optimizers._rules import SGD, Adadelta, Adagrad, Adam, AdamW, RMSprop

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
