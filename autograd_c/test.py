"""``tf.test``: gradients against finite differences, and test cases.

>>> import autograd_c as tf
>>> theoretical, numerical = tf.test.compute_gradient(tf.square, [[1.0, 3.0]])
>>> print(theoretical[0])
[[2. 0.]
 [0. 6.]]
>>> bool(abs(theoretical[0] - numerical[0]).max() < 1e-3)
True
"""

from __future__ import annotations

from autograd_c.checks.compute_gradient import compute_gradient
from autograd_c.checks.conditions import disable_with_predicate, with_eager_op_as_function
from autograd_c.checks.devices import (
    gpu_device_name,
    is_built_with_cuda,
    is_built_with_gpu_support,
    is_built_with_rocm,
    is_built_with_xla,
    is_gpu_available,
)
from autograd_c.checks.test_case import TestCase, main

__all__ = [
    "TestCase",
    "compute_gradient",
    "disable_with_predicate",
    "gpu_device_name",
    "is_built_with_cuda",
    "is_built_with_gpu_support",
    "is_built_with_rocm",
    "is_built_with_xla",
    "is_gpu_available",
    "main",
    "with_eager_op_as_function",
]
