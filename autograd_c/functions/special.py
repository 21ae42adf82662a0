"""Special functions, whose values SciPy computes: ``tf.math.lgamma`` and its relatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_c.core import _core

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import TensorLike


def _of_one(name: str, x: TensorLike) -> Tensor:
    _core.load_special_functions()
    return _core.apply(name, [x])


def lgamma(x: TensorLike, name: str | None = None) -> Tensor:
    """The logarithm of the absolute value of the gamma function, elementwise.

    Args:
        x: a tensor of floats of any shape.
        name: ignored.

    Raises:
        ImportError: without SciPy, which computes it (`scipy.special.gammaln`).
        TypeError: for other dtypes.

    >>> import autograd_c as tf
    >>> print(tf.math.lgamma([1.0, 5.0]).numpy().round(4))
    [0.     3.1781]
    """
    return _of_one("lgamma", x)


def digamma(x: TensorLike, name: str | None = None) -> Tensor:
    """The derivative of `lgamma`, elementwise.

    Args:
        x: a tensor of floats of any shape.
        name: ignored.

    Raises:
        ImportError: without SciPy, which computes it (`scipy.special.psi`).
        TypeError: for other dtypes.

    >>> import autograd_c as tf
    >>> print(tf.math.digamma([1.0, 2.0]).numpy().round(4))
    [-0.5772  0.4228]
    """
    return _of_one("digamma", x)


def zeta(x: TensorLike, q: TensorLike, name: str | None = None) -> Tensor:
    """The Hurwitz zeta function: the sum of (k + q)**-x over k = 0, 1, ..., elementwise.

    Args:
        x: a tensor of floats above 1.
        q: a tensor of positive floats of the same dtype; the two broadcast.
        name: ignored.

    Returns:
        A tensor of the broadcast shape. It has a derivative by `q` alone, as in TensorFlow.

    Raises:
        ImportError: without SciPy, which computes it (`scipy.special.zeta`).
        TypeError: for other dtypes, or two that differ.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not broadcast.

    >>> import autograd_c as tf
    >>> print(tf.math.zeta(2.0, [1.0, 2.0]).numpy().round(4))
    [1.6449 0.6449]
    """
    _core.load_special_functions()
    s, q = _core.operands_of("zeta", x, q)
    return _core.apply("zeta", [q, s])


def polygamma(a: TensorLike, x: TensorLike, name: str | None = None) -> Tensor:
    """The derivative of order `a` of `digamma`, elementwise.

    Args:
        a: orders, a tensor of floats with the values 0, 1, 2, ...
        x: a tensor of floats of the same dtype; the two broadcast.
        name: ignored.

    Returns:
        A tensor of the broadcast shape, (-1)**(a + 1) a! zeta(a + 1, x) from order 1 on (NIST
        Digital Library of Mathematical Functions, 5.15.1), and NaN for orders that are negative or
        not whole. It has a derivative by `x` alone.

    Raises:
        ImportError: without SciPy, which computes what it is made of.
        TypeError: for other dtypes, or two that differ.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not broadcast.

    >>> import autograd_c as tf
    >>> print(tf.math.polygamma(1.0, [1.0, 2.0]).numpy().round(4))
    [1.6449 0.6449]
    """
    _core.load_special_functions()
    order, x = _core.operands_of("polygamma", a, x)
    return _core.apply("polygamma", [x, order])
