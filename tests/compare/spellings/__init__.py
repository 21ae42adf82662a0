"""The table of operations as TensorFlow and we, JAX and PyTorch spell them: one module a subject.

A new module is found by itself. Importing it needs JAX and PyTorch.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from .row import Row

_SUBJECTS = [import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__)]
ROWS: tuple[Row, ...] = tuple(row for s in _SUBJECTS for row in getattr(s, "ROWS", ()))
