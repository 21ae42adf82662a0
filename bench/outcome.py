"""What measuring a problem gives."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.problem import Problem


@dataclass
class Figure:
    """A contestant's samples, one per round, already per operation."""

    label: str
    samples: list[float] = field(default_factory=list)
    forward_only: bool = False
    first_call: float | None = None

    @property
    def minimum(self) -> float:
        """The best round."""
        return min(self.samples)

    @property
    def median(self) -> float:
        """The middle round."""
        return statistics.median(self.samples)


@dataclass(frozen=True)
class Comparison:
    """One figure divided by another: the median over the rounds of the ratio in each round."""

    ours: Figure
    theirs: Figure
    target: float | None

    @property
    def ratio(self) -> float:
        """How many times theirs ours is."""
        pairs = zip(self.ours.samples, self.theirs.samples)
        return statistics.median(a / b for a, b in pairs)

    @property
    def ratio_of_minima(self) -> float:
        """How many times the best of theirs the best of ours is: a second opinion."""
        return self.ours.minimum / self.theirs.minimum

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        return None if self.target is None else self.ratio <= self.target

    @property
    def disputed(self) -> bool:
        """Whether the minima give the other verdict: the machine was not steady enough."""
        return self.target is not None and self.met != (self.ratio_of_minima <= self.target)


@dataclass
class Outcome:
    """All figures of a problem.

    `remarks` say who is missing from it and why, `control` how fast the machine was (see
    `bench.machine.control`).
    """

    suite: str
    problem: Problem
    unit: str
    figures: list[Figure] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    control: float | None = None

    def figure(self, label: str) -> Figure | None:
        """Find a figure that has samples."""
        return next((f for f in self.figures if f.label == label and f.samples), None)

    def compare(self, ours: str, theirs: str, target: float | None) -> None:
        """Add a comparison, if both sides were measured."""
        mine, other = self.figure(ours), self.figure(theirs)
        if mine and other:
            self.comparisons.append(Comparison(mine, other, target))

    def as_json(self) -> dict[str, Any]:
        """Give everything as plain data."""
        return {
            "suite": self.suite,
            "problem": self.problem.name,
            "title": self.problem.title,
            "per": self.problem.per,
            "unit": self.unit,
            "figures": [
                {
                    "label": figure.label,
                    "forward_only": figure.forward_only,
                    "first_call_s": figure.first_call,
                    "minimum": figure.minimum,
                    "median": figure.median,
                    "samples": figure.samples,
                }
                for figure in self.figures
            ],
            "comparisons": [
                {
                    "ours": comparison.ours.label,
                    "theirs": comparison.theirs.label,
                    "ratio": comparison.ratio,
                    "ratio_of_minima": comparison.ratio_of_minima,
                    "target": comparison.target,
                    "met": comparison.met,
                }
                for comparison in self.comparisons
            ],
            "remarks": self.remarks,
            "control_s": self.control,
        }


def verdicts(outcomes: Sequence[Outcome]) -> list[tuple[Outcome, Comparison]]:
    """Give the comparisons that have a target, in order."""
    return [(o, c) for o in outcomes for c in o.comparisons if c.target is not None]
