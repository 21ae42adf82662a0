"""Interpolation in arrays, as ``scipy.ndimage`` has it."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from autograd_c import arrays as ours
from autograd_c import math as tm
from autograd_c.arrays._arguments import cast, inexact, tensor
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.scipy._rows import library, where


def map_coordinates(
    input: Any,
    coordinates: Any,
    output: Any = None,
    order: int = 3,
    mode: str = "constant",
    cval: float = 0.0,
    prefilter: bool = True,
) -> Tensor:
    """The values of an array at coordinates, as ``scipy.ndimage.map_coordinates``.

    Args:
        input: of n axes: a tensor, or what `asarray` takes.
        coordinates: of shape [n, ...].
        output: must be None.
        order: 0 for the nearest element, 1 for linear interpolation; 3, the default, is refused.
        mode: "constant": outside of the array is `cval`; "nearest": outside is what is next.
        cval: a number.
        prefilter: ignored.

    Returns:
        A tensor of the shape of the coordinates without their first axis, in the dtype of `input`.
        It has derivatives by `input`, and, of order 1, by the coordinates.

    Raises:
        TypeError: for other orders and modes, `output`, and integers with recorded coordinates.
        ValueError: for coordinates of another number of axes.

    >>> from autograd_c.scipy import ndimage
    >>> print(ndimage.map_coordinates([[0.0, 1.0], [2.0, 3.0]], [[0.5], [0.5]], order=1).numpy())
    [1.5]
    """
    if order not in (0, 1) or mode not in ("constant", "nearest") or output is not None:
        raise TypeError(
            "map_coordinates of tensors takes order 0 or 1, mode 'constant' or 'nearest', and no "
            f"output; not order {order!r}, mode {mode!r}"
        )
    values, at = tensor(input), inexact(coordinates)
    if at.ndim < 1 or at.shape[0] != values.ndim:
        raise ValueError("invalid shape for coordinate array")
    if not (values.dtype.is_floating or values.dtype.is_complex):
        if _core.is_recorded(at) and order:
            raise TypeError("map_coordinates of integers has no derivative: give floats")
        arrays = _core.array_of(values), _core.array_of(at)
        return _core.convert_to_tensor(
            library("ndimage").map_coordinates(*arrays, order=order, mode=mode, cval=cval)
        )
    inside: Any = None
    choices: list[list[tuple[Any, Any]]] = []
    real = values.dtype.real_dtype
    for x, n in zip(_core.unstack(at, 0), values.shape, strict=True):
        array = _core.array_of(x)
        within = (array >= 0) & (array <= n - 1)
        inside = within if inside is None else inside & within
        # What is outside stays where it is in the middle, so that gradients there are 0.
        x = tm.minimum(tm.maximum(x, 0 * x), 0 * x + (n - 1)) if mode == "nearest" else x
        if mode == "constant":
            x = where(within, x, 0, x)
        array = _core.array_of(x)
        if order == 0:
            choices.append([(np.floor(array + 0.5).astype(np.int64), None)])
            continue
        low = np.clip(np.floor(array), 0, max(n - 2, 0)).astype(np.int64)
        share = cast(x - low.astype(array.dtype), real)
        high = np.minimum(low + 1, n - 1)
        choices.append([(low, 1 - share), (high, share)])
    total: Any = None
    flat = _core.reshape(values, [-1])
    for corner in itertools.product(*choices):
        index = np.ravel_multi_index(tuple(place for place, _ in corner), tuple(values.shape))
        part = ours.take(flat, index)
        for _, share in corner:
            if share is not None:
                part = part * cast(share, values.dtype)
        total = part if total is None else total + part
    if mode == "constant":
        total = where(inside, total, cval, total)
    return total  # type: ignore[no-any-return]
