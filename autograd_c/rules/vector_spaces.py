"""Spaces of vectors that are structures of arrays, as HIPS autograd's functions of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_c import math as tm
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.values import nest
from autograd_c.values.dtypes import DType
from autograd_c.values.shape import TensorShape

__all__ = ["VSpace", "vspace"]


class VSpace:
    """The space of all that is like a tensor, or a nested structure of tensors.

    Args:
        value: a tensor, what becomes one, or a structure of them: of floats or complex numbers.

    Attributes:
        size: its dimension over the real numbers: complex ones count twice.
        iscomplex: whether there are complex numbers.
        shape, ndim, dtype: of a tensor; structures have none.

    Raises:
        TypeError: for other dtypes.

    >>> from autograd_c.extend import vspace
    >>> space = vspace({"a": [1.0, 2.0], "b": 3.0})
    >>> space.size, len(list(space.standard_basis()))
    (3, 3)
    """

    def __init__(self, value: Any) -> None:
        self._like = value
        self._leaves = [_core.convert_to_tensor(_precise(x)) for x in nest.flatten(value)]
        for x in self._leaves:
            if not (x.dtype.is_floating or x.dtype.is_complex):
                raise TypeError(f"there is no space of vectors of {x.dtype.name}: give floats")
        self.iscomplex = any(x.dtype.is_complex for x in self._leaves)
        self.size = sum(x.size * (2 if x.dtype.is_complex else 1) for x in self._leaves)

    def _only(self, name: str) -> Tensor:
        if nest.is_nested(self._like):
            raise AttributeError(f"a space of structures has no {name}")
        return self._leaves[0]

    @property
    def shape(self) -> TensorShape:
        """The shape of the tensor."""
        return self._only("shape").shape

    @property
    def ndim(self) -> int:
        """How many axes it has."""
        return self._only("ndim").ndim

    @property
    def dtype(self) -> DType:
        """Its dtype."""
        return self._only("dtype").dtype

    def _filled(self, number: int) -> Any:
        leaves = [_core.full(x.shape, number, x.dtype) for x in self._leaves]
        return nest.pack_sequence_as(self._like, leaves)

    def zeros(self) -> Any:
        """The vector of zeros."""
        return self._filled(0)

    def ones(self) -> Any:
        """The vector of ones; of complex numbers 1 + 1j."""
        ones = self._filled(1)
        return nest.map_structure(lambda x: x * (1 + 1j) if x.dtype.is_complex else x, ones)

    def randn(self) -> Any:
        """A vector of normal random numbers, of NumPy's global generator."""
        leaves = []
        for x in self._leaves:
            shape = tuple(x.shape)
            array: Any = np.random.randn(*shape)
            if x.dtype.is_complex:
                array = array + 1j * np.random.randn(*shape)
            leaves.append(_core.constant(np.asarray(array), x.dtype))
        return nest.pack_sequence_as(self._like, leaves)

    def standard_basis(self) -> Iterator[Any]:
        """Vectors with one element that is 1; of complex numbers, with 1j as well."""
        zeros = [np.zeros(tuple(x.shape), x.dtype.as_numpy_dtype) for x in self._leaves]
        for k, zero in enumerate(zeros):
            units: list[Any] = [1, 1j] if zero.dtype.kind == "c" else [1]
            for index in np.ndindex(zero.shape):
                for unit in units:
                    leaves = [*zeros]
                    leaves[k] = zero.copy()
                    leaves[k][index] = unit
                    tensors = [_core.convert_to_tensor(x) for x in leaves]
                    yield nest.pack_sequence_as(self._like, tensors)

    def add(self, x: Any, y: Any) -> Any:
        """The sum of two vectors."""
        return nest.map_structure(lambda a, b: _tensor(a) + _tensor(b), x, y)

    def mut_add(self, x: Any, y: Any) -> Any:
        """The sum of two vectors, of which the first may be None."""
        return y if x is None else self.add(x, y)

    def scalar_mul(self, x: Any, a: Any) -> Any:
        """A vector, times a number."""
        return nest.map_structure(lambda leaf: _tensor(leaf) * a, x)

    def inner_prod(self, x: Any, y: Any) -> Tensor:
        """The real inner product."""
        total: Any = None
        for a, b in zip(nest.flatten(x), nest.flatten(y), strict=True):
            a, b = _tensor(a), _tensor(b)
            if a.dtype.is_complex:
                a = tm.real(a) * tm.real(b) + tm.imag(a) * tm.imag(b)
            else:
                a = a * b
            part = tm.reduce_sum(a)
            total = part if total is None else total + part
        return _core.constant(0.0) if total is None else total

    def covector(self, x: Any) -> Any:
        """The conjugate."""
        return nest.map_structure(lambda a: tm.conj(_tensor(a)), x)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, VSpace):
            return NotImplemented
        try:
            nest.assert_same_structure(self._like, other._like)
        except (TypeError, ValueError):
            return False
        ours = [(x.shape, x.dtype) for x in self._leaves]
        return ours == [(x.shape, x.dtype) for x in other._leaves]

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        leaves = [f"{x.dtype.name}{list(x.shape)}" for x in self._leaves]
        return f"VSpace({nest.pack_sequence_as(self._like, leaves)})"


def vspace(value: Any) -> VSpace:
    """The space of all that is like a tensor, or a nested structure of tensors.

    Args:
        value: as of `VSpace`.

    Raises:
        TypeError: for what is not of floats or complex numbers.

    >>> from autograd_c.extend import vspace
    >>> print(vspace([1.0, 2.0]).zeros()[1].numpy(), vspace(1j).size)
    0.0 2
    """
    return VSpace(value)


def _precise(x: Any) -> Any:
    """Numbers of Python's in double precision, as HIPS autograd has them."""
    return np.asarray(x) if isinstance(x, (float, complex)) else x


def _tensor(x: Any) -> Tensor:
    return _core.convert_to_tensor(_precise(x))
