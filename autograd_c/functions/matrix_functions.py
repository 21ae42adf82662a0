"""Functions of matrices: ``tf.linalg.expm``, ``logm`` and ``sqrtm``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.diagonals import conjugate_transpose
from autograd_c.functions.host import host
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from autograd_c.core._core import HostRow, RowCall
    from autograd_c.typing import TensorLike

_Array = np.ndarray[Any, Any]


def expm(input: TensorLike, name: str | None = None) -> Tensor:
    """Exponentials of matrices: 1 + A + A^2 / 2 + ..., not of their elements.

    Args:
        input: a tensor of floats or complex numbers of shape [..., n, n].
        name: ignored.

    Returns:
        A tensor of the same shape and dtype; NaN for matrices with infinities or NaN. float16 is
        computed in float32.

    Raises:
        TypeError: for integers and bools.
        ValueError: (`tf.errors.InvalidArgumentError`) for matrices that are not square.

    >>> import autograd_c as tf
    >>> print(tf.linalg.expm([[0.0, 1.0], [0.0, 0.0]]).numpy())
    [[1. 1.]
     [0. 1.]]
    """
    return _core.apply("expm", [input])


def sqrtm(input: TensorLike, name: str | None = None) -> Tensor:
    """Square roots of matrices: the X with X X = A whose eigenvalues have real parts above 0.

    Args:
        input: a tensor of float32, float64, complex64 or complex128 of shape [..., n, n].
        name: ignored.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for matrices that are not square, or have no
            root of their dtype that was found: as real ones with negative eigenvalues. (TensorFlow
            answers NaN.) The derivative needs matrices without the eigenvalue 0, too.

    >>> import autograd_c as tf
    >>> print(tf.linalg.sqrtm([[4.0, 0.0], [0.0, 9.0]]).numpy())
    [[2. 0.]
     [0. 3.]]
    """
    root: Tensor = _sqrtm(_square("sqrtm", input))
    return root


def logm(input: TensorLike, name: str | None = None) -> Tensor:
    """Logarithms of matrices: the X with expm(X) = A whose eigenvalues have imaginary parts of at
    most pi.

    Args:
        input: a tensor of complex64 or complex128 of shape [..., n, n].
        name: ignored.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for matrices that are not square, and for
            such as have no logarithm, being singular. (TensorFlow answers NaN.)

    >>> import autograd_c as tf
    >>> print(tf.linalg.logm(tf.cast([[1.0, 1.0], [0.0, 1.0]], tf.complex64)).numpy().real.round(4))
    [[0. 1.]
     [0. 0.]]
    """
    logarithm: Tensor = _logm(_square("logm", input))
    return logarithm


def _square(operation: str, x: TensorLike) -> Tensor:
    t = _core.convert_to_tensor(x)
    if t.ndim < 2 or t.shape[-1] != t.shape[-2]:
        raise InvalidArgumentError(
            f"[{operation}] Input matrix must be square, got shape {tuple(t.shape)}"
        )
    return t


# ---------------------------------------------------------------- values


def _each(a: _Array, function: Any) -> _Array:
    """A function of one matrix, of each of a batch, with twice the digits of single precision."""
    if a.size == 0:
        return a
    wide = a.astype(np.complex128 if a.dtype.kind == "c" else np.float64)
    matrices = wide.reshape(-1, *a.shape[-2:])
    results = [function(matrix) for matrix in matrices]
    return np.asarray(np.array(results).reshape(a.shape).astype(a.dtype))


def _is_root(x: _Array, a: _Array) -> bool:
    if not np.isfinite(x).all():
        return False
    size = np.abs(x).max(initial=0.0)
    return bool(np.abs(x @ x - a).max(initial=0.0) <= 1e-9 * max(size * size, 1e-300))


def _root_by_iteration(a: _Array) -> _Array:
    """The product form of Denman and Beavers' iteration: Cheng, Higham, Kenney and Laub,
    Approximating the logarithm of a matrix to specified accuracy (2001), equation (3.2)."""
    identity = np.eye(len(a))
    m, x = a, a
    for _ in range(60):
        inverse = np.linalg.inv(m)
        # Scaled by determinants as long as it is far from its end.
        change = np.abs(m - identity).sum(0).max()
        factor = 1.0
        if change > 1e-2:
            factor = float(np.exp(-np.linalg.slogdet(m)[1] / (2 * len(a))))
        square = factor * factor
        x = 0.5 * factor * x @ (identity + inverse / square)
        m = 0.5 * (identity + (square * m + inverse / square) / 2)
        if change <= 1e-15 * len(a):
            break
    return x


def _root(a: _Array) -> _Array:
    with np.errstate(all="ignore"):
        if np.isfinite(a).all():
            if (a == np.conj(a.T)).all():
                w, v = np.linalg.eigh(a)
                w = np.where(np.abs(w) <= np.abs(w).max() * 1e-15, 0, w)
                if a.dtype.kind == "c" or (w >= 0).all():
                    root = np.sqrt(w + 0j) if (w < 0).any() else np.sqrt(w)
                    return np.asarray((v * root) @ np.conj(v.T))
            for attempt in (_root_by_iteration, _root_by_eigenvectors):
                try:
                    x = attempt(a)
                except np.linalg.LinAlgError:
                    continue
                if _is_root(x, a):
                    return x
    raise InvalidArgumentError(
        f"[sqrtm] no {'complex' if a.dtype.kind == 'c' else 'real'} square root was found"
    )


def _root_by_eigenvectors(a: _Array) -> _Array:
    w, v = np.linalg.eig(a)
    x = (v * np.sqrt(w + 0j)) @ np.linalg.inv(v)
    if a.dtype.kind == "c":
        return np.asarray(x)
    is_real = np.abs(x.imag).max() <= 1e-12 * np.abs(x).max()
    return x.real if is_real else np.full(a.shape, np.nan)


def _logarithm(a: _Array) -> _Array:
    """By roots, until the matrix is near 1, and Gauss's quadrature of the integral of
    (A - 1) (1 + t (A - 1))^-1 over t from 0 to 1. (Higham, Functions of Matrices, section 11.4.)"""
    identity = np.eye(len(a))
    count = 0
    try:
        while np.abs(a - identity).sum(0).max() > 0.25 and count < 60:
            a, count = _root(a), count + 1
        difference = a - identity
        nodes, weights = np.polynomial.legendre.leggauss(10)
        total = np.zeros_like(a)
        for node, weight in zip((nodes + 1) / 2, weights / 2):
            total = total + weight * np.linalg.solve(identity + node * difference, difference)
    except (np.linalg.LinAlgError, InvalidArgumentError):
        total = np.full(a.shape, np.nan)
    if count == 60 or not np.isfinite(total).all():
        raise InvalidArgumentError("[logm] no logarithm was found. The matrix may be singular.")
    return total * 2.0**count


# ---------------------------------------------------------------- derivatives


def _derivative(row: HostRow, at: Tensor, direction: Tensor) -> Tensor:
    """The corner of the function of [x d; 0 x]. (Higham, Functions of Matrices, theorem 3.6.)"""
    n = at.shape[-1]
    if direction.size == 0:
        return direction
    size = _math.reduce_max(_math.abs(_core.stop_gradient(direction)), (-2, -1), True)
    unit = _core.cast(_core.select(_math.greater(size, 0), size, 1), direction.dtype)
    x = _core.broadcast_to(at, direction.shape)
    above = _core.concat([x, direction / unit], -1)
    below = _core.concat([_core.full(direction.shape, 0, x.dtype), x], -1)
    both: Tensor = row(_core.concat([above, below], -2))
    return both[..., :n, n:] * unit


def _matrix_of(call: RowCall) -> Tensor:
    a = call.inputs[0]
    assert a is not None
    return a


def _row(name: str, function: Any, dtypes: tuple[str, ...]) -> HostRow:
    def vjp(call: RowCall, g: Tensor) -> Tensor:
        return _derivative(row, conjugate_transpose(_matrix_of(call)), g)

    def jvp(call: RowCall, d: Tensor) -> Tensor:
        return _derivative(row, _matrix_of(call), d)

    row = host(
        name,
        lambda a: _each(a, function),
        vjp=vjp,
        jvp=jvp,
        keeps=(0,),
        dtypes=dtypes,
        batch="leading",
    )
    return row


_sqrtm = _row("sqrtm", _root, ("float32", "float64", "complex64", "complex128"))
_logm = _row("logm", _logarithm, ("complex64", "complex128"))
