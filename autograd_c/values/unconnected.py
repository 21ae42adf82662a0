"""What ``GradientTape.gradient`` answers for a source on which the target does not depend."""

from __future__ import annotations

from enum import Enum
from typing import NoReturn

__all__ = ["UnconnectedGradients"]


class UnconnectedGradients(Enum):
    """The answer for sources on which the target does not depend: ``None``, or zeros.

    Wherever a member is expected, its value (``"none"`` or ``"zero"``) does as well.

    Members:
      NONE: ``None``.
      ZERO: a tensor of zeros with the shape and dtype of the source.

    Raises:
      ValueError: on calling the class with anything that is neither a member nor a value.

    >>> import autograd_c as tf
    >>> tf.UnconnectedGradients("zero")
    <UnconnectedGradients.ZERO: 'zero'>
    """

    NONE = "none"
    ZERO = "zero"

    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        raise ValueError(f"Unknown value for unconnected_gradients: {value!r}")
