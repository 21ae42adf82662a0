"""Print requirements from pyproject.toml, one a line, for pip: ``requirements.py build test``.

A name is one of the extras; ``build`` also gives what the build itself requires. What the package
needs at run time is always printed.
"""

import sys
from pathlib import Path

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    from pip._vendor import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = settings["project"]
    found = list(project["dependencies"])
    for name in sys.argv[1:]:
        found += project["optional-dependencies"][name]
        if name == "build":
            found += settings["build-system"]["requires"]
    print("\n".join(dict.fromkeys(found)))


if __name__ == "__main__":
    main()
