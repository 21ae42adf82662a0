"""What ``tf.experimental.numpy`` has, and NumPy has not."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_c.arrays._arguments import tensor
from autograd_c.core import _core
from autograd_c.core._core import Tensor

__all__ = [
    "complex_",
    "experimental_enable_numpy_behavior",
    "flatten",
    "float_",
    "string_",
    "unicode_",
]

float_ = np.float64
complex_ = np.complex128
string_ = np.bytes_
unicode_ = np.str_


def flatten(a: Any, order: str = "C") -> Tensor:
    """All elements in a row.

    Args:
        a: a tensor, or what `asarray` takes.
        order: "C", or "F": the first axis changes fastest.

    Raises:
        ValueError: for another order.

    >>> from autograd_c import numpy as np
    >>> np.flatten([[1, 2], [3, 4]], "F").numpy().tolist()
    [1, 3, 2, 4]
    """
    x = tensor(a)
    if order == "F":
        x = _core.transpose(x)
    elif order != "C":
        raise ValueError(f"order is 'C' or 'F', not {order!r}")
    return _core.reshape(x, [-1])


def experimental_enable_numpy_behavior(
    prefer_float32: Any = False, dtype_conversion_mode: str = "legacy"
) -> None:
    """Does nothing: operators and these functions have NumPy's rules in any case.

    Args:
        prefer_float32: must be False.
        dtype_conversion_mode: "legacy", "all" or "off"; dtypes promote as NumPy's do in each.

    Raises:
        ValueError: for `prefer_float32`, and another mode.

    >>> import autograd_c as tf
    >>> tf.experimental.numpy.experimental_enable_numpy_behavior()
    """
    if prefer_float32:
        raise ValueError(
            "prefer_float32 is not here: tf's functions have float32 for Python's floats, and "
            "those of autograd_c.numpy float64"
        )
    if dtype_conversion_mode not in ("legacy", "all", "safe", "off"):
        raise ValueError(
            f"dtype_conversion_mode is 'legacy', 'all' or 'off', not {dtype_conversion_mode!r}"
        )
