"""What runs along an axis."""

from __future__ import annotations

import numpy as np

import autograd_c as tf

from ..operations import Entry


def exclusive_of(y, x, axis, first):
    """The results up to the element before each one."""
    moved = np.moveaxis(y, axis, 0)
    if len(moved) == 0:
        return y
    return np.moveaxis(np.concatenate([np.full_like(moved[:1], first), moved[:-1]]), 0, axis)


def running(name):
    def numpy(x, axis, exclusive, reverse):
        x = np.flip(x, axis) if reverse else x
        if name == "cumsum":
            y, first = np.cumsum(x, axis, dtype=x.dtype), 0
        elif name == "cumprod":
            y, first = np.cumprod(x, axis, dtype=x.dtype), 1
        else:
            y, first = np.logaddexp.accumulate(x, axis), -np.inf
        y = exclusive_of(y, x, axis, first) if exclusive else y
        return np.flip(y, axis) if reverse else y

    return numpy


def _cumulative():
    shapes = [((4,), 0), ((2, 3, 4), 0), ((2, 3, 4), 1), ((2, 3), -1), ((0, 3), 0), ((3, 0), 0)]
    shapes.append(((1,), 0))
    for name in ("cumsum", "cumprod", "cumulative_logsumexp"):
        function, numpy = getattr(tf.math, name), running(name)
        for shape, axis in shapes if name == "cumsum" else [*shapes[2:4], ((3, 0), 0)]:
            for exclusive, reverse in [(False, False), (True, False), (False, True), (True, True)]:
                # The first of these logarithms is that of 0, of which no difference can be taken.
                key = (Ellipsis,)
                if name == "cumulative_logsumexp" and exclusive:
                    key = (slice(None), slice(0, -1) if reverse else slice(1, None))
                yield Entry(
                    f"{name}({shape}, {axis}, {exclusive}, {reverse})",
                    lambda x, f=function, a=axis, e=exclusive, r=reverse, k=key: f(x, a, e, r)[k],
                    lambda x, f=numpy, a=axis, e=exclusive, r=reverse, k=key: f(x, a, e, r)[k],
                    (shape,),
                    "f" if name == "cumulative_logsumexp" else "ifc",
                    analytic=name != "cumulative_logsumexp",
                )


ENTRIES = [*_cumulative()]
