"""HIPS autograd's ``autograd.test_util``: derivatives against central differences.

>>> import math
>>> from autograd_c import numpy as np
>>> from autograd_c.test_util import check_grads
>>> check_grads(np.sin, modes=["fwd", "rev"], order=2)(math.pi / 3)
"""

from __future__ import annotations

from autograd_c.checks.check_grads import check_grads, check_jvp, check_vjp, combo_check

__all__ = ["check_grads", "check_jvp", "check_vjp", "combo_check"]
