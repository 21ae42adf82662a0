"""Operators that are given by their elements, all of them or a triangle."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from autograd_c import math as _math
from autograd_c.functions import diagonals, factorizations
from autograd_c.functions.linear_operators.operator import (
    LinearOperator,
    convert,
    held,
    require,
    sum_of_logarithms,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd_c.core._core import Tensor
    from autograd_c.typing import TensorLike


class LinearOperatorFullMatrix(LinearOperator):
    """Matrices as they are.

    Args:
        matrix: a tensor or Variable of floats or complex numbers of shape [..., m, n].
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of them.
        name: of the operator.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorFullMatrix([[1.0, 2.0], [3.0, 4.0]])
    >>> print(a.matvec([1.0, 1.0]).numpy(), a.shape)
    [3. 7.] (2, 2)
    """

    _axes_of_matrices: ClassVar = {"matrix": 2}

    def __init__(
        self,
        matrix: TensorLike,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorFullMatrix",
    ) -> None:
        parameters = dict(locals())
        self.matrix = held("matrix", matrix, 2)
        if not (self.matrix.dtype.is_floating or self.matrix.dtype.is_complex):
            raise TypeError(
                f"Argument `matrix` must be floats or complex numbers, not {self.matrix.dtype.name}"
            )
        super().__init__(
            self.matrix.dtype,
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=is_square,
            name=name,
            parameters=parameters,
        )

    def _shape(self) -> Sequence[int]:
        return self.matrix.shape

    def _to_dense(self) -> Tensor:
        return convert(self.matrix)


class LinearOperatorLowerTriangular(LinearOperator):
    """Lower triangles; what is above the diagonals is not read.

    Args:
        tril: a tensor or Variable of shape [..., n, n].
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of them.
        name: of the operator.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorLowerTriangular([[2.0, 9.0], [1.0, 2.0]])
    >>> print(a.solvevec([2.0, 5.0]).numpy(), a.determinant().numpy())
    [1. 2.] 4.0
    """

    _axes_of_matrices: ClassVar = {"tril": 2}

    def __init__(
        self,
        tril: TensorLike,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorLowerTriangular",
    ) -> None:
        parameters = dict(locals())
        self.tril = held("tril", tril, 2)
        super().__init__(
            self.tril.dtype,
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=is_square,
            name=name,
            parameters=parameters,
        )

    def _shape(self) -> Sequence[int]:
        return self.tril.shape

    def _to_dense(self) -> Tensor:
        return diagonals.band_part(convert(self.tril), -1, 0)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        if adjoint_arg:
            rhs = diagonals.adjoint(rhs)
        return factorizations.triangular_solve(convert(self.tril), rhs, True, adjoint)

    def _diag_part(self) -> Tensor:
        return diagonals.diag_part(convert(self.tril))

    def _determinant(self) -> Tensor:
        return _math.reduce_prod(self._diag_part(), -1)

    def _log_abs_determinant(self) -> Tensor:
        return sum_of_logarithms(self._diag_part())

    def _eigvals(self) -> Tensor:
        return self._diag_part()

    def _assert_non_singular(self) -> None:
        require(
            _math.not_equal(self._diag_part(), 0),
            "Singular operator: Diagonal contained zero values.",
        )

    def _times(self, other: LinearOperator) -> LinearOperator | None:
        from autograd_c.functions.linear_operators.scaled import LinearOperatorDiag, scaled_triangle

        if isinstance(other, LinearOperatorDiag):
            return scaled_triangle(self, other, convert(other.diag)[..., None, :])
        return None
