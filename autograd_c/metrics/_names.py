"""Metrics by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograd_c.losses import serialize as _serialize_function
from autograd_c.losses._names import _FUNCTIONS as _LOSSES
from autograd_c.metrics import (
    _accuracies,
    _areas,
    _classes,
    _confusions,
    _correlations,
    _metric,
    _overlaps,
    _scores,
    _trades,
)
from autograd_c.metrics._metric import Metric, name_of

_CLASSES: dict[str, Any] = {
    name: each
    for room in (_metric, _classes, _confusions, _areas, _scores, _overlaps, _correlations, _trades)
    for name, each in vars(room).items()
    if isinstance(each, type) and issubclass(each, Metric) and not name.startswith("_")
}
# As Keras spells them in lower case, and short names.
_CLASSES |= {name_of(name): each for name, each in _CLASSES.items()}
_CLASSES |= {
    short: _CLASSES[long]
    for long, names in {
        "BinaryCrossentropy": "bce BCE",
        "MeanSquaredError": "mse MSE",
        "MeanAbsoluteError": "mae MAE",
        "MeanAbsolutePercentageError": "mape MAPE",
        "MeanSquaredLogarithmicError": "msle MSLE",
    }.items()
    for short in names.split()
}
_FUNCTIONS: dict[str, Any] = {
    **_LOSSES,
    **{
        name: function
        for room in (_accuracies, _correlations)
        for name, function in vars(room).items()
        if getattr(function, "__module__", None) == room.__name__
        and not isinstance(function, type)
        and not name.startswith("_")
    },
}


def serialize(metric: Any) -> Any:
    """A metric as a dictionary of its class and arguments; a function as one with its name.

    >>> import autograd_c as tf
    >>> print(tf.metrics.serialize(tf.metrics.Mean())["class_name"])
    Mean
    """
    if not isinstance(metric, Metric):
        return _serialize_function(metric)
    return {
        "module": "keras.metrics",
        "class_name": type(metric).__name__,
        "config": metric.get_config(),
        "registered_name": None,
    }


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """A metric from its name, or from what `serialize` gave; a function from that of one.

    Args:
        config: that.
        custom_objects: metrics of one's own, by name.

    Raises:
        ValueError: for an unknown metric.

    >>> import autograd_c as tf
    >>> saved = tf.metrics.serialize(tf.metrics.Mean(name="loss"))
    >>> print(tf.metrics.deserialize(saved).name)
    loss
    """
    called: Any = config
    arguments: Any = {}
    known = {**_CLASSES, **(custom_objects or {})}
    if isinstance(config, Mapping):
        called, arguments = config["class_name"], config.get("config") or {}
        if called == "function":
            called, arguments = arguments, {}
            known = {**_FUNCTIONS, **(custom_objects or {})}
    found: Any = known.get(called) if isinstance(called, str) else None
    if found is None:
        raise ValueError(f"Could not interpret metric identifier: {config!r}")
    return found.from_config(arguments) if hasattr(found, "from_config") else found


def get(identifier: Any) -> Any:
    """A metric by its name or dictionary; a function, a metric or None as it is.

    Args:
        identifier: the name of a class, for its default arguments, or of one as a function is
            called; what `serialize` gave; a class, of which one is made; anything callable; None.

    Raises:
        ValueError: for anything else.

    >>> import autograd_c as tf
    >>> print(tf.metrics.get("mse"))
    <MeanSquaredError name=mean_squared_error>
    """
    if isinstance(identifier, type):
        return identifier()
    if identifier is None or callable(identifier):
        return identifier
    return deserialize(identifier)
