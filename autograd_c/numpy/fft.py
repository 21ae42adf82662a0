"""``numpy.fft`` of tensors, recorded, and that of the Array API standard.

>>> from autograd_c import numpy as np
>>> print(np.fft.fft([1.0, 0.0, -1.0, 0.0]).numpy())
[0.+0.j 2.+0.j 0.+0.j 2.+0.j]
"""

# ruff: noqa: F403 (the room says what of it is public)
from autograd_c.arrays import fft as _fft
from autograd_c.arrays.fft import *

__all__ = list(_fft.__all__)
