"""HIPS autograd's ``autograd.numpy.numpy_boxes``: an `ArrayBox` is a tensor.

>>> from autograd_c import grad
>>> from autograd_c.numpy.numpy_boxes import ArrayBox
>>> def f(x):
...     print(isinstance(x, ArrayBox), x._value)
...     return x * x
>>> print(grad(f)(3.0).numpy())
True 3.0
6.0
"""

from __future__ import annotations

from autograd_c.core._core import Tensor as ArrayBox

__all__ = ["ArrayBox"]
