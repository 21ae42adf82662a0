"""``tf.autograph``: Python's `if`, `for` and `while` see values, so that nothing is converted."""

from __future__ import annotations

from autograd_c.autograph import experimental
from autograd_c.control.function import set_verbosity

__all__ = ["experimental", "set_verbosity"]
