"""Namespaces: what `dir` shows of them, and those that are loaded when they are first used."""

from __future__ import annotations

import importlib.util
import sys
from _thread import RLock
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any


def show_what_is_public(things: dict[str, Any]) -> None:
    """Let `dir` of a module show its `__all__`, and none of what it imports for itself."""
    special = [name for name in things if name.startswith("__") and name.endswith("__")]
    things["__dir__"] = partial(sorted, {*things["__all__"], *special})


# What the import system asks of a module that it finds, before anybody has used it.
_KNOWN_BEFORE = {
    "__class__",
    "__file__",
    "__loader__",
    "__name__",
    "__package__",
    "__path__",
    "__spec__",
}
_lock = RLock()
_loading: set[str] = set()
_introductions: dict[str, Callable[[ModuleType], None]] = {}


class _Untouched(ModuleType):
    """A module that executes itself when it is asked for something, and is an ordinary one then.

    `importlib.util.LazyLoader` does the same, but before Python 3.12 shows a second thread the
    module half loaded.
    """

    def __getattribute__(self, attribute: str) -> Any:
        get = ModuleType.__getattribute__
        if attribute in _KNOWN_BEFORE:
            return get(self, attribute)
        name = get(self, "__name__")
        with _lock:
            # The module itself asks, or another thread was faster.
            if name not in _loading and get(self, "__class__") is _Untouched:
                _loading.add(name)
                try:
                    get(self, "__spec__").loader.exec_module(self)
                    _introductions[name](self)
                    self.__class__ = ModuleType  # type: ignore[assignment]
                finally:
                    _loading.remove(name)
            return get(self, attribute)


def when_touched(name: str, introduce: Callable[[ModuleType], None]) -> ModuleType:
    """The module of that name, to be executed when it is first used, and handed to `introduce`.

    Its attributes cost what those of other modules do from then on. If executing it fails, the
    exception reaches who asked, and the next one tries again.
    """
    spec = importlib.util.find_spec(name)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    module.__class__ = _Untouched
    sys.modules[name] = module
    _introductions[name] = introduce
    return module
