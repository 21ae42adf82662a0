# Made by tools/make_stubs.py from the operation table and nn.py: see `make stubs`.

from autograd_c.core._core import Tensor
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
from autograd_c.typing import TensorLike

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
    "elu",
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
    "relu",
    "relu6",
    "scale_regularization_loss",
    "selu",
    "separable_conv2d",
    "sigmoid",
    "sigmoid_cross_entropy_with_logits",
    "silu",
    "softmax",
    "softmax_cross_entropy_with_logits",
    "softplus",
    "softsign",
    "space_to_batch",
    "space_to_depth",
    "sparse_softmax_cross_entropy_with_logits",
    "sufficient_statistics",
    "swish",
    "tanh",
    "top_k",
    "weighted_cross_entropy_with_logits",
    "weighted_moments",
    "with_space_to_batch",
    "zero_fraction",
]

def tanh(x: TensorLike, name: str | None = None) -> Tensor:
    """Hyperbolic tangent."""

def sigmoid(x: TensorLike, name: str | None = None) -> Tensor:
    """Logistic function 1 / (1 + exp(-x))."""

def softplus(features: TensorLike, name: str | None = None) -> Tensor:
    """log(1 + exp(x)), without overflow."""

def softsign(features: TensorLike, name: str | None = None) -> Tensor:
    """x / (1 + |x|)."""

def relu(features: TensorLike, name: str | None = None) -> Tensor:
    """max(x, 0)."""

def relu6(features: TensorLike, name: str | None = None) -> Tensor:
    """min(max(x, 0), 6)."""

def elu(features: TensorLike, name: str | None = None) -> Tensor:
    """x where it is positive, and exp(x) - 1 elsewhere."""

def selu(features: TensorLike, name: str | None = None) -> Tensor:
    """Scaled exponential linear unit: 1.0507 x where x is positive, and 1.7581 (exp(x) - 1)
    elsewhere."""
