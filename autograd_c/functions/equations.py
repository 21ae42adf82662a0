"""Equations, inverses and determinants: ``tf.linalg.solve``, ``inv``, ``slogdet``, ``lu``."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.diagonals import matrix_transpose, set_diag
from autograd_c.functions.factorizations import cholesky, triangular_solve
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from autograd_c.typing import DTypeLike, TensorLike

convert = _core.convert_to_tensor

# From this extent on, the factors of a matrix are kept for its derivative.
_LARGE = 33


class LogMatrixDeterminant(NamedTuple):
    """What `tf.linalg.slogdet` returns."""

    sign: Tensor
    log_abs_determinant: Tensor


class Lu(NamedTuple):
    """What `tf.linalg.lu` returns."""

    lu: Tensor
    p: Tensor


def _factors(a: Tensor) -> Tensor:
    """As constants: what uses them has derivatives by the matrix."""
    return _core.apply("lu", [_core.stop_gradient(a)])


def _keeps_factors(a: Tensor) -> bool:
    square = a.ndim >= 2 and a.shape[-2] == a.shape[-1] >= _LARGE
    return square and not a.dtype.is_integer and a.dtype.size > 2


# ---------------------------------------------------------------- equations


def solve(
    matrix: TensorLike, rhs: TensorLike, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """The solution X of A X = B, or A^H X = B.

    Args:
        matrix: a tensor of floats or complex numbers of shape [..., n, n].
        rhs: the right sides, of shape [..., n, m] and the same dtype; batches broadcast.
        adjoint: whether the adjoints of the matrices are meant.
        name: ignored.

    Returns:
        A tensor of shape [..., n, m]. float16 is computed in float32.

    Raises:
        TypeError: for integers and bools, or dtypes that differ.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit, and for matrices
            that are not invertible (a pivot is exactly 0, or NaN).

    >>> import autograd_c as tf
    >>> print(tf.linalg.solve([[0.0, 2.0], [4.0, 0.0]], [[2.0], [4.0]]).numpy())
    [[1.]
     [1.]]
    """
    a, b = _core.operands_of("solve", matrix, rhs)
    if a.size >= _LARGE**2 and _keeps_factors(a):
        try:
            factors = _factors(a)
        except InvalidArgumentError:
            raise InvalidArgumentError("[solve] Input matrix is not invertible.") from None
        return _core.apply("factored_solve", [a, b, factors], (bool(adjoint),))
    return _core.apply("solve", [a, b], (bool(adjoint),))


def inv(input: TensorLike, adjoint: bool = False, name: str | None = None) -> Tensor:
    """The inverses of matrices.

    Args:
        input: a tensor of floats or complex numbers of shape [..., n, n].
        adjoint: whether the adjoints of the inverses are meant.
        name: ignored.

    Returns:
        A tensor of the same shape and dtype. float16 is computed in float32.

    Raises:
        TypeError: for integers and bools.
        ValueError: (`tf.errors.InvalidArgumentError`) for matrices that are not square, or not
            invertible (a pivot is exactly 0, or NaN).

    >>> import autograd_c as tf
    >>> print(tf.linalg.inv([[0.0, 2.0], [4.0, 0.0]]).numpy())
    [[0.   0.25]
     [0.5  0.  ]]
    """
    return _core.apply("inv", [input], (bool(adjoint),))


def cholesky_solve(chol: TensorLike, rhs: TensorLike, name: str | None = None) -> Tensor:
    """The solution X of A X = B, where A = L L^H is given by its Cholesky factors L.

    Args:
        chol: a tensor of floats or complex numbers of shape [..., n, n], of which the lower
            triangles are read.
        rhs: the right sides, of shape [..., n, m] and the same dtype; batches broadcast.
        name: ignored.

    Raises:
        TypeError: for integers and bools, or dtypes that differ.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit.

    >>> import autograd_c as tf
    >>> a = tf.constant([[4.0, 2.0], [2.0, 5.0]])
    >>> print(tf.linalg.cholesky_solve(tf.linalg.cholesky(a), [[8.0], [12.0]]).numpy())
    [[1.]
     [2.]]
    """
    lower, b = _core.operands_of("cholesky_solve", chol, rhs)
    return triangular_solve(lower, triangular_solve(lower, b), adjoint=True)


def lstsq(
    matrix: TensorLike,
    rhs: TensorLike,
    l2_regularizer: float = 0.0,
    fast: bool = True,
    name: str | None = None,
) -> Tensor:
    """The X for which the sum of squares of A X - B is least.

    Args:
        matrix: a tensor of floats or complex numbers of shape [..., m, n].
        rhs: the right sides, of shape [..., m, k] and the same dtype; batches broadcast.
        l2_regularizer: a number; so many times the sum of squares of X is added.
        fast: by Cholesky factors of A^H A (or of A A^H where m < n: the least of all solutions).
            Else by the pseudoinverse, which takes any rank; `l2_regularizer` is ignored then.
        name: ignored.

    Returns:
        A tensor of shape [..., n, k].

    Raises:
        TypeError: for integers and bools, or dtypes that differ.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit, and, if `fast`,
            for matrices whose rank is less than m and n (TensorFlow answers NaN).

    >>> import autograd_c as tf
    >>> print(tf.linalg.lstsq([[1.0], [1.0]], [[1.0], [3.0]]).numpy())
    [[2.]]
    """
    a, b = _core.operands_of("lstsq", matrix, rhs)
    if a.ndim < 2 or b.ndim < 2 or a.shape[-2] != b.shape[-2]:
        raise InvalidArgumentError(
            f"[lstsq] Input matrix and rhs are incompatible: shapes {tuple(a.shape)} and "
            f"{tuple(b.shape)}"
        )
    m, n = a.shape[-2:]
    if m == 0 or n == 0:
        return _core.matmul(a, b, adjoint_a=True)  # without elements, or sums of none
    if not fast:
        from autograd_c.functions.decompositions import pinv

        return _core.matmul(pinv(a), b)
    overdetermined = m >= n
    gramian = _core.matmul(a, a, adjoint_a=overdetermined, adjoint_b=not overdetermined)
    if l2_regularizer != 0:
        identity = _core.constant(np.eye(min(m, n)), a.dtype)
        gramian = gramian + identity * _core.cast(l2_regularizer, a.dtype)
    lower = cholesky(gramian)
    if overdetermined:
        return cholesky_solve(lower, _core.matmul(a, b, adjoint_a=True))
    return _core.matmul(a, cholesky_solve(lower, b), adjoint_a=True)


# ---------------------------------------------------------------- determinants


def det(input: TensorLike, name: str | None = None) -> Tensor:
    """The determinants of matrices.

    Args:
        input: a tensor of floats or complex numbers of shape [..., n, n].
        name: ignored.

    Returns:
        A tensor of shape [...]; 1 for matrices of extent 0. Its gradient, the cofactors, is right
        for singular matrices too (where TensorFlow raises an error); its second derivative needs
        invertible ones.

    Raises:
        TypeError: for integers and bools.
        ValueError: (`tf.errors.InvalidArgumentError`) for matrices that are not square.

    >>> import autograd_c as tf
    >>> print(tf.linalg.det([[0.0, 2.0], [4.0, 0.0]]).numpy())
    -8.0
    """
    return _core.apply("det", [input])


def slogdet(input: TensorLike, name: str | None = None) -> LogMatrixDeterminant:
    """The signs of determinants, and the logarithms of their moduli.

    Args:
        input: a tensor of floats or complex numbers of shape [..., n, n].
        name: ignored.

    Returns:
        A named tuple of `sign` and `log_abs_determinant`, of shape [...] and the dtype of the
        argument. The sign of a complex determinant is a number of modulus 1, and differentiable.
        That of a singular matrix is 0, the logarithm -inf.

    Raises:
        TypeError: for integers and bools.
        ValueError: (`tf.errors.InvalidArgumentError`) for matrices that are not square; and when
            derivatives are taken, for such that are not invertible.

    >>> import autograd_c as tf
    >>> sign, logarithm = tf.linalg.slogdet([[0.0, 1.0], [1.0, 0.0]])
    >>> print(sign.numpy(), logarithm.numpy())
    -1.0 0.0
    """
    both = _core.apply("slogdet", [input])
    # A named tuple's own constructor takes as long as a determinant.
    return tuple.__new__(LogMatrixDeterminant, (both[..., 0], both[..., 1]))


def logdet(matrix: TensorLike, name: str | None = None) -> Tensor:
    """The logarithms of the determinants of positive definite matrices.

    Args:
        matrix: a tensor of floats or complex numbers of shape [..., n, n], of symmetric (Hermitian)
            matrices, of which the lower triangles are read.
        name: ignored.

    Returns:
        A real tensor of shape [...].

    Raises:
        TypeError: for integers and bools.
        ValueError: (`tf.errors.InvalidArgumentError`) for matrices that are not square, or not
            positive definite (TensorFlow answers NaN).

    >>> import autograd_c as tf
    >>> print(tf.linalg.logdet([[1.0, 0.0], [0.0, 1.0]]).numpy())
    0.0
    """
    lower = cholesky(matrix)
    diagonal = _core.apply("diag_part", [lower], (False, True, 0, 0))
    if diagonal.dtype.is_complex:
        diagonal = _core.real(diagonal)
    return 2.0 * _core.reduce("reduce_sum", _math.log(diagonal), -1, False)


# ---------------------------------------------------------------- triangular factors


def lu(input: TensorLike, output_idx_type: DTypeLike = "int32", name: str | None = None) -> Lu:
    """Triangular factors of matrices with permuted rows: P A = L U.

    Args:
        input: a tensor of floats or complex numbers of shape [..., n, n].
        output_idx_type: int32 or int64.
        name: ignored.

    Returns:
        A named tuple of `lu`, of the shape of the argument, with U on and above the diagonals and L
        below (its diagonal is 1), and of the permutations `p`, of shape [..., n]: row i of L U is
        row p[i] of A.

    Raises:
        TypeError: for integers and bools.
        ValueError: (`tf.errors.InvalidArgumentError`) for matrices that are not square, or not
            invertible.

    >>> import autograd_c as tf
    >>> factors, p = tf.linalg.lu([[1.0, 2.0], [4.0, 4.0]])
    >>> print(factors.numpy(), p.numpy())
    [[4.   4.  ]
     [0.25 1.  ]] [1 0]
    """
    both = _core.apply("lu", [input])
    p = _core.stop_gradient(both[..., -1])
    if p.dtype.is_complex:
        p = _core.real(p)
    return Lu(both[..., :-1], _core.cast(p, output_idx_type))


def _permutation(perm: TensorLike, like: Tensor) -> Tensor:
    """Matrices whose products with others take row perm[i] into row i."""
    p = convert(perm)
    if p.ndim < 1 or not p.dtype.is_integer:
        raise InvalidArgumentError(
            f"[lu] perm must be integers of shape [..., n], got {p.dtype.name} of shape "
            f"{tuple(p.shape)}"
        )
    numbers = _core.constant(np.arange(p.shape[-1], dtype=p.dtype.as_numpy_dtype))
    return _core.cast(_math.equal(p[..., None], numbers), like.dtype)


def _factors_of(operation: str, lower_upper: TensorLike, perm: TensorLike) -> tuple[Tensor, Tensor]:
    factors, p = convert(lower_upper), convert(perm)
    n = factors.shape[-1] if factors.ndim > 1 else -1
    if n < 0 or factors.shape[-2] != n or p.ndim < 1 or p.shape[-1] != n:
        raise InvalidArgumentError(
            f"[{operation}] `lower_upper` must be square, and `perm` of the same extent: shapes "
            f"{tuple(factors.shape)} and {tuple(p.shape)}"
        )
    return factors, p


def _unit_lower(factors: Tensor) -> Tensor:
    return set_diag(factors, _core.full(factors.shape[:-1], 1, factors.dtype))


def lu_solve(
    lower_upper: TensorLike,
    perm: TensorLike,
    rhs: TensorLike,
    validate_args: bool = False,
    name: str | None = None,
) -> Tensor:
    """The solution X of A X = B, where A is given by its factors.

    Args:
        lower_upper, perm: what `tf.linalg.lu` gives.
        rhs: the right sides, of shape [..., n, m]; batches broadcast.
        validate_args: ignored; shapes are always checked.
        name: ignored.

    Raises:
        TypeError: for dtypes that differ.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit.

    >>> import autograd_c as tf
    >>> print(tf.linalg.lu_solve(*tf.linalg.lu([[0.0, 2.0], [4.0, 0.0]]), [[2.0], [4.0]]).numpy())
    [[1.]
     [1.]]
    """
    factors, b = _core.operands_of("lu_solve", lower_upper, rhs)
    factors, p = _factors_of("lu_solve", factors, perm)
    if b.ndim < 2:
        raise InvalidArgumentError(
            f"[lu_solve] `rhs` must have shape [..., n, m], got {tuple(b.shape)}"
        )
    permuted = _core.matmul(_permutation(p, b), b)
    inner = triangular_solve(_unit_lower(factors), permuted)
    return triangular_solve(factors, inner, lower=False)


def lu_matrix_inverse(
    lower_upper: TensorLike, perm: TensorLike, validate_args: bool = False, name: str | None = None
) -> Tensor:
    """The inverses of matrices that are given by their factors.

    Args:
        lower_upper, perm: what `tf.linalg.lu` gives.
        validate_args: ignored; shapes are always checked.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit.

    >>> import autograd_c as tf
    >>> print(tf.linalg.lu_matrix_inverse(*tf.linalg.lu([[0.0, 2.0], [4.0, 0.0]])).numpy())
    [[0.   0.25]
     [0.5  0.  ]]
    """
    factors, p = _factors_of("lu_matrix_inverse", lower_upper, perm)
    identity = _core.constant(np.eye(factors.shape[-1]), factors.dtype)
    return lu_solve(factors, p, identity)


def lu_reconstruct(
    lower_upper: TensorLike, perm: TensorLike, validate_args: bool = False, name: str | None = None
) -> Tensor:
    """The matrices whose factors are given.

    Args:
        lower_upper, perm: what `tf.linalg.lu` gives.
        validate_args: ignored; shapes are always checked.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit.

    >>> import autograd_c as tf
    >>> print(tf.linalg.lu_reconstruct(*tf.linalg.lu([[0.0, 2.0], [4.0, 0.0]])).numpy())
    [[0. 2.]
     [4. 0.]]
    """
    factors, p = _factors_of("lu_reconstruct", lower_upper, perm)
    zero = _core.full((), 0, factors.dtype)
    upper = _core.select(np.triu(np.ones(factors.shape[-2:], bool)), factors, zero)
    lower = _core.select(np.tril(np.ones(factors.shape[-2:], bool)), _unit_lower(factors), zero)
    return _core.matmul(matrix_transpose(_permutation(p, factors)), _core.matmul(lower, upper))
