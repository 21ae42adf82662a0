"""Fourier transforms."""

from __future__ import annotations

import numpy as np
from scipy import fft

import autograd_c as tf

from ..operations import Entry


def _transforms():
    for name, rank in [("fft", 1), ("ifft", 1), ("fft2d", 2), ("ifft2d", 2)]:
        for shape in [(4,), (2, 3, 5), (1, 1), (0, 3), (2, 0)]:
            if len(shape) < rank:
                continue
            numpy = np.fft.ifftn if name.startswith("i") else np.fft.fftn
            yield Entry(
                f"{name}({shape})",
                getattr(tf.signal, name),
                lambda x, f=numpy, r=rank: f(x, axes=range(-r, 0)) if x.size else x,
                (shape,),
                "c",
            )
    for shape, n in [((4,), None), ((2, 5), None), ((1,), 1), ((2, 4), 3), ((4,), 7), ((0, 3), 4)]:
        yield Entry(
            f"rfft({shape}, {n})",
            lambda x, n=n: tf.signal.rfft(x, None if n is None else [n]),
            lambda x, n=n: np.fft.rfft(x, n),
            (shape,),
            dtypes=("float32", "float64"),
            analytic=False,
        )
    for shape, n in [((4,), None), ((2, 3), 5), ((1,), 1), ((4,), 3), ((2, 3), 9), ((0, 3), 2)]:
        yield Entry(
            f"irfft({shape}, {n})",
            lambda x, n=n: tf.signal.irfft(x, n),
            lambda x, n=n: np.fft.irfft(x, n),
            (shape,),
            "c",
            analytic=False,
        )


def _several_axes():
    for axes in ([0], [0, -1]):
        for ours, numpy in ((tf.signal.fftnd, np.fft.fftn), (tf.signal.ifftnd, np.fft.ifftn)):
            yield Entry(
                f"{ours.__name__}({axes})",
                lambda x, f=ours, a=axes: f(x, axes=a, norm="ortho"),
                lambda x, f=numpy, a=axes: f(x, axes=a, norm="ortho"),
                ((2, 3, 4),),
                "c",
            )
    yield Entry(
        "rfftnd",
        lambda x: tf.signal.rfftnd(x, [5, 3], [0, 1]),
        lambda x: np.fft.rfftn(x, [5, 3], [0, 1]),
        ((3, 4, 2),),
        dtypes=("float32", "float64"),
        analytic=False,
    )
    yield Entry(
        "irfftnd",
        lambda x: tf.signal.irfftnd(x, [5, 3], [0, 1]),
        lambda x: np.fft.irfftn(x, [5, 3], [0, 1]),
        ((3, 4, 2),),
        "c",
        analytic=False,
    )


def _cosines_and_frames():
    for type in (1, 2, 3, 4):
        yield Entry(
            f"dct({type})",
            lambda x, t=type: tf.signal.dct(x, t, norm=None if t == 1 else "ortho"),
            lambda x, t=type: fft.dct(x, t, norm=None if t == 1 else "ortho"),
            ((2, 5),),
            dtypes=("float32", "float64"),
            analytic=False,
        )
    yield Entry(
        "overlap_and_add(frame)",
        lambda x: tf.signal.overlap_and_add(tf.signal.frame(x, 3, 2) * 2.0, 1),
        lambda x: (
            2.0 * np.stack([x[..., 0], x[..., 1] + x[..., 2], x[..., 2] + x[..., 3], x[..., 4]], -1)
        ),
        ((2, 5),),
        dtypes=("float32", "float64"),
    )


ENTRIES = [*_transforms(), *_several_axes(), *_cosines_and_frames()]
