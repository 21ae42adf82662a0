"""Operations that put elements elsewhere, as loops of C."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_c.exporting.expressions import value_of
from autograd_c.exporting.rows import step
from autograd_c.exporting.steps import Call, collapsed
from autograd_c.exporting.types import literal
from autograd_c.exporting.values import Extents, View, ViewSpec, element
from autograd_c.exporting.writer import Writer


def copy(w: Writer, source: View, target: View) -> None:
    """The elements of one view to another of the same extents."""
    if target.size == 0:
        return
    extents, (to, of) = collapsed(target.shape, [target.strides, source.strides])
    with w.loops(extents) as index:
        a = element(target.base, target.offset, list(zip(to, index, strict=True)))
        b = element(source.base, source.offset, list(zip(of, index, strict=True)))
        w.line(f"{a} = {b};")


def add(w: Writer, source: View, target: View) -> None:
    """The same, added to what is there."""
    with w.loops(target.shape) as index:
        a = target.at(index)
        w.line(f"{a} = {value_of('add', target.dtype, [a, source.at(index)], w.helpers)};")


def fill(w: Writer, target: View, text: str) -> None:
    """All elements of a base."""
    with w.loops([target.base.size]) as (k,):
        w.line(f"{element(target.base, 0, [(1, k)])} = {text};")


def nothing(view: View) -> str:
    return literal(view.dtype, 0)


def first_as_result(call: Call, w: Writer) -> None:
    """The elements of input 0, unless they are in the memory of the result already."""
    if call.result.base.shares is None:
        copy(w, call.inputs[0], call.result)


@step("concat", "stack")
def _join(call: Call, w: Writer) -> None:
    axis, is_new = call.attributes[0], call.attributes[1]
    place = 0
    for part, extent in zip(call.inputs, call.attributes[2:], strict=True):
        shape = (*part.shape[:axis], 1, *part.shape[axis:]) if is_new else part.shape
        strides = (*part.strides[:axis], 0, *part.strides[axis:]) if is_new else part.strides
        to = call.result
        target = View(to.base, shape, to.strides, to.offset + place * to.strides[axis])
        copy(w, View(part.base, shape, strides, part.offset), target)
        place += extent


@step("put", in_place=True)
def _put(call: Call, w: Writer) -> None:
    first_as_result(call, w)
    copy(w, call.inputs[1], call.result.seen(call.attributes))


@step("unview")
def _unview(call: Call, w: Writer) -> None:
    spec = call.attributes[1 + call.attributes[0] :]
    fill(w, call.result, nothing(call.result))
    target = call.result.seen(spec)
    if _repeats(ViewSpec(spec)):
        add(w, call.inputs[0], target)
    else:
        copy(w, call.inputs[0], target)


def _repeats(spec: ViewSpec) -> bool:
    walked = {to for to, move in zip(spec.to, spec.step, strict=True) if to >= 0 and move}
    return any(k not in walked and extent > 1 for k, extent in enumerate(spec.shape))


# ---------------------------------------------------------------- runs along axes


Run = tuple[int, int, int]  # start, step, count; a step of 0 is filled


def _runs(packed: Sequence[int]) -> list[list[Run]]:
    axes, at = [], 0
    while at < len(packed):
        count = packed[at]
        numbers = packed[at + 1 : at + 1 + 3 * count]
        axes.append([(numbers[k], numbers[k + 1], numbers[k + 2]) for k in range(0, 3 * count, 3)])
        at += 1 + 3 * count
    return axes


def _boxes(axes: list[list[Run]]) -> list[tuple[list[int], list[Run]]]:
    """Places in the result, and the runs that meet there, of each part that is not filled."""
    boxes: list[tuple[list[int], list[Run]]] = [([], [])]
    for runs in axes:
        longer, place = [], 0
        for run in runs:
            if run[1] != 0:
                longer += [([*places, place], [*taken, run]) for places, taken in boxes]
            place += run[2]
        boxes = longer
    return boxes


def _parts(axes: list[list[Run]], whole_: View, arranged: View) -> list[tuple[View, View]]:
    """Views of the operand, and of the result, for each part."""
    parts = []
    for places, taken in _boxes(axes):
        shape: Extents = tuple(run[2] for run in taken)
        parts.append(
            (
                View(
                    whole_.base,
                    shape,
                    tuple(s * run[1] for s, run in zip(whole_.strides, taken, strict=True)),
                    whole_.offset
                    + sum(s * run[0] for s, run in zip(whole_.strides, taken, strict=True)),
                ),
                View(
                    arranged.base,
                    shape,
                    arranged.strides,
                    arranged.offset
                    + sum(s * p for s, p in zip(arranged.strides, places, strict=True)),
                ),
            )
        )
    return parts


@step("arrange")
def _arrange(call: Call, w: Writer) -> None:
    axes = _runs(call.attributes)
    if any(run[1] == 0 for runs in axes for run in runs):
        filling = call.inputs[1]
        fill(w, call.result, filling.at([0] * len(filling.shape)))
    for source, target in _parts(axes, call.inputs[0], call.result):
        copy(w, source, target)


@step("arrange_back")
def _arrange_back(call: Call, w: Writer) -> None:
    fill(w, call.result, nothing(call.result))
    axes = _runs(call.attributes[1 + call.attributes[0] :])
    for target, source in _parts(axes, call.result, call.inputs[0]):
        add(w, source, target)


# ---------------------------------------------------------------- diagonals


def _diagonals(attributes: Sequence[int], m: int, n: int) -> list[tuple[int, int, int, int]]:
    """Of each diagonal its row, the first place in that, the place in the matrix, the length."""
    superdiagonals_left, subdiagonals_left, lower, upper = attributes[:4]
    columns = max(0, min(m + min(upper, 0), n - max(lower, 0)))
    found = []
    for k in range(upper, lower - 1, -1):
        count = max(0, min(m + min(k, 0), n - max(k, 0)))
        left = (k >= 0 and superdiagonals_left) or (k <= 0 and subdiagonals_left)
        found.append((upper - k, 0 if left else columns - count, k if k >= 0 else -k * n, count))
    return found


def _of_diagonals(view: View, rows: int) -> View:
    """With an axis of diagonals, where there is one alone."""
    if rows > 1:
        return view
    shape, strides = view.shape, view.strides
    return View(
        view.base, (*shape[:-1], 1, shape[-1]), (*strides[:-1], 0, strides[-1]), view.offset
    )


def _diagonal_parts(call: Call, matrices: View, rows: View) -> list[tuple[View, View]]:
    m, n = matrices.shape[-2:]
    *batch, by_row, by_column = matrices.strides
    count = call.attributes[3] - call.attributes[2] + 1
    rows = _of_diagonals(rows, count)
    parts = []
    for row, first, place, length in _diagonals(call.attributes, m, n):
        shape = (*matrices.shape[:-2], length)
        i, j = divmod(place, n)
        offset = matrices.offset + i * by_row + j * by_column
        parts.append(
            (
                View(matrices.base, shape, (*batch, by_row + by_column), offset),
                View(
                    rows.base,
                    shape,
                    (*rows.strides[:-2], rows.strides[-1]),
                    rows.offset + row * rows.strides[-2] + first * rows.strides[-1],
                ),
            )
        )
    return parts


@step("diag_part")
def _diag_part(call: Call, w: Writer) -> None:
    if call.attributes[3] > call.attributes[2]:
        fill(w, call.result, nothing(call.result))
    for source, target in _diagonal_parts(call, call.inputs[0], call.result):
        copy(w, source, target)


@step("diag")
def _diag(call: Call, w: Writer) -> None:
    fill(w, call.result, nothing(call.result))
    for target, source in _diagonal_parts(call, call.result, call.inputs[0]):
        copy(w, source, target)
