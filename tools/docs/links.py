"""What a name in a sentence means: the public thing whose page it can be linked to."""

from __future__ import annotations

import functools
import inspect
import re
from typing import Any

from names import ROOT, entries, members

PREFIXES = {
    "tf": ROOT,
    "autograd_c": ROOT,
    "func": f"{ROOT}.func",
}


@functools.cache
def targets() -> set[str]:
    """Every path that can be linked to."""
    found = set(entries())
    for entry in entries().values():
        if isinstance(entry.thing, type) and entry.home == entry.path:
            found |= {f"{entry.path}.{name}" for name in members(entry.thing)}
    return found


def target_of(code: str, space: str = "", thing: Any = None) -> str | None:
    """The path of what `code` names, in a docstring of `thing`, which is in `space`; or None.

    A bare name is one of the same namespace or class, unless a parameter is called so.
    """
    name = re.sub(r"\(\)$", "", code)
    if not re.fullmatch(r"[A-Za-z_][\w.]*", name):
        return None
    first, _, rest = name.partition(".")
    if rest:
        path = f"{PREFIXES.get(first, '')}.{rest}"
        if path in targets():
            return path
        if name in targets():
            return name
        path = f"{space}.{name}"
        return path if path in targets() else None
    if name in _parameters(thing) or name == getattr(thing, "__name__", None):
        return None
    path = f"{space}.{name}"
    return path if path in targets() and len(name) > 1 else None


def _parameters(thing: Any) -> set[str]:
    try:
        found = set(inspect.signature(thing).parameters)
    except (TypeError, ValueError):
        return set()
    return found
