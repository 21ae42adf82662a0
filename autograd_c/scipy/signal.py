"""``scipy.signal`` of tensors: convolutions.

>>> from autograd_c.scipy import signal
>>> print(signal.convolve([1.0, 2.0], [1.0, 1.0]).numpy())
[1. 3. 2.]
"""

from __future__ import annotations

from autograd_c.scipy._convolving import convolve, correlate, fftconvolve

__all__ = ["convolve", "correlate", "fftconvolve"]
