"""Numbers and tensors of a program that depend on extents: found from what they are for some."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import Any, NamedTuple

import numpy as np

from autograd_c.core import _core
from autograd_c.values import errors

Point = tuple[int, ...]
# Of how many unknown extents the products are that a number may be made of.
_DEGREE = 3
# Elements of a constant that may depend on extents one by one.
_ELEMENTS = 64
# Of one whose shape does: a file that says so takes no more memory when it is called.
_MOST_ELEMENTS = 1 << 27


class Extent(NamedTuple):
    """A polynomial of extents.

    Attributes:
      terms: of each an integer, and the numbers of the extents that it is multiplied by.
    """

    terms: tuple[tuple[int, tuple[int, ...]], ...]

    @property
    def is_extent(self) -> bool:
        """Whether it is one of them as it is."""
        return len(self.terms) == 1 and self.terms[0][0] == 1 and len(self.terms[0][1]) == 1

    def at(self, point: Point) -> int:
        """What it is for these extents."""
        return sum(factor * prod([point[k] for k in extents]) for factor, extents in self.terms)


Number = int | Extent


class OpenTensor(NamedTuple):
    """A constant of which the shape or the elements depend on extents.

    Attributes:
      dtype: its name.
      shape: its extents.
      rule: "full", of one element; "numbers", of as many as there are, or one for all of them;
        "shares", which are 1 divided by each of these; "grid", of the first one and the step along
        each axis; "band", of how many diagonals below and above the main one are 1 (or 0, if the
        third number is 0), the others being 0 (or 1).
      numbers: of that rule; of "full" a tensor.
    """

    dtype: str
    shape: tuple[Number, ...]
    rule: str
    numbers: tuple[Any, ...]

    def at(self, point: Point) -> Any:
        shape = tuple([number_at(n, point) for n in self.shape])
        if any(n < 0 for n in shape) or prod(shape) > _MOST_ELEMENTS:
            raise errors.InvalidArgumentError(f"a constant of shape {shape!r:.100}")
        if self.rule == "full":
            return _core.broadcast_to(self.numbers[0], shape)
        numbers = [number_at(n, point) for n in self.numbers]
        return _core.cast(_core.constant(_RULES[self.rule](shape, numbers)), self.dtype)


def _numbers_at(shape: tuple[int, ...], numbers: list[int]) -> np.ndarray[Any, Any]:
    return np.full(shape, numbers[0]) if len(numbers) == 1 else np.array(numbers).reshape(shape)


def _shares_at(shape: tuple[int, ...], numbers: list[int]) -> np.ndarray[Any, Any]:
    shares = [1 / n if n else np.inf for n in numbers]
    return np.full(shape, shares[0]) if len(shares) == 1 else np.array(shares).reshape(shape)


def _grid_at(shape: tuple[int, ...], numbers: list[int]) -> np.ndarray[Any, Any]:
    first, *steps = numbers
    made = np.full(shape, first)
    for axis, step in enumerate(steps):
        made += step * np.arange(shape[axis]).reshape([-1] + [1] * (len(shape) - 1 - axis))
    return made


def _band_at(shape: tuple[int, ...], numbers: list[int]) -> np.ndarray[Any, Any]:
    below, above, inside = numbers
    rows, columns = shape
    distance = np.arange(columns) - np.arange(rows)[:, None]
    return np.equal((distance >= -below) & (distance <= above), bool(inside))


_RULES = {"numbers": _numbers_at, "shares": _shares_at, "grid": _grid_at, "band": _band_at}
RULES = ("full", *_RULES)


class OpenComposite(NamedTuple):
    """A `_core.Composite` of which something depends on extents.

    Attributes: those of `_core.Composite`.
    """

    kind: str
    numbers: tuple[Number, ...]
    programs: tuple[dict[str, Any], ...]
    of: Any
    label: str

    @property
    def name(self) -> str:
        """As of those that it stands for, which know better."""
        return self.kind


def no_parts(composite: _core.Composite | OpenComposite) -> errors.UnimplementedError:
    """The error of one that no file can have."""
    return errors.UnimplementedError(
        f"[save] {composite.name} is made of functions of Python's, or reads Variables when its "
        "gradient is taken: no file has that"
    )


def number_at(number: Number, point: Point) -> int:
    return number.at(point) if isinstance(number, Extent) else number


class Template:
    """A structure of which some numbers and tensors depend on extents.

    Attributes:
      item: lists, tuples and dicts with `Extent`, `OpenTensor` and `OpenComposite` in them.
    """

    def __init__(self, item: Any) -> None:
        self.item = item
        self._open: set[int] = set()  # identities of parts that depend on extents
        self._note_open(item)

    def at(self, point: Point) -> Any:
        """What it is for these extents."""
        return self._at(self.item, point, {})

    def _note_open(self, item: Any) -> bool:
        is_open = isinstance(item, (Extent, OpenTensor, OpenComposite))
        parts: Any = ()
        if isinstance(item, OpenComposite):
            parts = item.of, *item.programs
        elif type(item) is list or type(item) is tuple:
            parts = item
        elif type(item) is dict:
            parts = item.values()
        for part in parts:
            is_open = self._note_open(part) or is_open
        if is_open:
            self._open.add(id(item))
        return is_open

    def _at(self, item: Any, point: Point, made: dict[int, Any]) -> Any:
        """`made`: composites that there are already, by the identity of what they are made of."""
        if id(item) not in self._open:
            return item
        if isinstance(item, (Extent, OpenTensor)):
            return item.at(point)
        if isinstance(item, OpenComposite):
            if id(item) not in made:
                codes = [self._at(code, point, made) for code in item.programs]
                programs = [_core.Program.from_code(code) for code in codes]
                numbers = [number_at(n, point) for n in item.numbers]
                of = self._at(item.of, point, made)
                made[id(item)] = _core.Composite(item.kind, numbers, programs, of, item.label)
            return made[id(item)]
        if type(item) is dict:
            return {key: self._at(x, point, made) for key, x in item.items()}
        found = type(item)([self._at(x, point, made) for x in item])
        if len(item) == 5 and isinstance(item[4], OpenComposite):  # an instruction
            return found[4].name, *found[1:]
        return found


class Differs(errors.InvalidArgumentError):
    """What a function does for some extents is not what it does for others."""


class Joining:
    """What programs have in common that were recorded with some extents each.

    Args:
        points: of each program its extents.
    """

    def __init__(self, points: Sequence[Point]) -> None:
        self._points = points
        self._numbers: dict[tuple[int, ...], Number] = {}
        self._composites: dict[tuple[int, ...], Any] = {}
        self._kept: list[Any] = []  # so that nothing else is at their places in memory

    def of(self, items: Sequence[Any], what: str = "the function") -> Any:
        """What is each of these for its extents: see `Template`.

        Raises:
            Differs: (`ValueError`) if there is none.
        """
        first, kind = items[0], type(items[0])
        if any(type(x) is not kind for x in items):
            raise Differs(f"{what} is of several kinds")
        if kind is int:
            return self._number(items, what)
        if kind is tuple or kind is list:
            if any(len(x) != len(first) for x in items):
                lengths = " and ".join([str(len(x)) for x in items])
                raise Differs(f"{what} is of different lengths: {lengths}")
            return kind([self.of(x, what) for x in zip(*items, strict=True)])
        if kind is dict:
            if any(x.keys() != first.keys() for x in items):
                raise Differs(f"{what} is of several kinds")
            return {key: self.of([x[key] for x in items], key) for key in first}
        if kind is _core.Tensor:
            return joined_tensor(items, self._points)
        if kind is _core.Composite:
            return self._composite(items)
        if any(x is not first and x != first for x in items):
            raise Differs(f"there is {first!r:.100} and {items[-1]!r:.100} in {what}")
        return first

    def _number(self, values: Sequence[int], what: str) -> Number:
        values = tuple(values)
        found = self._numbers.get(values)
        if found is None:
            fitted = polynomial(values, self._points)
            if fitted is None:
                numbers = ", ".join(map(str, values))
                raise Differs(f"{what}: {numbers} are no polynomial of unknown extents")
            found = self._numbers[values] = fitted
        return found

    def _composite(self, items: Sequence[_core.Composite]) -> Any:
        key = tuple([id(x) for x in items])
        if key not in self._composites:
            if not items[0].kind:
                raise no_parts(items[0])
            kind = self.of([x.kind for x in items])
            numbers = self.of([tuple(x.numbers) for x in items])
            programs = self.of([tuple([p.code() for p in x.programs]) for x in items])
            of = self.of([x.of for x in items])
            label = self.of([x.label for x in items])
            self._composites[key] = OpenComposite(kind, numbers, programs, of, label)
            self._kept.append(items)
        return self._composites[key]


def polynomial(values: Sequence[int], points: Sequence[Point]) -> Number | None:
    """A polynomial with integer coefficients and few terms that has these values; None if none has.

    There are more points than coefficients, so that what it is elsewhere is no accident.
    """
    if all(v == values[0] for v in values):
        return values[0]
    count = len(points[0])
    monomials = [
        extents
        for degree in range(1, _DEGREE + 1)
        for extents in itertools.combinations_with_replacement(range(count), degree)
    ]
    rows = {m: [prod([p[k] for k in m]) for p in points] for m in monomials}
    ones = [1] * len(points)
    for size in range(1, len(points) - 1):
        # Of two terms and more the products of one or two extents alone.
        degree = _DEGREE if size == 1 else 2
        for chosen in itertools.combinations([m for m in monomials if len(m) <= degree], size):
            found = _solved([*[rows[m] for m in chosen], ones], values)
            if found is not None:
                terms = [(c, m) for c, m in zip(found, [*chosen, ()], strict=True) if c]
                return Extent(tuple(terms))
    return None


def _solved(columns: list[list[int]], values: Sequence[int]) -> list[int] | None:
    """Integers by which these columns are to be multiplied to make up the values, or None."""
    rows = [[Fraction(x) for x in (*row, v)] for row, v in zip(zip(*columns), values, strict=True)]
    size = len(columns)
    for k in range(size):
        pivot = next((r for r in range(k, len(rows)) if rows[r][k] != 0), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        for r in range(len(rows)):
            if r != k and rows[r][k] != 0:
                share = rows[r][k] / rows[k][k]
                rows[r] = [a - share * b for a, b in zip(rows[r], rows[k], strict=True)]
    if any(row[size] != 0 for row in rows[size:]):
        return None
    found = [rows[k][size] / rows[k][k] for k in range(size)]
    return [int(x) for x in found] if all(x.denominator == 1 for x in found) else None


# ---------------------------------------------------------------- constants


def joined_tensor(items: Sequence[Any], points: Sequence[Point]) -> Any:
    """A tensor, or an `OpenTensor` that is each of these for its extents.

    Raises:
        Differs: (`ValueError`) if there is none.
    """
    first = items[0]
    if all(is_same(x, first) for x in items):
        return first
    dtype = first.dtype.name
    shapes = [tuple(x.shape) for x in items]
    if all(x.dtype is first.dtype for x in items) and len({len(s) for s in shapes}) == 1:
        fitted = [polynomial(n, points) for n in zip(*shapes, strict=True)]
        shape = tuple([n for n in fitted if n is not None])
        if len(shape) == len(fitted):
            arrays = [np.asarray(x) for x in items]
            for rule in (_full, _numbers, _shares, _grid, _band):
                found = rule(arrays, first, points)
                if found is not None:
                    made = OpenTensor(dtype, shape, *found)
                    if all(is_same(made.at(p), x) for p, x in zip(points, items, strict=True)):
                        return made
    raise Differs(
        f"a constant of {dtype}, of shape {shapes[0]} and {shapes[-1]}, depends on unknown extents "
        "otherwise than equal elements do, or those of ranges, grids and bands of matrices"
    )


def is_same(x: Any, y: Any) -> bool:
    """Whether two tensors are, bit by bit."""
    return (
        x.dtype is y.dtype
        and tuple(x.shape) == tuple(y.shape)
        and _core.bytes_of(x) == _core.bytes_of(y)
    )


_Rule = tuple[str, tuple[Any, ...]]
_Arrays = list[np.ndarray[Any, Any]]


def _is_uniform(array: np.ndarray[Any, Any]) -> bool:
    return array.size > 0 and array.tobytes() == array.ravel()[:1].tobytes() * array.size


def _full(arrays: _Arrays, first: Any, points: Sequence[Point]) -> _Rule | None:
    if all(a.size == 0 for a in arrays):
        return "full", (_core.full((), 0, first.dtype),)
    if not all(map(_is_uniform, arrays)) or len({a.ravel()[:1].tobytes() for a in arrays}) > 1:
        return None
    return "full", (_core.reshape(first, [-1])[0],)


def _numbers(arrays: _Arrays, first: Any, points: Sequence[Point]) -> _Rule | None:
    found = _polynomials(_few(arrays), points)
    return None if found is None else ("numbers", found)


def _shares(arrays: _Arrays, first: Any, points: Sequence[Point]) -> _Rule | None:
    lists = _few(arrays)
    if any(type(x) is not float or x == 0 or abs(x) > 1 for values in lists for x in values):
        return None
    found = _polynomials([[float(round(1 / x)) for x in values] for values in lists], points)
    return None if found is None else ("shares", found)


def _few(arrays: _Arrays) -> list[list[Any]]:
    """The elements of each; the first one alone if all are equal."""
    flat = [a.ravel()[:1] if all(map(_is_uniform, arrays)) else a.ravel() for a in arrays]
    if len({len(a) for a in flat}) > 1 or not 0 < len(flat[0]) <= _ELEMENTS:
        return []
    return [a.tolist() for a in flat]


def _polynomials(lists: list[list[Any]], points: Sequence[Point]) -> tuple[Number, ...] | None:
    """Of what the lists have in each place, if these are integers."""
    found = []
    for values in zip(*lists, strict=True):
        if any(type(x) is complex or not abs(x) < 2**53 or x != int(x) for x in values):
            return None
        number = polynomial([int(x) for x in values], points)
        if number is None:
            return None
        found.append(number)
    return tuple(found) if found else None


def _grid(arrays: _Arrays, first: Any, points: Sequence[Point]) -> _Rule | None:
    if any(a.size == 0 or a.dtype.kind not in "iuf" for a in arrays):
        return None
    lists = []
    for a in arrays:
        begin = a.ravel()[0].item()
        behind = [
            np.moveaxis(a, k, -1).ravel()[1].item() if n > 1 else begin
            for k, n in enumerate(a.shape)
        ]
        lists.append([begin, *[end - begin for end in behind]])
    found = _polynomials(lists, points)
    return None if found is None else ("grid", found)


def _band(arrays: _Arrays, first: Any, points: Sequence[Point]) -> _Rule | None:
    if any(a.ndim != 2 or a.size == 0 or a.dtype.kind not in "biuf" for a in arrays):
        return None
    for inside in (1, 0):
        ends = []
        for a in arrays:
            rows, columns = np.nonzero(a == inside)
            if len(rows) == 0:
                break
            ends.append([int(np.max(rows - columns)), int(np.max(columns - rows)), inside])
        found = _polynomials(ends, points) if len(ends) == len(arrays) else None
        if found is not None:
            made = OpenTensor(first.dtype.name, tuple(first.shape), "band", found)
            if is_same(made.at(points[0]), first):
                return "band", found
    return None


def packed(number: Number) -> Any:
    """A number as JSON has it: an integer, or a list of integers and the extents that these are
    multiplied by."""
    if isinstance(number, Extent):
        return [[factor, list(extents)] for factor, extents in number.terms]
    return number


def unpacked(item: Any, count: int) -> Number:
    """The number of what `packed` has returned, where there are so many unknown extents."""
    if type(item) is int:
        return item
    terms = []
    for factor, extents in item:
        if type(factor) is not int or type(extents) is not list or len(extents) > _DEGREE:
            raise ValueError("a number that is no polynomial")
        if any(type(k) is not int or not 0 <= k < count for k in extents):
            raise ValueError("a polynomial of extents that there are not")
        terms.append((factor, tuple(extents)))
    if not 0 < len(terms) <= 8:
        raise ValueError("a polynomial of too many terms, or none")
    return Extent(tuple(terms))
