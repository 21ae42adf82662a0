"""Says what was measured: progress, tables, JSON, plot."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import machine as machine_module
from bench.outcome import Comparison, Outcome, verdicts
from bench.problem import BEFORE, SUBJECT, Once, Problem, Relative, Scaling, Threads

FIRST_CALL_WORTH_TELLING = 0.1
"""Seconds of a first call (it may compile) from which the table tells it."""

_UNITS = {
    "s": ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")),
    "B": ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")),
}


class Progress:
    """What is going on, on standard error: one line rewritten, or a line per problem."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._subject = ""

    def __call__(self, text: str) -> None:
        """Show the text."""
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r{text[:width]:<{width}}", end="", file=sys.stderr, flush=True)
        elif (subject := text.partition(":")[0]) != self._subject:
            self._subject = subject
            print(f"... {subject}", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Make room for a table."""
        if self._live:
            self("")
            print("\r", end="", file=sys.stderr, flush=True)


def quantity(value: float, unit: str) -> str:
    """Write seconds or bytes with three digits and the prefix that suits."""
    scale, name = next((s for s in _UNITS[unit] if abs(value) >= s[0]), _UNITS[unit][-1])
    scaled = value / scale
    digits = 2 if abs(scaled) < 9.995 else 1 if abs(scaled) < 99.95 else 0
    return f"{scaled:.{digits}f} {name}"


def ratio(value: float) -> str:
    """Write a ratio; small ones as a fraction, as the targets are."""
    if value <= 0:
        return f"{value:.2f}"
    if value >= 0.3:
        return f"{value:.2f}" if value < 99.5 else f"{value:,.0f}"
    inverse = 1 / value
    return f"1/{inverse:.1f}" if inverse < 9.95 else f"1/{inverse:,.0f}"


def target(value: float | None) -> str:
    """Write the bound of a ratio."""
    if value is None:
        return ""
    return f"1/{1 / value:.0f}" if value < 0.3 else f"{value:g}"


def header(machine: dict[str, Any], session_versions: dict[str, tuple[str, str]]) -> str:
    """Describe the machine and the libraries."""
    vectors = " ".join(machine["vector_instructions"]) or "unknown"
    lines = [
        f"processor  {machine['processor']}, {machine['usable_cores']} usable of "
        f"{machine['cores']} cores; {vectors}",
        f"system     {machine['system']}; {machine['python']}, {machine['compiler']}; "
        f"numpy {machine['numpy']}",
    ]
    for peer, (version, about) in session_versions.items():
        lines.append(f"library    {peer} {version}" + (f" ({about})" if about else ""))
    lines += [f"warning    {warning}" for warning in machine_module.warnings(machine)]
    return "\n".join(lines)


def block(outcome: Outcome) -> str:
    """Write the table of one problem, for the terminal, when it is done."""
    problem = outcome.problem
    lines = [f"{outcome.suite}/{problem.name}: {problem.title}"]
    if not outcome.figures:
        return "\n".join([*lines, "  nobody here can do it", *_left_out(outcome)])
    within = isinstance(problem, (Scaling, Relative, Threads))
    versus = "ours is"
    if within:
        versus = f"to {_base(problem)}"
    rows = [("per " + problem.per, "minimum", "median", versus, "at most", "")]
    compared = {
        (c.ours if within else c.theirs).label: c
        for c in outcome.comparisons
        if not (within and c.theirs.label.startswith(BEFORE))
    }
    notes = []
    for figure in outcome.figures:
        name = figure.label + (" (forward only)" if figure.forward_only else "")
        comparison = compared.get(figure.label)
        rows.append(
            (
                name,
                quantity(figure.minimum, outcome.unit),
                quantity(figure.median, outcome.unit),
                ratio(comparison.ratio) if comparison else "",
                target(comparison.target) if comparison else "",
                _met(comparison),
            )
        )
        if (figure.first_call or 0.0) >= max(
            FIRST_CALL_WORTH_TELLING, 10 * figure.median * _operations(outcome)
        ):
            notes.append(f"  {figure.label}: the first call took {figure.first_call:.2f} s")
    lines += _aligned(rows, "<>>>><")
    return "\n".join([*lines, *notes, *_left_out(outcome)])


def _base(problem: Problem) -> str:
    """Name what a library's figures are divided by, where that is another of its own."""
    if isinstance(problem, Relative):
        return problem.base
    return "one" if isinstance(problem, Threads) else "small"


def summary(outcomes: Sequence[Outcome]) -> str:
    """Write the table of all ratios that have a target."""
    judged = verdicts(outcomes)
    if not judged:
        return f"No ratio to judge: {SUBJECT} or the peers that its targets name are missing."
    rows = [("work", "peer", "peer's", "ours", "ratio", "at most", "")]
    for outcome, comparison in judged:
        per = outcome.problem.per
        rows.append(
            (
                outcome.problem.name + ("" if per in ("call", "import") else f", per {per}"),
                comparison.theirs.label,
                quantity(comparison.theirs.median, outcome.unit),
                quantity(comparison.ours.median, outcome.unit),
                ratio(comparison.ratio),
                target(comparison.target),
                _met(comparison),
            )
        )
    met = sum(comparison.met is True for _, comparison in judged)
    lines = _aligned(rows, "<<>>>><")
    lines.append(f"{met} of {len(judged)} targets met; medians over the rounds")
    if any(comparison.disputed for _, comparison in judged):
        lines.append("?: the minima say otherwise; measure again on a quiet machine")
    return "\n".join(lines)


def means(outcomes: Sequence[Outcome]) -> str:
    """Write the geometric means of our ratios to each library over groups of problems."""
    groups: dict[tuple[str, str], dict[str, list[float]]] = {}
    for outcome in outcomes:
        if outcome.problem.group:
            ratios = groups.setdefault((outcome.suite, outcome.problem.group), {})
            for comparison in outcome.comparisons:
                if comparison.theirs.forward_only and comparison.target is None:
                    continue  # the others compute more
                ratios.setdefault(comparison.theirs.label, []).append(comparison.ratio)
    if not groups:
        return ""
    labels = sorted({label for ratios in groups.values() for label in ratios})
    rows = [("geometric means", "", *labels)]
    for (suite, group), ratios in groups.items():
        cells = [
            ratio(statistics.geometric_mean(ratios[label])) if label in ratios else ""
            for label in labels
        ]
        rows.append((suite, group, *cells))
    return "\n".join(_aligned(rows, "<<" + ">" * len(labels)))


def steadiness(outcomes: Sequence[Outcome]) -> str:
    """Say how steady the machine was over the run, by the control."""
    controls = [outcome.control for outcome in outcomes if outcome.control]
    if not controls:
        return ""
    spread = max(controls) / min(controls)
    verdict = "do not trust single figures" if spread > machine_module.UNSTEADY else "steady"
    low, high = quantity(min(controls), "s"), quantity(max(controls), "s")
    return f"control loop between {low} and {high} over the run: {verdict}"


def write_json(path: Path, machine: dict[str, Any], run: dict[str, Any]) -> None:
    """Write everything to a file."""
    path.write_text(
        json.dumps({"machine": machine, **run}, indent=1, default=str) + "\n", encoding="utf-8"
    )


def plot(path: Path, outcomes: Sequence[Outcome], title: str) -> None:
    """Draw our figure against each library's, all problems over one another, targets marked."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    ours = [(o, [c for c in o.comparisons if c.ours.label.startswith(SUBJECT)]) for o in outcomes]
    shown = [(outcome, comparisons) for outcome, comparisons in ours if comparisons]
    lines = sum(len(comparisons) + 1 for _, comparisons in shown)
    figure, axes = plt.subplots(figsize=(9, 1.2 + 0.24 * lines))
    position, ticks, labels = 0, [], []
    for outcome, comparisons in reversed(shown):
        for comparison in reversed(comparisons):
            colour = {True: "tab:green", False: "tab:red", None: "tab:gray"}[comparison.met]
            axes.barh(position, comparison.ratio - 1, left=1, height=0.8, color=colour)
            if comparison.target is not None:
                axes.plot([comparison.target] * 2, [position - 0.45, position + 0.45], "k-", lw=2)
            ticks.append(position)
            labels.append(f"{outcome.problem.name} / {comparison.theirs.label}")
            position += 1
        position += 1
    axes.set_yticks(ticks, labels, fontsize=7)
    axes.set_xscale("log")
    axes.axvline(1, color="black", lw=0.8)
    axes.set_xlabel(f"{SUBJECT} ÷ peer, smaller is better; black mark: target")
    axes.set_title(title, fontsize=8)
    figure.savefig(path, bbox_inches="tight", dpi=150)


def _operations(outcome: Outcome) -> float:
    """Give what turns a problem's figure back into a call's, where that is one number."""
    operations = getattr(outcome.problem, "operations", 1)
    return 1 if callable(operations) or isinstance(outcome.problem, Once) else operations


def _left_out(outcome: Outcome) -> list[str]:
    """Say who is missing from a table and why."""
    return [f"  left out: {remark}" for remark in outcome.remarks]


def _met(comparison: Comparison | None) -> str:
    """Judge a comparison in a word, with a question mark where the minima say otherwise."""
    if comparison is None or comparison.met is None:
        return ""
    return ("met" if comparison.met else "MISSED") + ("?" if comparison.disputed else "")


def _aligned(rows: Sequence[Sequence[str]], alignment: str) -> list[str]:
    """Lay a table out in columns."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [
        "  " + "  ".join(f"{c:{a}{w}}" for c, a, w in zip(r, alignment, widths)).rstrip()
        for r in rows
    ]
