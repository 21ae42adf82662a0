"""Losses by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograd_c.losses import _classes, _entropies, _functions
from autograd_c.losses._loss import Loss
from autograd_c.values.by_name import classes_of, deserialized, functions_of, got, serialized

FUNCTIONS = functions_of(_functions, _entropies)
del FUNCTIONS["sparse_with_mask"]
_NAMED = {**FUNCTIONS, **classes_of(Loss, _classes)}


def serialize(loss: Any) -> Any:
    """A loss as a dictionary of its class and arguments; a function as one with its name.

    >>> import autograd_c as tf
    >>> print(tf.losses.serialize(tf.losses.Huber(2.0))["config"]["delta"])
    2.0
    """
    return serialized(loss, "keras.losses")


def deserialize(name: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """A loss from its name, or from what `serialize` gave.

    Args:
        name: that.
        custom_objects: losses of one's own, by name.

    Raises:
        ValueError: for an unknown loss.

    >>> import autograd_c as tf
    >>> print(tf.losses.deserialize(tf.losses.serialize(tf.losses.Huber(2.0))).delta)
    2.0
    """
    return deserialized("loss", name, _NAMED, FUNCTIONS, custom_objects)


def get(identifier: Any) -> Any:
    """A loss by its name or dictionary; a function or None as it is.

    Args:
        identifier: the name of a function, or of a class for its default arguments; what
            `serialize` gave; a function, or None.

    Raises:
        ValueError: for anything else.

    >>> import autograd_c as tf
    >>> print(tf.losses.get("mse") is tf.losses.MSE)
    True
    """
    return got(identifier, deserialize, None)
