"""``scipy.special`` of tensors.

>>> from autograd_c.scipy import special
>>> print(special.expit([0.0, 1.0]).numpy().round(4))
[0.5    0.7311]

What SciPy's own universal functions are given, if it is a tensor, comes here as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from autograd_c.scipy._special_functions import FUNCTIONS as _FUNCTIONS
from autograd_c.scipy._special_functions import sinc as sinc
from autograd_c.scipy._special_ufuncs import functions as _functions

globals().update(_functions())
globals().update(_FUNCTIONS)

__all__ = sorted({*dict(_functions()), *_FUNCTIONS, "sinc"})  # noqa: PLE0605

if _TYPE_CHECKING:

    def __getattr__(name: str) -> _Any:
        """What is made above, which type checkers do not see."""
