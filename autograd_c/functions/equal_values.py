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
    "matrix, or so near to each other (or to 0) that little but rounding would be left of it. Use "
    "a function of the matrix itself (tf.linalg.logdet, slogdet, inv, expm, logm, "
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


def _check(name: str, function: Any, constants: int, *attributes: str) -> Any:
    """A row that hands on its first input as it is, or refuses it for what the constants say."""
    return host(
        name,
        function,
        vjp=_unchanged,
        jvp=_unchanged,
        constants=constants,
        attributes=attributes,
        dtypes=_FIELDS,
        batch="leading",
    )


def _refuse(what: str, where: _Array) -> None:
    if where.any():
        raise InvalidArgumentError(f"[{what}] this derivative is not known: {_ADVICE}")


def _largest(x: _Array) -> Any:
    return np.abs(x).max((-2, -1), initial=0.0)[..., None, None]


def _apart(values: _Array) -> _Array:
    return np.asarray(np.abs(values[..., None, :] - values[..., None]), np.float64)


def _are_near(values: _Array) -> _Array:
    """Which values have lost half of their digits in a difference, the diagonal too."""
    gaps = np.abs(values[..., None, :] - values[..., None])
    least = float(np.finfo(values.dtype).eps) ** 0.5 * np.abs(values).max(-1, initial=0.0)
    return np.asarray(gaps <= least[..., None, None])


def _of_pairs(x: _Array) -> _Array:
    """What belongs to a pair of columns; nothing on the diagonal."""
    return np.asarray((x[..., None, :] + x[..., None]) * ~np.eye(x.shape[-1], dtype=bool))


def _anti(x: _Array) -> _Array:
    return np.asarray(x - np.conj(np.swapaxes(x, -1, -2)))


def _refuse_lost(turn: _Array, values: _Array, by_values: _Array, *, general: bool) -> None:
    """Refuse quotients of differences that are mostly rounding errors, of values that are nearly
    equal, if they matter for the result."""
    eps = float(np.finfo(turn.dtype).eps)
    gaps = _apart(values)
    near = _are_near(values) & (gaps > 0) & ~_are_equal(values)
    if not near.any():
        return
    quotients = np.abs(turn if general else _anti(turn)) / np.where(gaps > 0, gaps, np.inf)
    largest = np.abs(by_values).max(-1, initial=0.0)[..., None, None]
    largest = np.maximum(largest, quotients.max((-2, -1), keepdims=True))
    sizes = np.linalg.norm(turn, axis=-2) + np.abs(values * by_values)
    noise = eps * _of_pairs(sizes) / np.where(near, gaps, np.inf)
    _refuse("eig" if general else "eigh, svd", (quotients > 0) & (noise > eps**0.25 * largest))


def _checked_vectors(turn: _Array, values: _Array, by_values: _Array, *, general: bool) -> _Array:
    if np.count_nonzero(_are_near(values)) <= values.size:  # the diagonal: mostly, there is no more
        return turn
    same = _are_equal(values)
    _refuse_lost(turn, values, by_values, general=general)
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
checked_vectors = _check("vectors_of_equal_values", _checked_vectors, 2, "general")


def _checked_turn(turn: _Array, values: _Array) -> _Array:
    eps = float(np.finfo(turn.dtype).eps)
    small = 64 * turn.shape[-1] * eps
    # What tangents of vectors are multiplied with is not known: so what is left of their own digits
    # counts. A quotient of this gap has lost three quarters of them.
    sizes = np.maximum(np.abs(values)[..., None, :], np.abs(values)[..., None])
    near = (_apart(values) <= eps**0.75 * sizes) & ~np.eye(values.shape[-1], dtype=bool)
    _refuse("eigh, svd", (_are_equal(values) | near) & (np.abs(turn) > small * _largest(turn)))
    return turn


# The same of tangents: the turn itself, by which equal values' vectors would move infinitely.
checked_turn = _check("turn_of_equal_values", _checked_turn, 1)


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
checked_pairs = _check("pairs_of_equal_values", _checked_pairs, 2, "varies")


# ---------------------------------------------------------------- derivatives of quotients

# What a quotient's denominator is: a difference or a sum of two values (that of a value with itself
# does not count, or does), or a value. Of Hermitian matrices, what matters of the quotients with
# differences is their Hermitian part; not of general ones. Left and right vectors turn together:
# what each of them is multiplied with may be large, and cancel.
DIFFERENCES, SUMS, ALL_SUMS, COLUMNS, GENERAL, TOGETHER = range(6)


def _denominators(values: _Array, kind: int) -> tuple[_Array, _Array]:
    """And for which pairs they are."""
    if kind == COLUMNS:
        columns = np.abs(values)[..., None, :].astype(np.float64)
        return columns, np.ones_like(columns, bool)
    k = values.shape[-1]
    if kind in (SUMS, ALL_SUMS):
        gaps = np.abs(values[..., None, :] + values[..., None]).astype(np.float64)
    else:
        gaps = _apart(values)
    return gaps, np.ones((k, k), bool) if kind == ALL_SUMS else ~np.eye(k, dtype=bool)


def _hermitian(x: _Array, kind: int) -> _Array:
    return (x + np.conj(np.swapaxes(x, -1, -2))) / 2 if kind == DIFFERENCES else x


def _refuse_steep(
    c: _Array, q: _Array, values: _Array, sizes: _Array, slope: Any, kind: int, eps: float
) -> None:
    """Refuse c dq, for quotients q with numerators that are differences of numbers of those sizes.

    The numerators have rounding errors of eps times the sizes, and what they are divided by is a
    square here. For a smooth function of a matrix, large terms with them cancel in the result:
    so what it is about is estimated by the function's differences and the largest slope, and not by
    those terms.
    """
    gaps, wanted = _denominators(values, kind)
    sizes = sizes.astype(np.float64)
    size = sizes[..., None, :]
    if kind != COLUMNS:
        size = size + sizes[..., None]
    c = np.abs(c).astype(np.float64)
    small = 64 * c.shape[-1] * eps
    c = np.where(wanted & (c > small * c.max((-2, -1), keepdims=True, initial=0.0)), c, 0)
    largest_size = size.max((-2, -1), keepdims=True, initial=0.0)
    q = np.where(wanted, np.abs(_hermitian(q, kind)), 0).astype(np.float64)
    with np.errstate(all="ignore"):
        # Between values that are well apart, what is estimated is no reason to refuse anything.
        near = gaps <= eps ** (1 / 3) * np.abs(values).max(-1, initial=0.0)[..., None, None]
        noise = np.where(near & (c > 0) & (size > 0), eps * c * size / gaps / gaps, 0)
        steep = np.where(largest_size > 0, c * q * q / largest_size, 0)
        base = np.maximum(q.max((-2, -1), keepdims=True, initial=0.0), slope)
        largest = np.abs(values).max(-1, initial=0.0)[..., None, None]
        smooth = np.where(largest > 0, c * base / largest, 0)
        scale = np.maximum(steep, smooth).max((-2, -1), keepdims=True, initial=0.0)
    _refuse("second derivatives of eigh, svd", noise > eps**0.25 * scale)


def _checked_cotangent(
    c: _Array, q: _Array, values: _Array, columns: _Array, by_values: _Array, *, kind: int
) -> _Array:
    eps = float(np.finfo(c.dtype).eps)
    slope = _largest(by_values[..., None])
    sizes = np.linalg.norm(columns, axis=-2) + np.abs(values * by_values)
    _refuse_steep(_hermitian(c, kind), q, values, sizes, slope, kind, eps)
    return c


def _checked_tangent(
    dq: _Array, q: _Array, values: _Array, columns: _Array, by_values: _Array, *, kind: int
) -> _Array:
    eps = float(np.finfo(dq.dtype).eps)
    moved = np.abs(dq) > 64 * dq.shape[-1] * eps * _largest(dq)
    slope = _largest(by_values[..., None])
    sizes = np.linalg.norm(columns, axis=-2) + np.abs(values * by_values)
    _refuse_steep(moved, q, values, sizes, slope, kind, eps)
    return dq


_cotangent_of_quotients = _check("cotangent_of_quotients", _checked_cotangent, 4, "kind")
_tangent_of_quotients = _check("tangent_of_quotients", _checked_tangent, 4, "kind")

# Quotients of a rule, as they are. An error if they are differentiated where nothing is left of
# that. The constants are values, what belongs to them in columns, and cotangents of values.
_quotients = host(
    "quotients",
    lambda q, values, columns, by_values, *, kind: q,
    vjp=lambda call, c: _cotangent_of_quotients(c, *call.inputs, **call.attributes),
    jvp=lambda call, dq: _tangent_of_quotients(dq, *call.inputs, **call.attributes),
    constants=3,
    attributes=("kind",),
    keeps=(0, 1, 2, 3),
    dtypes=_FIELDS,
    batch="leading",
)


def quotients(
    q: Tensor, values: Tensor, cotangents: list[Tensor], by_values: Tensor, kind: int
) -> Tensor:
    """Quotients of differences in the cotangents' columns; whoever differentiates them where that
    has no digits gets an error."""
    if not _core.is_watched(q):
        return q
    columns = cotangents[0]
    if len(cotangents) > 1:
        norms = [_math.reduce_euclidean_norm(_core.stop_gradient(x), -2, True) for x in cotangents]
        columns = norms[0] + norms[1]
    stopped = (_core.stop_gradient(x) for x in (values, columns, by_values))
    checked: Tensor = _quotients(q, *stopped, kind=kind)
    return checked


def _checked_by_turns(c: _Array, q: _Array, values: _Array, *, kind: int) -> _Array:
    """Of the quotients in tangents of vectors: here, the cotangents have the differences."""
    eps = float(np.finfo(c.dtype).eps)
    gaps, _ = _denominators(values, kind)
    sizes = np.linalg.norm(c, axis=-2)
    if kind in (SUMS, ALL_SUMS, GENERAL, TOGETHER):
        turns = np.zeros(c.shape)
    else:
        turns = np.abs(_anti(c) if kind == DIFFERENCES else c) / np.where(gaps > 0, gaps, np.inf)
    largest = np.abs(values).max(-1, initial=0.0)
    slope = (sizes.max(-1, initial=0.0) / np.where(largest > 0, largest, np.inf))[..., None, None]
    # A guess, which is too large for functions that are nearly constant: rather what is seen.
    seen = turns.max((-2, -1), keepdims=True, initial=0.0)
    slope = np.where(seen > np.sqrt(eps) * slope, seen, slope)
    _refuse_steep(np.abs(q) * gaps, turns, values, sizes, slope, kind, eps)
    return c


def _checked_twice(dq: _Array, q: _Array, values: _Array, *, kind: int) -> _Array:
    eps = float(np.finfo(dq.dtype).eps)
    moved = np.abs(dq) > 64 * dq.shape[-1] * eps * _largest(dq)
    largest = np.abs(values).max(-1, initial=0.0)[..., None, None]
    slope = 1 / np.where(largest > 0, largest, np.inf)
    _refuse_steep(moved, np.zeros_like(q), values, np.ones(values.shape), slope, kind, eps)
    return dq


_by_turns = _check("cotangent_of_turns", _checked_by_turns, 2, "kind")
_twice = _check("tangent_of_turns", _checked_twice, 2, "kind")

_turns = host(
    "turns",
    lambda q, values, *, kind: q,
    vjp=lambda call, c: _by_turns(c, *call.inputs, **call.attributes),
    jvp=lambda call, dq: _twice(dq, *call.inputs, **call.attributes),
    constants=1,
    attributes=("kind",),
    keeps=(0, 1),
    dtypes=_FIELDS,
    batch="leading",
)


def turns(q: Tensor, values: Tensor, kind: int) -> Tensor:
    """The same of quotients by which tangents of vectors turn them."""
    if not _core.is_watched(q):
        return q
    checked: Tensor = _turns(q, _core.stop_gradient(values), kind=kind)
    return checked


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
