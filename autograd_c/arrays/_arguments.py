"""What NumPy's functions take for an array, as tensors."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor, Variable
from autograd_c.values import dtypes

if TYPE_CHECKING:
    from autograd_c.values.dtypes import DType

_SCALARS = (bool, int, float, complex)


def is_scalar(x: Any) -> bool:
    """Whether x is a Python number, whose dtype yields to that of arrays."""
    return isinstance(x, _SCALARS) and not isinstance(x, np.generic)


def tensor(x: Any) -> Tensor:
    """The tensor that `numpy.asarray` would make an array of: Python's floats are float64.

    Lists that hold tensors are stacked, in the dtype to which their elements promote.

    Raises:
        TypeError: for what is no number.
        ValueError: for nested lists of different lengths.
    """
    if type(x) is Tensor:
        return x
    if isinstance(x, Variable):
        return _core.identity(x)
    if isinstance(x, (list, tuple)):
        if _core.has_tensors(x):
            return _core.stack(promoted(*x), 0)
        return _core.convert_to_tensor(np.asarray(x))
    if is_scalar(x):
        return _core.convert_to_tensor(np.asarray(x))
    return _core.convert_to_tensor(x)


def inexact(x: Any) -> Tensor:
    """The same in a dtype of floats or complex numbers: integers become float64."""
    t = tensor(x)
    if is_inexact(t.dtype):
        return t
    return _core.cast(t, dtypes.float64)


def is_inexact(dtype: DType) -> bool:
    """Whether it is one of floats or complex numbers: what has derivatives."""
    return dtype.is_floating or dtype.is_complex


def promoted(*given: Any) -> list[Tensor]:
    """All as tensors of the dtype to which they promote by NumPy's rules."""
    numbers = [x if is_scalar(x) else tensor(x) for x in given]
    dtype = common_dtype(*numbers)
    return [cast(x, dtype) for x in numbers]


def own(y: Tensor, x: Any) -> Tensor:
    """A result that is another object than the operand: what is assigned to it changes it alone."""
    another: Tensor = _core.same_values([y])[0] if y is x else y
    return another


def cast(x: Any, dtype: DType) -> Tensor:
    """A tensor or Python number in that dtype."""
    if type(x) is not Tensor:
        if dtype is dtypes.bfloat16:  # of which NumPy has no arrays
            return _core.cast(_core.convert_to_tensor(np.asarray(x)), dtype)
        return _core.convert_to_tensor(np.asarray(x, dtype.dtype))
    return x if x.dtype is dtype else _core.cast(x, dtype)


def number(value: float, like: Tensor) -> Tensor:
    """A number in the dtype of a tensor."""
    return cast(value, like.dtype)


def common_dtype(*given: Any) -> DType:
    """The dtype to which tensors and Python numbers promote."""
    return _common(*map(dtype_or_kind, given))


def dtype_or_kind(x: Any) -> Any:
    """The dtype of a tensor, or the type of a Python number."""
    return type(x) if is_scalar(x) else x.dtype


_KINDS = {bool: 0, int: 1, float: 2, complex: 3}


@cache
def _common(*given: Any) -> DType:
    own = [t for t in given if isinstance(t, dtypes.DType)]
    weak = max((t for t in given if t in _KINDS), key=_KINDS.__getitem__, default=None)
    if not own:
        assert weak is not None
        return dtypes.as_dtype(np.asarray(weak()).dtype)
    found = own[0]
    for t in own[1:]:
        found = dtypes.mixed(found, t)
    return found if weak is None else _with_number(found, weak)


def _with_number(dtype: DType, kind: type) -> DType:
    own = 0 if dtype.is_bool else 3 if dtype.is_complex else 2 if dtype.is_floating else 1
    if _KINDS[kind] <= own:
        return dtype
    if own == 2:  # and the number is complex
        return dtypes.complex128 if dtype is dtypes.float64 else dtypes.complex64
    return dtypes.as_dtype(np.asarray(kind()).dtype)


def dtype_of(given: Any) -> DType:
    """A dtype as NumPy's functions take it, which are asked what its name or letter means: `float`,
    "float" and "d" are float64, `int` is int64.

    Raises:
        TypeError: for what is no dtype, or one that tensors do not have.
    """
    if isinstance(given, dtypes.DType):
        return given
    try:
        numpys = np.dtype(given) if given is not None else given
    except TypeError:  # bfloat16, or an array; the error for others tells of ours
        numpys = given
    return dtypes.as_dtype(numpys)


def numpys(dtype: Any) -> np.dtype[Any]:
    """NumPy's dtype of the same rules: float32 for bfloat16, which NumPy does not have."""
    return np.dtype(np.float32 if dtype is dtypes.bfloat16 else dtype)


def broadcasts_to(given: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether a shape broadcasts to the other as it is, which does not become larger."""
    try:
        return np.broadcast_shapes(given, shape) == shape
    except ValueError:
        return False


def axis_within(axis: SupportsIndex, rank: int) -> int:
    """The axis counted from the front.

    Raises:
        numpy.exceptions.AxisError: (a ValueError and IndexError) if there is none.
    """
    place = operator.index(axis)
    if not -rank <= place < rank:
        raise np.exceptions.AxisError(place, rank)
    return place % rank


def axes_within(axes: SupportsIndex | Sequence[SupportsIndex] | None, rank: int) -> list[int]:
    """The same of one axis, of several, or, for None, of all.

    Raises:
        ValueError: if one is given twice.
    """
    if axes is None:
        return list(range(rank))
    if not isinstance(axes, (tuple, list)):
        return [axis_within(axes, rank)]  # type: ignore[arg-type]
    places = [axis_within(axis, rank) for axis in axes]
    if len(set(places)) != len(places):
        raise ValueError("repeated axis")
    return places


def along(axis: int, part: Any) -> tuple[Any, ...]:
    """What stands in brackets to take a part along an axis, counted from the front."""
    return (*[slice(None)] * axis, part)


def refuse_device(device: Any) -> None:
    """ValueError for another device than the processor: "cpu", or `x.device` of a tensor."""
    if device is None or device == "cpu":
        return
    if not isinstance(device, str) or not device.upper().endswith("CPU:0"):
        raise ValueError(f'Device not understood. Only "cpu" is allowed, but received: {device}')
