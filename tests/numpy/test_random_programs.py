"""Programs of NumPy's calls, operators and assignments: of tensors what they are of arrays."""

from __future__ import annotations

import os
import warnings
from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd_c as tf
from autograd_c import numpy as ours

from ..numpy_programs import ASSIGNMENTS, CALLS, Choices, Skip, Space, statement

NEW = np.lib.NumpyVersion(np.__version__) >= "2.0.0"
pytestmark = pytest.mark.skipif(not NEW, reason="the dtypes of results are those of NumPy 2")
EXAMPLES = int(os.environ.get("NUMPY_PROGRAMS", "300"))

REFUSALS = (TypeError, ValueError, IndexError, ZeroDivisionError, OverflowError, AttributeError)
# What tensors refuse by documented differences from NumPy: the order of bools, their difference and
# the like, and what has no derivative under a tape.
ALLOWED = (
    "has no rule for dtype bool",
    "to that of out, bool",  # in which NumPy would add, which is whether any are true
    "by zero",
    "negative",
    "has no derivative",
    "the derivative of a value",
    "has no rule for dtype complex",  # what NumPy orders by real, then by imaginary parts
    "not invertible",  # where rounding decides
    "not positive definite",  # where rounding decides
    "out of bounds for an axis of size 0",
    "numbers of dtype complex",  # of which NumPy drops the imaginary parts
)
# Dtypes of operators, which TensorFlow's rules say: small integers divided, powers of bools, and
# arrays of integers without axes, which yield.
DTYPES_OF_OPERATORS = ("x / 2", "1 / x", "x / y", "x ** 2", "x ** y", "x + array")

SPACES = {
    "numpy": Space(np, kept=tf.identity),
    "ours": Space(ours, kept=tf.identity),
}
THEIRS = Space(np, kept=lambda x: np.array(x))


def drawn(shape, dtype, seed):
    random = np.random.default_rng(seed)
    x = random.integers(-3, 4, shape) / (2 if dtype[0] in "fc" else 1)
    if seed % 3 == 0 and dtype[0] in "fc":
        x = random.normal(size=shape)
    if dtype[0] == "c":
        x = x + 0.5j * random.integers(-3, 4, shape)
    return np.asarray(np.abs(x) if dtype[0] == "u" else x).astype(dtype)


SHAPES = [(), (3,), (1,), (2, 3), (3, 1), (3, 3), (0, 2), (2, 1, 3), (4,)]
DTYPES = ["?", "u1", "i2", "i4", "i8", "u8", "f2", "f4", "f8", "f8", "f8", "c8", "c16"]
INPUTS = st.builds(drawn, st.sampled_from(SHAPES), st.sampled_from(DTYPES), st.integers(0, 99))
STEPS = st.tuples(st.sampled_from([*CALLS, *ASSIGNMENTS]), st.integers(0, 9), st.integers(0, 9))


def _not_finite(x, y):
    return not (np.isfinite(x).all() and np.isfinite(y).all())


# Where NumPy does not do for all numbers what it does for others: products of BLAS with 0 and NaN,
# quantiles of no numbers, and of integers whose differences overflow, transforms of float16. Our
# convolutions multiply the zeros that they add with NaN.
ODD = {
    "nanquantile": lambda x, y: not x.size or x.dtype.kind in "iu" or np.isinf(x).any(),
    "nanpercentile": lambda x, y: not x.size or x.dtype.kind in "iu" or np.isinf(x).any(),
    "irfft": lambda x, y: x.dtype == np.float16,
    "dot": _not_finite,
    "i0": _not_finite,
    "convolve": _not_finite,
    "correlate": _not_finite,
    "convolve of two": _not_finite,
}


# Older ones of NumPy count elements in numbers of Python's, where the newest have their own.
PYTHONS_NUMBERS = type(np.count_nonzero(np.ones(()))) is int


def precision(*arrays):
    kinds = [np.finfo(a.dtype).eps for a in map(np.asarray, arrays) if a.dtype.kind in "fc"]
    return float(max(kinds, default=0.0))


def compare(found, wanted, operands, where):
    """The same value in the same dtype, but for last digits; whether those differ."""
    if isinstance(wanted, (tuple, list)):
        assert len(found) == len(wanted), where
        differ = [compare(f, w, operands, where) for f, w in zip(found, wanted)]
        return any(differ)
    if not isinstance(wanted, (np.ndarray, np.generic)):
        if PYTHONS_NUMBERS and tf.is_tensor(found):
            found = found.item()
        assert not tf.is_tensor(found) and found == wanted, where
        return False
    assert isinstance(found, tf.Tensor), (where, type(found))
    array, wanted = found.numpy(), np.asarray(wanted)
    assert array.dtype == wanted.dtype, (where, array.dtype, wanted.dtype)
    assert array.shape == wanted.shape, (where, array.shape, wanted.shape)
    if array.tobytes() == wanted.tobytes():
        return False
    if wanted.dtype.kind == "c" and not np.isfinite(wanted).all():
        return True  # quotients of complex numbers by 0 have no rule
    if wanted.dtype.kind not in "fc":
        np.testing.assert_array_equal(array, wanted, err_msg=str(where))
    finite = [np.max(np.abs(a[np.isfinite(a)]), initial=1.0) for a in (wanted, *operands)]
    digits = 64 * precision(wanted, *operands)
    np.testing.assert_allclose(
        array, wanted, rtol=digits, atol=digits * float(max(finite)), err_msg=str(where)
    )
    return True


def run(inputs, steps, numbers, space, recorded):
    arrays, tensors = [np.array(x) for x in inputs], [tf.constant(x) for x in inputs]
    theirs, mine = Choices(numbers), Choices(numbers)
    with tf.GradientTape() if recorded else nullcontext() as tape:
        if recorded:
            tape.watch([t for t in tensors if t.dtype.is_floating or t.dtype.is_complex])
        for name, first, second in steps:
            operands = [np.array(a) for a in arrays]
            where = (name, recorded, [(a.dtype.str, a.shape) for a in operands], first, second)
            try:
                wanted, place = statement(THEIRS, theirs, name, arrays, first, second)
            except Skip:
                with pytest.raises(Skip):
                    statement(space, mine, name, tensors, first, second)
                continue
            except REFUSALS:
                return  # ours may take it
            try:
                found, _ = statement(space, mine, name, tensors, first, second)
            except REFUSALS as error:
                if any(word in str(error) for word in ALLOWED):
                    return
                raise AssertionError((where, error)) from error
            if place is None and isinstance(wanted, np.ndarray):
                for t, a in zip(tensors, arrays):  # the same object only where NumPy shows a part
                    assert found is not t or wanted.size < 1 or np.shares_memory(wanted, a), where
            used = [operands[first % len(operands)], operands[second % len(operands)]]
            if name in ODD and ODD[name](*used):
                return
            if name in DTYPES_OF_OPERATORS and found.dtype != wanted.dtype:
                return
            differs = compare(found, wanted, used, where)
            if isinstance(wanted, (np.ndarray, np.generic)):
                value = np.array(wanted)
                if differs or place is None:
                    found = tf.constant(value) if differs else tf.identity(found)
                if place is None:
                    arrays.append(value)
                    tensors.append(found)
                else:
                    tensors[place] = found
            for t, a in zip(tensors, arrays):  # nothing else has changed
                assert t.numpy().tobytes() == a.tobytes(), (where, t, a)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES == 300,
    suppress_health_check=list(HealthCheck),
)
@given(
    st.tuples(INPUTS, INPUTS),
    st.lists(STEPS, min_size=1, max_size=7),
    st.lists(st.integers(0, 999), min_size=3, max_size=9),
    st.sampled_from(sorted(SPACES)),
    st.booleans(),
)
def test_values(inputs, steps, numbers, space, recorded):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        run(inputs, steps, numbers, SPACES[space], recorded)
