"""Functions in files: programs for some kinds of arguments, and what these look like."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from autograd_c.core import _core
from autograd_c.programs import archive
from autograd_c.programs.kinds import OpenRecorded, Recorded, matched, of_arguments
from autograd_c.programs.open_shapes import has_open_shapes, record_open
from autograd_c.programs.paths import record_paths
from autograd_c.programs.saving import (
    Arrays,
    Variables,
    pack,
    pack_paths,
    unpack,
    unpack_open,
    unpack_paths,
    variables_of,
    version_of,
)
from autograd_c.programs.structures import described_result, numbers
from autograd_c.values import errors

KIND = "function"


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
    made, call = of_arguments(plain, args, kwargs)

    def flat(*given: Any) -> list[Any]:
        outputs: list[Any] = []
        made.results = described_result(call(list(given)), outputs)
        return outputs

    made.flat = flat
    made.program = _core.Program(flat, made.inputs, places=places, parts=parts)
    return made


def save(
    function: Callable[..., Any], path: str | os.PathLike[str], *args: Any, **kwargs: Any
) -> None:
    """Write a function to a file, for arguments like these; `load` makes a function of it.

    Saved are the way that it goes for these arguments, those that `tf.function` has recorded of
    calls with arguments of the same kind, and Variables, with the values that they have now.

    Args:
        function: or what `tf.function` has made of one.
        path: of the file.
        *args, **kwargs: as of `record`. Where there is a `tf.TensorSpec` among them, it is what was
            recorded that is saved, if anything was.

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
    if has_open_shapes(args, kwargs):
        programs = record_open(function, args, kwargs)
    else:
        programs = [record_paths(function, args, kwargs)]
    write(path, getattr(function, "__name__", ""), programs)


def write(path: str | os.PathLike[str], name: str, programs: list[Recorded]) -> None:
    """Write what a function does, for each kind of arguments."""
    arrays, variables = Arrays(), Variables()
    content: dict[str, Any] = {
        "name": name,
        "programs": [_content(each, arrays, variables) for each in programs],
    }
    if variables:
        content["variables"] = variables.packed(arrays)
    contents = [each["program"] for each in content["programs"]]
    archive.write(path, KIND, content, arrays.finished(), version_of(contents))


def _content(made: Recorded, arrays: Arrays, variables: Variables) -> dict[str, Any]:
    if isinstance(made, OpenRecorded):
        packed, results = pack_paths(made.code(), arrays, variables), made.results
        packed["extents"] = [list(bounds) for bounds in zip(made.least, made.most, strict=True)]
    elif made.paths is None:
        packed, results = pack(made.program, arrays), made.results
    else:
        code = made.code()
        packed, results = pack_paths(code, arrays, variables), code["results"]
    return {
        "parameters": made.parameters,
        "defaults": [[name, item] for name, item in made.defaults.items()],
        "arguments": made.arguments,
        "results": results,
        "program": packed,
    }


class LoadedFunction:
    """A function from a file. It is called as the one that was saved.

    Attributes:
      name: of that function.
      programs: what it does, for each kind of arguments.
      variables: a tuple of the Variables that it reads or assigns.
    """

    def __init__(
        self, name: str, programs: list[Recorded], variables: tuple[_core.Variable, ...] = ()
    ) -> None:
        self.name = self.__name__ = name
        self.programs = programs
        self.variables = variables
        self._known = _core.KnownKinds()

    @property
    def trainable_variables(self) -> tuple[_core.Variable, ...]:
        """Those that tapes watch without being asked."""
        return tuple([v for v in self.variables if v.trainable])

    def __repr__(self) -> str:
        return f"<LoadedFunction {self.name}, for {len(self.programs)} kinds of arguments>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The results for arguments like those that it was saved for.

        Raises:
            InvalidArgumentError: (`ValueError`) if it was saved for none of their dtypes, shapes
                and Python values, or goes another way for the values of these tensors than it went
                before it was saved.
        """
        found = self._known.find(args, kwargs)
        if found is not None:
            made, tensors = found
            return made.run(tensors, self.name)
        for each in self.programs:
            found = matched(each, args, kwargs)
            if found is not None:
                made, tensors = found
                self._known.remember(args, kwargs, made, tensors)
                return made.run(tensors, self.name)
        raise errors.InvalidArgumentError(
            f"{self.name or 'the function'} was saved for other arguments: other dtypes, shapes, "
            "structures or Python values"
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the function to a file again, with the values that its Variables have now."""
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
        variables = variables_of(content.get("variables", []), arrays)
        kinds = [_loaded(each, arrays, variables) for each in programs]
        return LoadedFunction(name, kinds, tuple(variables))
    except errors.OpError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, RecursionError) as error:
        raise errors.InvalidArgumentError(f"this is no function: {error!r:.200}") from error


def _loaded(content: Any, arrays: list[archive.Array], variables: list[_core.Variable]) -> Recorded:
    made = Recorded()
    made.parameters = content["parameters"]
    if type(made.parameters) is not list or not all(type(x) is str for x in made.parameters):
        raise ValueError("parameters without names")
    made.defaults = dict(content["defaults"])
    for name, item in made.defaults.items():
        if type(name) is not str or numbers(item):
            raise ValueError("a default that is none")
    made.results, made.arguments = content["results"], content["arguments"]
    if "segments" in content["program"] and type(made.results) is not list:
        raise ValueError("results that are not those of the paths")
    if "extents" in content["program"]:
        code, bounds = unpack_open(content["program"], arrays, variables)
        made.names = []
        made = OpenRecorded(made, code, made.results, len(bounds))
        made.least, made.most = zip(*bounds, strict=True)
        ends = [len(segment[2]) for segment in code["segments"] if segment[0] == "return"]
    elif "segments" in content["program"]:
        paths = unpack_paths(content["program"], arrays, variables)
        ends = _core.ends_of_paths(paths)
        if len(made.results) == len(ends):
            made.take_paths(paths)
    else:
        made.program = unpack(content["program"], arrays)
        ends = [len(made.program.code()["outputs"])]
    structures = made.results if "segments" in content["program"] else [made.results]
    if len(structures) != len(ends):
        raise ValueError("results that are not those of the paths")
    for structure, count in zip(structures, ends, strict=True):
        if numbers(structure) != list(range(count)):
            raise ValueError("results that are not the outputs")
    positional, named = content["arguments"]
    items = [*positional]
    for key, item in named:
        if type(key) is not str:
            raise ValueError("an argument without a name")
        items.append(item)
    if numbers(["list", items]) != list(range(len(made.types))):
        raise ValueError("arguments that are not the inputs")
    made.names = [f"x{k}" for k in range(len(made.types))]
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
        found = matched(each, args, kwargs)
        if found is not None:
            made, made.inputs = found
            return made
        if not (args or kwargs) and len(function.programs) == 1:
            each.inputs = []
            return each
    raise errors.InvalidArgumentError(f"{function.name} has no program for these arguments")
