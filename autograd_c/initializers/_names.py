"""Initializers by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograd_c.initializers import _initializers
from autograd_c.initializers._initializers import Initializer
from autograd_c.values.by_name import classes_of, deserialized, got, serialized

_CLASSES = classes_of(Initializer, _initializers)


def serialize(initializer: Initializer) -> dict[str, Any]:
    """An initializer as a dictionary of its class and arguments.

    >>> import autograd_c as tf
    >>> print(tf.initializers.serialize(tf.initializers.Constant(2.0))["config"])
    {'value': 2.0}
    """
    return serialized(initializer, "keras.initializers")


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
    return deserialized("initializer", config, _CLASSES, {}, custom_objects)


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
    return got(identifier, deserialize, Initializer)
