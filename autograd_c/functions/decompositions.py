"""Decompositions of matrices, by NumPy, with derivatives of any order."""

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

_Array = np.ndarray[Any, Any]


def singular_values(x: Tensor) -> Tensor:
    """Singular values of the matrices in the last two axes, the largest first.

    Raises:
        TypeError: for dtypes other than float32, float64, complex64 and complex128.
        ValueError: (`tf.errors.InvalidArgumentError`) for a rank below 2.
    """
    if x.ndim < 2:
        raise InvalidArgumentError(f"[svd] needs matrices, got shape {tuple(x.shape)}")
    values: Tensor = _svd(x)[0]
    return values


def _decompose(a: _Array) -> tuple[_Array, _Array, _Array]:
    """The thin s, u, v with a = u s v^H; NaN for all of a matrix that has infinities or NaN."""
    good = np.asarray(np.isfinite(a).all(axis=(-2, -1)))
    u, s, vh = np.linalg.svd(np.where(good[..., None, None], a, 0), full_matrices=False)
    if not good.all():
        for part in (u, s[..., None], vh):
            part[~good] = np.nan
    return s, u, np.conj(np.swapaxes(vh, -1, -2))


def _columns(s: Tensor, like: Tensor) -> Tensor:
    """Numbers to multiply the columns of a matrix with, in the dtype of `like`."""
    return _core.cast(s[..., None, :], like.dtype)


def _rows(s: Tensor, like: Tensor) -> Tensor:
    return _core.cast(s[..., None], like.dtype)


def _reciprocal(x: Tensor) -> Tensor:
    """1 / x, and 0 where x is 0."""
    zero = _math.equal(x, 0)
    return _core.select(zero, 0, 1 / _core.select(zero, 1, x))


def _skew(x: Tensor, y: Tensor) -> Tensor:
    """z - z^H for z = x^H y."""
    return _core.matmul(x, y, adjoint_a=True) - _core.matmul(y, x, adjoint_a=True)


def _outside(x: Tensor, y: Tensor) -> Tensor:
    """The part of y that is orthogonal to the columns of x."""
    return y - _core.matmul(x, _core.matmul(x, y, adjoint_a=True))


def _svd_vjp(call: RowCall, gs: Tensor, gu: Tensor | None, gv: Tensor | None) -> Tensor:
    """Right for what does not depend on how singular vectors are scaled by numbers of modulus 1,
    which the decomposition leaves open.

    Where singular values are equal the vectors are no functions of the matrix: the terms that would
    be infinite are left out, as in TensorFlow.
    """
    s, u, v = call.outputs
    assert s is not None and u is not None and v is not None
    if gu is None and gv is None:
        # The vectors of a singular value 0 are arbitrary: it gets the subgradient 0.
        some = _core.select(_math.equal(s, 0), 0, gs)
        return _core.matmul(u * _columns(some, u), v, adjoint_b=True)
    # With p = u^H dx v and f[i, j] = 1 / (s[j]^2 - s[i]^2), elementwise,
    #     du = u (f (p s + s p^H)) + (1 - u u^H) dx v / s + u (i im(diag p) / s)
    #     dv = v (f (s p + p^H s)) + (1 - v v^H) dx^H u / s
    # and ds = re(diag p); below is the transpose of it.
    gu = _core.full(u.shape, 0, u.dtype) if gu is None else gu
    gv = _core.full(v.shape, 0, v.dtype) if gv is None else gv
    # In units of the largest value, whose square may be out of range.
    unit = _core.stop_gradient(s[..., :1])
    unit = _core.select(_math.equal(unit, 0), 1, unit)
    scaled = s / unit
    square = scaled * scaled
    f = _core.cast(_reciprocal(square[..., None, :] - square[..., None]), u.dtype)
    inverse = _reciprocal(s)
    middle = f * _skew(u, gu) * _columns(scaled, u) + _rows(scaled, u) * f * _skew(v, gv)
    middle = middle / _rows(unit, u)
    diagonal = _core.cast(gs, u.dtype)
    if u.dtype.is_complex:
        turn = _core.reduce("reduce_sum", _core.conj(u) * gu, -2, False)
        angle = _core.imag(turn) * inverse
        diagonal = diagonal + _core.cast(angle, u.dtype) * _core.constant(1j, u.dtype)
    identity = _core.constant(np.eye(s.shape[-1], dtype=u.dtype.as_numpy_dtype))
    middle = middle + identity * diagonal[..., None, :]
    left = _core.matmul(u, middle) + _outside(u, gu) * _columns(inverse, u)
    right = _outside(v, gv) * _columns(inverse, u)
    return _core.matmul(left, v, adjoint_b=True) + _core.matmul(u, right, adjoint_b=True)


_svd = host(
    "svd",
    _decompose,
    vjp=_svd_vjp,
    outputs=3,
    keeps=(1, 2, 3),
    dtypes=("float32", "float64", "complex64", "complex128"),
    batch="leading",
)
