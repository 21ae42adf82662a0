"""Singular values, eigenvalues and what is made of them, as ``scipy.linalg`` has them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_c import arrays as ours
from autograd_c.arrays._arguments import promoted, tensor
from autograd_c.arrays._checked import adjoint, as_numpys
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions import factorizations
from autograd_c.scipy._matrices import checked, of_triangle, square
from autograd_c.scipy._rows import double_precision


def det(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Tensor:
    """The determinants of matrices, as ``scipy.linalg.det``: in double precision.

    Args:
        a: a tensor, or what `asarray` takes, of shape [..., n, n].
        overwrite_a: ignored.
        check_finite: whether infinities and NaN are an error.

    Raises:
        ValueError: for matrices that are not square.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.det([[0.0, 2.0], [4.0, 0.0]]).numpy())
    -8.0
    """
    return ours.linalg.det(double_precision(square(a, check_finite)))


def inv(
    a: Any,
    overwrite_a: bool = False,
    check_finite: bool = True,
    *,
    assume_a: str | None = None,
    lower: bool = False,
) -> Tensor:
    """The inverses of matrices, as ``scipy.linalg.inv``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [..., n, n].
        overwrite_a: ignored.
        check_finite: whether infinities and NaN are an error.
        assume_a, lower: as of `solve`.

    Raises:
        LinAlgError: for matrices that are not invertible.
        ValueError: for matrices that are not square.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.inv([[2.0, 0.0], [0.0, 4.0]]).numpy())
    [[0.5  0.  ]
     [0.   0.25]]
    """
    x = square(a, check_finite)
    if assume_a is None:
        return ours.linalg.inv(x)
    from autograd_c.scipy._solving import solve

    one = ours.broadcast_to(ours.eye(x.shape[-1], dtype=x.dtype), x.shape)
    return solve(x, one, lower, assume_a=assume_a)


def _eigh(
    a: Any,
    b: Any,
    lower: bool,
    type: int,
    check_finite: bool,
    subset_by_index: Any,
    subset_by_value: Any,
) -> tuple[Tensor, Tensor]:
    x = square(a, check_finite)
    if b is None:
        w, v = ours.linalg.eigh(of_triangle(x, lower))
    else:
        if type not in (1, 2, 3):
            raise ValueError('"type" keyword only accepts 1, 2, and 3.')
        x, y = promoted(x, square(b, check_finite))
        x = of_triangle(x, lower)
        root = factorizations.cholesky(of_triangle(y, lower))
        if type == 1:  # a v = w b v
            half = factorizations.triangular_solve(root, x)
            inner = factorizations.triangular_solve(root, adjoint(half))
        else:  # a b v = w v, or b a v = w v
            inner = _core.matmul(adjoint(root), _core.matmul(x, root))
        w, v = ours.linalg.eigh(inner)
        if type == 3:
            v = _core.matmul(root, v)
        else:
            v = factorizations.triangular_solve(root, v, adjoint=True)
    if subset_by_index is not None and subset_by_value is not None:
        raise ValueError("Either index or value subset can be requested.")
    if subset_by_index is not None:
        first, last = subset_by_index
        return w[..., first : last + 1], v[..., first : last + 1]
    if subset_by_value is not None:
        least, most = subset_by_value
        values = _core.array_of(w)
        if values.ndim != 1:
            raise ValueError("subset_by_value takes one matrix")
        chosen = np.flatnonzero((values > least) & (values <= most))
        return ours.take(w, chosen, axis=-1), ours.take(v, chosen, axis=-1)
    return w, v


@as_numpys
def eigh(
    a: Any,
    b: Any = None,
    *,
    lower: bool = True,
    eigvals_only: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    type: int = 1,
    check_finite: bool = True,
    subset_by_index: Any = None,
    subset_by_value: Any = None,
    driver: str | None = None,
) -> Any:
    """Eigenvalues and vectors of Hermitian matrices, as ``scipy.linalg.eigh``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [..., n, n], of which a triangle is read.
        b: positive definite, for the problem a v = w b v; None: the identity.
        lower: which triangle.
        eigvals_only: whether to return the eigenvalues alone.
        overwrite_a, overwrite_b, driver: ignored.
        type: 1, or 2 for a b v = w v, or 3 for b a v = w v.
        check_finite: whether infinities and NaN are an error.
        subset_by_index: the first and the last eigenvalue that is wanted.
        subset_by_value: the bounds of those that are wanted, of which the lower is excluded.

    Returns:
        The eigenvalues, the least first, and the vectors as columns.

    Raises:
        LinAlgError: for a `b` that is not positive definite.
        ValueError: for matrices that are not square.

    >>> from autograd_c.scipy import linalg
    >>> w, v = linalg.eigh([[2.0, 0.0], [0.0, 3.0]], [[2.0, 0.0], [0.0, 1.0]])
    >>> print(w.numpy())
    [1. 3.]
    """
    w, v = _eigh(a, b, lower, type, check_finite, subset_by_index, subset_by_value)
    return w if eigvals_only else (w, v)


@as_numpys
def eigvalsh(
    a: Any,
    b: Any = None,
    *,
    lower: bool = True,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    type: int = 1,
    check_finite: bool = True,
    subset_by_index: Any = None,
    subset_by_value: Any = None,
    driver: str | None = None,
) -> Tensor:
    """Eigenvalues of Hermitian matrices, as ``scipy.linalg.eigvalsh``: see `eigh`.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.eigvalsh([[2.0, 0.0], [0.0, 3.0]]).numpy())
    [2. 3.]
    """
    return _eigh(a, b, lower, type, check_finite, subset_by_index, subset_by_value)[0]


def svd(
    a: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    overwrite_a: bool = False,
    check_finite: bool = True,
    lapack_driver: str = "gesdd",
) -> Any:
    """Singular values and vectors, as ``scipy.linalg.svd``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [..., m, n].
        full_matrices: whether the bases are square.
        compute_uv: whether they are returned.
        overwrite_a, lapack_driver: ignored.
        check_finite: whether infinities and NaN are an error.

    Returns:
        U, the singular values, and V^H; or the values alone.

    Raises:
        ValueError: for less than two axes.
        NotImplementedError: for derivatives of square bases of matrices that are not square.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.svd([[0.0, 2.0], [1.0, 0.0]], compute_uv=False).numpy())
    [2. 1.]
    """
    found = ours.linalg.svd(_matrix(a, check_finite), full_matrices, compute_uv)
    return tuple(found) if compute_uv else found


def _matrix(a: Any, check_finite: bool) -> Tensor:
    x = checked(a, check_finite)
    if x.ndim < 2:
        raise ValueError(f"expected a matrix, not an array of shape {tuple(x.shape)}")
    return x


def svdvals(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Tensor:
    """Singular values, the largest first, as ``scipy.linalg.svdvals``: see `svd`.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.svdvals([[0.0, 2.0], [1.0, 0.0]]).numpy())
    [2. 1.]
    """
    return svd(a, compute_uv=False, check_finite=check_finite)  # type: ignore[no-any-return]


def qr(
    a: Any,
    overwrite_a: bool = False,
    lwork: Any = None,
    mode: str = "full",
    pivoting: bool = False,
    check_finite: bool = True,
) -> Any:
    """Orthogonal and triangular factors, as ``scipy.linalg.qr``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [..., m, n].
        overwrite_a, lwork: ignored.
        mode: "full", "economic", or "r" for (R,) alone.
        pivoting: must be False.
        check_finite: whether infinities and NaN are an error.

    Raises:
        TypeError: for `pivoting`, and the mode "raw".
        ValueError: for other modes, and less than two axes.
        NotImplementedError: for derivatives, if the mode is "full" and m > n.

    >>> from autograd_c.scipy import linalg
    >>> q, r = linalg.qr([[3.0, 1.0], [4.0, 2.0]])
    >>> print(abs(r.numpy()).round(5))
    [[5.  2.2]
     [0.  0.4]]
    """
    if mode not in ("full", "economic", "r", "raw"):
        raise ValueError("Mode argument should be one of ['full', 'r', 'economic', 'raw']")
    if pivoting or mode == "raw":
        raise TypeError("scipy.linalg.qr of tensors takes no pivoting, and no mode 'raw'")
    x = _matrix(a, check_finite)
    if mode == "r":
        m, n = x.shape[-2:]
        r = ours.linalg.qr(x, "r")
        if m > n:
            r = ours.pad(r, [(0, 0)] * (x.ndim - 2) + [(0, m - n), (0, 0)])
        return (r,)
    return tuple(ours.linalg.qr(x, "complete" if mode == "full" else "reduced"))


def norm(
    a: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, check_finite: bool = True
) -> Tensor:
    """Norms of vectors and matrices, as ``scipy.linalg.norm``.

    Args:
        a: a tensor, or what `asarray` takes.
        ord, axis, keepdims: as of `numpy.linalg.norm`.
        check_finite: whether infinities and NaN are an error.

    Raises:
        ValueError: for an order that there is not.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.norm([3.0, 4.0]).numpy())
    5.0
    """
    return ours.linalg.norm(checked(a, check_finite), ord, axis, keepdims)


def pinv(
    a: Any,
    *,
    atol: float | None = None,
    rtol: float | None = None,
    return_rank: bool = False,
    check_finite: bool = True,
) -> Any:
    """Pseudoinverses, as ``scipy.linalg.pinv``. Derivatives are among matrices of the same rank.

    Args:
        a: a tensor, or what `asarray` takes, of shape [m, n].
        atol, rtol: singular values up to atol + rtol times the largest count as 0.
        return_rank: whether to return the rank too.
        check_finite: whether infinities and NaN are an error.

    Raises:
        ValueError: for negative tolerances, and other shapes.

    >>> from autograd_c.scipy import linalg
    >>> print(linalg.pinv([[2.0, 0.0], [0.0, 0.0]]).numpy())
    [[0.5 0. ]
     [0.  0. ]]
    """
    x = _matrix(a, check_finite)
    if x.ndim != 2:
        raise ValueError("pinv of tensors takes one matrix")
    if (atol or 0) < 0 or (rtol or 0) < 0:
        raise ValueError("atol and rtol values must be positive.")
    values = np.linalg.svd(_core.array_of(x), compute_uv=False)
    top = values.max(initial=0.0)
    if rtol is None:
        rtol = float(max(x.shape) * np.finfo(values.dtype).eps) if atol is None else 0.0
    least = (atol or 0.0) + top * rtol
    found = ours.linalg.pinv(x, least / top if top else 0.0)
    return (found, int((values > least).sum())) if return_rank else found


def lstsq(
    a: Any,
    b: Any,
    cond: float | None = None,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    lapack_driver: str | None = None,
) -> tuple[Tensor, Tensor, int, Tensor]:
    """The solution of a x = b for which the sum of squares is least, as ``scipy.linalg.lstsq``.

    Args:
        a: a tensor, or what `asarray` takes, of shape [m, n].
        b: the right sides, of shape [m] or [m, k].
        cond: singular values up to this times the largest count as 0; None: the precision.
        overwrite_a, overwrite_b, lapack_driver: ignored.
        check_finite: whether infinities and NaN are an error.

    Returns:
        The solutions; the sums of squares of what is left, which are empty if m <= n or the rank is
        below n; the rank, an int; and the singular values.

    Raises:
        ValueError: for shapes that do not fit.

    >>> from autograd_c.scipy import linalg
    >>> x, residuals, rank, s = linalg.lstsq([[1.0], [1.0]], [1.0, 3.0])
    >>> print(x.numpy(), residuals.numpy(), rank)
    [2.] 2.0 1
    """
    x, y = promoted(tensor(a), tensor(b))
    x, y = _matrix(x, check_finite), checked(y, check_finite)
    if y.ndim == 0 or y.shape[0] != x.shape[0]:
        raise ValueError(f"Shape mismatch: a and b have {x.shape} and {y.shape}")
    if cond is None:
        cond = float(np.finfo(x.dtype.as_numpy_dtype).eps)
    found, residuals, rank, values = ours.linalg.lstsq(x, y, cond)
    if y.ndim == 1 and residuals.size == 1:
        residuals = _core.reshape(residuals, [])
    return found, residuals, rank, values
