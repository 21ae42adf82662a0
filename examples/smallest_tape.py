"""The smallest tape: the engine of autograd_c, in plain Python and for numbers alone.

The log is a flat list of records, one per operation, in the order in which they were executed.
A derivative is a walk along that list. docs/how-it-works.md explains this file piece by piece.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple


# 1. Values and records
def operator(name: str, swapped: bool = False) -> Callable[[Value, Number], Value]:
    def method(self: Value, other: Number) -> Value:
        return apply(name, other, self) if swapped else apply(name, self, other)

    return method


class Value:
    """A number, and the index of the record that made it: None for a constant."""

    def __init__(self, number: float, id: int | None = None) -> None:
        self.number, self.id = number, id

    __add__ = __radd__ = operator("add")
    __mul__ = __rmul__ = operator("mul")
    __sub__, __rsub__ = operator("sub"), operator("sub", swapped=True)
    __truediv__, __rtruediv__ = operator("div"), operator("div", swapped=True)

    def __neg__(self) -> Value:
        return apply("neg", self)


Number = Value | float


class Record(NamedTuple):
    """One operation. Its own index in the log is the name of its result."""

    op: str
    inputs: tuple[int | None, ...]  # indices of the records that made the inputs
    kept: tuple[Value, ...]  # what the partial derivatives will need, and nothing else


LOG: list[Record] = []


# 2. The operations
class Op(NamedTuple):
    value: Callable[..., float]
    keep: str  # which of the inputs a and b and the result y the partials need
    partials: Callable[..., tuple[Number, ...]]  # one for each input


# fmt: off
OPS = {
    #             value                keep   partial derivatives
    "input": Op(lambda a: a,           "",    lambda: ()),
    "add":   Op(lambda a, b: a + b,    "",    lambda: (1.0, 1.0)),
    "sub":   Op(lambda a, b: a - b,    "",    lambda: (1.0, -1.0)),
    "mul":   Op(lambda a, b: a * b,    "ab",  lambda a, b: (b, a)),
    "div":   Op(lambda a, b: a / b,    "by",  lambda b, y: (1.0 / b, -y / b)),
    "neg":   Op(lambda a: -a,          "",    lambda: (-1.0,)),
    "exp":   Op(math.exp,              "y",   lambda y: (y,)),
    "sin":   Op(math.sin,              "a",   lambda a: (apply("cos", a),)),
    "cos":   Op(math.cos,              "a",   lambda a: (-apply("sin", a),)),
    "tanh":  Op(math.tanh,             "y",   lambda y: (1.0 - y * y,)),
}
# fmt: on


def apply(name: str, *args: Number) -> Value:
    """Executes an operation; appends a record if a tape is open and an input has one."""
    op = OPS[name]
    inputs = [a if isinstance(a, Value) else Value(a) for a in args]
    y = Value(op.value(*(a.number for a in inputs)))
    if Tape.recording > 0 and any(a.id is not None for a in inputs):
        y.id = len(LOG)
        known = {"a": inputs[0], "b": inputs[-1], "y": y}
        kept = tuple(known[name] for name in op.keep)
        LOG.append(Record(name, tuple(a.id for a in inputs), kept))
    return y


# 3. Tapes, which are intervals of the log
class Tape:
    recording = 0  # how many tapes are recording just now

    def __init__(self) -> None:
        self.intervals: list[list[int | None]] = []  # [start, stop], None for "still growing"
        self.watched: set[int] = set()

    def __enter__(self) -> Tape:
        self.intervals.append([len(LOG), None])
        Tape.recording += 1
        return self

    def __exit__(self, *exception: object) -> None:
        self.intervals[-1][1] = len(LOG)
        Tape.recording -= 1

    @contextmanager
    def paused(self) -> Iterator[None]:
        self.__exit__()
        try:
            yield
        finally:
            self.__enter__()

    def watch(self, x: Value) -> None:
        if x.id is None:
            x.id = len(LOG)
            LOG.append(Record("input", (), ()))
        self.watched.add(x.id)

    def records(self) -> list[int]:
        """The indices of the tape's records, oldest first."""
        return [i for start, stop in self.intervals for i in range(len(LOG))[start:stop]]

    # 4. Mark, then sweep
    def mark(self, roots: set[int]) -> set[int]:
        """The roots, and the tape's records that depend on them."""
        marked = set(roots)
        for i in self.records():
            if any(j in marked for j in LOG[i].inputs):
                marked.add(i)
        return marked

    def between(self, sources: list[Value]) -> set[int]:
        """What depends on those sources that this tape knows of."""
        return self.mark(self.mark(self.watched).intersection(x.id for x in sources))

    def gradient(self, target: Value, sources: list[Value]) -> list[Value | None]:
        """The derivatives of the target: the reverse sweep. None where it does not depend."""
        marked = self.between(sources)
        adjoint: dict[Any, Value] = {target.id: Value(1.0)} if target.id in marked else {}
        for i in reversed(self.records()):
            if i in adjoint:
                op, inputs, kept = LOG[i]
                for j, partial in zip(inputs, OPS[op].partials(*kept), strict=True):
                    if j in marked:
                        term = adjoint[i] * partial
                        adjoint[j] = adjoint[j] + term if j in adjoint else term
        return [adjoint.get(x.id) for x in sources]

    def jvp(self, target: Value, sources: list[Value], along: list[Value]) -> Value | None:
        """The derivative of the target along a direction: the forward sweep."""
        marked = self.between(sources)
        seeds = zip(sources, along, strict=True)
        tangent: dict[Any, Value] = {x.id: v for x, v in seeds if x.id in marked}
        for i in self.records():
            if i in marked:
                op, inputs, kept = LOG[i]
                for j, partial in zip(inputs, OPS[op].partials(*kept), strict=True):
                    if j in tangent:
                        term = tangent[j] * partial
                        tangent[i] = tangent[i] + term if i in tangent else term
        return tangent.get(target.id)


# 5. What it can do
def derivative(f: Callable[[Value], Value]) -> Callable[[Value], Value]:
    def df(x: Value) -> Value:
        with Tape() as tape:
            tape.watch(x)
            y = f(x)
        return tape.gradient(y, [x])[0] or Value(0.0)

    return df


def main() -> None:
    x, w = Value(0.5), Value(3.0)
    with Tape() as tape, Tape() as other:
        tape.watch(x)
        tape.watch(w)
        other.watch(w)
        y = apply("tanh", w * x) + x
    for i, record in enumerate(LOG):
        print(f"{i}: {record.op:5} of {record.inputs}, keeps {[v.number for v in record.kept]}")
    dx, dw = tape.gradient(y, [x, w])
    dy = tape.jvp(y, [x, w], [Value(1.0), Value(0.0)])
    assert dx and dw and dy
    print(f"reverse: dy/dx = {dx.number:.6f}, dy/dw = {dw.number:.6f}")
    print(f"forward: dy/dx = {dy.number:.6f}")
    print(f"the other tape does not follow x: {other.gradient(y, [x])}")
    f = derivative(lambda x: apply("sin", x) / x)
    for order in range(1, 5):
        print(f"derivative {order} of sin(x)/x at 1 = {f(Value(1.0)).number:.6f}")
        f = derivative(f)


if __name__ == "__main__":
    main()
