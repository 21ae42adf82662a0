"""Machine code for tf.function(jit_compile=True): exported C through the system's compiler.

What is compiled is kept in a directory, by a hash of its text, the compiler and the processor.
"""

from __future__ import annotations

import ctypes
import hashlib
import logging
import os
import platform
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
from typing import Any, TypeAlias

from autograd_c.core import _core
from autograd_c.exporting.files import INCLUDES
from autograd_c.exporting.helpers import Helpers
from autograd_c.exporting.needed import types_of
from autograd_c.exporting.program import Argument, CFunction
from autograd_c.exporting.types import c_type
from autograd_c.programs.archive import write_in_one_step
from autograd_c.values import errors

# An address, bytes of memory, an estimate of nanoseconds, and what must live as long.
Compiled: TypeAlias = "tuple[int, int, float, Any]"

_OPTIONS = ["-std=c99", "-fPIC", "-shared", "-ffp-contract=off", "-fno-math-errno"]
_OPTIONS += ["-fno-trapping-math", "-fwrapv", "-w"]
_NATIVE = "-march=native"
_ENTRY = "autograd_c_entry"
# A variable: what is called now and then in long loops.
_PATIENCE = "autograd_c_patience"
# Compilers take minutes for longer functions, and seconds to optimise those that are long.
_MOST_LINES = 100_000
_LONG = 2_000
_RUN_FAST, _COMPILED_FAST = ["-O3"], ["-O2"]
# Files that a cache keeps.
_MOST_FILES = 1_000

# Versions of libm's functions that take several numbers at once, where the C library has them.
_VECTORS = """#if defined __GNUC__ && !defined __clang__ && defined __x86_64__ && defined __GLIBC__
#define SEVERAL(NAME) \\
    double NAME(double) __attribute__((simd("notinbranch"))); \\
    float NAME##f(float) __attribute__((simd("notinbranch")));
#if __GLIBC__ > 2 || __GLIBC_MINOR__ >= 22
SEVERAL(exp) SEVERAL(log) SEVERAL(sin) SEVERAL(cos)
double pow(double, double) __attribute__((simd("notinbranch")));
float powf(float, float) __attribute__((simd("notinbranch")));
#endif
#if __GLIBC__ > 2 || __GLIBC_MINOR__ >= 35
SEVERAL(expm1) SEVERAL(log1p) SEVERAL(tan) SEVERAL(asin) SEVERAL(acos) SEVERAL(atan)
SEVERAL(sinh) SEVERAL(cosh) SEVERAL(tanh) SEVERAL(asinh) SEVERAL(acosh) SEVERAL(atanh)
SEVERAL(erf) SEVERAL(erfc)
#endif
#endif
"""


class NotCompiled(Exception):
    """There is no compiler, or it has failed."""


class Compiler:
    """Makes machine code of the segments of one function, as long as that can be done.

    Args:
      name: of the function, for the warning that it, or a part of it, is not compiled.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._warned = False

    def __call__(self, code: dict[str, Any]) -> Compiled | None:
        if not code["instructions"]:
            return None
        try:
            return compiled(code)
        except (errors.UnimplementedError, NotCompiled) as error:
            if not self._warned:
                self._warned = True
                logging.getLogger("autograd_c").warning(
                    "tf.function: %s, or a part of it, is not compiled, and runs as it would "
                    "without jit_compile: %s",
                    self._name,
                    error,
                )
            return None


def compiled(code: dict[str, Any]) -> Compiled:
    """Machine code for what `Program.simplified_code` gives.

    Raises:
        UnimplementedError: (`NotImplementedError`) for an operation that cannot be written as C.
        NotCompiled: if there is no compiler, or it fails.
    """
    helpers = Helpers()
    helpers.patience = _PATIENCE
    inputs = [(s, Argument(f"x{k}", f"x{k}", t, n)) for k, (s, t, n) in enumerate(code["inputs"])]
    kinds = types_of(code)
    results = [Argument(f"y{k}_", f"y{k}", *kinds[s]) for k, s in enumerate(code["outputs"])]
    f = CFunction("function", code, inputs, results, [], helpers)
    library, address = _loaded(_source(f, helpers))
    return address, f.work_bytes, float(f.operations), library


def _source(f: CFunction, helpers: Helpers) -> str:
    given = [
        f"*(const {c_type(x.dtype)} *)inputs[{k}]"
        if x.shape == ()
        else f"(const {c_type(x.dtype)} *)inputs[{k}]"
        for k, x in enumerate(f.inputs)
    ]
    given += [f"({c_type(x.dtype)} *)results[{k}]" for k, x in enumerate(f.results)]
    if f.work:
        given.append(f"({f.work_type} *)work")
    return "\n".join(
        [
            *[f"#include <{x}>" for x in INCLUDES],
            _VECTORS,
            f.work_text() if f.work else "",
            f"int (*{_PATIENCE})(void);" if helpers.asks_for_patience else "",
            # However little the function itself is optimised.
            "#pragma GCC push_options",
            '#pragma GCC optimize ("O3")',
            *helpers.texts,
            "#pragma GCC pop_options",
            f.definition(is_static=True),
            f"int {_ENTRY}(const void *const *inputs, void *const *results, void *work) {{",
            f"    return function({', '.join(given)});",
            "}",
            "",
        ]
    )


# ---------------------------------------------------------------- compiling


_lock = threading.RLock()
_libraries: dict[str, tuple[Any, int]] = {}  # by hash
_fingerprints: dict[tuple[str, ...], tuple[str, list[str]]] = {}


def _loaded(source: str) -> tuple[Any, int]:
    lines = source.count("\n")
    if lines > _MOST_LINES:
        raise NotCompiled(f"it takes {lines} lines of C, and compilers take too long for that")
    with _lock:
        command = _command()
        known, options = _fingerprint(command)
        options = [*_OPTIONS, *options, *(_COMPILED_FAST if lines > _LONG else _RUN_FAST)]
        text = "\0".join([known, *options, source])
        key = hashlib.sha256(text.encode()).hexdigest()
        found = _libraries.get(key)
        if found is None:
            found = _libraries[key] = _open(key, source, [*command, *options])
        return found


def _command() -> list[str]:
    command = shlex.split(os.environ.get("CC", "")) or ["cc"]
    if shutil.which(command[0]) is None:
        raise NotCompiled(f"there is no C compiler: {command[0]} is not found (see CC)")
    return command


def _fingerprint(command: list[str]) -> tuple[str, list[str]]:
    """Of a compiler and the processor that it compiles for; and the options that say which."""
    key = tuple(command)
    if key not in _fingerprints:
        for options in ([_NATIVE], []):
            asked = [*command, *options, "-dM", "-E", "-x", "c", os.devnull]
            answer = _run(asked)
            if answer.returncode == 0:
                break
        else:
            raise NotCompiled(f"{shlex.join(command)} fails: {answer.stderr.strip():.300}")
        about = "\0".join([*key, platform.machine(), platform.libc_ver()[1], answer.stdout])
        _fingerprints[key] = (hashlib.sha256(about.encode()).hexdigest(), options)
    return _fingerprints[key]


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL
        )
    except OSError as error:
        raise NotCompiled(f"{command[0]} cannot be run: {error}") from error


def _open(key: str, source: str, command: list[str]) -> tuple[Any, int]:
    folder = cache_directory()
    name = f"{key}{'.dylib' if sys.platform == 'darwin' else '.so'}"
    if folder is not None:
        path = os.path.join(folder, name)
        if _is_own(path):
            try:
                return _entry_of(path)
            except (OSError, AttributeError):
                pass  # damaged: it is made again
    with tempfile.TemporaryDirectory() as made:
        c_path, path = os.path.join(made, "function.c"), os.path.join(made, name)
        with open(c_path, "w", encoding="utf-8") as file:
            file.write(source)
        answer = _run([*command, c_path, "-o", path, "-lm"])
        if answer.returncode != 0:
            raise NotCompiled(f"{shlex.join(command)} fails: {answer.stderr.strip():.1000}")
        try:
            found = _entry_of(path)
        except (OSError, AttributeError) as error:
            raise NotCompiled(f"what was compiled cannot be loaded: {error}") from error
        if folder is not None:
            _keep(path, folder, name)
    return found


def _entry_of(path: str) -> tuple[Any, int]:
    library = ctypes.CDLL(path)
    address = ctypes.cast(getattr(library, _ENTRY), ctypes.c_void_p).value
    assert address is not None
    try:
        ctypes.c_size_t.in_dll(library, _PATIENCE).value = _core.patience()
    except ValueError:
        pass  # it has no long loops
    return library, address


# ---------------------------------------------------------------- what is kept


def cache_directory() -> str | None:
    """Where compiled functions are kept; None if they are not.

    AUTOGRAD_C_CACHE names it, or is "off". By default it is "autograd_c" in XDG_CACHE_HOME or
    where the system has such things. It is this user's alone, else it is not used.
    """
    given = os.environ.get("AUTOGRAD_C_CACHE", "")
    if given.lower() in ("off", "0"):
        return None
    if given:
        folder = os.path.abspath(os.path.expanduser(given))
    else:
        home = os.path.expanduser("~")
        usual = os.path.join(home, "Library/Caches" if sys.platform == "darwin" else ".cache")
        base = os.environ.get("XDG_CACHE_HOME", "")
        folder = os.path.join(base if os.path.isabs(base) else usual, "autograd_c")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError:
        return None
    return folder if _is_own(folder) and os.access(folder, os.W_OK) else None


def _is_own(path: str) -> bool:
    """Whether this user alone can have written it."""
    try:
        about = os.stat(path)
    except OSError:
        return False
    if not hasattr(os, "getuid"):
        return True
    return about.st_uid == os.getuid() and not about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _keep(path: str, folder: str, name: str) -> None:
    try:
        with open(path, "rb") as file:
            content = file.read()
        target = os.path.join(folder, name)
        write_in_one_step(target, lambda file: file.write(content))
        os.chmod(target, 0o600)
        _forget_oldest(folder)
    except OSError:
        pass  # the disk is full, say: the next process compiles it again


def _forget_oldest(folder: str) -> None:
    with os.scandir(folder) as entries:
        files = [(e.stat().st_mtime, e.path) for e in entries if e.name.endswith((".so", ".dylib"))]
    for _, path in sorted(files)[: max(0, len(files) - _MOST_FILES)]:
        os.remove(path)
