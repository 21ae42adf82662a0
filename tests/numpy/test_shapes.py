"""Shapes, padding, joining and splitting against NumPy's."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import numpy as ours

from .samples import Sample, check_derivatives, check_kinds

RANDOM = np.random.default_rng(1)
X = RANDOM.normal(size=(2, 3, 4))
M = RANDOM.normal(size=(3, 4))
V = RANDOM.normal(size=5)
S = np.array(0.7)
ONE = RANDOM.normal(size=(1, 3, 1))
E0 = np.zeros((0, 3))
NEW = np.lib.NumpyVersion(np.__version__) >= "2.0.0"


def shapes():
    yield Sample("reshape", X, (4, -1), kinds="?ilBefdFD")
    yield Sample("reshape", X, (4, 6), order="F", kinds="ld")
    yield Sample("reshape", X, -1)
    yield Sample("reshape", X, (5, 5))
    yield Sample("reshape", X, (4, 6), "X")
    yield Sample("ravel", X.T, kinds="ldD")
    yield Sample("ravel", X, "F")
    for name in ("atleast_1d", "atleast_2d", "atleast_3d"):
        for array in (S, V, M, X):
            yield Sample(name, array)
        yield Sample(name, S, V, [1, 2], kinds="ld")
    yield Sample("transpose", X, kinds="?lD")
    yield Sample("transpose", X, (1, 0, -1))
    yield Sample("transpose", X, (0, 0, 1))
    yield Sample("swapaxes", X, 0, -1)
    yield Sample("swapaxes", X, 0, 3)
    yield Sample("moveaxis", X, 0, -1)
    yield Sample("moveaxis", X, [0, 1], [-1, 0])
    yield Sample("moveaxis", X, [0, 1], [0])
    for start in (-2, 0, 1, 2, 3):
        for axis in (0, 1, -1):
            yield Sample("rollaxis", X, axis, start)
    yield Sample("rollaxis", X, 0, 4)
    yield Sample("squeeze", ONE)
    yield Sample("squeeze", ONE, -1)
    yield Sample("squeeze", ONE, (0, 2))
    yield Sample("squeeze", ONE, 1)
    for axis in (0, -1, (0, 2), (1, -1), 4, (1, 1)):
        yield Sample("expand_dims", M, axis)
    yield Sample("broadcast_to", M, (2, 3, 4), kinds="?ld")
    yield Sample("broadcast_to", M, (2, 3, 5))
    yield Sample("broadcast_shapes", (3, 1), (4,), 2)
    yield Sample("broadcast_arrays", M, M[:, :1], 2.0)
    for axis in (None, 0, -1, (0, 2), 3):
        yield Sample("flip", X, axis)
    for name in ("fliplr", "flipud"):
        yield Sample(name, X)
        yield Sample(name, M)
        yield Sample(name, S)
    for k in (-1, 0, 1, 2, 3):
        yield Sample("rot90", X, k)
        yield Sample("rot90", X, k, (2, 0))
    yield Sample("rot90", X, 1, (1, 1))
    yield Sample("roll", X, 5, kinds="?ld")
    yield Sample("roll", X, -1, axis=1)
    yield Sample("roll", X, (1, 2), axis=(0, 1))
    yield Sample("roll", X, 2, axis=(0, 0))
    yield Sample("roll", E0, 1, axis=0)
    for reps in (2, (2, 1), (2, 1, 3), (1, 2, 1, 1), (), 0):
        yield Sample("tile", M, reps, kinds="ld")
    yield Sample("tile", S, 3)
    yield Sample("repeat", M, 2, kinds="?ld")
    yield Sample("repeat", M, 2, axis=1)
    yield Sample("repeat", M, [1, 0, 2], axis=0)
    yield Sample("repeat", M, [1, 2], axis=0)
    yield Sample("repeat", S, 3)
    yield Sample("repeat", M, -1)
    yield Sample("resize", M, (5, 5), kinds="ld")
    yield Sample("resize", M, 7)
    yield Sample("resize", E0, (2,))
    yield Sample("shape", X)
    yield Sample("ndim", X)
    yield Sample("size", X)
    yield Sample("size", X, 1)
    if NEW:
        yield Sample("matrix_transpose", X)
        yield Sample("matrix_transpose", V)
        yield Sample("permute_dims", X, (2, 0, 1))


def pads():
    for mode in (
        "edge",
        "maximum",
        "mean",
        "median",
        "minimum",
        "reflect",
        "symmetric",
        "wrap",
        "linear_ramp",
    ):
        yield Sample("pad", V, 3, mode, kinds="ldf")
        yield Sample("pad", M, ((1, 2), (3, 0)), mode, kinds="dD" if mode == "wrap" else "ld")
        yield Sample("pad", M, (2, 1), mode=mode)
        yield Sample("pad", E0, 1, mode)
        yield Sample("pad", E0, ((0, 0), (1, 1)), mode)
        yield Sample("pad", np.array([1.5]), (2, 3), mode)
    for mode in ("edge", "reflect", "symmetric", "wrap"):
        yield Sample("pad", V, 17, mode)
    for mode in ("reflect", "symmetric"):
        for width in (2, (0, 3), (4, 1), *([(9, 14)] if NEW else [])):
            yield Sample("pad", V, width, mode, reflect_type="odd", kinds="ld")
        yield Sample("pad", M, ((1, 2), (2, 3)), mode, reflect_type="odd")
    for mode in ("maximum", "mean", "median", "minimum"):
        yield Sample("pad", M, 2, mode, stat_length=2)
        yield Sample("pad", M, 2, mode, stat_length=((1, 2), (3, 9)), kinds="ld")
    yield Sample("pad", M, 1, kinds="?ilfD")
    yield Sample("pad", M, ((1, 0), (0, 2)), constant_values=3)
    yield Sample("pad", M, 1, constant_values=((1, 2), (3, 4)), kinds="ld")
    yield Sample("pad", V, 1, constant_values=np.array([0.5, -1.0]))
    yield Sample("pad", M, 2, "linear_ramp", end_values=((1, 2), (3, 4)), kinds="ld")
    yield Sample("pad", M, -1)
    yield Sample("pad", M, 1.5)
    yield Sample("pad", M, 1, "other")
    yield Sample("pad", M, 1, "edge", constant_values=2)


def joined():
    concat = ("concatenate", *(["concat"] if NEW else []))
    for name in concat:
        yield Sample(name, [M, M[:1]], kinds="?ilfdD")
        yield Sample(name, (M, M[:, :2]), axis=-1)
        yield Sample(name, [M, V], axis=None)
        yield Sample(name, [V, [1, 2]], kinds="fl")
        yield Sample(name, [V, np.array([1, 2], np.int32)], kinds="fdl")
        yield Sample(name, X)
        yield Sample(name, [M, V])
        yield Sample(name, [S, S])
        yield Sample(name, [])
        yield Sample(name, [M], axis=2)
        yield Sample(name, [V, V], dtype=np.float32, gradient=False)
    for axis in (0, 1, -1, 2, -3, 3):
        yield Sample("stack", [M, M * 2], axis)
    yield Sample("stack", [M, V])
    yield Sample("stack", [1.0, S, 2], kinds="fd")
    for name in ("vstack", "hstack", "dstack", "column_stack"):
        for array in (V, M, X):
            yield Sample(name, [array, array + 1], kinds="ld")
        yield Sample(name, (S, S))
        yield Sample(name, M)
    yield Sample("row_stack", [V, V], reference=np.vstack)
    yield Sample("block", [[M, M[:, :1]], [np.ones((1, 5))]])
    yield Sample("block", [V, 2.0, V])
    yield Sample("block", M)
    yield Sample("block", [[V], [V]], kinds="ld")
    yield Sample("block", [[M], V])
    yield Sample("append", M, 3.0)
    yield Sample("append", M, M[:1], axis=0)
    for name in ("split", "array_split"):
        yield Sample(name, M, 3, kinds="ld")
        yield Sample(name, M, 2)
        yield Sample(name, M, [1, 2, 9], axis=1)
    yield Sample("array_split", M, 0)
    for name in ("hsplit", "vsplit", "dsplit"):
        yield Sample(name, X, [1])
        yield Sample(name, V, [1, 3])
        yield Sample(name, M, 2)
    if hasattr(np, "unstack"):
        yield Sample("unstack", X, axis=1)
        yield Sample("unstack", S)
    yield Sample("delete", M, 1)
    yield Sample("delete", M, 1, axis=0, kinds="ld")
    yield Sample("delete", M, [0, -1], axis=1)
    yield Sample("delete", M, slice(None, None, 2), axis=1)
    yield Sample("delete", V, np.array([True, False, True, False, False]))
    yield Sample("delete", V, 9)
    yield Sample("insert", V, 1, 9.0, kinds="ld")
    yield Sample("insert", V, -1, np.array([7.0, 8.0]))
    yield Sample("insert", V, [1, 1, 3], np.array([7.0, 8.0, 9.0]))
    yield Sample("insert", V, [3, 0], np.array([7.0, 8.0]))
    yield Sample("insert", V, slice(1, 4), 2.5)
    yield Sample("insert", M, 1, 5.0, axis=1)
    yield Sample("insert", M, 1, np.array([1.0, 2.0, 3.0]), axis=1)
    yield Sample("insert", M, [1], np.array([[1.0], [2.0], [3.0]]), axis=1)
    yield Sample("insert", M, 0, M[:2], axis=0)
    yield Sample("insert", M, 1, M[:, :2].T, axis=1)
    yield Sample("insert", M, 2, 4.0)
    yield Sample("insert", V, 9, 1.0)
    yield Sample("trim_zeros", np.array([0.0, 0.0, 1.0, 0.0, 2.0, 0.0]), kinds="ld", gradient=False)
    yield Sample("trim_zeros", np.array([0.0, 1.0, 0.0]), "f", gradient=False)
    yield Sample("trim_zeros", np.zeros(3), gradient=False)


SAMPLES = [*shapes(), *pads(), *joined()]
SMOOTH = [s for s in SAMPLES if s.gradient and "d" in s.kinds]


@pytest.mark.parametrize("sample", SAMPLES, ids=repr)
def test_values(sample):
    check_kinds(sample, getattr(ours, sample.name))


@pytest.mark.parametrize("sample", SMOOTH, ids=repr)
def test_derivatives(sample):
    check_derivatives(sample)


def test_rows_and_columns_in_brackets():
    x = np.array([1.0, 2.0, 3.0])
    m = np.arange(4.0).reshape(2, 2)
    for key in (
        (slice(1, 4), 0, x),
        x,
        (0.5, 1),
        (m, m),
        slice(0, 1, 5j),
        ("r", x, x),
        ("-1", m, m),
        ("0,2", x, x),
        ("0,2,0", x, x),
        ("1,2,0", x, x),
        ("c", x, 1.0),
        ("0,3", m, m),
    ):
        wanted = np.r_[key]
        parts = (
            tuple(tf.constant(k) if isinstance(k, np.ndarray) else k for k in key)
            if (isinstance(key, tuple))
            else tf.constant(key)
            if key is x
            else key
        )
        found = ours.r_[parts]
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(found, np.asarray(wanted))
    for key in ((x, x), (m, np.ones((2, 1))), (slice(0, 3), x)):
        parts = tuple(tf.constant(k) if isinstance(k, np.ndarray) else k for k in key)
        np.testing.assert_array_equal(ours.c_[parts], np.c_[key])


def test_pads_by_functions_of_what_no_tape_records():
    def pad_with(vector, width, axis, options):
        vector[: width[0]] = 7

    x = tf.constant([1.0, 2.0])
    assert ours.pad(x, 1, pad_with).tolist() == [7.0, 1.0, 2.0, 0.0]
    with tf.GradientTape() as tape, pytest.raises(TypeError, match="pad"):
        tape.watch(x)
        ours.pad(x, 1, pad_with)


def test_what_is_no_number_is_broadcast_as_it_is():
    """Plotting libraries do that with colours and labels."""
    x, none, text, things = np.broadcast_arrays(
        ours.ones((2, 2)), None, "a", np.array([None, 1], dtype=object)
    )
    assert tf.is_tensor(x)
    assert none.tolist() == [[None, None]] * 2 and text.tolist() == [["a", "a"]] * 2
    assert things.tolist() == [[None, 1]] * 2
