"""Operators of blocks that are operators: on a diagonal, and below it."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, ClassVar

from autograd_c.core import _core
from autograd_c.functions import diagonals
from autograd_c.functions.linear_operators.dense import LinearOperatorFullMatrix
from autograd_c.functions.linear_operators.operator import (
    LinearOperator,
    all_or_nothing,
    common_batch,
    convert,
    product_of,
    sum_of,
)
from autograd_c.functions.linear_operators.products import (
    in_one_dtype,
    known_of_all,
    operators_of,
    product,
    require_one_dtype,
)
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd_c.core._core import Tensor


def _joined(parts: Sequence[Tensor], axis: int) -> Tensor:
    """Tensors one behind the other, in a batch in which all of them fit."""
    axes = -axis
    batch = common_batch("blocks", [x.shape[: x.ndim - axes] for x in parts])
    whole = [_core.broadcast_to(x, [*batch, *x.shape[x.ndim - axes :]]) for x in parts]
    return _core.concat(whole, axis)


class _Blocks(LinearOperator):
    """What is applied to blocks of its argument: to a tensor, or to a list of the blocks."""

    def _row_extents(self) -> list[int]:
        raise NotImplementedError

    def _column_extents(self) -> list[int]:
        raise NotImplementedError

    def _blocks_of(
        self, x: Any, extents: list[int], axis: int, turned: bool = False
    ) -> list[Tensor] | None:
        """The blocks of an argument that is a list of them; None for one that is in one piece."""
        if not isinstance(x, (list, tuple)) or len(x) != len(extents):
            return None
        blocks = [convert(each, self.dtype) for each in x]
        if any(block.ndim < -axis for block in blocks):
            return None
        if turned:
            blocks = [diagonals.adjoint(block) for block in blocks]
        sizes = [block.shape[axis] for block in blocks]
        if sizes != extents:
            raise InvalidArgumentError(
                f"Blocks of {sizes} rows do not fit an operator of blocks of {extents}."
            )
        return blocks

    def _split(self, x: Tensor, extents: list[int]) -> list[Tensor]:
        parts, begin = [], 0
        for size in extents:
            parts.append(x[..., begin : begin + size, :])
            begin += size
        return parts

    def _multiplied(self, blocks: list[Tensor], adjoint: bool) -> list[Tensor]:
        raise NotImplementedError

    def _solved(self, blocks: list[Tensor], adjoint: bool) -> list[Tensor]:
        raise NotImplementedError

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        x = diagonals.adjoint(x) if adjoint_arg else x
        extents = self._row_extents() if adjoint else self._column_extents()
        return _joined(self._multiplied(self._split(x, extents), adjoint), -2)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        rhs = diagonals.adjoint(rhs) if adjoint_arg else rhs
        return _joined(self._solved(self._split(rhs, self._row_extents()), adjoint), -2)

    def matmul(
        self, x: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "matmul"
    ) -> Any:
        extents = self._row_extents() if adjoint else self._column_extents()
        blocks = self._blocks_of(x, extents, -2, adjoint_arg)
        if blocks is None:
            return super().matmul(x, adjoint, adjoint_arg)
        return self._multiplied(blocks, adjoint)

    def matvec(self, x: Any, adjoint: bool = False, name: str = "matvec") -> Any:
        extents = self._row_extents() if adjoint else self._column_extents()
        blocks = self._blocks_of(x, extents, -1)
        if blocks is None:
            return super().matvec(x, adjoint)
        done = self._multiplied([block[..., None] for block in blocks], adjoint)
        return [block[..., 0] for block in done]

    def solve(
        self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "solve"
    ) -> Any:
        self._require_solutions()
        blocks = self._blocks_of(rhs, self._row_extents(), -2, adjoint_arg)
        if blocks is None:
            return super().solve(rhs, adjoint, adjoint_arg)
        return self._solved(blocks, adjoint)

    def solvevec(self, rhs: Any, adjoint: bool = False, name: str = "solve") -> Any:
        self._require_solutions()
        blocks = self._blocks_of(rhs, self._row_extents(), -1)
        if blocks is None:
            return super().solvevec(rhs, adjoint)
        done = self._solved([block[..., None] for block in blocks], adjoint)
        return [block[..., 0] for block in done]


class LinearOperatorBlockDiag(_Blocks):
    """Operators along a diagonal.

    `matmul`, `matvec`, `solve` and `solvevec` also take a list of as many tensors as there are
    operators, and then return a list.

    Args:
        operators: one or more operators of one dtype.
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of the
            whole. It has those properties that all of the operators have.
        name: of the operator; by default the operators' with "_ds_" between.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorDiag([2.0])
    >>> b = tf.linalg.LinearOperatorFullMatrix([[1.0, 1.0], [0.0, 1.0]])
    >>> whole = tf.linalg.LinearOperatorBlockDiag([a, b])
    >>> print(whole.matvec([1.0, 2.0, 3.0]).numpy())
    [2. 5. 3.]
    """

    _axes_of_matrices: ClassVar = {"operators": 0}

    def __init__(
        self,
        operators: Sequence[LinearOperator],
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
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
            name=name or "_ds_".join(each.name for each in self.operators),
            parameters=parameters,
            **known_of_all(self.operators, hints),
        )

    def _row_extents(self) -> list[int]:
        return [each.range_dimension for each in self.operators]

    def _column_extents(self) -> list[int]:
        return [each.domain_dimension for each in self.operators]

    def _shape(self) -> Sequence[int]:
        batch = common_batch("the operators", [each.batch_shape for each in self.operators])
        return [*batch, sum(self._row_extents()), sum(self._column_extents())]

    @property
    def is_square(self) -> bool:
        """Whether the matrices are square."""
        return sum(self._row_extents()) == sum(self._column_extents())

    @property
    def _all_are_square(self) -> bool:
        return all(each.is_square for each in self.operators)

    def _to_dense(self) -> Tensor:
        rows = []
        n, begin = self.domain_dimension, 0
        for each in self.operators:
            dense = each._to_dense()
            shape = [*dense.shape[:-1]]
            before = _core.full([*shape, begin], 0, self.dtype)
            begin += dense.shape[-1]
            rows.append(
                _core.concat([before, dense, _core.full([*shape, n - begin], 0, self.dtype)], -1)
            )
        return _joined(rows, -2)

    def _multiplied(self, blocks: list[Tensor], adjoint: bool) -> list[Tensor]:
        return [each._matmul(x, adjoint) for each, x in zip(self.operators, blocks)]

    def _solved(self, blocks: list[Tensor], adjoint: bool) -> list[Tensor]:
        return [each._solve(x, adjoint) for each, x in zip(self.operators, blocks)]

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        if not self._all_are_square:
            return LinearOperator._solve(self, rhs, adjoint, adjoint_arg)
        return super()._solve(rhs, adjoint, adjoint_arg)

    def _determinant(self) -> Tensor:
        if not self._all_are_square:
            return super()._determinant()
        return product_of(each._determinant() for each in self.operators)

    def _log_abs_determinant(self) -> Tensor:
        if not self._all_are_square:
            return super()._log_abs_determinant()
        return sum_of(each._log_abs_determinant() for each in self.operators)

    def _diag_part(self) -> Tensor:
        if not self._all_are_square:
            return super()._diag_part()
        return _joined([each._diag_part() for each in self.operators], -1)

    def _trace(self) -> Tensor:
        if not self._all_are_square:
            return super()._trace()
        return sum_of(each._trace() for each in self.operators)

    def _eigvals(self) -> Tensor:
        if not self._all_are_square:
            return super()._eigvals()
        return _joined(in_one_dtype([each._eigvals() for each in self.operators]), -1)

    def _map(self, step: Any) -> LinearOperator:
        return LinearOperatorBlockDiag([step(each) for each in self.operators])

    def _times(self, other: LinearOperator) -> LinearOperator | None:
        if not isinstance(other, LinearOperatorBlockDiag):
            return None
        if self._column_extents() != other._row_extents():
            return None
        return LinearOperatorBlockDiag(
            [product(one, another) for one, another in zip(self.operators, other.operators)]
        )

    def _adjoint_operator(self) -> LinearOperator | None:
        return self._map(operator.methodcaller("adjoint"))

    def _inverse_operator(self) -> LinearOperator | None:
        return self._map(operator.methodcaller("inverse")) if self._all_are_square else None

    def _cholesky_operator(self) -> LinearOperator | None:
        if all(each._has_cholesky for each in self.operators):
            return self._map(operator.methodcaller("cholesky"))
        return None

    def _assert_non_singular(self) -> None:
        if not self._all_are_square:
            super()._assert_non_singular()
            return
        for each in self.operators:
            each._assert_non_singular()

    def _assert_self_adjoint(self) -> None:
        for each in self.operators:
            each._assert_self_adjoint()

    def _assert_positive_definite(self) -> None:
        for each in self.operators:
            each._assert_positive_definite()


class LinearOperatorBlockLowerTriangular(_Blocks):
    """Operators on a diagonal and below it.

    `matmul`, `matvec`, `solve` and `solvevec` also take a list of as many tensors as there are
    rows of operators, and then return a list.

    Args:
        operators: rows of operators of one dtype, of which the i-th has i. The last of each row,
            on the diagonal, are square.
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of the
            whole. It is not singular if none of the operators on the diagonal is.
        name: of the operator.

    Raises:
        ValueError: for rows of another number of operators, or operators that do not fit.
        TypeError: for operators of different dtypes.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorDiag([2.0, 4.0])
    >>> b = tf.linalg.LinearOperatorFullMatrix([[1.0, 1.0], [0.0, 1.0]])
    >>> whole = tf.linalg.LinearOperatorBlockLowerTriangular([[a], [b, a]])
    >>> print(whole.matvec([1.0, 2.0, 3.0, 4.0]).numpy())
    [ 2.  8.  9. 18.]
    """

    def __init__(
        self,
        operators: Sequence[Sequence[LinearOperator]],
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorBlockLowerTriangular",
    ) -> None:
        parameters = dict(locals())
        self.operators = [list(row) for row in operators]
        self._check()
        known = [row[-1].is_non_singular for row in self.operators]
        if False in known:
            is_non_singular = False
        super().__init__(
            self.operators[0][0].dtype,
            is_non_singular=all_or_nothing(known) or is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=is_square,
            name=name,
            parameters=parameters,
        )

    def _check(self) -> None:
        if not self.operators:
            raise ValueError("Expected one or more rows of operators, got none.")
        for i, row in enumerate(self.operators):
            if len(row) != i + 1:
                raise ValueError(f"Row {i} must have {i + 1} operators, got {len(row)}.")
        require_one_dtype([each for row in self.operators for each in row])
        for i, row in enumerate(self.operators):
            if not row[-1].is_square:
                raise ValueError(
                    f"The last operator of row {i} must be square: it is on the diagonal."
                )
            for j, each in enumerate(row[:-1]):
                expected = row[-1].range_dimension, self.operators[j][-1].domain_dimension
                if (each.range_dimension, each.domain_dimension) != expected:
                    raise InvalidArgumentError(
                        f"The operator in row {i} and column {j} must be of shape {expected}, got "
                        f"{(each.range_dimension, each.domain_dimension)}."
                    )

    def _diagonal(self) -> list[LinearOperator]:
        return [row[-1] for row in self.operators]

    def _row_extents(self) -> list[int]:
        return [each.range_dimension for each in self._diagonal()]

    def _column_extents(self) -> list[int]:
        return self._row_extents()

    def _shape(self) -> Sequence[int]:
        every = [each.batch_shape for row in self.operators for each in row]
        n = sum(self._row_extents())
        return [*common_batch("the operators", every), n, n]

    def _part(self, slices: tuple[Any, ...], batch: tuple[int, ...]) -> LinearOperator:
        rows = [[each._part(slices, batch) for each in row] for row in self.operators]
        return LinearOperatorBlockLowerTriangular(**{**self._parameters, "operators": rows})

    def _to_dense(self) -> Tensor:
        rows, n = [], self.domain_dimension
        for row in self.operators:
            dense = _joined([diagonals.adjoint(each._to_dense()) for each in row], -2)
            dense = diagonals.adjoint(dense)
            after = _core.full([*dense.shape[:-1], n - dense.shape[-1]], 0, self.dtype)
            rows.append(_core.concat([dense, after], -1))
        return _joined(rows, -2)

    def _multiplied(self, blocks: list[Tensor], adjoint: bool) -> list[Tensor]:
        count = len(self.operators)
        if adjoint:
            return [
                sum_of(self.operators[i][j]._matmul(blocks[i], True) for i in range(j, count))
                for j in range(count)
            ]
        return [
            sum_of(each._matmul(x, False) for each, x in zip(row, blocks)) for row in self.operators
        ]

    def _solved(self, blocks: list[Tensor], adjoint: bool) -> list[Tensor]:
        """By substitution: from the first block on, or for the adjoint from the last one back."""
        count = len(self.operators)
        found: dict[int, Tensor] = {}
        for i in reversed(range(count)) if adjoint else range(count):
            rest = blocks[i]
            for j, x in found.items():
                each = self.operators[j][i] if adjoint else self.operators[i][j]
                rest = rest - each._matmul(x, adjoint)
            found[i] = self.operators[i][i]._solve(rest, adjoint)
        return [found[i] for i in range(count)]

    def _determinant(self) -> Tensor:
        return self._over_batch(product_of(each._determinant() for each in self._diagonal()))

    def _log_abs_determinant(self) -> Tensor:
        return self._over_batch(sum_of(each._log_abs_determinant() for each in self._diagonal()))

    def _over_batch(self, x: Tensor) -> Tensor:
        """What the blocks on the diagonal give, for those below it, too."""
        return _core.broadcast_to(x, [*self.batch_shape])

    def _diag_part(self) -> Tensor:
        part = _joined([each._diag_part() for each in self._diagonal()], -1)
        return _core.broadcast_to(part, [*self.batch_shape, part.shape[-1]])

    def _trace(self) -> Tensor:
        return self._over_batch(sum_of(each._trace() for each in self._diagonal()))

    def _eigvals(self) -> Tensor:
        found = _joined(in_one_dtype([each._eigvals() for each in self._diagonal()]), -1)
        return _core.broadcast_to(found, [*self.batch_shape, found.shape[-1]])

    def _inverse_operator(self) -> LinearOperator | None:
        rows: list[list[LinearOperator]] = []
        for i, row in enumerate(self.operators):
            inverses: list[LinearOperator] = []
            for k in range(i):
                below = sum_of(row[j]._matmul(rows[j][k]._to_dense(), False) for j in range(k, i))
                inverses.append(LinearOperatorFullMatrix(-row[i]._solve(below, False)))
            rows.append([*inverses, row[i].inverse()])
        return LinearOperatorBlockLowerTriangular(rows)

    def _assert_non_singular(self) -> None:
        for each in self._diagonal():
            each._assert_non_singular()
