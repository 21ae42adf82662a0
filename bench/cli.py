"""The command line."""

from __future__ import annotations

import argparse
import importlib.util
import os
import time
from collections.abc import Sequence
from pathlib import Path

from bench import machine, report
from bench.outcome import Outcome
from bench.problem import SUBJECT, Problem, peer_names, suites
from bench.runner import Options, Session, measure


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks that the command line asks for."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.list:
        print(_listing())
        return 0
    work = _selected(parser, options.work)
    peers = _peers(parser, options.peers)
    if options.plot and importlib.util.find_spec("matplotlib") is None:
        parser.error("--plot needs matplotlib: pip install 'autograd_c[plot]'")
    for path in filter(None, (options.json, options.plot)):
        if not path.parent.is_dir():
            parser.error(f"{path.parent} is no directory")
    if options.processor_time:
        os.environ[machine.PROCESSOR_TIME] = "1"
    if options.one_thread:
        os.environ.update(machine.ONE_THREAD)
    quick = options.quick
    repeat = options.repeat or (3 if quick else Options.repeat)
    turn = 0.01 if quick else Options.turn
    if options.before and not (options.before / SUBJECT).is_dir():
        parser.error(f"there is no {SUBJECT} in {options.before}")
    before = options.before and options.before.resolve()
    return _run(work, peers, Options(repeat, turn, quick, before), options.json, options.plot)


def _run(
    work: list[tuple[str, Problem]],
    peers: list[str],
    options: Options,
    json_path: Path | None,
    plot_path: Path | None,
) -> int:
    """Measure, and report as it goes."""
    description = machine.describe()
    progress = report.Progress()
    outcomes: list[Outcome] = []
    started = time.perf_counter()
    interrupted = False
    session = Session(peers, options, progress)
    try:
        with session:
            progress.clear()
            print(report.header(description, session.versions))
            for peer, reason in session.missing.items():
                print(f"skipped    {peer}: {reason}")
            for suite, problem in work:
                outcomes.append(measure(problem, suite, session))
                progress.clear()
                print("\n" + report.block(outcomes[-1]), flush=True)
    except KeyboardInterrupt:
        interrupted = True
        progress.clear()
        print("\ninterrupted")
    print("\n" + report.summary(outcomes))
    print(report.means(outcomes))
    print(report.steadiness(outcomes))
    print(f"{time.perf_counter() - started:.0f} s")
    if json_path:
        run = {
            "options": vars(options),
            "peers": {
                peer: {"version": version, "about": about}
                for peer, (version, about) in session.versions.items()
            },
            "missing": session.missing,
            "outcomes": [outcome.as_json() for outcome in outcomes],
        }
        report.write_json(json_path, description, run)
    if plot_path:
        report.plot(plot_path, outcomes, f"{description['processor']}, {description['python']}")
    return 130 if interrupted else 0


def _parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=f"Measures {SUBJECT} beside other libraries, round by round in one run.",
    )
    parser.add_argument(
        "work", nargs="*", help="suites, or single problems, to run (default: all; see --list)"
    )
    parser.add_argument(
        "--peers",
        nargs="?",
        metavar="A,B",
        help=f"libraries to run beside {SUBJECT} (default: all that are installed)",
    )
    parser.add_argument(
        "--before",
        type=Path,
        metavar="FOLDER",
        help=f"run the {SUBJECT} that was installed there (pip install --target) beside ours",
    )
    parser.add_argument("--repeat", type=int, metavar="N", help="rounds (default: 7; quick: 3)")
    parser.add_argument("--quick", action="store_true", help="shorter turns, smaller extremes")
    parser.add_argument(
        "--one-thread", action="store_true", help="no library may use more than one thread"
    )
    parser.add_argument(
        "--processor-time",
        action="store_true",
        help="take the time of processors, of all threads, where others are at work on the machine",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all samples to FILE")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the ratios (matplotlib)")
    parser.add_argument("--list", action="store_true", help="list suites, problems and peers")
    return parser


def _selected(parser: argparse.ArgumentParser, names: Sequence[str]) -> list[tuple[str, Problem]]:
    """Find the problems that are asked for by their own or their suite's name."""
    everything = [(suite, p) for suite, (_, problems) in suites().items() for p in problems]
    known = {name for suite, problem in everything for name in (suite, problem.name)}
    if unknown := sorted(set(names) - known):
        parser.error(f"no suite or problem {', '.join(unknown)}; --list shows what there is")
    return [(s, p) for s, p in everything if not names or s in names or p.name in names]


def _peers(parser: argparse.ArgumentParser, chosen: str | None) -> list[str]:
    """Find the libraries that are asked for; ours always takes part."""
    known = peer_names()
    if chosen is None:
        return known
    wanted = {SUBJECT, *filter(None, chosen.replace(",", " ").split())}
    if unknown := sorted(wanted - set(known)):
        parser.error(f"no peer {', '.join(unknown)}; there are {', '.join(known)}")
    return [peer for peer in known if peer in wanted]


def _listing() -> str:
    """List suites, problems and peers."""
    lines = []
    for suite, (title, problems) in suites().items():
        lines.append(f"{suite}: {title}")
        lines += [f"  {problem.name:<16} {problem.title}" for problem in problems]
    lines.append("peers: " + " ".join(peer_names()))
    return "\n".join(lines)
