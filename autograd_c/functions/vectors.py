"""Products with vectors: ``tf.linalg.matvec`` and ``tf.linalg.cross``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_c.core import _core
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import TensorLike


def matvec(
    a: TensorLike,
    b: TensorLike,
    transpose_a: bool = False,
    adjoint_a: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """Products of matrices and vectors.

    Args:
        a: a tensor of numbers of shape [..., m, n], or an array of scipy.sparse.
        b: the vectors, of shape [..., n] and the same dtype; batches broadcast.
        transpose_a, adjoint_a: whether the transposes or adjoints of `a` are meant.
        a_is_sparse, b_is_sparse, name: ignored.

    Returns:
        A tensor of shape [..., m].

    Raises:
        TypeError: for dtypes that differ.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit.

    >>> import autograd_c as tf
    >>> print(tf.linalg.matvec([[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0]).numpy())
    [3. 7.]
    """
    if _core.is_sparse(a):
        vector = _core.convert_to_tensor(b)
        if vector.ndim < 1:
            raise InvalidArgumentError("[matvec] `b` must have shape [..., n], got a scalar")
        return _core.matmul(a, vector[..., None], transpose_a=transpose_a, adjoint_a=adjoint_a)[
            ..., 0
        ]
    matrix, vector = _core.operands_of("matvec", a, b)
    if vector.ndim < 1:
        raise InvalidArgumentError("[matvec] `b` must have shape [..., n], got a scalar")
    return _core.matmul(matrix, vector[..., None], transpose_a=transpose_a, adjoint_a=adjoint_a)[
        ..., 0
    ]


def cross(a: TensorLike, b: TensorLike, name: str | None = None) -> Tensor:
    """Cross products of vectors of three numbers.

    Args:
        a, b: tensors of numbers of one dtype and shape [..., 3].
        name: ignored.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TypeError: for dtypes that differ.
        ValueError: (`tf.errors.InvalidArgumentError`) for other shapes.

    >>> import autograd_c as tf
    >>> tf.linalg.cross([1, 2, 3], [4, 5, 6]).numpy()
    array([-3,  6, -3], dtype=int32)
    """
    x, y = _core.operands_of("cross", a, b)
    if x.shape != y.shape:
        raise InvalidArgumentError(
            f"[cross] Both inputs must be of same shape: {tuple(x.shape)} vs. {tuple(y.shape)}"
        )
    if x.ndim < 1 or x.shape[-1] != 3:
        raise InvalidArgumentError(
            f"[cross] Cross-products are only defined for 3-element vectors, got shape "
            f"{tuple(x.shape)}"
        )
    turned = x * _turned(y) - _turned(x) * y
    return _turned(turned)


def _turned(x: Tensor) -> Tensor:
    """The elements one place further to the left, the first one last."""
    return _core.concat([x[..., 1:], x[..., :1]], -1)
