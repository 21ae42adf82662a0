"""The one place where Python and the engine meet: the extension module ``_core``.

Importing this package imports it, or says what to do where there is none: `import autograd_c` finds
the source if Python is started in the clone's own folder.
"""

from __future__ import annotations

from importlib import import_module
from os.path import dirname, exists, join

_HERE = dirname(__file__)
_NAME = "autograd_c.core._core"


def _not_built() -> ImportError:
    return ImportError(
        f"{dirname(_HERE)} is the source of autograd_c, or was built for another Python: it has no "
        f"compiled module {_NAME} for this one. Run Python in another folder, where it finds the "
        "autograd_c that is installed (`pip install .` in the clone installs it). Or run "
        "`make develop` in the clone, to use it from there.",
        name=_NAME,
        path=_HERE,
    )


def _import_core() -> None:
    # A core that is there and cannot be loaded is another error, which tells the reason itself.
    try:
        core = import_module(_NAME)
    except ModuleNotFoundError as error:
        if error.name != _NAME:
            raise
        raise _not_built() from None
    # While another clone is installed as editable, its core is found, which may not fit here.
    if dirname(core.__file__ or "") != _HERE and exists(join(_HERE, "_core.pyx")):
        raise _not_built()


_import_core()
