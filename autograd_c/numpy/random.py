"""``numpy.random`` as it is: random numbers are constants, arrays of NumPy's.

>>> from autograd_c import numpy as np
>>> np.random.default_rng(0).normal(size=3).shape
(3,)
"""

# ruff: noqa: F403 (the room says what of it is public)
from autograd_c.arrays import random as _random
from autograd_c.arrays.random import *

__all__ = list(_random.__all__)
