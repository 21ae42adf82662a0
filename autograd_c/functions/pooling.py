"""Pools: the largest elements, or means, of windows that slide over images."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from autograd_c.core import _core
from autograd_c.functions.sliding import channels_first, every_axis, margins, plain, slide
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import DTypeLike, TensorLike

_Numbers: TypeAlias = int | Sequence[int]
_Padding: TypeAlias = str | Sequence[Sequence[int]]


def _make_windows(
    name: str,
    flag: bool,
    shape: tuple[int, ...],
    ksize: Any,
    strides: Any,
    padding: Any,
    dilations: Any,
    first: bool,
) -> list[int]:
    """The attributes of the engine's operations: a window for each axis but that of images."""
    rank = len(shape) - 2
    counts = every_axis(name, "ksize", ksize, rank, first)
    steps = every_axis(name, "strides", strides, rank, first)
    holes = every_axis(name, "dilations", dilations, rank, first)
    around = margins(name, padding, rank, first)
    attributes = [int(flag), rank + 1]
    spatial = range(2, rank + 2) if first else range(1, rank + 1)
    for axis in range(1, rank + 2):
        beside: Any = around
        if not isinstance(around, str):
            beside = around[axis - spatial[0]] if axis in spatial else (0, 0)
            if max(beside) >= counts[axis] and max(beside) > 0:
                raise InvalidArgumentError(
                    f"[{name}] a padding of {max(beside)} needs to be smaller than the window, "
                    f"{counts[axis]}"
                )
        before, out = slide(name, shape[axis], counts[axis], steps[axis], holes[axis], beside)
        attributes += [steps[axis], holes[axis], before, shape[axis], counts[axis], out]
    return attributes + [0] * (26 - len(attributes))


_windows = functools.lru_cache(512)(_make_windows)


def _pool(
    row: str,
    name: str,
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None,
    rank: int | None,
    dilations: Any = None,
    flag: bool = False,
) -> Tensor:
    x = _core.convert_to_tensor(input)
    dimensions = x.ndim - 2 if rank is None else rank
    if not 1 <= dimensions <= 3 or x.ndim != dimensions + 2:
        wanted = "3 to 5" if rank is None else rank + 2
        raise InvalidArgumentError(
            f"[{name}] the input must have rank {wanted}, got shape {tuple(x.shape)}"
        )
    first = channels_first(name, data_format, dimensions)
    return _core.apply(
        row,
        [x],
        _windows(
            name,
            flag,
            tuple(x.shape),
            plain(ksize),
            plain(strides),
            plain(padding),
            plain(dilations),
            first,
        ),
    )


def _mean(
    name: str,
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None,
    rank: int | None,
    dilations: Any = None,
) -> Tensor:
    x = _core.convert_to_tensor(input)
    if not x.dtype.is_floating:
        raise TypeError(f"[{name}] takes floats, not {x.dtype.name}")
    return _pool("avg_pool", name, x, ksize, strides, padding, data_format, rank, dilations, True)


def max_pool(
    input: TensorLike,
    ksize: _Numbers,
    strides: _Numbers,
    padding: _Padding,
    data_format: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The largest element of each window.

    Args:
        input: a tensor of integers or floats of shape [images, spatial axes, channels], with one to
            three spatial axes.
        ksize: the extent of the window: a number, or one for each spatial axis, or for every axis.
        strides: how far it moves, given in the same way.
        padding: "VALID": where windows fit. "SAME": ceil(extent / stride) of them. Or pairs of
            numbers, one for each axis. Windows reach over the edge, and have fewer elements there.
        data_format: None for channels last; or one such as "NCHW".
        name: ignored.

    Returns:
        A tensor of the same rank and dtype. Of several that are largest the first has the
        derivative. NaN, if there is one in the window.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for arguments that do not fit.
        TypeError: for bool and complex dtypes.

    >>> import autograd_c as tf
    >>> x = tf.reshape([1.0, 5.0, 2.0, 3.0], [1, 4, 1])
    >>> print(tf.nn.max_pool(x, 2, 2, "VALID").numpy().ravel())
    [5. 3.]
    """
    return _pool("max_pool", "max_pool", input, ksize, strides, padding, data_format, None)


def max_pool1d(
    input: TensorLike,
    ksize: _Numbers,
    strides: _Numbers,
    padding: _Padding,
    data_format: str = "NWC",
    name: str | None = None,
) -> Tensor:
    """`max_pool` along one axis.

    Args:
        input: a tensor of shape [images, width, channels].
        ksize: the extent of the window.
        strides: how far it moves.
        padding: "SAME", "VALID", or pairs of numbers.
        data_format: "NWC" or "NCW".
        name: ignored.

    Returns:
        A tensor of the same rank and dtype.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for arguments that do not fit.
        TypeError: for bool and complex dtypes.

    >>> import autograd_c as tf
    >>> x = tf.reshape([1.0, 5.0, 2.0, 3.0], [1, 4, 1])
    >>> print(tf.nn.max_pool1d(x, 3, 1, "VALID").numpy().ravel())
    [5. 5.]
    """
    return _pool("max_pool", "max_pool1d", input, ksize, strides, padding, data_format, 1)


def max_pool2d(
    input: TensorLike,
    ksize: _Numbers,
    strides: _Numbers,
    padding: _Padding,
    data_format: str = "NHWC",
    name: str | None = None,
) -> Tensor:
    """`max_pool` of images.

    Args:
        input: a tensor of shape [images, height, width, channels].
        ksize: the extent of the window.
        strides: how far it moves.
        padding: "SAME", "VALID", or pairs of numbers.
        data_format: "NHWC" or "NCHW".
        name: ignored.

    Returns:
        A tensor of the same rank and dtype.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for arguments that do not fit.
        TypeError: for bool and complex dtypes.

    >>> import autograd_c as tf
    >>> x = tf.reshape([1.0, 5.0, 2.0, 3.0], [1, 2, 2, 1])
    >>> print(tf.nn.max_pool2d(x, 2, 2, "SAME").numpy().ravel())
    [5.]
    """
    return _pool("max_pool", "max_pool2d", input, ksize, strides, padding, data_format, 2)


def max_pool3d(
    input: TensorLike,
    ksize: _Numbers,
    strides: _Numbers,
    padding: _Padding,
    data_format: str = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """`max_pool` of volumes.

    Args:
        input: a tensor of shape [images, depth, height, width, channels].
        ksize: the extent of the window.
        strides: how far it moves.
        padding: "SAME", "VALID", or pairs of numbers.
        data_format: "NDHWC" or "NCDHW".
        name: ignored.

    Returns:
        A tensor of the same rank and dtype.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for arguments that do not fit.
        TypeError: for bool and complex dtypes.

    >>> import autograd_c as tf
    >>> print(tf.nn.max_pool3d(tf.ones([1, 4, 4, 4, 2]), 2, 2, "SAME").shape)
    (1, 2, 2, 2, 2)
    """
    return _pool("max_pool", "max_pool3d", input, ksize, strides, padding, data_format, 3)


class MaxPoolWithArgmax(NamedTuple):
    """What `tf.nn.max_pool_with_argmax` returns."""

    output: Tensor
    argmax: Tensor


def max_pool_with_argmax(
    input: TensorLike,
    ksize: _Numbers,
    strides: _Numbers,
    padding: _Padding,
    data_format: str = "NHWC",
    output_dtype: DTypeLike = "int64",
    include_batch_in_index: bool = False,
    name: str | None = None,
) -> MaxPoolWithArgmax:
    """`max_pool2d`, and where the largest elements are.

    Args:
        input: a tensor of shape [images, height, width, channels].
        ksize: the extent of the window.
        strides: how far it moves.
        padding: "SAME", "VALID", or pairs of numbers.
        data_format: "NHWC".
        output_dtype: int32 or int64, of the places.
        include_batch_in_index: whether places are counted through all images, and not in each.
        name: ignored.

    Returns:
        A named tuple: `output`, and `argmax`, the place (y * width + x) * channels + c of each.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for arguments that do not fit.
        TypeError: for bool and complex dtypes.

    >>> import autograd_c as tf
    >>> x = tf.reshape([1.0, 5.0, 2.0, 3.0], [1, 2, 2, 1])
    >>> tf.nn.max_pool_with_argmax(x, 2, 2, "SAME").argmax.numpy().ravel()
    array([1])
    """
    called = "max_pool_with_argmax"
    if data_format != "NHWC":
        raise InvalidArgumentError(f"[{called}] data_format must be 'NHWC', not {data_format!r}")
    x = _core.convert_to_tensor(input)
    y = _pool("max_pool", called, x, ksize, strides, padding, data_format, 2)
    places = _pool(
        "max_pool_index",
        called,
        x,
        ksize,
        strides,
        padding,
        data_format,
        2,
    )
    if include_batch_in_index:
        each = x.shape[1] * x.shape[2] * x.shape[3]
        places = places + np.arange(x.shape[0])[:, None, None, None] * each
    return MaxPoolWithArgmax(y, _core.cast(places, output_dtype))


def avg_pool(
    input: TensorLike,
    ksize: _Numbers,
    strides: _Numbers,
    padding: _Padding,
    data_format: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The mean of each window.

    Args:
        input: a tensor of floats of shape [images, spatial axes, channels], with one to three
            spatial axes.
        ksize: the extent of the window: a number, or one for each spatial axis, or for every axis.
        strides: how far it moves, given in the same way.
        padding: as of `max_pool`; what lies beside the image is no part of the mean.
        data_format: None for channels last; or one such as "NCHW".
        name: ignored.

    Returns:
        A tensor of the same rank and dtype.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for arguments that do not fit.
        TypeError: for dtypes other than floats.

    >>> import autograd_c as tf
    >>> x = tf.reshape([1.0, 5.0, 2.0], [1, 3, 1])
    >>> print(tf.nn.avg_pool(x, 2, 2, "SAME").numpy().ravel())
    [3. 2.]
    """
    return _mean("avg_pool", input, ksize, strides, padding, data_format, None)


def avg_pool1d(
    input: TensorLike,
    ksize: _Numbers,
    strides: _Numbers,
    padding: _Padding,
    data_format: str = "NWC",
    name: str | None = None,
) -> Tensor:
    """`avg_pool` along one axis.

    Args:
        input: a tensor of floats of shape [images, width, channels].
        ksize: the extent of the window.
        strides: how far it moves.
        padding: "SAME", "VALID", or pairs of numbers.
        data_format: "NWC" or "NCW".
        name: ignored.

    Returns:
        A tensor of the same rank and dtype.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for arguments that do not fit.
        TypeError: for dtypes other than floats.

    >>> import autograd_c as tf
    >>> x = tf.reshape([1.0, 5.0, 3.0], [1, 3, 1])
    >>> print(tf.nn.avg_pool1d(x, 2, 1, "VALID").numpy().ravel())
    [3. 4.]
    """
    return _mean("avg_pool1d", input, ksize, strides, padding, data_format, 1)


def avg_pool2d(
    input: TensorLike,
    ksize: _Numbers,
    strides: _Numbers,
    padding: _Padding,
    data_format: str = "NHWC",
    name: str | None = None,
) -> Tensor:
    """`avg_pool` of images.

    Args:
        input: a tensor of floats of shape [images, height, width, channels].
        ksize: the extent of the window.
        strides: how far it moves.
        padding: "SAME", "VALID", or pairs of numbers.
        data_format: "NHWC" or "NCHW".
        name: ignored.

    Returns:
        A tensor of the same rank and dtype.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for arguments that do not fit.
        TypeError: for dtypes other than floats.

    >>> import autograd_c as tf
    >>> x = tf.reshape([1.0, 5.0, 2.0, 4.0], [1, 2, 2, 1])
    >>> print(tf.nn.avg_pool2d(x, 2, 2, "VALID").numpy().ravel())
    [3.]
    """
    return _mean("avg_pool2d", input, ksize, strides, padding, data_format, 2)


def avg_pool3d(
    input: TensorLike,
    ksize: _Numbers,
    strides: _Numbers,
    padding: _Padding,
    data_format: str = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """`avg_pool` of volumes.

    Args:
        input: a tensor of floats of shape [images, depth, height, width, channels].
        ksize: the extent of the window.
        strides: how far it moves.
        padding: "SAME", "VALID", or pairs of numbers.
        data_format: "NDHWC" or "NCDHW".
        name: ignored.

    Returns:
        A tensor of the same rank and dtype.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for arguments that do not fit.
        TypeError: for dtypes other than floats.

    >>> import autograd_c as tf
    >>> print(tf.nn.avg_pool3d(tf.ones([1, 4, 4, 4, 2]), 2, 2, "SAME").shape)
    (1, 2, 2, 2, 2)
    """
    return _mean("avg_pool3d", input, ksize, strides, padding, data_format, 3)


def pool(
    input: TensorLike,
    window_shape: _Numbers,
    pooling_type: str,
    strides: _Numbers | None = None,
    padding: _Padding = "VALID",
    data_format: str | None = None,
    dilations: _Numbers | None = None,
    name: str | None = None,
) -> Tensor:
    """`max_pool` or `avg_pool`, with elements of the window that may stand apart.

    Args:
        input: a tensor of shape [images, spatial axes, channels].
        window_shape: the extent of the window along the spatial axes.
        pooling_type: "MAX" or "AVG".
        strides: how far it moves, 1 by default.
        padding: "SAME", "VALID", or pairs of numbers; not "SAME" with dilations.
        data_format: None for channels last; or one such as "NCHW".
        dilations: how far apart the window's elements stand, 1 by default.
        name: ignored.

    Returns:
        A tensor of the same rank and dtype.

    Raises:
        ValueError: for another pooling type, strides or "SAME" with dilations, and
            (`tf.errors.InvalidArgumentError`) arguments that do not fit.
        TypeError: for dtypes that `max_pool` or `avg_pool` does not take.

    >>> import autograd_c as tf
    >>> x = tf.reshape([1.0, 5.0, 2.0, 3.0], [1, 4, 1])
    >>> print(tf.nn.pool(x, [2], "MAX", dilations=[2]).numpy().ravel())
    [2. 5.]
    """
    steps, holes = plain(strides), plain(dilations)
    apart = holes is not None and max((holes,) if isinstance(holes, int) else holes) > 1
    if apart and padding == "SAME":
        raise ValueError("[pool] 'SAME' padding is not there for dilations above 1")
    if apart and steps is not None and max((steps,) if isinstance(steps, int) else steps) > 1:
        raise ValueError("[pool] strides above 1 are not there for dilations above 1")
    if pooling_type == "MAX":
        return _pool(
            "max_pool", "pool", input, window_shape, steps, padding, data_format, None, holes
        )
    if pooling_type == "AVG":
        return _mean("pool", input, window_shape, steps, padding, data_format, None, holes)
    raise ValueError(f"[pool] pooling_type is 'MAX' or 'AVG', not {pooling_type!r}")
