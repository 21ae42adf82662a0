"""HIPS autograd's ``autograd.extend``: operations of the user's own.

>>> from autograd_c import grad
>>> from autograd_c import numpy as np
>>> from autograd_c.extend import defvjp, primitive
>>> @primitive
... def cube(x):
...     return x**3
>>> defvjp(cube, lambda ans, x: lambda g: g * 3.0 * x**2)
>>> print(grad(cube)(np.array(2.0)).numpy())
12.0

`primitive`, `defvjp` and `defjvp` are in ``func``, too. A `Box` is a tensor, and a `VSpace` one of
structures of tensors. Nodes, by which HIPS autograd follows objects of other types, are not here.
"""

from __future__ import annotations

from autograd_c.core._core import Tensor as Box
from autograd_c.rules.primitive import (
    def_linear,
    defjvp,
    defjvp_argnum,
    defjvp_argnums,
    defvjp,
    defvjp_argnum,
    defvjp_argnums,
    notrace_primitive,
    primitive,
)
from autograd_c.rules.vector_spaces import VSpace, vspace

__all__ = [
    "Box",
    "VSpace",
    "def_linear",
    "defjvp",
    "defjvp_argnum",
    "defjvp_argnums",
    "defvjp",
    "defvjp_argnum",
    "defvjp_argnums",
    "notrace_primitive",
    "primitive",
    "vspace",
]
