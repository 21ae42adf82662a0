"""Methods of NumPy's universal functions, of tensors."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf

from ..derivatives import check_derivatives, listed

# NumPy's own reduce of arctan2 and power is not what its documentation says, with AVX512.
OF_TWO = ["add", "subtract", "multiply", "divide", "maximum", "minimum", "fmax", "fmin"]
OF_TWO += ["logaddexp", "hypot", "copysign", "remainder"]
CALLS = [
    ("reduce", {"axis": 0}),
    ("reduce", {"axis": 1}),
    ("reduce", {"axis": -1, "keepdims": True}),
    ("accumulate", {"axis": 0}),
    ("accumulate", {"axis": 1}),
    ("accumulate", {"axis": -1}),
]


def positive(*shape):
    return np.random.default_rng(shape).uniform(0.5, 1.5, shape)


def check(function, *arrays, order=2):
    expected = function(*arrays)
    found = function(*map(tf.constant, arrays))
    assert isinstance(found, tf.Tensor) and found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-13, strict=True)
    check_derivatives(lambda *x: listed(function(*x)), *arrays, order=order)


@pytest.mark.parametrize("name", OF_TWO)
@pytest.mark.parametrize(("method", "options"), CALLS)
def test_along_an_axis(name, method, options):
    check(lambda x: getattr(getattr(np, name), method)(x, **options), positive(2, 3))


@pytest.mark.parametrize("name", OF_TWO)
def test_outer(name):
    check(getattr(np, name).outer, positive(2), positive(2, 2))


@pytest.mark.parametrize("name", ["add", "multiply", "maximum", "logaddexp"])
@pytest.mark.parametrize("axis", [0, 1])
def test_reduceat(name, axis):
    check(lambda x: getattr(np, name).reduceat(x, [0, 2, 1], axis), positive(3, 3))


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide", "maximum", "power"])
def test_at(name):
    def function(x, y):
        z = x * 1.0
        getattr(np, name).at(z, ([0, 1, 0], [2, 0, 1]), y)
        return z

    check(function, positive(2, 3), positive(3) + 1)


@pytest.mark.parametrize("name", ["maximum", "minimum", "add", "bitwise_or", "logaddexp"])
@pytest.mark.parametrize("dtype", ["uint8", "uint64", "int32", "float32"])
@pytest.mark.parametrize("value", [-1, 2, 1.5, np.array([1, 2]), np.int64(-3)])
def test_at_outside_a_tape_is_numpys(name, dtype, value):
    x = np.array([1, 2, 3], dtype)
    tensor = tf.constant(x)
    try:
        getattr(np, name).at(x, [0, 2], value)
    except TypeError:
        with pytest.raises(TypeError):
            getattr(np, name).at(tensor, [0, 2], value)
        return
    getattr(np, name).at(tensor, tf.constant([0, 2]), value)
    np.testing.assert_array_equal(tensor, x)


@pytest.mark.parametrize(
    ("function", "shape"),
    [
        (lambda x: np.pad(x, 0, "edge"), ()),
        (lambda x: np.pad(x, 0, "edge"), (2,)),
        (lambda x: np.minimum.accumulate(x, axis=0), (0, 2)),
        (np.fft.fftn, ()),
    ],
)
def test_results_are_other_objects_where_numpy_copies(function, shape):
    x = tf.zeros(shape, "float64")
    assert function(x) is not x
