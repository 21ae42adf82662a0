"""Each use of a structural operation as C, and its gradient, against the engine."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import autograd_c as tf
from autograd_c.core import _core
from autograd_c.exporting.helpers import Helpers
from autograd_c.exporting.rows import STEPS
from autograd_c.values import errors

from ..derivatives import gradient_of, listed, random_like
from ..entries import ENTRIES
from .exported import Library, exported, needs_compiler

DTYPES = ("float64", "float32", "int32", "bool")

# What cannot be written as C: functions of libraries, searches, and what few programs have.
MISSING = set(
    """
    argsort avg_pool avg_pool_input band_outer band_times banded_solve bessel_i0 bessel_i0e
    bessel_i1 bessel_i1e bessel_iv bessel_j0 bessel_j1 bessel_jv bessel_k0 bessel_k0e bessel_k1
    bessel_k1e bessel_y0 bessel_y1 beta_density betainc betainc_by_ab cofactors conv conv_filter
    conv_input dawsn dawson_slope digamma eigh eigvalsh erfcinv erfinv expint expm fresnel_cos
    fresnel_sin gamma_density i0_fall igamma igamma_by_a igammac k0_fall lgamma lu max_pool
    max_pool_input ndtri pinv polygamma qr sampled_product searchsorted segment_max
    segment_min singular_values slogdet sort sparse_product spence sqrtm svd top_k trigamma zeta
    """.split()
)


def program_of(entry, dtype):
    arrays = entry.arrays(dtype)
    return _core.Program(entry.function, arrays), arrays


def gradient_program_of(entry):
    arrays = entry.arrays("float64")
    upstream = random_like(listed(entry.function(*map(tf.constant, arrays))))
    arrays = [*arrays, *upstream]
    return _core.Program(gradient_of(entry.function, len(entry.shapes)), arrays), arrays


@pytest.fixture(scope="module")
def made():
    """Of each entry, by its number: the programs, their arrays and their names in the library."""
    helpers, functions, found = Helpers(), [], {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for number, entry in enumerate(ENTRIES):
            found[number] = []
            makers = [(d, lambda e=entry, d=d: program_of(e, d)) for d in DTYPES]
            makers = [(d, make) for d, make in makers if d in entry.accepted()]
            if entry.differentiable and "float64" in entry.accepted():
                makers.append(("gradient", lambda e=entry: gradient_program_of(e)))
            for kind, make in makers:
                try:
                    program, arrays = make()
                    if program.bound:
                        continue
                    name = f"entry_{number}_{kind}"
                    functions.append(exported(name, program, helpers))
                    found[number].append((name, program, arrays))
                except errors.UnimplementedError as error:
                    found[number].append((str(error), None, None))
    return Library(functions, helpers, options=("-O1",)), found


def outcome(run):
    try:
        return [np.asarray(x) for x in run()]
    except (RuntimeError, ValueError, errors.OpError, IndexError):
        return None


@needs_compiler
@pytest.mark.parametrize("number", range(len(ENTRIES)), ids=[e.name for e in ENTRIES])
def test_an_operation_as_c(number, made):
    library, found = made
    for name, program, arrays in found[number]:
        if program is None:
            continue
        with np.errstate(all="ignore"):
            expected = outcome(lambda p=program, a=arrays: p.run(a))
            actual = outcome(lambda n=name, a=arrays: library.call(n, *a))
        assert (expected is None) == (actual is None), name
        for x, y in zip(actual or [], expected or [], strict=True):
            assert x.dtype == y.dtype and x.shape == y.shape
            t = 200 * np.finfo(y.dtype).eps if y.dtype.kind == "f" else 0
            np.testing.assert_allclose(x, y, rtol=t, atol=t, err_msg=name)


@needs_compiler
def test_what_cannot_be_written(made):
    """It is known, and whatever else is added to the operations has to be written as C, too."""
    _, found = made
    missing = set()
    for cases in found.values():
        for text, program, _ in cases:
            if program is None and text.endswith("cannot be written as C yet"):
                missing.add(text.split("]")[0][1:])
    assert missing == MISSING


def test_rows_have_names_of_operations():
    names = {row["name"] for row in _core.operation_table()}
    assert set(STEPS) <= names
