"""``scipy.interpolate`` of tensors: functions through points.

>>> from autograd_c.scipy import interpolate
>>> print(interpolate.CubicSpline([0.0, 1.0, 2.0], [0.0, 1.0, 4.0])(1.5).numpy())
2.25
"""

from __future__ import annotations

from autograd_c.scipy._interpolants import (
    Akima1DInterpolator,
    PchipInterpolator,
    RegularGridInterpolator,
    interp1d,
)
from autograd_c.scipy._piecewise import PPoly
from autograd_c.scipy._splines import CubicHermiteSpline, CubicSpline

__all__ = [
    "Akima1DInterpolator",
    "CubicHermiteSpline",
    "CubicSpline",
    "PPoly",
    "PchipInterpolator",
    "RegularGridInterpolator",
    "interp1d",
]
