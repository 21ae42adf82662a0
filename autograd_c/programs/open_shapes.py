"""Functions that are recorded for all extents that an argument may have.

They are recorded with several, and what is the same in all these records, but for numbers that are
polynomials of the extents, holds for others as well. The functions do not see the extents
meanwhile, as in TensorFlow; so they cannot decide by them, but by what they compute of `tf.shape`,
which is part of the record. What this package decides by extents, as where a slice ends, is found
by looking for extents for which the record is another one.
"""

from __future__ import annotations

import itertools
import logging
import math
from collections.abc import Callable
from typing import Any

from autograd_c.control.function import Function
from autograd_c.control.specs import TensorSpec
from autograd_c.core import _core
from autograd_c.functions.arrays import zeros
from autograd_c.programs.extents import Differs, Joining, OpenTensor, Point, number_at
from autograd_c.programs.kinds import OpenRecorded, Recorded, of_arguments
from autograd_c.programs.paths import Examples, results_of
from autograd_c.programs.structures import described_result
from autograd_c.values import errors, nest
from autograd_c.values.dtypes import as_dtype
from autograd_c.values.handlers import raise_if_of_handler

# Of extents that functions are recorded with: those of one record differ.
_POINTS = [(5, 7, 4), (8, 13, 6), (14, 6, 9), (19, 10, 15), (11, 17, 7), (6, 9, 13)]
# And larger ones by these factors, for functions that fail with small ones.
_SCALES = (1, 9, 40)
_EXTENTS_AT_MOST = len(_POINTS[0])
# How often it is looked for what a function is not to see.
_ROUNDS = 50

# Extents that are looked at are not larger, nor are the results of operations then.
_EXTENT, _BYTES = 1 << 10, 1 << 23
# With larger matrices operations may take seconds.
_BYTES_OF_SQUARES = 1 << 17
# As far as it is looked for what this package compares extents with.
_BYTES_AT_LIMITS = 1 << 28
# How many programs a function may have for ranges of extents.
_PIECES = 12
# How many of these, of one extent each, there may be before the first range.
_SINGLE_PIECES = 6
# How many fixed extents are looked at: a function may do something else where another one is equal.
_FIXED_EXTENTS = 16

Key = tuple[int, int]
_Range = tuple[int, int | None]


def has_open_shapes(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether extents of some argument are not known."""
    leaves = nest.flatten((args, kwargs))
    return any(isinstance(x, TensorSpec) and not x.shape.is_fully_defined() for x in leaves)


def record_open(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> list[Recorded]:
    """What a function does with arguments like these; the first that is for given ones counts.

    Axes are taken for independent if the function can be recorded so; else those in the same place
    have the same extent; else all of them.

    Args:
        function: or what `tf.function` has made of one.
        args, kwargs: as of `functions.save`, with `tf.TensorSpec`s of unknown extents.

    Raises:
        InvalidArgumentError, UnimplementedError: as `functions.save`; and if what the function does
            depends on extents otherwise than described above.
    """
    for x in nest.flatten((args, kwargs)):
        if isinstance(x, TensorSpec) and x.shape.rank is None:
            raise errors.InvalidArgumentError(f"[save] the rank of {x} is not known")
    problem: Exception | None = None
    tried = []
    for symbol in (_each, _by_axis, _one):
        for k, scale in enumerate(_SCALES):
            opened = _Opened(function, args, kwargs, symbol, scale)
            if opened.count > _EXTENTS_AT_MOST or (opened.symbols, scale) in tried:
                continue
            tried.append((opened.symbols, scale))
            try:
                found = opened.recorded()
            except Exception as error:
                raise_if_of_handler(error)
                if k == 0:  # of the ways in which fewer things can be wrong
                    problem = error
                if isinstance(error, Differs):
                    break  # other numbers are no help
                continue
            if opened.count < sum(map(len, opened.symbols)):
                logging.getLogger("autograd_c").warning(
                    "[save] %s is saved for arguments in which %s: as it is, it cannot be called "
                    "with others, or does something else for them",
                    getattr(function, "__name__", "the function"),
                    _SAME[symbol],
                )
            return found
    if problem is None:
        raise errors.InvalidArgumentError(
            f"[save] more than {_EXTENTS_AT_MOST} extents are unknown, and differ"
        )
    raise problem


# Which axes have one extent, by a word for each of them.
def _each(leaf: int, axis: int) -> Any:
    return leaf, axis


def _by_axis(leaf: int, axis: int) -> Any:
    return axis


def _one(leaf: int, axis: int) -> Any:
    return None


_SAME = {
    _by_axis: "unknown extents of axes in the same place are the same",
    _one: "all unknown extents are the same",
}


class _Examples(Examples):
    """With extents in the place of those that are not known.

    Attributes:
      symbols: of each tensor with such axes, by its identity, these and their extents' numbers.
    """

    def __init__(self, function: Callable[..., Any], opened: _Opened, point: Point) -> None:
        super().__init__(function)
        self._opened, self._point, self._leaves = opened, point, 0
        self.symbols: dict[int, dict[int, int]] = {}

    def of_spec(self, spec: TensorSpec) -> Any:
        symbols = self._opened.symbols_of(self._leaves, spec)
        self._leaves += 1
        shape = [
            self._point[symbols[k]] if n is None else n for k, n in enumerate(spec.shape.as_list())
        ]
        made = zeros(shape, spec.dtype)
        self.symbols[id(made)] = symbols
        return made


class _Trace:
    """What a function did for some extents.

    Attributes:
      made: of its arguments.
      symbols: of each input its open axes, and the numbers of their extents.
      code, results: of its one path.
      opened: what it has seen.
      failure: the error that it has raised, if any.
    """

    def __init__(self, opened: _Opened, point: Point, hidden: dict[Key, tuple[int, ...]]) -> None:
        function = opened.function
        examples = _Examples(function, opened, point)
        args: Any = tuple([examples.of(x, 0) for x in opened.args])
        kwargs: Any = {key: examples.of(x, 0) for key, x in opened.kwargs.items()}
        if isinstance(function, Function):
            _, _, args, kwargs = function._recorded_for(args, kwargs)
        plain = getattr(function, "python_function", function)
        self.made, call = of_arguments(plain, args, kwargs)
        self.symbols = [examples.symbols.get(id(x), {}) for x in self.made.inputs]

        def checked(*given: Any) -> Any:
            result = call(list(given))
            described_result(result, [])
            return result

        self.opened = _core.OpenExtents([tuple(axes) for axes in self.symbols], hidden)
        self.failure: Exception | None = None
        tree = _core.PathTree()
        try:
            _core.record_path(tree, checked, self.made.inputs, False, self.opened)
        except Exception as error:
            raise_if_of_handler(error)
            self.failure = error
            return
        self.code = _core.paths_as_code(tree, list(range(len(self.made.inputs))))
        self.results = results_of(self.code)
        self.code["segments"] = tuple([_by_truth(segment) for segment in self.code["segments"]])


class _Opened:
    """A function whose arguments have unknown extents.

    Args:
        symbol: of an argument and an axis what axes of the same extent have in common.
        scale: of the extents that it is recorded with.

    Attributes:
      symbols: of each spec its open axes, and the numbers of their extents.
      count: of different extents.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        symbol: Callable[[int, int], Any],
        scale: int,
    ) -> None:
        self.function, self.args, self.kwargs = function, args, kwargs
        self._symbol, self._scale = symbol, scale
        self._numbers: dict[Any, int] = {}
        specs = [x for x in nest.flatten((args, kwargs)) if isinstance(x, TensorSpec)]
        self.symbols = [self.symbols_of(leaf, spec) for leaf, spec in enumerate(specs)]
        self.count = len(self._numbers)

    def symbols_of(self, leaf: int, spec: TensorSpec) -> dict[int, int]:
        """Of its open axes the numbers of their extents."""
        return {
            axis: self._numbers.setdefault(self._symbol(leaf, axis), len(self._numbers))
            for axis, n in enumerate(spec.shape.as_list())
            if n is None
        }

    def recorded(self) -> list[Recorded]:
        """For all extents: the first one that is for given ones counts."""
        base = tuple([n * self._scale for n in _POINTS[0][: self.count]])
        self._traces([base])
        pieces = [self._pieces(symbol, base) for symbol in range(self.count)]
        if math.prod(map(len, pieces)) > _PIECES:
            raise _too_many_pieces()
        found = [self._for_region(region) for region in itertools.product(*pieces)]
        if self.count > 1:
            self._look_at_corners(base, found)
        return found

    # ------------------------------------------------------------ along one extent

    def _pieces(self, symbol: int, base: Point) -> list[_Range]:
        """Ranges of an extent, in each of which there is one program; the others are as given."""
        found: list[_Range] = []
        first = begin = self._first_that_works(symbol, base)
        lowest: OpenRecorded | None = None
        problem: Exception | None = None
        while True:
            if len(found) > _PIECES or (lowest is None and len(found) > _SINGLE_PIECES):
                raise problem or _too_many_pieces()
            if found and self._fails(_with(base, symbol, begin)):
                if lowest is None and problem is not None:
                    raise problem
                break  # from there on: an index out of range, say
            try:
                points = [_with(base, symbol, begin + k) for k in range(self.count + 3)]
                program = self._joined(points)
            except Exception as error:
                raise_if_of_handler(error)
                problem = problem or error
                found.append((begin, begin))
                begin += 1
                continue
            lowest = lowest or program
            more, last = self._ranges_of(program, symbol, base, begin)
            found += more
            if last is None:
                break
            begin = last + 1
        # Those that are special more often than not.
        for n in (1, 0) if first == 2 else ():
            is_same = self._compared(lowest, _with(base, symbol, n))
            if is_same is None:
                break
            if is_same and found[0][0] == n + 1 and found[0][1] != n + 1:
                found[0] = (n, found[0][1])
            else:
                found.insert(0, (n, n))
        return found

    def _first_that_works(self, symbol: int, base: Point) -> int:
        """From 2 on, if a function that works for one extent works for larger ones."""

        def works(n: int) -> bool:
            return not self._fails(_with(base, symbol, n))

        return 2 if works(2) else _first(2, base[symbol], works)

    def _fails(self, point: Point) -> bool:
        try:
            self._traces([point])
        except Exception as error:
            raise_if_of_handler(error)
            return True
        return False

    def _ranges_of(
        self, program: OpenRecorded, symbol: int, base: Point, begin: int
    ) -> tuple[list[_Range], int | None]:
        """Where a program is the right one from there on, and what is between; up to where it is
        not, or None."""

        def differs(n: int) -> bool:
            return not self._compared(program, _with(base, symbol, n))

        known = begin + self.count + 2
        top = max(self._largest(program, symbol, base), known + 1)
        # What this package compares extents with is no accident: it is looked at both sides.
        bound = None
        for n in sorted(program.limits):
            if n >= top and self._bytes(program, symbol, base, n + 1) > _BYTES_AT_LIMITS:
                bound = n - 1
                break
            top = max(top, n + 1)
        last = known if differs(known + 1) else None
        if last is None and differs(top):
            last = _first(known + 1, top, differs) - 1
        found, end = [], top if last is None else last
        for n in sorted(_fixed_extents(program.template.item)):
            # Matrices that are square, for example.
            if known < n <= end and differs(n):
                found += [(begin, n - 1), (n, n)]
                begin = n + 1
        return [*found, (begin, bound if last is None else last)], last

    def _largest(self, program: OpenRecorded, symbol: int, base: Point) -> int:
        """An extent for which the results of all operations take not too much memory."""
        n, size = 8, 1
        while n < _EXTENT:
            before, size = size, self._bytes(program, symbol, base, 2 * n)
            if size > (_BYTES_OF_SQUARES if size > 3 * before else _BYTES):
                break
            n *= 2
        return n

    def _bytes(self, program: OpenRecorded, symbol: int, base: Point, n: int) -> int:
        return _bytes_at(program.template.item, _with(base, symbol, n))

    def _compared(self, program: OpenRecorded | None, point: Point) -> bool | None:
        """Whether it is what the function does for these extents; None if that fails."""
        try:
            (trace,) = self._traces([point])
        except Exception as error:
            raise_if_of_handler(error)
            return None
        if not isinstance(program, OpenRecorded):
            return False
        try:
            Joining([point, point]).of([trace.code, program.template.at(point)])
            Joining([point, point]).of([trace.results, program.results])
            program.for_point(point)
        except Differs:
            return False
        except Exception:  # code that is refused where it stands for less than one element, say
            return None
        return True

    # ------------------------------------------------------------ for all extents

    def _for_region(self, region: tuple[_Range, ...]) -> Recorded:
        if all(begin == last for begin, last in region):
            (trace,) = self._traces([tuple([begin for begin, _ in region])])
            trace.made.take_code(trace.code, trace.results)
            return trace.made
        points = []
        for row in _POINTS[: self.count + 3]:
            chosen = []
            for n, (begin, last) in zip(row, region):
                n = (n if begin <= 4 else n + begin) * self._scale
                size = None if last is None else last - begin + 1
                chosen.append(n if size is None or n < begin + size else begin + n % size)
            points.append(tuple(chosen))
        made = self._joined(points)
        made.least = tuple([begin for begin, _ in region])
        made.most = tuple([last for _, last in region])
        return made

    def _joined(self, points: list[Point]) -> OpenRecorded:
        """What there is for all of these, and for others as well."""
        traces = self._traces(points)
        joining = Joining(points)
        code = joining.of([trace.code for trace in traces])
        results = joining.of([trace.results for trace in traces], "the result")
        made = OpenRecorded(traces[0].made, code, results, self.count)
        made.limits = set.intersection(*[trace.opened.limits for trace in traces])
        made.for_point(points[0])  # what is not sound is told here, and not when it is loaded
        return made

    def _look_at_corners(self, base: Point, found: list[Recorded]) -> None:
        """Several extents that are special at once; what is there for them comes first."""
        for given in itertools.product((None, 1, 0), repeat=self.count):
            if given.count(None) < self.count - 1:
                self._look_at(tuple([b if n is None else n for n, b in zip(given, base)]), found)
        for one, other in itertools.combinations(range(self.count), 2):
            point = _with(base, one, base[other])
            program = self._program_for(point, found)
            if program is not None and self._compared(program, point) is False:
                raise Differs(
                    "[save] what the function does depends on whether unknown extents are the same"
                )

    def _look_at(self, point: Point, found: list[Recorded]) -> None:
        program = self._program_for(point, found)
        if program is None:
            return
        is_right = self._compared(program, point)
        if is_right is None:  # it is an error
            symbol = min(range(self.count), key=point.__getitem__)
            program.least = tuple([n + (k == symbol) for k, n in enumerate(program.least)])
        elif not is_right:
            found.insert(0, self._for_region(tuple([(n, n if n < 2 else None) for n in point])))

    def _program_for(self, point: Point, found: list[Recorded]) -> OpenRecorded | None:
        for each in found:
            if isinstance(each, OpenRecorded) and each.is_for(point):
                return each
        return None

    # ------------------------------------------------------------ records

    def _traces(self, points: list[Point]) -> list[_Trace]:
        """With these extents, none of which the function has seen."""
        if len(points) > 1:
            return self._hidden_traces(points)
        # Beside another one, so that it is known which extents of other tensors depend on them.
        (point,) = points
        smaller = tuple([n - 1 if n > 4 else n + 3 + k for k, n in enumerate(point)])
        larger = tuple([n + 3 + k if n > 4 else n + 1 + k for k, n in enumerate(point)])
        try:
            return self._hidden_traces([point, smaller])[:1]
        except Exception as error:
            raise_if_of_handler(error)
            return self._hidden_traces([point, larger])[:1]

    def _hidden_traces(self, points: list[Point]) -> list[_Trace]:
        hidden: dict[Key, tuple[int, ...]] = {}
        for _ in range(_ROUNDS):
            traces = [_Trace(self, point, hidden) for point in points]
            failures = [trace.failure for trace in traces if trace.failure is not None]
            seen = [trace.opened.seen for trace in traces]
            if not failures and all(x == seen[0] for x in seen):
                return traces
            more = _to_be_hidden([trace.opened for trace in traces], hidden)
            if more == hidden and failures:
                raise failures[0]
            if more == hidden:
                break
            hidden = more
        raise Differs(
            "[save] Python reads values or shapes that depend on unknown extents, and may go by "
            "them: `tf.shape`, operations and `tf.cond` are part of what is saved"
        )


def _by_truth(segment: tuple[Any, ...]) -> tuple[Any, ...]:
    """A guard that compares by whether values are 0, with 0 or 1: others depend on extents."""
    kind, end, slot, truth, *rest = segment
    if kind != "guard" or not truth:
        return segment
    (behind,) = rest
    ways = [(_core.cast(_core.cast(x, "bool"), x.dtype), number) for x, number in behind]
    return kind, end, slot, truth, ways


def _with(point: Point, symbol: int, n: int) -> Point:
    return (*point[:symbol], n, *point[symbol + 1 :])


def _first(begin: int, end: int, holds: Callable[[int], bool]) -> int:
    """The first number for which that holds: it does at the end and not at the begin."""
    step = 1
    while begin + step < end and not holds(begin + step):
        begin, step = begin + step, 2 * step
    end = min(end, begin + step)
    while end - begin > 1:
        middle = (begin + end) // 2
        if holds(middle):
            end = middle
        else:
            begin = middle
    return end


def _fixed_extents(template: dict[str, Any]) -> set[int]:
    """Of the values of a program, as far as they do not depend on those that are unknown."""
    shapes = [shape for _, shape in template["inputs"]]
    for _, _, _, written, *_ in template["instructions"]:
        shapes += [shape for _, _, shape in written]
    found = {n for shape in shapes for n in shape if type(n) is int and n > 1}
    return set(sorted(found)[:_FIXED_EXTENTS])


def _bytes_at(template: dict[str, Any], point: Point) -> int:
    """What inputs, constants and the results of all instructions take for these extents."""
    types = [*template["inputs"]]
    types += [(x.dtype, x.shape) for _, x in template["constants"] if isinstance(x, OpenTensor)]
    for _, _, _, written, *_ in template["instructions"]:
        types += [(dtype, shape) for _, dtype, shape in written]
    return sum(
        math.prod([number_at(n, point) for n in shape]) * as_dtype(dtype).size
        for dtype, shape in types
    )


def _too_many_pieces() -> Differs:
    return Differs(
        f"[save] what the function does differs between more than {_PIECES} ranges of unknown "
        "extents"
    )


def _to_be_hidden(
    opened: list[_core.OpenExtents], hidden: dict[Key, tuple[int, ...]]
) -> dict[Key, tuple[int, ...]]:
    """What functions are not to see, given what those saw that did not see some of that."""
    places = list(opened[0].shapes)
    if any(list(x.shapes) != places for x in opened):
        # They went different ways from the first difference on.
        rows = itertools.takewhile(
            lambda row: all(x == row[0] for x in row), zip(*[x.seen for x in opened])
        )
        different = len(list(rows))
        ends = [x.seen[different][0] for x in opened if different < len(x.seen)]
        known = [place for place in ends if place is not None]
        places = [place for place in places if known and place <= min(known)]
    found = dict(hidden)
    for place in places:
        shapes = [x.shapes.get(place) for x in opened]
        if any(shape is None or len(shape) != len(shapes[0] or ()) for shape in shapes):
            break
        axes = tuple([k for k, n in enumerate(zip(*shapes)) if len(set(n)) > 1])
        if axes:
            found[place] = axes
    return found
