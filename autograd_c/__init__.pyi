# Made by tools/make_stubs.py from the operation table and __init__.py: see `make stubs`.

import builtins as _builtins

from autograd_c import (
    autodiff,
    autograph,
    bitwise,
    builtins,
    config,
    debugging,
    differential_operators,
    dtypes,
    errors,
    experimental,
    extend,
    func,
    image,
    initializers,
    keras,
    linalg,
    losses,
    math,
    metrics,
    misc,
    nest,
    nn,
    numpy,
    optimizers,
    random,
    scipy,
    signal,
    sparse,
    test,
    test_util,
    tracer,
    viz,
    wrap_util,
)
from autograd_c._version import __version__
from autograd_c.control.branches import case, cond, switch_case, while_loop
from autograd_c.control.creators import variable_creator_scope
from autograd_c.control.eager import (
    AggregationMethod,
    CriticalSection,
    control_dependencies,
    device,
    get_current_name_scope,
    get_logger,
    get_static_value,
    group,
    guarantee_const,
    init_scope,
    inside_function,
    is_symbolic_tensor,
    no_op,
    nondifferentiable_batch_function,
    timestamp,
    tuple,
)
from autograd_c.control.files import load
from autograd_c.control.function import function
from autograd_c.control.mapping import foldl, foldr, map_fn, scan
from autograd_c.control.printing import print
from autograd_c.control.python_functions import numpy_function, py_function
from autograd_c.control.specs import (
    IndexedSlicesSpec,
    NoneTensorSpec,
    TensorArraySpec,
    TensorSpec,
    TypeSpec,
    type_spec_from_value,
)
from autograd_c.control.tensor_array import TensorArray
from autograd_c.control.vectorized import vectorized_map
from autograd_c.core._core import (
    GradientTape,
    Tensor,
    Variable,
    broadcast_to,
    cast,
    concat,
    constant,
    convert_to_tensor,
    divide,
    get_default_float,
    identity,
    is_tensor,
    matmul,
    pad,
    register_tensor_conversion_function,
    reshape,
    roll,
    round,
    set_default_float,
    stack,
    stop_gradient,
    tile,
    transpose,
    unstack,
)
from autograd_c.debugging import Assert, assert_equal, assert_greater, assert_less, assert_rank
from autograd_c.functions.arrays import (
    clip_by_value,
    complex,
    expand_dims,
    eye,
    fill,
    linspace,
    newaxis,
    ones,
    ones_like,
    range,
    rank,
    reverse,
    shape,
    size,
    split,
    squeeze,
    where,
    zeros,
    zeros_like,
)
from autograd_c.functions.blocks import (
    batch_to_space,
    extract_volume_patches,
    required_space_to_batch_paddings,
    space_to_batch,
)
from autograd_c.functions.clipping import clip_by_global_norm, clip_by_norm, norm
from autograd_c.functions.contractions import einsum, tensordot
from autograd_c.functions.conversions import bitcast, saturate_cast, scalar_mul
from autograd_c.functions.convolution import conv
from autograd_c.functions.counting import (
    histogram_fixed_width,
    histogram_fixed_width_bins,
    unique,
    unique_with_counts,
)
from autograd_c.functions.cumulative import cumsum
from autograd_c.functions.depthwise import conv2d_backprop_filter_v2, conv2d_backprop_input_v2
from autograd_c.functions.first_values import (
    constant_initializer,
    ones_initializer,
    random_normal_initializer,
    random_uniform_initializer,
    zeros_initializer,
)
from autograd_c.functions.fourier_raw import fftnd, ifftnd, irfftnd, rfftnd
from autograd_c.functions.indexed_slices import IndexedSlices, gather
from autograd_c.functions.masks import boolean_mask, one_hot, sequence_mask
from autograd_c.functions.matrix_functions import sqrtm as matrix_square_root
from autograd_c.functions.random_shuffles import random_index_shuffle
from autograd_c.functions.rearranging import meshgrid, parallel_stack, repeat, reverse_sequence
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
from autograd_c.functions.scattering import (
    dynamic_partition,
    dynamic_stitch,
    gather_nd,
    scatter_nd,
    tensor_scatter_nd_add,
    tensor_scatter_nd_max,
    tensor_scatter_nd_min,
    tensor_scatter_nd_sub,
    tensor_scatter_nd_update,
    unravel_index,
)
from autograd_c.functions.shapes import (
    broadcast_dynamic_shape,
    broadcast_static_shape,
    ensure_shape,
    identity_n,
    shape_n,
)
from autograd_c.functions.slicing import slice, strided_slice
from autograd_c.functions.sorting import approx_top_k, argsort, searchsorted, sort
from autograd_c.functions.sparse.tensor import SparseTensor
from autograd_c.functions.spectra import eig, eigvals
from autograd_c.rules.custom import checkpoint, custom_gradient, grad_pass_through, recompute_grad
from autograd_c.transforms.autograd_names import (
    deriv,
    grad_and_aux,
    grad_named,
    hessian_tensor_product,
    hessian_vector_product,
    holomorphic_grad,
    multigrad_dict,
    tensor_jacobian_product,
    vector_jacobian_product,
)
from autograd_c.transforms.gradients import (
    elementwise_grad,
    grad,
    gradients,
    hessians,
    value_and_grad,
)
from autograd_c.transforms.jacobians import hessian, jacobian
from autograd_c.transforms.products import jvp, make_ggnvp, make_hvp, make_jvp, make_vjp, vjp
from autograd_c.typing import TensorLike
from autograd_c.values.distribution import VariableAggregation, VariableSynchronization
from autograd_c.values.dtypes import (
    DType,
    as_dtype,
    bfloat16,
    complex64,
    complex128,
    double,
    float16,
    float32,
    float64,
    half,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
)
from autograd_c.values.dtypes import bool_ as bool
from autograd_c.values.module import Module
from autograd_c.values.names import name_scope
from autograd_c.values.shape import TensorShape
from autograd_c.values.unconnected import UnconnectedGradients

__all__ = [
    "AggregationMethod",
    "Assert",
    "CriticalSection",
    "DType",
    "GradientTape",
    "IndexedSlices",
    "IndexedSlicesSpec",
    "Module",
    "NoneTensorSpec",
    "SparseTensor",
    "Tensor",
    "TensorArray",
    "TensorArraySpec",
    "TensorShape",
    "TensorSpec",
    "TypeSpec",
    "UnconnectedGradients",
    "Variable",
    "VariableAggregation",
    "VariableSynchronization",
    "__version__",
    "abs",
    "acos",
    "acosh",
    "add",
    "add_n",
    "approx_top_k",
    "argmax",
    "argmin",
    "argsort",
    "as_dtype",
    "asin",
    "asinh",
    "assert_equal",
    "assert_greater",
    "assert_less",
    "assert_rank",
    "atan",
    "atan2",
    "atanh",
    "autodiff",
    "autograph",
    "batch_to_space",
    "bfloat16",
    "bitcast",
    "bitwise",
    "bool",
    "boolean_mask",
    "broadcast_dynamic_shape",
    "broadcast_static_shape",
    "broadcast_to",
    "builtins",
    "case",
    "cast",
    "checkpoint",
    "clip_by_global_norm",
    "clip_by_norm",
    "clip_by_value",
    "complex",
    "complex128",
    "complex64",
    "concat",
    "cond",
    "config",
    "constant",
    "constant_initializer",
    "control_dependencies",
    "conv",
    "conv2d_backprop_filter_v2",
    "conv2d_backprop_input_v2",
    "convert_to_tensor",
    "cos",
    "cosh",
    "cumsum",
    "custom_gradient",
    "debugging",
    "deriv",
    "device",
    "differential_operators",
    "divide",
    "double",
    "dtypes",
    "dynamic_partition",
    "dynamic_stitch",
    "eig",
    "eigvals",
    "einsum",
    "elementwise_grad",
    "ensure_shape",
    "equal",
    "errors",
    "executing_eagerly",
    "exp",
    "expand_dims",
    "experimental",
    "extend",
    "extract_volume_patches",
    "eye",
    "fftnd",
    "fill",
    "float16",
    "float32",
    "float64",
    "floor",
    "foldl",
    "foldr",
    "func",
    "function",
    "gather",
    "gather_nd",
    "get_current_name_scope",
    "get_default_float",
    "get_logger",
    "get_static_value",
    "grad",
    "grad_and_aux",
    "grad_named",
    "grad_pass_through",
    "gradients",
    "greater",
    "greater_equal",
    "group",
    "guarantee_const",
    "half",
    "hessian",
    "hessian_tensor_product",
    "hessian_vector_product",
    "hessians",
    "histogram_fixed_width",
    "histogram_fixed_width_bins",
    "holomorphic_grad",
    "identity",
    "identity_n",
    "ifftnd",
    "image",
    "init_scope",
    "initializers",
    "inside_function",
    "int16",
    "int32",
    "int64",
    "int8",
    "irfftnd",
    "is_symbolic_tensor",
    "is_tensor",
    "jacobian",
    "jvp",
    "keras",
    "less",
    "less_equal",
    "linalg",
    "linspace",
    "load",
    "logical_and",
    "logical_not",
    "logical_or",
    "losses",
    "make_ggnvp",
    "make_hvp",
    "make_jvp",
    "make_vjp",
    "map_fn",
    "math",
    "matmul",
    "matrix_square_root",
    "maximum",
    "meshgrid",
    "metrics",
    "minimum",
    "misc",
    "multigrad_dict",
    "multiply",
    "name_scope",
    "negative",
    "nest",
    "newaxis",
    "nn",
    "no_op",
    "nondifferentiable_batch_function",
    "norm",
    "not_equal",
    "numpy",
    "numpy_function",
    "one_hot",
    "ones",
    "ones_initializer",
    "ones_like",
    "optimizers",
    "pad",
    "parallel_stack",
    "pow",
    "print",
    "py_function",
    "random",
    "random_index_shuffle",
    "random_normal_initializer",
    "random_uniform_initializer",
    "range",
    "rank",
    "realdiv",
    "recompute_grad",
    "reduce_all",
    "reduce_any",
    "reduce_logsumexp",
    "reduce_max",
    "reduce_mean",
    "reduce_min",
    "reduce_prod",
    "reduce_sum",
    "register_tensor_conversion_function",
    "repeat",
    "required_space_to_batch_paddings",
    "reshape",
    "reverse",
    "reverse_sequence",
    "rfftnd",
    "roll",
    "round",
    "saturate_cast",
    "scalar_mul",
    "scan",
    "scatter_nd",
    "scipy",
    "searchsorted",
    "sequence_mask",
    "set_default_float",
    "shape",
    "shape_n",
    "sigmoid",
    "sign",
    "signal",
    "sin",
    "sinh",
    "size",
    "slice",
    "sort",
    "space_to_batch",
    "space_to_batch_nd",
    "sparse",
    "split",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "stop_gradient",
    "strided_slice",
    "subtract",
    "switch_case",
    "tan",
    "tanh",
    "tensor_jacobian_product",
    "tensor_scatter_nd_add",
    "tensor_scatter_nd_max",
    "tensor_scatter_nd_min",
    "tensor_scatter_nd_sub",
    "tensor_scatter_nd_update",
    "tensordot",
    "test",
    "test_util",
    "tile",
    "timestamp",
    "tracer",
    "transpose",
    "truediv",
    "truncatediv",
    "truncatemod",
    "tuple",
    "type_spec_from_value",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "unique",
    "unique_with_counts",
    "unravel_index",
    "unstack",
    "value_and_grad",
    "variable_creator_scope",
    "vector_jacobian_product",
    "vectorized_map",
    "viz",
    "vjp",
    "where",
    "while_loop",
    "wrap_util",
    "zeros",
    "zeros_initializer",
    "zeros_like",
]

truediv = divide

realdiv = divide

space_to_batch_nd = space_to_batch

def executing_eagerly() -> _builtins.bool:
    """Whether operations run at once: always true."""

def add(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Sum x + y."""

def subtract(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Difference x - y."""

def multiply(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Product x * y."""

def truncatediv(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Quotient x / y rounded towards 0."""

def truncatemod(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Remainder of the division that rounds towards 0, with the sign of x."""

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

def exp(x: TensorLike, name: str | None = None) -> Tensor:
    """Exponential."""

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

def sigmoid(x: TensorLike, name: str | None = None) -> Tensor:
    """Logistic function 1 / (1 + exp(-x))."""

def maximum(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """The larger of x and y; NaN if either is. At a tie the cotangent goes to x."""

def minimum(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """The smaller of x and y; NaN if either is. At a tie the cotangent goes to x."""

def floor(x: TensorLike, name: str | None = None) -> Tensor:
    """Largest integer not above x."""

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

def logical_and(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Where both are true."""

def logical_or(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Where either is true."""

def logical_not(x: TensorLike, name: str | None = None) -> Tensor:
    """Where x is false."""
