"""Programs in files: `save` and `load`."""

from __future__ import annotations

import importlib
import math
import os
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from autograd_c.core import _core
from autograd_c.functions.conversions import bitcast
from autograd_c.programs import archive
from autograd_c.programs.extents import (
    RULES,
    Extent,
    OpenComposite,
    OpenTensor,
    no_parts,
    packed,
    unpacked,
)
from autograd_c.values import errors

KIND = "program"
# Constants of fewer bytes share an array with others of their dtype.
_SMALL = 1 << 12
# Rooms that define operations when they are imported.
_ROOMS = ["functions.decompositions", "functions.singular_values", "arrays", "scipy.special"]
_ROOMS += ["scipy.linalg", "scipy.signal", "scipy.ndimage", "scipy.stats"]


def save(program: _core.Program, path: str | os.PathLike[str]) -> None:
    """Write a program to a file that `load` makes one of again, in any process and on any machine.

    The file holds data alone: operations by their names, constants, shapes. It is written in one
    step, so that a file that was there is either the old one or the new one. The same program makes
    the same file.

    Args:
        program: that was recorded.
        path: of the file.

    Raises:
        UnimplementedError: (`NotImplementedError`) if an operation is a function of Python's that
            has no name: a custom gradient, say.
        InvalidArgumentError: (`ValueError`) if the program holds for the values alone that it was
            recorded with.
        OSError: if the file cannot be written.

    >>> import os, tempfile
    >>> import autograd_c as tf
    >>> from autograd_c.core._core import Program
    >>> from autograd_c.programs.saving import load, save
    >>> program = Program(lambda x: tf.reduce_sum(tf.sin(x) * 2.0), [[1.0, 2.0]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "sines.agc")
    ...     save(program, path)
    ...     again = load(path)
    >>> print(again.run([[0.0, 1.5]])[0])
    tf.Tensor(1.99499, shape=(), dtype=float32)
    """
    arrays = Arrays()
    content = pack(program, arrays)
    archive.write(path, KIND, content, arrays.finished(), version_of([content]))


def load(path: str | os.PathLike[str]) -> _core.Program:
    """The program that `save` has written to a file.

    A file may come from anywhere: nothing in it is run as code, it is checked before memory is
    taken that the file does not have, and what is damaged or does not fit raises an error. What the
    program computes when it is run is up to who wrote it, and so are the time and the memory that
    this takes.

    Args:
        path: of the file.

    Returns:
        A `Program`. What its operations give is compared with what the file says of that when it
        is run first.

    Raises:
        OSError: if the file cannot be read.
        DataLossError: (`tf.errors`) if it is damaged, or no such file.
        InvalidArgumentError: (`ValueError`) if it holds no program that can be run.
        UnimplementedError: (`NotImplementedError`) if it takes a later version of this package.
    """
    content, arrays = archive.read(path, KIND)
    return unpack(content, arrays)


# ---------------------------------------------------------------- programs as content of files


class Arrays:
    """The arrays of a file that is being put together."""

    def __init__(self) -> None:
        self._arrays: list[archive.Array | None] = []
        self._shared: dict[str, tuple[int, list[archive.Array], int]] = {}
        self._large: dict[Any, int] = {}  # by their elements: several programs may have one

    def add(self, tensor: Any) -> list[Any]:
        """Take over the elements of a tensor: its dtype and shape, which array, and from where; or
        those of an `OpenTensor`: its dtype, shape and rule, and the numbers of that."""
        if isinstance(tensor, OpenTensor):
            numbers = map(self.add if tensor.rule == "full" else packed, tensor.numbers)
            return [tensor.dtype, list(map(packed, tensor.shape)), tensor.rule, list(numbers)]
        dtype = tensor.dtype.name
        flat = np.ravel(np.asarray(bitcast(tensor, "uint16") if dtype == "bfloat16" else tensor))
        if flat.nbytes >= _SMALL:
            key = (flat.dtype, archive.checksum(flat.tobytes()))
            if key not in self._large:
                self._large[key] = len(self._arrays)
                self._arrays.append(flat)
            return [dtype, list(tensor.shape), self._large[key], 0]
        if dtype not in self._shared:
            self._arrays.append(None)
            self._shared[dtype] = (len(self._arrays) - 1, [], 0)
        place, pieces, length = self._shared[dtype]
        pieces.append(flat)
        self._shared[dtype] = (place, pieces, length + len(flat))
        return [dtype, list(tensor.shape), place, length]

    def finished(self) -> list[archive.Array]:
        for place, pieces, _ in self._shared.values():
            self._arrays[place] = np.concatenate(pieces)
        return [array for array in self._arrays if array is not None]


def pack(program: _core.Program, arrays: Arrays) -> dict[str, Any]:
    """A program as lists, texts and integers; its constants are added to `arrays`."""
    if program.bound:
        raise errors.InvalidArgumentError(
            "[save] the program holds for the values alone that it was recorded with: the function "
            "has read some of them, drawn random numbers, or assigned to a Variable. `tf.cond`, "
            "`tf.while_loop` and `tf.where` go by values without reading them"
        )
    packing = _Packing(arrays)
    return packing.finished(packing.of(program))


def pack_paths(code: dict[str, Any], arrays: Arrays, variables: Variables) -> dict[str, Any]:
    """The same of what `_core.paths_as_code` returns."""
    packing = _Packing(arrays)
    content = packing.of_code(code)
    content["variables"] = [[slot, variables.number(v)] for slot, v in code["loads"]]
    content["segments"] = [_segment(each, arrays, variables) for each in code["segments"]]
    content["derivatives"] = code["derivatives"]
    return packing.finished(content)


def _segment(segment: tuple[Any, ...], arrays: Arrays, variables: Variables) -> dict[str, Any]:
    kind, end, *rest = segment
    if kind == "guard":
        slot, truth, behind = rest
        ways = [[*arrays.add(value), number] for value, number in behind]
        return {"end": end, "guard": slot, "truth": truth, "behind": ways}
    outputs, assigned = rest
    given = [[variables.number(v), slot, changes] for v, slot, changes in assigned]
    return {"end": end, "outputs": list(outputs), "assigned": given}


class Variables:
    """The Variables of a file that is being put together."""

    def __init__(self) -> None:
        self._all: list[_core.Variable] = []
        self._numbers: dict[int, int] = {}

    def __bool__(self) -> bool:
        return bool(self._all)

    def number(self, variable: _core.Variable) -> int:
        """Of one of them, which is added if it is new."""
        if id(variable) not in self._numbers:
            self._numbers[id(variable)] = len(self._all)
            self._all.append(variable)
        return self._numbers[id(variable)]

    def packed(self, arrays: Arrays) -> list[dict[str, Any]]:
        return [
            {
                "name": v.name,
                "trainable": v.trainable,
                # By name: no tape comes to watch it for that.
                "value": arrays.add(_core.constant(v.numpy(), v.dtype)),
            }
            for v in self._all
        ]


def version_of(programs: list[dict[str, Any]]) -> int:
    """The first version of the format that has all of these: the second one has loops, the third
    one paths and Variables, the fourth one unknown extents, and the fifth one custom gradients."""
    composites = [each for content in programs for each in content.get("composites", ())]
    if any(each["kind"] in _SINCE_FIVE for each in composites):
        return 5
    if any("extents" in content for content in programs):
        return 4
    if any("segments" in content for content in programs):
        return 3
    return 2 if composites else 1


# Kinds of composites.
_SINCE_FIVE = ("call", "custom_gradient", "recompute_grad")

_AnyComposite = _core.Composite | OpenComposite


class _Packing:
    """What programs of a file have in common.

    Attributes:
      types, names: their numbers.
      contents: of the composites, those that are part of others before these.
    """

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays
        self.types: dict[Any, int] = {}
        self.names: dict[str, int] = {}
        self.composites: dict[Any, int] = {}
        self.contents: list[Any] = []

    def of(self, program: _core.Program | dict[str, Any]) -> dict[str, Any]:
        if isinstance(program, dict):  # code of a part for all extents
            return {**self.of_code(program), "outputs": list(program["outputs"])}
        code = program.code()
        _core.Program.from_code(code)  # what is not sound is told here, and not when it is loaded
        return {**self.of_code(code), "outputs": list(code["outputs"])}

    def of_code(self, code: dict[str, Any]) -> dict[str, Any]:
        """All but what is read at the end."""
        return {
            "inputs": [self._type(*given) for given in code["inputs"]],
            "constants": [[slot, *self._arrays.add(value)] for slot, value in code["constants"]],
            "instructions": [self._instruction(*each) for each in code["instructions"]],
        }

    def finished(self, content: dict[str, Any]) -> dict[str, Any]:
        """With what its numbers stand for."""
        content["types"] = [[dtype, list(map(packed, shape))] for dtype, shape in self.types]
        content["operations"] = list(self.names)
        if self.composites:
            content["composites"] = self.contents
        return content

    def _type(self, dtype: str, shape: tuple[int, ...]) -> int:
        return self.types.setdefault((dtype, shape), len(self.types))

    def _instruction(
        self, name: str, attributes: Any, read: Any, written: Any, *parts: _AnyComposite
    ) -> list[Any]:
        return [
            None if parts else self.names.setdefault(name, len(self.names)),
            list(map(packed, attributes)),
            list(read),
            [[slot, self._type(dtype, shape)] for slot, dtype, shape in written],
            *[self._composite(each) for each in parts],
        ]

    def _composite(self, composite: _AnyComposite) -> int:
        # What is for all extents has dicts in it.
        key = id(composite) if isinstance(composite, OpenComposite) else composite
        if key not in self.composites:
            if not composite.kind:
                raise no_parts(composite)
            of = None if composite.of is None else self._composite(composite.of)
            content = {
                "kind": composite.kind,
                "numbers": list(map(packed, composite.numbers)),
                "programs": [self.of(program) for program in composite.programs],
                "of": of,
            }
            if composite.label:
                content["name"] = composite.label
            self.composites[key] = len(self.contents)
            self.contents.append(content)
        return self.composites[key]


def unpack(content: Any, arrays: list[archive.Array]) -> _core.Program:
    """The program of what `pack` has returned."""
    return checked(lambda: _Unpacking(content, arrays).program(content))


def unpack_paths(
    content: Any, arrays: list[archive.Array], variables: list[_core.Variable]
) -> _core.PathTree:
    """The paths of what `pack_paths` has returned."""
    return checked(lambda: _Unpacking(content, arrays).paths(content, variables))


def variables_of(content: Any, arrays: list[archive.Array]) -> list[_core.Variable]:
    """New ones, of what `Variables.packed` has returned."""
    made = []
    for each in content:
        name, trainable = each["name"], each["trainable"]
        if type(name) is not str or type(trainable) is not bool:
            raise ValueError("a Variable without a name")
        value = _value(each["value"], arrays)
        made.append(_core._rebuild_variable(value, trainable, name, None))
    return made


def unpack_open(
    content: Any, arrays: list[archive.Array], variables: list[_core.Variable]
) -> tuple[dict[str, Any], list[tuple[int, int | None]]]:
    """Code of paths for all extents, of what `pack_paths` has returned for such; and from which
    extent on, up to which one it is for each of these."""

    def make() -> tuple[dict[str, Any], list[tuple[int, int | None]]]:
        unpacking = _OpenUnpacking(content, arrays)
        return unpacking.open_paths(content, variables), unpacking.bounds

    return checked(make)


_Made = TypeVar("_Made")


def checked(make: Callable[[], _Made]) -> _Made:
    """What is made of the content of a file, whatever that is: an error of one type."""
    try:
        return make()
    except errors.OpError:
        raise
    except (
        KeyError,
        TypeError,
        ValueError,
        IndexError,
        OverflowError,
        RecursionError,
    ) as error:
        raise errors.InvalidArgumentError(f"this is no program: {error!r:.200}") from error


class _Unpacking:
    """Programs of a file: each is made of composites that there are already."""

    def __init__(self, content: dict[str, Any], arrays: list[archive.Array]) -> None:
        _know(content["operations"])
        self._types, self._names = content["types"], content["operations"]
        self._arrays = arrays
        self._composites: list[Any] = []
        for each in content.get("composites", ()):
            self._composites.append(self._composite(**each))

    def _composite(
        self, kind: str, numbers: Any, programs: Any, of: Any, name: str = ""
    ) -> _core.Composite:
        return _core.Composite(
            kind,
            numbers,
            [self.program(each) for each in programs],
            None if of is None else _of(self._composites, of),
            name,
        )

    def program(self, content: dict[str, Any]) -> _core.Program:
        return _core.Program.from_code({**self._code(content), "outputs": content["outputs"]})

    def paths(self, content: dict[str, Any], variables: list[_core.Variable]) -> _core.PathTree:
        return _core.paths_of_code(self.code_of_paths(content, variables))

    def code_of_paths(
        self, content: dict[str, Any], variables: list[_core.Variable]
    ) -> dict[str, Any]:
        return {
            **self._code(content),
            "loads": [(slot, _of(variables, number)) for slot, number in content["variables"]],
            "segments": [self._segment(variables, **each) for each in content["segments"]],
            "derivatives": content["derivatives"],
        }

    def _code(self, content: dict[str, Any]) -> dict[str, Any]:
        return {
            "inputs": [_of(self._types, number) for number in content["inputs"]],
            "constants": [(slot, self._value(value)) for slot, *value in content["constants"]],
            "instructions": [self._instruction(*each) for each in content["instructions"]],
        }

    def _segment(self, variables: list[_core.Variable], end: Any, **rest: Any) -> tuple[Any, ...]:
        if set(rest) == {"guard", "truth", "behind"}:
            behind = [(self._value(value), number) for *value, number in rest["behind"]]
            return "guard", end, rest["guard"], rest["truth"], behind
        if set(rest) != {"outputs", "assigned"}:
            raise ValueError("a segment that is none")
        assigned = [(_of(variables, number), *given) for number, *given in rest["assigned"]]
        return "return", end, rest["outputs"], assigned

    def _value(self, content: Any) -> Any:
        return _value(content, self._arrays)

    def _instruction(
        self, name: Any, attributes: Any, read: Any, written: Any, *parts: Any
    ) -> tuple[Any, ...]:
        results = [(slot, *_of(self._types, number)) for slot, number in written]
        if name is not None:
            return _of(self._names, name), attributes, read, results, *parts
        (number,) = parts
        composite = _of(self._composites, number)
        return composite.name, attributes, read, results, composite


class _OpenUnpacking(_Unpacking):
    """The same of what has numbers that depend on extents: code, of which programs can be made."""

    def __init__(self, content: dict[str, Any], arrays: list[archive.Array]) -> None:
        self.bounds = [(least, most) for least, most in content["extents"]]
        for least, most in self.bounds:
            if type(least) is not int or (most is not None and type(most) is not int):
                raise ValueError("extents that are none")
        self._count = len(self.bounds)
        types = [[dtype, self._numbers(shape)] for dtype, shape in content["types"]]
        super().__init__({**content, "types": types}, arrays)

    def open_paths(
        self, content: dict[str, Any], variables: list[_core.Variable]
    ) -> dict[str, Any]:
        for number in content["inputs"]:
            for n in _of(self._types, number)[1]:
                if isinstance(n, Extent) and not n.is_extent:
                    raise ValueError("an input whose extents are computed")
        return self.code_of_paths(content, variables)

    def _numbers(self, items: Any) -> tuple[Any, ...]:
        return tuple([unpacked(item, self._count) for item in items])

    def _composite(self, kind: str, numbers: Any, programs: Any, of: Any, name: str = "") -> Any:
        return OpenComposite(
            kind,
            self._numbers(numbers),
            tuple([{**self._code(each), "outputs": each["outputs"]} for each in programs]),
            None if of is None else _of(self._composites, of),
            name,
        )

    def _instruction(
        self, name: Any, attributes: Any, read: Any, written: Any, *parts: Any
    ) -> tuple[Any, ...]:
        return super()._instruction(name, self._numbers(attributes), read, written, *parts)

    def _value(self, content: Any) -> Any:
        dtype, shape, rule, numbers = content
        if type(rule) is int:
            return super()._value(content)
        if type(dtype) is not str or rule not in RULES or not numbers:
            raise ValueError("a constant without a rule")
        values = [super()._value(numbers[0])] if rule == "full" else self._numbers(numbers)
        return OpenTensor(dtype, self._numbers(shape), rule, tuple(values))


def _of(things: list[Any], number: Any) -> Any:
    if type(number) is not int or not 0 <= number < len(things):
        raise ValueError(f"there is no number {number!r:.50} of {len(things)}")
    return things[number]


def _value(content: Any, arrays: list[archive.Array]) -> Any:
    """The tensor of what `Arrays.add` has returned."""
    dtype, shape, place, begin = content
    array = _of(arrays, place)
    stored = "uint16" if dtype == "bfloat16" else dtype
    if stored != array.dtype.name:
        raise ValueError(f"a constant of dtype {dtype!r:.50} in an array of {array.dtype}")
    if type(shape) is not list or len(shape) > 32 or type(begin) is not int:
        raise ValueError("a constant without a shape or place")
    if not all(type(extent) is int and 0 <= extent < 2**60 for extent in shape):
        raise ValueError(f"a constant of shape {shape!r:.100}")
    count = math.prod(shape)
    if not 0 <= begin <= len(array) - count:
        raise ValueError("a constant that its array does not have")
    tensor = _core.constant(array[begin : begin + count].reshape(shape))
    return bitcast(tensor, "bfloat16") if dtype == "bfloat16" else tensor


def _know(names: Any) -> None:
    """Import what defines the operations of these names."""
    wanted = {name for name in names if type(name) is str}
    for room in _ROOMS:
        wanted -= {row["name"] for row in _core.operation_table()}
        if not wanted:
            return
        try:
            importlib.import_module(f"autograd_c.{room}")
        except ImportError:  # SciPy is not installed
            continue
