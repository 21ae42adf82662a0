"""Differences of neighbours, slopes on grids, and areas below them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_c.arrays import _arguments
from autograd_c.arrays._arguments import (
    along,
    axes_within,
    axis_within,
    cast,
    inexact,
    is_inexact,
    promoted,
    tensor,
)
from autograd_c.arrays._reductions import constant
from autograd_c.core import _core
from autograd_c.core._core import Tensor

__all__ = ["diff", "ediff1d", "gradient", "trapezoid", "trapz"]


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Tensor:
    """Differences of neighbours along an axis, n times; of bools, whether they differ.

    Args:
        a: a tensor, or what `asarray` takes, of rank 1 or more.
        n: how often.
        axis: an int, negative ones from the end.
        prepend, append: what is put in front and behind, a number or as a slice of `a`.

    Raises:
        ValueError: for n below 0, and for a 0-d tensor.

    >>> from autograd_c import numpy as np
    >>> np.diff([1.0, 4.0, 9.0]).tolist()
    [3.0, 5.0]
    """
    x = tensor(a)
    if n == 0:
        return x
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    if x.ndim == 0:
        raise ValueError("diff requires input that is at least one dimensional")
    place = axis_within(axis, x.ndim)
    if prepend is not None or append is not None:
        parts = []
        for part in (prepend, x, append):
            if part is not None:
                t = tensor(part)
                if t.ndim == 0:
                    t = _core.broadcast_to(
                        t, [1 if k == place else m for k, m in enumerate(x.shape)]
                    )
                parts.append(t)
        x = _core.concat(promoted(*parts), place)
    after, before = along(place, slice(1, None)), along(place, slice(None, -1))
    for _ in range(n):
        later, earlier = x[after], x[before]
        x = _core.apply("not_equal", [later, earlier]) if x.dtype.is_bool else later - earlier
    return x


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Tensor:
    """Differences of neighbours in C order, with more in front and behind.

    Raises:
        TypeError: for `to_end` and `to_begin` that the dtype of `ary` does not hold.

    >>> from autograd_c import numpy as np
    >>> np.ediff1d([1, 4, 9], to_begin=0).tolist()
    [0, 3, 5]
    """
    x = _core.reshape(tensor(ary), [-1])
    parts = [x[1:] - x[:-1]]
    for extra, what in ((to_begin, "to_begin"), (to_end, "to_end")):
        if extra is not None:
            t = tensor(extra)
            if not np.can_cast(t.dtype.dtype, x.dtype.dtype, "same_kind"):
                raise TypeError(
                    f"dtype of `{what}` must be compatible with input `ary` under the "
                    "`same_kind` rule."
                )
            place = 0 if what == "to_begin" else len(parts)
            parts.insert(place, cast(_core.reshape(t, [-1]), x.dtype))
    return parts[0] if len(parts) == 1 else _core.concat(parts, 0)


def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Slopes on a grid, by central differences inside and one-sided ones at both ends.

    Args:
        f: a tensor, or what `asarray` takes.
        *varargs: one spacing for all axes, or for each axis a spacing or coordinates; recorded.
        axis: an int, several, or None for all.
        edge_order: 1 or 2, the order of the differences at the ends.

    Returns:
        A tensor of the shape of f, or a tuple of one for each of several axes.

    Raises:
        TypeError: for another number of spacings.
        ValueError: for coordinates that do not fit, and axes that are too short.

    >>> from autograd_c import numpy as np
    >>> np.gradient([1.0, 2.0, 4.0]).tolist()
    [1.0, 1.5, 2.0]
    """
    x = tensor(f)
    axes = axes_within(axis, x.ndim)
    if not varargs:
        spacings: list[Any] = [1.0] * len(axes)
    elif len(varargs) == 1 and np.ndim(varargs[0]) == 0:
        spacings = [varargs[0]] * len(axes)
    elif len(varargs) == len(axes):
        spacings = list(varargs)
    else:
        raise TypeError("invalid number of arguments")
    if edge_order > 2:
        raise ValueError("'edge_order' greater than 2 not supported")
    if not is_inexact(x.dtype):
        x = inexact(x)
    results = [_slopes(x, place, h, edge_order) for place, h in zip(axes, spacings)]
    return results[0] if len(results) == 1 else tuple(results)


def _slopes(x: Tensor, place: int, spacing: Any, edge_order: int) -> Tensor:
    n = x.shape[place]
    if n < edge_order + 1:
        raise ValueError(
            "Shape of array too small to calculate a numerical gradient, at least "
            "(edge_order + 1) elements are required."
        )
    h = spacing if _arguments.is_scalar(spacing) else inexact(spacing)
    even = True
    if np.ndim(h) == 1:
        if h.shape[0] != n:
            raise ValueError(
                "when 1d, distances must match the length of the corresponding dimension"
            )
        h = h[1:] - h[:-1]
        even = bool((_core.array_of(h) == _core.array_of(h)[0]).all())
        if even:
            h = h[0] if not _core.is_recorded(h) else h
            even = h.ndim == 0
    elif np.ndim(h) > 1:
        raise ValueError("distances must be either scalars or 1d")
    if isinstance(h, Tensor):
        x, h = promoted(x, h)
    else:
        h = constant(h, x.dtype if not isinstance(h, complex) else _arguments.common_dtype(x, h))
        x = cast(x, h.dtype)

    def at(k: int) -> Tensor:
        return x[along(place, slice(k, k + 1 or None))]

    first = x[along(place, slice(0, -2))]
    middle = x[along(place, slice(1, -1))]
    last = x[along(place, slice(2, None))]
    if even:
        inner = (last - first) / (2 * h)
    else:
        wide = [1] * place + [-1] + [1] * (x.ndim - place - 1)
        before, behind = _core.reshape(h[:-1], wide), _core.reshape(h[1:], wide)
        inner = (
            first * (-behind / (before * (before + behind)))
            + middle * ((behind - before) / (before * behind))
            + last * (before / (behind * (before + behind)))
        )
    step, back = (h, h) if even else (h[0], h[-1])
    if edge_order == 1:
        start, end = (at(1) - at(0)) / step, (at(-1) - at(-2)) / back
    elif even:
        start = (at(0) * -1.5 + at(1) * 2 - at(2) * 0.5) / h
        end = (at(-3) * 0.5 - at(-2) * 2 + at(-1) * 1.5) / h
    else:
        a, b = h[0], h[1]
        start = (
            at(0) * (-(2 * a + b) / (a * (a + b)))
            + at(1) * ((a + b) / (a * b))
            - at(2) * (a / (b * (a + b)))
        )
        a, b = h[-2], h[-1]
        end = (
            at(-3) * (b / (a * (a + b)))
            - at(-2) * ((b + a) / (a * b))
            + at(-1) * ((2 * b + a) / (b * (a + b)))
        )
    return _core.concat([start, inner, end], place)


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Tensor:
    """The area below y along an axis, by the trapezoidal rule.

    Args:
        y: a tensor, or what `asarray` takes.
        x: where the values are, of the shape of y or of its axis; recorded, too.
        dx: the spacing, if x is None.
        axis: an int, negative ones from the end.

    >>> from autograd_c import numpy as np
    >>> float(np.trapezoid([1.0, 2.0, 3.0], dx=2.0))
    8.0
    """
    values = tensor(y)
    place = axis_within(axis, values.ndim)
    if x is None:
        d: Any = dx if _arguments.is_scalar(dx) else tensor(dx)
    else:
        points = tensor(x)
        d = diff(points, axis=0 if points.ndim == 1 else axis)
        if points.ndim == 1:
            d = _core.reshape(d, [-1 if k == place else 1 for k in range(values.ndim)])
    later, earlier = values[along(place, slice(1, None))], values[along(place, slice(None, -1))]
    if values.dtype.is_bool:  # as NumPy adds them
        pairs = _core.apply("logical_or", [later, earlier])
    else:
        pairs = later + earlier
    pairs, d = promoted(inexact(pairs), d)
    return _core.reduce("reduce_sum", d * pairs / 2, place, False)


trapz = trapezoid
