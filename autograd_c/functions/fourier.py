"""Discrete Fourier transforms, by NumPy: ``tf.signal.fft`` and its family."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.functions.host import host
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from autograd_c.core._core import RowCall, Tensor
    from autograd_c.typing import TensorLike

    _Operation: TypeAlias = Callable[..., Tensor]

_COMPLEX = ("complex64", "complex128")


# ---------------------------------------------------------------- complex


def _transforms(name: str, rank: int) -> tuple[_Operation, _Operation]:
    """The transform over the last axes, and its inverse.

    Each is the other's adjoint, but for the number of elements, by which the inverse divides.
    """
    axes = tuple(range(-rank, 0))

    def number(x: Tensor) -> float:
        return float(math.prod(x.shape[-rank:]))

    forward: _Operation = host(
        name,
        lambda x: np.fft.fftn(x, axes=axes) if x.size else x,
        vjp=lambda call, g: inverse(g) * number(g),
        jvp="same",
        dtypes=_COMPLEX,
        batch="leading",
    )
    inverse: _Operation = host(
        f"i{name}",
        lambda x: np.fft.ifftn(x, axes=axes) if x.size else x,
        vjp=lambda call, g: forward(g) / number(g),
        jvp="same",
        dtypes=_COMPLEX,
        batch="leading",
    )
    return forward, inverse


_fft, _ifft = _transforms("fft", 1)
_fft2d, _ifft2d = _transforms("fft2d", 2)


def _operand(name: str, input: TensorLike, rank: int) -> Tensor:
    """The input as a tensor; Python's numbers become complex64, if they are not complex."""
    x = _core.convert_to_tensor(input)
    if isinstance(input, (int, float, list, tuple)) and not x.dtype.is_complex:
        x = _core.cast(x, "complex64")
    return of_rank(name, x, rank)


def of_rank(name: str, x: Tensor, rank: int) -> Tensor:
    if x.ndim < rank:
        raise InvalidArgumentError(
            f"[{name}] needs a tensor of rank {rank} or more, got shape {tuple(x.shape)}"
        )
    return x


def fft(input: TensorLike, name: str | None = None) -> Tensor:
    """Discrete Fourier transforms along the last axis.

    Element k of n is the sum over j of x[j] exp(-2 pi i j k / n).

    Args:
        input: a tensor of complex64 or complex128 of shape [..., n].
        name: ignored.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TypeError: for other dtypes; `tf.signal.rfft` takes real numbers.
        ValueError: (`tf.errors.InvalidArgumentError`) for a tensor of rank 0.

    >>> import autograd_c as tf
    >>> print(tf.signal.fft([1j, 2j, 0j, 2j]).numpy())
    [0.+5.j 0.+1.j 0.-3.j 0.+1.j]
    """
    return _fft(_operand("fft", input, 1))


def ifft(input: TensorLike, name: str | None = None) -> Tensor:
    """Inverse discrete Fourier transforms along the last axis: `fft` takes them back.

    Args:
        input: a tensor of complex64 or complex128 of shape [..., n].
        name: ignored.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for a tensor of rank 0.

    >>> import autograd_c as tf
    >>> print(tf.signal.ifft([5j, 1j, -3j, 1j]).numpy())
    [0.+1.j 0.+2.j 0.+0.j 0.+2.j]
    """
    return _ifft(_operand("ifft", input, 1))


def fft2d(input: TensorLike, name: str | None = None) -> Tensor:
    """Discrete Fourier transforms along the last two axes.

    Args:
        input: a tensor of complex64 or complex128 of shape [..., m, n].
        name: ignored.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for a rank below 2.

    >>> import autograd_c as tf
    >>> print(tf.signal.fft2d([[1j, 2j], [0j, 1j]]).numpy())
    [[0.+4.j 0.-2.j]
     [0.+2.j 0.+0.j]]
    """
    return _fft2d(_operand("fft2d", input, 2))


def ifft2d(input: TensorLike, name: str | None = None) -> Tensor:
    """Inverse discrete Fourier transforms along the last two axes: `fft2d` takes them back.

    Args:
        input: a tensor of complex64 or complex128 of shape [..., m, n].
        name: ignored.

    Returns:
        A tensor of the same shape and dtype.

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for a rank below 2.

    >>> import autograd_c as tf
    >>> print(tf.signal.ifft2d([[4j, -2j], [2j, 0j]]).numpy())
    [[0.+1.j 0.+2.j]
     [0.+0.j 0.+1.j]]
    """
    return _ifft2d(_operand("ifft2d", input, 2))


# ---------------------------------------------------------------- real


def _weights(n: int, inner: float, like: Tensor) -> Tensor:
    """1 for the frequencies that are their own opposites, `inner` for the others."""
    weights = np.full(n // 2 + 1, inner, like.dtype.as_numpy_dtype)
    weights[:: n // 2 if n % 2 == 0 else n] = 1.0
    return _core.constant(weights)


def _rfft_vjp(call: RowCall, g: Tensor) -> Tensor:
    # What stands for two opposite frequencies in `irfft` stands for one in the sum.
    n = call.shapes[0][-1]
    return inverse_real_row(g * _weights(n, 0.5, g), n=n) * float(n)


def _irfft_vjp(call: RowCall, g: Tensor) -> Tensor:
    n = call.attributes["n"]
    frequencies = real_row(g)
    return frequencies * _weights(n, 2.0, frequencies) / float(n)


# All n numbers of the last axis, and n // 2 + 1 frequencies.
real_row: _Operation = host(
    "rfft",
    lambda x: np.fft.rfft(x),
    vjp=_rfft_vjp,
    jvp="same",
    dtypes=("float32", "float64"),
    batch="leading",
)
inverse_real_row: _Operation = host(
    "irfft",
    lambda x, n: np.fft.irfft(x, n),
    vjp=_irfft_vjp,
    jvp="same",
    attributes=("n",),
    dtypes=_COMPLEX,
    batch="leading",
)


def _length(name: str, fft_length: Any, default: int) -> int:
    """How many numbers are transformed."""
    n = default
    if fft_length is not None:
        given = _core.argument_array(_core.convert_to_tensor(fft_length)).reshape(-1)
        if given.size != 1 or given.dtype.kind not in "iu":
            raise InvalidArgumentError(f"[{name}] fft_length is one integer, got {fft_length!r}")
        n = int(given[0])
    if n < 1:
        raise InvalidArgumentError(f"[{name}] a transform of {n} numbers")
    return n


def _resized(x: Tensor, n: int) -> Tensor:
    """The last axis cut off, or filled with zeros, to n elements."""
    given = x.shape[-1]
    if given >= n:
        return x if given == n else x[..., :n]
    return _core.concat([x, _core.full([*x.shape[:-1], n - given], 0, x.dtype)], -1)


def rfft(
    input_tensor: TensorLike,
    fft_length: int | Sequence[int] | TensorLike | None = None,
    name: str | None = None,
) -> Tensor:
    """Discrete Fourier transforms of real numbers along the last axis: the frequencies 0 to n // 2.

    The others are the conjugates of these.

    Args:
        input_tensor: a tensor of float32 or float64 of shape [..., m].
        fft_length: n, or a list of it: the last axis is cut off there, or filled with zeros. None:
            m.
        name: ignored.

    Returns:
        A tensor of complex64 or complex128 of shape [..., n // 2 + 1].

    Raises:
        TypeError: for other dtypes; `tf.signal.fft` takes complex numbers.
        ValueError: (`tf.errors.InvalidArgumentError`) for a tensor of rank 0, or n below 1.

    >>> import autograd_c as tf
    >>> print(tf.signal.rfft([1.0, 2.0, 0.0, 2.0]).numpy())
    [ 5.+0.j  1.+0.j -3.+0.j]
    """
    x = of_rank("rfft", _core.convert_to_tensor(input_tensor), 1)
    if isinstance(input_tensor, (int, list, tuple)) and x.dtype.is_integer:
        x = _core.cast(x, "float32")
    return real_row(_resized(x, _length("rfft", fft_length, x.shape[-1])))


def irfft(
    input_tensor: TensorLike,
    fft_length: int | Sequence[int] | TensorLike | None = None,
    name: str | None = None,
) -> Tensor:
    """Real numbers from their frequencies 0 to n // 2: the inverse of `rfft`.

    Args:
        input_tensor: a tensor of complex64 or complex128 of shape [..., m]. The last axis is cut
            off, or filled with zeros, to n // 2 + 1 frequencies.
        fft_length: n, or a list of it; None: 2 (m - 1).
        name: ignored.

    Returns:
        A tensor of float32 or float64 of shape [..., n].

    Raises:
        TypeError: for other dtypes.
        ValueError: (`tf.errors.InvalidArgumentError`) for a tensor of rank 0, or n below 1.

    >>> import autograd_c as tf
    >>> print(tf.signal.irfft([5 + 0j, 1 + 0j, -3 + 0j]).numpy())
    [1. 2. 0. 2.]
    """
    x = _operand("irfft", input_tensor, 1)
    n = _length("irfft", fft_length, 2 * (x.shape[-1] - 1))
    return inverse_real_row(_resized(x, n // 2 + 1), n=n)
