"""The processor, which is all there is to run on, in the words of ``tf.config``."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = [
    "LogicalDevice",
    "PhysicalDevice",
    "get_logical_device_configuration",
    "get_soft_device_placement",
    "get_visible_devices",
    "list_logical_devices",
    "list_physical_devices",
    "set_soft_device_placement",
    "set_visible_devices",
]


class PhysicalDevice(NamedTuple):
    """A device of the machine.

    Attributes:
        name: such as "/physical_device:CPU:0".
        device_type: "CPU".

    >>> import autograd_c as tf
    >>> tf.config.list_physical_devices("CPU")
    [PhysicalDevice(name='/physical_device:CPU:0', device_type='CPU')]
    """

    name: str
    device_type: str


class LogicalDevice(NamedTuple):
    """A device that operations run on.

    Attributes:
        name: such as "/device:CPU:0".
        device_type: "CPU".

    >>> import autograd_c as tf
    >>> tf.config.list_logical_devices("CPU")
    [LogicalDevice(name='/device:CPU:0', device_type='CPU')]
    """

    name: str
    device_type: str


_PHYSICAL = PhysicalDevice("/physical_device:CPU:0", "CPU")
_LOGICAL = LogicalDevice("/device:CPU:0", "CPU")
_soft = True


def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The processor; nothing for any other type.

    >>> import autograd_c as tf
    >>> tf.config.list_physical_devices("GPU")
    []
    """
    return [_PHYSICAL] if device_type in (None, "CPU") else []


def list_logical_devices(device_type: str | None = None) -> list[LogicalDevice]:
    """The processor; nothing for any other type.

    >>> import autograd_c as tf
    >>> tf.config.list_logical_devices("GPU")
    []
    """
    return [_LOGICAL] if device_type in (None, "CPU") else []


def get_visible_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The processor; nothing for any other type.

    >>> import autograd_c as tf
    >>> tf.config.get_visible_devices("GPU")
    []
    """
    return list_physical_devices(device_type)


def set_visible_devices(devices: Any, device_type: str | None = None) -> None:
    """Nothing, for devices that are there: the processor stays visible.

    Args:
        devices: of `list_physical_devices`: one, or a list of them.
        device_type: of these; any by default.

    Raises:
        ValueError: for a device that is not there, or has another type.

    >>> import autograd_c as tf
    >>> tf.config.set_visible_devices([], "GPU")
    """
    each = [devices] if isinstance(devices, PhysicalDevice) else list(devices)
    for device in each:
        if device != _PHYSICAL:
            raise ValueError(f"Unrecognized device: {device!r}")
        if device_type not in (None, "CPU"):
            raise ValueError(f"Unrecognized device: {device!r}: it is no {device_type}")


def get_soft_device_placement() -> bool:
    """Whether operations may run elsewhere than they are asked to: what was set; True at first.

    >>> import autograd_c as tf
    >>> tf.config.get_soft_device_placement()
    True
    """
    return _soft


def set_soft_device_placement(enabled: bool) -> None:
    """Remembered, and without effect: everything runs on the processor.

    >>> import autograd_c as tf
    >>> tf.config.set_soft_device_placement(True)
    """
    global _soft
    _soft = bool(enabled)


def get_logical_device_configuration(device: Any) -> None:
    """None: the processor is one device.

    Raises:
        ValueError: for a device that is not there.

    >>> import autograd_c as tf
    >>> tf.config.get_logical_device_configuration(tf.config.list_physical_devices("CPU")[0])
    """
    set_visible_devices(device)


# ---------------------------------------------------------------- tf.config.experimental


def get_memory_growth(device: Any) -> bool:
    """An error: only memory of GPUs grows.

    Raises:
        ValueError: always.

    >>> import autograd_c as tf
    >>> gpus = tf.config.list_physical_devices("GPU")
    >>> [tf.config.experimental.get_memory_growth(gpu) for gpu in gpus]
    []
    """
    raise ValueError(f"{device!r} has no memory of its own, so that none can grow")


def set_memory_growth(device: Any, enable: bool) -> None:
    """An error: only memory of GPUs grows.

    Raises:
        ValueError: always.

    >>> import autograd_c as tf
    >>> for gpu in tf.config.list_physical_devices("GPU"):
    ...     tf.config.experimental.set_memory_growth(gpu, True)
    """
    raise ValueError("Cannot set memory growth on non-GPU and non-Pluggable devices")


def get_device_details(device: Any) -> dict[str, Any]:
    """An empty dict: nothing more is known of the processor.

    >>> import autograd_c as tf
    >>> tf.config.experimental.get_device_details(tf.config.list_physical_devices("CPU")[0])
    {}
    """
    return {}


def enable_op_determinism() -> None:
    """Nothing: the same operations give the same results, whatever the number of threads.

    >>> import autograd_c as tf
    >>> tf.config.experimental.enable_op_determinism()
    """


def enable_tensor_float_32_execution(enabled: bool) -> None:
    """Nothing: float32 is computed in float32.

    >>> import autograd_c as tf
    >>> tf.config.experimental.enable_tensor_float_32_execution(False)
    """


def tensor_float_32_execution_enabled() -> bool:
    """False: float32 is computed in float32.

    >>> import autograd_c as tf
    >>> tf.config.experimental.tensor_float_32_execution_enabled()
    False
    """
    return False


def get_synchronous_execution() -> bool:
    """True: an operation has run when its call returns.

    >>> import autograd_c as tf
    >>> tf.config.experimental.get_synchronous_execution()
    True
    """
    return True


def set_synchronous_execution(enable: bool | None) -> None:
    """Nothing: an operation has run when its call returns.

    >>> import autograd_c as tf
    >>> tf.config.experimental.set_synchronous_execution(True)
    """
