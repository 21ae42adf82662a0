"""Eigenvalues and eigenvectors, by NumPy: ``tf.linalg.eigh``, ``tf.linalg.eig`` and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.host import host
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from autograd_c.core._core import RowCall
    from autograd_c.typing import TensorLike

_Array = np.ndarray[Any, Any]

_FIELDS = ("float32", "float64", "complex64", "complex128")


def _square(operation: str, x: TensorLike) -> Tensor:
    t = _core.convert_to_tensor(x)
    if t.ndim < 2 or t.shape[-1] != t.shape[-2]:
        raise InvalidArgumentError(
            f"[{operation}] Input matrix must be square, got shape {tuple(t.shape)}"
        )
    return t


def _attempt(operation: str, function: Any, a: _Array) -> Any:
    """What NumPy computes; its error is TensorFlow's."""
    if np.isfinite(a).all():
        try:
            return function(a)
        except np.linalg.LinAlgError:
            pass
    kind = "Self-adjoint eigen" if operation.startswith("eigh") else "Eigen"
    raise InvalidArgumentError(
        f"[{operation}] {kind} decomposition was not successful. The input might not be valid."
    )


def _reciprocal_gaps(w: Tensor) -> Tensor:
    """1 / (w[j] - w[i]) in row i and column j; 0 where they are equal."""
    gaps = w[..., None, :] - w[..., None]
    same = _math.equal(gaps, 0)
    return _core.select(same, 0, 1 / _core.select(same, 1, gaps))


def _columns(w: Tensor, like: Tensor) -> Tensor:
    """Numbers to multiply the columns of a matrix with, in the dtype of `like`."""
    return _core.cast(w[..., None, :], like.dtype)


def _identity(like: Tensor) -> Tensor:
    return _core.constant(np.eye(like.shape[-1]), like.dtype)


def _sum_of_rows(x: Tensor) -> Tensor:
    return _core.reduce("reduce_sum", x, -2, True)


def _matrix_of(call: RowCall) -> Tensor:
    a = call.inputs[0]
    assert a is not None
    return a


# ---------------------------------------------------------------- of Hermitian matrices


def eigh(tensor: TensorLike, name: str | None = None) -> tuple[Tensor, Tensor]:
    """Eigenvalues and eigenvectors of symmetric (Hermitian) matrices.

    Args:
        tensor: a tensor of float32, float64, complex64 or complex128 of shape [..., n, n], of which
            the lower triangles are read.
        name: ignored.

    Returns:
        The eigenvalues, of shape [..., n], the least first, and the eigenvectors, the columns of
        matrices of shape [..., n, n]; both in the dtype of the argument.

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for matrices that are not square, or have
            infinities or NaN.

    The gradient is a lower triangle, as TensorFlow's: that is what is read. For functions of the
    eigenvalues alone that do not tell them apart, it is right for equal ones too. Where eigenvalues
    are equal the vectors are no functions of the matrix: the infinite terms are left out, as in
    TensorFlow, and so they are from second derivatives.

    >>> import autograd_c as tf
    >>> e, v = tf.linalg.eigh([[2.0, 0.0], [0.0, 1.0]])
    >>> print(e.numpy())
    [1. 2.]
    """
    w, v = _eigh(_square("eigh", tensor))
    return _core.cast(w, v.dtype) if v.dtype.is_complex else w, v


def eigvalsh(tensor: TensorLike, name: str | None = None) -> Tensor:
    """Eigenvalues of symmetric (Hermitian) matrices; see `tf.linalg.eigh`.

    Args:
        tensor: a tensor of float32, float64, complex64 or complex128 of shape [..., n, n], of which
            the lower triangles are read.
        name: ignored.

    Returns:
        A tensor of shape [..., n] and the dtype of the argument, the least first.

    Raises:
        TypeError, ValueError: as `tf.linalg.eigh`.

    >>> import autograd_c as tf
    >>> print(tf.linalg.eigvalsh([[2.0, 0.0], [0.0, 1.0]]).numpy())
    [1. 2.]
    """
    x = _square("eigvalsh", tensor)
    w: Tensor = _eigvalsh(x)
    return _core.cast(w, x.dtype) if x.dtype.is_complex else w


def _lower_weights(like: Tensor, diagonal: float) -> Tensor:
    n = like.shape[-1]
    weights = np.tri(n, n, -1) + diagonal * np.eye(n)
    return _core.constant(weights, like.dtype)


def _eigh_vjp(call: RowCall, gw: Tensor, gv: Tensor | None) -> Tensor:
    w, v = call.outputs
    assert w is not None and v is not None
    return _by_hermitian(w, v, gw, gv)


def _by_hermitian(w: Tensor, v: Tensor, gw: Tensor, gv: Tensor | None) -> Tensor:
    if gv is None:
        inner = _core.matmul(v * _columns(gw, v), v, adjoint_b=True)
    else:
        turn = _core.cast(_reciprocal_gaps(w), v.dtype) * _core.matmul(v, gv, adjoint_a=True)
        middle = turn + _identity(v) * _columns(gw, v)
        inner = _core.matmul(_core.matmul(v, middle), v, adjoint_b=True)
    turned = _core.conj(inner.mT) if v.dtype.is_complex else inner.mT
    return (inner + turned) * _lower_weights(v, 0.5)


def _hermitian_part(da: Tensor) -> Tensor:
    """The Hermitian matrix with that lower triangle."""
    half = da * _lower_weights(da, 0.5)
    return half + (_core.conj(half.mT) if da.dtype.is_complex else half.mT)


def _diagonal(x: Tensor) -> Tensor:
    return _core.apply("diag_part", [x], (False, True, 0, 0))


def _eigh_jvp(call: RowCall, da: Tensor) -> tuple[Tensor, Tensor]:
    w, v = call.outputs
    assert w is not None and v is not None
    p = _core.matmul(v, _core.matmul(_hermitian_part(da), v), adjoint_a=True)
    dw = _diagonal(p)
    turn = _core.cast(_reciprocal_gaps(w), v.dtype) * p
    return _core.real(dw) if v.dtype.is_complex else dw, _core.matmul(v, turn)


def _eigh_value(a: _Array) -> tuple[_Array, _Array]:
    w, v = _attempt("eigh", np.linalg.eigh, a)
    return w, v


_eigh = host(
    "eigh",
    _eigh_value,
    vjp=_eigh_vjp,
    jvp=_eigh_jvp,
    outputs=2,
    keeps=(1, 2),
    dtypes=_FIELDS,
    batch="leading",
)


def _eigvalsh_vjp(call: RowCall, g: Tensor) -> Tensor:
    w, v = _eigh(_matrix_of(call))
    return _by_hermitian(w, v, g, None)


def _eigvalsh_jvp(call: RowCall, da: Tensor) -> Tensor:
    _, v = _eigh(_matrix_of(call))
    product = _core.matmul(_hermitian_part(da), v)
    dw = _core.reduce("reduce_sum", _core.conj(v) * product, -2, False)
    return _core.real(dw) if v.dtype.is_complex else dw


_eigvalsh = host(
    "eigvalsh",
    lambda a: _attempt("eigvalsh", np.linalg.eigvalsh, a),
    vjp=_eigvalsh_vjp,
    jvp=_eigvalsh_jvp,
    keeps=(0,),
    dtypes=_FIELDS,
    batch="leading",
)


# ---------------------------------------------------------------- of any matrices


def eig(tensor: TensorLike, name: str | None = None) -> tuple[Tensor, Tensor]:
    """Eigenvalues and eigenvectors of any square matrices.

    Args:
        tensor: a tensor of float32, float64, complex64 or complex128 of shape [..., n, n].
        name: ignored.

    Returns:
        The eigenvalues, of shape [..., n], in no order, and the eigenvectors, the columns of
        matrices of shape [..., n, n], of norm 1; both complex.

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for matrices that are not square, or have
            infinities or NaN; and when derivatives are taken, for such whose eigenvectors are no
            basis.

    The gradient of the vectors is right for what does not depend on how they are scaled by numbers
    of modulus 1; where eigenvalues are equal, the infinite terms are left out, as in TensorFlow.

    >>> import autograd_c as tf
    >>> e, v = tf.linalg.eig([[0.0, 1.0], [-1.0, 0.0]])
    >>> print(e.numpy())
    [0.+1.j 0.-1.j]
    """
    w, v = _eig(_square("eig", tensor))
    return w, v


def eigvals(tensor: TensorLike, name: str | None = None) -> Tensor:
    """Eigenvalues of any square matrices; see `tf.linalg.eig`.

    Args:
        tensor: a tensor of float32, float64, complex64 or complex128 of shape [..., n, n].
        name: ignored.

    Returns:
        A complex tensor of shape [..., n], in no order.

    Raises:
        TypeError, ValueError: as `tf.linalg.eig`.

    >>> import autograd_c as tf
    >>> print(tf.linalg.eigvals([[0.0, 1.0], [-1.0, 0.0]]).numpy())
    [0.+1.j 0.-1.j]
    """
    w: Tensor = _eigvals(_square("eigvals", tensor))
    return w


def _in_complex(array: _Array, a: _Array) -> _Array:
    single = a.dtype in (np.float32, np.complex64)
    return np.asarray(array, np.complex64 if single else np.complex128)


def _eig_value(a: _Array) -> tuple[_Array, _Array]:
    w, v = _attempt("eig", np.linalg.eig, a)
    return _in_complex(w, a), _in_complex(v, a)


def _eigvals_value(a: _Array) -> _Array:
    return _in_complex(_attempt("eigvals", np.linalg.eigvals, a), a)


def _by_any(a: Tensor, w: Tensor, v: Tensor, gw: Tensor, gv: Tensor | None) -> Tensor:
    # With P = V^-1 dA V: dw = diag(P), and dV = V (F P) less what would change the norms of its
    # columns, for F[i, j] = 1 / (w[j] - w[i]), elementwise.
    middle = _identity(v) * gw[..., None, :]
    if gv is not None:
        product = _core.matmul(v, gv, adjoint_a=True)
        lengths = _core.cast(_core.real(_diagonal(product)), v.dtype)[..., None, :]
        product = product - _core.matmul(v, v, adjoint_a=True) * lengths
        middle = middle + _core.conj(_reciprocal_gaps(w)) * product
    right = _core.matmul(middle, v, adjoint_b=True)
    by_a = _core.apply("solve", [v, right], (True,))
    return by_a if a.dtype.is_complex else _core.real(by_a)


def _eig_vjp(call: RowCall, gw: Tensor, gv: Tensor | None) -> Tensor:
    w, v = call.outputs
    assert w is not None and v is not None
    return _by_any(_matrix_of(call), w, v, gw, gv)


def _inner(v: Tensor, da: Tensor) -> Tensor:
    return _core.apply("solve", [v, _core.matmul(_core.cast(da, v.dtype), v)], (False,))


def _eig_jvp(call: RowCall, da: Tensor) -> tuple[Tensor, Tensor]:
    w, v = call.outputs
    assert w is not None and v is not None
    p = _inner(v, da)
    dv = _core.matmul(v, _reciprocal_gaps(w) * p)
    along = _core.real(_sum_of_rows(_core.conj(v) * dv))
    return _diagonal(p), dv - v * _core.cast(along, v.dtype)


def _eigvals_vjp(call: RowCall, g: Tensor) -> Tensor:
    a = _matrix_of(call)
    w, v = _eig(a)
    return _by_any(a, w, v, g, None)


def _eigvals_jvp(call: RowCall, da: Tensor) -> Tensor:
    _, v = _eig(_matrix_of(call))
    return _diagonal(_inner(v, da))


_eig = host(
    "eig",
    _eig_value,
    vjp=_eig_vjp,
    jvp=_eig_jvp,
    outputs=2,
    keeps=(0, 1, 2),
    dtypes=_FIELDS,
    batch="leading",
)
_eigvals = host(
    "eigvals",
    _eigvals_value,
    vjp=_eigvals_vjp,
    jvp=_eigvals_jvp,
    keeps=(0,),
    dtypes=_FIELDS,
    batch="leading",
)
