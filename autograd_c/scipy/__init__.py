"""SciPy's functions of tensors: its names, arguments and values, on the tape.

>>> from autograd_c import scipy
>>> import autograd_c as tf
>>> x = tf.constant(0.5, tf.float64)
>>> print(tf.func.grad(scipy.special.ndtr)(x).numpy().round(4))
0.3521

SciPy itself, which the extra `scipy` brings, is imported when a function needs it.
"""

from autograd_c.scipy import integrate as integrate
from autograd_c.scipy import interpolate as interpolate
from autograd_c.scipy import linalg as linalg
from autograd_c.scipy import ndimage as ndimage
from autograd_c.scipy import signal as signal
from autograd_c.scipy import sparse as sparse
from autograd_c.scipy import special as special
from autograd_c.scipy import stats as stats

__all__ = ["integrate", "interpolate", "linalg", "ndimage", "signal", "sparse", "special", "stats"]
