"""Products with sparse matrices, whose non-zeros are a tensor: by rows, as SciPy's csr arrays.

The non-zeros of row i are values[pointers[i]:pointers[i + 1]], in the columns that `indices` has
at the same places. Two operations are each other's derivatives: the product, of the matrix or its
transpose, and the inner products of rows of two dense matrices at the places of the non-zeros.
"""

from __future__ import annotations

import math
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.functions.host import host

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor

Array = Any

# How many numbers `sampled_product` looks at in one go.
_CHUNK = 1 << 16


_kernels: list[Any] = []


def _kernel(transposed: bool, several: bool) -> Any:
    """SciPy's loop over non-zeros, or None where it is not to be found."""
    if not _kernels:
        names = ("csr_matvec", "csr_matvecs", "csc_matvec", "csc_matvecs")
        try:
            found = import_module("scipy.sparse._sparsetools")
        except ImportError:
            found = None
        _kernels[:] = [getattr(found, name, None) for name in names]
    return _kernels[2 * transposed + several]


# ---------------------------------------------------------------- arrays


def once(x: Array, axes: int) -> Array:
    """One call's part of an array that is only repeated along the axes in front, as batches repeat
    constants; else the array."""
    y = x
    while y.ndim > axes and (y.strides[0] == 0 or y.shape[0] == 1):
        y = y[0]
    return y if y.ndim == axes else x


def rows_of(pointers: Array) -> Array:
    """The row of each non-zero."""
    return np.repeat(np.arange(pointers.size - 1, dtype=pointers.dtype), np.diff(pointers))


def pointers_of(rows: Array, count: int) -> Array:
    """The pointers to each of so many rows, of the row of each non-zero."""
    return np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=count))])


def _matrix_product(
    values: Array, dense: Array, pointers: Array, indices: Array, shape: Any, transposed: bool
) -> Array:
    """The product with a vector or the columns of a matrix."""
    m, n = shape[::-1] if transposed else shape
    columns = dense.shape[1:]
    result = np.zeros((m, *columns), dense.dtype)
    if not result.size or not values.size:
        return result
    count = columns[0] if columns else 1
    kernel = _kernel(transposed, count > 1)
    if kernel is None:
        rows = rows_of(pointers)
        where, of = (indices, rows) if transposed else (rows, indices)
        np.add.at(result, where, values.reshape(-1, *[1] * len(columns)) * dense[of])
    elif count > 1:
        kernel(m, n, count, pointers, indices, values, dense.reshape(-1), result.reshape(-1))
    else:
        kernel(m, n, pointers, indices, values, dense.reshape(-1), result.reshape(-1))
    return result


def as_columns(x: Array, core: int) -> Array:
    """A batch of vectors or matrices, by their number of axes, as the columns of one matrix."""
    n, count = x.shape[-core], math.prod(x.shape[:-core])
    k = x.shape[-1] if core == 2 else 1
    return np.moveaxis(x.reshape(count, n, k), 0, 1).reshape(n, count * k)


def as_batch(y: Array, shape: tuple[int, ...], core: int) -> Array:
    """Columns as the batch that they were made of, which had that shape, but for their length."""
    lead, count = shape[:-core], math.prod(shape[:-core])
    k = shape[-1] if core == 2 else 1
    batch = np.moveaxis(y.reshape(len(y), count, k), 1, 0)
    return batch.reshape(*lead, len(y), *shape[len(lead) + 1 :])


def product_of_arrays(
    values: Array,
    dense: Array,
    pointers: Array,
    indices: Array,
    rows: int,
    columns: int,
    transposed: bool,
    vector: bool,
) -> Array:
    """The value of `sparse_product`; axes in front of `dense` and `values` broadcast."""
    shape = (rows, columns)
    core = 1 if vector else 2
    if values.ndim == 1 and pointers.ndim == 1 and indices.ndim == 1 and dense.ndim == core:
        return _matrix_product(values, dense, pointers, indices, shape, transposed)
    pointers, indices = once(pointers, 1), once(indices, 1)
    lead = values.shape[:-1]
    values = once(values, 1)
    if values.ndim == pointers.ndim == 1:
        lead = np.broadcast_shapes(lead, dense.shape[:-core])
        dense = np.broadcast_to(dense, lead + dense.shape[-core:])
        side = as_columns(dense, core)
        found = _matrix_product(values, side, pointers, indices, shape, transposed)
        return as_batch(found, dense.shape, core)
    inputs = ((values, 1), (dense, core), (pointers, 1), (indices, 1))
    return one_by_one(
        lambda v, x, p, k: _matrix_product(v, x, p, k, shape, transposed),
        inputs,
        (columns if transposed else rows, *([] if vector else dense.shape[-1:])),
        dense.dtype,
    )


def one_by_one(function: Any, inputs: Any, shape: tuple[int, ...], dtype: Any) -> Array:
    """Each call of a batch by itself. `inputs`: arrays, and how many axes one call's have."""
    lead = np.broadcast_shapes(*[x.shape[: x.ndim - core] for x, core in inputs])
    wide = [np.broadcast_to(x, lead + x.shape[x.ndim - core :]) for x, core in inputs]
    result = np.empty(lead + shape, dtype)
    for place in np.ndindex(*lead):
        result[place] = function(*[np.ascontiguousarray(x[place]) for x in wide])
    return result


def _sampled(
    by_row: Array, by_column: Array, pointers: Array, indices: Array, vector: int
) -> Array:
    if vector:
        return np.repeat(by_row, np.diff(pointers), -1) * np.take(by_column, indices, -1)
    rows = rows_of(pointers)
    lead = np.broadcast_shapes(by_row.shape[:-2], by_column.shape[:-2])
    result = np.empty((*lead, indices.size), by_row.dtype)
    step = max(1, _CHUNK // max(1, by_row.shape[-1]))
    for begin in range(0, indices.size, step):
        part = slice(begin, begin + step)
        left, right = np.take(by_row, rows[part], -2), np.take(by_column, indices[part], -2)
        result[..., part] = np.einsum("...k,...k->...", left, right)
    return result


def _sampled_of_arrays(
    by_row: Array, by_column: Array, pointers: Array, indices: Array, vector: bool
) -> Array:
    pointers, indices = once(pointers, 1), once(indices, 1)
    if pointers.ndim == indices.ndim == 1:
        return _sampled(by_row, by_column, pointers, indices, vector)
    core = 1 if vector else 2
    inputs = ((by_row, core), (by_column, core), (pointers, 1), (indices, 1))
    return one_by_one(
        lambda r, c, p, k: _sampled(r, c, p, k, vector), inputs, indices.shape[-1:], by_row.dtype
    )


# ---------------------------------------------------------------- derivatives


def conjugate(x: Tensor) -> Tensor:
    return _core.conj(x) if x.dtype.is_complex else x


def summed_to(x: Tensor, shape: tuple[int, ...], g: Tensor, core: int, lead: int) -> Tensor:
    """A cotangent in the shape of its input: summed over axes that the input did not have.

    Args:
        x: of shape [batch of cotangents, axes in front of the call, axes of one call].
        g: the cotangent of the result, of which one call has `core` axes.
        lead: how many axes the call had in front.
    """
    batch = g.ndim - core - lead
    surplus = x.ndim - batch - len(shape)
    if surplus > 0:
        x = _core.reduce("reduce_sum", x, list(range(batch, batch + surplus)), False)
    return x


def _lead(call: Any, cores: tuple[int, int]) -> int:
    """How many axes in front the result of a call has."""
    ranks = [call.inputs[k].ndim for k in range(4)]
    lead: int = max(ranks[0] - cores[0], ranks[1] - cores[1], ranks[2] - 1, ranks[3] - 1)
    return lead


def _product_vjp(call: Any, g: Tensor) -> Any:
    values, dense, pointers, indices = call.inputs
    a = call.attributes
    core = 1 if a["vector"] else 2
    lead = _lead(call, (1, core))
    by_values = by_dense = None
    if call.wanted[0]:
        pair = (conjugate(dense), g) if a["transposed"] else (g, conjugate(dense))
        by_values = sampled_product(*pair, pointers, indices, vector=a["vector"])
        by_values = summed_to(by_values, tuple(values.shape), g, core, lead)
    if call.wanted[1]:
        back = {**a, "transposed": 1 - a["transposed"]}
        by_dense = conjugate(sparse_product(values, conjugate(g), pointers, indices, **back))
        by_dense = summed_to(by_dense, tuple(dense.shape), g, core, lead)
    return by_values, by_dense


def _product_jvp(call: Any, dvalues: Tensor | None, ddense: Tensor | None) -> Tensor:
    values, dense, pointers, indices = call.inputs
    parts: list[Tensor] = []
    if dvalues is not None:
        parts.append(sparse_product(dvalues, dense, pointers, indices, **call.attributes))
    if ddense is not None:
        parts.append(sparse_product(values, ddense, pointers, indices, **call.attributes))
    return parts[0] if len(parts) == 1 else parts[0] + parts[1]


def _sampled_vjp(call: Any, g: Tensor) -> Any:
    by_row, by_column, pointers, indices = call.inputs
    vector = call.attributes["vector"]
    core = 1 if vector else 2
    lead = _lead(call, (core, core))
    shape = {"rows": by_row.shape[-core], "columns": by_column.shape[-core], "vector": vector}
    to_row = to_column = None
    if call.wanted[0]:
        given = (g, conjugate(by_column), pointers, indices)
        to_row = sparse_product(*given, **shape, transposed=0)
        to_row = summed_to(to_row, tuple(by_row.shape), g, 1, lead)
    if call.wanted[1]:
        given = (g, conjugate(by_row), pointers, indices)
        to_column = sparse_product(*given, **shape, transposed=1)
        to_column = summed_to(to_column, tuple(by_column.shape), g, 1, lead)
    return to_row, to_column


def _sampled_jvp(call: Any, drow: Tensor | None, dcolumn: Tensor | None) -> Tensor:
    by_row, by_column, pointers, indices = call.inputs
    parts: list[Tensor] = []
    if drow is not None:
        parts.append(sampled_product(drow, by_column, pointers, indices, **call.attributes))
    if dcolumn is not None:
        parts.append(sampled_product(by_row, dcolumn, pointers, indices, **call.attributes))
    return parts[0] if len(parts) == 1 else parts[0] + parts[1]


# ---------------------------------------------------------------- operations

_FLOATS = ("float16", "float32", "float64", "complex64", "complex128")

# Of a matrix of shape [rows, columns], or its transpose, and a vector or the columns of a matrix.
sparse_product = host(
    "sparse_product",
    product_of_arrays,
    vjp=_product_vjp,
    jvp=_product_jvp,
    inputs=2,
    constants=2,
    attributes=("rows", "columns", "transposed", "vector"),
    keeps=range(4),
    dtypes=_FLOATS,
    batch="leading",
)

# For each non-zero in row i and column j: the sum over k of by_row[i, k] by_column[j, k].
sampled_product = host(
    "sampled_product",
    _sampled_of_arrays,
    vjp=_sampled_vjp,
    jvp=_sampled_jvp,
    inputs=2,
    constants=2,
    attributes=("vector",),
    keeps=range(4),
    dtypes=_FLOATS,
    batch="leading",
)
