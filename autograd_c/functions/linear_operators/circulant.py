"""Operators that are diagonal between Fourier transforms, in one, two and three dimensions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.functions import diagonals
from autograd_c.functions.fourier import fft, fft2d, ifft, ifft2d
from autograd_c.functions.linear_operators.operator import (
    LinearOperator,
    convert,
    held,
    require,
    sum_of_logarithms,
)
from autograd_c.functions.linear_operators.scaled import known_where_they_commute
from autograd_c.values.shape import TensorShape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, TensorLike


def _transforms(depth: int) -> tuple[Any, Any]:
    if depth == 1:
        return fft, ifft
    if depth == 2:
        return fft2d, ifft2d
    from autograd_c.functions.fourier_axes import fft3d, ifft3d

    return fft3d, ifft3d


class _Circulant(LinearOperator):
    """What the operators of each number of dimensions have in common."""

    _depth: ClassVar = 1

    def __init__(
        self,
        spectrum: TensorLike,
        input_output_dtype: DTypeLike = "complex64",
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        name: str | None = None,
    ) -> None:
        parameters = dict(locals())
        self.spectrum = held("spectrum", spectrum, self._depth)
        if is_square is False:
            raise ValueError("A circulant operator is square.")
        if not self.spectrum.dtype.is_complex:
            if is_self_adjoint is False:
                raise ValueError("An operator with a real spectrum is self-adjoint.")
            is_self_adjoint = True
        super().__init__(
            input_output_dtype,
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=True,
            name=name,
            parameters=parameters,
        )

    @property
    def block_depth(self) -> int:
        """The number of dimensions."""
        return int(self._depth)

    @property
    def block_shape(self) -> TensorShape:
        """The extents of what the vectors are, as arrays of that many dimensions."""
        return TensorShape(self.spectrum.shape[self.spectrum.ndim - self._depth :])

    def block_shape_tensor(self) -> Tensor:
        """Those, as int32."""
        return _core.constant(list(self.block_shape), "int32")

    def _shape(self) -> Sequence[int]:
        n = math.prod(self.block_shape)
        return [*self.spectrum.shape[: self.spectrum.ndim - self._depth], n, n]

    def _numbers(self) -> Tensor:
        """The spectrum in complex numbers of the precision of the operator."""
        wide = self.dtype.name in ("float64", "complex128")
        return _core.cast(convert(self.spectrum), "complex128" if wide else "complex64")

    def _flat(self, x: Tensor) -> Tensor:
        return _core.reshape(x, [*x.shape[: x.ndim - self._depth], math.prod(self.block_shape)])

    def _in_dtype(self, x: Tensor) -> Tensor:
        return _core.cast(x if self.dtype.is_complex else _core.real(x), self.dtype)

    def _scaled(self, x: Tensor, by: Tensor) -> Tensor:
        there, back = _transforms(self._depth)
        rows = _core.cast(x, by.dtype).mT
        arrays = _core.reshape(rows, [*rows.shape[:-1], *self.block_shape])
        leading = by.shape[: by.ndim - self._depth]
        factors = _core.reshape(by, [*leading, 1, *self.block_shape])
        return self._in_dtype(self._flat(back(there(arrays) * factors)).mT)

    def _turned(self, adjoint: bool) -> Tensor:
        return _core.conj(self._numbers()) if adjoint else self._numbers()

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._scaled(diagonals.adjoint(x) if adjoint_arg else x, self._turned(adjoint))

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._scaled(
            diagonals.adjoint(rhs) if adjoint_arg else rhs, 1 / self._turned(adjoint)
        )

    def convolution_kernel(self, name: str = "convolution_kernel") -> Tensor:
        """With what arrays are convolved: the inverse transform of the spectrum."""
        return self._in_dtype(_transforms(self._depth)[1](self._numbers()))

    def _determinant(self) -> Tensor:
        return self._in_dtype(_math.reduce_prod(self._flat(self._numbers()), -1))

    def _log_abs_determinant(self) -> Tensor:
        return self._in_dtype(sum_of_logarithms(self._flat(self._numbers())))

    def _trace(self) -> Tensor:
        return self._in_dtype(_core.reduce("reduce_sum", self._flat(self._numbers()), -1, False))

    def _diag_part(self) -> Tensor:
        n = self.domain_dimension
        return _core.broadcast_to((self._trace() / (n or 1))[..., None], self._shape()[:-1])

    def _eigvals(self) -> Tensor:
        return self._flat(convert(self.spectrum))

    def _cond(self) -> Tensor:
        s = _math.abs(self._eigvals())
        return _math.reduce_max(s, -1) / _math.reduce_min(s, -1)

    def _of(self, spectrum: Tensor, **hints: Any) -> LinearOperator:
        return type(self)(spectrum, self.dtype, **hints)

    def _known(self) -> dict[str, Any]:
        return {
            "is_non_singular": self.is_non_singular,
            "is_self_adjoint": self.is_self_adjoint,
            "is_positive_definite": self.is_positive_definite,
        }

    def _times(self, other: LinearOperator) -> LinearOperator | None:
        if type(other) is not type(self) or not isinstance(other, _Circulant):
            return None
        if self.block_shape != other.block_shape:
            return None
        one, another = convert(self.spectrum), convert(other.spectrum)
        if one.dtype != another.dtype:
            one, another = self._numbers(), other._numbers()
        hints = known_where_they_commute(self, other)
        if not one.dtype.is_complex:
            hints["is_self_adjoint"] = True
        return self._of(one * another, **hints)

    def _adjoint_operator(self) -> LinearOperator | None:
        return self._of(_core.conj(convert(self.spectrum)), **self._known())

    def _inverse_operator(self) -> LinearOperator | None:
        return self._of(1 / convert(self.spectrum), **self._known())

    def assert_hermitian_spectrum(self, name: str = "assert_hermitian_spectrum") -> None:
        """Raise `tf.errors.InvalidArgumentError` unless the matrices are real, up to rounding."""
        kernel = _transforms(self._depth)[1](self._numbers())
        size = _math.reduce_max(_math.abs(kernel))
        precision = float(np.finfo(kernel.dtype.as_numpy_dtype).eps) * 10 * self.domain_dimension
        require(
            _math.less_equal(_math.abs(_core.imag(kernel)), precision * size),
            "Spectrum was not Hermitian.",
        )

    def _assert_non_singular(self) -> None:
        least = _math.reduce_min(_math.abs(self._eigvals()), -1)
        most = _math.reduce_max(_math.abs(self._eigvals()), -1)
        precision = float(np.finfo(self.dtype.as_numpy_dtype).eps)
        require(_math.greater(least, most * precision), "Singular operator: zeros in the spectrum.")

    def _assert_positive_definite(self) -> None:
        spectrum = convert(self.spectrum)
        real = _core.real(spectrum) if spectrum.dtype.is_complex else spectrum
        message = "Not positive definite: Real part of spectrum was not all positive."
        require(_math.greater(real, 0), message)

    def _assert_self_adjoint(self) -> None:
        spectrum = convert(self.spectrum)
        if spectrum.dtype.is_complex:
            message = "Not self-adjoint: Spectrum contained non-zero imaginary part."
            require(_math.equal(_core.imag(spectrum), 0), message)


class LinearOperatorCirculant(_Circulant):
    """Circulant matrices, given by their eigenvalues: A = F^-1 diag(spectrum) F, F being the
    discrete Fourier transform.

    Args:
        spectrum: a tensor or Variable of shape [..., n].
        input_output_dtype: of what is multiplied, and of the matrices: complex64 or complex128, or
            a float, for a spectrum whose matrices are real.
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of them.
            With a real spectrum they are self-adjoint.
        name: of the operator.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorCirculant([6.0, 0.0, 0.0], tf.float32)
    >>> print(a.matvec([1.0, 0.0, 0.0]).numpy().round(4))
    [2. 2. 2.]
    """

    _depth = 1
    _axes_of_matrices: ClassVar = {"spectrum": 1}

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
        super().__init__(
            spectrum,
            input_output_dtype,
            is_non_singular,
            is_self_adjoint,
            is_positive_definite,
            is_square,
            name,
        )


class LinearOperatorCirculant2D(_Circulant):
    """Block circulant matrices of circulant blocks: A = F^-1 diag(spectrum) F, F being the discrete
    Fourier transform in two dimensions, of vectors taken as arrays, row by row.

    Args:
        spectrum: a tensor or Variable of shape [..., m, n].
        input_output_dtype: of what is multiplied, and of the matrices: complex64 or complex128, or
            a float, for a spectrum whose matrices are real.
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of them.
            With a real spectrum they are self-adjoint.
        name: of the operator.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorCirculant2D([[4.0, 0.0], [0.0, 0.0]], tf.float32)
    >>> print(a.matvec([1.0, 2.0, 3.0, 4.0]).numpy().round(4))
    [10. 10. 10. 10.]
    """

    _depth = 2
    _axes_of_matrices: ClassVar = {"spectrum": 2}

    def __init__(
        self,
        spectrum: TensorLike,
        input_output_dtype: DTypeLike = "complex64",
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool = True,
        name: str = "LinearOperatorCirculant2D",
    ) -> None:
        super().__init__(
            spectrum,
            input_output_dtype,
            is_non_singular,
            is_self_adjoint,
            is_positive_definite,
            is_square,
            name,
        )


class LinearOperatorCirculant3D(_Circulant):
    """Circulant matrices nested three deep: A = F^-1 diag(spectrum) F, F being the discrete Fourier
    transform in three dimensions, of vectors taken as arrays.

    Args:
        spectrum: a tensor or Variable of shape [..., l, m, n].
        input_output_dtype: of what is multiplied, and of the matrices: complex64 or complex128, or
            a float, for a spectrum whose matrices are real.
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of them.
            With a real spectrum they are self-adjoint.
        name: of the operator.

    >>> import autograd_c as tf
    >>> a = tf.linalg.LinearOperatorCirculant3D([[[4.0, 0.0], [0.0, 0.0]]], tf.float32)
    >>> print(a.matvec([1.0, 2.0, 3.0, 4.0]).numpy().round(4))
    [10. 10. 10. 10.]
    """

    _depth = 3
    _axes_of_matrices: ClassVar = {"spectrum": 3}

    def __init__(
        self,
        spectrum: TensorLike,
        input_output_dtype: DTypeLike = "complex64",
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool = True,
        name: str = "LinearOperatorCirculant3D",
    ) -> None:
        super().__init__(
            spectrum,
            input_output_dtype,
            is_non_singular,
            is_self_adjoint,
            is_positive_definite,
            is_square,
            name,
        )
