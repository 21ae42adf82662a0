"""Blocks of space as channels or batches, and overlapping patches: ``tf.nn.space_to_depth``,
``tf.space_to_batch``, ``tf.image.extract_patches``."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_c.core import _core
from autograd_c.functions.integers import integers
from autograd_c.values.errors import InvalidArgumentError, UnimplementedError

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor
    from autograd_c.typing import TensorLike

__all__ = [
    "batch_to_space",
    "depth_to_space",
    "extract_patches",
    "extract_volume_patches",
    "required_space_to_batch_paddings",
    "space_to_batch",
    "space_to_depth",
]


# ---------------------------------------------------------------- channels


def _image(input: Any, block_size: Any, data_format: str, operation: str) -> tuple[Tensor, int]:
    """A tensor of rank 4, and the extent of a block."""
    x = _core.convert_to_tensor(input)
    (size,) = integers(block_size, operation, "block_size").reshape(-1).tolist()
    if size < 2:
        raise InvalidArgumentError(f"[{operation}] block_size must be 2 or more, not {size}")
    if data_format not in ("NHWC", "NCHW"):
        raise InvalidArgumentError(
            f"[{operation}] data_format must be 'NHWC' or 'NCHW', not {data_format!r}"
        )
    if x.ndim != 4:
        raise InvalidArgumentError(f"[{operation}] Input rank should be 4 instead of {x.ndim}")
    return x, size


def space_to_depth(
    input: TensorLike, block_size: int, data_format: str = "NHWC", name: str | None = None
) -> Tensor:
    """Blocks of height and width as channels.

    Args:
        input: a tensor of shape [batch, height, width, channels], or [batch, channels, height,
            width].
        block_size: the extent n of a block, 2 or more.
        data_format: "NHWC" or "NCHW", the order of the axes.
        name: ignored.

    Returns:
        A tensor with height / n, width / n, and channels * n * n.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for extents that are no multiples of n, or
            another rank.

    >>> import autograd_c as tf
    >>> tf.nn.space_to_depth(tf.zeros([1, 4, 6, 1]), 2).shape
    TensorShape([1, 2, 3, 4])
    """
    x, n = _image(input, block_size, data_format, "space_to_depth")
    first = data_format == "NCHW"
    batch, height, width, depth = _nhwc(x, first)
    if height % n or width % n:
        raise InvalidArgumentError(
            f"[space_to_depth] Image width {width} and height {height} should be divisible by "
            f"block_size: {n}"
        )
    rows, columns = height // n, width // n
    if first:
        x = _core.reshape(x, [batch, depth, rows, n, columns, n])
        x = _core.transpose(x, [0, 3, 5, 1, 2, 4])
        return _core.reshape(x, [batch, n * n * depth, rows, columns])
    x = _core.transpose(_core.reshape(x, [batch, rows, n, columns, n, depth]), [0, 1, 3, 2, 4, 5])
    return _core.reshape(x, [batch, rows, columns, n * n * depth])


def _nhwc(x: Tensor, first: bool) -> tuple[int, int, int, int]:
    a, b, c, d = x.shape
    return (a, c, d, b) if first else (a, b, c, d)


def depth_to_space(
    input: TensorLike, block_size: int, data_format: str = "NHWC", name: str | None = None
) -> Tensor:
    """Channels as blocks of height and width: the inverse of `tf.nn.space_to_depth`.

    Args:
        input: a tensor of shape [batch, height, width, channels], or [batch, channels, height,
            width].
        block_size: the extent n of a block, 2 or more.
        data_format: "NHWC" or "NCHW", the order of the axes.
        name: ignored.

    Returns:
        A tensor with height * n, width * n, and channels / n / n.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for channels that are no multiple of n * n,
            or another rank.

    >>> import autograd_c as tf
    >>> tf.nn.depth_to_space(tf.zeros([1, 2, 3, 4]), 2).shape
    TensorShape([1, 4, 6, 1])
    """
    x, n = _image(input, block_size, data_format, "depth_to_space")
    first = data_format == "NCHW"
    batch, height, width, depth = _nhwc(x, first)
    if depth % (n * n):
        raise InvalidArgumentError(
            f"[depth_to_space] Input depth dimension {depth} should be divisible by: {n * n}"
        )
    left = depth // (n * n)
    if first:
        x = _core.reshape(x, [batch, n, n, left, height, width])
        x = _core.transpose(x, [0, 3, 4, 1, 5, 2])
        return _core.reshape(x, [batch, left, height * n, width * n])
    x = _core.transpose(_core.reshape(x, [batch, height, width, n, n, left]), [0, 1, 3, 2, 4, 5])
    return _core.reshape(x, [batch, height * n, width * n, left])


# ---------------------------------------------------------------- batches


def _blocks(
    input: Any, block_shape: Any, margins: Any, operation: str
) -> tuple[Tensor, list[int], list[list[int]]]:
    """The tensor, extents of a block, and pairs of paddings or crops."""
    x = _core.convert_to_tensor(input)
    blocks = integers(block_shape, operation, "block_shape")
    if blocks.ndim == 0 and operation == "batch_to_space":
        blocks = np.full(2, blocks)
    pairs = integers(margins, operation, "paddings or crops").reshape(-1, 2)
    if blocks.ndim != 1 or pairs.shape != (blocks.size, 2) or x.ndim <= blocks.size:
        raise InvalidArgumentError(
            f"[{operation}] block_shape of shape {blocks.shape} and pairs of shape {pairs.shape} "
            f"for a tensor of rank {x.ndim}"
        )
    if blocks.size and int(blocks.min()) < 1:
        raise InvalidArgumentError(f"[{operation}] block_shape must be positive, not {blocks}")
    if pairs.size and int(pairs.min()) < 0:
        raise InvalidArgumentError(f"[{operation}] paddings and crops must be non-negative")
    return x, blocks.tolist(), pairs.tolist()


def space_to_batch(
    input: TensorLike, block_shape: TensorLike, paddings: TensorLike, name: str | None = None
) -> Tensor:
    """Blocks of space, zeros around it included, as elements of the batch.

    Args:
        input: a tensor of shape [batch, space..., rest...].
        block_shape: the extents of a block, one for each axis of space.
        paddings: of shape [axes of space, 2]: how many zeros to put before and behind.
        name: ignored.

    Returns:
        A tensor whose batch is larger by the size of a block, and its axes of space are smaller.

    Raises:
        TypeError: for what should be integers and is not.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit, or padded extents
            that are no multiples of a block's.

    >>> import autograd_c as tf
    >>> tf.space_to_batch(tf.zeros([1, 4, 4, 3]), [2, 2], [[0, 0], [0, 0]]).shape
    TensorShape([4, 2, 2, 3])
    """
    x, blocks, pairs = _blocks(input, block_shape, paddings, "space_to_batch")
    count = len(blocks)
    if any(map(any, pairs)):
        x = _core.pad(x, [[0, 0], *pairs, *[[0, 0]] * (x.ndim - 1 - count)])
    batch, *shape = x.shape
    for k, (extent, n) in enumerate(zip(shape, blocks)):
        if extent % n:
            raise InvalidArgumentError(
                f"[space_to_batch] padded_shape[{k}]={extent} is not divisible by "
                f"block_shape[{k}]={n}"
            )
    rest = shape[count:]
    parts = [extent // n for extent, n in zip(shape, blocks)]
    x = _core.reshape(x, [batch, *itertools.chain(*zip(parts, blocks)), *rest])
    order = [2 + 2 * k for k in range(count)]
    order += [0, *[1 + 2 * k for k in range(count)], *range(1 + 2 * count, x.ndim)]
    return _core.reshape(_core.transpose(x, order), [batch * math.prod(blocks), *parts, *rest])


def batch_to_space(
    input: TensorLike, block_shape: TensorLike, crops: TensorLike, name: str | None = None
) -> Tensor:
    """Elements of the batch as blocks of space: the inverse of `tf.space_to_batch`.

    Args:
        input: a tensor of shape [batch, space..., rest...].
        block_shape: the extents of a block, one for each axis of space; an int is for two.
        crops: of shape [axes of space, 2]: how many elements of the result to leave out in front
            and at the end.
        name: ignored.

    Raises:
        TypeError: for what should be integers and is not.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit, a batch that is
            no multiple of a block's size, or more to crop than there is.

    >>> import autograd_c as tf
    >>> tf.batch_to_space(tf.zeros([4, 2, 2, 3]), [2, 2], [[0, 0], [0, 1]]).shape
    TensorShape([1, 4, 3, 3])
    """
    x, blocks, pairs = _blocks(input, block_shape, crops, "batch_to_space")
    count = len(blocks)
    batch, *shape = x.shape
    size = math.prod(blocks)
    if batch % size:
        raise InvalidArgumentError(
            f"[batch_to_space] Input batch dimension ({batch}) is not divisible by product of "
            f"block sizes ({size})"
        )
    rest = shape[count:]
    whole = [extent * n for extent, n in zip(shape, blocks)]
    for k, ((first, last), extent) in enumerate(zip(pairs, whole)):
        if first + last > extent:
            raise InvalidArgumentError(
                f"[batch_to_space] cropped_shape[{k}]={extent - first - last} must be non-negative"
            )
    x = _core.reshape(x, [*blocks, batch // size, *shape])
    order = [count]
    for k in range(count):
        order += [count + 1 + k, k]
    order += range(2 * count + 1, x.ndim)
    x = _core.reshape(_core.transpose(x, order), [batch // size, *whole, *rest])
    if not any(map(any, pairs)):
        return x
    key = [slice(None)]
    key += [slice(first, extent - last) for (first, last), extent in zip(pairs, whole)]
    return x[tuple(key)]


def required_space_to_batch_paddings(
    input_shape: TensorLike,
    block_shape: TensorLike,
    base_paddings: TensorLike | None = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The paddings of `tf.space_to_batch` that make multiples of a block's extents, and the crops
    of `tf.batch_to_space` that undo them.

    Args:
        input_shape: the extents of space.
        block_shape: those of a block.
        base_paddings: of shape [axes of space, 2]: the least paddings; 0 by default.
        name: ignored.

    Returns:
        Paddings and crops, int32 of shape [axes of space, 2] each.

    Raises:
        TypeError: for what should be integers and is not.
        ValueError: (`tf.errors.InvalidArgumentError`) for shapes that do not fit.

    >>> import autograd_c as tf
    >>> paddings, crops = tf.required_space_to_batch_paddings([5], [2])
    >>> print(paddings.numpy(), crops.numpy())
    [[0 1]] [[0 1]]
    """
    operation = "required_space_to_batch_paddings"
    blocks = integers(block_shape, operation, "block_shape")
    extents = integers(input_shape, operation, "input_shape")
    base = np.zeros((blocks.size, 2), np.int64)
    if base_paddings is not None:
        base = integers(base_paddings, operation, "base_paddings")
    if blocks.ndim != 1 or extents.shape != blocks.shape or base.shape != (blocks.size, 2):
        raise InvalidArgumentError(
            f"[{operation}] shapes {extents.shape}, {blocks.shape} and {base.shape} do not fit"
        )
    start, end = base[:, 0], base[:, 1]
    more = -(extents + start + end) % blocks
    paddings = np.stack([start, end + more], axis=1).astype(np.int32)
    crops = np.stack([np.zeros_like(more), more], axis=1).astype(np.int32)
    return _core.constant(paddings), _core.constant(crops)


# ---------------------------------------------------------------- patches


def extract_patches(
    images: TensorLike,
    sizes: Sequence[int],
    strides: Sequence[int],
    rates: Sequence[int],
    padding: str,
    name: str | None = None,
) -> Tensor:
    """Patches of images, which may overlap, as channels.

    Args:
        images: a tensor of shape [batch, height, width, channels].
        sizes: [1, rows, columns, 1], the extents of a patch.
        strides: [1, rows, columns, 1], how far the centres of patches are apart.
        rates: [1, rows, columns, 1], how far elements of a patch are apart.
        padding: "VALID": all of a patch is in the image; or "SAME": zeros are around it.
        name: ignored.

    Returns:
        A tensor of shape [batch, rows of patches, columns of patches, size of a patch * channels].

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for lists and tensors of other shapes, or an
            unknown padding.
        UnimplementedError: (`tf.errors`) for patches in the batch or in channels.

    >>> import autograd_c as tf
    >>> x = tf.reshape(tf.range(9), [1, 3, 3, 1])
    >>> print(tf.image.extract_patches(x, [1, 2, 2, 1], [1, 1, 1, 1], [1, 1, 1, 1], "VALID")[0, 0])
    tf.Tensor(
    [[0 1 3 4]
     [1 2 4 5]], shape=(2, 4), dtype=int32)
    """
    return _patches("extract_patches", images, sizes, strides, rates, padding)


def extract_volume_patches(
    input: TensorLike,
    ksizes: Sequence[int],
    strides: Sequence[int],
    padding: str,
    name: str | None = None,
) -> Tensor:
    """Patches of volumes, which may overlap, as channels.

    Args:
        input: a tensor of shape [batch, depth, height, width, channels].
        ksizes: [1, planes, rows, columns, 1], the extents of a patch.
        strides: [1, planes, rows, columns, 1], how far the centres of patches are apart.
        padding: "VALID": all of a patch is in the volume; or "SAME": zeros are around it.
        name: ignored.

    Returns:
        A tensor of shape [batch, planes, rows, columns, size of a patch * channels].

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for lists and tensors of other shapes, or an
            unknown padding.
        UnimplementedError: (`tf.errors`) for patches in the batch or in channels.

    >>> import autograd_c as tf
    >>> x = tf.zeros([1, 4, 4, 4, 2])
    >>> tf.extract_volume_patches(x, [1, 2, 2, 2, 1], [1, 2, 2, 2, 1], "VALID").shape
    TensorShape([1, 2, 2, 2, 16])
    """
    return _patches("extract_volume_patches", input, ksizes, strides, [1] * 5, padding)


def _patches(
    operation: str, images: Any, sizes: Any, strides: Any, rates: Any, padding: str
) -> Tensor:
    x = _core.convert_to_tensor(images)
    rank = 5 if operation == "extract_volume_patches" else 4
    given = [
        integers(v, operation, what).reshape(-1).tolist()
        for v, what in ((sizes, "sizes"), (strides, "strides"), (rates, "rates"))
    ]
    if any(len(v) != rank or min(v) < 1 for v in given):
        raise InvalidArgumentError(
            f"[{operation}] sizes, strides and rates are {rank} positive ints each, not {given}"
        )
    if any(v[0] != 1 or v[-1] != 1 for v in given):
        raise UnimplementedError(None, None, f"[{operation}] patches are across space only")
    if padding not in ("SAME", "VALID"):
        raise InvalidArgumentError(
            f"[{operation}] padding must be 'SAME' or 'VALID', not {padding!r}"
        )
    if x.ndim != rank:
        raise InvalidArgumentError(
            f"[{operation}] needs a tensor of rank {rank}, not of shape {tuple(x.shape)}"
        )
    extents, around, counts = list(x.shape)[1:-1], [], []
    inner = [v[1:-1] for v in given]
    for extent, size, stride, rate in zip(extents, *inner):
        reach = (size - 1) * rate + 1
        if padding == "VALID":
            around.append([0, 0])
            counts.append(max((extent - reach) // stride + 1, 0))
            continue
        count = -(-extent // stride)
        more = max((count - 1) * stride + reach - extent, 0)
        around.append([more // 2, more - more // 2])
        counts.append(count)
    if any(map(any, around)):
        x = _core.pad(x, [[0, 0], *around, [0, 0]])
    parts = []
    for place in itertools.product(*map(range, inner[0])):
        key: list[Any] = [slice(None)]
        for offset, count, stride, rate in zip(place, counts, *inner[1:]):
            start = offset * rate
            key.append(slice(start, start + (count - 1) * stride + 1 if count else start, stride))
        parts.append(x[tuple(key)])
    return _core.concat(parts, -1)
