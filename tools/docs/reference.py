"""Pages of reference: one for each public namespace, with every name that it has."""

from __future__ import annotations

import ast
import functools
import inspect
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from names import ROOT, Entry, entries, is_ours, members, namespaces

import autograd_c


def pages() -> dict[str, str]:
    """{file name: reStructuredText} of the page of each namespace."""
    return {f"{path}.rst": "\n".join(_page(path)) + "\n" for path in namespaces()}


def _page(space: str) -> Iterator[str]:
    yield from (space, "=" * len(space), "")
    # The page shows the docstring; the module itself is what index and cross-references name.
    yield from (f".. automodule:: {space}", "   :no-members:", "")
    within = [path for path in namespaces() if path.rpartition(".")[0] == space]
    elsewhere = _namespaces_at_home_elsewhere(space)
    if within or elsewhere:
        yield from ("Namespaces", "----------", "")
        for path in within:
            yield f"- :doc:`{path}`: {first_line(namespaces()[path])}"
        for name, path in elsewhere:
            yield f"- ``{name}``, which is :doc:`{path}`"
        yield ""
    own = [entry for entry in entries().values() if entry.path.rpartition(".")[0] == space]
    groups = {
        "Classes": [e for e in own if _is_described(e) and isinstance(e.thing, type)],
        "Functions": [e for e in own if _is_described(e) and _is_function(e.thing)],
        "Objects": [
            e
            for e in own
            if _is_described(e) and not isinstance(e.thing, type) and not _is_function(e.thing)
        ],
        "Other names": [e for e in own if e.home != e.path],
        "Values, and names of NumPy and Python": [
            e for e in own if e.home == e.path and not _is_described(e)
        ],
    }
    for title, group in groups.items():
        if group:
            yield from (title, "-" * len(title), "")
            group = sorted(group, key=lambda entry: (entry.path.lower(), entry.path))
            yield from (_line_of(group), "")
            for entry in group:
                yield from _described(entry)
                yield ""


def _line_of(group: list[Entry]) -> str:
    """All names of a group, to see them at once."""
    return ", ".join(f":py:obj:`{e.path.rpartition('.')[2]} <{e.path}>`" for e in group)


def _namespaces_at_home_elsewhere(space: str) -> list[tuple[str, str]]:
    module = namespaces()[space]
    homes = {id(each): path for path, each in namespaces().items()}
    found = []
    for name in module.__all__:
        home = homes.get(id(getattr(module, name)))
        if home is not None and home != f"{space}.{name}":
            found.append((name, home))
    return found


def first_line(thing: object) -> str:
    """What a docstring says first, without markup."""
    line = (inspect.getdoc(thing) or "").partition("\n")[0]
    return line.replace("`", "").replace("*", r"\*")


def _is_function(thing: object) -> bool:
    return inspect.isroutine(thing)


def _is_described(entry: Entry) -> bool:
    """Whether the page has the docstring; else there is none, or it is somewhere else."""
    return entry.home == entry.path and is_ours(entry.thing) and _has_own_docstring(entry.thing)


def _has_own_docstring(thing: object) -> bool:
    """A dtype, say, has only that of its class."""
    if isinstance(thing, type) or _is_function(thing):
        return True
    return "scipy" in type(thing).__module__  # its distributions describe themselves


def _described(entry: Entry) -> Iterator[str]:
    thing, own = entry.thing, entry.path.rpartition(".")[2]
    if entry.home != entry.path:
        kind = "class" if isinstance(thing, type) else "function"
        if not isinstance(thing, type) and not _is_function(thing):
            kind = "data"
        arguments = "" if kind == "data" else signature_of(thing)
        yield from (f".. py:{kind}:: {own}{arguments}", "")
        yield f"   The same as :py:obj:`{entry.home}`."
    elif not _is_described(entry):
        yield f".. py:data:: {own}"
        module = getattr(thing, "__module__", None)
        if callable(thing) and module is not None and module.partition(".")[0] != ROOT:
            where = "Python's" if module == "builtins" else "NumPy's"
            name = getattr(thing, "__name__", own)
            yield from ("", f"   {where} own ``{name}``.")
        elif isinstance(thing, types.ModuleType):
            yield from ("", f"   NumPy's own ``{thing.__name__}``.")
        elif isinstance(thing, (int, float, str, types.NoneType)):
            yield f"   :value: {thing!r}"
        else:
            yield from ("", f"   {_article(type(thing).__name__.lstrip('_'))}.")
    elif isinstance(thing, type):
        yield f".. autoclass:: {entry.path}{constructors().get(own, '')}"
        names = sorted(members(thing))
        if names:
            yield f"   :members: {', '.join(names)}"
    elif _is_function(thing):
        yield f".. autofunction:: {entry.path}"
    else:
        yield from (f".. py:data:: {own}", "")
        yield f"   .. docstring-of:: {entry.path}"
        yield ""
        for name in members(type(thing)):
            yield from (f"   .. py:method:: {own}.{name}{signature_of(getattr(thing, name))}", "")
            yield from (f"      .. docstring-of:: {entry.path}.{name}", "")


def _article(name: str) -> str:
    return f"{'An' if name[0] in 'AEIOU' else 'A'} ``{name}``"


def signature_of(thing: Any) -> str:
    """The parameters and their defaults, without types; nothing where there are none to be had."""
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return constructors().get(getattr(thing, "__name__", ""), "")
    bare = [p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))


@functools.cache
def constructors() -> dict[str, str]:
    """{class: signature} of the classes of the compiled core, which keep none: their stubs do."""
    stubs = Path(autograd_c.__file__).parent / "core" / "_core.pyi"
    found = {}
    for node in ast.parse(stubs.read_text("utf-8")).body:
        for each in node.body if isinstance(node, ast.ClassDef) else []:
            if isinstance(each, ast.FunctionDef) and each.name == "__init__":
                arguments = each.args
                arguments.args = arguments.args[1:]
                for argument in [*arguments.args, *arguments.kwonlyargs]:
                    argument.annotation = None
                found[node.name] = f"({ast.unparse(arguments)})"
    return {name: text for name, text in found.items() if "Never" not in text}
