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
