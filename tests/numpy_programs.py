"""Random programs of NumPy's functions: what their statements are, and how they are run.

A program is drawn once, as numbers, and run by several namespaces, which see the same choices as
long as their values have the same shapes. Each statement appends a value, or assigns to one.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

# ---------------------------------------------------------------- choices


class Skip(Exception):
    """A statement that is left out, by every run."""


class Choices:
    """Numbers that were drawn, read as what a statement needs."""

    def __init__(self, numbers):
        self._numbers = numbers
        self._next = 0

    def draw(self, count):
        self._next += 1
        return self._numbers[self._next % len(self._numbers)] * (self._next % 7 + 1) % count

    def of(self, *things):
        return things[self.draw(len(things))]

    def flag(self):
        return bool(self.draw(2))

    def number(self):
        return self.draw(5) - 2

    def axis(self, x):
        """One axis, from either side."""
        rank = len(x.shape)
        if not rank:
            raise Skip
        return self.draw(2 * rank) - rank

    def axis_or_none(self, x):
        return None if not x.shape or self.flag() else self.axis(x)

    def axes(self, x):
        """None, one or several axes."""
        rank = len(x.shape)
        if rank < 2 or self.flag():
            return self.axis_or_none(x)
        return self.of((0, 1), (-1, 0), (rank - 1,), ())

    def order(self, x):
        rank = len(x.shape)
        shift = self.draw(max(rank, 1))
        return [*range(shift, rank), *range(shift)]

    def factors(self, x):
        """A shape of as many elements."""
        size = int(np.prod(x.shape))
        return self.of(
            (-1,), (size,), (1, size), (size, 1), x.shape[::-1], *([(2, -1)] * (size % 2 == 0))
        )

    def indices(self, extent, count=None):
        if not extent:
            raise Skip
        count = self.draw(4) if count is None else count
        return np.array([self.draw(2 * extent) - extent for _ in range(count)], np.int64)

    def mask(self, shape):
        size = int(np.prod(shape))
        return np.array([self.flag() for _ in range(size)], bool).reshape(shape)

    def piece(self, extent):
        """A slice of an axis."""
        edges = [None, 0, 1, -1, extent // 2, -extent // 2]
        return slice(self.of(*edges), self.of(*edges, None), self.of(None, None, 1, 2, -1, -2))

    def key(self, x, plain=False):
        """An index of all kinds; `plain` ones have whole numbers and slices only."""
        shape = tuple(x.shape)
        if not shape:
            return self.of((), ..., None)
        kind = self.draw(5 if plain else 9)
        first = shape[0]
        if kind == 0 and first:
            return self.draw(2 * first) - first
        if kind == 1:
            return (..., self.piece(shape[-1]))
        if kind == 2:
            return tuple(self.piece(n) for n in shape)
        if kind == 3:
            return (None, self.piece(first))
        if kind == 4 and all(shape):
            return tuple(self.draw(2 * n) - n for n in shape)
        if kind == 5:
            return self.indices(first)
        if kind == 6:
            return self.mask(shape)
        if kind == 7:
            return self.mask(shape[:1])
        if kind == 8 and all(shape):
            return tuple(self.indices(n, 2) for n in shape)
        return slice(None)

    def dtype(self):
        return self.of("?", "u1", "i4", "i8", "f4", "f8", "c16")


# ---------------------------------------------------------------- namespaces


@dataclass(frozen=True)
class Space:
    """What a program is run with: NumPy's names, and how values are assigned to and made."""

    np: Any
    ufuncs: Any = np  # whose functions have methods
    assign: Callable[[Any, Any, Any], Any] | None = None  # of a value, a key and what is put there
    kept: Callable[[Any], Any] = lambda x: x  # of each value


def _assigned(space, x, key, value):
    if space.assign is not None:
        return space.assign(x, key, value)
    x[key] = value
    return x


# ---------------------------------------------------------------- calls of one value

Call = Callable[..., Any]
_OF_ONE: dict[str, Call] = {}
_OF_TWO: dict[str, Call] = {}
_MATRICES: dict[str, Call] = {}


def _each(names, table, call):
    for name in names.split():
        table[name] = lambda s, r, *x, name=name, call=call: call(getattr(s.np, name), r, *x)


_each(
    "sin cos tanh arctan arcsinh exp2 expm1 square negative positive abs absolute fabs sqrt cbrt"
    " exp log1p sign floor ceil trunc rint isnan isfinite isinf signbit logical_not conj conjugate"
    " reciprocal deg2rad degrees bitwise_count invert spacing",
    _OF_ONE,
    lambda f, r, x: f(x),
)
_each(
    "real imag angle ravel squeeze transpose trace isreal iscomplex atleast_1d atleast_2d"
    " atleast_3d copy nan_to_num unwrap sinc i0 flatnonzero argwhere ndim size shape",
    _OF_ONE,
    lambda f, r, x: f(x),
)
_each(
    "sum prod mean var std any all min max amin amax ptp nansum nanprod nanmean nanmax nanmin"
    " count_nonzero nanvar nanstd",
    _OF_ONE,
    lambda f, r, x: f(x, axis=r.axes(x), keepdims=r.flag()),
)
_each(
    "median nanmedian average flip argmax argmin cumsum cumprod nancumsum nancumprod",
    _OF_ONE,
    lambda f, r, x: f(x, axis=r.axis_or_none(x)),
)
_each(
    "cumulative_sum cumulative_prod",
    _OF_ONE,
    lambda f, r, x: f(x, axis=r.axis(x), include_initial=r.flag()),
)
_each("sort diff gradient", _OF_ONE, lambda f, r, x: f(x, axis=r.axis(x)))
_each("argsort", _OF_ONE, lambda f, r, x: f(x, axis=r.axis(x), kind="stable"))
_each("tril triu diag diagflat", _OF_ONE, lambda f, r, x: f(x, r.number()))
_each("rot90", _OF_ONE, lambda f, r, x: f(x, r.number()))
_each("expand_dims", _OF_ONE, lambda f, r, x: f(x, r.of(0, -1)))
_each("zeros_like ones_like", _OF_ONE, lambda f, r, x: f(x))
_each("percentile nanpercentile", _OF_ONE, lambda f, r, x: f(x, r.of(0, 25, 60), r.axis_or_none(x)))
_each(
    "quantile nanquantile", _OF_ONE, lambda f, r, x: f(x, r.of([0.1, 0.5], 1.0), r.axis_or_none(x))
)
_each("fliplr flipud", _OF_ONE, lambda f, r, x: f(x))
_each("matrix_transpose", _OF_ONE, lambda f, r, x: f(x))

_OF_ONE |= {
    "reshape": lambda s, r, x: s.np.reshape(x, r.factors(x)),
    "permuted": lambda s, r, x: s.np.transpose(x, r.order(x)),
    "swapaxes": lambda s, r, x: s.np.swapaxes(x, r.axis(x), r.axis(x)),
    "moveaxis": lambda s, r, x: s.np.moveaxis(x, r.axis(x), r.axis(x)),
    "rollaxis": lambda s, r, x: s.np.rollaxis(x, r.axis(x)),
    "roll": lambda s, r, x: s.np.roll(x, r.number(), axis=r.axis_or_none(x)),
    "repeat": lambda s, r, x: s.np.repeat(x, r.draw(3), axis=r.axis_or_none(x)),
    "tile": lambda s, r, x: s.np.tile(x, r.of(2, (2, 1), (1, 2, 1), ())),
    "pad": lambda s, r, x: s.np.pad(
        x, r.of(1, (0, 2)), r.of("constant", "edge", "reflect", "wrap", "symmetric", "mean")
    ),
    "broadcast_to": lambda s, r, x: s.np.broadcast_to(x, (2, *x.shape)),
    "clip": lambda s, r, x: s.np.clip(x, r.of(-1, None), r.of(1, 2)),
    "round": lambda s, r, x: s.np.round(x, r.of(0, 1)),
    "diagonal": lambda s, r, x: s.np.diagonal(x, r.number()),
    "delete": lambda s, r, x: s.np.delete(
        x, r.of(0, [0, -1], slice(None, 1)), axis=r.axis_or_none(x)
    ),
    "take": lambda s, r, x: s.np.take(x, r.of([0, -1], 0, [[0, 0]]), axis=r.axis_or_none(x)),
    "compress": lambda s, r, x: s.np.compress([False, True], x, axis=r.axis_or_none(x)),
    "partition": lambda s, r, x: s.np.sort(s.np.partition(x, 0, axis=-1), axis=-1),
    "trapezoid": lambda s, r, x: s.np.trapezoid(x, axis=r.axis(x)),
    "vander": lambda s, r, x: s.np.vander(s.np.ravel(x), 3),
    "ediff1d": lambda s, r, x: s.np.ediff1d(x),
    "split": lambda s, r, x: s.np.array_split(x, 2, axis=r.axis(x))[r.draw(2)],
    "unstack": lambda s, r, x: s.np.unstack(x, axis=r.axis(x))[0],
    "nonzero": lambda s, r, x: s.np.nonzero(s.np.atleast_1d(x))[0],
    "unique": lambda s, r, x: s.np.unique(x),
    "piecewise": lambda s, r, x: s.np.where(s.np.greater(s.np.real(x), 0), x, -s.np.real(x)),
    "modf": lambda s, r, x: s.np.modf(x)[r.draw(2)],
    "meshgrid": lambda s, r, x: s.np.meshgrid(x, [1, 2], indexing=r.of("xy", "ij"))[0],
    "fft": lambda s, r, x: s.np.fft.fft(x, r.of(None, 4), r.axis(x)),
    "rfft": lambda s, r, x: s.np.fft.rfft(s.np.real(x), axis=r.axis(x), norm=r.of(None, "ortho")),
    "irfft": lambda s, r, x: s.np.fft.irfft(x, r.of(4, 5)),
    "fftn": lambda s, r, x: s.np.fft.fftn(x),
    "fftshift": lambda s, r, x: s.np.fft.fftshift(x, r.axis_or_none(x)),
    "norm": lambda s, r, x: s.np.linalg.norm(x, axis=r.axis(x), keepdims=r.flag()),
    "norm of order": lambda s, r, x: s.np.linalg.norm(x, r.of(1, 2, np.inf, 3), r.axis(x)),
    "item": lambda s, r, x: x[r.key(x)],
    "slice": lambda s, r, x: x[r.key(x, plain=True)],
    "chosen": lambda s, r, x: x[s.np.real(x) > 0],
    "indexed by values": lambda s, r, x: s.np.ravel(x)[s.np.argsort(s.np.ravel(x), kind="stable")],
    "take_along_axis": lambda s, r, x: s.np.take_along_axis(
        x, s.np.argsort(x, axis=-1, kind="stable"), -1
    ),
    "select": lambda s, r, x: s.np.select([s.np.real(x) > 1, s.np.real(x) > 0], [x, x * 2], 0),
    "apply_along_axis": lambda s, r, x: s.np.apply_along_axis(s.np.sum, r.axis(x), x),
    "convolve": lambda s, r, x: s.np.convolve(
        s.np.ravel(x), [1, -1, 2], r.of("full", "same", "valid")
    ),
    "correlate": lambda s, r, x: s.np.correlate(
        s.np.ravel(x), [2, 1], r.of("full", "same", "valid")
    ),
    "interp": lambda s, r, x: s.np.interp(s.np.real(x), [-1.0, 0.0, 2.0], [3.0, 1.0, 2.0]),
    "polyval": lambda s, r, x: s.np.polyval([1, -2, 3], x),
    "cov": lambda s, r, x: s.np.cov(s.np.ravel(x), bias=True),
    "einsum": lambda s, r, x: s.np.einsum("...->", x) if r.flag() else s.np.einsum("i...->...i", x),
    # methods and attributes
    "x.sum": lambda s, r, x: x.sum(r.axis_or_none(x)),
    "x.mean": lambda s, r, x: x.mean(axis=r.axis_or_none(x), keepdims=r.flag()),
    "x.max": lambda s, r, x: x.max(r.axis_or_none(x)),
    "x.std": lambda s, r, x: x.std(r.axis_or_none(x)),
    "x.cumsum": lambda s, r, x: x.cumsum(r.axis_or_none(x)),
    "x.prod": lambda s, r, x: x.prod(),
    "x.argmax": lambda s, r, x: x.argmax(r.axis_or_none(x)),
    "x.T": lambda s, r, x: x.T,
    "x.reshape": lambda s, r, x: x.reshape(r.factors(x)),
    "x.flatten": lambda s, r, x: x.flatten(),
    "x.ravel": lambda s, r, x: x.ravel(),
    "x.astype": lambda s, r, x: x.astype(r.dtype()),
    "x.clip": lambda s, r, x: x.clip(-1, 1),
    "x.round": lambda s, r, x: x.round(),
    "x.conj": lambda s, r, x: x.conj(),
    "x.real": lambda s, r, x: x.real + x.imag,
    "x.swapaxes": lambda s, r, x: x.swapaxes(0, -1),
    "x.squeeze": lambda s, r, x: x.squeeze(),
    "x.repeat": lambda s, r, x: x.repeat(2, 0),
    "x.take": lambda s, r, x: x.take([0, 0]),
    "x.any": lambda s, r, x: x.any(r.axis_or_none(x)),
    "x.transpose": lambda s, r, x: x.transpose(*r.order(x)),
    "x.copy": lambda s, r, x: x.copy(),
    "x.diagonal": lambda s, r, x: x.diagonal(),
    "x.nonzero": lambda s, r, x: x.nonzero()[-1],
    # operators with numbers of Python's
    "x + 1": lambda s, r, x: x + r.of(1, 1.5, -3),
    "2 - x": lambda s, r, x: r.of(2, 0.5) - x,
    "2 * x": lambda s, r, x: r.of(2, 0.5, -1) * x,
    "x / 2": lambda s, r, x: x / r.of(2, 0.5),
    "1 / x": lambda s, r, x: 1 / x,
    "x ** 2": lambda s, r, x: x ** r.of(2, 3),
    "-x": lambda s, r, x: -x,
    "abs(x)": lambda s, r, x: abs(x),
    "x > 0": lambda s, r, x: x > 0,
    "x == 1": lambda s, r, x: x == 1,
    # methods of universal functions
    "add.reduce": lambda s, r, x: s.ufuncs.add.reduce(x, axis=r.axis(x), keepdims=r.flag()),
    "maximum.reduce": lambda s, r, x: s.ufuncs.maximum.reduce(s.np.real(x), axis=r.axis(x)),
    "multiply.accumulate": lambda s, r, x: s.ufuncs.multiply.accumulate(x, axis=r.axis(x)),
    "minimum.accumulate": lambda s, r, x: s.ufuncs.minimum.accumulate(s.np.real(x), axis=r.axis(x)),
    "subtract.reduce": lambda s, r, x: s.ufuncs.subtract.reduce(x, axis=r.axis(x)),
    "add.reduceat": lambda s, r, x: (
        s.ufuncs.add.reduceat(x, [0, -1][: x.shape[0]], axis=0) if x.shape and x.shape[0] else x * 1
    ),
    "logical_or.reduce": lambda s, r, x: s.ufuncs.logical_or.reduce(x, axis=r.axis(x)),
}
_each(
    "add subtract multiply divide true_divide maximum minimum fmax fmin power float_power arctan2"
    " hypot logaddexp copysign heaviside nextafter equal not_equal less greater_equal logical_and"
    " logical_or logical_xor bitwise_and bitwise_or bitwise_xor remainder floor_divide fmod gcd"
    " lcm",
    _OF_TWO,
    lambda f, r, x, y: f(x, y),
)
_each(
    "outer inner dot kron matmul vdot isclose allclose array_equal isin union1d intersect1d"
    " setdiff1d append digitize",
    _OF_TWO,
    lambda f, r, x, y: f(x, y),
)
_OF_TWO |= {
    "x + y": lambda s, r, x, y: x + y,
    "x - y": lambda s, r, x, y: x - y,
    "x * y": lambda s, r, x, y: x * y,
    "x / y": lambda s, r, x, y: x / y,
    "x ** y": lambda s, r, x, y: x**y,
    "x @ y": lambda s, r, x, y: x @ y,
    "x < y": lambda s, r, x, y: x < y,
    "x != y": lambda s, r, x, y: x != y,
    "x & y": lambda s, r, x, y: r.of(operator.and_, operator.or_, operator.xor)(x, y),
    "x + array": lambda s, r, x, y: x + np.asarray(y) if r.flag() else np.asarray(y) * x,
    "where": lambda s, r, x, y: s.np.where(s.np.real(x) > 0, x, y),
    "where broadcast": lambda s, r, x, y: s.np.where([True, False, True], x, y),
    "concatenate": lambda s, r, x, y: s.np.concatenate([x, y], axis=r.of(0, -1, None)),
    "stack": lambda s, r, x, y: s.np.stack([x, y], r.of(0, -1)),
    "hstack": lambda s, r, x, y: s.np.hstack([x, y]),
    "vstack": lambda s, r, x, y: s.np.vstack([x, y]),
    "dstack": lambda s, r, x, y: s.np.dstack([x, y]),
    "column_stack": lambda s, r, x, y: s.np.column_stack([x, y]),
    "block": lambda s, r, x, y: s.np.block([x, y]),
    "insert": lambda s, r, x, y: s.np.insert(x, r.of(0, -1), y, axis=r.of(None, 0)),
    "broadcast_arrays": lambda s, r, x, y: s.np.broadcast_arrays(x, y)[r.draw(2)],
    "tensordot": lambda s, r, x, y: s.np.tensordot(x, y, r.of(0, 1, ([0], [0]))),
    "einsum of two": lambda s, r, x, y: s.np.einsum(
        r.of("i,i->i", "ij,kj->ik", "...,...->..."), x, y
    ),
    "add.outer": lambda s, r, x, y: s.ufuncs.add.outer(x, y),
    "multiply.outer": lambda s, r, x, y: s.ufuncs.multiply.outer(x, y),
    "where=": lambda s, r, x, y: s.np.where(
        s.np.real(x) > 0, s.np.add(x, y, where=s.np.real(x) > 0), 0
    ),
    "dtype=": lambda s, r, x, y: s.np.multiply(x, y, dtype=r.of("f8", "c16")),
    "searchsorted": lambda s, r, x, y: s.np.searchsorted(s.np.sort(s.np.ravel(x)), y),
    "average by weights": lambda s, r, x, y: s.np.average(x, weights=abs(y) + 1),
    "cross": lambda s, r, x, y: s.np.cross(x, y),
    "interp of values": lambda s, r, x, y: s.np.interp(
        [0.5, 1.5], [0.0, 1.0, 2.0], s.np.ravel(y)[:3]
    ),
    "convolve of two": lambda s, r, x, y: s.np.convolve(s.np.ravel(x), s.np.ravel(y)),
    "choose": lambda s, r, x, y: s.np.choose((s.np.real(x) > 0) * 1, [x, y]),
    "vecdot": lambda s, r, x, y: s.np.vecdot(x, y),
    "bincount": lambda s, r, x, y: s.np.bincount([0, 2, 2], s.np.real(y)),
    "histogram": lambda s, r, x, y: s.np.histogram(s.np.real(x), 3, (-2, 2))[0],
}


def _symmetric(s, x):
    return x + s.np.conj(s.np.swapaxes(x, -1, -2))


def _definite(s, x):
    n = x.shape[-1]
    return x @ s.np.conj(s.np.swapaxes(x, -1, -2)) + 2.0 * np.eye(n)


def _regular(s, x):
    return x + 4.0 * np.eye(x.shape[-1])


# Of matrices, which are made regular, or positive definite: then they have one result each.
_MATRICES |= {
    "inv": lambda s, r, x: s.np.linalg.inv(_definite(s, x)),
    "det": lambda s, r, x: s.np.linalg.det(x),
    "slogdet": lambda s, r, x: s.np.linalg.slogdet(_definite(s, x))[1],
    "solve": lambda s, r, x: s.np.linalg.solve(_definite(s, x), x),
    "cholesky": lambda s, r, x: s.np.linalg.cholesky(_definite(s, x)),
    "eigvalsh": lambda s, r, x: s.np.linalg.eigvalsh(_symmetric(s, x)),
    "svdvals": lambda s, r, x: s.np.linalg.svd(x, compute_uv=False),
    "qr": lambda s, r, x: abs(s.np.linalg.qr(_definite(s, x)).R),
    "matrix_power": lambda s, r, x: s.np.linalg.matrix_power(x, r.draw(4)),
    "pinv": lambda s, r, x: s.np.linalg.pinv(_definite(s, x)),
    "norm of matrices": lambda s, r, x: s.np.linalg.norm(x, r.of("fro", 1, -1, np.inf)),
    "multi_dot": lambda s, r, x: s.np.linalg.multi_dot([x, x, x]),
    "matrix_rank": lambda s, r, x: s.np.linalg.matrix_rank(_definite(s, x)),
}


def _of_square(call):
    def checked(s, r, x):
        if len(x.shape) < 2 or x.shape[-1] != x.shape[-2] or np.dtype(x.dtype.name) == np.float16:
            raise Skip
        return call(s, r, x)

    return checked


CALLS: dict[str, tuple[int, Call]] = {
    **{name: (1, call) for name, call in _OF_ONE.items()},
    **{name: (2, call) for name, call in _OF_TWO.items()},
    **{name: (1, _of_square(call)) for name, call in _MATRICES.items()},
}


# ---------------------------------------------------------------- assignments


def _put(s, r, x, y):
    return _assigned(s, x, r.key(x), r.of(0, 1.5, -2))


def _put_value(s, r, x, y):
    return _assigned(s, x, r.key(x), y)


def _put_part(s, r, x, y):
    key = r.key(x)
    return _assigned(s, x, key, s.np.ravel(y)[:1])


def _add_to_part(s, r, x, y):
    key = r.key(x)
    return _assigned(s, x, key, x[key] + r.of(1, 2))


def _mask_by_values(s, r, x, y):
    return _assigned(s, x, s.np.real(x) > 0, 0)


def _augmented(s, r, x, y):
    key = r.key(x)
    change = r.of(operator.iadd, operator.imul, operator.isub)
    if s.assign is not None:
        plain = {operator.iadd: operator.add, operator.imul: operator.mul}
        return s.assign(x, key, plain.get(change, operator.sub)(x[key], y))
    part = x[key]
    part = change(part, y)
    x[key] = part
    return x


def _at(s, r, x, y):
    if not x.shape:
        raise Skip
    indices = r.indices(x.shape[0])
    name = r.of("add", "multiply", "maximum", "subtract")
    value = r.of(2, -1)
    if s.assign is not None:
        how = {"maximum": "max", "subtract": "subtract"}.get(name, name)
        return getattr(x.at[indices], how)(value)
    getattr(s.ufuncs, name).at(x, indices, value)
    return x


def _out(s, r, x, y):
    """The result is put into a value that there is."""
    function = r.of("add", "multiply", "maximum", "hypot")
    if s.assign is not None:
        return s.assign(x, ..., getattr(s.np, function)(x, y))
    getattr(s.ufuncs, function)(x, y, out=x)
    return x


def _sum_out(s, r, x, y):
    if len(x.shape) != 1:
        raise Skip
    value = s.np.outer(x, x)
    if s.assign is not None:
        return s.assign(x, ..., s.np.sum(value, axis=0))
    s.ufuncs.sum(value, axis=0, out=x)
    return x


ASSIGNMENTS: dict[str, Call] = {
    "x[key] = number": _put,
    "x[key] = y": _put_value,
    "x[key] = y[:1]": _put_part,
    "x[key] = x[key] + 1": _add_to_part,
    "x[x > 0] = 0": _mask_by_values,
    "x[key] += y": _augmented,
    "ufunc.at": _at,
    "out=x": _out,
    "sum(out=x)": _sum_out,
}


# ---------------------------------------------------------------- runs


def statement(space, choices, name, values, first, second):
    """Run one: its value, and the place of that among the values (None: at the end)."""
    place = first % len(values)
    x, y = values[place], values[second % len(values)]
    if name in ASSIGNMENTS:
        if y is x:
            y = space.kept(x * 1)
        return ASSIGNMENTS[name](space, choices, x, y), place
    arity, call = CALLS[name]
    return (call(space, choices, x) if arity == 1 else call(space, choices, x, y)), None
