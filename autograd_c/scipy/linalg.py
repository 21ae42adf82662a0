"""``scipy.linalg`` of tensors.

>>> from autograd_c.scipy import linalg
>>> print(linalg.cholesky([[4.0, 2.0], [2.0, 5.0]], lower=True).numpy())
[[2. 0.]
 [1. 2.]]

Errors are NumPy's `LinAlgError` and SciPy's ValueError. Arguments such as `overwrite_a` are taken,
and ignored.
"""

from __future__ import annotations

from numpy.linalg import LinAlgError

from autograd_c.scipy._decomposing import (
    det,
    eigh,
    eigvalsh,
    inv,
    lstsq,
    norm,
    pinv,
    qr,
    svd,
    svdvals,
)
from autograd_c.scipy._matrices import (
    block_diag,
    circulant,
    expm,
    hankel,
    logm,
    solve_continuous_lyapunov,
    solve_sylvester,
    sqrtm,
    toeplitz,
)
from autograd_c.scipy._solving import (
    cho_factor,
    cho_solve,
    cholesky,
    lu_factor,
    lu_solve,
    solve,
    solve_banded,
    solve_triangular,
)
from autograd_c.scipy._special_matrices import (
    companion,
    convolution_matrix,
    coshm,
    cosm,
    dft,
    eigh_tridiagonal,
    eigvalsh_tridiagonal,
    expm_frechet,
    fiedler,
    hadamard,
    helmert,
    hilbert,
    invhilbert,
    invpascal,
    leslie,
    lu,
    pascal,
    sinhm,
    sinm,
    solve_toeplitz,
)

__all__ = [
    "LinAlgError",
    "block_diag",
    "cho_factor",
    "cho_solve",
    "cholesky",
    "circulant",
    "companion",
    "convolution_matrix",
    "coshm",
    "cosm",
    "det",
    "dft",
    "eigh",
    "eigh_tridiagonal",
    "eigvalsh",
    "eigvalsh_tridiagonal",
    "expm",
    "expm_frechet",
    "fiedler",
    "hadamard",
    "hankel",
    "helmert",
    "hilbert",
    "inv",
    "invhilbert",
    "invpascal",
    "leslie",
    "logm",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_solve",
    "norm",
    "pascal",
    "pinv",
    "qr",
    "sinhm",
    "sinm",
    "solve",
    "solve_banded",
    "solve_continuous_lyapunov",
    "solve_sylvester",
    "solve_toeplitz",
    "solve_triangular",
    "sqrtm",
    "svd",
    "svdvals",
    "toeplitz",
]
