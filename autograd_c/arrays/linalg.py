"""``numpy.linalg`` of tensors, and that of the Array API standard.

>>> from autograd_c import numpy as np
>>> print(np.linalg.solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 4.0]).numpy())
[1. 1.]

Integers and bools are computed as float64. What NumPy refuses with `LinAlgError` is refused with an
error that is one, and a `tf.errors.InvalidArgumentError` too.
"""

from __future__ import annotations

from numpy.linalg import LinAlgError

from autograd_c.arrays._equations import (
    det,
    inv,
    lstsq,
    pinv,
    slogdet,
    solve,
    tensorinv,
    tensorsolve,
)
from autograd_c.arrays._factors import (
    cholesky,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    matrix_rank,
    qr,
    svd,
    svdvals,
)
from autograd_c.arrays._matrix_products import (
    cross,
    diagonal,
    matrix_power,
    multi_dot,
    outer,
    trace,
)
from autograd_c.arrays._norms import cond, matrix_norm, norm, vector_norm
from autograd_c.arrays._products import matmul, tensordot, vecdot
from autograd_c.arrays._shapes import matrix_transpose

__all__ = [
    "LinAlgError",
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "lstsq",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "trace",
    "vecdot",
    "vector_norm",
]
