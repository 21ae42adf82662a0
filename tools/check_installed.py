"""Fail unless ``import autograd_c`` gives the package installed in this environment.

Run from a folder that holds no ``autograd_c``: tests must see what users get, not the tree.
"""

import sys
from pathlib import Path

import autograd_c
from autograd_c.core import _core

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    for module in (autograd_c, _core):
        where = Path(module.__file__).resolve()
        if not where.is_relative_to(Path(sys.prefix).resolve()):
            sys.exit(f"{module.__name__} comes from {where}, not from {sys.prefix}")
    written: dict[str, str] = {}
    exec((ROOT / "autograd_c/_version.py").read_text(encoding="utf-8"), written)
    if autograd_c.__version__ != written["__version__"]:
        sys.exit(f"installed is {autograd_c.__version__}, the tree has {written['__version__']}")
    print(f"autograd_c {autograd_c.__version__} from {Path(autograd_c.__file__).parent}")


if __name__ == "__main__":
    main()
