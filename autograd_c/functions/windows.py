"""Windows for parts of signals: ``tf.signal.hann_window`` and the others."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.values.dtypes import DType, as_dtype

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, TensorLike


def _arguments(length: TensorLike, dtype: DTypeLike | None) -> tuple[int, DType]:
    kind = _core.get_default_float() if dtype is None else as_dtype(dtype)
    if not kind.is_floating:
        raise ValueError(f"dtype must be a floating point type. Found {kind!r}")
    given = _core.argument_array(_core.convert_to_tensor(length))
    if given.ndim:
        raise ValueError(f"window_length is one integer: Shape {given.shape} must have rank 0")
    if given.dtype.kind not in "iu":
        raise TypeError(f"window_length is an integer, got {length!r}")
    n = operator.index(given.item())
    if n < 0:
        raise ValueError(f"window_length is at least 0, got {n}")
    return n, kind


def _window(values: Any, dtype: DType) -> Tensor:
    return _core.constant(np.asarray(values), dtype)


def _raised_cosine(
    window_length: TensorLike, periodic: bool, dtype: DTypeLike | None, mean: float
) -> Tensor:
    n, kind = _arguments(window_length, dtype)
    if n == 1:
        return _window([1.0], kind)
    # As TensorFlow: a window of odd length is symmetric in any case.
    period = n if periodic and n % 2 == 0 else n - 1
    return _window(mean - (1 - mean) * np.cos(2 * np.pi / max(period, 1) * np.arange(n)), kind)


def hann_window(
    window_length: TensorLike,
    periodic: bool = True,
    dtype: DTypeLike | None = None,
    name: str | None = None,
) -> Tensor:
    """A Hann window: half a cosine above its minimum, which is 0.

    Args:
        window_length: how many numbers.
        periodic: whether the period is `window_length`, for an even one, or one less.
        dtype: of real numbers; the default float's for None.
        name: ignored.

    Raises:
        ValueError: for other dtypes, and lengths that are no scalars.
        TypeError: for lengths that are no integers.

    >>> import autograd_c as tf
    >>> print(tf.signal.hann_window(4).numpy())
    [0.  0.5 1.  0.5]
    """
    return _raised_cosine(window_length, periodic, dtype, 0.5)


def hamming_window(
    window_length: TensorLike,
    periodic: bool = True,
    dtype: DTypeLike | None = None,
    name: str | None = None,
) -> Tensor:
    """A Hamming window: a cosine between 0.08 and 1. Arguments and errors of `hann_window`.

    >>> import autograd_c as tf
    >>> print(tf.signal.hamming_window(4).numpy())
    [0.08 0.54 1.   0.54]
    """
    return _raised_cosine(window_length, periodic, dtype, 0.54)


def kaiser_window(
    window_length: TensorLike,
    beta: TensorLike = 12.0,
    dtype: DTypeLike | None = None,
    name: str | None = None,
) -> Tensor:
    """A Kaiser window: the Bessel function I0 of beta times half an ellipse, divided by I0(beta).

    Args:
        window_length: how many numbers.
        beta: a number: the greater, the narrower the window. There is no derivative by it.
        dtype: of real numbers; the default float's for None.
        name: ignored.

    Raises:
        ValueError: for other dtypes, and lengths that are no scalars.
        TypeError: for lengths that are no integers.

    >>> import autograd_c as tf
    >>> print(tf.signal.kaiser_window(3, beta=2.0).numpy().round(4))
    [0.4387 1.     0.4387]
    """
    n, kind = _arguments(window_length, dtype)
    return _window(np.kaiser(n, float(_core.array_of(beta))), kind)


def kaiser_bessel_derived_window(
    window_length: TensorLike,
    beta: TensorLike = 12.0,
    dtype: DTypeLike | None = None,
    name: str | None = None,
) -> Tensor:
    """The window whose squares are sums of a Kaiser window, as `mdct` needs them.

    Arguments and errors are those of `kaiser_window`. As TensorFlow's, it has one number less for
    an odd length.

    >>> import autograd_c as tf
    >>> w = tf.signal.kaiser_bessel_derived_window(4)
    >>> print((w[:2] ** 2 + w[2:] ** 2).numpy().round(5))
    [1. 1.]
    """
    n, kind = _arguments(window_length, dtype)
    sums = np.cumsum(np.kaiser(n // 2 + 1, float(_core.array_of(beta))))
    half = np.sqrt(sums[:-1] / sums[-1])
    return _window(np.concatenate([half, half[::-1]]), kind)


def vorbis_window(
    window_length: TensorLike, dtype: DTypeLike | None = None, name: str | None = None
) -> Tensor:
    """The window of the Vorbis codec, whose squares are as `mdct` needs them.

    Arguments and errors are those of `hann_window`.

    >>> import autograd_c as tf
    >>> w = tf.signal.vorbis_window(4)
    >>> print((w[:2] ** 2 + w[2:] ** 2).numpy().round(5))
    [1. 1.]
    """
    n, kind = _arguments(window_length, dtype)
    sines = np.sin(np.pi / max(n, 1) * (np.arange(n) + 0.5))
    return _window(np.sin(np.pi / 2 * sines**2), kind)
