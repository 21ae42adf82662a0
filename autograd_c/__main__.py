"""``python -m autograd_c``: what this installation found, and what it reaches in ten seconds.

``python -m autograd_c where NAME`` tells where a name of TensorFlow, NumPy, PyTorch or JAX is here,
or what to use; without NAME, it prints all that it knows.

The full benchmark, beside other libraries, is ``python -m bench`` in a clone of the project.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import autograd_c as tf
from autograd_c.advice import lookup
from autograd_c.core import _core

SECONDS = 10.0


@dataclass(frozen=True)
class Contest:
    """A gradient of ours beside forward work of `rival`; both do `operations` of them a call."""

    title: str
    operations: int
    ours: Callable[[], Any]
    expected: Any
    rival: str
    theirs: Callable[[], Any]


def main() -> None:
    """Print what was found, then the micro-benchmark's lines as they come; or where a name is."""
    parser = argparse.ArgumentParser(
        prog="python -m autograd_c",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="for the benchmark (default: %(default)g)"
    )
    parser.add_argument(
        "where",
        nargs="*",
        metavar="where NAME",
        help="tell where NAME is, or what to use, instead of the benchmark",
    )
    arguments = parser.parse_args()
    if arguments.where:
        command, *names = arguments.where
        if command != "where":
            parser.error("write `python -m autograd_c where NAME`")
        for name in names:
            print("\n".join(lookup.where(name)))
        if not names:
            print(lookup.page(), end="")
        return
    seconds = arguments.seconds
    for name, value in found():
        print(f"{name:<11} {value}")
    contests = [scalar_chain(), vectors(8), vectors(100), rounds(10_000), rounds(1_000_000)]
    print("\nrecorded and differentiated, beside the same work without a gradient:")
    print(f"{'':<42}{'ours':>9}  {'without':<14}{'':>9}  ratio")
    for contest in contests:
        mine, other, ratio = run(contest, seconds / len(contests))
        print(
            f"{contest.title:<42}{_duration(mine):>9}  {contest.rival:<14}"
            f"{_duration(other):>9}  {ratio:5.2f}",
            flush=True,
        )


def found() -> Iterator[tuple[str, str]]:
    """Name the version, the machine, and what the engine and the libraries around it are."""
    yield "autograd_c", f"{tf.__version__} ({Path(tf.__file__).parent})"
    yield "python", f"{platform.python_version()}, {platform.platform()}"
    yield "processor", _processor()
    sets = ", ".join(_core.available_instruction_sets())
    for key, value in _core.build_info().items():
        if key == "vector":
            value += f"{_asked('AUTOGRAD_C_ISA')}, of {sets}"
        elif key == "vector math":
            value += _asked("AUTOGRAD_C_VECTOR_MATH")
        yield key, os.path.normpath(value) if os.path.isabs(value) else value
    yield "numpy", f"{np.__version__}, its BLAS {_numpy_blas()}"
    try:
        yield "scipy", importlib.metadata.version("scipy")
    except importlib.metadata.PackageNotFoundError:
        yield "scipy", "not installed"
    if "OPENBLAS_CORETYPE" in os.environ:
        value = os.environ["OPENBLAS_CORETYPE"]
        yield "note", f"OPENBLAS_CORETYPE={value} may hold OpenBLAS to another processor's kernels"


def _asked(variable: str) -> str:
    return f" ({variable})" if os.environ.get(variable) else ""


def run(contest: Contest, seconds: float) -> tuple[float, float, float]:
    """Let both sides take turns; give the best time per operation of each and the median ratio.

    The gradient is compared with the expected one first.
    """
    gradient = np.asarray(contest.ours())
    if not np.allclose(gradient, contest.expected, rtol=1e-4):
        raise SystemExit(f"wrong gradient in '{contest.title}': this installation is broken")
    deadline = time.perf_counter() + seconds
    turn = seconds / 20
    mine, other = _calls(contest.ours, turn), _calls(contest.theirs, turn)
    times: list[tuple[float, float]] = []
    while not times or time.perf_counter() < deadline:
        times.append((_time(contest.ours, mine), _time(contest.theirs, other)))
    ours, theirs = (min(side) / contest.operations for side in zip(*times))
    return ours, theirs, statistics.median(a / b for a, b in times)


def scalar_chain() -> Contest:
    """Give a chain of float32 multiplies against Python floats in the same loop."""
    n, x = 1000, 1.0009765625
    source = tf.constant(x)

    def ours() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(source)
            y = source
            for _ in range(n):
                y = y * source
        return tape.gradient(y, source)

    def theirs() -> float:
        y = x
        for _ in range(n):
            y = y * x
        return y

    return Contest(
        "1,000 scalar multiplies, per multiply", n, ours, (n + 1) * x**n, "Python float", theirs
    )


def vectors(length: int) -> Contest:
    """Give 100 operations on short vectors, two in five transcendental, against NumPy."""
    repeat = 20
    x = np.random.default_rng(8).uniform(0.1, 0.9, length)
    source = tf.constant(x)

    def ours() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(source)
            y = source
            for _ in range(repeat):
                y = y * source
                y = y + source
                y = tf.tanh(y)
                y = y - source
                y = tf.exp(y)
        return tape.gradient(y, source)

    def theirs() -> Any:
        y = x
        for _ in range(repeat):
            y = y * x
            y = y + x
            y = np.tanh(y)
            y = y - x
            y = np.exp(y)
        return y

    y, dy = x, np.ones(length)
    for _ in range(repeat):
        inner, d_inner = y * x + x, dy * x + y + 1
        y = np.exp(np.tanh(inner) - x)
        dy = y * (d_inner / np.cosh(inner) ** 2 - 1)
    title = f"100 mixed operations, length {length}, each"
    return Contest(title, 5 * repeat, ours, dy, "NumPy", theirs)


def rounds(length: int) -> Contest:
    """Give ten rounds of y = exp(-y * y) + x against NumPy."""
    x = np.random.default_rng(6).standard_normal(length)
    source = tf.constant(x)

    def ours() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(source)
            y = source
            for _ in range(10):
                y = tf.exp(-y * y) + source
        return tape.gradient(y, source)

    def theirs() -> Any:
        y = x
        for _ in range(10):
            y = np.exp(-y * y) + x
        return y

    y, dy = x, np.ones(length)
    for _ in range(10):
        e = np.exp(-y * y)
        y, dy = e + x, 1 - 2 * y * dy * e
    title = f"10 rounds of exp(-y*y) + x, {length:,}"
    return Contest(title, 1, ours, dy, "NumPy", theirs)


def _time(function: Callable[[], Any], calls: int) -> float:
    """Give the seconds per call; where there are several, one goes before to warm the caches."""
    if calls > 1:
        function()
    numbers = range(calls)
    started = time.perf_counter()
    for _ in numbers:
        function()
    return (time.perf_counter() - started) / calls


def _calls(function: Callable[[], Any], seconds: float) -> int:
    """Find how many calls take about `seconds`."""
    calls = 1
    while (taken := _time(function, calls) * calls) < seconds / 2:
        calls = int(min(10 * calls, calls * seconds / max(taken, 1e-9))) + 1
    return calls


def _duration(seconds: float) -> str:
    """Write a duration with three digits."""
    for scale, unit in ((1e-3, "ms"), (1e-6, "µs")):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def _processor() -> str:
    """Name the processor."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _numpy_blas() -> str:
    """Name the BLAS that NumPy was built with."""
    config: Any = np.show_config(mode="dicts")
    blas = config.get("Build Dependencies", {}).get("blas", {})
    return f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip()


if __name__ == "__main__":
    main()
