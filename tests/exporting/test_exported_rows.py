"""Each elementwise row as C, for each dtype that C has, against the engine."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from autograd_c.core import _core
from autograd_c.exporting import expressions, helpers
from autograd_c.exporting.types import C_TYPES, kind_of
from autograd_c.values import errors

from ..operations import ROWS, public, sample, seed_of
from .exported import library_of, needs_compiler

KINDS = {
    "b": ["bool"],
    "i": [d for d in C_TYPES if "int" in d],
    "f": ["float32", "float64"],
    "c": [],
}
CASES = [(row, dtype) for row in ROWS for kind in row["kinds"] for dtype in KINDS[kind]]


def numbers(row, dtype):
    """Those of the range of the row, and the ends of the dtype's."""
    kind = kind_of(dtype)
    if kind == "bool":
        return np.array([False, True])
    inside = sample(row["low"], row["high"], (8,), dtype, seed_of(row["name"], dtype))
    if kind == "floating":
        limits = np.finfo(dtype)
        ends = [0.0, -0.0, 1, -1, 0.5, np.inf, -np.inf, np.nan, limits.max, -limits.max]
        ends += [
            limits.tiny,
            -limits.tiny,
            limits.smallest_subnormal,
            1e10,
            -700.5,
            37.0,
            1 + limits.eps,
        ]
    else:
        limits = np.iinfo(dtype)
        ends = [
            0,
            1,
            2,
            3,
            7,
            limits.max,
            limits.min,
            limits.max // 2,
            limits.bits,
            limits.bits - 1,
        ]
        ends += [-1, -2, -7] if kind == "signed" else []
    return np.concatenate([inside, np.array(ends, dtype)])


def arrays_of(row, dtype):
    x = numbers(row, dtype)
    if row["arity"] == 1:
        return [x]
    pairs = np.array(list(itertools.product(x, x)), dtype)
    a, b = pairs[:, 0].copy(), pairs[:, 1].copy()
    if kind_of(dtype) in ("signed", "unsigned"):
        if row["name"] in ("floordiv", "mod", "truncatediv", "truncatemod"):
            b[b == 0] = 1
        if row["name"] == "pow":
            b = np.abs(b % 40).astype(dtype)
    return [a, b]


def rounds_otherwise(row, dtype):
    """Whether it calls functions that libraries round differently."""
    used = helpers.Helpers()
    text = expressions.value_of(row["name"], dtype, ["a", "b"][: row["arity"]], used)
    exact = {"sqrt", "floor", "ceil", "rint", "fabs", "nextafter", "fmod"}
    names = "|".join(set(helpers.LIBM.values()) - exact)
    return re.search(rf"\b({names})f?\(", "\n".join([text, *used.texts])) is not None


def name_of(row, dtype):
    return f"row_{row['name']}_{dtype}"


@pytest.fixture(scope="module")
def library():
    programs = {}
    for row, dtype in CASES:
        with np.errstate(all="ignore"):
            programs[name_of(row, dtype)] = _core.Program(public(row), arrays_of(row, dtype))
    return library_of(programs)


@needs_compiler
@pytest.mark.parametrize("row, dtype", CASES, ids=[name_of(*case) for case in CASES])
def test_a_row_as_c(row, dtype, library):
    arrays = arrays_of(row, dtype)
    with np.errstate(all="ignore"):
        expected = np.asarray(_core.Program(public(row), arrays).run(arrays)[0])
        (actual,) = library.call(name_of(row, dtype), *arrays)
    assert actual.dtype == expected.dtype
    if expected.dtype.kind != "f":
        np.testing.assert_array_equal(actual, expected)
        return
    ulps = 8 if rounds_otherwise(row, dtype) else 0
    info = np.finfo(dtype)
    np.testing.assert_allclose(
        actual, expected, rtol=ulps * info.eps, atol=ulps * info.smallest_subnormal
    )
    if ulps == 0:
        there = ~np.isnan(expected)
        np.testing.assert_array_equal(np.signbit(actual[there]), np.signbit(expected[there]))


def test_an_expression_that_calls_what_c_does_not_have():
    entry = {"name": "new_row", "expression": "x * unheard_of(x)", "arity": 1}
    with pytest.raises(errors.UnimplementedError, match="new_row.*unheard_of.*helpers.py"):
        expressions.Expression(expressions.Row(entry), "float64", ["x"], helpers.Helpers())


@pytest.mark.parametrize(
    "text, dtype, expected",
    [
        ("x - (x - x)", "float64", "u - (u - u)"),
        ("x - x - x", "float64", "u - u - u"),
        ("-x * x", "float32", "-u * u"),
        ("-(x + 2)", "float32", "-(u + 2.0f)"),
        ("- -x", "float64", "-(-u)"),
        ("x / (x * x)", "float64", "u / (u * u)"),
        ("x + x", "int8", "(int8_t)((uint32_t)u + (uint32_t)u)"),
        ("x - x == 0", "float64", "u - u == 0.0"),
        ("!x", "bool", "!u"),
        ("select(x > 0, constant(x, -1e4), 0)", "float64", "u > 0.0 ? (-10000.0) : 0.0"),
    ],
)
def test_an_expression(text, dtype, expected):
    row = expressions.Row({"name": "row", "expression": text, "arity": 1})
    made = expressions.Expression(row, dtype, ["u"], helpers.Helpers()).text
    assert made == expected


@pytest.mark.parametrize("text", ["x $ 2", "x + 'a'", "1.5.2 + #"])
def test_what_is_no_expression(text):
    with pytest.raises(ValueError, match="no expression"):
        expressions.parse(text)
