"""Tensors of given values, ranges, grids and matrices against NumPy's."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import numpy as ours

from .samples import Sample, check_derivatives, check_kinds, check_same

RANDOM = np.random.default_rng(2)
X = RANDOM.normal(size=(2, 3, 4))
M = RANDOM.normal(size=(3, 4))
V = RANDOM.normal(size=5)
S = np.array(0.7)
T = np.array(2.9)
NEW = np.lib.NumpyVersion(np.__version__) >= "2.0.0"


def plain():
    """Without tensors: NumPy's values and dtypes."""
    for name in ("zeros", "ones", "empty"):
        if name != "empty":
            yield Sample(name, 3)
            yield Sample(name, (2, 3), np.float32)
            yield Sample(name, (), int)
            yield Sample(name, [0, 2], dtype=bool)
            yield Sample(name, -1)
    yield Sample("full", 3, 2)
    yield Sample("full", (2, 2), 2.5)
    yield Sample("full", (2, 2), [1, 2], dtype=complex)
    yield Sample("full", (2, 3), True)
    for args in ((3,), (1, 4), (0.5, 3), (5, 1, -2), (0, 1, 0.1), (3, None, 2), (0,), (2.0,)):
        yield Sample("arange", *args)
    yield Sample("arange", 3, dtype=np.float32)
    yield Sample("arange", 1, 5, dtype=float)
    yield Sample("linspace", 0, 1)
    yield Sample("linspace", 0, 1, 5, endpoint=False, retstep=True)
    yield Sample("linspace", [0, 1], [2, 3], 4, axis=-1)
    yield Sample("linspace", 0, 9, 4, dtype=int)
    yield Sample("linspace", 0, 1, 1)
    yield Sample("linspace", 0, 1, 0)
    yield Sample("linspace", 0, 1, -1)
    yield Sample("linspace", 0, 1j, 3)
    yield Sample("logspace", 0, 2, 4)
    yield Sample("logspace", 0, 2, 4, base=2)
    yield Sample("geomspace", 1, 1000, 4)
    yield Sample("geomspace", -1, -8, 4, endpoint=False)
    yield Sample("geomspace", 1, 0, 4)
    for name in ("eye", "tri"):
        yield Sample(name, 3)
        yield Sample(name, 3, 4, 1)
        yield Sample(name, 3, 2, k=-1, dtype=int)
    yield Sample("identity", 3)
    yield Sample("identity", 3, dtype=np.float32)
    yield Sample("indices", (2, 3))
    yield Sample("indices", (2, 3), sparse=True)
    yield Sample("indices", (2, 3), dtype=float)
    yield Sample("fromfunction", lambda i, j: i + 2 * j, (2, 3))
    yield Sample("fromfunction", lambda i, j: i == j, (2, 3), dtype=int)
    yield Sample("diag_indices", 3)
    yield Sample("diag_indices", 3, 3)
    for name in ("tril_indices", "triu_indices"):
        yield Sample(name, 3)
        yield Sample(name, 3, 1, 4)
    yield Sample("array", [1, 2])
    yield Sample("array", 1.5)
    yield Sample("array", [[1, 2], [3, 4.5]], ndmin=3)
    yield Sample("array", [True, False], dtype=np.float32)
    yield Sample("array", [[1], [1, 2]])
    yield Sample("array", "a", reference=lambda x: float(x))
    yield Sample("frombuffer", b"\x01\x02\x03", dtype=np.uint8)
    yield Sample("frombuffer", np.arange(4.0).tobytes(), count=2, offset=8)
    yield Sample("fromstring", "1 2 3", sep=" ")
    yield Sample("fromstring", "1,2", int, sep=",")


def of_tensors():
    for name in ("array", "asarray", "asanyarray", "ascontiguousarray", "copy"):
        for array in (S, M):
            yield Sample(name, array, kinds="?ilBefdFD")
    yield Sample("array", M, dtype=np.float32, kinds="dl", gradient=False)
    yield Sample("array", M, dtype=complex, kinds="dl", gradient=False)
    yield Sample("array", [S, 2.0, S], kinds="dl")
    yield Sample("array", [[S, T], [T, 1]], kinds="dl")
    yield Sample("array", V, ndmin=3)
    yield Sample("asarray", [V, V])
    yield Sample("asarray_chkfinite", V)
    yield Sample("asarray_chkfinite", np.array([np.nan]))
    if NEW:
        yield Sample("astype", M, np.int32, kinds="dl", gradient=False)
    for name in ("zeros_like", "ones_like"):
        yield Sample(name, M, kinds="?ilfD", gradient=False)
        yield Sample(name, M, dtype=int, shape=(2, 2), gradient=False)
        yield Sample(name, [1, 2])
    yield Sample("full_like", M, 3, kinds="?ilfD", gradient=False)
    yield Sample("full_like", M, np.array([1.0, 2.0, 3.0, 4.0]))
    yield Sample("full_like", M, 2.5, dtype=int, gradient=False)
    yield Sample("full", (2, 3), S)
    yield Sample("arange", S, T)
    yield Sample("arange", S, 3.0, T)
    for endpoint in (True, False):
        yield Sample("linspace", S, T, 5, endpoint, retstep=True)
        yield Sample("linspace", M, T, 4, endpoint, axis=-1)
        yield Sample("linspace", V, 2 * V, 3, endpoint, axis=1)
        yield Sample("logspace", S, T, 5, endpoint)
        yield Sample("geomspace", S, T, 5, endpoint)
        yield Sample("geomspace", -np.abs(V), -np.abs(V) - 1, 4, endpoint, axis=1)
    yield Sample("linspace", S, T, 1)
    yield Sample("logspace", S, T, 5, base=np.array(3.5))
    for sparse in (False, True):
        for indexing in ("xy", "ij"):
            yield Sample(
                "meshgrid",
                V,
                V[:3],
                V[:2],
                sparse=sparse,
                indexing=indexing,
                kinds="ld",
                reference=lambda *a, **k: tuple(np.meshgrid(*a, **k)),
            )
    yield Sample("meshgrid", S, reference=lambda *a: tuple(np.meshgrid(*a)))
    yield Sample("meshgrid", V, indexing="x")
    for k in (0, -2, -1, 1, 3, 5):
        yield Sample("diag", M, k, kinds="ld")
        yield Sample("diag", V, k, kinds="lD" if k else "d")
        yield Sample("diagflat", M, k)
        yield Sample("diagonal", X, k)
        yield Sample("tril", X, k)
        yield Sample("triu", M, k, kinds="ld")
        yield Sample("trace", M, k, kinds="ildfD?")
    yield Sample("diag", X)
    yield Sample("diagonal", V)
    yield Sample("diagonal", X, 1, 2, 0)
    yield Sample("diagonal", X, 0, 1, 1)
    yield Sample("trace", X, axis1=1, axis2=-1)
    yield Sample("trace", M, dtype=np.float32, gradient=False)
    yield Sample("tril", V)
    for name in ("tril_indices_from", "triu_indices_from"):
        yield Sample(name, M, 1, gradient=False)
    yield Sample("diag_indices_from", np.eye(3), gradient=False)
    yield Sample("mask_indices", 3, np.triu, 1)
    yield Sample("vander", V, kinds="ldfD")
    yield Sample("vander", V, 3, True)
    yield Sample("vander", np.array([0.0, 1.0, 2.0]))
    yield Sample("vander", V, 1)
    yield Sample("vander", M)


PLAIN = list(plain())
SAMPLES = list(of_tensors())
SMOOTH = [s for s in SAMPLES if s.gradient and "d" in s.kinds]


@pytest.mark.parametrize("sample", PLAIN, ids=repr)
def test_without_tensors(sample):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            wanted = sample.theirs()(*sample.args, **sample.kwargs)
        except (TypeError, ValueError) as error:
            with pytest.raises((TypeError, ValueError)):
                getattr(ours, sample.name)(*sample.args, **sample.kwargs)
            assert error
            return
        found = getattr(ours, sample.name)(*sample.args, **sample.kwargs)
    check_same(found, wanted, 1e-12)


@pytest.mark.parametrize("sample", SAMPLES, ids=repr)
def test_values(sample):
    check_kinds(sample, getattr(ours, sample.name))


@pytest.mark.parametrize("sample", SMOOTH, ids=repr)
def test_derivatives(sample):
    check_derivatives(sample)


def test_grids_in_brackets():
    for grid, plain_grid in ((ours.mgrid, np.mgrid), (ours.ogrid, np.ogrid)):
        check_same(grid[0:3], plain_grid[0:3], 0)
        check_same(grid[0:3, 0:1:3j], plain_grid[0:3, 0:1:3j], 1e-15)
        check_same(grid[ours.array(0) : ours.array(2), 1:2], plain_grid[0:2, 1:2], 0)


def test_objects_of_other_kinds():
    v = tf.Variable([1.0, 2.0])
    assert ours.array(v).dtype == np.float32
    assert ours.array([v, v]).shape == (2, 2)
    assert ours.asarray(x := tf.constant([1.0])) is x
    a = np.array([1.0, 2.0])
    x = ours.from_dlpack(a)
    assert x.tolist() == [1.0, 2.0] and np.shares_memory(x, a)
    assert np.shares_memory(ours.from_dlpack(a[::-1], copy=False), a)
    x[0] = 5.0  # the tensor gets another value, and the array keeps its own
    assert x.tolist() == [5.0, 2.0] and a.tolist() == [1.0, 2.0]
    assert not np.shares_memory(ours.from_dlpack(a, copy=True), a)
    assert ours.from_dlpack(np.array([True])).tolist() == [True]
    assert ours.from_dlpack(np.zeros(0), copy=False).shape == (0,)
    with pytest.raises(BufferError, match="bool"):
        ours.from_dlpack(np.array([True]), copy=False)
    assert ours.fromiter((k for k in range(5)), int, 3).tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="too short"):
        ours.fromiter((k for k in range(2)), int, 3)
    with pytest.raises((TypeError, AttributeError)):
        ours.from_dlpack([1.0])
    with pytest.raises(ValueError, match="cpu"):
        ours.zeros(2, device="gpu")
    with pytest.raises(ValueError, match="writeable"):
        ours.require([1.0], requirements="W")


def test_lists_of_tensors_are_recorded():
    x = tf.constant(2.0, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(ours.array([[x, 1.0], [x * x, 2]]))
    assert float(tape.gradient(y, x)) == 5.0


def test_geometric_ranges_between_signs_are_refused():
    x = tf.constant(2.0, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(TypeError, match="geomspace"):
            ours.geomspace(x, tf.cast(x, tf.complex128) * 1j, 3)
