"""What names a dtype to NumPy names the same one here, in each function that takes a dtype."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_c as tf
from autograd_c import numpy as ours

NAMES = """
    bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64
    complex128 half single double csingle cdouble
    float int complex byte ubyte short ushort intc uintc long ulong
    longlong ulonglong intp uintp int_ uint bool_ >f8 <f4 =i4 |b1 f2 u8 c16
"""
DTYPES = [*NAMES.split(), *"?bhilqBHILQefdFDpP", float, int, complex, bool, np.float32, np.longlong]
DTYPES += [np.dtype(">f8"), np.dtype("i2"), tf.float16, tf.int64]
NONE_OF_OURS = ["g", "O", "U", "S5", "M8[s]", "nothing", object, str, 7]

MAKE = {
    "zeros": lambda np, t: np.zeros(2, dtype=t),
    "array": lambda np, t: np.array([1, 0], t),
    "asarray": lambda np, t: np.asarray([1, 0], dtype=t),
    "full": lambda np, t: np.full(2, 1, t),
    "arange": lambda np, t: np.arange(2, dtype=t),
    "linspace": lambda np, t: np.linspace(0, 1, 2, dtype=t),
    "logspace": lambda np, t: np.logspace(0, 1, 2, dtype=t),
    "eye": lambda np, t: np.eye(2, dtype=t),
    "tri": lambda np, t: np.tri(2, dtype=t),
    "ones_like": lambda np, t: np.ones_like(np.ones(2), dtype=t),
    "full_like": lambda np, t: np.full_like(np.ones(2), 1, dtype=t),
    "indices": lambda np, t: np.indices((2,), dtype=t),
    "fromfunction": lambda np, t: np.fromfunction(lambda i: i, (2,), dtype=t),
    "fromiter": lambda np, t: np.fromiter([1, 0], t),
    "frombuffer": lambda np, t: np.frombuffer(b"\0" * 16, t),
    "concatenate": lambda np, t: np.concatenate([np.ones(2)], dtype=t, casting="unsafe"),
    "stack": lambda np, t: np.stack([np.ones(2)], dtype=t, casting="unsafe"),
    "astype": lambda np, t: np.ones(2).astype(t),
    "result_type": lambda np, t: np.ones(2, np.result_type(t)),
    "promote_types": lambda np, t: np.ones(2, np.promote_types(t, t)),
}
ADD = {
    "sum": lambda np, t: np.sum(np.ones(2), dtype=t),
    "prod": lambda np, t: np.prod(np.ones(2), dtype=t),
    "mean": lambda np, t: np.mean(np.ones(2), dtype=t),
    "cumsum": lambda np, t: np.cumsum(np.ones(2), dtype=t),
    "cumprod": lambda np, t: np.cumprod(np.ones((2, 2)), axis=1, dtype=t),
    "trace": lambda np, t: np.trace(np.eye(2), dtype=t),
    "nansum": lambda np, t: np.nansum(np.ones(2), dtype=t),
    "method sum": lambda np, t: np.ones(2).sum(dtype=t),
    "method cumsum": lambda np, t: np.ones(2).cumsum(dtype=t),
}


def known(dtype):
    """Whether the NumPy at hand has that name: older ones miss some."""
    try:
        np.dtype(dtype)
    except TypeError:
        return False
    return True


def swapped(dtype):
    return not np.dtype(dtype).isnative


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", [t for t in DTYPES if known(t)], ids=str)
def test_spellings(dtype):
    calls = MAKE if swapped(dtype) else {**MAKE, **ADD}  # NumPy's sums take no other byte order
    for name, make in calls.items():
        expected = np.asarray(make(np, dtype))
        found = make(ours, dtype)
        assert found.dtype == expected.dtype.newbyteorder("="), name
        np.testing.assert_array_equal(found, expected, name)


@pytest.mark.parametrize("dtype", NONE_OF_OURS, ids=str)
@pytest.mark.parametrize("name", ["zeros", "array", "astype", "sum", "cumsum"])
def test_what_is_no_dtype_of_tensors(name, dtype):
    with pytest.raises(TypeError):
        {**MAKE, **ADD}[name](ours, dtype)
