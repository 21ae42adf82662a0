"""``tf.linalg``: products of matrices and tensors, under TensorFlow's names."""

from __future__ import annotations

from autograd_c._contractions import einsum, tensordot
from autograd_c._core import matmul

__all__ = ["einsum", "matmul", "tensordot"]
