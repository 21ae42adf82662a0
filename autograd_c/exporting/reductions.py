"""Sums and other reductions, running ones, softmax: as loops of C."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from autograd_c.exporting.expressions import value_of
from autograd_c.exporting.rows import cast_text, step
from autograd_c.exporting.steps import Call, collapsed
from autograd_c.exporting.types import c_type, kind_of, literal
from autograd_c.exporting.values import Base, Extents, View, element, index_text, whole
from autograd_c.exporting.writer import Writer

# Longer sums are added up in pairs of blocks.
_PLAIN = 128
# Rows that are added one to the other, if there are no more than these.
_ROWS = 4096


class Lines:
    """An operand of a reduction: what is kept, and the elements that are reduced.

    Attributes:
      kept: extents of the other axes.
      result: the result with these alone.
      count: number of elements that one of the result is of.
      axes, strides: of those, as few as possible.
    """

    def __init__(self, call: Call, operand: View, mask: int) -> None:
        rank = len(operand.shape)
        reduced = [k for k in range(rank) if mask >> k & 1]
        self.x = operand.moved_last(reduced)
        n = rank - len(reduced)
        self.kept: Extents = self.x.shape[:n]
        self.count = math.prod(self.x.shape[n:])
        self.axes, (self.strides,) = collapsed(self.x.shape[n:], [self.x.strides[n:]])
        self.outer = self.x.strides[:n]
        self.result = whole(call.result.base, self.kept)

    def at(self, index: list[str | int], inner: list[str | int]) -> str:
        terms = [*zip(self.outer, index, strict=True), *zip(self.strides, inner, strict=True)]
        return element(self.x.base, self.x.offset, terms)

    def pointer(self, index: list[str | int]) -> str:
        """To the first of the elements that are reduced."""
        base = self.x.base
        if base.is_scalar:
            return f"&{base.text}"
        text = index_text(self.x.offset, list(zip(self.outer, index, strict=True)))
        return base.text if text == "0" else f"{base.text} + {text}"


def accumulator(w: Writer, view: View, dtype: str, start: str) -> str:
    """A local that results are put together in; the result itself if that is a single number."""
    if view.base.is_scalar and view.dtype == dtype:
        if start not in ("0", "false"):  # as it is declared
            w.line(f"{view.base.text} = {start};")
        return view.base.text
    name = w.local("s")
    w.line(f"{c_type(dtype)} {name} = {start};")
    return name


def store(w: Writer, view: View, index: list[str | int], text: str) -> None:
    """Give the result an element, unless it is there."""
    if text != view.at(index):
        w.line(f"{view.at(index)} = {text};")


def reduced(
    call: Call, w: Writer, start: str, update: Callable[[str, str], str], dtype: str = ""
) -> None:
    """A result for each line: `start`, and what `update` writes for each element."""
    lines = Lines(call, call.inputs[0], call.attributes[0])
    with w.loops(lines.kept) as index:
        total = accumulator(w, lines.result, dtype or call.dtype, start)
        with w.loops(lines.axes) as inner:
            w.line(update(total, lines.at(index, inner)))
        store(w, lines.result, index, total)


@step("reduce_sum")
def _sum(call: Call, w: Writer) -> None:
    dtype = call.dtype
    if kind_of(dtype) != "floating":
        reduced(call, w, "0", lambda s, x: f"{s} = {value_of('add', dtype, [s, x], w.helpers)};")
        return
    lines = Lines(call, call.inputs[0], call.attributes[0])
    if lines.count > 1 and all(s == 0 for s in lines.strides):
        with w.loops(lines.kept) as index:
            x = lines.at(index, [0] * len(lines.axes))
            store(w, lines.result, index, f"{literal(dtype, lines.count)} * {x}")
        return
    is_across = (
        lines.kept
        and lines.outer[-1] == 1
        and lines.kept[-1] >= 8
        and 1 < lines.count <= _ROWS
        and not lines.result.base.is_scalar
    )
    if is_across:  # whole rows, so that memory is read in its order
        with w.loops(lines.kept) as index:
            w.line(f"{lines.result.at(index)} = 0;")
        *before, last = lines.kept
        with w.loops(before) as index, w.loops(lines.axes) as inner, w.loops([last]) as (k,):
            w.line(f"{lines.result.at([*index, k])} += {lines.at([*index, k], inner)};")
        return
    if lines.count <= _PLAIN:
        reduced(call, w, "0", lambda s, x: f"{s} += {x};")
        return
    helper = w.helpers("sum", dtype)
    *axes, last = lines.axes
    with w.loops(lines.kept) as index:
        if not axes:
            text = f"{helper}({last}, {lines.pointer(index)}, {lines.strides[-1]})"
            store(w, lines.result, index, text)
            return
        total = accumulator(w, lines.result, dtype, "0")
        with w.loops(axes) as inner:
            terms = list(zip([*lines.outer, *lines.strides], [*index, *inner], strict=False))
            place = index_text(lines.x.offset, terms)
            w.line(
                f"{total} += {helper}({last}, {lines.x.base.text} + {place}, {lines.strides[-1]});"
            )
        store(w, lines.result, index, total)


@step("reduce_prod")
def _product(call: Call, w: Writer) -> None:
    """Its exponent is apart on the way, so that it leaves the range at the end alone."""
    lines = Lines(call, call.inputs[0], call.attributes[0])
    with w.loops(lines.kept) as index:
        total, exponent, e, more = w.local("s"), w.local("s"), w.local("s"), w.local("s")
        w.line(f"double {total} = 1;")
        w.line(f"int64_t {exponent} = 0;")
        w.line(f"int {e} = 0, {more} = 0;")
        with w.loops(lines.axes) as inner:
            x = lines.at(index, inner)
            w.line(f"{total} = frexp({total} * frexp({x}, &{e}), &{more});")
            w.line(f"{exponent} += {e} + {more};")
        held = f"{exponent} > 9999 ? 9999 : {exponent} < -9999 ? -9999 : (int){exponent}"
        store(w, lines.result, index, f"({c_type(call.dtype)})ldexp({total}, {held})")


def _logarithms(call: Call) -> list[Base]:
    base = Base("float64", max(2, math.prod(call.inputs[0].shape)))
    return [base]


@step("product_leaves_range", scratch=_logarithms)
def _product_leaves_range(call: Call, w: Writer) -> None:
    """Of each line of numbers, whether a product of some of them on the way leaves the range."""
    lines = Lines(call, call.inputs[0], call.attributes[0])
    widest = 1020 if call.inputs[0].dtype == "float64" else 124
    logs = call.scratch[0].text
    with w.loops(lines.kept) as index:
        count = w.local("s")
        w.line(f"ptrdiff_t {count} = 0;")
        with w.loops(lines.axes) as inner:
            x = lines.at(index, inner)
            is_number = f"{x} != 0 && {x} - {x} == 0"
            w.line(f"{logs}[{count}++] = {is_number} ? log2(fabs((double){x})) : 0;")
        helper = w.helpers("product_leaves_range", "float64")
        store(w, lines.result, index, f"{helper}({count}, {logs}, {widest})")


@step("norm")
def _norm(call: Call, w: Writer) -> None:
    lines = Lines(call, call.inputs[0], call.attributes[0])
    f = "f" if call.dtype == "float32" else ""
    if len(lines.axes) > 1:
        # The norm of the norms of the rows.
        *axes, last = lines.axes
        with w.loops(lines.kept) as index:
            total = accumulator(w, lines.result, call.dtype, "0")
            with w.loops(axes) as inner:
                terms = list(zip([*lines.outer, *lines.strides], [*index, *inner], strict=False))
                place = index_text(lines.x.offset, terms)
                part = (
                    f"{w.helpers('norm', call.dtype)}({last}, {lines.x.base.text} + {place}, "
                    f"{lines.strides[-1]})"
                )
                w.line(f"{total} = hypot{f}({total}, {part});")
            store(w, lines.result, index, total)
        return
    stride = lines.strides[0] if lines.axes else 1
    root = literal(call.dtype, math.sqrt(lines.count))
    with w.loops(lines.kept) as index:
        if lines.x.base.is_scalar:  # which may have no address
            text = f"{root} * fabs{f}({lines.x.base.text})"
        else:
            helper = w.helpers("norm", call.dtype)
            text = f"{helper}({lines.count}, {lines.pointer(index)}, {stride})"
        store(w, lines.result, index, text)


def _end(dtype: str, largest: bool) -> str:
    if kind_of(dtype) == "floating":
        return literal(dtype, math.inf if largest else -math.inf)
    limits = np.iinfo(dtype)
    return literal(dtype, limits.max if largest else limits.min)


@step("reduce_max", "reduce_min")
def _extremum(call: Call, w: Writer) -> None:
    is_largest = call.name == "reduce_max"
    row = "maximum" if is_largest else "minimum"
    reduced(
        call,
        w,
        _end(call.dtype, not is_largest),
        lambda s, x: f"{s} = {value_of(row, call.dtype, [s, x], w.helpers)};",
    )


@step("reduce_any", "reduce_all")
def _any_all(call: Call, w: Writer) -> None:
    is_all = call.name == "reduce_all"
    sign = "&&" if is_all else "||"
    reduced(call, w, "true" if is_all else "false", lambda s, x: f"{s} = {s} {sign} {x};")


@step("reduce_logsumexp")
def _logsumexp(call: Call, w: Writer) -> None:
    lines = Lines(call, call.inputs[0], call.attributes[0])
    f = "f" if call.dtype == "float32" else ""
    kind = c_type(call.dtype)
    with w.loops(lines.kept) as index:
        largest, total = w.local("s"), w.local("s")
        w.line(f"{kind} {largest} = {literal(call.dtype, -math.inf)}, {total} = 0;")
        with w.loops(lines.axes) as inner:
            x = lines.at(index, inner)
            w.line(f"if ({x} > {largest} || {x} != {x}) {largest} = {x};")
        with w.loops(lines.axes) as inner:
            w.line(f"{total} += exp{f}({lines.at(index, inner)} - {largest});")
        store(
            w,
            lines.result,
            index,
            f"{largest} - {largest} == 0 ? {largest} + log{f}({total}) : {largest}",
        )


@step("spread_extremum")
def _spread(call: Call, w: Writer) -> None:
    """Cotangents to the elements that are the extremum, in equal parts."""
    g, x, y = call.inputs
    mask = call.attributes[0]
    lines = Lines(call, x, mask)
    rank = len(x.shape)
    order = [k for k in range(rank) if not mask >> k & 1]
    reduced_axes = [k for k in range(rank) if mask >> k & 1]
    gs, ys = g.moved_last(reduced_axes), y.moved_last(reduced_axes)
    to = call.result.moved_last(reduced_axes)
    kept = tuple(x.shape[k] for k in order)
    inner_shape = to.shape[len(kept) :]
    moved = lines.x
    kind = c_type(call.dtype)
    if to.base.is_scalar:
        w.line(f"{to.base.text} = {gs.at([0] * rank)};")
        return
    with w.loops(kept) as index:
        zeros: list[str | int] = [0] * len(inner_shape)
        count = w.local("s")
        w.line(f"{kind} {count} = 0;")
        extremum = ys.at([*index, *zeros])
        with w.loops(inner_shape) as inner:
            w.line(f"{count} += {moved.at([*index, *inner])} == {extremum};")
        with w.loops(inner_shape) as inner:
            ties = f"({moved.at([*index, *inner])} == {extremum})"
            w.line(f"{to.at([*index, *inner])} = {ties} / {count} * {gs.at([*index, *zeros])};")


@step("argmax", "argmin")
def _place(call: Call, w: Writer) -> None:
    lines = Lines(call, call.inputs[0], 1 << call.attributes[0])
    dtype = call.inputs[0].dtype
    sign = ">" if call.name == "argmax" else "<"
    n = call.inputs[0].shape[call.attributes[0]]
    stride = call.inputs[0].strides[call.attributes[0]]
    with w.loops(lines.kept) as index:
        place = w.local("s")
        w.line(f"int64_t {place} = 0;")
        terms = list(zip(lines.outer, index, strict=True))

        def at(k: str | int) -> str:
            return element(lines.x.base, lines.x.offset, [*terms, (stride, k)])

        if n > 1:
            best = w.local("s")
            w.line(f"{c_type(dtype)} {best} = {at(0)};")
            with w.loop(n, 1) as k:
                test = f"{at(k)} {sign} {best}"
                if kind_of(dtype) == "floating":  # any number is further out than NaN
                    test = f"{test} || ({best} != {best} && {at(k)} == {at(k)})"
                with w.block(f"if ({test})"):
                    w.line(f"{place} = {k};")
                    w.line(f"{best} = {at(k)};")
        store(w, lines.result, index, cast_text(w, place, "int64", call.dtype))


# ---------------------------------------------------------------- running ones


@step("cumsum", "cumprod", "linear_recurrence", "cumulative_logsumexp")
def _running(call: Call, w: Writer) -> None:
    exclusive, backwards, axis = call.attributes
    operands = [v.moved_last([axis]) for v in call.inputs]
    to = call.result.moved_last([axis])
    n = to.shape[-1]
    kind, dtype = c_type(call.dtype), call.dtype
    f = "f" if dtype == "float32" else ""

    def row(name: str, a: str, b: str) -> str:
        return value_of(name, dtype, [a, b], w.helpers)

    start = {"cumprod": "1", "cumulative_logsumexp": f"(-({kind})INFINITY)"}
    with w.loops(to.shape[:-1]) as index:
        last = w.local("s")
        w.line(f"{kind} {last} = {start.get(call.name, '0')};")
        with w.loop(n, 0, bool(backwards)) as k:
            at = [v.at([*index, k]) for v in operands]
            target = to.at([*index, k])
            if exclusive and call.name != "linear_recurrence":
                w.line(f"{target} = {last};")
            if call.name == "linear_recurrence":
                # The first term has no factor.
                before = f"({k} {'+' if backwards else '-'} 1)" if exclusive else k
                factor = operands[0].at([*index, before])
                term = row("add", at[1], f"({row('multiply', factor, last)})")
                first = n - 1 if backwards else 0
                w.line(f"{last} = {k} == {first} ? {at[1]} : {term};")
            elif call.name == "cumulative_logsumexp":
                high, low = w.local("s"), w.local("s")
                w.line(f"const {kind} {high} = {last} > {at[0]} ? {last} : {at[0]};")
                w.line(f"const {kind} {low} = {last} > {at[0]} ? {at[0]} : {last};")
                power = f"{high} + log1p{f}(exp{f}({low} - {high}))"
                unless = f"{low} != {low} ? {low} : {high}"  # NaN stays, behind infinities, too
                w.line(f"{last} = {high} - {high} == 0 ? {power} : {unless};")
            else:
                name = "add" if call.name == "cumsum" else "multiply"
                w.line(f"{last} = {row(name, last, at[0])};")
            if not exclusive or call.name == "linear_recurrence":
                w.line(f"{target} = {last};")


# ---------------------------------------------------------------- softmax


@step("softmax", "log_softmax")
def _softmax(call: Call, w: Writer) -> None:
    axis = len(call.shape) - 1 - call.attributes[0]
    x, y = call.inputs[0].moved_last([axis]), call.result.moved_last([axis])
    n, kind = x.shape[-1], c_type(call.dtype)
    f = "f" if call.dtype == "float32" else ""
    with w.loops(x.shape[:-1]) as index:
        largest, total = w.local("s"), w.local("s")
        w.line(f"{kind} {largest} = {literal(call.dtype, -math.inf)}, {total} = 0;")
        with w.loops([n]) as (k,):
            at = x.at([*index, k])
            w.line(f"if ({at} > {largest}) {largest} = {at};")
        if call.name == "softmax":
            with w.loops([n]) as (k,):
                w.line(f"{y.at([*index, k])} = exp{f}({x.at([*index, k])} - {largest});")
                w.line(f"{total} += {y.at([*index, k])};")
            with w.loops([n]) as (k,):
                w.line(f"{y.at([*index, k])} *= 1 / {total};")
        else:
            with w.loops([n]) as (k,):
                w.line(f"{total} += exp{f}({x.at([*index, k])} - {largest});")
            w.line(f"{total} = log{f}({total});")
            with w.loops([n]) as (k,):
                w.line(f"{y.at([*index, k])} = ({x.at([*index, k])} - {largest}) - {total};")


@step("softmax_slope", "log_softmax_slope")
def _softmax_slope(call: Call, w: Writer) -> None:
    axis = len(call.shape) - 1 - call.attributes[0]
    g, y = (v.broadcast(call.shape).moved_last([axis]) for v in call.inputs)
    to = call.result.moved_last([axis])
    n, kind = y.shape[-1], c_type(call.dtype)
    f = "f" if call.dtype == "float32" else ""
    with w.loops(y.shape[:-1]) as index:
        total = w.local("s")
        w.line(f"{kind} {total} = 0;")
        with w.loops([n]) as (k,):
            factor = f" * {y.at([*index, k])}" if call.name == "softmax_slope" else ""
            w.line(f"{total} += {g.at([*index, k])}{factor};")
        with w.loops([n]) as (k,):
            at = [*index, k]
            if call.name == "softmax_slope":
                w.line(f"{to.at(at)} = {y.at(at)} * ({g.at(at)} - {total});")
            else:
                w.line(f"{to.at(at)} = {g.at(at)} - exp{f}({y.at(at)}) * {total};")
