"""``tf.linalg``: products, norms and factors of matrices and tensors, under TensorFlow's names."""

from __future__ import annotations

from autograd_c.core._core import matmul
from autograd_c.functions.clipping import global_norm, norm
from autograd_c.functions.contractions import einsum, tensordot
from autograd_c.functions.factorizations import cholesky, triangular_solve

__all__ = [
    "cholesky",
    "einsum",
    "global_norm",
    "matmul",
    "norm",
    "tensordot",
    "triangular_solve",
]
