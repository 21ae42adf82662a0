"""Diagonals, bands and transposes of matrices: ``tf.linalg.diag``, ``band_part`` and the like."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from autograd_c.typing import TensorLike

    _K = SupportsIndex | tuple[SupportsIndex, SupportsIndex] | list[SupportsIndex] | Tensor

_Array = np.ndarray[Any, Any]

convert = _core.convert_to_tensor

# Whether superdiagonals stand at the left ends of their rows, and subdiagonals.
_ALIGNMENTS = {
    "LEFT_RIGHT": (True, False),
    "RIGHT_LEFT": (False, True),
    "LEFT_LEFT": (True, True),
    "RIGHT_RIGHT": (False, False),
}


def _which(k: Any, align: str, operation: str) -> tuple[bool, bool, int, int]:
    """The attributes of the rows "diag" and "diag_part"."""
    try:
        left = _ALIGNMENTS[align]
    except (KeyError, TypeError):
        raise InvalidArgumentError(
            f"[{operation}] align must be one of {', '.join(_ALIGNMENTS)}, not {align!r}"
        ) from None
    if type(k) is int:
        _core.note_limit(k)
        return *left, k, k
    numbers = _core.array_of(k)
    if numbers.dtype.kind not in "iu" or numbers.size not in (1, 2) or numbers.ndim > 1:
        raise InvalidArgumentError(f"[{operation}] k must be an integer or two, not {k!r}")
    lower, upper = int(numbers.flat[0]), int(numbers.flat[-1])
    if lower > upper:
        raise InvalidArgumentError(
            f"[{operation}] lower_diag_index must not be larger than upper_diag_index: "
            f"{lower} > {upper}"
        )
    _core.note_limit(lower)
    _core.note_limit(upper)
    return *left, lower, upper


def _frozen(array: _Array) -> _Array:
    """What nobody can write to: tensors share its memory."""
    array.flags.writeable = False
    return array


def _make_band(rows: int, columns: int, lower: int, upper: int) -> Tensor:
    offset = np.arange(columns) - np.arange(rows)[:, None]
    return convert(_frozen((offset >= lower) & (offset <= upper)))


_cached_band = functools.lru_cache(256)(_make_band)


def _band(rows: int, columns: int, lower: int, upper: int) -> Tensor:
    """Where a matrix has its diagonals from `lower` to `upper`."""
    make = _cached_band if rows * columns <= 4096 else _make_band
    return make(rows, columns, lower, upper)


def _matrices(operation: str, x: TensorLike) -> Tensor:
    t = convert(x)
    if t.ndim < 2:
        raise InvalidArgumentError(
            f"[{operation}] input must be at least 2-dim, received shape {tuple(t.shape)}"
        )
    return t


# ---------------------------------------------------------------- diagonals


def diag(
    diagonal: TensorLike,
    name: str | None = "diag",
    k: _K = 0,
    num_rows: SupportsIndex = -1,
    num_cols: SupportsIndex = -1,
    padding_value: TensorLike = 0,
    align: str = "RIGHT_LEFT",
) -> Tensor:
    """Matrices with the given diagonals.

    Args:
        diagonal: a tensor of any dtype of shape [..., length], or [..., count, length] for several
            diagonals (`k` of two different numbers), the uppermost first.
        name: ignored.
        k: which diagonal, 0 being the main one, positive ones above it; or the lowest and the
            uppermost of several.
        num_rows, num_cols: the extents of the matrices; -1 for the smallest (square, if neither is
            given).
        padding_value: what stands outside of the diagonals.
        align: where shorter diagonals stand in their rows: superdiagonals at the right end and
            subdiagonals at the left ("RIGHT_LEFT"), or "LEFT_RIGHT", "LEFT_LEFT", "RIGHT_RIGHT".

    Returns:
        A tensor of shape [..., num_rows, num_cols].

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit.

    >>> import autograd_c as tf
    >>> print(tf.linalg.diag([1.0, 2.0]).numpy())
    [[1. 0.]
     [0. 2.]]
    >>> print(tf.linalg.diag([1.0, 2.0], k=1).numpy())
    [[0. 1. 0.]
     [0. 0. 2.]
     [0. 0. 0.]]
    """
    x = convert(diagonal)
    which = _which(k, align, "diag")
    lower, upper = which[2:]
    shape = x.shape
    if len(shape) < 1 + (lower < upper):
        raise InvalidArgumentError(
            f"[diag] diagonal must be at least {1 + (lower < upper)}-dim, received shape "
            f"{tuple(shape)}"
        )
    length = shape[-1]
    rows, columns = operator.index(num_rows), operator.index(num_cols)
    least = length - min(upper, 0), length + max(lower, 0)
    if rows == columns == -1:
        rows = columns = max(least)
    rows, columns = least[0] if rows == -1 else rows, least[1] if columns == -1 else columns
    y = _core.apply("diag", [x], [*which, rows, columns])
    if isinstance(padding_value, (int, float)) and padding_value == 0:
        return y
    return _core.select(_band(rows, columns, lower, upper), y, convert(padding_value, x.dtype))


def diag_part(
    input: TensorLike,
    name: str | None = "diag_part",
    k: _K = 0,
    padding_value: TensorLike = 0,
    align: str = "RIGHT_LEFT",
) -> Tensor:
    """Diagonals of matrices.

    Args:
        input: a tensor of any dtype of shape [..., m, n].
        name: ignored.
        k: which diagonal, 0 being the main one, positive ones above it; or the lowest and the
            uppermost of several.
        padding_value: what fills the rows of shorter diagonals.
        align: where they stand in their rows; see `tf.linalg.diag`.

    Returns:
        A tensor of shape [..., length], or [..., count, length] for several diagonals, the
        uppermost first.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for diagonals that the matrices do not have.

    >>> import autograd_c as tf
    >>> tf.linalg.diag_part([[1, 2], [3, 4]]).numpy()
    array([1, 4], dtype=int32)
    >>> print(tf.linalg.diag_part([[1, 2], [3, 4]], k=(-1, 0), padding_value=9).numpy())
    [[1 4]
     [3 9]]
    """
    which = _which(k, align, "diag_part")
    y = _core.apply("diag_part", [input], which)
    lower, upper = which[2:]
    if lower == upper or (isinstance(padding_value, (int, float)) and padding_value == 0):
        return y
    ones = np.ones(convert(input).shape[-2:], bool)
    filled = _core.apply("diag_part", [ones], which)
    return _core.select(filled, y, convert(padding_value, y.dtype))


def set_diag(
    input: TensorLike,
    diagonal: TensorLike,
    name: str | None = "set_diag",
    k: _K = 0,
    align: str = "RIGHT_LEFT",
) -> Tensor:
    """Matrices with other diagonals.

    Args:
        input: a tensor of any dtype of shape [..., m, n].
        diagonal: the diagonals, as `tf.linalg.diag_part` gives them: of the same dtype.
        name: ignored.
        k: which diagonal, 0 being the main one, positive ones above it; or the lowest and the
            uppermost of several.
        align: where shorter ones stand in their rows; see `tf.linalg.diag`.

    Returns:
        A tensor of the shape and dtype of `input`.

    Raises:
        TypeError: for dtypes that differ.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit.

    >>> import autograd_c as tf
    >>> print(tf.linalg.set_diag([[1.0, 2.0], [3.0, 4.0]], [8.0, 9.0]).numpy())
    [[8. 2.]
     [3. 9.]]
    """
    x, d = _core.operands_of("set_diag", input, diagonal)
    which = _which(k, align, "set_diag")
    if x.ndim < 2:
        _matrices("set_diag", x)
    *batch, rows, columns = x.shape
    lower, upper = which[2:]
    length = max(0, min(rows + min(upper, 0), columns - max(lower, 0)))
    wanted = [*batch, length] if lower == upper else [*batch, upper - lower + 1, length]
    if list(d.shape) != wanted or lower <= -max(rows, 1) or upper >= max(columns, 1):
        raise InvalidArgumentError(
            f"[set_diag] diagonals {lower} to {upper} of a tensor of shape {tuple(x.shape)} have "
            f"shape {tuple(wanted)}, got {tuple(d.shape)}"
        )
    y = _core.apply("diag", [d], [*which, rows, columns])
    return _core.select(_band(rows, columns, lower, upper), y, x)


def band_part(
    input: TensorLike, num_lower: SupportsIndex, num_upper: SupportsIndex, name: str | None = None
) -> Tensor:
    """Matrices of which all elements far from the main diagonal are set to 0.

    Args:
        input: a tensor of any dtype of shape [..., m, n].
        num_lower: how many diagonals below the main one stay; all if it is negative.
        num_upper: how many above it.
        name: ignored.

    Returns:
        A tensor of the same shape and dtype. (-1, 0) gives lower triangles, (0, -1) upper ones.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for a rank below 2, or numbers larger than
            the matrices.

    >>> import autograd_c as tf
    >>> print(tf.linalg.band_part([[1, 2], [3, 4]], -1, 0).numpy())
    [[1 0]
     [3 4]]
    """
    x = _matrices("band_part", input)
    shape = x.shape
    rows, columns = shape[-2], shape[-1]
    lower, upper = operator.index(num_lower), operator.index(num_upper)
    for what, number, extent in ("lower", lower, rows), ("upper", upper, columns):
        if number > extent:
            raise InvalidArgumentError(
                f"[band_part] num_{what} must be negative or at most {extent}, got {number}"
            )
    kept = _band(rows, columns, -rows if lower < 0 else -lower, columns if upper < 0 else upper)
    return _core.select(kept, x, _core.full((), 0, x.dtype))


def trace(x: TensorLike, name: str | None = None) -> Tensor:
    """Sums of the main diagonals of matrices.

    Args:
        x: a tensor of numbers of shape [..., m, n].
        name: ignored.

    Returns:
        A tensor of shape [...].

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for a rank below 2.

    >>> import autograd_c as tf
    >>> tf.linalg.trace([[1.0, 2.0], [3.0, 4.0]]).numpy()
    np.float32(5.0)
    """
    diagonals = _core.apply("diag_part", [x], (False, True, 0, 0))
    return _core.reduce("reduce_sum", diagonals, -1, False)


def tensor_diag(diagonal: TensorLike, name: str | None = None) -> Tensor:
    """A tensor of twice the rank with the given diagonal: y[i..., i...] = diagonal[i...].

    Args:
        diagonal: a tensor of any dtype and shape.
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for a rank of 0.

    >>> import autograd_c as tf
    >>> print(tf.linalg.tensor_diag([1, 2]).numpy())
    [[1 0]
     [0 2]]
    """
    x = convert(diagonal)
    if x.ndim == 0:
        raise InvalidArgumentError("[tensor_diag] Input must be at least rank 1, got rank 0")
    size = x.size
    y = _core.apply("diag", [_core.reshape(x, (size,))], (False, True, 0, 0, size, size))
    return y if x.ndim == 1 else _core.reshape(y, [*x.shape, *x.shape])


def tensor_diag_part(input: TensorLike, name: str | None = None) -> Tensor:
    """The diagonal of a tensor of even rank: y[i...] = input[i..., i...].

    Args:
        input: a tensor of any dtype of shape [*s, *s].
        name: ignored.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for other shapes.

    >>> import autograd_c as tf
    >>> tf.linalg.tensor_diag_part([[1, 2], [3, 4]]).numpy()
    array([1, 4], dtype=int32)
    """
    x = convert(input)
    half = x.ndim // 2
    if x.ndim == 0 or x.ndim % 2:
        raise InvalidArgumentError(
            f"[tensor_diag_part] The rank of the tensor should be even and positive, got shape "
            f"{tuple(x.shape)}"
        )
    extents = list(x.shape[:half])
    if extents != list(x.shape[half:]):
        raise InvalidArgumentError(
            f"[tensor_diag_part] Invalid shape {tuple(x.shape)}: its halves do not match"
        )
    size = int(np.prod(extents))
    y = _core.apply("diag_part", [_core.reshape(x, (size, size))], (False, True, 0, 0))
    return _core.reshape(y, extents)


# ---------------------------------------------------------------- transposes


def matrix_transpose(
    a: TensorLike, name: str | None = "matrix_transpose", conjugate: bool = False
) -> Tensor:
    """The last two axes exchanged.

    Args:
        a: a tensor of any dtype of shape [..., m, n].
        name: ignored.
        conjugate: whether complex numbers are conjugated, too.

    Raises:
        ValueError: for a rank below 2.

    >>> import autograd_c as tf
    >>> print(tf.linalg.matrix_transpose([[1, 2], [3, 4]]).numpy())
    [[1 3]
     [2 4]]
    """
    x = _matrices("matrix_transpose", a)
    return conjugate_transpose(x) if conjugate else x.mT


def conjugate_transpose(x: Tensor) -> Tensor:
    """The conjugate transposes of what is a tensor of matrices."""
    return _core.conj(x.mT) if x.dtype.is_complex else x.mT


def adjoint(matrix: TensorLike, name: str | None = None) -> Tensor:
    """The conjugate transposes of matrices.

    Args:
        matrix: a tensor of any dtype of shape [..., m, n].
        name: ignored.

    Raises:
        ValueError: for a rank below 2.

    >>> import autograd_c as tf
    >>> print(tf.linalg.adjoint([[1, 2j], [3, 4]]).numpy())
    [[1.-0.j 3.-0.j]
     [0.-2.j 4.-0.j]]
    """
    return conjugate_transpose(_matrices("adjoint", matrix))
