"""`out=`: where NumPy's functions write their results."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from autograd_c.arrays import _arguments
from autograd_c.core import _core
from autograd_c.core._core import Tensor


def written(out: Any, y: Tensor, function: str, exact: bool = True) -> Tensor:
    """What is given as `out`, with the result in it: a tensor by assignment, which is recorded.

    Args:
        out: a tensor, or one in a tuple.
        y: the result.
        function: its name, for messages.
        exact: whether the shapes must be the same; else the result is broadcast.

    Raises:
        TypeError: for an array; for a dtype to which that of the result is not cast without a loss
            of its kind.
        ValueError: for another shape.
    """
    if isinstance(out, tuple) and len(out) == 1:
        (out,) = out
    if not isinstance(out, (Tensor, _core.Variable, np.ndarray)):
        raise TypeError(f"{function}: out must be a tensor, not {type(out).__name__}")
    if not isinstance(out, Tensor):
        _refuse(out, y, function)
    known, wanted = _arguments.numpys(y.dtype), _arguments.numpys(out.dtype)
    if not np.can_cast(known, wanted, "same_kind"):
        raise TypeError(
            f"{function}: cannot cast the result of dtype {known} to that of out, {wanted}, with "
            "casting rule 'same_kind'"
        )
    shape, given = tuple(out.shape), tuple(y.shape)
    if exact and shape != given:
        raise ValueError(f"{function}: out has shape {shape}, and the result has {given}")
    if shape != given and not _arguments.broadcasts_to(given, shape):
        raise ValueError(
            f"{function}: non-broadcastable output operand with shape {shape} doesn't match the "
            f"broadcast shape {given}"
        )
    out[...] = y
    return out


def _refuse(out: Any, y: Any, function: str) -> NoReturn:
    """The TypeError for an array, or a Variable, to write to."""
    if isinstance(out, _core.Variable):
        raise TypeError(f"{function} cannot write into a Variable: use v.assign({function}(...))")
    lost = ", which is recorded: the gradient would be lost" if _core.is_recorded(y) else ""
    raise TypeError(
        f"{function} cannot write into `out`, an array: its result is a new tensor; write out = "
        f"{function}(...), or give a tensor{lost}"
    )
