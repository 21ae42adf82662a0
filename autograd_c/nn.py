"""``tf.nn``: activations and losses, under TensorFlow's names."""

from __future__ import annotations

from autograd_c.functions import elementwise as _elementwise
from autograd_c.functions.activations import (
    crelu,
    gelu,
    leaky_relu,
    log_softmax,
    silu,
    softmax,
    swish,
)
from autograd_c.functions.average_loss import compute_average_loss, scale_regularization_loss
from autograd_c.functions.blocks import depth_to_space, space_to_batch, space_to_depth
from autograd_c.functions.convolution import (
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
from autograd_c.functions.counting import zero_fraction
from autograd_c.functions.cross_entropies import (
    l2_loss,
    log_poisson_loss,
    sigmoid_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits,
    sparse_softmax_cross_entropy_with_logits,
    weighted_cross_entropy_with_logits,
)
from autograd_c.functions.depthwise import (
    depthwise_conv2d,
    depthwise_conv2d_backprop_filter,
    depthwise_conv2d_backprop_input,
    dilation2d,
    erosion2d,
    separable_conv2d,
)
from autograd_c.functions.dilated import with_space_to_batch
from autograd_c.functions.embeddings import embedding_lookup
from autograd_c.functions.fractional_pools import fractional_avg_pool, fractional_max_pool
from autograd_c.functions.isotonic import isotonic_regression
from autograd_c.functions.normalization import (
    batch_norm_with_global_normalization,
    batch_normalization,
    bias_add,
    dropout,
    local_response_normalization,
    lrn,
)
from autograd_c.functions.pooling import (
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
from autograd_c.functions.sorting import approx_max_k, approx_min_k, in_top_k, top_k
from autograd_c.functions.statistics import (
    l2_normalize,
    moments,
    normalize_moments,
    sufficient_statistics,
    weighted_moments,
)

__all__ = [
    "approx_max_k",
    "approx_min_k",
    "atrous_conv2d",
    "atrous_conv2d_transpose",
    "avg_pool",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "batch_norm_with_global_normalization",
    "batch_normalization",
    "bias_add",
    "compute_average_loss",
    "conv1d",
    "conv1d_transpose",
    "conv2d",
    "conv2d_transpose",
    "conv3d",
    "conv3d_transpose",
    "conv_transpose",
    "convolution",
    "crelu",
    "depth_to_space",
    "depthwise_conv2d",
    "depthwise_conv2d_backprop_filter",
    "depthwise_conv2d_backprop_input",
    "dilation2d",
    "dropout",
    "embedding_lookup",
    "erosion2d",
    "fractional_avg_pool",
    "fractional_max_pool",
    "gelu",
    "in_top_k",
    "isotonic_regression",
    "l2_loss",
    "l2_normalize",
    "leaky_relu",
    "local_response_normalization",
    "log_poisson_loss",
    "log_softmax",
    "lrn",
    "max_pool",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_pool_with_argmax",
    "moments",
    "normalize_moments",
    "pool",
    "scale_regularization_loss",
    "separable_conv2d",
    "sigmoid_cross_entropy_with_logits",
    "silu",
    "softmax",
    "softmax_cross_entropy_with_logits",
    "space_to_batch",
    "space_to_depth",
    "sparse_softmax_cross_entropy_with_logits",
    "sufficient_statistics",
    "swish",
    "top_k",
    "weighted_cross_entropy_with_logits",
    "weighted_moments",
    "with_space_to_batch",
    "zero_fraction",
]

_elementwise.install({"nn": globals()})
__all__ += [n for n in globals() if not n.startswith("_") and n not in (*__all__, "annotations")]
