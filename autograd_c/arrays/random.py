"""``numpy.random`` as it is: random numbers are constants, arrays of NumPy's.

>>> from autograd_c import numpy as np
>>> np.random.default_rng(0).normal(size=3).shape
(3,)
"""

from __future__ import annotations

from numpy import random as _random
from numpy.random import *  # noqa: F403

__all__ = list(_random.__all__)  # pyright: ignore[reportUnsupportedDunderAll]
