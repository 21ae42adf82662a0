"""The property tests for much longer: `make fuzz`, or AUTOGRAD_C_FUZZ=long.

AUTOGRAD_C_FUZZ can also be a number of examples for each property. Hypothesis keeps what fails in
`.hypothesis` and tries it first the next time.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings

from ..programs import CHECKS, programs_for

LENGTH = os.environ.get("AUTOGRAD_C_FUZZ", "")

pytestmark = pytest.mark.skipif(not LENGTH, reason="long: run by `make fuzz`")


@pytest.mark.parametrize("most_steps", [4, 12, 30])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_many_random_programs(check, most_steps):
    @settings(
        max_examples=int(LENGTH) if LENGTH.isdigit() else 5_000,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    @given(programs_for(check, most_steps))
    def run(program):
        check(program)

    run()
