# Made by tools/make_stubs.py from the operation table and bitwise.py: see `make stubs`.

from autograd_c.core._core import Tensor
from autograd_c.typing import TensorLike

__all__ = [
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "invert",
    "left_shift",
    "right_shift",
]

def bitwise_and(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Bits set in both x and y."""

def bitwise_or(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Bits set in x or y."""

def bitwise_xor(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Bits set in exactly one of x and y."""

def invert(x: TensorLike, name: str | None = None) -> Tensor:
    """Bits of x flipped."""

def left_shift(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Bits of x moved left by y places."""

def right_shift(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Bits of x moved right by y places, with its sign."""
