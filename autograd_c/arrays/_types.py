"""dtypes and constants under NumPy's names.

dtypes are NumPy's own scalar types: they make numbers, and a tensor's dtype is equal to them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import (
    ScalarType,
    bool_,
    bytes_,
    character,
    clongdouble,
    common_type,
    complex64,
    complex128,
    complexfloating,
    datetime64,
    dtype,
    e,
    euler_gamma,
    flexible,
    float16,
    float32,
    float64,
    floating,
    generic,
    inexact,
    inf,
    int8,
    int16,
    int32,
    int64,
    integer,
    intp,
    issubdtype,
    longdouble,
    mintypecode,
    nan,
    newaxis,
    number,
    object_,
    pi,
    signedinteger,
    str_,
    timedelta64,
    uint8,
    uint16,
    uint32,
    uint64,
    uintp,
    unsignedinteger,
    void,
)

from autograd_c.arrays._arguments import dtype_of, refuse_device
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.values import dtypes

__all__ = [
    "False_",
    "ScalarType",
    "True_",
    "__array_api_version__",
    "__array_namespace_info__",
    "bool",
    "bool_",
    "byte",
    "bytes_",
    "can_cast",
    "cdouble",
    "character",
    "clongdouble",
    "common_type",
    "complex128",
    "complex64",
    "complexfloating",
    "csingle",
    "datetime64",
    "double",
    "dtype",
    "e",
    "euler_gamma",
    "finfo",
    "flexible",
    "float16",
    "float32",
    "float64",
    "floating",
    "generic",
    "half",
    "iinfo",
    "inexact",
    "inf",
    "int16",
    "int32",
    "int64",
    "int8",
    "int_",
    "intc",
    "integer",
    "intp",
    "isdtype",
    "issubdtype",
    "long",
    "longdouble",
    "longlong",
    "min_scalar_type",
    "mintypecode",
    "nan",
    "ndarray",
    "newaxis",
    "number",
    "object_",
    "pi",
    "promote_types",
    "result_type",
    "short",
    "signedinteger",
    "single",
    "str_",
    "timedelta64",
    "ubyte",
    "uint",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "uintc",
    "uintp",
    "ulong",
    "ulonglong",
    "unsignedinteger",
    "ushort",
    "void",
]

bool = np.bool_
False_, True_ = np.False_, np.True_
int_ = np.int_
uint = np.uint
long = np.int_
ulong = np.uint
byte, short, intc, longlong = np.byte, np.short, np.intc, np.longlong
ubyte, ushort, uintc, ulonglong = np.ubyte, np.ushort, np.uintc, np.ulonglong
half, single, double = np.half, np.single, np.double
csingle, cdouble = np.csingle, np.cdouble
ndarray = Tensor

__array_api_version__ = "2025.12"


def _numpys(given: Any) -> Any:
    """A tensor, dtype or number as NumPy's functions take it where they ask for dtypes."""
    if _core.is_tensor(given):
        return given.dtype.dtype
    return given.dtype if isinstance(given, dtypes.DType) else given


def finfo(dtype: Any) -> np.finfo[Any]:
    """The limits of a dtype of floats or complex numbers, as ``numpy.finfo``.

    Args:
        dtype: a dtype, the name of one, or a tensor or an array, whose dtype is meant.

    Raises:
        ValueError: for other dtypes.

    >>> from autograd_c import numpy as np
    >>> np.finfo(np.ones(2)).eps
    np.float64(2.220446049250313e-16)
    """
    return np.finfo(_meant(dtype))


def iinfo(type: Any) -> np.iinfo[Any]:
    """The limits of a dtype of integers, as ``numpy.iinfo``.

    Args:
        type: a dtype, the name of one, or a tensor or an array, whose dtype is meant.

    Raises:
        ValueError: for other dtypes.

    >>> from autograd_c import numpy as np
    >>> np.iinfo(np.arange(3)).max
    9223372036854775807
    """
    return np.iinfo(_meant(type))


def _meant(given: Any) -> Any:
    """A dtype; that of a tensor or an array."""
    is_array = isinstance(given, (np.ndarray, np.generic))
    return given.dtype if is_array else _numpys(given)


def result_type(*arrays_and_dtypes: Any) -> np.dtype[Any]:
    """The dtype to which arguments promote, as ``numpy.result_type``.

    Args:
        *arrays_and_dtypes: tensors, arrays, dtypes and Python numbers.

    Returns:
        A dtype of NumPy's, to which the same one of tf is equal.

    Raises:
        TypeError: for what is none of these.

    >>> from autograd_c import numpy as np
    >>> np.result_type(np.ones(2, np.float32), np.int32, 1.0)
    dtype('float64')
    """
    return np.result_type(*map(_numpys, arrays_and_dtypes))


def promote_types(type1: Any, type2: Any) -> np.dtype[Any]:
    """The dtype that holds both, as ``numpy.promote_types``.

    Args:
        type1, type2: dtypes, or names of them.

    Raises:
        TypeError: for what is no dtype.

    >>> from autograd_c import numpy as np
    >>> np.promote_types("int32", np.float32)
    dtype('float64')
    """
    return np.promote_types(_numpys(type1), _numpys(type2))


def can_cast(from_: Any, to: Any, casting: Any = "safe") -> Any:
    """Whether one dtype can be cast to another, as ``numpy.can_cast``.

    Args:
        from_: a dtype, or a tensor or an array.
        to: a dtype.
        casting: "no", "equiv", "safe", "same_kind" or "unsafe".

    Raises:
        TypeError: for what is no dtype.

    >>> from autograd_c import numpy as np
    >>> np.can_cast(np.int32, np.float64), np.can_cast(np.float64, np.int32)
    (True, False)
    """
    return np.can_cast(_numpys(from_), _numpys(to), casting)


def min_scalar_type(a: Any, /) -> np.dtype[Any]:
    """The smallest dtype that holds a number, as ``numpy.min_scalar_type``.

    >>> from autograd_c import numpy as np
    >>> np.min_scalar_type(10)
    dtype('uint8')
    """
    return np.min_scalar_type(_core.without_tensors(a))


_KINDS: dict[str, str] = {
    "bool": "b",
    "signed integer": "i",
    "unsigned integer": "u",
    "integral": "iu",
    "real floating": "f",
    "complex floating": "c",
    "numeric": "iufc",
}


def isdtype(dtype: Any, kind: Any) -> Any:
    """Whether a dtype is of a kind, as ``numpy.isdtype``.

    Args:
        dtype: a dtype of tf or NumPy.
        kind: "bool", "signed integer", "unsigned integer", "integral", "real floating", "complex
            floating", "numeric"; a dtype; or a tuple of these.

    Returns:
        A bool.

    Raises:
        TypeError: for what is no dtype.
        ValueError: for another kind.

    >>> from autograd_c import numpy as np
    >>> np.isdtype(np.ones(2).dtype, "real floating"), np.isdtype(np.int8, ("bool", np.int16))
    (True, False)
    """
    if not isinstance(dtype, (dtypes.DType, np.dtype, type)):
        raise TypeError(f"dtype argument must be a dtype, got {type(dtype).__name__}")
    given = dtype_of(dtype)
    for each in kind if isinstance(kind, tuple) else (kind,):
        if isinstance(each, str):
            if each not in _KINDS:
                raise ValueError(
                    f"kind argument is a string, but {each!r} is not a known kind name."
                )
            if _letter(given) in _KINDS[each]:
                return True
        elif isinstance(each, (dtypes.DType, np.dtype, type)):
            if given is dtype_of(each):
                return True
        else:
            raise TypeError(f"kind argument must be comprised of strings or dtypes, got {each!r}")
    return False


def _letter(given: dtypes.DType) -> str:
    return "f" if given is dtypes.bfloat16 else given.dtype.kind


class _Info:
    """What the Array API standard asks of a namespace."""

    __module__ = "autograd_c.numpy"

    def capabilities(self) -> dict[str, Any]:
        """Boolean indexing and shapes that depend on values work; there is no limit of axes."""
        return {
            "boolean indexing": True,
            "data-dependent shapes": True,
            "max dimensions": 64,
        }

    def default_device(self) -> str:
        """The processor."""
        return "cpu"

    def devices(self) -> list[str]:
        """The processor."""
        return ["cpu"]

    def default_dtypes(self, *, device: Any = None) -> dict[str, Any]:
        """Those of Python's numbers, and of indices."""
        refuse_device(device)
        return {
            "real floating": np.dtype("float64"),
            "complex floating": np.dtype("complex128"),
            "integral": np.dtype(np.intp),
            "indexing": np.dtype(np.intp),
        }

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, Any]:
        """All dtypes of the standard by their names, or those of a kind."""
        refuse_device(device)
        names = """bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64
            complex128""".split()
        found = {name: np.dtype(name) for name in names}
        if kind is None:
            return found
        return {name: each for name, each in found.items() if isdtype(each, kind)}


def __array_namespace_info__() -> _Info:
    """What the Array API standard asks of a namespace.

    >>> from autograd_c import numpy as np
    >>> np.__array_namespace_info__().default_device()
    'cpu'
    """
    return _Info()
