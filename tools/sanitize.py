"""Runs tests of the Python package with the extension module built under sanitizers.

    python tools/sanitize.py thread     the thread tests, under ThreadSanitizer
    python tools/sanitize.py sanitize   under Address- and UndefinedBehaviorSanitizer

Python itself is not built so: the sanitizer's library is loaded before it, by LD_PRELOAD. What it
then finds in CPython and is not ours to mend is in tests/sanitizers/, each with the reason. The
package is built into a folder of its own in build/; the installed one stays as it is. Linux, GCC.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import engine

# Patterns, so that no file of a kind is forgotten.
TESTS = {
    "thread": [
        "core/test_threads.py",
        "control/test_function_threads.py",
        "control/test_function_calls.py",
    ],
    "sanitize": [
        "core/test_gradient_tape.py",
        "core/test_forward.py",
        "rules/test_custom_gradient.py",
        "core/test_variable.py",
        "core/test_tensor.py",
        "values/test_dtypes.py",
        "core/test_threads.py",
        "control/test_function*.py",
        "functions/test_convolutions.py",
        "functions/test_equations.py",
        "functions/test_factorizations.py",
        "functions/test_host.py",
        "functions/test_incomplete.py",
        "functions/test_indexing.py",
        "functions/test_matrix_functions.py",
        "functions/test_programs.py",
        "functions/test_random.py",
        "functions/test_selection.py",
        "functions/test_shapes.py",
        "functions/test_signal.py",
        "functions/test_sorting.py",
        "functions/test_special.py",
        "rules/test_c_operation.py",
        "saved/test_*.py",
    ],
}
# Not run under that sanitizer. ThreadSanitizer keeps some loops from being vectorized, and not
# others: which of them an element is in decides about its last bit. AddressSanitizer keeps freed
# memory for a while, so that resident memory tells nothing.
EXCLUDED = {
    "thread": "not results_do_not_depend_on_the_number_of_threads",
    "sanitize": "not grow_the_process and not test_memory_of and not lets_go_of_large_arrays",
}
# Of AddressSanitizer's, the C++ library comes too: it looks for __cxa_throw when it starts.
LIBRARIES = {"thread": ["libtsan.so"], "sanitize": ["libasan.so", "libstdc++.so.6"]}


def library(name: str) -> str:
    found = subprocess.run(
        [*engine.compiler(), f"-print-file-name={name}"], capture_output=True, text=True
    ).stdout.strip()
    if not os.path.isabs(found):
        raise SystemExit(f"{name} was not found: is the compiler's sanitizer library installed?")
    return found


def found_tests(pattern: str) -> list[Path]:
    found = sorted((engine.ROOT / "tests").glob(pattern))
    if not found:
        raise SystemExit(f"no file of tests is named {pattern}")
    return found


def environment(kind: str, package: Path) -> dict[str, str]:
    suppressions = engine.ROOT / "tests/sanitizers" / f"{kind}.txt"
    options = {
        # A forked process starts the pool's threads again.
        "TSAN_OPTIONS": "halt_on_error=1:die_after_fork=0:second_deadlock_stack=1:"
        f"allocator_may_return_null=1:suppressions={suppressions}",
        # CPython does not give everything back at exit: leaks are looked for by tests.
        "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1:strict_string_checks=1:"
        f"suppressions={suppressions}",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    }
    if kind == "thread":
        # Its threads hand work to each other by what is not built for ThreadSanitizer.
        options["OPENBLAS_NUM_THREADS"] = "1"
    return {
        **options,
        **os.environ,
        "PYTHONPATH": str(package),
        # Python objects come from malloc, each alone, so that what is beside one is noticed.
        "PYTHONMALLOC": "malloc",
        "LD_PRELOAD": " ".join(library(name) for name in LIBRARIES[kind]),
    }


def main(kind: str, arguments: list[str]) -> int:
    folder = engine.build_dir() / f"python-{kind}"
    package = folder / "lib"
    build = [sys.executable, "setup.py", "--quiet", "build", "--build-base", str(folder)]
    subprocess.run(
        [*build, "--build-lib", str(package)],
        cwd=engine.ROOT,
        env={**os.environ, "AUTOGRAD_C_BUILD": kind},
        check=True,
    )
    # Old ThreadSanitizers do not start where the kernel places programs too randomly.
    python = [*(engine.fixed_addresses() if kind == "thread" else []), sys.executable]
    found = (
        "import sys, autograd_c.core as c; sys.exit(not c._core.__file__.startswith(sys.argv[1]))"
    )
    tests = [str(path) for name in TESTS[kind] for path in found_tests(name)]
    pytest = [*python, "-m", "pytest", "-c", str(engine.ROOT / "pyproject.toml")]
    command = [*pytest, "--rootdir", str(engine.ROOT), "-q", "-k", EXCLUDED[kind]]
    command += [*tests, *arguments]
    run = engine.build_dir() / "run"
    run.mkdir(parents=True, exist_ok=True)
    options = {"cwd": run, "env": environment(kind, package)}
    subprocess.run([*python, "-c", found, str(package)], check=True, **options)
    print(f"Python tests, {kind} build ({platform.python_version()})", flush=True)
    return subprocess.run(command, **options).returncode


if __name__ == "__main__":
    if sys.argv[1:2] not in (["thread"], ["sanitize"]):
        raise SystemExit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
