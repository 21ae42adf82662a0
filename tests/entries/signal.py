"""Fourier transforms."""

from __future__ import annotations

import numpy as np

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


ENTRIES = [*_transforms()]
