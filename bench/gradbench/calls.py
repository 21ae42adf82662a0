"""Calls of the C++ of ``peer.cpp``."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.gradbench.problems import BONES, PARAMETERS, PARENTS, hand_angles
from bench.problem import Task

SOURCE = Path(__file__).with_name("peer.cpp")


def _task(function: Callable[..., Any], *given: Any, results: list[np.ndarray]) -> Task:
    """Make the task of a function that writes the value, and then its derivatives."""
    arrays = [np.ascontiguousarray(x) if isinstance(x, np.ndarray) else x for x in given]
    arguments = [
        x.ctypes.data_as(ctypes.c_void_p)  # keeps the array
        if isinstance(x, np.ndarray)
        else ctypes.c_double(x)
        if isinstance(x, float)
        else x
        for x in (*arrays, *results)
    ]

    def run() -> list[np.ndarray]:
        function(*arguments)
        return results[1:]

    return Task(run, list)


def mixture(
    library: ctypes.CDLL,
    weights: np.ndarray,
    means: np.ndarray,
    roots: np.ndarray,
    points: np.ndarray,
    gamma: float,
    freedom: int,
) -> Task:
    """Give the gradient."""
    parts, features = means.shape
    results = [np.zeros(()), *map(np.zeros_like, (weights, means, roots))]
    given = features, parts, len(points), weights, means, roots, points, gamma, freedom
    return _task(library.mixture, *given, results=results)


def recurrent(
    library: ctypes.CDLL, main: np.ndarray, extra: np.ndarray, state: np.ndarray, text: np.ndarray
) -> Task:
    """Give the gradient."""
    results = [np.zeros(()), np.zeros_like(main), np.zeros_like(extra)]
    given = len(state) // 2, len(text), main, extra, state, text
    return _task(library.recurrent, *given, results=results)


def cameras(
    library: ctypes.CDLL,
    cameras: np.ndarray,
    points: np.ndarray,
    weights: np.ndarray,
    who: np.ndarray,
    seen: np.ndarray,
) -> Task:
    """Give the rows of the Jacobian."""
    count = len(who)
    results = [np.zeros((count, 2)), np.zeros((count, 2, 15)), np.zeros(count)]
    given = count, cameras, points, weights, who.astype(np.int64), seen
    return _task(library.cameras, *given, results=results)


def hand(
    library: ctypes.CDLL,
    theta: np.ndarray,
    relative: np.ndarray,
    inverse: np.ndarray,
    places: np.ndarray,
    shares: np.ndarray,
    corresponding: np.ndarray,
    points: np.ndarray,
) -> Task:
    """Give the Jacobian."""
    results = [np.zeros_like(points), np.zeros((*points.shape, PARAMETERS))]
    parents, angles = np.array(PARENTS, np.int32), hand_angles().astype(np.int32)
    own = places[corresponding], shares[corresponding]
    given = BONES, len(points), parents, angles, theta, relative, inverse, *own, points
    return _task(library.hand, *given, results=results)
