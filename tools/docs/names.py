"""The public names: which namespaces there are, what each has, and where a thing is at home."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator
from typing import Any, NamedTuple

import autograd_c
import autograd_c.typing

ROOT = "autograd_c"


class Entry(NamedTuple):
    """A public name."""

    path: str
    thing: Any
    # The path under which the thing is described: this one, or that of which it is another name.
    home: str


@functools.cache
def namespaces() -> dict[str, types.ModuleType]:
    """{path: module} of all public namespaces, each under the first path that leads to it."""
    found: dict[str, types.ModuleType] = {ROOT: autograd_c}
    waiting = [ROOT]
    for path in waiting:
        for name in found[path].__all__:
            thing = getattr(found[path], name)
            ours = isinstance(thing, types.ModuleType) and thing.__name__.startswith(f"{ROOT}.")
            if ours and hasattr(thing, "__all__") and thing.__name__ not in found:
                # keras.losses is autograd_c.losses, numpy.linalg the face of a room.
                known = thing.__name__ == f"{ROOT}.{name}"
                at = thing.__name__ if known else f"{path}.{name}"
                if at not in found and thing not in found.values():
                    found[at] = thing
                    waiting.append(at)
    found[f"{ROOT}.typing"] = autograd_c.typing
    return found


def is_ours(thing: Any) -> bool:
    """Whether a thing has a docstring of this package."""
    module = getattr(thing, "__module__", None) or getattr(type(thing), "__module__", "")
    return str(module).partition(".")[0] == ROOT and bool(getattr(thing, "__doc__", None))


@functools.cache
def entries() -> dict[str, Entry]:
    """{path: entry} of every public name that is no namespace itself."""
    found: dict[str, Entry] = {}
    firsts: dict[int, str] = {}
    for space, module in namespaces().items():
        for name in module.__all__:
            thing = getattr(module, name)
            if isinstance(thing, types.ModuleType) and thing in namespaces().values():
                continue
            path = f"{space}.{name}"
            home = f"{getattr(thing, '__module__', None)}.{getattr(thing, '__name__', None)}"
            if not is_ours(thing):
                home = path
            elif not _is_at(home, thing):
                # A dtype is at home under the name that it says, and not under `double` or `half`.
                called = f"{space}.{getattr(thing, 'name', None)}"
                at = called if _is_at(called, thing) else path
                home = firsts.setdefault(id(thing), at)
            found[path] = Entry(path, thing, home)
    return found


def _is_at(path: str, thing: Any) -> bool:
    space, _, name = path.rpartition(".")
    module = namespaces().get(space)
    return module is not None and name in module.__all__ and getattr(module, name) is thing


def members(cls: type) -> Iterator[str]:
    """The public methods and properties that a class, or a private base of it, defines."""
    public = {id(entry.thing) for entry in entries().values()}
    parts = [base for base in cls.__mro__[1:] if id(base) not in public and base is not object]
    ours = [part for part in parts if part.__module__.partition(".")[0] == ROOT]
    seen = set()
    for part in [cls, *ours]:
        for name, thing in vars(part).items():
            if name.startswith("_") or name in seen or isinstance(thing, type):
                continue
            seen.add(name)
            plain = thing.__func__ if isinstance(thing, (staticmethod, classmethod)) else thing
            is_member = callable(plain) or isinstance(
                plain, (property, types.GetSetDescriptorType, functools.cached_property)
            )
            # What other libraries' arrays have and ours do not is there to say so.
            is_absent = type(plain).__name__ in ("Absent", "AbsentAlways", "OfParts")
            if is_member and not is_absent and getattr(plain, "__doc__", None):
                yield name
