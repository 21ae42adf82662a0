"""TensorFlow's eager automatic differentiation on a compiled tape, without TensorFlow.

>>> import autograd_c as tf
>>> x = tf.constant(3.0)
>>> with tf.GradientTape(persistent=True) as t:
...     t.watch(x)
...     y = x * x
...     z = y * y
>>> print(t.gradient(z, x).numpy(), t.gradient(y, x).numpy())
108.0 6.0
"""

import builtins as _builtins
from sys import modules as _modules
from types import ModuleType as _ModuleType
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from autograd_c.core import _core  # before all that needs it: says what to do where it is missing

# isort: split
from autograd_c import autodiff, bitwise, debugging, dtypes, errors, math, nest
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
    _rebuild_tensor,
    _rebuild_variable,
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
from autograd_c.functions import array_methods as _array_methods
from autograd_c.functions import elementwise as _elementwise
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
from autograd_c.rules.custom import (
    checkpoint,
    custom_gradient,
    grad_pass_through,
    recompute_grad,
)
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
from autograd_c.values.namespaces import show_what_is_public as _show_what_is_public
from autograd_c.values.namespaces import when_touched as _when_touched
from autograd_c.values.shape import TensorShape
from autograd_c.values.unconnected import UnconnectedGradients

truediv = divide
realdiv = divide
space_to_batch_nd = space_to_batch


# Each costs its import when it is first used, and what an ordinary module costs from then on.
if _TYPE_CHECKING:
    from autograd_c import (
        autograph,
        builtins,
        config,
        differential_operators,
        experimental,
        extend,
        func,
        image,
        initializers,
        keras,
        linalg,
        losses,
        metrics,
        misc,
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
else:
    _LATER = ["autograph", "builtins", "config", "differential_operators", "experimental", "extend"]
    _LATER += ["func", "image", "initializers", "keras", "linalg", "losses", "metrics", "misc"]
    _LATER += ["nn", "numpy", "optimizers", "random", "scipy", "signal", "sparse", "test"]
    _LATER += ["test_util", "tracer", "viz", "wrap_util"]
    for _name in _LATER:
        globals()[_name] = _when_touched(f"{__name__}.{_name}", lambda module: _introduce(module))


def executing_eagerly() -> _builtins.bool:
    """Whether operations run at once: always true.

    >>> import autograd_c as tf
    >>> tf.executing_eagerly()
    True
    """
    return True


_core.add_methods(_array_methods.METHODS)
nest.register_leaf(Tensor)
nest.register_leaf(Variable)
_elementwise.install({"": globals()})

# Packages that are no namespaces of the API, though importing what they hold puts them here.
_ROOMS = {"arrays", "checks", "control", "core", "functions", "programs", "rules", "transforms"}
_ROOMS.add("values")
__all__ = [name for name in globals() if not name.startswith("_") and name not in _ROOMS]
__all__ += ["__version__"]
# There is no module `__getattr__`, to import less or to say what to use for a name that is missing:
# it would cost every `tf.name` of every program 15 to 40 ns. Python has no short cut to attributes
# of a module that has one, nor of an object of a subclass of modules. `python -m autograd_c where
# NAME` answers instead.


def _introduce(module: _ModuleType) -> None:
    """Let what a namespace has say that it is from there: in `help`, tracebacks, pickles.

    A thing of several namespaces is from the first of these. And let `dir` show what users are
    meant to see, and none of what the module imports.
    """
    things = vars(module)
    _show_what_is_public(things)
    for name in things["__all__"]:
        thing = things[name]
        if isinstance(thing, _ModuleType):
            if thing.__name__.startswith("autograd_c.") and thing.__name__ not in _SPACES:
                _introduce(thing)  # a namespace in a namespace
            continue
        room = getattr(thing, "__module__", None) or ""
        own = room.startswith("autograd_c.") and getattr(thing, "__qualname__", None) == name
        if own and room not in _SPACES:
            _core.set_module(thing, module.__name__)


# What has a name in `__all__` of these is already from where users import it.
_SPACES = {__name__, *(f"{__name__}.{name}" for name in __all__)}
for _module in (dtypes, errors, _modules[__name__], math, bitwise, nest, autodiff, debugging):
    _introduce(_module)
# What pickles name has to stay, whatever becomes of the rooms.
_core.set_module(_rebuild_tensor, __name__)
_core.set_module(_rebuild_variable, __name__)
