"""Rows of tables: ``tf.nn.embedding_lookup``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.functions.indexed_slices import gather
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd_c.core._core import Tensor

__all__ = ["embedding_lookup"]


def _joined(tables: Sequence[Any]) -> Tensor:
    """The rows of several tables in one."""
    dtype = next((t.dtype for t in tables if _core.is_tensor(t)), None)
    parts = [_core.convert_to_tensor(t, dtype) for t in tables]
    if not all(t.ndim for t in parts):
        raise InvalidArgumentError(
            "[embedding_lookup] a list is one of tables, and numbers are none: give a tensor"
        )
    return _core.concat(parts, 0)


def embedding_lookup(
    params: Any, ids: Any, max_norm: float | None = None, name: str | None = None
) -> Tensor:
    """Rows of a table by integer ids; the gradient for the table is `IndexedSlices`.

    Args:
        params: a tensor or Variable of shape [rows, ...], or a list of such tables, in which the
            rows are counted through. As in TensorFlow, each item of a list is a table.
        ids: an integer tensor.
        max_norm: rows with a larger Euclidean norm are scaled to it, if given.
        name: ignored.

    Returns:
        A tensor of shape ids.shape + params.shape[1:].

    Raises:
        IndexError: (`tf.errors.InvalidArgumentError`) for ids out of range.

    >>> import autograd_c as tf
    >>> table = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> with tf.GradientTape() as tape:
    ...     y = tf.reduce_sum(tf.nn.embedding_lookup(table, [2, 2]))
    >>> print(tape.gradient(y, table).indices.numpy())
    [2 2]
    """
    if isinstance(params, list):
        if not params:
            raise ValueError("[embedding_lookup] there must be a table at least")
        params = params[0] if len(params) == 1 else _joined(params)
    rows = gather(params, ids)
    if max_norm is None:
        return rows
    axes = list(range(len(np.shape(ids)), rows.ndim))
    norm = _math.sqrt(_core.reduce("reduce_sum", rows * rows, axes, True))
    return rows * (max_norm / _math.maximum(norm, max_norm))
