"""``tf.linalg``: products, norms and factors of matrices and tensors, under TensorFlow's names."""

from __future__ import annotations

from autograd_c.core._core import matmul
from autograd_c.functions.clipping import global_norm, norm
from autograd_c.functions.contractions import einsum, tensordot
from autograd_c.functions.factorizations import cholesky, triangular_solve
from autograd_c.functions.statistics import l2_normalize

__all__ = [
    "cholesky",
    "einsum",
    "global_norm",
    "l2_normalize",
    "matmul",
    "norm",
    "tensordot",
    "triangular_solve",
]
