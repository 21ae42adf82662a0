"""README.md: every block of code runs as it stands, by itself; the page works where it is alone."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import textwrap
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text("utf-8")

BLOCKS = [
    (language, textwrap.dedent(code))
    for _, language, code in re.findall(
        r"^( *)```(\w*)\n(.*?)^\1```$", TEXT, re.MULTILINE | re.DOTALL
    )
]


def blocks(language):
    return [code for found, code in BLOCKS if found == language]


def test_every_block_has_a_language_that_is_tested():
    assert len(BLOCKS) == TEXT.count("```") // 2
    assert {language for language, _ in BLOCKS} == {"python", "sh"}


# ------------------------------------------------------------------ Python


def promised(line):
    """What a comment behind an expression says that it gives; None for a comment in words."""
    _, mark, comment = line.partition("  # ")
    in_words = comment[:1].islower() and not comment.startswith("array(")
    return None if not mark or in_words else comment


def checked(code):
    """The program, which also compares what its expressions give with the comments behind them."""
    lines = code.splitlines()
    for statement in ast.parse(code).body:
        wanted = promised(lines[statement.end_lineno - 1])
        if isinstance(statement, ast.Expr) and wanted is not None:
            first, last = statement.lineno - 1, statement.end_lineno
            source = "\n".join(lines[first:last]).partition("  # ")[0]
            lines[first:last] = [f"_check(lambda: ({source}), {wanted!r})"] + [""] * (
                last - first - 1
            )
    return CHECK + "\n".join(lines)


CHECK = """\
def _check(expression, wanted):
    import contextlib, io
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        value = expression()
    found = printed.getvalue().rstrip() or repr(value)
    assert found == wanted, f"{found} instead of {wanted}"


"""


def run_python(code, folder):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("code", blocks("python"), ids=range(len(blocks("python"))))
def test_a_python_block_runs_by_itself_and_gives_what_it_says(code, tmp_path):
    done = run_python(checked(code), tmp_path)
    assert done.returncode == 0, done.stderr


def test_wrong_promises_are_found(tmp_path):
    assert "2 instead of 3" in run_python(checked("1 + 1  # 3"), tmp_path).stderr
    assert "5 instead of 6" in run_python(checked("print(\n    5\n)  # 6"), tmp_path).stderr
    assert not run_python(checked("1 + 1  # is two\nprint(5)  # 5"), tmp_path).stderr


# ------------------------------------------------------------------ shell


def write_program(path, text):
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path):
    """A folder with `python`, and with `make` and `pip` that only look at their arguments."""
    folder = tmp_path / "programs"
    folder.mkdir()
    write_program(folder / "python", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = "|".join(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    write_program(
        folder / "make", f'#!/bin/sh\ncase "$1" in {targets}) test -e Makefile;; *) exit 9; esac\n'
    )
    write_program(folder / "pip", '#!/bin/sh\ntest "$1 $2" = "install ." && test -e setup.py\n')
    return folder


@pytest.mark.skipif(os.name == "nt", reason="is about a Unix shell")
@pytest.mark.parametrize("code", blocks("sh"), ids=range(len(blocks("sh"))))
def test_a_shell_block_runs_in_a_clone(code, programs, tmp_path):
    clone = tmp_path / "clone"
    ignored = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
    shutil.copytree(ROOT / "autograd_c", clone / "autograd_c", ignore=ignored)
    for name in ("Makefile", "setup.py", "pyproject.toml"):
        shutil.copy(ROOT / name, clone)
    done = subprocess.run(
        ["sh", "-e", "-c", code],
        cwd=clone,
        env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr


# ------------------------------------------------------------------ the page on its own


def test_links_work_wherever_the_page_is_shown():
    """On PyPI there is nothing beside it."""
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert [link for link in links if not link.startswith(("https://", "#"))] == []


def test_files_that_it_names_are_there():
    names = re.findall(r"`((?:docs|examples|tools|tests)/[^`]+|[A-Z]{4,}(?:\.md)?)`", TEXT)
    assert len(names) >= 8
    assert [name for name in names if not (ROOT / name).exists()] == []


def test_extras_that_it_names_exist():
    rows = re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE)
    assert rows
    assert set(rows) <= set(metadata.metadata("autograd_c").get_all("Provides-Extra"))


def test_pythons_that_it_names_are_those_of_the_metadata():
    words = metadata.metadata("autograd_c").get_all("Classifier")
    versions = [w.rpartition(" ")[2] for w in words if re.search(r":: 3\.\d+$", w)]
    assert set(re.findall(r"\b3\.1\d\b", TEXT)) <= set(versions)
