"""What the systematic tests go through: the rows of the operation table, and uses of the others.

Elementwise operations are not listed: they are read from the engine's table, so that a new line in
``csrc/ops/rows/`` is tested with no edit, provided that its line names NumPy's function
(else `REFERENCES` needs one). All else is an `Entry` of a module in `entries/`.
"""

from __future__ import annotations

import functools
import math
import os
import tempfile
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

import autograd_c as tf
from autograd_c.core import _core
from autograd_c.functions import decompositions  # noqa: F401 (adds its row to the table)
from autograd_c.functions.sparse import products  # noqa: F401 (as well)

KINDS = {
    "b": ("bool",),
    "i": ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    "f": ("float16", "float32", "float64"),
    "c": ("complex64", "complex128"),
}
DTYPES = tuple(d for dtypes in KINDS.values() for d in dtypes)
WIDE = {"float16": "float64", "float32": "float64", "complex64": "complex128"}


def dtypes_of(kinds):
    return [d for kind in kinds for d in KINDS[kind]]


def seed_of(*parts):
    """The same number in every process for the same strings."""
    return zlib.crc32(" ".join(map(str, parts)).encode())


def sample(low, high, shape, dtype, seed, grid=None):
    """Random numbers in [low, high], with small imaginary parts for complex dtypes.

    On a grid equal numbers meet.
    """
    random = np.random.default_rng(seed)
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return np.asarray(random.integers(0, 2, shape), bool)
    if dtype.kind in "iu":
        least = max(math.ceil(low), 0 if dtype.kind == "u" else -128)
        return np.asarray(random.integers(least, math.floor(high) + 1, shape), dtype)
    x = random.uniform(low, high, shape)
    if grid is not None:
        x = np.round(np.asarray(x) / grid) * grid
    if dtype.kind == "c":
        imaginary = random.uniform(-0.7, 0.7, shape)
        if grid is not None:
            imaginary = np.round(np.asarray(imaginary) / grid) * grid
        x = x + 1j * imaginary
    return np.asarray(x, dtype)


def widened(array):
    return array.astype(WIDE.get(array.dtype.name, array.dtype.name))


def narrowed(array, dtype):
    """What was computed from widened arrays of `dtype`, as the dtype's own precision holds it."""
    array = np.asarray(array)
    dtype = np.dtype(dtype)
    if dtype.name not in WIDE:
        return array
    if array.dtype.kind == "c":
        return array.astype("complex64")
    if array.dtype.kind == "f":
        return array.astype("float32" if dtype.kind == "c" else dtype)
    return array


def tolerance(dtype, ulps=16):
    """rtol and atol for numbers of about 1; nothing for exact dtypes."""
    dtype = np.dtype(dtype)
    return 0 if dtype.kind in "biu" else ulps * float(np.finfo(dtype).eps)


def assert_close(actual, expected, dtype=None, ulps=16, **options):
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, (actual.shape, expected.shape)
    t = tolerance(expected.dtype if dtype is None else dtype, ulps)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(actual, expected, **{"rtol": t, "atol": t, **options})


def assert_same_bits(actual, expected):
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.dtype == expected.dtype and actual.shape == expected.shape
    assert actual.tobytes() == expected.tobytes()


class Sub(np.ndarray):
    """A derived class of the user's own."""


class Lends:
    """An object that is no array, and has one attribute of an array."""

    def __init__(self, array, attribute):
        self.array = array  # must live as long
        setattr(self, attribute, getattr(array, attribute))


class MakesArray:
    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return self.array


def frozen(array, dtype=None, shift=b""):
    """The elements in memory that nobody can write to, which a tensor may share."""
    data = shift + array.tobytes()
    return np.frombuffer(data, dtype or array.dtype, offset=len(shift)).reshape(array.shape)


def records(array, fields):
    """The elements as the field "x" of packed records."""
    rows = np.zeros(array.shape, np.dtype(fields))
    rows["x"] = array
    return frozen(rows, rows.dtype)["x"]


def foreign(array):
    """(name, object) of objects with the elements of an array in memory of other kinds."""
    array = np.ascontiguousarray(array)
    dtype = array.dtype
    half = (dtype.itemsize + 1) // 2
    every = (slice(None, None, -1),) * array.ndim
    yield "frombuffer", frozen(array)
    yield "unaligned", frozen(array, shift=b"x")
    yield "records", records(array, [("x", dtype), ("y", f"V{half}")])
    yield "unaligned records", records(array, [("y", "u1"), ("x", dtype)])
    yield "negative strides", frozen(np.flip(array))[every]
    yield "Fortran's order", np.asfortranarray(array)
    if dtype.kind != "b":
        yield "swapped bytes", array.astype(dtype.newbyteorder())
        yield "frozen swapped bytes", frozen(array.astype(dtype.newbyteorder()))
    else:
        odd = np.random.default_rng(0).integers(1, 256, array.shape).astype(np.uint8)
        yield "odd bools", (array * odd).view(bool)
        yield "frozen odd bools", frozen((array * odd).view(bool))
        yield "odd bools in records", records((array * odd).view(bool), [("x", bool), ("y", "i2")])
    fixed = array.copy()
    fixed.flags.writeable = False
    yield "read-only", fixed
    if array.size:
        with tempfile.TemporaryFile() as file:
            file.write(array.tobytes())
            file.flush()
            yield "memory map", np.memmap(file, dtype, "r", shape=array.shape)
    yield "derived class", array.view(Sub)
    yield "frozen derived class", frozen(array).view(Sub)
    if array.ndim == 2:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PendingDeprecationWarning)
            yield "matrix", np.matrix(array)
    yield "__array_interface__", Lends(array, "__array_interface__")
    yield "__array_struct__", Lends(array, "__array_struct__")
    yield "__array__", MakesArray(array)
    yield "view of a tensor", np.asarray(tf.constant(np.flip(array)))[every]


def layouts(array):
    """(name, tensor, array) of tensors whose elements do not lie one after the other in memory, or
    in memory that is not ours."""
    array = np.asarray(array)
    if array.ndim == 0 or array.size == 0:
        return
    for name, given in foreign(array):
        yield name, tf.constant(given), array
    once = np.broadcast_to(frozen(array[:1]), array.shape)
    yield "foreign, repeated", tf.constant(once), np.ascontiguousarray(once)
    yield "transposed", tf.transpose(tf.constant(array.T)), array
    wide = np.repeat(array, 3, axis=-1)
    wide[..., 1::3] = wide.flat[0]
    yield "strided", tf.constant(wide)[..., ::3], array
    axes = list(range(array.ndim))
    yield "reversed", tf.reverse(tf.constant(np.flip(array)), axes), array
    padded = np.pad(array, 1, mode="edge")
    yield "inner", tf.constant(padded)[(slice(1, -1),) * array.ndim], array
    for axis in axes:
        first = np.take(array, [0], axis)
        repeated = np.ascontiguousarray(np.broadcast_to(first, array.shape))
        yield f"repeated {axis}", tf.broadcast_to(tf.constant(first), array.shape), repeated


# ---------------------------------------------------------------- elementwise

# Asked here, before a test can add rows of its own.
TABLE = {row["name"]: row for row in _core.operation_table()}
ROWS = [row for row in TABLE.values() if row["elementwise"]]

try:
    from scipy import special
except ImportError:
    _erf, _erfc = np.vectorize(math.erf, [float]), np.vectorize(math.erfc, [float])
else:
    _erf, _erfc = special.erf, special.erfc

# For rows that name no function of NumPy.
REFERENCES = {
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.logaddexp(x, 0),
    "relu": lambda x: np.maximum(x, 0),
    "log_sigmoid": lambda x: -np.logaddexp(-x, 0),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "relu6": lambda x: np.clip(x, 0, 6),
    "leaky_relu": lambda x, alpha: np.where(x > 0, x, alpha * x),
    "elu": lambda x: np.where(x < 0, np.expm1(x), x),
    "selu": lambda x: 1.0507009873554805 * np.where(x < 0, 1.6732632423543772 * np.expm1(x), x),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "gelu": lambda x: x * (1 + _erf(x / np.sqrt(2))) / 2,
    "gelu_tanh": lambda x: x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))) / 2,
    "sigmoid_cross_entropy": lambda x, z: np.logaddexp(x, 0) - x * z,
    "xlogy": lambda x, y: np.where(x == 0, 0, x * np.log(y)),
    "xlog1py": lambda x, y: np.where(x == 0, 0, x * np.log1p(y)),
    "xdivy": lambda x, y: np.where(x == 0, 0, x / y),
    "divide_no_nan": lambda x, y: np.where(y == 0, 0, x / y),
    "reciprocal_no_nan": lambda x: np.where(x == 0, 0, 1 / x),
    "multiply_no_nan": lambda x, y: np.where(y == 0, 0, x * y),
    "nonzero": lambda x: (x != 0).astype(x.dtype),
    "truncatediv": lambda x, y: (
        np.trunc(x / y) if x.dtype.kind == "f" else (x - np.fmod(x, y)) // y
    ),
    "squared_difference": lambda x, y: (x - y) * (x - y),
    "erf": _erf,
    "erfc": _erfc,
    "second_power": np.square,
    "twice": lambda x: x + x,
    "zero_of": np.zeros_like,
    "lowered": lambda x, y: y - ((x != 0) | (y != 0)),
    "pow_slope": lambda x, y: y * np.power(x, y - ((x != 0) | (y != 0))),
    "co_square": lambda x: 1 - x * x,
    "one_plus_square": lambda x: 1 + x * x,
    "exp_difference": lambda x, y: np.exp(x - y),
    "hypot1": lambda x: np.sqrt(1 + x * x),
    "over_square": lambda x, y: x / (x * x + y * y),
}
# What the public function accepts beyond the dtypes of its row, each tested elsewhere: quotients
# of integers, integers rounded, the modulus of complex numbers.
BEYOND = {"divide": "i", "round": "i", "abs": "c"}
# Pairs of integers that have no result; the operation refuses them.
REFUSED_INTEGERS = {
    "floordiv": lambda a, b: b == 0,
    "mod": lambda a, b: b == 0,
    "truncatediv": lambda a, b: b == 0,
    "truncatemod": lambda a, b: b == 0,
    "pow": lambda a, b: b < 0,
}
# Rows that accept complex numbers and are not analytic.
NOT_ANALYTIC = {"sign"}


def is_nameless(row):
    """Whether the row is for partials, or for the core, and no function of the package."""
    return not row["names"] and not hasattr(tf, row["name"])


# AUTOGRAD_C_FUNCTION=1: every function that is tested is recorded by tf.function, and what its
# record gives is tested.
THROUGH_FUNCTION = os.environ.get("AUTOGRAD_C_FUNCTION", "") == "1"


# Why some are not.
CALLED = set()


def through(function):
    """What the tests call in the place of a function."""
    if not THROUGH_FUNCTION:
        return function
    recorded = tf.function(function)

    def detached(x):
        return tf.stop_gradient(x) if isinstance(x, tf.Tensor) else x

    @functools.wraps(function)
    def run(*args, **kwargs):
        recorded(*map(detached, args), **kwargs)
        for tree, _ in recorded._trees.values():
            if tree.problem is not None:
                CALLED.add(tree.problem)
        return recorded(*args, **kwargs)

    return run


def public(row):
    """The function that users call; of a row for partials, what would be one."""
    return through(plain_public(row))


def plain_public(row):
    if is_nameless(row):
        return _core.make_function(row["code"], row["name"], row["summary"], __name__)
    found = tf
    for part in (row["names"] or [row["name"]])[0].split("."):
        found = getattr(found, part)
    return found


def reference(row):
    """The function of NumPy arrays that says what is right."""
    if row["numpy"]:
        return getattr(np, row["numpy"])
    assert row["name"] in REFERENCES, f"add a reference for {row['name']} to tests/operations.py"
    return REFERENCES[row["name"]]


def arguments(row, shapes, dtype, seed=0):
    """Sample arrays for an elementwise row, one a shape."""
    grid = 0.5 if row["boolean"] else None
    return [
        sample(row["low"], row["high"], shape, dtype, seed_of(row["name"], seed, k), grid)
        for k, shape in enumerate(shapes)
    ]


def expected_value(row, arrays):
    """The reference's value, computed with more digits than the dtype has."""
    dtype = arrays[0].dtype
    with np.errstate(all="ignore"):
        return narrowed(reference(row)(*map(widened, arrays)), dtype)


def is_analytic(row):
    return "c" in row["kinds"] and bool(row["differentiable"]) and row["name"] not in NOT_ANALYTIC


# ---------------------------------------------------------------- structural


@dataclass(frozen=True)
class Entry:
    """One use of a structural operation, taken through the systematic tests."""

    name: str
    function: Callable[..., Any]  # of tensors
    reference: Callable[..., Any]  # of arrays
    shapes: tuple[tuple[int, ...], ...]  # of one call's arguments
    kinds: str = "bifc"  # of the dtypes that it accepts; the others raise TypeError
    dtypes: tuple[str, ...] | None = None  # some that it accepts, where kinds are too coarse
    differentiable: bool = True
    analytic: bool = True
    low: float = -2.0
    high: float = 2.0

    def __post_init__(self):
        object.__setattr__(self, "function", through(self.function))

    def accepted(self):
        return list(self.dtypes or dtypes_of(self.kinds))

    def refused(self):
        return [] if self.dtypes else [d for d in DTYPES if d not in dtypes_of(self.kinds)]

    def arrays(self, dtype, seed=0):
        return [
            sample(self.low, self.high, shape, dtype, seed_of(self.name, seed, k))
            for k, shape in enumerate(self.shapes)
        ]

    def expected(self, arrays):
        dtype = arrays[0].dtype
        with np.errstate(all="ignore"):
            answer = self.reference(*map(widened, arrays))
        if isinstance(answer, (list, tuple)):
            return [narrowed(y, dtype) for y in answer]
        return narrowed(answer, dtype)
