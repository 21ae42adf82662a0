"""The types of a tensor's elements, and how two of them combine (the namespace `tf.dtypes`)."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from autograd_c.values.errors import InvalidDTypeError


class DType:
    """The type of a tensor's elements.

    A DType is equal to the NumPy dtype, NumPy scalar type or name that means the same, and
    hashes as the NumPy dtype. ``DType(x)`` is ``as_dtype(x)``. It is immutable, may be passed
    wherever NumPy takes a ``dtype``, and pickles to the same object.

    Attributes:
      name: such as ``'float32'``.
      code: the number by which the engine knows it; ``ALL[code]`` is the dtype.
      dtype: the ``numpy.dtype``.
      as_numpy_dtype: the NumPy scalar type, such as ``numpy.float32``. That of bfloat16 is from the
        package ml_dtypes (an ImportError without it), and so is its ``dtype``.
      size, itemsize: bytes per element.
      kind, type: as NumPy's dtypes have them: a letter of ``'biufc'``, and the scalar type.
      char, str, num, byteorder, isnative, alignment: as NumPy's dtypes have them.
      is_floating, is_integer, is_unsigned, is_complex, is_bool: what kind it is. A bool is no
        integer, and a complex is not floating.
      is_numpy_compatible: always True.
      base_dtype: the dtype itself.

    >>> import autograd_c as tf
    >>> tf.complex64.name, tf.complex64.size, tf.complex64.real_dtype
    ('complex64', 8, tf.float32)
    """

    __slots__ = (
        "_hash",
        "as_numpy_dtype",
        "code",
        "dtype",
        "is_bool",
        "is_complex",
        "is_floating",
        "is_integer",
        "is_unsigned",
        "name",
        "size",
    )

    _hash: int
    as_numpy_dtype: Any
    code: int
    dtype: np.dtype[Any]
    is_bool: bool
    is_complex: bool
    is_floating: bool
    is_integer: bool
    is_unsigned: bool
    name: str
    size: int

    def __new__(cls, type_value: object) -> DType:
        return as_dtype(type_value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{self!r} is immutable: cannot set {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{self!r} is immutable: cannot delete {name!r}")

    def __repr__(self) -> str:
        return f"tf.{self.name}"

    def __str__(self) -> str:
        return f"<dtype: '{self.name}'>"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, DType):
            return self is other
        if isinstance(other, np.dtype):
            return bool(self.dtype == other)
        return _find(other) is self

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> str:
        return "bool_" if self.is_bool else self.name

    @property
    def itemsize(self) -> int:
        """Bytes per element, under NumPy's name."""
        return self.size

    @property
    def kind(self) -> str:
        """NumPy's letter for what it is: one of ``"biufc"``."""
        return "f" if self.is_floating else self.dtype.kind

    @property
    def char(self) -> str:
        """NumPy's letter for it: one of ``"?bhilqBHILQefdFD"``."""
        return self.dtype.char

    @property
    def byteorder(self) -> str:
        """``"="``, the machine's, or ``"|"`` for dtypes of one byte."""
        return self.dtype.byteorder

    @property
    def isnative(self) -> bool:
        """True: elements are in the machine's order of bytes."""
        return True

    @property
    def alignment(self) -> int:
        """Bytes to a multiple of which elements are aligned."""
        return self.dtype.alignment

    @property
    def num(self) -> int:
        """NumPy's number for it."""
        return self.dtype.num

    @property
    def type(self) -> Any:
        """The NumPy scalar type, under NumPy's name: as `as_numpy_dtype`."""
        return self.as_numpy_dtype

    @property
    def base_dtype(self) -> DType:
        """The dtype itself: there are no reference types here."""
        return self

    @property
    def is_numpy_compatible(self) -> bool:
        """True: NumPy has each of these dtypes."""
        return True

    @property
    def real_dtype(self) -> DType:
        """The dtype of the real part: float32 for complex64, float64 for complex128, else self."""
        return {"complex64": float32, "complex128": float64}.get(self.name, self)

    @property
    def min(self) -> Any:
        """The smallest finite value: an int for integers, a NumPy scalar for floats.

        Raises:
          TypeError: for bool and complex dtypes, as in TensorFlow.

        >>> import autograd_c as tf
        >>> tf.int8.min, tf.int8.max
        (-128, 127)
        """
        return self._extreme("min")

    @property
    def max(self) -> Any:
        """The largest finite value: an int for integers, a NumPy scalar for floats.

        Raises:
          TypeError: for bool and complex dtypes, as in TensorFlow.
        """
        return self._extreme("max")

    def _extreme(self, which: str) -> Any:
        if self.is_integer:
            return int(getattr(np.iinfo(self.dtype), which))
        if self.is_floating:
            return getattr(np.finfo(self.dtype), which)
        raise TypeError(f"Cannot find {which}imum value of {self}.")

    @property
    def limits(self) -> tuple[Any, Any]:
        """The range of intensities in an image of this dtype, as a pair ``(low, high)``.

        It is (0, 1) for floats, (0, max) for integers and (False, True) for bool.

        Raises:
          ValueError: for complex dtypes.
        """
        if self.is_complex:
            raise ValueError(f"{self} does not have defined limits.")
        if self.is_bool:
            return False, True
        return 0, self.max if self.is_integer else 1

    def is_compatible_with(self, other: object) -> bool:
        """Whether ``other`` is this dtype.

        Args:
          other: anything that `as_dtype` takes.

        Raises:
          TypeError: ``other`` is no dtype.
        """
        return as_dtype(other) is self


def _str(self: DType) -> str:
    """NumPy's code for it: ``"<f8"``."""
    return self.dtype.str


setattr(DType, "str", property(_str))  # noqa: B010 (in the class it would be what `str` means there)

# The engine's enum in csrc/dtype.h has the same order.
_NAMES = (
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "complex64",
    "complex128",
)


class _BFloat16(DType):
    """bfloat16, which NumPy does not have."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return _find(other) is self

    __hash__ = DType.__hash__

    @property
    def as_numpy_dtype(self) -> Any:
        try:
            from ml_dtypes import bfloat16  # type: ignore[import-not-found, unused-ignore]
        except ImportError:
            raise ImportError(
                "arrays of bfloat16 are made by the package ml_dtypes: pip install ml_dtypes; "
                "or convert the tensor first, with tf.cast(x, tf.float32)"
            ) from None
        return bfloat16

    @property
    def dtype(self) -> np.dtype[Any]:  # type: ignore[override]
        found: np.dtype[Any] = np.dtype(self.as_numpy_dtype)
        return found

    def _extreme(self, which: str) -> Any:
        return np.float32(-_LARGEST_BFLOAT16 if which == "min" else _LARGEST_BFLOAT16)


_LARGEST_BFLOAT16 = (2 - 2**-7) * 2.0**127


def _make(code: int) -> DType:
    if _NAMES[code] == "bfloat16":
        kinds = {"is_bool": False, "is_complex": False, "is_floating": True, "is_integer": False}
        values = {"_hash": hash("bfloat16"), "code": code, "is_unsigned": False, **kinds}
        return _filled(_BFloat16, {"name": "bfloat16", "size": 2, **values})
    numpy_dtype = np.dtype(_NAMES[code])
    return _filled(DType, _described(code, numpy_dtype))


def _described(code: int, numpy_dtype: np.dtype[Any]) -> dict[str, Any]:
    return {
        "_hash": hash(numpy_dtype),
        "as_numpy_dtype": numpy_dtype.type,
        "code": code,
        "dtype": numpy_dtype,
        "is_bool": numpy_dtype.kind == "b",
        "is_complex": numpy_dtype.kind == "c",
        "is_floating": numpy_dtype.kind == "f",
        "is_integer": numpy_dtype.kind in "iu",
        "is_unsigned": numpy_dtype.kind == "u",
        "name": _NAMES[code],
        "size": numpy_dtype.itemsize,
    }


def _filled(cls: type[DType], values: dict[str, Any]) -> DType:
    self = object.__new__(cls)
    for name, value in values.items():
        object.__setattr__(self, name, value)
    return self


ALL: tuple[DType, ...] = tuple(map(_make, range(len(_NAMES))))
"""All dtypes, in the order of their codes."""

bool_, int8, int16, int32, int64, uint8, uint16, uint32, uint64 = ALL[:9]
float16, bfloat16, float32, float64, complex64, complex128 = ALL[9:]
half = float16
double = float64

NARROW = frozenset({"float16", "bfloat16"})
"""The names of the dtypes that are computed in float32."""


def array_dtype(dtype: DType) -> Any:
    """The NumPy scalar type of arrays to compute with: float32 for bfloat16."""
    return np.float32 if dtype is bfloat16 else dtype.as_numpy_dtype


# What names a dtype: our and NumPy's objects, Python's types, names, and NumPy's short codes.
_BY_TYPE: dict[object, DType] = {float: float32, int: int32, bool: bool_, complex: complex128}
BY_NAME: dict[str, DType] = {"half": float16, "float": float32, "double": float64}
_BY_FORMAT: dict[str, DType] = {}  # 'f4': its byte order apart, what identifies a NumPy dtype
BY_NAME["bfloat16"] = bfloat16
for _each in ALL:
    if _each is bfloat16:
        continue
    _BY_TYPE[_each.as_numpy_dtype] = _each
    BY_NAME[_each.name] = BY_NAME[_each.dtype.str] = _each
    BY_NAME[_each.dtype.str[1:]] = _BY_FORMAT[_each.dtype.str[1:]] = _each
for _char in "ilqILQ":  # C's integers: two of them have the same size, and each its own type
    _BY_TYPE[np.dtype(_char).type] = _BY_FORMAT[np.dtype(_char).str[1:]]


def _find(x: object) -> DType | None:
    if isinstance(x, DType):
        return x
    if isinstance(x, np.dtype):
        return _BY_FORMAT.get(x.str[1:]) or (bfloat16 if x.name == "bfloat16" else None)
    if isinstance(x, str):
        return BY_NAME.get(x)
    if isinstance(x, type):
        return _BY_TYPE.get(x) or (bfloat16 if x.__module__ == "ml_dtypes" else None)
    dtype = getattr(x, "dtype", None)
    return _find(dtype) if isinstance(dtype, (DType, np.dtype)) else None


_NOT_A_SHAPE = " If it belongs to a shape: that is one argument, as in tf.zeros([2, 3])."


def as_dtype(type_value: object) -> DType:
    """Converts what names a dtype to the `DType`.

    Args:
      type_value: a DType; a NumPy dtype (of either byte order) or scalar type; a name, such as
        ``'float32'``, ``'half'``, ``'double'``, ``'float'`` (float32, as in TensorFlow) or
        NumPy's ``'f4'``; Python's ``float`` (float32, or what `set_python_float` chose),
        ``int`` (int32), ``bool`` or ``complex`` (complex128); or an object with one of these as
        its ``dtype``, such as an array.

    Returns:
      The DType.

    Raises:
      TypeError: nothing of that kind, or a dtype that tensors do not have.

    >>> import numpy as np
    >>> import autograd_c as tf
    >>> tf.as_dtype(np.float64), tf.as_dtype("half"), tf.as_dtype(float)
    (tf.float64, tf.float16, tf.float32)
    """
    found = _find(type_value)
    if found is None:
        raise TypeError(
            f"Cannot convert the argument `type_value`: {type_value!r} to an autograd_c DType. "
            f"There are {', '.join(_NAMES)}." + (_NOT_A_SHAPE if type(type_value) is int else "")
        )
    return found


def set_python_float(dtype: object) -> None:
    """Sets the dtype that Python's ``float`` means: float32 at first.

    It is the part of ``tf.set_default_float`` that concerns this module.

    Raises:
      TypeError: ``dtype`` is no dtype.
      ValueError: it is neither float32 nor float64.

    >>> import autograd_c as tf
    >>> tf.dtypes.set_python_float("float64")
    >>> tf.as_dtype(float)
    tf.float64
    >>> tf.dtypes.set_python_float("float32")
    """
    chosen = as_dtype(dtype)
    if chosen is not float32 and chosen is not float64:
        raise ValueError(f"a Python float can be float32 or float64, not {chosen.name}")
    _BY_TYPE[float] = chosen


def _common(a: DType, b: DType) -> DType | None:
    """The result type of two dtypes by the Array API's table, or None where it has none."""
    if a is b:
        return a
    if a.is_integer and b.is_integer:
        small, large = sorted((a, b), key=lambda t: t.size)
        if a.is_unsigned == b.is_unsigned or (large.size > small.size and small.is_unsigned):
            return large
        # A signed type that holds both. No integer holds both uint64 and negative numbers.
        unsigned = a if a.is_unsigned else b
        return {1: int16, 2: int32, 4: int64}.get(unsigned.size)
    if a.is_bool or b.is_bool or a.is_integer or b.is_integer:
        return None
    if not (a.is_complex or b.is_complex):
        if a.size == b.size:  # float16 has more digits, bfloat16 the wider range
            return float32
        return a if a.size > b.size else b
    return complex128 if float64 in (a.real_dtype, b.real_dtype) else complex64


def _table() -> tuple[int, ...]:
    codes = [-1] * len(ALL) ** 2
    for a in ALL:
        for b in ALL[: a.code + 1]:  # it is symmetric
            common = _common(a, b)
            if common is not None:
                codes[len(ALL) * a.code + b.code] = codes[len(ALL) * b.code + a.code] = common.code
    return tuple(codes)


PROMOTION: tuple[int, ...] = _table()
"""``PROMOTION[len(ALL) * a.code + b.code]`` is the code of the result, or -1 for no rule."""


def mixed(a: object, b: object) -> DType:
    """The dtype in which two operands meet by NumPy's rules, which mix kinds as well.

    Args:
      a, b: anything that `as_dtype` takes.

    >>> from autograd_c.dtypes import mixed
    >>> mixed("int32", "float32"), mixed("bool", "int8"), mixed("int64", "uint64")
    (tf.float64, tf.int8, tf.float64)
    """
    left, right = as_dtype(a), as_dtype(b)
    common = _common(left, right)
    if common is not None:
        return common
    if bfloat16 in (left, right):
        return bfloat16
    return as_dtype(np.promote_types(left.dtype, right.dtype))


MIXED: tuple[int, ...] = tuple(mixed(a, b).code for a in ALL for b in ALL)
"""The same of all pairs, as `PROMOTION`."""


def promotion_error(a: DType, b: DType) -> InvalidDTypeError:
    """The exception, not raised, for two dtypes that have no common one.

    >>> import autograd_c as tf
    >>> print(tf.dtypes.promotion_error(tf.bool, tf.int8))
    No common dtype for bool and int8: bool combines with bool alone. Convert one of the operands
    first, for example with tf.cast(x, tf.int8).
    """
    if a.is_bool or b.is_bool:
        rule = "bool combines with bool alone"
    elif a.is_integer and b.is_integer:
        rule = "no integer type holds both uint64 and negative numbers"
    else:
        rule = "integers and floating-point numbers are not mixed"
    target = max(a, b, key=lambda t: t.code).name if uint64 not in (a, b) else "float64"
    return InvalidDTypeError(
        f"No common dtype for {a.name} and {b.name}: {rule}. Convert one of the operands first, "
        f"for example with tf.cast(x, tf.{target})."
    )


def promote(a: object, b: object) -> DType:
    """The dtype in which two operands meet.

    The rules are the Array API's (2024.12), extended with float16 and bfloat16: within integers,
    within floating and complex ones, the smallest dtype that holds both. They are symmetric, and
    do not depend on values.

    Args:
      a, b: anything that `as_dtype` takes.

    Returns:
      The common DType.

    Raises:
      TypeError: there is no rule: bool with anything else, integer with floating or complex,
        uint64 with a signed integer. (It is an ``InvalidDTypeError``, so that TensorFlow's users
        catch it as ``InvalidArgumentError``.) Or an argument is no dtype.

    >>> from autograd_c.dtypes import promote
    >>> promote("int8", "uint8"), promote("float64", "complex64")
    (tf.int16, tf.complex128)
    """
    left, right = as_dtype(a), as_dtype(b)
    code = PROMOTION[len(ALL) * left.code + right.code]
    if code < 0:
        raise promotion_error(left, right)
    return ALL[code]
