"""Operators of tensors and arrays of scipy.sparse, which are constants."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.sparse.constants import Constant, constant_of, extents
from autograd_c.functions.sparse.products import as_batch, as_columns, conjugate, sparse_product
from autograd_c.values.dtypes import DType
from autograd_c.values.errors import InvalidArgumentError

# Those in which SciPy has loops of its own.
_SCIPYS = ("float32", "float64", "complex64", "complex128")


def common(name: str, a: Any, x: Any) -> tuple[DType, Tensor]:
    """The dtype of an operation of a sparse array and a tensor, and the tensor in it.

    Raises:
        TypeError: for dtypes that do not mix.
    """
    like, y = _core.operands_of(name, np.zeros(0, a.dtype), x)
    return like.dtype, y


# ---------------------------------------------------------------- products


def _factor(a: Any, x: Any) -> tuple[DType, Tensor]:
    """The dtype of a product with a sparse array, and the tensor in it, which is no scalar."""
    dtype, y = common("matmul", a, x)
    if y.ndim == 0:
        raise InvalidArgumentError("[matmul] needs tensors of rank 1 or more")
    return dtype, y


def _mismatch(a: Any, b: Any) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"[matmul] shapes {tuple(a.shape)} and {tuple(b.shape)} do not match"
    )


def _is_scipys(dtype: DType, y: Tensor) -> bool:
    """SciPy itself multiplies: nothing is recorded, or looked at."""
    if not (dtype.is_floating or dtype.is_complex):
        return True
    if y.ndim > 2 or dtype.name not in _SCIPYS:
        return False
    return not (_core.is_recorded(y) or _core.checks_are_on())


def times(a: Any, x: Any, transposed: bool = False, conjugated: bool = False) -> Tensor:
    """A x, or A^T x, or with conjugates, of a vector, a matrix or a batch of matrices.

    Raises:
        TypeError: for dtypes that do not mix.
        ValueError: for shapes that do not match.
    """
    dtype, y = _factor(a, x)
    rows, columns = extents(a)
    if y.shape[max(-2, -y.ndim)] != (rows if transposed else columns):
        raise _mismatch(a.T if transposed else a, y)
    if _is_scipys(dtype, y):
        found = _without_record(a, _core.array_of(y), transposed, conjugated, dtype)
    else:
        found = _product(constant_of(a), dtype, y, transposed, conjugated, y.ndim == 1)
    if a.ndim == 1 and not transposed and found.ndim == y.ndim:
        return found[0] if y.ndim == 1 else found[..., 0, :]
    return found


def _without_record(a: Any, x: Any, transposed: bool, conjugated: bool, dtype: DType) -> Tensor:
    """Computed by SciPy."""
    if a.ndim == 1 and x.ndim > 2:
        a = a.reshape(1, -1)
    if transposed:
        a = a.T
    if conjugated:
        a = a.conj()
    if x.ndim > 2:
        y = as_batch(a @ as_columns(x, 2), x.shape, 2)
    else:
        y = a @ x
    found = np.asarray(y)
    if x.ndim == 1 and a.ndim == 2:  # SciPy's coo_array of one row gives a number
        found = found.reshape(a.shape[0])
    return _core.convert_to_tensor(found.astype(dtype.as_numpy_dtype, copy=False))


def _product(
    a: Constant, dtype: DType, y: Tensor, transposed: bool, conjugated: bool, vector: bool
) -> Tensor:
    values = a.of_dtype(dtype)
    return sparse_product(  # type: ignore[no-any-return]
        conjugate(values) if conjugated else values,
        y,
        a.pointers,
        a.indices,
        rows=a.rows,
        columns=a.columns,
        transposed=int(transposed != a.transposed),
        vector=int(vector),
    )


def times_from_left(x: Any, a: Any) -> Tensor:
    """x A: the rows of x are vectors, of which any number is in front.

    Raises:
        TypeError: for dtypes that do not mix.
        ValueError: for shapes that do not match.
    """
    dtype, y = _factor(a, x)
    if a.ndim == 1:  # a column, on the right
        return times(a, y[..., None])[..., 0] if y.ndim > 1 else times(a, y)
    rows, _ = extents(a)
    if y.shape[-1] != rows:
        raise _mismatch(y, a)
    if _is_scipys(dtype, y):
        side = as_columns(_core.array_of(y), 1)
        found = _core.array_of(_without_record(a, side, True, False, dtype))
        return _core.convert_to_tensor(as_batch(found, tuple(y.shape), 1))
    return _product(constant_of(a), dtype, y, True, False, True)


def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    output_type: Any = None,
) -> Tensor:
    """`tf.matmul` of a tensor and a sparse array.

    Raises:
        TypeError: for two sparse arrays, and dtypes that do not mix.
        ValueError: for shapes that do not match.
    """
    if _core.is_sparse(a) and _core.is_sparse(b):
        raise TypeError("[matmul] of two arrays of scipy.sparse: write a @ b, which is one, too")
    is_left = _core.is_sparse(a)
    x = _core.convert_to_tensor(b if is_left else a)
    if x.ndim < 2:
        raise InvalidArgumentError("[matmul] needs tensors of rank 2 or more")
    if output_type is not None:
        x = _core.cast(x, output_type)
    if is_left:
        y = x.mT if transpose_b or adjoint_b else x
        y = conjugate(y) if adjoint_b else y
        found = times(a, y, transpose_a or adjoint_a, adjoint_a)
    else:
        y = x.mT if transpose_a or adjoint_a else x
        y = conjugate(y) if adjoint_a else y
        if not (transpose_b or adjoint_b):
            found = times_from_left(y, b)
        else:
            found = times(b, y.mT, False, adjoint_b).mT
    return found if output_type is None else _core.cast(found, output_type)


# ---------------------------------------------------------------- elements


def _is_matrix(a: Any) -> bool:
    """Whether * is a product of matrices, as for SciPy's older classes."""
    return isinstance(a, sys.modules["scipy.sparse"].spmatrix)


def _sum(name: str, a: Any, b: Any) -> Any:
    sparse, x = (a, b) if _core.is_sparse(a) else (b, a)
    dtype, y = common(name, sparse, x)
    if y.ndim == 0:
        raise NotImplementedError(
            f"[{name}] of a sparse array and a scalar would not be sparse: write "
            f"A.toarray() for A if that is meant"
        )
    dense = _core.convert_to_tensor(sparse.toarray())
    dense = _core.cast(dense, dtype)
    return _core.apply(name, [dense, y] if sparse is a else [y, dense])


def _scaled(a: Any, x: Any, divides: bool) -> Any:
    from autograd_c.functions.sparse.arithmetic import scaled
    from autograd_c.functions.sparse.tensor import of_scipy

    return scaled(of_scipy(a), x, divides)


def operator(name: str, a: Any, b: Any) -> Any:
    """An operator of Python, of which one operand is an array of scipy.sparse.

    Returns:
        A tensor; a `tf.SparseTensor` of elementwise products; NotImplemented for other operators.
    """
    is_left = _core.is_sparse(a)
    sparse, x = (a, b) if is_left else (b, a)
    if name == "multiply" and _is_matrix(sparse) and np.ndim(x):
        name = "matmul"
    if name == "matmul":
        return times(a, b) if is_left else times_from_left(a, b)
    if name in ("add", "subtract"):
        return _sum(name, a, b)
    if name == "multiply" or (name == "divide" and is_left):
        return _scaled(sparse, x, name == "divide")
    return NotImplemented
