"""``tf.keras``: the part of Keras that is here, optimizers, losses and initializers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_c import optimizers

if TYPE_CHECKING:  # the package puts in what is loaded when it is first used
    from autograd_c import initializers, losses

__all__ = ["initializers", "losses", "optimizers"]
