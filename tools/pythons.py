"""Build the wheel and run the Python tests with every CPython that is found on this machine.

    python tools/pythons.py build/dist-release/autograd_c-0.1.0.tar.gz
    python tools/pythons.py --but .venv/bin/python SDIST       another one has been tested already

Looks for ``python3`` and ``python3.x`` on PATH and in pyenv's folder of versions, and takes one of
each version from 3.10 on. Each gets an environment of its own, ``.venv-3.x``, with the newest NumPy
that there is for it. What was said goes to ``build/pythons/3.x.log``; tests that failed are named,
and a table at the end tells how it went. Exits with 1 if one of them failed. Only the standard
library is used.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import engine

OLDEST = (3, 10)
LOGS = engine.build_dir() / "pythons"
FAILURES_SHOWN = 20  # tests by name, for who sees the output alone and not the logs

# What a Python tells of itself. Some lack what it takes to build an extension or an environment.
QUESTION = """
import importlib.util, json, os, sys, sysconfig
header = os.path.join(sysconfig.get_path("include"), "Python.h")
lacks = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
lacks += [] if os.path.exists(header) else ["Python.h"]
lacks += ["a GIL"] if sysconfig.get_config_var("Py_GIL_DISABLED") else []
lacks += [] if sys.version_info.releaselevel == "final" else ["a final release"]
print(json.dumps([sys.implementation.name, sys.version_info[:3], sys.executable, lacks]))
"""


@dataclass
class Found:
    """An interpreter, and how it fared."""

    program: Path
    version: tuple[int, ...]
    lacks: list[str]
    numpy: str = "-"
    built: float = 0.0  # seconds
    tested: float = 0.0
    result: str = ""
    failed: bool = False

    @property
    def name(self) -> str:
        return ".".join(map(str, self.version[:2]))

    @property
    def environment(self) -> Path:
        return engine.ROOT / f".venv-{self.name}"

    @property
    def python(self) -> Path:
        return self.environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def candidates() -> Iterator[Path]:
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        for path in sorted(Path(folder).glob("python3*")) if folder else []:
            if re.fullmatch(r"python3(\.\d+)?(\.exe)?", path.name):
                yield path
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob("versions/*/bin/python3"))


def ask(program: Path) -> Found | None:
    """None for what does not run (as some shims of pyenv's), is too old, or no CPython."""
    try:
        done = subprocess.run(
            [program, "-c", QUESTION], capture_output=True, text=True, timeout=60, cwd="/"
        )
        name, version, executable, lacks = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    if name != "cpython" or tuple(version) < OLDEST:
        return None
    return Found(Path(executable), tuple(version), lacks)


def find() -> list[Found]:
    """One of each version, the newest and, among equals, the first that lacks nothing."""
    best: dict[tuple[int, ...], Found] = {}
    for program in candidates():
        found = ask(program)
        if found is None:
            continue
        other = best.get(found.version[:2])
        if other is None or (not found.lacks, found.version) > (not other.lacks, other.version):
            best[found.version[:2]] = found
    return [best[version] for version in sorted(best)]


def run(found: Found, *command: object, cwd: Path = engine.ROOT) -> str:
    """Run a command, whose output goes to the log; the last line of it."""
    log = LOGS / f"{found.name}.log"
    with open(log, "a", encoding="utf-8") as file:
        print("$", *command, file=file, flush=True)
        begin = file.tell()
        status = subprocess.run(list(map(str, command)), cwd=cwd, stdout=file, stderr=file)
    with open(log, encoding="utf-8", errors="replace") as file:
        file.seek(begin)
        lines = file.read().splitlines() or [""]
    if status.returncode:
        failures = [line for line in lines if line.startswith(("FAILED ", "ERROR "))]
        print(*failures[:FAILURES_SHOWN], sep="\n", flush=True)
        raise RuntimeError(f"{lines[-1]} (exit status {status.returncode})")
    return lines[-1]


def build(found: Found, source: Path) -> None:
    """Make the environment, build the wheel in it, and install that."""
    begin = time.monotonic()
    folder = LOGS / found.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (LOGS / f"{found.name}.log").unlink(missing_ok=True)
    if not found.python.exists():
        run(found, found.program, "-m", "venv", found.environment)
    pip = [found.python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    needed = folder / "requirements.txt"
    with open(needed, "w", encoding="utf-8") as file:
        command = [sys.executable, "tools/requirements.py", "build", "test"]
        subprocess.run(command, cwd=engine.ROOT, stdout=file, check=True)
    run(found, *pip, "--upgrade", "--requirement", needed)
    wheel = [found.python, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps"]
    run(found, *wheel, "--verbose", "--wheel-dir", folder, source)
    run(found, *pip, "--force-reinstall", "--no-deps", *folder.glob("*.whl"))
    found.numpy = run(found, found.python, "-c", "import numpy; print(numpy.__version__)")
    found.built = time.monotonic() - begin


def test(found: Found) -> None:
    """Run the tests in an empty folder, so that they see what is installed."""
    begin = time.monotonic()
    folder = LOGS / found.name / "run"
    folder.mkdir()
    run(found, found.python, engine.ROOT / "tools/check_installed.py", cwd=folder)
    pytest = [found.python, "-m", "pytest", "-q", "--rootdir", engine.ROOT]
    pytest += ["-c", engine.ROOT / "pyproject.toml", "-p", "no:cacheprovider"]
    run(found, *pytest, "--doctest-modules", "--pyargs", "autograd_c", cwd=folder)
    found.result = run(found, *pytest, engine.ROOT / "tests", cwd=folder)
    found.tested = time.monotonic() - begin


def attempt(step: Callable[..., None], found: Found, *arguments: object) -> bool:
    """Whether a step went well for one Python; the others go on if it did not."""
    try:
        step(found, *arguments)
    except Exception as error:
        found.failed = True
        found.result = f"failed, see {LOGS / found.name}.log: {error}"
    print(
        f"Python {found.name}: {step.__name__} {'failed' if found.failed else 'done'}", flush=True
    )
    return not found.failed


def table(pythons: list[Found]) -> str:
    rows = [["Python", "NumPy", "build", "tests", "result", "program"]]
    for found in pythons:
        version = ".".join(map(str, found.version))
        times = [f"{seconds:.0f} s" if seconds else "-" for seconds in (found.built, found.tested)]
        rows.append([version, found.numpy, *times, found.result, str(found.program)])
    return engine.columns(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, help="the source distribution")
    parser.add_argument("--but", type=Path, help="a Python whose version need not be tested again")
    options = parser.parse_args()
    LOGS.mkdir(parents=True, exist_ok=True)
    pythons = find()
    tested = ask(options.but.absolute()) if options.but else None
    todo = []
    for found in pythons:
        if found.lacks:
            found.result = f"not tested: it lacks {', '.join(found.lacks)}"
        elif tested and found.version[:2] == tested.version[:2]:
            found.result = f"not again: {options.but} has been tested"
        else:
            todo.append(found)
    print(table(pythons), end="\n\n", flush=True)
    # Builds are parallel inside; tests run beside them and beside each other.
    with concurrent.futures.ThreadPoolExecutor(engine.jobs()) as pool:
        for found in todo:
            if attempt(build, found, options.source):
                pool.submit(attempt, test, found)
    print(f"\n{table(pythons)}")
    return 1 if any(found.failed for found in pythons) else 0


if __name__ == "__main__":
    sys.exit(main())
