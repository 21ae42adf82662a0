"""Elementwise functions whose row takes fewer dtypes, or more, than people give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_c.core import _core
from autograd_c.core._core import Tensor, cast, conj, convert_to_tensor, imag, real
from autograd_c.functions import elementwise
from autograd_c.functions.arrays import where, zeros_like
from autograd_c.values import errors
from autograd_c.values.dtypes import NARROW

if TYPE_CHECKING:
    from autograd_c.typing import TensorLike

_divide_no_nan = elementwise.nameless("divide_no_nan")
_squared_difference = elementwise.nameless("squared_difference")
_nextafter = elementwise.nameless("nextafter")
_atan2 = elementwise.named("math.atan2")


def divide_no_nan(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x / y, and 0 where y is 0, whatever x is: elementwise.

    Args:
        x, y: tensors of numbers, which broadcast. Integers are divided in float64, those of up to
            16 bits in float32.
        name: ignored.

    Returns:
        A tensor of the broadcast shape. Its derivatives are 0 where y is 0.

    Raises:
        TypeError: for bool, and dtypes that do not mix.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not broadcast.

    >>> import autograd_c as tf
    >>> print(tf.math.divide_no_nan([1.0, 3.0], [0.0, 2.0]).numpy())
    [0.  1.5]
    """
    try:
        if not _core.is_recording():  # a record ends where an operation fails
            return _divide_no_nan(x, y)
    except TypeError:
        pass
    a, b = _core.operands_of("divide_no_nan", x, y)
    if not a.dtype.is_integer:
        return _divide_no_nan(a, b)
    wide = "float32" if a.dtype.size <= 2 else "float64"
    return _divide_no_nan(cast(a, wide), cast(b, wide))


def squared_difference(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """The square of x - y, elementwise; of complex numbers, that of its modulus.

    Args:
        x, y: tensors of numbers, which broadcast.
        name: ignored.

    Returns:
        A tensor of the broadcast shape, of the dtype that theirs promote to.

    Raises:
        TypeError: for bool, and dtypes that do not mix.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not broadcast.

    >>> import autograd_c as tf
    >>> print(tf.math.squared_difference([1.0, 3.0], 2.5).numpy())
    [2.25 0.25]
    """
    try:
        return _squared_difference(x, y)
    except TypeError:
        a, b = _core.operands_of("squared_difference", x, y)
        if not a.dtype.is_complex:
            raise
    d = a - b
    return d * conj(d)


def nextafter(x1: TensorLike, x2: TensorLike, name: str | None = None) -> Tensor:
    """The number of the dtype that is next to x1 in the direction of x2, elementwise.

    Args:
        x1, x2: tensors of float32 or float64, which broadcast.
        name: ignored.

    Returns:
        A tensor of the broadcast shape. Its derivatives are 1 by x1 and 0 by x2.

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not broadcast.

    >>> import autograd_c as tf
    >>> print(tf.math.nextafter(tf.constant(1.0, tf.float64), 2.0).numpy())
    1.0000000000000002
    """
    y = _nextafter(x1, x2)
    if y.dtype.name in NARROW:
        raise errors.InvalidDTypeError(
            f"[nextafter] needs float32 or float64, not dtype {y.dtype.name}"
        )
    return y


def angle(input: TensorLike, name: str | None = None) -> Tensor:
    """The argument of complex numbers, in radians; of real ones, pi where they are negative.

    Args:
        input: a tensor of numbers of any shape.
        name: ignored.

    Returns:
        A tensor of the real dtype, between -pi and pi.

    Raises:
        TypeError: for bool and integers.

    >>> import autograd_c as tf
    >>> print(tf.math.angle([1.0 + 1.0j, -2.0]).numpy().round(4))
    [0.7854 3.1416]
    """
    x = convert_to_tensor(input)
    if x.dtype.is_complex:
        return _atan2(imag(x), real(x))
    if not x.dtype.is_floating:
        raise errors.InvalidDTypeError(
            f"[angle] needs floats or complex numbers, not {x.dtype.name}"
        )
    return where(x < 0, 3.141592653589793, zeros_like(x))
