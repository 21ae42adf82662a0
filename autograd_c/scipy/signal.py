"""``scipy.signal`` of tensors: convolutions, filters and trends.

>>> from autograd_c.scipy import signal
>>> print(signal.convolve([1.0, 2.0], [1.0, 1.0]).numpy())
[1. 3. 2.]
"""

from __future__ import annotations

from autograd_c.scipy._convolving import convolve, correlate, fftconvolve
from autograd_c.scipy._filters import convolve2d, correlate2d, detrend, hilbert, lfilter

__all__ = [
    "convolve",
    "convolve2d",
    "correlate",
    "correlate2d",
    "detrend",
    "fftconvolve",
    "hilbert",
    "lfilter",
]
