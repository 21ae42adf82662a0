"""HIPS autograd's ``autograd.tracer``, of which programs use what looks into a derivative.

>>> import autograd_c as tf
>>> from autograd_c.tracer import getval
>>> getval(tf.constant([1.0, 2.0])).tolist()
[1.0, 2.0]
"""

from __future__ import annotations

from autograd_c.core._core import Tensor as Box
from autograd_c.rules.primitive import notrace_primitive, primitive
from autograd_c.transforms.autograd_names import getval, isbox

__all__ = ["Box", "getval", "isbox", "notrace_primitive", "primitive"]
