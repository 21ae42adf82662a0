"""Initializers by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograd_c.initializers import _initializers
from autograd_c.initializers._initializers import Initializer

_KNOWN: dict[str, type[Initializer]] = {
    name: each
    for name, each in vars(_initializers).items()
    if isinstance(each, type) and issubclass(each, Initializer) and not name.startswith("_")
}


def serialize(initializer: Initializer) -> dict[str, Any]:
    """An initializer as a dictionary of its class and arguments.

    >>> import autograd_c as tf
    >>> print(tf.initializers.serialize(tf.initializers.Constant(2.0))["config"])
    {'value': 2.0}
    """
    return {
        "module": "keras.initializers",
        "class_name": type(initializer).__name__,
        "config": initializer.get_config(),
        "registered_name": None,
    }


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """An initializer from what `serialize` gave.

    Args:
        config: that.
        custom_objects: initializers of one's own, by name.

    Raises:
        ValueError: for an unknown class.

    >>> import autograd_c as tf
    >>> made = tf.initializers.deserialize({"class_name": "Constant", "config": {"value": 2.0}})
    >>> print(made([2]).numpy())
    [2. 2.]
    """
    known = {**_KNOWN, **(custom_objects or {})}
    name = config.get("class_name") if isinstance(config, Mapping) else config
    found = known.get(name) if isinstance(name, str) else None
    if found is None:
        raise ValueError(f"Could not interpret initializer identifier: {config}")
    arguments = config.get("config") if isinstance(config, Mapping) else None
    return found(**(arguments or {}))


def get(identifier: Any) -> Any:
    """An initializer by its name, class or dictionary; a function, an object or None as it is.

    Args:
        identifier: the name of a class, for its default arguments; a class; what `serialize`
            gave; or what can be called already.

    Raises:
        ValueError: for anything else.

    >>> import autograd_c as tf
    >>> print(tf.initializers.get("ones")([2]).numpy())
    [1. 1.]
    """
    if identifier is None:
        return None
    if isinstance(identifier, type) and issubclass(identifier, Initializer):
        return identifier()
    if callable(identifier):
        return identifier
    return deserialize(identifier)
