"""``tf.fftnd`` and the like: ``tf.signal.fftnd``, with the arguments of TensorFlow's operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_c.core import _core
from autograd_c.functions import fourier_axes
from autograd_c.values.dtypes import as_dtype

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, TensorLike


def fftnd(
    input: TensorLike, fft_length: TensorLike, axes: TensorLike, name: str | None = None
) -> Tensor:
    """Discrete Fourier transforms along several axes; see `tf.signal.fftnd`.

    >>> import autograd_c as tf
    >>> tf.fftnd(tf.ones([2, 3], tf.complex64), [2, 3], [0, 1]).shape
    TensorShape([2, 3])
    """
    return fourier_axes.fftnd(input, fft_length, axes)


def ifftnd(
    input: TensorLike, fft_length: TensorLike, axes: TensorLike, name: str | None = None
) -> Tensor:
    """Inverse discrete Fourier transforms along several axes; see `tf.signal.ifftnd`.

    >>> import autograd_c as tf
    >>> tf.ifftnd(tf.ones([2, 3], tf.complex64), [2, 3], [0, 1]).shape
    TensorShape([2, 3])
    """
    return fourier_axes.ifftnd(input, fft_length, axes)


def rfftnd(
    input: TensorLike,
    fft_length: TensorLike,
    axes: TensorLike,
    Tcomplex: DTypeLike = "complex64",
    name: str | None = None,
) -> Tensor:
    """Discrete Fourier transforms of real numbers along several axes; see `tf.signal.rfftnd`.

    The result has the dtype `Tcomplex`.

    >>> import autograd_c as tf
    >>> tf.rfftnd(tf.ones([2, 3]), [2, 3], [0, 1]).dtype
    tf.complex64
    """
    return _core.cast(fourier_axes.rfftnd(input, fft_length, axes), as_dtype(Tcomplex))


def irfftnd(
    input: TensorLike,
    fft_length: TensorLike,
    axes: TensorLike,
    Treal: DTypeLike = "float32",
    name: str | None = None,
) -> Tensor:
    """Real numbers from their frequencies along several axes; see `tf.signal.irfftnd`.

    The result has the dtype `Treal`.

    >>> import autograd_c as tf
    >>> tf.irfftnd(tf.ones([2, 2], tf.complex64), [2, 3], [0, 1]).shape
    TensorShape([2, 3])
    """
    return _core.cast(fourier_axes.irfftnd(input, fft_length, axes), as_dtype(Treal))
