"""The adjoints and inverses of operators that have none of a form of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from autograd_c.functions import diagonals
from autograd_c.functions.linear_operators.operator import LinearOperator, conjugated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd_c.core._core import Tensor


def _agreed(what: str, of: LinearOperator, hints: dict[str, Any]) -> dict[str, Any]:
    """Hints of an operator: those of the one that it is made of, where that has any."""
    for name, hint in hints.items():
        known = getattr(of, name)
        if known is None:
            continue
        if hint is not None and hint != known:
            raise ValueError(
                f"{name} is {known} of the operator, and cannot be {hint} of its {what}."
            )
        hints[name] = known
    return hints


class LinearOperatorAdjoint(LinearOperator):
    """The adjoint A^H of an operator A.

    Args:
        operator: A.
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of A^H;
            what is known of A is known of both.
        name: of the operator; by default that of A with "_adjoint" behind.

    Raises:
        ValueError: for hints that contradict those of A.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorFullMatrix([[1.0, 2.0], [3.0, 4.0]])
    >>> print(tf.linalg.LinearOperatorAdjoint(a).matvec([1.0, 0.0]).numpy())
    [1. 2.]
    """

    _axes_of_matrices: ClassVar = {"operator": 0}

    def __init__(
        self,
        operator: LinearOperator,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        parameters = dict(locals())
        self.operator = operator
        hints = {
            "is_non_singular": is_non_singular,
            "is_self_adjoint": is_self_adjoint,
            "is_positive_definite": is_positive_definite,
            "is_square": is_square,
        }
        super().__init__(
            operator.dtype,
            name=name or f"{operator.name}_adjoint",
            parameters=parameters,
            **_agreed("adjoint", operator, hints),
        )

    def _shape(self) -> Sequence[int]:
        *batch, rows, columns = self.operator.shape
        return [*batch, columns, rows]

    def _to_dense(self) -> Tensor:
        return diagonals.adjoint(self.operator._to_dense())

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self.operator._matmul(x, not adjoint, adjoint_arg)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self.operator._solve(rhs, not adjoint, adjoint_arg)

    def _determinant(self) -> Tensor:
        return conjugated(self.operator._determinant())

    def _log_abs_determinant(self) -> Tensor:
        return self.operator._log_abs_determinant()

    def _diag_part(self) -> Tensor:
        return conjugated(self.operator._diag_part())

    def _trace(self) -> Tensor:
        return conjugated(self.operator._trace())

    def _eigvals(self) -> Tensor:
        return conjugated(self.operator._eigvals())

    def _cond(self) -> Tensor:
        return self.operator._cond()

    def _assert_non_singular(self) -> None:
        self.operator._assert_non_singular()

    def _assert_self_adjoint(self) -> None:
        self.operator._assert_self_adjoint()

    def _assert_positive_definite(self) -> None:
        self.operator._assert_positive_definite()

    def _adjoint_operator(self) -> LinearOperator | None:
        return self.operator


class LinearOperatorInversion(LinearOperator):
    """The inverse A^-1 of an operator A, which is never computed: products solve equations.

    Args:
        operator: A, which is square.
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of A^-1;
            what is known of A is known of both.
        name: of the operator; by default that of A with "_inv" behind.

    Raises:
        ValueError: for operators that are known to be singular or not square, and for hints that
            contradict those of A.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorFullMatrix([[2.0, 0.0], [0.0, 4.0]])
    >>> print(tf.linalg.LinearOperatorInversion(a).matvec([1.0, 1.0]).numpy())
    [0.5  0.25]
    """

    _axes_of_matrices: ClassVar = {"operator": 0}

    def __init__(
        self,
        operator: LinearOperator,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        parameters = dict(locals())
        self.operator = operator
        if operator.is_non_singular is False or is_non_singular is False:
            raise ValueError("An operator that is singular has no inverse (is_non_singular=False).")
        if not operator.is_square or is_square is False:
            raise ValueError("An operator that is not square has no inverse (is_square=False).")
        hints = {
            "is_non_singular": is_non_singular,
            "is_self_adjoint": is_self_adjoint,
            "is_positive_definite": is_positive_definite,
            "is_square": is_square,
        }
        super().__init__(
            operator.dtype,
            name=name or f"{operator.name}_inv",
            parameters=parameters,
            **_agreed("inverse", operator, hints),
        )

    def _shape(self) -> Sequence[int]:
        return self.operator.shape

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self.operator._solve(x, adjoint, adjoint_arg)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self.operator._matmul(rhs, adjoint, adjoint_arg)

    def _determinant(self) -> Tensor:
        return 1 / self.operator._determinant()

    def _log_abs_determinant(self) -> Tensor:
        return -self.operator._log_abs_determinant()

    def _eigvals(self) -> Tensor:
        return 1 / self.operator._eigvals()

    def _cond(self) -> Tensor:
        return self.operator._cond()

    def _assert_non_singular(self) -> None:
        self.operator._assert_non_singular()

    def _assert_self_adjoint(self) -> None:
        self.operator._assert_self_adjoint()

    def _assert_positive_definite(self) -> None:
        self.operator._assert_positive_definite()

    def _inverse_operator(self) -> LinearOperator | None:
        return self.operator
