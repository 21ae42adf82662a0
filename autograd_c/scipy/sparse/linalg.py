"""``scipy.sparse.linalg`` of tensors.

>>> from scipy.sparse import csr_array
>>> import autograd_c as tf
>>> from autograd_c.scipy.sparse import linalg
>>> A = csr_array([[2.0, 1.0], [0.0, 4.0]])
>>> total = tf.func.grad(lambda b: tf.reduce_sum(linalg.spsolve(A, b)))
>>> print(total(tf.constant([4.0, 8.0])).numpy())
[0.5   0.125]
"""

from __future__ import annotations

from autograd_c.scipy._sparse_solving import (
    SuperLU,
    factorized,
    splu,
    spsolve,
    spsolve_triangular,
)

__all__ = ["SuperLU", "factorized", "splu", "spsolve", "spsolve_triangular"]
