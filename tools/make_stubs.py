"""Write the type stubs of the modules that get functions from the operation table.

``autograd_c/functions/elementwise.py`` puts the elementwise functions into these modules when they
are imported, so that no type checker sees them in the sources. Their stubs consist of what is
written in the module itself and a signature for each of those functions:

    python tools/make_stubs.py             write autograd_c/*.pyi (make stubs)
    python tools/make_stubs.py --check     only say which of them are out of date

Run it with the extension module that the table is to be taken from: installed, or built in place
and with the tree in PYTHONPATH. The stub of the core, ``core/_core.pyi``, is written by hand.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import re
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "autograd_c"
# The modules, and the prefix that names in the table have for each.
PREFIXES = {"__init__": "", "math": "math", "nn": "nn", "bitwise": "bitwise"}
WIDTH = 100

HEADER = "# Made by tools/make_stubs.py from the operation table and {}.py: see `make stubs`."


def main() -> int:
    """Write the stubs, or say which of them differ."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if one differs")
    check = parser.parse_args().check
    from autograd_c.core import _core

    stale = False
    for name, text in stubs(_core.operation_table(), PACKAGE).items():
        path = PACKAGE / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale = True
        if not check:
            path.write_text(text, encoding="utf-8")
        print(f"autograd_c/{name}: {'out of date, run make stubs' if check else 'written'}")
    return int(check and stale)


def stubs(table: list[dict[str, Any]], package: Path) -> dict[str, str]:
    """Each stub's text by its file's name, for the sources in the folder `package`."""
    made = {
        f"{module}.pyi": stub(module, (package / f"{module}.py").read_text("utf-8"), table)
        for module in PREFIXES
    }
    if hasattr(np, "bitwise_count"):  # else NumPy is too old to have all of them
        source = (package / "arrays" / "__init__.py").read_text("utf-8")
        made["arrays/__init__.pyi"] = numpys_stub(source)
        made["numpy/__init__.pyi"] = numpys_face()
    return made


def numpys_stub(source: str) -> str:
    """The stub of the room behind `autograd_c.numpy`: what it imports, and NumPy's universal
    functions."""
    from autograd_c import arrays as ours
    from autograd_c.arrays import _ufuncs
    from autograd_c.core import _core

    made = dict(_ufuncs.functions())
    imports = {
        "autograd_c.core._core": ["Tensor", "UniversalFunction"],
        "autograd_c.typing": ["DTypeLike", "TensorLike"],
    }
    for node in ast.parse(source).body:
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            [name] = [each.name for each in node.names]
            if name == "*":
                names = importlib.import_module(node.module).__all__
                kept = [name for name in names if name not in made]
                imports[node.module] = [name for name in kept if not name.startswith("_")]
                for name in [name for name in kept if name.startswith("_")]:  # not in `__all__`
                    imports[f"{node.module} as {name}"] = [f"{name} as {name}"]
    lines = [HEADER.format("arrays/__init__"), "", "from typing import Any", ""]
    for key in sorted(imports):
        lines += import_lines(key.partition(" ")[0], sorted(imports[key], key=natural))
    lines += ["", "__all__ = ["]
    lines += [f'    "{name}",' for name in sorted(ours.__all__)]
    lines += ["]"]
    of_two = [name for name, x in made.items() if isinstance(x, _core.UniversalFunction)]
    lines += ["", *(f"{name}: UniversalFunction" for name in sorted(of_two))]
    for name, given in sorted(made.items()):
        if isinstance(given, _core.UniversalFunction):
            continue
        ufunc = getattr(np, given.__name__)
        operands = ["x"] if ufunc.nin == 1 else ["x1", "x2"]
        result = "Tensor" if ufunc.nout == 1 else "tuple[Tensor, Tensor]"
        lines += [
            "",
            f"def {name}(",
            *(f"    {operand}: TensorLike," for operand in operands),
            "    /,",
            "    out: Any = None,",
            "    *,",
            "    where: TensorLike = True,",
            "    dtype: DTypeLike | None = None,",
            "    **options: Any,",
            f") -> {result}:",
            f'    """NumPy\'s {given.__name__} of tensors, elementwise, in its dtypes."""',
        ]
    return "\n".join(lines) + "\n"


def numpys_face() -> str:
    """The stub of `autograd_c.numpy`, which shows what the room behind it has: type checkers do not
    follow how it makes its `__all__`."""
    from autograd_c import numpy as ours

    lines = [
        HEADER.format("arrays/__init__"),
        "# ruff: noqa: F403, F405 (they are of the room)",
        "",
    ]
    lines += ["from autograd_c.arrays import *"]
    lines += import_lines("autograd_c.numpy", ["fft", "linalg", "random"])
    lines += ["", "__all__ = ["]
    lines += [f'    "{name}",' for name in sorted(ours.__all__)]
    return "\n".join([*lines, "]"]) + "\n"


def stub(module: str, source: str, table: list[dict[str, Any]]) -> str:
    """The stub of one module."""
    modules: list[str] = []  # of `import x`
    imports: dict[str, list[str]] = {}  # of `from x import ...`; keys end with " as" for aliases
    names: list[str] = []  # that the module has for others
    body: list[str] = []

    def public(name: str) -> bool:
        if name.startswith("_") and name != "__version__":
            return False
        names.append(name)
        return True

    statements = []
    for node in ast.parse(source).body:
        of_types = isinstance(node, ast.If) and ast.unparse(node.test) == "_TYPE_CHECKING"
        statements += node.body if of_types else [node]
    for node in statements:
        if isinstance(node, ast.Import):
            modules.append(ast.unparse(node))
        elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
            for each in node.names:
                if public(each.asname or each.name):
                    key = f"{node.module} as" if each.asname else str(node.module)
                    imports.setdefault(key, []).append(ast.unparse(each))
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if node.targets[0].id != "__all__" and public(node.targets[0].id):
                body += ["", ast.unparse(node)]
        elif isinstance(node, ast.FunctionDef) and public(node.name):
            head = f"def {node.name}({ast.unparse(node.args)}) -> {ast.unparse(node.returns)}"
            body += function(head, ast.get_docstring(node))
    for name, row in functions(table, PREFIXES[module]):
        for key, used in ("autograd_c.core._core", "Tensor"), ("autograd_c.typing", "TensorLike"):
            if used not in imports.setdefault(key, []):
                imports[key].append(used)
        names.append(name)
        arguments = ", ".join(f"{a}: TensorLike" for a in row["arguments"])
        head = f"def {name}({arguments}, name: str | None = None) -> Tensor"
        body += function(head, row["summary"])

    lines = [HEADER.format(module), "", *modules, *([""] if modules else [])]
    for key in sorted(imports):
        lines += import_lines(key.removesuffix(" as"), sorted(imports[key], key=natural))
    lines += ["", "__all__ = ["]
    lines += [f'    "{name}",' for name in sorted(names)]
    lines += ["]", *body]
    return "\n".join(lines) + "\n"


def functions(table: list[dict[str, Any]], prefix: str) -> list[tuple[str, dict[str, Any]]]:
    """The elementwise functions that one module gets: names and rows of the table."""
    found = []
    for row in table:
        for name in row.get("names", ()):
            before, _, short = name.rpartition(".")
            if before == prefix:
                found.append((short, row))
    return found


def function(head: str, documentation: str | None) -> list[str]:
    """A function with the first line of its documentation, which editors show."""
    [text, *_] = (documentation or "").splitlines() or [""]
    text = "\n    ".join(textwrap.wrap(text, WIDTH - 10))
    return ["", f"{head}:", f'    """{text}"""']


def import_lines(module: str, names: list[str]) -> list[str]:
    """One import statement as the formatter writes it."""
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return [line]
    return [f"from {module} import (", *(f"    {name}," for name in names), ")"]


def natural(name: str) -> tuple[bool, list[Any]]:
    """What the linter sorts imported names by: classes first, numbers in them as numbers."""
    parts = re.split(r"(\d+)", name)
    return not name[0].isupper(), [int(p) if p.isdigit() else p for p in parts]


if __name__ == "__main__":
    sys.exit(main())
