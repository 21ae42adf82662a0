"""What HIPS autograd has under ``autograd.misc``: structures as vectors, and simple optimizers."""

from autograd_c.misc import fixed_points, optimizers
from autograd_c.misc.flatten import flatten

__all__ = ["fixed_points", "flatten", "optimizers"]
