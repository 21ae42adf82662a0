"""Splines, and interpolation in arrays, beside SciPy's."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.scipy import interpolate as ours
from autograd_c.scipy import ndimage

interpolate = pytest.importorskip("scipy.interpolate")
scipys = pytest.importorskip("scipy.ndimage")

RANDOM = np.random.default_rng(0)
X = np.array([0.0, 0.5, 1.25, 2.0, 3.5, 4.0])
Y = RANDOM.normal(size=6)
MANY = RANDOM.normal(size=(6, 2, 3))
AT = np.array([[-0.5, 0.0, 0.3], [2.0, 3.9, 4.5]])
TYPES = [
    *("not-a-knot", "natural", "clamped", "periodic"),
    ("not-a-knot", "clamped"),
    ((1, 0.5), (2, -0.25)),
    ((2, 0.5), "natural"),
]


@pytest.mark.parametrize("bc_type", TYPES, ids=str)
@pytest.mark.parametrize("n", [2, 3, 4, 6])
def test_values_are_scipys(n, bc_type):
    y = Y[:n].copy()
    if bc_type == "periodic":
        y[-1] = y[0]
    theirs = interpolate.CubicSpline(X[:n], y, bc_type=bc_type)
    mine = ours.CubicSpline(X[:n], tf.constant(y), bc_type=bc_type)
    np.testing.assert_allclose(mine.c, theirs.c, atol=1e-10)
    for nu in range(5):
        np.testing.assert_allclose(mine(AT, nu), theirs(AT, nu), atol=1e-10)
    np.testing.assert_allclose(mine(AT, extrapolate=False), theirs(AT, extrapolate=False))
    np.testing.assert_allclose(
        mine(AT, extrapolate="periodic"), theirs(AT, extrapolate="periodic"), atol=1e-10
    )


@pytest.mark.parametrize("bc_type", TYPES, ids=str)
@pytest.mark.parametrize("n", [2, 3, 6])
def test_derivatives_by_values_knots_and_points(n, bc_type):
    def f(x, y, at):
        if bc_type == "periodic":
            y = tf.concat([y[:-1], y[:1]], 0)
        return ours.CubicSpline(x, y, bc_type=bc_type)(at)

    tf.func.check_grads(f, (0, 1, 2), rtol=1e-4, atol=1e-4)(X[:n], Y[:n], np.array([0.2, 0.3, 1.5]))


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_axes(axis):
    y = np.moveaxis(MANY, 0, axis)
    theirs, mine = interpolate.CubicSpline(X, y, axis), ours.CubicSpline(X, y, axis)
    for at in (0.7, AT):
        found, expected = mine(at), theirs(at)
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, atol=1e-10)
    z = interpolate.CubicSpline(X, y + 1j * y, axis)
    np.testing.assert_allclose(ours.CubicSpline(X, y + 1j * y, axis)(AT), z(AT), atol=1e-10)


@pytest.mark.parametrize(
    "call",
    [
        lambda: ours.CubicSpline(X[::-1], Y),
        lambda: ours.CubicSpline(X, Y[:3]),
        lambda: ours.CubicSpline(X[:1], Y[:1]),
        lambda: ours.CubicSpline(X, Y * np.nan),
        lambda: ours.CubicSpline(X, Y, bc_type="odd"),
        lambda: ours.CubicSpline(X, Y, bc_type="periodic"),
        lambda: ours.CubicSpline(X, Y, bc_type=((3, 0.0), (1, 0.0))),
    ],
)
def test_errors(call):
    with pytest.raises(ValueError):
        call()


# ------------------------------------------------------------ arrays

IMAGE = RANDOM.normal(size=(4, 5))
WHERE = np.concatenate(
    [
        RANDOM.uniform(-1.5, 5.5, size=(2, 60)),
        np.array([[0.0, 3.0, 3.0, -1e-9, 1.5], [0.0, 4.0, 4.1, 2.0, 2.5]]),
    ],
    1,
)


@pytest.mark.parametrize("mode", ["constant", "nearest"])
@pytest.mark.parametrize("order", [0, 1])
def test_values_in_arrays_are_scipys(order, mode):
    for image in (IMAGE, IMAGE.astype(np.float32), (10 * IMAGE).astype(np.int32)):
        options = {"order": order, "mode": mode, "cval": -2.0}
        expected = scipys.map_coordinates(image, WHERE, **options)
        found = ndimage.map_coordinates(tf.constant(image), WHERE, **options)
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    for shape in ((1,), (1, 2, 3)):
        image, at = RANDOM.normal(size=shape), RANDOM.uniform(-0.5, 2.5, (len(shape), 4, 2))
        options = {"order": order, "mode": mode}
        np.testing.assert_allclose(
            ndimage.map_coordinates(image, at, **options),
            scipys.map_coordinates(image, at, **options),
            atol=1e-12,
        )


@pytest.mark.parametrize("mode", ["constant", "nearest"])
def test_derivatives_in_arrays(mode):
    at = WHERE[:, :20]

    def f(image, at):
        return ndimage.map_coordinates(image, at, order=1, mode=mode)

    tf.func.check_grads(f, (0, 1))(IMAGE, at)
    tf.func.check_grads(lambda x: ndimage.map_coordinates(x, at, order=0, mode=mode))(IMAGE)
    outside = tf.func.grad(lambda c: f(IMAGE, c)[0])(np.array([[9.0], [9.0]]))
    np.testing.assert_array_equal(outside, np.zeros((2, 1)))


def test_what_is_refused_in_arrays():
    for options in ({}, {"order": 1, "mode": "wrap"}, {"order": 1, "output": IMAGE}):
        with pytest.raises(TypeError, match="order 0 or 1"):
            ndimage.map_coordinates(IMAGE, WHERE, **options)
    with pytest.raises(ValueError):
        ndimage.map_coordinates(IMAGE, WHERE[:1], order=1)
    with pytest.raises(TypeError, match="integers"):
        tf.func.grad(lambda c: ndimage.map_coordinates(np.arange(3), c, order=1)[0])(
            np.array([[0.5]])
        )
