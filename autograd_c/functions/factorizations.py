"""Factorizations of matrices, and equations with triangular ones: ``tf.linalg.cholesky``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_c.core import _core

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import TensorLike


def cholesky(input: TensorLike, name: str | None = None) -> Tensor:
    """The Cholesky factor of positive definite matrices: the lower triangle L of A = L L^H.

    Args:
        input: a tensor of floats or complex numbers of shape [..., n, n], of symmetric (Hermitian)
            matrices, of which the lower triangles are read.
        name: ignored.

    Returns:
        A tensor of the same shape and dtype, 0 above the diagonals. Its gradient is symmetric
        (Hermitian), as TensorFlow's. float16 is computed in float32.

    Raises:
        TypeError: for integers and bools.
        ValueError: (`tf.errors.InvalidArgumentError`) for matrices that are not square, or not
            positive definite.

    >>> import autograd_c as tf
    >>> print(tf.linalg.cholesky([[4.0, 2.0], [2.0, 5.0]]).numpy())
    [[2. 0.]
     [1. 2.]]
    """
    return _core.apply("cholesky", [input])


def triangular_solve(
    matrix: TensorLike,
    rhs: TensorLike,
    lower: bool = True,
    adjoint: bool = False,
    name: str | None = None,
) -> Tensor:
    """The solution X of A X = B, or A^H X = B, for triangular matrices A.

    Args:
        matrix: a tensor of floats or complex numbers of shape [..., n, n], of which the lower (or
            upper) triangles are read.
        rhs: the right sides, of shape [..., n, m] and the same dtype; batches broadcast.
        lower: whether the matrices are lower triangles, else upper ones.
        adjoint: whether the adjoint of the matrices is meant.
        name: ignored.

    Returns:
        A tensor of the shape of `rhs`, batches broadcast. A zero on a diagonal gives infinities and
        NaN, and no error.

    Raises:
        TypeError: for integers and bools, or dtypes that differ.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit.

    >>> import autograd_c as tf
    >>> print(tf.linalg.triangular_solve([[2.0, 0.0], [1.0, 2.0]], [[2.0], [5.0]]).numpy())
    [[1.]
     [2.]]
    """
    a, b = _core.operands_of("triangular_solve", matrix, rhs)
    return _core.apply("triangular_solve", [a, b], [bool(lower), bool(adjoint)])
