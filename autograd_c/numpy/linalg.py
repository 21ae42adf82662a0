"""``numpy.linalg`` of tensors, and that of the Array API standard.

>>> from autograd_c import numpy as np
>>> print(np.linalg.solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 4.0]).numpy())
[1. 1.]

Integers and bools are computed as float64. What NumPy refuses with `LinAlgError` is refused with an
error that is one, and a `tf.errors.InvalidArgumentError` too.
"""

# ruff: noqa: F403 (the room says what of it is public)
from autograd_c.arrays import linalg as _linalg
from autograd_c.arrays.linalg import *

__all__ = list(_linalg.__all__)
