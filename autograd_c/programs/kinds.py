"""What a function does with arguments of one kind, and which arguments these are."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from autograd_c.core import _core
from autograd_c.programs.extents import Extent, Point, Template
from autograd_c.programs.saving import checked
from autograd_c.programs.structures import described, filled
from autograd_c.values import errors

# For how many extents programs are kept of a function that is for all.
_POINTS_KEPT = 64


class Recorded:
    """A function for one kind of arguments: a program, or paths that go by values.

    Attributes:
      program: whose inputs are the tensors among the arguments, in their order.
      paths: in its place where values are read, or Variables read or assigned; else None.
      template: in the place of both if it is for all extents: see `OpenRecorded`; else None.
      names: of the inputs: `w`, or `w[0]` of a list.
      inputs: the tensors that it was recorded with.
      types: (dtype, shape) of each of them.
      arguments, results: what was given and returned, with numbers in the place of tensors; of
        paths the list of what is returned at the end of each.
      parameters: names of the arguments that may be given by position.
      defaults: of arguments, by their names, as in `arguments`.
      flat: the function of those inputs, which returns a list of tensors.
    """

    paths: _core.PathTree | None = None
    template: Any = None
    flat: Callable[..., list[Any]]
    names: list[str]
    inputs: list[Any]
    types: tuple[tuple[str, tuple[Any, ...]], ...]
    arguments: Any
    results: Any
    parameters: list[str]
    defaults: dict[str, Any]
    _program: _core.Program

    @property
    def program(self) -> _core.Program:
        """The program; of a single path that assigns nothing, with the values of Variables as
        constants."""
        if self.template is not None:
            raise errors.InvalidArgumentError("the function is for all extents: give arguments")
        if self.paths is None:
            return self._program
        code = self.code()
        if not _is_single(code):
            raise errors.InvalidArgumentError(
                "the function is no single program: it goes by values that it reads, or assigns to "
                "Variables"
            )
        values = [(slot, _core.convert_to_tensor(v)) for slot, v in code["loads"]]
        return _core.Program.from_code(
            {
                "inputs": code["inputs"],
                "constants": [*code["constants"], *values],
                "instructions": code["instructions"],
                "outputs": code["segments"][0][2],
            }
        )

    @program.setter
    def program(self, program: _core.Program) -> None:
        self._program = program
        self.types = program.code()["inputs"]

    @property
    def is_single(self) -> bool:
        """Whether it is a single path that assigns nothing, so that there is a program."""
        return self.template is None and (self.paths is None or _is_single(self.code()))

    def take_arguments(self, other: Recorded) -> None:
        """Be for the same arguments, but for dtypes and shapes."""
        self.names, self.inputs, self.arguments = other.names, [], other.arguments
        self.parameters, self.defaults = other.parameters, other.defaults

    def take_paths(self, paths: _core.PathTree) -> None:
        self.paths = paths
        self.types = self.code()["inputs"]

    def for_tensors(self, tensors: list[Any]) -> Recorded | None:
        """What there is for tensors of such dtypes and shapes; None if it is for others."""
        types = tuple([(x.dtype.name, tuple(x.shape)) for x in tensors])
        return self if types == self.types else None

    def take_code(self, code: dict[str, Any], results: list[Any]) -> None:
        """Make a program of code of paths that is none but that, or else paths."""
        self.results, segments = results, code["segments"]
        if len(segments) > 1 or code["loads"] or segments[0][3] or not code["derivatives"]:
            self.take_paths(_core.paths_of_code(code))
            return
        program = {name: code[name] for name in ("inputs", "constants", "instructions")}
        self.program = _core.Program.from_code({**program, "outputs": segments[0][2]})
        (self.results,) = results

    def code(self) -> dict[str, Any]:
        """Of the paths, with the structures of results as they are in files."""
        assert self.paths is not None
        code = _core.paths_as_code(self.paths, list(range(self.paths.input_count)))
        return {**code, "results": [self.results[end] for (end, _), _ in code["results"]]}

    def run(self, tensors: list[Any], name: str) -> Any:
        """What the function returns for these inputs. `name`: of the function, for messages."""
        if self.paths is None:
            return filled(self.results, self._program.run(tensors).__getitem__)
        found = _core.follow_path(self.paths, tensors)
        if found is None:
            raise errors.InvalidArgumentError(
                f"{name or 'the function'} goes another way for these values than it went before "
                "it was saved: call it with such values and save it again"
            )
        end, outputs = found
        return filled(self.results[end], outputs.__getitem__)


class OpenRecorded(Recorded):
    """A function for arguments of which some extents may be any.

    Args:
        example: what of it does not depend on them.
        template: code of paths, of which a `Template` makes that for given extents.

    Attributes:
      least, most: of each extent.
      limits: numbers that extents were compared with when it was recorded.
    """

    least: tuple[int, ...]
    most: tuple[int | None, ...]
    limits: frozenset[int] | set[int] = frozenset()

    def __init__(
        self, example: Recorded, template: dict[str, Any], results: list[Any], count: int
    ) -> None:
        self.least, self.most = (0,) * count, (None,) * count
        self.take_arguments(example)
        self.results = results
        self.template = Template(template)
        self.types = tuple([(dtype, tuple(shape)) for dtype, shape in template["inputs"]])
        self._made: dict[Point, Recorded] = {}

    def code(self) -> dict[str, Any]:
        return {**self.template.item, "results": self.results}

    def point_of(self, shapes: list[tuple[int, ...]]) -> Point | None:
        """The extents that inputs of these shapes have; None if it is for others."""
        found: dict[int, int] = {}
        for (_, expected), shape in zip(self.types, shapes, strict=True):
            if len(expected) != len(shape):
                return None
            for number, n in zip(expected, shape, strict=True):
                if isinstance(number, Extent):
                    ((_, (symbol,)),) = number.terms
                    number = found.setdefault(symbol, n)
                if number != n:
                    return None
        point = tuple([found.get(k, n) for k, n in enumerate(self.least)])
        return point if self.is_for(point) else None

    def is_for(self, point: Point) -> bool:
        """Whether it is for these extents."""
        bounds = zip(point, self.least, self.most, strict=True)
        return all(least <= n and (most is None or n <= most) for n, least, most in bounds)

    def for_tensors(self, tensors: list[Any]) -> Recorded | None:
        if [x.dtype.name for x in tensors] != [dtype for dtype, _ in self.types]:
            return None
        point = self.point_of([tuple(x.shape) for x in tensors])
        if point is None:
            return None
        made = self._made.get(point)
        if made is None:
            made = self.for_point(point)
            if len(self._made) >= _POINTS_KEPT:
                self._made.pop(next(iter(self._made)), None)
            self._made[point] = made
        return made

    def for_point(self, point: Point) -> Recorded:
        """What there is for these extents, made anew."""
        made = Recorded()
        made.take_arguments(self)
        checked(lambda: made.take_code(self.template.at(point), self.results))
        return made


def _is_single(code: dict[str, Any]) -> bool:
    (kind, *_, last), *others = code["segments"]
    return kind == "return" and not others and not last


def of_arguments(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Recorded, Callable[[list[Any]], Any]]:
    """All of one that can be told of its arguments, and the function of other tensors in these."""
    made = Recorded()
    made.parameters, made.defaults, args, kwargs = by_position(function, args, kwargs)
    made.inputs, made.names = [], []
    positional = [
        described(x, made.inputs, made.names, argument_name(made.parameters, k))
        for k, x in enumerate(args)
    ]
    named = [[key, described(kwargs[key], made.inputs, made.names, key)] for key in sorted(kwargs)]
    made.arguments = [positional, named]

    def call(tensors: list[Any]) -> Any:
        by_place = [filled(item, tensors.__getitem__) for item in positional]
        by_name = {key: filled(item, tensors.__getitem__) for key, item in named}
        return function(*by_place, **by_name)

    return made, call


def matched(
    made: Recorded, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Recorded, list[Any]] | None:
    """What there is for such arguments, and the tensors among these; None if it is for others."""
    structure, by_name = made.arguments
    rest = dict(kwargs)
    tensors: list[Any] = []
    found = [described(x, tensors, [], "an argument") for x in args]

    def missing(name: str) -> Any:
        if name in rest:
            return described(rest.pop(name), tensors, [], name)
        return made.defaults.get(name)

    for k in range(len(args), len(structure)):
        found.append(missing(argument_name(made.parameters, k)))
    if found != structure or [[key, missing(key)] for key, _ in by_name] != by_name or rest:
        return None
    one = made.for_tensors(tensors)
    return None if one is None else (one, tensors)


def by_position(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[list[str], dict[str, Any], tuple[Any, ...], dict[str, Any]]:
    """Names of parameters, their defaults, and arguments by position where that can be."""
    try:
        signature = inspect.signature(function)
        bound = signature.bind(*args, **kwargs)
    except (TypeError, ValueError):  # the function's own error is better
        return [], {}, args, kwargs
    names, defaults = [], {}
    for p in signature.parameters.values():
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
            names.append(p.name)
        if p.default is p.empty:
            continue
        try:
            defaults[p.name] = described(p.default, _NoTensors(), [], p.name)
        except errors.InvalidArgumentError:  # it has to be given, then
            continue
        bound.arguments.setdefault(p.name, p.default)
    return names, defaults, bound.args, bound.kwargs


class _NoTensors(list[Any]):
    def append(self, item: Any) -> None:
        raise errors.InvalidArgumentError("a tensor is no default that is saved")


def argument_name(parameters: list[str], k: int) -> str:
    return parameters[k] if k < len(parameters) else f"x{k}"
