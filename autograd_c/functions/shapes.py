"""Shapes compared, and tensors passed on: ``tf.ensure_shape``, ``tf.identity_n``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.functions.arrays import shape
from autograd_c.functions.integers import integers
from autograd_c.values import dtypes
from autograd_c.values.errors import InvalidArgumentError
from autograd_c.values.shape import TensorShape

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, TensorLike

__all__ = [
    "broadcast_dynamic_shape",
    "broadcast_static_shape",
    "ensure_shape",
    "identity_n",
    "shape_n",
]


def broadcast_static_shape(shape_x: Any, shape_y: Any) -> TensorShape:
    """The shape that two shapes broadcast to; unknown extents stay unknown.

    Raises:
        ValueError: if they do not broadcast.

    >>> import autograd_c as tf
    >>> tf.broadcast_static_shape(tf.TensorShape([2, 1]), tf.TensorShape([3]))
    TensorShape([2, 3])
    """
    x: Any = TensorShape(shape_x)
    y: Any = TensorShape(shape_y)
    if x.rank is None or y.rank is None:
        return TensorShape(None)
    rank = max(x.rank, y.rank)
    one, other = ([1] * (rank - s.rank) + s.as_list() for s in (x, y))
    joint: list[int | None] = []
    for a, b in zip(one, other):
        if a == 1 or b == 1:
            joint.append(b if a == 1 else a)
        elif a is None or b is None:  # the other one is what it can be
            joint.append(b if a is None else a)
        elif a == b:
            joint.append(a)
        else:
            raise ValueError(f"Incompatible shapes for broadcasting: {x} and {y}.")
    return TensorShape(joint)


def broadcast_dynamic_shape(shape_x: TensorLike, shape_y: TensorLike) -> Tensor:
    """The shape that two shapes broadcast to, all of them integer tensors.

    Raises:
        TypeError: for what are no integers.
        ValueError: (`tf.errors.InvalidArgumentError`) if they do not broadcast.

    >>> import autograd_c as tf
    >>> print(tf.broadcast_dynamic_shape([2, 1], [3]).numpy())
    [2 3]
    """
    x, y = _core.convert_to_tensor(shape_x), _core.convert_to_tensor(shape_y)
    name = "broadcast_dynamic_shape"
    a, b = integers(x, name, "shape_x").tolist(), integers(y, name, "shape_y").tolist()
    try:
        joint = np.broadcast_shapes(a, b)
    except ValueError:
        raise InvalidArgumentError(f"[{name}] Incompatible shapes: {a} vs. {b}") from None
    kept = dtypes.int64 if dtypes.int64 in (x.dtype, y.dtype) else dtypes.int32
    return _core.constant(list(joint), kept)


def ensure_shape(x: TensorLike, shape: Any, name: str | None = None) -> Tensor:
    """The tensor, if it has a shape; recorded.

    Args:
        x: any tensor.
        shape: its extents, None for one that does not matter; or None for any shape.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for a tensor of another shape.

    >>> import autograd_c as tf
    >>> tf.ensure_shape(tf.zeros([2, 3]), [None, 3]).shape
    TensorShape([2, 3])
    """
    t = _core.convert_to_tensor(x)
    if not t.shape.is_compatible_with(shape):
        raise InvalidArgumentError(
            f"[ensure_shape] Shape of tensor {t.shape.as_list()} is not compatible with expected "
            f"shape {shape}."
        )
    return _core.identity(t)


def identity_n(input: Sequence[TensorLike], name: str | None = None) -> list[Tensor]:
    """The same values as new tensors; recorded.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for an empty list.

    >>> import autograd_c as tf
    >>> [t.numpy().tolist() for t in tf.identity_n([[1, 2], 3.0])]
    [[1, 2], 3.0]
    """
    tensors = [_core.identity(x) for x in input]
    if not tensors:
        raise InvalidArgumentError("[identity_n] needs at least one tensor")
    return tensors


def shape_n(
    input: Sequence[TensorLike], out_type: DTypeLike = dtypes.int32, name: str | None = None
) -> list[Tensor]:
    """The extents of each tensor of a list, as 1-d integer tensors.

    >>> import autograd_c as tf
    >>> [s.numpy().tolist() for s in tf.shape_n([tf.zeros([2, 3]), 1.0])]
    [[2, 3], []]
    """
    return [shape(x, out_type) for x in input]
