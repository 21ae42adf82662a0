"""Functions in files: programs for some kinds of arguments, and what these look like."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_c.control.specs import TensorSpec
from autograd_c.core import _core
from autograd_c.functions.arrays import zeros
from autograd_c.programs import archive
from autograd_c.programs.saving import Arrays, pack, unpack, version_of
from autograd_c.values import errors

KIND = "function"
_DEEPEST = 50  # of lists in lists


class Recorded:
    """A program of a function for one kind of arguments.

    Attributes:
      program: whose inputs are the tensors among the arguments, in their order.
      names: of the inputs: `w`, or `w[0]` of a list.
      inputs: the tensors that it was recorded with.
      arguments, results: what was given and returned, with numbers in the place of tensors.
      parameters: names of the arguments that may be given by position.
      defaults: of arguments, by their names, as in `arguments`.
      flat: the function of those inputs, which returns a list of tensors.
    """

    program: _core.Program
    flat: Callable[..., list[Any]]
    names: list[str]
    inputs: list[Any]
    arguments: Any
    results: Any
    parameters: list[str]
    defaults: dict[str, Any]


def record(
    function: Callable[..., Any],
    *args: Any,
    places: bool = False,
    parts: bool = True,
    **kwargs: Any,
) -> Recorded:
    """Record what a function does with arguments like these.

    Args:
        function: or what `tf.function` has made of one.
        *args, **kwargs: tensors, arrays and `tf.TensorSpec`s of known shapes, of which programs are
            recorded for all values; lists, tuples and dicts of them; None, texts, bools and
            numbers, which the program is for.
        places: whether it is noted which lines instructions are from.
        parts: whether loops and branches are one instruction each.

    Raises:
        InvalidArgumentError: (`ValueError`) if an argument or a result is something else, or a
            shape is not known.
        UnimplementedError: (`NotImplementedError`) if an operation cannot be run again.
    """
    plain = getattr(function, "python_function", function)
    made = Recorded()
    made.parameters, made.defaults, args, kwargs = _by_position(plain, args, kwargs)
    tensors = made.inputs = []
    made.names = []
    structure = [
        _described(x, tensors, made.names, _name(made.parameters, k)) for k, x in enumerate(args)
    ]
    by_name = {key: _described(kwargs[key], tensors, made.names, key) for key in sorted(kwargs)}
    made.arguments = [structure, [[key, item] for key, item in by_name.items()]]

    def flat(*given: Any) -> list[Any]:
        values = iter(given)
        positional = [_filled(item, lambda k: next(values)) for item in structure]
        named = {key: _filled(item, lambda k: next(values)) for key, item in by_name.items()}
        outputs: list[Any] = []
        made.results = _described(plain(*positional, **named), outputs, [], "the result")
        return outputs

    made.flat = flat
    made.program = _core.Program(flat, tensors, places=places, parts=parts)
    return made


def save(
    function: Callable[..., Any], path: str | os.PathLike[str], *args: Any, **kwargs: Any
) -> None:
    """Write a function to a file, for arguments like these; `load` makes a function of it.

    Variables that it reads are saved with the values that they have now.

    Args:
        function: or what `tf.function` has made of one.
        path: of the file.
        *args, **kwargs: as of `record`.

    Raises:
        InvalidArgumentError, UnimplementedError: as `record` and `saving.save`.
        OSError: if the file cannot be written.

    >>> import os, tempfile
    >>> import autograd_c as tf
    >>> from autograd_c.programs.functions import load, save
    >>> def area(box, scale=1.0):
    ...     return {"area": box["a"] * box["b"] * scale}
    >>> box = {"a": tf.constant(2.0), "b": tf.constant(3.0)}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "area.agc")
    ...     save(area, path, box, scale=10.0)
    ...     again = load(path)
    >>> again(box, scale=10.0)
    {'area': <tf.Tensor: shape=(), dtype=float32, numpy=60.0>}
    """
    write(path, getattr(function, "__name__", ""), [record(function, *args, **kwargs)])


def write(path: str | os.PathLike[str], name: str, programs: list[Recorded]) -> None:
    """Write a function's programs, one for each kind of arguments."""
    arrays = Arrays()
    content: dict[str, Any] = {
        "name": name,
        "programs": [
            {
                "parameters": each.parameters,
                "defaults": [[name, item] for name, item in each.defaults.items()],
                "arguments": each.arguments,
                "results": each.results,
                "program": pack(each.program, arrays),
            }
            for each in programs
        ],
    }
    contents = [each["program"] for each in content["programs"]]
    archive.write(path, KIND, content, arrays.finished(), version_of(contents))


class LoadedFunction:
    """A function from a file. It is called as the one that was saved.

    Attributes:
      name: of that function.
      programs: one for each kind of arguments.
    """

    def __init__(self, name: str, programs: list[Recorded]) -> None:
        self.name = self.__name__ = name
        self.programs = programs

    def __repr__(self) -> str:
        return f"<LoadedFunction {self.name}, for {len(self.programs)} kinds of arguments>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The results for arguments like those that a program is for.

        Raises:
            InvalidArgumentError: (`ValueError`) if there is no program for them.
        """
        for each in self.programs:
            tensors = _matched(each, args, kwargs)
            if tensors is not None:
                return _filled(each.results, each.program.run(tensors).__getitem__)
        raise errors.InvalidArgumentError(
            f"{self.name or 'the function'} was saved for other arguments: other dtypes, shapes, "
            "structures or Python values"
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the function to a file again."""
        write(path, self.name, self.programs)


def load(path: str | os.PathLike[str]) -> LoadedFunction:
    """The function that `save` has written to a file; see `saving.load` for what is checked.

    Raises:
        OSError, DataLossError, InvalidArgumentError, UnimplementedError: as `saving.load`.
    """
    content, arrays = archive.read(path, KIND)
    try:
        name, programs = content["name"], content["programs"]
        if type(name) is not str or type(programs) is not list:
            raise ValueError("no name, or no programs")
        return LoadedFunction(name, [_loaded(each, arrays) for each in programs])
    except errors.OpError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, RecursionError) as error:
        raise errors.InvalidArgumentError(f"this is no function: {error!r:.200}") from error


def _loaded(content: Any, arrays: list[archive.Array]) -> Recorded:
    made = Recorded()
    made.parameters = content["parameters"]
    if type(made.parameters) is not list or not all(type(x) is str for x in made.parameters):
        raise ValueError("parameters without names")
    made.defaults = dict(content["defaults"])
    for name, item in made.defaults.items():
        if type(name) is not str or _numbers(item):
            raise ValueError("a default that is none")
    made.program = unpack(content["program"], arrays)
    code = made.program.code()
    positional, named = content["arguments"]
    items = [*positional]
    for key, item in named:
        if type(key) is not str:
            raise ValueError("an argument without a name")
        items.append(item)
    if _numbers(["list", items]) != list(range(len(code["inputs"]))):
        raise ValueError("arguments that are not the inputs")
    if _numbers(content["results"]) != list(range(len(code["outputs"]))):
        raise ValueError("results that are not the outputs")
    made.arguments, made.results = content["arguments"], content["results"]
    made.names = [f"x{k}" for k in range(len(code["inputs"]))]
    made.inputs = []
    return made


def program_for(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Recorded:
    """The program of a `Program`, a loaded or any other function for arguments like these."""
    if isinstance(function, _core.Program):
        made = Recorded()
        made.program, made.inputs = function, list(args)
        made.names = [f"x{k}" for k in range(len(function.code()["inputs"]))]
        return made
    if not isinstance(function, LoadedFunction):
        return record(function, *args, places=True, **kwargs)
    for each in function.programs:
        tensors = _matched(each, args, kwargs)
        if tensors is not None or (not (args or kwargs) and len(function.programs) == 1):
            each.inputs = tensors or []
            return each
    raise errors.InvalidArgumentError(f"{function.name} has no program for these arguments")


# ---------------------------------------------------------------- arguments


def _by_position(
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
            defaults[p.name] = _described(p.default, _NoTensors(), [], p.name)
        except errors.InvalidArgumentError:  # it has to be given, then
            continue
        bound.arguments.setdefault(p.name, p.default)
    return names, defaults, bound.args, bound.kwargs


class _NoTensors(list[Any]):
    def append(self, item: Any) -> None:
        raise errors.InvalidArgumentError("a tensor is no default that is saved")


def _name(parameters: list[str], k: int) -> str:
    return parameters[k] if k < len(parameters) else f"x{k}"


def _matched(made: Recorded, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any] | None:
    """The tensors among arguments, or None if the program is for others."""
    structure, by_name = made.arguments
    rest = dict(kwargs)
    tensors: list[Any] = []
    found = [_described(x, tensors, [], "an argument") for x in args]

    def missing(name: str) -> Any:
        if name in rest:
            return _described(rest.pop(name), tensors, [], name)
        return made.defaults.get(name)

    for k in range(len(args), len(structure)):
        found.append(missing(_name(made.parameters, k)))
    if found != structure or [[key, missing(key)] for key, _ in by_name] != by_name or rest:
        return None
    kinds = tuple((x.dtype.name, tuple(x.shape)) for x in tensors)
    return tensors if kinds == made.program.code()["inputs"] else None


# ---------------------------------------------------------------- structures
#
# As lists that JSON has: ["tensor", number], ["list", items], ["tuple", items], ["dict", [[key,
# item], ...]], ["none"], ["bool", x], ["int", text], ["float", text], ["str", x].


def _described(x: Any, tensors: list[Any], names: list[str], name: str, depth: int = 0) -> Any:
    """A structure without its tensors, which are added to those that there are."""

    def inside(item: Any, key: Any) -> Any:
        return _described(item, tensors, names, f"{name}[{key!r}]", depth + 1)

    if depth > _DEEPEST:
        raise errors.InvalidArgumentError(f"{name} is too deep")
    if isinstance(x, TensorSpec):
        if not x.shape.is_fully_defined():
            raise errors.InvalidArgumentError(f"{name}: the shape of {x} is not known")
        x = zeros(x.shape, x.dtype)
    if isinstance(x, (_core.Tensor, _core.Variable, np.ndarray, np.generic)):
        tensors.append(_core.convert_to_tensor(x))
        names.append(name)
        return ["tensor", len(tensors) - 1]
    if x is None:
        return ["none"]
    if type(x) is bool or type(x) is str:
        return [type(x).__name__, x]
    if type(x) is int:
        return ["int", str(x)]
    if type(x) is float:
        return ["float", x.hex()]
    if type(x) is list or type(x) is tuple:
        return [type(x).__name__, [inside(item, k) for k, item in enumerate(x)]]
    if type(x) is dict and all(type(key) is str for key in x):
        return ["dict", [[key, inside(item, key)] for key, item in x.items()]]
    raise errors.InvalidArgumentError(
        f"{name} is of {type(x).__name__}: functions in files take and return tensors, numbers, "
        "texts, None, and lists, tuples and dicts of them"
    )


def _filled(item: Any, tensor: Callable[[int], Any]) -> Any:
    """The structure with its tensors."""
    kind = item[0]
    if kind == "tensor":
        return tensor(item[1])
    if kind == "none":
        return None
    if kind == "int":
        return int(item[1])
    if kind == "float":
        return float.fromhex(item[1])
    if kind == "list":
        return [_filled(x, tensor) for x in item[1]]
    if kind == "tuple":
        return tuple([_filled(x, tensor) for x in item[1]])
    if kind == "dict":
        return {key: _filled(x, tensor) for key, x in item[1]}
    return item[1]


def _numbers(item: Any, depth: int = 0) -> list[int]:
    """The numbers of the tensors in a structure, which is checked."""
    kind = item[0]
    if depth > _DEEPEST + 1 or type(item) is not list:
        raise ValueError("a structure that is none")
    if kind == "none":
        return []
    x = item[1]
    if kind == "tensor" and type(x) is int:
        return [x]
    if kind in ("bool", "str") and type(x).__name__ == kind:
        return []
    if kind in ("int", "float") and type(x) is str and len(x) < 100:
        (int if kind == "int" else float.fromhex)(x)
        return []
    if kind in ("list", "tuple") and type(x) is list:
        return [number for each in x for number in _numbers(each, depth + 1)]
    if kind == "dict" and type(x) is list and all(type(key) is str for key, _ in x):
        return [number for _, each in x for number in _numbers(each, depth + 1)]
    raise ValueError("a structure that is none")
