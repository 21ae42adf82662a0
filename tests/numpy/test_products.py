"""NumPy's products, series and polynomials of tensors."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import numpy as ours

from .against_numpy import (
    NUMPY_2,
    Sample,
    Shape,
    as_tensors,
    assert_same,
    check_gradients,
    check_value,
    is_refused,
)

S = Shape
INEXACT = ("float32", "float64", "complex128")

SAMPLES = [
    Sample("dot", S(3), S(3)),
    Sample("dot", S(2, 3), S(3)),
    Sample("dot", S(3), S(3, 2)),
    Sample("dot", S(), S(2, 3)),
    Sample("dot", S(2, 3), 2),
    Sample("dot", S(2, 3, transposed=True), S(3, 4)),
    Sample("dot", S(2, 3), S(2, 3, 2)),
    Sample("dot", S(3), S(2, 3, 2)),
    Sample("dot", S(2, 2, 3), S(3, 2)),
    Sample("dot", S(0), S(0), order=0),
    Sample("dot", S(2, 0), S(0, 3), order=0),
    Sample("dot", S(2), S(3)),
    Sample("vdot", S(2, 3), S(2, 3)),
    Sample("vdot", S(6), S(2, 3)),
    Sample("vdot", S(), S()),
    Sample("vdot", S(2), S(3)),
    Sample("inner", S(3), S(3)),
    Sample("inner", S(2, 3), S(4, 3)),
    Sample("inner", S(2, 2, 3), S(3)),
    Sample("inner", S(3), S(2, 3)),
    Sample("inner", S(), S(3)),
    Sample("outer", S(2), S(3)),
    Sample("outer", S(2, 2), S(3)),
    Sample("outer", S(), S(3)),
    Sample("outer", S(0), S(3), order=0),
    Sample("matmul", S(2, 3), S(3, 2)),
    Sample("matmul", S(3), S(3)),
    Sample("matmul", S(3), S(4, 3, 2)),
    Sample("matmul", S(4, 1, 2, 3), S(5, 3, 2)),
    Sample("matmul", S(2, 3), S(3)),
    Sample("matmul", S(2, 0), S(0, 3), order=0),
    Sample("matmul", S(), S(3)),
    Sample("matmul", S(2, 3), S(2, 3)),
    Sample("matmul", S(2, 3), S(3, 2), dtype="complex128"),
    Sample("tensordot", S(2, 3), S(2, 3)),
    Sample("tensordot", S(2, 3), S(3, 4), 1),
    Sample("tensordot", S(2), S(3), axes=0),
    Sample("tensordot", S(2, 3, 4), S(4, 3, 2), axes=([1, 2], [1, 0])),
    Sample("tensordot", S(2, 3), S(4, 3), axes=(-1, 1)),
    Sample("tensordot", S(2, 3), S(4, 2), axes=1),
    Sample("einsum", "ij,jk", S(2, 3), S(3, 2)),
    Sample("einsum", "ij,jk->ki", S(2, 3), S(3, 2)),
    Sample("einsum", "ii", S(3, 3)),
    Sample("einsum", "ii->i", S(3, 3)),
    Sample("einsum", "...i,i", S(2, 2, 3), S(3)),
    Sample("einsum", "i...->...", S(3, 2)),
    Sample("einsum", "ij,jk,kl", S(2, 3), S(3, 4), S(4, 2), optimize=True),
    Sample("einsum", "ij,jk,k->", S(2, 3), S(3, 4), S(4), optimize="optimal"),
    Sample("einsum", "ij,k,kj,j", S(2, 3), S(4), S(4, 3), S(3), optimize="greedy"),
    Sample("einsum", "i,j", S(2), S(3), dtype="complex128"),
    Sample("einsum", S(2, 3), (0, 1), S(3, 2), (1, 2)),
    Sample("einsum", S(2, 3), (0, 1), S(3, 2), (1, 2), (2, 0)),
    Sample("einsum", S(2, 3, 3), (Ellipsis, 1, 1)),
    Sample("einsum", "ij,jk", S(2, 3), S(2, 3)),
    Sample("einsum", "ij,ij->i", S(2, 1), S(2, 3)),
    Sample("einsum", "ij,jk,k", S(2, 3), S(1, 4), S(4), optimize=True),
    Sample("kron", S(2), S(3)),
    Sample("kron", S(2, 2), S(3)),
    Sample("kron", S(2), S(2, 1, 2)),
    Sample("kron", S(), S(2, 2)),
    Sample("cross", S(3), S(3)),
    Sample("cross", S(2, 3), S(3)),
    Sample("cross", S(3, 2), S(3, 2), axis=0),
    Sample("cross", S(3, 2), S(2, 3), axisa=0, axisc=0),
    Sample("cross", S(4), S(4)),
    Sample("convolve", S(5), S(3)),
    Sample("convolve", S(5), S(2), "same"),
    Sample("convolve", S(5), S(3), "valid"),
    Sample("convolve", S(3), S(5), "same"),
    Sample("convolve", S(2), S(5), "valid"),
    Sample("convolve", S(1), S(1)),
    Sample("convolve", S(0), S(2)),
    Sample("correlate", S(5), S(3)),
    Sample("correlate", S(5), S(3), "full"),
    Sample("correlate", S(5), S(4), "same"),
    Sample("correlate", S(3), S(5), "full"),
    Sample("correlate", S(3), S(4), "same"),
    Sample("correlate", S(3), S(5)),
    Sample("cov", S(2, 5)),
    Sample("cov", S(5)),
    Sample("cov", S(2, 5), rowvar=False),
    Sample("cov", S(2, 5), S(1, 5), bias=True),
    Sample("cov", S(5), S(5), ddof=0),
    Sample("cov", S(2, 3), fweights=[1, 2, 3]),
    Sample("cov", S(2, 3), aweights=[0.5, 1.5, 2.0]),
    Sample("cov", S(2, 3), fweights=[1, 2, 3], aweights=[0.5, 1.5, 2.0], ddof=1),
    Sample("cov", S(2, 5), dtype="float32", order=0),
    Sample("cov", S(2, 3), fweights=[-1, 2, 3]),
    Sample("corrcoef", S(2, 5)),
    Sample("corrcoef", S(3, 5), S(5)),
    Sample("corrcoef", S(5, 2), rowvar=False),
    Sample("polyval", S(3), S(4)),
    Sample("polyval", S(3), S(2, 2)),
    Sample("polyval", S(3), 2.0),
    Sample("polyval", S(1), S(2)),
    Sample("polyadd", S(3), S(2)),
    Sample("polysub", S(2), S(3)),
    Sample("polymul", S(3), S(2)),
    Sample("polydiv", S(4), S(2), only=INEXACT),
    Sample("polydiv", S(2), S(4), only=INEXACT, order=0),
    Sample("polyder", S(4)),
    Sample("polyder", S(4), 2),
    Sample("polyder", S(2), 2, order=0),
    Sample("polyint", S(3)),
    Sample("polyint", S(3), 2, [1.0, 2.0]),
    Sample("poly", S(3)),
    Sample("roots", S(4), only=("float64", "complex128"), order=1),
    Sample("polyfit", S(6), S(6), 2, only=INEXACT, order=1),
    Sample("polyfit", S(6), S(6, 2), 1, only=("float64",), order=1),
    Sample("polyfit", S(6), S(6), 1, only=("float64",), cov=True, order=1),
    Sample("polyfit", S(6), S(6), 1, only=("float64",), w=np.arange(1.0, 7.0), order=1),
]
if NUMPY_2:
    SAMPLES += [
        Sample("vecdot", S(3), S(3)),
        Sample("vecdot", S(2, 3), S(3)),
        Sample("vecdot", S(3, 2), S(3, 1), axis=0),
        Sample("vecdot", S(2, 3), S(2)),
        Sample("matvec", S(2, 3), S(3)),
        Sample("matvec", S(4, 2, 3), S(4, 3)),
        Sample("vecmat", S(2), S(2, 3)),
        Sample("vecmat", S(4, 2), S(2, 3)),
        Sample("vecmat", S(2), S(3)),
    ]
    NEWEST = ("vecdot", "matvec", "vecmat")
    SAMPLES = [s for s in SAMPLES if s.name not in NEWEST or hasattr(np, s.name)]

CASES = [(s, d) for s in SAMPLES for d in s.dtypes]
NAMES = [f"{s}-{d}" for s, d in CASES]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("sample", "dtype"), CASES, ids=NAMES)
def test_values_dtypes_and_shapes_are_numpys(sample, dtype):
    check_value(sample, dtype)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_numpys_own_function_of_tensors_is_ours(sample):
    check_value(sample, "float64", dispatched=True)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("sample", [s for s in SAMPLES if s.order and not is_refused(s)], ids=str)
def test_derivatives(sample):
    check_gradients(sample)


@pytest.mark.parametrize(
    "sample",
    [
        Sample("vdot", S(3), S(3)),
        Sample("dot", S(2, 3), S(3, 2)),
        Sample("correlate", S(4), S(2), "full"),
        Sample("cov", S(2, 3)),
        Sample("einsum", "ij,j->i", S(2, 3), S(3)),
    ],
    ids=str,
)
def test_derivatives_of_complex_numbers(sample):
    check_gradients(sample, "complex128", order=1)


def test_numbers_and_lists_of_tensors_are_taken():
    x = tf.constant([1.0, 2.0], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = ours.dot([x[0], x[1] * x[1]], [3, 4]) + ours.inner(2, x[0])
    assert float(y) == 21.0
    assert tape.gradient(y, x).numpy().tolist() == [5.0, 16.0]
    v = tf.Variable([1.0, 2.0])
    assert ours.outer(v, v).dtype == ours.kron(v, v).dtype == np.float32
    assert ours.dot(v, np.ones(2)).dtype == np.float64


def test_integers_and_floats_promote_as_numpys():
    a, b = np.arange(4, dtype=np.int32).reshape(2, 2), np.ones((2, 2), np.float32)
    for name in ("dot", "matmul", "inner", "tensordot", "kron", "outer", "vdot"):
        f = getattr(np, name)
        assert_same(getattr(ours, name)(*as_tensors([a, b])), f(a, b), name)


def test_paths_are_numpys():
    a, b, c = np.ones((2, 9)), np.ones((9, 9)), np.ones((9, 2))
    path, text = ours.einsum_path("ij,jk,kl", *as_tensors([a, b, c]), optimize="optimal")
    theirs = np.einsum_path("ij,jk,kl", a, b, c, optimize="optimal")
    assert (path, text) == tuple(theirs)
    assert_same(ours.einsum("ij,jk,kl", a, b, c, optimize=path), np.einsum("ij,jk,kl", a, b, c))


def test_poly_of_a_matrix_and_of_pairs_of_roots():
    a = np.array([[1.0, 2.0], [-2.0, 1.0]])
    assert_same(ours.poly(tf.constant(a)), np.poly(a))
    pair = np.array([1 + 2j, 1 - 2j])
    assert_same(ours.poly(tf.constant(pair)), np.poly(pair))


def test_poly_of_no_roots():
    assert float(ours.poly(tf.zeros(0, tf.float64))) == np.poly(np.zeros(0)) == 1.0


def test_trailing_zeros_are_roots():
    p = np.array([0.0, 2.0, -6.0, 4.0, 0.0, 0.0])
    assert_same(ours.roots(tf.constant(p)), np.roots(p))
    assert ours.roots(tf.zeros(3, tf.float64)).shape == (0,)


def test_all_of_a_fit():
    x, y = np.arange(6.0), np.array([0.0, 1.2, 1.8, 3.1, 4.2, 4.9])
    found = ours.polyfit(*as_tensors([x, y]), 1, full=True)
    p, residuals, rank, s, rcond = np.polyfit(x, y, 1, full=True)
    assert_same((found[0], found[1], found[3]), (p, residuals, s))
    assert (found[2], found[4]) == (rank, rcond)
