"""Factors, singular values and eigenvalues of matrices, as ``numpy.linalg`` has them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd_c.arrays._arguments import tensor
from autograd_c.arrays._checked import adjoint, as_numpys, matrices, square
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions import decompositions, factorizations, singular_values, spectra

# Whether the NumPy that is installed returns eigenvalues that are all real as real ones.
REAL_WHERE_NUMPYS_ARE = np.linalg.eigvals(np.eye(1)).dtype.kind == "f"


class EigResult(NamedTuple):
    """What `eig` returns."""

    eigenvalues: Tensor
    eigenvectors: Tensor


class EighResult(NamedTuple):
    """What `eigh` returns."""

    eigenvalues: Tensor
    eigenvectors: Tensor


class QRResult(NamedTuple):
    """What `qr` returns."""

    Q: Tensor
    R: Tensor


class SVDResult(NamedTuple):
    """What `svd` returns."""

    U: Tensor
    S: Tensor
    Vh: Tensor


# ---------------------------------------------------------------- factors


@as_numpys
def cholesky(a: Any, /, *, upper: bool = False) -> Tensor:
    """The Cholesky factors of positive definite matrices, as ``numpy.linalg.cholesky``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [..., n, n], of symmetric (Hermitian)
            matrices, of which the lower (or upper) triangles are read.
        upper: whether the factor is the upper triangle U of a = U^H U, else L of a = L L^H.

    Raises:
        LinAlgError: (a `tf.errors.InvalidArgumentError`) for matrices that are not square, or not
            positive definite.

    >>> from autograd_c import numpy as np
    >>> print(np.linalg.cholesky([[4.0, 2.0], [2.0, 5.0]]).numpy())
    [[2. 0.]
     [1. 2.]]
    """
    x = square(a)
    if upper:
        return adjoint(factorizations.cholesky(adjoint(x)))
    return factorizations.cholesky(x)


def qr(a: Any, mode: str = "reduced") -> Any:
    """Orthogonal (unitary) and triangular factors of matrices, as ``numpy.linalg.qr``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [..., m, n].
        mode: "reduced": Q has k = min(m, n) columns. "complete": Q is square. "r": R alone. "raw":
            what LAPACK gives, without derivatives.

    Returns:
        A named tuple of `Q` and `R`; R for the mode "r"; `h` and `tau` for "raw".

    Raises:
        LinAlgError: for a rank below 2.
        ValueError: for another mode.
        NotImplementedError: for derivatives, if the mode is "complete" and m > n.

    >>> from autograd_c import numpy as np
    >>> q, r = np.linalg.qr([[3.0, 1.0], [4.0, 2.0]])
    >>> print(np.matmul(q, r).numpy().round(5))
    [[3. 1.]
     [4. 2.]]
    """
    if mode not in ("reduced", "complete", "r", "raw"):
        raise ValueError(f"Unrecognized mode '{mode}'")
    x = matrices(a)
    if mode == "raw":
        if _core.would_lose_derivative(x):
            raise _core.no_derivative("numpy.linalg.qr with mode='raw'", "qr")
        h, tau = np.linalg.qr(_core.array_of(x), "raw")
        return _core.convert_to_tensor(h), _core.convert_to_tensor(tau)
    q, r = decompositions.qr(x, mode == "complete")
    return r if mode == "r" else QRResult(q, r)


def svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    """Singular values and vectors of matrices, a = U diag(S) Vh, as ``numpy.linalg.svd``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [..., m, n].
        full_matrices: whether U and Vh are square; else they have k = min(m, n) columns and rows.
        compute_uv: whether they are returned.
        hermitian: ignored: the singular values of Hermitian matrices are no others.

    Returns:
        A named tuple of `U`, `S` and `Vh`, or S alone. S is real, the largest first.

    Raises:
        LinAlgError: for a rank below 2.
        NotImplementedError: for derivatives of U and Vh of matrices that are not square, if
            `full_matrices`.

    >>> from autograd_c import numpy as np
    >>> print(np.linalg.svd([[0.0, 2.0], [1.0, 0.0]], compute_uv=False).numpy())
    [2. 1.]
    """
    x = matrices(a)
    if not compute_uv:
        return singular_values.singular_values(x)
    s, u, v = singular_values.svd(x, full_matrices)
    return SVDResult(u, s, adjoint(v))


def svdvals(x: Any, /) -> Tensor:
    """Singular values of matrices, as ``numpy.linalg.svdvals``.

    Args:
        x: a tensor, or what `asarray` takes, of shape [..., m, n].

    Returns:
        A real tensor of shape [..., min(m, n)], the largest first.

    Raises:
        LinAlgError: for a rank below 2.

    >>> from autograd_c import numpy as np
    >>> print(np.linalg.svdvals([[0.0, 2.0], [1.0, 0.0]]).numpy())
    [2. 1.]
    """
    return singular_values.singular_values(matrices(x))


def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Tensor:
    """The ranks of matrices, as ``numpy.linalg.matrix_rank``.

    Args:
        A: a tensor, or what `asarray` takes, of shape [..., m, n]; or a vector.
        tol: singular values up to this count as 0: a number, or of shape [...].
        hermitian: whether the matrices are Hermitian.
        rtol: `tol` as a multiple of the largest; None: max(m, n) times the precision.

    Returns:
        A tensor of int64 of shape [...], without a derivative.

    Raises:
        ValueError: if both `tol` and `rtol` are given.

    >>> from autograd_c import numpy as np
    >>> print(np.linalg.matrix_rank([[1.0, 2.0], [2.0, 4.0]]).numpy())
    1
    """
    array = _core.array_of(tensor(A))
    if tol is not None and rtol is not None:
        raise ValueError("`tol` and `rtol` can't be both set.")
    if rtol is not None and array.ndim >= 2:
        s = np.linalg.svd(array, compute_uv=False)
        largest = s.max(axis=-1, initial=0.0)
        tol = largest * np.asarray(_core.array_of(tensor(rtol)))
    elif tol is not None:
        tol = np.asarray(_core.array_of(tensor(tol)))
    return _core.convert_to_tensor(np.asarray(np.linalg.matrix_rank(array, tol, hermitian)))


# ---------------------------------------------------------------- eigenvalues


def _triangle_read(UPLO: str) -> bool:
    if UPLO not in ("L", "U", "l", "u"):
        raise ValueError("UPLO argument must be 'L' or 'U'")
    return UPLO in ("U", "u")


@as_numpys
def eig(a: Any) -> EigResult:
    """Eigenvalues and eigenvectors of matrices, as ``numpy.linalg.eig``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [..., n, n].

    Returns:
        A named tuple of `eigenvalues`, of shape [..., n], and `eigenvectors`, the columns of
        matrices. They are complex, but with NumPy before 2.5 if `a` is real and so are all of
        its eigenvalues: then these are real, as that NumPy's are.

    Raises:
        LinAlgError: for matrices that are not square, or have infinities or NaN.

    >>> from autograd_c import numpy as np
    >>> print(np.linalg.eig([[0.0, 1.0], [-1.0, 0.0]]).eigenvalues.numpy())
    [0.+1.j 0.-1.j]
    """
    x = square(a)
    w, v = spectra.eig(x)
    if REAL_WHERE_NUMPYS_ARE and are_real(x, w):
        return EigResult(_core.real(w), _core.real(v))
    return EigResult(w, v)


@as_numpys
def eigvals(a: Any) -> Tensor:
    """Eigenvalues of matrices, as ``numpy.linalg.eigvals``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [..., n, n].

    Returns:
        A tensor of shape [..., n]: complex, but with NumPy before 2.5 if `a` is real and so are
        all of its eigenvalues: then they are real, as that NumPy's are.

    Raises:
        LinAlgError: for matrices that are not square, or have infinities or NaN.

    >>> from autograd_c import numpy as np
    >>> print(np.linalg.eigvals([[0.0, 1.0], [-1.0, 0.0]]).numpy())
    [0.+1.j 0.-1.j]
    """
    x = square(a)
    w = spectra.eigvals(x)
    return _core.real(w) if REAL_WHERE_NUMPYS_ARE and are_real(x, w) else w


def are_real(x: Tensor, eigenvalues: Tensor) -> bool:
    """Whether matrices are real, and so are all of their eigenvalues."""
    return not x.dtype.is_complex and not _core.array_of(eigenvalues).imag.any()


def _lower(a: Any, UPLO: str) -> Tensor:
    """Matrices of which the lower triangles are to be read."""
    x = square(a)
    return adjoint(x) if _triangle_read(UPLO) else x


@as_numpys
def eigh(a: Any, UPLO: str = "L") -> EighResult:
    """Eigenvalues and eigenvectors of symmetric (Hermitian) matrices, as ``numpy.linalg.eigh``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [..., n, n].
        UPLO: "L" or "U", the triangle that is read, and that has a gradient.

    Returns:
        A named tuple of `eigenvalues`, real and of shape [..., n], the least first, and
        `eigenvectors`, the columns of matrices.

    Raises:
        LinAlgError: for matrices that are not square, or have infinities or NaN.
        ValueError: for another `UPLO`.

    >>> from autograd_c import numpy as np
    >>> print(np.linalg.eigh([[2.0, 0.0], [0.0, 1.0]]).eigenvalues.numpy())
    [1. 2.]
    """
    w, v = spectra.eigh(_lower(a, UPLO))
    return EighResult(_core.real(w) if w.dtype.is_complex else w, v)


@as_numpys
def eigvalsh(a: Any, UPLO: str = "L") -> Tensor:
    """Eigenvalues of symmetric (Hermitian) matrices, as ``numpy.linalg.eigvalsh``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [..., n, n].
        UPLO: "L" or "U", the triangle that is read, and that has a gradient.

    Returns:
        A real tensor of shape [..., n], the least first.

    Raises:
        LinAlgError: for matrices that are not square, or have infinities or NaN.
        ValueError: for another `UPLO`.

    >>> from autograd_c import numpy as np
    >>> print(np.linalg.eigvalsh([[2.0, 0.0], [0.0, 1.0]]).numpy())
    [1. 2.]
    """
    w = spectra.eigvalsh(_lower(a, UPLO))
    return _core.real(w) if w.dtype.is_complex else w
