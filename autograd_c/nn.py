"""``tf.nn``: activations, under TensorFlow's names."""

from __future__ import annotations

from autograd_c.functions import elementwise as _elementwise
from autograd_c.functions.average_loss import (  # noqa: F401 (listed below)
    compute_average_loss,
    scale_regularization_loss,
)
from autograd_c.functions.blocks import (  # noqa: F401 (listed below)
    depth_to_space,
    space_to_batch,
    space_to_depth,
)
from autograd_c.functions.convolution import (  # noqa: F401
    atrous_conv2d,
    atrous_conv2d_transpose,
    conv1d,
    conv1d_transpose,
    conv2d,
    conv2d_transpose,
    conv3d,
    conv3d_transpose,
    conv_transpose,
    convolution,
)
from autograd_c.functions.counting import zero_fraction  # noqa: F401 (listed below)
from autograd_c.functions.depthwise import (  # noqa: F401
    depthwise_conv2d,
    depthwise_conv2d_backprop_filter,
    depthwise_conv2d_backprop_input,
    dilation2d,
    erosion2d,
    separable_conv2d,
)
from autograd_c.functions.indexed_slices import embedding_lookup  # noqa: F401 (as all that follow)
from autograd_c.functions.normalization import (  # noqa: F401
    batch_norm_with_global_normalization,
    batch_normalization,
    bias_add,
    dropout,
    local_response_normalization,
    lrn,
)
from autograd_c.functions.pooling import (  # noqa: F401
    avg_pool,
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    max_pool,
    max_pool1d,
    max_pool2d,
    max_pool3d,
    max_pool_with_argmax,
    pool,
)
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
