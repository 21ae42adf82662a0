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


@pytest.mark.parametrize("bc_type", ["not-a-knot", "clamped", ((1, MANY[0]), (2, MANY[1]))])
@pytest.mark.parametrize("n", [2, 3, 4])
def test_few_points_of_several_functions(n, bc_type):
    theirs = interpolate.CubicSpline(X[:n], MANY[:n], bc_type=bc_type)
    mine = ours.CubicSpline(X[:n], MANY[:n], bc_type=bc_type)
    np.testing.assert_allclose(mine.c, theirs.c, atol=1e-10)


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


# ------------------------------------------------------------ piecewise polynomials


def same_piecewise(mine, theirs, at=AT):
    np.testing.assert_allclose(mine.c, theirs.c, atol=1e-10)
    np.testing.assert_allclose(mine(at), theirs(at), atol=1e-10)
    assert mine.extrapolate == theirs.extrapolate and mine.axis == theirs.axis


@pytest.mark.parametrize("extrapolate", [True, False, "periodic"])
@pytest.mark.parametrize("axis", [0, 1])
def test_derivatives_and_integrals_of_splines_are_scipys(axis, extrapolate):
    y = np.moveaxis(MANY, 0, axis)
    theirs = interpolate.CubicSpline(X, y, axis, extrapolate=extrapolate)
    mine = ours.CubicSpline(X, tf.constant(y), axis, extrapolate=extrapolate)
    assert isinstance(mine, ours.PPoly)
    for nu in (-2, 0, 1, 2, 3, 4, 5):
        same_piecewise(mine.derivative(nu), theirs.derivative(nu))
    for nu in (-1, 1, 2):
        same_piecewise(mine.antiderivative(nu), theirs.antiderivative(nu))
    for a, b in ((0.2, 3.9), (3.0, 0.7), (-1.5, 9.0), (11.0, -6.0), (0.0, 4.0), (1.0, 1.0)):
        found, expected = mine.integrate(a, b), theirs.integrate(a, b)
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, atol=1e-10)
    np.testing.assert_allclose(
        mine.integrate(-1.0, 2.0, extrapolate=True), theirs.integrate(-1.0, 2.0, extrapolate=True)
    )


LEVEL = 0.125


def test_solutions_are_scipys():
    for extrapolate in (None, True, False):
        theirs, mine = interpolate.CubicSpline(X, Y), ours.CubicSpline(X, Y)
        np.testing.assert_allclose(
            mine.roots(extrapolate=extrapolate), theirs.roots(extrapolate=extrapolate)
        )
        np.testing.assert_allclose(
            mine.solve(LEVEL, True, extrapolate), theirs.solve(LEVEL, True, extrapolate)
        )
    many, theirs = ours.CubicSpline(X, MANY).roots(), interpolate.CubicSpline(X, MANY).roots()
    assert many.shape == theirs.shape == (2, 3)
    for found, expected in zip(many.flat, theirs.flat):
        np.testing.assert_allclose(found, expected)
    steps = [[-1.0, 2.0, 0.0]], [0.0, 1.0, 2.5, 3.0]
    np.testing.assert_array_equal(ours.PPoly(*steps).roots(), interpolate.PPoly(*steps).roots())
    assert ours.PPoly(*steps).roots(False).shape == (2,)
    with pytest.raises(ValueError, match="real-valued"):
        ours.CubicSpline(X, Y + 1j).roots()


def test_derivatives_of_what_is_made_of_splines():
    def spline(x, y):
        return ours.CubicSpline(x, y)

    check = tf.func.check_grads
    options = {"rtol": 1e-4, "atol": 1e-4}
    at = np.array([0.3, 1.5])
    check(lambda x, y, at: spline(x, y).derivative()(at), (0, 1, 2), **options)(X, Y, at)
    check(lambda x, y, at: spline(x, y).antiderivative(2)(at), (0, 1, 2), **options)(X, Y, at)
    check(lambda x, y, a, b: spline(x, y).integrate(a, b), (0, 1, 2, 3), **options)(X, Y, 0.7, 5.3)
    check(lambda y, a, b: spline(X, y).integrate(a, b, "periodic"), (0, 1, 2), **options)(
        Y, -0.7, 5.3
    )
    check(lambda x, y, level: spline(x, y).solve(level), (0, 1, 2), order=2, **options)(X, Y, 0.1)
    # A root where the polynomial jumps is a breakpoint.
    jump = tf.func.jacobian(lambda x: ours.PPoly([[-1.0, 2.0]], x).roots())(X[:3])
    np.testing.assert_array_equal(jump, [[0.0, 1.0, 0.0]])
    # Of what is 0 in all of a piece, there is one root and NaN.
    flat = [[0.0, 1.0], [0.0, -0.5]]
    roots = ours.PPoly(flat, [0.0, 1.0, 2.0]).roots()
    np.testing.assert_array_equal(roots, interpolate.PPoly(flat, [0.0, 1.0, 2.0]).roots())
    slope = tf.func.grad(lambda c: ours.PPoly(c, [0.0, 1.0, 2.0]).roots()[-1])(np.array(flat))
    np.testing.assert_allclose(slope, [[0.0, -0.5], [0.0, -1.0]])


@pytest.mark.parametrize("axis", [0, 1])
def test_piecewise_polynomials(axis):
    c = np.moveaxis(RANDOM.normal(size=(3, 5, 2)), (0, 1), (axis, axis + 1))
    same_piecewise(ours.PPoly(c, X, axis=axis), interpolate.PPoly(c, X, axis=axis))
    tf.func.check_grads(lambda c, x: ours.PPoly(c, x, axis=axis)([0.3, 1.5]), (0, 1))(c, X)
    for wrong in (
        lambda: ours.PPoly(c, X[::-1], axis=axis),
        lambda: ours.PPoly(c, X[:4], axis=axis),
        lambda: ours.PPoly(c, X, axis=2),
        lambda: ours.PPoly([1.0], [0.0, 1.0]),
        lambda: ours.PPoly(c, X, axis=axis)(0.5, -1),
    ):
        with pytest.raises(ValueError):
            wrong()


# ------------------------------------------------------------ arrays

MODES = ["constant", "grid-constant", "nearest", "mirror", "reflect", "grid-wrap", "wrap"]
IMAGE = RANDOM.normal(size=(4, 5))
WHERE = np.concatenate(
    [
        RANDOM.uniform(-1.5, 5.5, size=(2, 60)),
        np.array([[0.0, 3.0, 3.0, -1e-9, 1.5], [0.0, 4.0, 4.1, 2.0, 2.5]]),
    ],
    1,
)


# Beyond both ends, on elements, and in the middle between them.
SPECIAL = [0.0, 0.5, 1.0, 1.5, 2.0, -0.5, -1.0, 3.0, 3.5, 4.0, 4.5, 5.0, -15.0, 7.0, 9.0]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("order", range(6))
def test_values_in_arrays_are_scipys(order, mode):
    for image in (IMAGE, IMAGE.astype(np.float32), (10 * IMAGE).astype(np.int32), IMAGE + 1j):
        options = {"order": order, "mode": mode, "cval": -2.0}
        expected = scipys.map_coordinates(image, WHERE, **options)
        found = ndimage.map_coordinates(tf.constant(image), WHERE, **options)
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    for shape in ((1,), (2,), (5,), (1, 2, 3), (1, 5)):
        image, at = RANDOM.normal(size=shape), RANDOM.uniform(-20.0, 30.0, (len(shape), 40))
        at = np.concatenate([at, [SPECIAL] * len(shape)], 1).reshape(len(shape), 11, 5)
        for prefilter in (True, False):
            options = {"order": order, "mode": mode, "prefilter": prefilter}
            np.testing.assert_allclose(
                ndimage.map_coordinates(image, at, **options),
                scipys.map_coordinates(image, at, **options),
                rtol=1e-9,
                atol=1e-9,
            )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("order", range(6))
def test_derivatives_in_arrays(order, mode):
    at = WHERE[:, :8]

    def f(image, at):
        return ndimage.map_coordinates(image, at, order=order, mode=mode)

    tf.func.check_grads(f, (0, 1) if order else 0, order=2, rtol=1e-5, atol=1e-5)(IMAGE, at)
    if mode in ("constant", "nearest"):
        outside = tf.func.grad(lambda c: f(IMAGE, c)[0])(np.array([[30.0], [30.0]]))
        np.testing.assert_array_equal(outside, np.zeros((2, 1)))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("order", range(2, 6))
def test_coefficients_of_splines(order, mode):
    for n in (1, 2, 3, 7, 80):
        x = RANDOM.normal(size=(2, n))
        for axis in (0, 1):
            np.testing.assert_allclose(
                ndimage.spline_filter1d(x, order, axis, mode=mode),
                scipys.spline_filter1d(x, order, axis, mode=mode),
                atol=1e-12,
            )
        np.testing.assert_allclose(
            ndimage.spline_filter(x, order, mode=mode), scipys.spline_filter(x, order, mode=mode)
        )

        def f(x):
            return ndimage.spline_filter1d(x, order, mode=mode)  # noqa: B023

        matrix = scipys.spline_filter1d(np.eye(n), order, 0, mode=mode)
        np.testing.assert_allclose(tf.func.jacrev(f)(x[0]), matrix, atol=1e-12)
        np.testing.assert_allclose(tf.func.jacfwd(f)(x[0]), matrix, atol=1e-12)
    z = x + 1j * x[::-1]
    expected = scipys.spline_filter(z, output=np.complex128)
    np.testing.assert_allclose(ndimage.spline_filter(z), expected, atol=1e-12)
    tf.func.check_grads(ndimage.spline_filter, order=2)(RANDOM.normal(size=(3, 4)))


def test_what_is_refused_in_arrays():
    with pytest.raises(TypeError, match="no output"):
        ndimage.map_coordinates(IMAGE, WHERE, output=IMAGE)
    for function in (ndimage.map_coordinates, lambda x, _, **k: ndimage.spline_filter(x, **k)):
        with pytest.raises(RuntimeError, match="order not supported"):
            function(IMAGE, WHERE, order=6)
    with pytest.raises(RuntimeError, match="order not supported"):
        ndimage.spline_filter(IMAGE, 1)
    with pytest.raises(TypeError, match="float64"):
        ndimage.spline_filter(IMAGE, output=np.float32)
    with pytest.raises(RuntimeError, match="mode not supported"):
        ndimage.spline_filter1d(IMAGE, mode="odd")
    with pytest.raises(ValueError, match="'odd'"):
        ndimage.map_coordinates(IMAGE, WHERE, mode="odd")
    with pytest.raises(ValueError):
        ndimage.map_coordinates(IMAGE, WHERE[:1], order=1)
    with pytest.raises(TypeError, match="integers"):
        tf.func.grad(lambda c: ndimage.map_coordinates(np.arange(3), c, order=1)[0])(
            np.array([[0.5]])
        )
