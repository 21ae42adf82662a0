"""HIPS autograd's ``autograd.builtins``, which are Python's own: lists hold tensors as they are.

>>> from autograd_c.builtins import list, tuple
>>> tuple([1, 2]), list((3,))
((1, 2), [3])
"""

from __future__ import annotations

from builtins import dict, isinstance, list, tuple, type  # noqa: UP029

__all__ = ["dict", "isinstance", "list", "tuple", "type"]
