"""The benchmarks: ``python -m bench`` from a clone.

Each problem is a piece of work stated once, with its data, its right answer and the ratios that
must hold (``suites/``). Each peer is a library, one file (``peers/``), with one function per
problem; a library that has no function for a problem is left out of it. Every answer is checked
before anything is timed.

=================  ==========================================================================
``problem.py``     what a problem and a peer's task are: the vocabulary of the other files
``suites/*.py``    the problems, grouped by subject
``peers/*.py``     the libraries
``worker.py``      one process per library, which sets up, checks and times its tasks
``runner.py``      takes the workers through a problem round by round, and forms the ratios
``report.py``      the tables, the JSON file and the plot
``machine.py``     what the figures were measured on
``cli.py``         the command line
=================  ==========================================================================

To add a problem: declare it in a suite and write its function in the peers. To add a peer: one
file in ``peers/``, named after the library it imports.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Has to happen before NumPy loads OpenBLAS, which would then use kernels for another processor.
UNSET_CORETYPE: str | None = os.environ.pop("OPENBLAS_CORETYPE", None)

# `python -m` puts the clone first on the path, where its sources would hide an installed package.
sys.path[:] = [p for p in sys.path if Path(p or os.curdir).resolve() != ROOT] + [str(ROOT)]
