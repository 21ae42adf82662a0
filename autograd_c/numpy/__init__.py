"""NumPy's functions of tensors: its names, arguments and dtypes, on the tape.

Once it is used, tensors of different kinds meet in operators as arrays do in NumPy: integers and
floats become floats. Without it that is an error, as in TensorFlow.

>>> from autograd_c import numpy as np
>>> np.sin(np.array([0.0, 0.5]))
<tf.Tensor: shape=(2,), dtype=float64, numpy=array([0.        , 0.47942554])>
>>> np.arange(3) * 0.5
<tf.Tensor: shape=(3,), dtype=float64, numpy=array([0. , 0.5, 1. ])>
"""

# ruff: noqa: F403 (the room says what of it is public)
from sys import modules as _modules

from numpy import __version__ as __version__

from autograd_c import arrays as _arrays
from autograd_c.arrays import *
from autograd_c.arrays import __array_api_version__ as __array_api_version__
from autograd_c.arrays import __array_namespace_info__ as __array_namespace_info__
from autograd_c.arrays._as_is import space as __getattr__  # noqa: F401
from autograd_c.core import _core
from autograd_c.numpy import fft as fft
from autograd_c.numpy import linalg as linalg
from autograd_c.numpy import numpy_boxes as numpy_boxes
from autograd_c.numpy import random as random
from autograd_c.values.namespaces import when_touched as _when_touched

_core.mix_kinds(True)

# What SciPy's own functions look for with SCIPY_ARRAY_API=1. Else they make arrays of tensors.
special = _modules.get("autograd_c.scipy.special") or _when_touched(
    "autograd_c.scipy.special", lambda module: None
)

__all__ = [*_arrays.__all__, "fft", "linalg", "random"]
