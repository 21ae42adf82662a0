"""Singular values and vectors, by NumPy: ``tf.linalg.svd``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from autograd_c import math as _math
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions.diagonals import conjugate_transpose
from autograd_c.functions.equal_values import (
    ALL_SUMS,
    COLUMNS,
    DIFFERENCES,
    SUMS,
    TOGETHER,
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


def matrices(operation: str, x: TensorLike) -> Tensor:
    """As tensors; an error for a rank below 2."""
    t = _core.convert_to_tensor(x)
    if t.ndim < 2:
        raise InvalidArgumentError(f"[{operation}] needs matrices, got shape {tuple(t.shape)}")
    return t


def singular_values(x: Tensor) -> Tensor:
    """Singular values of the matrices in the last two axes, the largest first.

    Raises:
        TypeError: for dtypes other than float32, float64, complex64 and complex128.
        ValueError: (`tf.errors.InvalidArgumentError`) for a rank below 2.
    """
    values: Tensor = _singular_values(matrices("svd", x))
    return values


@overload
def svd(
    tensor: TensorLike,
    full_matrices: bool = False,
    compute_uv: Literal[True] = True,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]: ...
@overload
def svd(
    tensor: TensorLike,
    full_matrices: bool = False,
    *,
    compute_uv: Literal[False],
    name: str | None = None,
) -> Tensor: ...
@overload
def svd(
    tensor: TensorLike,
    full_matrices: bool = False,
    compute_uv: bool = True,
    name: str | None = None,
) -> Tensor | tuple[Tensor, Tensor, Tensor]: ...
def svd(
    tensor: TensorLike,
    full_matrices: bool = False,
    compute_uv: bool = True,
    name: str | None = None,
) -> Tensor | tuple[Tensor, Tensor, Tensor]:
    """Singular values and vectors of matrices: A = U diag(s) V^H.

    Args:
        tensor: a tensor of float32, float64, complex64 or complex128 of shape [..., m, n].
        full_matrices: whether `u` and `v` are square; else they have as many columns as there are
            singular values, k = min(m, n).
        compute_uv: whether they are returned.
        name: ignored.

    Returns:
        `s`, `u` and `v`, of shapes [..., k], [..., m, k] and [..., n, k]; or `s` alone. `s` is
        real, the largest first. Of a matrix with infinities or NaN, all are NaN.

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for a rank below 2.
        NotImplementedError: for derivatives of `u` and `v` of matrices that are not square, if
            `full_matrices`: what completes a basis is no function of the matrix.

    The gradient of `s` alone is right for equal singular values too; at 0 it is the subgradient 0.
    That of the vectors is right for what does not depend on how they are scaled by numbers of
    modulus 1. Where singular values are equal, to the precision of the dtype, the vectors are no
    functions of the matrix: a derivative by way of them is a `tf.errors.InvalidArgumentError`
    (TensorFlow leaves terms out), as is a second derivative of the values that would need them,
    or one of the vectors where singular values are so near to each other (or to 0, of matrices that
    are not square) that rounding errors are left of it.
    That of their sum, the nuclear norm, is right where it is smooth.

    >>> import autograd_c as tf
    >>> print(tf.linalg.svd([[0.0, 2.0], [1.0, 0.0]], compute_uv=False).numpy())
    [2. 1.]
    """
    x = matrices("svd", tensor)
    if not compute_uv:
        values: Tensor = _singular_values(x)
        return values
    if full_matrices and x.shape[-2] != x.shape[-1]:
        u, v = _svd_full(x)
        return _singular_values(x), u, v
    s, u, v = _svd(x)
    return s, u, v


def decompose(a: _Array, full: bool = False) -> tuple[_Array, _Array, _Array]:
    """The s, u, v with a = u s v^H; NaN for all of a matrix that has infinities or NaN."""
    if np.isfinite(a).all():
        u, s, vh = np.linalg.svd(a, full_matrices=full)
    else:
        good = np.asarray(np.isfinite(a).all(axis=(-2, -1)))
        u, s, vh = np.linalg.svd(np.where(good[..., None, None], a, 0), full_matrices=full)
        for part in (u, s[..., None], vh):
            part[~good] = np.nan
    v = vh.swapaxes(-1, -2)
    return s, u, v.conj() if v.dtype.kind == "c" else v


def _columns(s: Tensor, like: Tensor) -> Tensor:
    """Numbers to multiply the columns of a matrix with, in the dtype of `like`."""
    return _core.cast(s[..., None, :], like.dtype)


def _rows(s: Tensor, like: Tensor) -> Tensor:
    return _core.cast(s[..., None], like.dtype)


def _reciprocal(x: Tensor) -> Tensor:
    """1 / x, and 0 where x is 0."""
    zero = _math.equal(x, 0)
    return _core.select(zero, 0, 1 / _core.select(zero, 1, x))


def _parts(x: Tensor) -> tuple[Tensor, Tensor]:
    """The Hermitian and the anti-Hermitian part."""
    back = conjugate_transpose(x)
    return (x + back) * 0.5, (x - back) * 0.5


def _sums(s: Tensor) -> Tensor:
    """1 / (s[i] + s[j]), and 0 where both are 0."""
    return _reciprocal(s[..., None, :] + s[..., None])


def _outside(x: Tensor, y: Tensor) -> Tensor:
    """The part of y that is orthogonal to the columns of x."""
    return y - _core.matmul(x, _core.matmul(x, y, adjoint_a=True))


def _is_square(x: Tensor) -> bool:
    """Whether nothing is orthogonal to the columns: what rounding leaves of that, divided by a
    singular value near 0, would be anything."""
    return x.shape[-1] == x.shape[-2]


def _identity(s: Tensor, like: Tensor) -> Tensor:
    return _core.constant(np.eye(s.shape[-1]), like.dtype)


def _without_diagonal(x: Tensor) -> Tensor:
    mask = np.eye(x.shape[-1], dtype=bool)
    return _core.select(mask, _core.full((), 0, x.dtype), x)


def _diagonal(x: Tensor) -> Tensor:
    return _core.apply("diag_part", [x], (False, True, 0, 0))


def _real(x: Tensor) -> Tensor:
    return _core.real(x) if x.dtype.is_complex else x


# With p = u^H da v, h and a its Hermitian and anti-Hermitian parts, and, elementwise,
#     x = h / (s[j] - s[i]), y = a / (s[j] + s[i])
# the vectors move by
#     du = u (x + y) + (1 - u u^H) da v / s
#     dv = v (x - y) + (1 - v v^H) da^H u / s
# where of the diagonals, which stand for numbers of modulus 1, all is in u; and ds = re(diag p).
def _svd_vjp(call: RowCall, gs: Tensor, gu: Tensor | None, gv: Tensor | None) -> Tensor:
    """Right for what does not depend on how singular vectors are scaled by numbers of modulus 1,
    which the decomposition leaves open."""
    s, u, v = call.outputs
    assert s is not None and u is not None and v is not None
    if gu is None and gv is None:
        return _by_values(call.inputs[0], s, u, v, gs)
    gu = _core.full(u.shape, 0, u.dtype) if gu is None else gu
    gv = _core.full(v.shape, 0, v.dtype) if gv is None else gv
    of_u, of_v = _core.matmul(u, gu, adjoint_a=True), _core.matmul(v, gv, adjoint_a=True)
    both = _parts(checked_vectors(of_u + of_v, s, gs, general=False))[1]
    apart = _without_diagonal(_parts(of_u - of_v)[1])
    of = s, [gu, gv], gs
    middle = quotients(both * _core.cast(reciprocal_gaps(s), u.dtype), *of, DIFFERENCES)
    apart = apart * _core.cast(_sums(s), u.dtype)
    inverse = _reciprocal(s)
    if u.dtype.is_complex:
        angle = _core.imag(_diagonal(of_u)) * inverse
        turned = _core.cast(angle, u.dtype) * _core.constant(1j, u.dtype)
        apart = apart + _identity(s, u) * turned[..., None, :]
    middle = middle + quotients(apart, *of, ALL_SUMS if u.dtype.is_complex else SUMS)
    left = _core.matmul(u, middle + _identity(s, u) * _columns(gs, u))
    if not _is_square(u):
        left = left + quotients(_outside(u, gu) * _columns(inverse, u), *of, COLUMNS)
    by_a = _core.matmul(left, v, adjoint_b=True)
    if _is_square(v):
        return by_a
    right = quotients(_outside(v, gv) * _columns(inverse, u), *of, COLUMNS)
    return by_a + _core.matmul(u, right, adjoint_b=True)


def _svd_jvp(call: RowCall, da: Tensor) -> Tangents:
    s, u, v = call.outputs
    assert s is not None and u is not None and v is not None
    p = _core.matmul(u, _core.matmul(da, v), adjoint_a=True)

    def parts() -> tuple[Tensor, Tensor]:
        h, a = _parts(p)
        x = checked_turn(h, s) * _core.cast(reciprocal_gaps(s), u.dtype)
        y = a * _core.cast(_sums(s), u.dtype)
        return turns(x, s, TOGETHER), turns(y, s, ALL_SUMS if u.dtype.is_complex else SUMS)

    def outside(x: Tensor, dx: Tensor) -> Tensor:
        return turns(_outside(x, dx) * _columns(_reciprocal(s), u), s, COLUMNS)

    def by_u() -> Tensor:
        x, y = parts()
        if u.dtype.is_complex:  # what is on the diagonal of y counts twice here, and not in v
            y = y + (y - _without_diagonal(y))
        du = _core.matmul(u, x + y)
        return du if _is_square(u) else du + outside(u, _core.matmul(da, v))

    def by_v() -> Tensor:
        x, y = parts()
        dv = _core.matmul(v, x - _without_diagonal(y))
        return dv if _is_square(v) else dv + outside(v, _core.matmul(da, u, adjoint_a=True))

    return Tangents(lambda: _real(_diagonal(p)), by_u, by_v)


_svd = host(
    "svd",
    decompose,
    vjp=_svd_vjp,
    jvp=_svd_jvp,
    outputs=3,
    keeps=(0, 1, 2, 3),
    dtypes=_FIELDS,
    batch="leading",
)


def _by_values(a: Tensor | None, s: Tensor, u: Tensor, v: Tensor, gs: Tensor) -> Tensor:
    """The cotangent of the matrix by that of its singular values."""
    assert a is not None
    # The vectors of a singular value 0 are arbitrary: it gets the subgradient 0.
    some = _core.select(_math.equal(s, 0), 0, gs)
    if not _core.is_watched(a) and not _core.is_watched(some):
        return _core.matmul(u * _columns(some, u), v, adjoint_b=True)
    constants = [_core.stop_gradient(x) for x in (s, u, v)]
    a = of_batch(a, some)
    of_values: Tensor = _weighted(a, some, *constants, varies=_core.is_watched(some))
    return of_values


def _weighted_value(
    a: _Array, g: _Array, s: _Array, u: _Array, v: _Array, *, varies: bool
) -> _Array:
    return np.asarray((u * g[..., None, :]) @ np.conj(np.swapaxes(v, -1, -2)))


def _moved(call: RowCall, c: Tensor) -> tuple[Tensor, Tensor]:
    """By the matrix, of the cotangent or the tangent c: in one of them adjoint to the other; and
    what is on the diagonal of u^H c v."""
    a, g, s, u, v = call.inputs
    assert a is not None and g is not None and s is not None and u is not None and v is not None
    if _core.is_watched(a):
        s, u, v = _svd(a)
    cv = _core.matmul(c, v)
    p = _core.matmul(u, cv, adjoint_a=True)
    h, anti = _parts(p)
    x = checked_pairs(h, s, g, varies=call.attributes["varies"])
    of = s, [g[..., None, :]], _core.full(s.shape, 0, s.dtype)
    divided = quotients((g[..., None, :] - g[..., None]) * reciprocal_gaps(s), *of, DIFFERENCES)
    added = quotients((g[..., None, :] + g[..., None]) * _sums(s), *of, ALL_SUMS)
    middle = x * _core.cast(divided, u.dtype) + anti * _core.cast(added, u.dtype)
    weights = quotients((g * _reciprocal(s))[..., None, :], *of, COLUMNS)
    weights = _core.cast(weights, u.dtype)
    left = _core.matmul(u, middle)
    if not _is_square(u):
        left = left + _outside(u, cv) * weights
    moved = _core.matmul(left, v, adjoint_b=True)
    if not _is_square(v):
        right = _outside(v, _core.matmul(c, u, adjoint_a=True)) * weights
        moved = moved + _core.matmul(u, right, adjoint_b=True)
    return moved, _real(_diagonal(p))


def _weighted_vjp(call: RowCall, c: Tensor) -> tuple[Tensor, Tensor]:
    return _moved(call, c)


def _weighted_jvp(call: RowCall, da: Tensor | None, dg: Tensor | None) -> Tensor:
    a, _, _, u, v = call.inputs
    assert a is not None and u is not None and v is not None
    moved = None if da is None else _moved(call, da)[0]
    if dg is None:
        assert moved is not None
        return moved
    if _core.is_watched(a):
        _, u, v = _svd(a)
    turned = _core.matmul(u * _columns(dg, u), v, adjoint_b=True)
    return turned if moved is None else moved + turned


# U diag(g) V^H, a function of the matrix and of the weights g, which may depend on it too. The
# constants are its singular values and vectors. `varies`: whether the weights do.
_weighted = host(
    "weighted_singular_vectors",
    _weighted_value,
    vjp=_weighted_vjp,
    jvp=_weighted_jvp,
    inputs=2,
    constants=3,
    attributes=("varies",),
    keeps=(0, 1, 2, 3, 4),
    dtypes=_FIELDS,
    batch="leading",
)


def _values_vjp(call: RowCall, g: Tensor) -> Tensor:
    a = call.inputs[0]
    assert a is not None
    s, u, v = _svd(_core.stop_gradient(a))
    return _by_values(a, s, u, v, g)


def _values_jvp(call: RowCall, da: Tensor) -> Tensor:
    a = call.inputs[0]
    assert a is not None
    _, u, v = _svd(a)
    return _real(_core.reduce("reduce_sum", _core.conj(u) * _core.matmul(da, v), -2, False))


def _values(a: _Array) -> _Array:
    good = np.asarray(np.isfinite(a).all(axis=(-2, -1)))
    s = np.linalg.svd(np.where(good[..., None, None], a, 0), compute_uv=False)
    return np.where(good[..., None], s, np.nan)


_singular_values = host(
    "singular_values",
    _values,
    vjp=_values_vjp,
    jvp=_values_jvp,
    keeps=(0,),
    dtypes=_FIELDS,
    batch="leading",
)


def _no_bases(call: RowCall, *cotangents: Tensor | None) -> Any:
    raise NotImplementedError(
        "[svd] singular vectors with full_matrices=True have no derivatives unless the matrix is "
        "square"
    )


_svd_full = host(
    "svd_full",
    lambda a: decompose(a, True)[1:],
    vjp=_no_bases,
    jvp=_no_bases,
    outputs=2,
    dtypes=_FIELDS,
    batch="leading",
)
