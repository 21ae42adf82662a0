"""Masks, and what they choose: ``tf.one_hot``, ``tf.sequence_mask``, ``tf.boolean_mask``."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.functions.arrays import _axis, expand_dims
from autograd_c.values import dtypes
from autograd_c.values.errors import InvalidArgumentError, InvalidDTypeError

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, TensorLike

__all__ = ["boolean_mask", "one_hot", "sequence_mask"]


def _scalar(x: Any, operation: str, what: str) -> int:
    """One integer, from a number or a 0-d tensor."""
    try:
        return operator.index(x)
    except TypeError:
        pass
    a = _core.plain_array(x)
    if a.ndim != 0:
        raise InvalidArgumentError(f"[{operation}] {what} must be a scalar, not {x!r}")
    raise InvalidDTypeError(f"[{operation}] {what} must be an integer, not {x!r}")


def one_hot(
    indices: TensorLike,
    depth: SupportsIndex,
    on_value: TensorLike | None = None,
    off_value: TensorLike | None = None,
    axis: SupportsIndex | None = None,
    dtype: DTypeLike | None = None,
    name: str | None = None,
) -> Tensor:
    """One value where an index is, and another one everywhere else along a new axis.

    Args:
        indices: integers of any shape; where one is out of range, all is `off_value`.
        depth: the extent of the new axis, an int of 0 or more.
        on_value, off_value: numbers or 0-d tensors of one dtype, 1 and 0 by default. Differentiable
            in both.
        axis: where the new axis is; the last one by default.
        dtype: of the result; that of the values, or float32.
        name: ignored.

    Raises:
        TypeError: for indices that are no integers, or dtypes that do not agree.
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis out of range, a negative depth,
            values that are no scalars.

    >>> import autograd_c as tf
    >>> print(tf.one_hot([0, 2], 3).numpy())
    [[1. 0. 0.]
     [0. 0. 1.]]
    """
    i = _core.convert_to_tensor(indices)
    if not i.dtype.is_integer:
        raise InvalidDTypeError(f"[one_hot] indices must be integers, not {i.dtype.name}")
    count = _scalar(depth, "one_hot", "depth")
    if count < 0:
        raise InvalidArgumentError(f"[one_hot] depth must be non-negative, got: {count}")
    place = i.ndim if axis is None else operator.index(axis)
    if not -1 <= place <= i.ndim:
        raise InvalidArgumentError(
            f"[one_hot] Expected axis to be -1 or between [0, {i.ndim + 1}), not {axis}"
        )
    place %= i.ndim + 1
    if i.dtype.size < 4 or i.dtype.is_unsigned:
        i = _core.cast(i, dtypes.int64)  # which holds all places
    places = np.arange(count, dtype=i.dtype.as_numpy_dtype)
    places = places.reshape([count] + [1] * (i.ndim - place))
    here = _math.equal(expand_dims(i, place), places)
    if on_value is None and off_value is None:
        wanted = dtypes.float32 if dtype is None else dtypes.as_dtype(dtype)
        if wanted.is_bool:
            raise InvalidDTypeError("[one_hot] dtype bool needs on_value and off_value")
        return _core.cast(here, wanted)
    return _core.select(here, *_values(on_value, off_value, dtype))


def _values(on: Any, off: Any, dtype: Any) -> tuple[Tensor, Tensor]:
    """Both values of `one_hot`, of one dtype."""
    given = {"on_value": on, "off_value": off}
    tensors = {
        k: _core.convert_to_tensor(v, None, dtype) for k, v in given.items() if v is not None
    }
    wanted = dtypes.as_dtype(dtype) if dtype is not None else next(iter(tensors.values())).dtype
    for k, t in tensors.items():
        if t.dtype != wanted:
            raise InvalidDTypeError(
                f"[one_hot] dtype {t.dtype.name} of {k} does not match dtype {wanted.name}"
            )
        if t.ndim != 0:
            raise InvalidArgumentError(f"[one_hot] {k} must be a scalar, got {t!r}")
    one, zero = (_core.cast(_core.constant(n), wanted) for n in (1, 0))
    return tensors.get("on_value", one), tensors.get("off_value", zero)


def sequence_mask(
    lengths: TensorLike,
    maxlen: TensorLike | None = None,
    dtype: DTypeLike = dtypes.bool_,
    name: str | None = None,
) -> Tensor:
    """True for the first lengths[...] places along a new last axis, False for the others.

    Args:
        lengths: numbers of any shape.
        maxlen: the extent of the new axis; the largest length by default.
        dtype: of the result; bool by default.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for a `maxlen` that is negative or no scalar.

    >>> import autograd_c as tf
    >>> print(tf.sequence_mask([1, 3]).numpy())
    [[ True False False]
     [ True  True  True]]
    """
    n = _core.convert_to_tensor(lengths)
    if maxlen is None:
        values = _core.plain_array(n)
        count = max(math.ceil(values.max()), 0) if values.size else 0
    else:
        longest = _core.argument_array(maxlen)
        if longest.ndim != 0:
            raise InvalidArgumentError(
                f"[sequence_mask] maxlen must be scalar for sequence_mask, not {maxlen!r}"
            )
        count = int(longest)
        if count < 0:
            raise InvalidArgumentError(f"[sequence_mask] maxlen must not be negative: {count}")
    # Parts of floats count where the longest one says how many places there are.
    small = n.dtype.size < 4 or n.dtype.is_unsigned
    if maxlen is not None if n.dtype.is_floating else small:
        n = _core.cast(n, dtypes.int64)
    places = np.arange(count, dtype=n.dtype.as_numpy_dtype)
    return _core.cast(_math.less(places, expand_dims(n, -1)), dtype)


def boolean_mask(
    tensor: TensorLike,
    mask: TensorLike,
    axis: SupportsIndex | None = None,
    name: str | None = "boolean_mask",
) -> Tensor:
    """The elements or rows where a mask is true, along one axis.

    Args:
        tensor: a tensor of rank n.
        mask: bools (or numbers, which are true where they are not 0) of rank 1 to n, of the extents
            that `tensor` has from `axis` on.
        axis: the first axis that the mask is for; 0 by default, negative ones from the end.
        name: ignored.

    Returns:
        A tensor of shape tensor.shape[:axis] + [count] + tensor.shape[axis + rank(mask):].

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for a mask of rank 0 or of other extents.

    >>> import autograd_c as tf
    >>> print(tf.boolean_mask([[1, 2], [3, 4], [5, 6]], [True, False, True]).numpy())
    [[1 2]
     [5 6]]
    """
    x = _core.convert_to_tensor(tensor)
    chosen = _core.cast(_core.convert_to_tensor(mask), dtypes.bool_)
    if chosen.ndim == 0:
        raise InvalidArgumentError("[boolean_mask] mask cannot be scalar.")
    first = 0 if axis is None else _axis(axis, x.ndim, "boolean_mask")
    extents = tuple(x.shape)[first : first + chosen.ndim]
    if tuple(chosen.shape) != extents:
        raise InvalidArgumentError(
            f"[boolean_mask] Shapes {extents} and {tuple(chosen.shape)} are incompatible: those of "
            f"axes {first} and on of the tensor, and of the mask"
        )
    return x[(slice(None),) * first + (chosen,)]
