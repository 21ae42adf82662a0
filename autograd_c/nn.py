"""``tf.nn``: activations, under TensorFlow's names."""

from __future__ import annotations

from autograd_c.functions import elementwise as _elementwise
from autograd_c.functions.indexed_slices import embedding_lookup  # noqa: F401 (listed below)

_elementwise.install({"nn": globals()})
__all__ = [n for n in globals() if not n.startswith("_") and n != "annotations"]
