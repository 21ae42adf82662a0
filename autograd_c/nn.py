"""``tf.nn``: activations, under TensorFlow's names."""

from __future__ import annotations

from autograd_c import elementwise as _elementwise

_elementwise.install({"nn": globals()})
__all__ = [n for n in globals() if not n.startswith("_") and n != "annotations"]
