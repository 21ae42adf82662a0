"""Eigenvalues and eigenvectors, by NumPy: ``tf.linalg.eigh``, ``tf.linalg.eig`` and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.diagonals import conjugate_transpose
from autograd_c.functions.equal_values import (
    DIFFERENCES,
    GENERAL,
    Tangents,
    checked_pairs,
    checked_turn,
    checked_vectors,
    of_batch,
    quotients,
    reciprocal_gaps,
    turns,
)
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
    are equal, to the precision of the dtype, the vectors are no functions of the matrix: a
    derivative by way of them is a `tf.errors.InvalidArgumentError` (TensorFlow leaves terms out),
    and so is a second derivative of the eigenvalues that would need them, or one of the vectors
    where eigenvalues are so near that rounding errors are left of it;
    `tf.linalg.logdet`, `expm`, `sqrtm` and the like have derivatives there.

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
    if gv is None:
        return _by_values(_matrix_of(call), w, v, gw)
    turn = checked_vectors(_core.matmul(v, gv, adjoint_a=True), w, gw, general=False)
    turned = quotients(_core.cast(reciprocal_gaps(w), v.dtype) * turn, w, [gv], gw, DIFFERENCES)
    middle = turned + _identity(v) * _columns(gw, v)
    return _lower(_in_basis(v, middle))


def _in_basis(v: Tensor, x: Tensor) -> Tensor:
    return _core.matmul(_core.matmul(v, x), v, adjoint_b=True)


def _lower(x: Tensor) -> Tensor:
    """The cotangent of a lower triangle by that of the Hermitian matrix."""
    return (x + conjugate_transpose(x)) * _lower_weights(x, 0.5)


def _by_values(a: Tensor, w: Tensor, v: Tensor, gw: Tensor) -> Tensor:
    """The cotangent of the matrix by that of its eigenvalues."""
    if not _core.is_watched(a) and not _core.is_watched(gw):
        return _lower(_core.matmul(v * _columns(gw, v), v, adjoint_b=True))
    w, v = _core.stop_gradient(w), _core.stop_gradient(v)
    a = of_batch(a, gw)
    of_values: Tensor = _weighted(a, gw, w, v, varies=_core.is_watched(gw))
    return _lower(of_values)


def _weighted_value(a: _Array, g: _Array, w: _Array, v: _Array, *, varies: bool) -> _Array:
    return np.asarray((v * g[..., None, :]) @ np.conj(np.swapaxes(v, -1, -2)))


def _decomposed(call: RowCall) -> tuple[Tensor, Tensor, Tensor]:
    """Eigenvalues and vectors of the first input, and weights. As functions of it if those are
    recorded."""
    a, g, w, v = call.inputs
    assert a is not None and g is not None and w is not None and v is not None
    if _core.is_watched(a):
        w, v = _eigh(a)
    return w, v, g


def _divided(call: RowCall, w: Tensor, v: Tensor, g: Tensor, inner: Tensor) -> Tensor:
    """(g[j] - g[i]) / (w[j] - w[i]) times the elements of a matrix in the basis v."""
    pairs = checked_pairs(inner, w, g, varies=call.attributes["varies"])
    differences = (g[..., None, :] - g[..., None]) * reciprocal_gaps(w)
    none = _core.full(w.shape, 0, w.dtype)
    differences = quotients(differences, w, [g[..., None, :]], none, DIFFERENCES)
    divided: Tensor = _core.cast(differences, v.dtype) * pairs
    return divided


def _weighted_vjp(call: RowCall, c: Tensor) -> tuple[Tensor | None, Tensor]:
    w, v, g = _decomposed(call)
    inner = _core.matmul(v, _core.matmul((c + conjugate_transpose(c)) * 0.5, v), adjoint_a=True)
    by_g = _diagonal(inner)
    by_g = _core.real(by_g) if v.dtype.is_complex else by_g
    by_a = _lower(_in_basis(v, _divided(call, w, v, g, inner))) if call.wanted[0] else None
    return by_a, by_g


def _weighted_jvp(call: RowCall, da: Tensor | None, dg: Tensor | None) -> Tensor:
    w, v, g = _decomposed(call)
    parts = []
    if da is not None:
        inner = _core.matmul(v, _core.matmul(_hermitian_part(da), v), adjoint_a=True)
        parts.append(_divided(call, w, v, g, inner))
    if dg is not None:
        parts.append(_identity(v) * _columns(dg, v))
    return _in_basis(v, parts[0] if len(parts) == 1 else parts[0] + parts[1])


# V diag(g) V^H, a function of the matrix and of the weights g, which may depend on it too. The
# constants are its eigenvalues and vectors. `varies`: whether the weights do.
_weighted = host(
    "weighted_eigenvectors",
    _weighted_value,
    vjp=_weighted_vjp,
    jvp=_weighted_jvp,
    inputs=2,
    constants=2,
    attributes=("varies",),
    keeps=(0, 1, 2, 3),
    dtypes=_FIELDS,
    batch="leading",
)


def _hermitian_part(da: Tensor) -> Tensor:
    """The Hermitian matrix with that lower triangle."""
    half = da * _lower_weights(da, 0.5)
    return half + conjugate_transpose(half)


def _diagonal(x: Tensor) -> Tensor:
    return _core.apply("diag_part", [x], (False, True, 0, 0))


def _eigh_jvp(call: RowCall, da: Tensor) -> Tangents:
    w, v = call.outputs
    assert w is not None and v is not None
    p = _core.matmul(v, _core.matmul(_hermitian_part(da), v), adjoint_a=True)

    def by_values() -> Tensor:
        dw = _diagonal(p)
        return _core.real(dw) if v.dtype.is_complex else dw

    def by_vectors() -> Tensor:
        turn = _core.cast(reciprocal_gaps(w), v.dtype) * checked_turn(p, w)
        return _core.matmul(v, turns(turn, w, DIFFERENCES))

    return Tangents(by_values, by_vectors)


def _eigh_value(a: _Array) -> tuple[_Array, _Array]:
    w, v = _attempt("eigh", np.linalg.eigh, a)
    return w, v


_eigh = host(
    "eigh",
    _eigh_value,
    vjp=_eigh_vjp,
    jvp=_eigh_jvp,
    outputs=2,
    keeps=(0, 1, 2),
    dtypes=_FIELDS,
    batch="leading",
)


def _eigvalsh_vjp(call: RowCall, g: Tensor) -> Tensor:
    a = _matrix_of(call)
    w, v = _eigh(_core.stop_gradient(a))
    return _by_values(a, w, v, g)


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
    of modulus 1; where eigenvalues are equal, it is an error, as of `tf.linalg.eigh`.

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
        product = checked_vectors(product, w, gw, general=True)
        turned = _core.conj(reciprocal_gaps(w)) * product
        middle = middle + quotients(turned, w, [gv], gw, GENERAL)
    right = _core.matmul(middle, v, adjoint_b=True)
    by_a = _core.apply("solve", [v, right], (True,))
    return by_a if a.dtype.is_complex else _core.real(by_a)


def _eig_vjp(call: RowCall, gw: Tensor, gv: Tensor | None) -> Tensor:
    w, v = call.outputs
    assert w is not None and v is not None
    return _by_any(_matrix_of(call), w, v, gw, gv)


def _inner(v: Tensor, da: Tensor) -> Tensor:
    return _core.apply("solve", [v, _core.matmul(_core.cast(da, v.dtype), v)], (False,))


def _eig_jvp(call: RowCall, da: Tensor) -> Tangents:
    w, v = call.outputs
    assert w is not None and v is not None
    p = _inner(v, da)

    def by_vectors() -> Tensor:
        dv = _core.matmul(v, turns(reciprocal_gaps(w) * checked_turn(p, w), w, GENERAL))
        along = _core.real(_sum_of_rows(_core.conj(v) * dv))
        return dv - v * _core.cast(along, v.dtype)

    return Tangents(lambda: _diagonal(p), by_vectors)


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
