"""NumPy's functions, made of recorded operations: what `autograd_c.numpy` shows to users, and what
NumPy's own functions call when they are given a tensor.
"""

# ruff: noqa: F403 (each file says what of it is public)
from autograd_c.arrays import _ufuncs
from autograd_c.arrays import fft as fft
from autograd_c.arrays import linalg as linalg
from autograd_c.arrays import random as random
from autograd_c.arrays._as_is import *
from autograd_c.arrays._differences import *
from autograd_c.arrays._einsum import *
from autograd_c.arrays._elementwise import *
from autograd_c.arrays._histograms import *
from autograd_c.arrays._interpolation import *
from autograd_c.arrays._joining import *
from autograd_c.arrays._making import *
from autograd_c.arrays._mapping import *
from autograd_c.arrays._matrices import *
from autograd_c.arrays._means import *
from autograd_c.arrays._nan_reductions import *
from autograd_c.arrays._padding import *
from autograd_c.arrays._polynomials import *
from autograd_c.arrays._products import *
from autograd_c.arrays._quantiles import *
from autograd_c.arrays._ranges import *
from autograd_c.arrays._reductions import *
from autograd_c.arrays._selecting import *
from autograd_c.arrays._series import *
from autograd_c.arrays._shapes import *
from autograd_c.arrays._sorting import *
from autograd_c.arrays._tensorflows import *
from autograd_c.arrays._types import *
from autograd_c.arrays._windows import *
from autograd_c.arrays._writing import *

for _name, _function in _ufuncs.functions():
    globals()[_name] = _function

# Namespaces are shown by the face, which has its own.
_SPACES = ["fft", "linalg", "random"]
__all__ = [name for name in globals() if not name.startswith("_") and name not in _SPACES]
