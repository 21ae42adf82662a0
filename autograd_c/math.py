"""``tf.math``: elementwise functions and reductions, under TensorFlow's names."""

from __future__ import annotations

from autograd_c.core._core import conj, divide, imag, real, round
from autograd_c.functions import elementwise as _elementwise
from autograd_c.functions.cumulative import cumsum
from autograd_c.functions.reductions import (
    add_n,
    argmax,
    argmin,
    reduce_all,
    reduce_any,
    reduce_logsumexp,
    reduce_max,
    reduce_mean,
    reduce_min,
    reduce_prod,
    reduce_sum,
)
from autograd_c.functions.special import digamma, lgamma, polygamma, zeta

__all__ = [
    "add_n",
    "argmax",
    "argmin",
    "conj",
    "cumsum",
    "digamma",
    "divide",
    "imag",
    "lgamma",
    "polygamma",
    "real",
    "reduce_all",
    "reduce_any",
    "reduce_logsumexp",
    "reduce_max",
    "reduce_mean",
    "reduce_min",
    "reduce_prod",
    "reduce_sum",
    "round",
    "truediv",
    "zeta",
]

truediv = divide
_elementwise.install({"math": globals()})
__all__ += [n for n in globals() if not n.startswith("_") and n not in (*__all__, "annotations")]
