"""Convolutions: ``tf.nn.conv2d`` and its family."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from autograd_c.core import _core
from autograd_c.functions.sliding import (
    channels_first,
    each_axis,
    margins,
    moved_back,
    moved_last,
    pairs_of,
    plain,
    slide,
    without_far_taps,
)
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import TensorLike

_Numbers: TypeAlias = int | Sequence[int]
_Padding: TypeAlias = str | Sequence[Sequence[int]]


def _make_attributes(
    name: str,
    extents: tuple[int, ...],
    taps: tuple[int, ...],
    strides: Any,
    padding: Any,
    dilations: Any,
    first: bool,
    groups: int,
) -> tuple[list[int], tuple[int, ...]]:
    """Those of the engine's operations, and the spatial extents of the result."""
    rank = len(extents)
    steps = each_axis(name, "strides", strides, rank, first)
    holes = each_axis(name, "dilations", dilations, rank, first)
    around = margins(name, padding, rank, first)
    attributes, found = [groups, rank], []
    for d, (extent, count, step, hole) in enumerate(zip(extents, taps, steps, holes, strict=True)):
        beside = around if isinstance(around, str) else around[d]
        before, out = slide(name, extent, count, step, hole, beside)
        attributes += [step, hole, before, extent, count, out]
        found.append(out)
    attributes += [0] * (20 - len(attributes))
    return attributes, tuple(found)


_attributes = functools.lru_cache(512)(_make_attributes)


def _groups(name: str, channels: int, of_filter: int, features: int) -> int:
    if of_filter == 0 or channels % of_filter != 0:
        if channels == of_filter:
            return 1
        raise InvalidArgumentError(
            f"[{name}] {channels} channels of the input are no multiple of the filter's {of_filter}"
        )
    groups = max(channels // of_filter, 1)
    if features % groups != 0:
        raise InvalidArgumentError(
            f"[{name}] {features} features are no multiple of {groups} groups of channels"
        )
    return groups


def _operands(name: str, x: Any, w: Any, rank: int | None) -> tuple[Tensor, Tensor, int]:
    a, b = _core.operands_of(name, x, w)
    dimensions = b.ndim - 2 if rank is None else rank
    if dimensions < 1 or b.ndim != dimensions + 2:
        wanted = "3 to 5" if rank is None else rank + 2
        raise InvalidArgumentError(
            f"[{name}] the filter must have rank {wanted}, got shape {tuple(b.shape)}"
        )
    if a.ndim < dimensions + 2:
        raise InvalidArgumentError(
            f"[{name}] the input must have rank {dimensions + 2} or more, got shape "
            f"{tuple(a.shape)}"
        )
    return a, b, dimensions


def _convolve(
    name: str,
    x: Any,
    w: Any,
    strides: Any,
    padding: Any,
    data_format: str | None,
    dilations: Any,
    rank: int | None,
) -> Tensor:
    a, b, dimensions = _operands(name, x, w, rank)
    first = channels_first(name, data_format, dimensions)
    lead = a.shape[: -dimensions - 1]
    many = len(lead) > 1  # axes of images
    if many:
        a = _core.reshape(a, [-1 if a.size else _product(lead), *a.shape[len(lead) :]])
    a = moved_last(a, first)
    taps = tuple(b.shape[:-2])
    groups = _groups(name, a.shape[-1], b.shape[-2], b.shape[-1])
    attributes, _ = _attributes(
        name,
        tuple(a.shape[1:-1]),
        taps,
        plain(strides),
        plain(padding),
        plain(dilations),
        first,
        groups,
    )
    if dilations is not None and dilations != 1:
        attributes, b = without_far_taps(attributes, b)
    y = moved_back(_core.apply("conv", [a, b], attributes), first)
    return _core.reshape(y, [*lead, *y.shape[1:]]) if many else y


def _product(extents: Sequence[int]) -> int:
    n = 1
    for extent in extents:
        n *= extent
    return n


def _transposed(
    name: str,
    y: Any,
    w: Any,
    output_shape: Any,
    strides: Any,
    padding: Any,
    data_format: str | None,
    dilations: Any,
    rank: int | None,
) -> Tensor:
    """The input of which `y` would be the cotangent of the convolution."""
    a, b, dimensions = _operands(name, y, w, rank)
    first = channels_first(name, data_format, dimensions)
    if output_shape is None:
        raise InvalidArgumentError(f"[{name}] output_shape must be given")
    shape = plain(output_shape)
    if not isinstance(shape, tuple) or len(shape) not in (dimensions, dimensions + 2):
        raise InvalidArgumentError(
            f"[{name}] output_shape must have {dimensions + 2} extents, got {output_shape!r}"
        )
    a = moved_last(a, first)
    if len(shape) == dimensions + 2:
        given = (shape[0], shape[1] if first else shape[-1])
        if given != (a.shape[0], b.shape[-2]):
            raise InvalidArgumentError(
                f"[{name}] output_shape {shape} does not fit {a.shape[0]} images and "
                f"{b.shape[-2]} channels"
            )
        shape = shape[2:] if first else shape[1:-1]
    groups = 1
    attributes, found = _attributes(
        name,
        shape,
        tuple(b.shape[:-2]),
        plain(strides),
        plain(padding),
        plain(dilations),
        first,
        groups,
    )
    if found != tuple(a.shape[1:-1]) or a.shape[-1] != b.shape[-1]:
        raise InvalidArgumentError(
            f"[{name}] an input of shape {tuple(a.shape)} is not what a convolution of {shape} by "
            f"a filter of shape {tuple(b.shape)} gives: that is {found}"
        )
    return moved_back(_core.apply("conv_input", [a, b], attributes), first)


def conv1d(
    input: TensorLike,
    filters: TensorLike,
    stride: _Numbers,
    padding: _Padding,
    data_format: str | None = "NWC",
    dilations: _Numbers | None = None,
    name: str | None = None,
) -> Tensor:
    """Convolution along one axis: as `conv2d`.

    Args:
        input: a tensor of shape [..., width, channels].
        filters: a tensor of the same dtype and shape [taps, channels, features].
        stride: how far the filter moves.
        padding: "SAME", "VALID", or pairs of numbers, as of `conv2d`.
        data_format: "NWC", or "NCW" with the channels in front of the width.
        dilations: how far apart the filter's taps stand.
        name: ignored.

    Returns:
        A tensor of shape [..., width, features].

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes, strides or paddings that do not
            fit.
        TypeError: for bool and complex dtypes, or operands of different dtypes.

    >>> import autograd_c as tf
    >>> x = tf.reshape([1.0, 2.0, 4.0, 8.0], [1, 4, 1])
    >>> print(tf.nn.conv1d(x, tf.reshape([-1.0, 1.0], [2, 1, 1]), 1, "VALID").numpy().ravel())
    [1. 2. 4.]
    """
    return _convolve("conv1d", input, filters, stride, padding, data_format, dilations, 1)


def conv2d(
    input: TensorLike,
    filters: TensorLike,
    strides: _Numbers,
    padding: _Padding,
    data_format: str | None = "NHWC",
    dilations: _Numbers | None = None,
    name: str | None = None,
) -> Tensor:
    """Convolution of images: sums of products of a filter with each part of them.

    Element [n, i, j, f] of the result is the sum over p, q, c of
    input[n, i * stride + p * dilation, j * stride + q * dilation, c] filters[p, q, c, f],
    where places outside of the input count as zeros.

    Args:
        input: a tensor of integers or floats of shape [..., height, width, channels].
        filters: a tensor of the same dtype and shape [height, width, channels / groups, features].
            With several groups, each is convolved with its own part of the features.
        strides: how far the filter moves: a number, or one for each of the two axes, or for all
            four.
        padding: "VALID": where the filter fits. "SAME": ceil(extent / stride) places, with zeros
            evenly around the input. Or [[0, 0], [top, bottom], [left, right], [0, 0]], in the order
            of `data_format`.
        data_format: "NHWC", or "NCHW" with the channels in front of the height.
        dilations: how far apart the filter's taps stand, given as `strides` are.
        name: ignored.

    Returns:
        A tensor of shape [..., height, width, features]; float16 is computed in float32.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes, strides or paddings that do not
            fit.
        TypeError: for bool and complex dtypes, or operands of different dtypes.

    >>> import autograd_c as tf
    >>> x = tf.reshape(tf.range(9.0), [1, 3, 3, 1])
    >>> print(tf.nn.conv2d(x, tf.ones([2, 2, 1, 1]), 1, "VALID").numpy()[0, ..., 0])
    [[ 8. 12.]
     [20. 24.]]
    """
    return _convolve("conv2d", input, filters, strides, padding, data_format, dilations, 2)


def conv3d(
    input: TensorLike,
    filters: TensorLike,
    strides: _Numbers,
    padding: _Padding,
    data_format: str | None = "NDHWC",
    dilations: _Numbers | None = None,
    name: str | None = None,
) -> Tensor:
    """Convolution of volumes: as `conv2d`, with one axis more.

    Args:
        input: a tensor of shape [..., depth, height, width, channels].
        filters: a tensor of the same dtype and shape [depth, height, width, channels, features].
        strides: how far the filter moves: a number, or one for each of three axes, or of five.
        padding: "SAME", "VALID", or pairs of numbers, as of `conv2d`.
        data_format: "NDHWC", or "NCDHW" with the channels in front.
        dilations: how far apart the filter's taps stand.
        name: ignored.

    Returns:
        A tensor of shape [..., depth, height, width, features].

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes, strides or paddings that do not
            fit.
        TypeError: for bool and complex dtypes, or operands of different dtypes.

    >>> import autograd_c as tf
    >>> y = tf.nn.conv3d(tf.ones([1, 3, 3, 3, 2]), tf.ones([2, 2, 2, 2, 1]), 1, "VALID")
    >>> print(y.shape, y.numpy().max())
    (1, 2, 2, 2, 1) 16.0
    """
    return _convolve("conv3d", input, filters, strides, padding, data_format, dilations, 3)


def convolution(
    input: TensorLike,
    filters: TensorLike,
    strides: _Numbers | None = None,
    padding: _Padding = "VALID",
    data_format: str | None = None,
    dilations: _Numbers | None = None,
    name: str | None = None,
) -> Tensor:
    """Convolution along as many axes as the filter has: as `conv1d`, `conv2d` and `conv3d`.

    Args:
        input: a tensor of shape [..., spatial axes, channels].
        filters: a tensor of the same dtype and shape [taps of each axis, channels, features].
        strides: how far the filter moves, 1 by default.
        padding: "SAME", "VALID", or pairs of numbers.
        data_format: None for channels last; or one such as "NCHW".
        dilations: how far apart the filter's taps stand, 1 by default.
        name: ignored.

    Returns:
        A tensor of shape [..., spatial axes, features].

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes, strides or paddings that do not
            fit.
        TypeError: for bool and complex dtypes, or operands of different dtypes.

    >>> import autograd_c as tf
    >>> print(tf.nn.convolution(tf.ones([1, 5, 1]), tf.ones([3, 1, 1])).numpy().ravel())
    [3. 3. 3.]
    """
    return _convolve("convolution", input, filters, strides, padding, data_format, dilations, None)


def conv(
    input: TensorLike,
    filter: TensorLike,
    strides: _Numbers,
    padding: str,
    explicit_paddings: Sequence[int] = (),
    data_format: str = "CHANNELS_LAST",
    dilations: Sequence[int] = (),
    batch_dims: int = 1,
    groups: int = 1,
    name: str | None = None,
) -> Tensor:
    """Convolution, by the arguments of the operation below `tf.nn.conv2d` and `tf.nn.conv3d`.

    Args:
        input: a tensor of shape [images, spatial axes, channels].
        filter: a tensor of the same dtype and shape [taps of each axis, channels, features].
        strides: a number for each axis of the input.
        padding: "SAME", "VALID" or "EXPLICIT".
        explicit_paddings: for "EXPLICIT", two numbers for each axis of the input.
        data_format: "CHANNELS_LAST" or "CHANNELS_FIRST".
        dilations: a number for each axis of the input.
        batch_dims: how many axes of images there are.
        groups: ignored; the filter's shape says it.
        name: ignored.

    Returns:
        A tensor of shape [images, spatial axes, features].

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for arguments that do not fit.
        TypeError: for bool and complex dtypes, or operands of different dtypes.

    >>> import autograd_c as tf
    >>> print(tf.conv(tf.ones([1, 3, 3, 1]), tf.ones([2, 2, 1, 1]), [1, 1, 1, 1], "VALID").shape)
    (1, 2, 2, 1)
    """
    if data_format not in ("CHANNELS_LAST", "CHANNELS_FIRST"):
        raise InvalidArgumentError(
            f"[conv] data_format is 'CHANNELS_LAST' or 'CHANNELS_FIRST', not {data_format!r}"
        )
    rank = len(filter.shape if _core.is_tensor(filter) else _core.convert_to_tensor(filter).shape)
    layout = None
    if data_format == "CHANNELS_FIRST":
        layout = "NC" + {3: "W", 4: "HW", 5: "DHW"}.get(rank, "")
    around = pairs_of(explicit_paddings) if padding == "EXPLICIT" else padding
    holes = dilations if len(dilations) > 0 else None
    return _convolve("conv", input, filter, strides, around, layout, holes, None)


# ---------------------------------------------------------------- transposed


def conv1d_transpose(
    input: TensorLike,
    filters: TensorLike,
    output_shape: Any,
    strides: _Numbers,
    padding: _Padding = "SAME",
    data_format: str | None = "NWC",
    dilations: _Numbers | None = None,
    name: str | None = None,
) -> Tensor:
    """The transpose of `conv1d`: as `conv2d_transpose`, along one axis.

    Args:
        input: a tensor of shape [images, width, features].
        filters: a tensor of the same dtype and shape [taps, channels, features].
        output_shape: the shape of the result, which `conv1d` would make the input's of.
        strides: of that convolution.
        padding: of it.
        data_format: "NWC" or "NCW".
        dilations: of that convolution.
        name: ignored.

    Returns:
        A tensor of shape `output_shape`, [images, width, channels].

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes, strides or paddings that do not
            fit.
        TypeError: for bool and complex dtypes, or operands of different dtypes.

    >>> import autograd_c as tf
    >>> x = tf.reshape([1.0, 2.0], [1, 2, 1])
    >>> print(tf.nn.conv1d_transpose(x, tf.ones([2, 1, 1]), [1, 4, 1], 2).numpy().ravel())
    [1. 1. 2. 2.]
    """
    return _transposed(
        "conv1d_transpose",
        input,
        filters,
        output_shape,
        strides,
        padding,
        data_format,
        dilations,
        1,
    )


def conv2d_transpose(
    input: TensorLike,
    filters: TensorLike,
    output_shape: Any,
    strides: _Numbers,
    padding: _Padding = "SAME",
    data_format: str | None = "NHWC",
    dilations: _Numbers | None = None,
    name: str | None = None,
) -> Tensor:
    """The transpose of `conv2d`: each pixel adds a multiple of the filter to the result.

    It is the derivative of that convolution by its input, applied to `input`.

    Args:
        input: a tensor of shape [images, height, width, features].
        filters: a tensor of the same dtype and shape [height, width, channels, features].
        output_shape: the shape of the result, of which `conv2d` would make the input's.
        strides: of that convolution.
        padding: of it.
        data_format: "NHWC" or "NCHW", also of `output_shape`.
        dilations: of that convolution.
        name: ignored.

    Returns:
        A tensor of shape `output_shape`, [images, height, width, channels].

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes, strides or paddings that do not
            fit.
        TypeError: for bool and complex dtypes, or operands of different dtypes.

    >>> import autograd_c as tf
    >>> x = tf.reshape([1.0, 2.0], [1, 1, 2, 1])
    >>> y = tf.nn.conv2d_transpose(x, tf.ones([1, 3, 1, 1]), [1, 1, 4, 1], 1, "VALID")
    >>> print(y.numpy().ravel())
    [1. 3. 3. 2.]
    """
    return _transposed(
        "conv2d_transpose",
        input,
        filters,
        output_shape,
        strides,
        padding,
        data_format,
        dilations,
        2,
    )


def conv3d_transpose(
    input: TensorLike,
    filters: TensorLike,
    output_shape: Any,
    strides: _Numbers,
    padding: _Padding = "SAME",
    data_format: str | None = "NDHWC",
    dilations: _Numbers | None = None,
    name: str | None = None,
) -> Tensor:
    """The transpose of `conv3d`: as `conv2d_transpose`, with one axis more.

    Args:
        input: a tensor of shape [images, depth, height, width, features].
        filters: a tensor of the same dtype and shape [depth, height, width, channels, features].
        output_shape: the shape of the result, of which `conv3d` would make the input's.
        strides: of that convolution.
        padding: of it.
        data_format: "NDHWC" or "NCDHW".
        dilations: of that convolution.
        name: ignored.

    Returns:
        A tensor of shape `output_shape`, [images, depth, height, width, channels].

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes, strides or paddings that do not
            fit.
        TypeError: for bool and complex dtypes, or operands of different dtypes.

    >>> import autograd_c as tf
    >>> x, w = tf.ones([1, 1, 1, 1, 1]), tf.ones([2, 2, 2, 1, 1])
    >>> print(tf.nn.conv3d_transpose(x, w, [1, 2, 2, 2, 1], 2).numpy().sum())
    8.0
    """
    return _transposed(
        "conv3d_transpose",
        input,
        filters,
        output_shape,
        strides,
        padding,
        data_format,
        dilations,
        3,
    )


def conv_transpose(
    input: TensorLike,
    filters: TensorLike,
    output_shape: Any,
    strides: _Numbers,
    padding: _Padding = "SAME",
    data_format: str | None = None,
    dilations: _Numbers | None = None,
    name: str | None = None,
) -> Tensor:
    """The transpose of `convolution`: `conv1d_transpose`, `conv2d_transpose`, `conv3d_transpose`.

    Args:
        input: a tensor of shape [images, spatial axes, features].
        filters: a tensor of the same dtype and shape [taps of each axis, channels, features].
        output_shape: the shape of the result.
        strides: of the convolution.
        padding: of it.
        data_format: None for channels last; or one such as "NCHW".
        dilations: of the convolution.
        name: ignored.

    Returns:
        A tensor of shape `output_shape`, [images, spatial axes, channels].

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes, strides or paddings that do not
            fit.
        TypeError: for bool and complex dtypes, or operands of different dtypes.

    >>> import autograd_c as tf
    >>> x = tf.ones([1, 2, 2, 1])
    >>> print(tf.nn.conv_transpose(x, tf.ones([2, 2, 3, 1]), [1, 4, 4, 3], 2).shape)
    (1, 4, 4, 3)
    """
    return _transposed(
        "conv_transpose",
        input,
        filters,
        output_shape,
        strides,
        padding,
        data_format,
        dilations,
        None,
    )


def atrous_conv2d(
    value: TensorLike,
    filters: TensorLike,
    rate: int,
    padding: _Padding,
    name: str | None = None,
) -> Tensor:
    """`conv2d` with taps `rate` apart, along both axes.

    Args:
        value: a tensor of shape [images, height, width, channels].
        filters: a tensor of the same dtype and shape [height, width, channels, features].
        rate: how far apart the filter's taps stand.
        padding: "SAME", "VALID", or pairs of numbers.
        name: ignored.

    Returns:
        A tensor of shape [images, height, width, features].

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for arguments that do not fit.
        TypeError: for bool and complex dtypes, or operands of different dtypes.

    >>> import autograd_c as tf
    >>> x = tf.ones([1, 5, 5, 1])
    >>> print(tf.nn.atrous_conv2d(x, tf.ones([2, 2, 1, 1]), 3, "VALID").shape)
    (1, 2, 2, 1)
    """
    return _convolve("atrous_conv2d", value, filters, 1, padding, None, rate, 2)


def atrous_conv2d_transpose(
    value: TensorLike,
    filters: TensorLike,
    output_shape: Any,
    rate: int,
    padding: _Padding,
    name: str | None = None,
) -> Tensor:
    """The transpose of `atrous_conv2d`.

    Args:
        value: a tensor of shape [images, height, width, features].
        filters: a tensor of the same dtype and shape [height, width, channels, features].
        output_shape: the shape of the result.
        rate: how far apart the filter's taps stand.
        padding: of the convolution.
        name: ignored.

    Returns:
        A tensor of shape `output_shape`, [images, height, width, channels].

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for arguments that do not fit.
        TypeError: for bool and complex dtypes, or operands of different dtypes.

    >>> import autograd_c as tf
    >>> x, w = tf.ones([1, 1, 1, 1]), tf.ones([2, 2, 1, 1])
    >>> y = tf.nn.atrous_conv2d_transpose(x, w, [1, 3, 3, 1], 2, "VALID")
    >>> print(y.numpy()[0, ..., 0])
    [[1. 0. 1.]
     [0. 0. 0.]
     [1. 0. 1.]]
    """
    return _transposed(
        "atrous_conv2d_transpose", value, filters, output_shape, 1, padding, None, rate, 2
    )
