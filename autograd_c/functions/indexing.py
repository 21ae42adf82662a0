"""Indexing with integer and boolean arrays, by NumPy's rules.

The indices are plain numbers: NumPy broadcasts and flattens them. What is recorded is one gather of
rows, after a view for what else is in the key, and a transposition of the result.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.values.errors import InvalidDTypeError, InvalidIndexError


def _array(item: Any) -> np.ndarray[Any, Any] | None:
    """An index array of bool or integers; None for slices, `...` and None."""
    if item is None or item is Ellipsis or isinstance(item, slice):
        return None
    if isinstance(item, (list, tuple)) and len(item) == 0:
        return np.zeros(0, np.int64)
    if isinstance(item, (str, bytes, float, complex)):
        raise _core.bad_index(item)
    try:
        a = _core.plain_array(item)
    except InvalidDTypeError:  # a masked array
        raise
    except (TypeError, ValueError):
        raise _core.bad_index(item) from None
    if a.dtype.kind not in "biu":
        raise _core.bad_index(item)
    return a


def _normalise(t: Tensor, items: tuple[Any, ...]) -> list[Any]:
    """One entry an input axis (or None for a new one); `...` is written out if it covers any."""
    entries: list[Any] = []
    used = 0
    for item in items:
        a = _array(item)
        entries.append(item if a is None else a)
        if a is not None:
            used += a.ndim if a.dtype == bool else 1
        elif item is not None and item is not Ellipsis:
            used += 1
    if used > t.ndim:
        raise InvalidIndexError(f"too many indices: {used} for a tensor of shape {tuple(t.shape)}")
    whole = [slice(None)] * (t.ndim - used)
    places = [k for k, e in enumerate(entries) if e is Ellipsis]
    if not places:
        return entries + whole
    if len(places) > 1:
        raise InvalidIndexError("an index can have one ellipsis ('...') only")
    # Where it covers nothing it still separates arrays.
    written = [...] if not whole else whole
    return entries[: places[0]] + written + entries[places[0] + 1 :]


def _checked(a: np.ndarray[Any, Any], extent: int, axis: int, t: Tensor) -> np.ndarray[Any, Any]:
    """Indices into one axis, negative ones from the end, all in range."""
    if a.size and (int(a.min()) < -extent or int(a.max()) >= extent):
        bad = a[(a < -extent) | (a >= extent)].flat[0]
        raise InvalidIndexError(
            f"index {bad} is out of bounds for axis {axis} with size {extent} in shape "
            f"{tuple(t.shape)}"
        )
    wide = a.astype(np.int64)
    return np.where(wide < 0, wide + extent, wide)


def advanced_index(t: Tensor, items: tuple[Any, ...]) -> Tensor:
    """t[items] where at least one item is an array of integers or of bool.

    Raises:
        IndexError: for indices out of range, masks of another shape, or arrays that do not
            broadcast.
        TypeError: for arrays of other dtypes.
    """
    entries = _normalise(t, items)
    basic: list[Any] = []  # what is applied as a view first
    arrays: list[tuple[int, np.ndarray[Any, Any]]] = []  # by axis of that view
    groups: list[int] = []  # positions among the entries, to see whether they are adjacent
    axis = 0  # of the input
    out = 0  # of the view
    for position, e in enumerate(entries):
        if e is None:
            basic.append(None)
            out += 1
            continue
        if e is Ellipsis:
            continue
        if not isinstance(e, np.ndarray):
            basic.append(e)
            axis += 1
            out += 1
            continue
        groups.append(position)
        if e.dtype == bool:
            extents = tuple(t.shape[axis : axis + e.ndim])
            if e.shape != extents:
                raise InvalidIndexError(
                    f"boolean index of shape {e.shape} does not match the axes {extents} of shape "
                    f"{tuple(t.shape)}"
                )
            if e.ndim == 0:  # a mask of no axes: a new one, kept or emptied
                basic.append(None)
                arrays.append((out, np.zeros(int(e), np.int64)))
                out += 1
                continue
            parts: list[np.ndarray[Any, Any]] = list(np.nonzero(e))
        else:
            parts = [_checked(e, t.shape[axis], axis, t)]
        for part in parts:
            basic.append(slice(None))
            arrays.append((out, part))
            axis += 1
            out += 1
    whole = all(isinstance(b, slice) and b == slice(None) for b in basic)
    x = t if whole else t[tuple(basic)]
    try:
        indices = np.broadcast_arrays(*[a for _, a in arrays])
    except ValueError:
        shapes = ", ".join(str(a.shape) for _, a in arrays)
        raise InvalidIndexError(f"index arrays of shapes {shapes} do not broadcast") from None
    axes = [k for k, _ in arrays]
    extents = tuple(x.shape[k] for k in axes)
    flat = np.ravel_multi_index(indices, extents) if indices[0].size else indices[0]
    picked = _core.gather_rows(x, np.asarray(flat, np.int64), False, axes)
    # NumPy puts the indexed axes where they were if they were together, and first otherwise.
    together = groups == list(range(groups[0], groups[0] + len(groups)))
    if not together or axes[0] == 0:
        return picked
    shape_rank = indices[0].ndim
    order = list(range(shape_rank, shape_rank + axes[0]))
    order += list(range(shape_rank))
    order += list(range(shape_rank + axes[0], picked.ndim))
    return _core.transpose(picked, order)


_core.set_advanced_index(advanced_index)
__all__ = ["advanced_index"]
