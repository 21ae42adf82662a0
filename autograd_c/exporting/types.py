"""Dtypes as C has them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_c.values import errors

C_TYPES = {
    "bool": "bool",
    "float32": "float",
    "float64": "double",
    **{f"{u}int{n}": f"{u}int{n}_t" for u in ("", "u") for n in (8, 16, 32, 64)},
}
# In names of functions and of parts of memory.
SHORT = {"bool": "b8", "float32": "f32", "float64": "f64"}
SHORT.update({f"{u}int{n}": f"{u or 'i'}{n}" for u in ("", "u") for n in (8, 16, 32, 64)})


def c_type(dtype: str, operation: str = "export_c") -> str:
    """The type of C; an error for dtypes that C99 has none for that is easily used."""
    if dtype not in C_TYPES:
        raise errors.UnimplementedError(
            f"[{operation}] of dtype {dtype} cannot be written as C: there are bool, integers, "
            "float32 and float64"
        )
    return C_TYPES[dtype]


def kind_of(dtype: str) -> str:
    """floating, signed, unsigned or bool."""
    if dtype.startswith("float"):
        return "floating"
    if dtype == "bool":
        return "bool"
    return "unsigned" if dtype.startswith("u") else "signed"


def wide_unsigned(dtype: str) -> str:
    """What integers are computed in, so that they wrap."""
    return "uint64_t" if dtype.endswith("64") else "uint32_t"


def itemsize(dtype: str) -> int:
    """Bytes of an element."""
    return np.dtype(dtype).itemsize


def literal(dtype: str, value: Any) -> str:
    """A number as text that C reads as just that number."""
    if dtype == "bool":
        return "true" if value else "false"
    if not dtype.startswith("float"):
        number = int(value)
        if dtype == "uint64":
            return f"UINT64_C({number})"
        if dtype == "int64":
            if number == -(2**63):
                return "INT64_MIN"
            return f"INT64_C({number})" if number >= 0 else f"(-INT64_C({-number}))"
        if dtype == "int32" and number == -(2**31):
            return "INT32_MIN"
        return f"{number}u" if dtype == "uint32" else parenthesized(str(number))
    x = float(value)
    if math.isnan(x):
        return "NAN" if dtype == "float32" else "(double)NAN"
    suffix = "f" if dtype == "float32" else ""
    if math.isinf(x):
        text = "INFINITY" if dtype == "float32" else "(double)INFINITY"
        return text if x > 0 else f"(-{text})"
    text = repr(float(str(np.float32(x)))) if dtype == "float32" else repr(x)
    return parenthesized(text + suffix)


def parenthesized(text: str) -> str:
    """So that a sign before it does not meet its own."""
    return f"({text})" if text.startswith("-") else text
