"""Norms of vectors and matrices, as ``numpy.linalg`` has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, SupportsIndex

import numpy as np

from autograd_c import math as _math
from autograd_c.arrays._arguments import axes_within, cast, inexact
from autograd_c.arrays._checked import MatrixError
from autograd_c.arrays._equations import inv
from autograd_c.core import _core
from autograd_c.core._core import Tensor
from autograd_c.functions import singular_values

__all__ = ["cond", "matrix_norm", "norm", "vector_norm"]


def _sum(x: Tensor, axes: list[int], keepdims: bool) -> Tensor:
    return _core.reduce("reduce_sum", x, axes, keepdims)


def _extremum(kind: str, x: Tensor, axes: list[int], keepdims: bool) -> Tensor:
    if kind == "reduce_max" and not all(x.shape[k] for k in axes):
        # The standard has norms of nothing be 0; moduli are not below.
        return _core.reduce("reduce_sum", x, axes, keepdims)
    if kind == "reduce_min" and not all(x.shape[k] for k in axes):
        raise ValueError("zero-size array to reduction operation minimum which has no identity")
    return _core.reduce(kind, x, axes, keepdims)


def _euclidean(x: Tensor, axes: list[int], keepdims: bool) -> Tensor:
    squares = _squares(x)
    return _math.sqrt(_sum(squares, axes, keepdims))


def _squares(x: Tensor) -> Tensor:
    if x.dtype.is_complex:
        return _math.square(_core.real(x)) + _math.square(_core.imag(x))
    return _math.square(x)


def _of_vectors(x: Tensor, ord: Any, axes: list[int], keepdims: bool) -> Tensor:
    if ord is None or ord == 2:
        return _euclidean(x, axes, keepdims)
    if isinstance(ord, str):
        raise ValueError(f"Invalid norm order '{ord}' for vectors")
    if ord == np.inf:
        return _extremum("reduce_max", abs(x), axes, keepdims)
    if ord == -np.inf:
        return _extremum("reduce_min", abs(x), axes, keepdims)
    if ord == 0:
        some = _core.array_of(x) != 0
        counts = np.sum(some, axis=tuple(axes), keepdims=keepdims)
        return _core.convert_to_tensor(np.asarray(counts, x.dtype.real_dtype.as_numpy_dtype))
    if ord == 1:
        return _sum(abs(x), axes, keepdims)
    power = float(ord) if not isinstance(ord, Tensor) else ord
    total = _sum(_math.pow(abs(x), power), axes, keepdims)
    return _math.pow(total, 1 / power)


def _of_matrices(x: Tensor, ord: Any, axes: list[int], keepdims: bool) -> Tensor:
    rows, columns = axes
    if ord is None or ord in ("fro", "f"):
        return _euclidean(x, axes, keepdims)
    if ord in (2, -2, "nuc"):
        order = [k for k in range(x.ndim) if k not in axes] + axes
        if order != list(range(x.ndim)):
            x = _core.transpose(x, order)
        s = singular_values.singular_values(x)
        last = [s.ndim - 1]
        if ord == "nuc":
            found = _sum(s, last, False)
        else:
            found = _extremum("reduce_max" if ord == 2 else "reduce_min", s, last, False)
        if keepdims:
            shape = list(found.shape)
            for k in sorted(axes):
                shape.insert(k, 1)
            return _core.reshape(found, shape)
        return found
    if ord in (1, -1):
        inner, outer = rows, columns
    elif ord in (np.inf, -np.inf):
        inner, outer = columns, rows
    else:
        raise ValueError("Invalid norm order for matrices.")
    sums = _sum(abs(x), [inner], True)
    found = _extremum("reduce_max" if ord > 0 else "reduce_min", sums, [outer], True)
    if keepdims:
        return found
    return _core.reshape(found, [n for k, n in enumerate(x.shape) if k not in axes])


def norm(
    x: Any,
    ord: Any = None,
    axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    keepdims: bool = False,
) -> Tensor:
    """Norms of vectors or matrices, as ``numpy.linalg.norm``.

    Args:
        x: a tensor, or what `asarray` takes.
        ord: None: the root of the sum of squares. Of vectors: a number, infinity, or 0, the number
            of elements that are not 0. Of matrices: "fro", "nuc", 1, -1, 2, -2 or an infinity.
        axis: an int, for vectors; two, for matrices; None: all elements, of one axis or two unless
            `ord` is None.
        keepdims: whether axes stay, with extent 1.

    Returns:
        A real tensor. The gradient of the root of a sum of squares at 0 is NaN, as that of
        `tf.norm`.

    Raises:
        ValueError: for another `ord`, axes that are not there or more than two.

    >>> from autograd_c import numpy as np
    >>> print(np.linalg.norm([3.0, 4.0]).numpy(), np.linalg.norm([3.0, 4.0], np.inf).numpy())
    5.0 4.0
    """
    t = inexact(x)
    if axis is None:
        if ord is None or (ord in ("f", "fro") and t.ndim == 2) or (ord == 2 and t.ndim == 1):
            return _euclidean(t, list(range(t.ndim)), keepdims)
        places = list(range(t.ndim))
    else:
        places = axes_within(axis, t.ndim)
    if len(places) == 1:
        return _of_vectors(t, ord, places, keepdims)
    if len(places) == 2:
        return _of_matrices(t, ord, places, keepdims)
    raise ValueError("Improper number of dimensions to norm.")


def vector_norm(
    x: Any,
    /,
    *,
    axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    keepdims: bool = False,
    ord: Any = 2,
) -> Tensor:
    """Norms of vectors, as ``numpy.linalg.vector_norm``.

    Args:
        x: a tensor, or what `asarray` takes.
        axis: along which the vectors lie: an int, or several; None: all.
        keepdims: whether axes stay, with extent 1.
        ord: a number, an infinity, or 0, the number of elements that are not 0.

    Returns:
        A real tensor.

    Raises:
        ValueError: for axes that are not there, and a minus infinity of no elements.

    >>> from autograd_c import numpy as np
    >>> print(np.linalg.vector_norm([[3.0, 4.0], [6.0, 8.0]], axis=1).numpy())
    [ 5. 10.]
    """
    t = inexact(x)
    return _of_vectors(t, ord, axes_within(axis, t.ndim), keepdims)


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Tensor:
    """Norms of matrices, as ``numpy.linalg.matrix_norm``.

    Args:
        x: a tensor, or what `asarray` takes, of shape [..., m, n].
        keepdims: whether axes stay, with extent 1.
        ord: "fro", "nuc", 1, -1, 2, -2 or an infinity.

    Returns:
        A real tensor of shape [...].

    Raises:
        ValueError: for another `ord`, and a rank below 2.

    >>> from autograd_c import numpy as np
    >>> print(np.linalg.matrix_norm([[3.0, 0.0], [4.0, 0.0]], ord=1).numpy())
    7.0
    """
    t = inexact(x)
    return _of_matrices(t, ord, axes_within((-2, -1), t.ndim), keepdims)


def cond(x: Any, p: Any = None) -> Tensor:
    """The conditions of matrices, as ``numpy.linalg.cond``.

    Args:
        x: a tensor, or what `asarray` takes, of shape [..., m, n].
        p: None or 2, or -2: the ratio of the largest to the smallest singular value, or its
            inverse. Another `ord` of `norm`: the norm times that of the inverse.

    Returns:
        A real tensor of shape [...]; infinity for singular matrices.

    Raises:
        LinAlgError: for matrices of no elements, and, for another `p`, such that are not square.

    >>> from autograd_c import numpy as np
    >>> print(np.linalg.cond([[4.0, 0.0], [0.0, 2.0]]).numpy())
    2.0
    """
    t = inexact(x)
    if t.ndim < 2 or not t.shape[-1] or not t.shape[-2]:
        raise MatrixError("cond is not defined on empty arrays")
    if p is None or p in (2, -2):
        s = singular_values.singular_values(t)
        first, last = s[..., 0], s[..., -1]
        return last / first if p == -2 else first / last
    places = [t.ndim - 2, t.ndim - 1]
    try:
        inverse = inv(t)
    except np.linalg.LinAlgError:
        if t.shape[-1] != t.shape[-2]:
            raise
        if t.ndim > 2:  # only some of them
            rows = flat_matrices(t)
            return _core.reshape(_core.stack([cond(row, p) for row in rows]), t.shape[:-2])
        value = np.nan if np.isnan(_core.array_of(t)).any() else np.inf
        return cast(value, t.dtype.real_dtype)
    return _of_matrices(t, p, places, False) * _of_matrices(inverse, p, places, False)


def flat_matrices(x: Tensor) -> list[Tensor]:
    """All matrices of a batch."""
    return _core.unstack(_core.reshape(x, [-1, *x.shape[-2:]]))
