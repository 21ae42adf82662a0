"""``scipy.integrate`` of tensors: differential equations and integrals of samples.

>>> from autograd_c.scipy import integrate
>>> print(integrate.trapezoid([1.0, 2.0, 4.0]).numpy())
4.5
"""

from __future__ import annotations

from autograd_c.scipy._odes import OdeResult, OdeSolution, odeint, solve_ivp
from autograd_c.scipy._sums import cumulative_trapezoid, fixed_quad, trapezoid

__all__ = [
    "OdeResult",
    "OdeSolution",
    "cumulative_trapezoid",
    "fixed_quad",
    "odeint",
    "solve_ivp",
    "trapezoid",
]
