"""Special functions of one argument, elementwise; SciPy computes the values of most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from autograd_c.core import _core

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import TensorLike


class _OfOne(Protocol):
    def __call__(self, x: TensorLike, name: str | None = None) -> Tensor: ...


def _of_one(
    name: str,
    summary: str,
    *,
    of: str,
    where: str = "tf.math",
    at: str,
    prints: str,
    ufunc: str = "",
) -> _OfOne:
    """The function of a row, with its documentation; `ufunc` is SciPy's that it is made of."""
    load, apply = _core.load_special_functions, _core.apply

    if ufunc:

        def function(x: TensorLike, name: str | None = None) -> Tensor:
            load()
            return apply(row, [x])

        needs = f"ImportError: without SciPy, which computes it (`scipy.special.{ufunc}`)."
        needs += "\n        "
    else:

        def function(x: TensorLike, name: str | None = None) -> Tensor:
            return apply(row, [x])

        needs = ""
    row = name
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{summary}, elementwise.

    Args:
        x: a tensor of floats{of and " "}{of}, of any shape.
        name: ignored.

    Returns:
        A tensor of the shape and dtype of `x`. It has derivatives of any order.

    Raises:
        {needs}TypeError: for other dtypes.

    >>> import autograd_c as tf
    >>> print({where}.{name}({at}).numpy().round(4))
    {prints}
    """
    return function


erfinv = _of_one(
    "erfinv",
    "The inverse of `erf`",
    of="between -1 and 1",
    at="[0.0, 0.5]",
    prints="[0.     0.4769]",
)

erfcinv = _of_one(
    "erfcinv",
    "The inverse of `erfc`",
    of="between 0 and 2",
    at="[1.0, 0.5]",
    prints="[0.     0.4769]",
)

ndtri = _of_one(
    "ndtri",
    "The quantile of the normal distribution",
    of="between 0 and 1",
    at="[0.5, 0.975]",
    prints="[0.   1.96]",
)

bessel_i0 = _of_one(
    "bessel_i0",
    "The modified Bessel function of the first kind of order 0",
    of="",
    at="[0.0, 1.0]",
    prints="[1.     1.2661]",
    ufunc="i0",
)

bessel_i0e = _of_one(
    "bessel_i0e",
    "The modified Bessel function of the first kind of order 0, times exp(-|x|)",
    of="",
    at="[0.0, 1.0]",
    prints="[1.     0.4658]",
)

bessel_i1 = _of_one(
    "bessel_i1",
    "The modified Bessel function of the first kind of order 1",
    of="",
    at="[0.0, 1.0]",
    prints="[0.     0.5652]",
    ufunc="i1",
)

bessel_i1e = _of_one(
    "bessel_i1e",
    "The modified Bessel function of the first kind of order 1, times exp(-|x|)",
    of="",
    at="[0.0, 1.0]",
    prints="[0.     0.2079]",
)

bessel_j0 = _of_one(
    "bessel_j0",
    "The Bessel function of the first kind of order 0",
    of="",
    where="tf.math.special",
    at="[0.0, 1.0]",
    prints="[1.     0.7652]",
    ufunc="j0",
)

bessel_j1 = _of_one(
    "bessel_j1",
    "The Bessel function of the first kind of order 1",
    of="",
    where="tf.math.special",
    at="[0.0, 1.0]",
    prints="[0.     0.4401]",
    ufunc="j1",
)

bessel_k0 = _of_one(
    "bessel_k0",
    "The modified Bessel function of the second kind of order 0",
    of="above 0",
    where="tf.math.special",
    at="[1.0, 2.0]",
    prints="[0.421  0.1139]",
    ufunc="k0",
)

bessel_k0e = _of_one(
    "bessel_k0e",
    "The modified Bessel function of the second kind of order 0, times exp(x)",
    of="above 0",
    where="tf.math.special",
    at="[1.0, 2.0]",
    prints="[1.1445 0.8416]",
    ufunc="k0e",
)

bessel_k1 = _of_one(
    "bessel_k1",
    "The modified Bessel function of the second kind of order 1",
    of="above 0",
    where="tf.math.special",
    at="[1.0, 2.0]",
    prints="[0.6019 0.1399]",
    ufunc="k1",
)

bessel_k1e = _of_one(
    "bessel_k1e",
    "The modified Bessel function of the second kind of order 1, times exp(x)",
    of="above 0",
    where="tf.math.special",
    at="[1.0, 2.0]",
    prints="[1.6362 1.0335]",
    ufunc="k1e",
)

bessel_y0 = _of_one(
    "bessel_y0",
    "The Bessel function of the second kind of order 0",
    of="above 0",
    where="tf.math.special",
    at="[1.0, 2.0]",
    prints="[0.0883 0.5104]",
    ufunc="y0",
)

bessel_y1 = _of_one(
    "bessel_y1",
    "The Bessel function of the second kind of order 1",
    of="above 0",
    where="tf.math.special",
    at="[1.0, 2.0]",
    prints="[-0.7812 -0.107 ]",
    ufunc="y1",
)

dawsn = _of_one(
    "dawsn",
    "Dawson's integral: exp(-x**2) times the integral of exp(t**2) from 0 to x",
    of="",
    where="tf.math.special",
    at="[0.0, 1.0]",
    prints="[0.     0.5381]",
    ufunc="dawsn",
)

expint = _of_one(
    "expint",
    "The exponential integral Ei: the principal value of the integral of exp(t) / t up to x",
    of="",
    where="tf.math.special",
    at="[1.0, 2.0]",
    prints="[1.8951 4.9542]",
    ufunc="expi",
)

fresnel_cos = _of_one(
    "fresnel_cos",
    "The Fresnel integral of cos(pi t**2 / 2) from 0 to x",
    of="",
    where="tf.math.special",
    at="[0.0, 1.0]",
    prints="[0.     0.7799]",
    ufunc="fresnel",
)

fresnel_sin = _of_one(
    "fresnel_sin",
    "The Fresnel integral of sin(pi t**2 / 2) from 0 to x",
    of="",
    where="tf.math.special",
    at="[0.0, 1.0]",
    prints="[0.     0.4383]",
    ufunc="fresnel",
)

spence = _of_one(
    "spence",
    "The dilogarithm of 1 - x: the integral of log(t) / (1 - t) from 1 to x",
    of="of at least 0",
    where="tf.math.special",
    at="[1.0, 2.0]",
    prints="[ 0.     -0.8225]",
    ufunc="spence",
)
