"""Pools whose windows have several extents: ``tf.nn.fractional_max_pool`` and its like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograd_c.core import _core
from autograd_c.functions.indexed_slices import gather
from autograd_c.functions.random_streams import keyed, release, stream
from autograd_c.values.dtypes import as_dtype
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from autograd_c.core._core import Tensor
    from autograd_c.typing import TensorLike

__all__ = ["fractional_avg_pool", "fractional_max_pool"]


class FractionalMaxPool(NamedTuple):
    """What `tf.nn.fractional_max_pool` returns."""

    output: Tensor
    row_pooling_sequence: Tensor
    col_pooling_sequence: Tensor


class FractionalAvgPool(NamedTuple):
    """What `tf.nn.fractional_avg_pool` returns."""

    output: Tensor
    row_pooling_sequence: Tensor
    col_pooling_sequence: Tensor


def _borders(generator: Any, extent: int, ratio: float, pseudo_random: bool) -> NDArray[Any]:
    """Where windows begin, and the end of the last one."""
    count = int(np.float32(extent) / np.float32(ratio))
    if not 0 < count <= extent:
        raise InvalidArgumentError(f"A pooling ratio of {ratio} leaves nothing of {extent} rows")
    if pseudo_random:
        alpha, u = extent / count, generator.random()
        places: NDArray[Any] = np.floor(alpha * (np.arange(count + 1) + u)).astype(np.int64)
        places = places - places[0]
        places[-1] = extent
        return places
    least, larger = divmod(extent, count)
    steps = np.full(count, least)
    steps[:larger] += 1
    return np.concatenate([[0], np.cumsum(generator.permutation(steps))]).astype(np.int64)


def _windows(borders: NDArray[Any], overlapping: bool) -> NDArray[Any]:
    """The elements of each window, the last of each again where others are longer."""
    last = np.minimum(borders[1:] - (not overlapping), borders[-1] - 1)
    longest = int((last - borders[:-1]).max()) + 1
    return np.asarray(np.minimum(borders[:-1, None] + np.arange(longest), last[:, None]))


def _prepared(
    name: str, value: TensorLike, ratio: Any, pseudo_random: bool, seed: int
) -> tuple[Tensor, NDArray[Any], NDArray[Any]]:
    x = _core.convert_to_tensor(value)
    if x.ndim != 4:
        raise InvalidArgumentError(f"[{name}] expected a tensor of rank 4, got shape {x.shape}")
    ratios = [float(r) for r in np.reshape(_core.array_of(ratio), -1)]
    if len(ratios) == 1:
        ratios = [1.0, ratios[0], ratios[0], 1.0]
    if len(ratios) == 2:
        ratios = [1.0, *ratios, 1.0]
    if len(ratios) != 4 or ratios[0] != 1 or ratios[3] != 1:
        raise InvalidArgumentError(
            f"[{name}] pooling_ratio must be 1 for images and channels, got {ratio}"
        )
    if min(ratios) < 1:
        raise InvalidArgumentError(f"[{name}] pooling_ratio must be 1 at least, got {ratio}")
    generator = keyed(name, seed) if seed else stream(name, as_dtype("float64").name, None)
    rows = _borders(generator, x.shape[1], ratios[1], pseudo_random)
    columns = _borders(generator, x.shape[2], ratios[2], pseudo_random)
    if seed:
        release(generator)
    return x, rows, columns


def fractional_max_pool(
    value: TensorLike,
    pooling_ratio: float | Sequence[float],
    pseudo_random: bool = False,
    overlapping: bool = False,
    seed: int = 0,
    name: str | None = None,
) -> FractionalMaxPool:
    """The largest elements of windows that cover images, as long as they come out at random.

    Images become smaller by a ratio that need not be an integer: each window is as long as the
    integer below that, or one more (B. Graham, "Fractional max-pooling", 2014, arXiv:1412.6071).

    Args:
        value: a tensor of floats or integers of shape [images, height, width, channels].
        pooling_ratio: how much smaller images become: a number, or one for height and width, or for
            each axis, those of images and channels being 1.
        pseudo_random: whether the lengths of windows follow one another as evenly as they can.
        overlapping: whether windows hold the first row and column of the next ones, too.
        seed: of the lengths; for 0 they are other ones in each call, after `tf.random.set_seed`'s.
        name: ignored.

    Returns:
        The `output`, and where windows begin and the last one ends: `row_pooling_sequence` and
        `col_pooling_sequence`, int64.

    Raises:
        ValueError: (`tf.errors.InvalidArgumentError`) for ratios below 1, and those that leave
            nothing.

    >>> import autograd_c as tf
    >>> x = tf.reshape(tf.range(36.0), [1, 6, 6, 1])
    >>> found = tf.nn.fractional_max_pool(x, [1.0, 1.5, 2.0, 1.0], seed=1)
    >>> print(found.output.shape, found.col_pooling_sequence.numpy())
    (1, 4, 3, 1) [0 2 4 6]
    """
    x, rows, columns = _prepared("fractional_max_pool", value, pooling_ratio, pseudo_random, seed)
    by_row, by_column = _windows(rows, overlapping), _windows(columns, overlapping)
    # To [images, rows, columns, channels, elements of a window].
    windows = gather(gather(x, by_column, axis=2), by_row, axis=1)
    windows = _core.transpose(windows, [0, 1, 3, 5, 2, 4])
    windows = _core.reshape(windows, [*windows.shape[:4], by_row.shape[1] * by_column.shape[1]])
    largest = _core.reduce("reduce_max", windows, -1, False)
    return FractionalMaxPool(largest, _core.constant(rows), _core.constant(columns))


def fractional_avg_pool(
    value: TensorLike,
    pooling_ratio: float | Sequence[float],
    pseudo_random: bool = False,
    overlapping: bool = False,
    seed: int = 0,
    name: str | None = None,
) -> FractionalAvgPool:
    """The means of windows that cover images, as long as they come out at random.

    As `tf.nn.fractional_max_pool`, but for the means.

    Args:
        value: a tensor of floats of shape [images, height, width, channels].
        pooling_ratio: how much smaller images become.
        pseudo_random: whether the lengths of windows follow one another as evenly as they can.
        overlapping: whether windows hold the first row and column of the next ones, too.
        seed: of the lengths; for 0 they are other ones in each call, after `tf.random.set_seed`'s.
        name: ignored.

    Returns:
        The `output`, `row_pooling_sequence` and `col_pooling_sequence`.

    Raises:
        TypeError: for other dtypes than floats.
        ValueError: (`tf.errors.InvalidArgumentError`) for ratios below 1, and those that leave
            nothing.

    >>> import autograd_c as tf
    >>> x = tf.reshape(tf.range(4.0), [1, 2, 2, 1])
    >>> print(tf.nn.fractional_avg_pool(x, [1.0, 2.0, 2.0, 1.0]).output.numpy().ravel())
    [1.5]
    """
    x, rows, columns = _prepared("fractional_avg_pool", value, pooling_ratio, pseudo_random, seed)
    if not x.dtype.is_floating:
        raise TypeError(f"[fractional_avg_pool] expected floats, got {x.dtype.name}")
    # A window is a rectangle: its mean is that of rows of that of columns.
    by_column = _core.constant(_means(columns, overlapping), x.dtype)
    by_row = _core.constant(_means(rows, overlapping), x.dtype)
    images, height, width, channels = x.shape
    mean = by_column @ x
    flat = _core.reshape(mean, [images, height, by_column.shape[0] * channels])
    mean = _core.reshape(by_row @ flat, [images, by_row.shape[0], by_column.shape[0], channels])
    return FractionalAvgPool(mean, _core.constant(rows), _core.constant(columns))


def _means(borders: NDArray[Any], overlapping: bool) -> NDArray[Any]:
    """The matrix that takes means of windows."""
    end = np.minimum(borders[1:] + overlapping, borders[-1])[:, None]
    inside = (np.arange(borders[-1]) >= borders[:-1, None]) & (np.arange(borders[-1]) < end)
    return np.asarray(inside / inside.sum(1, keepdims=True))
