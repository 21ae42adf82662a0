"""Sums along an axis."""

from __future__ import annotations

import numpy as np

import autograd_c as tf

from ..operations import Entry


def _cumulative():
    def numpy(x, axis, exclusive, reverse):
        x = np.flip(x, axis) if reverse else x
        y = np.cumsum(x, axis, dtype=x.dtype)
        y = y - x if exclusive else y
        return np.flip(y, axis) if reverse else y

    for shape, axis in [
        ((4,), 0),
        ((2, 3, 4), 0),
        ((2, 3, 4), 1),
        ((2, 3), -1),
        ((0, 3), 0),
        ((3, 0), 0),
        ((1,), 0),
    ]:
        for exclusive, reverse in [(False, False), (True, False), (False, True), (True, True)]:
            yield Entry(
                f"cumsum({shape}, {axis}, {exclusive}, {reverse})",
                lambda x, a=axis, e=exclusive, r=reverse: tf.cumsum(x, a, e, r),
                lambda x, a=axis, e=exclusive, r=reverse: numpy(x, a, e, r),
                (shape,),
                "ifc",
            )


ENTRIES = [*_cumulative()]
