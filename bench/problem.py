"""What a problem is, and what a peer makes of it.

A *problem* names a function that the peers may define. A peer's function receives the problem's
inputs as keyword arguments (NumPy arrays and Python numbers, so that all peers get the same) and
returns a `Task`, or several tasks by name where the library has several ways that matter
(``{"": eager, "jit": compiled}``).

A problem can consist of several *cases*, the same function on different inputs. One task of one
library in one case is a *contestant*; its label reads ``jax``, ``jax jit``, ``autograd_c 1,000``.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

SUBJECT = "autograd_c"
"""The library whose figures are divided by the others'."""
BEFORE = "before"
"""The same library in another installation, as a peer: what a change has cost."""
NO_LIBRARY = ("python", "cpp")
"""Peers that import nothing: the language itself, and what a compiler makes."""

Inputs = Mapping[str, Any]
Arrays = Sequence[Any]


@dataclass(frozen=True)
class Task:
    """Work that a peer is ready to do: `run` is timed, `arrays` reads its result afterwards.

    `arrays` gives the gradients as NumPy arrays, in the order of the problem's sources; those of
    a peer that only computes forward (`forward_only`) hold the value instead.
    """

    run: Callable[[], Any]
    arrays: Callable[[Any], Arrays]
    forward_only: bool = False


@dataclass(frozen=True)
class Expected:
    """The right answer, computed with NumPy in float64 by other means than a peer's."""

    value: Any
    gradients: Arrays


class WrongAnswer(Exception):
    """A peer's result is not the expected one."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What all kinds of problems have in common.

    `targets` maps a peer's label, or the name of another way of ours, to the largest ratio that our
    figure may have to its figure. The name of a library that has only tasks with names of their own
    stands for the fastest of them.
    Problems of a suite with the same `group` are summed up by the geometric mean of their ratios.
    """

    name: str
    title: str
    group: str = ""
    per: str = "call"
    targets: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Computation(Problem):
    """A problem that the peers solve with a function of theirs.

    `only` restricts it to some peers, where the others would take minutes or gigabytes.
    """

    function: str
    expected: Callable[..., Expected]
    rtol: float = 1e-9
    only: Sequence[str] = ()

    def cases(self, quick: bool) -> dict[str, Inputs]:
        """Give the inputs of each case, by its label."""
        raise NotImplementedError

    def check(self, inputs: Inputs, task: Task, result: Any) -> None:
        """Raise `WrongAnswer` unless `result` is what the task should have computed."""
        expected = self.expected(**inputs)
        wanted = [expected.value] if task.forward_only else list(expected.gradients)
        got = [np.asarray(array) for array in task.arrays(result)]
        if len(got) != len(wanted):
            raise WrongAnswer(f"{len(got)} arrays instead of {len(wanted)}")
        for number, (mine, right) in enumerate(zip(got, map(np.asarray, wanted))):
            if mine.shape != right.shape:
                raise WrongAnswer(f"array {number} has shape {mine.shape}, not {right.shape}")
            scale = max(float(np.max(np.abs(right), initial=0.0)), np.finfo(float).tiny)
            error = float(np.max(np.abs(mine - right), initial=0.0)) / scale
            if not error <= self.rtol:
                raise WrongAnswer(f"array {number} is off by {error:.1e}, allowed {self.rtol:.0e}")


@dataclass(frozen=True, kw_only=True)
class Timing(Computation):
    """Our time against each peer's, divided by `operations` for the table."""

    inputs: Callable[[], Inputs]
    operations: int = 1

    def cases(self, quick: bool) -> dict[str, Inputs]:
        """Give the one case there is."""
        return {"": self.inputs()}


@dataclass(frozen=True, kw_only=True)
class Scaling(Computation):
    """A library's time per operation for a large size against that for a small one.

    `target` is the largest ratio that ours may have; `quick_large` replaces `large` in a quick
    run. `operations` says by how many a time is divided, for a given size.
    """

    inputs: Callable[[int], Inputs]
    operations: Callable[[int], int]
    small: int
    large: int
    quick_large: int | None = None
    target: float

    def sizes(self, quick: bool) -> tuple[int, int]:
        """Give the small and the large size."""
        return self.small, (self.quick_large or self.large) if quick else self.large

    def cases(self, quick: bool) -> dict[str, Inputs]:
        """Give the two sizes, labelled by themselves."""
        return {f"{size:,}": self.inputs(size) for size in self.sizes(quick)}


@dataclass(frozen=True, kw_only=True)
class Relative(Computation):
    """A library's time for some work against its own time for less: a tangent beside its primal.

    `work` and `base` name the two, in a word each; a library's function is told which one as its
    input `part`. Where a library has several tasks for the work and one for the base, that serves
    them all. `target` is the largest ratio that ours may have.
    """

    inputs: Callable[[], Inputs]
    work: str
    base: str
    operations: int = 1
    target: float

    def cases(self, quick: bool) -> dict[str, Inputs]:
        """Give the two parts, labelled by their names."""
        return {part: {**self.inputs(), "part": part} for part in (self.base, self.work)}


@dataclass(frozen=True, kw_only=True)
class Once(Computation):
    """A problem of which each sample takes a process of its own.

    `warm` are small inputs to load with what is loaded on first use.
    """

    inputs: Callable[[], Inputs]
    quick_inputs: Callable[[], Inputs] | None = None
    warm: Callable[[], Inputs]

    def cases(self, quick: bool) -> dict[str, Inputs]:
        """Give the one case there is."""
        return {"": (self.quick_inputs or self.inputs)() if quick else self.inputs()}


@dataclass(frozen=True, kw_only=True)
class FirstCall(Once):
    """What the first call of a task takes, compilation included, in a process with new memory."""


@dataclass(frozen=True, kw_only=True)
class Footprint(Once):
    """Growth of a fresh process in bytes, over what it holds once its inputs are there.

    `quantity` is ``"peak"``, the most it held at any time of a run; ``"again"``, the most it held
    at any time of a second run; or ``"held"``, what it still holds when the run is over and its
    result alive. The growth is divided by `operations`. `limit` is a bound in bytes.
    """

    quantity: str
    operations: Callable[[Inputs], int] = lambda inputs: 1
    limit: float | None = None


@dataclass(frozen=True, kw_only=True)
class Threads(Timing):
    """A library's time with all processors against its time with one thread.

    `target` is the largest ratio that ours may have.
    """

    target: float


@dataclass(frozen=True, kw_only=True)
class ImportTime(Problem):
    """Seconds for ``import`` of each library in an interpreter of its own."""


def suites() -> dict[str, tuple[str, tuple[Problem, ...]]]:
    """Map each suite's name to its description and its problems."""
    package = importlib.import_module("bench.suites")
    found = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"bench.suites.{info.name}")
        title = (module.__doc__ or "").strip().splitlines()[0]
        found[info.name] = (title, tuple(module.PROBLEMS))
    return found


def peer_names() -> list[str]:
    """Name the peers there are files for: ours, the plain baselines, the others by alphabet."""
    package = importlib.import_module("bench.peers")
    first = (SUBJECT, "python", "numpy")
    names = [info.name for info in pkgutil.iter_modules(package.__path__)]
    return sorted(names, key=lambda n: (first.index(n) if n in first else len(first), n))
