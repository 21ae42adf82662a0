"""Operators that scale: diagonals, multiples of the identity, and zeros."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.functions import diagonals
from autograd_c.functions.linear_operators.dense import LinearOperatorLowerTriangular
from autograd_c.functions.linear_operators.operator import (
    LinearOperator,
    common_batch,
    conjugated,
    convert,
    held,
    require,
    sum_of_logarithms,
)
from autograd_c.values import dtypes
from autograd_c.values.errors import InvalidArgumentError
from autograd_c.values.shape import TensorShape

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import SupportsIndex

    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, ShapeLike, TensorLike


def known_of_product(left: LinearOperator, right: LinearOperator) -> bool | None:
    """Whether a product is not singular."""
    if left.is_non_singular is False or right.is_non_singular is False:
        return False
    return left.is_non_singular and right.is_non_singular


def known_where_they_commute(left: LinearOperator, right: LinearOperator) -> dict[str, Any]:
    """What is known of the product of operators that can be exchanged."""
    mine, other = left.is_self_adjoint, right.is_self_adjoint
    return {
        "is_non_singular": known_of_product(left, right),
        "is_self_adjoint": mine and other
        if None not in (mine, other) and (mine or other)
        else None,
        "is_positive_definite": True if left._has_cholesky and right._has_cholesky else None,
        "is_square": True,
    }


def scaled_triangle(
    left: LinearOperator, right: LinearOperator, scale: Tensor
) -> LinearOperatorLowerTriangular:
    """The product of a triangle and a diagonal, one of which scales the elements of the other."""
    triangle = left if isinstance(left, LinearOperatorLowerTriangular) else right
    hints = known_where_they_commute(left, right)
    return LinearOperatorLowerTriangular(
        triangle._to_dense() * scale,
        is_non_singular=hints["is_non_singular"],
        is_self_adjoint=hints["is_self_adjoint"],
        is_square=True,
    )


class LinearOperatorDiag(LinearOperator):
    """Diagonal matrices.

    Args:
        diag: the diagonals, a tensor or Variable of shape [..., n].
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of them.
        name: of the operator.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorDiag([2.0, 4.0])
    >>> print(a.matvec([1.0, 1.0]).numpy(), a.log_abs_determinant().numpy().round(4))
    [2. 4.] 2.0794
    """

    _axes_of_matrices: ClassVar = {"diag": 1}

    def __init__(
        self,
        diag: TensorLike,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorDiag",
    ) -> None:
        parameters = dict(locals())
        self.diag = held("diag", diag, 1)
        if not self.diag.dtype.is_complex:
            if is_self_adjoint is False:
                raise ValueError("A diagonal matrix of real numbers is self-adjoint.")
            is_self_adjoint = True
        if is_square is False:
            raise ValueError("A diagonal matrix is square here.")
        super().__init__(
            self.diag.dtype,
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=True,
            name=name,
            parameters=parameters,
        )

    def _shape(self) -> Sequence[int]:
        return [*self.diag.shape, self.diag.shape[-1]]

    def _to_dense(self) -> Tensor:
        return diagonals.diag(self.diag)

    def _columns(self, adjoint: bool) -> Tensor:
        diag = convert(self.diag)
        return (conjugated(diag) if adjoint else diag)[..., None]

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._columns(adjoint) * (diagonals.adjoint(x) if adjoint_arg else x)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return (diagonals.adjoint(rhs) if adjoint_arg else rhs) / self._columns(adjoint)

    def _diag_part(self) -> Tensor:
        return convert(self.diag)

    def _determinant(self) -> Tensor:
        return _math.reduce_prod(self.diag, -1)

    def _log_abs_determinant(self) -> Tensor:
        return sum_of_logarithms(convert(self.diag))

    def _eigvals(self) -> Tensor:
        return convert(self.diag)

    def _cond(self) -> Tensor:
        s = _math.abs(self.diag)
        return _math.reduce_max(s, -1) / _math.reduce_min(s, -1)

    def _times(self, other: LinearOperator) -> LinearOperator | None:
        if isinstance(other, (LinearOperatorDiag, LinearOperatorScaledIdentity)):
            hints = known_where_they_commute(self, other)
            return LinearOperatorDiag(convert(self.diag) * other._diag_part(), **hints)
        if isinstance(other, LinearOperatorLowerTriangular):
            return scaled_triangle(self, other, self._columns(False))
        return None

    def _adjoint_operator(self) -> LinearOperator | None:
        return LinearOperatorDiag(
            conjugated(convert(self.diag)),
            is_non_singular=self.is_non_singular,
            is_self_adjoint=self.is_self_adjoint,
            is_positive_definite=self.is_positive_definite,
            is_square=True,
        )

    def _inverse_operator(self) -> LinearOperator | None:
        return LinearOperatorDiag(
            1 / convert(self.diag),
            is_non_singular=self.is_non_singular,
            is_self_adjoint=self.is_self_adjoint,
            is_positive_definite=self.is_positive_definite,
            is_square=True,
        )

    def _cholesky_operator(self) -> LinearOperator | None:
        return LinearOperatorDiag(
            _math.sqrt(self.diag),
            is_non_singular=True,
            is_self_adjoint=True,
            is_positive_definite=True,
            is_square=True,
        )

    def _assert_non_singular(self) -> None:
        require(_math.not_equal(self.diag, 0), "Singular operator: Diagonal contained zero values.")

    def _assert_self_adjoint(self) -> None:
        if self.dtype.is_complex:
            require(
                _math.equal(_core.imag(convert(self.diag)), 0),
                "The diagonal has imaginary parts that are not 0: it is not self-adjoint.",
            )

    def _assert_positive_definite(self) -> None:
        diag = convert(self.diag)
        real = _core.real(diag) if self.dtype.is_complex else diag
        require(
            _math.greater(real, 0),
            "A diagonal is not positive, the operator not positive definite.",
        )


def extent(what: str, n: Any) -> int:
    """A number of rows or columns."""
    t = convert(n)
    if t.dtype.is_floating or t.dtype.is_complex or t.dtype.is_bool:
        raise TypeError(f"Argument `{what}` must be an integer, not {t.dtype.name}")
    if t.ndim != 0:
        raise InvalidArgumentError(
            f"Argument `{what}` must be a number, got an array of shape {tuple(t.shape)}"
        )
    size = operator.index(t.numpy())
    if size < 0:
        raise InvalidArgumentError(f"Argument `{what}` must be non-negative, got {size}")
    return size


def always(what: str, given: dict[str, Any], expected: dict[str, bool]) -> None:
    """Refuse hints that are wrong of all operators of a kind."""
    for hint, value in expected.items():
        if given[hint] is not value:
            raise ValueError(f"{hint} is {value} of {what}, not {given[hint]}.")


class LinearOperatorScaledIdentity(LinearOperator):
    """Multiples of identity matrices.

    Args:
        num_rows: their extent, an integer.
        multiplier: the factors, a tensor or Variable of shape [...], that of the batch.
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of them.
        assert_proper_shapes: ignored; shapes are always checked.
        name: of the operator.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorScaledIdentity(2, 3.0)
    >>> print(a.matvec([1.0, 2.0]).numpy(), a.determinant().numpy())
    [3. 6.] 9.0
    """

    _axes_of_matrices: ClassVar = {"multiplier": 0}

    def __init__(
        self,
        num_rows: SupportsIndex,
        multiplier: TensorLike,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        assert_proper_shapes: bool = False,
        name: str = "LinearOperatorScaledIdentity",
    ) -> None:
        parameters = dict(locals())
        self.multiplier = held("multiplier", multiplier, 0)
        self._rows = extent("num_rows", num_rows)
        if not self.multiplier.dtype.is_complex:
            if is_self_adjoint is False:
                raise ValueError("A real multiple of the identity is self-adjoint.")
            is_self_adjoint = True
        if is_square is False:
            raise ValueError("A multiple of the identity is square.")
        super().__init__(
            self.multiplier.dtype,
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=is_square,
            name=name,
            parameters=parameters,
        )

    def _shape(self) -> Sequence[int]:
        return [*self.multiplier.shape, self._rows, self._rows]

    def _to_dense(self) -> Tensor:
        return diagonals.diag(self._diag_part())

    def _factor(self, axes: int, adjoint: bool = False) -> Tensor:
        factor = convert(self.multiplier)
        factor = conjugated(factor) if adjoint else factor
        return _core.reshape(factor, [*factor.shape, *[1] * axes])

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._factor(2, adjoint) * (diagonals.adjoint(x) if adjoint_arg else x)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return (diagonals.adjoint(rhs) if adjoint_arg else rhs) / self._factor(2, adjoint)

    def _diag_part(self) -> Tensor:
        return _core.broadcast_to(self._factor(1), [*self.multiplier.shape, self._rows])

    def _trace(self) -> Tensor:
        return self._factor(0) * _core.constant(self._rows, self.dtype)

    def _determinant(self) -> Tensor:
        return _math.pow(self._factor(0), _core.constant(self._rows, self.dtype))

    def _log_abs_determinant(self) -> Tensor:
        return sum_of_logarithms(self._diag_part())

    def _eigvals(self) -> Tensor:
        return self._diag_part()

    def _cond(self) -> Tensor:
        return _core.full(self.multiplier.shape, 1, self.dtype)

    def _known(self) -> dict[str, Any]:
        return {
            "is_non_singular": self.is_non_singular,
            "is_self_adjoint": self.is_self_adjoint,
            "is_positive_definite": self.is_positive_definite,
        }

    def _times(self, other: LinearOperator) -> LinearOperator | None:
        if isinstance(other, LinearOperatorDiag):
            return LinearOperatorDiag(
                self._diag_part() * convert(other.diag), **known_where_they_commute(self, other)
            )
        if isinstance(other, LinearOperatorScaledIdentity):
            product = self._factor(0) * convert(other.multiplier)
            hints = known_where_they_commute(self, other)
            return LinearOperatorScaledIdentity(self._rows, product, **hints)
        return None

    def _adjoint_operator(self) -> LinearOperator | None:
        return LinearOperatorScaledIdentity(self._rows, self._factor(0, True), **self._known())

    def _inverse_operator(self) -> LinearOperator | None:
        return LinearOperatorScaledIdentity(self._rows, 1 / self._factor(0), **self._known())

    def _cholesky_operator(self) -> LinearOperator | None:
        return LinearOperatorScaledIdentity(
            self._rows, _math.sqrt(self.multiplier), **self._known()
        )

    def _assert_non_singular(self) -> None:
        require(_math.not_equal(self.multiplier, 0), "LinearOperator was singular.")

    def _assert_self_adjoint(self) -> None:
        if self.dtype.is_complex:
            imaginary = _core.imag(convert(self.multiplier))
            require(_math.equal(imaginary, 0), "LinearOperator was not self-adjoint.")

    def _assert_positive_definite(self) -> None:
        factor = convert(self.multiplier)
        real = _core.real(factor) if self.dtype.is_complex else factor
        require(_math.greater(real, 0), "LinearOperator was not positive definite.")


def _sliced_batch(batch: tuple[int, ...], slices: tuple[Any, ...]) -> list[int]:
    return list(np.broadcast_to(np.False_, batch)[slices].shape)


class LinearOperatorIdentity(LinearOperator):
    """Identity matrices.

    Args:
        num_rows: their extent.
        batch_shape: the extents of a batch of them.
        dtype: the default float's for None.
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: True, and nothing else.
        assert_proper_shapes: ignored; shapes are always checked.
        name: of the operator.

    >>> import autograd_c as tf
    >>> print(tf.linalg.LinearOperatorIdentity(2).matvec([1.0, 2.0]).numpy())
    [1. 2.]
    """

    def __init__(
        self,
        num_rows: SupportsIndex,
        batch_shape: ShapeLike | None = None,
        dtype: DTypeLike | None = None,
        is_non_singular: bool = True,
        is_self_adjoint: bool = True,
        is_positive_definite: bool = True,
        is_square: bool = True,
        assert_proper_shapes: bool = False,
        name: str = "LinearOperatorIdentity",
    ) -> None:
        parameters = dict(locals())
        self._rows = extent("num_rows", num_rows)
        self._batch = [] if batch_shape is None else list(TensorShape(batch_shape))
        hints = {
            "is_self_adjoint": is_self_adjoint,
            "is_square": is_square,
            "is_non_singular": is_non_singular,
            "is_positive_definite": is_positive_definite,
        }
        always("identity matrices", hints, dict.fromkeys(hints, True))
        super().__init__(
            _core.get_default_float() if dtype is None else dtypes.as_dtype(dtype),
            name=name,
            parameters=parameters,
            **hints,
        )

    def _shape(self) -> Sequence[int]:
        return [*self._batch, self._rows, self._rows]

    def _part(self, slices: tuple[Any, ...], batch: tuple[int, ...]) -> LinearOperator:
        whole = common_batch("an operator and its parts", [batch, self._batch])
        part = _sliced_batch(whole, slices)
        return LinearOperatorIdentity(**{**self._parameters, "batch_shape": part})

    def _to_dense(self) -> Tensor:
        return diagonals.diag(self._diag_part())

    def _ones(self, *extents: int) -> Tensor:
        return _core.full([*self._batch, *extents], 1, self.dtype)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        x = diagonals.adjoint(x) if adjoint_arg else x
        if not self._batch:
            return x
        batch = common_batch("an operator and its argument", [self._batch, x.shape[:-2]])
        return _core.broadcast_to(x, [*batch, *x.shape[-2:]])

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._matmul(rhs, adjoint, adjoint_arg)

    def _diag_part(self) -> Tensor:
        return self._ones(self._rows)

    def _trace(self) -> Tensor:
        return _core.full(self._batch, self._rows, self.dtype)

    def _determinant(self) -> Tensor:
        return self._ones()

    def _log_abs_determinant(self) -> Tensor:
        return _core.full(self._batch, 0, self.dtype)

    def _eigvals(self) -> Tensor:
        return self._diag_part()

    def _cond(self) -> Tensor:
        return self._ones()

    def _inverse_operator(self) -> LinearOperator | None:
        return self

    def _cholesky_operator(self) -> LinearOperator | None:
        return self

    def _assert_non_singular(self) -> None:
        pass

    _assert_self_adjoint = _assert_positive_definite = _assert_non_singular


class LinearOperatorZeros(LinearOperator):
    """Matrices of zeros.

    Args:
        num_rows: the number of rows.
        num_columns: the number of columns; that of rows for None.
        batch_shape: the extents of a batch of them.
        dtype: the default float's for None.
        is_non_singular, is_positive_definite: False, and nothing else.
        is_self_adjoint, is_square: whether there are as many columns as rows.
        assert_proper_shapes: ignored; shapes are always checked.
        name: of the operator.

    Raises:
        ValueError: for hints that are wrong.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorZeros(2, 3, is_square=False, is_self_adjoint=False)
    >>> print(a.matvec([1.0, 2.0, 3.0]).numpy())
    [0. 0.]
    """

    def __init__(
        self,
        num_rows: SupportsIndex,
        num_columns: SupportsIndex | None = None,
        batch_shape: ShapeLike | None = None,
        dtype: DTypeLike | None = None,
        is_non_singular: bool = False,
        is_self_adjoint: bool = True,
        is_positive_definite: bool = False,
        is_square: bool = True,
        assert_proper_shapes: bool = False,
        name: str = "LinearOperatorZeros",
    ) -> None:
        parameters = dict(locals())
        self._rows = extent("num_rows", num_rows)
        self._columns = self._rows if num_columns is None else extent("num_columns", num_columns)
        self._batch = [] if batch_shape is None else list(TensorShape(batch_shape))
        if is_non_singular or is_positive_definite:
            raise ValueError("An operator of zeros is singular, and not positive definite.")
        square = self._rows == self._columns
        for hint, given in (("is_square", is_square), ("is_self_adjoint", is_self_adjoint)):
            if given and not square:
                raise ValueError(
                    f"{hint} is False of {self._rows} rows and {self._columns} columns."
                )
        if is_square and is_self_adjoint is False:
            raise ValueError("An operator of zeros that is square is self-adjoint.")
        super().__init__(
            _core.get_default_float() if dtype is None else dtypes.as_dtype(dtype),
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=is_square,
            name=name,
            parameters=parameters,
        )

    def _shape(self) -> Sequence[int]:
        return [*self._batch, self._rows, self._columns]

    def _part(self, slices: tuple[Any, ...], batch: tuple[int, ...]) -> LinearOperator:
        whole = common_batch("an operator and its parts", [batch, self._batch])
        part = _sliced_batch(whole, slices)
        return LinearOperatorZeros(**{**self._parameters, "batch_shape": part})

    def _zeros(self, *extents: int) -> Tensor:
        return _core.full([*self._batch, *extents], 0, self.dtype)

    def _to_dense(self) -> Tensor:
        return self._zeros(self._rows, self._columns)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        columns = x.shape[-2 if adjoint_arg else -1]
        batch = common_batch("an operator and its argument", [self._batch, x.shape[:-2]])
        rows = self._columns if adjoint else self._rows
        # A derivative that is there, and zero.
        nothing = 0 * _core.reduce("reduce_sum", _core.reshape(x, [-1])[:0], -1, False)
        return _core.broadcast_to(nothing, [*batch, rows, columns])

    def _diag_part(self) -> Tensor:
        return self._zeros(min(self._rows, self._columns))

    def _trace(self) -> Tensor:
        return self._zeros()

    def _determinant(self) -> Tensor:
        return self._zeros() if self._rows else self._zeros() + 1

    def _log_abs_determinant(self) -> Tensor:
        return _math.log(self._determinant())

    def _add_to_tensor(self, x: Tensor) -> Tensor:
        batch = common_batch("an operator and its argument", [self._batch, x.shape[:-2]])
        return _core.broadcast_to(x, [*batch, self._rows, self._columns])

    def _eigvals(self) -> Tensor:
        return self._diag_part()

    def _adjoint_operator(self) -> LinearOperator | None:
        return zeros_of(self._columns, self._rows, self._batch, self.dtype)

    def _assert_non_singular(self) -> None:
        raise InvalidArgumentError("An operator of zeros is singular.")

    def _assert_positive_definite(self) -> None:
        raise InvalidArgumentError("An operator of zeros is not positive definite.")

    def _assert_self_adjoint(self) -> None:
        require(self._rows == self._columns, "The zeros are not square, and not self-adjoint.")


def zeros_of(rows: int, columns: int, batch: Sequence[int], dtype: DTypeLike) -> LinearOperator:
    square = rows == columns
    return LinearOperatorZeros(
        rows, columns, list(batch), dtype, is_square=square, is_self_adjoint=square
    )
