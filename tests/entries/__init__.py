"""What the systematic tests go through beside elementwise operations: one module a subject.

Each module has `ENTRIES`, and where some compute nothing, `MOVING`, the set of their names. A new
module is found by itself.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from ..operations import Entry

SUBJECTS = [import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__)]
ENTRIES: list[Entry] = [entry for subject in SUBJECTS for entry in subject.ENTRIES]
MOVING: set[str] = {name for subject in SUBJECTS for name in getattr(subject, "MOVING", ())}
