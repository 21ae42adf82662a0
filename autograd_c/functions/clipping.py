"""Norms, and clipping by them: ``tf.norm``, ``tf.clip_by_norm`` and ``tf.clip_by_global_norm``."""

from __future__ import annotations

import contextlib
import math
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.indexed_slices import IndexedSlices
from autograd_c.values.dtypes import NARROW
from autograd_c.values.errors import InvalidArgumentError, InvalidDTypeError

if TYPE_CHECKING:
    from autograd_c.typing import AxisLike, TensorLike

__all__ = ["clip_by_global_norm", "clip_by_norm", "global_norm", "norm", "normalize"]

convert = _core.convert_to_tensor


# ---------------------------------------------------------------- norms


def norm(
    tensor: TensorLike,
    ord: float | str = "euclidean",
    axis: AxisLike = None,
    keepdims: bool | None = None,
    name: str | None = None,
) -> Tensor:
    """Norm of vectors or matrices.

    Args:
        tensor: a tensor of floats or complex numbers, or what `convert_to_tensor` takes. Integers
            have the norms that need no root: 1 and `inf`.
        ord: of vectors, "euclidean" (which is 2), a positive number p for the p-norm, or
            `math.inf`; of matrices, "euclidean" or "fro" (the root of the sum of squares), 1 or
            `math.inf` (the largest sum of a column or row), or 2 (the largest singular value).
        axis: an int: the axis of the vectors. Two ints: those of the rows and columns of the
            matrices. None: all elements together are one vector.
        keepdims: whether the axes stay, with extent 1.
        name: ignored.

    Returns:
        A tensor without the axes; real, but in the dtype of the argument for the euclidean norm of
        complex numbers.

    Raises:
        TypeError: (`tf.errors.InvalidDTypeError`) for bool, and integers where a root is needed.
        ValueError: (`tf.errors.InvalidArgumentError`) for another `ord`, or axes that are out of
            range, equal or more than two.

    The gradient where the norm is zero follows TensorFlow: NaN for roots of sums, 0 for the norms 1
    and `inf`. Elements that tie for the largest share the cotangent equally.

    >>> import autograd_c as tf
    >>> print(tf.norm([[3.0, 4.0], [6.0, 8.0]], axis=1).numpy())
    [ 5. 10.]
    >>> print(tf.norm([[3.0, 4.0], [6.0, 8.0]], ord=1, axis=[0, 1]).numpy())
    12.0
    """
    x = convert(tensor)
    if x.dtype.is_bool:
        raise InvalidDTypeError("[norm] needs numbers, got a tensor of dtype bool")
    keep = bool(keepdims)
    axes = _axes(axis, x)
    if axes is None or len(axes) == 1:
        return _vector_norm(x, ord, axes, keep)
    return _matrix_norm(x, ord, axes, keep)


def _axes(axis: Any, x: Tensor) -> list[int] | None:
    """One axis or two as indices from the start; None for all."""
    if axis is None:
        return None
    axes: list[int] = []
    try:
        axes = [operator.index(axis)]
    except TypeError:
        with contextlib.suppress(TypeError):
            axes = [operator.index(k) for k in axis]
        if len(axes) != 2:
            raise InvalidArgumentError(
                f"[norm] 'axis' must be None, an integer, or two different integers, got {axis}"
            ) from None
    for k in axes:
        if not -x.ndim <= k < x.ndim:
            raise InvalidArgumentError(
                f"[norm] axis {k} is out of range for a tensor of rank {x.ndim}"
            )
    axes = [k % x.ndim for k in axes]
    if len(set(axes)) < len(axes):
        raise InvalidArgumentError(f"[norm] the two axes of a matrix must differ, got {axis}")
    return axes


def _root_of_squares(x: Tensor, axes: list[int] | None, keep: bool) -> Tensor:
    if x.dtype.is_complex:
        return _core.cast(_core.reduce("norm", _math.abs(x), axes, keep), x.dtype)
    return _core.reduce("norm", x, axes, keep)


def _vector_norm(x: Tensor, ord: Any, axes: list[int] | None, keep: bool) -> Tensor:
    if (isinstance(ord, str) and ord == "euclidean") or _is(ord, 2):
        return _root_of_squares(x, axes, keep)
    if isinstance(ord, str) or not _is_number(ord) or not ord > 0:
        raise InvalidArgumentError(
            "[norm] 'ord' of a vector norm must be 'euclidean', a positive number or inf, got "
            f"{ord!r}"
        )
    size = _math.abs(x)
    if ord == math.inf:
        return _math.reduce_max(size, axes, keep)
    if ord == 1:
        return _math.reduce_sum(size, axes, keep)
    # In units of the largest element, so that no power overflows where the norm does not.
    if x.dtype.name in NARROW:
        return _core.cast(_vector_norm(_widened(x), ord, axes, keep), x.dtype)
    largest = _math.reduce_max(_core.stop_gradient(size), axes, True)
    usable = _math.logical_and(_math.greater(largest, 0), _math.is_finite(largest))
    unit = _core.select(usable, largest, 1)
    total = _math.reduce_sum(_math.pow(size / unit, ord), axes, True)
    result = _math.pow(total, 1 / ord) * unit
    if keep:
        return result
    return _core.reshape(result, []) if axes is None else _without(result, axes)


def _matrix_norm(x: Tensor, ord: Any, axes: list[int], keep: bool) -> Tensor:
    if isinstance(ord, str) and ord in ("euclidean", "fro"):
        return _root_of_squares(x, axes, keep)
    if _is(ord, 2):
        return _largest_singular_value(x, axes, keep)
    if not (_is(ord, 1) or _is(ord, math.inf)):
        raise InvalidArgumentError(
            f"[norm] 'ord' of a matrix norm must be 'euclidean', 'fro', 1, 2 or inf, got {ord!r}"
        )
    rows, columns = axes
    summed, compared = (rows, columns) if ord == 1 else (columns, rows)
    sums = _math.reduce_sum(_math.abs(x), summed, True)
    largest = _math.reduce_max(sums, compared, True)
    return largest if keep else _without(largest, axes)


def _largest_singular_value(x: Tensor, axes: list[int], keep: bool) -> Tensor:
    from autograd_c.functions.singular_values import singular_values

    others = [k for k in range(x.ndim) if k not in axes]
    matrices = _core.transpose(x, others + axes)
    largest = _math.reduce_max(singular_values(matrices), -1)
    shape = [1 if k in axes else n for k, n in enumerate(x.shape)]
    return _core.reshape(largest, shape) if keep else largest


def _without(x: Tensor, axes: list[int]) -> Tensor:
    return _core.reshape(x, [n for k, n in enumerate(x.shape) if k not in axes])


def _is_number(ord: Any) -> bool:
    return hasattr(ord, "__float__") and not _core.is_tensor(ord)


def _is(ord: Any, number: float) -> bool:
    return _is_number(ord) and bool(ord == number)


def normalize(
    tensor: TensorLike,
    ord: float | str = "euclidean",
    axis: AxisLike = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """A tensor divided by its norm, and the norm.

    Args:
        tensor, ord, axis: as of `tf.norm`.
        name: ignored.

    Returns:
        The quotient, of the shape and dtype of the tensor, and the norm, with axes of extent 1. Of
        what has the norm 0, the quotient is NaN, as in TensorFlow.

    Raises:
        TypeError, ValueError: as `tf.norm`.

    >>> import autograd_c as tf
    >>> x, length = tf.linalg.normalize([3.0, 4.0])
    >>> print(x.numpy(), length.numpy())
    [0.6 0.8] [5.]
    """
    x = convert(tensor)
    length = norm(x, ord, axis, True)
    return x / _core.cast(length, x.dtype), length


def global_norm(t_list: Sequence[TensorLike | None], name: str | None = None) -> Tensor:
    """Euclidean norm of all elements of several tensors together.

    Args:
        t_list: a list or tuple of tensors of floats, or what `convert_to_tensor` takes; None is
            passed over. Of an `IndexedSlices`, the values count.
        name: ignored.

    Returns:
        A 0-d tensor of the dtype that theirs promote to; 0 if there are none.

    Raises:
        TypeError: if `t_list` is no list or tuple, and for dtypes that are not floating.

    Where the norm is 0 its gradient is NaN, as in TensorFlow.

    >>> import autograd_c as tf
    >>> print(tf.linalg.global_norm([tf.constant([3.0, 4.0]), None, tf.constant(12.0)]).numpy())
    13.0
    """
    return _global_norm(_listed(t_list))


def _global_norm(tensors: list[tuple[Tensor, IndexedSlices | None] | None]) -> Tensor:
    norms = [_core.reduce("norm", x[0], None, False) for x in tensors if x is not None]
    if not norms:
        return _core.constant(0.0)
    return _core.reduce("norm", _core.stack(norms), None, False)


# ---------------------------------------------------------------- clipping


@overload
def clip_by_norm(
    t: IndexedSlices, clip_norm: TensorLike, axes: AxisLike = None, name: str | None = None
) -> IndexedSlices: ...
@overload
def clip_by_norm(
    t: TensorLike, clip_norm: TensorLike, axes: AxisLike = None, name: str | None = None
) -> Tensor: ...
def clip_by_norm(
    t: Any, clip_norm: TensorLike, axes: AxisLike = None, name: str | None = None
) -> Any:
    """`t`, scaled down so that its euclidean norm is at most `clip_norm`.

    Args:
        t: a tensor of floats, or what `convert_to_tensor` takes. Of an `IndexedSlices`, the values
            are clipped.
        clip_norm: a number, or a tensor that broadcasts to the norms; negative ones count as 0.
        axes: an int, or several: the norm is taken over these axes, and each part that has a norm
            of its own is clipped on its own. None: over all.
        name: ignored.

    Returns:
        A tensor of the same shape and dtype, unchanged where the norm is not above `clip_norm`
        (which may be infinite), or is 0.

    Raises:
        TypeError: for dtypes that are not floating.
        ValueError: (`tf.errors.InvalidArgumentError`) for axes out of range, or a `clip_norm` that
            does not broadcast.

    Where `t` is 0 the gradient is that of `t` itself. Where its norm is just `clip_norm` it is that
    of the clipped side.

    >>> import autograd_c as tf
    >>> print(tf.clip_by_norm([[3.0, 4.0], [0.3, 0.4]], 1.0, axes=[1]).numpy())
    [[0.6 0.8]
     [0.3 0.4]]
    """
    x, slices = _opened(t, "clip_by_norm")
    wide = _widened(x)
    length = _core.reduce("norm", wide, axes, True)
    limit = _math.maximum(clip_norm, _core.constant(0, length.dtype))
    clipped = _core.cast(wide * _scale(length, limit), x.dtype)
    if clipped.shape != x.shape:
        raise InvalidArgumentError(
            f"[clip_by_norm] Shapes {x.shape} and {clipped.shape} are incompatible: `clip_norm` "
            "must broadcast to the norms"
        )
    return _closed(clipped, slices)


def clip_by_global_norm(
    t_list: Sequence[TensorLike | None],
    clip_norm: TensorLike,
    use_norm: TensorLike | None = None,
    name: str | None = None,
) -> tuple[list[Any], Tensor]:
    """Several tensors, all scaled by one factor so that their `global_norm` is at most `clip_norm`.

    Args:
        t_list: a list or tuple of tensors of floats, such as gradients; None stays None. Of an
            `IndexedSlices`, the values are scaled.
        clip_norm: a number or a 0-d tensor. (A negative one clips nothing, as in TensorFlow.)
        use_norm: the global norm, if it is known already.
        name: ignored.

    Returns:
        The list of scaled tensors, of the same shapes and dtypes, and the norm before clipping.
        Tensors whose norm is not above `clip_norm` are unchanged; if the norm is infinite or NaN,
        all are NaN.

    Raises:
        TypeError: if `t_list` is no list or tuple, and for dtypes that are not floating.
        ValueError: (`tf.errors.InvalidArgumentError`) for a `clip_norm` that is no scalar.

    >>> import autograd_c as tf
    >>> clipped, norm = tf.clip_by_global_norm([tf.constant([3.0, 4.0]), None], 1.0)
    >>> print(clipped[0].numpy(), clipped[1], norm.numpy())
    [0.6 0.8] None 5.0
    """
    tensors = _listed(t_list)
    if use_norm is None:
        wide = [None if x is None else (_widened(x[0]), x[1]) for x in tensors]
        norm = length = _global_norm(wide)
        names = {x[0].dtype.name for x in tensors if x is not None}
        if len(names) == 1 and names <= NARROW:
            norm = _core.cast(length, *names)
    else:
        norm = length = convert(use_norm)
    limit = convert(clip_norm) if _core.is_tensor(clip_norm) else convert(clip_norm, length.dtype)
    for what, number in ("clip_norm", limit), ("use_norm", length):
        if number.ndim:
            raise InvalidArgumentError(
                f"[clip_by_global_norm] {what} must be a scalar, got shape {tuple(number.shape)}"
            )
    scale = _scale(length, limit)
    scale = _core.select(_math.less(limit, 0), _core.constant(1, scale.dtype), scale)
    scale = scale + (length - length)  # NaN if it is not finite
    clipped = [None if x is None else _closed(_scaled(x[0], scale), x[1]) for x in tensors]
    return clipped, norm


def _widened(x: Tensor) -> Tensor:
    """Narrow dtypes as float32: norms above 65,504 are ordinary on the way to what is clipped."""
    return _core.cast(x, "float32") if x.dtype.name in NARROW else x


def _scaled(x: Tensor, scale: Tensor) -> Tensor:
    if x.dtype.name in NARROW:
        return _core.cast(_widened(x) * _core.cast(scale, "float32"), x.dtype)
    return x * _core.cast(scale, x.dtype)


def _scale(length: Tensor, limit: Tensor) -> Tensor:
    """The factor that brings a norm down to a limit; 1 where it is not above it, or is 0."""
    # The quotient of 0 and 0 or of infinities, and the norm's derivative at 0, are of no concern.
    kept = _math.logical_or(_math.equal(length, 0), _math.greater(limit, length))
    kept = _math.logical_or(kept, _math.equal(limit, math.inf))
    one = _core.constant(1, length.dtype)
    ratio = _core.select(kept, one, limit) / _core.select(kept, one, length)
    return _core.select(_math.equal(limit, limit), ratio, limit)  # NaN stays


def _listed(t_list: Any) -> list[tuple[Tensor, IndexedSlices | None] | None]:
    if not isinstance(t_list, Sequence) or isinstance(t_list, (str, bytes)):
        raise TypeError(f"`t_list` must be a list or tuple of tensors, not {type(t_list)}")
    return [None if t is None else _opened(t, "global_norm") for t in t_list]


def _opened(t: Any, operation: str) -> tuple[Tensor, IndexedSlices | None]:
    """The numbers of a tensor, and None; the values of an IndexedSlices, and itself."""
    slices = t if isinstance(t, IndexedSlices) else None
    x = convert(t) if slices is None else slices.values
    if not x.dtype.is_floating:
        raise InvalidDTypeError(f"[{operation}] needs floats, got a tensor of {x.dtype.name}")
    return x, slices


def _closed(x: Tensor, slices: IndexedSlices | None) -> Tensor | IndexedSlices:
    return x if slices is None else IndexedSlices(x, slices.indices, slices.dense_shape)
