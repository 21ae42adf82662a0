"""Operators that differ from a simpler one by little: an update of low rank, a reflection."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.functions import diagonals, equations
from autograd_c.functions.linear_operators.operator import (
    LinearOperator,
    common_batch,
    conjugated,
    convert,
    held,
)
from autograd_c.functions.linear_operators.scaled import LinearOperatorDiag, LinearOperatorIdentity
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd_c.core._core import Tensor, Variable
    from autograd_c.typing import TensorLike


class LinearOperatorLowRankUpdate(LinearOperator):
    """L + U D V^H, for an operator L and matrices U and V of few columns.

    Equations are solved by the Woodbury identity, and determinants found by the lemma of the matrix
    determinant, from those of L (W. W. Hager, "Updating the inverse of a matrix", SIAM Review 31,
    1989).

    Args:
        base_operator: L.
        u: U, a tensor or Variable of shape [..., m, k].
        diag_update: the diagonal of D, of shape [..., k]; ones for None.
        v: V, of shape [..., n, k]; U for None.
        is_diag_update_positive: whether D is known to be positive.
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of the
            whole. It is self-adjoint, and positive definite, where L is, V is U, and D real, and
            positive.
        name: of the operator.

    Raises:
        ValueError: for shapes that do not fit, and for hints that are wrong.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorLowRankUpdate(
    ...     tf.linalg.LinearOperatorDiag([1.0, 1.0]), u=[[1.0], [2.0]])
    >>> print(a.to_dense().numpy())
    [[2. 2.]
     [2. 5.]]
    """

    _axes_of_matrices: ClassVar = {"base_operator": 0, "u": 2, "diag_update": 1, "v": 2}

    def __init__(
        self,
        base_operator: LinearOperator,
        u: TensorLike,
        diag_update: TensorLike | None = None,
        v: TensorLike | None = None,
        is_diag_update_positive: bool | None = None,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorLowRankUpdate",
    ) -> None:
        parameters = dict(locals())
        self.base_operator = base_operator
        dtype = base_operator.dtype
        self.u = _in_dtype("u", u, 2, base_operator)
        self.v = self.u if v is None else _in_dtype("v", v, 2, base_operator)
        self.diag_update = None
        if diag_update is None:
            if is_diag_update_positive is False:
                raise ValueError("Without `diag_update` the update is positive.")
            is_diag_update_positive = True
        else:
            self.diag_update = _in_dtype("diag_update", diag_update, 1, base_operator)
        self.is_diag_update_positive = is_diag_update_positive
        self._check_shapes()
        if v is None and base_operator.is_self_adjoint and not dtype.is_complex:
            if is_self_adjoint is False:
                raise ValueError("The sum of operators that are self-adjoint is self-adjoint.")
            is_self_adjoint = True
        if v is None and base_operator._has_cholesky and is_diag_update_positive:
            if False in (is_positive_definite, is_self_adjoint, is_non_singular):
                raise ValueError("The update of a positive definite operator is positive definite.")
            is_positive_definite = is_self_adjoint = True
        super().__init__(
            dtype,
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=is_square,
            name=name,
            parameters=parameters,
        )

    def _check_shapes(self) -> None:
        shape, k = tuple(self.base_operator.shape), self.u.shape[-1]
        diagonal = k if self.diag_update is None else self.diag_update.shape[-1]
        if (self.u.shape[-2], self.v.shape[-2]) != shape[-2:] or (self.v.shape[-1], diagonal) != (
            k,
            k,
        ):
            given = "" if self.diag_update is None else f", D of {tuple(self.diag_update.shape)}"
            raise InvalidArgumentError(
                f"U of shape {tuple(self.u.shape)} and V of {tuple(self.v.shape)}{given} do not "
                f"fit an operator of {shape}."
            )

    @property
    def diag_operator(self) -> LinearOperator:
        """D, as an operator."""
        if self.diag_update is None:
            return LinearOperatorIdentity(self.u.shape[-1], dtype=self.dtype)
        return LinearOperatorDiag(
            self.diag_update, is_positive_definite=self.is_diag_update_positive
        )

    def _shape(self) -> Sequence[int]:
        parts = [self.base_operator.batch_shape, self.u.shape[:-2], self.v.shape[:-2]]
        if self.diag_update is not None:
            parts.append(self.diag_update.shape[:-1])
        return [*common_batch("the parts of an operator", parts), *self.base_operator.shape[-2:]]

    def _parts(self, adjoint: bool) -> tuple[Tensor, Tensor]:
        """U D and V^H of the operator, or of its adjoint, which is L^H + V D^H U^H."""
        u, v = convert(self.u), convert(self.v)
        if adjoint:
            u, v = v, u
        if self.diag_update is not None:
            diag = convert(self.diag_update)
            u = u * (conjugated(diag) if adjoint else diag)[..., None, :]
        return u, diagonals.adjoint(v)

    def _to_dense(self) -> Tensor:
        u, vh = self._parts(False)
        return self.base_operator._to_dense() + u @ vh

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        x = diagonals.adjoint(x) if adjoint_arg else x
        u, vh = self._parts(adjoint)
        return self.base_operator._matmul(x, adjoint) + u @ (vh @ x)

    def _capacitance(self, solved: Tensor, vh: Tensor) -> Tensor:
        """I + V^H L^-1 U D, which, unlike D^-1 + V^H L^-1 U, may have zeros in D."""
        return _core.constant(np.eye(solved.shape[-1]), self.dtype) + vh @ solved

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        if self.base_operator.is_non_singular is False or not self.base_operator.is_square:
            return super()._solve(rhs, adjoint, adjoint_arg)
        rhs = diagonals.adjoint(rhs) if adjoint_arg else rhs
        u, vh = self._parts(adjoint)
        solved = self.base_operator._solve(u, adjoint)
        plain = self.base_operator._solve(rhs, adjoint)
        return plain - solved @ equations.solve(self._capacitance(solved, vh), vh @ plain)

    def _determinant(self) -> Tensor:
        if self.base_operator.is_non_singular is False or not self.base_operator.is_square:
            return super()._determinant()
        u, vh = self._parts(False)
        small = self._capacitance(self.base_operator._solve(u, False), vh)
        return self.base_operator._determinant() * equations.det(small)

    def _log_abs_determinant(self) -> Tensor:
        if self.base_operator.is_non_singular is False or not self.base_operator.is_square:
            return super()._log_abs_determinant()
        u, vh = self._parts(False)
        small = self._capacitance(self.base_operator._solve(u, False), vh)
        base = self.base_operator._log_abs_determinant()
        return base + equations.slogdet(small).log_abs_determinant

    def _diag_part(self) -> Tensor:
        u, vh = self._parts(False)
        if not self.base_operator.is_square:
            return super()._diag_part()
        rows = u * diagonals.matrix_transpose(vh)
        return self.base_operator._diag_part() + _core.reduce("reduce_sum", rows, -1, False)


def _in_dtype(what: str, x: TensorLike, rank: int, of: LinearOperator) -> Tensor | Variable:
    """A parameter in the dtype of an operator. Variables have that, or are refused."""
    dtype = getattr(x, "dtype", None)
    return held(what, x, rank, None if dtype == of.dtype else of.dtype)


class LinearOperatorHouseholder(LinearOperator):
    """Reflections I - 2 v v^H, at the hyperplanes to which v is normal.

    Args:
        reflection_axis: v, a tensor or Variable of shape [..., n] of any length but 0.
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of them;
            they are self-adjoint, square, and not positive definite.
        name: of the operator.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorHouseholder([2.0, 0.0])
    >>> print(a.matvec([1.0, 1.0]).numpy())
    [-1.  1.]
    """

    _axes_of_matrices: ClassVar = {"reflection_axis": 1}

    def __init__(
        self,
        reflection_axis: TensorLike,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorHouseholder",
    ) -> None:
        parameters = dict(locals())
        self.reflection_axis = held("reflection_axis", reflection_axis, 1)
        if is_positive_definite:
            raise ValueError("A reflection is not positive definite.")
        if False in (is_self_adjoint, is_square):
            raise ValueError("A reflection is self-adjoint and square.")
        super().__init__(
            self.reflection_axis.dtype,
            is_non_singular=is_non_singular,
            is_self_adjoint=True,
            is_positive_definite=False,
            is_square=True,
            name=name,
            parameters=parameters,
        )

    def _shape(self) -> Sequence[int]:
        shape = self.reflection_axis.shape
        return [*shape, shape[-1]]

    def _normal(self) -> Tensor:
        """v of length 1, as columns."""
        v = convert(self.reflection_axis)
        square = _core.real(v * _core.conj(v)) if self.dtype.is_complex else v * v
        length = _math.sqrt(_math.maximum(_core.reduce("reduce_sum", square, -1, True), 1e-12))
        return (v / (_core.cast(length, v.dtype) if self.dtype.is_complex else length))[..., None]

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        x = diagonals.adjoint(x) if adjoint_arg else x
        v = self._normal()
        return x - 2 * v @ (diagonals.adjoint(v) @ x)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._matmul(rhs, adjoint, adjoint_arg)

    def _to_dense(self) -> Tensor:
        v = self._normal()
        return diagonals.diag(self._of_all(1)) - 2 * v @ diagonals.adjoint(v)

    def _of_all(self, value: int) -> Tensor:
        return _core.full(self.reflection_axis.shape, value, self.dtype)

    def _of_each(self, value: int) -> Tensor:
        return _core.full(self.reflection_axis.shape[:-1], value, self.dtype)

    def _diag_part(self) -> Tensor:
        v = self._normal()[..., 0]
        return 1 - 2 * (v * conjugated(v))

    def _trace(self) -> Tensor:
        return self._of_each(self.domain_dimension - 2)

    def _determinant(self) -> Tensor:
        return self._of_each(-1)

    def _log_abs_determinant(self) -> Tensor:
        return self._of_each(0)

    def _cond(self) -> Tensor:
        return self._of_each(1)

    def _eigvals(self) -> Tensor:
        return _core.concat([self._of_all(-1)[..., :1], self._of_all(1)[..., 1:]], -1)

    def _inverse_operator(self) -> LinearOperator | None:
        return self

    def _assert_non_singular(self) -> None:
        pass

    def _assert_self_adjoint(self) -> None:
        pass

    def _assert_positive_definite(self) -> None:
        raise InvalidArgumentError("A reflection is not positive definite.")
