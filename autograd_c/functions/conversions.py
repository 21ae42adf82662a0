"""Values in other dtypes, or by other names: ``tf.saturate_cast``, ``tf.bitcast``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.arrays import clip_by_value
from autograd_c.functions.indexed_slices import IndexedSlices
from autograd_c.values import dtypes
from autograd_c.values.dtypes import DType
from autograd_c.values.errors import InvalidArgumentError, InvalidDTypeError

if TYPE_CHECKING:
    from autograd_c.typing import DTypeLike, TensorLike

__all__ = ["bitcast", "saturate_cast", "scalar_mul"]


def _bounds(of: DType, to: DType) -> tuple[Any, Any]:
    """The least and the greatest number of the one dtype that the other holds, or None for all."""
    if to is dtypes.bfloat16:
        if of.name not in ("float32", "float64"):
            return None, None
        far = of.as_numpy_dtype(to.max)
        return -far, far
    source, target = of.dtype, to.dtype
    if target.kind in "iu":
        info: Any = np.iinfo(target)
    else:
        info = np.finfo(target)
    if source.kind in "iu":
        own = np.iinfo(source)
        low, high = max(int(own.min), int(info.min)), min(int(own.max), int(info.max))
        return source.type(low), source.type(high)
    if target.kind == "f" and source.itemsize <= target.itemsize:
        return None, None
    with np.errstate(over="ignore"):
        low, high = (source.type(x) for x in (info.min, info.max))
        # What was rounded away from 0 is more than fits.
        if int(low) < int(info.min) if np.isfinite(low) else True:
            low = np.nextafter(low, source.type(0))
        if int(high) > int(info.max) if np.isfinite(high) else True:
            high = np.nextafter(high, source.type(0))
    return low, high


def saturate_cast(value: TensorLike, dtype: DTypeLike, name: str | None = None) -> Tensor:
    """A value in another dtype, held at the least and the greatest number of that.

    Of complex numbers, a real dtype takes the real part; real and imaginary parts of a complex
    dtype are held each.

    Args:
        value: a tensor of numbers.
        dtype: of the result.
        name: ignored.

    Raises:
        TypeError: for bool.

    >>> import autograd_c as tf
    >>> print(tf.saturate_cast([-5.0, 7.9, 300.0], tf.uint8).numpy())
    [  0   7 255]
    """
    x = _core.convert_to_tensor(value)
    wanted = dtypes.as_dtype(dtype)
    if x.dtype.is_bool or wanted.is_bool:
        raise InvalidDTypeError("[saturate_cast] bool has no least and no greatest number")
    if x.dtype == wanted:
        return x
    if wanted.is_complex and x.dtype.is_complex:
        if wanted.size > x.dtype.size:
            return _core.cast(x, wanted)
        part = wanted.real_dtype
        real, imag = (saturate_cast(p, part) for p in (_core.real(x), _core.imag(x)))
        return _core.apply("complex", [real, imag])
    if wanted.is_complex:
        return _core.cast(saturate_cast(x, wanted.real_dtype), wanted)
    if x.dtype.is_complex:
        x = _core.real(x)
    if x.dtype is dtypes.bfloat16 and wanted is not dtypes.bfloat16:
        x = _core.cast(x, dtypes.float32)
    low, high = _bounds(x.dtype, wanted)
    if low is not None:
        x = clip_by_value(x, low, high)
    return _core.cast(x, wanted)


def bitcast(input: TensorLike, type: DTypeLike, name: str | None = None) -> Tensor:
    """The bits of a tensor, read as another dtype. Not differentiable.

    Args:
        input: a tensor of numbers.
        type: a dtype. If it is smaller by a factor of n, the result has a last axis of extent n
            more; if it is larger, the last axis of `input` must be of extent n, and goes.
        name: ignored.

    Raises:
        TypeError: for bool.
        ValueError: (`tf.errors.InvalidArgumentError`) for a last axis of another extent.

    >>> import autograd_c as tf
    >>> print(tf.bitcast(1.0, tf.uint32).numpy() == 0x3f800000)
    True
    """
    x = _core.convert_to_tensor(input)
    wanted = dtypes.as_dtype(type)
    if x.dtype.is_bool or wanted.is_bool:
        raise InvalidDTypeError("[bitcast] bits of dtype bool have no other meaning")
    old, new = x.dtype.size, wanted.size
    shape = tuple(x.shape)
    if new > old:
        count = new // old
        if shape[-1:] != (count,):
            raise InvalidArgumentError(
                f"[bitcast] Cannot bitcast from {x.dtype.name} of shape {shape} to {wanted.name}: "
                f"the last axis must have extent {count}"
            )
        shape = shape[:-1]
    elif new < old:
        shape = (*shape, old // new)
    return _core._rebuild_tensor(_core.bytes_of(x), wanted.name, shape)


@overload
def scalar_mul(scalar: TensorLike, x: IndexedSlices, name: str | None = None) -> IndexedSlices: ...
@overload
def scalar_mul(scalar: TensorLike, x: TensorLike, name: str | None = None) -> Tensor: ...
def scalar_mul(scalar: Any, x: Any, name: str | None = None) -> Any:
    """A number times a tensor, or times an `IndexedSlices`, of which only the rows are multiplied.

    Args:
        scalar: a number, or a 0-d tensor of the dtype of `x`.
        x: a tensor or an `IndexedSlices`.
        name: ignored.

    Raises:
        ValueError: for a scalar that is none, or of another dtype.

    >>> import autograd_c as tf
    >>> print(tf.scalar_mul(2.0, [1.0, 2.0]).numpy())
    [2. 4.]
    """
    rows = isinstance(x, IndexedSlices)
    t = x.values if rows else _core.convert_to_tensor(x)
    factor = _core.convert_to_tensor(scalar, t.dtype)
    if factor.ndim != 0:
        raise InvalidArgumentError(
            f"The input scalar must be a 0-D value. Received shape {tuple(factor.shape)}."
        )
    product = factor * t
    return IndexedSlices(product, x.indices, x.dense_shape) if rows else product
