"""Universal functions of each dtype beside NumPy's: values, dtypes, errors, what is recorded."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import numpy as ours

UFUNCS = sorted(
    name
    for name in np.__all__
    if isinstance(getattr(np, name), np.ufunc)
    and getattr(np, name).signature is None
    and name != "isnat"
)
LETTERS = "?bhilqBHILQefdFD"


def array_of(letter, place=0):
    if letter in "FD":
        return np.array([1 + 1j, 2 - 1j, -3 + 0.5j, 1 + 2j][place:], letter)
    if letter in "efd":
        return np.array([0.5, 0.25, 0.75, 0.375][place:], letter)
    return np.array([1, 2, 3, 2][place:], letter)


def compared(found, expected):
    several = isinstance(expected, tuple)
    for y, wanted in zip(
        found if several else (found,), expected if several else (expected,), strict=True
    ):
        assert isinstance(y, tf.Tensor)
        wanted = np.asarray(wanted)
        assert (y.dtype, y.shape) == (wanted.dtype, wanted.shape)
        rtol = {2: 2e-3, 4: 1e-6, 8: 1e-6}.get(wanted.itemsize, 1e-12)
        np.testing.assert_allclose(y, wanted, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("name", UFUNCS)
@pytest.mark.filterwarnings("ignore")
def test_values_and_dtypes(name):
    ufunc, function = getattr(np, name), getattr(ours, name)
    for letter in LETTERS:
        pairs = [[letter]] if ufunc.nin == 1 else [[letter, other] for other in {*"?ildD", letter}]
        for letters in pairs:
            arrays = [array_of(each, place)[:3] for place, each in enumerate(letters)]
            tensors = [tf.constant(a) for a in arrays]
            try:
                expected = ufunc(*arrays)
            except (TypeError, ValueError):
                with pytest.raises((TypeError, ValueError)):
                    function(*tensors)
                continue
            compared(function(*tensors), expected)


@pytest.mark.parametrize("name", UFUNCS)
@pytest.mark.parametrize("letter", "dD")
@pytest.mark.filterwarnings("ignore")
def test_what_is_recorded(name, letter):
    """Every result of floats and complex numbers has a gradient, or is flat, or is refused."""
    ufunc, function = getattr(np, name), getattr(ours, name)
    arrays = [array_of(letter)[:3], array_of(letter, 1)][: ufunc.nin]
    if name in ("arccosh", "acosh") and letter == "d":
        arrays = [a + 1 for a in arrays]
    try:
        expected = ufunc(*arrays)
    except TypeError:
        return
    expected = expected[0] if isinstance(expected, tuple) else expected
    x = [tf.constant(a) for a in arrays]
    with tf.GradientTape() as tape:
        tape.watch(x)
        if name == "frexp":
            with pytest.raises(TypeError, match="has no derivative"):
                function(*x)
            return
        y = function(*x)
        y = y[0] if isinstance(y, tuple) else y
        y = tf.math.real(y) if y.dtype.is_complex else y
    if not (y.dtype.is_floating or y.dtype.is_complex):
        return
    gradient = tape.gradient(y, x)
    moved = [a * (1 - 1e-4) for a in arrays]
    other = ufunc(*moved)
    other = other[0] if isinstance(other, tuple) else other
    if all(g is None for g in gradient) and name != "spacing":  # which jumps at powers of 2
        np.testing.assert_array_equal(np.real(other), np.real(expected))  # it is flat


@pytest.mark.parametrize("name", ["maximum", "minimum", "fmax", "fmin"])
def test_extrema_of_complex_numbers_have_gradients(name):
    z = np.array([1 + 2j, 3 - 1j, 1j, np.nan + 1j, 2.0, complex(0, np.nan)])
    w = np.array([1 + 1j, 2 + 5j, 1j, 3.0, np.nan, complex(0, np.nan)])
    a, b = tf.constant(z), tf.constant(w)
    with tf.GradientTape() as tape:
        tape.watch([a, b])
        y = getattr(ours, name)(a, b)
    expected = getattr(np, name)(z, w)
    np.testing.assert_array_equal(y, expected)
    by_a, by_b = (np.asarray(g) for g in tape.gradient(y, [a, b]))
    np.testing.assert_array_equal(by_a + by_b, np.ones(6))
    np.testing.assert_array_equal(np.where(by_a == 1, z, w), expected)
