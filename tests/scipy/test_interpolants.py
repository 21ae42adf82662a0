"""Pieces, lines, steps and grids beside SciPy's: values, coefficients and derivatives."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.scipy import interpolate as ours

interpolate = pytest.importorskip("scipy.interpolate")

SCIPY = np.lib.NumpyVersion(pytest.importorskip("scipy").__version__)
RANDOM = np.random.default_rng(0)
X = np.cumsum(RANDOM.uniform(0.5, 1.5, 7))
INSIDE = np.array([[X[0], 1.3, 2.2], [4.4, X[3], X[-1]]])
OUTSIDE = np.array([X[0] - 1, X[-1] + 1, 2.0])
VALUES = {
    "rising": np.cumsum(RANDOM.uniform(0, 1, 7)),
    "columns": RANDOM.normal(size=(7, 2)),
    "steps": np.array([0.0, 0, 1, 1, 1, 2, 0]),
}
PIECES = [
    ("PchipInterpolator", {}),
    ("PchipInterpolator", {"extrapolate": False}),
    ("Akima1DInterpolator", {}),
    ("Akima1DInterpolator", {"extrapolate": True}),
    ("Akima1DInterpolator", {"method": "makima"}),
]


def close(x, y):
    np.testing.assert_allclose(x, y, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(("name", "options"), PIECES, ids=str)
@pytest.mark.parametrize("values", VALUES)
def test_pieces(values, name, options):
    y = VALUES[values]
    mine, theirs = getattr(ours, name), getattr(interpolate, name)
    found, expected = mine(X, y, **options), theirs(X, y, **options)
    close(found.c, expected.c)
    for at in (INSIDE, OUTSIDE, 2.2):
        for order in range(3):
            close(found(at, order), expected(at, order))
    close(
        mine(X, y.T, y.ndim - 1, **options)(INSIDE), theirs(X, y.T, y.ndim - 1, **options)(INSIDE)
    )
    # Older ones of SciPy do not take as few points as two or three there.
    few = () if name == "Akima1DInterpolator" and SCIPY < "1.16.0" else (2, 3)
    for n in few:
        close(mine(X[:n], y[:n], **options)(1.2), theirs(X[:n], y[:n], **options)(1.2))
    if values != "steps":  # where slopes have corners
        tf.func.check_grads(
            lambda x, y, at: mine(x, y, **options)(at), (0, 1, 2), rtol=1e-3, atol=1e-3
        )(X, y, np.array([2.0, 3.7]))


def test_pieces_of_given_slopes():
    y, slopes = RANDOM.normal(size=(2, 7, 2))
    found = ours.CubicHermiteSpline(X, y, slopes)
    expected = interpolate.CubicHermiteSpline(X, y, slopes)
    close(found.c, expected.c)
    close(found(OUTSIDE), expected(OUTSIDE))
    tf.func.check_grads(
        lambda x, y, d, at: ours.CubicHermiteSpline(x, y, d)(at), (0, 1, 2, 3), rtol=1e-3, atol=1e-3
    )(X, y, slopes, np.array([2.0, 3.7]))


@pytest.mark.parametrize("kind", ["linear", "nearest", "nearest-up", "previous", "next", "cubic"])
def test_lines_and_steps(kind):
    middles = (X[1:] + X[:-1]) / 2
    for y in (VALUES["rising"], VALUES["columns"].T):
        found, expected = ours.interp1d(X, y, kind), interpolate.interp1d(X, y, kind)
        for at in (INSIDE, middles, 2.2):
            close(found(at), expected(at))
        for fill in (3.0, (1.0, 2.0), "extrapolate", np.nan):
            options = {"fill_value": fill, "bounds_error": False}
            close(
                ours.interp1d(X, y, kind, **options)(OUTSIDE),
                interpolate.interp1d(X, y, kind, **options)(OUTSIDE),
            )
    y = VALUES["rising"]
    close(ours.interp1d(X[::-1], y[::-1], kind)(INSIDE), ours.interp1d(X, y, kind)(INSIDE))
    with pytest.raises(ValueError, match="interpolation range"):
        ours.interp1d(X, y, kind)(OUTSIDE)
    assert np.isnan(float(ours.interp1d(X, y, kind)(np.nan)))
    wanted = (0, 1, 2) if kind in ("linear", "cubic") else (1, 2)
    tf.func.check_grads(
        lambda x, y, at: ours.interp1d(x, y, kind)(at), wanted, rtol=1e-3, atol=1e-3
    )(X, y, np.array([1.313, 2.213]))


GRID = (np.array([0.0, 1.0, 2.5]), np.array([0.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0]))
POINTS = np.vstack([[1.0, 2.0, 1.0], RANDOM.uniform([0, 0, 1], [2.5, 4, 2], size=(4, 3))])


@pytest.mark.parametrize("method", ["linear", "nearest"])
@pytest.mark.parametrize("shape", [(3, 4, 2), (3, 4, 2, 2)])
def test_grids(method, shape):
    values = RANDOM.normal(size=shape)
    found = ours.RegularGridInterpolator(GRID, values, method)
    expected = interpolate.RegularGridInterpolator(GRID, values, method)
    for at in (POINTS, POINTS[0], POINTS.reshape(5, 1, 3), tuple(POINTS.T)):
        assert found(at).shape == expected(at).shape
        close(found(at), expected(at))
    beyond = POINTS.copy()
    beyond[1, 0], beyond[2, 1], beyond[3, 2] = 9.0, np.nan, -3.0
    for fill in (np.nan, 7.0, None):
        close(
            ours.RegularGridInterpolator(GRID, values, method, False, fill)(beyond),
            interpolate.RegularGridInterpolator(GRID, values, method, False, fill)(beyond),
        )

    def at(first, values, points):
        return ours.RegularGridInterpolator((first, *GRID[1:]), values, method)(points)

    wanted = (0, 1, 2) if method == "linear" else (1,)
    tf.func.check_grads(at, wanted, rtol=1e-4, atol=1e-4)(GRID[0], values, POINTS[1:])


def test_what_is_refused():
    y = VALUES["rising"]
    for call in (
        lambda: ours.PchipInterpolator(X, y[:3]),
        lambda: ours.PchipInterpolator(X[::-1], y),
        lambda: ours.PchipInterpolator(X, y * 1j),
        lambda: ours.Akima1DInterpolator(X, y, method="odd"),
        lambda: ours.Akima1DInterpolator(X, y * 1j),
        lambda: ours.CubicHermiteSpline(X, y, y[:, None]),
        lambda: ours.interp1d(X, y[:3]),
        lambda: ours.interp1d(X, y, "odd"),
        lambda: ours.interp1d(X, y, fill_value="odd"),
        lambda: ours.RegularGridInterpolator(GRID, np.ones((3, 4))),
        lambda: ours.RegularGridInterpolator(GRID, np.ones((3, 4, 5))),
        lambda: ours.RegularGridInterpolator(GRID, np.ones((3, 4, 2)), "odd"),
        lambda: ours.RegularGridInterpolator(([1.0, 0.0],), np.ones(2)),
        lambda: ours.RegularGridInterpolator(GRID, np.ones((3, 4, 2)))([9.0, 0.0, 1.0]),
        lambda: ours.RegularGridInterpolator(GRID, np.ones((3, 4, 2)))([0.0, 1.0]),
    ):
        with pytest.raises(ValueError):
            call()
