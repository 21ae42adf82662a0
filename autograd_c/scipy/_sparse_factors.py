"""Equations with sparse matrices: one factorization for the solution and all of its derivatives."""

from __future__ import annotations

import itertools
import warnings
import weakref
from typing import Any

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.host import host
from autograd_c.functions.sparse.products import (
    as_batch,
    as_columns,
    conjugate,
    once,
    one_by_one,
    sampled_product,
    sparse_product,
    summed_to,
)
from autograd_c.scipy._rows import library

# What a matrix is, and what becomes of a singular one.
GENERAL, GENERAL_OR_NAN, LOWER, UPPER, UNIT_LOWER, UNIT_UPPER = range(6)


class Factors:
    """The factors of a matrix of n rows, given by rows, and of its transpose."""

    __slots__ = ("kind", "matrix", "solver", "values")

    def __init__(
        self, values: Any, pointers: Any, columns: Any, kind: int, options: dict[str, Any]
    ) -> None:
        self.values = values
        self.kind = kind
        n = pointers.size - 1
        # By columns it is the transpose. SciPy sorts what it gets.
        parts = (values.copy(), columns.copy(), pointers.copy())
        self.matrix = library("sparse").csc_array(parts, shape=(n, n))
        self.solver = None
        if kind > GENERAL_OR_NAN:
            return
        linalg = library("sparse.linalg")
        try:
            self.solver = linalg.splu(self.matrix, **options)
            self.matrix = None
        except RuntimeError as error:
            if kind == GENERAL or "singular" not in str(error):
                raise
            warnings.warn("Matrix is exactly singular", linalg.MatrixRankWarning, stacklevel=4)

    def solve(self, b: Any, transposed: bool) -> Any:
        """The solution for the columns of b."""
        if not b.size:
            return np.zeros_like(b)
        if self.kind <= GENERAL_OR_NAN:
            if self.solver is None:
                return np.full_like(b, np.nan)
            return self.solver.solve(np.asfortranarray(b), "N" if transposed else "T")
        given = self.matrix if transposed else self.matrix.T
        return library("sparse.linalg").spsolve_triangular(
            given,
            b,
            lower=(self.kind in (LOWER, UNIT_LOWER)) != transposed,
            unit_diagonal=self.kind >= UNIT_LOWER,
        )


# ---------------------------------------------------------------- factors that records keep

_numbers = itertools.count(1)
_factors: dict[int, tuple[Factors, weakref.ref[Any]]] = {}


def kept(factors: Factors) -> Tensor:
    """A tensor by which factors are found, and which keeps them."""
    number = next(_numbers)
    # Tensors share memory that nobody can write to, and hold the array that it belongs to.
    array = np.frombuffer(np.array([number], np.int64).tobytes(), np.int64)
    _factors[number] = factors, weakref.ref(array, lambda _: _factors.pop(number, None))
    return _core.convert_to_tensor(array)


def _factors_of(values: Any, pointers: Any, columns: Any, key: Any, kind: int) -> Factors:
    found, _ = _factors.get(int(key[0]), (None, None))
    # A record that is run again has other values, and those of another process no factors.
    if found is not None and found.kind == kind and found.values.dtype == values.dtype:
        given = np.ascontiguousarray(values)
        if found.values.ctypes.data == given.ctypes.data or (
            found.values.shape == given.shape
            and _core.same_bytes(found.values.view(np.uint8), given.view(np.uint8))
        ):
            return found
    return Factors(np.ascontiguousarray(values), pointers, columns, kind, {})


def _solutions(
    values: Any,
    b: Any,
    pointers: Any,
    columns: Any,
    key: Any,
    transposed: bool,
    vector: bool,
    kind: int,
) -> Any:
    """The value of `sparse_solve`; axes in front of all arguments broadcast."""
    core = 1 if vector else 2
    lead = values.shape[:-1]
    values, pointers, columns = once(values, 1), once(pointers, 1), once(columns, 1)
    key = once(key, 1)
    if values.ndim == pointers.ndim == columns.ndim == key.ndim == 1:
        lead = np.broadcast_shapes(lead, b.shape[:-core])
        b = np.broadcast_to(b, lead + b.shape[-core:])
        factors = _factors_of(values, pointers, columns, key, kind)
        if not lead:
            return factors.solve(b, transposed)
        return as_batch(factors.solve(as_columns(b, core), transposed), b.shape, core)

    def solve(values: Any, b: Any, pointers: Any, columns: Any, key: Any) -> Any:
        return _factors_of(values, pointers, columns, key, kind).solve(b, transposed)

    inputs = ((values, 1), (b, core), (pointers, 1), (columns, 1), (key, 1))
    return one_by_one(solve, inputs, b.shape[-core:], b.dtype)


def _vjp(call: Any, g: Tensor) -> Any:
    values, _, pointers, columns, key = call.inputs
    x, a = call.outputs[0], call.attributes
    core = 1 if a["vector"] else 2
    lead = x.ndim - core
    back = {**a, "transposed": 1 - a["transposed"]}
    by_b = conjugate(sparse_solve(values, conjugate(g), pointers, columns, key, **back))
    by_values = None
    if call.wanted[0]:
        pair = (conjugate(x), by_b) if a["transposed"] else (by_b, conjugate(x))
        by_values = -sampled_product(*pair, pointers, columns, vector=a["vector"])
        by_values = summed_to(by_values, tuple(values.shape), g, core, lead)
    if call.wanted[1]:
        return by_values, summed_to(by_b, call.shapes[1], g, core, lead)
    return by_values, None


def _jvp(call: Any, dvalues: Tensor | None, db: Tensor | None) -> Tensor:
    values, _, pointers, columns, key = call.inputs
    a = call.attributes
    if dvalues is not None:
        n = pointers.shape[-1] - 1
        given = {"rows": n, "columns": n, "transposed": a["transposed"], "vector": a["vector"]}
        moved = sparse_product(dvalues, call.outputs[0], pointers, columns, **given)
        db = -moved if db is None else db - moved
    assert db is not None
    return sparse_solve(values, db, pointers, columns, key, **a)  # type: ignore[no-any-return]


# The solution of M x = b, or of M^T x = b, of a matrix by rows.
sparse_solve = host(
    "sparse_solve",
    _solutions,
    vjp=_vjp,
    jvp=_jvp,
    inputs=2,
    constants=3,
    attributes=("transposed", "vector", "kind"),
    keeps=(0, 2, 3, 4, 5),
    dtypes=("float32", "float64", "complex64", "complex128"),
    batch="leading",
)
