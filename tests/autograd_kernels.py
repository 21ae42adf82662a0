"""The kernels of bench/autograd_kernels, of which tests check what benchmarks time.

They are loaded by their path: with the clone's folder on the path of imports, what is tested would
be the tree and not the installed package.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_NAME = "autograd_kernels_of_bench"
_FILE = Path(__file__).resolve().parents[1] / "bench" / "autograd_kernels" / "__init__.py"

if _NAME not in sys.modules:
    _spec = importlib.util.spec_from_file_location(_NAME, _FILE)
    sys.modules[_NAME] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules[_NAME])

KERNELS = dict(sys.modules[_NAME].KERNELS)
