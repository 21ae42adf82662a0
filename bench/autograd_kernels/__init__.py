"""Kernels like those of HIPS autograd's examples: loss functions, whose gradients are compared.

Each is the numerical part of a program that people write for `autograd.numpy`: a classifier, a
simulation, a model of probabilities. The text is ours. A kernel takes the module that programs
import as `np` and gives a loss and its arguments; the gradient is that by the first of them, which
is an array or nested lists, tuples and dicts of arrays. So the very same code runs with
`autograd.numpy`, with `autograd_c.numpy` and, without a gradient, with NumPy:

    for name, kernel in KERNELS:
        loss, arguments = kernel(np)
        value, gradient = value_and_grad(loss)(*arguments)

Nothing here imports either library: tests and benchmarks do, or do without one of them.
"""

from . import gaussian_processes as gaussian_processes
from . import regression as regression
from . import scalars as scalars
from . import sequences as sequences
from . import simulations as simulations
from . import variation as variation
from ._registry import KERNELS, Kernel

__all__ = ["KERNELS", "Kernel"]
