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
from .exported import Library, exported, library_of, needs_compiler

DTYPES = ("float64", "float32", "int32", "bool")

# What cannot be written as C: functions of libraries, searches, and what few programs have.
MISSING = set(
    """
    avg_pool avg_pool_input band_outer band_times banded_solve bessel_i0 bessel_i0e bessel_i1
    bessel_i1e bessel_iv bessel_j0 bessel_j1 bessel_jv bessel_k0 bessel_k0e bessel_k1 bessel_k1e
    bessel_y0 bessel_y1 beta_density betainc betainc_by_ab dawsn dawson_slope eigh eigvalsh
    expint expm fresnel_cos fresnel_sin gamma_density i0_fall igamma igamma_by_a igammac
    k0_fall max_pool max_pool_input pinv polygamma qr sampled_product singular_values
    sparse_product spence sqrtm svd zeta
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


@needs_compiler
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_special_functions_over_their_range(dtype):
    """To a few units of the last place of the result, or of 1 near digamma's root."""
    small = np.logspace(-6, -0.31, 50)
    cases = {
        "lgamma": (tf.math.lgamma, [*np.linspace(-5.3, 60, 137), *small]),
        "digamma": (tf.math.digamma, [*np.linspace(-5.3, 60, 137), *small, 1e8]),
        "erfinv": (tf.math.erfinv, [*np.linspace(-0.99, 0.99, 101), *small, *(1 - small)]),
        "erfcinv": (tf.math.erfcinv, [*np.linspace(0.01, 1.99, 101), *small, 1e-30]),
        "ndtri": (tf.math.ndtri, [*np.linspace(0.01, 0.99, 101), *small, *(1 - small)]),
    }
    slope = tf.func.elementwise_grad(tf.math.digamma)
    cases["trigamma"] = (slope, cases["digamma"][1])
    programs, arrays = {}, {}
    for name, (f, numbers) in cases.items():
        arrays[name] = np.array(numbers, dtype)
        programs[name] = _core.Program(f, [arrays[name]])
    library = library_of(programs_named(programs))
    for name, program in programs.items():
        actual = library.call(f"f_{name}", arrays[name])[0]
        expected = np.asarray(program.run([arrays[name]])[0])
        eps = 40 * np.finfo(dtype).eps
        np.testing.assert_allclose(actual, expected, rtol=eps, atol=eps, err_msg=name)


def programs_named(programs):
    return {f"f_{name}": program for name, program in programs.items()}


def test_rows_have_names_of_operations():
    names = {row["name"] for row in _core.operation_table()}
    assert set(STEPS) <= names
