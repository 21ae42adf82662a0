"""``tf.experimental``: of it there is ``tf.experimental.numpy``, which is `autograd_c.numpy`.

>>> import autograd_c as tf
>>> tf.experimental.numpy.sin is tf.numpy.sin
True
"""

from __future__ import annotations

from autograd_c import numpy

__all__ = ["numpy"]
