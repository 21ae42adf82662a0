"""``scipy.interpolate`` of tensors: `CubicSpline`, and piecewise polynomials.

>>> from autograd_c.scipy import interpolate
>>> print(interpolate.CubicSpline([0.0, 1.0, 2.0], [0.0, 1.0, 4.0])(1.5).numpy())
2.25
"""

from __future__ import annotations

from autograd_c.scipy._piecewise import PPoly
from autograd_c.scipy._splines import CubicSpline

__all__ = ["CubicSpline", "PPoly"]
