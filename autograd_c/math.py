"""``tf.math``: elementwise functions and reductions, under TensorFlow's names."""

from __future__ import annotations

from autograd_c.core._core import conj, divide, imag, real, round
from autograd_c.functions import elementwise as _elementwise
from autograd_c.functions.conversions import scalar_mul
from autograd_c.functions.counting import (
    bincount,
    confusion_matrix,
    count_nonzero,
    invert_permutation,
    zero_fraction,
)
from autograd_c.functions.cumulative import cumprod, cumsum, cumulative_logsumexp
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
from autograd_c.functions.segments import (
    segment_max,
    segment_mean,
    segment_min,
    segment_prod,
    segment_sum,
    unsorted_segment_max,
    unsorted_segment_mean,
    unsorted_segment_min,
    unsorted_segment_prod,
    unsorted_segment_sqrt_n,
    unsorted_segment_sum,
)
from autograd_c.functions.sobol import sobol_sample
from autograd_c.functions.sorting import (
    approx_max_k,
    approx_min_k,
    in_top_k,
    is_non_decreasing,
    is_strictly_increasing,
    top_k,
)
from autograd_c.functions.special import digamma, lgamma, polygamma, zeta
from autograd_c.functions.statistics import (
    accumulate_n,
    l2_normalize,
    polyval,
    reduce_euclidean_norm,
    reduce_std,
    reduce_variance,
)

__all__ = [
    "accumulate_n",
    "add_n",
    "approx_max_k",
    "approx_min_k",
    "argmax",
    "argmin",
    "bincount",
    "confusion_matrix",
    "conj",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "cumulative_logsumexp",
    "digamma",
    "divide",
    "imag",
    "in_top_k",
    "invert_permutation",
    "is_non_decreasing",
    "is_strictly_increasing",
    "l2_normalize",
    "lgamma",
    "polygamma",
    "polyval",
    "real",
    "reduce_all",
    "reduce_any",
    "reduce_euclidean_norm",
    "reduce_logsumexp",
    "reduce_max",
    "reduce_mean",
    "reduce_min",
    "reduce_prod",
    "reduce_std",
    "reduce_sum",
    "reduce_variance",
    "round",
    "sobol_sample",
    "segment_max",
    "segment_mean",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "top_k",
    "scalar_mul",
    "truediv",
    "unsorted_segment_max",
    "unsorted_segment_mean",
    "unsorted_segment_min",
    "unsorted_segment_prod",
    "unsorted_segment_sqrt_n",
    "unsorted_segment_sum",
    "zero_fraction",
    "zeta",
]

truediv = divide
_elementwise.install({"math": globals()})
__all__ += [n for n in globals() if not n.startswith("_") and n not in (*__all__, "annotations")]
