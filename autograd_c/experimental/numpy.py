"""`autograd_c.numpy`, for those who import it as ``autograd_c.experimental.numpy``."""

from __future__ import annotations

import sys

from autograd_c import numpy
from autograd_c.numpy import *  # noqa: F403 (for who executes this file by its path)

sys.modules[__name__] = numpy
