"""Random interleavings of recorders, few and always the same ones; `make fuzz` runs many."""

from __future__ import annotations

import logging
import os

import pytest

from ..recorders import Interleaving

LENGTH = os.environ.get("AUTOGRAD_C_FUZZ", "")
PROGRAMS = int(LENGTH) if LENGTH.isdigit() else 100_000 if LENGTH else 1_500


@pytest.mark.parametrize("length", [12, 25, 60])
def test_every_recorder_answers_as_if_it_were_alone(length, caplog):
    caplog.set_level(logging.ERROR, logger="autograd_c")
    for seed in range(PROGRAMS // length):
        try:
            Interleaving(seed).run(length)
        except Exception as error:
            raise AssertionError(f"seed {seed}, {length} steps") from error
