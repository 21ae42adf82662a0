"""Special functions: ``tf.math.lgamma`` and its relatives; SciPy computes some of them.

Those of one argument that are alike are in special_of_one.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_c.core import _core
from autograd_c.functions.reductions import reduce_sum

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import TensorLike


def lgamma(x: TensorLike, name: str | None = None) -> Tensor:
    """The logarithm of the absolute value of the gamma function, elementwise.

    Args:
        x: a tensor of floats of any shape.
        name: ignored.

    Raises:
        TypeError: for other dtypes.

    >>> import autograd_c as tf
    >>> print(tf.math.lgamma([1.0, 5.0]).numpy().round(4))
    [0.     3.1781]
    """
    return _core.apply("lgamma", [x])


def digamma(x: TensorLike, name: str | None = None) -> Tensor:
    """The derivative of `lgamma`, elementwise.

    Args:
        x: a tensor of floats of any shape.
        name: ignored.

    Raises:
        TypeError: for other dtypes.

    >>> import autograd_c as tf
    >>> print(tf.math.digamma([1.0, 2.0]).numpy().round(4))
    [-0.5772  0.4228]
    """
    return _core.apply("digamma", [x])


def zeta(x: TensorLike, q: TensorLike, name: str | None = None) -> Tensor:
    """The Hurwitz zeta function: the sum of (k + q)**-x over k = 0, 1, ..., elementwise.

    Args:
        x: a tensor of floats above 1.
        q: a tensor of positive floats of the same dtype; the two broadcast.
        name: ignored.

    Returns:
        A tensor of the broadcast shape. It has a derivative by `q` alone, as in TensorFlow.

    Raises:
        TypeError: for other dtypes, or two that differ.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not broadcast.

    >>> import autograd_c as tf
    >>> print(tf.math.zeta(2.0, [1.0, 2.0]).numpy().round(4))
    [1.6449 0.6449]
    """
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
        TypeError: for other dtypes, or two that differ.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not broadcast.

    >>> import autograd_c as tf
    >>> print(tf.math.polygamma(1.0, [1.0, 2.0]).numpy().round(4))
    [1.6449 0.6449]
    """
    order, x = _core.operands_of("polygamma", a, x)
    return _core.apply("polygamma", [x, order])


def lbeta(x: TensorLike, name: str | None = None) -> Tensor:
    """The logarithm of the absolute value of the beta function of each row.

    Args:
        x: a tensor of floats, of one axis at least.
        name: ignored.

    Returns:
        A tensor without the last axis: the sum of `lgamma` along it, less `lgamma` of the sum. Of
        no elements it is -inf.

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for a scalar.

    >>> import autograd_c as tf
    >>> print(tf.math.lbeta([[1.0, 2.0], [0.5, 0.5]]).numpy().round(4))
    [-0.6931  1.1447]
    """
    (x,) = _core.operands_of("lbeta", x)
    return reduce_sum(lgamma(x), -1) - lgamma(reduce_sum(x, -1))


def igamma(a: TensorLike, x: TensorLike, name: str | None = None) -> Tensor:
    """The lower regularised incomplete gamma function P(a, x), elementwise.

    The integral of t**(a - 1) exp(-t) from 0 to x, divided by the gamma function of a: the
    probability that a gamma distributed number is at most x.

    Args:
        a: a tensor of positive floats.
        x: a tensor of floats of the same dtype that are not negative; the two broadcast.
        name: ignored.

    Returns:
        A tensor of the broadcast shape. It has derivatives by `x` of any order and by `a` up to the
        sixth, which are right to about 13 digits wherever float64 is.

    Raises:
        ImportError: without SciPy, which computes it (`scipy.special.gammainc`).
        TypeError: for other dtypes, or two that differ.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not broadcast.

    >>> import autograd_c as tf
    >>> print(tf.math.igamma([1.0, 2.0], 1.0).numpy().round(4))
    [0.6321 0.2642]
    """
    _core.load_special_functions()
    return _core.apply("igamma", _core.operands_of("igamma", a, x))


def igammac(a: TensorLike, x: TensorLike, name: str | None = None) -> Tensor:
    """The upper regularised incomplete gamma function 1 - P(a, x), elementwise.

    Args:
        a: a tensor of positive floats.
        x: a tensor of floats of the same dtype that are not negative; the two broadcast.
        name: ignored.

    Returns:
        A tensor of the broadcast shape, with derivatives by both, as `igamma` has.

    Raises:
        ImportError: without SciPy, which computes it (`scipy.special.gammaincc`).
        TypeError: for other dtypes, or two that differ.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not broadcast.

    >>> import autograd_c as tf
    >>> print(tf.math.igammac([1.0, 2.0], 1.0).numpy().round(4))
    [0.3679 0.7358]
    """
    _core.load_special_functions()
    return _core.apply("igammac", _core.operands_of("igammac", a, x))


def betainc(a: TensorLike, b: TensorLike, x: TensorLike, name: str | None = None) -> Tensor:
    """The regularised incomplete beta function I_x(a, b), elementwise.

    The integral of t**(a - 1) (1 - t)**(b - 1) from 0 to x, divided by that from 0 to 1: the
    probability that a beta distributed number is at most x.

    Args:
        a, b: tensors of positive floats.
        x: a tensor of floats of the same dtype, from 0 to 1; the three broadcast.
        name: ignored.

    Returns:
        A tensor of the broadcast shape. It has derivatives by `x` of any order, and by `a` and `b`
        up to the sixth.

    Raises:
        ImportError: without SciPy, which computes it (`scipy.special.betainc`).
        TypeError: for other dtypes, or such that differ.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not broadcast.

    >>> import autograd_c as tf
    >>> print(tf.math.betainc([1.0, 2.0], 3.0, 0.5).numpy().round(4))
    [0.875  0.6875]
    """
    _core.load_special_functions()
    return _core.apply("betainc", _core.operands_of("betainc", a, b, x))
