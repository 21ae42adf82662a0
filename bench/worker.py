"""One process per library.

Libraries of this size do not share a process well: they bring thread pools, change the state of
the collector, and take the run down with them when they crash. So each has a process of its own,
which answers the runner's requests over a pipe, one at a time: while one works, the others sleep.
`Worker` is the runner's end, `serve` the process.
"""

from __future__ import annotations

import gc
import importlib
import importlib.metadata
import math
import mmap
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from bench import memory
from bench.machine import PROCESSOR_TIME
from bench.problem import (
    BEFORE,
    NO_LIBRARY,
    SUBJECT,
    Computation,
    Footprint,
    Inputs,
    Once,
    Task,
    WrongAnswer,
    suites,
)

MAX_CALLS = 10_000_000


class PeerError(Exception):
    """A library is missing, fails, gives a wrong answer, hangs or crashes."""


@dataclass(frozen=True)
class Opened:
    """A task that has been run once and checked; `first_call` is what that took, in seconds."""

    variant: str
    case: str
    first_call: float
    forward_only: bool


class Worker:
    """A library's process, seen from the runner.

    `folder`, if given, is where to look for the library first, and `environment` has variables that
    the process has besides those of this one.
    """

    def __init__(
        self,
        peer: str,
        log: Path,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        patience: float = 600.0,
    ) -> None:
        self.peer = peer
        self._log = log
        self._patience = patience
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, peer, log, folder), daemon=True)
        kept = dict(os.environ)
        os.environ.update(environment or {})
        try:
            self._process.start()
        finally:
            os.environ.clear()
            os.environ.update(kept)
        theirs.close()
        self.version, self.about = self.ask("hello")

    def ask(self, request: str, *arguments: Any) -> Any:
        """Have the process call the `_Server` method `request`, and wait for its answer."""
        try:
            self._pipe.send((request, arguments))
            if not self._pipe.poll(self._patience):
                self.stop()
                raise PeerError(f"no answer within {self._patience:.0f} s")
            good, answer = self._pipe.recv()
        except (EOFError, OSError) as lost:
            self.stop()
            last = self._log.read_text(errors="replace").strip().splitlines()[-3:]
            code = self._process.exitcode
            raise PeerError(" | ".join([f"its process ended ({code})", *last])) from lost
        if not good:
            raise PeerError(answer)
        return answer

    @property
    def alive(self) -> bool:
        """Whether there is still a process to ask."""
        return self._process.is_alive()

    def stop(self) -> None:
        """End the process, and wait until it has."""
        self._pipe.close()
        self._process.join(1.0)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def serve(
    pipe: multiprocessing.connection.Connection, peer: str, log: Path, folder: Path | None
) -> None:
    """Answer requests until the runner hangs up."""
    if folder is not None:
        sys.path.insert(0, str(folder))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with log.open("ab", buffering=0) as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    server = _Server(peer)
    while True:
        try:
            request, arguments = pipe.recv()
        except EOFError:
            return
        try:
            answer = (True, getattr(server, request)(*arguments))
        except WrongAnswer as wrong:
            answer = (False, f"wrong answer: {wrong}")
        except Exception as error:
            answer = (False, f"{type(error).__name__}: {error}")
        pipe.send(answer)


class _Server:
    """What a library's process can be asked for."""

    def __init__(self, peer: str) -> None:
        self._peer = SUBJECT if peer == BEFORE else peer
        self._module: ModuleType
        self._tasks: dict[tuple[str, str], Task] = {}
        self._clock = time.process_time if PROCESSOR_TIME in os.environ else time.perf_counter

    def hello(self) -> tuple[str, str]:
        """Import the library; give its version and what its file says about it."""
        self._module = importlib.import_module(f"bench.peers.{self._peer}")
        about: Callable[[], str] = getattr(self._module, "about", lambda: "")
        return _version(self._peer), about()

    def open(self, suite: str, name: str, quick: bool) -> list[Opened]:
        """Prepare a problem's tasks, run each once, check the answers."""
        self.close()
        problem = _problem(suite, name)
        opened = []
        for case, inputs in problem.cases(quick).items():
            for variant, task in self._prepare(problem, inputs).items():
                started = time.perf_counter()
                result = task.run()
                first_call = time.perf_counter() - started
                problem.check(inputs, task, result)
                self._tasks[variant, case] = task
                opened.append(Opened(variant, case, first_call, task.forward_only))
        # What the libraries loaded is no garbage: keep the collector from searching it meanwhile.
        gc.collect()
        gc.freeze()
        return opened

    def calibrate(self, variant: str, case: str, seconds: float) -> int:
        """Find how many calls take about `seconds`."""
        number = 1
        while number < MAX_CALLS:
            elapsed = self.time(variant, case, number) * number
            if elapsed >= seconds:
                break
            number = min(math.ceil(number * 1.1 * seconds / max(elapsed, 1e-9)), 10 * number)
        return number

    def time(self, variant: str, case: str, number: int) -> float:
        """Give the seconds per call of `number` calls.

        Where one call is not long enough to be timed alone, an untimed one goes before: the
        caches are cold from the library whose turn it was.
        """
        run = self._tasks[variant, case].run
        if number > 1:
            run()
        calls, clock = range(number), self._clock
        started = clock()
        for _ in calls:
            run()
        return (clock() - started) / number

    def close(self) -> None:
        """Let go of the problem."""
        self._tasks.clear()
        gc.unfreeze()
        gc.collect()

    def variants(self, suite: str, name: str) -> dict[str, bool]:
        """Name the library's ways to solve a problem, and whether they are forward only."""
        problem = _problem(suite, name)
        assert isinstance(problem, Once)
        tasks = self._prepare(problem, problem.warm())
        return {variant: task.forward_only for variant, task in tasks.items()}

    def once(self, suite: str, name: str, variant: str, quick: bool) -> float:
        """Give the seconds or the growth in bytes of a run; asked once in the life of a process."""
        problem = _problem(suite, name)
        assert isinstance(problem, Once)
        warm = problem.warm()
        task = self._prepare(problem, warm)[variant]
        problem.check(warm, task, task.run())
        (inputs,) = problem.cases(quick).values()
        task = self._prepare(problem, inputs)[variant]
        gc.collect()
        if isinstance(problem, Footprint):
            figure, result = _growth(task, problem.quantity)
        else:
            started = self._clock()
            result = task.run()
            figure = self._clock() - started
        problem.check(inputs, task, result)
        return figure

    def _prepare(self, problem: Computation, inputs: Inputs) -> dict[str, Task]:
        """Have the peer's file make its tasks; none where it does not take part."""
        function = getattr(self._module, problem.function, None)
        if function is None:
            return {}
        tasks = function(**inputs)
        return {"": tasks} if isinstance(tasks, Task) else tasks


def _growth(task: Task, quantity: str) -> tuple[float, Any]:
    """Give the bytes by which a run lets the process grow, and its result."""
    before = memory.resident()
    if quantity == "again":
        task.run()
        gc.collect()
    memory.reset_peak()
    result = task.run()
    growth = (memory.resident() if quantity == "held" else memory.peak()) - before
    return max(growth, mmap.PAGESIZE), result  # what is less, nobody counts


def _problem(suite: str, name: str) -> Computation:
    """Find a problem by name."""
    (problem,) = (p for p in suites()[suite][1] if p.name == name)
    assert isinstance(problem, Computation)
    return problem


def _version(peer: str) -> str:
    """Give the version of the library that a peer's file has imported."""
    if peer in NO_LIBRARY:
        return str(sys.modules[f"bench.peers.{peer}"].version())
    return getattr(sys.modules[peer], "__version__", None) or importlib.metadata.version(peer)
