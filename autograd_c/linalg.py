"""``tf.linalg``: products, norms and factors of matrices and tensors, under TensorFlow's names."""

from __future__ import annotations

from autograd_c.core._core import matmul
from autograd_c.functions.arrays import eye
from autograd_c.functions.bands import (
    banded_triangular_solve,
    eigh_tridiagonal,
    tridiagonal_matmul,
    tridiagonal_solve,
)
from autograd_c.functions.clipping import global_norm, norm, normalize
from autograd_c.functions.contractions import einsum, tensordot
from autograd_c.functions.decompositions import matrix_rank, pinv, qr
from autograd_c.functions.diagonals import (
    adjoint,
    band_part,
    diag,
    diag_part,
    matrix_transpose,
    set_diag,
    tensor_diag,
    tensor_diag_part,
    trace,
)
from autograd_c.functions.equations import (
    cholesky_solve,
    det,
    inv,
    logdet,
    lstsq,
    lu,
    lu_matrix_inverse,
    lu_reconstruct,
    lu_solve,
    slogdet,
    solve,
)
from autograd_c.functions.factorizations import cholesky, triangular_solve
from autograd_c.functions.linear_operators.blocks import (
    LinearOperatorBlockDiag,
    LinearOperatorBlockLowerTriangular,
)
from autograd_c.functions.linear_operators.circulant import (
    LinearOperatorCirculant,
    LinearOperatorCirculant2D,
    LinearOperatorCirculant3D,
)
from autograd_c.functions.linear_operators.dense import (
    LinearOperatorFullMatrix,
    LinearOperatorLowerTriangular,
)
from autograd_c.functions.linear_operators.moving import (
    LinearOperatorPermutation,
    LinearOperatorToeplitz,
    LinearOperatorTridiag,
)
from autograd_c.functions.linear_operators.operator import LinearOperator
from autograd_c.functions.linear_operators.products import (
    LinearOperatorComposition,
    LinearOperatorKronecker,
)
from autograd_c.functions.linear_operators.scaled import (
    LinearOperatorDiag,
    LinearOperatorIdentity,
    LinearOperatorScaledIdentity,
    LinearOperatorZeros,
)
from autograd_c.functions.linear_operators.updated import (
    LinearOperatorHouseholder,
    LinearOperatorLowRankUpdate,
)
from autograd_c.functions.linear_operators.wrapped import (
    LinearOperatorAdjoint,
    LinearOperatorInversion,
)
from autograd_c.functions.matrix_functions import expm, logm, sqrtm
from autograd_c.functions.singular_values import svd
from autograd_c.functions.spectra import eig, eigh, eigvals, eigvalsh
from autograd_c.functions.statistics import l2_normalize
from autograd_c.functions.vectors import cross, matvec

__all__ = [
    "LinearOperator",
    "LinearOperatorAdjoint",
    "LinearOperatorBlockDiag",
    "LinearOperatorBlockLowerTriangular",
    "LinearOperatorCirculant",
    "LinearOperatorCirculant2D",
    "LinearOperatorCirculant3D",
    "LinearOperatorComposition",
    "LinearOperatorDiag",
    "LinearOperatorFullMatrix",
    "LinearOperatorHouseholder",
    "LinearOperatorIdentity",
    "LinearOperatorInversion",
    "LinearOperatorKronecker",
    "LinearOperatorLowRankUpdate",
    "LinearOperatorLowerTriangular",
    "LinearOperatorPermutation",
    "LinearOperatorScaledIdentity",
    "LinearOperatorToeplitz",
    "LinearOperatorTridiag",
    "LinearOperatorZeros",
    "adjoint",
    "band_part",
    "banded_triangular_solve",
    "cholesky",
    "cholesky_solve",
    "cross",
    "det",
    "diag",
    "diag_part",
    "eig",
    "eigh",
    "eigh_tridiagonal",
    "eigvals",
    "eigvalsh",
    "einsum",
    "expm",
    "eye",
    "global_norm",
    "inv",
    "l2_normalize",
    "logdet",
    "logm",
    "lstsq",
    "lu",
    "lu_matrix_inverse",
    "lu_reconstruct",
    "lu_solve",
    "matmul",
    "matrix_rank",
    "matrix_transpose",
    "matvec",
    "norm",
    "normalize",
    "pinv",
    "qr",
    "set_diag",
    "slogdet",
    "solve",
    "sqrtm",
    "svd",
    "tensor_diag",
    "tensor_diag_part",
    "tensordot",
    "trace",
    "triangular_solve",
    "tridiagonal_matmul",
    "tridiagonal_solve",
]
