"""Equal eigenvalues and singular values, where vectors are no functions of the matrix.

A function of a matrix that is well defined there, as V f(w) V^H, has a derivative: in terms of
vectors, it is a limit of quotients 0 / 0. What a tape hands back (the cotangents of values and
vectors) does not tell it. So such a derivative is an error, and not a number that lacks terms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.host import host
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from autograd_c.core._core import RowCall

_Array = np.ndarray[Any, Any]

_FIELDS = ("float32", "float64", "complex64", "complex128")

_ADVICE = (
    "values are equal there, to the precision of the dtype, so vectors are no functions of the "
    "matrix. Use a function of the matrix itself (tf.linalg.logdet, slogdet, inv, expm, logm, "
    "sqrtm, pinv), or add small different numbers to its diagonal."
)


def _precision(dtype: Any, count: int) -> float:
    """Differences below this, in units of the largest value, are those of rounding."""
    return max(8.0, float(np.sqrt(count))) * float(np.finfo(dtype).eps)


def _are_equal(values: _Array) -> _Array:
    """Which pairs are equal, but for rounding; the diagonal is False."""
    k = values.shape[-1]
    least = _precision(values.dtype, k) * np.abs(values).max(-1, initial=0.0)
    gaps = np.abs(values[..., None, :] - values[..., None])
    return np.asarray((gaps <= least[..., None, None]) & ~np.eye(k, dtype=bool))


def reciprocal_gaps(w: Tensor) -> Tensor:
    """1 / (w[j] - w[i]) in row i and column j; 0 where they are equal, but for rounding."""
    gaps = w[..., None, :] - w[..., None]
    same = _equal_pairs(w, gaps)
    return _core.select(same, 0, 1 / _core.select(same, 1, gaps))


def _equal_pairs(w: Tensor, gaps: Tensor) -> Tensor:
    """As `_are_equal`, of tensors and with the diagonal."""
    size = _math.abs(_core.stop_gradient(w))
    precision = _precision(size.dtype.as_numpy_dtype, max(1, w.shape[-1]))
    if not w.shape[-1]:
        return _math.equal(gaps, 0)
    least = _math.reduce_max(size, -1, True)[..., None] * precision
    return _math.less_equal(_math.abs(_core.stop_gradient(gaps)), least)


def _unchanged(call: RowCall, x: Tensor) -> Tensor:
    return x


def _refuse(what: str, where: _Array) -> None:
    if where.any():
        raise InvalidArgumentError(f"[{what}] this derivative is not known: {_ADVICE}")


def _largest(x: _Array) -> Any:
    return np.abs(x).max((-2, -1), initial=0.0)[..., None, None]


def _checked_vectors(turn: _Array, values: _Array, by_values: _Array, *, general: bool) -> _Array:
    same = _are_equal(values)
    if not same.any():
        return turn
    small = 64 * turn.shape[-1] * float(np.finfo(turn.dtype).eps)
    needed = np.abs(turn) > small * _largest(turn)
    # If nothing comes by way of these vectors, f may be 0 there: f' turns the values' cotangents.
    columns = np.abs(np.diagonal(turn, axis1=-2, axis2=-1)) > small * _largest(turn)[..., 0]
    unused = ~columns[..., None, :] & ~columns[..., None]
    differences = np.abs(by_values[..., None, :] - by_values[..., None])
    largest = np.abs(by_values).max(-1, initial=0.0)[..., None, None]
    apart = differences > small * largest
    # Of eigenvectors that are not orthogonal, what is turned is 0 whatever f is.
    hidden = apart if general else apart & unused
    _refuse("eig" if general else "eigh, svd", same & (needed | hidden))
    return turn


# What vectors are turned by, as it is: an error if a turn between equal values matters. The
# constants are the values and their cotangents.
checked_vectors = host(
    "vectors_of_equal_values",
    _checked_vectors,
    vjp=_unchanged,
    jvp=_unchanged,
    constants=2,
    attributes=("general",),
    dtypes=_FIELDS,
    batch="leading",
)


def _checked_turn(turn: _Array, values: _Array) -> _Array:
    small = 64 * turn.shape[-1] * float(np.finfo(turn.dtype).eps)
    _refuse("eigh, svd", _are_equal(values) & (np.abs(turn) > small * _largest(turn)))
    return turn


# The same of tangents: the turn itself, by which equal values' vectors would move infinitely.
checked_turn = host(
    "turn_of_equal_values",
    _checked_turn,
    vjp=_unchanged,
    jvp=_unchanged,
    constants=1,
    dtypes=_FIELDS,
    batch="leading",
)


def _checked_pairs(turn: _Array, values: _Array, weights: _Array, *, varies: bool) -> _Array:
    same = _are_equal(values)
    if not same.any():
        return turn
    small = 64 * turn.shape[-1] * float(np.finfo(turn.dtype).eps)
    needed = same & (np.abs(turn) > small * _largest(turn))
    if not varies:
        differences = np.abs(weights[..., None, :] - weights[..., None])
        largest = np.abs(weights).max(-1, initial=0.0)[..., None, None]
        needed = needed & (differences > small * largest)
    _refuse("eigvalsh, svd", needed)
    return turn


# Of V diag(g) V^H: the same, for weights g that vary with the values or not. Where they do not, and
# are equal, the limit is 0.
checked_pairs = host(
    "pairs_of_equal_values",
    _checked_pairs,
    vjp=_unchanged,
    jvp=_unchanged,
    constants=2,
    attributes=("varies",),
    dtypes=_FIELDS,
    batch="leading",
)


def of_batch(a: Tensor, g: Tensor) -> Tensor:
    """The matrices, for each cotangent of a batch of them."""
    if g.ndim < a.ndim:
        return a
    return _core.broadcast_to(a, [*g.shape[:-1], *a.shape[-2:]])


class Tangents:
    """Tangents of outputs, each of which is computed when it is asked for."""

    def __init__(self, *rules: Any) -> None:
        self.rules = rules

    def __getitem__(self, k: int) -> Tensor:
        tangent: Tensor = self.rules[k]()
        return tangent
