"""Elements chosen, sorted, counted and mapped against NumPy's."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import numpy as ours

from .samples import Sample, check_derivatives, check_kinds, check_same

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(2, 3, 4))
M = RANDOM.normal(size=(3, 4))
V = RANDOM.normal(size=5)
S = np.array(0.7)
E0 = np.zeros((0, 3))
MASK = RANDOM.random((3, 4)) < 0.5
TIES = np.array([2.0, 1.0, 2.0, 3.0, 1.0])
HOLES = np.array([1.0, np.nan, -np.inf, 2.0, np.inf])
NEW = np.lib.NumpyVersion(np.__version__) >= "2.0.0"
ALL = "?ilBefdFD"


def chosen():
    yield Sample("where", MASK, M, -M, kinds="?ilfdD")
    yield Sample("where", MASK, M, 2.0, kinds="lfd")
    yield Sample("where", MASK, M, 2, kinds="lfdD")
    yield Sample("where", M > 0, M[:1], M[:, :1])
    yield Sample("where", [1, 0, 2, 0], M, 0.0)
    yield Sample("where", MASK, V, M)
    yield Sample("where", MASK, V)
    yield Sample("where", M, kinds="?ld", gradient=False)
    yield Sample("select", [MASK, M > 0], [M, 2 * M], 3.0, kinds="ld")
    yield Sample("select", [MASK], [M])
    yield Sample("select", [MASK], [M, M])
    yield Sample("select", [np.array([1, 0])], [V])
    yield Sample("choose", [2, 0, 1, 0], [M, -M, 3 * M[0]])
    yield Sample("choose", [5, -1, 1, 0], [M, -M], mode="wrap")
    yield Sample("choose", [5, -1, 1, 0], [M, -M], mode="clip")
    yield Sample("choose", [5, 0, 1, 0], [M, -M])
    yield Sample(
        "piecewise",
        V,
        [MASK[0, :1].repeat(5), [True, False, True, False, True]],
        [lambda v: v * v, lambda v: v * 3, -1.0],
    )
    yield Sample("piecewise", M, MASK, [lambda v, k: k * v, lambda v, k: v], 2.5, kinds="d")
    yield Sample("piecewise", S, [True], [lambda v: v * v])
    yield Sample("piecewise", V, [[True] * 5], [1, 2, 3])
    for mode in ("raise", "wrap", "clip"):
        yield Sample("take", M, [1, -1, 0], mode=mode)
        yield Sample("take", M, [[1, 2], [0, 0]], axis=1, mode=mode, kinds="?ldD")
        yield Sample("take", M, [17], mode=mode)
    yield Sample("take", X, 1, axis=-1)
    yield Sample("take", S, 0)
    yield Sample("take", V, np.array([0.5, 1.5]), gradient=False)
    yield Sample("take_along_axis", M, np.argsort(M, axis=1), axis=1, kinds="?ldD")
    yield Sample("take_along_axis", M, np.array([[1], [-1], [0]]), axis=1)
    yield Sample("take_along_axis", M, np.array([[1, 0, 0, 2]]), axis=0)
    yield Sample("take_along_axis", M[:1], np.array([[1], [0], [3]]), axis=1)
    yield Sample("take_along_axis", M, np.array([1, -2]), axis=None)
    yield Sample("take_along_axis", M, np.array([[4]]), axis=1)
    yield Sample("take_along_axis", M, np.array([4]), axis=1)
    yield Sample("compress", [True, False, True], M, axis=0, kinds="ld")
    yield Sample("compress", [False, True], M)
    yield Sample("extract", MASK, M)
    for name in ("nonzero", "argwhere", "flatnonzero"):
        yield Sample(name, M * MASK, kinds="?ld", gradient=False)
    if NEW:
        yield Sample("nonzero", S)
    yield Sample("clip", M, -0.5, 0.5, kinds="ildf")
    yield Sample("clip", M, None, 0.25)
    yield Sample("clip", M, 0.25, None)
    yield Sample("clip", M, M[:1] - 0.3, M[:, :1] + 0.4)
    yield Sample("clip", M, 1, -1)
    yield Sample("clip", M, -1, 1, kinds="BilfeD" if NEW else "ilfeD")
    yield Sample("clip", HOLES, 0.0, 5.0, gradient=False)
    yield Sample("clip", V, np.nan, 5.0, gradient=False)
    yield Sample("clip", 0.5, S, 2.0)
    if np.lib.NumpyVersion(np.__version__) >= "2.1.0":
        yield Sample("clip", M, min=-0.5, max=0.5)
        yield Sample("clip", M, max=0.5)


def between():
    xp = np.array([0.0, 1.0, 2.5, 4.0])
    fp = np.array([1.0, -1.0, 0.5, 2.0])
    at = np.array([-1.0, 0.3, 1.7, 3.9, 6.0])
    yield Sample("interp", at, xp, fp, kinds="fd")
    yield Sample("interp", at.reshape(5, 1), xp, fp, left=-3.0, right=np.array(7.0))
    yield Sample("interp", np.array([0.0, 1.0, 4.0]), xp, fp, gradient=False)
    yield Sample("interp", np.array([np.nan, 1.0]), xp, fp, gradient=False)
    yield Sample(
        "interp", np.array([1.2, -5.3, 12.5]), np.array([3.0, 0.5, 6.0]), fp[:3], period=7.0
    )
    yield Sample("interp", np.array(0.3), xp, fp)
    yield Sample("interp", at, xp[:1], fp[:1])
    yield Sample("interp", at, xp, fp[:3])
    yield Sample("interp", at, xp, [1j, 2, 3, 4])
    yield Sample("interp", at, [], [])
    yield Sample("interp", at, xp, fp, period=0)
    yield Sample("searchsorted", np.sort(V), M, kinds="ldf", gradient=False)
    yield Sample("searchsorted", V, 0.3, "right", np.argsort(V), gradient=False)
    yield Sample("digitize", M, [-1.0, 0.0, 1.0], kinds="ld", gradient=False)
    yield Sample("digitize", M, [1.0, 0.0, -1.0], right=True, gradient=False)
    yield Sample("digitize", M, [1.0, 0.0, 2.0], gradient=False)
    yield Sample("ix_", [0, 1], [True, False, True])
    yield Sample("unravel_index", np.array([1, 5]), (2, 3))
    yield Sample("unravel_index", 17, (2, 3))
    yield Sample("ravel_multi_index", (np.array([0, 1]), np.array([2, 1])), (2, 3))
    yield Sample("ravel_multi_index", (np.array([0, 7]), np.array([2, 1])), (2, 3), mode="clip")


def ordered():
    for axis in (-1, 0, None, 3):
        yield Sample("sort", M, axis, kinds=ALL)
        yield Sample("argsort", M, axis, kinds="?ldD", gradient=False, kind="stable")
    yield Sample("sort", TIES, gradient=False)
    yield Sample("argsort", TIES, kind="stable", gradient=False)
    yield Sample("sort", HOLES, gradient=False)
    yield Sample("lexsort", [[1, 2, 1], [3, 3, 2]])
    yield Sample("sort_complex", V, kinds="ilBefdFD", gradient=False)
    yield Sample("msort", M, reference=lambda a: np.sort(a, 0))
    for kwargs in ({}, {"return_index": True}, {"return_counts": True, "return_inverse": True}):
        yield Sample("unique", TIES, kinds="?ldD", gradient=False, **kwargs)
        if NEW:
            yield Sample("unique", TIES.reshape(5, 1), gradient=False, **kwargs)
        yield Sample("unique", np.stack([M[0], M[1], M[0]]), axis=0, gradient=False, **kwargs)
    yield Sample("unique", V)
    yield Sample("unique", np.array([np.nan, 1.0, np.nan]), gradient=False)
    yield Sample("unique", np.array([np.nan, 1.0, np.nan]), equal_nan=False, gradient=False)
    if NEW:
        for name in ("unique_all", "unique_counts", "unique_inverse", "unique_values"):
            yield Sample(
                name,
                TIES,
                gradient=False,
                reference=lambda x, n=name: (
                    np.sort(np.unique_values(x))
                    if n == "unique_values"
                    else tuple(getattr(np, n)(x))
                ),
            )
    yield Sample("isin", TIES, [1.0, 3.0], kinds="ld", gradient=False)
    yield Sample("isin", TIES, [1.0, 3.0], invert=True, gradient=False)
    yield Sample(
        "in1d", TIES, [1.0, 3.0], gradient=False, reference=lambda a, b: np.isin(a, b).ravel()
    )
    for name in ("intersect1d", "union1d", "setdiff1d", "setxor1d"):
        yield Sample(name, TIES, np.array([3.0, 5.0, 1.0]), kinds="ld", gradient=False)
        yield Sample(name, V, V[1:3] + [0, 1], gradient=name != "intersect1d" and False)
        yield Sample(name, TIES, np.array([]), gradient=False)
    yield Sample("intersect1d", TIES, np.array([3.0, 1.0]), return_indices=True, gradient=False)


def counted():
    yield Sample("bincount", np.array([0, 2, 2, 5]))
    yield Sample("bincount", np.array([0, 2, 2, 5]), minlength=8)
    yield Sample("bincount", np.array([0, 2, 2, 5, 0]), V, kinds="fd")
    yield Sample("bincount", np.array([0, -1]))
    yield Sample("bincount", np.array([0.5]), gradient=False)
    yield Sample("histogram", M, kinds="ldf", gradient=False)
    yield Sample("histogram", M, [-1, 0, 0.5, 3], gradient=False)
    yield Sample("histogram", M, 4, (-1, 1), density=True, gradient=False)
    yield Sample("histogram", [0.1, 0.2, 0.25, 0.9, 1.0, 7.0], 3, (0, 1), weights=np.append(V, 1.0))
    yield Sample(
        "histogram",
        [0.1, 0.2, 0.25, 0.9, 0.7],
        [0, 0.25, 0.5, 1.0],
        density=True,
        weights=np.abs(V),
    )
    yield Sample("histogram_bin_edges", M, "fd", gradient=False)
    yield Sample("histogram", V, 3, density=True)
    yield Sample("histogram", np.array([0.1, 0.2, 0.6]), 2, (np.array(0.0), np.array(1.1)))
    yield Sample("histogram", [0.1, 0.2, 0.6], np.array([0.0, 0.3, 1.0]), density=True)
    yield Sample("histogram_bin_edges", V, 4)
    yield Sample("histogram", np.array([2.0]), 2, gradient=False)
    yield Sample("histogram2d", V, V[::-1].copy(), 3, gradient=False)
    yield Sample("histogramdd", M, 2, gradient=False)


def elementwise():
    for name in ("real", "imag"):
        yield Sample(name, M, kinds=ALL)
    yield Sample("angle", M, kinds="lfdFD")
    yield Sample("angle", M, deg=True, kinds="dD")
    yield Sample("real_if_close", M, kinds="dD")
    yield Sample("real_if_close", [1 + 1e-15j])
    yield Sample("nan_to_num", HOLES, kinds="fd", gradient=False)
    yield Sample("nan_to_num", HOLES, nan=1.5, posinf=2.5, neginf=-3.5, gradient=False)
    yield Sample("nan_to_num", M, kinds="ldD")
    yield Sample("sinc", M, kinds="lfdD")
    yield Sample("sinc", np.array([0.0, 1e-9, 1e-4, 0.05, 0.15, 0.16, 0.3, 1.0, -7.2]))
    yield Sample("i0", V, kinds="ldf")
    yield Sample("unwrap", 4 * M, kinds="ldf")
    yield Sample("unwrap", 4 * M, axis=0, period=3.0, discont=2.0)
    for name in ("round", "around"):
        yield Sample(name, 10 * M, kinds="lfdD", gradient=False)
        yield Sample(name, 10 * M, 1, gradient=False)
        yield Sample(name, 100 * M, -1, kinds="ld", gradient=False)
    yield Sample("fix", M, kinds="fd", gradient=False)
    for name in ("iscomplex", "isreal", "iscomplexobj", "isrealobj"):
        yield Sample(name, M, kinds="ldD", gradient=False)
    for name in ("isposinf", "isneginf"):
        yield Sample(name, HOLES, gradient=False)
    yield Sample("isclose", HOLES, HOLES + 1e-9, equal_nan=True, gradient=False)
    yield Sample("allclose", M, M + 1e-9, gradient=False)
    yield Sample("array_equal", M, M, gradient=False)
    yield Sample("array_equal", M, M[:2], gradient=False)
    yield Sample("array_equiv", M, M[:1], gradient=False)


SAMPLES = [*chosen(), *between(), *ordered(), *counted(), *elementwise()]
SMOOTH = [s for s in SAMPLES if s.gradient and "d" in s.kinds]


@pytest.mark.parametrize("sample", SAMPLES, ids=repr)
def test_values(sample):
    check_kinds(sample, getattr(ours, sample.name))


@pytest.mark.parametrize("sample", SMOOTH, ids=repr)
def test_derivatives(sample):
    check_derivatives(sample)


def test_partitions():
    for kth in (0, 2, -1, [1, 3]):
        x = tf.constant(V)
        y = ours.partition(x, kth).numpy()
        for k in np.atleast_1d(kth):
            assert y[k] == np.sort(V)[k]
        np.testing.assert_array_equal(np.sort(y), np.sort(V))
        np.testing.assert_array_equal(ours.argpartition(x, kth), np.argpartition(V, kth))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = ours.partition(x, 2)[2]
    np.testing.assert_array_equal(tape.gradient(y, x), V == np.sort(V)[2])


@pytest.mark.parametrize("kind", ["?", "l", "d", "D"])
def test_descending(kind):
    x = np.tile(TIES, (2, 1)).astype(kind)
    wanted = np.flip(np.sort(x, 1), 1)
    np.testing.assert_array_equal(ours.sort(x, descending=True), wanted)
    order = ours.argsort(x, axis=1, descending=True).numpy()
    np.testing.assert_array_equal(np.take_along_axis(x, order, 1), wanted)
    equal = np.take_along_axis(x, order, 1)
    for row, places in zip(equal, order):
        assert all(j < k for a, b, j, k in zip(row, row[1:], places, places[1:]) if a == b)


def test_bounds_take_what_they_hold():
    x = tf.constant([-1.0, 0.0, 0.5, 1.0, 2.0])
    low = tf.constant(0.0)
    with tf.GradientTape() as tape:
        tape.watch([x, low])
        y = ours.clip(x, low, 1.0)
    by_x, by_low = tape.gradient(y, [x, low])
    assert by_x.numpy().tolist() == [0.0, 1.0, 1.0, 1.0, 0.0]
    assert float(by_low) == 1.0


def test_slopes_at_the_points_of_a_line():
    xp, fp = tf.constant([0.0, 1.0, 3.0], tf.float64), tf.constant([0.0, 2.0, 3.0], tf.float64)
    x = tf.constant([0.0, 1.0, 3.0, -1.0, 4.0], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch([x, fp])
        y = ours.interp(x, xp, fp)
    by_x, by_fp = tape.gradient(y, [x, fp])
    assert y.numpy().tolist() == [0.0, 2.0, 3.0, 0.0, 3.0]
    assert by_x.numpy().tolist() == [2.0, 0.5, 0.5, 0.0, 0.0]  # that on the right, but at the end
    assert by_fp.numpy().tolist() == [2.0, 1.0, 2.0]


def test_lines_between_infinities():
    inf = np.inf
    cases = [
        ([-inf, inf], [0, 10]),
        ([0, 1], [-inf, inf]),
        ([-inf, inf], [10, 10]),
        ([-inf, 1], [0, 10]),
        ([0, inf], [0, 10]),
        ([0, 1], [0, -inf]),
        ([0, 1], [inf, inf]),
        ([0.5, 1], [3, inf]),
        ([0, 0.5], [inf, 3]),
        ([inf, inf], [0, 10]),
    ]
    for xp, fp in cases:
        fp = tf.constant(fp, tf.float64)
        with tf.GradientTape() as tape, np.errstate(all="ignore"):
            tape.watch(fp)
            found = ours.interp(0.5, xp, fp)
            np.testing.assert_equal(found.numpy(), np.interp(0.5, xp, fp.numpy()), str((xp, fp)))


def test_sets_keep_the_first_of_equals():
    x = tf.constant(TIES)
    for f in (
        ours.unique,
        lambda x: ours.intersect1d(x, [1.0, 2.0, 3.0]),
        lambda x: ours.setdiff1d(x, [7.0]),
        lambda x: ours.union1d(x, []),
    ):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        assert tape.gradient(y, x).numpy().tolist() == [1.0, 1.0, 0.0, 1.0, 0.0]


def test_what_would_lose_derivatives_is_refused():
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        for f in (
            lambda: ours.histogram2d(x, [1.0, 2.0]),
            lambda: ours.histogramdd([x, x]),
            lambda: ours.unwrap([1.0, 9.0], period=x[1]),
        ):
            with pytest.raises(TypeError, match="has no derivative here"):
                f()


# ---------------------------------------------------------------- functions of the user's


def outer_with_itself(v):
    return v[:, None] * v


def test_along_axes():
    for f in (lambda v: v[0] * v[1], lambda v: v[::-1] * 2, outer_with_itself):
        for axis in (0, 1, -1):
            wanted = np.apply_along_axis(f, axis, X)
            found = ours.apply_along_axis(f, axis, tf.constant(X))
            check_same(found, wanted, 1e-12)
            check_same(np.apply_along_axis(f, axis, tf.constant(X)), wanted, 1e-12)
    wanted = np.apply_over_axes(np.sum, X, [0, 2])
    check_same(ours.apply_over_axes(ours.sum, tf.constant(X), [0, 2]), wanted, 1e-12)
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = ours.apply_along_axis(lambda v: v[0] * v[1], 1, x)
    expected = np.stack([X[:, 1], X[:, 0], np.zeros((2, 4))], 1)
    np.testing.assert_allclose(tape.gradient(y, x), expected)


def test_vectorized_functions():
    def branch(a, b):
        return a - b if a > b else a * b

    for args in ((V, 0.3), (M, M[0]), (1.0, 2.0)):
        check_same(
            ours.vectorize(branch)(
                *[tf.constant(a) if isinstance(a, np.ndarray) else a for a in args]
            ),
            np.vectorize(branch)(*args),
            1e-12,
        )
    check_same(
        ours.vectorize(lambda a: (a, 2 * a))(tf.constant(V)),
        np.vectorize(lambda a: (a, 2 * a))(V),
        1e-12,
    )
    dot = ours.vectorize(lambda a, b: ours.sum(a * b), signature="(n),(n)->()")
    theirs = np.vectorize(lambda a, b: np.sum(a * b), signature="(n),(n)->()")
    check_same(dot(tf.constant(M), tf.constant(M[0])), theirs(M, M[0]), 1e-12)
    assert ours.vectorize(lambda a: a, otypes=[float])(ours.zeros((0, 2))).shape == (0, 2)
    with pytest.raises(ValueError, match="size 0"):
        ours.vectorize(lambda a: a)(ours.zeros(0))
    with pytest.raises(ValueError, match="inconsistent"):
        dot(ours.zeros(2), ours.zeros(3))
    with pytest.raises(ValueError, match="signature"):
        ours.vectorize(branch, signature="(n->")

    @ours.vectorize
    def halved(a, by=2.0):
        """Half of it."""
        return a / by

    assert halved.__doc__ == "Half of it."
    assert halved(tf.constant([2.0]), by=4.0).tolist() == [0.5]
    powers = ours.vectorize(lambda p, x: p[0] + p[1] * x, excluded=[0])
    assert powers([1.0, 2.0], ours.array([1.0, 2.0])).tolist() == [3.0, 5.0]
    x = tf.constant(V)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = ours.vectorize(lambda a: a * a if float(a) > 0 else -a)(x)
    np.testing.assert_allclose(tape.gradient(y, x), np.where(V > 0, 2 * V, -1.0))
