"""Values of elementwise rows, which the operation table has as text, as expressions of C."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from autograd_c.core import _core
from autograd_c.exporting.helpers import LIBM, find_helper
from autograd_c.exporting.types import c_type, kind_of, literal, wide_unsigned
from autograd_c.values import errors

# ("name", x), ("number", text), ("call", name, arguments), ("prefix", sign, of), ("between", sign,
# left, right).
Tree: TypeAlias = "tuple[Any, ...]"

_TOKEN = re.compile(r"\s*([A-Za-z_]\w*|\d+\.?\d*(?:[eE][-+]?\d+)?|[=!<>]=|[-+*/&|^~!<>(),])")
_STRENGTH = {"|": 1, "^": 2, "&": 3, "==": 4, "!=": 4, "<": 5, ">": 5, "<=": 5, ">=": 5}
_STRENGTH.update({"+": 7, "-": 7, "*": 8, "/": 8})
_PREFIX, _ATOM = 9, 10


class Row:
    """An elementwise row.

    Attributes:
      name: of the row.
      tree: of its value.
      operands: x, or a and b.
      reads: for each operand, whether the value depends on it.
    """

    def __init__(self, entry: dict[str, Any]) -> None:
        self.name: str = entry["name"]
        self.tree = parse(entry["expression"])
        self.operands = ("x",) if entry["arity"] == 1 else ("a", "b")
        names = _names(self.tree)
        self.reads = [name in names for name in self.operands]


@functools.cache
def rows() -> dict[str, Row]:
    """All that have an expression, by name."""
    table = _core.operation_table()
    return {row["name"]: Row(row) for row in table if row["elementwise"] and row["expression"]}


# ---------------------------------------------------------------- reading


def parse(text: str) -> Tree:
    """The tree of an expression."""
    tokens = []
    at = 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"no expression that can be read: {text[at:]!r} in {text!r}")
        tokens.append(found.group(1))
        at = found.end()
    tokens.append("")
    tree = _Reader(tokens).between(0)
    return tree


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0

    def next(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def between(self, least: int) -> Tree:
        left = self.prefixed()
        while _STRENGTH.get(self.tokens[self.at], -1) > least:
            sign = self.next()
            left = ("between", sign, left, self.between(_STRENGTH[sign]))
        return left

    def prefixed(self) -> Tree:
        token = self.next()
        if token in ("-", "!", "~"):
            return ("prefix", token, self.prefixed())
        if token == "(":
            inner = self.between(0)
            self.next()
            return inner
        if token[0].isdigit():
            return ("number", token)
        if self.tokens[self.at] != "(":
            return ("name", token)
        self.next()
        arguments = [self.between(0)]
        while self.next() == ",":
            arguments.append(self.between(0))
        return ("call", token, arguments)


def _names(tree: Tree) -> set[str]:
    """The operands that a value depends on."""
    if tree[0] == "name":
        return {tree[1]}
    if tree[0] == "call":
        inner = () if tree[1] in ("constant", "largest") else tree[2]
    else:
        inner = [x for x in tree[1:] if type(x) is tuple]
    return {name for x in inner for name in _names(x)}


# ---------------------------------------------------------------- writing


class Expression:
    """A row's value, for operands of one dtype, as C.

    Args:
      row: of the table.
      dtype: of the operands.
      operands: their texts; names, elements of arrays or literals.
      helper: is called with the name of each function that has to be defined for this dtype, and
        returns what it is called in C.
    """

    def __init__(
        self, row: Row, dtype: str, operands: Sequence[str], helper: Callable[[str, str], str]
    ) -> None:
        self.row, self.dtype, self.helper = row, dtype, helper
        self.kind = kind_of(dtype)
        self.operands = dict(zip(row.operands, operands, strict=True))
        self.text = self.write(row.tree)[0]

    def write(self, tree: Tree) -> tuple[str, int]:
        """The text, and how strongly it holds together."""
        return getattr(self, "_" + tree[0])(*tree[1:])  # type: ignore[no-any-return]

    def inside(self, tree: Tree, least: int) -> str:
        text, strength = self.write(tree)
        return text if strength >= least else f"({text})"

    def _name(self, name: str) -> tuple[str, int]:
        return self.operands[name], _ATOM

    def _number(self, text: str) -> tuple[str, int]:
        return literal(self.dtype, float(text)), _ATOM

    def _prefix(self, sign: str, of: Tree) -> tuple[str, int]:
        inner = self.inside(of, _PREFIX)
        if sign == "!" or self.kind == "floating":
            return (f"{sign}({inner})" if inner.startswith(sign) else sign + inner), _PREFIX
        if sign == "-":
            return self._cast(f"0u - ({wide_unsigned(self.dtype)}){inner}")
        return self._cast(f"~{inner}")

    def _between(self, sign: str, left: Tree, right: Tree) -> tuple[str, int]:
        strength = _STRENGTH[sign]
        if sign in ("+", "-", "*") and self.kind in ("signed", "unsigned"):
            wide = wide_unsigned(self.dtype)
            a, b = self.inside(left, _PREFIX), self.inside(right, _PREFIX)
            return self._cast(f"({wide}){a} {sign} ({wide}){b}")
        a, b = self.inside(left, strength), self.inside(right, strength + 1)
        if sign in ("&", "|", "^") and self.kind != "bool":
            return self._cast(f"{a} {sign} {b}")
        return f"{a} {sign} {b}", strength

    def _cast(self, text: str) -> tuple[str, int]:
        return f"({c_type(self.dtype)})({text})", _PREFIX

    def _call(self, name: str, arguments: list[Tree]) -> tuple[str, int]:
        if name == "constant":
            sign, number = "", arguments[1]
            if number[0] == "prefix":
                sign, number = "-", number[2]
            return literal(self.dtype, float(sign + number[1])), _ATOM
        if name == "largest":
            return ("FLT_MAX" if self.dtype == "float32" else "DBL_MAX"), _ATOM
        if name == "select":
            a, b, c = (self.inside(x, _STRENGTH["|"]) for x in arguments)
            return f"{a} ? {b} : {c}", 0
        texts = ", ".join([self.inside(x, 0) for x in arguments])
        if self.kind == "floating" and name in LIBM:
            return f"{LIBM[name]}{'f' if self.dtype == 'float32' else ''}({texts})", _ATOM
        if find_helper(name, self.kind) is None:
            raise errors.UnimplementedError(
                f"[{self.row.name}] cannot be written as C: its row in csrc/ops/rows calls "
                f"`{name}`, which autograd_c/exporting/helpers.py does not define for "
                f"{self.dtype}. Add what csrc/kernels/functions.inl says of `{name}` there"
            )
        return f"{self.helper(name, self.dtype)}({texts})", _ATOM


def value_of(
    row: str, dtype: str, operands: Sequence[str], helper: Callable[[str, str], str]
) -> str:
    """The value of a row as C; see `Expression`."""
    return Expression(rows()[row], dtype, operands, helper).text
