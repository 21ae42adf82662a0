"""Matrices that vectors and numbers make, and functions of matrices made of others."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_c import arrays as ours
from autograd_c.arrays._arguments import inexact, promoted, tensor
from autograd_c.arrays._checked import as_numpys
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions import equations
from autograd_c.scipy._decomposing import eigh, eigvalsh
from autograd_c.scipy._matrices import checked, expm, square, toeplitz
from autograd_c.scipy._rows import library
from autograd_c.scipy._solving import solve
from autograd_c.values import dtypes

# ------------------------------------------------------------ of vectors


def _vector(x: Any, name: str) -> Tensor:
    v = tensor(x)
    if v.ndim != 1:
        raise ValueError(f"{name} of tensors takes vectors, not an array of shape {tuple(v.shape)}")
    return v


def companion(a: Any) -> Tensor:
    """The matrix whose eigenvalues are the roots of a polynomial, as ``scipy.linalg.companion``.

    Args:
        a: its coefficients, the highest first, at least two: a tensor, or what `asarray` takes.

    Raises:
        ValueError: for fewer, more axes, and a first one that is 0.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.companion([2.0, -6.0, 4.0]).numpy())
    [[ 3. -2.]
     [ 1.  0.]]
    """
    v = inexact(_vector(a, "companion"))
    if v.size < 2:
        raise ValueError("The length of `a` along the last axis must be at least 2.")
    if _core.array_of(v)[0] == 0:
        raise ValueError("The first coefficient in `a` must not be zero.")
    n = v.size - 1
    below = ours.eye(n - 1, n, dtype=v.dtype)
    return _core.concat([-(v[1:] / v[0])[None], below], 0)


def leslie(f: Any, s: Any) -> Tensor:
    """Leslie's matrix of a population by ages, as ``scipy.linalg.leslie``.

    Args:
        f: how many are born, by age: a vector.
        s: which part lives on, by age but the last: a vector that is shorter by one.

    Raises:
        ValueError: for other shapes.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.leslie([0.0, 2.0], [0.5]).numpy())
    [[0.  2. ]
     [0.5 0. ]]
    """
    births, rests = promoted(_vector(f, "leslie"), _vector(s, "leslie"))
    if births.size != rests.size + 1 or rests.size == 0:
        raise ValueError("The length of `f` must be one more than that of `s`, and at least 2.")
    below = ours.concatenate([ours.diag(rests), ours.zeros((rests.size, 1), rests.dtype)], 1)
    return _core.concat([births[None], below], 0)


def fiedler(a: Any) -> Tensor:
    """The distances of the elements of vectors, as ``scipy.linalg.fiedler``.

    Args:
        a: vectors along the last axis: a tensor, or what `asarray` takes.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.fiedler([1, 4, 9]).numpy())
    [[0 3 8]
     [3 0 5]
     [8 5 0]]
    """
    v = ours.atleast_1d(a)
    found: Tensor = abs(v[..., :, None] - v[..., None, :])
    return found


def convolution_matrix(a: Any, n: int, mode: str = "full") -> Tensor:
    """The matrix whose product with a vector of n is a convolution, as ``scipy.linalg``'s.

    Args:
        a: what is convolved with, a vector: a tensor, or what `asarray` takes.
        n: the number of columns.
        mode: "full", "same" or "valid", as of ``numpy.convolve(a, v, mode)``.

    Raises:
        ValueError: for other shapes and modes, and n that is not positive.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.convolution_matrix([1, 2], 2).numpy())
    [[1 0]
     [2 1]
     [0 2]]
    """
    v = _vector(a, "convolution_matrix")
    if n <= 0:
        raise ValueError("n must be a positive integer.")
    if v.size == 0:
        raise ValueError("len(a) must be at least 1.")
    if mode not in ("full", "valid", "same"):
        raise ValueError("'mode' argument must be one of ('full', 'valid', 'same')")
    zeros = ours.zeros(n - 1, v.dtype)
    matrix = toeplitz(_core.concat([v, zeros], 0), _core.concat([v[:1], zeros], 0))
    m, most, least = n + v.size - 1, max(n, v.size), min(n, v.size)
    rows = {
        "full": (0, m),
        "same": ((least - 1) // 2, most),
        "valid": (least - 1, most - least + 1),
    }
    start, count = rows[mode]
    return matrix[start : start + count]


def solve_toeplitz(c_or_cr: Any, b: Any, check_finite: bool = True) -> Tensor:
    """The solution of equations with constant diagonals, as ``scipy.linalg.solve_toeplitz``.

    Args:
        c_or_cr: the first column, or a pair of it and the first row, as of `toeplitz`.
        b: the right sides, of shape [n] or [n, k].
        check_finite: whether infinities and NaN are an error.

    Raises:
        LinAlgError: for matrices that are not invertible.
        ValueError: for shapes that do not fit.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.solve_toeplitz([2.0, 1.0], [4.0, 5.0]).numpy())
    [1. 2.]
    """
    pair = c_or_cr if isinstance(c_or_cr, tuple) else (c_or_cr, None)
    found: Tensor = solve(toeplitz(*pair), b, check_finite=check_finite)
    return found


# ------------------------------------------------------------ of numbers


def hilbert(n: int) -> Tensor:
    """The matrix of 1 / (i + j + 1), of shape [n, n], as ``scipy.linalg.hilbert``.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.hilbert(2).numpy().round(4))
    [[1.     0.5   ]
     [0.5    0.3333]]
    """
    return _core.convert_to_tensor(library("linalg").hilbert(n))


def invhilbert(n: int, exact: bool = False) -> Tensor:
    """The inverse of `hilbert`, as ``scipy.linalg.invhilbert``; of int64 if `exact`, up to n = 14.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.invhilbert(2).numpy())
    [[ 4. -6.]
     [-6. 12.]]
    """
    return _core.convert_to_tensor(library("linalg").invhilbert(n, exact))


def pascal(n: int, kind: str = "symmetric", exact: bool = True) -> Tensor:
    """The matrix of binomial coefficients of shape [n, n], as ``scipy.linalg.pascal``.

    Args:
        n: its size.
        kind: "symmetric", "lower" or "upper".
        exact: whether of integers, up to n = 34; else of float64.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.pascal(3, "lower", exact=False).numpy())
    [[1. 0. 0.]
     [1. 1. 0.]
     [1. 2. 1.]]
    """
    return _core.convert_to_tensor(_integers(library("linalg").pascal(n, kind, exact)))


def invpascal(n: int, kind: str = "symmetric", exact: bool = True) -> Tensor:
    """The inverse of `pascal`, with its arguments, as ``scipy.linalg.invpascal``.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.invpascal(2).numpy())
    [[ 2 -1]
     [-1  1]]
    """
    return _core.convert_to_tensor(_integers(library("linalg").invpascal(n, kind, exact)))


def _integers(x: Any) -> Any:
    """Of uint64, as SciPy has positive ones, int64 is meant."""
    return x.astype(np.int64) if x.dtype == np.uint64 else x


def hadamard(n: int, dtype: Any = int) -> Tensor:
    """The matrix of orthogonal rows of 1 and -1, n a power of 2, as ``scipy.linalg.hadamard``.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.hadamard(2).numpy())
    [[ 1  1]
     [ 1 -1]]
    """
    given = dtype.dtype if isinstance(dtype, dtypes.DType) else dtype
    return _core.convert_to_tensor(library("linalg").hadamard(n, given))


def helmert(n: int, full: bool = False) -> Tensor:
    """Helmert's matrix of orthonormal contrasts, as ``scipy.linalg.helmert``.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.helmert(2).numpy().round(4))
    [[ 0.7071 -0.7071]]
    """
    return _core.convert_to_tensor(library("linalg").helmert(n, full))


def dft(n: int, scale: str | None = None) -> Tensor:
    """The matrix of the Fourier transform, as ``scipy.linalg.dft``.

    Args:
        n: its size.
        scale: None, "sqrtn" for a unitary matrix, or "n".

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.dft(2).numpy().real)
    [[ 1.  1.]
     [ 1. -1.]]
    """
    return _core.convert_to_tensor(library("linalg").dft(n, scale))


# ------------------------------------------------------------ factors and functions


@as_numpys
def lu(
    a: Any,
    permute_l: bool = False,
    overwrite_a: bool = False,
    check_finite: bool = True,
    p_indices: bool = False,
) -> tuple[Any, ...]:
    """The factors p, l and u of a square matrix a = p l u, as ``scipy.linalg.lu``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [n, n].
        permute_l: whether p l and u are returned.
        overwrite_a: ignored.
        check_finite: whether infinities and NaN are an error.
        p_indices: whether p is a vector of rows, with a = l[p] u.

    Raises:
        LinAlgError: for matrices that are not invertible.
        ValueError: for matrices that are not square.

    >>> from autograd_c.scipy import linalg
    >>> p, l, u = linalg.lu([[1.0, 2.0], [4.0, 4.0]])
    >>> print((p @ l @ u).numpy())
    [[1. 2.]
     [4. 4.]]
    """
    x = square(a, check_finite)
    if x.ndim != 2:
        raise ValueError("lu of tensors takes one matrix")
    n = int(x.shape[0])
    found = equations.lu(x)
    back = np.argsort(_core.array_of(found.p))
    lower = ours.tril(found.lu, -1) + ours.eye(n, dtype=x.dtype)
    upper = ours.triu(found.lu)
    if permute_l:
        return ours.take(lower, back, axis=0), upper
    if p_indices:
        return back, lower, upper
    return (
        _core.convert_to_tensor(np.eye(n, dtype=_core.array_of(x).real.dtype)[back]),
        lower,
        upper,
    )


def _of_bands(d: Any, e: Any, check_finite: bool) -> Tensor:
    diagonal, beside = promoted(checked(d, check_finite), checked(e, check_finite))
    if diagonal.dtype.is_complex:
        raise TypeError("Only real arrays currently supported")
    if diagonal.ndim != 1 or beside.ndim != 1 or beside.size != diagonal.size - 1:
        raise ValueError(
            f"d (size {diagonal.size}) must have one more element than e (size {beside.size})"
        )
    return ours.diag(diagonal) + ours.diag(beside, 1) + ours.diag(beside, -1)


@as_numpys
def eigh_tridiagonal(d: Any, e: Any, eigvals_only: bool = False, check_finite: bool = True) -> Any:
    """Eigenvalues and vectors of a symmetric matrix of three diagonals, as ``scipy.linalg``'s.

    Args:
        d: the diagonal, of n real numbers: a tensor, or what `asarray` takes.
        e: that beside it, of n - 1.
        eigvals_only: whether vectors are not wanted.
        check_finite: whether infinities and NaN are an error.

    Raises:
        TypeError: for complex numbers.
        ValueError: for shapes that do not fit.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.eigh_tridiagonal([2.0, 2.0], [1.0], eigvals_only=True).numpy().round(5))
    [1. 3.]
    """
    matrix = _of_bands(d, e, check_finite)
    return eigvalsh(matrix) if eigvals_only else eigh(matrix)


@as_numpys
def eigvalsh_tridiagonal(d: Any, e: Any, check_finite: bool = True) -> Tensor:
    """Eigenvalues of a symmetric matrix of three diagonals: those of `eigh_tridiagonal`.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.eigvalsh_tridiagonal([2.0, 2.0], [1.0]).numpy().round(5))
    [1. 3.]
    """
    found: Tensor = eigvalsh(_of_bands(d, e, check_finite))
    return found


@as_numpys
def expm_frechet(
    A: Any, E: Any, method: str | None = None, compute_expm: bool = True, check_finite: bool = True
) -> Any:
    """The exponential of a matrix and its derivative in a direction, as ``scipy.linalg``'s.

    Args:
        A, E: tensors, or what `asarray` takes, of shape [n, n].
        method: ignored: both are parts of the exponential of [[A, E], [0, A]].
        compute_expm: whether the exponential is returned, too.
        check_finite: whether infinities and NaN are an error.

    Raises:
        ValueError: for shapes that do not fit.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.expm_frechet([[0.0]], [[2.0]], compute_expm=False).numpy())
    [[2.]]
    """
    a, e = promoted(square(A, check_finite), square(E, check_finite))
    if a.ndim != 2 or a.shape != e.shape:
        raise ValueError("expected A and E to be the same shape")
    n = a.shape[0]
    both = expm(ours.block([[a, e], [ours.zeros_like(a), a]]))
    derivative = both[:n, n:]
    return (both[:n, :n], derivative) if compute_expm else derivative


def _exponentials(a: Tensor) -> tuple[Tensor, Tensor]:
    return expm(a), expm(-a)


def cosm(A: Any) -> Tensor:
    """Cosines of matrices, as ``scipy.linalg.cosm``, of shape [n, n].

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.cosm([[0.0, 1.0], [0.0, 0.0]]).numpy())
    [[1. 0.]
     [0. 1.]]
    """
    a = square(A, False)
    if not a.dtype.is_complex:
        return _core.real(expm(a * 1j))
    up, down = _exponentials(a * 1j)
    return (up + down) / 2.0


def sinm(A: Any) -> Tensor:
    """Sines of matrices, as ``scipy.linalg.sinm``, of shape [n, n].

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.sinm([[0.0, 1.0], [0.0, 0.0]]).numpy())
    [[0. 1.]
     [0. 0.]]
    """
    a = square(A, False)
    if not a.dtype.is_complex:
        return _core.imag(expm(a * 1j))
    up, down = _exponentials(a * 1j)
    return (up - down) * -0.5j


def coshm(A: Any) -> Tensor:
    """Hyperbolic cosines of matrices, as ``scipy.linalg.coshm``, of shape [n, n].

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.coshm([[0.0, 1.0], [0.0, 0.0]]).numpy())
    [[1. 0.]
     [0. 1.]]
    """
    up, down = _exponentials(square(A, False))
    return (up + down) / 2.0


def sinhm(A: Any) -> Tensor:
    """Hyperbolic sines of matrices, as ``scipy.linalg.sinhm``, of shape [n, n].

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.sinhm([[0.0, 1.0], [0.0, 0.0]]).numpy())
    [[0. 1.]
     [0. 0.]]
    """
    up, down = _exponentials(square(A, False))
    return (up - down) / 2.0
