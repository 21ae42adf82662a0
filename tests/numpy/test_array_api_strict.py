"""Values, dtypes and shapes of the Array API's functions beside those of array-api-strict."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import autograd_c as tf

from .test_array_api import OF_ONE, OF_TWO, found

strict = pytest.importorskip("array_api_strict", "2.6")

SQUARE, ROW, COLUMN = (3, 3), (3,), (3, 1)  # shapes of arrays


class Array(tuple):
    """A shape, of which an array is made."""


A, V, C = Array(SQUARE), Array(ROW), Array(COLUMN)
MASK, PLACES = np.array([True, False, True]), np.array([0, 2])
OTHERS = {
    "all": [((A,), {"axis": 0})],
    "any": [((A,), {"keepdims": True})],
    "arange": [((3,), {}), ((1, 7, 2), {}), ((1.0, 2.0, 0.25), {})],
    "argmax": [((A,), {"axis": 1})],
    "argmin": [((A,), {})],
    "argsort": [((A,), {}), ((A,), {"descending": True})],
    "astype": [((A, "float64"), {})],
    "broadcast_arrays": [((A, V), {})],
    "broadcast_to": [((V, (2, 3)), {})],
    "clip": [((A,), {"min": 1, "max": 2})],
    "concat": [(([V, V],), {}), (([A, A],), {"axis": None})],
    "count_nonzero": [((A,), {"axis": 0})],
    "cumulative_prod": [((V,), {})],
    "cumulative_sum": [((A,), {"axis": 1, "include_initial": True})],
    "diff": [((A,), {}), ((A,), {"n": 2, "axis": 0})],
    "expand_dims": [((A,), {"axis": 1})],
    "eye": [((3,), {}), ((2, 3), {"k": 1})],
    "flip": [((A,), {"axis": 0})],
    "full": [(((2, 3), 7.0), {}), (((2,), 3), {})],
    "full_like": [((A, 2), {})],
    "isin": [((A, V), {})],  # 2.6.1 forgets `invert`
    "linspace": [((0.0, 1.0), {"num": 4, "endpoint": False})],
    "max": [((A,), {"axis": 0})],
    "mean": [((A,), {}), ((A,), {"axis": (0, 1), "keepdims": True})],
    "meshgrid": [((V, V), {"indexing": "ij"})],
    "min": [((A,), {})],
    "moveaxis": [((A, 0, 1), {})],
    "ones": [(((2, 3),), {})],
    "permute_dims": [((A, (1, 0)), {})],
    "prod": [((A,), {}), ((A,), {"axis": 0})],
    "repeat": [((A, 2), {"axis": 0})],
    "reshape": [((A, (9,)), {})],
    "roll": [((A, 2), {}), ((A, 1), {"axis": 0})],
    "searchsorted": [((V, V), {})],
    "sort": [((A,), {}), ((A,), {"descending": True, "axis": 0})],
    "squeeze": [((C, 1), {})],
    "stack": [(([V, V],), {"axis": -1})],
    "std": [((A,), {"correction": 1.0}), ((A,), {"axis": 1})],
    "sum": [((A,), {}), ((A,), {"axis": 0, "keepdims": True})],
    "take": [((A, PLACES), {"axis": 1})],
    "tensordot": [((A, A), {}), ((A, V), {"axes": 1})],
    "tile": [((A, (2, 1)), {})],
    "tril": [((A,), {"k": 1})],
    "triu": [((A,), {})],
    "unstack": [((A,), {"axis": 1})],
    "var": [((A,), {"correction": 1.0}), ((A,), {"axis": 1})],
    "vecdot": [((A, V), {}), ((A, A), {"axis": 0})],
    "where": [((MASK, V, V), {})],
    "zeros": [(((2, 3),), {})],
    "linalg.cross": [((A, V), {})],
    "linalg.diagonal": [((A,), {"offset": 1})],
    "linalg.matrix_norm": [((A,), {}), ((A,), {"ord": "nuc"})],
    "linalg.matrix_power": [((A, 2), {}), ((A, -1), {})],
    "linalg.matrix_rank": [((A,), {})],
    "linalg.outer": [((V, V), {})],
    "linalg.pinv": [((A,), {})],
    "linalg.solve": [((A, V), {}), ((A, A), {})],
    "linalg.trace": [((A,), {"offset": -1})],
    "linalg.vector_norm": [((A,), {"axis": 0, "ord": 1})],
    **{f"fft.{name}": [((V,), {"norm": "ortho"})] for name in "fft ifft rfft irfft hfft".split()},
    **{f"fft.{name}": [((A,), {})] for name in "ihfft fftn ifftn rfftn irfftn".split()},
    **{f"fft.{name}": [((A,), {})] for name in "fftshift ifftshift".split()},
}
# Whose results are open in part.
OPEN = {"linalg.eig", "linalg.eigh", "linalg.eigvals"}
CALLS = {
    **{name: [((A,), {}), ((V,), {})] for name in OF_ONE.split() if name not in OPEN},
    **{name: [((A, A), {}), ((A, V), {})] for name in OF_TWO.split()},
    **OTHERS,
}
DTYPES = "bool int32 int64 uint8 float32 float64 complex64 complex128".split()


def made(x, dtype, convert, random):
    if isinstance(x, Array):
        kind = np.dtype(dtype).kind
        if kind in "biu":
            return convert(random.integers(0 if kind == "b" else 1, 5, x).astype(dtype))
        a = random.uniform(0.2, 0.9, x)
        return convert((a + 1j * a[::-1] if kind == "c" else a).astype(dtype))
    if isinstance(x, list):
        return [made(each, dtype, convert, random) for each in x]
    if isinstance(x, str) and x == "float64":
        return convert(np.zeros(())).dtype
    return convert(x) if isinstance(x, np.ndarray) else x


def arrays_of(result):
    many = isinstance(result, (tuple, list))
    return [np.asarray(each) for each in (result if many else [result])]


@pytest.mark.parametrize("name", CALLS)
def test_a_function_gives_what_array_api_strict_gives(name):
    compared = 0
    for dtype in DTYPES:
        for arguments, options in CALLS[name]:
            theirs, mine = (
                [made(x, dtype, convert, np.random.default_rng(1)) for x in arguments]
                for convert in (strict.asarray, tf.constant)
            )
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    expected = arrays_of(found(name, strict)(*theirs, **options))
                except Exception:  # what the standard does not define
                    continue
                results = arrays_of(found(name)(*mine, **options))
            assert len(results) == len(expected)
            for x, y in zip(results, expected):
                where = f"{name} of {dtype}"
                assert (x.dtype, x.shape) == (y.dtype, y.shape), where
                np.testing.assert_allclose(x, y, rtol=1e-4, atol=1e-5, err_msg=where)
            compared += 1
    assert compared
