"""C++ that somebody has written by hand, with the derivative, compiled with all optimisations."""

import ctypes
import os
import subprocess
import tempfile
from typing import Any

import numpy as np

from bench.gradbench import calls
from bench.problem import Arrays, Task

COMPILER = os.environ.get("CXX", "c++").split()
SOURCE = """
#include <cmath>

extern "C" void scalar_chain(float x, int n, float* by_x) {
    float before[10000], y = x;
    for (int k = 0; k < n; ++k) {
        before[k] = y;
        y *= x;
    }
    float by_y = 1, sum = 0;
    for (int k = n - 1; k >= 0; --k) {
        sum += by_y * before[k];
        by_y *= x;
    }
    *by_x = sum + by_y;
}

extern "C" void pendulum(double angle, double speed, int n, double h, double* slopes) {
    double angles[10000];
    for (int k = 0; k < n; ++k) {
        angles[k] = angle;
        speed -= h * std::sin(angle);
        angle += h * speed;
    }
    double by_angle = 2 * angle, by_speed = 0;
    for (int k = n - 1; k >= 0; --k) {
        by_speed += h * by_angle;
        by_angle -= h * std::cos(angles[k]) * by_speed;
    }
    slopes[0] = by_angle;
    slopes[1] = by_speed;
}
"""


def version() -> str:
    """Give the compiler's."""
    answer = subprocess.run([*COMPILER, "--version"], capture_output=True, text=True, check=True)
    return answer.stdout.split("\n")[0]


def _library() -> ctypes.CDLL:
    with tempfile.TemporaryDirectory() as folder:
        source, binary = os.path.join(folder, "peer.cpp"), os.path.join(folder, "peer.so")
        with open(source, "w", encoding="ascii") as file:
            file.write(SOURCE)
        options = ["-O3", "-march=native", "-fPIC", "-shared"]
        sources = [source, str(calls.SOURCE)]
        subprocess.run([*COMPILER, *options, *sources, "-o", binary], check=True)
        return ctypes.CDLL(binary)


LIBRARY = _library()


def machine_code(of: str, **inputs: Any) -> Task:
    """Call the function of that name."""
    return globals()["_" + of](**inputs)  # type: ignore[no-any-return]


def compiled(of: str, **inputs: Any) -> Task | dict[str, Task]:
    """Call the function of that name, if there is one."""
    if hasattr(calls, of):
        task: Task = getattr(calls, of)(LIBRARY, **inputs)
        return task
    return machine_code(of, **inputs) if "_" + of in globals() else {}


def _scalar_chain(x: float, n: int) -> Task:
    by_x = np.zeros((), np.float32)
    arguments = ctypes.c_float(x), n, ctypes.c_void_p(by_x.ctypes.data)
    return Task(lambda: LIBRARY.scalar_chain(*arguments), lambda _: [by_x])


def _pendulum(angle: float, speed: float, n: int, h: float) -> Task:
    slopes = np.zeros(2)
    numbers = ctypes.c_double(angle), ctypes.c_double(speed), n, ctypes.c_double(h)
    arguments = *numbers, ctypes.c_void_p(slopes.ctypes.data)

    def arrays(_: Any) -> Arrays:
        return [slopes[0], slopes[1]]

    return Task(lambda: LIBRARY.pendulum(*arguments), arrays)
