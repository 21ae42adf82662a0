"""Products of operators: one after the other, and Kronecker's."""

from __future__ import annotations

import functools
import math
import operator
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.functions import diagonals
from autograd_c.functions.linear_operators.dense import LinearOperatorLowerTriangular
from autograd_c.functions.linear_operators.operator import (
    LinearOperator,
    all_or_nothing,
    common_batch,
    product_of,
    sum_of,
)
from autograd_c.functions.linear_operators.scaled import (
    LinearOperatorDiag,
    LinearOperatorIdentity,
    LinearOperatorZeros,
    known_of_product,
    zeros_of,
)
from autograd_c.functions.linear_operators.wrapped import LinearOperatorAdjoint
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from autograd_c.core._core import Tensor


def product(left: LinearOperator, right: LinearOperator) -> LinearOperator:
    """A B as an operator, in the simplest form that is known."""
    if left.domain_dimension != right.range_dimension:
        raise InvalidArgumentError(
            f"Operators of shapes {tuple(left.shape)} and {tuple(right.shape)} cannot be "
            "multiplied."
        )
    require_one_dtype([left, right])
    batch = common_batch("two operators", [left.batch_shape, right.batch_shape])
    for one, other in ((left, right), (right, left)):
        if isinstance(one, LinearOperatorIdentity) and batch == tuple(other.batch_shape):
            return other
    if isinstance(left, LinearOperatorZeros) or isinstance(right, LinearOperatorZeros):
        return zeros_of(left.range_dimension, right.domain_dimension, batch, left.dtype)
    if left.range_dimension != right.domain_dimension:
        return LinearOperatorComposition([left, right], False, False, False, False)
    return left._times(right) or LinearOperatorComposition(
        [left, right], is_non_singular=known_of_product(left, right)
    )


def operators_of(operators: Iterable[LinearOperator]) -> list[LinearOperator]:
    """The parts of an operator, of which there is one at least."""
    found = list(operators)
    if not found:
        raise ValueError("Expected a list of one or more operators, got an empty one.")
    require_one_dtype(found)
    return found


def require_one_dtype(operators: Sequence[LinearOperator]) -> None:
    if len({each.dtype for each in operators}) > 1:
        dtypes = ", ".join(f"{each.name} of {each.dtype.name}" for each in operators)
        raise TypeError(f"Expected operators of the same dtype, got {dtypes}.")


def known_of_all(operators: Sequence[LinearOperator], hints: dict[str, Any]) -> dict[str, Any]:
    """Hints of what has a property if all of its parts do."""
    for hint, given in hints.items():
        known = all_or_nothing(getattr(each, hint) for each in operators)
        if known and given is False:
            raise ValueError(f"{hint} is True of all parts, and cannot be False of the whole.")
        hints[hint] = known or given
    return hints


def _are_mirrored(operators: Sequence[LinearOperator]) -> bool:
    """Whether the last half is the adjoint of the first half."""

    def match(one: LinearOperator, other: LinearOperator) -> bool:
        return (
            (one is other and bool(one.is_self_adjoint))
            or (isinstance(one, LinearOperatorAdjoint) and one.operator is other)
            or (isinstance(other, LinearOperatorAdjoint) and other.operator is one)
        )

    half, odd = divmod(len(operators), 2)
    return not odd and all(match(operators[i], operators[-1 - i]) for i in range(half))


class LinearOperatorComposition(LinearOperator):
    """Products of operators: that of [A, B] is x -> A (B x).

    Args:
        operators: one or more operators of one dtype, whose shapes fit one another.
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of the
            product. It is not singular if none of the operators is, and self-adjoint if the second
            half is made of the adjoints of the first.
        name: of the operator; by default the operators' with "_o_" between.

    Raises:
        ValueError: for operators that do not fit, or for none.
        TypeError: for operators of different dtypes.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorDiag([1.0, 2.0])
    >>> b = tf.linalg.LinearOperatorFullMatrix([[1.0, 1.0], [1.0, 1.0]])
    >>> print(tf.linalg.LinearOperatorComposition([a, b]).matvec([1.0, 1.0]).numpy())
    [2. 4.]
    """

    _axes_of_matrices: ClassVar = {"operators": 0}

    def __init__(
        self,
        operators: Sequence[LinearOperator],
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        parameters = dict(locals())
        self.operators = operators_of(operators)
        for left, right in zip(self.operators, self.operators[1:]):
            if left.domain_dimension != right.range_dimension:
                raise InvalidArgumentError(
                    f"Operators of shapes {tuple(left.shape)} and {tuple(right.shape)} cannot be "
                    "multiplied."
                )
        hints = known_of_all(self.operators, {"is_non_singular": is_non_singular})
        if _are_mirrored(self.operators):
            is_self_adjoint = True
            is_positive_definite = is_positive_definite or hints["is_non_singular"]
        super().__init__(
            self.operators[0].dtype,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=is_square,
            name=name or "_o_".join(each.name for each in self.operators),
            parameters=parameters,
            **hints,
        )

    def _shape(self) -> Sequence[int]:
        batch = common_batch("the operators", [each.batch_shape for each in self.operators])
        return [*batch, self.operators[0].range_dimension, self.operators[-1].domain_dimension]

    def _to_dense(self) -> Tensor:
        *others, last = self.operators
        dense = last._to_dense()
        for each in reversed(others):
            dense = each._matmul(dense, False)
        return dense

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        x = diagonals.adjoint(x) if adjoint_arg else x
        for each in self.operators if adjoint else reversed(self.operators):
            x = each._matmul(x, adjoint)
        return x

    @property
    def _all_are_square(self) -> bool:
        return all(each.is_square for each in self.operators)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        if not self._all_are_square:
            return super()._solve(rhs, adjoint, adjoint_arg)
        x = diagonals.adjoint(rhs) if adjoint_arg else rhs
        for each in reversed(self.operators) if adjoint else self.operators:
            x = each._solve(x, adjoint)
        return x

    def _determinant(self) -> Tensor:
        if not self._all_are_square:
            return super()._determinant()
        return product_of(each._determinant() for each in self.operators)

    def _log_abs_determinant(self) -> Tensor:
        if not self._all_are_square:
            return super()._log_abs_determinant()
        return sum_of(each._log_abs_determinant() for each in self.operators)

    def _cholesky_operator(self) -> LinearOperator | None:
        if len(self.operators) != 2 or not _are_mirrored(self.operators):
            return None
        factor = self.operators[0]
        if not isinstance(factor, LinearOperatorLowerTriangular):
            return None
        if factor.is_positive_definite:
            return factor
        signs = LinearOperatorDiag(_math.sign(factor._diag_part()), is_non_singular=True)
        return product(factor, signs)

    def _assert_non_singular(self) -> None:
        if not self._all_are_square:
            super()._assert_non_singular()
            return
        for each in self.operators:
            each._assert_non_singular()


class LinearOperatorKronecker(LinearOperator):
    """Kronecker products: the element [i k, j l] of that of two is the product of theirs.

    Args:
        operators: one or more operators of one dtype.
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of the
            product. It has those properties that all of the operators have.
        name: of the operator; by default the operators' with "_x_" between.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorDiag([1.0, 2.0])
    >>> print(tf.linalg.LinearOperatorKronecker([a, a]).diag_part().numpy())
    [1. 2. 2. 4.]
    """

    _axes_of_matrices: ClassVar = {"operators": 0}

    def __init__(
        self,
        operators: Sequence[LinearOperator],
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        parameters = dict(locals())
        self.operators = operators_of(operators)
        hints = {
            "is_non_singular": is_non_singular,
            "is_self_adjoint": is_self_adjoint,
            "is_positive_definite": is_positive_definite,
        }
        super().__init__(
            self.operators[0].dtype,
            is_square=is_square,
            name=name or "_x_".join(each.name for each in self.operators),
            parameters=parameters,
            **known_of_all(self.operators, hints),
        )

    def _shape(self) -> Sequence[int]:
        batch = common_batch("the operators", [each.batch_shape for each in self.operators])
        rows = math.prod(each.range_dimension for each in self.operators)
        return [*batch, rows, math.prod(each.domain_dimension for each in self.operators)]

    @property
    def _all_are_square(self) -> bool:
        return all(each.is_square for each in self.operators)

    def _to_dense(self) -> Tensor:
        def both(x: Tensor, y: Tensor) -> Tensor:
            z = x[..., :, None, :, None] * y[..., None, :, None, :]
            rows, columns = z.shape[-4] * z.shape[-3], z.shape[-2] * z.shape[-1]
            return _core.reshape(z, [*z.shape[:-4], rows, columns])

        return functools.reduce(both, [each._to_dense() for each in self.operators])

    def _through(self, x: Tensor, step: Any, extents: list[int]) -> Tensor:
        """Each factor in turn, along an axis of its own."""
        batch = list(common_batch("an operator and its argument", [self.batch_shape, x.shape[:-2]]))
        lead, columns = len(batch), x.shape[-1]
        y = _core.reshape(
            _core.broadcast_to(x, [*batch, *x.shape[-2:]]), [*batch, *extents, columns]
        )
        for k, each in enumerate(self.operators):
            axes = list(range(lead, y.ndim))
            order = [lead + k, *(axis for axis in axes if axis != lead + k)]
            moved = _core.transpose(y, [*range(lead), *order])
            rest = list(moved.shape[lead + 1 :])
            flat = _core.reshape(moved, [*batch, moved.shape[lead], math.prod(rest)])
            done = step(each, flat)
            wide = _core.reshape(done, [*batch, done.shape[-2], *rest])
            back = np.argsort([axis - lead for axis in order]) + lead
            y = _core.transpose(wide, [*range(lead), *(int(axis) for axis in back)])
        return _core.reshape(y, [*batch, math.prod(y.shape[lead:-1]), columns])

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        x = diagonals.adjoint(x) if adjoint_arg else x
        extents = [
            each.range_dimension if adjoint else each.domain_dimension for each in self.operators
        ]
        return self._through(x, lambda each, y: each._matmul(y, adjoint), extents)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        if not self._all_are_square:
            return super()._solve(rhs, adjoint, adjoint_arg)
        rhs = diagonals.adjoint(rhs) if adjoint_arg else rhs
        extents = [each.domain_dimension for each in self.operators]
        return self._through(rhs, lambda each, y: each._solve(y, adjoint), extents)

    def _outer(self, vectors: Iterable[Tensor]) -> Tensor:
        """All products of an element of each."""

        def both(x: Tensor, y: Tensor) -> Tensor:
            z = x[..., :, None] * y[..., None, :]
            return _core.reshape(z, [*z.shape[:-2], z.shape[-2] * z.shape[-1]])

        return functools.reduce(both, vectors)

    def _powers(self) -> Iterable[tuple[LinearOperator, float]]:
        n = self.domain_dimension
        return ((each, float(n // (each.domain_dimension or 1))) for each in self.operators)

    def _determinant(self) -> Tensor:
        if not self._all_are_square:
            return super()._determinant()
        return product_of(each._determinant() ** power for each, power in self._powers())

    def _log_abs_determinant(self) -> Tensor:
        if not self._all_are_square:
            return super()._log_abs_determinant()
        return sum_of(each._log_abs_determinant() * power for each, power in self._powers())

    def _diag_part(self) -> Tensor:
        if not self._all_are_square:
            return super()._diag_part()
        return self._outer(each._diag_part() for each in self.operators)

    def _trace(self) -> Tensor:
        if not self._all_are_square:
            return super()._trace()
        return product_of(each._trace() for each in self.operators)

    def _eigvals(self) -> Tensor:
        if not self._all_are_square:
            return super()._eigvals()
        found = [each._eigvals() for each in self.operators]
        return self._outer(in_one_dtype(found))

    def _map(self, step: Any) -> LinearOperator:
        return LinearOperatorKronecker([step(each) for each in self.operators])

    def _adjoint_operator(self) -> LinearOperator | None:
        return self._map(operator.methodcaller("adjoint"))

    def _inverse_operator(self) -> LinearOperator | None:
        return self._map(operator.methodcaller("inverse")) if self._all_are_square else None

    def _cholesky_operator(self) -> LinearOperator | None:
        # A product may be positive definite, although its factors are not known to be.
        if all(each._has_cholesky for each in self.operators):
            return self._map(operator.methodcaller("cholesky"))
        return None

    def _assert_non_singular(self) -> None:
        if not self._all_are_square:
            super()._assert_non_singular()
            return
        for each in self.operators:
            each._assert_non_singular()


def in_one_dtype(tensors: Sequence[Tensor]) -> Sequence[Tensor]:
    """Complex numbers, if some are: eigenvalues of parts that are self-adjoint and of others."""
    for x in tensors:
        if x.dtype.is_complex:
            return [_core.cast(each, x.dtype) for each in tensors]
    return tensors
