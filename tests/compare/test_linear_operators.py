"""Every linear operator beside TensorFlow's: values, gradients, hints, names, products."""

from __future__ import annotations

import os

import numpy as np
import pytest

import autograd_c
from tests.linear_operators import COMPLEX, MAKERS, METHODS, REAL, Numbers, arguments, outcome

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tensorflow = pytest.importorskip("tensorflow")

HINTS = ("is_non_singular", "is_self_adjoint", "is_positive_definite", "is_square")
# What TensorFlow answers otherwise, with the reason.
VALUES = {
    ("Circulant", "adjoint"): "the adjoint forgets the dtype",
    ("Circulant", "H"): "the adjoint forgets the dtype",
    ("Circulant", "inverse"): "the inverse forgets the dtype",
    ("Circulant", "dense inverse"): "the inverse forgets the dtype",
    ("Circulant", "product"): "the product forgets the dtype",
    ("Circulant", "quotient"): "the quotient forgets the dtype",
    ("Tridiag, matrix", ""): "the matrix is taken whole, but for products and solutions",
    ("Identity", "add_to_tensor"): "the operator's batch is left out",
    ("Zeros", "add_to_tensor"): "it fails on batches",
    ("", "log_abs_determinant"): "real for some operators on complex numbers",
}
# Complex ones, of which TensorFlow takes the conjugate of a part.
GRADIENTS = {
    ("", "determinant"),
    ("", "log_abs_determinant"),
    *(("Tridiag", name) for name in METHODS if "solve" in name or "inverse" in name),
    ("Tridiag", "quotient"),
}


BECOMES = {
    ("BlockLowerTriangular", "inverse"): "what is below the diagonal is dense here",
    ("Kronecker, wide", "adjoint"): "it is said to be square",
    ("ScaledIdentity", "inverse"): "of complex ones it is said to be self-adjoint",
}


def listed(maker, method, table):
    return any(maker.startswith(begin) and method.startswith(name) for begin, name in table)


def made(library, maker, dtype, batch):
    numbers = Numbers(library, dtype)
    return MAKERS[maker](numbers, library.linalg, batch), numbers.variables


@pytest.mark.parametrize("dtype", (REAL, COMPLEX))
@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize(
    ("batch", "batch_of_arguments"), [((), ()), ((2,), (2,)), ((2,), (3, 1))], ids=str
)
def test_values_and_gradients(maker, dtype, batch, batch_of_arguments):
    (ours, mine), (theirs, other) = (
        made(library, maker, dtype, batch) for library in (autograd_c, tensorflow)
    )
    assert ours.shape.as_list() == theirs.shape.as_list()
    assert ours.dtype.name == theirs.dtype.name
    for fact in (*HINTS, "name", "tensor_rank", "domain_dimension", "range_dimension"):
        assert getattr(ours, fact) == getattr(theirs, fact), fact
    for name in ("shape", "batch_shape", "tensor_rank", "domain_dimension", "range_dimension"):
        have, expected = (getattr(a, f"{name}_tensor")() for a in (ours, theirs))
        np.testing.assert_array_equal(have, expected)
        assert have.dtype.name == expected.dtype.name
    x = arguments(ours, batch_of_arguments)
    for name, method in METHODS.items():
        if (dtype == COMPLEX or "matrix" in maker or "Circ" in maker or "add" in name) and listed(
            maker, name, VALUES
        ):
            continue
        have = outcome(autograd_c, lambda: method(ours, x), mine)  # noqa: B023
        expected = outcome(tensorflow, lambda: method(theirs, x), other)  # noqa: B023
        if isinstance(expected, Exception):  # what TensorFlow cannot do, some of which is done here
            continue
        assert not isinstance(have, Exception), (name, have)
        assert have[0].dtype == expected[0].dtype, name
        np.testing.assert_allclose(have[0], expected[0], rtol=1e-8, atol=1e-8, err_msg=name)
        if dtype == COMPLEX and listed(maker, name, GRADIENTS):
            continue
        for mine_of_one, right in zip(have[1], expected[1], strict=True):
            np.testing.assert_allclose(mine_of_one, right, rtol=1e-7, atol=1e-7, err_msg=name)


def described(a):
    """An operator by class and hints, with what it is made of."""
    inner = [getattr(a, "operator", None), *getattr(a, "operators", [])]
    parts = [described(each) for each in inner if hasattr(each, "is_square")]
    return type(a).__name__, [getattr(a, hint) for hint in HINTS], parts


@pytest.mark.parametrize("dtype", (REAL, COMPLEX))
@pytest.mark.parametrize("maker", MAKERS)
def test_what_operators_become(maker, dtype):
    (ours, _), (theirs, _) = (
        made(library, maker, dtype, ()) for library in (autograd_c, tensorflow)
    )
    for turn in ("adjoint", "inverse", "cholesky"):
        try:
            expected = getattr(theirs, turn)()
        except ValueError:
            with pytest.raises(ValueError):
                getattr(ours, turn)()
            continue
        have = getattr(ours, turn)()
        if (maker, turn) not in BECOMES:
            assert described(have) == described(expected), turn


@pytest.mark.parametrize("maker", MAKERS)
def test_products_of_two(maker):
    for other in MAKERS:
        (ours, _), (theirs, _) = (
            made(library, maker, REAL, ()) for library in (autograd_c, tensorflow)
        )
        (mine, _), (right, _) = (
            made(library, other, REAL, ()) for library in (autograd_c, tensorflow)
        )
        if "Zeros" in maker + other and "wide" in maker + other:
            continue  # TensorFlow's zeros are multiplied with square operators alone
        try:
            expected = theirs @ right
        except (ValueError, TypeError) as error:
            with pytest.raises(type(error)):
                ours @ mine
            continue
        have = ours @ mine
        assert described(have) == described(expected), other
        if "matrix" not in maker + other:
            np.testing.assert_allclose(have.to_dense(), expected.to_dense(), atol=1e-6)
