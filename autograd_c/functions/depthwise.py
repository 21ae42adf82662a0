"""Convolutions of each channel by itself, and the derivatives of convolutions as functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.functions.convolution import (
    _attributes,
    _convolve,
    _groups,
    _Numbers,
    _operands,
    _Padding,
)
from autograd_c.functions.sliding import (
    channels_first,
    moved_back,
    moved_last,
    pairs_of,
    plain,
)
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import TensorLike


def depthwise_conv2d(
    input: TensorLike,
    filter: TensorLike,
    strides: _Numbers,
    padding: _Padding,
    data_format: str | None = None,
    dilations: _Numbers | None = None,
    name: str | None = None,
) -> Tensor:
    """Convolution of each channel with filters of its own.

    Feature c * m + k of the result is the convolution of channel c with filter[:, :, c, k].

    Args:
        input: a tensor of shape [images, height, width, channels].
        filter: a tensor of the same dtype and shape [height, width, channels, m].
        strides: how far the filter moves: of all four axes, or of two, or of one.
        padding: "SAME", "VALID", or pairs of numbers, as of `conv2d`.
        data_format: None or "NHWC"; or "NCHW".
        dilations: how far apart the filter's taps stand.
        name: ignored.

    Returns:
        A tensor of shape [images, height, width, channels * m].

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes, strides or paddings that do not
            fit.
        TypeError: for bool and complex dtypes, or operands of different dtypes.

    >>> import autograd_c as tf
    >>> x = tf.reshape([1.0, 10.0, 2.0, 20.0], [1, 1, 2, 2])
    >>> print(tf.nn.depthwise_conv2d(x, tf.ones([1, 2, 2, 1]), [1, 1, 1, 1], "VALID").numpy())
    [[[[ 3. 30.]]]]
    """
    x, w = _core.operands_of("depthwise_conv2d", input, filter)
    w = _filter_of_channels("depthwise_conv2d", w)
    return _convolve("depthwise_conv2d", x, w, strides, padding, data_format, dilations, 2)


def _filter_of_channels(name: str, w: Tensor) -> Tensor:
    """As many groups as channels."""
    if w.ndim != 4:
        raise InvalidArgumentError(f"[{name}] the filter must have rank 4, got {tuple(w.shape)}")
    height, width, channels, each = w.shape
    return _core.reshape(w, [height, width, 1, channels * each])


def separable_conv2d(
    input: TensorLike,
    depthwise_filter: TensorLike,
    pointwise_filter: TensorLike,
    strides: _Numbers,
    padding: _Padding,
    data_format: str | None = None,
    dilations: _Numbers | None = None,
    name: str | None = None,
) -> Tensor:
    """`depthwise_conv2d`, then a convolution that mixes the features of each pixel.

    Args:
        input: a tensor of shape [images, height, width, channels].
        depthwise_filter: a tensor of shape [height, width, channels, m].
        pointwise_filter: a tensor of shape [1, 1, channels * m, features].
        strides: of the first convolution.
        padding: of it.
        data_format: None or "NHWC"; or "NCHW".
        dilations: of the first convolution.
        name: ignored.

    Returns:
        A tensor of shape [images, height, width, features].

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes, strides or paddings that do not
            fit.
        TypeError: for bool and complex dtypes, or operands of different dtypes.

    >>> import autograd_c as tf
    >>> x, each, mixed = tf.ones([1, 3, 3, 2]), tf.ones([2, 2, 2, 1]), tf.ones([1, 1, 2, 5])
    >>> print(tf.nn.separable_conv2d(x, each, mixed, [1, 1, 1, 1], "VALID").shape)
    (1, 2, 2, 5)
    """
    y = depthwise_conv2d(input, depthwise_filter, strides, padding, data_format, dilations)
    return _convolve("separable_conv2d", y, pointwise_filter, 1, "VALID", data_format, None, 2)


# ---------------------------------------------------------------- derivatives


def _by_input(
    name: str,
    shape: Any,
    w: Tensor,
    g: Any,
    strides: Any,
    padding: Any,
    data_format: str | None,
    dilations: Any,
) -> Tensor:
    y, w, rank = _operands(name, g, w, 2)
    first = channels_first(name, data_format, rank)
    extents = plain(shape)
    if not isinstance(extents, tuple) or len(extents) != 4:
        raise InvalidArgumentError(f"[{name}] the input has four extents, got {shape!r}")
    channels = extents[1] if first else extents[-1]
    y = moved_last(y, first)
    attributes, found = _attributes(
        name,
        extents[2:] if first else extents[1:-1],
        tuple(w.shape[:-2]),
        plain(strides),
        plain(padding),
        plain(dilations),
        first,
        _groups(name, channels, w.shape[-2], w.shape[-1]),
    )
    if tuple(y.shape) != (extents[0], *found, w.shape[-1]):
        raise InvalidArgumentError(
            f"[{name}] a cotangent of shape {tuple(y.shape)}, for a result of shape "
            f"{(extents[0], *found, w.shape[-1])}"
        )
    return moved_back(_core.apply("conv_input", [y, w], attributes), first)


def _by_filter(
    name: str,
    x: Any,
    shape: tuple[int, ...],
    g: Any,
    strides: Any,
    padding: Any,
    data_format: str | None,
    dilations: Any,
) -> Tensor:
    a, y = _core.operands_of(name, x, g)
    first = channels_first(name, data_format, 2)
    if a.ndim != 4 or y.ndim != 4 or len(shape) != 4:
        raise InvalidArgumentError(
            f"[{name}] input, filter and cotangent must have rank 4, got shapes {tuple(a.shape)}, "
            f"{shape} and {tuple(y.shape)}"
        )
    a, y = moved_last(a, first), moved_last(y, first)
    attributes, found = _attributes(
        name,
        tuple(a.shape[1:-1]),
        shape[:-2],
        plain(strides),
        plain(padding),
        plain(dilations),
        first,
        _groups(name, a.shape[-1], shape[-2], shape[-1]),
    )
    if tuple(y.shape) != (a.shape[0], *found, shape[-1]):
        raise InvalidArgumentError(
            f"[{name}] a cotangent of shape {tuple(y.shape)}, for a result of shape "
            f"{(a.shape[0], *found, shape[-1])}"
        )
    return _core.apply("conv_filter", [a, y], attributes)


def depthwise_conv2d_backprop_input(
    input_sizes: Any,
    filter: TensorLike,
    out_backprop: TensorLike,
    strides: _Numbers,
    padding: _Padding,
    data_format: str | None = "NHWC",
    dilations: _Numbers = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The derivative of `depthwise_conv2d` by its input, times a cotangent.

    Args:
        input_sizes: the shape of that input.
        filter: a tensor of shape [height, width, channels, m].
        out_backprop: the cotangent of the result.
        strides: of the convolution.
        padding: of it.
        data_format: "NHWC" or "NCHW".
        dilations: of the convolution.
        name: ignored.

    Returns:
        A tensor of shape `input_sizes`.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit.
        TypeError: for bool and complex dtypes, or operands of different dtypes.

    >>> import autograd_c as tf
    >>> w, g = tf.ones([1, 2, 1, 1]), tf.ones([1, 1, 2, 1])
    >>> print(
    ...     tf.nn.depthwise_conv2d_backprop_input([1, 1, 3, 1], w, g, [1, 1, 1, 1], "VALID")
    ...     .numpy().ravel()
    ... )
    [1. 2. 1.]
    """
    called = "depthwise_conv2d_backprop_input"
    g, w = _core.operands_of(called, out_backprop, filter)
    w = _filter_of_channels(called, w)
    return _by_input(called, input_sizes, w, g, strides, padding, data_format, dilations)


def depthwise_conv2d_backprop_filter(
    input: TensorLike,
    filter_sizes: Any,
    out_backprop: TensorLike,
    strides: _Numbers,
    padding: _Padding,
    data_format: str | None = "NHWC",
    dilations: _Numbers = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The derivative of `depthwise_conv2d` by its filter, times a cotangent.

    Args:
        input: the input of the convolution.
        filter_sizes: the shape of the filter, [height, width, channels, m].
        out_backprop: the cotangent of the result.
        strides: of the convolution.
        padding: of it.
        data_format: "NHWC" or "NCHW".
        dilations: of the convolution.
        name: ignored.

    Returns:
        A tensor of shape `filter_sizes`.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit.
        TypeError: for bool and complex dtypes, or operands of different dtypes.

    >>> import autograd_c as tf
    >>> x, g = tf.reshape([1.0, 2.0, 4.0], [1, 1, 3, 1]), tf.ones([1, 1, 2, 1])
    >>> print(
    ...     tf.nn.depthwise_conv2d_backprop_filter(x, [1, 2, 1, 1], g, [1, 1, 1, 1], "VALID")
    ...     .numpy().ravel()
    ... )
    [3. 6.]
    """
    called = "depthwise_conv2d_backprop_filter"
    shape = plain(filter_sizes)
    if not isinstance(shape, tuple) or len(shape) != 4:
        raise InvalidArgumentError(f"[{called}] the filter has four extents, got {filter_sizes!r}")
    flat = (*shape[:2], 1, shape[2] * shape[3])
    w = _by_filter(called, input, flat, out_backprop, strides, padding, data_format, dilations)
    return _core.reshape(w, shape)


def _around(padding: str, explicit_paddings: Sequence[int]) -> Any:
    return pairs_of(explicit_paddings) if padding == "EXPLICIT" else padding


def conv2d_backprop_input_v2(
    input: TensorLike,
    filter: TensorLike,
    out_backprop: TensorLike,
    strides: _Numbers,
    padding: str,
    use_cudnn_on_gpu: bool = True,
    explicit_paddings: Sequence[int] = (),
    data_format: str = "NHWC",
    dilations: _Numbers = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The derivative of `tf.nn.conv2d` by its input, times a cotangent.

    Args:
        input: a tensor of the input's shape; nothing else of it is read.
        filter: a tensor of shape [height, width, channels, features].
        out_backprop: the cotangent of the result.
        strides: of the convolution.
        padding: "SAME", "VALID" or "EXPLICIT".
        use_cudnn_on_gpu: ignored.
        explicit_paddings: for "EXPLICIT", two numbers for each of the four axes.
        data_format: "NHWC" or "NCHW".
        dilations: of the convolution.
        name: ignored.

    Returns:
        A tensor of the shape of `input`.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit.
        TypeError: for bool and complex dtypes, or operands of different dtypes.

    >>> import autograd_c as tf
    >>> x, w, g = tf.zeros([1, 1, 3, 1]), tf.ones([1, 2, 1, 1]), tf.ones([1, 1, 2, 1])
    >>> print(tf.conv2d_backprop_input_v2(x, w, g, 1, "VALID").numpy().ravel())
    [1. 2. 1.]
    """
    shape = tuple(_core.convert_to_tensor(input).shape)
    around = _around(padding, explicit_paddings)
    w = _core.convert_to_tensor(filter)
    return _by_input(
        "conv2d_backprop_input_v2",
        shape,
        w,
        out_backprop,
        strides,
        around,
        data_format,
        dilations,
    )


def conv2d_backprop_filter_v2(
    input: TensorLike,
    filter: TensorLike,
    out_backprop: TensorLike,
    strides: _Numbers,
    padding: str,
    use_cudnn_on_gpu: bool = True,
    explicit_paddings: Sequence[int] = (),
    data_format: str = "NHWC",
    dilations: _Numbers = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The derivative of `tf.nn.conv2d` by its filter, times a cotangent.

    Args:
        input: the input of the convolution.
        filter: a tensor of the filter's shape; nothing else of it is read.
        out_backprop: the cotangent of the result.
        strides: of the convolution.
        padding: "SAME", "VALID" or "EXPLICIT".
        use_cudnn_on_gpu: ignored.
        explicit_paddings: for "EXPLICIT", two numbers for each of the four axes.
        data_format: "NHWC" or "NCHW".
        dilations: of the convolution.
        name: ignored.

    Returns:
        A tensor of the shape of `filter`.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit.
        TypeError: for bool and complex dtypes, or operands of different dtypes.

    >>> import autograd_c as tf
    >>> x, w = tf.reshape([1.0, 2.0, 4.0], [1, 1, 3, 1]), tf.zeros([1, 2, 1, 1])
    >>> g = tf.ones([1, 1, 2, 1])
    >>> print(tf.conv2d_backprop_filter_v2(x, w, g, 1, "VALID").numpy().ravel())
    [3. 6.]
    """
    shape = tuple(_core.convert_to_tensor(filter).shape)
    around = _around(padding, explicit_paddings)
    return _by_filter(
        "conv2d_backprop_filter_v2",
        input,
        shape,
        out_backprop,
        strides,
        around,
        data_format,
        dilations,
    )


# ---------------------------------------------------------------- dilation of shades


def _parts(name: str, x: Tensor, taps: tuple[int, ...], attributes: list[int]) -> Tensor:
    """Of shape [images, height, width, taps, channels]: what the window of each place sees.

    -infinity, or the least integer, beside the image.
    """
    around, moves, outs = [(0, 0)], [], []
    for d in range(2):
        stride, hole, before, extent, count, out = attributes[2 + 6 * d : 8 + 6 * d]
        last = (out - 1) * stride + (count - 1) * hole + 1
        around.append((before, max(last - before - extent, 0)))
        moves.append((stride, hole))
        outs.append(out)
    around.append((0, 0))
    least = -np.inf if x.dtype.is_floating else x.dtype.min
    for axis in (1, 2):
        if around[axis] == (0, 0):
            continue
        shape = list(x.shape)
        pieces = [x]
        for place, count in zip((0, len(pieces)), around[axis], strict=True):
            shape[axis] = count
            pieces.insert(place * len(pieces), _core.full(shape, least, x.dtype))
        x = _core.concat(pieces, axis)
    (s, a), (t, b) = moves
    parts = [
        x[:, i * a : i * a + (outs[0] - 1) * s + 1 : s, j * b : j * b + (outs[1] - 1) * t + 1 : t]
        for i in range(taps[0])
        for j in range(taps[1])
    ]
    return _core.stack(parts, 3)


def dilation2d(
    input: TensorLike,
    filters: TensorLike,
    strides: _Numbers,
    padding: _Padding,
    data_format: str,
    dilations: _Numbers,
    name: str | None = None,
) -> Tensor:
    """Dilation of images: the largest sum of a filter and each part of them.

    Element [n, i, j, c] is the maximum over p, q of
    input[n, i * stride + p * dilation, j * stride + q * dilation, c] + filters[p, q, c].

    Args:
        input: a tensor of integers or floats of shape [images, height, width, channels].
        filters: a tensor of the same dtype and shape [height, width, channels].
        strides: how far the filter moves.
        padding: "SAME" or "VALID"; places beside the image are left out.
        data_format: "NHWC".
        dilations: how far apart the filter's elements stand.
        name: ignored.

    Returns:
        A tensor of shape [images, height, width, channels]. Of equal sums the first has the
        derivative.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit.
        TypeError: for bool and complex dtypes.

    >>> import autograd_c as tf
    >>> x = tf.reshape([1.0, 5.0, 2.0], [1, 1, 3, 1])
    >>> w = tf.reshape([0.0, 1.0], [1, 2, 1])
    >>> print(tf.nn.dilation2d(x, w, [1, 1, 1, 1], "VALID", "NHWC", [1, 1, 1, 1]).numpy().ravel())
    [6. 5.]
    """
    return _dilated("dilation2d", input, filters, strides, padding, data_format, dilations)


def _dilated(
    name: str,
    input: Any,
    filters: Any,
    strides: Any,
    padding: Any,
    data_format: str,
    dilations: Any,
    prepare: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]] = lambda x, w: (x, w),
) -> Tensor:
    if data_format != "NHWC":
        raise InvalidArgumentError(f"[{name}] data_format must be 'NHWC', not {data_format!r}")
    x, w = _core.operands_of(name, input, filters)
    if x.ndim != 4 or w.ndim != 3 or x.shape[-1] != w.shape[-1]:
        raise InvalidArgumentError(
            f"[{name}] needs images of rank 4 and a filter of rank 3 with as many channels, got "
            f"shapes {tuple(x.shape)} and {tuple(w.shape)}"
        )
    if not (x.dtype.is_floating or x.dtype.is_integer):
        raise TypeError(f"[{name}] takes integers and floats, not {x.dtype.name}")
    x, w = prepare(x, w)
    taps = (w.shape[0], w.shape[1])
    attributes, _ = _attributes(
        name,
        (x.shape[1], x.shape[2]),
        taps,
        plain(strides),
        plain(padding),
        plain(dilations),
        False,
        1,
    )
    parts = _parts(name, x, taps, attributes)
    count = taps[0] * taps[1]
    sums = parts + _core.reshape(w, [count, w.shape[2]])
    # The first of the largest, chosen by the same row as in a pool of all taps.
    trivial = [1, 1, 0]
    shape = sums.shape
    window = [0, 4, *trivial, shape[1], 1, shape[1], *trivial, shape[2], 1, shape[2]]
    window += [1, 1, 0, count, count, 1, *trivial, shape[4], 1, shape[4]]
    return _core.reshape(_core.apply("max_pool", [sums], window), [*shape[:3], shape[4]])


def erosion2d(
    value: TensorLike,
    filters: TensorLike,
    strides: _Numbers,
    padding: _Padding,
    data_format: str,
    dilations: _Numbers,
    name: str | None = None,
) -> Tensor:
    """Erosion of images: the least difference of each part of them and a filter.

    Element [n, i, j, c] is the minimum over p, q of
    value[n, i * stride + p * dilation, j * stride + q * dilation, c] - filters[-1 - p, -1 - q, c].

    Args:
        value: a tensor of integers or floats of shape [images, height, width, channels].
        filters: a tensor of the same dtype and shape [height, width, channels].
        strides: how far the filter moves.
        padding: "SAME" or "VALID"; places beside the image are left out.
        data_format: "NHWC".
        dilations: how far apart the filter's elements stand.
        name: ignored.

    Returns:
        A tensor of shape [images, height, width, channels].

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit.
        TypeError: for bool and complex dtypes.

    >>> import autograd_c as tf
    >>> x = tf.reshape([2.0, 5.0, 2.0], [1, 1, 3, 1])
    >>> w = tf.reshape([0.5, 1.0], [1, 2, 1])
    >>> print(tf.nn.erosion2d(x, w, [1, 1, 1, 1], "VALID", "NHWC", [1, 1, 1, 1]).numpy().ravel())
    [1.  1.5]
    """
    # The dilation of the image upside down, by the filter that is turned around.
    return -_dilated(
        "erosion2d",
        value,
        filters,
        strides,
        padding,
        data_format,
        dilations,
        lambda x, w: (-x, w[::-1, ::-1]),
    )
