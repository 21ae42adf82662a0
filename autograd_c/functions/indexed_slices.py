"""``tf.IndexedSlices`` and the functions whose gradients are of that kind."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.values.dtypes import DType
from autograd_c.values.errors import InvalidArgumentError
from autograd_c.values.shape import TensorShape

__all__ = ["IndexedSlices", "gather"]


class IndexedSlices:
    """Rows of a tensor that is zero elsewhere: the gradient of `gather` for its source.

    Row indices[i] of the dense tensor is the sum of all values[i] with that index. Usable wherever
    a tensor is taken; it is made dense there. Adding two of them, and multiplying one with a
    number, keeps the rows.

    Args:
        values: a tensor of shape [n, ...].
        indices: an integer tensor of shape [n].
        dense_shape: the shape of the dense tensor, as an integer tensor, or None if unknown.

    >>> import autograd_c as tf
    >>> s = tf.IndexedSlices(tf.constant([[1.0], [2.0]]), tf.constant([2, 0]), tf.constant([3, 1]))
    >>> print(tf.convert_to_tensor(s).numpy().ravel())
    [2. 0. 1.]
    """

    __slots__ = ("_values", "_indices", "_dense_shape")
    __array_priority__ = 100

    def __init__(self, values: Any, indices: Any, dense_shape: Any = None) -> None:
        self._values = _core.convert_to_tensor(values)
        self._indices = _core.convert_to_tensor(indices)
        self._dense_shape = None if dense_shape is None else _core.convert_to_tensor(dense_shape)

    @property
    def values(self) -> Tensor:
        """The rows."""
        return self._values

    @property
    def indices(self) -> Tensor:
        """Where the rows belong."""
        return self._indices

    @property
    def dense_shape(self) -> Tensor | None:
        """The shape of the dense tensor, or None if unknown."""
        return self._dense_shape

    @property
    def shape(self) -> TensorShape:
        """The shape of the dense tensor; its first extent is None if unknown."""
        if self._dense_shape is None:
            return TensorShape([None, *self._values.shape[1:]])
        return TensorShape(np.asarray(self._dense_shape).tolist())

    @property
    def dtype(self) -> DType:
        """The dtype of the rows."""
        return self._values.dtype

    @property
    def name(self) -> None:
        """Always None: eager tensors have no names."""
        return None

    @property
    def device(self) -> str:
        """The processor, in TensorFlow's spelling."""
        return self._values.device

    def _dense(self) -> Tensor:
        if self._dense_shape is None:
            raise ValueError(
                "Tensor conversion requested for IndexedSlices without dense_shape: "
                "the number of rows is not known"
            )
        rows = int(self._dense_shape[0])
        return _core.scatter_rows(self._values, self._indices, rows)

    def numpy(self) -> Any:
        """The dense tensor as a NumPy array.

        Raises:
            ValueError: if the dense shape is unknown.
        """
        return self._dense().numpy()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        dense: Any = self._dense()
        return dense.__array__(dtype, copy)

    # NumPy and pandas leave their operators to those below.
    __array_ufunc__ = None
    __pandas_priority__ = 5000

    def __neg__(self) -> IndexedSlices:
        return IndexedSlices(-self._values, self._indices, self._dense_shape)

    def _scaled(self, factor: Any) -> Any:
        if np.ndim(factor) == 0:
            return IndexedSlices(self._values * factor, self._indices, self._dense_shape)
        return self._dense() * factor

    def __mul__(self, other: Any) -> Any:
        return self._scaled(other)

    def __rmul__(self, other: Any) -> Any:
        return self._scaled(other)

    def __truediv__(self, other: Any) -> Any:
        if np.ndim(other) == 0:
            return IndexedSlices(self._values / other, self._indices, self._dense_shape)
        return self._dense() / other

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, IndexedSlices):
            return self._dense() + other
        return IndexedSlices(
            _core.concat([self._values, other._values], 0),
            _core.concat([self._indices, other._indices], 0),
            self._dense_shape if self._dense_shape is not None else other._dense_shape,
        )

    def __radd__(self, other: Any) -> Any:
        return other + self._dense()

    def __sub__(self, other: Any) -> Any:
        if isinstance(other, IndexedSlices):
            return self + (-other)
        return self._dense() - other

    def __rsub__(self, other: Any) -> Any:
        return other - self._dense()

    def __repr__(self) -> str:
        shape = "" if self._dense_shape is None else f", dense_shape={self._dense_shape}"
        return f"IndexedSlices(indices={self._indices}, values={self._values}{shape})"


_core.register_composite(IndexedSlices, ("values", "indices", "dense_shape"))


def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    axis: Any = None,
    batch_dims: int = 0,
    name: str | None = None,
) -> Tensor:
    """Slices of a tensor along an axis, by integer indices.

    Args:
        params: a tensor or Variable of rank 1 or more.
        indices: an integer tensor of any shape; negative ones count from the end.
        validate_indices: ignored; indices are always checked.
        axis: along which axis; by default `batch_dims`.
        batch_dims: how many leading axes `params` and `indices` have in common.
        name: ignored.

    Returns:
        A tensor of shape params.shape[:axis] + indices.shape[batch_dims:] + params.shape[axis+1:].

    Raises:
        IndexError: (`tf.errors.InvalidArgumentError`) for indices out of range.
        TypeError: for indices that are no integers.
        ValueError: for an axis out of range.

    Along axis 0, the gradient for `params` is `IndexedSlices`, if it is a source itself.

    >>> import autograd_c as tf
    >>> print(tf.gather([10, 20, 30], [2, 0]).numpy())
    [30 10]
    """
    i = _core.convert_to_tensor(indices)
    x = params if _core.is_tensor(params) else _core.convert_to_tensor(params)
    rank = x.ndim
    batch = batch_dims + i.ndim if batch_dims < 0 else batch_dims
    try:
        # As given: a negative number counts other axes in `params` than in `indices`.
        place = batch_dims if axis is None else operator.index(axis)
    except TypeError:
        raise TypeError(f"[gather] axis must be an integer, not {axis!r}") from None
    if not -rank <= place < rank:
        raise InvalidArgumentError(
            f"[gather] axis {place} is out of range for a tensor of rank {rank}"
        )
    place %= rank
    if not 0 <= batch <= min(i.ndim, place):
        raise InvalidArgumentError(
            f"[gather] batch_dims {batch_dims} must be at most axis {place} and the rank {i.ndim} "
            "of the indices"
        )
    if place == 0:
        return _core.gather_rows(x, i, True)
    x = _core.convert_to_tensor(x)
    if batch == 0:
        return _core.gather_along(x, i, place)
    shape = list(x.shape)
    if shape[:batch] != list(i.shape)[:batch]:
        raise InvalidArgumentError(
            f"[gather] the first {batch} axes of params {tuple(shape)} and indices "
            f"{tuple(i.shape)} differ"
        )
    rows = batched_rows(i, shape[place], batch)
    picked = _core.gather_rows(x, rows, False, [*range(batch), place])
    middle = place - batch
    inner = i.ndim - batch
    back = list(range(batch))
    back += range(batch + inner, batch + inner + middle)
    back += range(batch, batch + inner)
    back += range(batch + inner + middle, picked.ndim)
    return _core.transpose(picked, back)


def batched_rows(indices: Any, extent: int, batch: int) -> Tensor:
    """Indices into one axis, for each element of `batch` axes in front, as indices into all of
    these axes, flattened."""
    rows = _core.apply("row_indices", [indices], [extent])
    lead = list(rows.shape)[:batch]
    first = np.arange(0, math.prod(lead) * extent, extent or 1) if extent else np.zeros(1, np.int64)
    if not rows.size:
        return rows
    return rows + first.reshape(lead + [1] * (rows.ndim - batch))
