"""``tf.math``: elementwise functions and reductions, under TensorFlow's names."""

from __future__ import annotations

from autograd_c import _math_special as special
from autograd_c.core._core import conj, divide, imag, real, round
from autograd_c.functions import elementwise as _elementwise
from autograd_c.functions.activations import log_softmax, softmax
from autograd_c.functions.conversions import scalar_mul
from autograd_c.functions.counting import (
    bincount,
    confusion_matrix,
    count_nonzero,
    invert_permutation,
    zero_fraction,
)
from autograd_c.functions.cumulative import cumprod, cumsum, cumulative_logsumexp
from autograd_c.functions.guarded import angle, divide_no_nan, nextafter, squared_difference
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
from autograd_c.functions.special import (
    betainc,
    digamma,
    igamma,
    igammac,
    lbeta,
    lgamma,
    polygamma,
    zeta,
)
from autograd_c.functions.special_of_one import (
    bessel_i0,
    bessel_i0e,
    bessel_i1,
    bessel_i1e,
    erfcinv,
    erfinv,
    ndtri,
)
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
    "angle",
    "approx_max_k",
    "approx_min_k",
    "argmax",
    "argmin",
    "bessel_i0",
    "bessel_i0e",
    "bessel_i1",
    "bessel_i1e",
    "betainc",
    "bincount",
    "confusion_matrix",
    "conj",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "cumulative_logsumexp",
    "digamma",
    "divide",
    "divide_no_nan",
    "erfcinv",
    "erfinv",
    "igamma",
    "igammac",
    "imag",
    "in_top_k",
    "invert_permutation",
    "is_non_decreasing",
    "is_strictly_increasing",
    "l2_normalize",
    "lbeta",
    "lgamma",
    "log_softmax",
    "ndtri",
    "nextafter",
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
    "scalar_mul",
    "segment_max",
    "segment_mean",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "sobol_sample",
    "softmax",
    "special",
    "squared_difference",
    "top_k",
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
