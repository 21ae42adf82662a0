"""Every operation as NumPy spells it: the systematic test, of NumPy's own functions of tensors.

The references of rows and entries are programs of NumPy's and SciPy's functions. Here they are run
with tensors: as they are, so that NumPy asks us, and with `autograd_c.numpy` in NumPy's place. They
must give NumPy's values and dtypes, and the derivatives of the operation whose reference they are,
which `tests/functions/test_operations.py` holds against differences.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy import special

import autograd_c as tf
from autograd_c import numpy as our_numpy
from autograd_c import scipy as our_scipy

from .. import entries, operations
from ..derivatives import forward, gradient_of, listed, random_like, reverse
from ..operations import ROWS, assert_close, dtypes_of, layouts, public, reference, tolerance

# ---------------------------------------------------------------- reviewed lists: what is not so

# References that are no functions of NumPy's. SciPy makes arrays of what they are given.
NOT_NUMPYS = re.compile(r"dct\(")
# References that put tensors into new arrays (np.zeros and an assignment, np.array, np.full), which
# NumPy makes without asking anybody, or are functions of SciPy's and no universal ones. There the
# tensors leave the tape, which is an error where tf.func differentiates. `autograd_c.numpy` and
# `autograd_c.scipy` record them.
LEAVING = re.compile(
    r"band_outer|band_times|banded_triangular_solve|bincount|conv_filter|conv_input|diag k"
    r"|diag_part k|fill\(|lu$|nested lists|norm\(ord=(1|3|inf)|polygamma|put_along_axis"
    r"|reduce_(euclidean_norm|logsumexp|std|variance)|(unsorted_)?segment_|set_diag k"
    r"|sparse_product|sparse\.to_dense|tridiagonal"
)
# What code of SciPy's in Python calls gives arrays, unless a derivative would be lost by it.
SCIPYS = re.compile(r"zeta")

SIZES = [(), (1,), (0,), (2, 0), (9,), (513,), (2, 3)]
BROADCASTS = [
    ((3, 4), ()),
    ((), (3, 4)),
    ((5, 1), (1, 6)),
    ((4,), (3, 4)),
    ((1,), (1, 1)),
    ((0,), (1,)),
    ((2, 0), ()),
    ((0, 3), (1, 3)),
]


@dataclass(frozen=True)
class Case:
    """An operation, and the program of NumPy's functions that is its reference."""

    name: str
    program: Callable[..., Any]
    operation: Callable[..., Any]
    arguments: Callable[[str], list[list[np.ndarray]]]  # of a dtype: those of several calls
    dtypes: list[str]
    differentiable: bool

    def leaves(self, space):
        """Whether a tensor is put into an array on the way."""
        return space is np and LEAVING.match(self.name)


def cases() -> Iterator[Case]:
    for row in ROWS:
        shapes = [(s,) * row["arity"] for s in SIZES]
        if row["arity"] == 2:
            shapes += BROADCASTS
        yield Case(
            row["name"],
            reference(row),
            public(row),
            lambda dtype, row=row, shapes=shapes: [
                operations.arguments(row, s, dtype) for s in shapes
            ],
            dtypes_of(row["kinds"]),
            bool(row["differentiable"]),
        )
    for entry in entries.ENTRIES:
        if not NOT_NUMPYS.match(entry.name):
            yield Case(
                entry.name,
                entry.reference,
                entry.function,
                lambda dtype, entry=entry: [entry.arrays(dtype)],
                entry.accepted(),
                entry.differentiable,
            )


CASES = list(cases())


@contextmanager
def named(space):
    """The modules of references see `space` as `np`, and its SciPy as `special`."""
    theirs = {"np": space, "special": special if space is np else our_scipy.special}
    modules = [operations, *entries.SUBJECTS]
    kept = [(m, name, getattr(m, name)) for m in modules for name in theirs if hasattr(m, name)]
    for module, name, _ in kept:
        setattr(module, name, theirs[name])
    try:
        yield
    finally:
        for module, name, thing in kept:
            setattr(module, name, thing)


def spelled(case, space):
    """The program as a function of tensors."""

    def program(*tensors):
        with named(space):
            return case.program(*tensors)

    return program


def each(keep=lambda case: True):
    return pytest.mark.parametrize("case", [pytest.param(c, id=c.name) for c in CASES if keep(c)])


def tensors_of(arrays):
    return [tf.constant(a) for a in arrays]


# ---------------------------------------------------------------- tests


def test_reviewed_lists_name_what_there_is():
    names = [row["name"] for row in ROWS] + [entry.name for entry in entries.ENTRIES]
    for pattern in (NOT_NUMPYS, LEAVING, SCIPYS):
        for part in re.split(r"\|(?![^(]*\))", pattern.pattern):
            assert any(re.match(part, name) for name in names), part


@each()
@pytest.mark.filterwarnings("ignore")
def test_values_and_dtypes_are_numpys(case):
    for dtype in case.dtypes:
        for arrays in case.arguments(dtype):
            try:
                with np.errstate(all="ignore"):
                    expected = listed(case.program(*arrays))
            except TypeError:  # its linear algebra does not take float16, which ours does
                assert dtype == "float16"
                continue
            for space in (np, our_numpy):
                found = listed(spelled(case, space)(*tensors_of(arrays)))
                assert len(found) == len(expected)
                for y, wanted in zip(found, map(np.asarray, expected)):
                    assert y.dtype == wanted.dtype
                    plain = case.leaves(space) or (space is np and SCIPYS.match(case.name))
                    assert plain or isinstance(y, tf.Tensor)
                    precision = max(tolerance(dtype, 32), tolerance(wanted.dtype, 32))
                    assert_close(y, wanted, rtol=precision, atol=precision)


@each(lambda case: case.differentiable)
def test_derivatives_are_those_of_the_operation(case):
    for dtype in ("float64", "complex128"):
        for arrays in case.arguments(dtype) if dtype in case.dtypes else ():
            tensors = tensors_of(arrays)
            tangents = random_like(arrays, 2)
            wanted = listed(case.operation(*tensors))
            upstream = random_like(wanted)
            for space in (np, our_numpy):
                f = spelled(case, space)
                if case.leaves(space):
                    check_that_it_is_refused(f, tensors)
                    continue
                outputs = [tf.convert_to_tensor(y) for y in listed(f(*tensors))]
                # Some operations of TensorFlow's give as complex numbers what is real.
                if any(y.dtype != w.dtype for y, w in zip(outputs, wanted)):
                    upstream = [np.asarray(u.real, u.dtype) for u in upstream]
                mine = [
                    np.asarray(u if y.dtype.is_complex else u.real, y.dtype.dtype)
                    for u, y in zip(upstream, outputs)
                ]
                expected = derivatives_of(case.operation, tensors, upstream, tangents)
                for name, values in derivatives_of(f, tensors, mine, tangents).items():
                    for y, right in zip(values, expected[name]):
                        y, right = np.asarray(tf.convert_to_tensor(y)), np.asarray(right)
                        assert_close(y, right.astype(y.dtype), ulps=4096, err_msg=name)


def derivatives_of(f, tensors, upstream, tangents):
    """Of f: gradients, tangents, and the gradients of the gradients."""
    gradients = gradient_of(f, len(tensors))
    cotangents = [tf.constant(u) for u in upstream]
    return {
        "gradient": reverse(f, tensors, upstream),
        "tangent": forward(f, tensors, tangents),
        "second derivative": reverse(gradients, [*tensors, *cotangents], tangents),
    }


def check_that_it_is_refused(f, tensors):
    if not any(np.asarray(t).size for t in tensors):
        return  # nothing can be lost
    with pytest.raises(TypeError, match="lost|has no derivative|no derivative flows"):
        tf.func.vjp(f, *tensors)


@each(lambda case: not LEAVING.match(case.name))
def test_any_layout(case):
    dtype = next(d for d in ("float64", "complex128", "int64", "bool") if d in case.dtypes)
    arrays = case.arguments(dtype)[-1]
    for k, given in enumerate(arrays):
        for name, tensor, array in layouts(given):
            if name not in ("transposed", "strided", "negative strides"):
                continue
            moved = tensors_of(array if j == k else a for j, a in enumerate(arrays))
            tensors = [tensor if j == k else tf.constant(a) for j, a in enumerate(arrays)]
            for space in (np, our_numpy):
                f = spelled(case, space)
                values = listed(f(*moved))
                for y, z in zip(listed(f(*tensors)), values):
                    assert_close(y, z, ulps=16, err_msg=f"{name}, argument {k}")
                if case.differentiable and dtype in ("float64", "complex128"):
                    upstream = random_like(values)
                    for g, h in zip(reverse(f, tensors, upstream), reverse(f, moved, upstream)):
                        assert_close(g, h, ulps=64, err_msg=f"{name}, argument {k}")
