"""The orthogonal polynomials of ``scipy.special``, and the functions of other degrees.

Degrees are constant, and derivatives those of lower degree of the next family: DLMF 18.9. For
degrees that are not whole this holds of the hypergeometric functions that SciPy computes then.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_c import math as tm
from autograd_c.arrays._arguments import number
from autograd_c.core._core import Tensor
from autograd_c.scipy._rows import Operation, library, row, where


def _degrees(name: str) -> Any:
    """The function of integers for n, which SciPy computes by recurrence."""

    def value(n: Any, *others: Any) -> Any:
        whole = n.astype(np.int64)
        return getattr(library("special"), name)(whole if (whole == n).all() else n, *others)

    return value


def _flat(n: Tensor) -> Tensor:
    """Where functions of degree n are constant: of degree 0, and 0 of negative whole degree."""
    return tm.logical_and(n <= 0, tm.equal(tm.floor(n), n))


def _lower(n: Tensor) -> Tensor:
    """The degree of the derivative."""
    return where(_flat(n), 0, n - 1, n)


def _before(n: Tensor) -> Tensor:
    """One degree less; of 0, whose derivative is 0, none."""
    return where(tm.equal(n, 0), 0, n - 1, n)


def _sloped(n: Tensor, factor: Any) -> Tensor:
    return where(_flat(n), 0, factor, n)


def _legendre_slope(n: Tensor, x: Tensor, _: Tensor) -> Tensor:
    n = where(n < -0.5, -1 - n, n, n)  # which is the same function
    one = number(1, x)
    return eval_jacobi(_lower(n), one, one, x) * _sloped(n, (n + 1) / 2)


def _chebyu_slope(n: Tensor, x: Tensor, _: Tensor) -> Tensor:
    sign = where(n < -1, -2, 2, n)
    n = where(n < -1, -2 - n, n, n)  # the same function, but for the sign
    return eval_gegenbauer(_lower(n), number(2, x), x) * _sloped(n, sign)


eval_jacobi: Operation = row(
    "eval_jacobi",
    [
        lambda n, a, b, x, y: (
            eval_jacobi(_lower(n), a + 1, b + 1, x) * _sloped(n, (n + a + b + 1) / 2)
        )
    ],
    3,
    _degrees("eval_jacobi"),
)
eval_legendre: Operation = row("eval_legendre", [_legendre_slope], 1, _degrees("eval_legendre"))
eval_gegenbauer: Operation = row(
    "eval_gegenbauer",
    [lambda n, a, x, y: eval_gegenbauer(_lower(n), a + 1, x) * _sloped(n, 2 * a)],
    2,
    _degrees("eval_gegenbauer"),
)
eval_chebyu: Operation = row("eval_chebyu", [_chebyu_slope], 1, _degrees("eval_chebyu"))
eval_chebyt: Operation = row(
    "eval_chebyt",
    [lambda n, x, y: eval_chebyu(_before(n), x) * n],
    1,
    _degrees("eval_chebyt"),
)
eval_hermite: Operation = row(
    "eval_hermite",
    [lambda n, x, y: eval_hermite(_before(n), x) * (2 * n)],
    1,
    _degrees("eval_hermite"),
)
eval_hermitenorm: Operation = row(
    "eval_hermitenorm",
    [lambda n, x, y: eval_hermitenorm(_before(n), x) * n],
    1,
    _degrees("eval_hermitenorm"),
)
eval_genlaguerre: Operation = row(
    "eval_genlaguerre",
    [lambda n, a, x, y: eval_genlaguerre(_lower(n), a + 1, x) * _sloped(n, -1)],
    2,
    _degrees("eval_genlaguerre"),
)


def eval_laguerre(n: Tensor, x: Tensor) -> Tensor:
    return eval_genlaguerre(n, number(0, x), x)


POLYNOMIALS: dict[str, Operation] = {
    "eval_chebyt": eval_chebyt,
    "eval_chebyu": eval_chebyu,
    "eval_gegenbauer": eval_gegenbauer,
    "eval_genlaguerre": eval_genlaguerre,
    "eval_hermite": eval_hermite,
    "eval_hermitenorm": eval_hermitenorm,
    "eval_jacobi": eval_jacobi,
    "eval_laguerre": eval_laguerre,
    "eval_legendre": eval_legendre,
}
"""Operations of tensors of one dtype of floats, by the name of SciPy's universal function."""
