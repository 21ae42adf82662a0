"""``tf.optimizers``: rules that change Variables by their gradients, with Keras 3's arguments.

>>> import autograd_c as tf
>>> v = tf.Variable([3.0, -1.0])
>>> optimizer = tf.optimizers.Adam(learning_rate=0.25)
>>> for _ in range(200):
...     with tf.GradientTape() as tape:
...         loss = tf.reduce_sum(tf.square(v - [1.0, 2.0]))
...     _ = optimizer.apply_gradients(zip(tape.gradient(loss, [v]), [v]))
>>> print(v.numpy().round(3))
[1. 2.]
"""

from __future__ import annotations

from autograd_c.optimizers import schedules
from autograd_c.optimizers._optimizer import Optimizer
from autograd_c.optimizers._rules import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    RMSprop,
    deserialize,
    get,
    serialize,
)

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Optimizer",
    "RMSprop",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]
