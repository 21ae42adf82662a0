"""Products of sparse matrices, whose values are tensors: ``tf.sparse.sparse_dense_matmul``."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.sparse import operators
from autograd_c.functions.sparse.products import (
    conjugate,
    pointers_of,
    product_of_arrays,
    sparse_product,
)
from autograd_c.functions.sparse.tensor import SparseTensor, fact, is_sparse, order_of, places, rows
from autograd_c.values.errors import InvalidArgumentError, InvalidDTypeError


def _by_rows(indices: Any, shape: tuple[int, ...]) -> tuple[Tensor, Tensor, Any]:
    """Row pointers, columns, and the order of values in which they are sorted, or None."""
    row = indices[:, 0]
    order = order_of(row)
    if order is not None:
        indices = indices[order]
    small = max(len(indices), *shape) < 2**31
    dtype = np.int32 if small else np.int64
    pointers = pointers_of(row, shape[0]).astype(dtype)
    columns = indices[:, 1].astype(dtype)
    return _core.convert_to_tensor(pointers), _core.convert_to_tensor(columns), order


def by_rows(s: SparseTensor) -> tuple[Tensor, Tensor, Any]:
    """How a matrix lies by rows: pointers, columns, the order of its values or None."""
    places(s)
    return fact(s, "by rows", _by_rows)  # type: ignore[no-any-return]


def _matrix(name: str, s: SparseTensor) -> SparseTensor:
    if len(s._shape) != 2:
        raise InvalidArgumentError(f"[{name}] needs a sparse matrix, got shape {s._shape}")
    return s


def _product(
    name: str, s: SparseTensor, x: Any, transposed: bool, conjugated: bool, vector: bool
) -> Tensor:
    values, y = _core.operands_of(name, s._values, x)
    axis = y.ndim - (1 if vector else 2)
    extent = s._shape[0] if transposed else s._shape[1]
    if axis < 0 or y.shape[axis] != extent:
        shape = s._shape[::-1] if transposed else s._shape
        raise InvalidArgumentError(
            f"[{name}] Cannot multiply A and B because inner dimension does not match: shapes "
            f"{shape} and {tuple(y.shape)}"
        )
    pointers, columns, order = by_rows(s)
    if values.dtype.is_bool:
        raise InvalidDTypeError(f"[{name}] needs numbers, not bool")
    if order is not None:
        values = rows(values, order)
    if conjugated:
        values = conjugate(values)
    given = {
        "rows": s._shape[0],
        "columns": s._shape[1],
        "transposed": int(transposed),
        "vector": int(vector),
    }
    if values.dtype.is_integer:
        arrays: Any = [_core.array_of(t) for t in (values, y, pointers, columns)]
        return _core.convert_to_tensor(product_of_arrays(*arrays, **given))
    return sparse_product(values, y, pointers, columns, **given)  # type: ignore[no-any-return]


def times(s: SparseTensor, x: Any) -> Tensor:
    """S x, of a vector, a matrix or a batch of matrices."""
    y = _core.convert_to_tensor(x)
    return _product("matmul", _matrix("matmul", s), y, False, False, y.ndim == 1)


def times_from_left(x: Any, s: SparseTensor) -> Tensor:
    """x S."""
    return _product("matmul", _matrix("matmul", s), x, True, False, True)


def sparse_dense_matmul(
    sp_a: Any, b: Any, adjoint_a: bool = False, adjoint_b: bool = False, name: str | None = None
) -> Tensor:
    """The product of a sparse and a dense matrix, in either order.

    Args:
        sp_a: a matrix, sparse or dense.
        b: a matrix, dense or sparse. One of both is a `tf.SparseTensor`, or an array of
            scipy.sparse, which is a constant.
        adjoint_a, adjoint_b: whether the adjoint of that matrix is meant.
        name: ignored.

    Returns:
        A tensor of shape [m, n].

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit.
        TypeError: for dtypes that do not mix, and two sparse matrices.

    >>> import autograd_c as tf
    >>> s = tf.SparseTensor([[0, 1], [2, 0]], [3.0, 4.0], [3, 2])
    >>> print(tf.sparse.sparse_dense_matmul(s, [[1.0], [2.0]]).numpy().ravel())
    [6. 0. 4.]
    """
    function = "sparse_dense_matmul"
    is_left, is_right = is_sparse(sp_a), is_sparse(b)
    if is_left and is_right:
        raise TypeError(f"[{function}] one of both matrices is dense: tf.sparse.to_dense(b)")
    if not is_left and not is_right:
        raise TypeError(f"[{function}] one of both matrices is a SparseTensor")
    sparse, x = (sp_a, b) if is_left else (b, sp_a)
    y = _core.convert_to_tensor(x)
    if y.ndim != 2:
        raise InvalidArgumentError(
            f"[{function}] the dense operand is not a matrix: it has shape {tuple(y.shape)}"
        )
    if _core.is_sparse(sparse):
        return operators.matmul(sp_a, b, adjoint_a=adjoint_a, adjoint_b=adjoint_b)
    s = _matrix(function, sparse)
    # From the right: x S is the transpose of S^T x^T.
    of_sparse, of_dense = (adjoint_a, adjoint_b) if is_left else (adjoint_b, adjoint_a)
    if of_dense:
        y = conjugate(y)
    if of_dense == is_left:
        y = y.mT
    found = _product(function, s, y, of_sparse == is_left, of_sparse, False)
    return found if is_left else found.mT
