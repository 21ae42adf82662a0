"""HIPS autograd's ``autograd.differential_operators``: functions of functions, as in the package.

>>> from autograd_c.differential_operators import grad
>>> print(grad(lambda x: x**2)(3.0).numpy())
6.0
"""

from __future__ import annotations

from autograd_c.rules.custom import checkpoint
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
from autograd_c.transforms.gradients import elementwise_grad, grad, value_and_grad
from autograd_c.transforms.jacobians import hessian, jacobian
from autograd_c.transforms.products import make_ggnvp, make_hvp, make_jvp, make_vjp

__all__ = [
    "checkpoint",
    "deriv",
    "elementwise_grad",
    "grad",
    "grad_and_aux",
    "grad_named",
    "hessian",
    "hessian_tensor_product",
    "hessian_vector_product",
    "holomorphic_grad",
    "jacobian",
    "make_ggnvp",
    "make_hvp",
    "make_jvp",
    "make_jvp_reversemode",
    "make_vjp",
    "multigrad_dict",
    "tensor_jacobian_product",
    "value_and_grad",
    "vector_jacobian_product",
]
