"""Takes the libraries through the problems, and forms the ratios.

All contestants of a problem take turns: each round times every one of them once, in an order that
rotates, and a ratio is formed within each round. What disturbs the machine for a while so
disturbs both sides of a ratio, and its median over the rounds hardly at all.
"""

from __future__ import annotations

import functools
import importlib.util
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import machine
from bench.outcome import Figure, Outcome
from bench.problem import (
    BEFORE,
    NO_LIBRARY,
    SUBJECT,
    Computation,
    FirstCall,
    Footprint,
    ImportTime,
    Once,
    Problem,
    Relative,
    Scaling,
    Threads,
    Timing,
)
from bench.worker import PeerError, Worker

PROCESS_ROUNDS = 5
"""Rounds at most where each sample takes a process, and all come out nearly the same."""
SLOWER = 1.03
"""Times its time before that a row may take: what is less does not come out of the noise."""
PAUSE = 0.005
"""Seconds between turns: the thread pools of the library before go on spinning for a while."""


@dataclass(frozen=True)
class Options:
    """How long to measure: rounds, and seconds that a contestant's turn lasts at least.

    `before` is the folder of another installation of ours, which then takes part.
    """

    repeat: int = 7
    turn: float = 0.05
    quick: bool = False
    before: Path | None = None


@dataclass(frozen=True)
class _Contestant:
    """A task in a worker, and how to time it."""

    worker: Worker
    variant: str
    case: str
    calls: int
    figure: Figure

    def sample(self, operations: float) -> None:
        """Take the contestant's turn."""
        seconds = self.worker.ask("time", self.variant, self.case, self.calls)
        self.figure.samples.append(seconds / operations)


class Session:
    """The workers of a run, started when first needed, and what became of them."""

    def __init__(self, peers: list[str], options: Options, progress: Callable[[str], None]) -> None:
        self.options = options
        self.progress = progress
        self.missing: dict[str, str] = {}
        self.versions: dict[str, tuple[str, str]] = {}
        self._peers = peers
        self._workers: dict[str, Worker] = {}
        self._directory = tempfile.TemporaryDirectory(prefix="autograd_c-bench-")

    def __enter__(self) -> Session:
        """Find out who is there."""
        for peer in [*self._peers, *([BEFORE] if self.options.before else [])]:
            if peer not in (*NO_LIBRARY, BEFORE) and importlib.util.find_spec(peer) is None:
                self.missing[peer] = "not installed"
                continue
            self.progress(f"starting {peer}")
            try:
                worker = self._worker(peer)
            except PeerError as error:
                self.missing[peer] = str(error)
            else:
                self.versions[peer] = worker.version, worker.about
        return self

    def __exit__(self, *exception: object) -> None:
        """Stop all workers."""
        for worker in self._workers.values():
            worker.stop()
        self._directory.cleanup()

    @property
    def peers(self) -> list[str]:
        """The libraries that take part."""
        return list(self.versions)

    def taking_part(self, problem: Computation) -> list[str]:
        """Name the libraries that take part in a problem."""
        only = {*problem.only, BEFORE} if SUBJECT in problem.only else problem.only
        return [peer for peer in self.peers if not only or peer in only]

    @contextmanager
    def worker(self, peer: str) -> Iterator[Worker]:
        """Lend the library's process; the next one who asks gets a new one if it has ended."""
        try:
            yield self._worker(peer)
        finally:
            if peer in self._workers and not self._workers[peer].alive:
                del self._workers[peer]

    @contextmanager
    def fresh_worker(
        self, peer: str, environment: Mapping[str, str] | None = None
    ) -> Iterator[Worker]:
        """Lend a process of the library that nobody has used."""
        worker = Worker(peer, self._log(peer), self.folder(peer), environment)
        try:
            yield worker
        finally:
            worker.stop()

    def _worker(self, peer: str) -> Worker:
        if peer not in self._workers:
            self._workers[peer] = Worker(peer, self._log(peer), self.folder(peer))
        return self._workers[peer]

    def folder(self, peer: str) -> Path | None:
        """Give the folder where the library is looked for first, if there is one."""
        return self.options.before if peer == BEFORE else None

    def _log(self, peer: str) -> Path:
        return Path(self._directory.name) / f"{peer}.log"


def label(peer: str, variant: str, case: str = "") -> str:
    """Name a contestant."""
    return " ".join(part for part in (peer, variant, case) if part)


def measure(problem: Problem, suite: str, session: Session) -> Outcome:
    """Measure a problem, with the control before it."""
    control = machine.control()
    outcome = _measure(problem, suite, session)
    outcome.control = control
    for figure in outcome.figures:
        peer, _, rest = figure.label.partition(" ")
        if peer == BEFORE:
            outcome.compare(label(SUBJECT, rest), figure.label, SLOWER)
    return outcome


@functools.singledispatch
def _measure(problem: Problem, suite: str, session: Session) -> Outcome:
    """Measure a problem, in the way of its kind."""
    raise TypeError(f"no way to measure a {type(problem).__name__}")


@_measure.register
def _(problem: Timing, suite: str, session: Session) -> Outcome:
    outcome = Outcome(suite, problem, "s")
    _take_turns(problem, session, outcome, lambda case: problem.operations)
    _compare_with_peers(outcome, problem.targets)
    return outcome


@_measure.register
def _(problem: Scaling, suite: str, session: Session) -> Outcome:
    outcome = Outcome(suite, problem, "s")
    small, large = problem.sizes(session.options.quick)
    operations = {f"{size:,}": problem.operations(size) for size in (small, large)}
    _take_turns(problem, session, outcome, operations.__getitem__)
    _compare_cases(outcome, f"{large:,}", f"{small:,}", problem.target)
    return outcome


@_measure.register
def _(problem: Relative, suite: str, session: Session) -> Outcome:
    outcome = Outcome(suite, problem, "s")
    _take_turns(problem, session, outcome, lambda case: problem.operations)
    _compare_cases(outcome, problem.work, problem.base, problem.target)
    return outcome


@_measure.register
def _(problem: Footprint, suite: str, session: Session) -> Outcome:
    outcome = Outcome(suite, problem, "B")
    (inputs,) = problem.cases(session.options.quick).values()
    _sample_processes(problem, session, outcome, problem.operations(inputs))
    if problem.limit is not None and outcome.figures:
        rounds = len(outcome.figures[0].samples)
        outcome.figures.append(Figure("limit", [problem.limit] * rounds))
    _compare_with_peers(outcome, {"limit": 1.0, **problem.targets})
    return outcome


@_measure.register
def _(problem: FirstCall, suite: str, session: Session) -> Outcome:
    outcome = Outcome(suite, problem, "s")
    _sample_processes(problem, session, outcome, 1)
    _compare_with_peers(outcome, problem.targets)
    return outcome


@_measure.register
def _(problem: Threads, suite: str, session: Session) -> Outcome:
    outcome = Outcome(suite, problem, "s")
    contestants: list[_Contestant] = []
    ways: dict[str, Mapping[str, str]] = {"one": machine.ONE_THREAD, "all": {}}
    with ExitStack() as stack:
        for peer in session.taking_part(problem):
            for way, environment in ways.items():
                session.progress(f"{problem.name}: checking {peer}, {way}")
                with _remarked(outcome, peer):
                    worker = stack.enter_context(session.fresh_worker(peer, environment))
                    contestants += _open(problem, suite, worker, session.options, way)
        _run_rounds(problem, session, outcome, contestants, lambda way: problem.operations)
    _compare_cases(outcome, "all", "one", problem.target)
    return outcome


@_measure.register
def _(problem: ImportTime, suite: str, session: Session) -> Outcome:
    outcome = Outcome(suite, problem, "s")
    figures = [Figure(peer) for peer in session.peers if peer not in NO_LIBRARY]
    code = (
        "import sys; sys.path[:] = {1!r}\n"
        "import time; started = time.perf_counter()\n"
        "import {0}\n"
        "print(time.perf_counter() - started)"
    )
    rounds = session.options.repeat
    for number in range(rounds + 1):  # the first one fills the file cache
        for figure in figures:
            session.progress(f"{problem.name}: round {number} of {rounds}, {figure.label}")
            folder = session.folder(figure.label)
            path = [str(folder), *sys.path] if folder else sys.path
            name = SUBJECT if figure.label == BEFORE else figure.label
            command = [sys.executable, "-c", code.format(name, path)]
            answer = subprocess.run(command, check=False, capture_output=True, text=True)
            if answer.returncode == 0 and number > 0:
                figure.samples.append(float(answer.stdout.split()[-1]))
    outcome.figures = [figure for figure in figures if len(figure.samples) == rounds]
    _compare_with_peers(outcome, problem.targets)
    return outcome


def _compare_with_peers(outcome: Outcome, targets: Mapping[str, float]) -> None:
    """Divide our figure by each other one; `targets` are those of the problem."""
    labels = [figure.label for figure in outcome.figures]
    bounds = {}
    for peer, target in targets.items():
        own = [figure for figure in outcome.figures if figure.label.startswith(peer + " ")]
        fastest = min(own, key=lambda figure: figure.median, default=None)
        if label(SUBJECT, peer) in labels:  # another way of ours
            bounds[label(SUBJECT, peer)] = target
        elif peer in labels or fastest is None:
            bounds[peer] = target
        else:
            bounds[fastest.label] = target
    for other in labels:
        if other != SUBJECT and not other.startswith(BEFORE):
            outcome.compare(SUBJECT, other, bounds.get(other))


def _compare_cases(outcome: Outcome, work: str, base: str, target: float) -> None:
    """Divide each library's figure in one case by its figure in the other."""
    for figure in list(outcome.figures):
        name, _, case = figure.label.rpartition(" ")
        if case == work:
            below = label(name, "", base)
            if outcome.figure(below) is None:  # one task that serves all of the library's
                below = label(name.partition(" ")[0], "", base)
            outcome.compare(figure.label, below, target if name == SUBJECT else None)


def _take_turns(
    problem: Timing | Scaling | Relative,
    session: Session,
    outcome: Outcome,
    operations: Callable[[str], float],
) -> None:
    """Time a problem's contestants round by round; `operations` depends on the case."""
    contestants: list[_Contestant] = []
    for peer in session.taking_part(problem):
        session.progress(f"{problem.name}: checking {peer}")
        with _remarked(outcome, peer), session.worker(peer) as worker:
            contestants += _open(problem, outcome.suite, worker, session.options)
    _run_rounds(problem, session, outcome, contestants, operations)
    for peer in session.taking_part(problem):
        with _remarked(outcome, peer), session.worker(peer) as worker:
            worker.ask("close")


def _run_rounds(
    problem: Computation,
    session: Session,
    outcome: Outcome,
    contestants: list[_Contestant],
    operations: Callable[[str], float],
) -> None:
    """Time contestants round by round, in an order that rotates."""
    repeat = session.options.repeat
    for number in range(repeat):
        turn = number % max(len(contestants), 1)
        for contestant in contestants[turn:] + contestants[:turn]:
            name = contestant.figure.label
            session.progress(f"{problem.name}: round {number + 1} of {repeat}, {name}")
            time.sleep(PAUSE)
            with _remarked(outcome, name):
                contestant.sample(operations(contestant.case))
    figures = [contestant.figure for contestant in contestants]
    outcome.figures = [figure for figure in figures if len(figure.samples) == repeat]


def _sample_processes(problem: Once, session: Session, outcome: Outcome, operations: float) -> None:
    """Take samples of all ways of all peers, each in a process of its own."""
    contestants: list[tuple[str, str, Figure]] = []
    quick = session.options.quick
    for peer in session.taking_part(problem):
        with _remarked(outcome, peer), session.worker(peer) as worker:
            for variant, forward in worker.ask("variants", outcome.suite, problem.name).items():
                figure = Figure(label(peer, variant), forward_only=forward)
                contestants.append((peer, variant, figure))
    rounds = min(session.options.repeat, PROCESS_ROUNDS)
    for number in range(rounds):
        for peer, variant, figure in contestants:
            session.progress(f"{problem.name}: round {number + 1} of {rounds}, {figure.label}")
            with _remarked(outcome, figure.label), session.fresh_worker(peer) as worker:
                found = worker.ask("once", outcome.suite, problem.name, variant, quick)
                figure.samples.append(found / operations)
    figures = [figure for _, _, figure in contestants]
    outcome.figures = [figure for figure in figures if len(figure.samples) == rounds]


def _open(
    problem: Computation, suite: str, worker: Worker, options: Options, way: str = ""
) -> list[_Contestant]:
    """Have a worker prepare and check a problem, and find how many calls make a turn.

    `way` is a name for what is particular about the worker.
    """
    contestants = []
    for opened in worker.ask("open", suite, problem.name, options.quick):
        calls = worker.ask("calibrate", opened.variant, opened.case, options.turn)
        figure = Figure(
            label(worker.peer, opened.variant, opened.case or way),
            forward_only=opened.forward_only,
            first_call=opened.first_call,
        )
        contestants.append(_Contestant(worker, opened.variant, opened.case, calls, figure))
    return contestants


@contextmanager
def _remarked(outcome: Outcome, who: str) -> Iterator[None]:
    """Turn a library's failure into a remark (once), so that the others can go on."""
    try:
        yield
    except PeerError as error:
        remark = f"{who}: {error}"
        if remark not in outcome.remarks:
            outcome.remarks.append(remark)
