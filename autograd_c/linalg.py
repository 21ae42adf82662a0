"""``tf.linalg``: products and norms of matrices and tensors, under TensorFlow's names."""

from __future__ import annotations

from autograd_c.core._core import matmul
from autograd_c.functions.clipping import global_norm, norm
from autograd_c.functions.contractions import einsum, tensordot

__all__ = ["einsum", "global_norm", "matmul", "norm", "tensordot"]
