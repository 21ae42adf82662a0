"""Functions as files of C99: what `export_c` writes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd_c.core import _core
from autograd_c.exporting.helpers import LIBM, Helpers
from autograd_c.exporting.program import RESERVED, Argument, CFunction
from autograd_c.exporting.writer import Place, comment
from autograd_c.programs.archive import write_in_one_step
from autograd_c.programs.functions import record
from autograd_c.programs.kinds import Recorded
from autograd_c.transforms.gradients import value_and_grad
from autograd_c.transforms.jacobians import jacobian
from autograd_c.transforms.products import hvp
from autograd_c.values import errors

DERIVATIVES = ("gradient", "jacobian", "hvp")
INCLUDES = ("float.h", "math.h", "stdbool.h", "stddef.h", "stdint.h")


def export_c(
    function: Callable[..., Any],
    path: str | os.PathLike[str],
    args: Sequence[Any],
    kwargs: dict[str, Any],
    derivatives: Iterable[str] = (),
    c_name: str | None = None,
) -> None:
    """Write a function and derivatives of it as C; see `Savable.export_c`."""
    asked = [derivatives] if isinstance(derivatives, str) else list(derivatives)
    for name in asked:
        if name not in DERIVATIVES:
            raise errors.InvalidArgumentError(
                f"[export_c] derivatives: {name!r} is none of {', '.join(DERIVATIVES)}"
            )
    name = c_name if c_name is not None else identifier(getattr(function, "__name__", "f"))
    if identifier(name) != name:
        raise errors.InvalidArgumentError(f"[export_c] {name!r} is no name of a function in C")
    recorded = record(function, *args, places=True, **kwargs)
    helpers = Helpers()
    functions = [_function_of(name, recorded, helpers)]
    functions += [_derivative(kind, name, recorded, helpers) for kind in asked]
    path = os.fspath(path)
    stem, _ = os.path.splitext(path)
    header = f"{stem}.h"
    if os.path.abspath(header) == os.path.abspath(path):
        raise errors.InvalidArgumentError("[export_c] a file of C is not called .h")
    _write(path, source_text(functions, helpers))
    _write(header, header_text(functions, os.path.basename(header)))


def _write(path: str, text: str) -> None:
    write_in_one_step(path, lambda file: file.write(text.encode()))


def identifier(text: str) -> str:
    """A name in C that resembles a text."""
    plain = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_") or "f"
    if plain[0].isdigit():
        plain = f"x{plain}"
    is_taken = plain in RESERVED or re.fullmatch(r"([acrst]|i)\d+", plain) is not None
    return f"{plain}_" if is_taken or _is_library(plain) else plain


def _is_library(name: str) -> bool:
    plain = name[:-1] if name.endswith("f") else name
    return (
        name in LIBM.values()
        or plain in LIBM.values()
        or re.search(r"_[fiub]\d+$", name) is not None
    )


# ---------------------------------------------------------------- functions


def _function_of(name: str, recorded: Recorded, helpers: Helpers) -> CFunction:
    results = _unique(_result_titles(recorded.results), _input_names(recorded))
    return _made(name, recorded.program, recorded.names, results, helpers)


def _made(
    name: str,
    program: _core.Program,
    inputs: Sequence[str],
    results: Sequence[tuple[str, str]],
    helpers: Helpers,
    places: Sequence[Place] | None = None,
) -> CFunction:
    if program.bound:
        raise errors.InvalidArgumentError(
            "[export_c] what the function does holds for the values alone that it was recorded "
            "with: it has read some of them, drawn random numbers, or assigned to a Variable. "
            "`tf.where` and `tf.cond` choose by values without reading them"
        )
    code = program.code()
    kinds = {slot: (dtype, shape) for slot, dtype, shape in _types(code)}
    arguments = [
        (slot, Argument(own, title, *code["inputs"][slot]))
        for slot, (own, title) in enumerate(_unique(inputs, []))
    ]
    outputs = [
        Argument(own, title, *kinds[slot])
        for (own, title), slot in zip(results, code["outputs"], strict=True)
    ]
    places = program.places if places is None else places
    return CFunction(name, program.simplified_code(), arguments, outputs, places, helpers)


def _types(code: dict[str, Any]) -> Iterable[tuple[int, str, tuple[int, ...]]]:
    for slot, (dtype, shape) in enumerate(code["inputs"]):
        yield slot, dtype, shape
    for slot, tensor in code["constants"]:
        yield slot, tensor.dtype.name, tuple(tensor.shape)
    for _, _, _, written, *_ in code["instructions"]:
        yield from written


def _input_names(recorded: Recorded) -> list[str]:
    return [own for own, _ in _unique(recorded.names, [])]


def _unique(titles: Sequence[str], taken: Iterable[str]) -> list[tuple[str, str]]:
    """Names in C, all different and other than those that are taken, with their titles."""
    used, made = set(taken), []
    for title in titles:
        own = plain = identifier(title)
        number = 2
        while own in used:
            own, number = f"{plain}_{number}", number + 1
        used.add(own)
        made.append((own, title))
    return made


def _result_titles(structure: Any, title: str = "result") -> list[str]:
    kind = structure[0]
    if kind == "tensor":
        return [title]
    if kind in ("list", "tuple"):
        parts = enumerate(structure[1])
    elif kind == "dict":
        parts = iter(structure[1])
    else:
        return []
    found = []
    for key, item in parts:
        found += _result_titles(item, f"{title}[{key!r}]")
    return found


def _derivative(kind: str, name: str, recorded: Recorded, helpers: Helpers) -> CFunction:
    code = recorded.program.code()
    inputs = recorded.inputs
    sources = [k for k, (dtype, _) in enumerate(code["inputs"]) if dtype.startswith("float")]
    if not sources:
        raise errors.InvalidArgumentError(
            f"[export_c] {name} has no argument of floats that it could be differentiated by"
        )
    titles = [recorded.names[k] for k in sources]
    outputs = _result_titles(recorded.results)
    kinds = {slot: (dtype, shape) for slot, dtype, shape in _types(code)}
    if kind != "jacobian" and [kinds[slot][1] for slot in code["outputs"]] != [()]:
        raise errors.InvalidArgumentError(
            f"[export_c] {name} returns {len(outputs)} tensors, or one of a shape other than []: a "
            f"{kind} is that of a single number. A Jacobian can be had"
        )
    names = list(recorded.names)

    def fixed(all_: Sequence[Any]) -> Callable[..., Any]:
        """The function of the sources, the others being what they are."""

        def f(*xs: Any) -> Any:
            given = list(all_)
            for k, x in zip(sources, xs, strict=True):
                given[k] = x
            made = recorded.flat(*given)
            return made[0] if kind != "jacobian" else made

        return f

    every = tuple(range(len(sources)))
    if kind == "gradient":

        def derived(*xs: Any) -> list[Any]:
            value, slopes = value_and_grad(fixed(xs), every)(*[xs[k] for k in sources])
            return [value, *slopes]

        results = [outputs[0], *[f"gradient by {x}" for x in titles]]
    elif kind == "jacobian":

        def derived(*xs: Any) -> list[Any]:
            rows = jacobian(fixed(xs), every)(*[xs[k] for k in sources])
            return [block for row in rows for block in row]

        results = [f"jacobian of {y} by {x}" for y in outputs for x in titles]
    else:
        names += [f"direction {x}" for x in titles]
        inputs = [*inputs, *[inputs[k] for k in sources]]

        def derived(*xs: Any) -> list[Any]:
            primals, vectors = xs[: len(recorded.names)], xs[len(recorded.names) :]
            product = hvp(fixed(primals), [primals[k] for k in sources], list(vectors))
            return list(product) if len(sources) > 1 else [product]

        results = [f"product by {x}" for x in titles]
    program = _core.Program(derived, inputs, places=True, parts=True)
    named = _unique(results, [own for own, _ in _unique(names, [])])
    # What derivatives compute is from where these were asked for: that helps nobody.
    known = set(recorded.program.places)
    places = [place if place in known else None for place in program.places]
    return _made(f"{name}_{kind}", program, names, named, helpers, places)


# ---------------------------------------------------------------- texts


def _about(f: CFunction) -> str:
    lines = [
        f"/* {f.name} returns 0" + (", or the number of what has failed." if f.failures else ".")
    ]
    for heading, arguments in (("Arguments:", f.inputs), ("Results:", f.results)):
        if arguments:
            lines.append(f"   {heading}")
            for x in arguments:
                title = "" if x.title == x.name else f": {comment(x.title)}"
                lines.append(f"     {x.name}{title}, {x.dtype}{list(x.shape)}")
    if f.work:
        lines.append(f"   It works with {f.work_bytes} bytes of memory, for one call at a time.")
    return "\n".join(lines) + " */"


def _declarations(functions: Sequence[CFunction]) -> str:
    parts = []
    for f in functions:
        parts.append(_about(f))
        if f.work:
            parts.append(f.work_text())
        parts.append(f"{f.head()};\n")
    return "\n".join(parts)


_NOTE = """\
/* Arrays are in C order. Results may not overlap with arguments or with each other. Several
   threads may call any of the functions at once. */"""


def source_text(functions: Sequence[CFunction], helpers: Helpers) -> str:
    """A file of C that needs no other one."""
    return "\n".join(
        [
            "/* C99, written by autograd_c's export_c. It needs no other file but libm. */",
            *[f"#include <{x}>" for x in INCLUDES],
            "",
            _NOTE,
            "",
            _declarations(functions),
            *[f"{text}\n" for text in helpers.texts],
            *[f"{f.definition()}\n" for f in functions],
        ]
    )


def header_text(functions: Sequence[CFunction], name: str) -> str:
    """What a program that calls the functions includes."""
    guard = re.sub(r"\W", "_", name, flags=re.ASCII).upper()
    return "\n".join(
        [
            "/* Written by autograd_c's export_c with the file of C beside it. */",
            f"#ifndef {guard}",
            f"#define {guard}",
            "",
            "#include <stdbool.h>",
            "#include <stdint.h>",
            "",
            "#ifdef __cplusplus",
            "#define restrict",
            'extern "C" {',
            "#endif",
            "",
            _NOTE,
            "",
            _declarations(functions),
            "#ifdef __cplusplus",
            "}",
            "#undef restrict",
            "#endif",
            "#endif",
            "",
        ]
    )
