"""Types for annotations: what the functions of the package take as tensors, dtypes and shapes.

>>> import autograd_c as tf
>>> from autograd_c.typing import TensorLike
>>> def half(x: TensorLike) -> tf.Tensor:
...     return tf.multiply(x, 0.5)
>>> half([1.0, 2.0])
<tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.5, 1. ], dtype=float32)>
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol, SupportsIndex, TypeAlias

import numpy as np

from autograd_c.core._core import Tensor, Variable
from autograd_c.values.dtypes import DType

__all__ = ["AxisLike", "DTypeLike", "ShapeLike", "TensorLike"]


class _SupportsArray(Protocol):
    def __array__(self) -> np.ndarray[Any, Any]: ...


class _SupportsDLPack(Protocol):
    def __dlpack__(self) -> Any: ...


class _Nested(Protocol):
    """A list, a tuple or the like. A string is none: its `__contains__` takes strings alone."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[TensorLike]: ...
    def __getitem__(self, index: int, /) -> TensorLike: ...
    def __contains__(self, item: object, /) -> bool: ...


class _HasDType(Protocol):
    @property
    def dtype(self) -> DType | np.dtype[Any]: ...


TensorLike: TypeAlias = (
    Tensor
    | Variable
    | bool
    | int
    | float
    | complex
    | np.generic
    | np.ndarray[Any, Any]
    | _SupportsArray
    | _SupportsDLPack
    | _Nested
)
"""What `convert_to_tensor` takes: tensors, Variables, numbers, arrays, and nested sequences."""

DTypeLike: TypeAlias = (
    DType
    | np.dtype[Any]
    | type[np.generic]
    | type[int]
    | type[float]
    | type[complex]
    | str
    | _HasDType
)
"""What `as_dtype` takes."""

ShapeLike: TypeAlias = SupportsIndex | Iterable[SupportsIndex]
"""A shape: an int, or several; a tensor or an array of integers is both."""

AxisLike: TypeAlias = SupportsIndex | Iterable[SupportsIndex] | None
"""Axes to reduce: one, several, or all of them for None."""
