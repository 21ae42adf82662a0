"""``tf.nn``: activations, under TensorFlow's names."""

from __future__ import annotations

from autograd_c.functions import elementwise as _elementwise
from autograd_c.functions.blocks import (  # noqa: F401 (listed below)
    depth_to_space,
    space_to_batch,
    space_to_depth,
)
from autograd_c.functions.counting import zero_fraction  # noqa: F401 (listed below)
from autograd_c.functions.indexed_slices import embedding_lookup  # noqa: F401 (as all that follow)
from autograd_c.functions.sorting import approx_max_k, approx_min_k, in_top_k, top_k  # noqa: F401
from autograd_c.functions.statistics import (  # noqa: F401
    l2_normalize,
    moments,
    normalize_moments,
    sufficient_statistics,
    weighted_moments,
)

_elementwise.install({"nn": globals()})
__all__ = [n for n in globals() if not n.startswith("_") and n != "annotations"]
