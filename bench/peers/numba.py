"""Numba: loops with their derivatives, written by hand, compiled when they are called first."""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from bench.problem import Task


def compiled(of: str, **inputs: Any) -> Task | dict[str, Task]:
    """Make a problem's task, if there is a loop for it."""
    make: Callable[..., Task] | None = globals().get("_" + of)
    return {} if make is None else make(**inputs)


@numba.njit
def _of_chain(x: Any, n: int) -> Any:
    before = np.empty(n, np.float32)
    y = x
    for k in range(n):
        before[k] = y
        y = y * x
    by_y, total = np.float32(1), np.float32(0)
    for k in range(n - 1, -1, -1):
        total += by_y * before[k]
        by_y *= x
    return total + by_y


def _scalar_chain(x: float, n: int) -> Task:
    number = np.float32(x)
    return Task(lambda: _of_chain(number, n), lambda result: [result])


@numba.njit
def _of_rosenbrock(x: Any) -> Any:
    gradient = np.zeros_like(x)
    value = 0.0
    for k in range(len(x) - 1):
        rise, low = x[k + 1] - x[k] * x[k], 1 - x[k]
        value += 100 * rise * rise + low * low
        gradient[k] += -400 * x[k] * rise - 2 * low
        gradient[k + 1] += 200 * rise
    return value, gradient


def _rosenbrock(x: np.ndarray) -> Task:
    return Task(lambda: _of_rosenbrock(x), lambda result: [result[1]])


@numba.njit
def _of_sum(x: Any) -> Any:
    gradient = np.empty_like(x)
    total = 0.0
    for k in range(len(x)):
        y = np.tanh(x[k])
        total += y * x[k]
        gradient[k] = y + x[k] * (1 - y * y)
    return total, gradient


def _sum_tanh(x: np.ndarray) -> Task:
    return Task(lambda: _of_sum(x), lambda result: [result[1]])


@numba.njit
def _of_rounds(x: Any, rounds: int) -> Any:
    value, gradient = np.empty_like(x), np.empty_like(x)
    before, powers = np.empty(rounds), np.empty(rounds)
    for k in range(len(x)):
        y = x[k]
        for n in range(rounds):
            before[n] = y
            powers[n] = np.exp(-y * y)
            y = powers[n] + x[k]
        value[k] = y
        by_y, total = 1.0, 0.0
        for n in range(rounds - 1, -1, -1):
            total += by_y
            by_y *= -2 * before[n] * powers[n]
        gradient[k] = total + by_y
    return value, gradient


def _exp_rounds(x: np.ndarray, rounds: int) -> Task:
    return Task(lambda: _of_rounds(x, rounds), lambda result: [result[1]])


@numba.njit
def _of_heat(x: Any, steps: int) -> Any:
    u, following = x.copy(), x.copy()
    for _ in range(steps):
        for k in range(1, len(x) - 1):
            following[k] = u[k] + 0.1 * (u[k + 1] - 2 * u[k] + u[k - 1])
        u, following = following, u
    value = np.sum(u * u)
    by, by_before = 2 * u, np.empty_like(x)
    for _ in range(steps):
        by_before[:] = 0
        by_before[0], by_before[-1] = by[0], by[-1]
        for k in range(1, len(x) - 1):
            by_before[k] += 0.8 * by[k]
            by_before[k - 1] += 0.1 * by[k]
            by_before[k + 1] += 0.1 * by[k]
        by, by_before = by_before, by
    return value, by


def _heat_steps(x: np.ndarray, steps: int) -> Task:
    return Task(lambda: _of_heat(x, steps), lambda result: [result[1]])
