"""Where values of an exported program are: memory and locals, and views of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograd_c.exporting.types import literal

Extents = tuple[int, ...]


class Base:
    """Elements in C order: an argument, a constant, or what an instruction makes.

    Attributes:
      dtype: its name.
      size: number of elements.
      text: what it is called in C: a local or an argument if `is_scalar`, or an array.
      is_scalar: a single element that is no array.
      is_given: nobody writes to it.
      elements: of a constant: all of them, one after the other.
      made_by: the statement or step that makes it.
    """

    def __init__(self, dtype: str, size: int) -> None:
        self.dtype, self.size = dtype, size
        self.text = ""
        self.is_scalar = size == 1
        self.is_given = False
        self.elements: Any = None
        self.made_by: Any = None
        self.is_stored = False
        self.shares: Base | None = None  # the memory of that one, which nobody needs any more


class View:
    """Elements of a base, by strides."""

    def __init__(self, base: Base, shape: Extents, strides: Extents, offset: int = 0) -> None:
        self.base, self.shape, self.strides, self.offset = base, shape, strides, offset

    @property
    def dtype(self) -> str:
        return self.base.dtype

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def is_whole(self) -> bool:
        """All of the base in its order."""
        return self.size == self.base.size and self.is_in_order and self.offset == 0

    @property
    def is_in_order(self) -> bool:
        """Whether its elements lie one after the other."""
        expected = 1
        for extent, stride in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if extent != 1 and stride != expected:
                return False
            expected *= extent
        return True

    @property
    def is_uniform(self) -> bool:
        """Whether all elements are the same one."""
        return all(s == 0 or n == 1 for n, s in zip(self.shape, self.strides, strict=True))

    def at(self, index: Sequence[Any]) -> str:
        """An element, by texts or numbers."""
        return element(self.base, self.offset, list(zip(self.strides, index, strict=True)))

    def broadcast(self, shape: Extents) -> View:
        lead = len(shape) - len(self.shape)
        strides = tuple(
            0 if k < lead or self.shape[k - lead] == 1 else self.strides[k - lead]
            for k in range(len(shape))
        )
        return View(self.base, shape, strides, self.offset)

    def reshaped(self, shape: Extents) -> View | None:
        """None if the elements do not lie so that this is a view."""
        if self.is_uniform:
            return View(self.base, shape, (0,) * len(shape), self.offset)
        if not self.is_in_order:
            return None
        return View(self.base, shape, c_strides(shape), self.offset)

    def seen(self, packed: Sequence[int]) -> View:
        """As the engine's views are written: see `pack` in csrc/ops/shape.cpp."""
        spec = ViewSpec(packed)
        strides = [0] * len(spec.shape)
        offset = self.offset
        for d in range(len(spec.start)):
            if math.prod(spec.shape):
                offset += spec.start[d] * self.strides[d]
            if spec.to[d] >= 0:
                strides[spec.to[d]] += spec.step[d] * self.strides[d]
        return View(self.base, spec.shape, tuple(strides), offset)

    def moved_last(self, axes: Iterable[int]) -> View:
        """With some axes behind the others."""
        last = list(axes)
        order = [k for k in range(len(self.shape)) if k not in last] + last
        return View(
            self.base,
            tuple(self.shape[k] for k in order),
            tuple(self.strides[k] for k in order),
            self.offset,
        )


class ViewSpec:
    """A view as attributes of instructions have it: rank, (start, step, axis), extents."""

    def __init__(self, packed: Sequence[int]) -> None:
        rank = packed[0]
        self.start = packed[1 : 1 + 3 * rank : 3]
        self.step = packed[2 : 1 + 3 * rank : 3]
        self.to = packed[3 : 1 + 3 * rank : 3]
        self.shape = tuple(packed[1 + 3 * rank :])


def c_strides(shape: Sequence[int]) -> Extents:
    strides, step = [0] * len(shape), 1
    for k in range(len(shape) - 1, -1, -1):
        strides[k] = step
        step *= shape[k]
    return tuple(strides)


def whole(base: Base, shape: Extents) -> View:
    return View(base, shape, c_strides(shape))


def constant(array: np.ndarray[Any, Any]) -> View:
    """Of one element if all are the same, bit by bit."""
    flat = np.ravel(array)
    is_one = len(flat) > 0 and flat.tobytes() == flat[:1].tobytes() * len(flat)
    base = Base(array.dtype.name, 1 if is_one else flat.size)
    base.is_given = True
    base.elements = flat[:1] if is_one else flat
    if is_one:
        base.text = literal(base.dtype, flat[0])
        return View(base, array.shape, (0,) * array.ndim)
    base.is_scalar = False
    return whole(base, array.shape)


def element(base: Base, offset: int, terms: Sequence[tuple[int, Any]]) -> str:
    """base[offset + stride * index + ...]"""
    if base.is_scalar:
        return base.text
    return f"{base.text}[{index_text(offset, terms)}]"


def index_text(offset: int, terms: Sequence[tuple[int, Any]]) -> str:
    parts = []
    for stride, index in terms:
        if isinstance(index, int):
            offset += stride * index
        elif stride:
            sign = "-" if stride < 0 else "+"
            plain = index if index.isidentifier() or abs(stride) == 1 else f"({index})"
            if abs(stride) == 1 and sign == "-" and not index.isidentifier():
                plain = f"({index})"
            parts.append((sign, plain if abs(stride) == 1 else f"{abs(stride)} * {plain}"))
    parts.sort(key=lambda part: part[0] == "-")
    text = ""
    if parts and parts[0][0] == "-":
        text, offset = str(offset), 0
    for sign, part in parts:
        text = f"{text} {sign} {part}" if text else part
    if offset or not text:
        text = f"{text} {'-' if offset < 0 else '+'} {abs(offset)}" if text else str(offset)
    return text
