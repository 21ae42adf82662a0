"""Matrices that are known by what they do: ``tf.linalg.LinearOperatorDiag`` and the like."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions import diagonals, equations, factorizations, spectra
from autograd_c.values import dtypes
from autograd_c.values.errors import InvalidArgumentError
from autograd_c.values.shape import TensorShape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd_c.typing import DTypeLike, ShapeLike, TensorLike
    from autograd_c.values.dtypes import DType

convert = _core.convert_to_tensor


def _conjugated(x: Tensor) -> Tensor:
    return _core.conj(x) if x.dtype.is_complex else x


class LinearOperator:
    """A batch of matrices, of shape [..., m, n]: what all of them have in common.

    A class of one's own gives `_to_dense`, and what it knows a faster way for. Hints
    (`is_non_singular`, `is_self_adjoint`, `is_positive_definite`, `is_square`) are taken as they
    are given.
    """

    def __init__(
        self,
        dtype: DTypeLike,
        shape: Sequence[int],
        hints: tuple[bool | None, bool | None, bool | None],
        name: str | None = None,
    ) -> None:
        self.dtype: DType = dtypes.as_dtype(dtype)
        self.shape = TensorShape(shape)
        self.is_non_singular, self.is_self_adjoint, self.is_positive_definite = hints
        if self.is_positive_definite:
            self.is_non_singular = True
        self.name = name or type(self).__name__

    # What a class gives, or leaves to the dense matrix.

    def _to_dense(self) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} does not say what matrix it is")

    def _matmul(self, x: Tensor, adjoint: bool) -> Tensor:
        return _core.matmul(self._to_dense(), x, adjoint_a=adjoint)

    def _solve(self, rhs: Tensor, adjoint: bool) -> Tensor:
        return equations.solve(self._to_dense(), rhs, adjoint)

    def _determinant(self) -> Tensor:
        return equations.det(self._to_dense())

    def _log_abs_determinant(self) -> Tensor:
        return equations.slogdet(self._to_dense()).log_abs_determinant

    def _diag_part(self) -> Tensor:
        return diagonals.diag_part(self._to_dense())

    # What there is to know.

    @property
    def batch_shape(self) -> TensorShape:
        """The extents of the batch."""
        return TensorShape(self.shape[:-2])

    @property
    def is_square(self) -> bool:
        """Whether the matrices are square."""
        return bool(self.shape[-1] == self.shape[-2])

    @property
    def tensor_rank(self) -> int:
        """The number of axes, those of the batch included."""
        return len(self.shape)

    @property
    def domain_dimension(self) -> int:
        """The number of columns."""
        return int(self.shape[-1])

    @property
    def range_dimension(self) -> int:
        """The number of rows."""
        return int(self.shape[-2])

    def shape_tensor(self, name: str | None = None) -> Tensor:
        """The shape, as int32."""
        return _core.constant(list(self.shape), "int32")

    def batch_shape_tensor(self, name: str | None = None) -> Tensor:
        """The extents of the batch, as int32."""
        return _core.constant(np.array(self.shape[:-2], np.int32))

    def tensor_rank_tensor(self, name: str | None = None) -> Tensor:
        """The number of axes, as int32."""
        return _core.constant(self.tensor_rank, "int32")

    def domain_dimension_tensor(self, name: str | None = None) -> Tensor:
        """The number of columns, as int32."""
        return _core.constant(self.domain_dimension, "int32")

    def range_dimension_tensor(self, name: str | None = None) -> Tensor:
        """The number of rows, as int32."""
        return _core.constant(self.range_dimension, "int32")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}, shape={self.shape}, dtype={self.dtype.name}>"

    # What it does.

    def to_dense(self, name: str | None = None) -> Tensor:
        """The matrices, as a tensor."""
        return self._to_dense()

    def _argument(self, x: TensorLike, extent: int, axis: int) -> Tensor:
        t = convert(x, self.dtype)
        if t.ndim < -axis or t.shape[axis] != extent:
            raise InvalidArgumentError(
                f"{type(self).__name__} of shape {tuple(self.shape)} does not fit an argument of "
                f"shape {tuple(t.shape)}"
            )
        return t

    def matmul(
        self,
        x: TensorLike | LinearOperator,
        adjoint: bool = False,
        adjoint_arg: bool = False,
        name: str | None = None,
    ) -> Any:
        """A x, or A^H x, for x of shape [..., n, k]; with `adjoint_arg`, for the adjoint of x.

        For another operator, an operator.
        """
        if isinstance(x, LinearOperator):
            left = self.adjoint() if adjoint else self
            right = x.adjoint() if adjoint_arg else x
            return LinearOperatorFullMatrix(left._matmul(right._to_dense(), False))
        t = convert(x, self.dtype)
        if adjoint_arg:
            t = diagonals.adjoint(t)
        return self._matmul(self._argument(t, self.shape[-2 if adjoint else -1], -2), adjoint)

    def matvec(self, x: TensorLike, adjoint: bool = False, name: str | None = None) -> Tensor:
        """A x, or A^H x, for vectors x of shape [..., n]."""
        t = self._argument(x, self.shape[-2 if adjoint else -1], -1)
        return self._matmul(t[..., None], adjoint)[..., 0]

    def __matmul__(self, other: TensorLike | LinearOperator) -> Any:
        return self.matmul(other)

    def _require_square(self, what: str) -> None:
        if not self.is_square:
            raise NotImplementedError(
                f"{what} not implemented for an operator that is expected to not be square."
            )

    def solve(
        self,
        rhs: TensorLike,
        adjoint: bool = False,
        adjoint_arg: bool = False,
        name: str | None = None,
    ) -> Tensor:
        """The x for which A x, or A^H x, is `rhs`, of shape [..., n, k]."""
        self._require_square("Exact solve")
        t = convert(rhs, self.dtype)
        if adjoint_arg:
            t = diagonals.adjoint(t)
        return self._solve(self._argument(t, self.shape[-1], -2), adjoint)

    def solvevec(self, rhs: TensorLike, adjoint: bool = False, name: str | None = None) -> Tensor:
        """The same for vectors, of shape [..., n]."""
        self._require_square("Exact solve")
        return self._solve(self._argument(rhs, self.shape[-1], -1)[..., None], adjoint)[..., 0]

    def determinant(self, name: str | None = None) -> Tensor:
        """The determinants."""
        self._require_square("Determinant")
        return self._determinant()

    def log_abs_determinant(self, name: str | None = None) -> Tensor:
        """The logarithms of the moduli of the determinants."""
        self._require_square("Determinant")
        return self._log_abs_determinant()

    def diag_part(self, name: str | None = None) -> Tensor:
        """The main diagonals."""
        return self._diag_part()

    def trace(self, name: str | None = None) -> Tensor:
        """Their sums."""
        return _core.reduce("reduce_sum", self._diag_part(), -1, False)

    def add_to_tensor(self, x: TensorLike, name: str | None = None) -> Tensor:
        """A + x."""
        return self._to_dense() + convert(x, self.dtype)

    def eigvals(self, name: str | None = None) -> Tensor:
        """The eigenvalues; of operators that are not self-adjoint, complex ones."""
        if self.is_self_adjoint:
            return spectra.eigvalsh(self._to_dense())
        return spectra.eigvals(self._to_dense())

    def cond(self, name: str | None = None) -> Tensor:
        """The largest singular values by the least."""
        from autograd_c.functions.decompositions import singular_values

        s = singular_values(self._to_dense())
        return s[..., 0] / s[..., -1]

    def adjoint(self, name: str | None = None) -> LinearOperator:
        """The operator A^H."""
        return LinearOperatorFullMatrix(diagonals.adjoint(self._to_dense()))

    @property
    def H(self) -> LinearOperator:  # noqa: N802 (the name is TensorFlow's)
        """The operator A^H."""
        return self.adjoint()

    def inverse(self, name: str | None = None) -> LinearOperator:
        """The operator A^-1."""
        self._require_square("Inverse")
        return LinearOperatorFullMatrix(equations.inv(self._to_dense()))

    def cholesky(self, name: str | None = None) -> LinearOperator:
        """The Cholesky factor; of operators that are said to be self-adjoint and positive definite.

        Raises:
            ValueError: for others.
        """
        if not (self.is_positive_definite and self.is_self_adjoint):
            raise ValueError(
                "Cannot take the Cholesky decomposition: Not a positive definite self adjoint "
                "matrix."
            )
        return LinearOperatorLowerTriangular(factorizations.cholesky(self._to_dense()))

    def _assert(self, holds: Any, message: str) -> None:
        if not np.all(_core.plain_array(_core.stop_gradient(convert(holds)))):
            raise InvalidArgumentError(message)

    def assert_non_singular(self, name: str | None = None) -> None:
        """Raise `tf.errors.InvalidArgumentError` unless the condition is a number that is not huge.

        Of the precision, its inverse.
        """
        limit = 1 / float(np.finfo(self.dtype.as_numpy_dtype).eps)
        self._assert(_math.less(self.cond(), limit), "Singular matrix up to precision epsilon.")

    def assert_self_adjoint(self, name: str | None = None) -> None:
        """Raise `tf.errors.InvalidArgumentError` unless the matrices are their adjoints."""
        dense = self._to_dense()
        same = _math.equal(dense, diagonals.adjoint(dense))
        self._assert(same, "Matrix was not equal to its adjoint.")

    def assert_positive_definite(self, name: str | None = None) -> None:
        """Raise `tf.errors.InvalidArgumentError` unless there are Cholesky factors."""
        self.assert_self_adjoint()
        factorizations.cholesky(_core.stop_gradient(self._to_dense()))


class LinearOperatorFullMatrix(LinearOperator):
    """Matrices as they are.

    Args:
        matrix: a tensor of floats or complex numbers of shape [..., m, n].
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of them.
        name: of the operator.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorFullMatrix([[1.0, 2.0], [3.0, 4.0]])
    >>> print(a.matvec([1.0, 1.0]).numpy(), a.shape)
    [3. 7.] (2, 2)
    """

    def __init__(
        self,
        matrix: TensorLike,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorFullMatrix",
    ) -> None:
        self.matrix = elements_of("matrix", matrix, 2)
        hints = is_non_singular, is_self_adjoint, is_positive_definite
        super().__init__(self.matrix.dtype, self.matrix.shape, hints, name)

    def _to_dense(self) -> Tensor:
        return self.matrix

    def _solve(self, rhs: Tensor, adjoint: bool) -> Tensor:
        if self.is_positive_definite and self.is_self_adjoint:
            return equations.cholesky_solve(factorizations.cholesky(self.matrix), rhs)
        return super()._solve(rhs, adjoint)


def elements_of(what: str, x: TensorLike, rank: int) -> Tensor:
    t = convert(x)
    if not (t.dtype.is_floating or t.dtype.is_complex):
        raise TypeError(f"Argument `{what}` must be floats or complex numbers, not {t.dtype.name}")
    if t.ndim < rank:
        raise InvalidArgumentError(
            f"Argument `{what}` must have at least {rank} dimensions, got shape {tuple(t.shape)}"
        )
    return t


class LinearOperatorLowerTriangular(LinearOperator):
    """Lower triangles; what is above the diagonals is not read.

    Args:
        tril: a tensor of floats or complex numbers of shape [..., n, n].
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of them.
        name: of the operator.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorLowerTriangular([[2.0, 9.0], [1.0, 2.0]])
    >>> print(a.solvevec([2.0, 5.0]).numpy(), a.determinant().numpy())
    [1. 2.] 4.0
    """

    def __init__(
        self,
        tril: TensorLike,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorLowerTriangular",
    ) -> None:
        self.tril = elements_of("tril", tril, 2)
        hints = is_non_singular, is_self_adjoint, is_positive_definite
        super().__init__(self.tril.dtype, self.tril.shape, hints, name)

    def _to_dense(self) -> Tensor:
        return diagonals.band_part(self.tril, -1, 0)

    def _solve(self, rhs: Tensor, adjoint: bool) -> Tensor:
        return factorizations.triangular_solve(self.tril, rhs, True, adjoint)

    def _diag_part(self) -> Tensor:
        return diagonals.diag_part(self.tril)

    def _determinant(self) -> Tensor:
        return _math.reduce_prod(self._diag_part(), -1)

    def _log_abs_determinant(self) -> Tensor:
        return sum_of_logarithms(self._diag_part(), self.dtype)


def sum_of_logarithms(x: Tensor, dtype: DType) -> Tensor:
    total = _core.reduce("reduce_sum", _math.log(_math.abs(x)), -1, False)
    return _core.cast(total, dtype) if dtype.is_complex else total


class LinearOperatorDiag(LinearOperator):
    """Diagonal matrices.

    Args:
        diag: the diagonals, a tensor of floats or complex numbers of shape [..., n].
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of them.
        name: of the operator.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorDiag([2.0, 4.0])
    >>> print(a.matvec([1.0, 1.0]).numpy(), a.log_abs_determinant().numpy().round(4))
    [2. 4.] 2.0794
    """

    def __init__(
        self,
        diag: TensorLike,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorDiag",
    ) -> None:
        self.diag = elements_of("diag", diag, 1)
        if not self.diag.dtype.is_complex:
            is_self_adjoint = True
        shape = [*self.diag.shape, self.diag.shape[-1]]
        super().__init__(
            self.diag.dtype, shape, (is_non_singular, is_self_adjoint, is_positive_definite), name
        )

    def _to_dense(self) -> Tensor:
        return diagonals.diag(self.diag)

    def _columns(self, adjoint: bool) -> Tensor:
        return (_conjugated(self.diag) if adjoint else self.diag)[..., None]

    def _matmul(self, x: Tensor, adjoint: bool) -> Tensor:
        return self._columns(adjoint) * x

    def _solve(self, rhs: Tensor, adjoint: bool) -> Tensor:
        return rhs / self._columns(adjoint)

    def _diag_part(self) -> Tensor:
        return self.diag

    def _determinant(self) -> Tensor:
        return _math.reduce_prod(self.diag, -1)

    def _log_abs_determinant(self) -> Tensor:
        return sum_of_logarithms(self.diag, self.dtype)

    def eigvals(self, name: str | None = None) -> Tensor:
        return self.diag

    def adjoint(self, name: str | None = None) -> LinearOperator:
        return LinearOperatorDiag(_conjugated(self.diag))

    def inverse(self, name: str | None = None) -> LinearOperator:
        return LinearOperatorDiag(1 / self.diag)

    def cholesky(self, name: str | None = None) -> LinearOperator:
        super().cholesky()
        return LinearOperatorDiag(_math.sqrt(self.diag))

    def assert_non_singular(self, name: str | None = None) -> None:
        self._assert(
            _math.not_equal(self.diag, 0), "Singular operator: Diagonal contained zero values."
        )


class LinearOperatorIdentity(LinearOperatorDiag):
    """Identity matrices.

    Args:
        num_rows: their extent.
        batch_shape: the extents of a batch of them.
        dtype: the default float's for None.
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: True, whatever is given.
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
        batch = [] if batch_shape is None else list(TensorShape(batch_shape))
        dtype = _core.get_default_float() if dtype is None else dtypes.as_dtype(dtype)
        ones = _core.full([*batch, operator.index(num_rows)], 1, dtype)
        super().__init__(ones, True, True, True, True, name)
