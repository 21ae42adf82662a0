# Made by tools/make_stubs.py from the operation table and math.py: see `make stubs`.

from autograd_c import _math_special as special
from autograd_c.core._core import Tensor, conj, divide, imag, real, round
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
from autograd_c.typing import TensorLike

__all__ = [
    "abs",
    "accumulate_n",
    "acos",
    "acosh",
    "add",
    "add_n",
    "angle",
    "approx_max_k",
    "approx_min_k",
    "argmax",
    "argmin",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "bessel_i0",
    "bessel_i0e",
    "bessel_i1",
    "bessel_i1e",
    "betainc",
    "bincount",
    "ceil",
    "confusion_matrix",
    "conj",
    "cos",
    "cosh",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "cumulative_logsumexp",
    "digamma",
    "divide",
    "divide_no_nan",
    "equal",
    "erf",
    "erfc",
    "erfcinv",
    "erfinv",
    "exp",
    "expm1",
    "floor",
    "floordiv",
    "floormod",
    "greater",
    "greater_equal",
    "igamma",
    "igammac",
    "imag",
    "in_top_k",
    "invert_permutation",
    "is_finite",
    "is_inf",
    "is_nan",
    "is_non_decreasing",
    "is_strictly_increasing",
    "l2_normalize",
    "lbeta",
    "less",
    "less_equal",
    "lgamma",
    "log",
    "log1p",
    "log_sigmoid",
    "log_softmax",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "multiply_no_nan",
    "ndtri",
    "negative",
    "nextafter",
    "not_equal",
    "polygamma",
    "polyval",
    "pow",
    "real",
    "reciprocal",
    "reciprocal_no_nan",
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
    "rint",
    "round",
    "rsqrt",
    "scalar_mul",
    "segment_max",
    "segment_mean",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "sobol_sample",
    "softmax",
    "softplus",
    "softsign",
    "special",
    "sqrt",
    "square",
    "squared_difference",
    "subtract",
    "tan",
    "tanh",
    "top_k",
    "truediv",
    "unsorted_segment_max",
    "unsorted_segment_mean",
    "unsorted_segment_min",
    "unsorted_segment_prod",
    "unsorted_segment_sqrt_n",
    "unsorted_segment_sum",
    "xdivy",
    "xlog1py",
    "xlogy",
    "zero_fraction",
    "zeta",
]

truediv = divide

def add(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Sum x + y."""

def subtract(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Difference x - y."""

def multiply(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Product x * y."""

def floordiv(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Quotient x / y rounded down."""

def mod(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Remainder of floor division, with the sign of y."""

def floormod(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Remainder of floor division, with the sign of y."""

def pow(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x to the power y."""

def negative(x: TensorLike, name: str | None = None) -> Tensor:
    """Negation -x."""

def abs(x: TensorLike, name: str | None = None) -> Tensor:
    """Absolute value. Of a complex x, its real modulus."""

def sign(x: TensorLike, name: str | None = None) -> Tensor:
    """Sign of x: -1, 0 or 1; x / |x| of a complex x."""

def square(x: TensorLike, name: str | None = None) -> Tensor:
    """Square x * x."""

def sqrt(x: TensorLike, name: str | None = None) -> Tensor:
    """Square root."""

def rsqrt(x: TensorLike, name: str | None = None) -> Tensor:
    """Reciprocal of the square root, 1 / sqrt(x)."""

def reciprocal(x: TensorLike, name: str | None = None) -> Tensor:
    """Reciprocal 1 / x."""

def exp(x: TensorLike, name: str | None = None) -> Tensor:
    """Exponential."""

def expm1(x: TensorLike, name: str | None = None) -> Tensor:
    """exp(x) - 1, accurate near 0."""

def log(x: TensorLike, name: str | None = None) -> Tensor:
    """Natural logarithm."""

def log1p(x: TensorLike, name: str | None = None) -> Tensor:
    """log(1 + x), accurate near 0."""

def sin(x: TensorLike, name: str | None = None) -> Tensor:
    """Sine of x in radians."""

def cos(x: TensorLike, name: str | None = None) -> Tensor:
    """Cosine of x in radians."""

def tan(x: TensorLike, name: str | None = None) -> Tensor:
    """Tangent of x in radians."""

def asin(x: TensorLike, name: str | None = None) -> Tensor:
    """Inverse sine, in radians."""

def acos(x: TensorLike, name: str | None = None) -> Tensor:
    """Inverse cosine, in radians."""

def atan(x: TensorLike, name: str | None = None) -> Tensor:
    """Inverse tangent, in radians."""

def atan2(y: TensorLike, x: TensorLike, name: str | None = None) -> Tensor:
    """Angle in radians of the point (x, y)."""

def sinh(x: TensorLike, name: str | None = None) -> Tensor:
    """Hyperbolic sine."""

def cosh(x: TensorLike, name: str | None = None) -> Tensor:
    """Hyperbolic cosine."""

def tanh(x: TensorLike, name: str | None = None) -> Tensor:
    """Hyperbolic tangent."""

def asinh(x: TensorLike, name: str | None = None) -> Tensor:
    """Inverse hyperbolic sine."""

def acosh(x: TensorLike, name: str | None = None) -> Tensor:
    """Inverse hyperbolic cosine."""

def atanh(x: TensorLike, name: str | None = None) -> Tensor:
    """Inverse hyperbolic tangent."""

def erf(x: TensorLike, name: str | None = None) -> Tensor:
    """Error function."""

def erfc(x: TensorLike, name: str | None = None) -> Tensor:
    """Complementary error function 1 - erf(x)."""

def sigmoid(x: TensorLike, name: str | None = None) -> Tensor:
    """Logistic function 1 / (1 + exp(-x))."""

def log_sigmoid(x: TensorLike, name: str | None = None) -> Tensor:
    """log(sigmoid(x)), without overflow."""

def softplus(features: TensorLike, name: str | None = None) -> Tensor:
    """log(1 + exp(x)), without overflow."""

def softsign(features: TensorLike, name: str | None = None) -> Tensor:
    """x / (1 + |x|)."""

def xlogy(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x log(y), and 0 where x is 0, whatever y is."""

def xlog1py(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x log(1 + y), and 0 where x is 0, whatever y is."""

def xdivy(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x / y, and 0 where x is 0, whatever y is."""

def reciprocal_no_nan(x: TensorLike, name: str | None = None) -> Tensor:
    """1 / x, and 0 where x is 0."""

def multiply_no_nan(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x y, and 0 where y is 0, even if x is infinite or NaN."""

def maximum(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """The larger of x and y; NaN if either is. At a tie the cotangent goes to x."""

def minimum(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """The smaller of x and y; NaN if either is. At a tie the cotangent goes to x."""

def floor(x: TensorLike, name: str | None = None) -> Tensor:
    """Largest integer not above x."""

def ceil(x: TensorLike, name: str | None = None) -> Tensor:
    """Smallest integer not below x."""

def rint(x: TensorLike, name: str | None = None) -> Tensor:
    """Nearest integer, halves to even."""

def equal(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Where x == y, as bool."""

def not_equal(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Where x != y, as bool."""

def less(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Where x < y, as bool."""

def less_equal(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Where x <= y, as bool."""

def greater(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Where x > y, as bool."""

def greater_equal(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Where x >= y, as bool."""

def is_nan(x: TensorLike, name: str | None = None) -> Tensor:
    """Where x is not a number, as bool."""

def is_finite(x: TensorLike, name: str | None = None) -> Tensor:
    """Where x is neither infinite nor NaN, as bool."""

def is_inf(x: TensorLike, name: str | None = None) -> Tensor:
    """Where x is infinite, as bool."""

def logical_and(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Where both are true."""

def logical_or(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Where either is true."""

def logical_xor(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Where exactly one is true."""

def logical_not(x: TensorLike, name: str | None = None) -> Tensor:
    """Where x is false."""
