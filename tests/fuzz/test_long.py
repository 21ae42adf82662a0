"""The property tests, and hostile files, for much longer: `make fuzz`, or AUTOGRAD_C_FUZZ=long.

AUTOGRAD_C_FUZZ can also be a number of examples for each property. Hypothesis keeps what fails in
`.hypothesis` and tries it first the next time.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings

from autograd_c.core import _core
from autograd_c.programs.functions import save as save_function
from autograd_c.programs.saving import save

from ..programs import CHECKS, programs_for
from ..saved import test_code, test_files, test_functions, test_open_shapes, test_paths

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


# Each kind of change once in so many; they are the same ones in each run.
CHANGES = int(LENGTH) if LENGTH.isdigit() else 200_000


def test_many_changes_of_the_code_of_programs():
    test_code.check_changes(range(CHANGES))


def test_many_changes_of_files(tmp_path):
    path = tmp_path / "program.agc"
    save(_core.Program(test_files.layer, test_files.arrays(0)), path)
    test_files.check_changes(path, range(CHANGES))


def test_many_changes_of_files_of_loops(tmp_path):
    path = tmp_path / "program.agc"
    save(test_files.loops_and_branches(), path)
    test_files.check_changes(path, range(CHANGES))


def test_many_changes_of_files_of_functions(tmp_path):
    path = tmp_path / "function.agc"
    save_function(test_functions.model, path, test_functions.batch(0))
    test_functions.check_changes(path, range(CHANGES))


def test_many_changes_of_files_of_paths(tmp_path):
    path = tmp_path / "function.agc"
    test_paths.saved_steps(path)
    test_paths.check_changes(path, range(CHANGES))


def test_many_changes_of_files_of_unknown_extents(tmp_path):
    path = tmp_path / "function.agc"
    save_function(test_open_shapes.causal, path, test_open_shapes.spec(None, 3))
    test_open_shapes.check_changes(path, range(CHANGES))
