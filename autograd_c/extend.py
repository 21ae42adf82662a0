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

`primitive`, `defvjp` and `defjvp` are in ``func``, too. Vector spaces and boxes, by which HIPS
autograd follows objects of other types, are not here.
"""

from __future__ import annotations

from autograd_c.rules.primitive import (
    def_linear,
    defjvp,
    defjvp_argnum,
    defvjp,
    defvjp_argnum,
    notrace_primitive,
    primitive,
)

__all__ = [
    "def_linear",
    "defjvp",
    "defjvp_argnum",
    "defvjp",
    "defvjp_argnum",
    "notrace_primitive",
    "primitive",
]
