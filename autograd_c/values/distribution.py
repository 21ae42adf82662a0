"""How copies of a Variable on several devices would be kept together. Here there are none."""

from __future__ import annotations

import enum

__all__ = ["VariableAggregation", "VariableSynchronization"]


class VariableSynchronization(enum.Enum):
    """When copies of a Variable on several devices would be put together.

    A Variable remembers which it was made with; ON_READ also says that it is not trainable.

    >>> import autograd_c as tf
    >>> tf.Variable(1.0, synchronization=tf.VariableSynchronization.ON_READ).trainable
    False
    """

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


class VariableAggregation(enum.Enum):
    """How updates of a Variable from several devices would be put together.

    >>> import autograd_c as tf
    >>> tf.Variable(1.0, aggregation=tf.VariableAggregation.SUM).aggregation.name
    'SUM'
    """

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3
