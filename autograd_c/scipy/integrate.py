"""``scipy.integrate`` of tensors: differential equations and integrals of samples.

>>> from autograd_c.scipy import integrate
>>> print(integrate.trapezoid([1.0, 2.0, 4.0]).numpy())
4.5
"""

from __future__ import annotations

from autograd_c.scipy._odes import OdeResult, OdeSolution, odeint, solve_ivp
from autograd_c.scipy._quad import quad
from autograd_c.scipy._sums import (
    cumulative_simpson,
    cumulative_trapezoid,
    fixed_quad,
    romb,
    simpson,
    trapezoid,
)

__all__ = [
    "OdeResult",
    "OdeSolution",
    "cumulative_simpson",
    "cumulative_trapezoid",
    "fixed_quad",
    "odeint",
    "quad",
    "romb",
    "simpson",
    "solve_ivp",
    "trapezoid",
]
