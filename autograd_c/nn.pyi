# Made by tools/make_stubs.py from the operation table and nn.py: see `make stubs`.

from autograd_c.core._core import Tensor
from autograd_c.functions.blocks import depth_to_space, space_to_batch, space_to_depth
from autograd_c.functions.counting import zero_fraction
from autograd_c.functions.indexed_slices import embedding_lookup
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
    "depth_to_space",
    "embedding_lookup",
    "in_top_k",
    "l2_normalize",
    "moments",
    "normalize_moments",
    "relu",
    "sigmoid",
    "softplus",
    "space_to_batch",
    "space_to_depth",
    "sufficient_statistics",
    "tanh",
    "top_k",
    "weighted_moments",
    "zero_fraction",
]

def tanh(x: TensorLike, name: str | None = None) -> Tensor:
    """Hyperbolic tangent."""

def sigmoid(x: TensorLike, name: str | None = None) -> Tensor:
    """Logistic function 1 / (1 + exp(-x))."""

def softplus(features: TensorLike, name: str | None = None) -> Tensor:
    """log(1 + exp(x)), without overflow."""

def relu(features: TensorLike, name: str | None = None) -> Tensor:
    """max(x, 0)."""
