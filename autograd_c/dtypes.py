"""The types of a tensor's elements.

There are fifteen, in the order of their codes: ``bool``, ``int8`` to ``int64``, ``uint8`` to
``uint64``, ``float16`` and ``bfloat16`` (stored as such, computed in float32), ``float32``,
``float64``, ``complex64`` and ``complex128``. Each is one object, the only instance of its kind.

>>> import numpy as np
>>> import autograd_c as tf
>>> tf.float32
tf.float32
>>> tf.float32 == np.float32 == np.dtype("float32") == "float32"
True
>>> {np.dtype("float32"): "found"}[tf.float32]
'found'
>>> np.zeros(2, dtype=tf.int8)
array([0, 0], dtype=int8)

Two dtypes combine by the promotion table of the Array API 2024.12, extended with float16 and
bfloat16: `promote` looks it up.
"""

from __future__ import annotations

from autograd_c.core._core import cast
from autograd_c.functions.arrays import complex
from autograd_c.functions.conversions import saturate_cast
from autograd_c.values.dtypes import (
    ALL,
    PROMOTION,
    DType,
    as_dtype,
    bfloat16,
    bool_,
    complex64,
    complex128,
    double,
    float16,
    float32,
    float64,
    half,
    int8,
    int16,
    int32,
    int64,
    mixed,
    promote,
    promotion_error,
    set_python_float,
    uint8,
    uint16,
    uint32,
    uint64,
)

__all__ = [
    "ALL",
    "PROMOTION",
    "DType",
    "as_dtype",
    "bool_",
    "cast",
    "complex",
    "complex64",
    "complex128",
    "double",
    "bfloat16",
    "float16",
    "float32",
    "float64",
    "half",
    "int8",
    "int16",
    "int32",
    "int64",
    "promote",
    "mixed",
    "promotion_error",
    "saturate_cast",
    "set_python_float",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
]
