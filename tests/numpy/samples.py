"""Calls of NumPy's functions, and what compares ours of tensors with NumPy's of arrays."""

from __future__ import annotations

import warnings

import numpy
import numpy as np

import autograd_c as tf
from autograd_c import numpy as ours

KINDS = {
    "?": bool,
    "i": np.int32,
    "l": np.int64,
    "B": np.uint8,
    "e": np.float16,
    "f": np.float32,
    "d": np.float64,
    "F": np.complex64,
    "D": np.complex128,
}
TOLERANCE = {"e": 2e-3, "f": 2e-5, "F": 2e-5, "d": 1e-12, "D": 1e-12}


class Sample:
    """A call: the arrays among its arguments are taken in each of several dtypes.

    Args:
        name: of the function.
        args: its arguments: arrays of float64 become tensors, other things are passed as they are.
        kinds: the characters of the dtypes.
        gradient: whether it has derivatives by its arrays of float64.
        reference: what NumPy computes, where its versions differ in names.
    """

    def __init__(self, name, *args, kinds="d", gradient=True, reference=None, **kwargs):
        self.name, self.args, self.kinds, self.kwargs = name, args, kinds, kwargs
        self.gradient, self.reference = gradient, reference

    def theirs(self):
        return self.reference or getattr(numpy, self.name, None)

    def __repr__(self):
        def short(x):
            return f"{list(x.shape)}" if isinstance(x, np.ndarray) else repr(x)

        words = [short(x) for x in self.args]
        words += [f"{key}={short(x)}" for key, x in self.kwargs.items()]
        return f"{self.name}({', '.join(words)})"[:100]


def converted(x, change):
    """The arrays of float64 in an argument, also in lists, changed."""
    if isinstance(x, np.ndarray) and x.dtype == np.float64:
        return change(x)
    if isinstance(x, (list, tuple)):
        return type(x)(converted(each, change) for each in x)
    return x


def called(function, sample, change):
    args = [converted(x, change) for x in sample.args]
    kwargs = {key: converted(x, change) for key, x in sample.kwargs.items()}
    return function(*args, **kwargs)


def in_kind(kind):
    def change(x):
        if kind in "?ilB":
            with np.errstate(invalid="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return np.nan_to_num(np.round(np.abs(3 * x) if kind == "B" else 3 * x)).astype(
                    KINDS[kind]
                )
        if kind in "FD":
            return (x + 0.5j * x[..., ::-1] if x.ndim else x + 0.25j).astype(KINDS[kind])
        return x.astype(KINDS[kind])

    return change


def check_same(found, wanted, rtol):
    """The same values, dtypes and shapes, in the same structure."""
    if isinstance(wanted, (tuple, list)):
        assert isinstance(found, (tuple, list)) and len(found) == len(wanted)
        for f, w in zip(found, wanted):
            check_same(f, w, rtol)
    elif isinstance(wanted, (np.ndarray, np.generic)):
        assert isinstance(found, tf.Tensor), type(found)
        assert found.dtype == wanted.dtype, (found.dtype, wanted.dtype)
        assert tuple(found.shape) == np.shape(wanted), (found.shape, np.shape(wanted))
        if wanted.dtype.char in TOLERANCE:
            rtol = max(rtol, TOLERANCE[wanted.dtype.char])
        np.testing.assert_allclose(found.numpy(), wanted, rtol=rtol, atol=rtol)
    else:
        assert type(found) is type(wanted), (type(found), type(wanted))
        assert found == wanted


def check_values(sample, kind, function):
    """Ours of tensors against NumPy's of arrays; where that raises an error, ours has to."""
    change = in_kind(kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            wanted = called(sample.theirs(), sample, change)
        except (TypeError, ValueError, IndexError, ZeroDivisionError) as error:
            base = next(
                c
                for c in (ZeroDivisionError, TypeError, ValueError, IndexError)
                if isinstance(error, c)
            )
            try:
                called(function, sample, lambda x: tf.constant(change(x)))
            except base:
                return
            raise AssertionError(f"no {base.__name__}: {error}") from None
        found = called(function, sample, lambda x: tf.constant(change(x)))
    check_same(found, wanted, TOLERANCE.get(kind, 1e-12))


def check_kinds(sample, function):
    """The same in all of the sample's dtypes."""
    for kind in sample.kinds:
        try:
            check_values(sample, kind, function)
        except Exception as error:
            raise AssertionError(f"of dtype {kind!r}: {error!r}") from error


# ---------------------------------------------------------------- derivatives


def leaves_of(x):
    if isinstance(x, (list, tuple)):
        return [leaf for each in x for leaf in leaves_of(each)]
    return [x]


def arrays_of(sample):
    found = []

    def note(x):
        found.append(x)
        return x

    for x in [*sample.args, *sample.kwargs.values()]:
        converted(x, note)
    return found


def replaced(sample, function, values):
    rest = iter(values)
    return called(function, sample, lambda x: next(rest))


def check_derivatives(sample):
    """The gradient against differences of NumPy's function, its derivative against differences."""
    arrays = [np.array(x) for x in arrays_of(sample)]
    random = np.random.default_rng(5)
    weights = []

    def floats(outputs):
        return [y for y in leaves_of(outputs) if getattr(y, "dtype", None) == np.float64]

    try:
        outputs = floats(replaced(sample, sample.theirs(), arrays))
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        return  # what `check_values` is about
    if not arrays or not outputs:
        return
    for y in outputs:
        weights.append(np.asarray(random.normal(size=np.shape(y))))

    def value(values):
        outputs = floats(replaced(sample, sample.theirs(), values))
        return sum(float(np.sum(np.asarray(y) * w)) for y, w in zip(outputs, weights))

    def gradient(values):
        sources = [tf.convert_to_tensor(v) for v in values]
        with tf.GradientTape() as tape:
            tape.watch(sources)
            outputs = floats(replaced(sample, getattr(ours, sample.name), sources))
            parts = [tf.reduce_sum(y * w) for y, w in zip(outputs, weights)]
            total = tf.add_n(parts)
        return tape.gradient(total, sources, unconnected_gradients="zero")

    exact = [np.asarray(tf.convert_to_tensor(g)) for g in gradient(arrays)]
    step = 1e-6
    for k, array in enumerate(arrays):
        for index in np.ndindex(array.shape):
            moved = [np.array(a) for a in arrays]
            moved[k][index] = array[index] + step
            above = value(moved)
            moved[k][index] = array[index] - step
            slope = (above - value(moved)) / (2 * step)
            np.testing.assert_allclose(exact[k][index], slope, rtol=2e-6, atol=2e-7)
    directions = [random.normal(size=a.shape) for a in arrays]
    sources = [tf.constant(a) for a in arrays]
    with tf.GradientTape() as tape:
        tape.watch(sources)
        slopes = [tf.convert_to_tensor(g) for g in gradient(sources)]
        along = tf.add_n([tf.reduce_sum(g * d) for g, d in zip(slopes, directions)])
    second = tape.gradient(along, sources, unconnected_gradients="zero")
    with tf.autodiff.ForwardAccumulator(sources, [tf.constant(d) for d in directions]) as pushed:
        outputs = floats(replaced(sample, getattr(ours, sample.name), sources))
    tangents = [pushed.jvp(y, unconnected_gradients="zero") for y in outputs]
    rate = sum(float(tf.reduce_sum(t * w)) for t, w in zip(tangents, weights))
    wanted = sum(float(np.sum(g * d)) for g, d in zip(exact, directions))
    np.testing.assert_allclose(rate, wanted, rtol=1e-9, atol=1e-9)
    step = 1e-5
    up, down = (
        gradient([a + sign * step * d for a, d in zip(arrays, directions)]) for sign in (1, -1)
    )
    for s, u, d in zip(second, up, down):
        wanted = (np.asarray(u) - np.asarray(d)) / (2 * step)
        np.testing.assert_allclose(
            np.asarray(tf.convert_to_tensor(s)), wanted, rtol=1e-5, atol=1e-5
        )


def check_complex_derivatives(sample):
    """The gradient by complex numbers, which is that by real and imaginary parts, of NumPy's."""
    change = in_kind("D")
    arrays = [change(np.array(x)) for x in arrays_of(sample)]
    random = np.random.default_rng(6)

    def outputs_of(function, values):
        found = leaves_of(replaced(sample, function, values))
        return [y for y in found if getattr(y, "dtype", None) in (np.complex128, np.float64)]

    try:
        outputs = outputs_of(sample.theirs(), arrays)
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        return
    if not arrays or not outputs:
        return
    weights = [random.normal(size=np.shape(y)) + 0j for y in outputs]
    weights = [
        w + 1j * random.normal(size=w.shape) if np.iscomplexobj(y) else w.real
        for y, w in zip(outputs, weights)
    ]

    def value(values):
        ys = outputs_of(sample.theirs(), values)
        return sum(float(np.sum(np.conj(w) * y).real) for y, w in zip(ys, weights))

    sources = [tf.constant(a) for a in arrays]
    with tf.GradientTape() as tape:
        tape.watch(sources)
        ys = outputs_of(getattr(ours, sample.name), sources)
    upstream = [tf.constant(w) for w in weights]
    gradients = tape.gradient(ys, sources, upstream, unconnected_gradients="zero")
    step = 1e-6
    for k, array in enumerate(arrays):
        exact = np.asarray(tf.convert_to_tensor(gradients[k]))
        for index in np.ndindex(array.shape):
            slope = 0
            for unit in (1, 1j):
                moved = [np.array(a) for a in arrays]
                moved[k][index] = array[index] + unit * step
                above = value(moved)
                moved[k][index] = array[index] - unit * step
                slope += unit * (above - value(moved)) / (2 * step)
            np.testing.assert_allclose(exact[index], slope, rtol=5e-6, atol=5e-7)
