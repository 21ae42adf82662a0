from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest

from autograd_c import dtypes
from autograd_c.dtypes import ALL, PROMOTION, DType, as_dtype, promote
from autograd_c.errors import InvalidArgumentError

NAMES = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 "
    "float16 bfloat16 float32 float64 complex64 complex128"
).split()
# bfloat16 is in tests/functions/test_bfloat16.py.
NUMPY = [t for t in ALL if t.name != "bfloat16"]
by_dtype = pytest.mark.parametrize("t", NUMPY, ids=str)


def test_codes_are_the_order_of_the_engine() -> None:
    assert [t.name for t in ALL] == NAMES
    assert [t.code for t in ALL] == list(range(15))


def test_module_constants() -> None:
    for name in NAMES[1:]:
        assert getattr(dtypes, name) is as_dtype(name)
    assert dtypes.bool_ is as_dtype("bool")
    assert dtypes.half is dtypes.float16
    assert dtypes.double is dtypes.float64


@by_dtype
def test_equal_to_what_numpy_calls_the_same(t: DType) -> None:
    numpy_dtype = np.dtype(t.name)
    for other in (t, numpy_dtype, numpy_dtype.type, t.name, numpy_dtype.str):
        assert t == other and other == t
        assert not t != other
    assert hash(t) == hash(numpy_dtype)
    assert {numpy_dtype: 1}[t] == {t: 1}[numpy_dtype] == 1  # type: ignore[index]


@by_dtype
def test_differs_from_the_rest(t: DType) -> None:
    others = [u for u in NUMPY if u is not t]
    assert all(t != u and t != u.name and t != u.dtype and u.as_numpy_dtype != t for u in others)
    for other in (
        None,
        1,
        "foo",
        np.generic,
        np.integer,
        object(),
        [t],
        np.dtype("S3"),
        np.longdouble,
        str,
    ):
        assert t != other


def test_byte_order_counts_in_comparisons_only() -> None:
    swapped = np.dtype("f4").newbyteorder()
    assert dtypes.float32 != swapped
    assert as_dtype(swapped) is dtypes.float32


@by_dtype
def test_numpy_takes_it_as_dtype(t: DType) -> None:
    assert np.dtype(t) == t.dtype  # type: ignore[call-overload]
    assert np.zeros(2, dtype=t).dtype == t  # type: ignore[call-overload]
    assert np.ones(3).astype(t).itemsize == t.size  # type: ignore[call-overload]


@by_dtype
def test_kinds(t: DType) -> None:
    kinds = (t.is_bool, t.is_integer, t.is_floating, t.is_complex)
    assert sum(kinds) == 1
    assert kinds.index(True) == [kind in t.name for kind in ("bool", "int", "float", "comp")].index(
        True
    )
    assert t.is_unsigned == t.name.startswith("u")
    assert t.is_numpy_compatible
    assert t.base_dtype is t
    assert t.size == t.itemsize == np.dtype(t.name).itemsize
    assert t.as_numpy_dtype is t.type is np.dtype(t.name).type
    assert t.kind == np.dtype(t.name).kind


def test_real_dtype() -> None:
    assert dtypes.complex64.real_dtype is dtypes.float32
    assert dtypes.complex128.real_dtype is dtypes.float64
    assert all(t.real_dtype is t for t in ALL if not t.is_complex)


@by_dtype
def test_extremes(t: DType) -> None:
    if t.is_integer:
        info = np.iinfo(t.dtype)
        assert (t.min, t.max) == (info.min, info.max)
        assert type(t.min) is int
        assert t.limits == (0, info.max)
    elif t.is_floating:
        assert (t.min, t.max) == (np.finfo(t.dtype).min, np.finfo(t.dtype).max)
        assert type(t.max) is t.as_numpy_dtype
        assert t.limits == (0, 1)
    else:
        with pytest.raises(TypeError, match="Cannot find minimum value of <dtype"):
            _ = t.min
        with pytest.raises(TypeError, match="Cannot find maximum value of <dtype"):
            _ = t.max
    if t.is_complex:
        with pytest.raises(ValueError, match="does not have defined limits"):
            _ = t.limits
    if t.is_bool:
        assert t.limits == (False, True)


@by_dtype
def test_text(t: DType) -> None:
    assert repr(t) == f"tf.{t.name}"
    assert str(t) == f"<dtype: '{t.name}'>"


@by_dtype
def test_one_object_only(t: DType) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(t, protocol)) is t
    assert copy.copy(t) is t
    assert copy.deepcopy([t])[0] is t
    assert DType(t) is t
    assert DType(t.name) is t


def test_pickles_across_processes() -> None:
    code = (
        "import pickle, sys; sys.stdout.buffer.write(pickle.dumps(pickle.load(sys.stdin.buffer)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=pickle.dumps(ALL), capture_output=True, check=True
    )
    assert all(a is b for a, b in zip(pickle.loads(done.stdout), ALL, strict=True))


def test_immutable() -> None:
    with pytest.raises(AttributeError, match="immutable"):
        dtypes.float32.name = "other"
    with pytest.raises(AttributeError, match="immutable"):
        del dtypes.float32.name
    with pytest.raises(AttributeError):
        dtypes.float32.unheard_of = 1  # type: ignore[attr-defined]
    assert dtypes.float32.name == "float32"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (float, "float32"),
        (int, "int32"),
        (bool, "bool"),
        (complex, "complex128"),
        ("half", "float16"),
        ("float", "float32"),
        ("double", "float64"),
        ("f4", "float32"),
        ("<i8" if sys.byteorder == "little" else ">i8", "int64"),
        (np.float16, "float16"),
        (np.bool_, "bool"),
        (np.longlong, "int64"),
        (np.ulonglong, "uint64"),
        (np.intc, "int32"),
        (np.dtype(np.longlong), "int64"),
        (np.dtype("c8"), "complex64"),
        (np.zeros(2, np.uint16), "uint16"),
        (np.float64(1.0), "float64"),
    ],
)
def test_as_dtype(given: object, name: str) -> None:
    assert as_dtype(given).name == name


@pytest.mark.parametrize(
    "given",
    [
        *(None, 3, 1.5, "nope", "int", "", "S3", str, object, list, [1], (), {}, b"float32"),
        *(np.longdouble, np.dtype("M8[s]"), np.dtype("S4"), np.dtype([("a", "f4")]), np.generic),
        *(np.array("text"), np.floating, np.void),
    ],
)
def test_as_dtype_refuses(given: object) -> None:
    with pytest.raises(TypeError, match="Cannot convert the argument `type_value`"):
        as_dtype(given)


def test_objects_whose_dtype_is_no_dtype() -> None:
    class Odd:
        dtype = "float32"

    class Looping:
        @property
        def dtype(self) -> object:
            return self

    for odd in (Odd(), Looping()):
        with pytest.raises(TypeError):
            as_dtype(odd)


def test_is_compatible_with() -> None:
    assert dtypes.float32.is_compatible_with("float32")
    assert dtypes.float32.is_compatible_with(np.float32)
    assert not dtypes.float32.is_compatible_with(np.float64)
    with pytest.raises(TypeError):
        dtypes.float32.is_compatible_with("nope")


def test_python_float_can_be_set() -> None:
    try:
        dtypes.set_python_float("float64")
        assert as_dtype(float) is dtypes.float64
        assert dtypes.float64 in (float,)
        with pytest.raises(ValueError, match="float32 or float64"):
            dtypes.set_python_float("int8")
    finally:
        dtypes.set_python_float(dtypes.float32)
    assert as_dtype(float) is dtypes.float32


# The Array API standard 2024.12, "Type Promotion Rules", copied out: rows and columns in the
# order of its tables, and float16 and bfloat16 added.
STANDARD = {
    "int8 int16 int32 int64": """
        int8  int16 int32 int64
        int16 int16 int32 int64
        int32 int32 int32 int64
        int64 int64 int64 int64""",
    "uint8 uint16 uint32 uint64": """
        uint8  uint16 uint32 uint64
        uint16 uint16 uint32 uint64
        uint32 uint32 uint32 uint64
        uint64 uint64 uint64 uint64""",
    "float16 bfloat16 float32 float64 complex64 complex128": """
        float16    float32    float32    float64    complex64  complex128
        float32    bfloat16   float32    float64    complex64  complex128
        float32    float32    float32    float64    complex64  complex128
        float64    float64    float64    float64    complex128 complex128
        complex64  complex64  complex64  complex128 complex64  complex128
        complex128 complex128 complex128 complex128 complex128 complex128""",
    "bool": "bool",
}
MIXED = {  # signed rows, unsigned columns
    "int8": "int16 int32 int64",
    "int16": "int16 int32 int64",
    "int32": "int32 int32 int64",
    "int64": "int64 int64 int64",
}


def standard_table() -> dict[tuple[str, str], str]:
    table = {}
    for heads, rows in STANDARD.items():
        for a, row in zip(heads.split(), rows.strip().splitlines(), strict=True):
            for b, result in zip(heads.split(), row.split(), strict=True):
                table[a, b] = result
    for a, row in MIXED.items():
        for b, result in zip(("uint8", "uint16", "uint32"), row.split(), strict=True):
            table[a, b] = table[b, a] = result
    return table


def test_promotion_is_the_standard() -> None:
    table = standard_table()
    for a in ALL:
        for b in ALL:
            expected = table.get((a.name, b.name))
            code = PROMOTION[15 * a.code + b.code]
            if expected is None:
                assert code == -1
                with pytest.raises(TypeError) as caught:
                    promote(a, b)
                assert isinstance(caught.value, InvalidArgumentError)
                text = str(caught.value)
                assert a.name in text and b.name in text and "tf.cast" in text
            else:
                assert promote(a, b).name == promote(a.name, b.name).name == expected
                assert ALL[code].name == expected
    assert len(PROMOTION) == 15 * 15


def test_promotion_agrees_with_numpy_where_there_is_a_rule() -> None:
    for a in NUMPY:
        for b in NUMPY:
            code = PROMOTION[15 * a.code + b.code]
            assert code == -1 or ALL[code] == np.promote_types(a.dtype, b.dtype)


def test_promote_says_which_argument_is_no_dtype() -> None:
    with pytest.raises(TypeError, match="'nope'"):
        promote("float32", "nope")
