"""Metrics by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograd_c.losses._names import FUNCTIONS as _LOSSES
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
from autograd_c.values.by_name import classes_of, deserialized, functions_of, got, serialized

_CLASSES = classes_of(
    Metric, _metric, _classes, _confusions, _areas, _scores, _overlaps, _correlations, _trades
)
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
_FUNCTIONS = {**_LOSSES, **functions_of(_accuracies, _correlations)}


def serialize(metric: Any) -> Any:
    """A metric as a dictionary of its class and arguments; a function as one with its name.

    >>> import autograd_c as tf
    >>> print(tf.metrics.serialize(tf.metrics.Mean())["class_name"])
    Mean
    """
    return serialized(metric, "keras.metrics")


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
    return deserialized("metric", config, _CLASSES, _FUNCTIONS, custom_objects)


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
    return got(identifier, deserialize, object)
