"""Linear operators made of others, or known by their eigenvalues."""

from __future__ import annotations

import functools
import math
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.linear_operators import LinearOperator, elements_of, sum_of_logarithms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd_c.typing import DTypeLike, TensorLike


class LinearOperatorKronecker(LinearOperator):
    """Kronecker products: the element [i k, j l] of that of two is the product of theirs.

    Args:
        operators: one or more operators of one dtype.
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of them.
        name: of the operator.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorDiag([1.0, 2.0])
    >>> print(tf.linalg.LinearOperatorKronecker([a, a]).diag_part().numpy())
    [1. 2. 2. 4.]
    """

    def __init__(
        self,
        operators: Sequence[LinearOperator],
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        self.operators = list(operators)
        if not self.operators:
            raise ValueError("Expected a list of >=1 operators. Found: []")
        if len({each.dtype for each in self.operators}) > 1:
            raise TypeError("Expected every operation to have the same dtype.")
        batch = np.broadcast_shapes(*(tuple(each.shape[:-2]) for each in self.operators))
        rows, columns = (math.prod(each.shape[k] for each in self.operators) for k in (-2, -1))
        super().__init__(
            self.operators[0].dtype,
            [*batch, rows, columns],
            (is_non_singular, is_self_adjoint, is_positive_definite),
            name,
        )

    def _to_dense(self) -> Tensor:
        def product(x: Tensor, y: Tensor) -> Tensor:
            z = x[..., :, None, :, None] * y[..., None, :, None, :]
            rows, columns = z.shape[-4] * z.shape[-3], z.shape[-2] * z.shape[-1]
            return _core.reshape(z, [*z.shape[:-4], rows, columns])

        return functools.reduce(product, [each._to_dense() for each in self.operators])

    def _through(self, x: Tensor, step: Any, extents: list[int]) -> Tensor:
        """Each factor in turn, along an axis of its own."""
        batch = list(np.broadcast_shapes(tuple(self.shape[:-2]), tuple(x.shape[:-2])))
        columns = x.shape[-1]
        y = _core.broadcast_to(x, [*batch, *x.shape[-2:]])
        y = _core.reshape(y, [*batch, *extents, columns])
        lead = len(batch)
        for k, each in enumerate(self.operators):
            # Its axis in front of all others behind the batch.
            order = [lead + k, *(lead + j for j in range(len(extents) + 1) if j != k)]
            moved = _core.transpose(y, [*range(lead), *order])
            rest = list(moved.shape[lead + 1 :])
            flat = _core.reshape(moved, [*batch, moved.shape[lead], math.prod(rest)])
            done = step(each, flat)
            wide = _core.reshape(done, [*batch, done.shape[-2], *rest])
            y = _core.transpose(wide, [*range(lead), *(int(j) for j in np.argsort(order) + lead)])
        return _core.reshape(y, [*batch, math.prod(y.shape[lead:-1]), columns])

    def _matmul(self, x: Tensor, adjoint: bool) -> Tensor:
        axis = -2 if adjoint else -1
        extents = [
            each.domain_dimension if axis == -1 else each.range_dimension for each in self.operators
        ]
        return self._through(x, lambda each, y: each._matmul(y, adjoint), extents)

    def _solve(self, rhs: Tensor, adjoint: bool) -> Tensor:
        if not all(each.is_square for each in self.operators):
            return super()._solve(rhs, adjoint)
        extents = [each.domain_dimension for each in self.operators]
        return self._through(rhs, lambda each, y: each._solve(y, adjoint), extents)

    def _log_abs_determinant(self) -> Tensor:
        if not all(each.is_square for each in self.operators):
            return super()._log_abs_determinant()
        n = self.domain_dimension
        return functools.reduce(
            operator.add,
            [e._log_abs_determinant() * float(n // e.domain_dimension) for e in self.operators],
        )


class LinearOperatorCirculant(LinearOperator):
    """Circulant matrices, given by their eigenvalues: A = F^-1 diag(spectrum) F, F being the
    discrete Fourier transform.

    Args:
        spectrum: a tensor of floats or complex numbers of shape [..., n].
        input_output_dtype: of what is multiplied, and of the matrices: complex64 or complex128, or
            a float, for a spectrum whose matrices are real.
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of them.
        name: of the operator.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorCirculant([6.0, 0.0, 0.0], tf.float32)
    >>> print(a.matvec([1.0, 0.0, 0.0]).numpy().round(4))
    [2. 2. 2.]
    """

    def __init__(
        self,
        spectrum: TensorLike,
        input_output_dtype: DTypeLike = "complex64",
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool = True,
        name: str = "LinearOperatorCirculant",
    ) -> None:
        given = elements_of("spectrum", spectrum, 1)
        single = given.dtype.name in ("float16", "bfloat16", "float32", "complex64")
        self.spectrum = _core.cast(given, "complex64" if single else "complex128")
        shape = [*given.shape, given.shape[-1]]
        hints = is_non_singular, is_self_adjoint, is_positive_definite
        super().__init__(input_output_dtype, shape, hints, name)

    def _scaled(self, x: Tensor, by: Tensor) -> Tensor:
        from autograd_c.functions.fourier import fft, ifft

        y = ifft(fft(_core.cast(x, by.dtype).mT) * by[..., None, :]).mT
        if self.dtype.is_complex:
            return _core.cast(y, self.dtype)
        return _core.cast(_core.real(y), self.dtype)

    def _matmul(self, x: Tensor, adjoint: bool) -> Tensor:
        return self._scaled(x, _core.conj(self.spectrum) if adjoint else self.spectrum)

    def _solve(self, rhs: Tensor, adjoint: bool) -> Tensor:
        return self._scaled(rhs, 1 / (_core.conj(self.spectrum) if adjoint else self.spectrum))

    def _to_dense(self) -> Tensor:
        return self._matmul(_core.constant(np.eye(self.shape[-1]), self.dtype), False)

    def _determinant(self) -> Tensor:
        return self._in_dtype(_math.reduce_prod(self.spectrum, -1))

    def _log_abs_determinant(self) -> Tensor:
        return self._in_dtype(sum_of_logarithms(self.spectrum, self.spectrum.dtype))

    def _in_dtype(self, x: Tensor) -> Tensor:
        return _core.cast(x if self.dtype.is_complex else _core.real(x), self.dtype)

    def eigvals(self, name: str | None = None) -> Tensor:
        return self.spectrum
