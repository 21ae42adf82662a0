"""``tf.linalg``: products and norms of matrices and tensors, under TensorFlow's names."""

from __future__ import annotations

from autograd_c._contractions import einsum, tensordot
from autograd_c._core import matmul
from autograd_c.clipping import global_norm, norm

__all__ = ["einsum", "global_norm", "matmul", "norm", "tensordot"]
