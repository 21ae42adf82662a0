"""Convolutions and pools."""

from __future__ import annotations

import numpy as np

import autograd_c as tf

from ..operations import Entry


def windows(x, taps, strides, dilations, margins, fill):
    """[images, places.., channels] as [places of the window][images, positions.., channels]."""
    x = np.pad(x, [(0, 0), *margins, (0, 0)], constant_values=fill)
    room = [n - (k - 1) * d - 1 for n, k, d in zip(x.shape[1:-1], taps, dilations)]
    out = [r // s + 1 for r, s in zip(room, strides)]
    found = {}
    for tap in np.ndindex(*taps):
        where = zip(tap, dilations, strides, out)
        along = [slice(t * d, t * d + (o - 1) * s + 1, s) for t, d, s, o in where]
        found[tap] = x[(slice(None), *along)]
    return found


def same(extent, taps, stride, dilation):
    out = -(-extent // stride)
    total = max((out - 1) * stride + (taps - 1) * dilation + 1 - extent, 0)
    return total // 2, total - total // 2


def convolved(x, w, strides, dilations, margins):
    groups = x.shape[-1] // w.shape[-2]
    y = 0
    for tap, part in windows(x, w.shape[:-2], strides, dilations, margins, 0).items():
        each = part.reshape(*part.shape[:-1], groups, w.shape[-2])
        filters = w[tap].reshape(w.shape[-2], groups, w.shape[-1] // groups)
        y = y + np.einsum("...gc,cgf->...gf", each, filters).astype(x.dtype)
    return y.reshape(*y.shape[:-2], w.shape[-1])


def _convolutions():
    for x, w, stride, dilation, padding in [
        ((2, 5, 1), (2, 1, 2), 1, 1, "VALID"),
        ((1, 4, 2), (3, 1, 2), 2, 1, "SAME"),
        ((1, 3, 3, 2), (2, 2, 2, 1), 1, 1, "SAME"),
        ((1, 4, 3, 1), (2, 1, 1, 2), 2, 2, "SAME"),
        ((2, 2, 2, 1), (1, 1, 1, 2), 1, 1, "VALID"),
        ((0, 3, 3, 1), (2, 2, 1, 1), 1, 1, "VALID"),
        ((1, 2, 2, 3, 1), (2, 1, 2, 1, 1), 1, 1, "VALID"),
    ]:
        rank = len(x) - 2
        margins = [(0, 0)] * rank
        if padding == "SAME":
            margins = [same(n, k, stride, dilation) for n, k in zip(x[1:-1], w)]
        yield Entry(
            f"conv({x}, {w}, {stride}, {dilation}, {padding})",
            lambda x, w, s=stride, d=dilation, p=padding: tf.nn.convolution(
                x, w, s, p, dilations=d
            ),
            lambda x, w, r=rank, s=stride, d=dilation, m=margins: convolved(
                x, w, [s] * r, [d] * r, m
            ),
            (x, w),
            "if",
        )


def _derivatives():
    """The adjoints of convolutions, element by element."""

    def by_input(g, w):
        x = np.zeros((1, 5, 1), g.dtype)
        for o in range(2):
            for t in range(2):
                for i, f in np.ndindex(1, 2):
                    x[0, 2 * o + t, i] += g[0, o, f] * w[t, i, f]
        return x

    def by_filter(x, g):
        w = np.zeros((2, 2, 1, 1), x.dtype)
        for tap, part in windows(x, (2, 2), (1, 1), (1, 1), [(0, 0)] * 2, 0).items():
            w[tap] = np.einsum("nijc,nijf->cf", part, g)
        return w

    yield Entry(
        "conv_input",
        lambda g, w: tf.nn.conv1d_transpose(g, w, [1, 5, 1], 2, "VALID"),
        by_input,
        ((1, 2, 2), (2, 1, 2)),
        "if",
    )
    yield Entry(
        "conv_filter",
        lambda x, g: tf.conv2d_backprop_filter_v2(x, np.zeros((2, 2, 1, 1)), g, 1, "VALID"),
        by_filter,
        ((2, 3, 2, 1), (2, 2, 1, 1)),
        "if",
    )


def _pools():
    for shape, size, stride, padding in [
        ((1, 5, 2), 2, 2, "VALID"),
        ((2, 3, 3, 1), 2, 1, "SAME"),
        ((1, 4, 3, 2), 3, 2, "SAME"),
        ((0, 3, 3, 1), 2, 1, "SAME"),
    ]:
        rank = len(shape) - 2
        margins = [(0, 0)] * rank
        if padding == "SAME":
            margins = [same(n, size, stride, 1) for n in shape[1:-1]]

        def parts(x, fill, size=size, stride=stride, margins=margins, rank=rank):
            each = windows(x, [size] * rank, [stride] * rank, [1] * rank, margins, fill)
            return np.stack(list(each.values()))

        name = f"({shape}, {size}, {stride}, {padding})"
        yield Entry(
            f"max_pool{name}",
            lambda x, k=size, s=stride, p=padding: tf.nn.max_pool(x, k, s, p),
            lambda x, parts=parts: parts(
                x, -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
            ).max(0),
            (shape,),
            "if",
        )
        yield Entry(
            f"avg_pool{name}",
            lambda x, k=size, s=stride, p=padding: tf.nn.avg_pool(x, k, s, p),
            lambda x, parts=parts: parts(x, 0).sum(0) / parts(np.ones_like(x), 0).sum(0),
            (shape,),
            "f",
        )


ENTRIES = [*_convolutions(), *_derivatives(), *_pools()]
