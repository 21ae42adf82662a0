"""Losses, metrics and initializers by name: as dictionaries, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any


def classes_of(base: type, *rooms: ModuleType) -> dict[str, Any]:
    """The public classes of modules that are made of a base, by all of their names there."""
    return {
        name: each
        for room in rooms
        for name, each in vars(room).items()
        if isinstance(each, type) and issubclass(each, base) and not name.startswith("_")
    }


def functions_of(*rooms: ModuleType) -> dict[str, Any]:
    """The public functions of modules, by all of their names there."""
    return {
        name: each
        for room in rooms
        for name, each in vars(room).items()
        if getattr(each, "__module__", None) == room.__name__
        and not isinstance(each, type)
        and not name.startswith("_")
    }


def serialized(thing: Any, space: str) -> dict[str, Any]:
    """An object as a dictionary of its class and arguments; a function as one with its name."""
    if hasattr(thing, "get_config"):
        return {
            "module": space,
            "class_name": type(thing).__name__,
            "config": thing.get_config(),
            "registered_name": None,
        }
    return {
        "module": "builtins",
        "class_name": "function",
        "config": thing.__name__,
        "registered_name": "function",
    }


def deserialized(
    kind: str,
    given: Any,
    named: Mapping[str, Any],
    functions: Mapping[str, Any],
    custom: Mapping[str, Any] | None,
) -> Any:
    """What a name or a dictionary says: an object of a class, or a function.

    Args:
        kind: of what this is, for messages.
        given: a name, or what `serialized` gave.
        named: what names stand for.
        functions: what the names in dictionaries of functions stand for.
        custom: more of both, which come first.

    Raises:
        ValueError: for what stands for nothing.
    """
    called, arguments, known = given, None, named
    if isinstance(given, Mapping):
        called, arguments = given.get("class_name"), given.get("config")
        if called == "function":
            called, arguments, known = arguments, None, functions
    found: Any = None
    if isinstance(called, str):
        found = {**known, **(custom or {})}.get(called)
    if found is None:
        raise ValueError(f"No {kind} goes by the name {given!r}")
    if not isinstance(found, type):
        return found
    make: Callable[..., Any] | None = getattr(found, "from_config", None)
    return found(**(arguments or {})) if make is None else make(arguments or {})


def got(identifier: Any, deserialize: Callable[[Any], Any], base: type | None) -> Any:
    """What is asked for: what is there already, an object of a class of the base, or by name."""
    if base is not None and isinstance(identifier, type) and issubclass(identifier, base):
        return identifier()
    if identifier is None or callable(identifier):
        return identifier
    return deserialize(identifier)
