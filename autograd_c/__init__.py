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
from importlib import import_module as _import_module

from autograd_c import _built  # before all that needs the compiled core

# isort: split
from autograd_c import (
    autodiff,
    bitwise,
    dtypes,
    errors,
    keras,
    linalg,
    math,
    nest,
    nn,
    optimizers,
)
from autograd_c import elementwise as _elementwise
from autograd_c import indexing as _indexing  # noqa: F401 (installs itself in the core)
from autograd_c._arrays import (
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
    tile,
    where,
    zeros,
    zeros_like,
)
from autograd_c._contractions import einsum, tensordot
from autograd_c._core import (
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
    reshape,
    round,
    set_default_float,
    stack,
    stop_gradient,
    transpose,
    unstack,
)
from autograd_c._gradients import gradients, hessians
from autograd_c._reductions import (
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
from autograd_c._version import __version__
from autograd_c.clipping import clip_by_global_norm, clip_by_norm, norm
from autograd_c.custom import custom_gradient, grad_pass_through, recompute_grad
from autograd_c.dtypes import (
    DType,
    as_dtype,
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
from autograd_c.dtypes import bool_ as bool
from autograd_c.indexed_slices import IndexedSlices, gather, gather_nd
from autograd_c.module import Module
from autograd_c.names import name_scope
from autograd_c.shape import TensorShape
from autograd_c.unconnected import UnconnectedGradients

truediv = divide


def executing_eagerly() -> _builtins.bool:
    """Whether operations run at once: always true.

    >>> import autograd_c as tf
    >>> tf.executing_eagerly()
    True
    """
    return True


nest.register_leaf(Tensor)
nest.register_leaf(Variable)
_elementwise.install({"": globals()})

# Modules that are no namespaces of the API, though importing them puts them here.
_internal = {
    "clipping",
    "custom",
    "elementwise",
    "indexed_slices",
    "indexing",
    "module",
    "names",
    "unconnected",
}
__all__ = [name for name in globals() if not name.startswith("_") and name not in _internal]
__all__ += ["__version__"]

# What stands on all of the above, and the module that has it: a namespace, or a name of one that is
# here as well. A module `__getattr__`, to import these when they are asked for, or to say what to
# use for a name that is not here, would cost every `tf.name` of every program 15 to 40 ns: Python
# has no short cut to attributes of a module that has one, nor of an object of a subclass of
# modules. `python -m autograd_c where NAME` answers instead.
_lazy = {
    "debugging": "debugging",
    "func": "func",
    "test": "test",
    "Assert": "debugging",
    "assert_equal": "debugging",
    "assert_greater": "debugging",
    "assert_less": "debugging",
    "assert_rank": "debugging",
}
__all__ += _lazy
for _name, _module in _lazy.items():
    _found = _import_module(f"autograd_c.{_module}")
    globals()[_name] = _found if _name == _module else getattr(_found, _name)
