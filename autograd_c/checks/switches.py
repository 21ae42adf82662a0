"""Warnings that a program can switch on: of derivatives that are lost, and of digits."""

from __future__ import annotations

from autograd_c.core import _core


def enable_detached_warnings() -> None:
    """Warn, once for each line of the program, where a tensor that a tape records becomes a number.

    ``float(x)``, ``math.exp(x)``, ``np.asarray(x)``, ``np.array([x, y])``, functions of SciPy and
    pickling make plain numbers and arrays of a tensor, through which no gradient flows. Under a
    ``GradientTape`` that is silent, as in TensorFlow; in functions of ``tf.func`` it is an error.
    Ways out that say so, like ``x.numpy()``, ``x.item()`` and ``int(x)``, give no warning.

    Warnings go to the logger "autograd_c". The switch holds for all threads.

    >>> import autograd_c as tf
    >>> tf.debugging.enable_detached_warnings()
    >>> x = tf.constant(2.0)
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = x * float(x)  # the logger says that this is a constant, and where
    >>> print(tape.gradient(y, x).numpy())
    2.0
    >>> tf.debugging.disable_detached_warnings()
    """
    _core.switch_leaving_warnings(True)


def disable_detached_warnings() -> None:
    """End what `enable_detached_warnings` has begun; without it, do nothing.

    >>> import autograd_c as tf
    >>> tf.debugging.disable_detached_warnings()
    """
    _core.switch_leaving_warnings(False)


def enable_mixed_float_warnings() -> None:
    """Warn, once for each line of the program, where floats of different dtypes meet.

    float32 beside float64 gives float64, but has seven digits only: in a program that computes in
    float64, a forgotten ``tf.constant(0.1)`` makes all that comes of it wrong in the eighth digit.
    Arrays of NumPy count as well as tensors; Python numbers take the dtype of what they meet.

    Warnings go to the logger "autograd_c". The switch holds for all threads.

    >>> import numpy as np
    >>> import autograd_c as tf
    >>> tf.debugging.enable_mixed_float_warnings()
    >>> y = tf.constant(0.1) * np.ones(2)  # the logger says that float32 meets float64, and where
    >>> y.dtype
    tf.float64
    >>> tf.debugging.disable_mixed_float_warnings()
    """
    _core.switch_mixing_warnings(True)


def disable_mixed_float_warnings() -> None:
    """End what `enable_mixed_float_warnings` has begun; without it, do nothing.

    >>> import autograd_c as tf
    >>> tf.debugging.disable_mixed_float_warnings()
    """
    _core.switch_mixing_warnings(False)


_filtering = True
_log_placement = False


def enable_traceback_filtering() -> None:
    """Remembered, and without effect: tracebacks show your lines and this package's Python alone.

    >>> import autograd_c as tf
    >>> tf.debugging.enable_traceback_filtering()
    """
    global _filtering
    _filtering = True


def disable_traceback_filtering() -> None:
    """Remembered, and without effect.

    >>> import autograd_c as tf
    >>> tf.debugging.disable_traceback_filtering()
    >>> tf.debugging.is_traceback_filtering_enabled()
    False
    >>> tf.debugging.enable_traceback_filtering()
    """
    global _filtering
    _filtering = False


def is_traceback_filtering_enabled() -> bool:
    """What was set last; True at first.

    >>> import autograd_c as tf
    >>> tf.debugging.is_traceback_filtering_enabled()
    True
    """
    return _filtering


def set_log_device_placement(enabled: bool) -> None:
    """Remembered, and without effect: everything runs on the processor.

    >>> import autograd_c as tf
    >>> tf.debugging.set_log_device_placement(False)
    """
    global _log_placement
    _log_placement = bool(enabled)


def get_log_device_placement() -> bool:
    """What was set last; False at first.

    >>> import autograd_c as tf
    >>> tf.debugging.get_log_device_placement()
    False
    """
    return _log_placement
