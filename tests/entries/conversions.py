"""Conversions, and tensors made of numbers."""

from __future__ import annotations

import numpy as np

import autograd_c as tf

from ..operations import KINDS, Entry


def _conversions():
    def parted(x, part):
        return part(x) if x.dtype.kind == "c" else (x if part is np.real else np.zeros_like(x))

    for shape in [(2, 3), (), (0, 2)]:
        yield Entry(f"identity({shape})", tf.identity, lambda x: x, (shape,))
        yield Entry(
            f"conj({shape})",
            tf.math.conj,
            lambda x: np.conj(x) if x.dtype.kind == "c" else x,
            (shape,),
            analytic=False,
        )
        yield Entry(
            f"real({shape})",
            tf.math.real,
            lambda x: parted(x, np.real),
            (shape,),
            analytic=False,
        )
        yield Entry(
            f"complex abs({shape})",
            tf.abs,
            np.abs,
            (shape,),
            dtypes=KINDS["c"],
            analytic=False,
        )
        yield Entry(
            f"complex({shape})",
            tf.complex,
            lambda x, y: x + 1j * y,
            (shape, shape),
            dtypes=("float32", "float64"),
            analytic=False,
        )
        yield Entry(
            f"fill({shape})",
            lambda x, s=shape: tf.fill(s, x),
            lambda x, s=shape: np.full(s, x),
            ((),),
        )
        yield Entry(
            f"linspace({shape})",
            lambda x, y: tf.linspace(x, y, 5),
            lambda x, y: np.linspace(x, y, 5),
            (shape, shape),
            dtypes=(*KINDS["f"], *KINDS["c"]),
        )
    yield Entry("imag", tf.math.imag, lambda x: parted(x, np.imag), ((2, 3),), analytic=False)
    yield Entry(
        "linspace(axis=-1)",
        lambda x, y: tf.linspace(x, y, 3, axis=-1),
        lambda x, y: np.linspace(x, y, 3, axis=-1),
        ((2,), (2,)),
        dtypes=(*KINDS["f"], *KINDS["c"]),
    )
    yield Entry(
        "cast to complex128",
        lambda x: tf.cast(x, tf.complex128),
        lambda x: x.astype("complex128"),
        ((2, 3),),
        dtypes=("float64", "complex128"),
        analytic=False,
    )
    yield Entry(
        "cast to float64",
        lambda x: tf.cast(x, tf.float64),
        lambda x: x.real.astype("float64"),
        ((2, 3),),
        dtypes=("float64", "complex128"),
        analytic=False,
    )
    yield Entry(
        "clip_by_value(x, -1, 1)",
        lambda x: tf.clip_by_value(x, -1, 1),
        lambda x: np.clip(x, -1, 1),
        ((3, 4),),
        dtypes=("int8", "int16", "int32", "int64", *KINDS["f"]),
    )
    for shapes in [((3, 4), (3, 4), (3, 4)), ((3, 4), (), (4,)), ((), (), ())]:
        yield Entry(
            f"clip_by_value({shapes})",
            tf.clip_by_value,
            lambda x, low, high: np.maximum(np.minimum(x, high), low),
            shapes,
            "if",
        )


ENTRIES = [*_conversions()]
