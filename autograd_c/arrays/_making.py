"""Tensors of given values: of objects, and of one value."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_c.arrays._arguments import cast, dtype_of, is_inexact, own, refuse_device, tensor
from autograd_c.arrays._shapes import integers
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.values import dtypes

__all__ = [
    "array",
    "asanyarray",
    "asarray",
    "asarray_chkfinite",
    "ascontiguousarray",
    "asfortranarray",
    "astype",
    "copy",
    "empty",
    "empty_like",
    "from_dlpack",
    "frombuffer",
    "fromiter",
    "fromstring",
    "full",
    "full_like",
    "ones",
    "ones_like",
    "require",
    "zeros",
    "zeros_like",
]


# ---------------------------------------------------------------- of objects


def array(
    object: Any,
    dtype: Any = None,
    *,
    copy: Any = True,
    order: str = "K",
    subok: bool = False,
    ndmin: int = 0,
    ndmax: int = 0,
    like: Any = None,
) -> Tensor:
    """A tensor of the values of an object: of a number, nested lists, an array, or tensors.

    Args:
        object: what NumPy's `array` takes. Lists that hold tensors are stacked, and recorded.
        dtype: of the result; by default Python's floats are float64 and ints int64.
        copy: whether a tensor that is given is answered with another one of the same values.
        order, subok, ndmax, like: ignored: elements are in C order.
        ndmin: the least rank; new axes come in front.

    Raises:
        TypeError: for what is no number.
        ValueError: for nested lists of different lengths.

    >>> from autograd_c import numpy as np
    >>> np.array([1.0, 2.0]).dtype, np.array([1, 2]).dtype
    (tf.float64, tf.int64)
    """
    x = tensor(object)
    if dtype is not None:
        x = _cast_of(object, x, dtype)
    if x.ndim < ndmin:
        x = _core.reshape(x, [1] * (ndmin - x.ndim) + list(x.shape))
    return own(x, object) if copy else x


def _cast_of(given: Any, x: Tensor, dtype: Any) -> Tensor:
    wanted = dtype_of(dtype)
    if wanted is x.dtype:
        return x
    plain = not _core.is_tensor(given) and not isinstance(given, np.ndarray)
    if plain and wanted.name != "bfloat16" and not _core.has_tensors(_in_list(given)):
        # Python's numbers that the dtype does not hold are errors.
        return _core.convert_to_tensor(np.array(given, wanted.dtype))
    return cast(x, wanted)


def _in_list(x: Any) -> Any:
    return x if isinstance(x, (list, tuple)) else [x]


def asarray(
    a: Any,
    dtype: Any = None,
    order: str | None = None,
    *,
    device: Any = None,
    copy: Any = None,
    like: Any = None,
) -> Tensor:
    """A tensor of the values of an object, as `array` makes it; a tensor is returned as it is.

    >>> from autograd_c import numpy as np
    >>> np.asarray([1, 2], dtype=float).tolist()
    [1.0, 2.0]
    """
    refuse_device(device)
    return array(a, dtype, copy=bool(copy))


asanyarray = asarray


def ascontiguousarray(a: Any, dtype: Any = None, *, like: Any = None) -> Tensor:
    """A tensor of rank 1 or more, as `array` makes it.

    >>> from autograd_c import numpy as np
    >>> np.ascontiguousarray(2.0).shape
    TensorShape([1])
    """
    return array(a, dtype, ndmin=1, copy=False)


def asfortranarray(a: Any, dtype: Any = None, *, like: Any = None) -> Tensor:
    """The same as `asarray`: a tensor has no order of its own that code could see.

    >>> from autograd_c import numpy as np
    >>> np.asfortranarray([1.0]).tolist()
    [1.0]
    """
    return array(a, dtype, ndmin=1, copy=False)


def asarray_chkfinite(a: Any, dtype: Any = None, order: str | None = None) -> Tensor:
    """The same as `asarray`, for finite numbers.

    Raises:
        ValueError: for NaN and infinities.

    >>> from autograd_c import numpy as np
    >>> np.asarray_chkfinite([1.0]).tolist()
    [1.0]
    """
    x = array(a, dtype)
    if is_inexact(x.dtype) and not np.isfinite(_core.array_of(x)).all():
        raise ValueError("array must not contain infs or NaNs")
    return x


def require(a: Any, dtype: Any = None, requirements: Any = None, *, like: Any = None) -> Tensor:
    """The same as `asarray`. A tensor that could be written to is refused.

    >>> from autograd_c import numpy as np
    >>> np.require([1.0], requirements=["C"]).tolist()
    [1.0]
    """
    wanted = {str(r).upper() for r in requirements or ()}
    if wanted & {"W", "WRITEABLE"}:
        raise ValueError("a tensor is not writeable")
    return array(a, dtype, copy=False)


def copy(a: Any, order: str = "K", subok: bool = False) -> Tensor:
    """The same values as a new tensor; recorded.

    >>> from autograd_c import numpy as np
    >>> np.copy([1.0, 2.0]).tolist()
    [1.0, 2.0]
    """
    return _core.identity(tensor(a))


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Tensor:
    """The values in another dtype; recorded between floating and complex dtypes.

    >>> from autograd_c import numpy as np
    >>> np.astype(np.array([1.5, 2.0]), int).tolist()
    [1, 2]
    """
    refuse_device(device)
    y = cast(tensor(x), dtype_of(dtype))
    return own(y, x) if copy else y


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A tensor of an array of another library that offers `__dlpack__`: in its memory, if possible.

    What somebody writes into that memory later changes the tensor, and what a tape has kept of it.

    Args:
        x: an array of NumPy, PyTorch, JAX or another library, or a tensor.
        device: "cpu" or None.
        copy: whether to copy; None for where it must be: booleans, numbers, what is not aligned.

    Raises:
        AttributeError: for an object without `__dlpack__`.
        BufferError: if `copy` is False, and it has to be copied.
        ValueError: for another device.

    >>> import numpy
    >>> from autograd_c import numpy as np
    >>> a = numpy.array([1.0, 2.0])
    >>> x = np.from_dlpack(a)
    >>> numpy.shares_memory(x, a)
    True
    """
    refuse_device(device)
    if _core.is_tensor(x):
        y = tensor(x)
        return own(y, x) if copy else y
    if not hasattr(x, "__dlpack__"):
        raise AttributeError(f"{type(x).__name__!r} has no attribute '__dlpack__'")
    array = np.from_dlpack(x)
    if copy:
        return _core.convert_to_tensor(np.array(array))
    y = _core.share_array(array)
    if copy is False and array.size and not np.shares_memory(_core.array_of(y), array):
        raise BufferError(f"an array of dtype {array.dtype} and shape {array.shape} must be copied")
    return y


def frombuffer(
    buffer: Any, dtype: Any = float, count: int = -1, offset: int = 0, *, like: Any = None
) -> Tensor:
    """The numbers in a buffer, as NumPy's `frombuffer` reads them.

    >>> import struct
    >>> from autograd_c import numpy as np
    >>> np.frombuffer(struct.pack("2d", 1.0, 2.0)).tolist()
    [1.0, 2.0]
    """
    wanted = dtype_of(dtype).dtype
    return _core.convert_to_tensor(np.frombuffer(buffer, wanted, count, offset))


def fromiter(iter: Any, dtype: Any, count: int = -1, *, like: Any = None) -> Tensor:
    """The numbers that an iterable gives, tensors among them.

    >>> from autograd_c import numpy as np
    >>> np.fromiter((k * k for k in range(3)), float).tolist()
    [0.0, 1.0, 4.0]
    """
    values = [x for _, x in zip(range(count), iter)] if count >= 0 else list(iter)
    if len(values) < count:
        raise ValueError(
            f"iterator too short: Expected {count} but iterator had only {len(values)} items."
        )
    return array(values, dtype)


def fromstring(
    string: str, dtype: Any = float, count: int = -1, *, sep: str, like: Any = None
) -> Tensor:
    """The numbers in a text, between separators.

    >>> from autograd_c import numpy as np
    >>> np.fromstring("1 2", sep=" ").tolist()
    [1.0, 2.0]
    """
    return _core.convert_to_tensor(np.fromstring(string, dtype_of(dtype).dtype, count, sep=sep))


# ---------------------------------------------------------------- of one value


def _filled(shape: Any, value: float, dtype: Any, device: Any) -> Tensor:
    refuse_device(device)
    wanted = dtypes.float64 if dtype is None or dtype is float else dtype_of(dtype)
    return _core.full((shape,) if type(shape) is int else integers(shape), value, wanted)


def zeros(
    shape: Any, dtype: Any = None, order: str = "C", *, device: Any = None, like: Any = None
) -> Tensor:
    """Zeros, of float64 unless another dtype is given.

    Raises:
        ValueError: for negative extents.

    >>> from autograd_c import numpy as np
    >>> np.zeros(2).tolist()
    [0.0, 0.0]
    """
    return _filled(shape, 0, dtype, device)


def ones(
    shape: Any, dtype: Any = None, order: str = "C", *, device: Any = None, like: Any = None
) -> Tensor:
    """Ones, of float64 unless another dtype is given.

    Raises:
        ValueError: for negative extents.

    >>> from autograd_c import numpy as np
    >>> np.ones((1, 2)).tolist()
    [[1.0, 1.0]]
    """
    return _filled(shape, 1, dtype, device)


def empty(
    shape: Any, dtype: Any = None, order: str = "C", *, device: Any = None, like: Any = None
) -> Tensor:
    """The same as `zeros`.

    >>> from autograd_c import numpy as np
    >>> np.empty(2).shape
    TensorShape([2])
    """
    return _filled(shape, 0, dtype, device)


def full(
    shape: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str = "C",
    *,
    device: Any = None,
    like: Any = None,
) -> Tensor:
    """A value, or what broadcasts to the shape, in all places; recorded.

    >>> from autograd_c import numpy as np
    >>> np.full(2, 3.0).tolist()
    [3.0, 3.0]
    """
    refuse_device(device)
    return _core.broadcast_to(array(fill_value, dtype), integers(shape))


def _like(a: Any, value: Any, dtype: Any, shape: Any, device: Any) -> Tensor:
    refuse_device(device)
    x = a if type(a) is Tensor else tensor(a)
    wanted = x.dtype if dtype is None else dtype_of(dtype)
    return _core.full(x.shape if shape is None else integers(shape), value, wanted)


def zeros_like(
    a: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Tensor:
    """Zeros of the shape and dtype of a tensor.

    >>> from autograd_c import numpy as np
    >>> np.zeros_like([1, 2]).tolist()
    [0, 0]
    """
    return _like(a, 0, dtype, shape, device)


def ones_like(
    a: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Tensor:
    """Ones of the shape and dtype of a tensor.

    >>> from autograd_c import numpy as np
    >>> np.ones_like([1.5, 2.0]).tolist()
    [1.0, 1.0]
    """
    return _like(a, 1, dtype, shape, device)


def empty_like(
    prototype: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Tensor:
    """The same as `zeros_like`.

    >>> from autograd_c import numpy as np
    >>> np.empty_like([1, 2]).shape
    TensorShape([2])
    """
    return _like(prototype, 0, dtype, shape, device)


def full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Tensor:
    """A value, or what broadcasts to the shape, in the shape and dtype of a tensor; recorded.

    >>> from autograd_c import numpy as np
    >>> np.full_like([1.5, 2.0], 3).tolist()
    [3.0, 3.0]
    """
    refuse_device(device)
    x = tensor(a)
    value = cast(tensor(fill_value), x.dtype if dtype is None else dtype_of(dtype))
    return _core.broadcast_to(value, x.shape if shape is None else integers(shape))
