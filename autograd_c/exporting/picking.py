"""Elements and rows that indices name, as loops of C."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_c.exporting.expressions import value_of
from autograd_c.exporting.moving import fill, first_as_result, nothing
from autograd_c.exporting.rows import cast_text, step
from autograd_c.exporting.steps import Call
from autograd_c.exporting.types import kind_of, literal
from autograd_c.exporting.values import Base, Extents, View, index_text, whole
from autograd_c.exporting.writer import Writer


def checked_index(w: Writer, text: str, dtype: str, extent: int) -> str:
    """A local with an index that counts from the front; the function fails if there is none."""
    name = w.local("r")
    if kind_of(dtype) == "unsigned":
        w.fail_if(f"{text} >= {extent}u" if extent else "true", "an index is out of range")
        w.line(f"const ptrdiff_t {name} = (ptrdiff_t){text};")
        return name
    w.line(f"const ptrdiff_t {name} = (ptrdiff_t){text} + ({text} < 0 ? {extent} : 0);")
    w.fail_if(f"{name} < 0 || {name} >= {extent}", "an index is out of range")
    return name


class Rows:
    """An array whose rows are picked by numbers for some of its axes together."""

    def __init__(self, view: View, mask: int) -> None:
        rank = len(view.shape)
        self.view = view
        self.picked = [k for k in range(rank) if mask >> k & 1]
        self.rest = [k for k in range(rank) if not mask >> k & 1]
        self.count = math.prod(view.shape[k] for k in self.picked)
        self.shape: Extents = tuple(view.shape[k] for k in self.rest)

    def at(self, row: str, index: list[str | int]) -> str:
        all_: list[str | int] = [0] * len(self.view.shape)
        for k, i in zip(self.rest, index, strict=True):
            all_[k] = i
        inside = 1
        for k in reversed(self.picked):
            text = row if inside == 1 else f"{row} / {inside}"
            if k != self.picked[0]:
                text = f"{text} % {self.view.shape[k]}"
            all_[k] = text
            inside *= self.view.shape[k]
        return self.view.at(all_)


@step("gather")
def _gather(call: Call, w: Writer) -> None:
    rows = Rows(call.inputs[0], call.attributes[1])
    indices = call.inputs[1]
    with w.loops(indices.shape) as where:
        row = checked_index(w, indices.at(where), indices.dtype, rows.count)
        with w.loops(rows.shape) as index:
            w.line(f"{call.result.at([*where, *index])} = {rows.at(row, index)};")


@step("scatter_add")
def _scatter_add(call: Call, w: Writer) -> None:
    fill(w, call.result, nothing(call.result))
    _combine(call, w, call.inputs[0], call.inputs[1])


@step("scatter_update", "scatter_sum", "scatter_min", "scatter_max", in_place=True)
def _scatter(call: Call, w: Writer) -> None:
    first_as_result(call, w)
    _combine(call, w, call.inputs[1], call.inputs[2])


def _combine(call: Call, w: Writer, values: View, indices: View) -> None:
    rows = Rows(call.result, call.attributes[0])
    with w.loops(indices.shape) as where:
        row = checked_index(w, indices.at(where), indices.dtype, rows.count)
        with w.loops(rows.shape) as index:
            x, target = values.at([*where, *index]), rows.at(row, index)
            if call.name == "scatter_update":
                w.line(f"{target} = {x};")
            elif call.name in ("scatter_add", "scatter_sum"):
                w.line(f"{target} = {value_of('add', call.dtype, [target, x], w.helpers)};")
            else:
                sign = "<" if call.name == "scatter_min" else ">"
                w.line(f"if ({x} {sign} {target}) {target} = {x};")


@step("row_indices")
def _row_indices(call: Call, w: Writer) -> None:
    indices = call.inputs[0]
    with w.loops(indices.shape) as where:
        row = checked_index(w, indices.at(where), indices.dtype, call.attributes[0])
        w.line(f"{call.result.at(where)} = {row};")


@step("flat_indices")
def _flat_indices(call: Call, w: Writer) -> None:
    indices = call.inputs[0]
    with w.loops(call.shape) as where:
        text = ""
        for k, extent in enumerate(call.attributes):
            row = checked_index(w, indices.at([*where, k]), indices.dtype, extent)
            text = f"({text}) * {extent} + {row}" if text else row
        w.line(f"{call.result.at(where)} = {text};")


@step("take_along_axis")
def _take_along(call: Call, w: Writer) -> None:
    x, indices = call.inputs
    axis = call.attributes[0]
    with w.loops(indices.shape) as where:
        row = checked_index(w, indices.at(where), indices.dtype, x.shape[axis])
        own = [row if k == axis else i for k, i in enumerate(where)]
        w.line(f"{call.result.at(where)} = {x.at(own)};")


@step("put_along_axis")
def _put_along(call: Call, w: Writer) -> None:
    fill(w, call.result, nothing(call.result))
    values, indices = call.inputs
    axis = call.attributes[0]
    with w.loops(indices.shape) as where:
        row = checked_index(w, indices.at(where), indices.dtype, call.attributes[1])
        target = call.result.at([row if k == axis else i for k, i in enumerate(where)])
        text = value_of("add", call.dtype, [target, values.at(where)], w.helpers)
        w.line(f"{target} = {text};")


def _segment(w: Writer, numbers: View, where: list[str | int], segments: int) -> str:
    row = w.local("r")
    w.line(f"const ptrdiff_t {row} = (ptrdiff_t){numbers.at(where)};")
    w.fail_if(f"{row} >= {segments}", "the number of a segment is out of range")
    return row


@contextmanager
def _rows_of_segments(call: Call, w: Writer) -> Iterator[tuple[list[Any], list[Any]]]:
    """All rows, one after the other: where one is, and where that of its segment is in the result.

    Those of negative numbers are left out.
    """
    is_sorted, segments, leading = call.attributes
    x, numbers = call.inputs
    last = w.local("r")
    if is_sorted:
        w.line(f"ptrdiff_t {last} = 0;")
    with w.loops(numbers.shape) as where, w.loops(x.shape[:leading]) as before:
        row = _segment(w, numbers, where, segments)
        if is_sorted:
            w.fail_if(f"{row} < {last}", "segment ids are not increasing")
            w.line(f"{last} = {row};")
        with w.block(f"if ({row} >= 0)"):
            yield [*before, *where], [*before, row]


@step("segment_sum")
def _segment_sum(call: Call, w: Writer) -> None:
    x = call.inputs[0]
    fill(w, call.result, nothing(call.result))
    with _rows_of_segments(call, w) as (here, there), w.loops(x.shape[len(here) :]) as index:
        target = call.result.at([*there, *index])
        text = value_of("add", call.dtype, [target, x.at([*here, *index])], w.helpers)
        w.line(f"{target} = {text};")


@step("segment_pick")
def _segment_pick(call: Call, w: Writer) -> None:
    leading = call.attributes[0]
    x, numbers = call.inputs
    segments = x.shape[leading]
    fill(w, call.result, nothing(call.result))
    with w.loops(x.shape[:leading]) as before, w.loops(numbers.shape) as where:
        row = _segment(w, numbers, where, segments)
        with w.block(f"if ({row} >= 0)"):
            with w.loops(x.shape[leading + 1 :]) as index:
                target = call.result.at([*before, *where, *index])
                w.line(f"{target} = {x.at([*before, row, *index])};")


def _seen(call: Call) -> list[Base]:
    _, segments, leading = call.attributes
    base = Base("bool", max(2, math.prod(call.shape[:leading]) * segments))
    return [base]


@step("segment_max", "segment_min", scratch=_seen)
def _segment_extremum(call: Call, w: Writer) -> None:
    """Of a segment without rows 0 if they have to be sorted, else the end of the finite range."""
    is_sorted, segments, leading = call.attributes
    x = call.inputs[0]
    is_largest = call.name == "segment_max"
    limits = np.finfo(call.dtype) if kind_of(call.dtype) == "floating" else np.iinfo(call.dtype)
    start = 0 if is_sorted else limits.min if is_largest else limits.max
    fill(w, call.result, literal(call.dtype, start))
    seen = whole(call.scratch[0], (*call.shape[:leading], segments))
    with w.loops(seen.shape) as index:
        w.line(f"{seen.at(index)} = false;")
    with _rows_of_segments(call, w) as (here, there):
        with w.loops(x.shape[len(here) :]) as index:
            target, value = call.result.at([*there, *index]), x.at([*here, *index])
            tests = [f"!{seen.at(there)}", f"{value} {'><'[not is_largest]} {target}"]
            if kind_of(call.dtype) == "floating":  # a NaN is put there, and stays
                tests.append(f"{value} != {value}")
            w.line(f"if ({' || '.join(tests)}) {target} = {value};")
        w.line(f"{seen.at(there)} = true;")


# ---------------------------------------------------------------- orders


def _places(call: Call) -> list[Base]:
    axis = call.attributes[1] if call.name != "top_k" else -1
    return [Base("int32", max(2, call.inputs[0].shape[axis]))]


@step("argsort", "sort", "top_k", scratch=_places)
def _order(call: Call, w: Writer) -> None:
    x = call.inputs[0]
    axis = call.attributes[1] if call.name != "top_k" else len(x.shape) - 1
    is_down = call.attributes[0] if call.name != "top_k" else 1
    x, to = x.moved_last([axis]), call.result.moved_last([axis])
    n, places = x.shape[-1], call.scratch[0].text
    with w.loops(x.shape[:-1]) as index:
        if x.base.is_scalar:
            w.line(f"{places}[0] = 0;")
        else:
            first = index_text(x.offset, list(zip(x.strides, index, strict=False)))
            helper = w.helpers("order", x.dtype)
            w.line(f"{helper}({n}, {x.base.text} + {first}, {x.strides[-1]}, {is_down}, {places});")
        with w.loops([to.shape[-1]]) as (k,):
            place = f"{places}[{k}]"
            text = x.at([*index, place]) if call.name == "sort" else place
            w.line(f"{to.at([*index, k])} = {text};")


@step("searchsorted")
def _searchsorted(call: Call, w: Writer) -> None:
    """How many numbers of a sorted row are below one, or not above it."""
    rows, values = call.inputs
    n = rows.shape[-1]
    with w.loops(values.shape[:-1]) as index:
        first = index_text(rows.offset, list(zip(rows.strides, index, strict=False)))
        with w.loops([values.shape[-1]]) as (k,):
            value = values.at([*index, k])
            if rows.base.is_scalar:
                x = rows.base.text
                test = f"!({value} < {x})" if call.attributes[0] else f"{x} < {value}"
                text = f"({test}) ? 1 : 0" if n else "0"
            else:
                helper = w.helpers("search", rows.dtype)
                text = (
                    f"{helper}({n}, {rows.base.text} + {first}, {rows.strides[-1]}, {value}, "
                    f"{call.attributes[0]})"
                )
            text = f"({text})" if "?" in text else text
            w.line(f"{call.result.at([*index, k])} = {cast_text(w, text, 'int64', call.dtype)};")
