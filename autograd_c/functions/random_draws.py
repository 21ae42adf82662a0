"""Numbers of each distribution out of a NumPy generator, as tensors: what `tf.random`, its
stateless functions and its generators have in common."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.functions.indexed_slices import gather
from autograd_c.values.dtypes import DType, array_dtype, as_dtype
from autograd_c.values.errors import InvalidArgumentError
from autograd_c.values.shape import TensorShape

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from numpy.random import Generator as NumPyGenerator

    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, TensorLike

    _Array: TypeAlias = np.ndarray[Any, Any]

# NumPy draws these; narrow dtypes are drawn in float32.
_DRAWN = {
    "float16": np.float32,
    "bfloat16": np.float32,
    "float32": np.float32,
    "float64": np.float64,
}
# What counts are given as.
COUNTS = ("float16", "float32", "float64", "int32", "int64")


# ---------------------------------------------------------------- arguments


def extents(name: str, shape: Any) -> tuple[int, ...]:
    """A shape as ints; TensorFlow takes no single int for one here."""
    if type(shape) is list or type(shape) is tuple:
        for extent in shape:
            if type(extent) is not int or extent < 0:
                break
        else:
            return tuple(shape)
    if isinstance(shape, TensorShape):
        shape = list(shape)
    given = _core.array_of(_core.convert_to_tensor(shape))
    if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
        raise InvalidArgumentError(f"[{name}] shape is a vector of integers, got {shape!r}")
    for extent in given.tolist():
        if extent < 0:
            raise InvalidArgumentError(f"[{name}] Dimension {extent} must be >= 0")
    return tuple(int(extent) for extent in given)


def floating(name: str, dtype: DTypeLike | None) -> DType:
    """The dtype of real numbers to draw; None is the default float."""
    if dtype is None:
        return _core.get_default_float()
    kind = as_dtype(dtype)
    if kind.name not in _DRAWN:
        raise TypeError(f"[{name}] draws float16, bfloat16, float32 or float64, not {kind.name}")
    return kind


def one_of(name: str, dtype: DTypeLike | None, allowed: tuple[str, ...]) -> DType:
    """The dtype, if it is among some."""
    kind = _core.get_default_float() if dtype is None else as_dtype(dtype)
    if kind.name not in allowed:
        raise ValueError(
            f"[{name}] Argument `dtype` got invalid value {kind!r}. Accepted dtypes are "
            f"{', '.join(allowed)}"
        )
    return kind


def ends_with(name: str, shape: tuple[int, ...], inner: Any) -> None:
    """The shape of the result has that of the parameters behind its first axes."""
    inner = tuple(inner)
    if len(inner) > len(shape) or shape[len(shape) - len(inner) :] != inner:
        raise InvalidArgumentError(
            f"[{name}] Shape passed in must end with broadcasted shape {list(inner)}, "
            f"got {list(shape)}"
        )


def _plain(x: Any) -> bool:
    """A Python number that no dtype is too small for."""
    return (type(x) is float or type(x) is int) and -1e4 < x < 1e4


def _parameters(
    name: str, size: tuple[int, ...], first: TensorLike, second: TensorLike, dtype: DType
) -> tuple[Any, Any]:
    """Two that numbers of a shape go with, or an error before any number is drawn."""
    if _plain(first) and _plain(second):
        return first, second
    tensors = _core.convert_to_tensor(first, dtype), _core.convert_to_tensor(second, dtype)
    try:
        np.broadcast_shapes(size, *(tuple(x.shape) for x in tensors))
    except ValueError:
        raise InvalidArgumentError(
            f"[{name}] Incompatible shapes: numbers of shape {list(size)}, parameters of shapes "
            f"{[list(x.shape) for x in tensors]}"
        ) from None
    return tensors


def _moved(array: _Array, shift: Any, scale: Any, dtype: DType) -> Tensor:
    """`array * scale + shift`, recorded where these are no mere numbers."""
    if _plain(shift) and _plain(scale):
        if scale != 1:
            array *= scale
        if shift != 0:
            array += shift
        return _core.constant(array, dtype)
    moved: Tensor = _core.constant(array, dtype) * scale + shift
    return moved


# ---------------------------------------------------------------- normal and uniform


def _standard_normal(rng: NumPyGenerator, size: tuple[int, ...], dtype: DType) -> _Array:
    drawn: Any = _DRAWN[dtype.name]
    return np.asarray(rng.standard_normal(size, drawn), array_dtype(dtype))


def normal(
    rng: NumPyGenerator, shape: Any, mean: TensorLike, stddev: TensorLike, dtype: DType
) -> Tensor:
    size = extents("normal", shape)
    mean, stddev = _parameters("normal", size, mean, stddev, dtype)
    return _moved(_standard_normal(rng, size, dtype), mean, stddev, dtype)


def truncated_normal(
    rng: NumPyGenerator, shape: Any, mean: TensorLike, stddev: TensorLike, dtype: DType
) -> Tensor:
    """Those of normal numbers within two standard deviations."""
    size = extents("truncated_normal", shape)
    mean, stddev = _parameters("truncated_normal", size, mean, stddev, dtype)
    array = _standard_normal(rng, (math.prod(size),), dtype)
    # One in 22 is outside, so that few rounds are left to a few numbers.
    outside = np.flatnonzero(np.abs(array) > 2)
    while outside.size:
        again = _standard_normal(rng, outside.shape, dtype)
        array[outside] = again
        outside = outside[np.abs(again) > 2]
    return _moved(array.reshape(size), mean, stddev, dtype)


def _standard_uniform(rng: NumPyGenerator, size: tuple[int, ...], dtype: DType) -> _Array:
    """In [0, 1)."""
    if dtype.name == "float16":
        # Rounded from float32, some would be 1.
        steps = np.asarray(rng.integers(0, 2048, size, np.uint16), np.float16)
        return np.asarray(steps * np.float16(2.0**-11))
    if dtype.name == "bfloat16":
        steps = np.asarray(rng.integers(0, 256, size, np.uint16), np.float32)
        return np.asarray(steps * np.float32(2.0**-8))
    drawn: Any = _DRAWN[dtype.name]
    return np.asarray(rng.random(size, drawn))


def uniform(
    rng: NumPyGenerator, shape: Any, minval: TensorLike, maxval: TensorLike, dtype: DType
) -> Tensor:
    size = extents("uniform", shape)
    low, high = _parameters("uniform", size, minval, maxval, dtype)
    moved = _moved(_standard_uniform(rng, size, dtype), low, high - low, dtype)
    if type(low) in (int, float) and low == 0:
        return moved  # a number below 1 times another one is below that one
    return _below(moved, low, high, dtype)


def _below(moved: Tensor, low: Any, high: Any, dtype: DType) -> Tensor:
    """The largest number below `high` in the place of what a sum was rounded to."""
    kind = array_dtype(dtype)  # float32 for bfloat16
    values = [_core.cast(_core.constant(x, dtype), kind) for x in (low, high, moved)]
    least, end, drawn = map(_core.array_of, values)
    above = (drawn >= end) & (least < end)
    if not above.any():
        return moved
    if dtype.name == "bfloat16":
        # Numbers of one sign are in the order of their bits, of which float32 has 16 more.
        bits = end.view(np.uint32)
        step = np.where(end > 0, bits - 0x10000, np.where(end < 0, bits + 0x10000, 0x80010000))
        below = step.astype(np.uint32).view(np.float32)
    else:
        below = np.nextafter(end, np.full_like(end, -np.inf))
    # A constant is added, so that the derivatives by the bounds stay.
    moved += _core.constant(np.where(above, below - drawn, 0), dtype)
    return moved


def uniform_integers(
    rng: NumPyGenerator, shape: Any, minval: TensorLike, maxval: TensorLike, dtype: DType
) -> Tensor:
    """In [minval, maxval)."""
    size = extents("uniform", shape)
    bounds = []
    for name, given in (("minval", minval), ("maxval", maxval)):
        bound = _core.convert_to_tensor(given, dtype)
        if bound.ndim:
            raise InvalidArgumentError(f"[uniform] {name} must be 0-D, got shape {bound.shape}")
        bounds.append(int(bound))
    low, high = bounds
    if 0 in size:
        return _core.full(size, 0, dtype)
    if low >= high:
        raise InvalidArgumentError(f"[uniform] Need minval < maxval, got {low} >= {high}")
    return _core.constant(np.asarray(rng.integers(low, high, size, dtype.as_numpy_dtype)))


def full_integers(rng: NumPyGenerator, shape: Any, dtype: DType) -> Tensor:
    """All that the dtype holds."""
    size, kind = extents("uniform_full_int", shape), dtype.as_numpy_dtype
    limits = np.iinfo(kind)
    drawn = rng.integers(limits.min, limits.max, size, kind, endpoint=True)
    return _core.constant(np.asarray(drawn, kind))


# ---------------------------------------------------------------- counts


def real_numbers(name: str, given: TensorLike) -> _Array:
    """Parameters without a derivative."""
    numbers = _core.array_of(_core.convert_to_tensor(given))
    if numbers.dtype.kind not in "iuf":
        raise TypeError(f"[{name}] parameters are real numbers, got {numbers.dtype.name}")
    return numbers


def can_count(name: str, means: _Array, dtype: DType) -> None:
    """An error before any number is drawn, if counts of these means do not fit the dtype."""
    if dtype.is_integer:
        if not np.all(np.isfinite(means)):
            raise InvalidArgumentError(f"[{name}] {dtype.name} has no NaN and no infinity")
        if means.size and means.max() > np.iinfo(dtype.as_numpy_dtype).max:
            raise InvalidArgumentError(f"[{name}] counts are drawn that do not fit {dtype.name}")


def counted(name: str, numbers: _Array, dtype: DType) -> Tensor:
    """Drawn counts in the dtype of the result."""
    kind = dtype.as_numpy_dtype
    if dtype.is_integer:
        if numbers.size and numbers.max() > np.iinfo(kind).max:
            raise InvalidArgumentError(f"[{name}] counts are drawn that do not fit {dtype.name}")
    with np.errstate(over="ignore"):
        return _core.constant(numbers.astype(kind))


def poisson(rng: NumPyGenerator, rates: _Array, size: tuple[int, ...]) -> _Array:
    """Counts as float64; 0 for negative rates, NaN for NaN."""
    rates = rates.astype(np.float64)
    # Beyond it, counts are not all integers of float64, and the distribution is a normal one.
    large = rates > 1e15
    known = np.where(large | np.isnan(rates) | (rates < 0), 0.0, rates)
    counts = np.asarray(rng.poisson(known, size), np.float64)
    if large.any():
        roots = np.sqrt(np.where(np.isfinite(rates) & large, rates, 0.0))
        counts += np.where(large, np.round(rates + rng.standard_normal(size) * roots), 0.0)
    return np.where(np.isnan(rates), np.nan, counts)


def binomial(
    rng: NumPyGenerator,
    name: str,
    size: tuple[int, ...],
    counts: TensorLike,
    probs: TensorLike,
    dtype: DType,
) -> Tensor:
    """Counts; probabilities are cut off at 0 and 1, and NaN gives NaN."""
    numbers = real_numbers(name, counts).astype(np.float64)
    probabilities = real_numbers(name, probs).astype(np.float64)
    ends_with(name, size, np.broadcast_shapes(numbers.shape, probabilities.shape))
    missing = np.isnan(numbers) | np.isnan(probabilities)
    can_count(name, np.where(missing, np.nan, 0.0), dtype)
    trials = np.clip(np.floor(np.where(missing, 0.0, numbers)), 0.0, 2.0**62).astype(np.int64)
    successes = rng.binomial(trials, np.clip(np.where(missing, 0.0, probabilities), 0, 1), size)
    return counted(name, np.where(missing, np.nan, np.asarray(successes, np.float64)), dtype)


def categorical(rng: NumPyGenerator, logits: TensorLike, samples: Any, dtype: DType) -> Tensor:
    """Classes by their unnormalised log-probabilities; those that are not finite have none."""
    given = _core.array_of(_core.convert_to_tensor(logits))
    if given.dtype.kind != "f":
        raise TypeError(f"[categorical] logits are real numbers, got {given.dtype.name}")
    if given.ndim != 2:
        raise InvalidArgumentError(
            f"[categorical] logits should be a matrix, got shape {list(given.shape)}"
        )
    number = _core.array_of(_core.convert_to_tensor(samples))
    if number.ndim or number.dtype.kind not in "iu":
        raise InvalidArgumentError(
            f"[categorical] num_samples should be a scalar integer, got {samples!r}"
        )
    rows, classes = given.shape
    draws = int(number)
    if draws < 0:
        raise InvalidArgumentError(f"[categorical] num_samples should be non-negative, got {draws}")
    if classes == 0:
        raise InvalidArgumentError("[categorical] num_classes should be positive, got 0")
    if rows == 0 or draws == 0:
        return _core.full([rows, draws], 0, dtype)
    finite = np.isfinite(given)
    wide = np.where(finite, given, -np.inf).astype(np.float64)
    highest = wide.max(1, keepdims=True)
    empty = ~finite.any(1)
    weights = np.exp(wide - np.where(empty[:, None], 0.0, highest))
    ends = np.cumsum(weights, 1)
    points = rng.random((rows, draws))
    found = np.empty((rows, draws), dtype.as_numpy_dtype)
    if rows == 1:
        found[0] = np.searchsorted(ends[0], points[0] * ends[0, -1], "right")
    else:
        # All rows in one search: row k between k and k + 1.
        ends /= np.where(empty, 1.0, ends[:, -1])[:, None]
        offsets = np.arange(rows)[:, None]
        flat = np.searchsorted((ends + offsets).ravel(), (points + offsets).ravel(), "right")
        found[...] = flat.reshape(rows, draws) - offsets * classes
    # A point may be rounded to the end of its row, behind the last class that has a probability.
    last = classes - 1 - np.argmax(weights[:, ::-1] > 0, 1)
    np.minimum(found, last[:, None], out=found, casting="unsafe")
    # As TensorFlow: where no class can be, the number of classes.
    found[empty] = classes
    return _core.constant(found)


def permutation(order: Callable[[int], Any], value: TensorLike) -> Tensor:
    """The rows of a tensor in another order, which is drawn where there are two or more."""
    x = _core.convert_to_tensor(value)
    if x.ndim == 0 or x.shape[0] < 2:
        return _core.identity(x)
    return gather(x, order(x.shape[0]))
