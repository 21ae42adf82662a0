"""A program of a module's user, with ours and with TensorFlow."""

from __future__ import annotations

import numpy as np

import autograd_c


def plain(x):
    return x.numpy() if hasattr(x, "numpy") else x


def check(program, rtol=1e-6, atol=0.0):
    """What a program returns is the same with both modules."""
    import tensorflow

    found, expected = (
        [plain(x) for x in tensorflow.nest.flatten(program(tf))] for tf in (autograd_c, tensorflow)
    )
    assert len(found) == len(expected)
    for x, y in zip(found, expected):
        if isinstance(y, (np.ndarray, np.generic, float)):
            np.testing.assert_allclose(x, y, rtol=rtol, atol=atol)
        else:
            assert x == y
