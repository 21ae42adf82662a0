"""How kernels are entered, and what they take from the library that they run with."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

Kernel = Callable[[Any], tuple[Callable[..., Any], tuple[Any, ...]]]
KERNELS: list[tuple[str, Kernel]] = []


def kernel(function: Kernel) -> Kernel:
    """Enter a kernel under its name."""
    KERNELS.append((function.__name__, function))
    return function


def of_same_library(np: Any, name: str) -> Any:
    """What `name` is in the library of `np`: "scipy.stats.norm" of `autograd.numpy` or NumPy."""
    package = np.__name__.rpartition(".")[0]
    module, _, attribute = (f"{package}." * bool(package) + name).rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def layers(random: Any, sizes: list[int], scale: float = 0.3) -> list[tuple[Any, Any]]:
    """Draw the weights and biases of a network whose layers have these sizes."""
    return [(scale * random.randn(m, n), scale * random.randn(n)) for m, n in zip(sizes, sizes[1:])]
