"""Functions of `autograd_c.numpy` beside NumPy's: values, dtypes and shapes, and derivatives."""

from __future__ import annotations

import numpy as np

import autograd_c as tf
from autograd_c import numpy as ours

from ..derivatives import check_derivatives

REFUSALS = (TypeError, ValueError, IndexError)
NUMPY_2 = int(np.__version__.partition(".")[0]) >= 2


class Sample:
    """Arguments of a function, made for a dtype.

    Args:
        name: of the function, such as "linalg.norm".
        *arguments: shapes, of which arrays are made; or functions that make one of a generator and
            a dtype; other things are passed as they are.
        only: the dtypes that it takes.
        checked: what to compare of the result, where not all of it is unique; and what is
            differentiated.
        order: of derivatives; 0 for none.
        **options: keyword arguments.
    """

    def __init__(self, name, *arguments, only=None, checked=None, order=2, **options):
        self.name, self.arguments, self.options = name, arguments, options
        self.dtypes = (
            ("float32", "float64", "int32", "bool", "complex128") if only is None else only
        )
        self.checked, self.order = checked, order

    def __str__(self):
        parts = [getattr(x, "__name__", repr(x)) for x in self.arguments]
        parts += [f"{key}={value!r}" for key, value in self.options.items()]
        return f"{self.name}({', '.join(parts)})".replace("[", "(").replace("]", ")")

    def given(self, dtype, seed=0):
        random = np.random.default_rng(seed)
        return [_made(x, random, dtype) for x in self.arguments]

    def function(self, space):
        found = space
        for part in self.name.split("."):
            found = getattr(found, part)
        return found

    def part(self, result):
        return result if self.checked is None else self.checked(result)


def _made(x, random, dtype):
    if isinstance(x, Shape):
        return x.array(random, dtype)
    if callable(x):
        return x(random, dtype)
    return [_made(each, random, dtype) for each in x] if isinstance(x, list) else x


class Shape:
    """An array of that shape, of small numbers."""

    def __init__(self, *shape, transposed=False):
        self.shape, self.transposed = shape, transposed
        self.__name__ = f"{list(shape)}{'T' if transposed else ''}"

    def array(self, random, dtype):
        a = numbers(random, dtype, self.shape)
        return a.T.copy().T if self.transposed else a


def numbers(random, dtype, shape):
    kind = np.dtype(dtype).kind
    if kind == "b":
        return random.integers(0, 2, shape).astype(bool)
    if kind in "iu":
        return random.integers(0 if kind == "u" else -5, 6, shape).astype(dtype)
    x = random.normal(size=shape)
    if kind == "c":
        x = x + 1j * random.normal(size=shape)
    return np.asarray(x, dtype)


def definite(*shape):
    """Hermitian matrices with positive eigenvalues."""

    def make(random, dtype):
        x = numbers(random, dtype, shape).astype(np.result_type(dtype, "float32"))
        n = shape[-1]
        found = np.asarray(x @ np.conj(np.swapaxes(x, -1, -2)) + n * np.eye(n, dtype=x.dtype))
        return found.astype(dtype)

    make.__name__ = f"definite{list(shape)}"
    return make


def regular(*shape):
    """Matrices that are far from singular."""

    def make(random, dtype):
        x = numbers(random, dtype, shape)
        return (x + (1 + shape[-1]) * np.eye(*shape[-2:])).astype(dtype)

    make.__name__ = f"regular{list(shape)}"
    return make


def as_tensors(x):
    if isinstance(x, np.ndarray):
        return tf.constant(x)
    return [as_tensors(each) for each in x] if isinstance(x, list) else x


def assert_same(found, expected, where="", tolerance=None):
    """Values, dtypes and shapes; of each element of tuples and lists."""
    if isinstance(expected, (tuple, list)):
        assert len(found) == len(expected), where
        for k, (x, y) in enumerate(zip(found, expected)):
            assert_same(x, y, f"{where}[{k}]", tolerance)
        return
    if isinstance(expected, (np.ndarray, np.generic)):
        assert isinstance(found, tf.Tensor), (where, found)
    array, expected = np.asarray(found), np.asarray(expected)
    assert array.dtype == expected.dtype, f"{where}: {array.dtype}, and NumPy's {expected.dtype}"
    assert array.shape == expected.shape, where
    if tolerance is None:
        tolerance = 2e-4 if array.dtype in ("float32", "complex64") else 1e-9
    np.testing.assert_allclose(array, expected, rtol=tolerance, atol=tolerance, err_msg=where)


def check_value(sample, dtype, dispatched=False):
    """Our function of tensors (or NumPy's of them) against NumPy's of arrays."""
    arrays = sample.given(dtype)
    theirs, mine = sample.function(np), sample.function(ours)
    try:
        with np.errstate(all="ignore"):
            expected = theirs(*arrays, **sample.options)
    except REFUSALS as error:
        try:
            (theirs if dispatched else mine)(*as_tensors(arrays), **sample.options)
        except REFUSALS:
            return
        raise AssertionError(f"{sample}: NumPy raises {error!r}") from error
    found = (theirs if dispatched else mine)(*as_tensors(arrays), **sample.options)
    assert_same(sample.part(found), sample.part(expected), str(sample))


def is_refused(sample):
    """Whether NumPy raises an error for it."""
    try:
        with np.errstate(all="ignore"):
            sample.function(np)(*sample.given("float64"), **sample.options)
    except REFUSALS:
        return True
    return False


def check_gradients(sample, dtype="float64", order=None):
    """Derivatives by all arrays among the arguments, against differences."""
    arguments = sample.given(dtype)
    arrays, where = [], []

    def gather(x, path):
        if isinstance(x, np.ndarray) and x.dtype.kind in "fc":
            arrays.append(x)
            where.append(path)
        elif isinstance(x, list):
            for k, each in enumerate(x):
                gather(each, (*path, k))

    gather(arguments, ())
    mine = sample.function(ours)

    def f(*tensors):
        given = _with(arguments, dict(zip(where, tensors)), ())
        result = sample.part(mine(*given, **sample.options))
        return list(result) if isinstance(result, (tuple, list)) else result

    check_derivatives(
        f, *arrays, order=sample.order if order is None else order, rtol=1e-5, atol=1e-6
    )


def _with(x, tensors, path):
    if path in tensors:
        return tensors[path]
    return (
        [_with(each, tensors, (*path, k)) for k, each in enumerate(x)] if isinstance(x, list) else x
    )
