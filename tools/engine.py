"""How the engine in ``csrc/`` is compiled: its sources, its flags, and a compile that is parallel
and does nothing twice.

``setup.py`` imports this file to build the extension module. Run as a program, it compiles the
engine and ``tests/csrc/`` into the engine's own test program, without Python, and runs it:

    python tools/engine.py                 release flags
    python tools/engine.py --kind sanitize

Only the standard library is used. Both users share objects in ``build/``, where an object is made
again only if its command, or the content of a file it was made from, has changed.

Environment: AUTOGRAD_C_BUILD (a name of KINDS), AUTOGRAD_C_JOBS (compilers at once),
AUTOGRAD_C_BUILD_DIR (instead of ``build/``), CXX, CXXFLAGS, LDFLAGS.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import hashlib
import json
import os
import platform
import re
import shlex
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_CHECKED = ["-O1", "-g", "-fno-omit-frame-pointer", "-DAG_DEBUG=1"]

# What each build of AUTOGRAD_C_BUILD adds to COMMON. All but the first two check the engine's
# invariants (AG_DEBUG) and take warnings in csrc/ as errors. Under a sanitizer GCC sees
# uninitialised variables that are not there; its documentation says to switch that one off.
KINDS: dict[str, list[str]] = {
    "release": ["-O3", "-g0", "-DNDEBUG"],
    "profile": ["-O3", "-g", "-fno-omit-frame-pointer", "-DNDEBUG"],
    "debug": _CHECKED,
    "sanitize": [
        *_CHECKED,
        "-DAG_SANITIZE=1",
        "-fsanitize=address,undefined",
        "-fno-sanitize-recover=all",
        "-Wno-maybe-uninitialized",
    ],
    "thread": [*_CHECKED, "-DAG_SANITIZE=1", "-fsanitize=thread", "-Wno-maybe-uninitialized"],
    "coverage": ["-O0", "-g", "--coverage", "-fprofile-update=atomic", "-DAG_DEBUG=1"],
}

# Results must not depend on which clone of a loop runs, so no multiply-add is contracted.
COMMON = [
    # Numbers are held as bits and read as what they are.
    "-fno-strict-aliasing",
    # Integer tensors wrap around, as NumPy's do.
    "-fwrapv",
    "-std=c++17",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-ffp-contract=off",
    "-fopenmp-simd",
    "-fvisibility=hidden",
    "-ffunction-sections",
    "-fdata-sections",
    "-fPIC",
    "-pthread",
]
MSVC = [
    "/std:c++17",
    "/O2",
    "/fp:precise",
    "/EHsc",
    "/permissive-",
    "/utf-8",
    "/bigobj",
    "/Zc:__cplusplus",
]
WARNINGS_ARE_ERRORS = ["-Wall", "-Wextra", "-Werror"]


def kind() -> str:
    name = os.environ.get("AUTOGRAD_C_BUILD") or "release"
    if name not in KINDS:
        raise SystemExit(f"AUTOGRAD_C_BUILD={name!r}: expected one of {', '.join(KINDS)}")
    return name


def jobs() -> int:
    wanted = os.environ.get("AUTOGRAD_C_JOBS")
    if wanted:
        return max(1, int(wanted))
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def build_dir() -> Path:
    return Path(os.environ.get("AUTOGRAD_C_BUILD_DIR") or ROOT / "build").resolve()


def object_dir(kind: str) -> Path:
    """Where objects of one kind are kept, for setup.py and the engine's tests alike."""
    return build_dir() / "objects" / f"{kind}-{sysconfig.get_platform()}"


def sources() -> list[str]:
    """The engine's source files, relative to ROOT, in an order that is the same everywhere."""
    return sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "csrc").rglob("*.cpp"))


def headers() -> list[str]:
    """All other files of the engine: whatever a source file may include."""
    found = (p for p in (ROOT / "csrc").rglob("*") if p.is_file() and p.suffix != ".cpp")
    return sorted(p.relative_to(ROOT).as_posix() for p in found)


# ---------------------------------------------------------------- GCC and Clang


def compiler() -> list[str]:
    return shlex.split(os.environ.get("CXX") or sysconfig.get_config_var("CXX") or "c++")


@cache
def target() -> str:
    """The platform that the compiler compiles for, as `sys.platform` would name it."""
    done = subprocess.run([*compiler(), "-dumpmachine"], capture_output=True, text=True)
    for word, name in (("linux", "linux"), ("mingw", "win32"), ("darwin", "darwin")):
        if word in done.stdout:
            return name
    return sys.platform


def _target_flags() -> list[str]:
    """On macOS: for which processors, and against which SDK, this Python's extensions are built."""
    if target() != "darwin":
        return []
    wanted = os.environ.get("ARCHFLAGS")
    if wanted is None:
        configured = sysconfig.get_config_var("CFLAGS") or ""
        wanted = " ".join(re.findall(r"(?:-arch|-isysroot)\s+\S+", configured))
    return shlex.split(wanted)


def compile_flags(kind: str, strict: bool | None = None) -> list[str]:
    """Flags of one kind. `strict` says whether warnings are errors; by default, as KINDS says."""
    if strict is None:
        strict = kind not in ("release", "profile")
    flags = [*_target_flags(), *COMMON, *KINDS[kind]]
    if target() == "linux":
        flags.append("-fno-plt")
    elif target() == "win32":
        flags.remove("-fPIC")  # all code is, there, and the flag a warning
    if strict:
        flags += WARNINGS_ARE_ERRORS
    return [*flags, *shlex.split(os.environ.get("CXXFLAGS", ""))]


def link_flags(kind: str) -> list[str]:
    flags = [f for f in KINDS[kind] if f.startswith("-fsanitize") or f == "--coverage"]
    if target() == "linux":
        flags += ["-Wl,--as-needed", "-Wl,--gc-sections"]
        if kind == "release":
            flags.append("-Wl,-s")
        # libmvec is not among them: its functions are looked up at run time (kernels/vector_math).
        flags += ["-lm", "-ldl"]
    elif target() == "darwin" and kind == "release":
        flags += ["-Wl,-dead_strip", "-Wl,-x"]
    return flags


# ---------------------------------------------------------------- compiling what has changed


@dataclass
class Unit:
    """One source file to be compiled into one object.

    With `command`, that command is run with ``-MMD -MF`` added, and tells which headers were read.
    Otherwise `action` is called, and `inputs` must name what it reads besides `source`.
    `signature` stands for the command where the command has paths of temporary folders in it.
    """

    source: str
    object: Path
    command: list[str] = field(default_factory=list)
    action: Callable[[], None] | None = None
    inputs: list[str] = field(default_factory=list)
    signature: list[str] = field(default_factory=list)


_digests: dict[tuple[str, int, int], str] = {}


def _digest(path: str) -> str | None:
    """Hash of a file's content; None if there is no such file."""
    try:
        status = os.stat(ROOT / path)
        key = (path, status.st_mtime_ns, status.st_size)
        if key not in _digests:
            _digests[key] = hashlib.sha256((ROOT / path).read_bytes()).hexdigest()
        return _digests[key]
    except FileNotFoundError:
        return None


def read_depfile(path: Path) -> list[str]:
    """The prerequisites in a make rule, as compilers and Cython write it."""
    text = path.read_text().replace("\\\n", " ").split(":", 1)[1]
    return [word.replace("\\ ", " ") for word in re.findall(r"(?:\\ |\S)+", text)]


def _tidy(path: str) -> str:
    """Relative to ROOT where it is a file of the tree, so that a copy can share the objects."""
    full = Path(os.path.normpath(ROOT / path))
    if full.is_relative_to(ROOT) and not full.is_relative_to(build_dir()):
        return full.relative_to(ROOT).as_posix()
    return str(full)


def _signature(unit: Unit) -> list[str]:
    return unit.signature or unit.command


def is_current(unit: Unit) -> bool:
    try:
        made = json.loads(Path(f"{unit.object}.json").read_text())
    except (OSError, ValueError):
        return False
    return (
        unit.object.exists()
        and made["command"] == _signature(unit)
        and all(_digest(path) == digest for path, digest in made["inputs"].items())
    )


def _build(unit: Unit) -> str:
    """Compile one unit and note what it was made from. Returns what the compiler had to say."""
    unit.object.parent.mkdir(parents=True, exist_ok=True)
    note = Path(f"{unit.object}.json")
    note.unlink(missing_ok=True)
    said = ""
    if unit.action is not None:
        unit.action()
        inputs = [unit.source, *unit.inputs]
    else:
        depfile = Path(f"{unit.object}.d")
        command = [*unit.command, "-MMD", "-MF", str(depfile)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        said = done.stdout + done.stderr
        if done.returncode:
            raise CompileError(f"{shlex.join(command)}\n{said}")
        inputs = read_depfile(depfile)
        depfile.unlink()
    digests = {path: _digest(path) for path in sorted({_tidy(p) for p in inputs})}
    note.write_text(json.dumps({"command": _signature(unit), "inputs": digests}, indent=1))
    return said


class CompileError(Exception):
    pass


def build_all(units: list[Unit]) -> bool:
    """Bring every unit up to date, several at a time. Says whether there was anything to do."""
    todo = [unit for unit in units if not is_current(unit)]
    # The longest first, so that none of them is left to run alone at the end. Groups of rows are
    # short files that include much.
    todo.sort(key=lambda unit: ("/rows_" not in unit.source, -(ROOT / unit.source).stat().st_size))
    pool = concurrent.futures.ThreadPoolExecutor(max_workers=jobs())
    begin = time.monotonic()
    try:
        running = {pool.submit(_build, unit): unit for unit in todo}
        for count, future in enumerate(concurrent.futures.as_completed(running), start=1):
            said = future.result()
            took = time.monotonic() - begin
            source = _tidy(running[future].source)
            print(f"[{count}/{len(todo)}] {source}  ({took:.1f} s)", flush=True)
            if said:
                print(said, flush=True)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return bool(todo)


def engine_unit(source: str, kind: str, *, include: tuple[str, ...] = ("csrc",)) -> Unit:
    target = object_dir(kind) / f"{source}.o"
    command = [*compiler(), *compile_flags(kind), *(f"-I{folder}" for folder in include)]
    # The object's path stays out of the signature: a copy of the tree may keep it elsewhere.
    return Unit(
        source,
        target,
        command=[*command, "-c", source, "-o", str(target)],
        signature=[*command, "-c", source],
    )


def columns(rows: list[list[str]]) -> str:
    """A table in plain text, for the tools beside this one."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ("  ".join(cell.ljust(w) for cell, w in zip(row, widths)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


# ---------------------------------------------------------------- the engine's tests


def build_tests(kind: str) -> Path:
    tests = sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "tests/csrc").rglob("*.cpp"))
    if not tests:
        raise SystemExit("tests/csrc/ holds no *.cpp file")
    units = [engine_unit(source, kind) for source in sources()]
    units += [engine_unit(source, kind, include=("csrc", "tests/csrc")) for source in tests]
    program = object_dir(kind) / "engine-tests"
    note = Path(f"{program}.objects")
    objects = [str(unit.object) for unit in units]
    changed = build_all(units)
    if changed or not program.exists() or not note.exists() or note.read_text().split() != objects:
        note.unlink(missing_ok=True)
        command = [*compiler(), *_target_flags(), *objects, "-o", str(program), "-pthread"]
        if target() == "linux":
            # tests/csrc/allocation.cpp counts allocations and makes them fail.
            command += [
                f"-Wl,--wrap={name}" for name in ("malloc", "calloc", "aligned_alloc", "free")
            ]
        command += [*link_flags(kind), *shlex.split(os.environ.get("LDFLAGS", ""))]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            raise CompileError(f"{shlex.join(command)}\n{done.stdout}{done.stderr}")
        note.write_text("\n".join(objects))
    return program


def run_tests(program: Path, arguments: list[str], under: list[str]) -> int:
    """Run the test program, which an emulator may have to run; its exit status."""
    environment = {
        "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1:"
        "check_initialization_order=1:allocator_may_return_null=1",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1:allocator_may_return_null=1",
        **os.environ,
    }
    command = [*under, str(program), *arguments]
    # Old ThreadSanitizers do not start where the kernel places programs too randomly.
    if program.parent == object_dir("thread"):
        command = [*fixed_addresses(), *command]
    return subprocess.run(command, cwd=ROOT, env=environment).returncode


def fixed_addresses() -> list[str]:
    """What is put before a command to have it placed always alike, where there is such a tool."""
    command = ["setarch", platform.machine(), "-R"]
    try:
        found = subprocess.run([*command, "true"], capture_output=True).returncode == 0
    except OSError:
        return []
    return command if found else []


def main() -> int:
    parser = argparse.ArgumentParser(description="Build and run the engine's own tests.")
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="may be repeated")
    parser.add_argument("--build-only", action="store_true")
    parser.add_argument("--under", type=shlex.split, default=[], help="command that runs the tests")
    parser.add_argument("rest", nargs="*", help="arguments of the test program")
    options = parser.parse_args()
    for each in options.kind or [kind()]:
        print(f"engine tests, {each} build", flush=True)
        try:
            program = build_tests(each)
        except CompileError as error:
            print(error, file=sys.stderr)
            return 1
        if not options.build_only:
            status = run_tests(program, options.rest, options.under)
            if status:
                print(f"engine tests, {each} build: failed ({status})", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
