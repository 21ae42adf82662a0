"""Strides, paddings and layouts, as people give them to convolutions and pools."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd_c.core import _core
from autograd_c.values.errors import InvalidArgumentError

if TYPE_CHECKING:
    from autograd_c.core._core import Tensor

_SPATIAL = {1: "W", 2: "HW", 3: "DHW"}
# Of strides, dilations, windows and paddings, which are int32 in TensorFlow.
_MOST = 2**31 - 1


def channels_first(name: str, data_format: str | None, rank: int) -> bool:
    """Whether the channels stand before the `rank` spatial axes, and not behind them."""
    if data_format is None:
        return False
    spatial = _SPATIAL.get(rank, "")
    if data_format == f"N{spatial}C":
        return False
    if data_format == f"NC{spatial}":
        return True
    raise InvalidArgumentError(
        f"[{name}] data_format is 'N{spatial}C' or 'NC{spatial}', not {data_format!r}"
    )


def plain(argument: Any) -> Any:
    """Lists as tuples, tensors and arrays as what they hold, so that it can be hashed."""
    if isinstance(argument, (int, str)) or argument is None:
        return argument
    if isinstance(argument, (list, tuple)):
        return tuple(map(plain, argument))
    if hasattr(argument, "__index__") and not getattr(argument, "shape", ()):
        return operator.index(argument)
    held = _core.array_of(argument).tolist()
    return plain(held) if isinstance(held, list) else (held,)  # a float, which others refuse


def every_axis(name: str, what: str, given: Any, rank: int, first: bool) -> tuple[int, ...]:
    """One number for each axis, 1 for that of images; of a number for all spatial axes, or a list
    of 1, `rank` or `rank` + 2."""
    if given is None:
        given = 1
    numbers = (given,) if isinstance(given, int) else given
    if not all(isinstance(n, int) for n in numbers) or len(numbers) not in (1, rank, rank + 2):
        raise InvalidArgumentError(
            f"[{name}] {what} must be an integer, or 1, {rank} or {rank + 2} of them, got {given!r}"
        )
    if min(numbers) < 1:
        raise InvalidArgumentError(f"[{name}] {what} must be at least 1, got {given!r}")
    if max(numbers) > _MOST:
        raise InvalidArgumentError(f"[{name}] {what} must be at most {_MOST}, got {given!r}")
    if len(numbers) == 1:
        numbers = numbers * rank
    if len(numbers) == rank:
        return (1, 1, *numbers) if first else (1, *numbers, 1)
    if numbers[0] != 1:
        raise InvalidArgumentError(
            f"[{name}] {what} of the axis of images must be 1, got {given!r}"
        )
    return tuple(numbers)


def each_axis(name: str, what: str, given: Any, rank: int, first: bool) -> tuple[int, ...]:
    """The same for the spatial axes; that of channels has 1, too."""
    numbers = every_axis(name, what, given, rank, first)
    if numbers[1 if first else -1] != 1:
        raise InvalidArgumentError(
            f"[{name}] {what} of the axes of images and channels must be 1, got {given!r}"
        )
    return numbers[2:] if first else numbers[1:-1]


def margins(name: str, padding: Any, rank: int, first: bool) -> tuple[tuple[int, int], ...] | str:
    """ "SAME", "VALID", or how much there is before and behind each spatial axis."""
    if isinstance(padding, str):
        if padding.upper() in ("SAME", "VALID"):
            return padding.upper()
    elif isinstance(padding, tuple) and len(padding) in (rank, rank + 2):
        pairs = padding
        if len(pairs) == rank + 2:
            pairs = pairs[2:] if first else pairs[1:-1]
            others = (padding[0], padding[1 if first else -1])
            if any(tuple(pair) != (0, 0) for pair in others):
                raise InvalidArgumentError(
                    f"[{name}] the axes of images and channels have no padding, got {padding!r}"
                )
        if all(isinstance(p, tuple) and len(p) == 2 and min(p) >= 0 for p in pairs):
            if max(map(max, pairs)) > _MOST:
                raise InvalidArgumentError(
                    f"[{name}] padding must be at most {_MOST}, got {padding!r}"
                )
            return pairs
    raise InvalidArgumentError(
        f"[{name}] padding is 'SAME', 'VALID', or a pair of numbers for each axis, got {padding!r}"
    )


def slide(
    name: str, extent: int, taps: int, stride: int, dilation: int, padding: str | tuple[int, int]
) -> tuple[int, int]:
    """How far before the beginning a window starts, and how many positions it has."""
    wide = (taps - 1) * dilation + 1
    if padding == "SAME":
        out = -(-extent // stride)
        return max((out - 1) * stride + wide - extent, 0) // 2, out
    before, behind = (0, 0) if isinstance(padding, str) else padding
    out = (extent + before + behind - wide) // stride + 1
    if out < 0:
        raise InvalidArgumentError(
            f"[{name}] a window of {wide} does not fit an axis of {extent + before + behind}"
        )
    return before, out


def without_far_taps(attributes: list[int], w: Tensor) -> tuple[list[int], Tensor]:
    """The same convolution, by those taps of the filter alone that reach the input from anywhere:
    it need not be padded for the others."""
    given = attributes
    key: list[slice] = []
    for k in range(2, 2 + 6 * attributes[1], 6):
        step, hole, before, extent, taps, out = attributes[k : k + 6]
        reaching = []
        for t in range(taps):
            place = t * hole - before
            nearest = max(0, -(place // step))  # the first position from which it is inside
            if nearest < out and place + nearest * step < extent:
                reaching.append(t)
        low, high = (reaching[0], reaching[-1] + 1) if reaching else (0, taps)
        key.append(slice(low, high))
        if high - low < taps:
            attributes = attributes.copy()
            attributes[k + 2] = before - low * hole
            attributes[k + 4] = high - low
    return attributes, w if attributes is given else w[tuple(key)]


def moved_last(x: Tensor, first: bool) -> Tensor:
    """Channels behind all other axes."""
    if not first:
        return x
    return _core.transpose(x, [0, *range(2, x.ndim), 1])


def moved_back(x: Tensor, first: bool) -> Tensor:
    """Channels where they were."""
    if not first:
        return x
    return _core.transpose(x, [0, x.ndim - 1, *range(1, x.ndim - 1)])


def pairs_of(numbers: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """A flat list of numbers as pairs."""
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))
