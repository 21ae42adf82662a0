"""Losses by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from autograd_c.losses import _classes, _entropies, _functions
from autograd_c.losses._loss import Loss

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor

_CLASSES: dict[str, type[Loss]] = {
    name: each
    for name, each in vars(_classes).items()
    if isinstance(each, type) and issubclass(each, Loss) and not name.startswith("_")
}
_FUNCTIONS: dict[str, Callable[..., Tensor]] = {
    name: function
    for room in (_functions, _entropies)
    for name, function in vars(room).items()
    if getattr(function, "__module__", None) == room.__name__
    and not name.startswith("_")
    and name != "sparse_with_mask"
}


def serialize(loss: Any) -> Any:
    """A loss as a dictionary of its class and arguments; a function as one with its name.

    >>> import autograd_c as tf
    >>> print(tf.losses.serialize(tf.losses.Huber(2.0))["config"]["delta"])
    2.0
    """
    if isinstance(loss, Loss):
        return {
            "module": "keras.losses",
            "class_name": type(loss).__name__,
            "config": loss.get_config(),
            "registered_name": None,
        }
    return {
        "module": "builtins",
        "class_name": "function",
        "config": loss.__name__,
        "registered_name": "function",
    }


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
    known = {**_FUNCTIONS, **_CLASSES, **(custom_objects or {})}
    config: Any = None
    if isinstance(name, Mapping):
        called, config = name["class_name"], name.get("config")
        if called == "function":
            called, config = config, None
    else:
        called = name
    found = known.get(called) if isinstance(called, str) else None
    if found is None:
        raise ValueError(f"Could not interpret loss identifier: {name!r}")
    if isinstance(found, type):
        return found(**(config or {}))
    return found


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
    if identifier is None or callable(identifier):
        return identifier
    return deserialize(identifier)
