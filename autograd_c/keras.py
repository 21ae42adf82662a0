"""``tf.keras``: the part of Keras that is here, optimizers, losses and initializers."""

from __future__ import annotations

from autograd_c import initializers, losses, optimizers

__all__ = ["initializers", "losses", "optimizers"]
