"""Derivatives as functions of functions: ``grad``, ``vjp``, ``jacobian``, ``hessian`` and others.

>>> import autograd_c as tf
>>> from autograd_c.func import grad
>>> def f(x):
...     return tf.sin(x) * x
>>> print(grad(f)(0.0).numpy(), grad(grad(f))(0.0).numpy())
0.0 2.0

The names, arguments and results are those of JAX and ``torch.func``, and those of HIPS autograd
(``deriv``, ``grad_named``, what begins with ``make_``, ``primitive`` and its relatives,
``checkpoint``, ``check_grads``). What holds for all of them:

**Arguments** by which a derivative is taken are tensors, Variables, NumPy arrays, Python floats and
complex numbers, and nested structures of them (lists, tuples, dicts, named tuples, dataclasses: see
``tf.nest``; a list of numbers is a structure of scalars). The function is called with tensors in
their places. NumPy arrays and scalars keep their dtype; Python floats become float64, Python
complex numbers complex128, whatever ``tf.get_default_float()`` says. Integers and bools have no
derivative: TypeError. None in a structure, of arguments or results, stays None.

All other arguments, by position or keyword, are handed on as they are. Python floats among them,
and those that the function makes itself, take the dtype of the tensors that they meet; but where
they meet none, as in ``tf.exp(0.1)``, they are float32. For float64 throughout, as in HIPS
autograd, call ``tf.set_default_float("float64")``.

**Inside the function** nothing that it computes from the arguments becomes a plain number or array
without being asked to, since the derivative would be lost: TypeError for ``float(x)`` and so
``math.exp(x)``, ``np.asarray(x)``, ``np.array([x, y])``, ``array[0] = x``, functions of SciPy,
buffers and pickling. The ways to ask are ``x.numpy()``, ``x.item()``, ``x.tolist()`` and
``tf.stop_gradient(x)``; conditions, ``int(x)``, printing and formatting are free. Work with it on
another thread, where nothing is recorded, is a RuntimeError. In functions whose derivative is given
(``custom_gradient``, ``primitive``) all is allowed.

**Functions** return a tensor, a Python number (a constant), or a nested structure of them; anything
else is a TypeError. That includes NumPy arrays and scalars, through which no derivative can flow:
whatever left the tensors, by ``.numpy()`` say, would be lost silently.

**Results** are tensors, whatever the arguments were, in the structure of the arguments. What the
function does not depend on has the derivative zero. They are dense: ``IndexedSlices`` are made so.

**Composition**: each call takes the derivative along its own arguments, of copies of them, and
everything else that the function reads is a constant to it; but all that it computes is seen by
tapes, accumulators and functions of this module around it. So they nest in any order, to any depth.

**Complex numbers** follow TensorFlow's convention: a gradient is the conjugate of the derivative,
and so the direction of steepest ascent of a real function. With ``holomorphic=True`` the result is
the complex derivative itself.
"""

from __future__ import annotations

from autograd_c.checks.check_grads import check_grads
from autograd_c.rules.c_operation import COperation, c_operation, get_include
from autograd_c.rules.custom import checkpoint
from autograd_c.rules.primitive import defjvp, defvjp, primitive
from autograd_c.transforms.autograd_names import (
    deriv,
    grad_and_aux,
    grad_named,
    hessian_tensor_product,
    hessian_vector_product,
    holomorphic_grad,
    make_jvp_reversemode,
    multigrad_dict,
    tensor_jacobian_product,
    vector_jacobian_product,
)
from autograd_c.transforms.batched import vmap
from autograd_c.transforms.gradients import elementwise_grad, grad, value_and_grad
from autograd_c.transforms.jacobians import hessian, jacfwd, jacobian, jacrev
from autograd_c.transforms.products import (
    ggn_vp,
    hvp,
    jvp,
    linearize,
    make_ggnvp,
    make_hvp,
    make_jvp,
    make_vjp,
    vjp,
)

__all__ = [
    "COperation",
    "c_operation",
    "get_include",
    "check_grads",
    "checkpoint",
    "defjvp",
    "defvjp",
    "deriv",
    "elementwise_grad",
    "ggn_vp",
    "grad",
    "grad_and_aux",
    "grad_named",
    "hessian",
    "hessian_tensor_product",
    "hessian_vector_product",
    "holomorphic_grad",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "make_ggnvp",
    "make_hvp",
    "make_jvp",
    "make_jvp_reversemode",
    "make_vjp",
    "multigrad_dict",
    "primitive",
    "tensor_jacobian_product",
    "value_and_grad",
    "vector_jacobian_product",
    "vjp",
    "vmap",
]
