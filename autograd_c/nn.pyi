# Made by tools/make_stubs.py from the operation table and nn.py: see `make stubs`.

from autograd_c.core._core import Tensor
from autograd_c.functions.indexed_slices import embedding_lookup
from autograd_c.typing import TensorLike

__all__ = [
    "embedding_lookup",
    "relu",
    "sigmoid",
    "softplus",
    "tanh",
]

def tanh(x: TensorLike, name: str | None = None) -> Tensor:
    """Hyperbolic tangent."""

def sigmoid(x: TensorLike, name: str | None = None) -> Tensor:
    """Logistic function 1 / (1 + exp(-x))."""

def softplus(features: TensorLike, name: str | None = None) -> Tensor:
    """log(1 + exp(x)), without overflow."""

def relu(features: TensorLike, name: str | None = None) -> Tensor:
    """max(x, 0)."""
