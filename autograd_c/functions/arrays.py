"""Making tensors and rearranging them: ``tf.zeros``, ``tf.split`` and the like."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.indexed_slices import IndexedSlices
from autograd_c.values import dtypes
from autograd_c.values.errors import InvalidArgumentError
from autograd_c.values.shape import TensorShape

if TYPE_CHECKING:
    from autograd_c.typing import AxisLike, DTypeLike, ShapeLike, TensorLike

convert = _core.convert_to_tensor
newaxis = None


# ---------------------------------------------------------------- making


def zeros(shape: ShapeLike, dtype: DTypeLike | None = None, name: str | None = None) -> Tensor:
    """A tensor of zeros.

    Args:
        shape: an int or a sequence of ints.
        dtype: the default float's for None.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for a negative extent.

    >>> import autograd_c as tf
    >>> tf.zeros([2], tf.int32)
    <tf.Tensor: shape=(2,), dtype=int32, numpy=array([0, 0], dtype=int32)>
    """
    return _core.full(shape, 0, dtype)


def ones(shape: ShapeLike, dtype: DTypeLike | None = None, name: str | None = None) -> Tensor:
    """A tensor of ones.

    Args:
        shape: an int or a sequence of ints.
        dtype: the default float's for None.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for a negative extent.

    >>> import autograd_c as tf
    >>> tf.ones([2], tf.int32)
    <tf.Tensor: shape=(2,), dtype=int32, numpy=array([1, 1], dtype=int32)>
    """
    return _core.full(shape, 1, dtype)


def zeros_like(
    input: TensorLike, dtype: DTypeLike | None = None, name: str | None = None
) -> Tensor:
    """Zeros of the shape of `input`, and its dtype unless another is given.

    >>> import autograd_c as tf
    >>> tf.zeros_like([1.0, 2.0])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0., 0.], dtype=float32)>
    """
    x = convert(input)
    return _core.full(x.shape, 0, x.dtype if dtype is None else dtype)


def ones_like(input: TensorLike, dtype: DTypeLike | None = None, name: str | None = None) -> Tensor:
    """Ones of the shape of `input`, and its dtype unless another is given.

    >>> import autograd_c as tf
    >>> tf.ones_like([1.0, 2.0])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1., 1.], dtype=float32)>
    """
    x = convert(input)
    return _core.full(x.shape, 1, x.dtype if dtype is None else dtype)


def fill(
    dims: ShapeLike, value: TensorLike, name: str | None = None, layout: object = None
) -> Tensor:
    """A tensor of one value; differentiable in it.

    Args:
        dims: the shape.
        value: a number or 0-d tensor.
        name, layout: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) if `value` is no scalar.

    >>> import autograd_c as tf
    >>> tf.fill([2], 0.5)
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.5, 0.5], dtype=float32)>
    """
    x = convert(value)
    if not isinstance(name, str | None):
        raise TypeError(
            f"fill takes one shape and one value, as in tf.fill([2, 3], 0.5): {name!r} is no name"
        )
    if x.ndim != 0:
        raise InvalidArgumentError(f"[fill] value must represent a scalar, got shape {x.shape}")
    return _core.broadcast_to(x, dims)


def eye(
    num_rows: SupportsIndex,
    num_columns: SupportsIndex | None = None,
    batch_shape: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    name: str | None = None,
) -> Tensor:
    """Identity matrices of shape [*batch_shape, num_rows, num_columns].

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for negative extents.

    >>> import autograd_c as tf
    >>> print(tf.eye(2).numpy())
    [[1. 0.]
     [0. 1.]]
    """
    rows = operator.index(num_rows)
    columns = rows if num_columns is None else operator.index(num_columns)
    if rows < 0 or columns < 0:
        raise InvalidArgumentError(f"[eye] Dimension must be >= 0, got ({rows}, {columns})")
    dtype = _core.get_default_float() if dtype is None else dtypes.as_dtype(dtype)
    matrix = _core.constant(np.eye(rows, columns, dtype=np.float32), dtype)
    if batch_shape is None:
        return matrix
    return _core.broadcast_to(matrix, [*TensorShape(batch_shape), rows, columns])


def range(  # noqa: A001 (the name is TensorFlow's)
    start: TensorLike,
    limit: TensorLike | None = None,
    delta: TensorLike = 1,
    dtype: DTypeLike | None = None,
    name: str | None = "range",
) -> Tensor:
    """Numbers from `start` (0 if only one is given) up to, not including, `limit`.

    Args:
        start, limit, delta: numbers.
        dtype: by default int32 for ints (int64 where they do not fit), the default float's dtype
            for floats.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) if `delta` is 0 or leads away from `limit`.

    >>> import autograd_c as tf
    >>> tf.range(3)
    <tf.Tensor: shape=(3,), dtype=int32, numpy=array([0, 1, 2], dtype=int32)>
    """
    if limit is None:
        start, limit = 0, start
    parts = [convert(x) for x in (start, limit, delta)]
    for part in parts:
        if part.ndim != 0:
            raise InvalidArgumentError(f"[range] needs scalars, got shape {part.shape}")
    if dtype is None:
        dtype = max((part.dtype for part in parts), key=operator.attrgetter("code"))
    dtype = dtypes.as_dtype(dtype)
    first, last, step = (_core.argument_array(part).item() for part in parts)
    if step == 0:
        raise InvalidArgumentError("[range] Requires delta != 0: 0")
    if (last - first) * step < 0:
        order = "<=" if step > 0 else ">="
        raise InvalidArgumentError(
            f"[range] Requires start {order} limit when delta {'>' if step > 0 else '<'} 0: "
            f"{first}/{last}"
        )
    count = math.ceil((last - first) / step) if dtype.is_floating else -((first - last) // step)
    values = first + step * np.arange(count, dtype=np.float64 if dtype.is_floating else np.int64)
    return _core.constant(values, dtype)


def linspace(
    start: TensorLike,
    stop: TensorLike,
    num: SupportsIndex,
    name: str | None = None,
    axis: int = 0,
) -> Tensor:
    """`num` equally spaced numbers from `start` to `stop`, both included; differentiable in both.

    Args:
        start, stop: numbers or tensors of one shape; integers alone count as float64.
        num: how many; a positive int (0 gives an empty tensor).
        name: ignored.
        axis: the new axis along which the numbers go.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for a negative `num` or a bad axis.

    >>> import autograd_c as tf
    >>> print(tf.linspace(0.0, 1.0, 5).numpy())
    [0.   0.25 0.5  0.75 1.  ]
    """
    ends = [start, stop]
    for k, x in enumerate(ends):
        if _core.is_tensor(x) and x.dtype.is_integer:
            ends[k] = _core.cast(x, dtypes.float64)
    a, b = _core.operands_of("linspace", *ends)
    if a.dtype.is_integer:
        a, b = _core.cast(a, dtypes.float64), _core.cast(b, dtypes.float64)
    count = operator.index(num)
    if count < 0:
        raise InvalidArgumentError(f"[linspace] Requires num > 0: {count}")
    weights = np.linspace(0.0, 1.0, count, dtype=np.float64)
    a, b = expand_dims(a, axis), expand_dims(b, axis)
    place = axis if axis >= 0 else axis + a.ndim
    shape = [1] * a.ndim
    shape[place] = count
    t = _core.constant(weights.reshape(shape), a.dtype)
    # Weighted like this both ends are exact.
    return a * (1 - t) + b * t


# ---------------------------------------------------------------- asking


def shape(input: TensorLike, out_type: DTypeLike | None = None, name: str | None = None) -> Tensor:
    """The extents as a 1-d integer tensor, of int32 if no `out_type` is given.

    >>> import autograd_c as tf
    >>> print(tf.shape(tf.zeros([2, 3])).numpy())
    [2 3]
    """
    return _core.constant(list(convert(input).shape), out_type or dtypes.int32)


def size(input: TensorLike, out_type: DTypeLike | None = None, name: str | None = None) -> Tensor:
    """The number of elements as a 0-d integer tensor, of int32 if no `out_type` is given.

    >>> import autograd_c as tf
    >>> int(tf.size(tf.zeros([2, 3])))
    6
    """
    return _core.constant(convert(input).size, out_type or dtypes.int32)


def rank(input: TensorLike, name: str | None = None) -> Tensor:
    """The number of dimensions as a 0-d integer tensor.

    >>> import autograd_c as tf
    >>> int(tf.rank(tf.zeros([2, 3])))
    2
    """
    return _core.constant(convert(input).ndim)


# ---------------------------------------------------------------- rearranging


def _index(axis: Any, operation: str) -> int:
    try:
        return operator.index(axis)
    except TypeError:
        raise TypeError(f"[{operation}] axis must be an integer, not {axis!r}") from None


def _axis(axis: Any, rank: int, operation: str) -> int:
    k = _index(axis, operation)
    if not -rank <= k < rank:
        raise InvalidArgumentError(
            f"[{operation}] axis {k} is out of range for a tensor of rank {rank}"
        )
    return k % rank if rank else 0


def _ints(values: Any, operation: str, what: str) -> list[int]:
    """A list of ints from a tensor, an array or a sequence."""
    if _core.is_tensor(values) or isinstance(values, np.ndarray):
        values = _core.argument_array(values).tolist()
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise InvalidArgumentError(
            f"[{operation}] expected {what} to be a list of ints, not {values!r}"
        )
    return [operator.index(v) for v in values]


def expand_dims(input: TensorLike, axis: ShapeLike, name: str | None = None) -> Tensor:
    """A new axis of extent 1 at `axis`, negative ones from the end of the result.

    The axis is an int, or a list of one.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis out of range, or several.

    >>> import autograd_c as tf
    >>> tf.expand_dims(tf.zeros([2, 3]), -1).shape
    TensorShape([2, 3, 1])
    """
    given: Any = axis
    if type(given) is int:
        return _core.insert_axis(input, given)
    if isinstance(given, (list, tuple)) or np.ndim(given):
        several = _ints(np.ravel(_core.array_of(given)), "expand_dims", "axis")
        if len(several) != 1:
            raise InvalidArgumentError(f"[expand_dims] axis must be one integer, not {axis!r}")
        given = several[0]
    return _core.insert_axis(input, _index(given, "expand_dims"))


def squeeze(input: TensorLike, axis: AxisLike = None, name: str | None = None) -> Tensor:
    """Without axes of extent 1: those given, or all.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis out of range or of extent
            other than 1.

    >>> import autograd_c as tf
    >>> tf.squeeze(tf.zeros([1, 2, 1])).shape
    TensorShape([2])
    """
    x = convert(input)
    if axis is None or (isinstance(axis, (list, tuple)) and not axis):
        return _core.reshape(x, [d for d in x.shape if d != 1])
    axes = axis if isinstance(axis, (list, tuple)) else [axis]
    places = {_axis(k, x.ndim, "squeeze") for k in axes}
    for k in places:
        if x.shape[k] != 1:
            raise InvalidArgumentError(
                f"[squeeze] Can not squeeze dim[{k}], expected a dimension of 1, got {x.shape[k]}"
            )
    return _core.reshape(x, [d for k, d in enumerate(x.shape) if k not in places])


def split(
    value: TensorLike,
    num_or_size_splits: ShapeLike,
    axis: SupportsIndex = 0,
    num: int | None = None,
    name: str | None = "split",
) -> list[Tensor]:
    """Parts along an axis: so many equal ones, or of the given sizes (one may be -1).

    Args:
        value: a tensor of rank 1 or more.
        num_or_size_splits: an int, or a list of ints that add up to the extent.
        axis: an int, negative ones from the end.
        num: the number of parts, checked if given.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) if the parts do not fit.

    >>> import autograd_c as tf
    >>> [part.numpy().tolist() for part in tf.split(tf.range(5), [2, -1])]
    [[0, 1], [2, 3, 4]]
    """
    x = convert(value)
    if x.ndim == 0:
        raise InvalidArgumentError("[split] needs a tensor of rank 1 or more")
    place = _axis(axis, x.ndim, "split")
    extent = x.shape[place]
    given: Any = num_or_size_splits
    if isinstance(given, (list, tuple)) or np.ndim(given) == 1:
        sizes = _ints(given, "split", "sizes")
        if sizes.count(-1) > 1:
            raise InvalidArgumentError("[split] There can only be one -1 in the input.")
        if -1 in sizes:
            sizes[sizes.index(-1)] = extent - sum(sizes) - 1
        if min(sizes, default=0) < 0 or sum(sizes) != extent:
            raise InvalidArgumentError(
                f"[split] sizes {num_or_size_splits} do not add up to the extent {extent} of axis "
                f"{place} in shape {tuple(x.shape)}"
            )
    else:
        count = operator.index(given)
        if count <= 0 or extent % count:
            raise InvalidArgumentError(
                "[split] Number of ways to split should evenly divide the split dimension, but "
                f"got split_dim {place} (size = {extent}) and num_split {count}"
            )
        sizes = [extent // count] * count
    if num is not None and num != len(sizes):
        raise InvalidArgumentError(f"[split] num is {num}, but there are {len(sizes)} sizes")
    parts, start = [], 0
    for n in sizes:
        parts.append(_core.slice_axis(x, place, start, n))
        start += n
    return parts


def reverse(tensor: TensorLike, axis: ShapeLike, name: str | None = None) -> Tensor:
    """The elements in the opposite order along the given axes, a list of ints.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for axes out of range or given twice.

    >>> import autograd_c as tf
    >>> print(tf.reverse(tf.constant([1, 2, 3]), [0]).numpy())
    [3 2 1]
    """
    return _core.reverse_axes(tensor, _ints(axis, "reverse", "axis"))


# ---------------------------------------------------------------- choosing


def where(
    condition: TensorLike,
    x: TensorLike | None = None,
    y: TensorLike | None = None,
    name: str | None = None,
) -> Tensor:
    """Elements of `x` where the condition holds, of `y` elsewhere; all three broadcast.

    With the condition alone, the indices of its true elements: int64 of shape [count, rank].

    Args:
        condition: of dtype bool.
        x, y: of one dtype, or of dtypes that promote.
        name: ignored.

    Raises:
        TypeError: if the condition is not bool, or dtypes do not mix.
        ValueError: for shapes that do not broadcast, or only one of `x` and `y`.

    The cotangent of the element that is not taken is 0 even where it would be infinite; what that
    element was computed from can still turn 0 into NaN.

    >>> import autograd_c as tf
    >>> print(tf.where([True, False], [1, 2], 0).numpy())
    [1 0]
    """
    if (x is None) != (y is None):
        raise ValueError("x and y must both be non-None or both be None.")
    if x is None or y is None:
        return _core.constant(np.argwhere(_core.array_of(convert(condition))).astype(np.int64))
    return _core.select(condition, x, y)


@overload
def clip_by_value(
    t: IndexedSlices,
    clip_value_min: TensorLike,
    clip_value_max: TensorLike,
    name: str | None = None,
) -> IndexedSlices: ...
@overload
def clip_by_value(
    t: TensorLike,
    clip_value_min: TensorLike,
    clip_value_max: TensorLike,
    name: str | None = None,
) -> Tensor: ...
def clip_by_value(
    t: Any, clip_value_min: TensorLike, clip_value_max: TensorLike, name: str | None = None
) -> Any:
    """`t` held between two bounds, which broadcast to it. Of an `IndexedSlices`, the values are.

    The cotangent goes to `t` inside and at the bounds, to the bound that holds it outside.

    Raises:
        TypeError: for bool and complex dtypes, or dtypes that do not mix.
        ValueError: (`tf.errors.InvalidArgumentError`) for bounds that do not broadcast to `t`.

    >>> import autograd_c as tf
    >>> print(tf.clip_by_value([-2.0, 0.5, 2.0], -1.0, 1.0).numpy())
    [-1.   0.5  1. ]
    """
    if isinstance(t, IndexedSlices):
        values = clip_by_value(t.values, clip_value_min, clip_value_max)
        return IndexedSlices(values, t.indices, t.dense_shape)
    x, low, high = _core.operands_of("clip_by_value", t, clip_value_min, clip_value_max)
    held = _math.maximum(_math.minimum(x, high), low)
    if held.shape != x.shape:
        raise InvalidArgumentError(
            f"[clip_by_value] Shapes {x.shape} and {held.shape} are incompatible"
        )
    return held


def complex(  # noqa: A001
    real: TensorLike, imag: TensorLike, name: str | None = None
) -> Tensor:
    """Complex numbers from real and imaginary parts of one floating dtype.

    Raises:
        TypeError: for other dtypes than float32 and float64.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not broadcast.

    >>> import autograd_c as tf
    >>> tf.complex(1.0, 2.0)
    <tf.Tensor: shape=(), dtype=complex64, numpy=(1+2j)>
    """
    re, im = convert(real), convert(imag)
    if re.dtype != im.dtype and not (_core.is_tensor(real) and _core.is_tensor(imag)):
        re, im = _core.operands_of("complex", real, imag)
    if re.dtype != im.dtype or re.dtype not in (dtypes.float32, dtypes.float64):
        raise TypeError(
            f"[complex] real and imag have dtypes {re.dtype.name} and {im.dtype.name}; both must "
            "be float32, or both float64"
        )
    return _core.apply("complex", [re, im])
