"""``scipy.ndimage`` of tensors: `map_coordinates`.

>>> from autograd_c.scipy import ndimage
>>> print(ndimage.map_coordinates([1.0, 2.0], [[0.25]], order=1).numpy())
[1.25]
"""

from __future__ import annotations

from autograd_c.scipy._images import map_coordinates

__all__ = ["map_coordinates"]
