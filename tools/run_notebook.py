"""Run a notebook cell by cell, print each cell and what it gives, and compare that with what the
notebook has on record. Exit with 1 at the first exception or difference.

    python tools/run_notebook.py examples/gradient_tape.ipynb
    python tools/run_notebook.py --record examples/gradient_tape.ipynb     keep the new outputs

Only the standard library is used; a cell is run as IPython runs it, without its magics.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import json
import sys
import traceback
from pathlib import Path
from typing import Any


def run_cell(
    code: str, filename: str, namespace: dict[str, Any], printed: io.StringIO
) -> str | None:
    """Run a cell, which prints into `printed`; returns the `repr` of an expression at its end."""
    tree = ast.parse(code, filename)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not code.rstrip().endswith(";"):
        last = ast.Expression(tree.body[-1].value)
        tree.body.pop()
    value = None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, filename, "exec"), namespace)
        if last is not None:
            value = eval(compile(last, filename, "eval"), namespace)
    return None if value is None else repr(value)


def as_text(value: str | list[str]) -> str:
    """The notebook format has a text as one string or as its lines."""
    return value if isinstance(value, str) else "".join(value)


def recorded(cell: dict[str, Any]) -> tuple[str, str | None]:
    """What the cell should print and return, going by its outputs."""
    printed, result = "", None
    for output in cell["outputs"]:
        if output["output_type"] == "stream" and output["name"] == "stdout":
            printed += as_text(output["text"])
        elif output["output_type"] == "execute_result":
            result = as_text(output["data"]["text/plain"])
    return printed, result


def outputs(printed: str, result: str | None, count: int) -> list[dict[str, Any]]:
    """The other way round: a cell's outputs in the notebook format."""
    made: list[dict[str, Any]] = []
    if printed:
        made.append(
            {"name": "stdout", "output_type": "stream", "text": printed.splitlines(keepends=True)}
        )
    if result is not None:
        made.append(
            {
                "data": {"text/plain": result.splitlines(keepends=True)},
                "execution_count": count,
                "metadata": {},
                "output_type": "execute_result",
            }
        )
    return made


def indent(text: str, first: str) -> str:
    rest = " " * len(first)
    lines = text.rstrip("\n").split("\n")
    return "\n".join(f"{first if k == 0 else rest}{line}".rstrip() for k, line in enumerate(lines))


def main() -> int:
    parser = argparse.ArgumentParser(description="Run a notebook and check its outputs.")
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--quiet", action="store_true", help="print nothing but a summary")
    parser.add_argument("--record", action="store_true", help="store the outputs in the notebook")
    options = parser.parse_args()

    notebook = json.loads(options.notebook.read_text(encoding="utf-8"))
    namespace: dict[str, Any] = {"__name__": "__main__"}
    count = checked = 0
    for cell in notebook["cells"]:
        code = as_text(cell["source"])
        if cell["cell_type"] != "code":
            if not options.quiet:
                print(f"\n{code}")
            continue
        count += 1
        if not options.quiet:
            print(f"\n{indent(code, f'In [{count}]: ')}", flush=True)
        buffer = io.StringIO()
        try:
            result = run_cell(code, f"{options.notebook.name}[{count}]", namespace, buffer)
        except Exception:
            print(buffer.getvalue(), end="", flush=True)
            traceback.print_exc()
            print(f"{options.notebook}: cell {count} failed", file=sys.stderr)
            return 1
        printed = buffer.getvalue()
        if not options.quiet:
            if printed:
                print(printed, end="" if printed.endswith("\n") else "\n")
            if result is not None:
                print(indent(result, f"Out[{count}]: "))
        if options.record:
            cell["execution_count"] = count
            cell["outputs"] = outputs(printed, result, count)
        elif cell["outputs"]:
            checked += 1
            wanted = recorded(cell)
            if (printed, result) != wanted:
                print(
                    f"{options.notebook}: cell {count} gives something else than on record\n"
                    f"{code}\nrecorded: {wanted[0]}{wanted[1]}\ngot:      {printed}{result}",
                    file=sys.stderr,
                )
                return 1
    if options.record:
        text = json.dumps(notebook, indent=1, ensure_ascii=False)
        options.notebook.write_text(text + "\n", encoding="utf-8")
    else:
        print(f"\n{options.notebook.name}: {count} cells ran, {checked} outputs as on record")
    return 0


if __name__ == "__main__":
    sys.exit(main())
