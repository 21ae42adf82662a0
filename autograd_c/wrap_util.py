"""HIPS autograd's ``autograd.wrap_util``: operators on functions of several arguments.

>>> from autograd_c import make_vjp
>>> from autograd_c.wrap_util import unary_to_nary
>>> @unary_to_nary
... def slope(fun, x):
...     return make_vjp(fun)(x)[0](1.0)
>>> print(slope(lambda a, b: a * b, 1)(2.0, 3.0).numpy())
2.0
"""

from __future__ import annotations

from autograd_c.transforms.autograd_names import unary_to_nary

__all__ = ["unary_to_nary"]
