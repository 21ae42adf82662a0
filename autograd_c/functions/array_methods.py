"""The methods that arrays of NumPy have, for tensors and Variables.

They are put into both classes when the package is imported, and call the functions of
``autograd_c.arrays``, which is loaded when the first of them does. Those that are called most, as
they are called most, need no more than the engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.items import At, Items

if TYPE_CHECKING:
    from autograd_c.typing import TensorLike

    Axis = SupportsIndex | Sequence[SupportsIndex] | None


def _numpy() -> Any:
    from autograd_c import arrays

    return arrays


# ------------------------------------------------------------ reductions


def prod(
    self: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """Product over axes, as `numpy.prod`.

    >>> import autograd_c as tf
    >>> print(tf.constant([2.0, 3.0]).prod().numpy())
    6.0
    """
    return _numpy().prod(self, axis, dtype, out, keepdims, **_given(initial, where))


def std(
    self: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    **options: Any,
) -> Any:
    """Standard deviation over axes, as `numpy.std`.

    >>> import autograd_c as tf
    >>> print(tf.constant([1.0, 3.0]).std().numpy())
    1.0
    """
    return _numpy().std(self, axis, dtype, out, ddof, keepdims, **options)


def var(
    self: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    **options: Any,
) -> Any:
    """Variance over axes, as `numpy.var`.

    >>> import autograd_c as tf
    >>> print(tf.constant([1.0, 3.0]).var(ddof=1).numpy())
    2.0
    """
    return _numpy().var(self, axis, dtype, out, ddof, keepdims, **options)


def max(
    self: Any,
    axis: Axis = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """Largest element over axes, as `numpy.max`.

    >>> import autograd_c as tf
    >>> print(tf.constant([1.0, 3.0]).max().numpy())
    3.0
    """
    return _numpy().max(self, axis, out, keepdims, **_given(initial, where))


def min(
    self: Any,
    axis: Axis = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """Smallest element over axes, as `numpy.min`.

    >>> import autograd_c as tf
    >>> print(tf.constant([1.0, 3.0]).min().numpy())
    1.0
    """
    return _numpy().min(self, axis, out, keepdims, **_given(initial, where))


def all(
    self: Any, axis: Axis = None, out: Any = None, keepdims: bool = False, *, where: Any = True
) -> Any:
    """Whether all elements are true (or not 0), over axes.

    >>> import autograd_c as tf
    >>> print(tf.constant([1.0, 0.0]).all().numpy())
    False
    """
    return _numpy().all(self, axis, out, keepdims, **_given(None, where))


def any(
    self: Any, axis: Axis = None, out: Any = None, keepdims: bool = False, *, where: Any = True
) -> Any:
    """Whether any element is true (or not 0), over axes.

    >>> import autograd_c as tf
    >>> print(tf.constant([1.0, 0.0]).any().numpy())
    True
    """
    return _numpy().any(self, axis, out, keepdims, **_given(None, where))


def _given(initial: Any, where: Any) -> dict[str, Any]:
    options = {} if initial is None else {"initial": initial}
    return options if where is True else {**options, "where": where}


def argmax(
    self: Any, axis: SupportsIndex | None = None, out: Any = None, *, keepdims: bool = False
) -> Any:
    """Index of the largest element along an axis, or, for None, of the elements in C order.

    >>> import autograd_c as tf
    >>> print(tf.constant([1.0, 3.0]).argmax().numpy())
    1
    """
    return _numpy().argmax(self, axis, out, keepdims=keepdims)


def argmin(
    self: Any, axis: SupportsIndex | None = None, out: Any = None, *, keepdims: bool = False
) -> Any:
    """Index of the smallest element along an axis, or, for None, of the elements in C order.

    >>> import autograd_c as tf
    >>> print(tf.constant([1.0, 3.0]).argmin().numpy())
    0
    """
    return _numpy().argmin(self, axis, out, keepdims=keepdims)


def cumsum(self: Any, axis: SupportsIndex | None = None, dtype: Any = None, out: Any = None) -> Any:
    """Cumulative sums along an axis, or, for None, of the elements in C order.

    >>> import autograd_c as tf
    >>> print(tf.constant([1.0, 3.0]).cumsum().numpy())
    [1. 4.]
    """
    return _numpy().cumsum(self, axis, dtype, out)


def cumprod(
    self: Any, axis: SupportsIndex | None = None, dtype: Any = None, out: Any = None
) -> Any:
    """Cumulative products along an axis, or, for None, of the elements in C order.

    >>> import autograd_c as tf
    >>> print(tf.constant([2.0, 3.0]).cumprod().numpy())
    [2. 6.]
    """
    return _numpy().cumprod(self, axis, dtype, out)


# ------------------------------------------------------------ elements


def round(self: Any, decimals: SupportsIndex = 0, out: Any = None) -> Any:
    """Rounded to so many decimals, halves to even.

    >>> import autograd_c as tf
    >>> print(tf.constant([0.5, 1.26], tf.float64).round(1).numpy())
    [0.5 1.3]
    """
    return _numpy().round(self, decimals, out)


def clip(self: Any, min: Any = None, max: Any = None, out: Any = None, **options: Any) -> Any:
    """Elements held between two bounds, as `numpy.clip`.

    >>> import autograd_c as tf
    >>> print(tf.constant([-1.0, 3.0]).clip(0.0, 2.0).numpy())
    [0. 2.]
    """
    return _numpy().clip(self, min, max, out, **options)


def conj(self: Any) -> Tensor:
    """Complex conjugate.

    >>> import autograd_c as tf
    >>> print(tf.constant(1 + 2j).conj().numpy())
    (1-2j)
    """
    return _core.conj(self)


def copy(self: Any, order: str = "C") -> Tensor:
    """The same value as a tensor of its own, recorded: assigned to, it leaves this one as it is.

    >>> import autograd_c as tf
    >>> x = tf.constant([1.0, 2.0])
    >>> y = x.copy()
    >>> y[0] = 5.0
    >>> print(x.numpy(), y.numpy())
    [1. 2.] [5. 2.]
    """
    return _core.identity(self)


def astype(
    self: Any,
    dtype: Any,
    order: str = "K",
    casting: str = "unsafe",
    subok: bool = True,
    copy: bool = True,
) -> Any:
    """In another dtype, recorded.

    Raises:
        TypeError: for what is no dtype, or a cast that `casting` does not allow.

    >>> import autograd_c as tf
    >>> print(tf.constant([1.5, 2.5]).astype(int).numpy())
    [1 2]
    """
    return _numpy().astype(self, dtype, copy=copy)


# ------------------------------------------------------------ shapes


def _several(given: tuple[Any, ...]) -> Any:
    """The argument, or all of them: x.reshape([2, 3]) or x.reshape(2, 3)."""
    return given[0] if len(given) == 1 else given


def ravel(self: Any, order: str = "C") -> Tensor:
    """The elements along one axis.

    >>> import autograd_c as tf
    >>> tf.constant([[1.0, 2.0]]).ravel().shape
    TensorShape([2])
    """
    return _core.reshape(self, (-1,)) if order in "CK" else _numpy().ravel(self, order)


def transpose(self: Any, *axes: Any) -> Tensor:
    """The axes in another order, or reversed.

    >>> import autograd_c as tf
    >>> tf.zeros([2, 3, 4]).transpose(1, 0, 2).shape
    TensorShape([3, 2, 4])
    """
    order = _several(axes) if axes else None
    return _core.transpose(self, [order] if isinstance(order, int) else order)


def swapaxes(self: Any, axis1: SupportsIndex, axis2: SupportsIndex) -> Any:
    """Two axes exchanged.

    >>> import autograd_c as tf
    >>> tf.zeros([2, 3, 4]).swapaxes(0, 2).shape
    TensorShape([4, 3, 2])
    """
    return _numpy().swapaxes(self, axis1, axis2)


def squeeze(self: Any, axis: Axis = None) -> Any:
    """Without the axes, or some axes, of extent 1.

    >>> import autograd_c as tf
    >>> tf.zeros([2, 1]).squeeze().shape
    TensorShape([2])
    """
    return _numpy().squeeze(self, axis)


def repeat(self: Any, repeats: Any, axis: SupportsIndex | None = None) -> Any:
    """Each element several times.

    >>> import autograd_c as tf
    >>> print(tf.constant([1.0, 2.0]).repeat(2).numpy())
    [1. 1. 2. 2.]
    """
    return _numpy().repeat(self, repeats, axis)


def diagonal(
    self: Any, offset: SupportsIndex = 0, axis1: SupportsIndex = 0, axis2: SupportsIndex = 1
) -> Any:
    """A diagonal of two axes, as the last axis.

    >>> import autograd_c as tf
    >>> print(tf.constant([[1.0, 2.0], [3.0, 4.0]]).diagonal().numpy())
    [1. 4.]
    """
    return _numpy().diagonal(self, offset, axis1, axis2)


def trace(
    self: Any,
    offset: SupportsIndex = 0,
    axis1: SupportsIndex = 0,
    axis2: SupportsIndex = 1,
    dtype: Any = None,
    out: Any = None,
) -> Any:
    """Sum of a diagonal.

    >>> import autograd_c as tf
    >>> print(tf.constant([[1.0, 2.0], [3.0, 4.0]]).trace().numpy())
    5.0
    """
    return _numpy().trace(self, offset, axis1, axis2, dtype, out)


# ------------------------------------------------------------ selection and products


def take(
    self: Any,
    indices: Any,
    axis: SupportsIndex | None = None,
    out: Any = None,
    mode: str = "raise",
) -> Any:
    """Elements by their indices along an axis, or, for None, in C order.

    >>> import autograd_c as tf
    >>> print(tf.constant([1.0, 2.0, 3.0]).take([2, 0]).numpy())
    [3. 1.]
    """
    return _numpy().take(self, indices, axis, out, mode)


def compress(self: Any, condition: Any, axis: SupportsIndex | None = None, out: Any = None) -> Any:
    """What stands where a condition holds along an axis.

    >>> import autograd_c as tf
    >>> print(tf.constant([1.0, 2.0, 3.0]).compress([True, False, True]).numpy())
    [1. 3.]
    """
    return _numpy().compress(condition, self, axis, out)


def nonzero(self: Any) -> tuple[Tensor, ...]:
    """For each axis, the indices of the elements that are not 0.

    >>> import autograd_c as tf
    >>> tf.constant([1.0, 0.0, 3.0]).nonzero()[0].numpy().tolist()
    [0, 2]
    """
    return tuple(_numpy().nonzero(self))


def searchsorted(self: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    """Where elements would be inserted into this sorted vector.

    >>> import autograd_c as tf
    >>> print(tf.constant([1.0, 2.0, 3.0]).searchsorted(2.5).numpy())
    2
    """
    return _numpy().searchsorted(self, v, side, sorter)


def argsort(self: Any, axis: SupportsIndex | None = -1, kind: Any = None, **options: Any) -> Any:
    """The indices that sort along an axis.

    >>> import autograd_c as tf
    >>> tf.constant([3.0, 1.0, 2.0]).argsort().numpy().tolist()
    [1, 2, 0]
    """
    return _numpy().argsort(self, axis, kind, **options)


def sort(self: Any, axis: SupportsIndex = -1, kind: Any = None, **options: Any) -> None:
    """Sort along an axis, in the place of what was here, as arrays do: recorded as an assignment.

    >>> import autograd_c as tf
    >>> x = tf.constant([3.0, 1.0, 2.0])
    >>> x.sort()
    >>> print(x.numpy())
    [1. 2. 3.]
    """
    self[...] = _numpy().sort(self, axis, kind, **options)


def dot(self: Any, b: TensorLike, out: Any = None) -> Any:
    """Product of vectors or matrices, as `numpy.dot`.

    >>> import autograd_c as tf
    >>> print(tf.constant([1.0, 2.0]).dot([3.0, 4.0]).numpy())
    11.0
    """
    return _numpy().dot(self, b, out)


# ------------------------------------------------------------ the Array API standard


def __array_namespace__(self: Any, *, api_version: str | None = None) -> Any:
    """`autograd_c.numpy`, whose functions are those of the Array API standard.

    Raises:
        ValueError: for a version that it does not have.
    """
    from autograd_c import numpy

    if api_version is not None and api_version not in _VERSIONS:
        raise ValueError(f"there is no version {api_version!r} of the Array API standard here")
    return numpy


_VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12", "2025.12")


def to_device(self: Any, device: Any, /, *, stream: None = None) -> Any:
    """Itself: tensors live in the processor's memory.

    Raises:
        ValueError: for another device, or a stream.
    """
    if stream is not None or not (device == "cpu" or device == self.device):
        raise ValueError(
            f"there is no device {device!r} with stream {stream!r}: tensors are on the cpu"
        )
    return self


def __dlpack__(
    self: Any,
    *,
    stream: None = None,
    max_version: tuple[int, int] | None = None,
    dl_device: tuple[int, int] | None = None,
    copy: bool | None = None,
) -> Any:
    """A capsule of the DLPack protocol: the elements without a copy, where the consumer can be told
    that they are not to be written to.

    Raises:
        BufferError: if that needs a copy and `copy` is False; for other devices, and for bfloat16.
        TypeError: within a function of `tf.func`, for a tensor that it differentiates by.
    """
    if dl_device is not None and tuple(dl_device) != (1, 0):
        raise BufferError(f"a tensor in the processor's memory cannot be exported to {dl_device!r}")
    if self.dtype.name == "bfloat16":
        raise BufferError("NumPy has no bfloat16 to export")
    a = _core.array_of(self)
    told = max_version is not None and max_version[0] >= 1 and _NUMPY_TELLS
    if not copy and told:
        return a.__dlpack__(stream=stream, max_version=max_version)
    if copy is False:
        raise BufferError("the consumer cannot be told that tensors are not to be written to")
    return a.copy().__dlpack__(stream=stream)


# From this version on NumPy's capsules say what must not be written to.
_NUMPY_TELLS = np.lib.NumpyVersion(np.__version__) >= "2.1.0"


def __dlpack_device__(self: Any) -> tuple[int, int]:
    """(1, 0): the processor."""
    return (1, 0)


METHODS: dict[str, Any] = {
    f.__name__: f
    for f in (
        prod,
        std,
        var,
        max,
        min,
        all,
        any,
        argmax,
        argmin,
        cumsum,
        cumprod,
        round,
        clip,
        conj,
        copy,
        astype,
        ravel,
        transpose,
        swapaxes,
        squeeze,
        repeat,
        diagonal,
        trace,
        take,
        compress,
        nonzero,
        searchsorted,
        argsort,
        sort,
        dot,
        to_device,
        __array_namespace__,
        __dlpack__,
        __dlpack_device__,
    )
}
METHODS["conjugate"] = conj
METHODS["sum"] = _core.sum_method
METHODS["mean"] = _core.mean_method
METHODS["reshape"] = _core.reshape_method
METHODS["flatten"] = ravel
for _name in ("sum", "mean", "reshape"):
    METHODS[_name].__name__ = METHODS[_name].__qualname__ = _name
# Tensors have these in the core.
METHODS["mT"] = property(lambda self: _core.convert_to_tensor(self).mT, doc=Tensor.mT.__doc__)
METHODS["itemsize"] = property(lambda self: self.dtype.size, doc="Bytes an element.")
METHODS["nbytes"] = property(lambda self: self.size * self.dtype.size, doc="Bytes of all elements.")
METHODS["at"] = property(At, doc=Items.__doc__)
METHODS["_value"] = property(lambda self: self.numpy(), doc="HIPS autograd's name of `numpy()`.")
METHODS["real"] = property(_core.real, doc="Real part, in the real dtype of the same precision.")
METHODS["imag"] = property(_core.imag, doc="Imaginary part; zeros for real tensors.")
