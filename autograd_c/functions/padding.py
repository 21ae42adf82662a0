"""Arrays with something around them, or moved around their ends: ``tf.pad`` and ``tf.roll``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.functions.arrays import _axis
from autograd_c.values.errors import InvalidArgumentError, InvalidDTypeError

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import ShapeLike, TensorLike

__all__ = ["pad", "roll"]

_MODES = ("CONSTANT", "REFLECT", "SYMMETRIC")


def integers(values: Any, operation: str, what: str) -> np.ndarray[Any, Any]:
    """An array of integers from what people give for one; floats are refused."""
    a = np.asarray(_core.plain_array(values))
    if a.size == 0:
        return a.astype(np.int64)
    if a.dtype.kind not in "iu":
        raise InvalidDTypeError(f"[{operation}] {what} must be integers, not {values!r}")
    return a


def pad(
    tensor: TensorLike,
    paddings: TensorLike,
    mode: str = "CONSTANT",
    constant_values: TensorLike = 0,
    name: str | None = None,
) -> Tensor:
    """A tensor with elements around it.

    Args:
        tensor: a tensor of rank n.
        paddings: integers of shape [n, 2]: how many to put before and behind along each axis.
        mode: "CONSTANT", "REFLECT" (mirrored at the outermost elements, which occur once) or
            "SYMMETRIC" (mirrored behind them), in letters of any case.
        constant_values: for the first of these; a number, or a 0-d tensor of the dtype of `tensor`.
            Differentiable in it.
        name: ignored.

    Raises:
        TypeError: for paddings that are no integers, or a number that the dtype cannot hold.
        ValueError: (`tf.errors.InvalidArgumentError`) for an unknown mode, paddings of another
            shape, negative ones, or more than there is to mirror.

    >>> import autograd_c as tf
    >>> print(tf.pad([1, 2, 3], [[2, 1]]).numpy())
    [0 0 1 2 3 0]
    >>> print(tf.pad([1, 2, 3], [[2, 1]], "reflect").numpy())
    [3 2 1 2 3 2]
    """
    x = _core.convert_to_tensor(tensor)
    how = mode.upper()
    if how not in _MODES:
        raise InvalidArgumentError(
            '[pad] mode must be one of "CONSTANT", "REFLECT" and "SYMMETRIC", in letters of any '
            f"case, not {mode!r}"
        )
    shape = x.shape
    around = integers(paddings, "pad", "paddings")
    if around.shape != (len(shape), 2):
        raise InvalidArgumentError(
            f"[pad] paddings must have shape ({len(shape)}, 2), for a tensor of rank {len(shape)}, "
            f"not {around.shape}"
        )
    pairs: list[list[int]] = around.tolist()
    for before, behind in pairs:
        if before < 0 or behind < 0:
            raise InvalidArgumentError(f"[pad] Paddings must be non-negative: {before} {behind}")
    if how != "CONSTANT":
        return _mirrored(x, pairs, how == "REFLECT")
    key = tuple([slice(before, before + n) for (before, _), n in zip(pairs, shape)])
    whole = [before + n + behind for (before, behind), n in zip(pairs, shape)]
    if type(constant_values) is int and constant_values == 0:
        return _core.put(_core.full(whole, 0, x.dtype), key, x)
    x, value = _core.operands_of("pad", tensor, constant_values)
    if value.ndim != 0:
        raise InvalidArgumentError(
            f"[pad] constant_values must be a scalar, got shape {tuple(value.shape)}"
        )
    return _core.put(_core.broadcast_to(value, whole), key, x)


def _mirrored(x: Tensor, pairs: list[list[int]], once: bool) -> Tensor:
    """`once`: the outermost elements are not repeated."""
    for axis, (before, behind) in enumerate(pairs):
        n = x.shape[axis]
        if max(before, behind) > n - once:
            limit = "less than" if once else "no greater than"
            raise InvalidArgumentError(
                f"[pad] paddings must be {limit} the dimension size: {before}, {behind} for {n} "
                f"along axis {axis}"
            )
    for axis, (before, behind) in enumerate(pairs):
        # One end after the other: cotangents of three uses could be added in several orders.
        if before:
            first = _core.slice_axis(x, axis, int(once), before)
            x = _core.concat([_core.reverse_axes(first, [axis]), x], axis)
        if behind:
            last = _core.slice_axis(x, axis, x.shape[axis] - behind - once, behind)
            x = _core.concat([x, _core.reverse_axes(last, [axis])], axis)
    return x


def roll(input: TensorLike, shift: ShapeLike, axis: ShapeLike, name: str | None = None) -> Tensor:
    """Elements moved along axes; what leaves at one end comes in at the other.

    Args:
        input: a tensor of rank 1 or more.
        shift: by how many places, towards higher indices; an int, or one for each axis.
        axis: an int, or several; negative ones from the end. Shifts along one axis add up.
        name: ignored.

    Raises:
        TypeError: for shifts and axes that are no integers.
        ValueError: (`tf.errors.InvalidArgumentError`) for an axis out of range, another number of
            shifts than of axes, or a tensor of rank 0.

    >>> import autograd_c as tf
    >>> print(tf.roll([1, 2, 3, 4], 1, axis=0).numpy())
    [4 1 2 3]
    """
    x = _core.convert_to_tensor(input)
    shifts, axes = integers(shift, "roll", "shift"), integers(axis, "roll", "axis")
    for what, given in (("shift", shifts), ("axis", axes)):
        if given.ndim > 1:
            raise InvalidArgumentError(f"[roll] {what} must be an int or several, not {given}")
    if shifts.size != axes.size or x.ndim == 0:
        raise InvalidArgumentError(
            f"[roll] {shifts.size} shifts along {axes.size} axes of a tensor of rank {x.ndim}"
        )
    total: dict[int, int] = {}
    for n, k in zip(shifts.reshape(-1).tolist(), axes.reshape(-1).tolist()):
        place = _axis(k, x.ndim, "roll")
        total[place] = total.get(place, 0) + n
    for place, n in total.items():
        extent = x.shape[place]
        first = -n % extent if extent else 0
        if first:
            ends = _core.slice_axis(x, place, first, extent - first)
            x = _core.concat([ends, _core.slice_axis(x, place, 0, first)], place)
    return _core.identity(x) if x is input else x
