"""Decompositions of any matrices, by NumPy: ``tf.linalg.qr``, ``pinv`` and ``matrix_rank``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.diagonals import conjugate_transpose
from autograd_c.functions.host import host
from autograd_c.functions.singular_values import decompose, matrices, singular_values
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from autograd_c.core._core import RowCall
    from autograd_c.typing import TensorLike

_Array = np.ndarray[Any, Any]


convert = _core.convert_to_tensor

_FIELDS = ("float32", "float64", "complex64", "complex128")


class Qr(NamedTuple):
    """What `tf.linalg.qr` returns."""

    q: Tensor
    r: Tensor


def matrix_rank(
    a: TensorLike,
    tol: TensorLike | None = None,
    validate_args: bool = False,
    name: str | None = None,
) -> Tensor:
    """How many singular values of matrices are above a tolerance.

    Args:
        a: a tensor of floats or complex numbers of shape [..., m, n].
        tol: a number, or a tensor that broadcasts to [..., k]; None for the largest singular value
            times max(m, n) times the precision.
        validate_args: ignored; shapes are always checked.
        name: ignored.

    Returns:
        A tensor of int32 of shape [...], without a derivative.

    Raises:
        TypeError: for integers and bools in tensors and arrays.
        ValueError: (`tf.errors.InvalidArgumentError`) for a rank below 2.

    >>> import autograd_c as tf
    >>> tf.linalg.matrix_rank([[1.0, 2.0], [2.0, 4.0]]).numpy()
    np.int32(1)
    """
    x = _core.stop_gradient(_hinted(a))
    s = singular_values(x)
    if tol is None:
        precision = float(np.finfo(s.dtype.as_numpy_dtype).eps) * max(x.shape[-2:])
        tol = _math.reduce_max(s, -1, True) * precision if s.shape[-1] else 0.0
    above = _core.cast(_math.greater(s, tol), "int32")
    return _math.reduce_sum(above, -1)


def _hinted(a: TensorLike) -> Tensor:
    """Numbers of Python's are floats."""
    x = convert(a)
    if x.dtype.is_integer and not _core.is_tensor(a) and not isinstance(a, np.ndarray):
        return _core.cast(x, "float32")
    return x


# ---------------------------------------------------------------- pseudoinverses


def pinv(
    a: TensorLike,
    rcond: TensorLike | None = None,
    validate_args: bool = False,
    name: str | None = None,
) -> Tensor:
    """The pseudoinverses of matrices (Moore and Penrose).

    Args:
        a: a tensor of floats or complex numbers of shape [..., m, n].
        rcond: singular values below this times the largest count as 0: a number, or a tensor of
            shape [...]. None for 10 max(m, n) times the precision.
        validate_args: ignored; shapes are always checked.
        name: ignored.

    Returns:
        A tensor of shape [..., n, m]. Its derivative is that among matrices of the same rank, of
        which equal singular values are no matter.

    Raises:
        TypeError: for integers and bools in tensors and arrays.
        ValueError: (`tf.errors.InvalidArgumentError`) for a rank below 2.

    >>> import autograd_c as tf
    >>> print(tf.linalg.pinv([[2.0, 0.0], [0.0, 0.0]]).numpy())
    [[0.5 0. ]
     [0.  0. ]]
    """
    x = matrices("pinv", _hinted(a))
    real = np.float32 if x.dtype.name in ("float32", "complex64") else np.float64
    if rcond is None:
        rcond = 10.0 * max(x.shape[-2:]) * float(np.finfo(real).eps)
    least = _core.broadcast_to(_core.stop_gradient(convert(rcond, real)), x.shape[:-2])
    inverse: Tensor = _pinv(x, least)
    return inverse


def _pinv_value(a: _Array, rcond: _Array) -> _Array:
    s, u, v = decompose(a)
    if s.size == 0:
        return np.zeros(np.swapaxes(a, -1, -2).shape, a.dtype)
    kept = s > rcond[..., None] * s[..., :1]
    inverse = np.where(kept | np.isnan(s), 1 / np.where(kept, s, np.where(np.isnan(s), s, 1)), 0)
    weighted = v * inverse[..., None, :].astype(a.dtype)
    return np.asarray(weighted @ np.conj(np.swapaxes(u, -1, -2)))


def _product(x: Tensor, y: Tensor) -> Tensor:
    return _core.matmul(x, y)


# dP = -P dA P + P P^H dA^H (1 - A P) + (1 - P A) dA^H P^H P: Golub and Pereyra, The differentiation
# of pseudo-inverses and nonlinear least squares problems whose variables separate (1973).
def _pinv_vjp(call: RowCall, g: Tensor) -> Tensor:
    a, p = call.inputs[0], call.outputs[0]
    assert a is not None and p is not None
    h, ph = conjugate_transpose(g), conjugate_transpose(p)
    middle = _product(_product(ph, g), ph)
    outside_left = h - _product(_product(a, p), h)
    outside_right = h - _product(h, _product(p, a))
    return (
        _product(_product(outside_left, p), ph) + _product(_product(ph, p), outside_right) - middle
    )


def _pinv_jvp(call: RowCall, da: Tensor) -> Tensor:
    a, p = call.inputs[0], call.outputs[0]
    assert a is not None and p is not None
    d, ph = conjugate_transpose(da), conjugate_transpose(p)
    left = _product(_product(p, ph), d)
    right = _product(d, _product(ph, p))
    return (
        left
        - _product(_product(left, a), p)
        + right
        - _product(p, _product(a, right))
        - _product(_product(p, da), p)
    )


_pinv = host(
    "pinv",
    _pinv_value,
    vjp=_pinv_vjp,
    jvp=_pinv_jvp,
    constants=1,
    keeps=(0, 2),
    dtypes=_FIELDS,
    batch="leading",
)


# ---------------------------------------------------------------- Q and R


def qr(input: TensorLike, full_matrices: bool = False, name: str | None = None) -> Qr:
    """Orthogonal (unitary) and triangular factors of matrices: A = Q R.

    Args:
        input: a tensor of float32, float64, complex64 or complex128 of shape [..., m, n].
        full_matrices: whether Q is square; else it has k = min(m, n) columns.
        name: ignored.

    Returns:
        A named tuple of `q` and `r`, of shapes [..., m, k] and [..., k, n]. The diagonal of R is
        real, of either sign.

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for a rank below 2; and when derivatives are
            taken, for matrices of which one of the first k columns depends on those before it, but
            for rounding (the last column of a real square matrix may); for second derivatives,
            nearly so.
        NotImplementedError: for derivatives, if `full_matrices` and m > n: what completes a basis
            is no function of the matrix.

    >>> import autograd_c as tf
    >>> q, r = tf.linalg.qr([[3.0, 1.0], [4.0, 2.0]])
    >>> print(tf.linalg.matmul(q, r).numpy().round(5))
    [[3. 1.]
     [4. 2.]]
    """
    x = matrices("qr", input)
    q, r = (_qr_full if full_matrices and x.shape[-2] > x.shape[-1] else _qr)(x)
    return Qr(q, r)


def _qr_value(a: _Array, mode: Literal["reduced", "complete"] = "reduced") -> tuple[Any, Any]:
    q, r = np.linalg.qr(a, mode)
    return q, r


def _adjoint_product(x: Tensor, y: Tensor) -> Tensor:
    return _core.matmul(x, y, adjoint_a=True)


def _triangle(x: Tensor, lowest: int) -> Tensor:
    """What is on the diagonals from the lowest upwards."""
    mask = np.triu(np.ones(x.shape[-2:], bool), lowest)
    return _core.select(mask, x, _core.full((), 0, x.dtype))


def _turn(x: Tensor) -> Tensor:
    """S - S^H + i im(D), for the part S of x below its diagonal D: the anti-Hermitian matrix with
    that lower triangle."""
    strict = x - _triangle(x, 0)
    turn = strict - conjugate_transpose(strict)
    if not x.dtype.is_complex:
        return turn
    return turn + _imaginary_diagonal(x)


def _imaginary_diagonal(x: Tensor) -> Tensor:
    identity = np.eye(x.shape[-1], dtype=x.dtype.as_numpy_dtype)
    return _core.constant(1j * identity) * _core.cast(_core.imag(x), x.dtype)


# With X = Q^H dA R^-1, W = Q^H dQ is anti-Hermitian and X - W is upper triangular with a real
# diagonal: so W = _turn(X), dR = Q^H dA - W R, dQ = Q W + (1 - Q Q^H) dA R^-1. For m < n, the first
# m columns make Q, and the others of R are Q^H A.
def _qr_vjp(call: RowCall, gq: Tensor, gr: Tensor | None) -> Tensor:
    q, r = call.outputs
    assert q is not None and r is not None
    k, n = r.shape[-2:]
    first = r if n == k else r[..., :k]
    g = _core.full(r.shape, 0, r.dtype) if gr is None else _triangle(gr, 0)
    m = _adjoint_product(q, gq) - _product(g, conjugate_transpose(r))
    by_x = m - conjugate_transpose(m)
    by_x = by_x - _triangle(by_x, 0)
    if q.dtype.is_complex:
        by_x = by_x + _imaginary_diagonal(m)
    inner = _product(q, by_x)
    if q.shape[-2] > k:
        inner = inner + gq - _product(q, _adjoint_product(q, gq))
    # inner R^-H.
    by_first = conjugate_transpose(_solved(q, first, conjugate_transpose(inner), False))
    by_a = _core.matmul(q, g)
    if n == k:
        return by_a + by_first
    zeros = _core.full([*by_first.shape[:-1], n - k], 0, r.dtype)
    return by_a + _core.concat([by_first, zeros], -1)


def _qr_jvp(call: RowCall, da: Tensor) -> tuple[Tensor, Tensor]:
    q, r = call.outputs
    assert q is not None and r is not None
    k, n = r.shape[-2:]
    first, d = (r, da) if n == k else (r[..., :k], da[..., :k])
    # dA R^-1, by the adjoint equation.
    right = conjugate_transpose(_solved(q, first, conjugate_transpose(d), True))
    x = _adjoint_product(q, right)
    w = _turn(x)
    dq = _product(q, w)
    if q.shape[-2] > k:
        dq = dq + right - _product(q, x)
    return dq, _triangle(_adjoint_product(q, da) - _product(w, r), 0)


def _solved(q: Tensor, r: Tensor, right: Tensor, adjoint: bool) -> Tensor:
    """R^-1 (or its adjoint) times what is on the right."""
    if q.shape[-2] == q.shape[-1] and not q.dtype.is_complex:
        # No other row than the last would be divided by the last element, and that row is 0, or
        # not read: it may be singular.
        last = np.arange(r.shape[-1]) == r.shape[-1] - 1
        r = _core.select(last[:, None] & last, _core.full((), 1, r.dtype), r)
        free = 1
    else:
        free = 0
    if r.shape[-1] > free:
        r = _independent(r, free=free)
    return _core.apply("solve", [r, right], (adjoint,))


def _refuse_dependent(r: _Array, free: int, least: float) -> None:
    """`free`: how many of the last diagonal elements may be anything."""
    k = r.shape[-1] - free
    sizes = np.abs(np.diagonal(r, axis1=-2, axis2=-1)[..., :k])
    if not sizes.size or sizes.min() > least * np.abs(r).max() * np.sqrt(k):
        return
    # Of columns as small as you like: in each, what counts is how much of it is new.
    if (sizes <= least * np.linalg.norm(r[..., :k], axis=-2)).any():
        raise InvalidArgumentError(
            "[qr] this derivative is not known: of the first columns of the matrix, one depends on "
            "those before it, or nearly, so its vector in Q is no function of the matrix. Use a "
            "function of the matrix itself (tf.linalg.svd's values, pinv, lstsq), or add small "
            "numbers to its diagonal."
        )


def _independent_value(r: _Array, *, free: int) -> _Array:
    _refuse_dependent(r, free, r.shape[-1] * float(np.finfo(r.dtype).eps))
    return r


def _checked_again(c: _Array, r: _Array, *, free: int) -> _Array:
    if c.any():
        # Derivatives of a quotient are quotients of the square.
        _refuse_dependent(r, free, float(np.sqrt(np.finfo(r.dtype).eps)))
    return c


def _unchanged(call: RowCall, c: Tensor) -> Tensor:
    return c


_again = host(
    "independent_columns_again",
    _checked_again,
    vjp=_unchanged,
    jvp=_unchanged,
    constants=1,
    attributes=("free",),
    dtypes=_FIELDS,
    batch="leading",
)


def _and_again(call: RowCall, c: Tensor) -> Tensor:
    r = call.inputs[0]
    assert r is not None
    checked: Tensor = _again(c, r, **call.attributes)
    return checked


# R as it is: an error where it is singular, and where its derivative is taken, if it is nearly so.
_independent = host(
    "independent_columns",
    _independent_value,
    vjp=_and_again,
    jvp=_and_again,
    attributes=("free",),
    keeps=(0,),
    dtypes=_FIELDS,
    batch="leading",
)


_qr = host(
    "qr",
    _qr_value,
    vjp=_qr_vjp,
    jvp=_qr_jvp,
    outputs=2,
    keeps=(1, 2),
    dtypes=_FIELDS,
    batch="leading",
)


def _no_derivative(call: RowCall, *cotangents: Tensor | None) -> Any:
    raise NotImplementedError(
        "[qr] has no derivative with full_matrices=True for matrices with more rows than columns"
    )


_qr_full = host(
    "qr_full",
    lambda a: _qr_value(a, "complete"),
    vjp=_no_derivative,
    jvp=_no_derivative,
    outputs=2,
    dtypes=_FIELDS,
    batch="leading",
)
