"""What surrounds the package: the source distribution, and an import that finds the source."""

from __future__ import annotations

import fnmatch
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import autograd_c

ROOT = Path(__file__).resolve().parents[2]
CORE = Path(autograd_c.core._core.__file__)


# ------------------------------------------------------------------ import in a clone's folder


@pytest.fixture
def clone(tmp_path):
    """A folder with the source, where nothing was built."""
    ignored = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
    shutil.copytree(ROOT / "autograd_c", tmp_path / "autograd_c", ignore=ignored)
    return tmp_path


def error_of(folder, code="import autograd_c", *, also=""):
    """The last line on stderr of a Python that runs in `folder`."""
    # As if nothing else was installed: a clone that is installed as editable has a finder.
    alone = (
        "import sys; sys.meta_path = [f for f in sys.meta_path if '__editable__' not in repr(f)]"
    )
    program = f"{alone}\n{also}\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    return done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "code",
    [
        "import autograd_c",
        "import autograd_c as tf",
        "from autograd_c import func",
        "import autograd_c.optimizers",
        "import runpy; runpy.run_module('autograd_c', run_name='__main__')",
    ],
)
def test_import_of_the_source_says_what_to_do(clone, code):
    error = error_of(clone, code)
    assert error.startswith(f"ImportError: {clone / 'autograd_c'} is the source of autograd_c")
    assert "another folder" in error and "make develop" in error


def test_another_pythons_core_is_none(clone):
    (clone / "autograd_c" / "core" / "_core.cpython-399-none.so").touch()
    assert "built for another Python" in error_of(clone)


def test_the_core_of_another_clone_is_none(clone):
    finder = f"""
import importlib.util
class Finder:
    def find_spec(name, path=None, target=None):
        if name == "autograd_c.core._core":
            return importlib.util.spec_from_file_location(name, {str(CORE)!r})
sys.meta_path.append(Finder)
"""
    assert "make develop" in error_of(clone, also=finder)


def test_a_core_that_cannot_be_loaded_says_why(clone):
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    (clone / "autograd_c" / "core" / f"_core{suffix}").write_bytes(b"no library")
    error = error_of(clone)
    assert error.startswith("ImportError") and "make develop" not in error


def test_a_core_that_lacks_something_says_what(clone):
    (clone / "autograd_c" / "core" / "_core.py").write_text("import no_such_module")
    assert error_of(clone) == "ModuleNotFoundError: No module named 'no_such_module'"


# ------------------------------------------------------------------ the source distribution


def manifest():
    """(folder, pattern) of everything that MANIFEST.in includes; no folder for whole paths."""
    for line in (ROOT / "MANIFEST.in").read_text("utf-8").splitlines():
        command, *words = line.split() or ["#"]
        if command == "include":
            yield from (("", path) for path in words)
        elif command == "recursive-include":
            yield from ((f"{words[0]}/", pattern) for pattern in words[1:])
        else:
            assert command == "#", f"this test does not know {command}"


def tracked():
    """The files under version control; those that are there, where there is none."""
    try:
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
        if listed.returncode == 0 and "setup.py" in listed.stdout.split():
            return listed.stdout.splitlines()
    except OSError:
        pass
    folders = ["autograd_c", "bench", "csrc", "docs", "examples", "tests", "tools"]
    found = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    made = {".pyc", ".so", ".pyd"}
    return [p.relative_to(ROOT).as_posix() for p in found if p.suffix not in made]


def is_match(path, folder, pattern):
    if not folder:
        return path == pattern
    return path.startswith(folder) and fnmatch.fnmatch(path.rpartition("/")[2], pattern)


def test_the_source_distribution_has_every_file():
    patterns = [*manifest(), ("autograd_c/", "*.py"), ("", "MANIFEST.in"), ("", ".gitignore")]
    missing = [path for path in tracked() if not any(is_match(path, *p) for p in patterns)]
    assert not missing


@pytest.mark.parametrize("folder, pattern", list(manifest()))
def test_every_pattern_of_the_manifest_matches_a_file(folder, pattern):
    """setuptools warns of those that do not."""
    found = (ROOT / folder).rglob(pattern) if folder else (ROOT / "").glob(pattern)
    assert next(found, None) is not None
