"""The objectives of bench/gradbench, of which tests check what benchmarks time.

What `bench` does to the path of imports and to the environment is taken back: with the clone's
folder on the path, what is tested could be the tree and not the installed package.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

_PATH, _ENVIRONMENT = list(sys.path), dict(os.environ)
sys.path.append(str(Path(__file__).resolve().parents[1]))
try:
    problems = importlib.import_module("bench.gradbench.problems")
    tensors = importlib.import_module("bench.gradbench.tensors")
    Timing = importlib.import_module("bench.problem").Timing
finally:
    sys.path[:] = _PATH
    os.environ.clear()
    os.environ.update(_ENVIRONMENT)
