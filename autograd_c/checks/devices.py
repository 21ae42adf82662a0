"""What this package runs on, in the words of ``tf.test``: the processor, and nothing else."""

from __future__ import annotations


def is_built_with_cuda() -> bool:
    """False: everything runs on the processor.

    >>> import autograd_c as tf
    >>> tf.test.is_built_with_cuda()
    False
    """
    return False


def is_built_with_rocm() -> bool:
    """False: everything runs on the processor.

    >>> import autograd_c as tf
    >>> tf.test.is_built_with_rocm()
    False
    """
    return False


def is_built_with_gpu_support() -> bool:
    """False: everything runs on the processor.

    >>> import autograd_c as tf
    >>> tf.test.is_built_with_gpu_support()
    False
    """
    return False


def is_built_with_xla() -> bool:
    """False: programs are run by this package's own engine.

    >>> import autograd_c as tf
    >>> tf.test.is_built_with_xla()
    False
    """
    return False


def is_gpu_available(
    cuda_only: bool = False, min_cuda_compute_capability: tuple[int, int] | None = None
) -> bool:
    """False: everything runs on the processor, whatever is asked for.

    >>> import autograd_c as tf
    >>> tf.test.is_gpu_available()
    False
    """
    return False


def gpu_device_name() -> str:
    """The empty string: there is no GPU.

    >>> import autograd_c as tf
    >>> tf.test.gpu_device_name()
    ''
    """
    return ""
