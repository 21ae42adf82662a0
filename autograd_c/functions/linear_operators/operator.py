"""What all linear operators have in common: ``tf.linalg.LinearOperator``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.core._core import Tensor, Variable
from autograd_c.functions import diagonals, equations, factorizations, spectra
from autograd_c.functions.singular_values import singular_values
from autograd_c.values import dtypes
from autograd_c.values.errors import InvalidArgumentError
from autograd_c.values.module import Module
from autograd_c.values.shape import TensorShape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from autograd_c.typing import DTypeLike, TensorLike
    from autograd_c.values.dtypes import DType

convert = _core.convert_to_tensor


def conjugated(x: Tensor) -> Tensor:
    return _core.conj(x) if x.dtype.is_complex else x


def held(what: str, x: TensorLike, rank: int, dtype: DTypeLike | None = None) -> Tensor | Variable:
    """A parameter of an operator. Variables stay what they are, to be read when they are used."""
    t = x if isinstance(x, Variable) and dtype is None else convert(x, dtype)
    if t.ndim < rank:
        raise InvalidArgumentError(
            f"Argument `{what}` must have at least {rank} dimension{'s'[: rank - 1]}, got shape "
            f"{tuple(t.shape)}"
        )
    return t


def common_batch(what: str, shapes: Iterable[Sequence[int]]) -> tuple[int, ...]:
    """The extents of a batch in which all of these fit."""
    try:
        return tuple(np.broadcast_shapes(*(tuple(shape) for shape in shapes)))
    except ValueError as error:
        raise InvalidArgumentError(f"The batches of {what} do not fit: {error}") from None


def sum_of_logarithms(x: Tensor) -> Tensor:
    total = _core.reduce("reduce_sum", _math.log(_math.abs(x)), -1, False)
    return _core.cast(total, x.dtype) if x.dtype.is_complex else total


def product_of(factors: Iterable[Tensor]) -> Tensor:
    first, *others = factors
    for factor in others:
        first = first * factor
    return first


def sum_of(terms: Iterable[Tensor]) -> Tensor:
    first, *others = terms
    for term in others:
        first = first + term
    return first


def require(holds: Any, message: str) -> None:
    """Raise unless all that holds is true."""
    if not np.all(_core.plain_array(_core.stop_gradient(convert(holds)))):
        raise InvalidArgumentError(message)


def all_or_nothing(hints: Iterable[bool | None]) -> bool | None:
    """What is known of a whole whose parts have these hints."""
    return True if all(hint is True for hint in hints) else None


class LinearOperator(Module):
    """A batch of matrices, of shape [..., m, n]: what all operators have in common.

    A class of one's own gives `_shape` and `_matmul(x, adjoint, adjoint_arg)` or `_to_dense`, and
    what it knows a faster way for: `_solve(rhs, adjoint, adjoint_arg)`, `_determinant`,
    `_log_abs_determinant`, `_diag_part`, `_trace`, `_eigvals`, `_cond`, `_add_to_tensor`.

    Args:
        dtype: of the elements.
        graph_parents: ignored.
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of the
            matrices; None for nothing. Hints are taken as they are given.
        name: of the operator; by default that of the class.
        parameters: a dict of the arguments that the operator was made with.

    Raises:
        ValueError: for hints that contradict each other.

    >>> import autograd_c as tf
    >>> class Doubling(tf.linalg.LinearOperator):
    ...     def _shape(self):
    ...         return tf.TensorShape([2, 2])
    ...     def _matmul(self, x, adjoint=False, adjoint_arg=False):
    ...         return 2 * x
    >>> print(Doubling(tf.float32).matvec([1.0, 2.0]).numpy())
    [2. 4.]
    """

    # How many of the axes of a parameter are of the matrices, rather than of the batch; 0 for
    # operators.
    _axes_of_matrices: ClassVar[dict[str, int]] = {}

    def __init__(
        self,
        dtype: DTypeLike,
        graph_parents: Any = None,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
        parameters: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        if is_positive_definite:
            if is_non_singular is False:
                raise ValueError("What is positive definite is not singular.")
            is_non_singular = True
        for hint, word in ((is_non_singular, "not singular"), (is_self_adjoint, "self-adjoint")):
            if hint and is_square is False:
                raise ValueError(f"A matrix that is {word} is square.")
            is_square = True if hint else is_square
        self._dtype = dtypes.as_dtype(dtype)
        self._is_non_singular = is_non_singular
        self._is_self_adjoint = is_self_adjoint
        self._is_positive_definite = is_positive_definite
        self._is_square = is_square
        self._parameters = dict(parameters or {})
        self._parameters.pop("self", None)
        self._parameters.pop("__class__", None)
        self._name = name or type(self).__name__

    # What a class gives, or leaves to the dense matrix.

    def _shape(self) -> Sequence[int]:
        raise NotImplementedError(f"{type(self).__name__} does not say what shape it has")

    def _to_dense(self) -> Tensor:
        if type(self)._matmul is LinearOperator._matmul:
            raise NotImplementedError(f"{type(self).__name__} does not say what matrix it is")
        n = self.domain_dimension
        one = np.broadcast_to(np.eye(n), (*self.shape[:-2], n, n))
        return self._matmul(_core.constant(one, self.dtype), False)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        if adjoint_arg:
            x = diagonals.adjoint(x)
        return _core.matmul(self._to_dense(), x, adjoint_a=adjoint)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        if adjoint_arg:
            rhs = diagonals.adjoint(rhs)
        if self._has_cholesky:
            return equations.cholesky_solve(factorizations.cholesky(self._to_dense()), rhs)
        return equations.solve(self._to_dense(), rhs, adjoint)

    def _determinant(self) -> Tensor:
        return equations.det(self._to_dense())

    def _log_abs_determinant(self) -> Tensor:
        return equations.slogdet(self._to_dense()).log_abs_determinant

    def _diag_part(self) -> Tensor:
        return diagonals.diag_part(self._to_dense())

    def _trace(self) -> Tensor:
        return _core.reduce("reduce_sum", self._diag_part(), -1, False)

    def _add_to_tensor(self, x: Tensor) -> Tensor:
        return self._to_dense() + x

    def _eigvals(self) -> Tensor:
        find = spectra.eigvalsh if self.is_self_adjoint else spectra.eigvals
        return find(self._to_dense())

    def _cond(self) -> Tensor:
        if self.is_self_adjoint:
            s = _math.abs(self._eigvals())
            return _math.reduce_max(s, -1) / _math.reduce_min(s, -1)
        s = singular_values(self._to_dense())
        return s[..., 0] / s[..., -1]

    # What the class of the other operator gives to products: None for nothing.

    def _times(self, other: LinearOperator) -> LinearOperator | None:
        return None

    def _adjoint_operator(self) -> LinearOperator | None:
        return None

    def _inverse_operator(self) -> LinearOperator | None:
        return None

    def _cholesky_operator(self) -> LinearOperator | None:
        return None

    # What there is to know.

    @property
    def name(self) -> str:
        """The name that was given, or that of the class."""
        return self._name

    @property
    def dtype(self) -> DType:
        """The dtype of what is multiplied, and of the products."""
        return self._dtype

    @property
    def parameters(self) -> dict[str, Any]:
        """The arguments that the operator was made with."""
        return dict(self._parameters)

    @property
    def is_non_singular(self) -> bool | None:
        """Whether there are inverses, as far as that is known."""
        return self._is_non_singular

    @property
    def is_self_adjoint(self) -> bool | None:
        """Whether the matrices are their own adjoints, as far as that is known."""
        return self._is_self_adjoint

    @property
    def is_positive_definite(self) -> bool | None:
        """Whether x^H A x has a positive real part for all x but 0, as far as that is known."""
        return self._is_positive_definite

    @property
    def is_square(self) -> bool:
        """Whether the matrices are square.

        Raises:
            ValueError: they are, and the hint said that they are not.
        """
        square = self.domain_dimension == self.range_dimension
        if self._is_square is None:
            return square
        if square and not self._is_square:
            raise ValueError("The operator is square, but was said not to be.")
        return self._is_square

    @property
    def _has_cholesky(self) -> bool:
        return bool(self.is_positive_definite and self.is_self_adjoint)

    @property
    def shape(self) -> TensorShape:
        """The shape of the matrices, with the batch in front."""
        return TensorShape(self._shape())

    @property
    def batch_shape(self) -> TensorShape:
        """The extents of the batch."""
        return self.shape[:-2]

    @property
    def tensor_rank(self) -> int:
        """The number of axes, those of the batch included."""
        return len(self.shape)

    @property
    def domain_dimension(self) -> int:
        """The number of columns."""
        return self.shape[-1]

    @property
    def range_dimension(self) -> int:
        """The number of rows."""
        return self.shape[-2]

    def shape_tensor(self, name: str = "shape_tensor") -> Tensor:
        """The shape, as int32."""
        return _core.constant(list(self.shape), "int32")

    def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> Tensor:
        """The extents of the batch, as int32."""
        return _core.constant(np.array(self.shape[:-2], np.int32))

    def tensor_rank_tensor(self, name: str = "tensor_rank_tensor") -> Tensor:
        """The number of axes, as int32."""
        return _core.constant(self.tensor_rank, "int32")

    def domain_dimension_tensor(self, name: str = "domain_dimension_tensor") -> Tensor:
        """The number of columns, as int32."""
        return _core.constant(self.domain_dimension, "int32")

    def range_dimension_tensor(self, name: str = "range_dimension_tensor") -> Tensor:
        """The number of rows, as int32."""
        return _core.constant(self.range_dimension, "int32")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}, shape={self.shape}, dtype={self.dtype.name}>"

    # What it does.

    def to_dense(self, name: str = "to_dense") -> Tensor:
        """The matrices, as a tensor."""
        return self._to_dense()

    def _argument(self, x: TensorLike, extent: int, axis: int, turned: bool = False) -> Tensor:
        t = convert(x, self.dtype)
        if turned:
            t = diagonals.adjoint(t)
        if t.ndim < -axis or t.shape[axis] != extent:
            raise InvalidArgumentError(
                f"{type(self).__name__} of shape {tuple(self.shape)} does not fit an argument of "
                f"shape {tuple(t.shape)}"
            )
        return t

    def matmul(
        self,
        x: Any,
        adjoint: bool = False,
        adjoint_arg: bool = False,
        name: str = "matmul",
    ) -> Any:
        """A x, or A^H x, for x of shape [..., n, k]; with `adjoint_arg`, for the adjoint of x.

        For another operator, an operator: a closed form where there is one, and otherwise a
        `LinearOperatorComposition`.

        Raises:
            tf.errors.InvalidArgumentError: for x that does not fit.
        """
        if isinstance(x, LinearOperator):
            from autograd_c.functions.linear_operators.products import product

            left = self.adjoint() if adjoint else self
            return product(left, x.adjoint() if adjoint_arg else x)
        extent = self.range_dimension if adjoint else self.domain_dimension
        return self._matmul(self._argument(x, extent, -2, adjoint_arg), adjoint)

    def matvec(self, x: Any, adjoint: bool = False, name: str = "matvec") -> Any:
        """A x, or A^H x, for vectors x of shape [..., n]."""
        extent = self.range_dimension if adjoint else self.domain_dimension
        return self._matmul(self._argument(x, extent, -1)[..., None], adjoint)[..., 0]

    def __matmul__(self, other: Any) -> Any:
        return self.matmul(other)

    # Arrays and tensors leave products with operators to `__rmatmul__`.
    __array_ufunc__ = None

    def __rmatmul__(self, other: TensorLike) -> Tensor:
        return diagonals.adjoint(self.matmul(other, adjoint=True, adjoint_arg=True))

    def _require_square(self, what: str) -> None:
        if not self.is_square:
            raise NotImplementedError(
                f"{what} not implemented for an operator that is expected to not be square."
            )

    def _require_solutions(self) -> None:
        if self.is_non_singular is False:
            raise NotImplementedError(
                "Exact solve not implemented for an operator that is expected to be singular."
            )
        self._require_square("Exact solve")

    def solve(
        self,
        rhs: Any,
        adjoint: bool = False,
        adjoint_arg: bool = False,
        name: str = "solve",
    ) -> Any:
        """The x for which A x, or A^H x, is `rhs`, of shape [..., n, k].

        For another operator, an operator: that of A^-1 `rhs`.

        Raises:
            NotImplementedError: for operators that are known not to be square, or to be singular.
            tf.errors.InvalidArgumentError: for a right side that does not fit.
        """
        self._require_solutions()
        if isinstance(rhs, LinearOperator):
            left = self.adjoint() if adjoint else self
            return left.inverse().matmul(rhs, adjoint_arg=adjoint_arg)
        return self._solve(self._argument(rhs, self.domain_dimension, -2, adjoint_arg), adjoint)

    def solvevec(self, rhs: Any, adjoint: bool = False, name: str = "solve") -> Any:
        """The same for vectors, of shape [..., n]."""
        self._require_solutions()
        return self._solve(self._argument(rhs, self.domain_dimension, -1)[..., None], adjoint)[
            ..., 0
        ]

    def determinant(self, name: str = "det") -> Tensor:
        """The determinants.

        Raises:
            NotImplementedError: for operators that are known not to be square.
        """
        self._require_square("Determinant")
        return self._determinant()

    def log_abs_determinant(self, name: str = "log_abs_det") -> Tensor:
        """The logarithms of the moduli of the determinants, in the dtype of the operator."""
        self._require_square("Determinant")
        return self._log_abs_determinant()

    def diag_part(self, name: str = "diag_part") -> Tensor:
        """The main diagonals."""
        return self._diag_part()

    def trace(self, name: str = "trace") -> Tensor:
        """Their sums."""
        return self._trace()

    def add_to_tensor(self, x: TensorLike, name: str = "add_to_tensor") -> Tensor:
        """A + x."""
        return self._add_to_tensor(convert(x, self.dtype))

    def eigvals(self, name: str = "eigvals") -> Tensor:
        """The eigenvalues; of operators that are not known to be self-adjoint, complex ones."""
        return self._eigvals()

    def cond(self, name: str = "cond") -> Tensor:
        """The largest singular values by the least."""
        return self._cond()

    def adjoint(self, name: str = "adjoint") -> LinearOperator:
        """The operator A^H."""
        if self.is_self_adjoint:
            return self
        from autograd_c.functions.linear_operators.wrapped import LinearOperatorAdjoint

        return self._adjoint_operator() or LinearOperatorAdjoint(self)

    @property
    def H(self) -> LinearOperator:  # noqa: N802 (the name is TensorFlow's)
        """The operator A^H."""
        return self.adjoint()

    def inverse(self, name: str = "inverse") -> LinearOperator:
        """The operator A^-1.

        Raises:
            ValueError: for operators that are known not to be square, or to be singular.
        """
        if not self.is_square:
            raise ValueError("Cannot take the inverse: the matrices are not square.")
        if self.is_non_singular is False:
            raise ValueError("Cannot take the inverse: the operator is known to be singular.")
        from autograd_c.functions.linear_operators.wrapped import LinearOperatorInversion

        return self._inverse_operator() or LinearOperatorInversion(self)

    def cholesky(self, name: str = "cholesky") -> LinearOperator:
        """The Cholesky factor; of operators that are said to be self-adjoint and positive definite.

        Raises:
            ValueError: for others.
        """
        if not self._has_cholesky:
            raise ValueError(
                "Cannot take the Cholesky factor: the operator is not known to be self-adjoint and "
                "positive definite."
            )
        from autograd_c.functions.linear_operators.dense import LinearOperatorLowerTriangular

        return self._cholesky_operator() or LinearOperatorLowerTriangular(
            factorizations.cholesky(self._to_dense()),
            is_non_singular=True,
            is_self_adjoint=False,
            is_square=True,
        )

    def assert_non_singular(self, name: str = "assert_non_singular") -> None:
        """Raise `tf.errors.InvalidArgumentError` if the matrices cannot be inverted.

        Nor, where nothing better is known, those whose condition is the inverse of the precision.
        """
        self._assert_non_singular()

    def _assert_non_singular(self) -> None:
        limit = 1 / float(np.finfo(self.dtype.as_numpy_dtype).eps)
        condition = _math.abs(self.cond())
        require(_math.less(condition, limit), "Singular matrix up to precision epsilon.")

    def assert_self_adjoint(self, name: str = "assert_self_adjoint") -> None:
        """Raise `tf.errors.InvalidArgumentError` unless the matrices are their adjoints."""
        self._assert_self_adjoint()

    def _assert_self_adjoint(self) -> None:
        dense = self._to_dense()
        require(self.is_square, "A matrix that is not square is not equal to its adjoint.")
        same = _math.equal(dense, diagonals.adjoint(dense))
        require(same, "Matrix was not equal to its adjoint.")

    def assert_positive_definite(self, name: str = "assert_positive_definite") -> None:
        """Raise `tf.errors.InvalidArgumentError` unless Re(x^H A x) > 0 for all x but 0."""
        self._assert_positive_definite()

    def _assert_positive_definite(self) -> None:
        dense = _core.stop_gradient(self._to_dense())
        require(self.is_square, "A matrix that is not square is not positive definite.")
        factorizations.cholesky(0.5 * (dense + diagonals.adjoint(dense)))

    # Parts of a batch.

    def __getitem__(self, slices: Any) -> Any:
        """The operator of a part of the batch; `slices` as of a tensor of the batch's shape."""
        slices = slices if isinstance(slices, tuple) else (slices,)
        return self._part(slices, tuple(self.batch_shape))

    def _part(self, slices: tuple[Any, ...], batch: tuple[int, ...]) -> LinearOperator:
        made_of = {
            name: _part_of(self._parameters[name], slices, batch, axes)
            for name, axes in self._axes_of_matrices.items()
        }
        return type(self)(**{**self._parameters, **made_of})


def _part_of(x: Any, slices: tuple[Any, ...], batch: tuple[int, ...], axes: int) -> Any:
    if isinstance(x, LinearOperator):
        return x._part(slices, batch)
    if axes == 0 and isinstance(x, (list, tuple)):
        return [_part_of(each, slices, batch, axes) for each in x]
    if x is None:
        return None
    t = convert(x)
    tail = tuple(t.shape[t.ndim - axes :])
    if not any(each is Ellipsis for each in slices):
        slices = (*slices, Ellipsis)
    return _core.broadcast_to(t, [*batch, *tail])[slices + (slice(None),) * axes]
