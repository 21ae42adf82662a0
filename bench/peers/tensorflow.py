"""TensorFlow, eager, on the processor."""

import os
from functools import partial
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

from bench import gradient_tape

tf.config.set_visible_devices([], "GPU")


def __getattr__(name: str) -> Any:
    """Take every problem from `gradient_tape`."""
    return partial(getattr(gradient_tape, name), tf)
