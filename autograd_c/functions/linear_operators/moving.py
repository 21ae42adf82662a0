"""Operators known by their diagonals, or by where they move elements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.functions import bands, diagonals
from autograd_c.functions.arrays import reverse
from autograd_c.functions.fourier import fft, ifft, irfft, rfft
from autograd_c.functions.indexed_slices import gather
from autograd_c.functions.linear_operators.operator import (
    LinearOperator,
    common_batch,
    conjugated,
    convert,
    held,
    require,
)
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, TensorLike


class LinearOperatorToeplitz(LinearOperator):
    """Matrices whose diagonals are constant; products are convolutions, by Fourier transforms.

    Args:
        col: the first columns, a tensor or Variable of shape [..., n].
        row: the first rows, of which the first elements are not read.
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of them.
        name: of the operator.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorToeplitz([1.0, 2.0, 3.0], [1.0, 4.0, 5.0])
    >>> print(a.to_dense().numpy())
    [[1. 4. 5.]
     [2. 1. 4.]
     [3. 2. 1.]]
    """

    _axes_of_matrices: ClassVar = {"col": 1, "row": 1}

    def __init__(
        self,
        col: TensorLike,
        row: TensorLike,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorToeplitz",
    ) -> None:
        parameters = dict(locals())
        self.col = held("col", col, 1)
        self.row = held("row", row, 1)
        if self.col.shape[-1] != self.row.shape[-1]:
            raise InvalidArgumentError(
                f"Columns of {self.col.shape[-1]} elements and rows of {self.row.shape[-1]} do not "
                "make a square matrix."
            )
        if is_square is False:
            raise ValueError("A Toeplitz operator is square here.")
        super().__init__(
            self.col.dtype,
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=True,
            name=name,
            parameters=parameters,
        )

    def _shape(self) -> Sequence[int]:
        batch = common_batch("rows and columns", [self.col.shape[:-1], self.row.shape[:-1]])
        return [*batch, self.col.shape[-1], self.col.shape[-1]]

    def _both(self) -> tuple[Tensor, Tensor]:
        """Columns and rows, in one batch."""
        col, row = convert(self.col), convert(self.row, self.dtype)
        shape = self._shape()[:-1]
        return _core.broadcast_to(col, shape), _core.broadcast_to(row, shape)

    def _to_dense(self) -> Tensor:
        col, row = self._both()
        n = col.shape[-1]
        # The diagonals from the one above right to the one below left.
        every = _core.concat([reverse(row[..., 1:], [-1]), col], -1)
        places = np.arange(n)[:, None] - np.arange(n) + max(n - 1, 0)
        return gather(every, places, axis=-1)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        x = diagonals.adjoint(x) if adjoint_arg else x
        col, row = self._both()
        n = col.shape[-1]
        if n == 0:
            return _core.matmul(self._to_dense(), x, adjoint_a=adjoint)
        if adjoint:
            first = conjugated(col[..., :1])
            col, row = conjugated(row), conjugated(col)
            col = _core.concat([first, col[..., 1:]], -1)
        # The first columns of circulant matrices, of which these are the corner above left.
        kernel = _core.concat([col, reverse(row[..., 1:], [-1])], -1)
        signal = _core.pad(x.mT, [[0, 0]] * (x.ndim - 1) + [[0, n - 1]])
        if self.dtype.is_complex:
            y = ifft(fft(kernel)[..., None, :] * fft(signal))
        else:
            length = [2 * n - 1]
            y = irfft(rfft(kernel, length)[..., None, :] * rfft(signal, length), length)
        return y[..., :n].mT

    def _diag_part(self) -> Tensor:
        first = self._both()[0][..., :1]
        return _core.broadcast_to(first, self._shape()[:-1])

    def _trace(self) -> Tensor:
        first = self._both()[0][..., 0]
        return first * _core.constant(self.domain_dimension, self.dtype)

    def _assert_self_adjoint(self) -> None:
        col, row = self._both()
        same = _math.equal(col[..., 1:], conjugated(row[..., 1:]))
        require(same, "Columns are not the conjugates of rows: the operator is not self-adjoint.")
        require(_math.equal(col[..., :1], conjugated(col[..., :1])), "The diagonal is not real.")


class LinearOperatorTridiag(LinearOperator):
    """Matrices of three diagonals.

    Args:
        diagonals: with "compact", a tensor or Variable of shape [..., 3, n]: what is above the main
            diagonal (of which the last element is not read), that, and what is below it (of which
            the first is not read). With "sequence", a list of those three, of shape [..., n]. With
            "matrix", a tensor of shape [..., n, n], of which the rest is not read.
        diagonals_format: "compact", "sequence" or "matrix".
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of them.
        name: of the operator.

    Raises:
        ValueError: for another format.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorTridiag([[1.0, 2.0, 0.0], [4.0, 5.0, 6.0], [0.0, 7.0, 8.0]])
    >>> print(a.to_dense().numpy())
    [[4. 1. 0.]
     [7. 5. 2.]
     [0. 8. 6.]]
    """

    def __init__(
        self,
        diagonals: Any,
        diagonals_format: str = "compact",
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorTridiag",
    ) -> None:
        parameters = dict(locals())
        if diagonals_format not in ("compact", "sequence", "matrix"):
            raise ValueError(
                "`diagonals_format` must be 'compact', 'sequence' or 'matrix', not "
                f"{diagonals_format!r}."
            )
        if is_square is False:
            raise ValueError("A tridiagonal operator is square here.")
        if diagonals_format == "sequence":
            self.diagonals: Any = [held("diagonals", each, 1) for each in diagonals]
        else:
            self.diagonals = held("diagonals", diagonals, 2)
        self.diagonals_format = diagonals_format
        first = self.diagonals[0] if diagonals_format == "sequence" else self.diagonals
        super().__init__(
            first.dtype,
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=True,
            name=name,
            parameters=parameters,
        )
        self._compact()

    def _compact(self) -> Tensor:
        given = self.diagonals
        if self.diagonals_format == "sequence":
            given = [convert(each) for each in given]
            batch = common_batch("diagonals", [each.shape[:-1] for each in given])
            given = [_core.broadcast_to(each, [*batch, each.shape[-1]]) for each in given]
        return bands._compact("LinearOperatorTridiag", given, self.diagonals_format)

    def _shape(self) -> Sequence[int]:
        if self.diagonals_format == "matrix":
            return list(self.diagonals.shape)
        *batch, _, n = self._compact().shape
        return [*batch, n, n]

    def _part(self, slices: tuple[Any, ...], batch: tuple[int, ...]) -> LinearOperator:
        whole = _core.broadcast_to(self._compact(), [*batch, 3, self.domain_dimension])
        if not any(each is Ellipsis for each in slices):
            slices = (*slices, Ellipsis)
        made_of = {
            "diagonals": whole[slices + (slice(None), slice(None))],
            "diagonals_format": "compact",
        }
        return LinearOperatorTridiag(**{**self._parameters, **made_of})

    def _three(self, adjoint: bool) -> tuple[Tensor, Tensor, Tensor]:
        """What is above the main diagonal, that, and what is below it; the others of n - 1."""
        compact = self._compact()
        above, main, below = compact[..., 0, :-1], compact[..., 1, :], compact[..., 2, 1:]
        if adjoint:
            return conjugated(below), conjugated(main), conjugated(above)
        return above, main, below

    def _to_dense(self) -> Tensor:
        above, main, below = self._three(False)
        if main.shape[-1] < 2:
            return diagonals.diag(main)
        return diagonals.diag(main) + diagonals.diag(above, k=1) + diagonals.diag(below, k=-1)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        x = diagonals.adjoint(x) if adjoint_arg else x
        above, main, below = self._three(adjoint)
        up, down = above[..., None] * x[..., 1:, :], below[..., None] * x[..., :-1, :]
        before = [[0, 0]] * (up.ndim - 2)
        return (
            main[..., None] * x
            + _core.pad(up, [*before, [0, 1], [0, 0]])
            + _core.pad(down, [*before, [1, 0], [0, 0]])
        )

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        rhs = diagonals.adjoint(rhs) if adjoint_arg else rhs
        above, main, below = self._three(adjoint)
        before = [[0, 0]] * (main.ndim - 1)
        rows = [_core.pad(above, [*before, [0, 1]]), main, _core.pad(below, [*before, [1, 0]])]
        compact = _core.stack(rows, -2)
        batch = common_batch("an operator and its argument", [compact.shape[:-2], rhs.shape[:-2]])
        return bands.tridiagonal_solve(
            _core.broadcast_to(compact, [*batch, *compact.shape[-2:]]),
            _core.broadcast_to(rhs, [*batch, *rhs.shape[-2:]]),
        )

    def _diag_part(self) -> Tensor:
        return self._compact()[..., 1, :]

    def _assert_self_adjoint(self) -> None:
        above, main, below = self._three(False)
        same = _math.equal(below, conjugated(above))
        require(same, "What is below the diagonal is not the conjugate of what is above it.")
        require(_math.equal(main, conjugated(main)), "The diagonal is not real.")


class LinearOperatorPermutation(LinearOperator):
    """Permutations: (P x)[i] = x[perm[i]].

    Args:
        perm: a tensor of integers of shape [..., n], each of 0 to n - 1 once.
        dtype: of the matrices.
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of them.
        name: of the operator.

    Raises:
        TypeError: for `perm` that are no integers.
        ValueError: for `perm` that is no permutation.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorPermutation([1, 2, 0])
    >>> print(a.matvec([10.0, 20.0, 30.0]).numpy())
    [20. 30. 10.]
    """

    _axes_of_matrices: ClassVar = {"perm": 1}

    def __init__(
        self,
        perm: TensorLike,
        dtype: DTypeLike = "float32",
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorPermutation",
    ) -> None:
        parameters = dict(locals())
        self.perm = convert(perm)
        if not self.perm.dtype.is_integer:
            raise TypeError(f"Argument `perm` must be integers, not {self.perm.dtype.name}")
        held("perm", self.perm, 1)
        places = self.perm.numpy()
        if not np.array_equal(
            np.sort(places, -1), np.broadcast_to(np.arange(places.shape[-1]), places.shape)
        ):
            raise InvalidArgumentError(
                f"Argument `perm` must have each of 0 to {places.shape[-1] - 1} once."
            )
        if False in (is_non_singular, is_square):
            raise ValueError("A permutation is square and not singular.")
        super().__init__(
            dtype,
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=True,
            name=name,
            parameters=parameters,
        )

    def _shape(self) -> Sequence[int]:
        return [*self.perm.shape, self.perm.shape[-1]]

    def _moved(self, x: Tensor, places: np.ndarray[Any, Any]) -> Tensor:
        if places.ndim == 1:
            return gather(x, places, axis=-2)
        batch = common_batch("an operator and its argument", [places.shape[:-1], x.shape[:-2]])
        return gather(
            _core.broadcast_to(x, [*batch, *x.shape[-2:]]),
            np.broadcast_to(places, (*batch, places.shape[-1])),
            axis=-2,
            batch_dims=len(batch),
        )

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        x = diagonals.adjoint(x) if adjoint_arg else x
        places = self.perm.numpy()
        return self._moved(x, np.argsort(places, -1) if adjoint else places)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._matmul(rhs, not adjoint, adjoint_arg)

    def _to_dense(self) -> Tensor:
        places = self.perm.numpy()
        return _core.constant(places[..., None] == np.arange(places.shape[-1]), self.dtype)

    def _each(self, value: Any) -> Tensor:
        return _core.constant(np.broadcast_to(value, tuple(self.batch_shape)), self.dtype)

    def _determinant(self) -> Tensor:
        places = self.perm.numpy()
        exchanged = np.triu(places[..., :, None] > places[..., None, :]).sum((-2, -1))
        return self._each(1 - 2 * (exchanged % 2))

    def _log_abs_determinant(self) -> Tensor:
        return self._each(0)

    def _cond(self) -> Tensor:
        return self._each(1)

    def _diag_part(self) -> Tensor:
        places = self.perm.numpy()
        return _core.constant(places == np.arange(places.shape[-1]), self.dtype)

    def _assert_non_singular(self) -> None:
        pass
