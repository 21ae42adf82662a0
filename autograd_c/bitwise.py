"""``tf.bitwise``: operations on the bits of integers, under TensorFlow's names."""

from __future__ import annotations

from autograd_c.functions import elementwise as _elementwise

_elementwise.install({"bitwise": globals()})
__all__ = [n for n in globals() if not n.startswith("_") and n != "annotations"]
