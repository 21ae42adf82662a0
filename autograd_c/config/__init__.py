"""``tf.config``: how functions run, and on what.

Functions run as they are, on the processor: what is set here is remembered, and little more.

>>> import autograd_c as tf
>>> tf.config.list_physical_devices("GPU")
[]
"""

from __future__ import annotations

from autograd_c.config import experimental
from autograd_c.control.devices import (
    LogicalDevice,
    PhysicalDevice,
    get_logical_device_configuration,
    get_soft_device_placement,
    get_visible_devices,
    list_logical_devices,
    list_physical_devices,
    set_soft_device_placement,
    set_visible_devices,
)
from autograd_c.control.function import functions_run_eagerly, run_functions_eagerly

__all__ = [
    "LogicalDevice",
    "PhysicalDevice",
    "experimental",
    "functions_run_eagerly",
    "get_logical_device_configuration",
    "get_soft_device_placement",
    "get_visible_devices",
    "list_logical_devices",
    "list_physical_devices",
    "run_functions_eagerly",
    "set_soft_device_placement",
    "set_visible_devices",
]
