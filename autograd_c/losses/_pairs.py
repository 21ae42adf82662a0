"""What losses and metrics do with what is true and what is predicted, whatever they make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_c import math
from autograd_c.core import _core
from autograd_c.values.dtypes import mixed

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor


def same_rank(t: Tensor, p: Tensor) -> tuple[Tensor, Tensor]:
    """Two tensors of one rank, where one of them has an axis of 1 more at the end."""
    if t.ndim == p.ndim + 1 and t.shape[-1] == 1:
        if p.ndim == 1:
            return t, _core.reshape(p, [-1, 1])
        return _core.reshape(t, t.shape[:-1]), p
    if p.ndim == t.ndim + 1 and p.shape[-1] == 1:
        if t.ndim == 1:
            return _core.reshape(t, [-1, 1]), p
        return t, _core.reshape(p, p.shape[:-1])
    return t, p


def have_same_values(x: Tensor, y: Tensor) -> Tensor:
    """Where two tensors, which broadcast, have the same values, whatever their dtypes are."""
    if x.dtype is not y.dtype:
        both = mixed(x.dtype, y.dtype)
        x, y = _core.cast(x, both), _core.cast(y, both)
    return math.equal(x, y)
