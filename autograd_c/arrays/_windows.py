"""NumPy's window functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_c import math as _math
from autograd_c.arrays._arguments import inexact
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.special_of_one import bessel_i0e

__all__ = ["bartlett", "blackman", "hamming", "hanning", "kaiser"]


def bartlett(M: int) -> Tensor:
    """A triangle of M points, 0 at both ends, as ``numpy.bartlett``.

    >>> from autograd_c import numpy as np
    >>> print(np.bartlett(5).numpy())
    [0.  0.5 1.  0.5 0. ]
    """
    return _core.convert_to_tensor(np.bartlett(M))


def blackman(M: int) -> Tensor:
    """A sum of three cosines at M points, as ``numpy.blackman``.

    >>> from autograd_c import numpy as np
    >>> print(np.blackman(3).numpy().round(3))
    [-0.  1. -0.]
    """
    return _core.convert_to_tensor(np.blackman(M))


def hamming(M: int) -> Tensor:
    """A raised cosine at M points, as ``numpy.hamming``.

    >>> from autograd_c import numpy as np
    >>> print(np.hamming(3).numpy())
    [0.08 1.   0.08]
    """
    return _core.convert_to_tensor(np.hamming(M))


def hanning(M: int) -> Tensor:
    """A raised cosine at M points, 0 at both ends, as ``numpy.hanning``.

    >>> from autograd_c import numpy as np
    >>> print(np.hanning(3).numpy())
    [0. 1. 0.]
    """
    return _core.convert_to_tensor(np.hanning(M))


def kaiser(M: int, beta: Any) -> Tensor:
    """The Kaiser window at M points, as ``numpy.kaiser``.

    Args:
        M: an integer.
        beta: its shape: a number or a tensor, by which it has derivatives.

    >>> from autograd_c import numpy as np
    >>> print(np.kaiser(3, 2.0).numpy().round(3))
    [0.439 1.    0.439]
    """
    b = _core.cast(inexact(beta), "float64")
    if not _core.is_recorded(b):
        return _core.convert_to_tensor(np.kaiser(M, float(_core.array_of(b))))
    if M < 1:
        return _core.full((0,), 0, "float64")
    if M == 1:
        return _core.full((1,), 1, "float64")
    half = (M - 1) / 2
    places = (np.arange(M) - half) / half
    heights = _core.convert_to_tensor(np.sqrt(np.maximum(1 - places * places, 0)))
    inner = b * heights
    # By the functions that do not overflow.
    ratio = bessel_i0e(inner) / bessel_i0e(b)
    return ratio * _math.exp(abs(inner) - abs(b))
