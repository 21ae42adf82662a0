"""What a function does with arguments of one kind, and which arguments these are."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from autograd_c.core import _core
from autograd_c.programs.structures import described, filled
from autograd_c.values import errors


class Recorded:
    """A function for one kind of arguments: a program, or paths that go by values.

    Attributes:
      program: whose inputs are the tensors among the arguments, in their order.
      paths: in its place where values are read, or Variables read or assigned; else None.
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
    flat: Callable[..., list[Any]]
    names: list[str]
    inputs: list[Any]
    types: tuple[tuple[str, tuple[int, ...]], ...]
    arguments: Any
    results: Any
    parameters: list[str]
    defaults: dict[str, Any]
    _program: _core.Program

    @property
    def program(self) -> _core.Program:
        """The program; of a single path that assigns nothing, with the values of Variables as
        constants."""
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
        return self.paths is None or _is_single(self.code())

    def take_paths(self, paths: _core.PathTree) -> None:
        self.paths = paths
        self.types = self.code()["inputs"]

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


def matched(made: Recorded, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any] | None:
    """The tensors among arguments, or None if it is for others."""
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
    types = tuple((x.dtype.name, tuple(x.shape)) for x in tensors)
    return tensors if types == made.types else None


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
