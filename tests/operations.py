"""What the systematic tests go through: the rows of the operation table, and structural operations.

Elementwise operations are not listed: they are read from the engine's table, so that a new line in
``csrc/ops/rows/`` is tested with no edit, provided that its line names NumPy's function
(else `REFERENCES` needs one). Structural operations are the entries of `ENTRIES`.
"""

from __future__ import annotations

import math
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
    "pow": lambda a, b: b < 0,
}
# Rows that accept complex numbers and are not analytic.
NOT_ANALYTIC = {"sign"}


def is_nameless(row):
    """Whether the row is for partials, or for the core, and no function of the package."""
    return not row["names"] and not hasattr(tf, row["name"])


def public(row):
    """The function that users call; of a row for partials, what would be one."""
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


def _reductions():
    def mean(x, axis, keepdims):
        if x.dtype.kind in "iu":
            total = np.sum(x, axis, dtype="int64", keepdims=keepdims)
            return np.trunc(total / (x.size // max(total.size, 1))).astype(x.dtype)
        return np.mean(x, axis, keepdims=keepdims)

    def logsumexp(x, axis, keepdims):
        return np.asarray(np.log(np.sum(np.exp(x), axis, keepdims=keepdims)))

    def norm(x, ord, axis, keepdims):
        if ord == "euclidean":  # in the dtype of complex numbers, too
            return np.sqrt(np.sum(x * np.conj(x), axis, keepdims=keepdims))
        return np.asarray(np.linalg.norm(x, ord, axis, keepdims), np.abs(x).dtype)

    functions = {
        "reduce_sum": (lambda x, a, k: np.sum(x, a, dtype=x.dtype, keepdims=k), "ifc", True),
        "reduce_mean": (mean, "ifc", True),
        "reduce_prod": (lambda x, a, k: np.prod(x, a, dtype=x.dtype, keepdims=k), "ifc", True),
        "reduce_max": (lambda x, a, k: np.max(x, a, keepdims=k), "if", True),
        "reduce_min": (lambda x, a, k: np.min(x, a, keepdims=k), "if", True),
        "reduce_logsumexp": (logsumexp, "f", True),
        "reduce_any": (lambda x, a, k: np.any(x, a, keepdims=k), "b", False),
        "reduce_all": (lambda x, a, k: np.all(x, a, keepdims=k), "b", False),
    }
    for name, (numpy, kinds, differentiable) in functions.items():
        cases = [
            ((2, 3, 4), axis, keepdims)
            for axis in (None, 0, -1, (0, 2), (1,), ())
            for keepdims in (False, True)
        ]
        cases += [((), None, False), ((), (), True), ((1,), 0, False), ((7,), None, False)]
        cases += [((3, 0), 0, False), ((2, 0, 3), 2, True)]
        if name in ("reduce_sum", "reduce_prod", "reduce_any", "reduce_all"):
            cases += [((0, 3), 0, False), ((0, 3), None, True)]
        function = getattr(tf, name)
        for shape, axis, keepdims in cases:
            axes = tuple(range(len(shape))) if axis is None else axis
            yield Entry(
                f"{name}({shape}, axis={axis}, keepdims={keepdims})",
                lambda x, f=function, a=axis, k=keepdims: f(x, axis=a, keepdims=k),
                lambda x, f=numpy, a=axes, k=keepdims: f(x, a, k),
                (shape,),
                kinds,
                differentiable=differentiable,
            )
    for ord, axis in [
        ("euclidean", None),
        ("euclidean", 1),
        ("euclidean", (0, 2)),
        (1, 0),
        (3, -1),
        (np.inf, 1),
        (1, (1, 2)),
        (np.inf, (0, 1)),
    ]:
        for keepdims in (False, True):
            yield Entry(
                f"norm(ord={ord}, axis={axis}, keepdims={keepdims})",
                lambda x, o=ord, a=axis, k=keepdims: tf.norm(x, o, a, k),
                lambda x, o=ord, a=axis, k=keepdims: norm(x, o, a, k),
                ((2, 3, 4),),
                "ifc" if ord in (1, np.inf) else "fc",
                analytic=False,
            )
    # Half of the factors together leave the range; all of them, or all but two, do not.
    far = np.array([2.0**300, 2.0**-300] * 4)
    for axis in (1, None):
        yield Entry(
            f"reduce_prod at the ends of the range (axis={axis})",
            lambda x, a=axis: tf.reduce_prod(x * far, a),
            lambda x, a=axis: np.prod(x, a),
            ((2, 8) if axis == 1 else (8,),),
            dtypes=("float64",),
            analytic=False,
        )
    for function, numpy in ((tf.argmax, np.argmax), (tf.argmin, np.argmin)):
        for shape, axis in (((2, 3, 4), None), ((2, 3, 4), -1), ((5,), 0), ((0, 3), 1)):
            yield Entry(
                f"{function.__name__}({shape}, axis={axis})",
                lambda x, f=function, a=axis: f(x, a),
                lambda x, f=numpy, a=axis: f(x, a or 0),
                (shape,),
                "bif",
                differentiable=False,
            )


def _shapes():
    for shape, target in [
        ((2, 3, 4), (6, 4)),
        ((2, 3), (6,)),
        ((6,), (-1, 2)),
        ((2, 3), (1, 2, 1, 3)),
        ((), (1, 1)),
        ((1,), ()),
        ((0, 3), (3, 0)),
    ]:
        yield Entry(
            f"reshape({shape}, {target})",
            lambda x, t=target: tf.reshape(x, t),
            lambda x, t=target: np.reshape(x, t),
            (shape,),
        )
    for shape, order in [
        ((2, 3, 4), None),
        ((2, 3, 4), (1, 0, 2)),
        ((2, 3, 4), (2, 0, 1)),
        ((2, 3), (0, 1)),
        ((), None),
        ((0, 2), None),
    ]:
        yield Entry(
            f"transpose({shape}, {order})",
            lambda x, p=order: tf.transpose(x, p),
            lambda x, p=order: np.transpose(x, p),
            (shape,),
        )
    yield Entry("T", lambda x: x.T, lambda x: x.T, ((2, 3),))
    yield Entry("mT", lambda x: x.mT, lambda x: np.swapaxes(x, -1, -2), ((2, 3, 4),))
    yield Entry(
        "transpose(conjugate=True)",
        lambda x: tf.transpose(x, conjugate=True),
        lambda x: np.conj(x).T if x.dtype.kind == "c" else x.T,
        ((2, 3),),
        analytic=False,
    )
    for axis in (0, 1, -1, -3):
        yield Entry(
            f"expand_dims({axis})",
            lambda x, a=axis: tf.expand_dims(x, a),
            lambda x, a=axis: np.expand_dims(x, a),
            ((2, 3),),
        )
    yield Entry(
        "expand_dims(0-d)",
        lambda x: tf.expand_dims(x, 0),
        lambda x: np.expand_dims(x, 0),
        ((),),
    )
    for axis in (None, 0, (0, 2)):
        yield Entry(
            f"squeeze({axis})",
            lambda x, a=axis: tf.squeeze(x, a),
            lambda x, a=axis: np.squeeze(x, a),
            ((1, 3, 1),),
        )
    for shape, target in [
        ((3, 1), (2, 3, 4)),
        ((), (2, 2)),
        ((1,), (3,)),
        ((2, 3), (2, 3)),
        ((0, 1), (0, 3)),
        ((1, 1), (0, 3)),
    ]:
        yield Entry(
            f"broadcast_to({shape}, {target})",
            lambda x, t=target: tf.broadcast_to(x, t),
            lambda x, t=target: np.broadcast_to(x, t),
            (shape,),
        )
    for shape, multiples in [((2, 3), (2, 1)), ((2, 3), (1, 3)), ((2,), (0,)), ((), ())]:
        yield Entry(
            f"tile({shape}, {multiples})",
            lambda x, m=multiples: tf.tile(x, m),
            lambda x, m=multiples: np.tile(x, m),
            (shape,),
        )
    for axes in ((0,), (-1,), (0, 1), ()):
        yield Entry(
            f"reverse({axes})",
            lambda x, a=axes: tf.reverse(x, a),
            lambda x, a=axes: np.flip(x, a),
            ((2, 3),),
        )


def _joins():
    for shapes, axis in [
        (((2, 3), (2, 3)), 0),
        (((2, 3), (2, 1), (2, 2)), 1),
        (((2, 3), (4, 3)), -2),
        (((2, 3),), 0),
        (((0, 3), (2, 3)), 0),
        (((2,), (0,), (1,)), 0),
        (((2, 0), (3, 0)), 0),
    ]:
        yield Entry(
            f"concat({shapes}, {axis})",
            lambda *parts, a=axis: tf.concat(parts, a),
            lambda *parts, a=axis: np.concatenate(parts, a),
            shapes,
        )
    yield Entry(
        "concat(x, y, x)",
        lambda x, y: tf.concat([x, y, x], 1),
        lambda x, y: np.concatenate([x, y, x], 1),
        ((2, 3), (2, 2)),
    )
    for shape, count, axis in [
        ((), 3, 0),
        ((2, 3), 2, 0),
        ((2, 3), 3, 1),
        ((2, 3), 2, -1),
        ((0, 2), 2, 1),
    ]:
        yield Entry(
            f"stack({count} of {shape}, {axis})",
            lambda *parts, a=axis: tf.stack(parts, a),
            lambda *parts, a=axis: np.stack(parts, a),
            (shape,) * count,
        )
    yield Entry(
        "nested lists of tensors",
        lambda x, y: tf.convert_to_tensor([[x, y], [y, x]]),
        lambda x, y: np.array([[x, y], [y, x]]),
        ((), ()),
    )
    for axis in (0, 1, -1):
        yield Entry(
            f"unstack({axis})",
            lambda x, a=axis: tf.unstack(x, axis=a),
            lambda x, a=axis: list(np.moveaxis(x, a, 0)),
            ((2, 3),),
        )
    yield Entry("iteration", list, list, ((3, 2),))
    for parts, axis in [(2, 0), (3, 1), ((1, 3), 0), ((2, 0, -1), -1)]:
        edges = {(1, 3): [1], (2, 0, -1): [2, 2]}.get(parts, parts)
        yield Entry(
            f"split({parts}, {axis})",
            lambda x, n=parts, a=axis: tf.split(x, n, a),
            lambda x, n=edges, a=axis: np.split(x, n, a),
            ((4, 3),),
        )


MASK = np.array([[True, False, True], [False, False, True]])
KEYS = {
    "0": (0,),
    "-1": (-1,),
    "1, 2": (1, 2),
    "1:": (slice(1, None),),
    "::2": (slice(None, None, 2),),
    "::-1, ::-2": (slice(None, None, -1), slice(None, None, -2)),
    "3:0:-1": (slice(3, 0, -1),),
    "2:2": (slice(2, 2),),
    "..., 1": (..., 1),
    "None, ..., None, 0": (None, ..., None, 0),
    ":, None": (slice(None), None),
    "0, ..., 1:": (0, ..., slice(1, None)),
    "...": (...,),
    "[0, 2, 0]": ([0, 2, 0],),
    "[]": ([],),
    "[[0, -1], [1, 1]]": ([[0, -1], [1, 1]],),
    ":, [2, 0, 2, 2]": (slice(None), [2, 0, 2, 2]),
    "[0, 1, 1], [2, 0, 0]": ([0, 1, 1], [2, 0, 0]),
    "[[0], [2]], [0, 2]": ([[0], [2]], [0, 2]),
    "[0, 2], :, [1, 0]": ([0, 2], slice(None), [1, 0]),
    "1, [0, 2]": (1, [0, 2]),
    "::-1, [1, 0, 0], None": (slice(None, None, -1), [1, 0, 0], None),
    "mask of rows": (np.array([True, False, True, True]),),
    "mask of two axes": (np.arange(12).reshape(4, 3) % 5 < 2,),
    "all false": (np.zeros((4, 3), bool),),
    "..., mask": (..., np.array([True, False])),
}


def _tensor_key(key):
    """Arrays and lists as tensors, the rest as it is."""
    return tuple(tf.constant(k, tf.int64) if isinstance(k, list) else k for k in key)


def _indexing():
    def numpy_key(key):
        return tuple(np.array(k, np.int64) if isinstance(k, list) else k for k in key)

    for text, key in KEYS.items():
        plain = numpy_key(key)
        yield Entry(
            f"x[{text}]",
            lambda x, k=key: x[k],
            lambda x, k=plain: x[k],
            ((4, 3, 2),),
        )
        if any(isinstance(k, list) for k in key):
            yield Entry(
                f"x[{text}] by tensors",
                lambda x, k=key: x[_tensor_key(k)],
                lambda x, k=plain: x[k],
                ((4, 3, 2),),
            )
    yield Entry("0-d x[...]", lambda x: x[...], lambda x: x[...], ((),))
    yield Entry("0-d x[None]", lambda x: x[None], lambda x: x[None], ((),))
    yield Entry("v[2]", lambda x: x[2], lambda x: x[2], ((3,),))
    yield Entry("v[-1:]", lambda x: x[-1:], lambda x: x[-1:], ((3,),))
    yield Entry("v[[1, 1, 0]]", lambda x: x[[1, 1, 0]], lambda x: x[[1, 1, 0]], ((3,),))
    for shapes in [((2, 3), (2, 3)), ((), (3,)), ((2, 1), ()), ((4, 1, 3), (2, 1))]:
        yield Entry(
            f"where({shapes})",
            lambda x, y: tf.where(MASK, x, y),
            lambda x, y: np.where(MASK, x, y),
            shapes,
        )
    yield Entry(
        "where(0-d condition)",
        lambda x, y: tf.where(True, x, y),
        lambda x, y: np.where(True, x, y),
        ((2, 3), (3,)),
    )
    yield Entry(
        "where(x, x)", lambda x: tf.where(MASK, x, x), lambda x: np.where(MASK, x, x), ((2, 3),)
    )


def _contractions():
    for a, b in [
        ((2, 3), (3, 4)),
        ((1, 3), (3, 1)),
        ((5, 2, 3), (5, 3, 2)),
        ((5, 2, 3), (3, 2)),
        ((2, 3), (4, 3, 2)),
        ((2, 1, 2, 3), (3, 3, 2)),
        ((0, 3), (3, 2)),
        ((2, 0), (0, 3)),
        ((0, 2, 3), (3, 2)),
    ]:
        for ta, tb in [(False, False), (True, False), (False, True), (True, True)]:
            shapes = (
                (*a[:-2], a[-1], a[-2]) if ta else a,
                (*b[:-2], b[-1], b[-2]) if tb else b,
            )
            yield Entry(
                f"matmul({shapes}, {ta}, {tb})",
                lambda x, y, ta=ta, tb=tb: tf.matmul(x, y, transpose_a=ta, transpose_b=tb),
                lambda x, y, ta=ta, tb=tb: np.matmul(
                    np.swapaxes(x, -1, -2) if ta else x, np.swapaxes(y, -1, -2) if tb else y
                ),
                shapes,
                "ifc",
            )
    yield Entry(
        "matmul(adjoint)",
        lambda x, y: tf.matmul(x, y, adjoint_a=True, adjoint_b=True),
        lambda x, y: np.matmul(np.conj(x).T, np.conj(y).T),
        ((3, 2), (4, 3)),
        "ifc",
        analytic=False,
    )
    yield Entry("x @ x", lambda x: x @ x, lambda x: x @ x, ((3, 3),), "ifc")
    for a, b in [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((3,), (2, 3, 4)), ((0,), (0,))]:
        yield Entry(f"{a} @ {b}", lambda x, y: x @ y, lambda x, y: x @ y, (a, b), "ifc")
    for a, b, axes in [
        ((2, 3), (3, 2), 1),
        ((2, 3), (2, 3), 2),
        ((2,), (3,), 0),
        ((2, 3, 4), (4, 2), ([0, 2], [1, 0])),
        ((2, 3), (4, 2), (0, 1)),
        ((), (2,), 0),
        ((2, 0), (0, 3), 1),
    ]:
        yield Entry(
            f"tensordot({a}, {b}, {axes})",
            lambda x, y, n=axes: tf.tensordot(x, y, n),
            lambda x, y, n=axes: np.tensordot(x, y, n),
            (a, b),
            "ifc",
        )
    for equation, *shapes in [
        ("ij,jk->ik", (2, 3), (3, 4)),
        ("ij,jk", (2, 3), (3, 2)),
        ("bij,bjk->bik", (2, 2, 3), (2, 3, 2)),
        ("...ij,...jk->...ik", (2, 1, 2, 3), (3, 3, 2)),
        ("i,i->", (3,), (3,)),
        ("i,j->ij", (3,), (2,)),
        ("i,j->ji", (3,), (2,)),
        ("ij,ij->ij", (2, 3), (2, 3)),
        ("ij,k->j", (2, 3), (2,)),
        ("ij,jk,kl->il", (2, 3), (3, 2), (2, 2)),
        ("i,i,i->i", (3,), (3,), (3,)),
        ("ab,bc,ca->", (2, 3), (3, 2), (2, 2)),
        (",ij->ij", (), (2, 3)),
    ]:
        yield Entry(
            f"einsum({equation!r})",
            lambda *x, e=equation: tf.einsum(e, *x),
            lambda *x, e=equation: np.einsum(e, *x),
            tuple(shapes),
            "ifc",
        )
    for equation, shape in [
        ("ii", (3, 3)),
        ("ii->i", (3, 3)),
        ("iij->j", (2, 2, 3)),
        ("iji->ji", (2, 3, 2)),
        ("ij->ji", (2, 3)),
        ("ij->", (2, 3)),
        ("ij->j", (2, 3)),
        ("...i->...", (2, 2, 3)),
        ("->", ()),
    ]:
        # A view or a permutation takes any dtype; a sum does not take bool.
        view = equation in ("ii->i", "iji->ji", "ij->ji", "->")
        yield Entry(
            f"einsum({equation!r})",
            lambda x, e=equation: tf.einsum(e, x),
            lambda x, e=equation: np.einsum(e, x),
            (shape,),
            "bifc" if view else "ifc",
        )


def _conversions():
    def parted(x, part):
        return part(x) if x.dtype.kind == "c" else (x if part is np.real else np.zeros_like(x))

    for shape in [(2, 3), (), (0, 2)]:
        yield Entry(f"identity({shape})", tf.identity, lambda x: x, (shape,))
        yield Entry(
            f"conj({shape})",
            tf.math.conj,
            lambda x: np.conj(x) if x.dtype.kind == "c" else x,
            (shape,),
            analytic=False,
        )
        yield Entry(
            f"real({shape})",
            tf.math.real,
            lambda x: parted(x, np.real),
            (shape,),
            analytic=False,
        )
        yield Entry(
            f"complex abs({shape})",
            tf.abs,
            np.abs,
            (shape,),
            dtypes=KINDS["c"],
            analytic=False,
        )
        yield Entry(
            f"complex({shape})",
            tf.complex,
            lambda x, y: x + 1j * y,
            (shape, shape),
            dtypes=("float32", "float64"),
            analytic=False,
        )
        yield Entry(
            f"fill({shape})",
            lambda x, s=shape: tf.fill(s, x),
            lambda x, s=shape: np.full(s, x),
            ((),),
        )
        yield Entry(
            f"linspace({shape})",
            lambda x, y: tf.linspace(x, y, 5),
            lambda x, y: np.linspace(x, y, 5),
            (shape, shape),
            dtypes=(*KINDS["f"], *KINDS["c"]),
        )
    yield Entry("imag", tf.math.imag, lambda x: parted(x, np.imag), ((2, 3),), analytic=False)
    yield Entry(
        "linspace(axis=-1)",
        lambda x, y: tf.linspace(x, y, 3, axis=-1),
        lambda x, y: np.linspace(x, y, 3, axis=-1),
        ((2,), (2,)),
        dtypes=(*KINDS["f"], *KINDS["c"]),
    )
    yield Entry(
        "cast to complex128",
        lambda x: tf.cast(x, tf.complex128),
        lambda x: x.astype("complex128"),
        ((2, 3),),
        dtypes=("float64", "complex128"),
        analytic=False,
    )
    yield Entry(
        "cast to float64",
        lambda x: tf.cast(x, tf.float64),
        lambda x: x.real.astype("float64"),
        ((2, 3),),
        dtypes=("float64", "complex128"),
        analytic=False,
    )
    yield Entry(
        "clip_by_value(x, -1, 1)",
        lambda x: tf.clip_by_value(x, -1, 1),
        lambda x: np.clip(x, -1, 1),
        ((3, 4),),
        dtypes=("int8", "int16", "int32", "int64", *KINDS["f"]),
    )
    for shapes in [((3, 4), (3, 4), (3, 4)), ((3, 4), (), (4,)), ((), (), ())]:
        yield Entry(
            f"clip_by_value({shapes})",
            tf.clip_by_value,
            lambda x, low, high: np.maximum(np.minimum(x, high), low),
            shapes,
            "if",
        )


def _gathers():
    for indices, axis in [
        ([2, 0, 2], 0),
        ([[1, 0], [0, 1]], 1),
        ([1], -1),
        (3, 0),
        ([], 0),
        ([-1, 0], 0),
    ]:
        yield Entry(
            f"gather({indices}, axis={axis})",
            lambda x, i=indices, a=axis: tf.gather(x, tf.constant(i, tf.int32), axis=a),
            lambda x, i=indices, a=axis: np.take(x, np.array(i, np.int32), axis=a),
            ((4, 3, 2),),
        )
    yield Entry(
        "embedding_lookup",
        lambda x: tf.nn.embedding_lookup(x, [[1, 1], [0, 3]]),
        lambda x: x[[[1, 1], [0, 3]]],
        ((4, 3),),
    )
    yield Entry(
        "gather_nd",
        lambda x: tf.gather_nd(x, [[1, 2], [0, 0], [1, 2]]),
        lambda x: x[[1, 0, 1], [2, 0, 2]],
        ((4, 3, 2),),
    )


@tf.custom_gradient
def _cube(x):
    return x * x * x, lambda upstream: upstream * tf.math.conj(x * x) * 3


@tf.custom_gradient
def _product_and_sum(x, y):
    def grad(by_product, by_sum):
        return by_product * tf.math.conj(y) + by_sum, by_product * tf.math.conj(x) + by_sum

    return (x * y, x + y), grad


def _cumulative():
    def numpy(x, axis, exclusive, reverse):
        x = np.flip(x, axis) if reverse else x
        y = np.cumsum(x, axis, dtype=x.dtype)
        y = y - x if exclusive else y
        return np.flip(y, axis) if reverse else y

    for shape, axis in [
        ((4,), 0),
        ((2, 3, 4), 0),
        ((2, 3, 4), 1),
        ((2, 3), -1),
        ((0, 3), 0),
        ((3, 0), 0),
        ((1,), 0),
    ]:
        for exclusive, reverse in [(False, False), (True, False), (False, True), (True, True)]:
            yield Entry(
                f"cumsum({shape}, {axis}, {exclusive}, {reverse})",
                lambda x, a=axis, e=exclusive, r=reverse: tf.cumsum(x, a, e, r),
                lambda x, a=axis, e=exclusive, r=reverse: numpy(x, a, e, r),
                (shape,),
                "ifc",
            )


def _positive(x):
    """Positive definite matrices made of any, by functions of tensors or of arrays."""
    np_or_tf = np if isinstance(x, np.ndarray) else tf
    adjoint = np.conj(np.swapaxes(x, -1, -2)) if np_or_tf is np else tf.math.conj(x.mT)
    return x @ adjoint + np.eye(x.shape[-1], dtype=x.dtype.name)


def _factorizations():
    def solve(a, b, lower, adjoint):
        a = np.tril(a) if lower else np.triu(a)
        return np.linalg.solve(np.conj(np.swapaxes(a, -1, -2)) if adjoint else a, b)

    for shape in [(3, 3), (2, 3, 3), (1, 1), (0, 2, 2), (0, 0)]:
        yield Entry(
            f"cholesky({shape})",
            lambda x: tf.linalg.cholesky(_positive(x)),
            lambda x: np.linalg.cholesky(_positive(x)),
            (shape,),
            "fc",
            analytic=False,
        )
    for a, b in [((3, 3), (3, 2)), ((2, 3, 3), (3, 1)), ((2, 2), (4, 2, 2)), ((0, 0), (0, 2))]:
        for lower, adjoint in [(True, False), (True, True), (False, False), (False, True)]:
            yield Entry(
                f"triangular_solve({a}, {b}, {lower}, {adjoint})",
                lambda x, y, lo=lower, ad=adjoint: tf.linalg.triangular_solve(
                    x + 4 * np.eye(x.shape[-1], dtype=x.dtype.name), y, lo, ad
                ),
                lambda x, y, lo=lower, ad=adjoint: solve(
                    x + 4 * np.eye(x.shape[-1], dtype=x.dtype), y, lo, ad
                ),
                (a, b),
                "fc",
                analytic=not adjoint,
            )


def _decompositions():
    for shape in [(3, 2), (2, 2, 4), (1, 1), (0, 2, 2)]:
        yield Entry(
            f"spectral norm({shape})",
            lambda x: tf.norm(x, 2, [-2, -1]),
            lambda x: np.linalg.svd(x, compute_uv=False).max(-1),
            (shape,),
            dtypes=("float32", "float64", "complex64", "complex128"),
            analytic=False,
        )


def _transforms():
    for name, rank in [("fft", 1), ("ifft", 1), ("fft2d", 2), ("ifft2d", 2)]:
        for shape in [(4,), (2, 3, 5), (1, 1), (0, 3), (2, 0)]:
            if len(shape) < rank:
                continue
            numpy = np.fft.ifftn if name.startswith("i") else np.fft.fftn
            yield Entry(
                f"{name}({shape})",
                getattr(tf.signal, name),
                lambda x, f=numpy, r=rank: f(x, axes=range(-r, 0)) if x.size else x,
                (shape,),
                "c",
            )
    for shape, n in [((4,), None), ((2, 5), None), ((1,), 1), ((2, 4), 3), ((4,), 7), ((0, 3), 4)]:
        yield Entry(
            f"rfft({shape}, {n})",
            lambda x, n=n: tf.signal.rfft(x, None if n is None else [n]),
            lambda x, n=n: np.fft.rfft(x, n),
            (shape,),
            dtypes=("float32", "float64"),
            analytic=False,
        )
    for shape, n in [((4,), None), ((2, 3), 5), ((1,), 1), ((4,), 3), ((2, 3), 9), ((0, 3), 2)]:
        yield Entry(
            f"irfft({shape}, {n})",
            lambda x, n=n: tf.signal.irfft(x, n),
            lambda x, n=n: np.fft.irfft(x, n),
            (shape,),
            "c",
            analytic=False,
        )


def _special():
    def polygamma(a, x):
        return special.polygamma(np.asarray(a, float), x)

    for name, function, numpy in [
        ("lgamma", tf.math.lgamma, special.gammaln),
        ("digamma", tf.math.digamma, special.psi),
    ]:
        for shape in [(), (3, 4), (0, 2)]:
            yield Entry(
                f"{name}({shape})",
                lambda x, f=function: f(x),
                lambda x, f=numpy: f(x),
                (shape,),
                "f",
                analytic=False,
                low=0.4,
                high=4.0,
            )
    for order in (0.0, 1.0, 2.0, 5.0):
        yield Entry(
            f"polygamma({order})",
            lambda x, a=order: tf.math.polygamma(a, x),
            lambda x, a=order: polygamma(a, x),
            ((2, 3),),
            "f",
            analytic=False,
            low=0.8,
            high=3.0,
        )
    yield Entry(
        "polygamma of several orders",
        lambda x: tf.math.polygamma(np.arange(3, dtype=x.dtype.name)[:, None], x),
        lambda x: polygamma(np.arange(3.0)[:, None], x),
        ((4,),),
        "f",
        analytic=False,
        low=0.8,
        high=3.0,
    )
    yield Entry(
        "zeta",
        lambda q: tf.math.zeta(np.asarray(3.0, q.dtype.name), q),
        lambda q: special.zeta(3.0, q),
        ((2, 3),),
        "f",
        analytic=False,
        low=0.8,
        high=3.0,
    )


def _customs():
    for shape in [(), (2, 3)]:
        yield Entry(f"custom_gradient({shape})", _cube, lambda x: x * x * x, (shape,), "ifc")
        yield Entry(
            f"custom_gradient of two ({shape})",
            lambda x, y: list(_product_and_sum(x, y)),
            lambda x, y: [x * y, x + y],
            (shape, shape),
            "ifc",
        )
        yield Entry(
            f"recompute_grad({shape})",
            tf.recompute_grad(lambda x: x * x * x),
            lambda x: x * x * x,
            (shape,),
            "ifc",
        )


# Entries that compute nothing: their results are their inputs' elements.
MOVING = {e.name for e in (*_shapes(), *_joins(), *_indexing(), *_gathers())}
ENTRIES = [
    *_reductions(),
    *_shapes(),
    *_joins(),
    *_indexing(),
    *_contractions(),
    *_conversions(),
    *_gathers(),
    *_cumulative(),
    *_factorizations(),
    *_decompositions(),
    *_transforms(),
    *_special(),
    *_customs(),
]
