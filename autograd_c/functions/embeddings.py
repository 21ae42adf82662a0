"""Rows of tables: ``tf.nn.embedding_lookup``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.functions.indexed_slices import gather

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor

__all__ = ["embedding_lookup"]


def embedding_lookup(
    params: Any, ids: Any, max_norm: float | None = None, name: str | None = None
) -> Tensor:
    """Rows of a table by integer ids; the gradient for the table is `IndexedSlices`.

    Args:
        params: a tensor or Variable of shape [rows, ...], or a list of them, in which the rows are
            counted through.
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
    if isinstance(params, (list, tuple)) and params and _core.is_tensor(params[0]):
        params = params[0] if len(params) == 1 else _core.concat(list(params), 0)
    elif isinstance(params, (list, tuple)) and not params:
        raise ValueError("[embedding_lookup] there must be a table at least")
    rows = gather(params, ids)
    if max_norm is None:
        return rows
    axes = list(range(len(np.shape(ids)), rows.ndim))
    norm = _math.sqrt(_core.reduce("reduce_sum", rows * rows, axes, True))
    return rows * (max_norm / _math.maximum(norm, max_norm))
