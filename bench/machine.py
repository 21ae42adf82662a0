"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench import UNSET_CORETYPE

# What keeps NumPy's BLAS, PyTorch, JAX and this library at one thread, if set before they start.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}

PROCESSOR_TIME = "AUTOGRAD_C_BENCH_PROCESSOR_TIME"
"""If set, the time of processors is taken, which others that are at work do not change so much."""

BUSY = 0.5
"""Load average per processor above which a warning is due."""

UNSTEADY = 1.2
"""Spread of the control's times over a run from which a warning is due."""

_FLAGS = ("avx2", "fma", "avx512f", "avx512dq", "asimd", "sve")
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def describe() -> dict[str, Any]:
    """Describe processor, system and Python."""
    name, flags = _processor()
    return {
        "processor": name,
        "vector_instructions": flags,
        "cores": os.cpu_count(),
        "usable_cores": _usable_cores(),
        "system": platform.platform(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "compiler": platform.python_compiler(),
        "numpy": np.__version__,
        "openblas_coretype": UNSET_CORETYPE,
        "thread_variables": {v: os.environ[v] for v in _THREAD_VARIABLES if v in os.environ},
        "load_average": _load_average(),
    }


def warnings(machine: dict[str, Any]) -> list[str]:
    """Say what may be wrong with figures from this machine."""
    found = []
    load = machine["load_average"]
    if load is not None and load > BUSY * machine["usable_cores"]:
        found.append(f"the load average is {load:.2f}: others are at work, the figures are noisy")
    if machine["openblas_coretype"] is not None:
        value = machine["openblas_coretype"]
        found.append(f"OPENBLAS_CORETYPE was {value!r}; it is unset for this run")
    for variable, value in machine["thread_variables"].items():
        found.append(f"{variable} is {value!r}: it binds some of the libraries")
    return found


def control() -> float:
    """Time a fixed piece of plain Python, long enough to be held up when others are at work."""
    started = time.perf_counter()
    total = 0
    for number in range(1_000_000):
        total += number
    return time.perf_counter() - started


def _processor() -> tuple[str, list[str]]:
    """Give the processor's name, and which of the vector instructions it has."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        fields: dict[str, str] = {}
        for line in cpuinfo.read_text().splitlines():
            key, _, value = line.partition(":")
            fields.setdefault(key.strip(), value.strip())
        flags = (fields.get("flags") or fields.get("Features") or "").split()
        name = fields.get("model name") or platform.machine()
        if "model" in fields and "cpu family" in fields:
            name += f" (family {fields['cpu family']}, model {fields['model']})"
        return name, [flag for flag in _FLAGS if flag in flags]
    if platform.system() == "Darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        answer = subprocess.run(command, check=False, capture_output=True, text=True)
        return answer.stdout.strip() or platform.machine(), []
    return platform.processor() or platform.machine(), []


def _usable_cores() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _load_average() -> float | None:
    """Give the load average of the last minute, where the system keeps one."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):
        return None
