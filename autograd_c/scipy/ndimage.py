"""``scipy.ndimage`` of tensors: `map_coordinates`, and the filters that make its splines.

>>> from autograd_c.scipy import ndimage
>>> print(ndimage.map_coordinates([1.0, 2.0], [[0.25]], order=1).numpy())
[1.25]
"""

from __future__ import annotations

from autograd_c.scipy._images import map_coordinates
from autograd_c.scipy._spline_filters import spline_filter, spline_filter1d

__all__ = ["map_coordinates", "spline_filter", "spline_filter1d"]
