"""docs/how-it-works.md says of examples/smallest_tape.py what is true."""

from __future__ import annotations

import math
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "smallest_tape.py"
TEXT = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")
SOURCE = EXAMPLE.read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", blocks("python"))
def test_every_quoted_block_is_in_the_file(block: str) -> None:
    assert f"\n{block}" in SOURCE  # whole lines


def test_blocks_are_found_and_in_the_order_of_the_file() -> None:
    places = [SOURCE.index(block) for block in blocks("python")]
    assert len(places) >= 10
    assert places == sorted(places)


def test_the_file_is_small() -> None:
    assert len(SOURCE.splitlines()) < 200


def test_the_file_prints_what_the_text_says() -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLE)], capture_output=True, text=True, timeout=60, check=True
    )
    assert [done.stdout] == blocks("text")
    assert done.stderr == ""


@pytest.fixture
def tiny() -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLE))


def test_every_rule_against_central_differences(tiny: dict[str, Any]) -> None:
    Value, Tape, apply = tiny["Value"], tiny["Tape"], tiny["apply"]
    for name, op in tiny["OPS"].items():
        if name == "input":
            continue
        count = op.value.__code__.co_argcount if hasattr(op.value, "__code__") else 1
        at = [0.7, 1.3][:count]
        with Tape() as tape:
            inputs = [Value(a) for a in at]
            for x in inputs:
                tape.watch(x)
            y = apply(name, *inputs)
        gradients = tape.gradient(y, inputs)
        for k in range(count):
            h = 1e-5
            up, down = (
                op.value(*(a + sign * h * (k == i) for i, a in enumerate(at))) for sign in (1, -1)
            )
            assert gradients[k].number == pytest.approx((up - down) / (2 * h), rel=1e-8), name
            seeds = [Value(float(k == i)) for i in range(count)]
            assert tape.jvp(y, inputs, seeds).number == pytest.approx(gradients[k].number), name


def test_derivatives_of_any_order(tiny: dict[str, Any]) -> None:
    f = tiny["derivative"](lambda x: tiny["apply"]("exp", x * 2.0))
    for order in range(1, 6):
        assert f(tiny["Value"](0.5)).number == pytest.approx(2**order * math.e)
        f = tiny["derivative"](f)


def test_four_tapes_record_once(tiny: dict[str, Any]) -> None:
    x, tapes = tiny["Value"](2.0), [tiny["Tape"]() for _ in range(4)]
    for tape in tapes:
        tape.__enter__()
        tape.watch(x)
    before = len(tiny["LOG"])
    y = x * x
    assert len(tiny["LOG"]) == before + 1
    for tape in tapes:
        tape.__exit__()
        assert tape.gradient(y, [x])[0].number == 4.0


def test_a_pause_is_a_gap(tiny: dict[str, Any]) -> None:
    x = tiny["Value"](2.0)
    with tiny["Tape"]() as tape:
        tape.watch(x)
        y = x * x
        with tape.paused():
            z = x * x
        w = y * 3.0
    assert tape.gradient(w, [x])[0].number == 12.0
    assert tape.gradient(z, [x]) == [None]


def test_a_long_chain_needs_no_recursion(tiny: dict[str, Any]) -> None:
    x = tiny["Value"](1.0)
    with tiny["Tape"]() as tape:
        tape.watch(x)
        y = x
        for _ in range(20_000):
            y = y + x
    assert tape.gradient(y, [x])[0].number == 20_001.0
