"""Products of matrices, and equations with them: as loops of C, which no library is needed for."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd_c.exporting.expressions import value_of
from autograd_c.exporting.moving import fill
from autograd_c.exporting.reductions import accumulator, store
from autograd_c.exporting.rows import step
from autograd_c.exporting.steps import Call
from autograd_c.exporting.types import c_type, kind_of
from autograd_c.exporting.values import Base, View, c_strides, index_text
from autograd_c.exporting.writer import Writer

# Products of so many numbers are functions, which programs of many of them are shorter by.
_CALLED = 512
# Longer rows are multiplied with several sums at a time.
_PLAIN = 16


def _turned(view: View, is_turned: int) -> View:
    """With the last two axes exchanged."""
    if not is_turned:
        return view
    *shape, m, n = view.shape
    *strides, s, t = view.strides
    return View(view.base, (*shape, n, m), (*strides, t, s), view.offset)


def _pointer(view: View, index: Sequence[str | int]) -> str:
    """To the first element behind some indices."""
    terms = list(zip(view.strides, index, strict=False))
    text = index_text(view.offset, terms)
    if view.base.is_scalar:
        return f"&{view.base.text}"
    return view.base.text if text == "0" else f"{view.base.text} + {text}"


@step("matmul")
def _matmul(call: Call, w: Writer) -> None:
    a = _turned(call.inputs[0], call.attributes[0])
    b = _turned(call.inputs[1], call.attributes[1])
    batch = call.shape[:-2]
    a, b = (v.broadcast((*batch, *v.shape[-2:])) for v in (a, b))
    m, inner, n = a.shape[-2], a.shape[-1], b.shape[-1]
    y, dtype, kind = call.result, call.dtype, c_type(call.dtype)

    def term(total: str, left: str, right: str) -> str:
        if kind_of(dtype) == "floating":
            return f"{total} += {left} * {right};"
        product = value_of("multiply", dtype, [left, right], w.helpers)
        return f"{total} = {value_of('add', dtype, [total, f'({product})'], w.helpers)};"

    is_large = m * inner * n >= _CALLED and kind_of(dtype) == "floating"
    with w.loops(batch) as index:
        if is_large and not any(v.base.is_scalar for v in (a, b, y)):
            operands = [f"{_pointer(v, index)}, {v.strides[-2]}, {v.strides[-1]}" for v in (a, b)]
            sizes = f"{m}, {n}, {inner}"
            helper = w.helpers("gemm", dtype)
            w.line(f"{helper}({sizes}, {', '.join(operands)}, {_pointer(y, index)});")
            return
        by_rows = not y.base.is_scalar and (
            (b.strides[-1] == 1 and n >= 4) or (n == 1 and a.strides[-2] == 1 and m >= 4)
        )
        if by_rows and n == 1:  # columns of a are added to the result: rows of the other one
            a, b, y, m, n = _turned(b, 1), _turned(a, 1), _turned(y, 1), 1, m
        if by_rows:
            with w.loops([m]) as (i,):
                with w.loops([n]) as (j,):  # rows of b are added to it
                    w.line(f"{y.at([*index, i, j])} = 0;")
                with w.loops([inner]) as (k,):
                    factor = w.local("s")
                    w.line(f"const {kind} {factor} = {a.at([*index, i, k])};")
                    with w.loops([n]) as (j,):
                        w.line(term(y.at([*index, i, j]), factor, b.at([*index, k, j])))
        else:
            with w.loops([m, n]) as (i, j):
                if inner >= _PLAIN and kind_of(dtype) == "floating":
                    text = (
                        f"{w.helpers('dot', dtype)}({inner}, "
                        f"{_pointer(a, [*index, i, 0])}, {a.strides[-1]}, "
                        f"{_pointer(b, [*index, 0, j])}, {b.strides[-2]})"
                    )
                    w.line(f"{y.at([*index, i, j])} = {text};")
                else:
                    total = accumulator(w, y, dtype, "0")
                    with w.loops([inner]) as (k,):
                        w.line(term(total, a.at([*index, i, k]), b.at([*index, k, j])))
                    store(w, y, [*index, i, j], total)


# ---------------------------------------------------------------- one matrix after the other


def _matrices(view: View, batch: tuple[int, ...]) -> View:
    return view.broadcast((*batch, *view.shape[-2:]))


def _scratch(dtype: str, *shape: int) -> View:
    base = Base(dtype, max(math.prod(shape), 1))
    base.is_scalar = False
    return View(base, shape, c_strides(shape))


def _square_scratch(call: Call) -> list[Base]:
    n = call.inputs[0].shape[-1]
    m = call.shape[-1] if len(call.shape) > 1 else 1
    rows = call.inputs[0].shape[-2]
    return [
        _scratch(call.inputs[0].dtype, rows, n).base,
        _scratch(call.inputs[0].dtype, rows, m).base,
        _scratch("int32", rows).base,
    ]


def _load(w: Writer, source: View, index: list[str | int], scratch: Base, turned: int = 0) -> None:
    """A matrix of a batch into memory of its own, in its order."""
    m, n = source.shape[-2:]
    with w.loops([m, n]) as (i, j):
        place = index_text(0, [(n, i), (1, j)])
        own = [*index, j, i] if turned else [*index, i, j]
        w.line(f"{scratch.text}[{place}] = {source.at(own)};")


def _save(w: Writer, scratch: Base, target: View, index: list[str | int], n: int) -> None:
    m, columns = target.shape[-2:]
    with w.loops([m, columns]) as (i, j):
        w.line(f"{target.at([*index, i, j])} = {scratch.text}[{index_text(0, [(n, i), (1, j)])}];")


@step("cholesky", scratch=_square_scratch)
def _cholesky(call: Call, w: Writer) -> None:
    n, work = call.shape[-1], call.scratch[0]
    with w.loops(call.shape[:-2]) as index:
        _load(w, call.inputs[0], index, work)
        w.fail_if(
            f"!{w.helpers('cholesky', call.dtype)}({n}, {work.text})",
            "a matrix is not positive definite",
        )
        _save(w, work, call.result, index, n)


@step("cholesky_reverse", scratch=_square_scratch)
def _cholesky_reverse(call: Call, w: Writer) -> None:
    n = call.shape[-1]
    factor, by_factor, _ = call.scratch
    lower, g = (_matrices(v, call.shape[:-2]) for v in call.inputs)
    with w.loops(call.shape[:-2]) as index:
        _load(w, lower, index, factor)
        _load(w, g, index, by_factor)
        w.line(
            f"{w.helpers('cholesky_reverse', call.dtype)}({n}, {factor.text}, {by_factor.text});"
        )
        _save(w, by_factor, call.result, index, n)


@step("triangular_solve", scratch=_square_scratch)
def _triangular_solve(call: Call, w: Writer) -> None:
    lower, adjoint = call.attributes
    n, m = call.shape[-2:]
    matrix, right, _ = call.scratch
    a, b = (_matrices(v, call.shape[:-2]) for v in call.inputs)
    with w.loops(call.shape[:-2]) as index:
        _load(w, a, index, matrix, adjoint)
        _load(w, b, index, right)
        which = "lower_solve" if lower != adjoint else "upper_solve"
        w.line(f"{w.helpers(which, call.dtype)}({n}, {m}, {matrix.text}, {n}, {right.text}, 0);")
        _save(w, right, call.result, index, m)


def _substitute(w: Writer, dtype: str, n: int, m: int, factors: Base, right: Base) -> None:
    """The solution in the place of the right sides, by both factors."""
    for which, unit in (("lower_solve", 1), ("upper_solve", 0)):
        helper = w.helpers(which, dtype)
        w.line(f"{helper}({n}, {m}, {factors.text}, {n}, {right.text}, {unit});")


def _factor(w: Writer, call: Call, n: int) -> str:
    matrix, _, rows = call.scratch
    return f"{w.helpers('lu', call.inputs[0].dtype)}({n}, {matrix.text}, {rows.text})"


@step("solve", scratch=_square_scratch)
def _solve(call: Call, w: Writer) -> None:
    n, m = call.shape[-2:]
    matrix, right, rows = call.scratch
    a, b = (_matrices(v, call.shape[:-2]) for v in call.inputs)
    with w.loops(call.shape[:-2]) as index:
        _load(w, a, index, matrix, call.attributes[0])
        w.fail_if(f"!{_factor(w, call, n)}", "a matrix is not invertible")
        with w.loops([n, m]) as (i, j):
            row = f"{rows.text}[{i}]"
            w.line(f"{right.text}[{index_text(0, [(m, i), (1, j)])}] = {b.at([*index, row, j])};")
        _substitute(w, call.dtype, n, m, matrix, right)
        _save(w, right, call.result, index, m)


@step("factored_solve", scratch=_square_scratch)
def _factored_solve(call: Call, w: Writer) -> None:
    """By factors that are known, as `lu` packs them."""
    n, m = call.shape[-2:]
    matrix, right, rows = call.scratch
    is_turned = call.attributes[0]
    _, b, packed = (_matrices(v, call.shape[:-2]) for v in call.inputs)
    factors = View(packed.base, (*packed.shape[:-1], n), packed.strides, packed.offset)
    with w.loops(call.shape[:-2]) as index:
        _load(w, factors, index, matrix, is_turned)
        with w.loops([n]) as (i,):
            w.line(f"{rows.text}[{i}] = (int32_t){packed.at([*index, i, n])};")
            test = f"{rows.text}[{i}] < 0 || {rows.text}[{i}] >= {n}"
            w.fail_if(test, "these are no factors of a matrix")
        with w.loops([n, m]) as (i, j):
            row = i if is_turned else f"{rows.text}[{i}]"
            place = index_text(0, [(m, i), (1, j)])
            w.line(f"{right.text}[{place}] = {b.at([*index, row, j])};")
        for which, unit in (("lower_solve", 1 - is_turned), ("upper_solve", is_turned)):
            helper = w.helpers(which, call.dtype)
            w.line(f"{helper}({n}, {m}, {matrix.text}, {n}, {right.text}, {unit});")
        with w.loops([n, m]) as (i, j):
            row = f"{rows.text}[{i}]" if is_turned else i
            place = index_text(0, [(m, i), (1, j)])
            w.line(f"{call.result.at([*index, row, j])} = {right.text}[{place}];")


@step("inv", scratch=_square_scratch)
def _inverse(call: Call, w: Writer) -> None:
    n = call.shape[-1]
    matrix, right, rows = call.scratch
    with w.loops(call.shape[:-2]) as index:
        _load(w, call.inputs[0], index, matrix, call.attributes[0])
        w.fail_if(f"!{_factor(w, call, n)}", "a matrix is not invertible")
        with w.loops([n, n]) as (i, j):
            place = index_text(0, [(n, i), (1, j)])
            w.line(f"{right.text}[{place}] = {rows.text}[{i}] == {j};")
        _substitute(w, call.dtype, n, n, matrix, right)
        _save(w, right, call.result, index, n)


@step("det", scratch=_square_scratch)
def _det(call: Call, w: Writer) -> None:
    x = call.inputs[0]
    n, (matrix, _, rows) = x.shape[-1], call.scratch
    with w.loops(x.shape[:-2]) as index:
        _load(w, x, index, matrix)
        w.line(f"{_factor(w, call, n)};")
        target = call.result.at(index)
        w.line(f"{target} = {w.helpers('odd', 'int32')}({n}, {rows.text}) ? -1 : 1;")
        with w.loops([n]) as (k,):
            w.line(f"{target} *= {matrix.text}[{index_text(0, [(n + 1, k)])}];")


@step("slogdet", scratch=_square_scratch)
def _slogdet(call: Call, w: Writer) -> None:
    x = call.inputs[0]
    n, (matrix, _, rows) = x.shape[-1], call.scratch
    kind, f = c_type(call.dtype), "f" if call.dtype == "float32" else ""
    with w.loops(x.shape[:-2]) as index:
        _load(w, x, index, matrix)
        w.line(f"{_factor(w, call, n)};")
        sign, logarithm = w.local("s"), w.local("s")
        w.line(f"{kind} {sign} = {w.helpers('odd', 'int32')}({n}, {rows.text}) ? -1 : 1;")
        w.line(f"{kind} {logarithm} = 0;")
        with w.loops([n]) as (k,):
            pivot = f"{matrix.text}[{index_text(0, [(n + 1, k)])}]"
            w.line(f"{sign} = {pivot} == 0 ? 0 : {pivot} < 0 ? -{sign} : {sign};")
            w.line(f"{logarithm} += log{f}(fabs{f}({pivot}));")
        w.line(f"{call.result.at([*index, 0])} = {sign};")
        w.line(f"{call.result.at([*index, 1])} = {logarithm};")


@step("lu", scratch=_square_scratch)
def _lu(call: Call, w: Writer) -> None:
    """The factors, and behind them the row of the matrix that each row is of."""
    x = call.inputs[0]
    n, (matrix, _, rows) = x.shape[-1], call.scratch
    with w.loops(x.shape[:-2]) as index:
        _load(w, x, index, matrix)
        w.fail_if(f"!{_factor(w, call, n)}", "a matrix is not invertible")
        with w.loops([n]) as (i,):
            with w.loops([n]) as (j,):
                place = index_text(0, [(n, i), (1, j)])
                w.line(f"{call.result.at([*index, i, j])} = {matrix.text}[{place}];")
            row = f"({c_type(call.dtype)}){rows.text}[{i}]"
            w.line(f"{call.result.at([*index, i, n])} = {row};")


def _cofactor_scratch(call: Call) -> list[Base]:
    n, dtype = call.shape[-1], call.dtype
    squares = [_scratch(dtype, n, n).base for _ in range(3)]
    return [*squares, _scratch("int32", n).base, _scratch("int32", n).base]


@step("cofactors", scratch=_cofactor_scratch)
def _cofactors(call: Call, w: Writer) -> None:
    n = call.shape[-1]
    with w.loops(call.shape[:-2]) as index:
        _load(w, call.inputs[0], index, call.scratch[0])
        a, b, result, rows, columns = (base.text for base in call.scratch)
        helper = w.helpers("cofactors", call.dtype)
        w.line(f"{helper}({n}, {a}, {b}, {rows}, {columns}, {result});")
        _save(w, call.scratch[2], call.result, index, n)


# ---------------------------------------------------------------- convolutions


@step("conv", "conv_input", "conv_filter")
def _convolution(call: Call, w: Writer) -> None:
    """The sum of w x y over all that meets: each of the three is the derivative by one of them."""
    x, weights, y = {
        "conv": (call.inputs[0], call.inputs[1], call.result),
        "conv_input": (call.result, call.inputs[1], call.inputs[0]),
        "conv_filter": (call.inputs[0], call.result, call.inputs[1]),
    }[call.name]
    groups, rank = call.attributes[:2]
    axes = [call.attributes[2 + 6 * k : 8 + 6 * k] for k in range(rank)]
    channels, features = weights.shape[-2], y.shape[-1] // max(groups, 1)
    fill(w, call.result, "0")
    with w.loops([x.shape[0], groups, *y.shape[1:-1]]) as (image, group, *places):
        with w.loops(weights.shape[:-2]) as taps:
            inside, tests = [], []
            for (stride, dilation, before, extent, _, _), o, t in zip(
                axes, places, taps, strict=True
            ):
                at = w.local("r")
                w.line(
                    f"const ptrdiff_t {at} = {index_text(-before, [(stride, o), (dilation, t)])};"
                )
                inside.append(at)
                tests.append(f"{at} >= 0 && {at} < {extent}")
            with w.block(f"if ({' && '.join(tests)})"), w.loops([channels, features]) as (c, f):
                channel = index_text(0, [(channels, group), (1, c)])
                feature = index_text(0, [(features, group), (1, f)])
                xs = x.at([image, *inside, channel])
                ws = weights.at([*taps, c, feature])
                ys = y.at([image, *places, feature])
                left, right, total = {
                    "conv": (xs, ws, ys),
                    "conv_input": (ys, ws, xs),
                    "conv_filter": (xs, ys, ws),
                }[call.name]
                product = value_of("multiply", call.dtype, [left, right], w.helpers)
                text = value_of("add", call.dtype, [total, f"({product})"], w.helpers)
                w.line(f"{total} = {text};")
